package storage

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/afero"
)

// Staged is a body on its way in. It is written by one goroutine, then either
// committed under a key or aborted; nobody sees it before the commit.
type Staged struct {
	s     *Store
	hint  int64
	epoch uint64
	file  afero.File
	seg   Segment
	done  bool
	err   error // of an earlier write: the body is not whole
}

// errSpent answers a write or commit after Commit or Abort.
var errSpent = errors.New("storage: the staged body was committed or aborted before")

// CommitOptions are the conditions of a commit.
type CommitOptions struct {
	// IfAbsent refuses, with ErrObjectExists, to replace an object.
	IfAbsent bool
}

// Stage begins a body. sizeHint is its size in bytes if known, else -1; it is
// only a hint. The file is made by the first Write, so that a body which never
// comes costs nothing.
func (s *Store) Stage(sizeHint int64) (*Staged, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return &Staged{s: s, hint: sizeHint, epoch: s.epoch}, nil
}

// Write appends p to the body. p is the caller's again when it returns. After
// an error the body cannot be committed.
func (st *Staged) Write(p []byte) (int, error) {
	if st.done {
		return 0, errSpent
	}
	if st.err != nil {
		return 0, st.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if st.file == nil {
		if st.err = st.create(); st.err != nil {
			return 0, st.err
		}
	}
	n, err := st.file.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	st.seg.Size += int64(n)
	st.err = err
	return n, err
}

// create makes the blob.
func (st *Staged) create() error {
	if err := st.s.enter(); err != nil {
		return err
	}
	defer st.s.leave()
	id, f, err := st.s.blobs.create()
	if err != nil {
		return err
	}
	st.seg.Blob, st.file = id, f
	if g, ok := f.(interface{ Reserve(size int64) }); ok && st.hint > 0 {
		g.Reserve(st.hint)
	}
	return nil
}

// Size is the number of bytes written so far.
func (st *Staged) Size() int64 { return st.seg.Size }

// Commit makes the body the object o of bucket, in place of the one of that
// key if there is one. Size and Segments of o are set by the store. When it
// returns an error, what was there before is there still, whole, and the body
// is gone.
func (st *Staged) Commit(bucket string, o Object, c CommitOptions) error {
	if st.done {
		return errSpent
	}
	if err := st.finish(bucket, &o, c); err != nil {
		st.abort()
		return err
	}
	st.done = true
	st.unpin()
	return nil
}

// finish closes the blob and names it in the index.
func (st *Staged) finish(bucket string, o *Object, c CommitOptions) error {
	if st.err != nil {
		return st.err
	}
	if o.Key == "" || len(o.Key) > MaxKeySize {
		return fmt.Errorf("%w: key of %d bytes", ErrName, len(o.Key))
	}
	if err := st.closeFile(); err != nil {
		return err
	}
	o.Size, o.Segments = st.seg.Size, nil
	if st.seg.Size > 0 {
		o.Segments = []Segment{st.seg}
	}
	return st.s.put(bucket, o, c, st.epoch)
}

// closeFile closes the blob and makes it lasting if the store should.
func (st *Staged) closeFile() error {
	if st.file == nil {
		return nil
	}
	f := st.file
	st.file = nil
	var err error
	if st.s.blobs.fsync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return st.s.blobs.syncDir(blobDir(st.seg.Blob))
}

// Abort removes the body. After Commit it does nothing, so it can be deferred.
func (st *Staged) Abort() error {
	if !st.done {
		st.abort()
	}
	return nil
}

func (st *Staged) abort() {
	st.done = true
	if st.seg.Blob == (Segment{}).Blob {
		return
	}
	if st.file != nil {
		_ = st.file.Close() // the file is removed next
		st.file = nil
	}
	st.s.blobs.pins.doom(st.seg)
	st.unpin()
}

func (st *Staged) unpin() {
	if st.seg.Blob != (Segment{}).Blob {
		st.s.blobs.remove(st.s.blobs.pins.drop(st.seg))
	}
}

// scratch is memory for one index change, used again and again.
type scratch struct{ key, old, rec []byte }

// put makes o the current object of its key.
func (s *Store) put(bucket string, o *Object, c CommitOptions, epoch uint64) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if epoch != s.epoch {
		return fmt.Errorf("%w: the store was reset while the body was on its way", ErrNoBucket)
	}
	m := s.scratch.Get().(*scratch)
	defer s.scratch.Put(m)
	replaced, err := s.replace(m, bucket, o, c)
	if err != nil {
		return err
	}
	s.retire(replaced)
	return nil
}

// replace does the read-modify-write of put under the lock of its key.
func (s *Store) replace(m *scratch, bucket string, o *Object, c CommitOptions) ([]Segment, error) {
	m.rec = appendObject(m.rec[:0], o)
	sp := s.stripe(bucket, o.Key)
	sp.Lock()
	defer sp.Unlock()
	if err := s.needBucket(m, bucket); err != nil {
		return nil, err
	}
	m.key = objectKey(m.key[:0], bucket, o.Key)
	old, found, err := s.ix.Get(m.old[:0], m.key)
	m.old = old
	if err != nil {
		return nil, err
	}
	if found && c.IfAbsent {
		return nil, ErrObjectExists
	}
	var segs []Segment
	if found {
		prev, err := decodeObject(old, o.Key, false)
		if err != nil {
			return nil, err
		}
		segs = prev.Segments
	}
	if err := s.ix.Apply(Op{Kind: OpPut, Key: m.key, Value: m.rec}); err != nil {
		return nil, err
	}
	sp.changes.Add(1)
	return segs, nil
}

func (s *Store) needBucket(m *scratch, bucket string) error {
	m.key = bucketKey(m.key[:0], bucket)
	v, found, err := s.ix.Get(m.old[:0], m.key)
	m.old = v
	if err == nil && !found {
		err = fmt.Errorf("%w: %s", ErrNoBucket, bucket)
	}
	return err
}
