//! `delegant demo`: the whole story, played with real keys and real signatures.

mod stage;
mod story;

use clap::Args;
use delegant::{Authorization, Did};
use serde_json::{Value, json};

use crate::demo::stage::{Refusal, Stage};
use crate::demo::story::{Scene, play};
use crate::failure::{Answer, Done, Failure};
use crate::output::{Line, Output, Tint};
use crate::show;
use crate::time;

/// Play a story: a hospital, a physician, her agent, and the helper of a laboratory
///
/// Every key is made now, every token signed, encoded, decoded and verified. Exit code 1 where any
/// verdict is another than expected.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  delegant demo")]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments, output: Output) -> Done {
    let mut stage = Stage::set(time::now()?)?;
    if !output.is_json() {
        introduce(&stage, output)?;
    }
    let scenes = play(&mut stage)?;
    if output.is_json() {
        let steps: Vec<Value> = scenes.iter().enumerate().map(step_json).collect();
        output.json(&json!(steps))?;
    } else {
        for (index, scene) in scenes.iter().enumerate() {
            tell(&stage, index, scene, output)?;
        }
        conclude(&stage, &scenes, output)?;
    }
    Ok(if scenes.iter().all(Scene::is_as_expected) {
        Answer::Yes
    } else {
        Answer::No
    })
}

fn heading(text: &str, output: Output) -> Result<(), Failure> {
    output.say("")?;
    Ok(output.say(Line::tinted(Tint::Strong, text))?)
}

fn introduce(stage: &Stage, output: Output) -> Result<(), Failure> {
    output.say(Line::tinted(
        Tint::Strong,
        "A physician lets her agent read about one patient, and the agent lets a helper read less.",
    ))?;
    output.say("Nobody asks a server: whoever holds the bytes can decide.")?;
    heading("Who", output)?;
    for actor in stage.actors() {
        output.say(
            Line::tinted(Tint::Name, format_args!("  {:<16}", actor.name))
                .plain(format_args!("{:<10}", actor.algorithm().to_string()))
                .faint(actor.did()),
        )?;
    }
    heading("What was given", output)?;
    for link in stage.chain() {
        let (from, to) = (stage.name(link.issuer()), stage.name(link.audience()));
        output.say(
            Line::new(format_args!("  {from} → {to}: "))
                .name(link.command())
                .plain(format_args!(
                    ", for {}",
                    link.bounds()
                        .expiration()
                        .map_or_else(|| "ever".to_owned(), |end| show::distance(stage.now, end))
                )),
        )?;
        for statement in link.policy().statements() {
            output.say(Line::tinted(Tint::Faint, "      only where ").plain(statement))?;
        }
    }
    heading("What was asked", output)
}

fn tell(stage: &Stage, index: usize, scene: &Scene, output: Output) -> Result<(), Failure> {
    let number = format!("{:>3}  ", index + 1);
    output.say(Line::tinted(Tint::Faint, number).push(Tint::Strong, &scene.title))?;
    let indent = || Line::new("     ");
    match &scene.verdict {
        Ok(leave) => {
            let window = leave.window().map(show::bounds_text).unwrap_or_default();
            output.say(
                indent()
                    .push(Tint::Good, "allowed")
                    .plain(format_args!(", {window}")),
            )?;
        }
        Err(refusal) => {
            output.say(
                indent()
                    .push(Tint::Bad, format_args!("refused: {}", refusal.code))
                    .faint(format_args!("  at {}", stage.part(refusal.token))),
            )?;
            output.say(indent().plain(stage.with_names(&refusal.message)))?;
            let lines = refusal.explanation.as_ref().map(show::explanation_lines);
            for line in lines.into_iter().flatten() {
                output.say(line.behind(indent()))?;
            }
        }
    }
    if !scene.is_as_expected() {
        output.say(indent().push(
            Tint::Bad,
            format_args!("THIS WAS NOT EXPECTED: it should be {}", scene.expected),
        ))?;
    }
    Ok(output.say("")?)
}

fn conclude(stage: &Stage, scenes: &[Scene], output: Output) -> Result<(), Failure> {
    let name = |did: &Did| stage.name(did);
    if let Some(leave) = scenes.iter().find_map(|scene| scene.verdict.as_ref().ok()) {
        output.say(Line::tinted(Tint::Strong, "The chain that held"))?;
        output.say_all(show::chain_tree(leave, &name).lines())?;
        output.say("")?;
    }
    let (allowed, expected) = (
        scenes.iter().filter(|scene| scene.verdict.is_ok()).count(),
        scenes.iter().filter(|scene| scene.is_as_expected()).count(),
    );
    let tint = if expected == scenes.len() {
        Tint::Good
    } else {
        Tint::Bad
    };
    output.say(Line::tinted(
        tint,
        format_args!(
            "{allowed} allowed, {} refused; {expected} of {} verdicts as expected.",
            scenes.len() - allowed,
            scenes.len()
        ),
    ))?;
    Ok(())
}

fn step_json((index, scene): (usize, &Scene)) -> Value {
    json!({
        "step": index + 1,
        "title": scene.title,
        "expected": scene.expected,
        "verdict": if scene.verdict.is_ok() { "valid" } else { "invalid" },
        "error": scene.verdict.as_ref().err().map(refusal_json),
        "chain": scene.verdict.as_ref().map(chain_json).unwrap_or_default(),
        "asExpected": scene.is_as_expected(),
    })
}

fn refusal_json(refusal: &Refusal) -> Value {
    json!({
        "code": refusal.code,
        "token": refusal.token.to_string(),
        "message": refusal.message,
        "explanation": refusal.explanation.as_ref().map(show::explanation_json),
    })
}

fn chain_json(leave: &Authorization) -> Vec<Value> {
    let links = leave.delegations().iter();
    links
        .map(|link| show::delegation_json(link.cid(), link))
        .collect()
}
