package snapshot

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/cosemu/cosemu/storage"
)

// A receiver is given what a file holds, in its order.
type receiver interface {
	begin(m *manifest) error
	bucket(b *bucket) error
	object(b *bucket, o *object, body io.Reader) error
}

// read reads a whole file and judges all of it. Errors of the file wrap ErrDamaged.
func read(file io.ReaderAt, size int64, to receiver) error {
	r := &reader{
		tar: tar.NewReader(bufio.NewReaderSize(io.NewSectionReader(file, 0, size), 256<<10)), size: size, sum: sha256.New(), to: to,
	}
	return r.all()
}

type reader struct {
	tar  *tar.Reader
	size int64
	sum  hash.Hash
	to   receiver
	body *io.LimitedReader // of the current entry
	last string            // key of the object before
}

func (r *reader) all() error {
	h, err := r.next()
	if err != nil {
		return err
	}
	if h.Name != manifestName {
		return damaged("it begins with %.40q", h.Name)
	}
	m := &manifest{}
	if err := r.document(h, maxManifest, m); err != nil {
		return err
	}
	if err := m.check(); err != nil {
		return err
	}
	if err := r.to.begin(m); err != nil {
		return err
	}
	at, n := -1, 0 // the bucket, and its object
	for {
		want := r.sum.Sum(nil)
		if h, err = r.next(); err != nil {
			return err
		}
		if h.Name == checksumName {
			if err := r.checksum(h, want); err != nil {
				return err
			}
			return r.buckets(m, &at, len(m.Buckets)-1)
		}
		n++
		for at < 0 || h.Name != objectName(&m.Buckets[at], n) { // perhaps the first of a later bucket
			if at+1 == len(m.Buckets) {
				return damaged("the entry %.80q is out of place", h.Name)
			}
			n = 1
			if err := r.buckets(m, &at, at+1); err != nil {
				return err
			}
		}
		if err := r.object(&m.Buckets[at], h, n); err != nil {
			return err
		}
	}
}

func objectName(b *bucket, n int) string { return fmt.Sprintf("%s/%010d.json", b.Name, n) }

// buckets hands on the buckets up to one.
func (r *reader) buckets(m *manifest, at *int, last int) error {
	for *at < last {
		*at++
		r.last = ""
		if err := r.to.bucket(&m.Buckets[*at]); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) object(b *bucket, h *tar.Header, n int) error {
	o := &object{}
	if err := r.document(h, maxObject, o); err != nil {
		return err
	}
	if err := o.check(b, r.last); err != nil {
		return err
	}
	r.last = string(o.Key)
	sum := &sumReader{from: bytes.NewReader(nil)}
	if o.Size > 0 {
		h, err := r.next()
		if err != nil {
			return err
		}
		if h.Name != fmt.Sprintf("%s/%010d", b.Name, n) || h.Size != o.Size {
			return damaged("the bytes of %.80q are not there", string(o.Key))
		}
		sum.from = r.body
	}
	if err := r.to.object(b, o, sum); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, sum); err != nil {
		return r.failed(err)
	}
	if r.left() || sum.n != o.Size || sum.sum != o.CRC64 {
		return damaged("the bytes of %.80q are not those that were saved", string(o.Key))
	}
	return nil
}

// left reports whether the entry has bytes that were not read.
func (r *reader) left() bool { return r.body.N > 0 }

// sumReader sums a body while it is read.
type sumReader struct {
	from io.Reader
	n    int64
	sum  uint64
}

// Read implements io.Reader.
func (s *sumReader) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.n += int64(n)
	s.sum = storage.CRC64(s.sum, p[:n])
	return n, err
}

// next returns the next entry, which is a plain file.
func (r *reader) next() (*tar.Header, error) {
	if r.body != nil && r.left() {
		return nil, damaged("an entry was cut off")
	}
	h, err := r.tar.Next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, damaged("its end is missing")
		}
		return nil, r.failed(err)
	}
	// A sparse file would be longer than the archive; an extended header could say anything.
	if h.Typeflag != tar.TypeReg || len(h.PAXRecords) > 0 || h.Size > r.size || h.Size > maxBody {
		return nil, damaged("the entry %.80q is no plain file", h.Name)
	}
	sumName(r.sum, h.Name, h.Size)
	r.body = &io.LimitedReader{R: io.TeeReader(r.tar, r.sum), N: h.Size}
	return h, nil
}

// failed tells an error of the archive from one of where it is kept.
func (r *reader) failed(err error) error {
	if errors.Is(err, ErrDamaged) {
		return err
	}
	if errors.Is(err, tar.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrFieldTooLong) {
		return damaged("%v", err)
	}
	return err
}

// document reads an entry as JSON, which has no member that is unknown.
func (r *reader) document(h *tar.Header, most int64, into any) error {
	if h.Size > most {
		return damaged("%.80q has %d bytes", h.Name, h.Size)
	}
	data, err := io.ReadAll(r.body)
	if err != nil {
		return r.failed(err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return damaged("%.80q cannot be read", h.Name)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return damaged("%.80q goes on after its end", h.Name)
	}
	return nil
}

// checksum compares the last entry, after which nothing comes.
func (r *reader) checksum(h *tar.Header, want []byte) error {
	if h.Size > 2*sha256.Size+1 {
		return damaged("its checksum cannot be read")
	}
	got, err := io.ReadAll(r.body)
	if err != nil {
		return r.failed(err)
	}
	if string(got) != hex.EncodeToString(want)+"\n" {
		return damaged("its checksum differs")
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return damaged("it goes on after its end")
	}
	return nil
}
