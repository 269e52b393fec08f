# SPDX-License-Identifier: GPL-2.0-or-later
"""From matched parts to the fields of a table, in the macros that the tree has.

for (i = 0; i < 8; i++) { be32 s->tr[i] }   ->   VMSTATE_INT32_ARRAY(tr, TSC2005State, 8)
be16 s->x, an int                           ->   VMSTATE_SINGLE(x, ..., vmstate_info_int32_as_uint16)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..c.types import Resolved
from ..rules.ruleset import Primitive, Rules
from ..rules.table_rules import FieldMacro
from ..terms import BYTES_OF_WIRES, Operand
from .blocks import KeptCode
from .era import Era
from .matching import MatchedBuffer, MovedObject, Nothing, Number, Part, Rounds
from .steps import NoTableError, StateMember

_MOST_ROUNDS, _MOST_LINES = 16, 64
_TYPE = re.compile(r"(?:(?:enum|struct|union) )?[A-Za-z_]\w*(?: [A-Za-z_]\w*)*")
_FIXED = re.compile(r"u?int(?:8|16|32|64)_t|bool")


@dataclass(frozen=True)
class FieldLine:
    """A field: the macro and its arguments, and the comment that stands above it.

    Where there is no macro the arguments are members: name, version, size, info.
    """

    macro: str
    arguments: tuple[str, ...]
    comment: str = ""


@dataclass(frozen=True)
class CodeInfo:
    """A VMStateInfo whose functions are code of the handlers, on the whole state."""

    name: str
    code: KeptCode


@dataclass(frozen=True)
class OwnInfo:
    """A VMStateInfo of the file's own: objects of type `type`, put and got by these primitives."""

    name: str
    type: str
    put: Primitive
    get: Primitive

    @property
    def key(self) -> tuple[str, str, str]:
        """What two infos have in common that are the same."""
        return self.type, self.put.name, self.get.name


@dataclass(frozen=True)
class Table:
    """A description: its symbol, the struct that it describes, its fields."""

    symbol: str
    name: str
    state: str
    lines: tuple[FieldLine, ...]


@dataclass(frozen=True)
class PairTables:
    """What one pair becomes: the outer table, those of the structs in it, the infos in their order."""

    outer: Table
    inner: tuple[Table, ...]
    infos: tuple[OwnInfo | CodeInfo, ...]


class FieldWriter:
    """Writes the fields of one pair."""

    def __init__(
        self, era: Era, rules: Rules, state: str, lowest: int, offset: int, taken: bytes,
        shared: Sequence[OwnInfo],
    ) -> None:  # fmt: skip
        """`state` is the struct, `lowest` the oldest version that is read, `offset` the place for
        misfits, `taken` a text whose names are not free, `shared` are infos that the file has."""
        self._shared = {info.key: info for info in shared}
        self._lowest = lowest
        self._era = era
        self._rules = rules
        self._state = state
        self._offset = offset
        self._taken = taken
        self.infos: dict[object, OwnInfo | CodeInfo] = {}

    def write_tables(self, symbol: str, name: str, lines: Sequence[FieldLine]) -> PairTables:
        """The tables with some fields, and the infos that these name."""
        outer = Table(symbol, name, self._state, tuple(lines))
        return PairTables(outer, (), tuple(self.infos.values()))

    def restart(self) -> None:
        """Forget the infos of fields that were only tried."""
        self.infos.clear()

    def write_lines(self, part: Part) -> list[FieldLine]:
        """The fields that a part is. Raises NoTableError where the tree lacks a macro."""
        return list(self._part_lines(part))

    def code_line(self, stem: str, code: KeptCode) -> FieldLine:
        """A field on the whole state, with functions of its own that hold the handlers' code."""
        name = self._free_name(f"{stem}_{code.name}")
        self.infos[code] = CodeInfo(name, code)
        return FieldLine("", (code.name, "0", f"sizeof({self._state})", name))

    def _make_misfit(self, code: str, message: str) -> NoTableError:
        return NoTableError(code, message, self._offset)

    def _part_lines(self, part: Part) -> Iterator[FieldLine]:
        if part.since <= self._lowest:
            part = replace(part, since=0)
        match part:
            case Number():
                yield self._number_line(part)
            case Nothing():
                yield self._padding_line(part)
            case MatchedBuffer():
                yield self._buffer_line(part)
            case MovedObject():
                yield self._object_line(part)
            case Rounds():
                yield from self._rounds_lines(part)

    def _macro_line(self, name: str, arguments: Sequence[str], comment: str = "") -> FieldLine:
        if not self._era.has(name, len(arguments)):
            message = f"this tree has no {name}({', '.join('_' for _ in arguments)})"
            raise self._make_misfit("table-no-macro", message)
        return FieldLine(name, tuple(arguments), comment)

    def _versioned_line(
        self, stem: str, arguments: Sequence[str], since: int, comment: str
    ) -> FieldLine:
        """A macro, or where the field is not in every version the one that takes one."""
        if since:
            return self._macro_line(f"{stem}_V", (*arguments, str(since)), comment)
        return self._macro_line(stem, arguments, comment)

    # Numbers.

    def _exact_macro(self, member: StateMember, put: Primitive) -> FieldMacro | None:
        """The macros for just this type on this wire."""
        if member.type.qualifiers:
            text = " ".join(sorted(member.type.qualifiers))
            raise self._make_misfit("table-type", f"`{member.path}` is declared {text}")
        for rule in self._rules.field_macros:
            names = member.type.names if rule.wire.startswith("target_") else ()
            if rule.wire == put.wire and rule.c_type in (member.type.exact, *names):
                return rule
        return None

    def _number_line(self, part: Number) -> FieldLine:
        path, exact = part.member.path, self._exact_macro(part.member, part.put)
        if part.equal:
            stem = exact.stem if exact is not None else "VMSTATE_SINGLE"
            return self._versioned_line(
                f"{stem}_EQUAL", (path, self._state), part.since, part.comment
            )
        if exact is not None:
            return self._versioned_line(exact.stem, (path, self._state), part.since, part.comment)
        info = self._make_info(part.member.type, part)
        arguments = (path, self._state, str(part.since), info.name, info.type)
        return self._macro_line("VMSTATE_SINGLE", arguments, part.comment)

    def _make_info(self, resolved: Resolved, part: Number) -> OwnInfo:
        """The file's own info for a type that is not as wide as its wire, or no plain integer."""
        ctype = resolved.exact if resolved.exact is not None else resolved.spelling
        if _TYPE.fullmatch(ctype) is None:
            raise self._make_misfit("table-type", f"`{part.member.path}` is of type `{ctype}`")
        if part.put.wire not in BYTES_OF_WIRES:
            raise self._make_misfit("table-type", f"`{part.member.path}` is no target's long")
        put, get = part.put, part.get
        if (put.operand, get.operand) != (Operand.VALUE, Operand.RESULT):
            raise self._make_misfit(
                "table-type", f"`{part.member.path}` is moved through a pointer"
            )
        key = (ctype, put.name, get.name)
        found = self._shared.get(key) or self.infos.get(key)
        if not isinstance(found, OwnInfo):
            found = self.infos[key] = OwnInfo(self._info_name(ctype, put), ctype, put, get)
        return found

    def _info_name(self, ctype: str, put: Primitive) -> str:
        words = ctype.removesuffix("_t") if _FIXED.fullmatch(ctype) else ctype.rpartition(" ")[2]
        return self._free_name(f"{words}_as_{put.visit}")

    def _free_name(self, stem: str) -> str:
        """The name of an info that is free in this file, with those of its functions."""
        names = {info.name for info in self.infos.values()}
        number = 1
        name = f"vmstate_info_{stem}"
        while name in names or self._is_taken(name):
            number += 1
            name = f"vmstate_info_{stem}_{number}"
        return name

    def _is_taken(self, name: str) -> bool:
        stem = name.removeprefix("vmstate_info_")
        words = "|".join((name, f"get_{stem}", f"put_{stem}"))
        return re.search(rb"\b(?:" + words.encode() + rb")\b", self._taken) is not None

    # Others.

    def _padding_line(self, part: Nothing) -> FieldLine:
        if part.since:
            return self._macro_line(
                "VMSTATE_UNUSED_V", (str(part.since), str(part.size)), part.comment
            )
        return self._macro_line("VMSTATE_UNUSED", (str(part.size),), part.comment)

    def _buffer_line(self, part: MatchedBuffer) -> FieldLine:
        path, member = part.member.path, part.member
        length = member.length_of(path)
        if member.type.exact != "uint8_t" or length is None:
            raise self._make_misfit(
                "table-type", f"`{path}` is no array of uint8_t of known length"
            )
        if part.size == length:
            return self._versioned_line(
                "VMSTATE_BUFFER", (path, self._state), part.since, part.comment
            )
        if part.size > length:
            raise self._make_misfit(
                "table-computed", f"`{path}` has {length} bytes, {part.size} travel"
            )
        arguments = (path, self._state, str(part.size))
        return self._versioned_line("VMSTATE_PARTIAL_BUFFER", arguments, part.since, part.comment)

    def _object_line(self, part: MovedObject) -> FieldLine:
        arguments = (part.member.path, self._state)
        pointed = part.helper.macros[0]
        if part.address and not self._era.has(pointed, 2):
            message = f"`{part.member.path}` is no pointer, as the macros of this tree want one"
            raise self._make_misfit("table-no-macro", message)
        macros = part.helper.macros[1:] if part.address else part.helper.macros
        for macro in macros:
            if self._era.has(macro, 2):
                return self._versioned_line(macro, arguments, part.since, part.comment)
        raise self._make_misfit("table-no-macro", f"this tree has none of {', '.join(macros)}")

    # Arrays.

    def _rounds_lines(self, part: Rounds) -> Iterator[FieldLine]:
        if not isinstance(part.end, int):
            message = f"`{part.end_text}` says how many elements there are"
            raise self._make_misfit("table-loop", message)
        count = part.end - part.start
        if count <= 0:
            return
        array = self._array_line(part, count)
        if array is not None:
            yield array
            return
        yield from self._unrolled_lines(part, count)

    def _unrolled_lines(self, part: Rounds, count: int) -> Iterator[FieldLine]:
        """Each round by itself: `dma_regs[0]`, `dma_regs[1]`, ..., for few rounds."""
        lines: list[FieldLine] = []
        end = part.end if isinstance(part.end, int) else 0
        for index in range(part.start, min(end, part.start + _MOST_ROUNDS + 1)):
            for inner in part.body:
                made = _part_at(inner, part.variable, index)
                comment = part.comment if index == part.start else ""
                lines += self._part_lines(replace(made, comment=made.comment or comment))
        if count > _MOST_ROUNDS or len(lines) > _MOST_LINES:
            message = f"{count} rounds of values that are no array by themselves"
            raise self._make_misfit("table-loop", message)
        yield from lines

    def _array_line(self, part: Rounds, count: int) -> FieldLine | None:
        """One number of each element of an array, from the first to the last."""
        number = part.body[0]
        if len(part.body) != 1 or not isinstance(number, Number) or number.equal:
            return None
        ending = f"[{part.variable}]"
        base = number.member.path.removesuffix(ending)
        if base == number.member.path or ending in base or len(number.member.variables) != 1:
            return None
        length = number.member.length_of(base)
        if length is None:
            raise self._make_misfit("table-type", f"the length of `{base}` is not known for sure")
        comment = part.comment or number.comment
        arguments = (base, self._state, _count_text(part, count))
        exact = self._exact_macro(number.member, number.put)
        whole = (part.start, part.end) == (0, length)
        if whole and exact is not None:
            return self._versioned_line(f"{exact.stem}_ARRAY", arguments, number.since, comment)
        if whole:
            info = self._make_info(number.member.type, number)
            typed = (str(number.since), info.name, info.type)
            return self._macro_line("VMSTATE_ARRAY", (*arguments, *typed), comment)
        sub = f"{exact.stem}_SUB_ARRAY" if exact is not None else ""
        if part.end > length if isinstance(part.end, int) else True:
            raise self._make_misfit("table-loop", f"`{base}` has {length} elements only")
        if sub and self._era.has(sub, 4) and not number.since:
            part_of = (base, self._state, str(part.start), str(count))
            return self._macro_line(sub, part_of, comment)
        return None


def _count_text(part: Rounds, count: int) -> str:
    """How the source writes the number of rounds, if that is a name or a number."""
    told = part.end_text
    plain = part.start == 0 and re.fullmatch(r"\w+(?: *[-+*/] *\w+)*", told) is not None
    return told if plain else str(count)


def _part_at(part: Part, variable: str, index: int) -> Part:
    """A part with a number in place of a loop variable."""
    match part:
        case Number() | MatchedBuffer() | MovedObject():
            return replace(part, member=part.member.at(variable, index))
        case Rounds():
            return replace(
                part, body=tuple(_part_at(inner, variable, index) for inner in part.body)
            )
    return part
