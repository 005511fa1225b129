package diagnose

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// awsText is what an S3 signature covers, taken apart, so that it can be put
// together as a mistake would have it.
type awsText struct {
	family       signer.Family
	method, path string
	query        []string // name=value: encoded for AWS4, decoded for AWS2
	headers      [][2]string
	names        string // SignedHeaders
	hash         string
	date         string // in StringToSign
	scope        string
	day, region  string // what the key is made of
	service      string
	secret       string
	made         keyMade
	// The lines of AWS2 that have no name.
	md5, contentType, when string
}

// newAWSText takes apart what the server computed. False: there is nothing.
func newAWSText(c *signer.Claim, res *signer.Result, secret string) (*awsText, bool) {
	t := &awsText{family: c.Family, secret: secret}
	if c.Family == signer.AWS2 {
		ok := t.readAWS2(res.StringToSign)
		return t, ok
	}
	s := &c.AWS.Scope
	t.date, t.scope, t.day, t.region, t.service = c.AWS.Date, s.Raw, s.Date, s.Region, s.Service
	ok := t.readAWS4(res.HttpString)
	return t, ok
}

func (t *awsText) readAWS4(canonical string) bool {
	lines := strings.Split(canonical, "\n")
	blank := len(lines) - 3 // before the names and the hash
	if blank < 3 || lines[blank] != "" {
		return false
	}
	t.method, t.path, t.names, t.hash = lines[0], lines[1], lines[blank+1], lines[blank+2]
	if lines[2] != "" {
		t.query = strings.Split(lines[2], "&")
	}
	for _, line := range lines[3:blank] {
		name, value, _ := strings.Cut(line, ":")
		t.headers = append(t.headers, [2]string{name, value})
	}
	return true
}

func (t *awsText) readAWS2(text string) bool {
	lines := strings.Split(text, "\n")
	if len(lines) < 5 {
		return false
	}
	t.method, t.md5, t.contentType, t.when = lines[0], lines[1], lines[2], lines[3]
	for _, line := range lines[4 : len(lines)-1] {
		name, value, _ := strings.Cut(line, ":")
		t.headers = append(t.headers, [2]string{name, value})
	}
	var query string
	t.path, query, _ = strings.Cut(lines[len(lines)-1], "?")
	if query != "" {
		t.query = strings.Split(query, "&")
	}
	return true
}

// clone copies it, so that one can be changed and the other kept.
func (t *awsText) clone() *awsText {
	c := *t
	c.query, c.headers = slices.Clone(t.query), slices.Clone(t.headers)
	return &c
}

// header is the place of a header; -1: it is not signed.
func (t *awsText) header(name string) int {
	return slices.IndexFunc(t.headers, func(h [2]string) bool { return h[0] == name })
}

// setHeader changes a header that is still there: another mistake may have taken
// it out.
func (t *awsText) setHeader(name, value string) {
	if i := t.header(name); i >= 0 {
		t.headers[i][1] = value
	}
}

// addHeader adds one in its place.
func (t *awsText) addHeader(name, value string) {
	t.headers = append(t.headers, [2]string{name, value})
	slices.SortStableFunc(t.headers, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
}

// setScope changes day and region of the scope: in the key, in StringToSign and in
// the parameter that says it.
func (t *awsText) setScope(day, region string) {
	scope := day + "/" + region + "/" + t.service + "/aws4_request"
	for i, piece := range t.query {
		if name, value, _ := strings.Cut(piece, "="); strings.EqualFold(name, "X-Amz-Credential") {
			t.query[i] = name + "=" + strings.Replace(value, signer.Encode(t.scope), signer.Encode(scope), 1)
		}
	}
	t.day, t.region, t.scope = day, region, scope
}

// setParam is setHeader for a parameter.
func (t *awsText) setParam(piece, with string) {
	if i := slices.Index(t.query, piece); i >= 0 {
		t.query[i] = with
	}
}

// texts are the canonical request, empty for AWS2, and StringToSign.
func (t *awsText) texts() (canonical, stringToSign string) {
	var b strings.Builder
	if t.family == signer.AWS2 {
		b.WriteString(t.method + "\n" + t.md5 + "\n" + t.contentType + "\n" + t.when + "\n")
	} else {
		b.WriteString(t.method + "\n" + t.path + "\n" + strings.Join(t.query, "&") + "\n")
	}
	for _, h := range t.headers {
		b.WriteString(h[0] + ":" + h[1] + "\n")
	}
	if t.family == signer.AWS2 {
		b.WriteString(t.path)
		if len(t.query) > 0 {
			b.WriteString("?" + strings.Join(t.query, "&"))
		}
		return "", b.String()
	}
	b.WriteString("\n" + t.names + "\n" + t.hash)
	sum := sha256.Sum256([]byte(b.String()))
	return b.String(), signer.AlgorithmAWS4 + "\n" + t.date + "\n" + t.scope + "\n" + hex.EncodeToString(sum[:])
}

// signature is the one of these texts.
func (t *awsText) signature() string {
	_, text := t.texts()
	if t.family == signer.AWS2 {
		h := hmac.New(sha1.New, []byte(t.secret))
		h.Write([]byte(text))
		return base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	h := hmac.New(sha256.New, t.signingKey())
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// signingKey is the key of AWS4 for a day, region and service.
func (t *awsText) signingKey() []byte {
	key := []byte("AWS4" + t.secret)
	if t.made == keyBare {
		key = []byte(t.secret)
	}
	for _, part := range [...]string{t.day, t.region, t.service, "aws4_request"} {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
		if t.made == keyHex {
			key = []byte(hex.EncodeToString(key))
		}
	}
	return key
}

// keyMade is how a signing key of AWS4 was made.
type keyMade int

const (
	keyRight keyMade = iota
	keyBare          // without the word AWS4 before the secret
	keyHex           // of hex digits, not of bytes
)
