package storage

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
)

// ackedName is a file in the folder of an index with the number of the last change
// that was acknowledged, and the checksum of that. A log that was cut off between two
// records looks whole; by this number it does not.
//
// It is written after the log and never synced. So the log is behind it only where
// the log lost something that it had.
const ackedName = "acked"

const ackedSize = 8 + 4

// acked writes that file.
type acked struct {
	mu   sync.Mutex
	file *os.File
	last uint64
}

// ackedChange reads the number, 0 if there is none.
func ackedChange(indexDir string) uint64 {
	b, err := os.ReadFile(filepath.Join(indexDir, ackedName))
	if err != nil || len(b) < ackedSize || binary.LittleEndian.Uint32(b[8:]) != ackedSum(b) {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

func ackedSum(b []byte) uint32 {
	return crc32.Checksum(b[:8], crc32.MakeTable(crc32.Castagnoli))
}

func openAcked(indexDir string) (*acked, error) {
	a := &acked{last: ackedChange(indexDir)}
	var err error
	a.file, err = os.OpenFile(filepath.Join(indexDir, ackedName), os.O_RDWR|os.O_CREATE, 0o600)
	return a, err
}

// note takes in that a change is in the log. A number that cannot be written makes
// a later look see less, so that is no failure.
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
