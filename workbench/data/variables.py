"""Variable: what one column of a table means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.errors import ParameterError

VariableKind = Literal["categorical", "continuous"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One column: its name, its kind and, when categorical, what its codes 0, 1, ... stand for.

    A continuous column that was binned is categorical and keeps the inner bin
    `edges` in its own unit, ascending: code i covers ``[edges[i - 1], edges[i])``,
    open-ended on both sides.

    Examples
    --------
    >>> Variable("colour", "categorical", ("red", "blue")).n_categories
    2
    """

    name: str
    kind: VariableKind
    categories: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "categorical" and not self.categories:
            raise ParameterError(
                f"variable {self.name!r} has no categories", expected="at least one category"
            )
        if self.edges and len(self.edges) != len(self.categories) - 1:
            raise ParameterError(
                f"variable {self.name!r} has bin edges that do not fit its categories",
                given=f"{len(self.edges)} inner edges and {len(self.categories)} categories",
                expected="one edge fewer than categories",
            )

    @property
    def n_categories(self) -> int:
        """How many categories; 0 when continuous."""
        return len(self.categories)


def categorical(name: str, categories: int | Sequence[object]) -> Variable:
    """A categorical variable; a number stands for the categories "0", "1", ...

    Examples
    --------
    >>> categorical("pixel", 3).categories
    ('0', '1', '2')
    """
    labels = range(categories) if isinstance(categories, int) else categories
    return Variable(name, "categorical", tuple(str(label) for label in labels))


def continuous(name: str) -> Variable:
    """A continuous variable.

    Examples
    --------
    >>> continuous("height").kind
    'continuous'
    """
    return Variable(name, "continuous")
