package sts

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/chars"
)

// Version of the API; there is no other.
const Version = "2018-08-13"

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"

	// maxBody bounds a body in bytes (STS docs: 请求结构, for signature v1). v3
	// allows ten times as much, which no call of STS needs.
	maxBody = 1 << 20
	// maxQuery bounds the query of a GET in bytes.
	maxQuery = 32 << 10
	// maxParams bounds the number of parameters.
	maxParams = 512
)

// Scheme is the signature scheme of a request.
type Scheme int

// The schemes.
const (
	Unsigned Scheme = iota
	SchemeV1
	SchemeTC3
	SchemeSkip // Authorization: SKIP, which is for calls without a key pair
)

// Request is a call of the API as it arrived. Do not print it: it has a token and a
// signature.
type Request struct {
	Scheme    Scheme
	Action    string
	Version   string
	Region    string
	SecretID  string
	Token     string
	Timestamp string // as it came
	// Params are the parameters of the action. Lists and structures are flat, as
	// forms and queries have them: Tags.0.Key.
	Params map[string]string

	method, path, query, host string
	header                    http.Header
	form                      map[string]string // all parameters of signature v1
	typed                     map[string]kind   // the types of the JSON's values
	tc3                       tc3Authorization
	body                      []byte
}

// Read reads a request with its body, within bounds. Beside an error it returns
// what it has read.
func Read(r *http.Request) (*Request, *Error) {
	q := &Request{
		method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, host: r.Host, header: r.Header,
		Params: map[string]string{}, Action: r.Header.Get("X-TC-Action"),
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return q, &Error{UnsupportedProtocol, "Only GET and POST requests are supported."}
	}
	var err *Error
	if q.body, err = readBody(r); err != nil {
		return q, err
	}
	authorization := r.Header.Get("Authorization")
	switch {
	case authorization != "" || r.Header.Get("X-TC-Action") != "":
		err = q.readTC3(authorization)
		return q, err
	case r.Method == http.MethodGet:
		err = q.readV1(q.query)
		return q, err
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != formType {
		return q, &Error{
			UnsupportedProtocol,
			"A POST is a form (" + formType + ") with signature v1, or JSON (" + jsonType + ") with TC3-HMAC-SHA256.",
		}
	}
	err = q.readV1(string(q.body))
	return q, err
}

// SignedWith reports whether the secret signed the request.
func (q *Request) SignedWith(secret string) bool {
	switch q.Scheme {
	case SchemeV1:
		return q.verifyV1(secret)
	case SchemeTC3:
		return q.verifyTC3(secret)
	}
	return false
}

// Body is the body that Read has read.
func (q *Request) Body() []byte { return q.body }

func readBody(r *http.Request) ([]byte, *Error) {
	if len(r.URL.RawQuery) > maxQuery {
		return nil, &Error{SizeLimitExceeded, "A query may have 32 KB."}
	}
	if r.Method == http.MethodGet || r.Body == nil {
		return nil, nil
	}
	if r.ContentLength > maxBody {
		return nil, tooLong()
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return data, &Error{UnsupportedProtocol, "The body ended before it was all there."}
		}
		return data, &Error{UnsupportedProtocol, "The body cannot be read."}
	}
	if len(data) > maxBody {
		return data, tooLong()
	}
	return data, nil
}

func tooLong() *Error {
	return &Error{
		SignatureFailure,
		"The provided credentials could not be validated because of exceeding request size limit, " +
			"please use new signature method `TC3-HMAC-SHA256`.",
	}
}

// isCommon reports whether a parameter of a form is common to all actions (STS docs:
// 公共参数; SecretType is sent by cos_api's STS client in Java).
func isCommon(name string) bool {
	switch name {
	case "Action", "Version", "Region", "Timestamp", "Nonce", "SecretId", "Token", "SignatureMethod", "Signature",
		"Language", "RequestClient", "ClientToken", "SecretType":
		return true
	}
	return false
}

// checkCommon checks the common parameters, the key pair apart.
func (q *Request) checkCommon(now time.Time) *Error {
	prefix := ""
	if q.Scheme != SchemeV1 {
		prefix = "X-TC-"
	}
	switch {
	case q.path != "/" && q.path != "":
		return &Error{InvalidParameter, "The path of a request is `/`."}
	case q.Action == "":
		return missing(prefix + "Action")
	case q.Version == "":
		return missing(prefix + "Version")
	case q.Version != Version:
		return &Error{NoSuchVersion, "The specified api version=`" + chars.Shorten(q.Version, maxShown, "…") + "` does not exist in service=`sts`."}
	case q.Timestamp == "":
		return missing(prefix + "Timestamp")
	case q.Scheme == SchemeV1 && q.form["Nonce"] == "":
		return missing("Nonce")
	}
	at, err := strconv.ParseInt(q.Timestamp, 10, 64)
	if err != nil {
		return wrongType(prefix + "Timestamp")
	}
	if now.Sub(time.Unix(at, 0)).Abs() > maxSkew {
		return &Error{
			SignatureExpire,
			"Signature expired. Timestamp and server time cannot differ by more than five minutes; it is " +
				now.UTC().Format(time.RFC3339) + " here.",
		}
	}
	return nil
}

// checkRegion checks the region of an action that needs one (choice 278).
func (q *Request) checkRegion() *Error {
	name := "Region"
	if q.Scheme != SchemeV1 {
		name = "X-TC-Region"
	}
	if q.Region == "" {
		return missing(name)
	}
	for i := range len(q.Region) {
		c := q.Region[i]
		if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return badValue(name)
		}
	}
	if !strings.Contains(q.Region, "-") {
		return badValue(name)
	}
	return nil
}

// maxSkew bounds the difference between a request's time and the server's (STS docs:
// 错误码).
const maxSkew = 5 * time.Minute

// maxShown is how many bytes of what a client wrote an answer repeats.
const maxShown = 64
