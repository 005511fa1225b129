package storage_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// versionBucket is the bucket with versions in the tests of crashes.
const versionBucket = "v"

// openVersionBucket makes it unless it is there.
func openVersionBucket(s *storage.Store) error {
	if err := s.CreateBucket(storage.Bucket{Name: versionBucket}); err != nil {
		if errors.Is(err, storage.ErrBucketExists) {
			return nil
		}
		return err
	}
	return s.SetVersioning(versionBucket, storage.VersioningEnabled)
}

// kept is how many versions of a key the writers leave at least.
const kept = 5

// writeVersions stores version after version of a key until the store closes:
// in one piece, or in parts; removes old ones, and makes delete markers that it
// takes away again. It tells before and after each version.
func writeVersions(s *storage.Store, key string, starts, done func(n int)) error {
	var ids []string
	for n := 0; ; n++ {
		starts(n)
		id, err := commitVersion(s, key, versioned(n, sizeOf(n)), n%3 == 2)
		if err != nil {
			return err
		}
		done(n)
		ids = append(ids, id)
		if n >= kept {
			if err := second(s.DeleteVersion(versionBucket, key, ids[n-kept])); err != nil {
				return err
			}
		}
		if n%4 == 3 {
			d, err := s.Delete(versionBucket, key, begun())
			if err == nil {
				err = second(s.DeleteVersion(versionBucket, key, d.VersionID))
			}
			if err != nil {
				return err
			}
		}
	}
}

// commitVersion stores a body in the bucket with versions.
func commitVersion(s *storage.Store, key string, body []byte, inParts bool) (string, error) {
	st, err := s.Stage(-1)
	if err == nil {
		_, err = st.Write(body)
	}
	if err != nil {
		return "", err
	}
	if !inParts {
		o, err := st.Commit(versionBucket, storage.Object{Key: key, Modified: begun()}, storage.CommitOptions{})
		return o.VersionID, err
	}
	u, err := s.CreateUpload(versionBucket, storage.Upload{Object: storage.Object{Key: key}})
	if err == nil {
		err = st.CommitPart(versionBucket, key, u.ID, storage.Part{Number: 1})
	}
	if err != nil {
		return "", errors.Join(err, st.Abort())
	}
	parts, err := s.Parts(versionBucket, key, u.ID)
	if err != nil {
		return "", err
	}
	o, err := s.CompleteUpload(versionBucket, key, u.ID, parts, storage.Object{Modified: begun()}, storage.CommitOptions{})
	return o.VersionID, err
}

// checkVersions looks at what is left of the versions of a key: the last one
// acknowledged is there or one that was on its way, and below it those before,
// without a gap, each of them whole.
func checkVersions(t *testing.T, s *storage.Store, key string, last, started int) {
	t.Helper()
	page, err := s.ListVersions(versionBucket, storage.VersionOptions{Prefix: key, Max: 100})
	require.NoError(t, err)
	var numbers []int
	for i, v := range page.Versions {
		require.Equal(t, i == 0, v.Latest)
		if v.DeleteMarker {
			require.True(t, v.Latest)
			continue
		}
		r, err := s.OpenVersion(versionBucket, key, v.VersionID)
		require.NoError(t, err)
		body := make([]byte, r.Size)
		_, err = r.ReadAt(body, 0)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.NoError(t, whole(body))
		var n int
		_, err = fmt.Sscanf(string(body[:8]), "%d", &n)
		require.NoError(t, err)
		numbers = append(numbers, n)
	}
	require.NotEmpty(t, numbers)
	newest := numbers[0]
	require.GreaterOrEqual(t, newest, last, key)
	require.LessOrEqual(t, newest, started, key)
	require.GreaterOrEqual(t, len(numbers), min(kept, newest+1))
	require.LessOrEqual(t, len(numbers), kept+1)
	for i, n := range numbers {
		require.Equal(t, newest-i, n)
	}
}

// logLine is as long as each line that writeLog appends.
const logLine = 80

// writeLog appends line after line to an object of bucket b.
func writeLog(s *storage.Store, key string, starts, done func(n int)) error {
	for n := 0; ; n++ {
		starts(n)
		if _, err := appendBody(s, key, int64(n*logLine), versioned(n, logLine)); err != nil {
			return err
		}
		done(n)
	}
}

func checkLog(t *testing.T, s *storage.Store, key string, last, started int) {
	t.Helper()
	body := getBody(t, s, "b", key)
	require.Zero(t, len(body)%logLine)
	lines := len(body) / logLine
	require.GreaterOrEqual(t, lines, last+1)
	require.LessOrEqual(t, lines, started+1)
	for n := range lines {
		require.Equal(t, versioned(n, logLine), body[n*logLine:(n+1)*logLine])
	}
}

// chronicle is the work of a few writers of versions and logs until a crash.
type chronicle struct {
	name string
	a    *acknowledged
	last map[string]int
}

// startChronicle lets the writers begin; the names of their keys tell them from
// those of other rounds.
func startChronicle(t *testing.T, s *storage.Store, wg *sync.WaitGroup, name string) *chronicle {
	require.NoError(t, openVersionBucket(s))
	c := &chronicle{name: name, a: &acknowledged{last: map[string]int{}, started: map[string]int{}}}
	for _, w := range []struct {
		key   string
		write func(s *storage.Store, key string, starts, done func(n int)) error
	}{{"x", writeVersions}, {"y", writeVersions}, {"log", writeLog}} {
		key := w.key + name
		wg.Go(func() {
			err := w.write(s, key,
				func(n int) { c.a.note(c.a.started, key, n) },
				func(n int) { c.a.note(c.a.last, key, n) })
			if !errors.Is(err, storage.ErrClosed) {
				t.Error(err)
			}
		})
	}
	return c
}

// stop notes what was acknowledged before the crash.
func (c *chronicle) stop() { c.last, _ = c.a.copies() }

// check looks at what is there after it; started is read after the crash.
func (c *chronicle) check(t *testing.T, s *storage.Store, started map[string]int) {
	t.Helper()
	for key, n := range c.last {
		if key == "log"+c.name {
			checkLog(t, s, key, n, started[key])
		} else {
			checkVersions(t, s, key, n, started[key])
		}
	}
}
