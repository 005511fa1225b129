// The requests that the page knows: read once, then followed.
import { account } from './account.mjs';
import { api } from './api.mjs';
import { createStore } from './ui.mjs';

/** As many as the emulator itself keeps. */
const MOST = 10_000;

let entries = []; // by seq, oldest first
let stream = null;
let instance = '';

/** version changes with the entries, so that components see it. */
export const journal = createStore({ version: 0, entries, connection: 'connecting', fresh: [] });

let scheduled = false;
let arrived = [];
let connection = 'connecting';

// Many requests may come between two frames; they are shown at once. A page
// in the background draws no frames, so a timer stands by.
function publish() {
  if (scheduled) return;
  scheduled = true;
  const now = () => {
    if (!scheduled) return;
    scheduled = false;
    if (entries.length > MOST) entries = entries.slice(-MOST);
    journal.set({ version: journal.get().version + 1, entries, connection, fresh: arrived });
    arrived = [];
  };
  requestAnimationFrame(now);
  setTimeout(now, 250);
}

function add(entry) {
  const last = entries.length ? entries[entries.length - 1].seq : 0;
  if (entry.seq <= last) return; // seen before the stream broke off
  entries.push(entry);
  arrived.push(entry);
  if (entries.length > 2 * MOST) entries = entries.slice(-MOST);
  publish();
}

function setConnection(value) {
  if (connection === value) return;
  connection = value;
  publish();
}

/** Reads everything that is kept and follows what comes. */
export async function follow() {
  stop();
  const mine = ++turn;
  setConnection('connecting');
  try {
    const page = await api.requests({ brief: true, limit: MOST });
    if (mine !== turn) return; // another account was chosen meanwhile
    entries = page.requests.reverse();
    arrived = [];
    listen(page.last);
    publish();
  } catch {
    if (mine !== turn) return;
    setConnection('offline');
    retry = setTimeout(follow, 1000);
  }
}

let retry = 0;
let turn = 0;

account.watch(() => {
  entries = [];
  publish();
  follow();
});

function listen(after) {
  stream = api.requestStream(after);
  const mine = stream;
  let told = false;
  stream.addEventListener('open', () => setConnection('live'));
  stream.addEventListener('request', (e) => add(JSON.parse(e.data)));
  stream.addEventListener('state', (e) => {
    const state = JSON.parse(e.data);
    if (instance && state.instance !== instance) {
      instance = '';
      follow(); // another process: its requests are counted anew
      return;
    }
    instance = state.instance;
    if (told && state.oldest && state.oldest < (entries[0]?.seq ?? Infinity)) {
      follow(); // somebody brought requests back
      return;
    }
    told = true;
    const kept = state.oldest ? entries.filter((x) => x.seq >= state.oldest) : entries.filter((x) => x.seq > state.last);
    if (kept.length !== entries.length) {
      entries = kept;
      publish();
    }
  });
  stream.addEventListener('error', () => {
    setConnection('offline');
    if (mine === stream && mine.readyState === EventSource.CLOSED) retry = setTimeout(follow, 1000);
  });
}

function stop() {
  clearTimeout(retry);
  stream?.close();
  stream = null;
}

// A browser allows a host few connections; pages that nobody looks at hold none.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') stop();
  else if (!stream) follow();
});

/** How many requests can be brought back. */
export const cleared = createStore(0);
account.watch(() => cleared.set(0));

/** Takes all requests out, here and in the emulator. */
export async function clear() {
  const n = entries.length;
  await api.clearRequests();
  entries = [];
  cleared.set(n);
  publish();
}

/** Brings back what was taken out last. */
export async function restore() {
  await api.restoreRequests();
  cleared.set(0);
  await follow();
}

/** What a search looks at, in lower case; made once an entry. */
const hay = new WeakMap();

function text(e) {
  let t = hay.get(e);
  if (t === undefined) {
    t = [e.id, e.method, e.status, e.code, e.message, e.operation, e.bucket, e.key, e.host, e.path, ...e.diagnosis].join('\n').toLowerCase();
    hay.set(e, t);
  }
  return t;
}

/** The entries that a filter chooses, newest first. */
export function choose(all, f) {
  const needle = f.text.trim().toLowerCase();
  const out = [];
  for (let i = all.length - 1; i >= 0; i--) {
    const e = all[i];
    if (f.verdict && e.verdict !== f.verdict) continue;
    if (f.method && e.method !== f.method) continue;
    if (f.bucket && e.bucket !== f.bucket) continue;
    if (f.status && e.status !== f.status) continue;
    if (needle && !text(e).includes(needle)) continue;
    out.push(e);
  }
  return out;
}

/** What there is to choose from, with counts of the verdicts. */
export function survey(all) {
  const verdicts = { accepted: 0, refused: 0, reported: 0 };
  const methods = new Set();
  const buckets = new Set();
  const statuses = new Set();
  for (const e of all) {
    verdicts[e.verdict]++;
    methods.add(e.method);
    if (e.bucket) buckets.add(e.bucket);
    statuses.add(e.status);
  }
  return { verdicts, methods: [...methods].sort(), buckets: [...buckets].sort(), statuses: [...statuses].sort((a, b) => a - b) };
}

/**
 * Folds the parts of each upload into one row, where its newest part is: a refused part stands for
 * them, else the newest. Those of the uploads in open follow it, and those beside the part with an id.
 * parts counts what a row stands for.
 */
export function fold(rows, open, id) {
  const groups = new Map();
  for (const e of rows) {
    if (e.operation !== 'UploadPart' || !e.upload) continue;
    if (!groups.has(e.upload)) groups.set(e.upload, []);
    groups.get(e.upload).push(e);
  }
  const out = [];
  const done = new Set();
  for (const e of rows) {
    const parts = e.operation === 'UploadPart' && e.upload ? groups.get(e.upload) : null;
    if (!parts || parts.length < 2) {
      out.push(e);
      continue;
    }
    if (done.has(e.upload)) continue;
    done.add(e.upload);
    const head = parts.find((x) => x.verdict !== 'accepted') || parts[0];
    const opened = open.has(e.upload) || parts.some((x) => x !== head && x.id === id);
    out.push({ ...head, parts: parts.length, opened, bytes: parts.reduce((n, x) => n + x.received_bytes, 0) });
    if (opened) for (const x of parts) if (x !== head) out.push({ ...x, inside: true });
  }
  return out;
}
