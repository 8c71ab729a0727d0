# Additive interaction (RERI, AP, S) for tests/reference/additive.json; needs r-cran-epir r-cran-jsonlite.
# Run from the repository root: Rscript tests/reference/additive.R
# delta: epiR::epi.interaction. mover: Zou (2008), written out here for b1, b2 and the product term b3; for the oral
# cancers of Rothman & Keller (1972) it gives the limits of RERI that paper prints, -11.43 and 21.87.
# A set with `flip` has its exposures recoded before the fit, as Knol et al. (2011) ask for.
suppressMessages({library(epiR); library(jsonlite)})
birthwt <- read.csv("glmlogit/datasets/birthwt.csv"); infert <- read.csv("glmlogit/datasets/infert.csv")
oral <- data.frame(alc = c(0, 0, 1, 1), smk = c(0, 1, 0, 1), cases = c(3, 8, 6, 225), controls = c(20, 18, 12, 166))
birthwt$visits <- as.integer(birthwt$ftv > 0)
infert$any_spontaneous <- as.integer(infert$spontaneous > 0); infert$any_induced <- as.integer(infert$induced > 0)
sets <- list(
  oral = list(d = oral, y = "cbind(cases, controls)", a = "alc", b = "smk", others = NULL),
  birthwt = list(d = birthwt, y = "low", a = "smoke", b = "ht", others = NULL),
  birthwt_adjusted = list(d = birthwt, y = "low", a = "smoke", b = "ui", others = c("age", "lwt")),
  infert = list(d = infert, y = "case", a = "any_spontaneous", b = "any_induced", others = c("age", "parity")),
  preventive = list(d = birthwt, y = "low", a = "smoke", b = "visits", others = "age"),
  recoded = list(d = birthwt, y = "low", a = "smoke", b = "visits", others = "age", flip = "visits")
)
z <- qnorm(0.975)
# Limits of 1 + sign1*exp(t1) + sign2*exp(t2) + sign3*exp(t3), t and its covariance given.
mover <- function(t, S, sign) {
  p <- exp(t); l <- exp(t - z * sqrt(diag(S))); u <- exp(t + z * sqrt(diag(S))); r <- cov2cor(S)
  reach <- function(toward) {
    total <- 0
    for (i in 1:3) for (j in 1:3) {
      to <- function(k) if (sign[k] * toward > 0) u[k] - p[k] else p[k] - l[k]
      total <- total + sign[i] * sign[j] * r[i, j] * to(i) * to(j)
    }
    sqrt(total)
  }
  est <- 1 + sum(sign * p)
  c(est - reach(-1), est + reach(1))
}
study <- function(s) {
  for (name in s$flip) s$d[[name]] <- 1 - s$d[[name]]
  text <- paste(s$y, "~", paste(c(s$a, s$b, sprintf("%s:%s", s$a, s$b), s$others), collapse = " + "))
  model <- as.formula(text); control <- glm.control(epsilon = 1e-14, maxit = 100)
  fit <- glm(model, binomial, s$d, control = control)
  fit <- glm(model, binomial, s$d, control = control, start = coef(fit))   # vcov() lags one iteration behind
  at <- match(c(s$a, s$b, sprintf("%s:%s", s$a, s$b)), names(coef(fit)))
  b <- coef(fit)[at]; V <- vcov(fit)[at, at]
  known <- suppressWarnings(epi.interaction(fit, at, "product"))
  joint <- rbind(c(1, 0, 0), c(0, 1, 0), c(1, 1, 1))
  against <- rbind(c(0, -1, -1), c(-1, 0, -1), c(-1, -1, -1))   # ln of OR10/OR11, OR01/OR11, 1/OR11
  limits <- function(k) c(known[[k]]$lower, known[[k]]$upper)
  list(formula = text, a = s$a, b = s$b, flip = as.list(s$flip), call = "epi.interaction(fit, coef, 'product')",
    log_or = drop(joint %*% b), cov = joint %*% V %*% t(joint),
    estimate = c(known$reri$est, known$apab$est, known$s$est),
    delta = rbind(limits("reri"), limits("apab"), if (known$s$est > 0) limits("s") else c(NA, NA)),
    mover = rbind(mover(drop(joint %*% b), joint %*% V %*% t(joint), c(-1, -1, 1)),
                  mover(drop(against %*% b), against %*% V %*% t(against), c(-1, -1, 1))))
}
result <- lapply(sets, study)
stopifnot(round(result$oral$mover[1, ], 2) == c(-11.43, 21.87))
meta <- list(R = R.version.string, epiR = as.character(packageVersion("epiR")))
write(toJSON(list(meta = meta, oral = oral, sets = result), digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE),
      "tests/reference/additive.json")
