# SPDX-License-Identifier: GPL-2.0-or-later
"""Locals that are read from a stream and declared `const`, as the variables that they become.

    const uint64_t count = qemu_get_be64(f);        uint64_t count = 0;

                                                    visit_type_uint64(v, "count", &count, errp);

`const` has no effect when the function runs: it only keeps the compiler from taking an assignment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .facts import Vocabulary
from .text import Code, Node, is_declaration, spell_tokens


def read_constants(code: Code, words: Vocabulary) -> Code:
    """The code without the `const` that such a declaration starts with; the same object where there is
    none."""
    starts = set(_find_constants(code, code.nodes, words)) if "const" in code.tokens else set()
    if not starts:
        return code
    return Code(spell_tokens([t for at, t in enumerate(code.tokens) if at not in starts]))


def _find_constants(code: Code, nodes: Sequence[Node], words: Vocabulary) -> Iterator[int]:
    wire = {*words.primitives, *words.visits}
    for node in nodes:
        tokens = code.span(node.start, node.end) if node.kind == "simple" else []
        if tokens[:1] == ["const"] and is_declaration(tokens) and not wire.isdisjoint(tokens):
            yield node.start
        yield from _find_constants(code, node.children, words)
