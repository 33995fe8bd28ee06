//! How a CSV file is laid out, told from its first lines: delimiter, header, width.

use crate::domain::Fault;

use super::Failure;
use super::cell::{Cell, trim};
use super::headings::Heading;
use super::numeral;
use super::options::Options;
use super::records::{Records, Step};
use super::rows::Rows;
use super::time_columns::Sample;
use super::time_forms::{Form, TimeReader};

/// How a file is laid out.
pub(super) struct Layout {
    /// Ready for the first row.
    pub records: Records,
    /// Where the first row begins.
    pub start: usize,
    pub headings: Vec<Heading>,
    /// How many cells a header has, for faults; `None` without a header.
    pub header: Option<usize>,
    pub sample: Sample,
    /// Whether a space follows every delimiter of the header, and so belongs to no cell.
    pub spaced: bool,
    pub notes: Vec<String>,
}

/// Lines that tell the delimiter.
const DELIMITER_LINES: usize = 20;
/// Rows that tell the columns with the time.
const SAMPLE_ROWS: usize = 500;

/// The layout, or `None` if the head of the file is too short to tell; `last` says that there is no
/// more of it.
///
/// # Errors
/// When this is no text file that can be read, or it has no rows.
pub(super) fn find(head: &[u8], last: bool, rows: &Rows) -> Result<Option<Layout>, Failure> {
    refuse_other_files(head)?;
    let options = rows.options();
    let (start, line) = skip_comments(head);
    let body = head.get(start..).unwrap_or(&[]);
    let delimiter = options
        .delimiter
        .unwrap_or_else(|| guess_delimiter(body, options));
    let mut records = Records::new(delimiter, line);
    let mut at = 0;
    let (first, first_at) = loop {
        match next(&mut records, body, at, last)? {
            Some((cells, _, end)) if is_blank(&cells) => at = end,
            Some((cells, start, end)) => {
                at = end;
                break (cells, start);
            }
            None if last => return Err(Failure::of_file("the file is empty")),
            None => return Ok(None),
        }
    };
    let has_header = options
        .header
        .unwrap_or_else(|| looks_like_header(&first, options));
    // Where the rows begin, and the splitter as it is there.
    let rows_at = if has_header { at } else { first_at };
    let ready = if has_header {
        records.clone()
    } else {
        Records::new(delimiter, records.line_of_last())
    };

    let mut lines: Vec<Vec<String>> = if has_header {
        Vec::new()
    } else {
        vec![first.clone()]
    };
    while lines.len() < SAMPLE_ROWS {
        match next(&mut records, body, at, last) {
            Ok(Some((cells, _, end))) => {
                at = end;
                if !is_blank(&cells) {
                    lines.push(cells);
                }
            }
            Err(failure) if lines.is_empty() => return Err(failure),
            Ok(None) | Err(_) => break,
        }
    }
    if lines.is_empty() {
        return if last {
            Err(Failure::of_file("the file has a header and no rows"))
        } else {
            Ok(None)
        };
    }

    let mut notes = Vec::new();
    let mut names = if has_header { first } else { Vec::new() };
    let header = has_header.then_some(names.len());
    let spaced = names.len() > 1 && names.iter().skip(1).all(|name| name.starts_with(' '));
    fit_width(&mut names, &lines, has_header, &mut notes);
    if !has_header {
        let width = lines.first().map_or(0, Vec::len);
        names.resize(width, String::new());
        notes.push(format!(
            "the first line has no names: the columns are called column_1 to column_{width}; if it does have, say `?header=true`"
        ));
    }
    let headings: Vec<Heading> = names
        .iter()
        .enumerate()
        .map(|(at, name)| heading(at, name, has_header))
        .collect();
    let value = |cell: &String| match rows.bare(cell) {
        Cell::Bare(text) => Some(trim(text).to_owned()),
        _ => None,
    };
    let sample = Sample {
        names: headings
            .iter()
            .map(|heading| heading.name.clone())
            .collect(),
        rows: lines
            .iter()
            .map(|cells| cells.iter().map(value).collect())
            .collect(),
    };
    Ok(Some(Layout {
        records: ready,
        start: start + rows_at,
        headings,
        header,
        sample,
        spaced,
        notes,
    }))
}

fn heading(at: usize, name: &str, has_header: bool) -> Heading {
    let name = name.trim();
    if name.is_empty() {
        Heading {
            name: format!("column_{}", at + 1),
            unnamed: has_header,
        }
    } else if name.contains(char::is_control) {
        // A line break within the cell, as spreadsheets have them.
        let words: Vec<&str> = name
            .split(|each: char| each.is_control() || each == ' ')
            .collect();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        Heading {
            name: words.join(" "),
            unnamed: false,
        }
    } else {
        Heading {
            name: name.to_owned(),
            unnamed: false,
        }
    }
}

/// Makes the header as wide as the rows, when these agree: a delimiter at the end of the header
/// alone makes no column, and cells that all rows have beyond the header make columns without
/// names.
fn fit_width(
    names: &mut Vec<String>,
    lines: &[Vec<String>],
    has_header: bool,
    notes: &mut Vec<String>,
) {
    let Some(width) = lines.first().map(Vec::len) else {
        return;
    };
    if !has_header || lines.iter().any(|cells| cells.len() != width) {
        return;
    }
    let header = names.len();
    let named = header
        - names
            .iter()
            .rev()
            .take_while(|name| name.trim().is_empty())
            .count();
    if (named..header).contains(&width) {
        names.truncate(width);
    }
    let surplus =
        |cells: &Vec<String>| cells.iter().skip(header).any(|cell| !trim(cell).is_empty());
    // Fewer rows than these are rather rows with a cell too many than a header with one too few.
    let enough = lines.len() >= 3;
    if width > header && enough && lines.iter().any(surplus) {
        names.resize(width, String::new());
        notes.push(format!(
            "all rows have {width} cells and the header only {header}: check that the names are those of the right columns"
        ));
    }
}

/// The next record of `body` from `at` on, where it begins and where it ends.
fn next(
    records: &mut Records,
    body: &[u8],
    mut at: usize,
    last: bool,
) -> Result<Option<(Vec<String>, usize, usize)>, Failure> {
    loop {
        let data = body.get(at..).unwrap_or(&[]);
        match records.step(data, last) {
            Step::Record { bytes, .. } => {
                return Ok(Some((records.record(data).lossy_cells(), at, at + bytes)));
            }
            Step::Blank { bytes } => at += bytes,
            Step::More => return Ok(None),
            Step::TooLong { line } => return Err(too_long(line)),
            Step::Binary { line } => return Err(binary(line)),
        }
    }
}

fn is_blank(cells: &[String]) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

pub(super) fn too_long(line: u64) -> Failure {
    Failure::invalid(vec![Fault::new(
        format!("line {line}"),
        "a row begins here that is longer than 1 MiB or has more than 5000 cells: is a quote not closed, or is this no CSV file?",
    )])
}

pub(super) fn binary(line: u64) -> Failure {
    Failure::invalid(vec![Fault::new(
        format!("line {line}"),
        "has a zero byte: this is no text file",
    )])
}

fn refuse_other_files(head: &[u8]) -> Result<(), Failure> {
    let kinds: [(&[u8], &str); 8] = [
        (b"\xff\xfe", "is UTF-16 text: save it as UTF-8"),
        (b"\xfe\xff", "is UTF-16 text: save it as UTF-8"),
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
            "has zero bytes: it is binary, or UTF-16 text",
        )),
        None => Ok(()),
    }
}

/// Passes over a byte order mark, and empty lines and lines that begin with `#` at the top. Gives
/// where the rest begins, and its line.
fn skip_comments(head: &[u8]) -> (usize, u64) {
    let mut start = if head.starts_with("\u{feff}".as_bytes()) {
        3
    } else {
        0
    };
    let mut line = 1;
    while let Some(first) = head.get(start).filter(|byte| b"#\r\n".contains(byte)) {
        let rest = head.get(start..).unwrap_or(&[]);
        let text = if *first == b'#' {
            rest.iter().position(|byte| b"\r\n".contains(byte))
        } else {
            Some(0)
        };
        let Some(end) = text.map(|end| start + end) else {
            return (head.len(), line);
        };
        let is_crlf = head
            .get(end..)
            .is_some_and(|rest| rest.starts_with(b"\r\n"));
        start = end + if is_crlf { 2 } else { 1 };
        line += 1;
    }
    (start, line)
}

/// The delimiter that gives the most lines the same number of cells, and then the most cells.
fn guess_delimiter(body: &[u8], options: &Options) -> u8 {
    let candidates = b",;\t|"
        .iter()
        .filter(|byte| options.point != b',' || **byte != b',');
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
    best.0
}

/// Whether no cell of a line is a number or a time, and at least one is not empty.
fn looks_like_header(cells: &[String], options: &Options) -> bool {
    let mut reader = TimeReader::new(Form::Calendar, options.zone.clone());
    let mut is_value = |cell: &String| {
        let cell = trim(cell);
        !cell.is_empty()
            && (numeral::read(cell.as_bytes(), options.point).is_some()
                || reader.read(&[cell]).is_ok())
    };
    !cells.iter().any(&mut is_value)
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
                guess_delimiter(text.as_bytes(), &Options::default()) as char,
                expected as char,
                "{text}"
            );
        }
    }

    #[test]
    fn comments_at_the_top_are_passed_over() {
        for (text, expected) in [
            ("a,b", (0, 1)),
            ("# x\n# y\r\na,b", (9, 3)),
            ("\u{feff}#\ra", (5, 2)),
            ("#", (1, 1)),
            ("\n\n#x\n", (5, 4)),
        ] {
            assert_eq!(skip_comments(text.as_bytes()), expected, "{text:?}");
        }
    }
}
