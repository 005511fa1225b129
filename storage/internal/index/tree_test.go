package index_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage/internal/index"
)

// indexes are the two there are.
func indexes(t testing.TB) (memory, disk index.Index) {
	memory = index.NewTree(nil)
	disk, err := index.OpenPebble(index.Config{FS: vfs.NewMem()})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, memory.Close())
		require.NoError(t, disk.Close())
	})
	return memory, disk
}

// heldScan is a scan of both indexes and what it has to see.
type heldScan struct {
	cursors      [2]index.Cursor
	lower, upper string
	rows         map[string]string
	keys         []string
}

func hold(t *testing.T, both [2]index.Index, lower, upper string, rows map[string]string) *heldScan {
	h := &heldScan{lower: lower, upper: upper, rows: maps.Clone(rows)}
	for _, k := range slices.Sorted(maps.Keys(rows)) {
		if k >= lower && k < upper {
			h.keys = append(h.keys, k)
		}
	}
	for i, ix := range both {
		l, u := []byte(lower), []byte(upper)
		cur, err := ix.Scan(l, u)
		require.NoError(t, err)
		clear(l)
		clear(u)
		h.cursors[i] = cur
	}
	return h
}

// walk seeks a key in both and compares up to n rows with what has to be there.
func (h *heldScan) walk(t *testing.T, from string, n int) {
	at, _ := slices.BinarySearch(h.keys, from)
	for i, cur := range h.cursors {
		ok := cur.Seek([]byte(from))
		for _, key := range h.keys[at:min(at+n, len(h.keys))] {
			require.True(t, ok, "index %d ends before %q", i, key)
			require.Equal(t, key, string(cur.Key()))
			v, err := cur.Value()
			require.NoError(t, err)
			require.Equal(t, h.rows[key], string(v))
			ok = cur.Next()
		}
		if at+n >= len(h.keys) {
			require.False(t, ok, "index %d goes on behind the last row", i)
		}
	}
}

func (h *heldScan) close(t *testing.T) {
	for _, cur := range h.cursors {
		require.NoError(t, cur.Close())
	}
}

// TestIndexesAlike: random batches, among them long ones and the removal of
// ranges narrow and wide, leave both indexes and a plain map with the same
// rows; scans that are held open meanwhile see what was there when they began.
func TestIndexesAlike(t *testing.T) {
	for seed := range uint64(3) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		memory, disk := indexes(t)
		both := [2]index.Index{memory, disk}
		rows := make(map[string]string)
		key := func() string {
			return []string{"A", "a", "a\x00", "b", "\xfe"}[rnd.IntN(5)] + string(binaryKey(rnd.IntN(3000))[rnd.IntN(2):])
		}
		var held []*heldScan
		wide := 0
		for round := range 250 {
			batch := make([]index.Op, 1+rnd.IntN(8))
			if round%10 == 0 {
				batch = make([]index.Op, 700)
			}
			for i := range batch {
				batch[i] = someOp(rnd, key, rows, &wide)
			}
			for _, ix := range both {
				theirs := make([]index.Op, len(batch))
				for i, op := range batch {
					theirs[i] = index.Op{Kind: op.Kind, Key: bytes.Clone(op.Key), Value: bytes.Clone(op.Value)}
				}
				require.NoError(t, ix.Apply(theirs...))
				for _, op := range theirs { // the caller's again
					clear(op.Key)
					clear(op.Value)
				}
			}
			for range 10 {
				k := key()
				want, there := rows[k]
				for _, ix := range both {
					v, found, err := ix.Get([]byte("dst"), []byte(k))
					require.NoError(t, err)
					require.Equal(t, there, found, "%q", k)
					require.Equal(t, "dst"+want, string(v))
				}
			}
			if len(held) == 8 {
				held[0].close(t)
				held = held[1:]
			}
			lower, upper := key(), key()
			if rnd.IntN(2) == 0 {
				lower, upper = "\x00", "\xff\xff"
			}
			held = append(held, hold(t, both, min(lower, upper), max(lower, upper), rows))
			for _, h := range held {
				h.walk(t, max(h.lower, key()), rnd.IntN(40))
			}
			h := held[rnd.IntN(len(held))]
			h.walk(t, h.lower, len(h.keys))
		}
		require.Greater(t, wide, 5)
		for _, h := range held {
			h.close(t)
		}
	}
}

func binaryKey(n int) []byte { return []byte{byte(n >> 8), byte(n)} }

// someOp makes one change to rows and returns it.
func someOp(rnd *rand.Rand, key func() string, rows map[string]string, wide *int) index.Op {
	k := key()
	switch n := rnd.IntN(1000); {
	case n < 4:
		lower, upper := min(k, key()), max(k, key())
		before := len(rows)
		maps.DeleteFunc(rows, func(k, _ string) bool { return k >= lower && k < upper })
		if before-len(rows) > 400 {
			*wide++
		}
		return index.Op{Kind: index.DeleteRange, Key: []byte(lower), Value: []byte(upper)}
	case n < 200:
		delete(rows, k)
		return index.Op{Kind: index.Delete, Key: []byte(k)}
	default:
		v := string(content(rnd.IntN(30), byte(n)))
		rows[k] = v
		return index.Op{Kind: index.Put, Key: []byte(k), Value: []byte(v)}
	}
}

// TestIndexRefusesUnknownOp: a batch with a change that nobody knows changes
// nothing, in either index.
func TestIndexRefusesUnknownOp(t *testing.T) {
	memory, disk := indexes(t)
	for _, ix := range []index.Index{memory, disk} {
		put := index.Op{Kind: index.Put, Key: []byte("k"), Value: []byte("v")}
		require.Error(t, ix.Apply(put, index.Op{Kind: 99, Key: []byte("l")}))
		_, found, err := ix.Get(nil, []byte("k"))
		require.NoError(t, err)
		require.False(t, found)
		require.NoError(t, ix.Apply(put))
		_, found, err = ix.Get(nil, []byte("k"))
		require.NoError(t, err)
		require.True(t, found)
	}
}

// TestIndexWhileOthersWrite: every batch writes one number into a row at each
// of many places, among others short ones and long ones that first remove it
// all. Whoever scans sees one number everywhere and all rows, however slowly
// it reads, and numbers never go back.
func TestIndexWhileOthersWrite(t *testing.T) {
	memory, disk := indexes(t)
	for name, ix := range map[string]index.Index{"memory": memory, "disk": disk} {
		t.Run(name, func(t *testing.T) {
			const places, rounds = 300, 60
			write := func(n byte, renew bool) {
				var ops []index.Op
				if renew {
					ops = append(ops, index.Op{Kind: index.DeleteRange, Key: []byte{0}, Value: []byte{0xff}})
				}
				for i := range places {
					ops = append(ops, index.Op{Kind: index.Put, Key: binaryKey(i), Value: []byte{n}})
				}
				require.NoError(t, ix.Apply(ops...))
			}
			write(0, false)
			var done sync.WaitGroup
			stop := make(chan struct{})
			for range 3 { // other rows, beside
				done.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-stop:
							return
						default:
						}
						k := fmt.Appendf(nil, "\xff%d", i%500)
						if ix.Apply(index.Op{Kind: index.Put, Key: k, Value: k}) != nil {
							t.Error("put")
						}
						if v, found, err := ix.Get(nil, k); err != nil || found && !bytes.Equal(k, v) {
							t.Error("get", v, err)
						}
						if i%3 == 0 && ix.Apply(index.Op{Kind: index.Delete, Key: k}) != nil {
							t.Error("delete")
						}
					}
				})
			}
			for range 3 {
				done.Go(func() {
					for last := byte(0); last < rounds; {
						n, ok := oneNumber(t, ix, places)
						if !ok || n < last {
							t.Errorf("%d after %d", n, last)
							return
						}
						last = n
					}
				})
			}
			for n := range byte(rounds) {
				write(n+1, n%3 == 0)
			}
			close(stop)
			done.Wait()
		})
	}
}

// oneNumber scans all places and returns the number that all of them hold.
func oneNumber(t *testing.T, ix index.Index, places int) (n byte, ok bool) {
	cur, err := ix.Scan([]byte{0}, []byte{0xff})
	if err != nil {
		t.Error(err)
		return 0, false
	}
	seen := 0
	for ok := cur.Seek([]byte{0}); ok; ok = cur.Next() {
		v, err := cur.Value()
		if err != nil || len(v) != 1 || seen > 0 && v[0] != n {
			t.Errorf("row %d: %d among %d, %v", seen, v, n, err)
			return 0, false
		}
		n = v[0]
		seen++
		runtime.Gosched()
	}
	return n, cur.Close() == nil && seen == places
}

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what had a finalizer
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMemoryIndexForgets: what was replaced, removed or reset takes no memory,
// whatever scans there were.
func TestMemoryIndexForgets(t *testing.T) {
	ix := index.NewTree(nil)
	value := make([]byte, 64<<10)
	put := func(i int) {
		k := binaryKey(i % 200)
		require.NoError(t, ix.Apply(index.Op{Kind: index.Put, Key: k, Value: value}))
	}
	scan := func() index.Cursor {
		cur, err := ix.Scan(nil, []byte{0xff})
		require.NoError(t, err)
		require.True(t, cur.Seek(nil))
		return cur
	}
	for i := range 200 {
		put(i)
	}
	full := heap()
	var cur index.Cursor
	for i := range 3000 { // 15 times all of it
		put(i)
		if i%100 == 0 {
			if cur != nil {
				require.NoError(t, cur.Close())
			}
			cur = scan()
		}
	}
	require.NoError(t, cur.Close())
	require.Less(t, heap(), full+1<<20)

	for i := range 150 {
		require.NoError(t, ix.Apply(index.Op{Kind: index.Delete, Key: binaryKey(i)}))
	}
	require.Less(t, heap(), full-140*uint64(len(value)))
	require.NoError(t, ix.Apply(index.Op{Kind: index.DeleteRange, Key: []byte{0}, Value: []byte{0xff}}))
	require.Less(t, heap(), full-195*uint64(len(value)))
	runtime.KeepAlive(ix)
}

// content makes bytes that differ with the seed.
func content(size int, seed byte) []byte {
	b := make([]byte, size)
	x := uint32(seed) + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}
