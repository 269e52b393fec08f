# SPDX-License-Identifier: GPL-2.0-or-later
"""What is around a tree is fuzzed too: names of files, arguments, MAINTAINERS, compiler commands, and
what earlier runs remembered.

All of it goes through the command in this process, in a folder of its own, and no program but gcc and
git is ever started.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from rewrite.cli.main import COMMANDS, FINDINGS, OK, USAGE
from rewrite.errors import InputError
from rewrite.files.cache import StoreKind
from rewrite.files.digest import digest_parts
from rewrite.series.maintainers import Maintainers, read_maintainers
from rewrite.verify.build import from_template, read_database

from .targets import command, reader, scratch

_HANDLER = b"""\
typedef struct S { uint32_t a; uint8_t b; } S;
static void s_save(QEMUFile *f, void *opaque)
{
    S *s = opaque;
    qemu_put_be32(f, s->a);
    qemu_put_byte(f, s->b);
}
"""
_COMPILED = b"""\
#include <stdint.h>
typedef struct QEMUFile QEMUFile;
void qemu_put_be32(QEMUFile *f, unsigned int v);
void qemu_put_byte(QEMUFile *f, int v);
void qemu_put_buffer(QEMUFile *f, const uint8_t *buf, int size);
int qemu_get_byte(QEMUFile *f);
int qemu_get_buffer(QEMUFile *f, uint8_t *buf, int size);
"""
_VISITS = b"""\
typedef struct Visitor Visitor;
typedef struct Error Error;
bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj, Error **errp);
"""


@contextlib.contextmanager
def _folder(name: str) -> Iterator[Path]:
    """An empty folder that is the current one as well; not left behind."""
    root = scratch() / name
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    (root / ".rewrite.toml").write_bytes(b"root = true\n")
    with contextlib.chdir(root):
        yield root
    shutil.rmtree(root, ignore_errors=True)


def _contents(root: Path) -> dict[str, bytes]:
    paths = [p for p in sorted(root.rglob("*")) if p.is_file() and not p.is_symlink()]
    return {str(p.relative_to(root)): p.read_bytes() for p in paths}


def _written(root: Path, name: bytes, data: bytes) -> bool:
    """Write a file of any name that the system takes, below a folder and nowhere else."""
    if name.startswith(b"/") or b".." in name.split(b"/") or b"\0" in name or not name:
        return False
    path = root / os.fsdecode(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError:
        return False
    return True


# -- names of files ------------------------------------------------------------------------------

_NAMES = (
    b"hw/a.c", b"hw/b c.c", b"hw/\xc3\xa9.c", b"hw/\xff.c", b"hw/-x.c", b"hw/a:1:2.c", b"hw/a;b.c",
    b"hw/::error::x.c", b"hw/\x1b[31mx.c", b"hw/a\\b.c", b"hw/'q'.c", b'hw/"q".c', b"hw/%41.c",
    b"hw/a\tb.c", b"hw/a\nb.c", b"hw/\xe2\x80\xae.c", b"hw/{file}.c", b"hw/@x.c", b"hw/*.c", b"a.h",
)  # fmt: skip
_NAME_WORDS = (
    b"/", b".c", b".h", b" ", b"\n", b"\r", b"\t", b'"', b"'", b"\\", b"$x", b"`x`", b"%", b":",
    b"@@ -1 +1 @@", b"--- a/", b"<b>", b"&", b"\xff", b"\xe2\x80\xa8", b"\xf0\x9f\x98\x80",
    b"x" * 250, b"hw/" * 40, b"\x7f",
)  # fmt: skip


def names(data: bytes, choice: random.Random) -> None:
    """Whatever files are named, nothing is written but what is said, and what is said can be read."""
    with _folder("names") as root:
        found = [name for name in data.split(b"\0")[:6] if _written(root, name, _HANDLER)]
        before = _contents(root)
        options = ("--dialect", choice.choice(("5.1", "1.2")))
        command(".", *options, *choice.choice(((), ("-v",), ("--stats", "-"), ("--summary",))))
        form = choice.choice(("text", "json", "sarif", "gitlab", "github", "checkpatch"))
        command("lint", ".", "--format", form, "--no-cache")
        for name in found:
            command("explain", os.fsdecode(name) + ":5", *options)
        if choice.random() < 0.1:
            command("report", ".", *options, "-o", "-")
        if choice.random() < 0.1:
            command("series", ".", *options, "-o", "out")
            shutil.rmtree(root / "out", ignore_errors=True)
        assert _contents(root) == before, "a command that only shows wrote"
        status, _, _ = command(".", *options, "--apply")
        assert status in (OK, USAGE), f"status {status}"
        after = _contents(root)
        assert after.keys() == before.keys(), "a run left something behind"
        if status == OK:
            assert command(".", *options)[:2] == (OK, b""), "a second run changes more"


# -- arguments -----------------------------------------------------------------------------------

_OPTIONS = (
    b"--apply", b"--check", b"--stats", b"--dialect", b"--root", b"--rules", b"--only",
    b"--exclude", b"--function", b"--summary", b"--color", b"--quiet", b"--patches", b"-o", b"-v",
    b"--by", b"--to", b"--cc", b"--in-reply-to", b"--base", b"--since", b"--patch", b"--format",
    b"--baseline", b"--write-baseline", b"--fix", b"--build", b"--cache", b"--no-cache",
    b"--verify", b"--schema", b"--tree", b"--target", b"--section", b"--from", b"--set", b"--list",
    b"--help", b"--stdin-filename", b"-j", b"--subject-prefix", b"--max-lines", b"--source-url",
    b"--require-proof", b"--filter", b"--edits",
)  # fmt: skip
_VALUES = (
    b"hw", b"hw/a.c", b".", b"-", b"5.1", b"1.2", b"auto", b"file", b"maintainer", b"json",
    b"sarif", b"text", b"2", b"0", b"-1", b"vmstate", b"visitor", b"HEAD", b"x@y", b"a.json",
    b"s.mig", b"made", b"out", b"always", b"gcc -c {file}", b"missing", b"hw/a.c:6:5",
    b"mixed-direction", b"bash", b"clear", b"dir", b"", b"a=1", b"r.py",
)  # fmt: skip
_LINES = (
    b"hw\0--dialect\0005.1\0--apply", b".\0--stats\0-\0--dialect\0001.2",
    b"lint\0hw\0--format\0sarif\0--no-cache", b"explain\0hw/a.c:6:5\0--dialect\0005.1",
    b"verify\0hw\0--cc\0gcc -c {file}\0--no-cache\0--dialect\0005.1",
    b"series\0hw\0-o\0out\0--dialect\0005.1\0--cover-letter",
    b"report\0hw\0-o\0out\0--dialect\0005.1", b"support\0.\0--dialect\0005.1",
    b"schema\0hw/a.c\0--format\0json", b"schema\0diff\0a.json\0a.json",
    b"decode\0s.mig\0--schema\0a.json", b"encode\0a.json\0--schema\0a.json\0-o\0out",
    b"transcode\0s.mig\0--from\0a.json\0--to\0a.json\0-o\0out",
    b"rules\0add\0r.py\0primitive(\"x\")", b"rules\0fmt\0r.py", b"rules\0list", b"rules\0check\0.",
    b"dialect\0.\0--list", b"cache\0dir", b"completion\0zsh",
    b"hw\0--to\0vmstate\0--dialect\0001.2", b"lint\0--patch\0a.json", b"hw\0-i\0--dialect\0005.1",
    b"man",
)  # fmt: skip


def _line(data: bytes, choice: random.Random) -> list[str] | None:
    """Arguments, or None for those that would look at more than the folder, or start a program.

    Where pieces met there are empty ones: few of them are kept.
    """
    words = [os.fsdecode(w) for w in data.split(b"\0") if w or choice.random() < 0.02]
    for number, word in enumerate(words):
        value = word.rpartition("=")[2]
        if value.startswith(("/", "~", "-/")) or ".." in re.split("[/:=]", word):
            return None
        after = words[number + 1] if number + 1 < len(words) else ""
        given = after if word == "--cc" else word[5:] if word.startswith("--cc=") else "gcc "
        if not re.match(r"gcc [-\w {}.]*\Z", given) or "demo" in word:
            return None
    return words


def arguments(data: bytes, choice: random.Random) -> None:
    """Any words are a command line that does what it says, or one that is refused with a reason."""
    words = _line(data, choice)
    if words is None:
        return
    with _folder("arguments") as root:
        _written(root, b"hw/a.c", _HANDLER)
        _written(
            root, b"a.json", choice.choice((b"{}", b"[]", b"", b'{"version": 1, "findings": []}'))
        )
        _written(root, b"s.mig", b"QEVM\0\0\0\3\0")
        _written(root, b"r.py", b"schema(1)\n")
        os.environ["XDG_CACHE_HOME"] = str(root / "cache")
        try:
            status, _, text = command(*words)
        except SystemExit as error:
            assert error.code == 0, f"argparse ended with {error.code}"
            return
        assert status != USAGE or "error" in text, "refused without a reason"
        assert "a bug of this tool" not in text, text[:300]


# -- MAINTAINERS ---------------------------------------------------------------------------------

_MAINTAINERS = (
    b"Main\n----\n\nSome text\nM: Ann Example <ann@example.org>\nL: list@example.org\nS: Maintained\n"
    b'F: hw/*/*.c\nF: include/hw/\nX: hw/net/\n\nOther\nM: "B. O\'B" <b@example.org>\n'
    b"R: C <c@example.org>\nF: hw/[ab]*.c\nF: *\n",
    b"T\n=\nF: hw/*/*a*a*a*a*b\nF: [\nF: hw/?.c\nM: =?utf-8?q?=C3=A9?= <e@example.org>\n",
)
_MAINTAINERS_WORDS = (
    b"M:", b"R:", b"L:", b"F:", b"X:", b"S:", b"\n\n", b"*", b"?", b"[", b"]", b"[!a]", b"/", b"<",
    b">", b'"', b"@", b",", b"(", b")", b"*a" * 60, b"\\", b"=?utf-8?b?", b"?=", b"----", b"\xe9",
    b"[a-", b"**", b"*/*/*/",
)  # fmt: skip


def maintainers(data: bytes, _choice: random.Random) -> None:
    """Any bytes say who looks after a file, or which line does not."""
    with contextlib.suppress(InputError):
        told = Maintainers(read_maintainers(data))
        for path in ("hw/net/e1000.c", "hw/a.c", "a" * 200, "hw/" + "a" * 200 + "/" + "a" * 60):
            told.find_section(path)
            told.find_copies([path])


# -- commands of a build -------------------------------------------------------------------------

_DATABASES = (
    b"gcc\0-I..\0-c\0-o\0a.o\0hw/a.c",
    b"gcc\0-MD\0-MF\0a.d\0-c\0hw/a.c",
    b"gcc\0@flags\0-save-temps\0-c\0hw/a.c",
)
_DATABASE_WORDS = (
    b"-o", b"-MF", b"-Wp,-MD,x.d", b"-save-temps", b"-save-temps=obj", b"-fdump-tree-all",
    b"-dumpbase\0x", b"@flags", b"-c", b"-E", b"-x\0c", b"-DA=1", b"-include\0a", b"-I", b"'", b'\\"',
    b"-pg", b"--coverage", b"-wrapper\0x", b"-B.", b"-specs=x", b"-", b"-MJ\0x", b"-fstack-usage",
    b'"output": "x"', b"gcc", b"{", b"}", b"\\u0000", b",", b"-fcallgraph-info", b"-aux-info\0y",
    b"-frandom-seed=1", b"-fdump-ada-spec", b"-fdump-go-spec=z", b"-gsplit-dwarf", b"-fdump-passes",
    b"-ftime-report", b"-fdiagnostics-format=json-file", b"-Xassembler\0-al=q", b"-Wa,-al=q",
)  # fmt: skip


def build(data: bytes, choice: random.Random) -> None:
    """Whatever words a database gives to its compiler, no file of the tree is changed."""
    with _folder("build") as root:
        _written(root, b"hw/a.c", _COMPILED + _HANDLER)
        _written(
            root, b"flags", choice.choice((b"-save-temps -I.", b"-o x.o", b"-DX='a b'", b"'", b""))
        )
        words = [word.decode("utf-8", "replace") for word in data.split(b"\0") if word]
        with contextlib.suppress(InputError):
            from_template(shlex.join(words).replace("hw/a.c", "{file}"), [root / "hw/a.c"])
        entry = {"directory": str(root), "file": "hw/a.c", "arguments": words}
        _written(root, b"build/compile_commands.json", json.dumps([entry]).encode())
        try:
            found = read_database(root / "build", [root / "hw/a.c"])
        except InputError:
            return
        if any(one.arguments[0] != "gcc" for one in found):
            return
        before = _contents(root)
        options = ("--dialect", "5.1", "--build", "build", "--no-cache")
        command("verify", "hw", *options)
        assert _contents(root) == before, "a proof wrote into the tree"


# -- what was remembered -------------------------------------------------------------------------

_LINT = ("lint", "hw", "--format", "json")
_VERIFY = ("verify", "hw", "--dialect", "5.1", "--cc", "gcc -c {file}")


def _remembering(root: Path) -> None:
    _written(root, b"hw/a.c", _COMPILED + _HANDLER)
    _written(root, b"include/qapi/visitor.h", _VISITS)
    os.environ["XDG_CACHE_HOME"] = str(root / "cache")


def _records(root: Path) -> list[Path]:
    return sorted((root / "cache").rglob("*.json"))


@cache
def _first() -> tuple[tuple[str, bytes], ...]:
    """The records of a lint and of a proof: their places and bytes; empty where nothing is kept."""
    with _folder("caches") as root:
        _remembering(root)
        command(*_LINT)
        command(*_VERIFY)
        cached = root / "cache"
        return tuple((str(p.relative_to(cached)), p.read_bytes()) for p in _records(root))


def _kept(_trees: Sequence[Path]) -> list[bytes]:
    return [data.partition(b"\n")[2] for _, data in _first()]


def caches(data: bytes, choice: random.Random) -> None:
    """A damaged record is as none; one that says something else is read, or is as none."""
    with _folder("caches") as root:
        _remembering(root)
        signed = choice.random() < 0.7
        for name, _ in _first():
            text = digest_parts([data]).encode() + b"\n" + data if signed else data
            (root / "cache" / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in ("cache/qemu-visitor-rewrite", "cache"):
                (root / folder).chmod(0o700)
            _written(root, os.fsencode(f"cache/{name}"), text)
        lint = _LINT if choice.random() < 0.8 else (*_LINT, "--fix")
        status, _, _ = command(*lint)
        fixed = "--fix" in lint and status == OK
        assert signed or fixed or status == FINDINGS, "the lint lost its findings"
        if choice.random() < 0.2:
            status, _, _ = command(*_VERIFY)
            assert signed or status in (OK, FINDINGS), f"status {status}"


_WORDS_OF_RECORDS = (
    b"null", b"true", b"[]", b"{}", b"-1", b"9" * 400, b'""', b'"line"', b'"path"', b'"verdicts"',
    b'"inputs"', b'"\\ud800"', b"1e999", b",", b":", *(kind.value.encode() for kind in StoreKind),
)  # fmt: skip

SURROUNDINGS = (
    reader("names", 4.0, lambda _: [b"\0".join(_NAMES[i::4]) for i in range(4)], _NAME_WORDS, names),
    reader(
        "arguments", 8.0, lambda _: list(_LINES),
        tuple(b"\0" + word + b"\0" for word in (*_OPTIONS, *_VALUES, *(n.encode() for n in COMMANDS))),
        arguments,
    ),
    reader("maintainers", 1.0, lambda _: list(_MAINTAINERS), _MAINTAINERS_WORDS, maintainers),
    reader(
        "build", 8.0, lambda _: list(_DATABASES),
        tuple(b"\0" + word + b"\0" for word in _DATABASE_WORDS), build,
    ),
    reader("caches", 4.0, _kept, _WORDS_OF_RECORDS, caches),
)  # fmt: skip
"""The readers of what is around a tree."""
