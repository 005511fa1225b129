package signer

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer/internal/show"
)

// The values of [Claim.Algorithm] that the AWS families have.
const (
	AlgorithmAWS4 = "AWS4-HMAC-SHA256"
	AlgorithmAWS2 = "AWS"
)

// MaxAWSExpires is the longest validity of a URL signed by [AWS4] (Amazon S3
// API Reference: Authenticating Requests: Using Query Parameters).
const MaxAWSExpires = 7 * 24 * time.Hour

// awsToken is the header or parameter with a temporary key's token.
const awsToken = "x-amz-security-token"

// AWSFields are what only a claim of [AWS4] or [AWS2] has.
type AWSFields struct {
	// Date is the time of signing as it was signed: by AWS4 in the form
	// 20060102T150405Z, by AWS2 as the header has it. Empty where the claim has
	// none: AWS2 in a query or a form.
	Date string
	// Scope is what the key of an AWS4 signature is good for.
	Scope AWSScope
	// Payload is the kind of x-amz-content-sha256, and PayloadHash its value as
	// it was signed by AWS4.
	Payload     Payload
	PayloadHash string
	// DecodedLength is x-amz-decoded-content-length in bytes; -1: there is none,
	// or it is no number.
	DecodedLength int64

	// sound is false for a claim that was found together with a *ClaimError. No
	// signature of such a claim holds.
	sound bool
}

// AWSScope is the credential scope, <date>/<region>/<service>/aws4_request.
type AWSScope struct {
	// Raw is the scope as it was written; it is what is signed.
	Raw string
	// Date is YYYYMMDD. Region is anything at all: COS does not check it (its
	// own page on the AWS SDK for iOS signs another region's).
	Date, Region, Service string
}

// Payload is what an AWS signature says of the body.
type Payload int

const (
	// PayloadUnsigned says nothing: UNSIGNED-PAYLOAD, AWS2, forms.
	PayloadUnsigned Payload = iota
	// PayloadHash is the body's SHA-256 in hex. The caller has to hold the body
	// against it.
	PayloadHash
	// PayloadChunks is STREAMING-AWS4-HMAC-SHA256-PAYLOAD; see [NewChunkReader].
	PayloadChunks
	// PayloadChunksTrailer is STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER. It is
	// told apart to be refused.
	PayloadChunksTrailer
	// PayloadUnsignedTrailer is STREAMING-UNSIGNED-PAYLOAD-TRAILER, to be refused
	// (seen: milvus PR 49978).
	PayloadUnsignedTrailer
)

const unsignedPayload = "UNSIGNED-PAYLOAD"

// payloadKind reads an x-amz-content-sha256.
func payloadKind(s string) (Payload, bool) {
	switch s {
	case unsignedPayload:
		return PayloadUnsigned, true
	case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
		return PayloadChunks, true
	case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
		return PayloadChunksTrailer, true
	case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
		return PayloadUnsignedTrailer, true
	}
	return PayloadHash, isHexSum(s)
}

// ClaimProblem is what can be wrong with a claim before a signature is
// computed.
type ClaimProblem string

const (
	// ProblemTwice: two signatures, or one field of a signature twice.
	ProblemTwice ClaimProblem = "twice"
	// ProblemAlgorithm: an algorithm that S3 does not have.
	ProblemAlgorithm ClaimProblem = "algorithm"
	// ProblemMissing: Field is not there.
	ProblemMissing ClaimProblem = "missing"
	// ProblemFormat: Field cannot be read.
	ProblemFormat ClaimProblem = "format"
	// ProblemScopeDate: the scope has another day than X-Amz-Date, in Want.
	ProblemScopeDate ClaimProblem = "scope-date"
	// ProblemScopeService: the scope is for another service than s3.
	ProblemScopeService ClaimProblem = "scope-service"
	// ProblemScopeEnd: the scope does not end in aws4_request.
	ProblemScopeEnd ClaimProblem = "scope-end"
	// ProblemUnsigned: the header Field has to be signed, and is not.
	ProblemUnsigned ClaimProblem = "unsigned"
	// ProblemNegative: X-Amz-Expires is below zero.
	ProblemNegative ClaimProblem = "negative"
	// ProblemTooLong: X-Amz-Expires is over [MaxAWSExpires].
	ProblemTooLong ClaimProblem = "too-long"
	// ProblemPayload: x-amz-content-sha256 is none of the values there are, or
	// not one for this carrier.
	ProblemPayload ClaimProblem = "payload"
)

// ClaimError says why an AWS signature cannot be judged.
type ClaimError struct {
	Family  Family
	Carrier Carrier
	Problem ClaimProblem
	// Field is the part at fault as the documents of AWS write it, such as
	// X-Amz-Expires; a header's name is in lower case.
	Field string
	// Value is what stands there, cut off after 64 bytes; Want is what should.
	Value, Want string
}

// Error says it in a line.
func (e *ClaimError) Error() string {
	s := "signer: " + e.Family.String() + " signature in the " + e.Carrier.String() + ": " + string(e.Problem)
	if e.Field != "" {
		s += ": " + e.Field
	}
	if e.Value != "" {
		s += " " + strconv.Quote(e.Value)
	}
	if e.Want != "" {
		s += ", want " + strconv.Quote(e.Want)
	}
	return s
}

func (c *Claim) problem(p ClaimProblem, field, value string) *ClaimError {
	return &ClaimError{Family: c.Family, Carrier: c.Carrier, Problem: p, Field: field, Value: show.Shorten(value, maxShown)}
}

// awsReader reads the claim of an AWS signature off a request; of a form without one.
type awsReader struct {
	*Claim
	req *Request
}

// FindClaim finds the signature of a request, whatever its family. This is the
// one place where the carriers are told apart. Without any signature both
// results are nil: the request is anonymous.
//
// An error is a [*ClaimError]. The claim beside it has what could be read, the
// SecretID above all, and no signature of it holds. A second signature beside
// one of AWS is an error (choice 600); two of COS's own are taken as by
// [ParseClaim].
func FindClaim(req *Request) (*Claim, error) {
	places := findAWS(req)
	own, _ := ParseClaim(req)
	if places.count == 0 {
		return own, nil
	}
	c := awsReader{&Claim{Family: places.family, Carrier: places.carrier, AWS: &AWSFields{DecodedLength: -1}}, req}
	var problem *ClaimError
	switch {
	case c.Carrier == CarrierHeader && c.Family == AWS4:
		problem = c.fromHeader4(places.authorization)
	case c.Carrier == CarrierHeader:
		problem = c.fromHeader2(places.authorization)
	case c.Family == AWS4:
		problem = c.fromQuery4()
	default:
		problem = c.fromQuery2()
	}
	if places.count > 1 || own != nil {
		problem = c.problem(ProblemTwice, "", "")
	}
	c.findAWSToken()
	if problem != nil {
		return c.Claim, problem
	}
	c.AWS.sound = true
	return c.Claim, nil
}

// FindFormClaim finds an AWS signature among the fields of a form. A field is
// looked up by its name in any case. Both results are nil when there is none;
// errors are as those of [FindClaim]. [VerifyPolicy] judges the signature.
func FindFormClaim(field func(name string) (string, bool)) (*Claim, error) {
	v4 := anyField(field, "x-amz-signature", "x-amz-algorithm", "x-amz-credential")
	_, v2 := field("AWSAccessKeyId")
	if !v4 && !v2 {
		return nil, nil
	}
	c := awsReader{Claim: &Claim{Family: AWS4, Carrier: CarrierForm, AWS: &AWSFields{DecodedLength: -1}}}
	var problem *ClaimError
	if v4 {
		problem = c.fromForm4(field)
	} else {
		c.Family = AWS2
		problem = c.fromForm2(field)
	}
	if anyField(field, "q-signature", akName) || v4 && v2 {
		problem = c.problem(ProblemTwice, "", "")
	}
	if t, _ := field(awsToken); t != "" {
		c.Token, c.TokenCarrier = t, CarrierForm
	}
	if problem != nil {
		return c.Claim, problem
	}
	c.AWS.sound = true
	return c.Claim, nil
}

// anyField reports whether one of the fields is there.
func anyField(field func(string) (string, bool), names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, ok := field(name)
		return ok
	})
}

// awsPlaces says where in a request AWS signatures stand.
type awsPlaces struct {
	count         int
	family        Family // of the first
	carrier       Carrier
	authorization string // of the first header
}

func (p *awsPlaces) add(s Family, c Carrier) {
	if p.count == 0 {
		p.family, p.carrier = s, c
	}
	p.count++
}

func findAWS(req *Request) (p awsPlaces) {
	for _, v := range req.Header["Authorization"] {
		v = strings.TrimSpace(v)
		switch {
		case strings.HasPrefix(v, "AWS4-"):
			p.add(AWS4, CarrierHeader)
		case strings.HasPrefix(v, "AWS "):
			p.add(AWS2, CarrierHeader)
		default:
			continue
		}
		if p.count == 1 {
			p.authorization = v
		}
	}
	if p.count == 1 && len(req.Header["Authorization"]) > 1 {
		p.count++ // whatever the other one is
	}
	v4, v2 := false, false
	for i := range req.Params {
		name := req.Params[i].Name
		if strings.IndexByte(name, '%') >= 0 {
			name = Decode(name)
		}
		if len(name) < 14 || name[0]|0x20 != 'x' && name[0]|0x20 != 'a' {
			continue
		}
		v4 = v4 || equalFold(name, "x-amz-signature") || equalFold(name, "x-amz-credential") || equalFold(name, "x-amz-algorithm")
		v2 = v2 || equalFold(name, "awsaccesskeyid")
	}
	if v4 {
		p.add(AWS4, CarrierQuery)
	}
	if v2 {
		p.add(AWS2, CarrierQuery)
	}
	return p
}

// param gives the decoded value of a parameter of the signature. Its name
// may come in any case, once (choice 601).
func (c awsReader) param(name string) (string, *ClaimError) {
	value, found := "", false
	for i := range c.req.Params {
		p := &c.req.Params[i]
		if !equalFold(p.Name, name) && (strings.IndexByte(p.Name, '%') < 0 || !equalFold(p.DecodedName(), name)) {
			continue
		}
		if found {
			return value, c.problem(ProblemTwice, name, "")
		}
		value, found = p.DecodedValue(), true
	}
	if value == "" {
		return "", c.problem(ProblemMissing, name, "")
	}
	return value, nil
}

// findAWSToken takes the token from where the signature is, else from the other
// of header and query. Both families cover it in either place.
func (c awsReader) findAWSToken() {
	header := headerValue(c.req.Header, "X-Amz-Security-Token")
	p, _ := c.req.Param(awsToken)
	param := DecodeForm(p.Value)
	switch {
	case header != "" && (c.Carrier == CarrierHeader || param == ""):
		c.Token, c.TokenCarrier = header, CarrierHeader
	case param != "":
		c.Token, c.TokenCarrier = param, CarrierQuery
	}
}

// awsAuthorization is the claim as an Authorization header carries it.
func (c *Claim) awsAuthorization() string {
	if c.Family == AWS2 {
		return AlgorithmAWS2 + " " + c.SecretID + ":" + c.Signature
	}
	return c.Algorithm + " Credential=" + c.SecretID + "/" + c.AWS.Scope.Raw +
		", SignedHeaders=" + c.RawHeaderList + ", Signature=" + c.Signature
}

// headerValue is the first value of a header without the blanks around it. The
// name is in canonical form.
func headerValue(h map[string][]string, name string) string {
	if v := h[name]; len(v) > 0 {
		return strings.Trim(v[0], " \t")
	}
	return ""
}

// isHexSum reports whether s is a SHA-256 in lower-case hex.
func isHexSum(s string) bool {
	if len(s) != hexSumLen {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
