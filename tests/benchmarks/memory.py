"""Peak memory of a fit above its inputs, each peer in a process of its own: ``python tests/benchmarks/memory.py``."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from peers import PEERS, dataset, quiet

# Tolerances that compare.py found to reach the target on data of this kind; memory does not depend on them.
TOLERANCE = 1e-9


def peak() -> float:
    """Largest resident size of this process so far, in MB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10


def child(name: str, folder: Path) -> None:
    """Load everything and the data, then fit: what the peak grows by is the fit's own."""
    peer = next(peer for peer in PEERS if peer.name == name)
    tol = None if peer.tolerances == (None,) else TOLERANCE
    small_y, small_X = dataset(1_000, 5)
    quiet(peer, small_y, small_X, tol)  # imports, thread pools and their buffers
    y, X = np.load(folder / "y.npy"), np.load(folder / "X.npy")
    before = peak()
    quiet(peer, y, X, tol)
    print(json.dumps(peak() - before))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--json", type=Path, default=None, help="also write the figures to this file")
    parser.add_argument("--child", nargs=2, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]))
        return
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        y, X = dataset(options.rows, options.columns)
        np.save(f"{folder}/y.npy", y)
        np.save(f"{folder}/X.npy", X)
        print(f"n = {options.rows:,}, p = {options.columns}; inputs {(X.nbytes + y.nbytes) / 2**20:.0f} MB", flush=True)
        print("\n| | peak above the inputs |\n|---|---:|")
        del y, X
        for peer in PEERS:
            command = [sys.executable, __file__, "--child", peer.name, folder]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[peer.name] = json.loads(done.stdout)
            print(f"| {peer.name} | {found[peer.name]:,.0f} MB |", flush=True)
    if options.json:
        options.json.write_text(
            json.dumps({"rows": options.rows, "columns": options.columns, "peak_mb": found}, indent=1)
        )


if __name__ == "__main__":
    main()
