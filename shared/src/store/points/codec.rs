//! Bytes of the log and of chunks: variable-length whole numbers (LEB128), zigzag for signed ones,
//! little-endian floats, length-prefixed texts.

use crate::domain::Value;
use crate::store::Error;

#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) -> &mut Self {
        self.0.push(byte);
        self
    }

    pub(super) fn unsigned(&mut self, mut value: u64) -> &mut Self {
        while value >= 0x80 {
            self.0.push((value as u8) | 0x80);
            value >>= 7;
        }
        self.byte(value as u8)
    }

    pub(super) fn signed(&mut self, value: i64) -> &mut Self {
        self.unsigned(((value << 1) ^ (value >> 63)) as u64)
    }

    pub(super) fn float(&mut self, value: f64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.unsigned(bytes.len() as u64).raw(bytes)
    }

    pub(super) fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::Missing => self.byte(0),
            Value::Number(number) => self.byte(1).float(*number),
            Value::Integer(number) => self.byte(2).signed(*number),
            Value::Text(text) => self.byte(3).bytes(text.as_bytes()),
            Value::Boolean(flag) => self.byte(4 + u8::from(*flag)),
        }
    }

    pub(super) fn values(&mut self, values: &[Value]) -> &mut Self {
        self.unsigned(values.len() as u64);
        for value in values {
            self.value(value);
        }
        self
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// What is being read, for errors.
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { rest: bytes, what }
    }

    pub(super) fn corrupt(&self, why: &str) -> Error {
        Error::Corrupt(format!("{}: {why}", self.what))
    }

    pub(super) fn raw(&mut self, length: usize) -> Result<&'a [u8], Error> {
        match self.rest.split_at_checked(length) {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(head)
            }
            None => Err(self.corrupt("ends early")),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let bytes = self.raw(N)?;
        <[u8; N]>::try_from(bytes).map_err(|_| self.corrupt("ends early"))
    }

    pub(super) fn byte(&mut self) -> Result<u8, Error> {
        self.array::<1>().map(|[byte]| byte)
    }

    #[inline]
    pub(super) fn unsigned(&mut self) -> Result<u64, Error> {
        // Most numbers are of one byte or two.
        match self.rest {
            [byte @ ..0x80, rest @ ..] => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            [low, high @ ..0x80, rest @ ..] => {
                self.rest = rest;
                Ok(u64::from(low & 0x7F) | u64::from(*high) << 7)
            }
            _ => self.longer(),
        }
    }

    /// So many numbers, one after another: many times as fast as one by one.
    pub(super) fn run(&mut self, count: usize) -> Result<Vec<u64>, Error> {
        let mut values = Vec::with_capacity(count.min(self.rest.len()));
        let mut bytes = self.rest.iter();
        for _ in 0..count {
            let (mut value, mut shift) = (0_u64, 0);
            loop {
                let Some(byte) = bytes.next().filter(|_| shift < 64) else {
                    return Err(self.corrupt("has a number that does not end"));
                };
                value |= u64::from(byte & 0x7F) << shift;
                shift += 7;
                if *byte < 0x80 {
                    break;
                }
            }
            values.push(value);
        }
        self.rest = bytes.as_slice();
        Ok(values)
    }

    fn longer(&mut self) -> Result<u64, Error> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.corrupt("has a number without end"))
    }

    /// A length or count, which can be no more than the bytes that follow allow for `each`.
    pub(super) fn count(&mut self, each: usize) -> Result<usize, Error> {
        let count = usize::try_from(self.unsigned()?).unwrap_or(usize::MAX);
        if count.saturating_mul(each) > self.rest.len() {
            return Err(self.corrupt("has a count beyond its end"));
        }
        Ok(count)
    }

    pub(super) fn signed(&mut self) -> Result<i64, Error> {
        self.unsigned().map(signed)
    }

    pub(super) fn big_endian(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn float(&mut self) -> Result<f64, Error> {
        self.array().map(f64::from_le_bytes)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let length = self.count(1)?;
        self.raw(length)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Error> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| self.corrupt("has a text that is not UTF-8"))
    }

    pub(super) fn value(&mut self) -> Result<Value, Error> {
        Ok(match self.byte()? {
            0 => Value::Missing,
            1 => Value::Number(self.float()?),
            2 => Value::Integer(self.signed()?),
            3 => Value::Text(self.text()?.to_owned()),
            4 => Value::Boolean(false),
            5 => Value::Boolean(true),
            _ => return Err(self.corrupt("has a value of unknown kind")),
        })
    }

    pub(super) fn values(&mut self) -> Result<Vec<Value>, Error> {
        let count = self.count(1)?;
        (0..count).map(|_| self.value()).collect()
    }
}

/// A signed number from the unsigned one that stands for it: 0, -1, 1, -2 and so on.
pub(super) fn signed(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_written_reads_back() {
        let values = vec![
            Value::Missing,
            Value::Number(-0.1),
            Value::Integer(i64::MAX),
            Value::Text("Größe".into()),
            Value::Boolean(true),
        ];
        let mut writer = Writer::default();
        for number in [0, 127, 128, u64::MAX] {
            writer.unsigned(number);
        }
        for number in [0, -1, i64::MIN, i64::MAX] {
            writer.signed(number);
        }
        writer.values(&values).bytes(b"end");
        let bytes = writer.finish();
        let mut reader = Reader::new("a test", &bytes);
        for number in [0, 127, 128, u64::MAX] {
            assert_eq!(reader.unsigned(), Ok(number));
        }
        for number in [0, -1, i64::MIN, i64::MAX] {
            assert_eq!(reader.signed(), Ok(number));
        }
        assert_eq!(reader.values(), Ok(values));
        let mut again = Reader::new("a test", &bytes);
        assert_eq!(again.run(4), Ok(vec![0, 127, 128, u64::MAX]));
        assert_eq!(again.run(2), Ok(vec![0, 1]));
        assert_eq!((signed(0), signed(1), signed(u64::MAX)), (0, -1, i64::MIN));
        assert_eq!(reader.bytes(), Ok(&b"end"[..]));
        assert!(reader.byte().is_err());
    }

    #[test]
    fn torn_bytes_are_an_error_and_never_a_panic() {
        for bytes in [&[0xFF_u8; 12][..], &[3, 200, 1], &[9], &[]] {
            let mut reader = Reader::new("a test", bytes);
            assert!(reader.value().is_err() || reader.values().is_err());
            assert!(Reader::new("a test", bytes).run(4).is_err());
        }
    }
}
