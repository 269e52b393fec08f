# SPDX-License-Identifier: GPL-2.0-or-later
"""Diagnostics of a conversion: `path:line:col: kind: message [code]`, and more of it on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..convert.conversion import FileResult, Kept, TreeResult
from ..convert.outcome import Refusal
from ..files.source import SourceFile
from ..printable import printable, shown
from .terminal import wants_color

if TYPE_CHECKING:
    from ..files.tree import Skipped

_KINDS = {"error": "31;1", "warning": "35;1", "note": "36;1"}
_RESET = "\x1b[m"
_TAB = 8
_WIDEST = 400
"""A longer line is not shown: its caret would stand somewhere below it."""


@dataclass(frozen=True)
class Style:
    """How much a diagnostic shows: colours and an excerpt of the source, and links."""

    rich: bool = False
    links: bool = False


def style_of(choice: str) -> Style:
    """The style of what goes to standard error, by --color and the terminal."""
    rich = wants_color(choice, sys.stderr)
    return Style(rich, rich and takes_links(os.environ))


def takes_links(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is one of those known to take OSC 8, or FORCE_HYPERLINK says so.

    A terminal cannot be asked; others show the escape sequence as rubbish. The list is that of
    terminals which set something by which they can be told.
    """
    forced = environment.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced not in ("", "0")
    vte = environment.get("VTE_VERSION", "0")
    return (
        environment.get("TERM") in ("xterm-kitty", "foot", "alacritty", "xterm-ghostty")
        or environment.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm", "vscode", "ghostty")
        or "KONSOLE_VERSION" in environment
        or "WT_SESSION" in environment
        or (vte.isdigit() and int(vte) >= 5000)
    )


@dataclass(frozen=True)
class DiagnosticPlace:
    """What a diagnostic points to.

    `text` is the line without its end, empty where none is to be shown; `first` and `length` say
    which characters of it are meant. The column counts bytes from 1, as GNU tools count.
    """

    path: Path
    line: int
    column: int
    text: str = ""
    first: int = 0
    length: int = 1


def place_in(source: SourceFile, start: int, end: int) -> DiagnosticPlace:
    """The place of the bytes `start` to `end` of a file, as far as they are on one line."""
    position = source.position(start)
    begin = source.line_start(start)
    stop = source.data.find(b"\n", begin)
    stop = stop if stop >= 0 else len(source.data)
    first = len(source.decoded(begin, start))
    length = max(1, len(source.decoded(start, min(end, stop)).rstrip("\r")))
    text = source.decoded(begin, stop).rstrip("\r")
    return DiagnosticPlace(source.path, position.line, position.column, text, first, length)


@dataclass(frozen=True)
class Diagnostic:
    """One diagnostic. `kind` is "error", "warning" or "note"."""

    place: DiagnosticPlace
    kind: str
    message: str
    code: str


def format_diagnostic(diagnostic: Diagnostic, style: Style) -> str:
    """A diagnostic as it is printed, without the last line end."""
    place = diagnostic.place
    where = f"{shown(place.path)}:{place.line}:{place.column}"
    if not style.rich:
        return printable(f"{where}: {diagnostic.kind}: {diagnostic.message} [{diagnostic.code}]")
    where = f"\x1b[1m{printable(where)}{_RESET}"
    if style.links:
        where = f"\x1b]8;;{_link_address(place)}\x1b\\{where}\x1b]8;;\x1b\\"
    kind = f"\x1b[{_KINDS[diagnostic.kind]}m{diagnostic.kind}:{_RESET}"
    code = f"\x1b[2m[{printable(diagnostic.code)}]{_RESET}"
    lines = [f"{where}: {kind} {printable(diagnostic.message)} {code}"]
    return "\n".join([*lines, *_make_excerpt(place, _KINDS[diagnostic.kind])])


def _link_address(place: DiagnosticPlace) -> str:
    """The address of a file for a link; it is percent-encoded, so no byte of a name is obeyed."""
    return place.path.absolute().as_uri()


def _make_excerpt(place: DiagnosticPlace, color: str) -> Iterator[str]:
    """The source line and below it a caret, as compilers show them."""
    if not place.text.strip() or len(place.text) > _WIDEST:
        return
    before, meant, after = (
        printable(part).replace("\t", " ")
        for part in (
            place.text[: place.first].expandtabs(_TAB),
            place.text[place.first : place.first + place.length],
            place.text[place.first + place.length :],
        )
    )
    number, gutter = f"{place.line:5}", " " * 5
    yield f"{number} | {before}\x1b[{color}m{meant}{_RESET}{after}"
    yield f"{gutter} | {' ' * len(before)}\x1b[{color}m^{'~' * (len(meant) - 1)}{_RESET}"


# -- of a conversion -----------------------------------------------------------------------------


def of_file(file: FileResult, verbose: bool) -> list[Diagnostic]:
    """What is to be told of a file, in the order of its text: refusals, what stays, failed checks."""
    found = [*_failure_diagnostics(file), *_of_sites(file, verbose), *_clash_diagnostics(file)]
    return sorted(dict.fromkeys(found), key=_rank_diagnostic)


def _rank_diagnostic(one: Diagnostic) -> tuple[bool, int, int, str, str]:
    return one.kind != "error", one.place.line, one.place.column, one.kind, one.message


def _clash_diagnostics(file: FileResult) -> Iterator[Diagnostic]:
    for clash in file.clashes:
        line = file.source.position(clash.save.start).line
        yield Diagnostic(
            place_in(file.source, clash.load.start, clash.load.end),
            "note",
            f"loads `{clash.loaded}` where {clash.save.function}() saves `{clash.saved}`, at line {line}",
            "names-differ",
        )


def _failure_diagnostics(file: FileResult) -> Iterator[Diagnostic]:
    for failure in file.failures:
        yield Diagnostic(
            DiagnosticPlace(file.source.path, failure.line, 1),
            "error",
            f"self-check failed in {failure.function}(): {failure.message}; the function is left alone",
            "self-check",
        )


def _of_sites(file: FileResult, verbose: bool) -> Iterator[Diagnostic]:
    for outcome in file.outcomes:
        site = outcome.site
        place = place_in(file.source, site.start, site.end)
        match outcome:
            case Refusal():
                message = f"{site.primitive.name} not converted: {outcome.message}"
                yield Diagnostic(place, "warning", message, outcome.code)
            case Kept() if verbose:
                message = f"{site.primitive.name} stays: {outcome.reason}"
                yield Diagnostic(place, "note", message, "plumbing")


def skipped_files(skipped: Sequence[Skipped], root: Path) -> list[str]:
    """A line for each file that was passed over, and why."""
    return [printable(f"{shown(root / s.path)}: warning: {s.reason}") for s in skipped]


def list_diagnostics(result: TreeResult, verbose: bool) -> list[str]:
    """What is to be told of a conversion, plain, a line each."""
    lines = skipped_files(result.skipped, result.root)
    for file in result.files:
        lines += [format_diagnostic(d, Style()) for d in of_file(file, verbose)]
    return lines
