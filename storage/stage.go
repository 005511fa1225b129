package storage

import (
	"errors"
	"io"

	"github.com/google/uuid"
	"github.com/spf13/afero"
)

// Staged is a body on its way in. It is written by one goroutine, then either
// committed under a key or aborted; nobody sees it before the commit.
type Staged struct {
	s     objects
	hint  int64
	paid  int64 // taken from the store's memory, until a file has it
	epoch uint64
	seg   Segment
	segs  [1]Segment // what a committed object gets as its segments
	m     *scratch   // m.data is the body while it is small enough for the index
	file  afero.File // the body otherwise, until it is closed
	err   error      // of an earlier write: the body is not whole
	done  bool
	about *Object // for the label of what is appended; nil: nothing is known
}

// errSpent answers a write or commit after Commit or Abort.
var errSpent = errors.New("storage: the staged body was committed or aborted before")

// Stage begins a body. sizeHint is its size in bytes if known, else -1; it is
// only a hint. No file is made before bytes arrive, so a body that never comes
// costs nothing; in memory so many bytes are set aside for it, and ErrMemory
// says at once that there are not so many.
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
	return &Staged{s: s, hint: sizeHint, paid: max(sizeHint, 0), epoch: s.epoch, m: m}, nil
}

// Write appends p to the body. p is the caller's again when it returns. After
// an error the body cannot be committed.
func (st *Staged) Write(p []byte) (int, error) {
	switch {
	case st.done:
		return 0, errSpent
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
		if err := st.spill(); err != nil {
			return 0, err
		}
	}
	return st.file.Write(p)
}

// spill makes a file for the body and moves there what is kept of it so far.
func (st *Staged) spill() error {
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

// finish gives up what a body needs while it is staged.
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
