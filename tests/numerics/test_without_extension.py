"""Without the compiled extension the twins in NumPy serve, with the same numbers, and ``show_config`` says so."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import glmlogit as gl
from glmlogit.data.storage import Coded, Dense, Repeated
from glmlogit.numerics import kernels

compiled = pytest.mark.skipif(not kernels.COMPILED, reason="the extension was not built")


def numbers() -> dict[str, list[float]]:
    """What fits of every form of the columns say: numbers, patterns and codes, narrow and wide, few rows and many."""
    births, rng = gl.datasets.load("birthwt"), np.random.default_rng(1)
    x = rng.normal(size=(45_000, 6))
    many = (rng.random(45_000) < 1.0 / (1.0 + np.exp(1.0 - x @ [0.5, -0.5, 0.2, 0.0, 0.1, 0.3]))).astype(float)
    levels = rng.integers(0, 60, 4_500)
    coded = pd.DataFrame({"y": (rng.random(4_500) < 0.3 + levels / 200.0).astype(int), "g": levels, "x": x[:4_500, 0]})
    wide = rng.normal(size=(700, 270))
    births["n"] = 1 + births.index % 3
    fits = {
        "table": gl.logit(gl.design_arrays([9, 1], [[1, 1.0], [1, 0.0]], trials=[12, 10])),
        "small": gl.logit("low ~ age + lwt + C(race) + smoke", births),
        "weighted": gl.logit("low ~ age*smoke", births, weights="n"),
        "patterns": gl.logit("low ~ C(race) + smoke + ht", births.loc[births.index.repeat(90)].reset_index(drop=True)),
        "codes": gl.logit("y ~ C(g) + x", coded),
        "many": gl.logit(gl.design_arrays(many, x, intercept=True)),
        "single precision": gl.logit(gl.design_arrays(many[:2_000], x[:2_000].astype(np.float32), intercept=True)),
        "wide": gl.logit(gl.design_arrays(many[:700], wide * 0.1, intercept=True), start=np.zeros(271)),
        "firth": gl.firth("low ~ age + C(race) + smoke", births),
        "median": gl.median_bias_reduced("low ~ age + smoke", births),
        "flac": gl.flac("low ~ age + smoke", births),
    }
    assert {name: type(fits[name].design.matrix) for name in ("small", "patterns", "codes")} == {
        "small": Dense,
        "patterns": Repeated,
        "codes": Coded,
    }
    said = {name: [*fit.params, *fit.bse, fit.llf, fit.deviance] for name, fit in fits.items()}
    said["HC3"] = [*fits["small"].cov_params("HC3").to_numpy().ravel()]
    said["profile"] = [*fits["small"].confint(method="profile").to_numpy().ravel()]
    said["margins"] = [*fits["small"].margins()[["estimate", "std_error"]].to_numpy().ravel()]
    said["rows"] = [*fits["small"].augment()[["fitted", "hat", "std_resid"]].to_numpy().ravel()]
    return said


PROGRAM = """
import json, sys
sys.modules["glmlogit.numerics._rowpass"] = None
from test_without_extension import gl, numbers
print(json.dumps([gl.show_config().row_pass, numbers()]))
"""


def test_fits_where_the_extension_cannot_be_imported_say_the_same():
    """Sums are in another order: 1e-12 is far above their rounding in standard errors, here of condition up to 100."""
    folder = str(__file__).rpartition("/")[0]
    run = subprocess.run([sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, text=True, check=True)
    row_pass, theirs = json.loads(run.stdout)
    assert row_pass == "NumPy (the extension was not built)"
    ours = numbers()
    assert list(theirs) == list(ours)
    # ln(9·9 / (3·1)), and Woolf's error.
    assert theirs["table"][1] == pytest.approx(np.log(27.0), rel=1e-15)
    assert theirs["table"][3] == pytest.approx(np.sqrt(1 / 9 + 1 / 3 + 1 + 1 / 9), rel=1e-15)
    for name, values in ours.items():
        np.testing.assert_allclose(theirs[name], values, rtol=1e-11, atol=1e-12, err_msg=name)
    for name in ("table", "small", "weighted", "patterns"):  # refined to the last digit
        assert theirs[name][: len(ours[name]) // 2 - 1] == ours[name][: len(ours[name]) // 2 - 1]


@compiled
def test_the_extension_is_switched_off_at_any_time(monkeypatch):
    """Also for a fit that was made with it: nothing compiled is called any more."""
    births = gl.datasets.load("birthwt")
    fit = gl.logit("low ~ age + smoke", births)
    before = fit.surface.objective.evaluate(fit.params.to_numpy())
    monkeypatch.setattr(kernels, "COMPILED", False)
    monkeypatch.setattr(kernels, "_rowpass", object())
    after = fit.surface.objective.evaluate(fit.params.to_numpy())
    assert after.value == pytest.approx(before.value, rel=1e-14)
    again = gl.logit("low ~ age + smoke", births)
    np.testing.assert_array_equal(again.params, fit.params)  # both refined to the last digit
    assert len(numbers()) > 10


def test_the_configuration_tells_what_was_not_built_from_what_is_switched_off(monkeypatch):
    monkeypatch.setattr(kernels, "COMPILED", False)
    if kernels._rowpass is not None:
        assert gl.show_config().row_pass == "NumPy (the extension is switched off)"
    monkeypatch.setattr(kernels, "_rowpass", None)
    assert gl.show_config().row_pass == "NumPy (the extension was not built)"
    assert gl.show_config().instructions == "those of NumPy"
