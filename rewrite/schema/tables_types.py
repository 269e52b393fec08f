# SPDX-License-Identifier: GPL-2.0-or-later
"""A table's entries against the declared types of the members that they name.

Most macros let the compiler check the type, but those of structs and of arrays behind pointers check
little or nothing: an array macro on a pointer saves the pointer and what is behind it, and a table of
another struct reads that one's offsets in this one. What can't be resolved is never told.

    VMSTATE_ARRAY(levels, LampState, 4, info, uint8_t)      `uint8_t *levels`: a pointer, no array
    VMSTATE_STRUCT(bulb, LampState, vmstate_fuse, Bulb)     whose offsets are those of a Fuse
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..c.declarations import Array, Base, CType, Name, Pointer, Tag, read_type
from ..c.expand import Lexeme, spell_tokens
from ..c.layout import Placed
from ..c.scope import element_type
from ..c.spelling import describe_type
from ..errors import ExpansionError, UnknownTypeError
from .expression import Constant
from .model import Field, Place
from .tables_view import TableFile

_COUNTED = frozenset(
    ("VMS_VARRAY_INT32", "VMS_VARRAY_UINT32", "VMS_VARRAY_UINT16", "VMS_VARRAY_UINT8")
)
_MEMORY = _COUNTED | {"VMS_ARRAY", "VMS_BUFFER"}
"""The flags of what lies one after the other in memory."""

_MOST_NESTED = 8


@dataclass(frozen=True)
class TypeFault:
    """An entry that does not fit its member: where, of which table, and what is wrong."""

    place: Place
    symbol: str
    text: str


@dataclass(frozen=True)
class StructUse:
    """An entry that saves a struct by the table `symbol`.

    `structs` are the struct that the member is, its first member if that is one, and so on: a table
    of any of them has the right offsets.
    """

    place: Place
    name: str
    symbol: str
    structs: tuple[str, ...]


@dataclass(frozen=True)
class TableTypes:
    """What the entries of one table say of types: the structs whose offsets they have, where they
    save structs by other tables, and what is wrong."""

    symbol: str
    records: frozenset[str] = frozenset()
    uses: tuple[StructUse, ...] = ()
    faults: tuple[TypeFault, ...] = ()


@dataclass(frozen=True)
class TypedEntry:
    """One entry as it was read: the field, the C text of the struct of its offset, whether the path
    there ends with an index, the member that is there, the C text of the size of one element, and
    whether its bytes are saved as they are: what functions of one's own make of a pointer, who knows.
    """

    field: Field
    record: str
    indexed: bool
    declared: Placed
    size: tuple[Lexeme, ...]
    plain: bool


class TypeReader:
    """Looks at the entries of the tables of one file."""

    def __init__(self, view: TableFile) -> None:
        """`view` resolves the types that the file sees."""
        self._view = view

    def find_faults(self, symbol: str, entries: Sequence[TypedEntry]) -> TableTypes:
        """What the entries of one table say."""
        types = [read_type(text) for text in dict.fromkeys(e.record for e in entries)]
        records = frozenset(
            name for ctype in types if ctype is not None for name in self._struct_names(ctype)[:1]
        )
        faults = tuple(
            TypeFault(e.field.place, symbol, text)
            for e in entries
            if e.field.place is not None and (text := self._find_wrong(e))
        )
        return TableTypes(symbol, records, tuple(self._struct_uses(entries)), faults)

    def _struct_uses(self, entries: Sequence[TypedEntry]) -> Iterator[StructUse]:
        for entry in entries:
            field = entry.field
            if field.place is None or not field.description or "VMS_STRUCT" not in field.flags:
                continue
            structs = self._struct_names(self._element_type(entry))
            if structs:
                yield StructUse(field.place, field.name, field.description, structs)

    def _find_wrong(self, entry: TypedEntry) -> str:
        """What of an entry is wrong by its own flags and sizes, empty for nothing."""
        flags = frozenset(entry.field.flags)
        try:
            whole = self._view.scope.find_canonical(entry.declared.type).type
        except UnknownTypeError:
            return ""
        name = f"`{entry.field.name}` is declared as {describe_type(entry.declared.type)}"
        points = isinstance(whole, Pointer)
        if "VMS_POINTER" in flags:
            certain = isinstance(whole, Array | Base | Tag) or self._is_number(whole)
            return f"a pointer, but {name}" if certain else ""
        if points and flags & _MEMORY:
            pointers = "VMS_ARRAY_OF_POINTER" in flags and entry.indexed
            fits = pointers or (flags.isdisjoint(_COUNTED | {"VMS_ARRAY"}) and not entry.plain)
            return "" if fits else f"an array, but {name}, which points elsewhere"
        if points and "VMS_STRUCT" in flags and not _is_pointer(entry.size):
            return f"a struct, but {name}, which points to one"
        if isinstance(whole, Array) and not entry.indexed:
            return self._find_overrun(entry, whole, name)
        return ""

    def _is_number(self, ctype: CType) -> bool:
        return isinstance(ctype, Name) and self._view.scope.find_exact(ctype) is not None

    def _find_overrun(self, entry: TypedEntry, whole: Array, name: str) -> str:
        """Whether more is saved than the array has."""
        count = entry.field.count
        if not entry.size or not isinstance(count, Constant):
            return ""
        try:
            bytes_ = self._view.fold(entry.size) * count.value
            has = self._view.folder.layout.size_of(whole)
        except (UnknownTypeError, ExpansionError):
            return ""
        if "VMS_ARRAY_OF_POINTER" in entry.field.flags or not has or bytes_ <= has:
            return ""
        return f"{bytes_} bytes, but {name}, which has {has}"

    def _element_type(self, entry: TypedEntry) -> CType:
        """The type of what one element saves: through arrays, and the pointers that the flags say."""
        flags = entry.field.flags
        ctype = entry.declared.type
        steps = ("VMS_POINTER" in flags) + ("VMS_ARRAY_OF_POINTER" in flags)
        try:
            while True:
                end = self._view.scope.find_canonical(ctype).type
                if isinstance(end, Pointer) and steps:
                    steps -= 1
                elif not isinstance(end, Array):
                    return ctype
                ctype = element_type(end)
        except UnknownTypeError:
            return ctype

    def _struct_names(self, ctype: CType) -> tuple[str, ...]:
        """The names of a struct, of its first member and so on; none for what is no known struct."""
        found: list[str] = []
        for _ in range(_MOST_NESTED):
            try:
                known = self._view.scope.find_canonical(ctype)
            except UnknownTypeError:
                break
            if not isinstance(known.type, Tag) or known.type.kind != "struct":
                break
            name = known.type.tag or (known.names[-1] if known.names else "")
            if not name:
                break
            found.append(name)
            first = self._first_member(known.type)
            if first is None:
                break
            ctype = first
        return tuple(found)

    def _first_member(self, struct: Tag) -> CType | None:
        bodies = [struct] if struct.members is not None else []
        if not bodies and struct.tag is not None:
            found = self._view.scope.find_tags(struct.tag)
            bodies = [t for _, t in found if isinstance(t, Tag)]
        if len(bodies) != 1 or not bodies[0].members:
            return None
        return bodies[0].members[0].type


def _is_pointer(size: Sequence[Lexeme]) -> bool:
    """Whether a size is that of a pointer's type by its own text: the table means the pointer."""
    text = spell_tokens(size).strip("() ").removeprefix("sizeof").strip("() ")
    return isinstance(read_type(text), Pointer)


def misused_tables(
    tables: Sequence[TableTypes], known: Mapping[str, frozenset[str]]
) -> Iterator[TypeFault]:
    """The entries that save a struct by a table of another one.

    `known` gives, by the symbol of a table, the structs whose offsets it has; a table that has those
    of several, or of none, says nothing.
    """
    for table in tables:
        for use in table.uses:
            records = known.get(use.symbol, frozenset())
            if len(records) == 1 and not records & set(use.structs):
                (record,) = records
                symbol = re.sub(r"[@#].*", "", use.symbol)
                yield TypeFault(
                    use.place,
                    table.symbol,
                    f"`{use.name}` is a {use.structs[0]}, but {symbol} is a table of {record}",
                )
