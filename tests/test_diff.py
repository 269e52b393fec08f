# SPDX-License-Identifier: GPL-2.0-or-later
"""Diffs: what git and patch make of them, and that they read as git's own."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewrite.files.diff import count_lines, make_diffstat, quote_name, unified_diff
from rewrite.files.edit import Edit, FileChange, apply_edits
from rewrite.files.source import SourceFile

NAMES = [
    "hw/plain.c",
    "with space.c",
    'quo"te.c',
    "back\\slash.c",
    "tab\tname.c",
    "größe.c",
    "größe mit \tallem.c",
    "latin\udce4.c",
    "new\nline.c",
    "-dash.c",
]


def change_of(old: bytes, new: bytes, name: str = "f.c") -> FileChange:
    return FileChange(SourceFile(Path(name), name, old), new)


def run(arguments: Sequence[str], directory: Path, stdin: bytes = b"") -> bytes:
    done = subprocess.run(arguments, cwd=directory, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def git(directory: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    return run(["git", "-c", "core.autocrlf=false", *arguments], directory, stdin)


def write_tree(root: Path, texts: dict[str, bytes]) -> None:
    for name, data in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def patched(root: Path, changes: Sequence[FileChange], command: Sequence[str]) -> None:
    """Asserts that `command`, given the diff of all changes, turns the old files into the new."""
    write_tree(root, {c.source.name: c.source.data for c in changes})
    run(command, root, b"".join(unified_diff(c) for c in changes))
    for change in changes:
        assert (root / change.source.name).read_bytes() == change.new


GIT_APPLY = ["git", "apply", "--whitespace=nowarn"]
PATCH = ["patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch"]

TEXTS = {
    "crlf": (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
    "mixed ends": (b"a\r\nb\nc\r\n", b"a\nb\r\nc\r\n"),
    "end lost": (b"a\nb\n", b"a\nb"),
    "end gained": (b"a\nb", b"a\nb\n"),
    "no end, changed above": (b"a\nb", b"A\nb"),
    "no end, both": (b"a\nb", b"a\nc"),
    "becomes empty": (b"a\nb\n", b""),
    "was empty": (b"", b"a\nb"),
    "one empty line": (b"", b"\n"),
    "latin-1": (b"/* gr\xf6\xdfe */\nint x;\n", b"/* gr\xf6\xdfe */\nint y\xff;\n"),
    "lone cr, form feed": (b"a\rb\x0c\nc\x1d\n", b"a\rb\x0c\nC\x1c\n"),
    "like a diff": (b"-- x\n++ y\n@@ -1 +1 @@\n", b"-- x\n+++ y\n\\ z\n"),
}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(GIT_APPLY, id="git"),
        pytest.param(PATCH, id="patch", marks=pytest.mark.needs("patch")),
    ],
)
@pytest.mark.parametrize("case", TEXTS)
def test_odd_texts_apply(case: str, command: list[str], tmp_path: Path) -> None:
    patched(tmp_path, [change_of(*TEXTS[case])], command)


def test_odd_names_apply_with_git(tmp_path: Path) -> None:
    patched(tmp_path, [change_of(b"a\nb\n", b"a\nB\n", name) for name in NAMES], GIT_APPLY)


@pytest.mark.needs("patch")
def test_odd_names_apply_with_patch(tmp_path: Path) -> None:
    # GNU patch refuses a name with a line feed, however it is quoted.
    names = [name for name in NAMES if "\n" not in name]
    patched(tmp_path, [change_of(b"a\nb\n", b"a\nB\n", name) for name in names], PATCH)


def without_index(diff: bytes) -> bytes:
    return b"".join(x for x in diff.splitlines(True) if not x.startswith(b"index "))


def test_headers_and_names_are_those_of_git(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write_tree(tmp_path, dict.fromkeys(NAMES, b"a\nb\n"))
    git(tmp_path, "add", ".")
    write_tree(tmp_path, dict.fromkeys(NAMES, b"a\nB\n"))
    for name in NAMES:
        expected = git(tmp_path, "diff", "--", f":(literal){name}")
        assert unified_diff(change_of(b"a\nb\n", b"a\nB\n", name)) == without_index(expected)


def test_a_created_file(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    diff = unified_diff(change_of(b"", b"one\ntwo\n", "new file.c"), created=True)
    empty = unified_diff(change_of(b"", b"", "empty.c"), created=True)
    git(tmp_path, "apply", stdin=diff + empty)
    assert (tmp_path / "new file.c").read_bytes() == b"one\ntwo\n"
    assert (tmp_path / "empty.c").read_bytes() == b""
    git(tmp_path, "add", "-N", "new file.c")
    assert without_index(git(tmp_path, "diff")) == diff


def test_nothing_changed_is_an_empty_diff() -> None:
    assert unified_diff(change_of(b"a\n", b"a\n")) == b""
    assert unified_diff(change_of(b"a\n", b"a\n"), [Edit(0, 1, b"a")]) == b""


def test_edits_that_make_another_text_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"edits of f\.c"):
        unified_diff(change_of(b"a\n", b"b\n"), [Edit(0, 1, b"c")])


def source_text(functions: int, generator: random.Random) -> bytes:
    """C-like text with many lines that occur often, as real code has."""
    lines = []
    for number in range(functions):
        lines += [f"static void handler_{number}(QEMUFile *f, void *opaque)", "{", ""]
        lines += [
            generator.choice(["    }", "", f"    step_{generator.randrange(functions)}(s);"])
            for _ in range(generator.randrange(3, 30))
        ]
        lines += [f"    qemu_put_be32s(f, &s->field_{number});", "}", ""]
    return "".join(line + "\n" for line in lines).encode()


def site_edits(data: bytes, share: float, generator: random.Random) -> list[Edit]:
    """Edits as the converter makes them: a call replaced, a declaration inserted above it."""
    edits = []
    at = data.find(b"qemu_put_be32s")
    while at >= 0:
        if generator.random() < share:
            brace = data.rfind(b"{\n", 0, at) + 2
            edits.append(Edit(brace, brace, b"    Visitor *v = visitor(f);\n"))
            edits.append(Edit(at, data.find(b"(", at), b"visit_type_uint32"))
        at = data.find(b"qemu_put_be32s", at + 1)
    return edits


def git_diff(directory: Path, old: bytes, new: bytes) -> bytes:
    """Git's diff of two texts of f.c, from the first hunk on."""
    write_tree(directory, {"a/f.c": old, "b/f.c": new})
    command = ["git", "diff", "--no-index", "--text", "--no-indent-heuristic", "a/f.c", "b/f.c"]
    done = subprocess.run(command, cwd=directory, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    return done.stdout[done.stdout.index(b"@@ ") :]


@pytest.mark.parametrize("seed", range(5))
def test_hunks_are_those_of_git(seed: int, tmp_path: Path) -> None:
    generator = random.Random(seed)
    old = source_text(60, generator)
    edits = site_edits(old, 0.3, generator)
    change = change_of(old, apply_edits(old, edits))
    expected = git_diff(tmp_path, old, change.new)
    for diff in (unified_diff(change, edits), unified_diff(change)):
        assert diff[diff.index(b"@@ ") :] == expected


def test_function_names_of_hunks_are_those_of_git(tmp_path: Path) -> None:
    filler = b"".join(b"  %d;\n" % n for n in range(10))
    heads = [b"$vms\n", b"_x  \r\n", b"long" * 25 + b"\n", b"x" * 78 + b"  y\n", b"\xe4\n", b"9\n"]
    old = b"".join(head + filler + b"  old %d\n" % n for n, head in enumerate(heads))
    change = change_of(old, old.replace(b"old", b"new"))
    diff = unified_diff(change)
    assert diff[diff.index(b"@@ ") :] == git_diff(tmp_path, old, change.new)


LINES = st.sampled_from(
    [b"", b"}", b"a", b"b", b"c\r", b"\xff", b"int x;", b"\tif (y) {", b"-", b" "]
)
DATA = st.builds(
    lambda lines, end: b"\n".join(lines) + end,
    st.lists(LINES, max_size=60),
    st.sampled_from([b"\n", b""]),
)


@st.composite
def edited(draw: st.DrawFn) -> tuple[bytes, list[Edit]]:
    """A text and edits of it that don't overlap, anywhere, not only at line ends."""
    data = draw(DATA)
    places = draw(st.lists(st.integers(0, len(data)), max_size=12).map(sorted))
    pairs = zip(places[::2], places[1::2], strict=False)
    news = st.one_of(DATA.filter(lambda text: len(text) < 40), st.just(b""))
    return data, [Edit(start, end, draw(news)) for start, end in pairs]


@given(st.lists(edited(), min_size=20, max_size=20))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_git_apply_gives_the_new_text(cases: list[tuple[bytes, list[Edit]]]) -> None:
    """Many files in one run of git: the first with the edits told, the second without."""
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        diffs = []
        expected = {}
        for number, (old, edits) in enumerate(cases):
            new = apply_edits(old, edits)
            for name, told in ((f"{number}-edits.c", edits), (f"{number}-texts.c", None)):
                (root / name).write_bytes(old)
                diffs.append(unified_diff(change_of(old, new, name), told))
                expected[name] = new
        if any(diffs):
            git(root, "apply", "--whitespace=nowarn", stdin=b"".join(diffs))
        assert {name: (root / name).read_bytes() for name in expected} == expected


@given(edited())
@settings(deadline=None)
def test_changed_lines_are_counted_as_shown(case: tuple[bytes, list[Edit]]) -> None:
    data, edits = case
    change = change_of(data, apply_edits(data, edits))
    diff = unified_diff(change, edits)
    body = diff.split(b"\n")[3:]
    shown = (sum(x[:1] == b"+" for x in body), sum(x[:1] == b"-" for x in body))
    assert count_lines(change, edits) == shown


def test_edits_of_lines_that_adjoin_make_one_change() -> None:
    edits = [Edit(0, 1, b"A"), Edit(2, 3, b"B")]
    diff = unified_diff(change_of(b"a\nb\n", b"A\nB\n"), edits)
    assert diff.endswith(b"@@ -1,2 +1,2 @@\n-a\n-b\n+A\n+B\n")


def test_a_diff_without_edits_is_small() -> None:
    """Repeated lines between the changes must not be swept into one block."""
    old = b"{\n    put(1);\n}\n{\n    put(1);\n}\n{\n    put(1);\n}\n"
    assert count_lines(change_of(old, old.replace(b"put", b"visit"))) == (3, 3)


@pytest.mark.parametrize("name", ["x.c", "größe.c", 'a"b'])
def test_quoted_names(name: str, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write_tree(tmp_path, {name: b""})
    listed = git(tmp_path, "ls-files", "--others").decode().rstrip("\n")
    assert quote_name(name) == listed


LONG = "hw/" + "deep/" * 15 + "name.c"


@pytest.mark.parametrize(
    "lines",
    [
        {"a.c": (1, 0)},
        {"a.c": (0, 1), "hw/b.c": (3, 2)},
        {"a.c": (200, 1), "hw/b.c": (3, 2), "c.c": (1, 120)},
        {LONG: (300, 20), "b.c": (1, 1)},
        {LONG: (3, 2), "x" * 90: (2, 1)},
        {"größe.c": (10, 10), "with space.c": (1000, 1000)},
    ],
)
def test_the_table_is_that_of_git(lines: dict[str, tuple[int, int]], tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    old = {name: b"".join(b"o%d\n" % n for n in range(less)) for name, (_, less) in lines.items()}
    new = {name: b"".join(b"n%d\n" % n for n in range(more)) for name, (more, _) in lines.items()}
    write_tree(tmp_path, old)
    git(tmp_path, "add", ".")
    write_tree(tmp_path, new)
    changes = [change_of(old[name], new[name], name) for name in sorted(lines)]
    assert make_diffstat(changes) == git(tmp_path, "diff", "--stat=80").decode()


def test_the_table_of_nothing() -> None:
    assert make_diffstat([]) == " 0 files changed\n"
