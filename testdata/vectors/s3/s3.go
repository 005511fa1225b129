// Package s3 has requests that real S3 clients signed, byte by byte as they went on the wire, for tests
// of what judges and explains signatures. Its README.md describes the fields. TestRecordS3 in
// cmd/internal/e2e writes the files anew.
package s3

import (
	"embed"
	"net/http"

	"github.com/cosemu/cosemu/testdata/vectors"
)

//go:embed *.json
var files embed.FS

// The bucket of all requests and its region.
const (
	Bucket = "examplebucket-1250000000"
	Region = "ap-guangzhou"
)

// File has the requests of one client.
type File struct {
	Client string `json:"client"`
	Source string `json:"source"` // its version
	Cases  []Case `json:"cases"`
}

// Case is a request. Either it is signed by itself, or Fields are those of a form with a signed policy.
type Case struct {
	ID      string            `json:"id"`
	Label   string            `json:"label"` // of its Signer
	Key     string            `json:"access_key_id"`
	Method  string            `json:"method"`
	Host    string            `json:"host"`
	Target  string            `json:"target"`
	Headers map[string]string `json:"headers,omitempty"` // as they came, or for a URL those that its uploader sends
	Body    string            `json:"body,omitempty"`    // what the client sent, framing included
	Fields  map[string]string `json:"fields,omitempty"`
}

// Signer is a key pair that clients sign with. The labels other than right and temporary name a
// mistake: Secret is not that of ID.
type Signer struct {
	Label  string   `json:"label"`
	ID     string   `json:"id"`
	Secret string   `json:"secret"`
	Token  string   `json:"token"`
	Names  []string `json:"names"` // what is behind the label in object keys
}

// The key pairs, all made up.
const (
	ID          = "AKIDs3VectorsForTestsOnly00000000000"
	Secret      = "s3VectorsSecretForTests/Only+000"
	OtherID     = "AKIDs3VectorsOther000000000000000000"
	OtherSecret = "s3VectorsOtherSecretForTests0000"
	TempID      = "AKIDs3VectorsTemporary00000000000000"
	TempSecret  = "s3VectorsTemporarySecret00000000"
	TempToken   = "s3VectorsToken/for+tests=only0000000000"
)

// Plan is what each client signs with.
func Plan() []Signer {
	names := []string{"a.png", "a b/c+d&e.png", "照片/一.png", "100%.png"}
	one := names[:1]
	return []Signer{
		{"right", ID, Secret, "", append(names, "x//y.png")},
		{"temporary", TempID, TempSecret, TempToken, names[:2]},
		{"line-break", ID, Secret + "\n", "", one},
		{"blank", ID, " " + Secret, "", one},
		{"other", ID, OtherSecret, "", one},
		{"swapped", ID, ID, "", one},
		{"nobody", ID, "aSecretThatNobodyKnows0000000000", "", one},
	}
}

// Load reads all files. An unknown field is an error.
func Load() ([]File, error) {
	return vectors.Read(files, func(f *File) int { return len(f.Cases) })
}

// URL is that of a request.
func (c *Case) URL() string { return "http://" + c.Host + c.Target }

// Header are the headers of a request.
func (c *Case) Header() http.Header {
	h := make(http.Header, len(c.Headers))
	for name, value := range c.Headers {
		h.Set(name, value)
	}
	return h
}
