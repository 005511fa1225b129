// Package coserr is the cloud's error answers: codes, statuses, messages and
// the exact bytes of the body.
package coserr

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Error is an error answer. New makes one from the table of codes; the With
// methods fill it and return it.
type Error struct {
	Code    Code
	Status  int // HTTP status
	Message string
	// StringToSign and FormatString are what the server computed; on
	// SignatureDoesNotMatch alone.
	StringToSign, FormatString string
	// Resource is what the request was about.
	Resource string
	// ServerTime is told where it is not zero: SDKs set their clocks by it.
	ServerTime time.Time
	// StorageClass goes into a header of InvalidObjectState.
	StorageClass string
	// Cause is for the log and never leaves the process.
	Cause error
}

// New returns the error with the status and the message of its code.
func New(code Code) *Error {
	r := lookup(code)
	return &Error{Code: code, Status: r.status, Message: r.message}
}

// Error is "<Code>: <Message>", and the cause if there is one.
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

// WithCause keeps what went wrong inside, for the log.
func (e *Error) WithCause(err error) *Error { e.Cause = err; return e }

// WithSignature shows what the server computed.
func (e *Error) WithSignature(stringToSign, formatString string) *Error {
	e.StringToSign, e.FormatString = stringToSign, formatString
	return e
}

// AppendXML appends the body: the declaration, one element a line behind a
// tab, no line break at the end. Four documented samples of known length and
// the public bodies of refused uploads have this form.
func (e *Error) AppendXML(dst []byte, requestID, traceID string) []byte {
	dst = append(dst, "<?xml version='1.0' encoding='utf-8' ?>\n<Error>"...)
	dst = appendElement(dst, "Code", string(e.Code))
	dst = appendElement(dst, "Message", e.Message)
	if e.StringToSign != "" || e.FormatString != "" {
		dst = appendElement(dst, "StringToSign", e.StringToSign)
		dst = appendElement(dst, "FormatString", e.FormatString)
	}
	if !e.ServerTime.IsZero() {
		dst = appendElement(dst, "ServerTime", e.ServerTime.UTC().Format("2006-01-02T15:04:05Z"))
	}
	dst = appendElement(dst, "Resource", e.Resource)
	dst = appendElement(dst, "RequestId", requestID)
	dst = appendElement(dst, "TraceId", traceID)
	return append(dst, "\n</Error>"...)
}

func appendElement(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, "\n\t<"...), name...), '>')
	dst = AppendEscaped(dst, value)
	return append(append(append(dst, "</"...), name...), '>')
}

// AppendEscaped appends a text with the five characters escaped that the cloud
// escapes. What XML 1.0 cannot hold at all, a control character or bytes that
// are no UTF-8, becomes U+FFFD, or no client could read the answer (choice 31).
func AppendEscaped(dst []byte, s string) []byte {
	for i, r := range s {
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case r == '\'':
			dst = append(dst, "&apos;"...)
		case r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF || r < ' ' && r != '\n' && r != '\t' && r != '\r':
			dst = append(dst, "\uFFFD"...)
		default:
			dst = append(dst, s[i:i+utf8.RuneLen(r)]...)
		}
	}
	return dst
}

// HeaderText is a message as x-cos-error-message can carry it: on one line.
func HeaderText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
