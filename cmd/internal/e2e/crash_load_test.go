package e2e

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// versionsBucket is a bucket with versioning.
const versionsBucket = "versions-1250000000"

// mostPieces is the most appends to an object. Each piece has a file of its own.
const mostPieces = 20

// send sends a signed request with a query and reads the answer to its end.
func send(ctx context.Context, c *signer.Client, in signer.PresignInput, body []byte) (http.Header, []byte, error) {
	p, err := c.Presign(in)
	if err != nil {
		return nil, nil, err
	}
	a, err := c.Send(ctx, p, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	b, err := io.ReadAll(a.Body)
	return a.Header, b, errors.Join(err, a.Body.Close())
}

// draw chooses the next change of a key: the new content, and a function that makes the change.
func (w *writer) draw(rnd *rand.Rand, key string, now version) (version, func(context.Context, *signer.Client) error) {
	n := size(rnd)
	if n < 0 || len(now.pieces) > mostPieces {
		return version{}, func(ctx context.Context, c *signer.Client) error {
			_, err := c.Delete(ctx, key, nil)
			return err
		}
	}
	if strings.HasSuffix(key, "log") {
		next, at := w.next(max(n, 1)), len(now.content())
		body := next.content()
		return version{slices.Concat(now.pieces, next.pieces), now.files + 1}, func(ctx context.Context, c *signer.Client) error {
			query := url.Values{"append": {""}, "position": {strconv.Itoa(at)}}
			_, _, err := send(ctx, c, signer.PresignInput{Method: http.MethodPost, Key: key, Query: query}, body)
			return err
		}
	}
	source := w.key(0)
	copied := w.keys[source].acked
	switch kind := rnd.IntN(5); {
	case kind == 0:
		next := w.next(max(n, 1))
		if n > firstPart {
			next.files++
		}
		return next, func(ctx context.Context, c *signer.Client) error { return putParts(ctx, c, key, next.content()) }
	case kind == 1 && !copied.none() && source != key:
		copied.files = min(copied.files, 1)
		return copied, func(ctx context.Context, c *signer.Client) error {
			h := http.Header{"X-Cos-Copy-Source": {fmt.Sprintf("%s.cos.%s.myqcloud.com/%s", bucket, region, url.PathEscape(source))}}
			_, err := c.Put(ctx, key, nil, h)
			return err
		}
	default:
		next := w.next(n)
		return next, func(ctx context.Context, c *signer.Client) error {
			var r io.Reader = bytes.NewReader(next.content())
			if kind == 2 {
				r = io.MultiReader(r) // hides the length
			}
			_, err := c.Put(ctx, key, r, nil)
			return err
		}
	}
}

// next returns a new content with this many bytes.
func (w *writer) next(size int) version {
	w.seeds++
	return version{[]piece{{seed: w.seeds<<8 | uint64(w.id), size: size}}, min(size, 1)}
}

// firstPart is the smallest part of a multipart upload, apart from the last part.
const firstPart = 1 << 20

// putParts stores a body by multipart upload.
func putParts(ctx context.Context, c *signer.Client, key string, body []byte) error {
	_, b, err := send(ctx, c, signer.PresignInput{Method: http.MethodPost, Key: key, Query: url.Values{"uploads": {""}}}, nil)
	if err != nil {
		return err
	}
	var begun struct {
		XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
		UploadID string   `xml:"UploadId"`
	}
	if err := xml.Unmarshal(b, &begun); err != nil {
		return err
	}
	var list strings.Builder
	for n, part := range [][]byte{body[:min(len(body), firstPart)], body[min(len(body), firstPart):]} {
		if n > 0 && len(part) == 0 {
			break
		}
		query := url.Values{"uploadId": {begun.UploadID}, "partNumber": {strconv.Itoa(n + 1)}}
		h, _, err := send(ctx, c, signer.PresignInput{Method: http.MethodPut, Key: key, Query: query}, part)
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", n+1, h.Get("ETag"))
	}
	done := []byte("<CompleteMultipartUpload>" + list.String() + "</CompleteMultipartUpload>")
	_, b, err = send(ctx, c, signer.PresignInput{Method: http.MethodPost, Key: key, Query: url.Values{"uploadId": {begun.UploadID}}}, done)
	if err == nil && !bytes.Contains(b, []byte("CompleteMultipartUploadResult")) {
		err = fmt.Errorf("complete: %s", b)
	}
	return err
}

// putVersion adds a version and records it once it is acknowledged.
func (w *writer) putVersion(ctx context.Context, c *signer.Client) error {
	in := *c
	in.Bucket = versionsBucket
	v := w.next(5000 + w.id)
	a, err := in.Put(ctx, fmt.Sprint(w.id), bytes.NewReader(v.content()), nil)
	if err == nil {
		w.versions[a.Header.Get("X-Cos-Version-Id")] = v
	}
	return err
}

// settleVersions checks each acknowledged version, removes versions of interrupted uploads, and
// returns the number of files of versions.
func settleVersions(t *testing.T, c *signer.Client, writers []*writer) int {
	t.Helper()
	_, b, err := send(t.Context(), c, signer.PresignInput{Method: http.MethodGet, Query: url.Values{"uploads": {""}}}, nil)
	require.NoError(t, err)
	var left struct {
		XMLName xml.Name `xml:"ListMultipartUploadsResult"`
		Upload  []struct {
			Key string
			ID  string `xml:"UploadId"`
		}
	}
	require.NoError(t, xml.Unmarshal(b, &left))
	for _, u := range left.Upload {
		query := url.Values{"uploadId": {u.ID}}
		_, _, err := send(t.Context(), c, signer.PresignInput{Method: http.MethodDelete, Key: u.Key, Query: query}, nil)
		require.NoError(t, err)
	}

	in := *c
	in.Bucket = versionsBucket
	for _, w := range writers {
		for id, v := range w.versions {
			query := url.Values{"versionId": {id}}
			_, b, err := send(t.Context(), &in, signer.PresignInput{Method: http.MethodGet, Key: fmt.Sprint(w.id), Query: query}, nil)
			require.NoError(t, err, "version %s", id)
			require.True(t, bytes.Equal(v.content(), b), "version %s", id)
		}
	}
	_, b, err = send(t.Context(), &in, signer.PresignInput{Method: http.MethodGet, Query: url.Values{"versions": {""}, "max-keys": {"1000"}}}, nil)
	require.NoError(t, err)
	require.NotContains(t, string(b), "<IsTruncated>true")
	return bytes.Count(b, []byte("<Version>"))
}

// makeVersionsBucket makes the bucket with versioning.
func makeVersionsBucket(t *testing.T, c *signer.Client) {
	t.Helper()
	in := *c
	in.Bucket = versionsBucket
	_, _, err := send(t.Context(), &in, signer.PresignInput{Method: http.MethodPut}, nil)
	require.NoError(t, err)
	on := []byte("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	_, _, err = send(t.Context(), &in, signer.PresignInput{Method: http.MethodPut, Query: url.Values{"versioning": {""}}}, on)
	require.NoError(t, err)
}
