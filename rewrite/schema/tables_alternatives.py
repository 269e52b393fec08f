# SPDX-License-Identifier: GPL-2.0-or-later
"""Fields that the build chooses between, as few of them as say the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..c.alternatives import Alternative
from .expression import Configured, Operation
from .model import Branch, Field, Value, Wire

Fields = tuple[Field | None, ...]
"""What one element of a list of fields comes to; None ends the list."""

_LONGS = {Wire.BE32, Wire.BE64}


def put_under(field: Field, condition: str) -> Field:
    """The field, all of whose contents are there only where a condition of the build holds."""
    if not condition:
        return field
    return replace(field, contents=(Branch(Configured(condition), field.contents),))


def merge_alternatives(
    found: Sequence[Alternative[Fields]], widths: Collection[str]
) -> list[Field]:
    """The fields of all alternatives, those as one that differ only in a width or a count.

    Before: `be64` where TARGET_LONG_BITS is 64, else `be32`. After: `target_long`; `widths` are the
    symbols that say how wide it is. Before: 16 elements where a condition holds, else 8. After: a
    count that is one of both.
    """
    left = list(found)
    while (pair := _join_alternatives(left, widths)) is not None:
        first, second, one = pair
        left[first] = one
        del left[second]
    if len(left) == 1:
        return [f for f in left[0].made if f is not None]
    return [put_under(f, a.condition) for a in left for f in a.made if f is not None]


def _join_alternatives(
    found: Sequence[Alternative[Fields]], widths: Collection[str]
) -> tuple[int, int, Alternative[Fields]] | None:
    """The first two alternatives that can be one, and that one."""
    for first, left in enumerate(found):
        for second in range(first + 1, len(found)):
            one = _one_of(left, found[second], widths)
            if one is not None:
                return first, second, one
    return None


def _one_of(
    left: Alternative[Fields], right: Alternative[Fields], widths: Collection[str]
) -> Alternative[Fields] | None:
    """One for two whose conditions differ in one term each."""
    own = [t for t in left.terms if t not in right.terms]
    other = [t for t in right.terms if t not in left.terms]
    if len(own) != 1 or len(other) != 1 or len(left.made) != len(right.made):
        return None
    by_width = any(width in own[0] and width in other[0] for width in widths)
    made: list[Field | None] = []
    for a, b in zip(left.made, right.made, strict=True):
        one = a if a == b else None
        if a is not None and b is not None and one is None:
            one = _of_either_width(a, b) if by_width else _of_either_count(a, b, own[0])
        if one is None and not (a is None and b is None):
            return None
        made.append(one)
    return Alternative(tuple(t for t in left.terms if t in right.terms), tuple(made))


def _of_either_count(first: Field, second: Field, condition: str) -> Field | None:
    if replace(first, count=second.count) != second:
        return None
    count = Operation("?:", (Configured(condition), first.count, second.count))
    return replace(first, count=count)


def _of_either_width(first: Field, second: Field) -> Field | None:
    if (first.name, first.count, first.version_id) != (
        second.name,
        second.count,
        second.version_id,
    ):
        return None
    match first.contents, second.contents:
        case ((Value() as left,), (Value() as right,)) if {left.wire, right.wire} == _LONGS:
            value = replace(left, wire=Wire.TARGET_LONG)
            return replace(first, contents=(value,), info="")
    return None
