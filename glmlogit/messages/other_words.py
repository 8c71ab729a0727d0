"""What other programs call the functions of this one, and what to do about those that are not here yet.

Messages and the page of the documentation are made from the table. Code in it runs as it stands with
``fit = gl.logit("low ~ age + lwt + race + smoke", df)``, which a test does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from glmlogit.messages.words import nearest


class Word(NamedTuple):
    """A name of another program: whose, what to type here, and what to know; ``absent`` where nothing is its like."""

    program: str
    code: str
    note: str = ""
    absent: bool = False

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note and not self.absent else ""
        if not self.absent:
            return f"here it is {self.code}{note}"
        meanwhile = f"Meanwhile: {self.code}" if self.code else ""
        return " ".join(filter(None, ("there is no such function here yet.", self.note, meanwhile)))


def _same(program: str, code: str, names: str, note: str = "") -> dict[str, Word]:
    return {name: Word(program, code, note) for name in names.split()}


def _absent(program: str, note: str, names: str, code: str = "") -> dict[str, Word]:
    return {name: Word(program, code, note, True) for name in names.split()}


NAMES: dict[str, Word] = {
    # R
    **_same("R", 'gl.logit("low ~ age", df)', "glm speedglm bigglm lrm glm_fit"),
    **_same("R", "fit.params", "coef coefficients"),
    **_same("R", "fit.cov_params()", "vcov"),
    **_same("R", 'fit.with_cov("HC3").summary()', "vcovhc coeftest sandwich coefci"),
    **_same("R", 'gl.logit("low ~ age", df, cluster="ftv")', "vcovcl", "any estimator takes cluster="),
    **_same("R", "fit.llf", "loglik"),
    **_same("R", "fit.predict()", "fitted fitted_values"),
    **_same("R", "fit.augment()", "hatvalues cooks_distance", "a column each"),
    **_same("R", "gl.residuals(fit, 'standardised_deviance')", "rstandard"),
    **_same("R", "gl.residuals(fit, 'studentised')", "rstudent"),
    **_same("R", "gl.residuals(fit, 'quantile')", "qresid qresiduals simulateresiduals"),
    **_same(
        "R", "gl.influence(fit)", "dfbeta dfbetas ldfbeta dffits covratio influence_measures", "convention='r' as R"
    ),
    **_same("R", "gl.influence(fit).outlier", "outliertest"),
    **_same("R", "gl.binned_residuals(fit)", "binnedplot binned_resids"),
    **_same("R", "gl.half_normal(fit)", "halfnorm hnp"),
    **_same("R", "gl.style('lancet')", "theme_gtsummary_journal theme_gtsummary_language set_gtsummary_theme"),
    **_same("R", "gl.check(fit)", "check_model model_performance"),
    **_same("R", "gl.save_figure(fit.plot(), 'forest.pdf')", "ggsave dev_print"),
    **_same("R", "fit.plot('influence')", "influenceplot influenceindexplot"),
    **_same("R", "fit.plot('partial', 'age')", "crplots crplot termplot"),
    **_same("R", "gl.linearity(fit)", "boxtidwell box_tidwell boxtid"),
    **_same("R", "gl.dispersion(fit, by='pattern')", "quasibinomial check_overdispersion", "with its errors"),
    **_same(
        "R", "gl.predictions(fit, by='race')", "emmeans lsmeans ggpredict", "gl.pairwise(fit, 'race') compares levels"
    ),
    **_same("R", "gl.pairwise(fit, 'race')", "pairs pwpm"),
    **_same("R", "gl.contrasts(fit, '10*age - lwt')", "glht contrast estimable"),
    **_same("R", "fit.test('age = lwt = 0')", "linearhypothesis lht waldtest"),
    **_same("R", "gl.lr_test(fit, gl.logit('low ~ age', df))", "lrtest", "the larger model first"),
    **_same("R", "gl.effective_dose(gl.logit('low ~ lwt', df), 'lwt')", "dose_p ed"),
    **_same(
        "R", "gl.firth('low ~ age', df)", "logistf brglm brglm2 brglmfit", "gl.median_bias_reduced is brglm2's other"
    ),
    **_same("R", "gl.multinomial('race ~ age', df)", "multinom mnlogit vglm brmultinom"),
    **_same("R", "gl.prior_correction(fit, 0.05)", "relogit", "gl.firth for its bias correction"),
    **_same("R", "gl.separation(fit)", "detectseparation detect_separation"),
    **_same(
        "R", "gl.logit('low ~ age', df, weights='lwt', weight_type='sampling')", "svyglm", "cluster= for the units"
    ),
    **_same("R", "gl.table('low ~ age + race', df)", "tbl_regression tbl_uvregression finalfit modelsummary stargazer"),
    **_same(
        "R", "gl.characteristics(df, by='low')", "createtableone tbl_summary tbl_svysummary tableone table1 dtable"
    ),
    **_same(
        "R", "gl.two_by_k(df, 'low', 'race', scores=[1, 2, 3])", "prop_trend_test cochranarmitagetest tabodds ptrend"
    ),
    **_same("R", "gl.two_by_two(df, 'low', 'smoke')", "epitab oddsratio epi_2by2 mantelhaen_test fisher_test"),
    **_same("R", "gl.subgroups('low ~ smoke + age', df, 'smoke', 'ht')", "subgroup subgroup_analysis subtee"),
    **_same("R", "gl.many('low', ['smoke', 'ht'], 'age', df)", "phewas glmuni uvregression"),
    **_same("R", "gl.odds_ratio_curve(fit, 'lwt', 120)", "xblc orsmoothing plotrcs rcsplot"),
    **_same("R", "gl.interaction(gl.logit('low ~ smoke*ht', df), 'smoke', 'ht')", "epi_interaction interactionr"),
    **_same("R", "fit.odds_ratios()", "exp_coef logistic_display"),
    **_same("R", "fit.margins()", "avg_slopes slopes marginaleffects margins_summary"),
    **_same("R", "fit.comparisons('smoke')", "avg_comparisons stdglm riskdiff"),
    **_same("R", "gl.predictions(fit, at={'smoke': [0, 1]})", "avg_predictions"),
    **_same("R", "gl.reference_grid(fit, {'age': [20, 30]})", "datagrid expand_grid ref_grid"),
    **_same("R", "gl.compare([fit, gl.logit('low ~ age', df)])", "compare_performance aictab model_sel ictab"),
    **_same("R", "gl.decision_boundary(fit, 'age', 'lwt')", "visreg2d partimat decisionboundarydisplay"),
    **_same("R", "fit.plot('effect', 'age')", "plot_model plot_predictions effects predictoreffects visreg"),
    **_same("R", "gl.e_value(2.0, 1.2)", "evalue evalues"),
    **_same("R", "gl.step(fit)", "stepaic fastbw step_aic stepwise", "the printed page says what the choice costs"),
    **_same("R", "gl.best_subset(fit)", "bestglm glmulti dredge leaps regsubsets"),
    **_same("R", "gl.change_in_estimate(fit, 'smoke')", "chest chest_glm"),
    **_same("R", "gl.fractional_polynomials(fit)", "mfp mfp2 fp"),
    **_same("R", "gl.sample_size(24, 0.17, nagelkerke=0.15)", "pmsampsize"),
    **_same("R", "gl.power(1.5, 0.2, power=0.8)", "wp_logistic ssizelogisticcon ssizelogisticbin pwr_2p_test"),
    **_same("R", "gl.anova(fit, type=2)", "anova", "car's Anova; type=3 with factors coded to sum to zero"),
    **_same("R", "fit.aic", "aic"),
    **_same("R", "fit.bic", "bic"),
    **_same("R", "fit.deviance", "deviance"),
    **_same("R", "fit.nobs", "nobs"),
    **_absent("R", "Selection makes the errors of what remains too small.", "add1", "gl.step(fit, 'forward')"),
    **_absent("R", "A formula is written anew.", "update", 'gl.logit("low ~ age + smoke", df)'),
    **_same("R", "df[df['age'] > 20]", "subset", "rows are chosen in the data"),
    **_absent("R", "A formula for a spreadsheet gives the same risks.", "nomogram", "gl.to_excel_formula(fit)"),
    **_absent("R", "Draw from the probabilities: rng.binomial(1, fit.predict()).", "simulate"),
    **_same("R", "gl.ordinal('ftv ~ age', df)", "polr clm orderedmodel", "order= says the order of levels of text"),
    **_same("R", "gl.brant(gl.ordinal('ftv ~ age', df[df['ftv'] < 3]))", "nominal_test potest"),
    **_absent(
        "R", "scipy.special.expit is the sigmoid, logit there its inverse.", "expit sigmoid plogis qlogis invlogit"
    ),
    **_absent(
        "R", "scipy.special.softmax is it; gl.multinomial fits it.", "softmax", "gl.multinomial('race ~ age', df)"
    ),
    **_absent(
        "R",
        "For pairs and sets with one exposure the Mantel-Haenszel odds ratio over strata is the matched one.",
        "clogit conditional conditionallogit xtlogit",
        "gl.two_by_two(df, 'low', 'smoke', strata='race')",
    ),
    **_absent(
        "R",
        "cluster= gives standard errors for dependent rows.",
        "glmer lmer geeglm gee melogit mixed random_intercept",
        'gl.logit("low ~ age", df, cluster="ftv")',
    ),
    **_same("R", "gl.elastic_net('low ~ age + lwt', df, penalty=0.02)", "lasso glmnet elasticnet fit_regularized"),
    **_same("R", "gl.elastic_net_cv('low ~ age + lwt', df)", "cv_glmnet logisticregressioncv cvlassologit lassocv"),
    **_same(
        "R", "gl.roc(fit)", "auc roc_auc roc_curve roc_auc_score lroc lsens", "with limits; high scores are events"
    ),
    **_same("R", "gl.roc_test(fit, gl.logit('low ~ age', df))", "delong roccomp"),
    **_same("R", "gl.association_measures(fit)", "somers2 rcorr_cens concordance"),
    **_same("R", "gl.precision_recall(fit)", "average_precision_score precision_recall_curve pr_curve"),
    **_same("R", "gl.calibration(fit)", "calibrate calibration_curve brier brier_score_loss brierscore val_prob"),
    **_same("R", "gl.recalibrate(fit, resampling='cv')", "calibratedclassifiercv platt isotonicregression isoreg"),
    **_same("R", "gl.internal_validation(fit, replicates=20)", "optimism validate_lrm rms_validate"),
    **_same("R", "gl.cross_validate(fit, repeats=1)", "cross_val_score cross_val_predict cv_glm cvauc"),
    **_same(
        "R",
        "gl.classification(fit, threshold=0.3)",
        "confusion_matrix confusionmatrix pred_table classification_report epi_tests diagt",
    ),
    **_same("R", "gl.thresholds(fit, costs=(5, 1))", "cutpoints cutpointr optimal_cutpoints coords"),
    **_same("R", "gl.decision_curve(fit, thresholds=(0.05, 0.4))", "dca net_benefit"),
    **_same("R", "gl.gain(fit)", "lift ks_stat gains cap_curve gini"),
    **_same(
        "R",
        "gl.goodness_of_fit(fit, 'hosmer_lemeshow', grouping='r')",
        "hoslem_test hoslem hosmer_lemeshow",
        "grouping='stata' by default",
    ),
    **_same("R", "gl.goodness_of_fit(fit)", "gof", "the unweighted sum of squares"),
    **_same("R", "gl.pseudo_r2(fit)", "pseudor2 prsquared rsquared pr2 nagelkerke nagelkerkerr2 r2_mcfadden"),
    **_same("R", "gl.pseudo_r2(fit)", "r2 fitstat"),
    **_same("R", "gl.vif(fit)", "gvif", "generalised to terms of several columns"),
    **_same("R", "gl.collinearity(fit)", "colldiag collin", "condition indices and variance proportions"),
    **_absent("R", "", "mice mi pool mi_estimate", "[gl.logit('low ~ age', d) for d in [df, df]]"),
    **_absent(
        "R",
        "comparisons and interaction have their own.",
        "boot bootstrap",
        "fit.comparisons('smoke', interval='bootstrap', replications=100, seed=1)",
    ),
    # Stata
    **_same("Stata", 'gl.logit("low ~ age", df).odds_ratios()', "logistic"),
    **_same("Stata", "gl.contrasts(fit, '10*age - lwt')", "lincom"),
    **_same("Stata", "gl.pairwise(fit, 'race')", "pwcompare"),
    **_same("Stata", "gl.drop1(fit, test='wald')", "testparm", "joint test of the levels of each factor"),
    **_same("Stata", "fit.plot('effect', 'age')", "marginsplot"),
    **_same("Stata", "gl.save_figure(fit.plot(), 'forest.pdf')", "graph_export"),
    **_same("Stata", "gl.two_by_two(df, 'low', 'smoke')", "cs cc mhodds"),
    **_same("Stata", "gl.two_by_two([[30, 44], [29, 86]])", "cci csi", "exposed first, events before non-events"),
    **_same("Stata", "gl.compare([fit, gl.logit('low ~ age', df)])", "estimates_table est_table"),
    **_same("Stata", "fit.odds_ratios(units='sd')", "listcoef", "x-standardised, as its e^bStdX"),
    **_same("Stata", "gl.read('births.csv')", "use import_delimited import_excel", "also of .dta and .xlsx files"),
    **_same("Stata", "gl.multinomial('race ~ age', df)", "mlogit"),
    **_same("Stata", "gl.ordinal('ftv ~ age', df)", "ologit"),
    **_same("Stata", "gl.ordinal('ftv ~ age', df[df['ftv'] < 3], nonparallel='age')", "gologit2"),
    **_same("Stata", "gl.distinguishable(gl.multinomial('race ~ age', df))", "lrcomb mlogtest", "gl.hausman as well"),
    **_same("Stata", "gl.firth('low ~ age', df)", "firthlogit penlogit"),
    **_same("Stata", "fit.comparisons('smoke', 'attributable_fraction')", "punaf aflogit"),
    **_same("Stata", "gl.table('low ~ age + race', df)", "esttab outreg2 etable eststo"),
    **_same("Stata", "gl.contrasts(fit, 'exp(age)/exp(smoke)')", "nlcom testnl deltamethod"),
    **_same("Stata", "gl.goodness_of_fit(fit, 'link', form='wald')", "linktest"),
    **_absent("Stata", "gl.firth is exact to first order.", "exlogistic exact elrm", "gl.firth('low ~ age', df)"),
    **_same("Stata", "gl.check(fit)", "estat", "estat gof is gl.goodness_of_fit(fit), estat ic fit.glance()"),
    # statsmodels
    **_same("statsmodels", "fit.zvalues", "tvalues"),
    **_same(
        "statsmodels", "gl.vif(fit, by='column', of='columns')", "variance_inflation_factor", "the constant included"
    ),
    **_same("statsmodels", "gl.drop1(fit, test='wald')", "wald_test_terms"),
    **_same("statsmodels", "fit.confint()", "conf_int"),
    **_same("statsmodels", "fit.margins()", "get_margeff"),
    **_same("statsmodels", "fit.predict()", "fittedvalues"),
    **_same("statsmodels", "fit.predict(df.head(3), interval='confidence')", "get_prediction"),
    **_same("statsmodels", "gl.residuals(fit, 'pearson')", "resid resid_pearson resid_generalized"),
    **_same("statsmodels", "gl.residuals(fit, 'deviance')", "resid_deviance resid_dev"),
    **_same("statsmodels", "gl.residuals(fit, 'response')", "resid_response"),
    **_same("statsmodels", "gl.influence(fit)", "get_influence"),
    **_same("statsmodels", "fit.test('age = 0')", "t_test f_test"),
    **_same("statsmodels", 'fit.with_cov("HC3")', "get_robustcov_results"),
    **_same("statsmodels", "fit.design", "model"),
    **_same("statsmodels", "fit.trace", "mle_retvals fit_history", "and fit.status"),
    **_same("statsmodels", "fit.summary()", "summary2"),
    **_same("statsmodels", "gl.lr_test(fit, gl.logit('low ~ 1', df))", "llr llr_pvalue"),
    **_same("statsmodels", "gl.design('low ~ age', df)", "dmatrices dmatrix"),
    **_same(
        "statsmodels", "fit.summary().to_latex()", "to_latex as_latex as_html to_html to_markdown", "or fit.report()"
    ),
    **_same("R", "fit.save('births.json')", "saverds save_model estimates_save", "without the rows; gl.load reads it"),
    **_same("R", "gl.without_rows(fit)", "butcher axe_data strip", "small, and without the data"),
    **_same("pandas", "gl.read('births.csv')", "read_csv read_excel read_stata read_spss read_sas"),
    **_same("R", "gl.read('births.csv')", "read_delim read_xlsx read_dta read_sav fread", "labels in its attrs"),
    **_same("pandas", "fit.tidy()", "to_csv to_frame to_excel", "a DataFrame"),
    # scikit-learn
    **_same(
        "scikit-learn",
        "fit.predict(df)",
        "predict_proba",
        "the probability of the event; 1 less it is the other column",
    ),
    **_same("scikit-learn", "fit.predict(df, kind='link')", "decision_function"),
    **_same("scikit-learn", 'gl.logit("low ~ age", df, class_weight="balanced")', "class_weight compute_class_weight"),
    **_same("scikit-learn", "fit.params", "coef_ intercept_"),
    **_same("scikit-learn", "fit.event", "classes_", "the value that is modelled"),
    **_same("scikit-learn", 'gl.logit("low ~ age", df)', "fit_transform", "it fits when it is called"),
}
"""By name in lower case, dots as underscores."""


def word_of(name: str) -> Word | None:
    """What is to be typed for a name of another program: of this table, else of the pages by program."""
    from glmlogit.messages.translation import answers

    plain = name.replace(".", "_").casefold()
    for spelling in (plain, plain.rstrip("_")):
        if spelling in NAMES:
            return NAMES[spelling]
        if spelling in answers():
            program, row = answers()[spelling]
            return Word(program, row.here.replace("\n", "; "), row.note)
    return None


def instead_of(
    name: str,
    members: Sequence[str],
    owner: str,
    functions: Sequence[str] = (),
    takes_owner: Callable[[str], bool] = bool,
) -> str:
    """The message for an attribute that does not exist; some ``functions`` take the owner, a fit."""
    said = f"{owner} has no attribute {name!r}"
    if name in functions:
        return f"{said}: it is a function, gl.{name}({'fit' if takes_owner(name) else '…'})"
    word = word_of(name)
    if word:
        return f"{said}: {word}"
    near = nearest(name, [*members, *functions], 3, 0.7)
    near = [suggestion for suggestion in near if suggestion in members or takes_owner(suggestion)]
    shown = [suggestion if suggestion in members else f"gl.{suggestion}(fit)" for suggestion in near]
    return f"{said}; did you mean {', '.join(shown)}?" if near else said
