# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms that a visit may take in the place of a primitive: each with what it was made of.

What F1 to F12 are is told in docs/proof.md. Bodies are those of `handler` in test_wire.py, in the order of
arguments of 5.1.
"""

from __future__ import annotations

# Each form: what it is for, the old body, the new one (5.1 order).
FORMS = {
    "F1 lvalue": (
        "    qemu_put_be32(f, s->a);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n',
    ),
    "F1 other sign": (
        "    qemu_put_be32(f, s->a[i].b);\n",
        '    visit_type_int32(v, "a[].b", &s->a[i].b, errp);\n',
    ),
    "F1 bool": (
        "    qemu_put_byte(f, s->on);\n",
        '    visit_type_bool(v, "on", &s->on, errp);\n',
    ),
    "F1 dereference": (
        "    qemu_put_be16(f, *p);\n",
        '    visit_type_uint16(v, "p", p, errp);\n',
    ),
    "F1 dereference with a step": (
        "    qemu_put_be16(f, *p++);\n",
        '    visit_type_uint16(v, "p", p++, errp);\n',
    ),
    "F1 dereference of a cast": (
        "    qemu_put_be16(f, *(uint16_t *)p);\n",
        '    visit_type_uint16(v, "p", (uint16_t *)p, errp);\n',
    ),
    "F1 parentheses": (
        "    qemu_put_be16(f, (s->a));\n",
        '    visit_type_uint16(v, "a", &s->a, errp);\n',
    ),
    "F1 target long": (
        "    qemu_put_betl(f, env->pc);\n",
        '    visit_type_uinttl(v, "pc", &env->pc, errp);\n',
    ),
    "F2 arithmetic": (
        "    qemu_put_be32(f, s->a + 1);\n",
        '    visit_type_uint32(v, "a", &(uint32_t){ s->a + 1 }, errp);\n',
    ),
    "F2 call with commas": (
        "    qemu_put_byte(f, pick(s, 2));\n",
        '    visit_type_uint8(v, "pick", &(uint8_t){ pick(s, 2) }, errp);\n',
    ),
    "F2 cast": (
        "    qemu_put_be64(f, (uint64_t)s->a);\n",
        '    visit_type_uint64(v, "a", &(uint64_t){ (uint64_t)s->a }, errp);\n',
    ),
    "F2 wider than the wire": (
        "    qemu_put_byte(f, 0x1ff);\n    qemu_put_byte(f, -300);\n    qemu_put_be16(f, BIG << 9 | 1);\n",
        """    visit_type_uint8(v, "one", &(uint8_t){ (uint8_t)0x1ff }, errp);
    visit_type_uint8(v, "two", &(uint8_t){ (uint8_t)-300 }, errp);
    visit_type_uint16(v, "three", &(uint16_t){ (uint16_t)(BIG << 9 | 1) }, errp);
""",
    ),
    "F2 signed": (
        "    qemu_put_sbe16(f, s->temp);\n",
        '    visit_type_int16(v, "temp", &(int16_t){ s->temp }, errp);\n',
    ),
    "F3 put": (
        "    qemu_put_be32s(f, &s->a);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n',
    ),
    "F3 get": (
        "    qemu_get_be32s(f, &s->a);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n',
    ),
    "F3 constant pointer": (
        "    qemu_put_8s(f, p);\n",
        '    visit_type_uint8(v, "p", &(uint8_t){ *p }, errp);\n',
    ),
    "F3 address of a constant": (
        "    qemu_put_8s(f, &s->a);\n",
        '    visit_type_uint8(v, "a", &(uint8_t){ s->a }, errp);\n',
    ),
    "F3 address of a literal": (
        "    qemu_put_be32s(f, &(uint32_t){ s->a });\n",
        '    visit_type_uint32(v, "a", &(uint32_t){ s->a }, errp);\n',
    ),
    "F3 pointer arithmetic": (
        "    qemu_put_be32s(f, p + 1);\n",
        '    visit_type_uint32(v, "p", &(uint32_t){ *(p + 1) }, errp);\n',
    ),
    "F4": (
        "    s->a = qemu_get_be32(f);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n',
    ),
    "F5 narrower": (
        "    s->a = qemu_get_be32(f);\n",
        """    uint32_t a = 0;
    visit_type_uint32(v, "a", &a, errp);
    s->a = a;
""",
    ),
    "F5 promoted": (
        "    s->a = base - qemu_get_be16(f);\n",
        """    uint16_t a = 0;
    visit_type_uint16(v, "a", &a, errp);
    s->a = base - (unsigned int)a;
""",
    ),
    "F5 explicit cast": (
        "    s->a = (uint8_t)qemu_get_be16(f);\n",
        """    uint16_t a = 0;
    visit_type_uint16(v, "a", &a, errp);
    s->a = (uint8_t)a;
""",
    ),
    "F5 not sign-extended": (
        "    s->a = -qemu_get_sbe16(f);\n",
        """    uint16_t a = 0;
    visit_type_uint16(v, "a", &a, errp);
    s->a = -a;
""",
    ),
    "F5 compound assignment": (
        "    s->a |= qemu_get_byte(f) << 8;\n",
        """    uint8_t a = 0;
    visit_type_uint8(v, "a", &a, errp);
    s->a |= a << 8;
""",
    ),
    "F5 return": (
        "    return qemu_get_be32(f) != 7;\n",
        """    uint32_t seven = 0;
    visit_type_uint32(v, "seven", &seven, errp);
    return seven != 7;
""",
    ),
    "F5 if with else": (
        "    if (qemu_get_byte(f)) {\n        a();\n    } else {\n        b();\n    }\n",
        """    uint8_t on = 0;
    visit_type_uint8(v, "on", &on, errp);
    if (on) {
        a();
    } else {
        b();
    }
""",
    ),
    "F5 switch": (
        "    switch (qemu_get_byte(f)) {\n    case 1:\n        break;\n    }\n",
        """    uint8_t kind = 0;
    visit_type_uint8(v, "kind", &kind, errp);
    switch (kind) {
    case 1:
        break;
    }
""",
    ),
    "F5 left of &&": (
        "    s->a = qemu_get_byte(f) && s->b;\n",
        """    uint8_t a = 0;
    visit_type_uint8(v, "a", &a, errp);
    s->a = a && s->b;
""",
    ),
    "F5 argument": (
        "    set(s, x && y, qemu_get_be32(f));\n",
        """    uint32_t level = 0;
    visit_type_uint32(v, "level", &level, errp);
    set(s, x && y, level);
""",
    ),
    "F6 right of &&": (
        "    if (id >= 2 && qemu_get_be32(f)) {\n        a();\n    }\n",
        """    if (id >= 2 && ({ uint32_t t = 0; visit_type_uint32(v, "a", &t, errp); t; })) {
        a();
    }
""",
    ),
    "F6 loop condition": (
        "    while ((x = qemu_get_be16(f)) > 0) {\n        a();\n    }\n",
        """    while ((x = ({
            uint16_t t = 0;
            visit_type_uint16(v, "x", &t, errp);
            (unsigned int)t;
        })) > 0) {
        a();
    }
""",
    ),
    "F6 for": (
        "    for (i = qemu_get_byte(f); i; i--) {\n        a();\n    }\n",
        '    for (i = ({ uint8_t n = 0; visit_type_uint8(v, "i", &n, errp); n; }); i; i--) {\n'
        "        a();\n    }\n",
    ),
    "F6 do while": (
        "    do {\n        a();\n    } while (qemu_get_byte(f));\n",
        "    do {\n        a();\n    } while (({ uint8_t n = 0;"
        ' visit_type_uint8(v, "more", &n, errp); n; }));\n',
    ),
    "F6 two in order": (
        "    if (qemu_get_byte(f) != 'a' || qemu_get_byte(f) != 'b') {\n        x();\n    }\n",
        """    if (({ uint8_t m = 0; visit_type_uint8(v, "m", &m, errp); m; }) != 'a' ||
        ({ uint8_t n = 0; visit_type_uint8(v, "n", &n, errp); n; }) != 'b') {
        x();
    }
""",
    ),
    "F7": (
        "    uint32_t n = qemu_get_be32(f);\n    int i;\n\n    use(n, i);\n",
        """    uint32_t n = 0;
    int i;

    visit_type_uint32(v, "n", &n, errp);
    use(n, i);
""",
    ),
    "F7 bool among others": (
        "    bool a = true, on = qemu_get_byte(f), b;\n    use(on);\n",
        "    bool a = true, on = false, b;\n"
        '    visit_type_bool(v, "on", &on, errp);\n    use(on);\n',
    ),
    "F7 twice": (
        "    int a = qemu_get_sbe32(f);\n    int b = qemu_get_sbe32(f);\n    use(a, b);\n",
        """    int a = 0;
    int b = 0;
    visit_type_int32(v, "a", &a, errp);
    visit_type_int32(v, "b", &b, errp);
    use(a, b);
""",
    ),
    "F7 around a conditional declaration": (
        "    int a = qemu_get_sbe32(f);\n#ifdef X\n    int b;\n#endif\n    use(a);\n",
        "    int a = 0;\n#ifdef X\n    int b;\n#endif\n"
        '    visit_type_int32(v, "a", &a, errp);\n    use(a);\n',
    ),
    "F7 before the last declarations": (
        "    int n = qemu_get_sbe32(f);\n    uint32_t m;\n    m = qemu_get_byte(f);\n"
        "    static int last = 3;\n    use(n, m, last);\n",
        """    int n = 0;
    uint32_t m;
    uint8_t t = 0;
    visit_type_int32(v, "n", &n, errp);
    visit_type_uint8(v, "m", &t, errp);
    m = t;
    static int last = 3;
    use(n, m, last);
""",
    ),
    "F7 before what uses it": (
        "    size_t len = qemu_get_byte(f);\n"
        "    size_t res = qemu_get_buffer(f, s->a, len);\n    use(res);\n",
        """    size_t len;
    uint8_t t = 0;
    visit_type_uint8(v, "len", &t, errp);
    len = t;
    size_t res = visit_type_buffer(v, "a", s->a, len, errp);
    use(res);
""",
    ),
    "F8": (
        "    size_t n = qemu_get_be32(f) * 2;\n    int i;\n    use(n, i);\n",
        """    size_t n;
    uint32_t half = 0;
    int i;
    visit_type_uint32(v, "n", &half, errp);
    n = half * 2;
    use(n, i);
""",
    ),
    "F9": (
        "    qemu_get_be16(f);\n    (void)qemu_get_byte(f);\n",
        """    uint16_t unused = 0;
    uint8_t pad = 0;
    visit_type_uint16(v, "unused", &unused, errp);
    visit_type_uint8(v, "pad", &pad, errp);
""",
    ),
    "F9 before a member of the same name": (
        "    qemu_get_byte(f);\n    s->pad = 0;\n",
        """    uint8_t pad = 0;
    visit_type_uint8(v, "unused", &pad, errp);
    s->pad = 0;
""",
    ),
    "F10 put": (
        "    qemu_put_buffer(f, s->mem, sizeof(s->mem));\n",
        '    visit_type_buffer(v, "mem", s->mem, sizeof(s->mem), errp);\n',
    ),
    "F10 cast": (
        "    qemu_put_buffer(f, s->mem, n);\n",
        '    visit_type_buffer(v, "mem", (void *)s->mem, n, errp);\n',
    ),
    "F10 in an expression": (
        "    if (qemu_get_buffer(f, buf, n) != n) {\n        return;\n    }\n",
        '    if (visit_type_buffer(v, "buf", buf, n, errp) != n) {\n        return;\n    }\n',
    ),
    "F10 returned": (
        "    return qemu_put_buffer(f, s->a, 4);\n",
        '    return (void)visit_type_buffer(v, "a", s->a, 4, errp);\n',
    ),
    "F10 with a size read in place": (
        "    qemu_get_buffer(f, buf, qemu_get_byte(f));\n",
        '    visit_type_buffer(v, "buf", buf, ({ uint8_t n = 0;'
        ' visit_type_uint8(v, "n", &n, errp); n; }), errp);\n',
    ),
    "F12 while": (
        "    while (qemu_get_byte(f)) {\n        next(s);\n    }\n",
        """    for (;;) {
        uint8_t more = 0;
        visit_type_uint8(v, "more", &more, errp);
        if (!more) {
            break;
        }
        next(s);
    }
""",
    ),
    "F11 if": (
        "    if (x)\n        s->a = qemu_get_byte(f) + 1;\n    else\n        y();\n",
        """    if (x) {
        uint8_t a = 0;
        visit_type_uint8(v, "a", &a, errp);
        s->a = a + 1;
    } else
        y();
""",
    ),
    "F11 for": (
        "    for (i = 0; i < 4; i++)\n        qemu_get_byte(f);\n",
        """    for (i = 0; i < 4; i++) {
        uint8_t pad = 0;
        visit_type_uint8(v, "pad", &pad, errp);
    }
""",
    ),
    "F11 else if": (
        "    if (x)\n        y();\n    else if (qemu_get_byte(f))\n        z();\n"
        "    else\n        w();\n",
        """    if (x)
        y();
    else {
        uint8_t on = 0;
        visit_type_uint8(v, "on", &on, errp);
        if (on)
            z();
        else
            w();
    }
""",
    ),
    "F11 do": (
        "    do\n        s->a = -qemu_get_byte(f);\n    while (s->a);\n",
        """    do {
        uint8_t a = 0;
        visit_type_uint8(v, "a", &a, errp);
        s->a = -a;
    } while (s->a);
""",
    ),
    "F11 case": (
        "    switch (x) {\n    case 1:\n        s->a = !qemu_get_byte(f);\n        break;\n    }\n",
        """    switch (x) {
    case 1: {
        uint8_t a = 0;
        visit_type_uint8(v, "a", &a, errp);
        s->a = !a;
    }
        break;
    }
""",
    ),
    "unconverted beside converted": (
        "    qemu_put_be32(f, s->a);\n    qemu_put_be32(f, s->b);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n    qemu_put_be32(f, s->b);\n',
    ),
    "a lone read between writes": (
        "    qemu_put_be32(f, s->a);\n    s->b = qemu_get_be32(f);\n",
        '    visit_type_uint32(v, "a", &s->a, errp);\n    s->b = qemu_get_be32(f);\n',
    ),
    "#if inside": (
        "    qemu_get_be32s(f, &s->a);\n"
        "#if X\n    qemu_get_8s(f, &s->b);\n#else\n    y();\n#endif\n",
        """    visit_type_uint32(v, "a", &s->a, errp);
#if X
    visit_type_uint8(v, "b", &s->b, errp);
#else
    y();
#endif
""",
    ),
    "list macro": (
        "    QTAILQ_FOREACH(p, &s->ports, next) {\n        p->a = qemu_get_be32(f) & 3;\n    }\n",
        """    QTAILQ_FOREACH(p, &s->ports, next) {
        uint32_t a = 0;
        visit_type_uint32(v, "a", &a, errp);
        p->a = a & 3;
    }
""",
    ),
    "list macro without braces": (
        "    QTAILQ_FOREACH(p, &s->ports, next)\n        p->a = qemu_get_be32(f) & 3;\n",
        """    QTAILQ_FOREACH(p, &s->ports, next) {
        uint32_t a = 0;
        visit_type_uint32(v, "a", &a, errp);
        p->a = a & 3;
    }
""",
    ),
    "comments inside calls": (
        "    qemu_put_be32(f, /* the\n    width */ s->a); // be32\n",
        '    visit_type_uint32(v, "a", /* width */ &s->a, errp);\n',
    ),
    "tabs": (
        "\tqemu_put_be32(f,\n\t\ts->a);\n",
        '\tvisit_type_uint32(v, "a", &s->a,\n\t\t\t errp);\n',
    ),
    "forward label": (
        "    if (x) {\n        goto out;\n    }\nout:\n    s->a = qemu_get_byte(f) + 1;\n",
        """    uint8_t a = 0;
    if (x) {
        goto out;
    }
out:
    visit_type_uint8(v, "a", &a, errp);
    s->a = a + 1;
""",
    ),
}
