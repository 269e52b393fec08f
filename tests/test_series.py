# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite --patches`: the mails are given to git, and the trees that it makes are compared."""

from __future__ import annotations

import email
import email.policy
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CORPUS, MARKS, Ran, Tree
from support_trees import ERAS, without_json

import rewrite as package

Command = Callable[..., Ran]

PAIR = """\
static void {name}_save(QEMUFile *f, void *opaque)
{{
    uint32_t *{name} = opaque;

    qemu_put_be32s(f, {name});
}}

static int {name}_load(QEMUFile *f, void *opaque, int version_id)
{{
    uint32_t *{name} = opaque;

    qemu_get_be32s(f, {name});
    return 0;
}}

void {name}_init(void)
{{
    register_savevm(NULL, "{name}", 0, 1, {name}_save, {name}_load, NULL);
}}
"""
SUPPORT = "".join(
    f"void {name}(void);\n"
    for name in (
        "qemu_file_get_visitor",
        "qemu_file_get_errp",
        "visit_type_uint8",
        "visit_type_buffer",
        "visit_type_uinttl",
        "visit_type_inttl",
    )
)
SHARED = """\
void {verb}_volts(QEMUFile *f, uint32_t *volts)
{{
    qemu_{verb}_be32s(f, volts);
}}
"""
MAINTAINERS = """\
Maintainers
===========

All patches CC here
L: list@example.org
F: *
F: */

Lamps
-----
M: Zoë Ångström <zoe@example.org>
R: Rev. I. Ewer <rev@example.org>
F: hw/light/
X: hw/light/torch.c

Pumps
M: Paul <paul@example.org>
L: pumps@example.org (moderated)
S: Maintained
F: hw/*/pump*.c
"""


@pytest.fixture(autouse=True)
def _identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Git without this machine's configuration."""
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        monkeypatch.delenv(name)
    config = tmp_path / "gitconfig"
    config.write_text('[user]\nname = "Åse Example"\nemail = ase@example.org\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def git(root: Path, *arguments: str, **environment: str) -> str:
    return subprocess.run(
        ["git", "-C", str(root), *arguments],
        env={**os.environ, **environment},
        check=True, capture_output=True, text=True, errors="surrogateescape",
    ).stdout  # fmt: skip


def commit(root: Path) -> Path:
    if not (root / ".git").exists():
        git(root, "init", "--quiet")
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "-m", "base", GIT_COMMITTER_DATE="2011-12-01T12:00:00Z")
    return root


@pytest.fixture
def tree(tree: Tree) -> Tree:
    """A tree that has what converted code calls: else a series begins with it, or is an error."""
    return tree.write({"include/qemu-file-visitor.h": SUPPORT})


@pytest.fixture
def devices(tree: Tree) -> Path:
    """A repository with four devices in two folders."""
    names = ("hw/light/lamp", "hw/light/torch", "hw/light/pump_lamp", "hw/water/pump")
    files = {f"{n}.c": PAIR.format(name=n.rpartition("/")[2]) for n in names}
    return commit(tree.write({**files, "MAINTAINERS": MAINTAINERS}).root)


def series(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.glob("*.patch")) if "0000-" not in p.name]


def message(path: Path) -> email.message.EmailMessage:
    text = path.read_bytes().partition(b"\n")[2]
    found = email.message_from_bytes(text, policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


def subjects(folder: Path) -> list[str]:
    return [re.sub(r"\[.*?\] ", "", message(p)["Subject"]) for p in series(folder)]


def tree_id(root: Path) -> str:
    git(root, "add", "--all", "--force")
    return git(root, "write-tree")


def applied(root: Path, folder: Path, to: Path) -> Iterator[Path]:
    """A clone of the tree's commit after each mail."""
    git(root, "clone", "--quiet", str(root), str(to))
    for path in series(folder):
        git(to, "am", "--quiet", str(path))
        yield to


@pytest.mark.parametrize("by", ["file", "directory", "maintainer"])
@pytest.mark.parametrize("lines", [1, 20, 10000])
def test_git_am_makes_what_apply_makes(
    by: str, lines: int, devices: Path, tmp_path: Path, rewrite: Command
) -> None:
    out = tmp_path / "out"
    ran = rewrite(devices, "--patches", out, "--by", by, "--max-lines", lines, "--cover-letter")
    assert ran.status == 0, ran.err
    assert ran.out.decode().splitlines() == [str(p) for p in sorted(out.glob("*"))]
    assert not git(devices, "status", "--porcelain")
    clone = list(applied(devices, out, tmp_path / "clone"))[-1]
    assert rewrite(devices, "--apply").status == 0
    assert tree_id(clone) == tree_id(devices)


@pytest.mark.needs("gcc")
@pytest.mark.parametrize("era", sorted(ERAS))
def test_support_code_comes_first(era: str, tmp_path: Path, rewrite: Command) -> None:
    root = ERAS[era].write(tmp_path / "tree")
    (root / "lamp.c").write_text(PAIR.format(name="lamp"))
    commit(root)
    out = tmp_path / "out"
    assert rewrite(root, "--patches", out).status == 0
    assert len(subjects(out)) == 2
    assert subjects(out)[0].endswith("add visitors for the stream of a QEMUFile")
    for clone in applied(root, out, tmp_path / "clone"):
        done = without_json(ERAS[era]).build(clone)
        assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr
    assert rewrite("support", root, "--apply").status == 0
    assert rewrite(root, "--apply").status == 0
    (clone / "roundtrip").unlink()
    assert tree_id(clone) == tree_id(root)
    commit(root)
    ran = rewrite(root, "--patches", tmp_path / "again")
    assert ran.status == 2
    assert "nothing to convert" in ran.err


@pytest.mark.needs("gcc")
def test_every_prefix_of_the_corpus_compiles(
    corpus_copy: Tree, tmp_path: Path, rewrite: Command
) -> None:
    """Files with CRLF, tabs and latin-1 are among them; no case is put to git otherwise."""
    root = commit(corpus_copy.root)
    damaged = {p for p in root.rglob("*.c") if b"does not compile" in p.read_bytes()}
    out = tmp_path / "out"
    ran = rewrite(root, "--patches", out, "--by", "directory", "--max-lines", 150)
    assert ran.status == 0, ran.err
    flags = ["-std=gnu99", "-w", "-fsyntax-only", "-DCORPUS_DIALECT_5_1", "-include", "after.h"]
    for clone in applied(root, out, tmp_path / "clone"):
        names = git(clone, "diff", "--name-only", "HEAD~", "--", "*.c").split()
        for target in (False, True):
            cases = [n for n in names if n.startswith("target/") is target]
            for case in [c for c in cases if root / c not in damaged]:
                places = ["include", str(Path(case).parent)] if target else ["include"]
                where = [f"-I{clone / p}" for p in places] + [f"-I{CORPUS / 'runtime'}"]
                defines = ["-DCORPUS_TARGET"] if target else []
                command = ["gcc", *flags, *where, *defines, str(clone / case)]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                assert done.returncode == 0, done.stderr
    assert rewrite(root, "--apply").status == 0
    assert tree_id(clone) == tree_id(root)


def test_names_and_subjects_are_those_of_format_patch(
    devices: Path, tmp_path: Path, rewrite: Command
) -> None:
    out = tmp_path / "out"
    options = ("-v", "3", "--cover-letter", "--rfc")
    assert rewrite(devices, "--patches", out, *options).status == 0
    clone = list(applied(devices, out, tmp_path / "clone"))[-1]
    listed = git(clone, "format-patch", "-v3", "--cover-letter", "--rfc", "origin/HEAD")
    assert sorted(p.name for p in out.glob("*")) == listed.split()
    for path in series(out):
        theirs = message(clone / path.name)
        mine = message(path)
        assert mine["Subject"] == theirs["Subject"]
        assert mine["From"] == theirs["From"]
        assert mine.get_content().split("\n---\n")[0] == theirs.get_content().split("\n---\n")[0]
        diffs = [re.sub("(?m)^(index|--) .*\n.*", "", m.get_content().split("\ndiff ")[1])
                 for m in (mine, theirs)]  # fmt: skip
        assert diffs[0].rstrip() == diffs[1].rstrip()


def test_mails_say_who_writes_and_answer_the_first(
    devices: Path, tmp_path: Path, rewrite: Command
) -> None:
    out = tmp_path / "out"
    options = (
        "--cover-letter",
        "--to",
        "Bø <bo@example.org>, d@example.org",
        "--cc",
        "c@example.org",
    )
    assert rewrite(devices, "--patches", out, *options, "--in-reply-to", "<1@x>").status == 0
    cover, *rest = [message(p) for p in sorted(out.glob("*"))]
    assert cover["In-Reply-To"] == "<1@x>"
    assert {m["In-Reply-To"] for m in rest} == {cover["Message-Id"]}
    assert len({m["Message-Id"] for m in (cover, *rest)}) == 5
    for mail in (cover, *rest):
        assert mail["From"] == "Åse Example <ase@example.org>"
        assert (mail["To"], mail["Cc"]) == ("Bø <bo@example.org>, d@example.org", "c@example.org")
        assert "Signed-off-by" not in mail.get_content()
        assert max(map(len, mail.get_content().split("\n---\n")[0].splitlines())) <= 76
    for path in out.glob("*"):
        assert path.read_bytes().partition(b"\n\n")[0].isascii()


def test_sign_off_only_when_asked(devices: Path, tmp_path: Path, rewrite: Command) -> None:
    out = tmp_path / "out"
    assert rewrite(devices / "hw/water", "--patches", out, "--signoff").status == 0
    (path,) = out.glob("*")
    assert message(path)["Subject"].startswith("[PATCH] hw/water/pump: convert")
    assert "\n\nSigned-off-by: Åse Example <ase@example.org>\n---\n" in message(path).get_content()
    assert git(devices, "log", "-1", "--format=%an") == "Åse Example\n"
    clone = list(applied(devices, out, tmp_path / "clone"))[-1]
    assert git(clone, "log", "-1", "--format=%an <%ae> %at") == (
        "Åse Example <ase@example.org> 1322740800\n"
    )


def test_all_sections_that_claim_a_file_get_a_copy(
    devices: Path, tmp_path: Path, rewrite: Command
) -> None:
    out = tmp_path / "out"
    assert rewrite(devices, "--patches", out, "--by", "maintainer").status == 0
    got = {message(p)["Subject"].split("] ")[1]: message(p)["Cc"] for p in out.glob("*")}
    tail = ": convert migration handlers to visitors"
    assert got == {
        f"hw/light/lamp{tail}":
            "Zoë Ångström <zoe@example.org>, \"Rev. I. Ewer\" <rev@example.org>, list@example.org",
        f"hw/light/torch{tail}": "list@example.org",
        f"pump{tail}":
            "Zoë Ångström <zoe@example.org>, \"Rev. I. Ewer\" <rev@example.org>, "
            "Paul <paul@example.org>, pumps@example.org, list@example.org",
    }  # fmt: skip


def test_without_maintainers_it_goes_by_directory(
    devices: Path, tmp_path: Path, rewrite: Command
) -> None:
    git(devices, "rm", "-q", "MAINTAINERS")
    commit(devices)
    ran = rewrite(devices, "--patches", tmp_path / "out", "--by", "maintainer")
    assert ran.status == 0
    assert "the series goes by directory" in ran.err
    assert [s.partition(":")[0] for s in subjects(tmp_path / "out")] == ["hw/light", "hw/water"]


def test_a_pair_and_its_helpers_stay_together(tree: Tree, tmp_path: Path, rewrite: Command) -> None:
    """One line at most is asked for, and each patch is as small as what it must hold."""
    user = PAIR.replace("qemu_put_be32s", "put_volts").replace("qemu_get_be32s", "get_volts")
    extra = "    qemu_put_byte(f, 1);\n}}\n\nstatic int"
    user = user.replace("}}\n\nstatic int", extra, 1)
    lone = PAIR.format(name="lone") + PAIR.format(name="other")
    put = PAIR.format(name="split").partition("static int")[0].replace("static ", "")
    get = PAIR.format(name="split").partition("static int")[2].partition("void split_init")[0]
    files = {
        "hw/volts.c": SHARED.format(verb="put") + "\n" + SHARED.format(verb="get"),
        "hw/fan.c": user.format(name="fan"),
        "hw/lone.c": lone,
        "a/save.c": put,
        "b/load.c": "int" + get,
        "c/init.c": 'void i(void)\n{\n    register_savevm(0, "s", 0, 1, split_save, split_load, 0);\n}\n',
    }
    commit(tree.write(files).root)
    out = tmp_path / "out"
    assert rewrite(tree.root, "--patches", out, "--max-lines", "1").status == 0
    clone = list(applied(tree.root, out, tmp_path / "clone"))[-1]
    steps = git(clone, "log", "--reverse", "--format=%x00", "--name-only").split("\0")[2:]
    assert [s.split() for s in steps] == [
        ["a/save.c", "b/load.c"], ["hw/fan.c", "hw/volts.c"], ["hw/lone.c"], ["hw/lone.c"],
    ]  # fmt: skip
    assert subjects(out)[2:] == [
        f"hw/lone: convert migration handlers to visitors, part {n}" for n in (1, 2)
    ]
    assert "they share put_volts()." in re.sub(r"\s+", " ", series(out)[1].read_text())


def test_subjects_begin_as_those_of_the_history_do(
    devices: Path, tmp_path: Path, rewrite: Command
) -> None:
    for name, prefixes in (("lamp", ["lamps", "lamps", "lamps", "hw"]), ("torch", ["lamps", "x"])):
        path = devices / f"hw/light/{name}.c"
        for number, prefix in enumerate(prefixes):
            path.write_text(f"{path.read_text()}/* {number} */\n")
            git(devices, "commit", "-qam", f"{prefix}: change {number}")
    assert rewrite(devices / "hw/light", "--patches", tmp_path / "out").status == 0
    assert [s.partition(":")[0] for s in subjects(tmp_path / "out")] == [
        "lamps", "hw/light/pump_lamp", "hw/light/torch",
    ]  # fmt: skip


def test_a_body_is_short_and_says_what_is_worth_a_look(
    tree: Tree, tmp_path: Path, rewrite: Command
) -> None:
    other = PAIR.format(name="pump").replace("qemu_put_be32s(f, pump)", "qemu_put_be32(f, pump->a)")
    other = other.replace("qemu_get_be32s(f, pump)", "pump->b = qemu_get_be32(f)")
    plain = PAIR.format(name="lamp")
    devices = commit(tree.write({"hw/lamp.c": plain, "hw/pump.c": other}).root)
    assert rewrite(devices, "--patches", tmp_path / "out").status == 0
    bodies = [message(p).get_content().split("\n---\n")[0] for p in series(tmp_path / "out")]
    assert "No functional change" in re.sub(r"\s+", " ", bodies[0])
    assert "different fields" not in bodies[0]
    assert len(bodies[0].splitlines()) < 16
    told = re.sub(r"\s+", " ", bodies[1])
    assert 'different fields: - hw/pump.c: line 5 saves "a" where line 12 loads "b"' in told


def test_the_same_bytes_every_time(devices: Path, tmp_path: Path, spawn: Command) -> None:
    texts = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        options = ("--by", "maintainer", "--cover-letter", "--base", "HEAD")
        assert spawn(".", "--patches", out, *options, cwd=devices, PYTHONHASHSEED=seed).status == 0
        texts.append({p.name: p.read_bytes() for p in out.glob("*")})
        os.utime(devices / "hw/light/lamp.c")
    assert texts[0] == texts[1]
    head = git(devices, "rev-parse", "HEAD")
    assert f"\nbase-commit: {head}-- \n".encode() in texts[0]["0000-cover-letter.patch"]


def test_a_date_can_be_given(
    devices: Path, tmp_path: Path, rewrite: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert rewrite(devices, "--patches", tmp_path / "out").status == 0
    assert message(series(tmp_path / "out")[0])["Date"] == "Thu, 01 Jan 1970 00:00:00 +0000"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert rewrite(devices, "--patches", tmp_path / "no").status == 2


def test_a_tree_without_git_gives_mails_without_a_date(
    tree: Tree, tmp_path: Path, rewrite: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    tree.write({"lamp.c": PAIR.format(name="lamp")})
    ran = rewrite(tree.root, "--patches", tmp_path / "out")
    assert ran.status == 0, ran.err
    assert "no commit of git here" in ran.err
    assert message(series(tmp_path / "out")[0])["Date"] is None
    ran = rewrite(tree.root, "--patches", tmp_path / "out2", "--base", "HEAD")
    assert ran.status == 2
    assert not (tmp_path / "out2").exists()


def test_a_series_that_cannot_have_its_support_code_is_an_error(
    devices: Path, tmp_path: Path, rewrite: Command
) -> None:
    (devices / "include/qemu-file-visitor.h").unlink()
    commit(devices)
    ran = rewrite(devices, "--patches", tmp_path / "out", "--cover-letter")
    assert ran.status == 2
    assert "no header of the tree declares" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_tree_in_a_folder_of_a_repository(tree: Tree, tmp_path: Path, rewrite: Command) -> None:
    files = {"include/v.h": SUPPORT, "lamp.c": PAIR.format(name="lamp")}
    tree.write({f"sub/{name}": text for name, text in (MARKS | files).items()})
    commit(tree.root)
    out = tmp_path / "out"
    assert rewrite(tree.root / "sub", "--root", tree.root / "sub", "--patches", out).status == 0
    clone = list(applied(tree.root, out, tmp_path / "clone"))[-1]
    assert rewrite(tree.root / "sub", "--root", tree.root / "sub", "--apply").status == 0
    assert tree_id(clone) == tree_id(tree.root)


@pytest.mark.parametrize("name", [b"l\xe9", "ä".encode(), b"a\n---\nb", b'"', b" a\t'"])
def test_a_name_may_be_any_bytes(name: bytes, tree: Tree, tmp_path: Path, rewrite: Command) -> None:
    """Git gets the name as its bytes, a reader as text, and a shell as it can be pasted."""
    folder = tree.root / os.fsdecode(name)
    folder.mkdir()
    (folder / "lamp.c").write_text(PAIR.format(name="lamp"))
    commit(tree.root)
    options = ("--root", tree.root, "--dialect", "5.1")
    out = tmp_path / "out"
    ran = rewrite(tree.root, *options, "--patches", out, "--cover-letter", "--to", "a@example.org")
    assert ran.status == 0, ran.err
    for mail in out.iterdir():
        mail.read_bytes().decode()
    [patch] = series(out)
    told = message(patch).get_content()
    command = re.search(r"^    (rewrite(?:.|\\\n)*)", told, re.MULTILINE)
    assert command is not None
    words = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {command[1]}"], capture_output=True, check=True
    ).stdout.split(b"\0")
    assert words[1] == name + b"/lamp.c"
    rewrite(tree.root, *options, "--apply")
    made = (folder / "lamp.c").read_bytes()
    git(tree.root, "checkout", "-q", ".")
    git(tree.root, "am", "-q", str(patch))
    assert (folder / "lamp.c").read_bytes() == made


def test_changes_that_are_not_committed(devices: Path, tmp_path: Path, rewrite: Command) -> None:
    (devices / "hw/notes.c").write_text("/* nothing to convert: no harm */\n")
    assert rewrite(devices, "--patches", tmp_path / "out").status == 0
    lamp = devices / "hw/light/lamp.c"
    lamp.write_text(lamp.read_text() + "\n")
    ran = rewrite(devices, "--patches", tmp_path / "out2")
    assert ran.status == 2
    assert "lamp.c: error: differs from HEAD" in ran.err
    assert not (tmp_path / "out2").exists()


def test_an_earlier_series_is_never_mixed_in(
    devices: Path, tmp_path: Path, rewrite: Command
) -> None:
    out = tmp_path / "out"
    assert rewrite(devices, "--patches", out).status == 0
    before = {p: p.read_bytes() for p in out.glob("*")}
    ran = rewrite(devices / "hw/water", "--patches", out)
    assert (ran.status, "is there already" in ran.err) == (2, True)
    assert {p: p.read_bytes() for p in out.glob("*")} == before
    assert rewrite(devices, "--patches", out, "-v", "2").status == 0
    assert len(list(out.glob("v2-*"))) == len(before)


def test_no_author_no_mail(
    devices: Path, tmp_path: Path, rewrite: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    ran = rewrite(devices, "--patches", tmp_path / "out")
    assert ran.status == 2
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--max-lines", "0"),
        ("-v", "-1"),
        ("-v", "x"),
        ("--rfc", "--subject-prefix", "X"),
        ("--to", "nobody"),
        ("--cc", "a@b\nBcc: c@d"),
        ("--in-reply-to", "x"),
        ("--in-reply-to", "ä@b"),
        ("--in-reply-to", "x\udcff@b"),
        ("--to", "a@b c"),
        ("--to", "a@b.example, nobody"),
        ("--subject-prefix", "a\nb"),
        ("--base", "nowhere"),
        ("--base", "--help"),
        ("--apply",),
    ],
)
def test_bad_options(
    options: tuple[str, ...], devices: Path, tmp_path: Path, rewrite: Command
) -> None:
    ran = rewrite(devices, "--patches", tmp_path / "out", *options)
    assert ran.status == 2
    assert "error" in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.needs("gcc")
def test_the_compiler_is_asked_with_build(tree: Tree, tmp_path: Path, rewrite: Command) -> None:
    head = (
        "#include <stdint.h>\n#include <stddef.h>\ntypedef struct QEMUFile QEMUFile;\n"
        "void qemu_put_be32s(QEMUFile *f, const uint32_t *v);\n"
        "void qemu_get_be32s(QEMUFile *f, uint32_t *v);\n"
        "void register_savevm(void *, const char *, int, int, void *, void *, void *);\n"
    )
    root = commit(tree.write({"lamp.c": head + PAIR.format(name="lamp")}).root)
    (tmp_path / "compile_commands.json").write_text(
        f'[{{"directory": "{root}", "command": "gcc -c lamp.c", "file": "lamp.c"}}]'
    )
    ran = rewrite(root, "--patches", tmp_path / "out", "--build", tmp_path)
    assert ran.status == 0, ran.err
    text = re.sub(r"\s+", " ", series(tmp_path / "out")[0].read_text())
    assert "Machine code is identical before and after the change in 2 functions" in text


def test_the_command_series_is_the_option_patches(
    rewrite: Callable[..., Ran], devices: Path, tmp_path: Path
) -> None:
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    assert rewrite(devices, "--patches", one, "-v", 2, "--by", "directory").status == 0
    assert rewrite("series", "-v", 2, devices, "-o", two, "--by", "directory").status == 0
    assert rewrite("series", devices, "--patches", three, "-v2", "--by=directory").status == 0
    mails = {p.name: p.read_bytes() for p in one.iterdir()}
    assert len(mails) > 1
    assert all(name.startswith("v2-") for name in mails)
    assert {p.name: p.read_bytes() for p in two.iterdir()} == mails
    assert {p.name: p.read_bytes() for p in three.iterdir()} == mails


def test_the_command_series_says_where_to_write(rewrite: Callable[..., Ran], devices: Path) -> None:
    ran = rewrite("series", devices)
    assert ran.status == 2
    assert ran.err.startswith("rewrite series: error: the following arguments are required: -o/")


# -- from Python ---------------------------------------------------------------------------------


def test_series_of_gives_the_mails_that_the_command_writes(
    rewrite: Callable[..., Ran], devices: Path, tmp_path: Path
) -> None:
    options = {"by": "directory", "cover_letter": True, "version": 2, "to": ["b@example.org"]}
    mails = package.series_of(devices, **options)
    words = ("--by", "directory", "--cover-letter", "-v", 2, "--to", "b@example.org")
    assert rewrite("series", devices, "-o", tmp_path / "out", *words).status == 0
    assert mails[0].name == "v2-0000-cover-letter.patch"
    assert len(mails) > 2
    written = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert {mail.name: mail.data for mail in mails} == written


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"by": "colour"}, "by: error: expected one of file, directory, maintainer"),
        ({"max_lines": 0}, "max_lines: error: expected a number from 1 up"),
        ({"version": -1}, "version: error: expected a number from 0 up"),
        ({"to": ["nobody"]}, "to: error: not an address: nobody"),
        ({"in_reply_to": "x y"}, "reply_to: error: not a message id: x y"),
        ({"prefix": "a\nb"}, "prefix: error: expected one line of text"),
        ({"base": "no-such-revision"}, "no-such-revision"),
        ({"dialect": "9.9"}, "9.9: error: no dialect"),
    ],
)
def test_series_of_refuses_what_no_series_can_be(
    devices: Path, wish: dict[str, Any], text: str
) -> None:
    with pytest.raises(package.InputError, match=re.escape(text)):
        package.series_of(devices, **wish)


def test_series_of_needs_a_tree(tmp_path: Path) -> None:
    lone = tmp_path / "lone.c"
    lone.write_text(PAIR.format(name="lone"))
    with pytest.raises(package.InputError, match="a series is of a source tree"):
        package.series_of(lone, dialect="5.1")
