import numpy as np
import pytest
from matplotlib.text import Text

from workbench.circuits.build import Builder
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, ParameterError
from workbench.inference import ask
from workbench.views import figure_of, posterior_figure
from workbench.views.painters.page import Page, blank
from workbench.views.painters.paper_posterior import paint_posterior
from workbench.views.posterior_figure import image_shape


def mixed():
    build = Builder(
        (categorical("sky", ["clear", "grey"]), continuous("heat"), categorical("n", 9))
    )
    rng = np.random.default_rng(0)
    parts = [
        build.product(
            [
                build.categorical(0, p),
                build.gaussian(1, mean, 2.0),
                build.categorical(2, rng.dirichlet(np.ones(9))),
            ]
        )
        for p, mean in (([0.9, 0.1], 20.0), ([0.2, 0.8], 12.0))
    ]
    return build.circuit(build.sum(parts, [0.5, 0.5]))


def picture(height=2, width=3):
    names = [f"pixel {i},{j}" for i in range(height) for j in range(width)]
    build = Builder([categorical(name, 5) for name in names])
    rng = np.random.default_rng(1)
    parts = [
        build.product([build.categorical(v, rng.dirichlet(np.ones(5))) for v in range(len(names))])
        for _ in range(2)
    ]
    return build.circuit(build.sum(parts, [0.5, 0.5]))


def test_the_tables_hold_what_the_verbs_say():
    answer = ask(mixed(), {"sky": "grey"})
    tables = posterior_figure(answer).tables
    assert tables["variables"]["finding"].tolist() == ["grey", "", ""]
    assert tables["variables"]["known"].tolist() == [True, False, False]
    bars = tables["bars"]
    assert bars["variable"].tolist() == [0] * 2 + [2] * 9
    expected = np.concatenate([answer.after.of("sky"), answer.after.of("n")])
    assert bars["after"].tolist() == expected.tolist()
    assert bars["known"].tolist()[:3] == [False, True, False]
    lines = tables["lines"]
    assert set(lines["variable"].tolist()) == {1}
    assert lines["after"].tolist() == answer.densities[1].after.tolist()


def test_the_most_changed_are_shown_in_the_order_of_columns():
    answer = ask(mixed(), {"n": 3})
    shown = posterior_figure(answer, most=2).tables["variables"]
    other = int(np.argmax(answer.change[:2]))
    assert shown["column"].tolist() == [other, 2]
    assert posterior_figure(answer, variables=["heat"]).tables["variables"]["column"].tolist() == [
        1
    ]
    assert posterior_figure(answer, most=0).tables["bars"].n_rows == 0


def test_names_tell_the_shape_of_an_image():
    assert image_shape(picture().variables) == (2, 3)
    assert image_shape(mixed().variables) is None
    assert image_shape(picture().variables[1:]) is None
    pixels = posterior_figure(ask(picture(), {"pixel 0,1": 4})).tables["pixels"]
    assert pixels["row"].tolist() == [0, 0, 0, 1, 1, 1]
    assert pixels["after"][1] == 1.0
    assert pixels["known"].tolist() == [False, True, False, False, False, False]


def test_a_shape_may_be_given_and_must_fit():
    answer = ask(picture())
    turned = posterior_figure(answer, shape=(3, 2)).tables["pixels"]
    assert turned["row"].tolist() == [0, 0, 1, 1, 2, 2]
    with pytest.raises(ParameterError, match="do not fill"):
        posterior_figure(answer, shape=(4, 4))


def test_the_caption_says_what_is_given_and_how_probable_it_is():
    assert posterior_figure(ask(mixed())).caption == "Without evidence."
    answer = ask(mixed(), {"sky": "grey"})
    caption = posterior_figure(answer).caption
    assert caption.startswith("Given sky = grey: log-probability")
    assert np.exp(answer.log_probability) == pytest.approx(0.45)
    assert "log-density" in posterior_figure(ask(mixed(), {"heat": 20.0})).caption
    assert "heat = at least 15" in posterior_figure(ask(mixed(), {"heat": (15.0, np.inf)})).caption


def test_an_answer_has_a_figure_and_equal_answers_have_equal_ones():
    figures = [figure_of(ask(mixed(), {"n": [1, 2]})) for _ in range(2)]
    assert figures[0].kind == "posterior"
    assert figures[0].hash == figures[1].hash
    assert figures[0].provenance.recipe == "ask(circuit, {2: {1, 2}})"


def test_a_page_says_how_many_variables_it_has_no_room_for():
    spec = posterior_figure(ask(picture(4, 5)), most=None)
    for height, says in ((14.0, False), (2.6, True)):
        with blank(Page(3.25, height)) as figure:
            paint_posterior(spec, Page(3.25, height), figure)
            texts = [text.get_text() for text in figure.findobj(Text)]
        drawn = sum(text.startswith("pixel") for text in texts)
        said = [text for text in texts if "no room" in text]
        assert bool(said) == says
        assert drawn == 20 - (int(said[0].split()[1]) if said else 0)


def test_unknown_names_are_refused():
    with pytest.raises(DataError, match="'rain'"):
        posterior_figure(ask(mixed()), variables=["rain"])
    with pytest.raises(ParameterError, match="most=-1"):
        posterior_figure(ask(mixed()), most=-1)
