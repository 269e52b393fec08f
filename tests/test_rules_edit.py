# SPDX-License-Identifier: GPL-2.0-or-later
"""Editing rule files: nothing that they say changes, no comment is lost, once is enough."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewrite.errors import RuleError
from rewrite.rules.edit import add_rule, format_rules, upgrade_rules
from rewrite.rules.read import read_rules
from rewrite.rules.ruleset import builtin_directory
from rewrite.rules.schema import KINDS

BUILTIN = sorted(builtin_directory().rglob("*.py"))


def facts(text: str) -> list[tuple[object, ...]]:
    calls, problems = read_rules("r.py", text.encode())
    assert problems == []
    return [(call.kind, *call.values.values()) for call in calls]


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sorted(t.string.rstrip() for t in tokens if t.type == tokenize.COMMENT)


@pytest.mark.parametrize("path", BUILTIN, ids=lambda p: p.name)
def test_the_tools_own_rules_are_formatted(path: Path) -> None:
    text = path.read_text()
    assert format_rules(text, str(path)) == text, f"run: rewrite rules fmt {path}"


@pytest.mark.parametrize("path", BUILTIN, ids=lambda p: p.name)
def test_the_tools_own_rules_are_documented_and_licensed(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert lines[0] == "# SPDX-License-Identifier: GPL-2.0-or-later"
    assert lines[1].startswith('"""')
    assert max(map(len, lines)) <= 100


UGLY = """\
# top


# of the file
'''What it is.'''
schema ( 0x1 )
# before
cast_macro( type_argument = 1 ,   # the number
            # the name
            name = 'a'  )  # beside



skip_dir("x"); skip_dir(path='y')  # both
stays(reason=("why"
   # inside
   " and how"), functions=['f', # first
   'g'], path='a.c'
   # last
   )

# end

"""

PRETTY = """\
# top

# of the file
\'\'\'What it is.\'\'\'

schema(1)

# before
cast_macro(
    # the name
    "a",
    type_argument=1,  # the number
)  # beside

skip_dir("x")
skip_dir("y")  # both
stays(
    path="a.c",
    functions=(
        "f",  # first
        "g",
    ),
    # inside
    reason="why and how",
    # last
)

# end
"""


def test_a_file_in_its_layout() -> None:
    assert format_rules(UGLY) == PRETTY


def test_crlf_stays_crlf() -> None:
    assert format_rules(UGLY.replace("\n", "\r\n")) == PRETTY.replace("\n", "\r\n")


def test_long_rules_are_wrapped() -> None:
    long = " ".join(["word"] * 30)
    text = f'schema(1)\nforbid(message="{long}", hint="{"x" * 120}", code="a-b")\n'
    assert format_rules(text).splitlines()[2:] == [
        "forbid(",
        '    code="a-b",',
        "    message=(",
        '        "' + "word " * 18 + '"',
        '        "' + "word " * 11 + 'word"',
        "    ),",
        f'    hint="{"x" * 120}",',
        ")",
    ]


def test_a_text_that_does_not_load_is_not_formatted() -> None:
    with pytest.raises(RuleError, match=r"^mine\.py:2:10: error: skip_dir\(\): path: expected"):
        format_rules("schema(1)\nskip_dir(1)\n", "mine.py")


WORDS = st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True)
PRINTABLE = st.characters(blacklist_categories=("Cs", "Cc"))
SENTENCES = st.one_of(
    st.lists(st.text(PRINTABLE, min_size=1, max_size=9), min_size=1, max_size=25)
    .map(lambda words: " ".join(words).strip())
    .filter(bool),
    st.sampled_from(['say "x"', "it's \\ here", "tab\tinside", "größe"]),
)
VALUES: dict[str, st.SearchStrategy[object]] = {
    "functions": st.lists(WORDS | st.just("*"), min_size=1, max_size=9, unique=True).map(tuple),
    "reason": SENTENCES,
    "message": SENTENCES,
    "hint": SENTENCES,
    "severity": st.sampled_from(["error", "off"]),
    "code": WORDS,
    "in_tables": st.sampled_from(["yes", "no"]),
    "name": WORDS,
    "path": WORDS,
    "names": st.lists(WORDS, min_size=1, max_size=12, unique=True).map(tuple),
    "arguments": st.integers(0, 9),
    "type_argument": st.integers(0, 9),
    "name_argument": st.integers(0, 9),
}
NUMBERS = st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True).map(tuple)
KINDS_TRIED = [
    "stays",
    "forbid",
    "root_marker",
    "skip_dir",
    "registration",
    "initialiser",
    "declares_cast",
]


@st.composite
def layouts(draw: Callable[..., str], inside: bool) -> str:
    """White space and comments as a person may leave them between two tokens."""
    if not inside:
        return draw(st.sampled_from(["\n", "\n\n", "\n# above\n", "  # beside\n", "\n\n\n# a\n\n"]))
    return draw(st.sampled_from(["", "", " ", "\n", "\n\n  ", "  # c\n", "\n # d\n  # e  \n"]))


@st.composite
def spelled(draw: Callable[..., str], value: object) -> list[str]:
    """The tokens of a literal, in one of its spellings."""
    if isinstance(value, tuple):
        tokens = [token for item in value for token in (*draw(spelled(item)), ",")]
        brackets = draw(st.sampled_from(["()", "[]"]))
        return [brackets[0], *tokens, brackets[1]]
    if isinstance(value, str) and len(value) > 3 and draw(st.booleans()):
        return [repr(value[:2]), repr(value[2:])]
    return [hex(value) if isinstance(value, int) and draw(st.booleans()) else repr(value)]


@st.composite
def rules(draw: Callable[..., object]) -> str:
    """A valid rule in any layout."""
    kind = KINDS[str(draw(st.sampled_from(KINDS_TRIED)))]
    arguments: list[list[str]] = []
    for field in draw(st.permutations(kind.fields)):  # type: ignore[attr-defined]
        of_kind = NUMBERS if kind.name == "registration" else VALUES["names"]
        numbered = kind.name == "registration" and field.name in ("idstr", "version", "handlers")
        counted = field.name in ("save", "load")
        if numbered:
            of_kind = st.lists(st.integers(0, 9), max_size=1).map(tuple)
        value = draw(of_kind if counted or numbered else VALUES[field.name])
        arguments.append([field.name, "=", *draw(spelled(value))])  # type: ignore[misc]
    if arguments[0][0] == kind.fields[0].name and kind.positional and draw(st.booleans()):
        arguments[0] = arguments[0][2:]
    tokens = ["("]
    for argument in arguments:
        tokens += [*argument, ","]
    if draw(st.booleans()):
        tokens.pop()
    parts = [kind.name]
    for token in (*tokens, ")"):
        parts += [token, str(draw(layouts(inside=True)))]
    parts.pop()
    return "".join(parts)


@st.composite
def files(draw: Callable[..., object]) -> str:
    """A valid rule file in any layout."""
    text = str(
        draw(st.sampled_from(["", "# head\n\n", '"""Doc."""\n', "# x\n'''D.\n\n  d '''\n\n"]))
    )
    text += "schema(1)" + str(draw(layouts(inside=False)))
    for rule in draw(st.lists(rules(), max_size=4)):  # type: ignore[attr-defined]
        text += rule + str(draw(layouts(inside=False)))
    return text


@settings(max_examples=200, deadline=None)
@given(files())
def test_formatting_changes_nothing_that_counts(text: str) -> None:
    formatted = format_rules(text)
    assert facts(formatted) == facts(text)
    assert comments(formatted) == comments(text)
    assert format_rules(formatted) == formatted
    assert "\n\n\n" not in formatted.replace('"""', "'''").split("'''")[-1]
    assert not any(line != line.rstrip() for line in formatted.split("\n") if "'" not in line)


@settings(max_examples=100, deadline=None)
@given(files(), rules())
def test_adding_a_rule_adds_just_that(text: str, rule: str) -> None:
    fresh = facts(f"schema(1)\n{rule}\n")
    calls = read_rules("r.py", text.encode())[0]
    (new,) = read_rules("r.py", f"schema(1)\n{rule}\n".encode())[0]
    if any((call.kind, call.key) == (new.kind, new.key) for call in calls):
        with pytest.raises(RuleError, match="expected a new rule"):
            add_rule(text, rule)
        return
    added = add_rule(text, rule)
    assert sorted(map(repr, facts(added))) == sorted(map(repr, facts(text) + fresh))
    assert comments(added) == sorted(comments(text) + comments(f"{rule}\n"))
    assert len(added.splitlines()) > len(text.splitlines())


def test_a_rule_comes_after_the_last_of_its_kind_and_the_rest_stays() -> None:
    text = "schema(1)\nskip_dir( 'x' )\n\n# why\ntarget_dir('t')  # beside\n# end\n"
    assert add_rule(text, "# new\nskip_dir('y')") == (
        "schema(1)\nskip_dir( 'x' )\n"
        '# new\nskip_dir("y")\n'
        "\n# why\ntarget_dir('t')  # beside\n# end\n"
    )
    assert add_rule(text, "include_dir('i')") == (
        "schema(1)\nskip_dir( 'x' )\n\n# why\ntarget_dir('t')  # beside\n"
        '\ninclude_dir("i")\n# end\n'
    )


def test_adding_keeps_crlf_and_ends_the_last_line() -> None:
    assert add_rule("schema(1)\r\nskip_dir('x')\r\n", "skip_dir('y')") == (
        "schema(1)\r\nskip_dir('x')\r\nskip_dir(\"y\")\r\n"
    )
    assert add_rule("schema(1)\nskip_dir('x')", "skip_dir('y')") == (
        "schema(1)\nskip_dir('x')\nskip_dir(\"y\")\n"
    )


def test_adding_to_a_new_file_states_the_schema() -> None:
    assert add_rule("", "skip_dir('x')") == 'schema(1)\n\nskip_dir("x")\n'
    assert (
        add_rule('"""Mine."""\n', "skip_dir('x')") == '"""Mine."""\n\nschema(1)\n\nskip_dir("x")\n'
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("skip_dir('x')", r"<new rule>:1:1: error: expected a new rule.*r\.py:2:1"),
        ("# c\nskip_dir('x')", r"<new rule>:2:1: error: expected a new rule"),
        ("skip_dir(1)", r"<new rule>:1:10: error: skip_dir\(\): path: expected"),
        ("skip_dir(", "expected Python's syntax"),
        ("", "expected one rule, found 0"),
        ("skip_dir('a'); skip_dir('b')", "expected one rule, found 2"),
        ("schema(1)", r"expected schema\(\) once"),
    ],
)
def test_what_is_not_added(rule: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        add_rule("schema(1)\nskip_dir('x')\n", rule, "r.py")


OLD = '''\
# head
"""Mine."""

# about the put
primitive("my_put",  type='int',  # beside
          direction="put", wire="byte", operand="value", visit="uint8")
visit("x", function="f", rfc="f", type="type", wire=("byte",))
stays(path="a.c", functions="type", reason="type=1")
'''


def test_an_old_file_is_upgraded_and_the_rest_stays() -> None:
    expected = OLD.replace("type='int'", "c_type='int'").replace('type="type"', 'c_type="type"')
    expected = expected.replace('Mine."""\n', 'Mine."""\n\nschema(1)\n')
    assert upgrade_rules(OLD) == expected
    assert upgrade_rules(expected) == expected
    assert [fact[0] for fact in facts(expected)] == ["primitive", "visit", "stays"]


def test_an_upgrade_without_docstring_starts_with_the_schema() -> None:
    assert upgrade_rules("skip_dir('x')\n") == "schema(1)\n\nskip_dir('x')\n"
    assert upgrade_rules("# c\n\nskip_dir('x')\n") == "# c\n\nschema(1)\n\nskip_dir('x')\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schema(2)\nskip_dir('x')\n", "too new"),
        ("\nskip_dir(1)\n", r"^mine\.py:2:10: error"),
        ("primitive('p', typ='int')\n", "primitive.. has no typ"),
        ("skip_dir(\n", "expected Python's syntax"),
        ("x = 1\n", "expected a rule"),
    ],
)
def test_what_is_not_upgraded(text: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        upgrade_rules(text, "mine.py")


@settings(max_examples=100, deadline=None)
@given(files())
def test_an_upgrade_of_any_old_file_loads_as_the_new(text: str) -> None:
    old = text.replace("schema(1)", "", 1)
    if facts(text):
        upgraded = upgrade_rules(old)
        assert facts(upgraded) == facts(text)
        assert comments(upgraded) == comments(old)
