# Tests of types II and III by car, to tests/reference/anova_types.json.
# Run from the root of the repository:  Rscript tests/reference/anova_types.R           needs r-cran-car, r-cran-jsonlite
#
# Likelihood ratios of type II are the same under any coding; type III is after contr.sum. Wald of type III likewise.

suppressMessages({library(car); library(jsonlite)})
options(contrasts = c("contr.sum", "contr.poly"))
births <- read.csv("glmlogit/datasets/birthwt.csv")
births$race <- factor(births$race, levels = c("white", "black", "other"))
births$ht2 <- factor(births$ht)
exact <- glm.control(epsilon = 1e-14, maxit = 100)
formulas <- c(product = "low ~ age + race * ht2 + lwt", three = "low ~ race * smoke + age * race",
              main = "low ~ age + race + smoke", nested = "low ~ race + race:age + lwt")
rows <- function(table) list(term = rownames(table), df = table[["Df"]], statistic = table[[grep("^(LR )?Chisq$", names(table))]],
                             p = table[[grep("Pr", names(table))]])
out <- lapply(formulas, function(text) {
  fit <- glm(as.formula(text), binomial, births, control = exact)
  list(formula = text, two = rows(Anova(fit, type = 2, test.statistic = "LR")),
       three = rows(Anova(fit, type = 3, test.statistic = "LR")),
       wald = rows(Anova(fit, type = 3, test.statistic = "Wald")))
})
out$meta <- list(R = R.version.string, car = as.character(packageVersion("car")))
write_json(out, "tests/reference/anova_types.json", digits = 17, auto_unbox = TRUE)
