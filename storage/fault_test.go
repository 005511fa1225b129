package storage_test

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// newStore makes a store with a bucket "b" over a file system (nil: memory)
// and an index that a test has wrapped.
func newStore(t testing.TB, fs afero.Fs, ix index.Index) *storage.Store {
	t.Helper()
	if fs == nil {
		fs = memfs.New(nil)
	}
	s, err := storage.New(fs, ix, storage.Options{Fsync: true, Inline: 4096})
	require.NoError(t, err)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	return s
}

var errFault = errors.New("injected fault")

// faults counts down to one failure.
type faults struct {
	left  atomic.Int64 // operations before the one that fails; below 0: none
	err   error
	short bool // a failing write writes half and says nothing
	hit   atomic.Bool
}

func (f *faults) arm(after int64, err error, short bool) {
	f.err, f.short = err, short
	f.hit.Store(false)
	f.left.Store(after)
}

// fail reports whether this operation is the one.
func (f *faults) fail() bool {
	if f.left.Load() < 0 || f.left.Add(-1) >= 0 {
		return false
	}
	f.hit.Store(true)
	return true
}

// faultFS is a file system that fails once, at any operation; reading folders
// and files aside, which the tests use to look.
type faultFS struct {
	afero.Fs
	f *faults
}

type faultFile struct {
	afero.File
	f *faults
}

func (fs faultFS) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if flag != os.O_RDONLY && fs.f.fail() {
		return nil, &os.PathError{Op: "open", Path: name, Err: fs.f.err}
	}
	h, err := fs.Fs.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return faultFile{h, fs.f}, nil
}

func (fs faultFS) Open(name string) (afero.File, error) {
	h, err := fs.Fs.Open(name)
	if err != nil {
		return nil, err
	}
	return faultFile{h, fs.f}, nil
}

func (fs faultFS) MkdirAll(name string, perm os.FileMode) error {
	if fs.f.fail() {
		return &os.PathError{Op: "mkdir", Path: name, Err: fs.f.err}
	}
	return fs.Fs.MkdirAll(name, perm)
}

func (fs faultFS) Remove(name string) error {
	if fs.f.fail() {
		return &os.PathError{Op: "remove", Path: name, Err: fs.f.err}
	}
	return fs.Fs.Remove(name)
}

func (h faultFile) Write(p []byte) (int, error) {
	if h.f.fail() {
		n, _ := h.File.Write(p[:len(p)/2])
		if h.f.short {
			return n, nil
		}
		return n, &os.PathError{Op: "write", Path: h.Name(), Err: h.f.err}
	}
	return h.File.Write(p)
}

func (h faultFile) Sync() error {
	if h.f.fail() {
		return &os.PathError{Op: "sync", Path: h.Name(), Err: h.f.err}
	}
	return h.File.Sync()
}

func (h faultFile) Close() error {
	err := h.File.Close()
	if h.f.fail() {
		return &os.PathError{Op: "close", Path: h.Name(), Err: h.f.err}
	}
	return err
}

// faultIndex is an index that fails once.
type faultIndex struct {
	index.Index
	f     *faults
	after bool // a failing Apply takes place
	apply bool // nothing but an Apply fails
}

func (ix *faultIndex) Get(dst, key []byte) ([]byte, bool, error) {
	if !ix.apply && ix.f.fail() {
		return dst, false, ix.f.err
	}
	return ix.Index.Get(dst, key)
}

func (ix *faultIndex) Scan(lower, upper []byte) (index.Cursor, error) {
	if ix.apply {
		return ix.Index.Scan(lower, upper)
	}
	if ix.f.fail() {
		return nil, ix.f.err
	}
	cur, err := ix.Index.Scan(lower, upper)
	if err != nil {
		return nil, err
	}
	return &faultCursor{Cursor: cur, f: ix.f}, nil
}

// faultCursor is a cursor that fails once, and says so when it is closed.
type faultCursor struct {
	index.Cursor
	f   *faults
	err error
}

func (c *faultCursor) Seek(key []byte) bool { return !c.failed() && c.Cursor.Seek(key) }
func (c *faultCursor) Next() bool           { return !c.failed() && c.Cursor.Next() }

func (c *faultCursor) failed() bool {
	if c.err == nil && c.f.fail() {
		c.err = c.f.err
	}
	return c.err != nil
}

func (c *faultCursor) Value() ([]byte, error) {
	if c.failed() {
		return nil, c.err
	}
	return c.Cursor.Value()
}

func (c *faultCursor) Close() error { return errors.Join(c.err, c.Cursor.Close()) }

func (ix *faultIndex) Apply(ops ...index.Op) error {
	if !ix.f.fail() {
		return ix.Index.Apply(ops...)
	}
	if ix.after {
		if err := ix.Index.Apply(ops...); err != nil {
			return err
		}
	}
	return ix.f.err
}

func noFaults() *faults {
	f := new(faults)
	f.left.Store(-1)
	return f
}

// attempt stores a body under "k" and gives the first error.
func attempt(s *storage.Store, body []byte) (err error) {
	st, err := s.Stage(-1)
	if err != nil {
		return err
	}
	defer func() {
		if aerr := st.Abort(); err == nil {
			err = aerr
		}
	}()
	for p := range bytesChunks(body, 4_000) { // the first is kept, then moved
		if _, err := st.Write(p); err != nil {
			return err
		}
	}
	return second(st.Commit("b", storage.Object{Key: "k"}, storage.CommitOptions{}))
}

// everyFault runs an overwrite with one fault at the first operation, then the
// second, and so on until none is left to fail, and calls check after each.
func everyFault(t *testing.T, f *faults, s *storage.Store, err error, short bool, prepare func(), check func(old, new []byte, err error)) {
	t.Helper()
	for after := int64(0); ; after++ {
		old, new := content(25_000, byte(after)), content(35_000, byte(after+1))
		f.left.Store(-1)
		require.NoError(t, attempt(s, old))
		prepare()
		f.arm(after, err, short)
		got := attempt(s, new)
		f.left.Store(-1)
		if !f.hit.Load() {
			require.NoError(t, got)
			require.Positive(t, after, "no fault was ever hit")
			return
		}
		check(old, new, got)
	}
}

// TestFileSystemFails: with a fault at any step of an overwrite the object is
// the whole old or the whole new one, and nothing is left over; at worst an
// orphan, if the removal itself failed, until the next start.
func TestFileSystemFails(t *testing.T) {
	for _, kind := range []struct {
		name  string
		err   error
		short bool
	}{{"no space", syscall.ENOSPC, false}, {"input/output error", syscall.EIO, false}, {"short write", errFault, true}} {
		t.Run(kind.name, func(t *testing.T) {
			f := noFaults()
			ix, err := storage.MemoryIndex()
			require.NoError(t, err)
			s := newStore(t, faultFS{memfs.New(nil), f}, ix)
			leftovers, failures := 0, 0
			everyFault(t, f, s, kind.err, kind.short, func() { storage.ForgetFolders(s) }, func(old, new []byte, err error) {
				if err == nil {
					// The only step that may fail unseen is the removal of
					// what was replaced.
					require.Equal(t, new, getBody(t, s, "b", "k"))
				} else {
					require.Equal(t, old, getBody(t, s, "b", "k"))
					require.Equal(t, errors.Is(kind.err, syscall.ENOSPC), errors.Is(err, storage.ErrFull))
					failures++
				}
				if storage.Check(s) != nil {
					leftovers++
				}
			})
			require.Greater(t, failures, 4)
			require.Zero(t, storage.Pinned(s))
			require.Equal(t, 1, leftovers, "the file whose removal failed")
		})
	}
}

// TestIndexFails: the same for the index.
func TestIndexFails(t *testing.T) {
	f := noFaults()
	ix, err := storage.MemoryIndex()
	require.NoError(t, err)
	s := newStore(t, nil, &faultIndex{Index: ix, f: f})
	seen := 0
	everyFault(t, f, s, errFault, false, func() {}, func(old, _ []byte, err error) {
		require.ErrorIs(t, err, errFault)
		require.Equal(t, old, getBody(t, s, "b", "k"))
		require.NoError(t, storage.Check(s))
		seen++
	})
	require.Equal(t, 2, seen, "one reading, one change")

	// All other calls pass the fault on and change nothing.
	before := getBody(t, s, "b", "k")
	for name, call := range map[string]func() error{
		"open":          func() error { _, err := s.Open("b", "k"); return err },
		"stat":          func() error { _, err := s.Stat("b", "k"); return err },
		"list":          func() error { _, err := s.List("b", storage.ListOptions{Max: 1}); return err },
		"delete":        func() error { return second(s.Delete("b", "k", time.Time{})) },
		"create bucket": func() error { return s.CreateBucket(storage.Bucket{Name: "c"}) },
		"delete bucket": func() error { return s.DeleteBucket("b") },
		"reset":         s.Reset,
	} {
		f.arm(0, errFault, false)
		require.ErrorIs(t, call(), errFault, name)
		require.Equal(t, before, getBody(t, s, "b", "k"), name)
		require.NoError(t, storage.Check(s), name)
		all, err := s.Buckets()
		require.NoError(t, err)
		require.Len(t, all, 1, name)
	}
	require.NoError(t, s.Close())
}

// TestOutcomeUnknown: when nobody can say whether the change took place, both
// bodies stay until the next start, which keeps what the index names.
func TestOutcomeUnknown(t *testing.T) {
	for _, happened := range []bool{false, true} {
		t.Run(fmt.Sprint(happened), func(t *testing.T) {
			f, base := noFaults(), memfs.New(nil)
			ix, err := storage.MemoryIndex()
			require.NoError(t, err)
			keep := &keptOpen{Index: ix}
			s := newStore(t, base, &faultIndex{Index: keep, f: f, after: happened})
			old, new := content(25_000, 1), content(35_000, 2)
			require.NoError(t, attempt(s, old))
			f.arm(1, storage.ErrUnknown, false)
			require.ErrorIs(t, attempt(s, new), storage.ErrUnknown)
			files, err := storage.Files(s)
			require.NoError(t, err)
			require.Len(t, files, 2)
			require.Zero(t, storage.Pinned(s))
			require.NoError(t, s.Close())

			s, err = storage.New(base, keep, storage.Options{})
			require.NoError(t, err)
			<-s.Swept()
			want := old
			if happened {
				want = new
			}
			require.Equal(t, want, getBody(t, s, "b", "k"))
			require.NoError(t, storage.Check(s))
			require.NoError(t, s.Close())
			require.NoError(t, ix.Close())
		})
	}
}

// keptOpen is an index that a store cannot close, so that another can open it.
type keptOpen struct{ index.Index }

func (keptOpen) Close() error { return nil }
