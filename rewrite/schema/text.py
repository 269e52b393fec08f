# SPDX-License-Identifier: GPL-2.0-or-later
"""A schema for people: one line a value, with its type and where it is declared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..printable import one_line
from .expression import (
    ONE,
    Configured,
)
from .model import (
    Branch,
    Buffer,
    Call,
    Check,
    Choice,
    Description,
    Field,
    Loop,
    Node,
    Opaque,
    Place,
    Schema,
    Section,
    Value,
)
from .spelling import spell_expression

_WIDEST = (44, 24, 28, 44)
"""No column is padded beyond this, so that one long name does not push all others away."""

_INDENT = "  "


@dataclass(frozen=True)
class _TableRow:
    """The cells of a line: what it is, its wire, its type, when it is there, where it is declared."""

    name: str
    wire: str = ""
    type: str = ""
    note: str = ""
    place: Place | None = None

    def cells(self) -> tuple[str, ...]:
        place = f"{self.place.path}:{self.place.line}" if self.place is not None else ""
        return self.name, self.wire, self.type, self.note, place


def render_text(schema: Schema) -> str:
    """The whole schema: its sections, then its descriptions, each in the order that it has there."""
    blocks = [_spell_block(_section_head(s), _section_rows(s)) for s in schema.sections]
    blocks += [
        _spell_block(_description_head(d), _description_rows(d)) for d in schema.descriptions
    ]
    return "\n".join(blocks)


def _spell_block(head: str, rows: Iterator[_TableRow]) -> str:
    lines = [row.cells() for row in rows]
    widths = [
        min(max((len(line[i]) for line in lines), default=0), most)
        for i, most in enumerate(_WIDEST)
    ]
    made = [one_line(head)]
    for line in lines:
        padded = [cell.ljust(width) for cell, width in zip(line, (*widths, 0), strict=True)]
        shown = [cell for cell, width in zip(padded, (*widths, 1), strict=True) if width]
        made.append(one_line((_INDENT + _INDENT.join(shown)).rstrip()))
    return "\n".join(made) + "\n"


def _section_head(section: Section) -> str:
    version = "" if section.version_id is None else f" version {section.version_id}"
    table = f" table {section.description}" if section.description else ""
    return f'section "{section.idstr}"{version}{table}  {_spell_place(section.place)}'


def _spell_place(place: Place) -> str:
    return f"{place.path}:{place.line}"


def _section_rows(section: Section) -> Iterator[_TableRow]:
    """Save and load, as one where they are the same."""
    if section.save and section.save == section.load:
        yield _TableRow("save and load", section.save_function, section.load_function)
        yield from _node_rows(section.save, _INDENT)
        return
    for name, nodes, function in (
        ("save", section.save, section.save_function),
        ("load", section.load, section.load_function),
    ):
        if nodes or function:
            yield _TableRow(name, function)
            yield from _node_rows(nodes, _INDENT)


def _description_head(description: Description) -> str:
    head = f'description "{description.name}" version {description.version_id}'
    if description.minimum_version_id != description.version_id:
        head += f" (from {description.minimum_version_id} on)"
    if description.unmigratable:
        head += " unmigratable"
    return f"{head} {description.symbol}  {_spell_place(description.place)}"


def _description_rows(description: Description) -> Iterator[_TableRow]:
    if description.opaque:
        yield _TableRow("unknown", note=description.opaque)
    for field in description.fields:
        yield from _field_rows(field)
    for symbol in description.subsections:
        yield _TableRow("subsection", symbol)
    if description.needed:
        yield _TableRow("needed", note=description.needed)


def _field_rows(field: Field) -> Iterator[_TableRow]:
    count = "" if field.count == ONE else f"[{spell_expression(field.count)}]"
    notes = [field.exists and f"if {field.exists}()"]
    notes += [f"since version {field.version_id}" if field.version_id else ""]
    contents = field.contents
    match contents:
        case (Branch(Configured(text), then, otherwise=()),):
            contents = then
            notes.append(f"only with {text}")
    note = ", ".join(n for n in notes if n)
    match contents:
        case ((Value() | Buffer() | Call() | Opaque()) as node,) if _name_of(node) == field.name:
            yield _make_row(node, "", field.name + count, field.type, note)
        case _:
            yield _TableRow(field.name + count, field.info, field.type, note)
            yield from _node_rows(contents, _INDENT)


def _name_of(node: Node) -> str:
    return node.text if isinstance(node, Opaque) else getattr(node, "name", "")


def _node_rows(nodes: Sequence[Node], indent: str) -> Iterator[_TableRow]:
    for node in nodes:
        yield _make_row(node, indent)
        match node:
            case Branch(_, then, otherwise):
                yield from _node_rows(then, indent + _INDENT)
                if otherwise:
                    yield _TableRow(indent + "else")
                    yield from _node_rows(otherwise, indent + _INDENT)
            case Loop(_, body, condition=condition, head=head):
                yield from _node_rows(head, indent + _INDENT)
                if condition is not None:
                    yield _TableRow(indent + _INDENT + f"while {spell_expression(condition)}")
                yield from _node_rows(body, indent + _INDENT)
            case Choice(_, labels, options):
                for label, option in zip(labels, options, strict=False):
                    yield _TableRow(f"{indent}{_INDENT}if it is {label}")
                    yield from _node_rows(option, indent + _INDENT * 2)


def _make_row(
    node: Node, indent: str, name: str = "", ctype: str = "", note: str = ""
) -> _TableRow:
    match node:
        case Value():
            constant = "" if node.constant is None else f" = {spell_expression(node.constant)}"
            wire = ("signed " if node.signed else "") + node.wire.value + constant
            place = node.declared or node.place
            return _TableRow(indent + (name or node.name), wire, node.type or ctype, note, place)
        case Buffer():
            wire = f"{spell_expression(node.size)} bytes{' of padding' if node.padding else ''}"
            return _TableRow(indent + (name or node.name), wire, ctype, note, node.place)
        case Loop():
            count = "" if node.count is None else f"{spell_expression(node.count)} times"
            return _TableRow(f"{indent}loop {node.name}".rstrip(), count, place=node.place)
        case Branch():
            return _TableRow(f"{indent}if {spell_expression(node.condition)}", place=node.place)
        case Check():
            return _TableRow(
                f"{indent}fails unless {spell_expression(node.condition)}", place=node.place
            )
        case Call():
            version = "" if node.version is None else f" version {spell_expression(node.version)}"
            wire = f"table {node.symbol}{version}"
            return _TableRow(indent + (name or node.name), wire, ctype, note, node.place)
        case Choice():
            return _TableRow(f"{indent}one of, by {node.text}", place=node.place)
        case Opaque():
            size = "" if node.size is None else f" ({spell_expression(node.size)} bytes)"
            unknown = f"{note}; {node.reason}" if note else node.reason
            return _TableRow(
                indent + (name or node.text), f"unknown{size}", ctype, unknown, node.place
            )
        case Choice():
            return _TableRow(f"{indent}what {node.text} holds", "one of", place=node.place)
