package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

//nolint:gochecknoglobals // a flag of the test binary
var updateFaults = flag.Bool("update-faults", false, "write testdata/clients/FAULTS.md")

// faultSDKs are the SDKs whose behaviour FAULTS.md tells, in the order of its columns: the folder
// of testdata/clients, and the name.
func faultSDKs() [][2]string {
	return [][2]string{{"go", "Go"}, {"node", "Node.js"}, {"python", "Python"}, {"java", "Java"}}
}

// faultCase is a row of FAULTS.md.
type faultCase struct {
	title  string
	do     string // the operation of the driver
	size   int    // of the object
	fault  string // the arguments of the fault, without its key; "clock" moves the clock instead
	counts string // the operation whose requests are counted
	again  bool   // the fault is removed, and the driver does the same once more
}

func faultCases() []faultCase {
	const kib100, mib5 = 100_000, 5 << 20
	return []faultCase{
		{title: "PUT: 503 SlowDown once", do: "put", size: kib100, fault: `"fault":"answer","code":"SlowDown"`, counts: "PutObject"},
		{title: "PUT: 503 SlowDown always", do: "put", size: kib100, fault: `"fault":"answer","code":"SlowDown","times":0`, counts: "PutObject"},
		{title: "PUT: 500 InternalError always", do: "put", size: kib100, fault: `"fault":"answer","code":"InternalError","times":0`, counts: "PutObject"},
		{title: "PUT: 500 InternalError always, without a request id", do: "put", size: kib100, fault: `"fault":"answer","code":"InternalError","times":0,"without_request_id":true`, counts: "PutObject"},
		{title: "PUT: 403 AccessDenied once", do: "put", size: kib100, fault: `"fault":"answer","code":"AccessDenied"`, counts: "PutObject"},
		{title: "PUT: no answer once", do: "put", size: kib100, fault: `"fault":"close","of":"response"`, counts: "PutObject"},
		{title: "PUT: no answer always", do: "put", size: kib100, fault: `"fault":"close","of":"response","times":0`, counts: "PutObject"},
		{
			title: "PUT: closed after 1000 bytes of the request, once", do: "put", size: kib100,
			fault: `"fault":"close","of":"request","after_bytes":1000`, counts: "PutObject",
		},
		{title: "PUT: answered after 2 s", do: "put", size: kib100, fault: `"fault":"delay","for":"2s"`, counts: "PutObject"},
		{title: "PUT: another CRC-64 in the answer", do: "put", size: kib100, fault: `"fault":"wrong-crc64"`, counts: "PutObject"},
		{title: "PUT: another ETag in the answer", do: "put", size: kib100, fault: `"fault":"wrong-etag"`, counts: "PutObject"},
		{title: "GET: 503 SlowDown once", do: "get", size: kib100, fault: `"fault":"answer","code":"SlowDown"`, counts: "GetObject"},
		{
			title: "GET: closed after 1000 bytes of the body, once", do: "get", size: kib100,
			fault: `"fault":"close","of":"response","after_bytes":1000`, counts: "GetObject",
		},
		{title: "GET: one byte of the body changed", do: "get", size: kib100, fault: `"fault":"corrupt"`, counts: "GetObject"},
		{title: "GET: the body pauses for 2 s", do: "get", size: kib100, fault: `"fault":"stall","of":"response","after_bytes":1000,"for":"2s"`, counts: "GetObject"},
		{title: "HEAD: 503 SlowDown once", do: "head", size: kib100, fault: `"fault":"answer","code":"SlowDown"`, counts: "HeadObject"},
		{title: "HEAD: as of a minute ago, when the object was not there", do: "head", size: kib100, fault: `"fault":"stale","for":"1m"`, counts: "HeadObject"},
		{
			title: "Upload in 5 parts: 503 SlowDown at the third, once", do: "upload", size: mib5,
			fault: `"fault":"answer","code":"SlowDown","operation":"UploadPart","skip":2`, counts: "UploadPart",
		},
		{
			title: "Upload in 5 parts: 503 SlowDown from the third on; then the upload is done again", do: "upload", size: mib5,
			fault: `"fault":"answer","code":"SlowDown","operation":"UploadPart","skip":2,"times":0`, counts: "UploadPart", again: true,
		},
		{
			title: "Upload in 5 parts: no answer when completed, once", do: "upload", size: mib5,
			fault: `"fault":"close","of":"response","operation":"CompleteMultipartUpload"`, counts: "CompleteMultipartUpload",
		},
		// The last one, since an SDK that corrects its clock keeps the correction.
		{title: "PUT: the client's clock is four hours behind", do: "put", size: kib100, fault: "clock", counts: "PutObject"},
	}
}

// TestFaultsOfSDKs measures what the SDKs do with planned faults, and holds FAULTS.md against it.
func TestFaultsOfSDKs(t *testing.T) {
	if *clients == "" {
		t.Skip("needs the tool chains of other languages: say -clients=all, or use testdata/clients/run")
	}
	wanted, bin := strings.Split(*clients, ","), build(t)
	page := filepath.Join(root(t), "testdata", "clients", "FAULTS.md")
	cells := readFaults(t, page)
	t.Run("sdk", func(t *testing.T) {
		for column, sdk := range faultSDKs() {
			if *clients != "all" && !slices.Contains(wanted, sdk[0]) {
				continue
			}
			t.Run(sdk[0], func(t *testing.T) {
				t.Parallel()
				s := start(t, bin, "")
				d := s.faultDriver(t, sdk[0])
				passed, failed := 0, 0
				for row, c := range faultCases() {
					if t.Run(strconv.Itoa(row), func(t *testing.T) { d.measure(t, c, &cells[row][column]) }) {
						passed++
					} else {
						failed++
					}
				}
				t.Logf("%s: %d passed, %d failed", sdk[0], passed, failed)
				d.end(t)
				s.stop(t)
				s.keepsSecrets(t)
			})
		}
	})
	if *updateFaults {
		require.NoError(t, os.WriteFile(page, writeFaults(cells), 0o644))
	}
}

// TestFaultsPage: FAULTS.md has the rows of this test, in the form in which it writes them.
func TestFaultsPage(t *testing.T) {
	page := filepath.Join(root(t), "testdata", "clients", "FAULTS.md")
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	cells := readFaults(t, page)
	require.Equal(t, string(writeFaults(cells)), string(got))
	for row := range cells {
		require.NotContains(t, cells[row], "", "row %d has an empty cell", row)
	}
}

// readFaults returns the cells of the page by row and SDK. A page that is not there has empty ones.
func readFaults(t *testing.T, page string) [][]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if !*updateFaults {
		require.NoError(t, err)
	}
	cells := make([][]string, len(faultCases()))
	for row, c := range faultCases() {
		cells[row] = make([]string, len(faultSDKs()))
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "| "+c.title+" | "); ok {
				copy(cells[row], strings.Split(strings.TrimSuffix(rest, " |"), " | "))
			}
		}
	}
	return cells
}

func writeFaults(cells [][]string) []byte {
	var b bytes.Buffer
	b.WriteString(`# What the SDKs do with faults

Each official SDK, as its documentation sets it up, met the planned faults of cosemu. The versions are
those of the lock files here. A cell has the statuses of the requests that came, in order (0: the
connection was closed without an answer), and how the call ended. "other host" follows where the SDK
changed to tencentcos.cn, "clock corrected" where it signed by the server's time. "fails" means that the
call returned an error, "changed unnoticed" that the caller got other bytes without one.

`)
	b.WriteString("| fault |")
	for _, sdk := range faultSDKs() {
		b.WriteString(" " + sdk[1] + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(faultSDKs())) + "\n")
	for row, c := range faultCases() {
		fmt.Fprintf(&b, "| %s | %s |\n", c.title, strings.Join(cells[row], " | "))
	}
	b.WriteString("\nMeasured and written by `testdata/clients/run -update-faults`. CI measures again and compares.\n")
	return b.Bytes()
}

// faultDriver is a program of an SDK that does what it is asked to.
type faultDriver struct {
	s     *server
	conn  net.Conn
	lines *bufio.Reader
	cmd   *exec.Cmd
	out   *bytes.Buffer
	n     int // of the key
}

func (s *server) faultDriver(t *testing.T, sdk string) *faultDriver {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	d := &faultDriver{s: s, cmd: s.suiteCommand(t, sdk, "faults"), out: new(bytes.Buffer)}
	d.cmd.Env = append(d.cmd.Env, "COSEMU_FAULT_CALLER="+l.Addr().String())
	d.cmd.Stdout, d.cmd.Stderr = d.out, d.out
	require.NoError(t, d.cmd.Start())
	require.NoError(t, l.(*net.TCPListener).SetDeadline(time.Now().Add(5*time.Minute)))
	d.conn, err = l.Accept()
	require.NoError(t, err, "the driver did not call")
	d.lines = bufio.NewReader(d.conn)
	return d
}

func (d *faultDriver) end(t *testing.T) {
	t.Helper()
	require.NoError(t, d.conn.Close())
	require.NoError(t, d.cmd.Wait(), "%s", d.out)
}

// do lets the SDK do something and returns ok or its error.
func (d *faultDriver) do(t *testing.T, operation, key string, size int) string {
	t.Helper()
	require.NoError(t, d.conn.SetDeadline(time.Now().Add(3*time.Minute)))
	_, err := fmt.Fprintln(d.conn, operation, key, size)
	require.NoError(t, err)
	line, err := d.lines.ReadString('\n')
	require.NoError(t, err, "the driver has ended")
	return strings.TrimSpace(line)
}

// measure lets the SDK meet a fault and compares what it did with the cell of FAULTS.md.
func (d *faultDriver) measure(t *testing.T, c faultCase, cell *string) {
	d.n++
	key := fmt.Sprintf("faults/%d", d.n)
	if c.do == "get" || c.do == "head" {
		require.Equal(t, "ok", d.do(t, "put", key, c.size), "the object is there")
	}
	remove := d.plan(t, c, key)
	ended := d.do(t, c.do, key, c.size)
	remove()
	second := ""
	if c.again {
		second = d.do(t, c.do, key, c.size)
	}
	what := func() string { return d.seen(t, c, key, ended, second) }
	if !*updateFaults {
		require.Eventually(t, func() bool { return what() == *cell }, 10*time.Second, 50*time.Millisecond,
			"FAULTS.md: %s; now: %s (%s)", *cell, what(), ended)
		return
	}
	// An entry is added after its answer was sent. The page waits until nothing is added any more.
	*cell = ""
	require.Eventually(t, func() bool {
		before := *cell
		*cell = what()
		return before == *cell
	}, 10*time.Second, 500*time.Millisecond)
	t.Logf("%s: %s (%s)", c.title, *cell, ended)
}

// plan plans the fault of c, or moves the clock. The result takes it back.
func (d *faultDriver) plan(t *testing.T, c faultCase, key string) (remove func()) {
	t.Helper()
	if c.fault == "clock" {
		d.ask(t, http.MethodPut, "clock", `{"offset":"4h"}`)
		return func() { d.ask(t, http.MethodDelete, "clock", "") }
	}
	if !strings.Contains(c.fault, `"operation"`) {
		c.fault += `,"operation":"` + c.counts + `"`
	}
	var f struct{ ID string }
	require.NoError(t, json.Unmarshal(d.ask(t, http.MethodPost, "faults", `{"key":"`+key+`",`+c.fault+`}`), &f))
	return func() {
		var met struct{ Hits int }
		require.NoError(t, json.Unmarshal(d.ask(t, http.MethodGet, "faults/"+f.ID, ""), &met))
		require.NotZero(t, met.Hits, "no request met the fault")
		d.ask(t, http.MethodDelete, "faults/"+f.ID, "")
	}
}

func (d *faultDriver) ask(t *testing.T, method, path, body string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.s.console+"/api/v1/"+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Less(t, resp.StatusCode, 300, "%s %s: %s", method, path, answer)
	return answer
}

// seen says what the SDK did, by the journal and the ends of its calls.
func (d *faultDriver) seen(t *testing.T, c faultCase, key, ended, second string) string {
	t.Helper()
	var list struct {
		Requests []struct {
			Status    int
			Host      string
			Signature struct {
				SignTime struct{ Start time.Time } `json:"sign_time"`
			}
		}
	}
	query := url.Values{"key": {key}, "operation": {c.counts}, "limit": {"100"}}
	require.NoError(t, json.Unmarshal(d.ask(t, http.MethodGet, "requests?"+query.Encode(), ""), &list))
	slices.Reverse(list.Requests)
	var came []string
	other, corrected := "", ""
	for i, r := range list.Requests {
		came = append(came, strconv.Itoa(r.Status))
		if first := list.Requests[0]; i > 0 {
			if r.Host != first.Host {
				other = ", other host"
			}
			if r.Signature.SignTime.Start.Sub(first.Signature.SignTime.Start) > time.Hour {
				corrected = ", clock corrected"
			}
		}
	}
	said := strings.Join(came, " ") + other + corrected + ", " + endOf(ended)
	if !c.again {
		return said
	}
	// A part that came twice with success was sent again without need.
	stored := 0
	for _, status := range came {
		if status == "200" {
			stored++
		}
	}
	if stored == c.size>>20 {
		return said + ", resumed, " + endOf(second)
	}
	return said + ", all parts again, " + endOf(second)
}

// endOf says how a call ended.
func endOf(answer string) string {
	switch {
	case answer == "ok":
		return "ok"
	case strings.Contains(answer, "changed unnoticed"):
		return "changed unnoticed"
	}
	return "fails"
}
