# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite convert -i`: each changed function is shown, and taken or left as the user says."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ..convert.conversion import Converter, FileResult
from ..convert.outcome import Conversion
from ..convert.sites import function_span
from ..files.diff import unified_diff
from ..files.edit import FileChange, apply_edits
from ..files.source import SourceFile
from ..printable import printable
from .terminal import colored_diff, wants_color

_HELP = """y - take this function
n - leave it
a - take it and all that come
d - leave it and all that come in this file
q - leave it and all that come
? - this help
"""


@dataclass
class _Answers:
    """What was taken, and what holds for the rest."""

    taken: set[tuple[str, str]] = field(default_factory=set)
    all_of_them: bool = False
    ended: bool = False


def take_functions(
    converter: Converter, sources: Sequence[SourceFile], color: str
) -> Callable[[str, str], bool]:
    """Ask for each function that the conversion of the files changes; whether one was taken.

    Questions go to standard error, answers come from standard input, a line each; its end is `q`.
    """
    answers = _Answers()
    painted = wants_color(color, sys.stderr)
    for source in sources:
        if answers.ended:
            break
        result = converter.convert_file(source)
        for name, diff in _changed_functions(result):
            if answers.all_of_them:
                answers.taken.add((source.name, name))
                continue
            shown = colored_diff(diff) if painted else diff
            sys.stderr.write(shown.decode("utf-8", "backslashreplace"))
            if not _ask_about(source.name, name, answers):
                break
    return lambda file, function: (file, function) in answers.taken


def _ask_about(file: str, name: str, answers: _Answers) -> bool:
    """Put one answer down; whether to go on in this file."""
    while True:
        sys.stderr.write(printable(f"Convert {name}() in {file} [y,n,a,d,q,?]? "))
        sys.stderr.flush()
        answer = (sys.stdin.readline() or "q").strip().lower()
        if answer in ("y", "a"):
            answers.taken.add((file, name))
            answers.all_of_them = answer == "a"
            return True
        if answer == "n":
            return True
        if answer in ("d", "q"):
            answers.ended = answer == "q"
            return False
        sys.stderr.write(_HELP)


def _changed_functions(result: FileResult) -> Iterator[tuple[str, bytes]]:
    """Each function that changes, with the diff of it alone."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for outcome in result.outcomes if result.change is not None else ():
        span = function_span(outcome.site)
        if isinstance(outcome, Conversion) and span is not None:
            spans.setdefault(outcome.site.function, []).append(span)
    for name, places in spans.items():
        edits = [e for e in result.edits if any(a <= e.start and e.end <= b for a, b in places)]
        new = apply_edits(result.source.data, edits)
        yield name, unified_diff(FileChange(result.source, new), edits)
