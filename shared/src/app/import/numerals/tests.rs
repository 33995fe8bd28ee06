//! Numbers keep their spelling, and tell their kind.

use super::*;

#[test]
fn spellings_come_back_exactly() {
    let spellings = [
        "0",
        "-0",
        "-0.0",
        "0.10",
        "-0.05",
        "12.80",
        "+3",
        "+0.5",
        "1e5",
        "1.50E-07",
        "-2.5e+00",
        "5.",
        "5.e3",
        ".5",
        "-.5e1",
        "00012",
        "-01",
        "-007.50e+03",
        "000",
        "0.0000000000000000001",
        "123456789012345678",
        "1234567890123456789",
        "99999999999999999999999999",
        "3.141592653589793238",
        "NaN",
        "-inf",
        "-1e999",
    ];
    let mut numerals = Numerals::new(Notation::POINT, 1);
    for (line, spelling) in spellings.iter().enumerate() {
        assert!(
            numerals.push(spelling.as_bytes(), line as u64),
            "{spelling}"
        );
        numerals.push_missing();
    }
    assert!(!numerals.push(b"rain", 0) && !numerals.push(b"2e3456", 0));
    let mut seen = Vec::new();
    numerals.for_each_spelling(|spelling| seen.extend(spelling.map(str::to_owned)));
    assert_eq!(seen, spellings);
    let places: Vec<u64> = numerals
        .not_finite()
        .iter()
        .map(|(_, line, _)| *line)
        .collect();
    assert_eq!(places, [24, 25, 26]);
    let numbers = numerals.into_numbers(f64::NAN);
    assert_eq!(numbers.len(), 1 + 2 * spellings.len());
    for (at, spelling) in spellings.iter().enumerate().take(24) {
        let expected: f64 = spelling.parse().unwrap();
        assert_eq!(
            numbers[1 + 2 * at].to_bits(),
            expected.to_bits(),
            "{spelling}"
        );
    }
    assert!(numbers[0].is_nan() && numbers[2].is_nan() && numbers[49].is_nan());
}

#[test]
fn more_styles_than_a_byte_can_name_are_kept_one_by_one() {
    let mut numerals = Numerals::new(Notation::POINT, 0);
    let spellings: Vec<String> = (-150..150).map(|power| format!("1.5e{power}")).collect();
    for spelling in &spellings {
        assert!(numerals.push(spelling.as_bytes(), 1));
    }
    let mut seen = Vec::new();
    numerals.for_each_spelling(|spelling| seen.extend(spelling.map(str::to_owned)));
    assert_eq!(seen, spellings);
    let expected: Vec<f64> = spellings
        .iter()
        .map(|spelling| spelling.parse().unwrap())
        .collect();
    assert_eq!(numerals.into_numbers(f64::NAN), expected);
}

#[test]
fn the_kind_follows_from_the_numbers() {
    let kind = |spellings: &[&str]| {
        let mut numerals = Numerals::new(Notation::POINT, 0);
        spellings
            .iter()
            .for_each(|spelling| assert!(numerals.push(spelling.as_bytes(), 1)));
        numerals
    };
    assert!(matches!(
        kind(&["1", "-0", "+7", "-01"]).kind(),
        Kind::Integer
    ));
    assert_eq!(
        kind(&["1", "-0", "+7", "-01"]).into_integers(9),
        [1, 0, 7, -1]
    );
    assert!(matches!(kind(&["1", "2.0"]).kind(), Kind::Number));
    assert!(matches!(kind(&["1", "2e0"]).kind(), Kind::Code));
    assert!(matches!(kind(&["1.5", "2e0"]).kind(), Kind::Number));
    assert!(matches!(kind(&["1e-5", "2e0"]).kind(), Kind::Number));
    assert!(matches!(
        kind(&["9007199254740992"]).kind(),
        Kind::Identifier
    ));
    assert!(matches!(
        kind(&["9007199254740993.0"]).kind(),
        Kind::Identifier
    ));
    assert!(matches!(
        kind(&["1", "12345678901234567890"]).kind(),
        Kind::Identifier
    ));
    assert!(matches!(
        kind(&["9007199254740992", "0.5"]).kind(),
        Kind::Identifier
    ));
}
