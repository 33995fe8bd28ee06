//! Files of all forms, generated, against a plain and slow reader: what is read differently must be
//! refused or have a note.
//!
//! `IMPORT_FILES=100000 cargo test -p almanac reference` runs at length.

mod styles;

use super::*;
use crate::domain::Value;
use crate::domain::time::calendar::{days_from_civil, iso_week};
use styles::{DAY, Moment, styles};

/// Files of an ordinary run.
const FILES: u64 = 3000;

/// Splitmix, so that each file can be had again from its number.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn is_one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// A column of values: how each is written, and what it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Values {
    Integers,
    Decimals,
    Scientific,
    Grouped,
    Codes,
    ExponentCodes,
    LongIds,
    MixedLongIds,
    Words,
    MostlyNumbers,
    Booleans,
    WithGaps,
}

const VALUES: [Values; 12] = [
    Values::Integers,
    Values::Decimals,
    Values::Scientific,
    Values::Grouped,
    Values::Codes,
    Values::ExponentCodes,
    Values::LongIds,
    Values::MixedLongIds,
    Values::Words,
    Values::MostlyNumbers,
    Values::Booleans,
    Values::WithGaps,
];

impl Values {
    fn write(self, random: &mut Random, row: usize) -> String {
        let number = random.below(2_000_000) as i64 - 1_000_000;
        match self {
            Self::Integers => number.to_string(),
            Self::Decimals => format!("{:.2}", number as f64 / 100.0),
            Self::Scientific => format!("{:.3}e-{:02}", number as f64 / 1e5, random.below(20)),
            Self::Grouped => format!("{},{:03}", 1 + random.below(900), random.below(1000)),
            Self::Codes => format!("{:05}", random.below(90_000)),
            Self::ExponentCodes => format!("{}E{}", random.below(9) + 1, random.below(9)),
            Self::LongIds => format!("7402453813514{:05}", random.below(90_000)),
            Self::MixedLongIds if row.is_multiple_of(2) => {
                format!("74024538135149{:04}.0", random.below(9000))
            }
            Self::MixedLongIds => format!("74024538135149{:04}", random.below(9000)),
            Self::Words => random
                .one_of(&["rain", "sun", "é, ü", "a;b", "M"])
                .to_owned(),
            Self::MostlyNumbers if row % 5 == 4 => random.one_of(&["M", "T", "."]).to_owned(),
            Self::MostlyNumbers => number.to_string(),
            Self::Booleans => random.one_of(&["true", "False"]).to_owned(),
            Self::WithGaps if row % 3 == 2 => random.one_of(&["", "NA", "NaN", "-"]).to_owned(),
            Self::WithGaps => number.to_string(),
        }
    }
}

/// What the reference reader makes of a cell: a number where that loses nothing, else the text.
fn reference(cell: &str) -> Value {
    if cell.is_empty() || MISSING_WORDS.contains(&cell) {
        return Value::Missing;
    }
    let unsigned = cell.trim_start_matches(['-', '+']);
    let digits = unsigned.bytes().filter(u8::is_ascii_digit).count();
    let is_number = cell
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let is_code = unsigned.len() > 1 && unsigned.starts_with('0') && !unsigned.starts_with("0.");
    let has_bare_exponent = cell.contains('E') && !cell.contains(['.', '-']);
    let is_long = digits > 15 && !cell.contains(['e', 'E']);
    match cell.parse::<f64>() {
        Ok(number) if is_number && !is_code && !has_bare_exponent && !is_long => {
            Value::Number(number)
        }
        _ => Value::Text(cell.to_owned()),
    }
}

/// Whether what was read is what the reference reads: the number, or the text as it is spelt.
fn agrees(found: &Value, cell: &str) -> bool {
    match (found, reference(cell)) {
        (Value::Missing, Value::Missing) => true,
        (Value::Number(number), Value::Number(expected)) => *number == expected,
        (Value::Integer(number), Value::Number(expected)) => *number as f64 == expected,
        (Value::Text(text), Value::Number(_) | Value::Text(_)) => text == cell,
        // With `thousands`.
        (Value::Integer(number), Value::Text(text)) if text.contains(',') => {
            number.to_string() == text.replace(',', "")
        }
        (Value::Boolean(flag), Value::Text(text)) => text.eq_ignore_ascii_case(&flag.to_string()),
        // Quoted words are texts, also those that stand for missing values.
        _ => false,
    }
}

struct File {
    /// As it is shown.
    text: String,
    bytes: Vec<u8>,
    query: Vec<(&'static str, &'static str)>,
    times: Vec<i64>,
    /// By column.
    cells: Vec<Vec<String>>,
    kinds: Vec<Values>,
}

fn generate(seed: u64) -> File {
    let mut random = Random(seed);
    let mut styles = styles();
    let style = styles.swap_remove(random.below(styles.len()));
    let rows = 1 + random.below(12);
    // Since 1974 every unit since 1970 has the digits that tell it.
    let years = random.one_of(&[1974, 1990, 2001, 2019, 2024]);
    let first = days_from_civil(years, 1, 1) * DAY + random.below(300) as i64 * DAY;
    let moments: Vec<Moment> = (0..rows as i64)
        .map(|row| moment(first, style.step, row))
        .collect();
    let kinds: Vec<Values> = (0..1 + random.below(4))
        .map(|_| random.one_of(&VALUES))
        .collect();
    let delimiter = random.one_of(&[",", ";", "\t", "|"]);
    let quote = |cell: &str| match cell.contains([',', ';', '\t', '|', '"', ' ']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    };
    let mut text = String::new();
    match random.below(8) {
        0 => text.push_str("# made up\n"),
        1 if kinds.len() > 1 => text.push_str("A title\n"),
        2 => text.push_str(&format!("sep={delimiter}\n")),
        3 => text.push('\u{feff}'),
        _ => {}
    }
    // The columns of the time somewhere among the others.
    let at = random.below(kinds.len() + 1);
    let mut names: Vec<String> = (0..kinds.len())
        .map(|column| format!("v{column}"))
        .collect();
    let time_names: Vec<String> = style
        .columns
        .iter()
        .map(|names| random.one_of(names).to_owned())
        .collect();
    names.splice(at..at, time_names);
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| quote(cell)).collect();
        cells.join(delimiter) + "\n"
    };
    text.push_str(&line(&names));
    let mut cells: Vec<Vec<String>> = vec![Vec::new(); kinds.len()];
    for (row, moment) in moments.iter().enumerate() {
        let mut of_row: Vec<String> = kinds
            .iter()
            .map(|kind| kind.write(&mut random, row))
            .collect();
        for (column, cell) in cells.iter_mut().zip(&of_row) {
            column.push(cell.clone());
        }
        of_row.splice(at..at, (style.write)(*moment));
        text.push_str(&line(&of_row));
    }
    if random.is_one_in(6) {
        text = text.replace('\n', "\r\n");
    }
    let mut query = style.query.to_vec();
    let bytes = match random.below(6) {
        0 if !text.starts_with('\u{feff}') => {
            query.push(("encoding", "utf-16"));
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        _ => text.clone().into_bytes(),
    };
    if kinds.contains(&Values::Grouped) && random.is_one_in(2) {
        query.push(("thousands", ","));
    }
    File {
        text,
        bytes,
        query,
        times: moments.into_iter().map(|moment| moment.0).collect(),
        cells,
        kinds,
    }
}

fn moment(first: i64, step: i64, row: i64) -> Moment {
    let (year, month, _) = Moment(first).date();
    let of_months = |months: i64| {
        let month = month - 1 + months;
        days_from_civil(year + month.div_euclid(12), month.rem_euclid(12) + 1, 1) * DAY
    };
    Moment(match step {
        0 => of_months(row),
        -1 => days_from_civil(year + row, 1, 1) * DAY,
        -3 => days_from_civil(year + row / 4, row % 4 * 3 + 1, 1) * DAY,
        step if step == 7 * DAY => iso_week(year, 2 + row, 1).expect("a week"),
        step => first + row * step,
    })
}

/// What is read wrongly without a word.
fn silent_difference(file: &File, parsed: &Parsed) -> Option<String> {
    let notes = parsed.notes.join("\n");
    if parsed.table.times != file.times {
        return Some(format!(
            "times {:?} instead of {:?}",
            parsed.table.times, file.times
        ));
    }
    for (at, (cells, kind)) in file.cells.iter().zip(&file.kinds).enumerate() {
        let name = format!("v{at}");
        let found = parsed
            .fields
            .iter()
            .position(|field| field.name.as_str() == name);
        let Some(column) = found.and_then(|column| parsed.table.columns.get(column)) else {
            return Some(format!("no column {name}"));
        };
        for (row, cell) in cells.iter().enumerate() {
            let value = column.value(row);
            let is_noted = notes.contains(&format!("`{name}`"));
            if !agrees(&value, cell) {
                return Some(format!(
                    "{value:?} instead of `{cell}` in {name} ({kind:?}), noted: {is_noted}"
                ));
            }
            let is_close = matches!(kind, Values::MostlyNumbers) && cells.len() > 10
                || *kind == Values::ExponentCodes
                || *kind == Values::MixedLongIds;
            if is_close && !is_noted {
                return Some(format!("no note of {name} ({kind:?}): {notes}"));
            }
        }
    }
    None
}

#[test]
fn no_file_is_read_differently_without_a_word() {
    let files = std::env::var("IMPORT_FILES").ok();
    let files = files.and_then(|files| files.parse().ok()).unwrap_or(FILES);
    let mut refused = 0;
    for seed in 0..files {
        let file = generate(seed);
        let Ok(parsed) = import(Format::Csv, &file.query, &file.bytes) else {
            refused += 1;
            continue;
        };
        if let Some(difference) = silent_difference(&file, &parsed) {
            panic!("file {seed}: {difference}\n{:?}\n{}", file.query, file.text);
        }
    }
    assert!(
        refused * 50 < files,
        "{refused} of {files} good files were refused"
    );
}
