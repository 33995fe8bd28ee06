//! Suggesting a pattern for times whose form has to be named.

use crate::domain::time::calendar::month_of_name;

/// The parameters that would read a text such as `31.01.2012 06:30`, ready to paste; empty for
/// other texts.
pub(super) fn pattern_like(text: &str) -> Vec<String> {
    let (date, time) = text.split_once(' ').unwrap_or((text, ""));
    let Some(time) = time_pattern(time) else {
        return Vec::new();
    };
    let with_time = |pattern: String| format!("`?time_format={pattern}{time}`");
    date_patterns(date).into_iter().map(with_time).collect()
}

/// `Jan-20`, `01-Jan-20`: with an English month and a year of two digits.
fn named_month_pattern(date: &str) -> Option<String> {
    let separator = date.chars().find(|each| "-/.".contains(*each))?;
    let parts: Vec<&str> = date.split(separator).collect();
    let is_number = |part: &str| (1..=2).contains(&part.len()) && part.parse::<u8>().is_ok();
    let month = |part: &str| {
        let is_month = month_of_name(part).is_some();
        is_month.then_some(if part.len() == 3 { "%b" } else { "%B" })
    };
    match parts.as_slice() {
        [name, year] if is_number(year) => Some(format!("{}{separator}%y", month(name)?)),
        [day, name, year] if is_number(day) && is_number(year) => {
            Some(format!("%d{separator}{}{separator}%y", month(name)?))
        }
        _ => None,
    }
}

fn date_patterns(date: &str) -> Vec<String> {
    if let Some(pattern) = named_month_pattern(date) {
        return vec![pattern];
    }
    for separator in ['.', '/', '-'] {
        let parts: Vec<&str> = date.split(separator).collect();
        let [first, second, year] = parts.as_slice() else {
            continue;
        };
        let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 2);
        let year = match year.len() {
            4 if year.bytes().all(|byte| byte.is_ascii_digit()) => "%Y",
            2 if number(year).is_some() => "%y",
            _ => continue,
        };
        let (Some(first), Some(second)) = (number(first), number(second)) else {
            continue;
        };
        let mut patterns = Vec::new();
        if (1..=12).contains(&second) && first <= 31 {
            patterns.push(format!("%d{separator}%m{separator}{year}"));
        }
        if (1..=12).contains(&first) && second <= 31 && separator != '.' {
            patterns.push(format!("%m{separator}%d{separator}{year}"));
        }
        return patterns;
    }
    Vec::new()
}

fn time_pattern(time: &str) -> Option<String> {
    let (clock, half) = match time.split_once(' ') {
        Some((clock, half)) => (clock, format!(" {half}")),
        None => (time, String::new()),
    };
    let half = match half.to_ascii_uppercase().as_str() {
        "" => "",
        " AM" | " PM" => " %p",
        _ => return None,
    };
    let hour = if half.is_empty() { "%H" } else { "%I" };
    let is_clock = clock
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b':');
    let pattern = match (is_clock, clock.matches(':').count()) {
        (true, 0) if clock.is_empty() => return half.is_empty().then(String::new),
        (true, 1) => format!(" {hour}:%M"),
        (true, 2) => format!(" {hour}:%M:%S"),
        _ => return None,
    };
    Some(pattern + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_patterns() {
        for (text, patterns) in [
            ("31.01.2012", &["`?time_format=%d.%m.%Y`"][..]),
            ("31.01.12 06:30", &["`?time_format=%d.%m.%y %H:%M`"]),
            (
                "01/02/2012 1:30:00 PM",
                &[
                    "`?time_format=%d/%m/%Y %I:%M:%S %p`",
                    "`?time_format=%m/%d/%Y %I:%M:%S %p`",
                ],
            ),
            ("13/02/2012", &["`?time_format=%d/%m/%Y`"]),
            ("02/13/2012", &["`?time_format=%m/%d/%Y`"]),
            ("Jan-20", &["`?time_format=%b-%y`"]),
            ("01-Jan-20 06:30", &["`?time_format=%d-%b-%y %H:%M`"]),
            ("yesterday", &[]),
            ("", &[]),
            ("1.2.3.4", &[]),
        ] {
            assert_eq!(pattern_like(text), patterns, "{text}");
        }
    }
}
