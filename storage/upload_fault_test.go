package storage_test

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// commitInParts stores a body as an upload of three parts that come in no
// order, one of them twice.
func commitInParts(s *storage.Store, key string, body []byte) error {
	u, err := s.CreateUpload("b", storage.Upload{Object: storage.Object{Key: key, Modified: begun()}})
	if err != nil {
		return err
	}
	return finishInParts(s, u, body)
}

func finishInParts(s *storage.Store, u storage.Upload, body []byte) error {
	a, b := len(body)/7, len(body)/2
	for _, p := range []struct {
		number int
		body   []byte
	}{{3, body[b:]}, {1, body[b:]}, {9, body}, {2, body[a:b]}, {1, body[:a]}} {
		st, err := s.Stage(int64(len(p.body)))
		if err != nil {
			return err
		}
		if _, err := st.Write(p.body); err != nil {
			return errors.Join(err, st.Abort())
		}
		if err := st.CommitPart("b", u.Key, u.ID, storage.Part{Number: p.number, ETag: fmt.Sprint(len(p.body))}); err != nil {
			return err
		}
	}
	parts, err := s.Parts("b", u.Key, u.ID)
	if err != nil {
		return err
	}
	return second(s.CompleteUpload("b", u.Key, u.ID, parts[:3], storage.Object{}, storage.CommitOptions{}))
}

// everyUploadFault replaces an object by an upload with one fault at the first
// operation, then the second, and so on, and calls check after each. How many
// there are differs a little, as some bodies happen to share a folder.
func everyUploadFault(t *testing.T, f *faults, s *storage.Store, fault error, short bool, check func(old, new []byte, err error)) {
	t.Helper()
	missed := 0
	for after := int64(0); missed < 20; after++ {
		old, new := content(25_000, byte(after)), content(35_000, byte(after+1))
		f.left.Store(-1)
		require.NoError(t, attempt(s, old))
		storage.ForgetFolders(s)
		f.arm(after, fault, short)
		got := commitInParts(s, "k", new)
		f.left.Store(-1)
		if !f.hit.Load() {
			require.NoError(t, got)
			require.Greater(t, after, int64(10), "hardly a fault was ever hit")
			missed++
			continue
		}
		check(old, new, got)
	}
}

// pending is the one unfinished upload, if there is one.
func pending(t *testing.T, s *storage.Store) (storage.Upload, bool) {
	t.Helper()
	page, err := s.ListUploads("b", storage.UploadOptions{Max: 10})
	require.NoError(t, err)
	require.LessOrEqual(t, len(page.Uploads), 1)
	if len(page.Uploads) == 0 {
		return storage.Upload{}, false
	}
	return page.Uploads[0], true
}

// TestUploadFileSystemFails: with a fault at any step of an upload the object is
// the whole old or the whole new one; what was refused can be done again; and
// nothing is left over but files whose removal itself failed.
func TestUploadFileSystemFails(t *testing.T) {
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
			everyUploadFault(t, f, s, kind.err, kind.short, func(old, new []byte, err error) {
				u, unfinished := pending(t, s)
				if err == nil {
					require.False(t, unfinished)
				} else {
					require.True(t, unfinished, "no file is needed to begin one")
					require.Equal(t, old, getBody(t, s, "b", "k"))
					require.Equal(t, errors.Is(kind.err, syscall.ENOSPC), errors.Is(err, storage.ErrFull))
					require.NoError(t, finishInParts(s, u, new))
					failures++
				}
				require.Equal(t, new, getBody(t, s, "b", "k"))
				if storage.Check(s) != nil {
					leftovers++
				}
			})
			require.Greater(t, failures, 10)
			require.Positive(t, leftovers, "removals that failed")
			require.Zero(t, storage.Pinned(s))
		})
	}
}

// TestUploadIndexFails: the same for the index, where nothing can be left over.
func TestUploadIndexFails(t *testing.T) {
	f := noFaults()
	ix, err := storage.MemoryIndex()
	require.NoError(t, err)
	s := newStore(t, nil, &faultIndex{Index: ix, f: f})
	everyUploadFault(t, f, s, errFault, false, func(old, new []byte, err error) {
		require.ErrorIs(t, err, errFault)
		require.Equal(t, old, getBody(t, s, "b", "k"))
		require.NoError(t, storage.Check(s))
		if u, unfinished := pending(t, s); unfinished {
			require.NoError(t, finishInParts(s, u, new))
			require.NoError(t, storage.Check(s))
		}
	})

	u := begin(t, s, "k")
	putPart(t, s, u, 1, content(9_000, 1))
	before := getBody(t, s, "b", "k")
	parts, err := s.Parts("b", "k", u.ID)
	require.NoError(t, err)
	for name, call := range map[string]func() error{
		"create":  func() error { return second(s.CreateUpload("b", u)) },
		"look":    func() error { return second(s.Upload("b", "k", u.ID)) },
		"parts":   func() error { return second(s.Parts("b", "k", u.ID)) },
		"list":    func() error { return second(s.ListParts("b", "k", u.ID, storage.PartOptions{Max: 1})) },
		"uploads": func() error { return second(s.ListUploads("b", storage.UploadOptions{Max: 1})) },
		"abort":   func() error { return s.AbortUpload("b", "k", u.ID) },
		"complete": func() error {
			return second(s.CompleteUpload("b", "k", u.ID, parts, storage.Object{}, storage.CommitOptions{}))
		},
	} {
		for after := int64(0); ; after++ {
			f.arm(after, errFault, false)
			err := call()
			f.left.Store(-1)
			if !f.hit.Load() {
				require.Positive(t, after, name)
				require.NoError(t, err)
				break
			}
			require.ErrorIs(t, err, errFault, name)
			require.NoError(t, storage.Check(s), name)
			require.Equal(t, before, getBody(t, s, "b", "k"), name)
			require.Equal(t, []int{1}, numbers(t, s, u), name)
		}
		// The call that took place may have ended the upload or made another.
		page, err := s.ListUploads("b", storage.UploadOptions{Max: 10})
		require.NoError(t, err)
		for _, other := range page.Uploads {
			require.NoError(t, s.AbortUpload("b", other.Key, other.ID))
		}
		u = begin(t, s, "k")
		putPart(t, s, u, 1, content(9_000, 1))
		parts, err = s.Parts("b", "k", u.ID)
		require.NoError(t, err)
		before = getBody(t, s, "b", "k")
	}
	require.NoError(t, s.Close())
}

// TestUploadOutcomeUnknown: when nobody can say whether the end of an upload
// took place, all bodies stay until the next start, which keeps what the index
// names: the old object and the parts, or the new one.
func TestUploadOutcomeUnknown(t *testing.T) {
	for _, ending := range []string{"complete", "abort"} {
		for _, happened := range []bool{false, true} {
			t.Run(fmt.Sprint(ending, " ", happened), func(t *testing.T) {
				f, base := noFaults(), memfs.New(nil)
				ix, err := storage.MemoryIndex()
				require.NoError(t, err)
				kept := keptOpen{ix}
				s := newStore(t, base, &faultIndex{Index: kept, f: f, after: happened, apply: true})
				old, first, last := content(25_000, 1), content(35_000, 2), content(6_000, 3)
				require.NoError(t, attempt(s, old))
				u := begin(t, s, "k")
				for n, body := range [][]byte{first, content(9_000, 4), last} {
					putPart(t, s, u, n+1, body)
				}
				parts, err := s.Parts("b", "k", u.ID)
				require.NoError(t, err)
				f.arm(0, storage.ErrUnknown, false)
				if ending == "abort" {
					err = s.AbortUpload("b", "k", u.ID)
				} else {
					err = second(s.CompleteUpload("b", "k", u.ID, slices.Delete(parts, 1, 2), storage.Object{}, storage.CommitOptions{}))
				}
				require.ErrorIs(t, err, storage.ErrUnknown)
				f.left.Store(-1)
				files, err := storage.Files(s)
				require.NoError(t, err)
				require.Len(t, files, 4)
				require.NoError(t, s.Close())

				s, err = storage.New(base, kept, storage.Options{})
				require.NoError(t, err)
				<-s.Swept()
				require.NoError(t, storage.Check(s))
				want := old
				if happened && ending == "complete" {
					want = slices.Concat(first, last)
				}
				require.Equal(t, want, getBody(t, s, "b", "k"))
				_, unfinished := pending(t, s)
				require.Equal(t, !happened, unfinished)
				require.NoError(t, s.Close())
				require.NoError(t, ix.Close())
			})
		}
	}
}
