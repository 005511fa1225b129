// The canonical forms: what the client signed beside what arrived.
import { align, lines, marks } from './diff.mjs';
import { Marked } from './finding.mjs';
import { html } from './ui.mjs';

/** own is what the signature was held against, where there is no report. */
export function Forms({ w, report, own }) {
  const arrived = report?.arrived?.http_string || own;
  if (!arrived) return null;
  const signed = report?.signed?.http_string;
  const d = w.detail;
  return html`
    <section class="forms" id="forms">
      <h3>${d.forms}</h3>
      ${signed && signed !== arrived ? html`<${Two} d=${d} signed=${signed} arrived=${arrived} />` : html`<${One} d=${d} form=${arrived} />`}
      ${report?.accepted?.length > 0 ? html`<p class="note">${d.leniency}: ${report.accepted.map((a) => html`<code key=${a}>${a}</code> `)}</p>` : null}
    </section>`;
}

function Two({ d, signed, arrived }) {
  const rows = align(signed, arrived).map((r) => ({ ...r, same: r.left === r.right }));
  return html`
    <table class="diff">
      <caption>${d.formDiffers(rows.filter((r) => !r.same).length)}</caption>
      <thead><tr><td></td><th scope="col">${d.formSigned}</th><th scope="col">${d.formArrived}</th></tr></thead>
      <tbody>
        ${rows.map((r, i) => {
          const [left, right] = r.left !== null && r.right !== null ? marks(r.left, r.right) : [[[r.left, true]], [[r.right, true]]];
          const cell = (text, parts, as) => html`<td>${text === null ? html`<em>${d.absent}</em>` : text === '' ? html`<em>∅</em>` : html`<code><${Marked} parts=${parts} as=${as} /></code>`}</td>`;
          return html`
            <tr key=${i} class=${r.same ? 'same' : 'differs'}>
              <th scope="row"><${Kind} d=${d} rows=${rows} i=${i} /></th>
              ${cell(r.left, left, 'del')}${cell(r.right, right, 'ins')}
            </tr>`;
        })}
      </tbody>
    </table>`;
}

function One({ d, form }) {
  const rows = lines(form);
  return html`
    <table class="diff one">
      <caption>${d.formOne}</caption>
      <tbody>
        ${rows.map((r, i) => html`
          <tr key=${i}><th scope="row"><${Kind} d=${d} rows=${rows} i=${i} /></th><td><code>${r.text}</code></td></tr>`)}
      </tbody>
    </table>`;
}

/** The kind of a row; for eyes, only where it changes. */
function Kind({ d, rows, i }) {
  return html`<span class=${i > 0 && rows[i - 1].kind === rows[i].kind ? 'sr' : ''}>${d.rows[rows[i].kind]}</span>`;
}
