package storage

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
	"github.com/cosemu/cosemu/storage/internal/memfs"
)

func TestRanks(t *testing.T) {
	require.Equal(t, uint64(0), rankAt(time.Time{}))
	require.Equal(t, uint64(0), rankAt(time.Unix(0, 5_000)))
	require.Equal(t, uint64(1_000_005), rankAt(time.Unix(1, 5_000)))
	for _, bad := range []string{"", "null", "MQ==", "MDE", "KzE", "LTE", "IDE", "MTg0NDY3NDQwNzM3MDk1NTE2MTY", "MTg0NDUxNTc1NjIzMTQ1MDAwODh"} {
		_, ok := rankOf(bad)
		require.False(t, ok, bad)
	}
	rank, ok := rankOf("MTg0NDUxNTc1NjIzMTQ1MDAwODg")
	require.True(t, ok)
	require.Equal(t, uint64(math.MaxUint64)-18445157562314500088, rank)
	var rows []string
	for _, rank := range []uint64{math.MaxUint64, 1 << 40, 256, 255, 1, 0} {
		row := appendRank(keys.Versions("b", "k"), rank)
		rows = append(rows, string(row))
		got, err := readRank(row[len(row)-rankSize:])
		require.NoError(t, err)
		require.Equal(t, rank, got)
	}
	require.IsIncreasing(t, rows, "the newest first")
	_, err := readRank(make([]byte, 7))
	require.ErrorIs(t, err, ErrFormat)
}

// FuzzVersionID: what is read as an id is what its rank is written as, so that
// no version has two names.
func FuzzVersionID(f *testing.F) {
	f.Add("MTg0NDUxNTc1NjIzMTQ1MDAwODg", uint64(5))
	f.Add("null", uint64(0))
	f.Add("MDE", uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, id string, rank uint64) {
		if r, ok := rankOf(id); ok {
			require.Equal(t, id, versionID(r))
		}
		r, ok := rankOf(versionID(rank))
		require.True(t, ok)
		require.Equal(t, rank, r)
	})
}

// FuzzVersionRows: rows of versions sort by key, then the newest first, and lie
// within the range of their own key alone.
func FuzzVersionRows(f *testing.F) {
	f.Add("a", "a\x00", uint64(1), uint64(2))
	f.Add("a", "a", uint64(1)<<63, uint64(2))
	f.Add("", "\x00\xff", uint64(0), uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, k1, k2 string, r1, r2 uint64) {
		want := bytes.Compare([]byte(k1), []byte(k2))
		if want == 0 {
			switch {
			case r1 > r2:
				want = -1
			case r1 < r2:
				want = 1
			}
		}
		one, two := appendRank(keys.Versions("b", k1), r1), appendRank(keys.Versions("b", k2), r2)
		require.Equal(t, want, bytes.Compare(one, two))
		require.Equal(t, k1 == k2, bytes.HasPrefix(one, keys.Versions("b", k2)))
		key, rest, ok := keys.Cut(one[len(keys.InBucket(nil, keys.SpaceVersion, "b")):])
		require.True(t, ok)
		require.Equal(t, k1, key)
		rank, err := readRank(rest)
		require.NoError(t, err)
		require.Equal(t, r1, rank)
	})
}

// TestFolderWithoutVersions: data from before there was versioning is read as it
// lies, and can be versioned. The rows are those of the first format.
func TestFolderWithoutVersions(t *testing.T) {
	ix, err := MemoryIndex()
	require.NoError(t, err)
	blob := "0123456789abcdef"
	for key, value := range map[string]string{
		"mformat":        "\x01",
		"bb":             "\x01\x01\x01r\x02\x01o\x04\x02\x02\x00\x05\x06\x04cors\x00",
		"cb\x00\x01cors": "rules",
		"ob\x00\x01k":    "\x01\x01\x01\x03\x02\x01e\x04\x02\x02\x00\x10\x05\x01n\x02vv\x13\x11" + blob + "\x07",
		"d" + blob:       "old",
	} {
		require.NoError(t, ix.Apply(index.Op{Kind: index.Put, Key: []byte(key), Value: []byte(value)}))
	}
	s, err := New(memfs.New(nil), ix, Options{Inline: 100})
	require.NoError(t, err)
	b, err := s.Bucket("b")
	require.NoError(t, err)
	require.Equal(t, Bucket{Name: "b", Region: "r", Owner: "o", Created: time.Unix(1, 0).UTC(), Configs: []string{"cors"}}, b)
	read := func(version string) string {
		r, err := s.OpenVersion("b", "k", version)
		require.NoError(t, err)
		defer r.Close()
		require.Equal(t, []Field{{"n", "vv"}}, r.Header)
		p := make([]byte, r.Size)
		_, err = r.ReadAt(p, 0)
		require.NoError(t, err)
		return string(p)
	}
	require.Equal(t, "old", read(""))
	require.NoError(t, s.SetVersioning("b", VersioningEnabled))
	_, err = s.Delete("b", "k", time.Unix(2, 0))
	require.NoError(t, err)
	require.Equal(t, "old", read(NullVersion))
	require.NoError(t, Check(s))
	require.NoError(t, s.Close())
}
