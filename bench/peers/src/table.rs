//! What came out, as text, as Markdown, and as figures to be picked up.

use std::fmt::Write;

use crate::outcome::{Cell, Outcome, PROCESSES, Row};
use crate::story::HOPS;

/// The table for a terminal.
pub(crate) fn text(outcome: &Outcome) -> String {
    let mut out = format!(
        "one verify_strict over {} bytes: {:.1} µs; times in units of it, medians of {} processes of {} rounds\n\n{:37}",
        outcome.length, outcome.unit, PROCESSES, outcome.rounds, "hops"
    );
    for hops in HOPS {
        _ = write!(out, "{hops:>8}");
    }
    out.push_str("   bytes:");
    for hops in HOPS {
        _ = write!(out, "{hops:>7}");
    }
    out.push('\n');
    for row in &outcome.rows {
        _ = write!(out, "{:37}", row.title);
        for cell in &row.cells {
            _ = write!(out, "{:>8.2}", cell.ratio);
        }
        out.push_str("         ");
        for cell in &row.cells {
            _ = write!(out, "{:>7}", cell.bytes);
        }
        out.push('\n');
    }
    out
}

/// The table for the README.
pub(crate) fn markdown(outcome: &Outcome) -> String {
    let depths = HOPS.map(|hops| hops.to_string()).join(" | ");
    let mut out = format!(
        "| hands on the way | {depths} | bytes at 1 | at 16 |\n|---|{}\n",
        "---:|".repeat(HOPS.len() + 2)
    );
    for row in &outcome.rows {
        let times: Vec<String> = row.cells.iter().map(|it| short(it.ratio)).collect();
        _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            row.title,
            times.join(" | "),
            grouped(first(row).bytes),
            grouped(last(row).bytes),
        );
    }
    out
}

/// One line per figure.
pub(crate) fn figures(outcome: &Outcome) -> String {
    let mut out = String::new();
    for row in &outcome.rows {
        for cell in &row.cells {
            let Cell { hops, ratio, .. } = cell;
            let (low, high) = cell.quartiles;
            _ = writeln!(
                out,
                "figure peers-{}-{hops} {ratio:.2} verify_strict quartiles {low:.2} to {high:.2}",
                row.id
            );
        }
    }
    for row in outcome.rows.iter().filter(|row| !remembers(row.id)) {
        for Cell { hops, bytes, .. } in &row.cells {
            _ = writeln!(out, "figure peers-{}-bytes-{hops} {bytes} bytes", row.id);
        }
    }
    for (id, ours, theirs, who) in LEADS {
        let lead = least_ahead(outcome, ours, theirs);
        _ = writeln!(out, "figure peers-{id} {lead:.2} ratio {who}");
    }
    for (suffix, id) in [
        ("", "delegant-cold"),
        ("-tenuo", "tenuo"),
        ("-biscuit", "biscuit"),
        ("-plain", "delegant-plain-cold"),
    ] {
        if let Some(row) = find(outcome, id) {
            let hops = (last(row).hops - first(row).hops).max(1) as f64;
            let grown = last(row).bytes as f64 - first(row).bytes as f64;
            let bytes = grown / hops;
            _ = writeln!(out, "figure peers-bytes-per-hop{suffix} {bytes:.0} bytes");
        }
    }
    out
}

/// Whose lead over whom: the quickest of them over ours, at the depth where that is least.
const LEADS: [(&str, &str, &[&str], &str); 5] = [
    (
        "ahead-cold",
        "delegant-cold",
        &["tenuo", "biscuit"],
        "of the quicker of Tenuo and Biscuit",
    ),
    (
        "ahead-cold-of-tenuo",
        "delegant-cold",
        &["tenuo"],
        "of Tenuo",
    ),
    (
        "ahead-cold-of-bound",
        "delegant-cold",
        &["tenuo", "biscuit-narrowed"],
        "of the quicker of those whose header serves for one call only",
    ),
    (
        "ahead-warm",
        "delegant-warm",
        &["tenuo", "biscuit"],
        "of the quicker of Tenuo and Biscuit",
    ),
    (
        "ahead-warm-of-kept",
        "delegant-warm",
        &["tenuo-kept", "biscuit-kept"],
        "of the quicker of Tenuo and Biscuit with a cache added by hand",
    ),
];

/// How many times as long the quickest peer takes as this one, at the depth where that is least.
fn least_ahead(outcome: &Outcome, id: &str, peers: &[&str]) -> f64 {
    let Some(ours) = find(outcome, id) else {
        return f64::NAN;
    };
    let mut least = f64::INFINITY;
    for (index, own) in ours.cells.iter().enumerate() {
        for peer in peers.iter().filter_map(|peer| find(outcome, peer)) {
            let theirs = peer.cells.get(index).map_or(f64::NAN, |cell| cell.ratio);
            least = least.min(theirs / own.ratio);
        }
    }
    least
}

fn find<'a>(outcome: &'a Outcome, id: &str) -> Option<&'a Row> {
    outcome.rows.iter().find(|row| row.id == id)
}

/// Sends what another row sends, and is told apart by what the server remembers.
pub(crate) fn remembers(id: &str) -> bool {
    id.ends_with("-warm") || id.ends_with("-kept")
}

/// A ratio with three digits or so.
pub(crate) fn short(ratio: f64) -> String {
    let digits = if ratio < 9.995 { 2 } else { 1 };
    format!("{ratio:.digits$}")
}

/// A count with its thousands apart.
pub(crate) fn grouped(count: usize) -> String {
    if count < 1000 {
        return count.to_string();
    }
    format!("{},{:03}", grouped(count / 1000), count % 1000)
}

fn first(row: &Row) -> Cell {
    row.cells.first().copied().unwrap_or(NONE)
}

fn last(row: &Row) -> Cell {
    row.cells.last().copied().unwrap_or(NONE)
}

const NONE: Cell = Cell {
    hops: 0,
    ratio: f64::NAN,
    quartiles: (f64::NAN, f64::NAN),
    bytes: 0,
};

#[cfg(test)]
mod tests {
    use super::{figures, grouped, markdown, short};
    use crate::outcome::{Cell, Outcome, PROCESSES, Row};
    use crate::story::HOPS;

    fn row(id: &'static str, factor: f64, bytes: usize) -> Row {
        let cell = |hops: usize| Cell {
            hops,
            ratio: factor * hops as f64,
            quartiles: (0.0, 0.0),
            bytes: bytes * hops,
        };
        Row {
            id,
            title: id,
            cells: HOPS.map(cell).to_vec(),
        }
    }

    fn outcome() -> Outcome {
        Outcome {
            unit: 30.0,
            length: 300,
            rounds: 1,
            rows: vec![
                row("delegant-cold", 1.0, 100),
                row("tenuo", 3.0, 200),
                row("biscuit", 2.0, 150),
            ],
        }
    }

    #[test]
    fn the_lead_is_measured_against_the_quickest_peer() {
        assert!(figures(&outcome()).contains("figure peers-ahead-cold 2.00 ratio"));
    }

    #[test]
    fn bytes_per_hop_are_what_every_further_hop_adds() {
        let figures = figures(&outcome());
        assert!(figures.contains("figure peers-bytes-per-hop 100 bytes"));
        assert!(figures.contains("figure peers-bytes-per-hop-tenuo 200 bytes"));
    }

    #[test]
    fn every_figure_is_one_line_of_identifier_number_and_unit() {
        for line in figures(&outcome()).lines() {
            let mut words = line.split(' ');
            assert_eq!(words.next(), Some("figure"), "{line}");
            assert!(words.next().unwrap().starts_with("peers-"), "{line}");
            assert!(words.next().unwrap().parse::<f64>().is_ok(), "{line}");
            assert!(words.next().is_some(), "{line}");
        }
    }

    #[test]
    fn the_table_has_as_many_cells_in_every_row() {
        let table = markdown(&outcome());
        let cells = table.lines().map(|line| line.matches('|').count());
        assert!(cells.clone().all(|cells| cells == 9), "{table}");
        assert_eq!(cells.count(), 5);
    }

    #[test]
    fn numbers_are_short_and_thousands_apart() {
        assert_eq!([short(1.234), short(9.996)], ["1.23", "10.0"]);
        assert_eq!([grouped(999), grouped(7260)], ["999", "7,260"]);
    }
}
