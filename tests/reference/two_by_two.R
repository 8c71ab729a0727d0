# 2×2 tables, crude and stratified, as R and its packages analyse them, to tests/reference/two_by_two.json.
# Run from the repository root:  Rscript tests/reference/two_by_two.R
# Needs r-cran-jsonlite r-cran-epir r-cran-epitools r-cran-vcd.
#
# Rows of a table are exposed and unexposed, columns event and no event. fisher.test, mantelhaen.test and epitools find
# estimates and limits by uniroot() with its default tolerance of 1.2e-4, so the same are also solved here to full
# accuracy, from sums of dhyper(); `solved` has those.

suppressPackageStartupMessages({ library(epiR); library(epitools); library(vcd) })

birthwt <- read.csv("glmlogit/datasets/birthwt.csv")
birthwt$race <- factor(birthwt$race, c("white", "black", "other"))
ucb <- read.csv("tests/data/ucb.csv")
array_of <- function(...) array(unlist(lapply(list(...), function(x) matrix(x, 2, byrow = TRUE))), c(2, 2, ...length()))
tables <- list(
  birthwt = unclass(xtabs(~ smoke + low + race, birthwt)[2:1, 2:1, ]),
  ucb = unclass(xtabs(Freq ~ Gender + Admit + Dept, ucb)[c("Male", "Female"), c("Admitted", "Rejected"), ]),
  zero_cell = array_of(c(0, 12, 7, 9)),
  other_zero_cell = array_of(c(9, 3, 11, 0)),
  tiny = array_of(c(3, 1, 1, 3)),
  uneven = array_of(c(3, 9, 1, 40)),
  millions = array_of(c(1000300, 999100, 998400, 1001200)),
  sparse_strata = array_of(c(2, 0, 1, 3), c(0, 4, 0, 5), c(1, 2, 0, 2), c(4, 1, 2, 2), c(3, 0, 0, 0)),
  pairs = array_of(c(1, 0, 0, 1), c(1, 0, 0, 1), c(0, 1, 1, 0), c(1, 0, 0, 1), c(1, 0, 1, 0), c(1, 0, 0, 1))
)

# --- conditional distribution of the total of a, solved to full accuracy -----------------------------
product <- function(x, y) { # of two polynomials; convolve() would go through an FFT and lose the tails
  out <- numeric(length(x) + length(y) - 1)
  for (j in seq_along(y)) out[j - 1 + seq_along(x)] <- out[j - 1 + seq_along(x)] + x * y[j]
  out
}
weights_of <- function(table) { # log weights at odds ratio 1 over the whole range of the total
  total <- 0; log_weight <- 0
  for (k in seq_len(dim(table)[3])) {
    x <- table[, , k]; n1 <- sum(x[1, ]); n0 <- sum(x[2, ]); m1 <- sum(x[, 1])
    a <- max(0, m1 - n0):min(n1, m1)
    log_weight <- if (k == 1) dhyper(a, n1, n0, m1, log = TRUE) else log(product(exp(log_weight), dhyper(a, n1, n0, m1)))
    total <- total[1] + a[1] + seq_along(log_weight) - 1
  }
  list(total = total, log = log_weight)
}
at <- function(w, theta) { x <- w$log + theta * w$total; x <- exp(x - max(x)); x / sum(x) }
root <- function(f, from = -30, to = 30) uniroot(f, c(from, to), tol = 1e-14, maxiter = 10000)$root
solved <- function(table, level = 0.95) {
  w <- weights_of(table); a <- sum(table[1, 1, ]); alpha <- (1 - level) / 2
  edge <- c(a == min(w$total), a == max(w$total))
  tail <- function(theta, upper, mid) {
    p <- at(w, theta)
    sum(p[if (upper) w$total >= a else w$total <= a]) - if (mid) p[w$total == a] / 2 else 0
  }
  limits <- function(mid) c(
    if (edge[1]) 0 else exp(root(function(theta) tail(theta, TRUE, mid) - alpha)),
    if (edge[2]) Inf else exp(root(function(theta) tail(theta, FALSE, mid) - alpha)))
  p <- at(w, 0)
  list(
    estimate = if (edge[1]) 0 else if (edge[2]) Inf else exp(root(function(theta) sum(w$total * at(w, theta)) - a)),
    exact = limits(FALSE), midp = limits(TRUE),
    central_p = min(1, 2 * tail(0, TRUE, FALSE), 2 * tail(0, FALSE, FALSE)),
    mid_p = 2 * min(tail(0, TRUE, TRUE), tail(0, FALSE, TRUE)),
    probability_p = sum(p[p <= p[w$total == a] * (1 + 1e-7)])
  )
}

# --- one table ---------------------------------------------------------------------------------------
cornfield <- function(x, level = 0.95) { # odds ratios that the score test without correction does not reject
  a <- x[1, 1]; n1 <- sum(x[1, ]); n0 <- sum(x[2, ]); m1 <- sum(x[, 1])
  low <- max(0, m1 - n0); high <- min(n1, m1)
  z <- qnorm((1 + level) / 2)
  gap <- function(A) (a - A)^2 * (1 / A + 1 / (n1 - A) + 1 / (m1 - A) + 1 / (n0 - m1 + A)) - z^2
  ratio <- function(A) A * (n0 - m1 + A) / ((n1 - A) * (m1 - A))
  near <- 1e-9
  c(if (a == low) 0 else ratio(root(gap, low + near * (a - low), a - near * (a - low))),
    if (a == high) Inf else ratio(root(gap, a + near * (high - a), high - near * (high - a))))
}
newcombe <- function(x, level = 0.95) {
  wilson <- function(row) prop.test(row[1], sum(row), conf.level = level, correct = FALSE)$conf.int[1:2]
  p <- x[, 1] / rowSums(x); w1 <- wilson(x[1, ]); w0 <- wilson(x[2, ])
  difference <- p[[1]] - p[[2]]
  c(difference, difference - sqrt((p[[1]] - w1[1])^2 + (w0[2] - p[[2]])^2),
    difference + sqrt((w1[2] - p[[1]])^2 + (p[[2]] - w0[1])^2))
}
plain <- function(x) as.numeric(unlist(x))
crude <- function(table) {
  x <- apply(table, 1:2, sum)
  epi <- epi.2by2(as.table(x), method = "cohort.count")$massoc.detail
  cc <- epi.2by2(as.table(x), method = "case.control")$massoc.detail
  fisher <- fisher.test(x)
  chisq <- function(correct) { t <- chisq.test(x, correct = correct); c(t$statistic[[1]], t$p.value) }
  midp <- function() { # searches up to 1000 only, and not for tables with a zero
    if (any(x == 0)) return(c(NA, NA))
    r <- or.midp(x); as.numeric(r$conf.int)
  }
  list(
    odds_ratio = plain(epi$OR.strata.wald), risk_ratio = plain(epi$RR.strata.wald),
    risk_difference = plain(epi$ARisk.strata.wald) / 100, newcombe = newcombe(x), cornfield = cornfield(x),
    attributable_exposed = plain(epi$AFRisk.strata.wald), attributable_population = plain(epi$PAFRisk.strata.wald),
    attributable_exposed_or = plain(1 - 1 / epi$OR.strata.wald),
    attributable_population_or = plain(cc$PAFest.strata.wald),
    pearson = chisq(FALSE), yates = chisq(TRUE),
    fisher = c(fisher$estimate[[1]], fisher$conf.int, fisher$p.value), epitools_midp = midp(),
    epitools_midp_p = ormidp.test(x[1, 1], x[1, 2], x[2, 1], x[2, 2])$two.sided,
    solved = solved(array(x, c(2, 2, 1)))
  )
}

# --- strata ------------------------------------------------------------------------------------------
informative <- function(table) {
  keep <- apply(table, 3, function(x) all(rowSums(x) > 0, colSums(x) > 0))
  table[, , keep, drop = FALSE]
}
# Breslow & Day 1980, eq. 4.30; Tarone 1985. The fitted table by root finding, from its definition.
breslow_day <- function(table, odds_ratio) {
  parts <- apply(table, 3, function(x) {
    n1 <- sum(x[1, ]); n0 <- sum(x[2, ]); m1 <- sum(x[, 1])
    low <- max(0, m1 - n0); high <- min(n1, m1)
    fit <- root(function(A) A * (n0 - m1 + A) - odds_ratio * (n1 - A) * (m1 - A), low, high)
    c(x[1, 1] - fit, 1 / (1 / fit + 1 / (n1 - fit) + 1 / (m1 - fit) + 1 / (n0 - m1 + fit)))
  })
  statistic <- sum(parts[1, ]^2 / parts[2, ]); tarone <- statistic - sum(parts[1, ])^2 / sum(parts[2, ])
  list(df = ncol(parts) - 1, breslow_day = statistic, tarone = tarone)
}
adjusted <- function(table) {
  inside <- informative(table)
  both <- table[, , apply(table, 3, function(x) all(rowSums(x) > 0)), drop = FALSE] # risks need no events to compare
  plain_test <- mantelhaen.test(inside, correct = FALSE)
  corrected <- mantelhaen.test(inside, correct = TRUE)
  exact <- mantelhaen.test(inside, exact = TRUE)
  epi <- epi.2by2(as.table(inside), method = "cohort.count")$massoc.detail
  risks <- epi.2by2(as.table(both), method = "cohort.count")$massoc.detail
  woolf <- if (any(inside == 0)) NULL else woolf_test(inside)
  ratio <- plain_test$estimate[[1]]
  list(
    informative = dim(inside)[3],
    odds_ratio = c(ratio, plain_test$conf.int),
    chi2 = c(plain_test$statistic[[1]], plain_test$p.value),
    corrected = c(corrected$statistic[[1]], corrected$p.value),
    exact = c(exact$estimate[[1]], exact$conf.int, exact$p.value),
    solved = solved(inside),
    risk_ratio = plain(risks$RR.mh.wald), risk_difference = plain(risks$ARisk.mh.sato) / 100,
    homogeneity = breslow_day(inside, ratio),
    epi_breslow_day = epi$bOR.homog$test.statistic,
    woolf = if (is.null(woolf)) c(NA, NA) else c(woolf$statistic[[1]], woolf$p.value)
  )
}

cases <- lapply(tables, function(x) c(
  list(table = lapply(seq_len(dim(x)[3]), function(k) unname(x[, , k])), crude = crude(x)),
  if (dim(x)[3] > 1) list(adjusted = adjusted(x))
))
versions <- lapply(setNames(nm = c("epiR", "epitools", "vcd")), function(p) as.character(packageVersion(p)))
out <- list(meta = c(list(tool = "R", version = as.character(getRversion())), versions), cases = cases)
text <- jsonlite::toJSON(out, auto_unbox = TRUE, digits = I(17), pretty = TRUE, na = "string")
text <- gsub('"(NA|NaN)"', "null", gsub('"Inf"', "1e999", gsub('"-Inf"', "-1e999", text)))
writeLines(text, "tests/reference/two_by_two.json")
