"""The embedded data: shapes, types, missing values, and a published number of each study."""

from __future__ import annotations

import csv
import inspect

import pandas as pd
import pytest
import references

from glmlogit import datasets
from glmlogit.errors import DataError

SHAPES = {
    "birthwt": (189, 10),
    "cbpp": (56, 4),
    "endometrial": (79, 4),
    "esoph": (88, 5),
    "infert": (248, 8),
    "lizards": (23, 6),
    "urine": (79, 7),
}
MISSING = {"urine": {"osmo": 1, "cond": 1}}


def test_names_are_the_sets_and_each_has_a_function() -> None:
    assert datasets.names() == sorted(SHAPES)
    assert datasets.__all__ == sorted(datasets.__all__)
    assert set(datasets.__all__) == {"describe", "load", "names", *SHAPES}


@pytest.mark.parametrize("name", SHAPES)
def test_shape_types_and_missing_values(name: str) -> None:
    frame = datasets.load(name)
    assert frame.shape == SHAPES[name]
    pd.testing.assert_frame_equal(frame, getattr(datasets, name)())
    missing = frame.isna().sum()
    assert missing[missing > 0].sort_index().to_dict() == dict(sorted(MISSING.get(name, {}).items()))
    for column in frame:
        categorical = isinstance(frame[column].dtype, pd.CategoricalDtype)
        assert categorical or pd.api.types.is_numeric_dtype(frame[column]), column


@pytest.mark.parametrize("name", SHAPES)
def test_levels_are_those_r_had(name: str) -> None:
    factors = references.factor_levels().get(f"glmlogit/datasets/{name}.csv", {})
    frame = datasets.load(name)
    assert {c for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)} == set(factors)
    for column, factor in factors.items():
        assert list(frame[column].cat.categories) == factor["levels"]
        assert bool(frame[column].cat.ordered) == factor["ordered"]
        assert set(frame[column]) == set(factor["levels"])


@pytest.mark.parametrize("name", SHAPES)
def test_codebook_is_the_docstring_and_names_every_column(name: str) -> None:
    function = getattr(datasets, name)
    codebook = datasets.describe(name)
    if function.__doc__:  # not under python -OO
        assert codebook == inspect.getdoc(function)
    for column in datasets.load(name):
        assert f"- ``{column}``: " in codebook
    assert "Source: " in codebook
    assert "Origin: " in codebook


@pytest.mark.parametrize("name", SHAPES)
def test_numbers_are_the_doubles_nearest_to_the_text(name: str) -> None:
    with open(references.ROOT / "glmlogit" / "datasets" / f"{name}.csv", encoding="utf-8") as file:
        records = list(csv.DictReader(file))
    for column, values in datasets.load(name).select_dtypes("number").items():
        assert values.dropna().tolist() == [float(r[column]) for r in records if r[column]], column


def test_each_call_gives_a_fresh_frame() -> None:
    first = datasets.birthwt()
    first.loc[0, "low"] = 99
    assert datasets.birthwt().loc[0, "low"] == 0


@pytest.mark.parametrize("function", [datasets.load, datasets.describe])
def test_unknown_name_lists_the_known_ones(function: object) -> None:
    with pytest.raises(DataError, match=r"no data set 'iris'.*birthwt, cbpp"):
        function("iris")  # type: ignore[operator]


def test_birthwt_has_59_low_births() -> None:
    # Hosmer & Lemeshow (1989): 59 of the 189 births below 2500 g
    d = datasets.birthwt()
    assert d["low"].sum() == 59
    assert ((d["bwt"] < 2500) == (d["low"] == 1)).all()
    assert d["race"].value_counts().to_dict() == {"white": 96, "other": 67, "black": 26}


def test_esoph_has_the_margins_of_breslow_and_day() -> None:
    # Breslow & Day (1980, chapter 4): 200 cases, 775 controls; 80 g or more of alcohol: 96 and 109, OR 5.64
    d = datasets.esoph()
    heavy = d[d["alcgp"] >= "80-119"][["ncases", "ncontrols"]].sum()
    light = d[d["alcgp"] < "80-119"][["ncases", "ncontrols"]].sum()
    assert heavy.tolist() == [96, 109]
    assert light.tolist() == [104, 666]
    assert heavy.iloc[0] * light.iloc[1] / (heavy.iloc[1] * light.iloc[0]) == pytest.approx(5.64, abs=0.005)


def test_infert_is_matched_in_83_sets() -> None:
    # Trichopoulos et al. (1976) matched two controls to a case; set 74 of R's copy has one
    d = datasets.infert()
    assert d["case"].sum() == d["stratum"].nunique() == 83
    assert (d.groupby("stratum")["case"].sum() == 1).all()
    sizes = d.groupby("stratum").size()
    assert sizes[sizes != 3].to_dict() == {74: 2}
    assert d["pooled_stratum"].nunique() == 63
    assert (d.groupby("stratum")[["age", "parity"]].nunique() == 1).all(axis=None)


def test_endometrial_is_quasi_separated() -> None:
    # Heinze & Schemper (2002): 30 high grades, and all 13 patients with NV are among them
    d = datasets.endometrial()
    assert d["HG"].sum() == 30
    assert d.loc[d["NV"] == 1, "HG"].tolist() == [1] * 13


def test_lizards_totals() -> None:
    # Schoener (1970): 564 lizards; one of 2 x 2 x 2 x 3 cells is empty
    d = datasets.lizards()
    assert d[["grahami", "opalinus"]].sum().tolist() == [431, 133]
    assert len(d.drop_duplicates(["height", "diameter", "light", "time"])) == 23


def test_urine_has_77_complete_specimens() -> None:
    # Andrews & Herzberg (1985): crystals in 34 of 79 specimens, 33 of the 77 complete ones
    d = datasets.urine()
    assert d["r"].sum() == 34
    assert d.dropna()["r"].agg(["size", "sum"]).tolist() == [77, 33]


def test_cbpp_has_15_herds() -> None:
    # Lesnoff et al. (2004): 15 herds followed for four periods, herd 8 seen once, herd 2 three times
    d = datasets.cbpp()
    seen = d["herd"].value_counts()
    assert len(seen) == 15
    assert seen[seen != 4].to_dict() == {"2": 3, "8": 1}
    assert (d["incidence"] <= d["size"]).all()
