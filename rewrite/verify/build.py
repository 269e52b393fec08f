# SPDX-License-Identifier: GPL-2.0-or-later
"""How the files of a tree are compiled: from compile_commands.json, or from a command template."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files.json_text import parse_json
from ..printable import quoted
from .shim import LATE, PLAIN

_WITH_VALUE = {"-o", "-MF", "-MT", "-MQ", "-MJ", "-aux-info", "-dumpdir", "-dumpbase",
               "-dumpbase-ext", "--serialize-diagnostics"}  # fmt: skip
"""What names a file that a compiler writes, or what stands in one, with the word behind it."""
_DROPPED = {
    "-c", "-S", "-E", "-M", "-MM", "-MD", "-MMD", "-MP", "-MG", "-w", "-pipe", "-pedantic-errors",
    "-ftest-coverage", "-fstack-usage", "-fcallgraph-info",
}  # fmt: skip
_DROPPED_STARTS = ("-O", "-g", "-Werror", "-Wfatal", "-fstack-protector", "-D_FORTIFY_SOURCE",
                   "-flto", "-fsanitize", "-fprofile", "--coverage", "-fdiagnostics-",
                   "-fmessage-length", "-o", "-MF", "-MT", "-MQ", "-MJ", "-save-temps",
                   "--save-temps", "-fdump-", "-d", "-fcallgraph-info=", "-fopt-info",
                   "-fsave-optimization-record", "-ftime-trace", "-fcompare-debug",
                   "-foptimization-record-")  # fmt: skip
"""Words that say how much to optimise or to tell, or that have a compiler write files: the tree is
not to be changed by a proof. `-dLETTERS` dumps too (GCC manual, 3.18)."""
_LONG, _SHORTEST = ("--coverage", "--save-temps"), len("--c")
_VALUE_BEHIND = {"-I", "-D", "-U", "-B", "-L", "-T", "-x", "-include", "-imacros", "-isystem", "-iquote",
                 "-idirafter", "-isysroot", "-iprefix", "-iwithprefix", "-iwithprefixbefore", "-imultilib",
                 "--param", "-Xassembler", "-Xpreprocessor", "-Xlinker", "-Xclang", "-mllvm", "-target",
                 "-arch", "-wrapper", "-A", "-z", "-u", "-e", "-l"}  # fmt: skip
"""Words of which the next one is a part, whatever it looks like."""
_FOR_PREPROCESSOR = "-Wp,"
_DEPENDENCIES = {"-MD": 1, "-MMD": 1, "-MF": 1, "-MT": 1, "-MQ": 1, "-MP": 0, "-MG": 0}
"""Options of the preprocessor that write or name a file, and how many words each takes there."""

_WRITES = {"DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES"}

_COMMON = (
    "-g0",
    "-fno-stack-protector",
    "-U_FORTIFY_SOURCE",
    "-D__LINE__=1",
    "-Wno-builtin-macro-redefined",
    "-fno-asynchronous-unwind-tables",
    "-fno-jump-tables",
    "-ffunction-sections",
    "-Wno-error=implicit-function-declaration",
)
_GCC = (
    "-fkeep-static-functions",
    "-fno-inline-small-functions",
    "-fno-inline-functions",
    "-fno-inline-functions-called-once",
    "-fno-ipa-cp",
    "-fno-ipa-sra",
    "-fno-ipa-icf",
    "-fno-ipa-ra",
    "-fno-partial-inlining",
    "-fno-reorder-blocks-and-partition",
)
"""Each function is to be compiled for itself: else a change in one shows in another."""
_CLANG = (
    "-fno-integrated-as",
    "-fno-inline-functions",
    "-Wno-unknown-warning-option",
    "-Wno-unused-command-line-argument",
)
_FOR_CLANG = {
    "-fzero-call-used-regs": (),
    "-ftrivial-auto-var-init": ("-ftrivial-auto-var-init=pattern",),
}
"""What clang 14 is given for options of gcc that it refuses and QEMU's build has from 8.2 on: they
clear registers that a function leaves behind, and give a value to objects that have none."""
GIMPLE_DUMP = "-fdump-tree-optimized-gimple-uid=stdout"
"""gcc's last form of a function before it chooses instructions, with the types of constants (-gimple)
and with variables of one name told apart (-uid): GCC manual, "GCC Developer Options"."""


@dataclass(frozen=True)
class CompileCommand:
    """One way in which one file is compiled: `arguments` begin with the compiler and name neither
    file nor output; `label` tells a person which way it is."""

    path: Path
    directory: Path
    arguments: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class Method:
    """One compiler and what it is asked for beyond the file's own flags; whether it is to print its
    optimised GIMPLE instead of assembly."""

    name: str
    compiler: tuple[str, ...]
    flags: tuple[str, ...]
    gimple: bool = False

    @property
    def sealed(self) -> bool:
        """Whether no function's code depends on the body of another one."""
        return "-fkeep-static-functions" in self.flags


def read_database(directory: Path, wanted: Iterable[Path]) -> list[CompileCommand]:
    """The commands for the wanted files (resolved paths), equal ones once.

    Raises InputError where the directory has no compile_commands.json that can be read.
    """
    file = directory / "compile_commands.json"
    try:
        entries = _as_paths(parse_json(file.read_bytes().decode("utf-8", "surrogateescape")))
        paths = set(wanted)
        commands = [_read_command(entry) for entry in entries if _path_of(entry) in paths]
    except OSError as error:
        raise InputError(str(file), f"cannot read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"an entry has no {error.args[0]}" if isinstance(error, KeyError) else str(error)
        raise InputError(str(file), f"not a compilation database: {why}") from error
    unique = {(c.path, c.directory, c.arguments): c for c in reversed(commands)}
    return sorted(unique.values(), key=lambda c: (c.path, c.label, c.arguments))


def _as_paths(value: Any) -> Any:
    """JSON whose strings hold the bytes that stand in the file, as this system's names of files do:
    a path need not be UTF-8, nor need the locale be. ValueError for what can be no name."""
    if isinstance(value, list):
        return [_as_paths(one) for one in value]
    if isinstance(value, dict):
        return {key: _as_paths(one) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    if "\0" in value:
        raise ValueError(f"a NUL in {quoted(value)}")
    return os.fsdecode(value.encode("utf-8", "surrogateescape"))


def _path_of(entry: dict[str, str]) -> Path:
    return Path(os.path.normpath(Path(entry["directory"]) / entry["file"])).resolve()


def _read_command(entry: dict[str, str]) -> CompileCommand:
    directory = Path(entry["directory"])
    given = entry.get("arguments")
    words = _expand_words(list(given) if given else shlex.split(entry["command"]), directory)
    kept = _keep_words(words, {entry["file"]})
    if not kept or not kept[0]:
        raise ValueError(f"no compiler for {quoted(entry['file'])}")
    output = entry.get("output") or _find_output(words)
    label = output if "/" in output.removeprefix("./") else f"{directory.name}/{output}"
    return CompileCommand(_path_of(entry), directory, kept, label)


def _find_output(words: list[str]) -> str:
    return words[words.index("-o") + 1] if "-o" in words[:-1] else ""


def from_template(template: str, files: Iterable[Path]) -> list[CompileCommand]:
    """A command for each file from a template with `{file}` in it, run in the current directory.

    Raises InputError where `{file}` is missing.
    """
    try:
        words = shlex.split(template)
    except ValueError as error:
        raise InputError("--cc", str(error)) from error
    if "{file}" not in template:
        raise InputError("--cc", "the command must name the file as {file}")
    try:
        plain = _keep_words(_expand_words(words, Path.cwd()), {"{file}"})
    except ValueError as error:
        raise InputError("--cc", str(error)) from error
    if not plain or not plain[0] or "{file}" in words[0] or words[0].startswith("-"):
        raise InputError("--cc", "the command must begin with a compiler")
    return [
        CompileCommand(
            path, Path.cwd(), tuple(word.replace("{file}", str(path)) for word in plain), "--cc"
        )
        for path in files
    ]


_AT_MOST = 2000
"""How many response files a command may lead to, as in gcc: they may name themselves."""
_QUOTED = re.compile(
    r"""\\(?P<escaped>.)|'(?P<single>(?:\\.|[^'\\])*)'?|"(?P<double>(?:\\.|[^"\\])*)"?|(?P<space>\s+)""",
    re.DOTALL,
)


def _expand_words(words: list[str], directory: Path) -> list[str]:
    """The words with what response files hold in place of `@FILE`, as gcc and clang read them
    (GCC manual, 3.2). One that cannot be read is left to the compiler to complain about."""
    expanded: list[str] = []
    left, most = list(reversed(words)), _AT_MOST
    while left:
        word = left.pop()
        text = _read_response(directory / word[1:]) if word.startswith("@") and most else None
        if text is None:
            expanded.append(word)
        else:
            left += reversed(_split_response(text))
            most -= 1
    return expanded


def _read_response(path: Path) -> str | None:
    """The text of a response file, None for what is no file that can be read."""
    try:
        return os.fsdecode(path.read_bytes()) if path.is_file() else None
    except (OSError, ValueError):
        return None


def _split_response(text: str) -> list[str]:
    """The words of a response file: white space ends one, a backslash takes what follows it as it is,
    in quotes too, unlike a shell's (libiberty, buildargv)."""
    words: list[str] = []
    word, at = None, 0
    for match in (*_QUOTED.finditer(text), None):
        plain = text[at : match.start() if match is not None else len(text)]
        word = (word or "") + plain if plain or word is not None else None
        at = match.end() if match is not None else len(text)
        if match is None or match["space"] is not None:
            words += [word] if word is not None else []
            word = None
        elif match["escaped"] is not None:
            word = (word or "") + match["escaped"]
        else:
            word = (word or "") + re.sub(
                r"(?s)\\(.)", r"\1", match["single"] or match["double"] or ""
            )
    return words


def _keep_words(words: list[str], files: set[str]) -> tuple[str, ...]:
    """The words of a command without files, outputs, and what would write any.

    Raises ValueError for a command that ends where a value is missing: it would take the next word.
    """
    kept: list[str] = []
    left = iter(words)
    for word in left:
        if word in _WITH_VALUE:
            next(left, None)
        elif word in _VALUE_BEHIND:
            value = next(left, None)
            if value is None:
                raise ValueError(f"nothing follows {word}")
            kept += [word, value]
        elif word.startswith(_FOR_PREPROCESSOR):
            kept += _without_dependencies(word)
        elif word not in files and not _is_dropped(word):
            kept.append(word)
    return tuple(kept)


def _is_dropped(word: str) -> bool:
    """Whether a word is left out; long options may be cut short (GCC manual, 3.1)."""
    cut = len(word) > _SHORTEST and any(full.startswith(word) for full in _LONG)
    return word in _DROPPED or word.startswith(_DROPPED_STARTS) or cut


def _without_dependencies(word: str) -> list[str]:
    """What is left of `-Wp,...` without options that write dependencies."""
    kept, skip = [], 0
    for part in word.split(",")[1:]:
        if skip:
            skip -= 1
        elif part in _DEPENDENCIES:
            skip = _DEPENDENCIES[part]
        else:
            kept.append(part)
    return [",".join(("-Wp", *kept))] if kept else []


def make_environment() -> dict[str, str]:
    """What every compiler is started with: as this process was, but with messages in English, and
    without what makes gcc write dependencies into a file (GCC manual, 3.22)."""
    kept = {n: v for n, v in os.environ.items() if n not in _WRITES}
    return {**kept, "LC_ALL": "C"}


@cache
def version_of(compiler: tuple[str, ...]) -> str:
    """What `--version` prints, empty where the compiler cannot be run."""
    try:
        done = subprocess.run([*compiler, "--version"], capture_output=True, check=False)
    except OSError:
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def methods_for(command: CompileCommand) -> list[Method]:
    """The ways to compare: the tree's compiler at -O2 before all, then with the address of what is
    read taken last, at -O1 and -Os, with values as plain as temporaries are and without replacing
    temporaries by their expressions, then clang where there is one, then gcc's GIMPLE.

    Equal code by any of them is equal code.
    """
    compiler = command.arguments[:1]
    if compiler[0].endswith("ccache"):
        compiler = command.arguments[:2]
    own = _CLANG if "clang" in version_of(compiler) else _GCC
    title = Path(compiler[-1]).name
    late = Method(f"{title} -O2, address last", compiler, ("-O2", *_COMMON, *own, f"-D{LATE}"))
    methods = [Method(f"{title} {o}", compiler, (o, *_COMMON, *own)) for o in ("-O2", "-O1", "-Os")]
    methods.insert(1, late)
    if own is _GCC:
        plain = (f"-D{PLAIN}", "-fno-tree-ter")
        methods += [
            Method(f"{title} -O2, {word}", compiler, ("-O2", *_COMMON, *own, *flags))
            for word, flags in (("plain values", plain[:1]), ("no replacement", plain[1:]))
        ]
    if own is _GCC and version_of(("clang",)):
        methods += [
            Method(f"clang {o}", ("clang",), (o, *_COMMON, *_CLANG)) for o in ("-O2", "-O1")
        ]
    if own is _GCC:
        methods += [replace(m, name=f"{m.name}, GIMPLE", gimple=True) for m in methods[:3]]
    return methods


def make_invocation(command: CompileCommand, method: Method, source: Path, *more: str) -> list[str]:
    """The command line that prints the code of `source`, which stands for the command's file.

    The shim lies beside `source`; headers in quotes are searched beside the original.
    """
    skip = 2 if command.arguments[0].endswith("ccache") else 1
    own = list(command.arguments[skip:])
    if method.compiler != command.arguments[:skip]:
        own = [word for one in own for word in _FOR_CLANG.get(one.partition("=")[0], (one,))]
    return [
        *method.compiler,
        *("-iquote", str(command.path.parent)),
        *own,
        *method.flags,
        *(("-fkeep-inline-functions",) if command.path.suffix == ".h" else ()),
        *more,
        *((GIMPLE_DUMP, "-S", "-o", os.devnull) if method.gimple else ("-S", "-o", "-")),
        *("-x", "c", str(source)),
    ]
