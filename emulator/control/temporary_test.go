package control

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/keyring"
	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

type issuedKey struct {
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key"`
	Token     string
	Expires   time.Time
	Bucket    string
	Region    string
	Policy    json.RawMessage
	Snippets  map[string]string
}

func TestTemporaryCredentials(t *testing.T) {
	r := start(t, Options{})
	r.handler.options.API = r.api
	var k issuedKey
	r.call("POST", "/api/v1/temporary-credentials",
		`{"prefix":"photos/","max_bytes":10485760,"content_types":["image/*"],"expires":"15m"}`).want(t, http.StatusCreated, &k)
	require.Equal(t, []any{startTime().Add(15 * time.Minute), testBucket, "ap-guangzhou"}, []any{k.Expires, k.Bucket, k.Region})
	require.JSONEq(t, `{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:PutObject"],
		"resource":["qcs::cos:ap-guangzhou:uid/1250000000:`+testBucket+`/photos/*"],
		"condition":{"numeric_less_than_equal":{"cos:content-length":10485760},"string_like":{"cos:content-type":["image/*"]}}}]}`, string(k.Policy))
	kept, err := r.Keys().Lookup(k.SecretID, k.Token, startTime())
	require.NoError(t, err)
	require.Equal(t, []string{k.SecretKey, testID, "1250000000"}, []string{kept.SecretKey, kept.Parent, kept.AppID})
	require.JSONEq(t, string(k.Policy), string(kept.Session.Document()))

	require.Len(t, k.Snippets, 6)
	for name, text := range k.Snippets {
		require.Contains(t, text, "photos/example.png", name)
		require.Contains(t, text, "image/png", name)
		require.Contains(t, text, k.SecretID, name)
		require.Contains(t, text, k.Token, name)
		require.NotContains(t, text, "{id}", name)
		if name != "curl" {
			require.Contains(t, text, k.SecretKey, name)
		}
	}
	if _, err := exec.LookPath("curl"); err == nil {
		file := filepath.Join(t.TempDir(), "FILE")
		require.NoError(t, os.WriteFile(file, []byte("hello"), 0o600))
		out, err := exec.Command("sh", "-c", strings.Replace(k.Snippets["curl"], "FILE", file, 1)+" -sS -f").CombinedOutput()
		require.NoError(t, err, "%s", out)
		o, err := r.Store().Stat(testBucket, "photos/example.png")
		require.NoError(t, err)
		require.Equal(t, int64(5), o.Size)
	}
	// nowhere else
	for _, path := range []string{"/api/v1/credentials", "/api/v1/requests", "/api/v1/openapi.json"} {
		body := unescape(r.call("GET", path, "").body)
		require.NotContains(t, body, k.SecretKey)
		require.NotContains(t, body, k.Token)
	}
	require.Contains(t, r.call("GET", "/api/v1/credentials", "").body, k.SecretID)
	r.call("DELETE", "/api/v1/credentials/"+testID, "").want(t, http.StatusNoContent, nil)
	_, err = r.Keys().Lookup(k.SecretID, k.Token, startTime())
	require.ErrorIs(t, err, keyring.ErrUnknownKey)
}

func TestTemporaryCredentialsOfAPolicy(t *testing.T) {
	r := start(t, Options{})
	policy := `{"version":"2.0","statement":[{"effect":"allow","action":["*"],"resource":["*"]}]}`
	var k issuedKey
	r.call("POST", "/api/v1/temporary-credentials", `{"policy":`+policy+`,"expires":"36h","secret_id":"`+testID+`"}`).want(t, http.StatusCreated, &k)
	require.JSONEq(t, policy, string(k.Policy))
	require.Contains(t, k.Snippets["go"], "text/plain")
	require.Contains(t, k.Snippets["python"], "Key='example'")
}

func TestTemporaryCredentialRefusals(t *testing.T) {
	r := start(t, Options{})
	for body, says := range map[string]string{
		`{"bucket":"nobody-1250000000"}`:          "there is no such bucket",
		`{"expires":"soon"}`:                      "body.expires",
		`{"expires":"37h"}`:                       "36h",
		`{"expires":"0s"}`:                        "body",
		`{"secret_id":"AKIDnobody"}`:              "not known",
		`{"max_bytes":-1}`:                        "max_bytes",
		`{"content_types":["image"]}`:             "image/png",
		`{"content_types":["image/'$(x)\""]}`:     "image/png",
		`{"policy":{"version":"2.0"}}`:            "policy",
		`{"policy":{},"prefix":"a"}`:              "in place of",
		`{"prefix":"` + strings.Repeat("a", 851):  "",
		`{"prefix":"` + `a","maxbytes":1}`:        "maxbytes",
		`{"policy":"{\"version\":\"2.0\"}"}`:      "policy",
		`{"content_types":["a/b"],"policy":true}`: "in place of",
	} {
		a := r.call("POST", "/api/v1/temporary-credentials", body)
		require.GreaterOrEqual(t, a.status, 400, body)
		require.Contains(t, a.wantProblem(t, a.status), says, body)
		require.Zero(t, r.Keys().Issued(), body)
	}
	r.call("POST", "/api/v1/temporary-credentials", `{}`).want(t, http.StatusCreated, nil)
	var k issuedKey
	r.call("POST", "/api/v1/temporary-credentials", `{"prefix":"it's \"$(x)\"`+"`"+`\\"}`).want(t, http.StatusCreated, &k)
	require.Contains(t, k.Snippets["python"], "Key='it_s __(x)___example'")
}

// A temporary key has no others issued to it.
func TestTemporaryCredentialOfATemporaryOne(t *testing.T) {
	r := start(t, Options{})
	var k issuedKey
	r.call("POST", "/api/v1/temporary-credentials", `{}`).want(t, http.StatusCreated, &k)
	says := r.call("POST", "/api/v1/temporary-credentials", `{"secret_id":"`+k.SecretID+`"}`).wantProblem(t, http.StatusUnprocessableEntity)
	require.Contains(t, says, "a temporary key cannot have others issued to it")
	_, err := r.Store().Stat(testBucket, "example")
	require.ErrorIs(t, err, storage.ErrNoObject)
}
