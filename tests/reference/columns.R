# What R makes of columns that are not what they seem. Writes columns_r.txt:
#   Rscript tests/reference/columns.R > tests/reference/columns_r.txt
options(width = 100)
section <- function(name, code) {
  cat("## ", name, "\n", sep = "")
  for (line in code) {
    cat("> ", line, "\n", sep = "")
    value <- withVisible(eval(parse(text = line), globalenv()))
    if (value$visible) print(value$value)
  }
  cat("\n")
}
cat("#", R.version.string, "\n\n")

section("r-own-function", c(
  "d <- MASS::birthwt",
  "mid <- function(x) x - mean(x)",
  "f <- glm(low ~ mid(lwt), binomial, d)",
  "fitted(f)[1:3]",
  "predict(f, d[1:3, ], type = 'response')",
  "g <- glm(low ~ scale(lwt), binomial, d)",
  "predict(g, d[1:3, ], type = 'response')"
))
section("r-codes", c(
  "t <- 'code\\n250.1\\n250.10\\n'",
  "levels(factor(read.csv(text = t)$code))",
  "levels(factor(read.csv(text = 'code\\n5E12\\n50E11\\n')$code))",
  "levels(factor(read.csv(text = 'code\\n01\\n1\\n')$code))"
))
section("r-alike", c(
  "levels(factor(c(0.3, 0.1 * 3)))",
  "levels(factor(c('F', 'F ')))",
  "levels(factor(c('\\u00e9', 'e\\u0301')))"
))
section("r-text", c(
  "y <- rep(0:1, 30); crp <- c('<0.05', sprintf('%.2f', (2:60) / 7))",
  "ncol(model.matrix(y ~ crp))"
))
section("r-event", c(
  "y <- factor(rep(c('case', 'control'), c(30, 10)))",
  "plogis(unname(coef(glm(y ~ 1, binomial))))"
))
section("r-pairing", c(
  "x <- c(a = 1, b = 2, c = 3); y <- c(c = 0, a = 1, b = 1)",
  "model.frame(y ~ x)"
))
cat("## end\n")
