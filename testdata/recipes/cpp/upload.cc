// cos-cpp-sdk-v5. Link with: -lcossdk -lPocoNetSSL -lPocoNet -lPocoCrypto -lPocoUtil
// -lPocoJSON -lPocoXML -lPocoFoundation -lssl -lcrypto -lpthread
// Start the server with: cosemu --aliases 127.0.0.1:9000=test-1250000000
// Run by hand with version 5.5.22.
#include <iostream>
#include <sstream>
#include "cos_api.h"

int main() {
  qcloud_cos::CosConfig config(1250000000, "AKIDcosemuLocalUseOnlyNotARealKey000",
                               "cosemuSecretForLocalTestsOnly000", "ap-guangzhou");
  config.SetDestDomain("127.0.0.1:9000");
  qcloud_cos::CosSysConfig::SetLogLevel(qcloud_cos::COS_LOG_WARN);
  qcloud_cos::CosAPI cos(config);

  // An upload that the SDK signs.
  std::istringstream body("hello");
  qcloud_cos::PutObjectByStreamReq put("test-1250000000", "hello.txt", body);
  put.SetContentType("text/plain");
  qcloud_cos::PutObjectByStreamResp answer;
  qcloud_cos::CosResult result = cos.PutObject(put, &answer);
  std::cerr << result.GetHttpStatus() << std::endl;

  // A pre-signed URL for others: for this key, and for text/plain alone.
  qcloud_cos::GeneratePresignedUrlReq url("test-1250000000", "hello.txt", qcloud_cos::HTTP_PUT);
  url.SetUseHttps(false);
  url.SetExpiredTimeInSec(3600);
  url.AddHeader("Content-Type", "text/plain");
  std::cout << cos.GeneratePresignedUrl(url) << std::endl;
}
