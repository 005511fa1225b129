package storage_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
	"github.com/cosemu/cosemu/storage/internal/index"
)

// TestManyResets: a suite that resets before each of its thousands of tests
// does not grow slower by it, whatever the index.
func TestManyResets(t *testing.T) {
	for name, open := range map[string]func() (index.Index, error){
		"memory": storage.MemoryIndex, "disk": storage.DiskIndex,
	} {
		t.Run(name, func(t *testing.T) {
			ix, err := open()
			require.NoError(t, err)
			manyResets(t, newStore(t, nil, ix))
		})
	}
}

func manyResets(t *testing.T, st *storage.Store) {
	defer func() { require.NoError(t, st.Close()) }()
	const bucket = "examplebucket-1250000000"
	round := func(n int) {
		require.NoError(t, st.CreateBucket(storage.Bucket{Name: bucket}))
		for i := range 3 {
			staged, err := st.Stage(1)
			require.NoError(t, err)
			_, err = staged.Write([]byte("x"))
			require.NoError(t, err)
			_, err = staged.Commit(bucket, storage.Object{Key: fmt.Sprint(n, i), Size: 1}, storage.CommitOptions{})
			require.NoError(t, err)
		}
		page, err := st.List(bucket, storage.ListOptions{Max: 10})
		require.NoError(t, err)
		require.Len(t, page.Objects, 3)
		require.NoError(t, st.Reset())
	}
	// The fastest of some stretches is what the machine's other work spared.
	const stretch = 16
	measure := func(from, to int) time.Duration {
		best := time.Hour
		for n := from; n < to; n += stretch {
			began := time.Now()
			for i := range stretch {
				round(n + i)
			}
			best = min(best, time.Since(began))
		}
		return best / stretch
	}
	early := measure(0, 256)
	for n := 256; n < 2752; n++ {
		round(n)
	}
	late := measure(2752, 3008)
	t.Logf("a round of the first 256: %s, of those after 2752: %s", early, late)
	require.Less(t, late, 6*early)
}

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what had a finalizer
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestThousandsOfResets leave a store in memory as it was.
func TestThousandsOfResets(t *testing.T) {
	s, err := storage.OpenMemory(storage.Options{})
	require.NoError(t, err)
	round := func() {
		require.NoError(t, s.CreateBucket(storage.Bucket{Name: "b"}))
		for i := range 8 {
			put(t, s, fmt.Sprint(i), "body")
		}
		require.Len(t, keys(t, s, "b"), 8)
		require.NoError(t, s.Reset())
	}
	for range 200 {
		round()
	}
	before := heap()
	for range 3000 {
		round()
	}
	require.Less(t, heap(), before+256<<10)
	require.NoError(t, storage.Check(s))
	require.NoError(t, s.Close())
}
