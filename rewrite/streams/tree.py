# SPDX-License-Identifier: GPL-2.0-or-later
"""The values of a section as a tree: objects, arrays and values under their names.

A name of the model is a path from the root object on ("vq[].vring.num"). What a part is in is taken off
it, and a part that holds nothing but one nameless thing is that thing itself; so the encoder finds
each value again by the model alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .events import Closed, Event, Holds, Leaf, Opened, UnreadBytes


@dataclass
class Group:
    """A part that holds others. `key` is its name in what it is in."""

    key: str
    holds: Holds
    start: int
    end: int = 0
    version: int = 0
    children: list[Item] = field(default_factory=list)


@dataclass(frozen=True)
class Item:
    """Something under a name: a value, or a part that holds others."""

    key: str
    what: Leaf | Group


class Keys:
    """The names in one part, each once: a name that comes again gets its number behind it."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._seen: dict[str, int] = {}

    def key(self, name: str) -> str:
        """The name of what comes next, by its name in the model; empty for the part itself."""
        short = relative_name(name, self.prefix)
        count = self._seen[short] = self._seen.get(short, 0) + 1
        return short if count == 1 else f"{short}#{count}"


def relative_name(name: str, prefix: str) -> str:
    """A name without what it is in: `vq[].num` is `num` in `vq[]`, and `vq` itself is nothing."""
    if not prefix:
        return name
    if name in (prefix, prefix.removesuffix("[]"), f"{prefix}[]"):
        return ""
    for between in (".", "->", "[]."):
        if name.startswith(prefix + between):
            return name[len(prefix) + len(between) :]
    return name


def inner_prefix(opened_name: str, outer: str, holds: Holds, rooted: bool) -> str:
    """What is taken off the names inside of a part."""
    if rooted:
        return ""
    if holds is Holds.ELEMENT:
        return f"{outer}[]"
    return opened_name or outer


def grow_tree(events: Sequence[Event]) -> Group:
    """The tree of a section's events."""
    root = Group(
        "", Holds.FIELDS, events[0].start if events and not isinstance(events[0], Closed) else 0
    )
    stack: list[tuple[Group, Keys]] = [(root, Keys(""))]
    for event in events:
        group, keys = stack[-1]
        if isinstance(event, Closed):
            group.end = event.end
            stack.pop()
        elif isinstance(event, Opened):
            made = _make_group(event, keys)
            group.children.append(Item(made.key, made))
            prefix = inner_prefix(event.name, keys.prefix, event.holds, event.rooted)
            stack.append((made, Keys(prefix)))
        else:
            group.children.append(Item(keys.key(_name_of(event)), event))
    root.end = max((_end_of(item) for item in root.children), default=root.start)
    return root


def _make_group(event: Opened, keys: Keys) -> Group:
    named = event.holds in (Holds.FIELDS, Holds.ELEMENTS)
    key = keys.key(event.name) if named else event.name
    return Group(key, event.holds, event.start, version=event.version)


def _name_of(leaf: Leaf) -> str:
    return (leaf.text or "unread") if isinstance(leaf, UnreadBytes) else leaf.node.name


def _end_of(item: Item) -> int:
    return item.what.end


def only_child(group: Group) -> Item | None:
    """What stands for a whole part: its one child, where that has no name of its own."""
    if group.holds in (Holds.ELEMENTS, Holds.SUBSECTION) or len(group.children) != 1:
        return None
    child = group.children[0]
    return child if not child.key and not isinstance(child.what, UnreadBytes) else None


def simplest_of(item: Item) -> Leaf | Group:
    """A thing without the parts around it that hold nothing else."""
    what = item.what
    while isinstance(what, Group):
        inner = only_child(what)
        if inner is None:
            return what
        what = inner.what
    return what


def list_paths(group: Group, above: str = "") -> Iterator[tuple[str, Leaf]]:
    """Every leaf with its path, as a person writes it: `vq[0].last_avail_idx`."""
    for item in group.children:
        what = simplest_of(item)
        path = join_path(above, item)
        if isinstance(what, Group):
            yield from list_paths(what, path)
        else:
            yield path, what


def join_path(above: str, item: Item) -> str:
    """The path of an item in a part with a path."""
    holds = item.what.holds if isinstance(item.what, Group) else None
    if holds is Holds.ELEMENT:
        return f"{above}[{item.key}]"
    return ".".join(part for part in (above, item.key) if part)
