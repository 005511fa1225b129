package storage_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func now() time.Time { return time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC) }

// rescue rescues a folder and opens it.
func rescue(t *testing.T, dir string, o storage.RescueOptions) (*storage.Store, storage.RescueReport) {
	t.Helper()
	o.Now = now()
	r, err := storage.RescueDisk(dir, o)
	require.NoError(t, err)
	return reopen(t, dir), r
}

func check(t *testing.T, dir string) storage.CheckReport {
	t.Helper()
	before := tree(t, dir)
	r, err := storage.CheckDisk(dir, nil)
	require.NoError(t, err)
	require.Equal(t, before, tree(t, dir), "a check changes nothing")
	return r
}

// TestRescueWithoutIndex takes the index away: every body comes back under its
// old bucket and key, with its headers.
func TestRescueWithoutIndex(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := reopen(t, dir)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "pics-1250000000", Region: "ap-shanghai", Owner: "1250000000"}))
	at := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	header := []storage.Field{{Name: "Content-Type", Value: "image/png"}}
	o := storage.Object{Key: "a//../b", ETag: "tag", Modified: at, Header: header, StorageClass: "STANDARD_IA"}
	require.NoError(t, second(stage(t, s, content(5000, 1), 5000).Commit("pics-1250000000", o, storage.CommitOptions{})))
	require.NoError(t, s.SetVersioning("pics-1250000000", storage.VersioningEnabled))
	for n := range 2 {
		o := storage.Object{Key: "twice", Modified: at.Add(time.Duration(n) * time.Hour)}
		require.NoError(t, second(stage(t, s, content(2000+n, byte(n)), -1).Commit("pics-1250000000", o, storage.CommitOptions{})))
	}
	u, err := s.CreateUpload("pics-1250000000", storage.Upload{Object: storage.Object{Key: "parts", Modified: at, Header: header}})
	require.NoError(t, err)
	whole := content(9000, 3)
	for n, piece := range [][]byte{whole[:4000], whole[4000:7000], whole[7000:]} {
		require.NoError(t, stage(t, s, piece, -1).CommitPart("pics-1250000000", "parts", u.ID, storage.Part{Number: n + 1, Modified: at}))
	}
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "logs-1250000000", Owner: "1250000000"}))
	long := content(200*50, 4)
	for n := range 200 { // some are joined by the way
		st := stage(t, s, long[50*n:50*(n+1)], -1)
		require.NoError(t, second(st.Append("logs-1250000000", "log", int64(50*n), func(*storage.Object) (storage.Object, error) {
			return storage.Object{Modified: at}, nil
		})))
	}
	require.NoError(t, s.Close())
	require.True(t, func() bool { r := check(t, dir); return r.Sound() }())

	require.NoError(t, os.RemoveAll(filepath.Join(dir, "index")))
	r := check(t, dir)
	require.False(t, r.Sound())
	require.Positive(t, r.Orphans)
	_, err = storage.OpenDisk(dir, storage.Options{})
	require.ErrorIs(t, err, storage.ErrDamaged)

	s, did := rescue(t, dir, storage.RescueOptions{})
	const in = "rescued-1250000000"
	require.Equal(t, []string{in}, did.Buckets)
	require.Equal(t, content(5000, 1), getBody(t, s, in, "pics-1250000000/a//../b"))
	got, err := s.Stat(in, "pics-1250000000/a//../b")
	require.NoError(t, err)
	require.Equal(t, header, got.Header)
	require.Equal(t, at, got.Modified)
	require.Equal(t, "STANDARD_IA", got.StorageClass)
	require.Equal(t, content(2001, 1), getBody(t, s, in, "pics-1250000000/twice"), "the newest has the name")
	require.Equal(t, whole, getBody(t, s, in, "pics-1250000000/parts"))
	require.Equal(t, long, getBody(t, s, in, "logs-1250000000/log"))
	require.Len(t, keys(t, s, in), 5)
	require.Equal(t, 5, did.Rescued)
	require.NoError(t, s.Close())
	require.True(t, func() bool { r := check(t, dir); return r.Sound() }())
	s, did = rescue(t, dir, storage.RescueOptions{})
	require.Zero(t, did.Rescued, "there is nothing more to do")
	require.Len(t, keys(t, s, in), 5)
	require.NoError(t, s.Close())
}

// TestRescueIndex spoils the index in the ways of TestDamage. After a rescue each
// body is found: where it was, or in the bucket for what was rescued.
func TestRescueIndex(t *testing.T) {
	for name, spoil := range map[string]func(dir string){
		"a byte of the log":      func(dir string) { flip(t, newest(t, dir, "*.log"), 1500) },
		"the log gone":           func(dir string) { require.NoError(t, os.Remove(newest(t, dir, "*.log"))) },
		"a byte of the manifest": func(dir string) { flip(t, newest(t, dir, "MANIFEST-*"), -30) },
		"the manifest gone":      func(dir string) { require.NoError(t, os.Remove(newest(t, dir, "MANIFEST-*"))) },
		"the marker gone":        func(dir string) { require.NoError(t, os.Remove(newest(t, dir, "marker.manifest.*"))) },
		"the table gone":         func(dir string) { require.NoError(t, os.Remove(newest(t, dir, "*.sst"))) },
		"a byte of the table":    func(dir string) { flip(t, newest(t, dir, "*.sst"), 100) },
		"the end of the table":   func(dir string) { flip(t, newest(t, dir, "*.sst"), -3) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := used(t, true)
			spoil(dir)
			require.NotEmpty(t, check(t, dir).Faults)
			s, r := rescue(t, dir, storage.RescueOptions{})
			require.NotEmpty(t, r.Aside)
			require.DirExists(t, filepath.Join(dir, r.Aside))
			require.Equal(t, 60, countBodies(t, s))
			require.NoError(t, storage.Check(s))
			require.NoError(t, s.Close())
			require.True(t, func() bool { r := check(t, dir); return r.Sound() }())
		})
	}
}

// countBodies counts the objects of which used made sixty.
func countBodies(t *testing.T, s *storage.Store) (n int) {
	t.Helper()
	all, err := s.Buckets()
	require.NoError(t, err)
	for _, b := range all {
		for _, key := range keys(t, s, b.Name) {
			require.NotEmpty(t, getBody(t, s, b.Name, key))
			n++
		}
	}
	return n
}

// TestDismiss gives up what the index no longer names.
func TestDismiss(t *testing.T) {
	dir := used(t, true)
	flip(t, newest(t, dir, "*.log"), 1500)
	s, r := rescue(t, dir, storage.RescueOptions{Dismiss: true})
	require.Positive(t, r.Dismissed)
	require.Equal(t, 60-r.Dismissed, countBodies(t, s))
	require.NoError(t, storage.Check(s))
	require.NoError(t, s.Close())
	require.True(t, func() bool { r := check(t, dir); return r.Sound() }())
}

// TestRescueEarlierVersion: bodies of format 1 have no label, and keep their
// bytes.
func TestRescueEarlierVersion(t *testing.T) {
	dir := fixture(t, "v1/closed")
	require.True(t, func() bool { r := check(t, dir); return r.Sound() }())
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "index")))
	s, r := rescue(t, dir, storage.RescueOptions{})
	require.Equal(t, 10, r.Rescued)
	for _, key := range keys(t, s, "rescued-1250000000") {
		require.Regexp(t, `^unnamed/[0-9a-f]{32}$`, key)
	}
	require.NoError(t, s.Close())
}

// TestRescueBody spoils bodies: the check names the objects, the rescue moves what
// is left of them.
func TestRescueBody(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := reopen(t, dir)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b-1250000000", Owner: "1250000000"}))
	for n, key := range []string{"flipped", "cut", "gone", "sound"} {
		body := content(5000, byte(n))
		o := storage.Object{Key: key, ETag: key, CRC64: storage.Sum(body), Modified: now()}
		require.NoError(t, second(stage(t, s, body, -1).Commit("b-1250000000", o, storage.CommitOptions{})))
	}
	files := map[string]string{}
	for _, key := range []string{"flipped", "cut", "gone"} {
		files[key] = storage.FileOf(t, s, "b-1250000000", key)
	}
	require.NoError(t, s.Close())
	flip(t, files["flipped"], 100)
	require.NoError(t, os.Truncate(files["cut"], 3000))
	require.NoError(t, os.Remove(files["gone"]))

	r := check(t, dir)
	require.Empty(t, r.Faults)
	require.Equal(t, 1, r.Objects)
	var named []string
	for _, p := range r.Damaged {
		require.Equal(t, "b-1250000000", p.Bucket)
		named = append(named, p.Key)
	}
	require.ElementsMatch(t, []string{"flipped", "cut", "gone"}, named)

	s, did := rescue(t, dir, storage.RescueOptions{})
	require.Equal(t, 2, did.Rescued)
	require.Equal(t, 1, did.Lost, "of whose body nothing is left")
	require.Len(t, keys(t, s, "rescued-1250000000"), 2)
	require.Equal(t, []string{"sound"}, keys(t, s, "b-1250000000"))
	require.Equal(t, content(5000, 1)[:3000], getBody(t, s, "rescued-1250000000", "b-1250000000/cut"))
	require.Len(t, getBody(t, s, "rescued-1250000000", "b-1250000000/flipped"), 5000)
	require.NoError(t, s.Close())
	require.True(t, func() bool { r := check(t, dir); return r.Sound() }())
}

// TestRescueInterrupted ends a rescue by an error when the new index is in place and
// bodies are not in it yet. They stay, and the next rescue finds them.
func TestRescueInterrupted(t *testing.T) {
	dir := used(t, true)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "index")))
	wall := filepath.Join(dir, "blobs", "f", "f", "01a22f461b5b7e0dac6d33d868cd2bff") // no file can be read there
	require.NoError(t, os.MkdirAll(wall, 0o700))
	_, err := storage.RescueDisk(dir, storage.RescueOptions{Now: now()})
	require.Error(t, err)
	require.NoError(t, os.Remove(wall))

	require.NotEmpty(t, check(t, dir).Faults)
	for range 2 {
		s, log := warned(t, dir)
		require.Contains(t, log, "cosemu rescue")
		require.NoError(t, s.Close())
		require.Equal(t, 60, bodies(t, dir))
	}
	s, r := rescue(t, dir, storage.RescueOptions{})
	require.Equal(t, 60, r.Rescued)
	require.Equal(t, 60, countBodies(t, s))
	require.NoError(t, s.Close())
	require.Empty(t, check(t, dir).Faults)
}
