// The emulator's clock, live, with everything that moves it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { account } from './account.mjs';
import { api } from './api.mjs';
import { journal } from './journal.mjs';
import { day, moment, parseOffset, span, timeOfDay, utc, zone } from './format.mjs';
import { attempt, createStore, html, say, useStore } from './ui.mjs';
import { useWords, words } from './prefs.mjs';

/** What the emulator said of its clock, and when, by performance.now(). */
const state = createStore(null);

const set = (s) => state.set(s && { at: Date.parse(s.now), frozen: s.frozen, offset: parseOffset(s.offset), heard: performance.now() });

/** The emulator's time now, in Unix milliseconds. */
const now = (s) => (s.frozen ? s.at : s.at + performance.now() - s.heard);

async function change(action) {
  await attempt(async () => {
    set(await action());
    say(words().clock.now(moment(now(state.get()))));
  });
}

const setClock = (body) => change(() => api.setClock(body));

/** Moves the clock, from wherever on the page; frozen it stays frozen. */
export const moveClock = (iso) => setClock({ now: iso, frozen: Boolean(state.get()?.frozen) });

// Others move the clock too: it is asked for every other second.
function useClock() {
  const s = useStore(state);
  const [, tick] = useState(0);
  useEffect(() => {
    let gone = false;
    const ask = async () => {
      if (document.visibilityState === 'hidden') return;
      try {
        const of = account.get();
        const c = await api.clock();
        if (!gone && of === account.get()) set(c);
      } catch (err) {
        if (!gone && err.name !== 'AbortError') set(null);
      }
    };
    ask();
    const moved = account.watch(ask);
    const asking = setInterval(ask, 2000);
    const ticking = setInterval(() => tick((n) => n + 1), 250);
    document.addEventListener('visibilitychange', ask);
    const deaf = journal.watch(() => {
      const last = journal.get().fresh.at(-1);
      if (last && state.get() && Math.abs(Date.parse(last.at) - now(state.get())) > 1500) ask(); // it came by another time
    });
    return () => {
      gone = true;
      moved();
      deaf();
      clearInterval(asking);
      clearInterval(ticking);
      document.removeEventListener('visibilitychange', ask);
    };
  }, []);
  return s;
}

export function Clock() {
  const w = useWords();
  const s = useClock();
  const [open, setOpen] = useState(false);
  const t = s ? now(s) : null;
  const iso = t === null ? '' : new Date(t).toISOString();
  // A second is nothing that somebody set: the two clocks are read a moment apart.
  const away = s && !s.frozen && Math.abs(s.offset) >= 1000;
  const kind = !s ? 'lost' : s.frozen ? 'frozen' : away ? 'away' : 'real';
  const says = !s ? w.clock.lost : s.frozen ? w.clock.frozen : away ? w.clock[s.offset > 0 ? 'ahead' : 'behind'](span(s.offset, w.tag)) : w.clock.real;
  const move = (by, text, label) => html`<button class="quiet" data-by=${by} title=${label} aria-label=${text + ': ' + label} disabled=${!s} onClick=${() => change(() => api.advanceClock(by))}>${text}</button>`;
  return html`
    <div class=${'clock ' + kind + (open ? ' open' : '')} role="group" aria-label=${w.clock.label}>
      ${move('-24h', '−1d', w.clock.minus1d)}${move('-15m', '−15m', w.clock.minus15m)}
      <div class="face" title=${iso}>
        <span class="date">${t === null ? '----------' : day(t)}</span>
        <span class="time" id="clock-time">${t === null ? '--:--:--' : timeOfDay(t, false)}</span>
        <span class="zone">${zone(t ?? Date.now())}</span>
        <span class="says" id="clock-state">${says}</span>
      </div>
      ${move('15m', '+15m', w.clock.plus15m)}${move('24h', '+1d', w.clock.plus1d)}
      <button id="clock-more" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>${w.clock.more}</button>
      <button id="freeze" disabled=${!s} onClick=${() => setClock({ frozen: !s.frozen })}>${s?.frozen ? w.clock.run : w.clock.freeze}</button>
      <${SetTo} w=${w} t=${t} />
      <button id="real" disabled=${!s || kind === 'real'} onClick=${() => change(api.realClock)}>${w.clock.back}</button>
    </div>`;
}

/** A date and time to set the clock to, frozen there or not as it is now. */
function SetTo({ w, t }) {
  const dialog = useRef(null);
  const [value, setValue] = useState('');
  const open = () => {
    setValue(`${day(t)}T${timeOfDay(t, false)}`);
    dialog.current.showModal();
  };
  const apply = (e) => {
    e.preventDefault();
    dialog.current.close();
    moveClock(new Date(value).toISOString());
  };
  return html`
    <button id="set-clock" disabled=${t === null} onClick=${open}>${w.clock.set}</button>
    <dialog ref=${dialog} aria-label=${w.clock.label}>
      <form onSubmit=${apply}>
        <label>${w.clock.at} (${zone(value || Date.now())}) <input type="datetime-local" step="1" required value=${value} onInput=${(e) => setValue(e.target.value)} /></label>
        ${Number.isNaN(Date.parse(value)) ? null : html`<p class="note" id="set-utc">= ${utc(value)}</p>`}
        <p class="buttons"><button type="submit" class="primary">${w.clock.apply}</button>
        <button type="button" onClick=${() => dialog.current.close()}>${w.cancel}</button></p>
      </form>
    </dialog>`;
}
