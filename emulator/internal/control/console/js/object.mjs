// One object: a preview, what is known about it, and the forms that change it.
import { useEffect, useState } from 'preact/hooks';
import { api } from './api.mjs';
import { copyObject, cos, cosLink, escapeXML, look, parse, sendXML, stored, textOf } from './cos.mjs';
import { Fact } from './detail.mjs';
import { Findings } from './finding.mjs';
import { moment, size } from './format.mjs';
import { Selection, markOf, useBusy } from './objectforms.mjs';
import { go, linkTo } from './route.mjs';
import { signFor } from './sign.mjs';
import { readHeaders } from './sniff.mjs';
import { attempt, html, say } from './ui.mjs';

const TEXT = 64 << 10; // of a text that is shown
const PICTURE = 32 << 20; // the largest picture that is shown
const ABOUT = ['Content-Type', 'Cache-Control', 'Content-Disposition', 'Content-Encoding', 'Content-Language', 'Expires'];
const CLASSES = ['STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'ARCHIVE', 'DEEP_ARCHIVE', 'COLD', 'MAZ_STANDARD', 'MAZ_STANDARD_IA', 'MAZ_INTELLIGENT_TIERING'];
export const nothing = (err) => {
  if (err.status !== 404) throw err;
  return '';
};

/** What is known about an object: a HEAD, its tags, its ACL, its versions. */
async function read(bucket, key) {
  const head = await look(bucket, key, {}, 'HEAD');
  const [tags, acl, versions] = await Promise.all([
    look(bucket, key, { params: { tagging: '' } }).then((a) => a.text()).catch(nothing),
    look(bucket, key, { params: { acl: '' } }),
    look(bucket, '', { params: { versions: '', prefix: key, 'max-keys': '100' } }).then((a) => a.text()),
  ]);
  const grants = parse(await acl.text());
  const open = [...grants.getElementsByTagName('Grant')].filter((g) => textOf(g, 'URI').endsWith('/AllUsers')).map((g) => textOf(g, 'Permission'));
  const about = ABOUT.map((n) => [n, stored(head, n)]).filter(([, v]) => v);
  const meta = [...head.headers].filter(([n]) => n.startsWith('x-cos-meta-'));
  return {
    type: stored(head, 'Content-Type'), bytes: Number(head.headers.get('Content-Length')), etag: head.headers.get('ETag'),
    modified: head.headers.get('Last-Modified'), crc: head.headers.get('x-cos-hash-crc64ecma'), version: head.headers.get('x-cos-version-id'),
    storageClass: head.headers.get('x-cos-storage-class') || 'STANDARD',
    headers: [...about, ...meta].map(([n, v]) => `${n}: ${v}`).join('\n'),
    tags: [...parse(tags).getElementsByTagName('Tag')].map((e) => `${textOf(e, 'Key')}=${textOf(e, 'Value')}`).join('\n'),
    acl: acl.headers.get('x-cos-acl') || (open.includes('READ') ? 'public-read' : 'private'),
    versions: [...parse(versions).querySelectorAll('Version, DeleteMarker')].filter((v) => textOf(v, 'Key') === key).map((v) => ({
      id: textOf(v, 'VersionId'), latest: textOf(v, 'IsLatest') === 'true', marker: v.tagName === 'DeleteMarker',
      modified: textOf(v, 'LastModified'), bytes: Number(textOf(v, 'Size')),
    })),
  };
}

export function ObjectPage({ w, t, bucket, object: key }) {
  const [o, setO] = useState(null);
  const [wrong, setWrong] = useState(null);
  const [asked, setAsked] = useState('');
  const prefix = key.slice(0, key.lastIndexOf('/', key.length - 2) + 1);
  const load = async () => {
    try {
      setO(await read(bucket.name, key));
      setWrong(null);
    } catch (err) {
      setWrong(err);
    }
  };
  useEffect(() => {
    load();
  }, []);
  const change = async (action) => {
    try {
      await action();
      say(t.saved);
      await load();
    } catch (err) {
      setWrong(err);
    }
  };
  const back = () => go(linkTo.objects(bucket.name, prefix));
  const params = { w, t, bucket, objectKey: key, o, change };
  return html`
    <section class="folder object" aria-label=${key}>
      <header><${Crumbs} w=${w} bucket=${bucket.name} prefix=${prefix} last=${key.slice(prefix.length)} /></header>
      <div class="tools" role="group" aria-label=${t.tools}>
        <a class="button" id="download" href=${api.downloadLink(bucket.name, key)} download>${w.objects.download}</a>
        <button id="sign-link" onClick=${() => signFor(bucket.name, key)}>${t.signLink}</button>
        <button id="copy-one" onClick=${() => setAsked('copy')}>${t.copy}</button>
        <button id="move-one" onClick=${() => setAsked('move')}>${t.move}</button>
        <button id="remove-one" class="danger" onClick=${() => setAsked('remove')}>${w.objects.remove}</button>
      </div>
      <${Why} w=${w} t=${t} error=${wrong} />
      ${!o && !wrong ? html`<p class="lead">${w.loading}</p>` : null}
      ${o
        ? html`<${Preview} key=${o.etag + o.type} ...${params} />
          <dl class="facts">
            <${Fact} name=${w.objects.columns.size}><span id="object-size">${size(o.bytes)} (${w.detail.bytes(o.bytes)})</span><//>
            <${Fact} name=${w.objects.columns.modified}>${moment(o.modified)}<//>
            <${Fact} name="ETag"><code>${o.etag}</code><//>
            <${Fact} name="CRC-64"><code>${o.crc}</code><//>
            ${o.version ? html`<${Fact} name=${t.version}><code>${o.version}</code><//>` : null}
          </dl>
          <div class="edits" key=${o.modified + o.headers + o.tags + o.acl}>
            <${Headers} ...${params} /><${Tags} ...${params} /><${ACL} ...${params} />
          </div>
          <${Versions} ...${params} />`
        : null}
      ${asked ? html`<${AskOne} w=${w} t=${t} what=${asked} bucket=${bucket} objectKey=${key} prefix=${prefix} onClose=${() => setAsked('')} onDone=${() => (asked === 'copy' ? load() : back())} />` : null}
    </section>`;
}

function AskOne({ bucket, objectKey, ...rest }) {
  const [buckets, setBuckets] = useState(null);
  useEffect(() => {
    attempt(async () => setBuckets((await api.buckets()).buckets));
  }, []);
  return buckets ? html`<${Selection} marks=${[markOf.object(objectKey)]} buckets=${buckets} bucket=${bucket.name} region=${bucket.region} ...${rest} />` : null;
}

function kindOf(type, key) {
  const end = key.slice(key.lastIndexOf('.') + 1).toLowerCase();
  const family = type.split('/')[0];
  if (['image', 'audio', 'video'].includes(family)) return family;
  if (/[/+]json\b/.test(type) || end === 'json') return 'json';
  if (family === 'text' || /xml|javascript|yaml|x-sh/.test(type) || ['txt', 'md', 'csv', 'log', 'yml', 'yaml'].includes(end)) return 'text';
  return '';
}

/** The bytes as they are looked at. The server sends no type that a browser runs; see cos.go. */
function Preview({ t, bucket, objectKey, o }) {
  const [text, setText] = useState('');
  const kind = kindOf(o.type, objectKey);
  useEffect(() => {
    if ((kind !== 'text' && kind !== 'json') || o.bytes === 0) return;
    attempt(async () => {
      const answer = await look(bucket.name, objectKey, { headers: { Range: `bytes=0-${TEXT - 1}` } });
      const got = await answer.text();
      try {
        setText(kind === 'json' && o.bytes <= TEXT ? JSON.stringify(JSON.parse(got), null, 2) : got);
      } catch {
        setText(got);
      }
    });
  }, []);
  const src = cosLink(bucket.name, objectKey, {}, true);
  const body = {
    image: () => (o.bytes > PICTURE ? html`<p class="note">${t.tooLarge}</p>` : html`<img src=${src} alt=${objectKey} />`),
    audio: () => html`<audio controls preload="metadata" src=${src} aria-label=${objectKey}></audio>`,
    video: () => html`<video controls preload="metadata" src=${src} aria-label=${objectKey}></video>`,
    text: () => html`<pre tabindex="0" aria-label=${t.preview}><code>${text}</code></pre>${o.bytes > TEXT ? html`<p class="note">${t.cut(size(TEXT))}</p>` : null}`,
  };
  body.json = body.text;
  return html`<div class="preview" id="preview" data-kind=${kind}>${kind ? body[kind]() : html`<p class="note">${t.noPreview}</p>`}</div>`;
}

function Edit({ t, id, title, note, children, onSave }) {
  const [busy, run] = useBusy();
  return html`
    <form class="ask edit" id=${id} onSubmit=${(e) => {
      e.preventDefault();
      run(onSave);
    }}>
      <h3>${title}</h3>
      ${note ? html`<p class="note">${note}</p>` : null}
      ${children}
      <p class="buttons"><button disabled=${busy}>${t.save}</button></p>
    </form>`;
}

function Headers({ t, bucket, objectKey: key, o, change }) {
  const [text, setText] = useState(o.headers);
  const [kind, setKind] = useState(o.storageClass);
  return html`
    <${Edit} t=${t} id="edit-headers" title=${t.metadata} note=${t.metadataNote} onSave=${() => change(async () => {
      const { headers, bad } = readHeaders(text);
      if (bad.length > 0) throw new Error(t.badLine(bad[0]));
      await copyObject({ bucket: bucket.name, region: bucket.region, key }, { bucket: bucket.name, key }, {
        ...headers, 'x-cos-metadata-directive': 'Replaced', 'x-cos-storage-class': kind, ...(o.acl === 'default' ? {} : { 'x-cos-acl': o.acl }),
      });
    })}>
      <textarea id="headers" rows="5" spellcheck=${false} aria-label=${t.metadata} value=${text} onInput=${(e) => setText(e.target.value)}></textarea>
      <label>${t.storageClass} <select id="storage-class" value=${kind} onChange=${(e) => setKind(e.target.value)}>${CLASSES.map((c) => html`<option key=${c}>${c}</option>`)}</select></label>
    <//>`;
}

function Tags({ t, bucket, objectKey: key, o, change }) {
  const [text, setText] = useState(o.tags);
  return html`
    <${Edit} t=${t} id="edit-tags" title=${t.tags} note=${t.tagsNote} onSave=${() => change(async () => {
      const params = { tagging: '' };
      const lines = text.split('\n').map((l) => l.trim()).filter(Boolean);
      if (lines.length === 0) {
        await cos('DELETE', bucket.name, key, { params });
        return;
      }
      const tags = lines.map((l) => l.split(/=(.*)/s)).map(([k, v = '']) => `<Tag><Key>${escapeXML(k)}</Key><Value>${escapeXML(v)}</Value></Tag>`);
      await sendXML('PUT', bucket.name, key, params, `<Tagging><TagSet>${tags.join('')}</TagSet></Tagging>`);
    })}>
      <textarea id="tags" rows="3" spellcheck=${false} aria-label=${t.tags} value=${text} onInput=${(e) => setText(e.target.value)}></textarea>
    <//>`;
}

function ACL({ t, bucket, objectKey: key, o, change }) {
  const [value, setValue] = useState(o.acl);
  return html`
    <${Edit} t=${t} id="edit-acl" title="ACL" note=${t.aclNote} onSave=${() => change(() => cos('PUT', bucket.name, key, { params: { acl: '' }, headers: { 'x-cos-acl': value } }))}>
      <select id="acl" aria-label="ACL" value=${value} onChange=${(e) => setValue(e.target.value)}>${['default', 'private', 'public-read'].map((a) => html`<option key=${a}>${a}</option>`)}</select>
    <//>`;
}

function Versions({ w, t, bucket, objectKey: key, o, change }) {
  if (o.versions.length < 2 && !o.version) return null;
  const b = bucket.name;
  return html`
    <section class="versions">
      <h3>${t.versions}</h3>
      <table>
        <thead><tr><th scope="col">${t.version}</th><th scope="col" class="num">${w.objects.columns.size}</th><th scope="col"><span class="sr">${w.objects.columns.actions}</span></th></tr></thead>
        <tbody>${o.versions.map((v) => html`
          <tr key=${v.id} data-version=${v.id}>
            <td><code>${v.id}</code> <span class="note">${moment(v.modified)}${v.latest ? ' · ' + t.current : ''}${v.marker ? ' · ' + t.marker : ''}</span></td>
            <td class="num">${v.marker ? '' : size(v.bytes)}</td>
            <td class="do">
              ${v.marker ? null : html`<a class="button quiet" href=${cosLink(b, key, { versionId: v.id })} download=${key.split('/').pop()} aria-label=${`${w.objects.download} ${v.id}`}>${w.objects.download}</a>`}
              ${v.marker || v.latest ? null : html`<button class="quiet restore" aria-label=${`${t.restore} ${v.id}`} onClick=${() => change(() => copyObject({ bucket: b, region: bucket.region, key, version: v.id }, { bucket: b, key }))}>${t.restore}</button>`}
              <${TwoSteps} t=${t} label=${`${w.objects.remove} ${v.id}`} text=${w.objects.remove} action=${() => change(() => cos('DELETE', b, key, { params: { versionId: v.id } }))} />
            </td>
          </tr>`)}</tbody>
      </table>
    </section>`;
}

/** A button that asks, in its own place, before it acts. */
export function TwoSteps({ t, label, text, action }) {
  const [asked, setAsked] = useState(false);
  return html`<button type="button" class="quiet danger" aria-label=${asked ? `${t.sure} ${label}` : label} onBlur=${() => setAsked(false)} onClick=${() => {
    if (asked) action();
    setAsked(!asked);
  }}>${asked ? t.sure : text}</button>`;
}

/** A refusal, and why: the finding of the request in the journal. */
export function Why({ w, t, error }) {
  const [entry, setEntry] = useState(null);
  useEffect(() => {
    setEntry(null);
    if (error?.id) api.request(error.id).then(setEntry, () => {});
  }, [error]);
  if (!error) return null;
  return html`
    <div class="refusal" role="alert">
      <p><b>${error.message}</b> ${error.id ? html`<a href=${linkTo.request(error.id)}>${t.seeRequest}</a>` : null}</p>
      ${entry?.finding ? html`<${Findings} w=${w} report=${entry.finding} />` : null}
    </div>`;
}

export function Crumbs({ w, bucket, prefix, last }) {
  const parts = prefix.split(/(?<=\/)/).filter(Boolean);
  return html`
    <nav class="crumbs" aria-label=${w.objects.path}>
      <h2 class="sr">${last || w.objects.title}</h2>
      <a href=${linkTo.objects(bucket)}>${bucket}</a>
      ${parts.map((p, i) => html`<span key=${i}> / <a href=${linkTo.objects(bucket, parts.slice(0, i + 1).join(''))}>${p.replace(/\/$/, '') || '∅'}</a></span>`)}
      ${last ? html`<span> / <b>${last}</b></span>` : null}
    </nav>`;
}
