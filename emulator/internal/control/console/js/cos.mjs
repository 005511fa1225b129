// The COS API, as the page calls it: signed by the server, judged like any other request.
import { Problem, scoped, seg } from './api.mjs';

/** The address of a request. params: an object of the request's own parameters; '' is one without a value. */
export function cosLink(bucket, key = '', params = {}, quiet = false) {
  const query = Object.entries(params).map(([k, v]) => (v === '' ? seg(k) : `${seg(k)}=${seg(v)}`)).join('&');
  return scoped(`/cos/${seg(bucket)}?key=${seg(key)}${query ? '&query=' + seg(query) : ''}${quiet ? '&quiet=true' : ''}`);
}

/** A refusal of the COS API: code, message, and the id of the request in the journal. */
export class Refused extends Error {
  constructor(status, text, header) {
    const doc = parse(text);
    const code = textOf(doc, 'Code') || header('x-cos-error-code') || `HTTP ${status}`;
    super([code, textOf(doc, 'Message') || header('x-cos-error-message')].filter(Boolean).join(': '));
    this.status = status;
    this.code = code;
    this.id = header('x-cos-request-id');
  }
}

function refusal(status, text, header) {
  if (header('x-cos-request-id')) return new Refused(status, text, header);
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // not of the control API
  }
  return new Problem(status, problem);
}

/** Sends a request; the answer has text() and headers. A refusal is thrown. */
export async function cos(method, bucket, key, { params, headers = {}, body, signal } = {}) {
  const answer = await fetch(cosLink(bucket, key, params), {
    method, body, signal,
    headers: method === 'GET' || method === 'HEAD' ? headers : { 'X-Cosemu-Send': '1', ...headers },
  });
  if (!answer.ok) throw refusal(answer.status, await answer.text(), (n) => answer.headers.get(n));
  return answer;
}

/** Reads without a trace in the journal; with one if it is refused for another reason than that there is nothing. */
export async function look(bucket, key, options = {}, method = 'GET') {
  const answer = await fetch(cosLink(bucket, key, options.params, true), { method, headers: options.headers || {} });
  if (answer.ok) return answer;
  if (answer.status === 404) throw Object.assign(refusal(404, await answer.text(), (n) => answer.headers.get(n)), { id: '' });
  return cos(method, bucket, key, options);
}

/** The value that the COS API gave to one of the headers that describe a body. */
export const stored = (answer, name) => answer.headers.get('X-Cosemu-Answer-' + name) || '';

/** Sends a body and says how far it is. Resolves to the answer's header reader and text. */
export function send(method, bucket, key, { params, headers = {}, body, signal, onProgress }) {
  return new Promise((done, fail) => {
    const x = new XMLHttpRequest();
    x.open(method, cosLink(bucket, key, params));
    x.setRequestHeader('X-Cosemu-Send', '1');
    for (const [n, v] of Object.entries(headers)) x.setRequestHeader(n, v);
    x.upload.onprogress = (e) => onProgress?.(e.loaded);
    const header = (n) => x.getResponseHeader(n);
    x.onload = () => (x.status < 300 ? done({ header, text: x.responseText }) : fail(refusal(x.status, x.responseText, header)));
    x.onerror = () => fail(new Error('network'));
    x.onabort = () => fail(new DOMException('', 'AbortError'));
    signal?.addEventListener('abort', () => x.abort());
    if (signal?.aborted) x.abort();
    else x.send(body);
  });
}

export function parse(text) {
  return new DOMParser().parseFromString(text || '<none/>', 'application/xml');
}

export const textOf = (node, name) => node.getElementsByTagName(name)[0]?.textContent || '';

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
export const escapeXML = (s) => s.replace(/[&<>]/g, (c) => escapes[c]);

const XML = { 'Content-Type': 'application/xml' };
/** Sends an XML document. */
export const sendXML = (method, bucket, key, params, body) => cos(method, bucket, key, { params, body, headers: XML });

/** Copies an object; headers say what changes on the way. */
export function copyObject(from, to, headers = {}) {
  const version = from.version ? '?versionId=' + seg(from.version) : '';
  const source = `${from.bucket}.cos.${from.region}.myqcloud.com/${from.key.split('/').map(seg).join('/')}${version}`;
  return cos('PUT', to.bucket, to.key, { headers: { 'x-cos-copy-source': source, ...headers } });
}
