# What R says of effects, written to tests/reference/effects_r.json: odds ratios of pairs of levels (emmeans), doses
# (MASS::dose.p; Fieller's limits in closed form), average marginal effects from R's own model matrices.
# Run from the repository root, before effects.py:  Rscript tests/reference/effects.R
# Needs r-cran-emmeans r-cran-mass r-cran-sandwich r-cran-jsonlite.
#
# The layout is that of effects_py.json (README.md). Fits are converged as in glm.R: three more Newton steps from the
# coefficients reached, so that standard errors are those of the maximum.
# Average marginal effects: the derivative of the model matrix in a variable is a central difference of fifth order,
# exact but for rounding in polynomials and between the knots of splines; its step is 1e-3 of the variable's range.

suppressPackageStartupMessages({library(MASS); library(splines); library(sandwich); library(emmeans)})
emm_options(opt.digits = FALSE)
LEVELS <- jsonlite::fromJSON("tests/data/levels.json", simplifyVector = TRUE)
Z <- qnorm(0.975)

# ---- JSON with all 17 digits ------------------------------------------------------------------------------------

to_json <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x) && length(x) == 0) return("{}")
  if (is.list(x) && !is.null(names(x)))
    return(sprintf("{%s}", paste0('"', names(x), '": ', vapply(x, to_json, ""), collapse = ", ")))
  if (is.list(x)) return(sprintf("[%s]", paste(vapply(x, to_json, ""), collapse = ", ")))
  items <- if (is.character(x)) vapply(x, function(s) as.character(jsonlite::toJSON(jsonlite::unbox(s))), "")
           else ifelse(is.finite(x), sprintf("%.17g", x), "null")
  if (length(x) == 1 && !inherits(x, "AsIs")) items else sprintf("[%s]", paste(items, collapse = ", "))
}
quantity <- function(what, call, source, tool_call, rows) sprintf('{"what": "%s", "call": %s, "source": "%s", "tool_call": %s, "rows": %s}',
  what, to_json(call), source, to_json(tool_call), to_json(rows))

# ---- fit ----------------------------------------------------------------------------------------------------------

read_data <- function(path) {
  frame <- read.csv(path, na.strings = "", check.names = FALSE)
  for (column in names(LEVELS[[path]]))
    frame[[column]] <- factor(frame[[column]], levels = LEVELS[[path]][[column]]$levels)
  frame
}

fit_glm <- function(model, d) {
  d$.w <- if (is.null(model$weights)) 1 else d[[model$weights]]
  fit <- suppressWarnings(glm(model$formula, binomial, d, weights = .w, control = glm.control(1e-10, 100)))
  for (i in 1:3) {
    from <- coef(fit)
    fit <- suppressWarnings(glm(model$formula, binomial, d, weights = .w, start = from, control = glm.control(1e-10, 100)))
  }
  stopifnot(fit$converged)
  fit
}

covariance <- function(fit, d, cov, cluster) switch(cov,
  model = vcov(fit), cluster = vcovCL(fit, cluster = d[[cluster]], type = "HC0", cadjust = TRUE),
  vcovHC(fit, type = cov))

# ---- average marginal effects -----------------------------------------------------------------------------------------

ame_rows <- function(fit, d, V, numeric, factors) {
  rhs <- delete.response(terms(fit))
  matrix_of <- function(data) suppressWarnings(model.matrix(rhs, model.frame(rhs, data, xlev = fit$xlevels, na.action = na.pass)))
  w <- weights(fit, "prior")
  average <- function(h) sum(w * h) / sum(w)
  shifted <- function(name, by) { d[[name]] <- d[[name]] + by; matrix_of(d) }
  X <- matrix_of(d); p <- plogis(drop(X %*% coef(fit)))
  row <- function(variable, contrast, estimate, slope) {
    se <- sqrt(drop(slope %*% V %*% slope))
    list(variable = variable, contrast = contrast, estimate = estimate, std_error = se)
  }
  slopes <- lapply(numeric, function(name) {
    h <- diff(range(d[[name]])) * 1e-3
    D <- (8 * (shifted(name, h) - shifted(name, -h)) - (shifted(name, 2 * h) - shifted(name, -2 * h))) / (12 * h)
    s <- drop(D %*% coef(fit)); v <- p * (1 - p)
    row(name, "dY/dX", average(v * s), apply(v * (1 - 2 * p) * s * X + v * D, 2, average))
  })
  at_level <- function(name, level) { d[[name]][] <- level; matrix_of(d) }
  changes <- lapply(factors, function(name) {
    levels <- fit$xlevels[[grep(name, names(fit$xlevels), fixed = TRUE)[1]]]
    value <- function(level) if (is.factor(d[[name]])) level else type.convert(level, as.is = TRUE)
    lapply(levels[-1], function(level) {
      A <- at_level(name, value(level)); B <- at_level(name, value(levels[1]))
      a <- plogis(drop(A %*% coef(fit))); b <- plogis(drop(B %*% coef(fit)))
      row(name, sprintf("%s - %s", level, levels[1]), average(a) - average(b),
          apply(a * (1 - a) * A - b * (1 - b) * B, 2, average))
    })
  })
  c(slopes, do.call(c, changes))
}

# ---- odds ratios by emmeans ---------------------------------------------------------------------------------------------

or_rows <- function(contrasts, variable, by) {
  name <- function(x) gsub("^\\(|\\)$", "", sub(sprintf("^%s(?=[0-9])", variable), "", x, perl = TRUE))
  lapply(seq_len(nrow(contrasts)), function(i) {
    r <- contrasts[i, ]
    sides <- strsplit(as.character(r$contrast), " / ", fixed = TRUE)[[1]]
    group <- if (is.null(by)) NULL else list(group = setNames(list(type.convert(as.character(r[[by]]), as.is = TRUE)), by))
    c(list(variable = variable, level = name(sides[1]), reference = name(sides[2])), group,
      list(estimate = r$odds.ratio, std_error = r$SE, std_error_log = r$SE / r$odds.ratio, statistic = r$z.ratio,
           p_value = r$p.value, conf_low = r$asymp.LCL, conf_high = r$asymp.UCL))
  })
}

emmeans_of <- function(fit, d, variable, by, at) {
  specs <- as.formula(if (is.null(by)) paste("~", variable) else sprintf("~ %s | %s", variable, by))
  emmeans(fit, specs, at = at, data = d)
}

pairwise <- function(fit, d, variable, by = NULL, at = NULL) {
  grid <- if (!is.null(by) && is.numeric(d[[by]])) c(at, setNames(list(sort(unique(d[[by]]))), by)) else at
  pairs_of <- contrast(emmeans_of(fit, d, variable, by, grid), "revpairwise")
  vapply(c("none", "tukey", "bonferroni", "holm", "sidak"), function(adjust) quantity(
    "pairwise", list(variable = variable, by = by, at = list(), adjust = adjust, cov = "model"), "emmeans",
    sprintf("summary(contrast(emmeans(fit, ~ %s%s), 'revpairwise'), type = 'response', infer = TRUE, adjust = '%s')",
            variable, if (is.null(by)) "" else paste(" |", by), adjust),
    or_rows(as.data.frame(summary(pairs_of, type = "response", infer = TRUE, adjust = adjust)), variable, by)), "")
}

strata <- function(fit, d, variable, contrast, by, at = list()) {
  grid <- if (is.numeric(d[[variable]])) c(at, setNames(list(c(contrast[[2]], contrast[[1]])), variable)) else at
  means <- emmeans_of(fit, d, variable, by, if (length(grid)) grid else NULL)
  levels <- if (is.numeric(d[[variable]])) grid[[variable]] else levels(factor(d[[variable]]))
  weights <- (levels == contrast[[1]]) - (levels == contrast[[2]])
  found <- as.data.frame(summary(contrast(means, list(or = weights)), type = "response", infer = TRUE, adjust = "none"))
  found$contrast <- sprintf("%s / %s", contrast[[1]], contrast[[2]])
  rows <- lapply(or_rows(found, variable, by), function(r) { r$level <- contrast[[1]]; r$reference <- contrast[[2]]; r })
  quantity("stratum_odds_ratios", list(variable = variable, contrast = contrast, by = by, at = at, cov = "model"),
           "emmeans", sprintf("contrast(emmeans(fit, ~ %s | %s), list(c(%s)))", variable, by, toString(weights)), rows)
}
contrast <- emmeans::contrast

# ---- doses -----------------------------------------------------------------------------------------------------------------

# x with a + b x = logit(p). Fieller (1954): (target - a - b x)^2 <= z^2 (Vaa + 2 x Vab + x^2 Vbb), a quadratic in x.
fieller <- function(a, b, V, target) {
  gap <- target - a
  A <- b^2 - Z^2 * V[2, 2]; B <- gap * b + Z^2 * V[1, 2]; C <- gap^2 - Z^2 * V[1, 1]
  stopifnot(A > 0)
  (B + c(-1, 1) * sqrt(B^2 - A * C)) / A
}

doses <- function(fit, variable, at, L) {   # L: combination of coefficients that is a; the slope comes last
  k <- length(coef(fit)); J <- rbind(L, c(rep(0, k - 1), 1))
  ab <- drop(J %*% coef(fit)); V <- J %*% vcov(fit) %*% t(J)
  call <- list(variable = variable, p = I(c(0.5, 0.9)), at = at)
  parts <- list(coefficients = ab, V = V)
  rows <- function(kind) lapply(c(0.5, 0.9), function(p) {
    x <- (qlogis(p) - ab[1]) / ab[2]
    se <- sqrt(drop(c(1, x) %*% V %*% c(1, x))) / abs(ab[2])
    limits <- if (kind == "delta") x + c(-1, 1) * Z * se else fieller(ab[1], ab[2], V, qlogis(p))
    if (sum(L != 0) == 1) {
      d <- dose.p(fit, cf = c(which(L != 0), k), p = p)
      stopifnot(abs(d - x) < 1e-12 * abs(x), abs(attr(d, "SE") - se) < 1e-10 * se)
    }
    list(variable = variable, p = p, estimate = x, std_error = se, conf_low = limits[1], conf_high = limits[2])
  })
  c(quantity("dose", c(call, interval = "delta", cov = "model"), "MASS", "dose.p(fit, p = c(.5, .9))", rows("delta")),
    quantity("dose", c(call, interval = "fieller", cov = "model"), "closed form in R", "fieller() of effects.R", rows("fieller")))
}

# ---- the models --------------------------------------------------------------------------------------------------------------

BW <- "glmlogit/datasets/birthwt.csv"; MADE <- "tests/data/birthwt_made.csv"; CARS <- "tests/data/mtcars.csv"
full <- low ~ age + lwt + race + smoke + ptl + ht + ui
full_numeric <- c("age", "lwt", "smoke", "ptl", "ht", "ui")
models <- list(
  list(id = "mtcars_hp_wt", data = CARS, formula = am ~ hp * wt, numeric = c("hp", "wt")),
  list(id = "mtcars_cyl", data = CARS, formula = am ~ hp + wt + cyl, numeric = c("hp", "wt"), factors = "cyl",
       more = function(fit, d) pairwise(fit, d, "cyl")),
  list(id = "mtcars_vs", data = CARS, formula = am ~ hp + wt + vs, numeric = c("hp", "wt", "vs")),
  list(id = "birthwt_full", data = BW, formula = full, numeric = full_numeric, factors = "race",
       more = function(fit, d) pairwise(fit, d, "race")),
  list(id = "birthwt_full_robust", data = MADE, formula = full, numeric = full_numeric, factors = "race",
       covs = c("HC0", "HC1", "HC3", "cluster"), cluster = "hospital"),
  list(id = "birthwt_race_smoke", data = BW, formula = low ~ race * smoke + age, numeric = c("smoke", "age"),
       factors = "race", more = function(fit, d) c(pairwise(fit, d, "race", "smoke"),
                                                   strata(fit, d, "smoke", list(1, 0), "race"))),
  list(id = "birthwt_age_race_lwt2", data = BW, formula = low ~ age * race + I(lwt^2) + lwt + smoke,
       numeric = c("age", "lwt", "smoke"), factors = "race"),
  list(id = "birthwt_ns", data = BW, formula = low ~ ns(age, 3) + lwt + race + smoke,
       numeric = c("age", "lwt", "smoke"), factors = "race"),
  list(id = "mroz_bs", data = "tests/data/mroz.csv", formula = lfp ~ bs(inc, df = 5) + k5 + wc,
       numeric = c("inc", "k5"), factors = "wc"),
  list(id = "mroz_poly", data = "tests/data/mroz.csv", formula = lfp ~ poly(age, 3) + k5 + inc,
       numeric = c("age", "k5", "inc")),
  list(id = "cowles_log", data = "tests/data/cowles.csv",
       formula = volunteer ~ sex + neuroticism * extraversion + log(extraversion),
       numeric = c("neuroticism", "extraversion"), factors = "sex"),
  list(id = "spector", data = "tests/data/spector.csv", formula = GRADE ~ GPA + TUCE + PSI,
       numeric = c("GPA", "TUCE", "PSI")),
  list(id = "titanic_frequency", data = "tests/data/titanic_table.csv", formula = (Survived == "Yes") ~ Class * Sex + Age,
       weights = "Freq", factors = c("Class", "Sex", "Age"),
       more = function(fit, d) c(pairwise(fit, d, "Class", "Sex"), strata(fit, d, "Sex", list("Female", "Male"), "Class"))),
  list(id = "ucb_frequency", data = "tests/data/ucb.csv", formula = (Admit == "Admitted") ~ Gender + Dept,
       weights = "Freq", factors = c("Gender", "Dept"), more = function(fit, d) pairwise(fit, d, "Dept")),
  list(id = "esoph_trials", data = "tests/data/esoph_scores.csv",
       formula = cbind(ncases, total - ncases) ~ agegp + alc_score * tob_score,
       numeric = c("alc_score", "tob_score"), factors = "agegp", more = function(fit, d) pairwise(fit, d, "agegp")),
  list(id = "budworm", data = "tests/data/budworm.csv", formula = cbind(numdead, total - numdead) ~ sex + ldose,
       numeric = "ldose", factors = "sex",
       more = function(fit, d) c(doses(fit, "ldose", list(sex = "F"), c(1, 0, 0)), doses(fit, "ldose", list(sex = "M"), c(1, 1, 0)))),
  list(id = "menarche", data = "tests/data/menarche.csv", formula = cbind(Menarche, Total - Menarche) ~ Age,
       numeric = "Age", more = function(fit, d) doses(fit, "Age", list(), c(1, 0))),
  list(id = "titanic_three_way", data = "tests/data/titanic.csv", formula = survived ~ sex * passengerClass * age,
       numeric = "age", factors = c("sex", "passengerClass"),
       more = function(fit, d) c(strata(fit, d, "sex", list("male", "female"), "passengerClass", list(age = 20)),
                                 strata(fit, d, "sex", list("male", "female"), "passengerClass", list(age = 40)))),
  list(id = "birthwt_sampling", data = MADE, formula = low ~ age + lwt + race + smoke, weights = "sampling_weight",
       numeric = c("age", "lwt", "smoke"), factors = "race", covs = "HC0")
)

case <- function(model) {
  message(model$id)
  d <- read_data(model$data)
  if (model$data == CARS) d$cyl <- factor(d$cyl)
  d <- d[complete.cases(d[intersect(all.vars(model$formula), names(d))]), ]
  fit <- fit_glm(model, d)
  if (!is.null(model$weights)) d <- d[d[[model$weights]] > 0, ]
  if (nrow(d) < length(fit$y)) fit <- fit_glm(model, d)
  margins <- vapply(if (is.null(model$covs)) "model" else model$covs, function(cov) quantity(
    "margins", list(cov = cov), "closed form in R", "ame_rows() of effects.R",
    ame_rows(fit, d, covariance(fit, d, cov, model$cluster), model$numeric, model$factors)), "")
  more <- if (is.null(model$more)) NULL else suppressMessages(model$more(fit, d))
  sprintf('{"id": "%s", "data": "%s", "r_formula": %s, "quantities": [\n  %s]}', model$id, model$data,
          to_json(paste(deparse(model$formula), collapse = "")), paste(c(margins, more), collapse = ",\n  "))
}

packages <- c("stats", "emmeans", "MASS", "sandwich", "splines")
versions <- lapply(setNames(packages, packages), function(p) as.character(packageVersion(p)))
cases <- vapply(models, case, "")
writeLines(sprintf('{"tool": %s, "versions": %s, "cases": [\n%s\n]}', to_json(R.version.string), to_json(versions),
                   paste(cases, collapse = ",\n")), "tests/reference/effects_r.json")
