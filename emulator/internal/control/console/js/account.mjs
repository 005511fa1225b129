// Which account the page is about: the part `?account=` of its address. Empty: all of them.
import { createStore } from './ui.mjs';

const read = () => new URLSearchParams(location.search).get('account') || '';

export const account = createStore(read());
addEventListener('popstate', () => account.set(read()));

/** A link of this page, for an account. */
export const linkOf = (appid, hash = location.hash) => location.pathname + (appid ? '?account=' + encodeURIComponent(appid) : '') + hash;

/** Puts parameters into the address, beside what stands there; '' takes one out. */
export function setParams(params, replace = true) {
  const all = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(params)) {
    if (value) all.set(name, value);
    else all.delete(name);
  }
  const search = all.size ? '?' + all : '';
  if (search === location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', location.pathname + search + location.hash);
}

/** Shows another account; replace leaves no step to come back to. */
export function setAccount(appid, replace = false) {
  if (appid === account.get()) return;
  setParams({ account: appid }, replace);
  account.set(appid);
}
