"""The contract of every long function: it reports, its share only grows, and it can be stopped."""

import numpy as np
import pytest
from interrupting import interrupted
from wide import rows_with_gaps, tree

from workbench.circuits import hclt
from workbench.core.checkpoints import NOWHERE
from workbench.data import load
from workbench.errors import Cancelled
from workbench.learning import fit, prune
from workbench.reasoning import problems, search, search_many
from workbench.studies import describe, learn, original
from workbench.theories import contract, frontier, putput

ROWS = np.nan_to_num(rows_with_gaps(300))
CIRCUIT = hclt(ROWS, latents=4)
POSITIVES = ROWS[ROWS[:, 0] == 1]
THEORY = putput(fit(tree(4), POSITIVES, epochs=2).circuit, POSITIVES, ROWS)
IRIS = load("iris", bins=4)
LONG = {
    "fit": lambda **told: fit(CIRCUIT, ROWS, epochs=60, batch=10, **told),
    "prune": lambda **told: prune(CIRCUIT, ROWS, **told),
    "putput": lambda **told: putput(CIRCUIT, POSITIVES, ROWS, **told),
    "contract": lambda **told: contract(THEORY, POSITIVES, ROWS, **told),
    "frontier": lambda **told: frontier(CIRCUIT, POSITIVES, ROWS, leaf_thresholds=[0.1], **told),
    "search": lambda **told: search(problems.countdown([3, 5, 7, 9], 24), "beam", **told),
    "search_many": lambda **told: search_many(problems.countdown_set(3, size=3), **told),
    "learn": lambda **told: learn(IRIS, latents=2, epochs=2, **told),
    "describe": lambda **told: describe(
        IRIS, original(load("iris")), "setosa", latents=2, epochs=2, **told
    ),
}
RESUMED = ("fit", "search", "search_many", "learn", "describe")


@pytest.mark.parametrize("name", LONG)
def test_it_reports_and_what_a_report_raises_ends_it(name):
    shares = []
    LONG[name](on_progress=lambda share, text="", /, **values: shares.append(share))
    assert len(shares) >= 3
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] <= shares[-1] <= 1.0
    heard = []

    def stop(share, text="", /, **values):
        heard.append(share)
        if len(heard) >= 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        LONG[name](on_progress=stop)
    assert len(heard) < len(shares)


@pytest.mark.parametrize("name", RESUMED)
def test_it_goes_on_to_the_same_result(name):
    def told(kept):
        found = LONG[name](checkpoints=kept)
        runs = found if isinstance(found, tuple) else (found,)
        return [run.circuit.hash if hasattr(run, "circuit") else run.events.hash for run in runs]

    assert interrupted(told, [1, 2]) == told(NOWHERE)
