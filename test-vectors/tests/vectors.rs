//! Runs every row through Delegant, and checks that the rows are all there.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a row that is not as expected fails its test"
)]

mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command as Process;
use std::time::Duration;

use delegant::{
    Algorithm, Cid, Command, Container, ContainerFormat, DecodeError, Delegation, Did, DidKeys,
    Evidence, Fuel, Glob, Invocation, Ipld, Kind, Limits, Parsed, Payload, Policy, PolicyError,
    PolicyProblem, Receipt, Revocation, Revocations, SecretKey, Selector, Signer, Timestamp, Token,
    Truth, authorize, from_dag_cbor, from_dag_json, policy, to_dag_cbor, to_dag_json,
};
use serde_json::{Value, json};

/// Valid with what was learnt, or the code of the refusal and the token at fault.
type Judgement = Result<Value, (String, Option<String>)>;

struct Row(Value);

impl Row {
    fn text(&self, name: &str) -> &str {
        self.0[name]
            .as_str()
            .unwrap_or_else(|| panic!("{self}: no {name}"))
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        unhex(self.text(name))
    }

    fn all_bytes(&self, name: &str) -> Vec<Vec<u8>> {
        let list = self.0[name].as_array().unwrap();
        list.iter()
            .map(|hex| unhex(hex.as_str().unwrap()))
            .collect()
    }

    fn is_valid(&self) -> bool {
        self.text("verdict") == "valid"
    }

    fn rulings(&self) -> Vec<u64> {
        let list = self.0["ruling"].as_array().unwrap();
        list.iter().map(|ruling| ruling.as_u64().unwrap()).collect()
    }

    /// A value that must be the same in its two forms.
    fn value(&self, name: &str) -> Ipld {
        let bytes = self.bytes(&format!("{name}_cbor"));
        let value = from_dag_cbor(&bytes, &Limits::DEFAULT).unwrap();
        assert_eq!(
            from_dag_json(&self.0[name].to_string()).unwrap(),
            value,
            "{self}"
        );
        value
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{}",
            self.0["name"].as_str().unwrap_or("a row without a name")
        )
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files() -> Vec<(String, Value)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".json") && name != "schema.json" {
            let text = std::fs::read_to_string(&path).unwrap();
            files.push((name, serde_json::from_str(&text).unwrap()));
        }
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    files
}

fn rows() -> Vec<Row> {
    files()
        .into_iter()
        .flat_map(|(_, file)| file["rows"].as_array().unwrap().clone())
        .map(Row)
        .collect()
}

fn refused(code: &str) -> (String, Option<String>) {
    (code.to_owned(), None)
}

fn undecodable(error: DecodeError) -> (String, Option<String>) {
    refused(error.code())
}

fn judge(row: &Row) -> Judgement {
    match row.text("kind") {
        "token" => match row.text("as") {
            "delegation" => token::<Delegation>(row, |_| Value::Null),
            "invocation" => {
                token::<Invocation>(row, |token| json!(token.task().unwrap().to_string()))
            }
            "receipt" => token::<Receipt>(row, |token| json!(token.task().unwrap().to_string())),
            "revocation" => {
                token::<Revocation>(row, |token| json!(token.task().unwrap().to_string()))
            }
            other => panic!("{row}: {other}"),
        },
        "authorize" => leave(row),
        "container" => container(row),
        "did" => did(row),
        "cid" => cid(row),
        "command" => command(row),
        "selector" => selector(row),
        "glob" => glob(row),
        "policy" => policy_row(row),
        other => panic!("{row}: {other}"),
    }
}

fn token<P: Payload>(row: &Row, task: impl Fn(&P) -> Value) -> Judgement {
    let bytes = row.bytes("token");
    let parsed = Parsed::<P>::decode(&bytes).map_err(undecodable)?;
    let cid = parsed.cid().to_string();
    let verified = parsed.verify(&DidKeys).map_err(|invalid| {
        (
            "InvalidSignature".to_owned(),
            Some(invalid.token.to_string()),
        )
    })?;
    assert_eq!(verified.bytes(), bytes, "{row}");
    let mut learnt = json!({"cid": cid, "dag_json": there_and_back(&bytes)});
    if row.text("as") != "delegation" {
        learnt["task"] = task(&verified);
    }
    Ok(learnt)
}

/// To DAG-JSON and back, to the same bytes; the DAG-JSON.
fn there_and_back(bytes: &[u8]) -> Value {
    let value = from_dag_cbor(bytes, &Limits::DEFAULT).unwrap();
    assert_eq!(to_dag_cbor(&value).unwrap(), bytes);
    let text = to_dag_json(&value).unwrap();
    let again = from_dag_json(&text).unwrap();
    assert_eq!(to_dag_cbor(&again).unwrap(), bytes);
    serde_json::from_str(&text).unwrap()
}

fn leave(row: &Row) -> Judgement {
    let now = Timestamp::from_unix(row.0["now"].as_i64().unwrap()).unwrap();
    let invocation = Parsed::<Invocation>::decode(&row.bytes("invocation")).map_err(undecodable)?;
    let proofs = delegations(row.all_bytes("proofs")).map_err(undecodable)?;
    let mut revocations = Revocations::none();
    for taken in row.0["revocations"].as_array().unwrap_or(&Vec::new()) {
        let taken = Row(taken.clone());
        let accepted = take(&taken, &mut revocations, now);
        let expected = match taken.0["code"].as_str() {
            Some(code) => Err(code.to_owned()),
            None => Ok(()),
        };
        assert_eq!(accepted, expected, "{row}: its revocation");
        assert_eq!(taken.is_valid(), expected.is_ok(), "{row}: its revocation");
    }
    for refused in row.0["refuse"].as_array().unwrap_or(&Vec::new()) {
        revocations.refuse(refused.as_str().unwrap().parse().unwrap());
    }
    let executor: Did = row.text("executor").parse().unwrap();
    let denied = |token: Cid, code: &str| (code.to_owned(), Some(token.to_string()));
    let invocation = invocation
        .verify(&DidKeys)
        .map_err(|invalid| denied(invalid.token, "InvalidSignature"))?;
    let leave = authorize(
        invocation,
        Evidence {
            now,
            leeway: Duration::from_secs(row.0["leeway"].as_u64().unwrap()),
            executor: &executor,
            keys: &DidKeys,
            proofs: &proofs,
            revocations: &revocations,
            limits: &Limits::DEFAULT,
        },
    )
    .map_err(|denial| denied(denial.token, denial.reason.code()))?;
    let unix = |moment: Option<Timestamp>| moment.map(Timestamp::to_unix);
    let window = leave
        .window()
        .map(|window| json!({"nbf": unix(window.not_before()), "exp": unix(window.expiration())}));
    let principals: Vec<_> = leave.principals().map(|(did, _)| did.to_string()).collect();
    there_and_back(leave.invocation().bytes());
    for link in leave.delegations() {
        there_and_back(link.bytes());
    }
    Ok(json!({"window": window, "principals": principals}))
}

/// The delegations among these tokens.
fn delegations(tokens: Vec<Vec<u8>>) -> Result<Vec<Parsed<Delegation>>, DecodeError> {
    let mut found = Vec::new();
    for bytes in tokens {
        if let Token::Delegation(delegation) = Token::decode(&bytes)? {
            found.push(delegation);
        }
    }
    Ok(found)
}

fn take(row: &Row, revocations: &mut Revocations, now: Timestamp) -> Result<(), String> {
    let code = |error: DecodeError| error.code().to_owned();
    let revocation = Parsed::<Revocation>::decode(&row.bytes("revocation")).map_err(code)?;
    let proofs = delegations(row.all_bytes("proofs")).map_err(code)?;
    let revocation = revocation
        .verify(&DidKeys)
        .map_err(|_| "InvalidSignature".to_owned())?;
    revocations
        .add(&revocation, &proofs, &DidKeys, now)
        .map_err(|denial| denial.reason.code().to_owned())
}

fn container(row: &Row) -> Judgement {
    let bytes = row.bytes("bytes");
    let container = Container::decode(&bytes).map_err(undecodable)?;
    let tokens = cids(&container);
    for format in ContainerFormat::ALL {
        let again = container.encode(format).unwrap();
        assert_eq!(cids(&Container::decode(&again).unwrap()), tokens, "{row}");
        let sorted = Container::split(&bytes, &Limits::DEFAULT)
            .unwrap()
            .is_sorted();
        // Compressors differ; all else has one form.
        if format.header() == bytes[0] && b"@BC".contains(&bytes[0]) && sorted {
            assert_eq!(again, bytes, "{row}");
        }
    }
    Ok(json!({"tokens": tokens}))
}

fn cids(container: &Container) -> Vec<String> {
    let delegations = container.delegations().iter().map(|token| token.cid());
    let invocations = container.invocations().iter().map(|token| token.cid());
    let mut cids: Vec<_> = delegations
        .chain(invocations)
        .map(|cid| cid.to_string())
        .collect();
    cids.sort_unstable();
    cids
}

fn did(row: &Row) -> Judgement {
    let text = row.text("did");
    let did: Did = text
        .parse()
        .map_err(|cause| undecodable(DecodeError::Did { name: "iss", cause }))?;
    assert_eq!(did.to_string(), text);
    let key = did.public_key().map(|key| {
        let bytes = key
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        json!({"algorithm": key.algorithm().to_string(), "bytes": bytes})
    });
    Ok(json!({"key": key}))
}

fn cid(row: &Row) -> Judgement {
    let cid: Cid = row
        .text("cid")
        .parse()
        .map_err(|cause| undecodable(DecodeError::Cid { name: "prf", cause }))?;
    let bytes = cid
        .to_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    Ok(json!({"bytes": bytes, "text": cid.to_string()}))
}

fn command(row: &Row) -> Judgement {
    let parse = |name| -> Result<Command, _> {
        row.text(name)
            .parse()
            .map_err(|cause| undecodable(DecodeError::Command(cause)))
    };
    let command = parse("command")?;
    if row.0.get("covers").is_some() && !command.covers(&parse("covers")?) {
        return Err(refused("CommandNotCovered"));
    }
    Ok(json!({}))
}

fn no_policy(problem: PolicyProblem) -> (String, Option<String>) {
    undecodable(DecodeError::Policy(PolicyError::from(problem)))
}

fn selector(row: &Row) -> Judgement {
    let source = row.text("selector");
    let selector: Selector = source
        .parse()
        .map_err(|problem| no_policy(PolicyProblem::Selector(problem)))?;
    assert_eq!(selector.as_str(), source);
    if row.0.get("args").is_none() {
        return Ok(json!({}));
    }
    let Ipld::Map(args) = row.value("args") else {
        panic!("{row}: arguments are a map");
    };
    let truth = |statement| {
        let policy = Policy::new([statement]).unwrap();
        policy
            .evaluate(&args, &mut Fuel::new(&Limits::DEFAULT))
            .unwrap()
    };
    match row.0.get("found") {
        Some(found) => {
            let found = from_dag_json(&found.to_string()).unwrap();
            assert_eq!(
                truth(policy::equal(source, found.clone())),
                Truth::True,
                "{row}"
            );
            assert_eq!(
                truth(policy::not_equal(source, found)),
                Truth::False,
                "{row}"
            );
            Ok(json!({}))
        }
        None => {
            assert_eq!(
                truth(policy::equal(source, Ipld::Null)),
                Truth::Undefined,
                "{row}"
            );
            assert_eq!(
                truth(policy::not_equal(source, Ipld::Null)),
                Truth::Undefined,
                "{row}"
            );
            Err(refused("MatchError"))
        }
    }
}

fn glob(row: &Row) -> Judgement {
    let pattern: Glob = row
        .text("pattern")
        .parse()
        .map_err(|problem| no_policy(PolicyProblem::Glob(problem)))?;
    match row.0.get("text") {
        Some(text) if !pattern.matches(text.as_str().unwrap()) => Err(refused("MatchError")),
        _ => Ok(json!({})),
    }
}

fn policy_row(row: &Row) -> Judgement {
    let policy = Policy::from_ipld(&row.value("policy"))
        .map_err(|error| undecodable(DecodeError::Policy(error)))?;
    assert_eq!(
        to_dag_cbor(&policy.to_ipld()).unwrap(),
        row.bytes("policy_cbor"),
        "{row}"
    );
    if row.0.get("args").is_none() {
        return Ok(json!({}));
    }
    let Ipld::Map(args) = row.value("args") else {
        panic!("{row}: arguments are a map");
    };
    let truth = policy
        .evaluate(&args, &mut Fuel::new(&Limits::DEFAULT))
        .map_err(|_| refused("LimitExceeded"))?;
    assert_eq!(row.text("truth"), truth.to_string(), "{row}");
    assert_eq!(
        policy.explain(&args).is_none(),
        truth == Truth::True,
        "{row}"
    );
    match truth {
        Truth::True => Ok(json!({})),
        Truth::False | Truth::Undefined => Err(refused("MatchError")),
    }
}

/// Prints the figures, which are seen with `--nocapture`.
#[expect(
    clippy::print_stdout,
    reason = "whoever asks for the figures reads them here"
)]
fn tell(rows: &[Row], wrong: usize) {
    let negative = rows.iter().filter(|row| !row.is_valid()).count();
    let percent = 100.0 * negative as f64 / rows.len() as f64;
    println!("figure vectors-rows {} rows", rows.len());
    println!("figure vectors-negative {percent:.1} %");
    println!("figure vectors-wrong {wrong} rows");
}

#[test]
fn gives_every_row_its_verdict_and_code() {
    let mut wrong = Vec::new();
    let rows = rows();
    for row in &rows {
        let expected = match row.0["code"].as_str() {
            None => Ok(()),
            Some(code) => Err(code.to_owned()),
        };
        assert_eq!(row.is_valid(), expected.is_ok(), "{row}");
        match judge(row) {
            Ok(learnt) => {
                if expected.is_err() {
                    wrong.push(format!(
                        "{row}: {expected:?}, but is valid: {}",
                        row.text("says")
                    ));
                    continue;
                }
                for (name, found) in learnt.as_object().unwrap() {
                    if let Some(wanted) = row.0.get(name)
                        && wanted != found
                    {
                        wrong.push(format!("{row}: {name} is {found}, not {wanted}"));
                    }
                }
            }
            Err((code, at)) => {
                if expected != Err(code.clone()) {
                    wrong.push(format!(
                        "{row}: {expected:?}, but is {code}: {}",
                        row.text("says")
                    ));
                }
                if let Some(wanted) = row.0["at"].as_str()
                    && at.as_deref() != Some(wanted)
                {
                    wrong.push(format!("{row}: at {at:?}, not {wanted}"));
                }
            }
        }
    }
    tell(&rows, wrong.len());
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_generator_writes_the_committed_files() {
    let output = Process::new(env!("CARGO_BIN_EXE_delegant-vectors"))
        .arg("--check")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_files_follow_the_schema() {
    let schema = std::fs::read_to_string(folder().join("schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    for (name, file) in files() {
        schema::check(&schema, &schema, &file, &name);
    }
}

#[test]
fn the_schema_check_refuses_what_does_not_follow() {
    let schema = std::fs::read_to_string(folder().join("schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let (_, file) = files().remove(0);
    let damage: [fn(&mut Value); 6] = [
        |file| file["rows"][0]["code"] = json!("Strange"),
        |file| file["rows"][0]["unknown"] = json!(1),
        |file| file["rows"][0]["ruling"] = json!([28]),
        |file| file["rows"][0]["verdict"] = json!("perhaps"),
        |file| file["rows"][0]["kind"] = json!("riddle"),
        |file| drop(file.as_object_mut().unwrap().remove("family")),
    ];
    for damage in damage {
        let mut file = file.clone();
        damage(&mut file);
        assert!(
            !schema::follows(&schema, &schema, &file),
            "{}",
            file["rows"][0]["name"]
        );
    }
}

/// Every refusal that a verifier without a store can give.
const CODES: [&str; 16] = [
    "Malformed",
    "UnsupportedAlgorithm",
    "UnsupportedVersion",
    "LimitExceeded",
    "InvalidSignature",
    "Expired",
    "TooEarly",
    "UnavailableProof",
    "InvalidClaim",
    "InvalidSubject",
    "InvalidAudience",
    "CommandNotCovered",
    "MatchError",
    "UnresolvedPromise",
    "Revoked",
    "RefusedPrincipal",
];

#[test]
fn there_are_enough_rows_of_every_sort() {
    let rows = rows();
    let names: BTreeSet<_> = rows.iter().map(Row::to_string).collect();
    assert_eq!(names.len(), rows.len(), "two rows of one name");
    assert!(rows.len() >= 600, "{} rows", rows.len());
    let negative = rows.iter().filter(|row| !row.is_valid()).count();
    assert!(
        3 * negative >= 2 * rows.len(),
        "{negative} of {} are negative",
        rows.len()
    );

    let mut pinned: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
    for row in &rows {
        for ruling in row.rulings() {
            let (valid, invalid) = pinned.entry(ruling).or_default();
            *if row.is_valid() { valid } else { invalid } += 1;
        }
    }
    for ruling in 1..=27 {
        let (valid, invalid) = pinned.get(&ruling).copied().unwrap_or_default();
        assert!(
            valid > 0 && invalid > 0,
            "ruling {ruling}: {valid} valid, {invalid} invalid"
        );
    }

    let found: BTreeSet<_> = rows
        .iter()
        .filter_map(|row| row.0["code"].as_str())
        .collect();
    assert_eq!(found, BTreeSet::from(CODES));
}

#[test]
fn tells_the_two_kinds_of_token_apart() {
    for row in rows()
        .iter()
        .filter(|row| row.text("kind") == "token" && row.is_valid())
    {
        let kind = match Token::decode(&row.bytes("token")).unwrap() {
            Token::Delegation(_) => Kind::Delegation,
            Token::Invocation(_) => Kind::Invocation,
        };
        assert_eq!(
            kind == Kind::Delegation,
            row.text("as") == "delegation",
            "{row}"
        );
    }
}

#[test]
fn the_readme_counts_the_rows_and_knows_the_keys() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for (name, file) in files() {
        let rows = file["rows"].as_array().unwrap();
        let invalid = rows
            .iter()
            .filter(|row| row["verdict"] == "invalid")
            .count();
        let line = format!("| `{name}` | {} | {invalid} |", rows.len());
        assert!(readme.contains(&line), "{line}");
    }
    let algorithms = [
        ("Ed25519", Algorithm::Ed25519, 1..=7),
        ("P-256", Algorithm::P256, 8..=9),
        ("secp256k1", Algorithm::Secp256k1, 10..=11),
    ];
    for (name, algorithm, bytes) in algorithms {
        for byte in bytes {
            let did = SecretKey::from_bytes(algorithm, &[byte; 32]).unwrap().did();
            let line = format!("| {name} | `{byte:02x}` | `{did}` |");
            assert!(readme.contains(&line), "{line}");
        }
    }
}
