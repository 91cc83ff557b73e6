//! Writes the test vectors as inputs, and some key files: `delegant-seeds FOLDER` makes `FOLDER/<target>/<number>`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs, io};

use data_encoding::HEXLOWER;
use delegant::{Algorithm, Did, SecretKey};
use delegant_agent::keyfile::{Protection, to_pem};
use delegant_model::token::cid;
use delegant_seeds::{Case, Principals, Written};
use pkcs8::EncryptedPrivateKeyInfoOwned;
use pkcs8::der::asn1::OctetString;
use pkcs8::der::{Encode as _, EncodePem as _, pem};
use pkcs8::pkcs5::pbes2::{
    EncryptionScheme, Kdf, Parameters, Pbkdf2Params, Pbkdf2Prf, Salt, ScryptParams,
};
use serde_json::Value as Json;

fn main() -> io::Result<()> {
    let Some(folder) = env::args().nth(1) else {
        return Err(io::Error::other("usage: delegant-seeds FOLDER"));
    };
    let mut seeds = Seeds::default();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors");
    for entry in fs::read_dir(vectors)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file: Json = serde_json::from_slice(&fs::read(&path)?)?;
        for row in file["rows"].as_array().into_iter().flatten() {
            seeds.row(row);
        }
    }
    seeds.key_files();
    seeds.messages();
    for (target, inputs) in seeds.0 {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        for (index, input) in inputs.iter().enumerate() {
            fs::write(folder.join(format!("{index:04}")), input)?;
        }
    }
    Ok(())
}

/// The inputs of each target.
#[derive(Default)]
struct Seeds(BTreeMap<&'static str, BTreeSet<Vec<u8>>>);

impl Seeds {
    fn add(&mut self, target: &'static str, input: impl Into<Vec<u8>>) {
        self.0.entry(target).or_default().insert(input.into());
    }

    fn row(&mut self, row: &Json) {
        match row["kind"].as_str().unwrap_or_default() {
            "authorize" => self.authorize(row),
            "cid" => {
                self.add("cid", text(row, "cid"));
                self.add("cid", [&[0xff], bytes(row, "bytes").as_slice()].concat());
            }
            "command" => self.add("command", around(row, "command", "covers")),
            "container" => self.container(&bytes(row, "bytes")),
            "did" => {
                self.add("did", text(row, "did"));
                if let Some(key) = row["did"].as_str().and_then(|did| did.parse().ok()) {
                    self.key(&key);
                }
            }
            "glob" => self.add("glob", around(row, "pattern", "text")),
            "policy" => {
                let policy = bytes(row, "policy_cbor");
                let arguments = Some(bytes(row, "args_cbor")).filter(|bytes| !bytes.is_empty());
                let arguments = arguments.unwrap_or(vec![0xa0]);
                self.add("policy", [&[0x82], policy.as_slice(), &arguments].concat());
                self.add("cbor", policy);
                self.add("cbor", arguments);
                self.add("json", row["policy"].to_string());
                self.add("json", row["args"].to_string());
            }
            "selector" => {
                let arguments = bytes(row, "args_cbor");
                let mut input = text(row, "selector");
                if !arguments.is_empty() {
                    input.push(0xff);
                    input.extend(arguments);
                }
                self.add("selector", input);
            }
            "token" => {
                let token = bytes(row, "token");
                self.add("cbor", token.as_slice());
                self.add("envelope", token);
                self.add("json", row["dag_json"].to_string());
            }
            _ => {}
        }
    }

    fn key(&mut self, did: &Did) {
        let Some(key) = did.public_key() else {
            return;
        };
        let code = match key.algorithm() {
            Algorithm::Ed25519 => [0xff, 0xed, 0x01],
            Algorithm::P256 => [0xff, 0x80, 0x24],
            _ => [0xff, 0xe7, 0x01],
        };
        self.add("did", [&code, key.as_bytes()].concat());
    }

    /// As it is; and, for what is base64 or gzip, its content for the target to dress.
    fn container(&mut self, bytes: &[u8]) {
        self.add("container", bytes);
        // A gzip member: ten bytes before the stream, eight behind it.
        if let [
            b'M',
            0x1f,
            0x8b,
            _,
            0,
            _,
            _,
            _,
            _,
            _,
            _,
            stream @ ..,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
        ] = bytes
        {
            for header in *b"mop" {
                self.add("container", [&[header], stream].concat());
            }
        }
        if let [b'@', content @ ..] = bytes {
            for header in *b"bc" {
                self.add("container", [&[header], content].concat());
            }
        }
    }

    fn authorize(&mut self, row: &Json) {
        let principals = Principals::published();
        let revocations = || row["revocations"].as_array().into_iter().flatten();
        let mut proofs = all_bytes(&row["proofs"]);
        for proof in revocations().flat_map(|revocation| all_bytes(&revocation["proofs"])) {
            if !proofs.contains(&proof) {
                proofs.push(proof);
            }
        }
        let invocation = bytes(row, "invocation");
        for token in proofs.iter().chain([&invocation]) {
            self.add("envelope", token.as_slice());
        }
        let cids: Vec<_> = proofs.iter().map(|bytes| cid(bytes)).collect();
        let token = |bytes: &[u8]| {
            let written = Written::of(bytes, &principals).linked(&cids);
            // A vector may name a token as inputs do, or one that comes later.
            if written.resolved(&cids).bytes(&principals) == bytes {
                written
            } else {
                Written::Bytes(bytes.to_vec())
            }
        };
        let case = Case {
            now: row["now"].as_i64().unwrap_or(0),
            leeway: row["leeway"].as_i64().unwrap_or(0),
            executor: row["executor"].as_str().unwrap_or_default().to_owned(),
            chain_limit: 32,
            refused: row["refuse"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|did| did.as_str().map(str::to_owned))
                .collect(),
            proofs: proofs.iter().map(|bytes| token(bytes)).collect(),
            revocations: revocations()
                .map(|revocation| token(&bytes(revocation, "revocation")))
                .collect(),
            invocation: token(&invocation),
        };
        self.add("verify", case.write());
    }

    /// Requests, notifications and answers of MCP, none of them signed.
    fn messages(&mut self) {
        let requests = [
            (
                "tools/call",
                r#"{"name":"read","arguments":{"patient":"p-17","days":[7,1.5],"all":null}}"#,
            ),
            (
                "tools/call",
                r#"{"name":"read","arguments":{},"_meta":{"progressToken":1},"task":{"ttl":60000}}"#,
            ),
            (
                "tools/call",
                r#"{"_meta":{"dev.delegant/proof":{"v":1,"ctn":"Cg"}},"name":"read"}"#,
            ),
            (
                "tools/call",
                r#"{"name":"read","inputResponses":{"a":{}},"requestState":"s"}"#,
            ),
            ("resources/read", r#"{"uri":"file:///a/b?c=%41#d"}"#),
            ("resources/subscribe", r#"{"uri":"file:///a"}"#),
            (
                "prompts/get",
                r#"{"name":"summary","arguments":{"a":"\u017f"}}"#,
            ),
            (
                "completion/complete",
                r#"{"ref":{"type":"ref/prompt","name":"a"},"argument":{"name":"b","value":"c"}}"#,
            ),
            ("tasks/get", r#"{"taskId":"t"}"#),
            ("tasks/list", "{}"),
            ("tools/list", r#"{"cursor":"c"}"#),
            (
                "initialize",
                r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}"#,
            ),
            ("notifications/cancelled", r#"{"requestId":1}"#),
        ];
        for (method, params) in requests {
            for members in [r#""jsonrpc":"2.0","id":1,"#, r#""id":"a","#, ""] {
                let request = format!(r#"{{{members}"method":"{method}","params":{params}}}"#);
                self.add("message", request);
            }
        }
        for other in [
            r#"{"id":1,"method":"tools/call","Method":"ping","params":{"name":"read","Name":"write"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read"}]}}"#,
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m","data":{}}}"#,
            r#"[{"id":1,"method":"ping"}]"#,
        ] {
            self.add("message", other);
        }
    }

    /// Keys of the three algorithms, plain, encrypted so that trying a passphrase takes no time, and
    /// as DER of either.
    fn key_files(&mut self) {
        for algorithm in Algorithm::ALL {
            let key = SecretKey::from_bytes(algorithm, &[7; 32]).expect("a published key");
            let text = to_pem(&key, Protection::Plain).expect("a published key");
            self.add("keyfile", text.as_bytes());
            let (_, plain) = pem::decode_vec(text.as_bytes()).expect("it was written");
            self.add("keyfile", [&[0xff, 0], plain.as_slice()].concat());
            for (kdf, encryption) in encryptions() {
                let parameters = Parameters { kdf, encryption };
                let ciphertext = parameters.encrypt(b"a", &plain).expect("it was written");
                let encrypted = EncryptedPrivateKeyInfoOwned {
                    encryption_algorithm: parameters.into(),
                    encrypted_data: OctetString::new(ciphertext).expect("short"),
                };
                let der = encrypted.to_der().expect("it was written");
                self.add("keyfile", [&[0xff, 1], der.as_slice()].concat());
                let text = encrypted
                    .to_pem(pem::LineEnding::CRLF)
                    .expect("it was written");
                self.add("keyfile", text.as_bytes());
            }
        }
        for kind in [
            "PUBLIC KEY",
            "EC PRIVATE KEY",
            "EC PARAMETERS",
            "OPENSSH PRIVATE KEY",
            "CERTIFICATE",
        ] {
            self.add(
                "keyfile",
                format!("-----BEGIN {kind}-----\nAAAA\n-----END {kind}-----\n"),
            );
        }
    }
}

fn encryptions() -> [(Kdf, EncryptionScheme); 3] {
    let salt = || Salt::new([1; 8]).expect("short");
    [
        (
            Kdf::Scrypt(ScryptParams {
                salt: salt(),
                cost_parameter: 2,
                block_size: 1,
                parallelization: 1,
                key_length: None,
            }),
            EncryptionScheme::Aes256Cbc { iv: [1; 16] },
        ),
        (
            Kdf::Pbkdf2(Pbkdf2Params {
                salt: salt(),
                iteration_count: 1,
                key_length: Some(16),
                prf: Pbkdf2Prf::HmacWithSha256,
            }),
            EncryptionScheme::Aes128Cbc { iv: [1; 16] },
        ),
        (
            Kdf::Pbkdf2(Pbkdf2Params {
                salt: salt(),
                iteration_count: 1,
                key_length: None,
                prf: Pbkdf2Prf::HmacWithSha512,
            }),
            EncryptionScheme::Aes256Cbc { iv: [1; 16] },
        ),
    ]
}

fn text(row: &Json, name: &str) -> Vec<u8> {
    row[name].as_str().unwrap_or_default().as_bytes().to_vec()
}

fn bytes(row: &Json, name: &str) -> Vec<u8> {
    HEXLOWER
        .decode(&text(row, name))
        .expect("the vectors write bytes in hexadecimal")
}

fn all_bytes(list: &Json) -> Vec<Vec<u8>> {
    let list = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str);
    list.map(|hex| HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal"))
        .collect()
}

fn around(row: &Json, one: &str, other: &str) -> Vec<u8> {
    let mut input = text(row, one);
    if row[other].is_string() {
        input.push(0xff);
        input.extend(text(row, other));
    }
    input
}
