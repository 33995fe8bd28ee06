//! How a file is to be read, as the query parameters say it.

use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::domain::fault::unknown_name;
use crate::domain::time::parse_zone;
use crate::domain::{Fault, Faults, FieldType};

/// The parameters that [`Options::parse`] reads, each with what it means.
pub const PARAMETERS: &[(&str, &str)] = &[
    (
        "time",
        "The column that has the time, or several: `year,month,day,hour,minute,second` from the left, or a date and a time of day. Repeat the parameter for names that contain commas. Without it the column is found by name or by content.",
    ),
    (
        "time_format",
        "The form of the times, in strftime's directives: `%d.%m.%Y %H:%M`. Several time columns are joined by a space first.",
    ),
    (
        "tz",
        "The zone of times that do not state their own: `Europe/Berlin`, `+05:30`. Default `UTC`.",
    ),
    (
        "missing",
        "Words that stand for a missing value, separated by commas, instead of `NA`, `N/A`, `-` and `null`: `-9.99,-0.99`. Empty cells are always missing. In JSON `null` is, and strings only when named here.",
    ),
    (
        "rename",
        "Gives a column another name, `old:new`; repeatable.",
    ),
    (
        "skip",
        "Columns to leave out, separated by commas; repeatable.",
    ),
    (
        "types",
        "Types of columns that should not be inferred: `station:text,level:number`; repeatable.",
    ),
    (
        "delimiter",
        "What separates the cells of a CSV file: one character, or `tab`. Found by itself among `,` `;` tab and `|`.",
    ),
    (
        "header",
        "Whether the first line of a CSV file has the names of its columns, `true` or `false`. Found by itself: it has when none of its cells is a number or a time.",
    ),
    (
        "decimal",
        "The decimal point of a CSV file's numbers, `.` or `,`. Default `.`.",
    ),
    (
        "on_error",
        "`fail`: one bad row refuses the file, the default. `skip`: bad rows are left out and counted.",
    ),
];

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
    pub(super) time_format: Option<String>,
    pub(super) zone: TimeZone,
    /// `None`: the format's default.
    pub(super) missing: Option<Vec<String>>,
    /// Old name, new name.
    pub(super) rename: Vec<(String, String)>,
    pub(super) skip: ColumnList,
    pub(super) types: Vec<(String, FieldType)>,
    pub(super) delimiter: Option<u8>,
    pub(super) header: Option<bool>,
    /// `.` or `,`.
    pub(super) point: u8,
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
            delimiter: None,
            header: None,
            point: b'.',
            on_error: OnError::default(),
        }
    }
}

/// Words that a CSV cell has for a missing value when the caller names none; so has an empty one.
pub const MISSING_WORDS: [&str; 6] = ["NA", "N/A", "n/a", "-", "null", "NULL"];

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
        if options.point == b',' && options.delimiter == Some(b',') {
            faults.add("decimal", "is the same as `delimiter`");
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
            "delimiter" => self.delimiter = Some(read_delimiter(value)?),
            "header" => self.header = Some(read_flag(value)?),
            "decimal" => {
                self.point = match value {
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

/// Names of columns as parameters give them: a value is a name, commas included, if the file has
/// such a column, else names separated by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ColumnList(Vec<String>);

impl ColumnList {
    fn add(&mut self, value: &str) -> Result<(), String> {
        if value.split(',').any(|name| name.trim().is_empty()) {
            return Err("has an empty column name".to_owned());
        }
        self.0.push(value.trim().to_owned());
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, each once; not all need be columns.
    pub(super) fn resolve(&self, columns: &[String]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for value in &self.0 {
            let whole = columns.contains(value);
            let parts = value.split(if whole { '\0' } else { ',' }).map(str::trim);
            for name in parts {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }

    /// Whether a column is named, without knowing the others.
    pub(super) fn names(&self, column: &str) -> bool {
        self.0
            .iter()
            .any(|value| value == column || value.split(',').any(|name| name.trim() == column))
    }
}

/// Checks a pattern by writing a time with it and reading that back.
fn read_time_format(pattern: &str) -> Result<String, String> {
    let bad = |error: jiff::Error| format!("is not a time format: {error}");
    let example = jiff::civil::date(2000, 12, 31).at(23, 59, 58, 0);
    let mut example = strtime::BrokenDownTime::from(example);
    example.set_offset(Some(jiff::tz::Offset::UTC));
    let written = example.to_string(pattern).map_err(bad)?;
    let read = strtime::parse(pattern, &written).map_err(bad)?;
    if read.timestamp().is_none() && read.year().is_none() {
        return Err("has no year; `%Y` is one".to_owned());
    }
    Ok(pattern.to_owned())
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

fn read_delimiter(value: &str) -> Result<u8, String> {
    match value.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii_punctuation() && *byte != b'"' || matches!(value, "\t" | " ") => {
            Ok(*byte)
        }
        _ => Err("must be one character other than a letter, digit or quote, or `tab`".to_owned()),
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
            (options.delimiter, options.header, options.point),
            (Some(b'\t'), Some(false), b',')
        );
        assert_eq!(options.on_error, OnError::Skip);
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
            [("time_format", "%H:%M"), ("x", "")],
            [("delimiter", "\""), ("x", "")],
            [("delimiter", "é"), ("x", "")],
        ] {
            assert_eq!(Options::parse(pairs).unwrap_err().len(), 1, "{pairs:?}");
        }
    }
}
