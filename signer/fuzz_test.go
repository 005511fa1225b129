package signer_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// eachTarget gives the targets of all vectors as seeds.
func eachTarget(f *testing.F, add func(v *vector, target string)) {
	f.Helper()
	for _, file := range loadVectors(f) {
		for i := range file.Cases {
			v := &file.Cases[i]
			_, rest, ok := strings.Cut(strings.TrimPrefix(v.URL, "https://"), "/")
			if !ok {
				f.Fatal(v.ID)
			}
			add(v, "/"+rest)
		}
	}
}

// FuzzTarget: splitting a target loses nothing, whatever it holds.
func FuzzTarget(f *testing.F) {
	eachTarget(f, func(_ *vector, target string) { f.Add(target) })
	f.Add("//a/../%zz?&&=&==&a;b=+%&")
	f.Fuzz(func(t *testing.T, rest string) {
		target := "/" + strings.TrimPrefix(rest, "/")
		req := signer.ReadRequest(&http.Request{Method: http.MethodPut, Host: "h", RequestURI: target})
		joined := req.Path
		if strings.Contains(target, "?") {
			joined += "?" + req.Query
		}
		require.Equal(t, target, joined)

		var pieces []string
		for piece := range strings.SplitSeq(req.Query, "&") {
			if piece != "" {
				pieces = append(pieces, piece)
			}
		}
		require.Len(t, req.Params, len(pieces))
		for i, p := range req.Params {
			back := p.Name
			if p.HasValue {
				back += "=" + p.Value
			}
			require.Equal(t, pieces[i], back)
			require.Equal(t, p.DecodedValue(), signer.Decode(signer.Encode(p.DecodedValue())))
		}
	})
}

// FuzzClaim: no request makes the judge panic, answer with more than it was
// given, or accept a signature nobody made.
func FuzzClaim(f *testing.F) {
	eachTarget(f, func(v *vector, target string) {
		f.Add(v.Method, target, v.Headers["Authorization"], v.Bucket+":9", "/x")
	})
	f.Add("PUT", "/b/k?prefix=a+b", bareClaim, "[::1]:80", "/b")
	f.Add("put", "/?sign=q-ak%3Da%26q-signature%3D", "", "", "/")
	f.Fuzz(func(t *testing.T, method, rest, authorization, host, prefix string) {
		h := http.Header{"Host": {host}, "X-Cos-Meta-A": {authorization, rest}, "Content-Type": {""}}
		if authorization != "" {
			h.Set("Authorization", authorization)
		}
		req := signer.ReadRequest(&http.Request{Method: method, Host: host, RequestURI: "/" + strings.TrimPrefix(rest, "/"), Header: h})
		size := len(method) + 2*len(rest) + 2*len(authorization) + len(host) + 16
		c, ok := signer.ParseClaim(req)
		if !ok {
			require.Nil(t, c)
			return
		}
		require.NotEmpty(t, c.SecretID)
		require.LessOrEqual(t, len(c.HeaderList)+len(c.ParamList), size)
		if err := c.CheckTime(time.Unix(1795465389, 0)); err != nil {
			require.Less(t, len(err.Error()), 512)
		}
		res := signer.Verify(req, c, "a secret of nobody's", signer.VerifyOptions{PathPrefix: prefix, LocalPort: "80"})
		require.False(t, res.OK)
		// Encoding makes three bytes of one, for each copy of it.
		require.LessOrEqual(t, len(res.HttpString), 8*size)

		// What was read can be written and read again, where its parts hold
		// nothing that the string itself is made of.
		if again, ok := signer.ParseAuthorization(c.Authorization()); ok && !strings.ContainsAny(c.Authorization(), "% \t\r\n\v\f\u0085\u00a0") && strings.Count(c.Authorization(), "&") == 6 {
			c.Carrier, c.Token, c.TokenCarrier = again.Carrier, "", again.TokenCarrier
			require.Equal(t, c, again)
		}
	})
}

// FuzzPresign: what Presign makes holds after a trip through the wire form, and
// stops holding when a byte of the signature changes.
func FuzzPresign(f *testing.F) {
	eachTarget(f, func(v *vector, _ string) {
		f.Add(v.Method, v.Key, "p", "v", "X-Cos-Meta-A", v.Headers["Content-Type"], v.Token, uint8(len(v.Key)))
	})
	f.Add("PUT", "//a/../+ %", "a;b%41", "x+y ", "Content-Type", "\ttext/plain ", "t+/=", uint8(0xff))
	f.Fuzz(func(t *testing.T, method, key, param, value, header, content, token string, how uint8) {
		in := signer.PresignInput{
			Credentials:  signer.Credentials{SecretID: docSecretID, SecretKey: docSecretKey, Token: token},
			Method:       method,
			Scheme:       "http",
			Bucket:       "examplebucket-1250000000",
			Region:       "ap-guangzhou",
			Key:          key,
			Start:        time.Unix(1795465389, 0),
			Expires:      time.Hour,
			Header:       http.Header{header: {content}},
			Query:        url.Values{param: {value, "again"}},
			Carrier:      signer.Carrier(how & 3),
			Token:        signer.TokenPlace(how >> 2 & 3),
			PathStyle:    how>>4&1 == 1,
			HostUnsigned: how>>5&1 == 1,
		}
		if how>>6&1 == 1 {
			in.KeyExpires = 2 * time.Hour
		}
		p, err := signer.Presign(in)
		if err != nil {
			require.Nil(t, p)
			return
		}
		u, err := url.Parse(p.URL)
		require.NoError(t, err, "a URL that everybody can read")
		r := &http.Request{Method: p.Method, Host: u.Host, RequestURI: u.RequestURI(), Header: p.Header, TransferEncoding: p.Header["Transfer-Encoding"]}
		req := signer.ReadRequest(r)
		c := mustClaim(t, req)
		require.Equal(t, token, c.Token)
		res := signer.Verify(req, c, docSecretKey, signer.VerifyOptions{})
		require.True(t, res.OK, res.HttpString)
		require.Equal(t, p.Signed.HttpString, res.HttpString)
		require.Equal(t, key, strings.TrimPrefix(strings.TrimPrefix(signer.Decode(req.Path), "/"), pathBucket(in)))

		c.Signature = flipLast(c.Signature)
		require.False(t, signer.Verify(req, c, docSecretKey, signer.VerifyOptions{}).OK)
	})
}

func pathBucket(in signer.PresignInput) string {
	if in.PathStyle {
		return in.Bucket + "/"
	}
	return ""
}

func flipLast(hex string) string {
	last := "0"
	if strings.HasSuffix(hex, "0") {
		last = "1"
	}
	return hex[:len(hex)-1] + last
}
