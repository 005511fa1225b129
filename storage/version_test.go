package storage_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// putAt stores a body as of a time and returns the version it became.
func putAt(t testing.TB, s *storage.Store, key, body string, at time.Time) string {
	t.Helper()
	o, err := stage(t, s, []byte(body), -1).Commit("b", storage.Object{Key: key, ETag: body, Modified: at}, storage.CommitOptions{})
	require.NoError(t, err)
	require.Equal(t, int64(len(body)), o.Size)
	require.Equal(t, key, o.Key)
	return o.VersionID
}

// getVersion reads one version.
func getVersion(t testing.TB, s *storage.Store, key, version string) string {
	t.Helper()
	r, err := s.OpenVersion("b", key, version)
	require.NoError(t, err)
	require.Equal(t, version, r.VersionID)
	body, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	o, err := s.StatVersion("b", key, version)
	require.NoError(t, err)
	require.Equal(t, r.Object, o)
	return string(body)
}

// noVersion checks that a version is not there.
func noVersion(t testing.TB, s *storage.Store, key, version string) {
	t.Helper()
	_, err := s.StatVersion("b", key, version)
	require.ErrorIs(t, err, storage.ErrNoVersion)
	_, err = s.OpenVersion("b", key, version)
	require.ErrorIs(t, err, storage.ErrNoVersion)
}

// deletedHere checks that the newest version of a key is a delete marker.
func deletedHere(t testing.TB, s *storage.Store, key, marker string) {
	t.Helper()
	for _, look := range []func() error{
		func() error { return second(s.Stat("b", key)) },
		func() error { return second(s.Open("b", key)) },
		func() error { return second(s.OpenVersion("b", key, "")) },
	} {
		err := look()
		var m *storage.MarkerError
		require.ErrorIs(t, err, storage.ErrNoObject)
		require.ErrorAs(t, err, &m)
		require.Equal(t, marker, m.VersionID)
	}
	o, err := s.StatVersion("b", key, marker)
	require.NoError(t, err)
	require.True(t, o.DeleteMarker)
	_, err = s.OpenVersion("b", key, marker)
	require.ErrorIs(t, err, storage.ErrDeleteMarker)
	require.NotErrorIs(t, err, storage.ErrNoObject)
	var m *storage.MarkerError
	require.ErrorAs(t, err, &m)
	require.Equal(t, storage.MarkerError{VersionID: marker, Modified: o.Modified}, *m)
}

// history lists the versions of a key, newest first: "id body", a delete
// marker as "id -", and the newest of all with a star.
func history(t testing.TB, s *storage.Store, key string) []string {
	t.Helper()
	page, err := s.ListVersions("b", storage.VersionOptions{Prefix: key, Max: 1000})
	require.NoError(t, err)
	out := []string{}
	for _, v := range page.Versions {
		text := v.VersionID + " " + v.ETag
		if v.DeleteMarker {
			text += "-"
		}
		if v.Latest {
			text += "*"
		}
		out = append(out, text)
	}
	return out
}

func setVersioning(t testing.TB, s *storage.Store, v storage.Versioning) {
	t.Helper()
	require.NoError(t, s.SetVersioning("b", v))
	b, err := s.Bucket("b")
	require.NoError(t, err)
	require.Equal(t, v, b.Versioning)
}

func TestVersioningOfABucket(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		require.NoError(t, s.SetVersioning("b", storage.VersioningNever))
		require.ErrorIs(t, s.SetVersioning("b", 7), storage.ErrVersioning)
		require.ErrorIs(t, s.SetVersioning("x", storage.VersioningEnabled), storage.ErrNoBucket)
		setVersioning(t, s, storage.VersioningEnabled)
		setVersioning(t, s, storage.VersioningSuspended)
		require.ErrorIs(t, s.SetVersioning("b", storage.VersioningNever), storage.ErrVersioning)
		require.NoError(t, s.PutBucket(storage.Bucket{Name: "b", Region: "r", Versioning: storage.VersioningEnabled}))
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "c", Versioning: storage.VersioningEnabled}))
		require.NoError(t, s.PutConfig("b", "cors", []byte("x")))
		all, err := s.Buckets()
		require.NoError(t, err)
		require.Equal(t, []storage.Bucket{
			{Name: "b", Region: "r", Versioning: storage.VersioningSuspended, Configs: []string{"cors"}}, {Name: "c"},
		}, all)
	})
}

// TestNeverVersioned: without versioning there is one version, and it has no id.
func TestNeverVersioned(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		require.Empty(t, putAt(t, s, "k", "one", begun()))
		require.Empty(t, putAt(t, s, "k", "two", begun()))
		require.Equal(t, []string{" two*"}, history(t, s, "k"))
		o, err := s.StatVersion("b", "k", storage.NullVersion)
		require.NoError(t, err)
		require.Empty(t, o.VersionID)
		noVersion(t, s, "k", "other")
		noVersion(t, s, "absent", storage.NullVersion)
		d, err := s.Delete("b", "k", begun())
		require.NoError(t, err)
		require.Zero(t, d)
		_, err = s.Stat("b", "k")
		var m *storage.MarkerError
		require.ErrorIs(t, err, storage.ErrNoObject)
		require.False(t, asMarker(err, &m))

		put(t, s, "k", "three")
		d, err = s.DeleteVersion("b", "k", "")
		require.NoError(t, err)
		require.Zero(t, d)
		require.Equal(t, "three", get(t, s, "k"))
		d, err = s.DeleteVersion("b", "k", storage.NullVersion)
		require.NoError(t, err)
		require.Equal(t, storage.Deleted{VersionID: "null"}, d)
		require.Empty(t, history(t, s, "k"))
	})
}

func TestVersioningEnabled(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, "k", "before")
		setVersioning(t, s, storage.VersioningEnabled)
		require.Equal(t, "before", getVersion(t, s, "k", "null"), "what was there is the null version")
		require.Equal(t, []string{"null 6*"}, history(t, s, "k"))
		one := putAt(t, s, "k", "one", begun())
		big := string(content(30_000, 7))
		two := putAt(t, s, "k", big, begun().Add(time.Second))
		require.Equal(t, big, get(t, s, "k"))
		require.Equal(t, "one", getVersion(t, s, "k", one))
		require.Equal(t, big, getVersion(t, s, "k", two))
		require.Equal(t, "before", getVersion(t, s, "k", "null"))
		require.Equal(t, []string{two + " " + big + "*", one + " one", "null 6"}, history(t, s, "k"))
		require.Equal(t, []string{"k"}, keys(t, s, "b"))
		noVersion(t, s, "k", one+"x")
		noVersion(t, s, "other", one)

		d, err := s.Delete("b", "k", begun().Add(2*time.Second))
		require.NoError(t, err)
		require.Equal(t, storage.Deleted{VersionID: d.VersionID, Created: true}, d)
		marker := d.VersionID
		deletedHere(t, s, "k", marker)
		require.Empty(t, keys(t, s, "b"))
		require.ErrorIs(t, s.DeleteBucket("b"), storage.ErrBucketNotEmpty)
		require.Equal(t, []string{marker + " -*", two + " " + big, one + " one", "null 6"}, history(t, s, "k"))

		// One by one they go for good, and the next takes the place.
		for _, step := range []struct {
			version string
			want    storage.Deleted
			now     string // the body afterwards
		}{
			{"MTg0", storage.Deleted{}, ""},
			{one, storage.Deleted{VersionID: one}, ""},
			{marker, storage.Deleted{VersionID: marker, Marker: true}, big},
			{two, storage.Deleted{VersionID: two}, "before"},
			{two, storage.Deleted{}, "before"},
			{"null", storage.Deleted{VersionID: "null"}, ""},
		} {
			d, err := s.DeleteVersion("b", "k", step.version)
			require.NoError(t, err)
			require.Equal(t, step.want, d)
			if step.now != "" {
				require.Equal(t, step.now, get(t, s, "k"))
				require.Equal(t, []string{"k"}, keys(t, s, "b"))
			}
			require.NoError(t, storage.Check(s))
		}
		require.Empty(t, history(t, s, "k"))
		require.NoError(t, s.DeleteBucket("b"))
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	})
}

func TestVersioningSuspended(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		put(t, s, "k", "before")
		setVersioning(t, s, storage.VersioningEnabled)
		one := putAt(t, s, "k", "one", begun())
		setVersioning(t, s, storage.VersioningSuspended)
		require.Equal(t, "one", getVersion(t, s, "k", one))
		require.Equal(t, "null", putAt(t, s, "k", "after", begun()))
		require.Equal(t, []string{"null after*", one + " one"}, history(t, s, "k"), "the null version before is gone")
		require.Equal(t, "null", putAt(t, s, "k", "again", begun()))
		require.Equal(t, []string{"null again*", one + " one"}, history(t, s, "k"))
		require.Equal(t, "again", getVersion(t, s, "k", "null"))

		d, err := s.Delete("b", "k", begun())
		require.NoError(t, err)
		require.Equal(t, storage.Deleted{VersionID: "null", Created: true}, d)
		deletedHere(t, s, "k", "null")
		require.Equal(t, []string{"null -*", one + " one"}, history(t, s, "k"))
		_, err = s.Delete("b", "k", begun())
		require.NoError(t, err)
		require.Equal(t, []string{"null -*", one + " one"}, history(t, s, "k"), "one null marker replaces another")

		setVersioning(t, s, storage.VersioningEnabled)
		two := putAt(t, s, "k", "two", begun())
		require.Equal(t, []string{two + " two*", "null -", one + " one"}, history(t, s, "k"))
		setVersioning(t, s, storage.VersioningSuspended)
		putAt(t, s, "k", "last", begun())
		require.Equal(t, []string{"null last*", two + " two", one + " one"}, history(t, s, "k"), "wherever it stood")
		d, err = s.DeleteVersion("b", "k", "null")
		require.NoError(t, err)
		require.Equal(t, storage.Deleted{VersionID: "null"}, d)
		require.Equal(t, "two", get(t, s, "k"))

		d, err = s.Delete("b", "never there", begun())
		require.NoError(t, err)
		require.True(t, d.Created)
		require.Equal(t, []string{"null -*"}, history(t, s, "never"))
		d, err = s.DeleteVersion("b", "never there", "null")
		require.NoError(t, err)
		require.Equal(t, storage.Deleted{VersionID: "null", Marker: true}, d)
		require.Empty(t, history(t, s, "never"))
	})
}

// TestMarkerBelowTheNewest: when what is removed leaves a delete marker on top,
// the key stays deleted.
func TestMarkerBelowTheNewest(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		setVersioning(t, s, storage.VersioningEnabled)
		one := putAt(t, s, "k", "one", begun())
		d, err := s.Delete("b", "k", begun())
		require.NoError(t, err)
		two := putAt(t, s, "k", "two", begun())
		require.NoError(t, second(s.DeleteVersion("b", "k", two)))
		deletedHere(t, s, "k", d.VersionID)
		require.Equal(t, []string{d.VersionID + " -*", one + " one"}, history(t, s, "k"))
		require.Empty(t, keys(t, s, "b"))

		// A second marker over the first; the older goes, the key stays deleted.
		e, err := s.Delete("b", "k", begun())
		require.NoError(t, err)
		require.NoError(t, second(s.DeleteVersion("b", "k", d.VersionID)))
		deletedHere(t, s, "k", e.VersionID)
		require.NoError(t, second(s.DeleteVersion("b", "k", e.VersionID)))
		require.Equal(t, "one", get(t, s, "k"))
	})
}

func TestIfAbsentWithVersions(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		setVersioning(t, s, storage.VersioningEnabled)
		absent := storage.CommitOptions{IfAbsent: true}
		commit := func() error {
			return second(stage(t, s, content(9000, 1), -1).Commit("b", storage.Object{Key: "k"}, absent))
		}
		require.NoError(t, commit())
		require.ErrorIs(t, commit(), storage.ErrObjectExists)
		require.Len(t, history(t, s, "k"), 1)
		require.NoError(t, second(s.Delete("b", "k", begun())))
		require.NoError(t, commit(), "below a delete marker there is no object")
		require.Len(t, history(t, s, "k"), 3)
	})
}

// number is what a version id stands for.
func number(t testing.TB, id string) uint64 {
	t.Helper()
	text, err := base64.RawStdEncoding.DecodeString(id)
	require.NoError(t, err)
	n, err := strconv.ParseUint(string(text), 10, 64)
	require.NoError(t, err)
	return n
}

// TestVersionIDs: the id is the one that the COS docs' sample has for its time;
// and whatever the clock does, and however often the store is opened, the
// newer version has the smaller number, and none comes again.
func TestVersionIDs(t *testing.T) {
	dir := t.TempDir()
	s, err := storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	setVersioning(t, s, storage.VersioningEnabled)
	sample := time.Date(2020, 4, 10, 9, 36, 35, 51_527_000, time.UTC)
	require.Equal(t, "MTg0NDUxNTc1NjIzMTQ1MDAwODg", putAt(t, s, "k", "x", sample))

	seen := map[uint64]bool{}
	last := number(t, "MTg0NDUxNTc1NjIzMTQ1MDAwODg")
	for i := range 60 {
		at := sample.Add(time.Duration(i%7-3) * time.Hour * time.Duration(i%3)) // stands, runs, goes back
		if i%5 == 4 {
			at = time.Time{}
		}
		id := putAt(t, s, "k", fmt.Sprint(i), at)
		n := number(t, id)
		require.Less(t, n, last)
		require.False(t, seen[n])
		last, seen[n] = n, true
		if i%4 == 1 { // nothing is left that remembers the id
			for _, v := range history(t, s, "k") {
				require.NoError(t, second(s.DeleteVersion("b", "k", v[:27])))
			}
			require.Empty(t, history(t, s, "k"))
		}
		if i%6 == 1 {
			require.NoError(t, s.Close())
			s, err = storage.OpenDisk(dir, storage.Options{})
			require.NoError(t, err)
		}
		if i == 30 {
			require.NoError(t, s.Reset())
			require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
			setVersioning(t, s, storage.VersioningEnabled)
		}
	}
	require.NoError(t, s.Close())
}
