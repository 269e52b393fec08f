# SPDX-License-Identifier: GPL-2.0-or-later
"""A proof is told again only where all that the compiler reads is the same; a path may be any bytes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Ran, Tree

from rewrite.files.digest import digest_parts
from rewrite.verify import cache, verifier
from rewrite.verify.build import make_invocation, methods_for, read_database

pytestmark = pytest.mark.needs("gcc")

Rewrite = Callable[..., Ran]

HEADER = """\
#include <stdint.h>
#include <stddef.h>
typedef struct QEMUFile QEMUFile;
typedef struct Visitor Visitor;
typedef struct Error Error;
void qemu_put_be32(QEMUFile *f, unsigned int v);
unsigned int qemu_get_be32(QEMUFile *f);
typedef struct LampState {
    WATTS watts;
} LampState;
"""
LAMP = """\
#include "lamp.h"

void lamp_save(QEMUFile *f, void *opaque)
{
    LampState *s = opaque;

    qemu_put_be32(f, s->watts);
}
"""
ASIDE = "int aside(int x)\n{\n    return x;\n}\n"


@dataclass
class Bench:
    """A tree with one handler, and a command that compiles it."""

    tree: Tree
    rewrite: Rewrite
    cache: Path

    def verify(self, compiler: str = "gcc", flags: str = "-Ifirst -Isecond") -> tuple[int, int]:
        """Exit status, and how many compilations were known from before."""
        entry = {
            "directory": str(self.tree.root),
            "command": f"{compiler} -DWATTS=uint32_t {flags} -c hw/lamp.c",
            "file": "hw/lamp.c",
        }
        (self.tree.root / "compile_commands.json").write_text(json.dumps([entry]))
        ran = self.rewrite(
            "verify", self.tree.root / "hw", "--build", self.tree.root, "--cache", self.cache,
            "--root", self.tree.root, "--dialect", "5.1", "--stats", "-",
        )  # fmt: skip
        figures = json.loads(ran.out)
        assert figures["compilations"] == 1, ran.err
        return ran.status, figures["from_cache"]


@pytest.fixture
def bench(tree: Tree, rewrite: Rewrite, tmp_path: Path) -> Bench:
    """Proved once and remembered: the second run knows it."""
    tree.write({"hw/lamp.c": LAMP, "second/lamp.h": HEADER, "first/other.h": ""})
    made = Bench(tree, rewrite, tmp_path / "kept")
    assert made.verify() == (0, 0)
    assert made.verify() == (0, 1)
    return made


def test_a_header_earlier_in_the_search_path(bench: Bench) -> None:
    bench.tree.write({"first/lamp.h": HEADER.replace("WATTS", "uint8_t")})
    assert bench.verify()[1] == 0


@pytest.mark.parametrize(
    ("name", "value"), [("outcome", "differs"), ("outcome", "x"), ("method", []), ("method", None)]
)
def test_a_record_of_no_verdict(bench: Bench, name: str, value: object) -> None:
    """One that is whole, but says what is never kept, is as if it were not there."""
    [record] = (bench.cache / "verify").glob("*.json")
    told = json.loads(record.read_bytes().partition(b"\n")[2])
    told["verdicts"][0][name] = value
    text = json.dumps(told).encode()
    record.write_bytes(digest_parts([text]).encode() + b"\n" + text)
    assert bench.verify() == (0, 0)


def test_a_response_file(bench: Bench) -> None:
    """Its flags may be those of another response file."""
    bench.tree.write({"flags": "@more", "more": "-DONE=1"})
    assert bench.verify(flags="-Isecond @flags") == (0, 0)
    assert bench.verify(flags="-Isecond @flags") == (0, 1)
    bench.tree.write({"more": "-DTWO=2"})
    assert bench.verify(flags="-Isecond @flags") == (0, 0)


@pytest.mark.parametrize(
    "name", ["CPATH", "C_INCLUDE_PATH", "GCC_EXEC_PREFIX", "LD_LIBRARY_PATH", "SOMETHING_NEW"]
)
def test_the_environment(bench: Bench, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = "" if name == "GCC_EXEC_PREFIX" else str(bench.tree.root / "elsewhere")
    monkeypatch.setenv(name, value)
    assert bench.verify()[1] == 0


def test_another_run_in_continuous_integration(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number is no compiler's business, or no proof would be known there."""
    monkeypatch.setenv("GITHUB_RUN_ID", "2")
    monkeypatch.setenv("CI_JOB_ID", "3")
    assert bench.verify() == (0, 1)


def test_gcc_writes_no_dependencies(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPENDENCIES_OUTPUT", str(tmp_path / "written"))
    assert bench.verify() == (0, 1)
    assert bench.verify(flags="-Isecond") == (0, 0)
    assert not (tmp_path / "written").exists()


def script(path: Path, text: str) -> Path:
    """A shell script that can be started."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_nothing_is_remembered_of_a_script(bench: Bench, tmp_path: Path) -> None:
    """What it starts, and what becomes of the output there, cannot be known."""
    outer = script(tmp_path / "outer", f'exec {shutil.which("gcc")} "$@"')
    assert bench.verify(str(outer)) == (0, 0)
    assert bench.verify(str(outer)) == (0, 0)
    outer.write_text(outer.read_text().replace('"$@"', '-DWATTS=uint8_t -UWATTS "$@"'))
    assert bench.verify(str(outer))[1] == 0


def test_nothing_is_remembered_behind_another_program(bench: Bench, tmp_path: Path) -> None:
    """`-wrapper` starts it in front of the compiler, `-B` in its place, a link calls it gcc."""
    inner = script(tmp_path / "inner", 'exec "$@"')
    assert bench.verify(flags=f"-wrapper {inner} -Isecond") == (0, 0)
    assert bench.verify(flags=f"-wrapper {inner} -Isecond") == (0, 0)
    bench.tree.write({"wrapped": f"-wrapper {inner}"})
    assert bench.verify(flags="@wrapped -Isecond") == (0, 0)
    assert bench.verify(flags="@wrapped -Isecond") == (0, 0)
    (tmp_path / "bin").mkdir()
    proper = subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, check=True).stdout
    script(tmp_path / "bin/cc1", f'exec {proper.decode().strip()} "$@"')
    assert bench.verify(flags=f"-B{tmp_path}/bin/ -Isecond") == (0, 0)
    assert bench.verify(flags=f"-B{tmp_path}/bin/ -Isecond") == (0, 0)


def test_a_compiler_beside_the_build(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative name is found where the command runs, not where this tool does."""
    real = Path(shutil.which("gcc") or "").resolve()
    shutil.copy(real, tmp_path / "gcc")
    monkeypatch.chdir(tmp_path)
    own = bench.tree.root / "gcc"
    own.symlink_to(real)
    assert bench.verify("./gcc") == (0, 0)
    assert bench.verify("./gcc") == (0, 1)
    own.unlink()
    own.write_bytes(real.read_bytes() + b"edited")
    own.chmod(0o755)
    assert bench.verify("./gcc")[1] == 0


def test_a_header_that_is_only_asked_for(bench: Bench) -> None:
    """No list of dependencies names a header whose absence decided something."""
    asking = '#if __has_include("narrow.h")\n#undef WATTS\n#define WATTS uint8_t\n#endif\n'
    bench.tree.write({"second/lamp.h": asking + HEADER})
    assert bench.verify() == (0, 0)
    assert bench.verify() == (0, 1)
    bench.tree.write({"first/narrow.h": ""})
    assert bench.verify()[1] == 0


def test_a_precompiled_header(bench: Bench) -> None:
    """It stands in for a header's text, which the text then says nothing of."""
    root = bench.tree.root
    [command] = read_database(root, [(root / "hw/lamp.c").resolve()])
    words = make_invocation(command, methods_for(command)[0], Path("second/lamp.h"))
    words = [*words[: words.index("-S")], "-x", "c-header", "second/lamp.h", "-Wall"]
    subprocess.run([*words, "-o", root / "first/lamp.h.gch"], cwd=root, check=True)
    assert bench.verify() == (0, 0)
    assert bench.verify() == (0, 0)


def test_the_tool_itself(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof was read by its code: another one may see what the first did not."""
    monkeypatch.setattr(cache, "tool_digest", lambda rules: "another")
    assert bench.verify() == (0, 0)


def test_a_header_that_changes_while_it_is_compiled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even to one that is older by its times: what was proved cannot be told, so it is forgotten."""
    header = bench.tree.root / "second/lamp.h"
    other = bench.tree.root / "other.h"
    other.write_text(HEADER.replace("WATTS", "uint16_t"))
    os.utime(other, (1, 1))
    judge = cache.judge_unit

    def disturbed(*arguments: object) -> object:
        verdicts = judge(*arguments)  # type: ignore[arg-type]
        other.replace(header)
        return verdicts

    bench.tree.write({"second/lamp.h": HEADER + "extern int more;\n"})
    monkeypatch.setattr(cache, "judge_unit", disturbed)
    assert bench.verify() == (0, 0)
    monkeypatch.setattr(cache, "judge_unit", judge)
    assert bench.verify()[1] == 0


@pytest.mark.parametrize("spelled", ["/**/#include", "%:include", "#/**/include", "#\\\ninclude"])
def test_a_header_of_the_new_text_alone(
    spelled: str, tree: Tree, rewrite: Rewrite, tmp_path: Path
) -> None:
    """A text changed by hand may include more than the old one, however it spells that."""
    tree.write({"hw/lamp.c": LAMP, "lamp.h": HEADER, "hw/more.h": ""})
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "before"]):
        _git(tree.root, *arguments)
    text = f'{spelled} "more.h"\n' + converted(LAMP, "uint32")
    tree.write({"hw/lamp.c": text.replace('"lamp.h"\n', '"lamp.h"\n\n')})
    verify = [
        "verify", tree.root / "hw", "--cc", f"gcc -I{tree.root} -DWATTS=uint32_t -c {{file}}",
        "--base", "HEAD", "--cache", tmp_path / "kept", "--root", tree.root, "--dialect", "5.1",
        "--stats", "-",
    ]  # fmt: skip
    known = []
    for text in ("", "", "#define opaque (opaque + 8)\n"):
        tree.write({"hw/more.h": text})
        known.append(json.loads(rewrite(*verify).out)["from_cache"])
    assert known == [0, 1, 0]


@pytest.mark.parametrize("name", ["lampe-é", "lampe-ü\udcff", "лампа", 'a "quoted" \\ one', "a\nb"])
def test_a_path_of_any_bytes_hides_no_warning(name: str, tree: Tree, rewrite: Rewrite) -> None:
    """A new warning is a difference, whatever the file is called."""
    folder = tree.root / name
    tree.write({"lamp.h": HEADER.replace("WATTS", "int")})
    folder.mkdir()
    path = folder / "lamp.c"
    path.write_text(LAMP.replace('"lamp.h"', '"../lamp.h"'))
    assert outcomes(path, tree, rewrite) == ("proved", "new-warning")


HUSHED = '#pragma GCC diagnostic ignored "-Wpointer-sign"'
SILENCERS = {
    "a line of another file": ("void lamp_save", '# 7 "lamp.y"\nvoid lamp_save'),
    "lines of another file": ("    LampState", '#line 7 "lamp.y"\n    LampState'),
    "a system header": ("void lamp_save", '# 7 "sys.h" 3\nvoid lamp_save'),
    "a system header inside": ("    LampState", '# 7 "sys.h" 3\n    LampState'),
    "a pragma": ("void lamp_save", f"{HUSHED}\nvoid lamp_save"),
    "a pragma inside": ("    LampState", f"{HUSHED[:12]}\\\n {HUSHED[12:]}\n    LampState"),
    "an operator": (
        "void lamp_save",
        '_Pragma("GCC diagnostic ignored \\"-Wpointer-sign\\"")\nvoid lamp_save',
    ),
    "another function's": (
        "void lamp_save",
        f"void hushed(void)\n{{\n{HUSHED}\n}}\n\nvoid lamp_save",
    ),
}


@pytest.mark.parametrize("silencer", SILENCERS.values(), ids=SILENCERS)
def test_no_text_hides_a_warning(silencer: tuple[str, str], tree: Tree, rewrite: Rewrite) -> None:
    tree.write({"hw/lamp.h": HEADER.replace("WATTS", "int"), "hw/lamp.c": LAMP.replace(*silencer)})
    assert outcomes(tree.root / "hw/lamp.c", tree, rewrite) == ("proved", "new-warning")


LOOKS = {
    "in a comment": "    /* Steps:\n    # 1 the watts */\n",
    "in a name": '    (void)0;\n# 7 "a/*b"\n',
    "behind a line comment": "    (void)0;\n#line 7 // /*\n",
    "before a comment": "    (void)0;\n#line 7 /* of\n    */\n",
    "in a text": '    (void)"\\\n# 7";\n',
}


@pytest.mark.parametrize("text", LOOKS.values(), ids=LOOKS)
def test_nothing_else_is_hidden(
    text: str, tree: Tree, rewrite: Rewrite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is taken out, no code goes with it: the width is wrong, and the compiler alone tells."""
    monkeypatch.setattr(verifier, "self_check", lambda *_: [])
    source = LAMP.replace("    qemu_put", f"{text}    qemu_put").replace(";\n}", "; /* end */\n}")
    tree.write({"hw/lamp.h": HEADER.replace("WATTS", "int"), "hw/lamp.c": source})
    says = outcomes(tree.root / "hw/lamp.c", tree, rewrite, visits=("int32", "uint16", "int16"))
    assert says[0] == "proved"
    assert "proved" not in says[1:]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(
    "flag", ["-w", "-Wno-pointer-sign", "-Wno-cpp", "-fdiagnostics-color=always", "@none"]
)
def test_no_flag_hides_a_warning(compiler: str, flag: str, tree: Tree, rewrite: Rewrite) -> None:
    """Nor does one in a response file, which is read as the compiler reads it."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    (tree.root / "none").write_text("-w")
    tree.write({"hw/lamp.h": HEADER.replace("WATTS", "int"), "hw/lamp.c": LAMP})
    command = f"{compiler} {flag.replace('@', f'@{tree.root}/')} -c {{file}}"
    assert outcomes(tree.root / "hw/lamp.c", tree, rewrite, command) == ("proved", "new-warning")


def test_nothing_is_proved_by_a_compiler_that_tells_no_warnings(
    tree: Tree, rewrite: Rewrite, tmp_path: Path
) -> None:
    """As a wrapper that silences it: no option shows that."""
    quiet = tmp_path / "quiet"
    quiet.write_text('#!/bin/sh\nexec gcc "$@" -w\n')
    quiet.chmod(0o755)
    tree.write({"hw/lamp.h": HEADER.replace("WATTS", "int"), "hw/lamp.c": LAMP})
    said = outcomes(tree.root / "hw/lamp.c", tree, rewrite, f"{quiet} -c {{file}}")
    assert said == ("warnings-hidden", "warnings-hidden")


def outcomes(
    path: Path,
    tree: Tree,
    rewrite: Rewrite,
    command: str = "gcc -c {file}",
    visits: tuple[str, ...] = ("int32", "uint32"),
) -> tuple[str, ...]:
    """What is said of the right conversion of the lamp whose watts are an int, and of a wrong one.

    With `uint32`, the pointer's type is all that is wrong there: the machine code is the same.
    """
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "before"]):
        _git(tree.root, *arguments)
    verify = [
        "verify", path, "--cc", command, "--base", "HEAD", "--no-cache",
        "--root", tree.root, "--dialect", "5.1", "--stats", "-",
    ]  # fmt: skip
    old, said = path.read_text(), []
    for visit in visits:
        path.write_text(converted(old, visit))
        ran = rewrite(*verify)
        said += json.loads(ran.out)["by_outcome"]
    return tuple(said)


NAMES = [b"lampe-\xc3\xa9", b"lampe-\xe9", b"a\nb"]
POSIX = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("locale", [{"LC_ALL": "C.UTF-8"}, POSIX], ids=["UTF-8", "POSIX"])
def test_a_database_names_files_by_their_bytes(
    name: bytes, locale: dict[str, str], tree: Tree, spawn: Rewrite
) -> None:
    """As the build wrote it, which knows neither of UTF-8 nor of a locale; git's names are bytes too."""
    folder = tree.root / os.fsdecode(name)
    folder.mkdir()
    tree.write({"lamp.h": HEADER.replace("WATTS", "uint32_t")})
    (folder / "lamp.c").write_text(LAMP.replace('"lamp.h"', '"../lamp.h"'))
    written = name.replace(b"\n", b"\\n") + b"/lamp.c"
    (tree.root / "compile_commands.json").write_bytes(
        b'[{"directory": "%s", "file": "%s", "arguments": ["gcc", "-c", "%s"]}]'
        % (os.fsencode(tree.root), written, written)
    )
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "before"]):
        _git(tree.root, *arguments)
    options = ("--root", ".", "--dialect", "5.1")
    verify = ("verify", ".", "--build", ".", "--stats", "-", *options)
    before = spawn(*verify, cwd=tree.root, **locale)
    assert json.loads(before.out)["by_outcome"] == {"proved": 1}, before.err
    assert spawn(".", "--apply", *options, cwd=tree.root, **locale).status == 0
    after = spawn(*verify, "--base", "HEAD", cwd=tree.root, **locale)
    assert json.loads(after.out)["by_outcome"] == {"proved": 1}, after.err


@pytest.mark.parametrize(
    "words", ['["gcc", "-c", "\\u0000"]', '["gcc", "\\ud800"]', '[""]', '["-c", "hw/lamp.c"]']
)
def test_a_database_of_what_no_program_takes(words: str, tree: Tree, rewrite: Rewrite) -> None:
    tree.write({"hw/lamp.c": LAMP})
    entry = f'[{{"directory": "{tree.root}", "file": "hw/lamp.c", "arguments": {words}}}]'
    tree.write({"compile_commands.json": entry})
    options = ("--root", tree.root, "--dialect", "5.1")
    ran = rewrite("verify", tree.root / "hw", "--build", tree.root, *options)
    assert ran.status == 2
    assert "not a compilation database" in ran.err


def converted(text: str, visit: str) -> str:
    """The handler as the tool, or somebody by hand, has converted it."""
    body = (
        "    Visitor *v = qemu_file_get_visitor(f);\n    Error **errp = qemu_file_get_errp(f);\n\n"
    )
    text = text.replace("opaque;\n\n", f"opaque;\n{body}")
    return text.replace(
        "qemu_put_be32(f, s->watts)", f'visit_type_{visit}(v, "watts", &s->watts, errp)'
    )


def _git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True)
