# SPDX-License-Identifier: GPL-2.0-or-later
"""What a mail says of the tables of one file."""

from __future__ import annotations

import textwrap
from pathlib import PurePosixPath

from .outcome import Converted, Refused, TableResult

_WIDTH = 72


def subject_of(file: TableResult) -> str:
    """The subject: the file without its ending, as QEMU's mails name what they are about."""
    return f"{PurePosixPath(file.source.name).with_suffix('')}: convert to VMState"


def body_of(file: TableResult) -> str:
    """What is done to which section, how it is proved, and what stays, with a newline at its end."""
    done = [o for o in file.outcomes if isinstance(o, Converted)]
    names = ", ".join(dict.fromkeys(f'"{o.pair.idstr}"' for o in done))
    several = "sections" if len({o.pair.idstr for o in done}) > 1 else "section"
    paragraphs = [
        f"Describe what the save and load functions of {several} {names} do with a "
        "VMStateDescription, and register that in their place.",
        "The streams stay as they are, byte for byte, and so do version, name and instance of "
        "each section: the table, expanded by this tree's own macros, was compared with what "
        "the old functions save, and with what they load at each version that they accept.",
    ]
    stays = [o for o in file.outcomes if isinstance(o, Refused)]
    if stays:
        told = "; ".join(f'"{o.pair.idstr}" ({o.message})' for o in stays)
        paragraphs.append(f"Not converted here: {told}.")
    wrapped = (textwrap.fill(p, _WIDTH, break_long_words=False) for p in paragraphs)
    return "\n\n".join(wrapped) + "\n"
