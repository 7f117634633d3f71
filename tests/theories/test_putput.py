import numpy as np
import pytest

from workbench.circuits.build import Builder
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, LimitError, ParameterError, StructureError
from workbench.theories import Literal, frontier, measures, putput

X, Y, Z = 0, 1, 2


def clusters():
    """Positives are x = y = 1 or x = y = 2, whatever z is; a rare part is noise."""
    build = Builder((categorical("x", 3), categorical("y", 3), categorical("z", 2)))
    z = build.categorical(Z, [0.5, 0.5])

    def part(table):
        return build.product([build.categorical(X, table), build.categorical(Y, table), z])

    parts = [part([0.01, 0.98, 0.01]), part([0.01, 0.01, 0.98]), part([0.98, 0.01, 0.01])]
    return build.circuit(build.sum(parts, [0.5, 0.48, 0.02]))


def grid_rows():
    rows = np.array([[x, y, z] for x in range(3) for y in range(3) for z in range(2)], float)
    truth = (rows[:, X] == rows[:, Y]) & (rows[:, X] > 0)
    return rows[truth], rows[~truth]


def test_the_concept_is_recovered_from_a_hand_made_circuit():
    positives, background = grid_rows()
    theory = putput(clusters(), positives, background)
    expected = {
        frozenset({Literal(X, frozenset({code})), Literal(Y, frozenset({code}))}) for code in (1, 2)
    }
    assert {frozenset(rule.literals) for rule in theory.rules} == expected
    found = measures(theory, positives, background)
    assert (found.recall.value, found.rate.value) == (1.0, 0.0)
    assert "reimplementation" in theory.source


def test_provenance_leads_back_to_the_leaves():
    circuit = clusters()
    theory = putput(circuit, *grid_rows())
    for rule in theory.rules:
        assert circuit.ids[circuit.root] in rule.units
        for literal in rule.literals:
            (unit,) = literal.units
            node = circuit.position(unit)
            assert circuit.leaf_variables[node] == literal.variable
            assert circuit.table_of(node).argmax() in literal.allowed


def test_the_flow_variant_follows_the_positives():
    positives, background = grid_rows()
    first = positives[positives[:, X] == 1]
    theory = putput(clusters(), first, background, variant="flow", sum_thresholds=[0.4])
    assert {frozenset(rule.literals) for rule in theory.rules} == {
        frozenset({Literal(X, frozenset({1})), Literal(Y, frozenset({1}))})
    }


def test_recall_is_measured_on_validation_positives():
    positives, background = grid_rows()
    table = frontier(
        clusters(), positives, background, validation=positives[:1],
        sum_thresholds=[1.0], leaf_thresholds=[0.1],
    )  # fmt: skip
    assert table["recall"].tolist() == [1.0]
    assert frontier(clusters(), positives, background, sum_thresholds=[1.0], leaf_thresholds=[0.1])[
        "recall"
    ].tolist() == [0.5]


def test_the_frontier_covers_the_grid_and_its_best_is_what_putput_returns():
    positives, background = grid_rows()
    table = frontier(
        clusters(), positives, background, sum_thresholds=[0.0, 0.1, 1.0],
        leaf_thresholds=[0.001, 0.1],
    )  # fmt: skip
    assert table.n_rows == 6
    best = int(table["score"].argmax())
    theory = putput(clusters(), positives, background)
    assert table["is_best"][best]
    assert measures(theory, positives, background).score == pytest.approx(table["score"][best])
    pairs = zip(table["sum_threshold"], table["leaf_threshold"], strict=True)
    sizes = zip(table["rules"], table["literals"], strict=True)
    by_pair = dict(zip(pairs, sizes, strict=True))
    assert by_pair[0.0, 0.001] == (1.0, 0.0)
    assert by_pair[0.0, 0.1] == (3.0, 6.0)
    assert by_pair[0.1, 0.1] == (2.0, 4.0)
    assert by_pair[1.0, 0.1] == (1.0, 2.0)


def test_a_theory_that_would_be_too_long_is_passed_over():
    positives, background = grid_rows()
    assert putput(clusters(), positives, background, max_rules=1).n_rules == 1
    with pytest.raises(LimitError, match="short enough"):
        putput(
            clusters(), positives, background, max_rules=1, sum_thresholds=[0.1],
            leaf_thresholds=[0.1],
        )  # fmt: skip


def test_bad_requests_are_refused():
    positives, background = grid_rows()
    with pytest.raises(ParameterError, match="variant"):
        putput(clusters(), positives, background, variant="magic")
    with pytest.raises(DataError, match="no positives"):
        putput(clusters(), positives[:0], background)
    with pytest.raises(DataError, match="do not fit"):
        putput(clusters(), positives[:, :2], background)
    build = Builder((continuous("h"),))
    with pytest.raises(StructureError, match="Bin the continuous"):
        putput(build.circuit(build.gaussian(0, 0.0, 1.0)), np.zeros((1, 1)), np.zeros((1, 1)))
