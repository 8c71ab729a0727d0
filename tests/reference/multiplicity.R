# p.adjust of R for every method, effective doses of MASS::dose.p, written to tests/reference/multiplicity.json.
# Run from the repository root:  Rscript tests/reference/multiplicity.R      Needs r-cran-mass r-cran-jsonlite.
suppressPackageStartupMessages({library(MASS)})
set.seed(1)
families <- list(c(.01, .02, .03, .04, .05), c(.0001, .9, .04, .04, .3, .012), runif(11)^2, c(.2), c(.03, .03), runif(7)^4)
methods <- c("bonferroni", "holm", "hochberg", "hommel", "BH", "BY")
adjusted <- lapply(families, function(p) c(list(p = I(p)), sapply(methods, function(m) I(p.adjust(p, m)), simplify = FALSE)))

# A model in log(dose): dose.p is on the scale of the logarithm; a dose has the exponentials of its limits.
dose <- c(.5, 1, 2, 4, 8, 16); dead <- c(1, 2, 3, 3, 6, 7); n <- rep(8, 6)
fit <- glm(cbind(dead, n - dead) ~ log(dose), binomial, control = list(epsilon = 1e-15, maxit = 100))
found <- dose.p(fit, p = c(.1, .5, .9)); x <- as.numeric(found); se <- as.numeric(attr(found, "SE"))
logged <- list(dose = dose, dead = dead, n = n, p = c(.1, .5, .9), log_dose = x, std_error_log = se,
               conf_low = exp(x - qnorm(.975) * se), conf_high = exp(x + qnorm(.975) * se))
writeLines(jsonlite::toJSON(list(tool = R.version.string, MASS = as.character(packageVersion("MASS")), adjusted = adjusted,
                                 dose = logged), digits = I(15), auto_unbox = TRUE, pretty = TRUE),
           "tests/reference/multiplicity.json")
