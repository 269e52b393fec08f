# SPDX-License-Identifier: GPL-2.0-or-later
"""The package's own shape: imports go one way, and what is to be read at one go can be."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "rewrite"
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
MODULE_LINES, FUNCTION_LINES = 500, 50

GROUND = {"__init__", "terms"}
"""What all may import: the version, and the words that rules and the check share."""

MAY = {
    "terms": "",
    "printable": "",
    "errors": "printable",
    "files": "errors printable",
    "wire": "errors printable",
    "rules": "errors printable files",
    "c": "errors printable files",
    "convert": "errors printable c rules wire files",
    "support": "errors printable convert c rules files",
    "verify": "errors printable convert wire rules files",
    "lint": "errors printable schema convert c wire rules files",
    "schema": "errors printable convert c wire rules files",
    "tables": "errors printable schema convert c rules wire files",
    "trials": "errors printable tables verify rules files",
    "streams": "errors printable schema files",
    "series": "errors printable verify support convert c files",
    "report": "errors printable verify convert c rules files",
    "api": "errors printable convert lint series rules files",
}
"""What each room may import beside itself and the ground. The command line, which is not in the
table, may import all of them and is imported by nothing."""


@cache
def _parsed(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_bytes())


def _room(name: str) -> str:
    return name.partition(".")[0]


def _imported(name: str, node: ast.AST) -> Iterator[str]:
    """The modules of the package that a node of a module imports, by their names inside it."""
    if not isinstance(node, ast.ImportFrom) or not node.level:
        return
    above = name.split(".")[: -node.level]
    place = ".".join([*above, *([node.module] if node.module else [])])
    for alias in node.names:
        inner = f"{place}.{alias.name}".lstrip(".")
        yield inner if inner in MODULES else place or "__init__"


def imports(name: str, late: bool) -> set[str]:
    """What a module imports when it is imported; `late`: or when its functions run."""
    nodes = ast.walk(_parsed(name)) if late else iter(_parsed(name).body)
    return {found for node in nodes for found in _imported(name, node)} & MODULES.keys()


def test_no_circle_of_imports() -> None:
    graph = {name: imports(name, late=False) for name in MODULES if name != "__init__"}
    assert len(list(TopologicalSorter(graph).static_order())) >= len(graph)


def test_every_module_is_in_a_room() -> None:
    assert {_room(name) for name in MODULES} == {*MAY, "cli", "__init__", "__main__"}


def test_the_map_shows_every_room() -> None:
    text = (PACKAGE.parent / "docs/architecture.md").read_text()
    rows = "".join(line.split("|")[1] for line in text.split("\n") if line.startswith("| `"))
    assert {f"`{room}`" for room in (*MAY, "cli")} <= set(rows.replace(",", " ").split())


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_one_way(name: str) -> None:
    if _room(name) in ("cli", "__init__", "__main__"):
        return
    allowed = {_room(name), *GROUND, *MAY[_room(name)].split()}
    assert {_room(used) for used in imports(name, late=True)} <= allowed


@pytest.mark.parametrize("name", MODULES)
def test_only_the_command_line_prints_or_exits(name: str) -> None:
    calls = (n.func for n in ast.walk(_parsed(name)) if isinstance(n, ast.Call))
    named = {ast.unparse(called) for called in calls}
    forbidden = named & {"print", "sys.exit", "exit", "sys.stdout.write", "sys.stderr.write"}
    assert not forbidden or _room(name) == "cli"


@pytest.mark.parametrize("name", MODULES)
def test_sizes(name: str) -> None:
    assert MODULES[name].read_bytes().count(b"\n") <= MODULE_LINES
    for node in ast.walk(_parsed(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES, node.name


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_message_has_a_python_repr(name: str) -> None:
    """A value of somebody's input is told by `printable.quoted`; only Python's own interface may repr."""
    shown = [
        node.lineno
        for node in ast.walk(_parsed(name))
        if isinstance(node, ast.FormattedValue) and node.conversion == ord("r")
    ]
    assert not shown or name == "__init__", shown


def test_a_class_name_means_one_thing() -> None:
    named = Counter(
        node.name.lstrip("_")
        for name in MODULES
        for node in ast.walk(_parsed(name))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in named.items() if count > 1] == []
