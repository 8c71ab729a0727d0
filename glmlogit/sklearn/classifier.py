"""What all classifiers have in common: fitting with metadata of rows, probabilities, and classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from glmlogit.designs.container import Design
from glmlogit.designs.design import design
from glmlogit.designs.design_arrays import design_arrays
from glmlogit.designs.level_design import level_design
from glmlogit.errors import NotEstimableError
from glmlogit.estimators.fit import Fit
from glmlogit.messages.calls import to_install
from glmlogit.messages.values import first
from glmlogit.messages.words import plural
from glmlogit.numerics.kernels import log1pexp, tails
from glmlogit.sklearn.rows import ClassLabels, as_table, by_blocks, by_position, formula_of, outcome_of

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data
except ImportError as error:
    raise ImportError(f"glmlogit.sklearn needs scikit-learn. {to_install('scikit-learn', 'sklearn')}") from error


class Classifier(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """A classifier around an estimator of this package; subclasses say which, in ``_estimate``."""

    _several_classes: ClassVar[bool] = False
    formula: str | None
    fit_intercept: bool
    fit_: Fit

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = self._several_classes
        tags.input_tags.sparse = self.formula is None
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None, cluster: Any = None) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : table, array or sparse matrix of shape (n, p)
            Numbers; with ``formula`` any columns that it names.
        y : array of shape (n,)
            The classes; the second of two is the event.
        sample_weight : array of shape (n,), optional
            What each row counts: the meaning is that of ``weight_type``. Rows of weight 0 take no part.
        offset : array of shape (n,), optional
            Added to the log-odds with coefficient 1.
        cluster : array of shape (n,), or table of several, optional
            Groups of rows that depend on each other: errors of ``fit_`` are then cluster-robust.

        Returns
        -------
        self
        """
        if self.formula is None:
            X, target = validate_data(self, X, y, accept_sparse="csr", dtype="float64")
        else:
            validate_data(self, X, y, skip_check_array=True)
            X, target = as_table(X), column_or_1d(y, warn=True)
        check_classification_targets(target)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype="float64", ensure_non_negative=True)
        outcome = outcome_of(y, target, sample_weight, type(self).__name__, self._several_classes)
        sides = {"weights": sample_weight, "offset": offset, "cluster": cluster}
        self.fit_ = self._estimate(X, outcome, {n: by_position(side) for n, side in sides.items() if side is not None})
        self.classes_ = outcome.classes
        self._coefficients()
        return self

    @abstractmethod
    def _estimate(self, X: Any, outcome: ClassLabels, sides: dict[str, Any]) -> Fit:
        """The fit to the rows of X with their outcome, weights, offsets and clusters."""

    def _design(self, X: Any, outcome: ClassLabels, sides: dict[str, Any], **options: Any) -> Design:
        """The rows of an event, the second of two classes, from arrays or by the formula."""
        return self._rows(X, outcome, design, {**sides, "event": outcome.classes[1]}, options)

    def _level_design(self, X: Any, outcome: ClassLabels, sides: dict[str, Any], **options: Any) -> Design:
        """The rows of an outcome whose classes are levels."""
        if self.formula is None:
            options["levels"] = True
        return self._rows(X, outcome, level_design, sides, options)

    def _rows(
        self, X: Any, outcome: ClassLabels, build: Callable[..., Design], sides: dict[str, Any], options: Any
    ) -> Design:
        if self.formula is None:
            names = getattr(self, "feature_names_in_", None)
            target = outcome.series(outcome.name or "y")
            labels = None if names is None else [*names]
            return design_arrays(target, X, names=labels, intercept=self.fit_intercept, **sides, **options)
        name = outcome.named([*X.columns])
        table = X.assign(**{name: outcome.series(name)})
        formula = formula_of(f"{self.formula}{'' if self.fit_intercept else ' - 1'}", name)
        return build(formula, table, missing="raise", **sides, **options)

    def _coefficients(self) -> None:
        """``coef_`` (1, p) and ``intercept_`` (1,) of two classes, (k, p) and (k,) of several, from the fit."""
        params = self.fit_.params
        table = self._by_class(params) if params.index.nlevels > 1 else params.to_frame().T
        constant = table.columns == "Intercept"
        self.coef_ = table.loc[:, ~constant].to_numpy()
        self.intercept_ = table.loc[:, constant].to_numpy().ravel() if constant.any() else np.zeros(len(table))

    def _by_class(self, params: pd.Series[Any]) -> pd.DataFrame:
        """Coefficients, a row a class, 0 where it is the base; of two classes those of the second."""
        terms = params.index.unique(level=1)
        modelled = {label for label, _ in params.index}
        rows = [
            params[label][terms] if label in modelled else pd.Series(0.0, terms) for label in self.classes_.tolist()
        ]
        table = pd.DataFrame(rows)
        return table.diff().iloc[1:] if len(table) == 2 else table

    def _two_classes(self) -> bool:
        self._require_fit()
        return len(self.classes_) == 2

    def _require_fit(self) -> None:
        check_is_fitted(self)

    def _new_rows(self, X: Any) -> Any:
        """X as ``fit_.predict`` takes it."""
        self._require_fit()
        if self.formula is None:
            return validate_data(self, X, reset=False, accept_sparse="csr", dtype="float64")
        validate_data(self, X, reset=False, skip_check_array=True)
        return as_table(X)

    def decision_function(self, X: Any, offset: Any = None) -> Any:
        """Log-odds of the second of two classes; logarithms of the probabilities of several, whose softmax these are.

        Parameters
        ----------
        X : table, array or sparse matrix of shape (n, p)
            Rows with the columns of the fit.
        offset : number or array of shape (n,), optional
            Needed where the fit had one.

        Returns
        -------
        array of shape (n,) or (n, k)
            NaN where the data do not determine them.
        """

        def log_odds(rows: Any, shift: Any) -> Any:
            return np.asarray(self.fit_.predict(rows, kind="link", offset=shift)).ravel()

        if not self._two_classes():
            return self.predict_log_proba(X, offset)
        values = by_blocks(log_odds, self._new_rows(X), by_position(offset))
        return values if self.fit_.event == self.classes_[1] else -values

    def predict_proba(self, X: Any, offset: Any = None) -> Any:
        """Probabilities of the classes, each to full relative precision also where it is small.

        Parameters
        ----------
        X : table, array or sparse matrix of shape (n, p)
            Rows with the columns of the fit.
        offset : number or array of shape (n,), optional
            Needed where the fit had one.

        Returns
        -------
        array of shape (n, k)
            In the order of ``classes_``; those of ``fit_.predict``. NaN where separated data do not determine them.
        """

        def chances(rows: Any, shift: Any) -> Any:
            return np.asarray(self.fit_.predict(rows, offset=shift))

        if not self._two_classes():
            return by_blocks(chances, self._new_rows(X), by_position(offset))
        event, rest = tails(self.decision_function(X, offset))
        return np.column_stack([rest, event])

    def predict_log_proba(self, X: Any, offset: Any = None) -> Any:
        """Logarithms of the probabilities, of two classes exact also where these underflow.

        Parameters
        ----------
        X : table, array or sparse matrix of shape (n, p)
            Rows with the columns of the fit.
        offset : number or array of shape (n,), optional
            Needed where the fit had one.

        Returns
        -------
        array of shape (n, k)
        """
        if not self._two_classes():
            with np.errstate(divide="ignore"):
                return np.log(self.predict_proba(X, offset))
        eta = self.decision_function(X, offset)
        return np.column_stack([-log1pexp(eta), -log1pexp(-eta)])

    def predict(self, X: Any, offset: Any = None) -> Any:
        """The more probable class; costs belong into a threshold of their own (:func:`glmlogit.thresholds`).

        Parameters
        ----------
        X : table, array or sparse matrix of shape (n, p)
            Rows with the columns of the fit.
        offset : number or array of shape (n,), optional
            Needed where the fit had one.

        Returns
        -------
        array of shape (n,)

        Raises
        ------
        NotEstimableError
            Where a probability is undetermined: separated data do not say on which side such rows are.
        """
        chances = self.predict_proba(X, offset)
        undetermined = np.isnan(chances).any(axis=1)
        if undetermined.any():
            raise NotEstimableError(
                f"the class of {plural(int(undetermined.sum()), 'row')} ({first(np.flatnonzero(undetermined))}) is not "
                "determined: the fit is separated or has aliased columns, and its data do not say on which side such "
                "rows are (fit_.separation() lists the coefficients). FirthClassifier and ElasticNetClassifier have "
                "finite estimates; predict_proba is NaN in these rows"
            )
        return self.classes_[np.argmax(chances, axis=1)]

    def score(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None) -> float:
        """Accuracy, the share of rows whose class is predicted; it says nothing of the probabilities.

        Parameters
        ----------
        X : table, array or sparse matrix of shape (n, p)
            Rows with the columns of the fit.
        y : array of shape (n,)
            Their classes.
        sample_weight : array of shape (n,), optional
            What each row counts.
        offset : number or array of shape (n,), optional
            Needed where the fit had one.

        Returns
        -------
        float
        """
        return float(np.average(self.predict(X, offset) == np.asarray(y), weights=sample_weight))
