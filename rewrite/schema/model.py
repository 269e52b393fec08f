# SPDX-License-Identifier: GPL-2.0-or-later
"""The wire model: what a section, a handler or a table puts on the wire, as an ordered tree.

Everything that `schema`, its diff, the lint's pair checks, `decode` and the writing of tables know of
a stream is in these classes. What is not understood is an Opaque node with its reason, never left
out: a reader that meets none knows every byte.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from ..terms import BYTES_OF_WIRES
from .expression import ONE, Expression


class Wire(enum.Enum):
    """How one number travels: unsigned, most significant byte first (QEMU's qemu-file.c, all eras).

    TARGET_LONG is `be32` or `be64` by the target's `target_ulong`.
    """

    BYTE = "byte"
    BE16 = "be16"
    BE32 = "be32"
    BE64 = "be64"
    TARGET_LONG = "target_long"

    @property
    def size(self) -> int | None:
        """Its bytes on the wire; None where the target decides."""
        return BYTES_OF_WIRES.get(self.value)


@dataclass(frozen=True)
class Place:
    """A line of a file of the tree: the path from the root on, lines from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Value:
    """One number. `name` is its path below the root object, as a visit would call it ("irq[].level").

    `type` is the declared C type of the object behind it, empty where that is not known; `signed`
    whether the number on the wire is to be read as a two's complement one; `constant` what is always
    sent (a marker, a padding), None for state. `enumerators` names its values where the type is an
    enum. `place` is where the value is sent or read, `declared` where the object is declared.
    `shift` is the object's lowest bit that the value carries, where an object travels in parts.
    """

    name: str
    wire: Wire
    type: str = ""
    signed: bool = False
    constant: Expression | None = None
    enumerators: tuple[tuple[str, int], ...] = ()
    place: Place | None = None
    declared: Place | None = None
    shift: int = 0


@dataclass(frozen=True)
class Buffer:
    """Bytes as they are in memory. `padding` says that they mean nothing (VMSTATE_UNUSED)."""

    name: str
    size: Expression
    padding: bool = False
    place: Place | None = None


@dataclass(frozen=True)
class Loop:
    """A body that is there `count` times, or as long as `condition` holds.

    With a condition, each round reads `head` first, then the condition is asked, and only where it
    holds is `body` read and another round begun: `while (qemu_get_byte(f)) { body }` has the byte
    in its head. Just one of `count` and `condition` is set, but for a bounded search, which has
    both.
    """

    name: str
    body: tuple[Node, ...]
    count: Expression | None = None
    condition: Expression | None = None
    head: tuple[Node, ...] = ()
    place: Place | None = None


@dataclass(frozen=True)
class Branch:
    """One of two sequences. An early `return` without error puts what follows it into a branch."""

    condition: Expression
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...] = ()
    place: Place | None = None


@dataclass(frozen=True)
class Check:
    """A load fails unless the condition holds; nothing of it is on the wire."""

    condition: Expression
    place: Place | None = None


@dataclass(frozen=True)
class Call:
    """Another model in this place: a description by its symbol, with the version it is given.

    Helpers whose text is known are not called: their nodes stand in place of the call. `version` is
    None where the description's own is meant.
    """

    symbol: str
    name: str
    version: Expression | None = None
    place: Place | None = None


@dataclass(frozen=True)
class Opaque:
    """Bytes that the model does not know: what stands there, and why it is not understood.

    `size` is their number, None where that is not known either.
    """

    text: str
    reason: str
    size: Expression | None = None
    place: Place | None = None


@dataclass(frozen=True)
class Choice:
    """One of several sequences, by what a pointer of the device holds: `k->load_queue`, `vdc->vmsd`.

    `labels` names what each of `options` is, a function or a table. `owner` is the C type of the
    class that has the pointer, and `member` its name there: a ClassSetup tells which option goes with
    which others. That the pointer may be null is no option of its own but a Branch around it, where
    the source asks.
    """

    text: str
    labels: tuple[str, ...]
    options: tuple[tuple[Node, ...], ...]
    owner: str = ""
    member: str = ""
    place: Place | None = None


Node = Value | Buffer | Loop | Branch | Check | Call | Opaque | Choice


@dataclass(frozen=True)
class Field:
    """One entry of a table (`VMStateField`), `.fields` in its order.

    `contents` is what one element puts on the wire, without its repetition; `count` the number of
    elements. `exists` is the C text of `field_exists`, empty where it is always there, and `test` what
    that asks of the object, a `record`, where it is a function that only asks. `version_id` is the
    first version that has the field. `info` is the symbol of its VMStateInfo, `description` that
    of a nested VMStateDescription, one of both empty. `offset` is the C text of the member.
    """

    name: str
    contents: tuple[Node, ...]
    count: Expression = ONE
    version_id: int = 0
    exists: str = ""
    info: str = ""
    description: str = ""
    type: str = ""
    offset: str = ""
    flags: tuple[str, ...] = ()
    place: Place | None = None
    record: str = ""
    test: Expression | None = None


@dataclass(frozen=True)
class Description:
    """A `VMStateDescription`. `name` is its C expression where it is not one string.

    `subsections` are symbols. Where the table is not found in the text, `opaque` has the reason and
    `fields` is empty.
    """

    name: str
    symbol: str
    place: Place
    version_id: int
    minimum_version_id: int
    fields: tuple[Field, ...] = ()
    subsections: tuple[str, ...] = ()
    needed: str = ""
    unmigratable: bool = False
    opaque: str = ""


@dataclass(frozen=True)
class Section:
    """What is registered to travel under one name.

    `idstr` is its C expression where it is not one string. A section of a table has the table's
    symbol in `description`; one of code has what its save and load functions do. `target` is the
    folder of the target whose functions these are, empty where all targets have the same.
    """

    idstr: str
    place: Place
    version_id: int | None
    description: str = ""
    save: tuple[Node, ...] = ()
    load: tuple[Node, ...] = ()
    save_function: str = ""
    load_function: str = ""
    target: str = ""


@dataclass(frozen=True)
class ClassSetup:
    """What makes an object of a class: a `class_init`, or a variable that is initialised.

    `type` is the class's C type, `function` the name, `place` and `last_line` where its text stands.
    `members` has what it and those that it inherits from give the members that models ask for: the
    name of a function or table, or a decimal number. One that is not there is 0.
    """

    type: str
    function: str
    place: Place
    last_line: int
    members: tuple[tuple[str, str], ...]

    def holds(self, place: Place) -> bool:
        """Whether a place is in its text."""
        return place.path == self.place.path and self.place.line <= place.line <= self.last_line


@dataclass(frozen=True)
class Capability:
    """What a capability in a PCI device's configuration space tells: a member's value.

    `table` is the symbol of the description whose `buffer` is the space. The value are the lowest
    `bits` of the word at `offset` of the capability with the number `number`, and `add`. Of its member
    `flags` the bit `bit` is set if there is such a capability.
    """

    table: str
    buffer: str
    member: str
    number: int
    offset: int
    bits: int
    add: int
    flags: str
    bit: int


@dataclass(frozen=True)
class Schema:
    """All of a tree: sections in the order of their places, descriptions in that of theirs.

    `root` names the tree: a directory, or a revision. `classes` are those whose members models ask
    for, `capabilities` what PCI's configuration spaces tell.
    """

    root: str
    sections: tuple[Section, ...]
    descriptions: tuple[Description, ...]
    classes: tuple[ClassSetup, ...] = ()
    capabilities: tuple[Capability, ...] = ()
