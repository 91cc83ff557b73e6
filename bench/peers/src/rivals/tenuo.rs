//! Tenuo: a stack of warrants, and a proof that the last one's holder makes this very call.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tenuo::wire::{WarrantStack, decode_stack, encode_stack};
use tenuo::{
    Authorizer, ConstraintSet, ConstraintValue, Exact, Pattern, Range, Signature, SigningKey,
    Warrant,
};

use crate::rival::{Failure, Headers, Promises, Rival, header};
use crate::rivals::kept::Kept;
use crate::story::{CODE_PREFIX, COMMAND, Call, LIFETIME, PATIENT, Scene, limit, now, secret};

/// One story: the warrants and the key of the last holder, and the server's authorizer; and perhaps a
/// cache, which is ours and not the library's.
pub(crate) struct Tenuo {
    warrants: Vec<Warrant>,
    holder: SigningKey,
    authorizer: Authorizer,
    start: u64,
    kept: Option<Kept<WarrantStack>>,
}

impl Tenuo {
    pub(crate) fn new(hops: usize, copy: usize, is_kept: bool) -> Result<Self, Failure> {
        let key = |hop| SigningKey::from_bytes(&secret(copy, hop));
        let lifetime = Duration::from_secs(LIFETIME);
        let root = Warrant::builder()
            .capability(COMMAND, constraints(0)?)
            .holder(key(1).public_key())
            .ttl(lifetime)
            .build(&key(0))?;
        let mut warrants = vec![root];
        for hop in 1..hops {
            let Some(parent) = warrants.last() else { break };
            let child = parent
                .attenuate()
                .capability(COMMAND, constraints(hop)?)
                .holder(key(hop + 1).public_key())
                .ttl_capped_to_parent(lifetime)
                .build(&key(hop))?;
            warrants.push(child);
        }
        Ok(Self {
            warrants,
            holder: key(hops),
            authorizer: Authorizer::new().with_trusted_root(key(0).public_key()),
            start: now(),
            kept: is_kept.then(Kept::new),
        })
    }
}

impl Rival for Tenuo {
    fn present(&self, call: &Call) -> Result<Headers, Failure> {
        let last = self.warrants.last().ok_or("no warrant")?;
        let moment = Some(i64::try_from(self.start)?);
        let proof =
            last.sign_with_timestamp(&self.holder, call.command, &arguments(call), moment)?;
        let stack = encode_stack(&WarrantStack::new(self.warrants.clone()))?;
        Ok(vec![
            URL_SAFE_NO_PAD.encode(stack),
            URL_SAFE_NO_PAD.encode(proof.to_bytes()),
        ])
    }

    fn decide(&self, scene: Scene, headers: &Headers, call: &Call) -> Result<(), Failure> {
        let decode = |text: &str| Ok(decode_stack(&URL_SAFE_NO_PAD.decode(text)?)?);
        let proof = URL_SAFE_NO_PAD.decode(header(headers, 1)?)?;
        let proof = Signature::from_bytes(proof.as_slice().try_into()?)?;
        let arguments = arguments(call);
        let moment = i64::try_from(scene.time.seconds(self.start))?;
        // What `check_chain` does, at a moment of our choosing: its proof of possession is good for two
        // minutes, and would be tried against earlier and earlier half-minutes while the rounds go on.
        let judge = |stack: &WarrantStack| {
            self.authorizer.check_chain_with_pop_args_as_of(
                &stack.0,
                call.command,
                &arguments,
                &arguments,
                Some(&proof),
                &[],
                moment,
            )?;
            Ok(())
        };
        let text = header(headers, 0)?;
        match &self.kept {
            Some(kept) => kept.judge(text, decode, judge),
            None => judge(&decode(text)?),
        }
    }

    fn promises(&self) -> Promises {
        Promises {
            binds_the_call: true,
            names_the_server: false,
        }
    }
}

/// The constraints of one hand.
fn constraints(hop: usize) -> Result<ConstraintSet, Failure> {
    let mut constraints = ConstraintSet::new();
    constraints.insert("patient", Exact::new(PATIENT));
    constraints.insert("code", Pattern::new(&format!("{CODE_PREFIX}*"))?);
    constraints.insert("limit", Range::max(f64::from(limit(hop)))?);
    Ok(constraints)
}

fn arguments(call: &Call) -> HashMap<String, ConstraintValue> {
    HashMap::from([
        (
            "patient".to_owned(),
            ConstraintValue::String(call.patient.to_owned()),
        ),
        (
            "code".to_owned(),
            ConstraintValue::String(call.code.to_owned()),
        ),
        (
            "limit".to_owned(),
            ConstraintValue::Integer(i64::from(call.limit)),
        ),
    ])
}
