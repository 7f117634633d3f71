from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits

from workbench.circuits import Builder, hclt, load, save
from workbench.circuits.formats import jpc, losses
from workbench.circuits.leaves import (
    BINOMIAL,
    CATEGORICAL,
    DISCRETISED_LOGISTIC,
    GAUSSIAN,
    POISSON,
    UNIFORM,
    binomial_parameters,
    indicator_parameters,
    logistic_parameters,
    poisson_parameters,
    uniform_parameters,
)
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical, continuous
from workbench.errors import FormatError, LimitError, StructureError

PATH = Path("a.jpc")
# Written by hand after the grammar: 0.3 * [x1][x2=2] + 0.7 * (not x1) * categorical(x2).
BY_HAND = b"""c this file was saved by hand
c
jpc 7
L 0 0 1
L 1 0 -1
I 2 0 2 2
C 3 0 2 -1.6094379124341003 -0.6931471805599453 -1.2039728043259361
P 4 0 2 0 2
P 5 0 2 1 3
S 6 0 2 4 -1.2039728043259361 5 -0.35667494393873245
"""


def test_a_file_of_another_system_is_read_by_its_grammar():
    circuit = jpc.read(BY_HAND, PATH)
    rows = np.array([[1, 2], [1, 0], [0, 0], [0, 1], [0, 2], [np.nan, np.nan]], float)
    found = np.exp(ReferenceEngine(circuit).log_likelihood(rows))
    np.testing.assert_allclose(found, [0.3, 0.0, 0.14, 0.35, 0.21, 1.0], atol=1e-12)
    assert [variable.name for variable in circuit.variables] == ["x1", "x2"]
    assert [variable.n_categories for variable in circuit.variables] == [2, 3]
    again = jpc.write(circuit).splitlines()
    assert again[-8:] == BY_HAND.splitlines()[-8:]


@settings(max_examples=60)
@given(circuits(normalised=False))
def test_categorical_circuits_come_back_bit_by_bit(circuit):
    again = jpc.read(jpc.write(circuit), PATH)
    assert again == circuit
    assert again.ids.tolist() == circuit.ids.tolist()
    assert jpc.losses(circuit) == ()


def all_leaves(*more):
    build = Builder((categorical("a", ["no", "yes"]), categorical("b", 4), continuous("c")))
    leaves = [
        build.leaf(0, CATEGORICAL, indicator_parameters(build.variables[0], 1)),
        build.leaf(1, BINOMIAL, binomial_parameters(build.variables[1], 0.3)),
        build.leaf(2, GAUSSIAN, [0.1, 0.0]),
    ]
    leaves[1:2] = [build.leaf(1, *leaf) for leaf in more] or leaves[1:2]
    return build.circuit(build.product(leaves))


def test_leaves_and_names_are_kept(tmp_path):
    circuit = all_leaves()
    assert load(save(circuit, tmp_path / "a.jpc")) == circuit
    assert losses(circuit, "a.jpc") == ()


def test_what_is_lost_is_named():
    logistic = logistic_parameters(categorical("b", 4), 1.0, 2.0)
    circuit = all_leaves((DISCRETISED_LOGISTIC, logistic))
    again = jpc.read(jpc.write(circuit), PATH)
    (loss,) = jpc.losses(circuit)
    assert loss.startswith("discretised logistic leaves")
    rows = np.array([[1.0, code, 0.3] for code in range(4)])
    np.testing.assert_allclose(
        ReferenceEngine(again).log_likelihood(rows),
        ReferenceEngine(circuit).log_likelihood(rows),
        rtol=1e-14,
    )
    build = Builder((continuous("c"),))
    gaussian = build.circuit(build.leaf(0, GAUSSIAN, [0.1, 0.05]))
    (loss,) = jpc.losses(gaussian)
    assert "last digits" in loss
    found = jpc.read(jpc.write(gaussian), PATH).leaf_parameters
    np.testing.assert_allclose(found, gaussian.leaf_parameters, rtol=1e-14)


def test_ids_are_lost_when_they_are_not_counted():
    circuit = hclt(np.random.default_rng(0).integers(0, 2, (50, 4)).astype(float), latents=2)
    moved = type(circuit)(
        **{
            **{name: getattr(circuit, name) for name in circuit.__dataclass_fields__},
            "ids": circuit.ids + 5,
            "next_id": circuit.next_id + 5,
        }
    )
    (loss,) = jpc.losses(moved)
    assert "ids" in loss
    assert jpc.read(jpc.write(moved), PATH) == moved


@pytest.mark.parametrize(
    ("family", "parameters"),
    [(POISSON, poisson_parameters(1.0)), (UNIFORM, uniform_parameters(0.0, 1.0))],
)
def test_leaves_without_a_place_are_refused_with_the_witness(family, parameters):
    build = Builder((continuous("c"),))
    leaves = [build.leaf(0, GAUSSIAN, [0.0, 0.0]), build.leaf(0, family, parameters)]
    circuit = build.circuit(build.sum(leaves, [0.5, 0.5]))
    with pytest.raises(StructureError, match=f"leaf 1: 'c' has a {family.name}"):
        jpc.write(circuit)


BAD = {
    "does not begin with 'jpc'": [(b"jpc 7", b"spn 7")],
    "line 3: the count 'seven' is not": [(b"jpc 7", b"jpc seven")],
    "8 nodes are announced, 7 follow": [(b"jpc 7", b"jpc 8")],
    "line 5: node 0 is defined twice": [(b"L 1", b"L 0")],
    "line 8: node 9 is used before": [(b"2 0 2\n", b"2 0 9\n")],
    "line 8: 3 children are announced": [(b"P 4 0 2", b"P 4 0 3")],
    "line 10: '1e999' is not a number": [(b"5 -0.35667494393873245", b"5 1e999")],
    "line 10: 'nan' is not": [(b"5 -0.35667494393873245", b"5 nan")],
    "line 10: '1_0' is not": [(b"5 -0.35667494393873245", b"5 1_0")],
    "line 4: 'Q' is no kind of node": [(b"L 0", b"Q 0")],
    "line 4: it has 3 tokens": [(b"L 0 0 1", b"L 0 0")],
    "line 4: 0 is no literal": [(b"L 0 0 1", b"L 0 0 0")],
    "line 4: the literal '99999'": [(b"L 0 0 1", b"L 0 0 99999")],
    "line 7: variable 2 has 5 categories": [(b"I 2 0 2 2", b"I 2 0 2 4")],
    "the value '9999999' is not": [(b"I 2 0 2 2", b"I 2 0 2 9999999")],
    "line 7: variable 2 has 3 categories": [(b"C 3 0 2 ", b"G 3 0 2 ")],
    "deviation '-1' is not positive": [(b"L 0 0 1", b"G 0 0 5 0 -1")],
    "no binomial distribution": [(b"L 0 0 1", b"B 0 0 9 3 0.5")],
    "it has no node": [(BY_HAND, b"jpc 0\n")],
    "line 8: node 4 is used before": [(b"P 4 0 2 0 2", b"P 4 0 2 4 2")],
    "at comment, line .*: it is not JSON": [(b"c\n", b"c circuit-workbench variable {\n")],
    "1 variables are described, 2 are used": [
        (b"c\n", b'c circuit-workbench variable {"name":"a","kind":"categorical","categories":2}\n')
    ],
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_file_names_place_and_reason(reason):
    payload = BY_HAND
    for old, new in BAD[reason]:
        assert old in payload
        payload = payload.replace(old, new, 1)
    with pytest.raises(FormatError, match=reason) as caught:
        jpc.read(payload, PATH)
    assert "a.jpc" in str(caught.value)


def test_indicators_that_would_need_too_much_memory_are_refused():
    lines = [b"jpc 20002", b"I 0 0 1 4095"]
    lines += [b"I %d 0 1 0" % (number + 1) for number in range(20_000)]
    lines.append(b"S 20001 0 1 0 0.0")
    with pytest.raises(LimitError, match="leaf parameters"):
        jpc.read(b"\n".join(lines), PATH)
