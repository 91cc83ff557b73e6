//! Random chains: many delegations of few principals, walked from a subject to an invoker.
//!
//! Signing every link of every chain anew would take most of the time, so each thread signs a
//! *world* of some thousand delegations, which the model reads and checks once, and draws
//! `CHAINS_IN_A_WORLD` chains from it before it makes the next. Every case signs an invocation of
//! its own, with a nonce of its own, which both readings decode and check, so no two cases are the
//! same bytes; with it come its own moment, executor, tokens at hand, revocations and limits. All
//! that the model remembers between cases is what a delegation's bytes say and whether they are
//! signed; what `delegant` remembers of them is `delegant`'s affair, and compared with the rest.

mod case;
mod principals;
mod smaller;
mod world;

use std::time::Duration;

use delegant::{Evidence, Invocation, Limit, Limits, Parsed, Revocation, Revocations, Timestamp};

use crate::chain::{self, Accepted, Denied};
use crate::chains::case::{Case, shown};
use crate::chains::principals::Principals;
use crate::chains::world::World;
use crate::random::Random;
use crate::reading::Reading;
use crate::runner::{ALLOWED, Comparison, Outcome};
use crate::smaller::shrink;
use crate::token::{Cid, Code, Token};

/// Chains that are drawn from one world.
const CHAINS_IN_A_WORLD: u32 = 50_000;

/// Compares verdicts, their codes, and the token at fault where the order leaves one.
pub struct Chains {
    random: Random,
    reading: Reading,
    world: World,
    drawn: u32,
}

/// What a reading says of a case: of each revocation, and of the invocation.
struct Theirs {
    revocations: Vec<Result<(), Code>>,
    verdict: Result<(), (Code, Option<Cid>)>,
}

impl Comparison for Chains {
    fn new(mut random: Random, reading: Reading) -> Self {
        let world = World::new(&mut random, &reading);
        Self {
            random,
            reading,
            world,
            drawn: 0,
        }
    }

    fn next(&mut self) -> Outcome {
        if self.drawn == CHAINS_IN_A_WORLD {
            self.world = World::new(&mut self.random, &self.reading);
            self.drawn = 0;
        }
        self.drawn += 1;
        let case = self.world.draw(&mut self.random);
        let principals = &self.world.principals;
        match difference(&case, principals, &self.reading) {
            Ok(verdict) => Outcome::Same(verdict),
            Err(_) => {
                let differs = |case: &Case| difference(case, principals, &self.reading).is_err();
                let least = shrink(
                    case,
                    |case, differs| {
                        smaller::cases(case, principals, &self.reading)
                            .into_iter()
                            .find(differs)
                    },
                    differs,
                );
                let said =
                    difference(&least, principals, &self.reading).expect_err("shrinking keeps it");
                Outcome::Different(format!("{}{said}", shown(&least, principals)))
            }
        }
    }
}

/// What both readings say, or how they differ.
fn difference(case: &Case, principals: &Principals, reading: &Reading) -> Result<Code, String> {
    let invocation = case.invocation(principals);
    let revocations: Vec<_> = case
        .revocations
        .iter()
        .map(|revocation| case.revocation(revocation, principals))
        .collect();
    let theirs = theirs(case, &invocation, &revocations, principals);
    let tokens: Vec<&Token> = case
        .at_hand
        .iter()
        .map(|link| &case.links[*link].modelled)
        .collect();
    let refused: Vec<&str> = case
        .refused
        .iter()
        .map(|principal| principals.names[*principal].as_str())
        .collect();
    let mut evidence = chain::Evidence {
        now: case.now,
        leeway: 0,
        executor: &principals.names[case.executor],
        proofs: &tokens,
        revocations: &[],
        refused: &refused,
        chain_limit: case.chain_limit,
    };
    let mut accepted: Vec<Accepted> = Vec::new();
    for (bytes, theirs) in revocations.iter().zip(&theirs.revocations) {
        let modelled = Token::decode(bytes, reading)
            .and_then(|token| chain::accept(&token, &evidence, reading));
        let code = match &modelled {
            Ok((_, for_subject)) => *for_subject,
            Err(code) => Err(*code),
        };
        if code != *theirs {
            return Err(format!(
                "of a revocation, model {code:?}, delegant {theirs:?}\n"
            ));
        }
        accepted.extend(modelled.map(|(revocation, _)| revocation));
    }
    evidence.leeway = case.leeway;
    evidence.revocations = &accepted;
    let token = match Token::decode(&invocation, reading) {
        Ok(token) => token,
        Err(code) if theirs.verdict == Err((code, None)) => return Ok(code),
        Err(code) => return Err(format!("model {code}, delegant {:?}\n", theirs.verdict)),
    };
    let modelled = chain::authorize(&token, &evidence, reading);
    let agreed = match (theirs.verdict, modelled.ordered) {
        (Ok(()), _) => modelled.allows(),
        (Err((code, _)), _) if modelled.anywhere.contains(&code) => true,
        (
            Err((code, token)),
            Err(Denied {
                code: ordered,
                token: at_fault,
            }),
        ) => code == ordered && at_fault.is_none_or(|at_fault| Some(at_fault) == token),
        (Err(_), Ok(())) => false,
    };
    match theirs.verdict {
        Ok(()) if agreed => Ok(ALLOWED),
        Err((code, _)) if agreed => Ok(code),
        verdict => Err(format!("model {modelled:?}, delegant {verdict:?}\n")),
    }
}

fn theirs(
    case: &Case,
    invocation: &[u8],
    revocations: &[Vec<u8>],
    principals: &Principals,
) -> Theirs {
    let proofs: Vec<_> = case
        .at_hand
        .iter()
        .map(|link| case.links[*link].theirs.clone())
        .collect();
    let now = Timestamp::from_unix(case.now).expect("near noon");
    let mut known = Revocations::none();
    let revocations = revocations
        .iter()
        .map(|bytes| {
            let parsed = Parsed::<Revocation>::decode(bytes).map_err(|error| error.code())?;
            let revocation = parsed.verify(principals).map_err(|_| "InvalidSignature")?;
            known
                .add(&revocation, &proofs, principals, now)
                .map_err(|denial| denial.reason.code())
        })
        .collect();
    for principal in &case.refused {
        known.refuse(principals.dids[*principal].clone());
    }
    let verdict = (|| {
        let parsed =
            Parsed::<Invocation>::decode(invocation).map_err(|error| (error.code(), None))?;
        let verified = parsed
            .verify(principals)
            .map_err(|error| ("InvalidSignature", Some(error.token.to_bytes())))?;
        let evidence = Evidence {
            now,
            leeway: Duration::from_secs(case.leeway as u64),
            executor: &principals.dids[case.executor],
            keys: principals,
            proofs: &proofs,
            revocations: &known,
            limits: &Limits::DEFAULT.lower(Limit::ChainLength, case.chain_limit),
        };
        match delegant::authorize(verified, evidence) {
            Ok(_) => Ok(()),
            Err(denial) => Err((denial.reason.code(), Some(denial.token.to_bytes()))),
        }
    })();
    Theirs {
        revocations,
        verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is compared must not be of one kind: chains of every length must be allowed, and
    /// revocations accepted, on behalf of others, too.
    #[test]
    fn the_cases_are_of_every_kind() {
        let mut random = Random::new(5, 0);
        let world = World::new(&mut random, &Reading::RULED);
        let mut allowed = [0; 6];
        let (mut own, mut on_behalf, mut refused) = (0, 0, 0);
        for _ in 0..1_500 {
            let case = world.draw(&mut random);
            if difference(&case, &world.principals, &Reading::RULED) == Ok(ALLOWED) {
                allowed[case.asked.proofs.len().min(5)] += 1;
            }
            let revocations: Vec<_> = case
                .revocations
                .iter()
                .map(|taken| case.revocation(taken, &world.principals))
                .collect();
            let invocation = case.invocation(&world.principals);
            let said = theirs(&case, &invocation, &revocations, &world.principals).revocations;
            for (taken, said) in case.revocations.iter().zip(said) {
                match said {
                    Ok(()) if taken.proofs.is_empty() => own += 1,
                    Ok(()) => on_behalf += 1,
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(allowed[..4].iter().all(|count| *count >= 20), "{allowed:?}");
        assert!(
            own >= 20 && on_behalf >= 5 && refused >= 10,
            "{own} {on_behalf} {refused}"
        );
    }
}
