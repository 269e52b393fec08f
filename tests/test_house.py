# SPDX-License-Identifier: GPL-2.0-or-later
"""The package's own shape: imports go one way, and what is to be read at one go can be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "rewrite"
MODULES = {path.stem: path for path in sorted(PACKAGE.glob("*.py"))}
MODULE_LINES, FUNCTION_LINES = 500, 50


@cache
def _parsed(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_bytes())


def _names(node: ast.AST) -> Iterator[str]:
    """The modules of the package that a node imports."""
    if isinstance(node, ast.ImportFrom) and node.level == 1:
        yield from [node.module] if node.module else [alias.name for alias in node.names]


def imports(name: str, late: bool) -> set[str]:
    """What a module imports when it is imported; `late`: or when its functions run."""
    nodes = ast.walk(_parsed(name)) if late else iter(_parsed(name).body)
    return {n.split(".")[0] for node in nodes for n in _names(node)} & MODULES.keys()


def test_no_circle_of_imports() -> None:
    graph = {name: imports(name, late=False) for name in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


def test_only_the_command_line_imports_the_command_line() -> None:
    outer = {name for name in MODULES if name.startswith("cli") or name == "__main__"}
    for name in MODULES.keys() - outer:
        assert not imports(name, late=True) & outer, name


def test_the_check_shares_nothing_with_what_it_checks() -> None:
    """`wire*` may use each other and nothing else of the package."""
    for name in MODULES:
        if name.startswith("wire"):
            assert all(used.startswith("wire") for used in imports(name, late=True)), name


@pytest.mark.parametrize("name", MODULES)
def test_sizes(name: str) -> None:
    assert MODULES[name].read_bytes().count(b"\n") <= MODULE_LINES
    for node in ast.walk(_parsed(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES, node.name
