"""Columns survive the way to the front end."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.tables import Table
from workbench.errors import LimitError
from workbench.limits import Limits
from workbench.views.spec import Encoding, FigureSpec
from workbench.widgets import scene as module
from workbench.widgets.scene import ALIGNMENT, REVISION_BYTES, encode


def array(header, payload):
    return np.frombuffer(payload, np.dtype(header["type"]), header["n"], header["at"])


def column(scene, table, name):
    header = scene.header["tables"][table]["columns"][name]
    values = array(header, scene.buffers)
    if "texts" not in header:
        return values
    ends = array(header["texts"]["ends"], scene.buffers)
    utf8 = array(header["texts"]["utf8"], scene.buffers).tobytes()
    texts = [utf8[a:b].decode() for a, b in pairwise(ends)]
    return [texts[code] for code in values]


def figure(**nodes):
    return FigureSpec("tree", {"nodes": Table(nodes)}, (Encoding("colour", "nodes", "value"),))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**53),
            st.floats(width=32, allow_infinity=False),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
            st.booleans(),
        ),
        max_size=20,
    )
)
@settings(max_examples=60, deadline=None)
def test_every_column_comes_out_as_it_went_in(rows):
    ids, numbers, texts, flags = ([row[i] for row in rows] for i in range(4))
    words = np.empty(len(rows), dtype=object)
    words[:] = texts
    scene = encode(
        figure(
            id=np.array(ids, dtype=np.int64),
            x=np.array(numbers, dtype=np.float64),
            level=np.arange(len(rows), dtype=np.int32),
            label=words,
            path=np.array(flags, dtype=bool),
        )
    )
    assert column(scene, "nodes", "id").tolist() == ids
    np.testing.assert_array_equal(column(scene, "nodes", "x"), np.array(numbers, np.float32))
    assert column(scene, "nodes", "level").tolist() == list(range(len(rows)))
    assert column(scene, "nodes", "label") == texts
    assert column(scene, "nodes", "path").tolist() == flags


def test_arrays_are_aligned_and_the_revision_comes_first():
    scene = encode(figure(id=np.arange(3), label=["a", "b", "a"], x=np.arange(3.0)))
    assert scene.buffers[:REVISION_BYTES].decode() == scene.header["revision"]
    places = [c["at"] for c in scene.header["tables"]["nodes"]["columns"].values()]
    assert all(place % ALIGNMENT == 0 for place in places)


def test_words_are_stored_once():
    short, long = (encode(figure(label=["the same"] * n)).buffers for n in (10, 1000))
    assert len(long) - len(short) == 990 * 4


def test_the_layout_changes_only_when_nodes_move():
    still = encode(figure(x=np.arange(3.0), y=np.arange(3.0), value=np.arange(3.0)))
    recoloured = encode(figure(x=np.arange(3.0), y=np.arange(3.0), value=np.zeros(3)))
    moved = encode(figure(x=np.arange(3.0) + 1, y=np.arange(3.0), value=np.zeros(3)))
    assert still.header["layout"] == recoloured.header["layout"] != moved.header["layout"]
    assert still.header["revision"] != recoloured.header["revision"]


def test_more_than_can_be_drawn_is_refused(monkeypatch):
    monkeypatch.setattr(module, "LIMITS", Limits(drawn_nodes=2))
    with pytest.raises(LimitError, match="at most 2"):
        encode(figure(id=np.arange(3)))
