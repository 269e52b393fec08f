# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules of the code that a converted tree needs: its files, and where it is hooked in."""

from __future__ import annotations

from dataclasses import dataclass

from .read import RuleOrigin


@dataclass(frozen=True)
class SupportFile:
    """A file that support code adds: at the first `path` whose folder the tree has.

    `template` is in the rules' folder support/. The file is wanted where one of `provides` is not
    declared, in one of `dialects` (none: in all), where all of `present` are declared and none of
    `absent`; one that is `asked` for, only where it is.
    """

    name: str
    path: tuple[str, ...]
    template: str
    provides: tuple[str, ...]
    dialects: tuple[str, ...]
    present: tuple[str, ...]
    absent: tuple[str, ...]
    asked: str
    origin: RuleOrigin


@dataclass(frozen=True)
class StreamInterface:
    """What converted code asks a stream for: its visitor, and where errors go; and both types.

    The support code declares the two functions, and no tree of QEMU did before it.
    """

    visitor_of: str
    errors_of: str
    visitor: str
    error: str
    origin: RuleOrigin

    @property
    def names(self) -> tuple[str, ...]:
        """All names that every converted function uses."""
        return (self.visitor, self.error, self.visitor_of, self.errors_of)


@dataclass(frozen=True)
class SupportEdit:
    """An edit that support code needs, wanted as a SupportFile is; those of one `step` are alternatives.

    The file is the first of `path` that has the anchor, or the header that declares `declares`. The
    anchor is a part of exactly one line (in the function or struct that starts with `inside`, where
    that is given); `text` goes `before` or `after` that line, or to the `end` of a header, inside
    its guard; `there` says that nothing is to be done. Only a step that is `required` must be found.
    """

    step: str
    path: tuple[str, ...]
    declares: str
    inside: str
    anchor: str
    place: str
    text: str
    provides: tuple[str, ...]
    dialects: tuple[str, ...]
    present: tuple[str, ...]
    absent: tuple[str, ...]
    required: str
    origin: RuleOrigin
