# Relaxed lassos judged in folds by glmnet, to relaxed.json: Rscript tests/reference/relaxed.R
#
# Needs r-cran-glmnet and r-cran-jsonlite; the rows are those of MASS::birthwt. A share of 0 is one of 1e-5 in glmnet.
suppressMessages({library(glmnet); library(jsonlite); library(MASS)})
X <- as.matrix(birthwt[, c("age", "lwt", "smoke", "ptl", "ht", "ui", "ftv")])
race <- factor(birthwt$race, labels = c("white", "black", "other"))
penalties <- c(0.1, 0.06, 0.04, 0.03, 0.02, 0.01, 0.005)
fold <- (seq_len(nrow(X)) - 1) %% 5 + 1
offset <- birthwt$age / 30
offsets <- cbind(0, offset, -birthwt$lwt / 200)
said <- function(y, family, measure, ...) {
  cv <- suppressWarnings(cv.glmnet(X, y, family = family, lambda = penalties, foldid = fold, relax = TRUE,
                                   type.measure = measure, thresh = 1e-16, maxit = 1e8, ...))
  chosen <- cv$relaxed[c("lambda.min", "gamma.min", "lambda.1se", "gamma.1se")]
  list(mean = unname(lapply(cv$relaxed$statlist, function(s) s$cvm)),
       error = unname(lapply(cv$relaxed$statlist, function(s) s$cvsd)), chosen = unlist(unname(chosen)))
}
w <- 1 + (seq_len(nrow(X)) - 1) %% 3
low <- birthwt$low
answers <- list(
  "low deviance" = said(low, "binomial", "deviance"),
  "low misclassification" = said(low, "binomial", "class"),
  "low auc" = said(low, "binomial", "auc"),
  "low brier" = said(low, "binomial", "mse"),
  "low weights" = said(low, "binomial", "deviance", weights = w),
  "low offset" = said(low, "binomial", "deviance", offset = offset),
  "race deviance" = said(race, "multinomial", "deviance"),
  "race misclassification" = said(race, "multinomial", "class"),
  "race brier" = said(race, "multinomial", "mse"),
  "race weights" = said(race, "multinomial", "deviance", weights = w),
  "race grouped" = said(race, "multinomial", "deviance", type.multinomial = "grouped"),
  "race offset" = said(race, "multinomial", "deviance", offset = offsets),
  "race elastic" = said(race, "multinomial", "deviance", alpha = 0.5)
)
how <- list(tool = paste("R", getRversion(), "glmnet", packageVersion("glmnet")), call = "Rscript tests/reference/relaxed.R",
            penalties = penalties)
write(toJSON(c(how, list(values = answers)), digits = 12, auto_unbox = TRUE, pretty = FALSE),
      "tests/reference/relaxed.json")
