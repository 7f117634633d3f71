import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from strategies import circuits

from workbench.circuits import Builder, Kind, check, to_networkx
from workbench.circuits.reference import ReferenceEngine
from workbench.circuits.structures.expression import LEAVES
from workbench.circuits.structures.handmade import handmade
from workbench.data.variables import categorical, continuous
from workbench.errors import FormatError, LimitError, ParameterError, WorkbenchError

WEATHER = """
# two kinds of days
rain: no, yes
height: number

short = gaussian(height, 160, 8)
tall = gaussian(height, -180.5, 8)  # a name may be used twice
0.3 * [rain = yes] * short
    + 0.7 * [rain = no] * (0.4 * short
    + 0.6 * tall)
"""


def likelihood(circuit, rows):
    return ReferenceEngine(circuit).log_likelihood(np.array(rows, dtype=float))


def test_an_expression_means_what_it_says():
    circuit = handmade(WEATHER)
    assert [v.name for v in circuit.variables] == ["rain", "height"]
    assert circuit.variables[0].categories == ("no", "yes")
    short, tall = stats.norm(160, 8).pdf(170), stats.norm(-180.5, 8).pdf(170)
    expected = np.log(
        [
            0.3 * short,
            0.7 * (0.4 * short + 0.6 * tall),
            0.3 * short + 0.7 * (0.4 * short + 0.6 * tall),
        ]
    )
    np.testing.assert_allclose(likelihood(circuit, [[1, 170], [0, 170], [np.nan, 170]]), expected)
    assert check(circuit).deterministic.decided


def test_a_named_node_has_many_parents():
    circuit = handmade(WEATHER)
    assert (circuit.leaf_variables == 1).sum() == 2
    assert circuit.n_nodes == 8


def test_it_is_the_circuit_that_the_builder_makes():
    build = Builder((categorical("x", 2), categorical("y", 3)))
    x = [build.categorical(0, p) for p in ([0.9, 0.1], [0.25, 0.75])]
    y = [build.categorical(1, p) for p in ([0.2, 0.3, 0.5], [1, 1, 2])]
    parts = [build.product([x[0], y[0]]), build.product([x[1], y[1]])]
    expected = build.circuit(build.sum(parts, [0.3, 0.7]))
    text = """
        a = bernoulli(x, 0.1); b = bernoulli(x, .75)
        c = categorical(y, 0.2, 0.3, 0.5); d = categorical(y, 1, 1, 2)
        ac = a * c; bd = b * d
        mixture = 0.3 * ac + 7e-1 * bd
    """
    circuit = handmade(text)
    rows = np.array([[i, j] for i in (0, 1) for j in range(3)], dtype=float)
    np.testing.assert_allclose(likelihood(circuit, rows), likelihood(expected, rows), rtol=1e-12)
    assert (circuit.n_nodes, circuit.n_edges) == (expected.n_nodes, expected.n_edges)


WRITTEN = {
    "uniform": ("x: number\nuniform(x, 1, 5)", 2.0, 0.25),
    "poisson": ("poisson(x, 3)", 2.0, stats.poisson(3).pmf(2)),
    "binomial": ("x: 5\nbinomial(x, 0.3)", 2.0, stats.binom(4, 0.3).pmf(2)),
    "bernoulli": ("bernoulli(x, 0.3)", 1.0, 0.3),
    "labels": ("x: 3\n0.2 * [x = 2] + 0.8 * [x = 0]", 2.0, 0.2),
    "weights": ("0.5 * 0.5 * bernoulli(x, 0.3)", 1.0, 0.075),
    "brackets": ("((bernoulli(x, 0.3)))", 1.0, 0.3),
    "quoted": ('"odd name": "an a", "a b"\n1 * ["odd name" = "a b"]', 1.0, 1.0),
}


@pytest.mark.parametrize("case", sorted(WRITTEN))
def test_every_word_of_the_language(case):
    text, value, expected = WRITTEN[case]
    assert np.exp(likelihood(handmade(text), [[value]]))[0] == pytest.approx(expected)


def test_every_leaf_can_be_written_and_only_its_own_kind():
    numbers = {"categorical": "1, 2, 3", "bernoulli": "0.5", "binomial": "0.5", "poisson": "2"}
    for name, (family, _) in LEAVES.items():
        size = 2 if name == "bernoulli" else 3
        given_numbers = numbers.get(name, "1, 2")
        variable = categorical("x", size) if family.kind == "categorical" else continuous("x")
        assert handmade(f"{name}(x, {given_numbers})", [variable]).n_nodes == 1
        other = continuous("x") if family.kind == "categorical" else categorical("x", 2)
        with pytest.raises(FormatError, match=f"'x' is {other.kind}"):
            handmade(f"{name}(x, {given_numbers})", [other])


def test_given_variables_keep_their_columns():
    variables = [categorical("x", 2), categorical("unused", 2), categorical("y", ["a", "b"])]
    circuit = handmade("[y = b] * bernoulli(x, 0.5)", variables)
    assert circuit.variables == tuple(variables)
    assert circuit.scope == (0, 2)


WRONG = {
    "nothing": ("", "line 1, column 1: there is no circuit"),
    "comment only": ("# hi\n", "line 2, column 1: there is no circuit"),
    "unknown name": ("0.5 * a", "line 1, column 7: no node has the name 'a'"),
    "no node": ("0.3", "line 1, column 1: a term needs a node"),
    "unfinished": ("0.3 * bernoulli(x, .2) +", "line 1, column 25: the end of the line stands"),
    "two roots": (
        "bernoulli(x, .5)\nbernoulli(x, .4)",
        "line 2, column 1: it comes after the root",
    ),
    "beside": ("bernoulli(x,.5) bernoulli(y,.5)", "column 17: 'bernoulli' stands where the line"),
    "unused": ("y = bernoulli(x, .5)\nbernoulli(x, .5)", "line 1, column 1: 'y' is not used"),
    "twice": (
        "y = bernoulli(x, .5)\ny = bernoulli(x, .4)",
        "line 2, column 1: 'y' is defined twice",
    ),
    "no leaf": ("f(x, 1)", "column 1: 'f' is none of the leaves categorical"),
    "call": ("__import__(os)", "column 1: '__import__' is none of the leaves"),
    "attribute": ("a.b * 1", "column 2: '.b' is not a number"),
    "character": ("x $ y", "column 3: the character '\\$' belongs to no word"),
    "number": ("1.2.3 * bernoulli(x, .5)", "column 1: '1.2.3' is not a number"),
    "huge": ("1e999 * bernoulli(x, .5)", "column 1: '1e999' is too large"),
    "huge weight": ("1e200 * 1e200 * bernoulli(x, .5)", "column 1: the weight .* is not finite"),
    "negative weight": ("-0.2 * bernoulli(x, .2)", "column 1: '-' stands where a node"),
    "probability": ("bernoulli(x, 2)", "column 1: 'bernoulli' of 'x': probabilities are"),
    "too few": ("gaussian(x, 1)", "it needs the mean and the standard deviation; given 1 numbers"),
    "deviation": ("gaussian(x, 1, -1)", "the standard deviation is more than 0"),
    "ends": ("uniform(x, 1, 0)", r"'uniform' of 'x': \[1.0, 0.0\] are out of range"),
    "sum": ("bernoulli(x, .1) + bernoulli(y, .1)", "column 20: this term is over {y}"),
    "product": ("bernoulli(x, .1) * bernoulli(x, .1)", "column 20: this factor .* both over {x}"),
    "not declared": ("[x = 1]", "column 2: 'x' is not declared"),
    "label": ("x: a, b\n[x = c]", "line 2, column 6: 'x' has no category 'c' but a, b"),
    "equal labels": ("x: a, a\n[x = a]", "line 1, column 1: two categories of 'x' are equal"),
    "declared twice": ("x: a, b\nx: 2\n[x = a]", "line 2, column 1: the variable 'x' is known"),
    "count": ("x: 1.5\n[x = a]", "line 1, column 4: '1.5' is not a number of categories"),
    "no categories": ("x: 0\n[x = a]", "line 1, column 4: '0' is not a number of categories"),
    "not closed": ("2 * (bernoulli(x, .1)", "column 5: '\\(' is not closed"),
    "not opened": ("bernoulli(x, .1))", "column 17: '\\)' closes nothing"),
    "crossed": ("(bernoulli(x, .1])", "column 17: '\\]' closes nothing"),
    "quotation": ('"x: a', "column 1: the quotation mark is not closed"),
    "deep": ("(" * 100, "column 65: it is nested deeper than 64 levels"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_what_is_wrong_is_named_with_its_place(case):
    text, message = WRONG[case]
    with pytest.raises(FormatError, match=message):
        handmade(text)


def test_limits_come_before_memory():
    with pytest.raises(LimitError, match="categories of x"):
        handmade("x: 99999999999\n[x = 1]")
    with pytest.raises(LimitError, match="characters in the expression"):
        handmade(" " * 1_000_001)


WORDS = [*"xya=:()[]*+-,;13.é", "\n", "\x00", '"', "#", "0.5", "1e9", "number"]
WORDS += ["bernoulli(x, 0.5)", "categorical(y, 1, 2)"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30))
def test_any_text_is_a_circuit_or_refused(words):
    try:
        found = check(handmade(" ".join(words)))
    except WorkbenchError:
        return
    assert found.smooth
    assert found.decomposable


def graph_of(*edges, **leaves):
    graph = nx.DiGraph()
    for name, attributes in leaves.items():
        graph.add_node(name, **attributes)
    for parent, child, *weight in edges:
        graph.add_edge(parent, child, **({"weight": weight[0]} if weight else {}))
    return graph


LOW = {"variable": "x", "probabilities": [0.9, 0.1]}
HIGH = {"variable": "x", "probabilities": [1, 3]}
TALL = {"variable": "y", "mean": 180, "deviation": 8}


def test_a_graph_means_what_it_says():
    graph = graph_of(
        ("root", "left", 0.25), ("root", "right", 0.75), ("left", "low"), ("left", "tall"),
        ("right", "high"), ("right", "tall"), low=LOW, high=HIGH, tall=TALL,
    )  # fmt: skip
    circuit = handmade(graph)
    assert [v.kind for v in circuit.variables] == ["categorical", "continuous"]
    density = stats.norm(180, 8).pdf(170)
    expected = [0.25 * 0.9 * density + 0.75 * 0.25 * density, (0.25 * 0.1 + 0.75 * 0.75) * density]
    np.testing.assert_allclose(np.exp(likelihood(circuit, [[0, 170], [1, 170]])), expected)
    assert (circuit.kinds == Kind.LEAF).sum() == 3


def test_categories_positions_and_kinds_may_be_given():
    variables = [categorical("x", ["no", "yes"])]
    graph = graph_of(("s", 0, 0.0), ("s", 1, 2.0))
    graph.nodes[0].update(variable=0, category="no")
    graph.nodes[1].update(variable="x", category="yes")
    graph.nodes["s"].update(kind="sum")
    np.testing.assert_array_equal(
        np.exp(likelihood(handmade(graph, variables), [[0], [1]])), [0, 2]
    )


@settings(max_examples=25, deadline=None)
@given(circuits(mixed=True))
def test_the_graph_of_a_circuit_gives_it_back(circuit):
    assert handmade(to_networkx(circuit), circuit.variables) == circuit


WRONG_GRAPHS = {
    "cycle": (graph_of(("a", "b"), ("b", "a")), "make a cycle"),
    "roots": (graph_of(low=LOW, high=HIGH), "2 nodes without a parent"),
    "empty": (graph_of(), "0 nodes without a parent"),
    "no variable": (graph_of(a={}), "node 'a': it has neither children nor a variable"),
    "no table": (graph_of(a={"variable": "x"}), "node 'a': its variable 'x' is not known"),
    "table": (graph_of(a={**LOW, "probabilities": [-1, 2]}), "node 'a': 'x' needs 2 probabilities"),
    "text": (graph_of(a={**LOW, "probabilities": ["b", "c"]}), "node 'a': could not convert"),
    "moments": (graph_of(a={"variable": "y", "mean": 1}), "node 'a': a Gaussian leaf has"),
    "deviation": (graph_of(a={**TALL, "deviation": 0}), "node 'a': mean 180.0 and deviation 0.0"),
    "weight": (graph_of(("s", "low", -1.0), low=LOW), "edge 's' to 'low': its weight -1.0"),
    "no weight": (
        graph_of(("s", "low", 1.0), ("s", "high"), low=LOW, high=HIGH),
        "edge 's' to 'high': the edge of a sum has no weight",
    ),
    "kind": (graph_of(("s", "low"), low=LOW, s={"kind": "leaf"}), "node 's': .* the kind 'leaf'"),
    "weighted product": (
        graph_of(("s", "low", 0.5), low=LOW, s={"kind": "product"}),
        "edge 's' to 'low': edges of a product have no weight",
    ),
    "sum": (
        graph_of(("s", "low", 0.5), ("s", "tall", 0.5), low=LOW, tall=TALL),
        "sum 's': its children are not over the same variables: not all have x, y",
    ),
    "product": (
        graph_of(("p", "low"), ("p", "high"), low=LOW, high=HIGH),
        "product 'p': two of its children are over x",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(WRONG_GRAPHS))
def test_what_is_wrong_with_a_graph_is_named(case):
    graph, message = WRONG_GRAPHS[case]
    with pytest.raises(FormatError, match=message):
        handmade(graph)


def test_labels_and_positions_that_do_not_exist_are_named():
    variables = [categorical("x", ["no", "yes"])]
    for attributes, message in (
        ({"variable": 3, "category": "no"}, "there is no variable 3 among the 1 given"),
        ({"variable": "z", "category": "no"}, "there is no variable 'z'"),
        ({"variable": "x", "category": "maybe"}, "'x' has no category 'maybe'"),
        ({"variable": "x"}, "a categorical leaf has `probabilities` or a `category`"),
    ):
        with pytest.raises(FormatError, match=message):
            handmade(graph_of(a=attributes), variables)


def test_other_things_are_refused():
    with pytest.raises(ParameterError, match="an object of type int"):
        handmade(3)
    with pytest.raises(ParameterError, match="an object of type Graph"):
        handmade(nx.Graph([("a", "b")]))
