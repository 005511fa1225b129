package storage_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
	"github.com/cosemu/cosemu/storage/internal/index"
)

// countedIndex counts how far its cursors move, and what is read beside them.
type countedIndex struct {
	index.Index
	moves, reads atomic.Int64
}

type countedCursor struct {
	index.Cursor
	moves *atomic.Int64
}

func (ix *countedIndex) Get(dst, key []byte) ([]byte, bool, error) {
	ix.reads.Add(1)
	return ix.Index.Get(dst, key)
}

func (ix *countedIndex) Scan(lower, upper []byte) (index.Cursor, error) {
	cur, err := ix.Index.Scan(lower, upper)
	ix.reads.Add(1)
	return &countedCursor{cur, &ix.moves}, err
}

func (c *countedCursor) Seek(key []byte) bool { c.moves.Add(1); return c.Cursor.Seek(key) }
func (c *countedCursor) Next() bool           { c.moves.Add(1); return c.Cursor.Next() }

// cost is how often a call moves a cursor, and looks at the index otherwise.
func (ix *countedIndex) cost(call func()) [2]int64 {
	ix.moves.Store(0)
	ix.reads.Store(0)
	call()
	return [2]int64{ix.moves.Load(), ix.reads.Load()}
}

func countedStore(t *testing.T) (*storage.Store, *countedIndex) {
	t.Helper()
	base, err := storage.MemoryIndex()
	require.NoError(t, err)
	ix := &countedIndex{Index: base}
	return newStore(t, nil, ix), ix
}

// TestListingCost: a page costs the same however many versions and delete
// markers there are beside the objects, and a page of versions no more than it
// holds.
func TestListingCost(t *testing.T) {
	s, ix := countedStore(t)
	setVersioning(t, s, storage.VersioningEnabled)
	for i := range 40 {
		put(t, s, fmt.Sprintf("k/%02d", i), "x")
	}
	list := func(o storage.ListOptions) func() {
		return func() {
			page, err := s.List("b", o)
			require.NoError(t, err)
			require.Equal(t, 40, len(page.Objects)+40*len(page.Prefixes))
		}
	}
	plain, folded := list(storage.ListOptions{Max: 1000}), list(storage.ListOptions{Max: 1000, Delimiter: "/"})
	before := [][2]int64{ix.cost(plain), ix.cost(folded)}
	require.Equal(t, [2]int64{41, 1}, before[0])
	for range 300 {
		put(t, s, "k/07", "again")
	}
	for i := range 300 { // keys of which there are delete markers alone
		require.NoError(t, second(s.Delete("b", fmt.Sprintf("k/%02d/%d", i%40, i), begun())))
	}
	after := [][2]int64{ix.cost(plain), ix.cost(folded)}
	require.Equal(t, before, after)

	for _, o := range []storage.VersionOptions{
		{Max: 10}, {Max: 10, KeyMarker: "k/06"}, {Max: 10, KeyMarker: "k/07"}, {Max: 10, Delimiter: "/"}, {Max: 10, Prefix: "k/", Delimiter: "/"},
	} {
		var page storage.VersionPage
		c := ix.cost(func() {
			var err error
			page, err = s.ListVersions("b", o)
			require.NoError(t, err)
		})
		require.Equal(t, int64(1), c[1])
		// Of both kinds of rows one more than the page can hold, and two steps
		// to begin with.
		require.LessOrEqual(t, c[0], int64(2*11+2), "%+v", o)
		require.Positive(t, len(page.Versions)+len(page.Prefixes))
	}
	page, err := s.ListVersions("b", storage.VersionOptions{Max: 150, Prefix: "k/07"})
	require.NoError(t, err)
	o := storage.VersionOptions{Max: 10, KeyMarker: "k/07", VersionMarker: page.NextVersionMarker}
	c := ix.cost(func() { page, err = s.ListVersions("b", o) })
	require.NoError(t, err)
	require.Len(t, page.Versions, 10)
	require.Equal(t, "k/07", page.Versions[9].Key)
	require.LessOrEqual(t, c[0], int64(2*11+6))
}

// TestUnversionedCost: a bucket that never had versions pays nothing for them.
func TestUnversionedCost(t *testing.T) {
	s, ix := countedStore(t)
	put(t, s, "k", "x")
	require.Equal(t, [2]int64{0, 1}, ix.cost(func() { put(t, s, "k", "y") }))
	require.Equal(t, [2]int64{0, 1}, ix.cost(func() { put(t, s, "new", "y") }))
	require.Equal(t, [2]int64{0, 2}, ix.cost(func() { get(t, s, "k") }), "the row and the inline bytes")
	require.Equal(t, [2]int64{0, 1}, ix.cost(func() { require.NoError(t, second(s.Stat("b", "k"))) }))
	require.Equal(t, [2]int64{0, 1}, ix.cost(func() { require.Error(t, second(s.Stat("b", "absent"))) }))
	require.Equal(t, [2]int64{0, 1}, ix.cost(func() { require.NoError(t, second(s.Delete("b", "k", begun()))) }))
}

// TestDeletingWhileListing: whoever deletes all that a page names before asking
// for the next one has deleted all in the end, and has met each version once.
func TestDeletingWhileListing(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		for i := range 12 {
			put(t, s, fmt.Sprint("k", i), "before")
		}
		setVersioning(t, s, storage.VersioningEnabled)
		for i := range 40 {
			put(t, s, fmt.Sprint("k", i%15), "x")
			if i%3 == 0 {
				require.NoError(t, second(s.Delete("b", fmt.Sprint("k", i%15), begun())))
			}
			switch i {
			case 20:
				setVersioning(t, s, storage.VersioningSuspended)
			case 25:
				setVersioning(t, s, storage.VersioningEnabled)
			}
		}
		total := len(allLines(t, s, storage.VersionOptions{Max: 1000}))
		require.Greater(t, total, 40)
		met := map[string]bool{}
		for o := (storage.VersionOptions{Max: 3}); ; {
			page, err := s.ListVersions("b", o)
			require.NoError(t, err)
			for _, v := range page.Versions {
				name := v.Key + " " + v.VersionID
				require.False(t, met[name], name)
				met[name] = true
				d, err := s.DeleteVersion("b", v.Key, v.VersionID)
				require.NoError(t, err)
				require.Equal(t, storage.Deleted{VersionID: v.VersionID, Marker: v.DeleteMarker}, d)
			}
			if !page.Truncated {
				break
			}
			o.KeyMarker, o.VersionMarker = page.NextKeyMarker, page.NextVersionMarker
		}
		require.Len(t, met, total)
		require.NoError(t, s.DeleteBucket("b"))
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
	})
}

// TestVersionMarker: a marker that can be no version's id is refused; one of a
// version that is gone marks its place.
func TestVersionMarker(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		setVersioning(t, s, storage.VersioningEnabled)
		var ids []string
		for i := range 5 {
			ids = append(ids, putAt(t, s, "k", fmt.Sprint(i), begun()))
		}
		for _, bad := range []string{"x", ids[0] + "=", ids[0][1:], "Null"} {
			_, err := s.ListVersions("b", storage.VersionOptions{Max: 5, KeyMarker: "k", VersionMarker: bad})
			require.ErrorIs(t, err, storage.ErrNoVersion, bad)
		}
		for _, gone := range []int{2, 4} {
			require.NoError(t, second(s.DeleteVersion("b", "k", ids[gone])))
		}
		for mark, want := range map[int][]string{4: {"3*", "1", "0"}, 3: {"1", "0"}, 2: {"1", "0"}, 0: nil} {
			page, err := s.ListVersions("b", storage.VersionOptions{Max: 5, KeyMarker: "k", VersionMarker: ids[mark]})
			require.NoError(t, err)
			var got []string
			for _, v := range page.Versions {
				text := v.ETag
				if v.Latest {
					text += "*"
				}
				got = append(got, text)
			}
			require.Equal(t, want, got, mark)
		}
		page, err := s.ListVersions("b", storage.VersionOptions{Max: 0})
		require.NoError(t, err)
		require.Zero(t, page)
		_, err = s.ListVersions("x", storage.VersionOptions{Max: 5})
		require.ErrorIs(t, err, storage.ErrNoBucket)
	})
}
