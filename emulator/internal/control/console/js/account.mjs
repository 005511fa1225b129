// Which account the page is about: the part `?account=` of its address. Empty: all of them.
import { createStore } from './ui.mjs';

const read = () => new URLSearchParams(location.search).get('account') || '';

export const account = createStore(read());
addEventListener('popstate', () => account.set(read()));

/** A link of this page, for an account. */
export const linkOf = (appid, hash = location.hash) => location.pathname + (appid ? '?account=' + encodeURIComponent(appid) : '') + hash;

/** Shows another account; replace leaves no step to come back to. */
export function setAccount(appid, replace = false) {
  if (appid === account.get()) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', linkOf(appid));
  account.set(appid);
}
