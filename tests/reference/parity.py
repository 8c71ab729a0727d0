"""What statsmodels, scikit-learn and glmlogit say where they differ: the proofs quoted in docs/parity.md.

Run from the root of the repository, with scikit-learn installed:
    python tests/reference/parity.py > tests/reference/parity_py.txt

Every section starts with a line "## name"; docs/parity.md includes them by name. The data are those of parity.R.
"""

from __future__ import annotations

import contextlib
import json
import math
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import formulaic.utils.constraints
import numpy as np
import pandas as pd
import patsy
import sklearn
import statsmodels
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy.optimize import linprog
from scipy.stats import studentized_range
from sklearn.calibration import _sigmoid_calibration
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from statsmodels.miscmodels.ordinal_model import OrderedModel

import glmlogit as gl

FULL = "low ~ age + lwt + race + smoke + ptl + ht + ui"
BINOMIAL = sm.families.Binomial
birthwt = gl.datasets.birthwt()
X = sm.add_constant(birthwt[["age", "lwt", "smoke"]].astype(float))


def section(name: str) -> None:
    print(f"## {name}")


@contextlib.contextmanager
def saying() -> Iterator[None]:
    """Warnings are part of what is shown, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for text in dict.fromkeys(str(w.message) for w in caught):
        say(f"Warning: {text}")


def say(text: str) -> None:
    print(textwrap.fill(text, 84, subsequent_indent="    "))


def show(label: str, values: object, digits: int = 6) -> None:
    print(f"{label:<34}", " ".join(f"{v:.{digits}g}" for v in np.atleast_1d(values)))


def digits(x: pd.Series, exact: pd.Series | np.ndarray) -> str:
    """Correct decimal digits of the worst value; of a true zero, decimals."""
    ours, true = np.asarray(x, dtype=float), np.asarray(exact, dtype=float)
    with np.errstate(all="ignore"):
        error = np.where(true == 0, np.abs(ours), np.abs(ours / true - 1))
    error = np.where(np.isfinite(error), error, np.inf)
    return f"{max(0.0, -np.log10(np.maximum(error, 1e-16)).min()):.1f}"


def version() -> None:
    print(f"glmlogit {gl.__version__}, statsmodels {statsmodels.__version__}, scikit-learn {sklearn.__version__},")
    print(f"patsy {patsy.__version__}, formulaic {formulaic.__version__}")


def robust() -> None:
    for kind in ("HC0", "HC1", "HC2", "HC3"):
        show(f"statsmodels Logit, {kind}", sm.Logit(birthwt["low"], X).fit(disp=0, cov_type=kind).bse)
    show("statsmodels GLM, HC3", sm.GLM(birthwt["low"], X, family=BINOMIAL()).fit(cov_type="HC3").bse)
    fit = gl.logit("low ~ age + lwt + smoke", birthwt)
    for kind in ("HC0", "HC1", "HC2", "HC3"):
        show(f"glmlogit, {kind}", fit.with_cov(kind).bse)


def cluster() -> None:
    data = pd.read_csv("tests/data/bacteria.csv")
    fit = gl.logit("y ~ week", data, event="y", cluster="ID")
    codes = data["ID"].astype("category").cat.codes
    peer = sm.Logit(fit.design.y, fit.design.X).fit(disp=0, cov_type="cluster", cov_kwds={"groups": codes})
    plain = fit.with_cov("cluster:none").bse ** 2
    n, k, groups = fit.nobs, fit.rank, codes.nunique()
    show("statsmodels / plain sandwich", peer.bse**2 / plain)
    show("G/(G-1)*(n-1)/(n-k)", groups / (groups - 1) * (n - 1) / (n - k))
    show("glmlogit / plain sandwich", fit.bse**2 / plain)
    show("G/(G-1)", groups / (groups - 1))


def text_outcome() -> None:
    data = birthwt.assign(weight=np.where(birthwt["low"] == 1, "yes", "no"))
    show("statsmodels GLM, outcome yes/no", smf.glm("weight ~ age", data, family=BINOMIAL()).fit().params)
    fit = gl.logit("weight ~ age", data)
    show("glmlogit, the same", fit.params)
    print(f"glmlogit models {fit.outcome_text}")


def rank() -> None:
    wide = X.assign(twice=2 * X["age"])
    for name, model in (("Logit", sm.Logit), ("GLM", sm.GLM)):
        options = {"disp": 0} if name == "Logit" else {}
        extra = {"family": BINOMIAL()} if name == "GLM" else {}
        with saying():
            peer = model(birthwt["low"], wide, **extra).fit(**options)
        show(f"statsmodels {name}: age, twice", peer.params[["age", "twice"]])
        show("   their standard errors", peer.bse[["age", "twice"]])
    with saying():
        fit = gl.logit("low ~ age + lwt + smoke + twice", wide.assign(low=birthwt["low"]))
    show("glmlogit: age, twice", fit.params[["age", "twice"]])
    show("   their standard errors", fit.bse[["age", "twice"]])


def counts() -> None:
    table = pd.read_csv("tests/data/ucb.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = smf.glm(
            "admitted ~ Gender + Dept",
            table.assign(admitted=(table["Admit"] == "Admitted") * 1),
            family=BINOMIAL(),
            freq_weights=table["Freq"],
        ).fit()
    fit = gl.logit("Admit ~ Gender + Dept", table, weights="Freq", event="Admitted")
    print(f"statsmodels: nobs {peer.nobs:g}  df_resid {peer.df_resid:g}  BIC {peer.bic_llf:.3f}")
    print(f"glmlogit:    nobs {fit.nobs:g}  df_resid {fit.df_resid:g}  BIC {fit.bic:.3f}")


def learned() -> None:
    age, n = np.arange(20, 75, 6), np.array([60, 90, 40, 20, 10, 8, 5, 4, 2, 1])
    events = np.array([30, 60, 18, 6, 3, 3, 2, 2, 1, 1])
    table = pd.DataFrame({"age": np.tile(age, 2), "y": np.repeat([1, 0], 10), "n": np.r_[events, n - events]})
    grouped = pd.DataFrame({"age": age, "e": events, "o": n - events})
    single = table.loc[table.index.repeat(table["n"])]
    for right in ("ns(age, 3)", "scale(age)"):
        one, each = gl.logit(f"y ~ {right}", table, weights="n"), gl.logit(f"y ~ {right}", single)
        print(f"{right}: deviance of counts {one.deviance:.9g}  of one row for each {each.deviance:.9g}")
        print(f"   last coefficient: {one.params.iloc[-1]:.6g}  of one row for each {each.params.iloc[-1]:.6g}")
    fits = gl.logit("y ~ age", table, weights="n"), gl.logit("cbind(e, o) ~ age", grouped), gl.logit("y ~ age", single)
    print("BIC of counts, of grouped rows and of one row for each, less -2*llf:")
    print("  bic:      ", *(f"{fit.bic + 2 * fit.llf:.6g}" for fit in fits))
    print("  bic_rows: ", *(f"{fit.bic_rows + 2 * fit.llf:.6g}" for fit in fits))


def separation() -> None:
    data = gl.datasets.endometrial()
    columns = data[["NV", "PI", "EH"]].astype(float)
    wide = sm.add_constant(columns)
    with saying():
        peer = sm.GLM(data["HG"], wide, family=BINOMIAL()).fit()
    print(f"statsmodels GLM: NV {peer.params['NV']:.6g}, SE {peer.bse['NV']:.6g}, converged {peer.converged}")
    with saying():
        logit = sm.Logit(data["HG"], wide).fit(disp=0)
    converged = logit.mle_retvals["converged"]
    print(f"statsmodels Logit: NV {logit.params['NV']:.6g}, SE {logit.bse['NV']:.6g}, converged {converged}")
    text = str(logit.summary())
    say(f"   the last lines of its summary: {' '.join(text[text.index('Possibly') :].split())}")
    for solver in ("lbfgs", "newton-cholesky"):
        with saying():
            skl = LogisticRegression(C=np.inf, solver=solver, max_iter=1000).fit(columns, data["HG"])
        print(f"scikit-learn {solver}, no penalty: NV {skl.coef_[0][0]:.6g}")
    with saying():
        skl = LogisticRegression(max_iter=1000).fit(columns, data["HG"])
    print(f"scikit-learn as it comes: NV {skl.coef_[0][0]:.6g}")
    with saying():
        fit = gl.logit("HG ~ NV + PI + EH", data)
    print("glmlogit:", *(f"{term} {value:.6g}" for term, value in fit.params.items()), f"llf {fit.llf:.9g}")
    low, high = fit.confint(method="profile").loc["NV"]
    print(f"   NV: profile limits [{low:.6g}, {high}], likelihood-ratio test p {fit.test('NV = 0', 'lr').p_value:.4g}")
    there = data.query("NV == 0")
    rest = gl.logit("HG ~ PI + EH", there)
    print("   the rows with NV = 0 alone:", *(f"{v:.6g}" for v in rest.params), f"llf {rest.llf:.9g}")


def footnote() -> None:
    """The footnote of statsmodels' Logit, which counts fitted probabilities near 0 and 1, against exact verdicts."""
    for name in (
        "S17_quasi_empty_cell_plus_z",
        "S25_single_observation_dummy",
        "S49_large_n_rare_dummy",
        "S27_overlap_by_1ulp",
    ):
        data = pd.read_csv(f"tests/data/separation/{name}.csv")
        X = data.drop(columns=["y", "w"], errors="ignore")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            said = "quasi-separation" in str(sm.Logit(data["y"], X).fit(disp=0).summary())
            kind = gl.separation(gl.design_arrays(data["y"], X, intercept=False)).kind
        print(f"{name:<30} footnote: {'yes' if said else 'no':<4} separation: {kind}")


def firth() -> None:
    data = gl.datasets.endometrial()
    show("glmlogit", gl.firth("HG ~ NV + PI + EH", data).params, 9)
    show("its SE, information", gl.firth("HG ~ NV + PI + EH", data).bse, 7)
    show("its SE, augmented", gl.firth("HG ~ NV + PI + EH", data, se="augmented").bse, 7)


def profile() -> None:
    fit = gl.logit("am ~ wt", pd.read_csv("tests/data/mtcars.csv"))
    for term, limits in fit.confint(method="profile").iterrows():
        show(f"glmlogit, {term}", limits, 10)


def konis() -> None:
    """max sum of the signed rows times d, where they are >= 0 and -1 <= d <= 1: Konis 2007, §4.4."""
    y, X = np.array([1, 0, 1]), np.array([[1.0, -1.0], [-1.0, 1.0], [0.0, 1.0]])
    signed = np.where(y == 1, 1, -1)[:, None] * X
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(y)), bounds=[(-1, 1)] * 2)
    print(f"signed rows {signed.tolist()}")
    print(f"d of the linear program: {found.x + 0.0}, so x1 infinite and x2 finite")
    with saying():
        fit = gl.logit(gl.design_arrays(y, X, names=["x1", "x2"], intercept=False))
    print("glmlogit:", *(f"{term} {state}" for term, state in fit.separation.coefficients.items()))
    held = np.array([5.0, 10.0, 20.0, 40.0])
    print("log-likelihood with x1 = 2*x2 and x2 =", *held.astype(int), end=": ")
    print(*(f"{-np.log1p(np.exp(-signed @ [2 * b, b])).sum():.3g}" for b in held))
    print("with x2 held at 5 and x1 =", *held.astype(int), end=": ")
    print(*(f"{-np.log1p(np.exp(-signed @ [b, 5])).sum():.3g}" for b in held))


def left_out() -> None:
    """Predictions that the data do not determine."""
    data = gl.datasets.endometrial()
    new = pd.DataFrame({"NV": [1, 0, -1], "PI": 17, "EH": 1.5})
    wide = sm.add_constant(data[["NV", "PI", "EH"]].astype(float))
    with saying():
        peer = sm.GLM(data["HG"], wide, family=BINOMIAL()).fit()
        told = peer.get_prediction(sm.add_constant(new, has_constant="add")).summary_frame()
    print("statsmodels GLM at NV = 1, 0, -1:", *(f"{p:.6g}" for p in told["mean"]))
    print("   limits:", *(f"[{a:.3g}, {b:.3g}]" for a, b in zip(told.mean_ci_lower, told.mean_ci_upper, strict=True)))
    with saying():
        told = gl.logit("HG ~ NV + PI + EH", data).predict(new, interval="confidence")
    print("glmlogit at NV = 1, 0, -1:       ", *(f"{p:.6g}" for p in told["estimate"]))
    print("   limits:", *(f"[{a:.3g}, {b:.3g}]" for a, b in zip(told.conf_low, told.conf_high, strict=True)))
    # All four rows are separated from x = 0, whose side nothing says.
    with saying():
        fit = gl.logit("y ~ x", {"y": [0, 0, 1, 1], "x": [-2.0, -1.0, 1.0, 2.0]})
    print("complete separation, x = -1.5, 0, 1.5:", *fit.predict({"x": [-1.5, 0.0, 1.5]}))
    with saying():
        fit = gl.logit("low ~ age + twice", birthwt.assign(twice=2 * birthwt["age"]))
        told = fit.predict({"age": [30, 30], "twice": [60, 0]})
    print("aliased, twice = 2*age and twice = 0:", *(f"{p:.6g}" for p in told))


def hard() -> None:
    """Digits against 40-digit maxima: coefficients and standard errors of tests/data/hard."""
    problems = json.loads(Path("tests/reference/hard_problems.json").read_text())["problems"]
    print(f"{'':<22}{'statsmodels Logit':<20}{'statsmodels GLM':<18}{'glmlogit':<16}fit.digits")
    for problem in problems:
        data = pd.read_csv(f"tests/data/hard/{problem['id']}.csv")
        X, m, o = data[problem["terms"]], data.get("m"), data.get("offset")
        true = [np.array(problem[key], dtype=float) for key in ("params", "bse")]
        fit = gl.logit(gl.design_arrays(data["y"], X, trials=m, offset=o))
        y = data["y"] if m is None else data["y"] / m
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            logit = None if m is not None else sm.Logit(y, X, offset=o).fit(disp=0)
            glm = sm.GLM(y, X, offset=o, var_weights=m, family=BINOMIAL()).fit()
        lines = ["-" if one is None else both_digits(one, true) for one in (logit, glm, fit)]
        print(f"{problem['id']:<22}{lines[0]:<20}{lines[1]:<18}{lines[2]:<16}{fit.digits:.1f}")


def year() -> None:
    """The same model in age and in year of birth; the coefficient of born^3 is minus that of age^3."""
    data = birthwt.assign(born=1986.0 - birthwt["age"])
    exact = gl.logit("low ~ smoke + age + I(age^2) + I(age^3)", data)
    ours = gl.logit("low ~ smoke + born + I(born^2) + I(born^3)", data)
    true = -exact.params.iloc[-1], exact.bse.iloc[-1], exact.predict()
    X = pd.DataFrame(ours.design.X, columns=ours.design.names)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        logit = sm.Logit(data["low"], X).fit(disp=0)
        glm = sm.GLM(data["low"], X, family=BINOMIAL()).fit()
        lbfgs = LogisticRegression(C=np.inf, max_iter=10_000).fit(X.iloc[:, 1:], data["low"])
        newton = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(X.iloc[:, 1:], data["low"])
    found = {
        "statsmodels Logit": (logit.params.iloc[-1], logit.bse.iloc[-1], logit.predict(X)),
        "statsmodels GLM": (glm.params.iloc[-1], glm.bse.iloc[-1], glm.predict(X)),
        "scikit-learn lbfgs": (lbfgs.coef_[0][-1], np.nan, lbfgs.predict_proba(X.iloc[:, 1:])[:, 1]),
        "scikit-learn newton-cholesky": (newton.coef_[0][-1], np.nan, newton.predict_proba(X.iloc[:, 1:])[:, 1]),
        "glmlogit": (ours.params.iloc[-1], ours.bse.iloc[-1], ours.predict()),
        "glmlogit, age^3, sign changed": true,
    }
    print(f"{'':<30} {'coefficient':>16} {'standard error':>16}   probabilities off by")
    for name, (coefficient, error, p) in found.items():
        print(f"{name:<30} {coefficient:>16.9g} {error:>16.9g}   {np.abs(np.asarray(p) - true[2]).max():.1g}")
    print("statsmodels says converged:", bool(logit.mle_retvals["converged"]), "(Logit)", bool(glm.converged), "(GLM)")


def both_digits(fit: Any, true: list[np.ndarray]) -> str:
    return " and ".join(digits(x, t) for x, t in zip((fit.params, fit.bse), true, strict=True))


def offset() -> None:
    i = np.arange(1, 43)
    o = np.array([0.0, 60, -60])[i % 3]
    x = np.round(np.sin(i), 2) + o / 60
    y = np.where(o == 0, np.array([0, 1, 1, 0])[(i // 3) % 4], o > 0).astype(float)
    with saying():
        peer = sm.GLM(y, sm.add_constant(x), offset=o, family=BINOMIAL()).fit()
    print(f"statsmodels GLM: coefficients {peer.params}, converged {peer.converged}")
    fit = gl.logit("y ~ x + offset(o)", {"x": x, "y": y, "o": o})
    print(f"glmlogit:        coefficients {fit.params.to_numpy().round(9)}, converged {fit.converged}")


def stopping() -> None:
    exact = gl.logit(FULL, birthwt)
    for scale in (1.0, 1e-6, 1e-8):
        fit = gl.logit(FULL, birthwt, weights=np.full(len(birthwt), scale), weight_type="precision")
        same = digits(fit.params, exact.params), digits(fit.bse * scale**0.5, exact.bse)
        print(f"glmlogit, all weights {scale:g}: {same[0]} and {same[1]} digits, converged: {fit.converged}")
    print(f"standard error of ht: {exact.bse['ht']:.9f}")
    design = exact.design
    frame = pd.DataFrame(design.X, columns=design.names)
    for scale in (1.0, 1e-6, 1e-8):
        peer = sm.GLM(design.y, frame, family=BINOMIAL(), var_weights=np.full(len(frame), scale)).fit()
        told = digits(peer.params, exact.params), digits(peer.bse * scale**0.5, exact.bse)
        print(f"statsmodels GLM, all weights {scale:g}: {told[0]} and {told[1]} digits, converged: {peer.converged}")


def likelihood() -> None:
    made = pd.read_csv("tests/data/birthwt_made.csv")
    fit = gl.logit("low ~ lwt + race + smoke", made, weights="precision_weight", weight_type="precision")
    print(f"glmlogit: llf {fit.llf:.7f}, AIC {fit.aic:.6f}")
    cars = pd.read_csv("tests/data/mtcars.csv")
    fit = gl.logit("am ~ 0 + wt + mpg", cars)
    print(f"glmlogit without intercept: null_deviance {fit.null_deviance:.7f}, -2*llnull {-2 * fit.llnull:.7f}")
    design = fit.design
    peer = sm.GLM(design.y, design.X, family=BINOMIAL()).fit()
    print(f"statsmodels GLM:            null_deviance {peer.null_deviance:.7f}, -2*llnull {-2 * peer.llnull:.7f}")


def proportions() -> None:
    y, x = np.array([0.2, 0.4, 0.7, 0.9]), sm.add_constant(np.arange(1.0, 5.0))
    with saying():
        peer = sm.Logit(y, x).fit(disp=0)
    show("statsmodels Logit, SE of x", peer.bse[1])
    try:
        gl.logit("y ~ x", {"y": y, "x": x[:, 1]})
    except gl.errors.DataError as error:
        say(f"glmlogit: {error}")


def penalty() -> None:
    with saying():
        peer = LogisticRegression(max_iter=10_000).fit(X.iloc[:, 1:], birthwt["low"])
    show("scikit-learn: age, lwt, smoke", peer.coef_[0])
    show("glmlogit: age, lwt, smoke", gl.logit("low ~ age + lwt + smoke", birthwt).params.iloc[1:])


def formula() -> None:
    text = "age + I(age + 0 * len([print('  the formula runs code')]))"
    for name, build in (("patsy", patsy.dmatrix), ("formulaic", formulaic.model_matrix)):
        print(f"{name}:")
        build(text, birthwt)
    try:
        gl.logit(f"low ~ {text}", birthwt)
    except gl.errors.FormulaError as error:
        say(f"glmlogit: {error}")


def moved(fit: gl.Fit, data: pd.DataFrame, variable: str, step: float = 1e-4) -> float:
    """Average derivative of the probability as a central difference quotient of predictions."""
    up, down = (fit.predict(data.assign(**{variable: data[variable] + s})) for s in (step, -step))
    return float((up - down).mean() / (2 * step))


def margeff() -> None:
    """get_margeff of statsmodels, which knows columns of the matrix and not variables."""
    cars = pd.read_csv("tests/data/mtcars.csv")
    fit = gl.logit("am ~ hp * wt", cars)
    peer = smf.logit("am ~ hp * wt", cars).fit(disp=0).get_margeff()
    show("statsmodels: hp, wt, hp:wt", peer.margeff)
    show("difference quotients: hp, wt", [moved(fit, cars, v) for v in ("hp", "wt")])
    show("glmlogit: hp, wt", fit.margins()["estimate"])
    fit = gl.logit("am ~ hp + wt + C(cyl)", cars)
    model = smf.logit("am ~ hp + wt + C(cyl)", cars).fit(disp=0)
    show("statsmodels, dummy: cyl 6, 8 v 4", model.get_margeff(dummy=True).margeff[:2])
    show("statsmodels: cyl 6, 8 v 4", model.get_margeff().margeff[:2])
    risk = {level: fit.predict(cars.assign(cyl=level)).mean() for level in (4, 6, 8)}
    show("everyone 6, 8 less everyone 4", [risk[level] - risk[4] for level in (6, 8)])
    show("glmlogit: cyl 6, 8 v 4", fit.margins("cyl")["estimate"])


def slopes() -> None:
    """Recorded by tests/reference/effects.py, which has the exact numbers to 50 digits."""
    truth = json.loads(Path("tests/reference/effects_py.json").read_text())
    print("marginaleffects", truth["versions"]["marginaleffects"])
    cars = pd.read_csv("tests/data/mtcars.csv")
    case = next(c for c in truth["cases"] if c["id"] == "mtcars_hp_wt")
    found = {
        q["source"]: q["rows"] for q in case["quantities"] if q["what"] == "margins" and q["call"] == {"cov": "model"}
    }
    for row, variable in enumerate(("hp", "wt")):
        for source in ("marginaleffects", "exact"):
            told = found[source][row]
            show(f"{variable}, {source}: slope, error", [told["estimate"], told["std_error"]], 15)
        ours = gl.logit("am ~ hp * wt", cars).margins(variable).loc[0]
        show(f"{variable}, glmlogit: slope, error", [ours["estimate"], ours["std_error"]], 15)


def tukey() -> None:
    """The range of six normals; the exact p-value and limits are those of tests/reference/effects.py."""
    fit = gl.logit("Admit ~ Gender + Dept", pd.read_csv("tests/data/ucb.csv"), weights="Freq", event="Admitted")
    ours = gl.pairwise(fit, "Dept", exponentiate=False).query("contrast == 'F / A'").iloc[0]
    truth = json.loads(Path("tests/reference/effects_py.json").read_text())["cases"]
    case = next(c for c in truth if c["id"] == "ucb_frequency")
    pairs = next(q["rows"] for q in case["quantities"] if q["call"].get("adjust") == "tukey")
    exact = next(row for row in pairs if (row["level"], row["reference"]) == ("F", "A"))
    quantile = math.sqrt(2) * (math.log(exact["estimate"]) - math.log(exact["conf_low"])) / exact["std_error_log"]
    q = abs(exact["statistic"]) * math.sqrt(2)
    show(
        "SciPy: p of F v A, 95% quantile",
        [studentized_range.sf(q, 6, np.inf), studentized_range.ppf(0.95, 6, np.inf)],
        12,
    )
    show("glmlogit", [ours["p_value"], math.sqrt(2) * (ours["conf_high"] - ours["estimate"]) / ours["std_error"]], 12)
    show("exact", [exact["p_value"], quantile], 12)


def tables() -> None:
    """Exact and mid-P limits with the probability of 3 or fewer at the upper one."""
    x = [[3, 9], [1, 40]]
    weight = [math.comb(12, k) * math.comb(41, 4 - k) for k in range(5)]
    for name, both in (("exact", 1.0), ("midp", 0.5)):
        low, high = gl.two_by_two(x).measures.loc[f"odds_ratio_{name}", ["conf_low", "conf_high"]]
        p = [w * high**k for k, w in enumerate(weight)]
        tail = (sum(p[:3]) + both * p[3]) / sum(p)
        print(f"glmlogit, {name:<5}: {low:.8g} {high:.8g}  its tail: {tail:.8g}")
    low, high = gl.two_by_two(x).measures.loc["odds_ratio_cornfield", ["conf_low", "conf_high"]]
    print(f"glmlogit, Cornfield: {low:.8g} {high:.8g}")
    low, high = gl.two_by_two([x, x]).measures.loc["common_odds_ratio_exact", ["conf_low", "conf_high"]]
    print(f"glmlogit, the table twice, exact: {low:.8g} {high:.8g}")
    ucb = pd.read_csv("tests/data/ucb.csv")
    admitted = gl.two_by_two(ucb, "Admit", "Gender", weights="Freq", event="Admitted", exposed="Male")
    print(f"Berkeley admissions by sex, mid-P: {admitted.tests.loc['fisher_mid_p', 'p_value']:.7g}")


def rao() -> None:
    told = gl.drop1(gl.logit("am ~ 0 + wt + mpg", pd.read_csv("tests/data/mtcars.csv")), test="score")
    show("glmlogit, drop1: wt, mpg", told["statistic"].iloc[1:], 8)


def chain() -> None:
    formula, hypothesis = "low ~ age + lwt + smoke + ht", "age = lwt = 0"
    read = formulaic.utils.constraints.LinearConstraints.from_spec(hypothesis, variable_names=["age", "lwt"])
    print(f"formulaic {formulaic.__version__}, {hypothesis}: rows {read.constraint_matrix.tolist()}")
    told = smf.logit(formula, birthwt).fit(disp=0).wald_test(hypothesis, scalar=True)
    print(f"statsmodels: {told.statistic:.4f} on {told.df_denom} df")
    print(f"glmlogit: {gl.logit(formula, birthwt).test(hypothesis)}")


def pairs() -> None:
    x = np.repeat([[1, 0], [0, 1]], [30, 10], axis=0)
    data = pd.DataFrame({"pair": np.repeat(range(40), 2), "case": np.tile([1, 0], 40), "x": x.ravel()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        factor = gl.logit("case ~ x + C(pair)", data)
    print(f"glmlogit, case ~ x + C(pair): {factor.odds_ratios().loc['x', 'odds_ratio']:.10g}, with a note on C(pair)")
    matched = gl.two_by_two(data, "case", "x", strata="pair").measures.loc["mh_odds_ratio", "estimate"]
    print(f"glmlogit, two_by_two over strata, Mantel-Haenszel: {matched:.10g}")
    less = gl.logit(gl.design_arrays([1] * 40, x[:, :1] - x[:, 1:], names=["x"]))
    print(f"glmlogit, case less control: {less.odds_ratios().loc['x', 'odds_ratio']:.10g}")


def undefined() -> None:
    from sklearn import metrics

    y, nobody = np.array([0, 1, 0, 1]), np.zeros(4, dtype=int)
    with saying():
        show("scikit-learn, precision, nobody positive", [metrics.precision_score(y, nobody)])
        show("scikit-learn, Matthews' correlation", [metrics.matthews_corrcoef(y, nobody)])
        show("scikit-learn, AP without events", [metrics.average_precision_score(nobody, [0.1, 0.4, 0.3, 0.2])])
    table = gl.classification(y=y, p=[0.1, 0.4, 0.3, 0.2], threshold=0.9).table
    ours = gl.precision_recall(y=nobody, p=[0.1, 0.4, 0.3, 0.2])
    for measure in ("ppv", "mcc"):
        say(f"glmlogit, {measure}: {table['estimate'][measure]}, {table['reason'][measure]}")
    say(f"glmlogit, AP: {ours.average_precision}, {ours.reason}")


def directions() -> None:
    y = [0, 0, 0, 1, 1, 1]
    for name, score in {"bad": [4, 6, 5, 1, 2, 4.5], "all told apart": [1, 2, 3, 4, 5, 6], "the same": [1] * 6}.items():
        curve = gl.roc(y=y, score=score)
        newcombe = gl.roc(y=y, score=score, interval="newcombe")
        limits = f"DeLong {curve.conf_low:.4f} to {curve.conf_high:.4f}"
        say(f"{name}: AUC {curve.auc:.4f}, {limits}, Newcombe {newcombe.conf_low:.4f} to {newcombe.conf_high:.4f}")
    x = [0.1, 0.4, 0.35, 0.8, 0.3, 0.2]
    test = gl.roc_test(x, x, y=y)
    say(f"a score with itself: p = {test.p_value}, {test.reason}")
    icu = pd.read_csv("tests/data/evaluation/icu.csv")
    fit = gl.logit("died ~ age + cancer + sys + emergency", icu)
    say(f"icu, c of all pairs: {gl.association_measures(fit).c:.6f}")


def calibration() -> None:
    half = gl.logit("low ~ age + lwt + race + smoke + ht", birthwt[::2])
    new = birthwt[1::2]
    p, y = half.predict(new).to_numpy(), new["low"].to_numpy()
    eta = np.log(p) - np.log1p(-p)
    print(f"glmlogit, Somers' D of births: {2 * gl.roc(half, new).auc - 1:.7f}")
    constant = gl.calibration(y=[0, 1, 0, 1, 1, 0, 0, 0], p=[0.25] * 8)
    print(f"glmlogit, p = 1/4 eight times: slope {constant.measures.loc['slope', 'estimate']}")
    wrong = gl.calibration(y=[1, 0, 1, 0], p=[0, 0.2, 0.7, 0.4]).measures["estimate"]
    print(f"glmlogit, p = 0, .2, .7, .4: slope {wrong['slope']}, Brier score {wrong['brier']:.4f}, log loss", end=" ")
    print(f"{wrong['log_loss']}")
    print(f"scikit-learn, log_loss of the same: {log_loss([1, 0, 1, 0], [0, 0.2, 0.7, 0.4]):.4f}")
    theirs = _sigmoid_calibration(eta, y)
    ours = gl.recalibrate(y=y, p=p, method="platt").parameters["estimate"]
    print(f"scikit-learn, Platt's map of births: {theirs[0]:.12f} {theirs[1]:.12f}")
    print(f"glmlogit:                            {ours['a']:.12f} {ours['b']:.12f}")
    try:
        gl.recalibrate(half, birthwt[::2])
    except gl.errors.DataError as error:
        print(textwrap.fill(f"glmlogit, recalibrate(fit, its own rows): {error}", 110))


SECTIONS = {
    "py-version": version,
    "py-robust": robust,
    "py-cluster": cluster,
    "py-text": text_outcome,
    "py-rank": rank,
    "py-counts": counts,
    "py-learned": learned,
    "py-separation": separation,
    "py-footnote": footnote,
    "py-firth": firth,
    "py-profile": profile,
    "py-konis": konis,
    "py-left-out": left_out,
    "py-year": year,
    "py-digits": hard,
    "py-offset": offset,
    "py-stopping": stopping,
    "py-likelihood": likelihood,
    "py-proportions": proportions,
    "py-sklearn": penalty,
    "py-formula": formula,
    "py-margeff": margeff,
    "py-slopes": slopes,
    "py-range": tukey,
    "py-exact-limits": tables,
    "py-rao": rao,
    "py-chain": chain,
    "py-pairs": pairs,
    "py-directions": directions,
    "py-undefined": undefined,
    "py-calibration": calibration,
}


def levels() -> None:
    visits = birthwt["ftv"].clip(upper=3).astype(int).astype(str)
    frame = birthwt.assign(y=pd.Categorical(visits, list("01x23"), ordered=True))
    with saying():
        theirs = OrderedModel(frame["y"], frame[["age"]].astype(float), distr="logit").fit(method="bfgs", disp=0)
    show("statsmodels OrderedModel, age", theirs.params["age"])
    try:
        gl.ordinal("y ~ age", frame)
    except gl.errors.DataError as error:
        say(f"glmlogit: {error}")
    ours = gl.ordinal("y ~ age", frame, order=list("0123")).params
    print("glmlogit, order=['0', '1', '2', '3']:", " ".join(f"{v:.6f}" for v in ours))
    codes, age = birthwt["race"].cat.codes, sm.add_constant(birthwt[["age"]].astype(float))
    plain, beside = (sm.MNLogit(codes, age, **o).fit(disp=0) for o in ({}, {"offset": birthwt["lwt"] / 50}))
    print("MNLogit, largest change of a coefficient by an offset:", np.abs(beside.params - plain.params).max().max())
    both = (gl.multinomial("race ~ age", birthwt, offset=o).params for o in (None, birthwt["lwt"] / 50))
    print(f"glmlogit: {abs(np.subtract(*both)).max():.3f}")


SECTIONS["py-levels"] = levels

if __name__ == "__main__":
    for name, run in SECTIONS.items():
        section(name)
        run()
    section("end")
