// SPDX-License-Identifier: GPL-2.0-or-later
// Convert legacy qemu_put_*/qemu_get_* scalar calls to visit_type_*().
//
//  spatch --macro-file scripts/cocci-macro-file.h --sp-file visit.cocci \
//         --all-includes -I . -I hw -I include --keep-comments --in-place --dir hw
//
// Only type-exact conversions are made; everything else is listed on stderr.

@initialize:python@
@@
import re, sys, os
clash = set()
errs = set()
def base(f): return re.sub(r"^cocci_small_output-[0-9]+-[0-9a-f]+-", "", os.path.basename(f))
def ok(p): return p[0].file.endswith(".c") and (base(p[0].file), str(p[0].current_element)) not in clash | errs
SIGNED   = {'int8_t':8,'signed char':8,'int16_t':16,'short':16,'int32_t':32,'int':32,'signed int':32,'int64_t':64,'long long':64}
UNSIGNED = {'uint8_t':8,'unsigned char':8,'uint16_t':16,'unsigned short':16,'uint32_t':32,'unsigned':32,'unsigned int':32,'uint64_t':64,'unsigned long long':64,'uint8':8}
def wire(prim):
    m = re.search(r'be(16|32|64)', prim)
    return int(m.group(1)) if m else 8
def visitor(prim, T):
    T = re.sub(r'\s+', ' ', str(T)).strip()
    for tab, pfx in ((SIGNED, 'visit_type_int'), (UNSIGNED, 'visit_type_uint')):
        if tab.get(T) == wire(prim):
            return pfx + str(wire(prim))
    return None
def strname(E):
    s = re.sub(r'\s+', '', str(E)).lstrip('&*')
    s = re.sub(r'^\(\w+\*?\)&?', '', s)
    s = re.sub(r'^\w+->', '', s)
    return '"%s"' % s.replace('"', '')
def why(p, prim, E, msg):
    if not p[0].file.endswith('.c'): return
    sys.stderr.write('%s:%s: not converted: %s of %s: %s\n' % (p[0].file, p[0].line, prim, E, msg))


// ---- functions that already own the names we introduce ---------------------
@clashp@
identifier fn; type T; symbol v, local_err; position cp;
@@
fn@cp(..., T v, ...) { ... }
@script:python@
fn << clashp.fn; cp << clashp.cp;
@@
clash.add((base(cp[0].file), str(fn)))
@clashe@
typedef Error;
identifier fn; expression X; position cp;
@@
fn@cp(...)
{
  <+...
(
  Error *local_err;
|
  Error *local_err = X;
)
  ...+>
}
@script:python@
fn << clashe.fn; cp << clashe.cp;
@@
errs.add((base(cp[0].file), str(fn)))

@clashl@
identifier fn; type T; expression X; position cp;
@@
fn@cp(...)
{
  <+...
(
  T v;
|
  T v = X;
)
  ...+>
}
@script:python@
fn << clashl.fn; cp << clashl.cp; T << clashl.T;
@@
if 'Visitor' not in str(T): clash.add((base(cp[0].file), str(fn)))


// ---- put by value ---------------------------------------------------------
@put@
type T; T E; expression x; expression y; identifier fld, id;
identifier PUT =~ "^qemu_put_(s?be(16|32|64)|[su]?byte)$";
identifier F; position p;
@@
  PUT@p(F, \( E \& \( x->fld \| x.fld \| x[y] \| *x \| id \) \))

@script:python cput@
T << put.T; E << put.E; PUT << put.PUT; p << put.p; vfn; nm;
@@
fn = None if re.match(r'^[A-Z][A-Z0-9_]*$', str(E)) else visitor(PUT, T)
if fn is None:
    why(p, PUT, E, 'lvalue has type ' + str(T)); cocci.include_match(False)
else:
    if not ok(p): why(p, '', E, 'name v is taken'); cocci.include_match(False)
    coccinelle.vfn = fn; coccinelle.nm = cocci.make_expr(strname(E))

@@
type put.T; T put.E; identifier put.PUT, put.F; position put.p; identifier cput.vfn; expression cput.nm;
@@
- PUT@p(F, E)
+ vfn(v, nm, &E, &local_err)

// ---- get assigned ---------------------------------------------------------
@get@
type T; T E; 
identifier GET =~ "^qemu_get_(s?be(16|32|64)|[su]?byte)$";
identifier F; position p;
@@
  E = GET@p(F);

@script:python cget@
T << get.T; E << get.E; GET << get.GET; p << get.p; vfn; nm;
@@
fn = visitor(GET, T)
if fn is None:
    why(p, GET, E, 'lvalue has type ' + str(T)); cocci.include_match(False)
else:
    if not ok(p): why(p, '', E, 'name v is taken'); cocci.include_match(False)
    coccinelle.vfn = fn; coccinelle.nm = cocci.make_expr(strname(E))

@@
type get.T; T get.E; identifier get.GET, get.F; position get.p; identifier cget.vfn; expression cget.nm;
@@
- E = GET@p(F);
+ vfn(v, nm, &E, &local_err);

// ---- pointer forms: the prototype already fixes the type -------------------
@ptr@
expression P; identifier F; position p;
identifier PS =~ "^qemu_(put|get)_(s?be(16|32|64)s|s?8s)$";
@@
  PS@p(F, P)

@script:python cptr@
P << ptr.P; PS << ptr.PS; p << ptr.p; vfn; nm;
@@
if not ok(p): cocci.include_match(False)
m = re.search(r'_(s?)(?:be)?(8|16|32|64)s$', PS)
coccinelle.vfn = 'visit_type_' + ('int' if m.group(1) else 'uint') + m.group(2)
coccinelle.nm = cocci.make_expr(strname(P))

@@
expression ptr.P; identifier ptr.PS, ptr.F; position ptr.p; identifier cptr.vfn; expression cptr.nm;
@@
- PS@p(F, P)
+ vfn(v, nm, P, &local_err)

// ---- declarations ----------------------------------------------------------
@has@
identifier VF =~ "^visit_type_u?int(8|16|32|64)$"; position hp;
@@
VF@hp(v, ...)
@script:python ok@
hp << has.hp; fn2;
@@
fn = str(hp[0].current_element)
coccinelle.fn2 = fn
@depends on ok@
typedef Visitor, QEMUFile;
identifier ok.fn2, F;
@@
fn2(..., QEMUFile *F, ...)
{
+ Visitor *v = qemu_file_get_visitor(F);
+ Error *local_err = NULL;
  ...
}

// ---- report the rest --------------------------------------------------------
@rest@
identifier PG =~ "^qemu_(put|get)_(s?be(16|32|64|tl)s?|s?8s|[su]?byte)$";
position q;
@@
  PG@q(...)

@script:python@
PG << rest.PG; q << rest.q;
@@
why(q, PG, '', 'no rule matched (type unknown, rvalue or nested call)')
