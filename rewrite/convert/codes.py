# SPDX-License-Identifier: GPL-2.0-or-later
"""The stable codes of refusals: what each means, and what a person may do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RefusalCode:
    """A refusal code: a summary for diagnostics, an explanation and advice for `explain`."""

    name: str
    summary: str
    explanation: str
    advice: str


_ALL = (
    RefusalCode(
        "mixed-direction",
        "a get in a function that saves, or a put in one that loads",
        "A visitor has one direction for the whole stream, a primitive has its own. Converted, this "
        "call would do the opposite of what it does now: a get in a save handler would write. The "
        "function's direction is what it is registered for, else what all its calls agree on.",
        "It is usually a bug of the tree: fix it, and report it.",
    ),
    RefusalCode(
        "order-open",
        "two reads or writes in one expression whose order C leaves open",
        "C leaves open which operand of most operators, and which argument of a call, is evaluated "
        "first (C99 6.5p3, 6.5.2.2p10), so the text does not say which value is first on the wire.",
        "Find out which order existing streams have, and give each call a statement of its own.",
    ),
    RefusalCode(
        "unparsed",
        "the text around the call is not understood",
        "The parser met an error in this function, often a macro that is no C by itself, and the call "
        "cannot be told apart from what surrounds it, or it has not the arguments of its prototype.",
        "Write the statement plainly, or convert it by hand.",
    ),
    RefusalCode(
        "obscured",
        "the text of the function may mean something else than it says",
        "A macro of the file, a name with two meanings, assembler or a stream that may change makes that "
        "what is read and written can't be told from the function's text, so no conversion of it can be "
        "checked. The message names what was found.",
        "Write the macro's text out, or rename what is named twice; then convert again.",
    ),
    RefusalCode(
        "macro-body",
        "the call is in the body of a macro",
        "What the macro's arguments are, and how often they are evaluated, shows only where it is used.",
        "Make the macro an inline function, or write its calls out.",
    ),
    RefusalCode(
        "not-evaluated",
        "the call is never made: an operand of sizeof or typeof, or an argument that a macro drops",
        "The operand of sizeof is not evaluated (C99 6.5.3.4), so nothing travels here.",
        "Name the type instead of the call.",
    ),
    RefusalCode(
        "split-by-preprocessor",
        "a directive stands among the arguments of the call",
        "The call is another one in each configuration, and a single replacement would lose one.",
        "Put the directive around whole statements.",
    ),
    RefusalCode(
        "stream-changes",
        "the QEMUFile does not stay the same through the function",
        "The visitor is got once for a stream, at the top of the function. Here the stream is no "
        "parameter and no local that is set once in its declaration, so later calls might use another.",
        "Keep the stream in a local that is declared with its value at the top and never assigned.",
    ),
    RefusalCode(
        "stream-may-be-null",
        "the QEMUFile may be NULL where the function begins",
        "The visitor is got at the top of the function, from a QEMUFile that must be there. Here the "
        "function tests the pointer, or declares it with NULL as one of its values.",
        "Test the stream in the caller, or move the calls into a function of their own.",
    ),
    RefusalCode(
        "not-the-primitive",
        "the name means something else than the primitive here",
        "A macro, a parameter or a local of the primitive's name hides it, so that what travels here is "
        "not what the rules say of the name.",
        "Give the other thing a name of its own.",
    ),
    RefusalCode(
        "not-called",
        "the primitive's name stands here without a call",
        "In parentheses, as a pointer or in another declaration the name is no call that could become "
        "one of a visit: where the pointer goes, the call is made.",
        "Call the primitive by its name.",
    ),
    RefusalCode(
        "stringified",
        "a macro makes a string of the text of the call",
        "The operator # shows the text of a macro's argument to the program (C99 6.10.3.2), which would "
        "see the visit instead of the call.",
        "Read or write the value in a statement before the macro.",
    ),
    RefusalCode(
        "included-text",
        "an #include stands in the function",
        "What the included text declares, assigns and calls in the function is not in the function's own "
        "text, so that nothing can be said of it.",
        "Make the included text a function or a macro.",
    ),
    RefusalCode(
        "name-taken",
        "a name that the converted text needs means something else here",
        "A local, a parameter or a macro has the name of a visit, of a type that a visit takes, or one of "
        "the names of the interface.",
        "Rename what has the name.",
    ),
    RefusalCode(
        "half-converted",
        "the function has a visitor for this stream, in another dialect",
        "Part of the function was converted before, with another kind of error argument than the "
        "dialect of this run passes, so one declaration cannot serve both.",
        "Use the dialect of the first conversion, or convert the rest by hand.",
    ),
    RefusalCode(
        "self-check",
        "the conversion of this function failed its own check",
        "After a conversion the old and the new text are compared by code that shares nothing with "
        "the converter. They differ, so the function stays as it is, and the exit status is 3.",
        "It is a bug of this tool: please report it, with the file.",
    ),
    RefusalCode(
        "floating",
        "a floating-point operand, whose conversion depends on the width converted to",
        "The primitive converts its argument to the parameter's type and then drops bits; a compound "
        "literal of the wire's width would convert in one step, which is undefined where the value "
        "does not fit (C99 6.3.1.4).",
        "Convert the value to an integer type in a statement before the call.",
    ),
)

CODES = {code.name: code for code in _ALL}
"""Every refusal code by name."""
