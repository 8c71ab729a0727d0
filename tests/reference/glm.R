# Reference fits of R's glm(family = binomial), written to tests/reference/glm.json.
# Run from the repository root:  Rscript tests/reference/glm.R
#
# Convergence. R stops when the relative change of the deviance is below 1e-8, and takes the standard errors
# from the weights of the iterate before the last. As the deviance is flat at the maximum, the default leaves
# 4 to 5 correct digits in a standard error, and even epsilon = 1e-14 only 7 (mtcars_wt). Nor may epsilon be
# that small: glm.fit() uses epsilon / 1000 as its tolerance for collinear columns, so below about 1e-12 it no
# longer finds any (birthwt_aliased then wanders about with coefficients of 1e12). Hence epsilon = 1e-10, and
# then three more Newton steps by starting again from the coefficients reached: quadratic convergence makes
# the second exact to rounding, and the third computes weights, QR and standard errors from it.
#
# What is stored, and where it is not simply R's summary() of the fit:
# - frequency weights: R's glm counts rows, not subjects, so everything that depends on n (nobs, df, BIC, HC,
#   cluster) and every leverage comes from the fit with the rows written out. R's own answer is in `weighted`.
#   Coefficients and the model's covariance are the same in both; they are of the weighted fit, whose shorter
#   sums have less rounding.
# - sampling weights: bse, z, p and limits use HC0 * n/(n - 1), as survey::svyglm (`covariance` says so); the model-based ones are in `model_bse`.
# - non-integer precision weights: dbinom() gets rounded counts, so R's log-likelihood and AIC are wrong there;
#   llf, aic and bic are null, `llf_kernel` (sum of w * [y log p + (1 - y) log(1 - p)]) holds always.
# - rows: 0-based positions in the file; at most 100, evenly spread. NaN and NA become null,
#   and infinity 1e999, which JSON can hold and every reader turns back (the odds ratio of gravity in urine).

suppressPackageStartupMessages({library(sandwich); library(splines)})
CONTROL <- "glm.control(epsilon = 1e-10, maxit = 100)"
RESTARTS <- 3
MAX_ROWS <- 100

# ---- JSON with all 17 digits (jsonlite stops at 15) -----------------------------------------------------------

to_json <- function(x) {
  if (is.null(x)) return("null")
  if (is.matrix(x)) return(json_array(apply(unname(x), 1, function(row) to_json(I(row)))))
  if (is.data.frame(x)) x <- lapply(as.list(x), I)
  if (is.list(x) && !is.null(names(x))) return(json_object(x))
  if (is.list(x)) return(json_array(vapply(x, to_json, "")))
  items <- json_items(x)
  if (length(x) == 1 && !inherits(x, "AsIs")) items else json_array(items)
}
json_array <- function(items) paste0("[", paste(items, collapse = ", "), "]")
json_object <- function(x) {
  items <- vapply(names(x), function(name) paste0(json_string(name), ": ", to_json(x[[name]])), "")
  paste0("{", paste(items, collapse = ", "), "}")
}
json_string <- function(s) jsonlite::toJSON(jsonlite::unbox(s))
json_items <- function(x) {
  if (is.factor(x)) x <- as.character(x)
  if (is.character(x)) return(ifelse(is.na(x), "null", vapply(x, function(s) as.character(json_string(s)), "")))
  if (is.logical(x)) return(ifelse(is.na(x), "null", ifelse(x, "true", "false")))
  x <- as.numeric(x)
  ifelse(is.na(x), "null", ifelse(is.finite(x), sprintf("%.17g", x), ifelse(x > 0, "1e999", "-1e999")))
}

# ---- data -----------------------------------------------------------------------------------------------------

LEVELS <- jsonlite::fromJSON("tests/data/levels.json", simplifyVector = TRUE)

# Ordered factors are read as unordered: R would give them polynomial contrasts, glmlogit treatment contrasts.
read_data <- function(path) {
  frame <- read.csv(path, na.strings = "", check.names = FALSE)
  for (column in names(LEVELS[[path]]))
    frame[[column]] <- factor(frame[[column]], levels = LEVELS[[path]][[column]]$levels)
  frame
}

# ---- names: R's coefficient and term labels in glmlogit's spelling --------------------------------------------

# spell: R's label of a factor or transformed variable -> the same in the formula of glmlogit.
# code: the letter in front of the level ("T." unless given; "" for the columns of a basis).
translator <- function(fit, spell, code) {
  part <- function(label) {
    if (label == "(Intercept)") return("Intercept")
    if (label %in% names(spell)) return(spell[[label]])
    known <- Filter(function(from) startsWith(label, from), names(spell))
    if (length(known) == 0) return(label)
    from <- known[which.max(nchar(known))]
    kind <- if (from %in% names(code)) code[[from]] else "T."
    level <- level_name(substring(label, nchar(from) + 1), kind, fit$xlevels[[from]])
    sprintf("%s[%s%s]", spell[[from]], kind, level)
  }
  function(labels) vapply(labels, function(label)
    paste(vapply(strsplit(label, ":", fixed = TRUE)[[1]], part, ""), collapse = ":"), "", USE.NAMES = FALSE)
}

# R numbers the columns of sum and Helmert contrasts; glmlogit names the level.
level_name <- function(label, kind, levels) switch(kind,
  "S." = levels[as.integer(label)], "H." = levels[as.integer(label) + 1], label)

# ---- one model ------------------------------------------------------------------------------------------------

fit_call <- function(formula, weights, start = "") sprintf(
  "glm(%s, family = binomial, data = d, %s%scontrol = %s)", formula,
  if (is.null(weights)) "" else sprintf("weights = %s, ", weights), start, CONTROL)

# Non-integer weights make R warn ("non-integer #successes"); that is known, see the top.
fit_glm <- function(formula, d, weights) withCallingHandlers({
    first <- fit <- eval(parse(text = fit_call(formula, weights)))
    for (i in seq_len(RESTARTS)) {
      from <- ifelse(is.na(coef(fit)), 0, coef(fit))
      fit <- eval(parse(text = fit_call(formula, weights, "start = from, ")))
    }
    stopifnot(first$converged, fit$converged, identical(is.na(coef(fit)), is.na(coef(first))))
    fit$iter <- first$iter
    fit
  }, warning = function(w) if (grepl("non-integer", conditionMessage(w))) invokeRestart("muffleWarning"))

complete_rows <- function(frame, formula, columns) {
  used <- c(intersect(all.vars(as.formula(formula)), names(frame)), unlist(columns))
  which(complete.cases(frame[unique(used)]))
}

reference <- function(id, data, r, formula, spell = character(), code = character(), weights = NULL,
                      weight_type = NULL, trials = NULL, offset = NULL, event = NULL, cluster = NULL, note = NULL) {
  frame <- read_data(data)
  r_formula <- if (is.null(offset)) r else sprintf("%s + offset(%s)", r, offset)
  keep <- complete_rows(frame, r_formula, c(weights, cluster))
  d <- frame[keep, , drop = FALSE]
  counts <- identical(weight_type, "frequency")
  row_fit <- fit_glm(r_formula, d, weights)
  copies <- if (counts) rep(seq_len(nrow(d)), d[[weights]]) else seq_len(nrow(d))
  fit <- if (counts) fit_glm(r_formula, d[copies, , drop = FALSE], NULL) else row_fit
  translate <- translator(row_fit, spell, code)
  stopifnot(all.equal(coef(fit), coef(row_fit)[names(coef(fit))], tolerance = 1e-10))
  options <- list(weights = weights, weight_type = weight_type, trials = trials, offset = offset, event = event)
  c(list(id = id, data = data, r_formula = r_formula, call = fit_call(r_formula, weights),
         formula = formula, options = Filter(Negate(is.null), options), cluster = cluster, note = note,
         rows_used = length(keep), rows_dropped = nrow(frame) - length(keep)),
    names_part(row_fit, translate), scalars(fit, weights, weight_type),
    inference(row_fit, weight_type), tests(fit, translate), robust(fit, d[copies, , drop = FALSE], cluster),
    list(rows = row_table(row_fit, fit, keep, copies), newdata = newdata_part(row_fit, d)),
    if (counts) list(weighted = list(nobs = nobs(row_fit), df_residual = df.residual(row_fit),
                                     bic = BIC(row_fit), hc0 = vcov_or_null(vcovHC(row_fit, "HC0")))))
}

names_part <- function(fit, translate) list(
  r_terms = I(names(coef(fit))), terms = I(translate(names(coef(fit)))),
  aliased = I(translate(names(coef(fit))[is.na(coef(fit))])),
  estimable = I(translate(names(coef(fit))[!is.na(coef(fit))])))

# R fits the null model without an intercept when the model has none; llf_intercept_only is the other one.
scalars <- function(fit, weights, weight_type) {
  y <- fit$y; w <- fit$prior.weights; mu <- fit$fitted.values
  kernel <- function(mu) sum(w * (ifelse(y > 0, y * log(mu), 0) + ifelse(y < 1, (1 - y) * log1p(-mu), 0)))
  offset <- if (is.null(fit$offset)) rep(0, length(y)) else fit$offset
  null <- quietly(glm.fit(rep(1, length(y)), y, w, offset = offset, family = binomial(), control = fit$control))
  exact <- all(abs(w - round(w)) < 1e-12)
  constant <- if (exact) sum(lchoose(round(w), round(w * y))) * grouped(fit) else NA
  llf <- kernel(mu) + constant
  if (exact) stopifnot(abs(llf - as.numeric(logLik(fit))) < 1e-9 * (1 + abs(llf)))
  list(deviance = fit$deviance, null_deviance = fit$null.deviance, llf = llf, llf_kernel = kernel(mu),
       llf_constant = constant, llf_intercept_only = kernel(null$fitted.values) + constant,
       aic = if (exact) AIC(fit), bic = if (exact) BIC(fit), nobs = nobs(fit), rank = fit$rank,
       df_residual = fit$df.residual, df_null = fit$df.null, iterations = fit$iter,
       r_loglik = as.numeric(logLik(fit)), r_aic = AIC(fit))
}
# 0/1 outcomes have no binomial coefficient, whatever their weight
grouped <- function(fit) any(fit$y > 0 & fit$y < 1)

inference <- function(fit, weight_type) {
  model <- vcov(fit, complete = FALSE)
  sampling <- identical(weight_type, "sampling")
  V <- if (sampling) vcovHC(fit, "HC0") * nobs(fit) / (nobs(fit) - 1) else model
  b <- coef(fit)[!is.na(coef(fit))]
  se <- sqrt(diag(V)); z <- b / se; q <- qnorm(0.975)
  if (!sampling) stopifnot(all.equal(as.vector(cbind(b - q * se, b + q * se)),
                                     as.vector(na.omit(confint.default(fit))), tolerance = 1e-12))
  list(covariance = if (sampling) "HC0:stata" else "model", params = I(unname(coef(fit))), bse = spread(se, fit),
       z = spread(z, fit), p = spread(2 * pnorm(-abs(z)), fit), conf_low = spread(b - q * se, fit),
       conf_high = spread(b + q * se, fit), odds_ratio = I(unname(exp(coef(fit)))),
       or_low = spread(exp(b - q * se), fit), or_high = spread(exp(b + q * se), fit),
       model_bse = spread(sqrt(diag(model)), fit), vcov_model = model)
}

# Values of the estimable coefficients, with NA where a coefficient is aliased.
spread <- function(values, fit) {
  out <- rep(NA_real_, length(coef(fit)))
  out[!is.na(coef(fit))] <- values
  I(out)
}

# drop1() respects marginality; its term and that of anova() are given in both spellings.
tests <- function(fit, translate) list(
  drop1 = test_table(quietly(drop1(fit, test = "LRT")), translate),
  anova = test_table(quietly(anova(fit, test = "Chisq")), translate))

test_table <- function(table, translate) {
  names(table) <- c(Df = "df", Deviance = "deviance", AIC = "aic", LRT = "lrt", `Pr(>Chi)` = "p",
                    `Resid. Df` = "df_residual", `Resid. Dev` = "residual_deviance")[names(table)]
  terms <- trimws(rownames(table))
  spelled <- ifelse(terms %in% c("<none>", "NULL"), terms, translate(terms))
  c(list(r_term = I(terms), term = I(spelled)), lapply(as.list(table), I))
}
quietly <- function(expr) suppressWarnings(expr)

# ---- robust covariances ---------------------------------------------------------------------------------------

robust <- function(fit, d, cluster) {
  kinds <- c("HC0", "HC1", "HC2", "HC3")
  if (max(hatvalues(fit)) > 1 - 1e-8) kinds <- kinds[1:2]        # HC2 and HC3 are 0/0 at leverage 1
  hc <- lapply(setNames(kinds, kinds), function(kind) vcovHC(fit, type = kind))
  for (kind in kinds) check_hc(fit, kind, hc[[kind]])
  clustered <- if (!is.null(cluster)) {
    G <- length(unique(d[[cluster]]))
    list(column = cluster, groups = G, factor = "G/(G-1)", factor_value = G / (G - 1),
         vcov = vcovCL(fit, cluster = d[[cluster]], type = "HC0", cadjust = TRUE))
  }
  list(vcov_hc = hc, vcov_cluster = clustered)
}

# sandwich recovers the residual by dividing scores by X; this is the plain formula, as a check.
check_hc <- function(fit, kind, V) {
  used <- fit$prior.weights > 0
  X <- model.matrix(fit)[, !is.na(coef(fit)), drop = FALSE]
  power <- c(HC0 = 0, HC1 = 0, HC2 = 0.5, HC3 = 1)[[kind]]
  U <- (X * fit$prior.weights * (fit$y - fit$fitted.values) / (1 - hatvalues(fit))^power)[used, , drop = FALSE]
  n <- sum(used)
  B <- vcov(fit, complete = FALSE)
  plain <- B %*% crossprod(U) %*% B * (if (kind == "HC1") n / (n - ncol(X)) else 1)
  stopifnot(max(abs(V - plain) / sqrt(outer(diag(plain), diag(plain)))) < 1e-9)
}
vcov_or_null <- function(expr) tryCatch(expr, error = function(e) NULL)

# ---- rows and new data ----------------------------------------------------------------------------------------

# One line a row of the file. Leverage-based columns of a frequency-weighted row are those of one of its copies.
row_table <- function(row_fit, fit, keep, copies) {
  n <- length(keep)
  shown <- unique(round(seq(1, n, length.out = min(n, MAX_ROWS))))
  at <- match(shown, copies)
  link <- quietly(predict(row_fit, se.fit = TRUE))
  data.frame(row = keep[shown] - 1L,
             fitted = fitted(row_fit)[shown], linear_predictor = link$fit[shown],
       std_error_link = link$se.fit[shown],
             resid_pearson = residuals(fit, "pearson")[at], resid_deviance = residuals(fit, "deviance")[at],
             hat = hatvalues(fit)[at], std_resid = rstandard(fit, type = "deviance")[at],
             std_resid_pearson = rstandard(fit, type = "pearson")[at], cooks_distance = cooks.distance(fit)[at],
             row.names = NULL)
}

# Three rows nobody was observed in: column j takes its values from rows 1, n/2 and n, rotated by j.
newdata_part <- function(fit, d) {
  columns <- intersect(all.vars(delete.response(terms(fit))), names(d))
  columns <- union(columns, intersect(all.vars(formula(fit)[[3]]), names(d)))   # an offset's column too
  if (length(columns) == 0) return(NULL)
  picks <- c(1, ceiling(nrow(d) / 2), nrow(d))
  new <- data.frame(lapply(setNames(seq_along(columns), columns),
                           function(j) d[[columns[j]]][picks[(seq_len(3) + j - 2) %% 3 + 1]]), check.names = FALSE)
  link <- quietly(predict(fit, newdata = new, se.fit = TRUE))
  list(columns = lapply(as.list(new), I), linear_predictor = I(unname(link$fit)),
       std_error_link = I(unname(link$se.fit)), response = I(unname(quietly(predict(fit, new, type = "response")))))
}

# ---- the models -----------------------------------------------------------------------------------------------

package_data <- function(name) sprintf("glmlogit/datasets/%s.csv", name)
test_data <- function(name) sprintf("tests/data/%s.csv", name)
BW <- package_data("birthwt"); MADE <- test_data("birthwt_made"); CARS <- test_data("mtcars")
race <- c(race = "C(race)")

menarche <- read.csv(test_data("menarche"))
girls <- poly(rep(menarche$Age, menarche$Total), 3)
poly_of_girls <- function(x) predict(girls, x)

models <- list(
  # numeric columns, transformations
  list("birthwt_intercept", BW, "low ~ 1", "low ~ 1"),
  list("birthwt_numeric", BW, "low ~ age + lwt", "low ~ age + lwt"),
  list("birthwt_log", BW, "low ~ log(lwt) + sqrt(age) + smoke", "low ~ log(lwt) + sqrt(age) + smoke"),
  list("birthwt_center", BW, "low ~ scale(age, scale = FALSE) * smoke", "low ~ center(age) * smoke",
       spell = c("scale(age, scale = FALSE)" = "center(age)")),
  list("birthwt_penalty", BW, "low ~ age + lwt + smoke + ht + ui", "low ~ age + lwt + smoke + ht + ui"),
  list("mtcars_wt", CARS, "am ~ wt", "am ~ wt"),
  list("mtcars_hp_wt_vs", CARS, "am ~ hp + wt + vs", "am ~ hp + wt + vs"),
  list("mroz", test_data("mroz"), "lfp ~ k5 + k618 + age + wc + hc + lwg + inc",
       "lfp ~ k5 + k618 + age + wc + hc + lwg + inc", spell = c(wc = "wc", hc = "hc")),
  list("nodal", test_data("nodal"), "r ~ aged + stage + grade + xray + acid",
       "r ~ aged + stage + grade + xray + acid"),
  list("endometrial_finite", package_data("endometrial"), "HG ~ PI + EH", "HG ~ PI + EH"),

  # factors and their coding
  list("birthwt_full", BW, "low ~ age + lwt + race + smoke + ptl + ht + ui",
       "low ~ age + lwt + C(race) + smoke + ptl + ht + ui", spell = race),
  list("birthwt_race_smoke", BW, "low ~ race + smoke", "low ~ race + smoke", spell = c(race = "race")),
  list("mtcars_cyl", CARS, "am ~ hp + wt + factor(cyl)", "am ~ hp + wt + C(cyl)",
       spell = c("factor(cyl)" = "C(cyl)")),
  list("womenlf", test_data("womenlf"), "working ~ hincome + children + region",
       "working ~ hincome + children + region",
       spell = c(children = "children", region = "region")),
  list("birthwt_relevel", BW, "low ~ relevel(race, ref = \"other\") + age",
       "low ~ C(race, contr.treatment(base='other')) + age",
       spell = c("relevel(race, ref = \"other\")" = "C(race, contr.treatment(base='other'))")),
  list("birthwt_sum", BW, "low ~ C(race, contr.sum) + lwt", "low ~ C(race, contr.sum) + lwt",
       spell = c("C(race, contr.sum)" = "C(race, contr.sum)"), code = c("C(race, contr.sum)" = "S.")),
  list("birthwt_helmert", BW, "low ~ C(race, contr.helmert) + lwt", "low ~ C(race, contr.helmert) + lwt",
       spell = c("C(race, contr.helmert)" = "C(race, contr.helmert)"), code = c("C(race, contr.helmert)" = "H."),
       note = "Helmert columns as in R: level j against the mean of the levels before it, not divided by j."),

  # interactions
  list("birthwt_num_num", BW, "low ~ age * lwt", "low ~ age * lwt"),
  list("birthwt_factor_num", BW, "low ~ race * age + smoke", "low ~ C(race) * age + smoke", spell = race),
  list("birthwt_factor_factor", BW, "low ~ race * factor(smoke) + lwt", "low ~ C(race) * C(smoke) + lwt",
       spell = c(race, "factor(smoke)" = "C(smoke)")),
  list("birthwt_slopes_only", BW, "low ~ smoke + race:age", "low ~ smoke + C(race):age", spell = race,
       code = c(race = ""),
       note = "No main effect of race: one slope of age for each level."),
  list("mtcars_hp_wt_interaction", CARS, "am ~ hp * wt", "am ~ hp * wt"),
  list("cowles", test_data("cowles"), "volunteer ~ sex + neuroticism * extraversion",
       "volunteer ~ sex + neuroticism * extraversion", spell = c(sex = "sex")),

  # polynomials and splines
  list("kyphosis_square", test_data("kyphosis"), "Kyphosis ~ Age + I(Age^2) + Start",
       "Kyphosis ~ Age + I(Age**2) + Start", spell = c("I(Age^2)" = "I(Age ** 2)")),
  list("mroz_poly", test_data("mroz"), "lfp ~ poly(age, 3) + k5 + inc", "lfp ~ poly(age, 3) + k5 + inc",
       spell = c("poly(age, 3)" = "poly(age, 3)"), code = c("poly(age, 3)" = "")),
  list("menarche_poly", test_data("menarche"), "cbind(Menarche, Total - Menarche) ~ poly_of_girls(Age)",
       "Menarche ~ poly(Age, 3)",
       trials = "Total", spell = c("poly_of_girls(Age)" = "poly(Age, 3)"), code = c("poly_of_girls(Age)" = ""),
       note = "Orthogonal over the girls, not over the rows of the table: poly() of a row for each girl."),
  list("mroz_ns", test_data("mroz"), "lfp ~ ns(age, df = 4) + k5 + inc", "lfp ~ ns(age, df=4) + k5 + inc",
       spell = c("ns(age, df = 4)" = "ns(age, df=4)"), code = c("ns(age, df = 4)" = "")),
  list("mroz_bs", test_data("mroz"), "lfp ~ bs(inc, df = 5) + k5 + age", "lfp ~ bs(inc, df=5) + k5 + age",
       spell = c("bs(inc, df = 5)" = "bs(inc, df=5)"), code = c("bs(inc, df = 5)" = "")),

  # grouped outcomes
  list("esoph_factors", package_data("esoph"), "cbind(ncases, ncontrols) ~ agegp + alcgp + tobgp",
       "cbind(ncases, ncontrols) ~ agegp + alcgp + tobgp", spell = c(agegp = "agegp", alcgp = "alcgp",
       tobgp = "tobgp"),
       note = "The factors are unordered here; R's own ordered factors would get polynomial contrasts."),
  list("esoph_scores", test_data("esoph_scores"), "cbind(ncases, ncontrols) ~ agegp + alc_score * tob_score",
       "ncases ~ agegp + alc_score * tob_score", trials = "total", spell = c(agegp = "agegp")),
  list("lizards", package_data("lizards"), "cbind(grahami, opalinus) ~ height + diameter + light + time",
       "cbind(grahami, opalinus) ~ height + diameter + light + time",
       spell = c(height = "height", diameter = "diameter", light = "light", time = "time")),
  list("budworm", test_data("budworm"), "cbind(numdead, total - numdead) ~ sex * ldose", "numdead ~ sex * ldose",
       trials = "total", spell = c(sex = "sex")),
  list("snails", test_data("snails"), "cbind(Deaths, N - Deaths) ~ Species + Exposure + Rel_Hum + Temp",
       "Deaths ~ Species + Exposure + Rel_Hum + Temp", trials = "N", spell = c(Species = "Species")),
  list("cbpp", package_data("cbpp"), "cbind(incidence, size - incidence) ~ period", "incidence ~ period",
       trials = "size", cluster = "herd", spell = c(period = "period")),

  # weights
  list("ucb_frequency", test_data("ucb"), "(Admit == \"Admitted\") ~ Gender + Dept", "Admit ~ Gender + Dept",
       weights = "Freq",
       weight_type = "frequency", event = "Admitted", spell = c(Gender = "Gender", Dept = "Dept")),
  list("ucb_saturated", test_data("ucb"), "(Admit == \"Admitted\") ~ Gender * Dept", "Admit ~ Gender * Dept",
       weights = "Freq",
       weight_type = "frequency", event = "Admitted", spell = c(Gender = "Gender", Dept = "Dept")),
  list("ucb_precision", test_data("ucb"), "(Admit == \"Admitted\") ~ Gender + Dept", "Admit ~ Gender + Dept",
       weights = "Freq",
       weight_type = "precision", event = "Admitted", spell = c(Gender = "Gender", Dept = "Dept"),
       note = "The counts of ucb_frequency taken as precision weights: nobs is the number of rows."),
  list("titanic_frequency", test_data("titanic_table"), "Survived ~ Class + Sex + Age",
       "Survived ~ Class + Sex + Age",
       weights = "Freq", weight_type = "frequency", spell = c(Class = "Class", Sex = "Sex", Age = "Age"),
       note = "8 of 32 rows have weight 0."),
  list("titanic_class_sex", test_data("titanic_table"), "Survived ~ Class * Sex + Age",
       "Survived ~ Class * Sex + Age",
       weights = "Freq", weight_type = "frequency", spell = c(Class = "Class", Sex = "Sex", Age = "Age")),
  list("esoph_frequency", test_data("esoph_long"), "case ~ agegp + alcgp + tobgp", "case ~ agegp + alcgp + tobgp",
       weights = "count",
       weight_type = "frequency", spell = c(agegp = "agegp", alcgp = "alcgp", tobgp = "tobgp"),
       note = "The people of esoph_factors, one by one: same coefficients, another deviance and n."),
  list("birthwt_precision", MADE, "low ~ lwt + race + smoke", "low ~ lwt + C(race) + smoke",
       weights = "precision_weight",
       weight_type = "precision", spell = race, note = "Weights are not integers."),
  list("birthwt_sampling", MADE, "low ~ age + lwt + race + smoke", "low ~ age + lwt + C(race) + smoke",
       weights = "sampling_weight",
       weight_type = "sampling", spell = race),

  # offset, missing values, no intercept, aliasing, clusters
  list("birthwt_offset", MADE, "low ~ age + race + smoke", "low ~ age + C(race) + smoke", offset = "lwt_offset",
       spell = race),
  list("titanic_missing", test_data("titanic"), "survived ~ sex + age + passengerClass",
       "survived ~ sex + age + passengerClass",
       spell = c(sex = "sex", passengerClass = "passengerClass"), note = "263 of 1309 ages are missing."),
  list("urine_missing", package_data("urine"), "r ~ gravity + ph + osmo + cond + urea + calc",
       "r ~ gravity + ph + osmo + cond + urea + calc",
       note = "gravity lies in 1.005 to 1.040: ill-conditioned as given."),
  list("airquality_missing", test_data("airquality"), "high ~ Solar_R + Wind", "high ~ Solar_R + Wind",
       note = "Missing values in the outcome and in a covariate."),
  list("mtcars_no_intercept", CARS, "am ~ 0 + wt + mpg", "am ~ 0 + wt + mpg",
       note = "null_deviance is that of p = 1/2, as R has it; llf_intercept_only is the intercept-only model."),
  list("birthwt_no_intercept", BW, "low ~ 0 + race + lwt", "low ~ 0 + C(race) + lwt", spell = race,
       code = c(race = "")),
  list("birthwt_aliased", MADE, "low ~ age + lwt + age_plus_lwt + smoke + lwt_half",
       "low ~ age + lwt + age_plus_lwt + smoke + lwt_half"),
  list("birthwt_nested", MADE, "low ~ age + region + hospital", "low ~ age + region + hospital",
       spell = c(region = "region", hospital = "hospital"),
       note = "Hospitals are nested in regions: two are aliased."),
  list("birthwt_zero_level", MADE, "low ~ age + race", "low ~ age + C(race)", weights = "count_without_black",
       weight_type = "frequency", spell = race,
       note = "Every row of one level has weight 0: its coefficient is aliased. drop1 and anova are of the other two."),
  list("bacteria_cluster", test_data("bacteria"), "y ~ trt + week", "y ~ trt + week", cluster = "ID",
       spell = c(trt = "trt")),
  list("infert_cluster", package_data("infert"), "case ~ age + parity + education + spontaneous + induced",
       "case ~ age + parity + education + spontaneous + induced", cluster = "stratum",
       spell = c(education = "education")),
  list("birthwt_cluster_weighted", MADE, "low ~ age + lwt + smoke", "low ~ age + lwt + smoke",
       weights = "sampling_weight",
       weight_type = "sampling", cluster = "hospital", note = "12 made-up clusters.")
)

results <- lapply(models, function(model) {
  message(model[[1]])
  names(model)[1:4] <- c("id", "data", "r", "formula")
  do.call(reference, model)
})

packages <- c("stats", "sandwich", "splines", "MASS", "boot", "rpart", "carData", "brglm2", "lme4", "jsonlite")
header <- list(tool = R.version.string, control = CONTROL,
               versions = lapply(setNames(packages, packages), function(p) as.character(packageVersion(p))))
lines <- vapply(results, to_json, "")
writeLines(c("{", paste0('"meta": ', to_json(header), ","), '"models": [', paste(lines, collapse = ",\n"), "]", "}"),
           "tests/reference/glm.json")
