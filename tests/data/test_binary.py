import gzip
import io
import zipfile

import numpy as np
import pytest

from workbench.data import load
from workbench.errors import DataError, LimitError


def idx(shape, values=b"", code=8):
    return bytes([0, 0, code, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape) + values


def test_npy_and_npz(tmp_path):
    rows = np.array([[0, 1], [1, 0]] * 10)
    np.save(tmp_path / "a.npy", rows)
    np.save(tmp_path / "f.npy", np.asfortranarray(rows))
    np.savez_compressed(tmp_path / "one.npz", rows=rows)
    np.savez(tmp_path / "three.npz", test=rows[:2], train=rows, valid=rows[:3])
    names = ("a.npy", "f.npy", "one.npz")
    a, f, one = (load(tmp_path / name) for name in names)
    assert np.array_equal(a.train, f.train)
    assert np.array_equal(a.train, one.train)
    three = load(tmp_path / "three.npz")
    assert [len(three.train), len(three.valid), len(three.test)] == [20, 3, 2]


def test_objects_are_never_unpickled(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="not an array of numbers"):
        load(tmp_path / "a.npy")


def test_a_header_that_announces_too_much_is_refused_at_once(tmp_path):
    stream = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**9)}
    np.lib.format.write_array_header_1_0(stream, header)
    (tmp_path / "a.npy").write_bytes(stream.getvalue())
    with pytest.raises(LimitError, match="too many rows"):
        load(tmp_path / "a.npy")


def test_a_header_that_announces_more_than_there_is_is_refused(tmp_path):
    stream = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": (1000, 10)}
    np.lib.format.write_array_header_1_0(stream, header)
    (tmp_path / "a.npy").write_bytes(stream.getvalue())
    with pytest.raises(DataError, match="header announces"):
        load(tmp_path / "a.npy")


def test_other_names_in_a_npz_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.eye(2), y=np.eye(2))
    with pytest.raises(DataError, match="train, valid and test"):
        load(tmp_path / "a.npz")


def test_a_zip_bomb_is_refused(tmp_path):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "|u1", "fortran_order": False, "shape": (4_000_000, 20_000)}
    )
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.npy", stream.getvalue() + bytes(10**7))
    with pytest.raises(LimitError):
        load(tmp_path / "a.npz")


@pytest.mark.parametrize("zipped", [True, False])
def test_idx_images(tmp_path, zipped):
    images = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
    payload = idx((4, 2, 3), images.tobytes())
    path = tmp_path / ("a-ubyte.gz" if zipped else "a-ubyte")
    path.write_bytes(gzip.compress(payload, mtime=0) if zipped else payload)
    data = load(path)
    assert data.shape == (2, 3)
    rows = np.concatenate([data.train, data.valid, data.test])
    assert sorted(rows[:, 0].tolist()) == [0, 6, 12, 18]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\0\0\x08", "not an idx file"),
        (b"PNG!", "not an idx file"),
        (idx((2, 2), b"abc"), "header announces"),
        (idx((2, 2), b"abcde"), "header announces"),
        (idx((1, 1, 1, 1), b"a"), "bad idx header"),
        (gzip.compress(idx((2, 2), b"abcd"), mtime=0)[:-3], "cannot read"),
    ],
)
def test_bad_idx_files_are_refused(tmp_path, payload, reason):
    (tmp_path / "a.gz").write_bytes(payload)
    with pytest.raises(DataError, match=reason):
        load(tmp_path / "a.gz")


def test_an_idx_header_beyond_the_limits_is_refused(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(idx((2**32 - 1, 28, 28), b"")))
    with pytest.raises(LimitError):
        load(tmp_path / "a.gz")
