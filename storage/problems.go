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
}

// note takes a problem in, unless it is known.
func (p *problems) note(is Problem) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Contains(p.list, is) || len(p.list) >= maxProblems {
		return
	}
	p.list = append(p.list, is)
	p.log.Error("storage: an object is damaged", "bucket", is.Bucket, "key", is.Key, "version", is.VersionID, "what", is.What)
}

// prober is an Index that can say whether it still works.
type prober interface{ probe() error }

// Problems returns what is wrong with what the store keeps, as far as it is
// known: what reading and writing met since the store was opened, and whether its
// folder is still there, for which it looks.
func (s *Store) Problems() (all []Problem) {
	if s.enter() != nil {
		return nil
	}
	defer s.leave()
	if ix, ok := s.ix.(prober); ok {
		if err := ix.probe(); err != nil {
			all = append(all, Problem{Failing: true, What: err.Error()})
		}
	}
	s.problems.mu.Lock()
	defer s.problems.mu.Unlock()
	return append(all, s.problems.list...)
}
