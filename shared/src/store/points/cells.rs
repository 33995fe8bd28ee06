//! Summaries of stretches of a chunk, so that buckets of hours and days are told without decoding
//! the points.
//!
//! A stretch is what a chunk has between two multiples of a step. The step is the shortest of those
//! below of which the stretches have [`POINTS`] points on average: an hour for minute data, a day
//! for hourly data, none for daily data. In UTC, so that hours serve the days of all zones that are
//! whole hours apart.
//!
//! The section is, as variable-length numbers: the step, the first stretch's number (its time by the
//! step), how many stretches there are, how far each is from the one before, how many points each has;
//! and for each column a mark, the numbers of values where some are missing, and of columns of
//! numbers the bytes that follow, a mark again, and of each stretch with values the sum, the least
//! and the greatest. Where all values of the column are multiples of a power of ten, as most
//! measurements are, those are whole numbers of it, each as the difference from the one before, and then by
//! how many of the finest steps of a float the sum of the floats is off; else floats. (Compressed with pco they were a tenth smaller, and took ten times as long to read: it is
//! made for thousands of numbers, not for dozens.)

use super::codec::{Reader, Writer};
use crate::domain::aggregate::{Summaries, Summary, summarise};
use crate::domain::column::MISSING_INTEGER;
use crate::domain::{Column, Field, FieldType, Table};
use crate::store::Error;

/// Milliseconds: a minute, a quarter of an hour, an hour, a day.
const STEPS: [i64; 4] = [60_000, 900_000, 3_600_000, 86_400_000];

/// Points of a stretch, on average, at which summaries are worth their bytes.
const POINTS: usize = if cfg!(test) { 3 } else { 12 };

/// How the numbers of values are told.
const ALL: u8 = 0;
const SOME: u8 = 1;

/// Marks numbers as floats; any other mark is the number of decimals.
const FLOATS: u8 = 255;
const MOST_DECIMALS: u8 = 6;
/// Units up to which sums are exact, with room to spare.
const MOST_UNITS: f64 = (1_i64 << 51) as f64;

/// The step for points at these times, which are in order; `None` when they are too far apart.
pub(super) fn step(times: &[i64]) -> Option<i64> {
    STEPS
        .into_iter()
        .find(|step| stretches(times, *step).count() * POINTS <= times.len())
}

/// The number of each stretch and how many points it has.
fn stretches(times: &[i64], step: i64) -> impl Iterator<Item = (i64, usize)> + '_ {
    let mut rest = times;
    std::iter::from_fn(move || {
        let number = rest.first()?.div_euclid(step);
        let end = number.saturating_add(1).saturating_mul(step);
        let points = rest.iter().take_while(|time| **time < end).count();
        rest = rest.get(points..).unwrap_or_default();
        Some((number, points))
    })
}

pub(super) fn encode(table: &Table, step: i64) -> Vec<u8> {
    let stretches: Vec<(i64, usize)> = stretches(&table.times, step).collect();
    let mut writer = Writer::default();
    let first = stretches.first().map_or(0, |(number, _)| *number);
    writer
        .signed(step)
        .signed(first)
        .unsigned(stretches.len() as u64);
    let mut before = first;
    for (number, _) in &stretches {
        writer.unsigned((number - before) as u64);
        before = *number;
    }
    for (_, points) in &stretches {
        writer.unsigned(*points as u64);
    }
    for column in &table.columns {
        encode_column(&mut writer, column, &stretches);
    }
    writer.finish()
}

fn encode_column(writer: &mut Writer, column: &Column, stretches: &[(i64, usize)]) {
    let mut row = 0;
    let summary = |(_, points): &(i64, usize)| {
        let rows = row..row + points;
        row = rows.end;
        summarise(column, rows)
    };
    let summaries: Vec<Summary> = stretches.iter().map(summary).collect();
    let is_whole = summaries
        .iter()
        .zip(stretches)
        .all(|(summary, (_, points))| summary.present == *points);
    writer.byte(if is_whole { ALL } else { SOME });
    if !is_whole {
        for summary in &summaries {
            writer.unsigned(summary.present as u64);
        }
    }
    if matches!(column.kind(), FieldType::Number | FieldType::Integer) {
        let present: Vec<Summary> = summaries
            .into_iter()
            .filter(|summary| summary.present > 0)
            .collect();
        writer.bytes(&encode_numbers(&present, column));
    }
}

fn encode_numbers(present: &[Summary], column: &Column) -> Vec<u8> {
    let mut writer = Writer::default();
    let Some(decimals) = decimals(column) else {
        writer.byte(FLOATS);
        for summary in present {
            writer
                .float(summary.sum)
                .float(summary.min)
                .float(summary.max);
        }
        return writer.finish();
    };
    writer.byte(decimals);
    let mut before = [0; 3];
    for summary in present {
        let numbers = [summary.sum, summary.min, summary.max].map(|number| units(number, decimals));
        for (number, before) in numbers.into_iter().zip(&mut before) {
            writer.signed(number - *before);
            *before = number;
        }
        let rounded = units(summary.sum, decimals) as f64 / power(decimals);
        let error = summary.sum.to_bits().wrapping_sub(rounded.to_bits());
        writer.signed(error as i64);
    }
    writer.finish()
}

/// How many decimals the values have at most, if they are few and the values so small that their
/// sum is exact.
fn decimals(column: &Column) -> Option<u8> {
    let limit = MOST_UNITS / column.len().max(1) as f64;
    let is_exact = |number: f64, decimals: u8| {
        let units = (number * power(decimals)).round();
        units.abs() <= limit && units / power(decimals) == number
    };
    match column {
        Column::Number(values) => {
            let mut decimals = 0;
            for value in values.iter().filter(|value| !value.is_nan()) {
                while !is_exact(*value, decimals) {
                    decimals += 1;
                    if decimals > MOST_DECIMALS {
                        return None;
                    }
                }
            }
            Some(decimals)
        }
        Column::Integer(values) => {
            let mut present = values.iter().filter(|value| **value != MISSING_INTEGER);
            present.all(|value| is_exact(*value as f64, 0)).then_some(0)
        }
        Column::Text(_) | Column::Boolean(_) => None,
    }
}

fn power(decimals: u8) -> f64 {
    10_f64.powi(decimals.into())
}

fn units(number: f64, decimals: u8) -> i64 {
    (number * power(decimals)).round() as i64
}

/// Decodes the summaries of the columns at the positions `wanted` among `fields`, of a chunk of
/// `columns` columns. A field that was added after the chunk was written has no values.
pub(super) fn decode(
    section: &[u8],
    columns: usize,
    fields: &[Field],
    wanted: &[usize],
) -> Result<Summaries, Error> {
    let mut reader = Reader::new("summaries of a chunk", section);
    let (step, mut number) = (reader.signed()?, reader.signed()?);
    let count = reader.count(2)?;
    let mut summaries = Summaries::default();
    for _ in 0..count {
        number = number.saturating_add_unsigned(reader.unsigned()?);
        summaries.times.push(number.saturating_mul(step));
    }
    for _ in 0..count {
        summaries.points.push(read_count(&mut reader)?);
    }
    let mut decoded: Vec<Vec<Summary>> = Vec::new();
    for (position, field) in fields.iter().enumerate().take(columns) {
        let present = read_present(&mut reader, &summaries.points)?;
        let numbers = if field.kind.is_numeric() {
            Some(reader.bytes()?)
        } else {
            None
        };
        let is_wanted = wanted.contains(&position);
        decoded.push(match numbers {
            _ if !is_wanted => Vec::new(),
            Some(numbers) => decode_numbers(numbers, present)?,
            None => present,
        });
    }
    let none = vec![Summary::default(); count];
    let column = |position: &usize| decoded.get(*position).unwrap_or(&none).clone();
    summaries.columns = wanted.iter().map(column).collect();
    Ok(summaries)
}

fn read_count(reader: &mut Reader) -> Result<usize, Error> {
    Ok(usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX))
}

/// Summaries that tell of no more than how many values are there.
fn read_present(reader: &mut Reader, points: &[usize]) -> Result<Vec<Summary>, Error> {
    let summary = |present: usize| Summary {
        present,
        ..Summary::default()
    };
    match reader.byte()? {
        ALL => Ok(points.iter().copied().map(summary).collect()),
        SOME => points
            .iter()
            .map(|_| read_count(reader).map(summary))
            .collect(),
        _ => Err(reader.corrupt("has an unknown marking")),
    }
}

fn decode_numbers(section: &[u8], mut summaries: Vec<Summary>) -> Result<Vec<Summary>, Error> {
    let mut reader = Reader::new("numbers in summaries of a chunk", section);
    let decimals = reader.byte()?;
    let mut before = [0_i64; 3];
    for summary in summaries.iter_mut().filter(|summary| summary.present > 0) {
        let mut numbers = [0.0; 3];
        for (number, before) in numbers.iter_mut().zip(&mut before) {
            *number = match decimals {
                FLOATS => reader.float()?,
                decimals => {
                    *before = before.saturating_add(reader.signed()?);
                    *before as f64 / power(decimals)
                }
            };
        }
        let [mut sum, min, max] = numbers;
        if decimals != FLOATS {
            let error = reader.signed()?;
            sum = f64::from_bits((sum.to_bits() as i64).wrapping_add(error) as u64);
        }
        *summary = Summary {
            sum,
            min,
            max,
            ..*summary
        };
    }
    Ok(summaries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FieldName, Value};

    fn fields() -> Vec<Field> {
        let field = |kind: FieldType| Field::new(FieldName::new(kind.name()).unwrap(), kind);
        FieldType::ALL.map(field).to_vec()
    }

    fn table(count: i64, apart: i64) -> Table {
        let mut table = Table::new(FieldType::ALL);
        for at in 0..count {
            let number = if at % 7 == 0 {
                Value::Missing
            } else {
                Value::Number(at as f64 / 10.0)
            };
            let text = if at < 9 {
                Value::Missing
            } else {
                Value::Text("x".into())
            };
            let values = [number, Value::Integer(at), text, Value::Missing];
            table.push(at * apart - 50 * apart, at as u64, &values);
        }
        table
    }

    #[test]
    fn summaries_are_those_of_their_points() {
        for (count, apart) in [(1, 1), (200, 10_000), (4096, 60_000), (500, 1_000_000)] {
            let table = table(count, apart);
            let Some(step) = step(&table.times) else {
                continue;
            };
            let encoded = encode(&table, step);
            let decoded = decode(&encoded, 4, &fields(), &[3, 0, 9, 1, 2, 0]).unwrap();
            assert_eq!(decoded.points.iter().sum::<usize>(), table.len());
            assert_eq!(
                decoded.columns[2],
                vec![Summary::default(); decoded.times.len()]
            );
            assert_eq!(decoded.columns[1], decoded.columns[5]);
            let mut row = 0;
            for (at, points) in decoded.points.iter().enumerate() {
                let rows = row..row + points;
                let (from, to) = (decoded.times[at], decoded.times[at] + step);
                assert!(
                    table.times[rows.clone()]
                        .iter()
                        .all(|time| (from..to).contains(time))
                );
                for (place, position) in [(0, 3), (1, 0), (3, 1), (4, 2)] {
                    let expected = summarise(&table.columns[position], rows.clone());
                    assert_eq!(decoded.columns[place][at], expected);
                }
                row = rows.end;
            }
        }
    }

    #[test]
    fn points_far_apart_have_no_summaries() {
        assert_eq!(step(&[0, 86_400_000, 2 * 86_400_000, 3 * 86_400_000]), None);
        assert_eq!(step(&[0, 1, 2, 3]), Some(60_000));
    }

    #[test]
    fn torn_bytes_are_an_error() {
        let encoded = encode(&table(500, 10_000), 900_000);
        for length in 0..encoded.len() {
            assert!(
                decode(&encoded[..length], 4, &fields(), &[0, 1, 2, 3]).is_err(),
                "{length}"
            );
        }
    }
}
