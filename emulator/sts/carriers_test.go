package sts_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/sts"
)

func tokenBody() string {
	return `{"Name":"tester","Policy":` + quote(url.QueryEscape(aPolicy)) + `}`
}

// TestUnsignedPayload: a body may be left out of a signature v3, if the request
// says so.
//
// holds: header x-tc-content-sha256
func TestUnsignedPayload(t *testing.T) {
	for _, says := range []bool{true, false} {
		r := newRig(t)
		req := tc3{at: now(), body: "UNSIGNED-PAYLOAD"}.request()
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(tokenBody())), int64(len(tokenBody()))
		if says {
			req.Header.Set("X-TC-Content-SHA256", "UNSIGNED-PAYLOAD")
		}
		a, v := r.do(req, now())
		if !says {
			require.NotNil(t, v.Err)
			require.Equal(t, sts.SignatureFailure, v.Err.Code)
			require.Zero(t, r.keys.Issued())
			continue
		}
		require.Nil(t, v.Err, a.Error.Message)
		require.NotEmpty(t, a.Credentials.Token)
	}
}

// TestTC3Carriers: version and token are headers of a signature v3.
//
// holds: header x-tc-version; header x-tc-token
func TestTC3Carriers(t *testing.T) {
	r := newRig(t)
	good := func() *http.Request { return tc3{at: now(), body: tokenBody()}.request() }
	_, v := r.do(good(), now())
	require.Nil(t, v.Err)
	k := v.Issued
	for version, code := range map[string]sts.Code{"2017-03-12": sts.NoSuchVersion, "": sts.MissingParameter} {
		req := good()
		req.Header.Set("X-TC-Version", version)
		_, v := r.do(req, now())
		require.NotNil(t, v.Err, version)
		require.Equal(t, code, v.Err.Code)
	}
	for token, code := range map[string]sts.Code{k.Token: sts.TempKeyNotAllowed, "another": sts.TokenFailure, "": sts.TokenFailure} {
		_, v := r.do(tc3{at: now(), body: tokenBody(), id: k.SecretID, secret: k.SecretKey, token: token}.request(), now())
		require.NotNil(t, v.Err)
		require.Equal(t, code, v.Err.Code, v.Err.Message)
	}
	require.Equal(t, 1, r.keys.Issued())
}
