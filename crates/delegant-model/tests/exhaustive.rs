//! Small alphabets, every word: patterns and selectors against automata. `--nocapture` shows the figures.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by the one, and tells its figures by the other"
)]

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
    let mut wrong = Wrong::default();
    for pattern in &words {
        let automaton = Automaton::new(pattern);
        let theirs = pattern.parse::<Glob>().ok();
        let modelled = glob::Glob::parse(pattern);
        let is_one = automaton.is_some();
        wrong.unless(
            is_one == theirs.is_some() && is_one == modelled.is_some(),
            || format!("{pattern:?}, which is a pattern: {is_one}"),
        );
        for (text, letters) in &texts {
            let accepted = automaton.as_ref().map(|one| one.accepts(letters));
            let matches = theirs.as_ref().map(|one| one.matches(text));
            wrong.unless(accepted == matches, || {
                format!("{pattern:?} on {text:?}: {accepted:?}, delegant {matches:?}")
            });
            // The model is slow; on short texts it is asked, too.
            if letters.len() <= 3 {
                let modelled = modelled.as_ref().map(|one| one.matches(text));
                wrong.unless(accepted == modelled, || {
                    format!("{pattern:?} on {text:?}: {accepted:?}, model {modelled:?}")
                });
            }
        }
    }
    let pairs = words.len() * texts.len();
    println!("figure glob-pairs {pairs} pairs");
    println!("figure glob-wrong {} pairs", wrong.0.len());
    assert_eq!(wrong.0, [""; 0]);
    assert_eq!(pairs, 1_863_225);
}

/// What went wrong, in words.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn unless(&mut self, right: bool, words: impl FnOnce() -> String) {
        if !right {
            self.0.push(words());
        }
    }
}

/// Where the automaton of selectors stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Begin,
    /// Behind the first dot, which may be all.
    FirstDot,
    /// Behind a dot that a name must follow.
    Dot,
    Name,
    /// Behind a step: `]` or `?`. Behind `[]`, no index and no slice may follow.
    Behind {
        values: bool,
    },
    /// Behind `[`.
    Open {
        values: bool,
    },
    /// Between quotes, and behind them.
    Quoted,
    Unquoted,
    /// In an index, or in either bound of a slice.
    Minus(Bound),
    Zero(Bound),
    Digits(Bound),
    /// Behind the colon of a slice.
    Colon,
    /// No selector begins like this.
    Nowhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    First,
    Second,
}

impl Place {
    fn of(text: &str) -> Self {
        text.chars().fold(Self::Begin, Self::behind)
    }

    fn is_end(self) -> bool {
        matches!(self, Self::FirstDot | Self::Name | Self::Behind { .. })
    }

    fn behind(self, letter: char) -> Self {
        use Bound::{First, Second};
        let values = self == Self::Behind { values: true };
        match (self, letter) {
            (Self::Begin, '.') => Self::FirstDot,
            (Self::FirstDot | Self::Dot, 'a'..='z' | 'A'..='Z' | '_')
            | (Self::Name, 'a'..='z' | 'A'..='Z' | '_' | '0'..='9') => Self::Name,
            (Self::Name | Self::Behind { .. }, '.') => Self::Dot,
            (Self::FirstDot | Self::Name | Self::Behind { .. }, '[') => Self::Open { values },
            (Self::Name | Self::Behind { .. }, '?') => Self::Behind { values },

            (Self::Open { .. }, ']') => Self::Behind { values: true },
            (Self::Open { .. }, '"') => Self::Quoted,
            (Self::Quoted, '"') => Self::Unquoted,
            (Self::Quoted, letter) if letter != '\\' => Self::Quoted,

            (Self::Open { values: false }, '-') => Self::Minus(First),
            (Self::Open { values: false }, '0') => Self::Zero(First),
            (Self::Open { values: false }, '1'..='9') => Self::Digits(First),
            (Self::Open { values: false } | Self::Zero(First) | Self::Digits(First), ':') => {
                Self::Colon
            }
            (Self::Colon, '-') => Self::Minus(Second),
            (Self::Colon, '0') => Self::Zero(Second),
            (Self::Colon, '1'..='9') => Self::Digits(Second),
            (Self::Minus(bound), '1'..='9') | (Self::Digits(bound), '0'..='9') => {
                Self::Digits(bound)
            }
            (Self::Unquoted | Self::Colon | Self::Zero(_) | Self::Digits(_), ']') => {
                Self::Behind { values: false }
            }
            _ => Self::Nowhere,
        }
    }
}

/// Everything that begins with a dot, up to seven characters; anything else up to five.
#[test]
fn every_small_selector_is_read_or_refused_as_its_automaton_says() {
    const LETTERS: [char; 11] = ['.', 'a', '[', ']', '0', '1', '-', ':', '"', '\\', '?'];
    let (mut texts, mut read, mut wrong) = (0, 0, Wrong::default());
    let mut agree = |source: &str| {
        let accepted = Place::of(source).is_end();
        let theirs = source.parse::<Selector>().is_ok();
        let modelled = selector::Selector::parse(source).is_some();
        wrong.unless(accepted == theirs && accepted == modelled, || {
            format!("{source:?}: {accepted}, delegant {theirs}, model {modelled}")
        });
        texts += 1;
        read += usize::from(accepted);
    };
    for word in words(&LETTERS, 6) {
        agree(&format!(".{word}"));
        if word.len() <= 5 {
            agree(&word);
        }
    }
    println!("figure selector-texts {texts} texts, of which {read} are selectors");
    println!("figure selector-wrong {} texts", wrong.0.len());
    assert_eq!(wrong.0, [""; 0]);
    assert_eq!((texts, read), (2_125_873, 1_446));
}
