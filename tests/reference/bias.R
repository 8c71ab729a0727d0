# Bias-reduced fits, penalised likelihood-ratio tests and exact profile limits, for tests/reference/bias.json.
# Run from the repository root: Rscript tests/reference/bias.R
# brglm2's default tolerance leaves 6 digits; here it is 1e-13. Profile limits are roots found by uniroot on
# refitted models, not the interpolation of confint(). The penalised likelihood is maximised by nlminb and Newton
# steps of its own gradient, with the columns of a tested coefficient kept in the determinant.
suppressMessages({library(brglm2); library(jsonlite)})
read <- function(path) read.csv(path, stringsAsFactors = TRUE)
birthwt <- read("glmlogit/datasets/birthwt.csv"); birthwt$race <- factor(birthwt$race, c("white", "black", "other"))
sex2 <- read("tests/data/sex2.csv")
sets <- list(
  endometrial = list(d = read("glmlogit/datasets/endometrial.csv"), f = HG ~ NV + PI + EH),
  sex2 = list(d = sex2[rep(seq_len(nrow(sex2)), sex2$n), ], f = case ~ age + oc + vic + vicl + vis + dia),
  lizards = list(d = brglm2::lizards, f = cbind(grahami, opalinus) ~ height + diameter + light + time),
  birthwt = list(d = birthwt, f = low ~ age + lwt + race + smoke + ptl + ht + ui),
  mtcars = list(d = read("tests/data/mtcars.csv"), f = am ~ wt)
)
data_of <- function(s) {
  m <- model.frame(s$f, s$d); y <- model.response(m); X <- model.matrix(s$f, m)
  if (is.matrix(y)) list(X = X, y = y[, 1], n = rowSums(y)) else list(X = X, y = y, n = rep(1, length(y)))
}
penalised <- function(b, z) {
  eta <- drop(z$X %*% b); p <- plogis(eta)
  sum(z$y * plogis(eta, log.p = TRUE) + (z$n - z$y) * plogis(-eta, log.p = TRUE)) +
    0.5 * as.numeric(determinant(crossprod(z$X * sqrt(z$n * p * (1 - p))))$modulus)
}
gradient <- function(b, z) {
  p <- plogis(drop(z$X %*% b)); w <- z$n * p * (1 - p)
  h <- w * rowSums((z$X %*% solve(crossprod(z$X * sqrt(w)))) * z$X)
  drop(crossprod(z$X, z$y - z$n * p + h * (0.5 - p)))
}
maximum <- function(z, start, fixed = integer(), value = numeric()) {
  free <- setdiff(seq_along(start), fixed); b <- start; b[fixed] <- value
  fill <- function(v) { b[free] <- v; b }
  fit <- nlminb(b[free], function(v) -penalised(fill(v), z), function(v) -gradient(fill(v), z)[free],
                control = list(rel.tol = 1e-15, x.tol = 1e-15, eval.max = 5000, iter.max = 5000))
  list(b = fill(fit$par), l = -fit$objective)
}
root <- function(gap, from, step) {
  to <- from + step
  while (gap(to) > 0) { step <- 2 * step; to <- to + step; if (abs(step) > 1e6) return(Inf * sign(step)) }
  uniroot(gap, sort(c(from, to)), tol = 1e-12)$root
}
limits <- function(b, se, top, profile) t(sapply(seq_along(b), function(j) {
  gap <- function(v) qchisq(0.95, 1) - 2 * (top - profile(j, v))
  c(root(gap, b[j], -se[j]), root(gap, b[j], se[j]))
}))
study <- function(s) {
  z <- data_of(s)
  fit <- function(type) glm(s$f, binomial, s$d, method = "brglmFit", type = type, epsilon = 1e-13, maxit = 10000)
  mean_fit <- fit("AS_mean"); median_fit <- fit("AS_median"); b <- coef(mean_fit)
  top <- maximum(z, b)
  tests <- sapply(seq_along(b), function(j) 2 * (top$l - maximum(z, b, j, 0)$l))
  firth <- limits(top$b, sqrt(diag(vcov(mean_fit))), top$l, function(j, v) maximum(z, top$b, j, v)$l)
  out <- list(terms = names(b), params = unname(b), bse = unname(sqrt(diag(vcov(mean_fit)))),
    median_params = unname(coef(median_fit)), median_bse = unname(sqrt(diag(vcov(median_fit)))),
    plr = tests, plr_p = pchisq(tests, 1, lower.tail = FALSE), firth_limits = firth)
  ml <- suppressWarnings(glm(s$f, binomial, s$d, control = glm.control(epsilon = 1e-10, maxit = 100)))
  if (max(abs(coef(ml))) < 100 && max(sqrt(diag(vcov(ml)))) < 100) {
    profile <- function(j, v) -0.5 * suppressWarnings(glm.fit(z$X[, -j, drop = FALSE], z$y / z$n, weights = z$n,
      offset = v * z$X[, j], family = binomial(), control = glm.control(epsilon = 1e-14, maxit = 200)))$deviance
    out$limits <- limits(coef(ml), sqrt(diag(vcov(ml))), -0.5 * ml$deviance, profile)
  }
  out
}
result <- lapply(sets, study)
meta <- list(R = R.version.string, brglm2 = as.character(packageVersion("brglm2")))
write(toJSON(list(meta = meta, sets = result), digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE),
      "tests/reference/bias.json")
