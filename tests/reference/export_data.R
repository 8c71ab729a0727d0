# Writes the data sets as CSV: those of the package (glmlogit/datasets/) and those of the tests (tests/data/).
# Run from the repository root:  Rscript tests/reference/export_data.R
#
# Conventions: a missing value is an empty field, a dot in a column name becomes an underscore, a factor is
# written as its labels. CSV has no factors, so tests/data/levels.json keeps each factor's levels in R's order.

suppressPackageStartupMessages({
  library(MASS); library(boot); library(rpart); library(carData)
})
data("endometrial", "lizards", package = "brglm2")
data("cbpp", package = "lme4")

levels_of <- list()

export <- function(frame, name, folder = "tests/data") {
  names(frame) <- gsub(".", "_", names(frame), fixed = TRUE)
  rownames(frame) <- NULL
  path <- file.path(folder, paste0(name, ".csv"))
  write.csv(frame, path, row.names = FALSE, quote = FALSE, na = "", eol = "\n")
  check_round_trip(frame, path)
  factors <- Filter(is.factor, frame)
  if (length(factors) > 0) levels_of[[path]] <<- lapply(factors, function(f) list(
    levels = levels(f), ordered = jsonlite::unbox(is.ordered(f))))
}

# The file must give back the numbers it was made from, to the 15 digits written (Mroz has computed columns
# with more). All references are computed from the files, so nothing depends on the digits lost.
check_round_trip <- function(frame, path) {
  back <- read.csv(path, na.strings = "", check.names = FALSE)
  for (column in names(Filter(is.numeric, frame)))
    stopifnot(isTRUE(all.equal(as.numeric(frame[[column]]), as.numeric(back[[column]]), tolerance = 1e-14)))
}

bundled <- function(frame, name) export(frame, name, "glmlogit/datasets")

# ---- package data -------------------------------------------------------------------------------------------

birthwt <- transform(MASS::birthwt, race = factor(race, 1:3, c("white", "black", "other")))
stopifnot(sum(birthwt$low) == 59)
bundled(birthwt, "birthwt")

# In old versions of R `ncontrols` held cases + controls (PR#17964); Breslow & Day count 775 controls.
stopifnot(sum(esoph$ncases) == 200, sum(esoph$ncontrols) == 775)
bundled(esoph, "esoph")

bundled(transform(infert, stratum = as.integer(stratum)), "infert")
bundled(endometrial, "endometrial")
bundled(lizards, "lizards")
bundled(boot::urine, "urine")
bundled(cbpp, "cbpp")

# ---- test data ----------------------------------------------------------------------------------------------

export(mtcars, "mtcars")
export(MASS::bacteria, "bacteria")
export(MASS::menarche, "menarche")
export(MASS::snails, "snails")
export(boot::nodal, "nodal")
export(rpart::kyphosis, "kyphosis")
export(carData::Mroz, "mroz")
export(carData::Cowles, "cowles")
export(transform(carData::Womenlf, working = as.integer(partic != "not.work")), "womenlf")
export(carData::TitanicSurvival, "titanic")
export(as.data.frame(Titanic), "titanic_table")
export(as.data.frame(UCBAdmissions), "ucb")
export(transform(airquality, high = as.integer(Ozone > 60)), "airquality")

# Tobacco budworm moths, 20 a dose (Collett 1991; Venables & Ripley 2002, section 7.2).
export(data.frame(ldose = rep(0:5, 2),
                  sex = factor(rep(c("M", "F"), each = 6), levels = c("F", "M")),
                  numdead = c(1, 4, 9, 13, 18, 20, 0, 2, 6, 10, 12, 16),
                  total = 20), "budworm")

# esoph with numeric group scores and totals, and as a frequency table (zero counts kept on purpose).
groups <- data.frame(lapply(esoph[1:3], function(g) factor(g, levels(g), ordered = FALSE)))
export(data.frame(groups, age_score = as.integer(esoph$agegp), alc_score = as.integer(esoph$alcgp),
                  tob_score = as.integer(esoph$tobgp), ncases = esoph$ncases, ncontrols = esoph$ncontrols,
                  total = esoph$ncases + esoph$ncontrols), "esoph_scores")
export(rbind(data.frame(groups, case = 1L, count = esoph$ncases),
             data.frame(groups, case = 0L, count = esoph$ncontrols)), "esoph_long")

# birthwt with columns made up to exercise weights, offsets and aliasing; the formulas are the documentation.
made <- with(birthwt, data.frame(
  birthwt,
  age_plus_lwt = age + lwt,                            # an exact linear combination
  lwt_half = lwt / 2,                                  # another one, exact in binary
  lwt_offset = round(-0.015 * (lwt - 130), 3),         # the effect of lwt held at -0.015 a pound
  precision_weight = round(0.5 + (age - 14) / 40, 3),  # not integers
  sampling_weight = ifelse(low == 1, 1, 3.7) * ifelse(race == "black", 0.8, 1.25),
  count_without_black = ifelse(race == "black", 0L, 1L + (age > 30)),
  region = factor(paste0("r", (seq_along(low) %% 12) %/% 4 + 1)),
  hospital = factor(paste0("h", seq_along(low) %% 12 + 1), levels = paste0("h", 1:12))))
export(made, "birthwt_made")

writeLines(jsonlite::toJSON(levels_of, pretty = 2), "tests/data/levels.json")
