# SPDX-License-Identifier: GPL-2.0-or-later
"""The check takes `for (;;)` with a visit and a test first for the `while` that it was, and no other."""

from __future__ import annotations

import pytest

from rewrite.convert.vocabulary import make_vocabulary, self_check
from rewrite.rules.ruleset import Rules, load_rules

HEAD = "static void load(QEMUFile *f, S *s)\n{\n    int r, i = 0;\n"
STREAM = "    Visitor *v = qemu_file_get_visitor(f);\n    Error **errp = qemu_file_get_errp(f);\n\n"


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules([])


def differs(rules: Rules, old: str, new: str) -> bool:
    words = make_vocabulary(rules, rules.dialects["5.1"])
    return bool(self_check(old.encode(), new.encode(), words))


def loop(*lines: str) -> str:
    body = "".join(f"        {line}\n" for line in lines)
    return HEAD + STREAM + "    for (;;) {\n" + body + "        i++;\n    }\n}\n"


MORE, BREAK = "uint8_t more = 0;", "if (!more) { break; }"
SEEN = 'visit_type_uint8(v, "more", &more, errp);'


@pytest.mark.parametrize(
    ("condition", "lines"),
    [
        ("while (qemu_get_byte(f)) {", (MORE, SEEN, BREAK)),
        ("while (!qemu_get_byte(f)) {", (MORE, SEEN, "if (more) { break; }")),
        ("while (qemu_get_byte(f) != s->end) {", (MORE, SEEN, "if (more == s->end) { break; }")),
        ("while (qemu_get_byte(f) > 4) {", (MORE, SEEN, "if (more <= 4) { break; }")),
        ("while (s->a & qemu_get_byte(f)) {", (MORE, SEEN, "if (!(s->a & more)) { break; }")),
        ("while ((r = qemu_get_byte(f))) {", (MORE, SEEN, "r = more;", "if (!r) { break; }")),
        ("while ((r = qemu_get_byte(f)) > 3) {",
         (MORE, SEEN, "r = more;", "if (r <= 3) { break; }")),
        ("while ((r = qemu_get_sbe32(f)) != 3) {",
         ('visit_type_int32(v, "r", &r, errp);', "if (r == 3) { break; }")),
    ],
)  # fmt: skip
def test_a_turn_is_a_while(rules: Rules, condition: str, lines: tuple[str, ...]) -> None:
    old = HEAD + f"    {condition}\n        i++;\n    }}\n}}\n"
    assert not differs(rules, old, loop(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        (MORE, SEEN, "if (more) { break; }"),
        (MORE, SEEN, "if (!more) { continue; }"),
        (MORE, SEEN, "if (!more) { break; } else { i = 3; }"),
        (MORE, SEEN, "if (!i) { break; }"),
        (MORE, "i = 2;", SEEN, BREAK),
        (MORE, SEEN, "i = 2;", BREAK),
        (MORE, SEEN, SEEN, BREAK),
        (MORE, "int n = more(s);", SEEN, BREAK),
        (MORE, "int n = s->a;", SEEN, BREAK),
        (MORE, SEEN, BREAK, "i = more;"),
        (MORE, SEEN, "if (!more || i) { break; }"),
        (MORE, SEEN, "if (more != 0) { break; }"),
        (SEEN, BREAK),
    ],
)
def test_another_loop_is_none(rules: Rules, lines: tuple[str, ...]) -> None:
    old = HEAD + "    while (qemu_get_byte(f)) {\n        i++;\n    }\n}\n"
    assert differs(rules, old, loop(*lines))


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        ("i && qemu_get_byte(f)", "!(i && more)"),
        ("i ? qemu_get_byte(f) : 2", "!(i ? more : 2)"),
        ("go(s) + qemu_get_byte(f)", "!(go(s) + more)"),
        ("qemu_get_byte(f) > s->d", "more <= s->d"),
        ("qemu_get_byte(f) > 4", "more < 4"),
        ("qemu_get_byte(f) == 1 && i", "more != 1 && i"),
        ("sizeof qemu_get_byte(f)", "!(sizeof more)"),
    ],
)
def test_what_is_read_only_sometimes_or_later_stays(
    rules: Rules, condition: str, test: str
) -> None:
    old = HEAD + f"    while ({condition}) {{\n        i++;\n    }}\n}}\n"
    assert differs(rules, old, loop(MORE, SEEN, f"if ({test}) {{ break; }}"))


def test_a_declared_name_must_not_be_the_conditions(rules: Rules) -> None:
    old = HEAD + "    while (qemu_get_byte(f) > i) {\n        int i = 3;\n        i++;\n    }\n}\n"
    hidden = loop("int i = 3;", MORE, SEEN, "if (!(more > i)) { break; }")
    before = loop(MORE, SEEN, "if (!(more > i)) { break; }", "int i = 3;")
    assert differs(rules, old, hidden)
    assert not differs(rules, old, before)
