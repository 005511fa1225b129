// Package coserr makes the error answers of COS: code, status, message and the exact bytes of
// the body.
package coserr

import (
	"net/http"
	"time"
)

// Error is an error answer. New makes one from the table of codes. The With methods set the
// details of one request and return the same Error.
type Error struct {
	// Code is the text of <Code>.
	Code Code
	// Status is the HTTP status.
	Status int
	// Message is the text of <Message>.
	Message string
	// StringToSign and FormatString are the server's own, for SignatureDoesNotMatch. They are
	// empty for every other code.
	StringToSign, FormatString string
	// Resource is the text of <Resource>: host and path, or the path.
	Resource string
	// ServerTime is in the body unless it is zero. SDKs correct their clocks with it.
	ServerTime time.Time
	// StorageClass is the header x-cos-storage-class of an InvalidObjectState.
	StorageClass string
	// WithoutIDs leaves RequestId and TraceId out of the body, as a machine before COS would.
	WithoutIDs bool
	// Cause is for the log. No answer contains it.
	Cause error
}

// New returns the error with the status and the message of its code. An unknown code is a mistake
// in this program. It gets status 500 and keeps its name, so that the mistake is easy to find.
func New(code Code) *Error {
	r, ok := table[code]
	if !ok {
		r, ok = later[code]
	}
	if !ok {
		r = row{http.StatusInternalServerError, Chosen, table[InternalError].message}
	}
	return &Error{Code: Code(code.text()), Status: r.status, Message: r.message}
}

// Error returns "<Code>: <Message>" and the cause, if any. It leaves out StringToSign and
// FormatString.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// WithMessage replaces the message.
func (e *Error) WithMessage(m string) *Error { e.Message = m; return e }

// WithResource sets the resource.
func (e *Error) WithResource(r string) *Error { e.Resource = r; return e }

// WithServerTime sets the server's time.
func (e *Error) WithServerTime(t time.Time) *Error { e.ServerTime = t; return e }

// WithStorageClass sets the storage class that forbids the operation.
func (e *Error) WithStorageClass(class string) *Error { e.StorageClass = class; return e }

// WithCause sets the cause, for the log.
func (e *Error) WithCause(err error) *Error { e.Cause = err; return e }

// WithSignature sets StringToSign and FormatString.
func (e *Error) WithSignature(stringToSign, formatString string) *Error {
	e.StringToSign, e.FormatString = stringToSign, formatString
	return e
}
