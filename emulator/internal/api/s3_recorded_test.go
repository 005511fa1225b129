package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/testdata/vectors/s3"
)

// recordedMessage is a request of a real client as it goes on the wire.
func recordedMessage(tb testing.TB, c *s3.Case) *message {
	tb.Helper()
	if len(c.Fields) == 0 {
		body := c.Body
		if body == "" && c.Method == http.MethodPut {
			body = "hello"
		}
		return &message{method: c.Method, target: c.Target, host: c.Host, header: c.Header(), body: []byte(body)}
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range c.Fields {
		require.NoError(tb, w.WriteField(name, value))
	}
	file, err := w.CreateFormFile("file", "a.png")
	require.NoError(tb, err)
	_, err = file.Write([]byte("hello"))
	require.NoError(tb, err)
	require.NoError(tb, w.Close())
	return &message{method: c.Method, target: c.Target, host: c.Host, header: http.Header{"Content-Type": {w.FormDataContentType()}}, body: b.Bytes()}
}

// family and carrier of a recorded request.
func recordedClaim(tb testing.TB, c *s3.Case) *signer.Claim {
	tb.Helper()
	if len(c.Fields) > 0 {
		claim, err := signer.FindFormClaim(func(name string) (string, bool) {
			for k, v := range c.Fields {
				if strings.EqualFold(k, name) {
					return v, true
				}
			}
			return "", false
		})
		require.NoError(tb, err)
		return claim
	}
	req, err := signer.NewRequest(c.Method, c.URL(), c.Header())
	require.NoError(tb, err)
	claim, err := signer.FindClaim(req)
	require.NoError(tb, err)
	return claim
}

// recordedAt is a moment at which it is valid.
func recordedAt(claim *signer.Claim) time.Time {
	switch {
	case claim.SignTime.End > 1<<60: // a form of AWS2, whose policy says the end
		return time.Unix(1796137000, 0)
	case claim.SignTime.Start == 0:
		return time.Unix(claim.SignTime.End-3600, 0)
	}
	return time.Unix(claim.SignTime.Start, 0)
}

// spoiling is one line of the negative matrix.
type spoiling struct {
	name string
	// change changes the message; false: there is nothing of the kind in it.
	change func(c *s3.Case, claim *signer.Claim, m *message) bool
	code   string // "": one of several, by family
	after  time.Duration
}

func inAuthorization(m *message, expr, with string) bool {
	was := m.header.Get("Authorization")
	if was == "" {
		return false
	}
	m.header.Set("Authorization", regexp.MustCompile(expr).ReplaceAllString(was, with))
	return was != m.header.Get("Authorization")
}

func inTarget(m *message, expr, with string) bool {
	was := m.target
	m.target = regexp.MustCompile(expr).ReplaceAllString(was, with)
	return was != m.target
}

// inForm replaces a text of the form, with one as long.
func inForm(c *s3.Case, m *message, field string, change func(string) string) bool {
	for name, value := range c.Fields {
		if strings.EqualFold(name, field) {
			m.body = bytes.Replace(m.body, []byte(value), []byte(change(value)), 1)
			return true
		}
	}
	return false
}

func otherFirst(s string) string {
	if s[0] == '0' {
		return "1" + s[1:]
	}
	return "0" + s[1:]
}

func spoilings() []spoiling {
	unsigned := func(claim *signer.Claim, name string) bool {
		return claim.Carrier == signer.CarrierForm || !claim.SignsHeader(name)
	}
	return []spoiling{
		{name: "signature", code: mismatch, change: func(c *s3.Case, claim *signer.Claim, m *message) bool {
			return inAuthorization(m, `Signature=...`, "Signature=000") || inAuthorization(m, `(AWS [^:]*:)..`, "${1}00") ||
				inTarget(m, `Signature=..`, "Signature=00") || inForm(c, m, "x-amz-signature", otherFirst) || inForm(c, m, "signature", otherFirst)
		}},
		{name: "key", change: func(c *s3.Case, _ *signer.Claim, m *message) bool {
			return len(c.Fields) == 0 && inTarget(m, `\.png`, ".pnh") || inForm(c, m, "key", func(string) string { return c.Label + "/form.pnh" })
		}},
		{name: "method", change: func(c *s3.Case, _ *signer.Claim, m *message) bool {
			m.method = map[string]string{"PUT": "DELETE", "GET": "PUT", "HEAD": "PUT", "POST": "PUT"}[m.method]
			return len(c.Fields) == 0
		}},
		{name: "header", code: mismatch, change: func(c *s3.Case, claim *signer.Claim, m *message) bool {
			m.header.Set("Content-Type", "text/html")
			return !unsigned(claim, "content-type")
		}},
		{name: "metadata", code: mismatch, change: func(_ *s3.Case, _ *signer.Claim, m *message) bool {
			if m.header.Get("X-Amz-Meta-Run") == "" {
				return inTarget(m, "x-amz-meta-run=7", "x-amz-meta-run=8")
			}
			m.header.Set("X-Amz-Meta-Run", "8")
			return true
		}},
		{name: "ACL added", change: func(c *s3.Case, _ *signer.Claim, m *message) bool {
			m.header.Set("X-Amz-Acl", "public-read")
			return len(c.Fields) == 0
		}},
		{name: "COS's ACL added", code: "AccessDenied", change: func(c *s3.Case, _ *signer.Claim, m *message) bool {
			m.header.Set("X-Cos-Acl", "public-read")
			return len(c.Fields) == 0
		}},
		{name: "parameter", code: mismatch, change: func(c *s3.Case, _ *signer.Claim, m *message) bool {
			addParam(m, "response-content-type=text%2Fhtml")
			return len(c.Fields) == 0
		}},
		{name: "sub-resource", change: func(c *s3.Case, _ *signer.Claim, m *message) bool {
			addParam(m, "acl")
			return len(c.Fields) == 0
		}},
		{name: "expiry", change: func(_ *s3.Case, _ *signer.Claim, m *message) bool {
			return inTarget(m, `Expires=(\d+)`, "Expires=${1}1")
		}},
		{name: "policy", code: mismatch, change: func(c *s3.Case, _ *signer.Claim, m *message) bool {
			return inForm(c, m, "policy", func(p string) string {
				return signedPolicy(p, `"expiration"`, `"expiration" `)
			})
		}},
		{name: "key id", code: "InvalidAccessKeyId", change: func(c *s3.Case, _ *signer.Claim, m *message) bool {
			nobody := func(s string) string { return strings.Replace(s, c.Key, "AKIDnobodyHasThis0000000000000000000", 1) }
			return inAuthorization(m, c.Key, "AKIDnobodyHasThis0000000000000000000") || inTarget(m, c.Key, "AKIDnobodyHasThis0000000000000000000") ||
				inForm(c, m, "x-amz-credential", nobody) || inForm(c, m, "AWSAccessKeyId", nobody)
		}},
		{name: "another's key id", change: func(c *s3.Case, _ *signer.Claim, m *message) bool {
			other := func(s string) string { return strings.Replace(s, c.Key, s3.OtherID, 1) }
			return inAuthorization(m, c.Key, s3.OtherID) || inTarget(m, c.Key, s3.OtherID) || inForm(c, m, "x-amz-credential", other) || inForm(c, m, "AWSAccessKeyId", other)
		}},
		{name: "token", code: "InvalidAccessKeyId", change: func(c *s3.Case, _ *signer.Claim, m *message) bool {
			if m.header.Get("X-Amz-Security-Token") != "" {
				m.header.Set("X-Amz-Security-Token", "another-token")
				return true
			}
			return inTarget(m, "(?i)(x-amz-security-token=)[^&]*", "${1}another-token") || inForm(c, m, "x-amz-security-token", func(string) string { return "another-token" })
		}},
		{name: "body", change: func(c *s3.Case, claim *signer.Claim, m *message) bool {
			return len(c.Fields) == 0 && claim.AWS.Payload == signer.PayloadHash && replaceBody(m, "hello", "hallo")
		}, code: "XAmzContentSHA256Mismatch"},
		{name: "body, by its MD5", change: func(c *s3.Case, claim *signer.Claim, m *message) bool {
			return m.header.Get("Content-Md5") != "" && replaceBody(m, "hello", "hallo")
		}, code: "BadDigest"},
		{name: "chunk", code: mismatch, change: func(_ *s3.Case, claim *signer.Claim, m *message) bool {
			return claim.AWS.Payload == signer.PayloadChunks && replaceBody(m, "hello", "hallo")
		}},
		{name: "chunk's signature", code: mismatch, change: func(_ *s3.Case, claim *signer.Claim, m *message) bool {
			was := string(m.body)
			m.body = regexp.MustCompile("chunk-signature=....").ReplaceAll(m.body, []byte("chunk-signature=0000"))
			return claim.AWS.Payload == signer.PayloadChunks && was != string(m.body)
		}},
		{name: "last chunk's signature", code: mismatch, change: func(_ *s3.Case, claim *signer.Claim, m *message) bool {
			return claim.AWS.Payload == signer.PayloadChunks && replaceBody(m, "\r\n0;chunk-signature="+last64(m.body), "\r\n0;chunk-signature="+strings.Repeat("0", 64))
		}},
		{name: "decoded length", code: mismatch, change: func(_ *s3.Case, _ *signer.Claim, m *message) bool {
			was := m.header.Get("X-Amz-Decoded-Content-Length")
			m.header.Set("X-Amz-Decoded-Content-Length", "6")
			return was != ""
		}},
		{name: "late", after: 2 * time.Hour, change: func(*s3.Case, *signer.Claim, *message) bool { return true }},
	}
}

// last64 is the signature of the empty chunk at the end.
func last64(body []byte) string {
	text := strings.TrimSuffix(string(body), "\r\n\r\n")
	return text[max(0, len(text)-64):]
}

func replaceBody(m *message, old, with string) bool {
	was := string(m.body)
	m.body = bytes.Replace(m.body, []byte(old), []byte(with), 1)
	return was != string(m.body)
}

// TestS3RecordedMatrix: each request of a real client is granted as it was recorded, and
// refused with each change, of which nothing is stored.
func TestS3RecordedMatrix(t *testing.T) {
	files, err := s3.Load()
	require.NoError(t, err)
	tried := map[string]int{}
	requests := 0
	for _, file := range files {
		t.Run(file.Client, func(t *testing.T) {
			s := start(t, api.Config{
				Keys: []keyring.Key{
					{SecretID: s3.ID, SecretKey: s3.Secret, AppID: testAppID},
					{SecretID: s3.OtherID, SecretKey: s3.OtherSecret, AppID: testAppID},
					{SecretID: s3.TempID, SecretKey: s3.TempSecret, Token: s3.TempToken, Expires: time.Unix(1e10, 0), AppID: testAppID},
				},
				Buckets: []api.BucketConfig{{Name: s3.Bucket, Region: s3.Region}},
			})
			for i := range file.Cases {
				c := &file.Cases[i]
				claim := recordedClaim(t, c)
				at := recordedAt(claim)
				writes := c.Method == http.MethodPut || c.Method == http.MethodPost
				s.clock.Freeze(at)
				good := s.send(recordedMessage(t, c))
				if c.Label != "right" && c.Label != "temporary" {
					if c.Method != http.MethodHead {
						require.Equal(t, mismatch, good.code(), "%s: %s", c.ID, c.Label)
					}
					require.Equal(t, 403, good.status, "%s: %s", c.ID, c.Label)
					require.Empty(t, s.stored(), "%s: %s", c.ID, c.Label)
					tried[file.Client+" secret"]++
					continue
				}
				if writes {
					require.Contains(t, []int{200, 204}, good.status, "%s: %s", c.ID, good.body)
					require.Len(t, s.stored(), 1, c.ID)
					s.removeAll()
				} else {
					require.Equal(t, 404, good.status, "%s: judged, and there is none", c.ID)
				}
				for _, sp := range spoilings() {
					m := recordedMessage(t, c)
					if !sp.change(c, claim, m) {
						continue
					}
					tried[file.Client+" "+sp.name]++
					requests++
					s.clock.Freeze(at.Add(sp.after))
					a := s.send(m)
					where := fmt.Sprintf("%s: %s: %s", c.ID, sp.name, a.body)
					require.GreaterOrEqual(t, a.status, 400, where)
					require.Less(t, a.status, 500, where)
					if sp.code != "" && m.method != http.MethodHead {
						require.Equal(t, sp.code, a.code(), where)
					}
					if sp.name == "another's key id" || sp.name == "key" && len(c.Fields) == 0 {
						require.Equal(t, 403, a.status, where)
					}
					require.Empty(t, s.stored(), where)
				}
			}
		})
	}
	t.Logf("%d requests refused", requests)
	for _, client := range []string{"boto3", "aws-go", "minio-go", "aws-js", "rclone"} {
		for _, name := range []string{"signature", "key", "method", "header", "metadata", "parameter", "expiry", "secret", "key id", "another's key id", "token", "late"} {
			if client == "rclone" && slices.Contains([]string{"metadata", "expiry"}, name) {
				continue // it sends its time as metadata, and pre-signs nothing here
			}
			require.NotZero(t, tried[client+" "+name], "%s: %s", client, name)
		}
	}
	for _, name := range []string{"chunk", "chunk's signature", "last chunk's signature", "decoded length"} {
		require.NotZero(t, tried["minio-go "+name], name)
	}
	for _, client := range []string{"boto3", "aws-js", "minio-go"} {
		require.NotZero(t, tried[client+" policy"], client)
	}
}

// removeAll removes all objects past the API.
func (s *server) removeAll() {
	s.tb.Helper()
	for _, name := range s.stored() {
		bucket, key, _ := strings.Cut(name, "/")
		s.remove(bucket, key)
	}
}

// signedPolicy is a policy with a text of it replaced.
func signedPolicy(policy, old, with string) string {
	text, err := base64.StdEncoding.DecodeString(policy)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(bytes.Replace(text, []byte(old), []byte(with), 1))
}
