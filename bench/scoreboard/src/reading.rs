//! What did a command print about its figures?

use serde_json::value::RawValue;

/// One figure, as a command printed it: `figure <id> <number> <unit> [note]`.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) id: String,
    /// The number as it was printed: `1.20` stays `1.20`.
    pub(crate) value: Box<RawValue>,
    pub(crate) unit: String,
    /// Empty where nothing stands behind the unit.
    pub(crate) note: String,
}

/// The figure in a line; none where the line is about something else.
///
/// The test runner writes `test name ... ` before what a test prints first, so that is passed over.
pub(crate) fn reading(line: &str) -> Option<Result<Reading, String>> {
    let line = match line.split_once(" ... ") {
        Some((test, printed)) if test.starts_with("test ") => printed,
        _ => line,
    };
    let rest = line.strip_prefix("figure ")?;
    let mut words = rest.splitn(4, ' ');
    let (Some(id), Some(number), Some(unit)) = (words.next(), words.next(), words.next()) else {
        return Some(Err(line.to_owned()));
    };
    let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_finite = number.parse::<f64>().is_ok_and(f64::is_finite);
    let value = RawValue::from_string(number.to_owned());
    match value {
        Ok(value) if is_finite && !id.is_empty() && id.bytes().all(is_id) && !unit.is_empty() => {
            Some(Ok(Reading {
                id: id.to_owned(),
                value,
                unit: unit.to_owned(),
                note: words.next().unwrap_or_default().trim().to_owned(),
            }))
        }
        _ => Some(Err(line.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::reading;

    #[test]
    fn a_figure_is_read_with_its_unit_and_note() {
        let read = reading("figure warm-8 1.20 verify_strict median of 100 rounds");
        let read = read.unwrap().unwrap();
        assert_eq!((read.id.as_str(), read.value.get()), ("warm-8", "1.20"));
        assert_eq!(read.unit, "verify_strict");
        assert_eq!(read.note, "median of 100 rounds");
    }

    #[test]
    fn a_note_may_be_missing() {
        let read = reading("figure survivors 0 mutants").unwrap().unwrap();
        assert_eq!(read.note, "");
    }

    #[test]
    fn the_name_of_a_test_before_a_figure_is_passed_over() {
        let read = reading("test counts_the_rows ... figure vectors-rows 2131 rows");
        assert_eq!(read.unwrap().unwrap().id, "vectors-rows");
    }

    #[test]
    fn other_lines_are_no_figures() {
        for line in [
            "",
            "figures",
            "a figure x 1 y",
            "  figure x 1 y",
            "test a ... ok",
        ] {
            assert!(reading(line).is_none(), "{line}");
        }
    }

    #[test]
    fn a_line_that_is_half_a_figure_is_not_passed_over() {
        for line in [
            "figure x",
            "figure x 1",
            "figure x 1 ",
            "figure x one y",
            "figure x NaN y",
            "figure x +1 y",
            "figure X 1 y",
            "figure  1 y",
        ] {
            assert!(reading(line).is_some_and(|read| read.is_err()), "{line}");
        }
    }
}
