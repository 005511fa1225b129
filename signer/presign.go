package signer

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// TokenPlace says where a temporary key's token goes, and whether it is signed.
// The SDKs do each of these.
type TokenPlace int

const (
	// TokenSigned puts it where the signature is, header or query, and signs
	// it there (Go, Python, C++).
	TokenSigned TokenPlace = iota
	// TokenUnsigned puts it where the signature is and leaves it unsigned
	// (Node.js, JS, Java, .NET, PHP, Android).
	TokenUnsigned
	// TokenSignedHeader signs it as a header that the uploader must send (C).
	TokenSignedHeader
	// TokenSignedHeaderInQuery signs it as a header and sends it as a
	// parameter (iOS); see the leniency token-in-query.
	TokenSignedHeaderInQuery
)

// PresignInput describes the request to be signed in advance. Method,
// Credentials, Start, Expires and a host are needed.
type PresignInput struct {
	Credentials Credentials
	Method      string
	// Family of the signature. The AWS ones sign all parameters and the token,
	// and AWS2 only some of the headers. AWS4 takes the body's hash from the
	// header x-amz-content-sha256, else leaves the body unsigned.
	Family Family

	// Scheme of the URL; "https" when empty.
	Scheme string
	// Host of the URL and of the signature, with a port if it has one. When
	// empty it is made of Bucket and Region:
	// <bucket>.cos.<region>.myqcloud.com.
	Host string
	// Bucket with its APPID ("examplebucket-1250000000").
	Bucket, Region string
	// PathStyle puts "/<bucket>" in front of the key, and signs it; without a
	// Host, the host is cos.<region>.myqcloud.com.
	PathStyle bool
	// Key of the object as it is called, unescaped, without a leading slash.
	// Empty: the bucket itself.
	Key string

	// Start of the validity.
	Start time.Time
	// Expires is how long it lasts, in whole seconds.
	Expires time.Duration
	// KeyStart and KeyExpires are q-key-time where it differs from q-sign-time.
	KeyStart   time.Time
	KeyExpires time.Duration

	// Header is sent along, and signed unless UnsignedHeaders names it.
	Header          http.Header
	UnsignedHeaders []string
	// HostUnsigned leaves the host out of the signature: the URL then works
	// under any name of the bucket.
	HostUnsigned bool
	// Query is put into the URL, and signed unless UnsignedParams names it. A
	// value of "" is written without '='.
	Query          url.Values
	UnsignedParams []string

	// Carrier is where the signature goes: CarrierQuery (also when it is
	// CarrierNone), CarrierSign or CarrierHeader.
	Carrier Carrier
	// Token says where Credentials.Token goes, if there is one.
	Token TokenPlace
}

// Presigned is a request ready to be sent by anyone who has it.
type Presigned struct {
	Method string
	URL    string
	// Header must be sent with it, unchanged.
	Header http.Header
	// Signed is the signature in the URL or header, and what it covers.
	Signed Signed
}

// String is the method, host and path. The query is left out, because whoever has it
// can send the request.
func (p Presigned) String() string {
	bare, _, _ := strings.Cut(p.URL, "?")
	return p.Method + " " + bare
}

// Format writes [Presigned.String] whatever the verb. Print the URL itself to
// hand it on.
func (p Presigned) Format(f fmt.State, _ rune) { writeState(f, p.String()) }

// LogValue is what structured logs show: as [Presigned.String].
func (p Presigned) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Presign signs a request that is yet to be made.
func Presign(in PresignInput) (*Presigned, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.Family != QSign {
		return presignAWS(&in)
	}
	b := presigner{in: &in, header: sentHeader(in.Header)}
	b.address()
	b.params()
	b.token()
	req := &Request{
		Method:           in.Method,
		Path:             b.path,
		Query:            strings.Join(b.query, "&"),
		Host:             b.host,
		Header:           b.signHeader,
		TransferEncoding: b.header["Transfer-Encoding"],
	}
	req.Params = splitQuery(req.Query)
	signed, err := Sign(req, in.Credentials, b.options())
	if err != nil {
		return nil, err
	}
	return b.finish(signed), nil
}

// presigner holds what Presign puts together.
type presigner struct {
	in         *PresignInput
	host, path string
	query      []string // signed or not, the signature's own excepted
	after      []string // follows the signature
	header     http.Header
	signHeader http.Header // header, and what is signed but not sent
	tokenParam bool        // the token is a signed parameter
}

func (b *presigner) address() {
	in := b.in
	b.host = in.Host
	if b.host == "" {
		b.host = "cos." + in.Region + ".myqcloud.com"
		if !in.PathStyle {
			b.host = in.Bucket + "." + b.host
		}
	}
	b.path = "/" + EncodePath(in.Key)
	if in.PathStyle && in.Bucket != "" {
		b.path = "/" + EncodePath(in.Bucket) + b.path
	}
}

func (b *presigner) params() {
	names := make([]string, 0, len(b.in.Query))
	for name := range b.in.Query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range b.in.Query[name] {
			piece := Encode(name)
			if v != "" {
				piece += "=" + Encode(v)
			}
			b.query = append(b.query, piece)
		}
	}
}

func (b *presigner) token() {
	b.signHeader = b.header
	t := b.in.Credentials.Token
	if t == "" {
		return
	}
	param := TokenName + "=" + Encode(t)
	inHeader := b.in.Carrier == CarrierHeader
	switch b.in.Token {
	case TokenSigned:
		if inHeader {
			b.header.Set(TokenName, t)
		} else {
			b.query, b.tokenParam = append(b.query, param), true
		}
	case TokenUnsigned:
		if inHeader {
			b.signHeader = b.header.Clone()
			b.header.Set(TokenName, t)
		} else {
			b.after = append(b.after, param)
		}
	case TokenSignedHeader:
		b.header.Set(TokenName, t)
	case TokenSignedHeaderInQuery:
		b.signHeader = b.header.Clone()
		b.signHeader.Set(TokenName, t)
		b.after = append(b.after, param)
	}
}

func (b *presigner) options() SignOptions {
	in := b.in
	o := SignOptions{Start: in.Start, End: in.Start.Add(in.Expires)}
	if in.KeyExpires > 0 {
		o.KeyStart = in.KeyStart
		if o.KeyStart.IsZero() {
			o.KeyStart = in.Start
		}
		o.KeyEnd = o.KeyStart.Add(in.KeyExpires)
	}
	if !in.HostUnsigned {
		o.Headers = append(o.Headers, "host")
	}
	for name := range b.signHeader {
		if !containsFold(in.UnsignedHeaders, name) {
			o.Headers = append(o.Headers, name)
		}
	}
	for name := range in.Query {
		if !containsFold(in.UnsignedParams, name) {
			o.Params = append(o.Params, name)
		}
	}
	if b.tokenParam {
		o.Params = append(o.Params, TokenName)
	}
	return o
}

func (b *presigner) finish(signed *Signed) *Presigned {
	query := b.query
	signed.Claim.Carrier = b.in.Carrier
	switch b.in.Carrier {
	case CarrierHeader:
		b.header.Set("Authorization", signed.Authorization())
	case CarrierSign:
		query = append(query, "sign="+Encode(signed.Authorization()))
	default:
		signed.Claim.Carrier = CarrierQuery
		for piece := range strings.SplitSeq(signed.Authorization(), "&") {
			name, value, _ := strings.Cut(piece, "=")
			query = append(query, name+"="+Encode(value))
		}
	}
	u := b.url(append(query, b.after...))
	return &Presigned{Method: b.in.Method, URL: u, Header: b.header, Signed: *signed}
}

func (b *presigner) url(query []string) string {
	scheme := b.in.Scheme
	if scheme == "" {
		scheme = "https"
	}
	u := scheme + "://" + b.host + b.path
	if len(query) > 0 {
		u += "?" + strings.Join(query, "&")
	}
	return u
}

func containsFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return equalFold(s, name) })
}
