"""Saved fits: bit for bit what they were, without rows, and nothing in a file is executed."""

from __future__ import annotations

import contextlib
import json
import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.errors import DataError, GlmlogitError, GlmlogitWarning, UnsupportedError
from glmlogit.exports.codec import decoded, encoded
from glmlogit.exports.save import digest_of
from glmlogit.messages.words import Name, Number, sentence

B = gl.datasets.birthwt()
E = gl.datasets.endometrial()
ESOPH = gl.datasets.esoph()
SECRET = B.assign(person=[f"person{i:03d}" for i in range(189)], w=1.0 + np.arange(189) % 3, n=1 + np.arange(189) % 2)
BANDS = B.assign(band=pd.cut(B["age"], [0, 20, 30, 50]), bool=B["smoke"] == 1)

FITS = {
    "logit": lambda: gl.logit("low ~ age + C(race) + smoke*ht", B),
    "curves": lambda: gl.logit("low ~ rcs(lwt, 4) + poly(age, 2) + scale(ftv) + I(age^2) + bs(age, df=4)", B),
    "arrays": lambda: gl.logit(gl.design_arrays(B["low"], B[["age", "lwt"]], intercept=True)),
    "grouped": lambda: gl.logit("cbind(ncases, ncontrols) ~ agegp + alcgp", ESOPH),
    "counts": lambda: gl.logit("low ~ age + smoke", SECRET, weights="n"),
    "sampling": lambda: gl.logit("low ~ age + smoke", SECRET, weights="w", weight_type="sampling"),
    "clusters": lambda: gl.logit("low ~ age + smoke", SECRET, cluster=["person", "ftv"]),
    "class weights": lambda: gl.logit("low ~ age + smoke", B, class_weight="balanced"),
    "robust": lambda: gl.logit("low ~ age + smoke", B).with_cov("HC3"),
    "aliased": lambda: gl.logit("low ~ age + twice + lwt", B.assign(twice=2 * B["age"])),
    "offset": lambda: gl.logit("low ~ smoke + offset(age / 30)", B),
    "separated": lambda: gl.logit("HG ~ NV + PI + EH", E),
    "firth": lambda: gl.firth("HG ~ NV + PI + EH", E),
    "flic": lambda: gl.flic("HG ~ NV + PI + EH", E),
    "flac": lambda: gl.flac("HG ~ NV + PI + EH", E),
    "log_f": lambda: gl.log_f("HG ~ NV + PI + EH", E),
    "median": lambda: gl.median_bias_reduced("HG ~ NV + PI + EH", E),
    "ridge": lambda: gl.ridge("low ~ age + lwt + smoke", B, penalty=0.1),
    "elastic net of levels": lambda: gl.elastic_net(
        "race ~ age + lwt + smoke", B, penalty=0.02, class_weight="balanced", cluster="ftv"
    ),
    "elastic net": lambda: gl.elastic_net("low ~ age + lwt + smoke", B, penalty=0.02, l1_ratio=1),
    "multinomial": lambda: gl.multinomial("race ~ age + lwt", B),
    "ordinal": lambda: gl.ordinal("ftv ~ age + lwt", B[B.ftv < 4]),
    "intervals": lambda: gl.logit("low ~ C(band) + bool", BANDS),
    "level": lambda: gl.logit("low ~ age", B, level=0.9),
}
DATA = dict.fromkeys(("separated", "firth", "flic", "flac", "log_f", "median"), E)
DATA |= {"intervals": BANDS, "grouped": ESOPH, "counts": SECRET, "sampling": SECRET, "clusters": SECRET}
DATA |= {"aliased": B.assign(twice=2 * B["age"]), "arrays": B[["age", "lwt"]]}

REPORTS = {
    "summary": lambda fit, data: str(fit.summary()),
    "German": lambda fit, data: str(fit.summary(language="de")),
    "html": lambda fit, data: fit.summary().to_html(),
    "tidy": lambda fit, data: fit.tidy(),
    "odds ratios": lambda fit, data: fit.odds_ratios(),
    "limits": lambda fit, data: fit.confint(),
    "Wald": lambda fit, data: fit.tidy(method="wald"),
    "glance": lambda fit, data: fit.glance(),
    "covariance": lambda fit, data: fit.cov_params(),
    "probabilities": lambda fit, data: fit.predict(data.head(9)),
    "with limits": lambda fit, data: fit.predict(data.head(9), interval="confidence"),
    "log-odds": lambda fit, data: fit.predict(data.head(9), kind="log_odds"),
    "test": lambda fit, data: gl.wald_test(fit, [name_of(fit)]),
    "margins": lambda fit, data: fit.margins(data=data),
    "predictions": lambda fit, data: gl.predictions(fit, data=data),
    "pseudo": lambda fit, data: gl.pseudo_r2(fit),
    "trace": lambda fit, data: fit.trace,
    "words": lambda fit, data: (fit.notes, fit.outcome_text, fit.weight_text, fit.cov_text, repr(fit)),
    "numbers": lambda fit, data: repr((fit.llf, fit.llnull, fit.deviance, fit.aic, fit.bic, fit.bic_rows, fit.digits)),
    "more": lambda fit, data: repr((fit.nobs, fit.df_resid, fit.rank, fit.kkt, fit.gap, fit.df_effective, fit.event)),
}


def name_of(fit) -> str:
    return str(fit.coefs.labels[1])


def result(report, fit, data):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = report(fit, data)
        except GlmlogitError as error:
            value = error
    return value, [str(w.message) for w in caught if issubclass(w.category, GlmlogitWarning)]


def assert_same(found, expected, what: str) -> None:
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(expected), check_exact=True, obj=what)
    elif isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(found, expected, check_exact=True, obj=what)
    else:
        assert repr(found) == repr(expected), what


@pytest.fixture(scope="module")
def fits():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: make() for name, make in FITS.items()}


@pytest.mark.parametrize("name", FITS)
def test_a_loaded_fit_reports_and_predicts_to_the_last_bit(fits, tmp_path, name):
    fit, data = fits[name], DATA.get(name, B)
    fit.save(tmp_path / "fit.json")
    loaded = gl.load(tmp_path / "fit.json")
    again = gl.without_rows(loaded)
    for what, report in REPORTS.items():
        expected, said = result(report, fit, data)
        for other in (loaded, again):
            found, told = result(report, other, data)
            assert_same(found, expected, f"{name}: {what}")
            assert told == said, what


@pytest.mark.parametrize("name", FITS)
def test_a_file_holds_no_rows(fits, tmp_path, name):
    """No array is as long as the data, no value of a column that identifies stands in the file."""
    fit = fits[name]
    fit.save(tmp_path / "fit.json")
    text = (tmp_path / "fit.json").read_text()
    assert "person0" not in text

    def arrays(value):
        if isinstance(value, dict):
            if "array" in value:
                yield len(value["array"])
            for item in value.values():
                yield from arrays(item)
        elif isinstance(value, list):
            for item in value:
                yield from arrays(item)

    document = json.loads(text)
    design = document["fit"]["dict"][0][1]
    if name != "clusters":  # whose numbers are as many as the clusters
        assert max(arrays(document)) < fit.design.n_rows
    assert {pair[0] for pair in design["dict"]}.isdisjoint({"y", "matrix", "table", "index"})
    assert len(pickle.dumps(gl.without_rows(fit))) < 80_000


def test_pickles_without_rows(fits):
    small = pickle.loads(pickle.dumps(gl.without_rows(fits["curves"])))
    assert_same(small.predict(B), fits["curves"].predict(B), "pickled")


@pytest.mark.parametrize(
    "verb",
    [
        lambda fit: fit.confint(method="profile"),
        lambda fit: fit.margins(),
        lambda fit: fit.predict(),
        lambda fit: fit.augment(),
        lambda fit: fit.with_cov("HC3").bse,
        lambda fit: gl.drop1(fit),
        lambda fit: gl.residuals(fit),
        lambda fit: gl.roc(fit),
        lambda fit: gl.lr_test(fit, gl.logit("low ~ age", B)),
        lambda fit: gl.interpret(fit),
        lambda fit: gl.calibration(fit),
        lambda fit: gl.goodness_of_fit(fit),
    ],
)
def test_what_needs_the_rows_says_so(fits, verb):
    small = gl.without_rows(fits["logit"])
    with pytest.raises(UnsupportedError, match=r"needs? the rows"):
        verb(small)


def test_checks_of_a_saved_fit_say_that_they_were_not_made(fits):
    small = gl.without_rows(fits["logit"])
    assert "needs the rows" in str(gl.check(small))
    assert "needs the rows" in str(small.validate())


def test_other_levels_of_a_saved_profile_are_wald_limits_and_said_so(fits):
    small = gl.without_rows(fits["firth"])
    with pytest.warns(GlmlogitWarning, match="Wald limits and tests, since"):
        limits = small.confint(level=0.9)
    assert_same(limits, fits["firth"].confint(level=0.9, method="wald"), "Wald")


def test_extrapolation_is_warned_of(fits):
    new = B.head(2).assign(lwt=900)
    for fit in (fits["curves"], gl.without_rows(fits["curves"])):
        with pytest.warns(gl.errors.ExtrapolationWarning, match="lwt lies outside 80 to 250"):
            fit.predict(new)


def test_predictions_under_separation(fits):
    separated = gl.without_rows(fits["separated"])
    new = pd.DataFrame({"NV": [0, 1, 0.5, 0], "PI": [10, 10, 10, 20], "EH": [1.5, 1.5, 1.5, 3.0]})
    assert_same(separated.predict(new), fits["separated"].predict(new), "separated")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        several = gl.without_rows(
            gl.logit("y ~ a + b", pd.DataFrame({"y": [0, 0, 1, 1], "a": [0, 1, 2, 3], "b": [1, 2, 1, 2]}))
        )
    with pytest.raises(UnsupportedError, match="several directions separate"):
        several.predict(pd.DataFrame({"a": [1.5], "b": [1]}))


def test_what_cannot_be_saved(tmp_path):
    own = gl.logit("low ~ f(age)", B, functions={"f": lambda x: x / 10})
    with pytest.raises(UnsupportedError, match="functions of your own"):
        own.save(tmp_path / "a.json")
    assert not (tmp_path / "a.json").exists()


# ---------------------------------------------------------------- files that are wrong


@pytest.fixture
def saved(fits, tmp_path):
    fits["logit"].save(tmp_path / "fit.json")
    return tmp_path / "fit.json"


def changed(path, change) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_files_that_are_no_fit_are_refused(saved, tmp_path):
    with pytest.raises(DataError, match="No such file"):
        gl.load(tmp_path / "none.json")
    for content, words in (
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "no saved fit"),
        ('{"format": "x"}', "no saved fit"),
        ("[" * 100_000, "no JSON"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "no JSON"),
    ):
        (tmp_path / "a.json").write_text(content)
        with pytest.raises(DataError, match=words):
            gl.load(tmp_path / "a.json")
    text = saved.read_text()
    changed(saved, lambda d: d.update(version=2, glmlogit="9.0"))
    with pytest.raises(DataError, match=r"is of version 2, written by glmlogit 9.0.*Upgrade glmlogit"):
        gl.load(saved)
    saved.write_text(re.sub(r"0\.0(\d)", r"0.1\1", text, count=1))
    with pytest.raises(DataError, match="checksum is wrong"):
        gl.load(saved)


HOSTILE = [
    {"class": "Popen", "fields": {"args": "touch hacked"}},
    {"class": "os.system", "fields": {}},
    {"class": "Note", "fields": {"code": "a"}},
    {"formula": "__import__('os').system('touch hacked')", "variables": []},
    {"formula": "y ~ __import__('os')", "variables": ["y"]},
    {"enum": "Status", "name": "__class__"},
    {"enum": "object", "name": "x"},
    {"array": [1], "shape": [2], "dtype": "float64"},
    {"array": [1], "shape": [1], "dtype": "O,O"},
    {"reduce": ["os.system", "ls"]},
    {"held": {"a": 1}},
    {"dict": [[[1], 2]]},
    {"sentence": "{x.__class__}", "parts": {"dict": [["x", 1]]}},
    {"sentence": "{x[0]}", "parts": {"dict": [["x", "a"]]}},
    {"sentence": "{x:>999999999999}", "parts": {"dict": [["x", 1]]}},
    {"sentence": "{x", "parts": {"dict": [["x", 1]]}},
    {"sentence": "{y}", "parts": {"dict": [["x", 1]]}},
    {"sentence": "{x}", "parts": 3},
    None,
    7,
    {"tuple": 3},
]


@pytest.mark.parametrize("value", HOSTILE, ids=str)
@pytest.mark.parametrize("place", range(9))
def test_hostile_files_execute_nothing(saved, tmp_path, monkeypatch, value, place):
    monkeypatch.chdir(tmp_path)

    def put(document):
        document["fit"]["dict"][place][1] = value
        document["sha256"] = digest_of(document["fit"])

    changed(saved, put)
    with contextlib.suppress(GlmlogitError):  # some are a fit that fails when it is used
        fit = gl.load(saved)
        with contextlib.suppress(Exception):
            fit.summary()
    assert not (tmp_path / "hacked").exists()


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda part: st.one_of(
            st.lists(part),
            st.lists(part).map(tuple),
            st.dictionaries(st.text(), part),
            st.dictionaries(st.integers(), part),
        ),
        max_leaves=12,
    )
)
def test_values_come_back(value):
    assert repr(decoded(json.loads(json.dumps(encoded(value), allow_nan=False)))) == repr(value)


def test_sentences_come_back_with_their_parts():
    part = sentence("{n} rows of {x}", n=3, x=[Name("age"), Name("lwt")])
    text = sentence("Below {least} {part}; {share}.", least=2.5, part=part, share=Number("0.31"))
    back = decoded(json.loads(json.dumps(encoded(text))))
    assert (back, back.template, back.parts) == (text, text.template, text.parts)
    assert [type(name) for name in back.parts["part"].parts["x"]] == [Name, Name]
    assert type(back.parts["share"]) is Number


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(), max_size=9), st.sampled_from([1, -1]))
def test_arrays_come_back(values, step):
    array = np.array(values, dtype=float)[::step]
    back = decoded(json.loads(json.dumps(encoded(array), allow_nan=False)))
    assert np.array_equal(back, array, equal_nan=True)
    assert np.array_equal(np.signbit(back[~np.isnan(back)]), np.signbit(array[~np.isnan(array)]))
