//! Chunks: up to a few thousand points, sorted by id, column by column, never changed.
//!
//! A chunk's bytes are a version (2), the number of points and of columns, and then sections, each
//! with its length before it, so that a reader decodes only the columns it needs: summaries (see
//! [`super::cells`]), the times, the sequence numbers, and each column. Times and sequence numbers
//! are their first and their step where they are regular. Other numbers are compressed with pco
//! (times as 64-bit integers), texts are a dictionary and pco-compressed codes. Only values that are
//! there are stored; a bitmap says which, where some are missing.
//!
//! A chunk's description is a member of the sorted set, in this order: the first point's sequence
//! number (8 bytes, big-endian, so that chunks with equal first times stay in order), the chunk's
//! id (16 letters), the first and last time, the last sequence number, the number of points, the
//! bytes of the chunk, the step of its summaries in milliseconds (0 without any), its first bytes
//! up to the end of those, and for each column how many values are there and, of numbers, the
//! least, the greatest and the sum.

use pco::ChunkConfig;
use pco::data_types::Number;
use pco::standalone::{simple_compress, simple_decompress};

use super::cells;
use super::codec::{Reader, Writer};
use crate::domain::aggregate::{Summaries, Summary, summarise};
use crate::domain::column::{MISSING_BOOLEAN, MISSING_CODE, MISSING_INTEGER};
use crate::domain::{Column, Field, FieldType, PointId, Table, TextColumn, Timestamp};
use crate::store::Error;

/// Points of a full chunk. Larger ones compress a little better, smaller ones are quicker to read
/// for a few points; a chunk of this size decodes in about 50 microseconds a column.
/// Tests use tiny ones, so that few points make many chunks.
pub const FULL: usize = if cfg!(test) { 16 } else { 4096 };

/// Points of the largest chunk that is believed to be one.
const MOST: usize = 64 * 4096;

/// pco's effort: 4 of 12 compresses within 1 % of the default (8) on measured series, in less than
/// half the time.
const LEVEL: usize = 4;

const VERSION: u8 = 2;

/// What the sorted set says of one chunk.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// The member of the sorted set as it is stored, to be removed by.
    pub member: Vec<u8>,
    pub id: String,
    pub first: PointId,
    pub last: PointId,
    pub count: usize,
    pub bytes: usize,
    /// Its summaries of shorter stretches, if it has any.
    pub cells: Option<Cells>,
    pub columns: Vec<Summary>,
}

/// Where a chunk's summaries are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cells {
    /// Milliseconds, of which no summary crosses a multiple.
    pub step: i64,
    /// The first bytes of the chunk, which hold them.
    pub bytes: usize,
}

/// A chunk ready to be stored.
#[derive(Debug)]
pub struct Encoded {
    pub description: Description,
    pub blob: Vec<u8>,
}

/// Encodes points that are sorted by id and not empty. `id` is 16 letters that no other chunk has.
pub fn encode(id: &str, table: &Table) -> Result<Encoded, Error> {
    let first = id_at(table, 0)?;
    let last = id_at(table, table.len().saturating_sub(1))?;
    let mut blob = Writer::default();
    blob.byte(VERSION)
        .unsigned(table.len() as u64)
        .unsigned(table.columns.len() as u64);
    let step = cells::step(&table.times);
    blob.bytes(&step.map_or_else(Vec::new, |step| cells::encode(table, step)));
    let cells = step.map(|step| Cells {
        step,
        bytes: blob.len(),
    });
    blob.bytes(&encode_steps(&table.times)?);
    blob.bytes(&encode_steps(&table.sequences)?);
    for column in &table.columns {
        blob.bytes(&encode_column(column)?);
    }
    let blob = blob.finish();
    let whole = |column: &Column| summarise(column, 0..column.len());
    let mut description = Description {
        member: Vec::new(),
        id: id.to_owned(),
        first,
        last,
        count: table.len(),
        bytes: blob.len(),
        cells,
        columns: table.columns.iter().map(whole).collect(),
    };
    description.member = encode_member(&description);
    Ok(Encoded { description, blob })
}

/// Decodes a chunk: ids, and of the columns those at the positions `wanted` among `fields`, in that
/// order. A field that was added after the chunk was written is all missing; one that was of
/// integers then is of numbers.
pub fn decode(blob: &[u8], fields: &[Field], wanted: &[usize]) -> Result<Table, Error> {
    let mut reader = Reader::new("a chunk", blob);
    if reader.byte()? != VERSION {
        return Err(reader.corrupt("is of an unknown version"));
    }
    let count = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
    let columns = reader.count(1)?;
    reader.bytes()?;
    let times = decode_steps::<i64>(reader.bytes()?, count)?;
    let sequences = decode_steps::<u64>(reader.bytes()?, count)?;
    let sections = (0..columns)
        .map(|_| reader.bytes())
        .collect::<Result<Vec<_>, _>>()?;
    let columns = wanted
        .iter()
        .map(|position| {
            let kind = fields
                .get(*position)
                .map_or(FieldType::Number, |field| field.kind);
            match sections.get(*position) {
                Some(section) => decode_column(section, kind, count),
                None => Ok(missing(kind, count)),
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(Table {
        times,
        sequences,
        columns,
    })
}

/// Decodes the summaries of a chunk from its first bytes, of the columns at the positions
/// `wanted` among `fields`; without least and greatest values unless `with_extremes`.
pub fn decode_cells(
    head: &[u8],
    fields: &[Field],
    wanted: &[usize],
    with_extremes: bool,
) -> Result<Summaries, Error> {
    let mut reader = Reader::new("the head of a chunk", head);
    if reader.byte()? != VERSION {
        return Err(reader.corrupt("is of an unknown version"));
    }
    reader.unsigned()?;
    let columns = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
    cells::decode(reader.bytes()?, columns, fields, wanted, with_extremes)
}

/// Reads a member of the sorted set.
pub(super) fn describe(member: Vec<u8>) -> Result<Description, Error> {
    let mut reader = Reader::new("a chunk's description", &member);
    let first_sequence = reader.big_endian()?;
    let id = std::str::from_utf8(reader.raw(16)?).map_err(|_| reader.corrupt("has a bad id"))?;
    let id = id.to_owned();
    let first = PointId {
        time: time(reader.signed()?)?,
        sequence: first_sequence,
    };
    let last = PointId {
        time: time(reader.signed()?)?,
        sequence: reader.unsigned()?,
    };
    let count = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
    let bytes = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
    let step = i64::try_from(reader.unsigned()?).unwrap_or(0);
    let head = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
    let cells = (step > 0).then_some(Cells { step, bytes: head });
    let columns = reader.count(1)?;
    let columns = (0..columns)
        .map(|_| read_summary(&mut reader))
        .collect::<Result<_, _>>()?;
    Ok(Description {
        id,
        first,
        last,
        count,
        bytes,
        cells,
        columns,
        member,
    })
}

fn id_at(table: &Table, row: usize) -> Result<PointId, Error> {
    match (table.times.get(row), table.sequences.get(row)) {
        (Some(milliseconds), Some(sequence)) => Ok(PointId {
            time: time(*milliseconds)?,
            sequence: *sequence,
        }),
        _ => Err(Error::Corrupt("a chunk without points".to_owned())),
    }
}

fn time(milliseconds: i64) -> Result<Timestamp, Error> {
    Timestamp::from_milliseconds(milliseconds)
        .map_err(|why| Error::Corrupt(format!("a time in a chunk {why}")))
}

fn encode_member(chunk: &Description) -> Vec<u8> {
    let Description {
        id,
        first,
        last,
        count,
        bytes,
        cells,
        columns,
        ..
    } = chunk;
    let mut writer = Writer::default();
    writer.raw(&first.sequence.to_be_bytes()).raw(id.as_bytes());
    writer
        .signed(first.time.milliseconds())
        .signed(last.time.milliseconds());
    writer
        .unsigned(last.sequence)
        .unsigned(*count as u64)
        .unsigned(*bytes as u64);
    let (step, head) = cells.map_or((0, 0), |cells| (cells.step as u64, cells.bytes as u64));
    writer.unsigned(step).unsigned(head);
    writer.unsigned(columns.len() as u64);
    for column in columns {
        // Of a column without numbers min is greater than max: nothing more to say.
        let has_numbers = column.min <= column.max;
        writer.unsigned((column.present as u64) << 1 | u64::from(has_numbers));
        if has_numbers {
            writer.float(column.min).float(column.max).float(column.sum);
        }
    }
    writer.finish()
}

fn read_summary(reader: &mut Reader) -> Result<Summary, Error> {
    let head = reader.unsigned()?;
    let present = usize::try_from(head >> 1).unwrap_or(usize::MAX);
    if head & 1 == 0 {
        return Ok(Summary {
            present,
            ..Summary::default()
        });
    }
    Ok(Summary {
        present,
        min: reader.float()?,
        max: reader.float()?,
        sum: reader.float()?,
    })
}

/// How whole numbers are stored.
const REGULAR: u8 = 0;
const COMPRESSED: u8 = 1;

/// A number of which a series may have a regular step.
trait Stepped: Number + Copy + PartialEq {
    fn bits(self) -> u64;
    fn from_bits(bits: u64) -> Self;
}

impl Stepped for u64 {
    fn bits(self) -> u64 {
        self
    }

    fn from_bits(bits: u64) -> Self {
        bits
    }
}

impl Stepped for i64 {
    fn bits(self) -> u64 {
        self as u64
    }

    fn from_bits(bits: u64) -> Self {
        bits as i64
    }
}

/// The first and the step where each number is the one before plus the step: such series, minutes
/// or sequence numbers as they were handed out, are the most common and decode in no time.
fn encode_steps<T: Stepped>(values: &[T]) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::default();
    let bits = |at: usize| values.get(at).map_or(0, |value| value.bits());
    let (first, step) = (bits(0), bits(1).wrapping_sub(bits(0)));
    let is_regular = values.windows(2).all(|pair| match pair {
        [before, after] => after.bits().wrapping_sub(before.bits()) == step,
        _ => true,
    });
    if is_regular {
        writer
            .byte(REGULAR)
            .signed(first as i64)
            .signed(step as i64);
    } else {
        writer.byte(COMPRESSED).bytes(&compress(values)?);
    }
    Ok(writer.finish())
}

fn decode_steps<T: Stepped>(section: &[u8], count: usize) -> Result<Vec<T>, Error> {
    let mut reader = Reader::new("numbers of a chunk", section);
    match reader.byte()? {
        REGULAR => {
            let (first, step) = (reader.signed()? as u64, reader.signed()? as u64);
            if count > MOST {
                return Err(reader.corrupt("has a count beyond reason"));
            }
            let value = |at: u64| T::from_bits(first.wrapping_add(at.wrapping_mul(step)));
            Ok((0..count as u64).map(value).collect())
        }
        COMPRESSED => decompress(reader.bytes()?, count),
        _ => Err(reader.corrupt("has an unknown form")),
    }
}

/// How the present values of a column are marked.
const NONE: u8 = 0;
const ALL: u8 = 1;
const SOME: u8 = 2;

fn encode_column(column: &Column) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::default();
    match column {
        Column::Number(values) => {
            let present = write_presence(&mut writer, values, |value| !value.is_nan());
            writer.bytes(&compress(&present)?);
        }
        Column::Integer(values) => {
            let present = write_presence(&mut writer, values, |value| *value != MISSING_INTEGER);
            writer.bytes(&compress(&present)?);
        }
        Column::Boolean(values) => {
            let present = write_presence(&mut writer, values, |value| *value < MISSING_BOOLEAN);
            writer.bytes(&bitmap(present.iter().map(|value| *value == 1)));
        }
        Column::Text(text) => {
            let (words, codes) = used_words(text);
            let present = write_presence(&mut writer, &codes, |code| *code != MISSING_CODE);
            writer.unsigned(words.len() as u64);
            for word in words {
                writer.bytes(word.as_bytes());
            }
            writer.bytes(&compress(&present)?);
        }
    }
    Ok(writer.finish())
}

/// The words that occur, and the codes into them.
fn used_words(text: &TextColumn) -> (Vec<&str>, Vec<u32>) {
    let mut words = Vec::new();
    let mut translated = vec![MISSING_CODE; text.words().len()];
    let codes = text
        .codes()
        .iter()
        .map(|code| {
            let at = *code as usize;
            match (translated.get_mut(at), text.words().get(at)) {
                (Some(known), Some(word)) => {
                    if *known == MISSING_CODE {
                        *known = words.len() as u32;
                        words.push(word.as_str());
                    }
                    *known
                }
                _ => MISSING_CODE,
            }
        })
        .collect();
    (words, codes)
}

fn write_presence<T: Copy>(
    writer: &mut Writer,
    values: &[T],
    is_present: impl Fn(&T) -> bool,
) -> Vec<T> {
    let present: Vec<T> = values
        .iter()
        .filter(|value| is_present(value))
        .copied()
        .collect();
    if present.is_empty() {
        writer.byte(NONE);
    } else if present.len() == values.len() {
        writer.byte(ALL);
    } else {
        writer
            .byte(SOME)
            .raw(&bitmap(values.iter().map(is_present)));
    }
    present
}

fn read_presence(reader: &mut Reader, count: usize) -> Result<Option<Vec<bool>>, Error> {
    match reader.byte()? {
        ALL => Ok(None),
        NONE => Ok(Some(vec![false; count])),
        SOME => Ok(Some(read_bitmap(reader.raw(count.div_ceil(8))?, count))),
        _ => Err(reader.corrupt("has an unknown marking")),
    }
}

/// Puts `missing` between the present values, where the marking says so.
fn spread<T: Copy>(present: Vec<T>, marking: Option<Vec<bool>>, missing: T) -> Vec<T> {
    let Some(marking) = marking else {
        return present;
    };
    let mut present = present.into_iter();
    marking
        .into_iter()
        .map(|is_present| {
            if is_present {
                present.next().unwrap_or(missing)
            } else {
                missing
            }
        })
        .collect()
}

fn decode_column(section: &[u8], kind: FieldType, count: usize) -> Result<Column, Error> {
    let mut reader = Reader::new("a column of a chunk", section);
    let marking = read_presence(&mut reader, count)?;
    let present = marking.as_ref().map_or(count, |marking| {
        marking.iter().filter(|is_present| **is_present).count()
    });
    Ok(match kind {
        FieldType::Number => {
            let bytes = reader.bytes()?;
            // A chunk of the time when the field was one of integers keeps them as such.
            let numbers = decompress::<f64>(bytes, present).or_else(|error| {
                let integers = decompress::<i64>(bytes, present).map_err(|_| error)?;
                Ok(integers.into_iter().map(|number| number as f64).collect())
            })?;
            Column::Number(spread(numbers, marking, f64::NAN))
        }
        FieldType::Integer => Column::Integer(spread(
            decompress(reader.bytes()?, present)?,
            marking,
            MISSING_INTEGER,
        )),
        FieldType::Boolean => {
            let bits = read_bitmap(reader.bytes()?, present);
            let values = bits.into_iter().map(u8::from).collect();
            Column::Boolean(spread(values, marking, MISSING_BOOLEAN))
        }
        FieldType::Text => {
            let words = reader.count(1)?;
            let words = (0..words)
                .map(|_| reader.text().map(str::to_owned))
                .collect::<Result<Vec<_>, _>>()?;
            let codes = spread(decompress(reader.bytes()?, present)?, marking, MISSING_CODE);
            Column::Text(TextColumn::from_parts(words, codes))
        }
    })
}

fn missing(kind: FieldType, count: usize) -> Column {
    match kind {
        FieldType::Number => Column::Number(vec![f64::NAN; count]),
        FieldType::Integer => Column::Integer(vec![MISSING_INTEGER; count]),
        FieldType::Boolean => Column::Boolean(vec![MISSING_BOOLEAN; count]),
        FieldType::Text => Column::Text(TextColumn::from_parts(
            Vec::new(),
            vec![MISSING_CODE; count],
        )),
    }
}

fn bitmap(bits: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, bit) in bits.enumerate() {
        if at % 8 == 0 {
            bytes.push(0);
        }
        if let Some(byte) = bytes.last_mut() {
            *byte |= u8::from(bit) << (at % 8);
        }
    }
    bytes
}

fn read_bitmap(bytes: &[u8], count: usize) -> Vec<bool> {
    (0..count)
        .map(|at| {
            bytes
                .get(at / 8)
                .is_some_and(|byte| byte >> (at % 8) & 1 == 1)
        })
        .collect()
}

fn compress<T: Number>(values: &[T]) -> Result<Vec<u8>, Error> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    simple_compress(
        values,
        &ChunkConfig::default().with_compression_level(LEVEL),
    )
    .map_err(|error| Error::Corrupt(format!("numbers that cannot be compressed: {error}")))
}

fn decompress<T: Number>(bytes: &[u8], count: usize) -> Result<Vec<T>, Error> {
    let values = if bytes.is_empty() {
        Vec::new()
    } else {
        simple_decompress(bytes)
            .map_err(|error| Error::Corrupt(format!("numbers in a chunk: {error}")))?
    };
    if values.len() == count {
        Ok(values)
    } else {
        Err(Error::Corrupt(format!(
            "a chunk has {} numbers, not {count}",
            values.len()
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FieldName, Value};

    fn fields() -> Vec<Field> {
        FieldType::ALL
            .into_iter()
            .map(|kind| Field::new(FieldName::new(kind.name()).unwrap(), kind))
            .collect()
    }

    fn table(count: i64, is_missing: impl Fn(i64) -> bool) -> Table {
        let mut table = Table::new(FieldType::ALL);
        for at in 0..count {
            let values = [
                Value::Number(at as f64 / 10.0),
                Value::Integer(-at),
                Value::Text(format!("word {}", at % 8)),
                Value::Boolean(at % 3 == 0),
            ];
            let values = if is_missing(at) {
                Default::default()
            } else {
                values.to_vec()
            };
            table.push(at * 60_000, at as u64 + 7, &values);
        }
        table
    }

    #[test]
    fn chunks_and_their_descriptions_go_there_and_back() {
        for (count, is_missing) in [
            (1, (|_| false) as fn(i64) -> bool),
            (1, |_| true),
            (4096, |_| false),
            (1000, |at| at % 5 == 0),
            (17, |_| true),
        ] {
            let table = table(count, is_missing);
            let encoded = encode("0123456789abcdef", &table).unwrap();
            let description = describe(encoded.description.member.clone()).unwrap();
            assert_eq!(description, encoded.description);
            assert_eq!(
                (description.count, description.bytes),
                (table.len(), encoded.blob.len())
            );
            let back = decode(&encoded.blob, &fields(), &[0, 1, 2, 3]).unwrap();
            // NaN is not equal to itself: compare values.
            assert_eq!(
                (&back.times, &back.sequences),
                (&table.times, &table.sequences)
            );
            for row in 0..table.len() {
                assert_eq!(back.row(row), table.row(row));
            }
        }
    }

    #[test]
    fn only_wanted_columns_are_decoded_and_later_fields_are_missing() {
        let encoded = encode("0123456789abcdef", &table(10, |_| false)).unwrap();
        let mut fields = fields();
        fields.push(Field::new(
            FieldName::new("later").unwrap(),
            FieldType::Text,
        ));
        let back = decode(&encoded.blob, &fields, &[4, 1]).unwrap();
        assert_eq!(back.row(3), [Value::Missing, Value::Integer(-3)]);
    }

    #[test]
    fn summaries_tell_count_range_and_sum() {
        let encoded = encode("0123456789abcdef", &table(10, |at| at == 9)).unwrap();
        let [number, integer, text, flag] = encoded.description.columns[..] else {
            panic!()
        };
        assert_eq!((number.present, number.min, number.max), (9, 0.0, 0.8));
        assert!((number.sum - 3.6).abs() < 1e-9);
        assert_eq!((integer.min, integer.max, integer.sum), (-8.0, 0.0, -36.0));
        assert_eq!((text.present, flag.present), (9, 9));
    }

    #[test]
    fn torn_bytes_are_an_error() {
        let encoded = encode("0123456789abcdef", &table(100, |at| at % 2 == 0)).unwrap();
        for length in 0..encoded.blob.len() {
            assert!(decode(&encoded.blob[..length], &fields(), &[0, 1, 2, 3]).is_err());
        }
        for length in 0..encoded.description.member.len() {
            assert!(describe(encoded.description.member[..length].to_vec()).is_err());
        }
    }

    #[test]
    fn a_minute_series_costs_few_bytes() {
        let encoded = encode("0123456789abcdef", &table(4096, |_| false)).unwrap();
        // In tests summaries are of fewer points than else.
        let cells = encoded.description.cells.map_or(0, |cells| cells.bytes);
        let bytes = encoded.blob.len() - cells + encoded.description.member.len();
        assert!(bytes < 2048, "{bytes} bytes for 4096 points");
    }
}
