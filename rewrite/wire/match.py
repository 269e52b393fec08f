# SPDX-License-Identifier: GPL-2.0-or-later
"""One function before and after: is the new text the old with its primitives turned into visits?

Both texts are walked side by side. At each place they must be equal, or the new one must have one
of the few forms that stand for the old, with the same wire type and operand, at the same point of
evaluation. Whatever fits no form is a difference: the walk knows what is right, not what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..errors import DifferError, ObscuredError
from .facts import Vocabulary
from .forms import Fold, Forms, Visit
from .macros import NOTHING, File
from .sites import ASSIGNMENTS, address_forms
from .text import TYPE_WORDS, Code, Node, is_declaration, is_identifier

_FOLDABLE = frozenset(("simple", "if", "switch"))


@dataclass(frozen=True)
class _Deferred:
    """A declaration whose initialiser became a visit, or an assignment, that must follow."""

    name: str
    start: int
    end: int
    zero: str = ""  # what initialises it now, if the initialiser was the getter's call alone
    effects: bool = False  # the initialiser may do more than read the stream


@dataclass
class _Walk:
    """Where a walk through two lists of statements has come to."""

    old: Sequence[Node]
    new: Sequence[Node]
    top: bool = False
    i: int = 0
    j: int = 0
    leading: bool = True
    temporaries: dict[str, str] = field(default_factory=dict)
    declared: int = 0
    deferred: list[_Deferred] = field(default_factory=list)
    conditionals: int = 0  # directives opened since the first deferred declaration

    @property
    def node(self) -> Node | None:
        """The next old statement."""
        return self.old[self.i] if self.i < len(self.old) else None


class FunctionMatch:
    """The comparison of one function's two bodies. `check` raises DifferError, or returns."""

    def __init__(
        self,
        old: Code,
        new: Code,
        header: Sequence[str],
        vocabulary: Vocabulary,
        file: File = NOTHING,
    ) -> None:
        self.old = old
        self.new = new
        self.forms = Forms(old, new, header, vocabulary, file)
        self._macros = file.macros
        self.streams = self.forms.streams
        self._last_goto = {
            old.at(at + 1): at for at, token in enumerate(old.tokens) if token == "goto"
        }

    def check(self) -> None:
        """Compare everything."""
        if self.old.tokens == self.new.tokens:
            return
        self._list(_Walk(self.old.nodes, self.new.nodes, top=True))
        self.forms.check()

    # What the new text may contain beside the old.

    def _list(self, walk: _Walk) -> None:
        """Walk two lists of statements to their ends."""
        while walk.i < len(walk.old) or walk.j < len(walk.new):
            if walk.j == len(walk.new):
                node = walk.old[walk.i]
                raise DifferError("a statement is missing", node.start, self._at(walk))
            if not (self._added(walk) or self._hoisted(walk) or self._equal(walk)):
                self._changed(walk)
        if walk.deferred:
            raise DifferError("never loaded", walk.deferred[0].start, self._at(walk))

    def _at(self, walk: _Walk) -> int:
        """The new token where a walk has come to."""
        if walk.j < len(walk.new):
            return walk.new[walk.j].start
        return walk.new[-1].end if walk.new else 0

    def _old_at(self, walk: _Walk) -> int:
        """The old token where a walk has come to."""
        node = walk.node
        if node is not None:
            return node.start
        return walk.old[-1].end if walk.old else 0

    def _fail(self, walk: _Walk, message: str) -> DifferError:
        return DifferError(message, self._old_at(walk), self._at(walk))

    def _added(self, walk: _Walk) -> bool:
        """A declaration that conversion adds: of a stream's visitor or error, or a temporary."""
        wrapped = self._wrapped(walk)
        if wrapped:
            for node in walk.new[walk.j + 1 : walk.j + wrapped - 1]:
                self._added_stream(walk, node)
            walk.j += wrapped
            return True
        node, old = walk.new[walk.j], walk.node
        tokens = self._new(node)
        if old is not None and self._old(old) == tokens:
            return False
        if self._added_stream(walk, node):
            walk.j += 1
            return True
        name = self.forms.temporary(tokens)
        if name:
            walk.temporaries[name] = tokens[0]
            walk.declared += 1
            walk.j += 1
        return bool(name)

    def _added_stream(self, walk: _Walk, node: Node) -> bool:
        """Take an added declaration of a visitor or an error, if this is one."""
        if not self.streams.take(self._new(node), node.start, added=True):
            return False
        if not (walk.top and walk.leading):
            raise self._fail(walk, "a visitor is not declared where the function begins")
        return True

    def _wrapped(self, walk: _Walk) -> int:
        """How many nodes an added `#if`, declarations of streams and `#endif` take, else 0."""
        if not self.new.at(self._at(walk)).startswith("#if"):
            return 0
        at = walk.j + 1
        while at < len(walk.new) and self.streams.parts(self._new(walk.new[at])):
            at += 1
        if at == walk.j + 1 or at == len(walk.new) or self._new(walk.new[at]) != ["#endif"]:
            return 0
        count = at + 1 - walk.j
        old = [self._old(node) for node in walk.old[walk.i : walk.i + count]]
        return 0 if old == [self._new(node) for node in walk.new[walk.j : at + 1]] else count

    def _old(self, node: Node) -> list[str]:
        """An old statement's tokens."""
        return self.old.span(node.start, node.end)

    def _new(self, node: Node) -> list[str]:
        """A new statement's tokens."""
        return self.new.span(node.start, node.end)

    # Statements that are as they were.

    def _equal(self, walk: _Walk) -> bool:
        """Step over a statement that is the same in both texts."""
        old, new = walk.node, walk.new[walk.j]
        if old is None or old.kind != new.kind:
            return False
        tokens = self._old(old)
        if tokens != self._new(new):
            return False
        self._pass(walk, old)
        self.streams.take(tokens, new.start, added=False)
        walk.i += 1
        walk.j += 1
        return True

    def _pass(self, walk: _Walk, old: Node) -> None:
        """What an old statement means for declarations that wait for their visits."""
        declares = old.kind == "simple" and is_declaration(self._old(old))
        if walk.deferred:
            if old.kind == "directive":
                self._pass_directive(walk, self.old.tokens[old.start])
            elif not declares:
                raise self._fail(walk, f"{walk.deferred[0].name} is not loaded where it was")
            else:
                self._check_between(walk, old.start, old.end)
        if old.kind == "label":
            self._pass_label(walk, old)
        walk.leading = walk.leading and (declares or old.kind == "directive" or self._macro(old))

    def _macro(self, node: Node) -> bool:
        """Whether the statement is `NAME(...);`, as macros that declare are."""
        name = self.old.tokens[node.start]
        return node.kind == "simple" and name.isupper() and self.old.at(node.start + 1) == "("

    def _pass_directive(self, walk: _Walk, text: str) -> None:
        """A directive between a declaration and its visit: both must be under the same ones."""
        if text.startswith("#if"):
            walk.conditionals += 1
        elif text.startswith(("#endif", "#el")):
            if not walk.conditionals:
                raise self._fail(walk, f"{walk.deferred[0].name} is loaded in other conditions")
            walk.conditionals -= text.startswith("#endif")

    def _pass_label(self, walk: _Walk, label: Node) -> None:
        """A label that control may come to without, or again after, the initialisations before."""
        name = self.old.tokens[label.start]
        back = self._last_goto.get(name, 0) > label.start
        if name in ("case", "default") or not walk.top or back:
            walk.temporaries.clear()

    def _check_between(self, walk: _Walk, start: int, end: int) -> None:
        """Declarations before a visit must not use what it loads, nor call anything."""
        for at in range(start, end):
            token = self.old.tokens[at]
            if self.old.at(at - 1) in (".", "->"):
                continue
            if token == "=" and any(waiting.effects for waiting in walk.deferred):
                raise DifferError("an initialiser moved past another", at, self._at(walk))
            if any(token == waiting.name for waiting in walk.deferred):
                raise DifferError(f"{token} is used before it is loaded", at, self._at(walk))
            if token in ASSIGNMENTS - {"="} or token in ("++", "--"):
                raise DifferError("something changes before the load", at, self._at(walk))
            if any(self._is_hidden(at, waiting) for waiting in walk.deferred):
                raise DifferError(f"{token} is another one before the load", at, self._at(walk))
            if self._macros.acts(token):
                raise ObscuredError(f"the load moved, past the macro {token}", at, self._at(walk))
            called = is_identifier(token) and token != "sizeof" and token not in TYPE_WORDS
            if called and self.old.at(at + 1) == "(":
                raise DifferError(f"{token} is called before the load", at, self._at(walk))
            if token == "[" and any(waiting.effects for waiting in walk.deferred):
                raise DifferError("an array is measured before the load", at, self._at(walk))

    def _is_hidden(self, at: int, waiting: _Deferred) -> bool:
        """Whether a declaration declares a name that a waiting initialiser uses."""
        token = self.old.tokens[at]
        declares = is_identifier(token) and self.old.at(at + 1) in ("=", ",", ";", "[")
        before = self.old.at(at - 1)
        named = before == "*" or is_identifier(before) or before == ","
        return declares and named and token in self.old.span(waiting.start, waiting.end)

    def _check_guard(self, walk: _Walk, node: Node) -> None:
        """A statement that begins with a macro may be an `if`, a loop or nothing at all.

        `IF_NEW tmp = qemu_get_be32(f);`: what is moved out of it would happen always.
        """
        token, after = self.old.tokens[node.start], self.old.at(node.start + 1)
        control = any(macro.is_control for macro in self._macros.reached([token]))
        shouted = token.isupper() and is_identifier(after) and token not in self._macros
        if control or shouted:
            raise ObscuredError(f"{token} may be a macro that controls", node.start, self._at(walk))

    # Visits that stand before the statement that uses what they load.

    def _hoisted(self, walk: _Walk) -> bool:
        """A visit into a temporary or a declared variable, with the statement that uses it."""
        node = walk.new[walk.j]
        visit = self.forms.visit_at(node.start) if node.kind == "simple" else None
        if visit is None or node.end != visit.end + 1 or self.new.at(visit.end) != ";":
            return False
        target = visit.arguments["object"]
        if len(target) != 2 or target[0] != "&":
            return False
        if walk.deferred and walk.deferred[0].zero and walk.deferred[0].name == target[1]:
            return self._load_declared(walk, visit)
        if target[1] not in walk.temporaries:
            return False
        name = target[1]
        fold = Fold(name, visit, walk.temporaries.pop(name))
        if walk.deferred:
            self._assign_declared(walk, fold)
        elif self._is_discarded(walk) and name not in self._words_after(walk):
            self._discard(walk, fold)
        else:
            self._fold(walk, fold)
        return True

    def _words_after(self, walk: _Walk) -> list[str]:
        """The tokens of the new statement after the current one, names of members left out."""
        tokens = self._new(walk.new[walk.j + 1]) if walk.j + 1 < len(walk.new) else []
        return [
            t for before, t in zip(["", *tokens], tokens, strict=False) if before not in (".", "->")
        ]

    def _load_declared(self, walk: _Walk, visit: Visit) -> bool:
        """`visit(&x)` for `T x = get(f);`."""
        waiting = self._take_deferred(walk)
        if waiting.zero != ("false" if visit.fact.c_type == "bool" else "0"):
            raise self._fail(walk, f"{waiting.name} starts with {waiting.zero}")
        self.forms.site(self.forms.event_at(waiting.start), visit, [waiting.name])
        walk.j += 1
        return True

    def _take_deferred(self, walk: _Walk) -> _Deferred:
        if walk.conditionals:
            raise self._fail(walk, f"{walk.deferred[0].name} is loaded in other conditions")
        return walk.deferred.pop(0)

    def _assign_declared(self, walk: _Walk, fold: Fold) -> None:
        """`visit(&t); x = EXPR;` for `T x = EXPR;`."""
        waiting = self._take_deferred(walk)
        fold.operand = [waiting.name]
        tokens = self._words_after(walk)
        if waiting.zero or tokens[:2] != [waiting.name, "="] or tokens[-1] != ";":
            raise self._fail(walk, f"{waiting.name} is not assigned after its visit")
        new = walk.new[walk.j + 1]
        span = (new.start + 2, new.end - 1)
        self.forms.expression((waiting.start, waiting.end), span, fold)
        if not fold.used:
            raise self._fail(walk, f"{fold.name} is not used")
        walk.j += 2

    def _is_discarded(self, walk: _Walk) -> bool:
        """Whether the old statement is `get(f);` or `(void)get(f);`."""
        node = walk.node
        if node is None or node.kind != "simple":
            return False
        call = self.forms.primitive_at(self._discarded_call(node))
        if call is None or self.old.at(call.end) != ";" or call.end + 1 != node.end:
            return False
        return self.forms.is_getter(call)

    def _discarded_call(self, node: Node) -> int:
        void = self.old.span(node.start, node.start + 3) == ["(", "void", ")"]
        return node.start + 3 * void

    def _discard(self, walk: _Walk, fold: Fold) -> None:
        """A visit into a temporary that nothing uses."""
        node = walk.old[walk.i]
        call = self.forms.event_at(self._discarded_call(node))
        self.forms.check_temporary(call, fold.visit, fold.c_type)
        self.forms.site(call, fold.visit, [])
        self.forms.uses[fold.name] = 2
        self._pass(walk, node)
        walk.i += 1
        walk.j += 1

    def _fold(self, walk: _Walk, fold: Fold) -> None:
        """A visit into a temporary, directly before the statement that uses it."""
        old = walk.node
        new = walk.new[walk.j + 1] if walk.j + 1 < len(walk.new) else None
        if old is None or new is None or old.kind != new.kind or old.kind not in _FOLDABLE:
            raise self._fail(walk, f"{fold.name} is not visited directly before its statement")
        self._pass(walk, old)
        self._check_guard(walk, old)
        walk.j += 1
        self._node(walk, old, new, fold)
        walk.i += 1
        walk.j += 1

    # Statements that changed.

    def _changed(self, walk: _Walk) -> None:
        """A statement that differs: in its calls, in what it controls, or by added braces."""
        old, new = walk.node, walk.new[walk.j]
        if old is None:
            raise self._fail(walk, "a statement was added")
        if new.kind == "block" and old.kind != "block":
            self._braces(walk, old, new)
            return
        if old.kind != new.kind:
            raise self._fail(walk, "another kind of statement")
        if old.kind == "simple" and self._declaration(walk, old, new):
            walk.i += 1
            walk.j += 1
            return
        self._pass(walk, old)
        self._node(walk, old, new, None)
        walk.i += 1
        walk.j += 1

    def _node(self, walk: _Walk, old: Node, new: Node, fold: Fold | None) -> None:
        """Two statements of one kind, or two parts of one, with a temporary to be used or none."""
        if old.kind == "block":
            if old.head != new.head:
                raise self._fail(walk, "a brace is missing")
            self._list(_Walk(old.children, new.children))
            return
        if old.kind == "simple":
            if fold is None and self._assignment(old, new):
                return
            self.forms.expression((old.start, old.end), (new.start, new.end), fold)
        elif old.kind in ("directive", "label", "close"):
            raise self._fail(walk, f"a {old.kind} changed")
        else:
            old_end, new_end = (n.end if n.kind == "dowhile" else n.head for n in (old, new))
            self.forms.expression((old.start, old_end), (new.start, new_end), fold)
        if fold is not None and not fold.used:
            raise self._fail(walk, f"{fold.name} is not used")
        if old.kind not in ("simple", "dowhile"):
            self._list(_Walk(old.children, new.children))

    def _braces(self, walk: _Walk, old: Node, new: Node) -> None:
        """Braces around one statement, there for the temporaries declared in them."""
        end = walk.i + 1
        while end < len(walk.old) and walk.old[end].kind in ("else", "dowhile"):
            end += 1
        declares = old.kind == "simple" and is_declaration(self._old(old))
        inner = _Walk(walk.old[walk.i : end], new.children)
        if declares or not new.children:
            raise self._fail(walk, "braces were added")
        self._pass(walk, old)
        self._list(inner)
        if not inner.declared:
            raise self._fail(walk, "braces were added for nothing")
        walk.i = end
        walk.j += 1

    def _assignment(self, old: Node, new: Node) -> bool:
        """`visit(&lvalue);` for `lvalue = get(f);`."""
        equals = self._top_level_assign(old)
        call = self.forms.primitive_at(equals + 1) if equals else None
        visit = self.forms.visit_at(new.start)
        if call is None or visit is None or call.end + 1 != old.end or visit.end + 1 != new.end:
            return False
        if not self.forms.is_getter(call):
            return False
        if self.old.at(call.end) != ";" or self.new.at(visit.end) != ";":
            return False
        lvalue = self.old.span(old.start, equals)
        if visit.arguments["object"] not in address_forms(lvalue):
            raise DifferError("another operand", old.start, new.start)
        self.forms.site(call, visit, lvalue)
        return True

    def _top_level_assign(self, node: Node) -> int:
        """The first `=` of a statement outside of brackets, 0 if there is none."""
        at = node.start
        while at < node.end:
            if self.old.tokens[at] == "=":
                return at
            inside = self.old.tokens[at] in ("(", "[", "{")
            at = self.old.partner[at] + 1 if inside else at + 1
        return 0

    def _declaration(self, walk: _Walk, old: Node, new: Node) -> bool:
        """A declaration with getters among its initialisers; False if it is something else."""
        if not is_declaration(self._old(old)):
            return False
        self._check_guard(walk, old)
        i, j, plain = old.start, new.start, old.start
        while i < old.end:
            end = self._initialiser_end(i, old) if self.old.tokens[i] == "=" else i
            if self.forms.has_event(i, end):
                self._check_waiting(walk, plain, i)
                j = self._initialiser(walk, old, new, i, j)
                i = plain = end
            elif self.old.tokens[i] == self.new.at(j):
                i, j = i + 1, j + 1
            else:
                break
        if i < old.end:
            self._check_waiting(walk, plain, i)
            self.forms.expression((i, old.end), (j, new.end), statement=old.start)
        elif j != new.end:
            raise DifferError("the declaration changed", i, j)
        self._check_waiting(walk, plain, old.end)
        return True

    def _check_waiting(self, walk: _Walk, start: int, end: int) -> None:
        if walk.deferred:
            self._check_between(walk, start, end)

    def _initialiser_end(self, equals: int, node: Node) -> int:
        """The comma or semicolon that ends the initialiser after the `=` at `equals`."""
        return self.old.split_commas(equals + 1, node.end - 1)[0][1]

    def _initialiser(self, walk: _Walk, old: Node, new: Node, equals: int, j: int) -> int:
        """An initialiser with a getter in it: put off, or converted in place. Where it ends."""
        name, end = self.old.at(equals - 1), self._initialiser_end(equals, old)
        call = self.forms.primitive_at(equals + 1)
        whole = call is not None and call.end == end
        zero = self.new.at(j + 1) if whole and self.new.at(j) == "=" else ""
        zero = zero if zero in ("0", "false") else ""
        after = j + 2 if zero else j
        if self.new.at(after) in (",", ";") and is_identifier(name):
            if any(token[0] == "#" for token in self._old(old)):
                raise DifferError("an initialiser moved past a directive", equals, j)
            effects = self.forms.has_effects(equals + 1, end)
            walk.deferred.append(_Deferred(name, equals + 1, end, zero, effects))
            return after
        new_end = self.new.split_commas(j + 1, new.end - 1)[0][1]
        self._check_waiting(walk, equals, end)
        self.forms.expression((equals, end), (j, new_end), statement=old.start)
        return new_end
