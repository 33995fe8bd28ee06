//! The series that is measured: minutes with two measurements of one decimal and a word, the same
//! at every run.

use std::ops::Range;

use almanac::domain::{Dataset, DatasetName, Field, FieldName, FieldType, Table, Timestamp, Value};

/// How many minutes it has.
pub(crate) const ROWS: u64 = 1_000_000;

const WORDS: [&str; 8] = [
    "clear", "cloudy", "drizzle", "fog", "rain", "sleet", "snow", "storm",
];

/// A row's time in milliseconds: minutes from 2020-01-01.
pub(crate) fn time(row: u64) -> i64 {
    1_577_836_800_000 + row as i64 * 60_000
}

/// The dataset that its points go into.
pub(crate) fn dataset() -> Dataset {
    let field = |name: &str, kind| Field::new(FieldName::new(name).expect("a name"), kind);
    Dataset {
        name: DatasetName::new("bench").expect("a name"),
        title: None,
        description: None,
        licence: None,
        source: None,
        fields: vec![
            field("temperature", FieldType::Number),
            field("pressure", FieldType::Number),
            field("weather", FieldType::Text),
        ],
        key: None,
        is_public: false,
        created_on: Timestamp::MIN,
    }
}

/// Its rows as points.
pub(crate) fn table(rows: Range<u64>) -> Table {
    let mut table = Table::new(dataset().fields.iter().map(|field| field.kind));
    let mut weather = Weather::new();
    for row in rows {
        let (temperature, pressure, word) = weather.next();
        let number = |tenths: i64| Value::Number(tenths as f64 / 10.0);
        let values = [
            number(temperature),
            number(pressure),
            Value::Text(word.to_owned()),
        ];
        table.push(time(row), row, &values);
    }
    table
}

/// Its rows as a file, the times as most files have them.
pub(crate) fn csv(rows: Range<u64>) -> String {
    let mut file = String::from("time,temperature,pressure,weather\n");
    write_rows(rows, |time, temperature, pressure, word| {
        file.push_str(&format!("{time},{temperature},{pressure},{word}\n"));
    });
    file
}

pub(crate) fn ndjson(rows: Range<u64>) -> String {
    let mut file = String::new();
    write_rows(rows, |time, temperature, pressure, word| {
        file.push_str(&format!(
            "{{\"time\":\"{time}\",\"temperature\":{temperature},\"pressure\":{pressure},\"weather\":\"{word}\"}}\n"
        ));
    });
    file
}

fn write_rows(rows: Range<u64>, mut write: impl FnMut(Timestamp, String, String, &str)) {
    let mut weather = Weather::new();
    for row in rows {
        let (temperature, pressure, word) = weather.next();
        let tenths = |number: i64| format!("{:.1}", number as f64 / 10.0);
        let time = Timestamp::from_milliseconds(time(row)).expect("a time");
        write(time, tenths(temperature), tenths(pressure), word);
    }
}

/// Random walks in tenths, pulled back to their middle, as weather is.
struct Weather {
    temperature: i64,
    pressure: i64,
    word: usize,
    /// A linear congruential generator (Knuth's MMIX constants); its high bits are good enough here.
    noise: u64,
}

impl Weather {
    fn new() -> Self {
        Self {
            temperature: 100,
            pressure: 10_130,
            word: 0,
            noise: 42,
        }
    }

    fn next(&mut self) -> (i64, i64, &'static str) {
        self.temperature += self.below(7) - 3 - self.temperature / 400;
        self.pressure += self.below(5) - 2 - (self.pressure - 10_130) / 300;
        if self.below(60) == 0 {
            self.word = self.below(WORDS.len() as i64) as usize;
        }
        (self.temperature, self.pressure, WORDS[self.word])
    }

    fn below(&mut self, bound: i64) -> i64 {
        self.noise = self
            .noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.noise >> 33) as i64) % bound
    }
}
