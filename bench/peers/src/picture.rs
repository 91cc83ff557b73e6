//! What does it look like? Two panels, both logarithmic: time and bytes, by the number of hands.

use std::fmt::Write;

use crate::outcome::{Cell, Outcome, Row};
use crate::story::HOPS;
use crate::table::{grouped, remembers, short};

/// The picture as an SVG. It brings its own ground, so that it is legible on any page, and a second
/// set of colours for readers who prefer dark ones. Uncompressed containers are left to the table: their
/// lines would lie on those of the compressed ones.
pub(crate) fn draw(outcome: &Outcome) -> String {
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title" font-family="ui-sans-serif, system-ui, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif" font-size="12">
<title id="title">Time to decide and bytes in the header, by the number of hands on the way</title>
<style>{}</style>
<rect class="ground" x="0.5" y="0.5" width="{}" height="{}" rx="10"/>
"#,
        style(),
        WIDTH - 1.0,
        HEIGHT - 1.0
    );
    let time = Panel {
        left: 58.0,
        title: "Time to decide",
        unit: "in units of one bare Ed25519 verification",
        ticks: &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0],
        write: |ratio| format!("{ratio}×"),
    };
    let shown = || outcome.rows.iter().filter(|row| !row.id.contains("plain"));
    let lines = shown().map(|row| Line {
        class: class(row.id),
        is_dashed: remembers(row.id),
        name: row.title.to_owned(),
        points: points(row, |cell| cell.ratio),
        value: short,
    });
    time.draw(&mut svg, lines.collect());
    let bytes = Panel {
        left: 614.0,
        title: "Bytes in the header",
        unit: "as text, everything that is sent",
        ticks: &[50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0],
        write: |bytes| grouped(bytes as usize),
    };
    let sent = shown().filter(|row| !remembers(row.id));
    let lines = sent.map(|row| Line {
        class: class(row.id),
        is_dashed: false,
        name: sent_by(row).to_owned(),
        points: points(row, |cell| cell.bytes as f64),
        value: |bytes| grouped(bytes as usize),
    });
    bytes.draw(&mut svg, lines.collect());
    svg.push_str("</svg>\n");
    svg
}

const WIDTH: f64 = 1150.0;
const HEIGHT: f64 = 430.0;
const PLOT_WIDTH: f64 = 276.0;
const TOP: f64 = 74.0;
const BOTTOM: f64 = 372.0;
/// Between two labels, so that neither covers the other.
const LABEL_HEIGHT: f64 = 16.0;

/// Ground, rim, title, note and grid, on light and on dark.
const GROUNDS: [[&str; 5]; 2] = [
    ["#fff", "#d8dee4", "#1f2328", "#59636e", "#e6eaef"],
    ["#0d1117", "#30363d", "#f0f6fc", "#9198a1", "#21262d"],
];

/// The colour of each class, on light and on dark.
const COLOURS: [(&str, [&str; 2]); 5] = [
    ("ours", ["#0a6e5c", "#3fcfae"]),
    ("biscuit", ["#b35900", "#f0a050"]),
    ("tenuo", ["#8a3ffc", "#be95ff"]),
    ("jwt", ["#57606a", "#9aa4af"]),
    ("office", ["#0b66c3", "#6cb6ff"]),
];

fn style() -> String {
    let mut style = String::from(
        "\n.title{font-size:15px;font-weight:600}.line,.leader{fill:none}.line{stroke-width:2}\
        .line.ours{stroke-width:3.2}.dashed{stroke-dasharray:5 4}text.ours{font-weight:600}\
        .leader{stroke-width:.8;opacity:.55}\n",
    );
    for (index, [ground, rim, title, note, grid]) in GROUNDS.into_iter().enumerate() {
        let mut rules = format!(
            ".ground{{fill:{ground};stroke:{rim}}}.title{{fill:{title}}}.note{{fill:{note}}}.grid{{stroke:{grid}}}"
        );
        for (class, colours) in COLOURS {
            let colour = colours.get(index).copied().unwrap_or("gray");
            _ = write!(
                rules,
                "\n.line.{class},.leader.{class}{{stroke:{colour}}}.dot.{class},text.{class}{{fill:{colour}}}"
            );
        }
        if index == 0 {
            _ = writeln!(style, "{rules}");
        } else {
            _ = writeln!(style, "@media (prefers-color-scheme:dark){{{rules}}}");
        }
    }
    style
}

/// The title without what makes no difference on the wire.
fn sent_by(row: &Row) -> &'static str {
    let title = row.title;
    let is_after = |it: &&str| [", nothing known", ", loopback"].contains(it);
    match title.rfind(',').and_then(|at| title.split_at_checked(at)) {
        Some((name, rest)) if is_after(&rest) => name,
        _ => title,
    }
}

/// Whose colour.
fn class(id: &str) -> &'static str {
    match id.split('-').next() {
        Some("delegant") => "ours",
        Some("biscuit") => "biscuit",
        Some("tenuo") => "tenuo",
        Some("jwt") => "jwt",
        _ => "office",
    }
}

fn points(row: &Row, value: impl Fn(&Cell) -> f64) -> Vec<(usize, f64)> {
    row.cells.iter().map(|it| (it.hops, value(it))).collect()
}

/// One line, and what stands at its end.
struct Line {
    class: &'static str,
    is_dashed: bool,
    name: String,
    points: Vec<(usize, f64)>,
    value: fn(f64) -> String,
}

/// One coordinate system.
struct Panel {
    left: f64,
    title: &'static str,
    unit: &'static str,
    ticks: &'static [f64],
    write: fn(f64) -> String,
}

impl Panel {
    fn draw(&self, svg: &mut String, lines: Vec<Line>) {
        let (left, right) = (self.left, self.left + PLOT_WIDTH);
        let values = || {
            lines
                .iter()
                .flat_map(|line| &line.points)
                .map(|(_, it)| *it)
        };
        let low = values().fold(f64::INFINITY, f64::min) * 0.85;
        let high = values().fold(0.0, f64::max) * 1.15;
        let y = |value: f64| BOTTOM - (BOTTOM - TOP) * (value / low).ln() / (high / low).ln();
        let last = HOPS.last().copied().unwrap_or(1) as f64;
        let x = |hops: usize| left + PLOT_WIDTH * (hops as f64).ln() / last.ln();

        _ = writeln!(
            svg,
            r#"<text class="title" x="{left}" y="32">{}</text><text class="note" x="{left}" y="50">{}</text>"#,
            self.title, self.unit
        );
        for &tick in self
            .ticks
            .iter()
            .filter(|tick| (low..=high).contains(*tick))
        {
            let at = y(tick);
            _ = writeln!(
                svg,
                r#"<path class="grid" d="M{left} {at:.1}H{right}"/><text class="note" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
                left - 9.0,
                at + 4.0,
                (self.write)(tick)
            );
        }
        for hops in HOPS {
            _ = writeln!(
                svg,
                r#"<text class="note" x="{:.1}" y="{}" text-anchor="middle">{hops}</text>"#,
                x(hops),
                BOTTOM + 20.0
            );
        }
        _ = writeln!(
            svg,
            r#"<text class="note" x="{:.1}" y="{}" text-anchor="middle">hands on the way</text>"#,
            left + PLOT_WIDTH / 2.0,
            BOTTOM + 40.0
        );

        let ends = lines
            .iter()
            .map(|line| line.points.last().map_or(low, |it| it.1));
        let labels = apart(&ends.clone().map(y).collect::<Vec<_>>());
        // Ours on top.
        let mut order: Vec<_> = lines.iter().zip(ends).zip(labels).collect();
        order.sort_by_key(|((line, _), _)| line.class == "ours");
        for ((line, end), label) in order {
            let class = line.class;
            let dashed = if line.is_dashed { " dashed" } else { "" };
            let path: Vec<String> = line
                .points
                .iter()
                .map(|&(hops, value)| format!("{:.1} {:.1}", x(hops), y(value)))
                .collect();
            _ = writeln!(
                svg,
                r#"<path class="line {class}{dashed}" d="M{}"/>"#,
                path.join("L")
            );
            for &(hops, value) in &line.points {
                let (x, y) = (x(hops), y(value));
                _ = writeln!(
                    svg,
                    r#"<circle class="dot {class}" cx="{x:.1}" cy="{y:.1}" r="2.6"/>"#
                );
            }
            _ = writeln!(
                svg,
                r#"<path class="leader {class}" d="M{:.1} {:.1}L{:.1} {label:.1}"/><text class="{class}" x="{:.1}" y="{:.1}">{} {}</text>"#,
                right + 5.0,
                y(end),
                right + 19.0,
                right + 23.0,
                label + 4.0,
                line.name,
                (line.value)(end)
            );
        }
    }
}

/// Where labels go that would like to be at these heights: in the same order, none upon another.
fn apart(wanted: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    let wish = |index: usize| wanted.get(index).copied().unwrap_or(0.0);
    order.sort_by(|&one, &other| wish(one).total_cmp(&wish(other)));
    // Groups of neighbours that touch, each spread evenly around the middle of its members' wishes.
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let middle =
        |group: &[usize]| group.iter().map(|&it| wish(it)).sum::<f64>() / group.len() as f64;
    let half = |group: &[usize]| group.len() as f64 * LABEL_HEIGHT / 2.0;
    for index in order {
        let mut group = vec![index];
        while let Some(above) = groups.pop() {
            if middle(&above) + half(&above) <= middle(&group) - half(&group) {
                groups.push(above);
                break;
            }
            group.splice(0..0, above);
        }
        groups.push(group);
    }
    let mut places = vec![0.0; wanted.len()];
    for group in groups {
        let top = middle(&group) - half(&group) + LABEL_HEIGHT / 2.0;
        for (rank, index) in group.iter().enumerate() {
            if let Some(place) = places.get_mut(*index) {
                *place = top + rank as f64 * LABEL_HEIGHT;
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{LABEL_HEIGHT, apart, draw};
    use crate::outcome::{Cell, Outcome, Row};
    use crate::story::HOPS;

    #[test]
    fn labels_keep_their_order_and_never_touch() {
        let wanted = [100.0, 101.0, 99.0, 300.0, 120.0, 310.0];
        let places = apart(&wanted);
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        order.sort_by(|&one, &other| wanted[one].total_cmp(&wanted[other]));
        for pair in order.windows(2) {
            let gap = places[pair[1]] - places[pair[0]];
            assert!(gap >= LABEL_HEIGHT - 1e-9, "{places:?}");
        }
        assert_eq!(apart(&[10.0, 200.0]), [10.0, 200.0]);
    }

    #[test]
    fn a_picture_names_every_contestant() {
        let cell = |hops| Cell {
            hops,
            ratio: hops as f64,
            quartiles: (1.0, 1.0),
            bytes: 100 * hops,
        };
        let row = |id, title| Row {
            id,
            title,
            cells: HOPS.map(cell).to_vec(),
        };
        let svg = draw(&Outcome {
            unit: 30.0,
            length: 300,
            rounds: 1,
            rows: vec![
                row("delegant-cold", "Delegant, nothing known"),
                row("tenuo", "Tenuo"),
            ],
        });
        assert!(svg.contains(">Delegant, nothing known 16.0<") && svg.contains(">Tenuo 16.0<"));
        assert!(svg.contains(">Delegant 1,600<") && !svg.contains("NaN"));
    }
}
