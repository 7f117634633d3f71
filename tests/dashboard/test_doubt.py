"""The card that measures doubt: a job whose numbers are shown with their errors."""

import time

import pytest

from workbench.dashboard.desk import Desk
from workbench.dashboard.doubt import DoubtCard, doubted
from workbench.dashboard.parts import Notices
from workbench.data import Dataset, load
from workbench.studies import class_circuits, doubt, unfamiliar_images
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
    return circuits, doubt(digits, circuits, others, n_checked=2, n_samples=200)


@pytest.fixture
def card(digits):
    made = DoubtCard("light", Desk(Notices()))
    made.take(digits)
    return made


def text_of(card):
    return str(card.words.blocks)


def test_the_card_first_says_what_it_asks(card):
    assert card.figure() is None
    assert len(card.plot) == 0
    assert not card.start.disabled
    assert "edges of sums drop out" in text_of(card)


def test_the_job_hands_over_circuits_and_numbers(card, measured, monkeypatch):
    monkeypatch.setattr("workbench.dashboard.doubt.class_circuits", lambda *_, **__: measured[0])
    monkeypatch.setattr("workbench.dashboard.doubt.doubt", lambda *_, **__: measured[1])
    card.measure()
    while card.desk.is_busy:
        card.desk.poll()
        time.sleep(0.005)
    assert card.circuits == measured[0]
    assert card.figure().kind == "separation"
    assert len(card.plot) == 1
    assert str(measured[1].ratio("likelihood")) in text_of(card)
    assert measured[1].shared in text_of(card)
    assert "200 Monte Carlo samples of each of 2 images" in text_of(card)


def test_circuits_are_learned_once(digits, measured, monkeypatch):
    monkeypatch.setattr("workbench.dashboard.doubt.class_circuits", None)  # must not be called
    monkeypatch.setattr("workbench.dashboard.doubt.doubt", lambda *_, **__: measured[1])
    assert doubted(digits, measured[0], 0.05) == measured


def test_the_theme_repaints_the_plot(card, measured):
    card._finish(measured)
    card.restyle("dark")
    assert card.plot[0].object.background_fill_color == palette("dark").surfaces.canvas


def test_another_table_drops_what_was_found(card, measured):
    card._finish(measured)
    card.take(load("iris"))
    assert card.figure() is None
    assert card.start.disabled
    assert "no images with classes" in text_of(card)
    card.measure()
    assert not card.desk.is_busy
