package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/cosemu/cosemu/emulator/body"
	"github.com/cosemu/cosemu/emulator/cors"
	"github.com/cosemu/cosemu/emulator/coserr"
	"github.com/cosemu/cosemu/storage"
)

// bucketDocument is a configuration of a bucket that is set, shown and removed
// as one document.
type bucketDocument struct {
	sub    string // the sub-resource, and its name in the store
	action string // as policies name it behind Put, Get and Delete
	limit  int64  // of its size, in bytes
	check  func(doc []byte) *coserr.Error
	// put is the status of a PUT that went well.
	put int
	// show makes of the stored document what GET gives; nil: as it came.
	show func(doc []byte) ([]byte, *coserr.Error)
	// none is what GET says where there is none, or, when empty, unset is what
	// it shows instead.
	none  coserr.Code
	unset string
	// permanent tells that there is no DELETE of it.
	permanent bool
}

// bucketDocuments is what can be configured about a bucket (COS docs: Bucket
// 接口).
func bucketDocuments() []bucketDocument {
	return []bucketDocument{
		{
			sub: configCORS, action: "BucketCORS", limit: cors.MaxXML, put: http.StatusOK,
			check: checkedBy(cors.Parse), show: showCORS, none: coserr.NoSuchCORSConfiguration,
		},
	}
}

// checkedBy judges a document by the reader of its kind.
func checkedBy[T any](parse func([]byte) (*T, *coserr.Error)) func([]byte) *coserr.Error {
	return func(doc []byte) *coserr.Error {
		_, err := parse(doc)
		return err
	}
}

func showCORS(doc []byte) ([]byte, *coserr.Error) {
	rules, err := cors.Parse(doc)
	if err != nil {
		return nil, err
	}
	return rules.AppendXML(nil), nil
}

// configOperations are the rows of all of them, for the owner alone.
func configOperations() []operation {
	var rows []operation
	for _, d := range bucketDocuments() {
		rows = append(rows,
			operation{
				name: "Put" + d.action, scope: scopeBucket, method: http.MethodPut, sub: d.sub,
				run: func(e *Emulator, c *call) (*reply, error) { return e.putDocument(c, &d) },
			},
			operation{
				name: "Get" + d.action, scope: scopeBucket, method: http.MethodGet, sub: d.sub,
				run: func(e *Emulator, c *call) (*reply, error) { return e.getDocument(c, &d) },
			})
		if d.permanent {
			continue
		}
		rows = append(rows, operation{
			name: "Delete" + d.action, scope: scopeBucket, method: http.MethodDelete, sub: d.sub,
			run: func(e *Emulator, c *call) (*reply, error) { return e.deleteDocument(c, &d) },
		})
	}
	return rows
}

func (e *Emulator) putDocument(c *call, d *bucketDocument) (*reply, error) {
	doc, err := e.readDocument(c, d.limit)
	if err != nil {
		return nil, err
	}
	if err := d.check(doc); err != nil {
		return nil, err
	}
	if err := e.store.PutConfig(c.bucket.Name, d.sub, doc); err != nil {
		return nil, err
	}
	return &reply{status: d.put}, nil
}

func (e *Emulator) getDocument(c *call, d *bucketDocument) (*reply, error) {
	doc, err := e.store.Config(c.bucket.Name, d.sub)
	switch {
	case errors.Is(err, storage.ErrNoConfig) && d.none != "":
		return nil, coserr.New(d.none)
	case errors.Is(err, storage.ErrNoConfig):
		return xmlReply([]byte(d.unset)), nil
	case err != nil:
		return nil, err
	}
	if d.show != nil {
		var cerr *coserr.Error
		if doc, cerr = d.show(doc); cerr != nil {
			return nil, unreadable(d.sub, cerr)
		}
	}
	return xmlReply(doc), nil
}

// deleteDocument answers alike whether there was one or not (choice 192).
func (e *Emulator) deleteDocument(c *call, d *bucketDocument) (*reply, error) {
	if err := e.store.DeleteConfig(c.bucket.Name, d.sub); err != nil {
		return nil, err
	}
	return &reply{status: http.StatusNoContent}, nil
}

// readDocument reads a body of at most limit bytes into memory, and holds it
// against its Content-MD5 where it has one. A longer one is XMLSizeLimit (COS
// docs: 错误码).
func (e *Emulator) readDocument(c *call, limit int64) ([]byte, error) {
	spec, cerr := body.Check(c.http, limit)
	if cerr != nil {
		return nil, documentError(cerr)
	}
	var doc bytes.Buffer
	digest, err := e.bodies.Copy(&doc, c.http.Body, spec)
	c.received = digest.Size
	return doc.Bytes(), documentError(err)
}

func documentError(err error) error {
	var cerr *coserr.Error
	if errors.As(err, &cerr) && cerr.Code == coserr.EntityTooLarge {
		return coserr.New(coserr.XMLSizeLimit)
	}
	return err
}

// configs remembers what the configurations of buckets say, so that a document
// is taken apart once and not with every request. It goes by the document's
// bytes: one that has changed is never taken for the one before.
type configs struct {
	mu   sync.RWMutex
	read map[configKey]parsedConfig
}

type configKey struct{ bucket, name string }

type parsedConfig struct {
	doc   []byte
	value any
}

// maxConfigs bounds what is remembered; past it, everything is forgotten.
const maxConfigs = 1000

func (s *configs) get(key configKey, doc []byte) (value any, found bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	have, found := s.read[key]
	return have.value, found && bytes.Equal(have.doc, doc)
}

func (s *configs) put(key configKey, doc []byte, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read == nil || len(s.read) >= maxConfigs {
		s.read = make(map[configKey]parsedConfig)
	}
	s.read[key] = parsedConfig{doc: doc, value: value}
}

// readConfig returns what a bucket's configuration says; nil when it has none.
// What it returns is shared: it is not to be written to.
func readConfig[T any](e *Emulator, bucket, name string, parse func([]byte) (*T, *coserr.Error)) (*T, error) {
	doc, err := e.store.Config(bucket, name)
	switch {
	case errors.Is(err, storage.ErrNoConfig), errors.Is(err, storage.ErrNoBucket):
		return nil, nil // gone since the bucket was looked up
	case err != nil:
		return nil, err
	}
	key := configKey{bucket, name}
	if value, found := e.configs.get(key, doc); found {
		return value.(*T), nil
	}
	value, cerr := parse(doc)
	if cerr != nil {
		return nil, unreadable(name, cerr)
	}
	e.configs.put(key, doc, value)
	return value, nil
}

// unreadable is a stored document that its own reader refuses, though it was
// judged when it was stored: a fault of this server.
func unreadable(name string, cause *coserr.Error) error {
	return coserr.New(coserr.InternalError).WithCause(fmt.Errorf("reading the stored configuration %q: %w", name, cause))
}
