"""Recorded calls: name -> code. The value of the last line is recorded, with what it warns of and raises."""

from __future__ import annotations

PRELUDE = """
import copy, dataclasses, inspect, pickle, sys, warnings
from unittest.mock import patch
import numpy as np
import pandas as pd
import glmlogit as gl
from described import document, own_members, parameters

births = gl.datasets.birthwt()
endometrial = gl.datasets.endometrial()
esoph = gl.datasets.esoph()
lizards = gl.datasets.lizards()
cbpp = gl.datasets.cbpp()
urine = gl.datasets.urine()
infert = gl.datasets.infert()
rows = np.arange(189)
sized = births.assign(size=births["ftv"].clip(upper=2))
more = births.assign(team=rows % 30, hospital=rows % 7, n=1 + rows % 3, w=1 + (rows % 5) / 4, z=births["lwt"] / 100)
rng = np.random.default_rng(20240)
x1, x2 = (np.round(rng.normal(size=40), 3) for _ in range(2))
y = (rng.random(40) < 1 / (1 + np.exp(-(0.3 + x1 - 0.5 * x2)))).astype(int)
X = np.column_stack([np.ones(40), x1, x2])
small = pd.DataFrame({"y": y, "x1": x1, "x2": x2, "g": list("abca" * 10)})
fit = gl.logit("low ~ age + lwt + C(race) + smoke", births)
brief = gl.logit("low ~ age + smoke", births)
crossed = gl.logit("low ~ age * lwt + C(race) * smoke", births)
exposures = gl.logit("low ~ smoke * ht + age", births)
grouped = gl.logit("cbind(ncases, ncontrols) ~ agegp + alcgp", esoph)
herds = gl.logit("incidence ~ C(period)", cbpp, trials="size", cluster="herd")
sampled = gl.logit("low ~ age + smoke", more, weights="w", weight_type="sampling")
bent = gl.logit("low ~ rcs(age, 3) + smoke", births)
firth = gl.firth("HG ~ NV + PI + EH", endometrial)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    separated = gl.logit("HG ~ NV + PI + EH", endometrial)
    aliased = gl.logit("low ~ age + twice + lwt", births.assign(twice=2 * births["age"]))
    unfinished = gl.logit("low ~ age + smoke", births, control=gl.Control(max_iter=2))
"""

FITS = {
    "read": """
import io
messy = "Export\\nlow;weight;dose;seen\\n0;70,5;5 mg;24.12.2020\\n1;-;6 mg;31.12.2020\\n0;61,5;5 mg;01.02.2021\\n"
read = gl.read(io.BytesIO(messy.encode("utf-16")))
[read, read.attrs, str(read.attrs["read"])]""",
    "read as stated": """
import io
stated = gl.read(
    io.BytesIO("# note\\na|b|c|d\\n1|2,5|9|04/05/2015\\n0|3|1|02/03/2016\\n".encode()), columns=["b", "c", "d", "a"],
    sep="|", decimal=",", encoding="utf-8", skip=1, missing="9", text="a", number="b", dates="dmy", sheet=0)
[stated, stated.dtypes.astype(str), gl.ReadReport(stated.attrs["read"])]""",
    "written down": """
[gl.to_sql(brief), gl.to_excel_formula(brief), gl.to_latex_equation(brief),
 fit.to_sql(), brief.to_excel_formula({"age": "A2", "smoke": "B2"}), brief.to_excel_formula(),
 fit.to_latex_equation(digits=4)]""",
    "saved": """
import os, tempfile
file = os.path.join(tempfile.mkdtemp(), "fit.json")
bent.save(file)
loaded = gl.load(file)
[loaded.tidy(), loaded.predict(births.head(3)), gl.without_rows(firth).odds_ratios(), loaded.notes,
 loaded.saved.method]""",
    "read in doubt": """
import io
gl.read(io.BytesIO(b'y,c\\n1,"1,800"\\n0,"2,350"\\n'))""",
    "whole model": 'gl.logit("low ~ age + lwt + C(race) + smoke + ptl + ht + ui", births)',
    "level": 'gl.logit("low ~ age", births, level=0.9)',
    "start": 'gl.logit("low ~ age", births, start=[0.4, -0.05])',
    "control": 'gl.logit("low ~ age", births, control=gl.Control(tol=1e-6, max_iter=50, threads=1))',
    "constant only": 'gl.logit("low ~ 1", births)',
    "no constant": 'gl.logit("low ~ 0 + C(race) + age", births)',
    "cbind": 'gl.logit("cbind(grahami, opalinus) ~ height + diameter + light + time", lizards)',
    "trials": 'gl.logit("incidence ~ C(period)", cbpp, trials="size")',
    "frequency weights": 'gl.logit("low ~ age + smoke", more, weights="n")',
    "precision weights": 'gl.logit("low ~ age + smoke", more, weights="w", weight_type="precision")',
    "sampling weights": 'gl.logit("low ~ age + smoke", more, weights="w", weight_type="sampling")',
    "class weights": 'gl.logit("low ~ age + smoke", more, class_weight="balanced")',
    "class weights by value": """
[gl.logit("low ~ age", more, weights="n", cluster="team", class_weight={1: 5, 0: 1}),
 gl.logit("incidence ~ C(period)", cbpp, trials="size", class_weight={"prevalence": 0.05})]""",
    "weights of zero": 'gl.logit("low ~ age + smoke", more, weights=(rows % 4 > 0).astype(float))',
    "offset column": 'gl.logit("low ~ age + smoke", more, offset="z")',
    "offset in the formula": 'gl.logit("low ~ age + offset(log(lwt))", births)',
    "cluster": 'gl.logit("low ~ age + smoke", more, cluster="team")',
    "two clusters": 'gl.logit("low ~ age + smoke", more, cluster=["team", "hospital"])',
    "cluster and weights": 'gl.logit("low ~ age", more, cluster="team", weights="w", weight_type="sampling")',
    "event": 'gl.logit("low ~ age", births, event=0)',
    "event of text": 'gl.logit("race ~ age", births, event="black")',
    "yes and no": 'gl.logit("y ~ x1", small.assign(y=np.where(small["y"], "yes", "no")))',
    "booleans": 'gl.logit("I(bwt < 2000) ~ age", births)',
    "missing values": 'gl.logit("r ~ osmo + cond", urine)',
    "own function": 'gl.logit("low ~ age + tens(lwt)", births, functions={"tens": lambda x: np.floor(x / 10)})',
    "arrays": "gl.logit(gl.design_arrays(y, X, names=['one', 'x1', 'x2']))",
    "arrays with intercept": "gl.logit(gl.design_arrays(y, X[:, 1:], intercept=True))",
    "arrays with trials": "gl.logit(gl.design_arrays(2 * y, X, trials=np.full(40, 3), offset=x1 / 10))",
    "dict of arrays": 'gl.logit("y ~ x1 + g", {"y": y, "x1": x1, "g": np.array(list("abca" * 10))})',
    "polars": 'import polars\ngl.logit("y ~ x1 + g", polars.from_pandas(small))',
    "polars lazy": 'import polars\ngl.logit("y ~ x1 + g", polars.from_pandas(small).lazy())',
    "pyarrow": 'import pyarrow\ngl.logit("y ~ x1 + g", pyarrow.Table.from_pandas(small))',
    "duckdb": 'import duckdb\ngl.logit("y ~ x1 + g", duckdb.connect().from_df(small))',
    "separated": 'gl.logit("HG ~ NV + PI + EH", endometrial)',
    "separated completely": 'gl.logit("low ~ bwt", births)',
    "indeterminate": """
gl.logit("y ~ 0 + a + b", {"y": [0, 1, 1, 0, 1, 0], "a": [-1, 1, 2, 0, 0, 0], "b": [1, -1, -1, 0, 0, 0]})""",
    "one outcome": "gl.logit(gl.design_arrays(np.ones(20), np.ones((20, 1))))",
    "aliased": 'gl.logit("low ~ age + twice + lwt", births.assign(twice=2 * births["age"]))',
    "aliased interaction": 'gl.logit("low ~ C(race):ht + ht + smoke", births)',
    "not converged": 'gl.logit("low ~ age + smoke", births, control=gl.Control(max_iter=2))',
    "matched pairs": 'gl.logit("case ~ spontaneous + induced + C(stratum)", infert[infert["stratum"] < 12])',
    "firth": 'gl.firth("HG ~ NV + PI + EH", endometrial)',
    "firth augmented": 'gl.firth("HG ~ NV + PI + EH", endometrial, se="augmented")',
    "firth power": 'gl.firth("HG ~ NV + PI + EH", endometrial, power=0.25)',
    "firth grouped": 'gl.firth("cbind(grahami, opalinus) ~ height + light", lizards)',
    "firth cluster": 'gl.firth("low ~ age + smoke", more, cluster="team")',
    "flic": 'gl.flic("HG ~ NV + PI + EH", endometrial)',
    "flac": 'gl.flac("HG ~ NV + PI + EH", endometrial)',
    "log_f": 'gl.log_f("HG ~ NV + PI + EH", endometrial)',
    "log_f of terms": 'gl.log_f("low ~ age + lwt + smoke", births, m={"smoke": 2.0})',
    "ridge": 'gl.ridge("HG ~ NV + PI + EH", endometrial, penalty=0.05)',
    "ridge certified": """
r = gl.ridge("HG ~ NV + PI + EH", endometrial, penalty=0.05)
[r.df_effective, r.shrinkage.penalty, r.shrinkage.C, r.shrinkage.factors, r.shrinkage.scale,
 r.gap < 1e-9, r.kkt < 1e-9]""",
    "ridge by C": 'gl.ridge("low ~ age + lwt + smoke", births, C=2.0, cov="sampling", penalty_factor={"smoke": 0})',
    "lasso": 'gl.elastic_net("low ~ age + lwt + C(race) + smoke + ftv", births, penalty=0.02)',
    "elastic net": """
gl.elastic_net("low ~ age + lwt + C(race) + smoke", births, penalty=0.02, l1_ratio=0.5, standardize="numeric",
               lower={"smoke": 0.0}, upper=2.0)""",
    "median bias reduced": 'gl.median_bias_reduced("HG ~ NV + PI + EH", endometrial)',
    "multinomial": 'gl.multinomial("race ~ age + smoke", births)',
    "multinomial base": 'gl.multinomial("race ~ age + smoke", births, base="other", level=0.9).summary()',
    "multinomial weighted": 'gl.multinomial("race ~ age + ht", more, weights="n", cluster="team")',
    "multinomial odds ratios": 'gl.multinomial("race ~ age + smoke", births).odds_ratios()',
    "multinomial predict": 'gl.multinomial("race ~ age", births).predict(births.head(3), interval="confidence")',
    "multinomial plain limits": 'gl.multinomial("race ~ age", births).predict({"age": [20]}, "response", "confidence", '
    'scale="probability")',
    "multinomial link": 'gl.multinomial("race ~ age", births).predict(births.head(3), kind="link")',
    "multinomial margins": 'gl.multinomial("race ~ age + smoke", births).margins()',
    "multinomial comparisons": 'gl.multinomial("race ~ age + smoke", births).comparisons("smoke")',
    "multinomial predictions": 'gl.predictions(gl.multinomial("race ~ age + smoke", births), at={"smoke": [0, 1]})',
    "multinomial observed": 'gl.multinomial("race ~ age", births).design.observed',
    "multinomial firth": 'gl.firth("race ~ age + smoke", births, base="white")',
    "multinomial other base": 'gl.with_base(gl.multinomial("race ~ age", births), "white").params',
    "multinomial wald pairs": 'gl.distinguishable(gl.multinomial("race ~ age + smoke", births))',
    "multinomial lr pair": 'gl.distinguishable(gl.multinomial("race ~ age", births), "black", "white", test="lr")',
    "multinomial hausman": 'gl.hausman(gl.multinomial("race ~ age + smoke", births), "other")',
    "multinomial separated": 'gl.separation(gl.multinomial("race ~ age + I(lwt > 240)", births))',
    "multinomial table": 'gl.table("race ~ age + smoke", births, estimator=gl.multinomial, base="white")',
    "ordinal table": 'gl.table("race ~ age + smoke", births, estimator=gl.ordinal, order=["white", "black", "other"])',
    "multinomial interpret": 'gl.multinomial("race ~ age + smoke", births).interpret("smoke")',
    "ordinal interpret": 'gl.ordinal("size ~ age + smoke", sized).interpret("smoke", level=0.9)',
    "multinomial strata": """
gl.stratum_odds_ratios(gl.multinomial("size ~ smoke*age", sized), "smoke", {"age": [20, 30]})""",
    "multinomial pairs": 'gl.pairwise(gl.multinomial("size ~ race + age", sized), "race")',
    "ordinal validate": 'r = gl.ordinal("size ~ age + smoke", sized).validate()\n[r.passed, r.against, len(r.table)]',
    "multinomial effects drawn": """
gl.predictions(gl.multinomial("race ~ age + smoke", births), at={"smoke": [0, 1]}).plot()""",
    "multinomial forest": 'gl.forest_plot(gl.multinomial("race ~ age + smoke", births))',
    "multinomial curves": 'gl.effect_plot(gl.multinomial("race ~ age + smoke", births), "age", points=5)',
    "multinomial areas": 'gl.effect_plot(gl.multinomial("race ~ age + ht", births), "age", stacked=True, points=5)',
    "multinomial interaction": """
gl.interaction_plot(gl.multinomial("race ~ age + smoke", births), "age", "smoke", outcome="black", points=5)""",
    "multinomial one curve": """
gl.effect_plot(gl.multinomial("race ~ age + ht", births), "age", by="ht", outcome="black", points=5)""",
    "ordinal cuts in a table": """
gl.ordinal("size ~ C(race)", sized, nonparallel="C(race)").odds_ratios(reference_rows=True)""",
    "multinomial arrays": 'gl.multinomial(gl.design_arrays(births["race"], births[["age", "ht"]], levels=True))',
    "table of cuts": 'gl.table("size ~ age + smoke", sized, estimator=gl.ordinal, nonparallel="smoke", method="wald")',
    "one-vs-rest drawn": 'gl.one_vs_rest("race ~ age", births).plot()',
    "interpret cuts": 'gl.interpret(gl.ordinal("size ~ smoke", sized, nonparallel="smoke"))',
    "ordinal arrays": 'gl.ordinal(gl.design_arrays(births["ftv"].clip(upper=2), births[["age", "ht"]], order=True))',
    "multinomial arrays of counts": 'gl.multinomial(gl.design_arrays(pd.get_dummies(births["race"]).astype(int), '
    'births[["age", "ht"]], base="white", intercept=True))',
    "multinomial arrays base": 'gl.design_arrays(births["race"], births[["age"]], base="white").outcome',
    "multinomial digits": 'gl.multinomial("race ~ age + smoke", births).digits',
    "multinomial drop1": 'gl.drop1(gl.multinomial("race ~ age + smoke", births))',
    "ordinal": 'gl.ordinal("size ~ age + smoke", sized)',
    "ordinal nonparallel": 'gl.ordinal("size ~ age + smoke", sized, nonparallel="smoke", level=0.9).summary()',
    "ordinal expected": 'gl.ordinal("size ~ age + smoke", sized, se="expected").bse',
    "ordinal order": 'gl.ordinal("race ~ age", births, order=["white", "black", "other"]).odds_ratios()',
    "ordinal predict": 'gl.ordinal("size ~ age + smoke", sized).predict(births.head(3), interval="confidence")',
    "ordinal margins": 'gl.ordinal("size ~ age + smoke", sized).margins()',
    "brant": 'r = gl.brant(gl.ordinal("size ~ age + smoke", sized))\n[r, r.odds_ratios, r.method, r.notes, gl.Brant]',
    "brant score": 'gl.brant(gl.ordinal("size ~ age + smoke", sized), "score").table',
    "brant lr": 'gl.brant(gl.ordinal("size ~ age + smoke", sized), "lr").table',
    "one vs rest": 'r = gl.one_vs_rest("race ~ age + smoke", births)\n[r, r.odds_ratios(), list(r.fits), gl.OneVsRest]',
    "one vs rest predict": 'gl.one_vs_rest("race ~ age + smoke", births).predict(births.head(3))',
    "median bias reduced weighted": 'gl.median_bias_reduced("low ~ age + C(race)", more, weights="n")',
}

FORMULAS = {
    "rcs": 'gl.logit("low ~ rcs(age, 4) + smoke", births).params',
    "ns": 'gl.logit("low ~ ns(age, df=3) + smoke", births).params',
    "ns with knots": 'gl.logit("low ~ ns(age, knots=c(20, 30))", births).params',
    "bs": 'gl.logit("low ~ bs(lwt, df=5)", births).params',
    "bs of two values": 'gl.logit("low ~ bs(smoke, df=3)", births).params',
    "cr": 'gl.logit("low ~ cr(age, df=4)", births).params',
    "cc": 'gl.logit("low ~ 0 + cc(age, df=4)", births).params',
    "poly": 'gl.logit("low ~ poly(age, 3) + smoke", births).params',
    "hinge": 'gl.logit("low ~ age + hinge(age, 30)", births).params',
    "transforms": 'gl.logit("low ~ log(lwt) + center(age) + scale(bwt)", births.assign(bwt=rows)).params',
    "logarithms": 'gl.logit("low ~ log2(lwt) + log10(age) + sqrt(ptl) + log1p(ftv)", births).params',
    "squares": 'gl.logit("low ~ age + I(age^2) + I(lwt / age)", births).params',
    "comparison": 'gl.logit("low ~ I(age > 30) + smoke", births).params',
    "star": 'gl.logit("low ~ C(race) * smoke", births).params',
    "powers": 'gl.logit("low ~ (age + smoke + ht)^2", births).params',
    "nested": 'gl.logit("low ~ smoke / age", births).params',
    "in": 'gl.logit("low ~ smoke + age %in% smoke", births).params',
    "dot": 'gl.logit("low ~ . - bwt - race", births).params',
    "minus one": 'gl.logit("low ~ race - 1", births).params',
    "sum contrasts": 'gl.logit("low ~ C(race, Sum) + age", births).params',
    "helmert contrasts": 'gl.logit("low ~ C(race, Helmert)", births).params',
    "poly contrasts": 'gl.logit("low ~ C(race, Poly)", births).params',
    "diff contrasts": 'gl.logit("low ~ C(race, Diff)", births).params',
    "treatment contrasts": """gl.logit("low ~ C(race, Treatment('black'))", births).params""",
    "relevel": """gl.logit("low ~ relevel(race, 'other')", births).params""",
    "levels": """gl.logit("low ~ C(race, levels=['other', 'black', 'white'])", births).params""",
    "R's contrasts": """gl.logit("low ~ C(race, contr.treatment(base='black'))", births).params""",
    "names with blanks": 'gl.logit("low ~ `my age`", births.rename(columns={"age": "my age"})).params',
    "Q": """gl.logit("low ~ Q('my age')", births.rename(columns={"age": "my age"})).params""",
    "predictions of splines": 'bent.predict({"age": [18, 25, 33], "smoke": [0, 1, 0]}, interval="confidence")',
}

DESIGNS = {
    "formula": 'gl.design("low ~ age + C(race) * smoke", births)',
    "options": 'gl.design("low ~ age", more, weights="n", offset="z", cluster="team")',
    "grouped": 'gl.design("cbind(ncases, ncontrols) ~ agegp", esoph)',
    "missing": 'gl.design("r ~ osmo + cond", urine)',
    "arrays": 'gl.design_arrays(y, X, names=["one", "x1", "x2"], weights=1 + x1**2, weight_type="precision")',
    "repr": "[repr(fit.design), repr(herds.design)]",
    "X and blocks": "[fit.design.X, sum(len(block.X) for block in fit.design.blocks())]",
    "used twice": 'd = gl.design("low ~ age", births)\n[gl.logit(d).params, gl.firth(d).params, gl.separation(d)]',
    "class weights": "gl.design('low ~ age', births, class_weight='balanced').class_text",
    "names of a Design": "[isinstance(fit.design, gl.Design), fit.design.names, fit.design.terms, fit.design.nobs]",
}

RESULTS = {
    "params": "fit.params",
    "repr": "[repr(one) for one in (fit, grouped, herds, separated, aliased, unfinished, firth)]",
    "trace": "fit.trace",
    "digits are certified": "[fit.digits > 10, np.isnan(firth.digits)]",
    "status": """
S = gl.Status
[list(S), S.CONVERGED, S.DIVERGING, S.MAX_ITER, S.SEPARATED, S.SINGULAR, S.STALLED]""",
    "status of a fit": "[fit.status is gl.Status.CONVERGED, separated.status, unfinished.status, unfinished.converged]",
    "control": """
c = gl.Control(strict=True, max_iter=7)
[gl.Control(), c, c.tol, c.max_iter, c.threads, c.strict]""",
    "cov_params": "fit.cov_params()",
    "cov_params kinds": """
{kind: brief.cov_params(kind) for kind in ("model", "observed", "HC0", "HC0:stata", "HC1", "HC2", "HC3")}""",
    "cov_params function": 'gl.cov_params(fit, "HC3")',
    "cov_params clusters": """
f = gl.logit("low ~ age", more, cluster="team")
{kind: f.cov_params(kind) for kind in ("cluster", "cluster:none", "cluster:statsmodels", "model")}""",
    "cov_params two clusters": 'gl.logit("low ~ age", more, cluster=["team", "hospital"]).cov_params()',
    "cov_params separated": "separated.cov_params()",
    "with_cov": 'fit.with_cov("HC3")',
    "with_cov HC0": 'gl.with_cov(fit, "HC0").odds_ratios()',
    "with_cov HC1": 'fit.with_cov("HC1").bse',
    "with_cov HC2": 'grouped.with_cov("HC2").bse',
    "with_cov reference": 'herds.with_cov("cluster", reference="normal").pvalues',
    "confint": "fit.confint()",
    "confint profile": 'fit.confint(method="profile")',
    "confint score": 'fit.confint(method="score")',
    "confint level": 'gl.confint(fit, level=0.9, method="wald")',
    "confint separated": 'separated.confint(method="profile")',
    "confint separated score": 'separated.confint(method="score")',
    "confint clusters": "herds.confint()",
    "confint firth": "firth.confint()",
    "confint firth wald": 'firth.confint(method="wald")',
    "confint log_f": 'gl.log_f("HG ~ NV + PI", endometrial).confint()',
    "odds_ratios": "fit.odds_ratios()",
    "odds_ratios units": 'fit.odds_ratios(units={"age": 5, "lwt": 20})',
    "odds_ratios standardised": 'fit.odds_ratios(units="2sd", reference_rows=True)',
    "odds_ratios units of words": 'fit.odds_ratios(units={"age": "sd", "lwt": "iqr"})',
    "odds_ratios intercept": 'fit.odds_ratios(intercept=True, level=0.99, method="score")',
    "odds_ratios reference rows": "fit.odds_ratios(reference_rows=True)",
    "odds_ratios interaction": "crossed.odds_ratios(reference_rows=True)",
    "odds_ratios profile": 'gl.odds_ratios(fit, method="profile")',
    "odds_ratios separated": "separated.odds_ratios()",
    "odds_ratios separated profile": 'separated.odds_ratios(method="profile")',
    "odds_ratios firth": "firth.odds_ratios()",
    "odds_ratios aliased": "aliased.odds_ratios()",
    "odds_ratios grouped": "grouped.odds_ratios()",
    "tidy": "fit.tidy()",
    "tidy exponentiate": 'gl.tidy(fit, exponentiate=True, level=0.9, method="profile")',
    "tidy separated": "separated.tidy()",
    "tidy clusters": "herds.tidy()",
    "glance": "[one.glance() for one in (fit, grouped, herds, sampled, separated, firth)]",
    "glance function": "gl.glance(brief)",
    "unweighted sum of squares": """
r = gl.goodness_of_fit(fit)
[r, r.parts, r.signed, r.reason, r.notes, gl.GoodnessOfFit]""",
    "Hosmer-Lemeshow": '[gl.goodness_of_fit(fit, "hosmer_lemeshow").groups, gl.goodness_of_fit(grouped, "pearson")]',
    "score tests of fit": '[gl.goodness_of_fit(fit, t) for t in ("stukel", "link", "tsiatis", "information_matrix")]',
    "pseudo R2": "[gl.pseudo_r2(fit), gl.pseudo_r2(grouped), gl.pseudo_r2(separated), gl.pseudo_r2(sampled)]",
    "residuals": '[gl.residuals(fit, k, seed=3).describe() for k in ("response", "studentised", "quantile")]',
    "residuals by pattern": 'gl.residuals(grouped, "pearson", by="pattern").head()',
    "residuals of terms": 'gl.residuals(fit, "partial").head()',
    "influence": "r = gl.influence(fit)\n[str(r), r.table.head(3), r.dfbeta.head(3), r.dfbetas.head(3), r.outlier]",
    "influence flags": "r = gl.influence(fit)\n[r.flags.sum(), r.listed, r.sentences, r.delta_beta.max()]",
    "influence of patterns": '[str(gl.influence(grouped, "pattern", convention="stata")), gl.Influence]',
    "influence exact": "gl.influence(separated, exact=True).table.head(3)",
    "influence in units": "gl.influence(fit).mean_weight",
    "influence printed": "[m(gl.influence(fit)) for m in (gl.Influence.to_latex, gl.Influence._repr_html_)]",
    "influence of R": 'gl.influence(brief, convention="r").dfbetas.head(3)',
    "roc": """
r = gl.roc(fit)
[r, r.table.head(3), r.notes, r.rows, r.outcome, r.n_events, r.n_nonevents, r.judged, r.partial(0.8),
 r.partial(0.7, 0.9, of="sensitivity", corrected=False), gl.RocCurve]""",
    "roc limits": """
kinds = ("delong", "logit", "newcombe", "hanley_mcneil", "bootstrap")
{k: gl.roc(fit, interval=k, level=0.9, replicates=50, seed=2) for k in kinds}""",
    "roc of others": """
p = 1 / (1 + np.exp(-x1))
[gl.roc(fit, births.head(60)), gl.roc(y=y, p=p), gl.roc(y=y, score=x1, weights=1 + y, cluster=np.arange(40) // 2)]""",
    "roc of rows": "[gl.roc(f) for f in (grouped, herds, sampled, separated, firth)]",
    "roc out of fold": "r = gl.roc(fit, resampling='cv', folds=4, repeats=2, seed=1)\n[r, r.folds, r.apparent]",
    "roc corrected": "r = gl.roc(brief, resampling='bootstrap', replicates=20)\n[r, r.interval, r.apparent.auc]",
    "roc folds": "gl.roc(y=y, score=x1, fold_ids=np.arange(40) % 4, trials=None, event=None, weight_type='frequency')",
    "roc partial limits": "gl.roc(fit).partial_interval(0.8, 1.0, 'specificity', False, replicates=50, seed=3)",
    "roc_test": """
r = gl.roc_test(fit, brief)
[r, r.method, gl.roc_test(x1, x2, y=y, cluster=y * 0 + np.arange(40) // 2, level=0.9), gl.RocTest]""",
    "roc_test of samples": """
a, b = (gl.logit("low ~ age", births.iloc[k::2]) for k in (0, 1))
[gl.roc_test(a, b), gl.roc_test(a, b, data=births, paired=True), gl.roc_test(x1, x2, y=y, weights=1 + y)]""",
    "association_measures": """
r = gl.association_measures(fit)
[r, r.table, gl.association_measures(grouped), gl.AssociationMeasures,
 gl.association_measures(brief, births.head(50)), gl.association_measures(y=y, score=x1)]""",
    "precision_recall": """
r = gl.precision_recall(fit)
[r, r.table.head(3), gl.precision_recall(y=y, p=y / 2, method="interpolated", level=0.8), gl.PrecisionRecall,
 gl.precision_recall(y=y, score=x1, method="davis_goadrich")]""",
    "honest pairs": """
how = dict(resampling="cv", folds=3, repeats=2, seed=4)
[gl.association_measures(brief, **how), gl.precision_recall(brief, **how)]""",
    "multiclass_auc": """
p = np.column_stack([x1 - x1.min(), x2 - x2.min(), abs(x1 + x2)])
p = p / p.sum(axis=1, keepdims=True)
g = np.where(x1 > 0.3, "a", np.where(x2 > 0, "b", "c"))
[gl.multiclass_auc(g, p), gl.multiclass_auc(g, p, levels=list("abc"), weights=1 + y, level=0.9), gl.MulticlassAuc]""",
    "calibration": """
r = gl.calibration(fit, folds=3, repeats=2, seed=1, replicates=20)
[r, r.table, r.tests, r.decomposition, r.band.head(3), r.notes, r.distinct.total, gl.Calibration]""",
    "calibration of training rows": "[gl.calibration(fit, births), gl.calibration(firth, resampling='none').measures]",
    "calibration by bootstrap": "gl.calibration(fit, resampling='bootstrap', replicates=20, smoother='lowess')",
    "calibration of others": """
p = 1 / (1 + np.exp(-x1))
[gl.calibration(y=y, p=p, method="quantile", groups=4, level=0.9).table,
 gl.calibration(y=y, p=p, method="uniform", smoother="lowess", weights=1 + y).measures,
 gl.calibration(y=y, p=np.where(x1 > 1, 1.0, p), finite_only=True, method="spline", event=1).notes,
 gl.calibration(y=y, p=p, trials=1 + y, cluster=np.arange(40) // 2, fold_ids=None).notes,
 gl.calibration(y=y, p=p, weights=1 + y, weight_type="sampling", method="loess").measures]""",
    "calibration of new rows": "gl.calibration(gl.logit('low ~ age + lwt', births.head(99)), births.tail(90)).measures",
    "recalibrate": """
model, new = gl.logit("low ~ age + lwt + smoke", births[::2]), births[1::2]
kinds = ("logistic", "platt", "isotonic", "temperature", "beta", "intercept")
[*(gl.recalibrate(model, new, method=k) for k in kinds), gl.Recalibration]""",
    "recalibrated": """
r = gl.recalibrate(y=y, p=1 / (1 + np.exp(-x1)), weights=1 + y, weight_type="frequency", event=1, trials=None)
r2 = gl.recalibrate(brief, resampling="cv", folds=3, repeats=2, seed=1, cluster=None, fold_ids=None)
[r.predict([0.1, 0.5]), r2.predict(births.head(3)), r2.fit is brief,
 gl.recalibrate(brief, method="prior", prevalence=0.1)]""",
    "cross_validate": """
r = gl.cross_validate(fit, folds=4, repeats=2, groups=None, seed=1, level=0.9)
[r, r.probabilities.head(3), r.folds.head(3), r.notes, gl.CrossValidation]""",
    "cross_validate of counts": "gl.cross_validate(grouped, 3, 2).measures",
    "internal_validation": """
r = gl.internal_validation(fit, method="bootstrap", replicates=20, seed=1, level=0.9)
[r, r.replicates.head(2), gl.InternalValidation]""",
    "internal_validation by other rules": """
[gl.internal_validation(brief, "632+", 20, groups=rows % 30),
 gl.internal_validation(bent, "cv", folds=3, repeats=2)]""",
    "classification": """
r = gl.classification(fit, threshold=0.3)
[r, r.counts, r.table, r.mcnemar_p, r.threshold, r.header, gl.Classification, (r.tp, r.fp, r.fn, r.tn)]""",
    "classification options": """
[gl.classification(fit, births.head(90), 0.25, interval="wilson", prevalence=0.1, beta=2, level=0.9),
 gl.classification(y=y, p=y * 0.5, weights=1 + y), gl.classification(sampled), gl.classification(herds).table,
 gl.classification(brief, resampling="cv", folds=3, repeats=2, seed=5).table]""",
    "thresholds": """
r = gl.thresholds(brief, costs=(5, 1), folds=4, repeats=2, seed=1, replicates=30)
[r, r.best, r.table.head(3), r.threshold, r.value, r.bayes, r.honest, r.criterion,
 r.costs, r.target, r.prevalence, gl.ThresholdChoice,
 gl.thresholds(brief, costs=(5, 1), prevalence=0.1, resampling="none", replicates=0).best]""",
    "thresholds by criteria": """
how = dict(resampling="none", replicates=0)
[gl.thresholds(brief, criterion=c, **how).best for c in ("youden", "closest", "f1")]""",
    "thresholds by targets": """
[gl.thresholds(y=y, p=1 / (1 + np.exp(-x1)), criterion=c, target=0.9, replicates=20, level=0.9)
 for c in ("sensitivity", "specificity")]""",
    "decision_curve": """
r = gl.decision_curve({"brief": brief, "more": fit}, thresholds=(0.1, 0.4))
[r, r.table.head(3), r.differences.head(3), r.prevalence, gl.DecisionCurve]""",
    "decision_curve options": """
[gl.decision_curve(y=y, p=(1 + y) / 4, thresholds=[0, 0.3, 1], prevalence=0.1, level=0.9).table,
 gl.decision_curve([brief], births.head(80)), gl.decision_curve(sampled, thresholds=[0.2]),
 gl.decision_curve(brief, thresholds=[0.3], resampling="cv", folds=3, repeats=2, seed=5).table]""",
    "double selection": """
gl.double_selection("low ~ smoke + age + lwt + C(race) + ptl", births, exposure="smoke", keep=["age"])""",
    "debiased lasso": """
r = gl.elastic_net("low ~ age + lwt + smoke", births, penalty=0.02)
[gl.debiased_lasso(r), gl.debiased_lasso(r, cov="model", level=0.9)]""",
    "split inference": """
gl.split_inference("low ~ age + lwt + smoke", births, penalty=0.02, l1_ratio=0.9, splits=5, seed=1)""",
    "path of penalties": """
r = gl.elastic_net_path("low ~ age + lwt + C(race) + smoke", births, n_penalties=6, min_ratio=0.01)
[gl.PenaltyPath, r.table.drop(columns=["gap", "kkt"]), r.n_nonzero, r.coefficients, r.fit(0.01).params]""",
    "path of given penalties": """
gl.elastic_net_path("low ~ age + smoke", births, penalties=[0.01, 0.05], l1_ratio=0.5, standardize=False)""",
    "penalty in folds": """
assert gl.PenaltyChoice and gl.PenaltyPath
r = gl.elastic_net_cv("low ~ age + lwt + C(race) + smoke", births, folds=4, seed=1, n_penalties=8, min_ratio=0.02)
[r, r.table, r.best, r.best_1se, r.fold_ids, r.fit.params, r.best_gamma, r.best_1se_gamma]""",
    "relaxed and adaptive lasso": """
[gl.elastic_net("low ~ age + lwt + C(race) + smoke", births, penalty=0.03, relax=0.5).params,
 gl.elastic_net("low ~ age + lwt + C(race) + smoke", births, penalty=0.03, adaptive=1),
 gl.elastic_net_path("low ~ age + smoke", births, n_penalties=3, adaptive=1).coefficients,
 gl.elastic_net_cv("low ~ age + smoke", births, n_penalties=3, folds=3, adaptive=1).table,
 gl.elastic_net_cv("low ~ age + smoke", births, n_penalties=3, folds=3, relax=True),
 gl.elastic_net_cv("race ~ age + smoke", births, n_penalties=3, folds=3, relax=[0, 1]).fit.params]""",
    "penalties and class weights": """
[gl.ridge("low ~ age + smoke", births, penalty=0.03, class_weight="balanced").params,
 gl.elastic_net("low ~ age + smoke", births, penalty=0.03, class_weight={0: 1, 1: 2}).params]""",
    "lasso of levels": """
r = gl.elastic_net("race ~ age + lwt + smoke", births, penalty=0.03)
[r, r.params, r.predict().head(3), gl.with_base(r, "white").odds_ratios()]""",
    "grouped penalties of levels": """
[gl.elastic_net("race ~ age + lwt + smoke", births, penalty=0.03, class_weight="balanced", cluster="age"),
 gl.elastic_net("race ~ age + lwt + smoke", births, penalty=0.03, l1_ratio=0.5, grouped=True).params,
 gl.elastic_net_path("race ~ age + lwt", births, n_penalties=4, grouped=True).coefficients,
 gl.elastic_net_cv("race ~ age + lwt", births, n_penalties=4, folds=3, grouped=True, score="brier").table]""",
    "penalty by area": """
gl.elastic_net_cv("low ~ age + smoke", births, score="auc", choose="1se", fold_ids=births.index % 3, n_penalties=5)""",
    "gain": """
r = gl.gain(fit)
[r, r.table.head(3), r.at([0.1, 0.5]), r.ks, r.gini, r.area, gl.GainCurve]""",
    "gain of others": """
[gl.gain(brief, births.head(80)), gl.gain(y=y, p=(1 + y) / 4), gl.gain(y=y, score=x1).at(),
 gl.gain(brief, resampling="cv", folds=3, repeats=2, seed=5)]""",
    "binned residuals": 'r = gl.binned_residuals(fit, "age", bins=4)\n[r, r.table, r.outside, gl.BinnedResiduals]',
    "binned residuals of arm": 'gl.binned_residuals(fit, limits="arm").table',
    "half-normal": "r = gl.half_normal(brief, replications=3, seed=1)\n[r, r.table.tail(3), r.outside, gl.HalfNormal]",
    "linearity": "r = gl.linearity(fit)\n[r, r.table, r.knots, gl.Linearity]",
    "linearity of one": 'gl.linearity(fit, "lwt", knots=3).table',
    "dispersion": "r = gl.dispersion(grouped, level=0.9)\n[r, r.table, r.sentence, gl.Dispersion]",
    "dispersion of patterns": 'gl.dispersion(brief, by="pattern")',
    "likelihood ratio of Stukel": 'gl.goodness_of_fit(fit, "stukel", form="lr")',
    "linktest": 'r = gl.goodness_of_fit(fit, "link", form="wald")\n[r, r.coefficients]',
    "groups of Paul": 'gl.goodness_of_fit(fit, "hosmer_lemeshow", groups="paul")',
    "Spiegelhalter": 'gl.goodness_of_fit(fit, "spiegelhalter")',
    "Hosmer-Lemeshow of levels": (
        "p = np.column_stack([fit.predict() / 2, fit.predict() / 2, 1 - fit.predict()])\n"
        'y = np.where(fit.rows.y == 1, np.where(np.arange(len(p)) % 2, "a", "b"), "c")\n'
        'r = gl.goodness_of_fit(None, "hosmer_lemeshow", y=y, p=p, levels=["a", "b", "c"], weights=np.ones(len(p)), '
        "training=True)\n[r, r.groups]"
    ),
    "check": "[gl.check(f) for f in (fit, separated, grouped, firth)] + [gl.check(herds).table, gl.Check]",
    "vif": "gl.vif(fit)",
    "vif by variable": 'gl.vif(crossed, by="variable")',
    "vif of columns": 'gl.vif(grouped, by="column", of="columns")',
    "vif printed": "[str(gl.vif(crossed)), gl.vif(crossed)._repr_html_()]",
    "collinearity": "gl.collinearity(fit)",
    "collinearity unweighted": "[str(gl.collinearity(fit, weighted=False)), gl.collinearity(separated)]",
    "augment": "fit.augment().head(25)",
    "augment grouped": "gl.augment(grouped).head(12)",
    "augment separated": "separated.augment().head(12)",
    "augment missing": 'gl.logit("r ~ osmo + cond", urine).augment().tail(5)',
    "augment weights": 'gl.logit("low ~ age", more, weights="n").augment().head(6)',
    "predict": "fit.predict().head(10)",
    "predict link": 'fit.predict(kind="link").head(5)',
    "predict interval": 'gl.predict(fit, interval="confidence", level=0.9).head(5)',
    "predict new": """
races = ["black", "white", "other"]
new = pd.DataFrame({"age": [20, 30.5, np.nan], "lwt": 120, "race": races, "smoke": 1}, index=list("pqr"))
[fit.predict(new), fit.predict(new, interval="confidence"), fit.predict(new, kind="link", interval="confidence")]""",
    "predict offset": 'gl.logit("low ~ age", more, offset="z").predict({"age": [20, 30]}, offset=0.5)',
    "predict arrays": "gl.logit(gl.design_arrays(y, X)).predict(X[:4], interval='confidence')",
    "predict separated": "separated.predict(interval='confidence').head(6)",
    "predict clusters": 'herds.predict({"period": ["1", "2"]}, interval="confidence")',
    "validate": "fit.validate()",
    "validate grouped": 'gl.validate(grouped, against="statsmodels", rtol=1e-5)',
    "validate robust": 'brief.with_cov("HC3").validate()',
    "validate separated": "separated.validate()",
    "validate a table": """
table = "term,estimate,std.error\\n(Intercept),0.0609,0.7573\\nage,-0.0498,0.032\\nsmoking,0.6918,0.3218\\n"
[brief.validate(table, names={"smoking": "smoke"}), brief.validate(against=table).remarks]""",
    "validate a result": """
import statsmodels.formula.api as smf
found = gl.validate(smf.logit("low ~ age + smoke", births).fit(disp=0, cov_type="HC1"))
[str(found).replace(found.version, "VERSION"), found.digits > 8]""",
    "validate an estimator": """
from sklearn.linear_model import LogisticRegression
X2 = births[["age", "smoke"]]
found = gl.validate(LogisticRegression(C=np.inf, tol=1e-10).fit(X2, births["low"]), data=(X2, births["low"]), rtol=1e-5)
[found.passed, found.printed, found.table["reason"].tolist()]""",
    "validate firth": "firth.validate()",
    "validate clusters": "herds.validate().passed",
    "validation is a class": "isinstance(brief.validate(), gl.Validation)",
    "notes": """
[one.notes for one in (fit, grouped, herds, sampled, separated, aliased, firth, gl.logit("r ~ osmo + cond", urine))]""",
    "separation": "gl.separation(fit)",
    "separation of a design": 'gl.separation(gl.design("HG ~ NV + PI + EH", endometrial))',
    "separation explained": """
[separated.separation.explain(), separated.separation.warning(), fit.separation.explain()]""",
    "separation complete": """
report = gl.separation(gl.design("low ~ bwt", births))
[report, report.explain(), isinstance(report, gl.SeparationReport), report.copy().kind]""",
    "profile": 'gl.profile(fit, ["age", "smoke"])',
    "profile confint": "p = gl.profile(brief)\n[p.confint(), p.confint(level=0.9), p.tests, p.notes]",
    "profile curves": 'gl.profile(brief, "age").curves',
    "profile separated": 'gl.profile(separated, "NV")',
    "profile firth": "gl.profile(firth)",
    "profile is a class": 'isinstance(gl.profile(brief, "age"), gl.Profile)',
    "methods are functions": """
names = [n for n in gl.__all__ if getattr(gl.Fit, n, None) is getattr(gl, n)]
names""",
    "version": "isinstance(gl.__version__, str)",
    "configuration": """
c = gl.show_config()
heads = [line.split(":")[0] for line in str(c).splitlines()[1:]]
[isinstance(c, gl.Configuration), [f.name for f in dataclasses.fields(c)], heads]""",
    "all": "[gl.__all__, dir(gl)]",
}

RISKS = {
    "margins": "fit.margins()",
    "margins mean": 'fit.margins(at="mean")',
    "margins median": 'fit.margins("age", at="median")',
    "margins typical": 'fit.margins(["age", "race"], at="typical")',
    "margins at": 'gl.margins(crossed, "smoke", at={"age": [20, 30], "race": "black"}, discrete="binary")',
    "margins at a table": 'brief.margins(at=pd.DataFrame({"age": [20, 30], "smoke": [0, 1]}))',
    "margins eyex": 'fit.margins(["age", "lwt"], kind="eyex")',
    "margins eydx": 'fit.margins(kind="eydx")',
    "margins dyex": 'fit.margins("lwt", kind="dyex")',
    "margins discrete": 'fit.margins(discrete=["smoke", "age"])',
    "margins by": 'crossed.margins("smoke", by="race", discrete="binary")',
    "margins by an array": 'brief.margins("age", by=pd.Series(np.where(rows % 2, "odd", "even"), index=births.index))',
    "margins cov": 'fit.margins(cov="HC3", level=0.9)',
    "margins unconditional": 'fit.margins("age", unconditional=True)',
    "margins splines": "bent.margins()",
    "margins clusters": "herds.margins()",
    "margins sampled": "sampled.margins()",
    "margins grouped": 'grouped.margins("alcgp")',
    "margins separated": "separated.margins()",
    "margins firth": "firth.margins()",
    "margins aliased": "aliased.margins()",
    "margins tests": """
m = fit.margins()
tests = ["age = 0", ["age = 0", "lwt = 0"], "race[black - white] = race[other - white]"]
[m.labels, m.scales, m.covariance, [m.test(hypothesis) for hypothesis in tests]]""",
    "margins test by matrix": "fit.margins(['age', 'lwt']).test([[1.0, -1.0]])",
    "effects are frames": """
m = fit.margins()
[isinstance(m, gl.Effects), type(m.head(2)) is pd.DataFrame, m[["variable", "estimate"]], copy.copy(m), m.notes]""",
    "comparisons": 'fit.comparisons("smoke")',
    "comparisons estimands": """
kinds = ["risk_difference", "risk_ratio", "odds_ratio", "nnt", "attributable_fraction"]
gl.comparisons(fit, "smoke", kinds)""",
    "comparisons contrast": 'fit.comparisons("race", "risk_ratio", ("black", "other"))',
    "comparisons step": 'fit.comparisons("age", contrast=10)',
    "comparisons pairwise": 'fit.comparisons("race", contrast="pairwise", adjust="tukey")',
    "comparisons exposed": """
fit.comparisons("smoke", ["risk_difference", "attributable_fraction"], population="exposed")""",
    "comparisons unexposed": 'fit.comparisons("smoke", "odds_ratio", population="unexposed", level=0.9)',
    "comparisons population": 'fit.comparisons("smoke", "risk_ratio", population=births.head(30))',
    "comparisons by": 'crossed.comparisons("smoke", by="race")',
    "comparisons cov": 'fit.comparisons("smoke", cov="HC2")',
    "comparisons unconditional": 'fit.comparisons("smoke", ["risk_difference", "risk_ratio"], unconditional=True)',
    "comparisons bootstrap": """
brief.comparisons("smoke", ["risk_difference", "nnt"], interval="bootstrap", replications=100, seed=1)""",
    "comparisons bootstrap clusters": """
f = gl.logit("low ~ smoke", more, cluster="hospital")
f.comparisons("smoke", interval="bootstrap", replications=100, seed=2)""",
    "comparisons holm": 'fit.comparisons("race", ["risk_difference", "risk_ratio"], adjust="holm")',
    "comparisons separated": 'separated.comparisons("NV", ["risk_difference", "risk_ratio"])',
    "comparisons tests": 'fit.comparisons("race", "risk_ratio").test("race[black - white] = 1")',
    "predictions": "gl.predictions(fit)",
    "predictions at": 'gl.predictions(fit, {"smoke": [0, 1], "race": ["white", "black"]})',
    "predictions mean": 'gl.predictions(fit, "mean", level=0.9)',
    "predictions by": 'gl.predictions(fit, by="race", cov="HC1")',
    "predictions people": 'gl.predictions(fit, gl.reference_grid(fit, {"age": [20, 30]}))',
    "predictions unconditional": "gl.predictions(brief, unconditional=True)",
    "reference_grid": 'gl.reference_grid(fit, {"age": [20, 30], "race": ["white", "other"]})',
    "reference_grid typical": "gl.reference_grid(grouped)",
    "second_differences": 'gl.second_differences(crossed, "smoke", "race")',
    "second_differences values": 'gl.second_differences(crossed, "age", "lwt", [100, 150], level=0.9)',
    "second_differences quartiles": 'gl.second_differences(crossed, "age", "lwt", discrete=None, cov="HC3")',
    "effective_dose": 'gl.effective_dose(gl.logit("low ~ lwt", births), "lwt")',
    "effective_dose log": """
gl.effective_dose(gl.logit("low ~ log(lwt) + smoke", births), "lwt", [0.1, 0.5], at={"smoke": 1})""",
    "effective_dose fieller": 'gl.effective_dose(fit, "lwt", [0.2, 0.4], method="fieller", level=0.9, cov="HC0")',
    "prior_correction": "gl.prior_correction(fit, 0.05)",
    "prior_correction predict": """
c = gl.prior_correction(brief, 0.05)
one = {"age": [20], "smoke": [1]}
[isinstance(c, gl.PriorCorrection), c.predict().head(3), c.predict(one, interval="confidence", level=0.9)]""",
    "prior_correction of class weights": """
w = gl.logit("low ~ age + smoke", births, class_weight="balanced")
c, one = gl.prior_correction(w), {"age": [20], "smoke": [1]}
[c.how, c.refitted, c.notes, c.predict(one, interval="confidence"), gl.predictions(w), gl.check(w),
 w.interpret("smoke")]""",
    "prior_correction of rates": """
c = gl.prior_correction(brief, nonevents_kept=0.2, events_repeated=3)
[c, c.notes, c.intercept, c.probabilities([0.1, 0.5, 0.9])]""",
    "probability_change": "gl.probability_change(2.5, conf=(1.15, 5.5))",
    "probability_change several": "gl.probability_change([0, 0.5, 2, np.inf], [0.1, 0.2, 0.3, 0.4])",
    "probability_change of a fit": 'gl.probability_change(fit.odds_ratios()["odds_ratio"], 0.2)',
    "approximate_risk_ratio": "gl.approximate_risk_ratio(2.5, [0.01, 0.2, 0.5], conf=(1.2, 5))",
    "e_value": "gl.e_value(2.0, 1.2, 3.3)",
    "e_value odds ratio": 'gl.e_value([2.0, 0.5], measure="odds_ratio", rare=True, true=1.1)',
    "e_value hazard ratio": 'gl.e_value(2.0, 1.2, 3.3, measure="hazard_ratio")',
    "interpret": "fit.interpret()",
    "interpret of a style": 'fit.interpret("smoke", style="bmj", digits=1)',
    "interpret units": 'gl.interpret(fit, ["age", "race"], units={"age": 10}, level=0.9)',
    "interpret interaction": "crossed.interpret()",
    "interpret splines": "bent.interpret()",
    "interpret grouped": "grouped.interpret()",
    "interpret separated": "separated.interpret()",
    "interpret sampled": "sampled.interpret()",
    "interpretation is a class": "i = brief.interpret()\n[isinstance(i, gl.Interpretation), i._repr_html_()]",
}

ODDS_RATIOS = {
    "contrasts": 'gl.contrasts(fit, "race[black] - race[other], 10*age, race[white]")',
    "contrasts list": 'gl.contrasts(fit, ["smoke", "5*age - lwt"], exponentiate=False, level=0.9)',
    "contrasts matrix": "gl.contrasts(fit, np.eye(6)[[1, 2]], cov='HC3')",
    "contrasts profile": 'gl.contrasts(fit, "race[black] - race[other]", method="profile")',
    "contrasts interaction": 'gl.contrasts(crossed, "smoke")',
    "contrasts firth": 'gl.contrasts(firth, "NV, PI + EH")',
    "contrasts separated": 'gl.contrasts(separated, "NV, PI, EH", adjust="bonferroni")',
    **{
        f"contrasts {adjust}": f'gl.contrasts(fit, "age, lwt, smoke", adjust="{adjust}")'
        for adjust in ("bonferroni", "holm", "hochberg", "hommel", "sidak", "scheffe", "fdr", "BY")
    },
    "contrasts test": 'gl.contrasts(fit, "age, lwt").test("age = lwt")',
    "pairwise": 'gl.pairwise(fit, "race")',
    "pairwise none": 'gl.pairwise(fit, "race", adjust="none", exponentiate=False, level=0.9)',
    "pairwise within": 'gl.pairwise(crossed, "race", within="smoke", adjust="bonferroni")',
    "pairwise clusters": 'gl.pairwise(herds, "period")',
    "stratum_odds_ratios": 'gl.stratum_odds_ratios(crossed, "smoke", "race")',
    "stratum_odds_ratios within": 'gl.stratum_odds_ratios(crossed, "age", {"lwt": [100, 150]}, contrast=10)',
    "stratum_odds_ratios iqr": 'gl.stratum_odds_ratios(fit, "age", contrast="iqr")',
    "stratum_odds_ratios sd": 'gl.stratum_odds_ratios(crossed, "age", "lwt", contrast="sd", cov="HC0")',
    "stratum_odds_ratios pairs": """
gl.stratum_odds_ratios(crossed, "race", "smoke", contrast="pairwise", adjust="tukey")""",
    "stratum_odds_ratios two": 'gl.stratum_odds_ratios(fit, "race", contrast=("other", "black"), method="profile")',
    "interaction": 'gl.interaction(exposures, "smoke", "ht")',
    "interaction delta": 'gl.interaction(exposures, "smoke", "ht", method="delta", level=0.9)',
    "step": "gl.step(gl.logit('low ~ age + lwt + smoke + ht', births), replicates=5, seed=1)",
    "step forward": """
[
    gl.step(gl.logit("low ~ age*smoke + lwt + ht", births), "forward", "bic", keep="smoke"),
    gl.step(gl.logit("low ~ age*smoke + lwt + ht", births), "both", 3.84, post_selection="shown"),
]""",
    "step pages": """
chosen = gl.step(gl.logit("low ~ age + lwt + smoke + ht", births))
chosen.to_markdown(), chosen.to_latex(), chosen.to_html(), chosen.write("step.md"), isinstance(chosen, gl.Selection)""",
    "best_subset": "gl.best_subset(gl.logit('low ~ age + lwt + smoke + ht', births), 'bic', keep='smoke', top=3)",
    "compare": """
models = gl.compare([gl.logit("low ~ age", births), gl.logit("low ~ age + lwt", births)], replicates=20)
models.table, models.tests, models, isinstance(models, gl.ModelComparison)""",
    "compare options": """
gl.compare({"a": gl.logit("low ~ age", births), "b": gl.firth("low ~ age", births)}, resampling="cv", folds=4, seed=2)
gl.compare([gl.logit("low ~ age", births), gl.logit("low ~ lwt", births)], resampling="none").to_markdown()""",
    "change_in_estimate": """
gl.change_in_estimate(gl.logit("low ~ smoke + race + age", births), "smoke", risk_ratio=True)""",
    "fractional_polynomials": "gl.fractional_polynomials(gl.logit('low ~ age + lwt + smoke', births), select=0.2)",
    "fractional_polynomials pages": """
chosen = gl.fractional_polynomials(gl.logit("low ~ age + lwt", births), "age", alpha=0.5, shift={"age": 1.0})
chosen.to_markdown(), chosen.to_latex(), chosen.to_html(), chosen.write("fp.md")
isinstance(chosen, gl.FractionalPolynomials)""",
    "sample_size": "gl.sample_size(24, 0.174, cox_snell=0.288), gl.sample_size(8, 0.3, nagelkerke=0.15, mape=0.05)",
    "sample_size options": "s = gl.sample_size(8, 0.3, auc=0.75, shrinkage=0.95, margin=0.03)\ns, s.criteria",
    "sample_size pages": """
study = gl.sample_size(24, 0.174, cox_snell=0.288)
study.to_markdown(), study.to_latex(), study.to_html(), study.write("study.md"), isinstance(study, gl.SampleSize)""",
    "power": "gl.power(1.5, 0.2, power=0.8), gl.power(2.0, 0.1, n=400, predictor='binary', share=0.3)",
    "power options": """
[
    gl.power(1.5, 0.2, n=300, predictor="uniform", covariates_r2=0.2, alpha=0.01),
    gl.power(1.5, 0.2, power=0.9, method="hsieh"),
    gl.power(1.5, 0.2, n=300, predictor=[0.0, 1.0, 1.0, 3.0]),
]""",
    "power pages": """
study = gl.power(1.5, 0.2, power=0.8)
study.to_markdown(), study.to_latex(), study.to_html(), study.write("power.md"), isinstance(study, gl.Power)""",
    "interaction bootstrap": """
gl.interaction(exposures, "smoke", "ht", method="bootstrap", replications=100, seed=3)""",
    "interaction levels": 'gl.interaction(crossed, "smoke", "race", levels={"race": ("black", "white")})',
    "interaction recode": 'gl.interaction(exposures, "smoke", "ht", recode=True)',
    "interaction without product": 'gl.interaction(fit, "smoke", "race", levels={"race": ("other", "white")})',
    "interaction tests": """
i = gl.interaction(exposures, "smoke", "ht")
[i.test("RERI = 0"), i.test("OR10 = 1"), i.covariance]""",
    "characteristics": '[gl.characteristics(births, "low", median="lwt", tests=["welch", "chi2"]), gl.Characteristics]',
    "characteristics of all": 'gl.characteristics(births, variables=["age", "race"])',
    "characteristics weights": """
[gl.characteristics(more, "smoke", ["age", "race"], weights="n", overall=False, tests=["t", "fisher"]),
 gl.characteristics(more, "race", ["age", "low"], weights="w", weight_type="sampling", tests="wilcoxon")]""",
    "characteristics missing": """
gaps = births.assign(age=births["age"].where(births["age"] > 16), race=births["race"].astype(object).where(rows > 9))
gaps.attrs["labels"], gaps.attrs["value_labels"] = {"age": "Age, years"}, {"smoke": {0: "no", 1: "yes"}}
labels = {"low[1]": "Light", "race": "Group"}
[gl.characteristics(gaps, "low", ["age", "race", "smoke", "ftv"], missing=how, categorical="ftv",
                    differences=how == "row", labels=labels) for how in ("row", "level", "note")]""",
    "characteristics files": """
page = gl.characteristics(births, "low", ["age", "race"])
[page.to_markdown(), page.to_latex(), page.to_html(), page.summary(), page.differences]""",
    "nonlinear contrasts": """
[gl.contrasts(fit, ["exp(age)/exp(smoke)", "-Intercept/lwt", "log(age)"], adjust="holm", cov="HC3", level=0.9),
 gl.contrasts(fit, "sqrt(smoke^2)*2")]""",
    "two_by_k": "[gl.two_by_k([[5, 60], [12, 55], [20, 40]]), gl.TwoByK]",
    "two_by_k rows": """
gl.two_by_k(births, "low", "race", scores={"white": 0, "black": 1, "other": 3}, reference="black")""",
    "two_by_k strata": """
r = gl.two_by_k(sized, "low", "size", strata=["smoke", "ht"], event=0, level=0.9)
[r, r.stratified_by]""",
    "two_by_k weights": 'gl.two_by_k(more, "low", "race", weights="n", strata="smoke")',
    "two_by_k zero": "gl.two_by_k([[0, 9], [4, 8], [6, 3]])",
    "two_by_k files": """
page = gl.two_by_k(births, "low", "race", scores=[1, 2, 3])
[page.to_markdown(), page.to_latex(), page.summary(), page.measures, page.tests, page.scores]""",
    "trend": '[gl.trend(grouped, "alcgp"), gl.Trend]',
    "trend methods": """
[gl.trend(fit, "race", [1, 2, 4], method=how, level=0.9).frame for how in ("profile", "wald", "score")]""",
    "trend departure": """
page = gl.trend(fit, "C(race)")
[page.departure, page.scores, page.to_markdown(), page.fit.params]""",
    "two_by_two": "gl.two_by_two([[30, 44], [29, 86]])",
    "two_by_two rows": 'gl.two_by_two(births, "low", "smoke")',
    "two_by_two strata": 'gl.two_by_two(births, "low", "smoke", strata="race", level=0.9)',
    "two_by_two strata of two": 'gl.two_by_two(births, "low", "smoke", strata=["race", "ht"])',
    "two_by_two strata of counts": "gl.two_by_two([[[12, 5], [6, 9]], [[8, 3], [10, 21]], [[4, 0], [0, 6]]])",
    "two_by_two files": """
crude = gl.two_by_two([[30, 44], [29, 86]])
crude.to_markdown(), crude.to_latex(), crude.to_html(), crude.write("counts.md")""",
    "two_by_two zero": "gl.two_by_two([[5, 0], [3, 7]])",
    "two_by_two nothing": "gl.two_by_two([[5, 3], [0, 0]])",
    "two_by_two levels": """
gl.two_by_two(births[births["race"] != "other"], "low", "race", event=0, exposed="black")""",
    "two_by_two weights": 'gl.two_by_two(more, "low", "smoke", weights="n")',
    "two_by_two fractions": "gl.two_by_two([[3.5, 4.0], [2.25, 8.0]])",
    "two_by_two labels": """
gl.two_by_two(pd.DataFrame([[30, 44], [29, 86]], index=["smoker", "other"], columns=["low", "normal"]))""",
    "two_by_two pages": """
t = gl.two_by_two(births, "low", "smoke", strata="race")
[isinstance(t, gl.TwoByTwo), t.summary(), t._repr_html_(), t.summary().to_markdown(), t.summary().to_latex()]""",
    "table": 'gl.table("low ~ age + lwt + C(race) + smoke", births)',
    "table units": 'gl.table("low ~ age + race", births, units={"age": 5}, labels={"age": "Age of mother"}, level=0.9)',
    "table means": 'gl.table("low ~ age + log(lwt) + smoke", births, continuous={"lwt": "median"}, units={"age": 5})',
    "table metrics": """
t = gl.table("low ~ age + smoke", births, metrics=True)
[t.metrics, t]""",
    "table metrics of weights": """
gl.table("low ~ age", more, weights="w", weight_type="sampling", metrics=True, style="lancet", language="it")""",
    "table standardised": 'gl.table("low ~ age + lwt + smoke", births, units="sd", continuous="mean", language="es")',
    "table wald": 'gl.table("low ~ age + race", births, method="wald")',
    "table score": 'gl.table("low ~ age + smoke", births, method="score")',
    "table of journals": """
[str(gl.table("low ~ age + C(race)", births, style=name)) for name in ("jama", "lancet", "nejm", "bmj")]""",
    "table of languages": """
[str(gl.table("low ~ age", births, language=name, digits=2, p_digits=2)) for name in ("de", "fr", "es", "pt", "it")]""",
    "table of labels": """
labels = {"race": "Race", "smoke": {0: "No", 1: "Yes"}, "age": "Age (per 5 years)", "low": "Light birth"}
gl.table("low ~ age + C(race) + smoke", births, labels=labels, units={"age": 5}, style="bmj")""",
    "effects in markups": """
effects = brief.margins()
[effects.to_markdown(), effects.to_latex(), effects.to_html()]""",
    "table styled": """
with gl.style("nejm", caption="Table 2", abbreviations=False):
    page = str(gl.table("low ~ smoke", births).styled("bmj", language="fr", digits="journal", p_digits=4))
page""",
    "table firth": 'gl.table("HG ~ NV + PI + EH", endometrial, estimator=gl.firth)',
    "table grouped": 'gl.table("cbind(ncases, ncontrols) ~ agegp + alcgp", esoph)',
    "table separated": 'gl.table("HG ~ NV + PI + EH", endometrial)',
    "table interaction": 'gl.table("low ~ age + C(race) * smoke", births)',
    "subgroups": """
r = gl.subgroups("low ~ smoke + age", births, "smoke", ["ht", "race"], method="wald", level=0.9)
[r, r.frame, r.exposure, r.level, r.methods, r.labels, r.notes, r.reference, gl.SubgroupTable]""",
    "subgroups of levels": """
gl.subgroups("low ~ C(race) + age", births, "race", by="ht", estimator=gl.firth, labels={"ht": "Hypertension"})""",
    "subgroups by a unit": 'gl.subgroups("low ~ age", births, exposure="age", by="smoke", units={"age": 5}).frame',
    "many": """
r = gl.many(["low", "ui"], ["smoke", "C(race)", "nothing"], "age", births.assign(nothing=1))
[r, r.frame, r.tests, r.correction, r.level, list(r.fits), r.adjust, r.methods, r.notes, gl.ManyModels]""",
    "many otherwise": """
gl.many(outcomes="low", exposures="smoke", adjust="", data=births, correction="none", level=0.9, method="wald",
        estimator=gl.firth).frame""",
    "odds_ratio_curve": """
r = gl.odds_ratio_curve(gl.logit("low ~ rcs(lwt, 4) + smoke", births), "lwt", 120, values=[100, 120, 150])
[r, r.table, r.tests, r.reference, r.variable, r.level, r.model, r.outcome, r.test, r.at, r.notes, r.observed[:3],
 gl.OddsRatioCurve]""",
    "odds_ratio_curve otherwise": """
gl.odds_ratio_curve(gl.logit("low ~ poly(lwt, 2) * smoke", births), "lwt", reference=None, at={"smoke": 1},
                    values=(100, 150), test="wald", method="wald", level=0.9)""",
    "table splines": 'gl.table("low ~ rcs(age, 3) + smoke", births)',
    "table sampling": 'gl.table("low ~ age + smoke", more, weights="w", weight_type="sampling")',
    "table missing": 'gl.table("r ~ osmo + ph", urine)',
    "table pages": """
t = gl.table("low ~ age + C(race)", births)
pages = [t.to_markdown(), t.to_latex(), t.to_html(), t._repr_html_(), t.summary]
[isinstance(t, gl.AssociationTable), pages, t.adjusted, list(t.crude)]""",
    "table files": """
t = gl.table("low ~ age + C(race)", births)
names = ["t.md", "t.html", "t.tex", "t.txt", "t.csv", "t.json"]
for name in names:
    t.write(name)
{name: text_of(name) for name in names}""",
}

TESTS = {
    "test": 'fit.test("age = 0, lwt = 0")',
    "test chained": 'gl.test(fit, "age = lwt = 0")',
    "test of combinations": 'fit.test("age = 2*lwt")',
    "test of values": 'fit.test("smoke = 1, age = -0.05")',
    "test list": 'fit.test(["age", "lwt = 0"])',
    "test matrix": "fit.test([[0, 1, -1, 0, 0, 0]])",
    "test lr": 'fit.test("age = 0", "lr")',
    "test score": 'fit.test("age = 0, smoke = 0", method="score")',
    "test factor": 'fit.test("C(race)[T.black] = C(race)[T.other]")',
    "test clusters": 'herds.test("C(period)[T.2] = 0, C(period)[T.3] = 0")',
    "test separated": 'separated.test("NV = 0")',
    "test separated lr": 'separated.test("NV = 0", "lr")',
    "test separated score": 'separated.test("NV = 0", "score")',
    "test aliased": 'aliased.test("twice = 0")',
    "test firth": 'firth.test("NV = 0", "lr")',
    "wald_test": 'gl.wald_test(fit, "age = 0")',
    "wald_test robust": 'gl.wald_test(fit.with_cov("HC3"), "age = lwt")',
    "score_test": 'gl.score_test(fit, "age = 0")',
    "lr_test": 'gl.lr_test(fit, gl.logit("low ~ age + lwt", births))',
    "lr_test equal": "gl.lr_test(fit, fit)",
    "lr_test separated": 'gl.lr_test(separated, gl.logit("HG ~ PI + EH", endometrial))',
    "lr_test firth": 'gl.lr_test(firth, gl.firth("HG ~ PI + EH", endometrial))',
    "test result": 'r = fit.test("age = 0")\n[isinstance(r, gl.TestResult), repr(r), str(r), r.p_value, r.df_denom]',
    "drop1": "gl.drop1(fit)",
    "drop1 wald": 'gl.drop1(fit, test="wald")',
    "drop1 score": 'gl.drop1(fit, test="score")',
    "drop1 interaction": "gl.drop1(crossed)",
    "drop1 clusters": 'gl.drop1(herds, test="wald")',
    "drop1 separated": "gl.drop1(separated)",
    "drop1 firth": "gl.drop1(firth)",
    "drop1 printed": "[str(gl.drop1(fit)), gl.drop1(fit)._repr_html_()]",
    "anova": "gl.anova(fit)",
    "anova fits": 'gl.anova(gl.logit("low ~ age", births), gl.logit("low ~ age + lwt", births), fit)',
    "anova of types": """
model = gl.logit("low ~ age + C(race) * smoke", births)
[gl.anova(model, type=2), gl.anova(model, type=3, test="wald")]""",
    "anova wald": 'gl.anova(fit, test="wald")',
    "anova score": 'gl.anova(gl.logit("low ~ age", births), brief, test="score")',
    "anova grouped": "gl.anova(grouped)",
    "anova printed": "str(gl.anova(fit))",
}

PAGES = {
    "summary": "fit.summary()",
    "summary units": 'fit.summary(units={"age": "sd", "lwt": 10})',
    "summary options": 'gl.summary(fit, level=0.9, method="profile", odds_ratios=False, stars=False)',
    "summary score": 'brief.summary(method="score")',
    "summary written": 'fit.summary().write("summary.md")',
    "summary grouped": "grouped.summary()",
    "summary clusters": "herds.summary()",
    "summary sampled": "sampled.summary()",
    "summary separated": "separated.summary()",
    "summary of a style": 'fit.summary(style="lancet", digits=1, p_digits=2, language="de")',
    "labels of a fit": """
named = {"race": ("Race", {"black": "Black", "white": "White"}), "smoke": {0: "No", 1: "Yes"}, "low": "Light birth"}
own = gl.logit("low ~ age + C(race) + smoke", births, labels=named)
pages = own.summary(), own.interpret("smoke"), own.comparisons("race"), own.report(style="jama"), own.odds_ratios()
[own.design.labels, *map(str, pages)]""",
    "labels of calls, data and a block": """
births = births.copy()
births.attrs["labels"] = {"age": "Age, years"}
births.attrs["value_labels"] = {"smoke": {0: "no", 1: "yes"}}
with gl.style(labels={"age": "Age of mother", "low": "Light birth"}):
    block = str(fit.summary()), str(gl.interpret(fit, "age"))
[str(gl.logit("low ~ age + smoke", births).summary(labels={"age": "Years of age"})), block,
 str(gl.two_by_two(births, "low", "smoke", labels={"low": "Light"}, style="bmj").styled(digits=1, language="de")),
 str(gl.many("low", "smoke", "age", births, labels={"smoke": "Smoking"}, style="nejm"))]""",
    "style": """
whole = gl.Style(name="thesis", digits=2, percent_digits=0, probability_digits=2, p_digits=2, p_digits_below=3,
    p_significant=0, p_least=0.01, p_zero=False, p_as_r=False, p_name="P", brackets="()", between=" to ", decimal=",",
    thousands=".", grouped_from=100, reference="{Reference}", caption="Table 2", abbreviations=True, manuscript=True,
    language="pt")
marks = whole.name, whole.brackets, whole.between, whole.decimal, whole.thousands, whole.grouped_from, whole.language
digits = whole.digits, whole.percent_digits, whole.probability_digits
p = whole.p_digits, whole.p_digits_below, whole.p_significant, whole.p_least, whole.p_zero, whole.p_as_r, whole.p_name
words = whole.reference, whole.caption, whole.abbreviations, whole.manuscript
page = str(gl.table("low ~ C(race)", births, style=whole))
[gl.style("plain"), whole, marks, digits, p, words, page, fit.summary(style=whole)]""",
    "summary separated profile": 'separated.summary(method="profile")',
    "summary aliased": "aliased.summary()",
    "summary unfinished": "unfinished.summary()",
    "summary firth": "firth.summary()",
    "summary flic": 'gl.flic("HG ~ NV + PI", endometrial).summary()',
    "summary flac": 'gl.flac("HG ~ NV + PI", endometrial).summary()',
    "summary log_f": 'gl.log_f("HG ~ NV + PI", endometrial).summary()',
    "summary median": 'gl.median_bias_reduced("HG ~ NV + PI", endometrial).summary()',
    "summary robust": 'fit.with_cov("HC3").summary()',
    "summary weights": 'gl.logit("low ~ age", more, weights="n", offset="z").summary()',
    "summary missing": 'gl.logit("r ~ osmo + cond", urine).summary()',
    "summary yes": 'gl.logit("y ~ x1 + g", small.assign(y=np.where(small["y"], "yes", "no"))).summary()',
    "summary splines": "bent.summary()",
    "summary crossed": "crossed.summary()",
    "summary parts": """
s = fit.summary()
[s.title, s.header, s.footer, s.notes, s.alert, s.coefficients, s.facts, repr(s)]""",
    "summary tables": "[[t.to_text(), t.to_markdown(), t.to_latex(), t._repr_html_()] for t in brief.summary().tables]",
    "summary markdown": "[fit.summary().to_markdown(), separated.summary().to_markdown()]",
    "summary latex": "[fit.summary().to_latex(), separated.summary().to_latex()]",
    "summary html": "[fit.summary()._repr_html_(), separated.summary().to_html()]",
    "summary html page": "fit.summary().to_html(full_page=True)",
    "summary of names to escape": """
odd = births.rename(columns={"age": "a_b & <c> | $x"})
s = gl.logit("low ~ `a_b & <c> | $x`", odd).summary()
[str(s), s.to_markdown(), s.to_latex(), s.to_html()]""",
    "report": "gl.report(fit)",
    "report files": """
for kind in ("md", "html", "tex", "txt", "csv", "json"):
    fit.report(f"report.{kind}")
{kind: text_of(f"report.{kind}") for kind in ("md", "html", "tex", "txt", "csv", "json")}""",
    "report options": 'gl.report(separated, "r.md", level=0.9, method="profile")\ntext_of("r.md")',
    "report json separated": 'separated.report("r.json")\ntext_of("r.json")',
    "report csv separated": 'separated.report("r.csv")\ntext_of("r.csv")',
    "margins printed": "[str(fit.margins()), fit.margins()._repr_html_()]",
    "comparisons printed": """
c = fit.comparisons("smoke", ["risk_difference", "risk_ratio", "nnt"])
[str(c), repr(c), c._repr_html_()]""",
    "predictions of many printed": "str(gl.predictions(fit, births.head(61)))",
    "pairwise printed": 'p = gl.pairwise(fit, "race")\n[str(p), p._repr_html_()]',
    "interaction printed": 'i = gl.interaction(exposures, "smoke", "ht")\n[str(i), i._repr_html_()]',
    "configuration printed": "str(gl.show_config()).splitlines()[0].replace(gl.__version__, 'VERSION')",
}

WORD = {
    "report": 'fit.report("r.docx")\ntext_of("r.docx")',
    "report separated": 'separated.report("r.docx")\ntext_of("r.docx")',
    "table": 'gl.table("low ~ age + C(race)", births).write("t.docx")\ntext_of("t.docx")',
    "command line": 'cli("fit", "low ~ age", "dataset:birthwt", "--out", "r.docx") + text_of("r.docx")',
}

EXCEL = {
    "report": 'fit.report("r.xlsx")\ntext_of("r.xlsx")',
    "report separated": 'separated.report("r.xlsx")\ntext_of("r.xlsx")',
    "table": 'gl.table("low ~ age + C(race)", births).write("t.xlsx")\ntext_of("t.xlsx")',
    "command line": 'cli("effects", "low ~ age", "dataset:birthwt", "--out", "r.xlsx") + text_of("r.xlsx")',
}

PLOTS = {
    "forest": "fit.plot()",
    "pictures of residuals": 'fit.plot("binned"), fit.plot("residual", "pearson"), fit.plot("partial", "age")',
    "pictures of influence": 'fit.plot("influence", by="pattern"), fit.plot("half_normal", replications=3, seed=1)',
    "subgroups": 'gl.subgroups("low ~ smoke", births, "smoke", "race").plot(ax=None)',
    "many": 'gl.many(["low", "ui"], ["smoke", "ht"], "age", births).plot(ax=None)',
    "odds ratio curve": 'gl.odds_ratio_curve(gl.logit("low ~ rcs(lwt, 4)", births), "lwt").plot(ax=None, rug=True)',
    "forest function": 'gl.forest_plot(fit, units={"age": 5}, labels={"lwt": "Weight"}, p_values=True)',
    "forest with labels of levels": 'gl.forest_plot(fit, labels={"race": {"black": "Black"}})',
    "forest options": 'gl.forest_plot(fit, method="profile", level=0.9, intercept=True)',
    "forest of fits": 'gl.forest_plot({"brief": brief, "full": fit})',
    "forest of a table": "gl.forest_plot(fit.odds_ratios(reference_rows=True))",
    "forest separated": "gl.forest_plot(separated, method='profile')",
    "roc": """
ax = gl.roc(fit).plot()
gl.roc(brief, births.head(90)).plot(ax, label="first rows")""",
    "calibration": """
gl.calibration(fit, folds=3, repeats=1, replicates=20).plot(label="all")""",
    "calibration by groups": 'gl.calibration(fit, method="quantile", resampling="none").plot(ax=None)',
    "cross-validation": "gl.cross_validate(fit, 3, 1).plot(groups=5)",
    "internal validation": 'gl.internal_validation(fit, replicates=20).plot(measures=("auc", "brier"))',
    "precision and recall": 'gl.precision_recall(fit).plot(label="full")',
    "thresholds": 'gl.thresholds(brief, resampling="none", replicates=20).plot()',
    "decision curve": """
gl.decision_curve(brief, thresholds=(0.1, 0.4)).plot()
gl.decision_curve([brief, fit], thresholds=(0.1, 0.4)).plot(limits=False)""",
    "gain": "gl.gain(fit).plot()",
    "path of penalties": """
gl.elastic_net_path("low ~ age + lwt + smoke", births, n_penalties=8).plot(standardized=False)""",
    "penalty in folds": 'gl.elastic_net_cv("low ~ age + lwt + smoke", births, folds=3, n_penalties=8).plot()',
    "forest of results": """
crude_and_adjusted = gl.table("low ~ age + C(race)", births)
[crude_and_adjusted.plot(), gl.forest_plot(crude_and_adjusted, width="column"), gl.forest_plot(fit.margins())]
gl.forest_plot(gl.compare({"brief": brief, "full": fit}, resampling="none"), width=120)""",
    "forest of published numbers": """
numbers = {"risk_difference": [0.1, -0.2], "conf_low": [0, -0.3], "conf_high": [0.2, -0.1], "events": [4, 5], "n": 40}
gl.forest_plot(pd.DataFrame({"label": ["A", "B"], "group": "trials", **numbers}))""",
    "tables of counts": """
gl.two_by_two(births, "low", "smoke").plot()
gl.two_by_two(births, "low", "smoke", strata="race").plot(width="column")
gl.two_by_k(births, "low", "race").plot()""",
    "love plot": 'gl.characteristics(births[["age", "race", "low"]], by="low").plot(width="page")',
    "results of diagnostics": """
gl.binned_residuals(fit).plot(), gl.half_normal(fit, replications=3).plot()
gl.influence(fit).plot(against="probability", width="column")""",
    "results in a forest": """
gl.compare({"brief": brief, "full": fit}, resampling="none").plot()
gl.classification(fit).plot()
gl.one_vs_rest("race ~ age", births).plot()
gl.brant(gl.ordinal("visits ~ age", births.assign(visits=births["ftv"].clip(upper=2)))).plot()
gl.trend(gl.logit("cbind(ncases, ncontrols) ~ agegp + alcgp", gl.datasets.esoph()), "alcgp").plot()""",
    "widths": """
gl.effect_plot(fit, "age", width="column"), gl.interaction_plot(crossed, "race", "smoke", width="page")
gl.decision_boundary(fit, "age", "lwt", width=100), gl.risk_plot(2.5, width="column")
fit.plot("roc", width="column")""",
    "figure in a file": """
ax = gl.forest_plot(fit, width="column")
gl.save_figure(ax, "forest.svg", dpi=100)
with open("forest.svg", encoding="utf-8") as file:
    print("Odds ratio [95% CI]</text>" in file.read(), ax.alt_text)""",
    "effect": 'fit.plot("effect", "age")',
    "effect options": """
gl.effect_plot(fit, "age", by="race", at={"lwt": 120}, kind="link", level=0.9, rug=False, points=50)""",
    "effect of a factor": 'gl.effect_plot(fit, "race")',
    "effect by a number": 'gl.effect_plot(fit, "age", by="lwt", at={"lwt": [100, 150]})',
    "effect splines": 'gl.effect_plot(bent, "age")',
    "interaction": 'gl.interaction_plot(crossed, "race", "smoke")',
    "interaction link": 'gl.interaction_plot(crossed, "age", "smoke", kind="link")',
    "boundary": 'fit.plot("boundary", "age", "lwt")',
    "judged": """
[fit.plot(kind) for kind in ("roc", "precision_recall", "gain")]
[fit.plot("decision", resampling="none"), fit.plot("thresholds", resampling="none", replicates=20)]
fit.plot("calibration", data=births, method="quantile")""",
    "boundary options": """
gl.decision_boundary(fit, "age", "lwt", at={"race": "black", "smoke": 1}, threshold=0.3, points=21, rows=False)""",
    "risk": "gl.risk_plot(2.5, (1.15, 5.52))",
    "risk several": "gl.risk_plot([4, 0.5], [(2, np.inf), (0, 0.8)])",
    "profile": 'gl.profile(brief, "age").plot()',
    "on given axes": """
from matplotlib import pyplot
_, ax = pyplot.subplots()
gl.plot(fit, ax=ax) is ax""",
}

COMMANDS = {
    "fit": 'cli("fit", "low ~ age + C(race) + smoke", "dataset:birthwt")',
    **{
        f"fit {form}": f'cli("fit", "low ~ age + C(race)", "dataset:birthwt", "--format", "{form}")'
        for form in ("text", "markdown", "csv", "json", "html")
    },
    "fit firth": 'cli("fit", "HG ~ NV + PI + EH", "dataset:endometrial", "--firth")',
    "fit separated": 'cli("fit", "HG ~ NV + PI + EH", "dataset:endometrial", "--profile")',
    "fit score": 'cli("fit", "low ~ age", "dataset:birthwt", "--method", "score", "--level", "0.9")',
    "fit options": """
more.to_csv("b.csv", index=False)
cli("fit", "low ~ age", "b.csv", "--weights", "n", "--offset", "z", "--event", "0", "--cov", "HC1")""",
    "fit clusters": """
more.to_csv("b.csv", index=False)
cli("fit", "low ~ age", "b.csv", "--cluster", "team,hospital", "--weights", "w", "--weight-type", "sampling")""",
    "fit class weights": 'cli("fit", "low ~ age", "dataset:birthwt", "--class-weight", "1=5, 0=1")',
    "fit trials": 'cli("fit", "incidence ~ period", "dataset:cbpp", "--trials", "size")',
    "fit a file": """
births.to_csv("b.csv", index=False)
cli("fit", "low ~ age", "b.csv", "--out", "r.md") + text_of("r.md")""",
    "fit standard input": 'cli("fit", "y ~ x1", "-", stdin=small.to_csv(index=False))',
    "fit parquet": 'births.to_parquet("b.parquet")\ncli("fit", "low ~ race", "b.parquet")',
    "fit saved": """
cli("fit", "low ~ age", "dataset:birthwt", "--save", "f.json")
births.head(3).to_csv("b.csv", index=False)
cli("show", "f.json") + cli("show", "f.json", "--predict", "b.csv", "--interval")""",
    "table": 'cli("table", "low ~ age + C(race)", "dataset:birthwt", "--units", "age=5", "--style", "lancet")',
    "table means": 'cli("table", "low ~ age", "dataset:birthwt", "--continuous", "median", "--language", "de")',
    "two by two": 'cli("two-by-two", "dataset:birthwt", "--outcome", "low", "--exposure", "smoke", "--strata", "race")',
    "two by two counts": 'cli("two-by-two", "--counts", "30,44,29,86")',
    "fit layout": """
small.to_csv("s.csv", index=False, sep=";", decimal=",")
cli("fit", "y ~ x1 + g", "s.csv", "--sep", ";", "--decimal", ",", "--text", "g")""",
    "fit codes": """
small.assign(g=["0" + str(i % 3) for i in range(40)], h=["NA", "a", "b", "a"] * 10).to_csv("s.csv", index=False)
cli("fit", "y ~ x1 + g + h", "s.csv")""",
    "effects": 'cli("effects", "low ~ age + C(race)*smoke", "dataset:birthwt")',
    "effects at": """
cli("effects", "low ~ age + C(race)*smoke", "dataset:birthwt", "--at", "smoke=0,1", "--at", "race=black")""",
    "effects options": """
cli("effects", "low ~ age + smoke", "dataset:birthwt", "--variables", "age", "--kind", "eyex", "--derivatives",
    "--cov", "HC3")""",
    "effects by": 'cli("effects", "low ~ age + C(race)*smoke", "dataset:birthwt", "--by", "race", "--format", "csv")',
    "roc": 'cli("roc", "low ~ age", "dataset:birthwt", "--repeats", "2", "--seed", "1")',
    "roc of columns": """births.assign(r=births["age"] / 50).to_csv("b.csv", index=False)
cli("roc", "b.csv", "--y", "low", "--p", "r", "--interval", "logit")
cli("roc", "b.csv", "--y", "low", "--score", "lwt", "--event", "0")""",
    "roc of new rows": """births.assign(n=2).to_csv("b.csv", index=False)
cli("roc", "low ~ lwt", "b.csv", "--new", "b.csv", "--weights", "n")""",
    "roc plot": 'cli("roc", "low ~ lwt", "dataset:birthwt", "--resampling", "none", "--plot", "r.png")',
    "roc bootstrap": 'cli("roc", "low ~ lwt", "dataset:birthwt", "--resampling", "bootstrap", "--replicates", "20")',
    "calibration": 'cli("calibration", "low ~ age", "dataset:birthwt", "--repeats", "1", "--folds", "5")',
    "calibration of columns": """births.assign(r=births["age"] / 50).to_csv("b.csv", index=False)
cli("calibration", "b.csv", "--y", "low", "--p", "r", "--method", "quantile", "--groups", "4")""",
    "effects compare": 'cli("effects", "low ~ age + smoke", "dataset:birthwt", "--compare", "smoke", "--words")',
    "effects contrast": """
cli("effects", "low ~ age + C(race)", "dataset:birthwt", "--compare", "race", "--contrast", "black,white",
    "--population", "exposed", "--format", "json")""",
    "demo": 'cli("demo")',
    "demo html": 'cli("demo", "--out", "d.html") + text_of("d.html")',
    "demo json": 'cli("demo", "--out", "d.json") + text_of("d.json")',
    "validate": 'cli("validate", "low ~ age + smoke", "dataset:birthwt")',
    "check": 'cli("check", "low ~ age + smoke", "dataset:birthwt")',
    "validate differs": 'cli("validate", "low ~ age", "dataset:birthwt", "--rtol", "1e-300").splitlines()[:2]',
    "validate separated": 'cli("validate", "HG ~ NV + PI", "dataset:endometrial")',
    "version": 'cli("--version").replace(gl.__version__, "VERSION")',
    **{
        f"error {name}": f"births.to_csv('b.csv', index=False)\ncli({', '.join(map(repr, given))})"
        for name, given in {
            "formula": ("fit", "low ~ aeg", "b.csv"),
            "no file": ("fit", "low ~ age", "none.csv"),
            "no data set": ("fit", "low ~ age", "dataset:none"),
            "swapped": ("fit", "b.csv", "low ~ age"),
            "level": ("fit", "low ~ age", "b.csv", "--level", "95"),
            "covariance": ("fit", "low ~ age", "b.csv", "--cov", "HC9"),
            "profile of robust": ("fit", "low ~ age", "b.csv", "--profile", "--cov", "HC3"),
            "cluster": ("fit", "low ~ age", "b.csv", "--cov", "cluster"),
            "event": ("fit", "smoke ~ age", "b.csv", "--event", "yes"),
            "format and file": ("fit", "low ~ age", "b.csv", "--out", "r.md", "--format", "csv"),
            "suffix": ("demo", "--out", "r.xyz"),
            "over the data": ("fit", "low ~ age", "b.csv", "--out", "b.csv"),
            "at": ("effects", "low ~ age", "b.csv", "--at", "age"),
            "contrast": ("effects", "low ~ age", "b.csv", "--contrast", "1,0"),
            "tolerance": ("validate", "low ~ age", "b.csv", "--rtol", "3"),
            "outcome": ("fit", "age ~ smoke", "b.csv"),
        }.items()
    },
}

HELP = {
    "program": 'cli("--help")',
    **{name: f'cli("{name}", "--help")' for name in ("fit", "effects", "demo", "validate", "check")},
    "no command": "cli()",
    "wrong command": 'cli("fitt")',
    "no data": 'cli("fit", "y ~ x")',
    "wrong option": 'cli("fit", "low ~ age", "dataset:birthwt", "--wei", "n")',
    "wrong choice": 'cli("validate", "low ~ age", "dataset:birthwt", "--against", "sas")',
    "unquoted": 'cli("fit", "low", "~", "age", "b.csv")',
}

CLASSIFIERS = {
    "of arrays": """
from glmlogit.sklearn import LogisticClassifier
model = LogisticClassifier().fit(births[["age", "smoke"]], births["low"], sample_weight=1 + rows % 2)
[model.coef_, model.intercept_, model.predict_proba(births[["age", "smoke"]].head(2)), model.get_params()]""",
    "of a formula": """
from glmlogit.sklearn import ElasticNetClassifier, FirthClassifier, MultinomialClassifier
[FirthClassifier("age + C(race)").fit(births, births["low"]).coef_,
 ElasticNetClassifier("age + lwt", C=0.5).fit(births, births["low"]).coef_,
 MultinomialClassifier("age").fit(births, births["race"]).coef_]""",
}

PICKLES = {
    "fit": """
again = pickle.loads(pickle.dumps(fit))
robust = again.cov_params("HC3").equals(fit.cov_params("HC3"))
[repr(again), str(again.summary()) == str(fit.summary()), again.params.equals(fit.params), robust]""",
    "fits": """
fits = grouped, herds, sampled, separated, aliased, firth, bent
[str(pickle.loads(pickle.dumps(f)).summary()) == str(f.summary()) for f in fits]""",
    "predictions of splines": """
new = {"age": [18, 30], "smoke": [0, 1]}
pickle.loads(pickle.dumps(bent)).predict(new).equals(bent.predict(new))""",
    "design": "gl.logit(pickle.loads(pickle.dumps(fit.design))).params.equals(fit.params)",
    "effects": """
m = fit.margins()
again = pickle.loads(pickle.dumps(m))
same = again.test("age = 0") == m.test("age = 0"), again.covariance.equals(m.covariance)
[isinstance(again, gl.Effects), str(again) == str(m), same]""",
    "results": """
made = [fit.summary(), gl.two_by_two([[1, 2], [3, 4]]), brief.validate(), brief.interpret(), fit.test("age"),
        gl.drop1(fit), separated.separation, gl.profile(brief, "age"), gl.prior_correction(fit, 0.1),
        gl.table("low ~ age", births), gl.Control()]
[str(pickle.loads(pickle.dumps(one))) == str(one) for one in made]""",
    "status": "pickle.loads(pickle.dumps(gl.Status.SEPARATED)) is gl.Status.SEPARATED",
    "functions": """
[pickle.loads(pickle.dumps(f)) is f for f in (gl.logit, gl.firth, gl.Fit.margins, gl.tidy, gl.table)]""",
    "errors": """
e = pickle.loads(pickle.dumps(gl.errors.DataError("a message")))
[type(e).__name__, str(e)]""",
    "copies": """
m = fit.margins()
[repr(copy.copy(fit)), copy.deepcopy(fit).params.equals(fit.params), str(copy.deepcopy(m)) == str(m)]""",
}

INTERFACE = {
    "signatures of functions": """
{name: parameters(getattr(gl, name)) for name in gl.__all__ if inspect.isfunction(getattr(gl, name))}""",
    "docstrings of functions": """
{name: document(getattr(gl, name)) for name in gl.__all__ if inspect.isfunction(getattr(gl, name))}""",
    "signatures of methods": """
classes = [getattr(gl, name) for name in gl.__all__ if inspect.isclass(getattr(gl, name))]
{f"{c.__name__}.{m}": parameters(getattr(c, m))
 for c in classes if c not in (gl.Fit, gl.Design) for m in own_members(c) if inspect.isfunction(getattr(c, m))}""",
    "signatures of pages": """
s = brief.summary()
{name: parameters(getattr(s, name)) for name in ("to_markdown", "to_latex", "to_html", "_repr_html_")}""",
    "members of classes": """
{name: own_members(getattr(gl, name)) for name in gl.__all__
 if inspect.isclass(getattr(gl, name)) and name not in ("Fit", "Design", "Effects")}""",
    "docstrings of classes": """
{name: document(getattr(gl, name)) for name in gl.__all__ if inspect.isclass(getattr(gl, name))}""",
    "classes are frozen": """
made = {"Fit": fit, "Design": fit.design, "TestResult": fit.test("age"), "Page": fit.summary(), "Control": gl.Control()}
{name: type(one).__dataclass_params__.frozen for name, one in made.items()}""",
    "signature of Control": "parameters(gl.Control)",
    "errors": "{n: [c.__name__ for c in getattr(gl.errors, n).__mro__] for n in gl.errors.__all__}",
    "docstrings of errors": "{n: inspect.getdoc(getattr(gl.errors, n)) for n in gl.errors.__all__}",
    "names of modules": "{f.__module__ for f in (gl.logit, gl.Fit.margins, gl.table)}",
    "data sets": "[gl.datasets.names(), gl.datasets.describe('birthwt')]",
    **{
        f"data {name}": f"gl.datasets.load('{name}').head(3)"
        for name in ("birthwt", "cbpp", "esoph", "infert", "urine")
    },
    "data functions": """
[gl.datasets.endometrial().head(3), gl.datasets.lizards().head(3), parameters(gl.datasets.load)]""",
    "light to import": """
code = "import glmlogit, sys; print([m for m in ('numpy', 'pandas', 'scipy', 'formulaic') if m in sys.modules])"
python("-c", code)""",
    "light to fit": """
code = '''
import sys, numpy as np, glmlogit as gl
fit = gl.logit(gl.design_arrays([0, 0, 1, 0, 1, 0, 1, 1], np.arange(8.0)[:, None], intercept=True))
fit.params, fit.bse, fit.odds_ratios()
print([m for m in ("statsmodels", "scipy.stats", "matplotlib", "formulaic", "jinja2", "docx") if m in sys.modules])'''
python("-c", code)""",
    "as a program": 'python("-m", "glmlogit", "fit", "low ~ aeg", "dataset:birthwt")',
}

WARNINGS = {
    "separation": 'a = 1\ngl.logit("HG ~ NV + PI + EH", endometrial).status',
    "complete separation": 'gl.logit("low ~ bwt", births).status',
    "collinearity": 'd = births.assign(twice=2 * births["age"])\ngl.logit("low ~ age + twice", d).params.isna().sum()',
    "column of zeros": "gl.logit(gl.design_arrays(y, np.column_stack([X, np.zeros(40)]))).params.isna().tolist()",
    "nearly collinear": """
made = np.column_stack([X, x1 + 2e-11 * (rows[:40] % 3)])
gl.logit(gl.design_arrays(y, made)).converged""",
    "convergence": 'gl.logit("low ~ age + smoke", births, control=gl.Control(max_iter=2)).n_iter',
    "extrapolation": "new = {'age': [10, 20, 60], 'smoke': [0, 0, 0]}\nbent.predict(new)",
    "large integers": """
huge = np.uint64(2**60) + np.arange(40, dtype=np.uint64) ** 2
gl.logit(gl.design_arrays(y, np.column_stack([np.ones(40, np.uint64), huge]))).converged""",
    "weights of one outcome": "gl.logit(gl.design_arrays(np.zeros(12), np.ones((12, 1)))).params",
    "undetermined prediction": 'aliased.predict({"age": [20], "twice": [41], "lwt": [100]})',
    "one outcome of rows": 'gl.logit("low ~ age", births[births["low"] == 0]).params',
    "through a method": 'gl.table("HG ~ NV + PI", endometrial).notes',
    "risk ratio of a conversion": "gl.approximate_risk_ratio(0.5, [0.3, 0.6], conf=(0.2, 0.9))",
    "in a function of the user": """
def mine():
    return gl.logit("HG ~ NV", endometrial)

mine().status""",
}

BAD_FORMULAS = (
    "low = age", "low age lwt", "", '"low" ~ age', "low ~ df$age", "df.low ~ age", "low ~ age, data=df",
    "low ~ age, lwt", "low ~ factor(race)", "low ~ relevel(factor(race), ref='white')", "logit(low) ~ age",
    "low ~ ln(age)",
    "low ~ np.log(age)", "low ~ age.mean()", "low ~ cut(age, 3)", "low ~ ntile(age, 5)", "low ~ age + strata(race)",
    "low ~ c.age##c.age", "low ~ age*age", "low ~ C(race, base=2)", "low ~ ifelse(age > 30, 1, 0)", "low ~ i.race",
    "low ~ C(race, Treatment(black))", "low ~ age/10", "low ~ (1|race)", "low ~ zzz", "low ~ Age", "low ~ (age",
    "low ~ __import__('os').getcwd()", "low ~ age^2", "low ~ low + age", "low ~ log(ftv)",
    "low ~ C(race, Treatment(2))", "race ~ age", "ftv ~ age", "bwt ~ age", "low ~ open(age)", "low ~ rcs(age, 2)",
)  # fmt: skip

ERRORS = {
    "step": "gl.step(fit, 'sideways')",
    "fractional_polynomials": "gl.fractional_polynomials(fit, 'race')",
    "sample_size": "gl.sample_size(24, 0.174)",
    "power": "gl.power(1.5, 0.2)",
    **{f"formula {text or 'empty'}": f"gl.logit({text!r}, births)" for text in BAD_FORMULAS},
    "swapped": 'gl.logit(births, "low ~ age")',
    "a path": 'gl.logit("low ~ age", "births.csv")',
    "an array": 'gl.logit("low ~ age", births.to_numpy())',
    "no data": 'gl.logit("low ~ age")',
    "y and X": 'gl.logit(births["low"], births[["age"]])',
    "unknown option": 'gl.logit("low ~ age", births, weight="n")',
    "another program's option": 'gl.logit("low ~ age", births, cov_type="HC3")',
    "another program's function": "gl.emmeans",
    "another program's method": "fit.conf_int",
    "no such name": "gl.nothing",
    "no such attribute": "fit.nothing",
    "option of table": 'gl.table("low ~ age", births, decimals=2)',
    "style": "gl.style('natur')",
    "language": "gl.style(language='nl')",
    "labels of what is not there": 'gl.logit("low ~ age", births, labels={"agee": "Age"})',
    "labels that are alike": 'gl.logit("low ~ race", births, labels={"race": {"black": "X", "white": "X"}})',
    "attribute of a style": "gl.style(capton='Table 2')",
    "digits of a style": "gl.Style(digits=-1)",
    "a list of fits": "gl.tidy([fit, brief])",
    "no fit": 'gl.margins("low ~ age")',
    "a design as a fit": "gl.summary(fit.design)",
    "missing argument": "gl.lr_test(fit)",
    "control": "gl.logit('low ~ age', births, control=50)",
    "control tolerance": "gl.Control(tol=2.0)",
    "control iterations": "gl.Control(max_iter=0)",
    "strict": 'gl.logit("low ~ age", births, control=gl.Control(max_iter=1, strict=True))',
    "weights": 'gl.logit("low ~ age", births, weights="wt")',
    "weight type": 'gl.logit("low ~ age", births, weights="lwt", weight_type="pweight")',
    "negative weights": 'gl.logit("low ~ age", births, weights=-births["lwt"])',
    "class weight": 'gl.logit("low ~ age", births, class_weight={"yes": 5})',
    "class weight of one outcome": 'gl.design_arrays([1, 1], [[1.0], [2.0]], class_weight="balanced")',
    "class weights of firth": 'gl.firth("low ~ age", births, class_weight="balanced")',
    "covariance of class weights": 'gl.logit("low ~ age", births, class_weight="balanced").with_cov("model")',
    "missing raised": 'gl.logit("r ~ osmo + cond", urine, missing="raise")',
    "missing option": 'gl.logit("low ~ age", births, missing="omit")',
    "event": 'gl.logit("low ~ age", births, event="1")',
    "one and two": 'gl.logit("low2 ~ age", births.assign(low2=births["low"] + 1))',
    "proportions": 'gl.logit("p ~ age", births.assign(p=0.3))',
    "above trials": 'gl.logit("incidence ~ period", cbpp, trials=np.ones(56))',
    "no strata": 'gl.stratum_odds_ratios(crossed, "smoke")',
    "covariance of an unconditional effect": 'fit.comparisons("smoke", cov="HC2", unconditional=True)',
    "one level": 'gl.logit("low ~ age + race", births[births["race"] == "white"])',
    "infinite": 'gl.logit("low ~ x", births.assign(x=np.where(rows == 3, np.inf, 1.0)))',
    "dates": 'gl.logit("low ~ t", births.assign(t=pd.date_range("2020", periods=189)))',
    "numbers as text": 'gl.logit("low ~ t", births.assign(t=births["age"].astype(str) + ",5"))',
    "levels for every row": 'gl.logit("low ~ t", births.assign(t=[f"p{i}q" for i in range(189)]))',
    "too few rows": 'gl.logit("low ~ age + C(race)", births.head(3))',
    "arrays": "gl.design_arrays(y[:-1], X)",
    "arrays of levels with an event": "gl.design_arrays(list('abca'), np.ones((4, 1)), levels=True, event='a')",
    "arrays of counts": "gl.design_arrays(np.ones((40, 3)), X)",
    "arrays with an order and a base": "gl.design_arrays(y, X, order=[0, 1], base=0)",
    "arrays of text": "gl.design_arrays(y, X.astype(str))",
    "array of one dimension": "gl.design_arrays(y, x1)",
    "NaN in arrays": "gl.design_arrays(y, np.where(X == X[3, 1], np.nan, X))",
    "own function": 'gl.design("low ~ f(age)", births, functions={"f": lambda x: x - x.mean()})',
    "level": "fit.confint(level=95)",
    "method": 'fit.confint(method="exact")',
    "units": "fit.odds_ratios(units=10)",
    "units of no number": 'gl.odds_ratios(gl.logit("low ~ smoke", births), units="sd")',
    "units of nothing": 'fit.odds_ratios(units={"aeg": 10})',
    "covariance": 'fit.with_cov("hc3")',
    "robust": 'fit.with_cov("robust")',
    "no clusters": 'fit.with_cov("cluster")',
    "profile of robust": 'fit.with_cov("HC3").summary(method="profile")',
    "profile of flic": 'gl.flic("low ~ age", births).confint(method="profile")',
    "profile of clusters": 'herds.confint(method="profile")',
    "profile of no term": 'gl.profile(fit, "aeg")',
    "predict level": 'fit.predict({"age": [20], "lwt": [100], "race": ["green"], "smoke": [0]})',
    "predict column": 'fit.predict({"age": [20]})',
    "predict kind": 'fit.predict(kind="odds")',
    "predict offset": 'gl.logit("low ~ age", more, offset="z").predict({"age": [20]})',
    "hypothesis": 'fit.test("age > 0")',
    "hypothesis not linear": 'fit.test("age / lwt = 1")',
    "hypothesis of a factor": 'fit.test("race = 0")',
    "hypothesis of no term": 'fit.test("aeg = 0")',
    "hypothesis of the wrong shape": "fit.test([[1, 0]])",
    "contrast with an equation": 'gl.contrasts(fit, "age = lwt")',
    "contrast adjusted by Tukey": 'gl.contrasts(fit, "age", adjust="tukey")',
    "pairwise of a number": 'gl.pairwise(fit, "age")',
    "pairwise in interactions": 'gl.pairwise(crossed, "lwt")',
    "models swapped": 'gl.lr_test(brief, gl.logit("low ~ age + smoke + lwt", births))',
    "models not nested": 'gl.lr_test(gl.logit("low ~ age", births), gl.logit("low ~ lwt", births))',
    "drop1 of samples": "gl.drop1(sampled)",
    "unfinished": "unfinished.margins()",
    "margins of nothing": 'fit.margins("aeg")',
    "margins kind": 'fit.margins(kind="dxdy")',
    "margins at": 'fit.margins(at={"race": "green"})',
    "margins by": 'fit.margins(by="team")',
    "comparisons estimand": 'fit.comparisons("smoke", "hazard_ratio")',
    "comparisons population": 'fit.comparisons("smoke", population="treated")',
    "comparisons of arrays": "gl.logit(gl.design_arrays(y, X)).comparisons('nothing')",
    "comparisons bootstrap": 'fit.comparisons("smoke", interval="bootstrap", cov="HC3")',
    "effects test": 'fit.margins("age").test("lwt = 0")',
    "ratio of zero": 'fit.comparisons("smoke", "risk_ratio").test("smoke = 0")',
    "second differences": 'gl.second_differences(fit, "age", "age")',
    "dose of a factor": 'gl.effective_dose(fit, "race")',
    "dose at one": 'gl.effective_dose(fit, "lwt", 1.0)',
    "prevalence": "gl.prior_correction(fit, 1.5)",
    "rate of non-events": "gl.prior_correction(fit, nonevents_kept=5)",
    "baseline": "gl.probability_change(2, 1.5)",
    "e_value": "gl.e_value(-1.0)",
    "interaction of arrays": "gl.interaction(gl.logit(gl.design_arrays(y, X)), 'a', 'b')",
    "interaction of levels": 'gl.interaction(crossed, "smoke", "race")',
    "interaction of a third": 'gl.interaction(gl.logit("low ~ smoke*ht*ui", births), "smoke", "ht")',
    "characteristics groups": 'gl.characteristics(births, "lwt")',
    "characteristics tests": 'gl.characteristics(births, "low", tests={"race": "welch"})',
    "nonlinear contrast as a ratio": 'gl.contrasts(fit, "exp(age)", exponentiate=True)',
    "two_by_k scores": 'gl.two_by_k(births, "low", "race", scores=[1, 2])',
    "trend penalised": 'gl.trend(gl.firth("low ~ race", births), "race")',
    "trend of a number": 'gl.trend(fit, "age")',
    "two_by_two shape": "gl.two_by_two([[1, 2, 3], [4, 5, 6]])",
    "two_by_two order": 'gl.two_by_two(pd.crosstab(births["smoke"], births["low"]))',
    "two_by_two values": 'gl.two_by_two(births, "low", "race")',
    "two_by_two column": 'gl.two_by_two(births, "low", "smok")',
    "two_by_two counts": "gl.two_by_two([[1, -2], [3, 4]])",
    "table without variables": 'gl.table("low ~ 1", births)',
    "table metric": 'gl.table("race ~ age", births, estimator=gl.multinomial, metrics="auc")',
    "table base": 'gl.table("low ~ age", births, base=0)',
    "table of levels": 'gl.table("race ~ age", births)',
    "effect of levels": 'gl.effect_plot(gl.multinomial("race ~ age + smoke", births), "age", by="smoke")',
    "table estimator": 'gl.table("low ~ age", births, estimator="firth")',
    "report suffix": 'fit.report("report.xyz")',
    "report folder": 'fit.report("none/report.md")',
    "plot kind": 'fit.plot("violin")',
    "plot variable": 'fit.plot("effect", "aeg")',
    "plot option": 'fit.plot("effect", "age", colour="red")',
    "forest of nothing": "gl.forest_plot({})",
    "calibration of no probability": "gl.calibration(y=[0, 1, 1], p=[0.1, 1.2, 0.3])",
    "recalibrate training rows": "gl.recalibrate(fit, births)",
    "cross_validate in too many parts": "gl.cross_validate(fit, 400)",
    "internal_validation of steps": 'gl.internal_validation(gl.flic("low ~ age", births))',
    "roc of nothing": "gl.roc(y=[0, 1])",
    "roc of missing": "gl.roc(y=[0, 1, 1], p=[0.1, None, 0.3])",
    "roc of precisions": 'gl.roc(gl.logit("low ~ age", more, weights="w", weight_type="precision"))',
    "roc_test of shared rows": 'gl.roc_test(fit, gl.logit("low ~ age", births.head(100)))',
    "classification of log-odds": "gl.classification(y=y, p=x1)",
    "thresholds at a prevalence of nothing": "gl.thresholds(fit, costs=(5, 1), prevalence=0)",
    "thresholds without a target": 'gl.thresholds(fit, criterion="sensitivity")',
    "decision_curve beyond 1": "gl.decision_curve(fit, thresholds=[1.2])",
    "risk plot": "gl.risk_plot(-1)",
    "validate against": 'fit.validate(against="sas")',
    "validate tolerance": "fit.validate(rtol=3)",
    "data set": 'gl.datasets.load("none")',
    "frozen": "fit.level = 0.9",
    "no matplotlib": 'with patch.dict(sys.modules, {"matplotlib": None}):\n    fit.plot()',
    "no python-docx": 'with patch.dict(sys.modules, {"docx": None}):\n    fit.report("r.docx")',
    "effects drawn on two scales": 'gl.comparisons(fit, "smoke", ["risk_difference", "risk_ratio"]).plot()',
    "to_sql of a spline": "bent.to_sql()",
    "load of no file": 'gl.load("nowhere.json")',
    "rows that are gone": "gl.without_rows(fit).augment()",
    "save of own functions": 'gl.save(gl.logit("low ~ f(age)", births, functions={"f": np.abs}), "fit.json")',
    "read of no file": 'gl.read("nowhere.csv")',
    "no openpyxl": 'with patch.dict(sys.modules, {"openpyxl": None}):\n    fit.report("r.xlsx")',
    "no R": 'import os\nwith patch.dict(os.environ, {"PATH": ""}):\n    fit.validate("r")',
}

SECTIONS = {
    "fit": FITS,
    "formula": FORMULAS,
    "design": DESIGNS,
    "result": RESULTS,
    "risk": RISKS,
    "odds": ODDS_RATIOS,
    "test": TESTS,
    "page": PAGES,
    "word": WORD,
    "excel": EXCEL,
    "plot": PLOTS,
    "command": COMMANDS,
    "help": HELP,
    "classifiers": CLASSIFIERS,
    "pickle": PICKLES,
    "interface": INTERFACE,
    "warning": WARNINGS,
    "error": ERRORS,
}
CALLS = {f"{section}/{name}": code for section, codes in SECTIONS.items() for name, code in codes.items()}
