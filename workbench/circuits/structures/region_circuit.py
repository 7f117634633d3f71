"""Region graphs as circuits: sums for each region, products for each of its partitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.memory import Size, require_buildable
from workbench.circuits.structures.hclt_memory import FAMILY_OF_KIND
from workbench.circuits.structures.region_states import RegionStates, region_states
from workbench.circuits.structures.regions import Partition, Regions
from workbench.core.arrays import FloatArray, IdArray
from workbench.core.threads import one_blas_thread
from workbench.data.variables import Variable
from workbench.errors import ParameterError

PRODUCTS = ("matched", "pairs")


def region_circuit(
    regions: Regions,
    rows: FloatArray,
    variables: tuple[Variable, ...],
    sums: int,
    inputs: int,
    products: str,
    seed: int,
) -> Circuit:
    """The circuit of `regions`, its parameters started from clusters of `rows`.

    A leaf region has `inputs` products of leaves of its variables, other regions
    `sums` sums, the root one.

    Parameters
    ----------
    products
        "pairs": every combination of units of the parts is a product, and every
        sum of the region weighs all of them. "matched": each of as many products
        as sums multiplies one mixture of the units of each part, which takes the
        square of `sums` edges for a part and not the cube.

    Raises
    ------
    ParameterError
        When a number is below 1 or `products` is unknown.
    LimitError
        When it would be larger than the limits or the memory allow.

    Source: "pairs" in Peharz et al. 2019, "Random sum-product networks";
    "matched" is the canonical polyadic layer of Mari, Vessio and Vergari 2023,
    "Unifying and understanding overparameterized circuit representations via
    low-rank tensor decompositions".

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> known = (categorical("x", 2), categorical("y", 2))
    >>> halves = Regions(((0,), (1,), (0, 1)), ((), (), ((0, 1),)))
    >>> region_circuit(halves, np.eye(2), known, 2, 2, "pairs", seed=0)
    Circuit(2 variables; 4 leaf, 1 sum, 4 product; 12 edges)
    """
    for name, value in (("latents", sums), ("inputs", inputs)):
        if value < 1:
            raise ParameterError(
                "cannot build sums of regions", given=f"{name}={value}", expected="1 or more"
            )
    if products not in PRODUCTS:
        raise ParameterError(
            "unknown products of regions", given=repr(products), expected=f"one of {PRODUCTS}"
        )
    require_buildable(
        region_size(regions, variables, sums, inputs, products),
        remedy="Take fewer latents or regions, or matched products.",
    )
    n_states = tuple(sums if ways else inputs for ways in regions.partitions)
    with one_blas_thread():
        start = region_states(regions, rows, variables, n_states, seed)
        return _Assembly(regions, start, Builder(variables)).circuit(products)


def region_size(
    regions: Regions, variables: Sequence[Variable], sums: int, inputs: int, products: str
) -> Size:
    """What the circuit of `regions` counts.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> halves = Regions(((0,), (1,), (0, 1)), ((), (), ((0, 1),)))
    >>> region_size(halves, [categorical("x", 2), categorical("y", 2)], 2, 2, "pairs")
    Size(n_nodes=9, n_edges=12, n_parameters=8)
    """
    n_nodes = n_edges = n_parameters = 0
    for region, (scope, ways) in enumerate(zip(regions.scopes, regions.partitions, strict=True)):
        is_root, n_products = region == regions.root, 0
        for parts in ways:
            units = [sums if regions.partitions[part] else inputs for part in parts]
            new = prod(units) if products == "pairs" else sums
            n_products += new
            n_nodes += new
            n_edges += new * len(parts)
            if products == "matched":
                n_nodes += sums * len(parts)
                n_edges += sums * sum(units)
        if not ways:
            own = [FAMILY_OF_KIND[variables[v].kind].n_parameters(variables[v]) for v in scope]
            n_nodes += inputs * (len(scope) + (len(scope) > 1))
            n_edges += inputs * len(scope) * (len(scope) > 1)
            n_parameters += inputs * sum(own)
            n_products = inputs
        if is_root:
            n_nodes, n_edges = n_nodes + 1, n_edges + n_products
        elif products == "pairs" and ways:
            n_nodes, n_edges = n_nodes + sums, n_edges + sums * n_products
        elif len(ways) > 1:
            n_nodes, n_edges = n_nodes + sums, n_edges + sums * len(ways)
    return Size(n_nodes, n_edges, n_parameters)


@dataclass(frozen=True, eq=False)
class _Assembly:
    """Adds the nodes of regions, parts before wholes."""

    regions: Regions
    start: RegionStates
    build: Builder
    units: list[IdArray] = field(default_factory=list)  # of each region that is done

    def circuit(self, products: str) -> Circuit:
        """The circuit of all regions."""
        add = {"matched": self._matched, "pairs": self._pairs}[products]
        for region, ways in enumerate(self.regions.partitions):
            self.units.append(add(region, ways) if ways else self._leaves(region))
        root = self.units[-1]
        if not self.regions.partitions[-1]:
            root = self.build.sums(root[None], self.start.shares(self.regions.root)[None])
        return self.build.circuit(int(root[0]))

    def _leaves(self, region: int) -> IdArray:
        """(inputs,) products of leaves."""
        columns = []
        for variable in self.regions.scopes[region]:
            family = FAMILY_OF_KIND[self.build.variables[variable].kind]
            tables = self.start.leaf_tables(variable, region)
            columns.append(self.build.leaves(variable, family, tables))
        if len(columns) == 1:
            return columns[0]
        return self.build.products(np.stack(columns, axis=1))

    def _pairs(self, region: int, ways: Sequence[Partition]) -> IdArray:
        """(sums,) sums over every combination of units of the parts of every way; 1 at the root."""
        below, weights = [], []
        for parts in ways:
            grid = np.meshgrid(*(self.units[part] for part in parts), indexing="ij")
            below.append(self.build.products(np.stack([axis.ravel() for axis in grid], axis=1)))
            weights.append(self.start.given(region, parts) / len(ways))
        share = np.concatenate(weights, axis=1)
        if region == self.regions.root:
            share = self.start.shares(region)[None] @ share
        return self.build.sums(np.tile(np.concatenate(below), (len(share), 1)), share)

    def _matched(self, region: int, ways: Sequence[Partition]) -> IdArray:
        """(sums,) the product of each state, or a mixture of those of all ways; 1 at the root."""
        found = np.stack([self._products(region, parts) for parts in ways], axis=1)
        if region == self.regions.root:
            shares = np.repeat(self.start.shares(region) / len(ways), len(ways))
            return self.build.sums(found.reshape(1, -1), shares[None])
        if len(ways) == 1:
            return found[:, 0]
        return self.build.sums(found, np.full(found.shape, 1.0 / len(ways)))

    def _products(self, region: int, parts: Partition) -> IdArray:
        """(sums,) for each state the product of one mixture of the units of each part."""
        mixtures = []
        for part in parts:
            weights = self.start.given(region, [part])
            units = np.tile(self.units[part], (len(weights), 1))
            mixtures.append(self.build.sums(units, weights))
        return self.build.products(np.stack(mixtures, axis=1))
