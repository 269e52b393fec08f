# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite schema diff`, through the command line: what is told, what is silent, and from where."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Ran, Tree

from rewrite.schema.diff import Status, diff_schemas
from rewrite.schema.expression import Constant, Earlier, Fact
from rewrite.schema.model import (
    Branch,
    Buffer,
    Call,
    Choice,
    Description,
    Field,
    Loop,
    Node,
    Place,
    Schema,
    Section,
    Value,
    Wire,
)

OK, FINDINGS, USAGE = 0, 1, 2

FAN = """\
typedef struct FanState {
    uint32_t speed;
    uint16_t blades[4];
    uint8_t on;
} FanState;

static void fan_save(QEMUFile *f, void *opaque)
{
    FanState *s = opaque;
    int i;

    qemu_put_be32(f, s->speed);
    for (i = 0; i < 4; i++) {
        qemu_put_be16(f, s->blades[i]);
    }
    qemu_put_byte(f, s->on);
}

static int fan_load(QEMUFile *f, void *opaque, int version_id)
{
    FanState *s = opaque;
    int i;

    s->speed = qemu_get_be32(f);
    for (i = 0; i < 4; i++) {
        s->blades[i] = qemu_get_be16(f);
    }
    s->on = qemu_get_byte(f);
    return 0;
}

void fan_init(FanState *s)
{
    register_savevm(NULL, "fan", 0, 2, fan_save, fan_load, s);
}
"""


@pytest.fixture
def diff(spawn: Callable[..., Ran], tmp_path: Path) -> Callable[..., Ran]:
    """diff(old, new, options...): compare two trees that hold these texts."""

    def run(old: str, new: str, *options: object) -> Ran:
        for name, text in (("old", old), ("new", new)):
            root = tmp_path / name
            root.mkdir(exist_ok=True)
            Tree(root).write({".rewrite.toml": "", "hw/fan.c": text})
        return spawn("schema", "diff", "old", "new", *options, cwd=tmp_path)

    return run


def test_the_same_is_silent(diff: Callable[..., Ran]) -> None:
    ran = diff(FAN, FAN)
    assert (ran.status, ran.out) == (OK, b"")
    assert ran.err == "1 same\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("qemu_put_byte(f, s->on)", "qemu_put_be16(f, s->on)",
         "section fan, save: byte `on` (hw/fan.c:16) became be16 `on` (hw/fan.c:16)"),
        ("    qemu_put_byte(f, s->on);\n", "", "save: byte `on` (hw/fan.c:16) became nothing more"),
        ("i < 4; i++) {\n        qemu_put", "i < 3; i++) {\n        qemu_put",
         "a loop of 4 times (hw/fan.c:13) became one of 3 times"),
        ("    s->on = qemu_get_byte(f);\n", "", "section fan, load: byte `on` (hw/fan.c:28)"),
    ],
)  # fmt: skip
def test_other_bytes_at_the_same_version(
    diff: Callable[..., Ran], old: str, new: str, says: str
) -> None:
    assert FAN.count(old) == 1
    ran = diff(FAN, FAN.replace(old, new))
    assert ran.status == FINDINGS
    assert says in ran.out.decode()
    assert "[wire-changed]" in ran.out.decode()


def test_a_raised_version_is_no_finding(diff: Callable[..., Ran]) -> None:
    new = FAN.replace("    qemu_put_byte(f, s->on);\n", "").replace("0, 2, fan", "0, 3, fan")
    ran = diff(FAN, new)
    assert (ran.status, ran.err) == (OK, "1 bumped\n")


HELPER = """\
static void put_blades(QEMUFile *f, uint16_t *blades)
{
    int n = 4;

    while (n-- > 0) {
        qemu_put_be16s(f, blades++);
    }
}

"""


@pytest.mark.parametrize(
    "new",
    [
        FAN.replace("speed", "rate"),
        FAN.replace("    for (i = 0; i < 4; i++) {\n        qemu_put_be16(f, s->blades[i]);\n    }\n",
                    "    put_blades(f, s->blades);\n")
           .replace("static void fan_save", HELPER + "static void fan_save"),
        FAN.replace("    s->on = qemu_get_byte(f);\n",
                    "    if (version_id >= 1) {\n        s->on = qemu_get_byte(f);\n    }\n"),
        FAN.replace("qemu_put_be32(f, s->speed);",
                    "qemu_put_be16(f, s->speed >> 16);\n    qemu_put_be16(f, s->speed);"),
        FAN.replace("    uint32_t speed;\n", "    struct { uint32_t speed; } hub;\n")
           .replace("s->speed", "s->hub.speed"),
    ],
    ids=["renamed", "a helper", "a guard that holds", "two halves", "moved into a struct"],
)  # fmt: skip
def test_what_is_compatible_is_silent_unless_strict(diff: Callable[..., Ran], new: str) -> None:
    ran = diff(FAN, new)
    assert (ran.status, ran.out) == (OK, b"")
    assert ran.err in ("1 same\n", "1 compatible\n")
    if ran.err == "1 compatible\n":
        assert b"[wire-renamed]" in diff(FAN, new, "--strict").out


def test_a_field_of_a_table_may_become_a_struct() -> None:
    place = Place("hw/fan.c", 3)
    speed = Field("speed", (Value("", Wire.BE32),))
    gap = Field("unused", (Buffer("", Constant(4), padding=True),))
    inner = Description(
        "hub", "vmstate_hub", place, 1, 1, (Field("rate", (Value("", Wire.BE32),)),)
    )
    nested = Field("hub", (Call("vmstate_hub", ""),), description="vmstate_hub")
    old = Description("fan", "vmstate_fan", place, 2, 1, (speed, gap))
    new = Description("fan", "vmstate_fan", place, 2, 1, (nested, gap))
    schemas = Schema("old", (), (old,)), Schema("new", (), (new, inner))
    found = {c.name: c.status for c in diff_schemas(*schemas)}
    assert found["vmstate_fan"] in (Status.SAME, Status.COMPATIBLE)
    less = Schema("new", (), (Description("fan", "vmstate_fan", place, 2, 1, (speed,)),))
    (change,) = diff_schemas(schemas[0], less)
    assert change.status is Status.INCOMPATIBLE


PLACE = Place("hw/fan.c", 3)


def _table(symbol: str, *nodes: Node, line: int = 3, unmigratable: bool = False) -> Description:
    fields = tuple(Field("f", (node,), place=Place("hw/fan.c", line + 1)) for node in nodes)
    place = Place("hw/fan.c", line)
    return Description(symbol, symbol, place, 1, 1, fields, unmigratable=unmigratable)


def _found(old: Schema, new: Schema) -> dict[str, Status]:
    return {f"{c.kind} {c.name}": c.status for c in diff_schemas(old, new)}


def test_sections_of_one_name_go_together_by_their_tables() -> None:
    """As the "cpu" of many targets, of which one went."""
    tables = _table("t_a", Value("x", Wire.BYTE)), _table("t_b", Value("x", Wire.BE64), line=20)
    sections = [Section("cpu", Place(f"hw/{t.symbol}.c", 9), 1, t.symbol) for t in tables]
    whole = Schema("old", tuple(sections), tables)
    less = Schema("new", tuple(sections[1:]), tables[1:])
    states = [c.status for c in diff_schemas(whole, less) if c.kind == "section"]
    assert sorted(states, key=str) == [Status.REMOVED, Status.SAME]


def test_a_device_that_was_never_migrated_may_change() -> None:
    old, new = _table("t", unmigratable=True), _table("t", Value("x", Wire.BYTE))
    section = Section("fan", PLACE, 1, "t")
    found = _found(Schema("old", (section,), (old,)), Schema("new", (section,), (new,)))
    assert set(found.values()) == {Status.COMPATIBLE}


def test_what_a_pointer_may_reach_goes_together_by_name() -> None:
    byte, wide = Value("x", Wire.BYTE), Value("x", Wire.BE32)
    old = _table("t", Choice("k->load", ("a", "b"), ((byte,), (byte,))))

    def status(*options: tuple[str, Node]) -> Status:
        labels, nodes = zip(*options, strict=True)
        new = _table("t", Choice("k->load", labels, tuple((node,) for node in nodes)))
        (change,) = diff_schemas(Schema("old", (), (old,)), Schema("new", (), (new,)))
        return change.status

    assert status(("a", byte), ("b", byte)) is Status.SAME
    assert status(("a", byte), ("c", wide)) is Status.COMPATIBLE
    assert status(("a", byte), ("b", wide)) is Status.INCOMPATIBLE


def test_a_difference_is_told_of_the_table_that_has_it() -> None:
    """Not once more of each that it is in, nor of their sections."""
    outer = _table("t_outer", Call("t_inner", "inner"), line=40)
    section = Section("fan", Place("hw/fan.c", 60), 1, "t_outer")
    schemas = [
        Schema("s", (section,), (_table("t_inner", Value("x", wire, place=PLACE)), outer))
        for wire in (Wire.BYTE, Wire.BE64)
    ]
    changes = diff_schemas(*schemas)
    assert [c.status for c in changes] == [Status.INCOMPATIBLE] * 3
    assert {c.name: c.cause for c in changes} == {
        "fan": "t_inner", "t_inner": "", "t_outer": "t_inner",
    }  # fmt: skip


@pytest.mark.parametrize("versions", [(1, 1), (1, 2)])
def test_a_nested_table_has_the_version_of_what_it_is_in(versions: tuple[int, int]) -> None:
    """Its own is in no stream: neither does raising it help, nor is it needed."""
    schemas = []
    for wire, version in zip((Wire.BYTE, Wire.BE64), versions, strict=True):
        inner = _table("t_inner", Value("x", wire, place=PLACE))
        outer = replace(_table("t_outer", Call("t_inner", "inner")), version_id=version)
        schemas.append(Schema("s", (), (inner, outer)))
    changed = {c.name for c in diff_schemas(*schemas) if c.status is Status.INCOMPATIBLE}
    assert changed == ({"t_inner", "t_outer"} if versions == (1, 1) else set())


def _git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
    )  # fmt: skip


def test_revisions_and_the_worktree(tree: Tree, spawn: Callable[..., Ran]) -> None:
    tree.write({"hw/fan.c": FAN})
    _git(tree.root, "init", "-q")
    _git(tree.root, "add", ".")
    _git(tree.root, "commit", "-q", "-m", "fan")
    tree.write({"hw/fan.c": FAN.replace("qemu_put_byte", "qemu_put_be64")})
    assert spawn("schema", "diff", "--since", "HEAD", cwd=tree.root).status == FINDINGS
    assert spawn("schema", "diff", "--since", "HEAD", "hw/fan.c", cwd=tree.root).status == FINDINGS
    tree.write({"tests/none.c": "int a;\n"})
    assert spawn("schema", "diff", "--since", "HEAD", "tests", cwd=tree.root).status == OK
    _git(tree.root, "commit", "-q", "-a", "-m", "wide")
    assert spawn("schema", "diff", "--since", "HEAD", cwd=tree.root).status == OK
    assert spawn("schema", "diff", "HEAD~1:", "HEAD:", cwd=tree.root).status == FINDINGS


def test_links_of_a_revision(tree: Tree, spawn: Callable[..., Ran]) -> None:
    """One is read as the file that it leads to; one that leads out of the revision is not there."""
    tree.write({"hw/fan.inc.h": FAN})
    (tree.root / "hw/fan.c").symlink_to("fan.inc.h")
    for name, target in (("out.h", "/etc/passwd"), ("self.h", "self.h"), ("up.h", "../../x.h")):
        (tree.root / "hw" / name).symlink_to(target)
    _git(tree.root, "init", "-q")
    _git(tree.root, "add", ".")
    _git(tree.root, "commit", "-q", "-m", "fan")
    tree.write({"hw/fan.inc.h": FAN.replace("qemu_put_byte", "qemu_put_be64")})
    _git(tree.root, "commit", "-q", "-a", "-m", "wide")
    ran = spawn("schema", "diff", "HEAD~1:", "HEAD:", cwd=tree.root)
    assert (ran.status, ran.err) == (FINDINGS, "2 incompatible\n")
    assert b"hw/fan.c" in ran.out


WIDE = FAN.replace("qemu_put_byte", "qemu_put_be64")
ALLOW = "/* rewrite-lint: allow(wire-changed) nobody has such a fan */"


def test_a_baseline(diff: Callable[..., Ran], tmp_path: Path) -> None:
    assert diff(FAN, WIDE, "--write-baseline", "base.json").status == OK
    ran = diff(FAN, WIDE, "--baseline", "base.json")
    assert (ran.status, ran.out, ran.err) == (OK, b"", "1 incompatible, 1 in the baseline\n")
    other = WIDE.replace("be32(f, s->speed)", "be16(f, s->speed)").replace('"fan", 0', '"van", 0')
    ran = diff(FAN.replace('"fan"', '"van"'), other, "--baseline", "base.json")
    assert (ran.status, b"section van" in ran.out) == (FINDINGS, True)
    assert "base.json: note: stale, --write-baseline removes it: hw/fan.c: section fan" in ran.err


@pytest.mark.parametrize("place", ["qemu_put_be64(f, s->on);", "register_savevm("])
@pytest.mark.parametrize("beside", [False, True])
def test_a_comment_allows(diff: Callable[..., Ran], place: str, beside: bool) -> None:
    """At the value that differs or where the section is registered, beside it or in the line above."""
    start = WIDE.rfind("\n", 0, WIDE.index(place)) + 1
    stop = WIDE.index("\n", start)
    line = WIDE[start:stop]
    new = WIDE[:start] + (f"{line} {ALLOW}" if beside else f"    {ALLOW}\n{line}") + WIDE[stop:]
    ran = diff(FAN, new)
    assert (ran.status, ran.out, ran.err) == (OK, b"", "1 incompatible, 1 allowed by comments\n")
    (result,) = json.loads(diff(FAN, new, "--format", "sarif").out)["runs"][0]["results"]
    assert result["suppressions"] == [
        {"kind": "inSource", "justification": "nobody has such a fan"}
    ]


@pytest.mark.parametrize(
    "comment",
    ["/* rewrite-lint: allow(wire-changed) */", ALLOW.replace("changed", "renamed"),
     f'char *x = "{ALLOW}";', f"{ALLOW}\n"],
    ids=["no reason", "another code", "in a string", "too far above"],
)  # fmt: skip
def test_what_is_no_suppression(diff: Callable[..., Ran], comment: str) -> None:
    new = WIDE.replace("    qemu_put_be64", f"    {comment}\n    qemu_put_be64")
    assert diff(FAN, new).status == FINDINGS


def test_only_the_new_state_allows(diff: Callable[..., Ran]) -> None:
    old = FAN.replace("    register_savevm", f"    {ALLOW}\n    register_savevm")
    assert diff(old, WIDE).status == FINDINGS


def test_comments_of_a_revision(tree: Tree, spawn: Callable[..., Ran]) -> None:
    tree.write({"hw/fan.c": FAN})
    _git(tree.root, "init", "-q")
    _git(tree.root, "add", ".")
    _git(tree.root, "commit", "-q", "-m", "fan")
    tree.write({"hw/fan.c": WIDE.replace("    qemu_put_be64", f"    {ALLOW}\n    qemu_put_be64")})
    assert spawn("schema", "diff", "--since", "HEAD", cwd=tree.root).status == OK
    _git(tree.root, "commit", "-q", "-a", "-m", "wide")
    assert spawn("schema", "diff", "HEAD~1", "HEAD", cwd=tree.root).status == OK
    assert spawn("schema", "diff", "HEAD", "HEAD~1", cwd=tree.root).status == FINDINGS


def test_the_lint_leaves_them_alone(tree: Tree, spawn: Callable[..., Ran]) -> None:
    """It compares no states, and so can't tell whether such a comment is of any use."""
    tree.write({"hw/fan.c": WIDE.replace("    qemu_put_be64", f"    {ALLOW}\n    qemu_put_be64")})
    assert b"unused-suppression" not in spawn("lint", "hw", cwd=tree.root).out


def test_every_format(diff: Callable[..., Ran]) -> None:
    def out(name: str) -> str:
        ran = diff(FAN, WIDE, "--format", name)
        assert ran.status == FINDINGS
        return ran.out.decode()

    says = "section fan, save: byte `on` (hw/fan.c:16) became be64 `on` (hw/fan.c:16)"
    (result,) = json.loads(out("sarif"))["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("wire-changed", "error")
    assert says in result["message"]["text"]
    where = result["locations"][0]["physicalLocation"]
    assert (where["artifactLocation"]["uri"], where["region"]["startLine"]) == ("hw/fan.c", 34)
    (issue,) = json.loads(out("gitlab"))
    assert issue["location"] == {"path": "hw/fan.c", "lines": {"begin": 34, "end": 34}}
    assert (issue["check_name"], issue["severity"]) == ("wire-changed", "major")
    assert says in issue["description"]
    assert out("github").startswith("::error file=hw/fan.c,line=34,endLine=34,col=1,")
    (finding,) = json.loads(out("json"))["findings"]
    assert (finding["path"], finding["text"]) == ("hw/fan.c", "section fan")
    assert out("checkpatch").endswith("total: 1 errors, 0 warnings\n")


def test_the_configuration_of_the_new_state(
    diff: Callable[..., Ran], spawn: Callable[..., Ran], tmp_path: Path
) -> None:
    diff(FAN, WIDE)
    toml = tmp_path / "new/.rewrite.toml"

    def ran(text: str) -> Ran:
        toml.write_text(text)
        return spawn("schema", "diff", "old", "new", cwd=tmp_path)

    assert ran('[lint]\nexclude = ["hw/*"]\n').status == OK
    assert ran('[lint.severity]\nwire-changed = "off"\n').status == OK
    noted = ran('[lint.severity]\nwire-changed = "note"\n')
    assert (noted.status, b"[wire-changed]" in noted.out) == (OK, True)
    assert b"ask the board" in ran('[lint.message]\nwire-changed = "ask the board"\n').out
    assert ran("[lint\n").status == USAGE


@pytest.mark.parametrize("states", [(), ("old",), ("old", "--output=x"), ("nowhere", "old")])
def test_what_is_no_state(diff: Callable[..., Ran], states: tuple[str, ...], tmp_path: Path,
                          spawn: Callable[..., Ran]) -> None:  # fmt: skip
    diff(FAN, FAN)
    ran = spawn("schema", "diff", *states, cwd=tmp_path)
    assert ran.status == USAGE
    assert "error:" in ran.err
    assert "Traceback" not in ran.err


def test_states_are_remembered_by_their_content(
    tree: Tree, spawn: Callable[..., Ran], tmp_path: Path
) -> None:
    """A second run reads what the first kept; a file that changes is another state."""
    cache = tmp_path / "cache"
    other = tmp_path / "other"
    tree.write({"hw/fan.c": FAN})
    shutil.copytree(tree.root, other)
    (other / "hw/fan.c").write_text(FAN.replace("qemu_put_byte", "qemu_put_be64"))

    def ran(*options: str) -> Ran:
        return spawn("schema", "diff", str(tree.root), str(other), *options, cwd=tmp_path)

    first = ran("--cache", str(cache))
    kept = sorted((cache / "schema").iterdir())
    assert (first.status, len(kept)) == (FINDINGS, 2)
    assert ran("--cache", str(cache)) == first == ran("--no-cache")
    swapped = [path.read_bytes() for path in kept]
    for path, data in zip(kept, reversed(swapped), strict=True):
        path.write_bytes(data)  # each state now has what was kept for the other one
    assert ran("--cache", str(cache)).out != first.out
    kept[0].write_bytes(b"damaged")
    kept[1].unlink()
    assert ran("--cache", str(cache)) == first
    (other / "hw/fan.c").write_text(FAN)
    assert ran("--cache", str(cache)).err == "1 same\n"


def test_what_no_listing_shows_is_not_remembered(
    tree: Tree, spawn: Callable[..., Ran], tmp_path: Path
) -> None:
    """A list of fields in a file that is no C text by its name is read, but its state is not known."""
    cache = tmp_path / "cache"
    table = '#include "qemu.h"\nconst VMStateDescription vmstate_fan = {\n    .fields = (F[]) {\n'
    tree.write({"hw/fan.c": f'{table}#include "fan.list"\n    }}\n}};\n', "hw/fan.list": ""})
    root = str(tree.root)
    ran = spawn("schema", "diff", root, root, "--cache", str(cache), cwd=tmp_path)
    assert (ran.status, (cache / "schema").exists()) == (OK, False)


def test_a_table_is_known_by_its_name() -> None:
    """As where the common part of a device gets the symbol, and a new table around it the name."""
    bus, speed = Value("bus", Wire.BE64), Value("speed", Wire.BYTE)
    section = Section("fan", Place("hw/fan.c", 60), 1, "vmstate_fan")
    old = replace(_table("vmstate_fan", bus, speed), name="fan")
    core = replace(_table("vmstate_fan", speed), name="fan-core")
    outer = replace(
        _table("vmstate_fan_pci", bus, Call("vmstate_fan", "core"), line=30), name="fan"
    )
    moved = replace(section, description="vmstate_fan_pci")
    found = _found(Schema("old", (section,), (old,)), Schema("new", (moved,), (core, outer)))
    assert Status.INCOMPATIBLE not in found.values()
    assert found["section fan"] in (Status.SAME, Status.COMPATIBLE)


def _status(old: tuple[Node, ...], new: tuple[Node, ...]) -> Status:
    """What became of a section of code."""
    sections = [Section("fan", PLACE, 1, save=nodes, load=nodes) for nodes in (old, new)]
    (change,) = diff_schemas(*(Schema("s", (section,), ()) for section in sections))
    return change.status


def _times(count: int, name: str) -> Loop:
    """A loop over something whose size is not fixed."""
    body = (Value("n", Wire.BYTE), Buffer(name, Earlier("n")), Value("mark", Wire.BE64))
    return Loop(name, body, Constant(count))


def test_one_loop_may_become_two() -> None:
    whole = (_times(4, "drives"),)
    assert _status(whole, (_times(2, "first"), _times(2, "second"))) is Status.COMPATIBLE
    assert _status((_times(2, "first"), _times(2, "second")), whole) is Status.COMPATIBLE
    assert _status(whole, (_times(2, "first"), _times(3, "second"))) is Status.INCOMPATIBLE
    assert _status(whole, (_times(2, "first"),)) is Status.INCOMPATIBLE


def test_a_field_of_an_older_form_is_no_change() -> None:
    """Two bytes that only a test lets in are no be16 where that stands behind them."""
    size, rest = Value("size", Wire.BE16), Loop("data", (Value("", Wire.BE16),), Fact("size"))
    old = Fact("is_old()")
    parts: tuple[Node, ...] = (
        Branch(old, (Value("size", Wire.BYTE),)),
        Branch(old, (Buffer("", Constant(1), padding=True),)),
    )
    assert _status((size, rest), (*parts, size, rest)) is Status.COMPATIBLE
    wide = (*parts, Value("size", Wire.BE32), rest)
    assert _status((size, rest), wide) not in (Status.SAME, Status.COMPATIBLE)


def test_what_is_registered_twice_is_compared_twice() -> None:
    def sections(*nodes: Node, count: int = 2) -> Schema:
        places = [Place("hw/fan.c", 9 + n) for n in range(count)]
        made = (Section("fan", p, 1, save=nodes, save_function="fan_save") for p in places)
        return Schema("s", tuple(made), ())

    byte, wide = Value("x", Wire.BYTE), Value("x", Wire.BE64)
    changes = diff_schemas(sections(byte), sections(wide))
    assert [c.status for c in changes] == [Status.INCOMPATIBLE] * 2
    fewer = diff_schemas(sections(byte, count=3), sections(byte))
    assert [c.status for c in fewer] == [Status.SAME, Status.SAME, Status.REMOVED]
