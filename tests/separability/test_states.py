"""States of coefficients: plain strings to whoever reads them, one value to the code."""

from __future__ import annotations

import json
import math
import pickle

import pytest

from glmlogit.separability.states import CoefficientState, state_of


@pytest.mark.parametrize(
    ("word", "sign", "reported"),
    [
        ("finite", 0, 1.5),
        ("+inf", 1, math.inf),
        ("-inf", -1, -math.inf),
        ("indeterminate", 0, math.nan),
        ("aliased", 0, math.nan),
    ],
)
def test_a_state_is_its_word(word, sign, reported):
    state = CoefficientState(word)
    assert (state, str(state), repr(state), json.dumps(state)) == (word, word, repr(word), f'"{word}"')
    assert type(state.value) is str
    assert pickle.loads(pickle.dumps(state)) is state
    assert state.sign == sign
    assert state.reported(1.5) == pytest.approx(reported, abs=0.0, nan_ok=True)
    assert (state.finite, state.aliased, state.infinite).count(True) == 1


def test_signs_over_the_cone_are_states():
    assert [state_of(sign) for sign in (1, -1, 0)] == ["+inf", "-inf", "indeterminate"]
