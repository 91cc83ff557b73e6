//! What do rows of a database mean? Nothing is believed of them that cannot be.

use delegant::{Did, Timestamp};

use crate::backend::{Entry, Followed, Sequence};
use crate::error::StoreError;

/// The number, the time of acceptance and the container of a revocation.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) type Row = (i64, i64, Vec<u8>);

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn entry((sequence, accepted_at, container): Row) -> Result<Entry, StoreError> {
    entry_of(sequence.cast_unsigned(), accepted_at, container)
}

pub(crate) fn entry_of(
    sequence: Sequence,
    accepted_at: i64,
    container: Vec<u8>,
) -> Result<Entry, StoreError> {
    Ok(Entry {
        sequence,
        accepted_at: Timestamp::from_unix(accepted_at).map_err(|_| StoreError::Corrupt {
            what: "a revocation was accepted at a time that cannot be",
        })?,
        container,
    })
}

/// The service, how far, and when.
pub(crate) fn followed(
    (service, sequence, at): (String, i64, i64),
) -> Result<Followed, StoreError> {
    let damaged = StoreError::Corrupt {
        what: "what is followed has no name or time",
    };
    let (Ok(service), Ok(known_at)) = (service.parse::<Did>(), Timestamp::from_unix(at)) else {
        return Err(damaged);
    };
    Ok(Followed {
        service,
        sequence: sequence.cast_unsigned(),
        known_at,
    })
}

/// Beyond what a sequence number can be, there is nothing.
pub(crate) fn signed(sequence: Sequence) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
