//! What if a byte is wrong? Every single edit of a valid chain is refused.
//!
//! `DELEGANT_EXHAUSTIVE=1 cargo test --release -p delegant --test kill_single_edits -- --nocapture`
//! tries every edit there is; without the variable, a sample of them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod chains;
mod figures;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use chains::{Chain, DELEGATION, Refused, chains, container, exhaustive, judge, say};
use delegant::{Algorithm, Did, DidKeys, Revocations, Token};
use figures::Figure;

/// Mutants tried; those authorised, or verified by themselves.
static MUTANTS: Figure = Figure::of(1, ["single-edits", "single-edits-authorised"], "mutants");

/// What is done to one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    BitFlip,
    Substitution,
    Deletion,
    Insertion,
    Truncation,
}

/// Visits every byte string but the original that one edit makes of it, each once.
fn each_edit(original: &[u8], mut visit: impl FnMut(Edit, &[u8])) {
    let mut mutant = original.to_vec();
    for (place, byte) in original.iter().copied().enumerate() {
        for other in (0..=u8::MAX).filter(|other| *other != byte) {
            mutant[place] = other;
            let edit = match (other ^ byte).is_power_of_two() {
                true => Edit::BitFlip,
                false => Edit::Substitution,
            };
            visit(edit, &mutant);
        }
        mutant[place] = byte;
    }
    // Beside an equal byte, an edit makes what it makes one place before.
    let is_repeated = |place: usize, byte| place > 0 && original[place - 1] == byte;
    for (place, byte) in original.iter().copied().enumerate() {
        if !is_repeated(place, byte) {
            visit(
                Edit::Deletion,
                &[&original[..place], &original[place + 1..]].concat(),
            );
        }
    }
    for place in 0..=original.len() {
        let mut longer = [&original[..place], &[0], &original[place..]].concat();
        for byte in (0..=u8::MAX).filter(|byte| !is_repeated(place, *byte)) {
            longer[place] = byte;
            visit(Edit::Insertion, &longer);
        }
    }
    // One byte less is a deletion.
    for length in 0..original.len().saturating_sub(1) {
        visit(Edit::Truncation, &original[..length]);
    }
}

/// How many that are.
fn edits(original: &[u8]) -> usize {
    let length = original.len();
    let repeated = original.windows(2).filter(|pair| pair[0] == pair[1]);
    let deletions = length - repeated.count();
    255 * length + deletions + (255 * length + 256) + length.saturating_sub(1)
}

/// What became of the mutants.
#[derive(Default)]
struct Tally {
    mutants: [usize; 5],
    refused: [usize; 3],
    /// Described, for whoever has to find out why.
    authorised: Vec<String>,
    verified: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        for (sum, more) in self.mutants.iter_mut().zip(other.mutants) {
            *sum += more;
        }
        for (sum, more) in self.refused.iter_mut().zip(other.refused) {
            *sum += more;
        }
        self.authorised.extend(other.authorised);
        self.verified.extend(other.verified);
    }

    fn total(&self) -> usize {
        self.mutants.iter().sum()
    }
}

/// Tries the edits of one chain, of every `stride` one: of the container, and of each token.
fn attack(chain: &Chain, stride: usize) -> Tally {
    let executor: Did = chain.executor.parse().unwrap();
    let nothing_revoked = Revocations::none();
    let tokens = chain.tokens();
    let mut tally = Tally::default();
    let mut number = 0;
    let mut is_chosen = move || {
        number += 1;
        usize::is_multiple_of(number, stride)
    };
    let judge_whole =
        |tally: &mut Tally, edit, bytes: &[u8]| match judge(bytes, &executor, &nothing_revoked) {
            Ok(_) => tally
                .authorised
                .push(format!("{}: {edit:?}: {bytes:02x?}", chain.name)),
            Err(refused) => tally.refused[refused as usize] += 1,
        };
    each_edit(&container(&tokens), |edit, mutant| {
        if is_chosen() {
            tally.mutants[edit as usize] += 1;
            judge_whole(&mut tally, edit, mutant);
        }
    });
    for (place, token) in tokens.iter().enumerate() {
        let is_invocation = place == chain.links.len();
        let mut others = tokens.clone();
        each_edit(token, |edit, mutant| {
            let keeps_length = matches!(edit, Edit::BitFlip | Edit::Substitution);
            // Such an edit of the container above was the same, and the invocation was verified there.
            if (keeps_length && is_invocation) || !is_chosen() {
                return;
            }
            tally.mutants[edit as usize] += 1;
            if !keeps_length {
                others[place] = mutant.to_vec();
                judge_whole(&mut tally, edit, &container(&others));
            }
            // By itself, whatever becomes of the chain.
            let refused = match Token::decode(mutant) {
                Ok(token) if verifies(&token) => {
                    let case = format!("{}: {edit:?}: {mutant:02x?}", chain.name);
                    return tally.verified.push(case);
                }
                Ok(_) => Refused::Signature,
                Err(_) => Refused::Bytes,
            };
            if keeps_length {
                tally.refused[refused as usize] += 1;
            }
        });
    }
    tally
}

fn verifies(token: &Token) -> bool {
    match token {
        Token::Delegation(token) => token.verify(&DidKeys).is_ok(),
        Token::Invocation(token) => token.verify(&DidKeys).is_ok(),
    }
}

#[test]
fn every_chain_to_be_attacked_is_authorised_as_it_is() {
    let chains = chains();
    assert!(chains.len() >= 50, "{}", chains.len());
    for chain in &chains {
        let executor = chain.executor.parse().unwrap();
        let bytes = container(&chain.tokens());
        let leave = judge(&bytes, &executor, &Revocations::none());
        let leave = leave.unwrap_or_else(|refused| panic!("{}: {refused:?}", chain.name));
        assert_eq!(leave.delegations().len(), chain.links.len());
    }
    // Every algorithm signs both kinds of token, at both ends of long chains.
    for algorithm in Algorithm::ALL {
        let ends: [fn(&Chain) -> usize; 2] = [|_| 0, |chain| chain.links.len()];
        for end in ends {
            let signs = |chain: &&Chain| chain.actors[end(chain)].algorithm == algorithm;
            let long = chains.iter().filter(|chain| chain.links.len() > 1);
            assert!(long.filter(signs).count() >= 3, "{algorithm}");
        }
    }
    let has = |wanted: fn(&Chain) -> bool| chains.iter().filter(|chain| wanted(chain)).count();
    assert!(has(|chain| chain.call.fields.contains_key("aud")) >= 5);
    assert!(has(|chain| chain.call.fields.contains_key("cause")) >= 5);
    let powerlines = has(|chain| chain.links.iter().any(|link| link.text("sub").is_none()));
    assert!(powerlines >= 5);
    let of_the_other_edition = has(|chain| chain.links.iter().any(|link| link.tag != DELEGATION));
    assert!(of_the_other_edition >= 5);
}

#[test]
fn the_edits_are_all_there_are_and_each_is_visited_once() {
    for original in [b"".as_slice(), b"a", b"aa", b"ab", b"aab", b"abba\0\0"] {
        let mut expected = HashSet::new();
        for place in 0..=original.len() {
            expected.insert(original[..place].to_vec());
            for byte in 0..=u8::MAX {
                expected.insert([&original[..place], &[byte], &original[place..]].concat());
                if place < original.len() {
                    let rest = &original[place + 1..];
                    expected.insert([&original[..place], &[byte], rest].concat());
                    expected.insert([&original[..place], rest].concat());
                }
            }
        }
        expected.remove(original);
        let mut visited = HashSet::new();
        let mut count = 0;
        each_edit(original, |_, mutant| {
            count += 1;
            visited.insert(mutant.to_vec());
        });
        assert_eq!(visited, expected);
        assert_eq!((count, edits(original)), (visited.len(), count));
    }
}

#[test]
fn no_single_edit_of_a_valid_chain_is_authorised() {
    let began = Instant::now();
    let chains = chains();
    // A prime, so that a sample does not meet the same kind of edit again and again.
    let stride = if exhaustive() { 1 } else { 2003 };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut tally = Tally::default();
        while let Some(chain) = chains.get(next.fetch_add(1, Ordering::Relaxed)) {
            tally.add(attack(chain, stride));
        }
        tally
    };
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let other = scope.spawn(work);
        tally.add(work());
        tally.add(other.join().unwrap());
    });

    let possible = chains.iter().map(|chain| {
        let tokens = chain.tokens();
        let alone: usize = tokens.iter().map(|token| edits(token)).sum();
        let invocation = &tokens[chain.links.len()];
        (edits(&container(&tokens)) + alone - 255 * invocation.len()) / stride
    });
    let possible: usize = possible.sum();
    let [flips, substitutions, deletions, insertions, truncations] = tally.mutants;
    let refused = |refused: Refused| tally.refused[refused as usize];
    say(&format!(
        "single edits: {} chains, {} mutants ({flips} bit flips, {substitutions} other \
         substitutions, {deletions} deletions, {insertions} insertions, {truncations} truncations), \
         refused for their bytes {}, for the signature {}, in the chain {}; \
         authorised {}, verified {}; {} s",
        chains.len(),
        tally.total(),
        refused(Refused::Bytes),
        refused(Refused::Signature),
        refused(Refused::Chain),
        tally.authorised.len(),
        tally.verified.len(),
        began.elapsed().as_secs(),
    ));
    MUTANTS.add(tally.total(), tally.authorised.len() + tally.verified.len());
    assert_eq!(tally.authorised, Vec::<String>::new());
    assert_eq!(tally.verified, Vec::<String>::new());
    assert_eq!(tally.total(), possible);
    assert_eq!(tally.refused.iter().sum::<usize>(), possible);
    assert!(!exhaustive() || tally.total() >= 5_000_000);
}
