package cosclient

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// Place is an object's bucket and key.
type Place struct{ Bucket, Key string }

// Copy copies an object at the server, with its headers and metadata; one that is too long for a
// single copy by parts.
func (c *Client) Copy(ctx context.Context, from, to Place) (Info, error) {
	have, err := c.Head(ctx, from.Bucket, from.Key)
	if err != nil {
		return Info{}, err
	}
	source := from.Bucket + "/" + signer.EncodePath(from.Key)
	if have.Size <= maxPart {
		var result struct{ ETag string }
		header, err := c.read(ctx, request{
			method: http.MethodPut, bucket: to.Bucket, key: to.Key, header: http.Header{"X-Cos-Copy-Source": {source}},
		}, &result)
		return Info{Size: have.Size, ETag: result.ETag, VersionID: header.Get("X-Cos-Version-Id"), Header: header}, err
	}
	part := c.part(have.Size)
	out, err := c.multipart(ctx, to.Bucket, to.Key, kept(have.Header), func(id string, n int) (string, error) {
		first := int64(n-1) * part
		if first >= have.Size {
			return "", nil
		}
		var result struct{ ETag string }
		_, err := c.read(ctx, request{
			method: http.MethodPut, bucket: to.Bucket, key: to.Key, query: partQuery(id, n),
			header: http.Header{
				"X-Cos-Copy-Source":          {source},
				"X-Cos-Copy-Source-If-Match": {have.ETag},
				"X-Cos-Copy-Source-Range":    {fmt.Sprintf("bytes=%d-%d", first, min(first+part, have.Size)-1)},
			},
		}, &result)
		return result.ETag, err
	})
	out.Size = have.Size
	return out, err
}

// kept are the headers of an object that go on to its copy.
func kept(h http.Header) http.Header {
	out := http.Header{}
	for name, values := range h {
		switch name {
		case "Content-Type", "Content-Encoding", "Content-Disposition", "Content-Language", "Cache-Control", "Expires",
			"X-Cos-Storage-Class":
		default:
			if !strings.HasPrefix(name, "X-Cos-Meta-") {
				continue
			}
		}
		out[name] = values
	}
	return out
}
