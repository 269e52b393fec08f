# SPDX-License-Identifier: GPL-2.0-or-later
"""What a bound, a size or a condition of the wire model depends on: data, never C to be run.

An expression is what a reader of a stream can work out from the constants, the version and the
values that came before, or else asks for by name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Constant:
    """A number that the source fixes: a literal, an enumerator or a macro that is one."""

    value: int


@dataclass(frozen=True)
class Version:
    """The `version_id` of the section or description that is read or written."""


@dataclass(frozen=True)
class Earlier:
    """The latest value of that name before this place in the same section (model.Value.name)."""

    name: str


@dataclass(frozen=True)
class Fact:
    """A property of the device that the stream need not hold, such as its number of queues.

    `name` is how the source writes it from the root object on ("s->nvqs" is "nvqs"); `type` its
    declared C type, empty where that is not known. `owner` is the C type of the class that it is a
    member of (`k->has_variable_vring_alignment`: "VirtioBusClass"), empty for all but classes'.
    `declared` is where the member is declared, for one of an object that is cast to its parent: it is
    the value that was read of the member that is declared there (model.Value.declared).
    """

    name: str
    type: str = ""
    owner: str = ""
    declared: str = ""


@dataclass(frozen=True)
class Operation:
    """A C operator on operands, with C's meaning on `int64_t`: `("+", (a, b))`, `("?:", (c, a, b))`.

    Operators: `+ - * / % << >> & | ^ ~ ! && || == != < <= > >= ?:`, with `-`, `~` and `!` of one
    operand as well.
    """

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Configured:
    """Whether a preprocessor condition holds: the text behind `#if`, such as `defined(TARGET_ARM)`."""

    text: str


@dataclass(frozen=True)
class Unread:
    """An expression that is not understood: its C text, and why.

    `usual` is its value on hosts whose pointers and longs have 64 bits, None where that is not known.
    """

    text: str
    reason: str
    usual: int | None = None


Expression = Constant | Version | Earlier | Fact | Operation | Configured | Unread

ONE = Constant(1)

HOST_SIZE = "a size that the host or a target decides"
"""The reason of an Unread that is a size in bytes, which is never 0."""
