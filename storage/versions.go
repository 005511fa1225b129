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

// nameNull sets the version id of a null version, if bucket b has versions. Its row has no id,
// because the bucket may get versioning later.
func (o *Object) nameNull(b *Bucket) {
	if o.VersionID == "" && b.Versioning != VersioningNever {
		o.VersionID = NullVersion
	}
}

func markerError(o *Object) error {
	return &MarkerError{VersionID: o.VersionID, Modified: o.Modified}
}

// locate finds a version, as lookup does, and its row.
func (s objects) locate(b *Bucket, key, version string) (row []byte, o Object, err error) {
	v, err := s.versionsOf(b.Name, key)
	if err != nil {
		return nil, o, err
	}
	p, found, err := v.find(version)
	if err := v.close(err); err != nil {
		return nil, o, err
	}
	if !found {
		missing := ErrNoVersion
		if version == "" {
			missing = ErrNoObject
		}
		return nil, o, fmt.Errorf("%w: %q of %q in %s", missing, version, key, b.Name)
	}
	o, err = decodeObject(p.rec, key, false)
	o.nameNull(b)
	if err == nil && version == "" && o.DeleteMarker {
		return nil, Object{}, fmt.Errorf("%w: %q in %s: %w", ErrNoObject, key, b.Name, markerError(&o))
	}
	return p.row, o, err
}

// addVersion makes o the newest version of its key. The row of o is the first of the batch. The
// current version becomes one of the others; with versioning suspended the null version is removed
// instead, wherever its row is. It sets the version id of o and returns the segments that no row
// will name.
func (s objects) addVersion(m *scratch, b *Bucket, o *Object, batch []index.Op) ([]index.Op, []Segment, error) {
	next, err := s.supersede(b, o.Key)
	if err != nil {
		return nil, nil, err
	}
	if b.Versioning == VersioningEnabled {
		rank, err := s.ranks.next(s.ix, o.Modified, next.rank)
		if err != nil {
			return nil, nil, err
		}
		o.VersionID = versionID(rank)
		m.rec = appendObject(m.rec[:0], o)
		batch[0].Value = m.rec
	}
	o.nameNull(b)
	return append(batch, next.batch...), next.dropped, nil
}

// addMarker makes a delete marker the newest version of a key.
func (s objects) addMarker(m *scratch, b *Bucket, key string, at time.Time) (removal, error) {
	next, err := s.supersede(b, key)
	if err != nil {
		return removal{}, err
	}
	rank, err := s.ranks.next(s.ix, at, next.rank)
	if err != nil {
		return removal{}, err
	}
	o := Object{Modified: at, DeleteMarker: true}
	batch := next.batch
	batch = append(batch, index.Op{Kind: index.Delete, Key: keys.Object(nil, b.Name, key)})
	if b.Versioning == VersioningEnabled {
		o.VersionID = versionID(rank)
	} else {
		batch = append(batch, index.Op{Kind: index.Put, Key: keys.Null(b.Name, key), Value: appendRank(nil, rank)})
	}
	m.rec = appendObject(m.rec[:0], &o)
	row := appendRank(keys.Versions(b.Name, key), rank)
	batch = append(batch, index.Op{Kind: index.Put, Key: row, Value: m.rec})
	o.nameNull(b)
	return removal{Deleted{VersionID: o.VersionID, Created: true}, batch, next.dropped}, nil
}

// deleteVersion removes one version. If that was the newest, and the next one is no delete marker,
// the next one becomes current.
func (s objects) deleteVersion(b *Bucket, key, version string) (r removal, err error) {
	if version == "" {
		return r, nil
	}
	v, err := s.versionsOf(b.Name, key)
	if err != nil {
		return r, err
	}
	r, err = v.remove(version)
	return r, v.close(err)
}

// Update sets the Header, ACL and Tags of a version to what change makes of them. Other fields do
// not change, and nothing does when change returns an error. change runs while the key is locked
// and must not call the store. The version is chosen as in StatVersion; a delete marker is refused
// with ErrDeleteMarker.
func (s objects) Update(bucket, key, version string, change func(*Object) error) (Object, error) {
	if err := s.enter(); err != nil {
		return Object{}, err
	}
	defer s.leave()
	sp := s.stripe(bucket, key)
	sp.Lock()
	defer sp.Unlock()
	b, err := s.bucket(bucket)
	if err != nil {
		return Object{}, err
	}
	row, o, err := s.locate(&b, key, version)
	if err != nil {
		return Object{}, err
	}
	if o.DeleteMarker {
		return Object{}, fmt.Errorf("%w: %q in %s: %w", ErrDeleteMarker, key, bucket, markerError(&o))
	}
	changed := o
	if err := change(&changed); err != nil {
		return Object{}, err
	}
	if err := s.changing(bucket, key); err != nil {
		return Object{}, err
	}
	o.Header, o.ACL, o.Tags = changed.Header, changed.ACL, changed.Tags
	stored := o
	if stored.VersionID == NullVersion {
		stored.VersionID = ""
	}
	err = s.ix.Apply(index.Op{Kind: index.Put, Key: row, Value: appendObject(nil, &stored)})
	return o, asFull(err)
}

// A version's rank orders it among those of its key: the higher, the newer. It is
// the microsecond in which the version was made, or the next one that is free.

// versionID is the id of the version of a rank: 2^64 − 1 − rank in decimal, in
// base64 without padding. So the smaller number is newer (seen: the ids in the COS
// docs' samples give the times of the samples).
func versionID(rank uint64) string {
	return base64.RawStdEncoding.EncodeToString(strconv.AppendUint(nil, math.MaxUint64-rank, 10))
}

// rankOf reads the rank from an id that versionID made.
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

// rankStep is how many ranks one change to the index sets aside: about a second's worth.
const rankStep = 1 << 20

// ranks gives each version of the store its own rank, even if the clock goes back
// or the store is opened again. No id is used twice, not even that of a version
// that was removed (choice 25).
type ranks struct {
	mu   sync.Mutex
	last uint64 // the last rank given
	kept uint64 // the highest rank that the index sets aside
}

// ranksKey names the row with the highest rank that was set aside.
const ranksKey = "ranks"

// load reads the highest rank that an earlier run may have given.
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

// next gives the rank of a version made now. It is above all earlier ranks and above least.
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
