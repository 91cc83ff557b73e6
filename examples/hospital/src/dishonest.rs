//! What if somebody sends what their own client would not? Then the service has to refuse it by itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use delegant::{Cid, Container, Did, Invocation, Nonce, SecretKey, Timestamp, Token, Verified};
use delegant_http::{Arguments, Problem, carrier};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::commands::{ReadEncounters, ReadObservations};
use crate::people::Person;
use crate::process::{Failure, Partner, new_key};
use crate::summary::{Outcome, Place, Task, Who};
use crate::telling::{Scene, Telling};

/// Who is there, and what was given to them.
pub(crate) struct Stage<'a> {
    pub(crate) at_a: &'a Place,
    pub(crate) at_b: &'a Place,
    pub(crate) physician: &'a Person,
    /// What Paula gave the physician for encounters.
    pub(crate) physicians: &'a str,
    /// What the agent gave the helper.
    pub(crate) helpers: &'a str,
}

fn labs(patient: &str, code: &str) -> ReadObservations {
    ReadObservations {
        patient: patient.to_owned(),
        code: code.to_owned(),
        from: 20260101,
        to: 20261231,
    }
}

fn path(patient: &str, code: &str) -> String {
    format!("/patients/{patient}/observations?code={code}&from=20260101&to=20261231")
}

/// Plays it.
pub(crate) async fn play(
    telling: &mut Telling,
    summary: &mut Partner,
    stage: &Stage<'_>,
) -> Result<(), Failure> {
    let Stage { at_a, at_b, .. } = stage;
    telling.say("Until here whoever held nothing that would do did not even send. Now they send all the same, past their own client, and the service is all that stands in their way.")?;
    let helpers = async |summary: &mut Partner, ask: ReadObservations| {
        let signed = summary
            .ask(&Task::Sign {
                who: Who::Helper,
                subject: at_a.did.clone(),
                container: stage.helpers.to_owned(),
                ask,
            })
            .await?;
        match signed {
            Outcome::Gave(header) => Ok::<_, Failure>(header),
            _ => Err("the helper signed nothing".into()),
        }
    };

    let header = helpers(summary, labs("p-18", "4548-4")).await?;
    let outcome = send(at_a, &path("p-18", "4548-4"), &header).await?;
    telling.scene(
        Scene::Refused("MatchError"),
        "The helper asks for another patient: Paula's delegation, at the top, speaks of her alone",
        outcome,
    )?;
    let header = helpers(summary, labs("p-17", "2345-7")).await?;
    let outcome = send(at_a, &path("p-17", "2345-7"), &header).await?;
    telling.scene(
        Scene::Refused("MatchError"),
        "It asks for glucose, which was not given to it",
        outcome,
    )?;
    let header = helpers(summary, labs("p-17", "4548-4")).await?;
    let outcome = send(at_b, "/results/A-4711", &header).await?;
    telling.scene(
        Scene::Refused("NotServed"),
        "It takes what hospital A gave to the laboratory: nothing of A's is served there",
        outcome,
    )?;

    let hospital: Did = at_a.did.parse()?;
    let closed = ReadEncounters {
        patient: "p-17".to_owned(),
        kind: "psychiatry".to_owned(),
        from: 20260101,
        to: 20261231,
    };
    let header = stage
        .physician
        .signs(&hospital, stage.physicians, &closed)?;
    let outcome = send(
        at_a,
        "/patients/p-17/encounters?kind=psychiatry&from=20260101&to=20261231",
        &header,
    )
    .await?;
    telling.scene(
        Scene::Refused("MatchError"),
        "The physician sends what Paula has closed to her",
        outcome,
    )?;

    let (thief, _, _) = new_key()?;
    let header = sign(&thief, &hospital, stage.helpers, &labs("p-17", "4548-4"))?;
    let outcome = send(at_a, &path("p-17", "4548-4"), &header).await?;
    telling.scene(
        Scene::Refused("InvalidAudience"),
        "A thief has the whole chain of the helper, and no key but its own",
        outcome,
    )?;

    let caught = helpers(summary, labs("p-17", "4548-4")).await?;
    let outcome = send(at_a, &path("p-17", "2345-7"), &caught).await?;
    telling.scene(
        Scene::Refused("NotBound"),
        "Somebody on the way catches an honest call of the helper's, and has it say another code",
        outcome,
    )?;
    let outcome = send(at_a, &path("p-17", "4548-4"), &caught).await?;
    telling.scene(
        Scene::Allowed(2),
        "They let it go on as it was: the first time it does what was signed",
        outcome,
    )?;
    let outcome = send(at_a, &path("p-17", "4548-4"), &caught).await?;
    telling.scene(
        Scene::Refused("Replayed"),
        "They send it once more",
        outcome,
    )
}

/// The header of this call, signed with this key and with the delegations of this container, whether
/// they allow it or not.
pub(crate) fn sign<C: Arguments>(
    key: &SecretKey,
    subject: &Did,
    container: &str,
    ask: &C,
) -> Result<String, Failure> {
    let container = Container::decode(container.as_bytes())?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let now = Timestamp::from_unix(since.try_into()?)?;
    let invocation: Verified<Invocation> = Invocation::builder(subject.clone(), C::command()?)
        .arguments(ask.to_arguments()?)
        .proofs(from_the_root(&container, subject))
        .expiration(now.saturating_add(Duration::from_secs(60)))
        .sign(key, Nonce::random()?)?;
    let mut sent = Container::from_iter([Token::from(invocation)]);
    for delegation in container.delegations() {
        sent.insert(delegation.clone());
    }
    Ok(carrier::write(&sent)?)
}

/// The delegations of a chain in the order in which authority went down.
fn from_the_root(container: &Container, subject: &Did) -> Vec<Cid> {
    let (mut order, mut holder) = (Vec::new(), subject);
    let delegations = container.delegations();
    while let Some(next) = delegations
        .iter()
        .find(|link| link.unverified().issuer() == holder && !order.contains(&link.cid()))
    {
        order.push(next.cid());
        holder = next.unverified().audience();
    }
    order
}

/// Sends a request with this header, and nothing else that a client would do.
async fn send(at: &Place, path: &str, header: &str) -> Result<Outcome, Failure> {
    let mut stream = TcpStream::connect(&at.address).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: {header}\r\nConnection: close\r\n\r\n",
        at.address
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    if head.starts_with("HTTP/1.1 200 ") {
        return Ok(Outcome::Read(serde_json::from_str(body)?));
    }
    let problem = Problem::from_json(body.as_bytes())?;
    Ok(Outcome::Refused {
        code: problem.code().to_owned(),
        why: problem.detail().unwrap_or(problem.title()).to_owned(),
    })
}
