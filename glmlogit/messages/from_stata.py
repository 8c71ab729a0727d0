"""What is typed in Stata, and what is typed here."""

ROWS = """
== Data
use births
    gl.read("births.dta")
    # with its value labels
import delimited births.csv
    gl.read("births.csv")
    ! import_delimited insheet
describe
    df.dtypes
    ! describe codebook
tabulate low smoke, chi2
    pd.crosstab(df["low"], df["smoke"])
    ! tab tabulate tab2
keep if age > 20
    df[df["age"] > 20]
    ! keep
generate twice = 2*age
    df.assign(twice=2 * df["age"])
    ! generate gen replace
xtile q = age, nquantiles(4)
    pd.qcut(df["age"], 4)
    ! xtile egen
encode race, generate(r)
    df["race"].astype("category")
    ! encode
by smoke: summarize age
    df.groupby("smoke")["age"].describe()
    ! summarize tabstat
== Fit
logit low age lwt
    gl.logit("low ~ age + lwt", df)
logistic low age lwt
    gl.logit("low ~ age + lwt", df).odds_ratios()
logit low age if smoke == 1
    gl.logit("low ~ age", df[df["smoke"] == 1])
logit low age [fweight = n]
    gl.logit("low ~ age", df.assign(n=2), weights="n")
logit low age [pweight = w]
    gl.logit("low ~ age", df.assign(w=1.5), weights="w", weight_type="sampling")
logit low age [iweight = w]
    gl.logit("low ~ age", df.assign(w=1.5), weights="w", weight_type="precision")
logit low age, offset(z)
    gl.logit("low ~ age", df.assign(z=0.5), offset="z")
logit low age, noconstant
    gl.logit("low ~ 0 + age", df)
logit low age, vce(robust)
    gl.logit("low ~ age", df).with_cov("HC0:stata")
    ! robust vce
logit low age, vce(cluster ftv)
    gl.logit("low ~ age", df, cluster="ftv").with_cov(reference="normal")
    # Stata has z, the default here t
logit low age, level(90)
    gl.logit("low ~ age", df, level=0.9)
logit low age, asis
    gl.logit("low ~ age", df)
    # nothing is ever left out: infinite estimates are infinite
blogit events n smoke
    counts = df.groupby("smoke", as_index=False).agg(events=("low", "sum"), n=("low", "size"))
    gl.logit("cbind(events, n - events) ~ smoke", counts)
    ! blogit glogit bprobit
glm low age, family(binomial) link(logit)
    gl.logit("low ~ age", df)
svy: logit low age
    gl.logit("low ~ age", df.assign(w=1.5), weights="w", weight_type="sampling", cluster="ftv")
    ! svy svyset
firthlogit low age
    gl.firth("low ~ age", df)
lasso logit low age lwt
    gl.elastic_net_cv("low ~ age + lwt", df, seed=1)
    ! lassologit
elasticnet logit low age lwt
    gl.elastic_net("low ~ age + lwt", df, penalty=0.02, l1_ratio=0.5)
dslogit low smoke, controls(age lwt)
    gl.double_selection("low ~ smoke + age + lwt", df, exposure="smoke")
    ! dslogit poivregress xpologit
mlogit race age, baseoutcome(1)
    gl.multinomial("race ~ age", df, base="white")
ologit ftv age
    gl.ordinal("ftv ~ age", df)
    # cut points as Stata's
gologit2 ftv age, autofit
    gl.ordinal("ftv ~ age", df[df["ftv"] < 3], nonparallel="age")
stepwise, pr(.2): logit low age lwt
    gl.step(fit)
    # by AIC; its page says what the choice costs
    ! sw
mfp: logit low age
    gl.fractional_polynomials(gl.logit("low ~ age", df))
mi estimate: logit low age
    [gl.logit("low ~ age", d) for d in [df, df]]
    # pooling is not here yet
== Factor variables
i.race
    gl.logit("low ~ C(race)", df)
ib3.race
    gl.logit("low ~ C(race, Treatment('other'))", df)
    ! ib fvset
c.age##i.smoke
    gl.logit("low ~ age * C(smoke)", df)
i.smoke#c.age
    gl.logit("low ~ C(smoke):age", df)
c.age##c.age
    gl.logit("low ~ age + I(age^2)", df)
mkspline s = age, cubic nknots(4)
    gl.logit("low ~ rcs(age, 4)", df)
    ! mkspline rc_spline
mkspline a 25 b = age
    gl.logit("low ~ age + I((age > 25) * (age - 25))", df)
== After the fit
estimates replay
    fit.summary()
    ! replay
matrix list e(b)
    fit.params
matrix list e(V)
    fit.cov_params()
logit, or
    fit.odds_ratios()
logit, coeflegend
    fit.terms
estimates store a
    a = fit
estimates table a b, star
    gl.compare([fit, gl.logit("low ~ age", df)])
    ! estimates
esttab using table.docx
    gl.table("low ~ age + race", df).write("table.docx")
putexcel
    fit.report("report.xlsx")
    ! putexcel putdocx collect dtable
ereturn list
    fit.glance()
    ! ereturn
predict p
    fit.predict()
predict xb, xb
    fit.predict(kind="link")
    ! xb
predict se, stdp
    fit.predict(kind="link", interval="confidence")
    ! stdp
predict r, rstandard
    gl.residuals(fit, "standardised_pearson")
predict h, hat
    fit.augment()
predict db, dbeta
    gl.influence(fit, convention="stata")
    ! dbeta dx2 ddeviance
lincom age + 10*lwt, or
    gl.contrasts(fit, "age + 10*lwt")
testparm i.race
    gl.drop1(fit, test="wald")
test age lwt
    fit.test("age = lwt = 0")
test age = lwt
    fit.test("age = lwt")
lrtest a b
    gl.lr_test(fit, gl.logit("low ~ age", df))
pwcompare race, effects mcompare(bonferroni)
    gl.pairwise(fit, "race", adjust="bonferroni")
contrast race
    gl.drop1(fit, test="wald")
nlcom exp(_b[age])
    gl.contrasts(fit, "age")
    # ratios and exponentials of linear combinations
== Risks and marginal effects
margins, dydx(*)
    fit.margins()
margins, dydx(age) at(smoke=(0 1))
    [gl.logit("low ~ age*smoke", df).margins("age", at={"smoke": s}) for s in (0, 1)]
margins, dydx(*) atmeans
    fit.margins(at="mean")
margins race
    gl.predictions(fit, at={"race": ["white", "black", "other"]})
margins, over(race)
    gl.predictions(fit, by="race")
margins r.smoke
    fit.comparisons("smoke")
marginsplot
    fit.plot("effect", "age")
adjrr smoke
    fit.comparisons("smoke", "risk_ratio")
    ! adjrr oddsrisk
punaf, at(smoke=0)
    fit.comparisons("smoke", "attributable_fraction")
cs low smoke
    gl.two_by_two(df, "low", "smoke")
cci 30 29 44 86
    gl.two_by_two([[30, 44], [29, 86]])
    # exposed first, events before non-events; cci has both exposed and unexposed cases first
cs low smoke, by(race)
    gl.two_by_two(df, "low", "smoke", strata="race")
    ! tabodds
ic smoke ht
    gl.interaction(gl.logit("low ~ smoke*ht", df), "smoke", "ht")
    ! ic reri
== Does the model fit, and how good is it
estat gof
    gl.goodness_of_fit(fit, "pearson")
    ! estat_gof lfit
estat gof, group(10) table
    gl.goodness_of_fit(fit, "hosmer_lemeshow")
estat classification, cutoff(0.3)
    gl.classification(fit, threshold=0.3)
    ! lstat estat_classification
lroc
    gl.roc(fit)
roccomp low p1 p2
    gl.roc_test(fit, gl.logit("low ~ age", df))
roctab low p
    gl.roc(y=df["low"], p=fit.predict())
    ! roctab rocreg
linktest
    gl.goodness_of_fit(fit, "link", form="wald")
fitstat
    gl.pseudo_r2(fit)
estat ic
    fit.aic, fit.bic
    ! estat_ic
collin age lwt
    gl.collinearity(fit)
lowess low age
    gl.linearity(fit)
    ! lowess
pmcalplot p low
    gl.calibration(fit)
    ! pmcalplot
brier low p
    gl.calibration(fit)
dca low p
    gl.decision_curve(fit, thresholds=(0.05, 0.4))
power twoproportions
    gl.power(1.5, 0.2, power=0.8)
    ! powerlog
"""
