package signer

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// presignAWS is [Presign] for the AWS families. All parameters are signed, and
// all headers that the family signs.
func presignAWS(in *PresignInput) (*Presigned, error) {
	if err := in.checkAWS(); err != nil {
		return nil, err
	}
	b := presigner{in: in, header: sentHeader(in.Header)}
	b.address()
	b.params()
	c := &Claim{
		Family: in.Family, Carrier: in.Carrier, SecretID: in.Credentials.SecretID, Token: in.Credentials.Token,
		AWS: &AWSFields{DecodedLength: -1, sound: true},
	}
	if c.Carrier == CarrierNone {
		c.Carrier = CarrierQuery
	}
	if in.Family == AWS2 {
		return b.presignAWS2(c), nil
	}
	return b.presignAWS4(c)
}

func (in *PresignInput) checkAWS() error {
	switch {
	case in.Credentials.SecretID == "" || in.Credentials.SecretKey == "":
		return errors.New("signer: a SecretID and a SecretKey are needed to sign")
	case in.Family != AWS4 && in.Family != AWS2:
		return fmt.Errorf("signer: there is no %v", in.Family)
	case in.Carrier == CarrierSign:
		return fmt.Errorf("signer: %v has no carrier %v", in.Family, in.Carrier)
	case in.Token != TokenSigned, in.HostUnsigned, in.KeyExpires != 0, len(in.UnsignedParams) > 0:
		return fmt.Errorf("signer: %v signs the token, the host and all parameters, and has one validity", in.Family)
	case in.Family == AWS4 && in.Region == "":
		return errors.New("signer: AWS4 needs a Region")
	case in.Family == AWS4 && in.Carrier != CarrierHeader && in.Expires > MaxAWSExpires:
		return fmt.Errorf("signer: AWS4 is valid for %v at most", MaxAWSExpires)
	case in.Family == AWS4 && strings.Contains(in.Credentials.SecretID, "/"),
		hasBytes(in.Credentials.SecretID+in.Credentials.Token, ""):
		return errors.New("signer: the SecretID or the token cannot stand in a signature")
	case in.Family == AWS2 && in.Bucket == "" && in.Key != "":
		return errors.New("signer: AWS2 needs a Bucket")
	}
	for name := range in.Query {
		if awsMade(name) {
			return fmt.Errorf("signer: the parameter %s is made, and must not be given", name)
		}
	}
	for name := range in.Header {
		if equalFold(name, "X-Amz-Date") || equalFold(name, awsToken) && in.Credentials.Token != "" {
			return fmt.Errorf("signer: the header %s is made, and must not be given", name)
		}
	}
	return nil
}

// awsMade reports whether a parameter is part of an AWS signature.
func awsMade(name string) bool {
	for _, made := range [...]string{
		"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
		"X-Amz-Signature", awsToken, "AWSAccessKeyId", "Expires", "Signature",
	} {
		if equalFold(name, made) {
			return true
		}
	}
	return false
}

func (b *presigner) presignAWS4(c *Claim) (*Presigned, error) {
	in, at := b.in, b.in.Start.UTC()
	c.Algorithm = AlgorithmAWS4
	c.AWS.Date = at.Format(awsTimeFormat)
	day := c.AWS.Date[:len("20060102")]
	c.AWS.Scope = AWSScope{
		Raw:  day + "/" + in.Region + "/" + aws4Service + "/" + aws4End,
		Date: day, Region: in.Region, Service: aws4Service,
	}
	hash := headerValue(b.header, "X-Amz-Content-Sha256")
	if hash == "" {
		hash = unsignedPayload
	}
	expires := strconv.FormatInt(int64(in.Expires/time.Second), 10)
	c.setValidity(c.AWS.Date+" "+expires, at.Unix(), in.Start.Add(in.Expires).Unix())
	if c.Carrier == CarrierHeader {
		c.setValidity(c.AWS.Date, at.Unix(), in.Start.Add(MaxSkew).Unix())
		b.header.Set("X-Amz-Date", c.AWS.Date)
		b.header.Set("X-Amz-Content-Sha256", hash)
		if c.Token != "" {
			b.header.Set(awsToken, c.Token)
		}
	}
	c.HeaderList = b.aws4Headers()
	c.RawHeaderList = strings.Join(c.HeaderList, ";")
	if c.Carrier == CarrierQuery {
		b.query = append(b.query,
			"X-Amz-Algorithm="+AlgorithmAWS4,
			"X-Amz-Credential="+Encode(c.SecretID+"/"+c.AWS.Scope.Raw),
			"X-Amz-Date="+c.AWS.Date,
			"X-Amz-Expires="+expires,
			"X-Amz-SignedHeaders="+Encode(c.RawHeaderList))
		if c.Token != "" {
			b.query = append(b.query, "X-Amz-Security-Token="+Encode(c.Token))
		}
	}
	req := b.awsRequest()
	if err := (awsReader{c, req}).setPayload(hash); err != nil {
		return nil, err
	}
	canonical := appendCanonicalRequest(nil, req, c, req.Host)
	text := appendAWS4StringToSign(nil, c, canonical)
	key := newAWS4Key(in.Credentials.SecretKey, &c.AWS.Scope)
	var signature [hexSumLen]byte
	key.sign(&signature, text)
	c.Signature = string(signature[:])
	return b.finishAWS(c, string(canonical), string(text), "X-Amz-Signature="), nil
}

// aws4Headers are the names to sign, in order.
func (b *presigner) aws4Headers() []string {
	names := []string{"host"}
	for name := range b.header {
		if !containsFold(b.in.UnsignedHeaders, name) || isAmzHeader(name) {
			names = append(names, lowerASCII(name))
		}
	}
	slices.Sort(names)
	return names
}

func (b *presigner) presignAWS2(c *Claim) *Presigned {
	in := b.in
	c.Algorithm = AlgorithmAWS2
	end := in.Start.Add(in.Expires).Unix()
	if c.Carrier == CarrierHeader {
		if c.Token != "" {
			b.header.Set(awsToken, c.Token)
		}
		b.header.Set("Date", in.Start.UTC().Format(http.TimeFormat))
		c.AWS.Date = b.header.Get("Date")
		c.setValidity(c.AWS.Date, in.Start.Unix(), in.Start.Add(MaxSkew).Unix())
	} else {
		c.setValidity(strconv.FormatInt(end, 10), 0, end)
		b.query = append(b.query, "AWSAccessKeyId="+Encode(c.SecretID), "Expires="+c.SignTime.Raw)
		if c.Token != "" {
			b.query = append(b.query, awsToken+"="+Encode(c.Token))
		}
	}
	bucket := in.Bucket
	if in.PathStyle {
		bucket = ""
	}
	text, _ := appendAWS2StringToSign(nil, b.awsRequest(), c, bucket, "")
	c.Signature = signAWS2(in.Credentials.SecretKey, text)
	return b.finishAWS(c, "", string(text), "Signature=")
}

func (b *presigner) awsRequest() *Request {
	query := strings.Join(b.query, "&")
	return &Request{
		Method: b.in.Method, Path: b.path, Query: query, Params: splitQuery(query), Host: b.host,
		Header: b.header, TransferEncoding: b.header["Transfer-Encoding"],
	}
}

func (b *presigner) finishAWS(c *Claim, canonical, text, param string) *Presigned {
	signed := Signed{Claim: *c, HttpString: canonical, StringToSign: text}
	if c.Carrier == CarrierHeader {
		b.header = maps.Clone(b.header)
		b.header.Set("Authorization", c.Authorization())
	} else {
		b.query = append(b.query, param+Encode(c.Signature))
	}
	return &Presigned{Method: b.in.Method, URL: b.url(b.query), Header: b.header, Signed: signed}
}
