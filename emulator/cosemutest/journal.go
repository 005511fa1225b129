package cosemutest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// Filter selects requests of the journal. All fields that are not zero must match:
//
//   - Account (an APPID), Bucket, Key, Method, Code (of the error) are strings. A Key that ends in `*` is a prefix.
//   - Status is the HTTP status of the answer.
//   - Verdict is [Accepted], [Refused] or [Reported].
//   - Operation is the action in policies, as in PutObject.
//   - Diagnosis is why it was refused: the id of one of its findings, as in x-cosemu-diagnosis.
//   - Since is the earliest time of arrival, by the emulator's clock.
//   - After and Before select the Seq of entries: greater than After, less than Before.
//   - Limit is the most entries that [Server.Requests] returns: the newest ones.
type Filter = journal.Filter

// Entry is a request in the journal, with its verdict and its answer. Among its fields are Request
// (method, path, headers), Status, Code and Message of the answer, Verdict, Diagnosis (why it was
// refused), Bucket, Key, and the times At and Took.
type Entry = journal.Entry

// The values of Filter.Verdict and Entry.Verdict.
const (
	// Accepted is the verdict on a request that was served.
	Accepted = journal.Accepted
	// Refused is the verdict on a request that was answered with an error.
	Refused = journal.Refused
	// Reported is the verdict on a request that was served because of [WithVerifyReport]. COS would
	// have refused it.
	Reported = journal.Reported
)

// Requests returns the requests so far that match f, oldest first, of all buckets unless f names
// one. A view of an account returns those of the account. A request enters the journal just after its answer, so a client may be ahead of the journal:
// use [Server.WaitFor] for a request that was just made.
func (s *Server) Requests(f Filter) []*Entry {
	found := s.run.emulator.Journal().Select(s.own(f))
	slices.Reverse(found)
	return found
}

// own limits a filter to the account of the view, if it has one.
func (s *Server) own(f Filter) Filter {
	f.Account = cmp.Or(f.Account, s.account)
	return f
}

// WaitFor waits until at least count requests match f and returns them, oldest first. Earlier
// requests count too. It fails the test after the time of [WithWaitLimit], with a list of the
// requests that did arrive. It ignores f.Limit.
//
// To look at later requests only, set f.After to the Seq of the last entry that you have seen.
func (s *Server) WaitFor(f Filter, count int) []*Entry {
	s.tb.Helper()
	if count < 1 {
		s.fail("WaitFor: a count of %d; ExpectNoRequest expects nothing", count)
	}
	f = s.own(f)
	found, err := s.run.wait(f, count, s.run.waitLimit)
	if err != nil {
		s.fail("%s wanted within %v, %d came%s", requests(f, count), s.run.waitLimit, len(found), s.run.arrivals(f))
	}
	slices.Reverse(found)
	return found
}

// ExpectNoRequest fails the test if a request that matches f is in the journal or arrives within
// the given real time (choice 120). It fails as soon as there is one, and else takes all of that
// time.
func (s *Server) ExpectNoRequest(f Filter, within time.Duration) {
	s.tb.Helper()
	f = s.own(f)
	if found, err := s.run.wait(f, 1, within); err == nil {
		s.fail("no %s wanted, but there is%s", request(f), list(found, Filter{}))
	}
}

// wait returns an error after limit.
func (run *instance) wait(f Filter, count int, limit time.Duration) ([]*Entry, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	f.Limit = 0
	return run.emulator.Journal().Wait(ctx, f, count)
}
