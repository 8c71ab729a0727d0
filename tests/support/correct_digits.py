"""How many digits of numbers are right, compared as fractions."""

from __future__ import annotations

import math
from fractions import Fraction


def correct(ours, truth):
    """Correct digits of the worst number, exactly: decimals of the one, all bits of the other."""
    pairs = [(Fraction(float(a)), Fraction(b)) for a, b in zip(ours, truth, strict=True)]
    worst = max(abs(a - b) / abs(b) for a, b in pairs)
    return 17.0 if worst == 0 else -math.log10(worst)
