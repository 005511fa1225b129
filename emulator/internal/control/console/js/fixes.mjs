// From a finding to its fix: what can be done here about a refused request, with one click and undo.
import { useRef, useState } from 'preact/hooks';
import { api } from './api.mjs';
import { marks } from './diff.mjs';
import { Marked } from './finding.mjs';
import { linkTo } from './route.mjs';
import { attempt, html, say, xml } from './ui.mjs';

const none = { fixes: [], applied: [], resend: false };

/** What can be done about a request; it is read with the request, so that nothing jumps. */
export async function fixesOf(entry) {
  if (entry.verdict !== 'refused' && entry.verdict !== 'reported') return none;
  try {
    return await api.fixes(entry.id);
  } catch {
    return none; // the request is gone meanwhile
  }
}

export function Fixes({ w, entry, fixes }) {
  const [known, setKnown] = useState(fixes);
  const load = async () => setKnown(await fixesOf(entry));
  if (known.fixes.length + known.applied.length === 0 && !known.resend) return null;
  const open = known.fixes.filter((f) => !known.applied.some((a) => a.fix === f.fix));
  return html`
    <section class="fixes" id="fixes">
      <h3>${w.fix.title}</h3>
      ${known.applied.map((f) => html`<${Done} key=${f.id} w=${w} f=${f} load=${load} />`)}
      ${open.map((f) => html`<${Offer} key=${f.fix} w=${w} f=${f} entry=${entry} load=${load} />`)}
      ${known.resend ? html`<${Resend} key=${entry.id} w=${w} entry=${entry} />` : null}
    </section>`;
}

const titleOf = (w, f) => (w.tag === 'en' ? f.title.en : f.title.zh);

function Offer({ w, f, entry, load }) {
  return html`
    <div class="fix">
      <p><button data-fix=${f.fix} onClick=${() => attempt(async () => {
        await api.applyFix(entry.id, f.fix);
        await load();
        say(w.fix.again);
      })}>${titleOf(w, f)}</button> <span class="note">${w.fix.by} <code>${f.by}</code></span></p>
      ${f.document ? html`<${Added} w=${w} text=${f.document} />` : null}
    </div>`;
}

function Added({ w, text }) {
  return html`<details><summary>${w.fix.shows}</summary><pre class="xml" tabindex="0"><code>${text.startsWith('<') ? xml(text) : text}</code></pre></details>`;
}

function Done({ w, f, load }) {
  const [stuck, setStuck] = useState(false);
  const undo = (force) => attempt(async () => {
    try {
      await api.undoFix(f.id, force);
    } catch (err) {
      if (err.status === 409 && err.message.includes('force=true')) {
        setStuck(true);
        return;
      }
      await load();
      throw err;
    }
    await load();
    say(w.fix.undone);
  });
  return html`
    <div class="fix done" role="status">
      <p>✓ <strong>${titleOf(w, f)}</strong> – ${w.fix.again}
        <button data-undo=${f.fix} onClick=${() => undo(false)}>${w.fix.undo}</button></p>
      ${stuck ? html`<p>${w.fix.notEmpty} <button class="danger" onClick=${() => undo(true)}>${w.fix.force}</button></p>` : null}
      ${f.document ? html`<${Added} w=${w} text=${f.document} />` : null}
    </div>`;
}

/** The largest body that is sent from here; larger ones go by curl. */
const MOST = 700_000;

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}

/** Sends the request with a correct signature, and shows both. */
function Resend({ w, entry }) {
  const t = w.fix;
  const file = useRef(null);
  const [done, setDone] = useState(null);
  const hasBody = entry.method === 'PUT' || entry.method === 'POST';
  const send = () => attempt(async () => {
    const chosen = file.current?.files[0];
    if (chosen && chosen.size > MOST) throw new Error(t.large);
    setDone(await api.resend({ request: entry.id, ...(chosen?.size ? { content: await base64(chosen) } : { empty: true }) }));
  });
  const undo = () => attempt(async () => {
    await api.deleteObject(done.request.bucket, done.request.key);
    setDone({ ...done, created: false });
    say(t.undone);
  });
  return html`
    <div class="fix" id="resend">
      <p><button data-fix="resend" onClick=${send}>${t.resend}</button> <span class="note">${hasBody ? t.resendBody : t.resendNote}</span></p>
      ${hasBody ? html`<label class="note">${t.file} <input type="file" ref=${file} /></label>` : null}
      ${done
        ? html`<p role="status">${done.request.verdict === 'accepted' ? '✓ ' + w.detail.accepted : w.detail.refusedPlain(done.request.code)}
            ${' '}<a href=${linkTo.request(done.request.id)}>${t.open}</a>
            ${done.created ? html` <button data-undo="resend" onClick=${undo}>${t.undo}</button>` : null}</p>
            <${Both} w=${w} before=${entry} after=${done.request} />`
        : null}
    </div>`;
}

/** What two requests have, by name. */
function lines(e) {
  const out = new Map([['→', String(e.status) + (e.code ? ' ' + e.code : '')], [e.method, e.host + e.path]]);
  for (const pair of (e.request.query || '').split('&').filter(Boolean)) out.set('?' + pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1));
  for (const [name, values] of Object.entries(e.request.headers)) out.set(name, values.join(', '));
  return out;
}

function Both({ w, before, after }) {
  const a = lines(before);
  const b = lines(after);
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((n) => n !== 'User-Agent' && n !== 'Accept-Encoding');
  const cell = (text, parts, as) => html`<td>${text === undefined ? html`<em>${w.detail.absent}</em>` : html`<code><${Marked} parts=${parts} as=${as} /></code>`}</td>`;
  return html`
    <table class="diff" id="both">
      <thead><tr><td></td><th scope="col">${w.fix.before}</th><th scope="col">${w.fix.after}</th></tr></thead>
      <tbody>
        ${names.map((n) => {
          const [left, right] = a.has(n) && b.has(n) ? marks(a.get(n), b.get(n)) : [[[a.get(n), true]], [[b.get(n), true]]];
          return html`<tr key=${n} class=${a.get(n) === b.get(n) ? 'same' : 'differs'}><th scope="row">${n}</th>${cell(a.get(n), left, 'del')}${cell(b.get(n), right, 'ins')}</tr>`;
        })}
      </tbody>
    </table>`;
}
