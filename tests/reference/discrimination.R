# ROC curves by pROC, to tests/reference/discrimination.json.
# Run from the root of the repository:  Rscript tests/reference/discrimination.R      needs r-cran-proc, r-cran-jsonlite
#
# Scores are columns of tests/data/evaluation, or sums of two with the ties that rounding makes. `direction = "<"`: high
# scores are events. Of each: area, DeLong's error and limits, partial areas raw and corrected, best thresholds (midpoints)
# by Youden's index and by distance, two scores compared in the same rows, and one of them in two samples.

suppressMessages({library(pROC); library(jsonlite)})
read <- function(name) read.csv(file.path("tests/data/evaluation", paste0(name, ".csv")))
asah <- read("asah"); icu <- read("icu"); glow <- read("glow500")
cases <- list(
  asah = list(y = asah$poor, a = asah$s100b, b = asah$wfns, half = asah$female == 1),
  icu = list(y = icu$died, a = round(icu$age / 10) - round(icu$sys / 40), b = icu$age, half = icu$cancer + seq_along(icu$age) %% 2 == 1),
  glow500 = list(y = glow$fracture, a = round(glow$age / 5), b = -glow$height, half = glow$priorfrac == 1)
)
curve <- function(y, x) roc(y, x, direction = "<", levels = c(0, 1), quiet = TRUE)
part <- function(r, focus, corrected) as.numeric(auc(r, partial.auc = c(1, 0.7), partial.auc.focus = focus, partial.auc.correct = corrected))
best <- function(r, method) unname(as.matrix(coords(r, "best", best.method = method, ret = c("threshold", "specificity", "sensitivity"), transpose = FALSE)))
described <- function(case) with(case, {
  r <- curve(y, a); other <- curve(y, b)
  paired <- roc.test(r, other, paired = TRUE, method = "delong")
  apart <- roc.test(curve(y[half], a[half]), curve(y[!half], a[!half]), paired = FALSE, method = "delong")
  list(auc = as.numeric(auc(r)), std_error = sqrt(var(r, method = "delong")), limits = as.numeric(ci.auc(r, method = "delong"))[c(1, 3)],
       partial = c(part(r, "specificity", FALSE), part(r, "sensitivity", FALSE)),
       corrected = c(part(r, "specificity", TRUE), part(r, "sensitivity", TRUE)),
       youden = best(r, "youden"), closest = best(r, "closest.topleft"), covariance = cov(r, other, method = "delong"),
       paired = c(unname(paired$statistic), paired$p.value, as.numeric(paired$conf.int)),
       unpaired = c(unname(apart$statistic), unname(apart$parameter), apart$p.value))
})
out <- lapply(cases, described)
out$meta <- list(R = R.version.string, pROC = as.character(packageVersion("pROC")))
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "tests/reference/discrimination.json")
