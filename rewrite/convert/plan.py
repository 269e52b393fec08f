# SPDX-License-Identifier: GPL-2.0-or-later
"""From the sites of one function to a conversion or a refusal of each, and the edits that make it.

Every decision errs to the safe side: a type that is not known, or not exactly one that a visit
takes, goes through a value of the wire's own width; what cannot be shown to keep the wire, the
values and the order of evaluation is refused with a reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from .context import FileContext
from .outcome import FunctionPlan, Outcome
from .refuse import Sieve
from .shapes import Shaper
from .sites import Site


def plan_function(
    context: FileContext, function: str, sites: Sequence[Site], direction: str | None
) -> FunctionPlan:
    """Plan all sites of one function; `direction` is "put" or "get" where it is registered so."""
    sieve = Sieve(context)
    left = sieve.sort(sites, direction)
    if not left:
        return FunctionPlan(function, tuple(sieve.refusals), ())
    shaper = Shaper(context, left)
    outcomes: list[Outcome] = [*sieve.refusals, *shaper.conversions]
    outcomes.sort(key=lambda outcome: outcome.site.start)
    return FunctionPlan(function, tuple(outcomes), shaper.text.edits())
