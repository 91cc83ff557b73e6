//! What do honest callers send, what do hostile ones, and how must each be answered?

use std::io::Write;

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use delegant_http::{BodyDigest, Problem};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Failure;
use crate::chain::{Agent, PATIENT, ReadEncounters, WriteEncounter, alone, read_of};
use crate::socket::Answer;

/// A request, and what must come of it.
pub(crate) struct Sent {
    pub(crate) what: &'static str,
    pub(crate) request: Vec<u8>,
    expected: Expected,
}

enum Expected {
    /// 200, and this body.
    Allowed(String),
    /// This status, and this code where there is one.
    Refused(u16, &'static str),
}

impl Sent {
    /// Was it answered as it must be?
    pub(crate) fn is_answered_by(&self, answer: &Answer) -> bool {
        match &self.expected {
            Expected::Allowed(body) => answer.status == 200 && answer.body == body.as_bytes(),
            Expected::Refused(status, code) => {
                let read = Problem::from_json(&answer.body);
                answer.status == *status
                    && (code.is_empty() || read.is_ok_and(|problem| problem.code() == *code))
            }
        }
    }

    /// May the server close the connection without an answer that arrives? It does so where it
    /// reads no further while more is being sent.
    pub(crate) const fn may_be_cut_off(&self) -> bool {
        matches!(self.expected, Expected::Refused(413 | 431, _))
    }

    /// The same once more.
    pub(crate) fn replayed(self) -> Self {
        Self {
            what: "replay",
            request: self.request,
            expected: Expected::Refused(409, "Replayed"),
        }
    }
}

/// Honest and hostile callers, and what they have at hand.
pub(crate) struct Callers {
    honest: Agent,
    thief: Agent,
    stranger: Agent,
    bomb: String,
}

/// How many kinds of hostile calls there are besides replays.
pub(crate) const KINDS: usize = 14;

impl Callers {
    pub(crate) fn new() -> Result<Self, Failure> {
        let honest = Agent::at_the_end_of_a_chain()?;
        Ok(Self {
            thief: honest.thief()?,
            stranger: Agent::on_itself(67)?,
            bomb: bomb()?,
            honest,
        })
    }

    /// A call with the whole chain, for a service that knows nothing yet.
    pub(crate) fn first(&self) -> Result<Sent, Failure> {
        Ok(allowed_read(&self.honest.first_header(&read_of(PATIENT))?))
    }

    /// Every fifth writes, every fiftieth sends the whole chain.
    pub(crate) fn honest(&self, number: u64) -> Result<Sent, Failure> {
        if number.is_multiple_of(50) {
            return self.first();
        }
        if number.is_multiple_of(5) {
            let (header, body) = self.write(1000)?;
            return Ok(Sent {
                what: "write",
                request: post(&header, body.len(), &body),
                expected: Expected::Allowed(format!("[\"seen: {PATIENT}, 1000 bytes\"]")),
            });
        }
        Ok(allowed_read(&self.honest.header(&read_of(PATIENT))?))
    }

    fn write(&self, bytes: usize) -> Result<(String, Bytes), Failure> {
        let body = Bytes::from(vec![b'e'; bytes]);
        let call = WriteEncounter {
            patient: PATIENT.to_owned(),
            body: BodyDigest::of(&body),
        };
        Ok((self.honest.header(&call)?, body))
    }

    /// One of the kinds.
    pub(crate) fn hostile(&self, kind: usize) -> Result<Sent, Failure> {
        let refused = |what, header: &str, status, code| Sent {
            what,
            request: get(header, PATIENT),
            expected: Expected::Refused(status, code),
        };
        let here = read_of(PATIENT);
        let lasting = |seconds| -> Result<String, Failure> {
            alone(&self.honest.invoke(&here, READ, seconds)?)
        };
        Ok(match kind % KINDS {
            0 => refused(
                "forged",
                &forged(&self.honest.header(&here)?)?,
                401,
                "InvalidSignature",
            ),
            1 => refused(
                "stolen chain",
                &self.thief.first_header(&here)?,
                403,
                "InvalidAudience",
            ),
            2 => refused("stranger", &self.stranger.header(&here)?, 403, "NotServed"),
            3 => Sent {
                request: get(&self.honest.header(&read_of("p-18"))?, "p-18"),
                ..refused("another patient", "", 403, "MatchError")
            },
            4 => Sent {
                request: get(&self.honest.header(&here)?, "p-18"),
                ..refused("not bound", "", 400, "NotBound")
            },
            5 => Sent {
                request: post(&self.write(1000)?.0, 1000, &[b'x'; 1000]),
                ..refused("another body", "", 400, "NotBound")
            },
            6 => refused("expired", &lasting(Some(-3600))?, 401, "Expired"),
            7 => refused("endless", &lasting(None)?, 401, "LifetimeTooLong"),
            8 => refused("bomb", &self.bomb, 400, "LimitExceeded"),
            9 => refused("no container", "UCAN Cnonsense", 400, "Malformed"),
            10 => refused("bearer", "Bearer abc", 401, "NoToken"),
            11 => refused(
                "header of 20 KiB",
                &format!("UCAN C{}", "A".repeat(20_000)),
                400,
                "Malformed",
            ),
            12 => refused(
                "header of 200 KiB",
                &format!("UCAN C{}", "A".repeat(200_000)),
                431,
                "",
            ),
            _ => Sent {
                request: post(&self.write(10)?.0, 100 << 20, &[b'x'; 100_000]),
                ..refused("body of 100 MiB", "", 413, "TooLarge")
            },
        })
    }

    /// Beginnings of requests whose rest comes byte by byte.
    pub(crate) fn slow(&self, number: usize) -> Result<Vec<u8>, Failure> {
        Ok(if number.is_multiple_of(2) {
            format!("GET /encounters/{PATIENT} HTTP/1.1\r\nHost: records.example\r\nX-Slow: ")
                .into_bytes()
        } else {
            post(&self.thief.header(&read_of(PATIENT))?, 10_000, b"x")
        })
    }
}

const READ: &str = <ReadEncounters as delegant_http::Arguments>::COMMAND;

fn allowed_read(header: &str) -> Sent {
    Sent {
        what: "read",
        request: get(header, PATIENT),
        expected: Expected::Allowed(format!("[\"seen: {PATIENT}\"]")),
    }
}

fn get(header: &str, patient: &str) -> Vec<u8> {
    format!(
        "GET /encounters/{patient} HTTP/1.1\r\nHost: records.example\r\nAuthorization: {header}\r\n\r\n"
    )
    .into_bytes()
}

/// Announces so many bytes, and sends these.
fn post(header: &str, announced: usize, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST /encounters/{PATIENT} HTTP/1.1\r\nHost: records.example\r\nAuthorization: {header}\r\nContent-Length: {announced}\r\n\r\n"
    )
    .into_bytes();
    request.extend(body);
    request
}

/// Turns one bit of the signature.
fn forged(header: &str) -> Result<String, Failure> {
    let text = header.strip_prefix("UCAN C").ok_or("another header")?;
    let mut container = URL_SAFE_NO_PAD.decode(text)?;
    // A list of two, and 64 bytes of signature.
    let begins = container
        .windows(3)
        .position(|bytes| bytes == [0x82, 0x58, 0x40])
        .ok_or("no signature")?;
    *container.get_mut(begins + 20).ok_or("too short")? ^= 1;
    Ok(format!("UCAN C{}", URL_SAFE_NO_PAD.encode(container)))
}

/// Ten megabytes in a header.
fn bomb() -> Result<String, Failure> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![0; 10 << 20])?;
    let text = URL_SAFE_NO_PAD.encode(packed.finish()?);
    Ok(format!("UCAN P{text}"))
}
