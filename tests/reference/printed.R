# Tables of coefficients as R prints them, for tests of what is read from text: Rscript printed.R
suppressMessages({library(MASS); library(lmtest); library(sandwich)})
options(width = 100)
d <- birthwt
d$race <- factor(d$race, labels = c("white", "black", "other"))
f <- glm(low ~ age + lwt + race + smoke, binomial, d)
show <- function(name, value) { cat("== ", name, "\n", sep = ""); print(value) }
show("summary", summary(f))
show("robust", tryCatch(coeftest(f, vcov = vcovHC(f, type = "HC0")), error = function(e) NULL))
show("base", summary(glm(low ~ age + lwt + race + smoke, binomial, transform(d, race = relevel(race, "black")))))
show("broom", broom::tidy(f, conf.int = TRUE))
csv <- function(name, f) {
  cat("== ", name, "\n", sep = "")
  write.csv(data.frame(term = names(coef(f)), estimate = coef(f), std.error = sqrt(diag(vcov(f))),
                       conf.low = confint.default(f)[, 1], conf.high = confint.default(f)[, 2]), row.names = FALSE)
}
csv("csv", f)
cat("== logLik\n", sprintf("%.9g", logLik(f)), "\n", sep = "")
csv("tight csv", update(f, control = glm.control(epsilon = 1e-15, maxit = 50)))
d$lwt[1:3] <- NA
show("dropped", summary(glm(low ~ age + lwt + race + smoke, binomial, d)))
d$twice <- 2 * d$age
show("aliased", summary(glm(low ~ age + twice + race, binomial, d)))
show("separated", suppressWarnings(summary(glm(low ~ I(bwt < 2500), binomial, d))))
show("quasi", summary(glm(low ~ age + factor(race) * smoke, quasibinomial, d)))
