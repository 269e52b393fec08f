# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults put into right conversions: the wire check must see every one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from forms import FORMS
from test_wire import F0, V51, differences, function

from rewrite.wire.text import tokenize_text

TWO_STREAMS = F0 + F0.replace("v =", "w =").replace("errp =", "errq =").replace("(f)", "(s->copy)")

# Old body, new body, the new one's streams.
PAIRS = {
    "save": (
        """    TankState *s = opaque;
    int i;

    qemu_put_be32(f, s->level);
    qemu_put_be16(f, s->limit);
    qemu_put_byte(f, s->on);
    for (i = 0; i < 4; i++) {
        qemu_put_be32s(f, &s->valve[i].open);
        qemu_put_be64(f, s->valve[i].flow * 2);
    }
    if (s->on) {
        qemu_put_byte(f, s->mode);
        note(s);
    } else {
        qemu_put_byte(f, 0);
        warn(s);
    }
    qemu_put_buffer(f, s->label, sizeof(s->label));
    for (i = 0; i < s->n; i++)
        qemu_put_be32s(f, &s->list[i]);
    finish(s);
""",
        """    TankState *s = opaque;
    int i;

    visit_type_uint32(v, "level", &s->level, errp);
    visit_type_uint16(v, "limit", &s->limit, errp);
    visit_type_bool(v, "on", &s->on, errp);
    for (i = 0; i < 4; i++) {
        visit_type_uint32(v, "valve[].open", &s->valve[i].open, errp);
        visit_type_uint64(v, "valve[].flow", &(uint64_t){ s->valve[i].flow * 2 }, errp);
    }
    if (s->on) {
        visit_type_uint8(v, "mode", &s->mode, errp);
        note(s);
    } else {
        visit_type_uint8(v, "none", &(uint8_t){ 0 }, errp);
        warn(s);
    }
    visit_type_buffer(v, "label", s->label, sizeof(s->label), errp);
    for (i = 0; i < s->n; i++)
        visit_type_uint32(v, "list[]", &s->list[i], errp);
    finish(s);
""",
        F0,
    ),
    "load": (
        """    TankState *s = opaque;
    uint32_t n = qemu_get_be32(f);
    int i;

    s->level = qemu_get_be32(f);
    s->limit = base - qemu_get_be16(f);
    if (version_id > 2 && qemu_get_byte(f)) {
        s->mode = qemu_get_byte(f) & 3;
    }
    while (qemu_get_byte(f)) {
        s->flow += qemu_get_be64(f);
        step(s);
    }
    qemu_get_be16(f);
    for (i = 0; i < n; i++) {
        qemu_get_be32s(f, &s->list[i]);
    }
    if (qemu_get_buffer(f, s->label, 8) != 8) {
        return -EINVAL;
    }
    return 0;
""",
        """    TankState *s = opaque;
    uint32_t n = 0;
    int i;
    uint16_t limit = 0;
    uint16_t pad = 0;

    visit_type_uint32(v, "n", &n, errp);
    visit_type_uint32(v, "level", &s->level, errp);
    visit_type_uint16(v, "limit", &limit, errp);
    s->limit = base - (unsigned int)limit;
    if (version_id > 2 && ({ uint8_t t = 0; visit_type_uint8(v, "t", &t, errp); t; })) {
        uint8_t mode = 0;

        visit_type_uint8(v, "mode", &mode, errp);
        s->mode = mode & 3;
    }
    while (({ uint8_t more = 0; visit_type_uint8(v, "more", &more, errp); more; })) {
        uint64_t flow = 0;

        visit_type_uint64(v, "flow", &flow, errp);
        s->flow += flow;
        step(s);
    }
    visit_type_uint16(v, "pad", &pad, errp);
    for (i = 0; i < n; i++) {
        visit_type_uint32(v, "list[]", &s->list[i], errp);
    }
    if (visit_type_buffer(v, "label", s->label, 8, errp) != 8) {
        return -EINVAL;
    }
    return 0;
""",
        F0,
    ),
    "two streams": (
        """    TankState *s = opaque;

    qemu_put_be32(f, s->level);
    qemu_put_be16(s->copy, s->limit);
    if (s->on)
        qemu_put_byte(s->copy, s->mode);
    qemu_put_be32(f, s->last);
""",
        f"""    TankState *s = opaque;
{TWO_STREAMS}
    visit_type_uint32(v, "level", &s->level, errp);
    visit_type_uint16(w, "limit", &s->limit, errq);
    if (s->on)
        visit_type_uint8(w, "mode", &s->mode, errq);
    visit_type_uint32(v, "last", &s->last, errp);
""",
        "",
    ),
}
Mutation = Callable[[str], Iterator[str]]
_VISIT_LINE = re.compile(r"^ +visit_type_\w+\(.*\);\n", re.MULTILINE)
_STATEMENT_LINE = re.compile(r"^ +(?:visit_type_\w+\(.*|s->.*|\w+\(s\));\n", re.MULTILINE)


def _replaced(text: str, pattern: str, by: str | Callable[[re.Match[str]], str]) -> Iterator[str]:
    """The text with one match replaced, for each match."""
    for match in re.finditer(pattern, text, re.MULTILINE):
        new = match.expand(by) if isinstance(by, str) else by(match)
        yield text[: match.start()] + new + text[match.end() :]


def drop(text: str) -> Iterator[str]:
    return _replaced(text, _VISIT_LINE.pattern, "")


def duplicate(text: str) -> Iterator[str]:
    return _replaced(text, _VISIT_LINE.pattern, r"\g<0>\g<0>")


def swap_neighbours(text: str) -> Iterator[str]:
    line = _STATEMENT_LINE.pattern.removeprefix("^")
    return _replaced(text, rf"^({line})({line})", r"\2\1")


def width(text: str) -> Iterator[str]:
    for old, new in (("32", "16"), ("32", "64"), ("16", "8"), ("8", "32"), ("64", "32")):
        yield from _replaced(text, rf"visit_type_uint{old}\b", f"visit_type_uint{new}")
    yield from _replaced(text, r"visit_type_bool", "visit_type_uint32")


def operand_field(text: str) -> Iterator[str]:
    return _replaced(text, r"&s->(?=\w)", "&s->other_")


def operand_index(text: str) -> Iterator[str]:
    return _replaced(text, r"\[i\]", "[i + 1]")


def out_of_loop(text: str) -> Iterator[str]:
    return _replaced(text, r"^( +for .*\{\n)( +visit.*\n)", r"\2\1")


def behind_loop(text: str) -> Iterator[str]:
    return _replaced(text, r"^( +visit.*\n)( +\}\n)", r"\2\1")


def into_branch(text: str) -> Iterator[str]:
    return _replaced(text, r"^( +visit.*\n)( +(?:if|for|while) .*\{\n)", r"\2\1")


def hoist_from_condition(text: str) -> Iterator[str]:
    def hoisted(match: re.Match[str]) -> str:
        return f"{match[3]}{match[4]}{match[1]}{match[2]}{match[5]})"

    return _replaced(
        text, r"^( +(?:if|while) \()(.*)\(\{( .* = 0;)( visit.*;) (\w+); \}\)", hoisted
    )


def no_initialiser(text: str) -> Iterator[str]:
    return _replaced(text, r" = 0;", ";")


def other_initialiser(text: str) -> Iterator[str]:
    return _replaced(text, r" = 0;", " = 1;")


def use_before_visit(text: str) -> Iterator[str]:
    return _replaced(text, r"^( +visit.*&(\w+), errp\);\n)( +s->.*\b\2\b.*\n)", r"\3\1")


def other_visitor(text: str) -> Iterator[str]:
    yield from _replaced(text, r"(?<=\()w,", "v,")
    yield from _replaced(text, r"(?<=\()v,", "w,")


def other_errp(text: str) -> Iterator[str]:
    yield from _replaced(text, r"errq\);", "errp);")
    yield from _replaced(text, r", errp\)", ", errq)")


def stream_of_visitor(text: str) -> Iterator[str]:
    yield from _replaced(text, r"(get_visitor|get_errp)\(f\)", r"\1(s->other)")


def temporary_reused(text: str) -> Iterator[str]:
    yield text.replace("&pad", "&limit")
    yield text.replace("return 0;", "return limit;")


def cast_dropped(text: str) -> Iterator[str]:
    return _replaced(text, r"\(unsigned int\)", "")


def cast_added(text: str) -> Iterator[str]:
    return _replaced(text, r"(?<== )mode &", "(unsigned int)mode &")


def literal_type(text: str) -> Iterator[str]:
    for new in ("uint32_t", "int64_t", "bool"):
        yield from _replaced(text, r"\(uint(8|64)_t\)\{", f"({new}){{")


def temporary_type(text: str) -> Iterator[str]:
    for new in ("uint32_t", "int8_t", "int16_t"):
        yield from _replaced(text, r"uint(8|16|64)_t(?= \w+ = 0)", new)


def extra_statement(text: str) -> Iterator[str]:
    return _replaced(text, _STATEMENT_LINE.pattern, r"\g<0>    s->count++;\n")


def return_added(text: str) -> Iterator[str]:
    return _replaced(text, _VISIT_LINE.pattern, r"\g<0>    if (*errp) {\n        return;\n    }\n")


def return_changed(text: str) -> Iterator[str]:
    return _replaced(text, r"return (-EINVAL|0);", "return 1;")


def brace_moved_up(text: str) -> Iterator[str]:
    return _replaced(text, r"^( +[\w>-]+.*;\n)( +\}.*\n)", r"\2\1")


def brace_moved_down(text: str) -> Iterator[str]:
    return _replaced(text, r"^( +\}\n)( +\w.*;\n)", r"\2\1")


def name_duplicated(text: str) -> Iterator[str]:
    return _replaced(text, r'"(limit|mode|label|list\[\]|last)"', '"level"')


def name_emptied(text: str) -> Iterator[str]:
    return _replaced(text, r'"[^"]*"', '""')


def turned_back(text: str) -> Iterator[str]:
    """A primitive again, but not the one that it was."""
    yield from _replaced(
        text, r'visit_type_uint32\(v, ".*?", &(s->\w+), errp\)', r"qemu_put_be64(f, \1)"
    )
    yield from _replaced(
        text, r'visit_type_uint32\(v, ".*?", (&.*?), errp\)', r"qemu_put_be64s(f, \1)"
    )


def branches_swapped(text: str) -> Iterator[str]:
    def swapped(match: re.Match[str]) -> str:
        return f"{match[1]}{match[4]}{match[3]}{match[2]}{match[5]}"

    branch = r"((?:        .*\n)+)"
    return _replaced(
        text, rf"^(    if .*\n){branch}(    \}} else \{{\n){branch}(    \}}\n)", swapped
    )


def condition_changed(text: str) -> Iterator[str]:
    yield from _replaced(text, r"i < (4|n|s->n)", r"i <= \1")
    yield from _replaced(text, r"version_id > 2 &&", "version_id > 2 ||")


def size_changed(text: str) -> Iterator[str]:
    yield from _replaced(text, r"s->label, (8|sizeof\(s->label\))", "s->label, 7")
    yield from _replaced(text, r"s->label, (?=8|sizeof)", "&s->label, ")


MUTATIONS: tuple[Mutation, ...] = (
    drop,
    duplicate,
    swap_neighbours,
    width,
    operand_field,
    operand_index,
    out_of_loop,
    behind_loop,
    into_branch,
    hoist_from_condition,
    no_initialiser,
    other_initialiser,
    use_before_visit,
    other_visitor,
    other_errp,
    stream_of_visitor,
    temporary_reused,
    cast_dropped,
    cast_added,
    literal_type,
    temporary_type,
    extra_statement,
    return_added,
    return_changed,
    brace_moved_up,
    brace_moved_down,
    name_duplicated,
    name_emptied,
    turned_back,
    branches_swapped,
    condition_changed,
    size_changed,
)


def texts(pair: str) -> tuple[str, str]:
    old, new, streams = PAIRS[pair]
    return function(old), function(new, streams)


def mutants(mutation: Mutation, pair: str) -> list[str]:
    """The faulty texts that differ from the right one in more than white space."""
    old, new = texts(pair)
    right = tokenize_text(new)
    return [
        text for text in mutation(new) if tokenize_text(text) not in (right, tokenize_text(old))
    ]


@pytest.mark.parametrize("pair", PAIRS)
def test_the_pairs_are_right(pair: str) -> None:
    assert differences(*texts(pair)) == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_every_mutant_is_caught(mutation: Mutation) -> None:
    found = [(pair, mutant) for pair in PAIRS for mutant in mutants(mutation, pair)]
    assert found, "the kind of fault applies nowhere"
    for pair, mutant in found:
        assert differences(texts(pair)[0], mutant), mutant


def _broken_at(tokens: list[str], at: int) -> Iterator[list[str]]:
    """The tokens with the one at `at` lost, doubled, replaced, or exchanged with the next."""
    before, token, after = tokens[:at], tokens[at], tokens[at + 1 :]
    yield before + after
    yield [*before, token, token, *after]
    if after and after[0] != token:
        yield [*before, after[0], token, *after[1:]]
    yield from (
        [*before, other, *after] for other in ("s", ";", "0", "&", "(", "}", "f") if other != token
    )


def _bodies() -> dict[str, tuple[str, str]]:
    forms = {name: (function(old), function(new, F0)) for name, (old, new) in FORMS.items()}
    return forms | {pair: texts(pair) for pair in PAIRS}


BODIES = _bodies()


@pytest.mark.parametrize("name", BODIES)
def test_no_token_can_change(name: str) -> None:
    """A changed token shows, whatever it is, even where no fault was thought of."""
    old, new = BODIES[name]
    right, before = tokenize_text(new), tokenize_text(old)
    missed = [
        " ".join(broken)
        for at in range(right.index("{"), len(right))
        for broken in _broken_at(right, at)
        if broken not in (right, before) and not differences(old, "\n".join(broken), V51)
    ]
    assert missed == []
