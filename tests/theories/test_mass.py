import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.circuits.build import Builder
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical
from workbench.errors import ParameterError
from workbench.theories import TRUE, Literal, Or, Support, Theory, mass, rule_masses, support_mass
from workbench.theories.layers import layers_of
from workbench.theories.support import kept_edges, kept_values, significance, tree_of

QUICK = settings(max_examples=40, deadline=None)


def brute_force(theory, circuit, rows):
    return float(np.exp(ReferenceEngine(circuit).log_likelihood(rows))[theory.mask(rows)].sum())


@QUICK
@given(data=st.data())
def test_the_mass_is_the_sum_over_all_rows(data, theories, circuits, all_rows):
    circuit, theory = data.draw(circuits()), data.draw(theories())
    assert mass(theory, circuit) == pytest.approx(
        brute_force(theory, circuit, all_rows()), abs=1e-9
    )


@QUICK
@given(data=st.data())
def test_the_mass_of_the_pruned_circuit_is_a_lower_bound(data, circuits, all_rows):
    circuit = data.draw(circuits())
    sum_threshold, leaf_threshold = data.draw(st.tuples(st.floats(0, 0.6), st.floats(0, 0.6)))
    edges = kept_edges(circuit, significance(circuit), sum_threshold)
    support = Support(circuit, edges, kept_values(circuit, leaf_threshold), layers_of(circuit))
    theory = Theory(circuit.variables, tree_of(support))
    assert support_mass(support) <= brute_force(theory, circuit, all_rows()) + 1e-12


@QUICK
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.6), st.floats(0, 0.6))
def test_the_pruned_mass_of_a_deterministic_circuit_is_exact(seed, sum_threshold, leaf_threshold):
    circuit = decision_tree(np.random.default_rng(seed))
    edges = kept_edges(circuit, significance(circuit), sum_threshold)
    support = Support(circuit, edges, kept_values(circuit, leaf_threshold), layers_of(circuit))
    theory = Theory(circuit.variables, tree_of(support))
    assert support_mass(support) == pytest.approx(mass(theory, circuit), abs=1e-12)


def decision_tree(random, depth=3):
    """A cutset network: each sum decides on the value of one variable."""
    build = Builder([categorical(f"v{i}", 3) for i in range(5)])

    def grow(free, left):
        if left == 0:
            return [build.categorical(v, random.dirichlet(np.ones(3))) for v in free]
        variable = int(random.choice(free))
        rest = [v for v in free if v != variable]
        branches = [
            build.product([build.categorical(variable, np.eye(3)[code]), *grow(rest, left - 1)])
            for code in range(3)
        ]
        return [build.sum(branches, random.dirichlet(np.ones(3)))]

    return build.circuit(grow(list(range(5)), depth)[0])


def test_weights_that_do_not_add_to_one_are_normalised():
    build = Builder((categorical("x", 2),))
    leaves = [build.categorical(0, [1.0, 0.0]), build.categorical(0, [0.0, 1.0])]
    circuit = build.circuit(build.sum(leaves, [3.0, 1.0]))
    assert mass(Theory(circuit.variables, Literal(0, frozenset({0}))), circuit) == pytest.approx(
        0.75
    )
    assert mass(Theory(circuit.variables, TRUE), circuit) == pytest.approx(1.0)


def test_overlapping_rules_add_up_to_more_than_the_theory():
    build = Builder([categorical("x", 2), categorical("y", 2)])
    circuit = build.circuit(
        build.product([build.categorical(0, [0.5, 0.5]), build.categorical(1, [0.5, 0.5])])
    )
    theory = Theory(circuit.variables, Or((Literal(0, frozenset({1})), Literal(1, frozenset({1})))))
    assert rule_masses(theory, circuit).tolist() == pytest.approx([0.5, 0.5])
    assert mass(theory, circuit) == pytest.approx(0.75)


def test_other_variables_are_refused():
    build = Builder((categorical("x", 2),))
    circuit = build.circuit(build.categorical(0, [0.5, 0.5]))
    with pytest.raises(ParameterError, match="different variables"):
        mass(Theory((categorical("y", 2),), TRUE), circuit)
