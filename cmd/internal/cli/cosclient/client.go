// Package cosclient uses a server's COS port as an SDK does, with signed requests. It streams:
// an upload holds at most one part in memory, a download and a copy hold nothing.
package cosclient

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// Client sends signed requests to one server. It is for one goroutine.
type Client struct {
	// Signer signs and sends. It has a key pair, a clock and an address.
	Signer *signer.Client
	// Host returns the host of a bucket's requests, which is signed, and whether the bucket stands
	// in the path. The empty bucket is the service itself.
	Host func(bucket string) (host string, pathStyle bool)
	// PartSize is the length of parts in bytes; 0: 16 MiB. What is longer than two parts is
	// uploaded in parts.
	PartSize int64
}

const (
	defaultPart = 16 << 20
	// maxParts is how many parts an upload may have (COS docs: Upload Part).
	maxParts = 10_000
	// maxPart is the longest part in bytes, and the longest object of one PUT or one copy (COS docs:
	// Put Object, Put Object - Copy).
	maxPart = 5 << 30
	// maxAnswer is the longest XML answer that is read, in bytes.
	maxAnswer = 16 << 20
)

// NewTransport returns the transport for a server on this machine or next to it. Requests go
// through no proxy, and a refused body is not sent.
func NewTransport() *http.Transport {
	return &http.Transport{
		ExpectContinueTimeout: time.Minute,
		IdleConnTimeout:       30 * time.Second,
		DisableCompression:    true,
		WriteBufferSize:       256 << 10,
		ReadBufferSize:        256 << 10,
	}
}

// A request is what is sent for one bucket.
type request struct {
	method, bucket, key string
	query               url.Values
	header              http.Header
	body                io.Reader
}

func (c *Client) send(ctx context.Context, r request) (*signer.Answer, error) {
	in := signer.PresignInput{
		Method: r.method, Bucket: r.bucket, Key: r.key, Query: r.query, Header: r.header, Scheme: "http",
		Carrier: signer.CarrierHeader,
	}
	in.Host, in.PathStyle = c.Host(r.bucket)
	p, err := c.Signer.Presign(in)
	if err != nil {
		return nil, err
	}
	return c.Signer.Send(ctx, p, r.body)
}

// done sends a request whose answer has no body of interest.
func (c *Client) done(ctx context.Context, r request) (http.Header, error) {
	a, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(a.Body, maxAnswer)) // so that the connection can be used again
	return a.Header, err
}

// read sends a request whose answer is an XML document.
func (c *Client) read(ctx context.Context, r request, into any) (http.Header, error) {
	a, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	data, err := io.ReadAll(io.LimitReader(a.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	var refused struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}
	if xml.Unmarshal(data, &refused) == nil { // completing an upload says 200 before it knows
		return nil, &signer.Error{
			Op: r.method + " " + r.bucket + "/" + r.key, Status: a.Status, Code: refused.Code, Message: refused.Message,
			RequestID: a.RequestID, Cosemu: a.Cosemu, Header: a.Header, Body: data,
		}
	}
	if err := xml.Unmarshal(data, into); err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.bucket, err)
	}
	return a.Header, nil
}

// Info is what is known of an object.
type Info struct {
	Size      int64
	ETag      string // in quotes
	VersionID string
	Header    http.Header
}

// Head returns what is known of an object.
func (c *Client) Head(ctx context.Context, bucket, key string) (Info, error) {
	a, err := c.send(ctx, request{method: http.MethodHead, bucket: bucket, key: key})
	if err != nil {
		return Info{}, err
	}
	defer a.Body.Close()
	return info(a), nil
}

func info(a *signer.Answer) Info {
	size, err := strconv.ParseInt(a.Header.Get("Content-Length"), 10, 64)
	if err != nil {
		size = a.Size
	}
	return Info{Size: size, ETag: a.ETag, VersionID: a.Header.Get("X-Cos-Version-Id"), Header: a.Header}
}

// Get opens an object. The body must be closed; it ends in an error unless all bytes came, as
// they were stored.
func (c *Client) Get(ctx context.Context, bucket, key string) (io.ReadCloser, Info, error) {
	a, err := c.send(ctx, request{method: http.MethodGet, bucket: bucket, key: key})
	if err != nil {
		return nil, Info{}, err
	}
	return &checkedBody{body: a.Body, want: a.Header.Get(crcHeader)}, info(a), nil
}

// Delete removes an object, or one version of it.
func (c *Client) Delete(ctx context.Context, bucket, key, version string) error {
	r := request{method: http.MethodDelete, bucket: bucket, key: key}
	if version != "" {
		r.query = url.Values{"versionId": {version}}
	}
	_, err := c.done(ctx, r)
	return err
}

// DeleteBucket removes an empty bucket.
func (c *Client) DeleteBucket(ctx context.Context, bucket string) error {
	_, err := c.done(ctx, request{method: http.MethodDelete, bucket: bucket})
	return err
}

// Missing reports whether an error says that there is no such object.
func Missing(err error) bool {
	e, ok := errors.AsType[*signer.Error](err)
	return ok && e.Status == http.StatusNotFound && e.Code != "NoSuchBucket"
}
