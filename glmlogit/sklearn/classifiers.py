"""Classifiers of scikit-learn around the estimators of this package; their fits are in ``fit_``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from glmlogit.designs.container import WeightType
from glmlogit.estimators.elastic_net import elastic_net
from glmlogit.estimators.firth import firth
from glmlogit.estimators.fit import Fit
from glmlogit.estimators.logit import logit
from glmlogit.estimators.multinomial import multinomial
from glmlogit.estimators.penalised import Factors, Limits
from glmlogit.fitting.control import Control
from glmlogit.sklearn.classifier import Classifier
from glmlogit.sklearn.rows import ClassLabels


class LogisticClassifier(Classifier):
    """Maximum likelihood, :func:`glmlogit.logit`: no penalty, as scikit-learn's ``LogisticRegression(C=np.inf)``.

    Parameters
    ----------
    formula : str, optional
        Right side of a formula, ``"age + C(race)"``; X is then a table with these columns, factors as they are.
    fit_intercept : bool
        Whether there is a constant, which is never penalised.
    class_weight : {"balanced"} or mapping of class to number, optional
        What rows of a class weigh in the likelihood. Probabilities are then those of another population.
    weight_type : {"frequency", "sampling", "precision"}
        What ``sample_weight`` is: how often a row was observed, an inverse probability, a precision.
    control : Control, optional
        Limits of the iteration.

    Attributes
    ----------
    fit_ : Fit
        The fit with all that it says: ``fit_.summary()``, ``fit_.odds_ratios()``, ``fit_.separation()``.
    classes_ : array of shape (2,)
        The classes, sorted; the second is the event.
    coef_, intercept_ : arrays of shape (1, p) and (1,)
        Coefficients, ±inf under separation, NaN of aliased columns.
    n_features_in_, feature_names_in_ : int, array of str
        Columns of X.

    Notes
    -----
    *Matches* scikit-learn's ``LogisticRegression(C=np.inf)`` at convergence. *Differs*: the maximum is reached to
    rounding, and separation is proved and warned of (``SeparationWarning``); scikit-learn's default penalises (C = 1).

    Examples
    --------
    >>> from glmlogit.sklearn import LogisticClassifier
    >>> births = gl.datasets.birthwt()
    >>> model = LogisticClassifier().fit(births[["age", "smoke"]], births["low"])
    >>> model.predict_proba(births[["age", "smoke"]].head(2)).round(3)
    array([[0.708, 0.292],
           [0.829, 0.171]])
    >>> model.fit_.odds_ratios().loc["smoke", "odds_ratio"].round(3)
    np.float64(1.997)
    """

    def __init__(
        self,
        formula: str | None = None,
        *,
        fit_intercept: bool = True,
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
        weight_type: WeightType = "frequency",
        control: Control | None = None,
    ) -> None:
        self.formula = formula
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.weight_type = weight_type
        self.control = control

    def _estimate(self, X: Any, outcome: ClassLabels, sides: dict[str, Any]) -> Fit:
        options = {"weight_type": self.weight_type, "class_weight": self.class_weight}
        return logit(self._design(X, outcome, sides, **options), control=self.control)


class FirthClassifier(Classifier):
    """Firth's bias-reduced likelihood, :func:`glmlogit.firth`: finite under separation, for rare events.

    Parameters
    ----------
    formula : str, optional
        Right side of a formula, ``"age + C(race)"``; X is then a table with these columns, factors as they are.
    fit_intercept : bool
        Whether there is a constant.
    power : float
        Power of Jeffreys' prior, ½ is Firth's.
    weight_type : {"frequency", "sampling", "precision"}
        What ``sample_weight`` is: how often a row was observed, an inverse probability, a precision.
    control : Control, optional
        Limits of the iteration.

    Attributes
    ----------
    fit_ : Fit
        The fit with all that it says.
    classes_ : array of shape (k,)
        The classes, sorted; the second of two is the event.
    coef_, intercept_ : arrays of shape (k, p) and (k,)
        Coefficients against the first class, whose row is 0; with two classes (1, p) and (1,), of the second.
    n_features_in_, feature_names_in_ : int, array of str
        Columns of X.

    Notes
    -----
    Predicted probabilities are drawn towards one half: with rare events their mean exceeds the share of events
    (:func:`glmlogit.flic` mends that). *Matches* R's ``logistf`` and ``brglm2``.

    Examples
    --------
    >>> from glmlogit.sklearn import FirthClassifier
    >>> births = gl.datasets.birthwt()
    >>> FirthClassifier("age + C(race)").fit(births, births["low"]).coef_.round(3)
    array([[-0.038,  0.741,  0.56 ]])
    """

    _several_classes: ClassVar[bool] = True

    def __init__(
        self,
        formula: str | None = None,
        *,
        fit_intercept: bool = True,
        power: float = 0.5,
        weight_type: WeightType = "frequency",
        control: Control | None = None,
    ) -> None:
        self.formula = formula
        self.fit_intercept = fit_intercept
        self.power = power
        self.weight_type = weight_type
        self.control = control

    def _estimate(self, X: Any, outcome: ClassLabels, sides: dict[str, Any]) -> Fit:
        rows_of = self._design if len(outcome.classes) == 2 else self._level_design
        rows = rows_of(X, outcome, sides, weight_type=self.weight_type)
        return firth(rows, power=self.power, control=self.control)


class ElasticNetClassifier(Classifier):
    """Lasso, ridge and elastic net, :func:`glmlogit.elastic_net`, by scikit-learn's C or glmnet's λ.

    Parameters
    ----------
    formula : str, optional
        Right side of a formula, ``"age + C(race)"``; X is then a table with these columns, factors as they are.
    fit_intercept : bool
        Whether there is a constant, which is never penalised.
    C : float, optional
        scikit-learn's inverse penalty: λ = 1/(C Σ weights). 1 where ``penalty`` is not given either.
    penalty : float, optional
        λ on glmnet's scale, instead of ``C``.
    l1_ratio : float
        Share of the lasso: 1 is the lasso, 0 ridge.
    standardize : bool or "numeric", optional
        Penalise columns in units of their standard deviation. Default: with ``penalty`` yes, with ``C`` no, as glmnet
        and scikit-learn do.
    penalty_factor : mapping of term to number, or sequence, optional
        Factors of λ; 0 leaves a coefficient unpenalised.
    lower, upper : float or mapping of term to float, optional
        Limits of the coefficients.
    grouped : bool
        Of several classes: penalise the norm of a column's coefficients, which are then all 0 or none.
    class_weight : {"balanced"} or mapping of class to number, optional
        What rows of a class weigh in the likelihood. Probabilities are then those of another population.
    weight_type : {"frequency", "sampling", "precision"}
        What ``sample_weight`` is: how often a row was observed, an inverse probability, a precision.
    control : Control, optional
        Limits of the iteration.

    Attributes
    ----------
    fit_ : Fit
        The fit; ``fit_.gap`` and ``fit_.kkt`` prove the maximum.
    classes_ : array of shape (k,)
        The classes, sorted; the second of two is the event.
    coef_, intercept_ : arrays of shape (k, p) and (k,)
        Coefficients, of two classes (1, p) and (1,); those left out are exactly 0.
    n_features_in_, feature_names_in_ : int, array of str
        Columns of X.

    Notes
    -----
    *Matches* ``LogisticRegression(C=…, l1_ratio=…, solver="saga")`` at convergence, and ``glmnet``, of several classes
    too: every class has coefficients. *Differs*: the intercept is never penalised, where scikit-learn's ``liblinear``
    does so.

    Examples
    --------
    >>> from glmlogit.sklearn import ElasticNetClassifier
    >>> births = gl.datasets.birthwt()
    >>> X = births[["age", "lwt", "smoke"]]
    >>> ElasticNetClassifier(penalty=0.03, l1_ratio=1.0).fit(X, births["low"]).coef_.round(3)
    array([[-0.014, -0.007,  0.398]])
    """

    _several_classes: ClassVar[bool] = True

    def __init__(
        self,
        formula: str | None = None,
        *,
        fit_intercept: bool = True,
        C: float | None = None,
        penalty: float | None = None,
        l1_ratio: float = 0.5,
        standardize: bool | Literal["numeric"] | None = None,
        penalty_factor: Factors = None,
        lower: Limits = None,
        upper: Limits = None,
        grouped: bool = False,
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
        weight_type: WeightType = "frequency",
        control: Control | None = None,
    ) -> None:
        self.formula = formula
        self.fit_intercept = fit_intercept
        self.C = C
        self.penalty = penalty
        self.l1_ratio = l1_ratio
        self.standardize = standardize
        self.penalty_factor = penalty_factor
        self.lower = lower
        self.upper = upper
        self.grouped = grouped
        self.class_weight = class_weight
        self.weight_type = weight_type
        self.control = control

    def _estimate(self, X: Any, outcome: ClassLabels, sides: dict[str, Any]) -> Fit:
        by_class: dict[str, Any] = {} if self.class_weight is None else {"class_weight": self.class_weight}
        if len(outcome.classes) == 2:
            rows, by_class = self._design(X, outcome, sides, weight_type=self.weight_type, **by_class), {}
        else:
            rows = self._level_design(X, outcome, sides, weight_type=self.weight_type)
        return elastic_net(
            rows,
            **by_class,
            C=1.0 if self.C is None and self.penalty is None else self.C,
            penalty=self.penalty,
            l1_ratio=self.l1_ratio,
            standardize=self.standardize,
            penalty_factor=self.penalty_factor,
            lower=self.lower,
            upper=self.upper,
            grouped=self.grouped,
            control=self.control,
        )


class MultinomialClassifier(Classifier):
    """Two or more classes by maximum likelihood, :func:`glmlogit.multinomial`.

    Parameters
    ----------
    formula : str, optional
        Right side of a formula, ``"age + C(race)"``; X is then a table with these columns, factors as they are.
    fit_intercept : bool
        Whether there is a constant.
    base : class, optional
        The class that others are compared with, in ``fit_``; probabilities do not depend on it. The first by default.
    weight_type : {"frequency", "sampling", "precision"}
        What ``sample_weight`` is: how often a row was observed, an inverse probability, a precision.
    control : Control, optional
        Limits of the iteration.

    Attributes
    ----------
    fit_ : Fit
        The fit; its tables have rows for each class against the base.
    classes_ : array of shape (k,)
        The classes, sorted.
    coef_, intercept_ : arrays of shape (k, p) and (k,)
        Coefficients against the base, whose row is 0; with two classes (1, p) and (1,), of the second.
    n_features_in_, feature_names_in_ : int, array of str
        Columns of X.

    Notes
    -----
    *Matches* the probabilities of ``LogisticRegression(C=np.inf)`` at convergence; its coefficients are other ones,
    with the same differences between classes.

    Examples
    --------
    >>> from glmlogit.sklearn import MultinomialClassifier
    >>> births = gl.datasets.birthwt()
    >>> model = MultinomialClassifier().fit(births[["age", "smoke"]], births["race"])
    >>> model.predict_proba(births[["age", "smoke"]].head(1)).round(3), model.classes_
    (array([[0.173, 0.541, 0.286]]), array(['black', 'other', 'white'], dtype=object))
    """

    _several_classes: ClassVar[bool] = True

    def __init__(
        self,
        formula: str | None = None,
        *,
        fit_intercept: bool = True,
        base: Any = None,
        weight_type: WeightType = "frequency",
        control: Control | None = None,
    ) -> None:
        self.formula = formula
        self.fit_intercept = fit_intercept
        self.base = base
        self.weight_type = weight_type
        self.control = control

    def _estimate(self, X: Any, outcome: ClassLabels, sides: dict[str, Any]) -> Fit:
        rows = self._level_design(X, outcome, sides, base=self.base, weight_type=self.weight_type)
        return multinomial(rows, control=self.control)
