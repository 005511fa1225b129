package blob_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/afero"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage/internal/blob"
)

func newFiles() *blob.Files { return blob.New(blob.Config{FS: afero.NewMemMapFs()}) }

// TestNewID: identifiers are UUIDs of version 7 that hold the time, rise, and are never the same,
// whichever goroutine or store made them.
func TestNewID(t *testing.T) {
	const each = 20_000
	stores := []*blob.Files{newFiles(), newFiles()}
	lists := make([][]uuid.UUID, 8)
	before := time.Now().Truncate(time.Millisecond)
	var wg sync.WaitGroup
	for i := range lists {
		wg.Go(func() {
			for range each {
				lists[i] = append(lists[i], stores[i%2].NewID())
			}
		})
	}
	wg.Wait()
	seen := map[uuid.UUID]bool{}
	tails := map[[8]byte]bool{}
	for _, list := range lists {
		require.True(t, slices.IsSortedFunc(list, blob.Compare), "the newer is the greater")
		for _, id := range list {
			require.False(t, seen[id])
			seen[id] = true
			tails[[8]byte(id[8:])] = true
			if id.Version() != 7 || id.Variant() != uuid.RFC4122 {
				t.Fatal(id)
			}
		}
	}
	require.Len(t, tails, len(lists)*each, "57 bits are random")
	last := slices.MaxFunc(slices.Concat(lists...), blob.Compare)
	sec, nsec := last.Time().UnixTime()
	at := time.Unix(sec, nsec)
	require.False(t, at.Before(before))
	require.Less(t, time.Until(at), time.Second)
}

// TestFolders: bodies that follow each other share few folders, and in the end all are used alike.
func TestFolders(t *testing.T) {
	b := newFiles()
	const all = 65_536
	var last [256]int // the latest body of a folder
	var count [256]int
	for i := 1; i <= all; i++ {
		folder := b.NewID()[15]
		last[folder] = i
		count[folder]++
		if i%1000 != 0 {
			continue
		}
		used := 0
		for _, at := range last {
			if at > i-1000 {
				used++
			}
		}
		require.LessOrEqual(t, used, 16, "of the latest 1000")
	}
	for folder, n := range count {
		require.InDelta(t, all/256, n, 100, folder)
	}
}

// TestHolds: a file goes when it is removed and nobody holds it any more, whichever comes last.
func TestHolds(t *testing.T) {
	b := newFiles()
	make1 := func() uuid.UUID {
		id, f, err := b.Create()
		require.NoError(t, err)
		_, err = f.Write([]byte("body"))
		require.NoError(t, err)
		require.NoError(t, b.Close(id, f))
		return id
	}
	there := func(id uuid.UUID) bool {
		f, err := b.Open(id)
		if errors.Is(err, fs.ErrNotExist) {
			return false
		}
		require.NoError(t, err)
		require.NoError(t, f.Close())
		return true
	}
	written, read, kept := make1(), make1(), make1()
	require.Equal(t, 3, b.Held())
	require.False(t, b.Clean())
	b.Release(kept)
	require.True(t, there(kept), "nothing removed it")

	b.Hold(read)
	b.Release(read)
	b.Remove(read)
	require.True(t, there(read), "a reader holds it")
	b.Release(read)
	require.False(t, there(read))

	b.Release(written)
	b.Remove(written)
	require.False(t, there(written))

	require.Zero(t, b.Held())
	require.True(t, b.Clean())
	require.NoError(t, b.Each(func(id uuid.UUID, size int64) error {
		require.Equal(t, kept, id)
		require.EqualValues(t, 4, size)
		return nil
	}))
	b.NoteLeftover()
	require.False(t, b.Clean())
}

// TestLabel: a label is read with the identifier it was made for, and with no other.
func TestLabel(t *testing.T) {
	b := newFiles()
	id, other := b.NewID(), b.NewID()
	body := []byte("the body")
	file := blob.AppendLabel(append(bytes.Clone(body), "record"...), len(body), id)
	rec, size, err := blob.ReadLabel(bytes.NewReader(file), int64(len(file)), id)
	require.NoError(t, err)
	require.Equal(t, "record", string(rec))
	require.EqualValues(t, len(body), size)
	rec, _, err = blob.ReadLabel(bytes.NewReader(file), int64(len(file)), other)
	require.NoError(t, err)
	require.Nil(t, rec)
	for n := range file { // no beginning of the file ends in a label
		rec, _, err = blob.ReadLabel(io.NewSectionReader(bytes.NewReader(file), 0, int64(n)), int64(n), id)
		require.NoError(t, err)
		require.Nil(t, rec, n)
	}
}

// BenchmarkNewID beside the UUIDs of the library, which ask the kernel each time.
func BenchmarkNewID(b *testing.B) {
	files := newFiles()
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			files.NewID()
		}
	})
	b.Run("uuid.NewV7", func(b *testing.B) {
		for b.Loop() {
			uuid.Must(uuid.NewV7())
		}
	})
}
