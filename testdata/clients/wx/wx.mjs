// A stand-in for wx, the API of Mini Programs: the part that cos-wx-sdk-v5 calls,
// over node:http. It does not know COS. It sends requests for COS hosts to the
// emulator, like a proxy in the developer tools.
import fs from 'node:fs';
import http from 'node:http';
import { basename } from 'node:path';

const cloud = /\.(myqcloud\.com|tencentcos\.cn)$/;

// wx sends these with each request; a program cannot change them.
const fixed = { referer: 'https://servicewechat.com/wx0123456789abcdef/0/page-frame.html' };

// makeWx returns the object for programs. It sends requests for COS hosts to api
// (host:port) and records them in sent.
export function makeWx(api, sent) {
  const storage = new Map();
  return {
    canIUse: (name) => ['getAppBaseInfo', 'getDeviceInfo'].includes(name),
    getAppBaseInfo: () => ({ SDKVersion: '3.8.0' }),
    getDeviceInfo: () => ({ platform: 'android' }),
    getStorageSync: (key) => storage.get(key) ?? '',
    setStorageSync: (key, value) => void storage.set(key, value),
    removeStorageSync: (key) => void storage.delete(key),
    getFileSystemManager: () => ({ readFile, stat }),
    request: (options) => request(api, sent, options),
    uploadFile: (options) => uploadFile(api, sent, options),
  };
}

async function answer(work, { success, fail, complete }) {
  let result;
  try {
    result = await work();
    success?.(result);
  } catch (error) {
    result = { errMsg: `fail ${error.message}` };
    fail?.(result);
  }
  complete?.(result);
}

// readFile returns an ArrayBuffer, or a part of it.
function readFile({ filePath, position = 0, length, ...then }) {
  void answer(async () => {
    const whole = await fs.promises.readFile(filePath);
    const part = whole.subarray(position, length === undefined ? undefined : position + length);
    return { data: new Uint8Array(part).buffer, errMsg: 'readFile:ok' };
  }, then);
}

function stat({ path, ...then }) {
  void answer(async () => ({ stats: await fs.promises.stat(path), errMsg: 'stat:ok' }), then);
}

// send sends a request to the emulator and returns its answer.
function send(api, { url, method, headers, body, responseType }) {
  const target = new URL(url);
  const [host, port] = cloud.test(target.hostname) ? api.split(':') : [target.hostname, target.port];
  const options = { host, port, method, path: target.pathname + target.search, headers: { ...headers, ...fixed, host: target.host } };
  return new Promise((done, failed) => {
    const call = http.request(options, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('error', failed);
      response.on('end', () => {
        const data = Buffer.concat(pieces);
        done({
          statusCode: response.statusCode,
          header: response.headers,
          data: responseType === 'arraybuffer' ? new Uint8Array(data).buffer : data.toString(),
        });
      });
    });
    call.on('error', failed);
    call.end(body);
  });
}

function request(api, sent, { url, method = 'GET', header = {}, data, responseType = 'text', ...then }) {
  // Without a type, wx sends JSON, whatever the body is.
  const named = Object.keys(header).some((name) => name.toLowerCase() === 'content-type');
  const headers = { ...(named ? {} : { 'content-type': 'application/json' }), ...header };
  const body = data === undefined || data === null ? Buffer.alloc(0) : Buffer.from(data);
  if (method !== 'GET' && method !== 'HEAD') headers['content-length'] = body.length;
  sent.push({ call: 'request', method, url });
  void answer(() => send(api, { url, method, headers, body, responseType }), then);
  return { abort() {} };
}

// uploadFile posts a form with the file at its end. The form's Content-Type wins.
function uploadFile(api, sent, { url, header = {}, filePath, name, formData = {}, ...then }) {
  const boundary = '----wxBoundary7MA4YWxkTrZu0gW';
  const headers = Object.fromEntries(Object.entries(header).filter(([key]) => key.toLowerCase() !== 'content-type'));
  let progress = () => {};
  sent.push({ call: 'uploadFile', method: 'POST', url, formData });
  void answer(async () => {
    const file = await fs.promises.readFile(filePath);
    const field = ([key, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`;
    const body = Buffer.concat([
      Buffer.from(Object.entries(formData).map(field).join('')),
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${basename(filePath)}"\r\n`),
      Buffer.from('Content-Type: application/octet-stream\r\n\r\n'),
      file,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    headers['content-type'] = `multipart/form-data; boundary=${boundary}`;
    headers['content-length'] = body.length;
    const result = await send(api, { url, method: 'POST', headers, body });
    progress({ progress: 100, totalBytesSent: body.length, totalBytesExpectedToSend: body.length });
    return result;
  }, then);
  return { abort() {}, onProgressUpdate: (listener) => void (progress = listener) };
}
