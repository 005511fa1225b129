// Mini Program: npm install cos-wx-sdk-v5, and "do not verify domains" in the developer tools.
// Start the server with: cosemu --aliases 127.0.0.1:9000=test-1250000000
const COS = require('cos-wx-sdk-v5');

const cos = new COS({
  SecretId: 'AKIDcosemuLocalUseOnlyNotARealKey000',
  SecretKey: 'cosemuSecretForLocalTestsOnly000',
  Protocol: 'http:',
  Domain: '127.0.0.1:9000/{Bucket}',
  SimpleUploadMethod: 'putObject',
});
const bucket = { Bucket: 'test-1250000000', Region: 'ap-guangzhou' };

wx.chooseMedia({
  count: 1,
  success: ({ tempFiles: [{ tempFilePath }] }) => {
    cos.uploadFile({ ...bucket, Key: 'hello.png', FilePath: tempFilePath }, (err, data) => {
      console.log(err || data.statusCode);
    });
  },
});
