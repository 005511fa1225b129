package storage_test

import (
	"hash/crc64"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// fixture copies a folder of testdata, for a test to work in.
func fixture(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", filepath.FromSlash(name)))))
	return dir
}

const (
	fixtureBucket   = "examplebucket-1250000000"
	fixtureVersions = "versions-1250000000"
)

// holdsFixture asserts that the store holds all that the folders of testdata
// were given.
func holdsFixture(t *testing.T, s *storage.Store) {
	t.Helper()
	at := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	b, err := s.Bucket(fixtureBucket)
	require.NoError(t, err)
	require.Equal(t, storage.Bucket{
		Name: fixtureBucket, Region: "ap-guangzhou", Owner: "1250000000", Created: at, Configs: []string{"cors"},
	}, b)
	require.Equal(t, []string{"empty", "joined", "log", "photos//a/../b.jpg", "replaced"}, keys(t, s, fixtureBucket))
	for key, body := range map[string][]byte{
		"empty": {}, "joined": content(5000, 8), "log": content(900, 7),
		"photos//a/../b.jpg": content(3000, 1), "replaced": content(2500, 3),
	} {
		require.Equal(t, body, getBody(t, s, fixtureBucket, key), key)
		o, err := s.Stat(fixtureBucket, key)
		require.NoError(t, err)
		require.Equal(t, crc64.Checksum(body, crc64.MakeTable(crc64.ECMA)), o.CRC64, key)
		require.Equal(t, at, o.Modified)
	}
	o, err := s.Stat(fixtureBucket, "photos//a/../b.jpg")
	require.NoError(t, err)
	require.Equal(t, []storage.Field{{Name: "Content-Type", Value: "image/jpeg"}, {Name: "x-cos-meta-made-by", Value: "v1"}}, o.Header)
	require.Equal(t, "public-read", o.ACL)
	require.Equal(t, []storage.Field{{Name: "k", Value: "v"}}, o.Tags)

	require.Equal(t, content(1100, 5), getBody(t, s, fixtureVersions, "doc"))
	page, err := s.ListVersions(fixtureVersions, storage.VersionOptions{Max: 10})
	require.NoError(t, err)
	var versions []string
	for _, v := range page.Versions {
		kind := "version"
		if v.DeleteMarker {
			kind = "marker"
		}
		versions = append(versions, v.Key+" "+kind)
	}
	require.Equal(t, []string{"doc version", "doc version", "gone marker", "gone version"}, versions)

	uploads, err := s.ListUploads(fixtureBucket, storage.UploadOptions{Max: 10})
	require.NoError(t, err)
	require.Len(t, uploads.Uploads, 1)
	parts, err := s.Parts(fixtureBucket, "unfinished", uploads.Uploads[0].ID)
	require.NoError(t, err)
	require.Len(t, parts, 1)
	require.Equal(t, int64(1500), parts[0].Size)
	doc, err := s.Document("note", "one")
	require.NoError(t, err)
	require.Equal(t, "two", string(doc))
}

// TestFixtures opens the folders that earlier versions wrote, twice.
func TestFixtures(t *testing.T) {
	for _, name := range []string{"v1/closed", "v1/killed"} {
		t.Run(name, func(t *testing.T) {
			dir := fixture(t, name)
			for range 2 {
				s := reopen(t, dir)
				holdsFixture(t, s)
				require.NoError(t, storage.Check(s))
				require.NoError(t, s.Close())
			}
		})
	}
}
