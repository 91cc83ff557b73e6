//! `delegant revocations follow`: takes in what another service tells, as it happens.

use clap::Args;
use delegant::Did;
use delegant_store::{Follower, Subscription};

use crate::failure::{Answer, Done};
use crate::output::Output;
use crate::revocations::{not_heard, tell};
use crate::runtime::wait;
use crate::service::Place;
use crate::store::StoreArguments;

const EXAMPLES: &str = r#"Examples:
  # ask once for what is new; without `--once`, as it happens
  delegant revocations follow https://records.example --once \
    --service "$(delegant key show alice.pem)" --store sqlite:elsewhere.db"#;

/// Follow the feed of a service into a store, as it happens
///
/// Each revocation is verified. A verifier that keeps the same store open heeds it at once, and knows how
/// old what it knows is. Where the feed is not heard, it is tried again until the command is ended.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Where the service is
    #[arg(value_name = "URL")]
    url: Place,

    /// Who it is: it signs how far its feed goes
    #[arg(long, value_name = "DID")]
    service: Did,

    #[command(flatten)]
    store: StoreArguments,

    /// Ask once and end
    #[arg(long)]
    once: bool,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    wait(follow(arguments, output))?
}

async fn follow(arguments: &Arguments, output: Output) -> Done {
    let store = arguments.store.open_or_make().await?;
    let follower = Follower::new(store, arguments.service.clone());
    let feed = format!(
        "{}/revocations",
        arguments.url.to_string().trim_end_matches('/')
    );
    let feed = Subscription::new(follower, &feed).map_err(not_heard)?;
    if arguments.once {
        tell(&feed.once().await.map_err(not_heard)?, output)?;
        return Ok(Answer::Yes);
    }
    let mut is_first = true;
    feed.run(|heard| {
        // Where nobody reads any more what is said, it is still taken in.
        let _ = match heard {
            Ok(heard) if heard.taken > 0 || is_first => tell(&heard, output),
            Ok(_) => Ok(()),
            Err(cause) => output.fail(&not_heard(cause)).map_err(Into::into),
        };
        is_first = false;
    })
    .await;
    Ok(Answer::Yes)
}
