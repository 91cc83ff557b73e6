//! `delegant delegate`: gives authority on, narrower.

use clap::Args;
use delegant::{
    BuildError, Command, Delegation, Did, Ipld, Nonce, Policy, Signer, Subject, Token, Verified,
};
use delegant_agent::Delegations;
use delegant_agent::review::{Review, review};
use serde_json::json;

use crate::failure::{Answer, Done, Failure};
use crate::keys::KeyArguments;
use crate::output::{Line, Output, Tint};
use crate::proofs::{self, Goal, ProofArguments};
use crate::time::Moment;
use crate::token_output::TokenOutput;
use crate::{input, show, time};

const EXAMPLES: &str = r#"Examples:
  # let the agent read the encounters of one patient for a week
  delegant delegate --key alice.pem --to "$(delegant key show agent.pem)" \
    --command /encounters/read --policy '[["==",".patient","p-17"]]' \
    --expires 7d -o given.ucan

  # the agent passes less of it on
  delegant delegate --key agent.pem --to "$(delegant key show helper.pem)" \
    --proofs given.ucan --command /encounters/read \
    --policy '[["==",".kind","laboratory"]]' --expires 1h -o passed-on.ucan"#;

/// Sign a delegation: the audience may use this command on this subject, where the policy holds
///
/// Prints a container with the new delegation and its proofs. Refuses what could never be used, and
/// warns of what is broad or idle.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    key: KeyArguments,

    /// Who receives it
    #[arg(long, value_name = "DID")]
    to: Did,

    /// What may be done, such as `/encounters/read`; `/` is everything
    #[arg(long)]
    command: Command,

    /// Statements that the arguments must meet, as JSON; `@FILE` reads them from a file
    #[arg(long, value_name = "JSON|@FILE")]
    policy: Option<String>,

    /// When it ends: RFC 3339, Unix seconds, `90s`, `15m`, `8h`, `7d`, or `never`
    #[arg(long, value_name = "TIME")]
    expires: Moment,

    /// When it begins
    #[arg(long, value_name = "TIME")]
    not_before: Option<Moment>,

    /// Whose authority it is [default: that of the proofs; without proofs, the signer's own]
    #[arg(long, value_name = "DID", conflicts_with = "powerline")]
    subject: Option<Did>,

    /// Give whatever the signer may do now or later, on any subject
    #[arg(long)]
    powerline: bool,

    /// Something to remember in it, never part of a decision; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = input::named_value)]
    meta: Vec<(String, Ipld)>,

    #[command(flatten)]
    proofs: ProofArguments,

    #[command(flatten)]
    form: TokenOutput,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let now = time::now()?;
    let policy = match &arguments.policy {
        Some(policy) => read_policy(policy)?,
        None => Policy::default(),
    };
    let signer = arguments.key.load()?;
    let known = arguments.proofs.load(output)?;
    let subject = arguments.subject(&signer.did(), &known)?;

    let mut builder = Delegation::builder(
        arguments.to.clone(),
        subject.clone(),
        arguments.command.clone(),
    )
    .policy(policy)
    .edition(arguments.form.edition());
    builder = match arguments.expires.seen_from(now) {
        Some(moment) => builder.expiration(moment),
        None => builder.never_expires(),
    };
    if let Some(moment) = arguments.not_before {
        builder = builder.not_before(moment.one_seen_from(now, "--not-before")?);
    }
    for (name, value) in &arguments.meta {
        builder = builder.meta(name, value.clone());
    }
    let nonce = Nonce::random().map_err(Failure::usage)?;
    let delegation = builder.sign(&signer, nonce).map_err(not_signed)?;

    let above = match &subject {
        Subject::Did(subject) => {
            let chain = proofs::chain(
                &known,
                Goal {
                    signer: delegation.issuer(),
                    subject,
                    command: delegation.command(),
                    now,
                },
            );
            if chain.is_empty()
                && !arguments.proofs.proofs.is_empty()
                && subject != delegation.issuer()
            {
                return Err(no_link(&known, delegation.issuer(), subject));
            }
            chain
        }
        Subject::Any => Vec::new(),
    };
    let found =
        review(&delegation, &above, now).map_err(|cause| Failure::refused(cause.code(), cause))?;
    report(&delegation, &found, output)?;

    let warnings: Vec<_> = found
        .warnings
        .iter()
        .map(|warning| json!({ "code": warning.code(), "message": warning.to_string() }))
        .collect();
    let narrows: Vec<String> = found.narrows.iter().map(ToString::to_string).collect();
    let proofs: Vec<String> = above.iter().map(|link| link.cid().to_string()).collect();
    let beside = json!({
        "cid": delegation.cid().to_string(),
        "delegation": show::delegation_json(delegation.cid(), &delegation),
        "proofs": proofs,
        "warnings": warnings,
        "narrows": narrows,
    });
    let tokens = above.into_iter().chain([delegation]).map(Token::from);
    arguments.form.deliver(tokens, beside, output)?;
    Ok(Answer::Yes)
}

impl Arguments {
    fn subject(&self, signer: &Did, known: &Delegations) -> Result<Subject, Failure> {
        if self.powerline {
            return Ok(Subject::Any);
        }
        if let Some(subject) = &self.subject {
            return Ok(subject.clone().into());
        }
        if self.proofs.proofs.is_empty() && self.proofs.wallet.is_none() {
            return Ok(signer.clone().into());
        }
        match proofs::subjects_given_to(known, signer).as_slice() {
            [subject] => Ok((*subject).clone().into()),
            [] if self.proofs.wallet.is_some() => Ok(signer.clone().into()),
            [] => Err(no_link(known, signer, signer)),
            several => Err(
                Failure::usage("the proofs are about several subjects; name one")
                    .hints(several.iter().map(|did| format!("--subject {did}"))),
            ),
        }
    }
}

/// Says to whom the proofs were given, since it is not the signer.
fn no_link(known: &Delegations, signer: &Did, subject: &Did) -> Failure {
    let failure = if signer == subject {
        Failure::refused(
            "WrongIssuer",
            format_args!("none of the proofs was given to {signer}, who signs"),
        )
    } else {
        Failure::refused(
            "WrongIssuer",
            format_args!("none of the proofs gives {signer}, who signs, anything on {subject}"),
        )
    };
    failure.hints(known.iter().take(4).map(|link| {
        format!(
            "{} was given to {} on {}",
            link.cid(),
            link.audience(),
            link.subject()
        )
    }))
}

/// Reads a policy as JSON.
pub(crate) fn read_policy(argument: &str) -> Result<Policy, Failure> {
    input::json_text(argument, "--policy")?
        .parse()
        .map_err(|cause| {
            Failure::malformed(format_args!("`--policy`: {cause}")).hint(
                r#"a policy is a list of statements, such as [["==",".patient","p-17"],["<=",".limit",100]]"#,
            )
        })
}

/// What the builder refused is refused; what kept it from signing is not the caller's fault.
pub(crate) fn not_signed(cause: BuildError) -> Failure {
    match &cause {
        BuildError::Refused(refused) => Failure::refused(refused.code(), &cause),
        BuildError::Encode(_) => Failure::malformed(&cause),
        _ => Failure::usage(&cause),
    }
}

fn report(
    delegation: &Verified<Delegation>,
    found: &Review,
    output: Output,
) -> Result<(), Failure> {
    if output.is_json() {
        return Ok(());
    }
    output.note(Line::tinted(Tint::Good, "delegation ").plain(delegation.cid()))?;
    for narrowing in &found.narrows {
        output.note(Line::tinted(Tint::Name, "narrows: ").plain(narrowing))?;
    }
    if found.narrows.is_empty() {
        output.note(
            Line::tinted(Tint::Name, "narrows: ")
                .plain("nothing; all that the signer has is passed on"),
        )?;
    }
    for warning in &found.warnings {
        output.warn(warning)?;
    }
    Ok(())
}
