// How a client reaches this server: address, key pair, bucket, a command line, and a program an SDK.
import { useEffect, useState } from 'preact/hooks';
import { account } from './account.mjs';
import { api } from './api.mjs';
import { Ask, attempt, copy, createStore, html, Line, say, useStore } from './ui.mjs';
import { useWords } from './prefs.mjs';

const chosen = createStore('curl'); // the recipe; outlives a visit to another view
const bucketOf = createStore('');
account.watch(() => bucketOf.set(''));

/** More buckets than a list is good for are not offered. */
const MOST = 200;

function useConnection() {
  const bucket = useStore(bucketOf);
  const [known, setKnown] = useState(null);
  useEffect(() => {
    let gone = false;
    attempt(async () => {
      const [c, { buckets }] = await Promise.all([api.connect({ bucket }), api.buckets()]);
      if (!gone) setKnown({ c, buckets: buckets.map((b) => b.name).slice(0, MOST) });
    });
    return () => {
      gone = true;
    };
  }, [bucket]);
  return known;
}

export function ConnectPage() {
  const w = useWords();
  return html`<div class="page connect-page"><h1>${w.connect.title}</h1><${Connect} w=${w} /><${Reset} w=${w} /></div>`;
}

/** Nothing brings back what a reset takes away, so it says what that is, and asks. */
function Reset({ w }) {
  const of = useStore(account);
  const [asked, setAsked] = useState(false);
  const t = w.reset;
  return html`
    <p class="buttons"><button id="reset" class="danger" onClick=${() => setAsked(true)}>${t.button}</button></p>
    ${asked
      ? html`<${Ask} w=${w} title=${t.ask(of)} text=${of ? t.account : t.all} yes=${t.yes} onClose=${() => setAsked(false)} onYes=${() => attempt(async () => {
          await api.reset();
          say(t.done);
        })} />`
      : null}`;
}

export function Connect({ w }) {
  const known = useConnection();
  if (!known) return html`<p class="note">${w.loading}</p>`;
  const { c, buckets } = known;
  const t = w.connect;
  const secret = !c.secret_id ? '' : c.secret_key || '$COSEMU_SECRET_KEY';
  const rows = [
    ['endpoint', t.endpoint, c.endpoint], ['bucket', t.bucket, c.bucket], ['region', t.region, c.region],
    ['appid', t.account, c.appid], ['secret-id', 'SecretId', c.secret_id], ['secret-key', 'SecretKey', secret],
  ].filter(([, , value]) => value);
  return html`
    <section class="connect" aria-label=${t.title}>
      <dl class="facts">
        ${rows.map(([id, name, value]) => html`
          <div key=${id}><dt>${name}</dt><dd>
            ${id === 'bucket' && buckets.length > 1
              ? html`<select id="connect-bucket" aria-label=${t.bucket} value=${value} onChange=${(e) => bucketOf.set(e.target.value)}>
                  ${(buckets.includes(value) ? buckets : [value, ...buckets]).map((b) => html`<option key=${b} value=${b}>${b}</option>`)}
                </select>`
              : html`<code id=${'connect-' + id}>${value}</code>`}
            <button class="quiet small" aria-label=${w.copy + ' ' + name} onClick=${() => attempt(async () => {
              await copy(value);
              say(w.copied);
            })}>${w.copy}</button>
          </dd></div>`)}
      </dl>
      ${c.secret_key ? html`<p class="note">${t.published}</p>` : secret ? html`<p class="note">${t.unpublished}</p>` : html`<p class="note">${t.noKey}</p>`}
      ${c.curl ? html`<${Line} w=${w} title=${t.curl} id="connect-curl" text=${c.curl} />` : null}
      ${c.bucket && c.secret_id ? html`<${Recipes} w=${w} c=${c} />` : null}
      <p class="note">cosemu ${c.version} · <a href="/api/docs">${w.api}</a> · <a href="/ca.pem">ca.pem</a></p>
    </section>`;
}

/** A tab an SDK. Arrow keys go from tab to tab. */
function Recipes({ w, c }) {
  const name = useStore(chosen);
  const [recipe, setRecipe] = useState(null);
  useEffect(() => {
    let gone = false;
    attempt(async () => {
      const r = await api.recipe(name, { bucket: c.bucket });
      if (!gone) setRecipe(r);
    });
    return () => {
      gone = true;
    };
  }, [name, c.bucket]);
  const onKeyDown = (e) => {
    const at = c.recipes.findIndex((r) => r.name === name);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: c.recipes.length - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    const next = c.recipes[(to + c.recipes.length) % c.recipes.length].name;
    chosen.set(next);
    document.getElementById('tab-' + next).focus();
  };
  return html`
    <div class="tabs" role="tablist" aria-label=${w.connect.sdk} onKeyDown=${onKeyDown}>
      ${c.recipes.map((r) => html`
        <button key=${r.name} id=${'tab-' + r.name} role="tab" aria-selected=${String(r.name === name)} aria-controls="recipe"
          tabindex=${r.name === name ? 0 : -1} title=${r.title} onClick=${() => chosen.set(r.name)}>${short(r.title)}</button>`)}
    </div>
    <div id="recipe" role="tabpanel" aria-labelledby=${'tab-' + name}>
      ${recipe ? html`<${Line} w=${w} title=${recipe.title} id="recipe-text" text=${recipe.text.trimEnd()} />` : null}
    </div>`;
}

/** "Go: cos-go-sdk-v5" is Go; of the S3 clients the client counts. */
const short = (title) => (title.startsWith('S3') ? 'S3 ' + title.split(': ')[1] : title.split(':')[0]);
