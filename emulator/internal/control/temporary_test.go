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

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
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
	r.handler.shared.options.API = r.api
	var k issuedKey
	r.call("POST", "/api/v1/temporary-credentials",
		`{"prefix":"photos/","max_bytes":10485760,"content_types":["image/*"],"expires":"15m"}`).want(t, http.StatusCreated, &k)
	require.Equal(t, []any{startTime().Add(15 * time.Minute), testBucket, "ap-guangzhou"}, []any{k.Expires, k.Bucket, k.Region})
	require.JSONEq(t, `{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:PutObject"],
		"resource":["qcs::cos:ap-guangzhou:uid/1250000000:`+testBucket+`/photos/*"],
		"condition":{"numeric_less_than_equal":{"cos:content-length":10485760},"string_like":{"cos:content-type":["image/*"]}}}]}`, string(k.Policy))
	who := r.Keys().Identify(k.SecretID, k.Token, startTime())
	kept, err := who.Key, who.KeyErr
	require.NoError(t, err)
	require.Equal(t, []string{k.SecretKey, testID, "1250000000"}, []string{kept.SecretKey, kept.Parent, kept.AppID})
	require.JSONEq(t, string(k.Policy), string(kept.Session.Document()))

	require.Len(t, k.Snippets, 11)
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
	// in no other answer
	for _, path := range []string{"/api/v1/credentials", "/api/v1/requests", "/api/v1/openapi.json"} {
		body := unescape(r.call("GET", path, "").body)
		require.NotContains(t, body, k.SecretKey)
		require.NotContains(t, body, k.Token)
	}
	require.Contains(t, r.call("GET", "/api/v1/credentials", "").body, k.SecretID)
	r.call("DELETE", "/api/v1/credentials/"+testID, "").want(t, http.StatusNoContent, nil)
	err = r.Keys().Identify(k.SecretID, k.Token, startTime()).KeyErr
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

// TestWhoseCredentials: key pairs of sub-accounts, and the details of issued ones.
func TestWhoseCredentials(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	policy := `{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:PutObject"],"resource":["*"]}]}`
	sub := `{"secret_id":"AKIDsub","secret_key":"sub-secret","uin":"100000000011","policy":`
	r.call("POST", "/api/v1/credentials", sub+`{"version":"1.0"}}`).wantProblem(t, http.StatusUnprocessableEntity)
	r.call("POST", "/api/v1/credentials", sub+policy+`}`).want(t, http.StatusCreated, nil)
	k, ok := r.Keys().Get("AKIDsub")
	require.True(t, ok)
	require.False(t, k.Root())
	require.JSONEq(t, policy, string(k.Rights.Document()))
	var issued issuedKey
	r.call("POST", "/api/v1/temporary-credentials", `{"secret_id":"AKIDsub","policy":`+policy+`}`).want(t, http.StatusCreated, &issued)
	list := r.call("GET", "/api/v1/credentials", "").body
	for _, want := range []string{`"uin":"100000000011"`, `"parent":"AKIDsub"`, `"name":"console"`, `"rights":{`, `"policy":{`} {
		require.Contains(t, list, want)
	}
	require.NotContains(t, list, issued.Token)

	put := func(id, key string) int {
		return put(t, r.presign(`{"bucket":"`+testBucket+`","key":"`+key+`","secret_id":"`+id+`"}`).URL).status
	}
	require.Equal(t, 200, put("AKIDsub", "a"))
	require.Equal(t, 200, put(issued.SecretID, "b"))
	target := r.presign(`{"method":"GET","bucket":"` + testBucket + `","key":"a","secret_id":"AKIDsub"}`).URL
	req, err := http.NewRequest(http.MethodGet, target, http.NoBody)
	require.NoError(t, err)
	a := send(t, req)
	require.Equal(t, []any{403, "policy-denied"}, []any{a.status, a.header.Get("x-cosemu-diagnosis")})
}

// TestSecretsOfSTSAreNotShown: requests to STS are shown without their token, wherever it is.
func TestSecretsOfSTSAreNotShown(t *testing.T) {
	const token = "a-token-of-nobody-at-all"
	r := start(t, Options{})
	for _, change := range []func(*http.Request){
		func(q *http.Request) { q.Header.Set("X-TC-Token", token) },
		func(q *http.Request) {
			q.Header.Del("X-TC-Action")
			q.URL.RawQuery = "Action=GetCallerIdentity&Signature=x&Token=" + token
		},
	} {
		req, err := http.NewRequest(http.MethodGet, "http://"+r.api+"/", http.NoBody)
		require.NoError(t, err)
		req.Header.Set("X-TC-Action", "GetCallerIdentity")
		req.Header.Set("Authorization", "TC3-HMAC-SHA256 Credential="+testID+"/x/sts/tc3_request, SignedHeaders=host, Signature=x")
		if change(req); req.URL.RawQuery != "" {
			req.Header.Del("Authorization")
		}
		require.Contains(t, send(t, req).body, `"Error"`)
	}
	list := r.call("GET", "/api/v1/requests", "").body
	require.Contains(t, list, "GetCallerIdentity")
	require.Contains(t, list, "[hidden]")
	require.NotContains(t, list, token)
}

// TestTemporaryCredentialOfATemporaryOne: no key can be issued to a temporary key.
func TestTemporaryCredentialOfATemporaryOne(t *testing.T) {
	r := start(t, Options{})
	var k issuedKey
	r.call("POST", "/api/v1/temporary-credentials", `{}`).want(t, http.StatusCreated, &k)
	says := r.call("POST", "/api/v1/temporary-credentials", `{"secret_id":"`+k.SecretID+`"}`).wantProblem(t, http.StatusUnprocessableEntity)
	require.Contains(t, says, "a temporary key cannot have others issued to it")
	_, err := r.Store().Stat(testBucket, "example")
	require.ErrorIs(t, err, storage.ErrNoObject)
}
