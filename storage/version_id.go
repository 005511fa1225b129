package storage

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// A version's rank says where it stands among those of its key: the higher,
// the newer. It is the microsecond in which the version was made, or the next
// one that no version has.

// versionID is the id of the version of a rank: base64, without padding, of
// the decimal of what is left to 2^64 − 1, so the smaller number is newer (seen:
// the ids in the COS docs' samples give the times of the samples).
func versionID(rank uint64) string {
	return base64.RawStdEncoding.EncodeToString(strconv.AppendUint(nil, math.MaxUint64-rank, 10))
}

// rankOf reads the rank off an id made by versionID.
func rankOf(id string) (rank uint64, ok bool) {
	text, err := base64.RawStdEncoding.DecodeString(id)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	rank = math.MaxUint64 - n
	return rank, err == nil && versionID(rank) == id
}

// rankAt is the lowest rank of a version that is made now.
func rankAt(now time.Time) uint64 {
	if now.Unix() <= 0 {
		return 0
	}
	return uint64(now.UnixMicro())
}

// rankSize is the length of a rank in a row.
const rankSize = 8

// appendRank appends a rank so that the highest sorts first.
func appendRank(dst []byte, rank uint64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.MaxUint64-rank)
}

// readRank reads what appendRank wrote.
func readRank(b []byte) (uint64, error) {
	if len(b) != rankSize {
		return 0, fmt.Errorf("%w: rank of a version of %d bytes", ErrFormat, len(b))
	}
	return math.MaxUint64 - binary.BigEndian.Uint64(b), nil
}

// rankStep is how many ranks are set aside with one change to the index: two
// to the twentieth is about a second of a clock that runs.
const rankStep = 1 << 20

// ranks gives each version of the store a rank of its own, whatever the clock
// does and however often the store is opened: an id never comes again, not
// even that of a version that was removed (choice 25).
type ranks struct {
	mu   sync.Mutex
	last uint64 // the last one given
	kept uint64 // up to here the index knows
}

// ranksKey names the store-wide fact how far ranks were set aside.
const ranksKey = "ranks"

// load reads how far the ranks given may reach.
func (r *ranks) load(ix index.Index) error {
	v, found, err := ix.Get(nil, keys.Meta(ranksKey))
	if err != nil || !found {
		return err
	}
	if r.kept, err = readRank(v); err != nil {
		return err
	}
	r.last = r.kept
	return nil
}

// next gives the rank of a version made now, above all before and above least.
func (r *ranks) next(ix index.Index, now time.Time, least uint64) (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rank := max(rankAt(now), r.last+1, least+1)
	if rank > r.kept {
		kept := rank + rankStep
		if err := ix.Apply(index.Op{Kind: index.Put, Key: keys.Meta(ranksKey), Value: appendRank(nil, kept)}); err != nil {
			return 0, err
		}
		r.kept = kept
	}
	r.last = rank
	return rank, nil
}
