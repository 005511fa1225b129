package signer

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	requestIDHeader = "X-Cos-Request-Id"
	cosemuPrefix    = "X-Cosemu-"
	// maxErrorBody bounds what is read of a refusal. A real one is under a
	// kilobyte; only a FormatString can make it longer.
	maxErrorBody = 4 << 20
)

// Error is an answer of COS, or of an emulator, that is no success.
type Error struct {
	// Op is the request: method, host and path.
	Op string
	// Status is the HTTP status.
	Status int
	// Code and Message are those of the XML body, or where there is none (HEAD
	// and 3xx) of x-cos-error-code and x-cos-error-message.
	Code, Message string
	// StringToSign and FormatString are what the server signed
	// (SignatureDoesNotMatch only).
	StringToSign, FormatString string
	// Resource, RequestID and TraceID say what and which request it was.
	Resource, RequestID, TraceID string
	// ServerTime is the server's clock (AccessDenied only); else zero.
	ServerTime time.Time
	// Cosemu holds the x-cosemu-* headers.
	Cosemu http.Header
	// Header are all of the answer's headers, Body its body as it came, cut
	// off after 4 MiB.
	Header http.Header
	Body   []byte
}

// Error says which request was refused, and how, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d", e.Op, e.Status)
	if e.Code != "" {
		fmt.Fprintf(&b, " %s: %s", e.Code, e.Message)
	} else {
		fmt.Fprintf(&b, " %s", http.StatusText(e.Status))
	}
	if d := e.Cosemu.Get("X-Cosemu-Diagnosis"); d != "" {
		fmt.Fprintf(&b, " [%s]", d)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request id %s)", e.RequestID)
	}
	return b.String()
}

// errorBody is the XML of a refusal.
type errorBody struct {
	XMLName      xml.Name `xml:"Error"`
	Code         string
	Message      string
	StringToSign string
	FormatString string
	ServerTime   string
	Resource     string
	RequestID    string `xml:"RequestId"`
	TraceID      string `xml:"TraceId"`
}

// readError makes an Error of a response, and closes it.
func readError(p *Presigned, resp *http.Response) error {
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return fmt.Errorf("signer: %s: %d: read answer: %w", p, resp.StatusCode, err)
	}
	e := &Error{
		Op:        p.String(),
		Status:    resp.StatusCode,
		Code:      resp.Header.Get("X-Cos-Error-Code"),
		Message:   resp.Header.Get("X-Cos-Error-Message"),
		RequestID: resp.Header.Get(requestIDHeader),
		TraceID:   resp.Header.Get("X-Cos-Trace-Id"),
		Cosemu:    cosemuHeaders(resp.Header),
		Header:    resp.Header,
		Body:      body,
	}
	var x errorBody
	if xml.Unmarshal(body, &x) != nil {
		return e // no COS error: a proxy's page, or no body at all
	}
	e.Code, e.Message, e.Resource = x.Code, x.Message, x.Resource
	e.StringToSign, e.FormatString = x.StringToSign, x.FormatString
	if x.RequestID != "" {
		e.RequestID = x.RequestID
	}
	if x.TraceID != "" {
		e.TraceID = x.TraceID
	}
	if at, err := time.Parse(time.RFC3339, x.ServerTime); err == nil {
		e.ServerTime = at
	}
	return e
}

func cosemuHeaders(h http.Header) http.Header {
	own := http.Header{}
	for name, values := range h {
		if strings.HasPrefix(name, cosemuPrefix) {
			own[name] = values
		}
	}
	return own
}
