"""Writes the tables of this folder: the same figures from numpy, scipy, statsmodels, ruptures and pymannkendall.

    python -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python reference.py
"""

import csv
import json
import sys
import warnings
from decimal import Decimal, getcontext
from fractions import Fraction
from pathlib import Path

import numpy as np
import pymannkendall
import ruptures
import statsmodels.api as sm
from scipy import stats
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import MSTL

HERE = Path(__file__).parent
DATA = HERE.parents[4] / "data"


def column(name, field):
    with open(DATA / f"{name}.csv") as file:
        return np.array([float(row[field]) for row in csv.DictReader(file)])


CO2 = column("co2", "average")[-240:]
WEATHER = {field: column("weather", field) for field in ["temp_max", "temp_min", "wind", "precipitation"]}
NILE = sm.datasets.nile.load_pandas().data["volume"].to_numpy()


def write(name, table):
    def plain(value):
        return value.tolist() if isinstance(value, np.ndarray) else value.item()

    (HERE / f"{name}.json").write_text(json.dumps(table, default=plain, indent=1) + "\n")


def ets():
    """All forms of fpp3 that are fitted, on CO2 (monthly) and, without a season, on the Nile (yearly)."""
    cases = []
    for series, values, period in [("co2", CO2, 12), ("nile", NILE, 1)]:
        for error in ["add", "mul"]:
            for trend, damped in [(None, False), ("add", False), ("add", True)]:
                for season in [None, "add", "mul"]:
                    if season == "mul" and error == "add" or season and period == 1:
                        continue
                    cases.append(ets_case(series, values, period, error, trend, damped, season))
    write("ets", {"series": {"co2": CO2, "nile": NILE}, "cases": cases})


def ets_case(series, values, period, error, trend, damped, season):
    model = ETSModel(
        values, error=error, trend=trend, damped_trend=damped, seasonal=season,
        seasonal_periods=period if season else None,
    )
    fit = model.fit(disp=False, maxiter=5000)
    # From the oldest to the latest: the state of the first step first.
    states = list(fit.initial_seasonal) if season else []
    horizon = 2 * period if period > 1 else 10
    case = {
        "series": series,
        "form": f"ETS({error[0].upper()},{'N' if not trend else 'Ad' if damped else 'A'},{season[0].upper() if season else 'N'})",
        "period": period if season else 1,
        "alpha": fit.smoothing_level,
        "beta": fit.smoothing_trend if trend else 0.0,
        "gamma": fit.smoothing_seasonal if season else 0.0,
        "phi": fit.damping_trend if damped else 1.0,
        "level": fit.initial_level,
        "slope": fit.initial_trend if trend else 0.0,
        "season": states,
        "log_likelihood": fit.llf,
        "forecast": fit.forecast(horizon),
        "fitted_end": fit.fittedvalues[-3:],
        # Their variance is the squares over the number of values.
        "scale": fit.scale,
    }
    paths = fit.simulate(horizon, anchor="end", repetitions=20_000, rng=np.random.default_rng(1))
    case["simulated_deviation"] = np.asarray(paths).std(axis=1, ddof=1)
    return case


def hours():
    """Four weeks of hours with a day and a week in them, and noise."""
    t = np.arange(672)
    noise = np.random.default_rng(3).normal(0, 0.5, len(t))
    return (10 + t / 100 + 3 * np.sin(t * np.pi / 12) + 2 * (t % 168 > 120) + noise).round(3)


def mstl():
    """With even periods: for odd ones statsmodels wants the low-pass filter two longer than Cleveland and others."""
    cases = []
    for name, values, periods in [("co2", CO2, [12]), ("hours", hours(), [24, 168])]:
        for robust in [False, True]:
            # Both libraries follow Cleveland and others; these are the choices of the Fortran original.
            windows = [7 + 4 * (i + 1) for i in range(len(periods))]
            options = {
                "seasonal_deg": 0, "trend_deg": 1, "low_pass_deg": 1, "robust": robust,
                "inner_iter": 1 if robust else 2, "outer_iter": 15 if robust else 0,
            }
            if len(periods) > 1 and robust:
                continue
            fit = jumping(values, periods, windows, options)
            cases.append({
                "series": name, "values": values, "periods": periods, "robust": robust,
                "trend": fit.trend[::20], "rest": fit.resid[::20],
                "seasons": [fit.seasonal[::20]] if len(periods) == 1 else [fit.seasonal[::20, i] for i in range(len(periods))],
            })
    write("mstl", cases)


def jumping(values, periods, windows, options):
    """MSTL with the steps between the points of the loess that the Fortran original has, a tenth of the window."""
    module = sys.modules[MSTL.__module__]
    original = module.STL

    def odd(x):
        return x if x % 2 else x + 1

    class Jumping(original):
        def __init__(self, endog, period, **arguments):
            window = arguments["seasonal"]
            trend = odd(int(np.ceil(1.5 * period / (1 - 1.5 / window))))
            for name, width in [("seasonal", window), ("trend", trend), ("low_pass", odd(period))]:
                arguments[f"{name}_jump"] = int(np.ceil(width / 10))
            super().__init__(endog, period, **arguments)

    module.STL = Jumping
    try:
        return MSTL(values, periods=periods, windows=windows, iterate=2, stl_kwargs=options).fit()
    finally:
        module.STL = original


def summary():
    table = {}
    for field, values in WEATHER.items():
        table[field] = {
            "values": values,
            "mean": values.mean(),
            "sd": values.std(ddof=1),
            "quantiles": np.quantile(values, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]),
            "skewness": stats.skew(values, bias=False),
            "kurtosis": stats.kurtosis(values, bias=False),
            "mad": stats.median_abs_deviation(values, scale="normal"),
        }
    write("summary", table)


def histogram():
    table = {}
    for field in ["temp_max", "wind"]:
        for rule in ["fd", "scott", "sturges"]:
            counts, edges = np.histogram(WEATHER[field], bins=rule)
            table[f"{field} {rule}"] = {"counts": counts, "edges": edges}
    write("histogram", table)


def correlation():
    pairs = []
    fields = list(WEATHER)
    for i, one in enumerate(fields):
        for other in fields[i + 1:]:
            x, y = WEATHER[one], WEATHER[other]
            pearson, spearman = stats.pearsonr(x, y), stats.spearmanr(x, y)
            interval = pearson.confidence_interval(0.95)
            pairs.append({
                "x": one, "y": other,
                "pearson": pearson.statistic, "pearson_p": pearson.pvalue, "pearson_interval": list(interval),
                "spearman": spearman.statistic, "spearman_p": spearman.pvalue,
                "lagged": {
                    str(lag): stats.pearsonr(x[: len(x) - lag], y[lag:]).statistic if lag >= 0
                    else stats.pearsonr(x[-lag:], y[:lag]).statistic
                    for lag in [-3, -1, 1, 10]
                },
            })
    write("correlation", pairs)


def trend():
    cases = []
    x = np.arange(100.0)
    for name, values in [("nile", NILE), ("wind", WEATHER["wind"][:300]), ("short", np.array([1.0, 3.0, 2.0, 5.0, 4.0, 6.0]))]:
        x = np.arange(float(len(values)))
        plain = sm.OLS(values, sm.add_constant(x)).fit()
        lags = int(np.floor(4 * (len(values) / 100) ** (2 / 9)))
        robust = sm.OLS(values, sm.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True)
        sen = stats.theilslopes(values, x, alpha=0.95, method="joint")
        kendall = pymannkendall.original_test(values)
        modified = pymannkendall.hamed_rao_modification_test(values)
        cases.append({
            "series": name, "values": values,
            "slope": plain.params[1], "intercept": plain.params[0], "r2": plain.rsquared,
            "interval": plain.conf_int()[1], "p": plain.pvalues[1],
            "lags": lags, "hac_error": robust.bse[1], "hac_interval": robust.conf_int()[1],
            "sen": list(sen),
            "s": kendall.s, "var_s": kendall.var_s, "z": kendall.z, "kendall_p": kendall.p, "tau": stats.kendalltau(x, values).statistic,
            "modified_var_s": modified.var_s, "modified_p": modified.p,
        })
    write("trend", cases)


def pelt():
    rng = np.random.default_rng(5)
    steps = np.concatenate([rng.normal(m, s, n) for m, s, n in [(0, 1, 80), (3, 1, 50), (3, 4, 70), (-2, 1, 100)]]).round(3)
    cases = []
    for name, values in [("nile", NILE), ("steps", steps)]:
        for cost, least in [("l2", 1), ("l2", 5), ("normal", 5)]:
            # With short segments and a small penalty ruptures prunes what would be best.
            for factor in [0.5, 2, 3, 10] if least == 1 else [2, 3, 10]:
                if cost == "l2":
                    # In units of the variance that the differences suggest.
                    unit = (np.diff(values) ** 2).mean() / 2
                    signal, search = values / np.sqrt(unit), ruptures.Pelt("l2", min_size=least, jump=1)
                else:
                    signal, search = values, ruptures.Pelt(custom_cost=ruptures.costs.CostNormal(add_small_diag=False), min_size=least, jump=1)
                penalty = factor * np.log(len(values))
                found = search.fit(signal).predict(pen=penalty)
                cases.append({"series": name, "cost": cost, "least": least, "penalty": penalty, "found": found[:-1]})
    write("pelt", {"series": {"nile": NILE, "steps": steps}, "cases": cases})


def compare():
    w = WEATHER
    cases = []
    for name, x, y in [
        ("seasons", w["temp_max"][:90], w["temp_max"][365:470]),
        ("wind", w["wind"][:365], w["wind"][365:]),
        ("small", np.array([1.1, 2.2, 3.3, 4.1, 0.7]), np.array([2.5, 3.6, 4.7, 5.8, 6.9, 7.0, 3.2])),
    ]:
        welch = stats.ttest_ind(x, y, equal_var=False)
        interval = welch.confidence_interval(0.95)
        both = len(x) * len(y) <= 10_000
        cases.append({
            "name": name, "x": x, "y": y,
            "t": welch.statistic, "df": welch.df, "welch_p": welch.pvalue, "interval": list(interval),
            "u": stats.mannwhitneyu(x, y).statistic,
            "u_p": stats.mannwhitneyu(x, y, method="asymptotic").pvalue,
            "u_exact_p": stats.mannwhitneyu(x, y, method="exact").pvalue if name == "small" else None,
            "d": stats.ks_2samp(x, y).statistic,
            "d_exact_p": stats.ks_2samp(x, y, method="exact").pvalue if both else None,
            "d_limit_p": stats.kstwobign.sf(stats.ks_2samp(x, y).statistic * np.sqrt(len(x) * len(y) / (len(x) + len(y)))),
        })
    x, y = w["temp_max"][:200], w["temp_min"][:200]
    paired = stats.ttest_rel(x, y)
    write("compare", {
        "two": cases,
        "paired": {"x": x, "y": y, "t": paired.statistic, "p": paired.pvalue, "interval": list(paired.confidence_interval(0.95))},
    })


def magnitudes():
    """Figures of values that are far from 1, by exact rational arithmetic."""
    cases = []
    for unit in [1e-310, 1e-200, 1e200, 1e300, 1e307]:
        y = [unit * value for value in [-3.0, 1.25, 2.5, 7.0, 7.5, 4.125]]
        exact = [Fraction(value) for value in y]
        mean = sum(exact) / len(exact)
        squares = sum((value - mean) ** 2 for value in exact)
        middle = Fraction(len(exact) - 1, 2)
        along = sum((place - middle) * value for place, value in enumerate(exact))
        across = sum((place - middle) ** 2 for place in range(len(exact)))
        slopes = sorted((b - a) / (j - i) for j, b in enumerate(exact) for i, a in enumerate(exact) if i < j)
        cases.append({
            "y": y,
            "mean": float(mean),
            "sd": root(squares / (len(exact) - 1)),
            "slope": float(along / across),
            "sen": float(slopes[len(slopes) // 2]),
            "t": root(mean**2 / (squares / (len(exact) - 1) / len(exact))),
        })
    write("magnitudes", cases)


def root(square):
    """The square root of a fraction, to 40 digits before it is rounded."""
    getcontext().prec, getcontext().Emax, getcontext().Emin = 40, 99999, -99999
    return float((Decimal(square.numerator) / Decimal(square.denominator)).sqrt())


def local():
    """The robust locally weighted parabolas of Cleveland (1979), by numpy's polyfit."""
    random = np.random.default_rng(5)
    x = np.sort(random.uniform(0, 10, 120))
    y = np.sin(x) * 3 + 0.3 * x**2 + random.normal(0, 0.5, 120)
    y[[10, 60, 61, 119]] += [9, -12, 8, 15]
    window, weights = 25, np.ones(120)
    for _ in range(4):
        trend = []
        for at in x:
            near = np.sort(np.argsort(np.abs(x - at), kind="stable")[:window])
            reach = np.abs(x[near] - at).max() * 1.001
            weight = weights[near] * (1 - (np.abs(x[near] - at) / reach) ** 3) ** 3
            trend.append(np.polyval(np.polyfit(x[near] - at, y[near], 2, w=np.sqrt(weight)), 0))
        trend = np.array(trend)
        errors = np.abs(y - trend)
        weights = (1 - np.minimum(errors / (6 * np.median(errors)), 1) ** 2) ** 2
    write("local", {"x": x, "y": y, "window": window, "trend": trend})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for table in [ets, mstl, summary, histogram, correlation, trend, pelt, compare, magnitudes, local]:
        table()
