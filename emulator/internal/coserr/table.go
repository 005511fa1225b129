package coserr

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Chosen is the source of a message that no public source shows. It is S3's message where S3 has
// the code, since the known messages of COS are S3's or close to them. Else it is cosemu's own.
const Chosen = "choice 30"

// Entry is a row of the table of codes.
type Entry struct {
	// Code is the text of <Code>.
	Code string
	// Status is the HTTP status (COS docs: 错误码).
	Status int
	// Message is the usual text of <Message>.
	Message string
	// Source is where the message comes from: a page of the documentation that prints it, a published
	// answer of COS that shows it, or Chosen.
	Source string
	// Later reports that no operation answers the code yet.
	Later bool
}

// row is a row of the table; its key is the code.
type row struct {
	status  int
	source  string
	message string
}

// Entries returns all codes, sorted by code and then by status.
func Entries() []Entry {
	list := make([]Entry, 0, len(table))
	for code, r := range table {
		list = append(list, Entry{Code: code.text(), Status: r.status, Message: r.message, Source: r.source})
	}
	for code, r := range later {
		list = append(list, Entry{Code: code.text(), Status: r.status, Message: r.message, Source: r.source, Later: true})
	}
	slices.SortFunc(list, func(a, b Entry) int {
		if c := strings.Compare(a.Code, b.Code); c != 0 {
			return c
		}
		return a.Status - b.Status
	})
	return list
}

// Codes returns the text of all codes, sorted.
func Codes() []string {
	var list []string
	for _, e := range Entries() {
		list = append(list, e.Code)
	}
	return slices.Compact(list)
}

// Known reports whether the table has a code, by its text.
func Known(text string) bool { return WithStatus(text, 0) != "" }

// WithStatus returns the row of a code that has the status, else its first row; "" where the table
// has no such code.
func WithStatus(text string, status int) Code {
	found := Code("")
	for _, rows := range []map[Code]row{table, later} {
		if _, ok := rows[Code(text)]; ok && Code(text).text() == text {
			found = Code(text)
		}
	}
	if second := Code(text + "/" + strconv.Itoa(status)); found != "" {
		if _, ok := table[second]; ok {
			return second
		}
	}
	return found
}

// text is the code without the status that tells two rows of one code apart.
func (c Code) text() string {
	text, _, _ := strings.Cut(string(c), "/")
	return text
}

// table has the codes that the emulator answers.
//
//nolint:gochecknoglobals // never written; too large to be made for each error
var table = map[Code]row{
	AccessDenied:                        {http.StatusForbidden, "seen: cos-wx-sdk-v5 issues 30 and 34", "Access Denied."},
	AccessForbidden:                     {http.StatusForbidden, "COS docs: OPTIONS Object", "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the resource's CORS spec"},
	ActionAccelerateNotSupported:        {http.StatusBadRequest, "seen: coscmd issue 274", "The action is not supported by the accelerate host."},
	AppendPositionErr:                   {http.StatusConflict, Chosen, "The position you specified is not the current length of the object."},
	AttachmentFull:                      {http.StatusBadRequest, Chosen, "The number of ACLs and policies exceeds the limit."},
	BadDigest:                           {http.StatusBadRequest, "seen: rclone issue 8483", "The Content-MD5 you specified is not match."},
	BucketAccelerateNotEnabled:          {http.StatusBadRequest, Chosen, "The acceleration endpoint is not enabled for this bucket."},
	BucketAlreadyOwnedByYou:             {http.StatusConflict, "seen: tencent-website issue 2", "Your previous request to create the named bucket succeeded and you already own it."},
	BucketNameTooLong:                   {http.StatusBadRequest, Chosen, "The specified bucket name is too long."},
	BucketNotEmpty:                      {http.StatusConflict, Chosen, "The bucket you tried to delete is not empty."},
	EntityTooLarge:                      {http.StatusBadRequest, Chosen, "Your proposed upload exceeds the maximum allowed object size."},
	EntityTooSmall:                      {http.StatusBadRequest, "seen: clickhouse-backup issue 464", "Your proposed upload is smaller than the minimum allowed object size."},
	ExpiredToken:                        {http.StatusBadRequest, Chosen, "The provided token has expired."},
	FileAlreadyExists:                   {http.StatusConflict, Chosen, "The object already exists and may not be overwritten."},
	IncompleteBody:                      {http.StatusBadRequest, Chosen, "You did not provide the number of bytes specified by the Content-Length HTTP header."},
	IncorrectNumberOfFilesInPostRequest: {http.StatusBadRequest, Chosen, "POST requires exactly one file upload per request."},
	InternalError:                       {http.StatusInternalServerError, Chosen, "We encountered an internal error. Please try again."},
	InvalidAccessKeyID:                  {http.StatusForbidden, "seen: cos-php-sdk-v5 issue 57", "The Access Key Id you provided does not exist in our records"},
	InvalidArgument:                     {http.StatusBadRequest, Chosen, "Invalid Argument."},
	InvalidBucketName:                   {http.StatusBadRequest, Chosen, "The specified bucket is not valid."},
	InvalidBucketState:                  {http.StatusConflict, Chosen, "The request is not valid with the current state of the bucket."},
	InvalidCopySource:                   {http.StatusBadRequest, Chosen, "The specified copy source is not valid."},
	InvalidDelimiter:                    {http.StatusBadRequest, Chosen, "The delimiter must be a single character."},
	InvalidDigest:                       {http.StatusBadRequest, Chosen, "The Content-MD5 you specified is not valid."},
	InvalidObjectName:                   {http.StatusBadRequest, Chosen, "The specified object name is not valid."},
	InvalidObjectState:                  {http.StatusForbidden, "COS docs: GET Object", "The operation is not valid for the object storage class."},
	InvalidObjectStateConflict:          {http.StatusConflict, Chosen, "The request is not valid with the current state of the object."},
	InvalidPart:                         {http.StatusBadRequest, Chosen, "One or more of the specified parts could not be found."},
	InvalidPartOrder:                    {http.StatusBadRequest, Chosen, "The list of parts was not in ascending order."},
	InvalidPolicyDocument:               {http.StatusBadRequest, "COS docs: POST Object", "You must provide condition if you specify a policy in post object request."},
	InvalidRange:                        {http.StatusRequestedRangeNotSatisfiable, Chosen, "The requested range is not satisfiable."},
	InvalidRequest:                      {http.StatusBadRequest, Chosen, "Invalid Request."},
	InvalidTag:                          {http.StatusBadRequest, Chosen, "The specified tag is not valid."},
	InvalidURI:                          {http.StatusBadRequest, Chosen, "Couldn't parse the specified URI."},
	KeyTooLong:                          {http.StatusBadRequest, Chosen, "Your key is too long."},
	ListPartUploadIDIsEmpty:             {http.StatusBadRequest, Chosen, "The uploadId is empty."},
	MAZOperationNotSupportOnOAZBucket:   {http.StatusBadRequest, Chosen, "A single-AZ bucket does not support multi-AZ operations."},
	MalformedPOSTRequest:                {http.StatusBadRequest, "COS docs: POST Object", "The body of your POST request is not well-formed multipart/form-data."},
	MalformedPolicy:                     {http.StatusBadRequest, Chosen, "The policy is not well-formed."},
	MalformedXML:                        {http.StatusBadRequest, "seen: cos-nodejs-sdk-v5 issue 29", "The XML you provided was not well-formed or did not validate against our published schema."},
	MethodNotAllowed:                    {http.StatusMethodNotAllowed, Chosen, "The specified method is not allowed against this resource."},
	MissingContentLength:                {http.StatusLengthRequired, "COS docs: APPEND Object", "You must provide the Content-Length HTTP header."},
	NoSuchBucket:                        {http.StatusNotFound, "seen: zfile issue 200", "The specified bucket does not exist."},
	NoSuchBucketPolicy:                  {http.StatusNotFound, Chosen, "The bucket policy does not exist."},
	NoSuchCORSConfiguration:             {http.StatusNotFound, Chosen, "The CORS configuration does not exist."},
	NoSuchKey:                           {http.StatusNotFound, "seen: kunpeng issue 16", "The specified key does not exist."},
	NoSuchLifecycleConfiguration:        {http.StatusNotFound, Chosen, "The lifecycle configuration does not exist."},
	NoSuchTagSet:                        {http.StatusNotFound, Chosen, "The TagSet does not exist."},
	NoSuchUpload:                        {http.StatusNotFound, Chosen, "The specified multipart upload does not exist."},
	NoSuchVersion:                       {http.StatusNotFound, Chosen, "The specified version does not exist."},
	NoSuchWebsiteConfiguration:          {http.StatusNotFound, Chosen, "The website configuration does not exist."},
	NotImplemented:                      {http.StatusNotImplemented, Chosen, "A header or query you provided implies functionality that is not implemented."},
	NotSupportedStorageClass:            {http.StatusBadRequest, Chosen, "The storage class you specified is not supported."},
	OAZOperationNotSupportOnMAZBucket:   {http.StatusBadRequest, Chosen, "A multi-AZ bucket does not support single-AZ operations."},
	ObjectNotAppendable:                 {http.StatusConflict, "COS docs: APPEND Object", "The operation is not valid for the current state of the object."},
	PathStyleDomainForbidden:            {http.StatusForbidden, "seen: gobackup issues 233 and 268", "The bucket you are attempting to access must be addressed using COS virtual-styled domain."},
	PreconditionFailed:                  {http.StatusPreconditionFailed, "COS docs: GET Object", "Precondition not match."},
	RequestTimeTooSkewed:                {http.StatusForbidden, Chosen, "The difference between the request time and the current time is too large."},
	RequestTimeout:                      {http.StatusBadRequest, Chosen, "Your socket connection to the server was not read from or written to within the timeout period."},
	SSEContentNotSupported:              {http.StatusBadRequest, Chosen, "The encryption method you specified is not supported."},
	ServiceUnavailable:                  {http.StatusServiceUnavailable, Chosen, "The service is unavailable. Please retry."},
	SignatureDoesNotMatch:               {http.StatusForbidden, "seen: PicGo issue 638", "The Signature you specified is invalid."},
	SSECDecryptHeaderInvalid:            {http.StatusBadRequest, Chosen, "The object is encrypted with SSE-C; the headers must provide the same key."},
	XAmzContentSHA256Mismatch:           {http.StatusBadRequest, Chosen, "The provided 'x-amz-content-sha256' header does not match what was computed."},
	XMLSizeLimit:                        {http.StatusBadRequest, Chosen, "The XML you provided is too long."},
}
