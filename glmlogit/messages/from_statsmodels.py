"""What is typed with statsmodels, and what is typed here."""

ROWS = """
== Fit
smf.logit("low ~ age", df).fit()
    gl.logit("low ~ age", df)
    # it fits when it is called
    ! smf sm statsmodels fit
sm.Logit(y, sm.add_constant(X)).fit()
    gl.logit(gl.design_arrays(df["low"], df[["age", "lwt"]], intercept=True))
    ! add_constant from_formula
smf.glm("low ~ age", df, family=sm.families.Binomial()).fit()
    gl.logit("low ~ age", df)
    ! binomial_family families
sm.GLM(counts, X, family=sm.families.Binomial()).fit()
    counts = df.groupby("smoke", as_index=False).agg(events=("low", "sum"), n=("low", "size"))
    gl.logit("cbind(events, n - events) ~ smoke", counts)
sm.GLM(..., freq_weights=n)
    gl.logit("low ~ age", df.assign(n=2), weights="n")
sm.GLM(..., var_weights=w)
    gl.logit("low ~ age", df.assign(w=1.5), weights="w", weight_type="precision")
sm.GLM(..., offset=z)
    gl.logit("low ~ age", df.assign(z=0.5), offset="z")
.fit(cov_type="HC3")
    gl.logit("low ~ age", df).with_cov("HC3")
    # statsmodels returns HC0 there
.fit(cov_type="cluster", cov_kwds={"groups": g})
    gl.logit("low ~ age", df, cluster="ftv").with_cov("cluster:statsmodels")
.fit(maxiter=100, tol=1e-12)
    gl.logit("low ~ age", df, control=gl.Control(max_iter=100))
.fit_regularized(alpha=1)
    gl.elastic_net("low ~ age + lwt", df, penalty=0.02)
sm.MNLogit(y, X).fit()
    gl.multinomial("race ~ age", df)
OrderedModel(y, X, distr="logit").fit()
    gl.ordinal("ftv ~ age", df)
ConditionalLogit(y, X, groups=g)
    gl.two_by_two(df, "low", "smoke", strata="race")
    # not here yet; for one exposure the Mantel-Haenszel odds ratio
C(race, Treatment("other"))
    gl.logit("low ~ C(race, Treatment('other'))", df)
np.log(lwt)
    gl.logit("low ~ log(lwt)", df)
bs(age, df=4)
    gl.logit("low ~ bs(age, 4)", df)
== What a fit says
result.summary()
    fit.summary()
result.summary2()
    fit.summary()
summary_col([a, b])
    gl.compare([fit, gl.logit("low ~ age", df)])
    ! summary_col
result.params
    fit.params
np.exp(result.params)
    fit.odds_ratios()
result.bse; result.tvalues; result.pvalues
    fit.bse, fit.zvalues, fit.pvalues
result.conf_int(alpha=0.1)
    fit.confint(level=0.9)
result.cov_params()
    fit.cov_params()
    ! cov_params_default normalized_cov_params
result.llf; result.llnull
    fit.llf, fit.llnull
result.prsquared
    gl.pseudo_r2(fit)
result.llr_pvalue
    gl.lr_test(fit, gl.logit("low ~ 1", df))
result.aic; result.bic
    fit.aic, fit.bic
    ! bic_llf bic_deviance
result.mle_retvals["converged"]
    fit.converged, fit.status
result.predict(new)
    fit.predict(df.head(3))
result.get_prediction(new).summary_frame()
    fit.predict(df.head(3), interval="confidence")
result.fittedvalues
    fit.predict()
result.resid_pearson
    gl.residuals(fit, "pearson")
result.get_influence()
    gl.influence(fit)
result.get_influence().summary_frame()
    fit.augment()
    ! summary_frame hat_matrix_diag
result.save("model.pickle"); result.remove_data()
    pickle.dumps(fit)
    # a fit is pickled with its rows
    ! remove_data
== Tests
result.t_test("age = lwt")
    fit.test("age = lwt")
result.wald_test_terms()
    gl.drop1(fit, test="wald")
result.compare_lr_test(small)
    gl.lr_test(fit, gl.logit("low ~ age", df))
    ! compare_lr_test
result.score_test()
    gl.score_test(fit, "age = 0")
multipletests(p, method="holm")
    gl.pairwise(fit, "race", adjust="holm")
    ! multipletests
== Risks and marginal effects
result.get_margeff(at="overall")
    fit.margins()
result.get_margeff(at="mean")
    fit.margins(at="mean")
result.get_margeff(dummy=True)
    fit.margins(discrete="binary")
result.get_margeff(method="eyex")
    fit.margins(kind="eyex")
    ! margeff
Table2x2(table).summary()
    gl.two_by_two(df, "low", "smoke")
    ! table2x2 stratifiedtable
== Does the model fit
result.pred_table(0.5)
    gl.classification(fit, threshold=0.5)
variance_inflation_factor(X, j)
    gl.vif(fit, by="column", of="columns")
plot_partial_residuals(result, "age")
    fit.plot("partial", "age")
    ! plot_partial_residuals plot_ceres_residuals plot_ccpr
influence_plot(result)
    fit.plot("influence")
    ! plot_influence
"""
