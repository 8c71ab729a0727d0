"""gl.multinomial against statsmodels' MNLogit and scikit-learn: seconds of processor and ratios, in one process.

``python tests/benchmarks/multinomial.py [n] [p] [K]``. Peers are given the largest tolerance at which all coefficients
are within 1e-8 standard errors of the maximum; scikit-learn gives no standard errors. Its lbfgs also stops where the
function falls by 64 roundings, whatever the tolerance, and then is farther away: it is shown as it stops, started again
where it stopped, and as SciPy's L-BFGS-B of scikit-learn's loss without that stop, to the step at which it is there.
Not a test: ratios depend on the machine.
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc
import warnings

import numpy as np
import pandas as pd

import glmlogit as gl

REPEATS = 5


def data(n, p, levels, seed=1):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, p))
    eta = np.column_stack([np.zeros(n), X @ random.normal(size=(p, levels - 1)) / np.sqrt(p) + 0.2])
    y = (eta + random.gumbel(size=eta.shape)).argmax(axis=1)
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(p)]).assign(y=y), X, y


def timed(function):
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        answer = function()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), answer


def distance(coefficients, truth, errors):
    """Largest distance from the maximum, in standard errors."""
    return float((np.abs(coefficients - truth) / errors).max())


def of_sklearn(X, y, solver, tolerance):
    from sklearn.linear_model import LogisticRegression

    fit = LogisticRegression(C=np.inf, solver=solver, tol=tolerance, max_iter=10_000).fit(X, y)
    full = np.column_stack([fit.intercept_, fit.coef_])
    return (full - full[0])[1:]


def of_lbfgs(X, y, truth, errors):
    """Calls at a tolerance of 1e-12, each from where the last one stopped, until within 1e-8; None after ten."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=np.inf, solver="lbfgs", tol=1e-12, max_iter=10_000, warm_start=True)
    for calls in range(1, 11):
        full = np.column_stack([model.fit(X, y).intercept_, model.coef_])
        if distance((full - full[0])[1:], truth, errors) <= 1e-8:
            return calls
    return None


def of_scipy(X, y, truth, errors):
    """Steps of L-BFGS-B without a stop on the function, to 1e-8 or to where none is found; and the distance there."""
    from scipy.optimize import minimize
    from sklearn._loss import HalfMultinomialLoss
    from sklearn.linear_model._linear_loss import LinearModelLoss

    K = len(truth) + 1
    loss = LinearModelLoss(base_loss=HalfMultinomialLoss(n_classes=K), fit_intercept=True)
    labels, steps = y.astype(float), []

    def away(w):
        full = w.reshape(K, -1, order="F")
        full = np.column_stack([full[:, -1], full[:, :-1]])
        return distance((full - full[0])[1:], truth, errors)

    def callback(w):
        steps.append(away(w))
        if steps[-1] <= 1e-8:
            raise StopIteration

    options = {"maxiter": 10_000, "maxfun": 20_000, "maxls": 50, "gtol": 0.0, "ftol": 0.0}
    start = np.zeros(K * (X.shape[1] + 1))
    minimize(loss.loss_gradient, start, (X, labels), "L-BFGS-B", jac=True, options=options, callback=callback)
    return len(steps), min(steps)


def main(n=100_000, p=20, levels=4):
    frame, X, y = data(n, p, levels)
    formula = "y ~ " + " + ".join(frame.columns[:-1])

    def ours():
        fit = gl.multinomial(formula, frame)
        return fit.params.to_numpy().reshape(levels - 1, -1), fit.bse.to_numpy().reshape(levels - 1, -1)

    own, (truth, errors) = timed(ours)
    print(f"n = {n:,}, p = {p}, K = {levels}: gl.multinomial with standard errors {own:.3f} s of processor")

    def of_arrays():
        return gl.multinomial(gl.design_arrays(y, X, intercept=True, levels=True)).bse

    seconds, _ = timed(of_arrays)
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(
        f"of arrays, as peers take them {seconds:.3f} s; memory above the inputs at most {peak / X.nbytes:.1f} times X"
    )

    def theirs():
        import statsmodels.api as sm

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = sm.MNLogit(y, np.column_stack([np.ones(n), X])).fit(method="newton", disp=0)
            return np.asarray(result.params).T, result.bse

    seconds, (coefficients, _) = timed(theirs)
    off = distance(coefficients, truth, errors)
    print(f"statsmodels MNLogit  {seconds:.3f} s  {seconds / own:5.1f} x  distance {off:.1e}")
    for solver in ("newton-cholesky", "lbfgs"):
        for tolerance in (1e-4, 1e-6, 1e-8, 1e-10, 1e-12):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                seconds, coefficients = timed(lambda s=solver, t=tolerance: of_sklearn(X, y, s, t))
            off = distance(coefficients, truth, errors)
            if off <= 1e-8:
                break
        print(f"sklearn {solver:15} {seconds:.3f} s  {seconds / own:5.1f} x  tol {tolerance:.0e}, distance {off:.1e}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seconds, calls = timed(lambda: of_lbfgs(X, y, truth, errors))
    print(f"sklearn lbfgs, {calls} calls to 1e-8  {seconds:.3f} s  {seconds / own:5.1f} x")
    seconds, (steps, off) = timed(lambda: of_scipy(X, y, truth, errors))
    print(f"L-BFGS-B, {steps} steps, distance {off:.1e}  {seconds:.3f} s  {seconds / own:5.1f} x")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
