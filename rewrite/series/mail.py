# SPDX-License-Identifier: GPL-2.0-or-later
"""A series as mails, one file each, in the form of `git format-patch`.

What that form is: git's Documentation/git-format-patch.txt, and pretty.c and log-tree.c for headers
and file names. Headers are encoded by Python's email package (RFC 2047), so names may have accents.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, formataddr

from ..files.diff import make_diffstat, quote_name, unified_diff
from ..files.edit import FileChange
from ..files.git import Author

_NAME_BYTES = 64
"""Git keeps names of patches shorter than this, suffix included (FORMAT_PATCH_NAME_MAX_DEFAULT)."""

_LINE_BYTES = 998
"""The longest line of a mail (RFC 5322 2.1.1)."""


@dataclass(frozen=True)
class Envelope:
    """What all mails of a series have in common.

    `prefix` is the word in brackets before a number, `version` 0 or that of a rerolled series.
    `time` is that of the first mail, in seconds of the Unix epoch, None for mails without a date.
    Each of `to` and `cc` is spelled as in a header. `reply_to` is a message id without brackets,
    empty for none, `base` a commit for the last line of the first mail, empty for none.
    """

    author: Author
    signoff: bool = False
    prefix: str = "PATCH"
    version: int = 0
    time: int | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: str = ""
    base: str = ""
    signature: str = ""


@dataclass(frozen=True)
class Letter:
    """One mail to be: `changes` are empty for a cover letter, whose diffstat is of `summed`."""

    subject: str
    body: str
    changes: tuple[FileChange, ...] = ()
    created: frozenset[str] = frozenset()
    modes: tuple[int, ...] = ()
    copies: tuple[str, ...] = ()
    summed: tuple[FileChange, ...] = ()


@dataclass(frozen=True)
class Mail:
    """A finished mail: the name of its file, its bytes in mbox form."""

    name: str
    data: bytes


def series_mails(envelope: Envelope, cover: Letter | None, letters: Sequence[Letter]) -> list[Mail]:
    """The mails in order, the cover letter numbered 0."""
    numbered = list(enumerate(letters, 1))
    if cover is not None:
        numbered.insert(0, (0, cover))
    contents = [_make_content(envelope, letter, n == numbered[0][0]) for n, letter in numbered]
    identity = hashlib.sha1(repr((envelope, letters)).encode("utf-8", "surrogateescape"))
    for content in contents:
        identity.update(content)
    series = identity.hexdigest()
    mails = []
    for at, ((number, letter), content) in enumerate(zip(numbered, contents, strict=True)):
        place = _SeriesPlace(number, at, len(letters), cover is not None, series)
        mails.append(_make_mail(envelope, letter, content, place))
    return mails


@dataclass(frozen=True)
class _SeriesPlace:
    """Where a mail is in its series: its number, its index, how many are numbered; the series' hash."""

    number: int
    index: int
    total: int
    covered: bool
    series: str


def _make_mail(envelope: Envelope, letter: Letter, content: bytes, place: _SeriesPlace) -> Mail:
    encoded = _must_encode(content)
    headers = [
        f"From: {_fold_header(_spell_author(envelope.author), 'From')}",
        *(
            [f"Date: {_spell_date(envelope.time + place.index)}"]
            if envelope.time is not None
            else []
        ),
        f"Subject: {_fold_header(f'[{_make_tag(envelope, place)}] {letter.subject}', 'Subject')}",
        f"Message-Id: <{_message_id(envelope, place, place.index)}>",
        *_thread_headers(envelope, place),
        *_recipient_lines("To", envelope.to),
        *_recipient_lines(
            "Cc", [c for c in (*letter.copies, *envelope.cc) if c not in envelope.to]
        ),
    ]
    if encoded or not content.isascii():
        how = "quoted-printable" if encoded else "8bit"
        headers += [
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=UTF-8",
            f"Content-Transfer-Encoding: {how}",
        ]
    data = "\n".join([*headers, "", ""]).encode("ascii")
    data += _quoted_printable(content) if encoded else content
    digest = hashlib.sha1(data).hexdigest()
    separator = f"From {digest} Mon Sep 17 00:00:00 2001\n".encode()
    return Mail(file_name(place.number, letter.subject, envelope.version), separator + data)


def file_name(number: int, subject: str, version: int = 0) -> str:
    """The name that `git format-patch` gives a mail, for 0 that of a cover letter."""
    text = re.sub(r"[^A-Za-z0-9._]+", "-", subject) if number else "cover-letter"
    text = re.sub(r"\.{2,}", ".", text).strip("-").rstrip(".-")
    start = f"v{version}-" if version else ""
    longest = _NAME_BYTES - len(".patch") - 1
    return f"{start}{number:04}-{text}"[:longest] + ".patch"


def _make_tag(envelope: Envelope, place: _SeriesPlace) -> str:
    words = [envelope.prefix] if envelope.prefix else []
    if envelope.version:
        words.append(f"v{envelope.version}")
    if place.total > 1 or place.covered:
        width = len(str(place.total))
        words.append(f"{place.number:0{width}}/{place.total}")
    return " ".join(words)


def _message_id(envelope: Envelope, place: _SeriesPlace, index: int) -> str:
    """An id that is the same for the same series, and no other's."""
    return f"{place.series[:20]}-{index}-{envelope.author.address}"


def _thread_headers(envelope: Envelope, place: _SeriesPlace) -> list[str]:
    """The first mail answers what the series is sent in reply to, all others the first."""
    if place.index:
        first = _message_id(envelope, place, 0)
        references = [envelope.reply_to, first] if envelope.reply_to else [first]
    else:
        references = [envelope.reply_to] if envelope.reply_to else []
    if not references:
        return []
    listed = "\n ".join(f"<{r}>" for r in references)
    return [f"In-Reply-To: <{references[-1]}>", f"References: {listed}"]


def _spell_author(author: Author) -> str:
    return formataddr((author.name, author.address))


def _spell_date(seconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC))


def _fold_header(value: str, name: str) -> str:
    """A header's value, encoded where it is not ASCII, its lines folded as git's are."""
    charset = "us-ascii" if value.isascii() else "utf-8"
    return Header(value, charset, maxlinelen=76, header_name=name).encode(linesep="\n")


def _recipient_lines(name: str, addresses: Iterable[str]) -> list[str]:
    """A header with one address on each line, as git writes them."""
    listed = ",\n\t".join(dict.fromkeys(addresses))
    return [f"{name}: {listed}"] if listed else []


# -- bodies ---------------------------------------------------------------------------------------


def _make_content(envelope: Envelope, letter: Letter, first: bool) -> bytes:
    """All that follows the headers."""
    trailer = ""
    if envelope.signoff and letter.changes:
        trailer = f"\nSigned-off-by: {envelope.author.name} <{envelope.author.address}>\n"
    pieces = [(letter.body + trailer).encode()]
    if letter.changes:
        pieces += [b"---\n", _make_table(letter.changes, letter.created).encode(), b"\n"]
        pieces += _list_diffs(letter)
    else:
        pieces += [b"\n", _make_table(letter.summed, letter.created).encode()]
    if first and envelope.base:
        pieces.append(f"\nbase-commit: {envelope.base}\n".encode())
    elif not letter.changes:
        pieces.append(b"\n")
    return b"".join([*pieces, f"-- \n{envelope.signature}\n\n".encode()])


def _make_table(changes: Sequence[FileChange], created: frozenset[str]) -> str:
    """The diffstat, and the new files below it as git lists them."""
    names = [quote_name(c.source.name) for c in changes if c.source.name in created]
    return make_diffstat(changes, 72) + "".join(f" create mode 100644 {name}\n" for name in names)


def _list_diffs(letter: Letter) -> Iterable[bytes]:
    for change, mode in zip(letter.changes, letter.modes, strict=True):
        created = change.source.name in letter.created
        blobs = f"index {_blob_id(None if created else change.source.data)}..{_blob_id(change.new)}"
        if not created:
            blobs += f" 100{'755' if mode & 0o100 else '644'}"
        yield unified_diff(change, created=created, index=blobs)


def _blob_id(data: bytes | None) -> str:
    """The id of git's object of a text, as short as git's are in a large repository; zeros for none."""
    whole = b"" if data is None else b"blob %d\0" % len(data) + data
    return (hashlib.sha1(whole).hexdigest() if data is not None else "0" * 40)[:12]


def _must_encode(content: bytes) -> bool:
    """Whether mail would damage the text as it is: a carriage return is lost, long lines are cut."""
    return b"\r" in content or any(len(line) > _LINE_BYTES for line in content.split(b"\n"))


def _quoted_printable(content: bytes) -> bytes:
    """The text line by line (RFC 2045 6.7), so that a carriage return is data and a line end is not."""
    lines = content.split(b"\n")
    return b"\n".join(binascii.b2a_qp(line, istext=False) for line in lines)
