// The control API, as the page calls it.

/** A refusal of the API, with its sentence as message. */
export class Problem extends Error {
  constructor(status, problem) {
    const details = (problem.errors || []).map((e) => e.message).filter((m) => m && m !== problem.detail);
    super([problem.detail || problem.title || `HTTP ${status}`, ...details].join(' – '));
    this.status = status;
  }
}

async function call(method, path, { body, signal } = {}) {
  const answer = await fetch('/api/v1' + path, {
    method,
    signal,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})));
  return answer.status === 204 ? undefined : answer.json();
}

const seg = encodeURIComponent;

function query(params) {
  const pairs = Object.entries(params).filter(([, v]) => v !== '' && v !== undefined);
  return pairs.length ? '?' + pairs.map(([k, v]) => `${seg(k)}=${seg(v)}`).join('&') : '';
}

export const api = {
  requests: (params, signal) => call('GET', '/requests' + query(params), { signal }),
  request: (id, signal) => call('GET', `/requests/${seg(id)}`, { signal }),
  clearRequests: () => call('DELETE', '/requests'),
  requestStream: (after) => new EventSource('/api/v1/requests/stream' + query({ brief: true, after })),
  explain: (body, signal) => call('POST', '/explain', { body, signal }),
  issueKey: (body) => call('POST', '/temporary-credentials', { body }),
  presign: (body) => call('POST', '/presign', { body }),
  clock: () => call('GET', '/clock'),
  setClock: (body) => call('PUT', '/clock', { body }),
  advanceClock: (by) => call('POST', '/clock/advance', { body: { by } }),
  realClock: () => call('DELETE', '/clock'),
  buckets: () => call('GET', '/buckets'),
  credentials: () => call('GET', '/credentials'),
  objects: (bucket, params, signal) => call('GET', `/buckets/${seg(bucket)}/objects` + query(params), { signal }),
  deleteObject: (bucket, key) => call('DELETE', `/buckets/${seg(bucket)}/objects` + query({ key })),
  downloadLink: (bucket, key) => `/api/v1/buckets/${seg(bucket)}/objects/content` + query({ key }),
};
