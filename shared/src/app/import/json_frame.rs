//! Where the rows of a JSON file begin and end.

use std::ops::Range;

use crate::domain::Fault;

use super::Failure;
use super::json_object::nested_end;
use super::records::MAX_RECORD;

/// What lies around the rows, followed as the file arrives.
pub(super) struct Frame {
    stage: Stage,
    /// The number of the last row: a line of NDJSON, an element of an array.
    row: u64,
    /// Whether the place of a byte order mark has been passed.
    begun: bool,
}

/// What is expected next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    /// A line that is an object.
    Line,
    /// The array, or an object that has it.
    Start,
    /// An element of the array; `wrapped` tells that the array is a member of an object.
    Element {
        wrapped: bool,
        first: bool,
    },
    /// What follows the element.
    Comma {
        wrapped: bool,
    },
    /// What follows the array in the object around it.
    Rest {
        depth: u32,
        in_text: bool,
        escaped: bool,
    },
    End,
}

const REST: Stage = Stage::Rest {
    depth: 1,
    in_text: false,
    escaped: false,
};

/// Something taken off the beginning of the data.
pub(super) struct Taken {
    /// How much of it.
    pub bytes: usize,
    /// The row in it, if it has one.
    pub row: Option<Range<usize>>,
}

impl Taken {
    fn nothing(bytes: usize) -> Self {
        Self { bytes, row: None }
    }
}

impl Frame {
    /// `lines` tells that each line is a row.
    pub(super) fn new(lines: bool) -> Self {
        Self {
            stage: if lines { Stage::Line } else { Stage::Start },
            row: 0,
            begun: false,
        }
    }

    /// The number of the last row, from 1.
    pub(super) fn row(&self) -> u64 {
        self.row
    }

    pub(super) fn has_lines(&self) -> bool {
        self.stage == Stage::Line
    }

    /// Takes one thing off the beginning of `data`; `None` when there is no more to take. `last`
    /// tells that the file ends with the data.
    pub(super) fn step(&mut self, data: &[u8], last: bool) -> Result<Option<Taken>, Failure> {
        if self.stage == Stage::Line {
            return self.line(data, last);
        }
        if let Stage::Rest { .. } = self.stage {
            return Ok(self.rest(data).map(Taken::nothing));
        }
        if !self.begun && !data.is_empty() {
            let mark = "\u{feff}".as_bytes();
            if data.len() < mark.len() && mark.starts_with(data) && !last {
                return Ok(None);
            }
            self.begun = true;
            if data.starts_with(mark) {
                return Ok(Some(Taken::nothing(mark.len())));
            }
        }
        let is_blank = |byte: &&u8| b" \t\r\n".contains(byte);
        let blank = data.iter().take_while(is_blank).count();
        let data = data.get(blank..).unwrap_or(&[]);
        let Some(first) = data.first() else {
            return Ok((blank > 0).then_some(Taken::nothing(blank)));
        };
        let mut row = None;
        let bytes = match (self.stage, first) {
            (Stage::Start, b'[') => {
                self.stage = Stage::Element {
                    wrapped: false,
                    first: true,
                };
                Some(1)
            }
            (Stage::Start, b'{') => match find_array(data) {
                Some(Found::Array(start)) => {
                    self.stage = Stage::Element {
                        wrapped: true,
                        first: true,
                    };
                    Some(start + 1)
                }
                // An object without an array is a row by itself.
                Some(Found::Object(end)) => {
                    self.stage = Stage::End;
                    row = Some(end);
                    Some(end)
                }
                None => None,
            },
            (Stage::Start, _) => {
                return Err(Failure::of_file(
                    "is not JSON: it begins with neither `[` nor `{`",
                ));
            }
            (
                Stage::Element {
                    wrapped,
                    first: true,
                }
                | Stage::Comma { wrapped },
                b']',
            ) => {
                self.stage = if wrapped { REST } else { Stage::End };
                Some(1)
            }
            (Stage::Comma { wrapped }, b',') => {
                self.stage = Stage::Element {
                    wrapped,
                    first: false,
                };
                Some(1)
            }
            (Stage::Element { wrapped, .. }, b'{') => {
                row = nested_end(data);
                if row.is_some() {
                    self.stage = Stage::Comma { wrapped };
                }
                row
            }
            (Stage::Element { .. }, _) => {
                self.row += 1;
                return Err(self.malformed("a row must be an object, `{\"time\": ..}`"));
            }
            (Stage::Comma { .. }, _) => {
                return Err(self.malformed("after it `,` or `]` is expected"));
            }
            (Stage::End, _) => {
                return Err(Failure::of_file(
                    "there is something after the end of the JSON",
                ));
            }
            (Stage::Line | Stage::Rest { .. }, _) => None,
        };
        self.row += u64::from(row.is_some());
        let row = row.map(|end| blank..blank + end);
        Ok(bytes.map(|bytes| Taken {
            bytes: blank + bytes,
            row,
        }))
    }

    fn line(&mut self, data: &[u8], last: bool) -> Result<Option<Taken>, Failure> {
        let end = match data.iter().position(|byte| *byte == b'\n') {
            Some(end) => end,
            None if last && !data.is_empty() => data.len(),
            None => return Ok(None),
        };
        self.row += 1;
        let line = data.get(..end).unwrap_or(&[]);
        let has_mark = self.row == 1 && line.starts_with("\u{feff}".as_bytes());
        let start = if has_mark { 3 } else { 0 };
        if line.len() > MAX_RECORD {
            return Err(self.malformed("is longer than 1 MiB"));
        }
        let is_blank = line
            .get(start..)
            .is_none_or(|line| line.trim_ascii().is_empty());
        let row = (!is_blank).then_some(start..end);
        Ok(Some(Taken {
            bytes: (end + 1).min(data.len()),
            row,
        }))
    }

    /// Passes over what follows the array in the object around it.
    fn rest(&mut self, data: &[u8]) -> Option<usize> {
        let Stage::Rest {
            mut depth,
            mut in_text,
            mut escaped,
        } = self.stage
        else {
            return None;
        };
        for (at, byte) in data.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_text => escaped = true,
                b'"' => in_text = !in_text,
                b'{' | b'[' if !in_text => depth = depth.saturating_add(1),
                b'}' | b']' if !in_text => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        self.stage = Stage::End;
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        self.stage = Stage::Rest {
            depth,
            in_text,
            escaped,
        };
        (!data.is_empty()).then_some(data.len())
    }

    /// # Errors
    /// When data is left over that is too long to be the beginning of a row.
    pub(super) fn check_rest(&self, rest: usize) -> Result<(), Failure> {
        if rest > MAX_RECORD {
            return Err(self.malformed(
                "after it something begins that is longer than 1 MiB, or does not end",
            ));
        }
        Ok(())
    }

    /// # Errors
    /// When the file may not end here.
    pub(super) fn check_end(&self) -> Result<(), Failure> {
        match self.stage {
            Stage::Start => Err(Failure::of_file("the file is empty")),
            Stage::Line if self.row == 0 => Err(Failure::of_file("the file is empty")),
            Stage::Line | Stage::End => Ok(()),
            _ => Err(Failure::of_file("the file ends in the middle of the array")),
        }
    }

    /// A fault that ends the reading at the last row.
    fn malformed(&self, detail: &str) -> Failure {
        let at = match (self.stage, self.row) {
            (_, 0) => "file".to_owned(),
            (Stage::Line, row) => format!("line {row}"),
            (_, row) => format!("element {row}"),
        };
        Failure::invalid(vec![Fault::new(at, detail)])
    }
}

/// What an object turns out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    /// It has an array of objects, which begins here.
    Array(usize),
    /// It has none and ends here.
    Object(usize),
}

/// Looks for an array of objects, or an empty one, among the members of the object at the
/// beginning of `data`; `None` when the data ends before it is known.
pub(super) fn find_array(data: &[u8]) -> Option<Found> {
    let mut at = 1;
    loop {
        match data.get(at)? {
            b'}' => return Some(Found::Object(at + 1)),
            b'"' => at += text_end(data.get(at..)?)?,
            b'[' => {
                let mut inside = data.get(at + 1..)?.iter();
                if b"{]".contains(inside.find(|byte| !b" \t\r\n".contains(byte))?) {
                    return Some(Found::Array(at));
                }
                at += nested_end(data.get(at..)?)?;
            }
            b'{' => at += nested_end(data.get(at..)?)?,
            _ => at += 1,
        }
    }
}

/// Bytes of the JSON string at the beginning of `data`.
fn text_end(data: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in data.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}
