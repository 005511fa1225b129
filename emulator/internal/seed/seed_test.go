package seed

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"hash/crc64"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

func memory(t *testing.T) *storage.Store {
	t.Helper()
	st, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	return st
}

func options() Options {
	return Options{Region: "ap-beijing", Now: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)}
}

func files(content map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, data := range content {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return m
}

func read(t *testing.T, st *storage.Store, bucket, key string) (string, storage.Object) {
	t.Helper()
	r, err := st.Open(bucket, key)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(data), r.Object
}

func TestLoad(t *testing.T) {
	st := memory(t)
	large := strings.Repeat("0123456789abcdef", 200<<10)
	r, err := Load(st, files(map[string]string{
		"photos-1250000000/a/b.JSON":     `{"a":1}`,
		"photos-1250000000/照片/空 格+.html": "x",
		"photos-1250000000/.hidden":      "kept",
		"photos-1250000000/empty":        "",
		"docs-1999999999/large.bin":      large,
		".git/config":                    "no bucket",
	}), options())
	require.NoError(t, err)
	require.Equal(t, Report{Buckets: 2, Objects: 5, Bytes: 7 + 1 + 4 + int64(len(large))}, r)

	b, err := st.Bucket("docs-1999999999")
	require.NoError(t, err)
	require.Equal(t, storage.Bucket{
		Name: "docs-1999999999", Region: "ap-beijing", Owner: "1999999999", ACL: "private", Created: options().Now,
	}, b)
	for key, want := range map[string]struct{ bucket, data, kind string }{
		"a/b.JSON":     {"photos-1250000000", `{"a":1}`, "application/json"},
		"照片/空 格+.html": {"photos-1250000000", "x", "text/html; charset=utf-8"},
		".hidden":      {"photos-1250000000", "kept", "application/octet-stream"},
		"empty":        {"photos-1250000000", "", "application/octet-stream"},
		"large.bin":    {"docs-1999999999", large, "application/octet-stream"},
	} {
		data, o := read(t, st, want.bucket, key)
		require.Equal(t, want.data, data, key)
		sum := md5.Sum([]byte(want.data)) //nolint:gosec // the ETag is one
		require.Equal(t, hex.EncodeToString(sum[:]), o.ETag)
		require.Equal(t, crc64.Checksum([]byte(want.data), crc64.MakeTable(crc64.ECMA)), o.CRC64)
		require.Equal(t, []storage.Field{{Name: "Content-Type", Value: want.kind}}, o.Header, key)
		require.True(t, o.Modified.Equal(options().Now))
		require.Equal(t, "STANDARD", o.StorageClass)
	}
}

// TestLoadKeepsWhatIsThere: an existing object may be newer than the file.
func TestLoadKeepsWhatIsThere(t *testing.T) {
	st := memory(t)
	dir := files(map[string]string{"photos-1250000000/a": "old", "photos-1250000000/b": "b"})
	_, err := Load(st, dir, options())
	require.NoError(t, err)
	staged, err := st.Stage(-1)
	require.NoError(t, err)
	_, err = staged.Write([]byte("new"))
	require.NoError(t, err)
	_, err = staged.Commit("photos-1250000000", storage.Object{Key: "a"}, storage.CommitOptions{})
	require.NoError(t, err)
	_, err = st.Delete("photos-1250000000", "b", time.Time{})
	require.NoError(t, err)

	r, err := Load(st, dir, options())
	require.NoError(t, err)
	require.Equal(t, Report{Objects: 1, Bytes: 1, Kept: 1}, r)
	data, _ := read(t, st, "photos-1250000000", "a")
	require.Equal(t, "new", data)
}

func TestWhatCannotBeLoaded(t *testing.T) {
	for name, says := range map[string]string{
		"NoBucket/a":        "seed: the folder NoBucket cannot be a bucket: ",
		"noappid/a":         "seed: the folder noappid cannot be a bucket: ",
		"loose.txt":         "seed: loose.txt: lies beside the buckets' folders",
		"b-1250000000/\\a":  `seed: b-1250000000/\a: a key cannot begin with \`,
		"b-1250000000/\x1a": "a key cannot contain the control characters",
		"b-1250000000/" + strings.Repeat("x", 851): "the key has 851 bytes; the most is 850",
	} {
		st := memory(t)
		_, err := Load(st, files(map[string]string{name: "x"}), options())
		require.ErrorContains(t, err, says)
	}
	st := memory(t)
	_, err := Load(st, files(map[string]string{"b-1250000000/" + strings.Repeat("x", 850): "x"}), options())
	require.NoError(t, err)
}

// TestARealFolder: symbolic links to files are followed. Anything but files and folders is refused.
func TestARealFolder(t *testing.T) {
	dir := t.TempDir()
	bucket := filepath.Join(dir, "b-1250000000")
	require.NoError(t, os.Mkdir(bucket, 0o700))
	target := filepath.Join(t.TempDir(), "target")
	require.NoError(t, os.WriteFile(target, []byte("linked"), 0o600))
	require.NoError(t, os.Symlink(target, filepath.Join(bucket, "link.txt")))
	st := memory(t)
	_, err := Load(st, os.DirFS(dir), options())
	require.NoError(t, err)
	data, _ := read(t, st, "b-1250000000", "link.txt")
	require.Equal(t, "linked", data)

	require.NoError(t, os.Symlink(bucket, filepath.Join(bucket, "folder")))
	_, err = Load(st, os.DirFS(dir), options())
	require.ErrorContains(t, err, "b-1250000000/folder: not a regular file")

	_, err = Load(st, os.DirFS(filepath.Join(dir, "nowhere")), options())
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// failing is a folder whose files cannot be read completely.
type failing struct{ fs.FS }

type broken struct{ fs.File }

func (broken) Read([]byte) (int, error) { return 0, errors.New("bad sector") }

func (f failing) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err == nil && strings.HasSuffix(name, "/bad") {
		return broken{file}, nil
	}
	return file, err
}

func TestAFileThatBreaksOffIsNotStored(t *testing.T) {
	st := memory(t)
	_, err := Load(st, failing{files(map[string]string{"b-1250000000/a": "a", "b-1250000000/bad": "x"})}, options())
	require.ErrorContains(t, err, "seed: b-1250000000/bad: ")
	_, err = st.Stat("b-1250000000", "bad")
	require.ErrorIs(t, err, storage.ErrNoObject)
	_, err = st.Stat("b-1250000000", "a")
	require.NoError(t, err)
}

func TestContentTypes(t *testing.T) {
	for name, want := range map[string]string{
		"a.PNG": "image/png", "a.tar.gz": "application/gzip", "a/b.d/c": "application/octet-stream",
		"a.md": "text/markdown; charset=utf-8", "a.mp4": "video/mp4", "a.": "application/octet-stream",
	} {
		require.Equal(t, want, contentType(name), name)
	}
}
