//! Notes of columns that are nearly numbers, or were nearly taken for them.

use super::cell::{quote, trim};
use super::notation::{Notation, ungroup};
use super::numeral::{is_code, is_not_finite};
use super::numerals::{Kind, Numerals};
use super::words::Words;

/// Words that a note lists.
const MAX_WORDS: usize = 10;

/// Of a column that is numbers by its spelling.
pub(super) fn of_numbers(name: &str, numbers: &Numerals) -> Option<String> {
    match numbers.kind() {
        Kind::Integer | Kind::Number => None,
        Kind::Code => Some(format!(
            "column `{name}` was read as text: values such as `1E5` are codes, or numbers in scientific notation; `?types={name}:number` reads them as numbers"
        )),
        Kind::Identifier => Some(format!(
            "column `{name}` was read as text: it has whole numbers beyond ±9007199254740991, which a number would round; `?types={name}:number` rounds them"
        )),
    }
}

/// Of a column of words. `is_literal` tells that JSON has them as texts, `missing` are the words
/// that were taken for missing values.
pub(super) fn of_words(
    name: &str,
    words: &Words,
    notation: Notation,
    is_literal: bool,
    missing: &[&str],
) -> Option<String> {
    let counted = words.counted();
    let kind_of = |word: &str| Spelling::of(word, notation);
    let total: u64 = counted.iter().map(|(_, count)| count).sum();
    let rows_of = |wanted: Spelling| -> u64 {
        let is_wanted = |(word, _): &&(&str, u64)| kind_of(word) == wanted;
        counted
            .iter()
            .filter(is_wanted)
            .map(|(_, count)| count)
            .sum()
    };
    let (numbers, codes) = (rows_of(Spelling::Number), rows_of(Spelling::Code));
    if is_literal {
        return (numbers == total && total > 0).then(|| {
            format!(
                "column `{name}` has its numbers as strings and was read as text; `?types={name}:number` reads them as numbers"
            )
        });
    }
    let of = |wanted: Spelling| {
        let words = counted.iter().map(|(word, _)| *word);
        words.filter(move |word| kind_of(word) == wanted)
    };
    let grouped = rows_of(Spelling::Grouped);
    if grouped > 0 && numbers + grouped == total {
        let example = of(Spelling::Grouped).next().unwrap_or("");
        return Some(format!(
            "column `{name}` was read as text: {grouped} of {total} values are written as {}; {}",
            quote(example),
            other_notations(example, notation).join(", ")
        ));
    }
    if codes > 0 && codes + numbers == total {
        let example = of(Spelling::Code).next().unwrap_or("");
        return (numbers > 0).then(|| {
            format!(
                "column `{name}` was read as text: {} is a code, with a leading zero or a sign; `?types={name}:number` reads numbers",
                quote(example)
            )
        });
    }
    let others: Vec<&str> = counted
        .iter()
        .map(|(word, _)| *word)
        .filter(|word| kind_of(word) != Spelling::Number)
        .collect();
    (numbers * 2 > total).then(|| few_words(name, &others, missing, total - numbers, total))
}

/// Of a column in which few values are no numbers.
fn few_words(name: &str, words: &[&str], missing: &[&str], count: u64, total: u64) -> String {
    let shown: Vec<String> = words
        .iter()
        .take(MAX_WORDS)
        .map(|word| quote(word))
        .collect();
    let more = match words.len().saturating_sub(MAX_WORDS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let is_listable = |word: &&str| !word.contains(',') && !trim(word).is_empty();
    let list: Vec<&str> = words
        .iter()
        .copied()
        .filter(is_listable)
        .take(MAX_WORDS)
        .map(trim)
        .chain(missing.iter().copied())
        .collect();
    format!(
        "column `{name}` was read as text: {count} of {total} values are not numbers: {}{more}; if they stand for missing values, `?missing={}` makes it a column of numbers",
        shown.join(", "),
        list.join(",")
    )
}

/// The parameters that would read a text as a number.
pub(super) fn other_notations(text: &str, notation: Notation) -> Vec<String> {
    let text = trim(text);
    let mut parameters = Vec::new();
    let other_point = if notation.point == b'.' { ',' } else { '.' };
    let point = char::from(notation.point);
    for (separator, name) in [
        (',', ","),
        ('.', "."),
        ('\'', "'"),
        (' ', "space"),
        ('_', "_"),
    ] {
        if separator != point && ungroup(text, separator, point).is_some() {
            parameters.push(format!(
                "`?thousands={name}` reads it as grouped by thousands"
            ));
        } else if separator != other_point && ungroup(text, separator, other_point).is_some() {
            parameters.push(format!(
                "`?decimal={other_point}&thousands={name}` reads it"
            ));
        }
    }
    let is_decimal = text.contains(other_point)
        && Notation {
            point: other_point as u8,
            thousands: None,
        }
        .read(text.as_bytes())
        .is_some();
    if is_decimal {
        parameters.push(format!(
            "`?decimal={other_point}` reads it with a decimal `{other_point}`"
        ));
    }
    parameters
}

/// What a word looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Number,
    Code,
    /// A number of another notation.
    Grouped,
    Word,
}

impl Spelling {
    fn of(word: &str, notation: Notation) -> Self {
        let text = trim(word).as_bytes();
        if is_code(text) && notation.read(text).is_some() {
            Self::Code
        } else if notation.read(text).is_some_and(f64::is_finite)
            && !is_not_finite(text, notation.point)
        {
            Self::Number
        } else if text
            .first()
            .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-')
            && !other_notations(word, notation).is_empty()
        {
            Self::Grouped
        } else {
            Self::Word
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(values: &[&str]) -> Option<String> {
        let mut words = Words::new(1);
        values.iter().for_each(|value| words.push(value));
        of_words("v", &words, Notation::POINT, false, &[])
    }

    #[test]
    fn columns_that_are_nearly_numbers_are_noted() {
        for (values, parts) in [
            (
                &["1", "2", "M", "3"][..],
                &["1 of 4 values", "`M`", "?missing=M`"][..],
            ),
            (
                &["1", "2", "3", "M", "T"],
                &["2 of 5", "`M`, `T`", "?missing=M,T`"],
            ),
            (
                &["1,234", "12,345", "999"],
                &["`1,234`", "?thousands=,`", "?decimal=,`"],
            ),
            (&["1,5", "2,25"], &["?decimal=,`"]),
            (&["1.234,56", "0,50"], &["?decimal=,&thousands=.`"]),
            (&["1 234", "12"], &["?thousands=space`"]),
            (&["12", "007"], &["`007`", "?types=v:number"]),
        ] {
            let note = note(values).unwrap_or_default();
            for part in parts {
                assert!(note.contains(part), "{values:?}: {note}");
            }
        }
        for values in [
            &["rain", "sun", "1"][..],
            &["007", "012"],
            &[],
            &["a,b", "c"],
        ] {
            assert_eq!(note(values), None, "{values:?}");
        }
        let many: Vec<String> = (0..30).map(|at| format!("w{at}")).collect();
        let mut values: Vec<&str> = many.iter().map(String::as_str).collect();
        values.extend(["1"; 40]);
        assert!(note(&values).is_some_and(|note| note.contains("and 20 more")));
    }
}
