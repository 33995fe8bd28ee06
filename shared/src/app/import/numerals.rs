//! A column of numbers, kept small without losing how they were spelt.

use crate::domain::Value;

use super::notation::{Notation, group};
use super::numeral::{
    has_bare_exponent, is_long_identifier, is_not_finite, quotient, read_plain, spell_plain,
};

/// A column of numbers of which it is not yet known whether they will stay numbers: 9 bytes each,
/// from which both the value and the spelling come back exactly.
///
/// A spelling is a whole number (its digits) and a style (its decimals, and whatever else is not
/// digits: sign, exponent). Files have few styles, so one byte says which.
pub(super) struct Numerals {
    notation: Notation,
    mantissas: Vec<i64>,
    styles: Vec<u8>,
    /// Styles from [`FIRST_OTHER`] on.
    others: Vec<Style>,
    /// Spellings that fit no style; the mantissa is the place in this list.
    odd: Vec<Box<str>>,
    /// Whether a number has decimals or an exponent.
    fractions: bool,
    /// Whether a whole number is beyond what an integer field takes, and a float keeps.
    beyond_integer: bool,
    /// Whether a number is spelt as `1E5`, which can be a code.
    bare_exponents: bool,
    /// Whether a number is spelt as only numbers are: with a decimal point, or `1e-5`.
    marked: bool,
    /// Whether something is there that stands for no finite number.
    not_finite: bool,
    /// Whether what looks like a number can be a code: not in JSON, which has texts for those.
    can_be_codes: bool,
}

/// Below it a style is a number of decimals.
const FIRST_OTHER: u8 = 19;
const ODD: u8 = 254;
const MISSING: u8 = 255;

#[derive(PartialEq)]
enum Style {
    /// `-00` 12 `.` 50 `e+03`, say.
    Affixed {
        prefix: Box<str>,
        decimals: u8,
        suffix: Box<str>,
    },
    /// `1,234.5`.
    Grouped { separator: char, decimals: u8 },
    /// `inf` and the like; the mantissa is the line they are on.
    NotFinite(Box<str>),
}

/// What a column of numerals turned out to be.
pub(super) enum Kind {
    Integer,
    Number,
    /// Some whole numbers have more digits than a float keeps: identifiers.
    Identifier,
    /// Some are spelt as `1E5`, and none as only numbers are: codes.
    Code,
}

impl Numerals {
    /// A column of `missing` missing values.
    pub(super) fn new(notation: Notation, missing: usize) -> Self {
        Self {
            notation,
            mantissas: vec![0; missing],
            styles: vec![MISSING; missing],
            others: Vec::new(),
            odd: Vec::new(),
            fractions: false,
            beyond_integer: false,
            bare_exponents: false,
            marked: false,
            not_finite: false,
            can_be_codes: true,
        }
    }

    /// A column of numbers of JSON.
    pub(super) fn of_json(missing: usize) -> Self {
        Self {
            can_be_codes: false,
            ..Self::new(Notation::POINT, missing)
        }
    }

    pub(super) fn len(&self) -> usize {
        self.styles.len()
    }

    pub(super) fn push_missing(&mut self) {
        self.push_styled(0, MISSING);
    }

    fn push_styled(&mut self, mantissa: i64, style: u8) {
        self.mantissas.push(mantissa);
        self.styles.push(style);
    }

    /// Appends the number that `text` spells; `line` is where it stands.
    /// `false`, and nothing appended, when it spells none.
    #[inline]
    pub(super) fn push(&mut self, text: &[u8], line: u64) -> bool {
        let Some((mantissa, decimals)) = read_plain(text, self.notation.point) else {
            return self.push_other(text, line);
        };
        self.fractions |= decimals > 0;
        self.marked |= decimals > 0;
        if mantissa.abs() > Value::MAX_INTEGER {
            self.beyond_integer |= is_long_identifier(text, self.notation.point);
        }
        self.push_styled(mantissa, decimals);
        true
    }

    #[cold]
    fn push_other(&mut self, text: &[u8], line: u64) -> bool {
        let Ok(spelling) = std::str::from_utf8(text) else {
            return false;
        };
        let point = self.notation.point;
        if is_not_finite(text, point) {
            // `2e3456` is rather a code than a number.
            if self.can_be_codes && has_bare_exponent(text) {
                return false;
            }
            let Some(style) = self.style(Style::NotFinite(spelling.into())) else {
                return false;
            };
            self.not_finite = true;
            self.push_styled(i64::try_from(line).unwrap_or(i64::MAX), style);
            return true;
        }
        if let Some(plain) = self.notation.ungrouped(text) {
            return self.push_grouped(&plain.text, plain.separator);
        }
        if self.notation.read(text).is_none() {
            return false;
        }
        self.bare_exponents |= self.can_be_codes && has_bare_exponent(text);
        let has_sign = text.iter().skip(1).any(|byte| b"+-".contains(byte));
        self.marked |= has_sign || text.contains(&point);
        self.beyond_integer |= is_long_identifier(text, point);
        let whole = text
            .iter()
            .all(|byte| byte.is_ascii_digit() || b"+-".contains(byte));
        if let Some((mantissa, style)) = self.split(spelling)
            && let Some(style) = self.style(style)
        {
            self.beyond_integer |= whole && mantissa.abs() > Value::MAX_INTEGER;
            self.push_styled(mantissa, style);
        } else {
            self.beyond_integer |= whole;
            self.push_styled(self.odd.len() as i64, ODD);
            self.odd.push(spelling.into());
        }
        self.fractions |= !whole;
        true
    }

    /// Appends a number of which the thousands were apart.
    fn push_grouped(&mut self, plain: &str, separator: char) -> bool {
        let Some((mantissa, decimals)) = read_plain(plain.as_bytes(), self.notation.point) else {
            return false;
        };
        let Some(style) = self.style(Style::Grouped {
            separator,
            decimals,
        }) else {
            return false;
        };
        self.fractions |= decimals > 0;
        self.marked |= decimals > 0;
        self.beyond_integer |= decimals == 0 && mantissa.abs() > Value::MAX_INTEGER;
        self.push_styled(mantissa, style);
        true
    }

    /// Splits a spelling such as `-007.50e+03` at the ends of its ordinary part.
    fn split(&self, spelling: &str) -> Option<(i64, Style)> {
        let end = spelling.find(['e', 'E']).unwrap_or(spelling.len());
        let (head, _) = spelling.split_at_checked(end)?;
        let head = head
            .strip_suffix(char::from(self.notation.point))
            .unwrap_or(head);
        let unsigned = head.trim_start_matches(['+', '-']).trim_start_matches('0');
        // The last zero before a point, or of all, belongs to the ordinary part.
        let ordinary = if unsigned.starts_with(|first: char| first.is_ascii_digit()) {
            unsigned
        } else {
            head.get(head.len().checked_sub(unsigned.len() + 1)?..)?
        };
        let (mantissa, decimals) = read_plain(ordinary.as_bytes(), self.notation.point)?;
        let prefix = head.strip_suffix(ordinary)?.into();
        let suffix = spelling.get(head.len()..)?.into();
        Some((
            mantissa,
            Style::Affixed {
                prefix,
                decimals,
                suffix,
            },
        ))
    }

    fn style(&mut self, style: Style) -> Option<u8> {
        let at = match self.others.iter().position(|known| *known == style) {
            Some(at) => at,
            None => {
                self.others.push(style);
                self.others.len() - 1
            }
        };
        u8::try_from(at + usize::from(FIRST_OTHER))
            .ok()
            .filter(|style| *style < ODD)
            .or_else(|| {
                self.others.pop();
                None
            })
    }

    fn other(&self, style: u8) -> Option<&Style> {
        self.others
            .get(usize::from(style.checked_sub(FIRST_OTHER)?))
    }

    /// Every number as it was spelt, `None` where it is missing.
    pub(super) fn for_each_spelling(&self, mut see: impl FnMut(Option<&str>)) {
        let mut spelling = String::new();
        for (mantissa, style) in self.mantissas.iter().zip(&self.styles) {
            spelling.clear();
            self.spell(*mantissa, *style, self.notation.point, &mut spelling);
            see((*style != MISSING).then_some(spelling.as_str()));
        }
    }

    fn spell(&self, mantissa: i64, style: u8, point: u8, out: &mut String) {
        match self.other(style) {
            _ if style < FIRST_OTHER => spell_plain(mantissa, style, point, out),
            _ if style == MISSING => {}
            _ if style == ODD => {
                let spelling = usize::try_from(mantissa)
                    .ok()
                    .and_then(|at| self.odd.get(at));
                out.push_str(spelling.map_or("", |spelling| spelling));
            }
            Some(Style::Affixed {
                prefix,
                decimals,
                suffix,
            }) => {
                out.push_str(prefix);
                spell_plain(mantissa, *decimals, point, out);
                out.push_str(suffix);
            }
            Some(Style::Grouped {
                separator,
                decimals,
            }) => {
                let mut plain = String::new();
                spell_plain(mantissa, *decimals, point, &mut plain);
                group(&plain, *separator, point, out);
            }
            Some(Style::NotFinite(word)) => out.push_str(word),
            None => {}
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match (self.beyond_integer, self.bare_exponents, self.fractions) {
            (true, _, _) => Kind::Identifier,
            (false, true, _) if !self.marked => Kind::Code,
            (false, _, true) => Kind::Number,
            (false, _, false) => Kind::Integer,
        }
    }

    /// Row, line and spelling of everything that stands for no finite number.
    pub(super) fn not_finite(&self) -> Vec<(usize, u64, &str)> {
        if !self.not_finite {
            return Vec::new();
        }
        let rows = self.mantissas.iter().zip(&self.styles).enumerate();
        rows.filter_map(|(row, (mantissa, style))| match self.other(*style) {
            Some(Style::NotFinite(word)) if *style < ODD => {
                Some((row, mantissa.unsigned_abs(), word.as_ref()))
            }
            _ => None,
        })
        .collect()
    }

    /// The column as floats, `missing` where there is none.
    pub(super) fn into_numbers(mut self, missing: f64) -> Vec<f64> {
        let mantissas = std::mem::take(&mut self.mantissas);
        let styles = std::mem::take(&mut self.styles);
        let mut spelling = String::new();
        // The same allocation is used for both.
        let numbers = mantissas.into_iter().zip(styles).map(|(mantissa, style)| {
            if style == MISSING {
                return missing;
            }
            if let Some(number) = quotient(mantissa, style).filter(|_| style < FIRST_OTHER) {
                return number;
            }
            spelling.clear();
            self.spell(mantissa, style, self.notation.point, &mut spelling);
            self.notation
                .read(spelling.as_bytes())
                .filter(|number| number.is_finite())
                .unwrap_or(missing)
        });
        numbers.collect()
    }

    /// The column as whole numbers, `missing` where there is none; for [`Kind::Integer`].
    pub(super) fn into_integers(self, missing: i64) -> Vec<i64> {
        let Self {
            mut mantissas,
            styles,
            others,
            ..
        } = self;
        for (mantissa, style) in mantissas.iter_mut().zip(styles) {
            if style == 0 {
                continue;
            }
            *mantissa = match others.get(usize::from(style.wrapping_sub(FIRST_OTHER))) {
                Some(Style::Affixed {
                    prefix,
                    decimals: 0,
                    ..
                }) if style < ODD => {
                    if prefix.starts_with('-') {
                        -*mantissa
                    } else {
                        *mantissa
                    }
                }
                Some(Style::Grouped { decimals: 0, .. }) if style < ODD => *mantissa,
                _ => missing,
            };
        }
        mantissas
    }
}

#[cfg(test)]
mod tests;
