// A program of its own that uploads a file: ADDRESS KEY FILE. The SDK keeps in
// memory which uploads it is at, so one that is taken up after a failure needs
// another process, as it would in life.
import { bucket, region, sdk } from './endpoint.mjs';

const [Ip, Key, FilePath] = process.argv.slice(2);
const MiB = 1 << 20;
sdk({ Ip }).uploadFile({ Bucket: bucket, Region: region, Key, FilePath, SliceSize: MiB, ChunkSize: MiB }, (error) => {
  if (error) console.error(error.statusCode ?? 'no answer', error.code, error.message);
  process.exitCode = error ? 1 : 0;
});
