// cos-cpp-sdk-v5. Start the server with: cosemu
// test-1250000000.localhost has to lead to 127.0.0.1: an entry in /etc/hosts.
#include <iostream>
#include <sstream>
#include "cos_api.h"

int main() {
  qcloud_cos::CosConfig config(1250000000, "AKIDcosemuLocalUseOnlyNotARealKey000",
                               "cosemuSecretForLocalTestsOnly000", "ap-guangzhou");
  config.SetDestDomain("test-1250000000.localhost:9000");
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
