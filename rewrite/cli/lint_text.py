# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings of the lint for a terminal: in colour, with the source line and a caret below it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..files.source import SourceFile
from ..files.tree import read_file
from ..lint.finding import Finding
from ..lint.format import spell_advice
from ..printable import printable
from .diagnostics import (
    Diagnostic,
    DiagnosticPlace,
    Style,
    format_diagnostic,
    place_in,
    takes_links,
)


def rich_text(found: Sequence[Finding]) -> str:
    """The findings as text. A line of the file is shown where it still is what was looked at."""
    style = Style(True, takes_links(os.environ))
    texts = []
    for finding in found:
        place = _place_of(finding)
        texts.append(
            format_diagnostic(
                Diagnostic(place, finding.severity, finding.message, finding.code), style
            )
        )
        texts.append(f"      = \x1b[36;1mnote:\x1b[m {printable(spell_advice(finding))}")
    return "".join(text + "\n" for text in texts)


def _place_of(finding: Finding) -> DiagnosticPlace:
    """The place of a finding, whose path opens from here."""
    path = Path(finding.path)
    plain = DiagnosticPlace(path, finding.line, finding.column)
    try:
        source = SourceFile(path, finding.path, read_file(finding.path))
    except (OSError, ValueError):
        return plain
    if finding.line > len(source.line_starts):
        return plain
    start = source.line_starts[finding.line - 1] + finding.column - 1
    length = finding.end_column - finding.column if finding.last == finding.line else 1
    place = place_in(source, start, start + max(length, 1))
    known = " ".join(place.text.partition("/*")[0].split())
    return place if known and finding.text.startswith(known) else plain
