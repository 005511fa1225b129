// A program that gets a temporary key from STS, as the server of an upload page
// does. It prints the answer or the error. Argument: POLICY as JSON.
import STS from 'qcloud-cos-sts';

const options = { secretId: process.env.SECRET_ID, secretKey: process.env.SECRET_KEY, durationSeconds: 1800, policy: JSON.parse(process.argv[2]) };
STS.getCredential(options, (error, data) => {
  console.log(JSON.stringify(error ? { error: { Code: error.Code, Message: error.Message ?? String(error) } } : data));
});
