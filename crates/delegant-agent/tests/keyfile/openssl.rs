//! The same files in the hands of another tool.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use delegant::{Algorithm, Signer as _};
use delegant_agent::{KeyFileError, Protection, ReadKeyError, keyfile};
use pkcs8::pkcs5::pbes2::{Kdf, ScryptParams};

use crate::{WORDS, directory, encrypted_anew, key, load_encrypted, load_plain, passphrase, put};

/// The tool, or a visible word that it is missing; where everything must run, a failure.
fn is_missing() -> bool {
    let found = Command::new("openssl").arg("version").output();
    if found.is_ok_and(|output| output.status.success()) {
        return false;
    }
    let must_run = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!must_run, "openssl is not installed");
    // Past the test harness, which shows nothing of a test that passes.
    let _ = writeln!(std::io::stderr(), "skipped: openssl is not installed");
    true
}

fn openssl(directory: &Path, line: &str) -> Output {
    Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(directory)
        .output()
        .unwrap()
}

fn run(directory: &Path, line: &str) -> Vec<u8> {
    let output = openssl(directory, line);
    assert!(output.status.success(), "openssl {line}: {output:?}");
    output.stdout
}

/// What `openssl` takes for the public key of a file.
fn public_key(directory: &Path, file: &str, algorithm: Algorithm) -> Vec<u8> {
    let (form, length) = match algorithm {
        Algorithm::Ed25519 => ("", 32),
        _ => ("-ec_conv_form compressed", 33),
    };
    let line = format!("pkey -in {file} -passin pass:words -pubout -outform DER {form}");
    let der = run(directory, &line);
    der[der.len() - length..].to_vec()
}

const GENERATE: [(Algorithm, &str); 3] = [
    (Algorithm::Ed25519, "genpkey -algorithm ed25519"),
    (
        Algorithm::P256,
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    ),
    (
        Algorithm::Secp256k1,
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
    ),
];

#[test]
fn reads_what_we_write() {
    if is_missing() {
        return;
    }
    let words = passphrase("words");
    for algorithm in Algorithm::ALL {
        for protection in [Protection::Plain, Protection::Passphrase(&words)] {
            let (directory, path) = directory();
            let alice = key(algorithm);
            keyfile::create(&path, &alice, protection).unwrap();
            run(
                directory.path(),
                "pkey -in alice.pem -passin pass:words -check -noout",
            );
            let public = public_key(directory.path(), "alice.pem", algorithm);
            assert_eq!(public, alice.public_key().as_bytes(), "{algorithm}");
        }
    }
}

#[test]
fn writes_plain_keys_exactly_as_we_do() {
    if is_missing() {
        return;
    }
    for algorithm in Algorithm::ALL {
        let (directory, path) = directory();
        keyfile::create(&path, &key(algorithm), Protection::Plain).unwrap();
        let rewritten = run(directory.path(), "pkey -in alice.pem");
        assert_eq!(rewritten, fs::read(&path).unwrap(), "{algorithm}");
    }
}

#[test]
fn writes_what_we_read() {
    if is_missing() {
        return;
    }
    for (algorithm, generate) in GENERATE {
        let (directory, path) = directory();
        run(directory.path(), &format!("{generate} -out alice.pem"));
        // Its files are as closed as ours: nothing to mend.
        let read = load_plain(&path).unwrap();
        assert_eq!(read.public_key().algorithm(), algorithm);
        let public = public_key(directory.path(), "alice.pem", algorithm);
        assert_eq!(read.public_key().as_bytes(), public, "{algorithm}");
    }
}

#[test]
fn encrypts_what_we_read() {
    if is_missing() {
        return;
    }
    for (algorithm, generate) in GENERATE {
        let (directory, path) = directory();
        let directory = directory.path();
        run(directory, &format!("{generate} -out plain.pem"));
        let public = public_key(directory, "plain.pem", algorithm);
        for how in [
            "-scrypt",
            "-v2 aes-256-cbc -scrypt",
            "-v2 aes-256-cbc",
            "-v2 aes-128-cbc -v2prf hmacWithSHA512 -iter 10000",
            "-scrypt -scrypt_N 1024 -scrypt_r 8 -scrypt_p 16",
        ] {
            let line =
                format!("pkcs8 -topk8 -in plain.pem -passout pass:words -out alice.pem {how}");
            run(directory, &line);
            let read = load_encrypted(&path, "words").unwrap();
            assert_eq!(read.public_key().as_bytes(), public, "{algorithm} {how}");
            let error = load_encrypted(&path, "word").unwrap_err();
            assert!(
                matches!(
                    error,
                    KeyFileError::NotAKey {
                        source: ReadKeyError::WrongPassphrase,
                        ..
                    }
                ),
                "{error}"
            );
        }
    }
}

#[test]
fn mends_what_we_refuse_with_the_command_that_we_give() {
    if is_missing() {
        return;
    }
    let cases = [
        (
            "ecparam -name prime256v1 -genkey -out OLD",
            ReadKeyError::Sec1,
        ),
        (
            "ecparam -name secp256k1 -genkey -noout -out OLD",
            ReadKeyError::Sec1,
        ),
        (
            "genpkey -algorithm ed25519 -outform DER -out OLD",
            ReadKeyError::NotPem,
        ),
        (
            "genpkey -algorithm ed25519 -aes256 -pass pass:words -out OLD",
            ReadKeyError::UnsupportedEncryption,
        ),
    ];
    for (generate, expected) in cases {
        let (directory, _) = directory();
        let directory = directory.path();
        run(directory, generate);
        if expected == ReadKeyError::UnsupportedEncryption {
            run(
                directory,
                "pkcs8 -topk8 -in OLD -passin pass:words -passout pass:words -v2 aes256 -v2prf hmacWithSHA1 -out OUTDATED",
            );
            fs::rename(directory.join("OUTDATED"), directory.join("OLD")).unwrap();
        }
        let old = directory.join("OLD");
        let error = load_plain(&old).unwrap_err();
        assert!(
            matches!(error, KeyFileError::NotAKey { source, .. } if source == expected),
            "{generate}: {error}"
        );

        let text = error.to_string();
        let (_, command) = text.split_once("`openssl ").unwrap();
        let (command, _) = command.split_once('`').unwrap();
        let passphrases = if command.starts_with("pkcs8") {
            "-passin pass:words -passout pass:words"
        } else {
            ""
        };
        run(directory, &format!("{command} {passphrases}"));
        load_encrypted(&directory.join("NEW"), "words").unwrap();
    }
}

#[test]
fn writes_other_keys_too_and_each_gets_its_answer() {
    if is_missing() {
        return;
    }
    for (generate, expected) in [
        (
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
            ReadKeyError::UnsupportedCurve,
        ),
        (
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
            ReadKeyError::UnsupportedCurve,
        ),
        (
            "genpkey -algorithm x25519",
            ReadKeyError::UnsupportedAlgorithm,
        ),
        (
            "genpkey -algorithm ed448",
            ReadKeyError::UnsupportedAlgorithm,
        ),
        (
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            ReadKeyError::UnsupportedAlgorithm,
        ),
        ("genpkey -algorithm ed25519 -text", ReadKeyError::TextAround),
    ] {
        let (directory, path) = directory();
        run(directory.path(), &format!("{generate} -out alice.pem"));
        let error = load_plain(&path).unwrap_err();
        assert!(
            matches!(error, KeyFileError::NotAKey { source, .. } if source == expected),
            "{generate}: {error}"
        );
    }
    let (directory, path) = directory();
    let directory = directory.path();
    run(directory, "genpkey -algorithm ed25519 -out secret.pem");
    run(directory, "pkey -in secret.pem -pubout -out alice.pem");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let error = load_plain(&path).unwrap_err();
    assert!(error.to_string().contains("a public key"), "{error}");
}

#[test]
fn refuses_scrypt_of_twice_the_memory() {
    if is_missing() {
        return;
    }
    // Why we write N = 2^14: if this ever passes, more has become possible.
    let (directory, path) = directory();
    let text = encrypted_anew(|pbes2| {
        pbes2.kdf = Kdf::Scrypt(ScryptParams {
            salt: b"salt and pepper".as_slice().try_into().unwrap(),
            cost_parameter: 1 << 15,
            block_size: 8,
            parallelization: 1,
            key_length: None,
        });
    });
    put(&path, text);
    load_encrypted(&path, WORDS).unwrap();
    let output = Command::new("openssl")
        .args(["pkey", "-noout", "-in", "alice.pem", "-passin"])
        .arg(format!("pass:{WORDS}"))
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
}
