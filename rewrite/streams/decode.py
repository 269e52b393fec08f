# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a stream from its first byte to its last: the frame, and each section by the schema.

A section that does not fit costs itself alone, where a footer, the description at the end or the next
head tell where the stream goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile

from ..errors import DescriptionError, StreamError
from ..printable import quoted
from ..schema.model import Opaque, Schema
from .data import Data, read_number
from .describe import Described, as_schema, parse_description
from .events import Event, Opened, expand_events
from .framing import (
    Head,
    Mark,
    PartFrame,
    header_version,
    make_footer,
    read_command,
    read_configuration,
    read_description,
    record_head,
    section_head,
)
from .hints import Hints
from .landing import Sizer, find_places
from .machine import Machine
from .models import Model, Models
from .pages import PROTOCOLS, Memory
from .parts import (
    DescriptionPart,
    EndPart,
    GapPart,
    PagesPart,
    Part,
    SectionPart,
    Stream,
    StreamProblem,
)
from .questions import facts_of_section
from .solve import STEPS, Search, SectionReading, make_reading, search_section
from .suspects import SIZES, find_suspect

_ENDS_TRIED = 4
"""Places that look like a section's footer and are tried, should its contents hold another."""

_HEADER = 8

_STEPS_A_BYTE = 4
"""Steps that a search may take more for each byte of its section."""

_STEPS_TO_EXPLAIN = 20_000
"""Steps that are taken once more where nothing fits, to tell the place."""

_STEPS_TO_MEND, _STEPS_TO_BEGIN, _ZEROS = 5_000, 20, 64
"""Steps that are taken to see whether a section fits once it is mended, as how many its beginning
counts, and zeros behind it to see where its fields would end."""

_SUSPECTED = 4
"""Sections of which it is worked out where they are damaged; where more are, all are of another version."""

_STEPS_OF_ALL = 5_000_000
"""Steps that all searches together may take, so that a stream made for it does not take for ever."""


@dataclass(frozen=True)
class Options:
    """What a user tells: facts by name, and whether the stream's description may help.

    `steps` bounds each search, beside a few for each byte of the section.
    """

    facts: Mapping[str, int] = field(default_factory=dict)
    use_description: bool = True
    steps: int = STEPS


Progress = Callable[[int, int], None]


def decode_stream(
    data: Data,
    schema: Schema | None,
    target: str = "",
    options: Options | None = None,
    advance: Progress = lambda done, total: None,
) -> Stream:
    """Read a stream by a schema, or without one by the description at its end.

    Raises StreamError only where it is no stream at all; all else is a problem of the result.
    """
    version = header_version(data)
    reader = _StreamReader(data, version, schema, target, options or Options(), advance)
    reader.read()
    return reader.stream


class _StreamReader:
    """The walk over one stream."""

    def __init__(
        self,
        data: Data,
        version: int,
        schema: Schema | None,
        target: str,
        options: Options,
        advance: Progress,
    ) -> None:
        self.stream = Stream(version, len(data))
        self._data, self._options, self._advance = data, options, advance
        self._facts = dict(options.facts)
        self._memory = Memory()
        self._started: dict[int, Head] = {}
        self._done: set[int] = set()
        self._left = _STEPS_OF_ALL
        self._ended = False
        self._suspected = self._mending = 0
        self._known_hints: dict[tuple[str, int, int], Hints] = {}
        self._described = self._read_descriptions()
        self._own = Models(self._described_schema())
        self._models = None if schema is None else Models(schema, target)
        self._sizer = Sizer(self._own if self._models is None else self._models)

    # -- the description at the end -----------------------------------------------------------

    def _read_descriptions(self) -> dict[tuple[str, int], Described]:
        start = description_start(self._data)
        if start is None:
            return {}
        try:
            found = parse_description(read_description(self._data, start)[0])
        except DescriptionError as error:
            self._note(start, "the description at the end", str(error))
            return {}
        self.stream.described = True
        return {(one.idstr, one.instance_id): one for one in found}

    def _described_schema(self) -> Schema:
        try:
            return as_schema(tuple(self._described.values()))
        except DescriptionError:
            self._described = {}
            return Schema("", (), ())

    # -- the frame ----------------------------------------------------------------------------

    def _note(self, offset: int, where: str, message: str) -> None:
        self.stream.problems.append(StreamProblem(offset, where, message))

    def _add(self, part: Part) -> int:
        self.stream.parts.append(part)
        return part.end

    def read(self) -> None:
        """Read all parts; what stops the walk becomes a gap up to where it can go on."""
        offset = _HEADER
        step = self._read_part if self.stream.version == 3 else self._read_record
        if self.stream.version == 2:
            offset = self._read_total()
        while offset < len(self._data):
            self._advance(offset, len(self._data))
            try:
                offset = step(offset)
            except StreamError as error:
                self._note(error.offset, "the stream", error.message)
                offset = self._pass_gap(offset, error.message)
        if self.stream.version == 3 and not self._ended:
            self._note(len(self._data), "the stream", "it ends without its end mark")
        self.stream.blocks, self.stream.page_size = self._memory.blocks, self._memory.page_size
        self.stream.facts = self._facts

    def _read_total(self) -> int:
        """The length of all records of version 2 together; gives where the first one begins."""
        told = int.from_bytes(self._data[_HEADER : _HEADER + 8], "big")
        if told != len(self._data) - _HEADER - 8:
            self._note(_HEADER, "the stream", f"it says that {told} bytes follow")
        return _HEADER + 8

    def _pass_gap(self, start: int, reason: str) -> int:
        """Pass over what cannot be read, up to the next head of a section."""
        heads = self._make_frame().heads(start + 1) if self.stream.version == 3 else iter(())
        following = next(heads, len(self._data))
        return self._add(GapPart(start, following, reason))

    def _make_frame(self) -> PartFrame:
        return PartFrame(self._data, self._started.keys(), self._done)

    def _read_part(self, start: int) -> int:
        """The part that begins at an offset; gives where the next one begins."""
        number = read_number(self._data, start, 1)
        if self._ended and number != Mark.VMDESCRIPTION:
            return self._after_the_end(start)
        if number == Mark.EOF:
            self._ended = True
            return self._add(EndPart(start, start + 1))
        if number == Mark.VMDESCRIPTION:
            return self._add(DescriptionPart(start, read_description(self._data, start)[1]))
        if number == Mark.COMMAND:
            return self._add(read_command(self._data, start))
        if number == Mark.CONFIGURATION:
            return self._read_configuration(start)
        if number not in (
            Mark.SECTION_START,
            Mark.SECTION_PART,
            Mark.SECTION_END,
            Mark.SECTION_FULL,
        ):
            raise StreamError(start, f"0x{number:02x} begins no part of a stream")
        head = section_head(self._data, start, self._started)
        if not (head.idstr.isascii() and head.idstr.isprintable()):
            raise StreamError(start, "a section begins whose name is none")
        return self._read_section(head)

    def _after_the_end(self, start: int) -> int:
        """Bytes behind the end mark: zeros are what a snapshot or a device was filled up with."""
        rest = range(start, len(self._data), 1 << 20)
        zero = all(not bytes(self._data[at : at + (1 << 20)]).strip(b"\0") for at in rest)
        if not zero:
            self._note(start, "the stream", "bytes behind its end that are no description")
        reason = "zeros behind the end" if zero else "behind the end of the stream"
        return self._add(GapPart(start, len(self._data), reason))

    def _read_configuration(self, start: int) -> int:
        found = read_configuration(self._data, start)
        if found.page_bits is not None and 8 <= found.page_bits <= 24:
            self._memory = replace(self._memory, page_size=1 << found.page_bits)
        return self._add(found)

    def _read_record(self, start: int) -> int:
        """A record of version 2, which says how long it is."""
        return self._read_section(record_head(self._data, start))

    # -- sections -----------------------------------------------------------------------------

    def _read_section(self, head: Head) -> int:
        protocol = PROTOCOLS.get(head.idstr) if head.length is None else None
        if protocol is not None:
            pages = protocol(self._data, head.body, head.version_id, self._memory)
            self._memory = pages.memory
            self._remember(head)
            has = self._read_footer(head, pages.end)
            self._add(PagesPart(head, pages.end, has, pages.counts))
            return pages.end + (5 if has else 0)
        read = self._read_contents(head)
        self._remember(head)
        has = head.length is None and self._read_footer(head, read.end)
        self._add(SectionPart(head, self._name(head), read, has))
        if read.misfit is not None:
            self._note(read.misfit.offset, self._name(head), read.reason)
        else:
            self._compare_description(head, read)
        return read.end + (5 if has else 0)

    def _compare_description(self, head: Head, read: SectionReading) -> None:
        """Tell where a section is not what the description at the end says of it."""
        if not self._described or not self._options.use_description:
            return
        one = self._described.get((head.idstr, head.instance_id))
        if one is None and head.mark is Mark.SECTION_FULL:
            message = "the stream's description has no section of that name and instance"
            self._note(head.start, head.idstr, message)
        elif one is None:
            return
        elif one.version is not None and one.version != head.version_id:
            message = f"version {head.version_id} here is {one.version} in the stream's description"
            self._note(head.body - 4, self._name(head), message)
        elif not read.settled and (end := self._hints_of(one, head.body).end) not in (
            None,
            read.end,
        ):
            size, wanted = read.end - head.body, (end or 0) - head.body
            message = f"{size} bytes are {wanted} in the stream's description"
            self._note(head.body, self._name(head), message)

    def _name(self, head: Head) -> str:
        models = self._own if self._models is None else self._models
        return models.name_of(head.idstr)

    def _remember(self, head: Head) -> None:
        if head.mark is Mark.SECTION_START:
            self._started[head.section_id] = head
        else:
            self._done.add(head.section_id)

    def _read_footer(self, head: Head, end: int) -> bool:
        """Whether the section has a footer, as all of a stream have or none."""
        has = self._data[end : end + 5] == make_footer(head.section_id)
        if self.stream.footers is None:
            self.stream.footers = has
        elif self.stream.footers and not has and end < len(self._data):
            raise StreamError(end, f"expected the footer of {quoted(head.idstr)}")
        return has

    def _read_contents(self, head: Head) -> SectionReading:
        """Read a section's contents by all that may tell how, the most certain first."""
        hints = self._find_hints(head, head.body)
        models = self._find_candidates(head)
        ends = list(islice(self._list_ends(head, hints), _ENDS_TRIED)) or [None]
        tiers = (hints, hints.unnamed(), Hints()) if hints.boundaries else (hints,)
        best: SectionReading | None = None
        for end in ends:
            for some in tiers:
                found = self._try_end(head, models, end, some)
                if best is None or (best.misfit is not None and found.misfit is None):
                    best = found
                if found.misfit is None:
                    return self._settle(head, found, bool(some.boundaries) or not hints.boundaries)
        assert best is not None
        return self._suspected_in(head, models, best)

    def _suspected_in(
        self, head: Head, models: Sequence[Model], found: SectionReading
    ) -> SectionReading:
        """What does not fit, told with the place at which bytes are likely to be lost or too many."""
        if found.misfit is None or self._suspected == _SUSPECTED:
            return found
        self._suspected, self._mending = self._suspected + 1, self._options.steps // 2
        contents = bytes(self._data[head.body : found.end])
        begins = find_places(contents, 0, len(contents), self._sizer.models).begins
        hints = self._find_hints(head, 0)

        def mended(whole: bytes) -> Sequence[Event] | None:
            end = len(whole)
            if self._mending <= 0:
                return None
            machine = self._machine(whole, end, lambda offset: offset == end, hints)
            return self._first_events(machine, models, head)

        more = None if hints.end is None else len(contents) - hints.end
        sizes = [more] if more else [*self._surplus(head, models, contents, begins), *SIZES]
        suspect = find_suspect(contents, mended, sizes, begins)
        if suspect is None:
            return found
        reason = f"{suspect.text()}; {found.reason}"
        misfit = replace(found.misfit, offset=head.body + suspect.start)
        return replace(found, reason=reason, misfit=misfit)

    def _machine(
        self, data: bytes, end: int | None, accepts: Callable[[int], bool], hints: Hints
    ) -> Machine:
        """Reads the contents of a section that stand alone."""
        landing = None if end is None else find_places(data, 0, end, self._sizer.models)
        models = self._sizer.models
        return Machine(data, models, end, lambda _: None, accepts, hints, self._sizer, landing)

    def _first_events(
        self, machine: Machine, models: Sequence[Model], head: Head
    ) -> tuple[Event, ...] | None:
        """The events of the first way that fits by any of some models, from offset 0 on."""
        for model in models:
            limit = min(_STEPS_TO_MEND, self._mending)
            settings = self._settings_of(head)
            found = search_section(machine, model, head.version_id, 0, settings, limit, most=1)
            self._mending -= limit - max(found.left, 0) + _STEPS_TO_BEGIN
            if found.solutions:
                return expand_events(found.solutions[0].events)
        return None

    def _surplus(
        self, head: Head, models: Sequence[Model], contents: bytes, begins: Sequence[int]
    ) -> Iterator[int]:
        """How many bytes a section may have more than its fields take, if they are read to their end."""
        more = contents + bytes(_ZEROS)
        machine = self._machine(more, None, lambda _: True, Hints())
        events = self._first_events(replace(machine, prunes=False), models, head)
        if events is not None:
            end = max((e.end for e in events if not isinstance(e, Opened)), default=0)
            yield from (place - end for place in (len(contents), *begins))

    def _settle(self, head: Head, found: SectionReading, agreed: bool) -> SectionReading:
        """Keep what holds for the whole stream, and tell where its description disagrees."""
        if not agreed:
            message = "the schema's fields are not those of the stream's description"
            self._note(head.body, self._name(head), message)
        if found.settled:
            self._facts |= found.configured
        return found

    def _find_hints(self, head: Head, start: int) -> Hints:
        """What the description says of a section whose contents begin at an offset."""
        one = self._described.get((head.idstr, head.instance_id))
        usable = one is not None and (self._models is None or self._options.use_description)
        return self._hints_of(one, start) if one is not None and usable else Hints()

    def _hints_of(self, one: Described, start: int) -> Hints:
        """The same, worked out once for each place."""
        key = one.idstr, one.instance_id, start
        if key not in self._known_hints:
            self._known_hints = {key: one.hints(start)}
        return self._known_hints[key]

    def _find_candidates(self, head: Head) -> tuple[Model, ...]:
        if self._models is None:
            found = self._own.of_section(f"{head.idstr} {head.instance_id}")
            why = "there is no schema, and the stream does not describe it"
        else:
            found = self._models.of_section(head.idstr)
            why = "the schema has no section of that name"
        return found or (Model("", "", None, (Opaque("contents", why),)),)

    def _list_ends(self, head: Head, hints: Hints) -> Iterator[int | None]:
        """Where the section may end, the likeliest first; None where the model must tell."""
        if head.length is not None:
            yield head.body + head.length
            return
        frame, after = self._make_frame(), head.body if hints.end is None else hints.end
        if self.stream.footers is not False:
            yield from frame.footers(head.section_id, after)
            # A section that lost bytes is over before the place that the description has for its end.
            shorter = frame.footers(head.section_id, head.body)
            yield from takewhile(lambda end: end < after, shorter)
        if not self.stream.footers:
            yield None
        if self.stream.footers is not False:
            yield from frame.bare_footers(head.section_id, head.body)

    def _try_end(
        self, head: Head, models: tuple[Model, ...], end: int | None, hints: Hints
    ) -> SectionReading:
        """Read up to an end by all models together."""
        frame = self._make_frame()
        machine = Machine(
            self._data,
            self._sizer.models,
            end,
            lambda offset: next(frame.heads(offset), None),
            (lambda offset: offset == end) if end is not None else frame.begins,
            hints,
            self._sizer,
            None if end is None else find_places(self._data, head.body, end, self._sizer.models),
        )
        found = self._ways(machine, head, models)
        if not found.solutions and machine.places is not None and machine.places.begins:
            found = self._ways(replace(machine, guards=False), head, models)
        if not found.solutions:
            exact = replace(machine, places=None, prunes=False)
            most = min(self._options.steps, _STEPS_TO_EXPLAIN)
            found.explain(self._search(exact, head, models, most))
        return make_reading(found, head.body, self._opaque_end(head, end))

    def _ways(self, machine: Machine, head: Head, models: Sequence[Model]) -> Search:
        """The ways that fit by what loads, by what saves where that gives none."""
        most = self._options.steps
        found = self._search(machine, head, [m for m in models if not m.saves], most)
        if not found.solutions:
            found.merge(self._search(machine, head, [m for m in models if m.saves], most))
        return found

    def _search(self, machine: Machine, head: Head, models: Sequence[Model], most: int) -> Search:
        """Try some models, as far as the bounds of the section and of the stream allow."""
        settings = self._settings_of(head)
        whole = Search()
        for model in models:
            size = machine.limit - head.body if machine.end is not None else 0
            limit = min(most + _STEPS_A_BYTE * size, max(self._left, 1))
            found = search_section(machine, model, head.version_id, head.body, settings, limit)
            self._left -= limit - found.left
            whole.merge(found)
        return whole

    def _opaque_end(self, head: Head, end: int | None) -> int:
        """Where a section is taken to end that could not be read."""
        if end is not None:
            return end
        return next(self._make_frame().heads(head.body), len(self._data))

    def _settings_of(self, head: Head) -> dict[str, int]:
        """The facts of a section: what was told or found for all, and what was told for it."""
        return facts_of_section(self._facts, head.idstr, head.instance_id, self._name(head))


def own_schema(data: Data) -> Schema | None:
    """The schema that a stream's own description makes, None where it has none."""
    start = description_start(data)
    try:
        text = b"" if start is None else read_description(data, start)[0]
        return as_schema(parse_description(text)) if text else None
    except (DescriptionError, StreamError):
        return None


def description_start(data: Data) -> int | None:
    """Where the description at the end of a stream begins, None without one."""
    offset = len(data)
    for _ in range(16):
        offset = data.rfind(bytes([Mark.VMDESCRIPTION]), 0, offset)
        if offset <= _HEADER:
            return None
        size = int.from_bytes(data[offset + 1 : offset + 5], "big")
        if offset + 5 + size == len(data) and data[offset + 5 : offset + 6] == b"{":
            return offset
    return None
