# What R says where it differs from glmlogit: the proofs quoted in docs/parity.md.
#
# Run from the root of the repository, with MASS, sandwich, brglm2, jsonlite, epiR, epitools, pROC and rms installed:
#     Rscript tests/reference/parity.R > tests/reference/parity_r.txt
#
# Every section starts with a line "## name"; docs/parity.md includes them by name.

suppressPackageStartupMessages({library(MASS); library(sandwich); library(brglm2); library(jsonlite)
                                library(epiR); library(epitools)})
options(width = 84, digits = 7)

section <- function(name) cat("## ", name, "\n", sep = "")
# Warnings are part of what is shown, each once, with how often it came.
saying <- function(expr) {
  told <- character()
  value <- withCallingHandlers(expr, warning = function(w) {
    told <<- c(told, conditionMessage(w)); invokeRestart("muffleWarning") })
  for (text in unique(told)) cat("Warning", if (sum(told == text) > 1) sprintf(" (%d times)", sum(told == text)), ": ",
                                 text, "\n", sep = "")
  value
}
quiet <- function(expr) suppressWarnings(expr)

# Correct decimal digits of the worst of several numbers.
digits <- function(x, exact) {
  error <- ifelse(exact == 0, abs(x), abs(x / exact - 1))
  sprintf("%.1f", max(min(-log10(pmax(error, 1e-16))), 0))
}
se <- function(fit) coef(summary(fit))[, 2]
# The maximum to rounding: Newton steps from where glm() stopped; the last one computes weights and QR anew.
refined <- function(fit, ...) {
  for (i in 1:3) fit <- quiet(update(fit, start = coef(fit), control = glm.control(epsilon = 1e-10), ...))
  fit
}

birthwt <- read.csv("glmlogit/datasets/birthwt.csv")
birthwt$race <- factor(birthwt$race, levels = c("white", "black", "other"))
endometrial <- read.csv("glmlogit/datasets/endometrial.csv")
made <- read.csv("tests/data/birthwt_made.csv")
ucb <- read.csv("tests/data/ucb.csv")
bacteria <- read.csv("tests/data/bacteria.csv")
full <- low ~ age + lwt + race + smoke + ptl + ht + ui

section("version")
versions <- sapply(c("brglm2", "epiR", "epitools"), function(p) as.character(packageVersion(p)))
cat(R.version.string, paste0(", ", names(versions), " ", versions), "\n", sep = "")

section("r-stopping")
fit <- glm(full, binomial, birthwt)
exact <- refined(fit)
cat("default:        coefficients", digits(coef(fit), coef(exact)), "digits, standard errors",
    digits(se(fit), se(exact)), "digits\n")
tight <- glm(full, binomial, birthwt, control = glm.control(epsilon = 1e-14, maxit = 100))
cat("epsilon 1e-14:  coefficients", digits(coef(tight), coef(exact)), "digits, standard errors",
    digits(se(tight), se(exact)), "digits\n")
cat("standard error of ht, default and exact:", format(se(fit)[["ht"]], digits = 9),
    format(se(exact)[["ht"]], digits = 9), "\n")

section("r-scaled-weights")
for (scale in c(1, 1e-6, 1e-8)) {
  birthwt$w <- scale
  fit <- quiet(glm(full, binomial, birthwt, weights = w))
  cat("all weights", scale, ": coefficients", digits(coef(fit), coef(exact)), "digits, standard errors",
      digits(se(fit) * sqrt(scale), se(exact)), "digits; converged:", fit$converged, "\n")
}

section("r-epsilon")
birthwt$twice <- 2 * birthwt$age
show <- low ~ age + twice + lwt
print(coef(glm(show, binomial, birthwt)))
print(coef(saying(glm(show, binomial, birthwt, control = glm.control(epsilon = 1e-14, maxit = 100)))))

section("r-aic-weights")
fit <- quiet(glm(low ~ lwt + race + smoke, binomial, made, weights = precision_weight))
mu <- fitted(fit); w <- made$precision_weight; y <- made$low
cat("logLik():                                ", format(as.numeric(logLik(fit)), digits = 9), "\n")
cat("sum of w*(y*log(p) + (1 - y)*log(1 - p)):", format(sum(w * ifelse(y == 1, log(mu), log(1 - mu))), digits = 9), "\n")
cat("AIC():", format(AIC(fit), digits = 9), " from that sum:",
    format(-2 * sum(w * ifelse(y == 1, log(mu), log(1 - mu))) + 2 * fit$rank, digits = 9), "\n")

section("r-counts")
fit <- glm(Admit == "Admitted" ~ Gender + Dept, binomial, ucb, weights = Freq)
long <- glm(Admit == "Admitted" ~ Gender + Dept, binomial, ucb[rep(seq_len(nrow(ucb)), ucb$Freq), ])
cat("weights = Freq:         nobs", nobs(fit), " df.residual", df.residual(fit), " BIC", format(BIC(fit), nsmall = 3), "\n")
cat("one row for each count: nobs", nobs(long), " df.residual", df.residual(long), " BIC", format(BIC(long), nsmall = 3), "\n")

section("r-learned")
# Ages of people in ten groups, as counts and one row for each: what ns() and scale() learn.
age <- seq(20, 74, 6); n <- c(60, 90, 40, 20, 10, 8, 5, 4, 2, 1); e <- c(30, 60, 18, 6, 3, 3, 2, 2, 1, 1)
counts <- data.frame(age = rep(age, 2), y = rep(1:0, each = 10), n = c(e, n - e)); counts <- counts[counts$n > 0, ]
single <- counts[rep(seq_len(nrow(counts)), counts$n), ]
for (right in c("splines::ns(age, 3)", "scale(age)")) {
  of <- as.formula(paste("y ~", right))
  cat(right, ": deviance of counts ", format(glm(of, binomial, counts, weights = n)$deviance, digits = 9),
      "  of one row for each ", format(glm(of, binomial, single)$deviance, digits = 9), "\n", sep = "")
  cat("   last coefficient: ", format(tail(coef(glm(of, binomial, counts, weights = n)), 1), digits = 6),
      "  of one row for each ", format(tail(coef(glm(of, binomial, single)), 1), digits = 6), "\n", sep = "")
}
grouped <- data.frame(age, e, o = n - e)
cat("BIC of counts, of grouped rows and of one row for each, less -2*logLik:\n",
    format(sapply(list(glm(y ~ age, binomial, counts, weights = n), glm(cbind(e, o) ~ age, binomial, grouped),
                       glm(y ~ age, binomial, single)), function(f) BIC(f) + 2 * as.numeric(logLik(f))), digits = 6), "\n")

section("r-null-deviance")
fit <- glm(am ~ 0 + wt + mpg, binomial, mtcars)
cat("null deviance", format(fit$null.deviance, digits = 9), " 2*n*log(2)", format(2 * 32 * log(2), digits = 9),
    " intercept only", format(glm(am ~ 1, binomial, mtcars)$deviance, digits = 9), "\n")

section("r-confint")
fit <- glm(full, binomial, birthwt)
cat("odds ratio of ht\n")
show <- rbind("confint.default (Wald)" = confint.default(fit)["ht", ],
              "confint (profile)" = suppressMessages(confint(fit))["ht", ])
print(exp(show))

section("r-separation")
fit <- saying(glm(HG ~ NV + PI + EH, binomial, endometrial))
print(round(coef(summary(fit)), 5))
cat("converged:", fit$converged, " iterations:", fit$iter, " log-likelihood:", format(logLik(fit), digits = 9), "\n")

section("r-separation-epsilon")
# The number depends on when the iteration stops.
for (epsilon in c(1e-4, 1e-8, 1e-12)) {
  fit <- quiet(glm(HG ~ NV + PI + EH, binomial, endometrial, control = glm.control(epsilon = epsilon, maxit = 100)))
  cat("epsilon", format(epsilon), ": NV", format(coef(fit)[["NV"]], digits = 4), ", standard error",
      format(se(fit)[["NV"]], digits = 4), ", p", format(coef(summary(fit))["NV", 4], digits = 3),
      ", converged:", fit$converged, "\n")
}

section("r-separation-confint")
fit <- glm(HG ~ NV + PI + EH, binomial, endometrial)
cat("odds ratio of NV, confint.default (Wald):", format(exp(confint.default(fit)["NV", ]), digits = 4), "\n")
limits <- saying(suppressMessages(confint(fit)["NV", ]))
cat("odds ratio of NV, confint (profile):     ", format(exp(limits), digits = 4), "\n")
told <- quiet(predict(fit, data.frame(NV = 1, PI = 17, EH = 1.5), se.fit = TRUE))
cat("probability at NV = 1:", format(plogis(told$fit), digits = 7), " 95% Wald limits:",
    format(plogis(told$fit + c(-1, 1) * qnorm(0.975) * told$se.fit), digits = 7), "\n")

section("r-firth")
default <- glm(HG ~ NV + PI + EH, binomial, endometrial, method = "brglmFit", type = "AS_mean")
tight <- update(default, epsilon = 1e-13, maxit = 10000)
print(rbind("brglm2, default" = coef(default), "brglm2, epsilon = 1e-13" = coef(tight)), digits = 9)
cat("default: coefficients", digits(coef(default), coef(tight)), "digits, standard errors",
    digits(se(default), se(tight)), "digits\n")

section("r-firth-errors")
# Two covariances at one estimate: inverse information, and that of the data augmented by pseudo-rows of weight h.
X <- model.matrix(tight); w <- fitted(tight) * (1 - fitted(tight))
h <- w * rowSums((X %*% solve(crossprod(X * sqrt(w)))) * X)
print(rbind("summary of brglm2" = se(tight),
            "(X'WX)^-1" = sqrt(diag(solve(crossprod(X * sqrt(w))))),
            "(X'W(1+h)X)^-1" = sqrt(diag(solve(crossprod(X * sqrt(w * (1 + h))))))), digits = 7)

section("r-profile")
fit <- refined(glm(am ~ wt, binomial, mtcars))
# The deviance with one coefficient held, from a fit of the other.
held <- list("(Intercept)" = function(b) glm(am ~ 0 + wt + offset(b + 0 * wt), binomial, mtcars, control = tighter)$deviance,
             wt = function(b) glm(am ~ 1 + offset(b * wt), binomial, mtcars, control = tighter)$deviance)
tighter <- glm.control(epsilon = 1e-14, maxit = 100)
root <- function(name, side) {
  gap <- function(b) held[[name]](b) - fit$deviance - qchisq(0.95, 1)
  uniroot(gap, sort(coef(fit)[[name]] + side * se(fit)[[name]] * c(0.5, 5)), tol = 1e-13)$root
}
exact <- t(sapply(names(held), function(name) c(root(name, -1), root(name, 1))))
spline <- suppressMessages(confint(fit))
print(cbind("confint" = spline, "exact" = exact), digits = 10)
cat("off by, in standard errors:", format(abs(spline - exact) / se(fit), digits = 2), "\n")
told <- sapply(1:2, function(k) sapply(names(held), function(name) held[[name]](exact[name, k]) - fit$deviance))
cat("2*(l(b) - l_p(limit)) at the exact limits:", format(told, digits = 10), " chi-squared quantile:",
    format(qchisq(0.95, 1), digits = 10), "\n")

section("r-year")
# born = 1986 - age: the same model twice, and the coefficient of born^3 is minus that of age^3.
birthwt$born <- 1986 - birthwt$age
born <- glm(low ~ smoke + born + I(born^2) + I(born^3), binomial, birthwt)
age <- refined(glm(low ~ smoke + age + I(age^2) + I(age^3), binomial, birthwt))
both <- rbind("born^3" = coef(summary(born))[5, 1:2], "age^3, exact" = coef(summary(age))[5, 1:2])
print(both, digits = 12)
cat("digits of the cubic term:", digits(both[1, 1], -both[2, 1]), " of its standard error:",
    digits(both[1, 2], both[2, 2]), "\n")

section("r-digits")
# Against 40-digit maxima: tests/reference/hard_problems.py.
problems <- fromJSON("tests/reference/hard_problems.json", simplifyVector = FALSE)$problems
for (problem in problems) {
  d <- read.csv(file.path("tests/data/hard", paste0(problem$id, ".csv")))
  m <- if (is.null(d$m)) rep(1, nrow(d)) else d$m
  o <- if (is.null(d$offset)) rep(0, nrow(d)) else as.numeric(d$offset)
  X <- as.matrix(d[unlist(problem$terms)])
  fit <- try(quiet(glm(cbind(d$y, m - d$y) ~ 0 + X, binomial, offset = o)), silent = TRUE)
  if (inherits(fit, "try-error")) {
    cat(sprintf("%-24s", problem$id), "error:", conditionMessage(attr(fit, "condition")), "\n")
    next
  }
  told <- coef(summary(fit))
  true <- as.numeric(unlist(problem$params)); error <- as.numeric(unlist(problem$bse))
  line <- if (nrow(told) < length(true)) "a column left out" else
    paste(digits(told[, 1], true), "and", digits(told[, 2], error), "digits")
  cat(sprintf("%-24s", problem$id), line, if (fit$converged) " converged" else " not converged", "\n")
}

section("r-offset")
# Two thirds of the rows are decided by an offset of +-60; the others alone determine both coefficients.
i <- 1:42
o <- c(0, 60, -60)[i %% 3 + 1]
x <- round(sin(i), 2) + o / 60
y <- ifelse(o == 0, c(0, 1, 1, 0)[i %/% 3 %% 4 + 1], o > 0)
fit <- saying(glm(y ~ x + offset(o), binomial))
cat("coefficients", format(coef(fit), digits = 7), " converged:", fit$converged, "\n")
cat("rows with offset 0 alone:", format(coef(glm(y ~ x, binomial, subset = o == 0)), digits = 7), "\n")

section("r-three-levels")
fit <- glm(race ~ age, binomial, birthwt)
print(table(race = birthwt$race, modelled_as = fit$y))

section("r-rank-predict")
fit <- glm(low ~ age + twice, binomial, birthwt)
cat("prediction where twice is not 2*age:",
    saying(predict(fit, data.frame(age = 30, twice = 0), type = "response")), "\n")

section("r-coding")
cat("age^2:            ", colnames(model.matrix(~ age^2, birthwt)), "\n")
cat("I(age > 30):      ", colnames(model.matrix(~ I(age > 30), birthwt)), "\n")
cat("age %in% race:    ", colnames(model.matrix(~ age %in% race, birthwt)), "\n")
cat("ordered factor:   ", colnames(model.matrix(~ tobgp, esoph)), "\n")

section("r-proportions")
fit <- saying(glm(y ~ x, binomial, data.frame(y = c(0.2, 0.4, 0.7, 0.9), x = 1:4)))
cat("standard error of x:", format(se(fit)[["x"]], digits = 7), "with proportions,",
    format(se(glm(y ~ x, binomial, data.frame(y = c(0.2, 0.4, 0.7, 0.9), x = 1:4), weights = rep(10, 4)))[["x"]],
           digits = 7), "with 10 trials behind each\n")

section("r-cluster")
fit <- refined(glm(I(y == "y") ~ trt + week, binomial, bacteria))
U <- estfun(fit); G <- length(unique(bacteria$ID)); V <- vcov(fit)
S <- rowsum(U, bacteria$ID)
plain <- V %*% crossprod(S) %*% V
cat("vcovCL(fit) / plain sandwich:", format(unique(round(diag(vcovCL(fit, bacteria$ID)) / diag(plain), 9)), digits = 9),
    " G/(G-1):", format(G / (G - 1), digits = 9), "\n")

section("r-no-score")
# a*b of a table of four rows, and a treatment (t) that one of twelve wards had: t varies like the untreated alone.
table <- data.frame(a = c(0, 0, 1, 1), s = c(0, 1, 0, 1), case = c(3, 8, 6, 225), ctrl = c(20, 18, 12, 166))
saturated <- refined(glm(cbind(case, ctrl) ~ a * s, binomial, table))
cat("saturated table, HC0, p of a:s:", format(2 * pnorm(-abs(coef(saturated)[4] / sqrt(vcovHC(saturated, "HC0")[4, 4]))),
    digits = 3), "\n")
wards <- data.frame(ward = rep(1:12, each = 10), events = rep(0:1, 60), t = rep(c(1, rep(0, 11)), each = 10))
wards$events[c(1:6, 12, 31, 33, 55, 77, 79)] <- 1
one <- refined(glm(events ~ t, binomial, wards))
print(rbind(model = sqrt(diag(vcov(one))), vcovCL = sqrt(diag(vcovCL(one, wards$ward)))), digits = 4)

section("r-lbw")
# Stata's lbw: of the columns of this model one value differs, the mother's weight in row 182.
lbw <- transform(birthwt, lwt = replace(lwt, 182, lwt[182] + 1))
print(round(rbind("MASS::birthwt" = coef(refined(glm(full, binomial, birthwt))),
                  "lwt of row 182 plus 1" = coef(refined(glm(full, binomial, lbw)))), 7), digits = 7)

section("r-esoph")
told <- utils::news(); told <- told[grepl("esoph", told$Text), ]
cat("R NEWS,", told$Version, "\n")
cat("cases", sum(esoph$ncases), " controls", sum(esoph$ncontrols), "\n")

section("r-formula")
invisible(model.frame(low ~ {cat("the formula runs code\n"); age}, birthwt))

section("r-rao")
# The score statistic u'I^-1 u of leaving out a column, from its definition.
fit <- glm(am ~ 0 + wt + mpg, binomial, mtcars)
X <- model.matrix(fit)
for (left in c("wt", "mpg")) {
  p <- fitted(refined(glm(reformulate(setdiff(c("wt", "mpg"), left), "am", intercept = FALSE), binomial, mtcars)))
  u <- crossprod(X, mtcars$am - p)
  cat(sprintf("%-4s", left), "drop1:", format(drop1(fit, test = "Rao")[left, "Rao score"], digits = 8),
      " definition:", format(drop(t(u) %*% solve(crossprod(X * sqrt(p * (1 - p))), u)), digits = 8), "\n")
}
cat("mpg  anova:", format(anova(glm(am ~ 0 + wt, binomial, mtcars), fit, test = "Rao")[2, "Rao"], digits = 8), "\n")

section("r-range")
fit <- refined(glm(Admit == "Admitted" ~ Gender + Dept, binomial, ucb, weights = Freq))
z <- coef(summary(fit))["DeptF", 3]
cat("Dept F v A: z", format(z, digits = 9), " p of the range of six:", ptukey(abs(z) * sqrt(2), 6, Inf, lower.tail = FALSE), "\n")
cat("the tail of ptukey at 4, 6, ..., 16:", format(ptukey(seq(4, 16, 2), 6, Inf, lower.tail = FALSE), digits = 3), "\n")
cat("its bound, 15 normal tails:         ", format(15 * 2 * pnorm(-seq(4, 16, 2) / sqrt(2)), digits = 3), "\n")
cat("qtukey(0.95, 6, Inf):", format(qtukey(0.95, 6, Inf), digits = 12), "\n")

section("r-exact-limits")
x <- matrix(c(3L, 9L, 1L, 40L), 2, byrow = TRUE)
# Probability of 3 or fewer, whose root in the odds ratio is the upper limit.
tail <- function(ratio) { p <- dhyper(0:4, 12, 41, 4) * ratio^(0:4); sum(p[1:4]) / sum(p) }
upper <- fisher.test(x)$conf.int[2]
exact <- uniroot(function(r) tail(r) - 0.025, c(100, 10000), tol = 1e-10)$root
cat("fisher.test, upper limit:", format(upper, digits = 8), " its tail:", format(tail(upper), digits = 8), "\n")
cat("solved:                  ", format(exact, digits = 8), " its tail:", format(tail(exact), digits = 8), "\n")
both <- array(c(x, x), c(2, 2, 2))
p <- dhyper(0:4, 12, 41, 4); p <- convolve(p, rev(p), type = "open")
tail <- function(ratio) { q <- p * ratio^(0:8); sum(q[1:7]) / sum(q) }
limits <- mantelhaen.test(both, exact = TRUE)$conf.int
exact <- uniroot(function(r) tail(r) - 0.025, c(10, 1000), tol = 1e-10)$root
cat("mantelhaen.test, the table twice:", format(limits[2], digits = 8), " its tail:", format(tail(limits[2]), digits = 8),
    " solved:", format(exact, digits = 8), "\n")

section("r-midp")
# cfield as one of two strata, since epiR 2.0.57 gives none for a single table.
limits <- rbind("epiR, cfield" = unlist(epi.2by2(as.table(both))$massoc.detail$OR.strata.cfield[1, 2:3]),
                "epiR, score" = unlist(epi.2by2(as.table(x))$massoc.detail$OR.strata.score[1, 2:3]),
                "epitools, or.midp" = or.midp(x)$conf.int)
print(limits, digits = 7)
u <- xtabs(Freq ~ Gender + Admit, ucb)[c("Male", "Female"), c("Admitted", "Rejected")]
told <- ormidp.test(u[1, 1], u[1, 2], u[2, 1], u[2, 2])
cat("Berkeley admissions by sex, epitools mid-P:", told$two.sided, " fisher.test:", format(fisher.test(u)$p.value), "\n")

section("r-chain")
# One equation with two equals signs, and the two equations it stands for.
m <- glm(low ~ age + lwt + smoke + ht, binomial, MASS::birthwt)
told <- tryCatch(car::linearHypothesis(m, "age = lwt = 0"), error = function(e) conditionMessage(e))
cat("car, age = lwt = 0:", sub("\n", "", sub(".*: ", "", told)), "\n")
two <- car::linearHypothesis(m, c("age = 0", "lwt = 0"), test = "Chisq")
cat("car, c(\"age = 0\", \"lwt = 0\"):", format(two$Chisq[2], digits = 8), "on", two$Df[2], "df\n")

section("r-pairs")
suppressPackageStartupMessages(library(survival))
# 40 pairs of a case and a control: in 30 the case alone is exposed, in 10 the control alone.
pairs <- data.frame(pair = rep(1:40, each = 2), case = rep(1:0, 40), x = c(rep(1:0, 30), rep(0:1, 10)))
cat("glm(case ~ x + factor(pair)):", exp(coef(glm(case ~ x + factor(pair), binomial, pairs))[["x"]]), "\n")
cat("survival, clogit:            ", exp(coef(clogit(case ~ x + strata(pair), pairs))[["x"]]), "\n")

section("r-direction")
suppressPackageStartupMessages({library(pROC); library(rms)})
cat("pROC ", as.character(packageVersion("pROC")), ", rms ", as.character(packageVersion("rms")), "\n", sep = "")
# A score that is high where the event is not; scores that tell all apart; a score that is the same for all.
y <- c(0, 0, 0, 1, 1, 1); bad <- c(4, 6, 5, 1, 2, 4.5)
said <- function(score, ...) { r <- roc(y, score, quiet = TRUE, ...); ci <- quiet(ci.auc(r))
  cat(sprintf("AUC %.4f, 95 %% limits %.4f to %.4f\n", auc(r), ci[1], ci[3])) }
cat("roc, as it comes:       "); said(bad)
cat('roc, direction = "<":   '); said(bad, direction = "<")
cat("roc, all told apart:    "); said(c(1, 2, 3, 4, 5, 6), direction = "<")
cat("roc, the same for all:  "); said(rep(1, 6), direction = "<")
x <- c(0.1, 0.4, 0.35, 0.8, 0.3, 0.2)
same <- quiet(roc.test(roc(y, x, direction = "<", quiet = TRUE), roc(y, x, direction = "<", quiet = TRUE)))
cat("roc.test of a score with itself: p =", same$p.value, "\n")

section("r-binned")
icu <- read.csv("tests/data/evaluation/icu.csv")
m <- glm(died ~ age + cancer + sys + emergency, binomial, icu)
p <- fitted(m)
cat("C by lrm:", sprintf("%.6f", lrm(formula(m), icu)$stats[["C"]]), "  by val.prob:",
    sprintf("%.6f", val.prob(p, icu$died, pl = FALSE)[["C (ROC)"]]), "  of all pairs:",
    sprintf("%.6f", auc(icu$died, p, direction = "<", quiet = TRUE)), "\n")

section("r-val-prob")
suppressPackageStartupMessages(library(rms))
births <- read.csv("glmlogit/datasets/birthwt.csv")
half <- glm(low ~ age + lwt + race + smoke + ht, binomial, births[seq(1, 189, 2), ])
new <- births[seq(2, 189, 2), ]
p <- predict(half, new, type = "response")
shown <- function(p, y) quiet(val.prob(p, y, pl = FALSE))[c("Dxy", "Slope", "Brier")]
pairs <- outer(p[new$low == 1], p[new$low == 0], "-")
cat("val.prob, Dxy of births:", format(shown(p, new$low)[["Dxy"]], digits = 7), " of the pairs:", format(mean(sign(pairs)), digits = 7), "\n")
cat("val.prob, p = 1/4 eight times, three events:\n"); print(shown(rep(0.25, 8), c(0, 1, 0, 1, 1, 0, 0, 0)))
cat("val.prob, p = 0, .2, .7, .4 of y = 1, 0, 1, 0, Brier score .3225:\n"); print(shown(c(0, 0.2, 0.7, 0.4), c(1, 0, 1, 0)))
section("r-influence")
# What leaving out row 1 does to the constant, and what R's functions of influence say of it.
m <- glm(low ~ age + lwt + factor(race) + smoke + ptl + ht + ui, binomial, MASS::birthwt, control = glm.control(1e-13))
r <- resid(m, "pearson")[1]; h <- hatvalues(m)[1]
once <- (vcov(m) %*% model.matrix(m)[1, ] * resid(m, "response")[1] / (1 - h))[1]
cat("without the row:", format(unname(coef(m)[1] - coef(update(m, data = MASS::birthwt[-1, ]))[1]), digits = 4),
    " one step:", format(once, digits = 4), " dfbeta:", format(unname(dfbeta(m)[1, 1]), digits = 4), "\n")
cat("change of its predictor over its error:", format(unname(r * sqrt(h) / (1 - h)), digits = 4),
    " dffits:", format(unname(dffits(m)[1]), digits = 4), "\n")
worst <- car::outlierTest(m, cutoff = Inf, n.max = 1)
print(worst)
cars <- glm(am ~ wt + hp, binomial, mtcars)
without <- suppressWarnings(update(cars, data = mtcars[-21, ]))
cat("mtcars, am ~ wt + hp without row 21:", format(unname(coef(without)[1]), digits = 4), " converged:",
    without$converged, "\n")

section("r-correction")
# Bias correction (Cordeiro and McCullagh 1991) is one step; with a control list brglmFit goes on to Firth's estimate.
births <- read.csv("tests/data/evaluation/birthwt.csv")
corrected <- low ~ age + lwt + factor(race) + smoke + ptl + ht + ui
constant <- function(...) sprintf("%.5f", coef(quiet(glm(corrected, binomial, births, method = "brglmFit", ...)))[1])
cat('type = "correction":', constant(type = "correction"), '  with control = list(epsilon = 1e-10):',
    constant(type = "correction", control = list(epsilon = 1e-10)), '  Firth, type = "AS_mean":', constant(type = "AS_mean"), "\n")

section("r-loess")
# Distances of Austin and Steyerberg (2019) of the model of the ICU data in its own rows.
icu <- read.csv("tests/data/evaluation/icu.csv")
p <- fitted(glm(died ~ age + cancer + sys + emergency, binomial, icu, control = glm.control(1e-13)))
away <- function(...) { d <- abs(p - fitted(quiet(loess(icu$died ~ p, ...)))); c(ICI = mean(d), E50 = median(d), E90 = unname(quantile(d, 0.9)), Emax = max(d)) }
print(rbind("loess, as it comes" = away(), 'surface = "direct"' = away(surface = "direct")), digits = 5)

section("r-step")
holes <- transform(births, age = replace(age, 1:9, NA))
cat("step:", tryCatch({step(glm(low ~ age + lwt + smoke, binomial, holes), trace = 0); "goes on"}, error = conditionMessage), "\n")

section("r-deciles")
# Of 331 different numbers each decile is one of them.
set.seed(1); x <- plogis(rnorm(331))
cat("deciles that are no observation by ==:", sum(!quantile(x, (0:10) / 10) %in% x), "of 11\n")

section("r-levels")
# Visits in the first trimester, with a level "x" between "1" and "2" that no birth has.
suppressPackageStartupMessages({library(nnet); library(ordinal); library(VGAM)})
visits <- transform(births, y = factor(pmin(ftv, 3), levels = c("0", "1", "x", "2", "3"), ordered = TRUE))
row <- function(name, cuts, beta) cat(sprintf("%-6s", name), sprintf("%9.6f", cuts), " age", sprintf("%9.6f", beta), "\n")
fit <- polr(y ~ age, visits, Hess = TRUE); row("polr", fit$zeta, coef(fit))
fit <- clm(y ~ age, data = visits); row("clm", fit$alpha, fit$beta)
fit <- vglm(y ~ age, cumulative(parallel = TRUE), visits); row("vglm", coef(fit)[1:3], coef(fit)[4])
cat("lrm:", tryCatch({rms::lrm(y ~ age, visits); "fits"}, error = conditionMessage), "\n")
three <- multinom(race ~ age + smoke, birthwt, trace = FALSE)
more <- multinom(race ~ age + smoke, birthwt, trace = FALSE, reltol = 1e-15, abstol = 1e-15, maxit = 1000)
cat("multinom, digits of coefficients:", digits(coef(three), coef(more)), "\n")

section("end")
