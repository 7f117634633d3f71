"""The options of :func:`workbench.data.load` in one frozen value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.data.variables import VariableKind
from workbench.errors import ParameterError


@dataclass(frozen=True)
class Options:
    """How a source becomes a dataset; each field is an option of :func:`workbench.data.load`.

    Raises
    ------
    ParameterError
        When the shares, the bins or the given splits make no sense.

    Examples
    --------
    >>> Options(bins=4).shares
    (0.8, 0.1, 0.1)
    """

    target: str | int | None = None
    bins: int | None = None
    kinds: VariableKind | Mapping[str, VariableKind] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    header: int | None = None
    separator: str | None = None
    seed: int = 0
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    valid: Any = None
    test: Any = None
    labels: str | os.PathLike[str] | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        _require_shares(self.shares)
        if self.bins is not None and self.bins < 2:
            raise ParameterError("cannot bin columns", given=f"bins={self.bins}", expected="2 up")
        if (self.valid is None) != (self.test is None):
            raise ParameterError(
                "cannot use one given split alone",
                expected="both valid and test, or neither",
                remedy="Leave both out to split the rows by `shares`.",
            )


def require_unused(options: Options, names: tuple[str, ...], where: str) -> None:
    """Nothing, or :class:`ParameterError` when one of the options `names` was given.

    Examples
    --------
    >>> require_unused(Options(bins=3), ("target",), "images")
    """
    plain = Options()
    for name in names:
        if getattr(options, name) != getattr(plain, name):
            raise ParameterError(f"{where} have no use for the option {name!r}")


def _require_shares(shares: tuple[float, float, float]) -> None:
    if len(shares) != 3 or min(shares) < 0 or shares[0] <= 0 or abs(sum(shares) - 1) > 1e-9:
        raise ParameterError(
            "cannot split the rows",
            given=f"shares {tuple(shares)}",
            expected="three shares (train, valid, test) that add to one, train above zero",
        )
