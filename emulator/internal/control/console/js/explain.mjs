// The box that explains whatever is pasted into it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from './api.mjs';
import { Fact, Judged } from './detail.mjs';
import { Findings } from './finding.mjs';
import { Forms } from './forms.mjs';
import { both } from './format.mjs';
import { readReport } from './report.mjs';
import { go, linkTo } from './route.mjs';
import { readHeaders, sniff } from './sniff.mjs';
import { attempt, createStore, html, say, useStore } from './ui.mjs';
import { useWords, words } from './prefs.mjs';

const pasted = createStore({ text: '', method: '', headers: '' }); // outlives a visit to another view
const result = createStore(null);

/** Takes a paste from anywhere on the page to the box, and answers it. */
export function explainPaste(text) {
  pasted.set({ ...pasted.get(), text });
  const seen = sniff(text);
  if (readReport(text) === null && Object.keys(seen).length === 0) return false;
  go(linkTo.explain);
  run();
  return true;
}

async function run() {
  const { text, method, headers } = pasted.get();
  const report = readReport(text);
  if (report !== null) {
    result.set(report ? { report } : null);
    if (!report) say(words().report.bad, 'bad');
    return;
  }
  const seen = sniff(text);
  if (seen.id) {
    go(linkTo.request(seen.id));
    return;
  }
  if (!text.trim()) return;
  const body = { text }; // the server reads it: as the command does
  if (method) body.method = method;
  const more = readHeaders(headers).headers;
  if (Object.keys(more).length > 0) body.headers = more;
  result.set(null);
  result.set((await attempt(() => api.explain(body))) || null);
}

export function Explain() {
  const w = useWords();
  const form = useStore(pasted);
  const found = useStore(result);
  const box = useRef(null);
  useEffect(() => box.current.focus(), []);
  const seen = sniff(form.text);
  const isReport = readReport(form.text) !== null;
  const names = isReport ? [w.explain.seen.report] : ['curl', 'url', 'body', 'id'].filter((k) => seen[k]).map((k) => w.explain.seen[k]);
  const set = (change) => pasted.set({ ...form, ...change });
  const submit = (e) => {
    e.preventDefault();
    run();
  };
  return html`
    <div class="page explain">
      <form class="ask" onSubmit=${submit} onDragOver=${(e) => e.preventDefault()} onDrop=${(e) => {
        if (!e.dataTransfer.files.length) return;
        e.preventDefault();
        openFile(e.dataTransfer.files[0]);
      }}>
        <h1>${w.explain.title}</h1>
        <p>${w.explain.lead}</p>
        <textarea id="paste" ref=${box} rows="9" spellcheck=${false} aria-label=${w.explain.label} placeholder=${w.explain.placeholder} value=${form.text}
          onInput=${(e) => set({ text: e.target.value })}
          onKeyDown=${(e) => e.key === 'Enter' && (e.ctrlKey || e.metaKey) && submit(e)}></textarea>
        <p class="seen" role="status">${names.length > 0 ? w.explain.sees(names.join(w.explain.and)) : form.text.trim() ? w.explain.sees(w.explain.seen.nothing) : '\u00a0'}</p>
        <fieldset class="pair">
          <label>${w.explain.method}
            <select id="explain-method" value=${form.method} onChange=${(e) => set({ method: e.target.value })}>
              <option value="">${w.explain.anyMethod}</option>
              ${['PUT', 'GET', 'HEAD', 'POST', 'DELETE'].map((m) => html`<option key=${m}>${m}</option>`)}
            </select>
          </label>
          <label>${w.explain.headers}
            <textarea rows="2" spellcheck=${false} placeholder=${w.explain.headersHint} value=${form.headers} onInput=${(e) => set({ headers: e.target.value })}></textarea>
          </label>
        </fieldset>
        <p class="buttons"><button id="explain" type="submit" class="primary" disabled=${!form.text.trim()}>${w.explain.run}</button> <kbd>Ctrl</kbd> <kbd>Enter</kbd></p>
        <label class="open">${w.report.open} <input id="open-report" type="file" accept=".md,.json,.har,.txt" onChange=${(e) => openFile(e.target.files[0])} /></label>
      </form>
      <section class="result" id="explanation" aria-label=${w.explain.title2} aria-live="polite">
        <h2 class="sr">${w.explain.title2}</h2>
        ${(found?.notes || []).map((n) => html`<p class="note">${w.tag === 'en' ? n.en : n.zh}</p>`)}
        ${found?.report ? html`<${Opened} w=${w} report=${found.report} />` : found && !found.cloud && !found.request ? html`<${Findings} w=${w} report=${found.finding} />` : found ? (found.cloud ? html`<${Cloud} w=${w} found=${found} />` : html`<${Judged} w=${w} entry=${{ ...found.request, finding: found.finding }} sent=${false} />`) : null}
      </section>
    </div>`;
}

/** Opens a file: a report, or anything that can be pasted. */
const openFile = (file) => file && attempt(async () => {
  if (file.size > 4 << 20) throw new Error(words().report.bad);
  pasted.set({ ...pasted.get(), text: await file.text() });
  run();
});

/** A request that was handed over as a file: it is not of this server. */
function Opened({ w, report }) {
  const c = report.clock;
  return html`
    <p class="note" id="opened">${w.report.opened(report.version)}${c?.now ? ' · ' + (c.frozen ? w.clock.frozen + ' ' : '') + both(c.now) : ''}</p>
    <h3>${report.request.method} ${report.request.host}${report.request.path}</h3>
    <${Judged} w=${w} entry=${report.request} live=${false} />`;
}

/** A refusal of the real cloud, explained. */
function Cloud({ w, found }) {
  const c = found.cloud;
  const d = w.detail;
  const [kept, setKept] = useState('');
  useEffect(() => {
    let gone = false;
    setKept('');
    if (c.request_id) api.request(c.request_id).then((e) => gone || setKept(e.id), () => {}); // it may be one of ours
    return () => {
      gone = true;
    };
  }, [c.request_id]);
  return html`
    <div class="verdict v-refused"><strong>${c.code}</strong> <span>${c.message}</span></div>
    <${Findings} w=${w} report=${found.finding} />
    ${kept ? html`<p class="actions"><a class="button" href=${linkTo.request(kept)}>${d.inJournal}</a></p>` : null}
    <${Forms} w=${w} report=${found.finding} own=${c.http_string} />
    <section>
      <h3>${d.cloud}</h3>
      <dl class="facts">
        ${c.resource ? html`<${Fact} name="Resource"><code>${c.resource}</code><//>` : null}
        ${c.request_id ? html`<${Fact} name="RequestId"><code>${c.request_id}</code><//>` : null}
        ${c.server_time ? html`<${Fact} name="ServerTime">${both(c.server_time)}<//>` : null}
        ${c.string_to_sign ? html`<${Fact} name="StringToSign"><code class="pairs">${c.string_to_sign}</code><//>` : null}
      </dl>
      ${c.integrity ? html`<p class="note">${w.tag.startsWith('zh') ? c.integrity.zh : c.integrity.en}</p>` : null}
    </section>`;
}
