"""What statsmodels, scikit-learn and glmlogit say where they differ: the proofs quoted in docs/parity.md.

Run from the root of the repository, with scikit-learn installed:
    python tests/reference/parity.py > tests/reference/parity_py.txt

Every section starts with a line "## name"; docs/parity.md includes them by name. The data are those of parity.R.
"""

from __future__ import annotations

import contextlib
import textwrap
import warnings
from collections.abc import Iterator

import formulaic
import numpy as np
import pandas as pd
import patsy
import sklearn
import statsmodels
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sklearn.linear_model import LogisticRegression

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


def digits(x: pd.Series, exact: pd.Series) -> str:
    """Correct decimal digits of the worst value."""
    return f"{min(16.0, float(-np.log10(np.maximum(np.abs(x / exact - 1), 1e-16)).min())):.1f}"


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


def separation() -> None:
    data = gl.datasets.endometrial()
    wide = sm.add_constant(data[["NV", "PI", "EH"]].astype(float))
    with saying():
        peer = sm.GLM(data["HG"], wide, family=BINOMIAL()).fit()
    print(f"statsmodels GLM: NV {peer.params['NV']:.6g}, SE {peer.bse['NV']:.6g}, converged {peer.converged}")
    with saying():
        logit = sm.Logit(data["HG"], wide).fit(disp=0)
    converged = logit.mle_retvals["converged"]
    print(f"statsmodels Logit: NV {logit.params['NV']:.6g}, SE {logit.bse['NV']:.6g}, converged {converged}")
    with saying():
        fit = gl.logit("HG ~ NV + PI + EH", data)
    print(f"glmlogit: converged {fit.converged}")


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


SECTIONS = {
    "py-version": version,
    "py-robust": robust,
    "py-cluster": cluster,
    "py-text": text_outcome,
    "py-rank": rank,
    "py-counts": counts,
    "py-separation": separation,
    "py-offset": offset,
    "py-stopping": stopping,
    "py-likelihood": likelihood,
    "py-proportions": proportions,
    "py-sklearn": penalty,
    "py-formula": formula,
}

if __name__ == "__main__":
    for name, run in SECTIONS.items():
        section(name)
        run()
    section("end")
