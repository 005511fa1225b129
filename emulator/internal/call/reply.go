package call

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/cors"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// Reply is what is to be answered. Operations return it and write nothing.
type Reply struct {
	Status int
	Header []storage.Field
	Body   []byte          // an XML document, or
	Stream *storage.Reader // an object's bytes, Size of them
	Size   int64
	Pace   *Traffic      // how fast the bytes go; nil: as they can
	Err    *coserr.Error // set on refusals

	room [8]storage.Field // for Header: a slice that grows costs as much as the rest
}

// Add adds a header.
func (r *Reply) Add(name, value string) {
	if r.Header == nil {
		r.Header = r.room[:0]
	}
	r.Header = append(r.Header, storage.Field{Name: name, Value: value})
}

// XMLReply answers 200 with a document.
func XMLReply(doc []byte) *Reply {
	r := &Reply{Status: http.StatusOK, Body: doc}
	r.Add("Content-Type", "application/xml")
	return r
}

// SSEHeader is the header of server-side encryption as it goes on the wire, and
// the beginning of the others.
const SSEHeader = "x-cos-server-side-encryption"

// Encryption says again what encryption an upload asked for.
func (r *Reply) Encryption(stored []storage.Field) {
	for _, f := range stored {
		if strings.HasPrefix(f.Name, SSEHeader) {
			r.Add(f.Name, f.Value)
		}
	}
}

// Stored names the version that an upload made. In a bucket whose versioning is
// suspended it is null, and the header is absent (COS docs: PUT Object, POST
// Object).
func (r *Reply) Stored(o *storage.Object) {
	if o.VersionID != storage.NullVersion {
		r.Versioned(o.VersionID)
	}
}

// Versioned names a version, null included; in a bucket that never had any there
// is nothing to name.
func (r *Reply) Versioned(id string) {
	if id != "" {
		r.Add("x-cos-version-id", id)
	}
}

// AddCORS adds what lets a page of another origin see the answer.
func (r *Reply) AddCORS(list []cors.Header) {
	for _, h := range list {
		r.Add(h.Name, h.Value)
	}
}
