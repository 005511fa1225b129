// The validity of a signature as a line in time, with the arrival on it.
import { day, moment, span, timeOfDay } from './format.mjs';
import { moveClock } from './clock.mjs';
import { html } from './ui.mjs';

export function Validity({ w, entry, live }) {
  const range = entry.signature && narrower(entry.signature);
  if (!range) return null;
  const d = w.detail;
  const start = Date.parse(range.start);
  const end = Date.parse(range.end);
  const at = Date.parse(entry.at);
  const says = at < start ? d.early(span(start - at, w.tag)) : at > end ? d.late(span(at - end, w.tag)) : d.inTime(span(end - at, w.tag));
  const out = at < start || at > end;
  const from = Math.min(start, at);
  const all = Math.max(end, at) - from || 1;
  const percent = (t) => `${(100 * (t - from)) / all}%`;
  const oneDay = [range.start, range.end].every((t) => day(t) === day(entry.at));
  const when = (iso) => (oneDay ? timeOfDay(iso, false) : moment(iso));
  return html`
    <section class=${'validity ' + (out ? 'out' : 'in')} aria-label=${d.validity}>
      <div class="bar" aria-hidden="true">
        <span class="window" style=${{ left: percent(start), width: `calc(${percent(end)} - ${percent(start)})` }}></span>
        <span class="now" style=${{ left: percent(at) }}></span>
      </div>
      <p>
        ${d.signedAt} <time datetime=${range.start}>${when(range.start)}</time>, ${d.ends} <time datetime=${range.end}>${when(range.end)}</time>,
        ${' '}${d.arrivedAt} <time datetime=${entry.at}>${when(entry.at)}</time> – <strong>${says}</strong>
      </p>
      ${out && live ? html`<p><button id="rewind" onClick=${() => moveClock(range.start)}>${d.rewind}</button></p>` : null}
    </section>`;
}

/** Where both of a signature's ranges hold. */
function narrower({ sign_time: a, key_time: b }) {
  if (!a.start || !a.end || !b.start || !b.end) return null;
  return { start: a.start > b.start ? a.start : b.start, end: a.end < b.end ? a.end : b.end };
}
