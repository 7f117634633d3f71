"""Asking on the Circuits page, without a browser."""

import time

import numpy as np
import pytest

from workbench.dashboard.page import exported
from workbench.inference import ask, mpe


@pytest.fixture
def page(shell):
    page = shell.page
    page.mode.value = "Ask"
    return page


def click(page, **known):
    panel = page.ask.panel
    panel.findings = {"seq": panel.findings["seq"] + 1, "known": known}


def glyphs(page):
    nodes = page.canvas.figure.tables["nodes"]
    return dict(zip(nodes["label"].tolist(), nodes["glyph"].tolist(), strict=True))


def test_evidence_is_answered_by_the_verbs_and_marked_on_the_canvas(page):
    click(page, **{"20": 16})
    answer = ask(page.shown.circuit, {20: 16})
    assert page.ask.panel.state["log_probability"] == answer.log_probability
    assert page.ask.panel.shape == (8, 8)
    assert glyphs(page)["pixel 2,4 = 16"] == "evidence"
    page.mode.value = "Look"
    assert "evidence" not in glyphs(page).values()
    page.mode.value = "Ask"
    assert "evidence" in glyphs(page).values()


def test_the_figure_for_export_is_that_of_the_answer(page):
    click(page, **{"20": 16})
    assert page.figure().kind == "posterior"
    assert exported(page.figure(), "asked.pdf", "full").startswith(b"%PDF-")
    page.mode.value = "Look"
    assert page.figure().kind == "circuit"


def test_a_witness_is_selected_and_inspected(page):
    badge = next(b for b in page.ask.panel.badges if b["name"] == "deterministic")
    page.ask.panel.event = {"seq": 1, "type": "witness", "nodes": badge["nodes"]}
    assert page.canvas.selection == badge["nodes"]
    assert page.canvas.aim["ids"] == badge["nodes"]
    assert page.inspector.blocks[0]["text"] == f"sum {badge['nodes'][0]}"


@pytest.mark.parametrize("limit", [10, 10_000])
def test_a_witness_is_found_in_large_circuits_too(page, limit, monkeypatch):
    monkeypatch.setattr("workbench.dashboard.circuits.DRAWN_WHOLE", limit)
    circuit = page.shown.circuit
    for nodes in (badge["nodes"] for badge in page.ask.panel.badges if badge["nodes"]):
        page._show_witness(tuple(nodes))
        assert page.canvas.selection == nodes
    apart = (int(circuit.ids[0]), int(circuit.ids[-1]))
    page._show_witness(apart)
    assert len(page.canvas.selection) == 2
    assert page.canvas.aim["ids"] == page.canvas.selection


def test_a_completion_is_an_errand_of_the_page(page, settle):
    known = {str(column): 0 for column in range(62)}
    click(page, **known)
    page.ask.panel.event = {"seq": 1, "type": "complete", "seconds": 20}
    assert page.desk.is_busy
    assert page.ask.panel.completion["state"] == "running"
    settle(page)
    best = mpe(page.shown.circuit, {f"pixel {c // 8},{c % 8}": 0 for c in range(62)})
    assert best.exact
    assert page.ask.panel.completion["state"] == "exact"
    assert page.ask.panel.completion["low"] == pytest.approx(best.log_value)
    assert np.array_equal(page.ask.panel.completion["row"], best.assignment)


def test_cancelling_the_search_keeps_the_bounds(page, settle):
    page.ask.panel.event = {"seq": 1, "type": "complete", "seconds": 60}
    while page.ask.panel.completion.get("high") is None:
        time.sleep(0.01)
    page.notices.event = {"type": "cancel", "target": None}
    settle(page)
    shown = page.ask.panel.completion
    assert shown["state"] in {"stopped", "exact", "bounded"}
    assert shown["low"] <= shown["high"]


def test_another_circuit_is_asked_afresh(page, settle):
    click(page, **{"20": 16})
    page._prune(0.5)
    settle(page)
    assert page.ask.panel.circuit == page.shown.circuit
    assert page.ask.panel.findings["known"] == {}
    assert "evidence" not in glyphs(page).values()
    click(page, **{"20": 16})
    assert "evidence" in glyphs(page).values()


def test_the_theme_reaches_the_panel(page):
    page.session.theme = "dark"
    page.on_theme()
    assert page.ask.panel.theme == "dark"
