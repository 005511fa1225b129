package storage

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync/atomic"

	"github.com/google/uuid"
)

// sweepBatch is how many blobs are judged with one pass over the index; it
// bounds the memory of a sweep to 16 bytes times this.
const sweepBatch = 1 << 18

// sweeper removes the files that no row names: those left by a crash between
// the making of a blob and its commit, or between the commit of a blob and the
// removal of the one it replaced. It runs beside the work of the store, once
// after an open that follows no orderly close.
type sweeper struct {
	s     *Store
	batch int
	quit  atomic.Bool // set by Close
	done  chan struct{}
	err   error // after done
}

// errStopped ends a sweep that Close has stopped.
var errStopped = errors.New("storage: sweep stopped")

func newSweeper(s *Store, batch int) *sweeper {
	if batch == 0 {
		batch = sweepBatch
	}
	return &sweeper{s: s, batch: batch, done: make(chan struct{})}
}

func (w *sweeper) start(needed bool) {
	if !needed {
		close(w.done)
		return
	}
	go func() {
		defer close(w.done)
		w.err = w.run()
		if w.err != nil && !errors.Is(w.err, errStopped) {
			w.s.log.Warn("storage: orphaned bodies could not be swept; the next start tries again", "err", w.err)
		}
	}()
}

// wait waits for the sweep to stop and reports whether it did all its work.
func (w *sweeper) wait() bool {
	<-w.done
	return w.err == nil
}

// Swept is closed when no body is left over from a crash before this start.
// The store is of full use before.
func (s *Store) Swept() <-chan struct{} { return s.sweep.done }

func (w *sweeper) run() error {
	var found []uuid.UUID
	for n := range fanout * fanout {
		var err error
		found, err = w.list(w.s.blobs.dir(n), found)
		if err != nil {
			return err
		}
	}
	return w.judge(found)
}

// list adds the blobs of a folder to found, and judges whenever there are
// enough.
func (w *sweeper) list(dir string, found []uuid.UUID) ([]uuid.UUID, error) {
	f, err := w.s.blobs.fs.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return found, err
	}
	defer f.Close()
	for {
		if w.quit.Load() {
			return found, errStopped
		}
		names, err := f.Readdirnames(1024)
		for _, name := range names {
			if id, ok := parseBlob(name); ok {
				found = append(found, id)
			}
		}
		if len(found) >= w.batch {
			if err := w.judge(found); err != nil {
				return found, err
			}
			found = found[:0]
		}
		if errors.Is(err, io.EOF) || (err == nil && len(names) == 0) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
	}
}

// judge removes those of the files found that are orphans. A file listed
// before is one of: named by the index as it is from now on; still being
// written, then it is held; no longer needed, then whoever replaced it removes
// it too; or an orphan. The order matters: a file that is not held after it
// was listed, and not named after that, will never be named.
func (w *sweeper) judge(found []uuid.UUID) error {
	found = slices.DeleteFunc(found, w.s.blobs.pins.isHeld)
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, compareBlobs)
	named := make([]bool, len(found))
	cur, err := w.s.ix.Scan([]byte{0}, []byte{0xff})
	if err != nil {
		return err
	}
	err = eachSegments(cur, func(segs []Segment) error {
		for _, s := range segs {
			if i, ok := slices.BinarySearchFunc(found, s.Blob, compareBlobs); ok {
				named[i] = true
			}
		}
		if w.quit.Load() {
			return errStopped
		}
		return nil
	})
	if err := errors.Join(err, cur.Close()); err != nil {
		return err
	}
	removed := 0
	for i, id := range found {
		if !named[i] {
			w.s.retire([]Segment{{Blob: id}})
			removed++
		}
	}
	if removed > 0 {
		w.s.log.Info("storage: swept bodies left over from a crash", "count", removed)
	}
	return nil
}

func compareBlobs(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }
