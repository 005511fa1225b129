// Two canonical forms, laid side by side, with what differs marked.

/** Splits a canonical form into rows: method, path, each parameter, each header. */
function rows(form) {
  const all = form.split('\n');
  const [method = '', path = '', params = '', headers = ''] = all;
  // The canonical request of an S3 signature has a line for each header, and ends
  // with their names and the hash of the body.
  const blank = all.length - 3;
  const s3 = blank >= 3 && all[blank] === '' && /^[A-Z]+$/.test(method);
  const pairs = (line, kind) =>
    line === ''
      ? []
      : line.split('&').map((text) => ({ kind, name: text.split('=', 1)[0], text }));
  return [
    { kind: 'method', name: 'method', text: method },
    { kind: 'path', name: 'path', text: path },
    ...pairs(params, 'params'),
    ...(s3 ? all.slice(3, blank).map((text) => ({ kind: 'headers', name: text.split(':', 1)[0], text })) : pairs(headers, 'headers')),
  ];
}

/**
 * Pairs the rows of two forms: [{kind, left, right}], where a side that lacks
 * the row is null. Rows of one name belong together; the rest keeps its order.
 */
export function align(signed, arrived) {
  const left = rows(signed);
  const right = rows(arrived);
  const out = [];
  for (const kind of ['method', 'path', 'params', 'headers']) {
    const theirs = right.filter((r) => r.kind === kind);
    for (const l of left.filter((r) => r.kind === kind)) {
      const i = theirs.findIndex((r) => r.name === l.name);
      const r = i < 0 ? null : theirs.splice(i, 1)[0];
      out.push({ kind, left: l.text, right: r ? r.text : null });
    }
    for (const r of theirs) out.push({ kind, left: null, right: r.text });
  }
  return out;
}

/** A single form in the same shape. */
export const lines = (form) => rows(form).map(({ kind, text }) => ({ kind, text }));

/** The longest middle whose every character is compared with every other. */
const MOST = 500;

/**
 * The parts of two texts: [[text, differs], …] for each. Equal ends are cut
 * off first; between them the longest common subsequence stays unmarked.
 */
export function marks(a, b) {
  a = [...a]; // by characters, not by halves of one
  b = [...b];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const midA = a.slice(head, a.length - tail);
  const midB = b.slice(head, b.length - tail);
  const [keepA, keepB] = midA.length <= MOST && midB.length <= MOST ? common(midA, midB) : [[], []];
  const parts = (all, mid, keep) => {
    const flags = [
      ...all.slice(0, head).map(() => false),
      ...mid.map((_, i) => !keep[i]),
      ...all.slice(all.length - tail).map(() => false),
    ];
    return join(all, flags);
  };
  return [parts(a, midA, keepA), parts(b, midB, keepB)];
}

function join(chars, flags) {
  const out = [];
  chars.forEach((c, i) => {
    const last = out[out.length - 1];
    if (last && last[1] === flags[i]) last[0] += c;
    else out.push([c, flags[i]]);
  });
  return out;
}

/** Which characters of each belong to the longest common subsequence. */
function common(a, b) {
  const w = b.length + 1;
  const length = new Uint16Array((a.length + 1) * w);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i * w + j] = a[i] === b[j] ? length[(i + 1) * w + j + 1] + 1 : Math.max(length[(i + 1) * w + j], length[i * w + j + 1]);
    }
  }
  const keepA = [];
  const keepB = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      keepA[i++] = true;
      keepB[j++] = true;
    } else if (length[(i + 1) * w + j] >= length[i * w + j + 1]) i++;
    else j++;
  }
  return [steady(keepA, a.length), steady(keepB, b.length)];
}

/** Islands of a few equal characters are chance, and make a diff unreadable. */
function steady(keep, n) {
  const out = [];
  for (let i = 0; i < n; ) {
    let end = i;
    while (end < n && keep[end]) end++;
    for (let k = i; k < end; k++) out[k] = end - i >= 4;
    i = Math.max(end, i + 1);
  }
  return out;
}
