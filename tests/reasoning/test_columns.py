import io
from contextlib import suppress
from dataclasses import replace
from typing import get_args, get_type_hints

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from workbench.core import parquet as core_parquet
from workbench.core.footer import read_footer
from workbench.core.parquet import read_about, write_parquet
from workbench.errors import FormatError, LimitError, NewerVersionError, ParameterError
from workbench.limits import Limits
from workbench.reasoning import Budget, columns, load_events, load_run, problems, save_run, search
from workbench.reasoning.columns import read_log, read_run, write_run
from workbench.reasoning.events import (
    EVENT_TYPES,
    SCHEMA,
    EventLog,
    LogWriter,
    Node,
    RunStart,
    Score,
    text_ref,
)
from workbench.reasoning.proposers import Symbolic
from workbench.reasoning.run import Run, prune_node
from workbench.reasoning.searches import algorithms
from workbench.reasoning.verifiers import Oracle

TASK = problems.countdown([3, 5, 7, 9], 24)
RUN = search(
    TASK,
    "beam",
    params={"n": 8},
    budget=Budget(tokens=200),
    proposer=Symbolic(1.5, 0.9),
    verifier=Oracle(noise=1.0),
)
PLAIN = {
    int: st.integers(-(2**63), 2**63 - 1),
    str: st.text(max_size=8),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
}
texts = st.sampled_from(["", "3 + 5 = 8", "\0é", "x" * 99])


def values(hint):
    if hint in PLAIN:
        return PLAIN[hint]
    if type(None) in get_args(hint):
        return st.none() | values(get_args(hint)[0])
    if get_args(hint) and get_args(hint)[-1] is Ellipsis:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    return st.dictionaries(st.text(max_size=4), st.none() | st.integers(0, 9), max_size=2)


def built(kind):
    fields = {name: values(hint) for name, hint in get_type_hints(EVENT_TYPES[kind]).items()}
    return st.builds(EVENT_TYPES[kind], **fields)


@st.composite
def logs(draw):
    """Logs of any events with values of their declared types, in any order after the start."""
    writer = LogWriter()
    writer.append(RUN.events[0])
    for event in draw(st.lists(st.sampled_from(sorted(EVENT_TYPES)).flatmap(built), max_size=12)):
        fixed = {"schema": SCHEMA} if isinstance(event, RunStart) else {}
        if isinstance(event, Node):
            fixed = {"text": writer.keep_text(draw(texts))}
        writer.append(event._replace(**fixed))
    return writer.log()


def with_log(log):
    return Run(RUN.plan, log, "paused")


def rewritten(payload, change, **about):
    """A payload whose table was changed, with the right or another description."""
    table = parquet.read_table(io.BytesIO(payload))
    described = {**read_about(payload, "log"), **about}
    changed = change(table)
    return write_parquet([changed], changed.schema, described)


def with_column(name, values):
    def change(table):
        place = table.column_names.index(name)
        column = pa.array(values(table.column(name).to_pylist()), type=table.schema.types[place])
        return table.set_column(place, name, column)

    return change


@settings(max_examples=30, deadline=None)
@given(logs(), st.integers(1, 20))
def test_every_log_survives_columns_whatever_the_size_of_groups(log, group_rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "GROUP_ROWS", group_rows)
        payload = write_run(with_log(log))
        assert write_run(with_log(log)) == payload
    found = read_log(payload, "log")
    assert found.events == log.events
    assert found.hash == log.hash
    used = {event.text for event in log.of(Node)}
    assert found.texts == {ref: log.texts[ref] for ref in used}


@pytest.mark.parametrize("name", sorted(algorithms()))
def test_runs_of_every_algorithm_come_back_equal(name):
    run = search(TASK, name, budget=Budget(tokens=300), seed=2, verifier=Oracle(noise=0.5))
    found = read_run(write_run(run), "log")
    assert found.events.events == run.events.events
    assert (found.id, found.status, found.plan) == (run.id, run.status, run.plan)
    assert found.events.hash == run.events.hash
    assert write_run(found) == write_run(run)


def test_a_fork_comes_back_with_its_pending_edits_and_goes_on_alike():
    fork = RUN.fork(at=20, edits=[prune_node(int(RUN.tree.ids[2]), "no")])
    found = read_run(write_run(fork), "log")
    assert (found.plan, found.id, found.status) == (fork.plan, fork.id, "paused")
    assert found.resume().events.hash == fork.resume().events.hash


def test_a_cancelled_run_stays_cancelled():
    open_run = replace(RUN.replay(30), status="cancelled")
    assert read_run(write_run(open_run), "log").status == "cancelled"


def test_a_parquet_file_is_chosen_by_its_suffix(tmp_path):
    path = save_run(RUN, tmp_path / "run.parquet")
    assert path.read_bytes() == write_run(RUN)
    assert load_run(path).events.hash == RUN.events.hash
    assert load_events(path).hash == RUN.events.hash


def test_a_text_is_kept_once_however_many_nodes_say_it():
    writer = LogWriter()
    writer.append(RUN.events[0])
    ref = writer.keep_text("y" * 10_000)
    for number in range(100):
        writer.append(Node(number, (), 0, 0, "step", ref, None, None, None))
    payload = write_run(with_log(writer.log()))
    assert len(payload) < 40_000
    refs = {node.text for node in read_log(payload, "log").of(Node)}
    assert refs == {ref}


BAD_EVENTS = {
    "seq": lambda e: e._replace(seq=7),
    "bool where int": lambda e: e._replace(node=True),
    "str where float": lambda e: e._replace(value="1"),
    "int where float": lambda e: e._replace(value=1),
    "not finite": lambda e: e._replace(value=float("nan")),
    "nothing where": lambda e: e._replace(name=None),
    "score.node": lambda e: e._replace(node=2**63),
}


@pytest.mark.parametrize("reason", BAD_EVENTS)
def test_what_could_not_be_read_is_not_written(reason):
    event = BAD_EVENTS[reason](Score(1, "oracle", "value", 0.5, seq=1))
    with pytest.raises(ParameterError, match=reason):
        write_run(with_log(EventLog((RUN.events[0], event))))


def test_a_text_under_a_false_name_is_not_written():
    with pytest.raises(ParameterError, match="called by their hash"):
        write_run(with_log(EventLog((RUN.events[0],), {text_ref("a"): "b"})))


def first_of(name, value):
    """Puts `value` in the first row that has one."""

    def change(known):
        at = next(i for i, old in enumerate(known) if old is not None)
        return [*known[:at], value, *known[at + 1 :]]

    return with_column(name, change)


BAD_FILES = {
    "no run log": (lambda t: t, {"kind": "table"}),
    "no run log ": (lambda t: t, {"version": "1"}),
    "not those of a run log": (lambda t: t.drop_columns(["node.id"]), {}),
    "not those of a run log ": (lambda t: t.append_column("x", t.column("node.id")), {}),
    "unknown type of event 'guess'": (first_of("type", "guess"), {}),
    "node.id stands in a row of another type": (first_of("type", "score"), {}),
    "score.value is missing": (first_of("score.value", None), {}),
    "not finite": (first_of("score.value", float("inf")), {}),
    "a list has a gap": (first_of("call.nodes", [1, None]), {}),
    "schema 'other/9'": (first_of("run.start.schema", "other/9"), {}),
    "no run.start": (lambda t: t.slice(1), {}),
    "a record is no object": (first_of("run.start.task", "[]"), {}),
    "not JSON": (first_of("run.start.task", "{"), {}),
    "repeated": (first_of("run.start.task", '{"a":1,"a":2}'), {}),
    "NaN is not": (first_of("run.start.task", '{"a":NaN}'), {}),
    "deeper": (first_of("run.start.task", "[" * 99), {}),
    "missing or unknown": (first_of("run.start.task", "{}"), {}),
    "its events": (first_of("node.parents", [5]), {}),
}


@pytest.mark.parametrize("reason", BAD_FILES)
def test_a_bad_file_is_refused_with_its_reason(reason):
    change, about = BAD_FILES[reason]
    if reason.startswith("node.id"):
        change = with_column("type", lambda names: ["score" if n == "node" else n for n in names])
    with pytest.raises(FormatError, match=reason.strip()):
        read_run(rewritten(write_run(RUN), change, **about), "log")


def test_events_after_pending_edits_are_refused():
    fork = RUN.fork(at=20, edits=[prune_node(int(RUN.tree.ids[2]))])
    turned = rewritten(write_run(fork), lambda t: pa.concat_tables([t.slice(0, 1), t.slice(1)]))
    assert read_log(turned, "log").hash == fork.events.hash
    moved = rewritten(turned, lambda t: pa.concat_tables([t.slice(0, 1), t.slice(21), t.slice(1)]))
    with pytest.raises(FormatError, match="an event follows an edit"):
        read_log(moved, "log")


def test_a_newer_log_is_refused_by_its_version():
    with pytest.raises(NewerVersionError, match="version 2"):
        read_run(rewritten(write_run(RUN), lambda t: t, version=2), "log")


def test_too_many_events_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(columns, "LIMITS", Limits(n_events=10))
    monkeypatch.setattr(core_parquet, "partial", pytest.fail)
    with pytest.raises(LimitError, match="too many rows"):
        read_run(write_run(RUN), "log")


PAYLOAD = write_run(RUN)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_payloads_are_refused(data):
    payload = bytearray(PAYLOAD)
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.none() | st.integers(0, len(payload)))
    with suppress(FormatError, LimitError):
        read_run(bytes(payload[:cut]), "log")


def test_no_single_wrong_byte_near_the_beginning_escapes(monkeypatch):
    # Among them are places of texts, which then name one that is not there.
    footer = read_footer(PAYLOAD, "log")  # at the end, so always this one: read it once
    monkeypatch.setattr(core_parquet, "read_footer", lambda payload, place: footer)
    for place in range(4, 500):
        payload = bytearray(PAYLOAD)
        payload[place] ^= 2
        with suppress(FormatError, LimitError):
            read_run(bytes(payload), "log")
