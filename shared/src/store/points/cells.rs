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
//! numbers the bytes that follow, a mark again, and of the stretches with values all sums, then all
//! least and all greatest values. Where all values of the column are multiples of a power of ten, as most
//! measurements are, those are whole numbers of it, each as the difference from the one before, and then by
//! how many of the finest steps of a float the sum of the floats is off; else floats. (Compressed with pco they were a tenth smaller, and took ten times as long to read: it is
//! made for thousands of numbers, not for dozens.)

use super::codec::{self, Reader, Writer};
use crate::domain::aggregate::{Summaries, Summary, summarise};
use crate::domain::column::MISSING_INTEGER;
use crate::domain::{Column, Field, FieldType, Table};
use crate::store::Error;

/// Milliseconds: a minute, a quarter of an hour, an hour, a day.
const STEPS: [i64; 4] = [60_000, 900_000, 3_600_000, 86_400_000];

/// Points of a stretch, on average, at which summaries are worth their bytes and the time to read
/// them: a summary of two columns takes about as long as a dozen points.
const POINTS: usize = if cfg!(test) { 3 } else { 20 };

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
    let decimals = decimals(column);
    let mut writer = Writer::default();
    writer.byte(decimals.unwrap_or(FLOATS));
    let mut section = |number: fn(&Summary) -> f64, is_sum: bool| {
        let mut section = Writer::default();
        let mut before = 0;
        for number in present.iter().map(number) {
            let Some(decimals) = decimals else {
                section.float(number);
                continue;
            };
            let units = (number * power(decimals)).round() as i64;
            section.signed(units - before);
            before = units;
            if is_sum {
                let error = number
                    .to_bits()
                    .wrapping_sub((units as f64 / power(decimals)).to_bits());
                section.signed(error as i64);
            }
        }
        writer.bytes(&section.finish());
    };
    section(|summary| summary.sum, true);
    section(|summary| summary.min, false);
    section(|summary| summary.max, false);
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

/// Decodes the summaries of the columns at the positions `wanted` among `fields`, of a chunk of
/// `columns` columns; without least and greatest values unless `with_extremes`. A field that was
/// added after the chunk was written has no values.
pub(super) fn decode(
    section: &[u8],
    columns: usize,
    fields: &[Field],
    wanted: &[usize],
    with_extremes: bool,
) -> Result<Summaries, Error> {
    let mut reader = Reader::new("summaries of a chunk", section);
    let (step, mut number) = (reader.signed()?, reader.signed()?);
    let count = reader.count(2)?;
    let mut summaries = Summaries::default();
    for apart in reader.run(count)? {
        number = number.saturating_add_unsigned(apart);
        summaries.times.push(number.saturating_mul(step));
    }
    summaries.points = read_counts(&mut reader, count)?;
    let none = vec![Summary::default(); count];
    summaries.columns = vec![Vec::new(); wanted.len()];
    for (position, field) in fields.iter().enumerate().take(columns) {
        let present = read_present(&mut reader, &summaries.points)?;
        let numbers = if field.kind.is_numeric() {
            Some(reader.bytes()?)
        } else {
            None
        };
        let places = wanted.iter().zip(&mut summaries.columns);
        for (_, place) in places.filter(|(wanted, _)| **wanted == position) {
            place.clone_from(&present);
            if let Some(numbers) = numbers {
                decode_numbers(numbers, with_extremes, place)?;
            }
        }
    }
    let missing = summaries
        .columns
        .iter_mut()
        .filter(|column| column.is_empty());
    missing.for_each(|column| column.clone_from(&none));
    Ok(summaries)
}

fn read_counts(reader: &mut Reader, count: usize) -> Result<Vec<usize>, Error> {
    let counts = reader.run(count)?.into_iter();
    let counts = counts.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    Ok(counts.collect())
}

/// Summaries that tell of no more than how many values are there.
fn read_present(reader: &mut Reader, points: &[usize]) -> Result<Vec<Summary>, Error> {
    let summary = |present: usize| Summary {
        present,
        ..Summary::default()
    };
    match reader.byte()? {
        ALL => Ok(points.iter().copied().map(summary).collect()),
        SOME => {
            let counts = read_counts(reader, points.len())?;
            Ok(counts.into_iter().map(summary).collect())
        }
        _ => Err(reader.corrupt("has an unknown marking")),
    }
}

fn decode_numbers(
    section: &[u8],
    with_extremes: bool,
    summaries: &mut [Summary],
) -> Result<(), Error> {
    let mut reader = Reader::new("numbers in summaries of a chunk", section);
    let decimals = Some(reader.byte()?).filter(|mark| *mark != FLOATS);
    let scale = decimals.map(power);
    let sums = reader.bytes()?;
    read_numbers(sums, scale, true, summaries, |summary, sum| {
        summary.sum = sum
    })?;
    if with_extremes {
        let (mins, maxes) = (reader.bytes()?, reader.bytes()?);
        read_numbers(mins, scale, false, summaries, |summary, min| {
            summary.min = min
        })?;
        read_numbers(maxes, scale, false, summaries, |summary, max| {
            summary.max = max
        })?;
    }
    Ok(())
}

/// Reads a number for each summary that has values.
fn read_numbers(
    section: &[u8],
    scale: Option<f64>,
    is_sum: bool,
    summaries: &mut [Summary],
    set: impl Fn(&mut Summary, f64),
) -> Result<(), Error> {
    let mut reader = Reader::new("numbers in summaries of a chunk", section);
    let present = summaries.iter_mut().filter(|summary| summary.present > 0);
    let Some(scale) = scale else {
        for summary in present {
            set(summary, reader.float()?);
        }
        return Ok(());
    };
    let present: Vec<&mut Summary> = present.collect();
    let each = if is_sum { 2 } else { 1 };
    let numbers = reader.run(present.len() * each)?;
    let mut units = 0_i64;
    for (summary, numbers) in present.into_iter().zip(numbers.chunks_exact(each)) {
        let mut numbers = numbers.iter().copied().map(codec::signed);
        units = units.saturating_add(numbers.next().unwrap_or(0));
        let error = numbers.next().unwrap_or(0);
        let number = (units as f64 / scale).to_bits();
        set(summary, f64::from_bits(number.wrapping_add(error as u64)));
    }
    Ok(())
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
            let decoded = decode(&encoded, 4, &fields(), &[3, 0, 9, 1, 2, 0], true).unwrap();
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
                decode(&encoded[..length], 4, &fields(), &[0, 1, 2, 3], true).is_err(),
                "{length}"
            );
        }
    }
}
