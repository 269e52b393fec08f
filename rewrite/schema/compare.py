# SPDX-License-Identifier: GPL-2.0-or-later
"""Two models laid beside each other: the first place where they put other bytes on the wire.

A difference is told only where both sides are known: behind something opaque, or in branches whose
conditions can't be compared, the comparison is undecided and says so.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from .evaluate import agree_on, list_leaves
from .expression import Configured, Constant, Earlier, Expression, Fact, Unread
from .model import Branch, Buffer, Call, Choice, Loop, Node, Opaque, Value, Wire
from .normal import asks_condition, assume_condition, normalize_nodes, opposite_of, substitute_value
from .sizes import bytes_of, is_written_out, may_be_empty, rounds_of, size_of, starts_alike

_NEWEST = 1 << 30
_MOST_TRIALS = 600  # of ways through branches that only one side has: each such branch doubles them


class DifferenceKind(enum.Enum):
    """What differs."""

    WIRE = "wire"  # a value of another width, a buffer of another size
    COUNT = "count"  # a loop that runs another number of times
    SEQUENCE = "sequence"  # something that only one side has
    ORDER = "order"  # the same values in another order
    CONDITION = "condition"  # something that only one side puts under a condition
    TABLE = "table"  # another table
    CONSTANT = "constant"  # another marker


@dataclass(frozen=True)
class Difference:
    """The first difference: what stands on either side, None where a side has ended."""

    kind: DifferenceKind
    one: Node | None
    other: Node | None
    detail: str = ""


@dataclass(frozen=True)
class Comparison:
    """What came of it: a difference, or why there is none.

    `reasons` say what is not the same but compatible; `undecided` what could not be compared.
    """

    difference: Difference | None = None
    reasons: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


class _UnlikeError(Exception):
    def __init__(self, difference: Difference) -> None:
        super().__init__()
        self.difference = difference


class _UndecidedError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def compare_models(
    one: Sequence[Node], other: Sequence[Node], *, version: int | None = None, pair: bool = False
) -> Comparison:
    """Compare two models.

    `version` is put in for the version of both, where it is known. `pair` says that one is a save
    and the other its load: their names are then of the same objects, so that values of one width in
    another order are a difference; where their version is not known, it is newer than any guard's.
    """
    work = _Comparer(pair)
    at = _NEWEST if pair and version is None else version
    left, right = normalize_nodes(one, at), normalize_nodes(other, at)
    try:
        work.compare_sequence(left, right)
        if pair:
            work.order(left, right)
    except _UnlikeError as found:
        return Comparison(found.difference, tuple(work.reasons), tuple(work.undecided))
    except _UndecidedError as found:
        work.undecided.append(found.reason)
    return Comparison(
        None, tuple(dict.fromkeys(work.reasons)), tuple(dict.fromkeys(work.undecided))
    )


@dataclass
class _Comparer:
    """Walks two normal forms in step; `inside` says that a branch around them was taken as a trial."""

    pair: bool
    inside: bool = False
    trials: Iterator[int] = field(default_factory=lambda: iter(range(_MOST_TRIALS)))
    reasons: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)

    def compare_sequence(self, one: Sequence[Node], other: Sequence[Node]) -> None:
        """Two sequences from their start to their end."""
        left, right = list(one), list(other)
        while left and right:
            self._compare_step(left, right)
        for rest, side in ((left, 0), (right, 1)):
            if rest:
                self._left_over(rest, side)

    def _left_over(self, rest: list[Node], side: int) -> None:
        node = rest[0]
        if isinstance(node, Opaque):
            raise _UndecidedError(node.reason)
        if isinstance(node, Choice):
            raise _UndecidedError("a call through a pointer that only one side has")
        if isinstance(node, Call) and not self.pair:
            raise _UndecidedError("a table that is not found")
        if isinstance(node, Branch) and not self.pair:
            self.reasons.append("under a condition")
            if len(rest) > 1:
                self._left_over(rest[1:], side)
            return
        if isinstance(node, Loop | Buffer) and may_be_empty(node):
            raise _UndecidedError("a loop that only one side has")
        if isinstance(node, Branch) and not _decides_wire(node.condition):
            raise _UndecidedError("a branch that only one side has")
        pair: tuple[Node | None, Node | None] = (None, node) if side else (node, None)
        kind = DifferenceKind.CONDITION if isinstance(node, Branch) else DifferenceKind.SEQUENCE
        raise _UnlikeError(Difference(kind, *pair))

    def _compare_step(self, left: list[Node], right: list[Node]) -> None:
        """Compare what stands first, and take it away."""
        a, b = left[0], right[0]
        if isinstance(a, Opaque) or isinstance(b, Opaque):
            self._compare_opaque(left, right)
        elif isinstance(a, Choice) or isinstance(b, Choice):
            self._compare_choices(left, right, a, b)
        elif not self.pair and isinstance(a, Call) != isinstance(b, Call):
            raise _UndecidedError("a table that is not found")
        elif isinstance(a, Value) and isinstance(b, Value):
            self._compare_values(left, right, a, b)
        elif isinstance(a, Loop) and isinstance(b, Loop):
            self._compare_loops(left, right, a, b)
        elif isinstance(a, Branch) or isinstance(b, Branch):
            self._compare_branches(left, right)
        elif isinstance(a, Call) and isinstance(b, Call):
            if a.symbol != b.symbol and _is_global(a) and _is_global(b):
                self._note_difference(DifferenceKind.TABLE, a, b)
            del left[0], right[0]
        elif isinstance(a, Buffer) and isinstance(b, Buffer):
            self._compare_buffers(left, right, a, b)
        elif not (
            self._compare_unrolled(left, right)
            or self._take_pieces(left, right)
            or self._passed_over(left, right)
        ):
            self._note_difference(DifferenceKind.SEQUENCE, a, b)

    def _note_difference(
        self, kind: DifferenceKind, a: Node | None, b: Node | None, detail: str = ""
    ) -> None:
        raise _UnlikeError(Difference(kind, a, b, detail))

    def _compare_opaque(self, left: list[Node], right: list[Node]) -> None:
        a, b = left[0], right[0]
        if isinstance(a, Opaque) and isinstance(b, Opaque) and a.reason == b.reason:
            self.undecided.append(a.reason)
            del left[0], right[0]
            return
        opaque = a if isinstance(a, Opaque) else b
        assert isinstance(opaque, Opaque)
        raise _UndecidedError(opaque.reason)

    def _compare_choices(self, left: list[Node], right: list[Node], a: Node, b: Node) -> None:
        """What a pointer may reach: that which both sides have, by its name."""
        if not (isinstance(a, Choice) and isinstance(b, Choice)):
            raise _UndecidedError("a call through a pointer that only one side has")
        options = dict(zip(b.labels, b.options, strict=True))
        for label, option in zip(a.labels, a.options, strict=True):
            if label in options:
                self.compare_sequence(option, options[label])
        if set(a.labels) != set(b.labels):
            self.reasons.append("a pointer that may reach others")
        del left[0], right[0]

    # -- values and buffers ------------------------------------------------------------------------

    def _compare_values(self, left: list[Node], right: list[Node], a: Value, b: Value) -> None:
        if a.wire is not b.wire:
            if self._take_pieces(left, right):
                return
            if not self.pair and Wire.TARGET_LONG in (a.wire, b.wire):
                raise _UndecidedError("a width that the target decides")
            self._note_difference(DifferenceKind.WIRE, a, b)
        if None not in (a.constant, b.constant) and a.constant != b.constant:
            known = isinstance(a.constant, Constant) and isinstance(b.constant, Constant)
            if known and not self.pair:
                self.reasons.append("another constant")
        if a.name != b.name and a.name and b.name:
            self.reasons.append("renamed")
        del left[0], right[0]
        self._alias_values(left, right, a, b)

    def _alias_values(self, left: list[Node], right: list[Node], a: Value, b: Value) -> None:
        """Let what follows depend on the same value, or constant, on both sides."""
        if isinstance(a.constant, Constant) and b.name:
            right[:] = normalize_nodes(substitute_value(right, b.name, a.constant))
        elif isinstance(b.constant, Constant) and a.name:
            left[:] = normalize_nodes(substitute_value(left, a.name, b.constant))
        elif b.name and a.name != b.name:
            right[:] = substitute_value(right, b.name, Earlier(a.name))

    def _compare_buffers(self, left: list[Node], right: list[Node], a: Buffer, b: Buffer) -> None:
        same = agree_on(a.size, b.size)
        if same is False:
            if (
                isinstance(a.size, Constant)
                and isinstance(b.size, Constant)
                and self._take_pieces(left, right)
            ):
                return
            self._note_difference(DifferenceKind.WIRE, a, b)
        if same is None:
            self.undecided.append("buffers whose sizes can't be compared")
        if a.padding != b.padding:
            self.reasons.append("padding")
        elif a.name != b.name:
            self.reasons.append("renamed")
        del left[0], right[0]

    def _take_pieces(self, left: list[Node], right: list[Node]) -> bool:
        """Whether one item on one side is as many bytes as several on the other, which are taken."""
        for one, many in ((left, right), (right, left)):
            size = size_of(one[0])
            if size is None or isinstance(one[0], Loop):
                continue
            total = taken = 0
            while taken < len(many) and total < size:
                part = size_of(many[taken])
                if part is None:
                    break
                total, taken = total + part, taken + 1
            if total == size and taken > 1:
                self.reasons.append("the same bytes in other pieces")
                del one[0]
                del many[:taken]
                return True
        a, b = left[0], right[0]
        if type(a) is not type(b) and size_of(a) == size_of(b) is not None:
            self.reasons.append("the same bytes in other pieces")
            del left[0], right[0]
            return True
        return False

    # -- loops -------------------------------------------------------------------------------------

    def _compare_unrolled(self, left: list[Node], right: list[Node]) -> bool:
        """Whether a loop of a constant count stands beside what it would be if it were written out."""
        for side, rest in ((left, right), (right, left)):
            node = side[0]
            if is_written_out(node) and starts_alike(node.body, rest[0]):
                side[:1] = list(node.body) * rounds_of(node)
                self.reasons.append("a loop written out")
                return True
        return False

    def _passed_over(self, left: list[Node], right: list[Node]) -> bool:
        """Whether a loop that may be empty is on one side alone, and the rest fits without it."""
        for side, rest in ((left, right), (right, left)):
            node = side[0]
            if isinstance(node, Loop | Buffer) and may_be_empty(node):
                if self._fits_way(side[1:], rest, ours=side is left):
                    del side[0]
                    self.undecided.append("a loop that only one side has")
                    return True
                raise _UndecidedError("a loop that only one side has")
        return False

    def _compare_loops(self, left: list[Node], right: list[Node], a: Loop, b: Loop) -> None:
        constants = isinstance(a.count, Constant) and isinstance(b.count, Constant)
        if constants and a.count != b.count and not a.condition and not b.condition:
            sizes = size_of(a), size_of(b)
            if sizes[0] == sizes[1] is not None:
                self.reasons.append("the same bytes in other pieces")
                del left[0], right[0]
                return
            if self._rest_balances(left, right) or self._cut_long_loop(left, right):
                return
            self._note_difference(DifferenceKind.COUNT, a, b)
        counts = a.count is not None and b.count is not None and not (a.condition or b.condition)
        if counts and a.count is not None and b.count is not None:
            same = agree_on(a.count, b.count)
            if same is False:
                self._note_difference(DifferenceKind.COUNT, a, b)
            if same is None:
                self._compare_uncounted(a, b)
        elif (a.condition is None) != (b.condition is None):
            self.undecided.append("loops that end in different ways")
            if bool(a.head) != bool(b.head):
                raise _UndecidedError("loops that end in different ways")
        self.compare_sequence((*a.head, *a.body), (*b.head, *b.body))
        del left[0], right[0]

    def _compare_uncounted(self, a: Loop, b: Loop) -> None:
        """Two loops whose counts can't be compared: their bodies must fit for more to be told."""
        reason = "loops whose counts can't be compared"
        if not self._fits_way(a.body, b.body, ours=True):
            raise _UndecidedError(reason)
        self.undecided.append(reason)

    def _cut_long_loop(self, left: list[Node], right: list[Node]) -> bool:
        """Whether one loop stands beside two of the same contents, which is then cut as they are.

        Before: 4 times X | 2 times X, 2 times X. After: 2 times X, 2 times X on both sides.
        """
        for long, short in ((left, right), (right, left)):
            loop, part, following = long[0], short[0], short[1] if len(short) > 1 else None
            if not is_written_out(loop) or not is_written_out(part) or following is None:
                continue
            rest = rounds_of(loop) - rounds_of(part)
            if rest <= 0 or not is_written_out(following):
                continue
            if self._fits_way(loop.body, following.body, ours=long is left):
                long[:1] = [replace(loop, count=part.count), replace(loop, count=Constant(rest))]
                self.reasons.append("a loop written out")
                return True
        return False

    def _rest_balances(self, left: list[Node], right: list[Node]) -> bool:
        """Whether loops of different counts and what follows them come to the same bytes."""
        flat = [bytes_of(side) for side in (left, right)]
        if flat[0] is None or flat[0] != flat[1]:
            return False
        self.reasons.append("a loop written out")
        left.clear()
        right.clear()
        return True

    # -- branches ----------------------------------------------------------------------------------

    def _compare_branches(self, left: list[Node], right: list[Node]) -> None:
        a, b = left[0], right[0]
        if isinstance(a, Branch) and isinstance(b, Branch):
            same = agree_on(a.condition, b.condition, truth=True)
            opposite = opposite_of(b.condition)
            if same is not True and agree_on(a.condition, opposite, truth=True) is True:
                b = Branch(a.condition, b.otherwise, b.then, b.place)
                same = True
            if same is True or self._fits((a.then, a.otherwise), (b.then, b.otherwise)):
                self.compare_sequence(a.then, b.then)
                self.compare_sequence(a.otherwise, b.otherwise)
                if same is not True:
                    self.undecided.append("conditions that can't be compared")
                del left[0], right[0]
                return
        for side, rest in ((left, right), (right, left)):
            node = side[0]
            if isinstance(node, Branch):
                self._one_sided(node, side, rest, ours=side is left)
                return

    def _one_sided(self, branch: Branch, side: list[Node], rest: list[Node], *, ours: bool) -> None:
        """A branch that the other side does not have there: both of its ways must fit."""
        condition = branch.condition
        decides = _decides_wire(condition) or asks_condition(rest, condition)
        trials = [
            self._try(
                (*way, *assume_condition(side[1:], condition, holds=holds)),
                assume_condition(rest, condition, holds=holds),
                ours=ours,
            )
            for way, holds in ((branch.then, True), (branch.otherwise, False))
        ]
        firsts = [first for first, _ in trials]
        fits = [first is None for first in firsts]
        if all(fits):
            self.reasons.append("under a condition")
            holds = trials[0][1] or not trials[1][1]  # a way that is settled tells more
            taken = branch.then if holds else branch.otherwise
            side[:] = [*taken, *assume_condition(side[1:], condition, holds=holds)]
            rest[:] = assume_condition(rest, condition, holds=holds)
            return
        if any(fits) and not self.pair:
            self.reasons.append("under a condition")
            side[:1] = branch.then if fits[0] else branch.otherwise
            return
        if not decides or self.inside:
            raise _UndecidedError("a condition that can't be told")
        if not any(fits):
            assert firsts[0] is not None
            raise _UnlikeError(firsts[0])
        if _only_skips_none(branch, fits):
            self.reasons.append("under a condition")
            side[:1] = branch.then if fits[0] else branch.otherwise
            return
        if asks_condition(rest, condition):
            raise _UnlikeError(next(first for first in firsts if first is not None))
        other = rest[0] if rest else None
        pair = (branch, other) if ours else (other, branch)
        raise _UnlikeError(Difference(DifferenceKind.CONDITION, *pair))

    def _fits(self, one: tuple[tuple[Node, ...], ...], other: tuple[tuple[Node, ...], ...]) -> bool:
        return all(self._fits_way(a, b, ours=True) for a, b in zip(one, other, strict=True))

    def _fits_way(self, way: Sequence[Node], rest: Sequence[Node], *, ours: bool) -> bool:
        return self._first(way, rest, ours=ours) is None

    def _first(self, way: Sequence[Node], rest: Sequence[Node], *, ours: bool) -> Difference | None:
        """The first difference of a way; None where there is none, or it is not decided."""
        return self._try(way, rest, ours=ours)[0]

    def _try(
        self, way: Sequence[Node], rest: Sequence[Node], *, ours: bool
    ) -> tuple[Difference | None, bool]:
        """The first difference of a way, None where there is none; and whether that is settled."""
        if next(self.trials, None) is None:
            raise _UndecidedError("too many conditions to try all ways")
        trial = _Comparer(self.pair, inside=True, trials=self.trials)
        try:
            trial.compare_sequence(*((way, rest) if ours else (rest, way)))
        except _UnlikeError as found:
            return found.difference, True
        except _UndecidedError:
            return None, False
        return None, not trial.undecided

    # -- order -------------------------------------------------------------------------------------

    def order(self, one: Sequence[Node], other: Sequence[Node]) -> None:
        """Values of one width that both sides have, each at the other's place."""
        mine, theirs = list(_named_values(one)), list(_named_values(other))
        if len(mine) != len(theirs) or self.undecided:
            return
        ours, names = {v.name for v in mine}, {v.name for v in theirs}
        for a, b in zip(mine, theirs, strict=True):
            parts = _parts_of(a, mine)
            if a.shift != b.shift and parts is not None and parts == _parts_of(b, theirs):
                self._note_difference(DifferenceKind.ORDER, a, b)
            crossed = a.name != b.name and a.name in names and b.name in ours
            if crossed and _is_once(a.name, mine, theirs) and _is_once(b.name, mine, theirs):
                self._note_difference(DifferenceKind.ORDER, a, b)


def _parts_of(value: Value, side: list[Value]) -> list[int] | None:
    """The parts that an object travels in; None where it is whole."""
    found = sorted(v.shift for v in side if v.name == value.name)
    return found if len(found) > 1 else None


def _is_once(name: str, *sides: list[Value]) -> bool:
    return all(sum(v.name == name for v in side) == 1 for side in sides)


def _named_values(nodes: Sequence[Node]) -> Iterator[Value]:
    """The values of a model in their order."""
    for node in nodes:
        if isinstance(node, Value):
            yield node
        elif isinstance(node, Loop):
            yield from _named_values((*node.head, *node.body))
        elif isinstance(node, Branch):
            yield from _named_values((*node.then, *node.otherwise))


def _only_skips_none(branch: Branch, fits: Sequence[bool]) -> bool:
    """Whether a condition guards loops that are empty where it does not hold."""
    (then, otherwise) = (branch.then, branch.otherwise)
    guarded = then if fits[0] else otherwise
    if not all(isinstance(n, Loop | Buffer) for n in guarded) or (otherwise if fits[0] else then):
        return False
    names = {
        leaf.name for leaf in list_leaves(branch.condition) if isinstance(leaf, Earlier | Fact)
    }
    bounds = [
        n.count if isinstance(n, Loop) else n.size
        for n in guarded[:1] if isinstance(n, Loop | Buffer)
    ]  # fmt: skip
    return any(
        isinstance(leaf, Earlier | Fact) and leaf.name in names
        for bound in bounds if bound is not None for leaf in list_leaves(bound)
    )  # fmt: skip


def _decides_wire(condition: Expression) -> bool:
    """Whether a condition is one of the stream or the device, and not of the build or unknown."""
    return not any(
        isinstance(leaf, Configured | Unread) or (isinstance(leaf, Fact) and "(" in leaf.name)
        for leaf in list_leaves(condition)
    )


def _is_global(call: Call) -> bool:
    """Whether a call names a table by its own symbol."""
    return bool(call.symbol) and call.symbol.isidentifier()
