package signer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// expectAbove is the length from which on a body is announced, as curl does it.
const expectAbove = 1 << 20

// DefaultExpires is how long the requests that a [Client] signs are valid.
const DefaultExpires = 15 * time.Minute

// Client sends signed requests: those signed in advance, of which it needs the
// URL alone, and with a key pair those it signs itself. It sends the bytes that
// were signed and nothing else: the path is not cleaned, redirects are not
// followed, bodies are not unpacked. A Client may be used by many goroutines.
//
// A body that is large, or of unknown length, is announced with "Expect:
// 100-continue" and not sent when the request is refused without it.
//
// One thing net/http cannot send: over HTTP/2, a Content-Length of 0 on GET or
// HEAD.
type Client struct {
	// Addr is where requests are sent, "127.0.0.1:9000" or
	// "http://127.0.0.1:9000", while the Host header stays the signed one.
	// Empty: to the host of each URL.
	Addr string
	// HTTP sends them; nil: http.DefaultClient.
	HTTP *http.Client

	// The rest serves Put, Get, Head and Delete, which sign for themselves.

	// Credentials is the key pair.
	Credentials *Credentials
	// Host, Bucket, Region, PathStyle and Token are as in [PresignInput].
	Host, Bucket, Region string
	PathStyle            bool
	Token                TokenPlace
	// Family of the signature.
	Family Family
	// Carrier of the signature; CarrierNone: the Authorization header.
	Carrier Carrier
	// Now gives the time of signing, such as time.Now.
	Now func() time.Time
	// Expires is the validity of each request; 0: [DefaultExpires].
	Expires time.Duration
}

// Answer is a request's success: any status below 300.
type Answer struct {
	Status int
	Header http.Header
	// Body must be closed. It is empty but for Get.
	Body io.ReadCloser
	// Size of the body in bytes, -1 when it is not known.
	Size int64
	// ETag as it came, in quotes.
	ETag string
	// RequestID is the x-cos-request-id.
	RequestID string
	// Cosemu holds the x-cosemu-* headers.
	Cosemu http.Header
}

// Put stores body under key. A body whose length cannot be known beforehand is
// sent chunked: give a Content-Length in h to avoid that. All of h is signed.
func (c *Client) Put(ctx context.Context, key string, body io.Reader, h http.Header) (*Answer, error) {
	return c.do(ctx, http.MethodPut, key, body, h)
}

// Get fetches an object; close the Body of its answer. All of h is signed.
func (c *Client) Get(ctx context.Context, key string, h http.Header) (*Answer, error) {
	return c.do(ctx, http.MethodGet, key, nil, h)
}

// Head asks for an object's headers. All of h is signed.
func (c *Client) Head(ctx context.Context, key string, h http.Header) (*Answer, error) {
	return c.do(ctx, http.MethodHead, key, nil, h)
}

// Delete removes an object. All of h is signed.
func (c *Client) Delete(ctx context.Context, key string, h http.Header) (*Answer, error) {
	return c.do(ctx, http.MethodDelete, key, nil, h)
}

// PutURL sends body to a pre-signed URL, with the headers it was signed with.
func (c *Client) PutURL(ctx context.Context, u string, body io.Reader, h http.Header) (*Answer, error) {
	return c.Send(ctx, &Presigned{Method: http.MethodPut, URL: u, Header: h}, body)
}

// GetURL fetches a pre-signed URL; close the Body of its answer.
func (c *Client) GetURL(ctx context.Context, u string, h http.Header) (*Answer, error) {
	return c.Send(ctx, &Presigned{Method: http.MethodGet, URL: u, Header: h}, nil)
}

// HeadURL asks for the headers of a pre-signed URL.
func (c *Client) HeadURL(ctx context.Context, u string, h http.Header) (*Answer, error) {
	return c.Send(ctx, &Presigned{Method: http.MethodHead, URL: u, Header: h}, nil)
}

// DeleteURL removes what a pre-signed URL names.
func (c *Client) DeleteURL(ctx context.Context, u string, h http.Header) (*Answer, error) {
	return c.Send(ctx, &Presigned{Method: http.MethodDelete, URL: u, Header: h}, nil)
}

// Presign signs a request with the client's key pair, bucket and time, without
// sending it. What in leaves empty is filled in from the client.
func (c *Client) Presign(in PresignInput) (*Presigned, error) {
	if c.Credentials == nil || c.Now == nil {
		return nil, errors.New("signer: the client needs Credentials and Now to sign")
	}
	in.Credentials = *c.Credentials
	if in.Host == "" && in.Bucket == "" {
		in.Host, in.Bucket, in.Region, in.PathStyle = c.Host, c.Bucket, c.Region, c.PathStyle
	}
	if in.Family == QSign {
		in.Family = c.Family
	}
	if in.Start.IsZero() {
		in.Start = c.Now()
	}
	if in.Expires == 0 {
		in.Expires = c.Expires
	}
	if in.Expires == 0 {
		in.Expires = DefaultExpires
	}
	if in.Token == TokenSigned {
		in.Token = c.Token
	}
	return Presign(in)
}

func (c *Client) do(ctx context.Context, method, key string, body io.Reader, h http.Header) (*Answer, error) {
	carrier := c.Carrier
	if carrier == CarrierNone {
		carrier = CarrierHeader
	}
	p, err := c.Presign(PresignInput{Method: method, Key: key, Header: h, Carrier: carrier})
	if err != nil {
		return nil, err
	}
	return c.Send(ctx, p, body)
}

// Send sends a request that was signed in advance; body may be nil. The error
// is an [*Error] when the server answered with one. Neither it nor any other
// error shows the query, in which the signature and the token stand.
func (c *Client) Send(ctx context.Context, p *Presigned, body io.Reader) (*Answer, error) {
	req, err := c.request(ctx, p, body)
	if err != nil {
		return nil, err
	}
	h := http.DefaultClient
	if c.HTTP != nil {
		h = c.HTTP
	}
	still := *h
	still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := still.Do(req) //nolint:bodyclose // it is the caller's, in the Answer; readError closes its own
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err // its own text shows the URL
		}
		return nil, fmt.Errorf("signer: %s: %w", p, err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, readError(p, resp)
	}
	return &Answer{
		Status:    resp.StatusCode,
		Header:    resp.Header,
		Body:      resp.Body,
		Size:      resp.ContentLength,
		ETag:      resp.Header.Get("ETag"),
		RequestID: resp.Header.Get(requestIDHeader),
		Cosemu:    cosemuHeaders(resp.Header),
	}, nil
}

// request turns p into what net/http will put on the wire as it is.
func (c *Client) request(ctx context.Context, p *Presigned, body io.Reader) (*http.Request, error) {
	rawURL, _, _ := strings.Cut(p.URL, "#")
	host, target, ok := cutAuthority(rawURL)
	if !ok || host == "" {
		return nil, errors.New("signer: the URL has no scheme or no host")
	}
	scheme, _, _ := strings.Cut(rawURL, "://")
	addr := host
	if c.Addr != "" {
		scheme, addr = "http", c.Addr
		if s, a, ok := strings.Cut(c.Addr, "://"); ok {
			scheme, addr = s, strings.TrimSuffix(a, "/")
		}
	}
	// The URL given here is only a place to stand on; the target follows.
	req, err := http.NewRequestWithContext(ctx, p.Method, "http://cosemu.invalid/", body)
	if err != nil {
		return nil, fmt.Errorf("signer: %w", err)
	}
	path, query, has := strings.Cut(wireEscape(target), "?")
	req.URL = rawTargetURL(scheme, addr, host, path)
	req.URL.RawQuery, req.URL.ForceQuery = query, has
	req.Host = host
	if err := setHeader(req, p.Header, body); err != nil {
		return nil, err
	}
	return req, nil
}

// rawTargetURL makes a URL that net/http writes onto the request line with path
// as it stands.
func rawTargetURL(scheme, addr, host, path string) *url.URL {
	u := &url.URL{Scheme: scheme, Host: addr}
	if path == "" {
		path = "/"
	}
	if plain, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = plain, path
		if u.EscapedPath() == path {
			return u
		}
	}
	// Bytes that net/url would escape, or escapes that it cannot read.
	u.Path, u.RawPath, u.Opaque = "", "", path
	if strings.HasPrefix(path, "//") {
		// An opaque "//" is read as an authority: spell it out.
		u.Opaque = "//" + host + path
	}
	return u
}

// wireEscape percent-encodes the bytes that no HTTP client puts on a request
// line, and nothing else.
func wireEscape(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = !unsendable(s[i])
	}
	if clean {
		return s
	}
	b := make([]byte, 0, len(s)+32)
	for i := 0; i < len(s); i++ {
		if c := s[i]; unsendable(c) {
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func unsendable(c byte) bool {
	return c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0
}

// setHeader gives req the headers that were signed, and none of net/http's own
// making but for Expect, and Accept-Encoding, without which it would ask for
// gzip and unpack the answer.
func setHeader(req *http.Request, h http.Header, body io.Reader) error {
	req.Header = make(http.Header, len(h)+2)
	req.Header.Set("User-Agent", "")
	req.Header.Set("Accept-Encoding", "identity")
	length, err := bodyLength(body)
	if err != nil {
		return err
	}
	for name, values := range h {
		if len(values) == 0 {
			continue
		}
		switch {
		case equalFold(name, "Host"):
			req.Host = values[0]
		case equalFold(name, "Transfer-Encoding"):
			length = -1
		case equalFold(name, "Content-Length"):
			n, err := strconv.ParseInt(values[0], 10, 64)
			if err != nil || n < 0 {
				return errors.New("signer: Content-Length is no length")
			}
			length = n
			if n == 0 && !bodyMethod(req.Method) {
				// net/http leaves a zero out here; under a key of its own
				// spelling it goes through.
				req.Header["content-length"] = []string{"0"}
			}
		default:
			req.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	req.ContentLength = length
	if (length < 0 || length > expectAbove) && req.Header["Expect"] == nil {
		req.Header.Set("Expect", "100-continue")
	}
	if length == 0 {
		req.Body, req.GetBody = http.NoBody, nil
	}
	return nil
}

// bodyMethod reports whether net/http writes "Content-Length: 0" with a method.
func bodyMethod(method string) bool {
	return method == http.MethodPut || method == http.MethodPost || method == http.MethodPatch
}

// bodyLength finds out how much body holds without reading it; -1: unknown.
func bodyLength(body io.Reader) (int64, error) {
	switch b := body.(type) {
	case nil:
		return 0, nil
	case interface{ Len() int }: // bytes.Buffer, bytes.Reader, strings.Reader
		return int64(b.Len()), nil
	case io.Seeker: // a file; one that cannot seek is a pipe
		at, err := b.Seek(0, io.SeekCurrent)
		if err != nil {
			return -1, nil //nolint:nilerr // not knowing is an answer
		}
		end, err := b.Seek(0, io.SeekEnd)
		if err != nil {
			return -1, nil //nolint:nilerr // as above
		}
		if _, err := b.Seek(at, io.SeekStart); err != nil {
			return 0, fmt.Errorf("signer: rewind body: %w", err)
		}
		return end - at, nil
	}
	return -1, nil
}
