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

type presigned struct{ URL, Curl string }

func (r *rig) presign(body string) presigned {
	r.t.Helper()
	var p presigned
	r.call("POST", "/api/v1/presign", body).want(r.t, http.StatusOK, &p)
	return p
}

// put uploads a few bytes to a URL.
func put(t *testing.T, url string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodPut, url, strings.NewReader("hello"))
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return send(t, req)
}

func TestHealth(t *testing.T) {
	r := start(t, Options{})
	type memory struct{ Used, Max int64 }
	var h struct {
		Status string
		Memory memory
	}
	health := func(status int) string {
		t.Helper()
		r.call("GET", "/healthz", "").want(t, status, &h)
		return h.Status
	}
	require.Equal(t, "starting", health(http.StatusServiceUnavailable))
	r.handler.SetReady()
	require.Equal(t, "ready", health(http.StatusOK))
	r.handler.SetStopping()
	require.Equal(t, "stopping", health(http.StatusServiceUnavailable))

	used, most := r.Store().Memory()
	require.Equal(t, memory{used, most}, h.Memory)
	require.Positive(t, most)
}

func TestCredentials(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.call("POST", "/api/v1/credentials", `{"secret_id":"AKIDnew","secret_key":"new-secret"}`).want(t, http.StatusCreated, nil)
	temporary := r.call("POST", "/api/v1/credentials",
		`{"secret_id":"AKIDtmp","secret_key":"tmp-secret","appid":"7","token":"tmp-token","expires":"2026-11-24T09:00:00Z"}`)
	temporary.want(t, http.StatusCreated, nil)
	require.JSONEq(t, `{"secret_id":"AKIDtmp","appid":"7","temporary":true,"expires":"2026-11-24T09:00:00Z"}`, temporary.body)

	k, ok := r.Keys().Get("AKIDtmp")
	require.True(t, ok)
	require.Equal(t, []string{"tmp-secret", "tmp-token", "7"}, []string{k.SecretKey, k.Token, k.AppID})
	require.True(t, k.Expires.Equal(startTime().Add(time.Hour)))
	k, ok = r.Keys().Get("AKIDnew")
	require.True(t, ok)
	require.Equal(t, "1250000000", k.AppID, "the configured account")

	list := r.call("GET", "/api/v1/credentials", "")
	list.want(t, http.StatusOK, nil)
	require.JSONEq(t, `{"credentials":[
		{"secret_id":"AKIDexample","appid":"1250000000","temporary":false},
		{"secret_id":"AKIDnew","appid":"1250000000","temporary":false},
		{"secret_id":"AKIDtmp","appid":"7","temporary":true,"expires":"2026-11-24T09:00:00Z"}]}`, list.body)

	r.call("DELETE", "/api/v1/credentials/AKIDnew", "").want(t, http.StatusNoContent, nil)
	_, ok = r.Keys().Get("AKIDnew")
	require.False(t, ok)
	r.call("DELETE", "/api/v1/credentials/AKIDnew", "").wantProblem(t, http.StatusNotFound)
}

func TestCredentialRefusals(t *testing.T) {
	r := start(t, Options{})
	before := r.Keys().List()
	for body, status := range map[string]int{
		`{"secret_id":"AKIDexample","secret_key":"very-secret","appid":"1"}`:                                   http.StatusConflict,
		`{"secret_id":"AKIDx","secret_key":"very-secret"}`:                                                     http.StatusUnprocessableEntity,
		`{"secret_id":"AKIDx","secret_key":"","appid":"1"}`:                                                    http.StatusUnprocessableEntity,
		`{"secret_id":"","secret_key":"very-secret","appid":"1"}`:                                              http.StatusUnprocessableEntity,
		`{"secret_id":"AK;ID","secret_key":"very-secret","appid":"1"}`:                                         http.StatusUnprocessableEntity,
		`{"secret_id":"AKIDx","secret_key":"very-secret","appid":"x"}`:                                         http.StatusUnprocessableEntity,
		`{"secret_id":"AKIDx","secret_key":"very-secret","appid":"1","expires":"2026-11-24T09:00:00Z"}`:        http.StatusUnprocessableEntity,
		`{"secret_id":"AKIDx","secret_key":"very-secret","appid":"1","token":"very-secret","expires":"later"}`: http.StatusUnprocessableEntity,
		`{"secret_id":"AKIDx","SecretKeys":"very-secret","appid":"1"}`:                                         http.StatusUnprocessableEntity,
		`{"secret_id":"AKIDx","secret_key":["very-secret"],"appid":"1"}`:                                       http.StatusUnprocessableEntity,
		`{"secret_id":"AKIDx","secret_key":"very-secret`:                                                       http.StatusBadRequest,
	} {
		says := r.call("POST", "/api/v1/credentials", body).wantProblem(t, status)
		require.NotContains(t, says, "very-secret", body)
		require.Equal(t, before, r.Keys().List())
	}
	r.call("POST", "/api/v1/credentials", `{"secret_id":"AKIDx","secret_key":"very-secret","appid":"1"}`).want(t, http.StatusCreated, nil)
}

// TestNoSecretIsReturned: no call returns a secret or a token.
func TestNoSecretIsReturned(t *testing.T) {
	r := start(t, Options{})
	require.NoError(t, r.Keys().Add(keyring.Key{SecretID: "AKIDtmp", SecretKey: "tmp-secret", AppID: "1250000000", Token: "tmp-token"}))
	for _, a := range []answer{
		r.call("GET", "/api/v1/credentials", ""),
		r.call("POST", "/api/v1/credentials", `{"secret_id":"AKIDtmp","secret_key":"tmp-secret","appid":"1","token":"tmp-token"}`),
		r.call("POST", "/api/v1/credentials", `{"secret_id":"AKIDnew","secret_key":"tmp-secret","appid":"1","token":"tmp-token"}`),
		r.call("GET", "/api/v1/openapi.json", ""),
		r.call("DELETE", "/api/v1/credentials/nobody", ""),
		r.call("POST", "/api/v1/presign", `{"bucket":"`+testBucket+`","key":"a"}`),
		r.call("POST", "/api/v1/presign", `{"bucket":"`+testBucket+`","key":"a","secret_id":"nobody"}`),
	} {
		require.NotEmpty(t, a.body)
		for _, secret := range []string{testSecret, "tmp-secret", "tmp-token"} {
			require.NotContains(t, a.body, secret)
		}
	}
	// A URL that is signed with a temporary key contains its token.
	require.Contains(t, r.presign(`{"bucket":"`+testBucket+`","key":"a","secret_id":"AKIDtmp"}`).URL, "x-cos-security-token=tmp-token")
}

func TestBuckets(t *testing.T) {
	r := start(t, Options{})
	r.call("POST", "/api/v1/buckets", `{"name":"photos-1250000000","region":"ap-beijing","acl":"public-read"}`).want(t, http.StatusCreated, nil)
	b, err := r.Store().Bucket("photos-1250000000")
	require.NoError(t, err)
	require.Equal(t, "ap-beijing", b.Region)
	require.Equal(t, "public-read", b.ACL)
	require.Equal(t, "1250000000", b.Owner)

	var list struct{ Buckets []bucket }
	r.call("GET", "/api/v1/buckets", "").want(t, http.StatusOK, &list)
	require.Equal(t, []bucket{
		{Name: testBucket, Region: "ap-guangzhou", ACL: "private", CORS: "none", Created: startTime()},
		{Name: "photos-1250000000", Region: "ap-beijing", ACL: "public-read", CORS: "none", Created: startTime()},
	}, list.Buckets)

	r.call("POST", "/api/v1/buckets", `{"name":"photos-1250000000"}`).wantProblem(t, http.StatusConflict)
	url := r.presign(`{"bucket":"photos-1250000000","key":"a"}`).URL
	require.Equal(t, http.StatusOK, put(t, url).status)
	r.call("DELETE", "/api/v1/buckets/photos-1250000000", "").wantProblem(t, http.StatusConflict)
	_, err = r.Store().Delete("photos-1250000000", "a", startTime())
	require.NoError(t, err)
	r.call("DELETE", "/api/v1/buckets/photos-1250000000", "").want(t, http.StatusNoContent, nil)
	r.call("DELETE", "/api/v1/buckets/photos-1250000000", "").wantProblem(t, http.StatusNotFound)
	_, err = r.Store().Bucket("photos-1250000000")
	require.ErrorIs(t, err, storage.ErrNoBucket)
}

// TestBucketCORS: a bucket can allow all origins and shows that. The setting holds at once.
func TestBucketCORS(t *testing.T) {
	r := start(t, Options{})
	for mode, want := range map[string]struct {
		says  string
		allow string
	}{`"cors":"permissive",`: {"permissive", "*"}, `"cors":"none",`: {"none", ""}, "": {"none", ""}} {
		var made bucket
		r.call("POST", "/api/v1/buckets", `{`+mode+`"name":"pages-1250000000"}`).want(t, http.StatusCreated, &made)
		require.Equal(t, want.says, made.CORS)
		var list struct{ Buckets []bucket }
		r.call("GET", "/api/v1/buckets", "").want(t, http.StatusOK, &list)
		require.Contains(t, list.Buckets, made)
		got := put(t, r.presign(`{"bucket":"pages-1250000000","key":"a"}`).URL, "Origin", "https://page.test")
		require.Equal(t, http.StatusOK, got.status)
		require.Equal(t, want.allow, got.header.Get("Access-Control-Allow-Origin"), mode)
		_, err := r.Store().Delete("pages-1250000000", "a", startTime())
		require.NoError(t, err)
		r.call("DELETE", "/api/v1/buckets/pages-1250000000", "").want(t, http.StatusNoContent, nil)
	}
}

// TestBucketsOfSeveralZones: a bucket can be MAZ and shows that. The limit for names is the usual
// one.
func TestBucketsOfSeveralZones(t *testing.T) {
	r := start(t, Options{})
	name := strings.Repeat("a", 50) + "-1250000000"
	var made bucket
	r.call("POST", "/api/v1/buckets", `{"name":"`+name+`","maz":true}`).want(t, http.StatusCreated, &made)
	require.True(t, made.MAZ)
	var list struct{ Buckets []bucket }
	r.call("GET", "/api/v1/buckets", "").want(t, http.StatusOK, &list)
	require.Len(t, list.Buckets, 2)
	require.Equal(t, []bool{true, false}, []bool{list.Buckets[0].MAZ, list.Buckets[1].MAZ})
	r.call("POST", "/api/v1/buckets", `{"name":"a`+name+`"}`).wantProblem(t, http.StatusUnprocessableEntity)
}

func TestBucketRefusals(t *testing.T) {
	r := start(t, Options{})
	before, err := r.Buckets()
	require.NoError(t, err)
	for _, body := range []string{
		`{"name":"noappid"}`, `{"name":""}`, `{}`, `{"name":"UPPER-1250000000"}`, `{"name":"a-1250000000","acl":"mine"}`, `{"name":"a-1250000000","cors":"all"}`,
		`{"name":"a-1250000000","region":"AP Beijing"}`, `{"name":"a-1250000000","reigon":"ap-beijing"}`,
	} {
		r.call("POST", "/api/v1/buckets", body).wantProblem(t, http.StatusUnprocessableEntity)
		after, err := r.Buckets()
		require.NoError(t, err)
		require.Equal(t, before, after, body)
	}
}

func TestPresign(t *testing.T) {
	r := start(t, Options{})
	p := r.presign(`{"method":"PUT","bucket":"` + testBucket + `","key":"照片/a b.txt","expires":"10m","headers":{"content-type":"text/plain"}}`)
	require.Contains(t, p.URL, "http://"+r.api+"/")
	require.Equal(t, http.StatusOK, put(t, p.URL, "Content-Type", "text/plain").status)
	o, err := r.Store().Stat(testBucket, "照片/a b.txt")
	require.NoError(t, err)
	require.EqualValues(t, 5, o.Size)
	require.Equal(t, http.StatusForbidden, put(t, p.URL, "Content-Type", "text/html").status, "the header is signed")

	for _, body := range []string{
		`{"bucket":"nobody-1250000000","key":"a"}`, `{"key":"a"}`, `{"bucket":"` + testBucket + `","key":"a","secret_id":"nobody"}`,
		`{"bucket":"` + testBucket + `","key":"a","expires":"0s"}`, `{"bucket":"` + testBucket + `","key":"a","expires":"-5m"}`,
		`{"bucket":"` + testBucket + `","key":"a","expires":"2000000h"}`, `{"bucket":"` + testBucket + `","key":"a","method":"BREW"}`,
		`{"bucket":"` + testBucket + `","key":"a","headers":{"x":"a\r\nb"}}`,
	} {
		r.call("POST", "/api/v1/presign", body).wantProblem(t, http.StatusUnprocessableEntity)
	}
}

// TestPresignedCurlLine: the curl line works in a shell.
func TestPresignedCurlLine(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	r := start(t, Options{})
	file := filepath.Join(t.TempDir(), "FILE")
	require.NoError(t, os.WriteFile(file, []byte("from curl"), 0o600))
	line := r.presign(`{"bucket":"` + testBucket + `","key":"it's here","headers":{"content-type":"text/it's"}}`).Curl
	cmd := exec.Command("sh", "-c", line+" -sS -f")
	cmd.Dir = filepath.Dir(file)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", line, out)
	o, err := r.Store().Stat(testBucket, "it's here")
	require.NoError(t, err)
	require.EqualValues(t, 9, o.Size)
}

func TestReset(t *testing.T) {
	r := start(t, Options{})
	require.Equal(t, http.StatusOK, put(t, r.presign(`{"bucket":"`+testBucket+`","key":"a"}`).URL).status)
	r.call("POST", "/api/v1/buckets", `{"name":"more-1250000000"}`).want(t, http.StatusCreated, nil)
	r.call("DELETE", "/api/v1/credentials/"+testID, "").want(t, http.StatusNoContent, nil)
	r.call("POST", "/api/v1/credentials", `{"secret_id":"AKIDx","secret_key":"y","appid":"1"}`).want(t, http.StatusCreated, nil)
	r.call("DELETE", "/api/v1/clock", "").want(t, http.StatusOK, nil)

	r.call("POST", "/api/v1/reset", "").want(t, http.StatusNoContent, nil)
	_, err := r.Store().Stat(testBucket, "a")
	require.ErrorIs(t, err, storage.ErrNoObject)
	all, err := r.Buckets()
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Len(t, r.Keys().List(), 1)
	require.True(t, r.Clock().Now().Equal(startTime()), "as it was configured")
	require.Equal(t, http.StatusOK, put(t, r.presign(`{"bucket":"`+testBucket+`","key":"a"}`).URL).status)
}

func TestOpenAPI(t *testing.T) {
	r := start(t, Options{Version: "v1.2.3"})
	a := r.call("GET", "/api/v1/openapi.json", "")
	require.Equal(t, http.StatusOK, a.status)
	var doc struct {
		OpenAPI string
		Info    struct{ Version string }
		Paths   map[string]map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &doc))
	require.Equal(t, "3.1.0", doc.OpenAPI)
	require.Equal(t, "v1.2.3", doc.Info.Version)
	for path, methods := range map[string][]string{
		"/healthz":                               {"get"},
		"/metrics":                               {"get"},
		"/api/v1/report":                         {"get"},
		"/api/v1/clock":                          {"get", "put", "delete"},
		"/api/v1/clock/advance":                  {"post"},
		"/api/v1/credentials":                    {"get", "post"},
		"/api/v1/credentials/{secret_id}":        {"delete"},
		"/api/v1/buckets":                        {"get", "post"},
		"/api/v1/buckets/{name}":                 {"delete"},
		"/api/v1/presign":                        {"post"},
		"/api/v1/reset":                          {"post"},
		"/api/v1/requests":                       {"get", "delete"},
		"/api/v1/requests/{id}":                  {"get"},
		"/api/v1/requests/wait":                  {"get"},
		"/api/v1/requests/stream":                {"get"},
		"/api/v1/explain":                        {"post"},
		"/api/v1/buckets/{name}/objects":         {"get", "delete"},
		"/api/v1/buckets/{name}/objects/content": {"get"},
	} {
		for _, m := range methods {
			require.Contains(t, doc.Paths[path], m, path)
		}
	}
	require.NotContains(t, doc.Paths, "/api/v1/requests/{id...}")
}

func TestWhatIsNotThere(t *testing.T) {
	r := start(t, Options{})
	r.call("GET", "/nothing", "").wantProblem(t, http.StatusNotFound)
	r.call("GET", "/docs", "").wantProblem(t, http.StatusNotFound)
	a := r.call("POST", "/healthz", "")
	a.wantProblem(t, http.StatusMethodNotAllowed)
	require.Equal(t, "GET", a.header.Get("Allow"))
	a = r.call("PATCH", "/api/v1/clock", "")
	a.wantProblem(t, http.StatusMethodNotAllowed)
	require.Equal(t, "GET, PUT, DELETE", a.header.Get("Allow"))
}
