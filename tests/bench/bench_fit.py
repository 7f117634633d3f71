"""Test log-likelihood and time of learned HCLTs; run as ``python tests/bench/bench_fit.py``.

Digits ships with scikit-learn. The DEBD sets (binary density estimation) are
read from the data folder beside the repository where it is present.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from workbench.circuits import hclt
from workbench.data import Dataset, categorical, load
from workbench.inference import log_likelihood
from workbench.learning import fit

DEBD = Path(__file__).parents[2].parent / "shared" / "data" / "debd"


def debd(name):
    """A DEBD set with its published splits."""
    train, valid, test = (
        np.loadtxt(next(DEBD.rglob(f"{name}.{split}.data")), delimiter=",")
        for split in ("train", "valid", "test")
    )
    variables = tuple(categorical(f"x{k}", 2) for k in range(train.shape[1]))
    return Dataset(name, variables, train, valid, test)


def learn(name, latents, seed, epochs=None, seconds=None):
    """One line of the report: build, learn, and score the test rows."""
    data = load(name) if name == "digits" else debd(name)
    begun = time.perf_counter()
    start = hclt(data, latents=latents, seed=seed)
    built = time.perf_counter()
    learned = fit(start, data, epochs=epochs, seconds=seconds, seed=seed)
    done = time.perf_counter()
    score = log_likelihood(learned.circuit, data.test).mean()
    return (
        f"{name}: {latents} latents, seed {seed}: test {score:.3f} nats "
        f"(start {log_likelihood(start, data.test).mean():.3f}); build {built - begun:.1f} s, "
        f"learn {done - built:.1f} s, best epoch {learned.best_epoch} "
        f"of {learned.history.n_rows - 1}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["digits", "nltcs", "plants"])
    parser.add_argument("--latents", type=int, default=16)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seconds", type=float)
    options = parser.parse_args()
    for name in options.names:
        if name != "digits" and not DEBD.is_dir():
            print(f"{name}: not present")
            continue
        for seed in range(options.seeds):
            print(learn(name, options.latents, seed, options.epochs, options.seconds), flush=True)


if __name__ == "__main__":
    main()
