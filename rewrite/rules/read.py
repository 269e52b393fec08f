# SPDX-License-Identifier: GPL-2.0-or-later
"""Read one rule file. It is Python to look at and data to read: parsed with `ast`, never run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import RuleProblem
from .fields import Argument, Value
from .schema import KINDS, SCHEMA_VERSION, RuleKind


@dataclass(frozen=True, order=True)
class RuleOrigin:
    """Where a rule stands: the file's path as it was given, line and column from 1."""

    path: str
    line: int
    col: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col}"


@dataclass(frozen=True)
class RuleCall:
    """One rule as read: its kind, the values of all its fields (defaults filled in), its place."""

    kind: str
    values: Mapping[str, Value]
    origin: RuleOrigin

    @property
    def key(self) -> tuple[Value, ...]:
        """What it shares with every rule that is the same rule."""
        return tuple(self.values[name] for name in KINDS[self.kind].key)


class _NotALiteralError(Exception):
    """A part of an argument that is no literal: its node."""

    def __init__(self, node: ast.expr) -> None:
        self.node = node


class _RuleReader:
    """Reads the calls of one file and collects what is wrong with it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[RuleProblem] = []

    def report(self, node: ast.AST | None, message: str) -> None:
        line, col = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
        self.problems.append(RuleProblem(self.path, line, col, message))

    def parse(self, data: bytes) -> ast.Module | None:
        """The file's syntax tree; a warning of the parser (an unknown escape) is an error here."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                return ast.parse(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            col = error.start - data.rfind(b"\n", 0, error.start)
            self.problems.append(RuleProblem(self.path, line, col, "expected UTF-8 text"))
        except SyntaxError as error:
            place = error.lineno or 1, max(error.offset or 1, 1)
            message = f"expected Python's syntax: {error.msg}"
            self.problems.append(RuleProblem(self.path, *place, message))
        except (ValueError, RecursionError, MemoryError) as error:
            self.report(None, f"expected Python's syntax: {error or 'nested too deeply'}")
        return None

    def read_calls(self, module: ast.Module, fragment: bool) -> list[RuleCall]:
        """All rules of the file; a fragment has no schema()."""
        statements = module.body
        if ast.get_docstring(module, clean=False) is not None:
            statements = statements[1:]
        nodes = [node for node in map(self.call_of, statements) if node is not None]
        if not fragment and (not nodes or not self.schema_fits(nodes.pop(0))):
            return []
        calls = [call for call in map(self.read, nodes) if call is not None]
        for call in calls:
            if call.kind == "schema":
                message = "expected schema() once, before the first rule"
                self.problems.append(
                    RuleProblem(self.path, call.origin.line, call.origin.col, message)
                )
        return calls

    def call_of(self, statement: ast.stmt) -> ast.Call | None:
        """The call that a statement is, or None."""
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            return statement.value
        self.report(statement, "expected a rule: a call such as visit(...) at the left margin")
        return None

    def schema_fits(self, first: ast.Call) -> bool:
        """Whether the file's first call says that it is of the schema that is read here."""
        name = first.func.id if isinstance(first.func, ast.Name) else ""
        call = self.read(first) if name == "schema" else None
        if name == "schema" and call is None:
            return False
        version = call.values["version"] if call is not None else 0
        if isinstance(version, int) and version > SCHEMA_VERSION:
            self.report(first, f"expected schema({SCHEMA_VERSION}) at most: the file is too new")
        elif version != SCHEMA_VERSION:
            self.report(
                first,
                f"expected schema({SCHEMA_VERSION}) before the first rule; "
                "`rewrite rules upgrade` brings a file of schema 0 up to date",
            )
        return version == SCHEMA_VERSION

    def read(self, node: ast.Call) -> RuleCall | None:
        """A call checked against its kind, or None where something is wrong with it."""
        kind = KINDS.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if kind is None:
            spelled = _shorten_text(ast.unparse(node.func))
            self.report(node, f"unknown rule {spelled}: expected one of {', '.join(KINDS)}")
            return None
        before = len(self.problems)
        values: dict[str, Value] = {}
        for field, value in self.read_arguments(node, kind):
            self.check(kind, field, value, values)
        for field in kind.fields:
            if field.name not in values and field.default is not None:
                values[field.name] = field.default
            elif field.name not in values and len(self.problems) == before:
                self.report(
                    node, f"{kind.name}(): {field.name} is missing, expected {field.expected}"
                )
                return None
        if len(self.problems) > before:
            return None
        ordered = {field.name: values[field.name] for field in kind.fields}
        return RuleCall(kind.name, ordered, RuleOrigin(self.path, node.lineno, node.col_offset + 1))

    def read_arguments(self, node: ast.Call, kind: RuleKind) -> list[tuple[Argument, ast.expr]]:
        """The arguments that belong to fields of the kind; each other one is a problem."""
        fields = {field.name: field for field in kind.fields}
        found: dict[str, ast.expr] = {}
        for position, value in enumerate(node.args):
            if position >= kind.positional or isinstance(value, ast.Starred):
                self.report(value, f"{kind.name}(): expected a keyword: {_spell_fields(kind)}")
            else:
                found[kind.fields[position].name] = value
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg not in fields:
                spelled = keyword.arg or "**"
                message = f"{kind.name}() has no {spelled}: expected {_spell_fields(kind)}"
                self.report(keyword, message)
            elif keyword.arg in found:
                self.report(keyword, f"{kind.name}(): expected {keyword.arg} once")
            else:
                found[keyword.arg] = keyword.value
        return [(fields[name], value) for name, value in found.items()]

    def check(
        self, kind: RuleKind, field: Argument, node: ast.expr, values: dict[str, Value]
    ) -> None:
        """Put the value of an argument into `values`, or say what is wrong with it."""
        try:
            value = field.check(_read_literal(node))
        except _NotALiteralError as error:
            self.report(
                error.node, f"{kind.name}(): {field.name}: expected a literal, {field.expected}"
            )
            return
        if value is not None:
            values[field.name] = value
            return
        hint = f" ({field.hint})" if field.hint else ""
        found = _shorten_text(ast.unparse(node))
        self.report(
            node, f"{kind.name}(): {field.name}: expected {field.expected}, found {found}{hint}"
        )


def _read_literal(node: ast.expr) -> object:
    """The string, number or (for a tuple or list) tuple that a node spells."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_read_literal(item) for item in node.elts)
    raise _NotALiteralError(node)


def _shorten_text(text: str, most: int = 100) -> str:
    """The text as a message quotes it: at most so many characters."""
    return text if len(text) <= most else text[: most - 3] + "..."


def _spell_fields(kind: RuleKind) -> str:
    return ", ".join(f"{field.name}=" for field in kind.fields)


def read_rules(
    path: str, data: bytes, fragment: bool = False
) -> tuple[list[RuleCall], list[RuleProblem]]:
    """The rules in the bytes of a file, and all that is wrong with it; `path` is for both.

    A `fragment` is read as if it stood in a file after its schema().
    """
    reader = _RuleReader(path)
    module = reader.parse(data)
    try:
        calls = reader.read_calls(module, fragment) if module is not None else []
    except RecursionError:
        reader.report(None, "expected literals, found an expression that is nested too deeply")
        return [], reader.problems
    return calls, reader.problems


def syntax_problems(path: str, data: bytes) -> list[RuleProblem]:
    """Why the bytes of a file are not Python's syntax, empty where they are."""
    reader = _RuleReader(path)
    reader.parse(data)
    return reader.problems
