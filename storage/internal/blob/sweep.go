package blob

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync/atomic"

	"github.com/google/uuid"
)

// sweepBatch is how many files are checked with one pass over the index; it
// bounds the memory of a sweep to 16 bytes times this.
const sweepBatch = 1 << 18

// Named calls use for every body that the index names, files and others. It ends with the first
// error of use.
type Named func(use func(id uuid.UUID) error) error

// Sweeper removes the files that no row names. A crash leaves such between the making of a file
// and its commit, or between a commit and the removal of the file that it replaced. The sweeper
// works beside the store, once after a start that follows no orderly close.
type Sweeper struct {
	files *Files
	named Named
	batch int
	quit  atomic.Bool
	done  chan struct{}
	err   error // set before done is closed
}

// errStopped ends a sweep that Stop has stopped.
var errStopped = errors.New("storage: sweep stopped")

// NewSweeper returns a sweeper that checks batch files at once; 0 for a good number of them.
func NewSweeper(files *Files, named Named, batch int) *Sweeper {
	if batch == 0 {
		batch = sweepBatch
	}
	return &Sweeper{files: files, named: named, batch: batch, done: make(chan struct{})}
}

// Start begins a sweep if one is needed. It is called once.
func (w *Sweeper) Start(needed bool) {
	if !needed {
		close(w.done)
		return
	}
	go func() {
		defer close(w.done)
		w.err = w.run()
		if w.err != nil && !errors.Is(w.err, errStopped) {
			w.files.log.Warn("storage: orphaned bodies could not be swept; the next start tries again", "err", w.err)
		}
	}()
}

// Stop tells the sweep to end soon.
func (w *Sweeper) Stop() { w.quit.Store(true) }

// Done is closed when the sweep has ended, or if there was none to do.
func (w *Sweeper) Done() <-chan struct{} { return w.done }

// Wait waits for the end of the sweep and reports whether it did all its work.
func (w *Sweeper) Wait() bool {
	<-w.done
	return w.err == nil
}

func (w *Sweeper) run() error {
	var found []uuid.UUID
	for n := range folders {
		var err error
		found, err = w.list(w.files.folder(n), found)
		if err != nil {
			return err
		}
	}
	return w.check(found)
}

// list adds the files of a folder to found, and checks whenever there are
// enough.
func (w *Sweeper) list(dir string, found []uuid.UUID) ([]uuid.UUID, error) {
	f, err := w.files.fs.Open(dir)
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
			if id, ok := parseName(name); ok {
				found = append(found, id)
			}
		}
		if len(found) >= w.batch {
			if err := w.check(found); err != nil {
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

// check removes the orphans among the files found. A file that was listed is one of these:
//   - the index names it now;
//   - somebody is still writing it, and holds it;
//   - it was replaced, and whoever replaced it removes it too;
//   - it is an orphan.
//
// The order of the two looks matters: a file that nobody holds after it was listed, and that no row
// names after that, will never be named.
func (w *Sweeper) check(found []uuid.UUID) error {
	found = slices.DeleteFunc(found, w.files.isHeld)
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, Compare)
	named := make([]bool, len(found))
	err := w.named(func(id uuid.UUID) error {
		if i, ok := slices.BinarySearchFunc(found, id, Compare); ok {
			named[i] = true
		}
		if w.quit.Load() {
			return errStopped
		}
		return nil
	})
	if err != nil {
		return err
	}
	removed := 0
	for i, id := range found {
		if !named[i] {
			w.files.Remove(id)
			removed++
		}
	}
	if removed > 0 {
		w.files.log.Info("storage: swept bodies left over from a crash", "count", removed)
	}
	return nil
}

// Compare orders identifiers by their age, the oldest first.
func Compare(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }
