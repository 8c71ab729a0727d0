"""What other programs call the options of this one, and what to type here; messages and a page are made from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from glmlogit.messages.words import nearest


class Option(NamedTuple):
    """What to type for an option of another program, where the function has the option ``needs`` (empty: always)."""

    needs: str
    advice: str


def _options(names: str, *advice: tuple[str, str]) -> dict[str, tuple[Option, ...]]:
    return {name: tuple(Option(*option) for option in advice) for name in names.split()}


_ROWS = "type data=df[df['age'] > 20]: the rows are chosen in the data"
OPTIONS: dict[str, tuple[Option, ...]] = {
    **_options(
        "weight w wt wts freq_weights fweight fweights frequency case_weights count counts",
        ("weights", "type weights='n' with the name of the column; counts are its default weight_type='frequency'"),
    ),
    **_options(
        "sample_weight pweight pweights prob_weights survey_weights sampling_weights ipw",
        ("weight_type", "type weights='w', weight_type='sampling'"),
    ),
    **_options(
        "var_weights aweight aweights analytic_weights", ("weight_type", "type weights='w', weight_type='precision'")
    ),
    **_options("family", ("formula_or_design", "the family is always binomial; leave it out")),
    **_options(
        "link", ("formula_or_design", "the link is always the logit, and other links are not here yet; leave it out")
    ),
    **_options("subset rows where query", ("data", _ROWS)),
    **_options(
        "robust cov_type vce vcov vcov_type cov_kwds cov_kind hc se_type",
        ("cov", "type cov='HC3'"),
        ("estimator", "type estimator=lambda rows, level: gl.logit(rows, level=level).with_cov('HC3')"),
        ("formula_or_design", "fit first, then fit.with_cov('HC3'); clusters are the option cluster='id'"),
        ("fit", "give the fit with other standard errors: fit.with_cov('HC3')"),
        ("fits", "give the fit with other standard errors: fit.with_cov('HC3')"),
    ),
    **_options(
        "groups group id ids clusters cluster_var cluster_id vce_cluster psu",
        ("cluster", "type cluster='id' with the name of the column"),
        ("fit", "clusters are an option of the fit: gl.logit(formula, data, cluster='id')"),
    ),
    **_options(
        "digits ndigits decimals dec precision round cformat float_format",
        ("digits", "type digits=2; the frame has all digits: .frame.round(2)"),
        ("", "frames have all their digits: fit.odds_ratios().round(2); of pages: with gl.style(digits=2): ..."),
    ),
    **_options(
        "title caption style theme journal",
        ("style", "type style='jama', or style=gl.Style(caption='Table 2')"),
        ("", "choose it for all that is printed: with gl.style('jama', caption='Table 2'): ..."),
    ),
    **_options("label names_map variable_labels dictionary", ("labels", "type labels={'lwt': 'Weight'}")),
    **_options("file filename output path out save", ("", "write the result: .write('table.html')")),
    **_options(
        "se_fit return_std ci intervals prediction_interval",
        ("interval", "type interval='confidence'"),
    ),
    **_options("conf_int confint", ("level", "limits are always there; level=0.9 sets theirs")),
    **_options("xb stdp", ("kind", "type kind='link', and interval='confidence' for standard errors")),
    **_options("newdata", ("fit", "new rows have probabilities: fit.predict(df, interval='confidence')")),
    **_options(
        "type what scale which",
        ("newdata", "type kind='response' for probabilities or kind='link' for log-odds"),
        ("kind", "the option is called kind="),
        ("method", "the option is called method="),
    ),
    **_options(
        "conf_level confidence confidence_level conf ci_level prob",
        ("level", "type level=0.95; alpha=0.05 is level=0.95"),
        ("fit", "the level is that of the fit: gl.logit(formula, data, level=0.9)"),
    ),
    **_options(
        "solver maxiter max_iter maxit iterations tol epsilon xtol ftol disp verbose threads n_jobs optimizer",
        ("control", "type control=gl.Control(max_iter=50, tol=1e-9); the answer does not depend on it"),
    ),
    **_options(
        "penalty c l1_ratio lambda_ lambda lam l1 l2 regularization nlambda",
        ("penalty", "type penalty=0.02, or C=1.0 as in scikit-learn"),
        (
            "control",
            "gl.ridge and gl.elastic_net have penalties by size, gl.firth and gl.log_f(formula, data, m=2) none",
        ),
    ),
    **_options(
        "start_params mustart etastart init start_values x0", ("start", "type start=[...], one number a column")
    ),
    **_options(
        "na_action na_rm dropna na_omit missing_values",
        ("missing", "type missing='drop' (the default) or missing='raise'"),
    ),
    **_options("exposure offsets offset_var", ("offset", "type offset='column', on the scale of the log-odds")),
    **_options("n ntrials size denominator denom n_trials", ("trials", "type trials='n' with the name of the column")),
    **_options(
        "positive pos_label pos_level target y_true reference_outcome success event_level",
        ("event", "type event='yes' with the value that is modelled"),
    ),
    **_options(
        "base base_level baseoutcome baselevel baselevels",
        (
            "grouped",
            "of several levels every one has coefficients and none is a base: gl.with_base(fit, level) takes "
            "differences; the reference of a factor is said in the formula: C(race, Treatment('white'))",
        ),
        ("order", "ordered levels have no base: odds are those of being above a cut"),
        ("formula_or_design", "the reference of a factor is said in the formula: C(race, Treatment('white'))"),
        ("formula", "each level is compared with all others, and none is a base"),
        ("contrast", "type contrast=('black', 'white'), the reference second"),
    ),
    **_options(
        "ref reference baseline contrasts contr",
        ("formula_or_design", "the reference of a factor is said in the formula: C(race, Treatment('white'))"),
        ("contrast", "type contrast=('black', 'white'), the reference second"),
    ),
    **_options(
        "x y exog endog",
        ("formula_or_design", "arrays are made into a design first: gl.logit(gl.design_arrays(y, X, intercept=True))"),
        ("newdata", "the option is called newdata="),
    ),
    **_options("newx new_data new exog_new df data_new test_data", ("newdata", "the option is called newdata=")),
    **_options("data_frame dataframe dataset frame", ("data", "the option is called data=")),
    **_options("dydx var vars variables_ term", ("variables", "the option is called variables=")),
    **_options("atmeans at_means", ("at", "type at='mean'")),
    **_options("dummy count_ factor", ("discrete", "type discrete='binary', or the names of the variables")),
    **_options("parm params variables terms", ("", "choose rows of the result: .loc[['age']]")),
    **_options(
        "exp eform or_ transform expo exponentiate",
        ("exponentiate", "type exponentiate=True"),
        ("fit", "odds ratios are fit.odds_ratios()"),
        ("formula_or_design", "odds ratios are those of the fit: fit.odds_ratios()"),
        ("", "odds ratios are what is shown; leave it out"),
    ),
    **_options(
        "cont cont_nonpara continuous_stat",
        ("continuous", "type continuous='median', or 'mean'"),
        ("median", "type median=['age'] with the numbers that are shown by their median; others are by their mean"),
    ),
    **_options("p add_p p_value pvalue", ("tests", "type tests=['welch', 'chi2']"), ("p_values", "type p_values=True")),
    **_options("nboot n_boot reps b r n_resamples bootstrap replicates", ("replications", "type replications=1000")),
    **_options("p_adjust correction multiplicity", ("adjust", "type adjust='holm'")),
    **_options("estimators model fitter", ("estimator", "type estimator=gl.firth")),
    **_options("figure fig axes axis", ("ax", "type ax=ax with matplotlib axes")),
    **_options(
        "figsize width height size_",
        (
            "width",
            'type width="column" (85 mm), "page" (180 mm) or millimetres; or plt.subplots(figsize=(6, 4)) and ax=',
        ),
        ("ax", "make the figure: fig, ax = plt.subplots(figsize=(6, 4)), then ax=ax"),
    ),
    **_options(
        "method",
        ("control", "there is one method, Newton's; its limits are control=gl.Control(...)"),
        ("fit", "this function has one method only; leave it out"),
    ),
    **_options(
        "alpha",
        ("l1_ratio", "glmnet's alpha is l1_ratio= here, and its lambda penalty="),
        ("penalty", "the size of the penalty is penalty=0.02, or C=1.0 as in scikit-learn"),
        ("level", "type level=0.95; alpha=0.05 is level=0.95"),
        ("fit", "the level is that of the fit: gl.logit(formula, data, level=0.9)"),
    ),
    **_options(
        "class_weight class_weights scale_pos_weight wc",
        ("class_weight", "type class_weight='balanced', {1: 5}, or {'prevalence': 0.05} (King and Zeng's weighting)"),
        (
            "formula",
            "class weights are an option of gl.logit, gl.ridge, gl.elastic_net (also of several levels) and "
            "gl.design_arrays; this estimator has none",
        ),
        ("fit", "class weights are an option of the fit: gl.logit(formula, data, class_weight='balanced')"),
    ),
    **_options(
        "random_state rng random_seed",
        ("seed", "type seed=1"),
        ("control", "nothing here is random; leave it out"),
    ),
    **_options(
        "fit_intercept intercept noconstant noint nocons",
        ("formula_or_design", "a model without a constant is written in the formula: 'low ~ 0 + age'"),
    ),
    **_options(
        "multi_class ovr multinomial",
        (
            "formula_or_design",
            "several levels have their own estimators: gl.multinomial, gl.ordinal, gl.one_vs_rest",
        ),
    ),
    **_options(
        "event",
        ("base", "every level is modelled, and base= is the one that others are compared with"),
        ("order", "every level is modelled; their order is order=['low', 'mid', 'high']"),
    ),
    **_options("descending desc", ("event", "type event=1 with the value that is modelled; of 0/1 it is 1")),
    **_options("dist distr distribution", ("formula_or_design", "the family is always binomial; leave it out")),
    **_options("n_bins bins nbins g n_groups ngroups group_number", ("groups", "type groups=10")),
    **_options(
        "cutoff cut cutpoint thresh pprob threshold",
        ("threshold", "type threshold=0.3"),
        ("formula_or_design", "a fit has no threshold: gl.classification(fit, threshold=0.3)"),
    ),
    **_options(
        "cv nfolds n_splits n_folds k_fold nfold folds",
        ("folds", "type folds=10"),
        ("formula_or_design", "fit first, then gl.cross_validate(fit, folds=10); penalties: gl.elastic_net_cv"),
    ),
    **_options(
        "scoring metric metrics type_measure measure",
        ("score", "type score='deviance' or another that the function lists"),
        ("folds", "all measures are given: choose rows of the result"),
        ("formula_or_design", "fit first, then gl.cross_validate(fit) has all measures"),
    ),
    **_options("adjust_method p_adjust_method mcompare", ("adjust", "type adjust='holm'")),
    **_options("specs over margins_by", ("by", "type by='race'")),
    **_options(
        "strata stratum stratify",
        ("strata", "type strata='race'"),
        (
            "formula_or_design",
            "a few large strata are a factor of the formula, + C(race); matched sets need conditional likelihood, "
            "which is not here yet",
        ),
        ("formula", "a few large strata are a factor of the formula, + C(race)"),
    ),
    **_options("by", ("strata", "type strata='race'")),
    **_options("dydx_kind eyex eydx dyex", ("kind", "type kind='eyex', with the variables as variables=")),
    **_options("slentry slstay pe pr p_enter p_remove pent k", ("criterion", "type criterion='aic' or 'bic'")),
}
"""By name in lower case, dots as underscores; the first advice whose option the function has is given."""


def option_advice(name: str, options: Sequence[str]) -> str:
    """What to type for an option that a function does not have."""
    said = OPTIONS.get(name.casefold()) or OPTIONS.get(name.casefold().strip("_"), ())
    for option in said:
        if not option.needs or option.needs in options:
            return option.advice
    near = [] if said else nearest(name, options, 2, 0.6)
    return f"did you mean {' or '.join(f'{similar}=' for similar in near)}?" if near else ""
