// A request as one text or file to pass on, and such a file opened again.
import { api } from './api.mjs';
import { attempt, copy, html, say } from './ui.mjs';

/** The buttons that hand a request over. */
export function Report({ w, entry }) {
  const lang = w.tag === 'en' ? 'en' : 'zh';
  const file = (format, name) => html`<a class="button quiet" id=${'report-' + format} href=${api.reportLink(entry.id, format, lang)} download=${`cosemu-${entry.id.replace(/\W/g, '')}.${name}`}>${w.report[format]}</a>`;
  return html`
    <button id="copy-report" title=${w.report.tip} onClick=${() => attempt(async () => {
      await copy(await api.reportText(entry.id, lang));
      say(w.copied);
    })}>${w.report.copy}</button>
    ${file('markdown', 'md')}${file('har', 'har')}${file('json', 'json')}`;
}

const isText = (x) => typeof x === 'string';
const isHeaders = (h) => h === undefined || (typeof h === 'object' && h !== null && Object.values(h).every((v) => Array.isArray(v) && v.every(isText)));
const isWords = (t) => t && isText(t.en) && isText(t.zh);

/** Whether a request can be shown: it may come from anywhere. */
function sound(e) {
  const s = e?.signature;
  const finding = e?.finding;
  return Boolean(
    e && [e.id, e.method, e.host, e.path, e.verdict, e.at].every(isText) && !Number.isNaN(Date.parse(e.at)) && Array.isArray(e.diagnosis) &&
    [e.status, e.took_ms, e.received_bytes, e.sent_bytes].every(Number.isFinite) && [e.code, e.message, e.key, e.bucket].every((x) => x === undefined || isText(x)) &&
    (!e.omitted || Array.isArray(e.omitted.texts)) && e.request && isText(e.request.query) && isHeaders(e.request.headers) && (!e.answer || (isHeaders(e.answer.headers) && (e.answer.body === undefined || isText(e.answer.body)))) &&
    (!e.steps || (Array.isArray(e.steps) && e.steps.every((x) => isText(x?.name) && isText(x.outcome)))) &&
    (!s || (isText(s.secret_id) && s.sign_time && s.key_time && Array.isArray(s.header_list))) &&
    (!e.hints || (Array.isArray(e.hints) && e.hints.every((h) => isWords(h?.sentence) && isWords(h.advice)))) &&
    (!finding || (Array.isArray(finding.findings) && finding.findings.every((f) => isText(f?.id) && isWords(f.sentence) && isWords(f.advice)) &&
      [finding.arrived, finding.signed].every((x) => !x || isText(x.http_string)) && (!finding.accepted || Array.isArray(finding.accepted)))),
  );
}

/**
 * Reads a report: Markdown or JSON that this server or another one made. Null: the text is none;
 * false: it is one that cannot be shown.
 */
export function readReport(text) {
  const block = text.match(/(`{3,})json\n(\{\s*"cosemu_report"[\s\S]*?)\n\1\s/);
  const json = block ? block[2] : /^\s*\{\s*"(cosemu_report|seq)"/.test(text) ? text.trim().split(/\n(?=\{)/)[0] : null;
  if (json === null) return null;
  try {
    const read = JSON.parse(json);
    const report = read.cosemu_report ? read : { version: '', clock: null, request: read };
    return sound(report.request) ? report : false;
  } catch {
    return false;
  }
}
