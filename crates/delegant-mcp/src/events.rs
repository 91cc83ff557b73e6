//! What does a stream of events say? The `data` of each, in full. HTML, "Server-sent events".

use std::collections::VecDeque;

use reqwest::Response;

use crate::json::Members;
use crate::upstream::{Upstream, UpstreamError, is_stream};

/// The messages of an answer, one after the other, whether it is one or a stream of them.
#[derive(Debug)]
pub(crate) struct Replies {
    response: Option<Response>,
    events: Option<Events>,
    ready: VecDeque<String>,
    maximum: usize,
}

impl Replies {
    /// Of this answer, with at most so many bytes in each.
    pub(crate) fn of(response: Response, maximum: usize) -> Self {
        Self {
            events: is_stream(response.headers()).then(|| Events::new(maximum)),
            response: Some(response),
            ready: VecDeque::new(),
            maximum,
        }
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, UpstreamError> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(Some(message));
            }
            let Some(response) = &mut self.response else {
                return Ok(None);
            };
            let Some(events) = &mut self.events else {
                let Some(response) = self.response.take() else {
                    return Ok(None);
                };
                let body = Upstream::body(response, self.maximum).await?;
                let text = String::from_utf8_lossy(&body).into_owned();
                // Of a proxy on the way, or of nobody: no message.
                return Ok(Some(text).filter(|text| Members::of(text).is_ok()));
            };
            match response
                .chunk()
                .await
                .map_err(reqwest::Error::without_url)?
            {
                Some(piece) => self.ready.extend(events.push(&piece)?),
                None => self.response = None,
            }
        }
    }
}

/// A stream that is read piece by piece.
#[derive(Debug)]
pub(crate) struct Events {
    rest: Vec<u8>,
    data: Option<String>,
    maximum: usize,
}

impl Events {
    /// With at most so many bytes in one event.
    pub(crate) const fn new(maximum: usize) -> Self {
        Self {
            rest: Vec::new(),
            data: None,
            maximum,
        }
    }

    /// The `data` of the events that this piece ends.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<Vec<String>, UpstreamError> {
        let mut ended = Vec::new();
        for byte in piece {
            if *byte != b'\n' {
                self.rest.push(*byte);
                let held = self.data.as_ref().map_or(0, String::len);
                if self.rest.len().saturating_add(held) > self.maximum {
                    let maximum = self.maximum;
                    return Err(UpstreamError::TooLong { maximum });
                }
                continue;
            }
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.rest)).into_owned();
            ended.extend(self.line(line.strip_suffix('\r').unwrap_or(&line)));
        }
        Ok(ended)
    }

    fn line(&mut self, line: &str) -> Option<String> {
        if line.is_empty() {
            // An event may say nothing: a sign of life.
            return self.data.take().filter(|data| !data.trim().is_empty());
        }
        let data = line.strip_prefix("data:")?;
        let data = data.strip_prefix(' ').unwrap_or(data);
        match &mut self.data {
            Some(before) => {
                before.push('\n');
                before.push_str(data);
            }
            None => self.data = Some(data.to_owned()),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_however_it_is_cut() {
        let stream =
            ": alive\r\n\r\nid: 1\nevent: message\ndata: {\"a\":\ndata:1}\n\ndata:\n\ndata: é\n\n";
        for size in [1, 2, 3, 7, 1000] {
            let mut events = Events::new(100);
            let mut all = Vec::new();
            for piece in stream.as_bytes().chunks(size) {
                all.extend(events.push(piece).unwrap());
            }
            assert_eq!(all, ["{\"a\":\n1}", "é"], "in pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_an_end_is_not_held_for_ever() {
        let mut events = Events::new(100);
        assert!(events.push(&[b'x'; 101]).is_err());
        let mut events = Events::new(100);
        let line = format!("data: {}\n", "x".repeat(40));
        assert!(events.push(line.repeat(9).as_bytes()).is_err());
    }
}
