# SPDX-License-Identifier: GPL-2.0-or-later
"""A fork's own visitors of streams, and the function for buffers that they lack.

    static void fork_output_uint8(Visitor *v, uint8_t *obj, const char *name, Error **errp)
    {
        ForkOutput *ov = to_ov(v);
        qemu_put_byte(ov->file, *obj);
    }
    ... v->visitor.type_uint8 = fork_output_uint8;

becomes, beside it

    static int fork_output_buffer(Visitor *v, void *obj, int size, const char *name, Error **errp)
    {
        ForkOutput *ov = to_ov(v);
        qemu_put_buffer(ov->file, obj, size);
        return size;
    }
    ... v->visitor.type_buffer = fork_output_buffer;

Without it visit_type_buffer() would visit byte by byte, and write the bytes that a short read did not
give. Where a function is not of this form, it is an error that says what to add.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..c.headers import Header
from ..errors import InputError
from ..files.edit import Edit
from ..files.source import SourceFile
from ..files.tree import Tree
from ..rules.ruleset import Rules

BYTE_MEMBER, BUFFER_MEMBER = "type_uint8", "type_buffer"
"""The members of struct Visitor for a byte, as every era since 0.15 names it, and for a buffer."""

_SET = re.compile(
    rf"^(?P<lead>[ \t]*(?:[\w>.\[\]-]*(?:\.|->))?){BYTE_MEMBER}(?P<between>\s*=\s*&?\s*)"
    r"(?P<function>[A-Za-z_]\w*)(?P<end>[ \t]*[;,])[^\n]*\n".encode(),
    re.MULTILINE,
)
_HEAD = rb"^(?P<before>[^\n;{}()]*[\s*])%b\s*\((?P<given>[^(){};]*)\)\s*\{"
_NAME = re.compile(r"([A-Za-z_]\w*)\s*\Z")


@dataclass(frozen=True)
class Bytewise:
    """A function that visits a byte of a stream, and where a visitor is given it.

    `given` are the names of its parameters by their types without spaces; `before` is the text of its
    body up to the primitive, `stream` the primitive's first argument, `direction` the primitive's.
    """

    source: SourceFile
    name: str
    given: dict[str, str]
    before: str
    stream: str
    direction: str
    end: int
    setting: re.Match[bytes]

    @property
    def new_name(self) -> str:
        """The name of the function for buffers beside it."""
        plain = self.name.replace("uint8", "buffer")
        return plain if plain != self.name else f"{self.name}_buffer"

    def set_buffer(self) -> Edit:
        """The line that sets the member for buffers, after the one that sets that for a byte."""
        found = self.setting
        parts = (
            found["lead"],
            BUFFER_MEMBER.encode(),
            found["between"],
            self.new_name.encode(),
            found["end"],
        )
        return Edit(found.end(), found.end(), b"".join(parts) + self.source.newline)

    def statements(self, rules: Rules) -> list[str]:
        """The body of the function for buffers, after what the one for a byte declares."""
        buffer = next(
            p.name
            for p in rules.primitives.values()
            if (p.wire, p.direction) == ("buffer", self.direction)
        )
        call = f"{buffer}({self.stream}, {self.given['uint8_t*']}, size);"
        return [f"return {call}"] if self.direction == "get" else [call, "return size;"]


def find_bytewise(tree: Tree, rules: Rules) -> list[Bytewise]:
    """The functions that the tree's own visitors of streams visit a byte with.

    Raises InputError where there is none, or one of another form, and says what to add by hand.
    """
    words = tuple(p.name for p in rules.primitives.values() if p.wire == "byte")
    found: list[Bytewise] = []
    for source, header in _list_candidates(tree, words):
        for setting in _SET.finditer(header.code):
            one = _find_bytewise(source, header, setting, words, rules)
            found += [one] if one is not None else []
    if not found:
        raise InputError(str(tree.root), f"no visitor of a stream found: {_spell_advice()}")
    return found


def sets_buffers(tree: Tree) -> bool:
    """Whether a file of the tree sets a visitor's member for buffers."""
    pattern = re.compile(rf"(?:\.|->)\s*{BUFFER_MEMBER}\s*=".encode())
    return any(pattern.search(data) for _, data in _list_sources(tree))


def _spell_advice() -> str:
    return (
        f"the tree has visitors of its own, and struct Visitor gets a member {BUFFER_MEMBER} that those "
        f"of streams must set, to a function that calls qemu_put_buffer() or qemu_get_buffer() and "
        f"returns how many bytes it moved; set it beside {BYTE_MEMBER}, then run this again"
    )


def _list_sources(tree: Tree) -> Iterator[tuple[str, bytes]]:
    for path, linked in tree.list_files([tree.root]):
        data = tree.read(path) if path.endswith(".c") and not linked else None
        if data is not None:
            yield path, data


def _list_candidates(tree: Tree, words: Sequence[str]) -> Iterator[tuple[SourceFile, Header]]:
    for path, data in _list_sources(tree):
        if BYTE_MEMBER.encode() in data and any(word.encode() in data for word in words):
            name = tree.name_of(path)
            yield SourceFile(Path(path), name, data), Header(path, data)


def _find_bytewise(
    source: SourceFile, header: Header, setting: re.Match[bytes], words: Iterable[str], rules: Rules
) -> Bytewise | None:
    """What a member is set to, None for a function of another file or one that uses no primitive."""
    name = setting["function"]
    head = re.search(_HEAD % re.escape(name), header.code, re.MULTILINE)
    if head is None:
        return None
    end = header.close_of(head.end() - 1)
    body = header.code[head.end() : end - 1].decode("latin-1")
    if not any(re.search(rf"\b{word}\b", body) for word in words):
        return None
    given = dict(_read_parameter(part) for part in head["given"].decode("latin-1").split(","))
    for primitive in (p for p in rules.primitives.values() if p.wire == "byte"):
        call = _only_call(primitive.name, primitive.operand, given.get("uint8_t*", ""))
        found = re.fullmatch(call, body, re.DOTALL)
        if found and not re.search(r"\bsize\b", body) and {"Visitor*", "Error**"} <= given.keys():
            shown = source.data[head.end() : head.end() + len(found["before"])].decode("latin-1")
            return Bytewise(
                source, name.decode("latin-1"), given, shown.strip("\r\n").rstrip(), found["stream"],
                primitive.direction, end, setting,
            )  # fmt: skip
    at = source.position(head.start("before"))
    place = f"{source.path}:{at.line}:{at.column}"
    raise InputError(
        place, f"{name.decode('latin-1')}() is not one visit of a byte: {_spell_advice()}"
    )


def _only_call(primitive: str, operand: str, obj: str) -> str:
    """The pattern of a body that ends with one use of a byte's primitive and has no other statement
    than declarations before it."""
    before = r"(?P<before>(?:\s*[A-Za-z_][\w \t*]*[\s*]\w+\s*=[^;{}]*;)*)\s*"
    stream, target = r"(?P<stream>[^,;(){}]+)", rf"\*\s*{re.escape(obj)}"
    calls = {
        "value": rf"{primitive}\s*\(\s*{stream},\s*{target}\s*\)\s*;",
        "pointer": rf"{primitive}\s*\(\s*{stream},\s*{re.escape(obj)}\s*\)\s*;",
        "result": rf"{target}\s*=\s*{primitive}\s*\(\s*{stream}\)\s*;",
    }
    return before + calls.get(operand, r"(?!)(?P<stream>)") + r"\s*(?:return(?:\s+true)?\s*;)?\s*"


def _read_parameter(text: str) -> tuple[str, str]:
    """The type of a parameter without spaces, and its name."""
    name = _NAME.search(text)
    return (re.sub(r"\s+", "", text[: name.start()]), name[1]) if name else (text.strip(), "")
