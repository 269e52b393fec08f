# SPDX-License-Identifier: GPL-2.0-or-later
"""Types in words, as a C programmer would write them."""

from __future__ import annotations

from .declarations import ALTERED, Array, Base, CType, FunctionType, Name, Pointer, Tag, Typeof


def describe_type(ctype: CType) -> str:
    """The type as a C programmer would write it, for `explain` and the statistics."""
    known = (q for q in ctype.qualifiers if q != ALTERED and not q.startswith("?"))
    qualifiers = "".join(q + " " for q in sorted(known))
    match ctype:
        case Base(spelling):
            return qualifiers + spelling
        case Name(name):
            return qualifiers + name
        case Tag(kind, tag):
            return f"{qualifiers}{kind} {tag or '{...}'}"
        case Pointer(to):
            inner = describe_type(to)
            return f"{inner}{'' if inner.endswith('*') else ' '}*{qualifiers.strip()}"
        case Array(of):
            return f"{describe_type(of)} []"
        case FunctionType(returns):
            return f"{describe_type(returns)} ()"
        case Typeof(text):
            return f"typeof({text})"
