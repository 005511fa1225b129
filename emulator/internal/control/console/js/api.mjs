// The control API, as the page calls it: for the account that is chosen.
import { account, setAccount } from './account.mjs';
import { say } from './ui.mjs';
import { words } from './prefs.mjs';
import { openSession } from './token.mjs';

/** A refusal of the API, with its sentence as message. */
export class Problem extends Error {
  constructor(status, problem) {
    const details = (problem.errors || []).map((e) => e.message).filter((m) => m && m !== problem.detail);
    super([problem.detail || problem.title || `HTTP ${status}`, ...details].join(' – '));
    this.status = status;
  }
}

/** A path of the API, with the account that is chosen. */
export function scoped(path) {
  const id = account.get();
  return '/api/v1' + path + (id ? (path.includes('?') ? '&' : '?') + 'account=' + seg(id) : '');
}

/** Calls the API. all: for all accounts, whichever is chosen. */
export async function call(method, path, { body, signal, all = false, as = 'json' } = {}) {
  const id = account.get();
  const send = () => fetch(all ? '/api/v1' + path : scoped(path), {
    method,
    signal,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  let answer = await send();
  if (answer.status === 401) {
    await openSession();
    answer = await send();
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    if (answer.status === 404 && problem.detail === 'no such account' && !all) {
      if (id && id === account.get()) {
        say(words().accounts.gone(id), 'bad');
        setAccount('', true);
      }
      throw new DOMException('', 'AbortError'); // nobody waits for the answer any more
    }
    throw new Problem(answer.status, problem);
  }
  return answer.status === 204 ? undefined : answer[as]();
}

export const seg = encodeURIComponent;

export function query(params) {
  const pairs = Object.entries(params).filter(([, v]) => v !== '' && v !== undefined);
  return pairs.length ? '?' + pairs.map(([k, v]) => `${seg(k)}=${seg(v)}`).join('&') : '';
}

export const api = {
  connect: (params) => call('GET', '/connect' + query(params)),
  recipe: (name, params) => call('GET', `/recipes/${seg(name)}` + query(params)),
  fixes: (request) => call('GET', '/fixes' + query({ request })),
  applyFix: (request, fix) => call('POST', '/fixes', { body: { request, fix } }),
  undoFix: (id, force) => call('DELETE', `/fixes/${seg(id)}` + query({ force: force || '' })),
  resend: (body) => call('POST', '/resend', { body }),
  reportText: (id, lang) => call('GET', '/report' + query({ format: 'markdown', id, lang }), { as: 'text' }),
  reportLink: (id, format, lang) => scoped('/report' + query({ format, id, lang })),
  restoreRequests: () => call('POST', '/requests/restore'),
  reset: () => call('POST', '/reset'),
  findings: () => call('GET', '/findings', { all: true }),
  deleteObject: (bucket, key) => call('DELETE', `/buckets/${seg(bucket)}/objects` + query({ key })),
  accounts: () => call('GET', '/accounts', { all: true }),
  requests: (params, signal) => call('GET', '/requests' + query(params), { signal }),
  request: (id, signal) => call('GET', `/requests/${seg(id)}`, { signal }),
  clearRequests: () => call('DELETE', '/requests'),
  requestStream: (after) => new EventSource(scoped('/requests/stream' + query({ brief: true, after }))),
  explain: (body, signal) => call('POST', '/explain', { body, signal }),
  issueKey: (body) => call('POST', '/temporary-credentials', { body }),
  presign: (body) => call('POST', '/presign', { body }),
  clock: () => call('GET', '/clock'),
  setClock: (body) => call('PUT', '/clock', { body }),
  advanceClock: (by) => call('POST', '/clock/advance', { body: { by } }),
  realClock: () => call('DELETE', '/clock'),
  buckets: () => call('GET', '/buckets'),
  createBucket: (body) => call('POST', '/buckets', { body }),
  deleteBucket: (bucket, force) => call('DELETE', `/buckets/${seg(bucket)}` + query({ force: force || '' })),
  credentials: () => call('GET', '/credentials'),
  objects: (bucket, params, signal) => call('GET', `/buckets/${seg(bucket)}/objects` + query(params), { signal }),
  deleteObject: (bucket, key) => call('DELETE', `/buckets/${seg(bucket)}/objects` + query({ key })),
  downloadLink: (bucket, key) => scoped(`/buckets/${seg(bucket)}/objects/content` + query({ key })),
};
