// Package vectors has pre-signed requests made by the code of the official COS SDKs, for tests of
// everything that checks or explains signatures. Its README.md describes the fields and how to
// replay a case.
package vectors

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
)

//go:embed *.json
var files embed.FS

// File has the requests of one SDK.
type File struct {
	SDK    string `json:"sdk"`
	Source string `json:"source"` // the version of the SDK
	Cases  []Case `json:"cases"`
}

// Case is a pre-signed request. All keys, secrets and tokens are made up.
type Case struct {
	ID         string            `json:"id"`
	Call       string            `json:"call"` // the function of the SDK
	Method     string            `json:"method"`
	Bucket     string            `json:"bucket"`
	Region     string            `json:"region"`
	Key        string            `json:"key"` // the object key in the URL
	SecretID   string            `json:"secret_id"`
	SecretKey  string            `json:"secret_key"`
	Token      string            `json:"security_token"`
	URL        string            `json:"url"`         // as the SDK returned it
	Headers    map[string]string `json:"headers"`     // the headers that the uploader must send
	ValidFrom  int64             `json:"valid_from"`  // Unix seconds
	ValidUntil int64             `json:"valid_until"` // Unix seconds, inclusive
	Holds      bool              `json:"holds"`       // whether it is accepted within its validity
}

// Load reads all files.
func Load() ([]File, error) {
	return Read(files, func(f *File) int { return len(f.Cases) })
}

// Read reads all files of a folder. An unknown field is an error, so that no new kind of case is
// ignored, and so is a file without cases.
func Read[F any](folder fs.ReadDirFS, cases func(*F) int) ([]F, error) {
	entries, err := folder.ReadDir(".")
	if err != nil {
		return nil, err
	}
	out := make([]F, 0, len(entries))
	for _, entry := range entries {
		raw, err := fs.ReadFile(folder, entry.Name())
		if err != nil {
			return nil, err
		}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		var f F
		if err := dec.Decode(&f); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		if cases(&f) == 0 {
			return nil, fmt.Errorf("%s: no cases", entry.Name())
		}
		out = append(out, f)
	}
	return out, nil
}

// WireURL returns the URL as a client sends it: the bytes that no client sends are percent-encoded,
// and nothing else changes.
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

// Target returns the host and the request target of WireURL.
func (c *Case) Target() (host, target string) {
	_, rest, _ := strings.Cut(c.WireURL(), "://")
	host, target, ok := strings.Cut(rest, "/")
	if !ok {
		return host, "/"
	}
	return host, "/" + target
}

// Header returns the headers that the uploader must send.
func (c *Case) Header() http.Header {
	h := make(http.Header, len(c.Headers))
	for name, value := range c.Headers {
		h.Set(name, value)
	}
	return h
}
