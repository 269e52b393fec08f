# SPDX-License-Identifier: GPL-2.0-or-later
"""The names that a new variable of a function must not have: it would capture them or be captured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from ..c.macros import Macros
from .context import FileContext
from .names import find_identifiers
from .sites import Site
from .streams import declarations_of

KEYWORDS = frozenset(
    (
        *("auto", "break", "case", "char", "const", "continue", "default", "do", "double"),
        *("else", "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long"),
        *("register", "restrict", "return", "short", "signed", "sizeof", "static", "struct"),
        *("switch", "typedef", "union", "unsigned", "void", "volatile", "while", "asm", "typeof"),
        *("bool", "true", "false", "nullptr", "constexpr", "thread_local", "alignas", "alignof"),
        *("static_assert", "typeof_unqual", "noreturn", "complex", "imaginary"),
    )
)  # fmt: skip
"""The keywords of C99 to C23 (6.4.1) and of GNU C, and what <stdbool.h> and its like make of them."""

PREDEFINED = frozenset(
    (
        *("unix", "linux", "i386", "sparc", "mips", "arm", "sun", "vax", "hpux", "errno", "h_errno"),
        *("stdin", "stdout", "stderr", "environ", "assert", "offsetof", "major", "minor", "makedev"),
        *("sa_handler", "sa_sigaction", "si_pid", "si_uid", "si_addr", "si_value", "si_status"),
        *("st_atime", "st_mtime", "st_ctime", "s6_addr", "d_fileno", "sv_onstack", "ss_family"),
        *("NULL", "EOF", "I"),
    )
)  # fmt: skip
"""Names that a compiler (GCC, "System-specific Predefined Macros") or the C library may define as
macros without arguments."""

_WIDTHS = tuple(f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64))


@dataclass
class TakenNames:
    """The names that are in use; those that are given to new variables are added."""

    macros: Macros
    used: set[str] = field(default_factory=set)

    @classmethod
    def names_of(cls, context: FileContext, sites: Sequence[Site]) -> TakenNames:
        """What is taken in the function of some sites: every name that its text has, or comes to by
        macros, and every name that converted text may use."""
        function = sites[0].place.function
        assert function is not None
        masked = context.syntax.masked[function.start_byte : function.end_byte].decode("latin-1")
        used = (
            find_identifiers(masked) | context.expand_name(function).names | written_names(context)
        )
        return cls(context.macros, set(used))

    def __contains__(self, name: object) -> bool:
        """Whether a new variable may not have the name: a macro with arguments would confuse, too."""
        if not isinstance(name, str):
            return False
        reserved = name in KEYWORDS or name in PREDEFINED or name.startswith("_")
        return reserved or name in self.used or bool(self.macros.of(name))

    def add(self, name: str) -> None:
        """Note that a new variable has the name."""
        self.used.add(name)


def written_names(context: FileContext) -> set[str]:
    """The names that converted text may use."""
    visits = context.rules.visits.values()
    types = find_identifiers(" ".join(visit.c_type for visit in visits))
    return {*context.rules.interface.names, *types, *(context.find_head(visit) for visit in visits)}


def why_taken(context: FileContext, site: Site) -> str | None:
    """Which name that the converted text of a site may use means something else; None for none.

    refused: int Visitor; s->x = qemu_get_be32(f);           a local of that name
             #define visit_type_uint32(...) ...              a macro of the file for a visit at this width
             #define uint32_t lamp_t                         another type for one of fixed width

    Not for a macro of the name in a header of the tree, which declares the visits so itself.
    """
    function = site.place.function
    if function is None:
        return None
    own = context.ask(_own_names, function)
    if own:
        return f"{min(own)} is a local or a parameter of this function"
    name = context.ask_file(_find_redefined, site.primitive.wire)
    if name is not None:
        return f"{name} is defined as a macro in this file"
    width = context.ask_file(_redefined_width, "")
    return f"{width} is defined as a macro for another type" if width is not None else None


def _own_names(context: FileContext, function: Node, _: str) -> set[str]:
    """What a function declares under a name that converted text may use."""
    return written_names(context).intersection(context.ask(declarations_of, function))


def _find_redefined(context: FileContext, wire: str) -> str | None:
    """The first name that a conversion at a wire type may use and that the file defines as a macro."""
    visits = [v for v in context.rules.visits.values() if wire in v.wire]
    scope = context.resolver.scope_of(context.path)
    for name in (*context.rules.interface.names, *(context.find_head(visit) for visit in visits)):
        if any(header.path == context.path for header, _ in scope.find_macros(name)):
            return name
    return None


def _redefined_width(context: FileContext, _: str) -> str | None:
    """The first type of fixed width that a macro which the file sees may make another type of."""
    redefined = (
        width for width in _WIDTHS if any(width not in m.body for m in context.macros.of(width))
    )
    return next(redefined, None)
