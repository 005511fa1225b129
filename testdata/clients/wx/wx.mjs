// A stand-in for what a Mini Program gets from its host: the part of wx that
// cos-wx-sdk-v5 calls, over node:http. It knows nothing of COS. The names of
// the cloud lead to the emulator, as a proxy in the developer tools does it.
import fs from 'node:fs';
import http from 'node:http';
import { basename } from 'node:path';

const cloud = /\.(myqcloud\.com|tencentcos\.cn)$/;

// The host sends these with each request, and a program cannot change them.
const fixed = { referer: 'https://servicewechat.com/wx0123456789abcdef/0/page-frame.html' };

// makeWx is the object for programs whose requests to the cloud go to api
// (host:port). What is sent is noted in sent.
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

// readFile gives an ArrayBuffer, or a part of it.
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

// send is the way of a request to the emulator and of its answer back.
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
  // Who names no type sends JSON, whatever the body is.
  const named = Object.keys(header).some((name) => name.toLowerCase() === 'content-type');
  const headers = { ...(named ? {} : { 'content-type': 'application/json' }), ...header };
  const body = data === undefined || data === null ? Buffer.alloc(0) : Buffer.from(data);
  if (method !== 'GET' && method !== 'HEAD') headers['content-length'] = body.length;
  sent.push({ call: 'request', method, url });
  void answer(() => send(api, { url, method, headers, body, responseType }), then);
  return { abort() {} };
}

// uploadFile posts a form, whose own Content-Type wins, with the file at last.
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
