//! Does a contestant allow what it must, and refuse what it must? Asked before anything is timed.

use crate::rival::{Failure, Headers, Rival};
use crate::story::{Call, Scene, Server, Time};

/// Passes every trial, or says which one it failed.
pub(crate) fn examine(rival: &dyn Rival, hops: usize) -> Result<(), Failure> {
    let good = rival.present(&Call::GOOD)?;
    allows(rival, "the good call", Scene::GOOD, &good, &Call::GOOD)?;
    // None of them remembers which calls were made: that takes a store, outside of all of them.
    allows(rival, "the call again", Scene::GOOD, &good, &Call::GOOD)?;
    let other = rival.present(&Call::ALSO_GOOD)?;
    allows(rival, "another call", Scene::GOOD, &other, &Call::ALSO_GOOD)?;
    for (name, bad) in Call::BAD {
        refuses(rival, name, Scene::GOOD, &rival.present(&bad)?, &bad)?;
    }
    if hops > 1 {
        let bad = Call::too_much_for_the_last(hops);
        let headers = rival.present(&bad)?;
        refuses(rival, "what the last forbids", Scene::GOOD, &headers, &bad)?;
    }
    let late = Scene {
        time: Time::Late,
        ..Scene::GOOD
    };
    refuses(rival, "a call too late", late, &good, &Call::GOOD)?;
    let (harmless, edits): (Vec<_>, Vec<_>) = tampered(&good)
        .into_iter()
        .partition(|edited| rival.carry_the_same(&good, edited));
    if harmless.len() * 2 > edits.len() {
        return Err("most edits are said to change nothing".into());
    }
    for edited in edits {
        refuses(rival, "an edit", Scene::GOOD, &edited, &Call::GOOD)?;
    }

    let promises = rival.promises();
    let borrowed = ("another's call", Scene::GOOD, Call::ALSO_GOOD);
    let elsewhere = Scene {
        server: Server::Elsewhere,
        ..Scene::GOOD
    };
    let misplaced = ("a call to another server", elsewhere, Call::GOOD);
    for ((name, scene, call), is_refused) in [
        (borrowed, promises.binds_the_call),
        (misplaced, promises.names_the_server),
    ] {
        if is_refused {
            refuses(rival, name, scene, &good, &call)?;
        } else {
            allows(rival, name, scene, &good, &call)?;
        }
    }
    Ok(())
}

fn allows(
    rival: &dyn Rival,
    name: &str,
    scene: Scene,
    headers: &Headers,
    call: &Call,
) -> Result<(), Failure> {
    let verdict = rival.decide(scene, headers, call);
    verdict.map_err(|refusal| format!("{name} was refused: {refusal}").into())
}

fn refuses(
    rival: &dyn Rival,
    name: &str,
    scene: Scene,
    headers: &Headers,
    call: &Call,
) -> Result<(), Failure> {
    match rival.decide(scene, headers, call) {
        Ok(()) => Err(format!("{name} was allowed").into()),
        Err(_) => Ok(()),
    }
}

/// The headers with one letter changed, at sixteen places of each.
///
/// Not at the end: the last letters of base64 hold bits that mean nothing.
fn tampered(headers: &Headers) -> Vec<Headers> {
    let mut all = Vec::new();
    for (index, header) in headers.iter().enumerate() {
        let places = (1..header.len().saturating_sub(4)).step_by((header.len() / 16).max(1));
        for place in places {
            let other = |(at, letter)| match (at == place, letter) {
                (true, 'A') => 'B',
                (true, '.') => letter,
                (true, _) => 'A',
                (false, _) => letter,
            };
            let edited: String = header.chars().enumerate().map(other).collect();
            if edited != *header {
                let mut headers = headers.clone();
                if let Some(header) = headers.get_mut(index) {
                    *header = edited;
                }
                all.push(headers);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{examine, tampered};
    use crate::entrants::{ENTRANTS, Field};
    use crate::rival::{Failure, Headers, Promises, Rival};
    use crate::story::{Call, HOPS, Scene, Time};

    /// Every trial of the contestant with this identifier, at every depth.
    fn examine_at_every_depth(id: &str) {
        let field = Field::new().unwrap();
        let entrant = ENTRANTS.iter().find(|entrant| entrant.id == id).unwrap();
        for hops in HOPS {
            let rival = (entrant.make)(&field, hops, 0).unwrap();
            examine(&*rival, hops).unwrap();
        }
    }

    #[test]
    fn delegant_that_knows_nothing_allows_and_refuses_as_it_must() {
        examine_at_every_depth("delegant-cold");
    }

    #[test]
    fn delegant_that_remembers_allows_and_refuses_as_it_must() {
        examine_at_every_depth("delegant-warm");
    }

    #[test]
    fn delegant_uncompressed_allows_and_refuses_as_it_must() {
        examine_at_every_depth("delegant-plain-cold");
        examine_at_every_depth("delegant-plain-warm");
    }

    #[test]
    fn biscuit_narrowed_to_a_call_allows_that_one_only() {
        examine_at_every_depth("biscuit-narrowed");
    }

    #[test]
    fn biscuit_allows_and_refuses_as_it_must() {
        examine_at_every_depth("biscuit");
    }

    #[test]
    fn tenuo_allows_and_refuses_as_it_must() {
        examine_at_every_depth("tenuo");
    }

    #[test]
    fn biscuit_with_tokens_kept_allows_and_refuses_as_it_must() {
        examine_at_every_depth("biscuit-kept");
    }

    #[test]
    fn tenuo_with_warrants_kept_allows_and_refuses_as_it_must() {
        examine_at_every_depth("tenuo-kept");
    }

    #[test]
    fn a_jwt_that_names_its_actors_allows_and_refuses_as_it_must() {
        examine_at_every_depth("jwt-act");
    }

    #[test]
    fn a_lone_jwt_allows_and_refuses_as_it_must() {
        examine_at_every_depth("jwt");
    }

    #[test]
    fn introspection_allows_and_refuses_as_it_must() {
        examine_at_every_depth("introspection");
    }

    #[test]
    fn every_contestant_is_examined_by_one_of_these_tests() {
        let examined = include_str!("trials.rs");
        for entrant in ENTRANTS {
            let call = format!("examine_at_every_depth(\"{}\")", entrant.id);
            assert!(examined.contains(&call), "{}", entrant.id);
        }
    }

    #[test]
    fn tampering_edits_every_header_at_a_dozen_places_and_more() {
        let headers = vec!["A".repeat(500), "b".repeat(86)];
        let edited = tampered(&headers);
        for index in 0..2 {
            let hits = edited.iter().filter(|it| it[index] != headers[index]);
            assert!(hits.count() >= 12, "{index}");
        }
    }

    /// Says the same to everything.
    struct Stubborn(bool);

    impl Rival for Stubborn {
        fn present(&self, _: &Call) -> Result<Headers, Failure> {
            Ok(vec!["c".repeat(100)])
        }

        fn decide(&self, _: Scene, _: &Headers, _: &Call) -> Result<(), Failure> {
            if self.0 { Ok(()) } else { Err("no".into()) }
        }

        fn promises(&self) -> Promises {
            Promises {
                binds_the_call: false,
                names_the_server: false,
            }
        }
    }

    /// Why it fails the trials.
    fn failure(rival: &dyn Rival) -> String {
        examine(rival, 4).unwrap_err().to_string()
    }

    #[test]
    fn who_allows_everything_fails_the_trials() {
        assert_eq!(failure(&Stubborn(true)), "another command was allowed");
    }

    #[test]
    fn who_refuses_everything_fails_the_trials() {
        assert_eq!(failure(&Stubborn(false)), "the good call was refused: no");
    }

    /// Decides rightly about calls and times, by looking at them alone.
    struct Careless {
        shrugs: bool,
    }

    impl Rival for Careless {
        fn present(&self, _: &Call) -> Result<Headers, Failure> {
            Ok(vec!["c".repeat(100)])
        }

        fn decide(&self, scene: Scene, _: &Headers, call: &Call) -> Result<(), Failure> {
            let is_good = [Call::GOOD, Call::ALSO_GOOD].contains(call);
            if is_good && scene.time == Time::Now {
                Ok(())
            } else {
                Err("no".into())
            }
        }

        fn promises(&self) -> Promises {
            Promises {
                binds_the_call: false,
                names_the_server: false,
            }
        }

        fn carry_the_same(&self, _: &Headers, _: &Headers) -> bool {
            self.shrugs
        }
    }

    #[test]
    fn who_does_not_look_at_the_headers_fails_the_trials() {
        assert_eq!(failure(&Careless { shrugs: false }), "an edit was allowed");
    }

    #[test]
    fn who_says_that_no_edit_changes_anything_fails_the_trials() {
        let most = "most edits are said to change nothing";
        assert_eq!(failure(&Careless { shrugs: true }), most);
    }
}
