// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const form = byId('filter');
  const search = byId('search');
  const proof = byId('proof');
  const anywhere = byId('anywhere');
  const tip = byId('tip');

  // -- filter: an item is shown if it fits all of words, outcomes, proof and directory ------------
  const items = all('.item').map((element) => ({
    element,
    path: element.dataset.path,
    outcomes: element.dataset.outcomes.split(' '),
    proof: element.dataset.proof,
    isFunction: element.classList.contains('function'),
    text: `${element.dataset.path} ${element.dataset.proof} ${element.textContent}`.toLowerCase(),
  }));
  const functions = items.filter((item) => item.isFunction);
  const holders = all('.file, .stay').map((element) => ({ element, items: all('.item', element) }));
  let folder = '';

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = all('input[name=outcome]:checked', form).map((box) => box.value);
    const everything = wanted.length === all('input[name=outcome]', form).length;
    const state = proof ? proof.value : '';
    for (const item of items) {
      item.element.hidden = !(
        (everything || item.outcomes.some((outcome) => wanted.includes(outcome))) &&
        (!state || item.proof === state) &&
        (!folder || item.path.startsWith(folder)) &&
        words.every((word) => item.text.includes(word)));
    }
    for (const holder of holders) {
      holder.element.hidden = holder.items.every((item) => item.hidden);
    }
    const shown = functions.filter((item) => !item.element.hidden).length;
    byId('nothing').hidden = shown > 0 || functions.length === 0;
    byId('status').textContent =
      `${shown} of ${functions.length} functions shown${folder ? `, in ${folder}` : ''}`;
    remember();
  };

  // -- the address: '#' anchor '?' filter, so that both can be kept and sent --------------------------
  const boxes = all('input[name=outcome]', form);
  const inAddress = () => {
    const at = location.hash.indexOf('?');
    return at < 0 ? [location.hash.slice(1), ''] : [location.hash.slice(1, at), location.hash.slice(at + 1)];
  };
  const remember = (anchor = inAddress()[0]) => {
    const kept = new URLSearchParams();
    if (search.value.trim()) kept.set('q', search.value.trim());
    if (boxes.some((box) => !box.checked)) kept.set('calls', boxes.filter((box) => box.checked).map((box) => box.value).join(' '));
    if (proof && proof.value) kept.set('proof', proof.value);
    if (folder) kept.set('in', folder);
    const filter = kept.toString();
    const hash = anchor || filter ? `#${anchor}${filter ? `?${filter}` : ''}` : '#';
    if (hash !== (location.hash || '#')) history.replaceState(null, '', hash);
  };
  const recall = () => {
    const kept = new URLSearchParams(inAddress()[1]);
    search.value = kept.get('q') || '';
    for (const box of boxes) box.checked = !kept.has('calls') || kept.get('calls').split(' ').includes(box.value);
    if (proof) proof.value = [...proof.options].some((one) => one.value === kept.get('proof')) ? kept.get('proof') : '';
    choose(kept.get('in') || '');
  };

  const choose = (path) => {
    folder = path;
    anywhere.hidden = !path;
    for (const button of all('.only')) {
      button.setAttribute('aria-pressed', String(button.dataset.path === path));
    }
    apply();
  };

  let waiting = 0;
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 80);
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(() => choose('')));
  anywhere.addEventListener('click', () => { choose(''); search.focus(); });
  for (const button of all('.only')) {
    button.addEventListener('click', () => choose(folder === button.dataset.path ? '' : button.dataset.path));
  }
  byId('open').addEventListener('click', () => {
    for (const item of functions) item.element.open = item.element.open || !item.element.hidden;
  });
  byId('close').addEventListener('click', () => {
    for (const item of functions) item.element.open = false;
  });

  // -- links into what is closed or filtered away ---------------------------------------------------
  const reveal = () => {
    const anchor = inAddress()[0];
    const target = anchor ? byId(decodeURIComponent(anchor)) : null;
    if (!target) return;
    const section = target.closest('.file');
    const item = target.closest('.item');
    const away = item ? item.hidden : section && section.hidden;
    if (away) { form.reset(); choose(''); }
    for (let at = item; at; at = at.parentElement.closest('details')) at.open = true;
    target.scrollIntoView({ block: target.tagName === 'SUMMARY' ? 'start' : 'center' });
    target.focus({ preventScroll: true });
    remember(anchor);
  };
  addEventListener('hashchange', () => {
    if (inAddress()[1]) recall();
    reveal();
  });

  // -- the next and the previous function, and the lines between changes ------------------------------
  let current = -1;
  const step = (by) => {
    const shown = functions.map((item) => item.element).filter((element) => !element.hidden);
    if (!shown.length) return;
    const focused = document.activeElement.closest('.function');
    const at = focused && shown.includes(focused) ? shown.indexOf(focused) : by > 0 ? current : current + 1;
    current = Math.min(Math.max(at + by, 0), shown.length - 1);
    const element = shown[current];
    const head = element.querySelector('summary');
    element.open = true;
    head.scrollIntoView({ block: 'start' });
    head.focus({ preventScroll: true });
    remember(encodeURIComponent(head.id));
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches('input, select, textarea')) return;
    if (event.key === 'n') step(1);
    if (event.key === 'p') step(-1);
  });
  for (const button of all('.more')) {
    button.addEventListener('click', () => {
      const open = button.getAttribute('aria-expanded') !== 'true';
      button.setAttribute('aria-expanded', String(open));
      let row = button.closest('tr').nextElementSibling;
      for (; row && row.classList.contains('folded'); row = row.nextElementSibling) row.hidden = !open;
    });
  }

  // -- what is known of a call: on hover, on focus, and on click or touch ---------------------------
  let shownFor = null;
  let leaving = 0;
  const hide = () => {
    clearTimeout(leaving);
    tip.hidden = true;
    shownFor = null;
  };
  const show = (link) => {
    clearTimeout(leaving);
    if (shownFor === link) return;
    const facts = byId('d' + link.hash.slice(2));
    tip.replaceChildren(...[...facts.childNodes].map((node) => node.cloneNode(true)));
    tip.hidden = false;
    shownFor = link;
    const box = link.getClientRects()[0];
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    const below = box.bottom + tip.offsetHeight + 8 < innerHeight || box.top < tip.offsetHeight + 8;
    tip.style.left = `${scrollX + Math.max(4, Math.min(box.left, room))}px`;
    tip.style.top = `${scrollY + (below ? box.bottom + 4 : box.top - tip.offsetHeight - 4)}px`;
  };
  const linkOf = (event) => event.target.closest && event.target.closest('a.s');
  const later = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 200);
  };
  document.addEventListener('pointerover', (event) => {
    const link = linkOf(event);
    if (link && event.pointerType === 'mouse') show(link);
    else if (tip.contains(event.target)) clearTimeout(leaving);
    else if (shownFor && event.pointerType === 'mouse' && document.activeElement !== shownFor) later();
  });
  document.addEventListener('focusin', (event) => {
    const link = linkOf(event);
    if (link && link.matches(':focus-visible')) show(link);
    else if (!link && shownFor) hide();
  });
  document.addEventListener('click', (event) => {
    const link = linkOf(event);
    if (!link) {
      if (!tip.contains(event.target)) hide();
    } else if (event.detail > 0) {  // by pointer or touch; Enter goes on to the call's entry
      event.preventDefault();
      show(link);
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && shownFor) hide();
  });

  form.hidden = false;
  recall();
  if (location.hash) reveal();
})();
