package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// cause is the first finding about the latest request.
func (s *server) cause(a *answer) diagnose.Finding {
	s.tb.Helper()
	s.kept(a)
	return *s.firstFinding()
}

// handSigned is an S3 form whose policy is signed by hand: text of it, with a key of
// the secret and, for AWS4, of the scope's parts.
func handSigned(family signer.Family, text func(policy string) string, secret string, scope ...string) *webForm {
	form := s3Form(family, testKey(), "")
	signed := text(form.fields[1][1])
	if family == signer.AWS2 {
		form.set("signature", base64.StdEncoding.EncodeToString(hmacSHA1(secret, signed)))
		return form
	}
	if len(scope) == 0 {
		scope = []string{"20261124", testRegion, "s3", "aws4_request"}
	}
	key := []byte("AWS4" + secret)
	for _, part := range scope {
		key = hmac256(key, part)
	}
	form.set("x-amz-signature", hex.EncodeToString(hmac256(key, signed)))
	return form
}

// TestS3FormCauses: what is wrong with the signature of a form is named and proven;
// a secret that nobody knows proves nothing.
func TestS3FormCauses(t *testing.T) {
	other := keyring.Key{SecretID: "AKIDanother", SecretKey: "anotherSecret0123456789", AppID: testAppID}
	s := start(t, api.Config{Keys: []keyring.Key{testKey(), other}})
	secret := testKey().SecretKey
	as := func(policy string) string { return policy }
	decoded := func(policy string) string {
		b, err := base64.StdEncoding.DecodeString(policy)
		require.NoError(t, err)
		return string(b)
	}
	hash := func(policy string) string { return sha256Hex(policy) }
	both := []signer.Family{signer.AWS4, signer.AWS2}
	v4, v2 := both[:1], both[1:]
	written := func(field string, change func(string) string) func(*webForm) {
		return func(f *webForm) {
			for i := range f.fields {
				if f.fields[i][0] == field {
					f.fields[i][1] = change(f.fields[i][1])
				}
			}
		}
	}
	for name, c := range map[string]struct {
		families []signer.Family
		text     func(string) string
		secret   string
		scope    []string
		change   func(*webForm)
		want     diagnose.ID
		says     string
		proven   bool
	}{
		"its JSON text":      {families: both, text: decoded, secret: secret, want: diagnose.FormPolicy, says: "JSON text, and not the base64", proven: true},
		"a line break":       {families: both, text: func(p string) string { return p + "\n" }, secret: secret, want: diagnose.FormPolicy, says: "line break", proven: true},
		"its hash":           {families: both, text: hash, secret: secret, want: diagnose.FormPolicy, says: "SHA-256 of the field", proven: true},
		"the secret's break": {families: both, text: as, secret: secret + "\n", want: diagnose.SecretWhitespace, says: "line break", proven: true},
		"the secret's blank": {families: both, text: as, secret: " " + secret, want: diagnose.SecretWhitespace, says: "blank", proven: true},
		"another's secret":   {families: both, text: as, secret: other.SecretKey, want: diagnose.SecretOther, says: other.SecretID, proven: true},
		"the id for it":      {families: both, text: as, secret: testKey().SecretID, want: diagnose.SecretOther, proven: true},
		"a secret of nobody": {families: both, text: as, secret: "nobody's secret", want: diagnose.Unknown},
		"JSON and a break":   {families: both, text: decoded, secret: secret + "\n", want: diagnose.FormPolicy, says: "JSON text", proven: true},
		"another region":     {families: v4, text: as, secret: secret, scope: []string{"20261124", "us-east-1", "s3", "aws4_request"}, want: diagnose.AWSSignature, says: "us-east-1", proven: true},
		"another service":    {families: v4, text: as, secret: secret, scope: []string{"20261124", testRegion, "cos", "aws4_request"}, want: diagnose.AWSSignature, says: "cos", proven: true},
		"the day before":     {families: v4, text: as, secret: secret, scope: []string{"20261123", testRegion, "s3", "aws4_request"}, want: diagnose.AWSSignature, says: "20261123", proven: true},
		"as other requests": {families: v4, text: func(p string) string {
			return "AWS4-HMAC-SHA256\n20261124T080000Z\n20261124/" + testRegion + "/s3/aws4_request\n" + sha256Hex(p)
		}, secret: secret, want: diagnose.FormPolicy, says: "as in other requests", proven: true},
		"a scope of yesterday": {families: v4, text: as, secret: secret, change: written("x-amz-credential", func(v string) string { return strings.Replace(v, "20261124", "20261123", 1) }), want: diagnose.AWSSignature, says: `the day "20261123"`},
		"upper-case hex":       {families: v4, text: as, secret: secret, change: written("x-amz-signature", strings.ToUpper), want: diagnose.SignatureFormat, says: "lower-case hex", proven: true},
		"hex for base64": {families: v2, text: as, secret: secret, change: written("signature", func(v string) string {
			b, err := base64.StdEncoding.DecodeString(v)
			require.NoError(t, err)
			return hex.EncodeToString(b)
		}), want: diagnose.SignatureFormat, says: "base64", proven: true},
		"a blank for a plus": {families: v2, text: as, secret: secret, change: written("signature", func(v string) string { return v + " " }), want: diagnose.SignatureFormat, proven: true},
	} {
		for _, family := range c.families {
			form := handSigned(family, c.text, c.secret, c.scope...)
			if c.change != nil {
				c.change(form)
			}
			a := s.send(form.message(t))
			require.GreaterOrEqual(t, a.status, 400, "%v, %s", family, name)
			f := s.cause(a)
			require.Equal(t, c.want, f.ID, "%v, %s: %s", family, name, f.Sentence.En)
			require.Equal(t, c.proven, f.Proven, "%v, %s", family, name)
			require.Contains(t, f.Sentence.En, c.says, "%v, %s", family, name)
			require.NotContains(t, fmt.Sprintf("%+v", s.newest().Finding), testKey().SecretKey, name)
			require.NotContains(t, fmt.Sprintf("%+v", s.newest().Finding), other.SecretKey, name)
			require.Empty(t, s.stored(), "%v, %s", family, name)
			require.Equal(t, 204, s.send(handSigned(family, as, secret).message(t)).status, "control")
			s.remove(testBucket, "up/photo.jpg")
		}
	}
	sum := hmac.New(sha256.New, []byte(secret))
	form := s3Form(signer.AWS2, testKey(), "")
	sum.Write([]byte(form.fields[1][1]))
	form.set("signature", base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	f := s.cause(s.send(form.message(t)))
	require.Equal(t, diagnose.SignatureFormat, f.ID)
	require.True(t, f.Proven)
	require.Contains(t, f.Sentence.En, "HMAC-SHA256")
}

// TestS3FormPolicyCauses: of the policy of an S3 form the advice is S3's.
func TestS3FormPolicyCauses(t *testing.T) {
	s := start(t, api.Config{})
	policy := func(change func(string) string) *webForm {
		form := s3Form(signer.AWS4, testKey(), "")
		plain, err := base64.StdEncoding.DecodeString(form.fields[1][1])
		require.NoError(t, err)
		form.set("policy", base64.StdEncoding.EncodeToString([]byte(change(string(plain)))))
		return form
	}
	missing := s3Form(signer.AWS2, testKey(), "")
	missing.set("policy", "")
	unmet := s3Form(signer.AWS4, testKey(), "")
	unmet.set("key", "elsewhere")
	for name, c := range map[string]struct {
		form         *webForm
		says, advice string
	}{
		"a condition": {policy(func(p string) string { return strings.Replace(p, `{"x-amz-date":"20261124T080000Z"}`, `{"a":"b"}`, 1) }), "no condition on x-amz-date", `{"x-amz-date":"<time>"}`},
		"no JSON":     {policy(func(string) string { return "{" }), "cannot be read", `"conditions":[{"bucket":"<bucket>"}`},
		"none":        {missing, "no field policy", "sign that field"},
		"not met":     {unmet, `requires key to begin with "up/"`, "Send the key that the policy names"},
	} {
		a := s.send(c.form.message(t))
		require.GreaterOrEqual(t, a.status, 400, name)
		f := s.cause(a)
		require.Equal(t, diagnose.FormPolicy, f.ID, "%s: %s", name, f.Sentence.En)
		require.False(t, f.Proven)
		require.Contains(t, f.Sentence.En, c.says, name)
		require.Contains(t, f.Advice.En, c.advice, name)
		require.NotContains(t, f.Advice.En+f.Advice.Zh, "q-ak", name)
		require.Empty(t, s.stored())
	}
}

// TestS3ChunkCauses: what is wrong with a body in signed chunks is said in words, and
// proven where the chunk was signed in another way.
func TestS3ChunkCauses(t *testing.T) {
	one := strings.Repeat("a", 8<<10)
	in := func(length string) signer.PresignInput {
		in := bySDK(signer.AWS4, signer.CarrierHeader)
		if length != "" {
			in.Header.Set("X-Amz-Decoded-Content-Length", length)
		}
		return in
	}
	at := func(chunk int, change func(line, data string) string) func(int, string, string) string {
		return func(n int, line, data string) string {
			if n == chunk {
				return change(line, data)
			}
			return line + data
		}
	}
	for name, c := range map[string]struct {
		spoil  func(int, string, string) string
		length string
		says   string
	}{
		"altered":       {at(1, func(line, data string) string { return line + "x" + data[1:] }), "", "The signature of chunk 2 does not match"},
		"its signature": {at(0, func(line, data string) string { return line[:len(line)-4] + "0000"[:2] + line[len(line)-2:] + data }), "", ""},
		"left out":      {at(0, func(string, string) string { return "" }), "", "The signature of chunk 1 does not match"},
		"a line":        {at(1, func(_, data string) string { return "hello\r\n" + data }), "", "The line before chunk 2"},
		"no chunks":     {func(_ int, _, data string) string { return data }, "", "the body is not in chunks"},
		"cut":           {at(2, func(string, string) string { return "" }), "", "The body ends within chunk 3, after 8196 bytes of data; x-amz-decoded-content-length says 8196"},
		"too little":    {nil, "9000", "says 9000 bytes, and the chunks hold 8196"},
		"too much":      {nil, "8193", "says 8193 bytes, and the chunks hold more, at least 8196"},
		"no length":     {nil, "-", "x-amz-decoded-content-length is missing or no number"},
	} {
		s := start(t, api.Config{})
		a := s.send(chunkedMessage(t, in(c.length), c.spoil, one, "tail"))
		require.GreaterOrEqual(t, a.status, 400, name)
		f := s.cause(a)
		require.Equal(t, diagnose.AWSChunk, f.ID, "%s: %s", name, f.Sentence.En)
		require.Contains(t, f.Sentence.En, c.says, name)
		require.NotEmpty(t, f.Sentence.Zh)
		require.False(t, f.Proven, name)
		require.Equal(t, "aws-chunk", a.causes(), name)
		require.Empty(t, s.stored(), name)
		require.Equal(t, 200, s.send(chunkedMessage(t, in(""), nil, one, "tail")).status, "control")
	}
	s := start(t, api.Config{})
	f := s.cause(s.send(chunkedMessage(t, in(""), nil, "small", one)))
	require.Contains(t, f.Sentence.En, "less than 8192 bytes")
	require.Equal(t, diagnose.AWSChunk, f.ID)
}

// TestS3ChunksByHand: chunks that were signed another way than S3 has it: proven, and
// which way.
func TestS3ChunksByHand(t *testing.T) {
	s := start(t, api.Config{})
	one := strings.Repeat("a", 8<<10)
	day := "20261124/" + testRegion + "/s3/aws4_request"
	for name, c := range map[string]struct {
		text func(seed, previous, data string) string
		says string
	}{
		"algorithm": {func(_, previous, data string) string {
			return "AWS4-HMAC-SHA256\n20261124T080000Z\n" + day + "\n" + previous + "\n" + sha256Hex("") + "\n" + sha256Hex(data)
		}, "is AWS4-HMAC-SHA256-PAYLOAD for a chunk"},
		"hash of nothing": {func(_, previous, data string) string {
			return "AWS4-HMAC-SHA256-PAYLOAD\n20261124T080000Z\n" + day + "\n" + previous + "\n" + sha256Hex(data)
		}, "left out"},
		"hash of the data": {func(_, previous, _ string) string {
			return "AWS4-HMAC-SHA256-PAYLOAD\n20261124T080000Z\n" + day + "\n" + previous + "\n" + sha256Hex("") + "\n" + sha256Hex("")
		}, "in place of that of the data"},
		"chain": {func(seed, _, data string) string {
			return "AWS4-HMAC-SHA256-PAYLOAD\n20261124T080000Z\n" + day + "\n" + seed + "\n" + sha256Hex("") + "\n" + sha256Hex(data)
		}, "should follow that of the chunk before it"},
		"right": {func(_, previous, data string) string {
			return "AWS4-HMAC-SHA256-PAYLOAD\n20261124T080000Z\n" + day + "\n" + previous + "\n" + sha256Hex("") + "\n" + sha256Hex(data)
		}, ""},
	} {
		m := chunkedMessage(t, bySDK(signer.AWS4, signer.CarrierHeader), nil, one, "tail")
		_, seed, _ := strings.Cut(m.header.Get("Authorization"), "Signature=")
		key := []byte("AWS4" + testKey().SecretKey)
		for _, part := range strings.Split(day, "/") {
			key = hmac256(key, part)
		}
		var b strings.Builder
		previous := seed
		for _, data := range []string{one, "tail", ""} {
			previous = hex.EncodeToString(hmac256(key, c.text(seed, previous, data)))
			fmt.Fprintf(&b, "%x;chunk-signature=%s\r\n%s\r\n", len(data), previous, data)
		}
		m.body = []byte(b.String())
		a := s.send(m)
		if c.says == "" {
			require.Equal(t, 200, a.status, "control")
			s.remove(testBucket, "k")
			continue
		}
		require.Equal(t, mismatch, a.code(), name)
		f := s.cause(a)
		require.Equal(t, diagnose.AWSChunk, f.ID, name)
		require.True(t, f.Proven, name)
		require.Contains(t, f.Sentence.En, c.says, name)
		require.Empty(t, s.stored())
	}
}

// TestAWS2Bucket: AWS2 signs the bucket before the key at every address. A client
// that leaves it out, or names it another way, is told so.
func TestAWS2Bucket(t *testing.T) {
	s := start(t, api.Config{Aliases: map[string]string{"uploads.test": testBucket}})
	for name, c := range map[string]struct {
		host, target, signed, says string
	}{
		"none, at the bucket's host": {testHost, "/k", "/k", "without the bucket"},
		"none, at an alias":          {"uploads.test", "/k", "/k", "without the bucket"},
		"none, in the path":          {"cos." + testRegion + ".myqcloud.com", "/" + testBucket + "/k", "/k", "without the bucket"},
		"twice, in the path":         {"cos." + testRegion + ".myqcloud.com", "/" + testBucket + "/k", "/" + testBucket + "/" + testBucket + "/k", "with the bucket twice"},
		"the alias for it":           {"uploads.test", "/k", "/uploads.test/k", "does not name the bucket as COS does"},
		"its host for it":            {testHost, "/k", "/" + testHost + "/k", "does not name the bucket as COS does"},
		"without the APPID":          {testHost, "/k", "/examplebucket/k", "does not name the bucket as COS does"},
		"right, at its host":         {testHost, "/k", "/" + testBucket + "/k", ""},
		"right, at an alias":         {"uploads.test", "/k", "/" + testBucket + "/k", ""},
		"right, in the path":         {"cos." + testRegion + ".myqcloud.com", "/" + testBucket + "/k", "/" + testBucket + "/k", ""},
	} {
		date := testTime().Format("Mon, 02 Jan 2006 15:04:05 GMT")
		header := &message{method: "PUT", host: c.host, target: c.target, header: map[string][]string{"Date": {date}}, body: []byte("x")}
		sign := func(when string) string {
			return base64.StdEncoding.EncodeToString(hmacSHA1(testKey().SecretKey, "PUT\n\n\n"+when+"\n"+c.signed))
		}
		header.header.Set("Authorization", "AWS "+testKey().SecretID+":"+sign(date))
		expires := fmt.Sprint(testTime().Unix() + 3600)
		query := &message{method: "PUT", host: c.host, target: c.target + "?AWSAccessKeyId=" + testKey().SecretID + "&Expires=" + expires + "&Signature=" + signer.Encode(sign(expires)), body: []byte("x")}
		for way, m := range map[string]*message{"header": header, "query": query} {
			a := s.send(m)
			if c.says == "" {
				require.Equal(t, 200, a.status, "%s, %s: %s", name, way, a.body)
				s.remove(testBucket, "k")
				continue
			}
			require.Equal(t, mismatch, a.code(), "%s, %s", name, way)
			f := s.cause(a)
			require.Equal(t, diagnose.PathBucket, f.ID, "%s, %s: %s", name, way, f.Sentence.En)
			require.True(t, f.Proven)
			require.Contains(t, f.Sentence.En, c.says, "%s, %s", name, way)
			require.Contains(t, f.Sentence.En, `"`+c.signed+`"`)
			require.Contains(t, f.Sentence.En, `wants "/`+testBucket+`/k"`)
			require.Empty(t, s.stored())
		}
	}
}
