// The form that makes a pre-signed URL, with its curl line.
import { useEffect, useState } from 'preact/hooks';
import { account } from './account.mjs';
import { api } from './api.mjs';
import { moment } from './format.mjs';
import { readHeaders } from './sniff.mjs';
import { go, linkTo } from './route.mjs';
import { attempt, createStore, html, Line, useStore } from './ui.mjs';
import { useWords } from './prefs.mjs';

const draft = createStore({ method: 'PUT', bucket: '', key: '', expires: '15m', secret_id: '', headers: '' });
const made = createStore(null);

/** Opens the form for an object. */
export function signFor(bucket, key) {
  draft.set({ ...draft.get(), method: 'GET', bucket, key, headers: '' });
  made.set(null);
  go(linkTo.sign);
}
account.watch(() => {
  draft.set({ ...draft.get(), secret_id: '' });
  made.set(null);
});

/** What there is to choose from; null while it is being read. */
function useChoices() {
  const [choices, setChoices] = useState(null);
  useEffect(() => {
    attempt(async () => {
      const [{ buckets }, { credentials }] = await Promise.all([api.buckets(), api.credentials()]);
      // A temporary key's URL would show its token.
      setChoices({ buckets, credentials: credentials.filter((c) => !c.temporary) });
    });
  }, []);
  return choices;
}

export function Sign() {
  const w = useWords();
  const f = useStore(draft);
  const done = useStore(made);
  const choices = useChoices();
  const [wrong, setWrong] = useState('');
  if (!choices) return html`<div class="page"><p>${w.loading}</p></div>`;
  if (choices.buckets.length === 0) return html`<div class="page"><h1>${w.sign.title}</h1><p class="lead">${w.sign.noBucket}</p></div>`;
  const bucket = choices.buckets.some((b) => b.name === f.bucket) ? f.bucket : choices.buckets[0].name;
  const set = (change) => draft.set({ ...f, ...change });
  const submit = async (e) => {
    e.preventDefault();
    const { headers, bad } = readHeaders(f.headers);
    setWrong(f.key === '' ? w.sign.keyMissing : bad.length > 0 ? w.sign.badHeader(bad[0]) : '');
    if (f.key === '' || bad.length > 0) return;
    await attempt(async () => {
      const body = { method: f.method, bucket, key: f.key, expires: f.expires, headers };
      if (f.secret_id) body.secret_id = f.secret_id;
      const [reply, clock] = await Promise.all([api.presign(body), api.clock()]);
      made.set({ ...reply, until: new Date(Date.parse(clock.now) + hours(f.expires) * 3600e3).toISOString() });
    });
  };
  return html`
    <div class="page sign">
      <form class="ask" onSubmit=${submit}>
        <h1>${w.sign.title}</h1>
        <p>${w.sign.lead}</p>
        <div class="grid">
          <label>${w.sign.method}
            <select id="sign-method" value=${f.method} onChange=${(e) => set({ method: e.target.value })}>
              ${['PUT', 'GET', 'HEAD', 'DELETE'].map((m) => html`<option key=${m}>${m}</option>`)}
            </select>
          </label>
          <label>${w.sign.bucket}
            <select id="sign-bucket" value=${bucket} onChange=${(e) => set({ bucket: e.target.value })}>
              ${choices.buckets.map((b) => html`<option key=${b.name} value=${b.name}>${b.name}</option>`)}
            </select>
          </label>
          <label class="wide">${w.sign.key}
            <input id="sign-key" autocomplete="off" spellcheck=${false} placeholder=${w.sign.keyHint} value=${f.key} onInput=${(e) => set({ key: e.target.value })} />
          </label>
          <label>${w.sign.expires}
            <select id="sign-expires" value=${f.expires} onChange=${(e) => set({ expires: e.target.value })}>
              ${Object.entries(w.sign.spans).map(([v, text]) => html`<option key=${v} value=${v}>${text}</option>`)}
            </select>
          </label>
          <label>${w.sign.credential}
            <select id="sign-credential" value=${f.secret_id} onChange=${(e) => set({ secret_id: e.target.value })}>
              <option value="">${w.sign.anyCredential}</option>
              ${choices.credentials.map((c) => html`<option key=${c.secret_id} value=${c.secret_id}>${c.secret_id}</option>`)}
            </select>
          </label>
          <label class="wide">${w.sign.headers} <span class="note">${w.sign.headersNote}</span>
            <textarea id="sign-headers" rows="2" spellcheck=${false} placeholder=${w.sign.headersHint} value=${f.headers} onInput=${(e) => set({ headers: e.target.value })}></textarea>
          </label>
        </div>
        <p class="wrong" role="alert">${wrong}</p>
        <p class="buttons"><button id="sign" type="submit" class="primary">${w.sign.run}</button></p>
        <p>${w.sign.https} <a id="ca" href="/ca.pem">ca.pem</a></p>
      </form>
      <section class="result" id="signed" aria-live="polite">
        ${done
          ? html`<${Line} w=${w} title=${w.sign.curl} id="signed-curl" text=${done.curl} />
            <${Line} w=${w} title=${w.sign.url} id="signed-url" text=${done.url} />
            <p class="note">${w.sign.until(moment(done.until))}</p>`
          : null}
      </section>
    </div>`;
}

const hours = (expires) => Number(expires.slice(0, -1)) / (expires.endsWith('m') ? 60 : 1);
