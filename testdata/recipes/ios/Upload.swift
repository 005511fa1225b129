// CocoaPods: QCloudCOSXML
// Start the server with: cosemu (from a device: cosemu --listen 0.0.0.0:9000, and its address here)
// Read in the source of version 6.5.5, not run.
let configuration = QCloudServiceConfiguration()
configuration.endpoint = QCloudCOSXMLEndPoint(literalURL: URL(string: "http://127.0.0.1:9000/test-1250000000")!)
QCloudCOSXMLService.registerDefaultCOSXML(with: configuration)
let cos = QCloudCOSXMLService.defaultCOSXML()

let credential = QCloudCredential()
credential.secretID = "AKIDcosemuLocalUseOnlyNotARealKey000"
credential.secretKey = "cosemuSecretForLocalTestsOnly000"
credential.startDate = Date()
credential.expirationDate = Date(timeIntervalSinceNow: 3600)

// An upload that the SDK signs.
let put = QCloudPutObjectRequest<AnyObject>()
put.credential = credential
put.bucket = "test-1250000000"
put.object = "hello.txt"
put.contentType = "text/plain"
put.body = Data("hello".utf8) as NSData
put.setFinish { _, error in print(error as Any) }
cos.putObject(put)

// A pre-signed URL for others: for this key, and for text/plain alone. Unless the list says
// otherwise, the SDK signs content-length=0 as well.
let url = QCloudGetPresignedURLRequest()
url.credential = credential
url.bucket = "test-1250000000"
url.object = "hello.txt"
url.httpMethod = "PUT"
url.contentType = "text/plain"
url.shouldSignedList = ["Host", "Content-Type"]
url.setFinish { result, error in print(result?.presienedURL ?? "", error as Any) }
cos.getPresignedURL(url)
