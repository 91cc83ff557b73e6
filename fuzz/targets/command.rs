//! Commands, and which covers which; two of them around a byte 0xff.
#![no_main]

use delegant::Command;
use delegant_fuzz::{begin, bounded, halves};
use delegant_model::token;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: begin(), |data: &[u8]| {
    let (one, other) = halves(data);
    let Some((one, modelled)) = read(one) else {
        return;
    };
    assert!(one.covers(&one) && Command::all().covers(&one));
    let Some((other, also_modelled)) = other.and_then(read) else {
        return;
    };
    assert_eq!(one.covers(&other), modelled.covers(&also_modelled));
    assert_eq!(one.covers(&other) && other.covers(&one), one == other);
});

fn read(text: &[u8]) -> Option<(Command, token::Command)> {
    let text = std::str::from_utf8(text).ok()?;
    let command = bounded(|| text.parse::<Command>()).ok();
    let modelled = token::Command::parse(text);
    assert_eq!(command.is_some(), modelled.is_some(), "{text:?}");
    let command = command?;
    assert_eq!(command.to_string(), text);
    Some((command, modelled?))
}
