# Nonlinear functions of coefficients by car's deltaMethod, to tests/reference/nonlinear.json.
# Run from the repository root:  Rscript tests/reference/nonlinear.R
# Needs r-cran-car r-cran-jsonlite.

suppressPackageStartupMessages({ library(car); library(jsonlite) })
d <- read.csv("glmlogit/datasets/birthwt.csv")
d$race <- factor(d$race, c("white", "black", "other"))
fit <- glm(low ~ age + lwt + smoke + race, binomial, d, epsilon = 1e-14)
names <- c("b0", "age", "lwt", "smoke", "black", "other")
texts <- c("exp(age)/exp(smoke)", "-b0/lwt", "exp(black) - exp(other)", "log(smoke^2) * age", "(black - other)/sqrt(smoke)",
           "exp(2*black)^0.5 - 1/(1 + smoke)")
cases <- lapply(texts, function(text) {
  x <- deltaMethod(fit, text, parameterNames = names)
  list(text = text, estimate = x$Estimate, std_error = x$SE, limits = c(x[[3]], x[[4]]))
})
out <- list(meta = list(tool = R.version.string, car = as.character(packageVersion("car"))), cases = cases)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "tests/reference/nonlinear.json")
