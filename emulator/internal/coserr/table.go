package coserr

import (
	"net/http"
	"slices"
	"strings"
)

// Source says where the message of a code comes from.
type Source int

const (
	// Chosen: no public source shows the words. Where S3 has the same code its
	// words are taken, because each of the cloud's own that became known for
	// such a code is S3's or close to it; else they are ours (choice 30).
	Chosen Source = iota
	// FromPage: the documents print it.
	FromPage
	// FromAnswer: an answer of the cloud that somebody published shows it.
	FromAnswer
)

// Entry is a row of the table of codes.
type Entry struct {
	// Code is what stands in <Code>.
	Code string
	// Status is the HTTP status (COS docs: 错误码).
	Status int
	// Message is what stands in <Message> unless the occasion has another.
	Message string
	// Source says how far the message can be trusted.
	Source Source
}

// row is what the table holds of an Entry.
type row struct {
	status  int
	source  Source
	message string
}

// Entries returns the whole table, sorted by code and then by status.
func Entries() []Entry {
	list := make([]Entry, 0, len(table))
	for code, r := range table {
		list = append(list, Entry{Code: code.text(), Status: r.status, Message: r.message, Source: r.source})
	}
	slices.SortFunc(list, func(a, b Entry) int {
		if c := strings.Compare(a.Code, b.Code); c != 0 {
			return c
		}
		return a.Status - b.Status
	})
	return list
}

// text is the code without what tells two rows of the same code apart.
func (c Code) text() string {
	text, _, _ := strings.Cut(string(c), "/")
	return text
}

// table is the one table of codes.
//
//nolint:gochecknoglobals // never written; too large to be made for each error
var table = map[Code]row{
	AccessDenied:                          {http.StatusForbidden, FromAnswer, "Access Denied."},
	AccessForbidden:                       {http.StatusForbidden, FromPage, "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the resource's CORS spec"},
	ActionAccelerateNotSupported:          {http.StatusBadRequest, FromAnswer, "The action is not supported by the accelerate host."},
	AppendPositionErr:                     {http.StatusConflict, Chosen, "The position you specified is not the current length of the object."},
	AttachmentFull:                        {http.StatusBadRequest, Chosen, "The number of ACLs and policies exceeds the limit."},
	BadDigest:                             {http.StatusBadRequest, FromAnswer, "The Content-MD5 you specified is not match."},
	BadRequest:                            {http.StatusBadRequest, Chosen, "The request has an invalid parameter."},
	BucketAccelerateNotEnabled:            {http.StatusBadRequest, Chosen, "The acceleration endpoint is not enabled for this bucket."},
	BucketAlreadyExists:                   {http.StatusConflict, FromAnswer, "The requested bucket name is not available."},
	BucketAlreadyOwnedByYou:               {http.StatusConflict, FromAnswer, "Your previous request to create the named bucket succeeded and you already own it."},
	BucketLocked:                          {http.StatusConflict, Chosen, "The bucket is locked."},
	BucketNameTooLong:                     {http.StatusBadRequest, Chosen, "The specified bucket name is too long."},
	BucketNotEmpty:                        {http.StatusConflict, Chosen, "The bucket you tried to delete is not empty."},
	BucketVersionNotOpen:                  {http.StatusBadRequest, Chosen, "Versioning is not enabled for this bucket."},
	DNSRecordVerifyFailed:                 {http.StatusBadRequest, Chosen, "The DNS record could not be verified."},
	DomainAuditFailed:                     {http.StatusUnavailableForLegalReasons, Chosen, "The domain has no ICP licence."},
	DomainConfigConflict:                  {http.StatusConflict, Chosen, "The domain configuration conflicts with an existing one."},
	EntitySizeNotMatch:                    {http.StatusBadRequest, Chosen, "The size of the body is not the one specified by the Content-Length HTTP header."},
	EntityTooLarge:                        {http.StatusBadRequest, Chosen, "Your proposed upload exceeds the maximum allowed object size."},
	EntityTooSmall:                        {http.StatusBadRequest, FromAnswer, "Your proposed upload is smaller than the minimum allowed object size."},
	ExpiredToken:                          {http.StatusBadRequest, Chosen, "The provided token has expired."},
	FileAlreadyExists:                     {http.StatusConflict, Chosen, "The object already exists and may not be overwritten."},
	ImageResolutionExceed:                 {http.StatusBadRequest, Chosen, "The resolution of the image or its number of frames exceeds the limit."},
	ImageTooLarge:                         {http.StatusBadRequest, Chosen, "The image is too large."},
	IncompleteBody:                        {http.StatusBadRequest, Chosen, "You did not provide the number of bytes specified by the Content-Length HTTP header."},
	IncorrectNumberOfFilesInPostRequest:   {http.StatusBadRequest, Chosen, "POST requires exactly one file upload per request."},
	InternalError:                         {http.StatusInternalServerError, Chosen, "We encountered an internal error. Please try again."},
	InvalidAccessKeyID:                    {http.StatusForbidden, FromAnswer, "The Access Key Id you provided does not exist in our records"},
	InvalidArgument:                       {http.StatusBadRequest, Chosen, "Invalid Argument."},
	InvalidBucketName:                     {http.StatusBadRequest, Chosen, "The specified bucket is not valid."},
	InvalidBucketState:                    {http.StatusConflict, Chosen, "The request is not valid with the current state of the bucket."},
	InvalidCopySource:                     {http.StatusBadRequest, Chosen, "The specified copy source is not valid."},
	InvalidDelimiter:                      {http.StatusBadRequest, Chosen, "The delimiter must be a single character."},
	InvalidDigest:                         {http.StatusBadRequest, Chosen, "The Content-MD5 you specified is not valid."},
	InvalidImageFormat:                    {http.StatusBadRequest, Chosen, "The format of the image is not valid."},
	InvalidImageSource:                    {http.StatusBadRequest, Chosen, "The source of the image is not valid."},
	InvalidLocationConstraint:             {http.StatusBadRequest, Chosen, "The specified location constraint is not valid."},
	InvalidLockedTime:                     {http.StatusConflict, Chosen, "The specified lock time is not valid."},
	InvalidObjectName:                     {http.StatusBadRequest, Chosen, "The specified object name is not valid."},
	InvalidObjectState:                    {http.StatusForbidden, FromPage, "The operation is not valid for the object storage class."},
	InvalidObjectStateConflict:            {http.StatusConflict, Chosen, "The request is not valid with the current state of the object."},
	InvalidPart:                           {http.StatusBadRequest, Chosen, "One or more of the specified parts could not be found."},
	InvalidPartOrder:                      {http.StatusBadRequest, Chosen, "The list of parts was not in ascending order."},
	InvalidPicOperations:                  {http.StatusBadRequest, Chosen, "The Pic-Operations header is not valid."},
	InvalidPolicyDocument:                 {http.StatusBadRequest, FromPage, "You must provide condition if you specify a policy in post object request."},
	InvalidRange:                          {http.StatusRequestedRangeNotSatisfiable, Chosen, "The requested range is not satisfiable."},
	InvalidRegionName:                     {http.StatusBadRequest, Chosen, "The specified region is not valid."},
	InvalidRequest:                        {http.StatusBadRequest, Chosen, "Invalid Request."},
	InvalidSHA1Digest:                     {http.StatusBadRequest, Chosen, "The SHA-1 you specified did not match what we received."},
	InvalidTag:                            {http.StatusBadRequest, Chosen, "The specified tag is not valid."},
	InvalidTargetBucketForLogging:         {http.StatusBadRequest, Chosen, "The target bucket for logging does not exist or is not in the same region."},
	InvalidURI:                            {http.StatusBadRequest, Chosen, "Couldn't parse the specified URI."},
	InvalidUploadStatus:                   {http.StatusBadRequest, Chosen, "The JSON API cannot upload to a bucket with versioning."},
	InventoryConfigurationNotFoundError:   {http.StatusNotFound, Chosen, "The inventory configuration does not exist."},
	InventoryFull:                         {http.StatusBadRequest, Chosen, "The number of inventory jobs exceeds the limit."},
	JSONAPINotSupportOnMAZBucket:          {http.StatusBadRequest, Chosen, "The JSON API does not support MAZ buckets."},
	KeyTooLong:                            {http.StatusBadRequest, Chosen, "Your key is too long."},
	KMSException:                          {http.StatusBadRequest, Chosen, "The key management service reported an exception."},
	KMSFreqControl:                        {http.StatusServiceUnavailable, Chosen, "The key management service is called too often."},
	KMSInternalException:                  {http.StatusInternalServerError, Chosen, "The key management service encountered an internal error."},
	KMSKeyDisabled:                        {http.StatusBadRequest, Chosen, "The specified KMS key is disabled."},
	KMSKeyNotExist:                        {http.StatusBadRequest, Chosen, "The specified KMS key does not exist."},
	ListPartUploadIDIsEmpty:               {http.StatusBadRequest, Chosen, "The uploadId is empty."},
	LoggingConfExists:                     {http.StatusBadRequest, Chosen, "The logging configuration already exists."},
	LoggingPrefixInvalid:                  {http.StatusBadRequest, Chosen, "The logging prefix is not valid."},
	MAZOperationNotSupportOnOAZBucket:     {http.StatusBadRequest, Chosen, "A single-AZ bucket does not support multi-AZ operations."},
	MalformedPOSTRequest:                  {http.StatusBadRequest, FromPage, "The body of your POST request is not well-formed multipart/form-data."},
	MalformedPolicy:                       {http.StatusBadRequest, Chosen, "The policy is not well-formed."},
	MalformedXML:                          {http.StatusBadRequest, FromAnswer, "The XML you provided was not well-formed or did not validate against our published schema."},
	MethodNotAllowed:                      {http.StatusMethodNotAllowed, Chosen, "The specified method is not allowed against this resource."},
	MissingContentLength:                  {http.StatusLengthRequired, FromPage, "You must provide the Content-Length HTTP header."},
	MissingRequestBodyError:               {http.StatusBadRequest, Chosen, "Request body is empty."},
	MultiAZFeatureNotSupport:              {http.StatusBadRequest, Chosen, "This region does not support multiple availability zones."},
	MultiBucketNotSupport:                 {http.StatusBadRequest, Chosen, "Replication supports one destination bucket only."},
	NoBucketQuotaPolicy:                   {http.StatusNotFound, Chosen, "The bucket quota policy does not exist."},
	NoProcessAuthority:                    {http.StatusForbidden, Chosen, "You have no permission to process images."},
	NoSuchBucket:                          {http.StatusNotFound, FromAnswer, "The specified bucket does not exist."},
	NoSuchBucketPolicy:                    {http.StatusNotFound, Chosen, "The bucket policy does not exist."},
	NoSuchCORSConfiguration:               {http.StatusNotFound, Chosen, "The CORS configuration does not exist."},
	NoSuchCopySource:                      {http.StatusNotFound, Chosen, "The specified copy source does not exist."},
	NoSuchEncryptionConfiguration:         {http.StatusNotFound, Chosen, "The encryption configuration does not exist."},
	NoSuchJob:                             {http.StatusNotFound, Chosen, "The specified job does not exist."},
	NoSuchKey:                             {http.StatusNotFound, FromAnswer, "The specified key does not exist."},
	NoSuchLifecycleConfiguration:          {http.StatusNotFound, Chosen, "The lifecycle configuration does not exist."},
	NoSuchObjectLockConfiguration:         {http.StatusNotFound, Chosen, "The object lock configuration does not exist."},
	NoSuchPolicy:                          {http.StatusNotFound, Chosen, "The policy does not exist."},
	NoSuchPolicyVersion:                   {http.StatusNotFound, Chosen, "The specified policy version does not exist."},
	NoSuchTagSet:                          {http.StatusNotFound, Chosen, "The TagSet does not exist."},
	NoSuchUpload:                          {http.StatusNotFound, Chosen, "The specified multipart upload does not exist."},
	NoSuchVersion:                         {http.StatusNotFound, Chosen, "The specified version does not exist."},
	NoSuchWebsiteConfiguration:            {http.StatusNotFound, Chosen, "The website configuration does not exist."},
	NotImplemented:                        {http.StatusNotImplemented, Chosen, "A header or query you provided implies functionality that is not implemented."},
	NotSupportedStorageClass:              {http.StatusBadRequest, Chosen, "The storage class you specified is not supported."},
	NotifyRuleEventConflict:               {http.StatusBadRequest, Chosen, "The events of the notification rules conflict."},
	NotifyRulePrefixConflict:              {http.StatusBadRequest, Chosen, "The prefixes of the notification rules conflict."},
	NotifyRuleSuffixConflict:              {http.StatusBadRequest, Chosen, "The suffixes of the notification rules conflict."},
	OAZOperationNotSupportOnMAZBucket:     {http.StatusBadRequest, Chosen, "A multi-AZ bucket does not support single-AZ operations."},
	ObjectLocked:                          {http.StatusConflict, Chosen, "The object is locked."},
	ObjectNotAppendable:                   {http.StatusConflict, FromPage, "The operation is not valid for the current state of the object."},
	OriginConfigurationNotFoundError:      {http.StatusNotFound, Chosen, "The origin configuration does not exist."},
	PathConflict:                          {http.StatusConflict, FromPage, "Path conflict."},
	PathStyleDomainForbidden:              {http.StatusForbidden, FromAnswer, "The bucket you are attempting to access must be addressed using COS virtual-styled domain."},
	PaymentRequired:                       {http.StatusPaymentRequired, Chosen, "The cost quota is used up."},
	PolicyFull:                            {http.StatusBadRequest, Chosen, "The number of ACLs and policies exceeds the limit."},
	PolicyVersionFull:                     {http.StatusBadRequest, Chosen, "The number of policy versions exceeds the limit."},
	PreconditionFailed:                    {http.StatusPreconditionFailed, FromPage, "Precondition not match."},
	QuotaConflict:                         {http.StatusConflict, Chosen, "The quota conflicts with an existing one."},
	QuotaOperationConflict:                {http.StatusConflict, Chosen, "The state of the bucket does not support this operation."},
	RecordAlreadyExist:                    {http.StatusConflict, Chosen, "The DNS record conflicts with an existing one."},
	ReplicationConfigurationNotFoundError: {http.StatusNotFound, Chosen, "The replication configuration was not found."},
	RequestTimeTooSkewed:                  {http.StatusForbidden, Chosen, "The difference between the request time and the current time is too large."},
	RequestTimeout:                        {http.StatusBadRequest, Chosen, "Your socket connection to the server was not read from or written to within the timeout period."},
	RestoreAlreadyInProgress:              {http.StatusConflict, Chosen, "Object restore is already in progress."},
	RestoreNonArchiveObject:               {http.StatusMethodNotAllowed, Chosen, "Only archived objects can be restored."},
	SSEContentNotSupported:                {http.StatusBadRequest, Chosen, "The encryption method you specified is not supported."},
	SSEHeaderNotAllowed:                   {http.StatusBadRequest, Chosen, "The SSE header you specified is not allowed for this operation."},
	ServiceUnavailable:                    {http.StatusServiceUnavailable, Chosen, "The service is unavailable. Please retry."},
	SignatureDoesNotMatch:                 {http.StatusForbidden, FromAnswer, "The Signature you specified is invalid."},
	SlowDown:                              {http.StatusServiceUnavailable, Chosen, "Please reduce your request rate."},
	SSECDecryptHeaderInvalid:              {http.StatusBadRequest, Chosen, "The object is encrypted with SSE-C; the headers must provide the same key."},
	TargetBucketNameInvalid:               {http.StatusBadRequest, Chosen, "The name of the target bucket is not valid."},
	TooManyBuckets:                        {http.StatusBadRequest, Chosen, "You have attempted to create more buckets than allowed."},
	UnavailableForLegalReasons:            {http.StatusUnavailableForLegalReasons, Chosen, "The service is unavailable for this account."},
	UnexpectedContent:                     {http.StatusBadRequest, Chosen, "This request does not support content."},
	UploadConflict:                        {http.StatusConflict, Chosen, "The key is uploaded too often."},
	UploadIDNotSupported:                  {http.StatusMethodNotAllowed, Chosen, "The upload was initiated by the JSON API."},
	UserCnameInvalid:                      {http.StatusBadRequest, Chosen, "The specified CNAME does not exist or is not valid."},
	UserNetworkTooSlow:                    {http.StatusBadRequest, Chosen, "The network of the client is too slow."},
	UserNotSourceBucketOwner:              {http.StatusForbidden, Chosen, "You are not the owner of the source bucket."},
	UserNotTargetBucketOwner:              {http.StatusForbidden, Chosen, "You are not the owner of the target bucket."},
	VerifyAlgorithmNotSupported:           {http.StatusBadRequest, Chosen, "The verification algorithm is not supported."},
	WebsiteURLInvalid:                     {http.StatusBadRequest, Chosen, "The custom URL is not valid."},
	XMLSizeLimit:                          {http.StatusBadRequest, Chosen, "The XML you provided is too long."},
}
