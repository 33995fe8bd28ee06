//! How a CSV file is laid out, told from its first lines: delimiter, header, width.

use crate::domain::Fault;

use super::Failure;
use super::cell::{Cell, counted, trim};
use super::csv_header::Header;
use super::csv_top::{Top, guess_delimiter, refuse_other_files};
use super::headings::Heading;
use super::records::{Delimiter, Records, Step};
use super::rows::Rows;
use super::sample::Sample;
use super::unpivot::Unpivot;

/// How a file is laid out.
pub(super) struct Layout {
    /// Ready for the first row.
    pub records: Records,
    /// Where the first row begins.
    pub start: usize,
    /// Cells of a row.
    pub width: usize,
    /// The columns that rows are to have.
    pub headings: Vec<Heading>,
    /// The names of the columns that the file has.
    pub file_names: Vec<String>,
    /// How many cells the header has and on which line it is, for faults; `None` without a header.
    pub header: Option<(usize, u64)>,
    pub sample: Sample,
    pub unpivot: Option<Unpivot>,
    /// Whether a space follows every delimiter of the header, and so belongs to no cell.
    pub spaced: bool,
    pub notes: Vec<String>,
}

/// Rows that tell the columns with the time.
const SAMPLE_ROWS: usize = 500;

/// A record of the head of a file.
struct Line {
    cells: Vec<String>,
    start: usize,
    number: u64,
    is_utf8: bool,
}

/// The layout, or `None` if the head of the file is too short to tell; `last` says that there is no
/// more of it.
///
/// # Errors
/// When this is no text file that can be read, or it has no rows.
pub(super) fn find(head: &[u8], last: bool, rows: &Rows) -> Result<Option<Layout>, Failure> {
    refuse_other_files(head)?;
    let options = rows.options();
    let Some(top) = Top::find(head, last, options) else {
        return Ok(None);
    };
    let body = head.get(top.start..).unwrap_or(&[]);
    let delimiter = options
        .delimiter
        .or(top.delimiter.map(Delimiter::Byte))
        .unwrap_or_else(|| guess_delimiter(body, options));
    let records = |line| Records::new(delimiter, options.comment, line);
    let mut lines = read_lines(records(top.line), body, last)?;
    if lines.is_empty() {
        return match last {
            true => Err(Failure::of_file("the file is empty")),
            false => Ok(None),
        };
    }
    let cells: Vec<Vec<String>> = lines.iter().map(|line| line.cells.clone()).collect();
    let Header { above, is_there } = Header::find(&cells, options);
    let mut notes = Vec::new();
    if above > 0 {
        notes.push(format!(
            "{} above the header left out: not part of the table",
            counted(above as u64, "line")
        ));
    }
    lines.drain(..above);
    let header = match is_there {
        true => Some(lines.remove(0)),
        false => {
            let width = lines.first().map_or(0, |line| line.cells.len());
            let line = (!top.comments.is_empty() && options.header.is_none())
                .then(|| names_in_comments(&top.comments, &records(1), width));
            line.flatten().inspect(|_| {
                notes.push(
                    "the names of the columns were taken from a comment above them".to_owned(),
                );
            })
        }
    };
    let Some(first) = lines.first() else {
        return match last {
            true => Err(Failure::of_file("the file has a header and no rows")),
            false => Ok(None),
        };
    };
    let (start, line) = (first.start, first.number);
    let names = names_of(header.as_ref(), &lines, &mut notes)?;
    let width = names.len();
    let value = |cell: &String| match rows.bare(cell) {
        Cell::Bare(text) => Some(trim(text).to_owned()),
        _ => None,
    };
    let sample = Sample {
        names: names.iter().map(|heading| heading.name.clone()).collect(),
        rows: lines
            .iter()
            .map(|line| line.cells.iter().map(value).collect())
            .collect(),
        time: None,
    };
    let file_names = sample.names.clone();
    let (unpivot, headings, sample) = arrange(rows, names, sample)?;
    Ok(Some(Layout {
        records: records(line),
        start: top.start + start,
        width,
        headings,
        file_names,
        header: header
            .as_ref()
            .map(|header| (header.cells.len(), header.number)),
        sample,
        unpivot,
        spaced: header.is_some_and(|header| {
            let mut others = header.cells.iter().skip(1);
            header.cells.len() > 1 && others.all(|name| name.starts_with(' '))
        }),
        notes,
    }))
}

/// The columns that rows are to have: those of the file, unless columns become rows.
fn arrange(
    rows: &Rows,
    names: Vec<Heading>,
    sample: Sample,
) -> Result<(Option<Unpivot>, Vec<Heading>, Sample), Failure> {
    let Some(value) = &rows.options().unpivot else {
        return Ok((None, names, sample));
    };
    let unpivot = Unpivot::find(rows.options(), &sample)
        .map_err(|detail| Failure::invalid(vec![Fault::new("unpivot", detail)]))?;
    let sample = unpivot.sample(&sample, value.as_str());
    let named = |(at, name): (usize, &String)| Heading {
        name: name.clone(),
        unnamed: unpivot
            .kept
            .get(at)
            .and_then(|column| names.get(*column))
            .is_some_and(|heading| heading.unnamed),
    };
    let headings = sample.names.iter().enumerate().map(named).collect();
    Ok((Some(unpivot), headings, sample))
}

/// The first comment that has a word for each column.
fn names_in_comments(comments: &[Vec<u8>], records: &Records, width: usize) -> Option<Line> {
    let is_name = |cell: &String| cell.chars().any(char::is_alphabetic);
    comments.iter().find_map(|comment| {
        let mut records = records.clone();
        let is_record = matches!(records.step(comment, true), Step::Record { .. });
        let cells = is_record.then(|| records.record(comment).lossy_cells())?;
        let are_names = width > 1 && cells.len() == width && cells.iter().all(is_name);
        are_names.then_some(Line {
            cells,
            start: 0,
            number: 1,
            is_utf8: std::str::from_utf8(comment).is_ok(),
        })
    })
}

/// The first records that are not blank.
fn read_lines(mut records: Records, body: &[u8], last: bool) -> Result<Vec<Line>, Failure> {
    let mut lines: Vec<Line> = Vec::new();
    let mut at = 0;
    while lines.len() <= SAMPLE_ROWS {
        let data = body.get(at..).unwrap_or(&[]);
        let failure = match records.step(data, last) {
            Step::Record { bytes, line } => {
                let record = records.record(data);
                let cells = record.lossy_cells();
                if cells.iter().any(|cell| !cell.trim().is_empty()) {
                    lines.push(Line {
                        cells,
                        start: at,
                        number: line,
                        is_utf8: std::str::from_utf8(record.text()).is_ok(),
                    });
                }
                at += bytes;
                continue;
            }
            Step::Blank { bytes } => {
                at += bytes;
                continue;
            }
            Step::More => break,
            Step::TooLong { line } => too_long(line),
            Step::Binary { line } => binary(line),
        };
        // Rows that were read tell the layout; what is wrong later is told when it comes.
        if lines.len() < 2 {
            return Err(failure);
        }
        break;
    }
    Ok(lines)
}

/// The columns by the header, or by their positions.
fn names_of(
    header: Option<&Line>,
    lines: &[Line],
    notes: &mut Vec<String>,
) -> Result<Vec<Heading>, Failure> {
    let width = lines.first().map_or(0, |line| line.cells.len());
    let Some(header) = header else {
        notes.push(format!(
            "the first line has no names: the columns are called column_1 to column_{width}; if it does have, say `?header=true`"
        ));
        return Ok((0..width).map(|at| heading(at, "", false)).collect());
    };
    if !header.is_utf8 {
        return Err(Failure::invalid(vec![Fault::new(
            format!("line {}", header.number),
            NOT_UTF8,
        )]));
    }
    let mut names = header.cells.clone();
    // A delimiter at the end of the header alone makes no column.
    let named = names.iter().rposition(|name| !name.trim().is_empty());
    let agree = lines.iter().all(|line| line.cells.len() == width);
    if agree && (named.map_or(0, |last| last + 1)..names.len()).contains(&width) {
        names.truncate(width);
    }
    let headings = names.iter().enumerate();
    let headings = headings.map(|(at, name)| heading(at, name, true)).collect();
    Ok(with_distinct_names(headings, notes))
}

pub(super) const NOT_UTF8: &str = "has bytes that are not UTF-8: save the file as UTF-8, or name its encoding, such as `?encoding=windows-1252`";

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

/// Gives columns whose name an earlier one has a number: `QF`, `QF_2`.
fn with_distinct_names(mut headings: Vec<Heading>, notes: &mut Vec<String>) -> Vec<Heading> {
    let given: Vec<String> = headings
        .iter()
        .map(|heading| heading.name.clone())
        .collect();
    let mut taken: Vec<String> = Vec::new();
    for heading in &mut headings {
        let name = heading.name.clone();
        let mut number = 1;
        while taken.contains(&heading.name) || number > 1 && given.contains(&heading.name) {
            number += 1;
            heading.name = format!("{name}_{number}");
        }
        if number > 1 {
            notes.push(format!(
                "column {} is called `{name}` as an earlier one is: it was named `{}`",
                taken.len() + 1,
                heading.name
            ));
        }
        taken.push(heading.name.clone());
    }
    headings
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
