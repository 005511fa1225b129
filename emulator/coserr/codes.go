package coserr

import "net/http"

// Code is an error code as it stands in <Code> (COS docs: 错误码).
type Code string

// The codes. Their meaning is in the table below.
const (
	AccessDenied                          Code = "AccessDenied"
	AccessForbidden                       Code = "AccessForbidden"
	ActionAccelerateNotSupported          Code = "ActionAccelerateNotSupported"
	AppendPositionErr                     Code = "AppendPositionErr"
	AttachmentFull                        Code = "AttachmentFull"
	BadDigest                             Code = "BadDigest"
	BadRquest                             Code = "BadRquest"
	BucketAccelerateNotEnabled            Code = "BucketAccelerateNotEnabled"
	BucketAlreadyExists                   Code = "BucketAlreadyExists"
	BucketAlreadyOwnedByYou               Code = "BucketAlreadyOwnedByYou"
	BucketLocked                          Code = "BucketLocked"
	BucketNameTooLong                     Code = "BucketNameTooLong"
	BucketNotEmpty                        Code = "BucketNotEmpty"
	BucketVersionNotOpen                  Code = "BucketVersionNotOpen"
	DNSRecordVerifyFailed                 Code = "DNSRecordVerifyFailed"
	DomainAuditFailed                     Code = "DomainAuditFailed"
	DomainConfigConflict                  Code = "DomainConfigConflict"
	EntitySizeNotMatch                    Code = "EntitySizeNotMatch"
	EntityTooLarge                        Code = "EntityTooLarge"
	EntityTooSmall                        Code = "EntityTooSmall"
	ExpiredToken                          Code = "ExpiredToken"
	ImageResolutionExceed                 Code = "ImageResolutionExceed"
	ImageTooLarge                         Code = "ImageTooLarge"
	IncompleteBody                        Code = "IncompleteBody"
	IncorrectNumberOfFilesInPostRequest   Code = "IncorrectNumberOfFilesInPostRequest"
	InternalError                         Code = "InternalError"
	InvalidAccessKeyID                    Code = "InvalidAccessKeyId"
	InvalidArgument                       Code = "InvalidArgument"
	InvalidBucketName                     Code = "InvalidBucketName"
	InvalidBucketState                    Code = "InvalidBucketState"
	InvalidCopySource                     Code = "InvalidCopySource"
	InvalidDelimiter                      Code = "InvalidDelimiter"
	InvalidDigest                         Code = "InvalidDigest"
	InvalidImageFormat                    Code = "InvalidImageFormat"
	InvalidImageSource                    Code = "InvalidImageSource"
	InvalidLocationConstraint             Code = "InvalidLocationConstraint"
	InvalidLockedTime                     Code = "InvalidLockedTime"
	InvalidObjectName                     Code = "InvalidObjectName"
	InvalidObjectState                    Code = "InvalidObjectState"
	InvalidPart                           Code = "InvalidPart"
	InvalidPartOrder                      Code = "InvalidPartOrder"
	InvalidPicOperations                  Code = "InvalidPicOperations"
	InvalidPolicyDocument                 Code = "InvalidPolicyDocument"
	InvalidRange                          Code = "InvalidRange"
	InvalidRegionName                     Code = "InvalidRegionName"
	InvalidRequest                        Code = "InvalidRequest"
	InvalidSHA1Digest                     Code = "InvalidSHA1Digest"
	InvalidTag                            Code = "InvalidTag"
	InvalidTargetBucketForLogging         Code = "InvalidTargetBucketForLogging"
	InvalidURI                            Code = "InvalidURI"
	InvalidUploadStatus                   Code = "InvalidUploadStatus"
	InventoryConfigurationNotFoundError   Code = "InventoryConfigurationNotFoundError"
	InventoryFull                         Code = "InventoryFull"
	JsonAPINotSupportOnMAZBucket          Code = "JsonAPINotSupportOnMAZBucket"
	KeyTooLong                            Code = "KeyTooLong"
	KmsException                          Code = "KmsException"
	KmsFreqControl                        Code = "KmsFreqControl"
	KmsInternalException                  Code = "KmsInternalException"
	KmsKeyDisabled                        Code = "KmsKeyDisabled"
	KmsKeyNotExist                        Code = "KmsKeyNotExist"
	ListPartUploadIdIsEmpty               Code = "ListPartUploadIdIsEmpty"
	LoggingConfExists                     Code = "LoggingConfExists"
	LoggingPrefixInvalid                  Code = "LoggingPrefixInvalid"
	MAZOperationNotSupportOnOAZBucket     Code = "MAZOperationNotSupportOnOAZBucket"
	MalformedPOSTRequest                  Code = "MalformedPOSTRequest"
	MalformedPolicy                       Code = "MalformedPolicy"
	MalformedXML                          Code = "MalformedXML"
	MethodNotAllowed                      Code = "MethodNotAllowed"
	MissingContentLength                  Code = "MissingContentLength"
	MissingRequestBodyError               Code = "MissingRequestBodyError"
	MultiAZFeatureNotSupport              Code = "MultiAZFeatureNotSupport"
	MultiBucketNotSupport                 Code = "MultiBucketNotSupport"
	NoBucketQuotaPolicy                   Code = "NoBucketQuotaPolicy"
	NoProcessAuthority                    Code = "NoProcessAuthority"
	NoSuchBucket                          Code = "NoSuchBucket"
	NoSuchCORSConfiguration               Code = "NoSuchCORSConfiguration"
	NoSuchCopySource                      Code = "NoSuchCopySource"
	NoSuchEncryptionConfiguration         Code = "NoSuchEncryptionConfiguration"
	NoSuchJob                             Code = "NoSuchJob"
	NoSuchKey                             Code = "NoSuchKey"
	NoSuchLifecycleConfiguration          Code = "NoSuchLifecycleConfiguration"
	NoSuchObjectLockConfiguration         Code = "NoSuchObjectLockConfiguration"
	NoSuchPolicyVersion                   Code = "NoSuchPolicyVersion"
	NoSuchTagSet                          Code = "NoSuchTagSet"
	NoSuchUpload                          Code = "NoSuchUpload"
	NoSuchVersion                         Code = "NoSuchVersion"
	NoSuchWebsiteConfiguration            Code = "NoSuchWebsiteConfiguration"
	NotImplemented                        Code = "NotImplemented"
	NotSupportedStorageClass              Code = "NotSupportedStorageClass"
	NotifyRuleEventConflict               Code = "NotifyRuleEventConflict"
	NotifyRulePrefixConflict              Code = "NotifyRulePrefixConflict"
	NotifyRuleSuffixConflict              Code = "NotifyRuleSuffixConflict"
	OAZOperationNotSupportOnMAZBucket     Code = "OAZOperationNotSupportOnMAZBucket"
	ObjectLocked                          Code = "ObjectLocked"
	ObjectNotAppendable                   Code = "ObjectNotAppendable"
	OriginConfigurationNotFoundError      Code = "OriginConfigurationNotFoundError"
	PathConflict                          Code = "PathConflict"
	PaymentRequired                       Code = "PaymentRequired"
	PolicyFull                            Code = "PolicyFull"
	PolicyVersionFull                     Code = "PolicyVersionFull"
	PreconditionFailed                    Code = "PreconditionFailed"
	QuotaConflict                         Code = "QuotaConflict"
	QuotaOperationConflict                Code = "QuotaOperationConflict"
	RecordAlreadyExist                    Code = "RecordAlreadyExist"
	ReplicationConfigurationNotFoundError Code = "ReplicationConfigurationNotFoundError"
	RequestTimeTooSkewed                  Code = "RequestTimeTooSkewed"
	RequestTimeout                        Code = "RequestTimeout"
	RestoreAlreadyInProgress              Code = "RestoreAlreadyInProgress"
	RestoreNonArchiveObject               Code = "RestoreNonArchiveObject"
	SSEContentNotSupported                Code = "SSEContentNotSupported"
	SSEHeaderNotAllowed                   Code = "SSEHeaderNotAllowed"
	ServiceUnavailable                    Code = "ServiceUnavailable"
	SignatureDoesNotMatch                 Code = "SignatureDoesNotMatch"
	SlowDown                              Code = "SlowDown"
	SsecDecryptHeaderInvalid              Code = "SsecDecryptHeaderInvalid"
	TargetBucketNameInvalid               Code = "TargetBucketNameInvalid"
	TooManyBuckets                        Code = "TooManyBuckets"
	UnavailableForLegalReasons            Code = "UnavailableForLegalReasons"
	UnexpectedContent                     Code = "UnexpectedContent"
	UploadConflict                        Code = "UploadConflict"
	UploadIdNotSupported                  Code = "UploadIdNotSupported"
	UserCnameInvalid                      Code = "UserCnameInvalid"
	UserNetworkTooSlow                    Code = "UserNetworkTooSlow"
	UserNotSourceBucketOwner              Code = "UserNotSourceBucketOwner"
	UserNotTargetBucketOwner              Code = "UserNotTargetBucketOwner"
	VerifyAlgorithmNotSupported           Code = "VerifyAlgorithmNotSupported"
	WebsiteURLInvalid                     Code = "WebsiteURLInvalid"
	XMLSizeLimit                          Code = "XMLSizeLimit"
	FileAlreadyExists                     Code = "FileAlreadyExists"
	NoSuchBucketPolicy                    Code = "NoSuchBucketPolicy"
	NoSuchPolicy                          Code = "NoSuchPolicy"
)

// row is what a code answers with unless told otherwise.
type row struct {
	status  int
	message string
}

// lookup is the one table of codes. The first switch holds the messages that
// the documents print or that were seen in public answers, word for word; the
// second those of which no public source shows the words (choice 30). An
// unknown code is a mistake in this program.
func lookup(code Code) row {
	if r := seen(code); r.status != 0 {
		return r
	}
	return unseen(code)
}

// seen holds messages that are the cloud's own.
func seen(code Code) row {
	switch code {
	case AccessDenied:
		return row{http.StatusForbidden, "Access Denied."}
	case AccessForbidden:
		return row{http.StatusForbidden, "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the resource's CORS spec"}
	case BucketAlreadyExists:
		return row{http.StatusConflict, "The requested bucket name is not available."}
	case InvalidAccessKeyID:
		return row{http.StatusForbidden, "The Access Key Id you provided does not exist in our records"}
	case InvalidObjectState:
		return row{http.StatusForbidden, "The operation is not valid for the object storage class."}
	case InvalidPolicyDocument:
		return row{http.StatusBadRequest, "You must provide condition if you specify a policy in post object request."}
	case MalformedPOSTRequest:
		return row{http.StatusBadRequest, "The body of your POST request is not well-formed multipart/form-data."}
	case MalformedXML:
		return row{http.StatusBadRequest, "The XML you provided was not well-formed or did not validate against our published schema."}
	case MissingContentLength:
		return row{http.StatusLengthRequired, "You must provide the Content-Length HTTP header."}
	case NoSuchBucket:
		return row{http.StatusNotFound, "The specified bucket does not exist."}
	case NoSuchKey:
		return row{http.StatusNotFound, "The specified key does not exist."}
	case ObjectNotAppendable:
		return row{http.StatusConflict, "The operation is not valid for the current state of the object."}
	case PathConflict:
		return row{http.StatusConflict, "Path conflict."}
	case PreconditionFailed:
		return row{http.StatusPreconditionFailed, "Precondition not match."}
	case SignatureDoesNotMatch:
		return row{http.StatusForbidden, "The Signature you specified is invalid."}
	}
	return row{}
}

// unseen holds messages of ours: statuses are the documented ones.
func unseen(code Code) row {
	switch code {
	case ActionAccelerateNotSupported:
		return row{http.StatusBadRequest, "Operation not available on the acceleration domain."}
	case AppendPositionErr:
		return row{http.StatusConflict, "Position differs from object length."}
	case AttachmentFull:
		return row{http.StatusBadRequest, "Too many ACLs and policies."}
	case BadDigest:
		return row{http.StatusBadRequest, "The Content-MD5 you specified did not match what we received."}
	case BadRquest:
		return row{http.StatusBadRequest, "Bad parameter."}
	case BucketAccelerateNotEnabled:
		return row{http.StatusBadRequest, "Acceleration not enabled on bucket."}
	case BucketAlreadyOwnedByYou:
		return row{http.StatusConflict, "Your previous request to create the named bucket succeeded and you already own it."}
	case BucketLocked:
		return row{http.StatusConflict, "Bucket locked: no replication/lifecycle change."}
	case BucketNameTooLong:
		return row{http.StatusBadRequest, "The specified bucket name is too long."}
	case BucketNotEmpty:
		return row{http.StatusConflict, "The bucket you tried to delete is not empty."}
	case BucketVersionNotOpen:
		return row{http.StatusBadRequest, "Versioning not enabled."}
	case DNSRecordVerifyFailed:
		return row{http.StatusBadRequest, "DNS record not verified."}
	case DomainAuditFailed:
		return row{http.StatusUnavailableForLegalReasons, "Domain without ICP licence."}
	case DomainConfigConflict:
		return row{http.StatusConflict, "Domain settings conflict."}
	case EntitySizeNotMatch:
		return row{http.StatusBadRequest, "Body size and Content-Length differ."}
	case EntityTooLarge:
		return row{http.StatusBadRequest, "Your proposed upload exceeds the maximum allowed object size."}
	case EntityTooSmall:
		return row{http.StatusBadRequest, "Your proposed upload is smaller than the minimum allowed object size."}
	case ExpiredToken:
		return row{http.StatusBadRequest, "The provided token has expired."}
	case ImageResolutionExceed:
		return row{http.StatusBadRequest, "Image resolution/frames too high."}
	case ImageTooLarge:
		return row{http.StatusBadRequest, "Image too large."}
	case IncompleteBody:
		return row{http.StatusBadRequest, "You did not provide the number of bytes specified by the Content-Length HTTP header."}
	case IncorrectNumberOfFilesInPostRequest:
		return row{http.StatusBadRequest, "More than one file in a POST form."}
	case InternalError:
		return row{http.StatusInternalServerError, "We encountered an internal error. Please try again."}
	case InvalidArgument:
		return row{http.StatusBadRequest, "Invalid Argument."}
	case InvalidBucketName:
		return row{http.StatusBadRequest, "The specified bucket is not valid."}
	case InvalidBucketState:
		return row{http.StatusConflict, "Bucket state conflicts."}
	case InvalidCopySource:
		return row{http.StatusBadRequest, "Copy source not valid."}
	case InvalidDelimiter:
		return row{http.StatusBadRequest, "The delimiter must be one character."}
	case InvalidDigest:
		return row{http.StatusBadRequest, "The Content-MD5 you specified was invalid."}
	case InvalidImageFormat:
		return row{http.StatusBadRequest, "Image format."}
	case InvalidImageSource:
		return row{http.StatusBadRequest, "Image source."}
	case InvalidLocationConstraint:
		return row{http.StatusBadRequest, "Location not valid."}
	case InvalidLockedTime:
		return row{http.StatusConflict, "Lock time not valid."}
	case InvalidObjectName:
		return row{http.StatusBadRequest, "The specified object name is not valid."}
	case InvalidPart:
		return row{http.StatusBadRequest, "One or more of the specified parts could not be found."}
	case InvalidPartOrder:
		return row{http.StatusBadRequest, "The list of parts was not in ascending order."}
	case InvalidPicOperations:
		return row{http.StatusBadRequest, "Pic-Operations header not valid."}
	case InvalidRange:
		return row{http.StatusRequestedRangeNotSatisfiable, "The requested range is not satisfiable."}
	case InvalidRegionName:
		return row{http.StatusBadRequest, "Region not valid."}
	case InvalidRequest:
		return row{http.StatusBadRequest, "The request is not valid."}
	case InvalidSHA1Digest:
		return row{http.StatusBadRequest, "SHA-1 check failed."}
	case InvalidTag:
		return row{http.StatusBadRequest, "Bucket tag not valid."}
	case InvalidTargetBucketForLogging:
		return row{http.StatusBadRequest, "Logging target bucket not valid."}
	case InvalidURI:
		return row{http.StatusBadRequest, "Couldn't parse the specified URI."}
	case InvalidUploadStatus:
		return row{http.StatusBadRequest, "JSON API upload while versioning on."}
	case InventoryConfigurationNotFoundError:
		return row{http.StatusNotFound, "Inventory not found."}
	case InventoryFull:
		return row{http.StatusBadRequest, "Over 1000 inventory jobs."}
	case JsonAPINotSupportOnMAZBucket:
		return row{http.StatusBadRequest, "JSON API on MAZ bucket."}
	case KeyTooLong:
		return row{http.StatusBadRequest, "Your key is too long."}
	case KmsException:
		return row{http.StatusBadRequest, "KMS fault."}
	case KmsFreqControl:
		return row{http.StatusServiceUnavailable, "KMS rate limit."}
	case KmsInternalException:
		return row{http.StatusInternalServerError, "KMS internal."}
	case KmsKeyDisabled:
		return row{http.StatusBadRequest, "KMS key disabled."}
	case KmsKeyNotExist:
		return row{http.StatusBadRequest, "KMS key absent."}
	case ListPartUploadIdIsEmpty:
		return row{http.StatusBadRequest, "UploadId empty."}
	case LoggingConfExists:
		return row{http.StatusBadRequest, "Logging already set."}
	case LoggingPrefixInvalid:
		return row{http.StatusBadRequest, "Logging prefix not valid."}
	case MAZOperationNotSupportOnOAZBucket:
		return row{http.StatusBadRequest, "MAZ operation on single-AZ bucket."}
	case MalformedPolicy:
		return row{http.StatusBadRequest, "Bucket policy format."}
	case MethodNotAllowed:
		return row{http.StatusMethodNotAllowed, "The specified method is not allowed against this resource."}
	case MissingRequestBodyError:
		return row{http.StatusBadRequest, "Body missing."}
	case MultiAZFeatureNotSupport:
		return row{http.StatusBadRequest, "No MAZ in region."}
	case MultiBucketNotSupport:
		return row{http.StatusBadRequest, "Only one replication target."}
	case NoBucketQuotaPolicy:
		return row{http.StatusNotFound, "No quota policy."}
	case NoProcessAuthority:
		return row{http.StatusForbidden, "No right to process images."}
	case NoSuchCORSConfiguration:
		return row{http.StatusNotFound, "No CORS configuration."}
	case NoSuchCopySource:
		return row{http.StatusNotFound, "Copy source absent."}
	case NoSuchEncryptionConfiguration:
		return row{http.StatusNotFound, "No default encryption."}
	case NoSuchJob:
		return row{http.StatusNotFound, "Batch job absent."}
	case NoSuchLifecycleConfiguration:
		return row{http.StatusNotFound, "No lifecycle."}
	case NoSuchObjectLockConfiguration:
		return row{http.StatusNotFound, "No object lock."}
	case NoSuchPolicyVersion:
		return row{http.StatusNotFound, "Policy version absent."}
	case NoSuchTagSet:
		return row{http.StatusNotFound, "No tags."}
	case NoSuchUpload:
		return row{http.StatusNotFound, "The specified multipart upload does not exist."}
	case NoSuchVersion:
		return row{http.StatusNotFound, "The specified version does not exist."}
	case NoSuchWebsiteConfiguration:
		return row{http.StatusNotFound, "No website configuration."}
	case NotImplemented:
		return row{http.StatusNotImplemented, "A header or query you provided requested a function that is not implemented."}
	case NotSupportedStorageClass:
		return row{http.StatusBadRequest, "The storage class you specified is not supported."}
	case NotifyRuleEventConflict:
		return row{http.StatusBadRequest, "Notification event conflict."}
	case NotifyRulePrefixConflict:
		return row{http.StatusBadRequest, "Notification prefix conflict."}
	case NotifyRuleSuffixConflict:
		return row{http.StatusBadRequest, "Notification suffix conflict."}
	case OAZOperationNotSupportOnMAZBucket:
		return row{http.StatusBadRequest, "Single-AZ operation on MAZ bucket."}
	case ObjectLocked:
		return row{http.StatusConflict, "Object locked."}
	case OriginConfigurationNotFoundError:
		return row{http.StatusNotFound, "No origin configuration."}
	case PaymentRequired:
		return row{http.StatusPaymentRequired, "Over the cost quota."}
	case PolicyFull:
		return row{http.StatusBadRequest, "Too many ACLs/policies."}
	case PolicyVersionFull:
		return row{http.StatusBadRequest, "Too many policy versions."}
	case QuotaConflict:
		return row{http.StatusConflict, "Quota conflict."}
	case QuotaOperationConflict:
		return row{http.StatusConflict, "Bucket state does not fit the operation."}
	case RecordAlreadyExist:
		return row{http.StatusConflict, "DNS record conflict."}
	case ReplicationConfigurationNotFoundError:
		return row{http.StatusNotFound, "No replication configuration."}
	case RequestTimeTooSkewed:
		return row{http.StatusForbidden, "The difference between the request time and the current time is too large."}
	case RequestTimeout:
		return row{http.StatusBadRequest, "Request timed out."}
	case RestoreAlreadyInProgress:
		return row{http.StatusConflict, "Restore running."}
	case RestoreNonArchiveObject:
		return row{http.StatusMethodNotAllowed, "Object is not archived."}
	case SSEContentNotSupported:
		return row{http.StatusBadRequest, "The server-side encryption you specified is not supported."}
	case SSEHeaderNotAllowed:
		return row{http.StatusBadRequest, "SSE header not allowed here."}
	case ServiceUnavailable:
		return row{http.StatusServiceUnavailable, "Retry later."}
	case SlowDown:
		return row{http.StatusServiceUnavailable, "Too many requests."}
	case SsecDecryptHeaderInvalid:
		return row{http.StatusBadRequest, "SSE-C key header missing/wrong for the source."}
	case TargetBucketNameInvalid:
		return row{http.StatusBadRequest, "Target bucket name not valid."}
	case TooManyBuckets:
		return row{http.StatusBadRequest, "Over 200 buckets."}
	case UnavailableForLegalReasons:
		return row{http.StatusUnavailableForLegalReasons, "Account in arrears or content blocked."}
	case UnexpectedContent:
		return row{http.StatusBadRequest, "Request carries content not supported."}
	case UploadConflict:
		return row{http.StatusConflict, "Too frequent uploads on one key."}
	case UploadIdNotSupported:
		return row{http.StatusMethodNotAllowed, "UploadId made by the JSON API."}
	case UserCnameInvalid:
		return row{http.StatusBadRequest, "CNAME not valid."}
	case UserNetworkTooSlow:
		return row{http.StatusBadRequest, "Client too slow."}
	case UserNotSourceBucketOwner:
		return row{http.StatusForbidden, "Not owner of source bucket."}
	case UserNotTargetBucketOwner:
		return row{http.StatusForbidden, "Not owner of target bucket."}
	case VerifyAlgorithmNotSupported:
		return row{http.StatusBadRequest, "Check algorithm not supported."}
	case WebsiteURLInvalid:
		return row{http.StatusBadRequest, "Custom URL not valid."}
	case XMLSizeLimit:
		return row{http.StatusBadRequest, "XML too long."}
	case FileAlreadyExists:
		return row{http.StatusConflict, "The object already exists and must not be overwritten."}
	case NoSuchBucketPolicy:
		return row{http.StatusNotFound, "No bucket policy set. NOT on the page."}
	case NoSuchPolicy:
		return row{http.StatusNotFound, "As above, Node SDK base.js:592. NOT on the page."}
	}
	return row{}
}
