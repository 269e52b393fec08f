# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever is given, there is a clear message and an exit status, and nothing is half done."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rewrite.cli import convert_run as cli_convert
from rewrite.cli import main as cli

OK, FINDINGS, USAGE = 0, 1, 2

GOOD = """\
void lamp_save(QEMUFile *f, void *opaque)
{
    uint8_t *lamp = opaque;

    qemu_put_8s(f, lamp);
}
"""
CONVERTED = b'visit_type_uint8(v, "lamp", lamp, errp);'

Rewrite = Callable[..., Any]


@pytest.fixture
def lamp(tree: Any) -> Any:
    """A tree with one good file, which each test puts something bad beside."""
    return tree.write({"hw/lamp.c": GOOD})


def refuses(rewrite: Rewrite, lamp: Any, message: str, *arguments: object) -> None:
    """The command ends with status 2 and a message, and writes nothing; also with --apply."""
    before = lamp.bytes()
    for more in ((), ("--apply",)):
        ran = rewrite(*arguments, *more)
        assert ran.status == USAGE
        assert ran.out == b""
        assert re.search(message, ran.err, re.MULTILINE), ran.err
        assert "Traceback" not in ran.err
        assert lamp.bytes() == before


def passes_over(rewrite: Rewrite, lamp: Any, warning: str) -> None:
    """What is bad is told; the good file beside it is converted, and is all that is written."""
    before = lamp.bytes()
    dry = rewrite(lamp.root, "--dialect", "5.1")
    assert dry.status == OK
    assert CONVERTED in dry.out
    assert re.search(warning, dry.err, re.MULTILINE), dry.err
    assert rewrite(lamp.root, "--dialect", "5.1", "--apply").status == OK
    after = lamp.bytes()
    assert CONVERTED in after.pop("hw/lamp.c")
    del before["hw/lamp.c"]
    assert after == before


# -- paths ---------------------------------------------------------------------------------------


def test_a_path_that_does_not_exist(rewrite: Rewrite, lamp: Any) -> None:
    missing = lamp.root / "hw/no_such.c"
    message = rf"^{missing}: error: no such file or directory$"
    refuses(rewrite, lamp, message, missing)
    refuses(rewrite, lamp, message, lamp.root, missing)


def test_a_folder_without_c(rewrite: Rewrite, lamp: Any) -> None:
    lamp.write({"docs/read.me": "qemu_put_be32(f, x);\n"})
    folder = lamp.root / "docs"
    refuses(rewrite, lamp, rf"^{folder}: error: no \.c or \.h file here$", folder)


def test_a_root_that_does_not_hold_the_path(rewrite: Rewrite, lamp: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    message = rf"^{lamp.root}: error: not inside the root {other}$"
    refuses(rewrite, lamp, message, "--root", other, lamp.root)
    missing = tmp_path / "nowhere"
    message = rf"^{missing}: error: no such directory$"
    refuses(rewrite, lamp, message, "--root", missing, lamp.root)


def test_a_link_out_of_the_tree_is_not_followed(
    rewrite: Rewrite, lamp: Any, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.c"
    outside.write_text(GOOD)
    (lamp.root / "hw/away.c").symlink_to(outside)
    passes_over(
        rewrite, lamp, r"hw/away\.c: warning: symbolic link not followed: .*out of the tree"
    )
    assert outside.read_text() == GOOD
    assert (lamp.root / "hw/away.c").is_symlink()


def test_a_folder_that_is_a_link_is_not_followed(
    rewrite: Rewrite, lamp: Any, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "away.c").write_text(GOOD)
    (lamp.root / "linked").symlink_to(outside)
    (lamp.root / "loop").symlink_to(lamp.root)
    assert rewrite(lamp.root, "--apply").status == OK
    assert (outside / "away.c").read_text() == GOOD


def test_a_path_that_is_a_link_out_of_the_given_root(
    rewrite: Rewrite, lamp: Any, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.c"
    outside.write_text(GOOD)
    link = lamp.root / "hw/away.c"
    link.symlink_to(outside)
    refuses(rewrite, lamp, r"error: not inside the root", "--root", lamp.root, link)
    assert outside.read_text() == GOOD


def test_a_pipe_is_not_waited_for(rewrite: Rewrite, lamp: Any) -> None:
    os.mkfifo(lamp.root / "hw/pipe.c")
    passes_over(rewrite, lamp, r"hw/pipe\.c: warning: cannot read: not a regular file$")


def test_a_folder_with_the_name_of_a_file(rewrite: Rewrite, lamp: Any) -> None:
    lamp.write({"hw/x.c/inside.c": GOOD})
    ran = rewrite(lamp.root, "--apply")
    assert ran.status == OK
    assert CONVERTED.split(b"(")[0] in lamp.bytes()["hw/x.c/inside.c"]


def test_an_empty_folder_with_the_name_of_a_file(rewrite: Rewrite, lamp: Any) -> None:
    (lamp.root / "hw/x.c").mkdir()
    refuses(rewrite, lamp, r"x\.c: error: no \.c or \.h file here$", lamp.root / "hw/x.c")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_must_not_be_read(rewrite: Rewrite, lamp: Any) -> None:
    lamp.write({"hw/secret.c": GOOD})
    (lamp.root / "hw/secret.c").chmod(0)
    ran = rewrite(lamp.root, "--dialect", "5.1")
    assert (ran.status, CONVERTED in ran.out) == (OK, True)
    assert "hw/secret.c: warning: cannot read: Permission denied" in ran.err


def test_a_file_that_goes_away_between_listing_and_reading(
    rewrite: Rewrite, lamp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `open` says is told; here for the reason that a removed file would have."""
    whole = os.open

    def vanished(path: Any, *arguments: Any, **more: Any) -> int:
        if str(path).endswith("gone.c"):
            raise FileNotFoundError(2, "No such file or directory")
        return whole(path, *arguments, **more)

    lamp.write({"hw/gone.c": GOOD})
    monkeypatch.setattr(os, "open", vanished)
    passes_over(rewrite, lamp, r"hw/gone\.c: warning: cannot read: No such file or directory$")


# -- texts ---------------------------------------------------------------------------------------


def test_a_binary_file(rewrite: Rewrite, lamp: Any) -> None:
    lamp.write({"hw/firmware.c": b"\x7fELF\0\1qemu_put_be32(f, x);\0" + bytes(range(256))})
    passes_over(rewrite, lamp, r"hw/firmware\.c: warning: a NUL byte: not C source text$")


def test_a_header_with_odd_bytes(rewrite: Rewrite, lamp: Any) -> None:
    """Headers are only searched for declarations; whatever is in them, the file is converted."""
    odd = b'#include "a\0b.h"\n#include "\xff.h"\n#include "' + b"x" * 5000 + b'.h"\n\0{{{(\n'
    lamp.write({"include/odd.h": odd, "hw/lamp.c": f'#include "odd.h"\n{GOOD}'})
    ran = rewrite(lamp.root, "--dialect", "5.1")
    assert ran.status == OK
    assert CONVERTED in ran.out


def test_bytes_that_are_no_utf8_come_back(rewrite: Rewrite, lamp: Any) -> None:
    bad = b"/* \xff\xfe\x80 Universit\xe4t */\n"
    lamp.write({"hw/lamp.c": bad + GOOD.encode() + bad})
    ran = rewrite(lamp.root, "--apply", "--dialect", "5.1")
    assert ran.status == OK
    new = lamp.bytes()["hw/lamp.c"]
    assert new.startswith(bad)
    assert new.endswith(bad)
    assert CONVERTED in new


def test_bytes_that_are_no_utf8_in_code(rewrite: Rewrite, lamp: Any) -> None:
    lamp.write({"hw/odd.c": b"void odd_save(QEMUFile *f)\n{\n    qemu_put_byte(f, '\xe4');\n}\n"})
    before = lamp.bytes()["hw/odd.c"]
    assert rewrite(lamp.root, "--apply").status == OK
    assert lamp.bytes()["hw/odd.c"].count(b"'\xe4'") == before.count(b"'\xe4'")


@pytest.mark.parametrize(
    "brace", ["}\n", "{\n", "}}}}\n", "{{{{\n", ")\n", "(\n", "#if 1\n", '"\n']
)
def test_unbalanced_text(rewrite: Rewrite, lamp: Any, brace: str) -> None:
    """The function that is not damaged may be converted; no site is lost, nothing crashes."""
    lamp.write({"hw/bad.c": brace + GOOD.replace("lamp_", "bad_") + brace})
    ran = rewrite(lamp.root, "--dialect", "5.1", "--stats", "-")
    assert ran.status == OK
    assert '"sites": 2' in ran.out.decode() or brace == '"\n'


@pytest.mark.parametrize(
    ("opening", "middle", "closing", "depth"),
    [
        ("{", "qemu_put_byte(f, 1);", "}", 10_000),
        ("if (x) ", "qemu_put_byte(f, 1);", "", 10_000),
        ("(", "qemu_get_byte(f)", ")", 10_000),
        ("-", "qemu_get_byte(f)", "", 10_000),
        ("!(", "x + qemu_get_byte(f)", ")", 2_000),
        ("g(", "qemu_get_byte(f)", ")", 2_000),
    ],
)
def test_deep_nesting(lamp: Any, opening: str, middle: str, closing: str, depth: int) -> None:
    """In a process of its own, which a blown stack would end without a word."""
    text = opening * depth + middle + closing * depth
    lamp.write({"hw/deep.c": f"void deep_load(QEMUFile *f, int x)\n{{\n    {text};\n}}\n"})
    start = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "rewrite", "--dialect", "5.1", "."],
        cwd=lamp.root,
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[2])},
        capture_output=True,
        check=False,
    )
    assert ran.returncode == OK, ran.stderr.decode()[-2000:]
    assert CONVERTED in ran.stdout
    assert b"2 sites: " in ran.stderr
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\xef\xbb\xbf", b"qemu_put_", b"qemu_put_be32", b"("]
)
def test_files_with_next_to_nothing(rewrite: Rewrite, lamp: Any, data: bytes) -> None:
    lamp.write({"hw/none.c": data})
    ran = rewrite(lamp.root, "--apply", "--dialect", "5.1")
    assert ran.status == OK
    assert lamp.bytes()["hw/none.c"] == data
    named = data == b"qemu_put_be32"
    assert f"{1 + named} sites: 1 converted" in ran.err


def test_a_file_that_ends_in_the_middle_of_a_call(rewrite: Rewrite, lamp: Any) -> None:
    for length in range(GOOD.index("qemu_put"), len(GOOD)):
        lamp.write({"hw/cut.c": GOOD[:length]})
        ran = rewrite(lamp.root / "hw/cut.c", "--dialect", "5.1")
        assert ran.status == OK, GOOD[:length]


def test_a_file_without_a_newline_at_its_end(rewrite: Rewrite, lamp: Any) -> None:
    lamp.write({"hw/lamp.c": GOOD.rstrip()})
    diff = rewrite(lamp.root, "--dialect", "5.1").out
    assert b"\\ No newline at end of file" in diff
    subprocess.run(["git", "apply", "-"], cwd=lamp.root, input=diff, check=True)
    assert CONVERTED in lamp.bytes()["hw/lamp.c"]
    assert lamp.bytes()["hw/lamp.c"].endswith(b"}")


def test_a_very_long_line(rewrite: Rewrite, lamp: Any) -> None:
    body = " ".join("qemu_put_byte(f, lamp);" for _ in range(500))
    lamp.write({"hw/long.c": f"void long_save(QEMUFile *f, uint8_t lamp) {{ {body} }}\n"})
    start = time.monotonic()
    ran = rewrite(lamp.root)
    assert ran.status == OK
    assert "501 sites: 501 converted" in ran.err
    assert time.monotonic() - start < 20


# -- writing -------------------------------------------------------------------------------------


def test_a_file_that_changes_between_reading_and_writing(
    rewrite: Rewrite, lamp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp.write({"hw/other.c": GOOD})
    before = lamp.bytes()
    whole = cli_convert.apply_changes

    def late(*arguments: Any, **more: Any) -> None:
        with (lamp.root / "hw/other.c").open("a") as file:
            file.write("/* saved by an editor meanwhile */\n")
        whole(*arguments, **more)

    monkeypatch.setattr(cli_convert, "apply_changes", late)
    ran = rewrite(lamp.root, "--apply")
    assert ran.status == USAGE
    assert re.search(r"hw/other\.c: error: .*changed", ran.err)
    after = lamp.bytes()
    assert after["hw/lamp.c"] == before["hw/lamp.c"], "all files or none"
    assert after["hw/other.c"] == before["hw/other.c"] + b"/* saved by an editor meanwhile */\n"


def test_figures_into_a_folder_that_does_not_exist(
    rewrite: Rewrite, lamp: Any, tmp_path: Path
) -> None:
    target = tmp_path / "no/such/figures.json"
    ran = rewrite(lamp.root, "--check", "--stats", target)
    assert ran.status == USAGE
    assert f"{target}: error: cannot write: No such file or directory" in ran.err
    assert "Traceback" not in ran.err


def test_a_place_that_cannot_be_written_is_found_before_anything_is(
    rewrite: Rewrite, lamp: Any, tmp_path: Path
) -> None:
    before = lamp.bytes()
    ran = rewrite(lamp.root, "--apply", "--stats", tmp_path / "no/such/figures.json")
    assert ran.status == USAGE
    assert lamp.bytes() == before, "exit status 2 says that nothing was written"


# -- options and rules ---------------------------------------------------------------------------


def test_an_unknown_dialect(rewrite: Rewrite, lamp: Any) -> None:
    refuses(rewrite, lamp, r"no dialect 9\.9; there are .*5\.1", "--dialect", "9.9", lamp.root)


def test_an_unknown_option(rewrite: Rewrite, lamp: Any) -> None:
    refuses(
        rewrite,
        lamp,
        r"^rewrite convert: error: unrecognized arguments: --frob",
        "--frob",
        lamp.root,
    )


@pytest.mark.parametrize(
    ("typed", "meant"), [("lnt", "`rewrite lint`"), ("explian", "`rewrite explain`")]
)
def test_a_mistyped_command_is_told_the_one_that_is_like_it(
    rewrite: Rewrite, typed: str, meant: str
) -> None:
    ran = rewrite(typed, "hw")
    assert (ran.status, ran.out) == (USAGE, b"")
    assert ran.err == (
        f"rewrite: error: {typed} is neither a path here nor a command; did you mean {meant}?\n"
    )


def test_a_word_that_is_like_no_command_is_a_path(rewrite: Rewrite) -> None:
    assert rewrite("zzz").err == "zzz: error: no such file or directory\n"


def test_a_mistyped_option_is_told_the_one_that_is_like_it(rewrite: Rewrite, lamp: Any) -> None:
    before = lamp.bytes()
    ran = rewrite("--aply", lamp.root)
    assert ran.status == USAGE
    assert "unrecognized arguments: --aply; did you mean --apply?\n" in ran.err
    assert "did you mean --format?" in rewrite("lint", lamp.root, "--fromat", "json").err
    assert lamp.bytes() == before


def test_an_abbreviated_option_is_none(rewrite: Rewrite, lamp: Any) -> None:
    """`--appl` must not write."""
    before = lamp.bytes()
    assert rewrite("--appl", lamp.root).status == USAGE
    assert lamp.bytes() == before


def test_a_visitor_of_no_known_shape(rewrite: Rewrite, lamp: Any) -> None:
    strange = "int visit_type_uint32(uint32_t *obj, Visitor *v);\n"
    lamp.write({"include/qapi/visitor.h": strange})
    refuses(
        rewrite, lamp, r"visitor\.h:1:1: error: no dialect has this declaration: int", lamp.root
    )
    assert rewrite(lamp.root, "--dialect", "5.1").status == OK


@pytest.mark.parametrize(
    ("rule", "place", "message"),
    [
        ("primitive(", r"ours\.py:2:\d+", ""),
        ("import os", r"ours\.py:2:1", ""),
        ('frobnicate("x")', r"ours\.py:2:1", "frobnicate"),
        ('cast_macro("X", type_arg=0)', r"ours\.py:2:\d+", "type_arg"),
        ('cast_macro("X", type_argument="0")', r"ours\.py:2:\d+", "type_argument"),
        ('primitive("p", direction="up")', r"ours\.py:2:\d+", ""),
        ('stays(path="hw/lamp.c", functions="*")', r"ours\.py:2:\d+", "reason"),
    ],
)
def test_a_bad_rule(
    rewrite: Rewrite, lamp: Any, tmp_path: Path, rule: str, place: str, message: str
) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "ours.py").write_text(f"schema(1)\n{rule}\n")
    expected = rf"{place}: error: .*{message}"
    refuses(rewrite, lamp, expected, "--rules", rules, lamp.root)
    ran = rewrite("rules", "check", rules)
    assert ran.status == USAGE
    assert re.search(expected, ran.err)


def test_a_rule_that_would_be_run_is_not(rewrite: Rewrite, lamp: Any, tmp_path: Path) -> None:
    rules, proof = tmp_path / "rules", tmp_path / "proof"
    rules.mkdir()
    (rules / "ours.py").write_text(f"schema(1)\nopen({str(proof)!r}, 'w')\n")
    refuses(rewrite, lamp, r"ours\.py:2:1: error: ", "--rules", rules, lamp.root)
    assert not proof.exists()


def test_a_folder_of_rules_that_does_not_exist(rewrite: Rewrite, lamp: Any, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    message = rf"^{missing}: error: no such directory of rule files$"
    refuses(rewrite, lamp, message, "--rules", missing, lamp.root)


def test_rule_files_that_cannot_be_edited(rewrite: Rewrite, tmp_path: Path) -> None:
    missing, bad, latin = tmp_path / "missing.py", tmp_path / "bad.py", tmp_path / "latin.py"
    bad.write_text("schema(1)\nprimitive(\n")
    latin.write_bytes(b"schema(1)\n# \xe4\n")
    for path in (missing, bad, latin):
        before = path.read_bytes() if path.exists() else None
        for command in (("fmt", path), ("add", path, 'cast_macro("X", type_argument=0)')):
            ran = rewrite("rules", *command)
            assert ran.status == USAGE
            assert re.search(rf"^{path}(:\d+:\d+)?: error: ", ran.err), ran.err
            assert (path.read_bytes() if path.exists() else None) == before


def test_a_bad_rule_is_not_added(rewrite: Rewrite, tmp_path: Path) -> None:
    file = tmp_path / "ours.py"
    file.write_text("schema(1)\n")
    for rule in ("frobnicate(1)", "cast_macro(", "cast_macro('X')", "1 + 1", ""):
        ran = rewrite("rules", "add", file, rule)
        assert ran.status == USAGE, rule
        assert "error: " in ran.err
        assert file.read_text() == "schema(1)\n"


# -- explain -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (
            "no-such-code",
            r"error: no-such-code is neither FILE:LINE nor a code; `rewrite explain --list`",
        ),
        ("hw/lamp.c", r"error: hw/lamp\.c is neither FILE:LINE nor a code"),
        ("hw/lamp.c:x", r"error: hw/lamp\.c:x is neither FILE:LINE nor a code"),
        ("hw/none.c:3", r"^hw/none\.c: error: no such file$"),
        ("hw:3", r"^hw: error: no such file$"),
        ("hw/lamp.c:4000", r"^hw/lamp\.c:4000: error: the file has no such line$"),
        ("hw/plain.c:1", r"^hw/plain\.c: error: no call of a primitive in this file$"),
        ("hw/lamp.c:\u00b2", r"neither FILE:LINE nor a code"),
    ],
)
def test_nothing_to_explain(
    rewrite: Rewrite, lamp: Any, monkeypatch: pytest.MonkeyPatch, what: str, message: str
) -> None:
    monkeypatch.chdir(lamp.write({"hw/plain.c": "int plain;\n"}).root)
    ran = rewrite("explain", what)
    assert (ran.status, ran.out) == (USAGE, b"")
    assert re.search(message, ran.err, re.MULTILINE), ran.err


def test_explain_of_a_binary_file(
    rewrite: Rewrite, lamp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp.write({"hw/firmware.c": b"qemu_put_be32(f, x);\0\n"})
    monkeypatch.chdir(lamp.root)
    ran = rewrite("explain", "hw/firmware.c:1")
    assert ran.status == USAGE
    assert "hw/firmware.c" in ran.err
    assert "error: " in ran.err


def test_commands_without_their_arguments(rewrite: Rewrite) -> None:
    for command in (["explain"], ["rules"], ["rules", "add"], ["rules", "fmt"], ["rules", "frob"]):
        ran = rewrite(*command)
        assert ran.status == USAGE
        assert ran.err.startswith(f"rewrite {command[0]}")
        assert "error: " in ran.err


def test_a_compilation_database_without_what_it_must_have(rewrite: Rewrite, lamp: Any) -> None:
    lamp.write({"compile_commands.json": '[{"directory": "/", "command": "gcc -c x.c"}]'})
    ran = rewrite("verify", lamp.root, "--build", lamp.root)
    assert ran.status == USAGE
    assert ran.err.endswith(": error: not a compilation database: an entry has no file\n")


# -- text that is C, but odd ---------------------------------------------------------------------


def test_a_name_that_goes_on_behind_a_splice_is_counted(rewrite: Rewrite, tree: Any) -> None:
    """A backslash ends a line, no word: what is called so is a site, a prototype is none."""
    text = GOOD.replace(
        "    qemu_put_8s(f, lamp);",
        "    qemu_put_\\\n8s(f, lamp);\n    qemu_put_8\\\r\ns(f, lamp);",
    )
    text += "void qemu_put_\\\nbyte(QEMUFile *f, int v);\nvoid qemu_put_\\\nbe16(QEMUFile *f, int v)\n{\n}\n"
    tree.write({"hw/lamp.c": text + GOOD.replace("lamp_save", "other_save")})
    ran = rewrite(tree.root, "--dialect", "5.1", "--stats", "-")
    figures = json.loads(ran.out)
    assert [(s["line"], s["code"]) for s in figures["site_list"]] == [
        (5, "unparsed"), (7, "unparsed"), (20, ""),
    ]  # fmt: skip
    assert figures["failed_self_check"] == 0
    found = json.loads(rewrite("lint", tree.root, "--format", "json", "--no-cache").out)["findings"]
    assert [f["line"] for f in found if f["code"] == "new-primitive"] == [5, 7, 20]


def test_a_string_in_an_ident_line_is_no_name(rewrite: Rewrite, tree: Any) -> None:
    """It took the name of the temporary in the check's eyes, which then failed."""
    text = (
        '#ident "level"\ntypedef struct S { uint16_t level; } S;\n'
        "static int s_load(QEMUFile *f, void *opaque, int version_id)\n{\n    S *s = opaque;\n"
        '#ident "level"\n#sccs "level_val"\n    s->level = qemu_get_be16(f) + 1;\n    return 0;\n}\n'
    )
    tree.write({"hw/lamp.c": text})
    ran = rewrite(tree.root, "--dialect", "5.1", "--stats", "-")
    assert (ran.status, json.loads(ran.out)["converted"]) == (OK, 1), ran.err


@pytest.mark.parametrize("gap", ["\t", "\t\t", " \t ", "    "])
@pytest.mark.parametrize("comment", ["/* level */", "// level"])
def test_the_gap_before_a_comment_stays(
    gap: str, comment: str, rewrite: Rewrite, tree: Any
) -> None:
    lines = ["\ts->a = qemu_get_be32(f);", "\ts->b = qemu_get_byte(f) + 1;", "\tqemu_get_be16(f);",
             "\tif (s->a)\n\t\ts->a += qemu_get_be32(f);", "\tqemu_get_buffer(f, s->c, 4);"]  # fmt: skip
    text = "typedef struct S { uint32_t a; uint8_t b, c[4]; } S;\n" + (
        "static int s_load(QEMUFile *f, void *opaque, int version_id)\n{\n\tS *s = opaque;\n\n"
        + "".join(f"{line}{gap}{comment}\n" for line in lines) + "\treturn 0;\n}\n"
    )  # fmt: skip
    tree.write({"hw/lamp.c": text})
    assert rewrite(tree.root, "--dialect", "5.1", "--apply").status == OK
    new = (tree.root / "hw/lamp.c").read_text()
    assert "qemu_get" not in new
    assert new.count(f";{gap}{comment}\n") == len(lines)


def test_a_file_beyond_the_limit_is_refused(rewrite: Rewrite, lamp: Any, spawn: Rewrite) -> None:
    """It would take gigabytes of memory; a tree's other files are done."""
    large = lamp.root / "hw/large.c"
    large.write_text(GOOD)
    with large.open("ab") as file:
        file.truncate(20_000_001)
    passes_over(rewrite, lamp, r"hw/large\.c: warning: cannot read: larger than 20 MB")
    for words in (("--dialect", "5.1"), ("--apply",)):
        ran = rewrite(large, *words)
        assert (ran.status, ran.out) == (USAGE, b"")
        assert "large.c: error: cannot read: larger than 20 MB, the most that is read\n" in ran.err
    with large.open("rb") as file:
        given = [sys.executable, "-m", "rewrite", "-", "--dialect", "5.1"]
        done = subprocess.run(given, stdin=file, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "larger than 20 MB" in done.stderr


def test_links(rewrite: Rewrite, lamp: Any, tmp_path: Path) -> None:
    """README: one on the way is not followed, one that is named is the file that it leads to, and a
    second name of a file keeps the old text."""
    (lamp.root / "hw/beside.c").symlink_to("lamp.c")
    (tmp_path / "second.c").hardlink_to(lamp.root / "hw/lamp.c")
    ran = rewrite(lamp.root, "--dialect", "5.1", "--apply")
    assert "hw/beside.c: warning: symbolic link not followed" in ran.err
    assert (lamp.root / "hw/beside.c").is_symlink()
    assert CONVERTED in (lamp.root / "hw/lamp.c").read_bytes()
    assert (tmp_path / "second.c").read_text() == GOOD
    (lamp.root / "hw/lamp.c").write_text(GOOD)
    assert rewrite(lamp.root / "hw/beside.c", "--dialect", "5.1", "--apply").status == OK
    assert (lamp.root / "hw/beside.c").is_symlink()
    assert CONVERTED in (lamp.root / "hw/lamp.c").read_bytes()
