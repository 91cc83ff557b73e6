//! `delegant refuse`: an agent has gone rogue, and nobody here deals with it any more.

use clap::Args;
use delegant::Did;
use serde_json::json;

use crate::failure::{Answer, Done, Failure};
use crate::output::{Line, Output, Tint};
use crate::runtime::wait;
use crate::store::{StoreArguments, failure};

const EXAMPLES: &str = r#"Examples:
  # an agent has gone rogue: at once, wherever this store is open
  delegant refuse "$(delegant key show agent.pem)" --store sqlite:delegant.db

  delegant refuse --list --store sqlite:delegant.db

  # all was well
  delegant refuse "$(delegant key show agent.pem)" --readmit \
    --store sqlite:delegant.db"#;

/// Refuse a principal: whatever it has a part in is no longer allowed, wherever this store is open
///
/// It is a matter of the services that share the store, and nobody else learns of it. To take back what
/// a principal was given, for everyone who verifies, revoke the delegation to it: `delegant revoke`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Whom to refuse
    #[arg(value_name = "DID", required_unless_present = "list")]
    principal: Option<Did>,

    /// Let it in again
    #[arg(long, conflicts_with = "list")]
    readmit: bool,

    /// Say who is refused
    #[arg(long, conflicts_with = "principal")]
    list: bool,

    #[command(flatten)]
    store: StoreArguments,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    wait(refuse(arguments, output))?
}

async fn refuse(arguments: &Arguments, output: Output) -> Done {
    let store = arguments.store.open().await?;
    let Some(principal) = &arguments.principal else {
        return list(&store.refused(), output);
    };
    let is_refused = !arguments.readmit;
    let changed = if is_refused {
        store.refuse(principal).await
    } else {
        store.readmit(principal).await
    };
    changed.map_err(failure)?;
    if output.is_json() {
        output.json(&json!({ "principal": principal.to_string(), "refused": is_refused }))?;
    } else if is_refused {
        output.say(Line::tinted(Tint::Bad, "refused ").name(principal))?;
    } else {
        output.say(Line::tinted(Tint::Good, "readmitted ").name(principal))?;
    }
    Ok(Answer::Yes)
}

fn list(refused: &[Did], output: Output) -> Result<Answer, Failure> {
    let mut refused: Vec<String> = refused.iter().map(ToString::to_string).collect();
    refused.sort();
    if output.is_json() {
        output.json(&json!({ "refused": refused }))?;
        return Ok(Answer::Yes);
    }
    for principal in &refused {
        output.say(Line::default().name(principal))?;
    }
    if refused.is_empty() {
        output.note("nobody is refused")?;
    }
    Ok(Answer::Yes)
}
