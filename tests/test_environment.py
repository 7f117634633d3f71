"""Dependencies: one list, the same in pyproject, conda, constraints and CONTRIBUTING."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
CONSTRAINTS = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").split()
TESTS = PROJECT["optional-dependencies"]["test"]
# What an extra brings is imported where it is used, by code that says how to install it.
CLUSTER = PROJECT["optional-dependencies"]["cluster"]
# Only adapters and benchmarks beside them need these.
PEERS = [
    entry for extra in ("pyjuice", "peers") for entry in PROJECT["optional-dependencies"][extra]
]

# Where conda-forge or the import statement uses another name than the package index.
CONDA_NAMES = {"duckdb": "python-duckdb", "jupyter-server": "jupyter_server", "torch": "pytorch"}
CONDA_ONLY = {"python", "pip"}
PIP_ONLY = {"apsw"}  # its own SQLite brings the page sums that the community channel's may lack
IMPORT_NAMES = {
    "scikit-learn": "sklearn",
    "pyyaml": "yaml",
    "import-linter": "importlinter",
    "pytest-xdist": "xdist",
}
# Never imported: programs that are started, and the server under jupyterlab whose floor we raise.
PROGRAMS = {"hatchling", "import-linter", "jupyter-server", "jupyterlab", "mypy", "pytest-cov",
            "pytest-timeout", "ruff"}  # fmt: skip
# Releases with known holes: the floors must exclude them.
FLOORS = {"bokeh": (3, 8, 2), "jupyter-server": (2, 18), "torch": (2, 10)}


def split(requirement):
    """The name and the rest of one requirement."""
    return re.fullmatch(r"([A-Za-z0-9_.-]+)(.*)", requirement.replace(" ", "")).groups()


def module(package):
    return IMPORT_NAMES.get(package, package.replace("-", "_"))


def _calls(node, name):
    return isinstance(node.func, ast.Attribute) and node.func.attr == name


def imports_under(folder):
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module.split(".")[0])
            elif isinstance(node, ast.Call) and _calls(node, "importorskip"):
                found.add(ast.literal_eval(node.args[0]).split(".")[0])
    return found


RUNTIME = dict(map(split, PROJECT["dependencies"]))
FOR_TESTS = dict(map(split, TESTS))
FOR_BENCHMARKS = dict(map(split, PEERS))
PACKAGE_IMPORTS = imports_under(REPOSITORY / "workbench")
TEST_IMPORTS = imports_under(REPOSITORY / "tests")


def conda_environment():
    return yaml.safe_load((REPOSITORY / "environment.yml").read_text(encoding="utf-8"))


def test_conda_and_pyproject_list_the_same_versions():
    listed = [entry for entry in conda_environment()["dependencies"] if isinstance(entry, str)]
    conda = dict(map(split, listed))
    found = {name: floor for name, floor in RUNTIME.items() if name not in PIP_ONLY}
    expected = {CONDA_NAMES.get(name, name): floor for name, floor in found.items()}
    assert {name: floor for name, floor in conda.items() if name not in CONDA_ONLY} == expected
    assert conda["python"] == PROJECT["requires-python"]


def test_conda_uses_only_the_community_channel():
    assert conda_environment()["channels"] == ["conda-forge", "nodefaults"]


def test_dependencies_are_sorted_and_have_floors():
    for listed in (PROJECT["dependencies"], TESTS, PEERS, CLUSTER):
        assert listed == sorted(listed, key=split)
        assert [entry for entry in listed if ">=" not in entry] == []


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_floors_exclude_versions_with_known_holes(name, floor):
    assert tuple(map(int, RUNTIME[name].removeprefix(">=").split("."))) >= floor


@pytest.mark.parametrize("name", sorted(RUNTIME | FOR_TESTS | FOR_BENCHMARKS))
def test_every_dependency_is_explained(name):
    row = re.search(rf"^\| `{re.escape(name)}` \| (.+) \|$", CONTRIBUTING, re.MULTILINE)
    assert row, f"say in CONTRIBUTING.md why {name} is needed"
    assert len(row.group(1)) > 20


def test_no_dependency_is_explained_that_is_not_one():
    explained = set(re.findall(r"^\| `([a-z0-9-]+)` \| ", CONTRIBUTING, re.MULTILINE))
    assert explained <= set(RUNTIME | FOR_TESTS | FOR_BENCHMARKS)


@pytest.mark.parametrize("name", sorted(set(RUNTIME) - PROGRAMS))
def test_every_dependency_is_imported(name):
    assert module(name) in PACKAGE_IMPORTS, f"remove {name} from pyproject.toml, or use it"


@pytest.mark.parametrize("name", sorted(set(FOR_TESTS | FOR_BENCHMARKS) - PROGRAMS))
def test_every_test_dependency_is_imported(name):
    assert module(name) in TEST_IMPORTS


def test_nothing_is_imported_that_is_not_a_dependency():
    ours = {"workbench", "__future__"} | sys.stdlib_module_names
    extra = {split(entry)[0] for entry in CLUSTER}
    assert PACKAGE_IMPORTS - ours - set(map(module, RUNTIME)) - extra == set()


def test_tests_import_only_declared_packages():
    helpers = {path.stem for path in (REPOSITORY / "tests").rglob("*.py")}
    ours = {"workbench", "__future__"} | helpers | sys.stdlib_module_names
    assert TEST_IMPORTS - ours - set(map(module, RUNTIME | FOR_TESTS | FOR_BENCHMARKS)) == set()


def test_constraints_are_exact_public_versions():
    pinned = dict(line.split("==") for line in CONSTRAINTS)
    assert [
        version for version in pinned.values() if not re.fullmatch(r"[0-9][0-9a-z.]*", version)
    ] == []
    assert pinned["torch"] == "2.13.0"


@pytest.mark.parametrize("name", sorted(RUNTIME | FOR_TESTS))
def test_every_dependency_is_pinned(name):
    spelled = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in CONSTRAINTS}
    assert name in spelled
