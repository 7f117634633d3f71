"""What the rooms make comes back as it was, whatever room it is from."""

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from deterministic import deterministic_circuits
from generated import generated
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import views
from workbench.budgets import band, curve_against_tokens, pass_at_k
from workbench.circuits import hclt
from workbench.core.tables import Table
from workbench.data import Dataset, Variable, categorical, continuous, load
from workbench.errors import ParameterError
from workbench.inference import ask, dropout_posterior, marginal_map, moments, mpe
from workbench.learning import fit, prune, prune_and_grow
from workbench.reasoning import Budget, problems, search, verifiers
from workbench.reasoning.proposers import Symbolic
from workbench.reasoning.searches import algorithms
from workbench.store.codecs import decode, encode, kind_of, registry
from workbench.store.codecs.record import checks_of, record_of
from workbench.theories import Literal, Rule, count_sql, measures, theory_of
from workbench.uncertainty import Score, deviation, separation, wilson


def payloads(encoded):
    return {name: blob.payload for name, blob in encoded.blobs.items()}


def returned(value):
    """`value` after a round trip, which writes the same bytes again."""
    encoded = encode(value)
    assert kind_of(value) == encoded.blobs[encoded.root].kind
    found = decode(encoded.root, payloads(encoded).__getitem__)
    assert payloads(encode(found)) == payloads(encoded)
    return found


def require_same(one, other):
    """Fails where two values differ, field by field and bit by bit."""
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes() or one.dtype == object
        np.testing.assert_array_equal(one, other)
    elif is_dataclass(one):
        for field in fields(one):
            require_same(getattr(one, field.name), getattr(other, field.name))
    elif hasattr(one, "items"):
        assert list(one) == list(other)
        for key in one:
            require_same(one[key], other[key])
    elif isinstance(one, tuple | list):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            require_same(left, right)
    else:
        assert one == other or (one != one and other != other)  # noqa: PLR0124  # not a number


IRIS = load("iris", bins=3)
COUNTS = [(10, 3), (10, 0), (10, 9), (10, 5)]
TASK = problems.countdown([3, 5, 7, 9], 24)


def a_circuit():
    return hclt(IRIS, latents=2, seed=1)


def a_theory():
    rules = [Rule((Literal(0, frozenset({1}), (4,)), Literal(2, frozenset({0, 2})))), Rule(())]
    return theory_of(IRIS.variables, rules[:1], source="by hand")


def a_separation():
    own, other = np.arange(20.0), np.arange(10.0, 25.0)
    return separation({Score("surprise", "nats"): {"own": own, "other": other}}, "own")


def a_band():
    return band(pass_at_k(COUNTS), 0.9, "sup_t")


def records():
    return {
        "problem": [0, 0, 0, 1, 1, 1],
        "correct": [1, 0, 1, 0, 0, 1],
        "tokens": [5, 6, 7, 8, 9, 9],
    }


MAKERS = {
    "circuit": a_circuit,
    "dataset": lambda: IRIS,
    "fit": lambda: fit(a_circuit(), IRIS, epochs=2, device="cpu"),
    "pruned": lambda: prune(a_circuit(), IRIS, keep=0.5, device="cpu"),
    "trajectory": lambda: prune_and_grow(a_circuit(), IRIS, rounds=1, epochs=1, device="cpu"),
    "theory": a_theory,
    "measures": lambda: measures(a_theory(), IRIS.train[:40], IRIS.train),
    "sql check": lambda: count_sql(
        theory_of([categorical("x", ["a", "b"])], [Rule((Literal(0, frozenset({1})),))]),
        pd.DataFrame({"x": ["a", "b", None]}),
    ),
    "rule": lambda: Rule((Literal(0, frozenset({2, 1}), (7,)),), (3,)),
    "curve": lambda: pass_at_k(COUNTS),
    "token curve": lambda: curve_against_tokens(records(), stop="first_success"),
    "band": a_band,
    "separation": a_separation,
    "estimate": lambda: deviation([1.0, 2.0, 4.0]),
    "interval": lambda: wilson([1, 2], [5, 5]),
    "figure": lambda: views.band_figure(a_band(), title="A curve"),
    "run": lambda: search(TASK, "beam", budget=Budget(tokens=200), seed=3),
    "budget": lambda: Budget(tokens=10, seconds=1.5),
    "problem": lambda: TASK,
    "proposer": lambda: Symbolic(0.5, 0.9),
    "verifier": lambda: verifiers.Oracle(noise=0.3, seed=4),
    "search parameters": lambda: algorithms()["beam"].params(width=3),
    "answer": lambda: ask(a_circuit(), {IRIS.variables[0].name: 1}),
    "mpe": lambda: mpe(a_circuit()),
    "marginal map": lambda: marginal_map(a_circuit(), [0, 1]),
    "moments": lambda: moments(generated_with_height()),
    "dropout posterior": lambda: dropout_posterior([a_circuit()] * 2, IRIS.train[:3], 0.1),
}


def generated_with_height():
    """A circuit with a continuous variable."""
    found = (generated(seed)[1] for seed in range(200))
    return next(c for c in found if any(v.kind == "continuous" for v in c.variables))


@pytest.mark.parametrize("kind", MAKERS)
def test_values_of_every_room_come_back_as_they_were(kind):
    value = MAKERS[kind]()
    assert kind_of(value) == kind
    found = returned(value)
    if kind == "run":
        assert found.events.hash == value.events.hash
        assert (found.id, found.plan, found.status) == (value.id, value.plan, value.status)
    else:
        require_same(found, value)
    if hasattr(value, "hash"):
        assert found.hash == value.hash


def test_every_record_of_the_table_declares_fields_that_can_be_checked():
    for kind, (place, _) in registry._RECORDS.items():
        record = record_of(kind, registry._imported(place))
        assert checks_of(record).keys() == {field.name for field in record.stored}


def test_every_kind_of_the_table_is_tried_here():
    inner = {"beta law", "bounded", "density", "dropout", "encoding", "given", "literal"}
    inner |= {"posteriors", "provenance", "score", "share", "variable"}
    tables = (registry._NOUNS, registry._PARTS_OF_SEARCHES, registry._RECORDS)
    known = {kind for table in tables for kind in table}
    assert known == set(MAKERS) | inner | {"frame", "table"}


def test_a_theory_keeps_what_its_subtrees_share():
    from workbench.theories import And, Or, Theory
    from workbench.theories.nodes import post_order

    shared = And((Literal(0, frozenset({1}), (3,)), Literal(1, frozenset({0}))), (5,))
    tree = Or((shared, And((shared, Literal(2, frozenset({1}))))), (9,))
    found = returned(Theory(IRIS.variables, tree))
    assert len(post_order(found.tree)) == len(post_order(tree))
    assert [node.units for node in post_order(found.tree)] == [n.units for n in post_order(tree)]


@settings(max_examples=40, deadline=None)
@given(
    deterministic_circuits(mixed=True) | st.integers(0, 10**6).map(lambda seed: generated(seed)[1])
)
def test_generated_circuits_come_back_equal(circuit):
    found = returned(circuit)
    assert found.hash == circuit.hash
    require_same(found.ids, circuit.ids)


def test_a_data_set_used_twice_is_stored_once():
    learned = fit(a_circuit(), IRIS, epochs=1, device="cpu")
    encoded = encode({"a": (IRIS, learned), "b": IRIS, "c": learned.circuit})
    kinds = sorted(blob.kind for blob in encoded.blobs.values())
    assert kinds == ["circuit", "dataset", "fit", "mapping", "table"]


class Sideways(Symbolic):
    kind: ClassVar[str] = "symbolic"


@dataclass(frozen=True)
class Unknown:
    x: int = 0


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Unknown(),
        [Unknown()],
        {"a": {1, 2}},
        Sideways(),
        np.zeros(2, dtype="V4"),
        Table({"x": np.array([object()])}),
        pd.DataFrame({"x": pd.date_range("2020-01-01", periods=2, tz="UTC")}),
        pd.DataFrame({"x": pd.period_range("2020-01", periods=2, freq="M")}),
        pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
        replace(IRIS, labels={"train": IRIS.labels["train"][:3]}),
        Dataset("a", (Variable("x", "categorical", ("a", "a")),), *[np.zeros((1, 1))] * 3),
        Table({"x": ["\ud800"]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_kept_is_refused_before_anything_is_written(value):
    with pytest.raises(ParameterError, match="cannot store"):
        encode(value)


def test_a_value_that_contains_itself_is_refused():
    value = [()]
    value.append(value)
    with pytest.raises(ParameterError, match="contains itself"):
        encode(value)


FRAMES = {
    "plain": pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan], "c": [True, False]}),
    "texts": pd.DataFrame({"a": ["x", None], "b": pd.array(["y", pd.NA], dtype="string")}),
    "objects": pd.DataFrame({"a": pd.Series([1, "x"], dtype=object)}),
    "categories": pd.DataFrame({"a": pd.Categorical(["x", None, "y"], ["y", "x"], ordered=True)}),
    "numbered categories": pd.DataFrame({"a": pd.Categorical([1.5, 2.5, None])}),
    "nullable": pd.DataFrame(
        {
            "a": pd.array([1, None], dtype="Int64"),
            "b": pd.array([True, None], dtype="boolean"),
            "c": pd.array([0.5, None], dtype="Float32"),
        }
    ),
    "dates": pd.DataFrame({"a": pd.to_datetime(["2020-01-01", None])}),
    "index": pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="row")),
    "ranges": pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(4, 8, 2, name="k")),
    "labels": pd.DataFrame([[1, "x", 2]], columns=pd.Index(["a", "a", 3], name="which")),
    "no columns": pd.DataFrame(index=pd.RangeIndex(3)),
    "no rows": pd.DataFrame({"a": np.zeros(0, np.int8)}),
    "unsigned": pd.DataFrame({"a": np.arange(2, dtype=np.uint16), "b": ["é", ""]}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_come_back_equal(name):
    pd.testing.assert_frame_equal(
        returned(FRAMES[name]), FRAMES[name], check_column_type=True, check_index_type=True
    )


columns = st.sampled_from(
    [
        st.integers(-(2**63), 2**63 - 1).map(np.int64),
        st.floats(width=32).map(np.float32),
        st.floats().map(np.float64),
        st.text(max_size=4),
        st.text(max_size=3).map(np.str_),
        st.booleans(),
        st.none() | st.text(max_size=2) | st.integers() | st.floats(allow_nan=False),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(0, 5), st.lists(st.text(max_size=4), unique=True, max_size=4))
def test_generated_tables_come_back_equal(data, n_rows, names):
    made = {}
    for name in names:
        cells = data.draw(st.lists(data.draw(columns), min_size=n_rows, max_size=n_rows))
        is_mixed = {type(cell) for cell in cells} - {
            np.int64,
            np.float32,
            np.float64,
            bool,
            np.str_,
        }
        made[name] = np.array(cells, dtype=object if is_mixed else None)
    value = Table(made)
    require_same(returned(value), value)


VARIABLES = (categorical("a", 3), continuous("b"), categorical("c", ["x", "y"]))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.booleans())
def test_generated_data_sets_come_back_with_their_hash(data, is_labelled):
    cells = (st.sampled_from([0.0, 1.0, 2.0, np.nan]), st.floats(allow_infinity=False), st.just(1))
    rows = [
        np.array(data.draw(st.lists(st.tuples(*cells), max_size=4)), float).reshape(-1, 3)
        for _ in range(3)
    ]
    splits = dict(zip(("train", "valid", "test"), rows, strict=True))
    labels = {split: np.arange(len(own)) % 2 for split, own in splits.items()}
    value = Dataset(
        "made", VARIABLES, *rows, labels=labels if is_labelled else {}, classes=("p", "q")
    )
    found = returned(value)
    assert found.hash == value.hash
    require_same(found, value)
