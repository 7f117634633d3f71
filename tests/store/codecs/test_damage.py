"""Damaged and hostile blobs: refused with a reason, quickly, and before memory is taken."""

import json
import os
import random
import subprocess
import sys
import tracemalloc
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load as load_tensors

from workbench.budgets import pass_at_k
from workbench.circuits import hclt
from workbench.core import memory
from workbench.core.arrays import FloatArray
from workbench.core.parquet import read_about, write_parquet
from workbench.core.strict_json import write_json
from workbench.core.tables import Table
from workbench.core.tensors import read_tensors, write_tensors
from workbench.data import load
from workbench.errors import (
    FormatError,
    LimitError,
    NewerVersionError,
    StorageError,
)
from workbench.reasoning import Budget, problems, search
from workbench.reasoning.proposers import Symbolic
from workbench.store.codecs import decode, encode, register_record
from workbench.store.codecs.base import TREE
from workbench.theories import Literal, Rule, theory_of

IRIS = load("iris", bins=3)
HASH = "ab" * 32


@dataclass(frozen=True, eq=False)
class Pair:
    weights: FloatArray
    count: int = 0


register_record("test.pair", Pair)

VALUES = {
    "json": {"page": "home", "list": [1, 2.5, None, {"a": True}]},
    "tuple": (1, b"abc", float("nan"), np.arange(3), {1: (2,)}, frozenset({1, 2}), np.float32(1)),
    "array": np.array([["a", None], [1, 2.5]], dtype=object),
    "dates": np.array(["2020-01-01"], "M8[D]"),
    "table": Table({"x": [1, 2], "t": ["a", "bb"], "o": np.array(["a", 1.5], object)}),
    "frame": pd.DataFrame({"a": pd.Categorical(["x", "y"]), "b": pd.array([1, None], "Int64")}),
    "dataset": IRIS,
    "circuit": hclt(IRIS, latents=2),
    "theory": theory_of(IRIS.variables, [Rule((Literal(0, frozenset({1}), (4,)),))]),
    "run": search(problems.countdown([3, 5, 7], 24), "beam", budget=Budget(nodes=20)),
    "curve": pass_at_k([(10, 3), (10, 0)]),
    "record": Pair(np.arange(1000.0)),
    "parts": (Symbolic(0.5), problems.countdown([2, 3], 6), Budget(tokens=3)),
}
ENCODED = {name: encode(value) for name, value in VALUES.items()}


def payloads(name):
    return {found: blob.payload for found, blob in ENCODED[name].blobs.items()}


def is_one_safetensors(name):
    return all(blob.payload[:4] != b"PAR1" for blob in ENCODED[name].blobs.values()) and (
        len(ENCODED[name].blobs) == 1
    )


def read(root, blobs):
    """Decodes; a refusal is the answer too, anything else fails the test."""
    try:
        decode(root, blobs.__getitem__)
    except (FormatError, LimitError) as error:
        return error
    return None


def mutated(payload, chance):
    kind = chance.randrange(4)
    changed = bytearray(payload)
    at = chance.randrange(len(changed))
    if kind == 0:
        return bytes(changed[:at])
    if kind == 1:
        del changed[at : at + chance.randrange(1, 40)]
    elif kind == 2:
        changed[at:at] = changed[: chance.randrange(1, 40)]
    for _ in range(chance.randrange(1, 6)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def damage_often(name, rounds):
    chance = random.Random(name)
    encoded, known = ENCODED[name], payloads(name)
    for _ in range(rounds):
        blobs = dict(known)
        found = chance.choice(list(blobs))
        blobs[found] = mutated(blobs[found], chance)
        read(encoded.root, blobs)


@pytest.mark.parametrize("name", VALUES)
def test_random_damage_is_refused_or_harmless(name):
    damage_often(name, 60)


@pytest.mark.slow
@pytest.mark.parametrize("name", VALUES)
def test_random_damage_is_refused_or_harmless_a_thousand_times(name):
    damage_often(name, 2000)


STRANGE = [None, True, -1, 2**70, 1.5, "", "x", HASH, [], {}, [[]], ["part", HASH], ["float", "x"],
           ["json", {}], ["array", 0], ["array", ["<U9", [10**9], 0]], ["circuit", 0], ["tuple", 5],
           ["test.pair", {}], ["mapping", [[["sequence", []], 1]]], ["problem", {"domain": []}],
           ["proposer", {"kind": "symbolic", "temperature": "x", "top_p": 2}], ["no such", 0],
           ["number", ["<M8[ns]", [], 0]], ["search parameters", ["beam", {"width": -1}]],
           ["variable", {"name": 1, "kind": "categorical", "categories": 5, "edges": 0}],
           ]  # fmt: skip


def leaves(tree, path=()):
    yield path
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield from leaves(tree[key], (*path, key))


def with_leaf(tree, path, value):
    if not path:
        return value
    copy = tree.copy()
    copy[path[0]] = with_leaf(tree[path[0]], path[1:], value)
    return copy


def with_tree(payload, changed):
    texts, arrays = read_tensors(payload, "blob")
    tree = write_json(changed).encode()
    return write_tensors(texts, {**arrays, TREE: np.frombuffer(tree, np.uint8)})


@pytest.mark.parametrize("name", VALUES)
def test_strange_values_anywhere_in_a_tree_are_refused_or_harmless(name):
    chance, encoded = random.Random(name), ENCODED[name]
    for found, blob in encoded.blobs.items():
        if blob.payload[:4] == b"PAR1" or blob.kind == "circuit":
            continue
        tree = json.loads(read_tensors(blob.payload, "blob").arrays[TREE].tobytes())
        for path in list(leaves(tree))[:60]:
            for strange in chance.sample(STRANGE, 6):
                changed = with_tree(blob.payload, with_leaf(tree, path, strange))
                read(encoded.root, {**payloads(name), found: changed})


@pytest.mark.parametrize("name", ["table", "frame"])
def test_strange_descriptions_of_columns_are_refused(name):
    import pyarrow as pa
    from pyarrow import parquet

    encoded = ENCODED[name]
    found = next(key for key, blob in encoded.blobs.items() if blob.kind == "table")
    payload = encoded.blobs[found].payload
    about = read_about(payload, "blob")
    table = parquet.read_table(pa.BufferReader(payload))
    n_refused = 0
    chance = random.Random(name)
    odd = [*STRANGE, "<M8[ns]", "|O", "<U1", "bytes", "texts", "counts", "|b1", [1]]
    for path in leaves(about):
        for strange in chance.sample(odd, 8):
            changed = with_leaf(about, path, strange)
            if isinstance(changed, dict):
                blobs = {**payloads(name), found: write_parquet([table], table.schema, changed)}
                n_refused += read(encoded.root, blobs) is not None
    assert n_refused > 50


def blob_of(kind, tree, **arrays):
    encoded = np.frombuffer(write_json(tree).encode(), np.uint8)
    return write_tensors({"kind": kind, "version": "1"}, {**arrays, TREE: encoded})


def test_parts_that_contain_each_other_are_refused():
    one, other = "11" * 32, "22" * 32
    blobs = {
        one: blob_of("tuple", [["part", other]]),
        other: blob_of("tuple", [["part", one]]),
    }
    assert "contain it" in str(read(one, blobs))


def test_a_ladder_of_shared_parts_is_read_once_each():
    names = [f"{step:064x}" for step in range(40)]
    blobs = {names[0]: blob_of("tuple", [1])}
    for below, name in pairwise(names):
        blobs[name] = blob_of("tuple", [["part", below]] * 2)
    assert read(names[-1], blobs) is None


def test_too_many_levels_of_parts_are_refused():
    names = [f"{step:064x}" for step in range(100)]
    blobs = {names[0]: blob_of("tuple", [1])}
    for below, name in pairwise(names):
        blobs[name] = blob_of("tuple", [["part", below]])
    assert "too deep" in str(read(names[-1], blobs))


def test_a_missing_part_is_named():
    assert "missing" in str(read(HASH, {}))
    one = "11" * 32
    assert f"blob {HASH[:12]}" in str(read(one, {one: blob_of("tuple", [["part", HASH]])}))


def test_errors_of_storage_stay_what_they_are():
    def fetch(found):
        raise StorageError("the disk fails")

    with pytest.raises(StorageError):
        decode(HASH, fetch)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "cut short"),
        (b"PAR1", "not a complete Parquet"),
        (b"PAR1" + b"\0" * 20 + b"PAR1", "Parquet|thrift|footer"),
        ((2**62).to_bytes(8, "little") + b"{}", "cut short"),
        (write_tensors({}, {}), "does not say what it is"),
        (write_tensors({"kind": "tuple", "version": "1"}, {}), "there is none"),
        (write_tensors({"kind": "tuple"}, {}), "no version"),
        (write_tensors({"kind": "os.system", "version": "1"}, {}), "no values of kind"),
        (blob_of("tuple", 3), "not a list"),
        (blob_of("tuple", [["a", "b", "c"]]), "ValueError"),
        (blob_of("tuple", [{}]), "an object stands"),
        (blob_of("tuple", [[[], 1]]), "is no kind"),
        (blob_of("tuple", [["part", "../../etc"]]), "no sha256"),
        (blob_of("tuple", [["array", 7]]), "no array '7'"),
        (blob_of("float", "0x1p3"), "ValueError"),
        (blob_of("note", 5), "no text"),
        (blob_of("set", [1, 1]), "repeated"),
        (blob_of("mapping", [[1, 2], [1, 3]]), "repeated"),
        (blob_of("mapping", [[["sequence", []], 3]]), "unhashable"),
        (blob_of("array", ["|V8", [1], 0], **{"0": np.zeros(8, np.uint8)}), "is unknown"),
        (blob_of("array", ["<U2", [3], 0], **{"0": np.zeros(2, "<u4")}), "do not fit"),
        (blob_of("array", ["<U1", [1], 0], **{"0": np.full(1, 2**31, "<u4")}), "code point"),
        (blob_of("test.pair", {"weights": ["array", 0]}), "its fields are not"),
        (blob_of("test.pair", {"weights": 1, "count": 0}), "weights is not of type"),
        (
            blob_of("test.pair", {"weights": ["array", 0], "count": 0}, **{"0": np.arange(2)}),
            "weights is not of type",
        ),
    ],
    ids=range(25),
)
def test_malformed_blobs_are_refused_with_a_reason(payload, reason):
    with pytest.raises(FormatError, match=reason):
        decode(HASH, {HASH: payload}.__getitem__)


def test_newer_blobs_are_refused_by_their_version():
    payload = blob_of("tuple", [])
    newer = payload.replace(b'"version":"1"', b'"version":"7"')
    with pytest.raises(NewerVersionError, match="version 7"):
        decode(HASH, {HASH: newer}.__getitem__)


def test_deep_nesting_is_refused_in_both_directions():
    deep = write_tensors(
        {"kind": "json", "version": "1"}, {TREE: np.frombuffer(b"[" * 10**6, np.uint8)}
    )
    with pytest.raises(FormatError, match="nested deeper"):
        decode(HASH, {HASH: deep}.__getitem__)
    for layer in (lambda inner: [inner], lambda inner: (inner,), lambda inner: {"a": inner}):
        value = 1
        for _ in range(200):
            value = layer(value)
        with pytest.raises(LimitError):
            encode(value)


def huge(shape):
    header = {
        "__metadata__": {"kind": "array", "version": "1"},
        "0": {"dtype": "F64", "shape": shape, "data_offsets": [0, 8 * int(np.prod(shape))]},
    }
    text = write_json(header).encode()
    return len(text).to_bytes(8, "little") + text


@pytest.mark.parametrize("shape", [[2**40], [2**20, 2**20], [0, 2**70], [1] * 100])
def test_huge_declared_arrays_are_refused_without_memory(shape):
    tracemalloc.start()
    try:
        assert read(HASH, {HASH: huge(shape)}) is not None
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_one_long_text_in_many_rows_stays_one_text():
    cells = np.full(20_000, "x" * 10_000, dtype=object)
    encoded = encode(Table({"t": cells}))
    [payload] = payloads_of(encoded).values()
    assert len(payload) < 10**6
    tracemalloc.start()
    try:
        table = decode(encoded.root, payloads_of(encoded).__getitem__)
        assert tracemalloc.get_traced_memory()[1] < 2**26
    finally:
        tracemalloc.stop()
    assert table["t"][-1] == "x" * 10_000


def payloads_of(encoded):
    return {found: blob.payload for found, blob in encoded.blobs.items()}


@pytest.mark.parametrize(
    "columns",
    [
        {str(k): np.zeros(300_000) for k in range(40)},
        {"t": np.full(2000, "x" * 10_000)},
        {"b": np.zeros((500, 20_000))},
    ],
    ids=["numbers", "texts of one width", "bytes"],
)
def test_small_blobs_of_large_columns_are_refused_where_memory_is_short(monkeypatch, columns):
    encoded = encode(Table(columns))
    [payload] = payloads_of(encoded).values()
    assert len(payload) < 10**6
    monkeypatch.setattr(memory, "available_memory", lambda: 70 * 2**20)
    with pytest.raises(LimitError, match="too little memory"):
        decode(encoded.root, payloads_of(encoded).__getitem__)


@pytest.mark.parametrize("name", [name for name in ENCODED if is_one_safetensors(name)])
def test_safetensors_reads_what_we_write_alike(name):
    [payload] = payloads(name).values()
    ours = read_tensors(payload, name).arrays
    theirs = load_tensors(payload)
    assert ours.keys() == theirs.keys()
    for key, array in ours.items():
        assert array.dtype == theirs[key].dtype
        np.testing.assert_array_equal(array, theirs[key])


ROOTS = """
import numpy as np, pandas as pd
from workbench.core.tables import Table
from workbench.data import load
from workbench.reasoning import Budget, problems
from workbench.store.codecs import encode
from workbench.theories import Literal, Rule, theory_of

iris = load("iris", bins=3)
rule = Rule((Literal(0, frozenset({0, 1, 2}), (4,)),))
values = [
    iris, rule, theory_of(iris.variables, [rule]), Budget(tokens=3),
    frozenset("abcdefgh"), {"b": (1,), "a": frozenset("xyz")},
    Table({"x": ["b", "a"], "y": [1, 2]}), pd.DataFrame({"c": ["x", "y"]}),
    problems.countdown([3, 5, 7], 24),
]
print(" ".join(encode(value).root for value in values))
"""


def roots_by(seed):
    env = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", ROOTS]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout


def test_processes_with_other_hashes_of_texts_write_the_same_bytes():
    assert roots_by("1") == roots_by("2")
