// The live list of requests: filters above, rows below.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Connect } from './connect.mjs';
import { account, setParams } from './account.mjs';
import { useTitles } from './finding.mjs';
import { clear, choose, cleared, fold, journal, restore, survey } from './journal.mjs';
import { both, day, moment, size, target, timeOfDay, took } from './format.mjs';
import { go, linkTo } from './route.mjs';
import { Ask, attempt, createStore, html, say, useStore } from './ui.mjs';
import { useWords } from './prefs.mjs';

/** The height of a row in pixels; css/requests.css has it too. A phone shows two lines. */
const phone = matchMedia('(max-width: 700px)');
let ROW = 30;
/** Rows drawn beyond both edges, for the eye that scrolls. */
const SPARE = 10;

const nothing = { verdict: '', method: '', bucket: '', status: 0, text: '' };

/** The filters as they stand in the address. */
function filtersOf(search) {
  const p = new URLSearchParams(search);
  return { verdict: p.get('verdict') || '', method: p.get('method') || '', bucket: p.get('bucket') || '', status: Number(p.get('status')) || 0, text: p.get('q') || '' };
}

const filters = createStore(filtersOf(location.search)); // outlives a visit to another view
filters.watch(() => {
  const { text, status, ...rest } = filters.get();
  setParams({ ...rest, status: status ? String(status) : '', q: text });
});
addEventListener('popstate', () => filters.set(filtersOf(location.search)));

export function RequestList({ id, onOpen }) {
  const w = useWords();
  const { entries, version, connection } = useStore(journal);
  const filter = useStore(filters);
  const chosen = useMemo(() => choose(entries, filter), [version, filter]);
  const [opened, setOpened] = useState(new Set());
  const rows = useMemo(() => fold(chosen, opened, id), [chosen, opened, id]);
  const toggle = (upload, open) => setOpened((was) => {
    const next = new Set(was);
    if (open) next.add(upload);
    else next.delete(upload);
    return next;
  });
  const [small, setSmall] = useState(phone.matches);
  ROW = small ? 46 : 30;
  useEffect(() => {
    const look = () => setSmall(phone.matches);
    phone.addEventListener('change', look);
    return () => phone.removeEventListener('change', look);
  }, []);
  const found = useMemo(() => survey(entries), [version]);
  const set = (change) => filters.set({ ...filter, ...change });
  return html`
    <section class="list" aria-label=${w.views.requests}>
      <${Filters} w=${w} filter=${filter} set=${set} found=${found} all=${entries.length} />
      <div class="columns row" aria-hidden="true">
        ${['time', 'method', 'status', 'key', 'reason', 'size', 'took'].map((c) => html`<span key=${c} class=${'c-' + c}>${w.list.columns[c]}</span>`)}
      </div>
      ${rows.length > 0
        ? html`<${Rows} w=${w} rows=${rows} filter=${filter} id=${id} onOpen=${onOpen} toggle=${toggle} />`
        : html`<${Empty} w=${w} filtered=${entries.length > 0} />`}
      <footer class="foot">
        <span class=${'connection ' + connection}>${w.list[connection]}</span>
        <span>${w.list.count(chosen.length, entries.length)}</span>
      </footer>
    </section>
  `;
}

function Filters({ w, filter, set, found, all }) {
  const search = useRef(null);
  const [asked, setAsked] = useState(false);
  const back = useStore(cleared);
  useEffect(() => {
    const onKey = (e) => {
      if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.('input, textarea, select, dialog')) return;
      e.preventDefault();
      search.current.focus();
      search.current.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  const tabs = [['', w.list.all, all], ['accepted', w.list.accepted, found.verdicts.accepted], ['refused', w.list.refused, found.verdicts.refused]];
  if (found.verdicts.reported || filter.verdict === 'reported') tabs.push(['reported', w.list.reported, found.verdicts.reported]);
  const choice = (name, label, options, value, pick) => html`
    <select id=${'filter-' + name} aria-label=${label} value=${value} onChange=${(e) => pick(e.target.value)}>
      <option value="">${label}</option>
      ${(value && !options.includes(value) ? [value, ...options] : options).map((o) => html`<option key=${o} value=${o}>${o}</option>`)}
    </select>`;
  return html`
    <div class="filters" role="search" aria-label=${w.list.filters}>
      <div class="segments" role="group" aria-label=${w.list.filters}>
        ${tabs.map(([value, label, n]) => html`
          <button key=${value} class=${'v-' + (value || 'all')} aria-pressed=${String(filter.verdict === value)}
            title=${value === 'reported' ? w.list.reportedTip : undefined} onClick=${() => set({ verdict: value })}>
            ${label} <span class="n">${n}</span>
          </button>`)}
      </div>
      <input id="search" ref=${search} type="search" placeholder=${w.list.search} title=${w.list.searchLabel} aria-label=${w.list.searchLabel} aria-keyshortcuts="/"
        value=${filter.text} onInput=${(e) => set({ text: e.target.value })}
        onKeyDown=${(e) => {
          if (e.key === 'Escape' && filter.text === '') e.target.blur();
          if (e.key === 'ArrowDown') document.getElementById('rows')?.focus();
        }} />
      ${choice('method', w.list.method, found.methods, filter.method, (v) => set({ method: v }))}
      ${choice('status', w.list.status, found.statuses, filter.status || '', (v) => set({ status: Number(v) }))}
      ${choice('bucket', w.list.bucket, found.buckets, filter.bucket, (v) => set({ bucket: v }))}
      ${back > 0 && all === 0
        ? html`<button id="restore" onClick=${() => attempt(restore)}>${w.list.restore(back)}</button>`
        : html`<button class="quiet" id="clear" disabled=${all === 0} onClick=${() => setAsked(true)}>${w.list.clear}</button>`}
      ${asked
        ? html`<${Ask} w=${w} title=${w.list.clearAsk(all, account.get())} text=${w.list.clearText} yes=${w.list.clear} onClose=${() => setAsked(false)} onYes=${() => attempt(async () => {
            await clear();
            go(linkTo.request(''), true);
            say(w.list.cleared);
          })} />`
        : null}
    </div>`;
}

function Empty({ w, filtered }) {
  return html`
    <div class="empty">
      <p class="lead">${filtered ? w.list.none : w.list.empty}</p>
      ${filtered
        ? html`<p><button onClick=${() => filters.set(nothing)}>${w.list.reset}</button></p>`
        : html`<p>${w.list.emptyHint}</p><${Connect} w=${w} />`}
    </div>`;
}

/** The part of the list that can be seen; the rest is only its height. */
function Rows({ w, rows, filter, id, onOpen, toggle }) {
  const title = useTitles(w);
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const at = useMemo(() => rows.findIndex((e) => e.id === id), [rows, id]);
  const fresh = useAnchor(box, rows, filter);

  useLayoutEffect(() => {
    const el = box.current;
    const look = () => setView((v) => (v.top === el.scrollTop && v.height === el.clientHeight ? v : { top: el.scrollTop, height: el.clientHeight }));
    const size = new ResizeObserver(look);
    size.observe(el);
    el.addEventListener('scroll', look, { passive: true });
    look();
    return () => {
      size.disconnect();
      el.removeEventListener('scroll', look);
    };
  }, []);

  const reveal = (i) => {
    const el = box.current;
    if (i * ROW < el.scrollTop) el.scrollTop = i * ROW;
    else if ((i + 1) * ROW > el.scrollTop + el.clientHeight) el.scrollTop = (i + 1) * ROW - el.clientHeight;
  };
  useLayoutEffect(() => {
    if (at >= 0) reveal(at);
  }, [id]); // and not when others arrive

  const onKeyDown = (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const page = Math.max(1, Math.floor(view.height / ROW) - 1);
    const first = Math.ceil(view.top / ROW);
    const to = {
      ArrowDown: at < 0 ? first : at + 1,
      ArrowUp: at < 0 ? first : at - 1,
      PageDown: (at < 0 ? first : at) + page,
      PageUp: (at < 0 ? first : at) - page,
      Home: 0,
      End: rows.length - 1,
    }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      const i = Math.min(Math.max(to, 0), rows.length - 1);
      go(linkTo.request(rows[i].id), true);
    } else if ((e.key === 'ArrowRight' || e.key === 'ArrowLeft') && at >= 0 && rows[at].upload) {
      e.preventDefault();
      const head = rows.find((x) => x.parts && x.upload === rows[at].upload);
      if (head && head.opened !== (e.key === 'ArrowRight')) {
        if (head.opened) go(linkTo.request(head.id), true); // a part that is shown keeps them unfolded
        toggle(head.upload, !head.opened);
      }
    } else if (e.key === 'Enter' && at >= 0) {
      e.preventDefault();
      onOpen();
    } else if (e.key === 'Escape') {
      go(linkTo.request(''), true);
    }
  };

  const from = Math.max(0, Math.floor(view.top / ROW) - SPARE);
  const to = Math.min(rows.length, Math.ceil((view.top + view.height) / ROW) + SPARE);
  const drawn = at >= from && at < to;
  const today = day(rows[0].at); // older days are written out
  return html`
    <div class="rows" id="rows" ref=${box} role="listbox" tabindex="0" aria-label=${w.list.label}
      aria-activedescendant=${drawn ? 'r' + rows[at].seq : undefined} onKeyDown=${onKeyDown}>
      <div class="all" style=${{ height: rows.length * ROW + 'px' }}>
        ${rows.slice(from, to).map((e, i) => html`
          <${Row} key=${(from + i) % (to - from)} w=${w} e=${e} i=${from + i} n=${rows.length} chosen=${e.id === id} today=${today} title=${title} toggle=${toggle} />`)}
      </div>
    </div>
    <button class="fresh" hidden=${fresh === 0} onClick=${() => box.current.scrollTo({ top: 0 })}>↑ ${w.list.fresh(fresh)}</button>`;
}

/** Keeps what is being looked at in its place while others arrive above it, and counts those. */
function useAnchor(box, rows, filter) {
  const before = useRef({ filter, newest: 0 });
  const [fresh, setFresh] = useState(0);
  useLayoutEffect(() => {
    const el = box.current;
    const was = before.current;
    before.current = { filter, newest: rows[0].seq };
    if (was.filter !== filter) {
      el.scrollTop = 0;
      setFresh(0);
      return;
    }
    let added = rows.findIndex((e) => e.seq <= was.newest);
    if (added < 0) added = rows.length;
    if (added > 0 && el.scrollTop > 0 && was.newest > 0) {
      el.scrollTop += added * ROW;
      setFresh((n) => n + added);
    }
  }, [rows, filter]);
  useEffect(() => {
    const el = box.current;
    const onScroll = () => el.scrollTop === 0 && setFresh(0);
    el.addEventListener('scroll', onScroll, { passive: true });
    return () => el.removeEventListener('scroll', onScroll);
  }, []);
  return fresh;
}

function Row({ w, e, i, n, chosen, today, title, toggle }) {
  const name = target(e);
  const reason = e.code ? [e.code, ...e.diagnosis] : [];
  return html`
    <a class=${'row v-' + e.verdict + (chosen ? ' chosen' : '') + (e.inside ? ' inside' : '')} id=${'r' + e.seq} role="option" tabindex="-1" draggable=${false}
      aria-selected=${String(chosen)} aria-setsize=${n} aria-posinset=${i + 1} href=${linkTo.request(e.id)}
      style=${{ transform: `translateY(${i * ROW}px)` }} onClick=${() => document.getElementById('rows').focus({ preventScroll: true })}>
      <span class="c-time" title=${both(e.at)}>${day(e.at) === today ? timeOfDay(e.at) : moment(e.at).slice(5)}</span>
      <span class="c-method">${e.method}</span>
      <span class="c-status"><i class="dot" aria-hidden="true"></i>${e.status}<span class="sr"> ${w.list[e.verdict]}</span></span>
      <span class="c-key" title=${(e.bucket ? e.bucket + '/' : '') + name}>${name}</span>
      <span class="c-reason" title=${[...reason, e.message].filter(Boolean).join(' · ')}>
        ${e.diagnosis.length > 0 ? html`<b class="chip">${title(e.diagnosis[0])}</b>` : null}<span class="code">${e.code || ''}</span>
        ${e.parts ? html`<b class="chip parts" title=${w.list.fold} onClick=${(ev) => {
          ev.preventDefault();
          ev.stopPropagation();
          if (e.opened) go(linkTo.request(e.id), true);
          toggle(e.upload, !e.opened);
        }}>${e.opened ? '▾' : '▸'} ${w.list.parts(e.parts)}</b>` : null}
      </span>
      <span class="c-size">${e.bytes || e.received_bytes || e.sent_bytes ? size(e.bytes || e.received_bytes || e.sent_bytes) : ''}</span>
      <span class="c-took">${took(e.took_ms)}</span>
    </a>`;
}
