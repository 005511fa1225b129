package storage_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// used makes a data folder with a table, a log and bodies. It is closed in order,
// or left as a process leaves it that is killed.
func used(t testing.TB, closed bool) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "used")
	s, err := storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b", Region: "ap-guangzhou", Owner: "1250000000"}))
	for n := range 20 {
		putBody(t, s, "b", "first/"+string(rune('a'+n)), content(100+n, byte(n)))
	}
	require.NoError(t, s.Close())
	s, err = storage.OpenDisk(dir, storage.Options{}) // what was in the log goes into a table
	require.NoError(t, err)
	for n := range 40 {
		putBody(t, s, "b", "second/"+string(rune('A'+n)), content(200+n, byte(n)))
	}
	if closed {
		require.NoError(t, s.Close())
		return dir
	}
	left := filepath.Join(t.TempDir(), "left")
	require.NoError(t, os.CopyFS(left, os.DirFS(dir)))
	require.NoError(t, s.Close())
	return left
}

// holdsUsed asserts that all that used stored is there.
func holdsUsed(t testing.TB, s *storage.Store) {
	t.Helper()
	for n := range 20 {
		require.Equal(t, content(100+n, byte(n)), getBody(t, s, "b", "first/"+string(rune('a'+n))))
	}
	for n := range 40 {
		require.Equal(t, content(200+n, byte(n)), getBody(t, s, "b", "second/"+string(rune('A'+n))))
	}
}

// newest returns the last file of a folder's index whose name fits.
func newest(t testing.TB, dir, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "index", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	return names[len(names)-1]
}

func flip(t testing.TB, name string, at int64) {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	if at < 0 {
		at += int64(len(b))
	}
	b[at] ^= 0x10
	require.NoError(t, os.WriteFile(name, b, 0o600))
}

func cut(t testing.TB, name string, by int64) {
	t.Helper()
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(name, info.Size()-by))
}

// tree reads all files below dir, but for those that every start makes.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "LOCK" || d.Name() == "reserve" {
			return err
		}
		b, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir)] = string(b)
		return err
	}))
	return files
}

// TestDamage spoils the index in every way that once lost objects without a word.
// The folder is refused, each time, and stays as it is.
func TestDamage(t *testing.T) {
	for _, c := range []struct {
		name    string
		spoil   func(t *testing.T, dir string)
		refused bool // a folder whose process was killed; otherwise it opens with a warning
	}{
		{"nothing", nil, true},
		{"a byte in the middle of the log", func(t *testing.T, dir string) { flip(t, newest(t, dir, "*.log"), 1500) }, true},
		{"a byte in the last record", func(t *testing.T, dir string) { flip(t, newest(t, dir, "*.log"), -20) }, true},
		{"the log cut between records", func(t *testing.T, dir string) { cutRecord(t, newest(t, dir, "*.log"), 11) }, false},
		{"the log cut off", func(t *testing.T, dir string) { cut(t, newest(t, dir, "*.log"), 300) }, false},
		{"the log gone", func(t *testing.T, dir string) { require.NoError(t, os.Remove(newest(t, dir, "*.log"))) }, true},
		{"a byte of the manifest", func(t *testing.T, dir string) { flip(t, newest(t, dir, "MANIFEST-*"), -30) }, true},
		{"the manifest cut off", func(t *testing.T, dir string) { cut(t, newest(t, dir, "MANIFEST-*"), 30) }, true},
		{"the manifest cut between records", func(t *testing.T, dir string) { cutRecord(t, newest(t, dir, "MANIFEST-*"), 7) }, true},
		{"the manifest empty", func(t *testing.T, dir string) { require.NoError(t, os.Truncate(newest(t, dir, "MANIFEST-*"), 0)) }, true},
		{"the manifest gone", func(t *testing.T, dir string) { require.NoError(t, os.Remove(newest(t, dir, "MANIFEST-*"))) }, true},
		{"the marker gone", func(t *testing.T, dir string) { require.NoError(t, os.Remove(newest(t, dir, "marker.manifest.*"))) }, true},
		{"the table gone", func(t *testing.T, dir string) { require.NoError(t, os.Remove(newest(t, dir, "*.sst"))) }, true},
		{"a byte of the table", func(t *testing.T, dir string) { flip(t, newest(t, dir, "*.sst"), 100) }, true},
		{"the end of the table", func(t *testing.T, dir string) { flip(t, newest(t, dir, "*.sst"), -3) }, true},
		{"index/ gone", func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(filepath.Join(dir, "index"))) }, true},
		{"index/ and the file of the form gone", func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(filepath.Join(dir, "index")))
			require.NoError(t, os.Remove(filepath.Join(dir, "format")))
		}, true},
	} {
		for _, closed := range []bool{true, false} {
			t.Run(c.name+map[bool]string{true: ", closed", false: ", killed"}[closed], func(t *testing.T) {
				dir := used(t, closed)
				if c.spoil == nil {
					s := reopen(t, dir)
					holdsUsed(t, s)
					require.NoError(t, storage.Check(s))
					require.NoError(t, s.Close())
					return
				}
				c.spoil(t, dir)
				before := tree(t, dir)
				for range 2 {
					if !closed && !c.refused {
						s, log := warned(t, dir)
						require.Contains(t, log, "cosemu rescue")
						require.NoError(t, s.Close())
						require.Equal(t, 60, bodies(t, dir))
						continue
					}
					s, err := storage.OpenDisk(dir, storage.Options{})
					if err == nil {
						require.NoError(t, s.Close())
					}
					require.ErrorIs(t, err, storage.ErrDamaged)
					require.NotContains(t, err.Error(), "\n")
					require.ErrorContains(t, err, dir)
				}
				after := tree(t, dir)
				for name, was := range before {
					// Damage in a table shows only once the index is open.
					if strings.Contains(name, "blobs") || !strings.Contains(c.name, "table") && (closed || c.refused) {
						require.Equal(t, was, after[name], name)
					}
				}
			})
		}
	}
}
