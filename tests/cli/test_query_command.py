import json

import numpy as np
import pytest

from workbench.circuits import save
from workbench.circuits.build import Builder
from workbench.cli import main
from workbench.data.variables import categorical, continuous
from workbench.inference import ask, mpe


def mixture():
    build = Builder((categorical("sky", ["clear", "grey", "red"]), continuous("heat")))
    parts = [
        build.product([build.categorical(0, p), build.gaussian(1, mean, 2.0)])
        for p, mean in (([0.7, 0.2, 0.1], 20.0), ([0.1, 0.8, 0.1], 10.0))
    ]
    return build.circuit(build.sum(parts, [0.5, 0.5]))


@pytest.fixture
def model(tmp_path):
    save(mixture(), tmp_path / "model.wbc")
    return str(tmp_path / "model.wbc")


def asked(capsys, *arguments):
    code = main(["query", *arguments])
    return code, capsys.readouterr()


def test_likelihood_and_posteriors_are_those_of_the_verbs(model, capsys):
    code, said = asked(capsys, model, "--evidence", "sky=grey")
    answer = ask(mixture(), {"sky": "grey"})
    assert code == 0
    assert f"{np.exp(answer.log_probability):.6g}" in said.out
    assert f"{answer.after.means[1]:.4g}" in said.out
    assert "sky = grey" in said.out


def test_the_same_name_again_allows_either_value(model, capsys):
    code, said = asked(capsys, model, "--evidence", "sky=clear", "--evidence", "sky=red")
    assert code == 0
    assert "sky = clear or red" in said.out
    assert "0.5" in said.out


def test_intervals_completion_and_samples(model, capsys):
    code, said = asked(
        capsys, model, "--evidence", "heat=15..", "--mpe", "--samples", "3", "--seed", "1"
    )
    assert code == 0
    answer = ask(mixture(), {"heat": (15.0, np.inf)})
    best = mpe(answer.given.circuit, answer.given.row)
    assert "sky = clear" in said.out
    assert "exact" in said.out
    assert f"{best.lower + answer.given.log_sets:.6g}".lstrip("-")[:6] in said.out
    assert said.out.count("at least 15") >= 4  # evidence, completion, three samples


def test_a_figure_of_before_and_after_is_drawn(model, tmp_path, capsys):
    figure = tmp_path / "asked.pdf"
    code, said = asked(capsys, model, "--evidence", "heat=12", "--out", str(figure))
    assert code == 0
    assert figure.read_bytes().startswith(b"%PDF-")
    assert "log-density" in said.out


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ("sky", "cannot read the evidence"),
        ("sky=blue", "unknown category of 'sky'"),
        ("rain=1", "'rain'"),
        ("heat=hot", "a number or LOW..HIGH"),
        ("heat=20..10", "cannot bound 'heat'"),
    ],
)
def test_bad_evidence_is_told_without_a_traceback(model, capsys, evidence, words):
    code, said = asked(capsys, model, "--evidence", evidence)
    assert code == 2
    assert words in said.err
    assert "Traceback" not in said.err


def test_json_has_the_numbers_of_the_verbs(model, capsys):
    options = ("--evidence", "sky=grey", "--mpe", "--samples", "2", "--json")
    code, said = asked(capsys, model, *options)
    told, answer = json.loads(said.out), ask(mixture(), {"sky": "grey"})
    best = mpe(mixture(), np.array([1.0, np.nan]))
    assert (code, said.err) == (0, "")
    assert told["log_value"] == answer.log_probability
    assert told["probability"] == np.exp(answer.log_probability)
    (heat,) = told["variables"]
    assert heat["variable"] == "heat"
    assert heat["after"] == {
        "mean": float(answer.after.means[1]),
        "deviation": float(answer.after.deviations[1]),
    }
    assert told["completion"]["values"] == {"sky": "grey", "heat": best.assignment[1]}
    assert told["completion"]["lower"] == pytest.approx(best.lower)
    assert [row["sky"] for row in told["samples"]] == ["grey", "grey"]
    assert all(isinstance(row["heat"], float) for row in told["samples"])


def test_a_density_has_no_probability(model, capsys):
    code, said = asked(capsys, model, "--evidence", "heat=12", "--json")
    told = json.loads(said.out)
    assert code == 0
    assert (told["measure"], told["probability"]) == ("log-density", None)
    assert told["completion"] is told["samples"] is told["saved"] is None
    assert sum(told["variables"][0]["after"].values()) == pytest.approx(1.0)
