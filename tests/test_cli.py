# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: what it prints where, what it writes, and its exit status."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import DIALECTS

from rewrite import __version__
from rewrite.cli.main import COMMANDS
from rewrite.convert import conversion as convert
from rewrite.convert import plan
from rewrite.convert.codes import CODES
from rewrite.errors import CountError
from rewrite.report.statistics import collect_statistics
from rewrite.rules.ruleset import load_rules
from rewrite.verify.verifier import SAID

OK, FINDINGS, USAGE, SELF_CHECK = 0, 1, 2, 3

VISITOR = "bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj, Error **errp);\n"
OLD_VISITOR = "void visit_type_uint32(Visitor *v, uint32_t *obj, const char *name, Error **errp);\n"
MID_VISITOR = VISITOR.replace("bool", "void")

STATE = """\
#ifndef HW_KETTLE_H
#define HW_KETTLE_H
typedef uint16_t heat_t;
typedef struct KettleState {
    uint32_t litres;
    heat_t heat;
    bool lid;
} KettleState;
#endif
"""

KETTLE = """\
#include "hw/kettle.h"

static void kettle_save(QEMUFile *f, void *opaque)
{
    KettleState *s = opaque;

    qemu_put_be32(f, s->litres);
    qemu_put_be16(f, s->heat);
    qemu_put_byte(f, s->lid);
}

static int kettle_load(QEMUFile *f, void *opaque, int version_id)
{
    KettleState *s = opaque;

    s->litres = qemu_get_be32(f);
    s->heat = qemu_get_be16(f);
    s->lid = qemu_get_byte(f);
    return 0;
}

void kettle_init(KettleState *s)
{
    register_savevm(NULL, "kettle", 0, 1, kettle_save, kettle_load, s);
}
"""

SPOUT = """\
static void spout_save(QEMUFile *f, void *opaque)
{
    uint8_t *open = opaque;

    qemu_put_8s(f, open);
    *open = qemu_get_byte(f);
}

static int spout_load(QEMUFile *f, void *opaque, int version_id)
{
    uint8_t *open = opaque;

    qemu_get_8s(f, open);
    return 0;
}

void spout_init(uint8_t *open)
{
    register_savevm(NULL, "spout", 0, 1, spout_save, spout_load, open);
}
"""

Rewrite = Callable[..., Any]


@pytest.fixture
def shop(tree: Any) -> Any:
    """Two devices, one with a mistake, one file without any site, and a visitor of QEMU 5.1."""
    return tree.write(
        {
            "include/qapi/visitor.h": VISITOR,
            "include/hw/kettle.h": STATE,
            "hw/a/kettle.c": KETTLE,
            "hw/b/spout.c": SPOUT,
            "hw/b/plain.c": "int plain;\n",
        }
    )


def changed(shop: Any, before: dict[str, bytes]) -> set[str]:
    after = shop.bytes()
    return {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)}


# -- converting ----------------------------------------------------------------------------------


def test_a_dry_run_prints_only_the_diff_and_writes_nothing(rewrite: Rewrite, shop: Any) -> None:
    before = shop.bytes()
    ran = rewrite(shop.root)
    assert ran.status == OK
    assert ran.out.startswith(b"diff --git a/hw/a/kettle.c b/hw/a/kettle.c\n--- a/hw/a/kettle.c\n")
    assert {line[:1] for line in ran.out.splitlines()} <= {b"d", b"-", b"+", b"@", b" "}
    assert b'+    visit_type_bool(v, "lid", &s->lid, errp);\n' in ran.out
    assert b'+    visit_type_uint16(v, "heat", &s->heat, errp);\n' in ran.out
    assert shop.bytes() == before


def test_diagnostics_and_summary_go_to_standard_error(
    rewrite: Rewrite, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root)
    ran = rewrite("hw")
    first, *summary = ran.err.splitlines()
    assert first.startswith("hw/b/spout.c:6:13: warning: qemu_get_byte not converted: ")
    assert first.endswith(" [mixed-direction]")
    assert summary[0] == "9 sites: 8 converted, 0 plumbing, 1 refused (dialect 5.1)"
    assert summary[1] == "2 files to change, 4 functions"
    assert summary[2] == "refused: 1 mixed-direction"


def test_apply_writes_what_the_dry_run_showed(rewrite: Rewrite, shop: Any) -> None:
    before = shop.bytes()
    shown = rewrite(shop.root).out
    ran = rewrite(shop.root, "--apply")
    assert (ran.status, ran.out) == (OK, b"")
    assert changed(shop, before) == {"hw/a/kettle.c", "hw/b/spout.c"}
    new = shop.bytes()["hw/a/kettle.c"]
    added = [line[1:] for line in shown.splitlines() if re.match(rb"\+[^+]", line)]
    assert len(added) > 10
    assert set(added) <= {*new.splitlines(), *shop.bytes()["hw/b/spout.c"].splitlines()}
    assert b"qemu_put" not in new
    assert "2 files changed" in ran.err


def test_check_finds_work_until_it_is_done(rewrite: Rewrite, shop: Any) -> None:
    before = shop.bytes()
    ran = rewrite("--check", shop.root)
    assert (ran.status, ran.out) == (FINDINGS, b"")
    assert shop.bytes() == before
    rewrite(shop.root, "--apply")
    assert rewrite("--check", shop.root).status == OK


def test_check_of_a_tree_with_refusals_only_is_no_finding(rewrite: Rewrite, tree: Any) -> None:
    tree.write({"a.c": "int f(QEMUFile *f)\n{\n    return sizeof(qemu_get_be32(f));\n}\n"})
    ran = rewrite("--check", tree.root)
    assert ran.status == OK
    assert "[not-evaluated]" in ran.err


def test_apply_and_check_exclude_each_other(rewrite: Rewrite, shop: Any) -> None:
    before = shop.bytes()
    ran = rewrite("--apply", "--check", shop.root)
    assert ran.status == USAGE
    assert "not allowed with" in ran.err
    assert shop.bytes() == before


def test_the_command_convert_is_what_paths_alone_do(rewrite: Rewrite, shop: Any) -> None:
    assert rewrite("convert", shop.root) == rewrite(shop.root)
    assert rewrite("convert", "-v", shop.root, "--check") == rewrite(shop.root, "--check", "-v")
    assert rewrite("convert", "--help").out.startswith(b"usage: rewrite convert ")
    assert rewrite(shop.root, "--help") == rewrite("convert", "--help")


def test_help_lists_every_command(rewrite: Rewrite) -> None:
    ran = rewrite("--help")
    assert (ran.status, ran.err) == (OK, "")
    listed = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +\S", ran.out.decode(), re.MULTILINE)
    assert set(COMMANDS) <= set(listed)
    assert rewrite("-h") == ran


def test_options_may_stand_before_between_and_after_paths(rewrite: Rewrite, shop: Any) -> None:
    one, two = shop.root / "hw/a", shop.root / "hw/b"
    usual = rewrite("--dialect", "1.2", one, two)
    assert usual.out.count(b"diff --git") == 2
    for order in ([one, "--dialect", "1.2", two], [one, two, "--dialect=1.2"]):
        assert rewrite(*order) == usual


def test_a_file_a_folder_and_both_are_paths(rewrite: Rewrite, shop: Any) -> None:
    file = rewrite(shop.root / "hw/a/kettle.c").out
    folder = rewrite(shop.root / "hw/b").out
    assert file.startswith(b"diff --git a/hw/a/kettle.c")
    assert folder.startswith(b"diff --git a/hw/b/spout.c")
    assert rewrite(shop.root / "hw/a/kettle.c", shop.root / "hw/b").out == file + folder


def test_the_current_folder_is_a_path_and_the_diff_counts_from_the_root(
    rewrite: Rewrite, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root / "hw/b")
    ran = rewrite(".")
    assert ran.out.startswith(b"diff --git a/hw/b/spout.c b/hw/b/spout.c\n")
    assert ran.err.startswith("spout.c:6:13: warning: ")
    assert rewrite("--check").status == FINDINGS, "no path means the current folder"


def test_without_arguments_the_tree_here_is_shown(
    rewrite: Rewrite, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root)
    before = shop.bytes()
    ran = rewrite()
    assert ran.out.count(b"diff --git ") == 2
    assert ran == rewrite(".")
    assert shop.bytes() == before


def test_root_decides_names_and_headers(rewrite: Rewrite, shop: Any) -> None:
    """With `hw` as root, include/hw/kettle.h is out of reach, so no type is known."""
    ran = rewrite("--root", shop.root / "hw", "--dialect", "5.1", shop.root / "hw/a")
    assert ran.out.startswith(b"diff --git a/a/kettle.c b/a/kettle.c\n")
    assert b'visit_type_uint8(v, "lid", &(uint8_t){ s->lid }, errp);' in ran.out


def test_headers_are_found_from_a_file_deep_in_the_tree(
    rewrite: Rewrite, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = "hw/kitchen/shelf/row/kettle.c"
    shop.write({deep: KETTLE})
    monkeypatch.chdir((shop.root / deep).parent)
    ran = rewrite("kettle.c")
    assert b'visit_type_bool(v, "lid", &s->lid, errp);' in ran.out
    assert f"--- a/{deep}\n".encode() in ran.out


SPELLINGS = {
    "rfc": (b'visit_type_u16(v, "heat", &s->heat, &local_err);', b"    Error *local_err = NULL;"),
    "pre-1.2": (b'visit_type_uint16(v, &s->heat, "heat", errp);', b"    Error **errp = "),
    "1.2": (b'visit_type_uint16(v, &s->heat, "heat", errp);', b"    Error **errp = "),
    "2.6": (b'visit_type_uint16(v, "heat", &s->heat, errp);', b"    Error **errp = "),
    "5.1": (b'visit_type_uint16(v, "heat", &s->heat, errp);', b"    Error **errp = "),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_has_its_spelling(rewrite: Rewrite, shop: Any, dialect: str) -> None:
    ran = rewrite(shop.root, "--dialect", dialect)
    assert ran.status == OK
    for text in SPELLINGS[dialect]:
        assert ran.out.count(b"+    " + text.lstrip()) >= 2
    assert f"(dialect {dialect})" in ran.err


@pytest.mark.parametrize(
    ("declaration", "dialect"),
    [(VISITOR, "5.1"), (MID_VISITOR, "2.6"), (OLD_VISITOR, "1.2"), ("", "pre-1.2")],
)
def test_the_tree_shows_its_dialect(
    rewrite: Rewrite, shop: Any, declaration: str, dialect: str
) -> None:
    shop.write({"include/qapi/visitor.h": f"/* the visits */\n{declaration}"})
    assert f"(dialect {dialect})" in rewrite(shop.root).err


def test_targets_see_their_own_headers(rewrite: Rewrite, shop: Any) -> None:
    """One name, two structs: in each target's folder its own one, outside none that both share."""
    body = (
        '#include "cpu.h"\nvoid cpu_save(QEMUFile *f, void *opaque)\n{\n    CPUState *s = opaque;\n'
        "    qemu_put_be32(f, s->pc);\n    qemu_put_be32(f, s->sp);\n}\n"
    )
    for target, pc in (("alto", "uint32_t"), ("basso", "uint64_t")):
        fields = f"{{ {pc} pc; uint32_t sp; }} CPUState;\n"
        shop.write({f"target/{target}/cpu.h": f"typedef struct CPU{fields}"})
        shop.write({f"target/{target}/machine.c": body})
    shop.write({"hw/common.c": body})
    exact, literal = '"pc", &s->pc, errp', '"pc", &(uint32_t){ s->pc }, errp'
    for place, text in (
        ("target/alto", exact),
        ("target/basso", literal),
        ("hw/common.c", literal),
    ):
        out = rewrite(shop.root / place).out.decode()
        assert text in out, place
        assert '"sp", &s->sp, errp' in out, place


def test_a_conversion_that_fails_its_check_is_not_written(
    rewrite: Rewrite, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planner that visits the wrong field must be caught, and must not stop the other files."""

    def broken(*arguments: Any) -> Any:
        made = plan.plan_function(*arguments)
        edits = tuple(replace(e, new=e.new.replace(b"&s->litres", b"&s->heat")) for e in made.edits)
        return replace(made, edits=edits)

    before = shop.bytes()
    monkeypatch.setattr(convert, "plan_function", broken)
    for mode in ((), ("--check",), ("--apply",)):
        ran = rewrite(shop.root, *mode)
        assert ran.status == SELF_CHECK
        assert re.search(r"kettle\.c:\d+:1: error: self-check failed in kettle_save\(\): ", ran.err)
        assert b"kettle.c" not in ran.out
    assert changed(shop, before) == {"hw/b/spout.c"}


# -- figures -------------------------------------------------------------------------------------

KEYS = {
    "root",
    "dialect",
    "sites",
    "converted",
    "plumbing",
    "refused",
    "by_code",
    "by_shape",
    "files_changed",
    "functions_changed",
    "failed_self_check",
    "site_list",
}


def test_figures_replace_the_diff_on_standard_output(rewrite: Rewrite, shop: Any) -> None:
    figures = json.loads(rewrite(shop.root, "--stats", "-").out)
    assert figures.keys() >= KEYS
    assert (figures["root"], figures["dialect"]) == (str(shop.root), "5.1")
    assert (figures["sites"], figures["converted"]) == (9, 8)
    assert (figures["plumbing"], figures["refused"]) == (0, 1)
    assert figures["by_code"] == {"mixed-direction": 1}
    assert (figures["files_changed"], figures["functions_changed"]) == (2, 4)
    assert figures["failed_self_check"] == 0


def test_figures_add_up(spawn: Rewrite, corpus_copy: Any) -> None:
    figures = json.loads(spawn("--stats", "-", ".", cwd=corpus_copy.root).out)
    listed = figures["site_list"]
    outcomes = Counter(site["outcome"] for site in listed)
    assert figures["sites"] == len(listed) == outcomes.total()
    for kind in ("converted", "plumbing", "refused"):
        assert figures[kind] == outcomes[kind] > 0
    assert figures["by_code"] == Counter(s["code"] for s in listed if s["outcome"] == "refused")
    assert sum(figures["by_shape"].values()) == figures["converted"]
    assert all(bool(s["code"]) == (s["outcome"] == "refused") for s in listed)
    changed_files = {s["path"] for s in listed if s["outcome"] == "converted"}
    assert figures["files_changed"] == len(changed_files)


def test_a_site_is_told_with_its_type(rewrite: Rewrite, shop: Any) -> None:
    listed = json.loads(rewrite(shop.root, "--stats", "-").out)["site_list"]
    assert all({"path", "line", "primitive", "outcome", "code", "type"} <= s.keys() for s in listed)
    heat = next(s for s in listed if s["line"] == 8)
    assert (heat["path"], heat["primitive"]) == ("hw/a/kettle.c", "qemu_put_be16")
    assert (heat["outcome"], heat["code"], heat["type"]) == ("converted", "", "heat_t")
    refused = next(s for s in listed if s["outcome"] == "refused")
    assert (refused["path"], refused["line"]) == ("hw/b/spout.c", 6)


def test_figures_in_a_file_leave_the_diff_where_it_was(
    rewrite: Rewrite, shop: Any, tmp_path: Path
) -> None:
    plain = rewrite(shop.root)
    ran = rewrite(shop.root, "--stats", tmp_path / "figures.json")
    assert ran == plain
    text = (tmp_path / "figures.json").read_text()
    assert text == rewrite(shop.root, "--stats", "-").out.decode()


@pytest.mark.parametrize("mode", ["--apply", "--check"])
def test_figures_go_with_either_mode(rewrite: Rewrite, shop: Any, mode: str) -> None:
    before = shop.bytes()
    ran = rewrite(shop.root, "--stats", "-", mode)
    assert json.loads(ran.out)["converted"] == 8
    assert ran.status == (FINDINGS if mode == "--check" else OK)
    assert bool(changed(shop, before)) == (mode == "--apply")


def test_verbose_names_plumbing(rewrite: Rewrite, tree: Any) -> None:
    body = "{\n    qemu_put_byte(f, *p);\n}\n"
    tree.write({"hw/hw.h": f"static void qemu_put_8s(QEMUFile *f, const uint8_t *p)\n{body}"})
    assert "[plumbing]" not in rewrite(tree.root).err
    err = rewrite(tree.root, "--verbose").err
    assert re.search(r"hw\.h:3:5: note: qemu_put_byte stays: .+ \[plumbing\]", err)


# -- rules ---------------------------------------------------------------------------------------

WRAPPER = (
    "# SPDX-License-Identifier: GPL-2.0-or-later\n"
    '"""Our own primitive."""\n\nschema(1)\n\n'
    'primitive("fork_put_word", direction="put", wire="be32", operand="value",'
    ' c_type="uint32_t", visit="uint32")\n'
)


def test_a_fork_adds_its_own_primitive(rewrite: Rewrite, shop: Any, tmp_path: Path) -> None:
    fork = tmp_path / "fork"
    fork.mkdir()
    (fork / "ours.py").write_text(WRAPPER)
    shop.write({"hw/a/kettle.c": KETTLE.replace("qemu_put_be32", "fork_put_word")})
    without = rewrite(shop.root).out
    with_it = rewrite(shop.root, "--rules", fork).out
    assert b"-    fork_put_word(f, s->litres);" not in without
    assert b"-    fork_put_word(f, s->litres);" in with_it
    assert b'+    visit_type_uint32(v, "litres", &s->litres, errp);' in with_it


def test_rules_list_and_check(rewrite: Rewrite, tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text(WRAPPER)
    plain, added = rewrite("rules", "list"), rewrite("rules", "list", tmp_path)
    assert plain.status == added.status == OK
    assert b"primitive qemu_put_be32: put be32 by value" in plain.out
    assert set(plain.out.splitlines()) < set(added.out.splitlines())
    assert rewrite("rules", "list", "--rules", tmp_path) == added
    count = len(re.findall(rb"^primitive ", plain.out, re.MULTILINE))
    assert rewrite("rules", "check").out.startswith(f"{count} primitives, ".encode())
    assert rewrite("rules", "check", tmp_path).out.startswith(f"{count + 1} primitives, ".encode())


def test_rules_add_keeps_the_rest_of_the_file(rewrite: Rewrite, tmp_path: Path) -> None:
    file = tmp_path / "ours.py"
    file.write_text(WRAPPER + "# the end\n")
    assert rewrite("rules", "add", file, 'cast_macro("KETTLE", type_argument=0)').status == OK
    text = file.read_text()
    assert 'cast_macro("KETTLE", type_argument=0)' in text
    assert {"# the end", '"""Our own primitive."""'} <= set(text.splitlines())
    assert rewrite("rules", "check", tmp_path).status == OK


def test_rules_fmt_lays_a_file_out_once(rewrite: Rewrite, tmp_path: Path) -> None:
    file = tmp_path / "ours.py"
    file.write_text(WRAPPER)
    listed = rewrite("rules", "list", tmp_path).out
    check = rewrite("rules", "fmt", "--check", file)
    assert (check.status, file.read_text()) == (FINDINGS, WRAPPER)
    assert str(file) in check.err
    assert rewrite("rules", "fmt", file).status == OK
    assert file.read_text() != WRAPPER
    assert rewrite("rules", "list", tmp_path).out == listed
    again = rewrite("rules", "fmt", "--check", file)
    assert (again.status, again.err) == (OK, "")


# -- explain, help -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_explain_tells_each_code(rewrite: Rewrite, code: str) -> None:
    ran = rewrite("explain", code)
    assert (ran.status, ran.err) == (OK, "")
    assert ran.out.decode().startswith(f"{code}: ")
    assert b"What to do: " in ran.out


@pytest.mark.parametrize("code", sorted(load_rules().lint))
def test_explain_tells_each_code_of_the_lint(rewrite: Rewrite, code: str) -> None:
    text = rewrite("explain", code).out.decode()
    assert f"docs/lint.md#{code} " in text
    assert load_rules().lint[code].hint in text
    assert (CODES[code].advice in text) if code in CODES else text.startswith(f"{code}: ")


def test_explain_finds_a_registration_in_another_file(rewrite: Rewrite, shop: Any) -> None:
    shop.write(
        {
            "hw/a/ladle.c": "void ladle_save(QEMUFile *f, void *p)\n{\n    qemu_put_be32(f, 1);\n}\n",
            "vl.c": '\nvoid start(void)\n{\n    register_savevm(0, "ladle", 0, 1, ladle_save, '
            "ladle_load, 0);\n}\n",
        }
    )
    text = rewrite("explain", f"{shop.root}/hw/a/ladle.c:3").out.decode()
    place = "saves: registered by register_savevm() at vl.c:4, paired with ladle_load()"
    assert place in text


def test_every_code_that_a_tree_may_show_can_be_explained(spawn: Rewrite, corpus_copy: Any) -> None:
    figures = json.loads(spawn("--stats", "-", ".", cwd=corpus_copy.root).out)
    assert set(figures["by_code"]) <= set(CODES)


def test_explain_tells_rule_type_and_decision(
    rewrite: Rewrite, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root)
    text = rewrite("explain", "hw/a/kettle.c:8").out.decode()
    assert text.startswith("hw/a/kettle.c:8:5: qemu_put_be16 in kettle_save()\n")
    assert re.search(r"^  rule +.*primitives\.py:\d+: put of be16$", text, re.MULTILINE)
    assert re.search(r"^  handler +saves: registered by register_savevm\(\) at line 24", text, re.M)
    assert re.search(r"^  type +heat_t = uint16_t$", text, re.MULTILINE)
    assert re.search(r"^  declared +include/hw/kettle\.h:6:\d+$", text, re.MULTILINE)
    assert re.search(r'^  becomes +visit_type_uint16 of uint16_t, named "heat"$', text, re.M)


def test_explain_tells_why_a_site_stays(rewrite: Rewrite, shop: Any) -> None:
    text = rewrite("explain", f"{shop.root}/hw/b/spout.c:6").out.decode()
    assert "refused   [mixed-direction]" in text


def test_explain_takes_a_place_as_diagnostics_print_it(
    rewrite: Rewrite, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root)
    place = rewrite("hw").err.partition(" ")[0]
    assert place == "hw/b/spout.c:6:13:"
    text = rewrite("explain", place).out.decode()
    assert text.startswith("hw/b/spout.c:6:13: qemu_get_byte in spout_save()\n")
    assert text == rewrite("explain", "hw/b/spout.c:6").out.decode()


def test_a_column_chooses_one_of_several_sites_on_a_line(rewrite: Rewrite, tree: Any) -> None:
    tree.write(
        {"a.c": "void f(QEMUFile *f)\n{\n    qemu_put_byte(f, 1); qemu_put_be16(f, 2);\n}\n"}
    )
    place = f"{tree.root}/a.c:3"
    assert rewrite("explain", place).out.count(b" in f()") == 2
    for column, name in ((5, b"qemu_put_byte"), (26, b"qemu_put_be16"), (40, b"qemu_put_be16")):
        text = rewrite("explain", f"{place}:{column}").out
        assert text.count(b" in f()") == 1
        assert name in text
    assert rewrite("explain", f"{place}:1").out.count(b" in f()") == 2, "no site at the column"


def test_explain_goes_to_the_nearest_site(
    rewrite: Rewrite, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.root)
    first, second, *_ = rewrite("explain", "hw/a/kettle.c:3:1").out.decode().splitlines()
    assert first == "hw/a/kettle.c:3: no call of a primitive on this line; the nearest is on 7"
    assert second == ""
    assert b"\nhw/a/kettle.c:7:5: qemu_put_be32" in rewrite("explain", "hw/a/kettle.c:3").out


def test_explain_spells_a_visit_as_the_diff_does(rewrite: Rewrite, shop: Any) -> None:
    place = f"{shop.root}/hw/a/kettle.c:8"
    text = rewrite("explain", place, "--dialect", "rfc").out.decode()
    assert 'becomes   visit_type_u16 of uint16_t, named "heat"' in text


@pytest.mark.parametrize("code", ["plumbing", "names-differ", *SAID])
def test_explain_tells_the_codes_of_notes_and_proofs(rewrite: Rewrite, code: str) -> None:
    assert rewrite("explain", code).out.decode().startswith(f"{code}: ")
    assert rewrite("explain", f"[{code}]") == rewrite("explain", code)


def test_a_visit_of_two_widths_is_a_mistake_of_the_rules(rewrite: Rewrite, tree: Any) -> None:
    """It would convert to what the check of every conversion calls a bug of this tool."""
    wire = '("be32", "be64")'
    visit = f'visit("two", function="visit_two", rfc="visit_two", c_type="uint64_t", wire={wire})'
    tree.write({"rules/two.py": f"schema(1)\n{visit}\n"})
    ran = rewrite("rules", "check", tree.root / "rules")
    assert (ran.status, ran.out) == (USAGE, b"")
    assert "two.py:2:1: error: expected one wire: a visit writes values of one width" in ran.err


def test_dialects_are_those_of_the_rules(rewrite: Rewrite, tree: Any) -> None:
    text = Path(load_rules().dialects["5.1"].origin.path).read_text().replace('"5.1"', '"acme"')
    text = re.sub(r'recognise="[a-z]+"', 'recognise="never"', text)
    tree.write({"rules/acme.py": text})
    listed = rewrite("dialect", "--list").out.decode()
    assert {line.split()[0] for line in listed.splitlines()} == set(load_rules().dialects)
    assert "acme" in rewrite("dialect", "--list", "--rules", tree.root / "rules").out.decode()


def test_explain_writes_nothing(rewrite: Rewrite, shop: Any) -> None:
    before = shop.bytes()
    assert rewrite("explain", f"{shop.root}/hw/a/kettle.c:7").status == OK
    assert shop.bytes() == before


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("explain",),
        ("rules",),
        ("rules", "list"),
        ("rules", "check"),
        ("rules", "add"),
        ("rules", "fmt"),
    ],
    ids=" ".join,
)
def test_every_command_has_help(rewrite: Rewrite, command: tuple[str, ...]) -> None:
    ran = rewrite(*command, "--help")
    assert (ran.status, ran.err) == (OK, "")
    assert ran.out.decode().startswith(f"usage: {' '.join(('rewrite', *command))} ")


def test_help_tells_the_exit_status(rewrite: Rewrite) -> None:
    text = rewrite("--help").out.decode()
    for status in (OK, FINDINGS, USAGE, SELF_CHECK):
        assert re.search(rf"^  {status}  \w", text, re.MULTILINE)


def test_version(rewrite: Rewrite) -> None:
    ran = rewrite("--version")
    assert (ran.status, ran.out.decode()) == (OK, f"rewrite {__version__}\n")


def test_the_command_starts_as_a_process(spawn: Rewrite, shop: Any) -> None:
    for mode, status in (((), OK), (("--check",), FINDINGS), (("--nonsense",), USAGE)):
        assert spawn("hw", *mode, cwd=shop.root).status == status


def test_a_reader_that_goes_away_is_no_crash(corpus_copy: Any) -> None:
    """As in `rewrite . | head`; the diff is longer than a pipe holds."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rewrite", "."],
        cwd=corpus_copy.root,
        env={**os.environ, "PYTHONPATH": str(Path(convert.__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.read(10) == b"diff --git"
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        err = process.stderr.read()
    process.wait()
    assert b"Traceback" not in err
    assert b"Exception" not in err


def test_figures_that_do_not_add_up_are_an_error(shop: Any) -> None:
    converter = convert.open_converter(shop.root, load_rules([]))
    result = convert.convert_tree(converter, [shop.root])
    assert collect_statistics(result)["sites"] == 9
    file = result.files[0]
    lost = replace(file, outcomes=file.outcomes[1:])
    with pytest.raises(CountError, match=r"kettle\.c: 6 sites, but 5 outcomes"):
        collect_statistics(replace(result, files=(lost, *result.files[1:])))


def test_a_file_is_let_go_before_the_next_one_is_read(shop: Any) -> None:
    """Else memory grows with the tree."""
    converter = convert.open_converter(shop.root, load_rules([]))
    scan = convert.scan_tree(converter, [shop.root])
    seen: list[weakref.ref[object]] = []
    for file in convert.convert_scanned(converter, scan, lambda done, total: None):
        gc.collect()
        assert [ref for ref in seen if ref() not in (None, file, file.source)] == []
        seen += [weakref.ref(file), weakref.ref(file.source)]
    assert len(seen) > 2
    assert scan.candidates == []
