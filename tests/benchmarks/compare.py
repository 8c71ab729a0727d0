"""Time glmlogit against its peers at equal accuracy: ``python tests/benchmarks/compare.py [--quick]``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import peers
from peers import PEERS, TARGET, Array, Peer, dataset, loosest, quiet, reference

SIZES = ((1_000, 5), (10_000, 10), (100_000, 20), (200_000, 50), (100_000, 200), (1_000_000, 10), (1_000_000, 20))
QUICK = ((1_000, 5), (10_000, 10), (100_000, 20))
# Idle threads of BLAS and OpenMP spin for tens of milliseconds after a call, and would take a core from the next one.
PAUSE = 0.05
PACKAGES = ("glmlogit", "statsmodels", "scikit-learn", "glum", "numpy", "scipy", "pandas")


def interleaved(y: Array, X: Array, settings: dict[Peer, float | None], seconds: float) -> dict[Peer, list[float]]:
    """Times of all peers, one after the other in changing order, so that a busy spell hits them alike.

    A turn begins with a pause. Short fits are repeated within it, after one that is not counted: the processor's
    caches then hold the code of the peer whose turn it is and not that of the one before.
    """
    times: dict[Peer, list[float]] = {peer: [] for peer in settings}
    order = list(settings)
    shuffle = np.random.default_rng(1).shuffle
    until = time.perf_counter() + seconds
    rounds = 0
    while rounds < 5 or time.perf_counter() < until:
        rounds += 1
        shuffle(order)  # type: ignore[arg-type]
        for peer in order:
            time.sleep(PAUSE)
            first = _timed(peer, y, X, settings[peer])
            turn = [_timed(peer, y, X, settings[peer]) for _ in range(int(min(20, 0.2 / first)))]
            times[peer] += turn or [first]
    return times


def _timed(peer: Peer, y: Array, X: Array, tol: float | None) -> float:
    """Seconds of one fit: of the processor where there is one thread, which other work on the machine distorts less."""
    clock = time.process_time if peers.THREADS == 1 else time.perf_counter
    begin = clock()
    quiet(peer, y, X, tol)
    return clock() - begin


def measure(n: int, p: int, seconds: float) -> list[dict[str, Any]]:
    """One row a peer: median time, ratio to glmlogit, tolerance used and accuracy reached."""
    y, X = dataset(n, p)
    best, errors = reference(y, X)
    found = {peer: loosest(peer, y, X, best, errors) for peer in PEERS}
    times = interleaved(y, X, {peer: tol for peer, (tol, _) in found.items()}, seconds)
    own = statistics.median(times[PEERS[0]])
    return [
        {
            "n": n,
            "p": p,
            "peer": peer.name,
            "standard_errors": peer.errors,
            "tolerance": tol,
            "accuracy": reached,
            "reached": reached <= TARGET,
            "median_s": statistics.median(times[peer]),
            "quartiles_s": statistics.quantiles(times[peer], n=4)[::2],
            "runs": len(times[peer]),
            "ratio": statistics.median(times[peer]) / own,
        }
        for peer, (tol, reached) in found.items()
    ]


def show(rows: list[dict[str, Any]]) -> str:
    """The rows of one data set as a Markdown table."""
    lines = [
        f"n = {rows[0]['n']:,}, p = {rows[0]['p']} (at least {min(row['runs'] for row in rows)} runs each)",
        "",
        "| | median | ratio | std. errors | tolerance | max \\|β − β̂\\|/se |",
        "|---|---:|---:|---|---:|---:|",
    ]
    for row in rows:
        tolerance = "default" if row["tolerance"] is None else f"{row['tolerance']:.0e}"
        missed = "" if row["reached"] else " (target missed)"
        lines.append(
            f"| {row['peer']} | {_time(row['median_s'])} | {row['ratio']:.2f} "
            f"| {'yes' if row['standard_errors'] else 'no'} | {tolerance} | {row['accuracy']:.0e}{missed} |"
        )
    return "\n".join(lines)


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.1 else f"{seconds * 1e3:,.0f} ms"


def threads(limit: int | None) -> AbstractContextManager[Any]:
    """Hold numerical libraries to some threads; None leaves them their default."""
    if limit is None:
        return nullcontext()
    import glum  # noqa: F401  libraries must be loaded before they can be limited
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limit)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three data sets, two seconds each")
    parser.add_argument("--only", default=None, metavar="NxP", help="one data set, such as 100000x20")
    parser.add_argument("--seconds", type=float, default=30.0, help="time for each data set (at least five runs)")
    parser.add_argument("--threads", type=int, default=None, help="threads of the numerical libraries")
    parser.add_argument("--json", type=Path, default=None, help="also write the figures to this file")
    options = parser.parse_args()
    versions = {name: version(name) for name in PACKAGES}
    print(f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, threads {options.threads}")
    print(", ".join(f"{name} {number}" for name, number in versions.items()), flush=True)
    sizes = QUICK if options.quick else SIZES
    if options.only:
        n, p = options.only.split("x")
        sizes = ((int(n), int(p)),)
    rows: list[dict[str, Any]] = []
    peers.THREADS = options.threads
    with threads(options.threads):
        for n, p in sizes:
            found = measure(n, p, 2.0 if options.quick else options.seconds)
            rows += found
            print(f"\n{show(found)}", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"versions": versions, "threads": options.threads, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
