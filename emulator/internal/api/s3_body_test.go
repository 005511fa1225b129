package api_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
)

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func hmac256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// chunked is a body in signed chunks, as the document of S3 describes it, made
// here apart from the code under test.
type chunked struct {
	secret, date, region, seed string
	pieces                     []string
	// spoil changes the text of a chunk, the last empty one included.
	spoil func(n int, line, data string) string
}

func (c *chunked) String() string {
	day, _, _ := strings.Cut(c.date, "T")
	key := []byte("AWS4" + c.secret)
	for _, part := range []string{day, c.region, "s3", "aws4_request"} {
		key = hmac256(key, part)
	}
	var b strings.Builder
	previous := c.seed
	for n, data := range append(c.pieces[:len(c.pieces):len(c.pieces)], "") {
		text := "AWS4-HMAC-SHA256-PAYLOAD\n" + c.date + "\n" + day + "/" + c.region + "/s3/aws4_request\n" +
			previous + "\n" + sha256Hex("") + "\n" + sha256Hex(data)
		previous = hex.EncodeToString(hmac256(key, text))
		line := fmt.Sprintf("%x;chunk-signature=%s\r\n", len(data), previous)
		if c.spoil != nil {
			b.WriteString(c.spoil(n, line, data+"\r\n"))
			continue
		}
		b.WriteString(line + data + "\r\n")
	}
	return b.String()
}

// chunkedMessage is an upload of pieces in signed chunks.
func chunkedMessage(tb testing.TB, in signer.PresignInput, spoil func(int, string, string) string, pieces ...string) *message {
	tb.Helper()
	in.Header = in.Header.Clone()
	in.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
	if in.Header.Get("X-Amz-Decoded-Content-Length") == "" {
		in.Header.Set("X-Amz-Decoded-Content-Length", strconv.Itoa(len(strings.Join(pieces, ""))))
	}
	m := s3Message(tb, in, "")
	_, seed, ok := strings.Cut(m.header.Get("Authorization"), "Signature=")
	require.True(tb, ok)
	c := &chunked{secret: in.Credentials.SecretKey, date: m.header.Get("X-Amz-Date"), region: in.Region, seed: seed, pieces: pieces, spoil: spoil}
	m.body = []byte(c.String())
	return m
}

// TestS3Chunks: a body in signed chunks is stored without its framing, and
// without the coding that stands for it.
func TestS3Chunks(t *testing.T) {
	s := start(t, api.Config{})
	one, two := strings.Repeat("a", 64<<10), strings.Repeat("b", 1000)
	for name, pieces := range map[string][]string{"two": {one, two}, "small": {"hello"}, "empty": nil, "large": {one, one, one, one, one, one, two}} {
		in := bySDK(signer.AWS4, signer.CarrierHeader)
		in.Header.Set("Content-Encoding", "aws-chunked, gzip")
		data := strings.Join(pieces, "")
		a := s.send(chunkedMessage(t, in, nil, pieces...))
		require.Equal(t, 200, a.status, "%s: %s", name, a.body)
		sum := md5.Sum([]byte(data))
		require.Equal(t, `"`+hex.EncodeToString(sum[:])+`"`, a.header.Get("ETag"))
		s.requireStored(testBucket, "k", []byte(data))
		got := s.do("GET", "/k", nil)
		require.Equal(t, "gzip", got.header.Get("Content-Encoding"))
		require.Equal(t, []byte(data), append([]byte{}, got.body...))
		m := chunkedMessage(t, in, nil, pieces...)
		m.chunked = true
		require.Equal(t, 200, s.send(m).status, "framed twice")
		s.requireStored(testBucket, "k", []byte(data))
		s.remove(testBucket, "k")
	}
	in := bySDK(signer.AWS4, signer.CarrierHeader)
	in.Header.Set("Content-Encoding", "aws-chunked")
	sum := md5.Sum([]byte("hello"))
	in.Header.Set("Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	require.Equal(t, 200, s.send(chunkedMessage(t, in, nil, "hello")).status, "the MD5 is that of the data (choice 697)")
	require.Empty(t, s.do("HEAD", "/k", nil).header.Get("Content-Encoding"))
	s.remove(testBucket, "k")
	a := s.send(chunkedMessage(t, in, nil, "hallo"))
	require.Equal(t, "BadDigest", a.code())
	s.requireNothing(testBucket, "k")
}

// TestS3ChunksForged: an altered chunk, signature or length is refused, at any
// chunk, and nothing is stored.
func TestS3ChunksForged(t *testing.T) {
	one := strings.Repeat("a", 8<<10)
	at := func(chunk int, change func(line, data string) string) func(int, string, string) string {
		return func(n int, line, data string) string {
			if n == chunk {
				return change(line, data)
			}
			return line + data
		}
	}
	flip := func(line, data string) string { return line + "x" + data[1:] }
	sign := func(line, data string) string {
		i := len(line) - 3
		return line[:i] + string("01"[(line[i]^1)&1]) + line[i+1:] + data
	}
	none := func(string, string) string { return "" }
	for name, c := range map[string]struct {
		spoil  func(int, string, string) string
		length string
		status int
		code   string
	}{
		"as it was signed":         {nil, "", 200, ""},
		"first chunk altered":      {at(0, flip), "", 403, mismatch},
		"last chunk altered":       {at(1, flip), "", 403, mismatch},
		"first signature altered":  {at(0, sign), "", 403, mismatch},
		"last signature altered":   {at(2, sign), "", 403, mismatch},
		"last chunk left out":      {at(2, none), "", 400, "IncompleteBody"},
		"first chunk left out":     {at(0, none), "", 403, mismatch},
		"a line that is none":      {at(1, func(_, data string) string { return "hello\r\n" + data }), "", 400, "InvalidArgument"},
		"more behind the last":     {at(2, func(line, data string) string { return line + data + "x" }), "", 400, "InvalidArgument"},
		"decoded length too small": {nil, "8193", 400, "IncompleteBody"},
		"decoded length too large": {nil, "9000", 400, "IncompleteBody"},
		"decoded length of zero":   {nil, "0", 400, "IncompleteBody"},
		"decoded length absent":    {nil, "-", 411, "MissingContentLength"},
		"decoded length negative":  {nil, "-1", 411, "MissingContentLength"},
		"no chunks":                {func(_ int, _, data string) string { return data }, "", 400, "InvalidArgument"},
	} {
		s := start(t, api.Config{})
		in := bySDK(signer.AWS4, signer.CarrierHeader)
		if c.length != "" {
			in.Header.Set("X-Amz-Decoded-Content-Length", c.length)
		}
		a := s.send(chunkedMessage(t, in, c.spoil, one, "tail"))
		require.Equal(t, c.status, a.status, "%s: %s", name, a.body)
		if c.code != "" {
			require.Equal(t, c.code, a.code(), name)
		}
		if c.status == 200 {
			s.requireStored(testBucket, "k", []byte(one+"tail"))
			continue
		}
		require.Empty(t, s.stored(), name)
	}
	s := start(t, api.Config{})
	a := s.send(chunkedMessage(t, bySDK(signer.AWS4, signer.CarrierHeader), nil, "small", one))
	require.Equal(t, 400, a.status)
	require.Contains(t, a.message(), "8192")
	require.Empty(t, s.stored())
}

// TestS3ChunksReported: with verify: report a chunk that does not match is stored
// and reported.
func TestS3ChunksReported(t *testing.T) {
	s := start(t, api.Config{Verify: api.VerifyReport})
	in := bySDK(signer.AWS4, signer.CarrierHeader)
	in.Credentials.SecretKey = "another"
	a := s.send(chunkedMessage(t, in, nil, "hello"))
	require.Equal(t, 200, a.status, "%s", a.body)
	require.Equal(t, "403 "+mismatch, a.header.Get("X-Cosemu-Verdict"))
	s.requireStored(testBucket, "k", []byte("hello"))
}

// TestS3Hash: the body is held against the hash that was signed, with and without
// a length; nothing is stored that differs.
//
// holds: code XAmzContentSHA256Mismatch
func TestS3Hash(t *testing.T) {
	s := start(t, api.Config{})
	large := strings.Repeat("0123456789abcdef", 64<<10)
	for name, c := range map[string]struct {
		signed, sent string
		framed       bool
		code         string
	}{
		"right":                 {"hello", "hello", false, ""},
		"right, chunked":        {"hello", "hello", true, ""},
		"right, large":          {large, large, false, ""},
		"right, empty":          {"", "", false, ""},
		"altered":               {"hello", "hallo", false, "XAmzContentSHA256Mismatch"},
		"altered, chunked":      {"hello", "hallo", true, "XAmzContentSHA256Mismatch"},
		"altered, large":        {large, large[1:] + "x", false, "XAmzContentSHA256Mismatch"},
		"empty in its place":    {"hello", "", false, "XAmzContentSHA256Mismatch"},
		"empty, chunked":        {"hello", "", true, "XAmzContentSHA256Mismatch"},
		"something for nothing": {"", "hello", false, "XAmzContentSHA256Mismatch"},
	} {
		in := bySDK(signer.AWS4, signer.CarrierHeader)
		in.Header.Set("X-Amz-Content-Sha256", sha256Hex(c.signed))
		m := s3Message(t, in, c.sent)
		m.chunked = c.framed
		a := s.send(m)
		if c.code == "" {
			require.Equal(t, 200, a.status, "%s: %s", name, a.body)
			s.requireStored(testBucket, "k", []byte(c.sent))
			s.remove(testBucket, "k")
			continue
		}
		require.Equal(t, 400, a.status, "%s: %s", name, a.body)
		require.Equal(t, c.code, a.code(), name)
		require.Empty(t, s.stored(), name)
	}
	get := bySDK(signer.AWS4, signer.CarrierHeader)
	get.Method = http.MethodGet
	get.Header.Set("X-Amz-Content-Sha256", sha256Hex("hello"))
	require.Equal(t, "XAmzContentSHA256Mismatch", s.send(s3Message(t, get, "")).code(), "a request without a body")

	reports := start(t, api.Config{Verify: api.VerifyReport})
	in := bySDK(signer.AWS4, signer.CarrierHeader)
	in.Header.Set("X-Amz-Content-Sha256", sha256Hex("hello"))
	a := reports.send(s3Message(t, in, "hallo"))
	require.Equal(t, 200, a.status)
	require.Equal(t, "400 XAmzContentSHA256Mismatch", a.header.Get("X-Cosemu-Verdict"))
}

// TestS3Trailers: checksums in a trailer are refused, and so is a deletion of many
// with a checksum in place of Content-MD5; aws-checksum names the client's
// setting.
func TestS3Trailers(t *testing.T) {
	s := start(t, api.Config{})
	for _, payload := range []string{"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"} {
		for _, framed := range []bool{false, true} {
			in := bySDK(signer.AWS4, signer.CarrierHeader)
			in.Header.Set("X-Amz-Content-Sha256", payload)
			in.Header.Set("X-Amz-Decoded-Content-Length", "5")
			in.Header.Set("Content-Encoding", "aws-chunked")
			in.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
			m := s3Message(t, in, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n")
			m.chunked = framed
			a := s.send(m)
			require.Equal(t, map[bool]int{false: 501, true: 411}[framed], a.status)
			require.Equal(t, map[bool]string{false: "NotImplemented", true: "MissingContentLength"}[framed], a.code())
			require.Equal(t, "aws-checksum", a.causes())
			for _, setting := range []string{"AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED", `request_checksum_calculation="when_required"`, `requestChecksumCalculation: "WHEN_REQUIRED"`} {
				require.Contains(t, s.firstFinding().Advice.En, setting)
				require.Contains(t, s.firstFinding().Advice.Zh, setting)
			}
			require.Empty(t, s.stored())
		}
	}
	require.Equal(t, 200, s.do("PUT", "/k", []byte("hi")).status)
	doc := `<Delete><Object><Key>k</Key></Object></Delete>`
	many := bySDK(signer.AWS4, signer.CarrierHeader)
	many.Method, many.Key, many.Query = http.MethodPost, "", map[string][]string{"delete": {""}}
	many.Header.Set("X-Amz-Checksum-Crc32", "AAAAAA==")
	many.Header.Set("X-Amz-Sdk-Checksum-Algorithm", "CRC32")
	a := s.send(s3Message(t, many, doc))
	require.Equal(t, 400, a.status)
	require.Equal(t, "InvalidRequest", a.code())
	require.Equal(t, "aws-checksum", a.causes())
	s.requireStored(testBucket, "k", []byte("hi"))
	sum := md5.Sum([]byte(doc))
	many.Header.Set("Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	require.Equal(t, 200, s.send(s3Message(t, many, doc)).status, "control")
	s.requireNothing(testBucket, "k")
	require.False(t, bytes.Contains(a.body, []byte("WHEN_REQUIRED")), "the answer itself is the cloud's")
}
