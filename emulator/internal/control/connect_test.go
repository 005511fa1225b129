package control

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/testdata/recipes"
	"github.com/stretchr/testify/require"
)

type recipeText struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// TestConnect: the command line works, and no secret but the published one is shown.
func TestConnect(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.handler.shared.options.API = r.api
	var c connection
	r.call("GET", "/api/v1/connect", "").want(t, 200, &c)
	require.Equal(t, "http://"+r.api, c.Endpoint)
	require.Equal(t, []string{"1250000000", testBucket, "ap-guangzhou", testID, "", "devel"},
		[]string{c.AppID, c.Bucket, c.Region, c.SecretID, c.SecretKey, c.Version})
	require.Len(t, c.Recipes, len(recipes.Names()))

	cmd := exec.Command("sh", "-c", c.Curl)
	cmd.Dir = t.TempDir()
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", said)
	have, err := r.Store().Stat(testBucket, "hello.txt")
	require.NoError(t, err)
	require.EqualValues(t, len("hello\n"), have.Size)

	for _, name := range recipes.Names() {
		var got recipeText
		a := r.call("GET", "/api/v1/recipes/"+name, "")
		a.want(t, 200, &got)
		require.Equal(t, recipes.Title(name), got.Title)
		require.NotContains(t, a.body, testSecret)
		want, err := recipes.Render(name, recipes.Values{Endpoint: r.api, Bucket: testBucket, Region: "ap-guangzhou", SecretID: testID})
		require.NoError(t, err)
		require.Equal(t, want, got.Text)
	}
	r.call("GET", "/api/v1/recipes/cobol", "").wantProblem(t, http.StatusNotFound)
	r.call("GET", "/api/v1/recipes/go?bucket=none-1250000000", "").wantProblem(t, http.StatusNotFound)

	// The published pair is no secret.
	require.True(t, r.Keys().Remove(testID))
	require.NoError(t, r.Keys().Add(keyring.Key{SecretID: api.DefaultSecretID, SecretKey: api.DefaultSecretKey, AppID: "1250000000"}))
	var open connection
	r.call("GET", "/api/v1/connect", "").want(t, 200, &open)
	require.Equal(t, api.DefaultSecretKey, open.SecretKey)
}

// TestConnectOfAnAccount: an account's clients get its own bucket and key pair.
func TestConnectOfAnAccount(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.handler.shared.options.API = r.api
	a := r.account(`{"buckets":["early","photos"],"region":"ap-beijing"}`)
	var of, all connection
	r.call("GET", "/api/v1/connect?account="+a.AppID+"&bucket="+a.Buckets[1], "").want(t, 200, &of)
	require.Equal(t, []string{a.AppID, a.Buckets[1], "ap-beijing", a.SecretID, ""}, []string{of.AppID, of.Bucket, of.Region, of.SecretID, of.SecretKey})
	r.call("GET", "/api/v1/connect", "").want(t, 200, &all)
	require.Equal(t, testBucket, all.Bucket, "the configured one first")
	r.call("GET", "/api/v1/connect?account="+a.AppID+"&bucket="+testBucket, "").wantProblem(t, 404)
	r.call("GET", "/api/v1/connect?account=9", "").wantProblem(t, 404)
	body := r.call("GET", "/api/v1/recipes/python?account="+a.AppID, "").body
	require.Contains(t, body, a.Buckets[0])
	require.NotContains(t, body, a.SecretKey)
}

// TestConnectRecipeKey: no key of an object changes the program around it.
func TestConnectRecipeKey(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	r := start(t, Options{AppID: "1250000000"})
	var got recipeText
	r.call("GET", "/api/v1/recipes/python?key=a'%2Bexit(7)%2B'%22%0A%5C", "").want(t, 200, &got)
	file := filepath.Join(t.TempDir(), "upload.py")
	require.NoError(t, os.WriteFile(file, []byte(got.Text), 0o600))
	said, err := exec.Command(python, "-m", "py_compile", file).CombinedOutput() //nolint:gosec // our own file
	require.NoError(t, err, "%s", said)
}
