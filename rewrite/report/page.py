# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of `rewrite report`: one HTML file that needs nothing else, and no network.

Everything is in the page as HTML and works without a script; the script adds filter and search. No
text of a tree is put into the script or the style sheet, all of it is escaped, and the page's own
policy admits nothing but its own script and style, by their digests.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from .. import __version__
from .proofs import STATES
from .view import OUTCOMES, Counts, ReportView

_BAR = 1000
"""The width of a whole bar in the units of its picture."""


def render_page(report: ReportView) -> str:
    """The page's HTML."""
    style, script = _read_asset("report.css"), _read_asset("report.js")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(_read_asset("report.html.j2")).render(
        report=report,
        version=__version__,
        outcomes=OUTCOMES,
        states=STATES,
        bar=_bar_parts,
        share=_spell_share,
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; style-src {_admit_text(style)}; script-src {_admit_text(script)}; "
        "base-uri 'none'; form-action 'none'",
    )


def _read_asset(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _admit_text(text: str) -> str:
    """A source expression of Content Security Policy (level 2, 4.2) that admits just this text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _spell_share(part: int, whole: int) -> str:
    """A part in percent; only all is 100 %, and only nothing is 0 %."""
    if not whole:
        return "0 %"
    percent = round(100 * part / whole)
    return f"{min(max(percent, part > 0), 100 if part == whole else 99)} %"


def _bar_parts(counts: Counts, siblings: Sequence[Counts]) -> Iterator[tuple[str, int, int]]:
    """The parts of a bar: outcome, left edge, width. The longest bar of the siblings fills it."""
    longest = max((s.total for s in siblings), default=0) or 1
    done = 0
    for outcome, number in counts.parts():
        left, done = done, done + number
        start, end = (_BAR * x // longest for x in (left, done))
        yield outcome, start, max(end - start, 2)
