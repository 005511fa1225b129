// The control token of a server that has one: asked for once, and kept while the tab is open. A
// cookie stands in its place then, since links and event streams send no headers.
import { words } from './prefs.mjs';

const KEY = 'cosemu.token';

function kept() {
  try {
    return sessionStorage.getItem(KEY) || '';
  } catch {
    return '';
  }
}

function keep(token) {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // Then it is asked for again.
  }
}

async function open(token) {
  const answer = await fetch('/api/v1/session', { method: 'POST', headers: { Authorization: 'Bearer ' + token } });
  return answer.ok;
}

/** Asks until a token is right. */
function ask() {
  const w = words().token;
  const dialog = document.createElement('dialog');
  dialog.id = 'token';
  dialog.setAttribute('aria-labelledby', 'token-title');
  const form = document.createElement('form');
  form.method = 'dialog';
  const title = Object.assign(document.createElement('h2'), { id: 'token-title', textContent: w.title });
  const label = document.createElement('label');
  const input = Object.assign(document.createElement('input'), { type: 'password', autocomplete: 'current-password', required: true });
  label.append(w.label, input);
  const wrong = Object.assign(document.createElement('p'), { className: 'bad' });
  wrong.setAttribute('role', 'alert');
  const button = Object.assign(document.createElement('button'), { className: 'primary', textContent: w.go });
  form.append(title, label, wrong, button);
  dialog.append(form);
  document.body.append(dialog);
  dialog.addEventListener('cancel', (e) => e.preventDefault());
  return new Promise((done) => {
    form.addEventListener('submit', async (e) => {
      e.preventDefault();
      const token = input.value.trim();
      const right = /^[!-~]+$/.test(token) && (await open(token).catch(() => false));
      if (!right) {
        wrong.textContent = w.wrong;
        input.select();
        return;
      }
      keep(token);
      dialog.close();
      dialog.remove();
      done();
    });
    dialog.showModal();
    input.focus();
  });
}

let opening = null;

/** Opens a session, with the token that is kept or one that is asked for. Many calls at once wait for one. */
export function openSession() {
  opening ||= (async () => {
    const token = kept();
    if (!(token && (await open(token)))) await ask();
  })().finally(() => {
    opening = null;
  });
  return opening;
}
