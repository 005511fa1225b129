// Package coserr is the cloud's error answers: codes, statuses, messages and
// the exact bytes of the body.
package coserr

import (
	"net/http"
	"time"
)

// Error is an error answer. New makes one from the table of codes; the With
// methods fill in what the occasion adds and return the same Error.
type Error struct {
	// Code is what stands in <Code>.
	Code Code
	// Status is the HTTP status.
	Status int
	// Message is what stands in <Message>.
	Message string
	// StringToSign and FormatString are what the server computed for a
	// signature that does not match; empty on every other code.
	StringToSign, FormatString string
	// Resource is what the request was about.
	Resource string
	// ServerTime is told where it is not zero: SDKs set their clocks by it.
	ServerTime time.Time
	// StorageClass goes into the header x-cos-storage-class of an
	// InvalidObjectState.
	StorageClass string
	// Cause is for the log and never leaves the process.
	Cause error
}

// New returns the error with the status and the message of its code. A code
// that is not in the table is a mistake in this program; it is answered as an
// internal error under its own name, so that it is found.
func New(code Code) *Error {
	r, ok := table[code]
	if !ok {
		r = row{http.StatusInternalServerError, Chosen, table[InternalError].message}
	}
	return &Error{Code: Code(code.text()), Status: r.status, Message: r.message}
}

// Error is "<Code>: <Message>", and the cause if there is one. What the server
// computed for a signature is left out.
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

// WithResource says what the request was about.
func (e *Error) WithResource(r string) *Error { e.Resource = r; return e }

// WithServerTime tells the server's time.
func (e *Error) WithServerTime(t time.Time) *Error { e.ServerTime = t; return e }

// WithStorageClass names the storage class that forbids the operation.
func (e *Error) WithStorageClass(class string) *Error { e.StorageClass = class; return e }

// WithCause keeps what went wrong inside, for the log.
func (e *Error) WithCause(err error) *Error { e.Cause = err; return e }

// WithSignature shows what the server computed.
func (e *Error) WithSignature(stringToSign, formatString string) *Error {
	e.StringToSign, e.FormatString = stringToSign, formatString
	return e
}
