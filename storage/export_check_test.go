package storage

import (
	"bytes"
	"fmt"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// strayVersions finds what breaks the order of versions: the current one is no
// delete marker, stands where the newest stands, and above all others; a null
// version that is not current is where its row says, and there is one at most.
func (s *Store) strayVersions(cur index.Cursor) (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	nulls := make(map[string]string) // row of a null version by the row that says where it stands
	top := make(map[string]uint64)   // highest rank by row of the current version
	for ok := cur.Seek([]byte{keys.SpaceVersion}); ok && cur.Key()[0] == keys.SpaceVersion; ok = cur.Next() {
		row := bytes.Clone(cur.Key())
		bucket, rest, _ := keys.Cut(row[1:])
		key, rest, _ := keys.Cut(rest)
		rank, err := readRank(rest)
		rec, _ := cur.Value()
		o, rerr := decodeObject(rec, key, false)
		if err != nil || rerr != nil {
			fault("version %x: %v, %v", row, err, rerr)
		}
		object := string(keys.Object(nil, bucket, key))
		if _, seen := top[object]; !seen {
			top[object] = rank
			if _, found, _ := s.ix.Get(nil, []byte(object)); !found && !o.DeleteMarker {
				fault("version %x is the newest, but not current", row)
			}
		}
		if o.VersionID == "" {
			null := string(keys.Null(bucket, key))
			if _, twice := nulls[null]; twice {
				fault("version %x: a second null version", row)
			}
			nulls[null] = string(row)
		} else if r, ok := rankOf(o.VersionID); !ok || r != rank {
			fault("version %x has id %s", row, o.VersionID)
		}
		if o.DeleteMarker && (o.Size != 0 || len(o.Segments) != 0) {
			fault("delete marker %x has a body", row)
		}
	}
	for ok := cur.Seek([]byte{keys.SpaceNull}); ok && cur.Key()[0] == keys.SpaceNull; ok = cur.Next() {
		null := string(cur.Key())
		rank, _ := cur.Value()
		if row, ok := nulls[null]; !ok || row[len(row)-rankSize:] != string(rank) {
			fault("null version of %x: stands at %x, not %x", null, row, rank)
		}
		delete(nulls, null)
	}
	for null := range nulls {
		fault("null version of %x: nothing says where it stands", null)
	}
	return append(faults, strayCurrent(cur, top)...)
}

func strayCurrent(cur index.Cursor, top map[string]uint64) (faults []error) {
	for ok := cur.Seek([]byte{keys.SpaceObject}); ok && cur.Key()[0] == keys.SpaceObject; ok = cur.Next() {
		rec, _ := cur.Value()
		o, err := decodeObject(rec, "", false)
		if err != nil || o.DeleteMarker {
			faults = append(faults, fmt.Errorf("object %x: a delete marker (%t), %w", cur.Key(), o.DeleteMarker, err))
		}
		if o.VersionID == "" {
			continue
		}
		if r, ok := rankOf(o.VersionID); !ok || r <= top[string(cur.Key())] {
			faults = append(faults, fmt.Errorf("object %x has id %s, not above all others", cur.Key(), o.VersionID))
		}
	}
	return faults
}
