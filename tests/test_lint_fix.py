# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite lint --fix`, the fixes and suppressions of SARIF, and text from standard input."""

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

Rewrite = Callable[..., Ran]

VISITOR = "bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj, Error **errp);\n"

PUMP = """\
typedef struct Pump {
    uint32_t flow; /* in \u00b5l/s */
    uint32_t hours;
} Pump;

static void pump_save(QEMUFile *f, void *opaque)
{
    Pump *s = opaque;

    qemu_put_be32(f, s->flow);
    /* rewrite-lint: allow(new-primitive) the firmware reads it */
    qemu_put_be32(f, s->hours);
}

static int pump_load(QEMUFile *f, void *opaque, int version_id)
{
    Pump *s = opaque;

    s->flow = qemu_get_be32(f);
    s->hours = qemu_get_be32(f);
    return 0;
}

void pump_init(Pump *s)
{
    register_savevm(NULL, "pump", 0, 1, pump_save, pump_load, s);
}
"""


@pytest.fixture
def house(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.chdir(tree.root)
    return tree.write({"hw/pump.c": PUMP, "include/qapi/visitor.h": VISITOR})


def sarif(ran: Ran) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ran.out)["runs"][0]["results"]
    return found


def put_in(text: str, change: dict[str, Any]) -> str:
    """The text with the replacements of SARIF made, as a viewer makes them."""
    lines = text.split("\n")
    for one in sorted(
        change["replacements"],
        key=lambda r: (r["deletedRegion"]["startLine"], r["deletedRegion"]["startColumn"]),
        reverse=True,
    ):
        region = one["deletedRegion"]
        first, last = region["startLine"] - 1, region["endLine"] - 1
        before = lines[first][: region["startColumn"] - 1]
        after = lines[last][region["endColumn"] - 1 :]
        lines[first : last + 1] = (before + one["insertedContent"]["text"] + after).split("\n")
    return "\n".join(lines)


def test_fix_converts_the_functions_with_findings(rewrite: Rewrite, house: Tree) -> None:
    whole = rewrite("hw", "--function", "pump_load", "--apply")
    assert whole.status == 0
    wanted = (house.root / "hw/pump.c").read_text()
    assert wanted != PUMP
    house.write({"hw/pump.c": PUMP.replace("    qemu_put_be32(f, s->flow);\n", "")})
    ran = rewrite("lint", "hw", "--fix")
    assert ran.err.startswith("1 functions converted in 1 files\n")
    assert "new-primitive" not in ran.out.decode()
    assert (house.root / "hw/pump.c").read_text() == wanted.replace(
        "    qemu_put_be32(f, s->flow);\n", ""
    )


def test_what_fix_cannot_convert_is_told(rewrite: Rewrite, house: Tree) -> None:
    text = PUMP.replace("return 0;", "return qemu_get_byte(f) + qemu_get_byte(f);")
    house.write({"hw/pump.c": text})
    ran = rewrite("lint", "hw", "--fix")
    assert ran.status == 1
    told = [line for line in ran.out.decode().splitlines() if "[new-primitive]" in line]
    assert len(told) == 2
    assert all("qemu_get_byte in pump_load()" in line for line in told)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--patch", "x", "--fix"], "--fix: not with --patch or --write-baseline"),
        (["--since", "HEAD..HEAD", "--fix"], "compares commits, which are not changed"),
        (["hw", "--fix", "--write-baseline", "b"], "--fix: not with"),
    ],
)
def test_fix_where_nothing_can_be_written(
    rewrite: Rewrite, house: Tree, words: list[str], message: str
) -> None:
    ran = rewrite("lint", *words)
    assert ran.status == 2
    assert message in ran.err
    assert (house.root / "hw/pump.c").read_text() == PUMP


def test_fix_and_a_configuration_that_prefers_vmstate(rewrite: Rewrite, house: Tree) -> None:
    house.write({".rewrite.toml": '[lint]\nprefer = "vmstate"\n'})
    ran = rewrite("lint", "hw", "--fix")
    assert ran.status == 2
    assert (house.root / "hw/pump.c").read_text() == PUMP


def test_a_fix_of_sarif_makes_what_the_conversion_makes(rewrite: Rewrite, house: Tree) -> None:
    found = sarif(rewrite("lint", "hw", "--format", "sarif"))
    load = [r for r in found if "pump_load" in r["message"]["text"] and "fixes" in r]
    assert len(load) == 2
    (change,) = load[0]["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "hw/pump.c"
    made = put_in(PUMP, change)
    assert rewrite("hw", "--function", "pump_load", "--apply").status == 0
    assert made == (house.root / "hw/pump.c").read_text()


def test_sarif_tells_where_a_finding_ends(rewrite: Rewrite, house: Tree) -> None:
    first = sarif(rewrite("lint", "hw", "--format", "sarif"))[0]
    region = first["locations"][0]["physicalLocation"]["region"]
    line = PUMP.splitlines()[region["startLine"] - 1]
    assert region["startLine"] == region["endLine"] == 10
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "qemu_put_be32(f, s->flow)"


def test_sarif_has_what_is_suppressed(rewrite: Rewrite, house: Tree) -> None:
    def suppressions(*words: str) -> list[dict[str, str]]:
        found = sarif(rewrite("lint", "hw", "--format", "sarif", *words))
        return [s for result in found for s in result.get("suppressions", ())]

    allowed = {"kind": "inSource", "justification": "the firmware reads it"}
    assert suppressions() == [allowed]
    assert suppressions() == [allowed], "remembered findings tell the same"
    assert rewrite("lint", "hw", "--write-baseline", "b.json").status == 0
    assert suppressions("--baseline", "b.json") == [allowed, *[{"kind": "external"}] * 3]
    assert rewrite("lint", "hw", "--baseline", "b.json", "--format", "sarif").status == 0


def test_sarif_links_to_the_page_that_the_configuration_names(
    rewrite: Rewrite, house: Tree
) -> None:
    def addresses() -> set[str | None]:
        log = json.loads(rewrite("lint", "hw", "--format", "sarif").out)
        return {rule.get("helpUri") for rule in log["runs"][0]["tool"]["driver"]["rules"]}

    assert addresses() == {None}
    house.write({".rewrite.toml": '[lint]\nhelp = "https://example.org/lint.md"\n'})
    assert "https://example.org/lint.md#new-primitive" in addresses()
    house.write({".rewrite.toml": '[lint]\nhelp = "lint.md"\n'})
    ran = rewrite("lint", "hw")
    assert ran.status == 2
    assert "lint.help: expected the address of a page" in ran.err


def test_standard_input_is_linted_as_the_file_it_is_named(
    rewrite: Rewrite, house: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def piped(text: str, *words: str) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return rewrite("lint", "-", *words)

    assert piped(PUMP, "--stdin-filename", "hw/pump.c") == rewrite("lint", "hw/pump.c")
    new = piped(PUMP.replace("pump", "well"), "--stdin-filename", "hw/well.c")
    assert new.status == 1
    assert new.out.startswith(b"hw/well.c:10:5: error: ")
    assert not Path("hw/well.c").exists()
    assert piped("int plain;\n", "--stdin-filename", "hw/pump.c") == Ran(0, b"", "")


def test_a_terminal_gets_the_source_line(
    rewrite: Rewrite, house: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = rewrite("lint", "hw").out.decode()
    assert "\x1b" not in plain
    text = rewrite("lint", "hw", "--color", "always").out.decode()
    bare = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert bare.splitlines()[1] == "   10 |     qemu_put_be32(f, s->flow);"
    assert bare.splitlines()[2] == "      |     ^~~~~~~~~~~~~~~~~~~~~~~~~"
    assert bare.splitlines()[3].startswith("      = note: write visit_type_uint32(")
    assert "\x1b[31;1merror:\x1b[m" in text
    first = [line for line in bare.splitlines() if line.startswith("hw/")]
    assert first == [line for line in plain.splitlines() if ": note: " not in line]
