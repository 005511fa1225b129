package storage_test

import (
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

func readVersion(t testing.TB, s *storage.Store, key, id string) []byte {
	t.Helper()
	r, err := s.OpenVersion("b", key, id)
	require.NoError(t, err)
	body, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return body
}

// linesOf mixes the versions and prefixes of a page as they were met.
func linesOf(page *storage.VersionPage) []line {
	var out []line
	for _, v := range page.Versions {
		out = append(out, line{key: v.Key, id: v.VersionID, latest: v.Latest, marker: v.DeleteMarker, size: v.Size})
	}
	for _, p := range page.Prefixes {
		at, _ := slices.BinarySearchFunc(out, p, func(l line, p string) int {
			if l.key < p {
				return -1
			}
			return 1
		})
		out = slices.Insert(out, at, line{key: p, prefix: true})
	}
	return out
}

// allLines follows the pages of a listing to their end.
func allLines(t testing.TB, s *storage.Store, o storage.VersionOptions) (out []line) {
	t.Helper()
	for {
		page, err := s.ListVersions("b", o)
		require.NoError(t, err)
		got := linesOf(&page)
		require.LessOrEqual(t, len(got), o.Max)
		out = append(out, got...)
		if !page.Truncated {
			require.Empty(t, page.NextKeyMarker)
			require.Empty(t, page.NextVersionMarker)
			return out
		}
		require.Len(t, got, o.Max)
		last := got[len(got)-1]
		require.Equal(t, last.key, page.NextKeyMarker)
		require.Equal(t, last.id, page.NextVersionMarker)
		o.KeyMarker, o.VersionMarker = page.NextKeyMarker, page.NextVersionMarker
	}
}

// compareListings lists with random options, in pages of random size.
func (r *modelRun) compareListings() {
	pick := func(all ...string) string { return all[r.rnd.IntN(len(all))] }
	for range 3 {
		o := storage.VersionOptions{
			Prefix: pick("", "", "a", "a/", "a\x00", "b", "\xff", "c"), Delimiter: pick("", "", "/", "b", "/b"),
			KeyMarker: pick("", "", r.key(), r.key(), "a/", "a/b/x", "0", "c"), Max: 1 + r.rnd.IntN(9),
		}
		if all := r.m.keys[o.KeyMarker]; r.rnd.IntN(2) == 0 && r.m.versioning != storage.VersioningNever {
			o.VersionMarker = "null"
			if len(all) > 0 {
				o.VersionMarker = all[r.rnd.IntN(len(all))].id
			}
		}
		want := r.m.after(r.m.lines(o.Prefix, o.Delimiter, true), o)
		require.Equal(r.t, orNil(want), orNil(allLines(r.t, r.s, o)), "%+v", o)

		l := storage.ListOptions{Prefix: o.Prefix, Delimiter: o.Delimiter, Max: 1000}
		page, err := r.s.List("b", l)
		require.NoError(r.t, err)
		v := storage.VersionPage{Prefixes: page.Prefixes}
		for _, obj := range page.Objects {
			v.Versions = append(v.Versions, storage.Version{Object: obj, Latest: true})
		}
		require.Equal(r.t, r.m.lines(o.Prefix, o.Delimiter, false), linesOf(&v))
	}
}

func orNil(l []line) []line {
	if len(l) == 0 {
		return nil
	}
	return l
}
