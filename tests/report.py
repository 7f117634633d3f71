"""How long and branched functions are, how large modules, how covered, beside their targets.

Informs and never fails. Run after the tests: python tests/report.py
"""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from radon.complexity import cc_visit

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "workbench"
COVERAGE = REPOSITORY / "tests" / "output" / "coverage.json"
CORE = ("core", "circuits", "reasoning", "budgets", "theories", "uncertainty")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Measure:
    """One number per function or module, with where it was found."""

    values: tuple[tuple[int, str], ...]

    def at(self, share: float) -> int:
        """The value that `share` of all do not exceed."""
        ordered = sorted(value for value, _ in self.values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def largest(self, count: int = 3) -> str:
        """The `count` largest with their places."""
        ordered = sorted(self.values, reverse=True)[:count]
        return ", ".join(f"{place} {value}" for value, place in ordered)


def sources() -> Iterator[tuple[str, str]]:
    """Each module's path inside the repository and its text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(REPOSITORY).as_posix(), path.read_text(encoding="utf-8")


def function_lengths() -> Measure:
    """Lines of each function without its docstring."""
    trees = [(path, ast.parse(text)) for path, text in sources()]
    return Measure(
        tuple(
            (_length(node), f"{path}:{node.name}")
            for path, tree in trees
            for node in ast.walk(tree)
            if isinstance(node, FUNCTIONS)
        )
    )


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return total
    text = node.body[0]
    return total - ((text.end_lineno or text.lineno) - text.lineno + 1)


def complexities() -> Measure:
    """Cyclomatic complexity of each function and method."""
    blocks = [(path, block) for path, text in sources() for block in cc_visit(text)]
    return Measure(
        tuple((b.complexity, f"{path}:{b.name}") for path, b in blocks if b.letter in {"F", "M"})
    )


def module_sizes() -> Measure:
    """Lines of each module."""
    return Measure(tuple((len(text.splitlines()), path) for path, text in sources()))


def lines_of(folder: Path) -> int:
    """Lines of Python under `folder` that are neither blank nor comments."""
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py")]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def coverage(rooms: tuple[str, ...] = ()) -> float | None:
    """Percent of lines and branches that the tests ran, in `rooms` or everywhere."""
    if not COVERAGE.exists():
        return None
    files = json.loads(COVERAGE.read_text(encoding="utf-8"))["files"]
    wanted = [
        entry["summary"]
        for path, entry in files.items()
        if not rooms or Path(path).parts[1] in rooms
    ]
    possible = sum(each["num_statements"] + each["num_branches"] for each in wanted)
    reached = sum(each["covered_lines"] + each["covered_branches"] for each in wanted)
    return 100 * reached / possible if possible else None


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Each line of the report: measure, ours, target, the largest."""
    lengths, branches, modules = function_lengths(), complexities(), module_sizes()
    for name, measure, target in (
        ("function lines", lengths, "7 / 30 / 60"),
        ("cyclomatic complexity", branches, "- / 7 / 10"),
        ("module lines", modules, "150 / 400 / 500"),
    ):
        ours = " / ".join(str(measure.at(share)) for share in (0.5, 0.95, 1.0))
        yield f"{name} (median / p95 / max)", ours, target, measure.largest()
    yield "coverage, all rooms", _percent(coverage()), ">= 95 %", ""
    yield "coverage, pure rooms", _percent(coverage(CORE)), "100 %", " ".join(CORE)
    ratio = lines_of(REPOSITORY / "tests") / lines_of(PACKAGE)
    yield "test lines / code lines", f"{ratio:.2f}", "1.0 - 1.4", f"{len(modules.values)} modules"


def _percent(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1f} %"


def main() -> None:
    """Print the report."""
    print(f"{'measure':<42}{'ours':>16}{'target':>18}   largest")
    for name, ours, target, largest in rows():
        print(f"{name:<42}{ours:>16}{target:>18}   {largest}")


if __name__ == "__main__":
    main()
