package memfs_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// What files take is counted to the byte they are given, refused beyond the
// budget, and free again when the last who has the file is done with it.
func TestBudget(t *testing.T) {
	b := memfs.NewBudget(64 << 10)
	f := memfs.NewWithin(b, nil)
	empty := b.Used()
	write(t, f, "a", strings.Repeat("a", 40<<10))
	require.GreaterOrEqual(t, b.Used(), int64(40<<10))
	require.LessOrEqual(t, b.Used(), int64(42<<10))

	h, err := f.Create("b")
	require.NoError(t, err)
	n, err := h.Write(make([]byte, 40<<10))
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Zero(t, n)
	require.ErrorIs(t, h.Truncate(40<<10), syscall.ENOSPC)
	_, err = h.WriteAt(make([]byte, 1), 40<<10)
	require.ErrorIs(t, err, syscall.ENOSPC)
	_, err = h.WriteString("small")
	require.NoError(t, err, "what fits is written")
	require.NoError(t, h.Close())
	require.Equal(t, "small", read(t, f, "b"))
	require.NoError(t, f.Remove("b"))

	reader, err := f.Open("a")
	require.NoError(t, err)
	require.NoError(t, f.Remove("a"))
	require.GreaterOrEqual(t, b.Used(), int64(40<<10), "somebody still reads it")
	require.NoError(t, reader.Close())
	require.Equal(t, empty, b.Used())
	write(t, f, "c", strings.Repeat("c", 60<<10))
	require.NoError(t, f.RemoveAll("/"))
	require.Equal(t, empty, b.Used())
}

// Memory that was set aside for a file is not counted twice, and what the file
// did not need of it is free once it is closed.
func TestPrepaid(t *testing.T) {
	b := memfs.NewBudget(100 << 10)
	f := memfs.NewWithin(b, nil)
	empty := b.Used()
	require.True(t, b.Take(80<<10))
	require.False(t, b.Take(80<<10))
	h, err := f.Create("a")
	require.NoError(t, err)
	h.(interface{ Prepaid(n int64) }).Prepaid(80 << 10)
	h.(interface{ Reserve(n int64) }).Reserve(80 << 10)
	before := b.Used()
	_, err = h.Write(make([]byte, 30<<10))
	require.NoError(t, err)
	require.Equal(t, before, b.Used())
	require.NoError(t, h.Truncate(10<<10))
	require.NoError(t, h.Close())
	require.LessOrEqual(t, b.Used(), before)
	require.NoError(t, f.Remove("a"))
	require.Equal(t, empty, b.Used())
}

// However many write at once: never more than the budget, and nothing stays.
func TestBudgetConcurrently(t *testing.T) {
	const most = 1 << 20
	b := memfs.NewBudget(most)
	f := memfs.NewWithin(b, nil)
	empty := b.Used()
	var wg sync.WaitGroup
	for w := range uint64(4) {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(w, 1))
			name := string(rune('a' + w))
			for range 300 {
				h, err := f.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = h.WriteAt(make([]byte, rnd.IntN(600<<10)), 0)
				if b.Used() > most+4<<10 { // and the nodes
					t.Errorf("%d bytes are taken", b.Used())
				}
				_ = h.Close()
				_ = f.Remove(name)
			}
		})
	}
	wg.Wait()
	require.Equal(t, empty, b.Used())
}
