"""Columns of text: numbers, dates and identifiers are refused by name with what to type; categories are categories."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import seeds

import glmlogit as gl
from glmlogit.data import texts as texts_module
from glmlogit.errors import DataError

QUICK = settings(max_examples=10, deadline=None)


def outcome(n: int, seed: int) -> np.ndarray:
    y = np.random.default_rng(seed).integers(0, 2, n)
    y[:4] = 0, 1, 0, 1
    return y


def refusal(column, formula="y ~ c") -> str:
    with pytest.raises(DataError) as caught:
        gl.design(formula, pd.DataFrame({"y": outcome(len(column), 1), "c": column}))
    assert "'c'" in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ---------------------------------------------------------------- numbers

MEASURED = {
    "points": lambda v: f"{v:.2f}",
    "decimal commas": lambda v: f"{v:.2f}".replace(".", ","),
    "units": lambda v: f"{v:.2f} mg",
    "units without blank": lambda v: f"{v:.2f}kg",
    "percent": lambda v: f"{v:.2f}%",
    "percent after a comma": lambda v: f"{v:.2f} %".replace(".", ","),
    "thousands": lambda v: f"{v * 1000:,.0f}",
    "thousands and decimals": lambda v: f"{v * 1000:,.2f}",
    "continental thousands": lambda v: f"{v * 1000:,.2f}".translate(str.maketrans(",.", ".,")),
    "blanks as thousands": lambda v: f"{v * 1000:,.0f}".replace(",", "\u202f"),
    "apostrophes": lambda v: f"{v * 1000:,.0f}".replace(",", "'"),
    "minus signs": lambda v: f"{3 - v:.2f}".replace("-", "\u2212"),
    "letters for zeros": lambda v: f"{v:.2f}".replace("0", "O"),
    "currency": lambda v: f"${v * 1000:,.0f}",
    "blanks around": lambda v: f" {v:.2f} ",
    "exponents": lambda v: f"{v:.2e}",
}
ODD = ["<0.05", "n.d.", "-", "mg/l", "?", ">100", "unknown"]


def values(seed: int, n: int = 80) -> np.ndarray:
    return np.round(np.random.default_rng(seed).lognormal(1.0, 1.0, n) + 1.0, 2)


def converted(message: str, column: pd.Series) -> pd.Series:
    """What the advice of a message makes of a column."""
    code = re.search(r"pd\.to_numeric\(.*?\)(?=[.,;]| C\(|$)", message)[0]
    while code.count("(") > code.count(")"):
        code = message[message.index(code) : message.index(")", message.index(code) + len(code)) + 1]
    return eval(code, {"pd": pd, "df": pd.DataFrame({"c": column})})


@pytest.mark.parametrize("spelling", MEASURED)
@QUICK
@given(seed=seeds)
def test_numbers_that_were_read_as_text_are_refused_and_the_advice_gives_the_numbers(spelling, seed):
    v = values(seed)
    column = pd.Series([MEASURED[spelling](x) for x in v])
    found = converted(refusal(column), column)
    scale, shift = (-1, 3) if spelling == "minus signs" else (1, 0)
    size = 1000 if "$" in column[0] or any(w in spelling for w in ("thousand", "apostro")) else 1
    np.testing.assert_allclose((found / size - shift) * scale, v, rtol=0.01, atol=0.5 / size)


@pytest.mark.parametrize("spelling", ["points", "decimal commas", "units", "thousands"])
@QUICK
@given(seed=seeds, odd=st.lists(st.sampled_from(ODD), min_size=1, max_size=3, unique=True), at=st.integers(0, 70))
def test_a_few_odd_cells_make_no_categories_of_a_measurement(spelling, seed, odd, at):
    v = values(seed)
    texts = [MEASURED[spelling](x) for x in v]
    texts[at : at + len(odd)] = odd
    column = pd.Series(texts)
    message = refusal(column)
    assert all(repr(cell) in message for cell in odd)
    found = converted(message, column)
    assert pd.api.types.is_numeric_dtype(found)
    others = np.setdiff1d(np.arange(len(v)), np.arange(at, at + len(odd)))
    size = 1000 if spelling == "thousands" else 1
    np.testing.assert_allclose(found[others] / size, v[others], rtol=0.01)
    assert found[at : at + len(odd)].isna().sum() == sum(cell[0] not in "<>" for cell in odd)


@QUICK
@given(seed=seeds, n=st.integers(100, 600))
def test_ages_as_text_are_refused_or_told(seed, n):
    ages = [str(v) for v in np.random.default_rng(seed).integers(18, 90, n)]
    assert "pd.to_numeric(df['c'])" in refusal(ages)
    many = gl.design("y ~ c", pd.DataFrame({"y": outcome(20 * n, 1), "c": ages * 20}))
    assert [note.code for note in many.notes] == ["numeric_text"]


@QUICK
@given(seed=seeds)
def test_a_choice_of_categories_overrides_with_a_note(seed):
    column = pd.Series([f"{x:.2f} mg" for x in values(seed)])
    frame = pd.DataFrame({"y": outcome(len(column), 1), "c": column, "k": column.astype("category")})
    for formula in ("y ~ C(c)", f"y ~ relevel(c, {column[0]!r})", "y ~ k"):
        rows = gl.design(formula, frame)
        assert rows.n_columns == column.nunique()
        assert [note.code for note in rows.notes] == ["many_levels"]


# ---------------------------------------------------------------- dates and identifiers

DATES = ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%y", "%d %b %Y", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d", "%d-%b-%Y"]


@pytest.mark.parametrize("form", DATES)
@QUICK
@given(seed=seeds, n=st.integers(60, 400))
def test_dates_as_text_are_refused_and_the_advice_gives_days(form, seed, n):
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2015-01-13") + pd.to_timedelta(rng.integers(0, 300, n), unit="D")
    column = pd.Series(days.strftime(form))
    message = refusal(column)
    t = eval(re.search(r"pd\.to_datetime\(.*?\)", message)[0], {"pd": pd, "df": pd.DataFrame({"c": column})})
    assert "(t - t.min()).dt.days" in message
    if "%d/%m/%y" not in form and form != "%m/%d/%Y":  # which may be read either way
        np.testing.assert_array_equal((t - t.min()).dt.days, (days - days.min()).days)


@QUICK
@given(n=st.integers(20, 300), share=st.floats(0.51, 1.0), seed=seeds, start=st.sampled_from(["p", "Ward ", "é-", ""]))
def test_more_levels_than_half_of_the_rows_are_refused(n, share, seed, start):
    k = int(np.ceil(share * n))
    assume(k > n / 2)
    column = [f"{start}x{i}" for i in range(k)] + [f"{start}x0"] * (n - k)
    message = refusal(np.random.default_rng(seed).permutation(column))
    assert f"{k} levels in {n} observations" in message
    assert "cluster='c'" in message
    rows = gl.design("y ~ 1", pd.DataFrame({"y": outcome(n, 1), "c": column}), cluster="c")
    assert rows.cluster["c"].nunique() == k


def test_counts_are_people():
    """A region a row, each with its trials, is no identifier; nor is a row a level with counts as weights."""
    grouped = pd.DataFrame({"events": np.arange(30) % 7 + 1, "n": 20, "region": [f"region {i}" for i in range(30)]})
    assert gl.design("events ~ region", grouped, trials="n").n_columns == 30
    assert gl.design("cbind(events, n) ~ region", grouped).n_columns == 30
    single = pd.DataFrame({"y": np.tile([0, 1], 30), "g": np.repeat(grouped.region, 2), "w": 9})
    assert gl.design("y ~ g", single, weights="w").n_columns == 30
    with pytest.raises(DataError, match="30 levels in 30 obs"):
        gl.design("y ~ region", grouped.assign(y=outcome(30, 1)))


# ---------------------------------------------------------------- categories

CATEGORIES = {
    "age bands": ["10-19", "20-29", "30-39", "40-49", "50+"],
    "open bands": ["<5", "5-9", "10-14", ">=15"],
    "many bands": [f"{5 * i}-{5 * i + 4}" for i in range(18)] + ["90+"],
    "ordinals": ["1st", "2nd", "3rd", "4th"],
    "types": ["Type 1", "Type 2"],
    "stages": ["1A", "1B", "2A", "2B", "3A"],
    "rooms": [f"{i}{letter}" for i in range(1, 9) for letter in "abc"],
    "doses": ["0 mg", "5 mg", "10 mg", "20 mg"],
    "shares": ["0%", "5%", "10%", "20%"],
    "ICD-10": ["E11.9", "I25.1", "J45.0", "F32.0", "Z51"],
    "ICD-11": ["5A11", "5E12", "1E05", "2E30"],
    "ICD-9 with V codes": ["250.00", "250.1", "V10.1", "V58.6"],
    "codes with zeros": [f"{i:02d}" for i in range(60)],
    "codes of exponents": [f"{i}E0{i % 9}" for i in range(1, 60)],
    "chromosomes": [*map(str, range(1, 23)), "X", "Y"],
    "blood groups": ["A", "B", "AB", "O"],
    "months": [f"202{i // 12}-{i % 12 + 1:02d}" for i in range(24)],
    "waves": ["2020-03-01", "2020-10-01", "2021-02-01"],
    "answers": ["yes", "no", "n.d.", "-"],
    "quarters": [f"Q{q} {y}" for y in (2020, 2021) for q in (1, 2, 3, 4)],
    "places": [f"Ward {i}" for i in range(60)],
    "ratios": ["1:1", "1:2", "1:4"],
    "addresses": [f"10.0.0.{i}" for i in range(30)],
    "signs": ["+", "-", "?"],
    "clothes": ["S", "M", "L", "XL", "2XL"],
}


@pytest.mark.parametrize("levels", CATEGORIES.values(), ids=CATEGORIES)
@settings(max_examples=10, deadline=None)
@given(seed=seeds, each=st.integers(3, 12))
def test_categories_go_through_as_factors_without_a_word(levels, seed, each):
    column = np.random.default_rng(seed).permutation(np.repeat(np.array(levels, dtype=object), each))
    rows = gl.design("y ~ c", pd.DataFrame({"y": outcome(len(column), seed), "c": column}))
    assert rows.n_columns == len(levels)
    assert not {note.code for note in rows.notes} & {"numeric_text", "many_levels", "alike"}


@pytest.mark.parametrize("levels", [["1", "2", "3"], ["0", "1"], ["1", "2", "3", "unknown"], ["1.5", "2.5", "10"]])
def test_few_numbers_as_text_are_a_factor_with_a_note(levels):
    column = levels * 30
    rows = gl.design("y ~ c", pd.DataFrame({"y": outcome(len(column), 1), "c": column}))
    assert rows.n_columns == len(levels)
    assert [note.code for note in rows.notes] == ["numeric_text"]
    assert pd.api.types.is_numeric_dtype(converted(rows.notes[0].text, pd.Series(column)))


def test_many_numbers_with_a_limit_of_detection_are_told():
    ages = ["<20", *map(str, range(20, 45))] * 30
    (note,) = gl.design("y ~ c", pd.DataFrame({"y": outcome(len(ages), 1), "c": ages})).notes
    assert note.code == "numeric_text"
    assert "but not '<20'" in note.text
    assert converted(note.text, pd.Series(ages)).min() == 20


@pytest.mark.parametrize("other", ["Yes ", " YES", "Yes"])
def test_levels_that_differ_in_case_and_blanks_are_told(other):
    column = ["yes", other, "no"] * 20
    notes = gl.design("y ~ c", pd.DataFrame({"y": outcome(60, 1), "c": column})).notes
    assert [note.code for note in notes] == ["case"]
    assert f"{other!r} and 'yes'" in notes[0].text


@given(st.lists(st.text(max_size=12), min_size=1, max_size=40), st.integers(1, 1000))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_without_an_exception(levels, rows):
    reading = texts_module.read_levels(list(dict.fromkeys(levels)), rows)
    assert reading.kind in ("numbers", "dates", "many", "categories")
    assert "x" * 3 in reading.advice.format(column="xxx") or reading.kind == "categories"


# ---------------------------------------------------------------- levels that look the same

HIDDEN = {
    "blank after": lambda s: s + " ",
    "blank before": lambda s: " " + s,
    "tab": lambda s: s + "\t",
    "line end": lambda s: s + "\r\n",
    "no-break space": lambda s: s.replace(" ", "\u00a0"),
    "narrow space": lambda s: s.replace(" ", "\u202f"),
    "two blanks": lambda s: s.replace(" ", "  "),
    "zero-width space": lambda s: s[:2] + "\u200b" + s[2:],
    "zero-width joiner": lambda s: s[:2] + "\u200d" + s[2:],
    "byte order mark": lambda s: "\ufeff" + s,
    "soft hyphen": lambda s: s[:3] + "\u00ad" + s[3:],
    "left-to-right mark": lambda s: s + "\u200e",
    "decomposed": lambda s: unicodedata.normalize("NFD", s),
}
NAMES = ["Cafe\u0301 Noir", "Bad \u00d6ls", "Other one", "zzz last"]
COMPOSED = [unicodedata.normalize("NFC", name) for name in NAMES]


def spoiled(seed: int, hide, n: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    clean = rng.choice(np.array(COMPOSED, dtype=object), n)
    other = np.array([hide(v) if rng.random() < 0.3 else v for v in clean], dtype=object)
    frame = pd.DataFrame({"y": rng.integers(0, 2, n), "x": rng.normal(size=n), "clean": clean, "c": other})
    return frame


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN)
@settings(max_examples=2, deadline=None)
@given(seed=seeds)
def test_levels_that_print_alike_are_one_level_with_a_note(hide, seed):
    frame = spoiled(seed, hide)
    for kind in (str, "category"):
        data = frame.astype({"c": object if kind is str else kind})
        fit, clean = gl.logit("y ~ x + c", data), gl.logit("y ~ x + clean", data)
        np.testing.assert_array_equal(np.sort(fit.params), np.sort(clean.params))
        assert "alike" in {note.code for note in fit.notes}
        assert {name.partition("[T.")[2].rstrip("]") for name in fit.params.index[2:]} <= set(COMPOSED)
        np.testing.assert_allclose(fit.predict(data), clean.predict(data), rtol=1e-12)
        np.testing.assert_allclose(fit.predict({"x": [0.0], "c": [hide(COMPOSED[0])]}),
                                   clean.predict({"x": [0.0], "clean": [COMPOSED[0]]}), rtol=1e-12)  # fmt: skip
        margins = fit.margins("c").estimate
        np.testing.assert_allclose(np.sort(margins), np.sort(clean.margins("clean").estimate), rtol=1e-9)
    tables = [gl.table(f"y ~ {name}", frame).frame.select_dtypes("number").to_numpy() for name in ("c", "clean")]
    np.testing.assert_array_equal(*tables)


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN)
@settings(max_examples=2, deadline=None)
@given(seed=seeds)
def test_clusters_and_strata_that_print_alike_are_one(hide, seed):
    frame = spoiled(seed, hide)
    frame["one"] = np.arange(len(frame)) % 2
    fit, clean = gl.logit("y ~ x", frame, cluster="c"), gl.logit("y ~ x", frame, cluster="clean")
    np.testing.assert_array_equal(fit.bse, clean.bse)
    assert "alike" in {note.code for note in fit.notes}
    np.testing.assert_array_equal(gl.logit("y ~ x", frame, cluster=frame["c"]).bse, clean.bse)
    tables = [gl.two_by_two(frame, "y", "one", strata=name) for name in ("c", "clean")]
    np.testing.assert_array_equal(tables[0].measures.estimate, tables[1].measures.estimate)
    assert "alike" in {note.code for note in tables[0].notes}


@settings(max_examples=20, deadline=None)
@given(seed=seeds, step=st.sampled_from([0.1, 0.01, 0.3, 0.7, 12.5, -1e6]))
def test_float_noise_makes_no_levels_as_in_r(seed, step):
    rng = np.random.default_rng(seed)
    exact = np.round(rng.integers(1, 6, 200) * step, 3)
    noisy = np.where(rng.random(200) < 0.5, exact, np.nextafter(exact, rng.choice([-np.inf, np.inf], 200)))
    frame = pd.DataFrame({"y": rng.integers(0, 2, 200), "x": rng.normal(size=200), "exact": exact, "c": noisy})
    fit, clean = gl.logit("y ~ x + C(c)", frame), gl.logit("y ~ x + C(exact)", frame)
    np.testing.assert_array_equal(fit.params, clean.params)
    assert "alike" in {note.code for note in fit.notes}
    rows = fit.odds_ratios(reference_rows=True)
    assert rows["level"].dropna().is_unique
    np.testing.assert_allclose(fit.predict(frame), clean.predict(frame), rtol=1e-12)
    np.testing.assert_array_equal(
        gl.logit("y ~ x", frame, cluster="c").bse, gl.logit("y ~ x", frame, cluster="exact").bse
    )


def test_groups_to_average_in_that_print_alike_are_one():
    frame = spoiled(5, HIDDEN["blank after"])
    fit = gl.logit("y ~ x", frame)
    groups = [fit.margins("x", by=frame[name]).estimate.to_numpy() for name in ("c", "clean")]
    np.testing.assert_array_equal(*groups)


@pytest.mark.parametrize("pair", [("a", "\u0430"), ("Type A", "Type \u0410"), ("CO", "C\u039f"), ("p", "\u0440")])
def test_letters_of_two_alphabets_are_refused(pair):
    frame = pd.DataFrame({"y": outcome(90, 1), "x": np.arange(90.0), "c": [*pair, "other"] * 30})
    for use in (lambda: gl.design("y ~ c", frame), lambda: gl.design("y ~ x", frame, cluster="c")):
        with pytest.raises(DataError, match="print alike") as caught:
            use()
        assert ascii(pair[1]) in str(caught.value)


def test_an_outcome_is_not_put_together():
    frame = pd.DataFrame({"y": ["yes", "no", "yes "] * 20, "x": np.arange(60.0)})
    with pytest.raises(DataError, match="'yes '"):
        gl.design("y ~ x", frame)
    with pytest.raises(DataError, match="print alike"):
        gl.design("C(y) ~ x", frame)


def test_levels_that_differ_in_case_are_told():
    frame = pd.DataFrame({"y": outcome(90, 1), "c": ["Yes", "yes", "no"] * 30})
    rows = gl.design("y ~ c", frame)
    assert rows.n_columns == 3
    assert "'Yes' and 'yes'" in next(note.text for note in rows.notes if note.code == "case")


@given(st.text(max_size=20))
def test_what_a_reader_sees_is_seen_the_same_again(text):
    assert texts_module.telling(texts_module.telling(text)) == texts_module.telling(text)
