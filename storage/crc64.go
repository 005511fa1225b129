package storage

import "github.com/cosemu/cosemu/storage/internal/crc64"

// CRC64 returns the CRC-64/XZ of a body that continues with p, where crc is that of the bytes
// before p: 0 at the beginning. It is what Object.CRC64 and the header x-cos-hash-crc64ecma hold
// (COS docs: CRC64 校验). Where the processor multiplies polynomials it is many times as fast as
// hash/crc64.
func CRC64(crc uint64, p []byte) uint64 { return crc64.Update(crc, p) }
