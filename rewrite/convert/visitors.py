# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions of a file a visitor consists of: what visits come to is no handler.

    v->visitor.type_uint32 = fork_output_uint32;
    static void fork_put(QEMUFile *f, uint32_t x) { qemu_put_be32(f, x); }
    static void fork_output_uint32(Visitor *v, ...) { fork_put(to_ov(v)->file, *obj); }

A visit in place of that primitive would call itself through the stream's visitor, without an end.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from ..c.headers import Header
from ..c.locals import list_parameters

_MEMBER = re.compile(rb"(?:\.|->)\s*type_\w+\s*=\s*&?\s*([A-Za-z_]\w*)")
"""A member of a visitor that is set to a function, as `struct Visitor` has named them since 0.15."""
_HEAD = re.compile(rb"\b([A-Za-z_]\w*)\s*\(((?:[^(){};]|\([^(){};]*\))*)\)\s*\Z")
_LONGEST_HEAD = 4000
_CALLED = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")


def is_visit(function: Node | None, data: bytes) -> bool:
    """Whether a function is what a visitor does for a visit: it takes the visitor and an error, and no
    stream. Its primitives are what visits come to, so a visit in their place would call itself."""
    given = (
        [local.text for local in list_parameters(function, data)] if function is not None else []
    )
    return _takes_visit(given)


def _takes_visit(given: list[str]) -> bool:
    kinds = {re.sub(r"\s+|\w+$", "", text.strip()) for text in given}
    return {"Visitor*", "Error**"} <= kinds and "QEMUFile*" not in kinds


def find_visitor_functions(header: Header) -> frozenset[str]:
    """The functions of a file that a visit comes to: those that a member of a visitor is set to, those
    with a visit's parameters, and all of the file that these call, at any remove."""
    if not header.holds(b"Visitor"):
        return frozenset()
    bodies = _list_functions(header)
    found = {name.decode("latin-1") for name in _MEMBER.findall(header.code)} & bodies.keys()
    found |= {name for name, (given, _) in bodies.items() if _takes_visit(given)}
    left = list(found)
    while left:
        called = {m.decode("latin-1") for m in _CALLED.findall(bodies[left.pop()][1])}
        new = called & bodies.keys() - found
        found |= new
        left += new
    return frozenset(found)


def _list_functions(header: Header) -> dict[str, tuple[list[str], bytes]]:
    """Of each function that the file defines the parameters and the body's text."""
    found: dict[str, tuple[list[str], bytes]] = {}
    end = 0
    for start, after in header.outer_bodies:
        head = _HEAD.search(header.code, max(end, start - _LONGEST_HEAD), start)
        if head is not None:
            given = head[2].decode("latin-1").split(",")
            found[head[1].decode("latin-1")] = (given, header.code[start:after])
        end = after
    return found
