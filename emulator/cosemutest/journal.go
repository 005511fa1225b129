package cosemutest

import (
	"context"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// Filter chooses requests; a field left zero chooses all. Key may end in `*`.
type Filter = journal.Filter

// Entry is a request with its verdict and its answer, as the journal keeps it.
type Entry = journal.Entry

// The verdicts, for Filter.Verdict.
const (
	// Accepted requests were served.
	Accepted = journal.Accepted
	// Refused requests were answered with an error.
	Refused = journal.Refused
	// Reported requests were served, see [WithVerifyReport], though the cloud
	// would have refused them.
	Reported = journal.Reported
)

// Requests are the requests so far that f chooses, of all buckets unless it
// names one, the oldest first. A request is in the journal once it is answered,
// which its client may see a moment earlier; WaitFor waits for that.
func (s *Server) Requests(f Filter) []*Entry {
	found := s.run.emulator.Journal().Select(f)
	slices.Reverse(found)
	return found
}

// WaitFor waits until f chooses at least count requests, those of the past
// included, and returns them, the oldest first. When they do not come the test
// fails, with a list of those that did; see [WithPatience] for when. f.Limit
// plays no part.
//
// To look only at what comes from some point on, put the journal's Last at that
// point into f.After.
func (s *Server) WaitFor(f Filter, count int) []*Entry {
	s.tb.Helper()
	if count < 1 {
		s.fail("WaitFor: a count of %d; ExpectNone expects nothing", count)
	}
	found, err := s.wait(f, count, s.run.patience)
	if err != nil {
		s.fail("%s wanted within %v, %d came%s", requests(f, count), s.run.patience, len(found), s.arrivals(f))
	}
	slices.Reverse(found)
	return found
}

// ExpectNone expects that no request which f chooses is in the journal or gets
// there within that time, by the real clock (choice 120). The test fails as
// soon as there is one; otherwise the call takes all of the time.
func (s *Server) ExpectNone(f Filter, within time.Duration) {
	s.tb.Helper()
	if found, err := s.wait(f, 1, within); err == nil {
		s.fail("no %s wanted, but there is%s", request(f), list(found, Filter{}))
	}
}

// wait returns an error when the time is over.
func (s *Server) wait(f Filter, count int, limit time.Duration) ([]*Entry, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	f.Limit = 0
	return s.run.emulator.Journal().Wait(ctx, f, count)
}
