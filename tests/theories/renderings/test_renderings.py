import json
import re

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.variables import Variable, categorical
from workbench.errors import FormatError, LimitError, ParameterError
from workbench.theories import And, Literal, Or, Theory, from_json
from workbench.theories.nodes import post_order
from workbench.theories.renderings import RENDERINGS

AGE = Variable("age", "categorical", ("a", "b", "c", "d"), (3.0, 7.0, 1e6))
COLOUR = categorical("colour", ["red", "green", "blue", "black", "white"])
VARIABLES = (COLOUR, categorical("pixel", 17), AGE)


def one(variable, codes):
    return Theory(VARIABLES, Literal(variable, frozenset(codes)))


@pytest.mark.parametrize(
    ("variable", "codes", "expected"),
    [
        (0, [0], "colour = red"),
        (0, [0, 2], "colour in {red, blue}"),
        (0, [0, 1, 2, 3], "colour != white"),
        (0, [0, 1, 2], "colour not in {black, white}"),
        (0, range(5), "colour is known"),
        (1, [0, 1, 2], "pixel <= 2"),
        (1, range(3, 8), "pixel >= 3 and pixel <= 7"),
        (1, [16], "pixel = 16"),
        (1, [0, 5], "pixel in {0, 5}"),
        (2, [0], "age < 3"),
        (2, [1, 2], "age >= 3 and age < 1000000"),
        (2, [0, 3], "age < 3 or age >= 1000000"),
        (2, range(4), "age is known"),
    ],
)
def test_the_text_of_a_literal(variable, codes, expected):
    assert str(one(variable, codes)) == expected


@pytest.mark.parametrize(
    ("variable", "codes", "expected"),
    [
        (0, [0, 2], "\"colour\" IN ('red', 'blue')"),
        (1, [3, 4], '"pixel" IN (3, 4)'),
        (2, [0], '"age" < 3'),
        (2, [1, 2], '"age" >= 3 AND "age" < 1000000'),
        (2, range(4), 'NOT "age" IS NULL'),
    ],
)
def test_the_sql_of_a_literal(variable, codes, expected):
    assert one(variable, codes).sql() == f'SELECT * FROM "data" WHERE {expected}'  # noqa: S608  # compared, not run


def test_no_sql_condition_can_be_satisfied_by_null():
    """Only positive tests joined by AND and OR, apart from IS NOT NULL."""
    theory = Theory(VARIABLES, Or(tuple(Literal(v, frozenset({0, 1, 2})) for v in range(3))))
    for name in ("duckdb", "sqlite", "mysql", "postgres", "snowflake"):
        parsed = sqlglot.parse_one(theory.sql(name), dialect=name)
        for negation in parsed.find_all(sqlglot.exp.Not):
            assert isinstance(negation.this, sqlglot.exp.Is)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "mysql", "postgres", "bigquery"])
def test_hostile_names_and_labels_stay_names_and_labels(dialect):
    name, label = '"; DROP TABLE x; --`', "'; DROP TABLE y; -- \\"
    theory = Theory((categorical(name, [label, "b"]),), Literal(0, frozenset({0})))
    statements = sqlglot.parse(theory.sql(dialect, table=name), dialect=dialect)
    assert len(statements) == 1
    assert [column.name for column in statements[0].find_all(sqlglot.exp.Column)] == [name]
    assert [literal.this for literal in statements[0].find_all(sqlglot.exp.Literal)] == [label]


def test_an_unknown_dialect_is_refused():
    with pytest.raises(ParameterError, match="dialect"):
        one(0, [0]).sql("klingon")


def test_latex_escapes_every_special_character_and_balances_braces():
    label = r"\{}$&#_%~^<>"
    theory = Theory((categorical("a_b", [label, "x"]),), Literal(0, frozenset({0})))
    text = theory.latex()
    assert r"\text{a\_b}" in text
    plain = re.sub(r"\\[{}$&#_%]", "", text)
    assert plain.count("{") == plain.count("}")
    assert not re.search(r"[$&#_%~^<>]", plain)


def test_sentences_name_every_rule():
    tree = Or(
        (And((Literal(0, frozenset({0})), Literal(2, frozenset({0})))), Literal(1, frozenset({16})))
    )
    assert Theory(VARIABLES, tree).sentences() == (
        "A row belongs to the concept if colour is red, and age is below 3;\nor if pixel is 16."
    )
    assert Theory(VARIABLES, And(())).sentences() == "A row always belongs to the concept."


def test_control_characters_are_shown_as_escapes():
    theory = Theory((categorical("x", ["a\nb\u202e", "c"]),), Literal(0, frozenset({0})))
    for rendering in (str(theory), theory.sentences(), theory.latex()):
        assert all(character.isprintable() for character in rendering)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_json_is_lossless_with_units(data, theories):
    theory = data.draw(theories())
    again = from_json(theory.json())
    assert again == theory
    assert again.json() == theory.json()
    units = [[node.units for node in post_order(t.tree)] for t in (theory, again)]
    assert units[0] == units[1]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_rendering_of_every_theory_is_text(data, theories):
    theory = data.draw(theories())
    assert all(rendering(theory) for rendering in RENDERINGS.values())


def test_shared_subtrees_stay_shared_in_json():
    """A chain of choices: few nodes, and 2 ** 60 rules when written out."""
    variables = tuple(categorical(f"v{i}", 4) for i in range(61))
    low, high = (Literal(60, frozenset({code})) for code in (0, 1))
    for i in range(60):
        a, b = (Literal(i, frozenset({code})) for code in (0, 1))
        low, high = (
            Or((And((a, low)), And((b, high)))),
            Or((And((b, low)), And((a, high)))),
        )
    theory = Theory(variables, Or((low, high)))
    assert len(json.loads(theory.json())["nodes"]) < 600
    assert from_json(theory.json()) == theory
    with pytest.raises(LimitError, match="too large to be written out"):
        str(theory)


COLUMN = {"name": "x", "kind": "categorical", "categories": ["a", "b"], "edges": []}
GOOD = json.loads(one(0, [0]).json())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"format": "other"}, "format"),
        ({"version": 2}, "version"),
        ({"version": True}, "version"),
        ({"source": 3}, "source"),
        ({"variables": {}}, "variables"),
        ({"variables": [{"name": "x", "kind": "odd"}]}, "variables/0"),
        ({"variables": [{**COLUMN, "categories": ["a", "a"]}]}, "repeated"),
        ({"variables": [{**COLUMN, "edges": [1e999]}]}, "finite"),
        ({"nodes": []}, "nodes"),
        ({"nodes": [{"type": "not", "units": []}]}, "nodes/0"),
        ({"nodes": [{"type": ["and"], "units": []}]}, "nodes/0"),
        ({"nodes": [{"type": "and", "units": [], "children": [0]}]}, "children"),
        ({"nodes": [{"type": "literal", "units": [], "variable": -1, "allowed": [0]}]}, "nodes/0"),
        ({"nodes": [{"type": "literal", "units": [], "variable": 0, "allowed": [7]}]}, "nodes"),
        ({"nodes": [{"type": "literal", "units": [], "variable": 0, "allowed": [0.5]}]}, "allowed"),
        ({"nodes": [{"type": "literal", "units": [-1], "variable": 0, "allowed": [0]}]}, "nodes/0"),
        ({"nodes": [{"type": "constant", "units": [], "value": 1}]}, "nodes/0"),
    ],
)  # fmt: skip
def test_a_bad_document_is_refused_and_the_place_named(change, place):
    with pytest.raises(FormatError, match=place):
        from_json(json.dumps({**GOOD, **change}), "file.json")


@pytest.mark.parametrize("text", ["", "[", "[" * 100_000, "null", "3"])
def test_what_is_no_theory_is_refused(text):
    with pytest.raises(FormatError, match="cannot read"):
        from_json(text)
