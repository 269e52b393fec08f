# SPDX-License-Identifier: GPL-2.0-or-later
"""What makes a function's text mean something else than it says, so that no comparison of it holds.

Each check looks at the old text, the new one and the macros of the file, and names the first thing
that it finds. None of them says that a conversion is wrong: only that it can't be seen to be right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .facts import Vocabulary
from .macros import RESERVED, File, FileMacros, TokenMacro
from .sites import ASSIGNMENTS, strip_parentheses
from .text import CLOSERS, KEYWORDS, Code, Function, find_identifiers, is_identifier

_ASM = frozenset(("asm", "__asm__", "__asm"))


@dataclass(frozen=True)
class ChangedFunction:
    """One function before and after, with what its file defines."""

    old: Code
    new: Code
    header: tuple[str, ...]
    file: File
    words: Vocabulary

    @property
    def macros(self) -> FileMacros:
        """The macros of the file."""
        return self.file.macros


def find_obscured(old: Code, new: Code, function: Function, file: File, words: Vocabulary) -> str:
    """Why the change of a function can't be judged from its text; empty where it can."""
    change = ChangedFunction(old, new, function.header, file, words)
    for check in (
        _other_primitives,
        _captured_names,
        _texts_of_calls,
        _check_visitors,
        _check_streams,
    ):
        for problem in check(change):
            return problem
    return ""


def _gone_primitives(change: ChangedFunction) -> set[str]:
    """The primitives of which the new text has fewer calls."""
    names = change.words.primitives
    before, after = ([t for t in code.tokens if t in names] for code in (change.old, change.new))
    return {name for name in set(before) if before.count(name) > after.count(name)}


def _other_primitives(change: ChangedFunction) -> Iterator[str]:
    """A name that is not the primitive here: a macro of the file, a parameter, a local.

    `#define qemu_put_be32 trace_be32`, `void (*qemu_put_be32)(QEMUFile *, int)`. Not where the macro
    is another name of a primitive alone, as of those for a target's long, nor where the file defines
    the primitive itself, under a name of its own.
    """
    names = change.words.primitives.keys() | change.file.functions
    for name in sorted(_gone_primitives(change)):
        own = name in change.file.functions
        if not all(
            len(macro.body) == 1 and (own or macro.body[0] in names)
            for macro in change.macros.named(name)
        ):
            yield f"{name} is a macro of this file"
        for tokens in (list(change.header), change.old.tokens):
            for before, token, after in _list_triples(tokens):
                if token == name and after != "(" and before not in (".", "->"):
                    yield f"{name} is something else in this function"
    for name in (change.words.visitor_getter, change.words.errp_getter, "Visitor", "Error"):
        if name in change.macros:
            yield f"{name} is a macro of this file"


def _list_triples(tokens: list[str]) -> Iterator[tuple[str, str, str]]:
    return zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False)


def _captured_names(change: ChangedFunction) -> Iterator[str]:
    """An added local that a macro, an included text or the language gives another meaning.

    `#define MARK v`, used where a local `v` is added; `#define ALL(x) x##_all`.
    """
    before = find_identifiers([*change.header, *change.old.tokens])
    added = set(_added_locals(change, before))
    if not added:
        return
    for name in sorted(added & RESERVED):
        yield f"{name} has a meaning of its own"
    for name in sorted(added):
        if any(macro.parameters is None for macro in change.macros.named(name)):
            yield f"{name} is a macro of this file"
    for macro in change.macros.reached(before):
        for name in sorted(added & macro.names):
            yield f"{name} is what the macro {macro.name} uses"
        yield from _find_pasted(macro, added, before)
    if any(token.startswith("#include") for token in change.old.tokens):
        yield "a file is included in the function"


def _added_locals(change: ChangedFunction, before: set[str]) -> Iterator[str]:
    """What the new text declares and the old one does not name: visitors, errors, temporaries."""
    types = {visit.c_type for visit in change.words.visits.values()} | {"*"}
    for type_, name, after in _list_triples(change.new.tokens):
        if type_ in types and after == "=" and name not in before and is_identifier(name):
            yield name


def _find_pasted(macro: TokenMacro, added: set[str], used: set[str]) -> Iterator[str]:
    """Added names that a macro may put together from a text of its own and one of the function's."""
    parameters = set(macro.parameters or ())
    pieces = {p for p in macro.pasted - parameters if is_identifier(p) or p.isdigit()}
    for name in sorted(added):
        fixed = any(name != p and (name.startswith(p) or name.endswith(p)) for p in pieces)
        free = macro.pasted & parameters and not pieces and _is_made_of(name, used)
        if fixed or free:
            yield f"{name} may be what the macro {macro.name} puts together"


def _is_made_of(name: str, used: set[str]) -> bool:
    """Whether a name is two of the function's words, or one with digits, written as one."""
    splits = ((name[:at], name[at:]) for at in range(1, len(name)))
    return any(a in used and (b in used or b.isdigit()) for a, b in splits)


def _texts_of_calls(change: ChangedFunction) -> Iterator[str]:
    """A primitive among the arguments of a macro that makes a text of them: `SHOW(qemu_get_be32(f))`."""
    for at, token in enumerate(change.old.tokens):
        known = token in change.macros
        shown = known and any(m.stringified for m in change.macros.reached([token]))
        call = change.old.call(at) if shown else None
        if call is None:
            continue
        text = change.old.span(call.start, call.end)
        if not change.words.primitives.keys().isdisjoint(text) and not _holds_text(
            change.new, text
        ):
            yield f"the macro {token} makes a text of the call"


def _holds_text(code: Code, text: list[str]) -> bool:
    size = len(text)
    starts = (at for at, token in enumerate(code.tokens) if token == text[0])
    return any(code.tokens[at : at + size] == text for at in starts)


def _declared_visitors(code: Code, words: Vocabulary) -> Iterator[tuple[int, str, list[str]]]:
    """The place, the name and the stream's text of each `Visitor *v = getter(stream);`."""
    for at, token in enumerate(code.tokens):
        if token == words.visitor_getter and code.at(at - 1) == "=" and code.at(at - 3) == "*":
            call = code.call(at)
            if call is not None and len(call.arguments) == 1:
                yield at - 2, code.at(at - 2), code.span(*call.arguments[0])


def _check_visitors(change: ChangedFunction) -> Iterator[str]:
    """A visitor that is another one where it is used: assigned, declared again, under a condition.

    What uses it is a visit, or hands it to another function; more than one declaration of a name is
    only for branches of `#if`.
    """
    found = list(_declared_visitors(change.new, change.words))
    for at, name, _ in found:
        places = {place for place, other, _ in found if other == name}
        depth = _conditional_depth(change.new, at)
        if len(places) > 1 and not depth:
            yield f"{name} is declared more than once"
        known = name in change.old.tokens
        if depth and known and _used_outside(change.new, at, name):
            yield f"{name} is declared under a condition"
        for index, token in enumerate(change.new.tokens):
            if token != name or index in places or change.new.at(index - 1) in (".", "->"):
                continue
            if not _is_handed_on(change.new, index):
                yield f"{name} is not the same visitor throughout"


def _conditional_depth(code: Code, at: int) -> int:
    """How many `#if` are open at a token."""
    opened = sum(token.startswith("#if") for token in code.tokens[:at])
    return opened - sum(token.startswith("#endif") for token in code.tokens[:at])


def _used_outside(code: Code, at: int, name: str) -> bool:
    """Whether a name is used behind the `#endif` of the condition that it is declared under."""
    depth = _conditional_depth(code, at)
    return any(
        token == name and _conditional_depth(code, index) < depth
        for index, token in enumerate(code.tokens[at + 1 :], at + 1)
    )


def _is_handed_on(code: Code, at: int) -> bool:
    """Whether a token is a whole argument of a call."""
    return (
        code.at(at - 1) in ("(", ",")
        and code.at(at + 1) in (")", ",")
        and _find_callee(code, at) is not None
    )


def _find_callee(code: Code, at: int) -> str | None:
    """The name in front of the parenthesis that a token is directly in; `)` or `]` for a pointer that
    is called; None where it is no call."""
    index = at - 1
    while index >= 0 and code.tokens[index] not in CLOSERS:
        closed = code.tokens[index] in (")", "]", "}")
        index = min(code.partner[index], index) - 1 if closed else index - 1
    before = code.at(index - 1)
    called = (is_identifier(before) and before not in KEYWORDS) or before in (")", "]")
    return before if index >= 0 and code.tokens[index] == "(" and called else None


def _check_streams(change: ChangedFunction) -> Iterator[str]:
    """A stream that may be another one, or none, where the visitor is used or got.

    The variable that holds it must only be read: in a member access, as an argument, or copied. A
    test of it (`if (f)`) says that there may be no stream where a visitor added at the top is got.
    """
    known = {name for _, name, _ in _declared_visitors(change.old, change.words)}
    for _, visitor, stream in _declared_visitors(change.new, change.words):
        bare = strip_parentheses(stream)
        root = next((t for t in bare if is_identifier(t) and t not in KEYWORDS), "")
        if not root:
            yield "the stream is computed"
            return
        if not _ASM.isdisjoint(change.old.tokens) and root in change.old.tokens:
            yield "there is assembler in the function"
        yield from _macros_on(change, root)
        declared = change.header.count(root) > 0
        for at, token in enumerate(change.old.tokens):
            if token == root and not _is_member(change.old, at):
                if not declared and _is_declared(change.old, at):
                    declared = True
                    continue
                yield from _use_of(change, at, len(bare) == 1, visitor in known)


def _is_member(code: Code, at: int) -> bool:
    """Whether a name is that of a member: in an access, or in the struct that declares it."""
    if code.at(at - 1) in (".", "->"):
        return True
    index = at - 1
    while index >= 0 and code.tokens[index] not in CLOSERS:
        closed = code.tokens[index] in (")", "]", "}")
        index = min(code.partner[index], index) - 1 if closed else index - 1
    heads = (code.at(index - 1), code.at(index - 2))
    return code.at(index) == "{" and not {"struct", "union"}.isdisjoint(heads)


def _macros_on(change: ChangedFunction, root: str) -> Iterator[str]:
    """Macros of the file, used in the function, that name the stream's variable themselves."""
    for macro in change.macros.reached(find_identifiers(change.old.tokens)):
        if root in macro.names:
            yield f"the macro {macro.name} uses {root}"


def _is_declared(code: Code, at: int) -> bool:
    """Whether a token is the name that `QEMUFile *f = ...` or `QEMUFile *f;` declares."""
    return (
        code.at(at - 1) == "*"
        and is_identifier(code.at(at - 2))
        and code.at(at - 3) in ("", "{", "}", ";", ")", "const", "struct", "#endif", "static")
        and code.at(at + 1) in ("=", ";", ",")
    ) or (code.at(at - 1) == "*" and code.at(at - 3).startswith("#"))


def _use_of(change: ChangedFunction, at: int, whole: bool, known: bool) -> Iterator[str]:
    """What one use of the stream's variable may do; `whole` if the variable is the stream itself,
    `known` if the visitor was there before."""
    code, token = change.old, change.old.tokens[at]
    before, after = code.at(at - 1), code.at(at + 1)
    if before == "*" and is_identifier(code.at(at - 2)) and after in (")", ",", "=", ";"):
        yield f"{token} is declared again"
    elif after in ASSIGNMENTS or not {"++", "--"}.isdisjoint((before, after)):
        yield f"{token} changes"
    elif after in (".", "->", "["):
        if before == "&" and whole and after == "[":
            yield f"the address of {token} is taken"
    elif before == "&" and not is_identifier(code.at(at - 2)) and code.at(at - 2) not in (")", "]"):
        yield f"the address of {token} is taken"
    elif before in ("(", ",") and after in (")", ","):
        yield from _check_argument(change, at, whole and not known)
    elif whole and not known and not _is_copied(code, at):
        yield f"{token} is tested, so there may be no stream"
    elif not whole and before == "*" and after in ASSIGNMENTS:
        yield f"what {token} points to changes"


def _check_argument(change: ChangedFunction, at: int, added: bool) -> Iterator[str]:
    """A use between parentheses or commas: an argument, a loop macro's cursor, `(f) = g`, `if (f)`."""
    code, token = change.old, change.old.tokens[at]
    callee = _find_callee(code, at)
    if callee is None:
        opening = at - 1
        close = code.partner[opening] if code.at(opening) == "(" else at
        follows = code.at(close + 1)
        if follows in ASSIGNMENTS or not {"++", "--"}.isdisjoint((follows, code.at(opening - 1))):
            yield f"{token} changes"
        elif added and code.at(opening - 1) in ("if", "while", "!", "&&", "||", "return"):
            yield f"{token} is tested, so there may be no stream"
        return
    opening = at - 1
    while code.tokens[opening] != "(":
        closed = code.tokens[opening] in (")", "]", "}")
        opening = min(code.partner[opening], opening) - 1 if closed else opening - 1
    call = code.call(opening - 1)
    spans = call.arguments if call is not None else ()
    place = next((n for n, (start, end) in enumerate(spans) if start <= at < end), -1)
    if any(_changes_parameter(macro, place) for macro in change.macros.named(callee)):
        yield f"the macro {callee} may change {token}"
    follows = code.at(code.partner[opening] + 1)
    if follows == "{" or (is_identifier(follows) and follows not in ("__attribute__",)):
        yield f"{callee} may be a loop over {token}"


def _changes_parameter(macro: TokenMacro, place: int) -> bool:
    """Whether a macro assigns, steps or takes the address of what it is given at a place."""
    if not 0 <= place < len(macro.parameters or ()):
        return False
    parameter = (macro.parameters or ())[place]
    body = ["", *(t for t in macro.body if t not in ("(", ")")), ""]
    return any(
        token == parameter
        and (after in ASSIGNMENTS or "++" in (before, after) or "--" in (before, after)
             or before == "&")
        for before, token, after in _list_triples(body)
    )  # fmt: skip


def _is_copied(code: Code, at: int) -> bool:
    """Whether a value is only copied or thrown away: `= f;`, `(void)f;`, `{ f }`, `return f;`."""
    before, after = code.at(at - 1), code.at(at + 1)
    return before in ("=", ")", "return", "{", ",", ":") and after in (";", ",", "}", ")")
