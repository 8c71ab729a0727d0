"""Properties kept after their first computation: as those of functools, without a lock."""

from __future__ import annotations

import functools
import inspect
from dataclasses import FrozenInstanceError, dataclass

import pytest

from glmlogit.estimate.solved import Solved
from glmlogit.numerics.lazy import cached_property

ASKED: list[int] = []


@dataclass(frozen=True)
class Frozen:
    """A frozen value with one property."""

    number: int

    @cached_property
    def double(self) -> int:
        """Twice the number."""
        ASKED.append(self.number)
        return 2 * self.number


def test_a_value_is_computed_once_and_kept_by_its_owner() -> None:
    ASKED.clear()
    one, other = Frozen(1), Frozen(4)
    assert (one.double, one.double, other.double, one.double) == (2, 2, 8, 2)
    assert ASKED == [1, 4]
    assert vars(one) == {"number": 1, "double": 2}


def test_what_is_kept_changes_neither_equality_nor_what_is_frozen() -> None:
    one = Frozen(1)
    assert one.double == 2
    assert one == Frozen(1)
    assert hash(one) == hash(Frozen(1))
    with pytest.raises(FrozenInstanceError):
        one.double = 3  # type: ignore[misc]


def test_nothing_is_kept_of_a_computation_that_fails() -> None:
    class Failing:
        @cached_property
        def value(self) -> int:
            raise ArithmeticError

    owner = Failing()
    for _ in range(2):
        with pytest.raises(ArithmeticError):
            _ = owner.value
    assert not vars(owner)


def test_the_class_shows_the_property_with_its_name_and_words() -> None:
    assert isinstance(Frozen.double, cached_property)
    assert Frozen.double.__doc__ == "Twice the number."
    assert Frozen.double.attrname == "double"


def test_documentation_tools_see_the_properties_of_a_fit() -> None:
    found = vars(Solved)["terms"]
    assert isinstance(found, functools.cached_property)
    assert "Names of the columns" in (inspect.getdoc(found) or "")
