"""Compiles to machine code what most tests use, and leaves it on disk for them.

Under a measurement of coverage compiling takes twice as long, and every process of the
tests would compile the same. Run before them: python tests/property/compile_kernels.py
"""

import warnings

import numpy as np
from engines import every_engine
from wide import FAMILY_ROWS, chain, every_family, pruned, rows_with_gaps, tree

from workbench.circuits import check
from workbench.data import load
from workbench.learning import fit, prune
from workbench.studies import learn
from workbench.theories import putput


def compile_engines():
    """Every executor in both precisions, on wide, sparse and mixed circuits."""
    rows = rows_with_gaps()
    cases = [(tree(), rows), (pruned(tree(20), 0.3), rows), (pruned(tree(20), 0.3, 4), rows)]
    cases += [(chain(40), rows[:, :3]), (every_family(), FAMILY_ROWS)]
    for circuit, given in cases:
        for _, _, engine in every_engine(circuit):
            engine.log_likelihood(given)
            engine.node_values(given)
            engine.flows(given, np.linspace(0.5, 2.0, len(given)))


def compile_learners():
    """Learning of tables and of moments, pruning, and theories."""
    rows = np.nan_to_num(rows_with_gaps(300))
    fitted = fit(tree(4), rows, epochs=2, batch=50).circuit
    check(fitted)
    prune(fitted, rows)
    putput(fitted, rows[rows[:, 0] == 1], rows)
    learn(load("iris"), latents=2, epochs=2)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile_engines()
        compile_learners()
