// The settings of a bucket: documents as the COS API takes them, and judged by it.
import { useEffect, useState } from 'preact/hooks';
import { cos, look, parse, sendXML, textOf } from './cos.mjs';
import { Crumbs, nothing, TwoSteps, Why } from './object.mjs';
import { useBusy } from './objectforms.mjs';
import { linkTo } from './route.mjs';
import { attempt, html, say } from './ui.mjs';

/** The documents, each with an example that works. */
const DOCUMENTS = {
  cors: () => `<CORSConfiguration>
  <CORSRule>
    <AllowedOrigin>${location.origin}</AllowedOrigin>
    <AllowedMethod>GET</AllowedMethod>
    <AllowedMethod>PUT</AllowedMethod>
    <AllowedHeader>*</AllowedHeader>
    <ExposeHeader>ETag</ExposeHeader>
    <MaxAgeSeconds>600</MaxAgeSeconds>
  </CORSRule>
</CORSConfiguration>`,
  policy: (b) => JSON.stringify({
    version: '2.0',
    Statement: [{
      Effect: 'Allow', Principal: { qcs: ['qcs::cam::anyone:anyone'] }, Action: ['name/cos:GetObject'],
      Resource: [`qcs::cos:${b.region}:uid/${b.name.split('-').pop()}:${b.name}/public/*`],
    }],
  }, null, 2),
  lifecycle: () => `<LifecycleConfiguration>
  <Rule>
    <ID>logs</ID>
    <Filter><Prefix>logs/</Prefix></Filter>
    <Status>Enabled</Status>
    <Expiration><Days>30</Days></Expiration>
  </Rule>
</LifecycleConfiguration>`,
};

export function Settings({ w, t, bucket, pane, reload }) {
  const panes = ['cors', 'policy', 'lifecycle', 'general'];
  return html`
    <section class="folder" aria-label=${t.settings}>
      <header><${Crumbs} w=${w} bucket=${bucket.name} prefix="" last=${t.settings} /></header>
      <nav class="segments panes" aria-label=${t.settings}>
        ${panes.map((p) => html`<a key=${p} class="button" id=${'pane-' + p} href=${linkTo.objects(bucket.name, '', '', p)} aria-current=${p === pane ? 'page' : undefined}>${t.panes[p]}</a>`)}
      </nav>
      ${DOCUMENTS[pane]
        ? html`<${Document} key=${pane} w=${w} t=${t} bucket=${bucket} name=${pane} />`
        : html`<${General} w=${w} t=${t} bucket=${bucket} reload=${reload} />`}
    </section>`;
}

/** Puts each element of an XML document on a line of its own. */
function indent(xml) {
  let depth = 0;
  return xml.replace(/>\s+</g, '><').replace(/(<[^>]+>)(?=<)|(<\/[^>]+>)/g, '$&\n').split('\n').filter(Boolean).map((line) => {
    if (line.startsWith('</')) depth--;
    const out = '  '.repeat(Math.max(depth, 0)) + line;
    if (/^<[^/?!]/.test(line) && !/<\/|\/>$/.test(line)) depth++;
    return out;
  }).join('\n');
}

function Document({ w, t, bucket, name }) {
  const [text, setText] = useState('');
  const [have, setHave] = useState(null);
  const [wrong, setWrong] = useState(null);
  const [busy, run] = useBusy();
  const json = name === 'policy';
  const params = { [name]: '' };
  const load = () => attempt(async () => {
    const got = await look(bucket.name, '', { params }).then((a) => a.text()).catch(nothing);
    setHave(got !== '');
    if (got) setText(json ? JSON.stringify(JSON.parse(got), null, 2) : indent(got));
  });
  useEffect(() => {
    load();
  }, []);
  const act = (action, done) => run(async () => {
    try {
      setWrong(null);
      await action();
      say(done);
      await load();
    } catch (err) {
      setWrong(err);
    }
  });
  return html`
    <form class="ask" onSubmit=${(e) => {
      e.preventDefault();
      act(() => (json ? cos('PUT', bucket.name, '', { params, body: text, headers: { 'Content-Type': 'application/json' } }) : sendXML('PUT', bucket.name, '', params, text)), t.saved);
    }}>
      <p>${t.paneNotes[name]} ${have === false ? t.notSet : ''}</p>
      <textarea id="document" rows="18" spellcheck=${false} aria-label=${t.panes[name]} value=${text} onInput=${(e) => setText(e.target.value)}></textarea>
      <${Why} w=${w} t=${t} error=${wrong} />
      <p class="buttons">
        <button id="save" class="primary" disabled=${busy || !text.trim()}>${t.save}</button>
        <button type="button" id="example" onClick=${() => setText(DOCUMENTS[name](bucket))}>${t.example}</button>
        ${have ? html`<${TwoSteps} t=${t} label=${`${w.objects.remove} ${t.panes[name]}`} text=${w.objects.remove} action=${() => act(async () => {
          await cos('DELETE', bucket.name, '', { params });
          setText('');
        }, t.saved)} />` : null}
      </p>
    </form>`;
}

function General({ w, t, bucket, reload }) {
  const [versioning, setVersioning] = useState(null);
  const [acl, setACL] = useState(bucket.acl);
  const [wrong, setWrong] = useState(null);
  const [busy, run] = useBusy();
  useEffect(() => {
    attempt(async () => setVersioning(textOf(parse(await (await look(bucket.name, '', { params: { versioning: '' } })).text()), 'Status')));
  }, []);
  const save = () => run(async () => {
    try {
      setWrong(null);
      if (versioning) await sendXML('PUT', bucket.name, '', { versioning: '' }, `<VersioningConfiguration><Status>${versioning}</Status></VersioningConfiguration>`);
      if (acl !== bucket.acl) await cos('PUT', bucket.name, '', { params: { acl: '' }, headers: { 'x-cos-acl': acl } });
      say(t.saved);
      await reload();
    } catch (err) {
      setWrong(err);
    }
  });
  return html`
    <form class="ask" onSubmit=${(e) => {
      e.preventDefault();
      save();
    }}>
      <label>${t.versioning}
        <select id="versioning" disabled=${versioning === null} value=${versioning || ''} onChange=${(e) => setVersioning(e.target.value)}>
          ${versioning ? null : html`<option value="">${t.never}</option>`}<option value="Enabled">${t.on}</option><option value="Suspended">${t.suspended}</option>
        </select>
      </label>
      <label>ACL
        <select id="bucket-acl" value=${acl} onChange=${(e) => setACL(e.target.value)}>
          ${['private', 'public-read', 'public-read-write'].map((a) => html`<option key=${a}>${a}</option>`)}
        </select>
      </label>
      <${Why} w=${w} t=${t} error=${wrong} />
      <p class="buttons"><button id="save" class="primary" disabled=${busy || versioning === null}>${t.save}</button></p>
    </form>`;
}
