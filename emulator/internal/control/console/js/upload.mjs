// Uploads: a queue with progress. Large files go in parts.
import { cos, escapeXML, parse, send, sendXML, textOf } from './cos.mjs';
import { size } from './format.mjs';
import { createStore, html, useStore } from './ui.mjs';

const PART = 8 << 20;
const MOST_PARTS = 10000;
const AT_ONCE = 3;
const SHOWN = 30;

/** The uploads of this page: { id, bucket, key, total, done, state, error }. */
export const uploads = createStore([]);
/** Counts what has arrived, so that a list knows when to load anew. */
export const arrived = createStore(0);

let last = 0;
const stops = new Map();
const waiting = [];
let running = 0;

let drawing = 0;

/** Changes one upload. The list is drawn at most once a frame, however many files there are. */
function change(id, what) {
  Object.assign(uploads.get().find((u) => u.id === id) || {}, what);
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    uploads.set([...uploads.get()]);
  });
}

/** Queues files: [{ file, path }]. */
export function upload(bucket, prefix, files) {
  const more = files.map(({ file, path }) => {
    const u = { id: ++last, bucket, key: prefix + path, total: file.size, done: 0, state: 'waiting' };
    stops.set(u.id, new AbortController());
    waiting.push([u, file]);
    return u;
  });
  uploads.set([...uploads.get(), ...more]);
  next();
}

function next() {
  while (running < AT_ONCE && waiting.length > 0) {
    const [u, file] = waiting.shift();
    const { signal } = stops.get(u.id);
    if (signal.aborted) continue;
    running++;
    change(u.id, { state: 'running' });
    run(u, file, signal)
      .then(() => change(u.id, { state: 'done', done: u.total }))
      .catch((err) => change(u.id, err.name === 'AbortError' ? { state: 'cancelled' } : { state: 'failed', error: err }))
      .finally(() => {
        running--;
        stops.delete(u.id);
        if (waiting.length + running === 0) arrived.set(arrived.get() + 1);
        next();
      });
  }
}

async function run(u, file, signal) {
  const headers = file.type ? { 'Content-Type': file.type } : {};
  const onProgress = (done) => change(u.id, { done });
  if (file.size <= 2 * PART) {
    await send('PUT', u.bucket, u.key, { headers, body: file, signal, onProgress });
    return;
  }
  const begun = parse(await (await cos('POST', u.bucket, u.key, { params: { uploads: '' }, headers, signal })).text());
  const uploadId = textOf(begun, 'UploadId');
  const parts = new AbortController();
  signal.addEventListener('abort', () => parts.abort());
  try {
    const tags = await sendParts(u, file, uploadId, parts, onProgress);
    const list = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeXML(tag)}</ETag></Part>`).join('');
    await sendXML('POST', u.bucket, u.key, { uploadId }, `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`);
  } catch (err) {
    parts.abort();
    await cos('DELETE', u.bucket, u.key, { params: { uploadId } }).catch(() => {}); // the first error counts
    throw err;
  }
}

async function sendParts(u, file, uploadId, stop, onProgress) {
  const length = Math.max(PART, Math.ceil(file.size / MOST_PARTS));
  const count = Math.ceil(file.size / length);
  const tags = new Array(count);
  const done = new Array(count).fill(0);
  let n = 0;
  const worker = async () => {
    while (n < count) {
      const i = n++;
      const answer = await send('PUT', u.bucket, u.key, {
        params: { partNumber: i + 1, uploadId }, signal: stop.signal, body: file.slice(i * length, (i + 1) * length),
        onProgress: (bytes) => {
          done[i] = bytes;
          onProgress(done.reduce((a, b) => a + b));
        },
      });
      tags[i] = answer.header('ETag');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  stop.signal.throwIfAborted();
  return tags;
}

export function cancel(id) {
  stops.get(id)?.abort();
  if (uploads.get().find((u) => u.id === id)?.state === 'waiting') change(id, { state: 'cancelled' });
}

/** The files of a drop, those in folders too. */
export async function dropped(transfer) {
  const entries = [...transfer.items].filter((i) => i.kind === 'file').map((i) => i.webkitGetAsEntry?.() || i.getAsFile());
  const files = [];
  const walk = async (e, path) => {
    if (e instanceof File) files.push({ file: e, path: e.name });
    else if (e.isFile) files.push({ file: await new Promise((ok, no) => e.file(ok, no)), path: path + e.name });
    else {
      const reader = e.createReader();
      for (;;) { // it gives a hundred at a time
        const some = await new Promise((ok, no) => reader.readEntries(ok, no));
        if (some.length === 0) break;
        for (const inner of some) await walk(inner, path + e.name + '/');
      }
    }
  };
  for (const e of entries) if (e) await walk(e, '');
  return files;
}

/** The files of an input; webkitRelativePath is the path in a chosen folder. */
export const chosen = (input) => [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** What is worth a line: what runs, what failed, then the latest ones. */
function worthSeeing(all) {
  const first = all.filter((u) => u.state === 'running' || u.state === 'failed').slice(0, SHOWN);
  const rest = all.filter((u) => !first.includes(u)).slice(-Math.max(SHOWN - first.length, 1));
  return [...first, ...rest];
}

export function Uploads({ t, onWhy }) {
  const all = useStore(uploads);
  if (all.length === 0) return null;
  const busy = all.filter((u) => u.state === 'running' || u.state === 'waiting');
  return html`
    <section class="uploads" aria-label=${t.uploads}>
      <h3>${t.uploads} <span role="status">${busy.length > 0 ? t.busy(busy.length, all.length) : t.finished(all.filter((u) => u.state === 'done').length)}</span>
        ${busy.length > 0
          ? html`<button class="quiet" id="cancel-all" onClick=${() => busy.forEach((u) => cancel(u.id))}>${t.cancelAll}</button>`
          : html`<button class="quiet" id="clear-uploads" onClick=${() => uploads.set([])}>${t.hide}</button>`}</h3>
      <ul>${worthSeeing(all).map((u) => html`
        <li key=${u.id} data-state=${u.state}>
          <span class="name">${u.key}</span>
          ${u.state === 'running' ? html`<progress max=${u.total || 1} value=${u.done} aria-label=${u.key}></progress>` : null}
          <span class="note">${u.state === 'running' ? `${size(u.done)} / ${size(u.total)}` : t.states[u.state]} ${u.error ? u.error.message : ''}</span>
          ${u.error?.id ? html`<button class="quiet" onClick=${() => onWhy(u.error)}>${t.why}</button>` : null}
          ${u.state === 'running' || u.state === 'waiting' ? html`<button class="quiet" aria-label=${t.cancelOne(u.key)} onClick=${() => cancel(u.id)}>✕</button>` : null}
        </li>`)}</ul>
    </section>`;
}
