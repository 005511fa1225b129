package index

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
)

// AckedName is a file in the folder of an index. It holds the number of the last acknowledged
// change and a checksum. A log that was cut off between two records looks whole; this number tells
// that changes are missing.
//
// The file is written after the log and never synced. So its number is ahead of the log only if the
// log has lost changes.
const AckedName = "acked"

const ackedSize = 8 + 4

// acked writes that file.
type acked struct {
	mu   sync.Mutex
	file *os.File
	last uint64
}

// Acked reads the number of the last acknowledged change, 0 if there is none.
func Acked(indexDir string) uint64 {
	b, err := os.ReadFile(filepath.Join(indexDir, AckedName))
	if err != nil || len(b) < ackedSize || binary.LittleEndian.Uint32(b[8:]) != ackedSum(b) {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

func ackedSum(b []byte) uint32 {
	return crc32.Checksum(b[:8], crc32.MakeTable(crc32.Castagnoli))
}

func openAcked(indexDir string) (*acked, error) {
	a := &acked{last: Acked(indexDir)}
	var err error
	a.file, err = os.OpenFile(filepath.Join(indexDir, AckedName), os.O_RDWR|os.O_CREATE, 0o600)
	return a, err
}

// note records that a change is in the log. A failed write is no error: a later check finds less,
// and nothing else follows.
func (a *acked) note(number uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if number > a.last {
		_ = a.write(number)
	}
}

func (a *acked) write(number uint64) error {
	var b [ackedSize]byte
	binary.LittleEndian.PutUint64(b[:], number)
	binary.LittleEndian.PutUint32(b[8:], ackedSum(b[:]))
	a.last = number
	_, err := a.file.WriteAt(b[:], 0)
	return err
}

func (a *acked) close() error { return a.file.Close() }
