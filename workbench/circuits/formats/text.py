"""The readable form, .json: the same content as .wbc, one node per line.

Layout::

    {"format": "circuit-workbench", "version": 1, "next_id": 7,
     "variables": [{"name": ..., "kind": ..., "categories": ..., "edges": ...}, ...],
     "nodes": [{"id": 0, "leaf": "categorical", "variable": 0, "parameters": [...]},
               {"id": 4, "product": [0, 2]},
               {"id": 6, "sum": [4, 5], "log_weights": [...]}]}

Children are given by id and come before their parents; the last node is the
root. Numbers are written so that reading gives the same bits; minus infinity,
the logarithm of zero, is the text "-inf".
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.formats.describe import (
    FORMAT,
    VERSION,
    checked_circuit,
    require_version,
    variables_from_json,
    variables_to_json,
)
from workbench.circuits.leaves import FAMILIES
from workbench.core.arrays import AnyArray
from workbench.core.strict_json import read_json, write_json
from workbench.errors import FormatError
from workbench.limits import LIMITS, require_within

_FAMILY_CODES = {family.name: family.code for family in FAMILIES.values()}
_KEYS = ["format", "version", "next_id", "variables", "nodes"]
Node = tuple[Kind, list[int], list[float], int, int, list[float]]


def write(circuit: Circuit) -> bytes:
    """The bytes of a .json file.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> read(write(circuit), Path("a.json")) == circuit
    True
    """
    variables = ",\n  ".join(write_json(v) for v in variables_to_json(circuit.variables))
    nodes = ",\n  ".join(write_json(_entry(circuit, node)) for node in range(circuit.n_nodes))
    return (
        f'{{"format": "{FORMAT}", "version": {VERSION}, "next_id": {circuit.next_id},\n'
        f' "variables": [\n  {variables}],\n "nodes": [\n  {nodes}]}}\n'
    ).encode()


def read(payload: bytes, path: Path) -> Circuit:
    """The circuit in the bytes of a .json file.

    Raises
    ------
    FormatError
        Naming the node that is malformed.
    """
    document = read_json(payload, path, "text")
    require_version(document, path)
    if sorted(document) != sorted(_KEYS) or not isinstance(document["nodes"], list):
        raise FormatError(path, "top level", f"the keys are not {_KEYS}")
    entries = document["nodes"]
    require_within(f"nodes in {path.name}", len(entries), LIMITS.n_nodes)
    variables = variables_from_json(document["variables"], path)
    ids = [_id(entry, path, f"node {position}") for position, entry in enumerate(entries)]
    place: dict[int, int] = {}
    for position, node_id in enumerate(ids):
        if place.setdefault(node_id, position) != position:
            raise FormatError(path, f"node {position}", f"node {place[node_id]} has the same id")
    nodes = [
        _node(entry, place, path, f"node {position}") for position, entry in enumerate(entries)
    ]
    arrays = arrays_of(nodes, ids)
    return checked_circuit(variables, arrays, document["next_id"], path)


def arrays_of(nodes: list[Node], ids: list[int]) -> dict[str, AnyArray]:
    """The arrays of a circuit from one tuple per node."""
    kinds, children, weights, variables, families, tables = (
        zip(*nodes, strict=True) if nodes else ((),) * 6
    )
    return {
        "kinds": np.array(kinds, dtype=np.uint8),
        "offsets": np.cumsum([0, *map(len, children)]).astype(np.int32),
        "children": np.fromiter(itertools.chain.from_iterable(children), np.int32),
        "log_weights": np.fromiter(itertools.chain.from_iterable(weights), np.float64),
        "leaf_variables": np.array(variables, dtype=np.int32),
        "leaf_families": np.array(families, dtype=np.int8),
        "leaf_offsets": np.cumsum([0, *map(len, tables)]).astype(np.int32),
        "leaf_parameters": np.fromiter(itertools.chain.from_iterable(tables), np.float64),
        "ids": np.array(ids, dtype=np.int64),
    }


def _entry(circuit: Circuit, node: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": int(circuit.ids[node])}
    kind = Kind(int(circuit.kinds[node]))
    if kind == Kind.LEAF:
        family = FAMILIES[int(circuit.leaf_families[node])].name
        variable = int(circuit.leaf_variables[node])
        table = _numbers_to_json(circuit.table_of(node))
        return entry | {"leaf": family, "variable": variable, "parameters": table}
    entry[kind.name.lower()] = circuit.ids[circuit.children_of(node)].tolist()
    if kind == Kind.SUM:
        weights = circuit.log_weights[circuit.offsets[node] : circuit.offsets[node + 1]]
        entry["log_weights"] = _numbers_to_json(weights)
    return entry


def _numbers_to_json(values: AnyArray) -> list[float | str]:
    return ["-inf" if value == -math.inf else value for value in values.tolist()]


def _id(entry: Any, path: Path, place: str) -> int:
    node_id = entry.get("id") if isinstance(entry, dict) else None
    if type(node_id) is not int or not 0 <= node_id < 2**63:
        raise FormatError(path, place, "it has no id")
    return node_id


def _node(entry: dict[str, Any], place_of: dict[int, int], path: Path, place: str) -> Node:
    for keys, read_node in _NODE_READERS.items():
        if entry.keys() == keys:
            return read_node(entry, place_of, path, place)
    raise FormatError(path, place, f"the keys {sorted(entry)} are those of no node")


def _leaf(entry: dict[str, Any], place_of: dict[int, int], path: Path, place: str) -> Node:
    family, variable = entry["leaf"], entry["variable"]
    if not isinstance(family, str) or family not in _FAMILY_CODES:
        raise FormatError(path, place, f"the family {family!r} is not one of {list(_FAMILY_CODES)}")
    if type(variable) is not int or not 0 <= variable < LIMITS.n_columns:
        raise FormatError(path, place, "its variable is not a position")
    table = _numbers(entry["parameters"], path, place)
    return Kind.LEAF, [], [], variable, _FAMILY_CODES[family], table


def _product(entry: dict[str, Any], place_of: dict[int, int], path: Path, place: str) -> Node:
    children = _children(entry["product"], place_of, path, place)
    return Kind.PRODUCT, children, [0.0] * len(children), -1, -1, []


def _sum(entry: dict[str, Any], place_of: dict[int, int], path: Path, place: str) -> Node:
    children = _children(entry["sum"], place_of, path, place)
    weights = _numbers(entry["log_weights"], path, place)
    if len(weights) != len(children):
        raise FormatError(path, place, f"{len(weights)} weights for {len(children)} children")
    return Kind.SUM, children, weights, -1, -1, []


_NODE_READERS: dict[frozenset[str], Callable[[dict[str, Any], dict[int, int], Path, str], Node]] = {
    frozenset({"id", "leaf", "variable", "parameters"}): _leaf,
    frozenset({"id", "product"}): _product,
    frozenset({"id", "sum", "log_weights"}): _sum,
}


def _children(given: Any, place_of: dict[int, int], path: Path, place: str) -> list[int]:
    if not isinstance(given, list) or not all(type(child) is int for child in given):
        raise FormatError(path, place, "its children are not a list of ids")
    unknown = [child for child in given if child not in place_of]
    if unknown:
        raise FormatError(path, place, f"its child {unknown[0]} is no node")
    return [place_of[child] for child in given]


def _numbers(given: Any, path: Path, place: str) -> list[float]:
    if not isinstance(given, list):
        raise FormatError(path, place, "its numbers are not a list")
    return [_number(value, path, place) for value in given]


def _number(value: Any, path: Path, place: str) -> float:
    if value == "-inf":
        return -math.inf
    number = float(value) if type(value) is float or _is_small(value) else math.nan
    if not math.isfinite(number):
        raise FormatError(path, place, f"{str(value)[:40]!r} is not a finite number")
    return number


def _is_small(value: Any) -> bool:
    return type(value) is int and abs(value) < 2**53
