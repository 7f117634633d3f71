"""What a query does when a property fails: every row of the table is tried."""

import numpy as np
import pytest

import workbench.inference as room
from workbench.circuits import Builder, check
from workbench.data.variables import categorical
from workbench.errors import StructureError
from workbench.inference import (
    REQUIREMENTS,
    ask,
    box_probability,
    condition,
    conditional,
    cross_entropy,
    dropout,
    dropout_posterior,
    dropout_posterior_samples,
    dropout_samples,
    entropy,
    exact_dropout,
    flows,
    given,
    kl,
    log_expectation,
    log_likelihood,
    marginal,
    marginal_map,
    moments,
    mpe,
    mutual_information,
    node_flows,
    node_values,
    posteriors,
    requirements_table,
    sample,
)

MISSING = [[np.nan, np.nan]]
ASKED = {
    "ask": lambda c: ask(c, {"x": 1}),
    "box_probability": lambda c: box_probability(c, {"x": {1}}),
    "condition": lambda c: condition(c, {"x": {1}}),
    "conditional": lambda c: conditional(c, {"y": 1}, {"x": 1}),
    "cross_entropy": lambda c: cross_entropy(c, c, rows=0),
    "dropout": lambda c: dropout(c, MISSING, 0.1),
    "dropout_samples": lambda c: dropout_samples(c, MISSING, 0.1, 3),
    "dropout_posterior": lambda c: dropout_posterior([c, c], MISSING, 0.1),
    "dropout_posterior_samples": lambda c: dropout_posterior_samples([c, c], MISSING[0], 0.1, 3),
    "entropy": lambda c: entropy(c, rows=0),
    "exact_dropout": lambda c: exact_dropout(c, MISSING, 0.1),
    "flows": lambda c: flows(c, MISSING),
    "given": lambda c: given(c, {"x": 1}),
    "kl": lambda c: kl(c, c, rows=0),
    "log_expectation": lambda c: log_expectation(c, c),
    "log_likelihood": lambda c: log_likelihood(c, MISSING),
    "marginal": lambda c: marginal(c, {"x": 1}),
    "marginal_map": lambda c: marginal_map(c, ["x"]),
    "moments": moments,
    "mpe": mpe,
    "mutual_information": lambda c: mutual_information(c, ["x"], ["y"], rows=0),
    "node_flows": lambda c: node_flows(c, MISSING),
    "node_values": lambda c: node_values(c, MISSING),
    "posteriors": lambda c: posteriors(c, {}),
    "sample": lambda c: sample(c, 3),
}


def pair():
    return Builder([categorical("x", 2), categorical("y", 2)])


def not_smooth():
    build = pair()
    leaves = [build.categorical(v, [0.5, 0.5]) for v in (0, 1)]
    return build.circuit(build.sum([build.product(leaves), leaves[0]], [0.5, 0.5]))


def not_decomposable():
    build = pair()
    x, again, y = (build.categorical(v, [0.4, 0.6]) for v in (0, 0, 1))
    return build.circuit(build.product([build.product([x, y]), again]))


def overlapping():
    """Not deterministic, neither in x nor in y nor in both; otherwise without fault."""
    build = pair()
    parts = [
        build.product([build.categorical(v, p) for v in (0, 1)]) for p in ([0.9, 0.1], [0.2, 0.8])
    ]
    return build.circuit(build.sum(parts, [0.4, 0.6]))


def test_every_row_of_the_table_is_a_query_and_is_tried():
    assert set(REQUIREMENTS) == set(ASKED)
    verbs = {name for name in room.__all__ if name.islower()} - {"requirements_table"}
    assert verbs == set(REQUIREMENTS)
    table = requirements_table()
    assert table["query"].tolist() == list(REQUIREMENTS)
    for name in REQUIREMENTS:
        assert callable(getattr(room, name))


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_the_docstring_says_what_is_needed(name):
    """Of the query, or of the file that it is in, where the properties head the text."""
    query = getattr(room, name)
    module = __import__(query.__module__, fromlist=["_"])
    said = f"{module.__doc__} {query.__doc__}".lower()
    rule = REQUIREMENTS[name]
    for needed in (*rule.needs, *rule.exact_when):
        word = needed.split()[0].rstrip(",")
        assert word in said or word == "no", f"{name} does not mention {needed}"


@pytest.mark.parametrize("name", REQUIREMENTS)
@pytest.mark.parametrize(
    ("lack", "witness"), [(not_smooth, "lacks y"), (not_decomposable, "share x")]
)
def test_missing_smoothness_or_decomposability_is_refused_with_the_witness(name, lack, witness):
    if not REQUIREMENTS[name].needs:
        return
    with pytest.raises(StructureError, match=witness):
        ASKED[name](lack())


@pytest.mark.parametrize(
    "name", ["log_likelihood", "node_values", "flows", "node_flows", "marginal"]
)
@pytest.mark.parametrize("lack", [not_smooth, not_decomposable])
def test_a_complete_row_is_the_value_of_the_circuit_whatever_it_is(name, lack):
    found = np.asarray(getattr(room, name)(lack(), [[1.0, 0.0]]))
    assert np.isfinite(found).all()
    by_hand = {not_smooth: 0.5 * 0.25 + 0.5 * 0.5, not_decomposable: 0.6 * 0.4 * 0.6}[lack]
    if name in {"log_likelihood", "marginal"}:
        assert np.exp(found[0]) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    "name", [n for n, rule in REQUIREMENTS.items() if "bounds" in rule.otherwise]
)
def test_without_determinism_answers_are_bounds_or_say_why_they_are_exact(name):
    circuit = overlapping()
    assert not check(circuit).deterministic
    if name == "kl":  # the second circuit must be deterministic: refused by witness
        with pytest.raises(StructureError, match="sum 6: children 2 and 5 both accept"):
            ASKED[name](circuit)
        return
    found = ASKED[name](circuit)
    assert found.lower <= found.upper
    assert found.reason
    if found.exact:
        assert "bounds met" in found.reason
    else:
        assert "sum 6" in found.reason


def test_a_search_that_is_cut_short_names_the_sum_that_made_it_necessary():
    found = mpe(overlapping(), nodes=1)
    assert (type(found.lower), type(found.upper), type(found.exact)) == (float, float, bool)
    assert "children 2 and 5 both accept" in found.reason
    asked = marginal_map(overlapping(), ["x", "y"], nodes=1)
    assert "sum 6 is not {x, y}-deterministic: children 2 and 5 both accept" in asked.reason


def test_an_approximation_is_named():
    build = pair()
    shared = build.sum([build.categorical(0, p) for p in ([0.3, 0.7], [0.9, 0.1])], [0.5, 0.5])
    parts = [build.product([shared, build.categorical(1, p)]) for p in ([0.2, 0.8], [0.6, 0.4])]
    found = dropout(build.circuit(build.sum(parts, [0.5, 0.5])), MISSING, 0.1)
    assert not found.exact
    assert "is shared by" in str(found.witness)
