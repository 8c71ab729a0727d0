"""Which of two texts is the event: asked about where the alphabet would choose the one that says nothing happened."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glmlogit as gl
from glmlogit.cli import main
from glmlogit.errors import DataError

Y = np.tile([1, 0, 1, 1, 0, 0, 1], 10)
X = np.random.default_rng(3).normal(size=len(Y))

# (what happened, what did not), the second later in the alphabet
ASKED = [
    *[("case", "control"), ("Case", "Control"), ("CASE ", "CONTROL "), ("cases", "controls"), ("case", "ctrl")],
    *[("ja", "nein"), ("ja", "nej"), ("Ja", "Nee"), ("da", "ne"), ("igen", "nem"), ("evet", "hay\u0131r")],
    *[("\u0434\u0430", "\u043d\u0435\u0442"), ("hit", "no hit"), ("event", "no_event"), ("event", "non-event")],
    *[("case", "non case"), ("disease", "without disease"), ("Krank", "nicht krank"), ("diabetes", "no diabetes")],
    *[("dead", "survived"), ("died", "survivor"), ("+", "-"), ("mi", "negative"), ("diseased", "healthy")],
    *[("affected", "unaffected"), ("complete", "incomplete"), ("malade", "sain"), ("cancer", "normal"), ("1", "2")],
    *[("current", "never"), ("exposed", "unexposed"), ("drug", "placebo"), ("cardiac", "disease-free"), ("2", "9")],
]
PLAIN = [
    *[("no", "yes"), ("n", "y"), ("non", "oui"), ("no", "s\u00ed"), ("n\u00e3o", "sim"), ("nie", "tak"), ("0", "1")],
    *[("control", "patient"), ("negative", "positive"), ("neg", "pos"), ("alive", "dead"), ("False", "True")],
    *[
        ("absent", "present"),
        ("female", "male"),
        ("F", "M"),
        ("a", "b"),
        ("benign", "malignant"),
        ("failure", "success"),
    ],
    *[("healthy", "ill"), ("no event", "stroke"), ("never", "no"), ("normal", "not normal"), ("none", "some")],
]


def frame(event: str, other: str) -> pd.DataFrame:
    return pd.DataFrame({"y": np.where(Y == 1, event, other), "x": X, "one": Y ^ (np.arange(len(Y)) % 5 == 0)})


@pytest.mark.parametrize(("event", "other"), ASKED)
def test_words_for_nothing_are_asked_about_and_both_answers_work(event, other):
    data = frame(event, other)
    uses = {
        "event": [lambda **k: gl.logit("y ~ x", data, **k).design.outcome.event,
                  lambda **k: gl.design_arrays(data.y, data[["x"]], **k).outcome.event,
                  lambda **k: gl.firth("y ~ x", data, **k).design.outcome.event,
                  lambda **k: gl.two_by_two(data, "y", "one", **k).counts.columns[0]],
        "exposed": [lambda **k: gl.two_by_two(data, "one", "y", **k).counts.index[0]],
    }  # fmt: skip
    for option, calls in uses.items():
        for call in calls:
            with pytest.raises(DataError, match=f"{option}=") as caught:
                call()
            answers = re.findall(rf"{option}=('[^']*')", str(caught.value))
            assert [eval(answer) for answer in answers] == [event, other]
            for answer in (event, other):
                assert call(**{option: answer}) == answer


@pytest.mark.parametrize(("other", "event"), PLAIN)
def test_other_words_take_the_second_as_in_r(event, other):
    fit = gl.logit("y ~ x", frame(event, other))
    assert fit.design.outcome.event == event
    assert "event" in {note.code for note in fit.notes}


@pytest.mark.parametrize(("event", "other"), ASKED[:12])
def test_an_order_that_was_given_is_respected(event, other):
    data = frame(event, other)
    turned = data.assign(y=pd.Categorical(data.y, categories=[other, event]))
    assert gl.logit("y ~ x", turned).design.outcome.event == event
    stated = data.assign(y=pd.Categorical(data.y, categories=[event, other], ordered=True))
    assert gl.logit("y ~ x", stated).design.outcome.event == other
    with pytest.raises(DataError, match="event="):
        gl.logit("y ~ x", data.astype({"y": "category"}))


@settings(max_examples=100)
@given(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8))
def test_one_of_two_texts_at_most_says_nothing(a, b):
    from glmlogit.designs.outcome import reads_as_no_event

    assert not (reads_as_no_event(a, b) and reads_as_no_event(b, a))


def test_the_command_line_asks_in_its_own_words(capsys, tmp_path):
    path = tmp_path / "data.csv"
    frame("case", "control").to_csv(path, index=False)
    assert main.main(["fit", "y ~ x", str(path)]) == 2
    assert "Type --event case, or --event control if that is meant" in capsys.readouterr().err
    assert main.main(["fit", "y ~ x", str(path), "--event", "case"]) == 0
    assert "y = 'case'" in capsys.readouterr().out
