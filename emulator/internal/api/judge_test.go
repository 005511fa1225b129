package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/journal"
)

// TestJudge: what Judge says of a request is what sending it says, and it
// leaves no trace.
func TestJudge(t *testing.T) {
	s := start(t, api.Config{})
	m := s.signed(http.MethodPut, "/a", []byte("x"))
	url := "http://" + testHost + m.target
	judge := func(method string) *journal.Entry {
		t.Helper()
		entry, err := s.e.Judge(method, url, m.header)
		require.NoError(t, err)
		return entry
	}
	require.Equal(t, journal.Accepted, judge(http.MethodPut).Verdict)
	wrong := judge(http.MethodGet)
	require.Equal(t, journal.Refused, wrong.Verdict)
	require.Equal(t, "SignatureDoesNotMatch", wrong.Code)
	require.Equal(t, []string{"method"}, wrong.Diagnosis)
	s.requireNothing(testBucket, "a")
	require.Empty(t, s.e.Journal().Select(journal.Filter{}))

	require.Equal(t, 200, s.send(m).status)
	s.clock.Advance(2 * time.Hour)
	late := judge(http.MethodPut)
	require.Equal(t, "Request has expired", late.Message)
	require.Contains(t, late.Diagnosis, "expired")
	_, err := s.e.Judge("PUT", "::", nil)
	require.Error(t, err)
}

// TestJournal: what is kept of an accepted and of a refused request.
//
// holds: answer x-cosemu-diagnosis; answer x-cos-request-id
func TestJournal(t *testing.T) {
	s := start(t, api.Config{})
	m := s.signed(http.MethodPut, "/a?x=y", []byte("hello"))
	good := s.send(m)
	entry, ok := s.e.Journal().Get(good.header.Get("X-Cos-Request-Id"))
	require.True(t, ok)
	require.Equal(t, journal.Accepted, entry.Verdict)
	require.Equal(t, "PutObject", entry.Operation)
	require.Equal(t, testBucket, entry.Bucket)
	require.Equal(t, "a", entry.Key)
	require.EqualValues(t, 5, entry.Received)
	require.Equal(t, "put\n/a\nx=y\nhost="+testHost+"\n", entry.HttpString)
	require.Equal(t, []journal.Step{{Name: "key", Outcome: "ok"}, {Name: "time", Outcome: "ok"}, {Name: "signature", Outcome: "ok"}, {Name: "bucket", Outcome: "ok"}, {Name: "permission", Outcome: "ok"}, {Name: "operation", Outcome: "ok"}}, entry.Steps)
	require.Empty(t, entry.Diagnosis)
	require.Nil(t, entry.Document)

	m.target = "/a"
	bad := s.send(m)
	require.Equal(t, "param-not-sent", bad.header.Get("X-Cosemu-Diagnosis"))
	require.NotContains(t, string(bad.body), "param-not-sent", "the XML is the cloud's")
	entry, ok = s.e.Journal().Get(bad.header.Get("X-Cos-Request-Id"))
	require.True(t, ok)
	require.Equal(t, journal.Refused, entry.Verdict)
	require.Equal(t, 403, entry.Status)
	require.Equal(t, "SignatureDoesNotMatch", entry.Code)
	require.Equal(t, []journal.Step{{Name: "key", Outcome: "ok"}, {Name: "time", Outcome: "ok"}, {Name: "signature", Outcome: "SignatureDoesNotMatch"}}, entry.Steps)
	require.Equal(t, []string{"param-not-sent"}, entry.Diagnosis)
	require.Equal(t, string(bad.body), string(entry.Document))

	require.NoError(t, s.e.Reset())
	require.Empty(t, s.e.Journal().Select(journal.Filter{}))
}
