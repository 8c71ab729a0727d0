"""Names in texts become labels: terms, levels, contrasts; words of sentences and what is typed stay as they are."""

from __future__ import annotations

import pytest
from sentence_words import words

from glmlogit.documents.naming import Labelled, event_words, level_of, name_of, named, sentence_words
from glmlogit.errors import DataError
from glmlogit.messages.labels import Labels, carried, labelled, labels_of

LABELS = labels_of(
    {
        "race": ("Race", {"black": "Black", "white": "White", "other": "Other / mixed"}),
        "lwt": "Weight of mother, lb",
        "smoke": ("Smoking", {0: "No", 1: "Yes"}),
        "low": "Low birth weight",
        "weight": "Body weight",
        "age": "Mother's age at lwt",
        "sex (1=m)": "Sex",
    }
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C(race)[T.black]", "Race: Black"),
        ("C(race, Treatment('white'))[T.black]:lwt", "Race: Black × Weight of mother, lb"),
        ("race[black - white]", "Race: Black - White"),
        ("lwt|smoke=1", "Weight of mother, lb|Smoking=Yes"),
        ("log(lwt), I(lwt ** 2), bs(lwt, df=3)[1]", "log({0}), I({0} ** 2), bs({0}, df=3)[1]"),
        ("ftv:smoke", "ftv × Smoking"),
        ("where smoke = 1 as where smoke = 0", "where Smoking = Yes as where Smoking = No"),
        ("low = 1 (not 0)", "Low birth weight = 1 (not 0)"),
        ("race = 'other', lwt = 120", "Race = Other / mixed, Weight of mother, lb = 120"),
        ("1,309 for C(race, Treatment('male')), 30 for lwt.", "1,309 for Race, 30 for Weight of mother, lb."),
        ("age: no standard error", "Mother's age at lwt: no standard error"),
        ("sex (1=m) and age", "Sex and Mother's age at lwt"),
        ("weight: 3 rows with weight 0", "Body weight: 3 rows with weight 0"),
        ("the lower limit is low", "the lower limit is low"),
        ("agegp, lwt2, p.lwt, gl.lwt", "agegp, lwt2, p.lwt, gl.lwt"),
        ("type units={'lwt': 10}, 'lwt' or fit.margins('lwt')", "type units={'lwt': 10}, 'lwt' or fit.margins('lwt')"),
        ("low ~ age + smoke", "low ~ age + smoke"),
        ("weight[T.3]", "Body weight: 3"),
    ],
)
def test_names_in_texts(text, expected):
    assert named(text, LABELS) == expected.replace("{0}", "Weight of mother, lb")


def test_what_is_a_name_by_itself_is_replaced_even_where_sentences_use_the_word():
    with labelled(LABELS):
        assert name_of("weight") == "Body weight"
        assert name_of("C(race)") == "Race"
        assert level_of("race", "other") == "Other / mixed"
        assert level_of("smoke", 1.0) == level_of("smoke", "1") == level_of("C(smoke)", 1) == "Yes"
        assert event_words("low", 1) == "Low birth weight"
        assert event_words("smoke", 1) == "Smoking = Yes"
        assert named("n = 5, weight = 3") == "n = 5, Body weight = 3"
    assert name_of("weight") == "weight"


def test_a_text_is_named_once():
    with labelled(LABELS):
        once = name_of("age")
        assert once == "Mother's age at lwt"
        assert isinstance(once, Labelled)
        assert named(once) == once


def test_statistics_keep_their_names_beside_a_variable_of_the_same():
    labels = labels_of({"p": "Parity", "n": "Number", "z": "Zone"})
    assert named("p = 0.05, z = 1.96, n = 20", labels) == "p = 0.05, z = 1.96, n = 20"
    assert named("C(p)[T.2]", labels) == "Parity: 2"


def test_labels_of_a_call_stand_before_those_of_the_data(births):
    births.attrs["labels"] = {"smoke": "Smoker", "age": "Age"}
    births.attrs["value_labels"] = {"smoke": {0: "no", 1: "yes"}, "race": {"a": "same", "b": "same"}}
    labels = labels_of({"smoke": "Smoking"}, births)
    assert labels.name("smoke", default="") == "Smoking"
    assert labels.name("age", default="") == "Age"
    assert labels.of_level("smoke", 1) == "yes"
    assert [labels.of_level("race", value) for value in "ab"] == ["same (a)", "same (b)"]
    assert carried(births) == labels_of(None, births)
    assert labels_of(None, births).over(Labels()) == carried(births)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"race": {"black": "X", "other": "X"}}, "'black' and 'other' of 'race' both 'X'"),
        ({"race": 3}, "label of 'race' is 3"),
        ({"race": {"black": 3}}, "label of level 'black' of 'race' is 3"),
        (["race"], "name the term and its label"),
    ],
)
def test_labels_that_are_none_are_refused_by_name(labels, message):
    with pytest.raises(DataError, match=message):
        labels_of(labels)


@pytest.mark.slow
def test_words_of_sentences_are_those_of_the_package():
    """A few words may be newer than the list, which a release makes anew by sentence_words.py."""
    missing = words() - sentence_words()
    assert len(missing) <= 0.05 * len(sentence_words()), sorted(missing)


@pytest.fixture
def births():
    import glmlogit as gl

    return gl.datasets.birthwt()
