//! Which columns are the time, and in which form.

use super::*;

/// The times of a file, its columns of the time, their form and resolution; or the faults.
fn found(parameters: &[(&str, &str)], file: &str) -> Result<(Vec<String>, FoundTime), String> {
    match csv(parameters, file) {
        Ok(parsed) => {
            let time = |time: &i64| {
                let time = Timestamp::from_milliseconds(*time).unwrap().to_string();
                let time = time.trim_end_matches('Z');
                let time = time.strip_suffix(":00").unwrap_or(time);
                time.strip_suffix("T00:00").unwrap_or(time).to_owned()
            };
            Ok((parsed.table.times.iter().map(time).collect(), parsed.time))
        }
        Err(Failure::Invalid { faults, .. }) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Err(faults.join("\n"))
        }
        Err(failure) => Err(format!("{failure:?}")),
    }
}

#[track_caller]
fn assert_times(
    parameters: &[(&str, &str)],
    file: &str,
    times: &[&str],
    columns: &str,
    form: &str,
    resolution: &str,
) {
    let (found, time) = found(parameters, file).expect(file);
    assert_eq!(found, times, "{file}");
    let stated = (time.columns.join(","), time.form.as_str(), time.resolution);
    assert_eq!(stated, (columns.to_owned(), form, resolution), "{file}");
}

#[test]
fn all_columns_with_a_part_of_the_time_are_used() {
    for (file, times, columns, form, resolution) in [
        (
            "DATE,START TIME,END TIME,v\n2012-10-31,01:00,01:59,1\n2012-10-31,02:00,02:59,1\n",
            ["2012-10-31T01:00", "2012-10-31T02:00"],
            "DATE,START TIME",
            "date + time of day",
            "hour",
        ),
        (
            "Time,Date,v\n1:30 PM,2012-10-31,1\n12:00 AM,2012-11-01,1\n",
            ["2012-10-31T13:30", "2012-11-01"],
            "Date,Time",
            "date + time of day",
            "minute",
        ),
        (
            "date,time,v\n2020-01-01,0130,1\n2020-01-01,2300,1\n",
            ["2020-01-01T01:30", "2020-01-01T23:00"],
            "date,time",
            "date + time of day",
            "minute",
        ),
        (
            "Datum;Uhrzeit;v\n2020-01-01;00:15;1\n2020-01-01;24:00;1\n",
            ["2020-01-01T00:15", "2020-01-02"],
            "Datum,Uhrzeit",
            "date + time of day",
            "minute",
        ),
        (
            "fecha,hora,v\n2020-01-01,1,1\n2020-01-01,24,1\n",
            ["2020-01-01T01:00", "2020-01-02"],
            "fecha,hora",
            "date + hour",
            "hour",
        ),
        (
            "TradeDate,trade_time,v\n20200101,063015,5\n20200101,063016,6\n",
            ["2020-01-01T06:30:15", "2020-01-01T06:30:16"],
            "TradeDate,trade_time",
            "date + time of day",
            "second",
        ),
        (
            "日付,時刻,v\n2020-01-01,06:30,1\n2020-01-02,06:30,1\n",
            ["2020-01-01T06:30", "2020-01-02T06:30"],
            "日付,時刻",
            "date + time of day",
            "minute",
        ),
        (
            "date,hour,minute,v\n20200131,6,30,1\n20200131,6,45,1\n",
            ["2020-01-31T06:30", "2020-01-31T06:45"],
            "date,hour,minute",
            "date + hour + minute",
            "minute",
        ),
        (
            "YEAR,MO,DY,HR,v\n2020,1,31,0,1\n2020,1,31,23,1\n",
            ["2020-01-31", "2020-01-31T23:00"],
            "YEAR,MO,DY,HR",
            "year + month + day + hour",
            "hour",
        ),
        (
            "v,Mn,Yr\n1,1,2020\n1,12,2020\n",
            ["2020-01-01", "2020-12-01"],
            "Yr,Mn",
            "year + month",
            "month",
        ),
        (
            "#YY MM DD hh mm WTMP\n2020 01 31 06 50 1.5\n2020 02 01 07 50 1.5\n",
            ["2020-01-31T06:50", "2020-02-01T07:50"],
            "YY,MM,DD,hh,mm",
            "year + month + day + hour + minute",
            "minute",
        ),
        (
            "YYYY,MM,DD,hh,v\n2020,1,31,0,1\n2020,1,31,23,1\n",
            ["2020-01-31", "2020-01-31T23:00"],
            "YYYY,MM,DD,hh",
            "year + month + day + hour",
            "hour",
        ),
        (
            "Jahr;Monat;Tag;Stunde;v\n2020;1;31;0;1\n2020;1;31;23;1\n",
            ["2020-01-31", "2020-01-31T23:00"],
            "Jahr,Monat,Tag,Stunde",
            "year + month + day + hour",
            "hour",
        ),
        (
            "year,month,passengers\n1949,January,112\n1949,Dec,118\n",
            ["1949-01-01", "1949-12-01"],
            "year,month",
            "year + month",
            "month",
        ),
        (
            "YEAR,DOY,HR,v\n2020,1,5,1\n2020,366,5,1\n",
            ["2020-01-01T05:00", "2020-12-31T05:00"],
            "YEAR,DOY,HR",
            "year + day of year + hour",
            "hour",
        ),
        (
            "Jahr,KW,v\n2020,5,1\n2020,53,1\n",
            ["2020-01-27", "2020-12-28"],
            "Jahr,KW",
            "year + week",
            "week",
        ),
        (
            "year,quarter,v\n2020,Q1,1\n2020,4,1\n",
            ["2020-01-01", "2020-10-01"],
            "year,quarter",
            "year + quarter",
            "quarter",
        ),
        (
            "series,year,period,v\nX,2020,M01,1\nX,2020,M12,1\n",
            ["2020-01-01", "2020-12-01"],
            "year,period",
            "year + period",
            "month",
        ),
        (
            "year,month,day,v\n2020,1,,1\n2020,2,,1\n",
            ["2020-01-01", "2020-02-01"],
            "year,month,day",
            "year + month + day",
            "month",
        ),
        (
            "date,sunrise,v\n2020-01-01,06:12,1\n2020-01-02,06:13,1\n",
            ["2020-01-01", "2020-01-02"],
            "date",
            "calendar",
            "day",
        ),
        (
            "start_time,site,v\n2020-01-01T01:00Z,a,1\n2020-01-01T02:00Z,b,1\n",
            ["2020-01-01T01:00", "2020-01-01T02:00"],
            "start_time",
            "calendar",
            "hour",
        ),
    ] {
        let parameters: &[(&str, &str)] = match file.starts_with("#YY") {
            true => &[("delimiter", "spaces")],
            false => &[],
        };
        assert_times(parameters, file, &times, columns, form, resolution);
    }
}

#[test]
fn of_several_whole_times_the_one_that_says_time_is_taken() {
    for (file, columns, note) in [
        (
            "date,time,v\n2012-01-01,2012-01-01T06:30,1\n",
            "time",
            "`date` could be too",
        ),
        (
            "_start,_stop,_time,v\n2020-01-01,2020-02-01,2020-01-05,1\n",
            "_time",
            "`_start`, `_stop`",
        ),
        (
            "published,TIME_PERIOD,v\n2021-05-05,2020-Q1,1\n",
            "TIME_PERIOD",
            "`published`",
        ),
        ("a,date,v\n2020-01-01,2020-02-01,1\n", "date", "`a`"),
        (
            "date,timestamp,v\n2020-01-01,1577836800,1\n",
            "timestamp",
            "`date`",
        ),
        (
            "time,timestamp,v\n2020-01-01T00:00Z,2020-01-01,1\n",
            "time",
            "",
        ),
        ("v,TIMESTAMP\n1,1700000000\n", "TIMESTAMP", "unix_s"),
        ("ref_date,v\n2020-01,1\n", "ref_date", ""),
        ("Zeitstempel;v\n2020-01-01 00:15;1\n", "Zeitstempel", ""),
    ] {
        let parsed = csv(&[], file).expect(file);
        assert_eq!(parsed.time.columns, [columns], "{file}");
        let notes = parsed.notes.join("\n") + &parsed.time.form;
        assert!(notes.contains(note), "{file}: {notes}");
    }
    for (file, candidates) in [
        (
            "start_date,end_date,v\n2020-01-01,2020-02-01,1\n",
            ["`?time=start_date`", "`?time=end_date`"],
        ),
        (
            "created_at,updated_at,v\n2020-01-01,2020-02-01,1\n",
            ["`?time=created_at`", "`?time=updated_at`"],
        ),
        (
            "time,timestamp,v\n2020-01-01,2020-02-01,1\n",
            ["`?time=time`", "`?time=timestamp`"],
        ),
        (
            "\"from, UTC\",until,v\n2020-01-01,2020-02-01,1\n",
            ["`?time=\"from, UTC\"`", "`?time=until`"],
        ),
        (
            "date,open time,close time,v\n2020-01-01,08:00,18:00,1\n",
            ["", ""],
        ),
    ] {
        let outcome = found(&[], file);
        if candidates[0].is_empty() {
            assert!(
                outcome.is_ok_and(|(_, time)| time.columns == ["date"]),
                "{file}"
            );
            continue;
        }
        let faults = outcome.expect_err(file);
        for candidate in candidates {
            assert!(faults.contains(candidate), "{file}: {faults}");
        }
    }
}

#[test]
fn a_finer_part_that_is_not_used_refuses_equal_times() {
    for (file, candidate) in [
        (
            "date,slot,v\n2020-01-01,00:00,1\n2020-01-01,00:30,1\n2020-01-01,01:00,1\n",
            "`?time=date,slot`",
        ),
        (
            "date,trading_hour,v\n2020-01-01,1,1\n2020-01-01,2,1\n2020-01-01,3,1\n",
            "`?time=date,trading_hour`",
        ),
        ("year,half,v\n2020,1,1\n2020,2,1\n", "`?time=year`"),
        (
            "year,period,v\n2020,M01,1\n2020,M13,1\n",
            "`?time=year,period`",
        ),
        (
            "date,station,v\n2020-01-01,a,1\n2020-01-01,b,1\n2020-01-02,a,1\n2020-01-02,b,1\n",
            "",
        ),
    ] {
        match found(&[], file) {
            Ok(_) => assert_eq!(candidate, "", "{file}"),
            Err(faults) => assert!(
                faults.contains(candidate) && !candidate.is_empty(),
                "{file}: {faults}"
            ),
        }
    }
    let file = "date,slot,v\n2020-01-01,00:00,1\n2020-01-01,00:30,1\n";
    assert!(found(&[("time", "date")], file).is_ok());
    assert_times(
        &[("time", "date,slot")],
        file,
        &["2020-01-01", "2020-01-01T00:30"],
        "date,slot",
        "date + time of day",
        "minute",
    );
}

#[test]
fn digits_have_one_meaning_or_none() {
    for (column, values, expected) in [
        (
            "date",
            "20200131 20200201",
            "2020-01-31 2020-02-01 YYYYMMDD",
        ),
        ("date", "192607 192608", "1926-07-01 1926-08-01 YYYYMM"),
        ("date", "2020001 2020366", "2020-01-01 2020-12-31 YYYYDDD"),
        (
            "time",
            "2012013106 2012013107",
            "2012-01-31T06:00 2012-01-31T07:00 YYYYMMDDhh",
        ),
        (
            "ts",
            "201201310630 201201310645",
            "2012-01-31T06:30 2012-01-31T06:45 YYYYMMDDhhmm",
        ),
        ("ts", "20120131063000", "2012-01-31T06:30 YYYYMMDDhhmmss"),
        (
            "ts",
            "1577836800 1577836860",
            "2020-01-01 2020-01-01T00:01 unix_s",
        ),
        ("ts", "1577836800.0", "2020-01-01 unix_s"),
        ("ts", "1577836800000", "2020-01-01 unix_ms"),
        ("ts", "1577836800000000", "2020-01-01 unix_us"),
        ("ts", "1577836800000000000", "2020-01-01 unix_ns"),
        (
            "ts",
            "999999999 1000000060",
            "2001-09-09T01:46:39 2001-09-09T01:47:40 unix_s",
        ),
        ("year", "2019.0 2020.0", "2019-01-01 2020-01-01 YYYY"),
        (
            "year",
            "1 99 100 1998",
            "0001-01-01 0099-01-01 0100-01-01 1998-01-01 year",
        ),
        (
            "year",
            "850 851 1200",
            "0850-01-01 0851-01-01 1200-01-01 year",
        ),
        ("Decimal Date", "1958.2027 1958.2877", "?"),
        ("date", "43831 43832", "excel"),
        ("date", "43831.5 43832.5", "excel"),
        ("time", "58849 58850", "mjd"),
        ("time", "2458849.5 2458850.5", "jd"),
        ("time", "737791 737792", "datenum"),
        ("date", "200131 200201", "%y%m%d"),
        ("date", "31012020 01022020", "%d%m%Y"),
        ("date", "01312020 02012020", "%m%d%Y"),
        ("time", "0 60 120", "unix_s"),
        ("ts", "1577836800000 0 60000", "`0`"),
        ("date", "20200131 00000000 20200201", "`00000000`"),
        ("year", "98 99", "%y"),
        ("year", "1998 99 2000", "`99`"),
        ("time", "1.5 2.5", "unix_s"),
    ] {
        let rows: Vec<String> = values
            .split(' ')
            .map(|value| format!("{value},1\n"))
            .collect();
        let file = format!("{column},v\n{}", rows.concat());
        match found(&[], &file) {
            Ok((mut times, time)) => {
                times.push(time.form);
                assert_eq!(times.join(" "), expected, "{values}");
            }
            Err(faults) => assert!(
                faults.contains(expected) || expected == "?",
                "{values}: {faults}"
            ),
        }
    }
}

#[test]
fn more_forms_are_read_in_one_column() {
    for (parameters, values, expected) in [
        (
            &[][..],
            "2020-01-01 23:00|2020-01-01 24:00",
            "2020-01-01T23:00 2020-01-02",
        ),
        (&[], "2020/1/5|2020/12/31", "2020-01-05 2020-12-31"),
        (
            &[],
            "2020-01-01 00:00:00 UTC|2020-01-01 01:00:00 +0100",
            "2020-01-01 2020-01-01",
        ),
        (&[], "2020-W05|2020-W05-2", "2020-01-27 2020-01-28"),
        (
            &[],
            "2020-Q1|2020Q2|Q3 2020",
            "2020-01-01 2020-04-01 2020-07-01",
        ),
        (&[], "Jan 2020|February 2020", "2020-01-01 2020-02-01"),
        (
            &[("time_format", "quarter")],
            "1/2020|2/2020",
            "2020-01-01 2020-04-01",
        ),
        (
            &[("time_format", "iso_week")],
            "202001|202002",
            "2019-12-30 2020-01-06",
        ),
        (&[("time_format", "%G-%V-%u")], "2020-05-1", "2020-01-27"),
        (
            &[("time_format", "%Y-%m-%d %H:%M %Z")],
            "2020-01-01 01:00 CET",
            "2020-01-01",
        ),
        (&[("time_format", "excel")], "43831.5", "2020-01-01T12:00"),
        (
            &[("time_format", "fiscal_year")],
            "2008-09|2009-10",
            "2008-01-01 2009-01-01",
        ),
        (
            &[("time_format", "%Y-%m")],
            "2008-09|2009-10",
            "2008-09-01 2009-10-01",
        ),
    ] {
        let rows: Vec<String> = values
            .split('|')
            .map(|value| format!("{value},1\n"))
            .collect();
        let (times, _) = found(parameters, &format!("time,v\n{}", rows.concat())).expect(values);
        assert_eq!(times.join(" "), expected, "{values}");
    }
    let parsed = csv(&[], "time,v\n2020-01-01T00:00:00.123456Z,1\n").unwrap();
    assert_eq!(parsed.time.resolution, "millisecond");
    assert!(
        parsed
            .notes
            .iter()
            .any(|note| note.contains("finer than a millisecond"))
    );
    for (values, reason) in [
        ("2008-09|2009-10", "fiscal_year"),
        ("2011-12|2012-13", "fiscal_year"),
        ("31.01.2020|01.02.2020", "?time_format=%d.%m.%Y`"),
        ("13/01/2020|14/01/2020", "?time_format=%d/%m/%Y`"),
        ("01/02/2020 06:30", "?time_format=%m/%d/%Y %H:%M`"),
        ("2020-01-01 06:30 EST", "`EST`"),
    ] {
        let rows: Vec<String> = values
            .split('|')
            .map(|value| format!("{value},1\n"))
            .collect();
        let faults = found(&[], &format!("time,v\n{}", rows.concat())).expect_err(values);
        assert!(faults.contains(reason), "{values}: {faults}");
    }
    let two = "Datum;Uhrzeit;v\n31.01.2020;00:15;1\n31.01.2020;00:30;2\n";
    let faults = found(&[], two).expect_err("a form to name");
    assert!(faults.contains("?time_format=%d.%m.%Y %H:%M"), "{faults}");
}

#[test]
fn one_bad_hour_does_not_change_the_others() {
    let file = "date,hour,v\n2020-01-01,25,5\n2020-01-01,24,5\n2020-01-01,1,5\n";
    let faults = found(&[], file).unwrap_err();
    assert_eq!(faults, "line 2, column \"hour\": `25` is not an hour");
}

#[test]
fn a_zone_in_the_name_of_a_column_is_noted() {
    let file = "Time (CET),v\n2020-01-01 06:30,5\n";
    let parsed = csv(&[], file).unwrap();
    assert!(parsed.notes[0].contains("says CET") && parsed.notes[0].contains("?tz="));
    assert!(
        csv(&[("tz", "Europe/Berlin")], file)
            .unwrap()
            .notes
            .is_empty()
    );
}

#[test]
fn local_times_that_do_not_exist_are_faults() {
    let berlin = [("tz", "Europe/Berlin")];
    let faults = found(&berlin, "time,v\n2023-03-26 01:30,1\n2023-03-26 02:30,1\n").unwrap_err();
    assert!(
        faults.contains("line 3") && faults.contains("`2023-03-26 02:30` does not exist"),
        "{faults}"
    );
    let parsed = csv(
        &berlin,
        "time,v\n2023-10-29 02:30,1\n2023-10-29 02:30,1\n2023-10-29 02:00,1\n",
    )
    .unwrap();
    assert!(
        parsed
            .notes
            .iter()
            .any(|note| note
                .contains("3 local times in the hour that occurs twice in Europe/Berlin"))
    );
}
