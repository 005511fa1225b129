// Files to upload, and a network that fails during the upload.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { api, port } from './endpoint.mjs';

// file is the path of a file with this body, for as long as the test runs.
export async function file(t, body) {
  const folder = await mkdtemp(join(tmpdir(), 'cosemu-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'body.bin');
  await writeFile(path, body);
  return path;
}

// brittleNetwork is an address that forwards to the emulator until limit bytes
// were sent. Then it closes all connections and refuses new ones.
export async function brittleNetwork(t, bytes) {
  const sockets = new Set();
  const cut = () => sockets.forEach((socket) => socket.destroy());
  let left = bytes;
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), api.split(':')[0]);
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket);
      socket.on('error', () => {}); // its other end is cut as well
      socket.on('close', () => other.destroy());
    }
    far.on('data', (data) => near.write(data));
    near.on('data', (data) => {
      left -= data.length;
      if (left > 0) {
        far.write(data);
      } else {
        server.close();
        cut();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    cut();
  });
  return `127.0.0.1:${server.address().port}`;
}
