//! The clinical-summary agent of hospital A, with a helper of organisation B beside it: the third
//! process. Each has a key of its own, and does what it is told as far as its chain reaches.

use std::collections::HashMap;
use std::time::Duration;

use delegant::{Container, Did, DidKeys, Policy, policy};
use delegant_agent::client::CallError;
use delegant_agent::{Agent, Delegations, Narrower};
use delegant_http::Arguments;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::commands::{ReadEncounters, ReadObservations, ReadResult};
use crate::dishonest::sign;
use crate::process::{self, Failure, new_key};

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Who {
    Agent,
    Helper,
}

/// What the process is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Task {
    /// Here is a delegation, in a container with those above it.
    Take { who: Who, container: String },
    /// The agent lets the helper read one kind of laboratory value, for an hour.
    Involve { subject: String, code: String },
    /// Sign a call, whether what is in the container allows it or not.
    Sign {
        who: Who,
        subject: String,
        container: String,
        ask: ReadObservations,
    },
    /// Ask hospital or laboratory.
    Encounters {
        who: Who,
        at: Place,
        ask: ReadEncounters,
    },
    Observations {
        who: Who,
        at: Place,
        ask: ReadObservations,
    },
    Result {
        who: Who,
        at: Place,
        ask: ReadResult,
    },
}

/// Where a service is, and who it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) address: String,
    pub(crate) did: String,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Done,
    /// The container of a delegation that was given, or the header of a call that was signed.
    Gave(String),
    Read(Value),
    /// The code, and the reason in words.
    Refused {
        code: String,
        why: String,
    },
}

/// Who they are.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) agent: String,
    pub(crate) helper: String,
}

/// Does what it is told until nobody tells it anything.
pub(crate) async fn serve() -> Result<(), Failure> {
    let (mut agents, mut keys) = (HashMap::new(), HashMap::new());
    for who in [Who::Agent, Who::Helper] {
        let (key, same, _) = new_key()?;
        agents.insert(who, Agent::new(key, Delegations::default()));
        keys.insert(who, same);
    }
    let name = |who| {
        agents
            .get(&who)
            .map(|agent: &Agent| agent.did().to_string())
    };
    process::say(&Hello {
        agent: name(Who::Agent).unwrap_or_default(),
        helper: name(Who::Helper).unwrap_or_default(),
    })?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let outcome = match serde_json::from_str(&line)? {
            Task::Sign {
                who,
                subject,
                container,
                ask,
            } => {
                let key = keys.get(&who).ok_or("nobody")?;
                Outcome::Gave(sign(key, &subject.parse()?, &container, &ask)?)
            }
            task => perform(&mut agents, task).await?,
        };
        process::say(&outcome)?;
    }
    Ok(())
}

async fn perform(agents: &mut HashMap<Who, Agent>, task: Task) -> Result<Outcome, Failure> {
    match task {
        Task::Take { who, container } => {
            learn(agents.get_mut(&who).ok_or("nobody")?, &container)?;
            Ok(Outcome::Done)
        }
        Task::Involve { subject, code } => {
            let only = Policy::new([policy::equal(".code", code)])?;
            let narrower = Narrower::new(subject.parse()?, ReadObservations::command()?)
                .policy(only)
                .lasting(Duration::from_secs(60 * 60));
            let helper: Did = agents.get(&Who::Helper).ok_or("nobody")?.did().clone();
            let given = agents
                .get(&Who::Agent)
                .ok_or("nobody")?
                .delegate(&helper, narrower)?
                .to_text()?;
            learn(agents.get_mut(&Who::Helper).ok_or("nobody")?, &given)?;
            Ok(Outcome::Gave(given))
        }
        Task::Sign { .. } => Err("an agent does not sign what it holds nothing for".into()),
        Task::Encounters { who, at, ask } => {
            let path = format!(
                "/patients/{}/encounters?kind={}&from={}&to={}",
                ask.patient, ask.kind, ask.from, ask.to
            );
            read(agents.get(&who), &at, &path, &ask).await
        }
        Task::Observations { who, at, ask } => {
            let path = format!(
                "/patients/{}/observations?code={}&from={}&to={}",
                ask.patient, ask.code, ask.from, ask.to
            );
            read(agents.get(&who), &at, &path, &ask).await
        }
        Task::Result { who, at, ask } => {
            read(
                agents.get(&who),
                &at,
                &format!("/results/{}", ask.order),
                &ask,
            )
            .await
        }
    }
}

/// Takes the delegations of a container, once their signatures hold.
pub(crate) fn learn(agent: &mut Agent, container: &str) -> Result<(), Failure> {
    for delegation in Container::decode(container.as_bytes())?.delegations() {
        agent.learn(delegation.verify(&DidKeys)?);
    }
    Ok(())
}

/// Asks, and says what came of it.
pub(crate) async fn read<C: Arguments>(
    agent: Option<&Agent>,
    at: &Place,
    path: &str,
    ask: &C,
) -> Result<Outcome, Failure> {
    let agent = agent.ok_or("nobody")?;
    let service = agent
        .client(&format!("http://{}", at.address))?
        .service(at.did.parse()?);
    match service.get(path).arguments(ask).send().await {
        Ok(response) => Ok(Outcome::Read(response.json()?)),
        Err(error) => Ok(refused(&error)),
    }
}

/// A refusal, also one that the agent gives itself because it holds nothing that would do.
pub(crate) fn refused(error: &CallError) -> Outcome {
    let code = match error {
        CallError::Invoke(_) => "NoProof",
        CallError::Failed(_) => "Failed",
        other => other.refusal().map_or("Other", |refusal| refusal.code()),
    };
    Outcome::Refused {
        code: code.to_owned(),
        why: error.to_string(),
    }
}
