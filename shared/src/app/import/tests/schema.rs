//! Files for datasets that exist.

use super::*;
use crate::domain::{FieldName, FieldType};

fn fields() -> Vec<Field> {
    let field = |name: &str, kind| Field::new(FieldName::new(name).unwrap(), kind);
    let mut temp = field("temp", FieldType::Number);
    temp.constraints.required = true;
    temp.constraints.min = Some(-90.0);
    let mut sky = field("sky", FieldType::Text);
    sky.constraints.one_of = vec!["rain".into(), "sun".into()];
    vec![
        temp,
        sky,
        field("count", FieldType::Integer),
        field("dry", FieldType::Boolean),
    ]
}

#[test]
fn columns_are_matched_by_name_and_typed_by_the_schema() {
    let expected = [
        "temp:number | sky:text | count:integer | dry:boolean",
        "1990-01-01 | 7.0 | rain | 3 | .",
        "1991-01-01 | 1000.0 | . | . | .",
    ];
    let file = b"sky,count,time,temp\nrain,3.0,1990,007\n,NA,1991,1e3\n";
    assert_lines(
        import_into(Format::Csv, &[], file, Some(&fields())),
        &expected,
    );
    let file = b"sky,n,time,t,x\nrain,+3,1990,7,1\n,NA,1991,1e3,2\n";
    let parameters = [("rename", "n:count"), ("rename", "t:temp"), ("skip", "x")];
    assert_lines(
        import_into(Format::Csv, &parameters, file, Some(&fields())),
        &expected,
    );
    let file = br#"[{"time":"1990","temp":7,"sky":"rain","count":3},{"time":"1991","temp":1e3,"dry":null}]"#;
    assert_lines(
        import_into(Format::Json, &[], file, Some(&fields())),
        &expected,
    );
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    for (file, expected) in [
        (
            "time,temp,skye\n1990,1,rain\n",
            "column \"skye\": unknown field `skye`, did you mean `sky`?; `?skip=skye` leaves it out",
        ),
        (
            "time,sky\n1990,rain\n",
            "column \"temp\": is required, and the file does not have it",
        ),
        ("time,temp,temp\n1990,1,2\n", "unknown field `temp_2`"),
    ] {
        assert_faults(
            import_into(Format::Csv, &[], file.as_bytes(), Some(&fields())),
            &[expected],
        );
    }
    let types = Options::parse([("types", "temp:text")]).unwrap();
    assert!(Importer::new(Format::Csv, types, Some(&fields())).is_err());
    let json = br#"[{"time":"1990","temp":1,"wind":2}]"#;
    assert_faults(
        import_into(Format::Json, &[], json, Some(&fields())),
        &["unknown field `wind`"],
    );
}

#[test]
fn values_that_the_fields_do_not_take_are_told_with_their_places() {
    let file = "time,temp,sky,count,dry\n1990,1,rain,1,true\n1991,cold,fog,1.5,1\n1992,,sun,x,TRUE\n1993,-91,sun,1e300,no\n1994,-inf,,,\n1995,1e999,,,false\n";
    let expected = [
        "line 3, column \"temp\": `cold` is not a number",
        "line 3, column \"sky\": `fog` is not one of: rain, sun",
        "line 3, column \"dry\": `1` is not true or false",
        "line 4, column \"temp\": a value is required",
        "line 4, column \"count\": `x` is not a number",
        "line 5, column \"temp\": -91 is less than -90",
        "line 5, column \"count\"",
        "line 5, column \"dry\": `no` is not true or false",
        "line 6, column \"temp\": `-inf` is not a finite number",
        "line 7, column \"temp\": `1e999` is not a finite number",
    ];
    assert_faults(
        import_into(Format::Csv, &[], file.as_bytes(), Some(&fields())),
        &expected,
    );
    let parsed = assert_lines(
        import_into(
            Format::Csv,
            &[("on_error", "skip")],
            file.as_bytes(),
            Some(&fields()),
        ),
        &[
            "temp:number | sky:text | count:integer | dry:boolean",
            "1990-01-01 | 1.0 | rain | 1 | true",
        ],
    );
    assert_eq!((parsed.skipped, parsed.faults.len()), (5, 10));
    let json = b"{\"time\":\"1990\",\"temp\":\"x\",\"dry\":\"true\"}\n{\"time\":\"1990\",\"sky\":\"sun\"}\n";
    assert_faults(
        import_into(Format::Ndjson, &[], json, Some(&fields())),
        &[
            "line 1, column \"temp\": the text `x` is not a number",
            "line 1, column \"dry\": the text `true` is not true or false",
            "line 2, column \"temp\": a value is required",
        ],
    );
}
