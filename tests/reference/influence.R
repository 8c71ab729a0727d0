# Influence measures of R, and car's outlier test and residual smooths, for tests/diagnostics/test_influence.py.
# Needs r-cran-car r-cran-jsonlite. From the root of the repository: Rscript tests/reference/influence.R
suppressPackageStartupMessages({library(car); library(jsonlite)})
tight <- glm.control(epsilon = 1e-13, maxit = 100)
refit <- function(m) update(m, start = coef(m))  # errors and leverages of the last iterate, not of the one before
births <- MASS::birthwt
births$race <- factor(births$race)
lizards <- read.csv("glmlogit/datasets/lizards.csv", stringsAsFactors = TRUE)
models <- list(
  births = refit(glm(low ~ age + lwt + race + smoke + ht, binomial, births, control = tight)),
  lizards = refit(glm(cbind(grahami, opalinus) ~ height + diameter + light + time, binomial, lizards, control = tight)))
of <- function(m) {
  worst <- outlierTest(m, cutoff = Inf, n.max = 1)
  list(hat = unname(hatvalues(m)), cooks_distance = unname(cooks.distance(m)), rstudent = unname(rstudent(m)),
       rstandard_pearson = unname(rstandard(m, type = "pearson")), dffits = unname(dffits(m)),
       covratio = unname(covratio(m)), dfbeta = unname(dfbeta(m)), dfbetas = unname(dfbetas(m)),
       outlier = c(unname(worst$rstudent), unname(worst$p), unname(worst$bonf.p)),
       exact = unname(t(sapply(seq_len(nrow(model.frame(m))), function(i)
         coef(m) - coef(update(m, data = m$data[-i, ], start = coef(m)))))))
}
write_json(c(list(meta = list(R = R.version.string, car = as.character(packageVersion("car")))), lapply(models, of)),
           "tests/reference/influence.json", digits = 17, na = "null")
