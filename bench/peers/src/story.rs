//! What is asked, of whom, and when?

use std::time::{SystemTime, UNIX_EPOCH};

/// Through how many hands the authority passed before the call.
pub(crate) const HOPS: [usize; 5] = [1, 2, 4, 8, 16];

/// How many stories of each length there are, each with keys of its own: one signature over and over
/// would let the processor learn its branches by heart.
pub(crate) const COPIES: usize = 17;

/// How long everything signed here holds, in seconds.
pub(crate) const LIFETIME: u64 = 3600;

/// The one command that is delegated.
pub(crate) const COMMAND: &str = "/encounters/read";

/// The patient that everything is about.
pub(crate) const PATIENT: &str = "p-17";

/// What every code begins with.
pub(crate) const CODE_PREFIX: &str = "lab-";

/// How many results the delegation at this hop allows: each allows one less than the one before it.
pub(crate) fn limit(hop: usize) -> i32 {
    1000 - i32::try_from(hop).unwrap_or(1000)
}

/// A call as the server has it in hand: the command, and three arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) command: &'static str,
    pub(crate) patient: &'static str,
    pub(crate) code: &'static str,
    pub(crate) limit: i32,
}

impl Call {
    /// The call that every chain allows.
    pub(crate) const GOOD: Self = Self {
        command: COMMAND,
        patient: PATIENT,
        code: "lab-hba1c",
        limit: 50,
    };

    /// Another one that every chain allows.
    pub(crate) const ALSO_GOOD: Self = Self {
        limit: 60,
        ..Self::GOOD
    };

    /// What no chain allows, each for one reason.
    pub(crate) const BAD: [(&'static str, Self); 4] = [
        (
            "another command",
            Self {
                command: "/encounters/delete",
                ..Self::GOOD
            },
        ),
        (
            "another patient",
            Self {
                patient: "p-18",
                ..Self::GOOD
            },
        ),
        (
            "a code of another kind",
            Self {
                code: "img-hba1c",
                ..Self::GOOD
            },
        ),
        (
            "more than the first delegation allows",
            Self {
                limit: 1001,
                ..Self::GOOD
            },
        ),
    ];

    /// Allowed by the first delegation of two and more, and not by the last.
    pub(crate) fn too_much_for_the_last(hops: usize) -> Self {
        Self {
            limit: limit(hops - 1) + 1,
            ..Self::GOOD
        }
    }
}

/// Where and when a call arrives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) time: Time,
}

impl Scene {
    /// Where it was sent to, while everything holds.
    pub(crate) const GOOD: Self = Self {
        server: Server::Home,
        time: Time::Now,
    };
}

/// Which server has the call before it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// The one it is meant for.
    Home,
    /// Another one, that trusts the same roots.
    Elsewhere,
}

/// When is it decided?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// While everything holds.
    Now,
    /// After everything has ended.
    Late,
}

impl Time {
    /// Seconds since 1970, for stories that began at `start`.
    pub(crate) fn seconds(self, start: u64) -> u64 {
        match self {
            Self::Now => start,
            Self::Late => start + 2 * LIFETIME,
        }
    }
}

/// The present, in seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The secret key of one hand in one copy of the story.
pub(crate) fn secret(copy: usize, hop: usize) -> [u8; 32] {
    let mut bytes = [7; 32];
    for (place, value) in bytes.iter_mut().zip([copy, hop]) {
        *place = u8::try_from(value).unwrap_or(u8::MAX);
    }
    bytes
}
