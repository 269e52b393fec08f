# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a site: a conversion or a refusal, each with what is to be told about it."""

from __future__ import annotations

from dataclasses import dataclass

from ..c.types import Resolved, Unknown
from ..files.edit import Edit
from ..rules.ruleset import Visit
from .sites import Site


@dataclass(frozen=True)
class Refusal:
    """A site that is left exactly as it was, and why."""

    site: Site
    code: str
    message: str


@dataclass(frozen=True)
class Conversion:
    """A site that is converted: the shape of the result, the visit, its name, the operand's type."""

    site: Site
    shape: str
    visit: Visit
    name: str
    resolved: Resolved | Unknown | None


Outcome = Refusal | Conversion


@dataclass(frozen=True)
class FunctionPlan:
    """What happens to the sites of one function; the edits apply whole or not at all."""

    function: str
    outcomes: tuple[Outcome, ...]
    edits: tuple[Edit, ...]
