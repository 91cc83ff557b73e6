//! Small alphabets, every word: patterns against an automaton, selectors against the grammar.

#![expect(clippy::indexing_slicing, reason = "a test fails by it")]

use delegant::{Glob, Selector};
use delegant_model::{glob, selector};

/// All words over these letters, up to this length.
fn words(letters: &[char], longest: usize) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut begin = 0;
    for _ in 0..longest {
        let end = words.len();
        for place in begin..end {
            for letter in letters {
                let word = format!("{}{letter}", words[place]);
                words.push(word);
            }
        }
        begin = end;
    }
    words
}

const LETTERS: [char; 4] = ['a', 'b', '*', '\\'];

/// The automaton of a pattern. A set of places is a number: bit `n` means that everything before
/// piece `n` has matched.
struct Automaton {
    /// For each letter, the places that it leads on from.
    on: [u8; 4],
    /// The places of stars, where every letter may stay.
    stars: u8,
    end: u8,
}

impl Automaton {
    /// `None` where a backslash escapes nothing.
    fn new(pattern: &str) -> Option<Self> {
        let mut automaton = Self {
            on: [0; 4],
            stars: 0,
            end: 1,
        };
        let mut letters = pattern.chars();
        while let Some(letter) = letters.next() {
            let literal = match letter {
                '*' => None,
                '\\' => Some(
                    letters
                        .next()
                        .filter(|escaped| ['*', '\\'].contains(escaped))?,
                ),
                letter => Some(letter),
            };
            match literal.and_then(|literal| LETTERS.iter().position(|letter| *letter == literal)) {
                Some(letter) => automaton.on[letter] |= automaton.end,
                None => automaton.stars |= automaton.end,
            }
            automaton.end <<= 1;
        }
        Some(automaton)
    }

    fn accepts(&self, text: &[usize]) -> bool {
        let mut places = self.past_stars(1);
        for letter in text {
            places = self.past_stars((places & self.on[*letter]) << 1 | places & self.stars);
        }
        places & self.end != 0
    }

    /// A star may be nothing, and so may the next.
    fn past_stars(&self, mut places: u8) -> u8 {
        for _ in 0..5 {
            places |= (places & self.stars) << 1;
        }
        places
    }
}

#[test]
fn every_small_pattern_matches_what_its_automaton_accepts() {
    let words = words(&LETTERS, 5);
    let texts: Vec<(&String, Vec<usize>)> = words
        .iter()
        .map(|text| {
            (
                text,
                text.chars()
                    .filter_map(|letter| LETTERS.iter().position(|known| *known == letter))
                    .collect(),
            )
        })
        .collect();
    let mut compared = 0;
    for pattern in &words {
        let automaton = Automaton::new(pattern);
        let theirs = pattern.parse::<Glob>().ok();
        let modelled = glob::Glob::parse(pattern);
        assert_eq!(automaton.is_some(), theirs.is_some(), "{pattern:?}");
        assert_eq!(automaton.is_some(), modelled.is_some(), "{pattern:?}");
        compared += texts.len();
        let (Some(automaton), Some(theirs), Some(modelled)) = (automaton, theirs, modelled) else {
            continue;
        };
        for (text, letters) in &texts {
            let accepted = automaton.accepts(letters);
            assert_eq!(
                accepted,
                theirs.matches(text),
                "delegant: {pattern:?} on {text:?}"
            );
            // The model is slow; on short texts it is asked, too.
            if letters.len() <= 3 {
                assert_eq!(
                    accepted,
                    modelled.matches(text),
                    "model: {pattern:?} on {text:?}"
                );
            }
        }
    }
    assert_eq!(compared, 1_863_225);
}

/// Everything that begins with a dot, up to seven characters; anything else up to five.
#[test]
fn every_small_selector_is_read_or_refused_by_both() {
    const LETTERS: [char; 9] = ['.', 'a', '[', ']', '0', '-', ':', '"', '?'];
    let mut read = 0;
    let agree = |source: &str| {
        let modelled = selector::Selector::parse(source).is_some();
        assert_eq!(
            modelled,
            source.parse::<Selector>().is_ok(),
            "{source:?}, model {modelled}"
        );
        usize::from(modelled)
    };
    for word in words(&LETTERS, 6) {
        read += agree(&format!(".{word}"));
        if word.len() <= 5 {
            read += agree(&word);
        }
    }
    assert!(read > 500, "{read}");
}
