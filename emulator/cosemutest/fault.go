package cosemutest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/cosemu/cosemu/storage"
)

// Fault is a fault for [Server.Fault]: which requests meet it, and what it does to them. A request
// meets at most one fault: the oldest one that is for it and has times left.
type Fault struct {
	// Fault is what it does: [FaultAnswer], [FaultClose] and so on.
	Fault FaultKind

	// Operation, Method, Bucket and Key select requests; an empty one selects all. Operation is the
	// action in policies, as in PutObject. Bucket is a full name. A Key that ends in `*` is a prefix.
	Operation, Method, Bucket, Key string
	// Skip is how many requests pass before the first one is hit.
	Skip int
	// Times is how many requests are hit: once when 0, without an end for [Always].
	Times int
	// Before puts it in front of all checks. By default a request meets it once its signature and
	// its rights hold.
	Before bool

	// Code is a documented error code of COS, for FaultAnswer. Status and Message are those of the
	// code when empty.
	Code    string
	Status  int
	Message string
	// WithoutRequestID leaves the request id out of the headers and the XML, for FaultAnswer.
	WithoutRequestID bool
	// OfRequest makes FaultClose and FaultStall act within the body of the request. By default they
	// act within that of the response, when the operation took place. AfterBytes is where: with 0,
	// FaultClose closes the connection without any answer.
	OfRequest  bool
	AfterBytes int64
	// For is how long FaultDelay and FaultStall wait, at most ten minutes of real time, and how long
	// ago FaultStale is, by the clock of the account.
	For time.Duration
	// BytesPerSecond is the rate of FaultThrottle.
	BytesPerSecond int64
}

// Always, for Fault.Times, hits every request until the fault is removed.
const Always = -1

// FaultKind is what a fault does.
type FaultKind = fault.Word

// The kinds of faults.
const (
	// FaultAnswer answers an error of COS. The operation does not run.
	FaultAnswer = fault.Answer
	// FaultClose closes the connection. Nothing is stored of a request that is cut.
	FaultClose = fault.Close
	// FaultDelay waits before the operation runs.
	FaultDelay = fault.Delay
	// FaultStall pauses within a body.
	FaultStall = fault.Stall
	// FaultThrottle limits the rate of both bodies.
	FaultThrottle = fault.Throttle
	// FaultWrongCRC64 changes x-cos-hash-crc64ecma of the answer.
	FaultWrongCRC64 = fault.WrongCRC64
	// FaultWrongETag changes the ETag of the answer.
	FaultWrongETag = fault.WrongETag
	// FaultCorrupt changes one byte of the answer's body.
	FaultCorrupt = fault.Corrupt
	// FaultStale answers GetBucket or HeadObject as of an earlier time, which is not before the fault
	// was planned.
	FaultStale = fault.Stale
)

// PlannedFault is a fault that [Server.Fault] planned.
type PlannedFault struct {
	// ID names it in the journal: Entry.Fault of the requests that it hit.
	ID     string
	server *Server
}

// Fault plans a fault for the requests of all accounts; on a view of an account, for those of the
// account. The end of the test removes it. An incomplete fault fails the test.
func (s *Server) Fault(f Fault) *PlannedFault {
	s.tb.Helper()
	spec := f.spec(s.account)
	if err := spec.Check(api.ServedOperations(), spec.Given()); err != nil {
		s.fail("Fault: %v", err)
	}
	plan := s.run.emulator.Faults()
	planned, err := plan.Add(spec)
	if err != nil {
		s.fail("Fault: %v", err)
	}
	s.tb.Cleanup(func() {
		err := plan.Remove(planned.ID)
		if err != nil && !errors.Is(err, fault.ErrUnknown) && !errors.Is(err, storage.ErrClosed) {
			s.tb.Errorf("cosemutest: Fault: %v", err)
		}
	})
	return &PlannedFault{ID: planned.ID, server: s}
}

func (f *Fault) spec(account string) fault.Spec {
	spec := fault.Spec{
		Account: account, Operation: f.Operation, Method: f.Method, Bucket: f.Bucket, Key: f.Key,
		Skip: int64(f.Skip), Times: int64(f.Times), Word: f.Fault,
		Code: f.Code, Status: f.Status, Message: f.Message, WithoutRequestID: f.WithoutRequestID,
		AfterBytes: f.AfterBytes, For: f.For, BytesPerSecond: f.BytesPerSecond,
	}
	switch f.Times {
	case 0:
		spec.Times = 1
	case Always:
		spec.Times = 0
	}
	if f.Before {
		spec.When = fault.Before
	}
	switch {
	case f.OfRequest:
		spec.Of = fault.OfRequest
	case f.Fault == FaultClose || f.Fault == FaultStall:
		spec.Of = fault.OfResponse
	}
	return spec
}

// Hits is how many requests the fault hit so far.
func (f *PlannedFault) Hits() int {
	f.server.tb.Helper()
	planned, err := f.server.run.emulator.Faults().Get(f.ID)
	if err != nil {
		f.server.fail("Hits of the fault %s: %v", f.ID, err)
	}
	return int(planned.Hits)
}

// Remove removes the fault. Requests that met it already are not affected.
func (f *PlannedFault) Remove() {
	f.server.tb.Helper()
	if err := f.server.run.emulator.Faults().Remove(f.ID); err != nil {
		f.server.fail("Remove of the fault %s: %v", f.ID, err)
	}
}

// ExpectFaultsMet fails the test if a planned fault did not hit as many requests as it should: at
// least one with [Always]. On a view of an account, it is about the faults of the account.
func (s *Server) ExpectFaultsMet() {
	s.tb.Helper()
	var missed []string
	for _, f := range s.run.emulator.Faults().List(s.account) {
		if f.Unused() {
			missed = append(missed, fmt.Sprintf("\n  %s %s: %d of %d hits", f.ID, f.Word, f.Hits, max(f.Times, 1)))
		}
	}
	if len(missed) > 0 {
		s.fail("faults were not met as often as planned:%s%s", strings.Join(missed, ""), s.run.arrivals(s.own(Filter{})))
	}
}
