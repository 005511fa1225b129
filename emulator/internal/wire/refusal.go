package wire

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// refusalHeader follows the status line of each refusal of net/http. Answers of handlers differ:
// they have a Date.
const refusalHeader = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// expectationFailed is the beginning of the answer of net/http to an unknown Expect.
const expectationFailed = "HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nDate: "

// ownRefusal reports whether p, the first bytes of an answer, is a refusal of net/http, and returns
// its status and reason.
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
	// The body is the status line with a colon and the reason, or the reason alone.
	standard := strconv.Itoa(status) + " " + http.StatusText(status)
	if rest, cut := bytes.CutPrefix(text, []byte(standard)); cut {
		text = bytes.TrimPrefix(rest, []byte(": "))
	}
	return status, string(text), true
}

// refusal returns the answer in the form of COS (choice 38).
func (c *conn) refusal(status int, reason string) []byte {
	r := c.refuse(c.refusalError(status, reason), reason, string(c.scanner.method.bytes()))
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	for _, name := range [...]string{
		"Content-Type", "Content-Length", "x-cos-error-code", "x-cos-error-message", "Connection", "Date", "Server",
		"x-cos-request-id", "x-cos-trace-id",
	} {
		if v := r.Header[name]; len(v) > 0 {
			fmt.Fprintf(&b, "%s: %s\r\n", name, v[0])
		}
	}
	b.WriteString("\r\n")
	b.Write(r.Document)
	return b.Bytes()
}

// refuse makes the answer to the current request and calls Config.Refused.
func (c *conn) refuse(e *coserr.Error, reason, method string) *Refusal {
	now := c.config.Clock.Now()
	id := c.config.IDs.New(now)
	r := &Refusal{
		RequestID: id.String(), RemoteAddr: c.RemoteAddr().String(), Status: e.Status, Code: string(e.Code), Message: e.Message,
		Reason: reason, TLS: c.state() != nil, Document: e.AppendXML(nil, id.String(), id.TraceID()),
		Header: http.Header{"Content-Type": {"application/xml"}, "Connection": {"close"}, "Server": {"tencent-cos"}},
	}
	r.Head, r.Cut = c.scanner.kept.get(c.served + 1)
	if method == http.MethodHead {
		r.Document = nil
		r.Header["x-cos-error-code"] = []string{r.Code}
		r.Header["x-cos-error-message"] = []string{coserr.HeaderText(e.Message)}
	}
	for name, value := range map[string]string{
		"Content-Length": strconv.Itoa(len(r.Document)), "Date": now.UTC().Format(http.TimeFormat),
		"x-cos-request-id": r.RequestID, "x-cos-trace-id": id.TraceID(),
	} {
		r.Header[name] = []string{value}
	}
	if c.config.Refused != nil {
		c.config.Refused(*r)
	}
	return r
}

// refusalError returns the closest error of COS.
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

// strangeTarget reports whether the target was neither a path, nor a URL, nor `*`. net/http accepts
// each repaired path, and nearly each URL.
func (c *conn) strangeTarget() bool {
	switch c.scanner.first {
	case 0, '/', '*', 'h', 'H':
		return false
	}
	return true
}

// refusePlain answers a plain HTTP request at a port for TLS.
func (c *conn) refusePlain(w http.ResponseWriter, r *http.Request) {
	const reason = "this port speaks TLS; use https"
	e := coserr.New(coserr.InvalidRequest)
	e = e.WithMessage(e.Message[:len(e.Message)-1] + ": " + reason + ".")
	e.Status = http.StatusBadRequest
	refused := c.refuse(e, reason, r.Method)
	maps.Copy(w.Header(), refused.Header)
	w.WriteHeader(refused.Status)
	_, _ = w.Write(refused.Document) // the client may be gone
}
