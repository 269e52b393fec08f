# SPDX-License-Identifier: GPL-2.0-or-later
"""The proof shim: C text in which primitives and visits are the same few wire operations.

An operation is one volatile `asm` with the stream, the stream's error and the value as operands. It
keeps its order and, without a memory clobber, says nothing of the order of other loads and stores.
A buffer's operation has the clobber, for it does touch memory. The text is included right before a
changed function, where the tree's own headers have been read already: the getters' return types,
the type of a buffer's size and the width of a target_ulong on the wire are then the tree's own.
An assertion that fails prints its own text, which is no behaviour: it stops without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto

from ..errors import RuleError, RuleProblem
from ..rules.ruleset import Dialect, Primitive, Rules, Visit
from ..terms import BYTES_OF_WIRES, Direction, Operand

PREFIX = "rw_"
"""What stands before a primitive's name in an instrumented function."""

READS = "REWRITE_READS"
"""The macro that makes input visits read their object first, for -Wmaybe-uninitialized."""

LATE = "REWRITE_ADDRESS_LAST"
"""The macro that makes input visits take the address of their object after the read. `*p = get(f)`
leaves that order to the compiler, and a read does not touch what an address is made of."""

PLAIN = "REWRITE_PLAIN_VALUES"
"""The macro that makes a getter's result a cast of a call, and a value that is put an
object of the wire's width, as those of the new text are: gcc then computes with the narrow value
where C allows it, in both texts alike."""

STREAM = "rw_stream"
"""An object that stands for a stream where its address is: of that, every compiler tells that no test
can find it to be a null pointer."""

STRING = "RW_STRING"
"""The macro that makes a text of what a macro becomes."""


class Wide(Enum):
    """A width on the wire that no number tells: as the target's, or as long as its size says."""

    TARGET = auto()
    BUFFER = auto()


_BITS: Mapping[str, int | Wide] = {
    **{wire: 8 * size for wire, size in BYTES_OF_WIRES.items()},
    "target_long": Wide.TARGET,
    "target_register": Wide.TARGET,
    "buffer": Wide.BUFFER,
}
"""Every width that a rule may name. What is not here has no proof."""

_HEAD = """#ifndef REWRITE_SHIM_H
#define REWRITE_SHIM_H
#ifndef REWRITE_READS
#pragma GCC system_header
#endif
typedef struct Visitor Visitor;
typedef struct Error Error;
#ifdef assert
#undef assert
#define assert(x) ((x) ? (void)0 : __builtin_trap())
#endif
#ifdef g_assert
#undef g_assert
#define g_assert(x) ((x) ? (void)0 : __builtin_trap())
#endif
#define RW_AS_STRING(x) #x
#define RW_STRING(x) RW_AS_STRING(x)
#define RW_INLINE static __inline__ __attribute__((__always_inline__, __unused__))
extern QEMUFile rw_stream;
RW_INLINE Visitor *rw_qemu_file_get_visitor(QEMUFile *f) { return (Visitor *)f; }
RW_INLINE Error **rw_qemu_file_get_errp(QEMUFile *f) { return (Error **)f; }
typedef __typeof__(qemu_get_buffer((QEMUFile *)0, (void *)0, 0)) rw_size;
RW_INLINE void rw_putbuf(const void *f, const void *e, const void *p, rw_size n)
{ __asm__ volatile("rw_putbuf %0, %1, %2, %3" :: "r"(f), "r"(e), "r"(p), "r"(n) : "memory"); }
RW_INLINE rw_size rw_getbuf(const void *f, const void *e, void *p, rw_size n)
{ rw_size r;
  __asm__ volatile("rw_getbuf %0, %1, %2, %3, %4"
                   : "=r"(r) : "r"(f), "r"(e), "r"(p), "r"(n) : "memory");
  return r; }
"""

_OPERATIONS = """RW_INLINE void rw_put{n}(const void *f, const void *e, uint{n}_t x)
{{ __asm__ volatile("rw_put{n} %0, %1, %2" :: "r"(f), "r"(e), "r"(({carrier})x)); }}
RW_INLINE uint{n}_t rw_get{n}(const void *f, const void *e)
{{ uint{n}_t rw_got{n};
  __asm__ volatile("rw_get{n} %0, %1, %2" : "=r"(rw_got{n}) : "r"(f), "r"(e));
  return rw_got{n}; }}
RW_INLINE uint{n}_t rw_one{n}(QEMUFile *f) {{ return rw_get{n}(f, f); }}
"""


_COUNTING = (
    "incompatible-pointer-types",
    "pointer-sign",
    "discarded-qualifiers",
    "int-conversion",
    "uninitialized",
    "maybe-uninitialized",
)
"""Warnings that a wrong visit can give and its primitive does not. They are switched on at each
changed function anew: a tree's flags and pragmas may have them off, for code that is not its own."""


def make_shim(rules: Rules, dialect: Dialect) -> str:
    """The header for one dialect: `rw_NAME` for each primitive, `rw_put_NAME` and `rw_get_NAME`
    for each visit. It is C of any era, and needs QEMUFile and the fixed-width types declared."""
    parts = [_HEAD]
    for bits in (8, 16, 32, 64):
        carrier = "uint64_t" if bits == 64 else "uint32_t"
        parts.append(_OPERATIONS.format(n=bits, carrier=carrier))
    getters = {p.wire: p.name for p in rules.primitives.values() if p.operand == Operand.RESULT}
    for primitive in rules.primitives.values():
        parts.append(_shim_primitive(primitive, getters))
    for visit in rules.visits.values():
        parts += _shim_visit(visit, dialect)
    parts.append("#endif")
    parts += [f'#pragma GCC diagnostic warning "-W{name}"' for name in _COUNTING]
    parts.append("")
    return "\n".join(parts)


def _c_type(name: str) -> str:
    """A type by a name that a tree can't have redefined."""
    return "_Bool" if name == "bool" else name


def _shim_primitive(primitive: Primitive, getters: dict[str, str]) -> str:
    name, wire, stream = PREFIX + primitive.name, _wire_width(primitive), "QEMUFile *rw_f = (f);"
    if wire is Wide.BUFFER:
        pointer = "(const void *)" if primitive.direction == Direction.PUT else "(void *)"
        return (
            f"#define {name}(f, p, n) ({{ {stream} "
            f"rw_{primitive.direction}buf(rw_f, rw_f, {pointer}(p), (n)); }})"
        )
    if wire is Wide.TARGET:
        return _wide_as_target(primitive, f"sizeof({getters[primitive.wire]}((QEMUFile *)0))")
    c_type = _c_type(primitive.c_type)
    if primitive.operand == Operand.RESULT:
        result = f"__typeof__({primitive.name}((QEMUFile *)0))"
        return (
            f"#ifdef {PLAIN}\n#define {name}(f) (({result})rw_one{wire}(f))\n#else\n"
            f"#define {name}(f) ({{ {stream} ({result})rw_get{wire}(rw_f, rw_f); }})\n"
            "#endif"
        )
    if primitive.operand == Operand.VALUE:
        return (
            f"#ifdef {PLAIN}\n"
            f"#define {name}(f, x) ({{ {stream} "
            f"uint{wire}_t rw_x = ({c_type})(x); rw_put{wire}(rw_f, rw_f, rw_x); }})\n#else\n"
            f"RW_INLINE void {name}(QEMUFile *f, {c_type} x) {{ rw_put{wire}(f, f, x); }}\n#endif"
        )
    if primitive.direction == Direction.PUT:
        head = f"RW_INLINE void {name}(QEMUFile *f, const {c_type} *p)"
        return f"{head} {{ rw_put{wire}(f, f, *p); }}"
    head = f"RW_INLINE void {name}(QEMUFile *f, {c_type} *p)"
    return f"{head} {{ *p = ({c_type})rw_get{wire}(f, f); }}"


def _wire_width(rule: Primitive | Visit) -> int | Wide:
    """How wide a rule's value is on the wire. Raises RuleError for what this module does not know:
    taken for anything else, it would prove what is wrong."""
    wires = rule.wire if isinstance(rule, Visit) else (rule.wire,)
    known = [_BITS[wire] for wire in wires if wire in _BITS]
    if len(known) != 1 or len(wires) != 1:
        place, told = rule.origin, ", ".join(wires)
        message = f"{rule.name}: no proof is known for what is {told} on the wire"
        raise RuleError([RuleProblem(place.path, place.line, place.col, message)])
    return known[0]


def _wide_as_target(primitive: Primitive, size: str) -> str:
    """A macro, for a file that is compiled once for all targets has no such type."""
    c_type, name = primitive.c_type, PREFIX + primitive.name
    const = "const " if primitive.direction == Direction.PUT else ""
    stream = "QEMUFile *rw_f = (f);"
    if primitive.operand == Operand.RESULT:
        value = f"({c_type})({size} == 4 ? rw_get32(rw_f, rw_f) : rw_get64(rw_f, rw_f))"
        return f"#define {name}(f) ({{ {stream} {value}; }})"
    operand = f"{c_type} rw_x = (x), *rw_p = &rw_x;"
    if primitive.operand == Operand.POINTER:
        operand = f"{const}{c_type} *rw_p = (x);"
    body = _by_size(primitive.direction, size, "rw_f", "rw_f")
    return f"#define {name}(f, x) ({{ {stream} {operand} {body} }})"


def _by_size(direction: Direction, size: str, stream: str, error: str) -> str:
    if direction == Direction.PUT:
        narrow, wide = (f"rw_put{n}({stream}, {error}, *rw_p)" for n in (32, 64))
    else:
        narrow, wide = (f"*rw_p = rw_get{n}({stream}, {error})" for n in (32, 64))
    return f"if ({size} == 4) {{ {narrow}; }} else {{ {wide}; }} (void)0;"


def _shim_visit(visit: Visit, dialect: Dialect) -> Iterator[str]:
    spelled = dialect.spell(visit)
    local, wire = dialect.error == "local_err", _wire_width(visit)
    for direction in Direction:
        name = f"{PREFIX}{direction}_{spelled}"
        if wire is Wide.BUFFER:
            yield _buffer_visit(name, direction, dialect)
        elif wire is Wide.TARGET:
            body = _by_size(direction, f"sizeof({visit.c_type})", "rw_v", _shim_error(local))
            yield f"#define {name}({_order_names(dialect)}) ({{ {_cast_arguments(visit.c_type)} {body} }})"
        else:
            yield _fixed_visit(name, _c_type(visit.c_type), wire, dialect)


def _shim_error(local: bool) -> str:
    """What stands for the stream's error: with a local one, the visitor has it."""
    return "rw_v" if local else "rw_e"


def _cast_arguments(c_type: str) -> str:
    """A macro's arguments as objects of the types that the function's parameters have."""
    return f"Visitor *rw_v = (v); const char *rw_s = (s); {c_type} *rw_p = (o); Error **rw_e = (e);"


def _buffer_visit(name: str, direction: Direction, dialect: Dialect) -> str:
    """A function, for a compiler may evaluate arguments in an order that no macro's objects have."""
    head = f"RW_INLINE rw_size {name}({_order_parameters(dialect, 'void', 'rw_size n')})"
    error = "v" if dialect.error == "local_err" else "e"
    if direction == Direction.GET:
        return f"{head}\n{{ return rw_getbuf(v, {error}, o, n); }}"
    return f"{head}\n{{ rw_putbuf(v, {error}, o, n); return n; }}"


def _order_parameters(dialect: Dialect, c_type: str, size: str = "") -> str:
    """A visit's parameters in the dialect's order; a buffer's size follows its object."""
    types = {
        "visitor": "Visitor *v",
        "name": "const char *s",
        "object": f"{c_type} *o" + (f", {size}" if size else ""),
        "errp": "Error **e",
    }
    return ", ".join(types[role] for role in dialect.order)


def _fixed_visit(name: str, c_type: str, bits: int, dialect: Dialect) -> str:
    local = dialect.error == "local_err"
    parameters = _order_parameters(dialect, c_type)
    error = "v" if local else "e"
    if name.startswith(f"{PREFIX}put_"):
        body = f"rw_put{bits}(v, {error}, *o);"
        return f"RW_INLINE _Bool {name}({parameters})\n{{ {body} return 1; }}"
    body = f"*o = ({c_type})rw_get{bits}(v, {error});"
    macro = f"#define {name}({_order_names(dialect)})"
    late = f"{macro} ({{ {c_type} rw_x = rw_get{bits}((v), ({error})); *(o) = rw_x; }})"
    reads = (
        f'{macro} ({{ {_cast_arguments(c_type)} __asm__ volatile("" :: "r"(*rw_p)); '
        f"*rw_p = rw_get{bits}(rw_v, {_shim_error(local)}); }})"
    )
    return (
        f"#ifdef {LATE}\n{late}\n#elif defined({READS})\n{reads}\n"
        f"#else\nRW_INLINE _Bool {name}({parameters})\n{{ {body} return 1; }}\n#endif"
    )


def _order_names(dialect: Dialect) -> str:
    """A macro's parameters in the dialect's order."""
    short = {"visitor": "v", "name": "s", "object": "o", "errp": "e"}
    return ", ".join(short[role] for role in dialect.order)
