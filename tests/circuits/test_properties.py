import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.circuits import Builder, Kind, check
from workbench.circuits.leaves import CATEGORICAL
from workbench.data import categorical, continuous


def grown(random, n_variables=4, n_categories=2, *, tidy=True, zero=0.4):
    """A random circuit; `tidy` ones are smooth and decomposable."""
    build = Builder([categorical(f"x{i}", n_categories) for i in range(n_variables)])

    def leaf(variable):
        table = np.where(random.random(n_categories) < zero, -np.inf, -random.random(n_categories))
        return build.leaf(variable, CATEGORICAL, table)

    def node(scope, depth):
        if len(scope) == 1:
            leaves = [leaf(scope[0]) for _ in range(random.integers(1, 3))]
            return leaves[0] if len(leaves) == 1 else build.sum(leaves, random.random(len(leaves)))
        options = [product(scope, depth) for _ in range(random.integers(1, 3))]
        if len(options) == 1:
            return options[0]
        return build.sum(options, random.random(len(options)) * (random.random() > 0.1))

    def product(scope, depth):
        order = random.permutation(scope)
        cut = random.integers(1, len(scope))
        left, right = order[:cut].tolist(), order[cut:].tolist()
        if not tidy and random.random() < 0.3:
            right = right[1:] or left
        return build.product([node(left, depth + 1), node(right, depth + 1)])

    return build.circuit(node(list(range(n_variables)), 0))


def support(circuit):
    """(assignment, node) by plain enumeration: which nodes accept which rows."""
    sizes = [v.n_categories for v in circuit.variables]
    rows = list(itertools.product(*map(range, sizes)))
    accepted = np.zeros((len(rows), circuit.n_nodes), dtype=bool)
    for node in range(circuit.n_nodes):
        children = circuit.children_of(node)
        if circuit.kinds[node] == Kind.LEAF:
            column = [row[circuit.leaf_variables[node]] for row in rows]
            accepted[:, node] = circuit.table_of(node)[column] > -np.inf
        elif circuit.kinds[node] == Kind.PRODUCT:
            accepted[:, node] = accepted[:, children].all(axis=1)
        else:
            weights = circuit.log_weights[circuit.offsets[node] : circuit.offsets[node + 1]]
            accepted[:, node] = accepted[:, children[weights > -np.inf]].any(axis=1)
    return accepted


def live_children(circuit, node):
    weights = circuit.log_weights[circuit.offsets[node] : circuit.offsets[node + 1]]
    return circuit.children_of(node)[weights > -np.inf]


def is_deterministic(circuit):
    accepted = support(circuit)
    return all(
        (accepted[:, live_children(circuit, node)].sum(axis=1) <= 1).all()
        for node in np.flatnonzero(circuit.kinds == Kind.SUM)
    )


def scopes(circuit):
    return [set(circuit.scope_of(node)) for node in range(circuit.n_nodes)]


def laminar(circuit):
    pairs = itertools.combinations(scopes(circuit), 2)
    return all(not a & b or a <= b or b <= a for a, b in pairs)


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([0.0, 0.4, 0.7]))
def test_properties_agree_with_enumeration(seed, tidy, zero):
    circuit = grown(np.random.default_rng(seed), tidy=tidy, zero=zero)
    found, scope = check(circuit), scopes(circuit)
    smooth = all(
        scope[child] == scope[node]
        for node in np.flatnonzero(circuit.kinds == Kind.SUM)
        for child in circuit.children_of(node)
    )
    decomposable = all(
        not scope[a] & scope[b]
        for node in np.flatnonzero(circuit.kinds == Kind.PRODUCT)
        for a, b in itertools.combinations(circuit.children_of(node).tolist(), 2)
    )
    assert bool(found.smooth) == smooth
    assert bool(found.decomposable) == decomposable
    assert bool(found.structured) == (smooth and decomposable and laminar(circuit))
    if found.deterministic.decided:
        assert bool(found.deterministic) == is_deterministic(circuit)
    else:
        assert not found.deterministic
    if found.structured:
        assert found.deterministic.decided
    for value in vars(found).values():
        assert (value.witness is None) == bool(value)


@settings(max_examples=100)
@given(st.integers(0, 10**6))
def test_a_witness_of_overlap_is_a_row_that_both_children_accept(seed):
    circuit = grown(np.random.default_rng(seed), zero=0.5)
    found = check(circuit).deterministic
    if found or not found.decided:
        return
    node, child, other = (circuit.position(i) for i in found.witness.nodes)
    assert {child, other} <= set(circuit.children_of(node).tolist())
    accepted = support(circuit)
    both = accepted[:, child] & accepted[:, other]
    rows = np.array(list(itertools.product(range(2), repeat=len(circuit.variables))))
    said = str(found.witness).split("both accept ")[1]
    if said.startswith("every"):
        assert both.any()
        return
    for part in said.split(", "):
        name, category = part.split("=")
        both &= rows[:, int(name[1:])] == int(category)
    assert both.any()


def two(n_categories=2):
    return Builder([categorical("x", n_categories), categorical("y", n_categories)])


def test_exclusive_or_is_deterministic():
    build = two()
    no = [build.categorical(v, [1, 0]) for v in (0, 1)]
    yes = [build.categorical(v, [0, 1]) for v in (0, 1)]
    differ = build.sum([build.product([no[0], yes[1]]), build.product([yes[0], no[1]])], [1, 1])
    equal = build.sum([build.product([no[0], no[1]]), build.product([yes[0], yes[1]])], [1, 1])
    circuit = build.circuit(build.sum([differ, equal], [0.5, 0.5]))
    assert check(circuit).deterministic  # the boxes around both meet, their rows do not
    assert check(circuit).structured


def test_an_overlap_names_nodes_and_value():
    build = two()
    y = build.categorical(1, [0.5, 0.5])
    x = [build.categorical(0, p) for p in ([1, 0], [0, 1], [0, 1])]
    root = build.sum([build.product([leaf, y]) for leaf in x], [1, 1, 1])
    circuit = build.circuit(root)
    witness = check(circuit).deterministic.witness
    assert str(witness) == "sum 7: children 5 and 6 both accept x=1"
    assert witness.nodes == (7, 5, 6)


def test_edges_of_weight_zero_and_impossible_children_do_not_count():
    build = Builder([categorical("x", 2)])
    leaves = [build.categorical(0, [0.5, 0.5]) for _ in range(2)]
    assert check(build.circuit(build.sum(leaves, [1, 0]))).deterministic
    assert not check(build.circuit(build.sum(leaves, [1, 1]))).deterministic
    never = build.sum(leaves, [0, 0])
    assert check(build.circuit(build.sum([never, leaves[0]], [1, 1]))).deterministic


def test_gaussians_overlap_everywhere():
    build = Builder([continuous("height")])
    leaves = [build.gaussian(0, mean, 1.0) for mean in (0.0, 100.0)]
    witness = check(build.circuit(build.sum(leaves, [1, 1]))).deterministic.witness
    assert str(witness) == "sum 2: children 0 and 1 both accept every height"


def test_what_cannot_be_told_is_not_claimed():
    build = Builder([categorical(f"x{i}", 2) for i in range(3)])
    no = [build.categorical(v, [1, 0]) for v in range(3)]
    yes = [build.categorical(v, [0, 1]) for v in range(3)]

    def same(a, b):
        return build.sum([build.product([no[a], no[b]]), build.product([yes[a], yes[b]])], [1, 1])

    def differ(a, b):
        return build.sum([build.product([no[a], yes[b]]), build.product([yes[a], no[b]])], [1, 1])

    free = [build.categorical(v, [0.5, 0.5]) for v in range(3)]
    root = build.sum(
        [build.product([same(0, 1), free[2]]), build.product([differ(1, 2), yes[0]])], [1, 1]
    )
    found = check(build.circuit(root)).deterministic
    assert not found
    assert not found.decided
    assert "cannot be told" in str(found.witness)


def test_failures_are_said_in_a_sentence():
    build = two()
    x, y = build.categorical(0, [0.5, 0.5]), build.categorical(1, [0.5, 0.5])
    both = build.product([x, y])
    found = check(build.circuit(build.sum([both, x], [1, 1])))
    assert str(found.smooth.witness) == "sum 3: child 0 lacks y, which another child has"
    assert not found.structured.decided
    found = check(build.circuit(build.product([both, x])))
    assert str(found.decomposable.witness) == "product 3: children 2 and 0 share x"
    assert found.structured.decided
    assert str(found).splitlines()[1].startswith("decomposable: no (product 3")


def test_crossing_scopes_are_named():
    build = Builder([categorical(name, 2) for name in "abc"])
    leaf = [build.categorical(v, [0.5, 0.5]) for v in range(3)]
    ab, bc = build.product(leaf[:2]), build.product(leaf[1:])
    root = build.sum([build.product([ab, leaf[2]]), build.product([bc, leaf[0]])], [1, 1])
    found = check(build.circuit(root)).structured
    assert not found
    assert "crossing scopes: both have b" in str(found.witness)


@pytest.mark.parametrize("n_categories", [1, 9, 300])
def test_any_number_of_categories(n_categories):
    build = Builder([categorical("x", n_categories)])
    leaves = [build.categorical(0, row) for row in np.eye(n_categories)]
    assert check(build.circuit(build.sum(leaves, np.ones(n_categories)))).deterministic


def test_large_circuits_and_deep_chains_need_no_recursion():
    build = Builder([categorical("x", 2)])
    node = build.categorical(0, [1, 0])
    for _ in range(5000):
        node = build.sum([node], [1])
    assert check(build.circuit(node)).deterministic
