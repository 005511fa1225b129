package control

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
)

// note puts a request into the journal.
func (r *rig) note(e *journal.Entry) {
	if e.Request == nil {
		e.Request = &signer.Request{Method: "GET", Host: "h", Path: "/"}
	}
	r.Journal().Add(e)
}

func (r *rig) report(query string) string {
	r.t.Helper()
	a := r.call("GET", "/api/v1/report?"+query, "")
	require.Equal(r.t, 200, a.status, a.body)
	return a.body
}

// TestReportOfHostileRequests: whatever a request holds, the reports can be read.
func TestReportOfHostileRequests(t *testing.T) {
	r := start(t, Options{})
	hostile := "/\x00\x1b<]]>&'\"\xff#照[片]"
	r.note(&journal.Entry{ID: "bad", Verdict: journal.Refused, Status: 400, Code: "Bad<&>", Message: "\x01]]>", Request: &signer.Request{
		Method: "P<UT", Host: "[::1]:9000", Path: hostile, Query: "a=%zz&b&[=\x7f", Header: http.Header{"X-A": {"\x02<&>\xfe"}},
	}})
	r.note(&journal.Entry{ID: "good", Verdict: journal.Accepted, Status: 200})
	r.note(&journal.Entry{ID: "reported", Verdict: journal.Reported, Status: 200, Code: "AccessDenied"})

	var har struct {
		Log struct {
			Version string
			Entries []struct {
				Request  struct{ URL string }
				Response struct{ Status int }
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.report("format=har")), &har))
	require.Equal(t, "1.2", har.Log.Version)
	require.Len(t, har.Log.Entries, 3)
	u, err := url.Parse(har.Log.Entries[0].Request.URL)
	require.NoError(t, err)
	require.Equal(t, []string{"[::1]:9000", "/\x00\x1b<]]>&'\"\xff#照[片]"}, []string{u.Host, u.Path})

	d := xml.NewDecoder(strings.NewReader(r.report("format=junit")))
	failures, cases := 0, 0
	for {
		token, err := d.Token()
		if token == nil {
			require.ErrorContains(t, err, "EOF")
			break
		}
		if e, ok := token.(xml.StartElement); ok {
			switch e.Name.Local {
			case "testsuite":
				require.Contains(t, e.Attr, xml.Attr{Name: xml.Name{Local: "tests"}, Value: "3"})
				require.Contains(t, e.Attr, xml.Attr{Name: xml.Name{Local: "failures"}, Value: "2"})
			case "testcase":
				cases++
			case "failure":
				failures++
			}
		}
	}
	require.Equal(t, []int{3, 2}, []int{cases, failures}, "what was only reported is a failure too")

	lines := strings.Split(strings.TrimSuffix(r.report("format=json"), "\n"), "\n")
	require.Len(t, lines, 3)
	for _, line := range lines {
		require.True(t, json.Valid([]byte(line)), line)
	}
}

// TestReportsAreWhole: a report has all requests, over many pages, oldest first; and no request at
// all is a report too.
func TestReportsAreWhole(t *testing.T) {
	r := start(t, Options{})
	require.Empty(t, r.report("format=json"))
	require.True(t, json.Valid([]byte(r.report("format=har"))))
	require.Contains(t, r.report("format=junit"), `tests="0"`)
	const many = 3*pageSize + 1
	for range many {
		r.note(&journal.Entry{ID: "x", Verdict: journal.Accepted, Status: 200})
	}
	var last uint64
	lines := strings.Split(strings.TrimSuffix(r.report("format=json"), "\n"), "\n")
	require.Len(t, lines, many)
	for _, line := range lines {
		var e struct{ Seq uint64 }
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		require.Greater(t, e.Seq, last)
		last = e.Seq
	}
	for query, says := range map[string]string{
		"":                          "format",
		"format=csv":                "format",
		"format=har&lang=fr":        "lang",
		"format=har&diagnosis=no":   "diagnosis",
		"format=har&brief=true":     "brief",
		"format=har&verdict=x":      "verdict",
		"format=har&format=json":    "format",
		"format=har&since=nonsense": "since",
	} {
		require.Contains(t, r.call("GET", "/api/v1/report?"+query, "").wantProblem(t, 422), says, query)
	}
	r.call("GET", "/api/v1/report?format=har&id=none", "").wantProblem(t, http.StatusNotFound)
	// Nothing of another account.
	var made struct{ AppID string }
	require.NoError(t, json.Unmarshal([]byte(r.call("POST", "/api/v1/accounts", "{}").body), &made))
	r.note(&journal.Entry{ID: "theirs", Account: made.AppID, Verdict: journal.Accepted})
	require.Contains(t, r.report("format=json&account="+made.AppID+"&id=theirs"), `"theirs"`)
	require.NotContains(t, r.report("format=json&account="+made.AppID), `"x"`)
	r.call("GET", "/api/v1/report?format=json&id=theirs&account=1250000000", "").wantProblem(t, http.StatusNotFound)
}
