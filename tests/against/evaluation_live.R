# What pROC, rms, car and R itself say of the tables in a folder, to answers.json there: see evaluation_live.py, which calls it.
#
# Columns: y, x with ties, u, g of three levels. Fits are iterated to the end (R's standard errors are those of the iterate
# before, so that each fit starts once more from its own estimate). The test of Hosmer and Lemeshow is that of
# ResourceSelection, written out: quantiles of type 7, groups closed on the right.
suppressMessages({library(pROC); library(rms); library(car); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
pdf(NULL)
quiet <- function(x) suppressWarnings(suppressMessages(x))
exactly <- function(formula, data) {
  fit <- glm(formula, binomial, data, control = glm.control(epsilon = 1e-14, maxit = 50))
  quiet(update(fit, start = coef(fit)))
}
said <- function(file) {
  d <- read.csv(file); d$g <- factor(d$g)
  fit <- exactly(y ~ x + u + g, d)
  p <- fitted(fit)
  r <- roc(d$y, d$x, direction = "<", levels = c(0, 1), quiet = TRUE)
  other <- roc(d$y, d$u, direction = "<", levels = c(0, 1), quiet = TRUE)
  paired <- quiet(roc.test(r, other, paired = TRUE, method = "delong"))
  cut <- unique(quantile(p, (0:10) / 10)); code <- cut(p, cut, include.lowest = TRUE)
  o <- tapply(d$y, code, sum); e <- tapply(p, code, sum); n <- tapply(p, code, length)
  logistic <- lrm(y ~ x + u + g, d, x = TRUE, y = TRUE, eps = 1e-9, maxit = 60)
  gof <- residuals(logistic, "gof")
  line <- glm(y ~ qlogis(p2), binomial, transform(d, p2 = plogis(0.3 + 0.7 * qlogis(p))), control = glm.control(1e-14, 50))
  worst <- car::outlierTest(fit, cutoff = Inf, n.max = 1)
  list(
    "pROC auc" = as.numeric(auc(r)), "pROC DeLong error" = sqrt(var(r, method = "delong")),
    "pROC DeLong limits" = as.numeric(quiet(ci.auc(r, method = "delong")))[c(1, 3)],
    "pROC partial area" = as.numeric(auc(r, partial.auc = c(1, 0.7))),
    "pROC partial area, corrected" = as.numeric(quiet(auc(r, partial.auc = c(1, 0.7), partial.auc.correct = TRUE))),
    "pROC paired test" = c(unname(paired$statistic), paired$p.value),
    "rms residuals(lrm, gof)" = unname(gof[c("Sum of squared errors", "Expected value|H0", "SD", "Z", "P")]),
    "rms R2, Brier" = unname(logistic$stats[c("R2", "Brier")]),
    "car vif" = unname(car::vif(fit)[, 1]),
    "car outlierTest" = unname(c(worst$rstudent, worst$p)),
    "Hosmer-Lemeshow by R's quantiles" = sum((o - e)^2 / e + (o - e)^2 / (n - e)),
    "R hatvalues" = unname(hatvalues(fit)), "R cooks.distance" = unname(cooks.distance(fit)),
    "R rstudent" = unname(rstudent(fit)), "R rstandard" = unname(rstandard(fit)),
    "R calibration line" = unname(coef(line)), "R anova, Rao of eta^2" =
      anova(fit, exactly(y ~ x + u + g + I(predict(fit)^2), d), test = "Rao")[2, "Rao"]
  )
}
files <- sort(list.files(folder, "[.]csv$", full.names = TRUE))
write(toJSON(lapply(files, said), digits = NA, auto_unbox = TRUE), file.path(folder, "answers.json"))
