//! How a file is to be read, as the query parameters say it.

use jiff::tz::TimeZone;

use crate::domain::fault::unknown_name;
use crate::domain::names::quote_name;
use crate::domain::time::named::NamedForm;
use crate::domain::time::parse_zone;
use crate::domain::{Fault, Faults, FieldName, FieldType};

use super::column_list::ColumnList;
use super::encoding::Encoding;
use super::notation::Notation;
use super::parameters::PARAMETERS;
use super::records::Delimiter;
use super::time_forms::Form;
use super::time_pattern::Pattern;

/// What becomes of rows that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    #[default]
    Fail,
    Skip,
}

/// How a file is to be read. Columns are named as the file has them, before `rename`.
#[derive(Debug, Clone)]
pub struct Options {
    pub(super) time: ColumnList,
    /// [`Form::Named`] or [`Form::Pattern`].
    pub(super) time_format: Option<Form>,
    pub(super) zone: TimeZone,
    /// `None`: the format's default.
    pub(super) missing: Option<Vec<String>>,
    /// Old name, new name.
    pub(super) rename: Vec<(String, String)>,
    pub(super) skip: ColumnList,
    pub(super) types: Vec<(String, FieldType)>,
    /// The name of the field that takes the values of columns whose names are times.
    pub(super) unpivot: Option<FieldName>,
    pub encoding: Option<Encoding>,
    pub(super) delimiter: Option<Delimiter>,
    pub(super) header: Option<bool>,
    pub(super) skip_lines: u64,
    pub(super) comment: Option<u8>,
    pub(super) notation: Notation,
    pub on_error: OnError,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            time: ColumnList::default(),
            time_format: None,
            zone: TimeZone::UTC,
            missing: None,
            rename: Vec::new(),
            skip: ColumnList::default(),
            types: Vec::new(),
            unpivot: None,
            encoding: None,
            delimiter: None,
            header: None,
            skip_lines: 0,
            comment: None,
            notation: Notation::default(),
            on_error: OnError::default(),
        }
    }
}

/// Words that a CSV cell has for a missing value when the caller names none; so has an empty one.
pub const MISSING_WORDS: [&str; 9] = [
    "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "-", "null", "NULL",
];

impl Options {
    /// Reads the options from decoded query parameters; those that are none of [`PARAMETERS`] are
    /// passed over.
    ///
    /// # Errors
    /// Everything that is wrong with them, each at the parameter's name.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<Fault>> {
        let mut options = Self::default();
        let mut faults = Faults::new();
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in parameters {
            let repeatable = ["time", "missing", "rename", "skip", "types"].contains(&name);
            if seen.contains(&name)
                && !repeatable
                && PARAMETERS.iter().any(|(known, _)| *known == name)
            {
                faults.add(name, "is given twice");
            }
            seen.push(name);
            let outcome = options.read(name, value);
            faults.take(name, outcome);
        }
        let Notation { point, thousands } = options.notation;
        if options.delimiter == Some(Delimiter::Byte(point)) {
            faults.add("decimal", "must differ from `delimiter`");
        }
        if thousands == Some(point) {
            faults.add("thousands", "must differ from `decimal`");
        }
        faults.finish(Some(options))
    }

    fn read(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "time" => self.time.add(value)?,
            "time_format" => self.time_format = Some(read_time_format(value)?),
            "tz" => self.zone = parse_zone(value)?,
            "missing" => {
                let words = value
                    .split(',')
                    .map(str::trim)
                    .filter(|word| !word.is_empty());
                self.missing
                    .get_or_insert_default()
                    .extend(words.map(str::to_owned));
            }
            "rename" => self.rename.push(read_rename(value)?),
            "skip" => self.skip.add(value)?,
            "types" => self.types.extend(read_types(value)?),
            "unpivot" => self.unpivot = Some(FieldName::new(value)?),
            "encoding" => self.encoding = Some(Encoding::from_name(value)?),
            "delimiter" => self.delimiter = Some(read_delimiter(value)?),
            "header" => self.header = Some(read_flag(value)?),
            "skip_lines" => {
                let lines = value
                    .parse()
                    .ok()
                    .filter(|lines| *lines <= MAX_SKIPPED_LINES);
                self.skip_lines = lines.ok_or_else(|| {
                    format!("must be a whole number from 0 to {MAX_SKIPPED_LINES}")
                })?;
            }
            "comment" => {
                self.comment = match value.as_bytes() {
                    [byte] if byte.is_ascii_punctuation() && *byte != b'"' => Some(*byte),
                    _ => return Err("must be one character such as `#` or `%`".to_owned()),
                }
            }
            "thousands" => {
                self.notation.thousands = match value {
                    "space" | " " => Some(b' '),
                    "," | "." | "'" | "_" => value.bytes().next(),
                    _ => return Err("must be `,` `.` `'` `_` or `space`".to_owned()),
                }
            }
            "decimal" => {
                self.notation.point = match value {
                    "." => b'.',
                    "," => b',',
                    _ => return Err("must be `.` or `,`".to_owned()),
                }
            }
            "on_error" => {
                self.on_error = match value {
                    "fail" => OnError::Fail,
                    "skip" => OnError::Skip,
                    _ => return Err("must be `fail` or `skip`".to_owned()),
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Faults of names that are no column of the file.
    pub(super) fn check_names(&self, columns: &[String]) -> Vec<Fault> {
        let renamed = self.rename.iter().map(|(old, _)| ("rename", old.as_str()));
        let typed = self.types.iter().map(|(name, _)| ("types", name.as_str()));
        let skipped = self.skip.resolve(columns);
        let skipped = skipped.iter().map(|name| ("skip", name.as_str()));
        let given = renamed.chain(skipped).chain(typed);
        let is_new_name = |name| self.rename.iter().any(|(_, new)| new == name);
        given
            .filter(|(at, name)| {
                let is_known = columns.iter().any(|column| column == name);
                !is_known && (*at != "types" || !is_new_name(*name))
            })
            .map(|(at, name)| {
                Fault::new(
                    at,
                    unknown_name("column", name, columns.iter().map(String::as_str)),
                )
            })
            .collect()
    }

    /// The name that a column of the file is to have.
    pub(super) fn new_name<'a>(&'a self, column: &'a str) -> &'a str {
        self.rename
            .iter()
            .find(|(old, _)| old == column)
            .map_or(column, |(_, new)| new.as_str())
    }

    /// The type that the caller wants a column to have, named as the file or as `rename` has it.
    pub(super) fn wanted_type(&self, column: &str) -> Option<FieldType> {
        let new = self.new_name(column);
        let named = |(name, _): &&(String, FieldType)| name == column || name == new;
        self.types.iter().find(named).map(|(_, kind)| *kind)
    }
}

/// Lines at the top of a file that can be left out.
const MAX_SKIPPED_LINES: u64 = 10_000;

/// A column's name as a parameter must have it.
pub(super) fn quoted_name(name: &str) -> String {
    quote_name(name)
}

fn read_time_format(text: &str) -> Result<Form, String> {
    match NamedForm::from_name(text) {
        Some(form) => Ok(Form::Named(form)),
        None => Pattern::new(text).map(Form::Pattern),
    }
}

fn read_rename(value: &str) -> Result<(String, String), String> {
    let (old, new) = value.rsplit_once(':').unwrap_or((value, ""));
    let (old, new) = (old.trim(), new.trim());
    if old.is_empty() || new.is_empty() {
        return Err("must be `old:new`".to_owned());
    }
    Ok((old.to_owned(), new.to_owned()))
}

/// `a:text,b, c:number`: the columns `a` and `b, c`.
fn read_types(value: &str) -> Result<Vec<(String, FieldType)>, String> {
    let mut types = Vec::new();
    let mut name = String::new();
    for piece in value.split(',') {
        name.push_str(piece);
        let kind = name.rsplit_once(':').and_then(|(column, kind)| {
            Some((column.trim().to_owned(), FieldType::from_name(kind.trim())?))
        });
        match kind {
            Some(kind) => {
                types.push(kind);
                name.clear();
            }
            None => name.push(','),
        }
    }
    if !name.is_empty() || types.iter().any(|(column, _)| column.is_empty()) {
        return Err(
            "must be `column:type`, with a type of number, integer, text, boolean".to_owned(),
        );
    }
    Ok(types)
}

fn read_delimiter(value: &str) -> Result<Delimiter, String> {
    match value.as_bytes() {
        b"tab" | b"\\t" => Ok(Delimiter::Byte(b'\t')),
        b"spaces" => Ok(Delimiter::Spaces),
        [byte] if byte.is_ascii_punctuation() && *byte != b'"' || matches!(value, "\t" | " ") => {
            Ok(Delimiter::Byte(*byte))
        }
        _ => Err(
            "must be one character other than a letter, digit or quote, or `tab` or `spaces`"
                .to_owned(),
        ),
    }
}

fn read_flag(value: &str) -> Result<bool, String> {
    value
        .parse()
        .map_err(|_| "must be `true` or `false`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_parameters_are_read_and_others_passed_over() {
        let options = Options::parse([
            ("time", "year,month"),
            ("time_format", "%Y %m"),
            ("tz", "Europe/Berlin"),
            ("missing", "-9.99, -0.99"),
            ("missing", "x"),
            ("rename", "a:b:c"),
            ("skip", "p, q"),
            ("skip", "r"),
            ("types", "a:text,b, c:number"),
            ("delimiter", "tab"),
            ("header", "false"),
            ("decimal", ","),
            ("on_error", "skip"),
            ("encoding", "utf-16"),
            ("thousands", "."),
            ("skip_lines", "3"),
            ("comment", "%"),
            ("unpivot", "value"),
            ("dry_run", "perhaps"),
        ])
        .unwrap();
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(options.time.resolve(&names(&["year"])), ["year", "month"]);
        assert_eq!(
            options.time.resolve(&names(&["year,month"])),
            ["year,month"]
        );
        assert_eq!(options.missing, Some(names(&["-9.99", "-0.99", "x"])));
        assert_eq!(options.rename, [("a:b".to_owned(), "c".to_owned())]);
        assert!(
            ["p", "q", "r", "p, q"]
                .iter()
                .all(|name| options.skip.names(name))
        );
        assert_eq!(options.wanted_type("b, c"), Some(FieldType::Number));
        assert_eq!(
            (options.delimiter, options.header, options.notation.point),
            (Some(Delimiter::Byte(b'\t')), Some(false), b',')
        );
        assert_eq!(options.on_error, OnError::Skip);
        assert_eq!(options.encoding, Some(Encoding::Utf16));
        assert_eq!((options.skip_lines, options.comment), (3, Some(b'%')));
        assert_eq!(options.notation.thousands, Some(b'.'));
        assert_eq!(
            Options::parse([("missing", "")]).unwrap().missing,
            Some(Vec::new())
        );
    }

    #[test]
    fn every_bad_parameter_is_named() {
        let bad = [
            ("time", "a,,b"),
            ("time_format", "%Q!%"),
            ("tz", "Mars/Olympus"),
            ("rename", "a"),
            ("skip", ""),
            ("types", "a:float"),
            ("delimiter", "ab"),
            ("header", "1"),
            ("decimal", ";"),
            ("thousands", "x"),
            ("encoding", "ebcdic"),
            ("skip_lines", "-1"),
            ("comment", "//"),
            ("unpivot", ""),
            ("on_error", "ignore"),
        ];
        let faults = Options::parse(bad).unwrap_err();
        let names: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
        assert_eq!(names, bad.map(|(name, _)| name));
        for pair in bad {
            assert!(PARAMETERS.iter().any(|(name, _)| *name == pair.0));
        }
        for pairs in [
            [("header", "true"), ("header", "false")],
            [("decimal", ","), ("delimiter", ",")],
            [("decimal", ","), ("thousands", ",")],
            [("time_format", "%H:%M"), ("x", "")],
            [("delimiter", "\""), ("x", "")],
            [("delimiter", "é"), ("x", "")],
        ] {
            assert_eq!(Options::parse(pairs).unwrap_err().len(), 1, "{pairs:?}");
        }
    }
}
