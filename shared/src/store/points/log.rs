//! The entries of the log.
//!
//! An entry is the decimal number before it was handed ids from, a space, a letter and its body:
//!
//! | letter | meaning | body |
//! |---|---|---|
//! | `i` | points inserted, with the sequence numbers from the entry's number on | count, then for each its time and values |
//! | `p` | a point put in the place of the one with its id | time, sequence number, values |
//! | `d` | points deleted | count, then for each time and sequence number |
//! | `r` | all points deleted that are in a range of time and fulfil conditions | range and conditions |

use super::codec::{Reader, Writer};
use crate::domain::{Comparison, Field, FieldType, Filter, PointId, TimeRange, Timestamp, Value};
use crate::store::Error;

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    Insert(Vec<(PointId, Vec<Value>)>),
    Put(PointId, Vec<Value>),
    Delete(Vec<PointId>),
    DeleteRange {
        range: TimeRange,
        filters: Vec<Filter>,
    },
}

impl Entry {
    /// The entry with the types that the fields have now: what was an integer before its field
    /// became one of numbers is a number.
    pub(super) fn fitted(mut self, fields: &[Field]) -> Self {
        let fit = |values: &mut Vec<Value>| {
            for (value, field) in values.iter_mut().zip(fields) {
                if let (Value::Integer(number), FieldType::Number) = (&*value, field.kind) {
                    *value = Value::Number(*number as f64);
                }
            }
        };
        match &mut self {
            Self::Insert(points) => points.iter_mut().for_each(|(_, values)| fit(values)),
            Self::Put(_, values) => fit(values),
            Self::Delete(_) | Self::DeleteRange { .. } => {}
        }
        self
    }
}

/// The body of an insertion, without the number that the script puts before it.
pub(super) fn encode_insert<'a>(
    points: impl ExactSizeIterator<Item = (Timestamp, &'a [Value])>,
) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.byte(b'i').unsigned(points.len() as u64);
    for (time, values) in points {
        writer.signed(time.milliseconds()).values(values);
    }
    writer.finish()
}

pub(super) fn encode_put(id: PointId, values: &[Value]) -> Vec<u8> {
    let mut writer = Writer::default();
    write_id(writer.byte(b'p'), id);
    writer.values(values);
    writer.finish()
}

pub(super) fn encode_delete(ids: &[PointId]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.byte(b'd').unsigned(ids.len() as u64);
    for id in ids {
        write_id(&mut writer, *id);
    }
    writer.finish()
}

pub(super) fn encode_delete_range(range: TimeRange, filters: &[Filter]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.byte(b'r');
    for bound in [range.start, range.end] {
        match bound {
            None => writer.byte(0),
            Some(time) => writer.byte(1).signed(time.milliseconds()),
        };
    }
    writer.unsigned(filters.len() as u64);
    for filter in filters {
        write_filter(&mut writer, filter);
    }
    writer.finish()
}

/// Reads one entry of the list.
pub(super) fn decode(bytes: &[u8]) -> Result<Entry, Error> {
    let (number, body) = split_number(bytes)?;
    let mut reader = Reader::new("an entry of the log", body);
    let entry = match reader.byte()? {
        b'i' => {
            let count = reader.count(2)?;
            let mut points = Vec::with_capacity(count);
            for at in 0..count {
                let time = read_time(&mut reader)?;
                let id = PointId {
                    time,
                    sequence: number + at as u64,
                };
                points.push((id, reader.values()?));
            }
            Entry::Insert(points)
        }
        b'p' => Entry::Put(read_id(&mut reader)?, reader.values()?),
        b'd' => {
            let count = reader.count(2)?;
            Entry::Delete(
                (0..count)
                    .map(|_| read_id(&mut reader))
                    .collect::<Result<_, _>>()?,
            )
        }
        b'r' => {
            let range = TimeRange {
                start: read_bound(&mut reader)?,
                end: read_bound(&mut reader)?,
            };
            let count = reader.count(2)?;
            let filters = (0..count)
                .map(|_| read_filter(&mut reader))
                .collect::<Result<_, _>>()?;
            Entry::DeleteRange { range, filters }
        }
        _ => return Err(reader.corrupt("is of an unknown kind")),
    };
    Ok(entry)
}

fn split_number(bytes: &[u8]) -> Result<(u64, &[u8]), Error> {
    let corrupt = || Error::Corrupt("an entry of the log has no number".to_owned());
    let space = bytes
        .iter()
        .position(|byte| *byte == b' ')
        .ok_or_else(corrupt)?;
    let (digits, body) = bytes.split_at(space);
    let number = std::str::from_utf8(digits)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(corrupt)?;
    Ok((number, body.get(1..).unwrap_or_default()))
}

fn write_id(writer: &mut Writer, id: PointId) {
    writer.signed(id.time.milliseconds()).unsigned(id.sequence);
}

fn read_time(reader: &mut Reader) -> Result<Timestamp, Error> {
    let milliseconds = reader.signed()?;
    Timestamp::from_milliseconds(milliseconds).map_err(|why| reader.corrupt(&why))
}

fn read_id(reader: &mut Reader) -> Result<PointId, Error> {
    Ok(PointId {
        time: read_time(reader)?,
        sequence: reader.unsigned()?,
    })
}

fn read_bound(reader: &mut Reader) -> Result<Option<Timestamp>, Error> {
    match reader.byte()? {
        0 => Ok(None),
        _ => read_time(reader).map(Some),
    }
}

fn write_filter(writer: &mut Writer, filter: &Filter) {
    writer.unsigned(filter.field as u64);
    let (code, values) = match &filter.comparison {
        Comparison::Equal(value) => (0, std::slice::from_ref(value)),
        Comparison::NotEqual(value) => (1, std::slice::from_ref(value)),
        Comparison::Less(value) => (2, std::slice::from_ref(value)),
        Comparison::LessOrEqual(value) => (3, std::slice::from_ref(value)),
        Comparison::Greater(value) => (4, std::slice::from_ref(value)),
        Comparison::GreaterOrEqual(value) => (5, std::slice::from_ref(value)),
        Comparison::In(values) => (6, values.as_slice()),
        Comparison::IsMissing => (7, &[][..]),
        Comparison::IsPresent => (8, &[][..]),
    };
    writer.byte(code).values(values);
}

fn read_filter(reader: &mut Reader) -> Result<Filter, Error> {
    let field = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
    let code = reader.byte()?;
    let mut values = reader.values()?;
    let comparison = match (code, values.len()) {
        (6, _) => Comparison::In(values),
        (7, 0) => Comparison::IsMissing,
        (8, 0) => Comparison::IsPresent,
        (0..=5, 1) => {
            let value = values.pop().unwrap_or(Value::Missing);
            match code {
                0 => Comparison::Equal(value),
                1 => Comparison::NotEqual(value),
                2 => Comparison::Less(value),
                3 => Comparison::LessOrEqual(value),
                4 => Comparison::Greater(value),
                _ => Comparison::GreaterOrEqual(value),
            }
        }
        _ => return Err(reader.corrupt("has a condition of unknown kind")),
    };
    Ok(Filter { field, comparison })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds).unwrap()
    }

    fn numbered(number: u64, body: Vec<u8>) -> Vec<u8> {
        [number.to_string().as_bytes(), b" ", &body].concat()
    }

    #[test]
    fn entries_go_there_and_back() {
        let values = vec![Value::Number(1.5), Value::Missing];
        let insert = encode_insert([(time(-5), &values[..]), (time(9), &[][..])].into_iter());
        let id = |at, sequence| PointId {
            time: time(at),
            sequence,
        };
        assert_eq!(
            decode(&numbered(41, insert)),
            Ok(Entry::Insert(vec![
                (id(-5, 41), values.clone()),
                (id(9, 42), vec![])
            ]))
        );
        assert_eq!(
            decode(&numbered(0, encode_put(id(3, 4), &values))),
            Ok(Entry::Put(id(3, 4), values))
        );
        let ids = vec![id(3, 4), id(-3, 5)];
        assert_eq!(
            decode(&numbered(0, encode_delete(&ids))),
            Ok(Entry::Delete(ids))
        );
        let range = TimeRange {
            start: None,
            end: Some(time(7)),
        };
        let comparisons = [
            Comparison::Equal(Value::Text("x".into())),
            Comparison::NotEqual(Value::Integer(1)),
            Comparison::Less(Value::Number(1.0)),
            Comparison::LessOrEqual(Value::Number(1.0)),
            Comparison::Greater(Value::Number(1.0)),
            Comparison::GreaterOrEqual(Value::Number(1.0)),
            Comparison::In(vec![Value::Boolean(true), Value::Boolean(false)]),
            Comparison::IsMissing,
            Comparison::IsPresent,
        ];
        let filters: Vec<Filter> = comparisons
            .into_iter()
            .enumerate()
            .map(|(field, comparison)| Filter { field, comparison })
            .collect();
        assert_eq!(
            decode(&numbered(8, encode_delete_range(range, &filters))),
            Ok(Entry::DeleteRange { range, filters })
        );
    }

    #[test]
    fn torn_entries_are_errors() {
        let entry = numbered(
            7,
            encode_put(
                PointId {
                    time: time(0),
                    sequence: 1,
                },
                &[Value::Integer(5)],
            ),
        );
        for length in 0..entry.len() {
            assert!(decode(&entry[..length]).is_err(), "{length}");
        }
    }
}
