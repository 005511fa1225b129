// dotnet add package Tencent.QCloud.Cos.Sdk; dotnet run
// Start the server with: cosemu
// Run by hand with version 5.4.47, under Mono.
using COSXML;
using COSXML.Auth;
using COSXML.Model.Object;
using COSXML.Model.Tag;

var config = new CosXmlConfig.Builder().SetRegion("ap-guangzhou").IsHttps(false)
    .SetProxyHost("127.0.0.1").SetProxyPort(9000).Build();
var credentials = new DefaultQCloudCredentialProvider(
    "AKIDcosemuLocalUseOnlyNotARealKey000", "cosemuSecretForLocalTestsOnly000", 3600);
var cos = new CosXmlServer(config, credentials);
var bucket = "test-1250000000";

// An upload that the SDK signs, sent through cosemu as a proxy.
var put = new PutObjectRequest(bucket, "hello.txt", System.Text.Encoding.UTF8.GetBytes("hello"));
put.SetRequestHeader("Content-Type", "text/plain");
cos.PutObject(put);

// A pre-signed URL for others: for this key, and for text/plain alone. The header's name has to be in
// lower case, and percent-encode a key that needs it in the URL: the SDK does not.
var url = new PreSignatureStruct {
    appid = "1250000000", region = "ap-guangzhou", bucket = bucket, key = bucket + "/hello.txt",
    host = "127.0.0.1:9000", isHttps = false, signHost = true, httpMethod = "PUT", signDurationSecond = 3600,
    headers = new Dictionary<string, string> { ["content-type"] = "text/plain" },
};
Console.WriteLine(cos.GenerateSignURL(url));
