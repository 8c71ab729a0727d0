# Bases of splines::ns, splines::bs, rms::rcs, stats::poly and base::scale at fit and at new values.
# Writes splines.json. Run from the repository root: Rscript tests/reference/splines.R
suppressMessages({library(splines); library(Hmisc); library(rms); library(jsonlite)})

x <- mtcars$hp
long <- round(qnorm((1:150 - 0.5) / 150) * 10 + 40, 6)
tied <- c(rep(0, 20), long[1:130] - min(long) + 1)
new <- c(40, 52, 97.5, 123, 240, 335, 400)
new_long <- c(5, 20, 33.3, 40, 61, 90)

plain <- function(m) { m <- unclass(m); attributes(m) <- list(dim = dim(m)); m }
case <- function(expression, call, data, at) {
  basis <- eval(parse(text = call), list(x = data))
  list(expression = expression, call = call, x = data, basis = plain(basis), new = at,
       new_basis = plain(suppressWarnings(predict(basis, at))))
}
harrell <- function(expression, call, data, at) {
  knots <- attr(eval(parse(text = call), list(x = data)), "knots")
  list(expression = expression, call = call, x = data, knots = knots,
       basis = plain(rcspline.eval(data, knots = knots, inclx = TRUE)), new = at,
       new_basis = plain(rcspline.eval(at, knots = knots, inclx = TRUE)))
}
scaled <- scale(x)

cases <- list(
  case("ns(x, df=4)", "ns(x, df = 4)", x, new),
  case("ns(x, df=1)", "ns(x, df = 1)", x, new),
  case("ns(x, df=3, intercept=True)", "ns(x, df = 3, intercept = TRUE)", x, new),
  case("ns(x, knots=(100, 180))", "ns(x, knots = c(100, 180))", x, new),
  case("ns(x, knots=(100, 180), boundary_knots=(60, 300))",
       "ns(x, knots = c(100, 180), Boundary.knots = c(60, 300))", x, new),
  case("ns(x, df=6)", "ns(x, df = 6)", long, new_long),
  case("bs(x, df=5)", "bs(x, df = 5)", x, new),
  case("bs(x, df=6, intercept=True)", "bs(x, df = 6, intercept = TRUE)", x, new),
  case("bs(x, knots=(100, 180), degree=2)", "bs(x, knots = c(100, 180), degree = 2)", x, new),
  case("bs(x)", "bs(x)", long, new_long),
  case("poly(x, 3)", "poly(x, 3)", x, new),
  case("poly(x, 5)", "poly(x, 5)", long, new_long),
  harrell("rcs(x, 3)", "rcspline.eval(x, nk = 3, inclx = TRUE)", x, new),
  harrell("rcs(x, 4)", "rcspline.eval(x, nk = 4, inclx = TRUE)", x, new),
  harrell("rcs(x)", "rcspline.eval(x, inclx = TRUE)", long, new_long),
  harrell("rcs(x, 3)", "rcspline.eval(x, nk = 3, inclx = TRUE)", long, new_long),
  harrell("rcs(x, 6)", "rcspline.eval(x, nk = 6, inclx = TRUE)", long, new_long),
  harrell("rcs(x, 7)", "rcspline.eval(x, nk = 7, inclx = TRUE)", long, new_long),
  harrell("rcs(x, 5)", "rcspline.eval(x, nk = 5, inclx = TRUE)", tied, new_long),
  harrell("rcs(x, 4)", "rcspline.eval(x, nk = 4, inclx = TRUE)", tied, new_long),
  harrell("rcs(x, 3)", "rcspline.eval(x, nk = 3, inclx = TRUE)", tied, new_long),
  harrell("rcs(x, knots=(80, 120, 200, 300))", "rcspline.eval(x, knots = c(80, 120, 200, 300), inclx = TRUE)",
          x, new),
  list(expression = "scale(x)", call = "scale(x)", x = x, basis = plain(scaled), new = new,
       new_basis = plain(scale(new, attr(scaled, "scaled:center"), attr(scaled, "scaled:scale")))),
  list(expression = "center(x)", call = "scale(x, scale = FALSE)", x = x, basis = plain(scale(x, scale = FALSE)),
       new = new, new_basis = matrix(new - mean(x)))
)
# rms::rcs must be rcspline.eval: the references above rest on it.
stopifnot(all.equal(unname(plain(as.matrix(rcs(long, 5)))), plain(rcspline.eval(long, nk = 5, inclx = TRUE))),
          all.equal(unname(plain(as.matrix(rcs(tied, 5)))), plain(rcspline.eval(tied, nk = 5, inclx = TRUE))))
versions <- list(R = as.character(getRversion()), Hmisc = as.character(packageVersion("Hmisc")),
                 rms = as.character(packageVersion("rms")))
write_json(list(tool = versions, script = "splines.R", data = "mtcars$hp; normal scores; the same with 20 tied zeros",
                cases = cases), "tests/reference/splines.json", digits = 17, auto_unbox = TRUE)
