//! Some numbers that describe a container, and what is near them.

use delegant::Limits;

/// What can be asked for. Each number is within the range that its name has in [`Shape::RANGES`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape(pub(crate) [usize; Gene::COUNT]);

/// The numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gene {
    /// Which key: Ed25519, P-256, secp256k1.
    Algorithm,
    Hops,
    /// In each policy.
    Statements,
    /// What the statements of each policy ask, in turn.
    OneKind,
    OtherKind,
    /// Steps of a selector, stars of a pattern, levels of nesting.
    Steps,
    /// Elements of the list in the arguments, and of what kind.
    List,
    Element,
    /// Letters of the text in the arguments.
    Text,
    /// Keys of the map in the arguments, and their length.
    Map,
    Key,
    /// What each delegation carries besides: bytes of `meta`, and in which form.
    Meta,
    MetaForm,
    /// Delegations that nothing names.
    Others,
    /// Base64, gzip.
    Format,
    /// Is anything revoked?
    Revocations,
    /// What is wrong, if anything.
    Fault,
}

impl Gene {
    const COUNT: usize = 17;
}

impl Shape {
    /// The largest value of each.
    const RANGES: [usize; Gene::COUNT] = [
        2, 32, 256, 11, 11, 32, 16_000, 4, 60_000, 6_000, 250, 8_000, 3, 63, 5, 1, 11,
    ];

    pub(crate) const fn get(&self, gene: Gene) -> usize {
        self.0[gene as usize]
    }

    fn with(mut self, genes: &[(Gene, usize)]) -> Self {
        for (gene, value) in genes {
            self.0[*gene as usize] = *value;
        }
        self
    }

    /// Where one would begin: long chains, large policies, long texts, many values, many tokens.
    pub(crate) fn guesses() -> Vec<Self> {
        use Gene::{
            Algorithm, Element, Fault, Format, Hops, Key, List, Map, Meta, MetaForm, OneKind,
            OtherKind, Others, Revocations, Statements, Steps, Text,
        };
        let plain = Self::default();
        let long = plain.with(&[(Algorithm, 2), (Hops, 32), (Revocations, 1)]);
        let mut guesses = vec![
            long,
            long.with(&[(Statements, 5), (OneKind, 0), (Steps, 32), (Format, 3)]),
            plain.with(&[
                (Hops, 4),
                (Statements, 250),
                (OneKind, 2),
                (OtherKind, 7),
                (List, 3_000),
                (Element, 1),
            ]),
            plain.with(&[
                (Hops, 2),
                (Statements, 90),
                (OneKind, 1),
                (OtherKind, 1),
                (Steps, 8),
                (Text, 50_000),
            ]),
            plain.with(&[
                (Hops, 8),
                (Statements, 60),
                (OneKind, 6),
                (OtherKind, 6),
                (Map, 2_000),
                (Key, 20),
            ]),
            plain.with(&[(List, 5_000), (Element, 3)]),
            plain.with(&[(Hops, 20), (Meta, 3_000), (MetaForm, 2), (Format, 3)]),
            plain.with(&[(Others, 60), (Statements, 20), (Format, 3)]),
        ];
        // And each of them, with something wrong at the end.
        for fault in [1, 2, 4, 6, 8] {
            guesses.push(long.with(&[(Fault, fault)]));
        }
        guesses.push(guesses[2].with(&[(Fault, 2), (Format, 3)]));
        guesses.push(guesses[3].with(&[(Fault, 2), (Format, 3)]));
        guesses
    }
}

impl Default for Shape {
    fn default() -> Self {
        debug_assert_eq!(Limits::DEFAULT, Limits::default());
        Self([0; Gene::COUNT])
    }
}

/// Numbers that look random, the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound.max(1)
    }

    /// A shape that differs in one to three numbers: by a little, by a factor, or altogether.
    pub(crate) fn near(&mut self, shape: &Shape) -> Shape {
        let mut near = *shape;
        for _ in 0..=self.below(3) {
            let gene = self.below(Gene::COUNT);
            let (value, largest) = (near.0[gene], Shape::RANGES[gene]);
            near.0[gene] = match self.below(6) {
                0 => value + 1,
                1 => value.saturating_sub(1),
                2 => value * 3 / 2,
                3 => value * 2 / 3,
                4 => self.below(largest + 1),
                _ => largest / (1 + self.below(4)),
            }
            .min(largest);
        }
        near
    }
}
