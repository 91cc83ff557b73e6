//! `delegant revoke`: takes a delegation back, for good.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use delegant::{
    Cid, Container, Delegation, Did, DidKeys, Parsed, Revocation, SecretKey, Signer, Token,
};
#[cfg(feature = "http")]
use delegant_agent::{Agent, Delegations};
use serde_json::{Value, json};

use crate::delegate::not_signed;
use crate::failure::{Answer, Done, Failure};
use crate::input;
use crate::keys::KeyArguments;
use crate::output::{Line, Output, Tint};
#[cfg(feature = "http")]
use crate::runtime::wait;
#[cfg(feature = "http")]
use crate::service::{self, Place};
use crate::show;
use crate::token_output::TokenOutput;

const EXAMPLES: &str = "Examples:
  # the delegation in this file, or of several the one that the key issued
  delegant revoke --key alice.pem --of given.ucan -o revoked.ucan

  # and hand it to those who verify
  delegant revoke --key alice.pem --of given.ucan --to https://records.example

  delegant revoke --key alice.pem \\
    --token bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/// Sign a revocation: a delegation is taken back, for good
///
/// It counts in every chain in which the signer issued that delegation or one above it, once its
/// verifiers have it. It cannot be undone.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("which").required(true).multiple(true).args(["token", "of"]),
    after_help = EXAMPLES
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    key: KeyArguments,

    /// The delegation to take back
    #[arg(long, value_name = "CID")]
    token: Option<Cid>,

    /// Container with the delegation and those around it
    #[arg(long, value_name = "FILE")]
    of: Option<PathBuf>,

    /// Revoke for this issuer, who delegated `/ucan/revoke` to the signer; the file in `--proofs`
    /// shows it
    #[arg(long, value_name = "DID", requires = "proofs")]
    on_behalf_of: Option<Did>,

    /// Container with the delegations of `/ucan/revoke`, from the issuer's own to the signer's
    #[arg(long, value_name = "FILE", requires = "on_behalf_of")]
    proofs: Option<PathBuf>,

    /// Hand it to the service at this URL, with the delegations of `--of` that lead to the revoked one;
    /// may be repeated
    #[cfg(feature = "http")]
    #[arg(long, value_name = "URL")]
    to: Vec<Place>,

    /// Hand it in by plain `http` across a network that is trusted
    #[cfg(feature = "http")]
    #[arg(long, requires = "to")]
    in_the_clear: bool,

    #[command(flatten)]
    form: TokenOutput,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let around = match &arguments.of {
        Some(file) => input::tokens_of(Some(file))?,
        None => Container::default(),
    };
    let signer = arguments.key.load()?;
    let revoker = arguments
        .on_behalf_of
        .clone()
        .unwrap_or_else(|| signer.did());
    let revoked = match arguments.token {
        Some(cid) => cid,
        None => pick(&around, &revoker)?,
    };
    let line = Lineage::of(revoked, &around);
    if arguments.of.is_some() && line.is_empty() {
        output.warn(format_args!("{revoked} is not in the container"))?;
    }
    let path = line.path_from(&revoker)?;

    let mut builder = Revocation::builder(revoked)
        .path(path)
        .edition(arguments.form.edition());
    let mut proofs = Vec::new();
    if let (Some(issuer), Some(file)) = (&arguments.on_behalf_of, &arguments.proofs) {
        proofs = proofs_of_revoking(file, issuer, &signer.did())?;
        builder = builder.on_behalf_of(issuer.clone(), proofs.iter().map(Parsed::cid));
    }
    let revocation = builder.sign(&signer).map_err(not_signed)?;

    let advice = line.advice(&revoker);
    if !output.is_json() {
        output.note(Line::tinted(Tint::Good, "revocation ").plain(revocation.cid()))?;
        output.note(Line::tinted(Tint::Name, "revokes: ").plain(revoked))?;
        for warning in &advice {
            output.warn(&warning.text)?;
            if let Some(command) = &warning.instead {
                output.hint(format_args!(
                    "delegant revoke --key {} --token {command}",
                    arguments.key.key.display()
                ))?;
            }
        }
        if arguments.is_for_hand() {
            output
                .note(Line::tinted(Tint::Name, "next: ").plain(
                    "hand it to everyone who verifies such chains; nobody else will know",
                ))?;
        }
    }
    let warnings: Vec<_> = advice
        .iter()
        .map(|warning| {
            json!({ "message": warning.text, "revokeInstead": warning.instead.map(|cid| cid.to_string()) })
        })
        .collect();
    let beside = json!({
        "cid": revocation.cid().to_string(),
        "revoked": revoked.to_string(),
        "revocation": show::invocation_json(revocation.cid(), &revocation),
        "warnings": warnings,
    });
    let revocation = Token::decode(revocation.bytes())
        .map_err(|cause| Failure::unreadable(cause.code(), cause))?;
    let tokens = proofs.into_iter().map(Token::from).chain([revocation]);
    arguments.deliver(tokens.collect(), &line, signer, beside, output)
}

#[cfg(not(feature = "http"))]
impl Arguments {
    const fn is_for_hand(&self) -> bool {
        true
    }

    fn deliver(
        &self,
        tokens: Vec<Token>,
        _: &Lineage,
        _: SecretKey,
        beside: Value,
        output: Output,
    ) -> Done {
        self.form.deliver(tokens, beside, output)?;
        Ok(Answer::Yes)
    }
}

#[cfg(feature = "http")]
impl Arguments {
    /// Does nobody get it from us?
    const fn is_for_hand(&self) -> bool {
        self.to.is_empty()
    }

    /// Hands it in wherever it is wanted, and prints or keeps it where that is.
    fn deliver(
        &self,
        tokens: Vec<Token>,
        line: &Lineage,
        signer: SecretKey,
        mut beside: Value,
        output: Output,
    ) -> Done {
        // They show that it is about what is judged there, and how long it must be remembered.
        let around = line.0.iter().cloned().map(Token::from);
        let handed_in = Container::from_iter(tokens.iter().cloned().chain(around));
        let agent = Agent::new(signer, Delegations::default());
        let mut told = Vec::new();
        let mut answer = Answer::Yes;
        for place in &self.to {
            let client = place.client_below(&agent, self.in_the_clear)?;
            match wait(client.revoke(&handed_in))?.map_err(service::failure) {
                Ok(revoked) => {
                    let sequence = revoked.sequence();
                    if !output.is_json() {
                        let number = sequence.map(|number| format!(" as number {number}"));
                        output.note(
                            Line::tinted(Tint::Good, "accepted ")
                                .plain(format_args!("at {place}{}", number.unwrap_or_default())),
                        )?;
                    }
                    told.push(json!({ "url": place.to_string(), "sequence": sequence }));
                }
                Err(failure) => {
                    if !output.is_json() {
                        output.note(
                            Line::tinted(Tint::Bad, "not accepted ")
                                .plain(format_args!("at {place}")),
                        )?;
                        output.fail(&failure)?;
                    }
                    answer = match failure.exit() {
                        1 => Answer::No,
                        _ if answer == Answer::No => Answer::No,
                        _ => Answer::Unreadable,
                    };
                    let mut failed = failure.to_json();
                    if let Some(failed) = failed.as_object_mut() {
                        failed.insert("url".to_owned(), place.to_string().into());
                    }
                    told.push(failed);
                }
            }
        }
        if let Some(beside) = beside.as_object_mut().filter(|_| !told.is_empty()) {
            beside.insert("to".to_owned(), told.into());
        }
        if self.is_for_hand() || self.form.output.is_some() || output.is_json() {
            self.form.deliver(tokens, beside, output)?;
        }
        Ok(answer)
    }
}

/// The one delegation that is meant.
fn pick(container: &Container, revoker: &Did) -> Result<Cid, Failure> {
    let delegations = container.delegations();
    let own: Vec<_> = delegations
        .iter()
        .filter(|link| link.unverified().issuer() == revoker)
        .collect();
    match (delegations, own.as_slice()) {
        ([], _) => Err(Failure::malformed("there is no delegation in it")),
        ([one], _) => Ok(one.cid()),
        (_, [one]) => Ok(one.cid()),
        _ => Err(
            Failure::usage("there are several delegations in it; say which").hints(
                delegations.iter().map(|link| {
                    format!(
                        "--token {}  # to {}",
                        link.cid(),
                        link.unverified().audience()
                    )
                }),
            ),
        ),
    }
}

/// A delegation and those above it, itself last, as far as they are known and signed.
struct Lineage(Vec<Parsed<Delegation>>);

struct Advice {
    text: String,
    /// The delegation to revoke in its place.
    instead: Option<Cid>,
}

impl Lineage {
    fn of(cid: Cid, container: &Container) -> Self {
        let signed = || {
            container
                .delegations()
                .iter()
                .filter(|link| link.verify(&DidKeys).is_ok())
        };
        let mut line: Vec<Parsed<Delegation>> = Vec::new();
        let mut next = signed().find(|link| link.cid() == cid);
        while let Some(link) = next {
            line.push(link.clone());
            next = signed().find(|above| {
                above.unverified().audience() == link.unverified().issuer()
                    && line.iter().all(|known| known.cid() != above.cid())
            });
        }
        line.reverse();
        Self(line)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The delegations from the revoker's own to the revoked one, where the revoker stands above it.
    fn path_from(&self, revoker: &Did) -> Result<Vec<Cid>, Failure> {
        let issued_by = |link: &Parsed<Delegation>| link.unverified().issuer() == revoker;
        match self.0.iter().position(issued_by) {
            None if self.0.is_empty() => Ok(Vec::new()),
            // Its own delegation needs no path.
            Some(place) if place + 1 == self.0.len() => Ok(Vec::new()),
            Some(place) => Ok(self.0.iter().skip(place).map(Parsed::cid).collect()),
            None => {
                let issuers = self.0.iter().map(|link| {
                    let issuer = link.unverified().issuer();
                    format!("{issuer} can revoke it, who issued {}", link.cid())
                });
                Err(Failure::refused(
                    "Unrelated",
                    format_args!("{revoker} issued neither this delegation nor one above it, so nobody would heed its revocation"),
                )
                .hints(issuers))
            }
        }
    }

    /// What a principal signed once it can sign again: then the link *to* it is the one to cut.
    fn advice(&self, revoker: &Did) -> Vec<Advice> {
        let Some((last, above)) = self.0.split_last() else {
            return vec![Advice {
                text: "without `--of FILE` it is not known who issued this; if it was not the signer or one whom the signer's own delegations led to, the revocation will not count".to_owned(),
                instead: None,
            }];
        };
        let issuer = last.unverified().issuer();
        if issuer == revoker {
            return Vec::new();
        }
        let link_to_it = above
            .iter()
            .rev()
            .find(|link| link.unverified().audience() == issuer);
        vec![Advice {
            text: format!(
                "{issuer} issued this and can sign another like it; if it is not to be trusted, revoke the delegation *to* it"
            ),
            instead: link_to_it.map(Parsed::cid),
        }]
    }
}

/// The delegations of a file that lead from the issuer to the signer, root first.
fn proofs_of_revoking(
    file: &Path,
    issuer: &Did,
    signer: &Did,
) -> Result<Vec<Parsed<Delegation>>, Failure> {
    let container = input::tokens_of(Some(file))?;
    let given_to = |audience: &Did| {
        container
            .delegations()
            .iter()
            .find(|link| link.unverified().audience() == audience)
    };
    let mut chain: Vec<Parsed<Delegation>> = Vec::new();
    let mut audience = signer.clone();
    while audience != *issuer {
        let Some(link) =
            given_to(&audience).filter(|_| chain.len() < container.delegations().len())
        else {
            return Err(Failure::refused(
                "UnavailableProof",
                format_args!(
                    "`{}` does not lead from {issuer} to {signer}",
                    file.display()
                ),
            ));
        };
        audience = link.unverified().issuer().clone();
        chain.push(link.clone());
    }
    chain.reverse();
    Ok(chain)
}
