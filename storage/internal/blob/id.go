package blob

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
)

// ids makes identifiers: UUIDs of version 7 (RFC 9562, section 5.7), whose order is that of their
// making. Asking the kernel for random bytes each time takes longer than all else that a small body
// in memory needs, so it is asked once, for a seed.
//
// No two are alike: within a process the time in each is above that of the one before. Those of an
// earlier process differ in 57 bits that come from another seed, and a file is made only if there
// is none of its name. The generator is a strong one, because nobody who uploads a body may guess
// its identifier: see AppendLabel.
//
// The last byte is the folder of the file. Uploads that follow each other share few folders, which
// stay in the processor's cache.
type ids struct {
	mu     sync.Mutex
	random *rand.ChaCha8 // nil before the first one
	last   uint64        // time in the last one
	count  uint64        // of identifiers, from a random number on
}

const (
	groupFolders = 8    // in use at a time
	groupSize    = 2048 // identifiers before the next folders are used
)

func (g *ids) next() (id uuid.UUID) {
	now := time.Now()
	// Milliseconds in 48 bits, then the fraction of one in 12.
	at := uint64(now.UnixMilli())<<12 | uint64(now.Nanosecond()%1e6)<<12/1e6
	at, low := g.take(at)
	binary.BigEndian.PutUint64(id[:8], at>>12<<16|0x7000|at&0xfff)
	binary.BigEndian.PutUint64(id[8:], low&(1<<62-1)|1<<63)
	return id
}

// take returns at, or the next time that no identifier has, and random bits with a folder.
func (g *ids) take(at uint64) (uint64, uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.random == nil {
		var seed [32]byte
		_, _ = crand.Read(seed[:]) // it never fails
		g.random = rand.NewChaCha8(seed)
		g.count = g.random.Uint64()
	}
	g.last = max(at, g.last+1)
	g.count++
	low := g.random.Uint64()
	folder := g.count/groupSize*groupFolders + low%groupFolders
	return g.last, low&^0xff | folder&0xff
}
