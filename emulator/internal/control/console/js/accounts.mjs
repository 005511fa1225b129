// The switch between accounts, in the bar.
import { useEffect, useState } from 'preact/hooks';
import { account, setAccount } from './account.mjs';
import { api } from './api.mjs';
import { journal } from './journal.mjs';
import { html, useStore } from './ui.mjs';

/** As many as a list is good for; the others have links. */
const MOST = 200;

function useAccounts() {
  const [list, setList] = useState([]);
  const chosen = useStore(account);
  const ask = async () => {
    try {
      setList((await api.accounts()).accounts);
    } catch {
      // The connection is gone; the clock says so.
    }
  };
  useEffect(() => {
    ask();
  }, [chosen]);
  useEffect(() => {
    let known = new Set();
    return journal.watch(() => {
      const strange = journal.get().fresh.filter((e) => e.account && !known.has(e.account));
      if (strange.length === 0) return;
      known = new Set([...known, ...strange.map((e) => e.account)]);
      ask(); // a new account's first request
    });
  }, []);
  return { list, ask };
}

export function Accounts({ w }) {
  const { list, ask } = useAccounts();
  const chosen = useStore(account);
  if (list.length === 0 && !chosen) return null;
  const shown = [...list].sort((a, b) => (a.created < b.created ? 1 : -1)).slice(0, MOST);
  const more = list.length - shown.length;
  const known = shown.some((a) => a.appid === chosen);
  return html`
    <select id="account" aria-label=${w.accounts.label} title=${w.accounts.label} value=${chosen}
      onFocus=${ask} onPointerEnter=${ask} onChange=${(e) => setAccount(e.target.value)}>
      <option value="">${w.accounts.all}</option>
      ${chosen && !known ? html`<option value=${chosen}>${chosen}</option>` : null}
      ${shown.map((a) => html`<option key=${a.appid} value=${a.appid}>${a.name ? `${a.name} · ${a.appid}` : a.appid}</option>`)}
      ${more > 0 ? html`<option disabled>${w.accounts.more(more)}</option>` : null}
    </select>`;
}
