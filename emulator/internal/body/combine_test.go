package body_test

import (
	"hash/crc64"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/body"
)

// TestCombine compares combined CRCs with those of the whole, at random cuts.
func TestCombine(t *testing.T) {
	table := crc64.MakeTable(crc64.ECMA)
	data := random(100_000)
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		whole := data[:r.IntN(len(data)+1)]
		var crc uint64
		var joined body.Joined
		for rest := whole; len(rest) > 0; {
			n := 1 + r.IntN(len(rest))
			piece := crc64.Checksum(rest[:n], table)
			crc = body.CombineCRC64(crc, piece, int64(n))
			joined.Append(piece, int64(n))
			joined.Append(0, 0)
			rest = rest[n:]
		}
		require.Equal(t, crc64.Checksum(whole, table), crc)
		require.Equal(t, crc, joined.CRC64())
	}
	some := crc64.Checksum(data, table)
	require.Equal(t, some, body.CombineCRC64(some, 0, 0), "nothing behind it")
	require.Equal(t, some, body.CombineCRC64(0, some, int64(len(data))), "nothing before it")

	// A part of the largest size, computed by doubling zeros.
	var zeros uint64
	n := int64(1)
	zeros = crc64.Checksum([]byte{0}, table)
	for n < 5<<30 {
		zeros = body.CombineCRC64(zeros, zeros, n)
		n *= 2
	}
	left := body.CombineCRC64(body.CombineCRC64(some, zeros, n), some, 7)
	right := body.CombineCRC64(some, body.CombineCRC64(zeros, some, 7), n+7)
	require.Equal(t, left, right, "the order of combining does not matter")
}
