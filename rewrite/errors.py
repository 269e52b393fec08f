# SPDX-License-Identifier: GPL-2.0-or-later
"""Every error of the package, one tree: what the command line catches and how each is told.

Below Told are those with a message for people, complete with the place that it is about. The others
never leave the room that raises them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .printable import as_place


class RewriteError(Exception):
    """Anything that this package raises by itself."""


class Told(RewriteError):  # noqa: N818 - a class of errors, not one
    """What a command ends with: its text is the message, with nothing to be added."""


class UsageError(Told):
    """A command line that can't be understood."""


class InputError(Told):
    """A path that cannot be used as given. Nothing was written."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{as_place(path)}: error: {message}")


@dataclass(frozen=True, order=True)
class RuleProblem:
    """Something wrong in a rule file, and where; the message says what was expected."""

    path: str
    line: int
    col: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col}: error: {self.message}"


class RuleError(Told):
    """Rule files that can't be used; `problems` holds everything that is wrong, in order."""

    def __init__(self, problems: list[RuleProblem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class ApplyError(RewriteError):
    """Why a tree could not be changed, and which file it is about.

    No file was changed, unless the message says that a run is left to be recovered.
    """

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class CountError(RewriteError):
    """The outcomes don't add up to the sites: a bug of the tool."""


class OverlapError(RewriteError):
    """Two edits of one file claim the same bytes: a bug of the tool, never something to merge."""


class UnknownTypeError(RewriteError):
    """A type that cannot be told; the message is the reason, for people."""


class ExpansionError(RewriteError):
    """A use of a macro that cannot be expanded; the message says why, for people."""


class UnreadableError(RewriteError):
    """A function nests deeper than the reader of the wire check follows."""


class DifferError(RewriteError):
    """Two texts differ on the wire: at token `old` of the old body and token `new` of the new one.

    Token 0, the body's first brace, stands for the function as a whole.
    """

    def __init__(self, message: str, old: int, new: int) -> None:
        super().__init__(message)
        self.message = message
        self.old = old
        self.new = new


class ObscuredError(DifferError):
    """A text that may mean something else than it says, so that no form of it can be compared."""


class StreamError(RewriteError):
    """A place of a stream that is not what the format says, and what was expected there."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(f"0x{offset:x}: {message}")
        self.offset = offset
        self.message = message


class MisfitError(RewriteError):
    """The bytes of a section are not what the model says: where, why, and the value's name if it is one."""

    def __init__(self, offset: int, reason: str, name: str = "") -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason
        self.name = name


class DescriptionError(RewriteError):
    """A text that is no description of a stream, and why."""


class StateError(RewriteError):
    """A state that is none, or that can't become a stream: where in it, and why."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


class ValueMisfitError(RewriteError):
    """A value of a state that cannot be sent as its field is; the message says why."""
