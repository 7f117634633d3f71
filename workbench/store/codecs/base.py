"""What a codec is: how values of one kind become blobs, and how blobs become values again.

A blob says its kind itself. Most are a safetensors payload: its texts name kind and
version, the array "tree" is JSON text, and the arrays "0", "1", ... are what the tree
refers to. In the tree, ``None``, truth values, whole and finite numbers and texts stand
for themselves; everything else is a pair ``[kind, body]``, and ``["part", hash]`` is a
value in a blob of its own. Tables, runs and circuits have payloads of other formats.

Reading trusts nothing: a codec may fail on a malformed body with any ordinary error,
which becomes a :class:`FormatError` here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from workbench.core.arrays import AnyArray
from workbench.core.strict_json import nesting, read_json, write_json
from workbench.core.tensors import read_tensors, write_tensors
from workbench.errors import (
    BudgetError,
    DataError,
    FormatError,
    LimitError,
    NewerVersionError,
    ParameterError,
    StructureError,
)
from workbench.limits import LIMITS, require_within

VERSION = 1
TREE = "tree"
PART = "part"
MALFORMED = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(BudgetError, DataError, ParameterError, StructureError),
)

Term: TypeAlias = Any  # a value as JSON, see the module's docstring
Fetch: TypeAlias = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Blob:
    """One stored payload: its kind, its bytes and the hashes of the blobs it refers to.

    Examples
    --------
    >>> Blob("note", b"x").hash[:8]
    '2d711642'
    """

    kind: str
    payload: bytes
    parts: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """The sha256 of the payload, in hexadecimal."""
        return hashlib.sha256(self.payload).hexdigest()


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value as blobs by hash, parts before what refers to them; `root` is the value itself."""

    root: str
    blobs: Mapping[str, Blob]


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one kind are written and read.

    Parameters
    ----------
    kind
        The name in blobs.
    write, read
        From a value to the body of its term, and back.
    is_part
        Whether such a value inside another one has a blob of its own.
    """

    kind: str
    write: Callable[[Any, Packing], Term]
    read: Callable[[Any, Unpacking], Any]
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class FileCodec:
    """How values of one kind are written and read as a payload of a format of its own.

    Parameters
    ----------
    write, read
        From a value to the payload, and back; `read` also gets a name for messages.
    """

    kind: str
    write: Callable[[Any], bytes]
    read: Callable[[bytes, str], Any]
    is_part: bool = True


AnyCodec: TypeAlias = Codec | FileCodec


@dataclass(frozen=True, slots=True)
class Lookup:
    """How the codec of a value, of a kind and the kind of a payload are found."""

    of_value: Callable[[Any], AnyCodec]
    of_kind: Callable[[str], AnyCodec]
    kind_in: Callable[[bytes, str], str]


class Writing:
    """One call of ``encode``: the blobs made so far, and which objects they hold."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.blobs: dict[str, Blob] = {}
        self._known: dict[int, tuple[str, Any]] = {}  # keeps the objects, so that ids stay theirs
        self._open: set[int] = set()

    def blob(self, value: Any) -> str:
        """The hash of the blob of `value`."""
        if id(value) in self._known:
            return self._known[id(value)][0]
        codec = self.lookup.of_value(value)
        with self.entered(value):
            made = self._made(codec, value)
        require_within(f"bytes in one {codec.kind}", len(made.payload), LIMITS.blob_bytes)
        found = made.hash
        self.blobs.setdefault(found, made)
        self._known[id(value)] = (found, value)
        return found

    @contextmanager
    def entered(self, value: Any) -> Iterator[None]:
        """Nothing; refuses values that contain themselves or are nested too deep."""
        if id(value) in self._open:
            raise ParameterError("cannot store a value that contains itself")
        if len(self._open) >= LIMITS.json_depth:
            raise LimitError(
                "cannot store this value", expected=f"at most {LIMITS.json_depth} levels of values"
            )
        self._open.add(id(value))
        try:
            yield
        finally:
            self._open.discard(id(value))

    def _made(self, codec: AnyCodec, value: Any) -> Blob:
        try:
            if isinstance(codec, FileCodec):
                return Blob(codec.kind, codec.write(value))
            packing = Packing(self)
            return packing.blob(codec.kind, codec.write(value, packing))
        except (FormatError, OverflowError, StructureError, ValueError) as error:
            # half a code point, infinite edges of a bin, labels without rows
            raise ParameterError(f"cannot store this {codec.kind}", given=str(error)) from None


class Packing:
    """One blob in the making: its arrays and its parts."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._arrays: list[AnyArray] = []
        self._parts: dict[str, None] = {}

    def term(self, value: Any) -> Term:
        """The term of a `value` inside the one that is written."""
        if isinstance(value, _STAND_FOR_THEMSELVES) and is_scalar(value):
            return value
        codec = self._writing.lookup.of_value(value)
        if isinstance(codec, FileCodec) or codec.is_part or _is_large(value):
            return [PART, self.part(value)]
        with self._writing.entered(value):
            return [codec.kind, codec.write(value, self)]

    def part(self, value: Any) -> str:
        """The hash of the blob of a `value` that has one of its own."""
        found = self._writing.blob(value)
        self._parts[found] = None
        return found

    def array(self, array: AnyArray) -> int:
        """The number of an `array` of this blob."""
        self._arrays.append(array)
        return len(self._arrays) - 1

    def blob(self, kind: str, body: Term) -> Blob:
        """The blob with the tree `body`."""
        tree = write_json(body).encode()
        if nesting(tree) > LIMITS.json_depth:
            raise LimitError(
                f"cannot store this {kind}", expected=f"at most {LIMITS.json_depth} levels of JSON"
            )
        named = {str(place): array for place, array in enumerate(self._arrays)}
        named[TREE] = np.frombuffer(tree, np.uint8)
        aligned = dict(sorted(named.items(), key=lambda item: -item[1].dtype.itemsize))
        texts = {"kind": kind, "version": str(VERSION)}
        return Blob(kind, write_tensors(texts, aligned), tuple(self._parts))


class Reading:
    """One call of ``decode``: the values read so far, and which blobs are being read."""

    def __init__(self, lookup: Lookup, fetch: Fetch) -> None:
        self.lookup = lookup
        self._fetch = fetch
        self._known: dict[str, Any] = {}
        self._open: set[str] = set()

    def blob(self, found: str) -> Any:
        """The value of the blob called `found`."""
        if found in self._known:
            return self._known[found]
        place = f"blob {found[:12]}"
        if found in self._open or len(self._open) >= LIMITS.json_depth:
            raise FormatError(place, PART, "its parts contain it, or are nested too deep")
        self._open.add(found)
        try:
            self._known[found] = self._read(self._fetched(found, place), place)
        finally:
            self._open.discard(found)
        return self._known[found]

    def _fetched(self, found: str, place: str) -> bytes:
        try:
            return self._fetch(found)
        except KeyError:
            raise FormatError(place, "blob", "it is missing") from None

    def _read(self, payload: bytes, place: str) -> Any:
        require_within(f"bytes in {place}", len(payload), LIMITS.blob_bytes)
        kind = self.lookup.kind_in(payload, place)
        codec = self.codec(kind, place)
        if isinstance(codec, FileCodec):
            with reported(place, kind):
                return codec.read(payload, place)
        return Unpacking(self, payload, place).value_of(codec)

    def codec(self, kind: str, place: str) -> AnyCodec:
        """The codec of a `kind` that a blob names."""
        try:
            return self.lookup.of_kind(kind)
        except KeyError:
            raise FormatError(
                place,
                "kind",
                f"no values of kind {kind[:80]!r} are known",
                remedy="Import the module that brings it, or install a newer circuit-workbench.",
            ) from None


class Unpacking:
    """One blob that is read: its tree and its arrays."""

    def __init__(self, reading: Reading, payload: bytes, place: str) -> None:
        self.place = place
        self._reading = reading
        texts, self._arrays = read_tensors(payload, place)
        require_version(texts.get("version"), place)
        tree = self._arrays.pop(TREE, None)
        if tree is None or tree.dtype != np.uint8:
            raise FormatError(place, TREE, "there is none")
        require_within(f"bytes in the tree of {place}", tree.nbytes, LIMITS.header_bytes)
        self._tree = read_json(tree.tobytes(), place, TREE)

    def value_of(self, codec: Codec) -> Any:
        """The value of the whole blob."""
        with reported(self.place, codec.kind):
            return codec.read(self._tree, self)

    def value(self, term: Term) -> Any:
        """The value of a `term` of the tree."""
        if not isinstance(term, list):
            if isinstance(term, dict):
                raise FormatError(self.place, TREE, "an object stands where a value should")
            return term
        kind, body = term
        if kind == PART:
            return self.part(body)
        codec = self._reading.codec(_text(kind), self.place)
        if isinstance(codec, FileCodec):
            raise FormatError(self.place, TREE, f"a {codec.kind} has a blob of its own")
        with reported(self.place, codec.kind):
            return codec.read(body, self)

    def part(self, found: Any) -> Any:
        """The value in the blob called `found`."""
        if not is_hash(found):
            raise FormatError(self.place, PART, f"{str(found)[:80]!r} is no sha256")
        return self._reading.blob(found)

    def array(self, number: Any) -> AnyArray:
        """The array with a `number`."""
        if type(number) is not int or str(number) not in self._arrays:
            raise FormatError(self.place, TREE, f"there is no array {str(number)[:80]!r}")
        return self._arrays[str(number)]


@contextmanager
def reported(place: str, kind: str) -> Iterator[None]:
    """Nothing; errors that a malformed blob causes become :class:`FormatError`."""
    try:
        yield
    except (FormatError, LimitError):
        raise
    except RecursionError:
        raise FormatError(place, kind, "it is nested too deep") from None
    except MALFORMED as error:
        raise FormatError(place, kind, f"{type(error).__name__}: {str(error)[:500]}") from error


def require_version(given: object, place: str) -> None:
    """Nothing, or :class:`NewerVersionError` when a blob is newer than this program."""
    if not isinstance(given, str) or not (given.isascii() and given.isdigit()) or len(given) > 9:
        raise FormatError(place, "version", f"{str(given)[:80]!r} is no version")
    if int(given) > VERSION:
        raise NewerVersionError(place, "blob", int(given), VERSION)


def is_hash(found: object) -> bool:
    """Whether `found` is a sha256 in lower-case hexadecimal.

    Examples
    --------
    >>> is_hash("0" * 64), is_hash("0" * 63)
    (True, False)
    """
    return isinstance(found, str) and len(found) == 64 and not set(found) - set("0123456789abcdef")


_STAND_FOR_THEMSELVES = (type(None), bool, int, float, str)


def is_scalar(value: object) -> bool:
    """Whether JSON writes `value` as it is: None, a truth value, a finite number or a text.

    Examples
    --------
    >>> is_scalar(0.5), is_scalar(float("nan")), is_scalar([])
    (True, False, False)
    """
    if type(value) is float:
        return value - value == 0.0
    return type(value) in _STAND_FOR_THEMSELVES


def _text(kind: Any) -> str:
    if not isinstance(kind, str):
        raise TypeError(f"{str(kind)[:80]!r} is no kind")
    return kind


def _is_large(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.nbytes >= LIMITS.inline_bytes
