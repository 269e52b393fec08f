# SPDX-License-Identifier: GPL-2.0-or-later
"""The schema, by what a stream has to go by: names of sections, symbols of descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..schema.model import Capability, ClassSetup, Description, Node, Schema, Section


@dataclass(frozen=True)
class Model:
    """One way to read a section: nodes of code, or a description. `where` tells it from others."""

    where: str
    file: str
    version_id: int | None
    nodes: tuple[Node, ...] = ()
    saves: bool = False
    """Whether it is of a function that saves, which tells less of how older versions are read."""

    description: Description | None = None
    classes: tuple[ClassSetup, ...] = ()
    """What makes the classes of the device, where the section is registered among them."""

    @property
    def known(self) -> bool:
        """Whether it is of a schema, and no stand-in for a section that none has."""
        return self.where != ""


class Models:
    """A schema with its descriptions and sections by name."""

    def __init__(self, schema: Schema, target: str = "") -> None:
        self._target = target
        self._sections: dict[str, list[Section]] = {}
        self._symbols: dict[str, list[Description]] = {}
        self._named: dict[str, list[Description]] = {}
        self._classes: dict[str, list[ClassSetup]] = {}
        for setup in schema.classes:
            self._classes.setdefault(setup.type, []).append(setup)
        self._setups: dict[str, tuple[ClassSetup, ...]] = {}
        self._capabilities: dict[tuple[str, str], list[Capability]] = {}
        for one in schema.capabilities:
            self._capabilities.setdefault((one.table, one.buffer), []).append(one)
        for section in schema.sections:
            self._sections.setdefault(section.idstr, []).append(section)
        for description in schema.descriptions:
            self._symbols.setdefault(description.symbol, []).append(description)
            self._named.setdefault(description.name, []).append(description)

    def find_descriptions(self, symbol: str, file: str) -> tuple[Description, ...]:
        """What a symbol may stand for in a file: its own, else those of the rest of the tree.

        Tables are static mostly, so the same symbol may be another table elsewhere.
        """
        found = self._symbols.get(symbol, [])
        own = [d for d in found if d.place.path == file]
        return tuple(own[:1] or self._prefer_descriptions(found))

    def find_capabilities(self, table: str, buffer: str) -> Sequence[Capability]:
        """What a field of a table tells, if it is a PCI device's configuration space."""
        return self._capabilities.get((table, buffer), ())

    def is_named(self, name: str) -> bool:
        """Whether a description has that name."""
        return name in self._named

    def find_setups(self, owner: str) -> tuple[ClassSetup, ...]:
        """All that may make a class of a C type, those of the target first."""
        if owner not in self._setups:
            found = self._classes.get(owner, [])
            ordered = sorted(found, key=lambda s: not self._of_target(s.place.path))
            self._setups[owner] = tuple(ordered)
        return self._setups[owner]

    def of_section(self, idstr: str) -> tuple[Model, ...]:
        """The ways to read a section of that name; without what stands before it for its device.

        A device of a bus has its path and a slash before the name ("0000:00:03.0/virtio-net").
        """
        for name in _spell_names(idstr):
            sections = self._sections.get(name, [])
            models = [m for s in sections for m in self._make_models(s)]
            models = models or [_make_model(d) for d in self._named.get(name, ())]
            if models:
                return _drop_doubles(self._preferred_models(models))
        return ()

    def name_of(self, idstr: str) -> str:
        """The name of a section as the schema has it, or the last part of the stream's."""
        known = (n for n in _spell_names(idstr) if n in self._sections or n in self._named)
        return next(known, idstr.rpartition("/")[2])

    def _make_models(self, section: Section) -> Iterable[Model]:
        where = f"{section.place.path}:{section.place.line}"
        file = section.place.path
        if section.description:
            made = (s for setups in self._classes.values() for s in setups)
            own = tuple(s for s in made if s.holds(section.place))
            yield from (
                _make_model(d, section.version_id, own)
                for d in self.find_descriptions(section.description, file)
            )
        for way, nodes in (("load", section.load), ("save", section.save)):
            if nodes and not section.description:
                yield Model(f"{where} ({way})", file, section.version_id, nodes, way == "save")

    def _prefer_descriptions(self, found: list[Description]) -> list[Description]:
        own = [d for d in found if self._of_target(d.place.path)]
        return own or found

    def _preferred_models(self, found: list[Model]) -> list[Model]:
        own = [m for m in found if self._of_target(m.file)]
        return own or found

    def _of_target(self, path: str) -> bool:
        """Whether a file is of the target that was asked for, by the folder or name that it is in."""
        parts = path.replace("-", "/").split("/")
        return bool(self._target) and self._target in parts


def _spell_names(idstr: str) -> Iterable[str]:
    yield idstr
    for index, character in enumerate(idstr):
        if character == "/":
            yield idstr[index + 1 :]


def _make_model(
    description: Description, version: int | None = None, classes: tuple[ClassSetup, ...] = ()
) -> Model:
    place = description.place
    version = description.version_id if version is None else version
    where = f"{place.path}:{place.line}"
    return Model(where, place.path, version, description=description, classes=classes)


def _drop_doubles(models: Iterable[Model]) -> tuple[Model, ...]:
    """Each once: a table is found by its registration and by its own name."""
    seen: dict[object, Model] = {}
    for model in models:
        key = (model.where, model.nodes) if model.description is None else model.description.place
        symbol = model.description and model.description.symbol
        seen.setdefault((key, symbol, model.classes), model)
    return tuple(seen.values())
