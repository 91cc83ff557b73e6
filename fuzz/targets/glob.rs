//! Patterns of `like`: a pattern and a text around a byte 0xff.
#![no_main]

use delegant::Glob;
use delegant_fuzz::{begin, bounded, halves};
use delegant_model::glob;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: begin(), |data: &[u8]| {
    let (pattern, text) = halves(data);
    let Ok(pattern) = std::str::from_utf8(pattern) else {
        return;
    };
    let text = std::str::from_utf8(text.unwrap_or_default()).unwrap_or_default();
    let parsed = bounded(|| pattern.parse::<Glob>()).ok();
    let modelled = glob::Glob::parse(pattern);
    assert_eq!(parsed.is_some(), modelled.is_some());
    if let (Some(parsed), Some(modelled)) = (parsed, modelled) {
        assert_eq!(parsed.as_str(), pattern);
        assert_eq!(bounded(|| parsed.matches(text)), modelled.matches(text));
    }
    // Escaped, a text matches itself and nothing else.
    let escaped = text.replace('\\', "\\\\").replace('*', "\\*");
    if let Ok(escaped) = escaped.parse::<Glob>() {
        assert!(escaped.matches(text));
        assert_eq!(escaped.matches(pattern), text == pattern);
    }
});
