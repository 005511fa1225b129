// One request: why, which checks, what was signed, what came and went.
import { useEffect, useRef, useState } from 'preact/hooks';
import { account, linkOf } from './account.mjs';
import { api } from './api.mjs';
import { Findings, Hints, Verdict } from './finding.mjs';
import { Fixes, fixesOf } from './fixes.mjs';
import { Forms } from './forms.mjs';
import { Validity } from './validity.mjs';
import { both, size, target, took } from './format.mjs';
import { journal } from './journal.mjs';
import { Report } from './report.mjs';
import { go, linkTo } from './route.mjs';
import { attempt, copy, html, say, xml } from './ui.mjs';
import { useWords } from './prefs.mjs';

/** The request of an id, loaded; null while that takes, false when it is gone. */
function useRequest(id) {
  const [loaded, setLoaded] = useState({ id: '', entry: null });
  useEffect(() => {
    if (!id) return undefined;
    const stop = new AbortController();
    const load = async () => {
      try {
        const entry = await api.request(id, stop.signal);
        const fixes = await fixesOf(entry);
        if (!stop.signal.aborted) setLoaded({ id, entry, fixes });
      } catch (err) {
        if (err.name === 'AbortError') return;
        if (err.status === 404) setLoaded({ id, entry: false });
        else say(err.message, 'bad');
      }
    };
    const pause = setTimeout(load, loaded.id ? 40 : 0); // arrow keys run through the list
    return () => {
      clearTimeout(pause);
      stop.abort();
    };
  }, [id]);
  return loaded.id === id ? loaded : { entry: null };
}

export function RequestDetail({ id, panel }) {
  const w = useWords();
  const { entry, fixes } = useRequest(id);
  const brief = entry || journal.get().entries.find((e) => e.id === id);
  const body = useRef(null);
  useEffect(() => {
    body.current?.scrollTo(0, 0);
  }, [id]);
  if (!id) return html`<aside class="detail vacant" ref=${panel} tabindex="-1" aria-label=${w.detail.label}><${Keys} w=${w} /></aside>`;
  return html`
    <aside class="detail" id="detail" ref=${panel} tabindex="-1" aria-label=${w.detail.label} aria-busy=${String(entry === null)}>
      <header class="head">
        ${brief ? html`<h2><span class="method">${brief.method}</span> <span class="name" title=${target(brief)}>${target(brief)}</span></h2>` : html`<h2>${id}</h2>`}
        <button class="quiet close" aria-label=${w.close} title=${w.close + ' (Esc)'} onClick=${() => go(linkTo.request(''))}>×</button>
      </header>
      <div class="body" ref=${body}>
        ${entry === false ? html`<p class="lead">${w.detail.gone}</p>` : null}
        ${entry ? html`<${Judged} key=${entry.id} w=${w} entry=${entry} fixes=${fixes} />` : null}
      </div>
    </aside>`;
}

function Keys({ w }) {
  return html`
    <div class="hints">
      <p class="lead">${w.detail.pick}</p>
      <dl>${w.detail.keys.map(([key, does]) => html`<div key=${key}><dt>${key.split(' ').map((k) => html`<kbd>${k}</kbd> `)}</dt><dd>${does}</dd></div>`)}</dl>
    </div>`;
}

/** Everything about a request that was judged; sent says that it really came, live that it is here. */
export function Judged({ w, entry, fixes, sent = true, live = sent }) {
  return html`
    <${Verdict} w=${w} entry=${entry} sent=${sent} />
    <${Findings} w=${w} report=${entry.finding} />
    <${Hints} w=${w} hints=${entry.hints} />
    ${fixes ? html`<${Fixes} w=${w} entry=${entry} fixes=${fixes} />` : null}
    <${Validity} w=${w} entry=${entry} live=${live || !sent} />
    ${live ? html`<${Actions} w=${w} entry=${entry} />` : null}
    ${entry.omitted ? html`<p class="note">${w.detail.omitted(entry.omitted)}</p>` : null}
    <${Steps} w=${w} entry=${entry} />
    <${Forms} w=${w} report=${entry.finding} own=${entry.signature?.http_string} />
    <${Arrived} w=${w} entry=${entry} sent=${sent} />
    ${entry.answer ? html`<${Answer} w=${w} entry=${entry} />` : null}`;
}

function Actions({ w, entry }) {
  const copied = (what) => attempt(async () => {
    await copy(what);
    say(w.copied);
  });
  const link = location.origin + linkOf(account.get(), linkTo.request(entry.id));
  const curl = entry.request.curl;
  return html`
    <div class="actions">
      ${curl ? html`<button id="copy-curl" title=${curl} onClick=${() => copied(curl)}>${w.detail.copyCurl}</button>` : null}
      <button class="quiet" id="copy-link" title=${link} onClick=${() => copied(link)}>${w.detail.copyLink}</button>
      <button class="quiet" id="copy-id" title=${entry.id} onClick=${() => copied(entry.id)}>${w.detail.copyId}</button>
      <${Report} w=${w} entry=${entry} />
      ${curl.includes('[hidden]') ? html`<span class="note">${w.detail.curlToken}</span>` : null}
    </div>`;
}

function Steps({ w, entry }) {
  if (!entry.steps) return null;
  return html`
    <section>
      <h3>${w.detail.checks}</h3>
      <ol class="steps">
        ${entry.steps.map((s) => html`
          <li key=${s.name} class=${s.outcome === 'ok' ? 'ok' : 'failed'}>
            <i aria-hidden="true">${s.outcome === 'ok' ? '✓' : '✕'}</i> ${w.detail.steps[s.name] || s.name}
            ${s.outcome === 'ok' ? html`<span class="sr"> ok</span>` : html` <code>${s.outcome}</code>`}
          </li>`)}
      </ol>
    </section>`;
}

function Arrived({ w, entry, sent }) {
  const d = w.detail;
  const s = entry.signature;
  const query = (entry.request.query || '').split('&').filter(Boolean);
  return html`
    <section>
      <h3>${d.request}</h3>
      <dl class="facts">
        <${Fact} name=${entry.method}><code>${entry.scheme === 'https' ? 'https://' : ''}${entry.host}${entry.path}</code><//>
        ${sent ? html`<${Fact} name=${w.list.columns.time}>${both(entry.at)} · ${took(entry.took_ms)}<//>` : null}
        ${entry.request.remote ? html`<${Fact} name=${d.client}>${entry.request.remote} · ${entry.request.proto}<//>` : null}
        ${sent ? html`<${Fact} name=${d.received}><span title=${d.bytes(entry.received_bytes)}>${size(entry.received_bytes)}</span><//>` : null}
        ${s
          ? html`<${Fact} name=${d.key}><code>${s.secret_id}</code><//>
            <${Fact} name=${d.carrier}>${d.carriers[s.carrier]}${s.token === 'none' ? '' : ` · ${d.token} ${d.carriers[s.token] && s.token !== 'header' ? d.carriers[s.token] : 'x-cos-security-token'}`}<//>`
          : entry.steps?.some((step) => step.name === 'sts' || step.name === 'proxy') ? null : html`<${Fact} name=${d.key}>${d.anonymous}<//>`}
        ${s?.reading ? html`<${Fact} name=${d.leniency}><code>${s.reading}</code><//>` : null}
        ${query.length ? html`<${Fact} name=${d.query}><code class="pairs">${query.map((p, i) => html`<span key=${i}>${p}</span>`)}</code><//>` : null}
      </dl>
      <${Headers} headers=${entry.request.headers} signed=${s?.header_list} />
    </section>`;
}

function Answer({ w, entry }) {
  return html`
    <section>
      <h3>${w.detail.answer} <span class=${'status v-' + entry.verdict}>${entry.status}</span></h3>
      <${Headers} headers=${entry.answer.headers} />
      ${entry.answer.body ? html`<pre class="xml" tabindex="0"><code>${xml(entry.answer.body)}</code></pre>` : null}
    </section>`;
}

export function Fact({ name, children }) {
  return html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
}

function Headers({ headers, signed = [] }) {
  const lines = Object.entries(headers || {}).flatMap(([name, values]) => values.map((v) => [name, v]));
  if (lines.length === 0) return null;
  return html`
    <dl class="facts headers">
      ${lines.map(([name, value], i) => html`
        <div key=${i} class=${signed.includes(name.toLowerCase()) ? 'signed' : ''}><dt>${name}</dt><dd><code>${value}</code></dd></div>`)}
    </dl>`;
}
