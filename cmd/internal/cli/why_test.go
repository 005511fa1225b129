package cli

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// refused sends an upload that is refused, and returns its request id.
func (s *served) refused(t *testing.T, url string, header ...string) string {
	t.Helper()
	status, body := send(t, "PUT", url, "hello", header...)
	require.Equal(t, http.StatusForbidden, status, body)
	m := regexp.MustCompile(`<RequestId>(.*)</RequestId>`).FindStringSubmatch(body)
	require.NotNil(t, m, body)
	return m[1]
}

// why asks a server about a request.
func (s *served) why(env []string, args ...string) outcome {
	return command(append([]string{"COLUMNS=200"}, env...), append([]string{"why", "--console=" + s.ready.Console}, args...)...)
}

func TestWhy(t *testing.T) {
	s := serveHere(t, nil)
	url := s.presign(nil, "--key=照片/a.jpg", "--header=content-type: image/jpeg")
	id := s.refused(t, url, "Content-Type", "text/html")
	later := s.refused(t, s.presign(nil, "--key=b", "--method=GET"))

	o := s.why(nil, id)
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Empty(t, o.stderr)
	for _, want := range []string{
		"PUT " + s.ready.Listen + "/test-1250000000/%E7%85%A7%E7%89%87/a.jpg\n",
		"Refused: 403 SignatureDoesNotMatch: The Signature you specified is invalid.\n",
		"Content-Type was signed as \"image/jpeg\", arrived as \"text/html\".\n", "Fix: ", "header-value, proven",
		"! content-type=image%2Fjpeg", "! content-type=text%2Fhtml",
		"signature  SignatureDoesNotMatch\n", "RequestId  " + id + "\n", "SecretId   AKIDcosemuLocalUseOnlyNotARealKey000\n",
	} {
		require.Contains(t, o.stdout, want)
	}
	require.NotContains(t, o.stdout, "\x1b", "standard output is no terminal")

	// As it stands in a log.
	for _, copied := range []string{"<RequestId>" + id + "</RequestId>", "x-cos-request-id: " + id, " " + id + "\n", `"` + id + `"`} {
		require.Equal(t, o, s.why(nil, copied))
	}
	o = s.why(nil, "last")
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Contains(t, o.stdout, later)
	require.Contains(t, o.stdout, "Signed for GET, arrived as PUT.\n")
	require.Equal(t, o, command([]string{"COLUMNS=200"}, "why", "last", "--ready-file="+s.readyFile))
	require.Equal(t, o, command([]string{"COLUMNS=200", "COSEMU_CONSOLE=" + s.ready.Console}, "why", "last"))
}

func TestWhyAcceptedAndReported(t *testing.T) {
	s := serveHere(t, nil, "--verify=report")
	o := s.why(nil, "last")
	require.Equal(t, exitFailed, o.code)
	require.Empty(t, o.stdout)
	require.Contains(t, o.stderr, "has refused no request")

	url := s.presign(nil, "--key=a")
	status, _ := send(t, "PUT", url, "hello")
	require.Equal(t, http.StatusOK, status)
	list := s.requests(t)
	require.Len(t, list, 1)
	o = s.why(nil, list[0].ID)
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Contains(t, o.stdout, "Accepted: 200. Nothing is wrong with it.\n")
	require.Contains(t, o.stdout, "operation  PutObject\n")
	require.NotContains(t, o.stdout, "Fix")

	status, _ = send(t, "PUT", s.presign([]string{"COSEMU_CLOCK=-1h7m"}, "--key=b"), "hello")
	require.Equal(t, http.StatusOK, status, "it is only reported")
	o = s.why(nil, "last")
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Contains(t, o.stdout, "the cloud would have refused it: AccessDenied: Request has expired\n")
	require.Regexp(t, `The signature expired 52 min( \d+ s)? before the request arrived`, o.stdout) // a second may pass
}

// requests are those of the journal, newest first.
func (s *served) requests(t *testing.T) []struct {
	ID     string
	Status int
} {
	t.Helper()
	_, body := send(t, "GET", "http://"+s.ready.Console+"/api/v1/requests", "")
	var list struct {
		Requests []struct {
			ID     string
			Status int
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &list), body)
	return list.Requests
}

// A refusal behind which there is no mistake of signing says so.
func TestWhyWithoutAFinding(t *testing.T) {
	s := serveHere(t, nil)
	status, _ := send(t, "GET", s.presign(nil, "--key=absent", "--method=GET"), "")
	require.Equal(t, http.StatusNotFound, status)
	o := s.why(nil, "last")
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Contains(t, o.stdout, "Refused: 404 NoSuchKey: The specified key does not exist.\n")
	require.Contains(t, o.stdout, "The code says it all")
}

func TestWhyLanguage(t *testing.T) {
	s := serveHere(t, nil)
	id := s.refused(t, s.presign(nil, "--key=a", "--method=GET"))
	zh, en := "签名时用的是 GET，请求却是 PUT。", "Signed for GET, arrived as PUT."
	for _, c := range []struct {
		env  []string
		args []string
		says string
	}{
		{nil, nil, en},
		{[]string{"LANG=zh_CN.UTF-8"}, nil, zh},
		{[]string{"LANG=zh_CN.UTF-8", "LC_MESSAGES=en_US.UTF-8"}, nil, en},
		{[]string{"LANG=en_US.UTF-8", "LC_ALL=zh_TW.UTF-8", "LC_MESSAGES=C"}, nil, zh},
		{[]string{"LANG=zh_CN.UTF-8", "LC_ALL="}, nil, zh},
		{[]string{"LANG=zh_CN.UTF-8"}, []string{"--lang=en"}, en},
		{nil, []string{"--lang=zh"}, zh},
	} {
		o := s.why(c.env, append(c.args, id)...)
		require.Equal(t, exitOK, o.code, o.stderr)
		require.Contains(t, o.stdout, c.says, "%v %v", c.env, c.args)
		require.Equal(t, c.says == en, strings.Contains(o.stdout, "Checks"))
	}
	o := s.why(nil, "--lang=fr", id)
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.stderr, "--lang must be one of")
}

// What --json prints is the entry of the control API.
func TestWhyJSON(t *testing.T) {
	s := serveHere(t, nil)
	id := s.refused(t, s.presign(nil, "--key=a&b", "--method=GET"))
	o := s.why(nil, "--json", id)
	require.Equal(t, exitOK, o.code, o.stderr)
	status, body := send(t, "GET", "http://"+s.ready.Console+"/api/v1/requests/"+id, "")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, body, o.stdout)
	require.Contains(t, o.stdout, "a&b", "and can be read")
	require.Equal(t, o, s.why(nil, "--json", "last"))
}

func TestWhyRefusesWhatIsNoID(t *testing.T) {
	trace := base64.StdEncoding.EncodeToString([]byte("8efc6b2d3b069ca89454d10b9ef00187" + strings.Repeat("0a", 48)))
	for arg, says := range map[string]string{
		"nonsense":                         "is no request id",
		"":                                 "is no request id",
		"\x1b[31m":                         "is no request id",
		"bm8gaWQ=":                         "is no request id", // "no id"
		strings.Repeat("A", 500):           "is no request id",
		trace:                              "that is a TraceId",
		"<TraceId>" + trace + "</TraceId>": "is no request id",
	} {
		o := command(nil, "why", arg)
		require.Equal(t, exitUsage, o.code, arg)
		require.Contains(t, o.stderr, says)
		require.NotContains(t, o.stderr, "\x1b")
		require.Contains(t, o.stderr, "Usage: cosemu why")
		require.Empty(t, o.stdout)
	}
	o := command(nil, "why")
	require.Equal(t, exitUsage, o.code)
	o = command([]string{"COSEMU_CONSOLE=127.0.0.1:0"}, "why", "last")
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.stderr, "--ready-file or --console has to say which")
}

func TestWhyFinds(t *testing.T) {
	s := serveHere(t, nil)
	id := s.refused(t, s.presign(nil, "--key=a", "--method=GET"))
	require.Equal(t, exitOK, s.why(nil, id).code)
	const other = "NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==" // of the real cloud
	o := s.why(nil, other)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "knows no request "+other)
	require.Contains(t, o.stderr, "cosemu explain")

	// The wrong one of the two ports.
	o = command(nil, "why", id, "--console="+s.ready.Listen)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "what answers at "+s.ready.Listen+" is no control listener of cosemu")

	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
	o = s.why(nil, id)
	require.Equal(t, exitFailed, o.code)
	require.Empty(t, o.stdout)
	require.Contains(t, o.stderr, "no cosemu answers at "+s.ready.Console)
	require.Contains(t, o.stderr, "--console")
}

// A server that is not ours, or breaks off, gives an error and no page.
func TestWhyOfAnotherServer(t *testing.T) {
	answers := make(chan string, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, <-answers)
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { require.NoError(t, srv.Close()) })
	const id = "NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ=="
	for _, answer := range []string{"[]", `{"status":"x"}`, "{", "null 1"} {
		answers <- answer
		o := command(nil, "why", id, "--console="+l.Addr().String())
		require.Equal(t, exitFailed, o.code, answer)
		require.Empty(t, o.stdout)
		require.Contains(t, o.stderr, "is no control listener of cosemu")
	}
	answers <- `{"method":"PUT","host":"h","path":"/\u001b[2J","verdict":"refused","new":{"field":1}}`
	o := command(nil, "why", id, "--console="+l.Addr().String())
	require.Equal(t, exitOK, o.code, "unknown fields and missing ones are no error: %s", o.stderr)
	require.NotContains(t, o.stdout, "\x1b")
}

// No secret and no token, whichever way they came.
func TestWhyShowsNoSecret(t *testing.T) {
	file := writeFile(t, "c.yaml", `
credentials:
  - {secret_id: AKIDmine, secret_key: hush-permanent}
  - {secret_id: AKIDtemporary, secret_key: hush-temporary, token: hush-token}
`)
	s := serveHere(t, nil, "--config="+file)
	url := s.presign(nil, "--config="+file, "--key=b", "--secret-id=AKIDtemporary")
	require.Contains(t, url, "hush-token", "or this test looks for nothing")
	id := s.refused(t, strings.Replace(url, "/b?", "/c?", 1))
	for _, args := range [][]string{{id}, {"--json", id}} {
		o := s.why(nil, args...)
		require.Equal(t, exitOK, o.code, o.stderr)
		require.Contains(t, o.stdout, "AKIDtemporary")
		require.NotContains(t, o.stdout+o.stderr, "hush")
	}
}

// TestWhyDenied: a refusal for want of a right says what was missing, and ends
// with the statement to add, on one line.
func TestWhyDenied(t *testing.T) {
	env := []string{`COSEMU_CREDENTIALS=[{secret_id: AKIDsub, secret_key: secret, uin: "100000000011", policy: {version: "2.0", ` +
		`statement: [{effect: allow, action: ["name/cos:PutObject"], resource: ["qcs::cos:ap-guangzhou:uid/1250000000:test-1250000000/in/*"]}]}}]`}
	s := serveHere(t, env)
	status, body := send(t, "PUT", s.presign(env, "--key=in/a"), "hello")
	require.Equal(t, http.StatusOK, status, body)
	s.refused(t, s.presign(env, "--key=out/a"))
	const resource = "qcs::cos:ap-guangzhou:uid/1250000000:test-1250000000/out/a"
	const suggestion = `    {"effect":"allow","action":["name/cos:PutObject"],"resource":["` + resource + `"]}` + "\n"
	o := s.why([]string{"COLUMNS=60"}, "last")
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Contains(t, o.stdout, suggestion)
	require.Contains(t, o.stdout, "policy-denied, seen, not proven\n")
	require.Contains(t, s.why([]string{"COLUMNS=500"}, "last").stdout, "The policy of the key's user or role does not allow name/cos:PutObject ("+resource+"); the closest, statement[0], covers the resource ")
	o = s.why([]string{"LANG=zh_CN.UTF-8"}, "last")
	require.Contains(t, o.stdout, suggestion)
	require.Contains(t, o.stdout, "密钥所属用户或角色的策略没有允许 name/cos:PutObject")
}

// What was served may still hold a surprise for the cloud, or for its sender.
func TestWhyHints(t *testing.T) {
	s := serveHere(t, nil)
	status, _ := send(t, "PUT", s.presign(nil, "--key=a"), "hello", "Content-Type", "multipart/form-data; boundary=x")
	require.Equal(t, http.StatusOK, status)
	id := s.requests(t)[0].ID
	o := s.why(nil, id)
	require.Equal(t, exitOK, o.code, o.stderr)
	for _, want := range []string{
		"Accepted: 200", "PathStyleDomainForbidden", "--strict-path-style", "path-style, a hint",
		"Content-Type is a form's", "form-data, a hint",
	} {
		require.Contains(t, o.stdout, want)
	}
	o = s.why(nil, id, "--lang=zh")
	require.Contains(t, o.stdout, "path-style，提示")
	_, body := send(t, "GET", "http://"+s.ready.Console+"/api/v1/requests/"+id, "")
	var entry struct {
		Diagnosis []string
		Hints     []struct {
			ID               string
			Sentence, Advice struct{ En, Zh string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &entry), body)
	require.Empty(t, entry.Diagnosis)
	require.Len(t, entry.Hints, 2, body)
	require.Equal(t, "path-style", entry.Hints[0].ID)
	require.NotEmpty(t, entry.Hints[0].Sentence.Zh)
}
