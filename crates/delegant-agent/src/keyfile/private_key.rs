//! Which key do these bytes hold? PKCS#8 (RFC 5958), with the forms of RFC 8410 and RFC 5915 inside.

use delegant::{Algorithm, PublicKey, SecretKey, Signer as _};
use k256::elliptic_curve::sec1::ToSec1Point as _;
use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::der::{Decode as _, Encode as _};
use pkcs8::{AlgorithmIdentifierRef, ObjectIdentifier, PrivateKeyInfoRef};
use sec1::{EcParameters, EcPrivateKey};
use zeroize::Zeroizing;

use crate::keyfile::error::{ReadKeyError, WriteKeyError};

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");

pub(super) fn read_private_key(der: &[u8]) -> Result<SecretKey, ReadKeyError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| ReadKeyError::Malformed)?;
    let secret = info.private_key.as_bytes();
    let key = match info.algorithm.oid {
        ED25519 if info.algorithm.parameters.is_none() => {
            let seed = <&OctetStringRef>::from_der(secret).map_err(|_| ReadKeyError::Malformed)?;
            secret_key(Algorithm::Ed25519, seed.as_bytes())?
        }
        ED25519 => return Err(ReadKeyError::Malformed),
        EC => read_ec_private_key(named_curve(info.algorithm)?, secret)?,
        _ => return Err(ReadKeyError::UnsupportedAlgorithm),
    };
    if let Some(public) = info.public_key {
        let public = public.as_bytes().ok_or(ReadKeyError::Malformed)?;
        belongs(public, &key)?;
    }
    Ok(key)
}

fn read_ec_private_key(
    (algorithm, curve): (Algorithm, ObjectIdentifier),
    der: &[u8],
) -> Result<SecretKey, ReadKeyError> {
    let inner = EcPrivateKey::from_der(der).map_err(|_| ReadKeyError::Malformed)?;
    if inner
        .parameters
        .is_some_and(|parameters| parameters != EcParameters::NamedCurve(curve))
    {
        return Err(ReadKeyError::Malformed);
    }
    let key = secret_key(algorithm, inner.private_key)?;
    if let Some(public) = inner.public_key {
        belongs(public, &key)?;
    }
    Ok(key)
}

fn named_curve(
    algorithm: AlgorithmIdentifierRef<'_>,
) -> Result<(Algorithm, ObjectIdentifier), ReadKeyError> {
    match algorithm.parameters_oid() {
        Ok(P256) => Ok((Algorithm::P256, P256)),
        Ok(SECP256K1) => Ok((Algorithm::Secp256k1, SECP256K1)),
        _ => Err(ReadKeyError::UnsupportedCurve),
    }
}

fn secret_key(algorithm: Algorithm, bytes: &[u8]) -> Result<SecretKey, ReadKeyError> {
    let bytes = Zeroizing::new(<[u8; 32]>::try_from(bytes).map_err(|_| ReadKeyError::Malformed)?);
    Ok(SecretKey::from_bytes(algorithm, &bytes)?)
}

/// Whoever signs under another public key than their own gives the secret one away.
fn belongs(public: &[u8], key: &SecretKey) -> Result<(), ReadKeyError> {
    let expected = key.public_key();
    let agrees = match expected.algorithm() {
        Algorithm::P256 | Algorithm::Secp256k1 => point(expected.algorithm(), public, true)
            .is_some_and(|point| point == expected.as_bytes()),
        _ => public == expected.as_bytes(),
    };
    agrees.then_some(()).ok_or(ReadKeyError::PublicKeyMismatch)
}

pub(super) fn write_private_key(key: &SecretKey) -> Result<Zeroizing<Vec<u8>>, WriteKeyError> {
    let public = key.public_key();
    let secret = key.to_bytes();
    let (oid, curve) = match public.algorithm() {
        Algorithm::Ed25519 => (ED25519, None),
        Algorithm::P256 => (EC, Some(P256)),
        Algorithm::Secp256k1 => (EC, Some(SECP256K1)),
        _ => return Err(WriteKeyError::Encoding),
    };
    let inner = match curve {
        None => OctetStringRef::new(secret.as_slice()).and_then(|seed| seed.to_der()),
        Some(_) => {
            let public = uncompressed(&public)?;
            EcPrivateKey {
                private_key: secret.as_slice(),
                parameters: None,
                public_key: Some(&public),
            }
            .to_der()
        }
    }
    .map(Zeroizing::new)
    .map_err(|_| WriteKeyError::Encoding)?;

    let algorithm = AlgorithmIdentifierRef {
        oid,
        parameters: curve.as_ref().map(AnyRef::from),
    };
    OctetStringRef::new(&inner)
        .and_then(|inner| PrivateKeyInfoRef::new(algorithm, inner).to_der())
        .map(Zeroizing::new)
        .map_err(|_| WriteKeyError::Encoding)
}

/// As `openssl` writes it; some readers take nothing else.
fn uncompressed(key: &PublicKey) -> Result<Vec<u8>, WriteKeyError> {
    point(key.algorithm(), key.as_bytes(), false).ok_or(WriteKeyError::Encoding)
}

/// The one encoding or the other of a point that lies on the curve.
fn point(algorithm: Algorithm, bytes: &[u8], compress: bool) -> Option<Vec<u8>> {
    let encoded = match algorithm {
        Algorithm::P256 => p256::PublicKey::from_sec1_bytes(bytes)
            .ok()?
            .to_sec1_point(compress)
            .as_bytes()
            .to_vec(),
        Algorithm::Secp256k1 => k256::PublicKey::from_sec1_bytes(bytes)
            .ok()?
            .to_sec1_point(compress)
            .as_bytes()
            .to_vec(),
        _ => return None,
    };
    Some(encoded)
}
