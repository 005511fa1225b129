package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/fault"
	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// plan plans a fault that hits once.
func (s *server) plan(spec fault.Spec) fault.Planned {
	s.tb.Helper()
	if spec.Times == 0 {
		spec.Times = 1
	}
	require.NoError(s.tb, spec.Check(api.ServedOperations(), spec.Given()))
	f, err := s.e.Faults().Add(spec)
	require.NoError(s.tb, err)
	return f
}

func (s *server) hits(f fault.Planned) int64 {
	s.tb.Helper()
	now, err := s.e.Faults().Get(f.ID)
	require.NoError(s.tb, err)
	return now.Hits
}

// cut sends a request whose connection ends before its answer does, and returns what
// came of the answer.
func (s *server) cut(m *message) (came []byte) {
	s.tb.Helper()
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(s.tb, err)
	defer conn.Close()
	require.NoError(s.tb, conn.SetDeadline(time.Now().Add(30*time.Second)))
	if _, err = conn.Write(m.bytes()); err != nil {
		require.True(s.tb, errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET), err)
	}
	came, err = io.ReadAll(conn)
	require.True(s.tb, err == nil || errors.Is(err, syscall.ECONNRESET), "it is the server that closes: %v", err)
	return came
}

// entry waits for the journal's entry of a request that met a fault.
func (s *server) entry(f fault.Planned) *journal.Entry {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	found, err := s.e.Journal().Wait(ctx, journal.Filter{Diagnosis: "fault-injected"}, 1)
	require.NoError(s.tb, err)
	require.Equal(s.tb, &journal.Fault{ID: f.ID, Fault: string(f.Word)}, found[0].Fault)
	return found[0]
}

func TestFaultAnswer(t *testing.T) {
	s := start(t, api.Config{})
	f := s.plan(fault.Spec{Operation: "PutObject", Key: "f/*", Skip: 1, Times: 2, Word: fault.Answer, Code: "SlowDown"})
	var statuses []int
	for i := range 5 {
		a := s.do("PUT", "/f/"+strconv.Itoa(i), []byte("x"))
		statuses = append(statuses, a.status)
		if a.status == 503 {
			require.Equal(t, []string{"SlowDown", "Please reduce your request rate."}, []string{a.code(), a.message()})
			require.Equal(t, "fault-injected", a.header.Get("x-cosemu-diagnosis"))
			require.Equal(t, a.header.Get("x-cos-request-id"), between(string(a.body), "<RequestId>", "</RequestId>"))
			s.requireNothing(testBucket, "f/"+strconv.Itoa(i))
		}
	}
	require.Equal(t, []int{200, 503, 503, 200, 200}, statuses)
	require.EqualValues(t, 2, s.hits(f))
	require.Equal(t, 200, s.do("PUT", "/other", []byte("x")).status)

	e := s.e.Journal().Select(journal.Filter{Code: "SlowDown"})[0]
	require.Equal(t, &journal.Fault{ID: f.ID, Fault: "answer"}, e.Fault)
	require.Equal(t, journal.Step{Name: "fault", Outcome: "SlowDown"}, e.Steps[len(e.Steps)-1])
	require.Contains(t, e.Finding.Findings[0].Sentence.En, f.ID)
}

func TestFaultAnswerDetails(t *testing.T) {
	s := start(t, api.Config{})
	s.plan(fault.Spec{Word: fault.Answer, Code: "ServiceUnavailable", Status: 502, Message: "Bad <gateway>", WithoutRequestID: true})
	a := s.do("GET", "/k", nil)
	require.Equal(t, 502, a.status)
	require.Equal(t, "Bad &lt;gateway&gt;", a.message())
	require.NotContains(t, string(a.body), "RequestId")
	require.NotContains(t, string(a.body), "TraceId")
	require.Empty(t, a.header.Get("x-cos-request-id"))
	require.Empty(t, a.header.Get("x-cos-trace-id"))

	s.plan(fault.Spec{Word: fault.Answer, Code: "RequestTimeTooSkewed"})
	a = s.do("PUT", "/k", []byte("x"))
	require.Equal(t, "2026-11-24T08:00:00Z", between(string(a.body), "<ServerTime>", "</ServerTime>"))

	s.plan(fault.Spec{Word: fault.Answer, Code: "InvalidObjectState", Status: 409})
	require.Equal(t, "The request is not valid with the current state of the object.", s.do("GET", "/k", nil).message())

	s.plan(fault.Spec{Word: fault.Answer, Code: "InternalError"})
	a = s.do("HEAD", "/k", nil)
	require.Equal(t, 500, a.status)
	require.Equal(t, "InternalError", a.header.Get("x-cos-error-code"))
	require.Empty(t, a.body)

	s.plan(fault.Spec{Word: fault.Answer, Code: "InternalError", Status: 200, Operation: "PutObject"})
	a = s.do("PUT", "/k", []byte("x"))
	require.Equal(t, 200, a.status)
	require.Equal(t, "InternalError", a.code())
	s.requireNothing(testBucket, "k")
}

// TestFaultAfterTheChecks: a request that is refused uses nothing up, unless the fault
// is in front.
func TestFaultAfterTheChecks(t *testing.T) {
	s := start(t, api.Config{})
	f := s.plan(fault.Spec{Word: fault.Answer, Code: "SlowDown"})
	unsigned := &message{method: "PUT", target: "/k", host: testHost, body: []byte("x")}
	require.Equal(t, 403, s.send(unsigned).status)
	require.Zero(t, s.hits(f))
	require.Equal(t, 503, s.do("PUT", "/k", []byte("x")).status)

	f = s.plan(fault.Spec{Word: fault.Answer, Code: "SlowDown", When: fault.Before})
	require.Equal(t, 503, s.send(unsigned).status)
	require.EqualValues(t, 1, s.hits(f))
	s.requireNothing(testBucket, "k")
}

func TestFaultCutsRequest(t *testing.T) {
	s := start(t, api.Config{})
	data := bytes.Repeat([]byte("data"), 100_000)
	for _, after := range []int64{0, 1, 1000, int64(len(data)), 10_000_000} {
		s.e.Journal().Clear()
		f := s.plan(fault.Spec{Word: fault.Close, Of: fault.OfRequest, AfterBytes: after})
		require.Empty(t, s.cut(s.signed("PUT", "/cut", data)), after)
		s.requireNothing(testBucket, "cut")
		e := s.entry(f)
		require.Zero(t, e.Status)
		require.Equal(t, journal.Refused, e.Verdict)
		require.Equal(t, min(after, int64(len(data))), e.Received)
		require.NotEmpty(t, e.ID)
		require.Nil(t, e.Header)
	}
	require.Equal(t, 200, s.do("PUT", "/cut", data).status, "the control")
	s.plan(fault.Spec{Word: fault.Close, Of: fault.OfRequest, AfterBytes: 10})
	require.Empty(t, s.cut(s.signed("DELETE", "/cut", nil)))
	s.requireStored(testBucket, "cut", data)
	s.plan(fault.Spec{Word: fault.Close, Of: fault.OfRequest, AfterBytes: 100_000, Operation: "PutObject"})
	chunked := s.signed("PUT", "/chunked", data)
	chunked.chunked = true
	require.Empty(t, s.cut(chunked))
	s.requireNothing(testBucket, "chunked")
}

func TestFaultCutsResponse(t *testing.T) {
	s := start(t, api.Config{})
	data := bytes.Repeat([]byte("data"), 100_000)
	s.plan(fault.Spec{Word: fault.Close, Of: fault.OfResponse})
	require.Empty(t, s.cut(s.signed("PUT", "/k", data)))
	s.requireStored(testBucket, "k", data) // it took place

	for _, after := range []int{1, 1000, 300_000, len(data), 10_000_000} {
		f := s.plan(fault.Spec{Word: fault.Close, Of: fault.OfResponse, AfterBytes: int64(after)})
		s.e.Journal().Clear()
		head, body, found := bytes.Cut(s.cut(s.signed("GET", "/k", nil)), []byte("\r\n\r\n"))
		require.True(t, found)
		require.Contains(t, string(head), "Content-Length: 400000")
		require.Equal(t, data[:min(after, len(data))], body)
		e := s.entry(f)
		require.Equal(t, 200, e.Status)
		require.EqualValues(t, len(body), e.Sent)
	}
	s.plan(fault.Spec{Word: fault.Close, Of: fault.OfResponse, AfterBytes: 100})
	_, body, _ := bytes.Cut(s.cut(s.signed("GET", "/missing", nil)), []byte("\r\n\r\n"))
	require.Len(t, body, 100, "the XML of a refusal, too")
}

func TestFaultSpoilsAnswers(t *testing.T) {
	s := start(t, api.Config{})
	data := bytes.Repeat([]byte("data"), 100_000)
	right := s.do("PUT", "/k", data)
	crc, err := strconv.ParseUint(right.header.Get("x-cos-hash-crc64ecma"), 10, 64)
	require.NoError(t, err)

	s.plan(fault.Spec{Word: fault.WrongCRC64})
	wrong := s.do("PUT", "/k", data)
	require.Equal(t, right.header.Get("ETag"), wrong.header.Get("ETag"))
	require.Equal(t, strconv.FormatUint(crc^1, 10), wrong.header.Get("x-cos-hash-crc64ecma"))
	s.plan(fault.Spec{Word: fault.WrongETag})
	wrong = s.do("HEAD", "/k", nil)
	require.NotEqual(t, right.header.Get("ETag"), wrong.header.Get("ETag"))
	require.Equal(t, right.header.Get("ETag")[2:], wrong.header.Get("ETag")[2:])
	require.Equal(t, right.header.Get("x-cos-hash-crc64ecma"), wrong.header.Get("x-cos-hash-crc64ecma"))

	copied := func() string {
		return string(s.do("PUT", "/copy", nil, "x-cos-copy-source", testHost+"/k").body)
	}
	plain := copied()
	require.Contains(t, plain, "<CRC64>"+strconv.FormatUint(crc, 10)+"</CRC64>")
	s.plan(fault.Spec{Word: fault.WrongCRC64})
	require.Contains(t, copied(), "<CRC64>"+strconv.FormatUint(crc^1, 10)+"</CRC64>")
	s.plan(fault.Spec{Word: fault.WrongETag})
	require.NotEqual(t, between(plain, "<ETag>", "</ETag>"), between(copied(), "<ETag>", "</ETag>"))
	require.Equal(t, plain, copied(), "the control")

	s.plan(fault.Spec{Word: fault.Corrupt})
	a := s.do("GET", "/k", nil)
	want := bytes.Clone(data)
	want[len(want)/2] ^= 1
	require.True(t, bytes.Equal(want, a.body))
	require.Equal(t, right.header.Get("x-cos-hash-crc64ecma"), a.header.Get("x-cos-hash-crc64ecma"))
	s.requireStored(testBucket, "k", data)
	s.plan(fault.Spec{Word: fault.Corrupt})
	require.Equal(t, want[:200_001], s.do("GET", "/k", nil, "Range", "bytes=0-399999").body[:200_001])
}

// TestFaultPauses: a pause is felt, what comes of it is whole. The journal has the time.
func TestFaultPauses(t *testing.T) {
	s := start(t, api.Config{})
	data := bytes.Repeat([]byte("data"), 100_000)
	require.Equal(t, 200, s.do("PUT", "/k", data).status)
	const pause = 60 * time.Millisecond
	for _, f := range []fault.Spec{
		{Word: fault.Delay, For: pause},
		{Word: fault.Delay, For: pause, When: fault.Before},
		{Word: fault.Stall, Of: fault.OfRequest, For: pause},
		{Word: fault.Stall, Of: fault.OfRequest, AfterBytes: 1000, For: pause},
		{Word: fault.Stall, Of: fault.OfRequest, AfterBytes: 1 << 40, For: pause},
		{Word: fault.Stall, Of: fault.OfResponse, For: pause},
		{Word: fault.Stall, Of: fault.OfResponse, AfterBytes: 1000, For: pause},
		{Word: fault.Stall, Of: fault.OfResponse, AfterBytes: 1 << 40, For: pause},
		{Word: fault.Throttle, BytesPerSecond: 2_000_000},
	} {
		s.e.Journal().Clear()
		planned := s.plan(f)
		if f.Of == fault.OfRequest {
			require.Equal(t, 200, s.do("PUT", "/up", data).status)
			s.requireStored(testBucket, "up", data)
		} else {
			require.True(t, bytes.Equal(data, s.do("GET", "/k", nil).body))
		}
		require.GreaterOrEqual(t, s.entry(planned).Took, pause, f)
	}
	for _, method := range []string{"HEAD", "DELETE"} {
		s.e.Journal().Clear()
		planned := s.plan(fault.Spec{Word: fault.Stall, Of: fault.OfResponse, AfterBytes: 9, For: pause})
		require.Less(t, s.do(method, "/up", nil).status, 300)
		require.GreaterOrEqual(t, s.entry(planned).Took, pause, method)
	}
	s.plan(fault.Spec{Word: fault.Throttle, BytesPerSecond: 2_000_000})
	s.e.Journal().Clear()
	require.Equal(t, 200, s.do("PUT", "/slow", data).status)
	s.requireStored(testBucket, "slow", data)
	require.GreaterOrEqual(t, s.e.Journal().Select(journal.Filter{})[0].Took, pause)
}

// TestFaultStop: a server that stops waits for no pause, and a client that leaves ends
// its own.
func TestFaultStop(t *testing.T) {
	s := start(t, api.Config{})
	data := bytes.Repeat([]byte("data"), 100_000)
	require.Equal(t, 200, s.do("PUT", "/k", data).status)
	s.plan(fault.Spec{Word: fault.Delay, For: fault.MaxWait, Key: "left"})
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	_, err = conn.Write(s.signed("DELETE", "/left", nil).bytes())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return s.e.Faults().List("")[0].Hits == 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, conn.Close())
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	left, err := s.e.Journal().Wait(ctx, journal.Filter{Key: "left"}, 1)
	require.NoError(t, err)
	require.Zero(t, left[0].Status)

	// One that leaves within its body is noticed, too.
	for _, f := range []fault.Spec{
		{Word: fault.Delay, For: fault.MaxWait},
		{Word: fault.Stall, Of: fault.OfRequest, AfterBytes: 10, For: fault.MaxWait},
		{Word: fault.Throttle, BytesPerSecond: 1},
	} {
		s.e.Journal().Clear()
		f := s.plan(f)
		conn, err := net.Dial("tcp", s.addr)
		require.NoError(t, err)
		_, err = conn.Write(s.signed("PUT", "/left", data).bytes()[:2000])
		require.NoError(t, err)
		require.Eventually(t, func() bool { return s.hits(f) == 1 }, 10*time.Second, time.Millisecond)
		require.NoError(t, conn.Close())
		require.Zero(t, s.entry(f).Status)
		s.requireNothing(testBucket, "left")
	}

	faults := []fault.Spec{
		{Word: fault.Delay, For: fault.MaxWait, Method: "DELETE"},
		{Word: fault.Stall, Of: fault.OfResponse, AfterBytes: 10, For: fault.MaxWait, Method: "GET"},
		{Word: fault.Stall, Of: fault.OfRequest, AfterBytes: 10, For: fault.MaxWait, Key: "up"},
		{Word: fault.Throttle, BytesPerSecond: 1, Key: "slow"},
	}
	var all sync.WaitGroup
	for _, f := range faults {
		s.plan(f)
	}
	for _, m := range []*message{
		s.signed("DELETE", "/k", nil), s.signed("GET", "/k", nil), s.signed("PUT", "/up", data), s.signed("PUT", "/slow", data),
	} {
		all.Go(func() { s.cut(m) })
	}
	require.Eventually(t, func() bool {
		for _, f := range s.e.Faults().List("") {
			if f.Unused() {
				return false
			}
		}
		return true
	}, 10*time.Second, time.Millisecond)
	s.e.Stop()
	all.Wait()
	s.requireStored(testBucket, "k", data) // DELETE did not run
	s.requireNothing(testBucket, "up")
	s.requireNothing(testBucket, "slow")
}

// TestFaultsOneByOne: requests that come at once meet each fault exactly as often as
// planned, one after the other.
func TestFaultsOneByOne(t *testing.T) {
	s := start(t, api.Config{})
	first := s.plan(fault.Spec{Key: "k", Skip: 5, Times: 7, Word: fault.Answer, Code: "SlowDown"})
	second := s.plan(fault.Spec{Key: "k", Skip: 2, Times: 3, Word: fault.Answer, Code: "InternalError"})
	var all sync.WaitGroup
	answers := make(chan int, 40)
	for range cap(answers) {
		m := s.signed("PUT", "/k", []byte("x"))
		all.Go(func() { answers <- s.send(m).status })
	}
	all.Wait()
	close(answers)
	count := map[int]int{}
	for status := range answers {
		count[status]++
	}
	require.Equal(t, map[int]int{200: 30, 503: 7, 500: 3}, count)
	require.Equal(t, []int64{7, 3}, []int64{s.hits(first), s.hits(second)})
}

// TestFaultInBrowsers: a page can read the answer of a fault, and the preflight before
// it uses nothing up.
func TestFaultInBrowsers(t *testing.T) {
	for _, when := range []fault.When{fault.After, fault.Before} {
		s := start(t, api.Config{DefaultCORS: api.CORSPermissive})
		s.plan(fault.Spec{Key: "k", Word: fault.Answer, Code: "SlowDown", When: when})
		preflight := &message{method: "OPTIONS", target: "/k", host: testHost, header: http.Header{
			"Origin": {"http://page.test"}, "Access-Control-Request-Method": {"PUT"},
		}}
		require.Equal(t, 200, s.send(preflight).status)
		m := s.signed("PUT", "/k", []byte("x"))
		m.header.Set("Origin", "http://page.test")
		a := s.send(m)
		require.Equal(t, 503, a.status)
		require.NotEmpty(t, a.header.Get("Access-Control-Allow-Origin"))
		s.plan(fault.Spec{Method: "OPTIONS", Word: fault.Answer, Code: "SlowDown", When: when})
		require.Equal(t, 503, s.send(preflight).status)
	}
}
