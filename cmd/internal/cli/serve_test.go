package cli

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/cmd/internal/descriptors"
)

// pasted returns the command lines of the welcome, as a newcomer copies them.
func pasted(t *testing.T, welcome string) (upload, download string) {
	t.Helper()
	for line := range strings.Lines(welcome) {
		switch line := strings.TrimSpace(line); {
		case strings.Contains(line, "curl -T"):
			upload = line
		case strings.HasPrefix(line, "curl "):
			download = line
		}
	}
	require.NotEmpty(t, upload, welcome)
	require.NotEmpty(t, download, welcome)
	return upload, download
}

func shell(t *testing.T, line string) string {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	out, err := exec.Command("sh", "-c", line+" -sS -f").CombinedOutput()
	require.NoError(t, err, "%s\n%s", line, out)
	return string(out)
}

// The first screen of a server without any setting is all that a newcomer
// needs.
func TestWelcome(t *testing.T) {
	s := serveHere(t, nil)
	screen := s.stdout.String()
	for _, want := range []string{
		"http://" + s.ready.Listen, "Console    http://" + s.ready.Console + "\n",
		"AKIDcosemuLocalUseOnlyNotARealKey000", "cosemuSecretForLocalTestsOnly000", "test-1250000000", "ap-guangzhou",
		"in memory", "valid for a day",
	} {
		require.Contains(t, screen, want)
	}
	upload, download := pasted(t, screen)
	require.Empty(t, shell(t, upload))
	require.Equal(t, "hello\n", shell(t, download))
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
}

// A listener on all addresses is called by one that exists.
func TestWelcomeOnAllAddresses(t *testing.T) {
	s := serveHere(t, nil, "--listen=0.0.0.0:0", "--console=[::]:0")
	require.True(t, strings.HasPrefix(s.ready.Listen, "127.0.0.1:"), s.ready.Listen)
	upload, download := pasted(t, s.stdout.String())
	require.Contains(t, upload, s.ready.Listen)
	shell(t, upload)
	require.Equal(t, "hello\n", shell(t, download))
}

// The URLs of the welcome are valid by the emulator's clock.
func TestWelcomeUnderAnotherClock(t *testing.T) {
	s := serveHere(t, nil, "--clock=2020-01-01T00:00:00Z")
	upload, download := pasted(t, s.stdout.String())
	shell(t, upload)
	require.Equal(t, "hello\n", shell(t, download))
	status, body := send(t, "GET", "http://"+s.ready.Console+"/api/v1/clock", "")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"now":"2020-01-01T00:00:00Z","frozen":true}`, body)
}

// Nothing that a server writes holds a configured secret, a token, or what
// signs a URL.
func TestNoSecretIsWritten(t *testing.T) {
	file := writeFile(t, "c.yaml", `
buckets: [{name: photos-1250000000, region: ap-beijing}]
credentials:
  - {secret_id: AKIDmine, secret_key: hush-permanent}
  - {secret_id: AKIDtemporary, secret_key: hush-temporary, token: hush-token}
`)
	for _, format := range []string{"text", "json"} {
		s := serveHere(t, nil, "--config="+file, "--log-level=debug", "--log-format="+format)
		good := s.presign(nil, "--config="+file, "--key=a")
		withToken := s.presign(nil, "--config="+file, "--key=b", "--secret-id=AKIDtemporary")
		require.Contains(t, withToken, "hush-token", "or this test looks for nothing")
		for _, url := range []string{good, withToken} {
			status, body := send(t, "PUT", url, "x")
			require.Equal(t, http.StatusOK, status, body)
			status, _ = send(t, "PUT", strings.Replace(url, "q-signature=", "q-signature=0", 1), "x")
			require.Equal(t, http.StatusForbidden, status)
		}
		s.signal(os.Interrupt)
		require.Equal(t, exitOK, s.end())
		require.Contains(t, s.stderr.String(), "SignatureDoesNotMatch", "both verdicts are in the log")
		for _, secret := range []string{"hush", "q-signature", "q-ak"} {
			require.NotContains(t, s.stderr.String(), secret)
		}
		require.NotContains(t, s.stdout.String(), "hush")
	}
}

func TestRequestLog(t *testing.T) {
	s := serveHere(t, nil, "--log-format=json")
	require.Empty(t, s.stdout.String(), "a log of JSON is all there is")
	status, _ := send(t, "PUT", s.presign(nil, "--key=a/\x07\nb"), "hello")
	require.Equal(t, http.StatusOK, status)
	status, _ = send(t, "GET", "http://"+s.ready.Listen+"/test-1250000000/a", "")
	require.Equal(t, http.StatusForbidden, status)
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())

	var records []map[string]any
	for line := range strings.Lines(s.stderr.String()) {
		require.NotContains(t, line, "\x07")
		var rec map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &rec), line)
		records = append(records, rec)
	}
	require.Equal(t, "ready", records[0]["msg"])
	require.Equal(t, s.ready.Listen, records[0]["listen"])
	require.Equal(t, s.ready.Console, records[0]["console"])
	requests := records[1:3]
	require.Equal(t, "INFO", requests[0]["level"])
	require.Equal(t, "PUT", requests[0]["method"])
	require.Equal(t, "test-1250000000", requests[0]["bucket"])
	require.Equal(t, "a/\x07\nb", requests[0]["key"])
	require.InDelta(t, 200, requests[0]["status"], 0)
	require.InDelta(t, 5, requests[0]["in"], 0)
	require.Equal(t, "WARN", requests[1]["level"])
	require.Equal(t, "AccessDenied", requests[1]["code"])
	require.InDelta(t, 403, requests[1]["status"], 0)
}

// What is no request at all is answered and logged like one.
func TestGarbageIsAnsweredAndLogged(t *testing.T) {
	s := serveHere(t, nil, "--clock=2026-11-24T08:00:00Z")
	c, err := net.Dial("tcp", s.ready.Listen)
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Write([]byte("GARBAGE\r\n\r\n"))
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
	require.Equal(t, "Tue, 24 Nov 2026 08:00:00 GMT", res.Header.Get("Date"))
	require.Contains(t, string(body), "<Code>")
	id := res.Header.Get("X-Cos-Request-Id")
	require.NotEmpty(t, id)
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
	require.Contains(t, s.stderr.String(), id)
}

func TestTheLevelCutsTheLog(t *testing.T) {
	s := serveHere(t, []string{"COSEMU_LOG_LEVEL=warn"})
	status, _ := send(t, "PUT", s.presign(nil, "--key=accepted"), "hello")
	require.Equal(t, http.StatusOK, status)
	status, _ = send(t, "GET", "http://"+s.ready.Listen+"/test-1250000000/refused", "")
	require.Equal(t, http.StatusForbidden, status)
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
	require.NotContains(t, s.stderr.String(), "key=accepted")
	require.Contains(t, s.stderr.String(), "key=refused")
}

// Settings arrive where they belong, from whichever place they come.
func TestSettingsTakeEffect(t *testing.T) {
	file := writeFile(t, "c.yaml", "aliases: {uploads.test: test-1250000000}\nverify: enforce\n")
	s := serveHere(t, []string{"COSEMU_VERIFY=report", "COSEMU_LISTNE=x", "COSEMU_DOMAINS=cos.test"},
		"--config="+file, "--region=ap-beijing")
	require.Contains(t, s.stderr.String(), "COSEMU_LISTNE", "a misspelt variable is told")
	ask := func(host, path string) *http.Response {
		t.Helper()
		req, err := http.NewRequest(http.MethodHead, "http://"+s.ready.Listen+path, nil)
		require.NoError(t, err)
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res
	}
	for _, a := range [][2]string{
		{"uploads.test", "/"},
		{"test-1250000000.cos.test", "/"},
		{"cos.test", "/test-1250000000"},
		{"test-1250000000.cos.ap-beijing.myqcloud.com", "/"},
	} {
		res := ask(a[0], a[1])
		require.Equal(t, http.StatusOK, res.StatusCode, a)
		require.Equal(t, "403 AccessDenied", res.Header.Get("X-Cosemu-Verdict"), a)
	}
	require.Equal(t, http.StatusNotFound, ask("test-1250000000.cos.ap-guangzhou.myqcloud.com", "/").StatusCode)
}

func TestAPortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	data := filepath.Join(t.TempDir(), "data")
	for _, setting := range []string{"listen", "console"} {
		args := []string{"--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--data=" + data}
		o := command(nil, append(args, "--"+setting+"="+taken.Addr().String())...)
		require.Equal(t, exitFailed, o.code)
		require.Contains(t, o.stderr, "cosemu: "+setting+": "+taken.Addr().String()+" is in use by another program")
		require.Empty(t, o.stdout)
		require.NoDirExists(t, data, "the data is not touched")
	}
}

func TestADataFolderInUse(t *testing.T) {
	data := t.TempDir()
	s := serveHere(t, nil, "--data="+data)
	o := command(nil, "--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--data="+data)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "another cosemu works in "+data)
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
	again := serveHere(t, nil, "--data="+data)
	again.signal(os.Interrupt)
	require.Equal(t, exitOK, again.end(), "the folder is free again")
}

func TestADataFolderThatCannotBe(t *testing.T) {
	file := writeFile(t, "file", "")
	o := command(nil, "--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--data="+file)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "cosemu: data: ")
}

func TestDataOutlivesTheServer(t *testing.T) {
	data := t.TempDir()
	s := serveHere(t, nil, "--data="+data)
	status, _ := send(t, "PUT", s.presign(nil, "--key=kept"), "hello")
	require.Equal(t, http.StatusOK, status)
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
	s = serveHere(t, nil, "--data="+data, "--fsync")
	status, body := send(t, "GET", s.presign(nil, "--method=GET", "--key=kept"), "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "hello", body)
}

func TestSeed(t *testing.T) {
	file := writeFile(t, "seed/photos-1250000000/a/b.json", `{"a":1}`)
	dir := strings.TrimSuffix(file, "/photos-1250000000/a/b.json")
	s := serveHere(t, nil, "--seed="+dir)
	read := func() string {
		t.Helper()
		status, body := send(t, "GET", s.presign(nil, "--method=GET", "--bucket=photos-1250000000", "--key=a/b.json"), "")
		require.Equal(t, http.StatusOK, status, body)
		return body
	}
	require.JSONEq(t, `{"a":1}`, read())
	// A reset returns to the seed.
	status, _ := send(t, "PUT", s.presign(nil, "--bucket=photos-1250000000", "--key=a/b.json"), "changed")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "changed", read())
	status, _ = send(t, "POST", "http://"+s.ready.Console+"/api/v1/reset", "")
	require.Equal(t, http.StatusNoContent, status)
	require.JSONEq(t, `{"a":1}`, read())

	bad := filepath.Dir(filepath.Dir(writeFile(t, "seed/NoBucket/a", "")))
	o := command(nil, "--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--seed="+bad)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "seed: the folder NoBucket cannot be a bucket")
}

func TestTheReadyFile(t *testing.T) {
	s := serveHere(t, nil)
	require.Equal(t, os.Getpid(), s.ready.PID)
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
	require.NoFileExists(t, s.readyFile)

	// What a crash left behind is gone before anything can take it for news.
	stale := writeFile(t, "ready.json", `{"listen":"127.0.0.1:1","console":"127.0.0.1:1"}`)
	o := command(nil, "--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--ready-file="+stale, "--data="+stale+"/x")
	require.Equal(t, exitFailed, o.code)
	require.NoFileExists(t, stale)

	o = command(nil, "--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--ready-file=/does/not/exist/x")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "ready_file: ")
}

// A panic in a handler is told whatever the level, and the server goes on.
func TestAPanicIsTold(t *testing.T) {
	var out buffer
	log, _ := newLogger(&out, quiet(), nil)
	l, err := listen("listen", "127.0.0.1:0", log, &descriptors.Guard{})
	require.NoError(t, err)
	l.serve(&http.Server{ //nolint:gosec // no hostile client here
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/panic" {
				panic("oh dear")
			}
			w.WriteHeader(http.StatusTeapot)
		}),
	}, (*http.Server).Serve, nil)
	defer l.close()
	_, err = http.Get("http://" + l.callable() + "/panic")
	require.Error(t, err)
	status, _ := send(t, "GET", "http://"+l.callable()+"/", "")
	require.Equal(t, http.StatusTeapot, status)
	require.Contains(t, out.String(), "level=ERROR")
	require.Contains(t, out.String(), "oh dear")
	require.Equal(t, 1, strings.Count(out.String(), "\n"), "and nothing else")
}

// Bodies take as long as they take; everything else has an end.
func TestTimeoutsOfTheAPIPort(t *testing.T) {
	s := serveHere(t, nil)
	srv := apiServer(nil)
	require.Zero(t, srv.ReadTimeout)
	require.Zero(t, srv.WriteTimeout)
	require.Positive(t, srv.ReadHeaderTimeout)
	require.Positive(t, srv.IdleTimeout)

	huge := strings.Repeat("x", 128<<10)
	status, _ := send(t, "GET", "http://"+s.ready.Listen+"/test-1250000000/a", "", "X-Huge", huge)
	require.GreaterOrEqual(t, status, 400)
	c, err := net.Dial("tcp", s.ready.Listen)
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Write([]byte("GET /test-1250000000/a HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 32<<10) + "\r\n\r\n"))
	require.NoError(t, err)
	line, err := bufio.NewReader(c).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, " 403 ", "32 KiB of headers reach the verdict")
}
