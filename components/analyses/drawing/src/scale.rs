//! From data to pixels.

/// A closed interval of data values with `low < high`, both finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Domain {
    pub low: f64,
    pub high: f64,
}

impl Domain {
    /// The interval from the smallest to the largest value. Where they are the same, or so
    /// close that floating point cannot tell steps between them apart, it is widened by a
    /// tenth of the value, so that a constant series lies in the middle of its axis.
    pub fn around(low: f64, high: f64) -> Self {
        let size = low.abs().max(high.abs());
        if high / 2.0 - low / 2.0 > size * 1e-13 {
            return Self { low, high };
        }
        // Of the smallest of all floats a tenth is nothing.
        let margin = if size > 1e-320 { size * 0.1 } else { 1.0 };
        Self {
            low: (low - margin).max(-f64::MAX),
            high: (high + margin).min(f64::MAX),
        }
    }

    /// The interval with a part of its width added on both sides.
    pub fn padded(self, part: f64) -> Self {
        let margin = (self.high / 2.0 - self.low / 2.0) * 2.0 * part;
        let wider = Self {
            low: self.low - margin,
            high: self.high + margin,
        };
        if wider.low.is_finite() && wider.high.is_finite() {
            wider
        } else {
            self
        }
    }
}

/// A linear map of a domain onto pixels; `from` may lie right of or below `to`.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    domain: Domain,
    from: f64,
    length: f64,
    /// Half the domain's width: halves, because the whole may exceed the largest double.
    half: f64,
}

impl Linear {
    pub fn new(domain: Domain, from: f64, to: f64) -> Self {
        let half = domain.high / 2.0 - domain.low / 2.0;
        Self {
            domain,
            from,
            length: to - from,
            half,
        }
    }

    /// The pixel of a value.
    pub fn at(&self, value: f64) -> f64 {
        self.from + (value / 2.0 - self.domain.low / 2.0) / self.half * self.length
    }
}

/// A map of values onto pixels.
#[derive(Clone, Copy, Debug)]
pub enum Scale {
    Linear(Linear),
    /// Linear in the decimal logarithm.
    Logarithmic(Linear),
}

impl Scale {
    /// The pixel of a value; not a number where the scale has none for it.
    pub fn at(&self, value: f64) -> f64 {
        match self {
            Self::Linear(linear) => linear.at(value),
            Self::Logarithmic(linear) if value > 0.0 => linear.at(libm::log10(value)),
            Self::Logarithmic(_) => f64::NAN,
        }
    }
}
