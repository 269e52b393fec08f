# SPDX-License-Identifier: GPL-2.0-or-later
"""Edit rule files with their comments: format one, add a rule, bring an old one up to date.

This is the only module that imports LibCST, whose import costs more than loading all rules: import
it where an edit is asked for, not at the top.
"""

from __future__ import annotations

import libcst as cst

from ..errors import RuleError, RuleProblem
from .layout import arrange_rules, layout_call, parse_rules
from .read import RuleCall, read_rules
from .schema import SCHEMA_VERSION

_RENAMED_IN_1 = {"primitive", "visit"}
"""The rules whose `type=` of schema 0 is `c_type=` since schema 1."""


def _read_rules(text: str, path: str, fragment: bool = False) -> list[RuleCall]:
    """The rules in a text. Raises RuleError."""
    calls, problems = read_rules(path, text.encode("utf-8", "surrogatepass"), fragment)
    if problems:
        raise RuleError(problems)
    return calls


def _rule_facts(text: str, path: str) -> list[tuple[object, ...]]:
    return [(call.kind, *call.values.values()) for call in _read_rules(text, path)]


def format_rules(text: str, path: str = "<rules>") -> str:
    """The text in the one layout of rule files; `path` names it in errors.

    Arguments stand in canonical order, calls are wrapped at 100 columns, at most one blank line
    stands between two of them, and every comment stays with what it is about. The result loads as
    the same rules and is its own layout. Raises RuleError for a text that does not load.
    """
    before = _rule_facts(text, path)
    formatted = arrange_rules(text, path)
    if _rule_facts(formatted, path) != before:
        raise RuntimeError(f"{path}: formatting would change what the rules say: a bug in the tool")
    return formatted


def add_rule(text: str, call_source: str, path: str = "<rules>") -> str:
    """The text with one more rule, after the last one of its kind; all else stays as it is.

    `call_source` is the rule as it would stand in a file, comments above it included. Raises
    RuleError where it is no rule, or where the text holds the same one already.
    """
    existing = _read_rules(text, path)
    added = _read_rules(call_source, "<new rule>", fragment=True)
    if len(added) != 1 or added[0].kind == "schema":
        raise RuleError([RuleProblem("<new rule>", 1, 1, f"expected one rule, found {len(added)}")])
    rule = added[0]
    for call in existing:
        if (call.kind, call.key) == (rule.kind, rule.key):
            message = f"expected a new rule, the same {rule.kind}() is at {call.origin}"
            raise RuleError([RuleProblem("<new rule>", rule.origin.line, rule.origin.col, message)])
    module = parse_rules(text, path)
    lines = "\n".join(layout_call(call_source, "<new rule>"))
    return _insert_rule(module, rule.kind, lines).code


def _insert_rule(module: cst.Module, kind: str, source: str) -> cst.Module:
    """The module with a rule (and a schema() where there is none) in it."""
    body = list(module.body)
    if not any(map(_kinds_on_line, body)):
        body.append(_make_statement(f"schema({SCHEMA_VERSION})", blank=bool(body)))
    last = [number for number, statement in enumerate(body) if kind in _kinds_on_line(statement)]
    at = last[-1] + 1 if last else len(body)
    body.insert(at, _make_statement(source, blank=not last))
    return module.with_changes(body=body, has_trailing_newline=True)


def _make_statement(source: str, blank: bool) -> cst.SimpleStatementLine:
    """A statement with the comments above it, and a blank line above these if asked for."""
    parsed = cst.parse_module(source)
    statement = parsed.body[0]
    assert isinstance(statement, cst.SimpleStatementLine)
    lead = [*parsed.header, *statement.leading_lines]
    return statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * blank + lead)


def _kinds_on_line(line: cst.CSTNode) -> list[str]:
    """The kinds of the rules on a line."""
    if not isinstance(line, cst.SimpleStatementLine):
        return []
    values = [small.value for small in line.body if isinstance(small, cst.Expr)]
    functions = [value.func for value in values if isinstance(value, cst.Call)]
    return [function.value for function in functions if isinstance(function, cst.Name)]


class _RenameType(cst.CSTTransformer):
    """Schema 0's `type=` to schema 1's `c_type=`."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
        function = updated_node.func
        if not isinstance(function, cst.Name) or function.value not in _RENAMED_IN_1:
            return updated_node
        return updated_node.with_changes(
            args=[_rename_argument(argument) for argument in updated_node.args]
        )


def _rename_argument(argument: cst.Arg) -> cst.Arg:
    if argument.keyword is None or argument.keyword.value != "type":
        return argument
    return argument.with_changes(keyword=cst.Name("c_type"))


def upgrade_rules(text: str, path: str = "<rules>") -> str:
    """A file of schema 0 as one of this schema; one that is already comes back as it is.

    Only what changed between the schemas is changed: a schema() line comes before the first rule,
    `type=` of a primitive or visit becomes `c_type=`. Raises RuleError for what is of neither.
    """
    module = parse_rules(text, path)
    kinds = [kind for line in module.body for kind in _kinds_on_line(line)]
    if not kinds or kinds[0] == "schema":
        _read_rules(text, path)
        return text
    renamed = module.visit(_RenameType())
    _read_rules(renamed.code, path, fragment=True)
    return _with_schema(renamed).code


def _with_schema(module: cst.Module) -> cst.Module:
    """The module with schema() before its first rule, blank lines around it."""
    body = list(module.body)
    at = next(number for number, statement in enumerate(body) if _kinds_on_line(statement))
    first = body[at]
    assert isinstance(first, cst.SimpleStatementLine)
    lead = list(first.leading_lines)
    if not lead or lead[0].comment is not None:
        lead.insert(0, cst.EmptyLine(indent=False))
    body[at] = first.with_changes(leading_lines=lead)
    apart = at == 0 and all(line.comment is None for line in module.header[-1:])
    body.insert(at, _make_statement(f"schema({SCHEMA_VERSION})", blank=not apart))
    return module.with_changes(body=body)
