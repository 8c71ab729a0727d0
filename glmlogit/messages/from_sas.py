"""What is typed in SAS, and what is typed here."""

ROWS = """
== Data
proc import datafile="births.csv" out=births;
    gl.read("births.csv")
    ! proc_import
where age > 20;
    df[df["age"] > 20]
proc freq; tables low*smoke / chisq relrisk;
    gl.two_by_two(df, "low", "smoke")
    ! proc_freq
proc freq; tables race*smoke*low / cmh;
    gl.two_by_two(df, "low", "smoke", strata="race")
    ! cmh
proc means; class smoke; var age;
    df.groupby("smoke")["age"].describe()
    ! proc_means
== Fit
proc logistic; model low(event='1') = age lwt;
    gl.logit("low ~ age + lwt", df, event=1)
    ! proc_logistic logistic_procedure
proc logistic descending; model low = age;
    gl.logit("low ~ age", df)
    # the event of 0/1 is 1 here without saying so
proc genmod; model low = age / dist=bin link=logit;
    gl.logit("low ~ age", df)
    ! proc_genmod genmod proc_glimmix
model events/n = smoke;
    counts = df.groupby("smoke", as_index=False).agg(events=("low", "sum"), n=("low", "size"))
    gl.logit("events ~ smoke", counts, trials="n")
freq n;
    gl.logit("low ~ age", df.assign(n=2), weights="n")
weight w;
    gl.logit("low ~ age", df.assign(w=1.5), weights="w", weight_type="precision")
offset=z
    gl.logit("low ~ age", df.assign(z=0.5), offset="z")
class race(ref='white') / param=ref;
    gl.logit("low ~ C(race, Treatment('white'))", df)
class race / param=effect;
    gl.logit("low ~ C(race, Sum)", df)
    # SAS' default coding: deviations from the mean
class race / param=poly;
    gl.logit("low ~ C(race, Poly)", df)
model low = age|smoke;
    gl.logit("low ~ age*smoke", df)
effect s = spline(age / naturalcubic);
    gl.logit("low ~ rcs(age, 4)", df)
model low = age / noint;
    gl.logit("low ~ 0 + age", df)
model low = age / firth;
    gl.firth("low ~ age", df)
model low = age / alpha=0.1;
    gl.logit("low ~ age", df, level=0.9)
model low = age lwt race / selection=stepwise slentry=0.1;
    gl.step(fit)
    # by AIC; its page says what the choice costs
model race(ref='white') = age / link=glogit;
    gl.multinomial("race ~ age", df, base="white")
    ! glogit catmod proc_catmod
model ftv = age / link=clogit;
    gl.ordinal("ftv ~ age", df, se="expected")
    # SAS' errors are of the expected information
    ! cumlogit
proc surveylogistic; cluster ftv; weight w;
    gl.logit("low ~ age", df.assign(w=1.5), weights="w", weight_type="sampling", cluster="ftv")
    ! surveylogistic proc_surveylogistic
proc genmod; repeated subject=ftv / type=ind;
    gl.logit("low ~ age", df, cluster="ftv").with_cov("cluster:none")
    # independence working correlation
    ! repeated
proc hpgenselect; selection method=lasso;
    gl.elastic_net_cv("low ~ age + lwt", df, seed=1)
    ! hpgenselect proc_hpgenselect glmselect
== After the fit
ods output ParameterEstimates=est;
    fit.tidy()
    ! parameterestimates
clodds=wald
    fit.odds_ratios()
    ! clodds
clodds=pl
    fit.odds_ratios(method="profile")
clparm=pl
    fit.confint(method="profile")
    ! clparm
units age=10;
    fit.odds_ratios(units={"age": 10})
    ! oddsratio_units
covb
    fit.cov_params()
    ! covb
oddsratio race / diff=all;
    gl.pairwise(fit, "race", exponentiate=True)
lsmeans race / ilink diff;
    gl.predictions(fit, by="race")
estimate 'ten years' age 10 / exp;
    gl.contrasts(fit, "10*age")
contrast 'both' age 1, lwt 1;
    fit.test("age = lwt = 0")
test age = lwt;
    fit.test("age = lwt")
Type 3 Analysis of Effects
    gl.drop1(fit, test="wald")
    ! type3
Testing Global Null Hypothesis
    gl.lr_test(fit, gl.logit("low ~ 1", df))
output out=p p=phat xbeta=eta;
    fit.augment()
score data=new out=scored;
    fit.predict(df.head(3))
effectplot;
    fit.plot("effect", "age")
    ! effectplot
%margins
    fit.margins()
== Does the model fit, and how good is it
lackfit
    gl.goodness_of_fit(fit, "hosmer_lemeshow")
    ! lackfit
aggregate scale=none
    gl.goodness_of_fit(fit, "pearson")
scale=pearson aggregate
    gl.dispersion(fit, by="pattern")
rsquare
    gl.pseudo_r2(fit)
    ! rsquare
influence iplots
    gl.influence(fit)
    ! iplots
Association of Predicted Probabilities
    gl.association_measures(fit)
roc 'all' age lwt; roccontrast;
    gl.roc_test(fit, gl.logit("low ~ age", df))
    ! roccontrast
plots=roc
    gl.roc(fit).plot()
model low = age / outroc=curve
    gl.roc(fit).table
    ! outroc
ctable pprob=0.3
    gl.classification(fit, threshold=0.3)
    ! ctable pprob
proc power; logistic
    gl.power(1.5, 0.2, power=0.8)
    ! proc_power
"""
