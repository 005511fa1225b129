// Package fault plans faults and lets requests meet them: an answer that COS would
// give on a bad day, a connection that ends, a body that stops on its way. A test
// plans one to see what its client makes of it.
package fault

import (
	"net/http"
	"time"
)

// Word names a fault.
type Word string

// The faults.
const (
	// Answer answers an error of the table of codes; the operation does not run.
	Answer Word = "answer"
	// Close closes the connection within the body of the request, or of the answer.
	Close Word = "close"
	// Delay waits before the operation runs.
	Delay Word = "delay"
	// Stall pauses within the body of the request, or of the answer.
	Stall Word = "stall"
	// Throttle limits the rate of both bodies.
	Throttle Word = "throttle"
	// WrongCRC64 answers another x-cos-hash-crc64ecma than the object has.
	WrongCRC64 Word = "wrong-crc64"
	// WrongETag answers another ETag than the object has.
	WrongETag Word = "wrong-etag"
	// Corrupt changes one byte of the answer's body.
	Corrupt Word = "corrupt"
	// Stale answers a listing or a HEAD as of an earlier time.
	Stale Word = "stale"
)

// Words are all faults.
func Words() []Word {
	return []Word{Answer, Close, Delay, Stall, Throttle, WrongCRC64, WrongETag, Corrupt, Stale}
}

// Of is one of the two bodies of a request.
type Of string

// The bodies.
const (
	OfRequest  Of = "request"
	OfResponse Of = "response"
)

// When is the moment at which a request meets a fault.
type When string

// The moments.
const (
	// After: once the signature and the rights hold, before the operation runs.
	After When = "after"
	// Before: in front of all checks.
	Before When = "before"
)

// Spec is a fault as it is planned: which requests meet it, and what it does to them.
type Spec struct {
	// Account, Operation, Method, Bucket and Key select requests; an empty one selects
	// all. Key is an exact key, or a prefix that ends in `*`. Operation is the action
	// in policies, as in PutObject.
	Account, Operation, Method, Bucket, Key string
	// Skip is how many requests pass before the first one is hit.
	Skip int64
	// Times is how many requests are hit; 0: every one, until the fault is removed.
	Times int64
	When  When // After when empty
	Word  Word

	// The arguments. Each belongs to the faults that Arguments names.
	Status           int // of an answer; 0: that of the code
	Code, Message    string
	WithoutRequestID bool
	AfterBytes       int64
	Of               Of
	For              time.Duration
	BytesPerSecond   int64
}

// Argument is an argument of a fault, as the control API names it.
type Argument string

// The arguments.
const (
	ArgStatus           Argument = "status"
	ArgCode             Argument = "code"
	ArgMessage          Argument = "message"
	ArgWithoutRequestID Argument = "without_request_id"
	ArgAfterBytes       Argument = "after_bytes"
	ArgOf               Argument = "of"
	ArgFor              Argument = "for"
	ArgBytesPerSecond   Argument = "bytes_per_second"
)

// Arguments are those that a fault takes. The second result names the ones it needs.
func (w Word) Arguments() (takes, needs []Argument) {
	switch w {
	case Answer:
		return []Argument{ArgStatus, ArgCode, ArgMessage, ArgWithoutRequestID}, []Argument{ArgCode}
	case Close:
		return []Argument{ArgAfterBytes, ArgOf}, []Argument{ArgOf}
	case Delay, Stale:
		return []Argument{ArgFor}, []Argument{ArgFor}
	case Stall:
		return []Argument{ArgAfterBytes, ArgOf, ArgFor}, []Argument{ArgOf, ArgFor}
	case Throttle:
		return []Argument{ArgBytesPerSecond}, []Argument{ArgBytesPerSecond}
	case WrongCRC64, WrongETag, Corrupt:
	}
	return nil, nil
}

// Given are the arguments that are not zero.
func (s *Spec) Given() (list []Argument) {
	for _, a := range []struct {
		name  Argument
		given bool
	}{
		{ArgStatus, s.Status != 0},
		{ArgCode, s.Code != ""},
		{ArgMessage, s.Message != ""},
		{ArgWithoutRequestID, s.WithoutRequestID},
		{ArgAfterBytes, s.AfterBytes != 0},
		{ArgOf, s.Of != ""},
		{ArgFor, s.For != 0},
		{ArgBytesPerSecond, s.BytesPerSecond != 0},
	} {
		if a.given {
			list = append(list, a.name)
		}
	}
	return list
}

// selects reports whether a request is one of those that the fault is for.
func (s *Spec) selects(r *Request) bool {
	switch {
	case s.When != r.When,
		s.Operation != "" && s.Operation != r.Operation,
		s.Method != "" && s.Method != r.Method,
		s.Bucket != "" && s.Bucket != r.Bucket,
		s.Key != "" && !matchKey(s.Key, r.Key):
		return false
	case s.Operation == "" && s.Method == "" && r.Method == http.MethodOptions: // choice 764
		return false
	case s.Word == Stale:
		return r.Operation == listing || r.Operation == heading
	}
	return true
}

// The operations that can be stale.
const (
	listing = "GetBucket"
	heading = "HeadObject"
)

func matchKey(pattern, key string) bool {
	if n := len(pattern) - 1; pattern[n] == '*' {
		return key != "" && len(key) >= n && key[:n] == pattern[:n]
	}
	return pattern == key
}

// Request is what a fault is selected by.
type Request struct {
	Account, Operation, Method, Bucket, Key string
	When                                    When
}
