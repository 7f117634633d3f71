import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits_and_rows

from workbench.circuits import Builder, normalised
from workbench.circuits.normalise import log_totals, unnormalised_sums
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical
from workbench.errors import StructureError


@settings(max_examples=30)
@given(circuits_and_rows(mixed=True, normalised=False))
def test_weights_add_to_one_and_the_distribution_stays(case):
    circuit, rows = case
    scaled = normalised(circuit)
    assert not unnormalised_sums(scaled).any()
    nothing = np.full((1, rows.shape[1]), np.nan)
    mass = ReferenceEngine(circuit).log_likelihood(nothing)
    np.testing.assert_allclose(
        ReferenceEngine(scaled).log_likelihood(rows),
        ReferenceEngine(circuit).log_likelihood(rows) - mass,
        atol=1e-10,
    )


def dead():
    build = Builder((categorical("x", 2),))
    return build.circuit(build.sum([build.categorical(0, [1, 1])], [0.0]))


def test_a_circuit_without_mass_cannot_be_normalised():
    assert log_totals(dead())[-1] == -np.inf
    with pytest.raises(StructureError, match="every assignment has probability zero"):
        normalised(dead())
