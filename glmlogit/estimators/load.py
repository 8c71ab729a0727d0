"""A saved fit, as a fit again."""

from __future__ import annotations

import json
import os
from typing import Any

from glmlogit.errors import DataError
from glmlogit.estimate.parts import PARTS, assembled
from glmlogit.estimators.fit import Fit
from glmlogit.exports.codec import decoded
from glmlogit.exports.save import FORMAT, VERSION, digest_of

__all__ = ["load"]


def load(path: str | os.PathLike[str]) -> Fit:
    """A fit that was saved.

    Parameters
    ----------
    path : str or Path
        Of a file that ``fit.save`` wrote.

    Returns
    -------
    Fit
        Without rows (`without_rows`): its tables, Wald tests, and predictions for data that are given are those of the
        fit that was saved, to the last bit; what needs the rows says so.

    Raises
    ------
    DataError
        For a file that is absent, none of these, of a newer version, or damaged (its checksum is wrong).

    Notes
    -----
    The file is read as JSON, and its values become fields of a list of classes; nothing in it can be executed. Formulas
    pass the same gate as those typed. *Matches* the fit that was saved to the last bit. *Differs* from R's ``readRDS``
    and from pickle, which run what the file says.

    Examples
    --------
    >>> import tempfile
    >>> file = f"{tempfile.mkdtemp()}/births.json"
    >>> _ = gl.firth("HG ~ NV + PI + EH", gl.datasets.endometrial()).save(file)
    >>> gl.load(file).odds_ratios().loc["NV", ["odds_ratio", "conf_low"]].round(2).tolist()
    [18.71, 1.84]
    """
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{str(path)!r} is no saved fit: it is no JSON; fit.save(path) writes one") from error
    return _of_document(document, repr(str(path)))


def _of_document(document: Any, what: str) -> Fit:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DataError(f"{what} is no saved fit; fit.save(path) writes one")
    version = document.get("version")
    if version != VERSION:
        raise DataError(
            f"{what} is of version {str(version)[:20]}, written by glmlogit {str(document.get('glmlogit'))[:20]}; this "
            f"one reads version {VERSION}. Upgrade glmlogit, or save the fit again with this one"
        )
    parts = document.get("fit")
    try:
        intact = digest_of(parts) == document.get("sha256")
        if not intact:
            raise DataError(
                f"{what} was changed or damaged after it was saved: its checksum is wrong. Save the fit again"
            )
        values = decoded(parts)
        if not isinstance(values, dict) or set(values) != set(PARTS):
            raise DataError(f"{what} does not hold the parts of a fit")
        return assembled(values, Fit)
    except DataError:
        raise
    except Exception as error:  # whatever a file that was made up makes of it
        raise DataError(f"{what} does not hold a fit: {type(error).__name__}") from error
