# Exposures of several levels and trends over them, to tests/reference/trend.json.
# Run from the repository root:  Rscript tests/reference/trend.R
# Needs r-cran-jsonlite and survival, which comes with R.
#
# Mantel's extension over strata is the score test of a conditional logit model (clogit, exact) of rows.

suppressPackageStartupMessages({ library(survival); library(jsonlite) })
d <- read.csv("glmlogit/datasets/birthwt.csv")
d$race <- factor(d$race, c("white", "black", "other"))
d$visits <- pmin(d$ftv, 2)
exposures <- list(race = as.integer(d$race), visits = d$visits + 1)
test <- function(h) c(unname(h$statistic), unname(h$parameter), h$p.value)
one <- function(x, s) {
  t <- table(x, d$low)[, 2:1]
  pair <- function(i) mantelhaen.test(table(factor(x, c(i, 1)), factor(d$low, 1:0), d$smoke), correct = FALSE)
  m <- clogit(low ~ s + strata(smoke), data.frame(d, s = s[x]), method = "exact")
  glms <- list(line = glm(low ~ s[x] + age, binomial, d, epsilon = 1e-14), levels = glm(low ~ factor(x) + age, binomial, d, epsilon = 1e-14),
               null = glm(low ~ age, binomial, d, epsilon = 1e-14))
  list(
    counts = matrix(t, ncol = 2), scores = s, pearson = test(chisq.test(t, correct = FALSE)),
    trend = test(prop.trend.test(t[, 1], rowSums(t), s)),
    extension_strata = unname(m$score), general = test(mantelhaen.test(table(x, d$low, d$smoke))),
    odds_ratio = lapply(2:3, function(i) c(unname(pair(i)$estimate), pair(i)$conf.int)),
    coefficient = unname(coef(glms$line)[2]), se = unname(sqrt(vcov(glms$line)[2, 2])),
    lr = unname(deviance(glms$null) - deviance(glms$line)), score = anova(glms$null, glms$line, test = "Rao")$Rao[2],
    departure_lr = unname(deviance(glms$line) - deviance(glms$levels)), departure_score = anova(glms$line, glms$levels, test = "Rao")$Rao[2]
  )
}
out <- list(meta = list(tool = R.version.string, survival = as.character(packageVersion("survival"))), cases = list(
  race = one(exposures$race, 1:3), visits = one(exposures$visits, 1:3), scored = one(exposures$visits, c(0, 1, 3.5))))
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "tests/reference/trend.json")
