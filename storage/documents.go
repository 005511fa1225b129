package storage

import (
	"errors"
	"fmt"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// MaxDocumentName is the longest kind and the longest name of a document in
// bytes.
const MaxDocumentName = 1024

// Document is a piece of data of the whole store, not of a bucket. The store does not
// know what it means.
type Document struct {
	Name string
	Data []byte
}

// documents are the documents of a store.
type documents struct{ *core }

// PutDocument stores a document under a kind and a name and replaces one that is
// there. Reset removes it.
func (s documents) PutDocument(kind, name string, doc []byte) error {
	for _, n := range []string{kind, name} {
		if n == "" || len(n) > MaxDocumentName {
			return fmt.Errorf("%w: kind or name of a document of %d bytes", ErrName, len(n))
		}
	}
	return s.changeDocument(index.Op{Kind: index.Put, Key: keys.Document(kind, name), Value: doc})
}

// DeleteDocument removes a document; one that is not there is no error.
func (s documents) DeleteDocument(kind, name string) error {
	return s.changeDocument(index.Op{Kind: index.Delete, Key: keys.Document(kind, name)})
}

func (s documents) changeDocument(op index.Op) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return asFull(s.ix.Apply(op))
}

// Document returns the document of that kind and name, or ErrNoDocument.
func (s documents) Document(kind, name string) ([]byte, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	doc, found, err := s.ix.Get(nil, keys.Document(kind, name))
	if err == nil && !found {
		err = fmt.Errorf("%w: %s %q", ErrNoDocument, kind, name)
	}
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// Documents returns all documents of a kind in the byte order of their names.
func (s documents) Documents(kind string) (docs []Document, err error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	prefix := keys.Document(kind, "")
	cur, err := s.ix.Scan(prefix, keys.After([]byte(string(prefix))))
	if err != nil {
		return nil, err
	}
	for ok := cur.Seek(prefix); ok && err == nil; ok = cur.Next() {
		var doc []byte
		if doc, err = cur.Value(); err == nil {
			docs = append(docs, Document{Name: string(cur.Key()[len(prefix):]), Data: append([]byte{}, doc...)})
		}
	}
	if err = errors.Join(err, cur.Close()); err != nil {
		return nil, err
	}
	return docs, nil
}
