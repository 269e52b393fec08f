# SPDX-License-Identifier: GPL-2.0-or-later
"""Many cases in one file, compiled in memory by tcc and run: a first look that takes milliseconds.

What tcc (swift.c) says of a case is no find yet: one that it takes for wrong is compiled by gcc and run
under the sanitizers (`sound`), alone. A machine without libtcc has the latter only.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from corpus_program import CORPUS, RUNTIME, output_of

HERE = Path(__file__).parent
_STATES = 8
_DEFINED = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(\w+)|^(?:static |const |inline |volatile )*(?:struct |enum |union )?\w+[ *]+"
    r"(?:\w+ )*\*?(\w+)[ \t]*[\[(;={]|\}[^;{}]*?(\w+)[ ;]*;[ \t]*$"
    r"|^(?:typedef )?(?:struct|enum|union) (\w+)|^typedef [^;(]*?(\w+)(?:\[\w*\])?;"
    r"|\benum \w*[ ]*\{([^}]*)\}",
    re.M,
)
_NO_NAMES = frozenset(("__attribute__", "f", "break", "v"))
_WORD = re.compile(r"[A-Za-z_]\w*")


def is_available() -> bool:
    """Whether this machine can build the program."""
    return shutil.which("tcc") is not None and Path("/usr/include/libtcc.h").is_file()


def names_defined(text: str) -> frozenset[str]:
    """The names that a text may define for what comes after it, guessed on the large side."""
    found = (word for match in _DEFINED.finditer(text) for word in match.groups() if word)
    return frozenset(name for words in found for name in _WORD.findall(words)) - _NO_NAMES


def joined(texts: Sequence[str]) -> str:
    """One file of several cases, each with a hook of its own."""
    parts = (
        f"#define corpus_case corpus_case_{number}\n#define corpus_init corpus_init_{number}\n"
        f"{text}\n#undef corpus_case\n#undef corpus_init\n"
        for number, text in enumerate(texts)
    )
    return "".join(parts)


@dataclass(frozen=True)
class Answer:
    """What the program says: `word` is one that swift.c lists."""

    word: str
    said: str


class Swift:
    """The program, started when first asked, and again when it ends."""

    def __init__(self, before: Path, after: Mapping[str, Path], folder: Path) -> None:
        self.before, self.after, self.folder = before, after, folder
        self._process: subprocess.Popen[str] | None = None

    def check(self, name: str) -> Answer:
        """Whether tcc takes a file of the tree before."""
        return self._ask("check", name)

    def compare_all(self, name: str, dialect: str, count: int) -> Answer:
        """Run all cases of a file, before and after."""
        return self._ask("all", name, _identifier(dialect), str(count))

    def compare(self, name: str, dialect: str, number: int) -> Answer:
        """Run one case of a file, in a process of its own."""
        return self._ask("compare", name, _identifier(dialect), str(number))

    @cached_property
    def _program(self) -> Path:
        target = self.folder / "swift"
        runtime = [path for path in RUNTIME if path.name != "runner.c"]
        flags = ("-std=gnu99", "-O2", "-w", "-rdynamic")
        folders = [f"-I{CORPUS / name}" for name in ("include", "runtime")]
        sources = [HERE / "swift.c", *runtime]
        error = output_of(["gcc", *flags, *folders, *sources, "-ltcc", "-ldl", "-o", target])
        assert not error, error
        return target

    def _start(self) -> subprocess.Popen[str]:
        sides = [f"{_identifier(dialect)}={root}" for dialect, root in self.after.items()]
        words = [self._program, self.before, CORPUS / "runtime", HERE / "stubs", _STATES, *sides]
        return subprocess.Popen(
            [str(word) for word in words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="latin-1",
        )

    def _ask(self, *words: str) -> Answer:
        if self._process is None or self._process.poll() is not None:
            self._process = self._start()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\t".join(words) + "\n")
        self._process.stdin.flush()
        word, _, said = self._process.stdout.readline().rstrip("\n").partition("\t")
        return Answer(word or "lost", said)


def _identifier(dialect: str) -> str:
    return dialect.replace(".", "_")
