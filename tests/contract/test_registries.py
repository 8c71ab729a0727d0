"""Estimands, formats, commands, peers, covariance kinds are values, estimators files: a test adds one and uses it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.cli.command import COMMANDS, Command
from glmlogit.cli.main import main
from glmlogit.documents.pages import FORMATS, Format
from glmlogit.effects import estimands
from glmlogit.errors import DataError, UnsupportedError
from glmlogit.estimate.kinds import KINDS, CovarianceKind
from glmlogit.estimators.finish import finish
from glmlogit.estimators.firth import require_finite, rows_of
from glmlogit.fitting.maximise import maximise
from glmlogit.likelihood.binary import BinaryLogit
from glmlogit.likelihood.objective import Evaluation, Penalty
from glmlogit.likelihood.penalty import Recombined
from glmlogit.messages.notes import Note
from glmlogit.numerics.linalg import Information
from glmlogit.peers.peer import PEERS, QUANTITIES, Answer, Peer, by_name, refusals, values_of

BIRTH = gl.datasets.birthwt()
FIT = gl.logit("low ~ age + smoke", BIRTH)


# --- estimands --------------------------------------------------------------------------------------
LOG_SURVIVAL = estimands.Measure(
    ("exposed", "reference"),
    lambda a, b: np.log1p(-a) - np.log1p(-b),
    lambda a, b: (-1 / (1 - a), 1 / (1 - b)),
    "log",
    meaning=lambda variable: Note("toy", f"The ratio of chances without the event, of {variable}."),
)


@pytest.fixture
def survival_ratio(monkeypatch):
    """The ratio of the chances of no event."""
    monkeypatch.setitem(estimands.MEASURES, "survival_ratio", LOG_SURVIVAL)


def test_an_estimand_is_one_value(survival_ratio):
    both = FIT.comparisons("smoke", ["survival_ratio", "risk_difference"])
    exposed, reference = both["risk_exposed"].iloc[0], both["risk_reference"].iloc[0]
    assert both["estimate"].iloc[0] == pytest.approx((1 - exposed) / (1 - reference), rel=1e-14)
    assert list(both.scales) == ["log", "identity"]
    assert [note.text for note in both.notes if note.code == "toy"] == [
        "The ratio of chances without the event, of smoke."
    ]
    low, high = both[["conf_low", "conf_high"]].iloc[0]
    half = 1.959963984540054 * both["std_error_log"].iloc[0]
    log_ratio = np.log(both["estimate"].iloc[0])
    np.testing.assert_allclose(np.log([low, high]), [log_ratio - half, log_ratio + half], rtol=1e-12)
    test = both.test("smoke[1 - 0]:survival_ratio = 1")
    assert test.p_value == pytest.approx(both["p_value"].iloc[0], rel=1e-12)


def test_an_estimand_is_bootstrapped(survival_ratio):
    drawn = FIT.comparisons("smoke", "survival_ratio", interval="bootstrap", replications=50, seed=1)
    risks = FIT.comparisons("smoke", "risk_ratio", interval="bootstrap", replications=50, seed=1)
    assert drawn["conf_low"].item() < drawn["estimate"].item() < drawn["conf_high"].item()
    assert drawn["risk_exposed"].item() == risks["risk_exposed"].item()


def test_an_estimand_may_refuse_and_present(monkeypatch):
    def refuse(variable, rows, contrast, population):
        if population == "unexposed":
            raise DataError(f"nobody is exposed to {variable.name}")

    def thousands(difference, limits):
        assert limits is None
        return pd.DataFrame({"estimate": 1000 * difference["estimate"], "unit": "per thousand"})

    measure = estimands.MEASURES["risk_difference"]._replace(refuse=refuse, present=thousands, untested="not tested")
    monkeypatch.setitem(estimands.MEASURES, "thousands", measure)
    with pytest.raises(DataError, match="nobody is exposed to smoke"):
        FIT.comparisons("smoke", "thousands", population="unexposed")
    found = FIT.comparisons("smoke", "thousands")
    assert found["estimate"].item() == 1000 * FIT.comparisons("smoke")["estimate"].item()
    assert list(found.columns[-1:]) == ["unit"]
    assert found.test("smoke[1 - 0] = 0").reason.endswith("not tested")
    with pytest.raises(DataError, match="'thousands'"):
        FIT.comparisons("smoke", "tens")


# --- peers ------------------------------------------------------------------------------------------
def test_a_peer_is_one_value(monkeypatch):
    """Another system that says what the fit says, but for one standard error, and has no log-likelihood."""

    def refit(fit):
        bse = fit.bse.to_numpy() * [1.0, 1.0, 1.01]
        values = values_of(fit, by_name(fit, fit.params), by_name(fit, bse), np.nan, fit.deviance)
        return Answer("3.1", values, {**refusals(fit), "llf": "it has none"})

    monkeypatch.setitem(PEERS, "abacus", Peer("The Abacus", refit))
    found = FIT.validate("abacus")
    assert str(found).startswith("Against The Abacus 3.1: DIFFERS (tolerance 1e-06)")
    assert "not compared: llf: it has none" in str(found)
    wrong = found.table[found.table["ok"].eq(False)]
    assert set(wrong["quantity"]) == {"bse", "conf_low", "conf_high"}
    assert set(wrong["term"]) == {"smoke"}
    with pytest.raises(DataError, match="give 'statsmodels' or 'r' or 'abacus'"):
        FIT.validate("slide rule")


def test_a_peer_is_known_to_the_command_line(monkeypatch, capsys):
    monkeypatch.setitem(PEERS, "echo", Peer("Echo", lambda fit: Answer("", {}, dict.fromkeys(QUANTITIES, "mute"))))
    assert main(["validate", "low ~ age", "dataset:birthwt", "--against", "echo"]) == 1
    assert capsys.readouterr().out.startswith("Against Echo: nothing compared (tolerance 1e-06)\n")


def test_the_files_of_a_folder_are_its_values():
    assert list(PEERS) == ["statsmodels", "r"]
    assert len(PEERS) == 2
    assert PEERS["r"].title == "R glm"
    with pytest.raises(KeyError):
        PEERS["stata"]


# --- commands ---------------------------------------------------------------------------------------
def count_options(parser):
    parser.add_argument("name")
    parser.add_argument("--times", type=int, default=1)


def count(args):
    if args.times < 1:
        raise DataError("times=0: nothing to count; give times='2' or more")
    print(len(args.name) * args.times)
    return 0


COUNT = Command("count letters", count_options, count, ("glmlogit count --times 2 abc",), ("name",), ("times",))


def test_a_command_is_one_value(monkeypatch, capsys):
    monkeypatch.setitem(COMMANDS, "count", COUNT)
    assert main(["count", "--times", "2", "abc"]) == 0
    assert capsys.readouterr().out == "6\n"
    assert main(["--help"]) == 0
    page = capsys.readouterr().out
    assert "count letters" in page
    assert "\n  glmlogit count --times 2 abc\n" in page
    assert main(["count", "abc", "--times", "0"]) == 2  # the keyword reads as the option
    assert capsys.readouterr().err == "glmlogit: --times 0: nothing to count; give --times 2 or more\n"


def test_names_that_a_locale_made_escapes_are_read_as_text(monkeypatch, capsys):
    monkeypatch.setitem(COMMANDS, "count", COUNT)
    assert main(["count", "Größe".encode().decode("ascii", "surrogateescape")]) == 0
    assert capsys.readouterr().out == "5\n"


def test_options_of_a_command_are_made_when_it_is_used(monkeypatch):
    def fail(parser):
        raise AssertionError

    monkeypatch.setitem(COMMANDS, "never", Command("never run", fail, count))
    assert main(["--version"]) == 0
    with pytest.raises(AssertionError):
        COMMANDS["never"].options(None)


# --- formats ----------------------------------------------------------------------------------------
def shouted(summaries):
    return "\n".join(page.title.upper() for page in summaries) + "\n"


def test_a_format_is_one_value(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(FORMATS, "shout", Format(".shout", shouted, printed=6))
    path = tmp_path / "page.SHOUT"
    FIT.report(path)
    title = FIT.summary().title
    assert path.read_text("utf-8") == f"{title.upper()}\n"
    gl.table("low ~ age", BIRTH).write(path)
    assert path.read_text("utf-8").startswith("CRUDE AND ADJUSTED ODDS RATIOS")
    assert main(["fit", "low ~ age + smoke", "dataset:birthwt", "--format", "shout"]) == 0
    assert capsys.readouterr().out == f"{title.upper()}\n"
    assert main(["fit", "--help"]) == 0
    page = capsys.readouterr().out
    assert "--format {text,markdown,csv,json,html,shout}" in page
    assert ".shout" in page
    assert main(["demo", "--out", str(path)]) == 0
    assert path.read_text("utf-8").startswith("LOW BIRTH WEIGHT\n")
    with pytest.raises(DataError, match=r"end its name in \.csv, .*\.shout, \.tex"):
        FIT.report(tmp_path / "page.whisper")


def test_a_format_may_be_bytes_for_programs_and_need_a_library(monkeypatch, tmp_path):
    present = []

    def require():
        if not present:
            raise ImportError("Install it with: pip install bits")

    written = Format(".bits", lambda several: bytes([len(several)]), require=require, numbers=True)
    monkeypatch.setitem(FORMATS, "bits", written)
    with pytest.raises(ImportError, match="pip install bits"):
        FIT.report(tmp_path / "a.bits")
    present.append(True)
    FIT.report(tmp_path / "a.bits")
    assert main(["demo", "--out", str(tmp_path / "b.bits")]) == 0
    assert (tmp_path / "a.bits").read_bytes() == (tmp_path / "b.bits").read_bytes() == b"\x01"


# --- kinds of covariance ----------------------------------------------------------------------------
def test_a_kind_of_covariance_is_one_value(monkeypatch):
    """A sandwich with (1 − h)^½ and twice the sum of squares."""
    half = CovarianceKind("HC½", "rows", "2·HC½", lambda name, counts: (2.0, ""), power=0.5)
    monkeypatch.setitem(KINDS, "HC½", half)
    fit = FIT.with_cov("HC½")
    rows = FIT.augment()
    X, bread = FIT.design.X, FIT.cov_params().to_numpy()
    residual = (BIRTH["low"] - rows["fitted"]).to_numpy()
    score = X * (residual / (1 - rows["hat"].to_numpy()) ** 0.25)[:, None]
    expected = 2 * bread @ score.T @ score @ bread
    np.testing.assert_allclose(fit.cov_params(), expected, rtol=1e-11)
    assert "2·HC½" in str(fit.summary())
    reasons = set(fit.validate().table["reason"])
    assert "whether statsmodels has HC½ standard errors is not known; with_cov('model') compares" in reasons
    with pytest.raises(DataError, match=r"give one of model, .*HC½"):
        FIT.with_cov("HC9")


# --- estimators -------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Normal(Penalty):
    """Normal priors of mean 0 and variance 1/λ: ``−½ Σ λβ²``."""

    precision: np.ndarray
    exact = True

    def keep(self, columns):
        return Normal(self.precision[columns])

    def recombined(self, transform):
        return Recombined(self, transform)

    def evaluate(self, objective, beta, at, *, root):
        unit, pull = np.ones(len(beta)), self.precision * beta
        info = {"root": np.diag(np.sqrt(self.precision))} if root else {"matrix": np.diag(self.precision)}
        return Evaluation(-0.5 * float(pull @ beta), -pull, Information(unit, **info))


def normal_priors(formula_or_design, data=None, *, level=0.95, control=None, **options):
    """All that an estimator is: rows, a penalty, the maximum, and what users read."""
    control = control or gl.Control()
    rows = rows_of(formula_or_design, data, options)
    penalty = Normal(np.where(np.isin(np.arange(rows.n_columns), rows.constants), 0.0, 0.5))
    maximum = maximise(BinaryLogit(rows, control.threads), penalty, control)
    require_finite(maximum, rows, "the fit with normal priors")
    return finish(rows, maximum, "normal priors", level, control, penalty=penalty)


def test_an_estimator_is_one_file():
    """Its scores are those of the priors, and every verb takes its fit; limits and tests are of what it maximised."""
    fit = normal_priors("low ~ age + smoke + C(race)", BIRTH)
    X, beta = fit.design.X, fit.params.to_numpy()
    p = 1.0 / (1.0 + np.exp(-X @ beta))
    np.testing.assert_allclose(X.T @ (BIRTH["low"] - p), np.where(np.arange(5) == 0, 0.0, 0.5 * beta), atol=1e-9)
    information = X.T @ (X * (p * (1 - p))[:, None]) + np.diag([0.0, 0.5, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(fit.bse, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-9)
    low = fit.confint(method="profile").loc["smoke", "conf_low"]
    assert fit.test(f"smoke = {low:.15g}", "lr").p_value == pytest.approx(0.05, rel=1e-8)
    assert "normal priors" in str(fit.summary())
    assert len(fit.augment()) == len(BIRTH)
    assert fit.comparisons("smoke", interval="bootstrap", replications=20, seed=1)["std_error"].item() > 0
    assert list(gl.drop1(fit).index) == ["<none>", "age", "smoke", "C(race)"]
    separated = normal_priors("HG ~ NV + PI + EH", gl.datasets.endometrial())
    assert np.isfinite(separated.params).all()
    with pytest.raises(UnsupportedError, match="penalised likelihoods"):
        gl.anova(fit)
