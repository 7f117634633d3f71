"""Rules that people forget, checked on the source: untrusted files stay data."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "workbench"
FRONT_END = (REPOSITORY / "widgets" / "src", PACKAGE / "dashboard" / "static")

# Loading these can run code that a file brings.
UNSAFE_MODULES = ("pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "xml", "imp")
UNSAFE_BUILTINS = ("eval", "exec", "compile", "__import__")
UNSAFE_ATTRIBUTES = ("read_pickle", "to_pickle", "unsafe_load", "full_load", "extractall", "system")
UNSAFE_LOADS = ("torch", "yaml", "joblib", "pickle", "marshal")
UNSAFE_KEYWORDS = ("allow_pickle", "shell", "allow_dangerous_deserialization")

# The one module that writes files, and calls that write behind its back.
WRITER = PACKAGE / "core" / "files.py"
WRITING_ATTRIBUTES = {
    *("write_text", "write_bytes", "fdopen", "tofile", "copyfile", "copytree", "copy2"),
    *("save", "savez", "savez_compressed", "savetxt", "save_file", "to_excel", "to_parquet"),
    *("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile"),
}
NUMPY_OR_SAFETENSORS = ("np", "numpy", "safetensors", "torch", "shutil", "os", "tempfile")
OWN_VERBS = ("save",)  # our own verbs, which end in write_atomic, have these names too

MODE = re.compile(r"[rwaxbt+]{1,3}")
HTML_SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\s*\(|new\s+Function\b"
    r"|createContextualFragment|srcdoc|DOMParser|dangerouslySetInnerHTML|\bjavascript:"
)
TAG = re.compile(r"</?[a-z][a-z0-9-]*[\s/>]")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|opt|tmp|root)/")
FOREIGN_WORDS = re.compile(r"shared[/]reference|[A]RCHITECTURE\.md")


def python_files():
    return sorted(PACKAGE.rglob("*.py"))


def front_end_files():
    kinds = ("*.ts", "*.tsx", "*.js")
    return sorted(path for place in FRONT_END for kind in kinds for path in place.rglob(kind))


def name_of(node):
    """The dotted name that a call or attribute is written with, or its last part."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []


def is_false(node):
    return isinstance(node, ast.Constant) and node.value is False


def unsafe(node):
    """Why `node` could run code from data, or None."""
    modules = [name for name in imported(node) if name.split(".")[0] in UNSAFE_MODULES]
    if modules:
        return f"imports {modules[0]}"
    if not isinstance(node, ast.Call):
        return None
    called = name_of(node.func)
    head, _, last = called.rpartition(".")
    if called in UNSAFE_BUILTINS or last in UNSAFE_ATTRIBUTES:
        return f"calls {called}"
    if last in {"load", "loads"} and head.split(".")[-1] in UNSAFE_LOADS:
        return f"calls {called}"
    loud = [k.arg for k in node.keywords if k.arg in UNSAFE_KEYWORDS and not is_false(k.value)]
    return f"passes {loud[0]}" if loud else None


def writes(node):
    """How `node` opens a file for writing, or None."""
    if not isinstance(node, ast.Call):
        return None
    called = name_of(node.func)
    head, _, last = called.rpartition(".")
    if last in WRITING_ATTRIBUTES:
        ours = last in OWN_VERBS and head.split(".")[0] not in NUMPY_OR_SAFETENSORS
        return None if ours else f"calls {called}"
    if called == "open" or last == "open":
        return f"opens by {called}" if opens_for_writing(node, is_builtin=not head) else None
    return None


def opens_for_writing(call, *, is_builtin):
    """Whether a mode says so, or hides it; files, archives and modules take it first or second."""
    modes = [k.value for k in call.keywords if k.arg == "mode"]
    modes += call.args[1:2] if is_builtin else call.args[:2]
    literal = [str(mode.value) for mode in modes if isinstance(mode, ast.Constant)]
    hidden = is_builtin and len(literal) < len(modes)
    return hidden or any(MODE.fullmatch(mode) and set(mode) & set("wax+") for mode in literal)


def builds_html(node):
    """Whether `node` puts values between tags."""
    if isinstance(node, ast.JoinedStr):
        fixed = [part.value for part in node.values if isinstance(part, ast.Constant)]
        return len(fixed) < len(node.values) and any(TAG.search(text) for text in fixed)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and isinstance(node.func.value, ast.Constant)
        and bool(TAG.search(str(node.func.value.value)))
    )


@cache
def nodes_of(path):
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def found(rule, but=()):
    """Where in the package `rule` says something, and what; files of `but` may."""
    verdicts = (
        (path.relative_to(PACKAGE), node, rule(node))
        for path in python_files()
        if path not in but
        for node in nodes_of(path)
    )
    return [f"{path}:{node.lineno} {why}" for path, node, why in verdicts if why]


def test_no_loader_runs_code_from_data():
    assert found(unsafe) == []


def test_files_are_written_in_one_place():
    assert found(writes, but=[WRITER]) == []


def test_no_html_is_built_from_data():
    assert found(builds_html) == []


def test_the_front_end_has_no_html_sink():
    files = front_end_files()
    assert all(any(place in path.parents for path in files) for place in FRONT_END)
    lines = [(path, line) for path in files for line in path.read_text("utf-8").splitlines()]
    assert [f"{path.name}: {line.strip()}" for path, line in lines if HTML_SINKS.search(line)] == []


def tracked_texts():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        path = REPOSITORY / name
        payload = path.read_bytes() if path.is_file() else b""
        if b"\0" not in payload:
            yield name, payload.decode(errors="replace")


def test_no_tracked_file_names_a_machine_path_or_foreign_document():
    bad = [
        f"{name}: {line.strip()[:120]}"
        for name, text in tracked_texts()
        for line in text.splitlines()
        if MACHINE_PATH.search(line) or FOREIGN_WORDS.search(line)
    ]
    assert bad == []


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import pickle", "imports pickle"),
        ("from xml.etree import ElementTree", "imports xml.etree"),
        ("import joblib", "imports joblib"),
        ("eval('1')", "calls eval"),
        ("torch.load(path)", "calls torch.load"),
        ("yaml.load(text)", "calls yaml.load"),
        ("pd.read_pickle(path)", "calls pd.read_pickle"),
        ("np.load(path, allow_pickle=True)", "passes allow_pickle"),
        ("run('x', shell=True)", "passes shell"),
        ("archive.extractall(folder)", "calls archive.extractall"),
        ("np.load(path, allow_pickle=False)", None),
        ("json.loads(text)", None),
        ("model.eval()", None),
    ],
)
def test_the_loader_rule_sees(code, why):
    verdicts = [unsafe(node) for node in ast.walk(ast.parse(code))]
    assert next(filter(None, verdicts), None) == why


@pytest.mark.parametrize(
    ("code", "is_write"),
    [
        ("open(path, 'w')", True),
        ("open(path, mode='ab')", True),
        ("path.open('r+')", True),
        ("gzip.open(path, 'wb')", True),
        ("archive.open(member, mode='w')", True),
        ("open(path, how)", True),
        ("path.write_text('x')", True),
        ("np.save(path, rows)", True),
        ("save_file(tensors, path)", True),
        ("open(path)", False),
        ("path.open('rb')", False),
        ("gzip.open(path)", False),
        ("archive.open(member)", False),
        ("webbrowser.open(address)", False),
        ("circuits.save(circuit, path)", False),
        ("figure.savefig(buffer)", False),
    ],
)
def test_the_writing_rule_sees(code, is_write):
    assert any(writes(node) for node in ast.walk(ast.parse(code))) is is_write


@pytest.mark.parametrize(
    ("code", "is_html"),
    [
        ("f'<b>{name}</b>'", True),
        ("'<td>{}</td>'.format(name)", True),
        ("f'{a} < {b}'", False),
        ("'<b>fixed</b>'", False),
        ("f'<{name}>'", False),
    ],
)
def test_the_html_rule_sees(code, is_html):
    assert any(builds_html(node) for node in ast.walk(ast.parse(code))) is is_html


@pytest.mark.parametrize(
    "line", ["node.innerHTML = name", "eval (text)", "new Function(code)", "x.srcdoc = y"]
)
def test_the_sink_rule_sees(line):
    assert HTML_SINKS.search(line)
