//! What is asked, and what should come of it.

use delegant::{Authorization, Revocations};

use crate::demo::stage::{HOUR, Refusal, Request, Stage};
use crate::failure::Failure;

/// One request and its answer.
pub(super) struct Scene {
    pub(super) title: String,
    /// `valid`, or the code of the refusal.
    pub(super) expected: &'static str,
    pub(super) verdict: Result<Authorization, Refusal>,
}

impl Scene {
    pub(super) fn is_as_expected(&self) -> bool {
        let verdict = match &self.verdict {
            Ok(_) => "valid",
            Err(refusal) => refusal.code,
        };
        verdict == self.expected
    }
}

/// Plays every scene, in order.
pub(super) fn play(stage: &mut Stage) -> Result<Vec<Scene>, Failure> {
    let now = stage.now;
    let mut scenes = Vec::new();
    let mut scene = |title: &str, expected, verdict| {
        let title = title.to_owned();
        scenes.push(Scene {
            title,
            expected,
            verdict,
        });
    };
    let labs = [("patient", "p-17"), ("kind", "laboratory")];
    let read = "/encounters/read";

    let first = stage.invoke(&stage.helper, read, &labs, now)?;
    let verdict = stage.ask(&stage.request(&first)?)?;
    scene(
        "The helper reads the laboratory encounters of patient p-17",
        "valid",
        verdict,
    );

    let verdict = stage.ask(&stage.request(&first)?)?;
    scene(
        "Somebody has listened, and sends the very same invocation again",
        "Replayed",
        verdict,
    );

    let other = stage.invoke(
        &stage.helper,
        read,
        &[("patient", "p-18"), ("kind", "laboratory")],
        now,
    )?;
    let verdict = stage.ask(&stage.request(&other)?)?;
    scene("The helper asks for another patient", "MatchError", verdict);

    let notes = stage.invoke(&stage.helper, read, &[("patient", "p-17")], now)?;
    let verdict = stage.ask(&stage.request(&notes)?)?;
    scene(
        "The helper asks for everything about the patient, not the laboratory only",
        "MatchError",
        verdict,
    );

    let write = stage.invoke(&stage.helper, "/encounters/write", &labs, now)?;
    let verdict = stage.ask(&stage.request(&write)?)?;
    scene(
        "The helper writes instead of reading",
        "CommandNotCovered",
        verdict,
    );

    let later = now.saturating_add(HOUR * 2);
    let late = stage.invoke(&stage.helper, read, &labs, later)?;
    let verdict = stage.ask(&Request {
        at: later,
        ..stage.request(&late)?
    })?;
    scene(
        "Two hours later, the helper asks afresh",
        "Expired",
        verdict,
    );

    let stolen = stage.invoke(&stage.thief, read, &labs, now)?;
    let verdict = stage.ask(&stage.request(&stolen)?)?;
    scene(
        "A thief has copied every delegation, but has no key except its own",
        "InvalidAudience",
        verdict,
    );

    let astray = stage.invoke(&stage.helper, read, &labs, now)?;
    let executor = stage.other_hospital.did();
    let verdict = stage.ask(&Request {
        executor,
        ..stage.request(&astray)?
    })?;
    scene(
        "The request is brought to another hospital",
        "InvalidAudience",
        verdict,
    );

    let honest = stage.invoke(&stage.helper, read, &labs, now)?;
    let bytes = stage.tampered(&honest)?;
    let verdict = stage.ask(&Request {
        bytes,
        ..stage.request(&honest)?
    })?;
    scene(
        "On the way, one byte is changed: p-17 becomes p-18",
        "InvalidSignature",
        verdict,
    );

    let (wide, bytes) = stage.passed_on_too_much(&labs)?;
    let verdict = stage.ask(&Request {
        bytes,
        ..stage.request(&wide)?
    })?;
    scene(
        "The agent hands on more than it was given: all of `/encounters`",
        "CommandNotCovered",
        verdict,
    );

    let after = stage.invoke(&stage.helper, read, &labs, now)?;
    let revocations = stage.revoked()?;
    let verdict = stage.ask(&Request {
        revocations,
        ..stage.request(&after)?
    })?;
    scene(
        "The physician has taken the agent's delegation back",
        "Revoked",
        verdict,
    );

    let mut revocations = Revocations::none();
    revocations.refuse(stage.agent.did());
    let unwanted = stage.invoke(&stage.helper, read, &labs, now)?;
    let verdict = stage.ask(&Request {
        revocations,
        ..stage.request(&unwanted)?
    })?;
    scene(
        "The hospital itself no longer deals with that agent",
        "RefusedPrincipal",
        verdict,
    );
    Ok(scenes)
}
