//! Biscuit: an authority block, and a block with checks for every further hand.

use std::time::{Duration, SystemTime};

use biscuit_auth::builder::{Algorithm, AuthorizerBuilder, BlockBuilder, Term, fact, int, string};
use biscuit_auth::macros::{authorizer, block};
use biscuit_auth::{AuthorizerLimits, Biscuit as Token, KeyPair, PrivateKey, PublicKey};

use crate::rival::{Failure, Headers, Promises, Rival, header};
use crate::rivals::kept::Kept;
use crate::story::{CODE_PREFIX, COMMAND, Call, LIFETIME, PATIENT, Scene, limit, now, secret};

/// How a token is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// As it is.
    Bearer,
    /// As it is, by a server with a cache, which is ours and not the library's.
    Kept,
    /// Narrowed to one call by the caller, by a block more: what is seen on the way serves for no other.
    Narrowed,
}

/// One story: a token, the root's public key, and the server's own rules, parsed beforehand.
pub(crate) struct Biscuit {
    token: Token,
    root: PublicKey,
    rules: AuthorizerBuilder,
    start: u64,
    usage: Usage,
    kept: Kept<Token>,
}

impl Biscuit {
    pub(crate) fn new(hops: usize, copy: usize, usage: Usage) -> Result<Self, Failure> {
        let start = now();
        let root = KeyPair::from(&PrivateKey::from_bytes(
            &secret(copy, 0),
            Algorithm::Ed25519,
        )?);
        let mut token = Token::builder().merge(checks(0, start)).build(&root)?;
        for hop in 1..hops {
            token = token.append(checks(hop, start))?;
        }
        // The library's own limit is a millisecond, which a busy machine can take.
        let limits = AuthorizerLimits {
            max_time: Duration::from_secs(1),
            ..AuthorizerLimits::default()
        };
        Ok(Self {
            token,
            root: root.public(),
            rules: authorizer!("allow if true;").set_limits(limits),
            start,
            usage,
            kept: Kept::new(),
        })
    }
}

impl Rival for Biscuit {
    fn present(&self, call: &Call) -> Result<Headers, Failure> {
        let sent = match self.usage {
            Usage::Bearer | Usage::Kept => self.token.to_base64()?,
            Usage::Narrowed => self.token.append(this_call(call))?.to_base64()?,
        };
        Ok(vec![sent])
    }

    fn decide(&self, scene: Scene, headers: &Headers, call: &Call) -> Result<(), Failure> {
        let decode = |text: &str| Ok(Token::from_base64(text, self.root)?);
        let judge = |token: &Token| {
            let rules = self.rules.clone();
            rules
                .fact(fact("command", &[string(call.command)]))?
                .fact(fact("patient", &[string(call.patient)]))?
                .fact(fact("code", &[string(call.code)]))?
                .fact(fact("limit", &[int(i64::from(call.limit))]))?
                .fact(fact("time", &[Term::Date(scene.time.seconds(self.start))]))?
                .build(token)?
                .authorize()?;
            Ok(())
        };
        let text = header(headers, 0)?;
        match self.usage {
            Usage::Kept => self.kept.judge(text, decode, judge),
            Usage::Bearer | Usage::Narrowed => judge(&decode(text)?),
        }
    }

    fn promises(&self) -> Promises {
        Promises {
            binds_the_call: self.usage == Usage::Narrowed,
            names_the_server: false,
        }
    }
}

/// The constraints of one hand.
fn checks(hop: usize, start: u64) -> BlockBuilder {
    let until = SystemTime::UNIX_EPOCH + Duration::from_secs(start + LIFETIME);
    let (command, patient, prefix) = (COMMAND, PATIENT, CODE_PREFIX);
    let most = i64::from(limit(hop));
    block!(
        r#"
        check if command({command}), patient({patient}), code($code), $code.starts_with({prefix}),
            limit($limit), $limit <= {most}, time($time), $time <= {until};
        "#
    )
}

/// Exactly this call, for as long as the token holds.
fn this_call(call: &Call) -> BlockBuilder {
    let Call {
        command,
        patient,
        code,
        limit,
    } = *call;
    let limit = i64::from(limit);
    block!("check if command({command}), patient({patient}), code({code}), limit({limit});")
}
