# Standard errors under sampling weights and clusters, and Wald tests by F, of R's survey package: tests/reference/survey.json.
# Run from the repository root:  Rscript tests/reference/survey.R        (needs r-cran-survey r-cran-jsonlite)
#
# svyglm() takes the row, or the cluster named in svydesign(), for the unit that was sampled. Iterated to the end
# (epsilon = 1e-12) and started again from the coefficients reached, as R's glm forms its errors one step before the end.
# The adjusted F of several coefficients, (d - q + 1)/(q d) W on (q, d - q + 1), is written out from vcov():
# regTermTest() divides W by q and subtracts the rank from its df, another convention.

suppressPackageStartupMessages(library(survey))
digits <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ", "), "]")

control <- glm.control(epsilon = 1e-12, maxit = 100)

fitted_model <- function(name, formula, python, data, ids, weights, tested) {
  d <- svydesign(ids = ids, weights = weights, data = data)
  fit <- svyglm(formula, d, family = quasibinomial(), control = control)
  for (i in 1:3) {
    from <<- coef(fit)
    fit <- svyglm(formula, d, family = quasibinomial(), control = control, start = from)
  }
  V <- vcov(fit)
  b <- coef(fit)[tested]
  wald <- drop(b %*% solve(V[tested, tested], b))
  df <- degf(d)
  q <- length(tested)
  f <- wald * (df - q + 1) / (q * df)
  p <- pf(f, q, df - q + 1, lower.tail = FALSE)
  t <- coef(fit) / sqrt(diag(V))
  sprintf(paste0('{"name": "%s", "formula": "%s", "params": %s, "bse": %s, "df": %d, "p_t": %s,\n',
    '  "tested": %s, "wald": %.17g, "f": %.17g, "p_f": %.17g}'),
    name, python, digits(coef(fit)), digits(sqrt(diag(V))), as.integer(df), digits(2 * pt(-abs(t), df)),
    digits(tested - 1), wald, f, p)
}

made <- read.csv("tests/data/birthwt_made.csv", na.strings = "")
made$race <- factor(made$race, levels = jsonlite::fromJSON("tests/data/levels.json")[["tests/data/birthwt_made.csv"]]$race$levels)
models <- c(
  fitted_model("rows", low ~ age + lwt + race + smoke, "low ~ age + lwt + C(race) + smoke", made, ~1, ~sampling_weight, 4:5),
  fitted_model("clusters", low ~ age + lwt + smoke, "low ~ age + lwt + smoke", made, ~hospital, ~sampling_weight, 2:3))
writeLines(c(sprintf('{"tool": "%s", "survey": "%s", "models": [', R.version.string, packageVersion("survey")),
  paste(models, collapse = ",\n"), "]}"), "tests/reference/survey.json")
