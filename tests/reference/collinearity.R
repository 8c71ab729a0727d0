# Variance inflation and condition indices, to tests/reference/collinearity.json.
# Run from the root of the repository:  Rscript tests/reference/collinearity.R      needs r-cran-car, r-cran-jsonlite
#
# car::vif of glm and of lm (columns alone), with vcov at the estimate: R's own is of the iterate before the last, so that
# fits are started anew from their solution. car has `type = "predictor"` for linear models only: `by_variable` is the
# same determinants of all columns in which a variable has a part. `index` and `proportion` (a row an index) are Belsley's,
# written out with svd(): perturb::colldiag(scale = TRUE, center = FALSE, add.intercept = TRUE) is the same.

suppressMessages({library(car); library(jsonlite)})
births <- read.csv("glmlogit/datasets/birthwt.csv")
births$race <- factor(births$race, levels = sort(unique(births$race)))
lizards <- read.csv("glmlogit/datasets/lizards.csv")
urine <- na.omit(read.csv("glmlogit/datasets/urine.csv"))
models <- list(
  births = list(low ~ age + lwt + race + smoke + ht, births),
  interactions = list(low ~ age * lwt + race * smoke, births),
  lizards = list(cbind(grahami, opalinus) ~ height + diameter + light + time, lizards),
  urine = list(r ~ gravity + ph + osmo + cond + urea + calc, urine)
)
belsley <- function(X) {
  s <- svd(sweep(X, 2, sqrt(colSums(X^2)), "/"))
  phi <- sweep(s$v^2, 2, s$d^2, "/")
  list(index = s$d[1] / s$d, proportion = unname(t(sweep(phi, 1, rowSums(phi), "/"))))
}
described <- function(model) {
  formula <- model[[1]]; data <- model[[2]]
  fit <- glm(formula, binomial, data, control = glm.control(epsilon = 1e-13, maxit = 50))
  for (i in 1:3) fit <- suppressWarnings(update(fit, start = coef(fit)))
  X <- model.matrix(fit)
  by_term <- suppressMessages(as.matrix(vif(fit)))
  R <- cov2cor(vcov(fit)[-1, -1]); assign <- attr(X, "assign")[-1]; factors <- attr(terms(fit), "factors")[-1, , drop = FALSE]
  variables <- apply(factors > 0, 1, function(with) {
    set <- assign %in% which(with); if (all(set)) 1 else det(R[set, set, drop = FALSE]) * det(R[!set, !set, drop = FALSE]) / det(R)
  })
  columns <- as.data.frame(X[, -1, drop = FALSE]); columns$zz <- seq_len(nrow(columns))
  list(
    formula = deparse1(formula),
    gvif = unname(by_term[, 1]),
    by_variable = unname(variables),
    columns = unname(vif(lm(zz ~ ., columns))),
    unweighted = belsley(X),
    weighted = belsley(sqrt(weights(fit, "working")) * X)
  )
}
out <- lapply(models, described)
out$meta <- list(R = R.version.string, car = as.character(packageVersion("car")))
write(toJSON(out, digits = NA, auto_unbox = FALSE, pretty = TRUE), "tests/reference/collinearity.json")
