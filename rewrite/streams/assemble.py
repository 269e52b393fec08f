# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole stream out of the JSON that `document` makes of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import StateError
from ..printable import quoted
from .data import Data
from .encode import encode_values
from .framing import MAGIC, VERSIONS, Mark, make_footer
from .models import Models
from .questions import facts_of_section

_MARKS = {"start": Mark.SECTION_START, "part": Mark.SECTION_PART, "end": Mark.SECTION_END}
_COPIED = 1 << 20


@dataclass(frozen=True)
class Sources:
    """What a state becomes a stream by: the schema, and the stream that it was read from, if it is there."""

    models: Models
    stream: Data | None = None
    described: bool = False
    """Whether the schema is the stream's own description, whose sections are named with instances."""


_KINDS = {
    str: "a text",
    int: "a whole number",
    list: "a list",
    dict: "an object",
    bool: "true or false",
}


def get_member(of: Any, key: str, kind: type, where: str) -> Any:
    """A member of an object of a state; raises StateError where it is missing or of another kind."""
    value = of.get(key) if isinstance(of, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise StateError(where, f"expected {quoted(key)}: {_KINDS[kind]}")
    return value


def _number_bytes(of: Any, key: str, size: int, where: str) -> bytes:
    value = get_member(of, key, int, where)
    if not 0 <= value < 1 << 8 * size:
        raise StateError(where, f"{quoted(key)} does not fit into {size} bytes")
    return bytes(value.to_bytes(size, "big"))


def _hex_bytes(of: Any, key: str, where: str) -> bytes:
    try:
        return bytes.fromhex(get_member(of, key, str, where))
    except ValueError as error:
        raise StateError(where, f"{quoted(key)} is no hex") from error


def _counted_bytes(of: Any, key: str, where: str) -> bytes:
    spelled = get_member(of, key, str, where).encode("utf-8", "surrogateescape")
    if len(spelled) > 255:
        raise StateError(where, f"{quoted(key)} is longer than 255 bytes")
    return bytes([len(spelled)]) + bytes(spelled)


def assemble_stream(state: Any, sources: Sources) -> Iterator[bytes]:
    """The bytes of the stream, piece by piece; raises StateError."""
    version = get_member(state, "version", int, "the state")
    if version not in VERSIONS:
        raise StateError("the state", f"streams of version {version} are not known")
    yield MAGIC + version.to_bytes(4, "big")
    facts = {
        k: v for k, v in get_member(state, "facts", dict, "the state").items() if isinstance(v, int)
    }
    parts = get_member(state, "parts", list, "the state")
    if version == 2:
        yield from _record_bytes_of_all(parts, facts, sources)
        return
    for index, part in enumerate(parts):
        where = f"parts[{index}]"
        kind = get_member(part, "kind", str, where)
        if kind not in _PARTS:
            raise StateError(where, f"no part of a stream is a {quoted(kind)}")
        yield from _PARTS[kind](part, where, facts, sources)


Facts = Mapping[str, int]


def _record_bytes_of_all(parts: list[Any], facts: Facts, sources: Sources) -> Iterator[bytes]:
    """The records of version 2, behind the length of them all."""
    pieces = []
    for index, part in enumerate(parts):
        where = f"parts[{index}]"
        gap = get_member(part, "kind", str, where) == "gap"
        copied = _copy_bytes(part, "start", where, sources) if gap else ()
        pieces.append(b"".join(copied) if gap else _record_bytes(part, where, facts, sources))
    yield sum(map(len, pieces)).to_bytes(8, "big")
    yield from pieces


def _record_bytes(part: Any, where: str, facts: Facts, sources: Sources) -> bytes:
    """A record of version 2: its length stands before its contents."""
    contents = section_contents(part, where, facts, sources)
    head = _counted_bytes(part, "idstr", where)
    numbers = (_number_bytes(part, key, 4, where) for key in ("instance_id", "version_id"))
    return head + b"".join(numbers) + len(contents).to_bytes(4, "big") + contents


def _head_bytes(part: Any, where: str) -> bytes:
    mark = _MARKS.get(get_member(part, "mark", str, where), Mark.SECTION_FULL)
    head = bytes([mark]) + _number_bytes(part, "section_id", 4, where)
    if mark in (Mark.SECTION_PART, Mark.SECTION_END):
        return head
    rest = (_number_bytes(part, key, 4, where) for key in ("instance_id", "version_id"))
    return head + _counted_bytes(part, "idstr", where) + b"".join(rest)


def _foot_bytes(part: Any, where: str) -> bytes:
    return make_footer(get_member(part, "section_id", int, where)) if part.get("footer") else b""


def section_contents(part: Any, where: str, facts: Facts, sources: Sources) -> bytes:
    """The contents of a section: its values, or its bytes where they could not be told apart."""
    if not part.get("settled"):
        return _hex_bytes(part, "bytes", where)
    idstr, version = (
        get_member(part, "idstr", str, where),
        get_member(part, "version_id", int, where),
    )
    name = f"{idstr} {get_member(part, 'instance_id', int, where)}" if sources.described else idstr
    found = sources.models.of_section(name)
    meant = [m for m in found if m.where == part.get("model")] or list(found)
    if not meant:
        raise StateError(where, f"the schema has no section {quoted(idstr)}")
    own = get_member(part, "facts", dict, where)
    known = facts_of_section(
        facts, idstr, get_member(part, "instance_id", int, where), str(part.get("name", ""))
    )
    known |= {key: value for key, value in own.items() if isinstance(value, int)}
    try:
        sent = encode_values(sources.models, meant[0], part.get("values"), version, known)
    except StateError as error:
        raise StateError(f"{where} ({idstr})", str(error)) from error
    if sent.unsent:
        raise StateError(f"{where} ({idstr})", f"the schema has no {quoted(sent.unsent[0])}")
    return sent.contents


def _section_bytes(part: Any, where: str, facts: Facts, sources: Sources) -> Iterator[bytes]:
    yield (
        _head_bytes(part, where)
        + section_contents(part, where, facts, sources)
        + _foot_bytes(part, where)
    )


def _pages_bytes(part: Any, where: str, _facts: Facts, sources: Sources) -> Iterator[bytes]:
    yield _head_bytes(part, where)
    yield from _copy_bytes(part, "body", where, sources)
    yield _foot_bytes(part, where)


def _copy_bytes(part: Any, first: str, where: str, sources: Sources) -> Iterator[bytes]:
    """Bytes that a state does not hold, out of the stream that it was read from."""
    start, end = get_member(part, first, int, where), get_member(part, "end", int, where)
    if sources.stream is None:
        raise StateError(where, "its bytes are not in the state: name the stream with --from")
    if not 0 <= start <= end <= len(sources.stream):
        raise StateError(where, "its bytes are not in the stream that --from names")
    for at in range(start, end, _COPIED):
        yield bytes(sources.stream[at : min(end, at + _COPIED)])


def _gap_bytes(part: Any, where: str, _facts: Facts, sources: Sources) -> Iterator[bytes]:
    yield from _copy_bytes(part, "start", where, sources)


def _description_bytes(part: Any, where: str, _facts: Facts, sources: Sources) -> Iterator[bytes]:
    """The description at the end, which is left out where there is no stream to copy it from."""
    if sources.stream is not None:
        yield from _copy_bytes(part, "start", where, sources)


def _configuration_bytes(
    part: Any, where: str, _facts: Facts, _sources: Sources
) -> Iterator[bytes]:
    machine = get_member(part, "machine", str, where).encode("utf-8", "surrogateescape")
    yield bytes([Mark.CONFIGURATION]) + len(machine).to_bytes(4, "big") + machine
    if part.get("page_bits") is not None:
        yield _subsection_bytes("configuration/target-page-bits") + _number_bytes(
            part, "page_bits", 4, where
        )
    names = part.get("capabilities") or []
    if names:
        yield _subsection_bytes("configuration/capabilities") + len(names).to_bytes(4, "big")
        for name in names:
            yield _counted_bytes({"name": name}, "name", where)
    if part.get("uuid"):
        yield _subsection_bytes("configuration/uuid") + _hex_bytes(part, "uuid", where)


def _subsection_bytes(name: str) -> bytes:
    """How a subsection of version 1 begins."""
    return bytes([Mark.SUBSECTION, len(name)]) + name.encode() + (1).to_bytes(4, "big")


def _command_bytes(part: Any, where: str, _facts: Facts, _sources: Sources) -> Iterator[bytes]:
    data = _hex_bytes(part, "data", where)
    length = len(data).to_bytes(2, "big")
    yield bytes([Mark.COMMAND]) + _number_bytes(part, "number", 2, where) + length + data


def _end_bytes(_part: Any, _where: str, _facts: Facts, _sources: Sources) -> Iterator[bytes]:
    yield bytes([Mark.EOF])


_PARTS: dict[str, Callable[[Any, str, Facts, Sources], Iterator[bytes]]] = {
    "section": _section_bytes,
    "pages": _pages_bytes,
    "gap": _gap_bytes,
    "description": _description_bytes,
    "configuration": _configuration_bytes,
    "command": _command_bytes,
    "end": _end_bytes,
}
