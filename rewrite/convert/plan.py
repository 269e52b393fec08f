# SPDX-License-Identifier: GPL-2.0-or-later
"""From the sites of one function to a conversion or a refusal of each, and the edits that make it.

Every decision errs to the safe side: a type that is not known, or not exactly one that a visit
takes, goes through a value of the wire's own width; what cannot be shown to keep the wire, the
values and the order of evaluation is refused with a reason. `conversions` looks at no layout and makes
no text: what a visit is passed, and where it stands, is all that it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..c.types import Resolved, Unknown
from ..rules.ruleset import Visit
from ..terms import Direction, Operand
from . import names
from .constants import fits_literal
from .context import FileContext
from .edits import make_edits
from .forms import (
    declarator_of,
    declared_name,
    has_address,
    is_seen_by_macro,
    is_voided,
    list_following,
    may_part,
    may_precede,
    own_block,
    used_as,
    without_cast,
)
from .loops import is_settled, may_test_inside, test_of
from .outcome import (
    Address,
    AfterDeclarations,
    Before,
    Bytes,
    Conversion,
    EachTurn,
    FunctionPlan,
    Given,
    InCall,
    InPlace,
    Instead,
    Literal,
    Outcome,
    Passed,
    Temporary,
    Where,
)
from .ranges import shows_range
from .refuse import Sieve
from .sites import Site, Usage
from .streams import streams_of
from .taken import TakenNames


def plan_function(
    context: FileContext, function: str, sites: Sequence[Site], direction: Direction | None
) -> FunctionPlan:
    """Plan all sites of one function; `direction` is the one that it is registered with."""
    sieve = Sieve(context)
    left = sieve.sort(sites, direction)
    if not left:
        return FunctionPlan(function, tuple(sieve.refusals), ())
    taken = TakenNames.names_of(context, left)
    streams = streams_of(context, left, taken)
    every = plan_conversions(context, left, taken)
    outcomes: list[Outcome] = [*sieve.refusals, *every]
    outcomes.sort(key=lambda outcome: outcome.site.start)
    return FunctionPlan(function, tuple(outcomes), make_edits(context, streams, every))


def plan_conversions(
    context: FileContext, sites: Sequence[Site], taken: TakenNames
) -> tuple[Conversion, ...]:
    """What each of a function's sites becomes; new variables get names that `taken` does not have."""
    chooser = _Chooser(context, sites, taken)
    return tuple(chooser.plan_conversion(site) for site in sites)


class _Chooser:
    """Chooses the form of each site of a function, in the order of the text."""

    def __init__(self, context: FileContext, sites: Sequence[Site], taken: TakenNames) -> None:
        self.context, self.taken = context, taken
        self.following = list_following(context, sites)

    def plan_conversion(self, site: Site) -> Conversion:
        """What a site becomes."""
        name = self.context.names[site.start]
        match site.primitive.operand:
            case Operand.BUFFER:
                return self._choose_buffer(site, name)
            case Operand.POINTER:
                return self._choose_pointer(site, name)
            case Operand.VALUE:
                return self._put(site, name)
            case Operand.RESULT:
                return self._get(site, name)

    def _visit(self, site: Site) -> Visit:
        """The visit of the wire's own type."""
        return self.context.rules.visits[site.primitive.visit]

    def _choose_buffer(self, site: Site, name: str) -> Conversion:
        pointer, size = site.arguments[1], site.arguments[2]
        resolved = self.context.resolve_pointee(site, pointer)
        puts = site.primitive.direction == Direction.PUT
        as_void = _is_constant(resolved) or (puts and isinstance(resolved, Unknown))
        passed = Bytes(pointer, size, as_void)
        where = InCall(is_voided(site))
        return Conversion(site, self._visit(site), name, passed, where, resolved)

    def _choose_pointer(self, site: Site, name: str) -> Conversion:
        pointer = site.arguments[1]
        resolved = self.context.resolve_pointee(site, pointer)
        visit = self._visit(site)
        pointee = self.context.exact_visit(site.primitive, resolved)
        if pointee is not None and pointee.c_type != "bool":
            visit = pointee
        passed: Passed = Given(pointer)
        unsafe = _is_constant(resolved) or isinstance(resolved, Unknown)
        if site.primitive.direction == Direction.PUT and unsafe:
            passed = Literal(pointer, pointed=True)
        return Conversion(site, visit, name, passed, InCall(is_voided(site)), resolved)

    def _put(self, site: Site, name: str) -> Conversion:
        value = site.arguments[1]
        resolved = self.context.resolve(site, value)
        visit = self.context.exact_visit(site.primitive, resolved)
        where = InCall(is_voided(site))
        if visit is not None and isinstance(resolved, Resolved) and has_address(value, resolved):
            return Conversion(site, visit, name, Address(value), where, resolved)
        visit = self._visit(site)
        value = without_cast(self.context, site, value, visit)
        fits = fits_literal(self.context, value, visit.c_type)
        passed = Literal(value, through="" if fits else visit.c_type)
        return Conversion(site, visit, name, passed, where, resolved)

    def _get(self, site: Site, name: str) -> Conversion:
        target = site.target
        resolved = self.context.resolve(site, target) if target is not None else None
        after = self._after_declarations(site)
        if isinstance(resolved, Resolved) and after is not None:
            resolved = replace(resolved, qualifiers=resolved.qualifiers - {"const"})
        exact = self.context.exact_visit(site.primitive, resolved) if resolved is not None else None
        if target is not None and exact is not None and isinstance(resolved, Resolved):
            if site.usage is Usage.ASSIGNED and has_address(target, resolved):
                return Conversion(
                    site, exact, name, Address(target), Instead(braces=False), resolved
                )
            if after is not None:
                return Conversion(site, exact, name, Address(target), after, resolved)
        visit, where = self._visit(site), self._choose_place(site)
        if isinstance(where, EachTurn):
            return self._choose_turn(site, name)
        through = "" if isinstance(where, Instead) else used_as(self.context, site, visit)
        passed = Temporary(self._choose_variable(site, name, where), through)
        return Conversion(site, visit, name, passed, where, resolved)

    def _choose_turn(self, site: Site, name: str) -> Conversion:
        """A get that a loop's condition is about: visited into the variable that it is assigned to, if
        that has the wire's own type, else into a temporary."""
        test, visit = test_of(self.context, site), self._visit(site)
        resolved = self.context.resolve(site, test.target) if test.target is not None else None
        exact = self.context.exact_visit(site.primitive, resolved) if resolved is not None else None
        target = test.target if exact == visit else None
        if target is not None and isinstance(resolved, Resolved) and has_address(target, resolved):
            return Conversion(site, visit, name, Address(target), EachTurn(), resolved)
        looked_at = test.alone or test.target is not None
        through = "" if looked_at else used_as(self.context, site, visit)
        variable = names.free_name(names.variable_from(name), self.taken)
        return Conversion(site, visit, name, Temporary(variable, through), EachTurn(), resolved)

    def _choose_place(self, site: Site) -> Where:
        """Where a get that goes through a temporary is visited."""
        if (after := self._after_declarations(site)) is not None:
            return after
        if shows_range(self.context, site, self._visit(site)):
            return InPlace()
        if site.usage is Usage.CONDITION:
            return EachTurn() if self._may_turn(site) else InPlace()
        if site.usage in (Usage.IN_PLACE, Usage.INITIALISER):
            return InPlace()
        braces = own_block(self.context, site) is None
        if site.usage is Usage.STATEMENT:
            return Instead(braces)
        return Before(braces) if may_precede(self.context, site, braces) else InPlace()

    def _after_declarations(self, site: Site) -> AfterDeclarations | None:
        if site in self.following:
            return AfterDeclarations()
        return AfterDeclarations(at_once=True) if may_part(self.context, site) else None

    def _may_turn(self, site: Site) -> bool:
        target = test_of(self.context, site).target
        settled = target is None or is_settled(self.context.resolve(site, target))
        seen = is_seen_by_macro(self.context, site)
        return settled and not seen and may_test_inside(self.context, site)

    def _choose_variable(self, site: Site, name: str, where: Where) -> str:
        """A name for the temporary: after the variable that is declared, else after the visit."""
        if isinstance(where, AfterDeclarations):
            variable = declared_name(declarator_of(site), self.context.data)
            return names.free_name([f"{variable}_val"], self.taken)
        return names.free_name(names.variable_from(name), self.taken)


def _is_constant(resolved: Resolved | Unknown) -> bool:
    """Whether the object is one that a visitor, which may write back, must not get the address of."""
    return isinstance(resolved, Resolved) and bool(resolved.qualifiers & {"const", "volatile"})
