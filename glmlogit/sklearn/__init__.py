"""How do these estimators look to scikit-learn: classifiers for pipelines, searches and cross-validation?

scikit-learn is optional; ``import glmlogit`` does not import it, ``import glmlogit.sklearn`` does.
"""

from glmlogit.sklearn.classifiers import (
    ElasticNetClassifier,
    FirthClassifier,
    LogisticClassifier,
    MultinomialClassifier,
)

__all__ = ["ElasticNetClassifier", "FirthClassifier", "LogisticClassifier", "MultinomialClassifier"]
