//! Ticks and labels of axes.

use drawing::axis::{Axis, Quantity};
use drawing::scale::{Domain, Linear};
use drawing::text::Font;
use drawing::ticks::{self, Tick};
use drawing::time_ticks;
use jiff::civil::{DateTime, datetime};
use jiff::tz::{Offset, TimeZone};

fn millis(when: DateTime) -> i64 {
    Offset::UTC
        .to_timestamp(when)
        .expect("a date of these millennia")
        .as_millisecond()
}

/// Random-looking numbers from 0 to 1 (Knuth's MMIX generator), the same each time.
fn noise(count: usize) -> Vec<f64> {
    let mut state = 1u64;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    (0..count).map(next).collect()
}

fn vertical(domain: Domain, height: f64) -> Axis {
    Axis::vertical(
        Quantity::Number(domain),
        [0.0, height],
        &Font::regular(),
        12.0,
        100.0,
    )
}

fn labels(ticks: &[Tick]) -> Vec<String> {
    ticks
        .iter()
        .map(|tick| match &tick.context {
            Some(context) => format!("{}/{context}", tick.label),
            None => tick.label.clone(),
        })
        .collect()
}

#[test]
fn number_ticks_are_round() {
    let table: &[(f64, f64, usize, &[&str])] = &[
        (0.0, 10.0, 5, &["0", "2", "4", "6", "8", "10"]),
        (0.0, 10.0, 4, &["0.0", "2.5", "5.0", "7.5", "10.0"]),
        (0.0, 1.0, 5, &["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-10.0, 40.0, 5, &["−10", "0", "10", "20", "30", "40"]),
        (313.0, 432.0, 6, &["320", "340", "360", "380", "400", "420"]),
        (0.0, 9000.0, 3, &["0", "5000"]),
        (0.0, 60_000.0, 3, &["0", "20,000", "40,000", "60,000"]),
        (0.0, 123_456_789.0, 3, &["0", "50,000,000", "100,000,000"]),
        (0.0, 2.5e9, 3, &["0", "1×10⁹", "2×10⁹"]),
        (0.0, 1e-9, 2, &["0", "0.5×10⁻⁹", "1.0×10⁻⁹"]),
        (-3e-7, 3e-7, 3, &["−2×10⁻⁷", "0", "2×10⁻⁷"]),
        (0.001, 0.002, 2, &["0.0010", "0.0015", "0.0020"]),
        (1e15, 3e15, 2, &["1×10¹⁵", "2×10¹⁵", "3×10¹⁵"]),
        (
            1e12,
            1e12 + 2.0,
            2,
            &[
                "1,000,000,000,000",
                "1,000,000,000,001",
                "1,000,000,000,002",
            ],
        ),
        (1990.0, 1998.0, 4, &["1990", "1992", "1994", "1996", "1998"]),
    ];
    for (low, high, count, expected) in table {
        let domain = Domain {
            low: *low,
            high: *high,
        };
        let ticks = ticks::Step::for_count(domain, *count).ticks(domain);
        let expected: Vec<&str> = match expected {
            // Written without decimals that a zero does not need.
            ["0.0", rest @ ..] => std::iter::once("0").chain(rest.iter().copied()).collect(),
            all => all.to_vec(),
        };
        assert_eq!(labels(&ticks), expected, "{low} to {high} in {count}");
    }
}

#[test]
fn number_ticks_survive_extremes() {
    let extremes = [
        f64::MAX,
        -f64::MAX,
        1e300,
        -1e300,
        f64::MIN_POSITIVE,
        5e-324,
        0.0,
        1.0,
        1e17,
    ];
    for a in extremes {
        for b in extremes {
            let domain = Domain::around(a.min(b), a.max(b));
            assert!(domain.low < domain.high, "{a} {b} {domain:?}");
            let axis = vertical(domain, 500.0);
            for tick in &axis.ticks {
                let y = axis.scale.at(tick.value);
                assert!((-1.0..=501.0).contains(&y), "{a} {b}: {tick:?} at {y}");
            }
        }
    }
}

/// The number that a label says.
fn said(label: &str) -> f64 {
    let plain: String = label
        .chars()
        .filter_map(|letter| match letter {
            '−' => Some('-'),
            ',' => None,
            other => Some(other),
        })
        .collect();
    let Some((mantissa, power)) = plain.split_once("×10") else {
        return plain.parse().expect(label);
    };
    let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let power: String = power
        .chars()
        .map(
            |letter| match digits.chars().position(|digit| digit == letter) {
                Some(digit) => char::from(b'0' + digit as u8),
                None => '-',
            },
        )
        .collect();
    format!("{mantissa}e{power}").parse().expect(label)
}

#[test]
fn labels_say_where_their_ticks_are_at_any_magnitude() {
    for power in (-320..=308).step_by(4).chain([307, 308, -310, -319]) {
        let size: f64 = format!("1e{power}").parse().expect("a number");
        for (low, high) in [
            (0.0, 1.0),
            (1.0, 1.7),
            (-1.7, 1.7),
            (-1.0, -0.2),
            (1.7, 1.7),
            (1.2, 1.2003),
        ] {
            let (low, high) = (low * size, high * size);
            let domain = Domain::around(low, high);
            assert!(domain.low <= low && domain.high >= high, "{low} to {high}");
            let font = Font::regular();
            let across = Quantity::Number(domain);
            let across = Axis::horizontal(across, 0.0, 600.0, &font, 12.0);
            for axis in [vertical(domain, 400.0), across] {
                let what = format!("{low} to {high}: {:?}", axis.ticks);
                // The smallest floats are too far apart for more.
                assert!(
                    axis.ticks.len() >= if power > -318 { 2 } else { 1 },
                    "{what}"
                );
                let step = match &axis.ticks[..] {
                    [first, second, ..] => second.value - first.value,
                    _ => size,
                };
                for tick in &axis.ticks {
                    let off = (said(&tick.label) - tick.value).abs();
                    assert!(
                        off <= step * 0.02,
                        "{} is at {}; {what}",
                        tick.label,
                        tick.value
                    );
                }
            }
        }
    }
}

/// Every axis has 2 to 12 ticks with different labels, each a multiple of the step.
#[test]
fn vertical_axes_have_distinct_labels() {
    for (i, pair) in noise(4000).chunks_exact(2).enumerate() {
        let size = 10f64.powi((i % 40) as i32 - 20);
        let low = (pair[0] - 0.5) * size * 3.0;
        let domain = Domain::around(low, low + pair[1] * size);
        let axis = vertical(domain, 400.0);
        let mut seen: Vec<&str> = axis.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert!((2..=12).contains(&seen.len()), "{domain:?}: {seen:?}");
        seen.dedup();
        assert_eq!(seen.len(), axis.ticks.len(), "{domain:?}: {seen:?}");
    }
}

#[test]
fn a_constant_series_lies_in_the_middle() {
    for value in [5.0, -3.0, 0.0, 1e-200, 1e17] {
        let domain = Domain::around(value, value);
        let y = Linear::new(domain, 0.0, 100.0).at(value);
        assert!((y - 50.0).abs() < 1.0, "{value} at {y}");
    }
}

fn time_axis(from: DateTime, to: DateTime, width: f64) -> Vec<String> {
    let zone = &TimeZone::UTC;
    let domain = Domain {
        low: millis(from) as f64,
        high: millis(to) as f64,
    };
    let font = Font::regular();
    labels(&Axis::horizontal(Quantity::Time(domain, zone), 0.0, width, &font, 12.0).ticks)
}

#[test]
fn time_ticks_are_calendar_steps() {
    let d = |y, m, day| datetime(y, m, day, 0, 0, 0, 0);
    let table: &[(DateTime, DateTime, f64, &[&str])] = &[
        (
            d(1958, 3, 1),
            d(2026, 6, 1),
            500.0,
            &["1960", "1970", "1980", "1990", "2000", "2010", "2020"],
        ),
        (
            d(1957, 12, 1),
            d(1958, 3, 15),
            400.0,
            &["Dec/1957", "Jan/1958", "Feb", "Mar"],
        ),
        (
            d(2012, 1, 1),
            d(2013, 12, 31),
            500.0,
            &[
                "Jan/2012", "Apr", "Jul", "Oct", "Jan/2013", "Apr", "Jul", "Oct",
            ],
        ),
        (
            d(2012, 11, 15),
            d(2013, 8, 1),
            300.0,
            &["Jan/2013", "Apr", "Jul"],
        ),
        (
            d(2012, 2, 20),
            d(2012, 3, 20),
            400.0,
            &["21/Feb 2012", "26", "1/Mar 2012", "6", "11", "16"],
        ),
        (
            d(2012, 2, 28),
            d(2012, 3, 3),
            400.0,
            &["28/Feb 2012", "29", "1/Mar 2012", "2", "3"],
        ),
        (
            datetime(2012, 3, 1, 18, 0, 0, 0),
            datetime(2012, 3, 2, 12, 0, 0, 0),
            400.0,
            &[
                "18:00/1 Mar 2012",
                "21:00",
                "00:00/2 Mar 2012",
                "03:00",
                "06:00",
                "09:00",
                "12:00",
            ],
        ),
        (
            datetime(1969, 12, 31, 23, 59, 58, 0),
            datetime(1970, 1, 1, 0, 0, 1, 0),
            400.0,
            &[
                "23:59:58/31 Dec 1969",
                "23:59:59",
                "00:00:00/1 Jan 1970",
                "00:00:01",
            ],
        ),
        (
            datetime(2020, 1, 1, 0, 0, 0, 0),
            datetime(2020, 1, 1, 0, 0, 0, 4_000_000),
            400.0,
            &[
                "00:00:00.000/1 Jan 2020",
                "00:00:00.001",
                "00:00:00.002",
                "00:00:00.003",
                "00:00:00.004",
            ],
        ),
        (
            d(-500, 1, 1),
            d(500, 1, 1),
            400.0,
            &["−400", "−200", "0", "200", "400"],
        ),
        (d(12, 1, 1), d(12, 6, 1), 150.0, &["Jan/0012", "Apr"]),
        (
            d(-9000, 1, 1),
            d(9000, 1, 1),
            300.0,
            &["−5000", "0", "5000"],
        ),
    ];
    let wrong: Vec<String> = table
        .iter()
        .map(|(from, to, width, expected)| (from, to, time_axis(*from, *to, *width), expected))
        .filter(|(_, _, ticks, expected)| ticks != *expected)
        .map(|(from, to, ticks, expected)| format!("{from} to {to}: {ticks:?} not {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whatever the range, the ticks lie inside it, in order, and are not too many.
#[test]
fn time_ticks_of_any_range_are_in_order() {
    let (font, zone) = (Font::regular(), &TimeZone::UTC);
    for (i, pair) in noise(600).chunks_exact(2).enumerate() {
        let span = 10f64.powf(pair[1] * 14.0);
        let low = (pair[0] - 0.5) * 2.0 * 10f64.powi((i % 16) as i32);
        let domain = Domain {
            low,
            high: low + span,
        };
        for width in [100.0, 400.0, 1500.0] {
            let axis = Axis::horizontal(Quantity::Time(domain, zone), 0.0, width, &font, 12.0);
            assert!(axis.ticks.len() <= 30, "{domain:?}");
            for pair in axis.ticks.windows(2) {
                assert!(pair[0].value < pair[1].value, "{domain:?}: {pair:?}");
            }
            for tick in &axis.ticks {
                assert!(
                    (domain.low..=domain.high).contains(&tick.value),
                    "{domain:?}: {tick:?}"
                );
            }
        }
    }
}

#[test]
fn times_beyond_the_calendar_do_no_harm() {
    for (low, high) in [
        (-1e18, 1e18),
        (9e15, 9.1e15),
        (-9.2e18, 9.2e18),
        (0.0, 1e-3),
    ] {
        let quantity = Quantity::Time(Domain { low, high }, &TimeZone::UTC);
        Axis::horizontal(quantity, 0.0, 500.0, &Font::regular(), 12.0);
    }
    time_ticks::single(1e300, &TimeZone::UTC);
    time_ticks::single(f64::NAN, &TimeZone::UTC);
}

#[test]
fn a_single_time_is_written_out() {
    let at = |when| labels(&[time_ticks::single(millis(when) as f64, &TimeZone::UTC)]);
    assert_eq!(at(datetime(1957, 12, 1, 0, 0, 0, 0)), ["1 Dec 1957"]);
    assert_eq!(
        at(datetime(-500, 3, 1, 6, 30, 0, 0)),
        ["06:30:00/1 Mar −0500"]
    );
}

fn zoned(name: &str, from: &str, to: &str, width: f64) -> Vec<String> {
    let zone = TimeZone::get(name).expect("a zone");
    let at = |when: &str| {
        when.parse::<jiff::Timestamp>()
            .expect("a time")
            .as_millisecond() as f64
    };
    let quantity = Quantity::Time(
        Domain {
            low: at(from),
            high: at(to),
        },
        &zone,
    );
    labels(&Axis::horizontal(quantity, 0.0, width, &Font::regular(), 12.0).ticks)
}

/// Clocks that are set forward leave an hour out, those set back repeat one, and the ticks are round again
/// after both.
#[test]
fn ticks_keep_to_the_clock_of_the_zone() {
    let hours = |from: &str, to: &str| zoned("Europe/Berlin", from, to, 500.0);
    assert_eq!(
        hours("2024-03-30T23:00:00Z", "2024-03-31T04:00:00Z"),
        [
            "00:00/31 Mar 2024",
            "01:00",
            "03:00",
            "04:00",
            "05:00",
            "06:00"
        ]
    );
    assert_eq!(
        hours("2024-10-26T22:00:00Z", "2024-10-27T03:00:00Z"),
        [
            "00:00/27 Oct 2024",
            "01:00",
            "02:00",
            "02:00",
            "03:00",
            "04:00"
        ]
    );
    // A quarter to: the zone's whole hours, not those of UTC.
    assert_eq!(
        zoned(
            "Asia/Kathmandu",
            "2024-01-01T00:00:00Z",
            "2024-01-01T03:00:00Z",
            400.0
        ),
        [
            "06:00/1 Jan 2024",
            "06:30",
            "07:00",
            "07:30",
            "08:00",
            "08:30"
        ]
    );
    assert_eq!(
        zoned(
            "America/New_York",
            "2024-01-01T00:00:00Z",
            "2024-05-01T05:00:00Z",
            300.0
        ),
        ["Jan/2024", "Feb", "Mar", "Apr", "May"]
    );
}

#[test]
fn logarithmic_ticks_are_powers_or_their_parts() {
    let ticks = |low: f64, high: f64, most| labels(&ticks::logarithmic(Domain { low, high }, most));
    assert_eq!(ticks(0.0, 3.0, 5), ["1", "10", "100", "1000"]);
    assert_eq!(
        ticks(-2.0, 0.0, 8),
        ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]
    );
    assert_eq!(
        ticks(0.0, 9.0, 5),
        ["1×10⁰", "1×10²", "1×10⁴", "1×10⁶", "1×10⁸"]
    );
    assert_eq!(ticks(0.3, 0.6, 4), ["2", "3"]);
    for (low, high) in [(-320.0, 308.0), (-5.0, -4.9), (300.0, 308.2)] {
        for most in 1..12 {
            let ticks = ticks::logarithmic(Domain { low, high }, most);
            assert!(ticks.len() <= most + 2, "{low} {high} {most}: {ticks:?}");
        }
    }
}
