package body

import "hash/crc64"

// Joined computes the CRC-64/XZ of a body from the CRC and length of each part, without their
// bytes. The zero value has no parts. The time for a part is logarithmic in its length; ten
// thousand parts take some milliseconds.
type Joined struct {
	crc uint64
	// zeros[i] appends 2^i zero bytes to the input of a CRC. It grows with the length of the parts.
	zeros [][64]uint64
}

// Append adds a part with its CRC and its length in bytes.
func (j *Joined) Append(crc uint64, length int64) {
	// A CRC is linear. Appending n zero bytes multiplies its state by a power of x, computed by
	// repeated squaring of the operator "one zero bit". Pre- and post-inversion cancel out.
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

// CRC64 returns the CRC of all parts.
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
	for range 3 { // two, four, eight zero bits
		op = square(&op)
	}
	j.zeros = append(make([][64]uint64, 0, 24), op)
}

// CombineCRC64 returns the CRC-64/XZ of two parts, see Joined.
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
		sum ^= column & -(v >> i & 1) // without a branch, which would be mispredicted half of the time
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
