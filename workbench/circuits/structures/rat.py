"""Random sum-product networks: regions by chance, with sums for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.circuits.structures.region_circuit import region_circuit
from workbench.circuits.structures.regions import Regions, region_graph
from workbench.circuits.structures.rows import training_rows
from workbench.core.seeds import stream
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within

DEFAULT_DEPTH = 4

Region = tuple[int, ...]


def rat(
    data: Dataset | ArrayLike,
    latents: int = 8,
    depth: int | None = None,
    repetitions: int = 8,
    inputs: int | None = None,
    products: str = "pairs",
    seed: int = 0,
    variables: Sequence[Variable] | None = None,
) -> Circuit:
    """A random sum-product network over the variables of `data`.

    The variables are halved at random, and the halves again, `depth` times; all of
    it is repeated, and equal regions are one. Only the start of the parameters
    depends on the rows.

    Parameters
    ----------
    data
        A Dataset (its training rows are used) or rows ``(rows, variable)``.
    latents
        Sums of each region.
    depth
        How often to halve; 4 when omitted, or as often as there are variables to part.
    repetitions
        How many random ways to halve all variables.
    inputs
        Products of leaves of each region that is not halved; as many as `latents` when
        omitted.
    products
        "pairs", as published, or "matched"; see
        :func:`workbench.circuits.structures.region_circuit.region_circuit`.
    variables
        What the columns of plain rows mean; guessed when omitted.

    Raises
    ------
    ParameterError
        When a number is too small or `products` is unknown.
    DataError
        When the rows are empty or do not fit the variables.
    LimitError
        When it would be larger than the limits or the memory allow.

    Source: Peharz et al. 2019, "Random sum-product networks: a simple and effective
    approach to probabilistic deep learning", algorithms 1 and 2.

    Examples
    --------
    >>> rows = np.array([[0, 0, 1, 1], [1, 1, 0, 0], [0, 0, 0, 1]], dtype=float)
    >>> rat(rows, latents=2, depth=1, repetitions=1)
    Circuit(4 variables; 8 leaf, 1 sum, 8 product; 20 edges)
    """
    for name, value, least in (("depth", depth, 0), ("repetitions", repetitions, 1)):
        if value is not None and value < least:
            raise ParameterError(
                "cannot split at random", given=f"{name}={value}", expected=f"{least} or more"
            )
    rows, known = training_rows(data, variables)
    halvings = DEFAULT_DEPTH if depth is None else depth
    regions = random_regions(len(known), halvings, repetitions, seed)
    own = latents if inputs is None else inputs
    return region_circuit(regions, rows, known, latents, own, products, seed)


def random_regions(n_variables: int, depth: int, repetitions: int, seed: int) -> Regions:
    """The regions of `repetitions` random trees of halves, `depth` deep.

    Examples
    --------
    >>> random_regions(3, depth=1, repetitions=2, seed=0).scopes[-1]
    (0, 1, 2)
    """
    most = repetitions * min(2 ** min(depth, 40), 2 * n_variables)
    require_within("regions", most, LIMITS.n_nodes, "Take fewer repetitions.")
    random = stream(seed, "rat")
    whole: Region = tuple(range(n_variables))
    ways: dict[Region, list[tuple[Region, ...]]] = {}
    for _ in range(repetitions):
        regions = [whole]
        for _ in range(depth):
            halves = [_halves(region, random) for region in regions if len(region) > 1]
            for region, parts in halves:
                ways.setdefault(region, []).append(parts)
            regions = [part for _, parts in halves for part in parts]
            if not regions:
                break
    return region_graph(whole, lambda region: ways.get(region, []), lambda region: region)


def _halves(region: Region, random: np.random.Generator) -> tuple[Region, tuple[Region, Region]]:
    order, half = random.permutation(region).tolist(), len(region) // 2
    return region, (tuple(sorted(order[:half])), tuple(sorted(order[half:])))
