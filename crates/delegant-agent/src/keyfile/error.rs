//! Why was no key read or written?

use delegant::ParseKeyError;
use thiserror::Error;

/// Why a text holds no key for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadKeyError {
    /// The mark that some editors put before UTF-8.
    #[error("the text begins with a byte order mark: save it as UTF-8 without one")]
    ByteOrderMark,
    /// No block at all.
    #[error(
        "not PEM, which begins with `-----BEGIN PRIVATE KEY-----`: if it is DER, convert it with `openssl pkey -inform DER -in OLD -out NEW`"
    )]
    NotPem,
    /// Words before or after the block.
    #[error(
        "text around the PEM block: keep only what is from `-----BEGIN` to `-----END … KEY-----`"
    )]
    TextAround,
    /// More than one block.
    #[error("more than one PEM block: keep only that of the private key")]
    SeveralBlocks,
    /// The public half of a key.
    #[error("a public key: give the file of the private key")]
    PublicKey,
    /// The older form of EC keys.
    #[error(
        "an EC key in its older form (SEC1): convert it with `openssl pkcs8 -topk8 -scrypt -in OLD -out NEW`, or with `-nocrypt` in place of `-scrypt` to keep it plain"
    )]
    Sec1,
    /// A certificate, an OpenSSH or RSA key, or whatever else is kept as PEM.
    #[error("PEM of another kind: expected `PRIVATE KEY` or `ENCRYPTED PRIVATE KEY` (PKCS#8)")]
    OtherKind,
    /// Cut off, altered, or never sound.
    #[error("damaged, or not sound PKCS#8: restore it from its backup")]
    Malformed,
    /// A key of an algorithm that we do not have.
    #[error(
        "neither an Ed25519, a P-256 nor a secp256k1 key: make one with `openssl genpkey -algorithm ed25519`"
    )]
    UnsupportedAlgorithm,
    /// An EC key of a curve that we do not have, or one written out as parameters.
    #[error(
        "an EC key of another curve than P-256 and secp256k1, or of one that is not named: make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"
    )]
    UnsupportedCurve,
    /// Other encryption than PBES2 with scrypt or PBKDF2 (SHA-2), and AES.
    #[error(
        "encrypted in an outdated or unusual way: encrypt it anew with `openssl pkcs8 -topk8 -scrypt -in OLD -out NEW`"
    )]
    UnsupportedEncryption,
    /// The passphrase would take too long or too much memory to try.
    #[error(
        "encrypted at a cost beyond reason: encrypt it anew with `openssl pkcs8 -topk8 -scrypt -in OLD -out NEW`"
    )]
    TooCostly,
    /// Decrypting yields no key.
    #[error("wrong passphrase, or a damaged file")]
    WrongPassphrase,
    /// The public key that the file names is not that of its secret key.
    #[error("its public and its secret key do not belong together: restore it from its backup")]
    PublicKeyMismatch,
    /// The number is no secret key of the curve.
    #[error(transparent)]
    Key(#[from] ParseKeyError),
}

/// Why a key was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteKeyError {
    /// The system gave no randomness for salt and IV.
    #[error("the system gave no randomness: {0}")]
    Random(#[source] getrandom::Error),
    /// The key cannot be encoded; no key is known for which this happens.
    #[error("the key cannot be encoded")]
    Encoding,
}
