package storage_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// warned opens a folder, waits for its sweep, and returns what it warned of.
func warned(t testing.TB, dir string) (*storage.Store, string) {
	t.Helper()
	var log bytes.Buffer
	s, err := storage.OpenDisk(dir, storage.Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	require.NoError(t, err)
	<-s.Swept()
	return s, log.String()
}

func bodies(t testing.TB, dir string) (n int) {
	t.Helper()
	for name := range tree(t, dir) {
		if strings.HasPrefix(name, "/blobs/") {
			n++
		}
	}
	return n
}

// recordEnds are the places where the records of a log end whose headers have so
// many bytes.
func recordEnds(t testing.TB, name string, header int) (ends []int64) {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	for at := 0; at+header <= len(b) && b[at+6] != 0; {
		at += header + (int(b[at+4]) | int(b[at+5])<<8)
		if left := 32<<10 - at%(32<<10); left < header {
			at += left
		}
		ends = append(ends, int64(at))
	}
	return ends
}

// cutRecord takes the last record off a log that holds a change, or any in a
// manifest.
func cutRecord(t testing.TB, name string, header int) {
	t.Helper()
	ends := recordEnds(t, name, header)
	require.Greater(t, len(ends), 1)
	n := len(ends) - 2
	if b, err := os.ReadFile(name); err == nil && header == 11 && b[ends[n]+4] == 0 && b[ends[n]+5] == 0 {
		n-- // the last one was the mark of an orderly end
	}
	require.NoError(t, os.Truncate(name, ends[n]))
}

// TestCutBetweenRecords cuts the log of a killed process where a record ends, so
// that it looks whole. That is told at each start, no body is swept, and a rescue
// finds them all.
func TestCutBetweenRecords(t *testing.T) {
	killed := used(t, false)
	ends := recordEnds(t, newest(t, killed, "*.log"), 11)
	require.Greater(t, len(ends), 40)
	for _, at := range []int{len(ends) - 2, len(ends) - 3, len(ends) / 2, 0} {
		dir := filepath.Join(t.TempDir(), "data")
		require.NoError(t, os.CopyFS(dir, os.DirFS(killed)))
		require.NoError(t, os.Truncate(newest(t, dir, "*.log"), ends[at]))
		require.NotEmpty(t, check(t, dir).Faults)

		for range 3 { // by the second start there are more changes than were lost
			s, log := warned(t, dir)
			require.Contains(t, log, "cosemu rescue")
			require.Equal(t, 1, strings.Count(log, "\n"))
			require.NotEmpty(t, lostOfUsed(t, s))
			require.NotEmpty(t, s.Problems())
			for n := range 100 {
				putBody(t, s, "b", "new", content(50, byte(n)))
			}
			require.NoError(t, s.Close())
			require.GreaterOrEqual(t, bodies(t, dir), 60)
			require.NotEmpty(t, check(t, dir).Faults)
		}
		s, did := rescue(t, dir, storage.RescueOptions{})
		require.Equal(t, len(ends)-1-at, did.Rescued)
		require.Equal(t, 61, countBodies(t, s))
		require.Empty(t, s.Problems())
		require.NoError(t, s.Close())
		s, log := warned(t, dir)
		require.Empty(t, log)
		require.NoError(t, s.Close())
		require.Empty(t, check(t, dir).Faults)
	}
}

// TestUncommittedIsSwept is the control: what a killed process had not committed
// is no damage, and does not stay.
func TestUncommittedIsSwept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "used")
	s := reopen(t, dir)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	putBody(t, s, "b", "one", content(100, 1))
	st := stage(t, s, content(5000, 2), 5000) // has a file, and is never committed
	left := filepath.Join(t.TempDir(), "left")
	require.NoError(t, os.CopyFS(left, os.DirFS(dir)))
	require.NoError(t, st.Abort())
	require.NoError(t, s.Close())

	require.Equal(t, 2, bodies(t, left))
	s, log := warned(t, left)
	require.Empty(t, log)
	require.Empty(t, s.Problems())
	require.Equal(t, content(100, 1), getBody(t, s, "b", "one"))
	require.NoError(t, s.Close())
	require.Equal(t, 1, bodies(t, left))
}
