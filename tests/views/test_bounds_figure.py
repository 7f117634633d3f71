from dataclasses import dataclass

import numpy as np
import pytest

from workbench.circuits import Builder
from workbench.core.tables import Table
from workbench.data.variables import categorical
from workbench.errors import ParameterError
from workbench.exports import export
from workbench.inference import marginal_map, mpe
from workbench.views import bounds_figure, figure_of
from workbench.views.bounds_figure import closing_words
from workbench.views.painters.screen import paint


def mixture():
    build = Builder([categorical(f"v{v}", 2) for v in range(6)])
    random = np.random.default_rng(3)
    parts = [
        build.product([build.categorical(v, random.dirichlet([1, 1])) for v in range(6)])
        for _ in range(5)
    ]
    return build.circuit(build.sum(parts, np.ones(5) / 5))


@pytest.mark.parametrize("verb", [mpe, lambda c: marginal_map(c, ["v0", "v3"])])
def test_the_table_is_the_history_of_the_search(verb):
    found = verb(mixture())
    spec = bounds_figure(found)
    steps = spec.tables["bounds"]
    for name in steps:
        np.testing.assert_array_equal(steps[name], found.history[name])
    assert (np.diff(steps["upper"]) <= 0).all()
    assert (np.diff(steps["lower"]) >= 0).all()
    assert found.exact
    assert closing_words(spec).startswith("met after")
    assert "they meet" in spec.caption
    assert figure_of(found).hash == spec.hash


def test_a_search_that_stopped_says_how_far_apart():
    found = mpe(made_wide(), nodes=1)
    assert not found.exact
    spec = bounds_figure(found, title="Stopped")
    assert "nats apart after" in closing_words(spec)
    assert "still apart" in spec.caption


def made_wide():
    build = Builder([categorical(f"v{v}", 4) for v in range(10)])
    random = np.random.default_rng(0)
    parts = [
        build.product([build.categorical(v, random.dirichlet(np.ones(4))) for v in range(10)])
        for _ in range(12)
    ]
    return build.circuit(build.sum(parts, np.ones(12) / 12))


def test_an_answer_without_a_search_has_no_figure():
    build = Builder([categorical("x", 2)])
    coin = build.circuit(build.categorical(0, [0.3, 0.7]))
    with pytest.raises(ParameterError, match="without a search"):
        bounds_figure(mpe(coin))


@dataclass
class Long:
    """A search whose nodes and bounds are given."""

    nodes: list[int]
    exact: bool = False

    @property
    def history(self):
        lower = np.linspace(-3.0, -2.0, len(self.nodes))
        return Table({"nodes": self.nodes, "lower": lower, "upper": lower + 0.5})


@pytest.mark.parametrize(("nodes", "scale"), [([1, 9, 4_000], "log"), ([1, 9, 40], "linear")])
def test_many_nodes_are_on_a_log_scale_and_drawn_on_it(nodes, scale, tmp_path):
    spec = bounds_figure(Long(nodes))
    assert spec.encoding("x").scale == scale
    assert export(spec, tmp_path / "bounds.pdf").stat().st_size > 1_000
    assert paint(spec).x_scale.__class__.__name__ == f"{scale.capitalize()}Scale"
