# SPDX-License-Identifier: GPL-2.0-or-later
"""The visitors and errors that a function gets from its streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..errors import DifferError
from .facts import Vocabulary
from .sites import ASSIGNMENTS, is_cast_operand, is_unary, strip_parentheses
from .text import Code, Node, is_declaration, is_identifier


@dataclass
class WireStream:
    """The names that stand for one stream, and where they begin. `added`: the text may lack them."""

    file: list[str]
    visitor: str
    at: int
    added: bool
    errp: str = ""


@dataclass(frozen=True)
class _DeclaredStream:
    """A declaration of a visitor (of the stream `file`) or of an error; None where none is named."""

    is_visitor: bool
    name: str
    file: list[str] | None


class Streams:
    """The streams of one function; `may_go` says of a name whether its declaration is taken out.

    before: Visitor *v = qemu_file_get_visitor(f);    after: nothing; `v` and `errp` are of `f`
            Error **errp = qemu_file_get_errp(f);

    Not below the function's first statement, nor in an inner block: there the declaration stays.
    """

    def __init__(self, code: Code, words: Vocabulary, may_go: Callable[[str], bool]) -> None:
        self._code = code
        self._words = words
        self._may_go = may_go
        self._streams: list[WireStream] = []
        self.taken_out: set[int] = set()
        """The first tokens of the statements that are taken out."""
        self._read(code.nodes, top=True)

    def __iter__(self) -> Iterator[WireStream]:
        return iter(self._streams)

    def _tokens_of(self, node: Node) -> list[str]:
        return self._code.span(node.start, node.end)

    def _read(self, nodes: Sequence[Node], *, top: bool) -> None:
        """Note the declarations in a list of statements."""
        leading = top
        for number, node in enumerate(nodes):
            if node.children:
                self._read(node.children, top=False)
            if node.kind == "directive":
                self._note_condition(nodes, number, leading)
                continue
            tokens = self._tokens_of(node) if node.kind == "simple" else []
            declared = self._read_declared(tokens)
            if declared is None:
                leading = leading and (is_declaration(tokens) or _is_macro(tokens))
                continue
            added = leading and self._may_go(declared.name)
            if self._note_declared(declared, node.start, added) and added:
                self.taken_out.add(node.start)

    def _note_condition(self, nodes: Sequence[Node], number: int, leading: bool) -> None:
        """Take out an `#if` with its `#endif` where only what is taken out is between them."""
        if not leading or not self._code.tokens[nodes[number].start].startswith("#if"):
            return
        end = number + 1
        while (
            end < len(nodes)
            and (found := self._read_declared(self._tokens_of(nodes[end]))) is not None
        ):
            if not self._may_go(found.name):
                return
            end += 1
        if number + 1 < end < len(nodes) and self._tokens_of(nodes[end]) == ["#endif"]:
            self.taken_out |= {nodes[number].start, nodes[end].start}

    def _read_declared(self, tokens: list[str]) -> _DeclaredStream | None:
        """What a statement declares, if that is a visitor or an error.

        A local error says nothing of its stream: it goes with the visitor before it.
        """
        words = self._words
        if tokens[:2] == ["Visitor", "*"] and tokens[3:6] == ["=", words.visitor_getter, "("]:
            return (
                _DeclaredStream(True, tokens[2], tokens[6:-2])
                if tokens[-2:] == [")", ";"]
                else None
            )
        if words.local_error:
            exact = tokens[:2] == ["Error", "*"] and tokens[3:] == ["=", "NULL", ";"]
            return _DeclaredStream(False, tokens[2], None) if exact else None
        if tokens[:3] == ["Error", "*", "*"] and tokens[4:7] == ["=", words.errp_getter, "("]:
            return (
                _DeclaredStream(False, tokens[3], tokens[7:-2])
                if tokens[-2:] == [")", ";"]
                else None
            )
        return None

    def _note_declared(self, declared: _DeclaredStream, at: int, added: bool) -> bool:
        """Remember a declaration. Whether it is needed: a stream has one visitor."""
        file = declared.file
        if declared.is_visitor and file is not None:
            if any(stream.file == file for stream in self._streams):
                return False
            self._streams.append(WireStream(file, declared.name, at, added))
            return True
        for stream in self._streams:
            if not stream.errp and (file is None or stream.file == file):
                stream.errp = declared.name
                return True
        return False

    def used_by(self, visitor: list[str], errp: list[str]) -> WireStream | None:
        """The stream whose visitor and error a visit is passed, None if they are not one's own."""
        found = [stream for stream in self._streams if visitor == [stream.visitor]]
        if len(found) != 1 or not found[0].errp:
            return None
        own = ["&", found[0].errp] if self._words.local_error else [found[0].errp]
        return found[0] if errp == own else None

    def problem_of(self, file: str, visitor: list[str], errp: list[str]) -> str:
        """Why a visit does not go to the stream `file`; empty if it does."""
        stream = next((s for s in self._streams if " ".join(s.file) == file), None)
        if stream is None:
            return f"there is no visitor of {file}"
        if visitor != [stream.visitor]:
            return "the visitor is another stream's"
        return "the error is another stream's" if self.used_by(visitor, errp) is None else ""

    def check(self, stream: WireStream) -> None:
        """A stream's text must mean the same stream from its visitor's declaration on.

        Raises DifferError.
        """
        file = strip_parentheses(stream.file)
        if not (is_unary(file) or is_cast_operand(file)):
            raise DifferError("the stream is computed", 0, stream.at)
        roots, members = _list_names(file)
        for at in range(stream.at, len(self._code.tokens)):
            member = self._code.at(at - 1) in (".", "->")
            if self._code.tokens[at] in (members if member else roots) and self._is_changed(
                at, file
            ):
                raise DifferError("the stream is another one later", 0, at)

    def _is_changed(self, at: int, file: list[str]) -> bool:
        """Whether a token is assigned, stepped or called, or has its address taken."""
        code = self._code
        before, after = code.at(at - 1), code.at(at + 1)
        if after in ASSIGNMENTS or after == "(" or not {"++", "--"}.isdisjoint((before, after)):
            return True
        if after in (".", "->", "["):
            return False
        start = at + 1 - len(file)
        whole = code.span(max(0, start), at + 1) == file
        reference = start - 1 if whole else at - 1
        operator = code.at(reference - 1) in ("(", ",", "=", ")", ";", "{", "return")
        return code.at(reference) == "&" and operator


def _is_macro(tokens: list[str]) -> bool:
    """Whether a statement is `NAME(...);`, as macros that declare are."""
    return tokens[:1] != [] and tokens[0].isupper() and tokens[1:2] == ["("]


def _list_names(file: list[str]) -> tuple[set[str], set[str]]:
    """The variables and the members that a stream's text names."""
    roots: set[str] = set()
    members: set[str] = set()
    for before, token in zip(["", *file], file, strict=False):
        if is_identifier(token):
            (members if before in (".", "->") else roots).add(token)
    return roots, members
