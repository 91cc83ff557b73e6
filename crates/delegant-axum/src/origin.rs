//! Where was the request sent to?

use axum::extract::OriginalUri;
use axum::http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

/// The URI as received, whatever a router has stripped from it since.
pub(crate) fn uri(parts: &Parts) -> &Uri {
    parts
        .extensions
        .get::<OriginalUri>()
        .map_or(&parts.uri, |original| &original.0)
}

/// The authority as received; `None` where the request does not say exactly one.
pub(crate) fn authority(parts: &Parts) -> Option<&str> {
    let target = uri(parts).authority().map(|authority| authority.as_str());
    let mut hosts = parts.headers.get_all(HOST).iter();
    let host = match hosts.next() {
        Some(host) => Some(host.to_str().ok()?),
        None => None,
    };
    if hosts.next().is_some() {
        return None;
    }
    match (target, host) {
        (Some(target), Some(host)) => target.eq_ignore_ascii_case(host).then_some(host),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => None,
    }
}

/// Does the request say in two ways how long it is? Then what stands before us may have read another
/// one than we do.
pub(crate) fn has_two_lengths(headers: &HeaderMap) -> bool {
    let lengths = headers.get_all(CONTENT_LENGTH).iter().count();
    let encodings = headers.get_all(TRANSFER_ENCODING).iter().count();
    lengths + encodings > 1
}
