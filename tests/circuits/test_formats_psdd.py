import math
from pathlib import Path

import numpy as np
import pytest

from workbench.circuits import Builder, check, load, save
from workbench.circuits.formats import losses, psdd
from workbench.circuits.formats.vtree import read_vtree, vtree_of, write_vtree
from workbench.circuits.leaves import CATEGORICAL
from workbench.circuits.reference import ReferenceEngine, completions
from workbench.compute import engine
from workbench.data.variables import categorical, continuous
from workbench.errors import FormatError, StructureError

DATA = Path(__file__).parents[2].parent / "shared" / "data"
PATH = Path("a.psdd")
LEARNT = {"nltcs_200": ("nltcs", 16), "plants_10": ("plants", 69)}


def by_hand(text, rows):
    """(rows,) log-likelihoods by the definition of each line, without any circuit of ours."""
    values = {}
    for line in text.splitlines():
        letter, *words = line.split()
        if letter not in "LTD":
            continue
        if letter == "D":
            terms = [
                values[words[k]] + values[words[k + 1]] + float(words[k + 2])
                for k in range(3, len(words), 3)
            ]
            values[words[0]] = np.logaddexp.reduce(terms)
        else:
            literal = int(words[2])
            is_true = rows[:, abs(literal) - 1] == (literal > 0)
            chance = math.exp(float(words[3])) if letter == "T" else 1.0
            with np.errstate(divide="ignore"):
                values[words[0]] = np.log(np.where(is_true, chance, 1.0 - chance))
    return values[words[0]]


@pytest.mark.parametrize("name", LEARNT)
def test_learnt_files(tmp_path, name):
    path = DATA / "psdd" / f"{name}.psdd"
    if not path.exists():
        pytest.skip("the learnt PSDDs are not here")
    data, n_variables = LEARNT[name]
    circuit = load(path)
    found = check(circuit)
    assert found.smooth
    assert found.decomposable
    assert found.deterministic
    assert found.structured
    assert circuit.scope == tuple(range(n_variables))
    nothing = np.full((1, n_variables), np.nan)
    assert engine(circuit, "cpu").log_likelihood(nothing)[0] == pytest.approx(0.0, abs=1e-12)
    rows = np.loadtxt(DATA / "debd" / f"{data}.test.data", delimiter=",")
    values = engine(circuit, "cpu", "float64").log_likelihood(rows)
    np.testing.assert_allclose(values, by_hand(path.read_text(), rows), atol=1e-9)
    assert load(save(circuit, tmp_path / "again.psdd")) == circuit
    assert losses(circuit, "again.psdd") == ()


def test_the_learnt_file_is_near_the_published_value():
    path = DATA / "psdd" / "nltcs_200.psdd"
    if not path.exists():
        pytest.skip("the learnt PSDDs are not here")
    rows = np.loadtxt(DATA / "debd" / "nltcs.test.data", delimiter=",")
    mean = engine(load(path), "cpu").log_likelihood(rows).mean()
    assert mean == pytest.approx(-6.1347, abs=1e-3)


class Grower:
    """Random PSDDs: a decision on the first variable of its left part, in random trees."""

    def __init__(self, seed, n_variables):
        self.random = np.random.default_rng(seed)
        self.build = Builder([categorical(f"v{k}", 2) for k in range(n_variables)])
        order = self.random.permutation(n_variables).tolist()
        self.root = self.decision(self.tree(order), None)

    def tree(self, order):
        if len(order) == 1:
            return order[0]
        cut = int(self.random.integers(1, len(order)))
        return self.tree(order[:cut]), self.tree(order[cut:])

    def decision(self, tree, first):
        if isinstance(tree, int):
            return self.leaf(tree, first)
        codes = (0, 1) if first is None else (first,)
        pairs = [(self.decision(tree[0], code), self.decision(tree[1], None)) for code in codes]
        products = [self.build.product(pair) for pair in pairs]
        return self.build.sum(products, self.random.dirichlet(np.ones(len(products))))

    def leaf(self, variable, code):
        if code is None and self.random.random() < 0.7:
            log_chance = math.log(self.random.uniform())
            return self.build.leaf(variable, CATEGORICAL, [psdd._rest(log_chance), log_chance])
        code = int(self.random.integers(2)) if code is None else code
        return self.build.categorical(variable, np.eye(2)[code])


@pytest.mark.parametrize("seed", range(12))
def test_generated_circuits_come_back(tmp_path, seed):
    grower = Grower(seed, 1 + seed % 7)
    circuit = grower.build.circuit(grower.root)
    path = save(circuit, tmp_path / "a.psdd")
    again = load(path)
    assert path.with_suffix(".vtree").exists()
    everything = completions(circuit, np.full(len(circuit.variables), np.nan))
    expected = ReferenceEngine(circuit).log_likelihood(everything)
    np.testing.assert_array_equal(ReferenceEngine(again).log_likelihood(everything), expected)
    np.testing.assert_allclose(by_hand(path.read_text(), everything), expected, atol=1e-12)
    assert again.variables == circuit.variables
    assert load(save(again, tmp_path / "b.psdd")) == again
    assert losses(again, "b.psdd") == ()
    assert (losses(circuit, "a.psdd") == ()) == (again == circuit)


def test_vtrees_are_in_order_and_come_back():
    grower = Grower(3, 6)
    circuit = grower.build.circuit(grower.root)
    tree = vtree_of(circuit)
    assert sorted(tree.ids) == list(range(11))
    assert sorted(v for v in tree.variables if v >= 0) == list(range(6))
    assert read_vtree(write_vtree(circuit), Path("a.vtree")) == tree
    for node, (left, right) in enumerate(tree.parts):
        if left >= 0:
            assert tree.ids[left] < tree.ids[node] < tree.ids[right]


def binary(n):
    return Builder([categorical(f"v{k}", 2) for k in range(n)])


def not_deterministic():
    build = binary(2)
    sides = [build.categorical(k, [0.5, 0.5]) for k in (0, 1, 0, 1)]
    return build.circuit(
        build.sum([build.product(sides[:2]), build.product(sides[2:])], [0.5, 0.5])
    )


def of_three():
    build = binary(3)
    return build.circuit(build.product([build.categorical(k, [0.5, 0.5]) for k in range(3)]))


def of_leaves():
    build = binary(1)
    leaves = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    return build.circuit(build.sum(leaves, [0.5, 0.5]))


def of_three_categories():
    build = Builder([categorical("v", 3)])
    return build.circuit(build.categorical(0, [1, 1, 1]))


def of_a_continuous_variable():
    build = Builder([continuous("v")])
    return build.circuit(build.gaussian(0, 0.0, 1.0))


def unnormalised():
    build = binary(1)
    return build.circuit(build.leaf(0, CATEGORICAL, [-0.1, -0.1]))


REFUSED = {
    "deterministic: sum 6: children 4 and 5 both accept": not_deterministic,
    "product 3: it has 3 children": of_three,
    "sum 2: its child 0 is no product": of_leaves,
    "leaf 0: 'v' is not binary": of_three_categories,
    "leaf 0: 'v' has a gaussian distribution": of_a_continuous_variable,
    "leaf 0: its probabilities do not add to one": unnormalised,
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_no_psdd_is_refused_with_the_witness(tmp_path, reason):
    with pytest.raises(StructureError, match=reason):
        save(REFUSED[reason](), tmp_path / "a.psdd")
    assert list(tmp_path.iterdir()) == []


GOOD = """psdd 5
L 0 0 1
L 1 0 -1
T 2 2 2 -0.5
L 3 2 -2
D 4 1 2 0 2 -0.25 1 3 -1.5
"""
TREE = "vtree 3\nL 0 1\nL 2 2\nI 1 0 2\n"
BAD = {
    "line 1: the file does not begin": ("psdd 5", "sdd 5"),
    "line 1: the count '1000": ("psdd 5", "psdd 1000000000000"),
    "line 2: 'F' is no kind": ("L 0 0 1", "F 0"),
    "line 2: it has 3 tokens": ("L 0 0 1", "L 0 0"),
    "line 4: its variable is negated": ("T 2 2 2 ", "T 2 2 -2 "),
    "line 4: its variable is negated or its chance": ("-0.5", "0.5"),
    "line 6: 3 elements are announced": ("D 4 1 2", "D 4 1 3"),
    "line 6: node 7 is used before": ("1 3 -1.5", "1 7 -1.5"),
    "line 6: 'inf' is not": ("-1.5", "inf"),
    "line 3: node 0 is defined twice": ("L 1 0 -1", "L 0 0 -1"),
    "line 2: the vtree has no node 9": ("L 0 0 1", "L 0 9 1"),
    "line 2: vtree node '2' is not variable 1": ("L 0 0 1", "L 0 2 1"),
    "line 6: a prime or sub lies outside": ("0 2 -0.25", "2 0 -0.25"),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_file_names_place_and_reason(tmp_path, reason):
    (tmp_path / "a.vtree").write_text(TREE)
    path = tmp_path / "a.psdd"
    path.write_text(GOOD)
    load(path)
    old, new = BAD[reason]
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(FormatError, match=reason):
        load(path)


BAD_TREES = {
    "line 1: the file does not begin": ("vtree 3", "tree 3"),
    "line 2: 'X 0 1' is no node": ("L 0 1", "X 0 1"),
    "line 3: its variable is negated or has": ("L 2 2", "L 2 1"),
    "line 3: node 0 is defined twice": ("L 2 2", "L 0 2"),
    "line 4: part 5 is no node": ("I 1 0 2", "I 1 0 5"),
    "line 4: part 0 is no node before it, or has": ("I 1 0 2", "I 1 0 0"),
    "4 nodes of one tree are announced": ("vtree 3", "vtree 4"),
    "3 nodes of one tree are announced, 2": ("I 1 0 2\n", ""),
}


@pytest.mark.parametrize("reason", BAD_TREES)
def test_a_bad_tree_names_place_and_reason(tmp_path, reason):
    old, new = BAD_TREES[reason]
    (tmp_path / "a.vtree").write_text(TREE.replace(old, new, 1))
    (tmp_path / "a.psdd").write_text(GOOD)
    with pytest.raises(FormatError, match=rf"a\.vtree.*{reason}"):
        load(tmp_path / "a.psdd")


def test_a_deep_tree_is_read_without_recursion():
    lines = [f"vtree {2 * 20_000 - 1}", "L 0 1"]
    for number in range(1, 20_000):
        lines += [f"L {2 * number} {number + 1}", f"I {2 * number - 1} {2 * number} "]
        lines[-1] += str(max(2 * number - 3, 0))
    assert len(read_vtree("\n".join(lines).encode(), Path("a.vtree")).ids) == 39_999
