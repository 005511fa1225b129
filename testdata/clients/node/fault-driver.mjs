// Does what its caller asks for with the Node.js SDK as its documentation sets it
// up, so that the caller can count what the SDK sends. The caller plans the faults.
// It reads lines of an operation, a key and a size, and answers each with ok or the
// error.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import COS from 'cos-nodejs-sdk-v5';

const { env } = process;
const cos = new COS({
  SecretId: env.COSEMU_SECRET_ID,
  SecretKey: env.COSEMU_SECRET_KEY,
  Protocol: 'http:',
  Proxy: `http://${env.COSEMU_API}`,
});
const bucket = { Bucket: env.COSEMU_BUCKET, Region: env.COSEMU_REGION };
const MiB = 1 << 20;
const folder = await mkdtemp(join(tmpdir(), 'faults-'));

const operations = {
  put: (Key, body) => cos.putObject({ ...bucket, Key, Body: body }),
  async get(Key, body) {
    const { Body } = await cos.getObject({ ...bucket, Key });
    if (!body.equals(Body)) throw new Error('changed unnoticed');
  },
  head: (Key) => cos.headObject({ ...bucket, Key }),
  list: (Prefix) => cos.getBucket({ ...bucket, Prefix }),
  async upload(Key, body) {
    const FilePath = join(folder, 'body');
    await writeFile(FilePath, body);
    await cos.uploadFile({ ...bucket, Key, FilePath, SliceSize: MiB, ChunkSize: MiB, AsyncLimit: 1 });
  },
};

const [host, port] = env.COSEMU_FAULT_CALLER.split(':');
const caller = net.connect(port, host);
for await (const line of createInterface({ input: caller })) {
  const [operation, key, size] = line.split(' ');
  let answer = 'ok';
  try {
    await operations[operation](key, Buffer.alloc(Number(size), 'c'));
  } catch (error) {
    answer = `${error.code ?? ''} ${error.message ?? error}`.replace(/\s+/g, ' ');
  }
  caller.write(`${answer}\n`);
}
await rm(folder, { recursive: true });
process.exit(); // the SDK keeps timers
