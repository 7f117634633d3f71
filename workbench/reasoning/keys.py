"""Names and random numbers that depend on what they are for, never on when they are made.

A *stream* is a task with a seed. Node ids are hashes of (stream, parent, child
index), and every random number is a hash of the node it belongs to. So runs on
one task and seed share ids and random numbers whatever their algorithm: common
random numbers for paired comparisons, and results that no batching can change.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from statistics import NormalDist

from workbench.core.seeds import key_number

_EXACT = 2**53 - 1  # whole numbers that every float64, and so every browser, keeps exactly
_STANDARD_NORMAL = NormalDist()
ROOT_PARENT = 0


def stream_key(task_hash: str, seed: int) -> int:
    """The stream of a task and a seed, a 128-bit number.

    Examples
    --------
    >>> stream_key("a", 0) == stream_key("a", 0) != stream_key("a", 1)
    True
    """
    return key_number("search", task_hash, seed)


def node_id(stream: int, parent: int, child: int) -> int:
    """The id of child number `child` of `parent`, a non-negative 53-bit number.

    In a tree of a million nodes two ids clash with a chance of 6e-5; a fold that
    meets a clash refuses the log.

    Examples
    --------
    >>> node_id(1, 0, 0) == node_id(1, 0, 0) != node_id(1, 0, 1)
    True
    """
    return _hashed(f"node:{stream}:{parent}:{child}") & _EXACT


def uniform(purpose: str, *numbers: int) -> float:
    """A number in the open interval (0, 1), uniform over the `numbers` that name it.

    Examples
    --------
    >>> 0.0 < uniform("propose", 7, 3) < 1.0
    True
    """
    text = f"{purpose}:{':'.join(map(str, numbers))}"
    return ((_hashed(text) >> 11) + 0.5) * 2.0**-53


def normal(purpose: str, *numbers: int) -> float:
    """A standard normal number named by `numbers`.

    Examples
    --------
    >>> normal("noise", 1) == normal("noise", 1)
    True
    """
    return _STANDARD_NORMAL.inv_cdf(uniform(purpose, *numbers))


def gumbel(purpose: str, *numbers: int) -> float:
    """A standard Gumbel number named by `numbers`.

    Examples
    --------
    >>> gumbel("order", 1) != gumbel("order", 2)
    True
    """
    return -math.log(-math.log(uniform(purpose, *numbers)))


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
