//! Does a text match a `like` pattern? (ruling 22)

/// One piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// Any run of characters.
    Star,
    /// This character.
    Char(char),
}

/// A pattern.
#[derive(Clone, Debug)]
pub struct Glob(Vec<Piece>);

impl Glob {
    /// Reads a pattern; `None` where it is none.
    pub fn parse(source: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut characters = source.chars();
        while let Some(character) = characters.next() {
            pieces.push(match character {
                '*' => Piece::Star,
                '\\' => match characters.next() {
                    Some(escaped @ ('*' | '\\')) => Piece::Char(escaped),
                    _ => return None,
                },
                character => Piece::Char(character),
            });
        }
        let stars = pieces.iter().filter(|piece| **piece == Piece::Star).count();
        // Ruling 17: a glob has 1 KiB and 32 stars.
        (source.len() <= 1024 && stars <= 32).then_some(Self(pieces))
    }

    /// Walks the automaton of the pattern: a set of places, each "everything before this piece has
    /// matched".
    pub fn matches(&self, text: &str) -> bool {
        let end = self.0.len();
        let mut places = vec![false; end + 1];
        places[0] = true;
        self.skip_stars(&mut places);
        for character in text.chars() {
            let mut after = vec![false; end + 1];
            for (place, piece) in self.0.iter().enumerate() {
                match piece {
                    _ if !places[place] => {}
                    Piece::Star => after[place] = true,
                    Piece::Char(wanted) if *wanted == character => after[place + 1] = true,
                    Piece::Char(_) => {}
                }
            }
            self.skip_stars(&mut after);
            places = after;
        }
        places[end]
    }

    /// A star may also be nothing.
    fn skip_stars(&self, places: &mut [bool]) {
        for (place, piece) in self.0.iter().enumerate() {
            if *piece == Piece::Star && places[place] {
                places[place + 1] = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_as_the_specification_says() {
        let pattern = Glob::parse(r"Alice\*, Bob*, Carol.").unwrap();
        for text in [
            "Alice*, Bob, Carol.",
            "Alice*, Bob, Dan, Erin, Carol.",
            "Alice*, Bob  , Carol.",
            "Alice*, Bob*, Carol.",
        ] {
            assert!(pattern.matches(text), "{text}");
        }
        for text in [
            "Alice*, Bob, Carol",
            "Alice*, Bob*, Carol!",
            "Alice, Bob, Carol.",
            "Alice Cooper, Bob, Carol.",
            " Alice*, Bob*, Carol. ",
        ] {
            assert!(!pattern.matches(text), "{text}");
        }
    }
}
