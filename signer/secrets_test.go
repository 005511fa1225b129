package signer_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

const (
	shySecret = "TheSecretThatMustNotShow0000"
	shyToken  = "TheTokenThatMustNotShow11111"
)

// requireShy fails if text holds the secret or the token in any spelling that
// a format verb or an encoder makes.
func requireShy(t *testing.T, text, how string) {
	t.Helper()
	for _, s := range []string{shySecret, shyToken} {
		var bytesOf []string
		for i := range len(s) {
			bytesOf = append(bytesOf, strconv.Itoa(int(s[i])))
		}
		for _, spelling := range []string{
			s, hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))),
			strings.Join(bytesOf[:8], " "), base64.StdEncoding.EncodeToString([]byte(s)),
		} {
			require.NotContains(t, text, spelling, how)
		}
	}
}

// shyThings is everything that has a secret or a token inside.
func shyThings(t *testing.T) map[string]any {
	t.Helper()
	in := presignInput()
	in.Credentials = signer.Credentials{SecretID: docSecretID, SecretKey: shySecret, Token: shyToken}
	p, err := signer.Presign(in)
	require.NoError(t, err)
	h := p.Header.Clone()
	h.Set(signer.TokenName, shyToken)
	req, err := signer.NewRequest(p.Method, p.URL, h)
	require.NoError(t, err)
	c := mustClaim(t, req)
	require.Equal(t, shyToken, c.Token)
	res := signer.Verify(req, c, shySecret, signer.VerifyOptions{})
	require.True(t, res.OK)
	require.Contains(t, res.HttpString, shyToken, "control: it is in there")
	var tokenParam signer.Param
	for _, p := range req.Params {
		if p.Name == signer.TokenName {
			tokenParam = p
		}
	}
	require.Equal(t, shyToken, tokenParam.Value)
	key := signer.NewSigningKey(shySecret, "1;2")
	type settings struct {
		Name string
		Key  signer.Credentials
		Ptr  *signer.Credentials
	}
	return map[string]any{
		"Credentials":  in.Credentials,
		"*Credentials": &in.Credentials,
		"in a struct":  settings{"x", in.Credentials, &in.Credentials},
		"in a slice":   []signer.Credentials{in.Credentials},
		"in a map":     map[string]signer.Credentials{"k": in.Credentials},
		"PresignInput": in,
		"Client":       signer.Client{Credentials: &in.Credentials},
		"*Client":      &signer.Client{Credentials: &in.Credentials},
		"Request":      *req,
		"*Request":     req,
		"Param":        tokenParam,
		"Params":       req.Params,
		"Claim":        *c,
		"*Claim":       c,
		"Result":       res,
		"SigningKey":   key,
		"*SigningKey":  &key,
		"Signed":       p.Signed,
		"*Signed":      &p.Signed,
	}
}

// requireShyPrinted fails if a verb or a log shows the secret or the token of v.
func requireShyPrinted(t *testing.T, v any, how string) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o"} {
		requireShy(t, fmt.Sprintf(verb, v), how+" "+verb)
	}
	var buf bytes.Buffer
	slog.New(slog.NewTextHandler(&buf, nil)).Info("m", "v", v)
	requireShy(t, buf.String(), how+" slog text")
}

func TestSecretsStayHidden(t *testing.T) {
	for name, v := range shyThings(t) {
		t.Run(name, func(t *testing.T) {
			requireShyPrinted(t, v, name)
			var buf bytes.Buffer
			if name != "Client" && name != "*Client" && name != "Result" && !strings.Contains(name, "Signed") {
				// A Result and a Signed are texts to be handed on, a Client
				// holds functions.
				raw, err := json.Marshal(v)
				require.NoError(t, err)
				requireShy(t, string(raw), "JSON")
			}
			buf.Reset()
			slog.New(slog.NewJSONHandler(&buf, nil)).Info("m", "v", v)
			requireShy(t, buf.String(), "slog JSON")
		})
	}
}

// TestPresignedHidesItsQuery: a pre-signed URL is as good as a key while it is
// valid, so only asking for the URL itself shows it.
func TestPresignedHidesItsQuery(t *testing.T) {
	in := presignInput()
	in.Credentials = signer.Credentials{SecretID: docSecretID, SecretKey: shySecret, Token: shyToken}
	p, err := signer.Presign(in)
	require.NoError(t, err)
	require.Contains(t, p.URL, shyToken, "control")
	var buf bytes.Buffer
	slog.New(slog.NewJSONHandler(&buf, nil)).Info("m", "v", p)
	for how, text := range map[string]string{
		"%v": fmt.Sprintf("%v", p), "%+v": fmt.Sprintf("%+v", *p), "%#v": fmt.Sprintf("%#v", p), "slog": buf.String(),
	} {
		requireShy(t, text, how)
		require.NotContains(t, text, p.Signed.Claim.Signature, how)
		require.Contains(t, text, "/a%20b/", how)
	}
}

func TestCredentialsStillTell(t *testing.T) {
	c := signer.Credentials{SecretID: "AKIDx", SecretKey: shySecret}
	require.Equal(t, "{AKIDx [hidden]}", fmt.Sprint(c))
	c.Token = shyToken
	require.Equal(t, "{AKIDx [hidden] with token}", fmt.Sprint(c))
	require.Equal(t, "signer.Credentials{AKIDx [hidden] with token}", fmt.Sprintf("%#v", c))
}

func TestMaskedQuery(t *testing.T) {
	req := received(http.MethodPut, "h", "/k?a&b=&&X-Cos-Security-Token="+shyToken+"&token="+shyToken+"&c=%2f", nil)
	require.Equal(t, "a&b=&X-Cos-Security-Token=[hidden]&token=[hidden]&c=%2f", req.MaskedQuery())
	req = received(http.MethodPut, "h", "/k?a&&b=1&", nil)
	require.Equal(t, "a&&b=1&", req.MaskedQuery(), "as it came when there is nothing to hide")
}

// TestErrorsAreShy: what goes wrong on the way says nothing of the query.
func TestErrorsAreShy(t *testing.T) {
	in := presignInput()
	in.Credentials = signer.Credentials{SecretID: docSecretID, SecretKey: shySecret, Token: shyToken}
	p, err := signer.Presign(in)
	require.NoError(t, err)
	c := &signer.Client{Addr: "127.0.0.1:1"} // nobody listens there
	_, err = c.Send(t.Context(), p, nil)
	require.Error(t, err)
	requireShy(t, err.Error(), "refused connection")
	require.NotContains(t, err.Error(), p.Signed.Claim.Signature)
	require.Contains(t, err.Error(), "PUT https://examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/a%20b/")

	expired := p.Signed.Claim.CheckTime(time.Unix(1, 0).AddDate(100, 0, 0))
	require.Error(t, expired)
	requireShy(t, expired.Error(), "expired")
}
