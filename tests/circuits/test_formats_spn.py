import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits, every_row

from workbench.circuits import Builder, load, save
from workbench.circuits.formats import losses, spn
from workbench.circuits.leaves import BINOMIAL, binomial_parameters
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical, continuous
from workbench.errors import FormatError, StructureError

PATH = Path("a.spn")
# 0.4 [x1=0][x2=2] + 0.6 [x1=1] (0.5 [x2=0] + 0.5 [x2=1]), by hand after the grammar.
BY_HAND = b"""(2 3)
v 0 0
v 0 1
v 1 0
v 1 1
v 1 2
+ 2 -0.6931471805599453 3 -0.6931471805599453
* 0 4
* 1 5
+ 6 -0.916290731874155 7 -0.5108256237659907
EOF
"""


def test_a_file_of_another_system_is_read_by_its_grammar():
    circuit = spn.read(BY_HAND, PATH)
    found = np.exp(ReferenceEngine(circuit).log_likelihood(every_row(circuit)))
    np.testing.assert_allclose(found, [0.0, 0.0, 0.4, 0.3, 0.3, 0.0], atol=1e-12)
    assert spn.write(circuit) == BY_HAND
    assert spn.losses(circuit) == ()


@settings(max_examples=60)
@given(circuits(normalised=False))
def test_categorical_circuits_keep_their_values_and_settle(circuit):
    again = spn.read(spn.write(circuit), PATH)
    rows = every_row(circuit)
    expected = ReferenceEngine(circuit).log_likelihood(rows)
    np.testing.assert_allclose(ReferenceEngine(again).log_likelihood(rows), expected, atol=1e-12)
    assert spn.read(spn.write(again), PATH) == again
    assert spn.losses(again) == ()
    expanded = [loss for loss in spn.losses(circuit) if "sums over indicators" in loss]
    assert bool(expanded) == (again.n_nodes != circuit.n_nodes)


def test_losses_are_named(tmp_path):
    variable = categorical("heads", ["none", "one", "two"])
    build = Builder([variable])
    circuit = build.circuit(build.leaf(0, BINOMIAL, binomial_parameters(variable, 0.5)))
    path = save(circuit, tmp_path / "a.spn")
    found = np.exp(ReferenceEngine(load(path)).log_likelihood(np.array([[0.0], [1.0], [2.0]])))
    np.testing.assert_allclose(found, [0.25, 0.5, 0.25])
    assert "names and categories" in json.dumps(losses(circuit, path))
    assert "sums over indicators" in json.dumps(losses(circuit, path))


def test_continuous_variables_are_refused_with_the_witness():
    build = Builder([continuous("height")])
    with pytest.raises(StructureError, match="leaf 0: 'height' has a gaussian"):
        spn.write(build.circuit(build.gaussian(0, 0.0, 1.0)))


BAD = {
    "line 1: the file does not begin": (b"(2 3)", b"2 3"),
    "line 1: a variable has no categories": (b"(2 3)", b"(2 0)"),
    "line 1: the categories '9999' is not": (b"(2 3)", b"(2 9999)"),
    "line 6: the value '2' is not": (b"(2 3)", b"(2 2)"),
    "line 2: 'w' is no kind": (b"v 0 0", b"w 0 0"),
    "line 2: the variable '2' is not": (b"v 0 0", b"v 2 0"),
    "line 2: it has 2 tokens": (b"v 0 0", b"v 0"),
    "line 8: node 9 is used before": (b"* 0 4", b"* 0 9"),
    "line 10: a child has no weight": (b" 7 -0.5108256237659907", b" 7"),
    "line 10: '--1' is not": (b"-0.5108256237659907", b"--1"),
    "end: EOF is missing": (b"EOF\n", b""),
    "line 12: something follows": (b"EOF\n", b"EOF\nEOF\n"),
    "end: it has no node": (BY_HAND, b"(2)\nEOF\n"),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_file_names_place_and_reason(reason):
    old, new = BAD[reason]
    assert old in BY_HAND
    with pytest.raises(FormatError, match=reason):
        spn.read(BY_HAND.replace(old, new, 1), PATH)
