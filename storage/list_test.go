package storage_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
	"github.com/cosemu/cosemu/storage/internal/index"
)

func listing(t *testing.T, s *storage.Store, o storage.ListOptions) (objects, prefixes []string, next string) {
	t.Helper()
	page, err := s.List("b", o)
	require.NoError(t, err)
	for _, obj := range page.Objects {
		objects = append(objects, obj.Key)
	}
	require.Equal(t, page.Truncated, page.NextMarker != "")
	return objects, page.Prefixes, page.NextMarker
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for _, key := range []string{"a/1", "a/2", "b", "c/x/1", "c/x/2", "c/y", "d"} {
			put(t, s, key, "x")
		}
		objects, prefixes, next := listing(t, s, storage.ListOptions{Max: 100})
		require.Equal(t, []string{"a/1", "a/2", "b", "c/x/1", "c/x/2", "c/y", "d"}, objects)
		require.Empty(t, prefixes)
		require.Empty(t, next)

		objects, prefixes, _ = listing(t, s, storage.ListOptions{Max: 4, Delimiter: "/"})
		require.Equal(t, []string{"b", "d"}, objects)
		require.Equal(t, []string{"a/", "c/"}, prefixes)

		objects, prefixes, _ = listing(t, s, storage.ListOptions{Max: 100, Prefix: "c/", Delimiter: "/"})
		require.Equal(t, []string{"c/y"}, objects)
		require.Equal(t, []string{"c/x/"}, prefixes)

		// Pages of one: the last entry, key or prefix, leads to the next.
		objects, prefixes, next = listing(t, s, storage.ListOptions{Max: 1, Delimiter: "/"})
		require.Empty(t, objects)
		require.Equal(t, []string{"a/"}, prefixes)
		require.Equal(t, "a/", next)
		objects, _, next = listing(t, s, storage.ListOptions{Max: 1, Delimiter: "/", Marker: next})
		require.Equal(t, []string{"b"}, objects)
		require.Equal(t, "b", next)
		_, prefixes, next = listing(t, s, storage.ListOptions{Max: 1, Delimiter: "/", Marker: next})
		require.Equal(t, []string{"c/"}, prefixes)
		require.Equal(t, "c/", next)
		objects, _, next = listing(t, s, storage.ListOptions{Max: 1, Delimiter: "/", Marker: next})
		require.Equal(t, []string{"d"}, objects)
		require.Empty(t, next)

		// choice 20: a marker inside a common prefix starts after it.
		objects, prefixes, _ = listing(t, s, storage.ListOptions{Max: 100, Delimiter: "/", Marker: "a/1"})
		require.Equal(t, []string{"b", "d"}, objects)
		require.Equal(t, []string{"c/"}, prefixes)

		objects, prefixes, next = listing(t, s, storage.ListOptions{})
		require.Empty(t, objects)
		require.Empty(t, prefixes)
		require.Empty(t, next)
	})
}

// naive lists as the documents say, by looking at every key.
func naive(sorted []string, o storage.ListOptions) (objects, prefixes []string, next string) {
	seen := map[string]bool{}
	last := ""
	for _, key := range sorted {
		rest, ok := strings.CutPrefix(key, o.Prefix)
		if !ok {
			continue
		}
		entry, folded := key, false
		if before, _, found := strings.Cut(rest, o.Delimiter); found && o.Delimiter != "" {
			entry, folded = o.Prefix+before+o.Delimiter, true
		}
		if entry <= o.Marker || seen[entry] {
			continue
		}
		if len(seen) == o.Max {
			return objects, prefixes, last
		}
		seen[entry] = true
		last = entry
		if folded {
			prefixes = append(prefixes, entry)
		} else {
			objects = append(objects, entry)
		}
	}
	return objects, prefixes, ""
}

// randomString is short and made of few letters, so that prefixes, delimiters
// and markers meet keys in every way.
func randomString(r *rand.Rand, most int) string {
	letters := []string{"a", "b", "/", "/", "\x00", "\xff", "é"}
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteString(letters[r.IntN(len(letters))])
	}
	return b.String()
}

func TestListAgainstNaive(t *testing.T) {
	for _, m := range modes()[:3] {
		t.Run(m.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			s := m.open(t)
			// Neighbours in the index, whose keys must never show.
			for _, name := range []string{"a", "b", "b\x00", "c"} {
				require.NoError(t, s.CreateBucket(storage.Bucket{Name: name}))
				putBody(t, s, name, "\xff\xff", nil)
			}
			require.NoError(t, second(s.Delete("b", "\xff\xff", time.Time{})))
			set := map[string]bool{}
			for range 400 {
				if key := randomString(r, 6); key != "" {
					put(t, s, key, "")
					set[key] = true
				}
			}
			var sorted []string
			for key := range set {
				if r.IntN(8) == 0 {
					require.NoError(t, second(s.Delete("b", key, time.Time{})))
				} else {
					sorted = append(sorted, key)
				}
			}
			slices.Sort(sorted)
			for range 3000 {
				o := storage.ListOptions{
					Prefix: randomString(r, 2), Marker: randomString(r, 4), Delimiter: randomString(r, 2), Max: 1 + r.IntN(30),
				}
				compare(t, s, sorted, o)
			}
			for range 100 { // page by page to the end
				o := storage.ListOptions{Prefix: randomString(r, 1), Delimiter: randomString(r, 1), Max: 1 + r.IntN(20)}
				for next := "start"; next != ""; o.Marker = next {
					next = compare(t, s, sorted, o)
				}
			}
			require.NoError(t, s.Close())
		})
	}
}

func compare(t *testing.T, s *storage.Store, sorted []string, o storage.ListOptions) string {
	t.Helper()
	objects, prefixes, next := listing(t, s, o)
	wantObjects, wantPrefixes, wantNext := naive(sorted, o)
	require.Equal(t, wantObjects, objects, "%+q", o)
	require.Equal(t, wantPrefixes, prefixes, "%+q", o)
	require.Equal(t, wantNext, next, "%+q", o)
	return next
}

// counting counts how often a scan moves.
type counting struct {
	index.Index
	moves int
}

type countingCursor struct {
	index.Cursor
	c *counting
}

func (c *counting) Scan(lower, upper []byte) (index.Cursor, error) {
	cur, err := c.Index.Scan(lower, upper)
	return countingCursor{cur, c}, err
}

func (c countingCursor) Seek(key []byte) bool { c.c.moves++; return c.Cursor.Seek(key) }
func (c countingCursor) Next() bool           { c.c.moves++; return c.Cursor.Next() }

// TestListSeeks: a common prefix costs one step, however many keys it holds,
// and a page no more steps than it has entries.
func TestListSeeks(t *testing.T) {
	ix, err := storage.MemoryIndex()
	require.NoError(t, err)
	c := &counting{Index: ix}
	s := newStore(t, nil, c)
	for i := range 2000 {
		put(t, s, fmt.Sprintf("a/%04d", i), "")
		put(t, s, fmt.Sprintf("b/%04d", i), "")
	}
	put(t, s, "c", "")
	c.moves = 0
	objects, prefixes, _ := listing(t, s, storage.ListOptions{Delimiter: "/", Max: 1000})
	require.Equal(t, []string{"c"}, objects)
	require.Equal(t, []string{"a/", "b/"}, prefixes)
	require.LessOrEqual(t, c.moves, 4)

	c.moves = 0
	objects, _, _ = listing(t, s, storage.ListOptions{Marker: "a/1000", Max: 10})
	require.Len(t, objects, 10)
	require.LessOrEqual(t, c.moves, 11)
	require.NoError(t, s.Close())
}
