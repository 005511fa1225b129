// Gradle: com.qcloud.cos:cos-android. `context` is that of the app.
// Start the server with: cosemu (from a device: cosemu --listen 0.0.0.0:9000, and its address here)
// Run by hand with version 5.9.48, its source on a plain JVM.
CosXmlServiceConfig config = new CosXmlServiceConfig.Builder()
    .setRegion("ap-guangzhou").isHttps(false).setHost("127.0.0.1").setPort(9000).setPathStyle(true).builder();
CosXmlService cos = new CosXmlService(context, config, new ShortTimeCredentialProvider(
    "AKIDcosemuLocalUseOnlyNotARealKey000", "cosemuSecretForLocalTestsOnly000", 3600));
String bucket = "test-1250000000";

// An upload that the SDK signs.
PutObjectRequest put = new PutObjectRequest(bucket, "hello.txt", "hello".getBytes());
put.setRequestHeaders("Content-Type", "text/plain", true);
cos.putObject(put);

// A pre-signed URL for others: for this key, and for text/plain alone.
PresignedUrlRequest url = new PresignedUrlRequest(bucket, "hello.txt") {
  @Override public RequestBodySerializer getRequestBody() {
    return RequestBodySerializer.bytes(null, new byte[0]);
  }
};
url.setRequestMethod("PUT");
url.setRequestURL("http://127.0.0.1:9000" + URLEncodeUtils.cosPathEncode("/" + bucket + "/hello.txt"));
url.addNoSignHeader("Content-Length");
url.setRequestHeaders("Content-Type", "text/plain", true);
url.setSignKeyTime(3600);
String signed = cos.getPresignedURL(url);
