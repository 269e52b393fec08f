# SPDX-License-Identifier: GPL-2.0-or-later
"""Which sites of a function must stay as they are, and why; and which must stay in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from tree_sitter import Node

from ..c.locals import locals_around, text_of
from ..c.types import Resolved
from ..rules.ruleset import Primitive
from . import layout
from .codes import CODES
from .context import FileContext
from .emit import present_stream, top_declarations
from .outcome import Refusal
from .sites import Site, Usage, calls_in, order_is_open

_USAGE_CODES = {
    Usage.UNPARSED: "unparsed",
    Usage.MACRO_BODY: "macro-body",
    Usage.UNEVALUATED: "not-evaluated",
    Usage.SPLIT: "split-by-preprocessor",
    Usage.FILE_LEVEL: "file-level",
}

_WRITE = (
    rb"(?<![\w>.])NAME\s*(?:(?:<<|>>|[-+*/%&|^])?=(?!=)|\+\+|--|\()"
    rb"|(?:\+\+|--|&)\s*NAME\b(?!\s*[-.\[])"
)
"""What may set a variable: assignments, steps, its address taken; called, it is a macro."""


@dataclass
class Sieve:
    """Sorts the sites of one function: what it refuses collects in `refusals`."""

    context: FileContext
    refusals: list[Refusal] = field(default_factory=list)
    _written: dict[tuple[int, str], int] = field(default_factory=dict)

    def sort(self, sites: Sequence[Site], direction: str | None) -> list[Site]:
        """The sites that can be converted; `direction` is "put" or "get" where a registration says so."""
        left = self._refuse_usage(list(sites))
        left = self._refuse_order(left)
        left = self._refuse_stream(left)
        left = self._refuse_half_converted(left)
        left = self._refuse_direction(left, sites, direction)
        left = self._refuse_floating(left)
        return [self._kept_in_place(site) for site in left]

    def _refuse(self, site: Site, code: str, message: str = "") -> None:
        self.refusals.append(Refusal(site, code, message or CODES[code].summary))

    def _refuse_usage(self, sites: list[Site]) -> list[Site]:
        kept = []
        for site in sites:
            code = unsound_code(site)
            if code is None:
                kept.append(site)
            else:
                self._refuse(site, code)
        return kept

    def _refuse_order(self, sites: list[Site]) -> list[Site]:
        open_sites: set[int] = set()
        for first, second in _sharing_statement(sites):
            assert first.call is not None and second.call is not None
            if order_is_open(first.call, second.call, first.place.chain):
                open_sites |= {first.start, second.start}
        open_sites |= {s.start for s in sites if self._beside_stream_use(s)}
        for site in sites:
            if site.start in open_sites:
                self._refuse(site, "order-open")
        return [s for s in sites if s.start not in open_sites]

    def _beside_stream_use(self, site: Site) -> bool:
        """Whether a helper that takes the same stream may be called before or after the site."""
        call, chain = site.call, site.place.chain
        return call is not None and any(
            order_is_open(call, other, chain) for other in self._calls_on_stream(site)
        )

    def _calls_on_stream(self, site: Site) -> Iterator[Node]:
        """The calls beside the site, in one full expression with it, that take the same stream."""
        if site.call is None or site.statement is None or not site.arguments:
            return
        stream = text_of(site.arguments[0], self.context.data)
        whole = site.place.chain[site.place.chain.index(site.statement) + 1]
        for other in calls_in(whole):
            if other.start_byte <= site.start < other.end_byte:
                continue
            arguments = other.child_by_field_name("arguments")
            values = arguments.named_children if arguments is not None else []
            if any(text_of(value, self.context.data) == stream for value in values):
                yield other

    def _refuse_stream(self, sites: list[Site]) -> list[Site]:
        kept = []
        for site in sites:
            reason = self._unstable(site)
            if reason is None:
                kept.append(site)
            else:
                self._refuse(site, "stream-changes", reason)
        return kept

    def _unstable(self, site: Site) -> str | None:
        """Why the QEMUFile argument can't be named once for the whole function, or None."""
        file = site.arguments[0]
        path = _member_path(file, self.context.data)
        if path is None:
            return f"`{text_of(file, self.context.data)}` is no variable and no member of one"
        function = site.place.function
        body = function.child_by_field_name("body") if function is not None else None
        if body is None:
            return "the function has no body that can be read"
        root = re.split(r"->|\.", path)[0]
        initialised = self._set_at_top(site, root, body)
        if initialised is None:
            return f"{root} is not declared with its value at the top of this function"
        if self._writes(body, root) > initialised:
            return f"{root} is assigned in this function"
        return None if root == path else self._unstable_member(site, path, body)

    def _set_at_top(self, site: Site, name: str, body: Node) -> int | None:
        """How often the declaration itself sets the variable: never for a parameter, once for a local.

        None where it is neither a parameter nor an initialised local at the function's top.
        """
        top = layout.leading_declarations(body)
        for local in locals_around(site.place.chain, site.start, self.context.data):
            if name not in local.text or not any(d.name == name for d in local.declared):
                continue
            if local.parameter:
                return 0
            initialised = re.search(rf"\b{re.escape(name)}\s*=", local.text) is not None
            return 1 if initialised and local.node in top else None
        return None

    def _writes(self, body: Node, path: str) -> int:
        """How often a function may set a variable or member: see _WRITE."""
        key = (body.start_byte, path)
        if key not in self._written:
            text = self.context.syntax.masked[body.start_byte : body.end_byte]
            raw = re.escape(path.encode("latin-1"))
            self._written[key] = len(re.findall(_WRITE.replace(b"NAME", raw), text))
        return self._written[key]

    def _unstable_member(self, site: Site, path: str, body: Node) -> str | None:
        """A member may be read at the top only where the function at once uses it and calls nothing else."""
        top = layout.leading_declarations(body)
        first = next((c for c in body.named_children if c.type != "comment" and c not in top), None)
        if first is None or first.type != "expression_statement" or not self._uses(first, path):
            return f"`{path}` is not used by the function's first statement"
        for call in calls_in(body):
            callee = call.child_by_field_name("function")
            if (
                callee is None
                or text_of(callee, self.context.data) not in self.context.rules.primitives
            ):
                return f"`{path}` may be changed by what else this function calls"
        return f"`{path}` is assigned in this function" if self._writes(body, path) else None

    def _uses(self, statement: Node, path: str) -> bool:
        """Whether a primitive in the statement takes the stream `path`."""
        for call in calls_in(statement):
            arguments = call.child_by_field_name("arguments")
            if arguments is not None and arguments.named_children:
                return _member_path(arguments.named_children[0], self.context.data) == path
        return False

    def _refuse_half_converted(self, sites: list[Site]) -> list[Site]:
        kept = []
        for site in sites:
            if self._has_other_dialect(site):
                self._refuse(site, "half-converted")
            else:
                kept.append(site)
        return kept

    def _has_other_dialect(self, site: Site) -> bool:
        """Whether the function's top has a visitor for the stream, but no error of this dialect."""
        file = text_of(site.arguments[0], self.context.data)
        function = site.place.function
        assert function is not None
        top = top_declarations(function, self.context.data)
        present = present_stream(file, top, self.context.local_error)
        return present is None and f"qemu_file_get_visitor({file})" in "".join(top.split())

    def _refuse_direction(
        self, left: list[Site], all_sites: Sequence[Site], direction: str | None
    ) -> list[Site]:
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
                role = "saves" if direction == "put" else "loads"
                what = site.primitive.direction
                message = f"a {what} in a function that is registered as one that {role}"
            self._refuse(site, "mixed-direction", message)
        return kept

    def _refuse_floating(self, sites: list[Site]) -> list[Site]:
        kept = []
        for site in sites:
            if site.primitive.direction == "put" and site.primitive.operand == "value":
                resolved = self.context.resolve(site, site.arguments[1])
                if isinstance(resolved, Resolved) and resolved.floating:
                    self._refuse(site, "floating")
                    continue
            kept.append(site)
        return kept

    def _kept_in_place(self, site: Site) -> Site:
        """A get stays beside another call that takes the stream, and among the arguments of what may
        be a macro: assert() may not evaluate it."""
        if site.usage not in (Usage.EXPRESSION, Usage.INITIALISER) or site.call is None:
            return site
        if any(True for _ in self._calls_on_stream(site)):
            return replace(site, usage=Usage.IN_PLACE, target=None)
        for node in site.place.chain:
            if (
                node.type == "call_expression"
                and node != site.call
                and not self._is_function(site, node)
            ):
                return replace(site, usage=Usage.IN_PLACE, target=None)
        return site

    def _is_function(self, site: Site, call: Node) -> bool:
        """Whether what is called is declared as a function and is no macro."""
        callee = call.child_by_field_name("function")
        if callee is None or callee.type != "identifier":
            return callee is not None and callee.type == "field_expression"
        return self.context.resolver.is_function(
            text_of(callee, self.context.data), self.context.path
        )


def _member_path(node: Node, data: bytes) -> str | None:
    """`f` or `s->link.file` without white space, or None for anything but a plain member path."""
    inner = node
    while inner.type == "field_expression":
        argument = inner.child_by_field_name("argument")
        if argument is None:
            return None
        inner = argument
    return "".join(text_of(node, data).split()) if inner.type == "identifier" else None


def unsound_code(site: Site) -> str | None:
    """The code for a call that can't be converted whatever its function, None for a sound one."""
    code = _USAGE_CODES.get(site.usage)
    if code is None and len(site.arguments) != _arity(site.primitive):
        return "unparsed"
    return code


def _arity(primitive: Primitive) -> int:
    return {"result": 1, "value": 2, "pointer": 2, "buffer": 3}[primitive.operand]


def _sharing_statement(sites: Sequence[Site]) -> Iterator[tuple[Site, Site]]:
    """The pairs of sites in one statement, in the order of the text."""
    groups: dict[int, list[Site]] = {}
    for site in sites:
        if site.statement is not None:
            groups.setdefault(site.statement.start_byte, []).append(site)
    for group in groups.values():
        yield from combinations(group, 2)
