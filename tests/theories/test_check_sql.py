import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.variables import Variable, categorical
from workbench.errors import DataError, ParameterError
from workbench.theories import And, Literal, Or, Theory, count_sql

AGE = Variable('the "age"', "categorical", ("low", "mid", "high"), (0.1, 0.30000000000000004))
VARIABLES = (
    categorical("it's", ["a", "b'c", 'd"e']),
    categorical("pixel", 17),
    AGE,
    categorical("flag", ["False", "True"]),
)


def literals(variable):
    size = VARIABLES[variable].n_categories
    return st.frozensets(st.integers(0, size - 1)).map(lambda codes: Literal(variable, codes))


TREES = st.recursive(
    st.integers(0, 3).flatmap(literals),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=8,
)


def frame(n=300, seed=0):
    """Every column has missing cells, cells on the bin edges and unknown labels."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "it's": random.choice(["a", "b'c", 'd"e', "unknown", None], n),
            "pixel": random.integers(0, 20, n).astype(float),
            AGE.name: random.choice([-1.0, 0.1, 0.2, 0.1 + 0.2, 0.3, 9.0, np.nan], n),
            "flag": random.choice([True, False], n),
        }
    )
    table.loc[::5, "pixel"] = np.nan
    return table


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
def test_count_and_mask_agree_on_random_theories_with_nulls(dialect):
    table = frame()

    @settings(max_examples=40, deadline=None)
    @given(TREES)
    def agree(tree):
        check = count_sql(Theory(VARIABLES, tree), table, dialect=dialect)
        assert check.equal, check

    agree()


THEORY = Theory(
    VARIABLES,
    Or(
        (
            And((Literal(0, frozenset({1, 2})), Literal(1, frozenset(range(3, 12))))),
            And((Literal(2, frozenset({0, 2})), Literal(3, frozenset({1})))),
        )
    ),
)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
@pytest.mark.parametrize(
    "types",
    [
        {"pixel": "Int64"},
        {"pixel": "float32", AGE.name: "float32"},
        {"it's": "category", "flag": "boolean"},
        {"flag": "object", "it's": "object"},
    ],
)
def test_count_and_mask_agree_for_every_type_of_column(types, dialect):
    table = frame().astype(types)
    check = count_sql(THEORY, table, dialect=dialect)
    assert check.equal, check
    assert 0 < check.count < len(table)


def test_codes_written_as_text_are_compared_as_text():
    table = frame().assign(pixel=lambda t: t.pixel.astype("Int64").astype("str"))
    check = count_sql(THEORY, table, dialect="duckdb")
    assert "'3'" in check.sql
    assert check.equal
    assert check.count == count_sql(THEORY, frame()).count


def test_labels_of_bins_are_compared_as_text():
    table = frame()
    labels = np.select(
        [table[AGE.name] < 0.1, table[AGE.name] < 0.30000000000000004], ["low", "mid"], "high"
    )
    table[AGE.name] = np.where(table[AGE.name].isna(), None, labels)
    check = count_sql(THEORY, table)
    assert check.equal
    assert check.count == count_sql(THEORY, frame()).count


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_files_are_counted(tmp_path, suffix, dialect):
    path = tmp_path / f"table{suffix}"
    table = frame()
    table.to_parquet(path) if suffix == ".parquet" else table.to_csv(path, index=False)
    check = count_sql(THEORY, path, dialect=dialect)
    assert check.equal
    assert check.count == THEORY.mask(table).sum()


def test_a_real_nan_in_a_parquet_file_counts_as_missing(tmp_path):
    import duckdb

    path = tmp_path / "nan.parquet"
    with duckdb.connect() as connection:
        rows = connection.sql("SELECT * FROM (VALUES ('NaN'::DOUBLE), (9.0), (NULL)) AS t(age)")
        rows.write_parquet(str(path))
    age = Variable("age", "categorical", ("low", "high"), (3.0,))
    check = count_sql(Theory((age,), Literal(0, frozenset({1}))), path)
    assert (check.count, check.mask_count) == (1, 1)


def test_a_theory_without_variables_counts_all_or_no_rows():
    for tree, expected in ((And(()), 300), (Or(()), 0)):
        for dialect in ("duckdb", "sqlite"):
            check = count_sql(Theory(VARIABLES, tree), frame(), dialect=dialect)
            assert (check.count, check.mask_count) == (expected, expected)


def test_bad_tables_and_dialects_are_refused(tmp_path):
    with pytest.raises(DataError, match="pixel"):
        count_sql(THEORY, frame().drop(columns="pixel"))
    with pytest.raises(DataError, match="cannot read the table"):
        count_sql(THEORY, tmp_path / "absent.csv")
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"not parquet")
    with pytest.raises(DataError, match="cannot read the table"):
        count_sql(THEORY, bad)
    with pytest.raises(ParameterError, match="dialect"):
        count_sql(THEORY, frame(), dialect="oracle")


def test_a_table_name_cannot_inject():
    name = 'data"; DROP TABLE x; --'
    assert count_sql(THEORY, frame(), table=name).equal
