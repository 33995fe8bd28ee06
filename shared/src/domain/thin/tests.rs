use super::*;
use crate::domain::aggregate::summarise;
use crate::domain::{Column, FieldType, Table, Value};

const NAN: f64 = f64::NAN;

/// Two fields of numbers, one of integers and a text, in blocks of different lengths.
fn blocks(fields: &[Vec<f64>], lengths: &[usize]) -> Vec<Table> {
    let points = fields.first().map_or(0, Vec::len);
    let (mut blocks, mut at, mut lengths) = (Vec::new(), 0, lengths.iter().cycle());
    while at < points {
        let end = (at + lengths.next().unwrap()).min(points);
        let mut table = Table::new(fields.iter().map(|_| FieldType::Number));
        for row in at..end {
            let value = |field: &Vec<f64>| match field[row] {
                value if value.is_nan() => Value::Missing,
                value => Value::Number(value),
            };
            let values: Vec<Value> = fields.iter().map(value).collect();
            table.push(row as i64, row as u64, &values);
        }
        blocks.push(table);
        at = end;
    }
    blocks
}

fn plan(tables: &[Table], count: usize, may_skip: bool) -> Plan {
    let summary = |column: &Column| summarise(column, 0..column.len());
    let blocks = tables.iter().map(|table| Block {
        points: table.len(),
        fields: table.columns.iter().map(summary).collect(),
    });
    Plan::new(&blocks.collect::<Vec<_>>(), count, may_skip)
}

/// The numbers of the points chosen.
fn thinned(fields: &[Vec<f64>], lengths: &[usize], count: usize, may_skip: bool) -> Vec<usize> {
    let tables = blocks(fields, lengths);
    let plan = plan(&tables, count, may_skip);
    let mut picker = Picker::new(&plan, (0..fields.len()).collect(), tables[0].empty_like());
    let read = tables.iter().enumerate().filter(|(at, _)| plan.reads(*at));
    read.for_each(|(at, table)| picker.add(at, table));
    let table = picker.finish();
    table.times.iter().map(|time| *time as usize).collect()
}

fn noise(points: usize, seed: u64) -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..points).map(|_| random.f64() * 100.0).collect()
}

#[test]
fn no_more_than_asked_for_in_order_with_both_ends() {
    for points in [4, 5, 10, 999, 5_000] {
        let fields = [noise(points, 1), noise(points, 2)];
        for count in [3, 4, 5, 10, 100, 500] {
            for (lengths, may_skip) in [
                (&[7, 1, 16][..], false),
                (&[7, 1, 16], true),
                (&[4096], true),
            ] {
                let chosen = thinned(&fields, lengths, count, may_skip);
                assert!(chosen.len() <= count, "{points}, {count}");
                assert!(chosen.is_sorted_by(|a, b| a < b), "{points}, {count}");
                assert_eq!((chosen[0], chosen[chosen.len() - 1]), (0, points - 1));
                // Most of what was asked for is used.
                assert!(
                    points <= count || chosen.len() * 3 > count,
                    "{points}, {count}: {}",
                    chosen.len()
                );
            }
        }
    }
}

#[test]
fn a_spike_in_any_field_is_chosen_wherever_it_is() {
    for spike in [0, 1, 17, 500, 998, 4_998, 4_999] {
        for height in [1e3, -1e3] {
            for may_skip in [false, true] {
                let mut fields = [noise(5_000, 1), noise(5_000, 2), noise(5_000, 3)];
                fields[1][spike] = height;
                let chosen = thinned(&fields, &[16], 50, may_skip);
                assert!(chosen.contains(&spike), "{spike}, {height}, {may_skip}");
            }
        }
    }
}

#[test]
fn every_bucket_gives_its_extremes() {
    let field = noise(10_000, 4);
    let chosen = thinned(std::slice::from_ref(&field), &[100, 33], 202, false);
    for bucket in field.chunks(100).enumerate().map(|(at, values)| {
        let by = |a: &(usize, &f64), b: &(usize, &f64)| a.1.total_cmp(b.1);
        let values = || values.iter().enumerate();
        [values().min_by(by), values().max_by(by)].map(|found| at * 100 + found.unwrap().0)
    }) {
        assert!(bucket.iter().all(|point| chosen.contains(point)));
    }
}

#[test]
fn gaps_are_chosen_and_short_ones_only_where_there_is_room() {
    for (lengths, may_skip) in [(&[4096][..], false), (&[16], true), (&[16], false)] {
        let mut fields = [noise(10_000, 5), noise(10_000, 6)];
        fields[1][4_000..4_400].fill(NAN);
        fields[1][9_000] = NAN;
        let chosen = thinned(&fields, lengths, 100, may_skip);
        let in_gap = |from: usize, to: usize| {
            chosen
                .iter()
                .any(|point| (from..to).contains(point) && fields[1][*point].is_nan())
        };
        assert!(in_gap(4_000, 4_400), "{lengths:?}");
        assert!(!in_gap(9_000, 9_001), "narrower than a pixel");
    }
    let mut field = noise(150, 7);
    field[70] = NAN;
    assert!(thinned(&[field], &[16], 100, false).contains(&70));
    let all_missing = thinned(&[noise(1000, 8), vec![NAN; 1000]], &[16], 30, true);
    assert!(all_missing.len() > 10);
}

#[test]
fn however_many_blocks_there_are_few_are_read() {
    for blocks in [2_000, 20_000] {
        let of = |at: usize| Block {
            points: 4096,
            fields: vec![summarise(&Column::Number(noise(16, at as u64)), 0..16)],
        };
        let plan = Plan::new(&(0..blocks).map(of).collect::<Vec<_>>(), 1000, true);
        let read = (0..blocks).filter(|block| plan.reads(*block)).count();
        assert!(read <= 1000, "{blocks}: {read}");
    }
}

#[test]
fn extreme_values_and_no_points_are_no_problem() {
    assert!(Plan::new(&[], 3, true).is_everything());
    let huge = vec![f64::MAX, f64::MIN, 0.0, -0.0, f64::MAX, 5e-324, 1.0, 2.0];
    for may_skip in [false, true] {
        let chosen = thinned(std::slice::from_ref(&huge), &[1], 4, may_skip);
        assert_eq!(chosen, [0, 1, 7]);
    }
}
