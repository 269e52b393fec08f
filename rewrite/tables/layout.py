# SPDX-License-Identifier: GPL-2.0-or-later
"""The fields of a pair in their order: parts as macros, what no macro says as code of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..rules.ruleset import Rules
from .blocks import (
    Anchor,
    Block,
    Gap,
    align_steps,
    code_of,
    is_wired,
    join_blocks,
    open_part,
    parts_of,
)
from .fields import FieldLine, FieldWriter
from .matching import Matcher, Nothing, Part
from .steps import Handler, NoTableError, Own, Since, Step, stem_of


@dataclass(frozen=True)
class Written:
    """The fields, and for the proof the steps of both sides that they are; code is one Own step."""

    lines: tuple[FieldLine, ...]
    saves: tuple[Step, ...]
    loads: tuple[Step, ...]


def write_fields(writer: FieldWriter, rules: Rules, save: Handler, load: Handler) -> Written:
    """The fields of both functions' steps.

    Raises NoTableError where save and load differ, and where fields would be fewer than blocks of code,
    or than half of what is kept in these: then for the first thing that no field says.
    """
    matcher = Matcher(rules.field_helpers)
    first = next((s for s in (*save.steps, *load.steps) if isinstance(s, Own)), None)
    if first is None:
        try:
            parts = matcher.match(save.steps, load.steps)
            lines = tuple(line for part in parts for line in writer.write_lines(part))
            return Written(lines, save.steps, load.steps)
        except NoTableError as misfit:
            if len(save.steps) == 1 or misfit.code == "table-differs":
                raise
            first = Own(misfit.code, misfit.message, True, misfit.offset, misfit.offset)
    found, fields = _settle_blocks(writer, matcher, save, load)
    gaps = [block for block, part in found if part is None]
    kept = sum(1 for gap in gaps if isinstance(gap, Gap) for step in gap.saves if is_wired(step))
    if fields < max(1, len(gaps)) or 2 * fields < kept:
        raise NoTableError(first.code, first.message, first.place)
    writer.restart()
    return _with_code(writer, rules, found, save, load)


def _with_code(
    writer: FieldWriter,
    rules: Rules,
    found: Sequence[tuple[Block, Part | None]],
    save: Handler,
    load: Handler,
) -> Written:
    lines: list[FieldLine] = []
    saves: list[Step] = []
    loads: list[Step] = []
    for block, part in found:
        if isinstance(block, Anchor) and part is not None:
            lines += writer.write_lines(part)
            saves.append(block.save)
            step, since = block.load
            loads.append(Since(since, (step,), step.offset) if since else step)
        elif isinstance(block, Gap):
            code = code_of(block, save, load, rules)
            lines.append(writer.code_line(stem_of(save.name), code))
            saves.append(Own("", "", True, code.offset, code.offset))
            loads.append(Own("", "", True, code.offset, code.offset))
    return Written(tuple(lines), tuple(saves), tuple(loads))


def _settle_blocks(
    writer: FieldWriter, matcher: Matcher, save: Handler, load: Handler
) -> tuple[list[tuple[Block, Part | None]], int]:
    """The blocks, those without a macro as code, until nothing changes any more."""
    blocks = align_steps(save, load)
    while True:
        blocks = join_blocks(blocks)
        found, fields = parts_of(blocks, matcher)
        after = [_try_block(writer, block, part) for block, part in found]
        if after == blocks:
            return found, fields
        blocks = after


def _try_block(writer: FieldWriter, block: Block, part: Part | None) -> Block:
    """The block, or a gap in its place where the tree has no macro for it."""
    if part is None:
        return block
    try:
        writer.write_lines(part)
    except NoTableError as misfit:
        if isinstance(part, Nothing):  # functions that move no state would be worse than none
            raise
        return open_part(block, misfit)
    return block
