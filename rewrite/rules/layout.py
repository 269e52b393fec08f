# SPDX-License-Identifier: GPL-2.0-or-later
"""The one layout of rule files: what a file holds is taken apart with LibCST and written anew.

Imports LibCST: see `rules_edit`, the only module that may import this one.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from ..errors import RuleError, RuleProblem
from .read import syntax_problems
from .schema import KINDS

_WIDTH = 100
_INDENT = "    "


@dataclass(frozen=True)
class _BracketGroup:
    """What stands between brackets: the items, then the comments after the last one."""

    items: tuple[_LaidItem, ...]
    end: tuple[str, ...]

    @property
    def commented(self) -> bool:
        return bool(self.end) or any(item.commented for item in self.items)


@dataclass(frozen=True)
class _LaidItem:
    """An argument or an element, with the comments above it and the one beside it.

    `prefix` is its keyword with the `=`, empty where it has none.
    """

    above: tuple[str, ...]
    prefix: str
    value: str | int | _BracketGroup
    beside: str

    @property
    def commented(self) -> bool:
        inner = isinstance(self.value, _BracketGroup) and self.value.commented
        return bool(self.above or self.beside or inner)


def parse_rules(text: str, path: str) -> cst.Module:
    """The text as LibCST sees it. Raises RuleError.

    Python's own parser sees it first: LibCST ends the process on text that nests too deep.
    """
    problems = syntax_problems(path, text.encode("utf-8", "surrogatepass"))
    if problems:
        raise RuleError(problems)
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        message = f"expected Python's syntax: {error.message}"
        raise RuleError(
            [RuleProblem(path, error.raw_line, error.raw_column + 1, message)]
        ) from None
    except RecursionError:
        message = "expected Python's syntax: nested too deeply"
        raise RuleError([RuleProblem(path, 1, 1, message)]) from None


def _list_comments(node: cst.CSTNode) -> list[str]:
    """All comments in a node, in order."""
    if isinstance(node, cst.Comment):
        return [node.value.rstrip()]
    return [comment for child in node.children for comment in _list_comments(child)]


def _without_taken(comments: Iterable[str], taken: Iterable[str]) -> tuple[str, ...]:
    """The comments without those that are taken, each as often as it is taken."""
    left = Counter(taken)
    rest = []
    for comment in comments:
        if left[comment] > 0:
            left[comment] -= 1
        else:
            rest.append(comment)
    return tuple(rest)


def _comments_after(space: cst.CSTNode | None) -> tuple[str, tuple[str, ...]]:
    """The comment that stands on the line where a space begins, and those on lines below."""
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return "", ()
    first = "".join(_list_comments(space.first_line))
    return first, tuple(c for line in space.empty_lines for c in _list_comments(line))


def _make_group(
    opening: cst.CSTNode, nodes: Sequence[cst.Arg | cst.BaseElement], closing: cst.CSTNode | None
) -> _BracketGroup:
    """The items between two brackets; `opening` and `closing` are the spaces inside these."""
    above = tuple(_list_comments(opening))
    items: list[_LaidItem] = []
    for node in nodes:
        comma = node.comma if isinstance(node.comma, cst.Comma) else None
        space: cst.CSTNode | None = comma.whitespace_after if comma else None
        if space is None and isinstance(node, cst.Arg):
            space = node.whitespace_after_arg
        beside, below = _comments_after(space)
        items.append(_make_item(node, above, beside, below))
        above = below
    beside, below = _comments_after(closing)
    if beside and items and not items[-1].beside and not above:
        last = items[-1]
        items[-1] = _LaidItem(last.above, last.prefix, last.value, beside)
    elif beside:
        below = (beside, *below)
    return _BracketGroup(tuple(items), above + below)


def _make_item(
    node: cst.Arg | cst.BaseElement, above: tuple[str, ...], beside: str, below: tuple[str, ...]
) -> _LaidItem:
    """An item; comments in places where the layout has none move above it."""
    prefix = f"{node.keyword.value}=" if isinstance(node, cst.Arg) and node.keyword else ""
    value: str | int | _BracketGroup
    if isinstance(node.value, cst.Tuple):
        inner = node.value
        value = _make_group(
            inner.lpar[-1].whitespace_after, inner.elements, inner.rpar[0].whitespace_before
        )
    elif isinstance(node.value, cst.List):
        brackets = node.value.lbracket.whitespace_after, node.value.rbracket.whitespace_before
        value = _make_group(brackets[0], node.value.elements, brackets[1])
    else:
        value = ast.literal_eval(f"({cst.Module([]).code_for_node(node.value)}\n)")
    taken = [*_group_comments(value), *([beside] if beside else []), *below]
    return _LaidItem(above + _without_taken(_list_comments(node), taken), prefix, value, beside)


def _group_comments(value: str | int | _BracketGroup) -> list[str]:
    """All comments in a group that is taken apart."""
    if not isinstance(value, _BracketGroup):
        return []
    found: list[str] = []
    for item in value.items:
        found += [
            *item.above,
            *_group_comments(item.value),
            *([item.beside] if item.beside else []),
        ]
    return found + list(value.end)


def _order_arguments(kind: str, group: _BracketGroup) -> _BracketGroup:
    """The arguments of a rule in the order of its fields, with keywords where they are due."""
    fields = KINDS[kind].fields
    names = [field.name for field in fields]
    ordered: list[tuple[int, _LaidItem]] = []
    for position, item in enumerate(group.items):
        number = names.index(item.prefix[:-1]) if item.prefix else position
        prefix = "" if number < KINDS[kind].positional else f"{names[number]}="
        ordered.append((number, _LaidItem(item.above, prefix, item.value, item.beside)))
    return _BracketGroup(
        tuple(item for _, item in sorted(ordered, key=lambda pair: pair[0])), group.end
    )


def _quote_text(text: str) -> str:
    """A string as a literal in double quotes."""
    escaped = "".join(
        f"\\{c}" if c in '\\"' else c if c.isprintable() else c.encode("unicode_escape").decode()
        for c in text
    )
    return f'"{escaped}"'


def _spell_flat(value: str | int | _BracketGroup) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return _quote_text(value)
    if isinstance(value, int):
        return str(value)
    inner = ", ".join(_spell_flat(item.value) for item in value.items)
    return f"({inner},)" if len(value.items) == 1 else f"({inner})"


def _break_string(text: str, width: int) -> list[str]:
    """A long string as literals of at most `width` columns, broken after blanks."""
    pieces = [""]
    for word in re.findall(r"\S+\s*|\s+", text):
        if pieces[-1] and len(_quote_text(pieces[-1] + word)) > width:
            pieces.append("")
        pieces[-1] += word
    return [_quote_text(piece) for piece in pieces]


def _spell_lines(value: str | int | _BracketGroup, prefix: str, indent: str) -> list[str]:
    """An item, with its comma, on as many lines as it needs."""
    commented = isinstance(value, _BracketGroup) and value.commented
    flat = f"{indent}{prefix}{_spell_flat(value)},"
    if not commented and len(flat) <= _WIDTH:
        return [flat]
    deeper = indent + _INDENT
    if isinstance(value, _BracketGroup):
        return [f"{indent}{prefix}(", *_spell_block(value, deeper), f"{indent}),"]
    pieces = _break_string(value, _WIDTH - len(deeper)) if isinstance(value, str) else []
    if len(pieces) < 2:
        return [flat]
    return [f"{indent}{prefix}(", *(deeper + piece for piece in pieces), f"{indent}),"]


def _spell_block(group: _BracketGroup, indent: str) -> list[str]:
    """A group's items on lines of their own, with their comments."""
    lines: list[str] = []
    for item in group.items:
        lines += [indent + comment for comment in item.above]
        lines += _spell_lines(item.value, item.prefix, indent)
        if item.beside:
            lines[-1] += f"  {item.beside}"
    return lines + [indent + comment for comment in group.end]


def _call_lines(kind: str, group: _BracketGroup) -> list[str]:
    """A rule: on one line, or its arguments on one, or each on its own."""
    if not group.commented:
        inner = ", ".join(item.prefix + _spell_flat(item.value) for item in group.items)
        if len(f"{kind}({inner})") <= _WIDTH:
            return [f"{kind}({inner})"]
        if len(_INDENT + inner) <= _WIDTH:
            return [f"{kind}(", _INDENT + inner, ")"]
    return [f"{kind}(", *_spell_block(group, _INDENT), ")"]


@dataclass(frozen=True)
class _LaidStatement:
    """A statement: the lines above it (None for a blank one) and its own.

    `apart` says that a blank line must follow.
    """

    above: tuple[str | None, ...]
    lines: tuple[str, ...]
    apart: bool


def _spell_rule(call: cst.Call) -> tuple[tuple[str, ...], list[str]]:
    """Comments that find no place inside a rule, and the rule's lines."""
    assert isinstance(call.func, cst.Name)
    kind = call.func.value
    group = _order_arguments(kind, _make_group(call.whitespace_before_args, call.args, None))
    return _without_taken(_list_comments(call), _group_comments(group)), _call_lines(kind, group)


def _split_statements(line: cst.SimpleStatementLine, module: cst.Module) -> list[_LaidStatement]:
    """The statements on a line, each to get lines of its own."""
    result: list[_LaidStatement] = []
    above = _empty_comments(line.leading_lines)
    for small in line.body:
        assert isinstance(small, cst.Expr)
        if isinstance(small.value, cst.Call):
            stray, lines = _spell_rule(small.value)
            apart = lines[0].startswith("schema(")
            result.append(_LaidStatement((*above, *stray), tuple(lines), apart))
        else:
            result.append(_LaidStatement(above, (module.code_for_node(small.value),), True))
        above = ()
    beside = _list_comments(line.trailing_whitespace)
    if beside:
        last = result[-1]
        lines = [*last.lines[:-1], f"{last.lines[-1]}  {beside[0]}"]
        result[-1] = _LaidStatement(last.above, tuple(lines), last.apart)
    return result


def _empty_comments(lines: Iterable[cst.EmptyLine]) -> tuple[str | None, ...]:
    return tuple(line.comment.value.rstrip() if line.comment else None for line in lines)


def _join_statements(
    statements: Iterable[_LaidStatement], footer: tuple[str | None, ...]
) -> list[str]:
    """All lines, with one blank line where there were some or where there must be one."""
    lines: list[str | None] = [None]
    apart = False
    for statement in statements:
        found: tuple[str | None, ...] = (*statement.above, *statement.lines)
        lines += (None, *found) if apart else found
        apart = statement.apart
    lines += footer
    kept = [b for a, b in zip([None, *lines], lines, strict=False) if not (a is None and b is None)]
    while kept and kept[-1] is None:
        kept.pop()
    return [line or "" for line in kept]


def layout_call(source: str, path: str) -> list[str]:
    """The lines of a text that is a single valid rule, with the comments above it."""
    module = parse_rules(source.replace("\r\n", "\n"), path)
    return _join_statements(_all_statements(module), _empty_comments(module.footer))


def _all_statements(module: cst.Module) -> list[_LaidStatement]:
    result: list[_LaidStatement] = [_LaidStatement(_empty_comments(module.header), (), False)]
    for line in module.body:
        assert isinstance(line, cst.SimpleStatementLine)
        result += _split_statements(line, module)
    return result


def arrange_rules(text: str, path: str) -> str:
    """A text that loads, in the layout of rule files. Raises RuntimeError if a comment got lost."""
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    module = parse_rules(re.sub(r"\r\n?", "\n", text), path)
    lines = _join_statements(_all_statements(module), _empty_comments(module.footer))
    arranged = "".join(f"{line}\n" for line in lines)
    if Counter(_list_comments(parse_rules(arranged, path))) != Counter(_list_comments(module)):
        raise RuntimeError(f"{path}: formatting would lose a comment: a bug in the tool")
    return arranged.replace("\n", newline)
