"""pyjuice 2.6: node vectors to circuits and circuits to node vectors; see :func:`to_pyjuice`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.circuits.adapters.vectors import (
    Vector,
    Vectors,
    edges,
    factors,
    imported,
    numbers,
    refused,
    require_distribution,
    unreadable,
    vectors,
)
from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import (
    CATEGORICAL,
    DISCRETISED_LOGISTIC,
    FAMILIES,
    GAUSSIAN,
    Family,
)
from workbench.core.arrays import FloatArray, IdArray
from workbench.data.variables import Variable, categorical, continuous
from workbench.errors import ParameterError

NAME = "pyjuice"
Made = tuple[str, Mapping[str, Any], FloatArray]


def to_pyjuice(circuit: Circuit) -> Any:
    """The root of the pyjuice node vectors of `circuit`, for ``pyjuice.compile`` on a GPU.

    Vectors have blocks of one node, so that every edge stays by itself;
    ``pyjuice.blockify`` finds larger blocks where there are any. pyjuice
    alternates sums and products: between two sums comes a product of one
    factor, which :func:`from_pyjuice` takes out again, and between two products
    or above a root that is none a sum of one edge, which stays. What is lost:
    parameters are rounded to single precision, ids, the names of variables and
    categories; binomial leaves become tables.

    Raises
    ------
    StructureError
        When the circuit is no smooth, decomposable distribution, or has Poisson
        or uniform leaves.
    MissingDependency
        When pyjuice is not installed.

    Examples
    --------
    >>> nodes = to_pyjuice(circuit)                            # doctest: +SKIP
    >>> model = pyjuice.compile(nodes).to("cuda")              # doctest: +SKIP
    """
    juice = imported("pyjuice", "pyjuice")
    require_distribution(circuit, NAME)
    known = vectors(circuit)
    made: list[Any] = []
    for vector in known.vectors:
        made.append(_WRITERS[vector.kind](circuit, known, vector, made))
    root = made[-1]
    return root if root.is_sum() else _through_sums(juice, root)


def from_pyjuice(root: Any, variables: Sequence[Variable] | None = None) -> Circuit:
    """The circuit of the pyjuice node vectors below `root`, which has one node.

    Parameters of a compiled model come back with its ``update_parameters()``.

    Parameters
    ----------
    variables
        What the columns mean; when omitted they are named x0, x1, ... with as
        many categories as their leaves have.

    Raises
    ------
    StructureError
        When a distribution has no counterpart here, or nodes have no parameters yet.
    ParameterError
        When the leaves of a column differ in kind, or it has none.

    Examples
    --------
    >>> nodes = pyjuice.structures.HCLT(data, num_latents=4)   # doctest: +SKIP
    >>> nodes.init_parameters()                                # doctest: +SKIP
    >>> circuit = from_pyjuice(nodes)                          # doctest: +SKIP
    """
    if root.num_nodes != 1:
        raise unreadable(NAME, f"its root has {root.num_nodes} nodes instead of one")
    order = list(root)
    build = Builder(_variables(order) if variables is None else tuple(variables))
    made: dict[int, IdArray] = {}
    for vector in order:
        read = _read_leaves if vector.is_input() else _INNER[vector.is_sum()]
        made[id(vector)] = read(build, vector, [made[id(child)] for child in vector.chs])
    return build.circuit(int(made[id(root)][0]))


# --- to pyjuice


def _leaf_vector(circuit: Circuit, _known: Vectors, vector: Vector, _below: list[Any]) -> Any:
    juice, torch = imported("pyjuice", "pyjuice"), imported("torch", "pyjuice")
    first = int(vector.nodes[0])
    family = FAMILIES[int(circuit.leaf_families[first])]
    tables = np.stack([circuit.table_of(node) for node in vector.nodes.tolist()])
    name, options, parameters = _written(circuit, first, family, tables)
    made = juice.inputs(
        int(circuit.leaf_variables[first]),
        num_nodes=len(tables),
        dist=getattr(juice.distributions, name)(**options),
    )
    flat = torch.tensor(parameters.reshape(-1), dtype=torch.float32)
    made.set_params(flat, normalize=False)
    return made


def _written(circuit: Circuit, node: int, family: Family, tables: FloatArray) -> Made:
    if family is GAUSSIAN:
        mean, log_deviation = tables.T
        return "Gaussian", {}, np.stack([mean, np.exp(log_deviation)], axis=1)
    if family is DISCRETISED_LOGISTIC:
        top, mean, log_scale = tables.T
        ends = (-0.5, float(top[0]) + 0.5)  # pyjuice cuts this range into equal categories
        options = {"val_range": ends, "num_cats": int(top[0]) + 1}
        return "DiscreteLogistic", options, np.stack([mean, np.exp(log_scale)], axis=1)
    if family.log_masses is None:
        raise refused(NAME, f"leaf #{circuit.ids[node]} is {family.name}, which it does not have")
    masses = np.exp(family.log_masses(tables))
    return "Categorical", {"num_cats": masses.shape[1]}, masses


def _sum_vector(circuit: Circuit, known: Vectors, vector: Vector, below: list[Any]) -> Any:
    juice, torch = imported("pyjuice", "pyjuice"), imported("torch", "pyjuice")
    inputs = [below[part] for part in vector.parts]
    inputs = [juice.multiply(child) if child.is_sum() else child for child in inputs]
    starts = np.zeros(len(known.vectors), dtype=np.int64)
    sizes = [len(known.vectors[part].nodes) for part in vector.parts]
    starts[list(vector.parts)] = np.cumsum([0, *sizes[:-1]])
    cells: dict[tuple[int, int], float] = {}
    for place, children, logs in edges(circuit, vector):
        columns = starts[known.vector_of[children]] + known.place_of[children]
        for column, weight in zip(columns.tolist(), np.exp(logs).tolist(), strict=True):
            cells[place, column] = cells.get((place, column), 0.0) + weight
    ends = torch.tensor(list(cells), dtype=torch.long).T.contiguous()
    made = juice.summate(*inputs, num_nodes=len(vector.nodes), edge_ids=ends)
    made.set_params(torch.tensor(list(cells.values()), dtype=torch.float32), normalize=False)
    return made


def _product_vector(circuit: Circuit, known: Vectors, vector: Vector, below: list[Any]) -> Any:
    juice, torch = imported("pyjuice", "pyjuice"), imported("torch", "pyjuice")
    inputs = [below[part] for part in vector.parts]
    inputs = [_through_sums(juice, child) if child.is_prod() else child for child in inputs]
    places = factors(circuit, known, vector)
    return juice.multiply(*inputs, edge_ids=torch.tensor(places), sparse_edges=True)


def _through_sums(juice: Any, vector: Any) -> Any:
    """A vector of sums of one edge each, with the same values."""
    torch = imported("torch", "pyjuice")
    numbered = torch.arange(vector.num_nodes)
    made = juice.summate(vector, num_nodes=vector.num_nodes, edge_ids=torch.stack([numbered] * 2))
    made.set_params(torch.ones(vector.num_nodes), normalize=False)
    return made


_WRITERS = {Kind.LEAF: _leaf_vector, Kind.SUM: _sum_vector, Kind.PRODUCT: _product_vector}


# --- from pyjuice


def _variables(order: list[Any]) -> tuple[Variable, ...]:
    """What the columns are by the leaves over them: 0 categories stand for a continuous one."""
    found: dict[int, int] = {}
    for vector in order:
        if vector.is_input():
            column, n_categories = _column(vector), _reader(vector)[1](vector)
            known = found.get(column, n_categories)
            if (known == 0) != (n_categories == 0):
                raise ParameterError(f"the leaves of column {column} differ in kind")
            found[column] = max(known, n_categories)
    missing = sorted(set(range(max(found) + 1)) - set(found))
    if missing:
        raise ParameterError(
            "cannot tell what a column is",
            given=f"column {missing[0]} without a leaf",
            remedy="Say what the columns mean: from_pyjuice(root, variables).",
        )
    return tuple(
        categorical(f"x{column}", found[column]) if found[column] else continuous(f"x{column}")
        for column in range(len(found))
    )


def _column(vector: Any) -> int:
    columns = list(vector.scope)
    if len(columns) != 1:
        raise unreadable(NAME, f"a leaf over {len(columns)} variables has no counterpart here")
    return int(columns[0])


def _reader(vector: Any) -> tuple[Family, Callable[[Any], int], Callable[[Any, int], FloatArray]]:
    name = type(vector.dist).__name__
    if name not in _LEAF_READERS:
        raise unreadable(NAME, f"{name} leaves have no counterpart here")
    return _LEAF_READERS[name]


def _read_leaves(build: Builder, vector: Any, _below: list[IdArray]) -> IdArray:
    family, _, read = _reader(vector)
    column = _column(vector)
    return build.leaves(column, family, read(vector, build.variables[column].n_categories))


def _parameters(vector: Any) -> FloatArray:
    """(nodes, parameters) of a vector of leaves."""
    found = vector.get_source_ns().get_params()
    if found is None:
        raise _without_parameters("leaves")
    return numbers(found).reshape(vector.num_nodes, -1)


def _without_parameters(what: str) -> Exception:
    return unreadable(
        NAME, f"its {what} have no parameters yet", remedy="Call root.init_parameters() first."
    )


def _read_categorical(vector: Any, n_categories: int) -> FloatArray:
    return _logs(_parameters(vector), n_categories)


def _read_bernoulli(vector: Any, n_categories: int) -> FloatArray:
    chances = _parameters(vector)
    return _logs(np.concatenate([1.0 - chances, chances], axis=1), n_categories)


def _read_literal(vector: Any, n_categories: int) -> FloatArray:
    return _accepting(np.full(vector.num_nodes, vector.dist.lit), n_categories)


def _read_indicator(vector: Any, n_categories: int) -> FloatArray:
    return _accepting(_parameters(vector)[:, 0].astype(np.int64), n_categories)


def _read_gaussian(vector: Any, _n_categories: int) -> FloatArray:
    mean, deviation = _parameters(vector).T
    return np.stack([mean, np.log(deviation)], axis=1)


def _read_logistic(vector: Any, n_categories: int) -> FloatArray:
    mean, scale = _parameters(vector).T
    low, high = vector.dist.val_range
    width = (high - low) / vector.dist.num_cats
    top = np.full(len(mean), n_categories - 1.0)
    return np.stack([top, (mean - low) / width - 0.5, np.log(scale / width)], axis=1)


def _logs(probabilities: FloatArray, n_categories: int) -> FloatArray:
    """(nodes, n_categories) log-probabilities; categories beyond those given are impossible."""
    padded = np.zeros((len(probabilities), n_categories))
    padded[:, : probabilities.shape[1]] = probabilities
    with np.errstate(divide="ignore"):  # an impossible category has log-probability -inf
        logs: FloatArray = np.log(padded)
    return logs


def _accepting(codes: IdArray, n_categories: int) -> FloatArray:
    return _logs(np.eye(n_categories)[codes], n_categories)


def _number_of(attribute: str) -> Callable[[Any], int]:
    return lambda vector: int(getattr(vector.dist, attribute))


_LEAF_READERS: Mapping[
    str, tuple[Family, Callable[[Any], int], Callable[[Any, int], FloatArray]]
] = {
    "Bernoulli": (CATEGORICAL, lambda _vector: 2, _read_bernoulli),
    "Categorical": (CATEGORICAL, _number_of("num_cats"), _read_categorical),
    "DiscreteLogistic": (DISCRETISED_LOGISTIC, _number_of("num_cats"), _read_logistic),
    "Gaussian": (GAUSSIAN, lambda _vector: 0, _read_gaussian),
    "Indicator": (CATEGORICAL, _number_of("num_states"), _read_indicator),
    "Literal": (CATEGORICAL, lambda vector: max(2, vector.dist.lit + 1), _read_literal),
}


def _read_products(build: Builder, vector: Any, below: list[IdArray]) -> IdArray:
    places = numbers(vector.edge_ids).astype(np.int64)
    if vector.is_block_sparse():
        within = np.arange(vector.block_size)
        places = (places[:, None, :] * vector.block_size + within[:, None]).reshape(
            vector.num_nodes, -1
        )
    parts = [nodes[column] for nodes, column in zip(below, places.T, strict=True)]
    return parts[0] if len(parts) == 1 else build.products(np.stack(parts, axis=1))


def _read_sums(build: Builder, vector: Any, below: list[IdArray]) -> IdArray:
    found = vector.get_source_ns().get_params()
    if found is None:
        raise _without_parameters("sums")
    weights = numbers(found)
    parents, children = numbers(vector.edge_ids).astype(np.int64)[:, :, None, None]
    _, side, ch_side = weights.shape
    rows = parents * side + np.arange(side)[:, None]
    columns = children * ch_side + np.arange(ch_side)
    rows, columns = (np.broadcast_to(places, weights.shape).ravel() for places in (rows, columns))
    order = np.lexsort((columns, rows))
    nodes, flat = np.concatenate(below)[columns[order]], weights.ravel()[order]
    arities = np.bincount(rows, minlength=vector.num_nodes)
    if (arities == arities[0]).all():
        return build.sums(nodes.reshape(len(arities), -1), flat.reshape(len(arities), -1))
    ends = np.cumsum(arities)[:-1]
    parts = zip(np.split(nodes, ends), np.split(flat, ends), strict=True)
    return np.array(
        [build.sum(below_it.tolist(), shares) for below_it, shares in parts], dtype=np.int64
    )


_INNER = {False: _read_products, True: _read_sums}
