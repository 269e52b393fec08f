# SPDX-License-Identifier: GPL-2.0-or-later
"""C text as the wire check reads it: tokens, functions and statements, with no parser's help.

Any bytes can be read, in linear time; on damaged text the reading is arbitrary, but the same text
is always read the same way. Text is passed as `str` decoded from Latin-1, so offsets are bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ..errors import UnreadableError

_COMMENT = r"//(?:\\\r?\n|[^\n])*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
_STRING = r'"(?:[^"\\\n]|\\[\s\S])*+"?'
_CHARACTER = r"'(?:[^'\\\n]|\\[\s\S])*+'?"
_SPLICE = r"(?:\\\r?\n)+"
_DIRECTIVE = rf"\#(?:\\\r?\n|{_COMMENT}|{_STRING}|[^\n])*+"
_TOKEN = re.compile(
    rf"""
    (?:\s|\\\r?\n|{_COMMENT})*+
    ( [A-Za-z_$\x80-\xff](?:[\w$\x80-\xff]|{_SPLICE}(?=[\w$\x80-\xff]))*+
    | \.?\d(?:[eEpP][+-]|[\w.])*+
    | {_STRING} | {_CHARACTER} | {_DIRECTIVE}
    | <<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=
    | [\s\S] | \Z )
    """,
    re.ASCII | re.VERBOSE,
)
_COARSE = re.compile(rf"[{{}}]|{_DIRECTIVE}|{_STRING}|{_CHARACTER}|{_COMMENT}")
_CONDITIONAL = re.compile(r"\#\s*(if|elif|else|endif)")
_COMMENT_ONLY = re.compile(rf"({_STRING})|{_COMMENT}")
_WORD_STARTS = frozenset(c for c in map(chr, range(256)) if re.match(r"[A-Za-z_$\x80-\xff]", c))
_WORD = re.compile(r"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*", re.ASCII)
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)+'""")
_EXTERN_C = re.compile(r'extern\s*"C"\s*\Z')

CLOSERS = {"(": ")", "[": "]", "{": "}"}
KEYWORDS = frozenset((
    "if", "else", "while", "for", "do", "switch", "return", "goto", "break", "continue",
    "case", "default", "sizeof", "typeof",
))  # fmt: skip
_MODIFIERS = frozenset(("__attribute__", "__declspec", "_Alignas", "typeof", "__typeof__"))
TYPE_WORDS = frozenset((
    "auto", "bool", "char", "const", "double", "enum", "extern", "float", "int", "long",
    "register", "short", "signed", "static", "struct", "typedef", "typeof", "__typeof__",
    "union", "unsigned", "void", "volatile", "_Bool", "__attribute__", "_Alignas",
))  # fmt: skip
_DEEPEST = 120  # nested statements; beyond it a function counts as unreadable


def _plain_directive(text: str) -> str:
    """A directive as it compares: without comments, each run of white space one blank."""
    bare = _COMMENT_ONLY.sub(lambda m: m[1] or " ", text.replace("\\\n", " "))
    return "#" + " ".join(bare[1:].split())


def tokenize_text(text: str) -> list[str]:
    """The tokens of `text`; a preprocessor line is one token, comments and white space are none."""
    found = _TOKEN.findall(text)
    while found and not found[-1]:
        found.pop()
    return [_plain_token(token) for token in found]


def _plain_token(token: str) -> str:
    """A token as it compares: a line splice in a word does not end it (C99 5.1.1.2)."""
    if token[0] == "#":
        return _plain_directive(token.replace("\r\n", "\n"))
    return re.sub(_SPLICE, "", token) if "\\" in token and is_identifier(token) else token


def token_offset(text: str, index: int) -> int:
    """The offset of token number `index`, or the length of `text` if it has fewer tokens."""
    for number, match in enumerate(_TOKEN.finditer(text)):
        if number == index:
            return match.start(1)
    return len(text)


def token_offsets(text: str) -> list[int]:
    """The offset of every token, in the order of `tokenize`."""
    return [match.start(1) for match in _TOKEN.finditer(text) if match[1]]


def is_identifier(token: str) -> bool:
    """Whether a token is a word; keywords are words too."""
    return token[:1] in _WORD_STARTS


def find_identifiers(tokens: list[str]) -> set[str]:
    """The names that the tokens use, members after `.` and `->` left out, directives' included."""
    names: set[str] = set()
    before = ""
    for token in tokens:
        if token[0] == "#":
            names.update(_WORD.findall(_QUOTED.sub(" ", token)))
        elif before not in (".", "->") and is_identifier(token):
            names.add(token)
        before = token
    return names


@dataclass(frozen=True)
class Function:
    """A function's name, the tokens before its body, its body with the braces, and its offset."""

    name: str
    header: tuple[str, ...]
    body: str
    start: int


@dataclass(frozen=True)
class FileLayout:
    """A file's functions, and the text around them: one piece more than there are functions."""

    functions: tuple[Function, ...]
    rest: tuple[str, ...]


class _Braces:
    """Follows braces through a file, and notes the span of each outermost pair.

    Conditional text may open a brace in both branches and close it once: each branch starts at the
    depth that its `#if` had. A `{` in the first column after `)` starts a function even where the
    braces before it don't balance, if something was closed in the first column since.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: list[tuple[int, int]] = []
        self.depth = 0
        self._open = 0
        self._closed = -1  # after the last `}` in the first column of the open span
        self._branches: list[int] = []

    def read(self) -> list[tuple[int, int]]:
        """The spans, in order."""
        for match in _COARSE.finditer(self.text):
            first = self.text[match.start()]
            if first == "{":
                self._note_opening(match.start())
            elif first == "}":
                self._note_closing(match.start())
            elif first == "#":
                self._note_directive(match)
        if self.depth:
            self._end(len(self.text))
        return self.spans

    def _end(self, at: int) -> None:
        self.spans.append((self._open, at))
        self.depth = 0

    def _first_column(self, at: int) -> bool:
        return at == 0 or self.text[at - 1] == "\n"

    def _note_opening(self, at: int) -> None:
        if self.depth and self._closed > self._open and self._first_column(at):
            before = at - 1
            while self.text[before].isspace():
                before -= 1
            if self.text[before] == ")":
                self._end(self._closed)
        if not self.depth:
            if _EXTERN_C.search(self.text, max(0, at - 40), at):
                return
            self._open = at
        self.depth += 1

    def _note_closing(self, at: int) -> None:
        if self.depth:
            self.depth -= 1
            if not self.depth:
                self._end(at + 1)
            elif self._first_column(at):
                self._closed = at + 1

    def _note_directive(self, match: re.Match[str]) -> None:
        kind = _CONDITIONAL.match(match[0])
        if kind is None:
            return
        if kind[1] == "if":
            self._branches.append(self.depth)
        elif self._branches and kind[1] == "endif":
            self._branches.pop()
        elif self._branches and self.depth:
            if not self._branches[-1]:
                self._end(match.start())
            self.depth = self._branches[-1]


def _function_name(header: list[str]) -> str:
    """The name that a header declares as a function with a body, empty if it is something else."""
    name, depth, last = "", 0, 0
    for index, token in enumerate(header):
        if token == "(":
            before = header[index - 1] if index else ""
            if not depth and is_identifier(before) and before not in _MODIFIERS:
                name = before
            depth += 1
        elif token == ")":
            depth -= 1
            last = index
        elif token == "=" and not depth:
            return ""
    trailing = header[last + 1 :]
    return name if all(is_identifier(token) for token in trailing) else ""


@lru_cache(maxsize=2)  # the old text is asked for again, with the new one
def split_functions(text: str) -> FileLayout:
    """A file cut into its functions' bodies and the text around them."""
    functions: list[Function] = []
    rest: list[str] = []
    at = previous = 0
    for start, end in _Braces(text).read():
        header = tokenize_text(text[previous:start])
        previous = end
        ends = [n for n, t in enumerate(header) if t == ";" or t[0] == "#"]
        header = header[ends[-1] + 1 if ends else 0 :]
        name = _function_name(header)
        if name:
            functions.append(Function(name, tuple(header), text[start:end], start))
            rest.append(text[at:start])
            at = end
    return FileLayout(tuple(functions), (*rest, text[at:]))


@dataclass(frozen=True)
class Node:
    """A statement, or a part of one, as the span `start` to `end` of its function's tokens.

    Kinds: simple (expression or declaration), directive, label, block (`head` is 1 if its `}` is
    there), and with `head` (where the controlled statement starts) if, else, loop, do, switch;
    dowhile is a do's `while (...);`, close a `}` that ends the function or none of its blocks. An
    `else` is the node after its `if`, as a dowhile is after its do.
    """

    kind: str
    start: int
    end: int
    head: int = 0
    children: tuple[Node, ...] = ()


@dataclass(frozen=True)
class TokenCall:
    """A call read from tokens: the called name's index, each argument's span, the end."""

    name: str
    start: int
    arguments: tuple[tuple[int, int], ...]
    end: int


class Code:
    """The tokens of one function's body with its brackets paired and its statements read."""

    def __init__(self, body: str) -> None:
        self.text = body
        self.tokens = tokenize_text(body)
        self.partner = _pair_brackets(self.tokens)
        self.nodes = _StatementReader(self).body()

    def block(self, at: int, depth: int) -> Node:
        """The block of a statement expression, whose `{` is token `at`, in `depth` others."""
        return _StatementReader(self).block(at, depth)[0]

    def span(self, start: int, end: int) -> list[str]:
        """The tokens from `start` to `end`."""
        return self.tokens[start:end]

    def at(self, index: int) -> str:
        """Token number `index`, empty beyond either end."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else ""

    def split_commas(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """The spans between the commas of `start` to `end` that are in no inner brackets."""
        pieces: list[tuple[int, int]] = []
        at = piece = start
        while at < end:
            token = self.tokens[at]
            if token == ",":
                pieces.append((piece, at))
                piece = at + 1
            at = self.partner[at] + 1 if token in CLOSERS else at + 1
        return (*pieces, (piece, end))

    def call(self, index: int) -> TokenCall | None:
        """The call whose name is token `index`, None if no complete call starts there."""
        if self.at(index + 1) != "(" or not is_identifier(self.at(index)):
            return None
        close = self.partner[index + 1]
        if close >= len(self.tokens):
            return None
        return TokenCall(self.tokens[index], index, self.split_commas(index + 2, close), close + 1)


def _pair_brackets(tokens: list[str]) -> list[int]:
    """For each bracket the index of its partner; an open one without counts as closed at the end,
    a stray closing one is its own partner."""
    partner = list(range(len(tokens)))
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if token in CLOSERS:
            partner[index] = len(tokens)
            stack.append(index)
        elif token == "}":
            _close_brace(tokens, partner, stack, index)
        elif token in (")", "]") and stack and CLOSERS[tokens[stack[-1]]] == token:
            partner[index] = stack[-1]
            partner[stack.pop()] = index
    return partner


def _close_brace(tokens: list[str], partner: list[int], stack: list[int], index: int) -> None:
    """Pair the `}` at `index`, giving up whatever was left open inside."""
    while stack:
        start = stack.pop()
        if tokens[start] == "{":
            partner[start], partner[index] = index, start
            return


class _StatementReader:
    """Reads statements from tokens; each method returns what it read and where it ended."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.tokens = code.tokens
        self.end = len(code.tokens)

    def body(self) -> tuple[Node, ...]:
        """All that follows the body's first brace, wherever its other braces lead."""
        at = 1
        nodes: list[Node] = []
        while at < self.end:
            if self.tokens[at] == "}":
                nodes.append(Node("close", at, at + 1))
                at += 1
            else:
                at = self.statement(at, 0, nodes)
        return tuple(nodes)

    def block(self, start: int, depth: int) -> tuple[Node, int]:
        """The block whose `{` is at `start`."""
        if depth > _DEEPEST:
            raise UnreadableError
        at = start + 1
        nodes: list[Node] = []
        while at < self.end and self.tokens[at] != "}":
            at = self.statement(at, depth, nodes)
        closed = at < self.end
        return Node("block", start, at + closed, int(closed), tuple(nodes)), at + closed

    def statement(self, at: int, depth: int, into: list[Node]) -> int:
        """One statement, with the labels and directives before it and the `else` that follows."""
        at = self._read_before(at, into)
        token = self.code.at(at)
        if token in ("", "}"):
            return at
        if token == "{":
            node, at = self.block(at, depth + 1)
            into.append(node)
            return at
        if token == "if":
            at = self._read_control("if", at, depth, into)
            return self.statement(at, depth, into) if self.code.at(at) == "else" else at
        if token in ("else", "do"):
            at = self._read_control(token, at, depth, into)
            return self._do_end(at, into) if token == "do" else at
        if token in ("while", "for", "switch") or self._is_macro_loop(at):
            return self._read_control("switch" if token == "switch" else "loop", at, depth, into)
        end = self._simple_end(at)
        into.append(Node("simple", at, end))
        return end

    def _read_before(self, at: int, into: list[Node]) -> int:
        """Labels and directives."""
        while at < self.end:
            if self.tokens[at][0] == "#":
                into.append(Node("directive", at, at + 1))
                at += 1
                continue
            end = self._label_end(at)
            if not end:
                break
            into.append(Node("label", at, end))
            at = end
        return at

    def _label_end(self, at: int) -> int:
        """Where the label at `at` ends, 0 if there is none."""
        token = self.tokens[at]
        if token != "case":
            named = token == "default" or (is_identifier(token) and token not in KEYWORDS)
            return at + 2 if named and self.code.at(at + 1) == ":" else 0
        questions = 0
        for end in range(at + 1, self.end):
            token = self.tokens[end]
            if token in (";", "{", "}"):
                break
            questions += token == "?"
            if token == ":":
                if not questions:
                    return end + 1
                questions -= 1
        return 0

    def _read_control(self, kind: str, at: int, depth: int, into: list[Node]) -> int:
        """`if (...)`, `else`, `while (...)`, ... and the statement it controls."""
        if depth > _DEEPEST:
            raise UnreadableError
        head = at + 1
        if kind not in ("else", "do") and self.code.at(head) == "(":
            head = min(self.code.partner[head] + 1, self.end)
        body: list[Node] = []
        end = self.statement(head, depth + 1, body)
        into.append(Node(kind, at, end, head, tuple(body)))
        return end

    def _do_end(self, at: int, into: list[Node]) -> int:
        """The `while (...);` of a do statement."""
        if self.code.at(at) != "while":
            return at
        end = self._simple_end(at)
        into.append(Node("dowhile", at, end))
        return end

    def _is_macro_loop(self, at: int) -> bool:
        """Whether `NAME(...)` at `at` controls the block or the word that follows."""
        token = self.tokens[at]
        if token in KEYWORDS or token in _MODIFIERS or self.code.at(at + 1) != "(":
            return False
        if not is_identifier(token):
            return False
        after = self.code.at(self.code.partner[at + 1] + 1)
        return after == "{" or (is_identifier(after) and after not in _MODIFIERS)

    def _simple_end(self, at: int) -> int:
        """The end of the simple statement at `at`: after its `;`, or before a `}`."""
        start = at
        while at < self.end:
            token = self.tokens[at]
            if token == ";":
                return at + 1
            if token == "}":
                return max(at, start + 1)
            at = self.code.partner[at] + 1 if token in CLOSERS else at + 1
        return self.end


def is_declaration(tokens: list[str]) -> bool:
    """Whether a simple statement's tokens declare something rather than compute."""
    if not tokens or tokens[0] in KEYWORDS - {"typeof"}:
        return False
    if tokens[0] in TYPE_WORDS:
        return True
    at = 0
    while at < len(tokens) and (tokens[at] == "*" or is_identifier(tokens[at])):
        at += 1
    if not is_identifier(tokens[0]) or at == len(tokens):
        return False
    if tokens[at : at + 2] == ["(", "*"]:
        return _declares_pointer(tokens, at + 2)
    return at > 1 and is_identifier(tokens[at - 1]) and tokens[at] in ("=", ";", ",", "[", ":", "(")


def _declares_pointer(tokens: list[str], at: int) -> bool:
    """Whether `*name)[` or `*name)(` stands from `at` on: a pointer to an array or a function."""
    while at < len(tokens) and tokens[at] in ("*", "const"):
        at += 1
    named = at < len(tokens) and is_identifier(tokens[at])
    return named and tokens[at + 1 : at + 2] == [")"] and tokens[at + 2 : at + 3] in (["["], ["("])


def spell_tokens(tokens: list[str]) -> str:
    """A text that has these tokens; each directive gets a line of its own."""
    return "".join(f"\n{t}\n" if t[0] == "#" else f" {t}" for t in tokens).lstrip()
