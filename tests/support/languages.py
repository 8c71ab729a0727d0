"""Which words of a page or a figure are not said in the language of the style."""

from __future__ import annotations

import re
from functools import cache

import pytest

import glmlogit as gl
from glmlogit.documents.vocabulary import LANGUAGES, vocabulary

OTHERS = [
    language if language == "de" else pytest.param(language, marks=pytest.mark.slow)
    for language in LANGUAGES
    if language != "en"
]
# The same in English and in a language or more: symbols of statistics, and what is typed.
ALIKE = {
    *("dydx", "eyex", "pr", "hc", "inf", "na", "ap", "gini", "rcs", "helmert", "true", "false", "none", "null", "exp"),
    "glmlogit",
}


def words(text):
    """Words of a text but for formulas, what is typed, and names of the data, which all hold a 9."""
    text = "\n".join(line for line in text.split("\n") if " ~ " not in line)
    text = re.sub(r"\b(gl|fit)\.[\w.]+(\((?:[^()]|\([^()]*\))*\))?|\bdf\[\S+|<\w+>|\b\w+=\S+|\w*9\w*", " ", text)
    return {word.lower() for word in re.findall(r"[^\W\d_]{2,}", text)}


def untranslated(write, language):
    with gl.style(language="en"):
        english = words(write())
    with gl.style(language=language):
        other = words(write())
    return english & other - ALIKE - said_in(language)


@cache
def said_in(language):
    return {word for row in vocabulary().values() for word in words(re.sub(r"\{\w+\}", " ", row[language]))}
