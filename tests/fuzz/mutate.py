# SPDX-License-Identifier: GPL-2.0-or-later
"""Damage done to a text: to its bytes, its tokens and its lines, or by parts of another text."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

TOKEN = re.compile(
    rb'"(?:\\.|[^"\\\n])*"|[A-Za-z_]\w*|\d\w*|[ \t]+|\n|[-+*/&|^<>=!]{1,3}|.', re.DOTALL
)
WORD = re.compile(rb"[A-Za-z_]\w*|\d\w*")

ODD = (
    b"", b"\0", b"\xff", b"\x1b[31m", b"\r", b"\r\n", b"\\\n", b"\t", b"\v", b"\xc3\xa4", b"\xe2\x80\xa8",
    b"9" * 5000, b"-1", b"0", b"1e999", b"0x", b"((((((((", b"))))", b"{" * 40, b"}", b"[" * 2000,
)  # fmt: skip
"""What every reader may meet anywhere."""

Mutation = Callable[[bytes, random.Random], bytes]


def _span(data: bytes, choice: random.Random) -> tuple[int, int]:
    at = choice.randrange(len(data) + 1)
    return at, min(len(data), at + choice.choice((0, 1, 1, 2, 4, 8, 40, 200)))


def _lose(data: bytes, choice: random.Random) -> bytes:
    start, end = _span(data, choice)
    return data[:start] + data[end:]


def _double(data: bytes, choice: random.Random) -> bytes:
    start, end = _span(data, choice)
    return data[:end] + data[start:end] * choice.choice((1, 1, 2, 30)) + data[end:]


def _flip(data: bytes, choice: random.Random) -> bytes:
    start, _ = _span(data, choice)
    return data[:start] + bytes([choice.randrange(256)]) + data[start + 1 :]


def _move(data: bytes, choice: random.Random) -> bytes:
    start, end = _span(data, choice)
    rest = data[:start] + data[end:]
    at = choice.randrange(len(rest) + 1)
    return rest[:at] + data[start:end] + rest[at:]


def _on_tokens(data: bytes, choice: random.Random) -> bytes:
    """Swap, lose, double or rename one token."""
    tokens = TOKEN.findall(data)
    if len(tokens) < 2:
        return data
    at, other = choice.randrange(len(tokens)), choice.randrange(len(tokens))
    match choice.randrange(5):
        case 0:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        case 1:
            del tokens[at]
        case 2:
            tokens.insert(at, tokens[other])
        case 3:
            tokens[at] = tokens[other]
        case _:
            words = [n for n, t in enumerate(tokens) if WORD.fullmatch(t)]
            if len(words) > 1:
                tokens[choice.choice(words)] = tokens[choice.choice(words)]
    return b"".join(tokens)


def _on_lines(data: bytes, choice: random.Random) -> bytes:
    """Lose, double or move a few lines."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    at = choice.randrange(len(lines))
    some = lines[at : at + choice.choice((1, 1, 2, 5))]
    rest = lines[:at] + lines[at + len(some) :]
    to = choice.randrange(len(rest) + 1)
    match choice.randrange(3):
        case 0:
            return b"".join(rest)
        case 1:
            return b"".join(lines[:to] + some + lines[to:])
        case _:
            return b"".join(rest[:to] + some + rest[to:])


_ALONE: tuple[Mutation, ...] = (_lose, _double, _flip, _move, _on_lines, _on_tokens, _on_tokens)


class Mutator:
    """Makes input of seeds; `words` are what the reader at hand gives a meaning to."""

    def __init__(self, seeds: Sequence[bytes], words: Sequence[bytes]) -> None:
        self.seeds = tuple(seeds)
        self.words = (*words, *words, *ODD)

    def __call__(self, choice: random.Random) -> bytes:
        """One seed with one to six changes."""
        data = choice.choice(self.seeds)
        for _ in range(choice.choice((1, 1, 2, 3, 6))):
            match choice.randrange(10):
                case 0 | 1:
                    data = self._with_word(data, choice)
                case 2:
                    data = self._with_part_of_another(data, choice)
                case _:
                    data = choice.choice(_ALONE)(data, choice)
        return data

    def _with_word(self, data: bytes, choice: random.Random) -> bytes:
        start, end = _span(data, choice)
        end = choice.choice((start, end))
        return data[:start] + choice.choice(self.words) + data[end:]

    def _with_part_of_another(self, data: bytes, choice: random.Random) -> bytes:
        start, end = _span(choice.choice(self.seeds), choice)
        other = choice.choice(self.seeds)
        at = choice.randrange(len(data) + 1)
        return (
            data[:at] + other[start : max(end, start + choice.choice((10, 100, 600)))] + data[at:]
        )
