package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/cosemu/cosemu/storage/internal/index"
	"github.com/cosemu/cosemu/storage/internal/keys"
)

// Problem is something that is wrong with what a store keeps.
type Problem struct {
	// Failing says that the store can no longer be relied on: its index or its
	// folder is damaged or gone. Otherwise the problem is about one object.
	Failing bool
	// What tells it in one sentence.
	What string
	// Bucket, Key and VersionID name the object, if it is about one.
	Bucket, Key, VersionID string
}

// maxProblems bounds how many damaged objects are kept by name.
const maxProblems = 100

// problems are the damaged objects that were found since the store was opened. Each
// is logged once.
type problems struct {
	log  *slog.Logger
	mu   sync.Mutex
	list []Problem
	segs [][]Segment // the bodies of the objects in list when they were found
}

// keep adds a problem and reports whether it is new. It drops one beyond maxProblems.
func (p *problems) keep(is Problem, segs []Segment) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := slices.Index(p.list, is); at >= 0 {
		known := slices.Equal(p.segs[at], segs)
		p.segs[at] = segs
		return !known
	}
	if len(p.list) >= maxProblems {
		return false
	}
	p.list, p.segs = append(p.list, is), append(p.segs, segs)
	return true
}

// note is keep, and logs a new problem.
func (p *problems) note(is Problem, segs []Segment) bool {
	if !p.keep(is, segs) {
		return false
	}
	p.log.Error("storage: an object is damaged", "bucket", is.Bucket, "key", is.Key, "version", is.VersionID, "what", is.What)
	return true
}

// damage is what is known to be wrong with a store.
type damage struct{ *core }

// Problems returns what is known to be wrong with the store: what reading and
// writing found, and whether the folder is still there, which it checks now.
func (s damage) Problems() (all []Problem) {
	if err := s.probe(); err != nil {
		all = append(all, Problem{Failing: true, What: err.Error()})
	}
	if s.cutOff != "" {
		all = append(all, Problem{What: ErrCutOff.Error() + ": " + s.cutOff})
	}
	return append(all, s.problems.still(s.sameBody)...)
}

// probe checks that the index works and the folder is there.
func (s damage) probe() error {
	if s.enter() != nil {
		return nil
	}
	defer s.leave()
	if ix, ok := s.ix.(interface{ Probe() error }); ok {
		return ix.Probe()
	}
	return nil
}

// still returns the problems that still exist, and forgets the others.
func (p *problems) still(there func(*Problem, []Segment) bool) []Problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := 0
	for i := range p.list {
		if there(&p.list[i], p.segs[i]) {
			p.list[kept], p.segs[kept] = p.list[i], p.segs[i]
			kept++
		}
	}
	p.list, p.segs = p.list[:kept], p.segs[:kept]
	return slices.Clone(p.list)
}

// damageRow is the value of a row with a Problem. From it the next start knows the
// problem.
type damageRow struct {
	Problem
	Segments []Segment // tell the object from a later one of the same key
}

func damagePrefix() []byte { return keys.Meta("damage\x00") }

// noteDamage records a damaged object. It is forgotten when the object is replaced or
// deleted.
func (s damage) noteDamage(p Problem, segs []Segment) {
	if s.probe() != nil {
		return // the folder is damaged, not the object
	}
	if !s.problems.note(p, segs) || s.enter() != nil {
		return
	}
	defer s.leave()
	value, err := json.Marshal(damageRow{p, segs})
	if err == nil {
		key := fmt.Appendf(damagePrefix(), "%s\x00%s\x00%s", p.Bucket, p.Key, p.VersionID)
		err = s.ix.Apply(index.Op{Kind: index.Put, Key: key, Value: value})
	}
	if err != nil {
		s.log.Warn("storage: the next start will not know of a damaged object", "err", err)
	}
}

// recallDamage reads the problems that earlier runs have recorded. It forgets those
// whose objects were replaced or deleted.
func (s damage) recallDamage() error {
	prefix := damagePrefix()
	cur, err := s.ix.Scan(prefix, keys.After(append([]byte(nil), prefix...)))
	if err != nil {
		return err
	}
	var gone []index.Op
	for ok := cur.Seek(prefix); ok; ok = cur.Next() {
		value, err := cur.Value()
		if err != nil {
			return errors.Join(err, cur.Close())
		}
		var row damageRow
		if json.Unmarshal(value, &row) != nil || !s.sameBody(&row.Problem, row.Segments) {
			gone = append(gone, index.Op{Kind: index.Delete, Key: append([]byte(nil), cur.Key()...)})
			continue
		}
		s.problems.keep(row.Problem, row.Segments)
	}
	if err := cur.Close(); err != nil {
		return err
	}
	if n := len(s.problems.list); n > 0 {
		p := s.problems.list[0]
		s.log.Warn("storage: objects are damaged; cosemu check names them, and cosemu rescue takes them out of the way",
			"count", n, "bucket", p.Bucket, "key", p.Key)
	}
	if len(gone) == 0 {
		return nil
	}
	return s.ix.Apply(gone...)
}

// sameBody reports whether a version still has that body.
func (s damage) sameBody(p *Problem, segs []Segment) bool {
	o, err := objects(s).StatVersion(p.Bucket, p.Key, p.VersionID)
	return err == nil && len(o.Segments) > 0 && len(segs) > 0 && o.Segments[0] == segs[0]
}

func cutOffKey() []byte { return keys.Meta("cutoff") }

// cutOffOf reads which changes an index is known to have lost, "" if none.
func cutOffOf(ix index.Index) (string, error) {
	v, _, err := ix.Get(nil, cutOffKey())
	return string(v), err
}

// noteCutOff records which changes this start, or an earlier one, found missing. Until the folder is
// rescued each start warns of it, and no body is swept (choice 362).
func (s damage) noteCutOff(now string) (err error) {
	if s.cutOff, err = cutOffOf(s.ix); err != nil {
		return err
	}
	if s.cutOff == "" && now != "" {
		s.cutOff, err = now, s.ix.Apply(index.Op{Kind: index.Put, Key: cutOffKey(), Value: []byte(now)})
	}
	if s.cutOff != "" {
		s.log.Warn("storage: acknowledged changes are missing from the index; bodies that it does not name are kept; "+
			"stop the server and run cosemu rescue", "what", s.cutOff)
	}
	return err
}
