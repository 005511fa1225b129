package signer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// FuzzAWSClaim: no request makes the judge panic, answer with more than it was
// given, or accept a signature nobody made.
func FuzzAWSClaim(f *testing.F) {
	all := loadAWS(f)
	for _, v := range append(all.V4, all.V2...) {
		f.Add(v.Method, v.Target, v.Header.Get("Authorization"), v.Header.Get("X-Amz-Date"), v.Header.Get("X-Amz-Content-Sha256"), v.Header.Get("Date"), v.Host)
	}
	f.Add("PUT", awsQuery().Target(), "", "", "", "", "h")
	f.Add("PUT", aws2Query().Target(), "", "", "", "", "h:80")
	f.Fuzz(func(t *testing.T, method, rest, authorization, date, hash, plainDate, host string) {
		h := http.Header{"X-Amz-Meta-A": {authorization, rest}, "Content-Type": {""}}
		for name, v := range map[string]string{"Authorization": authorization, "X-Amz-Date": date, "X-Amz-Content-Sha256": hash, "Date": plainDate} {
			if v != "" {
				h.Set(name, v)
			}
		}
		req := received(method, host, "/"+strings.TrimPrefix(rest, "/"), h)
		size := len(method) + 2*len(rest) + 2*len(authorization) + len(date) + len(hash) + len(plainDate) + len(host) + 512
		c, err := signer.FindClaim(req)
		if own, ok := signer.ParseClaim(req); ok && err == nil {
			require.Equal(t, own, c)
		}
		if c == nil {
			require.NoError(t, err)
			return
		}
		if err != nil {
			require.Less(t, len(err.Error()), 1024)
			require.NotEqual(t, signer.QSign, c.Family)
		} else {
			require.NotEmpty(t, c.SecretID)
		}
		if err := c.CheckTime(awsStart()); err != nil {
			require.Less(t, len(err.Error()), 512)
		}
		res := signer.Verify(req, c, "a secret of nobody's at all", signer.VerifyOptions{Bucket: "b"})
		require.False(t, res.OK)
		require.LessOrEqual(t, len(res.HttpString)+len(res.StringToSign), 8*size)
		if c.Family != signer.AWS4 || err != nil || c.Carrier == signer.CarrierForm {
			return
		}
		// What was computed is what an independent hand computes of the text.
		c.Signature = refAWS4Scope("a secret of nobody's at all", c, res.HttpString)
		require.True(t, signer.Verify(req, c, "a secret of nobody's at all", signer.VerifyOptions{}).OK)
		require.Equal(t, 6, strings.Count(res.HttpString, "\n")-len(c.HeaderList)+1, "one line each: %q", res.HttpString)
	})
}

// refAWS4Scope is refAWS4 for the scope that a claim names.
func refAWS4Scope(secret string, c *signer.Claim, canonical string) string {
	sum := sha256.Sum256([]byte(canonical))
	return refAWS4Text(secret, c.AWS.Scope.Date, c.AWS.Scope.Region,
		"AWS4-HMAC-SHA256\n"+c.AWS.Date+"\n"+c.AWS.Scope.Raw+"\n"+hex.EncodeToString(sum[:]))
}

// FuzzAWSPresign: whatever is signed in advance is found again and holds, and no
// longer when a byte of it changes.
func FuzzAWSPresign(f *testing.F) {
	f.Add("PUT", "a b/照片+.txt", "image/png", "x", "a b", "token", byte(0))
	f.Add("GET", "//../%2F", " a  b ", "词", "+%&=\n", "", byte(255))
	f.Fuzz(func(t *testing.T, method, key, value, param, paramValue, token string, how byte) {
		in := signer.PresignInput{
			Credentials: signer.Credentials{SecretID: awsID, SecretKey: awsSecret, Token: token},
			Family:      signer.AWS4 + signer.Family(how&1), Method: method, Scheme: "http",
			Bucket: "examplebucket-1250000000", Region: "ap-guangzhou", Key: key, Start: awsStart(), Expires: time.Hour,
			Header: http.Header{"Content-Type": {value}, "X-Amz-Meta-A": {value, "b"}}, Query: url.Values{param: {paramValue}},
			PathStyle: how>>1&1 == 1, Carrier: []signer.Carrier{signer.CarrierQuery, signer.CarrierHeader}[how>>2&1],
		}
		p, err := signer.Presign(in)
		if err != nil {
			require.Nil(t, p)
			return
		}
		req := sent(t, p)
		c, err := signer.FindClaim(req)
		require.NoError(t, err)
		require.Equal(t, token, c.Token)
		o := awsOptions()
		if in.PathStyle {
			o.Bucket = ""
		}
		res := signer.Verify(req, c, awsSecret, o)
		if strings.ContainsAny(paramValue+param+token, "\r\n") && in.Family == signer.AWS2 || c.Family == signer.AWS2 && !plainName(param) {
			return // AWS2 has no safe form for it
		}
		require.True(t, res.OK, "%q %q", res.HttpString, res.StringToSign)
		c.Signature = swapFirst(c.Signature)
		require.False(t, signer.Verify(req, c, awsSecret, o).OK)
	})
}

func plainName(name string) bool { return !strings.HasPrefix(strings.ToLower(name), "x-amz-") }

// refUnchunk reads a body in chunks as the document describes it, all of it in
// memory; false: it does not hold.
func refUnchunk(wire, seed string, decoded int) (string, bool) {
	var data strings.Builder
	small := false
	for {
		line, rest, ok := strings.Cut(wire, "\r\n")
		digits, signature, named := strings.Cut(line, ";chunk-signature=")
		size, err := strconv.ParseUint(digits, 16, 60)
		if !ok || !named || len(digits) > 15 || err != nil || size > uint64(len(rest)) || size > 0 && small {
			return "", false
		}
		small = size < 8192
		body := rest[:size]
		if wire, ok = strings.CutPrefix(rest[size:], "\r\n"); !ok {
			return "", false
		}
		sum := sha256.Sum256([]byte(body))
		seed = refAWS4Text(awsSecret, awsDate, awsRegion,
			"AWS4-HMAC-SHA256-PAYLOAD\n"+awsDate+"\n"+awsScope+"\n"+seed+"\n"+emptySum+"\n"+hex.EncodeToString(sum[:]))
		if signature != seed {
			return "", false
		}
		data.WriteString(body)
		if size == 0 {
			return data.String(), wire == "" && data.Len() == decoded
		}
	}
}

// FuzzChunks: a body comes to its end if and only if the plain reading of it
// holds, however it arrives; and never more than the decoded length.
func FuzzChunks(f *testing.F) {
	f.Add(uint16(10), uint16(0), []byte{}, 0, 0, byte(0))
	f.Add(uint16(9000), uint16(8192), []byte("x"), 40, 1, byte(1))
	f.Add(uint16(20000), uint16(8200), []byte("0;chunk-signature=\r\n"), 8290, 0, byte(2))
	f.Add(uint16(8200), uint16(8192), []byte("\r\n"), 9000, 100, byte(3))
	f.Fuzz(func(t *testing.T, total, size uint16, patch []byte, at, cut int, how byte) {
		data := patterned(int(total))
		var sizes []int
		for left := int(total); left > 0; {
			n := min(left, max(int(size), 1024))
			sizes = append(sizes, n)
			left -= n
		}
		c := chunkClaim(t, strconv.Itoa(int(total)))
		wire := wireOf(chunked(c.Signature, data, append(sizes, 0)...))
		if at >= 0 && at < len(wire) && cut >= 0 {
			wire = wire[:at] + string(patch) + wire[min(at+cut, len(wire)):]
		}
		want, holds := refUnchunk(wire, c.Signature, int(total))

		var body io.Reader = strings.NewReader(wire)
		switch how & 3 {
		case 1:
			body = iotest.HalfReader(body)
		case 2:
			body = iotest.DataErrReader(body)
		}
		r, err := signer.NewChunkReader(body, c, awsSecret)
		require.NoError(t, err)
		var got bytes.Buffer
		_, err = io.CopyBuffer(struct{ io.Writer }{&got}, struct{ io.Reader }{r}, make([]byte, 1+int(how)*64))
		require.Equal(t, holds, err == nil, fmt.Sprint(err))
		require.LessOrEqual(t, got.Len(), int(total))
		if holds {
			require.Equal(t, want, got.String())
		}
	})
}
