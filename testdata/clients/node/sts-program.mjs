// A program that asks the cloud for a temporary key, as the server of an upload
// page does: POLICY as JSON. It prints the answer or the error.
import STS from 'qcloud-cos-sts';

const options = { secretId: process.env.SECRET_ID, secretKey: process.env.SECRET_KEY, durationSeconds: 1800, policy: JSON.parse(process.argv[2]) };
STS.getCredential(options, (error, data) => {
  console.log(JSON.stringify(error ? { error: { Code: error.Code, Message: error.Message ?? String(error) } } : data));
});
