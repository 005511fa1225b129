// Package vectors holds pre-signed requests that the official COS SDKs' own
// code made, for tests of anything that judges or explains signatures.
// README.md beside it says what a case means and how to replay it.
package vectors

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

//go:embed *.json
var files embed.FS

// File is one SDK's requests.
type File struct {
	SDK    string `json:"sdk"`
	Source string `json:"source"` // the version that made them
	Cases  []Case `json:"cases"`
}

// Case is one pre-signed request. Every key, secret and token was made up.
type Case struct {
	ID         string            `json:"id"`
	Call       string            `json:"call"` // which way of the SDK made it
	Method     string            `json:"method"`
	Bucket     string            `json:"bucket"`
	Region     string            `json:"region"`
	Key        string            `json:"key"` // what the URL names
	SecretID   string            `json:"secret_id"`
	SecretKey  string            `json:"secret_key"`
	Token      string            `json:"security_token"`
	URL        string            `json:"url"`         // as the SDK returned it
	Headers    map[string]string `json:"headers"`     // that the uploader must send
	ValidFrom  int64             `json:"valid_from"`  // Unix seconds
	ValidUntil int64             `json:"valid_until"` // Unix seconds, inclusive
	Holds      bool              `json:"holds"`       // accepted inside the validity
}

// Load reads all files. A field it does not know is an error: a new kind of
// case must not pass unread.
func Load() ([]File, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	out := make([]File, 0, len(entries))
	for _, entry := range entries {
		raw, err := files.ReadFile(entry.Name())
		if err != nil {
			return nil, err
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		var f File
		if err := dec.Decode(&f); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		if len(f.Cases) == 0 {
			return nil, fmt.Errorf("%s: no cases", entry.Name())
		}
		out = append(out, f)
	}
	return out, nil
}

// WireURL is the URL as a client puts it on the wire: exactly the bytes that
// no client would send are percent-encoded, and nothing else is touched.
func (c *Case) WireURL() string {
	var b strings.Builder
	for i := range len(c.URL) {
		if ch := c.URL[i]; ch <= ' ' || ch >= 0x7f || strings.IndexByte("\"<>\\^`{|}", ch) >= 0 {
			fmt.Fprintf(&b, "%%%02X", ch)
		} else {
			b.WriteByte(ch)
		}
	}
	return b.String()
}

// Target splits the URL as it goes on the wire into the host and the request
// target.
func (c *Case) Target() (host, target string) {
	_, rest, _ := strings.Cut(c.WireURL(), "://")
	host, target, ok := strings.Cut(rest, "/")
	if !ok {
		return host, "/"
	}
	return host, "/" + target
}

// Header is what the uploader must send.
func (c *Case) Header() http.Header {
	h := make(http.Header, len(c.Headers))
	for name, value := range c.Headers {
		h.Set(name, value)
	}
	return h
}
