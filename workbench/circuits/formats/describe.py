"""What all our formats share: variables as JSON, and the checks on untrusted arrays."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL, FAMILIES
from workbench.core.arrays import AnyArray
from workbench.data.variables import Variable
from workbench.errors import FormatError, ParameterError, StructureError
from workbench.limits import LIMITS, require_within

FORMAT = "circuit-workbench"
VERSION = 1


def variables_to_json(variables: tuple[Variable, ...]) -> list[dict[str, Any]]:
    """A list of objects, one per variable; categories "0", "1", ... are given by their number.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> variables_to_json((categorical("x", 2),))
    [{'name': 'x', 'kind': 'categorical', 'categories': 2}]
    """
    return [_variable_to_json(variable) for variable in variables]


def variables_from_json(described: Any, path: object) -> tuple[Variable, ...]:
    """The variables that :func:`variables_to_json` described.

    Raises
    ------
    FormatError
        When an entry is malformed.

    Examples
    --------
    >>> variables_from_json([{"name": "x", "kind": "continuous"}], "file")[0].kind
    'continuous'
    """
    if not isinstance(described, list):
        raise FormatError(path, "variables", "they are not a list")
    require_within(f"variables in {path}", len(described), LIMITS.n_columns)
    return tuple(
        _variable_from_json(entry, path, f"variable {position}")
        for position, entry in enumerate(described)
    )


def require_version(header: Any, path: object) -> None:
    """Nothing, or :class:`FormatError` when the header is not ours or newer than this program.

    Examples
    --------
    >>> require_version({"format": "circuit-workbench", "version": 1}, "file")
    """
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise FormatError(path, "header", "this is not a circuit of the workbench")
    version = header.get("version")
    if type(version) is not int or version < 1:
        raise FormatError(path, "header", f"{version!r} is not a version")
    if version > VERSION:
        raise FormatError(
            path,
            "header",
            f"version {version} is newer than this program, which reads up to {VERSION}",
            remedy="Install a newer release of circuit-workbench.",
        )


def checked_circuit(
    variables: tuple[Variable, ...], arrays: Mapping[str, AnyArray], next_id: Any, path: object
) -> Circuit:
    """The circuit of untrusted arrays, after every invariant has been checked.

    Raises
    ------
    FormatError
        Naming the array or node that is wrong, and how.
    LimitError
        When there are more nodes or edges than the limits allow.
    """
    require_within(f"nodes in {path}", len(arrays["kinds"]), LIMITS.n_nodes)
    require_within(f"edges in {path}", len(arrays["children"]), LIMITS.n_edges)
    if type(next_id) is not int or not 0 <= next_id < 2**63:
        raise FormatError(path, "next_id", f"{next_id!r} is not an id")
    for check in _CHECKS:
        check(variables, arrays, path)
    try:
        return Circuit(variables=variables, next_id=next_id, **arrays)
    except StructureError as error:
        raise FormatError(path, "structure", str(error)) from error


def require_writable(circuit: Circuit) -> None:
    """Nothing, or :class:`StructureError` when a file of `circuit` would be refused by our readers.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> build = Builder((Variable("x", "continuous"),))
    >>> require_writable(build.circuit(build.gaussian(0, 0.0, 1.0)))
    """
    try:
        described = variables_to_json(circuit.variables)
        same = variables_from_json(described, "variables") == circuit.variables
        for check in _CHECKS:
            check(circuit.variables, vars(circuit), "circuit")
    except FormatError as error:
        raise StructureError(f"cannot save this circuit: {error.place}: {error.reason}") from error
    if not same:
        raise StructureError("cannot save this circuit: bin edges of a variable are not finite")


def _variable_to_json(variable: Variable) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": variable.name, "kind": variable.kind}
    if variable.categories:
        counted = tuple(str(code) for code in range(variable.n_categories))
        is_counted = variable.categories == counted
        entry["categories"] = len(counted) if is_counted else list(variable.categories)
    if variable.edges:
        entry["edges"] = list(variable.edges)
    return entry


def _variable_from_json(entry: Any, path: object, place: str) -> Variable:
    if not isinstance(entry, dict) or not set(entry) <= {"name", "kind", "categories", "edges"}:
        raise FormatError(path, place, "it is not a variable")
    name, kind = entry.get("name"), entry.get("kind")
    if not isinstance(name, str) or kind not in {"categorical", "continuous"}:
        raise FormatError(path, place, "it lacks a name or a known kind")
    categories = _categories(entry.get("categories", []), path, place)
    edges = entry.get("edges", [])
    if not isinstance(edges, list) or not all(type(edge) in {int, float} for edge in edges):
        raise FormatError(path, place, "its edges are not a list of numbers")
    if any(low >= high for low, high in itertools.pairwise(edges)):
        raise FormatError(path, place, "its edges do not ascend")
    try:
        return Variable(name, kind, categories, tuple(float(edge) for edge in edges))
    except (ParameterError, OverflowError) as error:
        raise FormatError(path, place, str(error)) from error


def _categories(described: Any, path: object, place: str) -> tuple[str, ...]:
    n_categories = described if type(described) is int else None
    if isinstance(described, list):
        n_categories = len(described)
    if n_categories is None or n_categories < 0:
        raise FormatError(path, place, "its categories are neither a number nor a list")
    require_within(f"categories of {place} in {path}", n_categories, LIMITS.n_categories)
    labels = described if isinstance(described, list) else [str(i) for i in range(n_categories)]
    if not all(isinstance(label, str) for label in labels):
        raise FormatError(path, place, "a category is not text")
    if len(set(labels)) < len(labels):
        raise FormatError(path, place, "two categories are equal")
    return tuple(labels)


def _check_pointers(
    variables: tuple[Variable, ...], arrays: Mapping[str, AnyArray], path: object
) -> None:
    n_nodes = len(arrays["kinds"])
    for name, flat in (("offsets", "children"), ("leaf_offsets", "leaf_parameters")):
        offsets = arrays[name]
        if len(offsets) != n_nodes + 1 or offsets[0] != 0 or offsets[-1] != len(arrays[flat]):
            raise FormatError(path, name, f"they do not fit the {n_nodes} nodes and {flat}")
        if (np.diff(offsets) < 0).any():
            node = int(np.argmax(np.diff(offsets) < 0))
            raise FormatError(path, f"{name}, node {node}", "they descend")
    for name in ("leaf_variables", "leaf_families", "ids"):
        if len(arrays[name]) != n_nodes:
            raise FormatError(path, name, f"there is not one for each of {n_nodes} nodes")
    if len(arrays["log_weights"]) != len(arrays["children"]):
        raise FormatError(path, "log_weights", "there is not one for each edge")
    _refuse_at("children", (arrays["children"] >= n_nodes), path, "it is no node", "edge")


def _check_leaves(
    variables: tuple[Variable, ...], arrays: Mapping[str, AnyArray], path: object
) -> None:
    is_leaf = arrays["kinds"] == Kind.LEAF
    families, columns = arrays["leaf_families"], arrays["leaf_variables"]
    sizes = np.diff(arrays["leaf_offsets"])
    inner = ~is_leaf & ((families != -1) | (columns != -1) | (sizes != 0))
    _refuse_at("leaves", inner, path, "an inner node has a variable, a family or parameters")
    unknown = is_leaf & ((columns < 0) | (columns >= len(variables)))
    _refuse_at("leaf_variables", unknown, path, "there is no such variable")
    _refuse_at("leaf_families", is_leaf & ~np.isin(families, list(FAMILIES)), path, "unknown code")
    for code, family in FAMILIES.items():
        expected = np.array([family.n_parameters(variable) for variable in variables], np.int64)
        nodes = np.flatnonzero(is_leaf & (families == code))
        wrong = np.zeros(len(families), dtype=np.bool_)
        wrong[nodes] = sizes[nodes] != expected[columns[nodes]]
        wrong[nodes] |= expected[columns[nodes]] == 0
        _refuse_at("leaf_parameters", wrong, path, f"a {family.name} leaf of another size")


def _check_numbers(
    variables: tuple[Variable, ...], arrays: Mapping[str, AnyArray], path: object
) -> None:
    weights, parameters = arrays["log_weights"], arrays["leaf_parameters"]
    _refuse_at("log_weights", np.isnan(weights) | np.isposinf(weights), path, "not finite", "edge")
    of_product = np.repeat(arrays["kinds"] == Kind.PRODUCT, np.diff(arrays["offsets"]))
    _refuse_at(
        "log_weights", of_product & (weights != 0), path, "a weight on a product's edge", "edge"
    )
    may_be_minus_infinity = np.repeat(
        arrays["leaf_families"] == CATEGORICAL.code, np.diff(arrays["leaf_offsets"])
    )
    bad = ~np.isfinite(parameters) & ~(np.isneginf(parameters) & may_be_minus_infinity)
    _refuse_at("leaf_parameters", bad, path, "not finite", "entry")


def _check_distributions(
    variables: tuple[Variable, ...], arrays: Mapping[str, AnyArray], path: object
) -> None:
    is_leaf = arrays["kinds"] == Kind.LEAF
    pairs = np.stack([arrays["leaf_families"], arrays["leaf_variables"]], axis=1)
    for code, column in np.unique(pairs[is_leaf], axis=0).tolist():
        family, variable = FAMILIES[code], variables[column]
        nodes = np.flatnonzero(is_leaf & (pairs == [code, column]).all(axis=1))
        places = arrays["leaf_offsets"][nodes, None] + np.arange(family.n_parameters(variable))
        wrong = np.zeros(len(is_leaf), dtype=np.bool_)
        wrong[nodes] = ~family.is_valid(arrays["leaf_parameters"][places], variable)
        _refuse_at("leaf_parameters", wrong, path, f"no {family.name} distribution")


def _refuse_at(name: str, bad: AnyArray, path: object, reason: str, what: str = "node") -> None:
    if bad.any():
        raise FormatError(path, f"{name}, {what} {int(np.argmax(bad))}", reason)


_CHECKS = (_check_pointers, _check_leaves, _check_numbers, _check_distributions)
