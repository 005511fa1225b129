package api_test

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/testdata/vectors"
)

// vectorServer knows every key and bucket of the vectors.
func vectorServer(t *testing.T, files []vectors.File) *server {
	t.Helper()
	cfg := api.Config{}
	buckets := map[string]string{}
	for _, f := range files {
		for i := range f.Cases {
			c := &f.Cases[i]
			buckets[c.Bucket] = c.Region
		}
	}
	for name, region := range buckets {
		cfg.Buckets = append(cfg.Buckets, api.BucketConfig{Name: name, Region: region})
	}
	return start(t, cfg)
}

// use makes the server know the key of a case and puts its clock inside the
// case's validity.
func (s *server) use(c *vectors.Case) {
	s.tb.Helper()
	s.e.Keys().Remove(c.SecretID)
	require.NoError(s.tb, s.e.Keys().Add(vectorKey(c)))
	s.clock.Freeze(time.Unix((c.ValidFrom+c.ValidUntil)/2, 0))
}

func vectorKey(c *vectors.Case) keyring.Key {
	k := keyring.Key{
		SecretID: c.SecretID, SecretKey: c.SecretKey, AppID: c.Bucket[strings.LastIndexByte(c.Bucket, '-')+1:], Token: c.Token,
	}
	if c.Token != "" {
		k.Expires = time.Unix(c.ValidUntil, 0).Add(time.Hour)
	}
	return k
}

// replay is the case as bytes on the wire. Content-MD5, where sent, is that of
// the documents' sample body.
func replay(c *vectors.Case) *message {
	host, target := c.Target()
	m := &message{method: c.Method, host: host, target: target, header: c.Header()}
	_, m.chunked = c.Headers["Transfer-Encoding"]
	switch length := c.Headers["Content-Length"]; {
	case c.Headers["Content-MD5"] != "" && length == "":
		m.body = []byte("[Object Content]")
	case length != "":
		n, _ := strconv.Atoi(length)
		m.body = bytes.Repeat([]byte{'x'}, n)
	case c.Method == http.MethodPut && !asksFor(target, "acl"): // that one says all in its headers
		m.body = []byte("body of " + c.ID)
	}
	return m
}

// wireKey is the key that the target names to a server: percent-decoded once.
func wireKey(c *vectors.Case) string {
	_, target := c.Target()
	path, _, _ := strings.Cut(target, "?")
	return signer.Decode(path[1:])
}

// TestVectors replays every pre-signed request of the twelve SDKs over TCP:
// accepted or refused as it must be, and what was accepted is read back.
//
// holds: header authorization; header x-cos-security-token; answer server; answer x-cos-request-id; answer date; answer x-cos-trace-id; code SignatureDoesNotMatch; reading token-in-query
func TestVectors(t *testing.T) {
	files, err := vectors.Load()
	require.NoError(t, err)
	s := vectorServer(t, files)
	total := 0
	for _, f := range files {
		t.Run(f.SDK, func(t *testing.T) {
			for i := range f.Cases {
				s.tb = t
				s.replayCase(&f.Cases[i])
				total++
			}
		})
	}
	require.Equal(t, 1021, total, "every case of every file")
}

func (s *server) replayCase(c *vectors.Case) {
	t := s.tb
	t.Helper()
	s.use(c)
	key := wireKey(c)
	m := replay(c)
	if c.Method == http.MethodGet || c.Method == http.MethodHead || c.Method == http.MethodDelete || asksFor(m.target, "acl") {
		require.Equal(t, 200, s.ownerPut(c, key, "stored before").status, c.ID)
	} else {
		s.remove(c.Bucket, key)
	}
	got := s.send(m)
	requireCommonHeaders(t, got)
	if !c.Holds {
		s.requireRefused(got, c.ID, 403, "SignatureDoesNotMatch", "The Signature you specified is invalid.")
		if !asksFor(m.target, "acl") {
			s.requireNothing(c.Bucket, key)
		}
		return
	}
	switch {
	case asksFor(m.target, "acl") && len(m.body) > 0:
		s.requireRefused(got, c.ID, 400, "InvalidArgument", "AccessControlPolicy is not well-formed.")
	case asksFor(m.target, "acl"):
		require.Equal(t, 200, got.status, "%s: %s", c.ID, got.body)
		o, err := s.store.Stat(c.Bucket, key)
		require.NoError(t, err, c.ID)
		require.Equal(t, c.Headers["x-cos-acl"], o.ACL, c.ID)
	case asksFor(m.target, "uploads"):
		require.Equal(t, 200, got.status, "%s: %s", c.ID, got.body)
		upload, err := s.store.Upload(c.Bucket, key, between(string(got.body), "<UploadId>", "</UploadId>"))
		require.NoError(t, err, c.ID)
		require.Equal(t, key, upload.Key, c.ID)
		s.requireNothing(c.Bucket, key)
	case asksFor(m.target, "uploadId", "partNumber"):
		s.requireRefused(got, c.ID, 404, "NoSuchUpload", "The specified multipart upload does not exist.")
		s.requireNothing(c.Bucket, key)
	case c.Headers["Content-MD5"] != "" && c.Headers["Content-Length"] != "":
		s.requireRefused(got, c.ID, 400, "BadDigest", "")
		s.requireNothing(c.Bucket, key)
	case c.Method == http.MethodPut:
		require.Equal(t, 200, got.status, "%s: %s", c.ID, got.body)
		require.Empty(t, got.body)
		s.requireReadBack(c, key, m)
	case c.Method == http.MethodDelete:
		require.Equal(t, 204, got.status, "%s: %s", c.ID, got.body)
		s.requireNothing(c.Bucket, key)
	default:
		require.Equal(t, 200, got.status, "%s: %s", c.ID, got.body)
		if c.Method == http.MethodGet {
			require.Equal(t, "stored before", string(got.body), c.ID)
		}
	}
}

// asksFor tells whether the target has a parameter of one of these names.
func asksFor(target string, names ...string) bool {
	_, query, _ := strings.Cut(target, "?")
	for p := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(p, "=")
		if slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// requireReadBack reads an accepted upload by a signed GET.
func (s *server) requireReadBack(c *vectors.Case, key string, m *message) {
	t := s.tb
	t.Helper()
	k := vectorKey(c)
	got := s.send(s.signedBy(k, http.MethodGet, m.host, "/"+signer.EncodePath(key), nil))
	require.Equal(t, 200, got.status, "%s: %s", c.ID, got.body)
	require.Equal(t, string(m.body), string(got.body), c.ID)
	for name, value := range c.Headers {
		switch name {
		case "Content-Type", "Cache-Control", "Content-Disposition", "x-cos-meta-author", "x-cos-meta-Mixed-Case":
			require.Equal(t, value, got.header.Get(name), "%s %s", c.ID, name)
		}
	}
}

func (s *server) ownerPut(c *vectors.Case, key, body string) *answer {
	host, _ := c.Target()
	return s.send(s.signedBy(vectorKey(c), http.MethodPut, host, "/"+signer.EncodePath(key), []byte(body)))
}

// requireRefused checks an error answer, whichever way its method carries it.
func (s *server) requireRefused(got *answer, id string, status int, code, message string) {
	t := s.tb
	t.Helper()
	require.Equal(t, status, got.status, "%s: %s", id, got.body)
	if got.header.Get("X-Cos-Error-Code") != "" {
		require.Equal(t, code, got.header.Get("X-Cos-Error-Code"), id)
		require.Empty(t, got.body, id)
		return
	}
	require.Equal(t, code, got.code(), "%s: %s", id, got.body)
	if message != "" {
		require.Equal(t, message, got.message(), id)
	}
	require.NotEmpty(t, got.header.Get("X-Cos-Trace-Id"), id)
}

func requireCommonHeaders(t testing.TB, a *answer) {
	t.Helper()
	require.Equal(t, "tencent-cos", a.header.Get("Server"))
	require.NotEmpty(t, a.header.Get("X-Cos-Request-Id"))
	require.NotEmpty(t, a.header.Get("Date"))
}
