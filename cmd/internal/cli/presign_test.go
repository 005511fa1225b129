package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPresignedURLsWork(t *testing.T) {
	s := serveHere(t, []string{"COSEMU_CREDENTIALS=AKIDone:hush-one,AKIDtwo:hush-two"})
	mine := []string{"COSEMU_SECRET_KEY=hush-two"}
	configured := []string{"COSEMU_CREDENTIALS=AKIDone:hush-one,AKIDtwo:hush-two"}
	for _, c := range []struct {
		env  []string
		args []string
	}{
		{mine, []string{"--secret-id=AKIDtwo"}},
		{configured, []string{"--secret-id=AKIDtwo"}},
		{configured, nil},
		{configured, []string{"--s3"}},
		{configured, []string{"--s3=v2"}},
	} {
		status, body := send(t, "PUT", s.presign(c.env, append(c.args, "--key=照片/a b+c.txt", "--header=content-type: text/plain")...),
			"hello", "Content-Type", "text/plain")
		require.Equal(t, http.StatusOK, status, body)
		status, body = send(t, "GET", s.presign(c.env, append(c.args, "--key=照片/a b+c.txt", "--method=GET")...), "")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "hello", body)
	}
	status, _ := send(t, "PUT", s.presign(configured, "--key=a", "--header=content-type: text/plain"), "hello", "Content-Type", "text/html")
	require.Equal(t, http.StatusForbidden, status)
	status, _ = send(t, "PUT", s.presign([]string{"COSEMU_SECRET_KEY=wrong"}, "--key=a", "--secret-id=AKIDtwo"), "hello")
	require.Equal(t, http.StatusForbidden, status)
	status, _ = send(t, "PUT", s.presign(append(configured, "COSEMU_CLOCK=-20m"), "--key=a"), "hello")
	require.Equal(t, http.StatusForbidden, status, "the configured clock counts")
}

func TestPresignSaysWhichSecretItLacks(t *testing.T) {
	o := command(nil, "presign", "--key=a", "--secret-id=AKIDunknown")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "no secret of AKIDunknown: set COSEMU_SECRET_KEY")
	o = command(nil, "presign", "--key=a", "--bucket=other-1999999999")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "no configured key pair belongs to the bucket's account 1999999999")
	o = command([]string{"COSEMU_SECRET_KEY=hush"}, "presign", "--key=a")
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.stderr, "--secret-id has to say")
	require.NotContains(t, o.stderr, "hush")
	o = command([]string{"COSEMU_LISTEN=127.0.0.1:0"}, "presign", "--key=a")
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.stderr, "--endpoint has to say")
}

func TestWherePresignedURLsLead(t *testing.T) {
	for _, c := range []struct {
		env  []string
		args []string
		want string
	}{
		{nil, nil, "http://127.0.0.1:9000/test-1250000000/a"},
		{[]string{"COSEMU_LISTEN=0.0.0.0:7"}, nil, "http://127.0.0.1:7/test-1250000000/a"},
		{[]string{"COSEMU_STRICT_PATH_STYLE=1"}, nil, "http://test-1250000000.localhost:9000/a"},
		{nil, []string{"--endpoint=https://cos.test/"}, "https://cos.test/test-1250000000/a"},
		{nil, []string{"--cloud"}, "https://test-1250000000.cos.ap-guangzhou.myqcloud.com/a"},
		{[]string{"COSEMU_BUCKETS=b-1250000000:ap-beijing"}, []string{"--cloud"}, "https://b-1250000000.cos.ap-beijing.myqcloud.com/a"},
	} {
		o := command(c.env, append([]string{"presign", "--key=a"}, c.args...)...)
		require.Equal(t, exitOK, o.code, o.stderr)
		u, err := url.Parse(strings.TrimSpace(o.stdout))
		require.NoError(t, err)
		require.NotEmpty(t, u.Query().Get("q-signature"))
		u.RawQuery = ""
		require.Equal(t, c.want, u.String())
	}
}

func TestPresignCurlLines(t *testing.T) {
	s := serveHere(t, nil)
	line := func(args ...string) string {
		t.Helper()
		return s.presign(nil, append(args, "--key=it's", "--curl")...)
	}
	file := writeFile(t, "FILE", "from curl")
	shell(t, strings.Replace(line("--header=x-cos-meta-note: it's"), "FILE", file, 1))
	require.Equal(t, "from curl", shell(t, line("--method=GET")))
	require.Contains(t, shell(t, line("--method=HEAD")), "x-cos-meta-note: it's")
	shell(t, line("--method=DELETE"))
	status, _ := send(t, "GET", s.presign(nil, "--key=it's", "--method=GET"), "")
	require.Equal(t, http.StatusNotFound, status)
}

// TestPresignForAReadyServer: the ready file says where, and that server's clock when.
func TestPresignForAReadyServer(t *testing.T) {
	s := serveBinary(t, "--clock=2031-01-01T00:00:00Z")
	o := command(nil, "presign", "--key=a", "--ready-file="+s.readyFile)
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Contains(t, o.stdout, "http://"+s.ready.Listen+"/")
	status, body := send(t, "PUT", strings.TrimSpace(o.stdout), "hello")
	require.Equal(t, 200, status, body)
	// Without the file it is the configured address and time.
	o = command(nil, "presign", "--key=a")
	require.NotContains(t, o.stdout, s.ready.Listen)

	none := filepath.Join(t.TempDir(), "none")
	require.Equal(t, exitFailed, command(nil, "presign", "--key=a", "--ready-file="+none).code)
	o = command([]string{"COSEMU_READY_FILE=" + none}, "presign", "--key=a")
	require.Equal(t, exitOK, o.code, "the file of a server to come")
	require.Contains(t, o.stdout, "http://127.0.0.1:9000/")
}

// TestPresignWithAToken: a temporary key of the server signs with its token alone.
func TestPresignWithAToken(t *testing.T) {
	s := serveBinary(t)
	res, err := http.Post("http://"+s.ready.Console+"/api/v1/temporary-credentials", "application/json",
		strings.NewReader(`{"bucket":"test-1250000000"}`))
	require.NoError(t, err)
	defer res.Body.Close()
	var key struct {
		SecretID  string `json:"secret_id"`
		SecretKey string `json:"secret_key"`
		Token     string `json:"token"`
	}
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &key))
	require.NotEmpty(t, key.Token, "%s", data)
	env := []string{"COSEMU_SECRET_KEY=" + key.SecretKey}
	args := []string{"--key=a", "--secret-id=" + key.SecretID}
	status, body := send(t, "PUT", s.presign(env, args...), "hello")
	require.Equal(t, 403, status, body)
	status, body = send(t, "PUT", s.presign(env, append(args, "--token="+key.Token)...), "hello")
	require.Equal(t, 200, status, body)
	status, body = send(t, "PUT", s.presign(append(env, "COSEMU_TOKEN="+key.Token), args...), "hello")
	require.Equal(t, 200, status, body)
}
