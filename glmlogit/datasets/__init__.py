"""Real epidemiological data, embedded in the package.

Each set has a function of its own (:func:`birthwt`, :func:`esoph`, ...), whose docstring is the codebook;
:func:`load` takes the name as a string, :func:`names` lists them and :func:`describe` returns a codebook.
Every call reads the file anew, so a frame may be changed freely.

The values are facts reported in the publications named. They were exported from R's copies by
``tests/reference/export_data.R``; no code or text of the R packages is included.
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

import pandas as pd

from glmlogit.errors import DataError

__all__ = [
    "birthwt",
    "cbpp",
    "describe",
    "endometrial",
    "esoph",
    "infert",
    "lizards",
    "load",
    "names",
    "urine",
]

# The order of a factor's levels, which a CSV cannot hold; the first is the reference.
_LEVELS: dict[str, dict[str, tuple[str, ...]]] = {
    "birthwt": {"race": ("white", "black", "other")},
    "cbpp": {"herd": tuple(str(herd) for herd in range(1, 16)), "period": ("1", "2", "3", "4")},
    "endometrial": {},
    "esoph": {
        "agegp": ("25-34", "35-44", "45-54", "55-64", "65-74", "75+"),
        "alcgp": ("0-39g/day", "40-79", "80-119", "120+"),
        "tobgp": ("0-9g/day", "10-19", "20-29", "30+"),
    },
    "infert": {"education": ("0-5yrs", "6-11yrs", "12+ yrs")},
    "lizards": {
        "height": ("<5ft", ">=5ft"),
        "diameter": ("<=2in", ">2in"),
        "light": ("sunny", "shady"),
        "time": ("early", "midday", "late"),
    },
    "urine": {},
}

# Sets whose factors are ordered in the sense of pandas: comparisons such as ``agegp >= "45-54"`` work.
_ORDERED = frozenset({"esoph"})


def names() -> list[str]:
    """Return the names of the embedded data sets.

    Returns
    -------
    list of str
        Sorted; each is a name for :func:`load` and a function of this module.
    """
    return sorted(_LEVELS)


def load(name: str) -> pd.DataFrame:
    """Read an embedded data set.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    pandas.DataFrame
        A fresh frame; factors are categorical with the reference level first.

    Raises
    ------
    DataError
        If there is no such set; the message lists those there are.
    """
    _check(name)
    ordered = name in _ORDERED
    dtypes = {column: pd.CategoricalDtype(list(levels), ordered=ordered) for column, levels in _LEVELS[name].items()}
    with _file(name, "csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=dtypes, keep_default_na=False, na_values=[""])


def describe(name: str) -> str:
    """Return the codebook of a data set: study, source, columns with units and codes.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    str
        The text of the set's docstring; it is kept in a file, so ``python -OO`` has it too.

    Raises
    ------
    DataError
        If there is no such set; the message lists those there are.
    """
    _check(name)
    return _file(name, "md").read_text(encoding="utf-8").rstrip("\n")


def _check(name: str) -> None:
    if name not in _LEVELS:
        raise DataError(f"There is no data set {name!r}. Type one of: {', '.join(names())}.")


def _file(name: str, extension: str) -> Traversable:
    return resources.files(__name__).joinpath(f"{name}.{extension}")


def birthwt() -> pd.DataFrame:
    """Risk factors of low birth weight: 189 births, Springfield, Massachusetts, 1986.

    Returns
    -------
    pandas.DataFrame
        189 rows, one a birth at Baystate Medical Center; 10 columns, none with missing values.

    Notes
    -----
    - ``low``: birth weight below 2500 g (1 yes, 0 no); the outcome, 59 events
    - ``age``: age of the mother, years
    - ``lwt``: weight of the mother at the last menstrual period, pounds
    - ``race``: race of the mother (white, black, other)
    - ``smoke``: smoked during pregnancy (1 yes, 0 no)
    - ``ptl``: earlier premature labours, count
    - ``ht``: history of hypertension (1 yes, 0 no)
    - ``ui``: uterine irritability (1 yes, 0 no)
    - ``ftv``: visits to a physician in the first trimester, count
    - ``bwt``: birth weight, grams; defines ``low``, so never a covariate for it

    Source: Hosmer DW, Lemeshow S (1989). *Applied Logistic Regression*. Wiley, New York.

    Origin: R 4.2.2, MASS 7.3-58.2 (distributed under GPL-2 or GPL-3), ``birthwt``, with ``race`` spelled out.
    The ``lbw`` file that Stata's manual uses for the same study differs in five values, so the coefficients
    printed there are near these but not equal.

    Examples
    --------
    >>> from glmlogit import datasets
    >>> formula = "low ~ age + lwt + C(race) + smoke + ptl + ht + ui"
    >>> int(datasets.birthwt()["low"].sum())
    59
    """
    return load("birthwt")


def cbpp() -> pd.DataFrame:
    """Contagious bovine pleuropneumonia: new cases in 15 Ethiopian zebu herds, grouped by quarter.

    Returns
    -------
    pandas.DataFrame
        56 rows, one a herd and period; 4 columns. Four herd-periods were lost to follow-up and have no row.

    Notes
    -----
    - ``herd``: herd (1 to 15); the cluster
    - ``incidence``: new serological cases in the period, count; the events
    - ``size``: animals in the herd at the start of the period, count; the trials
    - ``period``: quarter of the follow-up (1, 2, 3, 4)

    Source: Lesnoff M, Laval G, Bonnet P, et al. (2004). Within-herd spread of contagious bovine
    pleuropneumonia in Ethiopian highlands. *Preventive Veterinary Medicine* 64, 27-40.

    Origin: R 4.2.2, lme4 1.1-31 (distributed under GPL-2 or later), ``cbpp``.

    Examples
    --------
    >>> from glmlogit import datasets
    >>> formula = "cbind(incidence, size - incidence) ~ period"
    >>> datasets.cbpp()[["incidence", "size"]].sum().tolist()
    [99, 842]
    """
    return load("cbpp")


def endometrial() -> pd.DataFrame:
    """Histological grade of endometrial cancer: 79 patients, with a covariate that separates.

    Returns
    -------
    pandas.DataFrame
        79 rows, one a patient of the Medical University of Vienna; 4 columns, none with missing values.

    Notes
    -----
    - ``NV``: neovascularisation (1 present, 0 absent); all 13 patients with it have ``HG`` 1
    - ``PI``: pulsatility index of the uterine artery
    - ``EH``: height of the endometrium
    - ``HG``: histological grade (1 high, 0 low); the outcome, 30 events

    The maximum likelihood estimate of ``NV`` is infinite: the usual example for Firth's penalty.

    Source: Heinze G, Schemper M (2002). A solution to the problem of separation in logistic regression.
    *Statistics in Medicine* 21, 2409-2419. Data of E Asseryanis, Vienna.

    Origin: R 4.2.2, brglm2 0.9 (distributed under GPL-3), ``endometrial``; there from the data sets of
    Agresti A (2015). *Foundations of Linear and Generalized Linear Models*. Wiley.

    Examples
    --------
    >>> from glmlogit import datasets
    >>> formula = "HG ~ NV + PI + EH"
    >>> datasets.endometrial().groupby("NV")["HG"].mean().round(3).tolist()
    [0.258, 1.0]
    """
    return load("endometrial")


def esoph() -> pd.DataFrame:
    """Oesophageal cancer, alcohol and tobacco: the case-control study of Ille-et-Vilaine, grouped.

    Returns
    -------
    pandas.DataFrame
        88 rows, one a combination of age, alcohol and tobacco that was seen; 5 columns, none with missing
        values. The three groups are ordered categories.

    Notes
    -----
    - ``agegp``: age group, years (25-34, 35-44, 45-54, 55-64, 65-74, 75+)
    - ``alcgp``: alcohol, grams a day (0-39g/day, 40-79, 80-119, 120+)
    - ``tobgp``: tobacco, grams a day (0-9g/day, 10-19, 20-29, 30+)
    - ``ncases``: cases of oesophageal cancer, count; 200 in all
    - ``ncontrols``: controls, count; 775 in all

    R gives ordered factors polynomial contrasts; here they are compared with the first group.
    In old versions of R (before 4.1.0 by its NEWS file) ``ncontrols`` held cases plus controls, 975 in all.

    Source: Tuyns AJ, Pequignot G, Jensen OM (1977). Le cancer de l'oesophage en Ille-et-Vilaine en fonction
    des niveaux de consommation d'alcool et de tabac. *Bulletin du Cancer* 64, 45-60. Tabulated in Breslow NE,
    Day NE (1980). *Statistical Methods in Cancer Research*, vol. 1: *The Analysis of Case-Control Studies*.
    IARC, Lyon.

    Origin: R 4.2.2, datasets (part of R, distributed under GPL-2 or GPL-3), ``esoph``.

    Examples
    --------
    >>> from glmlogit import datasets
    >>> formula = "cbind(ncases, ncontrols) ~ agegp + alcgp + tobgp"
    >>> datasets.esoph()[["ncases", "ncontrols"]].sum().tolist()
    [200, 775]
    """
    return load("esoph")


def infert() -> pd.DataFrame:
    """Secondary infertility after abortion: a matched case-control study, 83 sets.

    Returns
    -------
    pandas.DataFrame
        248 rows, one a woman; 8 columns, none with missing values. Each set has a case and two controls of
        the same age, parity and education; set 74 has one control.

    Notes
    -----
    - ``education``: schooling (0-5yrs, 6-11yrs, 12+ yrs); a matching variable
    - ``age``: age of the case, years; a matching variable
    - ``parity``: births, count; a matching variable
    - ``induced``: earlier induced abortions (0, 1, 2 for two or more)
    - ``case``: secondary infertility (1 case, 0 control); the outcome, 83 cases
    - ``spontaneous``: earlier spontaneous abortions (0, 1, 2 for two or more)
    - ``stratum``: the matched set (1 to 83)
    - ``pooled_stratum``: sets with equal matching variables pooled (1 to 63)

    The design asks for the conditional likelihood; the unconditional one with the matching variables as
    covariates is only an approximation.

    Source: Trichopoulos D, Handanos N, Danezis J, Kalandidi A, Kalapothaki V (1976). Induced abortion and
    secondary infertility. *British Journal of Obstetrics and Gynaecology* 83, 645-650.

    Origin: R 4.2.2, datasets (part of R, distributed under GPL-2 or GPL-3), ``infert``, with
    ``pooled.stratum`` renamed.

    Examples
    --------
    >>> from glmlogit import datasets
    >>> formula = "case ~ spontaneous + induced"
    >>> datasets.infert()["case"].value_counts().tolist()
    [165, 83]
    """
    return load("infert")


def lizards() -> pd.DataFrame:
    """Perches of two lizard species on Jamaica: a small grouped table of four factors.

    Returns
    -------
    pandas.DataFrame
        23 rows, one a kind of perch and time of day; 6 columns. No lizard was seen in the 24th combination.

    Notes
    -----
    - ``grahami``: *Anolis grahami* seen, count; 431 in all
    - ``opalinus``: *Anolis opalinus* seen, count; 133 in all
    - ``height``: height of the perch, feet (<5ft, >=5ft)
    - ``diameter``: diameter of the perch, inches (<=2in, >2in)
    - ``light``: light at the perch (sunny, shady)
    - ``time``: time of day (early, midday, late)

    Source: Schoener TW (1970). Nonsynchronous spatial overlap of lizards in patchy habitats. *Ecology* 51,
    408-418. Analysed in McCullagh P, Nelder JA (1989). *Generalized Linear Models*, 2nd ed. Chapman and Hall.

    Origin: R 4.2.2, brglm2 0.9 (distributed under GPL-3), ``lizards``.

    Examples
    --------
    >>> from glmlogit import datasets
    >>> formula = "cbind(grahami, opalinus) ~ height + diameter + light + time"
    >>> datasets.lizards()[["grahami", "opalinus"]].sum().tolist()
    [431, 133]
    """
    return load("lizards")


def urine() -> pd.DataFrame:
    """Calcium oxalate crystals in urine: 79 specimens, two of them incomplete.

    Returns
    -------
    pandas.DataFrame
        79 rows, one a specimen; 7 columns. ``osmo`` and ``cond`` have one missing value each.

    Notes
    -----
    - ``r``: crystals present (1 yes, 0 no); the outcome, 34 events, 33 among the 77 complete specimens
    - ``gravity``: specific gravity relative to water
    - ``ph``: pH
    - ``osmo``: osmolarity, mOsm
    - ``cond``: conductivity, mMho
    - ``urea``: urea, mmol per litre
    - ``calc``: calcium, mmol per litre

    The covariates are strongly correlated and ``gravity`` hardly varies: an ill-conditioned problem as given.

    Source: Andrews DF, Herzberg AM (1985). *Data: A Collection of Problems from Many Fields for the Student
    and Research Worker*. Springer, New York.

    Origin: R 4.2.2, boot 1.3-28.1 (distributed without restriction), ``urine``.

    Examples
    --------
    >>> from glmlogit import datasets
    >>> formula = "r ~ gravity + ph + osmo + cond + urea + calc"
    >>> int(datasets.urine().isna().sum().sum())
    2
    """
    return load("urine")
