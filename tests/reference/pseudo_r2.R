# Pseudo-R2 by their definitions, to tests/reference/pseudo_r2.json.
# Run from the root of the repository:  Rscript tests/reference/pseudo_r2.R      needs r-cran-jsonlite
#
# Grouped data are written out trial by trial, of which every one of these is defined.

library(jsonlite)
births <- read.csv("glmlogit/datasets/birthwt.csv")
lizards <- read.csv("glmlogit/datasets/lizards.csv")
urine <- na.omit(read.csv("glmlogit/datasets/urine.csv"))
trials <- rbind(lizards[rep(seq_len(nrow(lizards)), lizards$grahami), ], lizards[rep(seq_len(nrow(lizards)), lizards$opalinus), ])
trials$y <- rep(1:0, c(sum(lizards$grahami), sum(lizards$opalinus)))
models <- list(
  births = glm(low ~ age + lwt + race + smoke, binomial, births, control = glm.control(epsilon = 1e-14, maxit = 50)),
  lizards = glm(y ~ height + diameter + light + time, binomial, trials, control = glm.control(epsilon = 1e-14, maxit = 50)),
  urine = glm(r ~ gravity + ph + osmo + cond + urea + calc, binomial, urine, control = glm.control(epsilon = 1e-14, maxit = 50))
)
measures <- function(fit) {
  y <- fit$y; p <- fitted(fit); eta <- fit$linear.predictors; n <- length(y); k <- length(coef(fit)); q <- k - 1
  l <- sum(y * log(p) + (1 - y) * log(1 - p)); l0 <- n * (mean(y) * log(mean(y)) + (1 - mean(y)) * log(1 - mean(y)))
  lr <- 2 * (l - l0); ss <- sum((eta - mean(eta))^2)
  c(mcfadden = 1 - l / l0, mcfadden_adjusted = 1 - (l - k) / l0, mcfadden_adjusted_slopes = 1 - (l - q) / l0,
    cox_snell = 1 - exp(-lr / n), nagelkerke = (1 - exp(-lr / n)) / (1 - exp(2 * l0 / n)),
    tjur = mean(p[y == 1]) - mean(p[y == 0]), efron = 1 - sum((y - p)^2) / sum((y - mean(y))^2),
    mckelvey_zavoina = ss / (ss + n * pi^2 / 3), aldrich_nelson = lr / (lr + n),
    veall_zimmermann = lr / (lr + n) * (n - 2 * l0) / (-2 * l0), estrella = 1 - (l / l0)^(-2 * l0 / n),
    rms = 1 - exp(-max(0, lr - q) / n))
}
out <- lapply(models, function(fit) as.list(measures(fit)))
out$meta <- list(R = R.version.string)
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "tests/reference/pseudo_r2.json")
