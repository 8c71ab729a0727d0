# Calibration and internal validation by rms, to tests/reference/validation.json.
# Run from the root of the repository:  Rscript tests/reference/validation.R           needs r-cran-rms, r-cran-jsonlite
#
# `val_prob` are probabilities of a model of every other birth for the others: rms bins probabilities at .0002 before it
# counts pairs (Dxy, C) and stops its own maximum early (intercept, slope: seven digits). `validate` is rms::validate of a
# model of all births on thirty samples, whose rows are `samples`: the only random numbers that it draws. `cox` are
# the lines of glm, iterated to the end.

suppressMessages({library(rms); library(jsonlite)})
births <- read.csv("glmlogit/datasets/birthwt.csv")
model <- low ~ age + lwt + race + smoke + ht
exact <- glm.control(epsilon = 1e-14, maxit = 100)

train <- glm(model, binomial, births[seq(1, 189, 2), ], control = exact)
new <- births[seq(2, 189, 2), ]
eta <- predict(train, new)
y <- new$low
pdf(NULL)
stats <- val.prob(plogis(eta), y, pl = FALSE)
line <- glm(y ~ eta, binomial, control = exact)
large <- glm(y ~ offset(eta), binomial, control = exact)

fit <- lrm(model, births, x = TRUE, y = TRUE, eps = 1e-12, maxit = 100)
set.seed(1)
table <- rms::validate(fit, B = 30)
set.seed(1)
samples <- replicate(30, sample(nrow(births), replace = TRUE))
set.seed(1)
curve <- unclass(rms::calibrate(fit, B = 30, predy = seq(.1, .7, .1), smoother = "lowess"))
out <- list(
  calibrate = lapply(c(at = "predy", apparent = "calibrated.orig", corrected = "calibrated.corrected"),
                     function(name) unname(curve[, name])),
  meta = list(R = R.version.string, rms = as.character(packageVersion("rms"))),
  val_prob = as.list(stats),
  cox = list(large = unname(coef(large)), intercept = unname(coef(line)[1]), slope = unname(coef(line)[2]),
             se = unname(sqrt(diag(vcov(line))))),
  validate = setNames(lapply(rownames(table), function(r) as.list(unclass(table)[r, 1:5])), rownames(table)),
  samples = t(samples)
)
write_json(out, "tests/reference/validation.json", digits = 17, auto_unbox = TRUE)
