"""Quad trees of an image: halves of halves down to pixels, cut both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit
from workbench.circuits.structures.images import Rectangle, Shape, image_rows
from workbench.circuits.structures.region_circuit import region_circuit
from workbench.circuits.structures.regions import Regions, region_graph
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError

Ways = list[tuple[Rectangle, ...]]


def quad_tree(
    data: Dataset | ArrayLike,
    latents: int = 8,
    cuts: str = "mixed",
    inputs: int | None = None,
    products: str = "matched",
    seed: int = 0,
    shape: Shape | None = None,
    variables: Sequence[Variable] | None = None,
) -> Circuit:
    """A circuit of the quadrants of quadrants of an image, down to its pixels.

    Blocks are aligned at powers of two, as when neighbours are joined from the
    pixels up.

    Parameters
    ----------
    data
        A Dataset of images (its training rows are used) or rows ``(rows, pixel)``.
    latents
        Sums of each region.
    cuts
        "mixed": every block is a mixture of being cut into an upper and a lower, and
        into a left and a right part, so that blocks are shared. "four": into four
        quadrants at once. "two": across the longer side.
    inputs
        Leaves of each pixel; as many as `latents` when omitted.
    products
        "matched" or "pairs"; see
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
        When a number is below 1, or `cuts`, `products` or `shape` do not fit.
    LimitError
        When it would be larger than the limits or the memory allow.

    Source: Mari, Vessio and Vergari 2023, "Unifying and understanding
    overparameterized circuit representations via low-rank tensor decompositions"
    (quad graphs; quad trees with four and with two parts).

    Examples
    --------
    >>> quad_tree([[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1]], latents=2, shape=(2, 2))
    Circuit(4 variables; 8 leaf, 25 sum, 12 product; 76 edges)
    """
    if cuts not in CUTS:
        raise ParameterError(
            "unknown cuts of an image", given=repr(cuts), expected=f"one of {sorted(CUTS)}"
        )
    rows, known, found = image_rows(data, shape, variables)
    own = latents if inputs is None else inputs
    return region_circuit(quad_regions(found, cuts), rows, known, latents, own, products, seed)


def quad_regions(shape: Shape, cuts: str) -> Regions:
    """The blocks of an image of `shape` and how they are cut.

    Examples
    --------
    >>> [len(quad_regions((4, 4), cuts).scopes) for cuts in ("two", "four", "mixed")]
    [31, 21, 49]
    """
    height, width = shape
    whole = Rectangle(0, height, 0, width)
    return region_graph(whole, CUTS[cuts], lambda block: block.pixels(width))


def _middle(length: int) -> int:
    """The largest power of two below `length`."""
    return int(2 ** ((length - 1).bit_length() - 1))


def _rows(block: Rectangle) -> tuple[Rectangle, ...]:
    return block.cut_rows(block.top + _middle(block.height)) if block.height > 1 else (block,)


def _columns(block: Rectangle) -> tuple[Rectangle, ...]:
    return block.cut_columns(block.left + _middle(block.width)) if block.width > 1 else (block,)


def _mixed(block: Rectangle) -> Ways:
    return [parts for parts in (_rows(block), _columns(block)) if len(parts) > 1]


def _four(block: Rectangle) -> Ways:
    parts = tuple(part for band in _rows(block) for part in _columns(band))
    return [parts] if len(parts) > 1 else []


def _two(block: Rectangle) -> Ways:
    parts = _rows(block) if block.height >= block.width else _columns(block)
    return [parts] if len(parts) > 1 else []


CUTS: dict[str, Callable[[Rectangle], Ways]] = {"four": _four, "mixed": _mixed, "two": _two}
