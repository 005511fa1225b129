package memfs_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/spf13/afero"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage/internal/memfs"
)

// heap is the number of bytes in live objects.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // empties pools, too
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMemory holds a file to its own size: nothing is allocated twice while it
// grows, and everything is given back when it is removed.
func TestMemory(t *testing.T) {
	const size = 64 << 20
	for _, hint := range []int64{0, size} {
		f := memfs.New(nil)
		var before, after runtime.MemStats
		base := heap()
		runtime.ReadMemStats(&before)
		h, err := f.Create("a")
		require.NoError(t, err)
		h.(interface{ Reserve(int64) }).Reserve(hint)
		p := bytes.Repeat([]byte("x"), 100_000)
		for n := 0; n < size; n += len(p) {
			_, err := h.Write(p[:min(len(p), size-n)])
			require.NoError(t, err)
		}
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(size+4<<20), "allocated while writing")
		require.NoError(t, h.Close())
		require.GreaterOrEqual(t, heap()-base, uint64(size))
		require.NoError(t, f.Remove("a"))
		require.Less(t, heap(), base+4<<20, "kept after the removal")
		runtime.KeepAlive(f)
	}
}

// TestSmallFile holds a small file of known size to that size.
func TestSmallFile(t *testing.T) {
	f := memfs.New(nil)
	base := heap()
	const count, size = 2000, 1000
	for i := range count {
		h, err := f.Create(fmt.Sprint(i))
		require.NoError(t, err)
		_, err = h.Write(make([]byte, size))
		require.NoError(t, err)
		require.NoError(t, h.Close())
	}
	require.Less(t, (heap()-base)/count, uint64(size+600))
	runtime.KeepAlive(f)
}

// TestReserveAllocatesNothing: the size a client announces costs nothing until
// its bytes arrive.
func TestReserveAllocatesNothing(t *testing.T) {
	f := memfs.New(nil)
	base := heap()
	h, err := f.Create("a")
	require.NoError(t, err)
	h.(interface{ Reserve(int64) }).Reserve(1 << 50)
	_, err = h.Write([]byte("x"))
	require.NoError(t, err)
	require.Less(t, heap(), base+2<<20)
	require.NoError(t, h.Close())
}

// TestRecycledMemoryIsNotSeen: chunks go from removed files to new ones, their
// old content must not.
func TestRecycledMemoryIsNotSeen(t *testing.T) {
	f := memfs.New(nil)
	for range 3 {
		h, err := f.Create("secret")
		require.NoError(t, err)
		_, err = h.Write(bytes.Repeat([]byte("S"), 5<<20))
		require.NoError(t, err)
		require.NoError(t, h.Close())
		require.NoError(t, f.Remove("secret"))

		h, err = f.Create("other")
		require.NoError(t, err)
		_, err = h.WriteAt([]byte("x"), 5<<20)
		require.NoError(t, err)
		b, err := io.ReadAll(h)
		require.NoError(t, err)
		require.Equal(t, -1, bytes.IndexByte(b, 'S'))
		require.NoError(t, h.Close())
		require.NoError(t, f.Remove("other"))
	}
}

// TestConcurrentUse is for the race detector, and checks that a file removed
// while it is read keeps its bytes.
func TestConcurrentUse(t *testing.T) {
	f := memfs.New(func() time.Time { return time.Unix(1, 0) })
	require.NoError(t, f.MkdirAll("d", 0o755))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name := fmt.Sprintf("d/%d", i%4)
			want := bytes.Repeat([]byte{'a'}, 1<<20+i)
			for range 20 {
				h, err := f.Create(fmt.Sprintf("d/own%d", i))
				if err == nil {
					_, err = h.Write(want)
				}
				if err == nil {
					err = f.Rename(h.Name(), name)
				}
				if err != nil {
					t.Error(err)
					return
				}
				_ = f.Remove(name) // by another, perhaps
				if _, err := h.Seek(0, io.SeekStart); err != nil {
					t.Error(err)
				}
				got, err := io.ReadAll(h)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes read, %v", len(got), err)
				}
				if err := h.Close(); err != nil {
					t.Error(err)
				}
				if _, err := afero.ReadDir(f, "d"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkWrite64MiB(b *testing.B) {
	p := make([]byte, 256<<10)
	for _, fs := range []afero.Fs{memfs.New(nil), afero.NewMemMapFs()} {
		b.Run(fs.Name(), func(b *testing.B) {
			b.SetBytes(64 << 20)
			b.ReportAllocs()
			for b.Loop() {
				h, err := fs.Create("a")
				require.NoError(b, err)
				for range 256 {
					_, err := h.Write(p)
					require.NoError(b, err)
				}
				require.NoError(b, h.Close())
				require.NoError(b, fs.Remove("a"))
			}
		})
	}
}
