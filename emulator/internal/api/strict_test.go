package api_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
)

// TestStrictPathStyle: every path-style request is refused, however it is
// signed; the same request to the bucket's own host is not, nor is the list of
// buckets on the region's host.
//
// holds: code PathStyleDomainForbidden
func TestStrictPathStyle(t *testing.T) {
	lax, strict := start(t, api.Config{}), start(t, api.Config{Strict: api.Strict{PathStyle: true}})
	region := "cos." + testRegion + ".myqcloud.com"
	for _, host := range []string{region, strict.addr} {
		path := "/" + testBucket + "/k"
		require.Equal(t, 200, lax.send(lax.signedBy(testKey(), http.MethodPut, host, path, []byte("x"))).status)
		for name, m := range map[string]*message{
			"PUT":       strict.signedBy(testKey(), http.MethodPut, host, path, []byte("x")),
			"anonymous": {method: http.MethodGet, target: path, host: host},
			"preflight": {method: http.MethodOptions, target: path, host: host, header: http.Header{"Origin": {"http://a"}, "Access-Control-Request-Method": {"PUT"}}},
			"bucket":    strict.signedBy(testKey(), http.MethodGet, host, "/"+testBucket+"/", nil),
		} {
			got := strict.send(m)
			strict.requireRefused(got, name, 403, "PathStyleDomainForbidden", "")
			require.Equal(t, "The bucket you are attempting to access must be addressed using COS virtual-styled domain.", got.message())
			strict.requireNothing(testBucket, "k")
		}
	}
	require.Equal(t, 200, strict.do(http.MethodPut, "/k", []byte("x")).status)
	require.Equal(t, 200, strict.send(strict.signedBy(testKey(), http.MethodGet, region, "/", nil)).status)
	entry, err := strict.e.Judge(http.MethodPut, "http://"+region+"/"+testBucket+"/k", http.Header{})
	require.NoError(t, err)
	require.Equal(t, "PathStyleDomainForbidden", entry.Code)
}

// TestStrictPathStylePresign: the URLs that cosemu makes by itself work under
// its own rule.
func TestStrictPathStylePresign(t *testing.T) {
	for _, domains := range [][]string{{"localhost", "cos.test"}, nil} {
		s := start(t, api.Config{Strict: api.Strict{PathStyle: true}, Domains: domains, Endpoint: "127.0.0.1:9000"})
		reply, err := s.e.Presign(api.PresignRequest{Method: http.MethodPut, Bucket: testBucket, Key: "a b"})
		require.NoError(t, err)
		u, err := url.Parse(reply.URL)
		require.NoError(t, err)
		want := testHost + ":9000"
		if domains != nil {
			want = testBucket + ".localhost:9000"
		}
		require.Equal(t, want, u.Host)
		got := s.send(&message{method: http.MethodPut, host: u.Host, target: u.RequestURI(), body: []byte("x")})
		require.Equal(t, 200, got.status, "%s", got.body)
		s.requireStored(testBucket, "a b", []byte("x"))
	}
}

// TestCutAtExpiry: a body that is still arriving when its signature ends is
// cut and stores nothing; by default, and while the signature holds, it is
// stored.
func TestCutAtExpiry(t *testing.T) {
	temporary := keyring.Key{
		SecretID: "AKIDtemporary", SecretKey: "secretOfTheTemporary", AppID: testAppID, Token: "token", Expires: testTime().Add(10 * time.Minute),
	}
	for _, c := range []struct {
		name   string
		strict bool
		key    keyring.Key
		by     time.Duration
		status int
		code   string
	}{
		{"default", false, testKey(), 2 * time.Hour, 200, ""},
		{"in time", true, testKey(), time.Hour, 200, ""},
		{"too late", true, testKey(), time.Hour + time.Second, 403, "AccessDenied"},
		{"token in time", true, temporary, 9 * time.Minute, 200, ""},
		{"token too late", true, temporary, 11 * time.Minute, 400, "ExpiredToken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, api.Config{Strict: api.Strict{CutAtExpiry: c.strict}, Keys: []keyring.Key{c.key}})
			data := pseudo(1, mib)
			for _, chunked := range []bool{false, true} {
				s.clock.Freeze(testTime())
				m := s.signedBy(c.key, http.MethodPut, testHost, "/k", data, "Expect", "100-continue")
				m.chunked = chunked
				got := s.continued(m, func() { s.clock.Advance(c.by) })
				require.Equal(t, c.status, got.status, "%s", got.body)
				require.Equal(t, c.code, got.code())
				if c.status != 200 {
					s.requireNothing(testBucket, "k")
					continue
				}
				s.requireStored(testBucket, "k", data)
				require.Equal(t, 204, s.send(s.signedBy(c.key, http.MethodDelete, testHost, "/k", nil)).status)
			}
		})
	}
}

// continued sends a request's head, waits until the server wants its body,
// which it does once everything else is judged, does between, and sends it.
func (s *server) continued(m *message, between func()) *answer {
	s.tb.Helper()
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(s.tb, err)
	defer conn.Close()
	require.NoError(s.tb, conn.SetDeadline(time.Now().Add(30*time.Second)))
	text := m.bytes()
	head := len(text) - len(m.body)
	if m.chunked {
		head -= len("100000\r\n") + len("\r\n0\r\n\r\n")
	}
	_, err = conn.Write(text[:head])
	require.NoError(s.tb, err)
	r := bufio.NewReader(conn)
	line, err := r.ReadString('\n')
	require.NoError(s.tb, err)
	require.Equal(s.tb, "HTTP/1.1 100 Continue\r\n", line)
	_, err = r.ReadString('\n')
	require.NoError(s.tb, err)
	between()
	_, err = conn.Write(text[head:])
	require.NoError(s.tb, err)
	return readAnswer(s.tb, r, m.method)
}

// TestCutForm: a form's file by the form's own times, its policy's end among
// them.
func TestCutForm(t *testing.T) {
	for by, message := range map[time.Duration]string{
		30 * time.Minute: "", time.Hour: "You post object request has been expired", 2 * time.Hour: "Request has expired",
	} {
		s := start(t, api.Config{Strict: api.Strict{CutAtExpiry: true}})
		m := policyForm(testTime(), "").message(t) // for an hour
		m.header.Set("Expect", "100-continue")
		got := s.continued(m, func() { s.clock.Advance(by) })
		if message == "" {
			require.Equal(t, 204, got.status, "%s", got.body)
			s.requireStored(testBucket, "up/photo.jpg", []byte(sampleBody))
			continue
		}
		require.Equal(t, 403, got.status, "%s", got.body)
		require.Contains(t, got.message(), message)
		s.requireNothing(testBucket, "up/photo.jpg")
	}
}

// TestCutDownload: the same for the bytes of a download, which ends before its
// Content-Length.
func TestCutDownload(t *testing.T) {
	data := pseudo(1, 32*mib) // more than the buffers between hold
	for _, strict := range []bool{false, true} {
		s := start(t, api.Config{Strict: api.Strict{CutAtExpiry: strict}})
		require.Equal(t, 200, s.do(http.MethodPut, "/k", data).status)
		conn, err := net.Dial("tcp", s.addr)
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
		_, err = conn.Write(s.signed(http.MethodGet, "/k", nil).bytes())
		require.NoError(t, err)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		_, err = io.CopyN(io.Discard, resp.Body, 1000)
		require.NoError(t, err)
		s.clock.Advance(2 * time.Hour)
		n, err := io.Copy(io.Discard, resp.Body)
		if strict {
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.Less(t, n, int64(len(data)-1000))
		} else {
			require.NoError(t, err)
		}
	}
}

// TestCutAtExpiryReported: under verify: report the upload is served, and the
// answer says what the cloud would have done.
func TestCutAtExpiryReported(t *testing.T) {
	s := start(t, api.Config{Verify: api.VerifyReport, Strict: api.Strict{CutAtExpiry: true}})
	m := s.signed(http.MethodPut, "/k", []byte("body"), "Expect", "100-continue")
	got := s.continued(m, func() { s.clock.Advance(2 * time.Hour) })
	require.Equal(t, 200, got.status)
	require.Equal(t, "403 AccessDenied", got.header.Get("X-Cosemu-Verdict"))
	require.Regexp(t, "^expired", got.header.Get("X-Cosemu-Diagnosis"))
	s.requireStored(testBucket, "k", []byte("body"))
}

// TestStrictAppID: key pairs state their account, and every bucket has a pair
// of its own.
func TestStrictAppID(t *testing.T) {
	strict := api.Strict{AppID: true}
	owner, other := testKey(), keyring.Key{SecretID: "AKIDother", SecretKey: "s", AppID: "1300000001"}
	none := testKey()
	none.AppID = ""
	buckets := []api.BucketConfig{{Name: testBucket}}
	require.NoError(t, strict.CheckAccounts([]keyring.Key{other, owner}, buckets))
	require.NoError(t, api.Strict{}.CheckAccounts([]keyring.Key{none}, buckets))
	require.ErrorIs(t, strict.CheckAccounts([]keyring.Key{owner, none}, buckets), api.ErrNoAccount)
	require.ErrorContains(t, strict.CheckAccounts([]keyring.Key{owner, none}, buckets), "credentials[1]: ")
	require.ErrorContains(t, strict.CheckAccounts([]keyring.Key{other}, buckets), `bucket "examplebucket-1250000000": there is no key pair of the account "1250000000"`)
	start(t, api.Config{Strict: strict, Keys: []keyring.Key{owner}, Buckets: buckets})
	_, err := api.New(api.Config{Strict: strict, Keys: []keyring.Key{none}, Buckets: buckets}, start(t, api.Config{}).store)
	require.ErrorContains(t, err, "strict.appid: ")
}
