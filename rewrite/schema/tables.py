# SPDX-License-Identifier: GPL-2.0-or-later
"""The VMStateDescriptions of one file, read by expanding the tree's own macros as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from ..c.expand import Lexeme, close_of, lex_text, spell_tokens, split_tokens
from ..c.headers import Header
from ..c.initialisers import (
    Definition,
    InitialiserEntry,
    array_named,
    definitions_in,
    definitions_of,
    find_referred,
    read_entries,
    strip_braces,
)
from ..errors import ExpansionError, UnknownTypeError
from .model import Description, Field, Opaque, Place
from .tables_alternatives import merge_alternatives, put_under
from .tables_fields import Context, FieldReader, text_of
from .tables_types import TableTypes, TypeReader

DESCRIPTION, FIELD = "VMStateDescription", "VMStateField"

_CALL = re.compile(rb"^([A-Za-z_]\w*)[ \t]*\(", re.MULTILINE)


class TableReader:
    """Reads the descriptions of one file."""

    def __init__(self, context: Context, types: TypeReader | None = None) -> None:
        """`context` says which file; `types` looks at the types of members, where that is wanted."""
        self._context = context
        self._view = context.view
        self._types = types
        self.types: list[TableTypes] = []

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """The definitions in the order of the text, those that a macro makes among them."""
        found = [*definitions_of(self._view.header, DESCRIPTION), *self._made_by_macros()]
        found = [d for d in found if d.body]  # an empty one is a stub for builds without the device
        found = [replace(d, body=self._with_includes(d.body, d.offset, d.end)) for d in found]
        return tuple(sorted(found, key=lambda d: d.offset))

    def _with_includes(self, body: Sequence[Lexeme], start: int, end: int) -> tuple[Lexeme, ...]:
        """The body with the text of what it includes, such as a list of calls of a macro.

        A file that is not found leaves its name behind, which is then no initialiser of anything.
        """
        made = list(body)
        for offset, name in reversed(list(self._view.includes(start, end))):
            text = self._view.included_text(name)
            tokens = lex_text(text if text is not None else f'#include "{name}"')
            at = next((i for i, t in enumerate(made) if t.offset > offset), len(made))
            made[at:at] = [Lexeme(t.text, t.space, offset) for t in tokens]
        return tuple(made)

    def _made_by_macros(self) -> Iterator[Definition]:
        """`DEFINE_TABLE(name, ...)` at file level, where the macro's body defines one."""
        header = self._view.header
        names = frozenset[str]().union(*map(list_describing_macros, self._view.scope.closure))
        for match in _CALL.finditer(header.code) if names else ():
            if match.group(1).decode("latin-1") not in names:
                continue
            start = match.start()
            tokens = lex_text(header.code[start : start + 20_000].decode("latin-1"), start)
            try:
                call = tokens[: close_of(tokens, 1) + 1]
                expanded = self._view.expander(start).expand(call)
                placed = [token._replace(offset=start) for token in expanded]
                yield from definitions_in(placed, DESCRIPTION)
            except ExpansionError:
                continue

    def read(self) -> Iterator[Description]:
        """Every description; those that no build compiles are left out."""
        for definition in self.definitions:
            if self._view.open_condition(definition.offset) is None:
                continue
            if not definition.array:
                yield self._read_one(definition.symbol, definition, definition.body)
                continue
            number = 0
            for entry in read_entries(definition.body):
                inner = self._list_of(entry.value)
                index = entry.designator.strip("[]") or str(number)
                number = int(index) + 1 if index.isdigit() else number + 1
                if inner is not None:
                    yield self._read_one(f"{definition.symbol}[{index}]", definition, inner)

    def _read_one(self, symbol: str, definition: Definition, body: Sequence[Lexeme]) -> Description:
        place = self._view.place(body[0].offset if definition.array and body else definition.offset)
        try:
            return self._read_description(symbol, place, body)
        except (ExpansionError, RecursionError) as error:
            return Description(symbol, symbol, place, 0, 0, opaque=str(error))

    def _read_description(self, symbol: str, place: Place, body: Sequence[Lexeme]) -> Description:
        wrong: list[str] = []
        members = self._read_members(body, wrong)
        if self._view.is_changed(symbol.partition("[")[0]):
            wrong.append("the file's code changes it")
        version = self._member_number(members, "version_id", wrong)
        minimum = self._member_number(members, "minimum_version_id", wrong)
        reader = FieldReader(self._context, minimum)
        fields = self._read_fields(members["fields"], reader, wrong) if "fields" in members else ()
        if self._types is not None:
            self.types.append(self._types.find_faults(symbol, reader.entries))
        subsections = (
            self._read_subsections(members["subsections"], wrong)
            if ("subsections" in members)
            else ()
        )
        return Description(
            name=self._member_text(members, "name") or symbol,
            symbol=symbol,
            place=place,
            version_id=version,
            minimum_version_id=minimum,
            fields=fields,
            subsections=subsections,
            needed=self._member_name(members, "needed"),
            unmigratable=self._member_name(members, "unmigratable") not in ("", "0", "false"),
            opaque="; ".join(wrong),
        )

    def _read_members(
        self, body: Sequence[Lexeme], wrong: list[str]
    ) -> dict[str, InitialiserEntry]:
        """The members by name, of several the last (C99 6.7.8 19); those under an #if that never
        holds are left out."""
        members: dict[str, InitialiserEntry] = {}
        under_if: dict[str, str] = {}
        for entry in read_entries(body):
            name, condition = entry.designator, self._view.open_condition(entry.offset)
            if condition is None or not name:
                continue
            other = members.get(name, entry)
            if spell_tokens(other.value) != spell_tokens(entry.value) and (
                condition or under_if[name]
            ):
                wrong.append(f"its {name} depends on `{condition or under_if[name]}`")
            members[name], under_if[name] = entry, condition
        return members

    def _member_text(self, members: dict[str, InitialiserEntry], name: str) -> str:
        if name not in members:
            return ""
        value = members[name].value
        return text_of(self._view.expander(members[name].offset).expand(value))

    def _member_name(self, members: dict[str, InitialiserEntry], name: str) -> str:
        text = spell_tokens(members[name].value) if name in members else ""
        return "" if text == "NULL" else text

    def _member_number(
        self, members: dict[str, InitialiserEntry], name: str, wrong: list[str]
    ) -> int:
        if name not in members:
            return 0
        value = members[name].value
        try:
            found = self._view.alternatives(value, self._view.fold)
        except UnknownTypeError as error:
            wrong.append(f"its {name} `{spell_tokens(value)}` is not known: {error}")
            return 0
        if len(found) > 1:
            wrong.append(f"its {name} `{spell_tokens(value)}` depends on `{found[0].condition}`")
        return found[0].made

    # Fields.

    def _read_fields(
        self, entry: InitialiserEntry, reader: FieldReader, wrong: list[str]
    ) -> tuple[Field, ...]:
        body = self._list_of(entry.value)
        array = find_referred(entry.value)
        if array and self._view.is_changed(array):
            wrong.append(f"the file's code changes its fields `{spell_tokens(entry.value)}`")
        if body is None:
            wrong.append(f"its fields `{spell_tokens(entry.value)}` are not found")
            return ()
        made: list[Field] = []
        for part in split_tokens(body):
            if part:
                found, ended = self._read_element(reader, part)
                reader.remember(found)
                made += found
                if ended:
                    break
        return tuple(made)

    def _list_of(self, value: Sequence[Lexeme]) -> tuple[Lexeme, ...] | None:
        """What is in the braces of a list, also where it is an array by its name or a macro."""
        found = strip_braces(value)
        if found is not None:
            return found
        expanded = self._view.expander(value[0].offset if value else 0).expand(value)
        found = strip_braces(expanded)
        if found is not None:
            return found
        name = find_referred(expanded)
        for header in self._view.scope.closure if name else ():
            definition = array_named(header, name) if name.encode() in header.data else None
            if definition is not None and header is self._view.header:
                return definition.body
        return None

    def _read_element(
        self, reader: FieldReader, part: Sequence[Lexeme]
    ) -> tuple[list[Field], bool]:
        """The fields that one element of the list is, and whether it ends the list."""
        offset = part[0].offset
        condition = self._view.open_condition(offset)
        if condition is None:
            return [], False
        place = self._view.place(offset)
        if self._view.is_chosen_inside(offset, part[-1].offset):
            return [_opaque_field(part, "an #if chooses a part of it", place)], False
        try:
            found = self._view.alternatives(
                part, lambda expanded: self._read_expanded(reader, expanded, place)
            )
        except ExpansionError as error:
            return [_opaque_field(part, str(error), place)], False
        fields = merge_alternatives(found, self._context.rules.target_widths)
        ended = any(None in alternative.made for alternative in found)
        return [put_under(f, condition) for f in fields], ended

    def _read_expanded(
        self, reader: FieldReader, expanded: Sequence[Lexeme], place: Place
    ) -> tuple[Field | None, ...]:
        made: list[Field | None] = []
        for item in split_tokens(expanded):
            inner = strip_braces(item)
            if inner is not None:
                made.append(reader.read(inner, place))
                if made[-1] is None:
                    break
            elif item:
                made.append(_opaque_field(item, "it is no initialiser of a field", place))
        return tuple(made)

    # Subsections.

    def _read_subsections(self, entry: InitialiserEntry, wrong: list[str]) -> tuple[str, ...]:
        """Pointers to descriptions, or (until 2.3) structs of one and its `needed`."""
        if spell_tokens(entry.value) == "NULL":
            return ()
        body = self._list_of(entry.value)
        if body is None:
            wrong.append(f"its subsections `{spell_tokens(entry.value)}` are not found")
            return ()
        made: list[str] = []
        for part in split_tokens(body):
            if not part or self._view.open_condition(part[0].offset) is None:
                continue
            expanded = self._view.expander(part[0].offset).expand(part)
            inner = strip_braces(expanded)
            symbol = find_referred(expanded if inner is None else _table_of(inner))
            if symbol:
                made.append(symbol)
            elif inner is None and spell_tokens(expanded) not in ("NULL", "0"):
                wrong.append(f"its subsection `{spell_tokens(part)}` is not known")
        return tuple(made)


def _table_of(body: Sequence[Lexeme]) -> Sequence[Lexeme]:
    """The table of a VMStateSubsection."""
    entries = read_entries(body)
    for entry in entries:
        if entry.designator == "vmsd" or (entry.designator == "" and entry is entries[0]):
            return entry.value
    return ()


@lru_cache(maxsize=4096)
def list_describing_macros(header: Header) -> frozenset[str]:
    """The macros of a header whose body defines a description."""
    if DESCRIPTION.encode() not in header.data:
        return frozenset()
    return frozenset(
        name
        for name, macros in header.macros.items()
        if any(DESCRIPTION in m.body and "{" in m.body for m in macros)
    )


def _opaque_field(tokens: Sequence[Lexeme], reason: str, place: Place) -> Field:
    text = spell_tokens(tokens)
    return Field(text, (Opaque(text, reason),), place=place)
