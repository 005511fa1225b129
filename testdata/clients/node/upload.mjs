// A program that uploads a file. Arguments: ADDRESS KEY FILE. The SDK has its
// running uploads in memory, so resuming one needs another process.
import { bucket, region, sdk } from './endpoint.mjs';

const [Ip, Key, FilePath] = process.argv.slice(2);
const MiB = 1 << 20;
sdk({ Ip }).uploadFile({ Bucket: bucket, Region: region, Key, FilePath, SliceSize: MiB, ChunkSize: MiB }, (error) => {
  if (error) console.error(error.statusCode ?? 'no answer', error.code, error.message);
  process.exitCode = error ? 1 : 0;
});
