import numpy as np
import pytest

from workbench.circuits import hclt
from workbench.data import load
from workbench.inference import log_likelihood
from workbench.learning import fit, prune


@pytest.mark.slow
def test_digits_are_learned_well_by_the_defaults():
    data = load("digits")
    learned = fit(hclt(data, latents=16), data)
    assert log_likelihood(learned.circuit, data.test).mean() > -89.3
    pruned = prune(learned.circuit, data, keep=0.5)
    assert pruned.loss <= pruned.bound
    again = fit(pruned.circuit, data, epochs=10).circuit
    assert log_likelihood(again, data.test).mean() > -90.0


def test_plain_rows_have_no_validation():
    rows = np.random.default_rng(0).integers(2, size=(60, 3)).astype(float)
    learned = fit(hclt(rows, latents=2), rows, epochs=2)
    assert np.isnan(learned.history["valid"]).all()
    assert learned.best_epoch == 2
