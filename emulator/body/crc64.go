package body

import (
	"encoding/binary"
	"hash/crc64"
	"sync"
)

// wideMin is from how many bytes on sixteen tables, 32 KiB that must come into
// the nearest cache first, are faster than the eight of hash/crc64.
const wideMin = 16 << 10

// wideTables are the CRCs of each byte with 0 to 15 zero bytes behind it, so
// that sixteen bytes are summed in one step.
var wideTables = sync.OnceValue(func() *[16]crc64.Table {
	var t [16]crc64.Table
	t[0] = *polynomial()
	for i := range t[0] {
		for n := 1; n < len(t); n++ {
			before := t[n-1][i]
			t[n][i] = t[0][uint8(before)] ^ before>>8
		}
	}
	return &t
})

// polynomial is CRC-64/XZ's table; MakeTable returns the package's own.
func polynomial() *crc64.Table { return crc64.MakeTable(crc64.ECMA) }

// updateCRC64 is crc64.Update for CRC-64/XZ, a quarter faster on long pieces:
// beside MD5 it is the most that a stream costs.
func updateCRC64(crc uint64, p []byte) uint64 {
	if len(p) >= wideMin {
		t := wideTables()
		crc = ^crc
		for ; len(p) >= 16; p = p[16:] {
			a := binary.LittleEndian.Uint64(p) ^ crc
			b := binary.LittleEndian.Uint64(p[8:])
			crc = t[15][uint8(a)] ^ t[14][uint8(a>>8)] ^ t[13][uint8(a>>16)] ^ t[12][uint8(a>>24)] ^
				t[11][uint8(a>>32)] ^ t[10][uint8(a>>40)] ^ t[9][uint8(a>>48)] ^ t[8][a>>56] ^
				t[7][uint8(b)] ^ t[6][uint8(b>>8)] ^ t[5][uint8(b>>16)] ^ t[4][uint8(b>>24)] ^
				t[3][uint8(b>>32)] ^ t[2][uint8(b>>40)] ^ t[1][uint8(b>>48)] ^ t[0][b>>56]
		}
		crc = ^crc
	}
	return crc64.Update(crc, polynomial(), p)
}
