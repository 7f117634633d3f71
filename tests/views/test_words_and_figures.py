"""Words of labels, and the table from values to figures."""

from importlib import import_module

import pytest
from figure_samples import made, small_circuit, small_theory

from workbench.budgets import band, pass_at_k
from workbench.errors import ParameterError
from workbench.views.figures import FIGURES, figure_of
from workbench.views.spec import Encoding
from workbench.views.words import axis_label, ramp_label, short_number, value_set


def test_labels_carry_units_and_transforms():
    encoding = Encoding("colour", "nodes", "value", "log-likelihood", "linear", "nats")
    assert axis_label(encoding) == "log-likelihood (nats)"
    assert axis_label(None) == ""
    assert (
        ramp_label(encoding, -91.44, 0.0)
        == "log-likelihood: linear scale, \N{MINUS SIGN}91.4 to 0 nats"
    )
    assert ramp_label(encoding, 2.0, 2.0) == "log-likelihood: 2 nats throughout"
    assert [short_number(v) for v in (1, 1024, 2.5e9)] == ["1", "1.02k", "2.5G"]
    assert value_set(["a"]) == "{a}"


@pytest.mark.parametrize("path", sorted({*FIGURES, *FIGURES.values()}))
def test_every_entry_of_the_table_exists(path):
    module, name = path.split(":")
    assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize(
    ("thing", "kind"),
    [
        (pass_at_k([(4, 1), (4, 2)]), "curve"),
        (band(pass_at_k([(4, 1), (4, 2)])), "curve"),
        (small_theory(), "theory"),
        (small_circuit(), "circuit"),
    ],
)
def test_values_find_their_figure(thing, kind):
    assert figure_of(thing).kind == kind


def test_options_reach_the_figure():
    assert figure_of(small_theory(), title="Rules").title == "Rules"
    with pytest.raises(ParameterError, match="no options"):
        figure_of(made("theory"), title="Rules")
    with pytest.raises(ParameterError, match=r"a dict.*Circuit.*Theory"):
        figure_of({})
