//! From the encoding of a file to UTF-8.

/// How the characters of a file are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// With a byte order mark, else little-endian.
    Utf16,
    Windows1252,
}

impl Encoding {
    /// The encoding of this name; Latin-1 is read as Windows-1252, which has it in it.
    ///
    /// # Errors
    /// Says which there are.
    pub fn from_name(name: &str) -> Result<Self, String> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "us-ascii" => Ok(Self::Utf8),
            "utf-16" | "utf16" | "utf-16le" | "utf-16be" => Ok(Self::Utf16),
            "windows-1252" | "cp1252" | "iso-8859-1" | "latin1" | "latin-1" => {
                Ok(Self::Windows1252)
            }
            _ => Err("must be `utf-8`, `utf-16` or `windows-1252`".to_owned()),
        }
    }
}

/// Decodes a file piece by piece.
pub(super) enum Decoder {
    Utf16 {
        /// Unknown before the byte order mark.
        is_big_endian: Option<bool>,
        /// Half of a unit.
        odd: Option<u8>,
        /// The first half of a pair.
        high: Option<u16>,
    },
    Windows1252,
}

impl Decoder {
    /// The decoder of an encoding; UTF-8 needs none.
    pub(super) fn new(encoding: Encoding) -> Option<Self> {
        match encoding {
            Encoding::Utf8 => None,
            Encoding::Utf16 => Some(Self::Utf16 {
                is_big_endian: None,
                odd: None,
                high: None,
            }),
            Encoding::Windows1252 => Some(Self::Windows1252),
        }
    }

    /// The next piece as UTF-8.
    ///
    /// # Errors
    /// When the bytes are not of the encoding.
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let mut text = String::with_capacity(bytes.len());
        match self {
            Self::Windows1252 => text.extend(bytes.iter().map(|byte| windows_1252(*byte))),
            Self::Utf16 {
                is_big_endian,
                odd,
                high,
            } => {
                for byte in bytes {
                    let Some(first) = odd.take() else {
                        *odd = Some(*byte);
                        continue;
                    };
                    let pair = [first, *byte];
                    let Some(is_big) = *is_big_endian else {
                        let is_big = pair == [0xfe, 0xff];
                        *is_big_endian = Some(is_big);
                        if !is_big && pair != [0xff, 0xfe] {
                            unit(u16::from_le_bytes(pair), high, &mut text)?;
                        }
                        continue;
                    };
                    let number = match is_big {
                        true => u16::from_be_bytes(pair),
                        false => u16::from_le_bytes(pair),
                    };
                    unit(number, high, &mut text)?;
                }
            }
        }
        Ok(text.into_bytes())
    }

    /// # Errors
    /// When the file ends within a character.
    pub(super) fn finish(&self) -> Result<(), String> {
        match self {
            Self::Utf16 {
                odd: None,
                high: None,
                ..
            }
            | Self::Windows1252 => Ok(()),
            Self::Utf16 { .. } => Err("is not UTF-16: it ends within a character".to_owned()),
        }
    }
}

/// Appends the character that a unit of UTF-16 ends.
fn unit(number: u16, high: &mut Option<u16>, text: &mut String) -> Result<(), String> {
    let before = high.take();
    let mut decoded = char::decode_utf16(before.into_iter().chain([number]));
    match (decoded.next(), decoded.next()) {
        (Some(Ok(each)), None) => text.push(each),
        (Some(Err(_)), None) if before.is_none() && (0xd800..0xdc00).contains(&number) => {
            *high = Some(number);
        }
        _ => return Err("is not UTF-16: it has half of a character".to_owned()),
    }
    Ok(())
}

/// The characters of 0x80 to 0x9f; those that the encoding leaves undefined are the control
/// characters of Unicode.
const UPPER: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> char {
    let upper = byte
        .checked_sub(0x80)
        .and_then(|at| UPPER.get(usize::from(at)));
    upper.copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(encoding: Encoding, bytes: &[u8], piece: usize) -> Result<String, String> {
        let mut decoder = Decoder::new(encoding).expect("a decoder");
        let mut text = Vec::new();
        for piece in bytes.chunks(piece) {
            text.extend(decoder.decode(piece)?);
        }
        decoder.finish()?;
        Ok(String::from_utf8(text).expect("UTF-8"))
    }

    #[test]
    fn text_comes_back_wherever_it_is_cut() {
        let text = "time,Größe €\n1990,„1”😀\n";
        let big = text.encode_utf16().flat_map(u16::to_be_bytes);
        let little = text.encode_utf16().flat_map(u16::to_le_bytes);
        let with_mark = |mark: [u8; 2], rest: Vec<u8>| [mark.to_vec(), rest].concat();
        let latin = b"Gr\xf6\xdfe \x80 \x99".as_slice();
        for piece in 1..8 {
            for bytes in [
                with_mark([0xfe, 0xff], big.clone().collect()),
                with_mark([0xff, 0xfe], little.clone().collect()),
                little.clone().collect(),
            ] {
                assert_eq!(decode(Encoding::Utf16, &bytes, piece).as_deref(), Ok(text));
            }
            let found = decode(Encoding::Windows1252, latin, piece);
            assert_eq!(found.as_deref(), Ok("Größe € ™"));
        }
        for bytes in [
            &b"\xff\xfea"[..],
            b"\xff\xfe\x00\xd8",
            b"\xff\xfe\x00\xd8a\0",
        ] {
            assert!(decode(Encoding::Utf16, bytes, 9).is_err(), "{bytes:?}");
        }
        assert_eq!(Encoding::from_name("Latin1"), Ok(Encoding::Windows1252));
        assert!(Encoding::from_name("ebcdic").is_err());
    }
}
