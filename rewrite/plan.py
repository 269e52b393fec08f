# SPDX-License-Identifier: GPL-2.0-or-later
"""From the sites of one function to a conversion or a refusal of each, and the edits that make it.

Every decision errs to the safe side: a type that is not known, or not exactly one that a visit
takes, goes through a value of the wire's own width; what cannot be shown to keep the wire, the
values and the order of evaluation is refused with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tree_sitter import Node

from . import layout, names
from .codes import CODES
from .edit import Edit
from .match import Site, Usage, calls_in, order_is_open, unordered_calls
from .naming import Hint
from .resolve import (
    Frame,
    Resolved,
    Resolver,
    Unknown,
    locals_around,
    parameters,
    text_of,
)
from .rules import Dialect, Primitive, Rules, Visit
from .syntax import Syntax

_USAGE_CODES = {
    Usage.UNPARSED: "unparsed",
    Usage.MACRO_BODY: "macro-body",
    Usage.UNEVALUATED: "not-evaluated",
    Usage.SPLIT: "split-by-preprocessor",
    Usage.FILE_LEVEL: "file-level",
}

_PROMOTED_TO_INT = frozenset(("uint8_t", "uint16_t", "int8_t", "int16_t"))
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


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


@dataclass(frozen=True)
class Stream:
    """The variables that stand for one QEMUFile expression in one function; `declared` if they are there."""

    file: str
    visitor: str
    error: str
    declared: bool


@dataclass
class _Block:
    """Lines that one block takes at its top: declarations, then statements after all of them."""

    node: Node
    after: Node | None
    declarations: list[str]
    statements: list[str]


class FunctionPlanner:
    """Plans the sites of one function."""

    def __init__(
        self,
        syntax: Syntax,
        rules: Rules,
        dialect: Dialect,
        resolver: Resolver,
        hints: Mapping[int, Hint],
    ) -> None:
        """`syntax` is the file and `hints` its sites' names; the others are the same for a whole run."""
        self.hints = hints
        self.syntax = syntax
        self.data = syntax.source.data
        self.rules = rules
        self.dialect = dialect
        self.resolver = resolver

    def plan(self, function: str, sites: Sequence[Site], direction: str | None) -> FunctionPlan:
        """Plan all sites of one function; `direction` is "put" or "get" where it is registered so."""
        refusals: list[Refusal] = []
        left = list(sites)
        for sieve in (self._refuse_usage, self._refuse_order, self._refuse_stream):
            left = sieve(left, refusals)
        left = self._refuse_direction(left, sites, direction, refusals)
        left = self._refuse_floating(left, refusals)
        left = [self._kept_in_macro(site) for site in left]
        if not left:
            return FunctionPlan(function, tuple(refusals), ())
        draft = _Draft(self, left)
        outcomes = sorted((*refusals, *draft.conversions), key=lambda o: o.site.start)
        return FunctionPlan(function, tuple(outcomes), draft.edits())

    def _refuse_usage(self, sites: list[Site], out: list[Refusal]) -> list[Site]:
        kept = []
        for site in sites:
            code = _USAGE_CODES.get(site.usage)
            if code is None and len(site.arguments) != _arity(site.primitive):
                code = "unparsed"
            if code is None:
                kept.append(site)
            else:
                out.append(Refusal(site, code, CODES[code].summary))
        return kept

    def _refuse_order(self, sites: list[Site], out: list[Refusal]) -> list[Site]:
        open_sites: set[int] = set()
        for first in sites:
            for second in sites:
                if first.start < second.start and _same_statement(first, second):
                    assert first.call is not None and second.call is not None
                    if order_is_open(first.call, second.call, first.place.chain):
                        open_sites |= {first.start, second.start}
        open_sites |= {s.start for s in sites if self._beside_stream_use(s)}
        out += [Refusal(s, "order-open", CODES["order-open"].summary) for s in sites if s.start in open_sites]
        return [s for s in sites if s.start not in open_sites]

    def _beside_stream_use(self, site: Site) -> bool:
        """Whether a helper that takes the same stream may be called before or after the site."""
        assert site.call is not None
        if site.statement is None or not site.arguments:
            return False
        stream = text_of(site.arguments[0], self.data)
        chain = site.place.chain
        whole = chain[chain.index(site.statement) + 1]
        for other in unordered_calls(whole, site.call):
            arguments = other.child_by_field_name("arguments")
            values = arguments.named_children if arguments is not None else []
            takes = any(text_of(v, self.data) == stream for v in values)
            if takes and order_is_open(site.call, other, chain):
                return True
        return False

    def _refuse_stream(self, sites: list[Site], out: list[Refusal]) -> list[Site]:
        kept = []
        for site in sites:
            reason = self._unstable(site)
            if reason is None:
                kept.append(site)
            else:
                out.append(Refusal(site, "stream-changes", reason))
        return kept

    def _unstable(self, site: Site) -> str | None:
        """Why the QEMUFile argument can't be named once for the whole function, or None."""
        file = site.arguments[0]
        path = _member_path(file, self.data)
        if path is None:
            return f"`{text_of(file, self.data)}` is no variable and no member of one"
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
        for local in locals_around(site.place.chain, site.start, self.data):
            if not any(d.name == name for d in local.declared):
                continue
            if local.parameter:
                return 0
            initialised = re.search(rf"\b{re.escape(name)}\s*=", local.text) is not None
            return 1 if initialised and local.node in top else None
        return None

    def _writes(self, body: Node, path: str) -> int:
        """How often a function may set a variable or member: assignments, and its address taken."""
        text = self.syntax.masked[body.start_byte : body.end_byte]
        raw = re.escape(path.encode("latin-1"))
        return len(
            re.findall(rb"(?<![\w>.])" + raw + rb"\s*=(?!=)|&\s*" + raw + rb"\b(?!\s*[-.\[])", text)
        )

    def _unstable_member(self, site: Site, path: str, body: Node) -> str | None:
        """A member may be read at the top only where the function at once uses it and calls nothing else."""
        top = layout.leading_declarations(body)
        first = next((c for c in body.named_children if c.type != "comment" and c not in top), None)
        if first is None or first.type != "expression_statement" or not self._uses(first, path):
            return f"`{path}` is not used by the function's first statement"
        for call in calls_in(body):
            callee = call.child_by_field_name("function")
            if callee is None or text_of(callee, self.data) not in self.rules.primitives:
                return f"`{path}` may be changed by what else this function calls"
        return f"`{path}` is assigned in this function" if self._writes(body, path) else None

    def _uses(self, statement: Node, path: str) -> bool:
        """Whether a primitive in the statement takes the stream `path`."""
        for call in calls_in(statement):
            arguments = call.child_by_field_name("arguments")
            if arguments is not None and arguments.named_children:
                return _member_path(arguments.named_children[0], self.data) == path
        return False

    def _refuse_direction(
        self, left: list[Site], all_sites: Sequence[Site], direction: str | None, out: list[Refusal]
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
                message = "the function has both puts and gets, and no registration says which it is"
            else:
                role = "saves" if direction == "put" else "loads"
                message = f"a {site.primitive.direction} in a function that is registered as one that {role}"
            out.append(Refusal(site, "mixed-direction", message))
        return kept

    def _refuse_floating(self, sites: list[Site], out: list[Refusal]) -> list[Site]:
        kept = []
        for site in sites:
            if site.primitive.direction == "put" and site.primitive.operand == "value":
                resolved = self.resolve(site, site.arguments[1])
                if isinstance(resolved, Resolved) and resolved.floating:
                    out.append(Refusal(site, "floating", CODES["floating"].summary))
                    continue
            kept.append(site)
        return kept

    def _kept_in_macro(self, site: Site) -> Site:
        """A get among the arguments of what may be a macro stays there: assert() may not evaluate it."""
        if site.usage not in (Usage.EXPRESSION, Usage.INITIALISER) or site.call is None:
            return site
        for node in site.place.chain:
            if node.type == "call_expression" and node != site.call and not self._is_function(site, node):
                return replace(site, usage=Usage.IN_PLACE, target=None)
        return site

    def _is_function(self, site: Site, call: Node) -> bool:
        """Whether what is called is declared as a function and is no macro."""
        callee = call.child_by_field_name("function")
        if callee is None or callee.type != "identifier":
            return callee is not None and callee.type == "field_expression"
        return self.resolver.is_function(text_of(callee, self.data), str(self.syntax.source.path))

    def resolve(self, site: Site, node: Node, pointee: bool = False) -> Resolved | Unknown:
        """The declared type of an expression of this file, or of what it points to."""
        frame = Frame(self.data, site.place.chain, str(self.syntax.source.path))
        return self.resolver.resolve(node, frame, pointee)

    def exact_visit(self, primitive: Primitive, resolved: Resolved | Unknown) -> Visit | None:
        """The visit that takes an object of exactly this type at the primitive's width, or None."""
        if isinstance(resolved, Unknown) or resolved.bitfield:
            return None
        if resolved.qualifiers & {"const", "volatile", "register"}:
            return None
        for visit in self.rules.visits.values():
            if primitive.wire in visit.wire and visit.c_type in (resolved.exact, *resolved.names):
                return visit
        return None


def _member_path(node: Node, data: bytes) -> str | None:
    """`f` or `s->link.file` without white space, or None for anything but a plain member path."""
    inner = node
    while inner.type == "field_expression":
        argument = inner.child_by_field_name("argument")
        if argument is None:
            return None
        inner = argument
    return "".join(text_of(node, data).split()) if inner.type == "identifier" else None


def _arity(primitive: Primitive) -> int:
    return {"result": 1, "value": 2, "pointer": 2, "buffer": 3}[primitive.operand]


def _same_statement(first: Site, second: Site) -> bool:
    if first.statement is None or second.statement is None:
        return False
    return first.statement.start_byte == second.statement.start_byte


def _is_pure(node: Node) -> bool:
    """Whether evaluating the expression has no side effect that could be lost or doubled."""
    if node.type in ("assignment_expression", "update_expression", "compound_statement"):
        return False
    if node.type == "call_expression":
        callee = node.child_by_field_name("function")
        if callee is None or callee.type != "field_expression":
            return False
    return all(_is_pure(child) for child in node.named_children)


def _addressable(node: Node, resolved: Resolved) -> bool:
    """Whether `&` may be put before the expression: an lvalue that is evaluated without side effects."""
    while node.type == "parenthesized_expression":
        node = node.named_children[0]
    if node.type in ("field_expression", "subscript_expression"):
        return _is_pure(node)
    if node.type == "pointer_expression":
        return node.children[0].type == "*" and _is_pure(node)
    if node.type in ("identifier", "call_expression"):
        return resolved.origin is not None and _is_pure(node)
    return False


class _Draft:
    """The edits of one function while they are made."""

    def __init__(self, planner: FunctionPlanner, sites: Sequence[Site]) -> None:
        self.p = planner
        self.local_error = planner.dialect.error == "local_err"
        self.data = planner.data
        self.syntax = planner.syntax
        self.conversions: list[Conversion] = []
        self._edits: list[Edit] = []
        self._blocks: dict[int, _Block] = {}
        self._visit_names = names.VisitNames()
        self._early: set[int] = set()  # statements that use the visitor in place, by their offset
        function = sites[0].place.function
        assert function is not None
        self.function = function
        masked = self.syntax.masked[function.start_byte : function.end_byte].decode("latin-1")
        self.taken = names.identifiers(masked) | self._macro_words(masked)
        self.sites = sites
        self.streams = self._declare_streams(sites)
        for site in sites:
            self.conversions.append(self._convert(site))

    def _macro_words(self, text: str) -> set[str]:
        """The words in the bodies of macros that the function uses: a new local must not catch them."""
        scope = self.p.resolver.scope(str(self.syntax.source.path))
        words: set[str] = set()
        for name in names.identifiers(text):
            if name not in self.p.rules.primitives:
                for _, macro in scope.macros(name):
                    words |= names.identifiers(macro.body)
        return words

    # -- streams ---------------------------------------------------------------------------

    def _declare_streams(self, sites: Sequence[Site]) -> dict[str, Stream]:
        error_names = names.LOCAL_ERROR_NAMES if self.local_error else names.ERROR_NAMES
        result: dict[str, Stream] = {}
        for site in sites:
            file = text_of(site.arguments[0], self.data)
            if file in result:
                continue
            result[file] = self._present_stream(file) or Stream(
                file,
                names.free_name(names.VISITOR_NAMES, self.taken),
                names.free_name(error_names, self.taken),
                declared=False,
            )
        return result

    def _present_stream(self, file: str) -> Stream | None:
        """The variables that the function's top already has for a stream: it is half converted."""
        body = self.function.child_by_field_name("body")
        top = layout.leading_declarations(body) if body is not None else []
        text = " ".join(text_of(d, self.data) for d in top)
        getter = rf"\s*\(\s*{re.escape(file)}\s*\)\s*;"
        visitor = re.search(r"\bVisitor\s*\*\s*(\w+)\s*=\s*qemu_file_get_visitor" + getter, text)
        error = re.search(r"\bError\s*\*\*\s*(\w+)\s*=\s*qemu_file_get_errp" + getter, text)
        if self.local_error:
            error = re.search(r"\bError\s*\*\s*(\w+)\s*=\s*NULL\s*;", text)
        if visitor is None or error is None:
            return None
        return Stream(file, visitor.group(1), error.group(1), declared=True)

    def _stream_lines(self, stream: Stream) -> list[str]:
        lines = [f"Visitor *{stream.visitor} = qemu_file_get_visitor({stream.file});"]
        if self.local_error:
            lines.append(f"Error *{stream.error} = NULL;")
        else:
            lines.append(f"Error **{stream.error} = qemu_file_get_errp({stream.file});")
        sites = [s for s in self.sites if text_of(s.arguments[0], self.data) == stream.file]
        around = self.syntax.branches_at(self.function.start_byte)
        inner = [tuple(b for b in self.syntax.branches_at(s.start) if b not in around) for s in sites]
        condition = layout.condition_lines(inner)
        return [*condition, *lines, "#endif"] if condition else lines

    def _add_streams(self) -> None:
        """Put the stream declarations where every use can see them."""
        body = self.function.child_by_field_name("body")
        assert body is not None
        block = self._block(body)
        declarations = layout.leading_declarations(body)
        if self._early & {d.start_byte for d in declarations}:
            block.after = self._latest_stream_declaration(declarations)
        lines = [line for stream in self.streams.values() if not stream.declared for line in self._stream_lines(stream)]
        block.declarations[:0] = lines

    def _latest_stream_declaration(self, declarations: list[Node]) -> Node | None:
        found = None
        for node in declarations:
            text = text_of(node, self.data)
            if any(re.search(rf"\b{re.escape(f)}\s*=", text) for f in self.streams):
                found = node
        return found

    def _block(self, node: Node) -> _Block:
        if node.start_byte not in self._blocks:
            after = layout.own_declarations(node, self.syntax)
            self._blocks[node.start_byte] = _Block(node, after, [], [])
        return self._blocks[node.start_byte]

    # -- text ------------------------------------------------------------------------------

    def _stream(self, site: Site) -> Stream:
        return self.streams[text_of(site.arguments[0], self.data)]

    def _arguments(self, site: Site, visit: Visit, name: str, objects: Sequence[str]) -> list[str]:
        """The arguments of a visit in the dialect's order; a buffer's object is pointer and size."""
        stream = self._stream(site)
        error = f"&{stream.error}" if self.local_error else stream.error
        parts = {"visitor": [stream.visitor], "object": list(objects), "name": [f'"{name}"'], "errp": [error]}
        return [text for role in self.p.dialect.order for text in parts[role]]

    def _head(self, visit: Visit) -> str:
        return visit.rfc if self.p.dialect.spelling == "rfc" else visit.function

    def _line_before(self, offset: int) -> str:
        """The text of the line before an offset, as white space of the same width if it is code."""
        start = self.syntax.source.line_start(offset)
        return self.data[start:offset].decode("latin-1")

    def _operand(self, node: Node) -> str:
        """The operand's text on one line where it holds no comment, else as it stands."""
        text = text_of(node, self.data)
        if _COMMENT.search(text):
            return text
        return re.sub(r"[ \t]*\r?\n[ \t]*", " ", text)

    def _stray_comments(self, site: Site) -> str:
        """Comments among the arguments, which would be lost with the call; they go before the object."""
        assert site.call is not None
        kept = [a for a in site.arguments[1:]]
        text, at = "", site.call.start_byte
        for node in [*kept, None]:
            end = node.start_byte if node is not None else site.call.end_byte
            text += self.data[at:end].decode("latin-1")
            at = node.end_byte if node is not None else end
        found = [c if c.startswith("/*") else f"/*{c[2:].rstrip()} */" for c in _COMMENT.findall(text)]
        return "".join(c + " " for c in found)

    # -- one site --------------------------------------------------------------------------

    def _convert(self, site: Site) -> Conversion:
        operand = site.primitive.operand
        if operand == "buffer":
            return self._buffer(site)
        if operand == "pointer":
            return self._pointer(site)
        if site.primitive.direction == "put":
            return self._put(site)
        return self._get(site)

    def _named(self, site: Site) -> str:
        hint = self.p.hints[site.start]
        return self._visit_names.name(hint.key, hint.paths)

    def _replace_call(self, site: Site, head: str, arguments: list[str]) -> None:
        assert site.call is not None and site.statement is not None
        self._early.add(site.statement.start_byte)
        before = self._line_before(site.call.start_byte)
        following = self.data[site.call.end_byte : site.call.end_byte + 1].decode("latin-1")
        text = layout.wrap_call(head, arguments, before, following.strip())
        self._replace(site.call.start_byte, site.call.end_byte, text)

    def _replace(self, start: int, end: int, text: str) -> None:
        newline = self.syntax.source.newline
        body = text.replace("\r\n", "\n").encode("latin-1")
        self._edits.append(Edit(start, end, body.replace(b"\n", newline)))

    def _visit(self, name: str) -> Visit:
        return self.p.rules.visits[name]

    def _buffer(self, site: Site) -> Conversion:
        pointer, size = site.arguments[1], site.arguments[2]
        visit = self._visit(site.primitive.visit)
        name = self._named(site)
        resolved = self.p.resolve(site, pointer, pointee=True)
        text = self._operand(pointer)
        if _is_constant(resolved):
            bare = pointer.type in ("identifier", "field_expression", "call_expression", "subscript_expression")
            text = f"(void *){text}" if bare else f"(void *)({text})"
        objects = [self._stray_comments(site) + text, self._operand(size)]
        self._replace_call(site, self._head(visit), self._arguments(site, visit, name, objects))
        return Conversion(site, "buffer", visit, name, resolved)

    def _pointer(self, site: Site) -> Conversion:
        pointer = site.arguments[1]
        resolved = self.p.resolve(site, pointer, pointee=True)
        visit = self._visit(site.primitive.visit)
        pointee = self.p.exact_visit(site.primitive, resolved)
        if pointee is not None and pointee.c_type != "bool":
            visit = pointee
        text, shape = self._operand(pointer), "pointer"
        if site.primitive.direction == "put" and _is_constant(resolved):
            text, shape = f"&({visit.c_type}){{ {_dereferenced(pointer, text)} }}", "value"
        name = self._named(site)
        objects = [self._stray_comments(site) + text]
        self._replace_call(site, self._head(visit), self._arguments(site, visit, name, objects))
        return Conversion(site, shape, visit, name, resolved)

    def _put(self, site: Site) -> Conversion:
        value = site.arguments[1]
        resolved = self.p.resolve(site, value)
        visit = self.p.exact_visit(site.primitive, resolved)
        name = self._named(site)
        text = self._operand(value)
        if visit is not None and isinstance(resolved, Resolved) and _addressable(value, resolved):
            shape, text = "field", _address_of(value, text)
        else:
            visit = self._visit(site.primitive.visit)
            shape, text = "value", f"&({visit.c_type}){{ {text} }}"
        objects = [self._stray_comments(site) + text]
        self._replace_call(site, self._head(visit), self._arguments(site, visit, name, objects))
        return Conversion(site, shape, visit, name, resolved)

    def _get(self, site: Site) -> Conversion:
        resolved: Resolved | Unknown | None = None
        if site.target is not None:
            resolved = self.p.resolve(site, site.target)
            visit = self.p.exact_visit(site.primitive, resolved)
            if visit is not None and isinstance(resolved, Resolved):
                if site.usage is Usage.ASSIGNED and _addressable(site.target, resolved):
                    return self._assigned(site, visit, resolved)
                if site.usage is Usage.INITIALISER and self._can_follow(site):
                    return self._initialised(site, visit, resolved)
        if site.usage is Usage.STATEMENT:
            return self._discarded(site)
        if site.usage is Usage.IN_PLACE:
            return self._in_place(site, resolved)
        if site.usage is Usage.INITIALISER:
            if self._can_follow(site) and self._assignable(site):
                return self._initialised_through(site, resolved)
            return self._in_place(site, resolved)
        return self._through_temporary(site, resolved)

    def _assigned(self, site: Site, visit: Visit, resolved: Resolved) -> Conversion:
        assert site.target is not None and site.statement is not None and site.call is not None
        name = self._named(site)
        text = self._comments_between(site) + _address_of(site.target, self._operand(site.target))
        expression = site.statement.named_children[0]
        before = self._line_before(expression.start_byte)
        arguments = self._arguments(site, visit, name, [text])
        call = layout.wrap_call(self._head(visit), arguments, before)
        self._replace(expression.start_byte, expression.end_byte, call)
        return Conversion(site, "field", visit, name, resolved)

    def _comments_between(self, site: Site) -> str:
        """Comments between the assignment's two sides and among the call's arguments."""
        assert site.target is not None and site.statement is not None
        expression = site.statement.named_children[0]
        text = self.data[site.target.end_byte : expression.end_byte].decode("latin-1")
        found = [c if c.startswith("/*") else f"/*{c[2:].rstrip()} */" for c in _COMMENT.findall(text)]
        return "".join(c + " " for c in found)

    # -- temporaries -----------------------------------------------------------------------

    def _temporary(self, site: Site) -> tuple[Visit, str, str]:
        """The visit of the wire's own type, the visit's name and a fresh variable for it."""
        visit = self._visit(site.primitive.visit)
        name = self._named(site)
        variable = names.free_name(names.variable_from(name), self.taken)
        return visit, name, variable

    def _use(self, site: Site, visit: Visit, variable: str, plain: bool) -> str:
        """The temporary as the getter's return type; a plain copy converts by itself."""
        returns = site.primitive.c_type
        if plain or visit.c_type not in _PROMOTED_TO_INT or returns == "int":
            return variable
        return f"({returns}){variable}"

    def _visit_line(self, site: Site, visit: Visit, name: str, variable: str, indentation: str) -> str:
        arguments = self._arguments(site, visit, name, [f"&{variable}"])
        return layout.wrap_call(self._head(visit), arguments, indentation) + ";"

    def _discarded(self, site: Site) -> Conversion:
        assert site.statement is not None
        visit, name, variable = self._temporary(site)
        self._before_statement(site, visit, name, variable, keep=False)
        return Conversion(site, "discarded", visit, name, None)

    def _through_temporary(self, site: Site, resolved: Resolved | Unknown | None) -> Conversion:
        assert site.call is not None
        visit, name, variable = self._temporary(site)
        plain = site.usage is Usage.ASSIGNED
        self._before_statement(site, visit, name, variable, keep=True)
        self._replace(site.call.start_byte, site.call.end_byte, self._use(site, visit, variable, plain))
        return Conversion(site, "temporary", visit, name, resolved)

    def _before_statement(
        self, site: Site, visit: Visit, name: str, variable: str, keep: bool
    ) -> None:
        """Declare the temporary and visit it before (or, without `keep`, instead of) the statement."""
        statement, block = site.statement, self._own_block(site)
        assert statement is not None
        declaration = f"{visit.c_type} {variable} = 0;"
        if block is None:
            self._braced(site, visit, name, variable, declaration, keep)
            return
        self._block(block).declarations.append(declaration)
        before = self._line_before(statement.start_byte)
        inline = bool(before.strip())
        call = self._visit_line(site, visit, name, variable, before)
        if not keep:
            self._replace(statement.start_byte, statement.end_byte, call)
        else:
            self._insert(statement.start_byte, call + (" " if inline else "\n" + before))

    def _insert(self, offset: int, text: str) -> None:
        self._replace(offset, offset, text)

    def _own_block(self, site: Site) -> Node | None:
        """The block that the statement stands in directly, if a declaration at its top serves it."""
        assert site.statement is not None
        chain = site.place.chain
        parent = chain[chain.index(site.statement) - 1]
        if parent.type != "compound_statement":
            return None
        if self.syntax.branches_at(parent.start_byte) != self.syntax.branches_at(site.start):
            return None
        labels = any(child.type in ("labeled_statement", "case_statement") for child in parent.children)
        return None if labels else parent

    def _braced(
        self, site: Site, visit: Visit, name: str, variable: str, declaration: str, keep: bool
    ) -> None:
        """Give the statement braces of its own, which hold the temporary."""
        statement = site.statement
        assert statement is not None
        source = self.syntax.source
        before = self._line_before(statement.start_byte)
        chain = site.place.chain
        parent = chain[chain.index(statement) - 1]
        fresh = not before.strip()
        if fresh and _heads_branch(parent):
            outer = _first_line_indent(parent, source)
            inner = before
            opening_at = self._end_of_code_before(statement.start_byte)
            self._insert(opening_at, " {")
            lead, close = "", "\n" + outer + "}"
        elif fresh:
            outer, inner = before, layout.deeper(before)
            lead, close = "{\n" + inner, "\n" + outer + "}"
        else:
            outer = before[: len(before) - len(before.lstrip())]
            inner = layout.deeper(outer)
            lead, close = "{\n" + inner, "\n" + outer + "}"
        call = self._visit_line(site, visit, name, variable, inner)
        text = f"{lead}{declaration}\n\n{inner}{call}"
        if keep:
            self._insert(statement.start_byte, text + "\n" + inner)
        else:
            self._replace(statement.start_byte, statement.end_byte, text)
        self._insert(self._after_trailing_comment(statement.end_byte), close)
        self._join_else(parent, statement)

    def _end_of_code_before(self, offset: int) -> int:
        """The offset after the last code before `offset`, comments passed over."""
        return len(self.syntax.masked[:offset].rstrip())

    def _after_trailing_comment(self, offset: int) -> int:
        end = layout.rest_of_line(self.syntax, offset)
        return offset if end is None else end

    def _join_else(self, parent: Node, statement: Node) -> None:
        """After a new brace, an `else` on the next line moves up behind it, as QEMU writes it."""
        if parent.type != "if_statement" or statement != parent.child_by_field_name("consequence"):
            return
        alternative = parent.child_by_field_name("alternative")
        if alternative is None:
            return
        start = self._after_trailing_comment(statement.end_byte)
        if not self.data[start : alternative.start_byte].strip():
            self._replace(start, alternative.start_byte, " ")

    def _in_place(self, site: Site, resolved: Resolved | Unknown | None) -> Conversion:
        assert site.call is not None and site.statement is not None
        self._early.add(site.statement.start_byte)
        visit, name, variable = self._temporary(site)
        declaration = f"{visit.c_type} {variable} = 0;"
        use = self._use(site, visit, variable, plain=False)
        before = self._line_before(site.call.start_byte)
        outer = before[: len(before) - len(before.lstrip())]
        one = f"({{ {declaration} {self._visit_line(site, visit, name, variable, '').replace(chr(10), ' ')} {use}; }})"
        if layout.visual_width(before) + len(" ".join(one.split())) < layout.WIDTH - 4:
            text = " ".join(one.split())
        else:
            if site.statement.type not in ("expression_statement", "declaration", "return_statement"):
                outer = layout.deeper(outer)
            inner = layout.deeper(outer)
            call = self._visit_line(site, visit, name, variable, inner)
            text = f"({{\n{inner}{declaration}\n\n{inner}{call}\n{inner}{use};\n{outer}}})"
        self._replace(site.call.start_byte, site.call.end_byte, text)
        return Conversion(site, "in place", visit, name, resolved)

    # -- initialisers ----------------------------------------------------------------------

    def _can_follow(self, site: Site) -> bool:
        """Whether the visit may come after the block's declarations: nothing between depends on it."""
        statement, chain = site.statement, site.place.chain
        assert statement is not None
        block = chain[chain.index(statement) - 1]
        if self.syntax.branches_at(block.start_byte) != self.syntax.branches_at(statement.start_byte):
            return False
        declarator = chain[chain.index(statement) + 1]
        name = _declared_name(declarator, self.data)
        following = [c for c in statement.named_children if c.start_byte > declarator.end_byte]
        following += [d for d in _declarations_after(block, statement)]
        pattern = re.compile(rf"\b{re.escape(name)}\b")
        for node in following:
            text = self._without_later_gets(node)
            if "(" in text.partition("=")[2] or pattern.search(text) or "static" in text:
                return False
        labels = any(child.type in ("labeled_statement", "case_statement") for child in block.children)
        return not labels

    def _without_later_gets(self, node: Node) -> str:
        """The text of a declaration without the gets that follow the declarations as well, in order."""
        text = text_of(node, self.data)
        for site in reversed(self.sites):
            if site.usage is Usage.INITIALISER and node.start_byte <= site.start < node.end_byte:
                if self._can_follow(site) and (site.target is not None or self._assignable(site)):
                    start, end = site.start - node.start_byte, site.end - node.start_byte
                    text = text[:start] + "0" + text[end:]
        return text

    def _assignable(self, site: Site) -> bool:
        """Whether the declared variable may be assigned later: not const, not static, no array."""
        assert site.statement is not None
        declarator = site.place.chain[site.place.chain.index(site.statement) + 1]
        head = self.data[site.statement.start_byte : declarator.start_byte].decode("latin-1")
        target = declarator.child_by_field_name("declarator")
        plain = target is not None and target.type in ("identifier", "pointer_declarator")
        return plain and not re.search(r"\b(const|static|register)\b", head)

    def _statements_of(self, site: Site) -> tuple[list[str], str]:
        """The list that takes statements after the declarations around a site, and their indentation."""
        statement, chain = site.statement, site.place.chain
        assert statement is not None
        block = chain[chain.index(statement) - 1]
        indentation = layout.block_indentation(block, self.syntax.source)
        if statement in layout.leading_declarations(block):
            return self._block(block).statements, indentation
        entry = self._blocks.setdefault(-statement.start_byte, _Block(block, statement, [], []))
        return entry.statements, indentation

    def _initialised(self, site: Site, visit: Visit, resolved: Resolved) -> Conversion:
        assert site.target is not None and site.statement is not None and site.call is not None
        name = self._named(site)
        declarator = site.place.chain[site.place.chain.index(site.statement) + 1]
        value = declarator.child_by_field_name("value")
        assert value is not None
        self._replace(value.start_byte, value.end_byte, "false" if visit.c_type == "bool" else "0")
        lines, indentation = self._statements_of(site)
        arguments = self._arguments(site, visit, name, [f"&{text_of(site.target, self.data)}"])
        lines.append(layout.wrap_call(self._head(visit), arguments, indentation) + ";")
        return Conversion(site, "initialiser", visit, name, resolved)

    def _initialised_through(self, site: Site, resolved: Resolved | Unknown | None) -> Conversion:
        statement, chain = site.statement, site.place.chain
        assert statement is not None and site.call is not None
        declarator = chain[chain.index(statement) + 1]
        target, value = declarator.child_by_field_name("declarator"), declarator.child_by_field_name("value")
        assert target is not None and value is not None
        variable_name = _declared_name(declarator, self.data)
        visit = self._visit(site.primitive.visit)
        name = self._named(site)
        variable = names.free_name([f"{variable_name}_val"], self.taken)
        lines, indentation = self._statements_of(site)
        use = self._use(site, visit, variable, plain=site.target is not None)
        expression = (
            self.data[value.start_byte : site.call.start_byte].decode("latin-1")
            + use
            + self.data[site.call.end_byte : value.end_byte].decode("latin-1")
        )
        self._replace(target.end_byte, value.end_byte, "")
        self._insert(statement.start_byte, f"{visit.c_type} {variable} = 0;\n{self._line_before(statement.start_byte)}")
        lines.append(self._visit_line(site, visit, name, variable, indentation))
        lines.append(f"{variable_name} = {expression};")
        return Conversion(site, "temporary", visit, name, resolved)

    # -- result ----------------------------------------------------------------------------

    def edits(self) -> tuple[Edit, ...]:
        """All edits of the function, the added declarations included."""
        self._add_streams()
        for block in self._blocks.values():
            self._write_block(block)
        return tuple(self._edits)

    def _write_block(self, block: _Block) -> None:
        last = self._last_declaration(block)
        if block.statements and last is not None and last != block.after:
            self._write_lines(block, block.declarations, [], block.after)
            self._write_lines(block, [], block.statements, last)
        else:
            self._write_lines(block, block.declarations, block.statements, block.after)

    def _last_declaration(self, block: _Block) -> Node | None:
        declarations = layout.leading_declarations(block.node)
        return declarations[-1] if declarations and block.after in [None, *declarations] else block.after

    def _write_lines(
        self, block: _Block, declarations: list[str], statements: list[str], after: Node | None
    ) -> None:
        if not declarations and not statements:
            return
        top = layout.block_top(block.node, self.syntax, after)
        if top.inline and not any(line.startswith("#") for line in declarations):
            text = "".join(" " + line for line in (*declarations, *statements))
            self._insert(top.offset, text)
            return
        text = "".join("\n" + _indented(line, top.indentation) for line in declarations)
        if statements:
            text += "\n" + "".join("\n" + _indented(line, top.indentation) for line in statements)
        if top.inline:
            text += "\n" + top.indentation
        elif self._before_statement_line(block.node, top.offset):
            text += self._blank_after(top.offset)
        self._insert(top.offset, text)

    def _before_statement_line(self, block: Node, offset: int) -> bool:
        """Whether what follows the place in the block is no declaration of its own."""
        return not any(d.start_byte >= offset for d in layout.leading_declarations(block))

    def _blank_after(self, offset: int) -> str:
        """An empty line between new declarations and a first statement, unless one is there."""
        rest = self.data[offset:].lstrip(b"\r")
        following = rest[1:].lstrip(b" \t\r")
        return "" if following.startswith((b"\n", b"}")) else "\n"


def _indented(line: str, indentation: str) -> str:
    return line if line.startswith("#") else indentation + line


def _heads_branch(parent: Node) -> bool:
    return parent.type in ("if_statement", "else_clause", "for_statement", "while_statement", "do_statement")


def _first_line_indent(node: Node, source: object) -> str:
    from .source import SourceFile

    assert isinstance(source, SourceFile)
    return source.indentation(node.start_byte).decode("latin-1")


def _declared_name(declarator: Node, data: bytes) -> str:
    node: Node | None = declarator
    while node is not None and node.type != "identifier":
        node = node.child_by_field_name("declarator")
    return text_of(node, data) if node is not None else ""


def _declarations_after(block: Node, statement: Node) -> Iterable[Node]:
    """The leading declarations that follow one of them."""
    leading = layout.leading_declarations(block)
    return [d for d in leading if d.start_byte > statement.start_byte] if statement in leading else []


def _is_constant(resolved: Resolved | Unknown) -> bool:
    """Whether the object is one that a visitor, which may write back, must not get the address of."""
    return isinstance(resolved, Resolved) and bool(resolved.qualifiers & {"const", "volatile"})


def _address_of(node: Node, text: str) -> str:
    """`&lvalue`, or just `p` for `*p`."""
    if node.type == "pointer_expression" and text.startswith("*"):
        return text[1:].lstrip()
    return "&" + text


def _dereferenced(pointer: Node, text: str) -> str:
    """`*p`, or just `x` for `&x`."""
    if pointer.type == "pointer_expression" and text.startswith("&"):
        return text[1:].lstrip()
    simple = pointer.type in ("identifier", "field_expression", "subscript_expression", "call_expression")
    return f"*{text}" if simple else f"*({text})"
