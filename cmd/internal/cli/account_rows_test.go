package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// api makes a call of the control API and decodes what it answers.
func (s *served) api(method, path, body string, status int, into any) {
	s.t.Helper()
	header := []string{}
	if body != "" {
		header = []string{"Content-Type", "application/json"}
	}
	got, answer := send(s.t, method, "http://"+s.ready.Console+"/api/v1"+path, body, header...)
	require.Equal(s.t, status, got, "%s %s: %s", method, path, answer)
	if into != nil {
		require.NoError(s.t, json.Unmarshal([]byte(answer), into))
	}
}

// signed is a URL that the server signs with a key pair.
func (s *served) signed(method, bucket, id string) string {
	s.t.Helper()
	return s.signedKey(method, bucket, "k", id)
}

func (s *served) signedKey(method, bucket, key, id string) string {
	s.t.Helper()
	var out struct{ URL string }
	s.api(http.MethodPost, "/presign", `{"method":"`+method+`","bucket":"`+bucket+`","key":"`+key+`","secret_id":"`+id+`"}`, 200, &out)
	return out.URL
}

// kill ends the server as a power cut does.
func (s *served) kill() {
	s.t.Helper()
	s.signal(os.Kill)
	s.end()
}

// TestAddedKeysOutliveRestarts: what the control API added is there after kill -9, what it deleted is
// not, and a reset returns to the configuration.
func TestAddedKeysOutliveRestarts(t *testing.T) {
	data := "--data=" + t.TempDir()
	const test = "test-1250000000"
	s := serveBinary(t, data)
	var a madeAccount
	s.api(http.MethodPost, "/accounts", `{}`, 201, &a)
	account := "?account=" + a.AppID
	readOnly := `{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:GetObject"],"resource":["*"]}]}`
	s.api(http.MethodPost, "/credentials", `{"secret_id":"AKIDserver","secret_key":"secret-of-server"}`, 201, nil)
	s.api(http.MethodPost, "/credentials", `{"secret_id":"AKIDlimited","secret_key":"secret-of-limited","uin":"100000000011","policy":`+readOnly+`}`, 201, nil)
	s.api(http.MethodPost, "/credentials", `{"secret_id":"AKIDgone","secret_key":"secret-of-gone"}`, 201, nil)
	s.api(http.MethodPost, "/credentials"+account, `{"secret_id":"AKIDaccount","secret_key":"secret-of-account"}`, 201, nil)
	s.api(http.MethodPost, "/credentials"+account, `{"secret_id":"AKIDtemporary","secret_key":"secret-of-temporary","token":"a-token-of-it","expires":"2099-01-01T00:00:00Z"}`, 201, nil)
	var issued struct {
		SecretID string `json:"secret_id"`
	}
	s.api(http.MethodPost, "/temporary-credentials"+account, `{"secret_id":"AKIDaccount","read":true}`, 201, &issued)
	s.api(http.MethodDelete, "/credentials/AKIDgone", "", 204, nil)
	s.api(http.MethodDelete, "/credentials/"+a.SecretID, "", 204, nil)
	var before, after struct {
		Credentials []map[string]any `json:"credentials"`
	}
	s.api(http.MethodGet, "/credentials", "", 200, &before)
	require.Len(t, before.Credentials, 6, "the configured one, four that were added, one that was issued")
	s.kill()

	s = serveBinary(t, data)
	s.api(http.MethodGet, "/credentials", "", 200, &after)
	require.Equal(t, before, after)
	for id, bucket := range map[string]string{"AKIDserver": test, "AKIDaccount": a.Buckets[0], "AKIDtemporary": a.Buckets[0], issued.SecretID: a.Buckets[0]} {
		status, body := send(t, http.MethodPut, s.signed("PUT", bucket, id), id)
		require.Equal(t, 200, status, body)
		status, body = send(t, http.MethodGet, s.signed("GET", bucket, id), "")
		require.Equal(t, 200, status, body)
		require.Equal(t, id, body)
	}
	status, _ := send(t, http.MethodGet, s.signed("GET", test, "AKIDlimited"), "")
	require.Equal(t, 200, status)
	status, _ = send(t, http.MethodPut, s.signed("PUT", test, "AKIDlimited"), "x")
	require.Equal(t, 403, status, "its policy is there too")
	s.kill()

	// A key pair that the configuration names now is what the configuration says.
	s = serveBinary(t, data, "--credentials=AKIDserver:another-secret:1250000000")
	var list struct {
		Credentials []struct {
			SecretID string `json:"secret_id"`
		} `json:"credentials"`
	}
	s.api(http.MethodGet, "/credentials", "", 200, &list)
	require.Len(t, list.Credentials, 5, "without the default pair")
	require.Contains(t, s.stderr.String(), "the configuration names it")
	require.NotContains(t, s.stdout.String()+s.stderr.String(), "secret-of-")
	s.api(http.MethodPost, "/reset", "", 204, nil)
	s.kill()

	s = serveBinary(t, data)
	s.api(http.MethodGet, "/credentials", "", 200, &list)
	require.Len(t, list.Credentials, 1, "a reset of the server removed them")
}

// TestDamagedAccountRows: a row that cannot be read is named and left out, and a secret of it is not
// shown. All others work.
func TestDamagedAccountRows(t *testing.T) {
	dir := t.TempDir()
	s := serveBinary(t, "--data="+dir)
	var good, bad madeAccount
	s.api(http.MethodPost, "/accounts", `{}`, 201, &good)
	s.api(http.MethodPost, "/accounts", `{}`, 201, &bad)
	s.api(http.MethodPost, "/credentials?account="+good.AppID, `{"secret_id":"AKIDgood","secret_key":"secret-of-good"}`, 201, nil)
	s.api(http.MethodPost, "/credentials", `{"secret_id":"AKIDbad","secret_key":"secret-of-bad"}`, 201, nil)
	s.kill()
	st, err := storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	require.NoError(t, st.PutDocument("account", bad.AppID, []byte(`{"SecretKey":"secret-of-bad`)))
	require.NoError(t, st.PutDocument("key-pair", "AKIDbad", []byte(`{"SecretKey":"secret-of-bad","Expires":7}`)))
	require.NoError(t, st.Close())

	s = serveBinary(t, "--data="+dir)
	status, body := send(t, http.MethodPut, s.signed("PUT", good.Buckets[0], "AKIDgood"), "x")
	require.Equal(t, 200, status, body)
	var list struct {
		Accounts []madeAccount `json:"accounts"`
	}
	s.api(http.MethodGet, "/accounts", "", 200, &list)
	require.Len(t, list.Accounts, 1)
	for _, says := range []string{"an account of the data folder is left out", bad.AppID, "a key pair of the data folder is left out", "AKIDbad"} {
		require.Contains(t, s.stderr.String(), says)
	}
	require.NotContains(t, s.stderr.String(), "secret-of-")
	s.api(http.MethodPost, "/presign", `{"bucket":"`+bad.Buckets[0]+`","key":"k"}`, 422, nil)
	s.api(http.MethodPost, "/accounts", `{"appid":"`+bad.AppID+`"}`, 409, nil) // its bucket is still there
}

// TestRescueOfAccounts: a folder with accounts whose index is damaged is refused, and rescued with the
// accounts, or with what there is of them said.
func TestRescueOfAccounts(t *testing.T) {
	dir := t.TempDir()
	s := serveBinary(t, "--data="+dir)
	var a madeAccount
	s.api(http.MethodPost, "/accounts", `{}`, 201, &a)
	status, body := send(t, http.MethodPut, s.signed("PUT", a.Buckets[0], a.SecretID), "of an account")
	require.Equal(t, 200, status, body)
	s.signal(os.Interrupt)
	require.Zero(t, s.end())
	require.Equal(t, exitOK, command(nil, "check", "--data="+dir).code)

	manifests, err := filepath.Glob(filepath.Join(dir, "index", "MANIFEST-*"))
	require.NoError(t, err)
	require.NotEmpty(t, manifests)
	for _, name := range manifests {
		require.NoError(t, os.Truncate(name, 10))
	}
	o := command(nil, "--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--data="+dir)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "is damaged")
	require.Equal(t, exitDamaged, command(nil, "check", "--data="+dir).code)
	o = command(nil, "rescue", "--data="+dir)
	require.Equal(t, exitOK, o.code, o.stderr)
	require.NotContains(t, o.stdout+o.stderr, a.SecretKey)
	require.Contains(t, o.stdout, "accounts and key pairs")
	require.Contains(t, o.stdout, "rescued-"+a.AppID)

	s = serveBinary(t, "--data="+dir)
	s.api(http.MethodPost, "/credentials", `{"secret_id":"AKIDnew","secret_key":"new-secret","appid":"`+a.AppID+`"}`, 201, nil)
	status, body = send(t, http.MethodGet, s.signedKey(http.MethodGet, "rescued-"+a.AppID, a.Buckets[0]+"/k", "AKIDnew"), "")
	require.Equal(t, 200, status, body)
	require.Equal(t, "of an account", body)
}
