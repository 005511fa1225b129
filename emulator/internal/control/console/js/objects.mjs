// The objects of a bucket, folder by folder.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from './api.mjs';
import { moment, size } from './format.mjs';
import { go, linkTo } from './route.mjs';
import { attempt, html, say } from './ui.mjs';
import { useWords } from './prefs.mjs';

const PAGE = 200;

export function Objects({ bucket, prefix }) {
  const w = useWords();
  const [buckets, setBuckets] = useState(null);
  useEffect(() => {
    attempt(async () => setBuckets((await api.buckets()).buckets));
  }, []);
  if (!buckets) return html`<div class="page"><p>${w.loading}</p></div>`;
  if (buckets.length === 0) return html`<div class="page"><h1>${w.objects.title}</h1><p class="lead">${w.objects.noBucket}</p></div>`;
  const name = bucket || buckets[0].name;
  return html`
    <div class="page objects">
      <nav class="buckets" aria-label=${w.objects.buckets}>
        <h1>${w.objects.buckets}</h1>
        <ul>${buckets.map((b) => html`
          <li key=${b.name}><a href=${linkTo.objects(b.name)} aria-current=${b.name === name ? 'true' : undefined}>
            <span class="name">${b.name}</span> <span class="note">${b.region} · ${b.acl}</span>
          </a></li>`)}
        </ul>
      </nav>
      <${Folder} key=${name + '/' + prefix} w=${w} bucket=${name} prefix=${prefix} />
    </div>`;
}

/** The list of one prefix, loaded page by page. */
function useFolder(bucket, prefix) {
  const [page, setPage] = useState(null);
  const load = (marker) => attempt(async () => {
    try {
      const next = await api.objects(bucket, { prefix, delimiter: '/', marker, limit: PAGE });
      setPage((p) => (marker && p ? { objects: [...p.objects, ...next.objects], prefixes: [...p.prefixes, ...next.prefixes], next: next.next_marker } : { ...next, next: next.next_marker }));
    } catch (err) {
      if (err.status !== 404) throw err;
      setPage({ objects: [], prefixes: [], missing: true });
    }
  });
  useEffect(() => {
    load('');
  }, []);
  return { page, load, drop: (key) => setPage((p) => ({ ...p, objects: p.objects.filter((o) => o.key !== key) })) };
}

function Folder({ w, bucket, prefix }) {
  const { page, load, drop } = useFolder(bucket, prefix);
  const [asked, setAsked] = useState('');
  const o = w.objects;
  const short = (key) => key.slice(prefix.length) || key;
  return html`
    <section class="folder" aria-label=${o.title}>
      <header>
        <${Crumbs} w=${w} bucket=${bucket} prefix=${prefix} />
        <form onSubmit=${(e) => {
          e.preventDefault();
          go(linkTo.objects(bucket, e.target.elements.prefix.value));
        }}>
          <input name="prefix" type="search" aria-label=${o.filter} placeholder=${o.filter} defaultValue=${prefix} spellcheck=${false} />
        </form>
      </header>
      <table>
        <thead><tr><th scope="col">${o.columns.key}</th><th scope="col" class="num">${o.columns.size}</th><th scope="col">${o.columns.modified}</th><th scope="col"><span class="sr">${o.columns.actions}</span></th></tr></thead>
        <tbody>
          ${(page?.prefixes || []).map((p) => html`
            <tr key=${'p' + p}><td colspan="4"><a class="name dir" href=${linkTo.objects(bucket, p)}>${short(p)}</a></td></tr>`)}
          ${(page?.objects || []).map((x) => html`
            <tr key=${'o' + x.key}>
              <td><span class="name" title=${x.key + '\n' + x.etag}>${short(x.key)}</span></td>
              <td class="num" title=${x.size}>${size(x.size)}</td>
              <td>${moment(x.modified)}</td>
              <td class="do">
                <a class="button quiet" href=${api.downloadLink(bucket, x.key)} download aria-label=${o.download + ' ' + x.key}>${o.download}</a>
                <button class="quiet danger" aria-label=${o.remove + ' ' + x.key} onClick=${() => setAsked(x.key)}>${o.remove}</button>
              </td>
            </tr>`)}
        </tbody>
      </table>
      ${!page ? html`<p class="lead">${w.loading}</p>` : page.objects.length + page.prefixes.length === 0 ? html`<p class="lead">${page.missing ? o.noSuch : o.empty}</p>` : null}
      ${page?.next ? html`<p class="buttons"><button id="more" onClick=${() => load(page.next)}>${o.more}</button></p>` : null}
      ${asked
        ? html`<${Confirm} w=${w} name=${asked} onClose=${() => setAsked('')} onYes=${() => attempt(async () => {
            await api.deleteObject(bucket, asked);
            drop(asked);
            say(o.removed(asked));
          })} />`
        : null}
    </section>`;
}

function Crumbs({ w, bucket, prefix }) {
  const parts = prefix.split(/(?<=\/)/).filter(Boolean);
  return html`
    <nav class="crumbs" aria-label=${w.objects.path}>
      <a href=${linkTo.objects(bucket)}>${bucket}</a>
      ${parts.map((p, i) => html`<span key=${i}> / <a href=${linkTo.objects(bucket, parts.slice(0, i + 1).join(''))}>${p.replace(/\/$/, '') || '∅'}</a></span>`)}
    </nav>`;
}

function Confirm({ w, name, onYes, onClose }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  const yes = async () => {
    dialog.current.close();
    await onYes();
  };
  return html`
    <dialog ref=${dialog} onClose=${onClose} aria-label=${w.objects.confirm(name)}>
      <p class="lead">${w.objects.confirm(name)}</p>
      <p>${w.objects.confirmText}</p>
      <p class="buttons">
        <button autofocus onClick=${() => dialog.current.close()}>${w.cancel}</button>
        <button id="confirm" class="primary danger" onClick=${yes}>${w.objects.remove}</button>
      </p>
    </dialog>`;
}
