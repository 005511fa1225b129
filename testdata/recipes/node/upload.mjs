// npm install cos-nodejs-sdk-v5; node upload.mjs
// Start the server with: cosemu --aliases 127.0.0.1:9000=test-1250000000
import COS from 'cos-nodejs-sdk-v5';

const cos = new COS({
  SecretId: 'AKIDcosemuLocalUseOnlyNotARealKey000',
  SecretKey: 'cosemuSecretForLocalTestsOnly000',
  Protocol: 'http:',
  Domain: '127.0.0.1:9000/{Bucket}',
});
const bucket = { Bucket: 'test-1250000000', Region: 'ap-guangzhou' };

// An upload that the SDK signs.
await cos.putObject({ ...bucket, Key: 'hello.txt', ContentType: 'text/plain', Body: 'hello' });

// A pre-signed URL for others: for this key, and for text/plain alone.
const url = cos.getObjectUrl({
  ...bucket, Key: 'hello.txt', Method: 'PUT', Sign: true, Expires: 3600,
  Headers: { 'Content-Type': 'text/plain' },
});
console.log(url);
