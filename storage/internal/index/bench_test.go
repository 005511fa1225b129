package index_test

import (
	"encoding/binary"
	"sync/atomic"
	"testing"

	"github.com/cosemu/cosemu/storage/internal/index"
)

// BenchmarkTree replaces and reads rows as 16 writers of small objects do.
func BenchmarkTree(b *testing.B) {
	ix := index.NewTree(nil)
	var n atomic.Uint64
	value := make([]byte, 200)
	b.SetParallelism(8)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var val []byte
		key := append([]byte("oexamplebucket-1250000000\x00\x01"), make([]byte, 8)...)
		for pb.Next() {
			binary.BigEndian.PutUint64(key[len(key)-8:], n.Add(7919)%20000)
			val, _, _ = ix.Get(val[:0], key)
			if err := ix.Apply(index.Op{Kind: index.Put, Key: key, Value: value}); err != nil {
				b.Error(err)
			}
		}
	})
}
