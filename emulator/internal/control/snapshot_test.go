package control

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

// file sends a file to the call.
func (r *rig) file(query string, body io.Reader, header ...string) answer {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+r.console+"/api/v1/snapshot"+query, body)
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", "application/x-tar")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return send(r.t, req)
}

// savedFile is what the call gives.
func (r *rig) savedFile(query string) []byte {
	r.t.Helper()
	a := r.call("GET", "/api/v1/snapshot"+query, "")
	require.Equal(r.t, 200, a.status, a.body)
	require.Equal(r.t, "application/x-tar", a.header.Get("Content-Type"))
	return []byte(a.body)
}

func TestSnapshot(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.upload("a")
	a := r.account(`{"buckets":["photos"]}`)
	require.Equal(t, 200, put(t, r.signed(a, "PUT", "own")).status)

	file := r.savedFile("")
	require.Equal(t, file, r.savedFile(""), "the same bytes")
	require.Equal(t, file, r.savedFile("?account=1250000000"))
	for _, secret := range []string{testSecret, testID, a.SecretKey, a.SecretID, "own"} {
		require.NotContains(t, string(file), secret)
	}
	require.Contains(t, string(r.savedFile("?account="+a.AppID)), `"key":"own"`)

	// Into the account: it gets the bucket under its APPID, and keeps its own.
	got := r.file("?account="+a.AppID, bytes.NewReader(file))
	require.Equal(t, 200, got.status, got.body)
	require.JSONEq(t, `{"buckets":["examplebucket-`+a.AppID+`"],"objects":1,"bytes":5}`, got.body)
	list := r.call("GET", "/api/v1/buckets/examplebucket-"+a.AppID+"/objects?account="+a.AppID, "")
	require.Contains(t, list.body, `"key":"a","size":5`)

	// What is there already is replaced only when that is said.
	r.upload("b")
	require.Contains(t, r.file("", bytes.NewReader(file)).wantProblem(t, http.StatusConflict), testBucket)
	require.Contains(t, string(r.savedFile("")), `"key":"b"`)
	got = r.file("?replace=true", bytes.NewReader(file))
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, file, r.savedFile(""))

	r.call("GET", "/api/v1/snapshot?account=77", "").wantProblem(t, http.StatusNotFound)
	r.file("?account=77", bytes.NewReader(file)).wantProblem(t, http.StatusNotFound)
	r.call("GET", "/api/v1/snapshot?acount=77", "").wantProblem(t, 422)
	r.file("?replace=maybe", bytes.NewReader(file)).wantProblem(t, 422)
	require.Contains(t, start(t, Options{}).call("GET", "/api/v1/snapshot", "").wantProblem(t, 422), "which account")
}

// TestSnapshotsThatAreRefused: nothing of them is loaded, and a good one still is.
func TestSnapshotsThatAreRefused(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.upload("a")
	file := r.savedFile("")
	made := r.account(`{}`)
	query := "?account=" + made.AppID
	state := func() string { return string(r.savedFile(query)) }
	before := state()
	for what, body := range map[string]string{
		"empty": "", "no archive": "hello", "JSON": "{}", "cut off": string(file[:len(file)/2]), "changed": strings.Replace(string(file), `"key":"a"`, `"key":"b"`, 1),
	} {
		r.file(query, strings.NewReader(body)).wantProblem(t, 422)
		require.Equal(t, before, state(), what)
	}
	require.Contains(t, r.file(query, bytes.NewReader(file), "Origin", "http://evil.test").wantProblem(t, http.StatusForbidden), "origin")
	for _, media := range []string{"text/plain", "multipart/form-data", "application/x-www-form-urlencoded"} { // those of forms
		r.file(query, bytes.NewReader(file), "Content-Type", media).wantProblem(t, http.StatusUnsupportedMediaType)
	}
	require.Equal(t, before, state())

	// A client that goes away in the middle leaves nothing.
	used, _ := r.Store().Memory()
	body, feed := io.Pipe()
	req, err := http.NewRequest(http.MethodPost, "http://"+r.console+"/api/v1/snapshot"+query, body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-tar")
	go func() {
		_, _ = feed.Write(file[:len(file)-600]) // without the end of the last entry
		_ = feed.CloseWithError(io.ErrUnexpectedEOF)
	}()
	_, err = http.DefaultClient.Do(req)
	require.Error(t, err)
	got := r.file(query, bytes.NewReader(file)) // waits for the one before
	require.Equal(t, 200, got.status, got.body)
	require.NotEqual(t, before, state())
	r.call("POST", "/api/v1/reset"+query, "").want(t, http.StatusNoContent, nil)
	after, _ := r.Store().Memory()
	require.LessOrEqual(t, after, used+64<<10, "no file stays in the store")
}

// TestASnapshotTooLargeForTheStore: 507, and nothing of it stays.
func TestASnapshotTooLargeForTheStore(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.upload("a")
	file := r.savedFile("")
	_, most := r.Store().Memory()
	req, err := http.NewRequest(http.MethodPost, "http://"+r.console+"/api/v1/snapshot", bytes.NewReader(file))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-tar")
	req.Header.Set("Expect", "100-continue")
	req.ContentLength = most * 2
	req.Body = io.NopCloser(io.LimitReader(zeros{}, most*2))
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusInsufficientStorage, res.StatusCode)
	require.Equal(t, file, r.savedFile(""))
	require.ErrorIs(t, storage.ErrMemory, storage.ErrFull)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestSnapshotInTheDocument: users find both calls there.
func TestSnapshotInTheDocument(t *testing.T) {
	r := start(t, Options{})
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal([]byte(r.call("GET", "/api/v1/openapi.json", "").body), &doc))
	require.Contains(t, string(doc.Paths["/api/v1/snapshot"]["get"]), "application/x-tar")
	require.Contains(t, string(doc.Paths["/api/v1/snapshot"]["post"]), "application/x-tar")
}

// TestSnapshotBesideASlowOne: a client that stops within its file keeps no other from loading.
func TestSnapshotBesideASlowOne(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.upload("a")
	file := r.savedFile("")
	made := r.account(`{}`)
	slow, write := io.Pipe()
	ended := make(chan answer, 1)
	go func() { ended <- r.file("?account="+made.AppID, slow) }()
	_, err := write.Write(make([]byte, 32<<20)) // more than a connection buffers, so the call has begun
	require.NoError(t, err)

	got := r.file("?account="+made.AppID, bytes.NewReader(file))
	require.Equal(t, 200, got.status, got.body)

	require.NoError(t, write.Close())
	(<-ended).wantProblem(t, 422)
	require.Contains(t, string(r.savedFile("?account="+made.AppID)), `"key":"a"`)
}
