# Table 1: means, quantiles, shares, standardised differences and tests of groups, to tests/reference/characteristics.json.
# Run from the repository root:  Rscript tests/reference/characteristics.R
# Needs r-cran-jsonlite r-cran-survey.
#
# Standardised differences are written out here from their definitions (Austin 2009; Yang & Dalton 2012).

suppressPackageStartupMessages({ library(survey); library(jsonlite) })
d <- read.csv("glmlogit/datasets/birthwt.csv")
d$race <- factor(d$race, c("white", "black", "other"))
d$w <- 1 + (seq_len(nrow(d)) - 1) %% 5 / 4
d$exact <- d$age + (seq_len(nrow(d)) - 1) / 1000  # no ties: survey's quantiles depend on the order of these
d$n <- 1 + (seq_len(nrow(d)) - 1) %% 3
repeated <- d[rep(seq_len(nrow(d)), d$n), ]

values <- function(x) c(length(x), mean(x), sd(x), quantile(x, c(.5, .25, .75), names = FALSE), min(x), max(x))
smd <- function(x, g) { s <- split(x, g); (mean(s[[2]]) - mean(s[[1]])) / sqrt((var(s[[1]]) + var(s[[2]])) / 2) }
distance <- function(p1, p0) {
  s <- function(p) diag(p[-1]) - outer(p[-1], p[-1])
  e <- (p1 - p0)[-1]
  sqrt(drop(e %*% solve((s(p1) + s(p0)) / 2, e)))
}
shares <- function(x, g) lapply(split(x, g), function(x) as.vector(prop.table(table(x))))
test <- function(h) c(if (is.null(h$statistic)) NA else unname(h$statistic), unname(h$parameter), h$p.value)
of <- function(d) list(
  age = lapply(split(d$age, d$low), values), ptl = lapply(split(d$ptl, d$low), values),
  smd_age = smd(d$age, d$low), smd_smoke = { p <- tapply(d$smoke, d$low, mean); unname((p[2] - p[1]) / sqrt(sum(p * (1 - p)) / 2)) },
  smd_race = do.call(distance, unname(rev(shares(d$race, d$low)))),
  tests = list(
    t = test(t.test(age ~ low, d, var.equal = TRUE)), welch = test(t.test(age ~ low, d)),
    wilcoxon = wilcox.test(ptl ~ low, d, exact = FALSE)$p.value,
    chi2 = test(chisq.test(table(d$race, d$low), correct = FALSE)), fisher = fisher.test(table(d$race, d$low))$p.value,
    fisher_2x2 = fisher.test(table(d$smoke, d$low))$p.value,
    anova = test(oneway.test(age ~ race, d, var.equal = TRUE)), welch_3 = test(oneway.test(age ~ race, d)),
    kruskal = test(kruskal.test(ptl ~ race, d)), chi2_3 = test(chisq.test(table(d$ftv, d$race), correct = FALSE)))
)
s <- svydesign(~1, weights = ~w, data = d)
weighted <- lapply(split(seq_len(nrow(d)), d$low), function(i) {
  g <- s[i, ]
  q <- svyquantile(~exact, g, c(.5, .25, .75), qrule = "hf7", se = FALSE)$exact
  list(age = c(length(i), coef(svymean(~exact, g)), sqrt(svyvar(~exact, g)[1]), as.vector(q[, 1]), range(d$exact[i])),
       race = unname(coef(svymean(~race, g))), variance = svyvar(~exact, g)[1])
})
out <- list(
  meta = list(tool = R.version.string, survey = as.character(packageVersion("survey"))),
  rows = of(d), repeated = of(repeated),
  weighted = list(groups = weighted, smd_age = unname((weighted[[2]]$age[2] - weighted[[1]]$age[2]) / sqrt((weighted[[1]]$variance + weighted[[2]]$variance) / 2)),
                  smd_race = distance(weighted[[2]]$race, weighted[[1]]$race))
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null"), "tests/reference/characteristics.json")
