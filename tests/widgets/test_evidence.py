"""The evidence panel says what the verbs say, in both hosts, and survives what a view may send."""

import importlib
import time

import numpy as np
import pytest

from workbench.circuits.build import Builder
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, ParameterError
from workbench.inference import ask, given, mpe, posteriors, sample
from workbench.widgets import show
from workbench.widgets.told import completed

HOSTS = ["notebook", "panel"]


def circuit(zero=0.1):
    build = Builder((categorical("x", ["no", "yes"]), categorical("y", 3), continuous("z")))
    parts = [
        build.product(
            [build.categorical(0, x), build.categorical(1, y), build.gaussian(2, mean, 1.0)]
        )
        for x, y, mean in (
            ([1 - zero, zero], [0.5, 0.3, 0.2], 0.0),
            ([0.2, 0.8], [0.1, 0.1, 0.8], 3.0),
        )
    ]
    return build.circuit(build.sum(parts, [0.4, 0.6]))


def discrete(n_pixels=0):
    names = [f"pixel {i},{j}" for i in range(2) for j in range(2)] if n_pixels else list("abcd")
    build = Builder([categorical(name, 3) for name in names])
    rng = np.random.default_rng(3)
    parts = [
        build.product([build.categorical(v, rng.dirichlet(np.ones(3))) for v in range(4)])
        for _ in range(3)
    ]
    return build.circuit(build.sum(parts, [0.2, 0.3, 0.5]))


@pytest.fixture(params=HOSTS)
def panel_of(request):
    return importlib.import_module(f"workbench.widgets.{request.param}").EvidencePanel


def click(panel, **known):
    panel.findings = {"seq": panel.findings.get("seq", 0) + 1, "known": known}


def eventually(holds, seconds=20.0):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    assert holds()


def test_evidence_from_the_view_gives_what_the_verbs_say(panel_of):
    panel = panel_of(circuit())
    click(panel, **{"0": 1, "2": {"low": 1.0, "high": None}})
    expected = ask(circuit(), {"x": "yes", "z": (1.0, np.inf)})
    assert panel.state["log_probability"] == expected.log_probability
    assert panel.state["seq"] == panel.findings["seq"]
    bars = panel.figure.tables["bars"]
    assert bars["after"].tolist() == np.concatenate(expected.after.probabilities[:2]).tolist()
    assert panel.scene["revision"] == panel.figure.hash[:16]
    assert panel.evidence == {"x": 1, "z": (1.0, np.inf)}


def test_evidence_may_be_given_at_once_and_taken_back(panel_of):
    panel = panel_of(circuit(), evidence={"x": "yes", "y": [0, 2]})
    assert panel.findings["known"] == {"0": 1.0, "1": [0, 2]}
    assert panel.state["n_known"] == 2
    panel.clear()
    assert panel.state["n_known"] == 0
    assert panel.state["log_probability"] == pytest.approx(0.0, abs=1e-12)


def test_impossible_evidence_is_told_and_nothing_is_lost(panel_of):
    build = Builder((categorical("x", 2), categorical("y", 2)))
    leaves = [build.categorical(0, [1, 0]), build.categorical(1, [0.5, 0.5])]
    panel = panel_of(build.circuit(build.product(leaves)))
    before = panel.scene
    click(panel, **{"0": 1})
    assert "probability zero" in panel.state["error"]["what"]
    assert "take back" in panel.state["error"]["remedy"]
    assert panel.scene == before
    click(panel, **{"1": 1})
    assert "error" not in panel.state
    with pytest.raises(DataError, match="probability zero"):
        panel.update(panel.circuit, evidence={"x": 1})


@pytest.mark.parametrize(
    "known",
    [{"0": 7}, {"9": 0}, {"x": 0}, {"0": "maybe"}, {"0": None}, {"2": {"low": 3, "high": 1}},
     {"0": {"low": 0}}, {"0": []}, ["0"], {"2": {}}],
)  # fmt: skip
def test_a_view_may_send_anything(known):
    panel = importlib.import_module("workbench.widgets.notebook").EvidencePanel(circuit())
    panel.findings = {"seq": 5, "known": known}
    assert panel.state["seq"] == 5
    assert panel.state.get("error", {}).get("what") or known == {"2": {}}


def test_badges_carry_the_witness_and_point_at_it(panel_of):
    panel, seen = panel_of(circuit()), []
    states = {badge["name"]: badge["state"] for badge in panel.badges}
    assert states == {
        "smooth": "yes",
        "decomposable": "yes",
        "deterministic": "no",
        "structured": "yes",
    }
    panel.on_witness(seen.append)
    badge = next(badge for badge in panel.badges if badge["state"] == "no")
    assert "both accept" in badge["sentence"]
    panel.event = {"seq": 1, "type": "witness", "nodes": badge["nodes"]}
    assert seen == [tuple(badge["nodes"])]


def test_samples_are_those_of_the_verb_and_follow_the_evidence(panel_of):
    panel = panel_of(discrete(n_pixels=4))
    assert panel.samples == {}
    panel.event = {"seq": 1, "type": "sample", "n": 5, "seed": 7}
    assert panel.samples["rows"] == sample(discrete(4), 5, seed=7).tolist()
    click(panel, **{"0": 2})
    found = given(discrete(4), {0: 2})
    assert panel.samples["rows"] == sample(found.circuit, 5, found.row, seed=7).tolist()
    assert not panel.samples.get("stale")


def test_samples_without_a_picture_are_words(panel_of):
    panel = panel_of(circuit(), evidence={"x": "yes", "z": (0.0, 1.0)})
    panel.event = {"seq": 1, "type": "sample", "n": 2, "seed": 0}
    assert panel.samples["names"] == ["x", "y", "z"]
    assert {row[0] for row in panel.samples["rows"]} == {"yes"}
    assert {row[2] for row in panel.samples["rows"]} == {"0 to 1"}


def test_a_completion_is_said_to_be_exact_only_when_it_is(panel_of):
    panel = panel_of(discrete(), evidence={"a": 1})
    panel.event = {"seq": 1, "type": "complete", "seconds": 30}
    eventually(lambda: panel.completion.get("state") in {"exact", "bounded"})
    found = mpe(discrete(), {"a": 1})
    assert found.exact
    assert panel.completion["state"] == "exact"
    assert panel.completion["low"] == panel.completion["high"] == pytest.approx(found.log_value)
    assert panel.completion["row"] == found.assignment.tolist()
    click(panel, **{"0": 0})
    assert panel.completion == {}


def test_bounds_that_are_apart_are_shown_as_bounds():
    found = given(discrete(), {"a": [0, 1]})
    best = mpe(found.circuit, found.row)
    open_ended = type(best)(
        best.assignment, best.log_value, best.log_value + 1.0, False, "why", 3, best.history
    )
    shown = completed(found, open_ended)
    assert shown["state"] == "bounded"
    assert shown["high"] - shown["low"] == pytest.approx(1.0)
    assert shown["low"] == pytest.approx(best.log_value + found.log_sets)


def test_a_search_can_be_stopped_and_keeps_its_bounds(panel_of):
    panel, kept = panel_of(discrete()), {}

    def work(name, function, finish, stop):
        kept.update(function=function, finish=finish, stop=stop)

    panel.work = work
    panel.event = {"seq": 1, "type": "complete", "seconds": 5}
    assert panel.completion["state"] == "running"

    def stopping(share, text="", /, **values):
        panel.event = {"seq": 2, "type": "stop"}

    result = kept["function"](stopping)
    kept["finish"](result)
    assert panel.completion["state"] in {"stopped", "exact"}  # one step may be enough


def test_an_answer_too_late_is_dropped(panel_of):
    panel, kept = panel_of(discrete()), {}
    panel.work = lambda name, function, finish, stop: kept.update(f=function, finish=finish)
    panel.event = {"seq": 1, "type": "complete", "seconds": 5}
    found = mpe(discrete())
    click(panel, **{"0": 1})
    kept["finish"](found)
    assert panel.completion == {}


def test_large_answers_send_what_is_looked_at(panel_of, monkeypatch):
    monkeypatch.setattr("workbench.widgets.evidence.MOST_BARS", 6)
    panel = panel_of(discrete())
    click(panel, **{"0": 2})
    assert panel.figure.tables["variables"].n_rows == 2
    panel.focus = [3]
    assert panel.figure.tables["variables"]["column"].tolist() == [0, 3]
    assert panel.figure.tables["bars"]["after"][-3:].tolist() == (
        posteriors(discrete(), {"a": 2}).of("d").tolist()
    )


@pytest.mark.parametrize("host", HOSTS)
def test_one_call_shows_a_circuit_with_evidence(host):
    panel = show(circuit(), evidence={"x": "yes"}, theme="dark", host=host)
    assert type(panel).__name__ == "EvidencePanel"
    assert panel.theme == "dark"
    assert panel.state["n_known"] == 1
    assert show(ask(circuit(), {"y": 1}), host=host).findings["known"] == {"1": 1.0}
    with pytest.raises(DataError, match="'rain'"):
        show(circuit(), evidence={"rain": 1}, host=host)
    with pytest.raises(ParameterError, match="only a circuit takes evidence"):
        show(3, evidence={}, host=host)


def test_a_saved_notebook_keeps_a_picture_of_the_posteriors():
    panel = show(circuit(), evidence={"x": 1}, host="notebook")
    data, _ = panel._repr_mimebundle_()
    assert data["image/png"]
