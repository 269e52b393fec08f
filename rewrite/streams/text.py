# SPDX-License-Identifier: GPL-2.0-or-later
"""A decoded stream as a person reads it: a line for each value, arrays and repetition folded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from .data import Data
from .events import Copied, Holds, Leaf, Read
from .framing import StreamCommand, StreamConfiguration
from .parts import DescriptionPart, EndPart, GapPart, PagesPart, Part, SectionPart, Stream
from .tree import Group, Item, grow_tree, join_path, simplest_of
from .values import leaf_json, read_numbers

_RUNS = 8
"""As many different values of an array are shown, then how many more there are."""

_BYTES = 32
"""As many bytes of a buffer are shown."""


def stream_text(data: Data, stream: Stream) -> Iterator[str]:
    """All lines of a stream."""
    footers = {True: "with footers", False: "without footers", None: "no section"}
    yield f"stream of version {stream.version}, {stream.size} bytes, {footers[stream.footers]}"
    for part in stream.parts:
        yield from part_text(data, part)


def part_text(data: Data, part: Part) -> Iterator[str]:
    """The lines of one part."""
    yield from _PARTS[type(part)](data, part)


def _section_lines(data: Data, part: SectionPart) -> Iterator[str]:
    head, read = part.head, part.reading
    size = part.end - head.body
    yield (
        f"{head.start:08x} {head.idstr} {head.instance_id}: version {head.version_id}, {size} bytes"
        f"{'' if read.settled else ' (not settled: ' + read.reason + ')'}"
    )
    for key, value in read.facts.items():
        yield f"         taken for granted: {key} = {value}"
    yield from _group_lines(data, grow_tree(read.events), "")


def _group_lines(data: Data, group: Group, above: str) -> Iterator[str]:
    if group.holds is Holds.ELEMENTS:
        yield from _element_lines(data, group, above)
        return
    for item in group.children:
        yield from _item_lines(data, item, above)


def _item_lines(data: Data, item: Item, above: str) -> Iterator[str]:
    what = simplest_of(item)
    path = join_path(above, item)
    if not isinstance(what, Group):
        yield f"{what.start:08x}   {path}{_spell_leaf(data, what)}"
        return
    if isinstance(item.what, Group) and item.what.holds is Holds.SUBSECTION:
        yield f"{what.start:08x}   subsection {item.key}, version {what.version}"
        path = above
    yield from _group_lines(data, what, path)


def _element_lines(data: Data, group: Group, path: str) -> Iterator[str]:
    """The elements of an array, equal ones that follow each other once."""
    if not group.children:
        yield f"{group.start:08x}   {path}[0]"

    def value(item: Item) -> object:
        return _plain_value(data, simplest_of(item))

    for _, same in groupby(group.children, value):
        run = list(same)
        yield from _item_lines(data, run[0], path)
        if len(run) > 1:
            first, last = run[1].key, run[-1].key
            span = f"[{first}]" if first == last else f"[{first}..{last}]"
            yield f"{run[1].what.start:08x}   {path}{span}: as [{run[0].key}]"


def _plain_value(data: Data, what: Leaf | Group) -> object:
    """What two elements have in common if they look alike."""
    if not isinstance(what, Group):
        return repr(leaf_json(data, what))
    return [(item.key, _plain_value(data, simplest_of(item))) for item in what.children]


def _spell_leaf(data: Data, leaf: Leaf) -> str:
    if isinstance(leaf, Read):
        found = read_numbers(data, leaf)
        type_ = f" {leaf.node.type}" if leaf.node.type else ""
        if leaf.count is None:
            return f"{type_} = {_spell_number(found[0])}"
        return f"[{leaf.count}]{type_} = {_spell_runs(found)}"
    size = leaf.end - leaf.start
    piece = bytes(data[leaf.start : min(leaf.end, leaf.start + _BYTES)])
    shown = piece.hex(" ") + (" ..." if size > _BYTES else "")
    if isinstance(leaf, Copied):
        if not any(data[leaf.start : leaf.end]):
            shown = "all zero"
        return f" {'padding ' if leaf.node.padding else ''}({size} bytes) = {shown}"
    return f" ({size} bytes, {leaf.reason}) = {shown}"


def _spell_number(value: int | bool | str) -> str:
    if isinstance(value, bool | str):
        return str(value).lower() if isinstance(value, bool) else value
    return str(value) if -10 < value < 10 else f"{value} (0x{value & (1 << 64) - 1:x})"


def _spell_runs(values: Sequence[int | bool | str]) -> str:
    runs = [(key, len(list(same))) for key, same in groupby(values)]
    parts = [f"{v} x {count}" if count > 1 else str(v) for v, count in runs[:_RUNS]]
    more = len(values) - sum(count for _, count in runs[:_RUNS])
    return ", ".join(parts) + (f", and {more} more" if more else "")


def _pages_lines(_data: Data, part: PagesPart) -> Iterator[str]:
    kinds = ", ".join(f"{count} {kind}" for kind, count in part.counts.items())
    size = part.end - part.head.body
    mark = part.head.mark.name.removeprefix("SECTION_").lower()
    yield (
        f"{part.start:08x} {part.head.idstr} {part.head.instance_id}: {mark}, {size} bytes skipped"
        + (f": {kinds}" if kinds else "")
    )


def _configuration_lines(_data: Data, part: StreamConfiguration) -> Iterator[str]:
    yield f"{part.start:08x} configuration: machine {part.machine}"
    if part.page_bits is not None:
        yield f"           target-page-bits = {part.page_bits}"
    if part.capabilities:
        yield f"           capabilities = {', '.join(part.capabilities)}"
    if part.uuid:
        yield f"           uuid = {part.uuid.hex()}"


def _command_lines(_data: Data, part: StreamCommand) -> Iterator[str]:
    yield f"{part.start:08x} command {part.name}: {part.data.hex(' ') or 'no data'}"


def _gap_lines(_data: Data, part: GapPart) -> Iterator[str]:
    yield f"{part.start:08x} {part.end - part.start} bytes not read: {part.reason}"


def _end_lines(_data: Data, part: EndPart) -> Iterator[str]:
    yield f"{part.start:08x} end"


def _description_lines(_data: Data, part: DescriptionPart) -> Iterator[str]:
    yield f"{part.start:08x} description of the stream, {part.end - part.start} bytes"


_PARTS: dict[type, Callable[[Data, Any], Iterator[str]]] = {
    SectionPart: _section_lines,
    PagesPart: _pages_lines,
    StreamConfiguration: _configuration_lines,
    StreamCommand: _command_lines,
    EndPart: _end_lines,
    DescriptionPart: _description_lines,
    GapPart: _gap_lines,
}
