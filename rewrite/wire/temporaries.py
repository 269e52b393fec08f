# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether what a visit reads into a temporary may be taken for the one use of it, in the next statement.

    uint8_t mode = 0;                                   s->mode = GET byte & 3;
    visit_type_uint8(v, "mode", &mode, errp);
    s->mode = mode & 3;

Not when anything in that statement that may read the stream comes before the use, or may; and not when
the use is evaluated never, sometimes or again and again.
"""

from __future__ import annotations

from dataclasses import dataclass

from .events import ExpressionReading, Trouble
from .macros import File
from .sites import assigned_lvalue, hoist_problem, strip_parentheses
from .text import (
    CLOSERS,
    KEYWORDS,
    TYPE_WORDS,
    Code,
    Node,
    TokenCall,
    is_declaration,
    is_identifier,
)

_SEQUENCED = frozenset(("&&", "||", "?"))
_SILENT = frozenset(("sizeof", "typeof", "__typeof__", "offsetof", "_Generic", "__builtin_expect"))


@dataclass(frozen=True)
class WireTemporary:
    """A variable that a statement `T t = 0;` declares, from token `at` on."""

    name: str
    type: str
    at: int


def declared_temporary(code: Code, node: Node, types: frozenset[str]) -> WireTemporary | None:
    """The temporary that a statement declares, None if it does something else."""
    tokens = code.span(node.start, node.end) if node.end == node.start + 5 else [""]
    if tokens[0] not in types or tokens[2:] != ["=", "0", ";"]:
        return None
    return WireTemporary(tokens[1], tokens[0], node.start)


def trouble_of(
    name: str, stream: list[str], node: Node, reading: ExpressionReading
) -> Trouble | None:
    """Why the use of a temporary in a statement is no place of its visit; None if it is."""
    code, file = reading.code, reading.file
    start, end = node.start, node.end if node.kind == "simple" else node.head
    at = next((k for k in range(start, end) if code.tokens[k] == name and _is_free(code, k)), None)
    if node.kind not in ("simple", "if", "switch") or at is None:
        return Trouble(f"{name} is not visited directly before its statement")
    problem = hoist_problem(code, at, start, file.functions)
    if problem:
        return Trouble(f"the visit moved, but {problem}")
    if node.kind == "simple" and is_declaration(code.span(start, end)):
        return Trouble(f"{code.tokens[start]} may be a macro that controls", hidden=True)
    macro = guard_of(code, start, reading.file) or _acting_macro(start, end, at, reading)
    if macro:
        return Trouble(macro, hidden=True)
    past = _passed_event(at, start, end, reading) or _passed_call(at, start, end, stream, code)
    if past or any(token[0] == "#" for token in code.span(start, end)):
        return Trouble(f"the visit moved, past {past or 'a directive'}")
    return None


def _is_free(code: Code, at: int) -> bool:
    return code.at(at - 1) not in (".", "->")


def guard_of(code: Code, start: int, file: File) -> str:
    """What is said of a statement that begins with a macro, which may be an `if`, a loop or nothing.

    `IF_NEW tmp = qemu_get_be32(f);`: what is moved out of it would happen always.
    """
    token, after = code.tokens[start], code.at(start + 1)
    control = any(macro.is_control for macro in file.macros.reached([token]))
    shouted = token.isupper() and is_identifier(after) and token not in file.types
    unknown = shouted and token not in file.macros
    return f"{token} may be a macro that controls" if control or unknown else ""


def _acting_macro(start: int, end: int, at: int, reading: ExpressionReading) -> str:
    """What is said of a macro of the file that may act, or that has the use among its arguments."""
    code, macros = reading.code, reading.file.macros
    wire = {*reading.words.primitives, *reading.words.visits}
    for index in range(start, end):
        token = code.tokens[index]
        call = code.call(index) if token in macros else None
        around = call is not None and call.start < at < call.end
        if around or (token not in wire and macros.acts(token, wire)):
            return f"the visit moved, past the macro {token}"
    return ""


def _passed_event(at: int, start: int, end: int, reading: ExpressionReading) -> str:
    """What is said of another primitive or visit beside the use; one that it is an argument of is
    evaluated after it in any case."""
    for index in range(start, end):
        token = reading.code.tokens[index]
        if token in reading.words.primitives or token in reading.words.visits:
            call = reading.code.call(index)
            if call is None or not call.start < at < call.end:
                return "other primitives"
    return ""


def _passed_call(at: int, start: int, end: int, stream: list[str], code: Code) -> str:
    """What is said of a call that C may evaluate before the use, or must.

    One that finds the lvalue which the value goes to, as a cast to a device does, may not have the
    stream; one beside the use may not be.
    """
    lvalue = start + len(assigned_lvalue(code, at, start))
    for index in range(start, end):
        call = _call_at(code, index)
        if call is None or call.start < at < call.end or _is_after(code, call.start, at, start):
            continue
        if any(strip_parentheses(code.span(*argument)) == stream for argument in call.arguments):
            return "another use of the stream"
        if index >= lvalue:
            return f"a call of {call.name}"
    return ""


def _call_at(code: Code, index: int) -> TokenCall | None:
    token = code.tokens[index]
    quiet = token in KEYWORDS or token in TYPE_WORDS or token in _SILENT
    return code.call(index) if not quiet and is_identifier(token) else None


def _is_after(code: Code, later: int, at: int, start: int) -> bool:
    """Whether a sequence point stands between the use and what is at `later`, behind it."""
    if later < at:
        return False
    opening = at
    while opening >= start:
        opening = _outer_bracket(code, opening, start)
        close = code.partner[opening] if opening >= start else len(code.tokens)
        if close > later:
            break
    inner = later
    while (outer := _outer_bracket(code, inner, start)) > opening:
        inner = outer
    index = at
    while index < inner:
        if code.tokens[index] in _SEQUENCED:
            return True
        index = code.partner[index] + 1 if code.tokens[index] in CLOSERS else index + 1
    return False


def _outer_bracket(code: Code, at: int, start: int) -> int:
    """The bracket that a token is directly in, `start - 1` if none."""
    at -= 1
    while at >= start and code.tokens[at] not in CLOSERS:
        closed = code.tokens[at] in (")", "]", "}")
        at = min(code.partner[at], at) - 1 if closed else at - 1
    return max(at, start - 1)
