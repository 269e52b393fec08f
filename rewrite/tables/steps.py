# SPDX-License-Identifier: GPL-2.0-or-later
"""What a handler does, statement by statement, as far as a table can say it: the writer's own reading.

It is not the wire model: that is read from the same text by other code (schema), and the proof lays
the model of the new table beside the model of the old functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..c.types import Resolved
from ..errors import RewriteError
from ..rules.ruleset import Primitive


class NoTableError(RewriteError):
    """Something that no table says: a code of `codes.CODES`, what it is, and the byte where it stands."""

    def __init__(self, code: str, message: str, offset: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset


@dataclass(frozen=True)
class StateMember:
    """An object of the state: its path from the root as written, without blanks: "irq[i].level".

    `variables` are the loop variables in the path; `lengths` what each array on the way has by its
    own path, None where that is not known.
    """

    path: str
    type: Resolved
    variables: tuple[str, ...] = ()
    lengths: tuple[tuple[str, int | None], ...] = ()

    def at(self, variable: str, index: int | str) -> StateMember:
        """The same with a number, or with another variable, in place of a loop variable."""

        def put(text: str) -> str:
            return text.replace(f"[{variable}]", f"[{index}]")

        return replace(
            self,
            path=put(self.path),
            variables=tuple(_replace_variable(self.variables, variable, index)),
            lengths=tuple((put(path), length) for path, length in self.lengths),
        )

    def length_of(self, path: str) -> int | None:
        """The number of elements of the array at a path, None where it is not known."""
        return dict(self.lengths).get(path)


def _replace_variable(variables: tuple[str, ...], old: str, new: int | str) -> Iterator[str]:
    for variable in variables:
        if variable != old:
            yield variable
        elif isinstance(new, str):
            yield new


@dataclass(frozen=True)
class Transfer:
    """One number of the state: `qemu_put_be32(f, s->x)`, `s->x = qemu_get_be32(f)`.

    `equal`: it is only compared, and the load fails where the state has another one:
    `if (s->x != qemu_get_be32(f)) return -EINVAL;`.
    """

    primitive: Primitive
    member: StateMember
    offset: int
    comment: str = ""
    equal: bool = False


@dataclass(frozen=True)
class Padding:
    """A number that is no state: a constant that is put, or one that is taken and thrown away (None)."""

    primitive: Primitive
    constant: int | None
    offset: int
    comment: str = ""


@dataclass(frozen=True)
class MovedBytes:
    """A buffer that is an array of the state: `qemu_put_buffer(f, s->ram, sizeof(s->ram))`."""

    primitive: Primitive
    member: StateMember
    size: int
    offset: int
    comment: str = ""


@dataclass(frozen=True)
class Helped:
    """An object that a function of the tree puts or gets: `qemu_put_timer(f, s->timer)`.

    `address` says that the function takes the address of the member.
    """

    function: str
    member: StateMember
    address: bool
    offset: int
    comment: str = ""


@dataclass(frozen=True)
class Repeat:
    """`for (i = start; i < end; i++) { body }`: the end is a number, or an object of the state.

    `end_text` is how the source writes the end.
    """

    variable: str
    start: int
    end: int | StateMember
    end_text: str
    body: tuple[Step, ...]
    offset: int
    comment: str = ""


@dataclass(frozen=True)
class Since:
    """`if (version_id >= version) { body }`."""

    version: int
    body: tuple[Step, ...]
    offset: int
    comment: str = ""


@dataclass(frozen=True)
class OtherStatement:
    """Any other statement: its text from the start of its line on, without the last newline."""

    text: str
    offset: int
    comment: str = ""


@dataclass(frozen=True)
class Own:
    """A statement of the function itself that no field says, and why: it can go to functions of a
    VMStateInfo as it is. `wired` says whether it moves anything, `place` where the reason stands; `text` is
    that of one that does."""

    code: str
    message: str
    wired: bool
    offset: int
    place: int
    comment: str = ""
    text: str = ""


Step = Transfer | Padding | MovedBytes | Helped | Repeat | Since | OtherStatement | Own


def with_index(step: Step, variable: str, index: str) -> Step:
    """A step of a loop's body with another name for the loop's variable."""
    match step:
        case Transfer() | MovedBytes() | Helped():
            return replace(step, member=step.member.at(variable, index))
        case Repeat() | Since():
            body = tuple(with_index(inner, variable, index) for inner in step.body)
            return replace(step, body=body)
    return step


def stem_of(function: str) -> str:
    """A function's name without what says which way it moves: "tide" of tide_load, of get_tide."""
    return re.sub(r"^(?:get|put)_(?=\w)|(?<=\w)_(?:save|load)$", "", function)


@dataclass(frozen=True)
class Handler:
    """A function: `root` is the variable that points to the state of type `state`.

    `lowest` and `highest` are the versions that it accepts, None for no bound. `opaque` and
    `version` are its parameters' names. `root_text` declares the root, `locals` are the other
    variables: name, type and declarator as written. `texts` has the function's own statements by where
    they start. `before` are statements in front of the first
    byte, `after` those behind the last, with the last return's.
    """

    name: str
    state: str
    stream: str
    opaque: str
    version: str
    root: str
    root_text: str
    locals: tuple[tuple[str, str, str], ...]
    lowest: int | None
    highest: int | None
    before: tuple[OtherStatement, ...]
    steps: tuple[Step, ...]
    after: tuple[OtherStatement, ...]
    texts: tuple[tuple[int, str], ...]

    def text_at(self, offset: int) -> str | None:
        """The text of the function's own statement at a byte, None where none starts there."""
        return dict(self.texts).get(offset)
