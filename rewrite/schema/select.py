# SPDX-License-Identifier: GPL-2.0-or-later
"""A part of a schema: one section or description, with all that it refers to."""

from __future__ import annotations

from collections.abc import Iterator

from .model import Branch, Call, Choice, Description, Loop, Node, Schema, Section


def select_named(schema: Schema, name: str) -> Schema:
    """The sections and descriptions that are called `name`, or have it as their symbol.

    The descriptions that they refer to come with them. Nothing is left where there is no such name.
    """
    sections = tuple(s for s in schema.sections if name in (s.idstr, s.description) and name != "")
    start = [d.symbol for d in schema.descriptions if name in (d.name, d.symbol)]
    start += [symbol for section in sections for symbol in called_by(section)]
    known = {d.symbol: d for d in schema.descriptions}
    wanted: set[str] = set()
    while start:
        symbol = start.pop()
        if symbol in known and symbol not in wanted:
            wanted.add(symbol)
            start += list_references(known[symbol])
    kept = tuple(d for d in schema.descriptions if d.symbol in wanted)
    return Schema(schema.root, sections, kept)


def called_by(section: Section) -> Iterator[str]:
    """The symbols of the descriptions that a section refers to."""
    if section.description:
        yield section.description
    for node in (*section.save, *section.load):
        yield from called_symbols(node)


def list_references(description: Description) -> list[str]:
    """The symbols of the descriptions that one refers to."""
    found = [s for f in description.fields for n in f.contents for s in called_symbols(n)]
    return [*found, *description.subsections]


def called_symbols(node: Node) -> Iterator[str]:
    """The symbols of the descriptions in a tree of nodes."""
    match node:
        case Call(symbol):
            yield symbol
        case Branch(_, then, otherwise):
            for inner in (*then, *otherwise):
                yield from called_symbols(inner)
        case Loop(_, body, head=head):
            for inner in (*head, *body):
                yield from called_symbols(inner)
        case Choice(options=options):
            for option in options:
                for inner in option:
                    yield from called_symbols(inner)
