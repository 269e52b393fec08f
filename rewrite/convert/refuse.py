# SPDX-License-Identifier: GPL-2.0-or-later
"""Which sites of a function must stay as they are, and why; and which must stay in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from ..c.macros import tokens_of
from ..c.order import find_acting, open_order
from ..c.syntax import text_of
from ..terms import ARGUMENTS, Direction, Operand
from .codes import CODES
from .context import FileContext
from .meaning import includes_text, is_stringified, why_another
from .operands import may_be_floating
from .outcome import Refusal
from .sites import Site, Usage
from .streams import gets_visitor, present_stream, why_changing, why_null
from .taken import why_taken

_USAGE_CODES = {
    Usage.UNPARSED: "unparsed",
    Usage.NAMED: "not-called",
    Usage.MACRO_BODY: "macro-body",
    Usage.UNEVALUATED: "not-evaluated",
    Usage.SPLIT: "split-by-preprocessor",
}


@dataclass
class Sieve:
    """Sorts the sites of one function: what it refuses collects in `refusals`."""

    context: FileContext
    refusals: list[Refusal] = field(default_factory=list)
    _used: dict[tuple[int, int, str], list[Node]] = field(default_factory=dict)

    def sort(self, sites: Sequence[Site], direction: Direction | None) -> list[Site]:
        """The sites that can be converted; `direction` is what a registration says."""
        left = self._refuse_usage(list(sites))
        left = self._refuse_names(left)
        left = self._refuse_order(left)
        left = self._refuse_stream(left)
        left = self._refuse_half_converted(left)
        left = self._refuse_direction(left, sites, direction)
        left = self._refuse_floating(left)
        return [self._kept_in_place(site) for site in left]

    def _refuse_site(self, site: Site, code: str, message: str = "") -> None:
        self.refusals.append(Refusal(site, code, message or CODES[code].summary))

    def _refuse_usage(self, sites: list[Site]) -> list[Site]:
        """Sites that are no call which runs: `sizeof qemu_get_be32(f)`, `hook = qemu_get_byte`, a call
        that a directive splits or the parser does not understand. Not the argument of a macro."""
        kept = []
        for site in sites:
            code = unsound_code(site)
            if code is None:
                kept.append(site)
            else:
                self._refuse_site(site, code)
        return kept

    def _refuse_names(self, sites: list[Site]) -> list[Site]:
        """Sites whose new text would say something else: a name that it uses is taken, or the text is
        made a string of. Not for a name that only a new variable would have: it gets another."""
        """Names that mean something else here, and text that is looked at as text."""
        kept = []
        for site in sites:
            meaning = why_another(self.context, site)
            if meaning is not None:
                self._refuse_site(site, "not-the-primitive", meaning)
            elif (taken := why_taken(self.context, site)) is not None:
                self._refuse_site(site, "name-taken", taken)
            elif includes_text(self.context, site):
                self._refuse_site(site, "included-text")
            elif is_stringified(self.context, site):
                self._refuse_site(site, "stringified")
            else:
                kept.append(site)
        return kept

    def _refuse_order(self, sites: list[Site]) -> list[Site]:
        """Sites that C may evaluate before or after another one, or a helper that takes the stream.

        refused: x = qemu_get_be32(f) - qemu_get_byte(f);   x = qemu_get_byte(f) + helper(f);
        not:     x = qemu_get_be32(f) && qemu_get_byte(f);  x = qemu_get_byte(f) + helper(s);
        """
        wholes: dict[tuple[int, int], list[Site]] = {}
        for site in sites:
            whole = _full_expression(site)
            if whole is not None:
                wholes.setdefault((whole.start_byte, whole.end_byte), []).append(site)
        starts: set[int] = set()
        for group in wholes.values():
            calls = [call for site in group for call in (site.call, *self._stream_uses(site))]
            whole = _full_expression(group[0])
            assert whole is not None
            starts |= open_order(whole, [call for call in calls if call is not None])
        for site in sites:
            if site.start in starts:
                self._refuse_site(site, "order-open")
        return [s for s in sites if s.start not in starts]

    def _stream_uses(self, site: Site) -> list[Node]:
        """What in the site's full expression may use its stream: calls that take it, the site too, and
        macros that reach it or any primitive."""
        whole = _full_expression(site)
        if whole is None or not site.arguments:
            return []
        stream = text_of(site.stream, self.context.data)
        key = (whole.start_byte, whole.end_byte, stream)
        if key not in self._used:
            found = find_acting(whole, self.context.known)
            self._used[key] = [node for node in found if self._uses_stream(node, stream)]
        return self._used[key]

    def _uses_stream(self, node: Node, stream: str) -> bool:
        arguments = node.child_by_field_name("arguments")
        values = arguments.named_children if arguments is not None else []
        taken = any(text_of(value, self.context.data) == stream for value in values)
        return taken or self._reaches_stream(self._macro_use(node), stream)

    def _macro_use(self, node: Node) -> str:
        """The text of a macro's use, empty for a call of a function."""
        name = node.child_by_field_name("function") or node
        if name.type not in ("identifier", "field_identifier", "type_identifier"):
            return ""
        macros = self.context.macros.of(text_of(name, self.context.data))
        return text_of(node, self.context.data) if macros else ""

    def _reaches_stream(self, use: str, stream: str) -> bool:
        """Whether what a macro makes of its arguments has the stream or a primitive in it."""
        made = self.context.macros.expand(use)
        if not made.whole:
            return True
        words = made.names - set(tokens_of(use))
        return bool(words & {stream, *self.context.rules.primitives}) or (
            stream in made.names and stream not in tokens_of(use)
        )

    def _refuse_stream(self, sites: list[Site]) -> list[Site]:
        """Sites whose stream is not the same from the top of the function on, or may be NULL there.

        refused: f = s->own; x = qemu_get_be32(f);     if (f) { x = qemu_get_be32(f); }
        """
        kept = []
        for site in sites:
            changing, null = why_changing(self.context, site), why_null(self.context, site)
            if changing is not None:
                self._refuse_site(site, "stream-changes", changing)
            elif null is not None:
                self._refuse_site(site, "stream-may-be-null", null)
            else:
                kept.append(site)
        return kept

    def _refuse_half_converted(self, sites: list[Site]) -> list[Site]:
        """Sites of a function that asks for the stream's visitor in another dialect's way already."""
        kept = []
        for site in sites:
            if self._has_other_dialect(site):
                self._refuse_site(site, "half-converted")
            else:
                kept.append(site)
        return kept

    def _has_other_dialect(self, site: Site) -> bool:
        """Whether the function's top has a visitor for the stream, but none that can be used."""
        if present_stream(self.context, site) is not None:
            return False
        file = text_of(site.stream, self.context.data)
        return gets_visitor(self.context, site, file)

    def _refuse_direction(
        self, left: list[Site], all_sites: Sequence[Site], direction: Direction | None
    ) -> list[Site]:
        """Sites that go another way than the function's registration says, or than its other sites
        where nothing says it. Not those of a function that has one direction, registered or not."""
        directions = {s.primitive.direction for s in all_sites}
        if direction is None and len(directions) == 1:
            return left
        kept = []
        for site in left:
            if site.primitive.direction == direction:
                kept.append(site)
                continue
            if direction is None:
                message = (
                    "the function has both puts and gets, and no registration says which it is"
                )
            else:
                role = "saves" if direction == Direction.PUT else "loads"
                what = site.primitive.direction
                message = f"a {what} in a function that is registered as one that {role}"
            self._refuse_site(site, "mixed-direction", message)
        return kept

    def _refuse_floating(self, sites: list[Site]) -> list[Site]:
        """Puts of a floating-point number: `qemu_put_byte(f, 1.5 * x)` converts in two steps, a literal
        in one (see operands.may_be_floating). Not where the operand is an integer for sure."""
        kept = []
        for site in sites:
            by_value = (
                site.primitive.direction == Direction.PUT
                and site.primitive.operand == Operand.VALUE
            )
            if by_value and may_be_floating(self.context, site):
                self._refuse_site(site, "floating")
            else:
                kept.append(site)
        return kept

    def _kept_in_place(self, site: Site) -> Site:
        """A get stays beside another call that takes the stream."""
        if site.usage not in (Usage.EXPRESSION, Usage.INITIALISER, Usage.CONDITION):
            return site
        others = self._stream_uses(site)
        if any(not node.start_byte <= site.start < node.end_byte for node in others):
            return replace(site, usage=Usage.IN_PLACE, target=None)
        return site


def unsound_code(site: Site) -> str | None:
    """The code for a call that can't be converted whatever its function, None for a sound one."""
    code = _USAGE_CODES.get(site.usage)
    if code is None and len(site.arguments) != ARGUMENTS[site.primitive.operand]:
        return "unparsed"
    return code


def _full_expression(site: Site) -> Node | None:
    """The part of the site's statement that it is evaluated with; None where it has none."""
    if site.call is None or site.statement is None:
        return None
    return site.place.chain[site.place.chain.index(site.statement) + 1]
