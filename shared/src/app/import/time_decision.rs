//! In which form columns have the time, from their names and their first values.

use crate::domain::time::digits::{DigitForm, possible_forms};
use crate::domain::time::named::NamedForm;
use crate::domain::time::written::Written;

use super::cell::quote;
use super::options::Options;
use super::sample::Sample;
use super::time_forms::{Form, Part, PartKind, whole};
use super::time_of_day::Clock;
use super::time_pattern::Pattern;
use super::time_roles::names_part;
use super::time_shapes::pattern_like;

/// A form, and what the sender may want to know of it.
pub(super) struct Decided {
    pub form: Form,
    pub notes: Vec<String>,
}

impl From<Form> for Decided {
    fn from(form: Form) -> Self {
        Self {
            form,
            notes: Vec::new(),
        }
    }
}

/// The form of the times in these columns.
///
/// # Errors
/// When the form has to be named, or the columns do not make a time; says what would help.
pub(super) fn form_of(
    options: &Options,
    sample: &Sample,
    columns: &[usize],
) -> Result<Decided, String> {
    if let Some(form) = &options.time_format {
        return Ok(form.clone().into());
    }
    match columns {
        [column] => form_of_column(sample, *column),
        columns => form_of_parts(sample, columns).map(Decided::from),
    }
}

/// Whether a form reads a text by itself.
pub(super) fn reads(form: &Form, text: &str) -> bool {
    match form {
        Form::Pattern(pattern) => pattern.read(text).is_ok(),
        Form::Named(form) => form.read(text).is_ok(),
        _ => Written::read(text).is_ok(),
    }
}

/// Whether a text is a time in a form that needs no name, other than digits alone.
pub(super) fn is_time(text: &str) -> bool {
    // Most words have no digit, and need no reader to be told from times.
    text.bytes().any(|byte| byte.is_ascii_digit())
        && !is_number(text)
        && Written::read(text).is_ok()
}

/// Whether a text is a number, with or without a sign and decimals.
pub(super) fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    !whole.is_empty()
        && whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit())
}

/// The form of digits that most numbers of a column have.
pub(super) fn digit_form(sample: &Sample, column: usize) -> Option<DigitForm> {
    let numbers = sample.values(column).filter(|text| is_number(text));
    let all = numbers.clone().count();
    DigitForm::ALL.into_iter().find(|form| {
        numbers
            .clone()
            .filter(|text| form.read(text).is_some())
            .count()
            * 2
            > all
    })
}

fn form_of_column(sample: &Sample, column: usize) -> Result<Decided, String> {
    let name = sample.name(column);
    if !sample.most(column, is_number) {
        let values = || sample.values(column);
        let are_fiscal = values().next().is_some() && values().all(is_fiscal);
        if are_fiscal && values().any(|value| Some(value) != values().next()) {
            let example = values().next().unwrap_or("");
            return Err(format!(
                "column `{name}` has a year and the next one in every row, such as {}: if these are fiscal years, `?time_format=fiscal_year` reads them as their first year; if they are months, `?time_format=%Y-%m`",
                quote(example)
            ));
        }
        return Ok(Form::Calendar.into());
    }
    if names_part(name, PartKind::Year)
        && sample.most(column, |text| whole(text).is_some())
        && digit_form(sample, column).is_none_or(|form| form == DigitForm::Year)
    {
        return form_of_years(sample, column);
    }
    let Some(form) = digit_form(sample, column) else {
        return Err(forms_to_name(sample, column));
    };
    let note = format!(
        "column `{name}`: numbers were read as {}; `?time_format=` names another form",
        form.meaning()
    );
    let notes = if form == DigitForm::Year {
        Vec::new()
    } else {
        vec![note]
    };
    Ok(Decided {
        form: Form::Digits(form),
        notes,
    })
}

/// Years of four digits; or of fewer, where the rows are in their order and show that no century is
/// left out.
fn form_of_years(sample: &Sample, column: usize) -> Result<Decided, String> {
    let years: Vec<i64> = sample.values(column).filter_map(whole).collect();
    let are_short = years.iter().any(|year| *year < 100);
    if years.iter().all(|year| *year >= 1000) || are_short && !are_continuous(&years) {
        if years.iter().all(|year| *year < 100) {
            return Err(format!(
                "the years of column `{}` have no century; `?time_format=%Y` takes them as they are, `?time_format=%y` as those of 1969 to 2068",
                sample.name(column)
            ));
        }
        return Ok(Form::Digits(DigitForm::Year).into());
    }
    let form = Form::Parts(vec![Part {
        kind: PartKind::AnyYear,
        is_optional: false,
    }]);
    let note = format!(
        "column `{}`: years of fewer than four digits were read as they are",
        sample.name(column)
    );
    Ok(Decided {
        form,
        notes: vec![note],
    })
}

/// Whether years rise or fall throughout, past the year 100.
fn are_continuous(years: &[i64]) -> bool {
    let is_rising = years.is_sorted();
    let is_falling = years.iter().rev().is_sorted();
    (is_rising || is_falling) && years.iter().any(|year| (100..1000).contains(year))
}

/// `2009-10`, `2009/10`: a year and the next one.
pub(super) fn is_fiscal(text: &str) -> bool {
    text.len() <= 7 && NamedForm::FiscalYear.read(text).is_ok()
}

/// What a column of numbers is refused with that are no times by their digits.
fn forms_to_name(sample: &Sample, column: usize) -> String {
    let numbers = || sample.values(column).filter(|text| is_number(text));
    let odd = numbers().find(|text| DigitForm::of(text).is_none());
    let example = odd.or_else(|| numbers().next()).unwrap_or("");
    let mut forms = possible_forms(example);
    for value in numbers().take(50) {
        let possible = possible_forms(value);
        let common: Vec<&str> = forms
            .iter()
            .copied()
            .filter(|form| possible.contains(form))
            .collect();
        if !common.is_empty() {
            forms = common;
        }
    }
    // The unit that other numbers of the column have.
    let unit = numbers()
        .filter_map(DigitForm::of)
        .map(DigitForm::name)
        .find(|name| name.starts_with("unix"));
    forms = unit.map_or(forms, |unit| vec![unit]);
    let reading = |name: &&str| {
        let written = match NamedForm::from_name(name) {
            Some(form) => form.read(example).ok(),
            None => Pattern::new(name)
                .ok()
                .and_then(|pattern| pattern.read(example).ok()),
        };
        let time = written.and_then(|written| written.in_utc().ok())?;
        Some(format!("`?time_format={name}` reads it as {time}"))
    };
    let readings: Vec<String> = forms.iter().filter_map(reading).collect();
    let what = match odd {
        Some(_) => "which are no times by their number of digits",
        None => "of different numbers of digits",
    };
    format!(
        "column `{}` has numbers such as {}, {what}: name their form; {}",
        sample.name(column),
        quote(example),
        readings.join(", ")
    )
}

fn form_of_parts(sample: &Sample, columns: &[usize]) -> Result<Form, String> {
    let mut taken = Vec::new();
    for column in columns {
        let Some(kind) = kind_of(sample, *column, &taken) else {
            break;
        };
        taken.push(kind);
    }
    let positional = [
        PartKind::Year,
        PartKind::Month,
        PartKind::Day,
        PartKind::TimeOfDay(Clock::Hours),
        PartKind::Minute,
        PartKind::Second,
    ];
    let are_whole = columns
        .iter()
        .all(|column| sample.most(*column, |text| whole(text).is_some()));
    if taken.len() < columns.len() && are_whole && columns.len() <= positional.len() {
        taken = positional.into_iter().take(columns.len()).collect();
    }
    if taken.len() == columns.len() {
        check(&taken)?;
        let part = |(kind, column): (&PartKind, &usize)| Part {
            kind: *kind,
            is_optional: !matches!(kind, PartKind::Year | PartKind::Date)
                && sample.values(*column).next().is_none(),
        };
        return Ok(Form::Parts(taken.iter().zip(columns).map(part).collect()));
    }
    let first = (0..sample.rows.len()).find_map(|row| sample.cells(row, columns));
    let first = first.unwrap_or_default().join(" ");
    if Written::read(&first).is_ok() {
        return Ok(Form::Calendar);
    }
    let names: Vec<&str> = columns.iter().map(|column| sample.name(*column)).collect();
    let named = match pattern_like(&first).as_slice() {
        [] => "`?time_format=`".to_owned(),
        patterns => patterns.join(" or "),
    };
    Err(format!(
        "the columns {} together have {}, whose form must be named: {named}; or name other columns with `?time=`",
        names.join(", "),
        quote(&first)
    ))
}

/// The part of the time that a column has, by its name and else by its values.
fn kind_of(sample: &Sample, column: usize, taken: &[PartKind]) -> Option<PartKind> {
    let name = sample.name(column);
    let values = || sample.values(column);
    let is_empty = values().next().is_none();
    let fits = |kind: &PartKind| {
        !taken.contains(kind)
            && names_part(name, *kind)
            && (is_empty || sample.most(column, |text| kind.takes(text)))
    };
    let mut kinds = vec![
        PartKind::Year,
        PartKind::Quarter,
        PartKind::Month,
        PartKind::Week,
        PartKind::DayOfYear,
        PartKind::Period,
        PartKind::Day,
        PartKind::Minute,
        PartKind::Second,
    ];
    if !taken
        .iter()
        .any(|kind| matches!(kind, PartKind::TimeOfDay(_)))
    {
        // `mm` after an hour is a minute, before it a month.
        kinds.retain(|kind| *kind != PartKind::Minute || name != "mm");
    } else {
        kinds.retain(|kind| *kind != PartKind::Month);
    }
    if let Some(kind) = kinds.into_iter().find(fits) {
        return Some(kind);
    }
    if sample.most(column, |text| PartKind::Date.takes(text)) {
        return Some(PartKind::Date);
    }
    if let Some(form @ (DigitForm::Date | DigitForm::YearDay)) = digit_form(sample, column)
        && sample.most(column, is_number)
    {
        return Some(PartKind::DigitDate(form));
    }
    let has_date = !taken.is_empty();
    let is_hour = names_part(name, PartKind::TimeOfDay(Clock::Hours))
        || names_part(name, PartKind::TimeOfDay(Clock::Colons));
    if is_empty {
        return (has_date && is_hour).then_some(PartKind::TimeOfDay(Clock::Hours));
    }
    let clock = Clock::of(values()).filter(|_| has_date)?;
    let is_beside_date = matches!(taken, [PartKind::Date | PartKind::DigitDate(_), ..]);
    (clock == Clock::Colons || is_hour || is_beside_date).then_some(PartKind::TimeOfDay(clock))
}

/// Whether parts make a time.
fn check(kinds: &[PartKind]) -> Result<(), String> {
    let has = |kind: PartKind| kinds.contains(&kind);
    let has_date = kinds
        .iter()
        .any(|kind| matches!(kind, PartKind::Date | PartKind::DigitDate(_)));
    let clock = kinds.iter().find_map(|kind| match kind {
        PartKind::TimeOfDay(clock) => Some(*clock),
        _ => None,
    });
    let within_year = [
        PartKind::Quarter,
        PartKind::Month,
        PartKind::Week,
        PartKind::DayOfYear,
        PartKind::Period,
    ];
    let parts_of_year = within_year.into_iter().filter(|kind| has(*kind)).count();
    let is_date = match (has_date, has(PartKind::Year)) {
        (true, is_year) => !is_year && parts_of_year == 0 && !has(PartKind::Day),
        (false, true) => parts_of_year <= 1 && (!has(PartKind::Day) || has(PartKind::Month)),
        (false, false) => false,
    };
    let is_day = has_date || has(PartKind::Day) || has(PartKind::DayOfYear);
    let is_time = (clock.is_none() || is_day)
        && (!has(PartKind::Minute) || clock == Some(Clock::Hours))
        && (!has(PartKind::Second) || has(PartKind::Minute));
    let mut sorted: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let before = sorted.len();
    sorted.sort_unstable();
    sorted.dedup();
    if is_date && is_time && sorted.len() == before {
        return Ok(());
    }
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    Err(format!(
        "must name columns that make a whole time: a date or a year, month and day, then the hour, minute and second, without a gap; these have {}",
        names.join(", ")
    ))
}
