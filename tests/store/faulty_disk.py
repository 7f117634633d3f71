"""A disk that fails at any chosen step, or loses its power between two of them.

Both ways to the disk lead through it: the file layer of `workbench.core.files`, and that
of SQLite, under the layer that adds sums. So what is written here is what a disk would get.
"""

import errno
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from workbench.core.files import Files

SECTOR = 512


@dataclass
class Disk:
    """Counts and notes the steps between `arm` and `disarm`; fails at one of them.

    `kind` is "full" (from then on nothing more fits), "error" (once), "short" (half is
    written, then the disk is full) or "stingy" (half is taken and said so).
    """

    at: int = 0
    kind: str = ""
    is_armed: bool = False
    n_steps: int = 0
    log: list = field(default_factory=list)

    def arm(self, at=0, kind=""):
        self.at, self.kind, self.n_steps, self.log, self.is_armed = at, kind, 0, [], True

    def disarm(self):
        self.is_armed = False

    def fails(self, *, grows=False):
        """The kind of failure of this step, or ""."""
        if not self.is_armed:
            return ""
        self.n_steps += 1
        is_still_full = self.kind in {"full", "short"} and grows and self.n_steps > self.at > 0
        return self.kind if self.n_steps == self.at else "full" if is_still_full else ""

    def note(self, *entry):
        if self.is_armed:
            self.log.append(entry)


DISK = Disk()


class FaultyFiles(Files):
    def __init__(self):
        self._paths = {}

    def _step(self, path, *, grows=False):
        kind = DISK.fails(grows=grows)
        if kind in {"full", "error"}:
            code = errno.ENOSPC if kind == "full" else errno.EIO
            raise OSError(code, os.strerror(code), path)
        return kind

    def create(self, path):
        self._step(path, grows=True)
        descriptor = super().create(path)
        self._paths[descriptor] = path
        DISK.note("create", path)
        return descriptor

    def write(self, descriptor, payload):
        kind = self._step(self._paths[descriptor], grows=True)
        half = payload[: len(payload) // 2]
        taken = half if kind in {"short", "stingy"} and half else payload
        offset = os.lseek(descriptor, 0, os.SEEK_CUR)
        DISK.note("write", self._paths[descriptor], offset, bytes(taken))
        written = super().write(descriptor, taken)
        if kind == "short":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._paths[descriptor])
        return written

    def sync(self, descriptor):
        self._step(self._paths[descriptor])
        super().sync(descriptor)
        DISK.note("sync", self._paths[descriptor])

    def close(self, descriptor):
        super().close(descriptor)
        self._step(self._paths.pop(descriptor, ""))

    def replace(self, source, target):
        self._step(target)
        super().replace(source, target)
        DISK.note("rename", source, target)

    def unlink(self, path):
        self._step(path)
        super().unlink(path)
        DISK.note("unlink", path)

    def make_folder(self, path):
        self._step(path, grows=True)
        super().make_folder(path)
        DISK.note("mkdir", path)

    def sync_folder(self, path):
        self._step(path)
        super().sync_folder(path)
        DISK.note("syncdir", path)


class FaultyVFS(apsw.VFS):
    """Registered before the layer of sums is loaded, which then stands on it."""

    def __init__(self):
        super().__init__("faulty", "unix", makedefault=True)

    def xOpen(self, name, flags):  # noqa: N802
        path = name.filename() if hasattr(name, "filename") else name
        is_new = bool(path) and not os.path.exists(path)  # noqa: PTH110
        _refuse(apsw.SQLITE_IOERR_ACCESS, grows=is_new)
        opened = FaultyFile(name, flags, path)
        if is_new:
            DISK.note("create", path)
        return opened

    def xDelete(self, name, sync):  # noqa: N802
        _refuse(apsw.SQLITE_IOERR_DELETE)
        super().xDelete(name, sync)
        DISK.note("unlink", name)
        if sync:
            DISK.note("syncdir", os.path.dirname(name))  # noqa: PTH120


class FaultyFile(apsw.VFSFile):
    def __init__(self, name, flags, path):
        super().__init__("unix", name, flags)
        self._path = path

    def xRead(self, amount, offset):  # noqa: N802
        _refuse(apsw.SQLITE_IOERR_READ)
        return super().xRead(amount, offset)

    def xWrite(self, data, offset):  # noqa: N802
        kind = _refuse(apsw.SQLITE_IOERR_WRITE, grows=True)
        taken = data[: len(data) // 2] if kind in {"short", "stingy"} else data
        DISK.note("write", self._path, offset, bytes(taken))
        super().xWrite(taken, offset)
        if kind in {"short", "stingy"}:  # SQLite's own layer tells a short write as a full disk
            raise apsw.FullError("half was written")

    def xTruncate(self, size):  # noqa: N802
        _refuse(apsw.SQLITE_IOERR_TRUNCATE)
        super().xTruncate(size)
        DISK.note("truncate", self._path, size)

    def xSync(self, flags):  # noqa: N802
        _refuse(apsw.SQLITE_IOERR_FSYNC)
        super().xSync(flags)
        DISK.note("sync", self._path)
        if self._path and self._path.endswith(("-wal", "-journal")):  # new ones: their name too
            DISK.note("syncdir", os.path.dirname(self._path))  # noqa: PTH120


def _refuse(code, *, grows=False):
    kind = DISK.fails(grows=grows)
    if kind == "full":
        raise apsw.FullError("no space left")
    if kind == "error":
        error = apsw.IOError("input/output error")
        error.extendedresult = code
        raise error
    return kind


# ---- power cuts ------------------------------------------------------------------------


class Kept:
    """Everything that was not yet on the disk survives, or nothing, or a random part of it."""

    def __init__(self, share, draw):
        self._share = share
        self._draw = draw

    def __call__(self):
        return self._draw.random() < self._share

    def sectors(self, data):
        """The start of a write that arrived, to a whole number of sectors."""
        if not self():
            return b""
        is_whole = self._share == 1 or self._draw.random() < 0.5
        return data if is_whole else data[: SECTOR * self._draw.randrange(len(data) // SECTOR + 1)]


class Inode:
    def __init__(self, content=b""):
        self.content = bytearray(content)
        self.waiting = []

    def sync(self):
        for change in self.waiting:
            _apply(self.content, change)
        self.waiting = []

    def after_cut(self, kept):
        content = bytearray(self.content)
        for kind, place, data in self.waiting:
            if kind == "write":
                _apply(content, (kind, place, kept.sectors(data)))
            elif kept():
                _apply(content, (kind, place, data))
        return bytes(content)


def _apply(content, change):
    kind, place, data = change
    if kind == "truncate":
        del content[place:]
        content.extend(bytes(place - len(content)))
    elif data:
        content.extend(bytes(max(0, place - len(content))))
        content[place : place + len(data)] = data


def after_power_cut(before, root, log, target, kept):
    """Make the folder `target` as a cut after the steps of `log` leaves the folder `before`.

    The steps were noted in the folder `root`, which was like `before` then. `before` is on
    the disk. Writes and names that were not synchronised since are lost or kept one by one,
    as `kept` says: so they also arrive in another order.
    """
    names, waiting = _start(before), []
    current = dict(names)
    for op, place, *details in log:
        path = os.path.relpath(place, root)
        if op == "create":
            current[path] = Inode()
            waiting.append(("link", path, current[path]))
        elif op == "mkdir":
            current[path] = None
            waiting.append(("link", path, None))
        elif op == "rename":
            new = os.path.relpath(details[0], root)
            current[new] = current.pop(path)
            waiting.append(("rename", path, new, current[new]))
        elif op == "unlink":
            current.pop(path, None)
            waiting.append(("unlink", path))
        elif op == "sync":
            current[path].sync()
        elif op == "syncdir":
            waiting = _settle(names, waiting, path)
        else:
            current[path].waiting.append((op, details[0], details[1] if op == "write" else b""))
    for change in waiting:
        if kept():
            _rename(names, change)
    _write_out(names, target, kept)


def _start(before):
    names = {}
    for path in sorted(Path(before).rglob("*")):
        if not path.name.endswith("-shm"):
            name = os.path.relpath(path, before)
            names[name] = Inode(path.read_bytes()) if path.is_file() else None
    return names


def _settle(names, waiting, folder):
    rest = []
    for change in waiting:
        places = [os.path.dirname(place) or "." for place in change[1:3] if isinstance(place, str)]  # noqa: PTH120
        if os.path.normpath(folder) in places:
            _rename(names, change)
        else:
            rest.append(change)
    return rest


def _rename(names, change):
    kind, path = change[:2]
    if kind == "link":
        names[path] = change[2]
    elif kind == "unlink":
        names.pop(path, None)
    else:
        names.pop(path, None)
        names[change[2]] = change[3]


def _write_out(names, target, kept):
    shutil.rmtree(target, ignore_errors=True)
    Path(target).mkdir()
    for name, inode in sorted(names.items()):
        parents = [os.fspath(each) for each in Path(name).parents if os.fspath(each) != "."]
        if not all(each in names for each in parents):
            continue  # its folder was lost
        if inode is None:
            (Path(target) / name).mkdir(exist_ok=True)
        else:
            (Path(target) / name).write_bytes(inode.after_cut(kept))
