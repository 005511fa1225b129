package control

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// harWriter writes an HTTP archive (HAR 1.2). What HAR has no member for stands in _cosemu, as the
// format provides for.
type harWriter struct {
	out     io.Writer
	words   reportWords
	version string
	count   int
}

// harPair is a header or a parameter.
type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	QueryString []harPair `json:"queryString"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int64     `json:"bodySize"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []harPair  `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int64      `json:"bodySize"`
}

type harContent struct {
	Size     int64  `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
}

type harTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

type harEntry struct {
	StartedDateTime time.Time   `json:"startedDateTime"`
	Time            float64     `json:"time"`
	Request         harRequest  `json:"request"`
	Response        harResponse `json:"response"`
	Cache           struct{}    `json:"cache"`
	Timings         harTimings  `json:"timings"`
	Comment         string      `json:"comment,omitempty"`
	Cosemu          harDetails  `json:"_cosemu"`
}

// harDetails is what HAR has no member for.
type harDetails struct {
	ID        string   `json:"id"`
	Verdict   string   `json:"verdict"`
	Code      string   `json:"code,omitempty"`
	Operation string   `json:"operation,omitempty"`
	Diagnosis []string `json:"diagnosis"`
}

func (h *harWriter) begin(int, int) error {
	version := h.version
	if version == "" {
		version = "devel"
	}
	_, err := io.WriteString(h.out, `{"log":{"version":"1.2","creator":`)
	if err == nil {
		err = encodeLine(h.out, map[string]string{"name": "cosemu", "version": version})
	}
	if err == nil {
		_, err = io.WriteString(h.out, `,"entries":[`)
	}
	return err
}

func (h *harWriter) end() error {
	_, err := io.WriteString(h.out, "]}}\n")
	return err
}

func (h *harWriter) entry(e *entry) error {
	if h.count++; h.count > 1 {
		if _, err := io.WriteString(h.out, ","); err != nil {
			return err
		}
	}
	out := harEntry{
		StartedDateTime: e.At, Time: e.TookMS, Timings: harTimings{Wait: e.TookMS},
		Request: harRequestOf(e), Response: harResponseOf(e),
		Comment: strings.Join(h.words.reasons(e), "\n"),
		Cosemu: harDetails{
			ID: e.ID, Verdict: string(e.Verdict), Code: e.Code, Operation: e.Operation, Diagnosis: e.Diagnosis,
		},
	}
	return encodeLine(h.out, out)
}

func harRequestOf(e *entry) harRequest {
	return harRequest{
		Method: e.Method, URL: urlOf(e), HTTPVersion: e.Request.Proto, Cookies: []harPair{},
		Headers:     append([]harPair{{"Host", e.Host}}, harHeaders(e.Request.Headers)...),
		QueryString: harParams(e.Request.Query), HeadersSize: -1, BodySize: e.Received,
	}
}

func harResponseOf(e *entry) harResponse {
	out := harResponse{
		Status: e.Status, StatusText: http.StatusText(e.Status), HTTPVersion: "HTTP/1.1",
		Cookies: []harPair{}, Headers: []harPair{}, HeadersSize: -1, BodySize: e.Sent,
	}
	out.Content.Size = e.Sent
	if e.Answer != nil {
		out.Headers = harHeaders(e.Answer.Headers)
		out.Content.MimeType = e.Answer.Headers.Get("Content-Type")
		out.Content.Text = e.Answer.Body
		out.RedirectURL = e.Answer.Headers.Get("Location")
	}
	return out
}

func harHeaders(h http.Header) []harPair {
	out := []harPair{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			out = append(out, harPair{name, v})
		}
	}
	return out
}

func harParams(query string) []harPair {
	out := []harPair{}
	for piece := range strings.SplitSeq(query, "&") {
		if piece != "" {
			name, value, _ := strings.Cut(piece, "=")
			out = append(out, harPair{signer.Decode(name), signer.Decode(value)})
		}
	}
	return out
}

// urlOf is the URL of a request. Bytes that no URL has are escaped, which means the same.
func urlOf(e *entry) string {
	scheme := e.Scheme
	if scheme == "" {
		scheme = "http"
	}
	text := scheme + "://" + uriText(e.Host, "\"<>\\^`{|}") + uriText(e.Path, notInURI)
	if e.Request.Query != "" {
		text += "?" + uriText(e.Request.Query, notInURI)
	}
	return text
}

// notInURI are the printable characters that neither path nor query of a URI has (RFC 3986).
const notInURI = "\"<>\\^`{|}[]#"

// uriText escapes what a URI cannot hold.
func uriText(text, without string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(without, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
