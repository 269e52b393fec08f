# SPDX-License-Identifier: GPL-2.0-or-later
"""The corpus is what its README says: it compiles, says what it wants, and can be run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

CORPUS = Path(__file__).parent.parent / "corpus"
CASES = sorted([*CORPUS.glob("hw/*.[ch]"), *CORPUS.glob("target/*/*.c"), *CORPUS.glob("lib/*.c")])
HEADERS = sorted(CORPUS.glob("include/**/*.h"))
REFUSALS = {
    "mixed-direction",
    "order-open",
    "macro-body",
    "not-evaluated",
    "split-by-preprocessor",
    "stream-changes",
    "floating",
    "unparsed",
    "not-called",
    "not-the-primitive",
    "stream-may-be-null",
    "stringified",
    "name-taken",
    "obscured",
}
LICENCE = "/* SPDX-License-Identifier: GPL-2.0-or-later */"
WANT = re.compile(r"/\* want: (\S+) \*/[ \t]*\\?$", re.MULTILINE)
ALSO = re.compile(r"^/\* also: (-D\S+) \*/$", re.MULTILINE)
HOOK = re.compile(r"^CORPUS_CASE(_INIT|_INFO3|_INFO4)?\(", re.MULTILINE)


def text_of(path: Path) -> str:
    """The text with LF line ends; latin-1 maps each byte to one character."""
    return path.read_bytes().decode("latin-1").replace("\r\n", "\n")


def first_comment(path: Path) -> str:
    """The comment after the licence line."""
    match = re.match(re.escape(LICENCE) + r"\n(/\*.*?\*/)\n", text_of(path), re.DOTALL)
    return match[1] if match else ""


def is_damaged(path: Path) -> bool:
    return "does not compile" in first_comment(path)


def configurations() -> list[tuple[Path, str]]:
    """Each case with each set of flags: none, then those of its `also` lines."""
    return [(case, flag) for case in CASES for flag in ("", *ALSO.findall(text_of(case)))]


def run_gcc(path: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = ["gcc", "-std=gnu99", "-x", "c", "-Wall", "-Wextra", "-Werror", *flags]
    return subprocess.run(
        [*command, f"-I{CORPUS / 'include'}", str(path)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def name(value: Path | str) -> str:
    return str(value.relative_to(CORPUS)) if isinstance(value, Path) else value or "plain"


@pytest.mark.needs("gcc")
@pytest.mark.parametrize(("case", "flag"), configurations(), ids=name)
def test_case_compiles_unless_it_is_about_damage(case: Path, flag: str) -> None:
    result = run_gcc(case, "-fsyntax-only", *([flag] if flag else []))
    if is_damaged(case):
        assert result.returncode != 0, "a damaged case must not compile"
    else:
        assert result.returncode == 0, result.stderr


@pytest.mark.needs("gcc")
@pytest.mark.parametrize("header", HEADERS, ids=name)
def test_header_stands_alone(header: Path) -> None:
    result = run_gcc(header, "-fsyntax-only")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("case", CASES, ids=name)
def test_first_comment_says_what_is_special_in_one_to_four_lines(case: Path) -> None:
    lines = [line.strip(" */") for line in first_comment(case).splitlines()]
    assert 1 <= len([line for line in lines if line]) <= 4


@pytest.mark.parametrize("case", [*CASES, *HEADERS], ids=name)
def test_want_comments_are_well_formed(case: Path) -> None:
    wants = WANT.findall(text_of(case))
    assert set(wants) <= {*REFUSALS, "plumbing"}
    assert len(wants) == text_of(case).count("want:"), "a want stands at the end of its line"


@pytest.mark.parametrize("case", [*CASES, *HEADERS], ids=name)
def test_a_want_stands_on_the_line_of_a_site(case: Path) -> None:
    lines = [line for line in text_of(case).splitlines() if WANT.search(line)]
    assert [line for line in lines if not re.search(r"\bqemu_(put|get)_\w+", line)] == []


@pytest.mark.parametrize("case", [*CASES, *HEADERS], ids=name)
def test_licence_comes_first(case: Path) -> None:
    assert text_of(case).startswith(LICENCE + "\n")


@pytest.mark.parametrize("case", [c for c in CASES if c.suffix == ".c"], ids=name)
def test_case_can_be_run_or_says_why_not(case: Path) -> None:
    excused = is_damaged(case) or "Not run" in first_comment(case) or case.parent.name == "lib"
    assert bool(HOOK.search(text_of(case))) != excused


@pytest.mark.needs("gcc")
def test_runnable_cases_link(tmp_path: Path) -> None:
    """Every hook defines `corpus_case`, with the functions and types that corpus.h asks for."""
    runnable = [case for case in CASES if case.suffix == ".c" and HOOK.search(text_of(case))]
    for case in runnable:
        target = tmp_path / "case.o"
        result = run_gcc(case, "-c", "-o", str(target))
        assert result.returncode == 0, result.stderr
        symbols = subprocess.run(["nm", str(target)], capture_output=True, text=True, check=True)
        assert re.search(r" [DR] corpus_case$", symbols.stdout, re.MULTILINE), name(case)


def test_every_refusal_code_has_a_case() -> None:
    wanted = {code for case in CASES for code in WANT.findall(text_of(case))}
    assert wanted == {*REFUSALS, "plumbing"}


def test_the_odd_bytes_are_still_there() -> None:
    """An editor or a checkout that cleans up would make these cases test nothing."""
    crlf = (CORPUS / "hw/crlf.c").read_bytes()
    assert crlf.count(b"\r\n") == crlf.count(b"\n") > 40
    assert b"\t" in (CORPUS / "hw/tabs.c").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        (CORPUS / "hw/latin1.c").read_bytes().decode()


def test_there_are_many_cases() -> None:
    assert len([case for case in CASES if not is_damaged(case)]) >= 55
