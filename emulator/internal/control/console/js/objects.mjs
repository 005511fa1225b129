// The objects of a bucket, folder by folder; an object; the settings of a bucket.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from './api.mjs';
import { cos } from './cos.mjs';
import { moment, size } from './format.mjs';
import { Dialog, markOf, NewBucket, RemoveBucket, Selection, useBusy } from './objectforms.mjs';
import { Crumbs, ObjectPage, Why } from './object.mjs';
import { useTexts } from './objects.words.mjs';
import { useWords } from './prefs.mjs';
import { go, linkTo } from './route.mjs';
import { Settings } from './settings.mjs';
import { attempt, html, say, useStore } from './ui.mjs';
import { arrived, chosen, dropped, upload, Uploads } from './upload.mjs';

const PAGE = 200;

export function Objects({ bucket, prefix, object, pane }) {
  const w = useWords();
  const t = useTexts();
  const [buckets, setBuckets] = useState(null);
  const [open, setOpen] = useState('');
  const load = () => attempt(async () => setBuckets((await api.buckets()).buckets));
  useEffect(() => {
    load();
  }, []);
  if (!buckets) return html`<div class="page"><p>${w.loading}</p></div>`;
  const name = bucket || buckets[0]?.name || '';
  const here = buckets.find((b) => b.name === name);
  const close = () => setOpen('');
  const main = () => {
    if (!name) return html`<p class="lead">${w.objects.noBucket}</p>`;
    if (pane && here) return html`<${Settings} key=${name} w=${w} t=${t} bucket=${here} pane=${pane} reload=${load} />`;
    if (object) return html`<${ObjectPage} key=${name + '/' + object} w=${w} t=${t} bucket=${here || { name, region: '' }} object=${object} />`;
    return html`<${Folder} key=${name + '/' + prefix} w=${w} t=${t} buckets=${buckets} bucket=${name} region=${here?.region || ''} prefix=${prefix} />`;
  };
  return html`
    <div class="page objects">
      <nav class="buckets" aria-label=${w.objects.buckets}>
        <h1>${w.objects.buckets}</h1>
        <ul>${buckets.map((b) => html`
          <li key=${b.name}><a href=${linkTo.objects(b.name)} aria-current=${b.name === name ? 'true' : undefined}>
            <span class="name">${b.name}</span> <span class="note">${b.region} · ${b.acl}</span>
          </a></li>`)}
        </ul>
        <p class="buttons">
          <button id="new-bucket" onClick=${() => setOpen('new')}>${t.newBucket}</button>
          ${here ? html`<a class="button" id="settings" href=${linkTo.objects(name, '', '', 'cors')}>${t.settings}</a>
            <button id="remove-bucket" class="quiet danger" onClick=${() => setOpen('remove')}>${t.removeBucket}</button>` : null}
        </p>
      </nav>
      ${main()}
      ${open === 'new' ? html`<${NewBucket} w=${w} t=${t} onClose=${close} onDone=${async (b) => {
        await load();
        go(linkTo.objects(b.name));
      }} />` : null}
      ${open === 'remove' ? html`<${RemoveBucket} w=${w} t=${t} bucket=${name} onClose=${close} onDone=${async () => {
        await load();
        go(linkTo.objects());
      }} />` : null}
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
  const n = useStore(arrived);
  useEffect(() => {
    load('');
  }, [n]);
  return { page, load };
}

/** What is marked in a list; see markOf. */
function useMarks(page) {
  const [marks, setMarks] = useState(new Set());
  const all = page ? [...page.prefixes.map(markOf.prefix), ...page.objects.map((o) => markOf.object(o.key))] : [];
  const set = (key, on) => setMarks((m) => {
    const next = new Set(m);
    if (on) next.add(key);
    else next.delete(key);
    return next;
  });
  return { marks, all, set, setAll: (on) => setMarks(new Set(on ? all : [])) };
}

function Folder({ w, t, buckets, bucket, region, prefix }) {
  const { page, load } = useFolder(bucket, prefix);
  const { marks, all, set, setAll } = useMarks(page);
  const [asked, setAsked] = useState(null);
  const [why, setWhy] = useState(null);
  const [over, setOver] = useState(false);
  const o = w.objects;
  const short = (key) => key.slice(prefix.length) || key;
  const mark = (m) => html`<td class="mark"><input type="checkbox" aria-label=${t.choose(m.slice(1))} checked=${marks.has(m)} onChange=${(e) => set(m, e.target.checked)} /></td>`;
  const drop = async (e) => {
    e.preventDefault();
    setOver(false);
    await attempt(async () => upload(bucket, prefix, await dropped(e.dataTransfer)));
  };
  const done = () => {
    setAll(false);
    load('');
  };
  return html`
    <section class=${'folder' + (over ? ' over' : '')} aria-label=${o.title}
      onDragOver=${(e) => {
        e.preventDefault();
        setOver(true);
      }} onDragLeave=${(e) => e.currentTarget.contains(e.relatedTarget) || setOver(false)} onDrop=${drop}>
      <header>
        <${Crumbs} w=${w} bucket=${bucket} prefix=${prefix} />
        <form onSubmit=${(e) => {
          e.preventDefault();
          go(linkTo.objects(bucket, e.target.elements.prefix.value));
        }}>
          <input name="prefix" type="search" aria-label=${o.filter} placeholder=${o.filter} defaultValue=${prefix} spellcheck=${false} />
        </form>
      </header>
      ${page?.missing ? null : html`<${Tools} t=${t} bucket=${bucket} prefix=${prefix} marks=${marks} onAsk=${setAsked} />`}
      <${Uploads} t=${t} onWhy=${setWhy} />
      <${Why} w=${w} t=${t} error=${why} />
      <table>
        <thead><tr><th scope="col" class="mark"><input type="checkbox" id="mark-all" aria-label=${t.chooseAll} disabled=${all.length === 0} checked=${all.length > 0 && marks.size === all.length} onChange=${(e) => setAll(e.target.checked)} /></th>
          <th scope="col">${o.columns.key}</th><th scope="col" class="num">${o.columns.size}</th><th scope="col" class="when">${o.columns.modified}</th><th scope="col"><span class="sr">${o.columns.actions}</span></th></tr></thead>
        <tbody>
          ${(page?.prefixes || []).map((p) => html`
            <tr key=${'p' + p}>${mark(markOf.prefix(p))}<td colspan="4"><a class="name dir" href=${linkTo.objects(bucket, p)}>${short(p)}</a></td></tr>`)}
          ${(page?.objects || []).map((x) => html`
            <tr key=${'o' + x.key}>${mark(markOf.object(x.key))}
              <td><a class="name" href=${linkTo.objects(bucket, prefix, x.key)} title=${x.key}>${short(x.key)}</a>${x.storage_class === 'STANDARD' ? '' : html` <b class="chip">${x.storage_class}</b>`}</td>
              <td class="num" title=${x.size}>${size(x.size)}</td>
              <td class="when">${moment(x.modified)}</td>
              <td class="do">
                <a class="button quiet" href=${api.downloadLink(bucket, x.key)} download aria-label=${o.download + ' ' + x.key}>${o.download}</a>
                <button class="quiet danger" aria-label=${o.remove + ' ' + x.key} onClick=${() => setAsked({ what: 'remove', marks: [markOf.object(x.key)] })}>${o.remove}</button>
              </td>
            </tr>`)}
        </tbody>
      </table>
      ${!page ? html`<p class="lead">${w.loading}</p>` : page.objects.length + page.prefixes.length === 0 ? html`<p class="lead">${page.missing ? o.noSuch : o.empty}</p>` : null}
      ${page?.next ? html`<p class="buttons"><button id="more" onClick=${() => load(page.next)}>${o.more}</button></p>` : null}
      <p class="hint note">${t.dropHint}</p>
      ${asked ? html`<${Selection} w=${w} t=${t} what=${asked.what} marks=${asked.marks} buckets=${buckets} bucket=${bucket} region=${region} prefix=${prefix} onClose=${() => setAsked(null)} onDone=${done} />` : null}
    </section>`;
}

function Tools({ t, bucket, prefix, marks, onAsk }) {
  const [folder, setFolder] = useState(false);
  const pick = (e) => {
    upload(bucket, prefix, chosen(e.target));
    e.target.value = '';
  };
  const files = useRef(null);
  const folders = useRef(null);
  const some = marks.size > 0;
  const ask = (what) => onAsk({ what, marks: [...marks] });
  return html`
    <div class="tools" role="group" aria-label=${t.tools}>
      <button id="upload" class="primary" onClick=${() => files.current.click()}>${t.upload}</button>
      <button id="upload-folder" onClick=${() => folders.current.click()}>${t.uploadFolder}</button>
      <input ref=${files} id="files" type="file" multiple hidden aria-label=${t.upload} onChange=${pick} />
      <input ref=${folders} id="folders" type="file" webkitdirectory hidden aria-label=${t.uploadFolder} onChange=${pick} />
      <button id="new-folder" onClick=${() => setFolder(true)}>${t.newFolder}</button>
      <span class="gap"></span>
      <button id="copy-many" disabled=${!some} onClick=${() => ask('copy')}>${t.copy}</button>
      <button id="move-many" disabled=${!some} onClick=${() => ask('move')}>${t.move}</button>
      <button id="remove-many" disabled=${!some} onClick=${() => ask('remove')}>${t.removeMany(marks.size)}</button>
      ${folder ? html`<${NewFolder} t=${t} bucket=${bucket} prefix=${prefix} onClose=${() => setFolder(false)} />` : null}
    </div>`;
}

function NewFolder({ t, bucket, prefix, onClose }) {
  const [name, setName] = useState('');
  const [busy, run] = useBusy();
  const make = () => run(async () => {
    const key = prefix + name.replace(/^\/+|\/+$/g, '') + '/';
    await cos('PUT', bucket, key, { body: '' , headers: { 'Content-Type': 'application/x-directory' } });
    say(t.made(key));
    onClose();
    go(linkTo.objects(bucket, key));
  });
  return html`
    <${Dialog} title=${t.newFolder} onClose=${onClose} yes=${t.create} busy=${busy || !name.trim()} onYes=${make}>
      <label>${t.folderName} <input id="folder-name" autofocus autocomplete="off" value=${name} onInput=${(e) => setName(e.target.value)} /></label>
    <//>`;
}
