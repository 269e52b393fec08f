# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of a series: subjects and bodies as QEMU's docs/devel/submitting-a-patch.rst wants them."""

from __future__ import annotations

import os
import shlex
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..convert.conversion import Kept, SiteOutcome
from ..convert.outcome import Address, Conversion, Refusal
from ..printable import one_line, printable
from ..terms import Direction
from ..verify.unit import PROVED
from ..verify.verifier import Proof
from .steps import SeriesStep

WIDTH = 72
"""Columns of a body: git log indents it by four, QEMU's guide asks for at most 76."""

_NOT_COMPILED = "Nothing was compiled for this message."

_SHAPES = {
    "field": "directly, the type of the field or variable being that of the visit",
    "pointer": "through the pointer that was passed",
    "value": "through a compound literal of the wire's width",
    "temporary": "through a local variable of the wire's width",
    "initialiser": "directly, a variable that was declared with the value",
    "in place": "in a statement expression",
    "discarded": "into a local variable that nothing reads",
    "buffer": "as a buffer",
}
"""What the shapes of conversions are to a reader of mails."""


@dataclass(frozen=True)
class SeriesRun:
    """What a series was made by: the tool's version, the dialect, the command's words, whether the
    support code is its first patch, and the compiler's proofs, None where it was not asked."""

    version: str
    dialect: str
    command: tuple[str, ...]
    options: tuple[str, ...]
    proofs: tuple[Proof, ...] | None


def make_subject(step: SeriesStep) -> str:
    """The subject of a step, without its number: one line, whatever the file is called."""
    if step.support is not None:
        return f"{one_line(step.place)}: add visitors for the stream of a QEMUFile"
    part = f", part {step.part}" if step.part else ""
    return f"{one_line(step.place)}: convert migration handlers to visitors{part}"


def make_body(step: SeriesStep, run: SeriesRun) -> str:
    """The body of a step's mail, without trailers; it ends with a line end."""
    if step.support is not None:
        return _support_body(step, run)
    parts = [
        *_describe_changes(step),
        *_worth_a_look(step),
        *_describe_names(step),
        *_describe_left(step.outcomes),
        *_describe_command(step, run),
        *_describe_proof(step, run),
    ]
    return printable("\n\n".join(parts)) + "\n"


def _fill_paragraph(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _fill_item(text: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent="- ", subsequent_indent="  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _spell_count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _describe_changes(step: SeriesStep) -> list[str]:
    handlers = _spell_count(len(step.functions), "function")
    texts = [
        f"Use visit_type_*() in place of qemu_put_*() and qemu_get_*() in {handlers} "
        f"({_spell_count(len(step.conversions), 'call')}). No functional change: the same bytes are "
        "written and read in the same order, and every field gets the same value."
    ]
    if step.shared:
        names = ", ".join(f"{name}()" for name in step.shared)
        texts.append(f"The files are changed together because they share {names}.")
    return [_fill_paragraph(text) for text in texts]


def _worth_a_look(step: SeriesStep) -> list[str]:
    """What is not simply a visit of a field."""
    shapes = Counter(c.shape for c in step.conversions)
    texts = []
    if shapes["temporary"] or shapes["value"]:
        texts.append(
            "Where a field is not of the type that a visit takes, the value goes through a local "
            "variable or a compound literal of the width that is on the wire."
        )
    if shapes["in place"]:
        texts.append(
            f"In a condition, or beside other calls, {_spell_count(shapes['in place'], 'visit')} had to "
            "be a statement expression, for the order of evaluation to stay as it is."
        )
    if _visits_locals(step):
        texts.append(
            "Local variables that were assigned from the stream are passed to the visit as they "
            "are: a visit of a QEMUFile always writes its object, on errors too."
        )
    return [_fill_paragraph(" ".join(texts))] if texts else []


def _visits_locals(step: SeriesStep) -> bool:
    """Whether a load visits a variable that was there already."""
    return any(
        isinstance(c.passed, Address) and c.passed.lvalue.type == "identifier"
        for c in step.conversions
        if c.site.primitive.direction == Direction.GET
    )


def _describe_names(step: SeriesStep) -> list[str]:
    """What a save and its load call by different names, for they are different fields."""
    if not step.differing:
        return []
    items = [
        _fill_item(
            f'{d.file}: line {d.save_line} saves "{d.saved}" where line {d.load_line} loads '
            f'"{d.loaded}"'
        )
        for d in step.differing
    ]
    return ["\n".join(["Save and load name different fields:", "", *items])]


def shape_table(conversions: Iterable[Conversion]) -> list[str]:
    """A line for each shape of conversion, the most frequent first."""
    shapes = Counter(c.shape for c in conversions)
    ordered = sorted(shapes.items(), key=lambda item: (-item[1], item[0]))
    return [f"{count:6}  {_SHAPES.get(shape, shape)}" for shape, count in ordered]


def _describe_left(outcomes: Iterable[tuple[str, SiteOutcome]]) -> list[str]:
    """What stays as it is, and why."""
    reasons: Counter[str] = Counter()
    for _, outcome in outcomes:
        if isinstance(outcome, Kept):
            reasons[outcome.reason] += 1
        elif isinstance(outcome, Refusal):
            reasons[f"not converted: {outcome.message} [{outcome.code}]"] += 1
    if not reasons:
        return []
    items = [
        _fill_item(f"{_spell_count(n, 'call')}: {reason}") for reason, n in reasons.most_common()
    ]
    return ["\n".join(["Left as they are:", "", *items])]


def _describe_command(step: SeriesStep, run: SeriesRun) -> list[str]:
    """The command that makes this change of these files, or the whole series where none does."""
    said = f"Made by rewrite {run.version}, dialect {run.dialect}, with"
    words = ["rewrite", *step.files, *run.options, "--apply"]
    if not step.whole:
        said += " the series that this is part of:"
        words = list(run.command)
    return [_fill_paragraph(said), _spell_command(words)]


def _spell_command(words: Sequence[str]) -> str:
    """A command line, continued where it is too long; a word is never broken."""
    lines = [""]
    for word in map(_quote_word, words):
        if lines[-1] and len(lines[-1]) + len(word) + 7 > WIDTH:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return "    " + " \\\n        ".join(lines)


def _quote_word(word: str) -> str:
    r"""A word as a shell takes it; a name that no line of a mail can hold as bash's `$'a\012b'`."""
    if word == one_line(word):
        return shlex.quote(word)
    escaped = (
        chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\{byte:03o}"
        for byte in os.fsencode(word)
    )
    return f"$'{''.join(escaped)}'"


def _describe_proof(step: SeriesStep, run: SeriesRun) -> list[str]:
    texts = [
        "Checked by comparing, for each function, all reads and writes of the stream in their loops "
        "and conditions, and everything around them, before and after the change."
    ]
    if run.proofs is None:
        texts[0] += " " + _NOT_COMPILED
    else:
        keys = {(f.file, f.name) for f in step.functions}
        texts += proof_summary([p for p in run.proofs if (p.name, p.function) in keys])
    return [_fill_paragraph(text) for text in texts]


def proof_summary(proofs: Sequence[Proof]) -> list[str]:
    """What the compiler says of some functions, in sentences."""
    proved = [p for p in proofs if p.outcome == PROVED]
    rest = sorted({f"{p.function}()" for p in proofs if p.outcome != PROVED})
    texts = []
    if proved:
        runs = _spell_count(sum(p.compiled for p in proved), "compilation")
        texts.append(
            f"Machine code is identical before and after the change in "
            f"{_spell_count(len(proved), 'function')} ({runs}), with primitives and visits both taken "
            "for the same operations on the stream."
        )
    if rest:
        texts.append(f"Not compiled by the build that this was proved with: {', '.join(rest)}.")
    return texts


def _support_body(step: SeriesStep, run: SeriesRun) -> str:
    assert step.support is not None
    names = ", ".join(f"{name}()" for name in step.support.provides)
    parts = [
        _fill_paragraph(
            "Handlers that save and load device state are going to call visitors in place of the "
            "primitives of QEMUFile. Add what they need and the tree does not have. The visitors "
            "read and write a QEMUFile with the primitives that the handlers used, so the stream "
            "stays the same. Nothing calls them yet."
        ),
        _fill_paragraph(f"Added: {names}."),
        f"Made by rewrite {run.version}, dialect {run.dialect}, with\n\n"
        + _spell_command(["rewrite", "support", *run.options, "--apply", "."]),
    ]
    return "\n\n".join(parts) + "\n"


COVER_SUBJECT = "Convert migration handlers to visitors"


def make_cover(
    steps: Sequence[SeriesStep],
    outcomes: Sequence[tuple[str, SiteOutcome]],
    run: SeriesRun,
    author: str,
) -> str:
    """The body of the cover letter up to the diffstat; `outcomes` are those of the whole run."""
    conversions = [o for _, o in outcomes if isinstance(o, Conversion)]
    functions = sum(len(step.functions) for step in steps)
    parts = [
        _fill_paragraph(
            "This series converts the qemu_put_*() and qemu_get_*() calls of save and load handlers "
            "to visit_type_*(). The conversion is mechanical: the same bytes are written and read "
            "in the same order, every field gets the same value, and control flow stays as it is."
        ),
        _fill_paragraph(
            f"{_spell_count(len(conversions), 'call')} in {_spell_count(functions, 'function')} are "
            "converted to visits:"
        )
        + "\n\n"
        + "\n".join(shape_table(conversions)),
        *_describe_left(outcomes),
        _fill_paragraph(_describe_order(steps)),
        *_proof_of_all(run),
        f"To reproduce it, with rewrite {run.version} (dialect {run.dialect}):\n\n"
        + _spell_command(run.command),
        _make_shortlog(steps, author),
    ]
    return printable("\n\n".join(parts)) + "\n"


def _describe_order(steps: Sequence[SeriesStep]) -> str:
    text = (
        "Every patch converts whole functions, a save handler together with its load handler and "
        "with the helpers that they share, so no patch needs a later one."
    )
    if steps and steps[0].support is not None:
        text += " The first patch adds the code that the others call."
    return text


def _proof_of_all(run: SeriesRun) -> list[str]:
    texts = [
        "Every conversion was checked by comparing, for each function, all reads and writes of the "
        "stream in their loops and conditions, and everything around them, before and after the "
        "change."
    ]
    if run.proofs is None:
        texts[0] += " " + _NOT_COMPILED
    else:
        texts += proof_summary(run.proofs)
    return [_fill_paragraph(text) for text in texts]


def _make_shortlog(steps: Sequence[SeriesStep], author: str) -> str:
    """The subjects as `git shortlog` lists them."""
    return "\n".join([f"{author} ({len(steps)}):", *(f"  {make_subject(step)}" for step in steps)])
