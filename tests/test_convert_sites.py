# SPDX-License-Identifier: GPL-2.0-or-later
"""Every use of a primitive's name is a site, and how the text around it uses the call."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import RULES

from rewrite.c.syntax import Syntax
from rewrite.convert.candidates import name_pattern
from rewrite.convert.sites import Site, Usage, find_sites
from rewrite.files.source import SourceFile


def found(text: str) -> list[Site]:
    source = SourceFile(Path("hw/x.c"), "hw/x.c", text.encode())
    return find_sites(Syntax(source), RULES, name_pattern(RULES))


def site_in(body: str) -> Site:
    (site,) = found(f"void lamp_load(QEMUFile *f, State *s)\n{{\n    {body}\n}}\n")
    return site


@pytest.mark.parametrize(
    ("body", "usage"),
    [
        ("qemu_put_be32(f, s->x);", Usage.STATEMENT),
        ("(void)qemu_get_be32(f);", Usage.STATEMENT),
        ("s->x = qemu_get_be32(f);", Usage.ASSIGNED),
        ("s->x |= qemu_get_be32(f);", Usage.EXPRESSION),
        ("s->x = qemu_get_be32(f) + 1;", Usage.EXPRESSION),
        ("return qemu_get_be32(f);", Usage.EXPRESSION),
        ("if (qemu_get_be32(f)) { s->x = 1; }", Usage.EXPRESSION),
        ("uint32_t x = qemu_get_be32(f);", Usage.INITIALISER),
        ("while (qemu_get_byte(f)) {\n    }", Usage.CONDITION),
        ("s->x = s->y && qemu_get_byte(f);", Usage.IN_PLACE),
        ("for (x = qemu_get_byte(f); x; x--) {\n    }", Usage.IN_PLACE),
        ("s->x = read() + qemu_get_byte(f);", Usage.IN_PLACE),
        ("s->x = sizeof(qemu_get_byte(f));", Usage.UNEVALUATED),
        ("s->hook = qemu_get_byte;", Usage.NAMED),
        ("s->x = (qemu_get_byte)(f);", Usage.NAMED),
    ],
)
def test_how_a_statement_uses_a_site(body: str, usage: Usage) -> None:
    assert site_in(body).usage is usage


def test_what_is_assigned_or_declared_is_the_target() -> None:
    for body in ("s->x = qemu_get_be32(f);", "uint32_t x = qemu_get_be32(f);"):
        target = site_in(body).target
        assert target is not None
        assert (target.text or b"").decode() in ("s->x", "x")
    assert site_in("uint32_t x = qemu_get_be32(f) + 1;").target is None


def test_a_site_outside_a_function_or_in_a_macro() -> None:
    (macro,) = found("#define LAMP_PUT(f, x) qemu_put_be32(f, x)\n")
    assert (macro.usage, macro.macro) == (Usage.MACRO_BODY, "LAMP_PUT")
    (level,) = found("int x = qemu_get_be32(f);\n")
    assert (level.usage, level.function) == (Usage.UNPARSED, "")


def test_a_directive_among_the_arguments_splits_a_call() -> None:
    body = "    qemu_put_be32(f,\n#ifdef A\n    1\n#else\n    2\n#endif\n    );\n"
    text = f"void lamp_save(QEMUFile *f)\n{{\n{body}}}\n"
    assert {site.usage for site in found(text)} == {Usage.SPLIT}


def test_only_whole_names_in_code_are_sites() -> None:
    text = """
/* qemu_put_be32(f, 1); */
const char *name = "qemu_put_be32(f, 1)";
void my_qemu_put_be32(QEMUFile *f);
void lamp_save(QEMUFile *f, State *s)
{
    s->qemu_put_be32(f, 1);
    qemu_put_be32s(f, &s->x);
    qemu_put_be32(f, qemu_get_byte(f));
}
"""
    names = [site.primitive.name for site in found(text)]
    assert names == ["qemu_put_be32s", "qemu_put_be32", "qemu_get_byte"]
    starts = [match.start() for match in re.finditer(r"(?<![\w>])qemu_(?:put|get)_\w+\(", text)]
    assert all(site.start in starts for site in found(text))
    assert {site.function for site in found(text)} == {"lamp_save"}
