//! A point and its id.

use std::fmt;

use uuid::Uuid;

use super::field::Value;
use super::time::Timestamp;

/// A point's id: its time, and a number that the dataset hands out, increasing. Ids therefore sort
/// by time, and from an id alone the store knows where to look.
///
/// Written as a UUID of version 8 (RFC 9562, section 5.8): the first 60 free bits are the time in
/// milliseconds plus 2^47, the other 62 the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointId {
    pub time: Timestamp,
    pub sequence: u64,
}

const TIME_BIAS: i64 = 1 << 47;
const SEQUENCE_BITS: u128 = (1 << 62) - 1;

impl PointId {
    pub fn to_uuid(self) -> Uuid {
        // Within 48 bits by the range of `Timestamp`.
        let time = (self.time.milliseconds() + TIME_BIAS) as u128 & 0xFFFF_FFFF_FFFF;
        // 48 bits of time, version, 12 zero bits, variant, number. The zero bits are room for
        // finer times later.
        let value = time << 80 | 0x8 << 76 | 0b10 << 62 | u128::from(self.sequence) & SEQUENCE_BITS;
        Uuid::from_u128(value)
    }

    /// `None` for a UUID that no point of ours can have.
    pub fn from_uuid(uuid: Uuid) -> Option<Self> {
        let value = uuid.as_u128();
        let marks = value & (0xFFFF << 64 | 0b11 << 62);
        if marks != 0x8000 << 64 | 0b10 << 62 {
            return None;
        }
        let time = (value >> 80) as i64 - TIME_BIAS;
        let time = Timestamp::from_milliseconds(time).ok()?;
        Some(Self {
            time,
            sequence: (value & SEQUENCE_BITS) as u64,
        })
    }

    /// Reads the hyphenated form.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 36)
            .then(|| Uuid::try_parse(text).ok())
            .flatten()
            .and_then(Self::from_uuid)
    }
}

impl fmt::Display for PointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_uuid().hyphenated().fmt(f)
    }
}

/// One point, its values in the order of the dataset's fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub id: PointId,
    pub values: Vec<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_there_and_back_and_sort_by_time() {
        let mut before: Option<(PointId, String)> = None;
        for time in [
            Timestamp::MIN.milliseconds(),
            -1,
            0,
            1,
            1_700_000_000_000,
            Timestamp::MAX.milliseconds(),
        ] {
            for sequence in [0, 1, (1 << 62) - 1] {
                let id = PointId {
                    time: Timestamp::from_milliseconds(time).unwrap(),
                    sequence,
                };
                let text = id.to_string();
                assert_eq!(PointId::parse(&text), Some(id));
                assert_eq!(id.to_uuid().get_version_num(), 8);
                assert_eq!(id.to_uuid().get_variant(), uuid::Variant::RFC4122);
                if let Some((earlier, earlier_text)) = &before {
                    assert!(*earlier < id && *earlier_text < text);
                }
                before = Some((id, text));
            }
        }
    }

    #[test]
    fn other_uuids_are_not_ids() {
        for text in [
            "",
            "x",
            "67e55044-10b1-426f-9247-bb680e5fe0c8",
            "ffffffff-ffff-8fff-bfff-ffffffffffff",
        ] {
            assert_eq!(PointId::parse(text), None, "{text}");
        }
    }
}
