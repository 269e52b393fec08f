# SPDX-License-Identifier: GPL-2.0-or-later
"""The names that one file sees: typedefs, tags, macros, functions and globals of its include closure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from ..errors import UnknownTypeError
from .declarations import (
    ALTERED,
    Array,
    Base,
    CType,
    Declared,
    FunctionType,
    Name,
    Pointer,
    Tag,
    Token,
    meaning_of,
    read_declaration,
    read_type,
    tokenize_masked,
    with_qualifiers,
)
from .headers import Header, Macro

_MAX_DEPTH = 16

SYSTEM_TYPES = frozenset(
    (
        *("size_t", "ssize_t", "off_t", "off64_t", "loff_t", "ptrdiff_t", "time_t", "clock_t"),
        *("clockid_t", "timer_t", "suseconds_t", "useconds_t", "pid_t", "uid_t", "gid_t", "id_t"),
        *("key_t", "mode_t", "dev_t", "ino_t", "ino64_t", "nlink_t", "blkcnt_t", "blksize_t"),
        *("fsblkcnt_t", "fsfilcnt_t", "socklen_t", "sa_family_t", "in_addr_t", "in_port_t"),
        *("rlim_t", "nfds_t", "fpos_t", "sig_atomic_t", "wchar_t", "wint_t", "intptr_t"),
        *("uintptr_t", "intmax_t", "uintmax_t", "float_t", "double_t", "caddr_t", "quad_t"),
        *(f"{sign}int_{kind}{bits}_t" for sign in ("", "u") for kind in ("fast", "least")
          for bits in (8, 16, 32, 64)),
    )
)  # fmt: skip
"""Types of the C library and of POSIX's <sys/types.h> and sockets, beside those of fixed width."""

UNSIGNED_TYPES = {
    "u_char": "unsigned char", "u_short": "unsigned short", "u_int": "unsigned int",
    "u_long": "unsigned long", "ushort": "unsigned short", "uint": "unsigned int",
    "ulong": "unsigned long",
    **{f"u_int{bits}_t": f"uint{bits}_t" for bits in (8, 16, 32, 64)},
}  # fmt: skip
"""What BSD's and glibc's <sys/types.h> declare these names as, on every host."""


@dataclass(frozen=True)
class Origin:
    """Where a declaration stands: the file's absolute path and a byte offset."""

    path: str
    offset: int


@dataclass(frozen=True)
class Member:
    """A member of a struct or union as it is declared; `packed` if it may be unaligned there."""

    declared: Declared
    origin: Origin
    packed: bool


@dataclass(frozen=True)
class Canonical:
    """A type followed through all typedefs, and the names that were followed, in order."""

    type: CType
    names: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What rules say about types.

    `fixed` are the types where following stops (uint32_t, bool ...); `exact` maps a built-in type to
    the fixed one that it is by the ABI (int -> int32_t); `casts` maps a macro to the argument that
    names the type it points to (container_of -> 1); `declares` maps a macro that declares a cast
    function to (type argument, name argument).
    """

    fixed: Collection[str]
    exact: Mapping[str, str]
    casts: Mapping[str, int]
    declares: Mapping[str, tuple[int, int]]


class Scope:
    """Look-ups of names in the include closure of one file, compiled for one target."""

    def __init__(self, closure: tuple[Header, ...], facts: Facts) -> None:
        """`closure` is nearest first, the file itself at its head."""
        self.closure = closure
        self.facts = facts
        self._macros: dict[str, list[tuple[Header, Macro]]] = {}
        self._found: dict[tuple[str, str], list[tuple[Origin, CType]]] = {}
        self._functions: dict[str, CType | None] = {}
        self._fixed_here: dict[str, bool] = {}
        self._canonicals: dict[Name, Canonical] = {}

    @cached_property
    def path(self) -> str:
        """The file whose scope this is."""
        return self.closure[0].path

    def _headers_holding(self, name: str) -> list[Header]:
        raw = name.encode("latin-1")
        return [h for h in self.closure if h.holds(raw)]

    def find_macros(self, name: str) -> list[tuple[Header, Macro]]:
        """Every #define of `name`."""
        if name not in self._macros:
            raw = name.encode("latin-1")
            holding: Sequence[Header] = ()
            if raw in self._macro_names:
                holding = [h for h in self.closure if raw in h.macro_names]
            self._macros[name] = [(h, m) for h in holding for m in h.macros.get(name, ())]
        return self._macros[name]

    @cached_property
    def _macro_names(self) -> frozenset[bytes]:
        """What any header of the closure may define: most names that are asked for are none of it."""
        return frozenset().union(*(h.macro_names for h in self.closure))

    def find_typedefs(self, name: str) -> list[tuple[Origin, CType]]:
        """Every typedef of `name`, one per distinct type."""
        return self._declarations_named("typedef", name, lambda h: h.typedefs, self._read_typedef)

    def find_tags(self, name: str) -> list[tuple[Origin, CType]]:
        """Every body of the struct, union or enum `name`."""
        return self._declarations_named("tag", name, lambda h: h.tags, self._read_tag)

    def _declarations_named(
        self,
        kind: str,
        name: str,
        index: Callable[[Header], dict[str, list[tuple[int, int]]]],
        read: Callable[[Header, str, int, int], CType | None],
    ) -> list[tuple[Origin, CType]]:
        key = (kind, name)
        if key not in self._found:
            found: list[tuple[Origin, CType]] = []
            for header in self._headers_holding(name):
                for start, end in index(header).get(name, ()):
                    ctype = read(header, name, start, end)
                    if ctype is not None and all(ctype != t for _, t in found):
                        found.append((Origin(header.path, start), ctype))
            self._found[key] = found
        return self._found[key]

    def _read_typedef(self, header: Header, name: str, start: int, end: int) -> CType | None:
        text = header.code[start:end].decode("latin-1")
        for declared in read_declaration(text, start, self._member_expander(header), header.path):
            if declared.name == name:
                return declared.type
        return None

    def _read_tag(self, header: Header, name: str, start: int, end: int) -> CType | None:
        text = header.code[start:end].decode("latin-1") + ";"
        for declared in read_declaration(text, start, self._member_expander(header), header.path):
            ctype = declared.type
            while isinstance(ctype, Pointer | Array):
                ctype = ctype.to if isinstance(ctype, Pointer) else ctype.of
            if isinstance(ctype, Tag) and ctype.tag == name:
                return ctype
        return None

    def _member_expander(self, header: Header) -> Callable[[str, int], list[Token] | None]:
        """Macros that stand for whole members: their body holds a `;`."""

        def expand(name: str, offset: int) -> list[Token] | None:
            for owner, macro in self.find_macros(name):
                if ";" in macro.body:
                    place = offset if owner is not header else macro.offset
                    return [Token(t.text, place) for t in tokenize_masked(macro.body)]
            return None

        return expand

    def settle_tag(self, qualifiers: frozenset[str]) -> frozenset[str]:
        """Qualifiers, with those in whose place a macro's name stands by what the macro says."""
        found = frozenset(q for q in qualifiers if not q.startswith("?"))
        for name in (q[1:] for q in qualifiers if q.startswith("?")):
            for _, macro in self.find_macros(name):
                found |= self._meaning_of(macro, 0)
        return found

    def _meaning_of(self, macro: Macro, depth: int) -> frozenset[str]:
        """What a macro beside a type says, through further macros too."""
        words = [t.text for t in tokenize_masked(macro.body)]
        found = meaning_of(words)
        if depth < _MAX_DEPTH:
            for word in words:
                for _, inner in self.find_macros(word) if word != macro.name else ():
                    found |= self._meaning_of(inner, depth + 1)
        return found

    def find_canonical(self, ctype: CType) -> Canonical:
        """Follow typedefs and type macros to the end. Raises UnknownTypeError."""
        if not isinstance(ctype, Name):
            return self._settle_canonical(self._find_canonical(ctype))
        if ctype not in self._canonicals:
            self._canonicals[ctype] = self._settle_canonical(self._find_canonical(ctype))
        return self._canonicals[ctype]

    def _settle_canonical(self, found: Canonical) -> Canonical:
        qualifiers = self.settle_tag(found.type.qualifiers)
        return Canonical(with_qualifiers(found.type, qualifiers), found.names)

    def _find_canonical(self, ctype: CType) -> Canonical:
        names: list[str] = []
        quals = ctype.qualifiers
        while isinstance(ctype, Name) and not self._is_fixed(ctype.name):
            if len(names) > _MAX_DEPTH:
                raise UnknownTypeError(f"the typedefs of {names[0]} don't end")
            names.append(ctype.name)
            ctype = self.follow(ctype.name)
            quals |= ctype.qualifiers
        if isinstance(ctype, Name):
            names.append(ctype.name)
        return Canonical(with_qualifiers(ctype, quals), tuple(names))

    def _is_fixed(self, name: str) -> bool:
        """Whether a name is a fixed-width type here: hw/eepro100.c of 0.9 has a `bool` of its own."""
        if name not in self.facts.fixed:
            return False
        if name not in self._fixed_here:
            self._fixed_here[name] = True  # while its own declarations are looked at
            bodies = [m.body for _, m in self.find_macros(name) if m.parameters is None and m.body]
            types = [t for t in map(read_type, bodies) if t is not None]
            types += [t for _, t in self.find_typedefs(name)]
            self._fixed_here[name] = all(self._may_define(t, name) for t in types)
            self._canonicals.clear()  # what was found meanwhile took the answer for granted
        return self._fixed_here[name]

    def _may_define(self, ctype: CType, name: str) -> bool:
        """Whether a fixed-width type may be declared so: as the type it is, or as some long."""
        end = self.end_of(ctype)
        known = self.find_exact(end) if end is not None else None
        return known == name or (known is None and isinstance(end, Base))

    def follow(self, name: str) -> CType:
        """One step from a type's name; a macro in the closure beats a typedef."""
        bodies = {m.body for _, m in self.find_macros(name) if m.parameters is None and m.body}
        types = [t for t in map(read_type, sorted(bodies)) if t is not None]
        types = [t for t in types if not (isinstance(t, Name) and t.name == name)]
        if not types:
            types = [t for _, t in self.find_typedefs(name)]
            system = read_type(UNSIGNED_TYPES[name]) if name in UNSIGNED_TYPES else None
            if system is not None:
                types.append(system)
            elif types and name in SYSTEM_TYPES and self._only_sometimes(self.find_typedefs(name)):
                raise UnknownTypeError(f"type {name} is declared under #if only")
        if not types and name in self._casts[1]:
            types = [Tag("struct", name)]
        if not types:
            raise UnknownTypeError(
                f"no declaration of type {name} in the headers that this file includes"
            )
        if len(types) > 1:
            ends = [self.end_of(t) for t in types]
            if None in ends or len({self.find_exact(t) or t for t in ends if t is not None}) > 1:
                raise UnknownTypeError(f"type {name} is declared differently under #if")
        return types[0]

    def _only_sometimes(self, found: Sequence[tuple[Origin, CType]]) -> bool:
        """Whether every declaration found is under some #if, and no two are branches of one.

        Elsewhere the name may be that of the system's headers, for another type.
        """
        groups: list[tuple[str, int | None]] = []
        for header in self.closure:
            for origin in (o for o, _ in found if o.path == header.path):
                if not header.is_conditional(origin.offset):
                    return False
                groups.append((header.path, header.branch_group(origin.offset)))
        return bool(groups) and len(set(groups)) == len(groups)

    @cached_property
    def _casts(self) -> tuple[dict[str, str], frozenset[str]]:
        """The cast functions that QOM macros declare, with their types, and the typedefs they make.

        OBJECT_DECLARE_SIMPLE_TYPE(Type, NAME) declares `Type *NAME(obj)` and `Type` (QEMU 5.2 on).
        """
        functions: dict[str, str] = {}
        types: set[str] = set()
        for header in self.closure:
            for macro, arguments in header.calls_of(_declaring_pattern(tuple(self.facts.declares))):
                type_argument, name_argument = self.facts.declares[macro.decode("latin-1")]
                parts = [p.strip().decode("latin-1") for p in arguments.split(b",")]
                if len(parts) > max(type_argument, name_argument):
                    functions.setdefault(parts[name_argument], parts[type_argument])
                    types.add(parts[type_argument])
        return functions, frozenset(types)

    def end_of(self, ctype: CType) -> CType | None:
        """What a type comes to, to compare two declarations; None where that can't be told."""
        try:
            return self.find_canonical(ctype).type
        except UnknownTypeError:
            return None

    def find_exact(self, ctype: CType) -> str | None:
        """The fixed-width type that a canonical type is, by name or by the ABI, or None."""
        if isinstance(ctype, Name):
            return ctype.name
        if isinstance(ctype, Base):
            return self.facts.exact.get(ctype.spelling)
        return None

    def find_member(self, record: CType, name: str) -> list[Member]:
        """The declarations of a member of a struct or union, several where #if offers several.

        Raises UnknownTypeError where the struct is not one, or has no such member that can be read.
        """
        ctype = self.find_canonical(record).type
        if not isinstance(ctype, Tag):
            raise UnknownTypeError(f"member {name} of something that is no struct")
        bodies: list[Tag] = []
        if ctype.members is not None:
            bodies.append(ctype)
        elif ctype.tag is not None:
            bodies = [t for _, t in self.find_tags(ctype.tag) if isinstance(t, Tag)]
        if not bodies:
            raise UnknownTypeError(
                f"no body of {ctype.kind} {ctype.tag} in the headers that this file includes"
            )
        found = [
            Member(d, Origin(b.path or self.path, d.offset), packed or self._is_packed(b, d))
            for b in bodies
            for d, packed in self._members_named(b, name)
        ]
        if not found:
            raise UnknownTypeError(f"no member {name} that can be read in {ctype.kind} {ctype.tag}")
        return found

    def _is_packed(self, body: Tag, member: Declared) -> bool:
        """Whether a pragma packs the struct, in its file or before the file is included; or may, as
        its file uses macros for pragmas."""
        if self._leaves_packed:
            return True
        own = body.path or self.path
        return any(
            h.is_packed(member.offset) or h.uses(self._packing_macros)
            for h in self.closure
            if h.path == own
        )

    @cached_property
    def _leaves_packed(self) -> bool:
        return any(h.leaves_packed for h in self.closure)

    @cached_property
    def _packing_macros(self) -> frozenset[bytes]:
        return frozenset().union(*(h.packing_macros for h in self.closure))

    def _members_named(self, body: Tag, name: str) -> list[tuple[Declared, bool]]:
        """The member, also inside anonymous structs and unions (C11 6.7.2.1), and whether it is packed."""
        whole = body.packed or ALTERED in self.settle_tag(body.qualifiers)
        result = [(d, whole) for d in body.members or () if d.name == name]
        for declared in body.members or ():
            if not declared.name and isinstance(declared.type, Tag):
                inner = self._members_named(declared.type, name)
                result += [(d, packed or whole) for d, packed in inner]
        return result

    def find_function(self, name: str) -> CType:
        """The return type of a function. Raises UnknownTypeError."""
        if name not in self._functions:
            self._functions[name] = self._find_function(name)
        found = self._functions[name]
        if found is None:
            raise UnknownTypeError(
                f"no declaration of {name}() in the headers that this file includes"
            )
        return found

    def _find_function(self, name: str) -> CType | None:
        pattern = re.compile(
            rb"^[A-Za-z_][\w\s*]*?\b" + re.escape(name.encode("latin-1")) + rb"\s*\(", re.MULTILINE
        )
        for header in self._headers_holding(name):
            for match in pattern.finditer(header.code):
                text = header.code[match.start() : match.end()].decode("latin-1") + ");"
                for declared in read_declaration(text):
                    if declared.name == name and isinstance(declared.type, FunctionType):
                        return declared.type.returns
        ctype = read_type(self._casts[0].get(name, ""))
        return Pointer(ctype) if ctype is not None else None

    def find_variable(self, name: str) -> tuple[CType, Origin]:
        """A variable at file level. Raises UnknownTypeError."""
        raw = re.escape(name.encode("latin-1"))
        pattern = re.compile(
            rb"^[A-Za-z_][^;{}()=]*\b" + raw + rb"\b\s*(?:\[[^\]]*\]\s*)*[;=,]", re.M
        )
        found: list[tuple[CType, Origin]] = []
        for header in self._headers_holding(name):
            for match in pattern.finditer(header.code):
                if not header.at_file_level(match.start()):
                    continue
                text = header.code[match.start() : match.end() - 1].decode("latin-1") + ";"
                for declared in read_declaration(text, match.start()):
                    if declared.name == name:
                        found.append((declared.type, Origin(header.path, declared.offset)))
        if not found:
            raise UnknownTypeError(f"no declaration of {name} that can be read")
        if not self.all_alike([ctype for ctype, _ in found]):
            raise UnknownTypeError(f"{name} is declared differently in several places")
        return found[0]

    def all_alike(self, types: Sequence[CType]) -> bool:
        """Whether several declarations of one name come to one type."""
        if len(types) < 2 or all(t == types[0] for t in types):
            return True
        ends = [self.end_of(t) for t in types]
        return None not in ends and all(e == ends[0] for e in ends)


@cache
def _declaring_pattern(macros: tuple[str, ...]) -> re.Pattern[bytes]:
    names = "|".join(map(re.escape, macros)) or r"(?!)"
    return re.compile(rf"\b({names})\s*\(([^()]*)\)".encode("latin-1"))


def element_type(ctype: CType) -> CType:
    """What a pointer points to or an array consists of. Raises UnknownTypeError."""
    if isinstance(ctype, Pointer):
        return ctype.to
    if isinstance(ctype, Array):
        return with_qualifiers(ctype.of, ctype.of.qualifiers | ctype.qualifiers)
    raise UnknownTypeError("dereference of something that is no pointer")
