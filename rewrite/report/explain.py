# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a site became what it became, in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..c.syntax import Syntax
from ..c.types import Resolved, Unknown
from ..convert.candidates import can_register
from ..convert.codes import CODES, RefusalCode
from ..convert.conversion import Converter, FileResult, Kept, SiteOutcome
from ..convert.handlers import Role, find_roles
from ..convert.outcome import Conversion, Refusal
from ..files.source import SourceFile
from ..rules.ruleset import Forbidden, Rules
from ..terms import Direction
from ..verify.verifier import SAID

_SHAPES = {
    "field": "the field's address is visited: its declared type is exactly the visit's, at the wire's width",
    "pointer": "the pointer is passed on as it was written",
    "value": "the value is visited through a compound literal of the wire's width, evaluated once "
    "and truncated as the primitive truncates",
    "temporary": "the value is visited into a temporary of the wire's type, then used as the getter's "
    "result was",
    "in place": "the value is visited in a statement expression where it was got: it may not move, "
    "because it is evaluated only sometimes, repeatedly, or beside other calls",
    "initialiser": "the variable is declared first and visited after the declarations",
    "discarded": "the value is visited into a temporary and thrown away as before",
    "buffer": "the bytes are visited with their size; the result is the number of bytes, as before",
}

NOTES = {
    "plumbing": "a call that a rule says must stay, with the rule's reason: nothing is to be done",
    "names-differ": "a place of the wire that save and load call by different names: streams in a "
    "format with names would need one",
}
"""The codes of notes, which `--verbose` tells, and what they mean."""


def explain_any(code: str, rules: Rules) -> list[str]:
    """What a code means, a text for each kind of diagnostic that has it; empty for what is no code."""
    texts = [explain_code(CODES[code])] if code in CODES else []
    texts += [explain_finding(rules.lint[code])] if code in rules.lint else []
    texts += [f"{code}: {SAID[code]}\n\nAn outcome of `rewrite verify`."] if code in SAID else []
    texts += [f"{code}: {NOTES[code]}\n\nA note of `--verbose`."] if code in NOTES else []
    return texts


def known_codes(rules: Rules) -> list[str]:
    """Every code that a diagnostic can have."""
    return list(dict.fromkeys((*CODES, *rules.lint, *SAID, *NOTES)))


def explain_code(code: RefusalCode) -> str:
    """What a refusal code means and what to do."""
    return f"{code.name}: {code.summary}\n\n{code.explanation}\n\nWhat to do: {code.advice}"


def explain_finding(rule: Forbidden) -> str:
    """What a code of the lint means and what to do."""
    return (
        f"{rule.code}: {rule.message}\n\nA finding of `rewrite lint`, severity {rule.severity} "
        f"unless configured; docs/lint.md#{rule.code} says more.\n\nWhat to do: {rule.hint}"
    )


def explain_place(
    converter: Converter, result: FileResult, line: int, column: int | None
) -> list[str]:
    """A paragraph for each site at a place; empty for a file without a site.

    A column chooses one of several sites on a line. Where the line has none, a first paragraph says
    so, and the nearest line that has one is explained.
    """
    lines = {line: _sites_on(result, line)}
    texts = []
    if not lines[line]:
        starts = {result.source.position(o.site.start).line for o in result.outcomes}
        if not starts:
            return []
        nearest = min(starts, key=lambda n: (abs(n - line), n))
        name = result.source.name
        texts = [f"{name}:{line}: no call of a primitive on this line; the nearest is on {nearest}"]
        lines, line, column = {nearest: _sites_on(result, nearest)}, nearest, None
    offset = result.source.line_starts[line - 1] + (column or 1) - 1
    chosen = [o for o in lines[line] if o.site.start <= offset < max(o.site.end, o.site.start + 1)]
    return texts + [
        "\n".join(_paragraph_lines(converter, result, outcome)) for outcome in chosen or lines[line]
    ]


def _sites_on(result: FileResult, line: int) -> list[SiteOutcome]:
    """What became of the sites on a line, which may start on an earlier one."""
    found = []
    for outcome in result.outcomes:
        first = result.source.position(outcome.site.start).line
        last = result.source.position(max(outcome.site.end - 1, outcome.site.start)).line
        if first <= line <= last:
            found.append(outcome)
    return found


def _paragraph_lines(
    converter: Converter, result: FileResult, outcome: SiteOutcome
) -> Iterator[str]:
    site = outcome.site
    place = result.source.position(site.start)
    where = f"{result.source.name}:{place.line}:{place.column}"
    yield f"{where}: {site.primitive.name} in {site.function or 'no function'}()"
    yield f"  text      {call_text(result.source, outcome)}"
    yield f"  rule      {site.primitive.origin.path}:{site.primitive.origin.line}: {wire_of(outcome)}"
    for registration in _registration_lines(converter, result, site.function):
        yield f"  handler   {registration}"
    for label, text in list_facts(converter, outcome):
        yield f"  {label:<8}  {text}"


def call_text(source: SourceFile, outcome: SiteOutcome) -> str:
    """The call as it is written, on one line."""
    return " ".join(source.decoded(outcome.site.start, outcome.site.end).split())


def wire_of(outcome: SiteOutcome) -> str:
    """What the call moves, and in which direction."""
    return f"{outcome.site.primitive.direction} of {outcome.site.primitive.wire}"


def list_facts(converter: Converter, outcome: SiteOutcome) -> Iterator[tuple[str, str]]:
    """What was decided and why, each fact as a label and a text; places are relative to the root."""
    match outcome:
        case Conversion():
            yield from _conversion_facts(converter, outcome)
        case Refusal():
            yield "refused", f"[{outcome.code}] {outcome.message}"
            yield "to do", CODES[outcome.code].advice
        case Kept():
            yield "plumbing", outcome.reason


def _registration_lines(converter: Converter, result: FileResult, function: str) -> Iterator[str]:
    """What the function is registered as: in its own file or, where that is silent, in the tree."""
    role = result.roles.get(function)
    if role is not None:
        yield describe_role(role, f"line {result.source.position(role.offset).line}")
        return
    for source in _registering_files(converter, function):
        role = find_roles(Syntax(source), converter.rules).get(function)
        if role is not None:
            yield describe_role(role, f"{source.name}:{source.position(role.offset).line}")


def describe_role(role: Role, where: str) -> str:
    """What a function is registered for, and where."""
    pair = f", paired with {role.partner}()" if role.partner else ""
    does = "saves" if role.direction == Direction.PUT else "loads"
    return f"{does}: registered by {role.by} at {where}{pair}"


def _registering_files(converter: Converter, function: str) -> list[SourceFile]:
    """The files of the tree that may register a function; none for a function without a name."""
    if not function:
        return []
    registers, name = can_register(converter.rules), function.encode("latin-1")
    tree = converter.tree
    return tree.scan([tree.root], lambda d: name in d and registers(d)).candidates


def _conversion_facts(converter: Converter, outcome: Conversion) -> Iterator[tuple[str, str]]:
    resolved = outcome.resolved
    if isinstance(resolved, Resolved):
        yield "type", f"{resolved.spelling}{_describe_resolved(resolved)}"
        if resolved.origin is not None:
            yield "declared", _spell_place(converter, resolved.origin.path, resolved.origin.offset)
    elif isinstance(resolved, Unknown):
        yield "type", f"unknown: {resolved.reason}"
    head = converter.dialect.spell(outcome.visit)
    yield "becomes", f'{head} of {outcome.visit.c_type}, named "{outcome.name}"'
    yield "because", _SHAPES[outcome.shape]


def _describe_resolved(resolved: Resolved) -> str:
    if resolved.bitfield:
        return " (a bit-field, which has no address)"
    packed = " (packed: its address may be unaligned)" if resolved.packed else ""
    names = [n for n in resolved.names if n != resolved.spelling]
    end = resolved.exact or ""
    steps = list(dict.fromkeys([*names, *([end] if end and end != resolved.spelling else [])]))
    if steps:
        return " = " + " = ".join(steps) + packed
    return packed if resolved.exact else " (no fixed-width type)" + packed


def _spell_place(converter: Converter, path: str, offset: int) -> str:
    data = converter.tree.read(path) or b""
    source = SourceFile(Path(path), converter.tree.name_of(path), data)
    position = source.position(offset)
    return f"{source.name}:{position.line}:{position.column}"
