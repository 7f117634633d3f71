"""Rectangles of an image: the regions of structures for pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from numpy.typing import ArrayLike

from workbench.circuits.structures.rows import training_rows
from workbench.core.arrays import FloatArray
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import DataError, ParameterError

Shape = tuple[int, int]


class Rectangle(NamedTuple):
    """Pixels from row `top` up to, but not including, `bottom`; columns alike.

    Examples
    --------
    >>> Rectangle(0, 2, 1, 3).pixels(width=4)
    (1, 2, 5, 6)
    """

    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return self.right - self.left

    def pixels(self, width: int) -> tuple[int, ...]:
        """The variables of the pixels in an image that is `width` wide."""
        rows = range(self.top, self.bottom)
        return tuple(row * width + c for row in rows for c in range(self.left, self.right))

    def cut_rows(self, at: int) -> tuple[Rectangle, Rectangle]:
        """The part above row `at` and the one below."""
        return self._replace(bottom=at), self._replace(top=at)

    def cut_columns(self, at: int) -> tuple[Rectangle, Rectangle]:
        """The part left of column `at` and the one from it on."""
        return self._replace(right=at), self._replace(left=at)


def image_rows(
    data: Dataset | ArrayLike, shape: Shape | None, variables: Sequence[Variable] | None
) -> tuple[FloatArray, tuple[Variable, ...], Shape]:
    """The training rows of images, what their columns mean, and (height, width).

    Raises
    ------
    DataError
        When nothing says what shape the images have, or the rows are unusable.
    ParameterError
        When `shape` does not fit the variables.

    Examples
    --------
    >>> image_rows([[0, 1, 1, 0]], (2, 2), None)[2]
    (2, 2)
    """
    rows, known = training_rows(data, variables)
    found = data.shape if shape is None and isinstance(data, Dataset) else shape
    if found is None:
        raise DataError(
            "this structure is for images, and the table does not say that its columns are pixels",
            given=f"{len(known)} variables without a shape",
            expected="a data set of images, or shape=(height, width)",
            remedy="For other tables take hclt or rat, which need no neighbours.",
        )
    height, width = found
    if min(height, width) < 1 or height * width != len(known):
        raise ParameterError(
            "this shape does not fit the variables",
            given=f"shape=({height}, {width})",
            expected=f"height times width equal to {len(known)}",
        )
    return rows, known, (height, width)
