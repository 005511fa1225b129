// The verdict and its reason, on top of everything.
import { marks } from './diff.mjs';
import { api } from './api.mjs';
import { createStore, html, useStore } from './ui.mjs';

/** What the findings are called, by their ids; the server knows. */
const titles = createStore({});
let asked = false;

async function learn() {
  if (asked) return;
  asked = true;
  try {
    const { findings } = await api.findings();
    titles.set(Object.fromEntries(findings.map((f) => [f.id, f.title])));
  } catch {
    asked = false; // the ids stand meanwhile
  }
}

/** A finding's name in the reader's language. */
export function useTitles(w) {
  const known = useStore(titles);
  learn();
  return (id) => known[id]?.[w.tag === 'en' ? 'en' : 'zh'] || id;
}

export function Verdict({ w, entry, sent }) {
  const d = w.detail;
  const known = entry.finding?.findings.length > 0;
  if (entry.verdict === 'accepted') {
    return html`<div class="verdict v-accepted"><strong>${sent ? d.accepted : d.wouldPass}</strong> <span>${sent ? d.acceptedText : d.wouldPassText}</span></div>`;
  }
  if (entry.verdict === 'reported') {
    return html`<div class="verdict v-reported"><strong>${d.reported}</strong> <span><code>${entry.code}</code> ${known ? '' : entry.message}</span></div>`;
  }
  if (entry.verdict === 'unchecked') {
    return html`<div class="verdict v-reported"><strong>${d.unchecked}</strong> <span>${d.uncheckedText}</span></div>`;
  }
  return html`<div class="verdict v-refused"><strong>${entry.status} ${entry.code}</strong> <span>${entry.message}</span></div>`;
}

export function Findings({ w, report }) {
  const all = report?.findings || [];
  if (all.length === 0) return null;
  const [first, ...others] = all;
  return html`
    <div class="findings" id="finding">
      <${Finding} w=${w} f=${first} main />
      ${others.length > 0
        ? html`<h3 class="also">${w.detail.also}</h3>${others.map((f, i) => html`<${Finding} key=${i} w=${w} f=${f} />`)}`
        : null}
    </div>`;
}

/** What there is to know about a request that was served. */
export function Hints({ w, hints = [] }) {
  if (hints.length === 0) return null;
  const zh = w.tag.startsWith('zh');
  const say = (t) => (zh ? t.zh : t.en);
  return html`
    <div id="hints">
      ${hints.map((h) => html`
        <article class="finding hint" key=${h.id}>
          <p class="sentence">${say(h.sentence)}</p>
          <p class="advice">${say(h.advice)}</p>
          <p class="tags"><b class="chip">${h.id}</b> <span class="kind">${w.detail.hint}</span></p>
        </article>`)}
    </div>`;
}

function Finding({ w, f, main = false }) {
  const d = w.detail;
  const zh = w.tag.startsWith('zh');
  const say = (t) => (zh ? t.zh : t.en);
  const title = useTitles(w);
  return html`
    <article class=${'finding ' + (main ? 'main ' : '') + (f.proven ? 'proven' : 'observed')}>
      <p class="sentence">${say(f.sentence)}</p>
      <p class="advice">${say(f.advice)}</p>
      ${f.suggestion ? html`<pre class="suggestion"><code>${f.suggestion}</code></pre>` : null}
      ${f.signed && f.arrived ? html`<${Values} w=${w} f=${f} />` : null}
      <p class="tags">
        <b class="chip" title=${f.id}>${title(f.id)}</b>
        <span class="kind" title=${f.proven ? d.provenTip : d.observedTip}>${f.proven ? '✓ ' + d.proven : d.observed}</span>
      </p>
    </article>`;
}

/** What the two values of a finding are: for times, which times. */
function labels(w, f) {
  const d = w.detail;
  if (f.name === 'Date') return [d.signed, d.arrivedShort];
  switch (f.id) {
    case 'expired':
    case 'token-expired':
      return [d.validUntil, d.arrivedTime];
    case 'not-yet-valid':
    case 'time-zone':
      return [d.validFrom, d.arrivedTime];
    case 'clock-moved':
      return [w.clock.real, w.clock.label];
    default:
      return [d.signed, d.arrivedShort];
  }
}

/** The two values of a finding, one above the other. */
function Values({ w, f }) {
  const [signed, arrived] = marks(f.signed, f.arrived);
  const [ofSigned, ofArrived] = labels(w, f);
  return html`
    <dl class="values">
      <div><dt>${ofSigned}</dt><dd><code><${Marked} parts=${signed} as="del" /></code></dd></div>
      <div><dt>${ofArrived}</dt><dd><code><${Marked} parts=${arrived} as="ins" /></code></dd></div>
    </dl>`;
}

/** Text with its differing parts marked, as removed (del) or as new (ins). */
export function Marked({ parts, as }) {
  return parts.map(([text, differs], i) => (differs ? html`<${as} key=${i}>${text}</${as}>` : text));
}
