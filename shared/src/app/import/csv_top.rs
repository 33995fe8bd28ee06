//! What lies above the rows of a CSV file: byte order mark, `sep=;`, comments; and its delimiter.

use super::Failure;
use super::options::Options;
use super::records::Delimiter;

/// Lines that tell the delimiter.
const DELIMITER_LINES: usize = 20;

/// Where the table begins.
#[derive(Debug, PartialEq)]
pub(super) struct Top {
    pub start: usize,
    pub line: u64,
    /// That of a first line `sep=;`, as Excel writes it.
    pub delimiter: Option<u8>,
    /// The texts of the comments.
    pub comments: Vec<Vec<u8>>,
}

impl Top {
    /// Passes over what is not the table. `None` when the head of the file is too short to tell.
    pub(super) fn find(head: &[u8], last: bool, options: &Options) -> Option<Self> {
        let mut top = Self {
            start: if head.starts_with("\u{feff}".as_bytes()) {
                3
            } else {
                0
            },
            line: 1,
            delimiter: None,
            comments: Vec::new(),
        };
        for _ in 0..options.skip_lines {
            let Some(end) = line_end(head, top.start) else {
                return last.then_some(Self {
                    start: head.len(),
                    ..top
                });
            };
            top.start = end;
            top.line += 1;
        }
        top.take_separator(head);
        top.skip_comments(head, options.comment.unwrap_or(b'#'));
        Some(top)
    }

    fn take_separator(&mut self, head: &[u8]) {
        let rest = head.get(self.start..).unwrap_or(&[]);
        let end = rest.iter().position(|byte| b"\r\n".contains(byte));
        let line = end.and_then(|end| rest.get(..end)).unwrap_or(&[]);
        let line = match line {
            [b'"', inner @ .., b'"'] => inner,
            line => line,
        };
        let is_named = line
            .get(..4)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"sep="));
        if let (true, Some([delimiter])) = (is_named, line.get(4..))
            && let Some(end) = line_end(head, self.start)
        {
            self.delimiter = Some(*delimiter);
            self.start = end;
            self.line += 1;
        }
    }

    /// Passes over empty lines and comments.
    fn skip_comments(&mut self, head: &[u8], comment: u8) {
        let begins = |byte: &u8| *byte == comment || b"\r\n".contains(byte);
        while head.get(self.start).is_some_and(begins) {
            let Some(end) = line_end(head, self.start) else {
                self.start = head.len();
                return;
            };
            let text = head.get(self.start + 1..end).unwrap_or(&[]).trim_ascii();
            if !text.is_empty() {
                self.comments.push(text.to_vec());
            }
            self.start = end;
            self.line += 1;
        }
    }
}

/// Where the next line begins.
fn line_end(head: &[u8], start: usize) -> Option<usize> {
    let rest = head.get(start..)?;
    let end = start + rest.iter().position(|byte| b"\r\n".contains(byte))?;
    let is_crlf = head
        .get(end..)
        .is_some_and(|rest| rest.starts_with(b"\r\n"));
    Some(end + if is_crlf { 2 } else { 1 })
}

/// The delimiter that gives the most lines the same number of cells, and then the most cells.
pub(super) fn guess_delimiter(body: &[u8], options: &Options) -> Delimiter {
    let point = options.notation.point;
    let candidates = b",;\t|"
        .iter()
        .filter(|byte| point != b',' || **byte != b',');
    let score = |delimiter: &u8| {
        let mut counts: Vec<usize> = Vec::new();
        let (mut count, mut quoted) = (0, false);
        for byte in body {
            match byte {
                b'"' => quoted = !quoted,
                b'\n' | b'\r' if !quoted => {
                    counts.push(count);
                    count = 0;
                }
                byte if byte == delimiter && !quoted => count += 1,
                _ => {}
            }
            if counts.len() > 2 * DELIMITER_LINES {
                break;
            }
        }
        counts.push(count);
        counts.retain(|count| *count > 0);
        let most = counts.iter().map(|count| {
            (
                counts.iter().filter(|other| *other == count).count(),
                *count,
            )
        });
        most.max().unwrap_or((0, 0))
    };
    // Of equals the first.
    let mut best = (b',', (0, 0));
    for delimiter in candidates {
        let score = score(delimiter);
        if score > best.1 {
            best = (*delimiter, score);
        }
    }
    Delimiter::Byte(best.0)
}

/// # Errors
/// When this is no text file; says what it is.
pub(super) fn refuse_other_files(head: &[u8]) -> Result<(), Failure> {
    let kinds: [(&[u8], &str); 6] = [
        (b"\x1f\x8b", "is compressed with gzip: send it unpacked"),
        (
            b"PK\x03\x04",
            "is a ZIP archive or an Excel workbook: save the sheet as CSV",
        ),
        (
            b"\xd0\xcf\x11\xe0",
            "is an old Excel workbook: save the sheet as CSV",
        ),
        (
            b"\x28\xb5\x2f\xfd",
            "is compressed with zstd: send it unpacked",
        ),
        (b"PAR1", "is a Parquet file: save it as CSV or NDJSON"),
        (b"%PDF", "is a PDF file"),
    ];
    match kinds.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, reason)) => Err(Failure::of_file(reason)),
        None if head.contains(&0) => Err(Failure::of_file(
            "has zero bytes: it is binary, or UTF-16 text, which `?encoding=utf-16` reads",
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_lines_agree_on() {
        for (text, expected) in [
            ("a,b\n1,2\n", b','),
            ("date;v\n2012-01-01;12,8\n2012-01-02;1,5\n", b';'),
            ("a\tb, c\n1\t2\n", b'\t'),
            ("a|b\n1|2", b'|'),
            ("a\n1\n", b','),
            ("", b','),
            ("\"a;b;c\",d\n\"e;f;g\",h\n", b','),
            ("t;x;y\n1;1,5;2,5\n2;1,6;2,6\n", b';'),
        ] {
            assert_eq!(
                guess_delimiter(text.as_bytes(), &Options::default()),
                Delimiter::Byte(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_above_the_table_is_passed_over() {
        let skip = Options {
            skip_lines: 2,
            ..Options::default()
        };
        for (options, text, start, line, delimiter) in [
            (&Options::default(), "a,b", 0, 1, None),
            (&Options::default(), "# x\n# y\r\na,b", 9, 3, None),
            (&Options::default(), "\u{feff}#\ra", 5, 2, None),
            (&Options::default(), "#", 1, 1, None),
            (&Options::default(), "\n\n#x\n", 5, 4, None),
            (&Options::default(), "sep=;\r\na;b", 7, 2, Some(b';')),
            (
                &Options::default(),
                "\u{feff}\"sep=,\"\n#\na;b",
                13,
                3,
                Some(b','),
            ),
            (&Options::default(), "sep=;;\na;b", 0, 1, None),
            (&skip, "x\ny\r\na,b", 5, 3, None),
            (&skip, "x\ny\nsep=|\na,b", 10, 4, Some(b'|')),
            (&skip, "x", 1, 1, None),
        ] {
            let top = Top::find(text.as_bytes(), true, options).expect(text);
            let found = (top.start, top.line, top.delimiter);
            assert_eq!(found, (start, line, delimiter), "{text:?}");
        }
        assert_eq!(Top::find(b"x\ny", false, &skip), None);
    }
}
