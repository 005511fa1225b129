package sts_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
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

// TestFull: more temporary keys than are kept at a time are refused, until some
// have expired.
//
// holds: code sts:LimitExceeded
func TestFull(t *testing.T) {
	r := newRig(t)
	for i := range keyring.MaxIssued {
		require.NoError(t, r.keys.Issue(keyring.Key{
			SecretID: fmt.Sprintf("AKIDfull%05d", i), SecretKey: "x", AppID: appID, Token: "token", Parent: rootID, Expires: now().Add(time.Minute),
		}, now()))
	}
	a, v := r.do(federation(nil).request(), now())
	require.NotNil(t, v.Err)
	require.Equal(t, sts.LimitExceeded, v.Err.Code)
	require.Empty(t, a.Credentials.Token)
	require.Equal(t, keyring.MaxIssued, r.keys.Issued())
	_, v = r.do(federation(nil).with(func(c *v1) { c.at = now().Add(time.Minute) }).request(), now().Add(time.Minute))
	require.Nil(t, v.Err)
}
