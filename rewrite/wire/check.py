# SPDX-License-Identifier: GPL-2.0-or-later
"""The self-check of every run: do the old and the new text put the same on the wire?

It shares no code with what finds and plans conversions, and knows the rules' facts only as the
plain data of a Vocabulary, so a bug there shows here as a Mismatch.

What it can't see are types: that the lvalue of `visit_type_uint32(v, "x", &s->x, errp)` is indeed a
`uint32_t` is for the compiler to say, and for the comparison of machine code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain

from ..errors import DifferError, ObscuredError, UnreadableError
from .constants import read_constants
from .difference import check_conversion
from .facts import Vocabulary, WirePrimitive, WireVisit
from .hazards import find_obscured
from .macros import File, FileMacros, types_defined
from .text import Code, Function, split_functions, token_offset, tokenize_text
from .turns import read_turns

__all__ = ["Mismatch", "Vocabulary", "WirePrimitive", "WireVisit", "compare_texts", "list_readable"]

_EXCERPT = 12  # tokens of either text that a mismatch quotes


@dataclass(frozen=True)
class Mismatch:
    """One difference: the function (empty at file level), the line in the old text (0 if unknown),
    what is wrong, and how both texts read from there on.

    `obscured` says that nothing is wrong with the conversion as such: the function's text may mean
    something else than it says, so it can't be judged.
    """

    function: str
    line: int
    message: str
    old: str
    new: str
    obscured: bool = False


def list_readable(text: bytes, names: Collection[str]) -> Mapping[int, int]:
    """The bodies of those of the functions named that the check can tell apart and read: where one
    starts, and where it ends (exclusive), in bytes.

    One whose braces don't balance, or with declarations between its head and its body (as before
    C89), is part of the text around functions and must not change; one may nest too deep.
    """
    functions = split_functions(text.decode("latin-1")).functions
    return {
        f.start: f.start + len(f.body) for f in functions if f.name in names and _is_readable(f)
    }


def _is_readable(function: Function) -> bool:
    try:
        Code(function.body)
    except UnreadableError:
        return False
    return True


def compare_texts(old: bytes, new: bytes, vocabulary: Vocabulary) -> tuple[Mismatch, ...]:
    """The differences between a text and its conversion: at most one for each function and for
    each piece of text between functions. Empty means that the conversion is right."""
    if old == new:
        return ()
    old_text, new_text = old.decode("latin-1"), new.decode("latin-1")
    before, after = split_functions(old_text), split_functions(new_text)
    names = [f.name for f in before.functions]
    if names != [f.name for f in after.functions]:
        message = "the functions are not the same"
        new_names = [f.name for f in after.functions]
        return (Mismatch("", 0, message, *_first_difference(names, new_names)),)
    found: list[Mismatch | None] = []
    at = 0
    file = File(FileMacros(old_text), frozenset(names), types_defined(old_text))
    for function, other in zip(before.functions, after.functions, strict=True):
        index = len(found) // 2
        found.append(_compare_rest(old_text, at, before.rest[index], after.rest[index]))
        found.append(_compare_function(old_text, function, other, vocabulary, file))
        at = function.start + len(function.body)
    found.append(_compare_rest(old_text, at, before.rest[-1], after.rest[-1]))
    return tuple(mismatch for mismatch in found if mismatch is not None)


def _first_difference(old: list[str], new: list[str]) -> tuple[str, str]:
    """The first entries that differ, empty where a list ends."""
    for left, right in zip(chain(old, [""]), chain(new, [""]), strict=False):
        if left != right:
            return left, right
    return "", ""


def _line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _make_excerpt(tokens: list[str], at: int) -> str:
    return " ".join(tokens[at : at + _EXCERPT])


def _compare_rest(text: str, start: int, old: str, new: str) -> Mismatch | None:
    """Text outside functions must be the same but for added `#include` lines."""
    if old == new:
        return None
    left, right = tokenize_text(old), tokenize_text(new)
    i = j = 0
    while j < len(right):
        if i < len(left) and left[i] == right[j]:
            i, j = i + 1, j + 1
        elif right[j].startswith("#include"):
            j += 1
        else:
            break
    if i == len(left) and j == len(right):
        return None
    line = _line_of(text, start + token_offset(old, i))
    message = "text outside functions changed"
    return Mismatch("", line, message, _make_excerpt(left, i), _make_excerpt(right, j))


def _compare_function(
    text: str, old: Function, new: Function, vocabulary: Vocabulary, file: File
) -> Mismatch | None:
    """Compare two bodies, if their texts differ at all."""
    if old.body == new.body:
        return None
    try:
        before, after = Code(old.body), Code(new.body)
    except UnreadableError:
        line = _line_of(text, old.start)
        return Mismatch(old.name, line, "nested too deeply to be compared", "", "")
    before, after = (read_constants(code, vocabulary) for code in (before, after))
    after = read_turns(after, before, vocabulary, file.macros)
    problem = find_obscured(before, after, old, file, vocabulary)
    if problem:
        return Mismatch(old.name, _line_of(text, old.start), problem, "", "", obscured=True)
    try:
        check_conversion(before, after, old.header, vocabulary, file)
    except DifferError as difference:
        within = token_offset(old.body, difference.old) if before.text == old.body else 0
        line = _line_of(text, old.start + within)
        shown = (
            _make_excerpt(before.tokens, difference.old),
            _make_excerpt(after.tokens, difference.new),
        )
        hidden = isinstance(difference, ObscuredError)
        return Mismatch(old.name, line, difference.message, *shown, obscured=hidden)
    return None
