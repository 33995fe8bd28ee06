//! Numbers as text spells them.

use crate::domain::Value;

/// The value of a number in text: digits with an optional sign, decimal point (`point`, so that
/// it can be a comma) and exponent. `None` for anything else, words such as `NaN` included.
/// Infinite when the number is beyond the range of a 64-bit float.
pub(super) fn read(text: &[u8], point: u8) -> Option<f64> {
    if let Some((mantissa, decimals)) = read_plain(text, point) {
        return Some(quotient(mantissa, decimals).unwrap_or_else(|| {
            let mut spelling = String::new();
            spell_plain(mantissa, decimals, b'.', &mut spelling);
            spelling.parse().unwrap_or(f64::NAN)
        }));
    }
    let other = if point == b',' { b'.' } else { b',' };
    let of_number = |byte: &u8| byte.is_ascii_digit() || b"+-eE".contains(byte) || *byte == point;
    if text.len() > 400 || text.contains(&other) || !text.iter().all(of_number) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    if point == b'.' {
        text.parse().ok()
    } else {
        text.replace(',', ".").parse().ok()
    }
}

/// Whether the text is a word or a number that stands for no finite number: `NaN`, `-Infinity`,
/// `1e999`.
pub(super) fn is_not_finite(text: &[u8], point: u8) -> bool {
    let word = text
        .strip_prefix(b"-")
        .or_else(|| text.strip_prefix(b"+"))
        .unwrap_or(text);
    let words: [&[u8]; 3] = [b"nan", b"inf", b"infinity"];
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
        || read(text, point).is_some_and(|number| !number.is_finite())
}

/// Whether the text is a code rather than a number, although it has digits alone: after a leading
/// zero, as in `007`, `-007` and `+0049`, or as a telephone number, `+4930123456`.
#[inline]
pub(super) fn is_code(text: &[u8]) -> bool {
    match text {
        [b'0' | b'+' | b'-', rest @ ..] => is_marked_code(text, rest),
        _ => false,
    }
}

fn is_marked_code(text: &[u8], rest: &[u8]) -> bool {
    match text {
        [b'0', next, ..] => next.is_ascii_digit(),
        [b'-' | b'+', b'0', next, ..] if next.is_ascii_digit() => true,
        [b'+', ..] => rest.len() >= 7 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Whether the text is digits, an `e` and digits: a number as `1E5`, or a code.
pub(super) fn has_bare_exponent(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| matches!(byte, b'e' | b'E'));
    let is_digits = |part: Option<&[u8]>| {
        part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
    };
    is_digits(parts.next()) && is_digits(parts.next()) && parts.next().is_none()
}

/// Whether the text is a whole number that no float has, as long identifiers are: of a magnitude
/// beyond [`Value::MAX_INTEGER`], decimals of zeros allowed.
pub(super) fn is_long_identifier(text: &[u8], point: u8) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, fraction) = match unsigned.iter().position(|byte| *byte == point) {
        None => (unsigned, &[][..]),
        Some(at) => (
            unsigned.get(..at).unwrap_or(&[]),
            unsigned.get(at + 1..).unwrap_or(&[]),
        ),
    };
    if whole.len() < 16 || fraction.iter().any(|byte| *byte != b'0') {
        return false;
    }
    let value = |sum: Option<i64>, byte: &u8| {
        let digit = byte
            .is_ascii_digit()
            .then_some(i64::from(byte.wrapping_sub(b'0')))?;
        sum?.checked_mul(10)?.checked_add(digit)
    };
    let is_digits = whole.iter().all(u8::is_ascii_digit);
    is_digits
        && whole
            .iter()
            .fold(Some(0), value)
            .is_none_or(|number| number > Value::MAX_INTEGER)
}

/// Reads the ordinary spelling, `-?(0|[1-9][0-9]*)([.][0-9]+)?` of up to 18 digits: the digits as
/// one whole number, and how many of them are decimals. Not `-0`, which a whole number cannot be.
#[inline]
pub(super) fn read_plain(text: &[u8], point: u8) -> Option<(i64, u8)> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (first, second) = (*digits.first()?, digits.get(1).copied());
    if digits.len() > 19 || !first.is_ascii_digit() {
        return None;
    }
    if first == b'0' && second.is_some_and(|byte| byte != point) {
        return None;
    }
    let mut mantissa: i64 = 0;
    let mut after_point: Option<u8> = None;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(i64::from(digit));
            after_point = after_point.map(|count| count + 1);
        } else if *byte == point && after_point.is_none() {
            after_point = Some(0);
        } else {
            return None;
        }
    }
    let fits = digits.len() - usize::from(after_point.is_some()) <= 18;
    if !fits || after_point == Some(0) || (negative && mantissa == 0) {
        return None;
    }
    Some((
        if negative { -mantissa } else { mantissa },
        after_point.unwrap_or(0),
    ))
}

/// `mantissa / 10^decimals`, where both are exact floats, so that the quotient is the float
/// nearest to the number that was written.
#[inline]
pub(super) fn quotient(mantissa: i64, decimals: u8) -> Option<f64> {
    const POWERS: [f64; 19] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18,
    ];
    let power = POWERS.get(usize::from(decimals))?;
    (mantissa.abs() <= Value::MAX_INTEGER).then_some(mantissa as f64 / power)
}

/// Writes what [`read_plain`] read.
pub(super) fn spell_plain(mantissa: i64, decimals: u8, point: u8, out: &mut String) {
    if mantissa < 0 {
        out.push('-');
    }
    let digits = format!(
        "{:0width$}",
        mantissa.unsigned_abs(),
        width = usize::from(decimals) + 1
    );
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(usize::from(decimals)));
    out.push_str(whole);
    if decimals > 0 {
        out.push(char::from(point));
        out.push_str(fraction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_to_the_nearest_float() {
        for text in [
            "0",
            "1",
            "-1",
            "12.8",
            "-0.3",
            "0.1",
            "315.71",
            "1958.2027",
            "-0",
            "-0.0",
            "+5",
            ".5",
            "5.",
            "1e3",
            "1E-7",
            "-2.50e+00",
            "9007199254740993",
            "123456789012345678",
            "99999999999999999999",
            "0.30000000000000004",
            "007",
            "1.7976931348623157e308",
            "4.9e-324",
            "-01",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(
                read(text.as_bytes(), b'.').map(f64::to_bits),
                Some(expected.to_bits()),
                "{text}"
            );
            let german = text.replace('.', ",");
            assert_eq!(read(german.as_bytes(), b','), Some(expected), "{german}");
        }
        for text in [
            "", "-", "+", ".", "e5", "1e", "1,5", "0x10", "1 2", "NaN", "inf", "1.2.3", "--1",
            "1-2", "٣",
        ] {
            assert_eq!(read(text.as_bytes(), b'.'), None, "{text}");
        }
        assert_eq!(read(b"1.5", b','), None);
        assert!(
            is_not_finite(b"1e999", b'.')
                && is_not_finite(b"-Infinity", b'.')
                && is_not_finite(b"NAN", b'.')
        );
        assert!(!is_not_finite(b"-9.99", b'.') && !is_not_finite(b"nana", b'.'));
    }

    #[test]
    fn codes_are_told_from_numbers() {
        for text in ["007", "00", "-007", "+0049", "+4930123456", "-01", "01.5"] {
            assert!(is_code(text.as_bytes()), "{text}");
        }
        for text in [
            "0",
            "0.5",
            "-0.5",
            "+0.5",
            "+5",
            "-12",
            "10",
            "+123456",
            "+1234567.5",
            "-1234567",
        ] {
            assert!(!is_code(text.as_bytes()), "{text}");
        }
        for text in ["1E5", "12e03"] {
            assert!(has_bare_exponent(text.as_bytes()), "{text}");
        }
        for text in ["1.0E5", "1e-5", "-1e5", "e5", "1e", "15", "1e5e1"] {
            assert!(!has_bare_exponent(text.as_bytes()), "{text}");
        }
        for text in [
            "9007199254740992",
            "-740245381351497731.0",
            "12345678901234567890123",
        ] {
            assert!(is_long_identifier(text.as_bytes(), b'.'), "{text}");
        }
        for text in [
            "9007199254740991",
            "740245381351497731.5",
            "1e300",
            "0000000000000000001x",
        ] {
            assert!(!is_long_identifier(text.as_bytes(), b'.'), "{text}");
        }
    }
}
