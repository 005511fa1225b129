package sts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const tc3Algorithm = "TC3-HMAC-SHA256"

// tc3Authorization is the header Authorization of a request signed with
// signature v3.
type tc3Authorization struct {
	date, service string
	headers       []string // as listed
	headerList    string
	signature     string
}

// readTC3 reads a request whose common parameters are headers.
func (q *Request) readTC3(authorization string) *Error {
	h := q.header
	q.Scheme, q.Action, q.Version = SchemeTC3, h.Get("X-TC-Action"), h.Get("X-TC-Version")
	q.Region, q.Token, q.Timestamp = h.Get("X-TC-Region"), h.Get("X-TC-Token"), h.Get("X-TC-Timestamp")
	switch authorization {
	case "":
		return missing("Authorization")
	case "SKIP":
		q.Scheme = SchemeSkip
	default:
		if err := q.readAuthorization(authorization); err != nil {
			return err
		}
	}
	if q.method == http.MethodGet {
		form, err := readForm(q.query)
		if err != nil {
			return err
		}
		q.Params = form
		return nil
	}
	if media, _, _ := mime.ParseMediaType(h.Get("Content-Type")); media != jsonType {
		return &Error{UnsupportedProtocol, "With TC3-HMAC-SHA256 a POST is JSON (" + jsonType + ")."}
	}
	return q.readJSON()
}

// readAuthorization reads
// TC3-HMAC-SHA256 Credential=<id>/<date>/<service>/tc3_request, SignedHeaders=<list>, Signature=<hex>.
func (q *Request) readAuthorization(text string) *Error {
	invalid := &Error{InvalidAuthorization, "Authorization in the request header is invalid."}
	rest, ok := strings.CutPrefix(text, tc3Algorithm+" ")
	if !ok {
		return invalid
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, found := strings.Cut(strings.TrimSpace(part), "=")
		if !found || len(fields) == 3 {
			return invalid
		}
		fields[name] = value
	}
	scope := strings.Split(fields["Credential"], "/")
	if len(scope) != 4 || scope[0] == "" || scope[3] != "tc3_request" || fields["SignedHeaders"] == "" || fields["Signature"] == "" {
		return invalid
	}
	q.SecretID = scope[0]
	q.tc3 = tc3Authorization{
		date: scope[1], service: scope[2], headerList: fields["SignedHeaders"],
		headers: strings.Split(fields["SignedHeaders"], ";"), signature: fields["Signature"],
	}
	if len(q.tc3.headers) > maxParams {
		return invalid
	}
	return nil
}

// verifyTC3 verifies a signature v3 (STS docs: 签名方法 v3). The documents want the
// values of signed headers in lower case, SDKs sign them as they send them; both are
// accepted. On the host see signedHosts.
func (q *Request) verifyTC3(secret string) bool {
	return q.tc3.service == "sts" && q.tc3.date == q.utcDate() && q.signsRequired() && q.matchesTC3(secret)
}

func (q *Request) matchesTC3(secret string) bool {
	given, err := hex.DecodeString(q.tc3.signature)
	if err != nil {
		return false
	}
	payload := q.body
	if q.method == http.MethodGet {
		payload = nil
	}
	if q.header.Get("X-TC-Content-SHA256") == "UNSIGNED-PAYLOAD" {
		payload = []byte("UNSIGNED-PAYLOAD")
	}
	query := ""
	if q.method == http.MethodGet {
		query = q.query
	}
	digest := hexSum(payload)
	key := sum256(sum256(sum256([]byte("TC3"+secret), q.tc3.date), q.tc3.service), "tc3_request")
	for _, host := range q.signedHosts() {
		for _, lower := range []bool{false, true} {
			canonical := q.method + "\n/\n" + query + "\n" + q.canonicalHeaders(host, lower) + "\n" + q.tc3.headerList + "\n" + digest
			text := tc3Algorithm + "\n" + q.Timestamp + "\n" + q.tc3.date + "/" + q.tc3.service + "/tc3_request\n" + hexSum([]byte(canonical))
			if hmac.Equal(sum256(key, text), given) {
				return true
			}
		}
	}
	return false
}

// utcDate is the day of the request's time, from which its signing key is derived.
func (q *Request) utcDate() string {
	at, err := strconv.ParseInt(q.Timestamp, 10, 64)
	if err != nil {
		return ""
	}
	return time.Unix(at, 0).UTC().Format(time.DateOnly)
}

// signsRequired reports whether host and content-type are among the signed
// headers, as they must be.
func (q *Request) signsRequired() bool {
	host, kind := false, false
	for _, name := range q.tc3.headers {
		host = host || name == "host"
		kind = kind || name == "content-type"
	}
	return host && kind
}

func (q *Request) canonicalHeaders(host string, lower bool) string {
	var b strings.Builder
	for _, name := range q.tc3.headers {
		value := strings.TrimSpace(q.header.Get(name))
		if name == "host" {
			value = host
		}
		if lower {
			value = strings.ToLower(value)
		}
		b.WriteString(name + ":" + value + "\n")
	}
	return b.String()
}

func sum256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text)) // never fails
	return mac.Sum(nil)
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
