//! Decompositions against statsmodels.

use statistics::decomposed::decompose;

use crate::{number, numbers, table};

#[test]
fn trend_seasons_and_rest_are_the_same() {
    for case in table("mstl").as_array().expect("cases") {
        let values = numbers(&case["values"]);
        let periods: Vec<usize> = numbers(&case["periods"])
            .iter()
            .map(|p| *p as usize)
            .collect();
        let robust = case["robust"] == true;
        let ours = decompose(&values, &periods, robust).expect("a decomposition");
        let every = |part: &[f64]| part.iter().copied().step_by(20).collect::<Vec<f64>>();
        let size = values
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        let compare = |what: &str, ours: &[f64], theirs: &[f64]| {
            for (ours, theirs) in every(ours).iter().zip(theirs) {
                assert!(
                    (ours - theirs).abs() < 1e-6 * size,
                    "{} {what}: {ours}, and {theirs} elsewhere",
                    case["series"]
                );
            }
        };
        compare("trend", &ours.trend, &numbers(&case["trend"]));
        compare("rest", &ours.rest, &numbers(&case["rest"]));
        for (ours, theirs) in ours
            .seasons
            .iter()
            .zip(case["seasons"].as_array().expect("seasons"))
        {
            compare("season", ours, &numbers(theirs));
        }
        let whole: f64 =
            ours.trend[7] + ours.rest[7] + ours.seasons.iter().map(|s| s[7]).sum::<f64>();
        assert!((whole - number(&case["values"][7])).abs() < 1e-9);
    }
}
