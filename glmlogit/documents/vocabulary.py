"""The fixed words of tables and figures in each language, by their English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

LANGUAGES = ("en", "de", "fr", "es", "pt", "it")
"""English, German, French, Spanish, Portuguese, Italian."""


@cache
def vocabulary() -> Mapping[str, Mapping[str, str]]:
    """By the English words, by language: read when another language than English is first asked for."""
    lines = (Path(__file__).parent / "templates" / "words.tsv").read_text("utf-8").splitlines()
    languages, *rows = (line.split("\t") for line in lines)
    return MappingProxyType({row[0]: MappingProxyType(dict(zip(languages, row, strict=True))) for row in rows})


def translated(words: str, language: str) -> str:
    """Words in a language; English where they are not among the fixed ones."""
    return words if language == "en" else vocabulary().get(words, {}).get(language, words)
