package diagnose_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/cosemu/cosemu/testdata/vectors"
)

// mac is the hex HMAC-SHA1, written with the standard library alone, so that
// no expectation comes from the code under test.
func mac(key, msg string) string {
	h := hmac.New(sha1.New, []byte(key))
	h.Write([]byte(msg))
	return hex.EncodeToString(h.Sum(nil))
}

func stringToSign(signTime, httpString string) string {
	sum := sha1.Sum([]byte(httpString))
	return "sha1\n" + signTime + "\n" + hex.EncodeToString(sum[:]) + "\n"
}

// otherKey is a second pair that the emulator knows.
//
//nolint:gochecknoglobals // never written
var otherKey = signer.Credentials{SecretID: "AKIDother00000000000000000000000000", SecretKey: "the secret of another key", Token: "the-token-of-another-key"}

// trial is a request of a vector on its way: what its client signed, and what
// arrives. A mutation changes one of the two.
type trial struct {
	v *vectors.Case

	// What the client signed.
	signed    *signedText
	secret    string
	signTime  string // in StringToSign
	keyTime   string // for SignKey
	signature func(httpString, stringToSign string) string

	// What arrives.
	method, host, path, query string
	header                    http.Header
	chunked                   bool
	listed                    []string // q-header-list

	// claim, when set, is that of a form.
	claim *signer.Claim

	in diagnose.Input
}

// signedText is a HttpString taken apart; pairs stay as they were written.
type signedText struct {
	method, path    string
	params, headers []string
}

func (s *signedText) String() string {
	return s.method + "\n" + s.path + "\n" + strings.Join(s.params, "&") + "\n" + strings.Join(s.headers, "&") + "\n"
}

// newTrial starts from a vector whose signature was verified: so the text that
// Verify gives is the one that the SDK signed.
func newTrial(tb testing.TB, v *vectors.Case) *trial {
	tb.Helper()
	t := &trial{v: v, method: v.Method, header: v.Header(), secret: v.SecretKey}
	host, target := v.Target()
	t.host = host
	t.path, t.query, _ = strings.Cut(target, "?")
	if t.header.Get("Transfer-Encoding") != "" {
		t.chunked = true
		t.header.Del("Transfer-Encoding")
	}
	req := t.request()
	c, ok := signer.ParseClaim(req)
	require.True(tb, ok, v.ID)
	res := signer.Verify(req, c, v.SecretKey, signer.VerifyOptions{})
	require.True(tb, res.OK, v.ID)
	lines := strings.Split(res.HttpString, "\n")
	require.Len(tb, lines, 5, v.ID)
	t.signed = &signedText{method: lines[0], path: lines[1], params: splitPairs(lines[2]), headers: splitPairs(lines[3])}
	t.signTime, t.keyTime = strings.Split(res.StringToSign, "\n")[1], c.KeyTime.Raw
	t.listed = c.HeaderList
	t.in = diagnose.Input{
		Now: time.Unix(v.ValidFrom+10, 0),
		Key: signer.Credentials{SecretID: v.SecretID, SecretKey: v.SecretKey, Token: v.Token},
		Facts: diagnose.Facts{
			Bucket: v.Bucket, BucketRegion: v.Region, AddressRegion: v.Region, Hosts: []string{"localhost:9000"},
		},
		OtherKeys: []signer.Credentials{otherKey},
	}
	require.Equal(tb, mac(mac(t.secret, t.keyTime), stringToSign(t.signTime, t.signed.String())), c.Signature, v.ID)
	return t
}

func splitPairs(line string) []string {
	if line == "" {
		return nil
	}
	return strings.Split(line, "&")
}

func (t *trial) request() *signer.Request {
	target := t.path
	if t.query != "" {
		target += "?" + t.query
	}
	r := &http.Request{Method: t.method, Host: t.host, RequestURI: target, Header: t.header}
	if t.chunked {
		r.TransferEncoding = []string{"chunked"}
	}
	return signer.ReadRequest(r)
}

// resign replaces the signature by that of what the client signed.
func (t *trial) resign() {
	req := t.request()
	c, ok := signer.ParseClaim(req)
	if !ok {
		return
	}
	text := t.signed.String()
	sts := stringToSign(t.signTime, text)
	sig := mac(mac(t.secret, t.keyTime), sts)
	if t.signature != nil {
		sig = t.signature(text, sts)
	}
	t.query = strings.Replace(t.query, c.Signature, sig, 1)
}

// claimText gives the text of the authorization in the URL, and puts another
// in its place.
func (t *trial) replaceField(name, value string) {
	if i := strings.Index(t.query, "sign=q-sign-algorithm%3D"); i >= 0 {
		rest := t.query[i+len("sign="):]
		old, _, _ := strings.Cut(rest, "&")
		text := signer.Decode(old)
		t.query = strings.Replace(t.query, old, signer.Encode(setField(text, name, value)), 1)
		return
	}
	t.query = setField(t.query, name, value)
}

func setField(text, name, value string) string {
	pieces := strings.Split(text, "&")
	for i, p := range pieces {
		if strings.HasPrefix(p, name+"=") {
			pieces[i] = name + "=" + value
		}
	}
	return strings.Join(pieces, "&")
}

// carriedInSign reports whether the signature travels in sign=.
func (t *trial) carriedInSign() bool { return strings.Contains(t.query, "sign=q-sign-algorithm%3D") }

// params are the pieces of the query that are not the signature.
func (t *trial) params() []string {
	var out []string
	for _, p := range strings.Split(t.query, "&") {
		if p != "" && !strings.HasPrefix(p, "q-") && !strings.HasPrefix(p, "sign=") {
			out = append(out, p)
		}
	}
	return out
}

// signedParam finds a parameter of the query that is signed.
func (t *trial) signedParam() (piece, name, value string, ok bool) {
	for _, p := range t.params() {
		name, value, _ := strings.Cut(p, "=")
		if signer.CanonicalKey(signer.Decode(name)) == signer.TokenName {
			continue
		}
		for _, s := range t.signed.params {
			if key, _, _ := strings.Cut(s, "="); key == signer.CanonicalKey(signer.Decode(name)) {
				return p, name, value, true
			}
		}
	}
	return "", "", "", false
}

// lists reports whether a header is on q-header-list and arrives.
func (t *trial) lists(name string) bool {
	for _, n := range t.listed {
		if n == name {
			return t.header.Get(name) != ""
		}
	}
	return false
}

// run judges the trial as it is now. It reports false for one that is no
// mistake because the request verifies.
func (t *trial) run() (*diagnose.Report, bool) {
	req := t.request()
	c, _ := signer.ParseClaim(req)
	t.in.Request, t.in.Claim = req, c
	if t.claim != nil {
		t.in.Claim = t.claim
		return diagnose.Explain(t.in), true
	}
	if c != nil && t.in.Facts.Key == diagnose.KeyFound {
		res := signer.Verify(req, c, t.in.Key.SecretKey, t.in.Verify)
		if res.OK && c.CheckTime(t.in.Now) == nil && !t.refusedOtherwise() {
			return nil, false
		}
		t.in.Verdict = &res
	}
	return diagnose.Explain(t.in), true
}

// refusedOtherwise reports whether the server has a reason of its own.
func (t *trial) refusedOtherwise() bool {
	f := &t.in.Facts
	return f.Code != "" || f.Key != 0 || f.BucketMissing || f.Strict != nil || f.Policy != nil || f.CORS != nil
}

// withClaim reads the claim of an input's request.
func withClaim(in diagnose.Input) diagnose.Input {
	in.Claim, _ = signer.ParseClaim(in.Request)
	return in
}
