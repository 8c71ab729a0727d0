"""What is typed in R, and what is typed here."""

ROWS = """
== Data
read.csv("births.csv")
    gl.read("births.csv")
    # says what it made of separators, decimals, dates and missing codes
    ! read_delim readr
haven::read_dta("births.dta")
    gl.read("births.dta")
    ! read_dta read_sav haven
subset(df, age > 20)
    df[df["age"] > 20]
    # rows are chosen in the data
factor(df$race, levels = c("white", "black", "other"))
    pd.Categorical(df["race"], categories=["white", "black", "other"])
    # the first level is the reference
    ! factor as_factor
relevel(df$race, ref = "other")
    gl.logit("low ~ age + C(race, Treatment('other'))", df)
    # in the formula
    ! relevel fct_relevel
cut(df$age, c(10, 20, 30, 50))
    pd.cut(df["age"], [10, 20, 30, 50])
    ! cut cut2
complete.cases(df)
    df.dropna()
    # estimators leave out rows with missing values and say how many
    ! complete_cases na_omit
table(df$low, df$smoke)
    pd.crosstab(df["low"], df["smoke"])
    ! xtabs tabyl crosstable
== Fit
glm(low ~ age + lwt, family = binomial, data = df)
    gl.logit("low ~ age + lwt", df)
    # family and link are always these
    ! binomial lrm
glm(cbind(events, n - events) ~ smoke, binomial, d)
    counts = df.groupby("smoke", as_index=False).agg(events=("low", "sum"), n=("low", "size"))
    gl.logit("cbind(events, n - events) ~ smoke", counts)
glm(y/n ~ x, weights = n)
    gl.logit("incidence ~ C(period)", gl.datasets.cbpp(), trials="size")
    # counts of events, and trials
glm(..., weights = w)
    gl.logit("low ~ age", df.assign(w=2), weights="w")
    # how often a row was observed
    ! prior_weights
svyglm(low ~ age, design, family = quasibinomial)
    gl.logit("low ~ age", df.assign(w=1.5), weights="w", weight_type="sampling", cluster="ftv")
    ! svydesign
glm(..., offset = z)
    gl.logit("low ~ age", df.assign(z=0.5), offset="z")
glm(..., subset = age > 20)
    gl.logit("low ~ age", df[df["age"] > 20])
update(fit, . ~ . - lwt)
    gl.logit("low ~ age + race + smoke", df)
    # write the formula anew
    ! update_formula
glm(..., control = list(epsilon = 1e-12))
    gl.logit("low ~ age", df, control=gl.Control(tol=1e-9))
    # the default is full precision
    ! glm_control
model.matrix(~ age + race, df)
    gl.design("low ~ age + race", df)
    ! model_matrix model_frame
logistf(low ~ age, df)
    gl.firth("low ~ age", df)
logistf(low ~ age, df, flic = TRUE)
    gl.flic("low ~ age", df)
brglm2::brglmFit(type = "AS_median")
    gl.median_bias_reduced("low ~ age", df)
glmnet(x, y, family = "binomial", alpha = 1, lambda = 0.02)
    gl.elastic_net("low ~ age + lwt", df, penalty=0.02)
    # alpha is l1_ratio
cv.glmnet(x, y, family = "binomial")
    gl.elastic_net_cv("low ~ age + lwt", df, seed=1)
nnet::multinom(race ~ age, df)
    gl.multinomial("race ~ age", df)
MASS::polr(factor(ftv) ~ age, df)
    gl.ordinal("ftv ~ age", df)
    # coefficients have polr's signs
    ! proportional_odds
== Formulas
y ~ a * b
    gl.logit("low ~ age * smoke", df)
y ~ I(x^2)
    gl.logit("low ~ age + I(age^2)", df)
y ~ poly(x, 2)
    gl.logit("low ~ poly(age, 2)", df)
y ~ ns(x, 3)
    gl.logit("low ~ ns(age, 3)", df)
y ~ rcs(x, 4)
    gl.logit("low ~ rcs(age, 4)", df)
    # rms' knots
y ~ factor(x)
    gl.logit("low ~ C(ftv)", df[df["ftv"] < 4])
y ~ .
    gl.logit("low ~ .", df[["low", "age", "smoke"]])
y ~ x - 1
    gl.logit("low ~ 0 + C(race)", df)
y ~ offset(log(x))
    gl.logit("low ~ age + offset(log(lwt))", df)
y ~ scale(x)
    gl.logit("low ~ scale(age)", df)
== What a fit says
summary(fit)
    fit.summary()
print(fit)
    print(fit)
coef(fit)
    fit.params
exp(coef(fit))
    fit.odds_ratios()
    ! or_table
exp(cbind(OR = coef(fit), confint(fit)))
    fit.odds_ratios(method="profile")
confint(fit)
    fit.confint(method="profile")
    # R's confint is the profile likelihood's
confint.default(fit)
    fit.confint()
    # Wald limits
    ! confint_default
vcov(fit)
    fit.cov_params()
sandwich::vcovHC(fit, type = "HC3")
    fit.cov_params("HC3")
lmtest::coeftest(fit, vcov = vcovCL, cluster = ~ ftv)
    gl.logit("low ~ age", df, cluster="ftv").summary()
logLik(fit)
    fit.llf
AIC(fit); BIC(fit)
    fit.aic, fit.bic
deviance(fit); fit$null.deviance
    fit.deviance, fit.null_deviance
    ! null_deviance
nobs(fit); df.residual(fit)
    fit.nobs, fit.df_resid
    ! df_residual
predict(fit, type = "response")
    fit.predict()
predict(fit, newdata, type = "link", se.fit = TRUE)
    fit.predict(df.head(3), kind="link", interval="confidence")
broom::tidy(fit, exponentiate = TRUE, conf.int = TRUE)
    fit.tidy(exponentiate=True)
broom::glance(fit)
    fit.glance()
broom::augment(fit)
    fit.augment()
detectseparation::detect_separation
    gl.separation(fit)
fit$converged; fit$iter
    fit.converged, fit.n_iter
    ! iter
gtsummary::tbl_regression(fit, exponentiate = TRUE)
    gl.table("low ~ age + race", df)
    ! gtsummary tbl_merge
report::report(fit)
    fit.interpret()
== Tests and models
anova(small, fit, test = "LRT")
    gl.lr_test(fit, gl.logit("low ~ age", df))
drop1(fit, test = "LRT")
    gl.drop1(fit)
car::Anova(fit, type = 2)
    gl.anova(fit, type=2)
    ! type_ii
car::linearHypothesis(fit, "age = 0")
    fit.test("age = 0")
aod::wald.test
    fit.test("age = lwt = 0")
step(fit)
    gl.step(fit)
    # its page says what the choice costs
MuMIn::model.sel(fit, small)
    gl.compare([fit, gl.logit("low ~ age", df)])
multcomp::glht(fit, "age - lwt = 0")
    gl.contrasts(fit, "age - lwt")
emmeans::emmeans(fit, "race", type = "response")
    gl.predictions(fit, by="race")
pairs(emmeans(fit, "race"))
    gl.pairwise(fit, "race")
p.adjust(p, "holm")
    gl.pairwise(fit, "race", adjust="holm")
    ! p_adjust
== Risks and marginal effects
marginaleffects::avg_slopes(fit)
    fit.margins()
marginaleffects::avg_comparisons(fit, variables = "smoke")
    fit.comparisons("smoke")
avg_comparisons(fit, variables = "smoke", comparison = "lnratioavg")
    fit.comparisons("smoke", "risk_ratio")
    ! risk_ratio riskratio relative_risk
predictions(fit, newdata = datagrid(smoke = 0:1))
    gl.predictions(fit, at={"smoke": [0, 1]})
MASS::dose.p(fit)
    gl.effective_dose(gl.logit("low ~ lwt", df), "lwt")
epiR::epi.2by2(table)
    gl.two_by_two(df, "low", "smoke")
epiR::epi.interaction
    gl.interaction(gl.logit("low ~ smoke*ht", df), "smoke", "ht")
EValue::evalues.OR
    gl.e_value(2.0, 1.2)
    ! evalues_or
== Does the model fit, and how good is it
residuals(fit, "pearson")
    gl.residuals(fit, "pearson")
rstandard(fit)
    gl.residuals(fit, "standardised_deviance")
hatvalues(fit)
    fit.augment()
    ! hat
influence.measures(fit)
    gl.influence(fit)
car::vif(fit)
    gl.vif(fit)
arm::binnedplot(fitted(fit), resid(fit))
    gl.binned_residuals(fit)
ResourceSelection::hoslem.test(y, p)
    gl.goodness_of_fit(fit, "hosmer_lemeshow", grouping="r")
    ! hosmer hl_test
DescTools::PseudoR2(fit)
    gl.pseudo_r2(fit)
pROC::roc(y, p); pROC::auc
    gl.roc(fit)
pROC::roc.test(a, b)
    gl.roc_test(fit, gl.logit("low ~ age", df))
rms::validate(fit)
    gl.internal_validation(fit, replicates=20)
rms::calibrate(fit)
    gl.calibration(fit)
boot::cv.glm(df, fit)
    gl.cross_validate(fit, repeats=1)
caret::confusionMatrix(p > 0.5, y)
    gl.classification(fit, threshold=0.5)
dcurves::dca(low ~ p)
    gl.decision_curve(fit, thresholds=(0.05, 0.4))
pmsampsize::pmsampsize(type = "b")
    gl.sample_size(24, 0.17, nagelkerke=0.15)
== Pictures
plot(fit)
    fit.plot("influence")
sjPlot::plot_model(fit)
    fit.plot()
    ! forestplot coefplot
plot(ggpredict(fit, "age"))
    fit.plot("effect", "age")
car::crPlots(fit)
    fit.plot("partial", "age")
"""
