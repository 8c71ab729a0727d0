# Sequential score tests of R's anova(glm, test = "Rao"), to tests/reference/anova.json.
# Run from the root of the repository, needs nothing but R:  Rscript tests/reference/anova.R
#
# R takes the weights of the iterate before the last, which leaves its statistic 6 to 10 digits. `score` is the same
# U'I^-1 U written out, at the estimate of the smaller model after three more Newton steps.

birthwt <- read.csv("glmlogit/datasets/birthwt.csv")
birthwt$race <- factor(birthwt$race, levels = c("white", "black", "other"))
ucb <- read.csv("tests/data/ucb.csv")
exact <- glm.control(epsilon = 1e-13, maxit = 50)
fits <- list(
  birthwt = glm(low ~ age + race * smoke + lwt, binomial, birthwt, control = exact),
  offset = glm(low ~ lwt + race, binomial, birthwt, offset = age / 50, control = exact),
  no_intercept = glm(low ~ 0 + lwt + age + ht, binomial, birthwt, control = exact),
  ucb = glm((Admit == "Admitted") ~ Gender * Dept, binomial, ucb, weights = Freq, control = exact),
  cars = glm(am ~ wt + hp, binomial, mtcars, control = exact)
)
refined <- function(fit, formula) {
  fit <- update(fit, formula)
  if (length(coef(fit))) for (i in 1:3) fit <- suppressWarnings(update(fit, start = coef(fit)))
  fit
}
score <- function(small, big) {
  X <- model.matrix(big); p <- plogis(small$linear.predictors); w <- big$prior.weights
  U <- crossprod(X, w * (big$y - p))
  drop(crossprod(U, solve(crossprod(X, w * p * (1 - p) * X), U)))
}
scores <- function(fit) {
  labels <- attr(terms(fit), "term.labels"); first <- attr(terms(fit), "intercept")
  models <- lapply(0:length(labels), function(k) refined(fit, reformulate(c(as.character(first), labels[seq_len(k)]), ".")))
  c(NA, mapply(score, models[-length(models)], models[-1]))
}
number <- function(x) ifelse(is.na(x), "null", sprintf("%.17g", x))
listed <- function(x) paste0("[", paste(x, collapse = ", "), "]")
rows <- vapply(names(fits), function(name) {
  table <- anova(fits[[name]], test = "Rao")
  sprintf('"%s": {"terms": %s, "df": %s, "statistic": %s, "p_value": %s, "score": %s}', name, listed(sprintf('"%s"', rownames(table))),
          listed(number(table$Df)), listed(number(table$Rao)), listed(number(table$"Pr(>Chi)")), listed(number(scores(fits[[name]]))))
}, "")
writeLines(c("{", paste0('"tool": "', R.version.string, '",'), paste(rows, collapse = ",\n"), "}"),
           "tests/reference/anova.json")
