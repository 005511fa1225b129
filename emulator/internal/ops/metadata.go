package ops

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/mediatype"
	"github.com/cosemu/cosemu/storage"
)

const (
	defaultContentType = mediatype.Default // choice 60
	metaPrefix         = "X-Cos-Meta-"

	maxMetaValue = 2 << 10 // bytes of one x-cos-meta header (COS docs: PUT Object)
	maxMetaTotal = 4 << 10 // bytes of all of them, names and values
)

// metadata is what an upload says about an object beside its body.
type metadata struct {
	header          []storage.Field // given back on download, as it goes on the wire
	storageClass    string
	acl             string
	tags            []storage.Field
	forbidOverwrite bool
}

// object is the object that an upload says: its key, its body and what follows
// from that are still to be filled in.
func (m *metadata) object(c *call.Call) storage.Object {
	return storage.Object{
		Modified: c.At.UTC(), StorageClass: m.storageClass, Header: m.header, ACL: m.acl, Tags: m.tags,
	}
}

// commit is how what is uploaded takes its place. Forbidding to overwrite has
// no effect in a bucket that ever had versioning, where nothing is lost (COS
// docs, newer pages: PUT Object).
func (m *metadata) commit(c *call.Call) storage.CommitOptions {
	return storage.CommitOptions{IfAbsent: m.forbidOverwrite && !c.Versioned()}
}

// readMetadata takes the metadata of the object that the call names from the
// headers of an upload. A header without a value counts as not sent, since SDKs
// and browsers send such. A Content-Type that was not sent is that of the key's
// extension (said by the maintainers in cos-js-sdk-v5 issue 40, asserted by the
// SDKs' suites).
func readMetadata(c *call.Call, h http.Header) (metadata, error) {
	var m metadata
	for _, name := range [...]string{"Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires"} {
		v := call.First(h, name)
		if v == "" && name == "Content-Type" {
			v = mediatype.OfKey(c.Key())
		}
		if v != "" {
			m.header = append(m.header, storage.Field{Name: name, Value: v})
		}
	}
	if err := m.readUserMeta(h); err != nil {
		return m, err
	}
	var err *coserr.Error
	if m.storageClass, err = storageClass(&c.Bucket, call.First(h, "X-Cos-Storage-Class")); err != nil {
		return m, err
	}
	if m.acl, err = objectACL(h); err != nil {
		return m, err
	}
	m.forbidOverwrite = forbidsOverwrite(h)
	if err := m.readTags(h); err != nil {
		return m, err
	}
	// Not in the return: it changes m.
	encryption := m.readEncryption(h)
	return m, encryption
}

func forbidsOverwrite(h http.Header) bool {
	return strings.EqualFold(call.First(h, "X-Cos-Forbid-Overwrite"), "true")
}

// readUserMeta takes the x-cos-meta-* headers, names in lower case and in
// order (choice 61 on the code for too much of it).
func (m *metadata) readUserMeta(h http.Header) error {
	var names []string
	for name := range h {
		if strings.HasPrefix(name, metaPrefix) && len(name) > len(metaPrefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	total := 0
	for _, name := range names {
		value := strings.Join(h[name], ",")
		if value == "" {
			continue
		}
		total += len(name) - len(metaPrefix) + len(value)
		if len(value) > maxMetaValue || total > maxMetaTotal {
			return coserr.New(coserr.InvalidArgument).
				WithMessage("The user-defined metadata (x-cos-meta-*) exceeds 2 KB for one header or 4 KB for all.")
		}
		m.header = append(m.header, storage.Field{Name: strings.ToLower(name), Value: value})
	}
	return nil
}
