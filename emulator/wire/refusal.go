package wire

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/cosemu/cosemu/emulator/coserr"
)

// refusalHeader stands in every refusal that net/http writes by itself, right
// behind its status line. No handler's answer has it: those have a Date.
const refusalHeader = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// expectationFailed is how net/http refuses an Expect that it does not know.
const expectationFailed = "HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nDate: "

// ownRefusal tells whether p, the first bytes of an answer, is a refusal of
// net/http's own, and what it says.
func ownRefusal(p []byte) (status int, reason string, ok bool) {
	const proto = "HTTP/1.1 "
	if len(p) > 512 || !bytes.HasPrefix(p, []byte(proto)) {
		return 0, "", false
	}
	if bytes.HasPrefix(p, []byte(expectationFailed)) && !bytes.Contains(p, []byte("x-cos-request-id")) {
		return http.StatusExpectationFailed, "unknown Expect header", true
	}
	line, text, ok := bytes.Cut(p, []byte(refusalHeader))
	if !ok || len(line) < len(proto)+3 || bytes.Contains(line, []byte("\r\n")) {
		return 0, "", false
	}
	status, err := strconv.Atoi(string(line[len(proto) : len(proto)+3]))
	if err != nil || status < 400 {
		return 0, "", false
	}
	// The text is the status line's own again, and the reason behind a colon;
	// or the reason alone.
	standard := strconv.Itoa(status) + " " + http.StatusText(status)
	if rest, cut := bytes.CutPrefix(text, []byte(standard)); cut {
		text = bytes.TrimPrefix(rest, []byte(": "))
	}
	return status, string(text), true
}

// refusal is the answer in the cloud's form (choice 38).
func (c *conn) refusal(status int, reason string) []byte {
	e := c.refusalError(status, reason)
	id := c.config.IDs.New(c.config.Clock.Now())
	requestID, traceID := id.String(), id.TraceID()
	if c.config.Refused != nil {
		c.config.Refused(Refusal{
			RequestID: requestID, RemoteAddr: c.RemoteAddr().String(),
			Status: status, Code: string(e.Code), Reason: reason,
		})
	}
	body := e.AppendXML(nil, requestID, traceID)
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\nContent-Type: application/xml\r\n", status, http.StatusText(status))
	if string(c.scanner.method.bytes()) == http.MethodHead {
		fmt.Fprintf(&b, "Content-Length: 0\r\nx-cos-error-code: %s\r\nx-cos-error-message: %s\r\n", e.Code, coserr.HeaderText(e.Message))
		body = nil
	} else {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	fmt.Fprintf(&b, "Connection: close\r\nDate: %s\r\nServer: tencent-cos\r\nx-cos-request-id: %s\r\nx-cos-trace-id: %s\r\n\r\n",
		c.config.Clock.Now().UTC().Format(http.TimeFormat), requestID, traceID)
	b.Write(body)
	return b.Bytes()
}

// refusalError is the error of the cloud that comes closest.
func (c *conn) refusalError(status int, reason string) *coserr.Error {
	code := coserr.InvalidRequest
	switch {
	case status == http.StatusNotImplemented:
		code = coserr.NotImplemented
	case status == http.StatusBadRequest && reason == "" && c.strangeTarget():
		code = coserr.InvalidURI
	case status == http.StatusRequestHeaderFieldsTooLarge:
		reason = "the request line and the headers are too long"
	}
	e := coserr.New(code)
	if reason != "" {
		e = e.WithMessage(e.Message[:len(e.Message)-1] + ": " + reason + ".")
	}
	e.Status = status
	return e
}

// strangeTarget tells whether the target was no path, no URL and no `*`. A path
// is always taken once it is repaired; a URL nearly always.
func (c *conn) strangeTarget() bool {
	switch c.scanner.first {
	case 0, '/', '*', 'h', 'H':
		return false
	}
	return true
}

// refusePlain answers a request that came in plain to a port that speaks TLS.
func (c *conn) refusePlain(w http.ResponseWriter, r *http.Request) {
	const reason = "this port speaks TLS; use https"
	e := coserr.New(coserr.InvalidRequest)
	e = e.WithMessage(e.Message[:len(e.Message)-1] + ": " + reason + ".")
	id := c.config.IDs.New(c.config.Clock.Now())
	requestID, traceID := id.String(), id.TraceID()
	if c.config.Refused != nil {
		c.config.Refused(Refusal{
			RequestID: requestID, RemoteAddr: c.RemoteAddr().String(),
			Status: http.StatusBadRequest, Code: string(e.Code), Reason: reason,
		})
	}
	body := e.AppendXML(nil, requestID, traceID)
	h := w.Header()
	for name, value := range map[string]string{
		"Connection": "close", "Content-Type": "application/xml", "Content-Length": strconv.Itoa(len(body)), "Server": "tencent-cos",
		"Date": c.config.Clock.Now().UTC().Format(http.TimeFormat), "x-cos-request-id": requestID, "x-cos-trace-id": traceID,
	} {
		h[name] = []string{value}
	}
	w.WriteHeader(http.StatusBadRequest)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may be gone
	}
}
