# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the save and the load of a pair disagree, read from their wire skeletons.

A disagreement is told only where both sides can be laid beside each other: what stands under
conditions that differ in kind or number, in loops that end at a marker, or in helpers that one side
alone calls is left alone. So a finding is nearly always a fault, and silence is no proof.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..wire.check import Event, Group, Skeleton

_OPERATORS: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CLAUSE = re.compile(r"\(*\s*([A-Za-z_]\w*)\s*(==|!=|<=|>=|<|>)\s*(\w+)\s*\)*")
_FOR = re.compile(
    r"for \( (?:int |unsigned )?(\w+) = (.+?) ; \1 (<=|<|!=) (.+?) ; (?:\1 \+\+|\+\+ \1) \)"
)
_REJECTION = re.compile(
    rb"\bif\s*\(([^;{}]*)\)\s*\{?\s*(?:\w+\s*\([^;{}]*\)\s*;\s*)?return\s*\(?\s*-\s*\w+"
)
_BYTES = {"byte": 1, "be16": 2, "be32": 4, "be64": 8}

Item = Event | Group


@dataclass(frozen=True)
class Disagreement:
    """One difference of a pair: its code, the line in the load's file, and what differs."""

    code: str
    line: int
    message: str


class Numbers:
    """The integers that a file's own macros stand for."""

    def __init__(self, masked: bytes) -> None:
        """Read the `#define NAME number` lines of a text; a name with two values has none."""
        found: dict[str, set[int]] = {}
        pattern = rb"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+\(?(0[xX][0-9a-fA-F]+|\d+)\)?[ \t]*\r?$"
        for match in re.finditer(pattern, masked, re.MULTILINE):
            found.setdefault(match[1].decode(), set()).add(_number(match[2].decode()))
        self._values = {name: next(iter(v)) for name, v in found.items() if len(v) == 1}

    def value(self, text: str) -> int | None:
        """The value of a literal or of a macro, None for anything else."""
        text = text.strip()
        if re.fullmatch(r"0[xX][0-9a-fA-F]+|\d+", text):
            return _number(text)
        return self._values.get(text)


def _number(text: str) -> int:
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    return int(text, 8 if text.startswith("0") and text.isdigit() and max(text) < "8" else 10)


def rejects(body: bytes, parameter: str, version: int, numbers: Numbers) -> int | None:
    """The offset in a load handler's text of the test that refuses `version`, or None."""
    for match in _REJECTION.finditer(body):
        for clause in match[1].decode("latin-1").split("||"):
            if _holds(clause, parameter, version, numbers):
                return match.start()
    return None


def _holds(condition: str, parameter: str, version: int, numbers: Numbers) -> bool | None:
    """Whether a plain comparison of the version with a number holds; None if it is not one."""
    match = _CLAUSE.fullmatch(condition.strip())
    if match is None or match[1] != parameter:
        return None
    other = numbers.value(match[3])
    return None if other is None else _OPERATORS[match[2]](version, other)


@dataclass(frozen=True)
class Pairing:
    """A pair to compare; `version` is what it is registered with and `parameter` the load's name
    for it, None and empty where they are not known."""

    save: Skeleton
    load: Skeleton
    version: int | None
    parameter: str
    numbers: Numbers

    def disagreement(self) -> Disagreement | None:
        """The first difference, if there is one that can be told."""
        save = list(self.save.items)
        found = self._compare(save, self._at_version(self.load.items, False))
        if found is None or self.version is None:
            return found
        unguarded = self._at_version(self.load.items, True)
        guarded = unguarded != self._at_version(self.load.items, False)
        if guarded and self._compare(save, unguarded) is None:
            message = f"at version {self.version}, {found.message}"
            return Disagreement("pair-version", found.line, message)
        return found

    def _at_version(self, items: Sequence[Item], every: bool) -> list[Item]:
        """The items with guards of the version settled: all as if they held if `every`."""
        found: list[Item] = []
        skip_else = False
        for item in items:
            if not isinstance(item, Group):
                found.append(item)
                continue
            if item.kind == "else" and skip_else:
                continue
            skip_else = False
            held = self._guard(item)
            inner = tuple(self._at_version(item.items, every))
            if held is None:
                found.append(Group(item.line, item.kind, item.head, inner))
            elif held or every:
                found += inner
                skip_else = True
        return found

    def _guard(self, group: Group) -> bool | None:
        """Whether a guard of the version holds; with no version known, for the newest there is."""
        condition = group.head.removeprefix("if").strip()
        if group.kind != "if":
            return None
        if self.version is not None:
            return _holds(condition, self.parameter, self.version, self.numbers)
        match = _CLAUSE.fullmatch(condition)
        if match is None or match[1] != self.parameter:
            return None
        return {">": True, ">=": True, "<": False, "<=": False}.get(match[2])

    def _compare(self, save: Sequence[Item], load: Sequence[Item]) -> Disagreement | None:
        if [_kind(i) for i in save] == [_kind(i) for i in load]:
            for ours, theirs in zip(save, load, strict=True):
                found = self._compare_items(ours, theirs)
                if found is not None:
                    return found
            return None
        return _sequence(save, load)

    def _compare_items(self, save: Item, load: Item) -> Disagreement | None:
        if isinstance(save, Event) and isinstance(load, Event):
            return self._events(save, load)
        assert isinstance(save, Group) and isinstance(load, Group)
        if save.kind == "loop":
            found = self._bounds(save, load)
            if found is not None:
                return found
        return self._compare(save.items, load.items)

    def _events(self, save: Event, load: Event) -> Disagreement | None:
        message = f"reads {load.wire} where save, at line {save.line}, writes {save.wire}"
        if save.wire != load.wire:
            return Disagreement("pair-width", load.line, message)
        if save.wire != "buffer":
            return None
        sizes = [self.numbers.value(e.operand.rpartition(",")[2]) for e in (save, load)]
        if None in sizes or sizes[0] == sizes[1]:
            return None
        message = f"reads {sizes[1]} bytes where save, at line {save.line}, writes {sizes[0]}"
        return Disagreement("pair-width", load.line, message)

    def _bounds(self, save: Group, load: Group) -> Disagreement | None:
        """Compare two counting loops with constant bounds."""
        ours, theirs = self._range(save.head), self._range(load.head)
        if ours is None or theirs is None or ours == theirs:
            return None
        same_count = ours[1] - ours[0] == theirs[1] - theirs[0]
        if same_count and not _same_operands(save, load):
            return None
        message = (
            f"loops from {theirs[0]} to {theirs[1] - 1} where save, at line {save.line}, "
            f"loops from {ours[0]} to {ours[1] - 1}"
        )
        return Disagreement("pair-bound", load.line, message)

    def _range(self, head: str) -> tuple[int, int] | None:
        match = _FOR.fullmatch(head)
        if match is None:
            return None
        first, last = self.numbers.value(match[2]), self.numbers.value(match[4])
        if first is None or last is None:
            return None
        return first, last + (match[3] == "<=")


def _same_operands(save: Group, load: Group) -> bool:
    """Whether both loops move the same things; an index that one side shifts makes no difference."""
    return [e.operand.lstrip("& ") for e in _events(save.items)] == [
        e.operand.lstrip("& ") for e in _events(load.items)
    ]


def _events(items: Sequence[Item]) -> Iterator[Event]:
    for item in items:
        if isinstance(item, Event):
            yield item
        else:
            yield from _events(item.items)


def _kind(item: Item) -> str:
    """What must be alike for two items to stand beside each other."""
    if isinstance(item, Event):
        return "conditional event" if item.conditional else "event"
    if item.kind == "loop" and item.items and not item.head.startswith("for"):
        return "open loop"
    return item.head if item.kind == "#if" else item.kind


def _sequence(save: Sequence[Item], load: Sequence[Item]) -> Disagreement | None:
    """Tell the first difference of two sequences that are free from conditions."""
    kinds = [[_kind(i) for i in side] for side in (save, load)]
    if any(kind not in ("event", "loop") for side in kinds for kind in side):
        return None
    if kinds[0].count("loop") != kinds[1].count("loop") or _same_bytes(save, load):
        return None
    at = next(
        (n for n, (a, b) in enumerate(zip(save, load, strict=False)) if _differ(a, b)),
        min(len(save), len(load)),
    )
    if at < len(load):
        ours = _words(save[at]) + f", at line {save[at].line}" if at < len(save) else "nothing more"
        message = f"reads {_words(load[at])} where save writes {ours}"
        return Disagreement("pair-sequence", load[at].line, message)
    last = load[-1].line if load else 1
    message = f"reads nothing more where save, at line {save[at].line}, writes {_words(save[at])}"
    return Disagreement("pair-sequence", last, message)


def _same_bytes(save: Sequence[Item], load: Sequence[Item]) -> bool:
    """Whether both sides have as many bytes, as where two words make a double word."""
    wires = [[e.wire for e in _events(side)] for side in (save, load)]
    if any(wire not in _BYTES for side in wires for wire in side):
        return False
    return sum(_BYTES[w] for w in wires[0]) == sum(_BYTES[w] for w in wires[1])


def _differ(one: Item, other: Item) -> bool:
    if isinstance(one, Event) and isinstance(other, Event):
        return one.wire != other.wire
    return type(one) is not type(other)


def _words(item: Item) -> str:
    if isinstance(item, Group):
        return "a loop"
    return f"{item.wire} `{item.operand}`" if item.operand else item.wire
