package cli

import (
	"net/http"
	"net/url"
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
