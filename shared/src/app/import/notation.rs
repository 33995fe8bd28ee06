//! How a file writes its numbers.

use super::numeral;

/// The decimal point, and what separates thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Notation {
    /// `.` or `,`.
    pub point: u8,
    pub thousands: Option<u8>,
}

impl Default for Notation {
    fn default() -> Self {
        Self::POINT
    }
}

impl Notation {
    /// That of JSON.
    pub(super) const POINT: Self = Self {
        point: b'.',
        thousands: None,
    };

    /// The value of a number, as [`numeral::read`] has it.
    #[inline]
    pub(super) fn read(self, text: &[u8]) -> Option<f64> {
        match self.ungrouped(text) {
            None => numeral::read(text, self.point),
            Some(plain) => numeral::read(plain.text.as_bytes(), self.point),
        }
    }

    /// A number with thousands apart, without what separates them; `None` for any other text.
    pub(super) fn ungrouped(self, text: &[u8]) -> Option<Ungrouped> {
        let thousands = self.thousands?;
        let is_blank = thousands == b' ';
        if !text.contains(&thousands) && (!is_blank || text.is_ascii()) {
            return None;
        }
        let text = std::str::from_utf8(text).ok()?;
        ungroup(text, char::from(thousands), char::from(self.point))
    }
}

/// What [`Notation::ungrouped`] found.
pub(super) struct Ungrouped {
    /// The number.
    pub text: String,
    /// What separated the thousands.
    pub separator: char,
}

/// `-1,234,567.89` without its commas: groups of three digits, the first of one to three and not
/// beginning with 0. `None` for anything else.
pub(super) fn ungroup(text: &str, thousands: char, point: char) -> Option<Ungrouped> {
    let is_separator =
        |each: char| each == thousands || thousands == ' ' && matches!(each, '\u{a0}' | '\u{202f}');
    let (whole, fraction) = text.split_once(point).unwrap_or((text, ""));
    let separator = whole.chars().find(|each| is_separator(*each))?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.strip_prefix('-').unwrap_or(whole).split(separator);
    let first = groups.next()?;
    let is_first = (1..=3).contains(&first.len()) && is_digits(first) && !first.starts_with('0');
    let are_groups = groups.all(|group| group.len() == 3 && is_digits(group));
    let has_point = text.contains(point);
    let is_fraction = is_digits(fraction) && fraction.is_empty() != has_point;
    (is_first && are_groups && is_fraction).then(|| Ungrouped {
        text: text.chars().filter(|each| *each != separator).collect(),
        separator,
    })
}

/// Puts separators between the thousands of a plain number.
pub(super) fn group(plain: &str, separator: char, point: u8, out: &mut String) {
    let end = plain.find(char::from(point)).unwrap_or(plain.len());
    let start = usize::from(plain.starts_with('-'));
    for (at, each) in plain.char_indices() {
        if at > start && at < end && (end - at) % 3 == 0 {
            out.push(separator);
        }
        out.push(each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_taken_out_and_put_back() {
        for (thousands, point, text, value) in [
            (b',', b'.', "1,234", Some(1234.0)),
            (b',', b'.', "-12,345,678.5", Some(-12_345_678.5)),
            (b'.', b',', "1.234,56", Some(1234.56)),
            (b' ', b'.', "1 234", Some(1234.0)),
            (b' ', b',', "1\u{a0}234,5", Some(1234.5)),
            (b'\'', b'.', "1'234", Some(1234.0)),
            (b',', b'.', "999", Some(999.0)),
            (b',', b'.', "1,23", None),
            (b',', b'.', "1234,567", None),
            (b',', b'.', "0,123", None),
            (b',', b'.', ",123", None),
            (b',', b'.', "1,234.", None),
            (b',', b'.', "1,234,", None),
            (b',', b'.', "1,234e5", None),
        ] {
            let notation = Notation {
                point,
                thousands: Some(thousands),
            };
            assert_eq!(notation.read(text.as_bytes()), value, "{text}");
            if let Some(plain) = notation.ungrouped(text.as_bytes()) {
                let mut again = String::new();
                group(&plain.text, plain.separator, point, &mut again);
                assert_eq!(again, text);
            }
        }
        assert_eq!(Notation::POINT.read(b"1,234"), None);
    }
}
