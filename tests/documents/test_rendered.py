"""The table of docs/rendered.py, whose pictures are looked at, is written in every style, language and format."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("PIL")
pytest.importorskip("jupyter_core")
pytest.importorskip("docx")
pytest.importorskip("openpyxl")


def test_every_style_and_language_is_written(tmp_path):
    path = Path(__file__).parents[2] / "docs" / "rendered.py"
    spec = importlib.util.spec_from_file_location("rendered", path)
    assert spec is not None
    assert spec.loader is not None
    rendered = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rendered)
    stems = rendered.write_tables(tmp_path)
    assert len({*stems}) == 15
    assert {path.name for path in tmp_path.iterdir()} == {f"{s}.{end}" for s in stems for end in rendered.SUFFIXES}
    assert "2.79 (1.31-6.19)" in (tmp_path / "jama-en.html").read_text("utf-8")
    assert "2,79 (1,31 à 6,19)" in (tmp_path / "bmj-fr.html").read_text("utf-8")
