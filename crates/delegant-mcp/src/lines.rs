//! How do messages come in and go out of a pipe? One a line, of bounded length.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};

use crate::message::MessageError;

/// What came in.
#[derive(Debug, PartialEq)]
pub(crate) enum Line {
    /// A line, without its end.
    Text(String),
    /// A line that is no text, or too long: what is said of it is for the one who sent it.
    Unreadable(Unreadable),
    /// Nothing comes any more.
    End,
}

/// Why a line was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    NotText,
    TooLong { maximum: usize },
}

impl From<Unreadable> for MessageError {
    fn from(why: Unreadable) -> Self {
        match why {
            Unreadable::NotText => Self::NotText,
            Unreadable::TooLong { maximum } => Self::TooLarge { maximum },
        }
    }
}

/// Reads the next line that is not empty. One that is too long is passed over to its end, and never held.
pub(crate) async fn read(
    input: &mut (impl AsyncBufRead + Unpin),
    maximum: usize,
) -> io::Result<Line> {
    let (mut line, mut is_too_long) = (Vec::new(), false);
    loop {
        let available = input.fill_buf().await?;
        if available.is_empty() && line.is_empty() && !is_too_long {
            return Ok(Line::End);
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let (part, _) = available.split_at(end.unwrap_or(available.len()));
        is_too_long |= line.len().saturating_add(part.len()) > maximum;
        if !is_too_long {
            line.extend_from_slice(part);
        }
        let is_over = end.is_some() || available.is_empty();
        let taken = part.len().saturating_add(usize::from(end.is_some()));
        input.consume(taken);
        if !is_over {
            continue;
        }
        if is_too_long {
            return Ok(Line::Unreadable(Unreadable::TooLong { maximum }));
        }
        if line.trim_ascii().is_empty() {
            line.clear();
            continue;
        }
        if line.ends_with(b"\r") {
            line.pop();
        }
        let read = String::from_utf8(line).map(Line::Text);
        return Ok(read.unwrap_or(Line::Unreadable(Unreadable::NotText)));
    }
}

/// Writes a message as one line. A message that was written over several lines becomes one.
pub(crate) async fn write(output: &mut (impl AsyncWrite + Unpin), message: &str) -> io::Result<()> {
    let mut line = if message.contains(['\n', '\r']) {
        // Between the texts of a JSON document a line break is white space; within them it cannot be.
        message.replace(['\n', '\r'], " ")
    } else {
        message.to_owned()
    };
    line.push('\n');
    output.write_all(line.as_bytes()).await?;
    output.flush().await
}

#[cfg(test)]
mod tests {
    use tokio::io::BufReader;

    use super::*;

    #[tokio::test]
    async fn reads_line_by_line_and_passes_over_what_it_cannot_read() {
        let long = "x".repeat(100);
        let sent = [b"a\r\n\n  \nb\n".as_slice(), long.as_bytes(), b"\n\xff\nc"].concat();
        let mut input = BufReader::with_capacity(7, sent.as_slice());
        let too_long = Line::Unreadable(Unreadable::TooLong { maximum: 20 });
        let not_text = Line::Unreadable(Unreadable::NotText);
        for expected in [
            Line::Text("a".to_owned()),
            Line::Text("b".to_owned()),
            too_long,
            not_text,
            Line::Text("c".to_owned()),
            Line::End,
        ] {
            assert_eq!(read(&mut input, 20).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn a_message_is_one_line() {
        let mut output = Vec::new();
        write(&mut output, "{\n \"a\":\r\n1}").await.unwrap();
        assert_eq!(output, b"{  \"a\":  1}\n");
    }
}
