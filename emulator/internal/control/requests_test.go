package control

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/stretchr/testify/require"
)

// shownRequest has the members of an entry that the tests check.
type shownRequest struct {
	Seq                                   uint64
	ID, Verdict, Code, Message, Operation string
	Method, Host, Path, Bucket, Key       string
	Status                                int
	At                                    time.Time
	TookMS                                float64 `json:"took_ms"`
	Received                              int64   `json:"received_bytes"`
	Sent                                  int64   `json:"sent_bytes"`
	Diagnosis                             []string
	Fault                                 map[string]string
	Request                               *struct {
		Query, Curl, Remote, Proto string
		Headers                    http.Header
	}
	Signature *struct {
		Carrier, Algorithm, Token, Signature string
		SecretID                             string   `json:"secret_id"`
		HTTPString                           string   `json:"http_string"`
		StringToSign                         string   `json:"string_to_sign"`
		HeaderList                           []string `json:"header_list"`
		SignTime                             struct {
			Raw        string
			Start, End time.Time
		} `json:"sign_time"`
	}
	Steps   []struct{ Name, Outcome string }
	Finding *shownFinding
	Answer  *struct {
		Headers http.Header
		Body    string
	}
}

type shownFinding struct {
	Findings []struct {
		ID, Name, Signed, Arrived string
		Proven                    bool
		Suggestion                string
		Sentence, Advice          struct{ En, Zh string }
	}
	Arrived, Signed *struct {
		HTTPString string `json:"http_string"`
	}
}

type requestPage struct {
	Requests []shownRequest
	Last     uint64
}

// requests reads a page of the list.
func (r *rig) requests(query string, status int) requestPage {
	r.t.Helper()
	var p requestPage
	a := r.call("GET", "/api/v1/requests"+query, "")
	require.Equal(r.t, status, a.status, a.body)
	require.NoError(r.t, json.Unmarshal([]byte(a.body), &p))
	return p
}

// upload uploads a few bytes and returns the request id.
func (r *rig) upload(key string, header ...string) string {
	r.t.Helper()
	a := put(r.t, r.presign(`{"bucket":"`+testBucket+`","key":"`+key+`"}`).URL, header...)
	require.Equal(r.t, http.StatusOK, a.status, a.body)
	r.settled(a)
	return a.header.Get("X-Cos-Request-Id")
}

// settled waits until an answered request is in the journal.
func (r *rig) settled(a answer) {
	r.t.Helper()
	id := a.header.Get("X-Cos-Request-Id")
	require.NotEmpty(r.t, id)
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	for {
		v := r.Journal().View(journal.Filter{})
		if _, there := r.Journal().Get(id); there {
			return
		}
		select {
		case <-v.Changed:
		case <-ctx.Done():
			require.Fail(r.t, "the request is not in the journal")
		}
	}
}

func TestRequestsAreListedAndFiltered(t *testing.T) {
	r := start(t, Options{})
	first := r.upload("a/1")
	r.upload("a/2")
	url := r.presign(`{"bucket":"` + testBucket + `","key":"b"}`).URL
	r.call("POST", "/api/v1/clock/advance", `{"by":"1h"}`).want(t, http.StatusOK, nil)
	late := put(t, url)
	require.Equal(t, http.StatusForbidden, late.status)
	r.settled(late)
	missing, err := http.Get(r.presign(`{"method":"GET","bucket":"` + testBucket + `","key":"none"}`).URL)
	require.NoError(t, err)
	require.NoError(t, missing.Body.Close())
	r.settled(answer{header: missing.Header})

	keys := func(p requestPage) string {
		var out []string
		for _, e := range p.Requests {
			out = append(out, e.Key)
		}
		return strings.Join(out, " ")
	}
	all := r.requests("", 200)
	require.EqualValues(t, 4, all.Last)
	for query, want := range map[string]string{
		"":                            "none b a/2 a/1",
		"?limit=2":                    "none b",
		"?key=a/*":                    "a/2 a/1",
		"?key=b":                      "b",
		"?method=GET":                 "none",
		"?status=403":                 "b",
		"?code=NoSuchKey":             "none",
		"?verdict=refused":            "none b",
		"?verdict=accepted":           "a/2 a/1",
		"?bucket=" + testBucket:       "none b a/2 a/1",
		"?bucket=other-1":             "",
		"?since=2026-11-24T09:00:00Z": "none b",
		"?since=2026-11-24T09:00:01Z": "",
		"?after=2":                    "none b",
		"?after=4":                    "",
		"?verdict=refused&method=PUT": "b",
		"?operation=PutObject":        "b a/2 a/1",
		"?operation=GetObject":        "none",
		"?operation=GetBucket":        "",
		"?diagnosis=expired":          "b",
		"?diagnosis=method":           "",
		"?since=" + first:             "none b a/2",
		"?after=2&since=" + first:     "none b",
	} {
		p := r.requests(query, 200)
		require.Equal(t, want, keys(p), query)
		require.EqualValues(t, 4, p.Last, query)
	}
	for query, says := range map[string]string{
		"?verdikt=refused":       "verdikt",
		"?verdict=maybe":         "verdict",
		"?status=403&status=404": "status",
		"?status=x":              "status",
		"?limit=0":               "limit",
		"?limit=10001":           "limit",
		"?since=yesterday":       "since",
		"?since=NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==": "since", // of COS
		"?operation=putObject":                                "operation",
		"?diagnosis=expird":                                   "diagnosis",
		"?after=-1":                                           "after",
		"?count=1":                                            "count",
		"?%zz=1":                                              "query",
	} {
		require.Contains(t, r.call("GET", "/api/v1/requests"+query, "").wantProblem(t, 422), says, query)
	}

	brief := r.requests("?brief=true", 200)
	require.Equal(t, keys(all), keys(brief))
	for i, e := range brief.Requests {
		require.Nil(t, e.Request)
		require.Nil(t, e.Signature)
		require.Nil(t, e.Finding)
		require.Nil(t, e.Answer)
		require.Empty(t, e.Steps)
		require.Equal(t, all.Requests[i].Diagnosis, e.Diagnosis)
		require.Equal(t, all.Requests[i].Message, e.Message)
	}

	r.call("DELETE", "/api/v1/requests", "", header("Origin", "http://evil.test")).wantProblem(t, http.StatusForbidden)
	require.Len(t, r.requests("", 200).Requests, 4)
	r.call("DELETE", "/api/v1/requests", "").want(t, http.StatusNoContent, nil)
	require.Equal(t, requestPage{Requests: []shownRequest{}, Last: 4}, r.requests("", 200))
	r.call("GET", "/api/v1/requests/"+first, "").wantProblem(t, http.StatusNotFound)
	require.Contains(t, r.call("GET", "/api/v1/requests?since="+first, "").wantProblem(t, 422), "query.since")
}

// TestARequestInDetail checks the entries of an accepted and a refused request.
func TestARequestInDetail(t *testing.T) {
	r := start(t, Options{})
	get := func(id string) shownRequest {
		t.Helper()
		var e shownRequest
		a := r.call("GET", "/api/v1/requests/"+id, "")
		require.Equal(t, 200, a.status, a.body)
		require.NoError(t, json.Unmarshal([]byte(a.body), &e))
		require.Equal(t, strings.ReplaceAll(id, "%3D", "="), e.ID)
		return e
	}
	id := r.upload("dir/a b", "Content-Type", "text/plain", "Cookie", "session=1", "Authorization", "Basic dXNlcjpwYXNz")
	require.True(t, strings.HasSuffix(id, "="), "an id with a character that paths escape")
	e := get(id)
	require.Equal(t, e, get(strings.ReplaceAll(id, "=", "%3D")))
	require.Equal(t, []string{"accepted", "PutObject", "PUT", testBucket, "dir/a b", "/" + testBucket + "/dir/a%20b", r.api},
		[]string{e.Verdict, e.Operation, e.Method, e.Bucket, e.Key, e.Path, e.Host})
	require.Equal(t, []any{200, int64(5), int64(0), uint64(1)}, []any{e.Status, e.Received, e.Sent, e.Seq})
	require.True(t, e.At.Equal(startTime()))
	require.Empty(t, e.Diagnosis)
	require.Nil(t, e.Finding)
	require.Equal(t, http.Header{"Content-Type": {"text/plain"}, "Cookie": {"[hidden]"}, "Authorization": {"[hidden]"}}, only(e.Request.Headers, "Content-Type", "Cookie", "Authorization"))
	require.Equal(t, "HTTP/1.1", e.Request.Proto)
	require.Contains(t, e.Request.Remote, "127.0.0.1:")
	require.Equal(t, []string{"query", "sha1", testID, "none"}, []string{e.Signature.Carrier, e.Signature.Algorithm, e.Signature.SecretID, e.Signature.Token})
	require.True(t, e.Signature.SignTime.Start.Equal(startTime()))
	require.True(t, e.Signature.SignTime.End.Equal(startTime().Add(15*time.Minute)))
	require.Equal(t, "put\n/"+testBucket+"/dir/a b\n\nhost="+url.QueryEscape(r.api)+"\n", e.Signature.HTTPString)
	require.True(t, strings.HasPrefix(e.Signature.StringToSign, "sha1\n"+e.Signature.SignTime.Raw+"\n"))
	require.Contains(t, e.Request.Query, "q-signature="+e.Signature.Signature)
	require.Len(t, e.Steps, 6)
	require.Equal(t, "operation", e.Steps[5].Name)
	require.Equal(t, "ok", e.Steps[5].Outcome)
	require.NotEmpty(t, e.Answer.Headers.Get("Server"), "%v", e.Answer.Headers)
	require.Empty(t, e.Answer.Body)

	bad := put(t, r.presign(`{"bucket":"`+testBucket+`","key":"c","headers":{"Content-Type":"image/png"}}`).URL, "Content-Type", "image/jpeg")
	require.Equal(t, http.StatusForbidden, bad.status)
	r.settled(bad)
	e = get(bad.header.Get("X-Cos-Request-Id"))
	require.Equal(t, []string{"refused", "SignatureDoesNotMatch"}, []string{e.Verdict, e.Code})
	require.Equal(t, []string{"header-value"}, e.Diagnosis)
	require.Equal(t, bad.body, e.Answer.Body)
	require.EqualValues(t, len(bad.body), e.Sent)
	last := e.Steps[len(e.Steps)-1]
	require.Equal(t, "signature", last.Name)
	require.Equal(t, "SignatureDoesNotMatch", last.Outcome)
	f := e.Finding.Findings[0]
	require.True(t, f.Proven)
	require.Equal(t, []string{"header-value", "image/png", "image/jpeg"}, []string{f.ID, f.Signed, f.Arrived})
	for _, text := range []string{f.Sentence.En, f.Sentence.Zh, f.Advice.En, f.Advice.Zh} {
		require.NotEmpty(t, text)
	}
	require.Contains(t, e.Finding.Arrived.HTTPString, "content-type=image%2Fjpeg")
	require.Contains(t, e.Finding.Signed.HTTPString, "content-type=image%2Fpng", "the client's own form, proven")
	require.Contains(t, e.Signature.HTTPString, "content-type=image%2Fjpeg")

	for _, id := range []string{"none", "a/b+c==", "a%2Fb%2Bc%3D%3D", "%2F%2F"} {
		require.Contains(t, r.call("GET", "/api/v1/requests/"+id, "").wantProblem(t, 404), "journal")
	}
}

func only(h http.Header, names ...string) http.Header {
	out := http.Header{}
	for _, n := range names {
		if v, ok := h[n]; ok {
			out[n] = v
		}
	}
	return out
}

func TestWait(t *testing.T) {
	r := start(t, Options{})
	old := r.presign(`{"bucket":"` + testBucket + `","key":"old"}`).URL
	r.upload("past")
	require.Equal(t, "past", r.requests("/wait?key=past&timeout=0s", 200).Requests[0].Key, "the past counts")

	// The request may come before or after the wait begins. Both ways the wait finds it.
	done := make(chan requestPage, 1)
	go func() {
		res, err := http.Get("http://" + r.console + "/api/v1/requests/wait?after=1&count=2&timeout=60s&brief=true")
		var p requestPage
		if err == nil {
			err = json.NewDecoder(res.Body).Decode(&p)
			_ = res.Body.Close()
		}
		if err != nil {
			close(done)
			return
		}
		done <- p
	}()
	r.upload("one")
	r.upload("two")
	p, ok := <-done
	require.True(t, ok)
	require.Equal(t, []string{"two", "one"}, []string{p.Requests[0].Key, p.Requests[1].Key})
	require.EqualValues(t, 3, p.Last)
	require.Nil(t, p.Requests[0].Request)

	// Too few: the answer has those that match.
	p = r.requests("/wait?count=4&timeout=10ms", http.StatusRequestTimeout)
	require.Len(t, p.Requests, 3)
	require.EqualValues(t, 3, p.Last)
	p = r.requests("/wait?after=3&timeout=10ms", http.StatusRequestTimeout)
	require.Empty(t, p.Requests)
	p = r.requests("/wait?verdict=refused&timeout=0s", http.StatusRequestTimeout)
	require.Empty(t, p.Requests)

	// The same filters as those of the list.
	p = r.requests("/wait?operation=PutObject&diagnosis=&timeout=0s", 200)
	two := p.Requests[0]
	require.Equal(t, "two", two.Key)
	p = r.requests("/wait?diagnosis=expired&timeout=0s", http.StatusRequestTimeout)
	require.Empty(t, p.Requests)
	r.call("POST", "/api/v1/clock/advance", `{"by":"1h"}`).want(t, http.StatusOK, nil)
	late := put(t, old)
	require.Equal(t, http.StatusForbidden, late.status)
	p = r.requests("/wait?diagnosis=expired&operation=PutObject&since="+two.ID, 200)
	require.Equal(t, late.header.Get("X-Cos-Request-Id"), p.Requests[0].ID)
	// Since the latest request: it may enter the journal after the question comes.
	p = r.requests("/wait?timeout=0s&since="+p.Requests[0].ID, http.StatusRequestTimeout)
	require.Empty(t, p.Requests)

	for query, says := range map[string]string{
		"?diagnosis=expird": "diagnosis",
		"?timeout=6m":       "5m",
		"?timeout=-1s":      "nothing",
		"?timeout=2":        "duration",
		"?count=0":          "count",
		"?limit=1":          "limit",
		"?verdikt=x":        "verdikt",
		"?count=1&count=2":  "count",
	} {
		require.Contains(t, r.call("GET", "/api/v1/requests/wait"+query, "").wantProblem(t, 422), says, query)
	}
}

// TestCurlLineSendsItAgain: the curl line makes the same request.
func TestCurlLineSendsItAgain(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no shell")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl")
	}
	for _, tc := range []struct{ key, host string }{
		{"it's [here]/../a", ""},
		{"plain", testBucket + ".cos.ap-guangzhou.myqcloud.com"},
	} {
		r := start(t, Options{})
		r.handler.shared.options.API = r.api
		target := r.presign(`{"bucket":"` + testBucket + `","key":"` + tc.key + `","headers":{"Content-Type":"a/b"}}`).URL
		req, err := http.NewRequest(http.MethodPut, target, strings.NewReader("hello"))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "a/b")
		if tc.host != "" {
			req.Host = tc.host // another host than was signed, at the same address
		}
		sent := send(t, req)
		r.settled(sent)
		page := r.requests("?limit=1", 200)
		line := page.Requests[0].Request.Curl

		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "FILE"), []byte("again"), 0o600))
		cmd := exec.Command(bash, "-c", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "NO_PROXY=*", "no_proxy=*")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", line, out)
		next := r.requests("/wait?after=1&timeout=60s", 200).Requests[0]
		was := page.Requests[0]
		require.Equal(t, []any{was.Verdict, was.Status, was.Method, was.Host, was.Path, was.Request.Query},
			[]any{next.Verdict, next.Status, next.Method, next.Host, next.Path, next.Request.Query}, line)
		require.Equal(t, was.Request.Headers["Content-Type"], next.Request.Headers["Content-Type"])
		require.Equal(t, tc.host == "", next.Verdict == "accepted")
	}
}

// TestRefusedConnect: a refused CONNECT shows its target once, and its curl line asks for the same
// tunnel.
func TestRefusedConnect(t *testing.T) {
	r := start(t, Options{})
	r.handler.shared.options.API = r.api
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: r.api})}}
	_, err := client.Get("https://www.example.com/")
	require.ErrorContains(t, err, "Not Implemented")
	e := r.requests("/wait?timeout=60s", 200).Requests[0]
	require.Equal(t, []string{"CONNECT", "www.example.com:443", ""}, []string{e.Method, e.Host, e.Path})
	require.Equal(t, "curl --proxy http://"+r.api+" --proxytunnel http://www.example.com:443/", e.Request.Curl)
}
