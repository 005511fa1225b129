package main

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// signedChunk is the size of a chunk in bytes, as minio-go sends them.
const signedChunk = 64 << 10

// measureChunks compares an upload in chunks that are signed by AWS Signature Version 4 with the
// two hashes that such an upload needs: MD5 for the ETag, SHA-256 for the signatures.
func (b *bench) measureChunks(ctx context.Context) error {
	body := pattern(int(b.Stream))
	s, err := b.startCosemu(ctx)
	if err != nil {
		return err
	}
	p := &streams{
		base: "MD5 and SHA-256", hash: func() { _, _ = md5.Sum(body), sha256.Sum256(body) },
		size: len(body), sum: md5.Sum(body),
	}
	var wire []byte
	for round := range b.Rounds + 1 {
		key := fmt.Sprintf("chunks/%d", round)
		var head []byte
		if head, wire, err = b.signer.chunked(key, body, wire[:0]); err != nil {
			return err
		}
		upload := func() (float64, error) {
			perSecond, err := send(ctx, s, head, wire, 1)
			return perSecond * float64(len(body)) / float64(len(wire)), err
		}
		if err := p.turn(ctx, b, s, key, upload, round > 0); err != nil {
			return err
		}
		if err := b.remove(ctx, s, key); err != nil {
			return err
		}
	}
	b.add(p.row(fmt.Sprintf("one PUT of %d MiB in signed chunks (V4), in memory", b.Stream>>20), 0))
	return nil
}

// chunked returns the head of an upload in signed chunks, and appends its body to wire.
func (q requests) chunked(key string, data, wire []byte) (head, body []byte, _ error) {
	p, err := signer.Presign(signer.PresignInput{
		Family: signer.AWS4, Carrier: signer.CarrierHeader, Credentials: q.key, Method: http.MethodPut, Scheme: "http",
		Bucket: q.bucket, Region: region, Key: key, Start: time.Now(), Expires: time.Hour,
		Header: http.Header{
			"X-Amz-Content-Sha256":         {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
			"X-Amz-Decoded-Content-Length": {strconv.Itoa(len(data))},
		},
	})
	if err != nil {
		return nil, nil, err
	}
	_, seed, ok := strings.Cut(p.Header.Get("Authorization"), "Signature=")
	if !ok {
		return nil, nil, errors.New("an Authorization header without a signature")
	}
	body = appendChunks(wire, data, q.key.SecretKey, p.Header.Get("X-Amz-Date"), seed)
	var text strings.Builder
	fmt.Fprintf(&text, "PUT /%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", key, q.host(), len(body))
	_ = p.Header.Write(&text) // a builder returns no error
	return []byte(text.String() + "\r\n"), body, nil
}

// appendChunks appends data in signed chunks (Amazon S3 API Reference: Transferring Payload in
// Multiple Chunks). seed is the signature of the request, date its x-amz-date.
func appendChunks(dst, data []byte, secret, date, seed string) []byte {
	day, _, _ := strings.Cut(date, "T")
	key := []byte("AWS4" + secret)
	for _, part := range []string{day, region, "s3", "aws4_request"} {
		key = hmac256(key, part)
	}
	empty := sha256.Sum256(nil)
	start := "AWS4-HMAC-SHA256-PAYLOAD\n" + date + "\n" + day + "/" + region + "/s3/aws4_request\n"
	for previous := seed; ; {
		piece := data[:min(signedChunk, len(data))]
		data = data[len(piece):]
		sum := sha256.Sum256(piece)
		previous = hex.EncodeToString(hmac256(key, fmt.Sprintf("%s%s\n%x\n%x", start, previous, empty, sum)))
		dst = fmt.Appendf(dst, "%x;chunk-signature=%s\r\n", len(piece), previous)
		dst = append(append(dst, piece...), "\r\n"...)
		if len(piece) == 0 { // the last chunk has no data
			return dst
		}
	}
}

func hmac256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
