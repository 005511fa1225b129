package cosemutest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/cosemutest"
	"github.com/cosemu/cosemu/signer"
	"github.com/stretchr/testify/require"
)

func TestTemporaryKey(t *testing.T) {
	cos := cosemutest.New(t)
	browser := cos.TemporaryKey(cosemutest.Upload("photos/*").AtMost(5).Types("image/*"), 15*time.Minute)
	require.NotEmpty(t, browser.Credentials.Token)
	require.NotEqual(t, cos.Credentials, browser.Credentials)
	put := func(key, body, kind string) string {
		t.Helper()
		url := browser.Presign(http.MethodPut, key, time.Hour, "Content-Type", kind)
		_, err := browser.Client().PutURL(t.Context(), url, strings.NewReader(body), http.Header{"Content-Type": {kind}})
		if refusal, ok := errors.AsType[*signer.Error](err); ok {
			return refusal.Code
		}
		require.NoError(t, err)
		return ""
	}
	require.Empty(t, put("photos/cat.png", "12345", "image/png"))
	cos.ExpectStored("photos/cat.png", "12345")
	for key, code := range map[string]string{
		"docs/cat.png":    put("docs/cat.png", "12345", "image/png"),
		"photos/large":    put("photos/large", "123456", "image/png"),
		"photos/cat.html": put("photos/cat.html", "12345", "text/html"),
	} {
		require.Equal(t, "AccessDenied", code, key)
		cos.ExpectNoObject(key)
	}
	for _, r := range cos.WaitFor(cosemutest.Filter{Verdict: "refused"}, 3) {
		require.Equal(t, []string{"policy-denied"}, r.Diagnosis)
	}
	cos.Clock.Advance(15 * time.Minute)
	require.Equal(t, "ExpiredToken", put("photos/late.png", "1", "image/png"))
	cos.ExpectNoObject("photos/late.png")
}

func TestTemporaryKeyOfAPolicy(t *testing.T) {
	cos := cosemutest.New(t)
	reader := cos.TemporaryKey(cosemutest.Policy(`{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:GetObject"],"resource":["*"]}]}`), time.Hour)
	cos.Put("a", "x")
	resp, err := http.Get(reader.Presign(http.MethodGet, "a", time.Minute))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)
	_, err = reader.Client().PutURL(t.Context(), reader.Presign(http.MethodPut, "b", time.Minute), strings.NewReader("x"), nil)
	require.Error(t, err)
	cos.ExpectNoObject("b")
}

func TestTemporaryKeyFails(t *testing.T) {
	for says, ask := range map[string]func(*cosemutest.Server){
		"policy: ":         func(s *cosemutest.Server) { s.TemporaryKey(cosemutest.Policy("{}"), time.Hour) },
		"36h":              func(s *cosemutest.Server) { s.TemporaryKey(cosemutest.Upload("a"), 37*time.Hour) },
		"must be positive": func(s *cosemutest.Server) { s.TemporaryKey(cosemutest.Upload("a"), 0) },
		"is not known": func(s *cosemutest.Server) {
			s.As(signer.Credentials{SecretID: "AKIDnobody"}).TemporaryKey(cosemutest.Upload("a"), time.Hour)
		},
		"cannot have othe": func(s *cosemutest.Server) {
			s.TemporaryKey(cosemutest.Upload("a"), time.Second).TemporaryKey(cosemutest.Upload("a"), time.Hour)
		},
	} {
		func() {
			cos, err := cosemutest.Start()
			require.NoError(t, err)
			defer func() { require.NoError(t, cos.Close()) }()
			defer func() { require.Contains(t, recover(), says) }()
			ask(cos)
		}()
	}
}
