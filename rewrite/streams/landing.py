# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a way through a section can still come out: how many bytes may follow up to a fixed place.

A section ends at its footer, and a subsection begins where its name is written. A way whose rest fits
none of these places is no way, and needs not be followed to its end to be refuted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..schema.expression import Constant
from ..schema.model import (
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
    Value,
    Wire,
)
from .data import Data
from .framing import Mark, subsection_at
from .models import Models
from .tasks import (
    Close,
    Elements,
    FieldBegins,
    Fields,
    LeaveFrame,
    NextElement,
    Subsections,
    Unmoved,
)

Chain = tuple[object, "Chain"] | None

_MOST = 64
"""So many sizes are looked at; more tell too little."""

_DEEPEST = 24
"""Tables in tables that are looked into."""


@dataclass(frozen=True)
class Sizes:
    """The bytes that a part may take: as a whole, and up to where a subsection may begin in it."""

    whole: frozenset[int]
    begins: frozenset[int] = frozenset()

    def then(self, other: Sizes) -> Sizes | None:
        """Those of a part and what follows it; None where they are too many."""
        whole = frozenset(a + b for a in self.whole for b in other.whole)
        begins = self.begins | {a + b for a in self.whole for b in other.begins}
        return Sizes(whole, begins) if len(whole) + len(begins) <= _MOST else None

    def either(self, other: Sizes) -> Sizes:
        """Those of one part or another."""
        return Sizes(self.whole | other.whole, self.begins | other.begins)


NOTHING = Sizes(frozenset((0,)))


@dataclass
class Sizer:
    """Works out sizes of parts by a schema, and remembers those of its nodes."""

    models: Models
    _known: dict[tuple[int, str], tuple[object, Sizes | None]] = field(default_factory=dict)
    _least: dict[tuple[int, str], tuple[object, int]] = field(default_factory=dict)

    def ahead(self, chain: Chain, files: list[str]) -> Sizes | None:
        """Of all that is still to come, None where that can't be told; `files` are the frames'."""
        total: Sizes | None = NOTHING
        depth = len(files) - 1
        while chain is not None and total is not None:
            task, chain = chain
            if isinstance(task, LeaveFrame):
                depth -= 1
                continue
            one = self._size_part(task, files[max(depth, 0)], 0)
            total = None if one is None else total.then(one)
        return total

    def _size_part(self, part: object, file: str, depth: int) -> Sizes | None:
        key = (id(part), file)
        if isinstance(part, Fields | NextElement | Elements | Subsections):
            return self._work_out(part, file, depth)
        if key not in self._known:
            self._known[key] = (part, self._work_out(part, file, depth))
        return self._known[key][1]

    def _work_out(self, part: object, file: str, depth: int) -> Sizes | None:
        match part:
            case Value(wire=Wire.TARGET_LONG):
                return Sizes(frozenset((4, 8)))
            case Value(wire=wire):
                return Sizes(frozenset((wire.size or 0,)))
            case Buffer(size=Constant(size)) | Opaque(size=Constant(size)):
                return Sizes(frozenset((size,)))
            case Check() | FieldBegins() | Close() | Unmoved():
                return NOTHING
            case Branch(then=then, otherwise=otherwise):
                return self._size_options((then, otherwise), file, depth)
            case Choice(options=options):
                return self._size_options(options, file, depth)
            case Field():
                return self._size_field(part, file, depth)
            case Call(symbol=symbol) if depth < _DEEPEST:
                found = self.models.find_descriptions(symbol, file)
                return self._unite_sizes([self._size_table(d, depth + 1) for d in found])
        return self._of_task(part, file, depth)

    def _of_task(self, part: object, file: str, depth: int) -> Sizes | None:
        match part:
            case Loop(count=Constant(count), condition=None, body=body):
                return self._size_times(count, body, file, depth)
            case Elements(count=Constant(count), body=body):
                return self._size_times(count, body, file, depth)
            case NextElement(index=index, count=count, body=body):
                return self._size_times(count - index, body, file, depth)
            case Fields(description=description, index=index):
                return self._size_fields(description, index, depth)
            case Subsections(description=description):
                return Sizes(frozenset((0,)), frozenset((0,) if description.subsections else ()))
        return None

    def _size_field(self, part: Field, file: str, depth: int) -> Sizes | None:
        if not isinstance(part.count, Constant):
            return None
        there = self._size_times(part.count.value, part.contents, file, depth)
        always = not part.exists and part.version_id == 0
        return there if always or there is None else there.either(NOTHING)

    def _size_fields(self, description: Description, index: int, depth: int) -> Sizes | None:
        if description.opaque:
            return None
        file = description.place.path
        return self._size_row([self._size_part(f, file, depth) for f in description.fields[index:]])

    def _size_table(self, description: Description, depth: int) -> Sizes | None:
        end = self._size_part(Subsections(description), description.place.path, depth)
        return self._size_row([self._size_fields(description, 0, depth), end])

    def _size_options(
        self, options: Iterable[tuple[Node, ...]], file: str, depth: int
    ) -> Sizes | None:
        rows = [
            self._size_row([self._size_part(n, file, depth) for n in option]) for option in options
        ]
        return self._unite_sizes(rows)

    def _size_times(
        self, count: int, body: tuple[Node, ...], file: str, depth: int
    ) -> Sizes | None:
        one = self._size_row([self._size_part(node, file, depth) for node in body])
        if one is not None and len(one.whole) == 1 and not one.begins:
            (size,) = one.whole
            return Sizes(frozenset((size * max(count, 0),)))
        return self._size_row([one] * count) if 0 <= count <= _MOST else None

    @staticmethod
    def _size_row(parts: Iterable[Sizes | None]) -> Sizes | None:
        total: Sizes | None = NOTHING
        for part in parts:
            total = None if part is None or total is None else total.then(part)
        return total

    @staticmethod
    def _unite_sizes(options: list[Sizes | None]) -> Sizes | None:
        total: Sizes | None = None
        for one in options:
            if one is None:
                return None
            total = one if total is None else total.either(one)
        return total

    def size(self, nodes: Iterable[object], file: str) -> int | None:
        """The bytes that parts take, None where that depends on something."""
        found = self._size_row([self._size_part(node, file, 0) for node in nodes])
        alone = found is not None and len(found.whole) == 1 and not found.begins
        return next(iter(found.whole)) if found is not None and alone else None

    # -- at least -----------------------------------------------------------------------------

    def least(self, nodes: Iterable[object], file: str, depth: int = 0) -> int:
        """The bytes that parts take at least."""
        return sum(self._at_least(node, file, depth) for node in nodes)

    def _at_least(self, node: object, file: str, depth: int) -> int:
        key = (id(node), file)
        if key not in self._least:
            self._least[key] = (node, self._work_out_least(node, file, depth))
        return self._least[key][1]

    def _work_out_least(self, node: object, file: str, depth: int) -> int:
        match node:
            case Value(wire=wire):
                return wire.size or 4
            case Buffer(size=Constant(size)):
                return size
            case Branch(then=then, otherwise=otherwise):
                return min(self.least(then, file, depth), self.least(otherwise, file, depth))
            case Choice(options=options):
                return min((self.least(o, file, depth) for o in options), default=0)
            case Loop(count=Constant(count), condition=None, body=body):
                return max(count, 0) * self.least(body, file, depth)
            case Field(exists="", version_id=0, count=Constant(count), contents=contents):
                return max(count, 0) * self.least(contents, file, depth)
            case Call(symbol=symbol) if depth < _DEEPEST:
                found = self.models.find_descriptions(symbol, file)
                sizes = (self.least(d.fields, d.place.path, depth + 1) for d in found)
                return min(sizes, default=0)
        return 0


@dataclass(frozen=True)
class SectionPlaces:
    """The fixed places of a section: where it ends, and where subsections that exist may begin."""

    end: int
    begins: tuple[int, ...]

    def crossed(self, start: int, end: int) -> int | None:
        """The first subsection that begins from `start` on and before `end`, None without one."""
        index = bisect_left(self.begins, start)
        return next((at for at in self.begins[index : index + 1] if at < end), None)

    def fit(self, offset: int, ahead: Sizes) -> bool:
        """Whether what is ahead of an offset can come out at one of them."""
        ends = self.end - offset in ahead.whole
        return ends or any(begin - offset in ahead.begins for begin in self.begins)

    def distances(self, offset: int, ahead: Sizes) -> set[int]:
        """How many bytes may come between an offset and what is ahead of it."""
        found = {self.end - offset - size for size in ahead.whole}
        found |= {begin - offset - size for begin in self.begins for size in ahead.begins}
        return {distance for distance in found if distance >= 0}


def find_places(data: Data, start: int, end: int, models: Models) -> SectionPlaces:
    """The fixed places of the section between two offsets."""
    found: list[int] = []
    mark = bytes([Mark.SUBSECTION])
    at = data.find(mark, start, end)
    while at >= 0:
        piece = subsection_at(data, at)
        if piece is not None and piece[2] <= end and models.is_named(piece[0]):
            found.append(at)
        at = data.find(mark, at + 1, end)
    return SectionPlaces(end, tuple(found))
