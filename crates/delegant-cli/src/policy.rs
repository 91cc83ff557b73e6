//! `delegant policy`: tries a policy before anyone depends on it.

use clap::{Args, Subcommand};
use delegant::{Fuel, Limits, Truth};
use serde_json::json;

use crate::delegate::read_policy;
use crate::failure::{Answer, Done, Failure};
use crate::invoke::object;
use crate::output::{Line, Output, Tint};
use crate::show;

/// Try policies
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Check(Check),
}

pub(crate) fn run(verb: &Verb, output: Output) -> Done {
    match verb {
        Verb::Check(arguments) => check(arguments, output),
    }
}

/// Say whether a policy is true of some arguments, and if not, why
///
/// Exit code 0: true; 1: false, or undefined, which allows nothing either.
#[derive(Debug, Args)]
#[command(after_help = r#"Examples:
  delegant policy check --policy '[["==",".patient","p-17"]]' \
    --args '{"patient":"p-17"}'
  delegant policy check --policy '[["like",".to","*@example.com"]]' \
    --args '{"to":"bob@example.com"}'"#)]
pub(crate) struct Check {
    /// The policy as JSON; `@FILE` reads it from a file
    #[arg(long, value_name = "JSON|@FILE")]
    policy: String,

    /// The arguments as a JSON object; `@FILE` reads them from a file
    #[arg(long, value_name = "JSON|@FILE")]
    args: String,
}

fn check(check: &Check, output: Output) -> Done {
    let policy = read_policy(&check.policy)?;
    let arguments = object(&check.args)?;
    let truth = policy
        .evaluate(&arguments, &mut Fuel::new(&Limits::DEFAULT))
        .map_err(|cause| Failure::refused("LimitExceeded", cause))?;
    let explanation = policy.explain(&arguments);
    if output.is_json() {
        output.json(&json!({
            "truth": truth.to_string(),
            "explanation": explanation.as_ref().map(show::explanation_json),
        }))?;
    } else {
        let tint = match truth {
            Truth::True => Tint::Good,
            Truth::False => Tint::Bad,
            Truth::Undefined => Tint::Warning,
        };
        output.say(Line::tinted(tint, truth))?;
        if let Some(explanation) = &explanation {
            output.say_all(show::explanation_lines(explanation))?;
        }
    }
    Ok(if truth == Truth::True {
        Answer::Yes
    } else {
        Answer::No
    })
}
