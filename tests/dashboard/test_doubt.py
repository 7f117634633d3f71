"""The card that measures doubt: a job whose numbers are shown with their errors."""

import pytest

from workbench.dashboard.desk import Desk
from workbench.dashboard.doubt import DoubtCard
from workbench.dashboard.parts import Notices
from workbench.data import Dataset, load
from workbench.studies import Doubted, class_circuits, doubt, measure_doubt, unfamiliar_images
from workbench.views.style import palette


@pytest.fixture(scope="module")
def digits():
    """Few rows, so that the job is short."""
    data = load("digits")
    return Dataset(
        "few digits", data.variables, data.train[:400], data.valid[:10], data.test[:60],
        labels={"train": data.labels["train"][:400], "valid": data.labels["valid"][:10],
                "test": data.labels["test"][:60]},
        classes=data.classes, shape=data.shape,
    )  # fmt: skip


@pytest.fixture(scope="module")
def measured(digits):
    circuits = class_circuits(digits, latents=2, epochs=2)
    others = {name: rows[:20] for name, rows in unfamiliar_images(digits).items()}
    return Doubted(circuits, doubt(digits, circuits, others, n_checked=2, n_samples=200))


@pytest.fixture
def card(digits, shelf):
    desk = Desk(Notices(), shelf.open("digits"), "circuits")
    made = DoubtCard("light", desk)
    desk.tasks = made.tasks
    made.take(digits)
    yield made
    desk.close()


def text_of(card):
    return str(card.words.blocks)


def test_the_card_first_says_what_it_asks(card):
    assert card.figure() is None
    assert len(card.plot) == 0
    assert not card.start.disabled
    assert "edges of sums drop out" in text_of(card)


def test_the_job_hands_over_circuits_and_numbers(card, measured, settle, monkeypatch):
    found = measured.doubt
    monkeypatch.setattr(
        "workbench.studies.tasks.class_circuits", lambda *_, **__: measured.circuits
    )
    monkeypatch.setattr("workbench.studies.tasks.doubt", lambda *_, **__: found)
    card.measure()
    settle(card)
    assert card.desk.notices.messages == []
    assert card.found.circuits == measured.circuits
    assert card.desk.workspace.latest("doubt of few digits").hash == card.hash
    assert card.figure().kind == "separation"
    assert len(card.plot) == 1
    assert str(found.ratio("likelihood")) in text_of(card)
    assert found.shared in text_of(card)
    assert "200 Monte Carlo samples of each of 2 images" in text_of(card)


def test_circuits_are_learned_once(digits, measured, monkeypatch):
    monkeypatch.setattr("workbench.studies.tasks.class_circuits", None)  # must not be called
    monkeypatch.setattr("workbench.studies.tasks.doubt", lambda *_, **__: measured.doubt)
    again = measure_doubt(digits, measured.circuits, 0.05)
    assert (again.circuits, again.doubt) == (measured.circuits, measured.doubt)


def test_the_theme_repaints_the_plot(card, measured):
    card.finish(measured)
    card.restyle("dark")
    assert card.plot[0].object.background_fill_color == palette("dark").surfaces.canvas


def test_another_table_drops_what_was_found(card, measured):
    card.finish(measured)
    card.take(load("iris"))
    assert card.figure() is None
    assert card.start.disabled
    assert "no images with classes" in text_of(card)
    card.measure()
    assert not card.desk.is_busy
