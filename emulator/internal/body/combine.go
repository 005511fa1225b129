package body

import "hash/crc64"

// Joined is the CRC-64/XZ of pieces one after the other, from the CRC and the
// length of each, without their bytes. The zero value is that of no piece.
// Each piece takes time in the logarithm of its length, ten thousand of them
// some milliseconds.
type Joined struct {
	crc uint64
	// zeros[i] appends 2^i zero bytes to what a CRC was made of. It grows as
	// longer pieces come.
	zeros [][64]uint64
}

// Append adds a piece of length bytes with that CRC.
func (j *Joined) Append(crc uint64, length int64) {
	// A CRC is linear: appending n zero bytes to the first piece multiplies
	// its state by a power of x, which repeated squaring of the operator "one
	// zero bit" reaches. Pre- and post-inversion cancel out.
	for i, n := 0, uint64(max(length, 0)); n != 0; i, n = i+1, n>>1 {
		if i == len(j.zeros) {
			j.grow()
		}
		if n&1 != 0 {
			j.crc = times(&j.zeros[i], j.crc)
		}
	}
	j.crc ^= crc
}

// CRC64 is that of all pieces.
func (j *Joined) CRC64() uint64 { return j.crc }

func (j *Joined) grow() {
	if n := len(j.zeros); n > 0 {
		j.zeros = append(j.zeros, square(&j.zeros[n-1]))
		return
	}
	var op [64]uint64 // one zero bit
	op[0] = crc64.ECMA
	for i := 1; i < 64; i++ {
		op[i] = 1 << (i - 1)
	}
	for range 3 { // two, four, eight
		op = square(&op)
	}
	j.zeros = append(make([][64]uint64, 0, 24), op)
}

// CombineCRC64 is the CRC-64/XZ of two pieces, see Joined.
func CombineCRC64(first, second uint64, secondLen int64) uint64 {
	if secondLen <= 0 {
		return first
	}
	j := Joined{crc: first}
	j.Append(second, secondLen)
	return j.crc
}

func times(m *[64]uint64, v uint64) uint64 {
	var sum uint64
	for i, column := range m {
		sum ^= column & -(v >> i & 1) // no branch: it would be mispredicted half of the time
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
