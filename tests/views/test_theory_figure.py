"""Theory figures: cells say exactly what the rules allow."""

import pytest
from figure_samples import pixel_theory, small_theory

from workbench.errors import ParameterError
from workbench.views.theory_figure import theory_figure


def test_cells_give_the_rules_back():
    theory = small_theory()
    cells = theory_figure(theory).tables["cells"]
    found = {}
    for rule, variable, code, allowed in zip(
        cells["rule"], cells["variable"], cells["code"], cells["allowed"], strict=True
    ):
        found.setdefault((int(rule), int(variable)), set()).update({int(code)} if allowed else ())
    expected = {
        (place, literal.variable): set(literal.allowed)
        for place, rule in enumerate(theory.rules)
        for literal in rule.literals
    }
    assert found == expected


def test_cells_name_their_categories():
    cells = theory_figure(small_theory()).tables["cells"]
    odor = cells["name"] == "odor"
    assert cells["category"][odor].tolist() == ["none", "foul", "spicy"]


def test_measures_stand_beside_the_rules():
    spec = theory_figure(small_theory(), measures={"covered": [12, 3]})
    assert spec.tables["rules"]["covered"].tolist() == [12.0, 3.0]
    assert [e.column for e in spec.encodings if e.channel == "beside"] == ["covered"]


def test_pixels_have_middle_and_share_of_the_allowed_values():
    theory = pixel_theory()
    pixels = theory_figure(theory, shape=(4, 4)).tables["pixels"]
    single = pixels["share"] == 1 / 17
    assert pixels["centre"][single].tolist() == [1.0]
    assert (pixels["row"] * 4 + pixels["column"]).tolist() == [
        literal.variable for rule in theory.rules for literal in rule.literals
    ]


def test_wrong_shapes_are_said():
    with pytest.raises(ParameterError, match="height times width"):
        theory_figure(pixel_theory(), shape=(3, 4))
    with pytest.raises(ParameterError, match=r"shape \(2,\)"):
        theory_figure(small_theory(), measures={"covered": [1, 2, 3]})
