# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules of a transcoding: Python to look at, data to read, never run.

    rename(section="timer", field="ticks", to="cpu_ticks")

One call with literal arguments for each rule. A field is named by its path in the JSON of a section,
`[]` standing for every element: "vq[].last".
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import RuleError, RuleProblem
from ..schema.expression import Constant, Earlier, Expression, Operation
from .evaluate import DEEPEST

Literal = str | int | bool


@dataclass(frozen=True)
class Rule:
    """One rule: its kind, its arguments, and the place at which it stands."""

    kind: str
    arguments: Mapping[str, Literal]
    place: str

    def text(self, name: str) -> str:
        """An argument that is a text; empty where it is not given."""
        return str(self.arguments.get(name, ""))

    def number(self, name: str, default: int = 0) -> int:
        """An argument that is a number."""
        value = self.arguments.get(name, default)
        return value if isinstance(value, int) else default


@dataclass(frozen=True)
class FilterKind:
    """What a kind of rule takes: names and types, those that may be left out in `optional`."""

    needs: Mapping[str, type]
    optional: Mapping[str, type]
    meaning: str


def _make_kind(
    meaning: str, optional: Mapping[str, type] | None = None, **needs: type
) -> FilterKind:
    return FilterKind(MappingProxyType(needs), MappingProxyType(dict(optional or {})), meaning)


KINDS: Mapping[str, FilterKind] = MappingProxyType({
    "machine": _make_kind("The machine has another name in the new stream.", name=str, to=str),
    "stream": _make_kind(
        "The new stream has footers, or a configuration, or has none.",
        {"footers": bool, "configuration": bool},
    ),
    "section": _make_kind(
        "A section has another name or version in the new stream.",
        {"to": str, "version": int}, name=str,
    ),
    "leave_out": _make_kind("A section is not in the new stream.", section=str),
    "copy": _make_kind("A section's bytes are what they were, though not all are known.", section=str),
    "rename": _make_kind("A field has another name.", section=str, field=str, to=str),
    "drop": _make_kind("A field, or a subsection by its name, is lost.", section=str, field=str),
    "default": _make_kind(
        "A field that was not there has this value, a buffer as hex.",
        {"text": str, "value": int}, section=str, field=str,
    ),
    "scale": _make_kind(
        "A number is multiplied and divided, as integers are in C.",
        {"multiply": int, "divide": int}, section=str, field=str,
    ),
    "compute": _make_kind(
        "A field is worked out of others in the same part: \"(a << 8) | b\".",
        section=str, field=str, value=str,
    ),
    "fact": _make_kind(
        "A fact of the device that the new schema asks for.", section=str, name=str, value=int
    ),
})  # fmt: skip
"""The kinds of rules. compute() gives `value` as text, the others as their field has it."""


def read_filter(path: str, data: bytes) -> tuple[Rule, ...]:
    """The rules of a file; raises RuleError with everything that is wrong in it."""
    problems: list[RuleProblem] = []
    rules = []
    for statement in _read_statements(path, data, problems):
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Constant) and isinstance(call.value, str):
            continue
        try:
            rules.append(_read_rule(path, statement, call))
        except _WrongFilterError as error:
            node = error.node
            place = (node.lineno, node.col_offset + 1)
            problems.append(RuleProblem(path, *place, str(error)))
    if problems:
        raise RuleError(problems)
    return tuple(rules)


class _WrongFilterError(Exception):
    """A part of a rule that is wrong, and what was expected."""

    def __init__(self, node: ast.stmt | ast.expr, message: str) -> None:
        super().__init__(message)
        self.node = node


def _read_statements(path: str, data: bytes, problems: list[RuleProblem]) -> list[ast.stmt]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ast.parse(data.decode("utf-8")).body
    except SyntaxError as error:
        place = (error.lineno or 1, max(error.offset or 1, 1))
        problems.append(RuleProblem(path, *place, f"expected Python's syntax: {error.msg}"))
    except (ValueError, RecursionError, MemoryError) as error:
        problems.append(RuleProblem(path, 1, 1, f"expected Python's syntax in UTF-8: {error}"))
    return []


def _read_rule(path: str, statement: ast.stmt, call: ast.expr | None) -> Rule:
    kinds = ", ".join(KINDS)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise _WrongFilterError(statement, f"expected a rule, one of {kinds}")
    kind = KINDS.get(call.func.id)
    if kind is None:
        raise _WrongFilterError(call, f"expected a rule, one of {kinds}, not {call.func.id}")
    if call.args:
        raise _WrongFilterError(call.args[0], "expected arguments with their names")
    found: dict[str, Literal] = {}
    for keyword in call.keywords:
        wanted = {**kind.needs, **kind.optional}
        if keyword.arg not in wanted:
            raise _WrongFilterError(keyword.value, f"expected one of {', '.join(wanted)}")
        found[keyword.arg] = _read_literal(keyword.value, wanted[keyword.arg])
    missing = [name for name in kind.needs if name not in found]
    if missing:
        raise _WrongFilterError(call, f"expected {missing[0]}=")
    if call.func.id == "compute":
        read_formula(str(found["value"]), call)
    if call.func.id == "scale" and found.get("divide", 1) == 0:
        raise _WrongFilterError(call, "expected a divisor that is not 0")
    return Rule(
        call.func.id, MappingProxyType(found), f"{path}:{call.lineno}:{call.col_offset + 1}"
    )


_LITERALS = {str: "a text in quotes", int: "a whole number"}


def _read_literal(node: ast.expr, wanted: type) -> Literal:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError, SyntaxError):
        value = None
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise _WrongFilterError(node, f"expected {_LITERALS[wanted]}")
    assert isinstance(value, str | int)
    return value


# -- formulas ------------------------------------------------------------------------------------


_OPERATORS: Mapping[type, str] = MappingProxyType({
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "/", ast.Div: "/", ast.Mod: "%",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Not: "!", ast.And: "&&", ast.Or: "||",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
})  # fmt: skip


def read_formula(text: str, at: ast.expr) -> Expression:
    """A formula as an expression, in which a name or a dotted path is a field of the same part."""
    try:
        return _read_expression(ast.parse(text, mode="eval").body, at, 0)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _WrongFilterError(at, f"expected a formula: {error}") from error


def formula_of(rule: Rule) -> Expression:
    """The formula of a compute() rule, which was checked when it was read."""
    return read_formula(rule.text("value"), ast.Constant(0))


def _read_expression(node: ast.expr, at: ast.expr, depth: int) -> Expression:
    def inner(*nodes: ast.expr) -> tuple[Expression, ...]:
        return tuple(_read_expression(one, at, depth + 1) for one in nodes)

    operator: object = None
    match node:
        case _ if depth > DEEPEST:
            raise _WrongFilterError(at, "the formula is nested too deeply")
        case ast.Constant(value=int(value)):
            return Constant(int(value))
        case ast.Name() | ast.Attribute():
            return Earlier(ast.unparse(node))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return Operation("?:", inner(test, body, orelse))
        case ast.BinOp(left=left, op=operator, right=right):
            operands = inner(left, right)
        case ast.UnaryOp(op=operator, operand=operand):
            operands = inner(operand)
        case ast.BoolOp(op=operator, values=[left, right]):
            operands = inner(left, right)
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            operands = inner(left, right)
    name = _OPERATORS.get(type(operator))
    if name is None:
        raise _WrongFilterError(at, f"{ast.unparse(node)} is nothing that a formula may hold")
    return Operation(name, operands)


def of_kind(rules: Iterable[Rule], *kinds: str) -> list[Rule]:
    """The rules of some kinds, in their order."""
    return [rule for rule in rules if rule.kind in kinds]
