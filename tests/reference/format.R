# How R writes columns of numbers and p-values, to tests/reference/format.json.
# Run from the repository root:  Rscript tests/reference/format.R
#
# Inputs are stored as the text R read, so that both sides parse the same decimals. No input lies on a
# rounding tie, where R (through extended precision) and the exactly rounded double may differ.

suppressPackageStartupMessages(library(MASS))

columns <- list(
  c("0.464403", "1.204687", "-0.02707", "0.036452", "-0.015183", "0.006928"),
  c("1.749", "0.9971", "-0.03979", "0.03229", "NaN", "-0.00001278", "0.000006211"),
  c("Inf", "-Inf", "NaN", "1.25"), c("0", "0.5", "12"), c("100000"), c("100000", "123456"),
  c("123456.7", "0.001234"), c("1234567"), c("0.001", "1.5", "22"), c("1e-300", "2"), c("-1e-5"),
  c("1e-100", "-3.25e120"), c("0.30000000000000004"), c("99999.6"), c("0"), c("NaN"), c("-0.2", "0.1")
)
pvalues <- list(
  c("0.00334", "0.5", "1e-20", "3e-5", "NaN", "1"), c("0.69987", "0.45772", "0.00803", "0.04978"),
  c("0.000123"), c("0.000123", "0.0000456"), c("0.000123", "0.6", "2e-5"), c("0.001", "0.9"), c("0"), c("2.3e-16", "0.2")
)

format_column <- function(text, digits) trimws(format(as.numeric(text), digits = digits))
# R puts a blank after "<" when other entries are wide; we never do.
format_p <- function(text) sub("< ", "<", trimws(format.pval(as.numeric(text), digits = 3, eps = .Machine$double.eps)))

birthwt <- read.csv("glmlogit/datasets/birthwt.csv")
fit <- glm(low ~ age + lwt + race + smoke + ptl + ht + ui, binomial, birthwt)
table <- coef(summary(fit))
printed <- capture.output(printCoefmat(table, digits = 4, signif.legend = FALSE))

cases <- list(
  tool = "R", version = as.character(getRversion()),
  columns = unlist(lapply(c(3, 4, 6), function(d) lapply(columns, function(x)
    list(digits = jsonlite::unbox(d), input = I(x), output = I(format_column(x, d))))), recursive = FALSE),
  pvalues = lapply(pvalues, function(x) list(input = I(x), output = I(format_p(x)))),
  coefficients = list(terms = rownames(table), values = unname(apply(table, 1, I, simplify = FALSE)), printed = printed)
)
writeLines(jsonlite::toJSON(cases, auto_unbox = TRUE, digits = NA, pretty = TRUE), "tests/reference/format.json")
