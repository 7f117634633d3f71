import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.circuits import Builder, Circuit, Kind, check, compatible, x_deterministic
from workbench.circuits.leaves import CATEGORICAL
from workbench.circuits.scopes import distinct_rows, distinct_scopes
from workbench.circuits.supports import supports
from workbench.data import categorical, continuous
from workbench.errors import ParameterError


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


def is_x_deterministic(circuit, columns):
    """By enumeration: project what every child accepts on the columns and look for overlaps."""
    accepted, scope = support(circuit), scopes(circuit)
    rows = np.array(list(itertools.product(range(2), repeat=len(circuit.variables))))
    _, place = np.unique(rows[:, columns], axis=0, return_inverse=True)
    for node in np.flatnonzero(circuit.kinds == Kind.SUM):
        if not scope[node] & set(columns):
            continue
        live = live_children(circuit, node)
        projected = [np.bincount(place.ravel(), accepted[:, child]) > 0 for child in live]
        if projected and (np.sum(projected, axis=0) > 1).any():
            return False
    return True


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 3), unique=True, min_size=1), st.booleans())
def test_x_determinism_agrees_with_enumeration(seed, columns, tidy):
    circuit = grown(np.random.default_rng(seed), tidy=tidy, zero=0.6)
    found = x_deterministic(circuit, columns)
    if found.decided:
        assert bool(found) == is_x_deterministic(circuit, columns)
    else:
        assert not found
        assert found.witness is not None
    if check(circuit).structured:
        assert found.decided
    if tidy and len(columns) == 4:
        assert (bool(found), found.decided) == (
            bool(check(circuit).deterministic),
            check(circuit).deterministic.decided,
        )


def test_x_determinism_names_the_set_and_a_value():
    build = Builder([categorical(name, 2) for name in ("x3", "x5", "x7")])
    tables = [([0, 1], [1, 0], [1, 0]), ([0, 1], [0, 1], [1, 1])]
    pairs = [
        build.product([build.categorical(v, t) for v, t in enumerate(three)]) for three in tables
    ]
    circuit = build.circuit(build.sum(pairs, [0.5, 0.5]))
    assert check(circuit).deterministic
    assert x_deterministic(circuit, ["x5"])
    found = x_deterministic(circuit, ["x3", "x7"])
    assert found.name == "{x3, x7}-deterministic"
    assert str(found.witness) == (
        "sum 8 is not {x3, x7}-deterministic: children 3 and 7 both accept x3=1, x7=0"
    )
    assert found.witness.nodes == (8, 3, 7)
    assert str(x_deterministic(circuit, "x7").witness).endswith("both accept x7=0")
    with pytest.raises(ParameterError, match="snow"):
        x_deterministic(circuit, ["snow"])


def test_x_determinism_asks_nothing_of_sums_over_other_variables():
    build = Builder([categorical("x", 2), categorical("y", 2)])
    y = build.sum([build.categorical(1, [0.5, 0.5]) for _ in range(2)], [0.5, 0.5])
    x = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    circuit = build.circuit(build.sum([build.product([leaf, y]) for leaf in x], [0.5, 0.5]))
    assert not check(circuit).deterministic
    assert x_deterministic(circuit, ["x"])
    assert not x_deterministic(circuit, ["x", "y"])


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.booleans())
def test_compiled_and_plain_supports_are_equal(seed, tidy):
    circuit = grown(np.random.default_rng(seed), tidy=tidy, zero=0.5)
    plain = supports(circuit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbench.core.dag.COMPILED_FROM", 0)
        fast = supports(circuit)
    for name in ("boxes", "exact", "alive"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(fast, name), err_msg=name)
    is_sum = circuit.kinds == Kind.SUM
    np.testing.assert_array_equal(plain.separated[is_sum], fast.separated[is_sum])


@settings(max_examples=100)
@given(st.integers(0, 10**6))
def test_a_circuit_is_compatible_with_itself_when_structured(seed):
    circuit = grown(np.random.default_rng(seed), n_variables=5, zero=0.0)
    found = compatible(circuit, circuit)
    if check(circuit).structured:
        assert found
    partitions = {}
    for node in np.flatnonzero(circuit.kinds == Kind.PRODUCT):
        parts = frozenset(circuit.scope_of(child) for child in circuit.children_of(node))
        partitions.setdefault(circuit.scope_of(node), set()).add(parts)
    if all(len(parts) == 1 for parts in partitions.values()):
        assert found
    if not found:
        assert {circuit.kinds[circuit.position(i)] for i in found.witness.nodes} == {Kind.PRODUCT}


def split_along(tree, variables):
    """A circuit that splits its variables along nested pairs, with a sum at every pair."""
    build = Builder(variables)

    def node(part):
        if isinstance(part, int):
            return build.categorical(part, [0.4, 0.6])
        return build.sum([build.product([node(side) for side in part])], [1.0])

    return build.circuit(node(tree))


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        (((0, 1), (2, 3)), ((2, 3), (1, 0)), True),
        (((0, 1), (2, 3)), ((0, 2), (1, 3)), False),
        ((0, 1, 2, 3), ((0, 2), (1, 3)), True),
        ((0, 1, (2, 3)), ((0, (2, 3)), 1), True),
        ((0, (1, 2, 3)), (0, (1, (2, 3))), True),
        (((0, 1), 2, 3), (0, (1, 2), 3), False),
        (((0, 1, 2), 3), ((0, 1), (2, 3)), False),
        ((((0, 1), 2), 3), (((0, 2), 1), 3), False),
    ],
)
def test_compatible_trees(first, second, agree):
    variables = [categorical(name, 2) for name in "abcd"]
    one, two = split_along(first, variables), split_along(second, variables)
    assert bool(compatible(one, two)) == bool(compatible(two, one)) == agree
    assert compatible(one, one)


def test_incompatible_products_are_named_with_their_splits():
    variables = [categorical(name, 2) for name in "abcd"]
    one, two = split_along(((0, 1), (2, 3)), variables), split_along(((0, 2), (1, 3)), variables)
    witness = compatible(one, two).witness
    assert str(witness) == (
        "product 8 splits {a, b} x {c, d}, product 8 of the other circuit splits {a, c} x {b, d}"
    )
    other = Builder([categorical("z", 2)])
    assert "different variables" in str(
        compatible(one, other.circuit(other.categorical(0, [1, 1]))).witness
    )
    build = two_leaves = Builder(variables)
    leaves = [two_leaves.categorical(v, [0.5, 0.5]) for v in (0, 1)]
    assert "lacks" in str(compatible(one, build.circuit(build.sum(leaves, [1, 1]))).witness)


def test_products_of_products_are_read_as_one():
    build = Builder([categorical(name, 2) for name in "abcd"])
    a, b, c, d = (build.categorical(v, [0.5, 0.5]) for v in range(4))
    left = build.product([build.product([a, b]), build.product([c, d])])
    right = build.product([build.product([a, c]), build.product([b, d])])
    one, two = build.circuit(left), build.circuit(right)
    assert compatible(one, two)


def chain(n_nodes):
    """A million sums on top of each other, made as arrays."""
    n_sums = n_nodes - 2
    build = Builder([categorical("x", 2)])
    leaves = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    seed = build.circuit(build.sum(leaves, [0.5, 0.5]))
    more = n_sums - 1
    return Circuit(
        variables=seed.variables,
        kinds=np.append(seed.kinds, np.full(more, Kind.SUM)),
        offsets=np.append(seed.offsets, 2 + np.arange(1, more + 1)),
        children=np.append(seed.children, np.arange(2, n_nodes - 1)),
        log_weights=np.append(seed.log_weights, np.zeros(more)),
        leaf_variables=np.append(seed.leaf_variables, np.full(more, -1)),
        leaf_families=np.append(seed.leaf_families, np.full(more, -1)),
        leaf_offsets=np.append(seed.leaf_offsets, np.full(more, 4)),
        leaf_parameters=seed.leaf_parameters,
        ids=np.arange(n_nodes),
        next_id=n_nodes,
    )


def test_a_chain_of_a_million_sums_is_checked_without_recursion():
    circuit = chain(1_000_000)
    found = check(circuit)
    assert all(vars(found).values())
    assert x_deterministic(circuit, ["x"])
    assert compatible(circuit, circuit)


def test_rows_that_share_a_key_are_still_told_apart(monkeypatch):
    rows = np.array([[1, 0], [2, 3], [1, 0], [0, 0]], np.uint8)
    fair = np.random.default_rng

    class Constant:
        def integers(self, high, size, dtype):
            return np.zeros(size, dtype)  # the factor 1: sums of bytes collide less, so force it

    first, kind = distinct_rows(rows)
    monkeypatch.setattr("numpy.random.default_rng", lambda seed: Constant())
    wide = np.zeros((3, 16), np.uint8)
    wide[0, 0] = wide[1, 8] = 1  # equal sums of words
    assert len(set(distinct_rows(wide)[1].tolist())) == 3
    monkeypatch.setattr("numpy.random.default_rng", fair)
    assert len(first) == 3
    assert kind[0] == kind[2]


def test_scopes_are_numbered_from_small_to_large():
    build = Builder([categorical(name, 2) for name in "ab"])
    a, b = (build.categorical(v, [0.5, 0.5]) for v in (0, 1))
    circuit = build.circuit(build.sum([build.product([a, b])] * 2, [0.5, 0.5]))
    first, number = distinct_scopes(circuit)
    assert [len(circuit.scope_of(node)) for node in first.tolist()] == [1, 1, 2]
    assert number[2] == number[3] == 2
