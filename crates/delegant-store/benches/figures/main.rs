//! The figures of the store. One argument says which: `set`, `redeem`, `race`, `crash` or `revoke`.
//!
//! `cargo bench -p delegant-store --bench figures -- race`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::float_arithmetic,
    reason = "a measurement stops where it fails, and prints what it found"
)]

use place::Places;

mod bare;
mod crash;
#[path = "../../tests/load/mod.rs"]
mod load;
mod place;
mod race;
mod redeem;
mod revoke;
mod set;

fn main() {
    load::work_if_asked();
    load::race::race_if_asked();
    let which = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        match which.as_deref() {
            Some("set") => set::measure().await,
            Some("redeem") => redeem::measure(&Places::start()).await,
            Some("race") => race::measure(&Places::start()).await,
            Some("crash") => crash::measure().await,
            Some("revoke") => revoke::measure(&Places::start()).await,
            _ => eprintln!("say which: set, redeem, race, crash or revoke"),
        }
    });
}
