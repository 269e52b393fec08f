# SPDX-License-Identifier: GPL-2.0-or-later
"""What the fuzzer starts from: the corpus, this project's own files and, if given, real trees.

Handlers of real trees are read when the fuzzer runs, and never kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from rewrite.convert.candidates import list_needles
from rewrite.rules.ruleset import Rules

REPOSITORY = Path(__file__).parent.parent.parent
CORPUS = REPOSITORY / "corpus"
LARGEST = 12_000
"""Bytes of a seed: what is larger is cut into its declarations and the functions with sites."""

C_WORDS = (
    b"{", b"}", b"(", b")", b";", b",", b'"', b"'", b"/*", b"*/", b"//", b"\n#if X\n", b"\n#endif\n",
    b"\n#else\n", b"\n#define f(x) x\n", b"case 1:", b"default:", b"goto out;", b"out:", b"sizeof ",
    b"typeof", b"static ", b"const ", b"volatile ", b"register ", b"struct ", b"union ", b"enum ",
    b"typedef ", b"return ", b"if (x) ", b"else ", b"for (;;) ", b"while (0) ", b"do ", b"switch (x) ",
    b"? 1 : ", b" && ", b" || ", b"? :", b"++", b"--", b"=", b" |= ", b"!", b"~", b"(int)", b"(uint8_t)",
    b"*", b"&", b"->", b".", b"[i]", b"...", b"({ ", b" })", b"__attribute__((packed)) ", b"asm(\"\")",
    b"qemu_get_be32(f)", b"qemu_put_be32(f, x);", b"qemu_get_buffer(f, p, n)", b"qemu_get_8s(f, &x);",
    b"QEMUFile *f", b"Visitor *v = qemu_file_get_visitor(f);", b"Error **errp = qemu_file_get_errp(f);",
    b"visit_type_uint32(v, \"x\", &x, errp);", b"register_savevm(0, \"x\", 0, 1, save, load, s);",
    b"QTAILQ_FOREACH(a, b, c) ", b"assert(", b"\\", b"L'\\''", b"\"\\\"\"", b"#", b"##", b"??/\n", b"%:",
)  # fmt: skip

PATCH = b"""\
From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
From: A Developer <dev@example.org>
Date: Mon, 4 Jul 2011 10:00:00 +0000
Subject: [PATCH 1/2] lamp: save the level
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit

---
 hw/lamp.c | 6 +++++-
 1 file changed, 5 insertions(+), 1 deletion(-)

diff --git a/hw/lamp.c b/hw/lamp.c
index 1111111..2222222 100644
--- a/hw/lamp.c
+++ b/hw/lamp.c
@@ -10,6 +10,10 @@ static void lamp_save(QEMUFile *f, void *opaque)
     LampState *s = opaque;

-    qemu_put_byte(f, s->on);
+    qemu_put_be32(f, s->level);
+    /* rewrite-lint: allow(new-primitive) firmware reads this */
+    qemu_put_be32(f, s->watts);
+    qemu_put_buffer(f, s->name,
+                    sizeof(s->name));
 }

 static int lamp_load(QEMUFile *f, void *opaque, int version_id)
@@ -30 +34,2 @@
-    s->on = qemu_get_byte(f);
+    s->level = qemu_get_be32(f);
+    s->watts = qemu_get_be32(f);
diff --git a/hw/old.c b/hw/new.c
rename from hw/old.c
rename to hw/new.c
--\x20
2.30.2
"""
MULTIPART = b"""\
From dev@example.org Mon Jul  4 10:00:00 2011
Subject: =?utf-8?q?=5BPATCH=5D_l=C3=A4mp?=
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

--- a/hw/l.c
+++ b/hw/l.c
@@ -1,2 +1,3 @@ void l_save(QEMUFile *f)
 {
+    qemu_put_be32(f, s-&gt;x =3D=
=3D 1);
 }

--b
Content-Transfer-Encoding: base64

LS0tIGEvaHcvbS5jCisrKyBiL2h3L20uYwpAQCAtMSwyICsxLDMgQEAKIHsKKyAgICBxZW11X3B1dF9iZTMyKGYsIDEpOwogfQo=
--b--
"""
PATCH_WORDS = (
    b"From ", b"\nFrom x Mon Jul  4 2011\n", b"Content-Type: ", b"Content-Transfer-Encoding: ", b"base64",
    b"quoted-printable", b"x-uuencode", b"multipart/mixed", b"message/rfc822", b"boundary=", b"charset=",
    b"\n--b\n", b"\n--b--\n", b"\n\n", b"\n+", b"\n-", b"\n ", b"\n\\ No newline at end of file\n",
    b"\n@@ -1,2 +3,4 @@ x(\n", b"@@ -0,0 +1,9999999 @@", b"--- a/x.c\n", b"+++ /dev/null\n", b"rename to ",
    b"Binary files a and b differ\n", b"=?utf-8?b?", b"?=", b"begin 644 x\n", b"=3D", b"=\n",
)  # fmt: skip

CONFIG = b"""\
# what a project says
[lint]
prefer = "vmstate"
primitives = ["qemu_put_be32", "qemu_get_be32"]
exclude = ["hw/legacy/*", "tests/*"]

[lint.severity]
pair-bound = "off"
new-primitive = "warning"

[lint.message]
new-primitive = "device state goes through VMState here"
"""
CONFIG_WORDS = (
    b"[", b"]", b"[[", b"]]", b"=", b'"', b"'''", b'"""', b"{", b"}", b",", b".", b"#", b"true", b"nan",
    b"1979-05-27T07:32:00Z", b"0b1", b"\\u0000", b"\\ud800", b"lint", b"severity", b"exclude", b"[*", b"[!",
)  # fmt: skip

JSON_WORDS = (
    b"{", b"}", b"[", b"]", b":", b",", b'"', b"null", b"true", b"NaN", b"Infinity", b"\\ud800", b"\\u0000",
    b"[" * 100_000, b'{"a":' * 50_000, b'"directory"', b'"file"', b'"arguments"', b'"command"', b'"output"',
    b"-o", b"-MF", b"'", b"\\\\", b"..", b"/", b'"version"', b'"findings"', b'"path"', b'"token"',
)  # fmt: skip

RULE_WORDS = (
    b"schema(1)", b"primitive(", b"visit(", b"cast_macro(", b"plumbing(", b"dialect(", b"forbid(", b"(", b")",
    b"[", b"]", b",", b"=", b'"', b"'", b'"""', b"f'{x}'", b"b''", b"*", b"**", b"#", b"lambda: 0", b"-",
    b"+", b"__import__('os').system('touch pwned')",
    b"import os", b"\n", b"\n    ", b"\\N{DASH}", b"\\x", b"1j",
    b"...", b"None", b"True", b"if x:", b"def f(): pass", b"@x", b":=", b"\x0c", b"\xef\xbb\xbf",
    b"# coding: x",
)  # fmt: skip


def _cut(data: bytes, wanted: Sequence[bytes]) -> bytes:
    """The declarations and the functions with sites of a large file, as much as fits."""
    pieces = re.findall(rb"(?s).*?\n\}[^\n]*\n|.+\Z", data)
    kept = [
        p for p in pieces if any(w in p for w in wanted) or re.search(rb"\n(typedef )?struct", p)
    ]
    text = b""
    for piece in kept:
        if len(text) + len(piece) <= LARGEST:
            text += piece
    return text


def handlers(trees: Sequence[Path], rules: Rules, each: int = 120) -> list[bytes]:
    """The corpus's cases, and of each tree at most so many files that hold sites."""
    wanted = list_needles(rules)
    cases = sorted(CORPUS.rglob("*.[ch]"))
    texts = [path.read_bytes() for path in cases]
    for tree in trees:
        found = []
        for path in sorted(tree.rglob("*.c")):
            data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            if any(w in data for w in wanted):
                found.append(data if len(data) <= LARGEST else _cut(data, wanted))
        step = max(1, len(found) // each)
        texts += [text for text in found[::step] if text]
    return texts


def headers(trees: Sequence[Path], each: int = 60) -> list[bytes]:
    """The corpus's headers, and of each tree some small ones."""
    texts = [path.read_bytes() for path in sorted(CORPUS.rglob("*.h"))]
    for tree in trees:
        paths = [p for p in sorted(tree.glob("**/*.h")) if p.is_file() and not p.is_symlink()]
        small = [p for p in paths if 200 < p.stat().st_size < LARGEST]
        texts += [p.read_bytes() for p in small[:: max(1, len(small) // each)]]
    return texts


def rule_files() -> list[bytes]:
    """The tool's own rule files."""
    return [path.read_bytes() for path in sorted((REPOSITORY / "rules").rglob("*.py"))]


def databases() -> list[bytes]:
    """Two compilation databases in both spellings."""
    entries = [
        {"directory": "/b", "file": "../x/hw/a.c", "command": "gcc -I. -DX='a b' -O2 -c -o a.o ../x/hw/a.c"},
        {"directory": "/x", "file": "hw/a.c", "arguments": ["ccache", "gcc", "-MF", "d", "-c", "hw/a.c"],
         "output": "hw/a.o"},
    ]  # fmt: skip
    return [json.dumps(entries).encode(), json.dumps(entries, indent=2).encode(), b"[]"]


def baselines() -> list[bytes]:
    """A baseline with a finding, and an empty one."""
    record = {"path": "hw/a.c", "code": "new-primitive", "function": "save", "text": "x"}
    document = {"version": 1, "findings": [record, record]}
    return [json.dumps(document, indent=1).encode(), b'{"version": 1, "findings": []}']


def journals() -> list[bytes]:
    """The journal of a run that replaced one file of `targets.journal_tree`."""
    file = {"path": "hw/a.c", "old": "0" * 64, "new": "1" * 64}
    record = {"schema": 1, "state": "replacing", "token": "0123456789abcdef", "files": [file]}
    return [json.dumps({**record, "state": state}).encode() for state in ("replacing", "replaced")]
