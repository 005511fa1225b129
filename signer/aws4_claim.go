package signer

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	awsTimeFormat = "20060102T150405Z"
	aws4Service   = "s3"
	aws4End       = "aws4_request"
)

// fromHeader4 reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…,
// Signature=…".
func (c awsReader) fromHeader4(authorization string) *ClaimError {
	var credential, signed string
	var rest string
	c.Algorithm, rest, _ = strings.Cut(authorization, " ")
	for rest != "" {
		var piece string
		piece, rest, _ = strings.Cut(rest, ",")
		name, value, _ := strings.Cut(strings.TrimSpace(piece), "=")
		field := &credential
		switch name {
		case "Credential":
		case "SignedHeaders":
			field = &signed
		case "Signature":
			field = &c.Signature
		default:
			return c.problem(ProblemFormat, "Authorization", piece)
		}
		if *field != "" {
			return c.problem(ProblemTwice, name, "")
		}
		*field = value
	}
	scope := c.setCredential(credential)
	if c.Algorithm != AlgorithmAWS4 {
		return c.problem(ProblemAlgorithm, "Authorization", c.Algorithm)
	}
	for _, f := range [...]struct{ name, value string }{
		{"Credential", credential}, {"SignedHeaders", signed}, {"Signature", c.Signature},
	} {
		if f.value == "" {
			return c.problem(ProblemMissing, f.name, "")
		}
	}
	if scope != nil {
		return scope
	}
	if err := c.setHeaderDate(); err != nil {
		return err
	}
	if err := c.checkScope(); err != nil {
		return err
	}
	if err := c.setSignedHeaders(signed); err != nil {
		return err
	}
	return c.setHeaderPayload()
}

// setHeaderDate takes the time of signing from x-amz-date, else from Date
// (choice 602). The signature is good for [MaxSkew] on both sides of it.
func (c awsReader) setHeaderDate() *ClaimError {
	name, value := "X-Amz-Date", headerValue(c.req.Header, "X-Amz-Date")
	at, err := time.Parse(awsTimeFormat, value)
	if value == "" {
		name, value = "Date", headerValue(c.req.Header, "Date")
		at, err = parseAWSDate(value)
	}
	switch {
	case value == "":
		return c.problem(ProblemMissing, "X-Amz-Date", "")
	case err != nil || at.Unix() < 0:
		return c.problem(ProblemFormat, name, value)
	}
	c.AWS.Date = value
	if len(value) != len(awsTimeFormat) {
		c.AWS.Date = at.UTC().Format(awsTimeFormat)
	}
	c.setValidity(value, at.Unix(), at.Add(MaxSkew).Unix())
	return nil
}

// parseAWSDate reads a Date header, or an x-amz-date of AWS2: one of the forms
// of HTTP, one with a numeric zone as the examples of AWS have it, or that of
// AWS4.
func parseAWSDate(s string) (time.Time, error) {
	if at, err := http.ParseTime(s); err == nil {
		return at, nil
	}
	if rest, ok := strings.CutSuffix(s, " UTC"); ok { // as rclone and goamz write it (choice 716)
		return time.Parse(http.TimeFormat, rest+" GMT")
	}
	if at, err := time.Parse(time.RFC1123Z, s); err == nil {
		return at, nil
	}
	return time.Parse(awsTimeFormat, s)
}

func (c *Claim) setValidity(raw string, start, end int64) {
	c.SignTime = TimeRange{Raw: raw, Start: start, End: end, Valid: start <= end}
	c.KeyTime = c.SignTime
}

// fromQuery4 reads X-Amz-Algorithm and its sisters.
func (c awsReader) fromQuery4() *ClaimError {
	credential, first := c.param("X-Amz-Credential")
	scope := c.setCredential(credential)
	var date, expires, signed string
	for _, f := range [...]struct {
		name string
		to   *string
	}{
		{"X-Amz-Algorithm", &c.Algorithm},
		{"X-Amz-Date", &date},
		{"X-Amz-Expires", &expires},
		{"X-Amz-SignedHeaders", &signed},
		{"X-Amz-Signature", &c.Signature},
	} {
		value, err := c.param(f.name)
		*f.to = value
		if first == nil {
			first = err
		}
	}
	switch {
	case first != nil:
		return first
	case c.Algorithm != AlgorithmAWS4:
		return c.problem(ProblemAlgorithm, "X-Amz-Algorithm", c.Algorithm)
	case scope != nil:
		return scope
	}
	if err := c.setQueryDate(date, expires); err != nil {
		return err
	}
	if err := c.checkScope(); err != nil {
		return err
	}
	if err := c.setSignedHeaders(signed); err != nil {
		return err
	}
	return c.setQueryPayload()
}

// setQueryDate reads the time of signing and for how long it is good (choice
// 615).
func (c awsReader) setQueryDate(date, expires string) *ClaimError {
	at, err := time.Parse(awsTimeFormat, date)
	if err != nil || at.Unix() < 0 {
		return c.problem(ProblemFormat, "X-Amz-Date", date)
	}
	c.AWS.Date = date
	digits, negative := strings.CutPrefix(expires, "-")
	seconds, ok := parseDigits(digits)
	switch {
	case strings.Trim(digits, "0123456789") != "" || digits == "":
		return c.problem(ProblemFormat, "X-Amz-Expires", expires)
	case negative:
		return c.problem(ProblemNegative, "X-Amz-Expires", expires)
	case !ok || seconds > int64(MaxAWSExpires/time.Second):
		return c.problem(ProblemTooLong, "X-Amz-Expires", expires)
	}
	c.setValidity(date+" "+expires, at.Unix(), at.Unix()+seconds)
	return nil
}

// fromForm4 reads the fields of a form. Its validity ends with its policy,
// and after seven days in any case, which is how long AWS lets a key be used
// (choice 603).
func (c awsReader) fromForm4(field func(string) (string, bool)) *ClaimError {
	c.Algorithm, _ = field("x-amz-algorithm")
	credential, _ := field("x-amz-credential")
	date, _ := field("x-amz-date")
	c.Signature, _ = field("x-amz-signature")
	policy, _ := field("policy")
	scope := c.setCredential(credential)
	for _, f := range [...]struct{ name, value string }{
		{"x-amz-algorithm", c.Algorithm},
		{"x-amz-credential", credential},
		{"x-amz-date", date},
		{"x-amz-signature", c.Signature},
		{"policy", policy},
	} {
		if f.value == "" {
			return c.problem(ProblemMissing, f.name, "")
		}
	}
	if c.Algorithm != AlgorithmAWS4 {
		return c.problem(ProblemAlgorithm, "x-amz-algorithm", c.Algorithm)
	}
	if scope != nil {
		return scope
	}
	at, err := time.Parse(awsTimeFormat, date)
	if err != nil || at.Unix() < 0 {
		return c.problem(ProblemFormat, "x-amz-date", date)
	}
	c.AWS.Date = date
	c.setValidity(date, at.Unix(), at.Add(MaxAWSExpires).Unix())
	return c.checkScope()
}

// setCredential reads <id>/<date>/<region>/<service>/aws4_request (choice 614).
// The id is there even when the rest cannot be read.
func (c awsReader) setCredential(s string) *ClaimError {
	var raw string
	c.SecretID, raw, _ = strings.Cut(s, "/")
	scope := AWSScope{Raw: raw}
	var rest, end string
	scope.Date, rest, _ = strings.Cut(raw, "/")
	scope.Region, rest, _ = strings.Cut(rest, "/")
	scope.Service, end, _ = strings.Cut(rest, "/")
	c.AWS.Scope = scope
	switch {
	case c.SecretID == "" || scope.Region == "" || scope.Service == "" || end == "",
		len(scope.Date) != len("20060102"), hasBytes(raw, ""):
		return c.problem(ProblemFormat, "Credential", s)
	case end != aws4End:
		err := c.problem(ProblemScopeEnd, "Credential", end)
		err.Want = aws4End
		return err
	case scope.Service != aws4Service:
		err := c.problem(ProblemScopeService, "Credential", scope.Service)
		err.Want = aws4Service
		return err
	}
	return nil
}

// checkScope holds the scope's day against the time of signing.
func (c awsReader) checkScope() *ClaimError {
	day, _, _ := strings.Cut(c.AWS.Date, "T")
	if c.AWS.Scope.Date == day {
		return nil
	}
	err := c.problem(ProblemScopeDate, "Credential", c.AWS.Scope.Date)
	err.Want = day
	return err
}

// setSignedHeaders reads the list of signed headers. host has to be in it, and
// every x-amz-* header that arrived (choice 604).
func (c awsReader) setSignedHeaders(list string) *ClaimError {
	c.RawHeaderList = list
	names := make([]string, 0, strings.Count(list, ";")+1)
	for name := range strings.SplitSeq(list, ";") {
		if !isToken(name) {
			return c.problem(ProblemFormat, "SignedHeaders", list)
		}
		names = append(names, lowerASCII(name))
	}
	// What is signed is in order, whatever the list is (choice 605).
	if !slices.IsSorted(names) {
		slices.Sort(names)
	}
	c.HeaderList = names
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return c.problem(ProblemTwice, "SignedHeaders", names[i])
		}
	}
	if _, ok := slices.BinarySearch(names, "host"); !ok {
		return c.problem(ProblemUnsigned, "host", "")
	}
	missing := ""
	for name := range c.req.Header {
		if !isAmzHeader(name) {
			continue
		}
		if _, ok := findFold(names, name); !ok && (missing == "" || name < missing) {
			missing = name
		}
	}
	if missing != "" {
		return c.problem(ProblemUnsigned, lowerASCII(missing), "")
	}
	return nil
}

// setHeaderPayload reads x-amz-content-sha256, without which S3 takes no
// signature in a header (choice 606).
func (c awsReader) setHeaderPayload() *ClaimError {
	value := headerValue(c.req.Header, "X-Amz-Content-Sha256")
	if value == "" {
		return c.problem(ProblemMissing, "x-amz-content-sha256", "")
	}
	return c.setPayload(value)
}

// setQueryPayload reads it from the query, else from the header, else takes the
// body as unsigned. A body in chunks needs a signature in the header.
func (c awsReader) setQueryPayload() *ClaimError {
	header := headerValue(c.req.Header, "X-Amz-Content-Sha256")
	value, err := c.param("X-Amz-Content-Sha256")
	switch {
	case err != nil && err.Problem != ProblemMissing:
		return err
	case value == "":
		value = header
	case header != "" && header != value:
		return c.problem(ProblemTwice, "x-amz-content-sha256", header)
	}
	if value == "" {
		value = unsignedPayload
	}
	if err := c.setPayload(value); err != nil {
		return err
	}
	if c.AWS.Payload != PayloadUnsigned && c.AWS.Payload != PayloadHash {
		return c.problem(ProblemPayload, "x-amz-content-sha256", value)
	}
	return nil
}

func (c awsReader) setPayload(value string) *ClaimError {
	kind, ok := payloadKind(value)
	if !ok || len(c.req.Header["X-Amz-Content-Sha256"]) > 1 {
		return c.problem(ProblemPayload, "x-amz-content-sha256", value)
	}
	c.AWS.Payload, c.AWS.PayloadHash = kind, value
	if n, ok := parseDigits(headerValue(c.req.Header, "X-Amz-Decoded-Content-Length")); ok {
		c.AWS.DecodedLength = n
	}
	return nil
}

// isAmzHeader reports whether a header or parameter is one of S3's own.
func isAmzHeader(name string) bool {
	const prefix = "x-amz-"
	return len(name) > len(prefix) && equalFold(name[:len(prefix)], prefix)
}
