//! Tests, trends, changes and bins against scipy, statsmodels, pymannkendall, ruptures and numpy.

use statistics::bins::{Bins, Rule};
use statistics::compare::{KolmogorovSmirnov, MannWhitney, MeanDifference, kolmogorov};
use statistics::correlation::{Coefficient, Correlation, lagged};
use statistics::kendall::{MannKendall, Sen};
use statistics::line::Line;
use statistics::local::Trend;
use statistics::outliers::Usual;
use statistics::pelt::{Change, Pelt};
use statistics::summary::Summary;

use crate::{all_must_be, must_be, number, numbers, table};

#[test]
fn correlations_are_the_same() {
    let values = table("summary");
    let values =
        |field: &serde_json::Value| numbers(&values[field.as_str().expect("a name")]["values"]);
    for pair in table("correlation").as_array().expect("pairs") {
        let (x, y) = (values(&pair["x"]), values(&pair["y"]));
        let what = format!("{} and {}", pair["x"], pair["y"]);
        let pearson = Correlation::new(Coefficient::Pearson, &x, &y);
        must_be(&what, pearson.r, number(&pair["pearson"]), 1e-10);
        must_be(&what, pearson.p, number(&pair["pearson_p"]), 1e-7);
        let (low, high) = pearson.interval;
        all_must_be(
            &what,
            &[low, high],
            &numbers(&pair["pearson_interval"]),
            1e-9,
        );
        let spearman = Correlation::new(Coefficient::Spearman, &x, &y);
        must_be(&what, spearman.r, number(&pair["spearman"]), 1e-10);
        must_be(&what, spearman.p, number(&pair["spearman_p"]), 1e-7);
        for (lag, r) in pair["lagged"].as_object().expect("lags") {
            let lag: isize = lag.parse().expect("a lag");
            must_be(
                &what,
                lagged(Coefficient::Pearson, &x, &y, lag),
                number(r),
                1e-9,
            );
        }
    }
}

#[test]
fn trends_are_the_same() {
    for case in table("trend").as_array().expect("cases") {
        let values = numbers(&case["values"]);
        let what = case["series"].to_string();
        let x: Vec<f64> = (0..values.len()).map(|i| i as f64).collect();
        let line = Line::fit(&x, &values).expect("a line");
        must_be(&what, line.slope, number(&case["slope"]), 1e-9);
        must_be(&what, line.intercept, number(&case["intercept"]), 1e-9);
        must_be(&what, line.r2, number(&case["r2"]), 1e-9);
        must_be(&what, line.p, number(&case["p"]), 1e-6);
        let (low, high) = line.interval;
        all_must_be(&what, &[low, high], &numbers(&case["interval"]), 1e-7);
        assert_eq!(line.lags as f64, number(&case["lags"]));
        must_be(&what, line.robust_error, number(&case["hac_error"]), 1e-8);
        let (low, high) = line.robust_interval;
        all_must_be(&what, &[low, high], &numbers(&case["hac_interval"]), 1e-7);

        let sen = Sen::fit(&x, &values).expect("a slope");
        let (low, high) = sen.interval;
        let ours = [sen.slope, sen.intercept, low, high];
        all_must_be(&what, &ours, &numbers(&case["sen"]), 1e-9);

        let kendall = MannKendall::new(&values, sen.slope);
        must_be(&what, kendall.s, number(&case["s"]), 1e-12);
        must_be(&what, kendall.variance, number(&case["var_s"]), 1e-12);
        must_be(&what, kendall.tau, number(&case["tau"]), 1e-10);
        must_be(&what, kendall.p, number(&case["kendall_p"]), 1e-7);
        // Which values are equal once the slope is taken off hangs on how it is rounded.
        let variance = number(&case["modified_var_s"]);
        must_be(&what, kendall.dependent_variance, variance, 1e-3);
        must_be(
            &what,
            kendall.dependent_p,
            number(&case["modified_p"]),
            1e-2,
        );
    }
}

#[test]
fn changes_are_the_same() {
    let table = table("pelt");
    for case in table["cases"].as_array().expect("cases") {
        let mut values = numbers(&table["series"][case["series"].as_str().expect("a name")]);
        let change = if case["cost"] == "l2" {
            Change::Mean
        } else {
            Change::MeanAndVariance
        };
        let squares: f64 = values
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).powi(2))
            .sum();
        let unit = squares / (values.len() - 1) as f64 / 2.0;
        if change == Change::Mean {
            values.iter_mut().for_each(|value| *value /= unit.sqrt());
        }
        let least = number(&case["least"]) as usize;
        let mut pelt = Pelt::new(&values, change, 1.0, number(&case["penalty"]), least);
        while pelt.advance() {}
        let ours: Vec<f64> = pelt.changes().iter().map(|at| *at as f64).collect();
        assert_eq!(ours, numbers(&case["found"]), "{case}");
    }
}

#[test]
fn comparisons_are_the_same() {
    let table = table("compare");
    for case in table["two"].as_array().expect("cases") {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let what = case["name"].to_string();
        let welch = MeanDifference::welch(&x, &y);
        must_be(&what, -welch.t, number(&case["t"]), 1e-10);
        must_be(&what, welch.freedom, number(&case["df"]), 1e-10);
        must_be(&what, welch.p, number(&case["welch_p"]), 1e-7);
        let (low, high) = welch.interval;
        all_must_be(&what, &[-high, -low], &numbers(&case["interval"]), 1e-7);
        let mann_whitney = MannWhitney::new(&x, &y);
        must_be(&what, mann_whitney.u, number(&case["u"]), 1e-12);
        let expected = if mann_whitney.is_exact {
            "u_exact_p"
        } else {
            "u_p"
        };
        must_be(&what, mann_whitney.p, number(&case[expected]), 1e-7);
        let kolmogorov_smirnov = KolmogorovSmirnov::new(&x, &y);
        must_be(&what, kolmogorov_smirnov.d, number(&case["d"]), 1e-12);
        if let Some(expected) = case["d_exact_p"].as_f64() {
            assert!(kolmogorov_smirnov.is_exact);
            must_be(&what, kolmogorov_smirnov.p, expected, 1e-7);
        }
        let (n, m) = (x.len() as f64, y.len() as f64);
        let limit = kolmogorov(kolmogorov_smirnov.d * (n * m / (n + m)).sqrt());
        must_be(&what, limit, number(&case["d_limit_p"]), 1e-9);
    }
    let case = &table["paired"];
    let paired = MeanDifference::paired(&numbers(&case["x"]), &numbers(&case["y"]));
    must_be("paired", -paired.t, number(&case["t"]), 1e-10);
    let (low, high) = paired.interval;
    all_must_be("paired", &[-high, -low], &numbers(&case["interval"]), 1e-7);
}

#[test]
fn extreme_magnitudes_have_the_figures_of_exact_arithmetic() {
    for case in table("magnitudes").as_array().expect("cases") {
        let y = numbers(&case["y"]);
        let x: Vec<f64> = (0..y.len()).map(|place| place as f64).collect();
        let near = |what: &str, ours: f64| {
            let theirs = number(&case[what]);
            assert!(
                (ours / theirs - 1.0).abs() < 1e-11,
                "{what}: {ours} {theirs}"
            );
        };
        let summary = Summary::new(&y).expect("a summary");
        near("mean", summary.mean);
        near("sd", summary.sd);
        near("slope", Line::fit(&x, &y).expect("a line").slope);
        near("sen", Sen::fit(&x, &y).expect("slopes").slope);
        let nothing = vec![0.0; y.len()];
        near("t", MeanDifference::paired(&nothing, &y).t);
    }
}

#[test]
fn local_trends_are_the_same() {
    let case = table("local");
    let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
    let trend = Trend::fit(&x, &y, number(&case["window"]) as usize, 0.0).expect("a trend");
    all_must_be("trend", &trend.values, &numbers(&case["trend"]), 1e-8);
}

#[test]
fn bins_and_deviations_are_the_same() {
    let values = table("summary");
    for (name, case) in table("histogram").as_object().expect("cases") {
        let (field, rule) = name.split_once(' ').expect("a rule");
        let rule = match rule {
            "fd" => Rule::FreedmanDiaconis,
            "scott" => Rule::Scott,
            _ => Rule::Sturges,
        };
        let bins = Bins::new(&numbers(&values[field]["values"]), rule).expect("bins");
        all_must_be(name, &bins.edges, &numbers(&case["edges"]), 1e-10);
        let counts: Vec<f64> = bins.counts.iter().map(|count| *count as f64).collect();
        assert_eq!(counts, numbers(&case["counts"]), "{name}");
    }
    for (field, case) in values.as_object().expect("fields") {
        let values = numbers(&case["values"]);
        // Most days have no rain: the median deviation is nought, and the mean one serves.
        let expected = number(&case["mad"]);
        let usual = Usual::new(&values, 0.0).expect("a spread");
        assert!(
            expected == 0.0 || (usual.spread - expected).abs() < 1e-9,
            "{field}"
        );
    }
}
