package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// reports are testdata/cases/reports.json; its README explains the fields.
type reports struct {
	Clock     string       `json:"clock"`
	SecretID  string       `json:"secret_id"`
	SecretKey string       `json:"secret_key"`
	Bucket    string       `json:"bucket"`
	Region    string       `json:"region"`
	Cases     []reportCase `json:"cases"`
}

type reportCase struct {
	ID      string        `json:"id"`
	Source  string        `json:"source"`
	Kind    string        `json:"kind"`
	Why     string        `json:"why"`
	Request reportRequest `json:"request"`
	Want    reportWant    `json:"want"`
}

type reportRequest struct {
	Method  string            `json:"method"`
	Target  string            `json:"target"`
	Host    string            `json:"host"`
	Headers map[string]string `json:"headers"`
	Body    *string           `json:"body"`
}

type reportWant struct {
	Status  *int              `json:"status"`
	Code    *string           `json:"code"`
	Message *string           `json:"message"`
	First   *string           `json:"first"`
	Says    []string          `json:"says"`
	BodyHas []string          `json:"body_has"`
	Headers map[string]string `json:"headers"`
}

// readReports fails on a field that it does not know.
func readReports(t *testing.T, data []byte) (*reports, error) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var r reports
	if err := dec.Decode(&r); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("text behind the document: %w", err)
	}
	return &r, nil
}

func TestReports(t *testing.T) {
	data, err := os.ReadFile("../../../testdata/cases/reports.json")
	require.NoError(t, err)
	r, err := readReports(t, data)
	require.NoError(t, err)
	require.NotEmpty(t, r.Cases)
	s := serveHere(t, nil, "--clock="+r.Clock, "--config="+writeFile(t, "cosemu.yaml", fmt.Sprintf(
		"buckets: [{name: %s, region: %s}]\ncredentials: [{secret_id: %s, secret_key: %s}]\n", r.Bucket, r.Region, r.SecretID, r.SecretKey)))
	for i := range r.Cases {
		c := &r.Cases[i]
		t.Run(c.ID, func(t *testing.T) {
			wrong := c.Want.misses(s, s.report(t, &c.Request))
			require.Empty(t, wrong, "%s (%s)", c.Source, c.Why)
		})
	}
	for _, request := range s.requests(t) { // what the command says of each
		for _, lang := range []string{"en", "zh"} {
			requireFilled(t, s.why(nil, request.ID, "--lang="+lang).stdout)
		}
	}
}

func TestReportsOfUnknownForm(t *testing.T) {
	for _, doc := range []string{
		`{"clock":"","later":1}`,
		`{"cases":[{"id":"a","note":""}]}`,
		`{"cases":[{"request":{"trailers":{}}}]}`,
		`{"cases":[{"want":{"hint":""}}]}`,
		`{"cases":[]} {}`,
	} {
		_, err := readReports(t, []byte(doc))
		require.Error(t, err, doc)
	}
	_, err := readReports(t, []byte(`{"cases":[{"id":"a"}]}`))
	require.NoError(t, err)
}

// reportAnswer is what came back.
type reportAnswer struct {
	status int
	header http.Header
	body   string
}

// report sends a case's request, byte for byte, on a connection of its own.
func (s *served) report(t *testing.T, r *reportRequest) *reportAnswer {
	t.Helper()
	conn, err := net.Dial("tcp", s.ready.Listen)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = conn.Write(r.wire())
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.Method})
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return &reportAnswer{res.StatusCode, res.Header, string(body)}
}

func (r *reportRequest) wire() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Target, r.Host)
	names := make([]string, 0, len(r.Headers))
	for name := range r.Headers {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s\r\n", name, r.Headers[name])
	}
	if r.Body == nil {
		b.WriteString("\r\n")
		return b.Bytes()
	}
	if r.Headers["Transfer-Encoding"] == "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(*r.Body))
	}
	b.WriteString("\r\n" + *r.Body)
	return b.Bytes()
}

// misses says in what an answer is not as it should be.
func (w *reportWant) misses(s *served, a *reportAnswer) []string {
	var wrong []string
	miss := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	element := func(name string) string {
		_, text, _ := strings.Cut(a.body, "<"+name+">")
		text, _, _ = strings.Cut(text, "</"+name+">")
		return text
	}
	first, _, _ := strings.Cut(a.header.Get("x-cosemu-diagnosis"), ",")
	if w.Status == nil && a.status/100 != 4 || w.Status != nil && *w.Status != a.status {
		miss("status %d", a.status)
	}
	for _, x := range []struct {
		what, got string
		want      *string
	}{{"code", element("Code"), w.Code}, {"message", element("Message"), w.Message}, {"first id", first, w.First}} {
		if x.want != nil && *x.want != x.got {
			miss("%s is %q, not %q", x.what, x.got, *x.want)
		}
	}
	for _, text := range w.BodyHas {
		if !strings.Contains(a.body, text) {
			miss("the body lacks %q", text)
		}
	}
	for name, value := range w.Headers {
		if got := a.header.Get(name); got != value {
			miss("%s is %q, not %q", name, got, value)
		}
	}
	if len(w.Says) == 0 {
		return wrong
	}
	o := s.why(nil, a.header.Get("x-cos-request-id"))
	if o.code != exitOK {
		miss("why fails: %s", o.stderr)
	}
	for _, word := range w.Says {
		if !strings.Contains(o.stdout, word) {
			miss("why lacks %q", word)
		}
	}
	return wrong
}
