//! 64 copies of each of 10,000 invocations: how many of them are used once.

use delegant_store::Store;

use crate::load::open;
use crate::load::race::{COPIES, Rival, winners};
use crate::place::Places;

const INVOCATIONS: u32 = 10_000;

pub(crate) async fn measure(places: &Places) {
    let store = Store::memory();
    let mut once = 0;
    for number in 0..INVOCATIONS {
        once += u32::from(winners(&store, number, 2 * COPIES).await == 1);
    }
    println!("figure race-memory-winners {once} winners of {INVOCATIONS}, each in 64 copies");
    for (name, address) in places.shared() {
        let store = open(&address).await;
        let mut rival = Rival::start(&[], &address);
        let mut once = 0;
        for number in 0..INVOCATIONS {
            once += u32::from(rival.winners(&store, number).await == 1);
        }
        println!(
            "figure race-{name}-winners {once} winners of {INVOCATIONS}, each in 64 copies in two processes"
        );
    }
}
