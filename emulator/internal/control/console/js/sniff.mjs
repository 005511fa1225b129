// What a pasted text is: a curl command, a URL, a refusal's XML, a request id,
// or several of them.

/** {curl, url, method, headers, body, id}; what is not there is undefined. */
export function sniff(text) {
  const out = {};
  let rest = text.trim();
  const xml = rest.match(/(<\?xml[^>]*\?>\s*)?<Error\b[\s\S]*?(<\/Error>|$)/) || rest.match(/<Code>[\s\S]*$/) || rest.match(/&lt;Error[\s\S]*$/);
  if (xml) {
    out.body = xml[0];
    rest = (rest.slice(0, xml.index) + '\n' + rest.slice(xml.index + xml[0].length)).trim();
  }
  const curl = rest.match(/(^|\n)\s*[$>#]?\s*(curl(\.exe)?\s[\s\S]*)$/);
  const url = rest.match(/(?:\b(GET|PUT|POST|HEAD|DELETE|OPTIONS)\s+)?(https?:\/\/[^\s'"<>]+)/);
  const id = rest.match(/(?:request-?id["']?\s*[:=]?\s*["']?)([A-Za-z0-9+/_-]{12,}={0,2})/i) || rest.match(/^([A-Za-z0-9+/_-]{20,}(?:={1,2}|(?:%3D){1,2})?)$/i);
  if (curl) out.curl = curl[2].trim();
  else if (url) {
    [, out.method, out.url] = url;
    const headers = readHeaders(rest.slice(url.index + url[0].length)).headers;
    if (Object.keys(headers).length > 0) out.headers = headers;
  } else if (id && !xml) out.id = id[1].replace(/%3D/gi, '=');
  return out;
}

/** Reads "Name: value" lines; bad holds those that are none. */
export function readHeaders(text) {
  const headers = {};
  const bad = [];
  for (const line of text.split('\n').map((l) => l.trim()).filter(Boolean)) {
    const m = line.match(/^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/);
    if (m) headers[m[1]] = m[2];
    else bad.push(line);
  }
  return { headers, bad };
}
