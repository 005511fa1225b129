// The console: a bar with the views and the clock, and the view below it.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { account } from './account.mjs';
import { Accounts } from './accounts.mjs';
import { Clock } from './clock.mjs';
import { ConnectPage } from './connect.mjs';
import { RequestDetail } from './detail.mjs';
import { Explain, explainPaste } from './explain.mjs';
import { follow, journal } from './journal.mjs';
import { RequestList } from './list.mjs';
import { language, setLanguage, setTheme, theme, useWords } from './prefs.mjs';
import { linkTo, go, route } from './route.mjs';
import { attempt, createStore, html, said, useStore } from './ui.mjs';

/** A view whose module is loaded when it is first shown. */
function later(load) {
  let View = null;
  return function Later(props) {
    const [, draw] = useState(false);
    useEffect(() => {
      if (!View) attempt(async () => {
        View = await load();
        draw(true);
      });
    }, []);
    return View ? html`<${View} ...${props} />` : null;
  };
}

const Keys = later(async () => (await import('./keys.mjs')).Keys);
const Sign = later(async () => (await import('./sign.mjs')).Sign);
const Objects = later(async () => (await import('./objects.mjs')).Objects);

function App() {
  const w = useWords();
  const r = useStore(route);
  const of = useStore(account);
  useEffect(() => {
    document.title = ['cosemu', w.views[r.view], of].filter(Boolean).join(' · ');
  }, [w, r.view, of]);
  return html`
    <a class="skip" href="#main" onClick=${(e) => {
      e.preventDefault();
      document.getElementById('main').focus();
    }}>${w.skip}</a>
    <${Bar} w=${w} view=${r.view} />
    <${Lost} w=${w} />
    <main id="main" tabindex="-1" key=${of}>
      ${r.view === 'requests' ? html`<${Requests} w=${w} id=${r.id} />` : null}
      ${r.view === 'connect' ? html`<${ConnectPage} />` : null}
      ${r.view === 'explain' ? html`<${Explain} />` : null}
      ${r.view === 'sign' ? html`<${Sign} />` : null}
      ${r.view === 'keys' ? html`<${Keys} />` : null}
      ${r.view === 'objects' ? html`<${Objects} ...${r} />` : null}
    </main>
    <${Toast} />
    <${News} w=${w} />`;
}

function Bar({ w, view }) {
  const links = { requests: linkTo.request(''), explain: linkTo.explain, sign: linkTo.sign, keys: linkTo.keys, objects: linkTo.objects() };
  return html`
    <header class="topbar">
      <a class="brand" href=${links.requests} aria-label="cosemu"><span aria-hidden="true">cos<b>emu</b></span></a>
      <nav class="views" aria-label="cosemu">
        ${Object.keys(links).map((v) => html`<a key=${v} href=${links[v]} aria-current=${v === view ? 'page' : undefined}>${w.views[v]}</a>`)}
      </nav>
      <${Clock} />
      <div class="prefs">
        <${Accounts} w=${w} />
        <a class="button quiet" id="connect" href=${linkTo.connect} aria-current=${view === 'connect' ? 'page' : undefined}>${w.views.connect}</a>
        <button id="language" class="quiet" lang=${language.get() === 'zh' ? 'en' : 'zh-CN'} onClick=${() => setLanguage(language.get() === 'zh' ? 'en' : 'zh')}>${w.otherLanguage}</button>
        <select id="theme" aria-label=${w.theme.label} title=${w.theme.label} value=${useStore(theme)} onChange=${(e) => setTheme(e.target.value)}>
          ${['auto', 'light', 'dark'].map((t) => html`<option key=${t} value=${t}>${w.theme[t]}</option>`)}
        </select>
      </div>
    </header>`;
}

/** Says in every view that the server does not answer, once that has lasted a moment. */
function Lost({ w }) {
  const { connection } = useStore(journal);
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (connection !== 'offline') {
      setLasts(false);
      return undefined;
    }
    const soon = setTimeout(() => setLasts(true), 700);
    return () => clearTimeout(soon);
  }, [connection]);
  return html`<div id="lost" class=${lasts ? 'unreached' : ''} role="status">${lasts ? w.lost : ''}</div>`;
}

function Requests({ w, id }) {
  const panel = useRef(null);
  useEffect(() => {
    const onKey = (e) => {
      if (e.key !== 'Escape' || document.querySelector('dialog[open]')) return;
      if (!panel.current?.contains(document.activeElement)) return;
      document.getElementById('rows')?.focus();
      e.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return html`
    <h1 class="sr">${w.views.requests}</h1>
    <div class=${'requests' + (id ? ' open' : '')}>
      <${RequestList} id=${id} onOpen=${() => panel.current.focus()} />
      <${RequestDetail} id=${id} panel=${panel} />
    </div>`;
}

/** What was said last, for eyes and ears; gone after a while. */
function Toast() {
  const { text, kind, at } = useStore(said);
  useEffect(() => {
    if (!text) return undefined;
    const end = setTimeout(() => said.set({ text: '', kind, at: 0 }), kind === 'bad' ? 8000 : 2500);
    return () => clearTimeout(end);
  }, [at]);
  return html`<div class=${'toast ' + kind} id="toast" role="status" data-shown=${String(text !== '')}>${text}</div>`;
}

/** Tells those who cannot see the list what came, every few seconds at most. */
const news = createStore('');
let heard = { n: 0, refused: 0, timer: 0 };

function News({ w }) {
  const { fresh } = useStore(journal);
  useEffect(() => {
    heard.n += fresh.length;
    heard.refused += fresh.filter((e) => e.verdict === 'refused').length;
    if (heard.n === 0 || heard.timer) return;
    heard.timer = setTimeout(() => {
      news.set(w.list.news(heard.n, heard.refused));
      heard = { n: 0, refused: 0, timer: 0 };
    }, 3000);
  }, [fresh]);
  return html`<div class="sr" id="news" role="status">${useStore(news)}</div>`;
}

// A paste outside of any field is a question.
document.addEventListener('paste', (e) => {
  if (e.target.closest?.('input, textarea, select, dialog')) return;
  const text = e.clipboardData?.getData('text/plain') || '';
  if (explainPaste(text)) e.preventDefault();
});

if (!location.hash) go(linkTo.request(''), true);
follow();
render(html`<${App} />`, document.getElementById('app'));
