# What glmnet says of the tables in a folder, to answers.json there: see penalties_live.py, which calls it.
#
# Iterated to the end (thresh 1e-16): its default stops four digits early.
suppressMessages({library(glmnet); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
quiet <- function(x) suppressWarnings(x)
columns <- function(fit, s) sapply(coef(fit, s = s), function(b) as.numeric(b))
said <- function(file) {
  d <- read.csv(file)
  X <- as.matrix(d[, grep("^x", names(d))]); y <- factor(d$y); w <- d$w; fold <- d$fold
  path <- c(0.08, 0.03, 0.01)
  answers <- list()
  for (type in c("ungrouped", "grouped")) for (a in c(1, 0.5, 0)) {
    fit <- quiet(glmnet(X, y, "multinomial", w, lambda = path, alpha = a, type.multinomial = type, thresh = 1e-16, maxit = 1e7))
    answers[[paste(type, a)]] <- columns(fit, 0.01)
  }
  for (type in c("ungrouped", "grouped")) {
    cv <- quiet(cv.glmnet(X, y, w, lambda = path, foldid = fold, family = "multinomial", type.multinomial = type,
                          thresh = 1e-14, maxit = 1e7))
    answers[[paste("cv", type, "mean")]] <- cv$cvm
    answers[[paste("cv", type, "error")]] <- cv$cvsd
  }
  for (type in c("class", "mse")) {
    cv <- quiet(cv.glmnet(X, y, w, lambda = path, foldid = fold, family = "multinomial", type.measure = type, thresh = 1e-14,
                          maxit = 1e7))
    answers[[paste("cv", type)]] <- cv$cvm
  }
  answers
}
files <- list.files(folder, pattern = "csv$", full.names = TRUE)
# cv.glmnet fails in some tables (dim(X) must have a positive length): these are left out.
write(toJSON(lapply(files, function(file) tryCatch(said(file), error = function(e) list())), digits = NA, matrix = "columnmajor"), file.path(folder, "answers.json"))
