// Package crc64 computes CRC-64/XZ, the checksum of an object's body
// (x-cos-hash-crc64ecma; COS docs: CRC64 校验). It returns what [hash/crc64] returns with the
// table of [crc64.ECMA]. Where the processor multiplies polynomials it is many times as fast.
//
// # How it works
//
// A CRC is the remainder of a polynomial over GF(2), the body, divided by a fixed one, P of
// degree 64. The first bit of the body is the highest coefficient; in a byte, and so in a
// little-endian word, the lowest bit comes first. A word of 64 bits is therefore a polynomial
// whose coefficient of x^(63-i) is bit i ("reflected").
//
// To fold is to replace the beginning of a body by something shorter with the same remainder.
// Let H and L be its first two words. When D bits follow after them, they stand for
//
//	(H·x^64 + L) · x^D  ≡  H·(x^(D+64) mod P) + L·(x^D mod P)   (mod P)
//
// Both products have fewer than 128 bits, so they are added (by XOR) to the 128 bits that stand
// D bits later. Carry-less multiplication of reflected words is one bit short: its result is the
// product times x. So the constants are one power lower: x^(D+63) and x^(D-1).
//
// The assembly folds eight lanes of 16 bytes each over D = 1024 bits, then lane by lane over
// D = 128 bits, until 16 bytes are left. The table takes these and the last bytes of the body.
// The CRC of what came before is added to the first eight bytes.
package crc64

import (
	"encoding/binary"
	"hash/crc64"
)

// The remainders of powers of x divided by P, reflected: x1087 is x^1087 mod P. The assembly
// reads them, and a test computes them.
const (
	x1087 = 0x8757d71d4fcc1000
	x1023 = 0xd7d86b2af73de740
	x191  = 0xe05dd497ca393ae4
	x127  = 0xdabe95afc7875f40
)

// block is how many bytes fold takes at once, and the fewest that it takes: eight lanes. The
// table is no slower up to there.
const block = 128

// Update returns the CRC of a body that continues with p, where crc is that of the body so far:
// 0 before its first byte.
func Update(crc uint64, p []byte) uint64 {
	table := crc64.MakeTable(crc64.ECMA) // the package's own, made once
	if len(p) >= block && canFold() {
		whole := len(p) &^ 15
		var x [16]byte
		binary.LittleEndian.PutUint64(x[:], ^crc) // a CRC is kept inverted between two calls
		fold(&x, p[:whole])
		crc, p = crc64.Update(^uint64(0), table, x[:]), p[whole:]
	}
	return crc64.Update(crc, table, p)
}

// Sum is the CRC of what was written to it. The zero value is that of nothing.
type Sum uint64

// Write continues the body. It never fails.
func (s *Sum) Write(p []byte) (int, error) {
	*s = Sum(Update(uint64(*s), p))
	return len(p), nil
}
