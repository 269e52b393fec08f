# SPDX-License-Identifier: GPL-2.0-or-later
"""A pair in blocks: steps that both sides have, and between them what stays code.

What no field says can be put and got by functions of a VMStateInfo of the file's own, at its place
among the fields and with its text as it was:

    s->len = qemu_get_byte(f);                      VMSTATE_...(...),
    s->start = 0;                                   {
    for (i = 0; i < s->len; i++)            ->          .name = "len", .info = &vmstate_info_ring_len,
        s->ring[i] = qemu_get_byte(f);                  .size = sizeof(RingState), .flags = VMS_SINGLE,
                                                    },

Not where the fields would be fewer than such blocks: the functions are better left as they are then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from ..c.lexical import mask_opaque
from ..rules.ruleset import Rules
from ..terms import Direction
from .comparisons import PASSING
from .matching import Matcher, Part, flatten_steps
from .steps import Handler, Helped, MovedBytes, NoTableError, Own, Padding, Repeat, Step, Transfer

Loaded = tuple[Step, int]
"""A step of the load, and the version that it is there from."""


@dataclass(frozen=True)
class Anchor:
    """A step that both sides have."""

    save: Step
    load: Loaded


@dataclass(frozen=True)
class Gap:
    """Steps of both sides that stand between the same others; `misfit` is why they are no fields."""

    saves: tuple[Step, ...]
    loads: tuple[Loaded, ...]
    misfit: NoTableError | None = None

    @property
    def wired(self) -> bool:
        """Whether either side moves anything."""
        return any(is_wired(s) for s in (*self.saves, *(s for s, _ in self.loads)))

    @property
    def reason(self) -> NoTableError | None:
        """Why it is a gap; None where nothing is but a difference of save and load."""
        for step in (*self.saves, *(s for s, _ in self.loads)):
            if isinstance(step, Own):
                return NoTableError(step.code, step.message, step.place)
        return self.misfit


Block = Anchor | Gap


def is_wired(step: Step) -> bool:
    """Whether a step moves anything."""
    return not isinstance(step, Own) or step.wired


def align_steps(save: Handler, load: Handler) -> list[Block]:
    """The steps of both sides in blocks."""
    loads = list(flatten_steps(load.steps))
    keys = [_key_of(s, 0) for s in save.steps], [_key_of(s, 0) for s, _ in loads]
    found: list[Block] = []
    at, to = 0, 0
    for one, other, size in SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks():
        if at < one or to < other:
            found.append(Gap(tuple(save.steps[at:one]), tuple(loads[to:other])))
        found += map(Anchor, save.steps[one : one + size], loads[other : other + size])
        at, to = one + size, other + size
    return found


def _key_of(step: Step, depth: int) -> object:
    """What two steps have in common where they do the same; its own for what is kept as code."""
    match step:
        case Transfer():
            return step.member.path, step.primitive.wire
        case MovedBytes():
            return "bytes", step.member.path, step.size
        case Helped():
            return "helped", step.member.path, step.address
        case Padding():
            return "padding", step.primitive.wire
        case Repeat():
            end = step.end if isinstance(step.end, int) else step.end.path
            return "repeat", step.start, end
    return object()


def join_blocks(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with gaps side by side as one, and what moves nothing in one with a neighbour."""
    found: list[Block] = []
    for block in blocks:
        last = found[-1] if found else None
        if isinstance(block, Gap) and isinstance(last, Gap):
            found[-1] = _join_gaps(last, block)
        elif isinstance(block, Gap) and _looks_back(block) and isinstance(last, Anchor):
            found[-1] = _join_gaps(_open_anchor(last), block)
            if len(found) > 1 and isinstance(found[-2], Gap):
                one = found.pop(-2)
                assert isinstance(one, Gap)
                other = found[-1]
                assert isinstance(other, Gap)
                found[-1] = _join_gaps(one, other)
        elif isinstance(block, Anchor) and isinstance(last, Gap) and not last.wired:
            found[-1] = _join_gaps(last, _open_anchor(block))
        else:
            found.append(block)
    return found


def _looks_back(gap: Gap) -> bool:
    """Whether code goes with what stands in front of it: a load checks what it has just got, and a save
    works out what it is about to put."""
    return not gap.wired and bool(gap.loads)


def _open_anchor(anchor: Anchor, misfit: NoTableError | None = None) -> Gap:
    return Gap((anchor.save,), (anchor.load,), misfit)


def _join_gaps(one: Gap, other: Gap) -> Gap:
    misfit = one.misfit or other.misfit
    return Gap((*one.saves, *other.saves), (*one.loads, *other.loads), misfit)


def parts_of(
    blocks: Sequence[Block], matcher: Matcher
) -> tuple[list[tuple[Block, Part | None]], int]:
    """Each block with the part that it is, None for code; and the number of those that are parts."""
    found: list[tuple[Block, Part | None]] = []
    for block in blocks:
        if isinstance(block, Gap):
            found.append((block, None))
            continue
        try:
            found.append((block, matcher.match_handlers(block.save, *block.load)))
        except NoTableError as misfit:
            if misfit.code == "table-differs":
                raise
            found.append((_open_anchor(block, misfit), None))
    return found, sum(1 for _, part in found if part is not None)


@dataclass(frozen=True)
class KeptCode:
    """What stays code: the text of either function, and a name for what it moves."""

    name: str
    put: str
    get: str
    offset: int


def code_of(gap: Gap, save: Handler, load: Handler, rules: Rules) -> KeptCode:
    """The texts of a gap. Raises NoTableError where it is no code of its own."""
    reason = gap.reason
    offset = reason.offset if reason is not None else _offset_of(gap)
    wired = [any(map(is_wired, side)) for side in (gap.saves, [s for s, _ in gap.loads])]
    if reason is None or not all(wired):
        message = "save and load do not do the same here"
        raise NoTableError("table-differs", message, offset)
    if any(since for _, since in gap.loads):
        raise NoTableError(reason.code, f"{reason.message}, in some versions only", offset)
    puts = _step_texts(gap.saves, save, reason)
    gets = _step_texts([s for s, _ in gap.loads], load, reason)
    for handler, texts in ((save, puts), (load, gets)):
        check_locals(handler, [text for _, text in texts], offset, rules)
        check_code(handler, texts, offset, may_return=handler is load)
    put, get = ("\n".join(f"{c}{t}" for c, t in texts) for texts in (puts, gets))
    return KeptCode(_name_of(put, save), put, get, offset)


def _offset_of(gap: Gap) -> int:
    return gap.loads[0][0].offset if gap.loads else gap.saves[0].offset


def _step_texts(
    steps: Sequence[Step], handler: Handler, reason: NoTableError
) -> list[tuple[str, str]]:
    """The comment and the text of each step. Raises the reason where one is no statement by itself."""
    found: list[tuple[str, str]] = []
    for step in steps:
        text = handler.text_at(step.offset)
        if text is None:
            raise reason
        found.append((f"    {step.comment}\n" if step.comment else "", text))
    return found


def check_code(
    handler: Handler, texts: Sequence[tuple[str, str]], offset: int, *, may_return: bool
) -> None:
    """Raise NoTableError where statements mean something else in a function of their own."""
    text = "\n".join(text for _, text in texts)
    if may_return:
        text = _without_passing(text)
    message = ""
    if handler.version and re.search(rf"\b{handler.version}\b", text):
        message = "code between the values that depends on the version"
    if re.search(rf"\b(?:goto|{handler.opaque})\b", text):
        message = "code between the values that leaves its place"
    returns = re.findall(r"\breturn\b([^;]*);", text)
    failing = re.compile(r"\s*-\s*(?:\d*[1-9]\d*|E[A-Z]+)\s*")
    if any(not may_return or failing.fullmatch(value) is None for value in returns):
        message = "code between the values that ends the function"
    if message:
        raise NoTableError("table-code-between", message, offset)


def _without_passing(text: str) -> str:
    """A text without the statements that end a load with an error: an interpreter hands on what the
    get function of an info returns below 0."""
    return re.sub(PASSING.pattern, "\n", text)


def check_locals(handler: Handler, statements: Sequence[str], offset: int, rules: Rules) -> None:
    """Raise NoTableError where statements that go to a function of their own need a variable's value
    from others: but for other names of the state, one that others name must be set here first.
    """
    others = [text for _, text in handler.texts if text not in statements]
    text = mask_opaque("\n".join(statements).encode("latin-1")).decode("latin-1")
    for name, _, declarator in handler.locals:
        word = re.compile(rf"\b{name}\b")
        if "=" in declarator or not any(map(word.search, others)):
            continue
        if not _is_set_first(text, name, handler.stream, rules):
            message = f"the code beside the values uses `{name}` as the values left it"
            raise NoTableError("table-code-between", message, offset)


def _is_set_first(text: str, name: str, stream: str, rules: Rules) -> bool:
    """Whether a variable has a value from the text itself wherever the text uses it.

    It has where a statement or the head of a loop gave it one before, in the same braces or in those
    around; what an `if` without braces gives it does not count.
    """
    known = [False]
    for match in re.finditer(rf"[{{}}]|\b{name}\b", text):
        if match.group() == "{":
            known.append(False)
        elif match.group() == "}":
            known = known[:-1] or [False]
        elif _sets_variable(text[: match.start()], text[match.end() :], name, stream, rules):
            known[-1] = True
        elif not any(known):
            return False
    return True


def _sets_variable(before: str, after: str, name: str, stream: str, rules: Rules) -> bool:
    """Whether a variable between two texts is set there, without asking for its old value."""
    assigned = re.match(r"\s*=(?!=)([^;]*);", after)
    if assigned is not None and re.search(rf"\b{name}\b", assigned[1]) is None:
        return re.search(r"(?:\A|[{};]|\bfor\s*\()\s*\Z", before) is not None
    read = re.search(rf"(?:\A|[{{}};])\s*(\w+)\s*\(\s*{stream}\s*,\s*&\s*\Z", before)
    getter = rules.primitives.get(read[1]) if read is not None else None
    return getter is not None and getter.direction == Direction.GET and after.lstrip()[:1] == ")"


def _name_of(text: str, save: Handler) -> str:
    """The member that is moved last, as far as a text shows it."""
    moved = rf"\(\s*{save.stream}\s*,\s*(?:\([^()]*\)\s*)*&?\s*{save.root}->(\w+)"
    found = re.findall(moved, text) or re.findall(rf"\b{save.root}->(\w+)", text)
    return str(found[-1]) if found else "state"


def open_part(part_block: Block, misfit: NoTableError) -> Gap:
    """An anchor for which the tree has no macro, as code."""
    if isinstance(part_block, Gap):
        return replace(part_block, misfit=misfit)
    return _open_anchor(part_block, misfit)
