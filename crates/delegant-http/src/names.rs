//! How is everything called? The names that both sides must spell alike.

/// The authentication scheme, in `Authorization` and `WWW-Authenticate`.
pub const SCHEME: &str = "UCAN";
/// The longest value of an `Authorization` header that is read, in bytes: 16 KiB.
pub const LONGEST_HEADER: usize = 16 * 1024;
/// The media type of a container in a body.
pub const CONTAINER_TYPE: &str = "application/vnd.ucan.container";
/// The media type of a problem document. RFC 9457.
pub const PROBLEM_TYPE: &str = "application/problem+json";
/// Asks for a receipt where its value is [`RECEIPT_WANTED`]; in the response, carries one.
pub const RECEIPT_HEADER: &str = "ucan-receipt";
/// The value that asks for a receipt.
pub const RECEIPT_WANTED: &str = "required";
/// Where containers of invocations are sent to be executed.
pub const RPC_PATH: &str = "/ucan";
/// Where the proofs of a later call are left.
pub const DEPOSIT_PATH: &str = "/ucan/proofs";
/// Where a service says what it offers.
pub const DISCOVERY_PATH: &str = "/.well-known/ucan";
/// Where revocations are sent to, and read.
pub const REVOCATIONS_PATH: &str = "/revocations";
/// Above all commands of the plain binding.
pub const PLAIN_COMMANDS: &str = "/http/";
