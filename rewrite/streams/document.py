# SPDX-License-Identifier: GPL-2.0-or-later
"""A decoded stream as JSON, one object for each part, in its order. docs/decode.md describes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .data import Data
from .framing import Head, StreamCommand, StreamConfiguration
from .parts import (
    DescriptionPart,
    EndPart,
    GapPart,
    PagesPart,
    Part,
    SectionPart,
    Stream,
    StreamProblem,
)
from .tree import grow_tree, list_paths
from .values import tree_json

FORMAT = "rewrite state"
"""What the JSON of a stream says that it is."""


def stream_json(data: Data, stream: Stream, plain: bool = False) -> dict[str, Any]:
    """The whole stream as JSON; bytes of memory are not in it.

    `plain` leaves numbers numbers, which another schema may call otherwise.
    """
    return {
        "format": FORMAT,
        "version": stream.version,
        "size": stream.size,
        "footers": stream.footers,
        "memory": {
            "page_size": stream.page_size,
            "blocks": [{"name": name, "size": size} for name, size in stream.blocks],
        },
        "facts": stream.facts,
        "problems": [problem_json(problem) for problem in stream.problems],
        "parts": [part_json(data, part, plain) for part in stream.parts],
    }


def problem_json(problem: StreamProblem) -> dict[str, Any]:
    """Something that is wrong with a stream."""
    return {"offset": problem.offset, "where": problem.where, "message": problem.message}


def part_json(data: Data, part: Part, plain: bool = False) -> dict[str, Any]:
    """One part of a stream."""
    kind = {"kind": _KINDS[type(part)]}
    if isinstance(part, SectionPart):
        return kind | _section_document(data, part, plain)
    return kind | _PARTS[type(part)](part)


def _head_document(head: Head) -> dict[str, Any]:
    return {
        "mark": head.mark.name.removeprefix("SECTION_").lower(),
        "section_id": head.section_id,
        "idstr": head.idstr,
        "instance_id": head.instance_id,
        "version_id": head.version_id,
    }


def _section_document(data: Data, part: SectionPart, plain: bool) -> dict[str, Any]:
    read = part.reading
    tree = grow_tree(read.events)
    found = {
        **_head_document(part.head),
        "name": part.name,
        **_range_document(part),
        "body": part.head.body,
        "footer": part.footer,
        "settled": read.settled,
        "model": read.model.where if read.model is not None else "",
        "facts": dict(read.facts),
        "values": tree_json(data, tree, plain),
        "ranges": {path: [leaf.start, leaf.end] for path, leaf in list_paths(tree)},
    }
    if not read.settled:
        found["bytes"] = bytes(data[part.head.body : part.end]).hex()
        found["reason"] = read.reason
    return found


def _range_document(part: Part) -> dict[str, int]:
    return {"start": part.start, "end": part.end}


def _pages_document(part: PagesPart) -> dict[str, Any]:
    return {
        **_head_document(part.head),
        **_range_document(part),
        "body": part.head.body,
        "footer": part.footer,
        "counts": dict(part.counts),
    }


def _configuration_document(part: StreamConfiguration) -> dict[str, Any]:
    return {
        **_range_document(part),
        "machine": part.machine,
        "page_bits": part.page_bits,
        "capabilities": list(part.capabilities),
        "uuid": part.uuid.hex(),
    }


def _command_document(part: StreamCommand) -> dict[str, Any]:
    return {
        **_range_document(part),
        "number": part.number,
        "name": part.name,
        "data": part.data.hex(),
    }


def _gap_document(part: GapPart) -> dict[str, Any]:
    return {**_range_document(part), "reason": part.reason}


def _plain_document(part: EndPart | DescriptionPart) -> dict[str, Any]:
    return _range_document(part)


_KINDS: dict[type, str] = {
    SectionPart: "section",
    PagesPart: "pages",
    StreamConfiguration: "configuration",
    StreamCommand: "command",
    EndPart: "end",
    DescriptionPart: "description",
    GapPart: "gap",
}
"""What each part is called in JSON."""

_PARTS: dict[type, Callable[[Any], dict[str, Any]]] = {
    PagesPart: _pages_document,
    StreamConfiguration: _configuration_document,
    StreamCommand: _command_document,
    EndPart: _plain_document,
    DescriptionPart: _plain_document,
    GapPart: _gap_document,
}
