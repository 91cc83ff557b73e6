//! Delegant beside others: the same story, told to each of them in one run.
//!
//! The story is that of `crates/delegant/benches`: a resource's owner lets somebody call one command,
//! under three constraints on its arguments; that one passes it on, a little narrower, and so forth
//! through 1, 2, 4, 8 or 16 hands; the last one calls. Each contestant starts from the text in a header
//! and ends with a decision about the call that the server has before it:
//!
//! - **Delegant** ([`rivals::delegant`]), a gzipped container: with nothing known beforehand, and with the
//!   proofs and keys of earlier calls remembered.
//! - **Biscuit** ([`rivals::biscuit`]): a block for every hand, the server's rules parsed beforehand.
//! - **Tenuo** ([`rivals::tenuo`]): a warrant for every hand, and a proof of possession.
//! - **JWT** ([`rivals::jwt`]): one Ed25519 signature by an authorization server that narrowed the claims
//!   at every token exchange, with the actors in `act` and without.
//! - **Introspection** ([`rivals::introspection`]): a question to an authorization server over loopback.
//!
//! Biscuit and Tenuo are also run with a cache added by hand ([`rivals::kept`]), so that what our cache
//! gains is compared with what theirs could.
//!
//! Before anything is timed, [`trials`] makes each of them refuse what it must. The rounds are
//! interleaved, and every time is divided by that of one bare `verify_strict` in the same round. They are
//! shared by several processes ([`outcome`]), whose medians are what is shown.
//!
//! ```text
//! cargo run --release --manifest-path bench/peers/Cargo.toml -- [--rounds N] [--markdown] [--svg FILE] [--readme FILE]
//! cargo test --manifest-path bench/peers/Cargo.toml
//! ```

mod contest;
mod entrants;
mod outcome;
mod picture;
mod readme;
mod rival;
mod rivals;
mod story;
mod table;
mod trials;

use std::env;
use std::fs;

use outcome::ONE_PROCESS;
use rival::Failure;

/// How often every process times everything, unless said otherwise: about a minute in all.
const ROUNDS: usize = 15;

#[expect(clippy::print_stdout, reason = "it prints a table")]
fn main() -> Result<(), Failure> {
    let wishes = Wishes::read(env::args().skip(1))?;
    if wishes.one_process {
        let sample = contest::hold(wishes.rounds)?;
        println!("{}", serde_json::to_string(&sample)?);
        return Ok(());
    }
    let outcome = outcome::measure(wishes.rounds)?;
    if wishes.markdown {
        println!("{}", readme::section(&outcome));
    } else {
        println!("{}", table::text(&outcome));
    }
    print!("{}", table::figures(&outcome));
    if let Some(path) = wishes.svg {
        fs::write(&path, picture::draw(&outcome)).map_err(|cause| format!("`{path}`: {cause}"))?;
    }
    if let Some(path) = wishes.readme {
        let failed = |cause| format!("`{path}`: {cause}");
        let old = fs::read_to_string(&path).map_err(failed)?;
        fs::write(&path, readme::rewrite(&old, &outcome)?).map_err(failed)?;
    }
    Ok(())
}

/// What was asked for on the command line.
struct Wishes {
    rounds: usize,
    one_process: bool,
    markdown: bool,
    svg: Option<String>,
    readme: Option<String>,
}

impl Wishes {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut wishes = Self {
            rounds: ROUNDS,
            one_process: false,
            markdown: false,
            svg: None,
            readme: None,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("`{word}` needs a value"));
            match word.as_str() {
                "--rounds" => wishes.rounds = value()?.parse()?,
                ONE_PROCESS => wishes.one_process = true,
                "--markdown" => wishes.markdown = true,
                "--svg" => wishes.svg = Some(value()?),
                "--readme" => wishes.readme = Some(value()?),
                other => {
                    return Err(format!(
                        "`{other}` is none of --rounds, --markdown, --svg, --readme"
                    )
                    .into());
                }
            }
        }
        Ok(wishes)
    }
}

#[cfg(test)]
mod tests {
    use super::{ROUNDS, Wishes};

    fn read(words: &[&str]) -> Result<Wishes, super::Failure> {
        Wishes::read(words.iter().map(|&word| word.to_owned()))
    }

    #[test]
    fn every_wish_is_understood() {
        let wishes = read(&["--rounds", "3", "--svg", "a", "--readme", "b", "--markdown"]).unwrap();
        assert_eq!((wishes.rounds, wishes.markdown), (3, true));
        assert_eq!(
            (wishes.svg.as_deref(), wishes.readme.as_deref()),
            (Some("a"), Some("b"))
        );
        assert_eq!(read(&[]).unwrap().rounds, ROUNDS);
    }

    #[test]
    fn what_is_no_wish_is_refused() {
        assert!(read(&["--sgv", "a"]).is_err());
        assert!(read(&["--svg"]).is_err());
        assert!(read(&["--rounds", "many"]).is_err());
    }
}
