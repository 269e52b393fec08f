# SPDX-License-Identifier: GPL-2.0-or-later
"""A converted function in which a stream is known to be no null pointer once its visitor is asked for.

The visitor is read from the stream, so that a test of the stream behind that comes too late. The shim
only passes the stream on, for anything more would change how other code is laid out. So the stream
becomes the address of an object here, and the compiler warns of each test of that, in macros too.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..wire.text import is_identifier, token_offsets, tokenize_text
from .shim import PREFIX, STREAM

_POSTFIX = ("->", ".", "[", "(", "++", "--")


def known_streams(body: str, visitor_of: str) -> str:
    """An instrumented body with the streams of visitors exchanged, from where a visitor is asked for
    to the end of its block. Lines keep their numbers.

        Visitor *v = rw_qemu_file_get_visitor(f);   Visitor *v = rw_qemu_file_get_visitor(f);
        if (f) {                                    if ( &rw_stream) {

    What is assigned from a stream or to it, as it stands, is the same stream. A stream that changes
    does not compile then.
    """
    tokens, offsets = tokenize_text(body), token_offsets(body)
    asked = f"{PREFIX}{visitor_of}"
    spans: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if token == asked and tokens[index + 1 : index + 2] == ["("]:
            close = _find_closing(tokens, index + 1)
            stream = tuple(tokens[index + 2 : close])
            for name in {stream, *_find_aliases(tokens, stream)}:
                spans |= dict(_find_uses(tokens, name, close, _block_end(tokens, close)))
    pieces, at = [], 0
    for start, end in sorted(spans.items()):
        if offsets[start] >= at:
            first, last = offsets[start], offsets[end - 1] + len(tokens[end - 1])
            # clang sees through no parentheses in a comparison.
            address = f"(&{STREAM})" if tokens[end] in _POSTFIX else f" &{STREAM}"
            pieces += [body[at:first], address, "\n" * body.count("\n", first, last)]
            at = last
    return "".join((*pieces, body[at:]))


def _find_closing(tokens: list[str], index: int) -> int:
    """Where the parenthesis at an index closes."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place], 0)
        if not depth:
            return place
    return len(tokens)


def _block_end(tokens: list[str], index: int) -> int:
    """Where the block ends that an index is in."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[place], 0)
        if depth < 0:
            return place
    return len(tokens)


def _find_uses(
    tokens: list[str], name: tuple[str, ...], start: int, end: int
) -> Iterator[tuple[int, int]]:
    """The spans of a name between two places, members of that name left out."""
    for place in range(start, end - len(name) + 1):
        whole = tuple(tokens[place : place + len(name)]) == name
        if whole and tokens[place - 1] not in (".", "->"):
            yield place, place + len(name)


def _find_aliases(tokens: list[str], stream: tuple[str, ...]) -> set[tuple[str, ...]]:
    """The variables that are set to a stream, or that it is set to, casts apart."""
    found: set[tuple[str, ...]] = set()
    for place in (n for n, token in enumerate(tokens) if token == "="):
        left = tokens[place - 1]
        right = _without_cast(tokens, place + 1)
        if right == stream and is_identifier(left):
            found.add((left,))
        elif stream == (left,) and len(right) == 1 and is_identifier(right[0]):
            found.add(right)
    return found - {stream}


def _without_cast(tokens: list[str], start: int) -> tuple[str, ...]:
    """The expression that begins at a place, up to where its initialiser or statement ends."""
    while tokens[start : start + 1] == ["("]:
        close = _find_closing(tokens, start)
        if tokens[close - 1] != "*":
            break
        start = close + 1
    end = start
    while end < len(tokens) and tokens[end] not in (";", ",", ")"):
        end += 1
    return tuple(tokens[start:end])
