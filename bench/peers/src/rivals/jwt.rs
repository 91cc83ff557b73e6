//! JWT: one token of an authorization server, signed with Ed25519, naming the actors or not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};

use crate::rival::{Failure, Headers, Promises, Rival, header};
use crate::rivals::claims::{AUDIENCE, Claims, ISSUER, OTHER_AUDIENCE};
use crate::story::{Call, LIFETIME, Scene, Server, Time, now, secret};

/// One story: a token, the issuer's key, and what is expected of a token.
pub(crate) struct Jwt {
    token: String,
    key: DecodingKey,
    home: Validation,
    elsewhere: Validation,
    late: Validation,
}

impl Jwt {
    pub(crate) fn new(hops: usize, copy: usize, names_actors: bool) -> Result<Self, Failure> {
        let start = now();
        let secret = SigningKey::from_bytes(&secret(copy, 0));
        let key = EncodingKey::from_ed_der(secret.to_pkcs8_der()?.as_bytes());
        let claims = Claims::new(hops, copy, start + LIFETIME, start, names_actors);
        let public = URL_SAFE_NO_PAD.encode(secret.verifying_key().as_bytes());
        let home = expected(AUDIENCE);
        let mut late = home.clone();
        late.reject_tokens_expiring_in_less_than = 2 * LIFETIME;
        Ok(Self {
            token: encode(&Header::new(Algorithm::EdDSA), &claims, &key)?,
            key: DecodingKey::from_ed_components(&public)?,
            home,
            elsewhere: expected(OTHER_AUDIENCE),
            late,
        })
    }
}

impl Rival for Jwt {
    fn present(&self, _: &Call) -> Result<Headers, Failure> {
        Ok(vec![self.token.clone()])
    }

    fn decide(&self, scene: Scene, headers: &Headers, call: &Call) -> Result<(), Failure> {
        let expected = match (scene.server, scene.time) {
            (Server::Elsewhere, _) => &self.elsewhere,
            (Server::Home, Time::Now) => &self.home,
            (Server::Home, Time::Late) => &self.late,
        };
        let token = decode::<Claims>(header(headers, 0)?, &self.key, expected)?;
        token.claims.allow(call)
    }

    fn promises(&self) -> Promises {
        Promises {
            binds_the_call: false,
            names_the_server: true,
        }
    }
}

fn expected(audience: &str) -> Validation {
    let mut expected = Validation::new(Algorithm::EdDSA);
    expected.leeway = 0;
    expected.set_audience(&[audience]);
    expected.set_issuer(&[ISSUER]);
    expected.set_required_spec_claims(&["exp", "aud", "iss"]);
    expected
}
