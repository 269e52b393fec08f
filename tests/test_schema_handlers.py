# SPDX-License-Identifier: GPL-2.0-or-later
"""The model of handlers: each construct of an invented device, and that conversion changes nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import pytest
from conftest import CORPUS, Ran, Tree

from rewrite.convert.conversion import open_converter
from rewrite.rules.ruleset import load_rules
from rewrite.schema.expression import Earlier, Fact, Operation
from rewrite.schema.handlers import HandlerReader
from rewrite.schema.handlers_walk import UNREACHED
from rewrite.schema.model import Branch, Buffer, Call, Check, Loop, Node, Opaque, Value
from rewrite.schema.spelling import spell_expression
from rewrite.schema.whole import read_whole_tree

QEMU_TREE = os.environ.get("QEMU_TREE", "")

HEAD = """\
#define KILN_SLOTS 6
enum kiln_mode { KILN_OFF, KILN_SLOW = 4, KILN_FAST };
typedef struct KilnPlate {
    int16_t heat;
    uint8_t raw[12];
} KilnPlate;
typedef struct KilnState {
    uint32_t draft;
    int32_t drift;
    uint8_t count;
    uint8_t open;
    enum kiln_mode mode;
    uint64_t wide;
    uint16_t marks[KILN_SLOTS];
    KilnPlate plates[3];
    KilnPlate *first;
    QEMUTimer *timer;
} KilnState;
"""


def lines(nodes: Sequence[Node], indent: str = "") -> Iterator[str]:
    """The nodes, one a line."""
    for node in nodes:
        match node:
            case Value():
                fixed = f" = {spell_expression(node.constant)}" if node.constant is not None else ""
                yield indent + f"{node.wire.value} {node.name}".rstrip() + fixed
            case Buffer():
                yield f"{indent}buffer {node.name} [{spell_expression(node.size)}]"
            case Loop():
                count = f" {spell_expression(node.count)} times" if node.count is not None else ""
                ends = (
                    f" while {spell_expression(node.condition)}"
                    if node.condition is not None
                    else ""
                )
                yield f"{indent}loop{count}{ends}"
                if node.head:
                    yield f"{indent}  head"
                    yield from lines(node.head, indent + "    ")
                yield from lines(node.body, indent + "  ")
            case Branch():
                yield f"{indent}if {spell_expression(node.condition)}"
                yield from lines(node.then, indent + "  ")
                if node.otherwise:
                    yield f"{indent}else"
                    yield from lines(node.otherwise, indent + "  ")
            case Check():
                yield f"{indent}check {spell_expression(node.condition)}"
            case Call():
                yield f"{indent}table {node.symbol} {node.name}".rstrip()
            case Opaque():
                yield f"{indent}opaque: {node.reason}"


@pytest.fixture
def model(tree: Tree) -> Callable[..., list[str]]:
    """model(body, direction, more=...): what a handler with that body does, as lines."""

    def read(body: str, direction: str, more: str = "") -> list[str]:
        head = "static int kiln_load(QEMUFile *f, void *opaque, int version_id)"
        if direction == "put":
            head = "static void kiln_save(QEMUFile *f, void *opaque)"
        text = f"{HEAD}{more}{head}\n{{\n    KilnState *s = opaque;\n    int i;\n{body}\n}}\n"
        tree.write({"hw/kiln.c": text})
        return list(
            lines(_model(tree, "kiln_load" if direction == "get" else "kiln_save", direction))
        )

    return read


def _reader(root: Path) -> HandlerReader:
    rules = load_rules()
    converter = open_converter(root.resolve(), rules)
    sources = converter.tree.scan([root.resolve()], lambda data: True).candidates
    return HandlerReader(sources, converter.resolver, rules)


def _model(tree: Tree, name: str, direction: str) -> tuple[Node, ...]:
    return _reader(tree.root).model_of_function(name, direction)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("qemu_put_be32(f, s->draft); qemu_put_byte(f, 1);", ["be32 draft", "byte = 1"]),
        ("qemu_put_be16(f, KILN_FAST);", ["be16 = 5"]),
        ("for (i = 0; i < KILN_SLOTS; i++) qemu_put_be16s(f, &s->marks[i]);",
         ["loop 6 times", "  be16 marks[]"]),
        ("for (i = KILN_SLOTS - 1; i >= 2; i--) { qemu_put_be16(f, s->marks[i]); }",
         ["loop 4 times", "  be16 marks[]"]),
        ("for (i = 0; i < KILN_SLOTS; i += 4) qemu_put_be16(f, s->marks[i]);",
         ["loop 2 times", "  be16 marks[]"]),
        ("for (i = 0; i < sizeof(s->marks) / sizeof(s->marks[0]); i++) qemu_put_be16(f, s->marks[i]);",
         ["loop 6 times", "  be16 marks[]"]),
        ("qemu_put_byte(f, s->count);\nfor (i = 0; i < s->count; i++) qemu_put_be16(f, s->marks[i]);",
         ["byte count", "loop count times", "  be16 marks[]"]),
        ("qemu_put_buffer(f, s->plates[1].raw, sizeof(s->plates[1].raw));",
         ["buffer plates[1].raw [12]"]),
        ("if (s->open) { qemu_put_byte(f, 7); return; }\n    qemu_put_be32(f, s->draft);",
         ["if open", "  byte = 7", "else", "  be32 draft"]),
        ("switch (s->mode) { case KILN_OFF: qemu_put_byte(f, s->open); break;"
         " case KILN_SLOW: case KILN_FAST: qemu_put_be16(f, s->marks[0]); }\n qemu_put_be32(f, s->draft);",
         ["if mode == 0", "  byte open", "else", "  if (mode == 4) || (mode == 5)",
          "    be16 marks[0]", "be32 draft"]),
        ("#ifdef KILN_WIDE\n    qemu_put_be64(f, s->wide);\n#else\n    qemu_put_be32(f, s->draft);\n#endif",
         ["if defined(KILN_WIDE)", "  be64 wide", "else", "  be32 draft"]),
        ("#if 0\n    qemu_put_be64(f, s->wide);\n#endif\n    qemu_put_byte(f, s->open);", ["byte open"]),
        ("KilnPlate *p;\n    QTAILQ_FOREACH(p, &s->first, next) {\n        qemu_put_be16(f, p->heat);\n    }",
         ["loop QTAILQ_FOREACH(first) times", "  be16 first[].heat"]),
        ("s->ops->save(f, s);", ["opaque: a call through a pointer"]),
        ("vmstate_save_state(f, &vmstate_plate, &s->plates[0], NULL);", ["table vmstate_plate plates[0]"]),
        ("qemu_put_be32(f, (uint32_t)(s->wide >> 32)); qemu_put_be32(f, (uint32_t)s->wide);",
         ["be32 wide", "be32 wide"]),
        ("kiln_far(f, s);", ["opaque: a function whose body is not found"]),
        ("goto out;\n    qemu_put_byte(f, s->open);\nout:\n    qemu_put_be32(f, s->draft);",
         ["be32 draft", f"opaque: {UNREACHED}"]),
    ],
)  # fmt: skip
def test_what_a_save_does(model: Callable[..., list[str]], body: str, expected: list[str]) -> None:
    assert model(body, "put") == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("s->draft = qemu_get_be32(f); return 0;", ["be32 draft"]),
        ("if (version_id > 3) return -EINVAL;\n s->draft = qemu_get_be32(f); return 0;",
         ["check version_id <= 3", "be32 draft"]),
        ("if (version_id >= 2) { s->draft = qemu_get_be32(f); } else { s->draft = 5; }\n return 0;",
         ["if version_id >= 2", "  be32 draft"]),
        ("int n = qemu_get_be32(f), k = 2;\n for (i = 0; i < n; i++) qemu_get_be16s(f, &s->marks[i]);\n"
         " s->open = n + k; return 0;",
         ["be32 open", "loop open times", "  be16 marks[]"]),
        ("while (qemu_get_byte(f)) { s->draft = qemu_get_be32(f); }\n return 0;",
         ["loop while value1", "  head", "    byte value1", "  be32 draft"]),
        ("for (;;) { s->draft = qemu_get_be32(f); if (!s->draft) break; s->drift = qemu_get_be32(f); }\n"
         " return 0;",
         ["loop while draft", "  head", "    be32 draft", "  be32 drift"]),
        ("i = qemu_get_byte(f);\n while (i--) { qemu_get_be16s(f, &s->marks[i]); }\n return 0;",
         ["byte i", "loop i times", "  be16 marks[]"]),
        ("if (qemu_get_be32(f) != 0x4b) { return -1; }\n return 0;",
         ["be32 value1", "check value1 == 75"]),
        ("int ret = -EINVAL;\n if (s->open) { s->draft = qemu_get_be32(f); ret = 0; }\n return ret;",
         ["if open", "  be32 draft", "check open"]),
        ("if (version_id < 1) goto fail;\n s->draft = qemu_get_be32(f);\n return 0;\nfail:\n return -1;",
         ["check version_id >= 1", "be32 draft"]),
        ("s->open = version_id >= 2 ? qemu_get_byte(f) : 0; return 0;",
         ["if version_id >= 2", "  byte open"]),
        ("if (s->count && qemu_get_byte(f)) { s->open = 1; } return 0;",
         ["if count", "  byte"]),
        ("do { s->draft = qemu_get_be32(f); } while (s->draft != 9);\n return 0;",
         ["loop while draft != 9", "  head", "    be32 draft"]),
    ],
)  # fmt: skip
def test_what_a_load_does(model: Callable[..., list[str]], body: str, expected: list[str]) -> None:
    assert model(body, "get") == expected


def test_helpers_of_other_files_stand_in_place_of_their_calls(tree: Tree) -> None:
    helper = "void plate_put(QEMUFile *f, KilnPlate *p, int n)\n{\n    while (n > 0) {\n" \
             "        qemu_put_be16(f, p->heat);\n        n--;\n    }\n}\n"  # fmt: skip
    save = "static void kiln_save(QEMUFile *f, void *opaque)\n{\n    KilnState *s = opaque;\n" \
           "    plate_put(f, &s->plates[2], 4);\n}\n"  # fmt: skip
    tree.write({"hw/plate.c": helper, "hw/kiln.c": HEAD + save})
    found = list(lines(_model(tree, "kiln_save", "put")))
    assert found == ["loop 4 times", "  be16 plates[2].heat"]


def test_a_function_that_calls_itself_ends(tree: Tree) -> None:
    text = "static void kiln_save(QEMUFile *f, void *opaque)\n{\n    qemu_put_byte(f, 1);\n" \
           "    kiln_save(f, opaque);\n}\n"  # fmt: skip
    tree.write({"hw/kiln.c": text})
    found = list(lines(_model(tree, "kiln_save", "put")))
    assert found[:1] == ["byte = 1"]
    assert found[-1] == "opaque: a function that calls itself"


def test_a_value_has_its_declared_type(tree: Tree) -> None:
    body = "qemu_put_be32(f, s->drift); qemu_put_byte(f, s->mode);"
    head = "static void kiln_save(QEMUFile *f, void *opaque)\n{\n    KilnState *s = opaque;\n"
    text = f"{head}    {body}\n}}\n"
    tree.write({"hw/kiln.c": HEAD + text})
    drift, mode = _model(tree, "kiln_save", "put")
    assert isinstance(drift, Value) and isinstance(mode, Value)
    assert (drift.type, drift.signed) == ("int32_t", True)
    assert (
        drift.declared is not None
        and drift.declared.line == HEAD[: HEAD.index("drift")].count("\n") + 1
    )
    assert mode.enumerators == (("KILN_OFF", 0), ("KILN_SLOW", 4), ("KILN_FAST", 5))
    assert drift.place is not None and drift.place.path == "hw/kiln.c"


def test_sections_say_their_name_and_version(tree: Tree) -> None:
    handlers = "static void kiln_save(QEMUFile *f, void *opaque)\n{\n}\n" \
               "static int kiln_load(QEMUFile *f, void *opaque, int version_id)\n" \
               "{\n    return 0;\n}\n#define KILN_VERSION 3\nvoid kiln_init(void)\n{\n" \
               '    register_savevm(0, "kiln", -1, KILN_VERSION, kiln_save, kiln_load, 0);\n}\n'  # fmt: skip
    tree.write({"hw/kiln.c": HEAD + handlers})
    (section,) = read_whole_tree(tree.root.resolve(), load_rules()).schema.sections
    assert (section.idstr, section.version_id) == ("kiln", 3)
    assert (section.save_function, section.load_function) == ("kiln_save", "kiln_load")


def test_each_target_has_a_section_of_its_own(tree: Tree) -> None:
    cpu = "void cpu_save(QEMUFile *f, void *opaque)\n{\n    qemu_put_%s(f, 1);\n}\n" \
          "int cpu_load(QEMUFile *f, void *opaque, int version_id)\n" \
          "{\n    qemu_get_%s(f);\n    return 0;\n}\n"  # fmt: skip
    files = {f"target-{t}/machine.c": cpu % (w, w) for t, w in (("elm", "be16"), ("oak", "be64"))}
    call = 'register_savevm(NULL, "cpu", 0, 1, cpu_save, cpu_load, 0);'
    init = f"void cpu_init(void)\n{{\n    {call}\n}}\n"
    tree.write({**files, "target-elm/cpu.h": "", "target-oak/cpu.h": "", "exec.c": init})
    sections = read_whole_tree(tree.root.resolve(), load_rules()).schema.sections
    found = [(s.target, list(lines(s.save))) for s in sections]
    assert found == [("target-elm", ["be16 = 1"]), ("target-oak", ["be64 = 1"])]


def test_an_info_may_be_a_compound_literal(tree: Tree) -> None:
    text = "static int get_heat(QEMUFile *f, void *pv, size_t size)\n{\n    int16_t *v = pv;\n" \
           "    *v = qemu_get_be16(f);\n    return 0;\n}\n" \
           "static void put_heat(QEMUFile *f, void *pv, size_t size)\n{\n    int16_t *v = pv;\n" \
           "    qemu_put_be16(f, *v);\n}\n" \
           "static const VMStateField fields[] = {\n    { .name = \"heat\",\n" \
           "      .info = &(const VMStateInfo){\n" \
           "          .name = \"heat\", .get = get_heat, .put = put_heat } },\n};\n"  # fmt: skip
    tree.write({"hw/kiln.c": text})
    reader = _reader(tree.root)
    (pair,) = reader.pairs
    assert list(lines(reader.model_save(pair))) == list(lines(reader.model_load(pair))) == ["be16"]


def test_what_a_function_got_the_address_of_is_not_what_was_read(tree: Tree) -> None:
    """A size is an earlier value only as long as nothing else may have changed it."""
    text = (
        HEAD
        + """
static int kiln_load(QEMUFile *f, void *opaque, int version_id)
{
    KilnState *s = opaque;

    s->draft = qemu_get_be32(f);
    %s;
    qemu_get_buffer(f, s->plates[0].raw, s->draft);
    qemu_put_byte(s->open ? f : other_stream(), 1);
    return 0;
}
"""
    )
    for call, size in (("swap_bytes(&s->draft)", Fact), ("swap_bytes(s->draft)", Earlier)):
        tree.write({"hw/kiln.c": text % call})
        nodes = _reader(tree.root).model_of_function("kiln_load", "get")
        assert isinstance(nodes[1], Buffer)
        assert isinstance(nodes[1].size, size)
        assert isinstance(nodes[2], Opaque)


def test_what_memory_is_allocated_and_how_long_a_list_runs(tree: Tree) -> None:
    text = (
        HEAD
        + """
static int kiln_load(QEMUFile *f, void *opaque, int version_id)
{
    KilnState *s = opaque, *other;
    uint32_t id;

    id = qemu_get_be32(f);
    while (id != 0) {
        other = g_new0(KilnState, 1);
        other->wide = qemu_get_be64(f);
        qemu_get_buffer(f, s->plates[0].raw, other->wide);
        id = qemu_get_be32(f);
    }
    return 0;
}
"""
    )
    tree.write({"hw/kiln.c": text})
    first, loop = _reader(tree.root).model_of_function("kiln_load", "get")
    assert isinstance(first, Value)
    assert isinstance(loop, Loop)
    assert list(lines([loop])) == [
        "loop while id != 0", "  be64 other.wide", "  buffer plates[0].raw [other.wide]",
        "  be32 id",
    ]  # fmt: skip
    condition = loop.condition
    assert isinstance(condition, Operation)
    assert condition.operands[0] == Earlier(first.name)


def _bare(nodes: Sequence[Node], like: Sequence[Node] = ()) -> tuple[Node, ...]:
    """The nodes without their places; what has no name in the nodes that they are `like` has none.

    Nor has a value that no declared object holds: its name is a local's, and a conversion adds some.
    """
    found: list[Node] = []
    for node, other in zip_longest(nodes, like[: len(nodes)]):
        assert node is not None
        match node:
            case Value():
                nameless = node.declared is None or (isinstance(other, Value) and not other.name)
                name = "" if nameless else node.name
                found.append(replace(node, name=name, place=None, declared=None))
            case Loop():
                same = other if isinstance(other, Loop) else Loop("", ())
                head, body = _bare(node.head, same.head), _bare(node.body, same.body)
                found.append(replace(node, place=None, head=head, body=body))
            case Branch():
                pair = (other.then, other.otherwise) if isinstance(other, Branch) else ((), ())
                then, otherwise = _bare(node.then, pair[0]), _bare(node.otherwise, pair[1])
                found.append(replace(node, place=None, then=then, otherwise=otherwise))
            case Opaque():
                found.append(replace(node, place=None, text=""))
            case _:
                found.append(replace(node, place=None))
    return tuple(found)


def _opaque(nodes: Sequence[Node]) -> Iterator[Opaque]:
    for node in nodes:
        if isinstance(node, Opaque):
            yield node
        elif isinstance(node, Loop):
            yield from _opaque((*node.head, *node.body))
        elif isinstance(node, Branch):
            yield from _opaque((*node.then, *node.otherwise))


def _handlers(root: Path) -> dict[tuple[str, str, str], tuple[Node, ...]]:
    """The model of every function of a tree that moves something, by file, name and direction."""
    reader = _reader(root)
    moves = reader.words.vocabularies[0].primitives
    found = {}
    for function in reader.functions.list_all():
        if not any(reader.words.moves(t) for t in function.code.tokens):
            continue
        if function.name in moves:
            continue
        for direction in ("put", "get"):
            key = (function.source.name, function.name, direction)
            found[key] = reader.model_function(function, direction)
    return found


@pytest.mark.parametrize("dialect", ["pre-1.2", "5.1"])
def test_conversion_changes_no_model(
    dialect: str, tmp_path: Path, spawn: Callable[..., Ran]
) -> None:
    """All functions of the corpus, in the direction in which their primitives go."""
    root = tmp_path / "corpus"
    shutil.copytree(CORPUS, root, ignore=shutil.ignore_patterns("*.diff"))
    ran = spawn(".", "--apply", "--dialect", dialect, cwd=root)
    assert ran.status == 0
    before, differ = _differing(CORPUS, root)
    assert before > 100
    assert differ == []


@pytest.mark.skipif(not QEMU_TREE, reason="QEMU_TREE names no source tree of QEMU")
def test_conversion_of_a_whole_tree_changes_no_model(
    tmp_path: Path, spawn: Callable[..., Ran]
) -> None:
    old, new = Path(QEMU_TREE).resolve(), tmp_path / "tree"
    shutil.copytree(old, new, symlinks=True)
    ran = spawn(".", "--apply", cwd=new)
    assert ran.status == 0
    before, differ = _differing(old, new)
    assert before > 50
    assert differ == []


def _differing(old: Path, new: Path) -> tuple[int, list[object]]:
    """How many functions both trees have, and those with another model.

    A visit has no direction of its own, so what a function with both directions does is not to be
    told from its converted text.
    """
    before, after = _handlers(old), _handlers(new)
    differ: list[object] = []
    for key, nodes in before.items():
        one_way = _directions(old, key) == {key[2]}
        if one_way and _bare(nodes) != _bare(after[key], nodes):
            differ.append((key, list(lines(nodes)), list(lines(after[key]))))
    return len(before), differ


def _directions(root: Path, key: tuple[str, str, str]) -> set[str]:
    """The directions of the primitives that a function calls."""
    text = (root / key[0]).read_text(encoding="latin-1")
    at = text.find(key[1] + "(")
    body = text[at : text.find("\n}", at)]
    return {d for d in ("put", "get") if f"qemu_{d}_" in body}


def test_all_that_moves_is_in_the_model() -> None:
    """Of the corpus: nothing is left to be told at the end as not reached, but behind a return."""
    left = [
        (key, node.text)
        for key, nodes in _handlers(CORPUS).items()
        for node in _opaque(nodes)
        if node.reason == UNREACHED
    ]
    assert left == []
