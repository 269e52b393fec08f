# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the sections, and the values in them, that a user names."""

from __future__ import annotations

from .parts import SectionPart, Stream


def section_names(part: SectionPart) -> tuple[str, ...]:
    """What a section goes by: its whole name, that of the schema, both with its instance, its number."""
    names = (part.head.idstr, part.name)
    instances = tuple(f"{name}:{part.head.instance_id}" for name in names)
    return (*names, *instances, str(part.head.section_id))


def pick_sections(stream: Stream, wanted: str) -> list[tuple[SectionPart, str]]:
    """The sections that a name is of, each with the path behind the name; none where there is none.

    A section's name may hold slashes, so the longest one that fits is meant: in
    "0000:00:03.0/virtio-net/vq[0].last" the path is "vq[0].last".
    """
    found: list[tuple[SectionPart, str]] = []
    longest = -1
    for part in stream.sections():
        for name in dict.fromkeys(section_names(part)):
            if wanted != name and not wanted.startswith(name + "/"):
                continue
            if len(name) > longest:
                longest, found = len(name), []
            if len(name) == longest:
                found.append((part, wanted[len(name) + 1 :]))
    return found
