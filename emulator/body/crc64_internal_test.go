package body

import (
	"hash/crc64"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUpdateCRC64(t *testing.T) {
	require.Equal(t, uint64(0x995dc9bbdf1939fa), updateCRC64(0, []byte("123456789")), "the check value of CRC-64/XZ")
	r := rand.NewChaCha8([32]byte{1})
	data := make([]byte, 3*wideMin)
	_, _ = r.Read(data)
	for _, n := range []int{0, 1, wideMin - 1, wideMin, wideMin + 1, wideMin + 15, wideMin + 16, wideMin + 17, 2*wideMin + 9} {
		for _, before := range []uint64{0, ^uint64(0), r.Uint64()} {
			for _, from := range []int{0, 1, 7} {
				p := data[from : from+n]
				require.Equal(t, crc64.Update(before, polynomial(), p), updateCRC64(before, p), "%d bytes at %d", n, from)
			}
		}
	}
}

func BenchmarkCRC64(b *testing.B) {
	p := make([]byte, bufferSize)
	for _, c := range []struct {
		name string
		sum  func(uint64, []byte) uint64
	}{
		{"wide", updateCRC64},
		{"hash-crc64", func(crc uint64, p []byte) uint64 { return crc64.Update(crc, polynomial(), p) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(p)))
			var crc uint64
			for b.Loop() {
				crc = c.sum(crc, p)
			}
			_ = crc
		})
	}
}
