// CocoaPods: QCloudCOSXML
// Start the server with: cosemu (from a device: cosemu --listen 0.0.0.0:9000, and its address here)
let configuration = QCloudServiceConfiguration()
let endpoint = QCloudCOSXMLEndPoint(literalURL: URL(string: "http://127.0.0.1:9000/test-1250000000")!)
configuration.endpoint = endpoint
configuration.signatureProvider = self // signatureWithFields: SecretId AKIDcosemuLocalUseOnlyNotARealKey000,
                                       // SecretKey cosemuSecretForLocalTestsOnly000
QCloudCOSXMLService.registerDefaultCOSXML(with: configuration)

// A pre-signed URL for others. This recipe was read in the SDK's source, not run.
let request = QCloudGetPresignedURLRequest()
request.bucket = "test-1250000000"
request.object = "hello.txt"
request.httpMethod = "PUT"
request.shouldSignedList = ["host"]
request.setFinish { result, error in print(result?.presienedURL ?? "", error as Any) }
QCloudCOSXMLService.defaultCOSXML().getPresignedURL(request)
