"""Products of terms as formulaic parses and expands them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

Key = tuple[str, ...]
Terms = dict[frozenset[str], Key]


def formulaic_terms(terms: Terms, names: Mapping[str, str]) -> Any:
    """Terms as formulaic has them, factors under short names."""
    from formulaic.parser.types import Factor as Atom
    from formulaic.parser.types import OrderedSet
    from formulaic.parser.types import Term as Product

    return OrderedSet(Product([Atom(names[f]) for f in key]) for key in terms.values())


@functools.lru_cache(maxsize=256)
def product_tree(signs: tuple[str, ...]) -> Any:
    """formulaic's syntax tree of ``v0 * v1 : v2 …``, which settles precedence."""
    from formulaic.parser import DefaultFormulaParser

    pieces = ["v0", *(f"{sign} v{i + 1}" for i, sign in enumerate(signs))]
    return DefaultFormulaParser(include_intercept=False).get_ast(" ".join(pieces), context={})
