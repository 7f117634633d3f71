"""States of long work: named arrays, put together from those of parts and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from workbench.core.arrays import AnyArray
from workbench.core.checkpoints import State
from workbench.errors import ParameterError

T = TypeVar("T")


def named(part: str, arrays: Mapping[str, T]) -> dict[str, T]:
    """The `arrays` under the name of a part.

    Examples
    --------
    >>> import numpy as np
    >>> list(named("learner", {"counts": np.ones(2)}))
    ['learner.counts']
    """
    return {f"{part}.{name}": array for name, array in arrays.items()}


def of_part(part: str, state: State) -> dict[str, AnyArray]:
    """The arrays of `state` that :func:`named` put under `part`, by their own names.

    Examples
    --------
    >>> import numpy as np
    >>> list(of_part("learner", {"learner.counts": np.ones(2), "seen": np.ones(1)}))
    ['counts']
    """
    before = f"{part}."
    return {
        name.removeprefix(before): array for name, array in state.items() if name.startswith(before)
    }


def require_alike(state: State, expected: Mapping[str, AnyArray]) -> None:
    """Nothing; `state` has arrays of the names, types and shapes of `expected`.

    Raises
    ------
    ParameterError
        When it has not: it is the state of other work.

    Examples
    --------
    >>> import numpy as np
    >>> require_alike({"counts": np.ones(2)}, {"counts": np.zeros(2)})
    """
    given, wanted = (
        {name: (str(array.dtype), array.shape) for name, array in arrays.items()}
        for arrays in (state, expected)
    )
    if given != wanted:
        odd = sorted(name for name in {*given, *wanted} if given.get(name) != wanted.get(name))
        raise ParameterError(
            "this is the state of other work",
            given=f"{odd[0]} {given.get(odd[0], 'missing')}",
            expected=f"{wanted.get(odd[0], 'nothing of this name')}",
            remedy="Begin again without it.",
        )
