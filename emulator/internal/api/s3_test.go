package api_test

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
)

// bySDK is an upload as an S3 client signs it: at the host of the bucket, valid
// for an hour, of the key "k".
func bySDK(family signer.Family, carrier signer.Carrier) signer.PresignInput {
	return signer.PresignInput{
		Credentials: testKey().Credentials(), Method: http.MethodPut, Family: family, Carrier: carrier, Host: testHost,
		Bucket: testBucket, Region: testRegion, Key: "k", Start: testTime(), Expires: time.Hour, Header: http.Header{},
	}
}

// s3Message signs a request and makes it one to be sent.
func s3Message(tb testing.TB, in signer.PresignInput, body string) *message {
	tb.Helper()
	p, err := signer.Presign(in)
	require.NoError(tb, err)
	_, rest, _ := strings.Cut(p.URL, "://")
	host, target, _ := strings.Cut(rest, "/")
	return &message{method: in.Method, target: "/" + target, host: host, header: p.Header.Clone(), body: []byte(body)}
}

// s3Kinds are the ways in which S3 clients sign a request.
func s3Kinds() map[string]signer.PresignInput {
	hashed := bySDK(signer.AWS4, signer.CarrierHeader)
	hashed.Header.Set("X-Amz-Content-Sha256", sha256Hex("hello"))
	inPath := func(in signer.PresignInput) signer.PresignInput {
		in.Host, in.PathStyle = local, true
		return in
	}
	return map[string]signer.PresignInput{
		"V4 header":             bySDK(signer.AWS4, signer.CarrierHeader),
		"V4 header, hash":       hashed,
		"V4 query":              bySDK(signer.AWS4, signer.CarrierQuery),
		"V4 query, path style":  inPath(bySDK(signer.AWS4, signer.CarrierQuery)),
		"V2 header":             bySDK(signer.AWS2, signer.CarrierHeader),
		"V2 header, path style": inPath(bySDK(signer.AWS2, signer.CarrierHeader)),
		"V2 query":              bySDK(signer.AWS2, signer.CarrierQuery),
		"V2 query, path style":  inPath(bySDK(signer.AWS2, signer.CarrierQuery)),
	}
}

// TestS3Signed: every way in which S3 clients sign is judged and served.
func TestS3Signed(t *testing.T) {
	for name, in := range s3Kinds() {
		t.Run(name, func(t *testing.T) {
			s := start(t, api.Config{})
			a := s.send(s3Message(t, in, "hello"))
			require.Equal(t, 200, a.status, "%s", a.body)
			s.requireStored(testBucket, "k", []byte("hello"))
			entry := s.newest()
			require.Equal(t, in.Family, entry.Claim.Family)
			require.Equal(t, testKey().SecretID, entry.Claim.SecretID)
			require.NotEmpty(t, entry.StringToSign)
			in.Method = http.MethodGet
			in.Header.Del("X-Amz-Content-Sha256")
			a = s.send(s3Message(t, in, ""))
			require.Equal(t, 200, a.status, "%s", a.body)
			require.Equal(t, "hello", string(a.body))
		})
	}
}

// TestS3Forged: whatever is changed after signing is refused, with the same code
// whoever signed, and nothing is stored. The request as it was signed is let in
// beside it.
func TestS3Forged(t *testing.T) {
	for name, in := range s3Kinds() {
		t.Run(name, func(t *testing.T) { forgeS3(t, in) })
	}
}

func forgeS3(t *testing.T, in signer.PresignInput) {
	s := start(t, api.Config{Keys: []keyring.Key{testKey(), {SecretID: "AKIDanother", SecretKey: "anotherSecret0123456789", AppID: testAppID}}})
	in.Header = in.Header.Clone()
	in.Header.Set("X-Amz-Meta-A", "b")
	in.Header.Set("Content-Type", "text/plain")
	good := s3Message(t, in, "hello")
	require.Equal(t, 200, s.send(good).status, "control")
	s.requireStored(testBucket, "k", []byte("hello"))
	s.remove(testBucket, "k")

	inQuery := in.Carrier == signer.CarrierQuery
	change := func(old, with string) func(*message) {
		return func(m *message) {
			before := m.target + m.header.Get("Authorization")
			m.target = strings.Replace(m.target, old, with, 1)
			if v := m.header.Get("Authorization"); v != "" {
				m.header.Set("Authorization", strings.Replace(v, old, with, 1))
			}
			require.NotEqual(t, before, m.target+m.header.Get("Authorization"), old)
		}
	}
	cases := map[string]struct {
		code  string
		spoil func(*message)
	}{
		"method": {mismatch, func(m *message) { m.method = http.MethodDelete }},
		"key":    {mismatch, change2("/k", "/j")},
		"header": {mismatch, func(m *message) { m.header.Set("Content-Type", "text/html") }},
		"meta":   {mismatch, func(m *message) { m.header.Set("X-Amz-Meta-A", "c") }},
		"secret": {mismatch, func(m *message) {
			other := in
			other.Credentials.SecretKey = "another"
			*m = *s3Message(t, other, "hello")
		}},
		"key id":         {mismatch, change(testKey().SecretID, "AKIDanother")},
		"unknown key id": {"InvalidAccessKeyId", change(testKey().SecretID, "AKIDnobody")},
		"no key id":      {"InvalidAccessKeyId", change(testKey().SecretID, "nobody")},
		"ACL added":      {"", func(m *message) { m.header.Set("X-Amz-Acl", "public-read-write") }},
		"COS ACL added":  {"AccessDenied", func(m *message) { m.header.Set("X-Cos-Acl", "public-read-write") }},
		"copy added":     {"AccessDenied", func(m *message) { m.header.Set("X-Cos-Copy-Source", testHost+"/other") }},
		"sub-resource":   {"", func(m *message) { addParam(m, "acl") }},
		"COS operation":  {"", func(m *message) { addParam(m, "append&position=0") }},
		"two headers":    {mismatch, func(m *message) { m.header["X-Amz-Meta-A"] = []string{"b", "b"} }},
		"other bucket": {"", func(m *message) {
			m.host = strings.Replace(m.host, "examplebucket", "otherbucket", 1)
			change2(testBucket, "otherbucket-"+testAppID)(m)
		}},
	}
	if inQuery {
		cases["stretched"] = struct {
			code  string
			spoil func(*message)
		}{mismatch, change2("xpires=", "xpires=1")}
		cases["twice"] = struct {
			code  string
			spoil func(*message)
		}{"InvalidArgument", func(m *message) { m.header.Set("Authorization", "AWS "+testKey().SecretID+":c2ln") }}
	}
	for name, c := range cases {
		m := &message{method: good.method, target: good.target, host: good.host, header: good.header.Clone(), body: good.body}
		c.spoil(m)
		a := s.send(m)
		require.GreaterOrEqual(t, a.status, 400, name)
		require.Less(t, a.status, 500, name)
		if c.code != "" {
			require.Equal(t, c.code, a.code(), "%s: %s", name, a.message())
		}
		require.NotEmpty(t, a.causes(), name)
		if cause := map[string]string{"method": "method", "header": "header-value"}[name]; cause != "" {
			require.Equal(t, cause, a.causes())
			require.True(t, s.firstFinding().Proven)
		}
		require.Empty(t, s.stored(), name)
	}
	require.Equal(t, 200, s.send(good).status, "control, again")
}

// change2 replaces a text of the target, where it is there.
func change2(old, with string) func(*message) {
	return func(m *message) { m.target = strings.Replace(m.target, old, with, 1) }
}

// addParam adds a parameter behind the others.
func addParam(m *message, param string) {
	if strings.Contains(m.target, "?") {
		m.target += "&" + param
		return
	}
	m.target += "?" + param
}

// TestS3Times: a pre-signed URL lives as long as it says, a signature in a header
// for 15 minutes on both sides.
func TestS3Times(t *testing.T) {
	for name, c := range map[string]struct {
		in      signer.PresignInput
		at      time.Duration
		code    string
		message string
	}{
		"V4 query, last second":  {bySDK(signer.AWS4, signer.CarrierQuery), time.Hour, "", ""},
		"V4 query, over":         {bySDK(signer.AWS4, signer.CarrierQuery), time.Hour + time.Second, "AccessDenied", "Request has expired"},
		"V4 query, early":        {bySDK(signer.AWS4, signer.CarrierQuery), -15 * time.Minute, "", ""},
		"V4 query, too early":    {bySDK(signer.AWS4, signer.CarrierQuery), -15*time.Minute - time.Second, "RequestTimeTooSkewed", ""},
		"V2 query, last second":  {bySDK(signer.AWS2, signer.CarrierQuery), time.Hour, "", ""},
		"V2 query, over":         {bySDK(signer.AWS2, signer.CarrierQuery), time.Hour + time.Second, "AccessDenied", "Request has expired"},
		"V4 header, 15 minutes":  {bySDK(signer.AWS4, signer.CarrierHeader), 15 * time.Minute, "", ""},
		"V4 header, too old":     {bySDK(signer.AWS4, signer.CarrierHeader), 15*time.Minute + time.Second, "RequestTimeTooSkewed", ""},
		"V4 header, in advance":  {bySDK(signer.AWS4, signer.CarrierHeader), -15 * time.Minute, "", ""},
		"V4 header, too early":   {bySDK(signer.AWS4, signer.CarrierHeader), -15*time.Minute - time.Second, "RequestTimeTooSkewed", ""},
		"V2 header, 15 minutes":  {bySDK(signer.AWS2, signer.CarrierHeader), 15 * time.Minute, "", ""},
		"V2 header, a day later": {bySDK(signer.AWS2, signer.CarrierHeader), 24 * time.Hour, "RequestTimeTooSkewed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, api.Config{})
			m := s3Message(t, c.in, "hello")
			s.clock.Advance(c.at)
			a := s.send(m)
			if c.code == "" {
				require.Equal(t, 200, a.status, "%s", a.body)
				return
			}
			require.Equal(t, 403, a.status)
			require.Equal(t, c.code, a.code())
			if c.message != "" {
				require.Equal(t, c.message, a.message())
			}
			require.NotEmpty(t, between(string(a.body), "<ServerTime>", "</ServerTime>"))
			require.NotEmpty(t, a.causes())
			s.requireNothing(testBucket, "k")
		})
	}
}

// TestS3Malformed: each way in which a signature cannot be read has its own
// answer, and aws-signature says which.
func TestS3Malformed(t *testing.T) {
	s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, Region: testRegion, ACL: api.ACLPublicReadWrite}}})
	require.Equal(t, 200, s.send(&message{method: "PUT", target: "/open", host: testHost, body: []byte("hi")}).status, "control: everybody may")
	s.remove(testBucket, "open")
	header, query := bySDK(signer.AWS4, signer.CarrierHeader), bySDK(signer.AWS4, signer.CarrierQuery)
	inHeader := func(old, with string) func(*message) {
		return func(m *message) {
			m.header.Set("Authorization", strings.Replace(m.header.Get("Authorization"), old, with, 1))
		}
	}
	for name, c := range map[string]struct {
		in      signer.PresignInput
		spoil   func(*message)
		status  int
		code    string
		message string
	}{
		"over seven days":       {query, change2("X-Amz-Expires=3600", "X-Amz-Expires=604801"), 400, "InvalidArgument", "less than a week"},
		"below zero":            {query, change2("X-Amz-Expires=3600", "X-Amz-Expires=-1"), 400, "InvalidArgument", "must be non-negative"},
		"no number":             {query, change2("X-Amz-Expires=3600", "X-Amz-Expires=soon"), 400, "InvalidArgument", "X-Amz-Expires"},
		"no date":               {query, change2("X-Amz-Date=", "X-Amz-Dates="), 400, "InvalidArgument", "X-Amz-Date is missing"},
		"no credential":         {query, change2("X-Amz-Credential=", "X-Amz-Credentials="), 400, "InvalidArgument", "X-Amz-Credential is missing"},
		"algorithm":             {query, change2("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), 400, "InvalidArgument", "AWS4-HMAC-SHA256"},
		"host not signed":       {query, change2("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=range"), 403, "AccessDenied", "not signed: host"},
		"twice":                 {query, func(m *message) { addParam(m, "x-amz-expires=3600") }, 400, "InvalidArgument", "twice"},
		"cut":                   {query, func(m *message) { m.target = "/open?X-Amz-Algorithm=AWS4-HMAC-SHA256" }, 400, "InvalidArgument", "missing"},
		"scope of another day":  {header, inHeader("/20261124/", "/20261123/"), 400, "InvalidArgument", `"20261123" is not that of the time of signing, "20261124"`},
		"scope of cos":          {header, inHeader("/s3/", "/cos/"), 400, "InvalidArgument", `incorrect service "cos"`},
		"scope's end":           {header, inHeader("aws4_request", "aws4"), 400, "InvalidArgument", `incorrect terminal "aws4"`},
		"scope cut":             {header, inHeader("/s3/aws4_request", ""), 400, "InvalidArgument", "Credential cannot be read"},
		"no signature":          {header, inHeader("Signature=", "Sig="), 400, "InvalidArgument", "cannot be read"},
		"no date in the header": {header, func(m *message) { m.header.Del("X-Amz-Date") }, 403, "AccessDenied", "requires a valid Date"},
		"no payload hash":       {header, func(m *message) { m.header.Del("X-Amz-Content-Sha256") }, 400, "InvalidRequest", "x-amz-content-sha256"},
		"a word for a hash":     {header, func(m *message) { m.header.Set("X-Amz-Content-Sha256", "none") }, 400, "InvalidArgument", "x-amz-content-sha256"},
		"header not signed":     {header, func(m *message) { m.header.Set("X-Amz-Acl", "public-read") }, 403, "AccessDenied", "not signed: x-amz-acl"},
		"COS header not signed": {header, func(m *message) { m.header.Set("X-Cos-Acl", "public-read") }, 403, "AccessDenied", "not signed: x-cos-acl"},
		"two schemes":           {header, func(m *message) { addParam(m, "AWSAccessKeyId=a&Expires=1&Signature=b") }, 400, "InvalidArgument", "Only one auth mechanism"},
		"q-sign beside":         {header, func(m *message) { addParam(m, "q-ak=a&q-signature=b") }, 400, "InvalidArgument", "Only one auth mechanism"},
		"V2 without a colon":    {bySDK(signer.AWS2, signer.CarrierHeader), func(m *message) { m.header.Set("Authorization", "AWS abc") }, 400, "InvalidArgument", "cannot be read"},
		"V2 without a date":     {bySDK(signer.AWS2, signer.CarrierHeader), func(m *message) { m.header.Del("Date") }, 403, "AccessDenied", "requires a valid Date"},
		"V2 until never":        {bySDK(signer.AWS2, signer.CarrierQuery), change2("&Expires=", "&Expires=never"), 400, "InvalidArgument", "Expires cannot be read"},
	} {
		m := s3Message(t, c.in, "hello")
		c.spoil(m)
		a := s.send(m)
		require.Equal(t, c.status, a.status, "%s: %s", name, a.body)
		require.Equal(t, c.code, a.code(), name)
		require.Contains(t, html.UnescapeString(a.message()), c.message, name)
		require.Equal(t, "aws-signature", a.causes(), name)
		require.Empty(t, s.stored(), name)
	}
}
