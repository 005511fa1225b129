package signer

import (
	"fmt"
	"log/slog"
	"strings"
)

// Algorithm is the one value of q-sign-algorithm that exists.
const Algorithm = "sha1"

// Carrier says where in a request a signature, or a token, travels.
type Carrier int

const (
	// CarrierNone is nowhere.
	CarrierNone Carrier = iota
	// CarrierHeader is the Authorization header; for a token, the header
	// [TokenName].
	CarrierHeader
	// CarrierQuery is the seven q-* parameters, each by itself; for a token,
	// the parameter [TokenName].
	CarrierQuery
	// CarrierSign is one parameter "sign" that holds the whole authorization
	// string, escaped (the C, C++ and PHP SDKs; Go and Java on request).
	CarrierSign
	// CarrierForm is a field of a form upload.
	CarrierForm
)

// String names the carrier in a word.
func (c Carrier) String() string {
	switch c {
	case CarrierNone:
		return "none"
	case CarrierHeader:
		return "header"
	case CarrierQuery:
		return "query"
	case CarrierSign:
		return "sign"
	case CarrierForm:
		return "form"
	}
	return fmt.Sprintf("Carrier(%d)", int(c))
}

// Claim is what a request says about its own signature.
type Claim struct {
	Family    Family `json:",omitempty"`
	Carrier   Carrier
	Algorithm string // as written; only "sha1" verifies, [AlgorithmAWS4], [AlgorithmAWS2]
	SecretID  string // q-ak, or what AWS calls the access key id
	// SignTime is the validity. That of an AWS signature in a header is the time
	// of signing and [MaxSkew] after it. KeyTime differs in QSign alone.
	SignTime TimeRange
	KeyTime  TimeRange
	// HeaderList and ParamList are the names that were signed, decoded and
	// lower-cased, in the order of the list, repetitions kept; those of AWS4 are
	// in order. AWS signs all parameters, and AWS2 lists nothing.
	HeaderList, ParamList []string
	// RawHeaderList and RawParamList are the lists as they were written.
	RawHeaderList, RawParamList string
	Signature                   string
	// Token is the security token beside the signature, empty when there is
	// none. It is a secret: printing a Claim does not show it.
	Token        string `json:"-"`
	TokenCarrier Carrier
	// AWS is nil for QSign.
	AWS *AWSFields `json:",omitempty"`
}

// ParseClaim finds the signature of a request: in the Authorization header,
// else in the q-* parameters, else in the parameter "sign". False means that the
// request is anonymous: it has no signature, one of another scheme, or a sign= of
// COS's API v4. A signature is readable when it has a q-ak and a q-signature
// (choice 1).
func ParseClaim(req *Request) (*Claim, bool) {
	c := new(Claim)
	if !c.fromHeader(req) && !c.fromQuery(req) && !c.fromSign(req) {
		return nil, false
	}
	c.findToken(req)
	return c, true
}

// ParseAuthorization reads a bare authorization string, as it stands in the
// Authorization header, in a decoded sign= parameter, or in the Signature field
// of a form.
func ParseAuthorization(s string) (*Claim, bool) {
	c := new(Claim)
	if !c.parse(s) {
		return nil, false
	}
	return c, true
}

func (c *Claim) fromHeader(req *Request) bool {
	v := req.Header["Authorization"]
	if len(v) == 0 || !c.parse(v[0]) {
		return false
	}
	c.Carrier = CarrierHeader
	return true
}

func (c *Claim) fromQuery(req *Request) bool {
	var f claimFields
	for i := range req.Params {
		p := &req.Params[i]
		if strings.HasPrefix(p.Name, "q-") {
			f.set(p.Name, p.Value)
		}
	}
	if !f.readable() {
		return false
	}
	sameTimes := f[fieldSignTime].value == f[fieldKeyTime].value
	for i := range f {
		if i == fieldKeyTime && sameTimes {
			f[i].value = f[fieldSignTime].value // spares a copy
			continue
		}
		f[i].value = Decode(f[i].value)
	}
	c.fill(&f)
	c.Carrier = CarrierQuery
	return true
}

func (c *Claim) fromSign(req *Request) bool {
	for i := range req.Params {
		if p := &req.Params[i]; p.Name == "sign" && c.parse(Decode(p.Value)) {
			c.Carrier = CarrierSign
			return true
		}
	}
	return false
}

// parse reads "q-sign-algorithm=…&…&q-signature=…".
func (c *Claim) parse(s string) bool {
	var f claimFields
	for s != "" {
		var piece string
		piece, s, _ = strings.Cut(s, "&")
		name, value, _ := strings.Cut(piece, "=")
		if name = strings.TrimSpace(name); name != akName { // a SecretId with a blank is another one
			value = strings.TrimSpace(value)
		}
		f.set(name, value)
	}
	if !f.readable() {
		return false
	}
	// The two lists hold encoded names and are decoded entry by entry; in the
	// other values a percent sign can only be an escape.
	for i := range f {
		if i != fieldHeaderList && i != fieldParamList {
			f[i].value = Decode(f[i].value)
		}
	}
	c.fill(&f)
	return true
}

func (c *Claim) fill(f *claimFields) {
	c.Algorithm = f[fieldAlgorithm].value
	c.SecretID = f[fieldAK].value
	c.SignTime = ParseTimeRange(f[fieldSignTime].value)
	c.KeyTime = c.SignTime
	if f[fieldKeyTime].value != c.SignTime.Raw {
		c.KeyTime = ParseTimeRange(f[fieldKeyTime].value)
	}
	c.RawHeaderList = f[fieldHeaderList].value
	c.RawParamList = f[fieldParamList].value
	c.HeaderList = splitList(c.RawHeaderList)
	c.ParamList = splitList(c.RawParamList)
	c.Signature = f[fieldSignature].value
}

// findToken takes the token from the header, else from the query. Beside a
// signature in the query the parameter may also be called "token", as
// qcloud-sdk-android's signInUrl calls it (choice 4).
func (c *Claim) findToken(req *Request) {
	if v := req.Header["X-Cos-Security-Token"]; len(v) > 0 && v[0] != "" {
		c.Token, c.TokenCarrier = v[0], CarrierHeader
		return
	}
	if p, ok := req.Param(TokenName); ok && p.Value != "" {
		c.Token, c.TokenCarrier = p.DecodedValue(), CarrierQuery
		return
	}
	if c.Carrier == CarrierQuery {
		if p, ok := req.Param(shortTokenName); ok && p.Value != "" {
			c.Token, c.TokenCarrier = p.DecodedValue(), CarrierQuery
		}
	}
}

// splitList takes a q-header-list or q-url-param-list apart. Most SDKs write
// the names encoded and lower-cased, Android and iOS write them raw.
func splitList(s string) []string {
	if s == "" {
		return nil
	}
	list := make([]string, 0, strings.Count(s, ";")+1)
	for s != "" {
		var name string
		name, s, _ = strings.Cut(s, ";")
		if name != "" {
			list = append(list, lowerASCII(Decode(name)))
		}
	}
	return list
}

const (
	fieldAlgorithm = iota
	fieldAK
	fieldSignTime
	fieldKeyTime
	fieldHeaderList
	fieldParamList
	fieldSignature
	fieldCount
)

// akName is the field of the SecretId.
const akName = "q-ak"

// claimFields are the raw values of the seven fields; the first of a name
// counts (choice 5).
type claimFields [fieldCount]struct {
	value string
	found bool
}

func (f *claimFields) set(name, value string) {
	i := claimField(name)
	if i < 0 || f[i].found {
		return
	}
	f[i].value, f[i].found = value, true
}

func (f *claimFields) readable() bool {
	return f[fieldAK].value != "" && f[fieldSignature].found
}

func claimField(name string) int {
	switch name {
	case "q-sign-algorithm":
		return fieldAlgorithm
	case akName:
		return fieldAK
	case "q-sign-time":
		return fieldSignTime
	case "q-key-time":
		return fieldKeyTime
	case "q-header-list":
		return fieldHeaderList
	case "q-url-param-list":
		return fieldParamList
	case "q-signature":
		return fieldSignature
	}
	return -1
}

// carries reports whether a parameter is part of the signature's own carrier,
// which is never signed, even where the list names it. Beside another carrier a
// parameter of such a name is one like any other (choice 6).
func (c *Claim) carries(p *Param) bool {
	switch c.Carrier {
	case CarrierQuery:
		return claimField(p.Name) >= 0
	case CarrierSign:
		return p.Name == "sign"
	}
	return false
}

// Authorization writes the claim as the string that the Authorization header
// carries, its lists as they were written.
func (c *Claim) Authorization() string {
	if c.Family != QSign {
		return c.awsAuthorization()
	}
	var b strings.Builder
	b.WriteString("q-sign-algorithm=")
	b.WriteString(c.Algorithm)
	b.WriteString("&q-ak=")
	b.WriteString(c.SecretID)
	b.WriteString("&q-sign-time=")
	b.WriteString(c.SignTime.Raw)
	b.WriteString("&q-key-time=")
	b.WriteString(c.KeyTime.Raw)
	b.WriteString("&q-header-list=")
	b.WriteString(c.RawHeaderList)
	b.WriteString("&q-url-param-list=")
	b.WriteString(c.RawParamList)
	b.WriteString("&q-signature=")
	b.WriteString(c.Signature)
	return b.String()
}

// String is the claim as an authorization string; the token is left out.
func (c Claim) String() string {
	if c.Token == "" {
		return c.Authorization()
	}
	return c.Authorization() + " with token"
}

// Format writes [Claim.String] whatever the verb, so that no verb shows the
// token.
func (c Claim) Format(f fmt.State, _ rune) { writeState(f, c.String()) }

// LogValue is what structured logs show: as [Claim.String].
func (c Claim) LogValue() slog.Value { return slog.StringValue(c.String()) }
