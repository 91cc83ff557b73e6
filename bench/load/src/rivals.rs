//! What else stands before a route: one bare signature, a JWT, a question to whoever issued the token.

use std::net::SocketAddr;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::chain::{PATIENT, now};

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

/// The credential of a header, behind `Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// Checks one signature of what was sent, and nothing else.
pub(crate) struct Strict(VerifyingKey);

impl Strict {
    pub(crate) fn new() -> Self {
        Self(signing_key().verifying_key())
    }

    pub(crate) fn allows(&self, headers: &HeaderMap) -> bool {
        let read = || {
            let sent = URL_SAFE_NO_PAD.decode(bearer(headers)?).ok()?;
            let (signature, message) = sent.split_first_chunk::<64>()?;
            let signature = Signature::from_bytes(signature);
            self.0.verify_strict(message, &signature).ok()
        };
        read().is_some()
    }

    /// A credential with a message of this length, different for each number.
    pub(crate) fn credential(number: u64, length: usize) -> String {
        let mut message = vec![b'm'; length];
        for (place, byte) in message.iter_mut().zip(number.to_be_bytes()) {
            *place = byte;
        }
        let mut sent = signing_key().sign(&message).to_bytes().to_vec();
        sent.extend(message);
        format!("Bearer {}", URL_SAFE_NO_PAD.encode(sent))
    }
}

const ISSUER: &str = "https://as.hospital.example";
const AUDIENCE: &str = "https://records.hospital.example";

/// What an authorization server says of a token.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: u64,
    jti: String,
    command: String,
    patient: String,
}

impl Claims {
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: "https://hospital.example/agents/17".to_owned(),
            exp: u64::try_from(now()?.to_unix())? + 3600,
            jti: "b3f7c2a1".to_owned(),
            command: "/encounters/read".to_owned(),
            patient: PATIENT.to_owned(),
        })
    }

    fn allow(&self, patient: &str) -> bool {
        self.command == "/encounters/read" && self.patient == patient
    }
}

/// Checks an EdDSA JWT.
pub(crate) struct Jwt {
    key: DecodingKey,
    expected: Validation,
}

impl Jwt {
    pub(crate) fn new() -> Result<Self, Failure> {
        let public = URL_SAFE_NO_PAD.encode(signing_key().verifying_key().as_bytes());
        let mut expected = Validation::new(Algorithm::EdDSA);
        expected.set_audience(&[AUDIENCE]);
        expected.set_issuer(&[ISSUER]);
        expected.set_required_spec_claims(&["exp", "aud", "iss"]);
        Ok(Self {
            key: DecodingKey::from_ed_components(&public)?,
            expected,
        })
    }

    pub(crate) fn allows(&self, headers: &HeaderMap, patient: &str) -> bool {
        let Some(token) = bearer(headers) else {
            return false;
        };
        decode::<Claims>(token, &self.key, &self.expected)
            .is_ok_and(|token| token.claims.allow(patient))
    }

    /// A credential of its own for each number.
    pub(crate) fn credential(number: u64) -> Result<String, Failure> {
        let key = EncodingKey::from_ed_der(signing_key().to_pkcs8_der()?.as_bytes());
        let mut claims = Claims::new()?;
        claims.jti = format!("{number:032x}");
        let token = encode(&Header::new(Algorithm::EdDSA), &claims, &key)?;
        Ok(format!("Bearer {token}"))
    }
}

/// A token that says nothing.
pub(crate) const OPAQUE: &str = "2YotnFZFEjr1zCsicMWpAA2YotnFZFEjr1zCsicMWpAA";

/// An introspection server's answer (RFC 7662, section 2.2).
#[derive(Serialize, Deserialize)]
pub(crate) struct Active {
    pub(crate) active: bool,
    #[serde(flatten)]
    pub(crate) claims: Option<Claims>,
}

/// Asks an introspection server, over connections that are kept.
pub(crate) struct Introspection {
    client: Client<HttpConnector, Full<Bytes>>,
    office: SocketAddr,
}

impl Introspection {
    pub(crate) fn new(office: SocketAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            office,
        }
    }

    pub(crate) async fn allows(&self, headers: &HeaderMap, delay: u64, patient: &str) -> bool {
        let Some(token) = bearer(headers) else {
            return false;
        };
        self.ask(token, delay)
            .await
            .is_ok_and(|answer| answer.active && answer.claims.is_some_and(|c| c.allow(patient)))
    }

    async fn ask(&self, token: &str, delay: u64) -> Result<Active, Failure> {
        let request = Request::post(format!("http://{}/introspect/{delay}", self.office))
            .header("authorization", crate::office::PASSWORD)
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::from(format!(
                "token={token}&token_type_hint=access_token"
            )))?;
        let response = self.client.request(request).await?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(serde_json::from_slice(&body)?)
    }
}
