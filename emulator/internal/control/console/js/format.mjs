// Times, sizes and durations as people read them.

const two = (n) => String(n).padStart(2, '0');

/** The time of day, here, to the millisecond. */
export function timeOfDay(iso, millis = true) {
  const d = new Date(iso);
  const t = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
  return millis ? `${t}.${String(d.getMilliseconds()).padStart(3, '0')}` : t;
}

export function day(iso) {
  const d = new Date(iso);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

export const moment = (iso) => `${day(iso)} ${timeOfDay(iso, false)}`;

/** The zone of this machine: UTC, UTC+8, UTC+5:30. */
export function zone(iso) {
  const m = -new Date(iso).getTimezoneOffset();
  if (m === 0) return 'UTC';
  const abs = Math.abs(m);
  return `UTC${m < 0 ? '−' : '+'}${Math.floor(abs / 60)}${abs % 60 ? ':' + two(abs % 60) : ''}`;
}

/** A time in UTC. */
export const utc = (iso) => new Date(iso).toISOString().slice(0, 19).replace('T', ' ') + ' UTC';

/** A time here, with its zone, and in UTC where that differs. */
export const both = (iso) => `${moment(iso)} ${zone(iso)}` + (zone(iso) === 'UTC' ? '' : ` · ${utc(iso)}`);

const units = {
  en: [' d', ' h', ' min', ' s'],
  'zh-CN': [' 天', ' 小时', ' 分', ' 秒'],
};

/** A duration in its two largest units. */
export function span(ms, tag) {
  const names = units[tag] || units.en;
  let s = Math.round(Math.abs(ms) / 1000);
  const parts = [86400, 3600, 60, 1].map((size) => {
    const n = Math.floor(s / size);
    s -= n * size;
    return n;
  });
  const first = parts.findIndex((n) => n > 0);
  if (first < 0) return '0' + names[3];
  return parts
    .map((n, i) => (i >= first && i < first + 2 && n > 0 ? n + names[i] : ''))
    .filter(Boolean)
    .join(' ');
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const names = ['KiB', 'MiB', 'GiB', 'TiB'];
  let n = bytes / 1024;
  let i = 0;
  while (n >= 1024 && i < names.length - 1) {
    n /= 1024;
    i++;
  }
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${names[i]}`;
}

export function took(ms) {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Go's notation of an offset, "-20m0s" or "25h0m0.5s", in milliseconds. */
export function parseOffset(text) {
  let ms = 0;
  for (const [, n, unit] of (text || '').matchAll(/([\d.]+)(h|ms|m|µs|ns|s)/g)) {
    ms += Number(n) * { h: 3600e3, m: 60e3, s: 1e3, ms: 1, µs: 1e-3, ns: 1e-6 }[unit];
  }
  return (text || '').startsWith('-') ? -ms : ms;
}

/** What a request was about: its object, else the call of a service, else where it went. */
export const target = (e) => e.key || (!e.bucket && e.path === '/' && e.operation) || e.path || e.host;
