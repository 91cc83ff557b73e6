//! What does a server say of itself? That it takes proofs, for whom, and whether it means it.

use delegant::Did;
use serde_json::{Value, json};

use crate::json::{Members, with_deep};
use crate::proof::{EXTENSION, LARGEST, VERSION};
use crate::rules::Mode;

/// What stands in `capabilities.extensions` of the answer to `initialize` or `server/discover`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announcement {
    /// The audience of invocations.
    pub(crate) server: Did,
    /// Whose resources are served, where that is one.
    pub(crate) subject: Option<Did>,
    pub(crate) mode: Mode,
    /// Where to ask for a delegation.
    pub(crate) ask: Option<String>,
}

impl Announcement {
    /// Of a server that has said nothing yet: it is taken to mean it.
    pub(crate) const fn of_silent(server: Did) -> Self {
        Self {
            server,
            subject: None,
            mode: Mode::Enforce,
            ask: None,
        }
    }

    /// The answer with this in it; none where it is an error, or no answer.
    pub(crate) fn added_to(&self, answer: &str, carriers: &[&str]) -> Option<String> {
        Members::of(answer).ok()?.get("result")?;
        let mut settings = json!({
            "v": VERSION,
            "server": self.server.to_string(),
            "mode": self.mode,
            "carriers": carriers,
            "maxBytes": LARGEST,
        });
        let members = settings.as_object_mut()?;
        let subject = self.subject.as_ref().map(ToString::to_string);
        for (name, value) in [("subject", subject), ("ask", self.ask.clone())] {
            if let Some(value) = value {
                members.insert(name.to_owned(), value.into());
            }
        }
        let path = ["result", "capabilities", "extensions", EXTENSION];
        with_deep(answer, &path, &settings.to_string()).ok()
    }

    /// What an answer says; none where it says nothing of proofs.
    pub(crate) fn of(answer: &str) -> Option<Self> {
        if !answer.contains(EXTENSION) {
            return None;
        }
        let result = Members::of(answer).ok()?.get("result")?;
        let result: Value = serde_json::from_str(result).ok()?;
        let settings = result
            .get("capabilities")?
            .get("extensions")?
            .get(EXTENSION)?;
        if settings.get("v")?.as_u64()? != VERSION {
            return None;
        }
        let text = |name: &str| settings.get(name)?.as_str();
        Some(Self {
            server: text("server")?.parse().ok()?,
            subject: text("subject").and_then(|subject| subject.parse().ok()),
            mode: serde_json::from_value(settings.get("mode")?.clone()).ok()?,
            ask: text("ask").map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_was_written_and_everything_around_it_stays() {
        let announcement = Announcement {
            server: "did:web:a.example".parse().unwrap(),
            subject: Some("did:web:b.example".parse().unwrap()),
            mode: Mode::Enforce,
            ask: Some("https://a.example/ask".to_owned()),
        };
        for answer in [
            r#"{"id":1,"result":{}}"#,
            r#"{"id":1,"result":{"capabilities":{"tools":{},"extensions":{"x":{}}},"n":1.0}}"#,
        ] {
            let added = announcement.added_to(answer, &["meta"]).unwrap();
            assert_eq!(Announcement::of(&added).as_ref(), Some(&announcement));
            assert_eq!(Announcement::of(answer), None);
            assert!(added.contains("\"n\":1.0") || !answer.contains("\"n\""));
        }
        assert_eq!(announcement.added_to(r#"{"id":1,"error":{}}"#, &[]), None);
        let odd = r#"{"result":{"capabilities":[],"x":"dev.delegant/proof"}}"#;
        assert_eq!(
            (announcement.added_to(odd, &[]), Announcement::of(odd)),
            (None, None)
        );
    }
}
