package storage_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/afero"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// A versionChange is something that is done to the key "k" of a bucket in which
// the key has three versions: the null version, a small one and a current one.
type versionChange struct {
	name   string
	before func(s *storage.Store) error // nil: nothing
	do     func(s *storage.Store) error
}

func versionChanges() []versionChange {
	suspend := func(s *storage.Store) error { return s.SetVersioning("b", storage.VersioningSuspended) }
	overwrite := func(s *storage.Store) error { return attempt(s, content(30_000, 9)) }
	remove := func(s *storage.Store) error { return second(s.Delete("b", "k", begun())) }
	removeVersion := func(number int) func(s *storage.Store) error {
		return func(s *storage.Store) error {
			page, err := s.ListVersions("b", storage.VersionOptions{Max: 9, Prefix: "k"})
			if err != nil {
				return err
			}
			return second(s.DeleteVersion("b", "k", page.Versions[number].VersionID))
		}
	}
	update := func(s *storage.Store) error {
		return second(s.Update("b", "k", "null", func(o *storage.Object) error { o.ACL = "new"; return nil }))
	}
	return []versionChange{
		{"overwrite", nil, overwrite},
		{"overwrite, suspended", suspend, overwrite},
		{"overwrite, null current", both(suspend, overwrite), func(s *storage.Store) error { return attempt(s, content(9_000, 8)) }},
		{"overwrite, null below", both(suspend, overwrite, func(s *storage.Store) error {
			return s.SetVersioning("b", storage.VersioningEnabled)
		}), overwrite},
		{"delete", nil, remove},
		{"delete, suspended", suspend, remove},
		{"delete, null current", both(suspend, overwrite), remove},
		{"delete the current version", nil, removeVersion(0)},
		{"delete a version", nil, removeVersion(1)},
		{"delete the null version", nil, removeVersion(2)},
		{"delete a delete marker", remove, removeVersion(0)},
		{"complete an upload", nil, func(s *storage.Store) error { return commitInParts(s, "k", content(35_000, 7)) }},
		{"update", nil, update},
		{"suspend", nil, suspend},
		{"append", appendable(2), appendSome},
		{"append and join", appendable(127), appendSome},
		{"put a document", nil, func(s *storage.Store) error { return s.PutDocument("kind", "name", []byte("new")) }},
		{"delete a document", nil, func(s *storage.Store) error { return s.DeleteDocument("kind", "name") }},
	}
}

func both(all ...func(*storage.Store) error) func(*storage.Store) error {
	return func(s *storage.Store) error {
		for _, f := range all {
			if err := f(s); err != nil {
				return err
			}
		}
		return nil
	}
}

// appendable makes an object of so many pieces in place of all that there is.
func appendable(pieces int) func(*storage.Store) error {
	return func(s *storage.Store) error {
		if err := errors.Join(s.Reset(), s.CreateBucket(storage.Bucket{Name: "b"})); err != nil {
			return err
		}
		var bodies [][]byte
		for i := range pieces {
			bodies = append(bodies, content([]int{50, 5_000}[i%25/24], byte(i)))
		}
		return storage.PutSegments(s, "b", storage.Object{Key: "k", Appendable: true}, bodies...)
	}
}

func appendSome(s *storage.Store) error {
	o, err := s.Stat("b", "k")
	if err != nil {
		return err
	}
	return second(appendBody(s, "k", o.Size, content(20_000, 5)))
}

// dump tells all that there is, without the ids of versions.
func dump(t *testing.T, s *storage.Store) string {
	t.Helper()
	var b strings.Builder
	bucket, err := s.Bucket("b")
	require.NoError(t, err)
	fmt.Fprintln(&b, bucket.Versioning, keys(t, s, "b"))
	page, err := s.ListVersions("b", storage.VersionOptions{Max: 100})
	require.NoError(t, err)
	for _, v := range page.Versions {
		fmt.Fprint(&b, v.Key, " ", v.Latest, v.DeleteMarker, v.VersionID == "null", v.Size)
		if !v.DeleteMarker {
			o, err := s.StatVersion("b", v.Key, v.VersionID)
			require.NoError(t, err)
			fmt.Fprintf(&b, " %s %.40x", o.ACL, readVersion(t, s, v.Key, v.VersionID))
		}
		fmt.Fprintln(&b)
	}
	docs, err := s.Documents("kind")
	require.NoError(t, err)
	fmt.Fprintln(&b, docs)
	return b.String()
}

// faultStore makes the store that a change is done to.
func faultStore(t *testing.T, c *versionChange, f *faults, after, apply bool) *storage.Store {
	t.Helper()
	ix, err := storage.MemoryIndex()
	require.NoError(t, err)
	var fs afero.Fs = memfs.New(nil)
	if !apply { // else nothing fails but changes to the index
		fs = faultFS{fs, f}
	}
	s := newStore(t, fs, &faultIndex{Index: ix, f: f, after: after, apply: apply})
	require.NoError(t, attempt(s, content(25_000, 1)))
	setVersioning(t, s, storage.VersioningEnabled)
	put(t, s, "k", "small")
	require.NoError(t, attempt(s, content(15_000, 2)))
	require.NoError(t, s.PutDocument("kind", "name", []byte("old")))
	if c.before != nil {
		require.NoError(t, c.before(s))
	}
	return s
}

// TestVersionFaults: with a fault at any step of any change, of the index or of
// the file system, all is as before, or all is as after it; and nothing is left
// over but a file whose removal itself failed.
func TestVersionFaults(t *testing.T) {
	for _, c := range versionChanges() {
		t.Run(c.name, func(t *testing.T) {
			f := noFaults()
			s := faultStore(t, &c, f, false, false)
			old := dump(t, s)
			require.NoError(t, c.do(s))
			done := dump(t, s)
			require.NotEqual(t, old, done)
			require.NoError(t, s.Close())
			refused := 0
			for after := int64(0); ; after++ {
				s := faultStore(t, &c, f, false, false)
				require.Equal(t, old, dump(t, s))
				f.arm(after, syscall.EIO, false)
				err := c.do(s)
				f.left.Store(-1)
				if !f.hit.Load() {
					require.NoError(t, err)
					break
				}
				got := dump(t, s)
				if err != nil {
					require.ErrorIs(t, err, syscall.EIO)
					require.Equal(t, old, got)
					refused++
				} else {
					require.Equal(t, done, got)
				}
				onlyOrphans(t, s, err)
				require.Zero(t, storage.Pinned(s))
				require.NoError(t, s.Close())
			}
			require.Positive(t, refused)
		})
	}
}

// onlyOrphans checks that index and files agree, but for a file that is left.
func onlyOrphans(t *testing.T, s *storage.Store, did error) {
	t.Helper()
	err := storage.Check(s)
	if err == nil {
		return
	}
	require.NoError(t, did, "what was refused leaves nothing")
	for line := range strings.Lines(err.Error()) {
		require.Regexp(t, `^file .*: nothing names it`, line)
	}
}

// TestVersionOutcomeUnknown: when nobody can say whether a change took place,
// all bodies stay, and it took place wholly or not at all.
func TestVersionOutcomeUnknown(t *testing.T) {
	for _, c := range versionChanges() {
		for _, happened := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, " ", happened), func(t *testing.T) {
				f := noFaults()
				s := faultStore(t, &c, f, happened, true)
				old := dump(t, s)
				require.NoError(t, c.do(s))
				done := dump(t, s)
				require.NoError(t, s.Close())
				unknown := 0
				for after := int64(0); ; after++ {
					s := faultStore(t, &c, f, happened, true)
					f.arm(after, storage.ErrUnknown, false)
					err := c.do(s)
					f.left.Store(-1)
					if !f.hit.Load() {
						break
					}
					require.Contains(t, []string{old, done}, dump(t, s))
					if errors.Is(err, storage.ErrUnknown) {
						unknown++
					}
					require.Zero(t, storage.Pinned(s))
					require.NoError(t, s.Close())
				}
				require.Positive(t, unknown)
			})
		}
	}
}
