//! Choosing few of many points so that a picture of them keeps its shape.

use std::ops::Range;

/// The rows of `count` points out of a series, in order: largest triangle three buckets. The first
/// and the last are kept; the rest is cut into `count` - 2 stretches of as many points each, of
/// which the one is kept that makes the largest triangle with the point kept before and the average
/// of the stretch after. Source: S. Steinarsson, "Downsampling Time Series for Visual
/// Representation", University of Iceland 2013, section 4.2.
///
/// `times` and `values` are as long as each other, without missing values. Of no more than `count`
/// points all are chosen; `count` must be at least 3, else so are all.
pub fn largest_triangles(times: &[i64], values: &[f64], count: usize) -> Vec<usize> {
    let points = times.len().min(values.len());
    if points <= count || count < 3 {
        return (0..points).collect();
    }
    let point = |row: usize| {
        let time = times.get(row).copied().unwrap_or_default();
        (time as f64, values.get(row).copied().unwrap_or_default())
    };
    let stretch = |at: usize| inner_stretch(at, points, count - 2);
    let mut chosen = vec![0];
    let mut before = point(0);
    for at in 0..count - 2 {
        let after = average(stretch(at + 1).map(point));
        let area = |row: &usize| double_area(before, point(*row), after);
        // Of equal ones the first, as a comparison that asks for more leaves it.
        let largest = stretch(at).rev().max_by(|a, b| area(a).total_cmp(&area(b)));
        if let Some(row) = largest {
            chosen.push(row);
            before = point(row);
        }
    }
    chosen.push(points - 1);
    chosen
}

/// The rows of one of `stretches` stretches between the first and the last point; beyond the end
/// that last point alone.
fn inner_stretch(at: usize, points: usize, stretches: usize) -> Range<usize> {
    if at >= stretches {
        return points - 1..points;
    }
    // In 128 bits, since rows times stretches may be beyond the 32 of a component.
    let edge = |at: usize| 1 + ((at as u128 * (points - 2) as u128) / stretches as u128) as usize;
    edge(at)..edge(at + 1)
}

fn average(points: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let (mut time, mut value, mut count) = (0.0, 0.0, 0.0);
    for point in points {
        time += point.0;
        value += point.1;
        count += 1.0;
    }
    (time / count, value / count)
}

/// Twice the area of a triangle.
fn double_area(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> f64 {
    ((a.0 - c.0) * (b.1 - a.1) - (a.0 - b.0) * (c.1 - a.1)).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: i64) -> (Vec<i64>, Vec<f64>) {
        let value = |at: i64| ((at * 7919) % 1000) as f64 / 10.0;
        (
            (0..points).map(|at| at * 60_000).collect(),
            (0..points).map(value).collect(),
        )
    }

    #[test]
    fn as_many_points_as_asked_in_order_with_both_ends() {
        for points in [0, 1, 2, 3, 4, 5, 10, 999, 1000, 1001, 50_000] {
            let (times, values) = series(points);
            for count in [3, 4, 5, 10, 500, 1000] {
                let chosen = largest_triangles(&times, &values, count);
                assert_eq!(
                    chosen.len(),
                    count.min(points as usize),
                    "{points}, {count}"
                );
                assert!(chosen.is_sorted_by(|a, b| a < b), "{points}, {count}");
                if points > 0 {
                    assert_eq!(chosen.first(), Some(&0));
                    assert_eq!(chosen.last(), Some(&(points as usize - 1)));
                }
            }
        }
    }

    #[test]
    fn a_lonely_spike_is_kept() {
        for spike in [1, 17, 500, 998] {
            let (times, _) = series(1000);
            let values: Vec<f64> = (0..1000)
                .map(|at| f64::from(u8::from(at == spike)))
                .collect();
            assert!(
                largest_triangles(&times, &values, 20).contains(&spike),
                "{spike}"
            );
        }
    }

    #[test]
    fn every_stretch_gives_one_point() {
        let (times, values) = series(10_000);
        let chosen = largest_triangles(&times, &values, 102);
        for at in 0..100 {
            let stretch = inner_stretch(at, 10_000, 100);
            let inside = chosen.iter().filter(|row| stretch.contains(row)).count();
            assert_eq!(inside, 1, "{at}");
        }
    }
}
