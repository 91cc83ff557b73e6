//! Random policies and arguments, made for each other often enough that every answer is frequent.

mod random_policy;
mod random_selector;

pub use random_policy::{arguments, policy, value};

use delegant::{Fuel, Limits};

use crate::bridge::to_ipld;
use crate::policy::{Policy, Truth};
use crate::random::Random;
use crate::reading::Reading;
use crate::runner::{ALLOWED, Comparison, Outcome};
use crate::smaller;
use crate::value::Value;

/// Compares truth values, and what is no policy.
pub struct Policies {
    random: Random,
    reading: Reading,
}

/// What a reading says of a policy and arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    NoPolicy,
    Truth(Truth),
    OutOfFuel,
}

impl Comparison for Policies {
    fn new(random: Random, reading: Reading) -> Self {
        Self { random, reading }
    }

    fn next(&mut self) -> Outcome {
        let arguments = arguments(&mut self.random);
        let policy = policy(&mut self.random, &arguments);
        let case = (policy, arguments);
        let modelled = modelled(&case, &self.reading);
        if modelled == theirs(&case) {
            return Outcome::Same(match modelled {
                Answer::NoPolicy => "no policy",
                Answer::Truth(Truth::True) => ALLOWED,
                Answer::Truth(Truth::False) => "false",
                Answer::Truth(Truth::Undefined) => "undefined",
                Answer::OutOfFuel => "out of fuel",
            });
        }
        let differs = |case: &(Value, Value)| self::modelled(case, &self.reading) != theirs(case);
        let least = smaller::shrink(
            case,
            |case, differs| smaller(case).into_iter().find(differs),
            differs,
        );
        let (policy, arguments) = &least;
        Outcome::Different(format!(
            "policy {}\narguments {}\nmodel {:?}, delegant {:?}",
            shown(policy),
            shown(arguments),
            self::modelled(&least, &self.reading),
            theirs(&least),
        ))
    }
}

fn modelled((policy, arguments): &(Value, Value), reading: &Reading) -> Answer {
    match Policy::parse(policy) {
        Some(policy) => Answer::Truth(policy.evaluate(arguments, reading)),
        None => Answer::NoPolicy,
    }
}

fn theirs((policy, arguments): &(Value, Value)) -> Answer {
    let Ok(policy) = delegant::Policy::from_ipld(&to_ipld(policy)) else {
        return Answer::NoPolicy;
    };
    let delegant::Ipld::Map(arguments) = to_ipld(arguments) else {
        panic!("arguments are a map")
    };
    match policy.evaluate(&arguments, &mut Fuel::new(&Limits::DEFAULT)) {
        Ok(delegant::Truth::True) => Answer::Truth(Truth::True),
        Ok(delegant::Truth::False) => Answer::Truth(Truth::False),
        Ok(delegant::Truth::Undefined) => Answer::Truth(Truth::Undefined),
        Err(_) => Answer::OutOfFuel,
    }
}

fn smaller((policy, arguments): &(Value, Value)) -> Vec<(Value, Value)> {
    let policies = smaller::values(policy)
        .into_iter()
        .map(|policy| (policy, arguments.clone()));
    let maps = smaller::values(arguments)
        .into_iter()
        .filter(|value| matches!(value, Value::Map(_)));
    policies
        .chain(maps.map(|arguments| (policy.clone(), arguments)))
        .collect()
}

/// A value as DAG-JSON, or as it is where that cannot write it.
pub fn shown(value: &Value) -> String {
    delegant::to_dag_json(&to_ipld(value)).unwrap_or_else(|_| format!("{value:?}"))
}
