"""What is typed with scikit-learn, and what is typed here."""

ROWS = """
== Fit
LogisticRegression(C=np.inf).fit(X, y)
    gl.logit(gl.design_arrays(df["low"], df[["age", "lwt"]], intercept=True))
    # or by a formula; for pipelines glmlogit.sklearn has LogisticClassifier
    ! logisticregression sgdclassifier
LogisticRegression(C=np.inf), in a pipeline
    from glmlogit.sklearn import LogisticClassifier
    LogisticClassifier().fit(df[["age", "lwt"]], df["low"])
    # an estimator for pipelines, whose fit_ is the fit
    ! logisticclassifier
LogisticRegression().fit(X, y)
    from glmlogit.sklearn import ElasticNetClassifier
    ElasticNetClassifier(C=1.0, l1_ratio=0.0).fit(df[["age", "lwt"]], df["low"])
    # scikit-learn's default is penalised
    ! elasticnetclassifier ridgeclassifier
LogisticRegression(C=0.5, l1_ratio=1, solver="saga")
    gl.elastic_net("low ~ age + lwt", df, C=0.5, l1_ratio=1.0)
LogisticRegressionCV(Cs=10, cv=5)
    gl.elastic_net_cv("low ~ age + lwt", df, seed=1)
LogisticRegression(class_weight="balanced")
    gl.logit("low ~ age", df, class_weight="balanced")
    # probabilities are then of another population, and a note says which
LogisticRegression().fit(X, y, sample_weight=w)
    gl.logit("low ~ age", df.assign(w=1.5), weights="w", weight_type="sampling")
    # counts are weights="n"
LogisticRegression(fit_intercept=False)
    gl.logit("low ~ 0 + age", df)
LogisticRegression() of several classes
    gl.multinomial("race ~ age", df)
    ! multinomialclassifier
OneVsRestClassifier(LogisticRegression())
    gl.one_vs_rest("race ~ age", df)
    ! onevsrestclassifier
make_pipeline(StandardScaler(), LogisticRegression())
    gl.logit("low ~ scale(age) + scale(lwt)", df)
    # or a pipeline with glmlogit.sklearn
    ! standardscaler pipeline make_pipeline columntransformer make_column_transformer
OneHotEncoder(drop="first")
    gl.logit("low ~ C(race)", df)
    ! onehotencoder get_dummies labelencoder
PolynomialFeatures(2)
    gl.logit("low ~ age + lwt + I(age^2) + I(lwt^2) + age:lwt", df)
    ! polynomialfeatures
SplineTransformer()
    gl.logit("low ~ bs(age, 4)", df)
    ! splinetransformer
SimpleImputer()
    df.fillna(df.median(numeric_only=True))
    # rows with missing values are left out, and counted
    ! simpleimputer
FirthClassifier
    from glmlogit.sklearn import FirthClassifier
    FirthClassifier().fit(df[["age", "lwt"]], df["low"])
    ! firthclassifier
== What a fit says
model.coef_; model.intercept_
    fit.params
model.classes_
    fit.event
model.n_iter_
    fit.n_iter
model.predict_proba(X)[:, 1]
    fit.predict(df)
model.predict_log_proba(X)
    np.log(fit.predict(df))
    ! predict_log_proba
model.decision_function(X)
    fit.predict(df, kind="link")
model.predict(X)
    fit.predict(df) > 0.5
    # the threshold is a decision of its own: gl.thresholds
model.score(X, y)
    gl.classification(fit)
    # accuracy among other measures
    ! score accuracy accuracy_score balanced_accuracy_score f1_score precision_score recall_score
model.get_params()
    fit.control, fit.formula
    ! get_params set_params
model.feature_names_in_
    fit.terms
    ! feature_names_in_ n_features_in_
joblib.dump(model, "model.joblib")
    pickle.dumps(fit)
    ! joblib
permutation_importance(model, X, y)
    gl.drop1(fit)
    # what each term adds, tested
    ! permutation_importance feature_importances_
PartialDependenceDisplay.from_estimator(model, X, ["age"])
    fit.plot("effect", "age")
    ! partialdependencedisplay partial_dependence
== How good is it
roc_auc_score(y, p)
    gl.roc(y=df["low"], p=fit.predict())
RocCurveDisplay.from_predictions(y, p)
    gl.roc(fit).plot()
    ! roccurvedisplay plot_roc plot_roc_curve
average_precision_score(y, p)
    gl.precision_recall(fit)
log_loss(y, p); brier_score_loss(y, p)
    gl.calibration(fit)
    ! log_loss
calibration_curve(y, p, n_bins=10)
    gl.calibration(fit, groups=10)
    ! calibrationdisplay
CalibratedClassifierCV(model, method="sigmoid")
    gl.recalibrate(fit, resampling="cv")
confusion_matrix(y, p > 0.3)
    gl.classification(fit, threshold=0.3)
classification_report(y, p > 0.5)
    gl.classification(fit)
TunedThresholdClassifierCV(model)
    gl.thresholds(fit, costs=(5, 1))
    ! tunedthresholdclassifiercv fixedthresholdclassifier
cross_val_score(model, X, y, cv=5, scoring="roc_auc")
    gl.cross_validate(fit, folds=5, repeats=1)
train_test_split(X, y, test_size=0.3)
    df.sample(frac=0.7, random_state=1)
    # gl.internal_validation wastes no rows
    ! train_test_split
GridSearchCV(pipeline, {"C": [0.1, 1, 10]}, cv=5)
    gl.elastic_net_cv("low ~ age + lwt", df, seed=1)
    # of anything else GridSearchCV itself with glmlogit.sklearn
    ! gridsearchcv randomizedsearchcv
StratifiedKFold(5)
    gl.cross_validate(fit, folds=5, repeats=1)
    ! stratifiedkfold kfold groupkfold
SMOTE().fit_resample(X, y)
    gl.thresholds(fit, costs=(5, 1))
    # imbalance needs a threshold, no resampling
    ! smote randomoversampler randomundersampler
"""
