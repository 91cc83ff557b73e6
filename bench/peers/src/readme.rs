//! What does the README say of it? Everything between two markers, which stay.

use crate::outcome::Outcome;
use crate::rival::{Failure, refuse};
use crate::table::markdown;

const BEGIN: &str = "<!-- peers:begin -->";
const END: &str = "<!-- peers:end -->";

/// The README with what is between the markers written anew.
pub(crate) fn rewrite(readme: &str, outcome: &Outcome) -> Result<String, Failure> {
    let missing =
        || refuse("the README needs the lines `<!-- peers:begin -->` and `<!-- peers:end -->`");
    let (before, rest) = readme.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{BEGIN}\n{}{END}{after}", section(outcome)))
}

/// The table, the picture, and what the figures do not say.
pub(crate) fn section(outcome: &Outcome) -> String {
    let Outcome {
        unit,
        length,
        rounds,
        ..
    } = outcome;
    let table = markdown(outcome);
    format!(
        "\
![Time to decide and bytes in the header, by the number of hands on the way](bench/peers/peers.svg)

{table}
Each from the text in a header to a decision about one call, with one command and three constraints, in
units of one bare `verify_strict` over {length} bytes ({unit:.0} µs here); medians of {rounds} rounds in
which all of them take turns, with seventeen sets of keys. Bytes are the values of the headers. Every
contestant is first made to refuse another command, each broken constraint, a call too late and edited
headers. `just peers` measures all of this anew.

What each of them does *not* check:

{NOTES}"
    )
}

/// Read in the sources of the releases that are measured, or tried by [`examine`](crate::trials::examine)
/// in every run: whether a header serves for another call, at another server, or twice.
const NOTES: &str = "\
- **Delegant** checks who passed the authority on, the call and its caller, the server, the time, and the
  revocations it is given. A replay is found by a store, which is not part of this. Its arguments
  travel inside the header; the others are handed theirs ready-made.
- **Tenuo** checks who passed it on, the call and its caller, and the time, but not the server: a call to
  one is good at every other that trusts the same root. Replays within two minutes are left to the caller.
- **Biscuit** is a bearer token: whoever sees it can use it, for any call that its checks allow. Blocks
  are signed by keys made for the occasion and do not say who added them. The server, revocations and
  replays are left to the caller.
- **JWT**: one signature, by the issuer, whose word the actors' names are. It is a bearer token, too, and
  nothing revokes it. Each hop is a token exchange with the issuer, which is not timed here.
- **Introspection** knows revocations, and takes the server's word for all else, over a connection that is
  plain here and would be TLS and further away elsewhere. It is a bearer token, and needs the issuer to be up.
- *Kept* means a cache that a user has to add: tokens that were decoded before, found by the text of the
  header, which only helps where the same token comes again. Neither library brings one.
";

#[cfg(test)]
mod tests {
    use super::rewrite;
    use crate::outcome::Outcome;

    const OUTCOME: Outcome = Outcome {
        unit: 30.0,
        length: 300,
        rounds: 1,
        rows: Vec::new(),
    };

    #[test]
    fn what_stands_around_the_markers_stays() {
        let readme = "before\n<!-- peers:begin -->\nold\n<!-- peers:end -->\nafter\n";
        let new = rewrite(readme, &OUTCOME).unwrap();
        assert!(new.starts_with("before\n<!-- peers:begin -->\n!["));
        assert!(new.ends_with("\n<!-- peers:end -->\nafter\n"));
        assert!(!new.contains("old"));
        assert_eq!(rewrite(&new, &OUTCOME).unwrap(), new);
    }

    #[test]
    fn a_readme_without_markers_is_left_alone() {
        assert!(rewrite("no markers", &OUTCOME).is_err());
        assert!(rewrite("<!-- peers:end --><!-- peers:begin -->", &OUTCOME).is_err());
    }
}
