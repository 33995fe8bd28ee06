//! Ticks of number axes: round steps of 1, 2, 2.5 or 5 times a power of ten, and their labels.

use crate::scale::Domain;

/// A tick: where it stands, what it says, and a second line said only where it changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub value: f64,
    pub label: String,
    /// The date below an hour, the year below a month.
    pub context: Option<String>,
}

/// A step of `mantissa` tenths times ten to `exponent`: 25 and 0 are 2.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    mantissa: i32,
    exponent: i32,
}

impl Step {
    /// The smallest round step that makes at most `count` intervals of the domain.
    pub fn for_count(domain: Domain, count: usize) -> Self {
        let intervals = count.max(1) as f64;
        let raw = domain.high / intervals - domain.low / intervals;
        let raw = raw.clamp(f64::from_bits(1), f64::MAX);
        let exponent = raw.log10().floor() as i32;
        for exponent in [exponent, exponent + 1] {
            for mantissa in [10, 20, 25, 50] {
                let step = Self { mantissa, exponent };
                // A hair of tolerance, because the logarithm and the powers are rounded.
                if step.times(1.0) >= raw * (1.0 - 1e-9) {
                    return step;
                }
            }
        }
        Self {
            mantissa: 10,
            exponent: exponent + 1,
        }
    }

    /// The step itself.
    pub fn size(self) -> f64 {
        self.times(1.0)
    }

    /// The `k`th multiple, correctly rounded for all but extreme exponents: a power of ten up
    /// to 22 is exact, so there is one rounding.
    fn times(self, k: f64) -> f64 {
        let tenths = k * f64::from(self.mantissa);
        let power = self.exponent - 1;
        if power < 0 {
            // Two divisions, because 10^308 is the largest power that a double holds.
            let first = (-power).min(300);
            tenths / 10f64.powi(first) / 10f64.powi(-power - first)
        } else {
            tenths * 10f64.powi(power)
        }
    }

    /// Digits after the point that the step's multiples need.
    fn decimals(self) -> i32 {
        if self.mantissa == 25 {
            1 - self.exponent
        } else {
            -self.exponent
        }
    }

    /// Multiples of the step inside the domain.
    fn multiples(self, domain: Domain) -> Vec<f64> {
        let unit = self.times(1.0);
        let first = (domain.low / unit - 1e-9).ceil();
        let last = (domain.high / unit + 1e-9).floor();
        let count = (last - first).clamp(0.0, 1000.0) as u32;
        if !(first.is_finite() && last >= first) {
            return Vec::new();
        }
        (0..=count)
            .map(|i| self.times(first + f64::from(i)))
            .collect()
    }

    /// The domain widened to multiples of the step, so that an axis ends with a tick. Where
    /// that would leave most of a step empty, to a little beyond the values instead.
    pub fn widen(self, domain: Domain) -> Domain {
        const EMPTY: f64 = 0.75;
        let unit = self.times(1.0);
        let near = domain.padded(0.03);
        let low = self.times((domain.low / unit + 1e-9).floor());
        let high = self.times((domain.high / unit - 1e-9).ceil());
        let low = if domain.low - low > EMPTY * unit {
            near.low.max(low)
        } else {
            low
        };
        let high = if high - domain.high > EMPTY * unit {
            near.high.min(high)
        } else {
            high
        };
        if low < high && low.is_finite() && high.is_finite() {
            Domain { low, high }
        } else {
            near
        }
    }

    /// The labelled ticks inside the domain.
    pub fn ticks(self, domain: Domain) -> Vec<Tick> {
        let values = self.multiples(domain);
        let largest = values
            .iter()
            .fold(0f64, |most, value| most.max(value.abs()));
        let notation = Notation::for_axis(largest, self.decimals());
        let tick = |value| Tick {
            value,
            label: notation.write(value),
            context: None,
        };
        values.into_iter().map(tick).collect()
    }
}

/// Ticks of a logarithmic axis: whole powers of ten, every so-manieth where they are many, or with 2 and
/// 5 between them where they are few. `domain` is of logarithms; `most` ticks at most.
pub fn logarithmic(domain: Domain, most: usize) -> Vec<Tick> {
    let powers = (domain.high - domain.low).max(0.0);
    let most = most.max(1) as f64;
    let candidates: [&[f64]; 3] = [&[1.0, 2.0, 3.0, 5.0, 7.0], &[1.0, 2.0, 5.0], &[1.0]];
    let dense = candidates
        .into_iter()
        .find(|multiples| powers * multiples.len() as f64 <= most)
        .unwrap_or(&[1.0]);
    let every = (powers / most).ceil().max(1.0) as i32;
    let (first, last) = (domain.low.floor() as i32, domain.high.ceil() as i32);
    let multiples = |power: i32| {
        dense
            .iter()
            .map(move |multiple| multiple * libm::exp10(f64::from(power)))
    };
    let within = |value: &f64| {
        let at = libm::log10(*value);
        at >= domain.low - 1e-9 && at <= domain.high + 1e-9
    };
    let values: Vec<f64> = (first..=last)
        .filter(|power| power.rem_euclid(every) == 0)
        .flat_map(multiples)
        .filter(within)
        .collect();
    if values.len() < 2 {
        // Less than a power of ten: the ticks of a linear axis stand closer.
        let linear = Domain::around(libm::exp10(domain.low), libm::exp10(domain.high));
        return Step::for_count(linear, most as usize).ticks(linear);
    }
    let largest = values.iter().fold(0.0, |most: f64, value| most.max(*value));
    let smallest = values
        .iter()
        .fold(f64::INFINITY, |least: f64, value| least.min(*value));
    let label = |value: f64| {
        let exponent = libm::floor(libm::log10(value) + 1e-9) as i32;
        // One notation for the whole axis.
        if largest < 1e6 && smallest >= 1e-3 {
            Notation::Plain((-exponent).max(0) as usize, largest >= 1e4).write(value)
        } else {
            Notation::Power(exponent, 0).write(value)
        }
    };
    let ticks = values.into_iter().map(|value| Tick {
        value,
        label: label(value),
        context: None,
    });
    ticks.collect()
}

/// How all numbers of an axis are written.
#[derive(Clone, Copy, Debug)]
enum Notation {
    /// `12,500.25`: the number of decimals, and whether thousands are set apart.
    Plain(usize, bool),
    /// `1.25×10⁹`: the exponent and the mantissa's decimals.
    Power(i32, usize),
}

impl Notation {
    /// Plain from a ten-thousandth up to a thousand million, or where the power of ten would
    /// need many digits anyway.
    fn for_axis(largest: f64, decimals: i32) -> Self {
        let exponent = if largest > 0.0 {
            largest.log10().floor() as i32
        } else {
            0
        };
        let digits = (exponent + decimals).max(0);
        let plain = (-3..9).contains(&exponent) && decimals <= 6;
        if plain || (digits > 6 && (-3..15).contains(&exponent)) {
            // An axis of four digits reads as well without commas, and may show years.
            Self::Plain(decimals.max(0) as usize, exponent > 3)
        } else {
            Self::Power(exponent, digits.min(17) as usize)
        }
    }

    fn write(self, value: f64) -> String {
        match self {
            _ if value == 0.0 => "0".to_owned(),
            Self::Plain(decimals, commas) => signed(&format!("{value:.decimals$}"), commas),
            Self::Power(exponent, decimals) => {
                let mantissa = shifted(value, -exponent);
                let power: String = exponent.to_string().chars().map(superscript).collect();
                format!(
                    "{}×10{power}",
                    signed(&format!("{mantissa:.decimals$}"), false)
                )
            }
        }
    }
}

/// The value times ten to `power`, correctly rounded also where that power is no float.
fn shifted(value: f64, power: i32) -> f64 {
    let written = format!("{value:e}");
    let (digits, own) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent = own.parse::<i32>().unwrap_or(0) + power;
    format!("{digits}e{exponent}").parse().unwrap_or(value)
}

fn superscript(digit: char) -> char {
    match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' | '4'..='9' => char::from_u32(0x2070 + digit as u32 - '0' as u32).unwrap_or(digit),
        other => other,
    }
}

/// A real minus sign, and commas between thousands.
fn signed(number: &str, commas: bool) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", number),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (digits, String::new()),
    };
    let mut out = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if commas && i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + &fraction
}
