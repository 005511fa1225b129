package storage

import (
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/spf13/afero"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// Staged is a body that is being uploaded. One goroutine writes it and then
// commits it under a key or aborts it. Nobody sees it before the commit.
type Staged struct {
	s      objects
	hint   int64
	paid   int64 // bytes taken from the memory budget and not yet given to the file
	epoch  uint64
	clears uint64 // bucketSet.now when it was staged
	seg    Segment
	segs   [1]Segment // what a committed object gets as its segments
	m      *scratch   // m.data is the body while it is small enough for a row
	file   afero.File // the body otherwise, until it is closed
	err    error      // of an earlier write: the body is not whole
	done   bool
	about  *Object // for the label of what is appended; nil: nothing is known
}

// errFinished answers a write or commit after Commit or Abort.
var errFinished = errors.New("storage: the staged body was committed or aborted before")

// Stage begins a body. sizeHint is its size in bytes, -1 if unknown; it need not
// be right. No file is made before bytes arrive. A store in memory sets aside
// sizeHint bytes and refuses with ErrMemory if it has not so many.
func (s objects) Stage(sizeHint int64) (*Staged, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	if s.full() {
		return nil, s.asFull(ErrFull)
	}
	if !s.memory.Take(sizeHint) {
		return nil, s.asFull(ErrFull)
	}
	m := s.scratch.Get().(*scratch)
	m.data = m.data[:0]
	return &Staged{s: s, hint: sizeHint, paid: max(sizeHint, 0), epoch: s.epoch, clears: s.set().now(), m: m}, nil
}

// Write appends p to the body and does not keep p. After an error the body
// cannot be committed.
func (st *Staged) Write(p []byte) (int, error) {
	switch {
	case st.done:
		return 0, errFinished
	case st.err != nil:
		return 0, st.err
	case len(p) == 0:
		return 0, nil
	}
	n, err := st.write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	st.seg.Size += int64(n)
	st.err = st.s.asFull(err)
	return n, st.err
}

func (st *Staged) write(p []byte) (int, error) {
	if st.file == nil {
		if st.hint <= int64(st.s.inline) && len(st.m.data)+len(p) <= st.s.inline {
			st.m.data = append(st.m.data, p...)
			return len(p), nil
		}
		if err := st.toFile(); err != nil {
			return 0, err
		}
	}
	return st.file.Write(p)
}

// toFile makes a file for the body and writes to it what came so far.
func (st *Staged) toFile() error {
	if err := st.s.enter(); err != nil {
		return err
	}
	defer st.s.leave()
	id, f, err := st.s.files.Create()
	if err != nil {
		return err
	}
	st.seg.Blob, st.file = id, f
	if r, ok := f.(interface{ Reserve(size int64) }); ok && st.hint > 0 {
		r.Reserve(st.hint)
	}
	if p, ok := f.(interface{ Prepaid(n int64) }); ok {
		p.Prepaid(st.paid)
		st.paid = 0
	}
	kept := st.m.data
	if len(kept) == 0 {
		return nil
	}
	n, err := f.Write(kept)
	if err == nil && n < len(kept) {
		err = io.ErrShortWrite
	}
	return err
}

// Size is the number of bytes written so far.
func (st *Staged) Size() int64 { return st.seg.Size }

// ReadAt reads what was written so far, before a commit. It is for the goroutine that writes.
func (st *Staged) ReadAt(p []byte, off int64) (int, error) {
	switch {
	case st.done:
		return 0, errFinished
	case st.err != nil:
		return 0, st.err
	case st.file != nil:
		return st.file.ReadAt(p, off)
	case off >= int64(len(st.m.data)):
		return 0, io.EOF
	}
	n := copy(p, st.m.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Abort removes the body. After Commit it does nothing, so it can be deferred.
func (st *Staged) Abort() error {
	if !st.done {
		st.abort()
	}
	return nil
}

// abort removes the body.
func (st *Staged) abort() {
	if st.file != nil {
		_ = st.file.Close() // it is removed next
		st.file = nil
	}
	if st.inFile() {
		st.s.files.Remove(st.seg.Blob)
	}
	st.finish()
}

// finish releases what a staged body holds.
func (st *Staged) finish() {
	st.done = true
	if st.inFile() {
		st.s.files.Release(st.seg.Blob)
	}
	st.s.memory.Add(-st.paid)
	st.paid = 0
	st.s.scratch.Put(st.m)
	st.m = nil
}

// inFile reports whether a file was made for the body.
func (st *Staged) inFile() bool { return st.seg.Blob != uuid.Nil && !st.seg.Inline }

// CommitOptions are the conditions of a commit.
type CommitOptions struct {
	// IfAbsent refuses, with ErrObjectExists, to replace an object.
	IfAbsent bool
}

// Commit makes the body the object o of bucket. An object of that key is
// replaced, or stays as a version if the bucket keeps versions. Commit sets Size,
// Segments and VersionID and returns the object as it is stored.
//
// After an error the earlier object is unchanged and the body is gone. Only
// ErrUnknown leaves open which of the two is there.
func (st *Staged) Commit(bucket string, o Object, c CommitOptions) (Object, error) {
	if st.done {
		return Object{}, errFinished
	}
	if err := st.end(st.commit(bucket, &o, c)); err != nil {
		return Object{}, err
	}
	return o, nil
}

// end releases what the staged body holds. err is the result of its commit.
func (st *Staged) end(err error) error {
	switch {
	case err == nil:
		st.finish()
	case errors.Is(err, ErrUnknown):
		st.s.files.NoteLeftover() // the index may name the file: it stays, for the next start to see
		st.finish()
	default:
		st.abort()
	}
	return asFull(err)
}

func (st *Staged) commit(bucket string, o *Object, c CommitOptions) error {
	if err := checkKey(o.Key); err != nil {
		return err
	}
	if err := st.label(label{bucket: bucket, object: *o}); err != nil {
		return err
	}
	segs, err := st.ready(bucket)
	if err != nil {
		return err
	}
	defer st.s.leave()
	o.Size, o.Segments, o.UploadID = st.seg.Size, segs, ""
	replaced, err := st.s.replace(st.m, bucket, o, c, nil)
	if err != nil {
		return err
	}
	st.s.removeFiles(replaced)
	return nil
}

// seal closes the file, or makes the body an inline segment.
func (st *Staged) seal() error {
	if st.err != nil {
		return st.err
	}
	if err := st.closeFile(); err != nil {
		return err
	}
	if st.seg.Size > 0 && st.seg.Blob == uuid.Nil {
		st.seg.Blob, st.seg.Inline = st.s.files.NewID(), true
	}
	return nil
}

// ready closes the body and enters the store: if it succeeds, the caller must
// leave. It returns the segments of the body.
func (st *Staged) ready(bucket string) ([]Segment, error) {
	if err := st.seal(); err != nil {
		return nil, err
	}
	if err := st.s.enter(); err != nil {
		return nil, err
	}
	if st.epoch != st.s.epoch || st.s.set().clearedSince(bucket, st.clears) {
		st.s.leave()
		return nil, fmt.Errorf("%w: %s: the store was reset while the body was on its way", ErrNoBucket, bucket)
	}
	if st.seg.Size == 0 {
		return nil, nil
	}
	st.segs[0] = st.seg
	return st.segs[:], nil
}

// checkKey refuses a key that cannot be stored.
func checkKey(key string) error {
	if key == "" || len(key) > MaxKeySize {
		return fmt.Errorf("%w: key of %d bytes", ErrName, len(key))
	}
	return nil
}

// closeFile closes the file and makes it lasting if the store should.
func (st *Staged) closeFile() error {
	if st.file == nil {
		return nil
	}
	f := st.file
	st.file = nil
	return st.s.files.Close(st.seg.Blob, f)
}

// replace makes o the current object of its key. Without u the body was staged,
// and m.data holds the bytes of an inline segment. With u the body is the parts of
// an upload, which ends in the same batch. It sets the version id of o and returns
// the segments that no row names any more.
func (s objects) replace(m *scratch, bucket string, o *Object, c CommitOptions, u *completion) ([]Segment, error) {
	o.VersionID, o.DeleteMarker = "", false
	m.key = keys.Object(m.key[:0], bucket, o.Key)
	m.rec = appendObject(m.rec[:0], o)
	batch := append(m.ops[:0], index.Op{Kind: index.Put, Key: m.key, Value: m.rec})
	sp := s.stripe(bucket, o.Key)
	sp.Lock()
	defer sp.Unlock()
	b, err := s.bucket(bucket)
	if err != nil {
		return nil, err
	}
	var unused []Segment
	if u == nil {
		batch = appendData(batch, o.Segments, m.data)
	} else {
		batch, unused, err = uploads(s).endUpload(batch, u)
	}
	if err != nil {
		return nil, err
	}
	old, found, err := s.segmentsAt(m)
	if err != nil {
		return nil, err
	}
	if found && c.IfAbsent {
		return nil, fmt.Errorf("%w: %q in %s", ErrObjectExists, o.Key, bucket)
	}
	if b.Versioning == VersioningNever {
		batch = appendDataRemoval(batch, old)
	} else if batch, old, err = s.addVersion(m, &b, o, batch); err != nil {
		return nil, err
	}
	if err := s.changing(bucket, o.Key); err != nil {
		return nil, err
	}
	if err := s.ix.Apply(batch...); err != nil {
		return nil, err
	}
	sp.changes.Add(1)
	return append(old, unused...), nil
}
