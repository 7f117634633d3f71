import json
import math
from copy import copy
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load as load_safetensors

from workbench import limits
from workbench.circuits import (
    Builder,
    formats,
    from_networkx,
    load,
    save,
    to_networkx,
)
from workbench.circuits.circuit import _DTYPES
from workbench.circuits.formats import describe, wbc
from workbench.circuits.leaves import CATEGORICAL
from workbench.core import strict_json
from workbench.data import Variable, categorical, continuous
from workbench.errors import FormatError, LimitError, ParameterError, StructureError

SUFFIXES = [".wbc", ".json"]
names = st.text(max_size=5)
floats = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def variables(draw):
    name = draw(names)
    if draw(st.booleans()):
        return continuous(name)
    labels = draw(st.lists(st.text(max_size=4), unique=True, min_size=1, max_size=4))
    edges = draw(st.lists(floats, unique=True, min_size=len(labels) - 1, max_size=len(labels) - 1))
    return Variable(name, "categorical", tuple(labels), tuple(sorted(edges)))


@st.composite
def circuits(draw):
    """Any circuit over any variables: every float, -inf where a zero is allowed, strange names."""
    build = Builder(draw(st.lists(variables(), min_size=1, max_size=3)))
    made = []
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(build.variables) - 1))
        variable = build.variables[place]
        if variable.kind == "continuous":
            made.append(build.gaussian(place, draw(floats), draw(st.floats(1e-300, 1e300))))
        else:
            n = variable.n_categories
            table = draw(st.lists(floats | st.just(-math.inf), min_size=n, max_size=n))
            made.append(build.leaf(place, CATEGORICAL, table))
    for _ in range(draw(st.integers(0, 5))):
        children = draw(st.lists(st.sampled_from(made), min_size=1, max_size=3))
        if draw(st.booleans()):
            made.append(build.product(children))
        else:
            weights = st.lists(st.floats(0, 1e300), min_size=len(children), max_size=len(children))
            made.append(build.sum(children, draw(weights)))
    return build.circuit(made[-1])


def require_same(one, other):
    assert one.variables == other.variables
    assert one.next_id == other.next_id
    for name in _DTYPES:
        before, after = getattr(one, name), getattr(other, name)
        assert before.dtype == after.dtype
        assert before.tobytes() == after.tobytes(), name
        assert not after.flags.writeable


@settings(max_examples=100)
@given(circuits(), st.sampled_from(SUFFIXES))
def test_circuits_come_back_bit_by_bit(circuit, suffix):
    payload = formats.FORMATS[suffix].write(circuit)
    again = formats.FORMATS[suffix].read(payload, Path(f"a{suffix}"))
    require_same(circuit, again)
    assert formats.FORMATS[suffix].write(again) == payload


@settings(max_examples=60)
@given(circuits())
def test_graphs_come_back_bit_by_bit(circuit):
    require_same(circuit, from_networkx(to_networkx(circuit), circuit.variables))


def small():
    build = Builder([categorical("x", 2), categorical("y", ["no", "yes"])])
    x = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    y = [build.categorical(1, p) for p in ([1.0, 0.0], [0.1, 0.9])]
    return build.circuit(
        build.sum([build.product([x[0], y[0]]), build.product([x[1], y[1]])], [0.3, 0.7])
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_saving_what_was_loaded_gives_the_same_file(tmp_path, suffix):
    first = save(small(), tmp_path / f"first{suffix}")
    second = save(load(str(first)), tmp_path / f"second{suffix}")
    require_same(load(second), small())
    assert first.read_bytes() == second.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {first.name, second.name}


def test_other_programs_read_our_arrays():
    circuit = small()
    arrays = load_safetensors(wbc.write(circuit))
    for name in _DTYPES:
        assert np.array_equal(arrays[name], getattr(circuit, name))


def test_the_data_is_aligned():
    payload = wbc.write(small())
    assert int.from_bytes(payload[:8], "little") % 8 == 0


def test_every_flipped_bit_is_detected(tmp_path):
    payload = wbc.write(small())
    for position in range(len(payload)):
        broken = bytearray(payload)
        broken[position] ^= 1 << (position % 8)
        with pytest.raises(FormatError):
            wbc.read(bytes(broken), tmp_path / "a.wbc")


def test_every_shortened_file_is_refused(tmp_path):
    payload = wbc.write(small())
    for size in range(len(payload)):
        with pytest.raises(FormatError):
            wbc.read(payload[:size], tmp_path / "a.wbc")
    with pytest.raises(FormatError):
        wbc.read(payload + b" ", tmp_path / "a.wbc")


def test_the_text_can_be_read():
    text = formats.FORMATS[".json"].write(small()).decode()
    document = json.loads(text)
    assert document["variables"][1]["categories"] == ["no", "yes"]
    assert document["nodes"][-1]["sum"] == [4, 5]
    tables = [node["parameters"] for node in document["nodes"] if "leaf" in node]
    assert [0.0, "-inf"] in tables
    assert len(text.splitlines()) == 12


def edited(change):
    document = json.loads(formats.FORMATS[".json"].write(small()))
    change(document)
    return json.dumps(document).encode()


def put(*path_and_value):
    *path, last, value = path_and_value

    def change(document):
        for step in path:
            document = document[step]
        document[last] = value

    return change


BAD_DOCUMENTS = {
    "newer than this program": put("version", 2),
    "is not a version": put("version", "1"),
    "not a circuit of the workbench": put("format", "other"),
    "the keys are not": put("more", 1),
    "the keys .* are those of no node": put("nodes", 0, "more", 1),
    "has no id": put("nodes", 0, "id", -1),
    "node 0 has the same id": put("nodes", 1, "id", 0),
    "is not below next_id": put("next_id", 3),
    "is not an id": put("next_id", 1.5),
    "the family 'cauchy'": put("nodes", 0, "leaf", "cauchy"),
    "its variable is not a position": put("nodes", 0, "variable", -1),
    "there is no such variable": put("nodes", 0, "variable", 2),
    "leaf of another size": put("nodes", 0, "parameters", [0.0]),
    "its numbers are not a list": put("nodes", 0, "parameters", 1),
    "is not a finite number": put("nodes", 0, "parameters", [0.0, "inf"]),
    "'10000.* is not a finite": put("nodes", 0, "parameters", [0, 10**400]),
    "its child 99 is no node": put("nodes", 4, "product", [0, 99]),
    "not a list of ids": put("nodes", 4, "product", [0, True]),
    "a leaf has children or an inner node has none": put("nodes", 4, "product", []),
    "a child comes after its parent": put("nodes", 4, "product", [0, 5]),
    "has no parent": put("nodes", 6, "sum", [4, 4]),
    "1 weights for 2 children": put("nodes", 6, "log_weights", [0]),
    "it is not a variable": put("variables", 0, 1),
    "they are not a list": put("variables", {}),
    "lacks a name or a known kind": put("variables", 0, "kind", "ordinal"),
    "two categories are equal": put("variables", 1, "categories", ["a", "a"]),
    "a category is not text": put("variables", 1, "categories", ["a", 1]),
    "neither a number nor a list": put("variables", 1, "categories", -2),
    "has no categories": put("variables", 0, "categories", 0),
    "edges do not ascend": put("variables", 1, "edges", [2, 1]),
    "edges that do not fit": put("variables", 1, "edges", [1, 2]),
    "it has no node": put("nodes", []),
}


@pytest.mark.parametrize("reason", BAD_DOCUMENTS)
def test_a_bad_text_names_place_and_reason(tmp_path, reason):
    path = tmp_path / "a.json"
    path.write_bytes(edited(BAD_DOCUMENTS[reason]))
    with pytest.raises(FormatError, match=reason) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert caught.value.place


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not strict JSON"),
        (b"[NaN]", "NaN is not a number"),
        (b"[-Infinity]", "-Infinity is not a number"),
        (b'{"a":1,"a":2}', "the key 'a' is repeated"),
        (b"[" * 100_000, "nested deeper"),
        (b"[" * 65 + b"]" * 65, "nested deeper"),
        (b"1" * 5000, "not strict JSON"),
        (b"[]", "not a circuit"),
    ],
)
def test_json_is_read_strictly(tmp_path, payload, reason):
    (tmp_path / "a.json").write_bytes(payload)
    with pytest.raises(FormatError, match=reason):
        load(tmp_path / "a.json")


@given(st.text(alphabet='[]{}"\\a', max_size=12).map(lambda text: json.dumps([text, [text]])))
def test_brackets_inside_strings_do_not_nest(text):
    assert strict_json.nesting(text.encode()) == 2


def resealed(**changes):
    """The bytes of a .wbc file with changed arrays or header, and a valid hash."""
    circuit = small()
    payload = wbc.write(circuit)
    size = int.from_bytes(payload[:8], "little")
    header = json.loads(payload[8 : 8 + size])
    data = {
        name: np.array(changes.get(name, getattr(circuit, name)), dtype=_DTYPES[name]).tobytes()
        for name in list(header)[1:]
    }
    start = 0
    for name, content in data.items():
        shape = [len(content) // np.dtype(_DTYPES[name]).itemsize]
        header[name] |= {"shape": shape, "data_offsets": [start, start + len(content)]}
        start += len(content)
    changes.get("header", lambda _: None)(header)
    encoded = strict_json.write_json(header).encode()
    return wbc.sealed(len(encoded).to_bytes(8, "little") + encoded + b"".join(data.values()))


def renamed(header, old, new):
    entries = list(header.items())
    header.clear()
    header.update((new if name == old else name, entry) for name, entry in entries)


def structure(**values):
    def change(header):
        inner = json.loads(header["__metadata__"]["structure"])
        header["__metadata__"]["structure"] = json.dumps(inner | values)

    return change


def at(name, position, value):
    array = getattr(small(), name).copy()
    array[position] = value
    return {name: array}


BAD_FILES = {
    "not finite": at("log_weights", -1, np.nan),
    "log_weights, edge 5": at("log_weights", -1, np.inf),
    "a weight on a product's edge": at("log_weights", 0, -1.0),
    "leaf_parameters, entry 0": at("leaf_parameters", 0, np.inf),
    "no such variable": at("leaf_variables", 0, 2),
    "unknown code": at("leaf_families", 0, 9),
    "a gaussian leaf of another size|categorical leaf of another": at("leaf_offsets", 1, 1),
    "an inner node has": at("leaf_variables", -1, 0),
    "offsets, node 4.*descend": at("offsets", 5, -1),
    "they do not fit the 7 nodes": at("offsets", 0, 1),
    "children, edge 0.*no node": at("children", 0, 7),
    "an edge points to no node": at("children", 0, -1),
    "a child comes after": at("children", 0, 5),
    "unknown kind": at("kinds", -1, 7),
    "share an id": at("ids", 0, 3),
    "there is not one for each of 7": {"ids": [0, 1]},
    "there is not one for each edge": {"log_weights": [0.0]},
    "version 9 is newer": {"header": structure(version=9)},
    "not a circuit of the workbench": {"header": structure(format="x")},
    "is not an id": {"header": structure(next_id=None)},
    "its type is '<u8'": {"header": lambda h: h["ids"].update(dtype="U64")},
    "its type 'F8' is none of": {"header": lambda h: h["ids"].update(dtype="F8")},
    "is not one length": {"header": lambda h: h["ids"].update(shape=[7, 1])},
    "its shape .* is no list": {"header": lambda h: h["ids"].update(shape=[-7])},
    "do not follow": {"header": lambda h: h["ids"].update(data_offsets=[0, 56])},
    "the file ends before": {
        "header": lambda h: (
            h["leaf_families"].update(shape=[10**12], data_offsets=[])
            or h["leaf_families"].update(
                data_offsets=[h["kinds"]["data_offsets"][1], h["kinds"]["data_offsets"][1] + 10**12]
            )
        )
    },
    "follow the last array": {
        "header": lambda h: h["leaf_families"].update(
            shape=[6],
            data_offsets=[h["kinds"]["data_offsets"][1], h["kinds"]["data_offsets"][1] + 6],
        )
    },
    "the arrays are not": {"header": lambda h: renamed(h, "ids", "names")},
    "its entry is malformed": {"header": lambda h: h.update(ids=[])},
    "lacks the structure": {"header": lambda h: h["__metadata__"].pop("structure")},
    "texts about itself": {"header": lambda h: h["__metadata__"].update(structure=1)},
}


@pytest.mark.parametrize("reason", BAD_FILES)
def test_a_bad_file_with_a_good_hash_names_place_and_reason(tmp_path, reason):
    path = tmp_path / "a.wbc"
    path.write_bytes(resealed(**BAD_FILES[reason]))
    with pytest.raises(FormatError, match=reason):
        load(path)


def test_an_unchanged_resealed_file_is_good(tmp_path):
    require_same(wbc.read(resealed(), tmp_path / "a.wbc"), small())


def test_limits_are_checked_first(tmp_path, monkeypatch):
    path = save(small(), tmp_path / "a.wbc")
    monkeypatch.setattr(formats, "LIMITS", limits.Limits(file_bytes=10))
    with pytest.raises(LimitError):
        load(path)
    with pytest.raises(LimitError):
        save(small(), tmp_path / "b.wbc")
    assert not (tmp_path / "b.wbc").exists()
    monkeypatch.undo()
    monkeypatch.setattr(describe, "LIMITS", limits.Limits(n_nodes=3))
    with pytest.raises(LimitError, match="too many nodes"):
        load(path)


def test_paths_that_are_no_circuits(tmp_path):
    with pytest.raises(FormatError, match="no such file"):
        load(tmp_path / "a.wbc")
    for verb in (load, lambda path: save(small(), path)):
        with pytest.raises(ParameterError, match=r"\.json.*\.wbc"):
            verb(tmp_path / "a.pkl")


def test_a_circuit_that_could_not_be_read_again_is_not_saved(tmp_path):
    circuit = small()
    weights = circuit.log_weights.copy()
    weights[-1] = np.inf
    broken = copy(circuit)
    object.__setattr__(broken, "log_weights", weights)
    for suffix in SUFFIXES:
        with pytest.raises(StructureError, match="cannot save"):
            save(broken, tmp_path / f"a{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_graphs_of_others():
    graph = nx.DiGraph()
    graph.add_node("mix", kind="sum")
    for name, parameters in (("a", [-1, -2]), ("b", [-3, -4])):
        graph.add_node(name, kind="leaf", variable=0, family="categorical", parameters=parameters)
        graph.add_edge("mix", name, log_weight=-0.5)
    circuit = from_networkx(graph, [categorical("x", 2)])
    assert circuit.n_nodes == 3
    assert circuit.log_weights.tolist() == [-0.5, -0.5]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda g: g.add_edge(0, 6), "cycle"),
        (lambda g: g.add_node(9, kind="sum"), "2 nodes without a parent"),
        (lambda g: g.nodes[0].pop("kind"), "bad attribute"),
        (lambda g: g.nodes[0].update(kind="max"), "bad attribute"),
        (lambda g: g.nodes[0].update(variable=10**20), "bad attribute"),
        (lambda g: g.nodes[0].update(parameters="ab"), "bad attribute"),
        (lambda g: g.nodes[0].update(parameters=[float("nan")] * 2), "not finite"),
        (lambda g: g.graph.update(next_id=1), "next_id"),
    ],
)
def test_bad_graphs_are_refused(change, reason):
    graph = to_networkx(small())
    change(graph)
    with pytest.raises(FormatError, match=reason):
        from_networkx(graph, small().variables)


def test_undirected_graphs_are_refused():
    with pytest.raises(FormatError, match="not directed"):
        from_networkx(nx.Graph(), [])
