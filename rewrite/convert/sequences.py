# SPDX-License-Identifier: GPL-2.0-or-later
"""What a function moves, in the order of its text, with the helpers of its file in their places.

Only names depend on this, never what travels: text order is good enough, and what is not understood
costs a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from ..c.syntax import Syntax, calls_in, function_head, text_of
from ..terms import Direction, Operand
from .sites import Site, inner_expression

_LOOPS = frozenset(("for_statement", "while_statement", "do_statement"))
_DEEPEST = 6
"""How deep helpers are followed; QEMU's don't pass 3."""


@dataclass(frozen=True)
class Slot:
    """A value on the wire of a function: the sites that move it, of which one acts at a time.

    `loops` are the offsets of the loops around it, outermost first, and `branches` is the number of
    branches, those around the calls of its helper included. `heads` says that it is the first of its
    loop, which runs as long as its value says so.
    """

    sites: tuple[Site, ...]
    loops: tuple[int, ...]
    branches: int = 0
    heads: bool = False

    @property
    def site(self) -> Site:
        """The first of its sites."""
        return self.sites[0]

    @property
    def wire(self) -> str:
        """What travels."""
        return self.site.primitive.wire

    def along_with(self, other: Slot) -> Slot:
        """This slot, and another that moves the same value at another time."""
        return replace(self, sites=(*self.sites, *other.sites), heads=True)


@dataclass
class Sequences:
    """The sequences of the functions of one file; `groups` are its functions' sites by name."""

    syntax: Syntax
    groups: Mapping[str, Sequence[Site]]
    stream_types: tuple[str, ...]
    _calls: dict[str, tuple[Node, ...]] = field(default_factory=dict)

    def sequence_of(self, name: str, callers: tuple[str, ...] = ()) -> tuple[Slot, ...]:
        """All that a function moves; nothing where the file does not define it."""
        if name in callers or len(callers) > _DEEPEST:
            return ()
        parts: list[tuple[tuple[int, int], tuple[Slot, ...]]] = [
            (
                _moment_of(s.place.chain, s.start),
                (Slot((s,), _loops_around(s.place.chain), _count_branches(s.place.chain)),),
            )
            for s in self.groups.get(name, ())
        ]
        for call in self.helper_calls(name):
            chain = _chain_of(call)
            inner = self.sequence_of(callee_of(call, self.syntax.source.data), (*callers, name))
            moment = _moment_of(chain, call.start_byte)
            parts.append((moment, tuple(_place_within(s, chain) for s in inner)))
        parts.sort(key=lambda part: part[0])
        return tuple(slot for _, slots in parts for slot in slots)

    def helper_calls(self, name: str) -> tuple[Node, ...]:
        """The calls in a function that pass its stream to others of the file, in order."""
        if name not in self._calls:
            self._calls[name] = tuple(self._find_calls(name))
        return self._calls[name]

    def _find_calls(self, name: str) -> Iterator[Node]:
        data = self.syntax.source.data
        function = self._find_function(name)
        body = function.child_by_field_name("body") if function is not None else None
        if function is None or body is None:
            return
        own = self.groups.get(name, ())
        starts = {s.start for s in own}
        streams = {text_of(s.stream, data) for s in own if s.call is not None and s.arguments}
        streams |= self._stream_parameters(function)
        for call in calls_in(body):
            arguments = call.child_by_field_name("arguments")
            if arguments is None or call.start_byte in starts or not callee_of(call, data):
                continue
            if any(text_of(a, data) in streams for a in arguments.named_children):
                yield call

    def _find_function(self, name: str) -> Node | None:
        if name in self.groups:
            return self.groups[name][0].place.function
        body = self.syntax.body_of(name)
        return self.syntax.place(body).function if body is not None else None

    def _stream_parameters(self, function: Node) -> set[str]:
        """The parameters that are streams."""
        head = function_head(function, self.syntax.source.data)
        kinds = "|".join(map(re.escape, self.stream_types))
        text = head.parameters if head is not None else ""
        return set(re.findall(rf"\b(?:{kinds})\s*\*\s*(\w+)", text)) if kinds else set()


def callee_of(call: Node, data: bytes) -> str:
    """The name of the function that a call is of; empty where it is called through a pointer."""
    callee = call.child_by_field_name("function")
    return text_of(callee, data) if callee is not None and callee.type == "identifier" else ""


def _chain_of(node: Node) -> tuple[Node, ...]:
    chain: list[Node] = []
    around = node.parent
    while around is not None:
        chain.insert(0, around)
        around = around.parent
    return tuple(chain)


def _moment_of(chain: Sequence[Node], start: int) -> tuple[int, int]:
    """What orders the calls of a function: their places, with the third part of a for at its end."""
    for node in chain:
        update = node.child_by_field_name("update") if node.type == "for_statement" else None
        if update is not None and update.start_byte <= start < update.end_byte:
            return node.end_byte, start
    return start, start


def _place_within(slot: Slot, chain: Sequence[Node]) -> Slot:
    """A helper's slot as it is where the helper is called."""
    loops = (*_loops_around(chain), *slot.loops)
    return replace(slot, loops=loops, branches=_count_branches(chain) + slot.branches)


def _count_branches(chain: Sequence[Node]) -> int:
    """How many branches of an if or a switch a place is in."""
    return sum(n.type in ("if_statement", "switch_statement") for n in chain)


def _loops_around(chain: Sequence[Node]) -> tuple[int, ...]:
    """The loops that a place runs in as often as their condition is tested."""
    return tuple(n.start_byte for n in chain if n.type in _LOOPS)


def is_fixed(site: Site) -> bool:
    """Whether a put always writes the same: a number, a character or a name that is all capitals."""
    if site.primitive.direction != Direction.PUT or site.primitive.operand != Operand.VALUE:
        return False
    node: Node | None = site.arguments[1]
    while node is not None and node.type in (
        "parenthesized_expression",
        "cast_expression",
        "unary_expression",
    ):
        node = inner_expression(node)
    if node is None:
        return False
    text = (node.text or b"").decode("latin-1")
    return node.type in ("number_literal", "char_literal", "true", "false") or (
        node.type == "identifier" and text.isupper()
    )


# -- loops that run as long as a value says so ----------------------------------------------------


def merge_steered(slots: Sequence[Slot], data: bytes) -> tuple[Slot, ...]:
    """A load's slots with those of a value that decides whether its loop goes on made one.

    `x = get(f); while (x) { ...; x = get(f); }` reads one value ahead of the loop and one at its
    end; `while (get(f))`, and a loop that begins with a get into a local, read it in the loop.
    """
    result = list(slots)
    for first in list(result):
        loop = _loop_of(first)
        if loop is None or result.index(first) != _first_in(result, first.loops):
            continue
        if _decides_loop(first.site, loop):
            result[result.index(first)] = replace(first, heads=True)
    return tuple(_rotate_slots(result, data))


def _loop_of(slot: Slot) -> Node | None:
    """The innermost loop around a slot in its own function."""
    chain = slot.site.place.chain
    return next((n for n in reversed(chain) if n.type in _LOOPS), None)


def _first_in(slots: Sequence[Slot], loops: tuple[int, ...]) -> int:
    return next(at for at, s in enumerate(slots) if s.loops[: len(loops)] == loops)


def _decides_loop(site: Site, loop: Node) -> bool:
    """Whether a get is in a loop's condition, or reads a local in a loop that does not count."""
    condition = loop.child_by_field_name("condition")
    if condition is not None and condition.start_byte <= site.start < condition.end_byte:
        return True
    if loop.type == "for_statement" and condition is not None:
        return False
    return site.target is not None and site.target.type == "identifier"


def _rotate_slots(slots: Sequence[Slot], data: bytes) -> Iterator[Slot]:
    """The slots with a get before a loop and the one at its end as the loop's first."""
    dropped: set[int] = set()
    for at, slot in enumerate(slots):
        if at in dropped:
            continue
        last = _end_of_next_loop(slots, at)
        if last is not None and _same_target(slot.site, slots[last].site, data):
            dropped.add(last)
            yield replace(slots[last].along_with(slot), loops=slots[last].loops)
        else:
            yield slot


def _end_of_next_loop(slots: Sequence[Slot], at: int) -> int | None:
    """The index of the last slot of a loop that begins right after a slot, of the same wire."""
    loops = slots[at].loops
    inside = slots[at + 1].loops if at + 1 < len(slots) else ()
    if len(inside) <= len(loops) or inside[: len(loops)] != loops:
        return None
    inside = inside[: len(loops) + 1]
    last = at
    while last + 1 < len(slots) and slots[last + 1].loops[: len(inside)] == inside:
        last += 1
    fits = slots[last].loops == inside and slots[last].wire == slots[at].wire
    return last if fits else None


def _same_target(one: Site, other: Site, data: bytes) -> bool:
    """Whether two gets write the same object."""
    first, second = (_target_of(site, data) for site in (one, other))
    return bool(first) and first == second


def _target_of(site: Site, data: bytes) -> str:
    if site.primitive.operand in (Operand.POINTER, Operand.BUFFER):
        return text_of(site.arguments[1], data).removeprefix("&")
    return text_of(site.target, data) if site.target is not None else ""


def merge_terminated(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """A save's slots with fixed values right after a loop put to the loop's first slots.

    `while (x) { put(f, 1); ... } put(f, 0)` tells before each element that there is one, and at last
    that there is none; an element of several values may end the list in as many.
    """
    result: list[Slot] = []
    before: tuple[int, Slot] | None = None
    for slot in slots:
        continues = before is not None and before[1].branches == slot.branches
        at = before[0] + 1 if before is not None and continues else _loop_before(result, slot)
        fits = at is not None and at < len(result) and is_fixed(slot.site)
        if at is not None and fits and _ends_loop(result[at], slot):
            result[at] = result[at].along_with(slot)
            before = at, slot
        else:
            result.append(slot)
            before = None
    return tuple(result)


def _ends_loop(inner: Slot, slot: Slot) -> bool:
    """Whether a slot after a loop is of the wire of one in it."""
    return inner.wire == slot.wire and len(inner.loops) > len(slot.loops)


def _loop_before(slots: Sequence[Slot], slot: Slot) -> int | None:
    """The index of the first slot of a loop that ends before a slot, where it is of the same wire."""
    around, inside = len(slot.loops), slots[-1].loops if slots else ()
    if inside[:around] != slot.loops:
        return None
    for depth in range(around + 1, len(inside) + 1):
        first = _first_in(slots, inside[:depth])
        if slots[first].wire == slot.wire and len(slots[first].loops) == depth:
            return first
    return None


# -- values of which one or another is written ----------------------------------------------------


def merge_chosen(slots: Sequence[Slot], syntax: Syntax) -> tuple[Slot, ...]:
    """A save's slots with those made one of which the branches of an #if or if write one, where all
    but one are fixed.

    `if (x) { put(f, 1); ... } else { put(f, 0); }` writes whether there is more, and
    `if (fails) { put(f, -1); return; } put(f, n);` that there is nothing, or how much.
    """
    result: list[Slot] = []
    for number, slot in enumerate(slots):
        before = slots[number - 1]
        places = (n for n in range(len(result)) if _is_choice(result, n, slot, before, syntax))
        at = next(places, None)
        if at is None:
            result.append(slot)
        else:
            result[at] = _choose_either(result[at], slot)
    return tuple(result)


def _choose_either(one: Slot, other: Slot) -> Slot:
    """One slot of two of which one acts, that which is not fixed first."""
    first, last = (one, other) if is_fixed(other.site) else (other, one)
    branches = min(one.branches, other.branches)
    return replace(one, sites=(*first.sites, *last.sites), branches=branches)


def _is_choice(slots: Sequence[Slot], at: int, slot: Slot, before: Slot, syntax: Syntax) -> bool:
    """Whether a slot, `before` the one before it, is another choice for one that opens its branch."""
    alike = slots[at].wire == slot.wire and slots[at].loops == slot.loops
    other = max(slots[at].sites, key=lambda site: site.start)
    if not alike or not (is_fixed(other) or is_fixed(slot.site)):
        return False
    branch = _branch_of(other, slot.site)
    if branch is None:
        opens = at == 0 or not _are_in_two_branches(slots[at - 1].site, slot.site, syntax)
        both = (other, before.site)
        return opens and all(_are_in_two_branches(s, slot.site, syntax) for s in both)
    opens = not any(_holds_site(branch, s.site) for s in slots[:at])
    inside = (before.site, *(s.site for s in slots[at + 1 :]))
    return opens and all(_holds_site(branch, s) for s in inside)


def _branch_of(one: Site, other: Site) -> Node | None:
    """The branch of an if that one site is in, and the other site only comes to where it isn't taken."""
    for node in one.place.chain:
        if node.type != "if_statement":
            continue
        yes, no = (node.child_by_field_name(f) for f in ("consequence", "alternative"))
        if yes is None or not _holds_site(yes, one) or one.function != other.function:
            continue
        if no is not None and _holds_site(no, other):
            return yes
        if no is None and other.start >= node.end_byte and _leaves_function(yes):
            return yes
    return None


def _leaves_function(branch: Node) -> bool:
    """Whether a branch ends the function, or goes elsewhere."""
    last = [branch, *(c for c in branch.named_children if c.type != "comment")][-1]
    return last.type in ("return_statement", "goto_statement")


def _holds_site(node: Node, site: Site) -> bool:
    return node.start_byte <= site.start < node.end_byte


def _are_in_two_branches(one: Site, other: Site, syntax: Syntax) -> bool:
    """Whether two sites are in two branches of one #if."""
    groups = {b.group: b.index for b in syntax.branches_at(one.start)}
    return any(groups.get(b.group, b.index) != b.index for b in syntax.branches_at(other.start))
