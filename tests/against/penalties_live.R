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
  try_cv <- function(...) tryCatch(quiet(cv.glmnet(..., lambda = path, foldid = fold, family = "multinomial", maxit = 1e7)),
                                   error = function(e) conditionMessage(e))
  put <- function(names, cv, parts) for (i in seq_along(names))
    answers[[names[i]]] <<- if (is.character(cv)) list(error = cv) else cv[[parts[i]]]
  for (type in c("ungrouped", "grouped")) for (a in c(1, 0.5, 0)) {
    fit <- quiet(glmnet(X, y, "multinomial", w, lambda = path, alpha = a, type.multinomial = type, thresh = 1e-16, maxit = 1e7))
    answers[[paste(type, a)]] <- columns(fit, 0.01)
  }
  for (type in c("ungrouped", "grouped")) {
    cv <- try_cv(X, y, w, type.multinomial = type, thresh = 1e-14)
    put(paste("cv", type, c("mean", "error")), cv, c("cvm", "cvsd"))
  }
  for (type in c("class", "mse")) {
    put(paste("cv", type), try_cv(X, y, w, type.measure = type, thresh = 1e-14), "cvm")
  }
  answers
}
files <- list.files(folder, pattern = "csv$", full.names = TRUE)
# cv.glmnet fails in some tables (dim(X) must have a positive length): its words stand in the place of its numbers.
write(toJSON(lapply(files, said), digits = NA, matrix = "columnmajor", auto_unbox = TRUE), file.path(folder, "answers.json"))
