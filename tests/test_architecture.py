"""What holds the house up: who may import whom, where SQL and picamera2 live, and how long a file may be."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "sensors": set(),
    "products": set(),
    "edge": {"sensors", "products"},
    "hub": {"products"},
}
# Beginnings of paths.
HOLDS_SQL = ("hub/db/", "hub/series", "edge/store", "edge/outbox")
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR \w+ )?INTO|DELETE\s+FROM|UPDATE\s+\w+\s+SET)\b",
    re.DOTALL,
)
SOURCES = [
    path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))
]
each_source = pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: str(path.relative_to(ROOT))
)


def imported(path: Path) -> set[str]:
    """Return the full names of the modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def strings(path: Path) -> list[str]:
    """Return the string literals of a file that are not docstrings."""
    tree = ast.parse(path.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and ast.get_docstring(node)
    }
    constants = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return [node.value for node in constants if id(node) not in docs]


@each_source
def test_imports_point_one_way(path):
    package = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in imported(path)} & MAY_IMPORT.keys()
    assert ours <= MAY_IMPORT[package] | {package}


@each_source
def test_sql_lives_with_the_databases(path):
    where = path.relative_to(ROOT).as_posix()
    if not where.startswith(HOLDS_SQL):
        assert not [text for text in strings(path) if SQL.search(text)]


@each_source
def test_picamera2_is_imported_in_one_file(path):
    if path.relative_to(ROOT).as_posix() != "edge/cameras/picamera.py":
        assert not {
            name
            for name in imported(path)
            if name.split(".")[0] in {"picamera2", "libcamera"}
        }


@each_source
def test_a_file_can_be_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= 350


def test_nothing_imports_ci_or_tests():
    assert not [
        path
        for path in SOURCES
        if {n.split(".")[0] for n in imported(path)} & {"tests", "benchmarks"}
    ]
