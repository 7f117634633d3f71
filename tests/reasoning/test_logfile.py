import json
from typing import get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import FormatError
from workbench.reasoning import Budget, logfile, problems, save_run, search
from workbench.reasoning.events import (
    EVENT_TYPES,
    EventLog,
    LogWriter,
    Node,
    RunEnd,
    Score,
    text_ref,
    to_record,
)
from workbench.reasoning.logfile import load_events, load_run
from workbench.reasoning.proposers import Symbolic
from workbench.reasoning.run import prune_node
from workbench.reasoning.verifiers import Oracle

RUN = search(
    problems.countdown([3, 5, 7, 9], 24),
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


def values(hint):
    if hint in PLAIN:
        return PLAIN[hint]
    if type(None) in get_args(hint):
        return st.none() | values(get_args(hint)[0])
    if get_args(hint) and get_args(hint)[-1] is Ellipsis:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    return st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=2)


events = st.sampled_from(sorted(EVENT_TYPES)).flatmap(
    lambda kind: st.builds(
        EVENT_TYPES[kind],
        **{name: values(hint) for name, hint in get_type_hints(EVENT_TYPES[kind]).items()},
    )
)


@pytest.fixture
def lines(tmp_path):
    return save_run(RUN, tmp_path / "run.jsonl").read_text().splitlines()


def written(tmp_path, lines):
    path = tmp_path / "changed.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def changed(line, **fields):
    return json.dumps({**json.loads(line), **fields})


def line_of(lines, kind):
    return next(i for i, line in enumerate(lines) if json.loads(line)["type"] == kind)


@settings(max_examples=80, deadline=None)
@given(events)
def test_every_event_survives_json(event):
    record = json.loads(logfile._dumped(to_record(event)))
    kind = record.pop("type")
    assert logfile._event(kind, record) == event


def test_a_run_survives_a_file(tmp_path):
    loaded = load_run(save_run(RUN, tmp_path / "run.jsonl"))
    assert loaded.events.events == RUN.events.events
    assert loaded.events.texts == RUN.events.texts
    assert loaded.plan == RUN.plan
    assert loaded.status == RUN.status
    assert loaded.tree.text(3) == RUN.tree.text(3)


def test_a_fork_survives_a_file_with_its_pending_edits(tmp_path):
    node = int(RUN.tree.ids[2])
    fork = RUN.fork(at=20, edits=[prune_node(node)])
    loaded = load_run(save_run(fork, tmp_path / "fork.jsonl"))
    assert loaded.status == "paused"
    assert loaded.resume().events.hash == fork.resume().events.hash


def test_each_text_is_written_once_and_paths_are_not_repeated(lines):
    texts = [json.loads(line)["text"] for line in lines if '"type":"text"' in line]
    assert len(texts) == len(set(texts))
    assert max(text.count("=") for text in texts) == 1


def test_unknown_is_null_and_not_zero(lines):
    record = json.loads(lines[line_of(lines, "call")])
    assert record["flops"] is None
    assert RUN.ledger.flops is None


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        ("node", {"id": "7"}, "not of type int"),
        ("node", {"id": 2**63}, "not of type int"),
        ("node", {"id": True}, "not of type int"),
        ("node", {"parents": 3}, "not of type list"),
        ("node", {"seq": 99}, "seq is 99"),
        ("node", {"extra": 1}, "unknown fields: extra"),
        ("node", {"text": "beef"}, "no text is called"),
        ("text", {"text": "another"}, "not the one called"),
        ("text", {"ref": 5}, "not the one called"),
        ("run.start", {"schema": "other/9"}, "schema"),
        ("call", {"duration": "fast"}, "not of type float"),
        ("score", {"type": "guess"}, "unknown type of event"),
        ("score", {"type": ["x"]}, "unknown type of event"),
    ],
)
def test_a_bad_field_is_named_with_its_line(tmp_path, lines, kind, fields, reason):
    at = line_of(lines, kind)
    lines[at] = changed(lines[at], **fields)
    with pytest.raises(FormatError, match=reason) as error:
        load_run(written(tmp_path, lines))
    assert error.value.place == f"line {at + 1}"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1e-x"])
def test_what_is_not_a_number_is_refused(tmp_path, lines, number):
    at = line_of(lines, "score")
    value = json.dumps(json.loads(lines[at])["value"])
    lines[at] = lines[at].replace(f'"value":{value}', f'"value":{number}')
    with pytest.raises(FormatError, match=f"line {at + 1}"):
        load_events(written(tmp_path, lines))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"type":"stop","type":"stop"}', "a key comes twice"),
        ('{"a":' * 100 + "1" + "}" * 100, "nested deeper"),
        ("[" * 5_000, "nested deeper"),
        ("[1, 2]", "not a JSON object"),
        ("{", "line 1"),
        ("\x00", "line 1"),
        ("", "line 1"),
        ('{"type":"text","ref":"x"}', "exactly ref and text"),
        ('{"seq": ' + "9" * 5_000 + "}", "line 1"),
    ],
)
def test_hostile_lines_are_refused(tmp_path, line, reason):
    with pytest.raises(FormatError, match=reason):
        load_run(written(tmp_path, [line]))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"type":"\xff\xfe"}\n')
    with pytest.raises(FormatError, match="line 1"):
        load_run(path)


def test_a_line_beyond_the_limit_is_not_parsed(tmp_path):
    with pytest.raises(FormatError, match="longer than"):
        load_run(written(tmp_path, ['{"type":"' + "x" * 1_000_001 + '"}']))


def test_an_empty_missing_or_foreign_file_is_refused(tmp_path, lines):
    (tmp_path / "empty").write_bytes(b"")
    for path in (tmp_path / "empty", tmp_path / "missing", tmp_path):
        with pytest.raises(FormatError):
            load_run(path)
    with pytest.raises(FormatError, match=r"run\.start"):
        load_run(written(tmp_path, lines[1:2]))


@pytest.mark.parametrize(
    "fields",
    [
        {"algorithm": "nobody"},
        {"params": {"n": -3}},
        {"task": {"domain": "unknown"}},
        {"task": {"domain": "countdown", "numbers": [1], "target": 2}},
        {"task": {"domain": "countdown", "numbers": 7, "target": 2}},
        {"task": {}},
        {"models": {}},
        {"models": {"proposer": {"kind": "symbolic"}, "verifier": {"kind": "oracle"}}},
        {"models": {"proposer": 5, "verifier": 6}},
        {"budget": {"tokens": "many"}},
        {"budget": {"gold": 3}},
    ],
)
def test_a_start_that_names_nothing_known_is_refused(tmp_path, lines, fields):
    lines[0] = changed(lines[0], **fields)
    with pytest.raises(FormatError, match=r"run\.start"):
        load_run(written(tmp_path, lines))


def test_events_about_unknown_nodes_are_refused(tmp_path, lines):
    at = line_of(lines, "score")
    lines[at] = changed(lines[at], node=5)
    with pytest.raises(FormatError, match="unknown node 5"):
        load_run(written(tmp_path, lines))


@pytest.mark.parametrize("field", ["depth", "tokens"])
def test_numbers_beyond_their_column_are_refused(tmp_path, lines, field):
    at = line_of(lines, "node")
    lines[at] = changed(lines[at], **{field: 2**40})
    with pytest.raises(FormatError, match="its events"):
        load_run(written(tmp_path, lines))


def test_a_log_hashes_everything_but_clocks():
    writer = LogWriter()
    writer.append(RunEnd("done", "", {}, 1.0))
    slow = EventLog((writer.log()[0]._replace(t=9.0),))
    other = EventLog((writer.log()[0]._replace(status="budget"),))
    assert writer.log().hash == slow.hash != other.hash


def test_a_text_is_called_by_its_content():
    writer = LogWriter()
    assert writer.keep_text("a") == text_ref("a") == writer.keep_text("a")
    assert len(writer.log().texts) == 1


def test_events_are_immutable():
    with pytest.raises(AttributeError):
        Score(1, "a", "b", 0.5).value = 1.0
    with pytest.raises(TypeError):
        RUN.events.texts["x"] = "y"
    assert isinstance(RUN.events[1], Node)
