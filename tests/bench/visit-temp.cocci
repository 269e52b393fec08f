// SPDX-License-Identifier: GPL-2.0-or-later
// Second pass after visit.cocci: whatever is left goes through a temporary of the wire type.
@initialize:python@
@@
import re, os
seen = set()
clash = set()
errs = set()
def base(f): return re.sub(r"^cocci_small_output-[0-9]+-[0-9a-f]+-", "", os.path.basename(f))
def ok(p): return p[0].file.endswith(".c") and (base(p[0].file), str(p[0].current_element)) not in clash and ((base(p[0].file), str(p[0].current_element)) not in errs or (base(p[0].file), str(p[0].current_element)) in seen)
def wt(prim):
    m = re.search(r'_(s?)be(16|32|64)$|_([su]?)byte$', prim)
    sg = (m.group(1) or m.group(3) or ''); w = m.group(2) or '8'
    return ('int' if sg == 's' else 'uint') + w
def strname(E):
    s = re.sub(r'\s+', '', str(E)); s = re.sub(r'^\(\w+\)', '', s); s = re.sub(r'^\w+->', '', s)
    return '"%s"' % s.replace('"', '')


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
(seen if 'Visitor' in str(T) else clash).add((base(cp[0].file), str(fn)))

@put@
expression E; identifier PUT =~ "^qemu_put_(s?be(16|32|64)|[su]?byte)$"; identifier F; position p; statement S;
@@
  PUT@p(F, E);@S
@script:python c@
E << put.E; PUT << put.PUT; p << put.p; vfn; ty; nm;
@@
if not ok(p): cocci.include_match(False)
coccinelle.vfn = 'visit_type_' + wt(PUT); coccinelle.ty = cocci.make_type(wt(PUT) + '_t'); coccinelle.nm = cocci.make_expr(strname(E))
@@
expression put.E; identifier put.PUT, put.F; position put.p; identifier c.vfn; expression c.nm; type c.ty;
symbol tmp;
@@
- PUT@p(F, E);
+ { ty tmp = E; vfn(v, nm, &tmp, &local_err); }

@get@
expression E; identifier GET =~ "^qemu_get_(s?be(16|32|64)|[su]?byte)$"; identifier F; position p;
@@
  E = GET@p(F);
@script:python d@
E << get.E; GET << get.GET; p << get.p; vfn; ty; nm;
@@
if not ok(p): cocci.include_match(False)
coccinelle.vfn = 'visit_type_' + wt(GET); coccinelle.ty = cocci.make_type(wt(GET) + '_t'); coccinelle.nm = cocci.make_expr(strname(E))
@@
expression get.E; identifier get.GET, get.F; position get.p; identifier d.vfn; expression d.nm; type d.ty;
@@
- E = GET@p(F);
+ { ty tmp; vfn(v, nm, &tmp, &local_err); E = tmp; }

@has@
identifier VF =~ "^visit_type_u?int(8|16|32|64)$"; position hp;
@@
VF@hp(v, ...)
@script:python ok@
hp << has.hp; fn2;
@@
fn = str(hp[0].current_element)
if (base(hp[0].file), fn) in seen: cocci.include_match(False)
else: coccinelle.fn2 = fn
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
