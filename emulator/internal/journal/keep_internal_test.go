package journal

import (
	"bufio"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// arrive returns the entry of a request as a server reads it.
func arrive(t *testing.T, text string) *Entry {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	require.NoError(t, err)
	e := &Entry{ID: "NjdkYjA2ZTBfOTZhZjUyMWVfMTY2N18xYjA=", Request: signer.ReadRequest(r), Bucket: "b-1250000000", Status: 403}
	if c, ok := signer.ParseClaim(e.Request); ok {
		e.Claim = c
		e.HttpString, e.StringToSign = strings.Clone(e.Request.Query), strings.Repeat("s", 80)
	}
	e.AddStep("signature", "SignatureDoesNotMatch")
	e.Header = http.Header{}
	for _, name := range []string{"Server", "Date", "X-Cos-Request-Id", "X-Cos-Trace-Id", "Content-Type", "Content-Length", "X-Cosemu-Diagnosis"} {
		e.Header[name] = []string{strings.Repeat("v", 30)}
	}
	e.Document = make([]byte, 700)
	e.Finding = &diagnose.Report{Findings: []diagnose.Finding{{ID: "host", Sentence: diagnose.Text{En: strings.Repeat("e", 120), Zh: strings.Repeat("z", 120)}}}}
	e.Diagnosis = []string{"host"}
	return e
}

// hostile are the largest requests that a server accepts.
func hostile() map[string]string {
	head := "GET /b-1250000000/key HTTP/1.1\r\nHost: 127.0.0.1:9000\r\n"
	many := func(n int, each func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(each(i))
		}
		return b.String()
	}
	claim := "q-sign-algorithm=sha1&q-ak=AKIDx&q-sign-time=1;2&q-key-time=1;2&q-header-list=%s&q-url-param-list=%s&q-signature=" +
		strings.Repeat("0", 40)
	names := many(9000, func(i int) string { return fmt.Sprintf("h%d;", i) })
	return map[string]string{
		"plain":           head + "User-Agent: curl/8\r\nAccept: */*\r\n\r\n",
		"a signed one":    head + "User-Agent: cos-go-sdk\r\nAuthorization: " + fmt.Sprintf(claim, "host", "") + "\r\nContent-Type: image/jpeg\r\n\r\n",
		"empty headers":   head + many(8000, func(i int) string { return fmt.Sprintf("%04x:\r\n", i) }) + "\r\n",
		"one name":        head + many(8000, func(int) string { return "a:\r\n" }) + "\r\n",
		"large headers":   head + many(60, func(i int) string { return fmt.Sprintf("x-%d: %s\r\n", i, strings.Repeat("x", 1000)) }) + "\r\n",
		"parameters":      "GET /b-1250000000/key?" + strings.Repeat("a&", 30000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"one parameter":   "GET /b-1250000000/key?a=" + strings.Repeat("a", 60000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"path":            "GET /b-1250000000/" + strings.Repeat("%ff", 20000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"signed headers":  head + "Authorization: " + fmt.Sprintf(claim, names, "") + "\r\n\r\n",
		"signed params":   head + "Authorization: " + fmt.Sprintf(claim, "", names) + "\r\n\r\n",
		"header of bytes": head + "X-Cos-Meta-A: " + strings.Repeat("\xff", 60000) + "\r\n\r\n",
	}
}

// TestCost: the computed size of an entry is right: the heap grows by at most the size, and by at
// least half of it, for any request.
func TestCost(t *testing.T) {
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	for name, text := range hostile() {
		const n = 60
		j := New(Options{Bytes: 1 << 40})
		before := heap()
		for range n {
			j.Add(arrive(t, text))
		}
		grown := heap() - before
		t.Logf("%s: %d bytes each, counted for %d", name, grown/n, j.bytes/n)
		require.LessOrEqual(t, grown, j.bytes*11/10+64<<10, "%s: %d bytes each, counted for %d", name, grown/n, j.bytes/n)
		require.GreaterOrEqual(t, 2*grown, j.bytes, "%s: %d bytes each, counted for %d", name, grown/n, j.bytes/n)
		require.LessOrEqual(t, j.bytes/n, int64(keepAll+keepAll/2), name)
		runtime.KeepAlive(j)
	}
}

// TestKept: the most important part of a large request is recorded, with a list of what was left
// out. An ordinary request is recorded unchanged.
func TestKept(t *testing.T) {
	all := hostile()
	e := arrive(t, strings.Replace(all["empty headers"], "\r\n0000:", "\r\nAuthorization: hello\r\nX-Cos-Acl: private\r\n0000:", 1))
	e.bound()
	require.Equal(t, "hello", e.Request.Header.Get("Authorization"))
	require.Equal(t, "private", e.Request.Header.Get("X-Cos-Acl"))
	require.Greater(t, len(e.Request.Header), 100)
	require.Equal(t, 8002, len(e.Request.Header)+e.Omitted.Headers)

	e = arrive(t, all["empty headers"])
	e.Omitted = &Omitted{Headers: 10, Texts: []string{"head"}}
	e.bound()
	require.Equal(t, 8010, len(e.Request.Header)+e.Omitted.Headers, "those that were left out before")
	require.Equal(t, []string{"head"}, e.Omitted.Texts)

	e = arrive(t, all["parameters"])
	e.bound()
	require.Len(t, e.Request.Params, keepNames)
	require.Equal(t, 30000-keepNames, e.Omitted.Params)
	require.Equal(t, strings.Repeat("a&", keepNames-1)+"a", e.Request.Query)

	e = arrive(t, all["path"])
	e.Key = strings.Repeat("\xff", 20000)
	e.bound()
	require.Equal(t, []string{"path", "key"}, e.Omitted.Texts)
	require.True(t, strings.HasPrefix(e.Request.Path, "/b-1250000000/%ff"))
	require.True(t, strings.HasSuffix(e.Request.Path, "…"))

	e = arrive(t, all["signed headers"])
	e.bound()
	require.Contains(t, e.Omitted.Texts, "header_list")
	require.Len(t, e.Claim.HeaderList, keepNames)
	require.Equal(t, "AKIDx", e.Claim.SecretID)

	for _, name := range []string{"plain", "a signed one"} {
		e = arrive(t, all[name])
		before := e.Request
		e.bound()
		require.Nil(t, e.Omitted, name)
		require.Same(t, before, e.Request, name)
	}
}
