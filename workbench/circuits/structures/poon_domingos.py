"""Poon-Domingos circuits of an image: every rectangle of a grid, cut at every line of it."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.circuits.structures.images import Rectangle, Shape, image_rows
from workbench.circuits.structures.region_circuit import region_circuit
from workbench.circuits.structures.regions import Regions, region_graph
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within

CELLS = 4  # along the longer side when no step is given
FEWER = "Take a larger delta."


def poon_domingos(
    data: Dataset | ArrayLike,
    latents: int = 8,
    delta: int | None = None,
    inputs: int | None = None,
    products: str = "matched",
    seed: int = 0,
    shape: Shape | None = None,
    variables: Sequence[Variable] | None = None,
) -> Circuit:
    """A circuit of all rectangles of an image whose sides lie on a grid of `delta` pixels.

    Every rectangle is a mixture over all cuts along lines of the grid; one cell of
    it is a product of its pixels.

    Parameters
    ----------
    data
        A Dataset of images (its training rows are used) or rows ``(rows, pixel)``.
    latents
        Sums of each rectangle.
    delta
        Pixels from one line of the grid to the next; a quarter of the longer side when
        omitted. The size grows with the fifth power of the number of lines.
    inputs
        Products of pixels of each cell; as many as `latents` when omitted.
    products
        "matched", or "pairs" as published; see
        :func:`workbench.circuits.structures.region_circuit.region_circuit`.
    shape
        (height, width) of plain rows, pixels row by row.
    variables
        What the columns of plain rows mean; guessed when omitted.

    Raises
    ------
    DataError
        When the table does not say that its columns are pixels.
    ParameterError
        When a number is below 1, or `products` or `shape` do not fit.
    LimitError
        When it would be larger than the limits or the memory allow.

    Source: Poon and Domingos 2011, "Sum-product networks: a new deep architecture";
    the grid as in Peharz et al. 2020, "Einsum networks".

    Examples
    --------
    >>> poon_domingos([[0, 0, 1, 1], [1, 1, 0, 0]], latents=2, delta=1, shape=(2, 2))
    Circuit(4 variables; 8 leaf, 25 sum, 12 product; 76 edges)
    """
    if delta is not None and delta < 1:
        raise ParameterError("cannot lay a grid", given=f"delta={delta}", expected="1 or more")
    rows, known, found = image_rows(data, shape, variables)
    step = -(-max(found) // CELLS) if delta is None else delta
    own = latents if inputs is None else inputs
    return region_circuit(grid_regions(found, step), rows, known, latents, own, products, seed)


def grid_regions(shape: Shape, delta: int) -> Regions:
    """The rectangles on a grid of `delta` pixels over an image of `shape`, and their cuts.

    Raises
    ------
    LimitError
        When there are too many.

    Examples
    --------
    >>> len(grid_regions((4, 4), 2).scopes), len(grid_regions((4, 4), 1).scopes)
    (9, 100)
    """
    height, width = shape
    n_rectangles = n_cuts = 1
    for length in shape:
        cells = -(-length // delta)
        n_rectangles *= cells * (cells + 1) // 2
        n_cuts += cells
    require_within("rectangles", n_rectangles, LIMITS.n_nodes, FEWER)
    require_within("cuts of rectangles", n_rectangles * n_cuts, LIMITS.n_edges, FEWER)

    def cuts(block: Rectangle) -> list[tuple[Rectangle, ...]]:
        across = [block.cut_rows(at) for at in _lines(block.top, block.bottom, delta)]
        return [*across, *(block.cut_columns(at) for at in _lines(block.left, block.right, delta))]

    return region_graph(Rectangle(0, height, 0, width), cuts, lambda block: block.pixels(width))


def _lines(first: int, end: int, delta: int) -> range:
    """The lines of the grid strictly between two."""
    return range(first - first % delta + delta, end, delta)
