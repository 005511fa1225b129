package signer

import (
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// sum64Len is the length of an AWS2 signature: a SHA-1 in base64.
const sum64Len = 28

// fromHeader2 reads "AWS <id>:<signature>".
func (c awsReader) fromHeader2(authorization string) *ClaimError {
	c.Algorithm = AlgorithmAWS2
	pair := strings.TrimPrefix(authorization, AlgorithmAWS2+" ")
	// The signature has no colon, an id might.
	i := strings.LastIndexByte(pair, ':')
	if i < 0 {
		c.SecretID = pair
		return c.problem(ProblemFormat, "Authorization", authorization)
	}
	c.SecretID, c.Signature = strings.TrimLeft(pair[:i], " "), pair[i+1:]
	if c.SecretID == "" {
		return c.problem(ProblemFormat, "Authorization", authorization)
	}
	name, value := "x-amz-date", c.amzValue("x-amz-date")
	if value == "" {
		name, value = "Date", headerValue(c.req.Header, "Date")
	}
	at, err := parseAWSDate(value)
	switch {
	case value == "":
		return c.problem(ProblemMissing, name, "")
	case err != nil || at.Unix() < 0:
		return c.problem(ProblemFormat, name, value)
	}
	c.AWS.Date = value
	c.setValidity(value, at.Unix(), at.Add(MaxSkew).Unix())
	return nil
}

// amzValue is the first value of an x-amz-* header, else parameter.
func (c awsReader) amzValue(name string) string {
	for k, v := range c.req.Header {
		if equalFold(k, name) && len(v) > 0 {
			return strings.Trim(v[0], " \t")
		}
	}
	p, _ := c.req.Param(name)
	return DecodeForm(p.Value)
}

// fromQuery2 reads AWSAccessKeyId, Expires and Signature.
func (c awsReader) fromQuery2() *ClaimError {
	c.Algorithm = AlgorithmAWS2
	var expires string
	var first *ClaimError
	for _, f := range [...]struct {
		name string
		to   *string
	}{
		{"AWSAccessKeyId", &c.SecretID},
		{"Expires", &expires},
		{"Signature", &c.Signature},
	} {
		value, err := c.param(f.name)
		*f.to = value
		if first == nil {
			first = err
		}
	}
	if first != nil {
		return first
	}
	end, ok := parseDigits(expires)
	if !ok {
		return c.problem(ProblemFormat, "Expires", expires)
	}
	c.setValidity(expires, 0, end)
	return nil
}

// fromForm2 reads AWSAccessKeyId, policy and signature. Only the policy says
// until when.
func (c awsReader) fromForm2(field func(string) (string, bool)) *ClaimError {
	c.Algorithm = AlgorithmAWS2
	c.SecretID, _ = field("AWSAccessKeyId")
	c.Signature, _ = field("signature")
	policy, _ := field("policy")
	c.setValidity("", 0, int64(1)<<62)
	switch {
	case c.SecretID == "":
		return c.problem(ProblemMissing, "AWSAccessKeyId", "")
	case c.Signature == "":
		return c.problem(ProblemMissing, "signature", "")
	case policy == "":
		return c.problem(ProblemMissing, "policy", "")
	}
	return nil
}

// verifyAWS2 judges a request signed by AWS2. There is no canonical request:
// HttpString stays empty. A path that is a bucket alone may have been signed with
// a slash at its end: botocore does so (choice 616).
func verifyAWS2(req *Request, c *Claim, secretKey string, o *VerifyOptions) Result {
	var room [768]byte
	text, ok := appendAWS2StringToSign(room[:0], req, c, o.Bucket, "")
	res := Result{StringToSign: string(text)}
	ok = ok && c.AWS.sound
	res.OK = ok && matchAWS2(secretKey, text, c.Signature)
	if ok && !res.OK && o.PathPrefix == req.Path && o.Bucket == "" {
		text, _ = appendAWS2StringToSign(room[:0], req, c, "", "/")
		if matchAWS2(secretKey, text, c.Signature) {
			res = Result{OK: true, StringToSign: string(text)}
		}
	}
	return res
}

func signAWS2(secretKey string, text []byte) string {
	sum := hmacSHA1(secretKey, text)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func matchAWS2(secretKey string, text []byte, signature string) bool {
	if len(signature) != sum64Len {
		return false
	}
	var want, got [sum64Len]byte
	sum := hmacSHA1(secretKey, text)
	base64.StdEncoding.Encode(want[:], sum[:])
	copy(got[:], signature)
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// appendAWS2StringToSign appends the lines that AWS2 signs. False: another
// request could have the same text, because a header of which one value is signed
// came twice, a value that came percent-encoded holds a line break or a
// sub-resource, or a name is none. Such a request never holds. The path is signed as it came, with slash
// behind it.
func appendAWS2StringToSign(dst []byte, req *Request, c *Claim, bucket, slash string) ([]byte, bool) {
	var room [16]Pair
	amz, ok := amzPairs(room[:0], req)
	dst = append(dst, req.Method...)
	dst = append(dst, '\n')
	for _, name := range [...]string{"Content-Md5", "Content-Type"} {
		value := c.standardValue(req, name)
		ok = ok && !hasLineBreak(value) && len(req.Header[name]) <= 1
		dst = append(dst, value...)
		dst = append(dst, '\n')
	}
	switch {
	case c.Carrier == CarrierQuery:
		dst = append(dst, c.SignTime.Raw...)
	case !slices.ContainsFunc(amz, func(p Pair) bool { return p.Key == "x-amz-date" }):
		// Where there is an x-amz-date, the Date is not signed (choice 609).
		ok = ok && len(req.Header["Date"]) <= 1
		dst = append(dst, headerValue(req.Header, "Date")...)
	}
	dst = append(dst, '\n')
	for i, p := range amz {
		if i == 0 || p.Key != amz[i-1].Key {
			dst = append(dst, p.Key...)
			dst = append(dst, ':')
		} else {
			dst[len(dst)-1] = ',' // one more value of the same name
		}
		dst = append(dst, p.Value...)
		dst = append(dst, '\n')
	}
	if bucket != "" {
		dst = append(dst, '/')
		dst = append(dst, bucket...)
	}
	dst = append(dst, req.Path...)
	dst = append(dst, slash...)
	dst, plain := appendSubresources(dst, req)
	return dst, ok && plain
}

// standardValue is a header's value, and in a pre-signed URL the parameter's of
// that name where the header did not come: botocore puts it there (choice 610).
func (c *Claim) standardValue(req *Request, name string) string {
	value := headerValue(req.Header, name)
	if value == "" && c.Carrier == CarrierQuery {
		p, _ := req.Param(name)
		value = DecodeForm(p.Value)
	}
	return value
}

// amzPairs are the x-amz-* headers, lower-cased and in order. A parameter of
// such a name is one of them: it does what the header does, so it has to be
// signed like it, and botocore's URLs have them there (choice 610).
func amzPairs(dst []Pair, req *Request) ([]Pair, bool) {
	ok := true
	for k, values := range req.Header {
		if !isAmzHeader(k) {
			continue
		}
		k = lowerASCII(k)
		for _, v := range values {
			v = strings.Trim(v, " \t")
			ok = ok && !hasLineBreak(v)
			dst = append(dst, Pair{Key: k, Value: v})
		}
	}
	for i := range req.Params {
		name := DecodeForm(req.Params[i].Name)
		if !isAmzHeader(name) {
			continue
		}
		v := DecodeForm(req.Params[i].Value)
		ok = ok && isToken(name) && !hasLineBreak(v)
		dst = append(dst, Pair{Key: lowerASCII(name), Value: v})
	}
	// The values of a name stay in the order in which they came.
	slices.SortStableFunc(dst, func(a, b Pair) int { return strings.Compare(a.Key, b.Key) })
	return dst, ok
}

// appendSubresources appends the parameters that AWS2 signs, decoded and in
// order, as "?acl&versionId=…".
func appendSubresources(dst []byte, req *Request) ([]byte, bool) {
	var room [8]Pair
	list := room[:0]
	ok := true
	for i := range req.Params {
		name := DecodeForm(req.Params[i].Name)
		if !isSubresource(name) {
			ok = ok && !isSpeltOtherwise(name)
			continue
		}
		value := DecodeForm(req.Params[i].Value)
		ok = ok && !hasLineBreak(value) && !hidesSubresource(name, value)
		list = append(list, Pair{Key: name, Value: value})
	}
	slices.SortStableFunc(list, func(a, b Pair) int { return strings.Compare(a.Key, b.Key) })
	for i, p := range list {
		sep := byte('&')
		if i == 0 {
			sep = '?'
		}
		dst = append(dst, sep)
		dst = append(dst, p.Key...)
		if p.Value != "" {
			dst = append(dst, '=')
			dst = append(dst, p.Value...)
		}
	}
	return dst, ok
}

// hidesSubresource reports whether a value would read like further sub-resources
// once it stands decoded in the text, so that another request had the same text. A
// file name in response-content-disposition may have its "&".
func hidesSubresource(name, value string) bool {
	_, rest, found := strings.Cut(value, "&")
	if !found || !strings.HasPrefix(name, "response-") {
		return found
	}
	for piece := range strings.SplitSeq(rest, "&") {
		hidden, _, _ := strings.Cut(piece, "=")
		if isSubresource(hidden) || isSpeltOtherwise(hidden) {
			return true
		}
	}
	return false
}

// isSubresource reports whether AWS2 signs a parameter: those of the document,
// and those that botocore or minio-go sign beside them (choice 611).
func isSubresource(name string) bool {
	switch name {
	case "acl", "delete", "lifecycle", "location", "logging", "notification", "partNumber", "policy",
		"requestPayment", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
		"response-cache-control", "response-content-disposition", "response-content-encoding",
		"response-content-language", "response-content-type", "response-expires":
		return true
	case "accelerate", "analytics", "cors", "defaultObjectAcl", "encryption", "inventory", "legal-hold",
		"metrics", "object-lock", "replication", "restore", "retention", "select", "select-type",
		"storageClass", "tagging":
		return true
	}
	return false
}

// isSpeltOtherwise reports whether a parameter is one that AWS2 signs but for the
// case of its letters. It would not be signed, and COS reads it all the same
// (choice 303).
func isSpeltOtherwise(name string) bool {
	switch name = lowerASCII(name); name {
	case "partnumber", "uploadid", "versionid", "requestpayment", "defaultobjectacl", "storageclass":
		return true
	}
	return isSubresource(name)
}

func hasLineBreak(s string) bool { return strings.ContainsAny(s, "\r\n") }

// checkAWSTime is [Claim.CheckTime] for the AWS families. Where only the time of
// signing is known, being [MaxSkew] off it is a wrong clock, on either side.
func (c *Claim) checkAWSTime(now time.Time) error {
	t, at := c.SignTime, now.Unix()
	kind, by := TimeExpired, int64(0)
	switch {
	case !t.Valid:
	case at > t.End && c.Carrier == CarrierHeader:
		kind, by = TimeTooOld, at-t.Start
	case at > t.End:
		by = at - t.End
	case t.Start-at > int64(MaxSkew/time.Second):
		kind, by = TimeNotYetValid, t.Start-at
	default:
		return nil
	}
	return &TimeError{Kind: kind, Field: c.awsTimeField(), Range: t, Now: now, By: seconds(by)}
}

func (c *Claim) awsTimeField() string {
	switch {
	case c.Carrier == CarrierHeader:
		return "x-amz-date"
	case c.Family == AWS2:
		return "Expires"
	case c.Carrier == CarrierForm:
		return "x-amz-date"
	}
	return "X-Amz-Expires"
}
