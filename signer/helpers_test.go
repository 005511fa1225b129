package signer_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// refSign is the signature as the documents describe it, written with the
// standard library alone, so that no test takes its expectation from the code
// under test.
func refSign(secretKey, signTime, keyTime, httpString string) string {
	mac := func(key, msg string) string {
		h := hmac.New(sha1.New, []byte(key))
		h.Write([]byte(msg))
		return hex.EncodeToString(h.Sum(nil))
	}
	sum := sha1.Sum([]byte(httpString))
	return mac(mac(secretKey, keyTime), "sha1\n"+signTime+"\n"+hex.EncodeToString(sum[:])+"\n")
}

// received is a request as a server has it.
func received(method, host, target string, h http.Header) *signer.Request {
	if h == nil {
		h = http.Header{}
	}
	return signer.ReadRequest(&http.Request{Method: method, Host: host, RequestURI: target, Header: h})
}

// signedBy puts a signature into the Authorization header of a request, over a
// HttpString that the test wrote down.
type signedBy struct {
	secretKey            string
	signTime, keyTime    string
	headerList, paramsOf string
	httpString           string
}

func (s signedBy) authorization() string {
	if s.keyTime == "" {
		s.keyTime = s.signTime
	}
	return "q-sign-algorithm=sha1&q-ak=AKIDtest&q-sign-time=" + s.signTime + "&q-key-time=" + s.keyTime +
		"&q-header-list=" + s.headerList + "&q-url-param-list=" + s.paramsOf +
		"&q-signature=" + refSign(s.secretKey, s.signTime, s.keyTime, s.httpString)
}

func mustClaim(tb testing.TB, req *signer.Request) *signer.Claim {
	tb.Helper()
	c, ok := signer.ParseClaim(req)
	require.True(tb, ok, "a claim")
	return c
}
