"""Formulas in .nnf and .sdd against their own definitions, row by row."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from workbench.circuits import Builder, check, load, normalised, save
from workbench.circuits.formats import FORMATS, losses, nnf, sdd
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical
from workbench.errors import FormatError, StructureError

# x1 and (x2 or x3), decided on x2; then x4 free.
C2D = """nnf 8 8 4
L 1
L 2
L -2
L 3
A 2 2 3
O 2 2 1 4
A 0
A 3 0 5 6
"""
# The example of the manual of d4.
D4 = """o 1 0
o 2 0
o 3 0
t 4 0
3 4 -2 3 0
3 4 2 0
2 3 -1 0
2 4 1 0
1 2 0
"""
# The example of the manual of PySDD: six variables, three clauses, 36 models.
SDD = """c ids of sdd nodes start at 0
sdd 15
L 1 0 1
L 4 4 2
L 5 6 -3
L 6 4 -2
F 7
D 3 5 2 4 5 6 7
L 8 10 6
L 9 8 5
L 11 6 3
D 10 5 2 4 11 6 7
T 12
D 2 7 3 3 8 6 9 10 12
L 13 0 -1
L 14 2 4
D 0 1 2 1 2 13 14
"""
VTREE = """vtree 11
L 0 1
L 2 4
L 4 2
L 6 3
I 5 4 6
I 3 2 5
L 8 5
L 10 6
I 9 8 10
I 7 3 9
I 1 0 7
"""


def holds(literal, row):
    return row[abs(literal) - 1] == (literal > 0)


def models_of_c2d(text, row):
    values = []
    for line in text.splitlines()[1:]:
        letter, *words = line.split()
        numbers = list(map(int, words))
        if letter == "L":
            values.append(holds(numbers[0], row))
        elif letter == "A":
            values.append(all(values[k] for k in numbers[1:]))
        else:
            values.append(any(values[k] for k in numbers[2:]))
    return values[-1]


def models_of_d4(text, row):
    letters, edges = {}, {}
    for line in text.splitlines():
        head, *words = line.split()[:-1]
        if head in "oatf":
            letters[words[0]] = head
        else:
            edges.setdefault(head, []).append(words)

    def value(node):
        terms = (
            all(holds(int(literal), row) for literal in literals) and value(child)
            for child, *literals in edges.get(node, [])
        )
        return {"o": any, "a": all}[letters[node]](terms) if node in edges else letters[node] == "t"

    return value("1")


def models_of_sdd(text, row):
    values = {}
    for line in text.splitlines():
        letter, *words = line.split()
        if letter in "TF":
            values[words[0]] = letter == "T"
        elif letter == "L":
            values[words[0]] = holds(int(words[2]), row)
        elif letter == "D":
            pairs = zip(words[3::2], words[4::2], strict=True)
            values[words[0]] = any(values[prime] and values[sub] for prime, sub in pairs)
        last = words[0] if words else None
    return values[last]


FILES = {
    "c2d": (".nnf", C2D, models_of_c2d, 4, 6),
    "d4": (".nnf", D4, models_of_d4, 3, 7),
    "sdd": (".sdd", SDD, models_of_sdd, 6, 36),
}
TRUTHS = {".nnf": models_of_c2d, ".sdd": models_of_sdd}


def every_row(n_variables):
    return np.array(list(itertools.product((0.0, 1.0), repeat=n_variables)))


def accepted(circuit):
    rows = every_row(len(circuit.variables))
    return np.exp(ReferenceEngine(circuit).log_likelihood(rows))


def models(circuit):
    nothing = np.full((1, len(circuit.variables)), np.nan)
    return np.exp(ReferenceEngine(circuit).log_likelihood(nothing)[0])


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("with_tree", [False, True])
def test_files_of_other_systems(tmp_path, name, with_tree):
    suffix, text, is_model, n_variables, n_models = FILES[name]
    path = tmp_path / f"a{suffix}"
    path.write_text(text)
    if with_tree:
        path.with_suffix(".vtree").write_text(VTREE)
    circuit = load(path)
    found = check(circuit)
    assert found.smooth
    assert found.decomposable
    assert found.deterministic
    assert found.structured or not with_tree
    assert circuit.scope == tuple(range(n_variables))
    expected = [float(is_model(text, row)) for row in every_row(n_variables)]
    assert sum(expected) == n_models
    np.testing.assert_allclose(accepted(circuit), expected, atol=1e-12)
    assert models(circuit) == pytest.approx(n_models)


@pytest.mark.parametrize("name", FILES)
def test_written_files_say_the_same_and_settle(tmp_path, name):
    suffix, text, _, n_variables, _ = FILES[name]
    path = tmp_path / f"a{suffix}"
    path.write_text(text)
    if suffix == ".sdd":
        path.with_suffix(".vtree").write_text(VTREE)
    circuit = load(path)
    again = save(circuit, tmp_path / f"b{suffix}")
    written = again.read_text()
    expected = [float(TRUTHS[suffix](written, row)) for row in every_row(n_variables)]
    np.testing.assert_allclose(accepted(circuit), expected, atol=1e-12)
    second = load(again)
    np.testing.assert_allclose(accepted(second), expected, atol=1e-12)
    assert load(save(second, tmp_path / f"c{suffix}")) == second
    assert (tmp_path / f"c{suffix}").read_bytes() == again.read_bytes()


def test_the_uniform_distribution_over_models_is_a_formula(tmp_path):
    uniform = normalised(nnf.read(C2D.encode(), Path("a.nnf")))
    again = load(save(uniform, tmp_path / "a.nnf"))
    np.testing.assert_allclose(accepted(again), 6 * accepted(uniform), atol=1e-12)
    assert any("constant factor" in loss for loss in losses(uniform, "a.nnf"))


class RandomDiagram:
    """A random SDD and its vtree as text; primes are literals, or decide on one variable."""

    def __init__(self, seed, n_variables):
        self.random = np.random.default_rng(seed)
        self.memo, self.leaves, self.tree_lines = {}, 0, []
        shape = self.shape((self.random.permutation(n_variables) + 1).tolist())
        root = self.decision(shape)
        lines = [line.format(k) for line, k in self.memo.items() if k <= root]
        self.text = "\n".join([f"sdd {len(lines)}", *lines, ""])
        self.tree = "\n".join([f"vtree {len(self.tree_lines)}", *self.tree_lines, ""])

    def shape(self, variables):
        """(id, variable) or (id, left, right); ids are positions in order."""
        if len(variables) == 1:
            made = (2 * self.leaves, variables[0])
            self.leaves += 1
            self.tree_lines.append(f"L {made[0]} {made[1]}")
            return made
        cut = int(self.random.integers(1, len(variables)))
        left, number = self.shape(variables[:cut]), 2 * self.leaves - 1
        made = (number, left, self.shape(variables[cut:]))
        self.tree_lines.append(f"I {number} {left[0]} {made[2][0]}")
        return made

    def add(self, line):
        return self.memo.setdefault(line, len(self.memo))

    def literal(self, shape, sign):
        return self.add(f"L {{}} {shape[0]} {sign * shape[1]}")

    def term(self, shape):
        if self.random.random() < 0.2:
            return self.add("T {}")
        if len(shape) == 2:
            return self.literal(shape, 1 if self.random.random() < 0.5 else -1)
        return self.decision(shape)

    def decision(self, shape):
        is_false = self.random.permutation([False, self.random.random() < 0.4])
        elements = [
            (prime, self.add("F {}") if false else self.term(shape[2]))
            for prime, false in zip(self.partition(shape[1]), is_false, strict=True)
        ]
        return self.elements(shape, elements)

    def elements(self, shape, elements):
        pairs = " ".join(f"{prime} {sub}" for prime, sub in elements)
        return self.add(f"D {{}} {shape[0]} {len(elements)} {pairs}")

    def partition(self, shape):
        if len(shape) == 2:
            return [self.literal(shape, 1), self.literal(shape, -1)]
        true, false = self.add("T {}"), self.add("F {}")
        first, second = self.partition(shape[1])
        return [
            self.elements(shape, [(first, true), (second, false)]),
            self.elements(shape, [(first, false), (second, true)]),
        ]


@pytest.mark.parametrize("seed", range(30))
def test_generated_diagrams(tmp_path, seed):
    n_variables = 2 + seed % 6
    diagram = RandomDiagram(seed, n_variables)
    (tmp_path / "a.sdd").write_text(diagram.text)
    (tmp_path / "a.vtree").write_text(diagram.tree)
    circuit = load(tmp_path / "a.sdd")
    expected = [float(models_of_sdd(diagram.text, row)) for row in every_row(n_variables)]
    np.testing.assert_allclose(accepted(circuit), expected, atol=1e-12)
    assert models(circuit) == pytest.approx(sum(expected))
    assert check(circuit).structured
    assert check(circuit).deterministic
    as_nnf = load(save(circuit, tmp_path / "a.nnf"))
    np.testing.assert_allclose(accepted(as_nnf), expected, atol=1e-12)
    of_d4 = nnf.write_d4(circuit).decode()
    assert [float(models_of_d4(of_d4, row)) for row in every_row(n_variables)] == expected
    read_d4 = nnf.read(of_d4.encode(), Path("a.nnf"))
    free = 2 ** (n_variables - len(read_d4.variables))
    assert models(read_d4) * free == pytest.approx(sum(expected))
    again = load(save(circuit, tmp_path / "b.sdd"))
    np.testing.assert_allclose(accepted(again), expected, atol=1e-12)
    assert (tmp_path / "b.vtree").exists()
    save(again, tmp_path / "c.sdd")
    assert (tmp_path / "c.sdd").read_bytes() == (tmp_path / "b.sdd").read_bytes()
    assert (losses(again, "c.sdd") == ()) == (load(tmp_path / "c.sdd") == again)


@pytest.mark.parametrize("seed", range(8))
def test_diagrams_without_a_tree_mean_the_same(seed):
    diagram = RandomDiagram(seed, 5)
    circuit = sdd.read(diagram.text.encode(), Path("a.sdd"))
    rows = np.pad(every_row(len(circuit.variables)), [(0, 0), (0, 5 - len(circuit.variables))])
    expected = [float(models_of_sdd(diagram.text, row)) for row in rows]
    np.testing.assert_allclose(accepted(circuit), expected, atol=1e-12)


def test_what_is_always_true_is_written():
    build = binary(2)
    circuit = build.circuit(build.product([build.categorical(k, [1, 1]) for k in range(2)]))
    assert nnf.write(circuit).splitlines() == [b"nnf 1 0 2", b"A 0"]
    assert nnf.write_d4(circuit) == b"t 1 0\n"
    assert models(nnf.read(nnf.write(circuit), Path("a.nnf"))) == pytest.approx(4.0)
    assert models(sdd.read(sdd.write(circuit), Path("a.sdd"))) == pytest.approx(4.0)


def binary(n):
    return Builder([categorical(f"v{k}", 2) for k in range(n)])


def of_unequal_weights():
    build = binary(1)
    leaves = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    return build.circuit(build.sum(leaves, [0.5, 0.6]))


def of_a_biased_leaf():
    build = binary(1)
    return build.circuit(build.categorical(0, [0.4, 0.6]))


def of_overlapping_children():
    build = binary(1)
    leaves = [build.categorical(0, [1, 1]) for _ in range(2)]
    return build.circuit(build.sum(leaves, [1, 1]))


def of_three_categories():
    build = Builder([categorical("v", 3)])
    return build.circuit(build.categorical(0, [1, 1, 1]))


def of_open_primes():
    build = binary(3)
    a, not_a, b, c = (
        build.categorical(k, p) for k, p in ((0, [0, 1]), (0, [1, 0]), (1, [0, 1]), (2, [0, 1]))
    )
    left = build.sum(
        [build.product([a, b]), build.product([not_a, build.categorical(1, [1, 0])])], [1, 1]
    )
    return build.circuit(build.product([left, c]))


REFUSED = {
    "it prefers child 1 to child 0": (".nnf", of_unequal_weights),
    "leaf 0: it prefers a value": (".nnf", of_a_biased_leaf),
    "deterministic: sum 2: children 0 and 1": (".nnf", of_overlapping_children),
    "leaf 0: 'v' is not binary": (".nnf", of_three_categories),
    "leaf 0: it prefers a value: this": (".sdd", of_a_biased_leaf),
    "its first factor is no literal": (".sdd", of_open_primes),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_no_formula_is_refused_with_the_witness(reason):
    suffix, make = REFUSED[reason]
    with pytest.raises(StructureError, match=reason):
        FORMATS[suffix].write(make())


BAD = {
    "line 1: 'nnf' is not followed": (C2D, "nnf 8 8 4", "nnf 8 8"),
    "line 1: the count of variables '99999' is not": (C2D, "nnf 8 8 4", "nnf 8 8 99999"),
    "line 2: there are only 4 variables": (C2D, "L 1\n", "L 5\n"),
    "line 2: 'X' is no kind": (C2D, "L 1\n", "X 1\n"),
    "line 6: 3 children are announced": (C2D, "A 2 2 3", "A 3 2 3"),
    "line 6: node 7 is used before": (C2D, "A 2 2 3", "A 2 2 7"),
    "line 6: two of its parts share variable 2": (C2D, "A 2 2 3", "A 2 2 1"),
    "line 7: one of its parts is always true": (C2D, "A 2 2 3", "A 0"),
    "9 nodes are announced, 8 follow": (C2D, "nnf 8", "nnf 9"),
    "at end: the formula is false": (C2D, "A 3 0 5 6", "O 0 0"),
    "line 5: it is no node or edge": (D4, "3 4 -2 3 0", "3 4 -2 3"),
    "line 5: it starts or ends at a node": (D4, "3 4 -2 3 0", "3 9 -2 3 0"),
    "line 2: node '1' is malformed or": (D4, "o 2 0", "o 1 0"),
    "2 nodes without an edge into them": (D4, "1 2 0\n", ""),
    "at node .: edges make a cycle": (D4, "1 2 0\n", "1 2 0\n3 2 0\n"),
    "at line 4: the file does not begin": (SDD.replace("sdd 15", "\n\nsdd"), "L 1 0", "L 1 0"),
    "16 nodes are announced, 15 follow": (SDD, "sdd 15", "sdd 16"),
    "line 8: its primes and subs share": (SDD, "D 3 5 2 4 5 6 7", "D 3 5 2 4 4 6 7"),
    "line 8: node 9 is used before": (SDD, "D 3 5 2 4 5 6 7", "D 3 5 2 4 9 6 7"),
    "line 8: 3 elements are announced": (SDD, "D 3 5 2 4", "D 3 5 3 4"),
    "line 4: node 1 is defined twice": (SDD, "L 4 4 2", "L 1 4 2"),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_file_names_place_and_reason(reason):
    text, old, new = BAD[reason]
    suffix = ".sdd" if "sdd" in text else ".nnf"
    assert old in text
    with pytest.raises(FormatError, match=reason):
        FORMATS[suffix].read(text.replace(old, new, 1).encode(), Path(f"a{suffix}"))


BAD_WITH_TREE = {
    "line 3: the vtree has no node 99": ("L 1 0 1", "L 1 99 1"),
    "line 3: vtree node '2' is not variable 1": ("L 1 0 1", "L 1 2 1"),
    "line 8: its vtree node is a leaf": ("D 3 5 2", "D 3 4 2"),
    "line 8: a prime or sub lies outside": ("D 3 5 2", "D 3 9 2"),
}


@pytest.mark.parametrize("reason", BAD_WITH_TREE)
def test_a_file_that_does_not_fit_its_vtree_is_refused(tmp_path, reason):
    old, new = BAD_WITH_TREE[reason]
    (tmp_path / "a.vtree").write_text(VTREE)
    (tmp_path / "a.sdd").write_text(SDD.replace(old, new, 1))
    with pytest.raises(FormatError, match=reason):
        load(tmp_path / "a.sdd")


def test_a_deep_formula_is_read_without_recursion():
    depth = 20_000
    lines = [f"{letter} {k} 0" for k in range(1, depth) for letter in "o"]
    lines += [f"t {depth} 0", *(f"{k} {k + 1} 0" for k in range(1, depth - 1))]
    lines.append(f"{depth - 1} {depth} 1 0")
    circuit = nnf.read("\n".join(lines).encode(), Path("a.nnf"))
    assert models(circuit) == pytest.approx(1.0)
