package body

import "hash/crc64"

// CombineCRC64 is the CRC-64/XZ of two pieces one after the other, from the
// CRC of each and the length of the second in bytes, without their bytes. It
// takes time in the logarithm of the length.
func CombineCRC64(first, second uint64, secondLen int64) uint64 {
	if secondLen <= 0 {
		return first
	}
	// A CRC is linear: appending n zero bytes to the first piece multiplies
	// its state by a power of x, which repeated squaring of the operator "one
	// zero bit" reaches. Pre- and post-inversion cancel out.
	var op [64]uint64
	op[0] = crc64.ECMA
	for i := 1; i < 64; i++ {
		op[i] = 1 << (i - 1)
	}
	op = square(&op) // two zero bits
	op = square(&op) // four
	for n := uint64(secondLen); n != 0; n >>= 1 {
		op = square(&op) // one byte, two, four …
		if n&1 != 0 {
			first = times(&op, first)
		}
	}
	return first ^ second
}

func times(m *[64]uint64, v uint64) uint64 {
	var sum uint64
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 != 0 {
			sum ^= m[i]
		}
	}
	return sum
}

func square(m *[64]uint64) [64]uint64 {
	var out [64]uint64
	for i := range m {
		out[i] = times(m, m[i])
	}
	return out
}
