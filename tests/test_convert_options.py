# SPDX-License-Identifier: GPL-2.0-or-later
"""What a conversion is about, and how it is told: selection, questions, standard input, excerpts."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Ran, Tree

OK, FINDINGS, USAGE = 0, 1, 2
Rewrite = Callable[..., Ran]

VISITOR = "bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj, Error **errp);\n"

DEVICE = """\
typedef struct {name}State {{
    uint32_t level;
    uint16_t rate;
}} {name}State;

static void {name}_save(QEMUFile *f, void *opaque)
{{
    {name}State *s = opaque;

    qemu_put_be32(f, s->level);
    qemu_put_be16(f, s->rate);
}}

static int {name}_load(QEMUFile *f, void *opaque, int version_id)
{{
    {name}State *s = opaque;

    s->level = qemu_get_be32(f);
    s->rate = qemu_get_be16(f);
\treturn qemu_get_byte(f) + qemu_get_byte(f);
}}

void {name}_init({name}State *s)
{{
    register_savevm(NULL, "{name}", 0, 1, {name}_save, {name}_load, s);
}}
"""

FILES = ("hw/net/heron.c", "hw/net/egret.c", "hw/char/stork.c")


@pytest.fixture
def marsh(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Three devices in a tree that is the current folder, each with two calls that are refused."""
    texts = {name: DEVICE.format(name=Path(name).stem) for name in FILES}
    monkeypatch.chdir(tree.write({**texts, "include/qapi/visitor.h": VISITOR}).root)
    return tree


def figures(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.out)
    return found


def in_diff(ran: Ran) -> list[str]:
    return re.findall(r"^diff --git a/(\S+)", ran.out.decode(), re.MULTILINE)


# -- which files and functions -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "files"),
    [
        (["--only", "hw/net/"], ["hw/net/egret.c", "hw/net/heron.c"]),
        (["--only", "*.c", "--exclude", "hw/net"], ["hw/char/stork.c"]),
        (["--only", "**/stork.c", "--only", "heron.c"], ["hw/char/stork.c", "hw/net/heron.c"]),
        (["--exclude", "/hw/*/[eh]*"], ["hw/char/stork.c"]),
        (["--exclude", "hw/*", "--exclude", "!hw/net"], ["hw/net/egret.c", "hw/net/heron.c"]),
    ],
)
def test_only_and_exclude_are_patterns_of_a_gitignore(
    rewrite: Rewrite, marsh: Tree, options: list[str], files: list[str]
) -> None:
    ran = rewrite("hw", *options)
    assert in_diff(ran) == files
    assert f"{6 * len(files)} sites: {4 * len(files)} converted" in ran.err
    counted = figures(rewrite("hw", *options, "--stats", "-"))
    assert {site["path"] for site in counted["site_list"]} == set(files)


def test_a_pattern_that_leaves_nothing_is_an_error(rewrite: Rewrite, marsh: Tree) -> None:
    before = marsh.bytes()
    ran = rewrite("hw", "--only", "hw/nte/", "--apply")
    assert (ran.status, ran.out) == (USAGE, b"")
    assert ran.err == "--only: error: no file with a primitive matches hw/nte/\n"
    assert marsh.bytes() == before


def test_lint_has_the_same_selection(rewrite: Rewrite, marsh: Tree) -> None:
    found = json.loads(rewrite("lint", "hw", "--format", "json", "--exclude", "hw/net").out)
    assert {f["path"] for f in found["findings"]} == {"hw/char/stork.c"}
    found = json.loads(rewrite("lint", "hw", "--format", "json", "--only", "egret.c").out)
    assert {f["path"] for f in found["findings"]} == {"hw/net/egret.c"}


def test_a_function_is_converted_as_with_all_others(rewrite: Rewrite, marsh: Tree) -> None:
    before = (marsh.root / "hw/net/heron.c").read_text()
    ran = rewrite("hw", "--function", "heron_load", "--apply")
    assert "4 sites: 2 converted, 0 plumbing, 2 refused" in ran.err
    assert "1 files changed" in ran.err or "1 file changed" in ran.err
    one = (marsh.root / "hw/net/heron.c").read_text()
    assert rewrite("hw", "--apply").status == OK
    both = (marsh.root / "hw/net/heron.c").read_text()

    def parts(text: str) -> list[str]:
        return re.split(r"(?m)^(?=static|void)", text)

    assert parts(one)[1] == parts(before)[1], "the save is as it was"
    assert parts(one)[2] == parts(both)[2] != parts(before)[2]


def test_function_takes_patterns(rewrite: Rewrite, marsh: Tree) -> None:
    counted = figures(rewrite("hw", "--function", "*_save", "--stats", "-"))
    assert {s["function"] for s in counted["site_list"]} == {
        "heron_save",
        "egret_save",
        "stork_save",
    }
    assert (counted["sites"], counted["functions_changed"]) == (6, 3)
    ran = rewrite("hw", "--function", "heorn_save")
    assert (ran.status, ran.err) == (
        USAGE,
        "--function: error: no function with a primitive matches heorn_save\n",
    )


# -- questions -----------------------------------------------------------------------------------


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def put(lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))

    return put


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        ("y\nn\nq\n", ["stork_save"]),
        ("n\ny\ny\n", ["stork_load", "egret_save"]),
        ("d\na\n", ["egret_save", "egret_load", "heron_save", "heron_load"]),
        ("", []),
        ("?\nx\ny\nq\n", ["stork_save"]),
    ],
)
def test_each_function_is_taken_or_left(
    rewrite: Rewrite,
    marsh: Tree,
    answer: Callable[[str], None],
    lines: str,
    taken: list[str],
) -> None:
    before = marsh.bytes()
    answer(lines)
    ran = rewrite("hw", "-i", "--apply")
    assert ran.status == OK
    changed = []
    for name in ("hw/char/stork.c", "hw/net/egret.c", "hw/net/heron.c"):
        new = (marsh.root / name).read_text()
        for kind in ("save", "load"):
            body = re.search(rf"(?ms)^static \w+ \w+_{kind}\(.*?^}}$", new)
            assert body is not None
            if "visit_type_" in body[0]:
                changed.append(f"{Path(name).stem}_{kind}")
    assert changed == taken
    assert (marsh.bytes() == before) == (not taken)


def test_what_is_asked_is_shown_alone(
    rewrite: Rewrite, marsh: Tree, answer: Callable[[str], None]
) -> None:
    answer("n\ny\n")
    ran = rewrite("hw/char", "-i")
    first, second, *_ = ran.err.split("[y,n,a,d,q,?]? ")
    assert first.endswith("Convert stork_save() in hw/char/stork.c ")
    assert "+    visit_type_uint32(v, " in first
    assert first.count("diff --git") == second.count("diff --git") == 1
    assert "-    qemu_put_be32" not in second
    assert b"-    qemu_put_be32" not in ran.out
    assert b"-    s->level = qemu_get_be32(f);" in ran.out


# -- processes, quiet ----------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2, 9])
def test_jobs_change_nothing_but_the_time(rewrite: Rewrite, marsh: Tree, jobs: int) -> None:
    assert rewrite("hw", "-j", jobs) == rewrite("hw")


def test_a_negative_number_of_jobs(rewrite: Rewrite, marsh: Tree) -> None:
    assert rewrite("hw", "-j", "-1").status == USAGE


def test_quiet_tells_errors_only(rewrite: Rewrite, marsh: Tree) -> None:
    loud, quiet = rewrite("hw"), rewrite("hw", "--quiet")
    assert (quiet.status, quiet.err, quiet.out) == (OK, "", loud.out)
    assert rewrite("hw", "-q", "--check") == Ran(FINDINGS, b"", "")
    assert rewrite("hw/none.c", "-q").err == "hw/none.c: error: no such file or directory\n"
    assert rewrite("hw", "-q", "--apply") == Ran(OK, b"", "")
    assert "visit_type" in (marsh.root / "hw/net/heron.c").read_text()


# -- standard input ------------------------------------------------------------------------------


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def put(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return put


def test_standard_input_is_converted_as_the_file_it_is_named(
    rewrite: Rewrite, marsh: Tree, pipe: Callable[[bytes], None]
) -> None:
    before = marsh.bytes()
    text = before["hw/net/heron.c"]
    words = ("-", "--stdin-filename", "hw/net/heron.c")
    pipe(text)
    assert rewrite(*words) == rewrite("hw/net/heron.c")
    pipe(text)
    ran = rewrite(*words, "--apply", "-q")
    assert marsh.bytes() == before
    rewrite("hw/net/heron.c", "--apply")
    assert ran == Ran(OK, marsh.bytes()["hw/net/heron.c"], "")
    pipe(text)
    assert rewrite(*words, "--check").status == FINDINGS


def test_what_has_nothing_to_convert_comes_out_as_it_went_in(
    rewrite: Rewrite, marsh: Tree, pipe: Callable[[bytes], None]
) -> None:
    pipe(b"int plain;\r\n")
    ran = rewrite("-", "--stdin-filename", "hw/new.c", "--apply", "-q")
    assert ran == Ran(OK, b"int plain;\r\n", "")
    assert not (marsh.root / "hw/new.c").exists()


def test_standard_input_in_no_tree(
    rewrite: Rewrite, tmp_path: Path, pipe: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pipe(DEVICE.format(name="crane").encode())
    ran = rewrite("-", "--dialect", "1.2")
    assert ran.status == OK
    assert b'visit_type_uint32(v, &s->level, "level", errp);' in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-", "hw", "--stdin-filename", "hw/a.c"), "takes no other beside it"),
        (("hw", "--stdin-filename", "hw/a.c"), "for PATH `-` only"),
        (("-",), "name the file with --stdin-filename, or the era with --dialect"),
        (("-", "--stdin-filename", "none/a.c"), "none/a.c: error: no such directory"),
    ],
)
def test_standard_input_that_cannot_be(
    rewrite: Rewrite, marsh: Tree, words: tuple[str, ...], message: str
) -> None:
    ran = rewrite(*words)
    assert (ran.status, ran.out) == (USAGE, b"")
    assert message in ran.err


# -- what a terminal gets ------------------------------------------------------------------------


def test_an_excerpt_with_a_caret(rewrite: Rewrite, marsh: Tree) -> None:
    """The line begins with a tab, which is eight columns of the excerpt and one of the place."""
    err = rewrite("hw/char", "--check", "--color", "always").err
    assert "\x1b]8;" not in err
    plain = re.sub(r"\x1b\[[0-9;]*m", "", err).splitlines()
    assert plain[0].startswith("hw/char/stork.c:20:9: warning: qemu_get_byte not converted: ")
    assert plain[0].endswith(" [order-open]")
    assert plain[1] == "   20 |         return qemu_get_byte(f) + qemu_get_byte(f);"
    assert plain[2] == "      |                ^~~~~~~~~~~~~~~~"
    assert plain[5] == "      |                                   ^~~~~~~~~~~~~~~~"
    assert "\x1b[35;1mwarning:\x1b[m" in err


def test_a_pipe_gets_one_line_for_each_diagnostic(rewrite: Rewrite, marsh: Tree) -> None:
    err = rewrite("hw/char", "--check").err
    assert "\x1b" not in err
    assert "|" not in err


def test_links_where_the_terminal_takes_them(
    rewrite: Rewrite, marsh: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = marsh.root / "hw/char/stork.c"
    for name, value, linked in (
        ("FORCE_HYPERLINK", "1", True),
        ("FORCE_HYPERLINK", "0", False),
        ("TERM", "xterm-kitty", True),
        ("TERM", "xterm", False),
        ("VTE_VERSION", "6800", True),
        ("VTE_VERSION", "4000", False),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            err = rewrite("hw/char", "--check", "--color", "always").err
        start = f"\x1b]8;;file://{place}\x1b\\\x1b[1mhw/char/stork.c:20:9\x1b[m\x1b]8;;\x1b\\: "
        assert err.startswith(start) == linked, (name, value)


def test_nothing_of_a_source_line_is_obeyed_by_a_terminal(rewrite: Rewrite, marsh: Tree) -> None:
    path = marsh.root / "hw/char/stork.c"
    path.write_text(path.read_text().replace("\treturn", "\t/* \x1b[2J */ return"))
    err = rewrite("hw/char", "--check", "--color", "always").err
    assert "\x1b[2J" not in err
    assert "/* \\x1b[2J */" in err


# -- figures, configuration ----------------------------------------------------------------------


def test_figures_name_the_column_of_each_site(rewrite: Rewrite, marsh: Tree) -> None:
    listed = figures(rewrite("hw/char", "--stats", "-"))["site_list"]
    refused = [s for s in listed if s["outcome"] == "refused"]
    assert [(s["line"], s["column"]) for s in refused] == [(20, 9), (20, 28)]
    for site in refused:
        place = f"{site['path']}:{site['line']}:{site['column']}"
        assert rewrite("explain", place).out.decode().startswith(f"{place}: qemu_get_byte in ")


COMMANDS = (["hw"], ["lint", "hw"], ["report", "hw"], ["explain", "hw/char/stork.c:20"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[convert]\nfast = true\n", "convert: no such key, expected root or [lint]"),
        ("[lint]\nseverty = {}\n", "lint.severty: no such key, expected one of severity, message"),
        ('root = "yes"\n', "root: expected true or false"),
    ],
)
def test_a_wrong_configuration_is_an_error_of_every_command(
    rewrite: Rewrite, marsh: Tree, command: list[str], text: str, message: str
) -> None:
    marsh.write({".rewrite.toml": text})
    ran = rewrite(*command)
    assert (ran.status, ran.out) == (USAGE, b"")
    assert ran.err.startswith(f"{marsh.root / '.rewrite.toml'}: error: {message}")
