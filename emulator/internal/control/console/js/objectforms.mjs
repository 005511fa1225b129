// The dialogs of the objects view: buckets, and what happens to many objects at once.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from './api.mjs';
import { copyObject, cos } from './cos.mjs';
import { attempt, html, say } from './ui.mjs';

/** Runs one action at a time, and says what went wrong with it. */
export function useBusy() {
  const [busy, setBusy] = useState(false);
  return [busy, async (action) => {
    setBusy(true);
    await attempt(action);
    setBusy(false);
  }];
}

export function Dialog({ title, yes, danger, busy, onYes, onClose, cancel, children }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  return html`
    <dialog ref=${dialog} onClose=${onClose} aria-label=${title}>
      <form class="ask" onSubmit=${(e) => {
        e.preventDefault();
        onYes();
      }}>
        <p class="lead">${title}</p>
        ${children}
        <p class="buttons">
          <button type="button" onClick=${() => dialog.current.close()}>${cancel || '✕'}</button>
          <button id="confirm" class=${'primary' + (danger ? ' danger' : '')} disabled=${busy}>${yes}</button>
        </p>
      </form>
    </dialog>`;
}

export function NewBucket({ w, t, onClose, onDone }) {
  const [f, setF] = useState({ name: '', region: '', acl: 'private' });
  const [busy, run] = useBusy();
  const set = (change) => setF({ ...f, ...change });
  return html`
    <${Dialog} title=${t.newBucket} yes=${t.create} cancel=${w.cancel} busy=${busy || !f.name} onClose=${onClose} onYes=${() => run(async () => {
      const made = await api.createBucket(f);
      say(t.made(made.name));
      onClose();
      await onDone(made);
    })}>
      <label>${t.bucketName} <input id="bucket-name" autofocus autocomplete="off" spellcheck=${false} placeholder="photos-1250000000" value=${f.name} onInput=${(e) => set({ name: e.target.value.trim() })} /></label>
      <label>${t.region} <input id="bucket-region" autocomplete="off" spellcheck=${false} placeholder="ap-guangzhou" value=${f.region} onInput=${(e) => set({ region: e.target.value.trim() })} /></label>
      <label>ACL <select id="bucket-acl" value=${f.acl} onChange=${(e) => set({ acl: e.target.value })}>${['private', 'public-read', 'public-read-write'].map((a) => html`<option key=${a}>${a}</option>`)}</select></label>
    <//>`;
}

export function RemoveBucket({ w, t, bucket, onClose, onDone }) {
  const [force, setForce] = useState(false);
  const [busy, run] = useBusy();
  return html`
    <${Dialog} title=${w.objects.confirm(bucket)} yes=${t.removeBucket} cancel=${w.cancel} danger busy=${busy} onClose=${onClose} onYes=${() => run(async () => {
      await api.deleteBucket(bucket, force);
      say(w.objects.removed(bucket));
      onClose();
      await onDone();
    })}>
      <p>${t.removeBucketText}</p>
      <label class="check"><input id="force" type="checkbox" checked=${force} onChange=${(e) => setForce(e.target.checked)} /> ${t.force}</label>
    <//>`;
}

/** What is marked: an object ('o' and its key), or all below a prefix ('p' and the prefix). */
export const markOf = { object: (key) => 'o' + key, prefix: (p) => 'p' + p };

/** The keys of all that is marked. */
async function expand(bucket, marks) {
  const keys = new Set();
  for (const mark of marks) {
    if (mark[0] === 'o') keys.add(mark.slice(1));
    else {
      let marker = '';
      do {
        const page = await api.objects(bucket, { prefix: mark.slice(1), marker, limit: 1000 });
        for (const o of page.objects) keys.add(o.key);
        marker = page.next_marker;
      } while (marker);
    }
  }
  return [...keys];
}

/** Does something to all, a few at once; goes on after a refusal, and throws the first. */
async function each(list, action) {
  let n = 0;
  let first;
  const worker = async () => {
    while (n < list.length) {
      try {
        await action(list[n++]);
      } catch (err) {
        first ||= err;
      }
    }
  };
  await Promise.all([1, 2, 3, 4].map(worker));
  if (first) throw first;
}

/** Copies, moves or deletes what is chosen, after one question. */
export function Selection({ w, t, what, marks, buckets, bucket, region, prefix, onClose, onDone }) {
  const single = marks.length === 1 && marks[0][0] === 'o' ? marks[0].slice(1) : '';
  const [to, setTo] = useState({ bucket, path: single || prefix });
  const [list, setList] = useState(null);
  const [busy, run] = useBusy();
  useEffect(() => {
    attempt(async () => setList(await expand(bucket, marks)));
  }, []);
  const act = async (key) => {
    if (what !== 'remove') {
      const target = single ? to.path : to.path + key.slice(prefix.length);
      if (to.bucket === bucket && target === key) throw new Error(t.samePlace);
      await copyObject({ bucket, region, key }, { bucket: to.bucket, key: target });
    }
    if (what !== 'copy') await cos('DELETE', bucket, key);
  };
  const title = { remove: single ? w.objects.confirm(single) : t.removeQuestion(list?.length ?? '…'), copy: t.copyQuestion(list?.length ?? '…'), move: t.moveQuestion(list?.length ?? '…') }[what];
  return html`
    <${Dialog} title=${title} yes=${{ remove: w.objects.remove, copy: t.copy, move: t.move }[what]} cancel=${w.cancel} danger=${what === 'remove'} busy=${busy || !list} onClose=${onClose} onYes=${() => run(async () => {
      try {
        await each(list, act);
        say(single && what === 'remove' ? w.objects.removed(single) : t.did[what](list.length));
      } finally {
        onClose();
        onDone();
      }
    })}>
      ${what === 'remove'
        ? html`<p>${w.objects.confirmText}</p>${single ? null : html`<ul class="keys" tabindex="0" aria-label=${t.objects}>${(list || []).slice(0, 100).map((key) => html`<li key=${key}><code>${key}</code></li>`)}</ul>`}`
        : html`<label>${w.sign.bucket} <select id="to-bucket" value=${to.bucket} onChange=${(e) => setTo({ ...to, bucket: e.target.value })}>${buckets.map((b) => html`<option key=${b.name}>${b.name}</option>`)}</select></label>
          <label>${single ? t.newKey : t.newPrefix} <input id="to-path" autofocus autocomplete="off" spellcheck=${false} value=${to.path} onInput=${(e) => setTo({ ...to, path: e.target.value })} /></label>`}
    <//>`;
}
