# SPDX-License-Identifier: GPL-2.0-or-later
"""What to write instead of a primitive that the lint finds, as the converter would write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from ..convert.conversion import Converter, FileResult
from ..convert.outcome import Conversion
from ..convert.sites import Site
from ..files.edit import apply_edits
from ..files.source import SourceFile
from ..files.tree import Seen
from ..files.workers import work_through
from .cache import Fixes
from .config import LintConfig


def fixes_of(
    converter: Converter, config: LintConfig, sources: Sequence[SourceFile]
) -> tuple[Fixes, list[Seen]]:
    """What the converter would write in these files, and what of the tree that depends on."""
    written = _vmstate_field if config.prefer == "vmstate" else _converted_statement

    def fixes_in(source: SourceFile) -> tuple[Fixes, Seen]:
        result = converter.convert_file(source)
        fixes = [
            (source.name, outcome.site.start, written(result, outcome))
            for outcome in result.outcomes
            if isinstance(outcome, Conversion)
        ]
        return fixes, converter.tree.note_seen()

    made = list(work_through(fixes_in, sources))
    seen = [*(one for _, one in made), converter.tree.note_seen()]
    return [fix for fixes, _ in made for fix in fixes], seen


def _converted_statement(result: FileResult, outcome: Conversion) -> str:
    """The statement of a site as the converter writes it, up to the body of a loop or branch."""
    site = outcome.site
    start, end = (
        (site.statement.start_byte, _end_of_head(site.statement, site))
        if site.statement is not None
        else (site.start, site.end)
    )
    inside = [e for e in result.edits if start <= e.start and e.end <= end]
    if not inside:
        return ""
    moved = [replace(e, start=e.start - start, end=e.end - start) for e in inside]
    text = apply_edits(result.source.data[start:end], moved).decode("utf-8", "replace")
    return " ".join(text.split())


def _end_of_head(statement: Node, site: Site) -> int:
    """Where the body starts that the site's loop or branch governs, else where the statement ends."""
    for name in ("body", "consequence"):
        body = statement.child_by_field_name(name)
        if body is not None and site.end <= body.start_byte:
            return body.start_byte
    return statement.end_byte


def _vmstate_field(result: FileResult, outcome: Conversion) -> str:
    """The field of a VMStateDescription that moves the same bytes."""
    del result
    field_name = outcome.name.rpartition(".")[2]
    if outcome.visit.name == "buffer":
        return f"VMSTATE_BUFFER({field_name}, STATE)"
    array = "_ARRAY" if field_name.endswith("[]") else ""
    tail = ", NUMBER" if array else ""
    kind = outcome.visit.name.upper()
    return f"VMSTATE_{kind}{array}({field_name.removesuffix('[]')}, STATE{tail})"
