// Package account gives each test an account of its own on a running cosemu: copy this file beside
// your tests, and call t.Parallel(). Tests that can run cosemu in their own process have package
// cosemutest for it.
package account

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/tencentyun/cos-go-sdk-v5"
)

// Account has a key pair, a bucket, a clock and requests of its own.
type Account struct {
	AppID     string   `json:"appid"`
	SecretID  string   `json:"secret_id"`
	SecretKey string   `json:"secret_key"`
	Region    string   `json:"region"`
	Buckets   []string `json:"buckets"`
	Endpoint  string   `json:"endpoint"`

	Client *cos.Client  `json:"-"`
	HTTP   *http.Client `json:"-"` // for pre-signed URLs
	t      *testing.T
}

// New makes an account for a test, which removes it at its end. The lease removes it if the test is
// killed.
func New(t *testing.T) *Account {
	t.Helper()
	a := &Account{t: t}
	name, _ := json.Marshal(t.Name())
	control(t, http.MethodPost, "/accounts", `{"name":`+string(name)+`,"ttl":"10m"}`, a)
	t.Cleanup(func() { control(t, http.MethodDelete, "/accounts/"+a.AppID, "", nil) })
	// The server is a proxy too, so the client keeps the addresses of COS.
	server, err := url.Parse(a.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := cos.NewBucketURL(a.Buckets[0], a.Region, false)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &http.Transport{Proxy: http.ProxyURL(server)}
	t.Cleanup(proxy.CloseIdleConnections)
	a.HTTP = &http.Client{Transport: proxy}
	a.Client = cos.NewClient(&cos.BaseURL{BucketURL: bucket}, &http.Client{
		Transport: &cos.AuthorizationTransport{SecretID: a.SecretID, SecretKey: a.SecretKey, Transport: proxy},
	})
	return a
}

// Control makes a call of the control API for this account alone: see /api/v1/openapi.json there.
func (a *Account) Control(method, path, body string, into any) {
	a.t.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	control(a.t, method, path+separator+"account="+a.AppID, body, into)
}

func control(t *testing.T, method, path, body string, into any) {
	t.Helper()
	console := os.Getenv("COSEMU_CONSOLE")
	if console == "" {
		console = "127.0.0.1:9001"
	}
	req, err := http.NewRequest(method, "http://"+console+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token := os.Getenv("COSEMU_CONTROL_TOKEN"); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s %v", method, path, res.Status, answer, err)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatal(err)
		}
	}
}
