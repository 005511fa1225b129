package e2e

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/testdata/vectors/s3"
)

//nolint:gochecknoglobals // a flag of the test binary
var recordS3 = flag.String("record-s3", "", "write testdata/vectors/s3 of these clients anew, by the SDKs that testdata/clients/*/run install fetches: boto3,aws-go,minio-go,aws-js,rclone")

// TestRecordS3 has each S3 client sign requests, and writes them down byte by byte.
func TestRecordS3(t *testing.T) {
	if *recordS3 == "" {
		t.Skip("say -record-s3 to write the requests of S3 clients anew")
	}
	clients := filepath.Join(root(t), "testdata", "clients")
	for _, c := range []struct {
		name, dir string
		run       []string
	}{
		{"boto3", "boto3", []string{filepath.Join(".venv", "bin", "python"), "-B", "record.py"}},
		{"aws-go", "s3go", []string{"go", "run", "./record", "aws-go"}},
		{"minio-go", "s3go", []string{"go", "run", "./record", "minio-go"}},
		{"aws-js", "s3js", []string{"node", "record.mjs"}},
		{"rclone", "rclone", nil},
	} {
		if !slices.Contains(strings.Split(*recordS3, ","), c.name) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			r := startRecorder(t)
			plan, err := json.Marshal(s3.Plan())
			require.NoError(t, err)
			env := append(os.Environ(), "RECORD_API="+r.at, "RECORD_BUCKET="+s3.Bucket, "RECORD_REGION="+s3.Region, "RECORD_PLAN="+string(plan))
			dir := filepath.Join(clients, c.dir)
			if c.name == "rclone" {
				r.rclone(t, dir)
			} else {
				cmd := exec.Command(c.run[0], c.run[1:]...)
				cmd.Dir, cmd.Env = dir, env
				out, err := cmd.Output()
				require.NoError(t, err, "%s", stderrOf(err))
				r.printed(t, out)
			}
			r.write(t, c.name, clientVersion(t, c.name, dir))
		})
	}
}

// clientVersion is the version in the lock file of the client.
func clientVersion(t *testing.T, name, dir string) string {
	t.Helper()
	file, word := "go.mod", map[string]string{
		"boto3": "boto3==", "aws-go": "aws-sdk-go-v2/service/s3 ", "minio-go": "minio/minio-go/v7 ", "rclone": "rclone/rclone ", "aws-js": `"@aws-sdk/client-s3": "`,
	}[name]
	switch name {
	case "boto3":
		file = "requirements.in"
	case "aws-js":
		file = "package.json"
	}
	text, err := os.ReadFile(filepath.Join(dir, file))
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(text), word)
	require.True(t, ok, word)
	return strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(" \n\",", r) })[0]
}

// recorder is a server that keeps the bytes of each request and grants all of them.
type recorder struct {
	at    string
	mu    sync.Mutex
	cases []s3.Case
}

func startRecorder(t *testing.T) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r := &recorder{at: l.Addr().String()}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(conn)
		}
	}()
	return r
}

// serve reads one request of a connection.
func (r *recorder) serve(conn net.Conn) {
	defer conn.Close()
	var raw bytes.Buffer
	req, err := http.ReadRequest(bufio.NewReaderSize(io.TeeReader(conn, &raw), 1))
	if err != nil {
		return
	}
	if strings.EqualFold(req.Header.Get("Expect"), "100-continue") {
		_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	r.cases = append(r.cases, caseOf(raw.String(), string(body)))
	r.mu.Unlock()
	sum := md5.Sum([]byte("hello"))
	answer := "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"" + hex.EncodeToString(sum[:]) +
		"\"\r\nLast-Modified: Tue, 24 Nov 2026 08:00:00 GMT\r\nConnection: close\r\n\r\n"
	_, _ = io.WriteString(conn, answer)
}

// caseOf reads the head of a request as it came.
func caseOf(raw, body string) s3.Case {
	head, _, _ := strings.Cut(raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	first := strings.Fields(lines[0])
	c := s3.Case{Method: first[0], Target: first[1], Body: body, Headers: map[string]string{}}
	if _, rest, ok := strings.Cut(c.Target, "://"); ok { // through a proxy
		_, path, _ := strings.Cut(rest, "/")
		c.Target = "/" + path
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "host":
			c.Host = value
		case "proxy-connection", "connection", "accept", "accept-encoding", "accept-language", "user-agent", "expect", "amz-sdk-invocation-id",
			"amz-sdk-request", "x-amz-user-agent", "te":
			if !strings.Contains(head, strings.ToLower(name)+";") && !strings.Contains(head, ";"+strings.ToLower(name)) {
				continue // no signature covers it
			}
			c.Headers[name] = value
		default:
			c.Headers[name] = value
		}
	}
	return c
}

// printed adds the URLs and forms that a client printed.
func (r *recorder) printed(t *testing.T, out []byte) {
	t.Helper()
	for line := range bytes.Lines(out) {
		var said struct {
			Label, Method, URL string
			Headers, Fields    map[string]string
		}
		require.NoError(t, json.Unmarshal(line, &said), "%s", line)
		_, rest, ok := strings.Cut(said.URL, "://")
		require.True(t, ok)
		host, target, _ := strings.Cut(rest, "/")
		r.cases = append(r.cases, s3.Case{Method: said.Method, Host: host, Target: "/" + target, Headers: said.Headers, Fields: said.Fields})
	}
}

// rclone has the plan's pairs upload a file, with both signatures.
func (r *recorder) rclone(t *testing.T, dir string) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "rclone")
	build := exec.Command("go", "build", "-o", bin, ".")
	build.Dir = dir
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	file := filepath.Join(t.TempDir(), "a.png")
	require.NoError(t, os.WriteFile(file, []byte("hello"), 0o600))
	for _, who := range s3.Plan() {
		for _, way := range [][]string{
			{"PROVIDER=TencentCOS"},
			{"PROVIDER=TencentCOS", "FORCE_PATH_STYLE=true"},
			{"PROVIDER=Other", "V2_AUTH=true", "FORCE_PATH_STYLE=true"},
		} {
			if len(way) == 3 && who.Token != "" {
				continue // rclone signs no token with V2
			}
			for _, name := range who.Names {
				cmd := exec.Command(bin, "copyto", file, "cos:"+s3.Bucket+"/"+who.Label+"/"+name, "--s3-no-head", "--s3-no-check-bucket",
					"--no-check-dest", "--ignore-checksum", "--retries", "1", "--low-level-retries", "1")
				cmd.Env = append(os.Environ(), "HTTP_PROXY=http://"+r.at, "RCLONE_CONFIG=/dev/null", "RCLONE_CONFIG_COS_TYPE=s3",
					"RCLONE_CONFIG_COS_ENDPOINT=http://cos."+s3.Region+".myqcloud.com", "RCLONE_CONFIG_COS_ACCESS_KEY_ID="+who.ID,
					"RCLONE_CONFIG_COS_SECRET_ACCESS_KEY="+who.Secret, "RCLONE_CONFIG_COS_SESSION_TOKEN="+who.Token)
				for _, setting := range way {
					cmd.Env = append(cmd.Env, "RCLONE_CONFIG_COS_"+setting)
				}
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%v %s: %s", way, name, out)
			}
		}
	}
}

// write puts them into the file of the client.
func (r *recorder) write(t *testing.T, name, version string) {
	t.Helper()
	f := s3.File{Client: name, Source: version}
	for i, c := range r.cases {
		c.ID = fmt.Sprintf("%s-%03d", name, i+1)
		path, _, _ := strings.Cut(c.Target, "?")
		where := signer.Decode(path) + "/" + c.Fields["key"]
		for _, who := range s3.Plan() {
			if strings.Contains(where, "/"+who.Label+"/") {
				c.Key, c.Label = who.ID, who.Label
			}
		}
		require.NotEmpty(t, c.Label, "%+v", c)
		f.Cases = append(f.Cases, c)
	}
	require.NotEmpty(t, f.Cases)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	require.NoError(t, enc.Encode(f))
	require.NoError(t, os.WriteFile(filepath.Join(root(t), "testdata", "vectors", "s3", name+".json"), b.Bytes(), 0o600))
}
