package cosclient

import (
	"bytes"
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

// Source is what is uploaded.
type Source struct {
	Body io.Reader
	// Size in bytes; -1: unknown.
	Size int64
	// Header of the object: Content-Type, x-cos-meta-… and so on.
	Header http.Header
	// Progress gets how many bytes more were sent; it may be nil.
	Progress func(n int64)
}

// Put uploads an object, in parts if it is long. After an error nothing of it is left at the
// server: an upload in parts is aborted.
func (c *Client) Put(ctx context.Context, bucket, key string, from Source) (Info, error) {
	m := &meter{from: from.Body, tell: from.Progress}
	part := c.part(from.Size)
	if from.Size < 0 { // as far as one part: perhaps that is all
		first, err := io.ReadAll(io.LimitReader(m, part))
		if err != nil {
			return Info{}, err
		}
		if int64(len(first)) == part {
			return c.inParts(ctx, bucket, key, from.Header, m, func(n int) (io.Reader, int64, error) {
				return nextPart(first, m, n)
			})
		}
		return c.whole(ctx, bucket, key, from.Header, m, bytes.NewReader(first), int64(len(first)))
	}
	if from.Size <= 2*part {
		return c.whole(ctx, bucket, key, from.Header, m, io.LimitReader(m, from.Size), from.Size)
	}
	left := from.Size
	return c.inParts(ctx, bucket, key, from.Header, m, func(int) (io.Reader, int64, error) {
		n := min(part, left)
		left -= n
		return io.LimitReader(m, n), n, nil
	})
}

// part is the length of the parts of an object in bytes.
func (c *Client) part(size int64) int64 {
	part := c.PartSize
	if part == 0 {
		part = defaultPart
	}
	for size > 0 && (size+part-1)/part > maxParts {
		part *= 2
	}
	return min(part, maxPart)
}

// nextPart fills the buffer for part n of a stream of unknown length. It holds the first part
// already.
func nextPart(buffer []byte, from io.Reader, n int) (io.Reader, int64, error) {
	if n > 1 {
		got, err := io.ReadFull(from, buffer)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, 0, err
		}
		buffer = buffer[:got]
	}
	return bytes.NewReader(buffer), int64(len(buffer)), nil
}

// whole uploads by one PUT.
func (c *Client) whole(ctx context.Context, bucket, key string, h http.Header, m *meter, body io.Reader, size int64) (Info, error) {
	h = withLength(h, size)
	if size == 0 {
		body = nil
	}
	header, err := c.done(ctx, request{method: http.MethodPut, bucket: bucket, key: key, header: h, body: body})
	if err != nil {
		return Info{}, err
	}
	return Info{
		Size: size, ETag: header.Get("ETag"), VersionID: header.Get("X-Cos-Version-Id"), Header: header,
	}, checkCRC(m.sum, header.Get(crcHeader))
}

func withLength(h http.Header, size int64) http.Header {
	if h = h.Clone(); h == nil {
		h = http.Header{}
	}
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	return h
}

// completed is the body that completes an upload.
type completed struct {
	XMLName xml.Name `xml:"CompleteMultipartUpload"`
	Part    []donePart
}

type donePart struct {
	PartNumber int
	ETag       string
}

// inParts uploads part after part. next returns part n; one of length 0 is the end, unless it is
// the first.
func (c *Client) inParts(ctx context.Context, bucket, key string, h http.Header, m *meter,
	next func(n int) (io.Reader, int64, error),
) (Info, error) {
	var total int64
	out, err := c.multipart(ctx, bucket, key, h, func(id string, n int) (etag string, err error) {
		body, size, err := next(n)
		if err != nil || size == 0 {
			return "", err
		}
		total += size
		header, err := c.done(ctx, request{
			method: http.MethodPut, bucket: bucket, key: key, query: partQuery(id, n), header: withLength(nil, size), body: body,
		})
		return header.Get("ETag"), err
	})
	out.Size = total
	if err == nil {
		err = checkCRC(m.sum, out.Header.Get(crcHeader))
	}
	return out, err
}

func partQuery(id string, n int) url.Values {
	return url.Values{"partNumber": {strconv.Itoa(n)}, "uploadId": {id}}
}

// multipart begins an upload, calls send for each part until it returns no ETag, and completes
// the upload. On an error it aborts it.
func (c *Client) multipart(ctx context.Context, bucket, key string, h http.Header, send func(id string, n int) (string, error)) (Info, error) {
	var begun struct {
		UploadID string `xml:"UploadId"`
	}
	_, err := c.read(ctx, request{
		method: http.MethodPost, bucket: bucket, key: key, query: url.Values{"uploads": {""}}, header: withLength(h, 0),
	}, &begun)
	if err != nil {
		return Info{}, err
	}
	out, err := c.parts(ctx, bucket, key, begun.UploadID, send)
	if err != nil {
		err = errors.Join(err, c.Abort(ctx, bucket, Upload{key, begun.UploadID}))
	}
	return out, err
}

func (c *Client) parts(ctx context.Context, bucket, key, id string, send func(id string, n int) (string, error)) (Info, error) {
	var all completed
	for n := 1; ; n++ {
		etag, err := send(id, n)
		if err != nil {
			return Info{}, err
		}
		if etag == "" {
			break
		}
		if n > maxParts {
			return Info{}, fmt.Errorf("more than %d parts", maxParts)
		}
		all.Part = append(all.Part, donePart{n, etag})
	}
	doc, err := xml.Marshal(&all)
	if err != nil {
		return Info{}, err
	}
	var result struct{ ETag string }
	header, err := c.read(ctx, request{
		method: http.MethodPost, bucket: bucket, key: key, query: url.Values{"uploadId": {id}},
		header: withLength(nil, int64(len(doc))), body: bytes.NewReader(doc),
	}, &result)
	return Info{ETag: result.ETag, VersionID: header.Get("X-Cos-Version-Id"), Header: header}, err
}

// abortTimeout bounds an abort, which comes after an interruption too.
const abortTimeout = 10 * time.Second

// Abort ends an unfinished upload. It does so even when ctx has ended.
func (c *Client) Abort(ctx context.Context, bucket string, u Upload) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	_, err := c.done(ctx, request{
		method: http.MethodDelete, bucket: bucket, key: u.Key, query: url.Values{"uploadId": {u.ID}},
	})
	if e, ok := errors.AsType[*signer.Error](err); ok && e.Status == http.StatusNotFound {
		return nil // it is over already
	}
	return err
}
