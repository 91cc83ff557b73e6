//! Delegations by the thousand, and walks along them.

use std::rc::Rc;

use crate::chains::case::{Asked, Case, Given, Held, NOON, Named, TakenBack};
use crate::chains::principals::Principals;
use crate::forge::Flaw;
use crate::policies;
use crate::random::Random;
use crate::reading::Reading;
use crate::value::Value;

/// Delegations in one world.
const DELEGATIONS: usize = 3_000;

/// Principals, and the delegations among them.
pub(super) struct World {
    pub(super) principals: Rc<Principals>,
    pub(super) held: Vec<Rc<Held>>,
}

const COMMANDS: [&str; 11] = [
    "/",
    "/",
    "/",
    "/a",
    "/a",
    "/a/b",
    "/a/b/c",
    "/ab",
    "/ucan",
    "/ucan/revoke",
    "/ucan/revoke/x",
];

impl World {
    pub(super) fn new(random: &mut Random, reading: &Reading) -> Self {
        let principals = Rc::new(Principals::new(random));
        let mut held = Vec::new();
        while held.len() < DELEGATIONS {
            let said = given(random);
            held.extend(Held::new(said, &principals, reading).map(Rc::new));
        }
        Self { principals, held }
    }

    /// A walk from a subject, mostly along delegations that fit, and then some accidents.
    pub(super) fn draw(&self, random: &mut Random) -> Case {
        let subject = principal(random);
        let mut links: Vec<Rc<Held>> = Vec::new();
        let mut holder = subject;
        let mut command = "/";
        for _ in 0..*random.of(&[0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5]) {
            let Some(link) = self.next_link(random, holder, subject, links.is_empty(), command)
            else {
                break;
            };
            holder = link.said.audience;
            links.push(Rc::clone(link));
            command = &links.last().expect("one was pushed").said.command;
        }
        let command = if random.percent(90) {
            below(random, command)
        } else {
            random.of(&COMMANDS).to_string()
        };
        let mut asked = Asked {
            issuer: if random.percent(97) {
                holder
            } else {
                principal(random)
            },
            subject: if random.percent(97) {
                subject
            } else {
                principal(random)
            },
            audience: None,
            command,
            arguments: arguments(random),
            proofs: (0..links.len()).map(Named::Link).collect(),
            not_before: if random.percent(90) {
                None
            } else {
                Some(NOON - 3 + random.below(8) as i64)
            },
            expiration: if random.percent(30) {
                None
            } else {
                Some(NOON + 3 + random.below(4) as i64)
            },
            nonce: random.number(),
            candidate: random.percent(10),
            flaw: flaw(random),
        };
        let executor = if random.percent(50) {
            subject
        } else {
            principal(random)
        };
        if executor != subject || random.percent(20) {
            asked.audience = if random.percent(95) {
                Some(executor)
            } else {
                Some(principal(random))
            };
        }
        if random.percent(1) {
            asked.audience = None;
        }
        let mut at_hand: Vec<usize> = (0..links.len()).collect();
        at_hand.reverse();
        self.accident(random, &mut asked, &mut links, &mut at_hand);
        let mut case = Case {
            asked,
            links,
            at_hand,
            now: NOON + random.below(4) as i64,
            leeway: *random.of(&[0, 0, 0, 1, 2, 60]),
            executor,
            revocations: Vec::new(),
            refused: Vec::new(),
            chain_limit: if random.percent(3) {
                random.below(4)
            } else {
                32
            },
        };
        if random.percent(12) {
            for _ in 0..=random.below(2) {
                let revocation = self.take_back(random, &mut case);
                case.revocations.push(revocation);
            }
        }
        if random.percent(3) {
            case.refused.push(principal(random));
        }
        case
    }

    /// A few looks for a delegation that fits, and else any.
    fn next_link(
        &self,
        random: &mut Random,
        holder: usize,
        subject: usize,
        root: bool,
        command: &str,
    ) -> Option<&Rc<Held>> {
        if random.percent(4) {
            return Some(random.of(&self.held));
        }
        let fits = |said: &Given| {
            said.issuer == holder
                && (said.subject == Some(subject) || (said.subject.is_none() && !root))
                && covers(command, &said.command)
        };
        (0..400)
            .map(|_| random.of(&self.held))
            .find(|link| fits(&link.said))
    }

    fn accident(
        &self,
        random: &mut Random,
        asked: &mut Asked,
        links: &mut Vec<Rc<Held>>,
        at_hand: &mut Vec<usize>,
    ) {
        if random.percent(15) {
            // A token that nobody asked for.
            links.push(Rc::clone(random.of(&self.held)));
            at_hand.push(links.len() - 1);
        }
        if random.percent(85) {
            return;
        }
        let count = asked.proofs.len();
        match random.below(8) {
            0 if count > 1 => asked.proofs.swap(0, 1),
            1 => asked.proofs.reverse(),
            2 if count > 0 => {
                asked.proofs.remove(random.below(count));
            }
            3 if count > 0 => {
                let again = *random.of(&asked.proofs);
                asked.proofs.push(again);
            }
            4 => asked.proofs.insert(
                random.below(count + 1),
                Named::Nothing(random.number() as u8),
            ),
            5 if !at_hand.is_empty() => {
                at_hand.remove(random.below(at_hand.len()));
            }
            6 if count > 0 => {
                let place = random.below(count);
                asked.proofs[place] = Named::TwinOf(place);
            }
            _ => {
                links.push(Rc::clone(random.of(&self.held)));
                at_hand.push(links.len() - 1);
                asked
                    .proofs
                    .insert(random.below(count + 1), Named::Link(links.len() - 1));
            }
        }
    }

    /// A revocation of a link of this case by somebody, perhaps on behalf of an issuer.
    fn take_back(&self, random: &mut Random, case: &mut Case) -> TakenBack {
        let count = case.links.len();
        let revoked = match random.below(10) {
            _ if count == 0 => Named::Nothing(1),
            0 => Named::Nothing(random.number() as u8),
            1 | 2 => Named::TwinOf(random.below(count)),
            _ => Named::Link(random.below(count)),
        };
        let authority = if count > 0 && random.percent(70) {
            case.links[random.below(count)].said.issuer
        } else {
            principal(random)
        };
        let mut taken = TakenBack {
            revoker: authority,
            authority,
            revoked,
            proofs: Vec::new(),
            flaw: Flaw::None,
        };
        if random.percent(2) {
            taken.flaw = *random.of(&Flaw::OF_SIGNATURES);
        }
        if random.percent(40) {
            // On behalf of the issuer: by one or two delegations that may or may not do.
            let mut holder = authority;
            for root in [true, false] {
                let fits = |said: &Given| {
                    said.issuer == holder
                        && (said.subject == Some(authority) || (said.subject.is_none() && !root))
                        && ["/", "/ucan", "/ucan/revoke", "/ucan/revoke/x"]
                            .contains(&said.command.as_str())
                };
                if let Some(link) = (0..400)
                    .map(|_| random.of(&self.held))
                    .find(|link| fits(&link.said))
                {
                    holder = link.said.audience;
                    case.links.push(Rc::clone(link));
                    case.at_hand.push(case.links.len() - 1);
                    taken.proofs.push(Named::Link(case.links.len() - 1));
                }
                if random.percent(60) {
                    break;
                }
            }
            taken.revoker = if random.percent(95) {
                holder
            } else {
                principal(random)
            };
        }
        taken
    }
}

fn principal(random: &mut Random) -> usize {
    match random.below(100) {
        0..=89 => random.below(5),
        90..=93 => 5,
        94..=98 => 6,
        _ => 7,
    }
}

fn given(random: &mut Random) -> Given {
    let not_before = if random.percent(90) {
        None
    } else {
        Some(NOON - 4 + random.below(8) as i64)
    };
    let expiration = match random.below(10) {
        0..=4 => None,
        5..=8 => Some(NOON + 3_600),
        _ => Some(NOON - 2 + random.below(8) as i64),
    };
    Given {
        issuer: principal(random),
        audience: principal(random),
        subject: if random.percent(25) {
            None
        } else {
            Some(principal(random))
        },
        command: random.of(&COMMANDS).to_string(),
        policy: policy(random),
        not_before,
        expiration,
        nonce: random.number(),
        candidate: random.percent(10),
        flaw: flaw(random),
    }
}

fn flaw(random: &mut Random) -> Flaw {
    match random.below(100) {
        0 => *random.of(&Flaw::OF_SIGNATURES),
        1 => *random.of(&Flaw::OF_FORM),
        2..=4 => Flaw::Twin,
        _ => Flaw::None,
    }
}

/// The arguments that the policies below are about, more or less.
fn arguments(random: &mut Random) -> Value {
    if random.percent(10) {
        return policies::arguments(random);
    }
    let mut entries = vec![
        ("a".to_owned(), Value::Integer(random.below(4) as i128)),
        (
            "b".to_owned(),
            Value::text(random.of::<&str>(&["ab", "b", "a*"])),
        ),
        (
            "c".to_owned(),
            Value::List(
                (0..random.below(3))
                    .map(|_| Value::Integer(random.below(3) as i128))
                    .collect(),
            ),
        ),
    ];
    if random.percent(3) {
        let mut promise = Value::map([(
            random
                .of::<&str>(&["await/ok", "await/error", "await/*", "await/all"])
                .to_string(),
            match random.below(4) {
                0 => Value::text("not a link"),
                _ => Value::Link(crate::token::cid(&random.bytes(4)).to_vec()),
            },
        )]);
        if random.percent(10) {
            return promise;
        }
        if random.percent(30) {
            promise = Value::List(vec![Value::Null, promise]);
        }
        entries.push(("d".to_owned(), promise));
    }
    Value::map(entries)
}

fn policy(random: &mut Random) -> Value {
    let statement = |operator: &str, path: &str, operand: Value| {
        Value::List(vec![Value::text(operator), Value::text(path), operand])
    };
    match random.below(20) {
        0..=11 => Value::List(Vec::new()),
        12 => Value::List(vec![statement(
            ">=",
            ".a",
            Value::Integer(random.below(2) as i128),
        )]),
        13 => Value::List(vec![statement("<", ".a", Value::Float(2.5))]),
        14 => Value::List(vec![statement("like", ".b", Value::text("a*"))]),
        15 => Value::List(vec![statement("==", ".z?", Value::Null)]),
        16 => Value::List(vec![statement(
            "any",
            ".c",
            statement(">", ".", Value::Integer(0)),
        )]),
        17 => Value::List(vec![Value::List(vec![
            Value::text("not"),
            statement("==", ".a", Value::Integer(3)),
        ])]),
        18 => Value::List(vec![statement("!=", ".z", Value::text("admin"))]),
        _ => {
            let arguments = arguments(random);
            policies::policy(random, &arguments)
        }
    }
}

fn covers(command: &str, other: &str) -> bool {
    command == "/" || other == command || other.starts_with(&format!("{command}/"))
}

fn below(random: &mut Random, command: &str) -> String {
    match (command, random.below(3)) {
        (command, 0) => command.to_owned(),
        ("/", 1) => "/a/b".to_owned(),
        ("/", _) => "/ab".to_owned(),
        (command, _) => format!("{command}/b"),
    }
}
