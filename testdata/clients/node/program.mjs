// A program that does not know the emulator: the SDK with the default endpoints.
// It uploads FILE in parts and in one request, then uses a signed URL with axios,
// and prints each result. Arguments: BUCKET REGION KEY FILE.
import { readFile } from 'node:fs/promises';
import axios from 'axios';
import COS from 'cos-nodejs-sdk-v5';

const [Bucket, Region, Key, FilePath] = process.argv.slice(2);
const cos = new COS({ SecretId: process.env.SECRET_ID, SecretKey: process.env.SECRET_KEY });
const MiB = 1 << 20;

async function say(name, work) {
  try {
    const { statusCode, status } = await work();
    console.log(JSON.stringify({ name, status: statusCode ?? status }));
  } catch (error) {
    const { statusCode, code, message, response } = error;
    console.log(JSON.stringify({ name, status: statusCode ?? response?.status, code, message, body: response?.data }));
  }
}

await say('uploadFile', () => cos.uploadFile({ Bucket, Region, Key, FilePath, SliceSize: MiB, ChunkSize: MiB }));
await say('putObject', async () => cos.putObject({ Bucket, Region, Key: `${Key}-small`, Body: await readFile(FilePath) }));
await say('axios', async () => {
  const url = cos.getObjectUrl({ Bucket, Region, Key: `${Key}-axios`, Method: 'PUT', Sign: true });
  return axios.put(url, await readFile(FilePath), { headers: { 'Content-Type': 'application/octet-stream' } });
});
