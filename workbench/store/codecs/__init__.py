"""Values as blobs and back: :func:`encode`, :func:`decode`, and the table of kinds.

A new kind is one file with its codec, and one line in the table here. Frozen
dataclasses need no file: a line in the table of records, or, for rooms above
this one, :func:`register_record`.
"""

from __future__ import annotations

from workbench.store.codecs.base import Blob, Encoded
from workbench.store.codecs.registry import decode, encode, kind_of, register_record

__all__ = ["Blob", "Encoded", "decode", "encode", "kind_of", "register_record"]
