# SPDX-License-Identifier: GPL-2.0-or-later
"""A VMStateInfo that moves several members of a struct becomes a table, and its uses name that.

    VMSTATE_ARRAY(slb, ..., vmstate_info_slbe, ppc_slb_t)
    -> VMSTATE_STRUCT_ARRAY(slb, ..., vmstate_slbe, ppc_slb_t)

Not one that moves a plain value, which is what a table has an info for, nor one that is named elsewhere
than in the macros of fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..c.lexical import mask_opaque
from ..files.edit import Edit
from ..files.source import SourceFile
from ..rules.ruleset import Rules
from ..schema.model import Description, Field
from .era import Era
from .proof import DiffersError, UnprovedError, is_same_wire
from .registrations import FunctionCall, calls_of
from .steps import NoTableError


@dataclass(frozen=True)
class InfoDefinition:
    """Where a VMStateInfo is defined, from the line's start to behind its end, and its `.name`."""

    start: int
    end: int
    name: str


def definition_of(source: SourceFile, symbol: str, offset: int) -> InfoDefinition:
    """The definition of an info in a file. Raises NoTableError at `offset` where it is not plain."""
    pattern = rb"^(?:static +)?const +VMStateInfo +" + symbol.encode() + rb" *= *\{([^{}]*)\};\n"
    found = list(re.finditer(pattern, source.data, re.MULTILINE))
    name = re.search(rb'\.name\s*=\s*"([^"\\]*)"', found[0][1]) if len(found) == 1 else None
    if name is None:
        raise NoTableError("table-unread", f"{symbol} is not defined in a plain way", offset)
    return InfoDefinition(found[0].start(), found[0].end(), name[1].decode("latin-1"))


def table_name(data: bytes, symbol: str) -> str:
    """The name of the table: that of the info without "info", or the same."""
    plain = re.sub(r"_info(?=_|$)", "", symbol)
    taken = re.search(rb"\b" + plain.encode() + rb"\b", data) is not None
    return symbol if taken or plain == symbol else plain


def use_edits(
    source: SourceFile,
    symbol: str,
    table: str,
    state: str,
    where: InfoDefinition,
    era: Era,
    rules: Rules,
) -> Iterator[Edit]:
    """The macros of the fields with a table in place of an info. Raises NoTableError for other uses."""
    masked = mask_opaque(source.data)
    uses = [m.start() for m in re.finditer(rb"\b" + symbol.encode() + rb"\b", masked)]
    uses = [at for at in uses if not where.start <= at < where.end]
    for rule in rules.struct_macros:
        for call in calls_of(source.data, masked, rule.name):
            inside = [at for at in uses if call.start <= at < call.end]
            if not inside:
                continue
            _check_use(call, symbol, state, rule.struct, era)
            uses.remove(inside[0])
            yield Edit(call.start, call.start + len(rule.name), rule.struct.encode())
            yield Edit(inside[0], inside[0] + len(symbol), table.encode())
    if uses:
        raise NoTableError("table-other-place", f"{symbol} is named in another way", uses[0])


def _check_use(call: FunctionCall, symbol: str, state: str, struct: str, era: Era) -> None:
    if call.arguments[-2:-1] != (symbol,) or call.arguments.count(symbol) != 1:
        raise NoTableError("table-other-place", f"{symbol} is named in another way", call.start)
    if call.arguments[-1] != state:
        message = f"{symbol} is for a {call.arguments[-1]} here, and its functions take a {state}"
        raise NoTableError("table-differs", message, call.start)
    if not era.has(struct, len(call.arguments)):
        raise NoTableError("table-no-macro", f"this tree has no {struct}()", call.start)


def check_users(
    before: Sequence[Description], after: Sequence[Description], info: str, table: str
) -> None:
    """Raise UnprovedError where the file's other tables are not the same but for their use of one
    info, in whose place they name its table."""
    known = {d.symbol: d for d in after}
    changed = 0
    for old in before:
        new = known.get(old.symbol)
        if new is None or len(new.fields) != len(old.fields):
            raise UnprovedError(f"the table {old.symbol} is another in the new text")
        fields = []
        for one, other in zip(old.fields, new.fields, strict=True):
            uses = one.info == info
            changed += uses
            fields.append(_as_before(one, other, table) if uses else _moved(one, other))
        if replace(new, fields=tuple(fields), place=old.place) != old:
            raise DiffersError(f"the table {old.symbol} is another in the new text")
    if not changed:
        raise UnprovedError(f"no table that uses {info} is understood")


def _moved(old: Field, new: Field) -> Field:
    """The new field with the old one's places, if it puts the same on the wire."""
    versions = range(max(old.version_id, new.version_id) + 1)
    same = all(is_same_wire(old.contents, new.contents, v) for v in versions)
    return replace(new, place=old.place, contents=old.contents if same else new.contents)


def _as_before(old: Field, new: Field, table: str) -> Field:
    """The new field with what may be new as it was. Raises DiffersError where it names another table."""
    plain = {"VMS_SINGLE", "VMS_STRUCT"}
    if new.description != table or new.info or set(new.flags) - plain != set(old.flags) - plain:
        raise DiffersError(f"the field `{old.name}` does not name {table} alone")
    return replace(
        new, contents=old.contents, info=old.info, description="", flags=old.flags, place=old.place,
        type=old.type,
    )  # fmt: skip
