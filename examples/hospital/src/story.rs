//! What happens, in order, and in plain words.

use delegant::Did;

use crate::commands::{BreakGlass, ReadAccesses, ReadEncounters, ReadObservations, ReadResult};
use crate::dishonest::{self, Stage};
use crate::people::Person;
use crate::process::{Failure, Partner, Ready};
use crate::summary::{Hello, Outcome, Place, Task, Who, read, refused};
use crate::telling::{Scene, Telling};

const PATIENT: &str = "p-17";

fn labs(patient: &str, code: &str, from: i64, to: i64) -> ReadObservations {
    let (patient, code) = (patient.to_owned(), code.to_owned());
    ReadObservations {
        patient,
        code,
        from,
        to,
    }
}

fn encounters(kind: &str) -> ReadEncounters {
    ReadEncounters {
        patient: PATIENT.to_owned(),
        kind: kind.to_owned(),
        from: 20260101,
        to: 20261231,
    }
}

/// Plays it, and says whether everything came as it should.
pub(crate) async fn play(telling: &mut Telling) -> Result<(), Failure> {
    let (mut patient, mut physician, mut on_duty) =
        (Person::new()?, Person::new()?, Person::new()?);
    let folder = tempfile::tempdir()?;
    let database = |name: &str| folder.path().join(name).display().to_string();

    let mut records = Partner::start(&[
        "records",
        &database("a.db"),
        &patient.did().to_string(),
        &on_duty.did().to_string(),
    ])?;
    let mut laboratory = Partner::start(&[
        "laboratory",
        &database("b.db"),
        &physician.did().to_string(),
    ])?;
    let mut summary = Partner::start(&["summary"])?;
    let (a, b): (Ready, Ready) = (records.hear().await?, laboratory.hear().await?);
    let they: Hello = summary.hear().await?;
    let place = |ready: &Ready| Place {
        address: ready.address.clone(),
        did: ready.did.clone(),
    };
    let (at_a, at_b) = (place(&a), place(&b));
    let (hospital, lab_b): (Did, Did) = (a.did.parse()?, b.did.parse()?);
    let (agent_did, helper_did): (Did, Did) = (they.agent.parse()?, they.helper.parse()?);
    telling.say(&format!(
        "Hospital A keeps records (process {}), organisation B has a laboratory (process {}), and a summary agent of A runs beside a helper of B (process {}). No two of them share an identity provider; each has a key of its own.",
        records.id(), laboratory.id(), summary.id()
    ))?;

    // Authority comes down.
    let [hers, emergency] = a.given.as_slice() else {
        return Err("hospital A gave something else".into());
    };
    patient.takes(hers)?;
    on_duty.takes(emergency)?;
    for given in &b.given {
        physician.takes(given)?;
    }
    let consents = patient.consents(&physician.did(), &hospital)?;
    for given in &consents {
        physician.takes(given)?;
    }
    telling
        .say("Paula, the patient, lets her physician read her record, but nothing psychiatric.")?;
    for container in physician.instructs(&agent_did, &hospital, &lab_b)? {
        let _: Outcome = summary
            .ask(&Task::Take {
                who: Who::Agent,
                container,
            })
            .await?;
    }
    telling.say("The physician lets the agent read what a summary of 2026 needs: encounters, and two laboratory codes.")?;

    // The agent works.
    let who = Who::Agent;
    let outcome = summary
        .ask(&Task::Encounters {
            who,
            at: at_a.clone(),
            ask: encounters("internal"),
        })
        .await?;
    telling.scene(
        Scene::Allowed(2),
        "The agent reads the encounters of internal medicine",
        outcome,
    )?;
    let outcome = summary
        .ask(&Task::Observations {
            who,
            at: at_a.clone(),
            ask: labs(PATIENT, "2345-7", 20260101, 20261231),
        })
        .await?;
    telling.scene(
        Scene::Allowed(1),
        "The agent reads the glucose values",
        outcome,
    )?;
    let outcome = summary
        .ask(&Task::Encounters {
            who,
            at: at_a.clone(),
            ask: encounters("psychiatry"),
        })
        .await?;
    telling.scene(Scene::Refused("NoProof"), "The agent asks for psychiatric encounters: nothing that it holds allows it, so it does not even send the call", outcome)?;
    let outcome = summary
        .ask(&Task::Observations {
            who,
            at: at_a.clone(),
            ask: labs("p-18", "2345-7", 20260101, 20261231),
        })
        .await?;
    telling.scene(
        Scene::Refused("NoProof"),
        "The agent asks for another patient",
        outcome,
    )?;
    let outcome = summary
        .ask(&Task::Result {
            who,
            at: at_b.clone(),
            ask: ReadResult {
                order: "A-4711".to_owned(),
            },
        })
        .await?;
    telling.scene(
        Scene::Answered,
        "The agent reads a result at laboratory B, for what hospital A ordered",
        outcome,
    )?;

    // Across the border.
    let involved: Outcome = summary
        .ask(&Task::Involve {
            subject: a.did.clone(),
            code: "4548-4".to_owned(),
        })
        .await?;
    let Outcome::Gave(given) = involved else {
        return Err("the agent gave nothing".into());
    };
    telling.say("The agent lets the helper of B read one of the two codes, HbA1c, for an hour.")?;
    let who = Who::Helper;
    let outcome = summary
        .ask(&Task::Observations {
            who,
            at: at_a.clone(),
            ask: labs(PATIENT, "4548-4", 20260101, 20261231),
        })
        .await?;
    telling.scene(
        Scene::Allowed(2),
        "The helper of B reads HbA1c at hospital A",
        outcome,
    )?;
    let outcome = summary
        .ask(&Task::Observations {
            who,
            at: at_a.clone(),
            ask: labs(PATIENT, "2345-7", 20260101, 20261231),
        })
        .await?;
    telling.scene(
        Scene::Refused("NoProof"),
        "The helper asks for glucose, which the agent may read and it may not",
        outcome,
    )?;

    // Nobody below undoes what Paula has closed: the physician herself is refused.
    let path = "/patients/p-17/encounters?kind=psychiatry&from=20260101&to=20261231";
    let outcome = read(
        Some(&physician.agent),
        &at_a,
        path,
        &encounters("psychiatry"),
    )
    .await?;
    telling.scene(
        Scene::Refused("NoProof"),
        "The physician herself asks for what Paula has closed",
        outcome,
    )?;

    // An emergency.
    let glass = |reason: &str| BreakGlass {
        patient: PATIENT.to_owned(),
        reason: reason.to_owned(),
    };
    let emergency = on_duty
        .agent
        .client(&format!("http://{}", a.address))?
        .service(hospital.clone());
    let outcome = match emergency.call(&hospital, &glass("")).await {
        Ok(_) => Outcome::Done,
        Err(error) => refused(&error),
    };
    telling.scene(
        Scene::Refused("NoProof"),
        "The physician on duty breaks the glass without a reason",
        outcome,
    )?;
    let outcome = match emergency.call(&hospital, &glass("found unconscious")).await {
        Ok(done) => {
            let record: String = done.read()?;
            Outcome::Read(serde_json::from_str(&record)?)
        }
        Err(error) => refused(&error),
    };
    telling.scene(
        Scene::Answered,
        "She breaks it with a reason, and gets everything, with a signed receipt",
        outcome,
    )?;

    // The patient looks.
    let ask = ReadAccesses {
        patient: PATIENT.to_owned(),
    };
    let outcome = read(Some(&patient.agent), &at_a, "/patients/p-17/accesses", &ask).await?;
    telling.accesses(&outcome, &on_duty.did(), &helper_did)?;
    telling.scene(Scene::Answered, "Paula reads who has looked at her record: the emergency is flagged, and the helper stands there with everyone who let it in", outcome)?;

    dishonest::play(
        telling,
        &mut summary,
        &Stage {
            at_a: &at_a,
            at_b: &at_b,
            physician: &physician,
            physicians: consents.first().ok_or("Paula gave nothing")?,
            helpers: &given,
        },
    )
    .await?;

    // The helper goes wrong.
    let again = Task::Observations {
        who: Who::Helper,
        at: at_a.clone(),
        ask: labs(PATIENT, "4548-4", 20260101, 20261231),
    };
    let outcome = summary.ask(&again).await?;
    telling.scene(Scene::Allowed(2), "The helper reads and reads", outcome)?;
    let line = physician.agent.client(&format!("http://{}", a.address))?;
    line.revoke(&physician.revokes(&given)?).await?;
    telling.say("The physician, two links above, takes the helper's delegation back.")?;
    let outcome = summary.ask(&again).await?;
    telling.scene(Scene::Refused("Revoked"), "The helper reads on", outcome)?;
    let agents = Task::Observations {
        who: Who::Agent,
        at: at_a.clone(),
        ask: labs(PATIENT, "4548-4", 20260101, 20261231),
    };
    let outcome = summary.ask(&agents).await?;
    telling.scene(Scene::Allowed(2), "The agent itself still can", outcome)?;

    summary.end().await?;
    laboratory.end().await?;
    records.end().await
}
