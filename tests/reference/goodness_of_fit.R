# Tests of fit, to tests/reference/goodness_of_fit.json.
# Run from the root of the repository:  Rscript tests/reference/goodness_of_fit.R      needs r-cran-rms, r-cran-jsonlite
#
# `unweighted_ss` is rms::residuals(lrm, "gof") (Bernoulli rows only); the score tests are anova(glm, test = "Rao") at the
# estimate after three more Newton steps; Hosmer-Lemeshow by R's quantiles (hoslem.test of ResourceSelection, written
# out) and by Stata's rule for percentiles; tests over patterns by aggregate().

suppressMessages({library(rms); library(jsonlite)})
births <- read.csv("glmlogit/datasets/birthwt.csv")
urine <- na.omit(read.csv("glmlogit/datasets/urine.csv"))
lizards <- read.csv("glmlogit/datasets/lizards.csv")
spread <- function(d) { i <- rep(seq_len(nrow(d)), d$grahami + d$opalinus)
  y <- unlist(mapply(function(a, b) rep(1:0, c(a, b)), d$grahami, d$opalinus, SIMPLIFY = FALSE)); cbind(d[i, 3:6], y = y) }
models <- list(
  births = list(low ~ age + lwt + race + smoke + ht, births),
  urine = list(r ~ gravity + ph + osmo + cond + urea + calc, urine),
  lizards = list(y ~ height + diameter + light + time, spread(lizards))
)
fitted_by <- function(formula, data) {
  fit <- glm(formula, binomial, data, control = glm.control(epsilon = 1e-13, maxit = 50))
  for (i in 1:3) fit <- suppressWarnings(update(fit, start = coef(fit)))
  fit
}
score <- function(fit, U) {
  X <- model.matrix(fit); p <- plogis(drop(X %*% coef(fit))); v <- p * (1 - p); U <- as.matrix(U); size <- sqrt(colSums(v * U^2)); size[size == 0] <- 1
  A <- qr.resid(qr(X * sqrt(v)), t(t(U) / size) * sqrt(v)); s <- svd(A); keep <- s$d > 1e-7
  t <- (t(s$v) %*% crossprod(t(t(U) / size), fit$y - p))[keep] / s$d[keep]
  c(sum(t^2), sum(keep), pchisq(sum(t^2), sum(keep), lower.tail = FALSE))
}
grouped <- function(y, p, code) {
  t <- sapply(split(seq_along(y), code), function(i) c(length(i), sum(y[i]), sum(p[i])))
  x <- sum((t[2, ] - t[3, ])^2 / t[3, ] + (t[2, ] - t[3, ])^2 / (t[1, ] - t[3, ])); df <- ncol(t) - 2
  list(test = c(x, df, pchisq(x, df, lower.tail = FALSE)), n = unname(t[1, ]), observed = unname(t[2, ]), expected = unname(t[3, ]))
}
xtile <- function(p, g) { s <- sort(p); n <- length(s)
  cuts <- sapply(1:(g - 1), function(j) { at <- n * j / g; r <- round(at); if (abs(at - r) < 1e-9) (s[r] + s[r + 1]) / 2 else s[floor(at) + 1] })
  sapply(p, function(x) sum(cuts < x)) }
described <- function(model) {
  fit <- fitted_by(model[[1]], model[[2]]); X <- model.matrix(fit); eta <- signif(drop(X %*% coef(fit)), 13); p <- plogis(eta); y <- fit$y; v <- p * (1 - p)
  key <- apply(X, 1, paste, collapse = "|"); m <- c(tapply(y, key, length)); O <- c(tapply(y, key, sum)); P <- c(tapply(p, key, mean))
  J <- length(m); k <- ncol(X); x2 <- sum((O - m * P)^2 / (m * P * (1 - P)))
  part <- function(o, e) ifelse(o > 0, o * log(o / e), 0)
  dev <- 2 * sum(part(O, m * P) + part(m - O, m * (1 - P)))
  w <- m * P * (1 - P); Xp <- X[match(names(m), key), ]; rss <- sum(w * lm.wfit(Xp, (1 - 2 * P) / w, w)$residuals^2)
  q <- quantile(p, seq(0, 1, 0.1)); u <- 1 - 2 * p
  ss <- unname(residuals(lrm(model[[1]], model[[2]], x = TRUE, y = TRUE, tol = 1e-14, eps = 1e-12, maxit = 50), "gof"))
  list(
    unweighted_ss = ss[4:5],
    pearson = c(x2, J - k, pchisq(x2, J - k, lower.tail = FALSE)), deviance = c(dev, J - k, pchisq(dev, J - k, lower.tail = FALSE)),
    osius_rojek = { z <- (x2 - (J - k)) / sqrt(2 * (J - sum(1 / m)) + rss); c(z, 2 * pnorm(-abs(z))) },
    stukel = score(fit, cbind(eta^2 * (eta >= 0), -eta^2 * (eta < 0)) / 2), link = score(fit, eta^2),
    information_matrix = score(fit, u * cbind(1, X^2)), tsiatis = score(fit, outer(xtile(p, 10), 0:9, "==") * 1),
    r = grouped(y, p, cut(p, unique(q), include.lowest = TRUE, labels = FALSE)), stata = grouped(y, p, xtile(p, 10))
  )
}
out <- lapply(models, described)
out$meta <- list(R = R.version.string, rms = as.character(packageVersion("rms")))
write(toJSON(out, digits = NA, auto_unbox = FALSE, pretty = TRUE), "tests/reference/goodness_of_fit.json")
