//! Cases a little smaller than one.

use std::rc::Rc;

use crate::chains::case::{Case, Given, Held, NOON};
use crate::chains::principals::Principals;
use crate::forge::Flaw;
use crate::reading::Reading;
use crate::smaller;
use crate::value::Value;

/// Cases a little smaller than this one.
pub(super) fn cases(case: &Case, principals: &Principals, reading: &Reading) -> Vec<Case> {
    let mut smaller = Vec::new();
    let mut push = |change: &dyn Fn(&mut Case)| {
        let mut next = case.clone();
        change(&mut next);
        smaller.push(next);
    };
    for place in 0..case.revocations.len() {
        push(&|next| {
            let _ = next.revocations.remove(place);
        });
        for proof in 0..case.revocations[place].proofs.len() {
            push(&|next| {
                let _ = next.revocations[place].proofs.remove(proof);
            });
        }
    }
    for place in 0..case.refused.len() {
        push(&|next| {
            let _ = next.refused.remove(place);
        });
    }
    for place in 0..case.asked.proofs.len() {
        push(&|next| {
            let _ = next.asked.proofs.remove(place);
        });
    }
    for place in 0..case.at_hand.len() {
        push(&|next| {
            let _ = next.at_hand.remove(place);
        });
    }
    if case.chain_limit != 32 {
        push(&|next| next.chain_limit = 32);
    }
    if case.leeway != 0 {
        push(&|next| next.leeway = 0);
    }
    if case.now != NOON {
        push(&|next| next.now = NOON);
    }
    if case.asked.flaw != Flaw::None {
        push(&|next| next.asked.flaw = Flaw::None);
    }
    if case.asked.candidate {
        push(&|next| next.asked.candidate = false);
    }
    if case.asked.audience.is_some() {
        push(&|next| next.asked.audience = None);
    }
    if case.asked.not_before.is_some() {
        push(&|next| next.asked.not_before = None);
    }
    if case.asked.expiration.is_some() {
        push(&|next| next.asked.expiration = None);
    }
    if case.asked.command != "/" {
        push(&|next| next.asked.command = "/".to_owned());
    }
    for arguments in smaller::values(&case.asked.arguments) {
        if matches!(arguments, Value::Map(_)) {
            push(&|next| next.asked.arguments = arguments.clone());
        }
    }
    for (place, link) in case.links.iter().enumerate() {
        for said in givens(&link.said) {
            if let Some(held) = Held::new(said, principals, reading).map(Rc::new) {
                push(&|next| next.links[place] = Rc::clone(&held));
            }
        }
    }
    smaller
}

fn givens(said: &Given) -> Vec<Given> {
    let mut smaller = Vec::new();
    let mut push = |change: &dyn Fn(&mut Given)| {
        let mut next = said.clone();
        change(&mut next);
        smaller.push(next);
    };
    if said.flaw != Flaw::None {
        push(&|next| next.flaw = Flaw::None);
    }
    if said.candidate {
        push(&|next| next.candidate = false);
    }
    if said.not_before.is_some() {
        push(&|next| next.not_before = None);
    }
    if said.expiration.is_some() {
        push(&|next| next.expiration = None);
    }
    if said.command != "/" {
        push(&|next| next.command = "/".to_owned());
    }
    for policy in smaller::values(&said.policy) {
        push(&|next| next.policy = policy.clone());
    }
    smaller
}
