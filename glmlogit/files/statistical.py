"""Files of Stata, SPSS and SAS, with the labels of variables and of values that they hold."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from glmlogit.files.delimited import Loaded
from glmlogit.files.remarks import Remark
from glmlogit.messages.calls import to_install
from glmlogit.messages.words import listed

__all__ = ["read_sas", "read_spss", "read_stata"]

ValueLabels = Mapping[str, Mapping[Any, str]]


def read_stata(path: Any) -> Loaded:
    """A ``.dta`` by pandas: codes as they are, their labels beside; extended missing values (.a to .z) are missing."""
    with pd.read_stata(path, iterator=True, convert_categoricals=False) as reader:
        labels = reader.variable_labels()
    data = pd.read_stata(path, convert_categoricals=False)
    try:
        named = pd.read_stata(path, convert_categoricals=True, order_categoricals=False)
    except ValueError:  # labels of which two are the same word: which code each stands for is not named by them
        named = data
    value_labels = {name: pairs for name in data.columns if (pairs := _pairs(data[name], named[name]))}
    return _labelled(data, labels, value_labels)


def _pairs(codes: pd.Series[Any], named: pd.Series[Any]) -> dict[Any, str]:
    """Which code has which label, among those that occur."""
    if not isinstance(named.dtype, pd.CategoricalDtype) or isinstance(codes.dtype, pd.CategoricalDtype):
        return {}
    pairs = pd.DataFrame({"code": codes, "label": named.astype(object)}).dropna().drop_duplicates()
    return {
        _plain(code): str(label) for code, label in zip(pairs["code"], pairs["label"], strict=True) if code != label
    }


def read_spss(path: Any) -> Loaded:
    """A ``.sav`` or ``.zsav`` by pyreadstat; values that SPSS's user called missing are missing."""
    data, meta = _pyreadstat("SPSS").read_sav(str(path), apply_value_formats=False)
    return _of_meta(data, meta)


def read_sas(path: Any) -> Loaded:
    """A ``.sas7bdat`` by pyreadstat where it is installed, which knows labels; else by pandas, without them."""
    try:
        pyreadstat = import_module("pyreadstat")
    except ImportError:
        data = pd.read_sas(path, format="sas7bdat", encoding="infer")
        without = f"labels of variables were not read: that needs pyreadstat. {to_install('pyreadstat', 'stata')}"
        return Loaded(data, (Remark("odd", without),))
    return _of_meta(*pyreadstat.read_sas7bdat(str(path)))


def _pyreadstat(program: str) -> Any:
    try:
        return import_module("pyreadstat")
    except ImportError as error:
        raise ImportError(
            f"reading a file of {program} needs pyreadstat, which is not installed. {to_install('pyreadstat', 'stata')}"
        ) from error


def _of_meta(data: pd.DataFrame, meta: Any) -> Loaded:
    value_labels = {
        name: {_plain(value): str(label) for value, label in pairs.items()}
        for name, pairs in meta.variable_value_labels.items()
    }
    return _labelled(data, meta.column_names_to_labels, value_labels)


def _labelled(data: pd.DataFrame, labels: Mapping[str, str | None], value_labels: ValueLabels) -> Loaded:
    data = data.assign(**{name: _as_integers(data[name]) for name in data.columns})
    named = {name: text for name, text in labels.items() if text and text != name}
    kinds = sorted(name for name, pairs in value_labels.items() if len(pairs) > 2 and _all_labelled(data[name], pairs))
    remarks = [Remark("done", f"labels of {len(named)} variables, and of the values of {len(value_labels)}")]
    remarks += [
        Remark("odd", f"codes with labels ({_shown(value_labels[name])}): C({name}) makes categories of them", name)
        for name in kinds
    ]
    return Loaded(data, tuple(remarks if named or value_labels else remarks[1:]), named, value_labels)


def _shown(pairs: Mapping[Any, str]) -> str:
    return listed([f"{value} {label}" for value, label in pairs.items()], 3, str, ", …")


def _all_labelled(column: pd.Series[Any], pairs: Mapping[Any, str]) -> bool:
    return bool(column.dropna().isin(list(pairs)).all())


def _as_integers(column: pd.Series[Any]) -> pd.Series[Any]:
    """Whole numbers that these programs hold as floats, and empty texts, which are their missing ones."""
    if column.dtype.kind == "f":
        values = column.to_numpy()
        present = values[~np.isnan(values)]
        if len(present) and np.all(np.isfinite(present)) and np.all(present % 1 == 0) and np.abs(present).max() < 2**53:
            return column.astype("Int64") if len(present) < len(values) else column.astype(np.int64)
    return column.replace("", None) if column.dtype in (object, "str") else column


def _plain(value: Any) -> Any:
    """A value as Python's own: labels are looked up by it, and written to files with the table."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value
