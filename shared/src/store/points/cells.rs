//! Summaries of stretches of a chunk, so that buckets of hours and days are told without decoding
//! the points.
//!
//! A stretch is what a chunk has between two multiples of a step. The step is the shortest of those
//! below of which the stretches have [`POINTS`] points on average: an hour for minute data, a day
//! for hourly data, none for daily data. In UTC, so that hours serve the days of all zones that are
//! whole hours apart.
//!
//! The section is, as variable-length numbers: the first stretch's number (its time by the step), how
//! many stretches there are, how far each is from the one before, how many points each has; and for
//! each column a mark, the numbers of values where some are missing, and of numbers their sums, least
//! and greatest, compressed with pco.
//!
//! Measured on a million minutes with two columns of one decimal (bytes a point of Redis, all
//! included): see the table in [`super::scan`].

use super::chunk::{compress, decompress};
use super::codec::{Reader, Writer};
use crate::domain::aggregate::{Summaries, Summary, summarise};
use crate::domain::{Column, Table};
use crate::store::Error;

/// Milliseconds: a minute, a quarter of an hour, an hour, a day.
const STEPS: [i64; 4] = [60_000, 900_000, 3_600_000, 86_400_000];

/// Points of a stretch, on average, at which summaries are worth their bytes.
const POINTS: usize = if cfg!(test) { 3 } else { 12 };

/// How the numbers of values are told.
const ALL: u8 = 0;
const SOME: u8 = 1;

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

pub(super) fn encode(table: &Table, step: i64) -> Result<Vec<u8>, Error> {
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
        encode_column(&mut writer, column, &stretches)?;
    }
    Ok(writer.finish())
}

fn encode_column(
    writer: &mut Writer,
    column: &Column,
    stretches: &[(i64, usize)],
) -> Result<(), Error> {
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
    let numbers = |of: fn(&Summary) -> f64| {
        let present = summaries
            .iter()
            .filter(|summary| summary.min <= summary.max);
        compress(&present.map(of).collect::<Vec<f64>>())
    };
    writer.bytes(&numbers(|summary| summary.sum)?);
    writer
        .bytes(&numbers(|summary| summary.min)?)
        .bytes(&numbers(|summary| summary.max)?);
    Ok(())
}

/// Decodes the summaries of the columns at the positions `wanted` out of `columns` columns. A field
/// that was added after the chunk was written has no values.
pub(super) fn decode(section: &[u8], columns: usize, wanted: &[usize]) -> Result<Summaries, Error> {
    let mut reader = Reader::new("summaries of a chunk", section);
    let (step, mut number) = (reader.signed()?, reader.signed()?);
    let count = reader.count(2)?;
    let mut summaries = Summaries::default();
    for _ in 0..count {
        number = number.saturating_add_unsigned(reader.unsigned()?);
        summaries.times.push(number.saturating_mul(step));
    }
    for _ in 0..count {
        summaries
            .points
            .push(usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX));
    }
    let none = vec![Summary::default(); count];
    summaries.columns = vec![none; wanted.len()];
    for column in 0..columns {
        let places = wanted.iter().zip(&mut summaries.columns);
        let mut places = places
            .filter(|(position, _)| **position == column)
            .map(|(_, place)| place);
        match places.next() {
            None => skip_column(&mut reader, count)?,
            Some(place) => {
                *place = decode_column(&mut reader, &summaries.points)?;
                // A field may be asked for twice.
                let copy = place.clone();
                places.for_each(|place| place.clone_from(&copy));
            }
        }
    }
    Ok(summaries)
}

fn skip_column(reader: &mut Reader, count: usize) -> Result<(), Error> {
    if reader.byte()? == SOME {
        for _ in 0..count {
            reader.unsigned()?;
        }
    }
    for _ in 0..3 {
        reader.bytes()?;
    }
    Ok(())
}

fn decode_column(reader: &mut Reader, points: &[usize]) -> Result<Vec<Summary>, Error> {
    let present = match reader.byte()? {
        ALL => points.to_vec(),
        SOME => points
            .iter()
            .map(|_| {
                reader
                    .unsigned()
                    .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(reader.corrupt("has an unknown marking")),
    };
    let (sums, mins, maxes) = (reader.bytes()?, reader.bytes()?, reader.bytes()?);
    let empty = |present: usize| Summary {
        present,
        ..Summary::default()
    };
    let mut summaries: Vec<Summary> = present.into_iter().map(empty).collect();
    if sums.is_empty() {
        return Ok(summaries);
    }
    let count = summaries
        .iter()
        .filter(|summary| summary.present > 0)
        .count();
    let (sums, mins, maxes) = (
        decompress(sums, count)?,
        decompress(mins, count)?,
        decompress(maxes, count)?,
    );
    let numbers = sums.into_iter().zip(mins).zip(maxes);
    let places = summaries.iter_mut().filter(|summary| summary.present > 0);
    for (place, ((sum, min), max)) in places.zip(numbers) {
        *place = Summary {
            sum,
            min,
            max,
            ..*place
        };
    }
    Ok(summaries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FieldType, Value};

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
            let encoded = encode(&table, step).unwrap();
            let decoded = decode(&encoded, 4, &[3, 0, 9, 1, 2, 0]).unwrap();
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
        let encoded = encode(&table(500, 10_000), 900_000).unwrap();
        for length in 0..encoded.len() {
            assert!(
                decode(&encoded[..length], 4, &[0, 1, 2, 3]).is_err(),
                "{length}"
            );
        }
    }
}
