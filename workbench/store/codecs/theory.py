"""Theories: their own JSON, with every shared subtree and the units it came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.limits import LIMITS, require_within
from workbench.store.codecs.base import Codec, Packing, Term, Unpacking
from workbench.theories.renderings.json import from_json
from workbench.theories.theory import Theory


def _write(theory: Theory, packing: Packing) -> Term:
    return packing.array(np.frombuffer(theory.json().encode(), np.uint8))


def _read(body: Any, unpacking: Unpacking) -> Theory:
    text = unpacking.array(body)
    require_within("bytes of JSON", text.nbytes, LIMITS.header_bytes)
    return from_json(text.tobytes().decode(), unpacking.place)


THEORY = Codec("theory", _write, _read, is_part=True)
