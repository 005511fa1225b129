package storage

import (
	"log/slog"
	"slices"
	"sync"
)

// Problem is something that is wrong with what a store keeps.
type Problem struct {
	// Failing says that the store can no longer be relied on: its index or its
	// folder is damaged or gone. Otherwise it is about one object alone.
	Failing bool
	// What says it in one sentence.
	What string
	// Bucket, Key and VersionID name the object, if it is about one.
	Bucket, Key, VersionID string
}

// maxProblems bounds how many damaged objects are kept by name.
const maxProblems = 100

// problems are those with objects that came up since the store was opened. Each is logged
// once, when it comes up.
type problems struct {
	log  *slog.Logger
	mu   sync.Mutex
	list []Problem
	segs [][]Segment // the bodies of those in list, as they were
}

// keep takes a problem in, unless it is known or there are too many.
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

// note takes a problem in and logs it, unless it is known.
func (p *problems) note(is Problem, segs []Segment) bool {
	if !p.keep(is, segs) {
		return false
	}
	p.log.Error("storage: an object is damaged", "bucket", is.Bucket, "key", is.Key, "version", is.VersionID, "what", is.What)
	return true
}

// prober is an Index that can say whether it still works.
type prober interface{ probe() error }

// Problems returns what is wrong with what the store keeps, as far as it is
// known: what reading and writing met since the store was opened, and whether its
// folder is still there, for which it looks.
func (s *Store) Problems() (all []Problem) {
	if err := s.probe(); err != nil {
		all = append(all, Problem{Failing: true, What: err.Error()})
	}
	if s.cutOff != "" {
		all = append(all, Problem{What: ErrCutOff.Error() + ": " + s.cutOff})
	}
	return append(all, s.problems.still(s.sameBody)...)
}

// probe looks whether the index works and the folder is there.
func (s *Store) probe() error {
	if s.enter() != nil {
		return nil
	}
	defer s.leave()
	if ix, ok := s.ix.(prober); ok {
		return ix.probe()
	}
	return nil
}

// still returns the problems that are there yet, and forgets the others.
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
