"""Sums by the code of a pattern, and which rows are patterns at all."""

from __future__ import annotations

import numpy as np
import pytest

from glmlogit.data import patterns


@pytest.mark.parametrize("size", [1, 7, patterns._BLOCK, patterns._BLOCK + 1, 3 * patterns._BLOCK])
def test_sums_by_few_codes_and_many(size):
    """Whole numbers add up exactly in any order; codes from one block of rows on are added in one go."""
    rng = np.random.default_rng(size)
    n = 2 * patterns._BLOCK + 17
    codes, values = rng.integers(0, size, n).astype(np.int32), rng.integers(-50, 50, n).astype(float)
    expected, counts = np.zeros(size), np.zeros(size, dtype=int)
    np.add.at(expected, codes, values)
    np.add.at(counts, codes, 1)
    np.testing.assert_array_equal(patterns.sums(codes, values, size), expected)
    np.testing.assert_array_equal(patterns.counts(codes, size), counts)
