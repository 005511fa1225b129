// Where the page is: the part of its address behind '#'.
import { createStore } from './ui.mjs';

const decode = (s) => {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
};

function parse(hash) {
  const [view = '', ...rest] = hash.replace(/^#\/?/, '').split('/');
  switch (view) {
    case 'requests':
      return { view, id: decode(rest.join('/')) }; // an id may hold a slash, escaped or not
    case 'objects':
      return { view, bucket: decode(rest[0] || ''), prefix: decode(rest[1] || ''), object: decode(rest[2] || ''), pane: rest[3] || '' };
    case 'connect':
    case 'explain':
    case 'sign':
    case 'keys':
      return { view };
    default:
      return { view: 'requests', id: '' };
  }
}

export const route = createStore(parse(location.hash));
addEventListener('hashchange', () => route.set(parse(location.hash)));

export const linkTo = {
  request: (id) => (id ? '#/requests/' + encodeURIComponent(id) : '#/requests'),
  objects: (...parts) => '#/objects' + parts.map((p) => '/' + encodeURIComponent(p || '')).join('').replace(/\/+$/, ''), // bucket, prefix, object, pane
  connect: '#/connect',
  explain: '#/explain',
  sign: '#/sign',
  keys: '#/keys',
};

/** Goes to a link; replace leaves no step to come back to. */
export function go(link, replace = false) {
  if (location.hash === link) return;
  if (!replace) {
    location.hash = link;
    return;
  }
  history.replaceState(null, '', link);
  route.set(parse(link));
}
