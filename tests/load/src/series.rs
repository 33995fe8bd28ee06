//! The series that is measured: minutes with two measurements of one decimal and a word, the same
//! at every run.

/// How many minutes it has.
pub(crate) const ROWS: u64 = 1_000_000;

const WORDS: [&str; 8] = [
    "clear", "cloudy", "drizzle", "fog", "rain", "sleet", "snow", "storm",
];

/// The time of a row, which is also how a query names it.
pub(crate) fn time(row: u64) -> String {
    // Minutes from 2020-01-01T00:00Z as epoch milliseconds.
    (1_577_836_800_000 + row * 60_000).to_string()
}

/// The file, its times written as most files have them; with a name for each row, if it is to have keys.
pub(crate) fn csv(has_keys: bool) -> String {
    let mut file = String::with_capacity(ROWS as usize * 50);
    file.push_str(if has_keys { "name," } else { "" });
    file.push_str("time,temperature,pressure,weather\n");
    let (mut temperature, mut pressure, mut word) = (100_i64, 10_130_i64, 0);
    let mut noise = Noise(42);
    for row in 0..ROWS {
        // A random walk in tenths, pulled back to its middle, as weather is.
        temperature += noise.below(7) - 3 - temperature / 400;
        pressure += noise.below(5) - 2 - (pressure - 10_130) / 300;
        if noise.below(60) == 0 {
            word = noise.below(WORDS.len() as i64) as usize;
        }
        let sign = if temperature < 0 { "-" } else { "" };
        let tenths = temperature.abs();
        if has_keys {
            file.push_str(&format!("row-{row},"));
        }
        file.push_str(&format!(
            "{},{sign}{}.{},{}.{},{}\n",
            civil(row),
            tenths / 10,
            tenths % 10,
            pressure / 10,
            pressure % 10,
            WORDS[word]
        ));
    }
    file
}

/// `2020-01-01T00:00:00Z` and so on; the rows end within 2021.
fn civil(row: u64) -> String {
    const DAYS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (mut day, minute) = (row / 1440, row % 1440);
    let (year, leap) = if day < 366 { (2020, 1) } else { (2021, 0) };
    day -= if leap == 1 { 0 } else { 366 };
    let mut month = 0;
    while day >= DAYS[month] + if month == 1 { leap } else { 0 } {
        day -= DAYS[month] + if month == 1 { leap } else { 0 };
        month += 1;
    }
    format!(
        "{year}-{:02}-{:02}T{:02}:{:02}:00Z",
        month + 1,
        day + 1,
        minute / 60,
        minute % 60
    )
}

/// A linear congruential generator (Knuth's MMIX constants); its high bits are good enough here.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as i64) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_times_that_queries_ask_for() {
        assert_eq!(civil(0), "2020-01-01T00:00:00Z");
        assert_eq!(civil(59 * 1440 + 61), "2020-02-29T01:01:00Z");
        assert_eq!(civil(366 * 1440), "2021-01-01T00:00:00Z");
        assert_eq!(civil(366 * 1440 + 59 * 1440), "2021-03-01T00:00:00Z");
        assert_eq!(time(366 * 1440), "1609459200000");
        assert_eq!(civil(ROWS - 1), "2021-11-25T10:39:00Z");
    }
}
