# What R says where it differs from glmlogit: the proofs quoted in docs/parity.md.
#
# Run from the root of the repository, with the packages MASS and sandwich installed:
#     Rscript tests/reference/parity.R > tests/reference/parity_r.txt
#
# Every section starts with a line "## name"; docs/parity.md includes them by name.

suppressPackageStartupMessages({library(MASS); library(sandwich)})
options(width = 84, digits = 7)

section <- function(name) cat("## ", name, "\n", sep = "")
# Warnings are part of what is shown.
saying <- function(expr) withCallingHandlers(expr, warning = function(w) {
  cat("Warning:", conditionMessage(w), "\n"); invokeRestart("muffleWarning") })
quiet <- function(expr) suppressWarnings(expr)

# Correct decimal digits of the worst of several numbers.
digits <- function(x, exact) sprintf("%.1f", min(-log10(pmax(abs(x / exact - 1), 1e-16)), 16))
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
cat(R.version.string, "\n")

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
cat("converged:", fit$converged, "\n"); print(coef(summary(fit))["NV", ])

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

section("end")
