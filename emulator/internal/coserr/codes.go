package coserr

// Code names a row of the table of codes. It is the text of <Code>. Where one code has two
// statuses, a slash and the second status follow.
type Code string

// The codes that the emulator answers (COS docs: 错误码). The message in table tells what each
// one means. The table later has the other codes of the documented list.
const (
	AccessDenied                 Code = "AccessDenied"
	AccessForbidden              Code = "AccessForbidden"
	ActionAccelerateNotSupported Code = "ActionAccelerateNotSupported"
	AppendPositionErr            Code = "AppendPositionErr"
	AttachmentFull               Code = "AttachmentFull"
	BadDigest                    Code = "BadDigest"
	BucketAccelerateNotEnabled   Code = "BucketAccelerateNotEnabled"
	BucketAlreadyOwnedByYou      Code = "BucketAlreadyOwnedByYou"
	BucketNameTooLong            Code = "BucketNameTooLong"
	BucketNotEmpty               Code = "BucketNotEmpty"
	EntityTooLarge               Code = "EntityTooLarge"
	EntityTooSmall               Code = "EntityTooSmall"
	ExpiredToken                 Code = "ExpiredToken"
	// FileAlreadyExists is on newer versions of the page PUT Object, not on the list of codes.
	FileAlreadyExists                   Code = "FileAlreadyExists"
	IncompleteBody                      Code = "IncompleteBody"
	IncorrectNumberOfFilesInPostRequest Code = "IncorrectNumberOfFilesInPostRequest"
	InternalError                       Code = "InternalError"
	InvalidAccessKeyID                  Code = "InvalidAccessKeyId"
	InvalidArgument                     Code = "InvalidArgument"
	InvalidBucketName                   Code = "InvalidBucketName"
	InvalidBucketState                  Code = "InvalidBucketState"
	InvalidCopySource                   Code = "InvalidCopySource"
	InvalidDelimiter                    Code = "InvalidDelimiter"
	InvalidDigest                       Code = "InvalidDigest"
	InvalidObjectName                   Code = "InvalidObjectName"
	InvalidObjectState                  Code = "InvalidObjectState"
	// InvalidObjectStateConflict is the second InvalidObjectState on the list of codes: 409, the
	// state of the object conflicts with the request.
	InvalidObjectStateConflict        Code = "InvalidObjectState/409"
	InvalidPart                       Code = "InvalidPart"
	InvalidPartOrder                  Code = "InvalidPartOrder"
	InvalidPolicyDocument             Code = "InvalidPolicyDocument"
	InvalidRange                      Code = "InvalidRange"
	InvalidRequest                    Code = "InvalidRequest"
	InvalidTag                        Code = "InvalidTag"
	InvalidURI                        Code = "InvalidURI"
	KeyTooLong                        Code = "KeyTooLong"
	ListPartUploadIDIsEmpty           Code = "ListPartUploadIdIsEmpty"
	MAZOperationNotSupportOnOAZBucket Code = "MAZOperationNotSupportOnOAZBucket"
	MalformedPOSTRequest              Code = "MalformedPOSTRequest"
	MalformedPolicy                   Code = "MalformedPolicy"
	MalformedXML                      Code = "MalformedXML"
	MethodNotAllowed                  Code = "MethodNotAllowed"
	MissingContentLength              Code = "MissingContentLength"
	NoSuchBucket                      Code = "NoSuchBucket"
	// NoSuchBucketPolicy is a code that cos-java-sdk-v5 handles. It is not on the list of codes.
	NoSuchBucketPolicy                Code = "NoSuchBucketPolicy"
	NoSuchCORSConfiguration           Code = "NoSuchCORSConfiguration"
	NoSuchKey                         Code = "NoSuchKey"
	NoSuchLifecycleConfiguration      Code = "NoSuchLifecycleConfiguration"
	NoSuchTagSet                      Code = "NoSuchTagSet"
	NoSuchUpload                      Code = "NoSuchUpload"
	NoSuchVersion                     Code = "NoSuchVersion"
	NoSuchWebsiteConfiguration        Code = "NoSuchWebsiteConfiguration"
	NotImplemented                    Code = "NotImplemented"
	NotSupportedStorageClass          Code = "NotSupportedStorageClass"
	OAZOperationNotSupportOnMAZBucket Code = "OAZOperationNotSupportOnMAZBucket"
	ObjectNotAppendable               Code = "ObjectNotAppendable"
	// PathStyleDomainForbidden was seen in uploads with rclone since 2024 (BeeCount-Cloud pull 64).
	// It is not on the list of codes.
	PathStyleDomainForbidden Code = "PathStyleDomainForbidden"
	PreconditionFailed       Code = "PreconditionFailed"
	RequestTimeTooSkewed     Code = "RequestTimeTooSkewed"
	RequestTimeout           Code = "RequestTimeout"
	SSEContentNotSupported   Code = "SSEContentNotSupported"
	ServiceUnavailable       Code = "ServiceUnavailable"
	SignatureDoesNotMatch    Code = "SignatureDoesNotMatch"
	SSECDecryptHeaderInvalid Code = "SsecDecryptHeaderInvalid"
	// XAmzContentSHA256Mismatch is S3's, for clients that sign the S3 way (choice 695). It is not on
	// the list of codes.
	XAmzContentSHA256Mismatch Code = "XAmzContentSHA256Mismatch"
	XMLSizeLimit              Code = "XMLSizeLimit"
)

// Messages that the cloud sends in place of the usual message of their code (COS docs: 错误码,
// 设置防盗链, 严格签名模式概述; published answers).
const (
	// MessageExpired comes with AccessDenied. The list of codes has it as a code, every published
	// answer as a message (cos-php-sdk-v5 pull 153).
	MessageExpired = "Request has expired"
	// MessageKeyFormat comes with InvalidAccessKeyId where the id does not have the form of a
	// SecretId (coscmd issue 280).
	MessageKeyFormat = "The access key Id format you provided is invalid."
	// MessageNoAppID comes with InvalidRequest where the bucket's name has no APPID (tencent_cos
	// issue 3, git-annex-remote-rclone issue 75).
	MessageNoAppID = "Missing required header for this request: Appid, Bucket format should be <bucketname>-<appid>"
	// MessageReferer comes with AccessDenied where the bucket's referer rules deny the request.
	MessageReferer = "You are denied by bucket referer rule"
	// MessageStrictHeader comes with AccessDenied where strict signing wants a header signed.
	MessageStrictHeader = "Strict signature missing header that must be signed"
	// MessageStrictParam comes with AccessDenied where strict signing wants a parameter signed.
	MessageStrictParam = "Strict signature missing param that must be signed"
)
