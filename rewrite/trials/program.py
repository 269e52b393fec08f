# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiles both texts of a file with the tree's own flags, and links each with the tree's interpreter."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import RewriteError
from ..rules.ruleset import Rules
from ..verify.build import CompileCommand, make_environment
from .stand_ins import write_stand_ins
from .subject import Calls, Subject, TreeNames, new_glue, old_glue

_HARNESS = Path(__file__).parent / "harness.c"
_FLAGS = (
    "-O0", "-g0", "-w", "-fno-inline", "-ffunction-sections", "-fdata-sections", "-fPIE",
    "-U_FORTIFY_SOURCE", "-fno-stack-protector", "-fno-builtin", "-Wno-error",
)  # fmt: skip
"""Plain code, in which a call of a function that is not static can be led elsewhere when linked."""
_MISSING = re.compile(r"undefined (?:reference to|(?:hidden )?symbol) `([A-Za-z_]\w*)'")
_CALLED = re.compile(r"R_X86_64_PLT32\s+([A-Za-z_]\w*)")
_ROUNDS = 40
_PLAIN = ("gcc", "-O1", "-w", "-fno-builtin", "-c")


class NotRunError(RewriteError):
    """The programs can't be made, and why."""


@dataclass(frozen=True)
class Programs:
    """The program with the old text and that with the new one."""

    old: Path
    new: Path


class Objects:
    """What is the same for several files: the tree's interpreter, compiled with the same words."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[tuple[Path, tuple[str, ...]], Path] = {}

    def get(self, path: Path, arguments: Sequence[str], make: Callable[[Path], None]) -> Path:
        """The object of a file; `make` writes it where there is none."""
        key = (path, tuple(arguments))
        if key not in self._found:
            made = self._folder / f"{len(self._found)}.o"
            make(made)
            self._found[key] = made
        return self._found[key]


class ProgramMaker:
    """Makes the programs of one compilation of a file in a folder of its own."""

    def __init__(
        self, subject: Subject, command: CompileCommand, folder: Path, rules: Rules, names: TreeNames,
        shared: Objects,
    ) -> None:  # fmt: skip
        """`command` is how the build compiles the file; `names` says what the tree holds; `shared` has
        what was compiled for others."""
        self._shared = shared
        self._subject = subject
        self._command = command
        self._folder = folder
        self._rules = rules
        self._names = names
        self._path = Path(subject.source.path)

    def make(self) -> Programs:
        """Compile and link. Raises NotRunError."""
        pairs = self._subject.pairs
        calls = Calls(
            self._names.count_parameters(self._path, "vmstate_save_state"),
            self._names.count_access(self._path, "put"),
            self._names.count_access(self._path, "get"),
        )
        old = self._compile_text("old", self._subject.source.data, old_glue(pairs, calls))
        new = self._compile_text("new", self._subject.new, new_glue(pairs, calls))
        harness = self._shared.get(
            _HARNESS, _PLAIN, lambda to: self._run_command(_own_command(_HARNESS, to))
        )
        texts = {"old": (old, harness), "new": (new, harness)}
        tree: dict[Path, Path] = {}
        missing: set[str] = set()
        for _ in range(_ROUNDS):
            others = (*tree.values(), self._stand_ins(missing, (old, new, *tree.values())))
            wanted = {
                n for name, own in texts.items() for n in self._link_objects((*own, *others), name)
            }
            if not wanted:
                return Programs(self._folder / "old", self._folder / "new")
            if wanted <= missing:
                raise NotRunError(f"not linked: no {sorted(wanted)[0]}")
            known = frozenset(tree)
            missing |= {name for name in wanted if not self._take(name, tree, known)}
        raise NotRunError("the tree's interpreter needs ever more files")

    def _take(self, name: str, tree: dict[Path, Path], known: Collection[Path]) -> bool:
        """Compile the file of the tree that defines a table, an info or a part of the interpreter; whether
        there is one that was not `known` before. Its names are weak: the harness's own come first."""
        paths = [p for p in self._names.files_defining(name)[:1] if p.suffix == ".c"]
        if not paths or paths[0] == self._path:
            return False
        if paths[0] not in tree:
            tree[paths[0]] = self._compile_file(paths[0])
        return paths[0] not in known

    def _stand_ins(self, missing: Collection[str], objects: Iterable[Path]) -> Path:
        """Compile what stands in for names that are missing."""
        text = write_stand_ins(
            missing, self._called_names(objects), self._used(), self._rules,
            lambda name: self._names.count_parameters(self._path, name),
        )  # fmt: skip
        source, made = self._folder / "stand_ins.c", self._folder / "stand_ins.o"
        source.write_text(text, "latin-1")
        self._run_command(_own_command(source, made))
        return made

    def _compile_text(self, name: str, text: bytes, glue: str) -> Path:
        source = self._folder / f"{name}.c"
        source.write_bytes(text + b"\n" + glue.encode("latin-1"))
        made = self._folder / f"{name}.o"
        self._compile(source, self._path.parent, made)
        return made

    def _compile_file(self, path: Path) -> Path:
        """Compile a file of the tree; its names give way to those of the harness."""

        def make(made: Path) -> None:
            source = made.with_suffix(".c")
            source.write_bytes(self._opened(path.read_bytes()))
            self._compile(source, path.parent, made, told=path.name)
            listed = self._run(["nm", "-g", "--defined-only", "-j", str(made)]).stdout
            (names := made.with_suffix(".names")).write_text(listed)
            self._run_command(["objcopy", f"--weaken-symbols={names}", str(made)])

        return self._shared.get(path, self._command.arguments, make)

    def _opened(self, text: bytes) -> bytes:
        """A text in which what the harness has of its own is not static, so that it gives way."""
        names = "|".join((*self._rules.primitives, *self._rules.stand_ins)).encode()
        head = rb"^static\s+(?:inline\s+)?(?=[\w\s*]*\b(?:" + names + rb")\s*\()"
        return re.sub(head, b"", text, flags=re.MULTILINE)

    def _compile(self, source: Path, beside: Path, made: Path, told: str = "") -> None:
        """Compile a text, and leave out what would run before main()."""
        arguments = [*self._command.arguments, *_FLAGS, "-iquote", str(beside)]
        told = f"{told or source.name} does not compile"
        self._run_command([*arguments, "-x", "c", "-c", str(source), "-o", str(made)], told)
        unwanted = ("-R", ".init_array*", "-R", ".rela.init_array*", "-R", ".ctors*")
        self._run_command(["objcopy", "--wildcard", *unwanted, str(made)])

    def _link_objects(self, objects: Iterable[Path], name: str) -> set[str]:
        """Link, and give what is missing."""
        words = ["gcc", "-pie", "-Wl,--gc-sections", "-o", str(self._folder / name)]
        done = self._run([*words, *map(str, objects), "-lm", "-lpthread"])
        missing = set(_MISSING.findall(done.stderr))
        if done.returncode and not missing:
            raise NotRunError(f"not linked: {_first_error(done.stderr)}")
        return missing

    def _called_names(self, objects: Iterable[Path]) -> set[str]:
        """The names that objects call as functions."""
        listed = self._run(["objdump", "-r", *map(str, objects)]).stdout
        return set(_CALLED.findall(listed))

    def _used(self) -> set[str]:
        """What the file itself uses in either text and does not have; the tree's interpreter may call
        other functions for itself."""
        texts = (str(self._folder / f"{name}.o") for name in ("old", "new"))
        return set(re.findall(r"\bU (\w+)", self._run(["nm", "-u", *texts]).stdout))

    def _run_command(self, words: Sequence[str], told: str = "") -> None:
        done = self._run(words)
        if done.returncode:
            raise NotRunError(f"{told or words[0]}: {_first_error(done.stderr)}")

    def _run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                words, cwd=self._command.directory, env=make_environment(), check=False,
                capture_output=True, text=True, errors="replace",
            )  # fmt: skip
        except OSError as error:
            raise NotRunError(f"{words[0]}: {error.strerror}") from error


def _own_command(source: Path, made: Path) -> list[str]:
    return [*_PLAIN, str(source), "-o", str(made)]


def _first_error(text: str) -> str:
    lines = text.splitlines()
    lines = [s for s in lines if re.search("error:|multiple definition", s)] or lines
    return lines[0].strip() if lines else "no message"
