// The form that issues a temporary key: its policy, and the code that uses it.
import { useEffect, useState } from 'preact/hooks';
import { account } from './account.mjs';
import { api } from './api.mjs';
import { moment } from './format.mjs';
import { useWords } from './prefs.mjs';
import { attempt, createStore, html, Line, useStore } from './ui.mjs';

const draft = createStore({ bucket: '', prefix: 'photos/', megabytes: '10', kinds: 'image/*', expires: '15m', parts: false });
/** The key that was issued last: only this page has its secret, until it is left. */
const issued = createStore(null);
const shown = createStore('browser');
account.watch(() => issued.set(null));

/** The buckets to choose from; null while they are being read. */
function useBuckets() {
  const [buckets, setBuckets] = useState(null);
  useEffect(() => {
    attempt(async () => setBuckets((await api.buckets()).buckets));
  }, []);
  return buckets;
}

export function Keys() {
  const w = useWords();
  const f = useStore(draft);
  const key = useStore(issued);
  const buckets = useBuckets();
  const [wrong, setWrong] = useState('');
  if (!buckets) return html`<div class="page"><p>${w.loading}</p></div>`;
  if (buckets.length === 0) return html`<div class="page"><h1>${w.keys.title}</h1><p class="lead">${w.sign.noBucket}</p></div>`;
  const bucket = buckets.some((b) => b.name === f.bucket) ? f.bucket : buckets[0].name;
  const set = (change) => draft.set({ ...f, ...change });
  const submit = async (e) => {
    e.preventDefault();
    const megabytes = f.megabytes.trim() === '' ? 0 : Number(f.megabytes);
    const bad = !(megabytes >= 0 && megabytes <= 5120);
    setWrong(bad ? w.keys.badSize : '');
    if (bad) return;
    const kinds = f.kinds.split(/[\s,]+/).filter(Boolean);
    await attempt(async () => {
      issued.set(await api.issueKey({
        bucket, prefix: f.prefix, max_bytes: Math.floor(megabytes * 1048576), content_types: kinds, parts: f.parts, expires: f.expires,
      }));
    });
  };
  return html`
    <div class="page sign keys">
      <form class="ask" onSubmit=${submit}>
        <h1>${w.keys.title}</h1>
        <p>${w.keys.lead}</p>
        <div class="grid">
          <label class="wide">${w.sign.bucket}
            <select id="key-bucket" value=${bucket} onChange=${(e) => set({ bucket: e.target.value })}>
              ${buckets.map((b) => html`<option key=${b.name} value=${b.name}>${b.name}</option>`)}
            </select>
          </label>
          <label class="wide">${w.keys.prefix} <span class="note">${w.keys.prefixNote}</span>
            <input id="key-prefix" autocomplete="off" spellcheck=${false} value=${f.prefix} onInput=${(e) => set({ prefix: e.target.value })} />
          </label>
          <label>${w.keys.size}
            <input id="key-size" inputmode="decimal" autocomplete="off" placeholder=${w.keys.anySize} value=${f.megabytes} onInput=${(e) => set({ megabytes: e.target.value })} />
          </label>
          <label>${w.keys.expires}
            <select id="key-expires" value=${f.expires} onChange=${(e) => set({ expires: e.target.value })}>
              ${Object.entries(w.keys.spans).map(([v, text]) => html`<option key=${v} value=${v}>${text}</option>`)}
            </select>
          </label>
          <label class="wide">${w.keys.kinds} <span class="note">${w.keys.kindsNote}</span>
            <input id="key-kinds" autocomplete="off" spellcheck=${false} placeholder=${w.keys.anyKind} value=${f.kinds} onInput=${(e) => set({ kinds: e.target.value })} />
          </label>
          <label class="wide check">
            <input id="key-parts" type="checkbox" checked=${f.parts} onChange=${(e) => set({ parts: e.target.checked })} /> ${w.keys.parts}
          </label>
        </div>
        <p class="wrong" role="alert">${wrong}</p>
        <p class="buttons"><button id="issue" type="submit" class="primary">${w.keys.run}</button></p>
      </form>
      <section class="result" id="issued" aria-live="polite">
        ${key ? html`<${Issued} w=${w} issued=${key} />` : null}
      </section>
    </div>`;
}

function Issued({ w, issued: k }) {
  const which = useStore(shown);
  const pair = `SecretId      ${k.secret_id}\nSecretKey     ${k.secret_key}\nSessionToken  ${k.token}`;
  return html`
    <p class="note">${w.keys.until(moment(k.expires))}</p>
    <${Line} w=${w} title=${w.keys.policy} id="issued-policy" text=${JSON.stringify(k.policy, null, 2)} />
    <${Line} w=${w} title=${w.keys.pair} id="issued-pair" text=${pair} />
    <label class="which">${w.keys.code}
      <select id="issued-sdk" value=${which} onChange=${(e) => shown.set(e.target.value)}>
        ${Object.keys(w.keys.sdks).map((v) => html`<option key=${v} value=${v}>${w.keys.sdks[v]}</option>`)}
      </select>
    </label>
    <${Line} w=${w} title=${w.keys.sdks[which]} id="issued-code" text=${k.snippets[which].trimEnd()} />`;
}
