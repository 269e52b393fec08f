# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite demo`: the first thing that a new user sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran

from rewrite.cli import demo

Rewrite = Callable[..., Ran]


@pytest.mark.needs("gcc")
def test_the_demo_shows_diff_reasons_proof_and_schema(spawn: Rewrite, tmp_path: Path) -> None:
    ran = spawn("demo", cwd=tmp_path)
    text = ran.out.decode()
    assert (ran.status, ran.err) == (0, "")
    assert '+    visit_type_uint16(v, "divisor", &s->divisor, errp);\n' in text
    assert "48 sites: 45 converted, 0 plumbing, 3 refused (dialect 5.1)" in text
    assert "  refused   [order-open]" in text
    assert "8 changed functions: 8 proved, 0 differ, 0 not compiled" in text
    assert 'section "tern-uart" version 3  hw/char/tern_uart.c:' in text
    parts = [text.index(f"$ rewrite {word}") for word in ("hw", "explain", "verify", "schema")]
    assert parts == sorted(parts), "what a command tells stands below it"
    assert list(tmp_path.iterdir()) == []


def test_diff_and_diagnostics_name_the_same_files(rewrite: Rewrite) -> None:
    text = rewrite("demo").out.decode()
    in_diff = set(re.findall(r"^diff --git a/(\S+) b/", text, re.MULTILINE))
    told = set(re.findall(r"^(\S+?):\d+:\d+: ", text, re.MULTILINE))
    assert in_diff == {
        "hw/char/tern_uart.c",
        "hw/net/godwit_nic.c",
        "hw/timer/dunlin_rtc.c",
    }
    assert told <= in_diff


def test_the_demo_goes_on_without_a_compiler(
    rewrite: Rewrite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = rewrite("demo")
    assert ran.status == 0
    assert b"(left out: gcc is not installed)" in ran.out
    assert b'section "tern-uart"' in ran.out


def test_the_tree_of_the_demo_can_be_kept(
    rewrite: Rewrite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = rewrite("demo", "birds")
    assert ran.status == 0
    assert b"cd birds and try more" in ran.out
    assert rewrite("birds", "--check").status == 1
    again = rewrite("demo", "birds")
    assert (again.status, again.err) == (2, "birds: error: is there already\n")


def test_a_failed_check_is_the_status_of_the_demo(
    rewrite: Rewrite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "main", lambda words: 3 if words[0] == "explain" else 0)
    assert rewrite("demo").status == 3
