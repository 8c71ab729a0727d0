"""A fit as a file that holds no row and no code: JSON, exact to the last bit."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from glmlogit.documents import saving
from glmlogit.estimate.estimate import Estimate
from glmlogit.estimate.parts import parts_of
from glmlogit.exports.codec import encoded
from glmlogit.exports.without_rows import saved_of

__all__ = ["FORMAT", "VERSION", "digest_of", "save"]

FORMAT, VERSION = "glmlogit fit", 1


def save(fit: Estimate, path: str | os.PathLike[str]) -> Path:
    """Save a fit to a file, without its rows; :func:`load` makes it a fit again.

    Parameters
    ----------
    fit : Fit
        Of any estimator.
    path : str or Path
        Of the file, as a rule ``.json``. It is written whole or not at all.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    UnsupportedError
        For a formula with functions of the user's, which are code, or levels that are neither text nor number
        nor truth value.

    Notes
    -----
    The file is JSON of version 1: coefficients, covariance, likelihood numbers, the recipe of the columns (levels,
    knots, means), tests and limits of the summary, notes; numbers to the last bit, and a checksum. It holds no row of
    the data, but what a summary shows of them: levels, counts, the range of variables in splines. What the loaded fit
    can do is said at `without_rows`. *Matches* the fit to the last bit. *Differs* from R's ``saveRDS``, and from
    pickle, which holds the rows and can execute code.

    Examples
    --------
    >>> import tempfile
    >>> fit = gl.logit("low ~ age + rcs(lwt, 3)", gl.datasets.birthwt())
    >>> file = f"{tempfile.mkdtemp()}/births.json"
    >>> fit.save(file).name
    'births.json'
    >>> gl.load(file).params.equals(fit.params)
    True
    """
    import glmlogit

    parts = encoded(parts_of(fit, saved_of(fit)))
    head = {"format": FORMAT, "version": VERSION, "glmlogit": glmlogit.__version__, "sha256": digest_of(parts)}
    text = json.dumps(head | {"fit": parts}, allow_nan=False, indent=1)
    saving.save_text(Path(path), f"{text}\n")
    return Path(path)


def digest_of(parts: Any) -> str:
    """Checksum of what a file holds."""
    text = json.dumps(parts, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
