"""Mutated files: every reader answers with a value or a WorkbenchError, nothing else."""

import gzip
import io
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.circuits import Builder
from workbench.circuits import load as load_circuit
from workbench.circuits.formats import FORMATS, wbc
from workbench.core.seeds import stream
from workbench.data import Dataset, categorical, continuous
from workbench.data import load as load_data
from workbench.errors import WorkbenchError

N_MUTATIONS = 200


def circuit():
    build = Builder([categorical("x", ["no", "yes", 'a"\\']), continuous("y")])
    x = [build.categorical(0, p) for p in ([0.5, 0.5, 0.0], [0.1, 0.2, 0.7])]
    y = [build.gaussian(1, mean, 1.0) for mean in (0.0, 3.5)]
    parts = [build.product(pair) for pair in zip(x, y, strict=True)]
    return build.circuit(build.sum(parts, [0.25, 0.75]))


def npy(array):
    stream_ = io.BytesIO()
    np.save(stream_, array)
    return stream_.getvalue()


def npz(array):
    stream_ = io.BytesIO()
    np.savez_compressed(stream_, rows=array)
    return stream_.getvalue()


def parquet(frame):
    stream_ = io.BytesIO()
    frame.to_parquet(stream_)
    return stream_.getvalue()


ROWS = np.arange(24).reshape(12, 2) % 3
FRAME = pd.DataFrame({"n": [1.5, 2.5, None, 4.0] * 3, "t": ["a", "b", 'c"', None] * 3})
IDX = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (12, 2, 2)) + bytes(range(48))
TAB = "id\tsize\tkind\ns\tc\td\nmeta\t\tclass\n" + "a\t1.5\tx\nb\t2.5\ty\n" * 4
DATA_FILES = {
    "a.csv": FRAME.to_csv(index=False).encode(),
    "a.data": b"0,1,1\n" * 6 + b"1,0,1\n" * 6,
    "a.gz": gzip.compress(IDX, mtime=0),
    "a-ubyte": IDX,
    "a.npy": npy(ROWS),
    "a.npz": npz(ROWS),
    "a.parquet": parquet(FRAME),
    "a.tab": TAB.encode(),
    "a.tsv": FRAME.to_csv(index=False, sep="\t").encode(),
}


def mutated(payload, random):
    """`payload` after a few flips, cuts, insertions, repetitions or hostile numbers."""
    content = bytearray(payload)
    for _ in range(random.integers(1, 5)):
        start = int(random.integers(0, len(content) + 1))
        length = int(random.integers(1, 9))
        kind = random.integers(0, 6)
        if kind <= 1 and start < len(content):
            content[start] ^= 1 << int(random.integers(0, 8))
        elif kind == 2:
            del content[start : start + length]
        elif kind == 3:
            content[start:start] = random.bytes(length)
        elif kind == 4:
            content[start:start] = content[start : start + 8 * length]
        else:
            hostile = [b"\xff" * 8, b"\0" * 8, b"1e999", b"-1", b"[[[[", b'"', b"\n", b"NaN"]
            content[start : start + length] = hostile[int(random.integers(0, len(hostile)))]
    return bytes(content)


@pytest.mark.parametrize("name", DATA_FILES)
def test_mutated_data_files(tmp_path, name):
    random, path, n_refused = stream(0, "mutations", name), tmp_path / name, 0
    for _ in range(N_MUTATIONS):
        path.write_bytes(mutated(DATA_FILES[name], random))
        try:
            assert isinstance(load_data(path), Dataset)
        except WorkbenchError:
            n_refused += 1
    assert n_refused


@pytest.mark.parametrize("suffix", [".json", ".wbc"])
def test_mutated_circuits(suffix):
    random, payload, n_refused = stream(0, suffix), FORMATS[suffix].write(circuit()), 0
    for _ in range(2 * N_MUTATIONS):
        broken = mutated(payload, random)
        try:
            found = FORMATS[suffix].read(broken, Path(f"a{suffix}"))
        except WorkbenchError:
            n_refused += 1
        else:
            assert suffix == ".json" or found == circuit()
            FORMATS[suffix].write(found)
    assert n_refused > N_MUTATIONS


JPC = b"""c circuit-workbench variable {"name":"a","kind":"categorical","categories":2}
c circuit-workbench variable {"name":"b","kind":"categorical","categories":3}
c circuit-workbench variable {"name":"c","kind":"continuous"}
jpc 9
L 0 0 1
C 1 0 1 -0.5 -1.0
I 2 0 2 2
B 3 0 2 2 -0.7
G 4 0 3 0.5 2.0
P 5 0 2 0 2
P 6 0 2 1 3
S 7 0 2 5 -0.5 6 -1.0
P 8 0 2 7 4
"""
PSDD = b"""c circuit-workbench variable {"name":"a","kind":"categorical","categories":2}
c circuit-workbench variable {"name":"b","kind":"categorical","categories":2}
psdd 7
L 0 0 1
L 1 0 -1
T 2 2 2 -0.5
L 3 2 -2
D 4 1 2 0 2 -0.25 1 3 -1.5
"""
C2D = b"""nnf 8 8 4
L 1
L 2
L -2
L 3
A 2 2 3
O 2 2 1 4
A 0
A 3 0 5 6
"""
D4 = b"""o 1 0
o 2 0
o 3 0
t 4 0
3 4 -2 3 0
3 4 2 0
2 3 -1 0
2 4 1 0
1 2 0
"""
SDD = b"""sdd 9
L 0 0 1
L 1 0 -1
L 2 2 2
L 3 2 -2
F 4
T 5
D 6 1 2 0 2 1 4
D 7 1 2 0 5 1 2
D 8 1 2 0 3 1 5
"""
SPN = b"""(2 3)
v 0 0
v 0 1
v 1 2
v 1 0
+ 0 -0.5 1 -1.0
+ 2 -0.25 3 -1.5
* 4 5
* 0 2
+ 6 -0.5 7 -1.0
EOF
"""
FILES_OF_OTHERS = [
    (".jpc", JPC),
    (".nnf", C2D),
    (".nnf", D4),
    (".sdd", SDD),
    (".spn", SPN),
    (".psdd", PSDD),
]
BOMBS = [
    (".jpc", b"jpc 1000000000\nL 0 0 1\n"),
    (".jpc", b"jpc 1\nL 999999999 0 1\n"),
    (".jpc", b"jpc 1\nL 0 0 999999999\n"),
    (".nnf", b"nnf 1000000000 0 1\nL 1\n"),
    (".nnf", b"nnf 1 1000000000 1\nL 1\n"),
    (".nnf", b"nnf 1 0 1000000000\nA 0\n"),
    (".nnf", b"nnf 1 0 1\nA 1000000000 0\n"),
    (".nnf", b"o 999999999 0\n"),
    (".nnf", b"o 1 0\nt 2 0\n1 2 999999999 0\n"),
    (".sdd", b"sdd 1000000000\nL 0 0 1\n"),
    (".sdd", b"sdd 1\nD 0 0 1000000000 0 0\n"),
    (".spn", b"(1000000000)\nv 0 0\nEOF\n"),
    (".spn", b"(" + b"4096 " * 20_000 + b")\nv 0 0\nEOF\n"),
    (".spn", b"(2)\nv 0 1000000000\nEOF\n"),
    (".psdd", b"psdd 1000000000\nL 0 0 1\n"),
    (".psdd", b"psdd 1\nD 0 0 1000000000 0 0 0\n"),
]
MOST_BYTES = 64 * 2**20


def with_other_words(payload, random):
    """`payload` with a few words exchanged for others, or lines repeated or left out."""
    lines = [line.split() for line in payload.splitlines()]
    words = [word for line in lines for word in line]
    words += [b"0", b"1", b"2", b"-1", b"9", b"-Inf", b"0.0", b"nan", b"1e400"]
    for _ in range(random.integers(1, 4)):
        place, kind = int(random.integers(len(lines))), random.integers(0, 5)
        if kind <= 2 and lines[place]:
            word = words[int(random.integers(len(words)))]
            lines[place][int(random.integers(len(lines[place])))] = word
        elif kind == 3:
            lines.insert(place, list(lines[int(random.integers(len(lines)))]))
        elif len(lines) > 1:
            del lines[place]
    return b"\n".join(b" ".join(line) for line in lines) + b"\n"


@pytest.mark.parametrize("change", [mutated, with_other_words])
@pytest.mark.parametrize(("suffix", "payload"), FILES_OF_OTHERS)
def test_mutated_circuits_of_other_systems(suffix, payload, change):
    random, path, refusals = stream(0, suffix, payload), Path(f"a{suffix}"), []
    FORMATS[suffix].read(payload, path)
    for _ in range(2 * N_MUTATIONS):
        try:
            found = FORMATS[suffix].read(change(payload, random), path)
        except WorkbenchError as error:
            refusals.append(str(error))
        else:
            write_or_refuse(suffix, found)
    assert len(refusals) > N_MUTATIONS // 2
    assert all(path.name in refusal for refusal in refusals)


def test_mutated_vtrees_beside_a_file(tmp_path):
    random, refusals = stream(0, "vtree"), 0
    (tmp_path / "a.psdd").write_bytes(PSDD)
    for _ in range(N_MUTATIONS):
        (tmp_path / "a.vtree").write_bytes(mutated(b"vtree 3\nL 0 1\nL 2 2\nI 1 0 2\n", random))
        try:
            load_circuit(tmp_path / "a.psdd")
        except WorkbenchError:
            refusals += 1
    assert refusals > N_MUTATIONS // 2


def write_or_refuse(suffix, found):
    try:
        payload = FORMATS[suffix].write(found)
    except WorkbenchError:
        return
    assert FORMATS[suffix].read(payload, Path(f"a{suffix}")).scope == found.scope


@pytest.mark.parametrize(("suffix", "payload"), BOMBS)
def test_bombs_are_refused_before_memory_is_taken(suffix, payload):
    tracemalloc.start()
    try:
        with pytest.raises(WorkbenchError):
            FORMATS[suffix].read(payload, Path(f"a{suffix}"))
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def test_mutated_circuits_with_a_valid_hash():
    random, payload, n_refused = stream(0, "mutations", "sealed"), wbc.write(circuit()), 0
    for _ in range(2 * N_MUTATIONS):
        broken = wbc.sealed(mutated(payload, random))
        try:
            FORMATS[".wbc"].write(wbc.read(broken, Path("a.wbc")))
        except WorkbenchError:
            n_refused += 1
    assert n_refused > N_MUTATIONS


def test_good_files_are_read(tmp_path):
    for name, payload in DATA_FILES.items():
        (tmp_path / name).write_bytes(payload)
        load_data(tmp_path / name)
