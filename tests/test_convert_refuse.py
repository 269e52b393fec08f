# SPDX-License-Identifier: GPL-2.0-or-later
"""What stays as it is, and the code that says why: each case is beside one that is converted."""

from __future__ import annotations

import pytest
from conftest import Rewriter

STATE = "typedef struct State { uint32_t x, y; uint8_t b; QEMUFile *own; } State;\n"


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("not-called", "    s->x = (qemu_get_be32)(f);"),
        ("not-evaluated", "    s->x = sizeof qemu_get_be32(f);"),
        ("order-open", "    s->x = qemu_get_be32(f) - qemu_get_byte(f);"),
        ("order-open", "    s->x = qemu_get_be32(f) - lamp_read(f);"),
        ("name-taken", "    int Visitor = 0;\n    s->x = qemu_get_be32(f) + Visitor;"),
        ("stream-changes", "    f = s->own;\n    s->x = qemu_get_be32(f);"),
        ("mixed-direction", "    qemu_put_be32(f, s->x);\n    s->x = qemu_get_be32(f);"),
        ("floating", "    qemu_put_byte(f, 1.5 * s->b);"),
        (
            "split-by-preprocessor",
            "    qemu_put_be32(f,\n#ifdef A\n    1\n#else\n    2\n#endif\n    );",
        ),
        ("unparsed", "    qemu_put_be32(f);"),
        ("unparsed", "    qemu_put_be32(f, s->x, s->y);"),
    ],
)
def test_what_is_refused(rewritten: Rewriter, code: str, body: str) -> None:
    result = rewritten(body, STATE)
    assert set(result.refused) == {code}
    assert body in result.text


@pytest.mark.parametrize(
    "body",
    [
        "    s->x = qemu_get_be32(f);\n    s->x -= qemu_get_byte(f);",
        "    s->x = qemu_get_be32(f) && qemu_get_byte(f);",
        "    s->x = qemu_get_be32(f) - lamp_read(s);",
        "    int other = 0;\n    s->x = qemu_get_be32(f) + other;",
        "    s->own = f;\n    s->x = qemu_get_be32(f);",
        "    qemu_put_byte(f, 15 * s->b);",
    ],
)
def test_what_is_like_it_and_is_converted(rewritten: Rewriter, body: str) -> None:
    result = rewritten(body, STATE)
    assert result.refused == []
    assert "qemu_get_b" not in result.text.replace("qemu_get_buffer", "")


def test_a_macro_of_the_file_for_a_visit_is_in_its_way(rewritten: Rewriter) -> None:
    body = "    qemu_put_be32(f, s->x);"
    assert rewritten(body, STATE).refused == []
    macro = "#define visit_type_uint32(v, n, o, e) lamp(v)\n"
    assert rewritten(body, STATE + macro).refused == ["name-taken"]
