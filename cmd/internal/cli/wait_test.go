package cli

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// wait runs the command against a server.
func (s *served) wait(args ...string) outcome {
	return command(nil, append([]string{"wait", "--console=" + s.ready.Console}, args...)...)
}

func TestWaitCommand(t *testing.T) {
	s := serveHere(t, nil)
	o := s.wait("--timeout=0s")
	require.Equal(t, exitFailed, o.code)
	require.Empty(t, o.stdout)
	require.Contains(t, o.stderr, "No request has arrived at all.\ncosemu: within 0s 0 of 1 requests matched")

	status, body := send(t, "PUT", s.presign(nil, "--key=a/1"), "hello")
	require.Equal(t, http.StatusOK, status, body)
	refused := s.refused(t, s.presign(nil, "--key=a/2", "--method=GET"))
	uploaded := s.requests(t)[1].ID

	o = s.wait("--key=a/*", "--count=2")
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Empty(t, o.stderr)
	lines := strings.Split(o.stdout, "\n")
	require.Len(t, lines, 3, o.stdout)
	require.Regexp(t, `^\S+Z PUT \S+/test-1250000000/a/1 accepted 200 `+uploaded+`$`, lines[0])
	require.Regexp(t, `^\S+Z PUT \S+/test-1250000000/a/2 refused 403 SignatureDoesNotMatch \[method\] `+refused+`$`, lines[1])

	for _, c := range []struct {
		args []string
		id   string // the only request that matches; empty: none
	}{
		{[]string{"--bucket=test-1250000000", "--status=200"}, uploaded},
		{[]string{"--verdict=accepted"}, uploaded},
		{[]string{"--account=1250000000", "--verdict=accepted"}, uploaded},
		{[]string{"--diagnosis=method"}, refused},
		{[]string{"--code=SignatureDoesNotMatch", "--operation=PutObject", "--method=PUT"}, refused},
		{[]string{"--since=" + uploaded}, refused},
		{[]string{"--since=x-cos-request-id: " + uploaded}, refused},
		{[]string{"--since=" + refused}, ""},
		{[]string{"--since=2100-01-01T00:00:00Z"}, ""},
		{[]string{"--diagnosis=expired"}, ""},
		{[]string{"--operation=GetObject"}, ""},
	} {
		o, none := s.wait(append(c.args, "--timeout=0s")...), s.wait(append(c.args, "--none=0s")...)
		if c.id == "" {
			require.Equal(t, []int{exitFailed, exitOK}, []int{o.code, none.code}, c.args)
			require.Empty(t, o.stdout+none.stdout+none.stderr, c.args)
			require.Contains(t, o.stderr, "The latest requests of the server:\n  ")
			require.Contains(t, o.stderr, refused)
			continue
		}
		require.Equal(t, []int{exitOK, exitFailed}, []int{o.code, none.code}, c.args)
		require.Equal(t, 1, strings.Count(o.stdout, "\n"), c.args)
		require.Contains(t, o.stdout, c.id, c.args)
		require.Equal(t, o.stdout, none.stdout)
		require.Contains(t, none.stderr, "a request came that should not: 1 matched")
	}

	o = s.wait("--json", "--diagnosis=method")
	require.Equal(t, exitOK, o.code, o.stderr)
	_, body = send(t, "GET", "http://"+s.ready.Console+"/api/v1/requests?diagnosis=method", "")
	require.JSONEq(t, body, o.stdout)
	require.Contains(t, s.wait("--lang=zh", "--none=0s").stderr, "出现了不应有的请求：匹配 2 个")
}

// A request that comes while the command waits ends the wait.
func TestWaitCommandWaits(t *testing.T) {
	s := serveHere(t, nil)
	url := s.presign(nil, "--key=late")
	done := make(chan outcome, 2)
	go func() { done <- s.wait("--key=late", "--timeout=1m") }()
	go func() { done <- s.wait("--key=late", "--none=1m") }()
	status, body := send(t, "PUT", url, "hello")
	require.Equal(t, http.StatusOK, status, body)
	codes := []int{(<-done).code, (<-done).code}
	require.ElementsMatch(t, []int{exitOK, exitFailed}, codes)
}

func TestWaitCommandRefuses(t *testing.T) {
	s := serveHere(t, nil)
	for args, says := range map[string]string{
		"--none=6m":                 "want a duration from 0s to 5m",
		"--timeout=-1s":             "want a duration from 0s to 5m",
		"--count=0":                 "--count: want 1 or more",
		"--none=1s --count=2":       "--count: want 1 or more",
		"--none=1s --timeout=1s":    "can't be used together",
		"--none=1s --diagnosis=x":   "--diagnosis: no such finding",
		"--none=1s --operation=Put": "--operation: no such operation",
		"--none=1s --verdict=maybe": "--verdict: ",
		"--none=1s --status=9":      "--status: ",
		"--none=1s --since=today":   "--since: want a time",
		"--none=1s --since=last":    "--since: want a time",
		"--none=1s --since=2026":    "--since: want a time",
		"--none=1s --since=NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==": "--since: want a time",
		"--none=1s a": "unexpected argument",
	} {
		o := s.wait(strings.Fields(args)...)
		require.Equal(t, exitUsage, o.code, args)
		require.Contains(t, o.stderr, says, args)
		require.Empty(t, o.stdout)
	}
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
	o := s.wait("--none=1s")
	require.Equal(t, exitFailed, o.code, "a server that is gone is no proof that nothing came")
	require.Contains(t, o.stderr, "no cosemu answers at ")
	o = command([]string{"COSEMU_CONSOLE=127.0.0.1:0"}, "wait")
	require.Equal(t, exitUsage, o.code)
}

// What another server answers is no proof that nothing came, and steers no terminal.
func TestWaitOfAnotherServer(t *testing.T) {
	answers := make(chan string, 2)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusRequestTimeout)
		_, _ = io.WriteString(w, <-answers)
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { require.NoError(t, srv.Close()) })
	for _, body := range []string{`{}`, `[]`, `{"requests":[]`, `{"requests":[]}`} {
		answers <- body
		o := command(nil, "wait", "--none=1s", "--console="+l.Addr().String())
		require.Equal(t, exitFailed, o.code, body)
		require.Contains(t, o.stderr, "is no control listener of cosemu", body)
	}
	answers <- `{"requests":[{"method":"PUT","host":"h","path":"/\u001b[2J\n"}],"last":1}`
	o := command(nil, "wait", "--none=1s", "--console="+l.Addr().String())
	require.Equal(t, exitOK, o.code, o.stderr)
	require.NotContains(t, o.stdout, "\x1b")
	require.Equal(t, 1, strings.Count(o.stdout, "\n"))
}

// No secret and no token, in lines and in JSON.
func TestWaitShowsNoSecret(t *testing.T) {
	file := writeFile(t, "c.yaml", `
credentials:
  - {secret_id: AKIDmine, secret_key: hush-permanent}
  - {secret_id: AKIDtemporary, secret_key: hush-temporary, token: hush-token}
`)
	s := serveHere(t, nil, "--config="+file)
	url := s.presign(nil, "--config="+file, "--key=b", "--secret-id=AKIDtemporary")
	require.Contains(t, url, "hush-token", "or this test looks for nothing")
	s.refused(t, strings.Replace(url, "/b?", "/c?", 1))
	for _, args := range [][]string{{}, {"--json"}, {"--count=2", "--timeout=0s"}} {
		o := s.wait(args...)
		require.Contains(t, o.stdout, "/c")
		require.NotContains(t, o.stdout+o.stderr, "hush")
	}
	var doc any
	require.NoError(t, json.Unmarshal([]byte(s.wait("--json").stdout), &doc))
}
