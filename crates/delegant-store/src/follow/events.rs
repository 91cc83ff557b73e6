//! Server-sent events, one after the other.

use reqwest::Response;

use crate::follow::FollowError;
use crate::follow::subscription::{LONGEST, unreachable};

/// One event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: String,
}

/// The events of a response.
pub(crate) struct Events {
    response: Response,
    lines: Lines,
}

impl Events {
    pub(crate) fn new(response: Response) -> Self {
        Self {
            response,
            lines: Lines::default(),
        }
    }

    /// The next; `None` where there are no more.
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, FollowError> {
        loop {
            if let Some(event) = self.lines.event() {
                return Ok(Some(event));
            }
            let Some(chunk) = self.response.chunk().await.map_err(unreachable)? else {
                return Ok(None);
            };
            self.lines.push(&chunk)?;
        }
    }
}

/// Bytes on their way to be lines. HTML, "Server-sent events": a line ends with LF, CR or both.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    /// Up to here there is no end of an event.
    seen: usize,
    event: Event,
}

impl Lines {
    fn push(&mut self, chunk: &[u8]) -> Result<(), FollowError> {
        let length = self.bytes.len().saturating_add(chunk.len());
        if length.saturating_add(self.event.data.len()) > LONGEST {
            return Err(FollowError::TooLarge { maximum: LONGEST });
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// The next whole event.
    fn event(&mut self) -> Option<Event> {
        while let Some(line) = self.line() {
            if line.is_empty() {
                let event = std::mem::take(&mut self.event);
                if !event.data.is_empty() {
                    return Some(event);
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut self.event.name),
                "data" => {
                    if !self.event.data.is_empty() {
                        self.event.data.push('\n');
                    }
                    self.event.data.push_str(value);
                }
                _ => {}
            }
        }
        None
    }

    /// The next whole line, without its end.
    fn line(&mut self) -> Option<String> {
        let unseen = self.bytes.get(self.seen..)?;
        let Some(length) = unseen.iter().position(|byte| *byte == b'\n') else {
            self.seen = self.bytes.len();
            return None;
        };
        let end = self.seen.saturating_add(length);
        let rest = self.bytes.split_off(end.saturating_add(1));
        let mut line = std::mem::replace(&mut self.bytes, rest);
        self.seen = 0;
        while matches!(line.last(), Some(b'\n' | b'\r')) {
            line.pop();
        }
        Some(String::from_utf8_lossy(&line).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_however_their_bytes_are_cut() {
        let text = ": hello\n\nevent: revocation\nid: 7\ndata: {\"seq\":7}\n\r\n\
                    event: head\r\ndata: one\r\ndata:two\r\n\r\nevent: nothing\n\ndata: last\n\n";
        for size in 1..text.len() {
            let (mut lines, mut events) = (Lines::default(), Vec::new());
            for chunk in text.as_bytes().chunks(size) {
                lines.push(chunk).unwrap();
                events.extend(std::iter::from_fn(|| lines.event()));
            }
            let found: Vec<(&str, &str)> = events
                .iter()
                .map(|event| (event.name.as_str(), event.data.as_str()))
                .collect();
            assert_eq!(
                found,
                [
                    ("revocation", "{\"seq\":7}"),
                    ("head", "one\ntwo"),
                    ("", "last")
                ]
            );
        }
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut lines = Lines::default();
        let chunk = vec![b'x'; 1 << 20];
        for _ in 0..16 {
            lines.push(&chunk).unwrap();
            assert_eq!(lines.event(), None);
        }
        assert!(lines.push(b"x").is_err());
    }
}
