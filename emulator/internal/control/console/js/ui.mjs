// What all parts of the page are made with: templates, stores, small widgets.
import { h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import htm from 'htm';

export const html = htm.bind(h);

/** A value that components can use and anybody can set. */
export function createStore(value) {
  const watchers = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const w of watchers) w();
    },
    watch(w) {
      watchers.add(w);
      return () => watchers.delete(w);
    },
  };
}

/** The present value of a store; the component is drawn anew when it changes. */
export function useStore(store) {
  const [value, setValue] = useState(store.get());
  useEffect(() => {
    const look = () => setValue(() => store.get());
    look(); // what changed between drawing and here
    return store.watch(look);
  }, [store]);
  return value;
}

/** What was said last; a live region reads it out, and a toast shows it. */
export const said = createStore({ text: '', kind: 'ok', at: 0 });

export function say(text, kind = 'ok') {
  said.set({ text, kind, at: Date.now() });
}

/** Runs an action and says what went wrong with it, if anything. */
export async function attempt(action) {
  try {
    return await action();
  } catch (err) {
    if (err.name !== 'AbortError') say(err.message, 'bad');
    return undefined;
  }
}

export async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Not a secure context: a listener on another address than loopback.
  const area = Object.assign(document.createElement('textarea'), { value: text });
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('copy');
}

/** A text to take along, with a button that copies it. */
export function Line({ w, title, id, text }) {
  return html`
    <div class="line">
      <h2>${title} <button class="quiet" onClick=${() => attempt(async () => {
        await copy(text);
        say(w.copied);
      })}>${w.copy}</button></h2>
      <pre id=${id} tabindex="0"><code>${text}</code></pre>
    </div>`;
}

/** Asks before something is done. */
export function Ask({ w, title, text, yes, onYes, onClose }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  return html`
    <dialog ref=${dialog} id="ask" onClose=${onClose} aria-label=${title}>
      <p class="lead">${title}</p>
      <p>${text}</p>
      <p class="buttons">
        <button autofocus onClick=${() => dialog.current.close()}>${w.cancel}</button>
        <button id="yes" class="primary danger" onClick=${() => {
          dialog.current.close();
          onYes();
        }}>${yes}</button>
      </p>
    </dialog>`;
}

/** XML with its tags toned down, so that the values stand out. */
export function xml(text) {
  return text.split(/(<[^>]*>)/).map((part, i) => (i % 2 ? html`<i key=${i}>${part}</i>` : part));
}
