package clients

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/stretchr/testify/require"
	"github.com/thanos-io/objstore"
	"github.com/thanos-io/objstore/providers/cos"
)

// env returns a required variable. Without it the suite fails and does not skip, so that a run
// without tests does not pass.
func env(t *testing.T, name string) string {
	t.Helper()
	v := os.Getenv(name)
	require.NotEmpty(t, v, "%s is not set: start this suite with ../run objstore", name)
	return v
}

// bucket is Thanos's client with a configuration file as users write it. HTTP_PROXY and HTTPS_PROXY
// connect it with the emulator.
func bucket(t *testing.T, secretKey, endpoint string) objstore.Bucket {
	t.Helper()
	name, appID, _ := strings.Cut(env(t, "COSEMU_BUCKET"), "-")
	config := fmt.Sprintf("{bucket: %q, app_id: %q, region: %q, secret_id: %q, secret_key: %q, endpoint: %q}",
		name, appID, env(t, "COSEMU_REGION"), env(t, "COSEMU_SECRET_ID"), secretKey, endpoint)
	b, err := cos.NewBucket(log.NewNopLogger(), []byte(config), "acceptance", nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// empty removes the objects of a test, since the next test needs an empty bucket.
func empty(t *testing.T, b objstore.Bucket) {
	t.Helper()
	require.NoError(t, b.Iter(t.Context(), "", func(name string) error {
		return b.Delete(t.Context(), name)
	}, objstore.WithRecursiveIter()))
}

// journal counts the latest requests that match the filters, by operation.
func journal(t *testing.T, filters url.Values) map[string]int {
	t.Helper()
	filters.Set("limit", "1000")
	filters.Set("brief", "true")
	resp, err := http.Get("http://" + env(t, "COSEMU_CONSOLE") + "/api/v1/requests?" + filters.Encode())
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	var list struct{ Requests []struct{ Operation string } }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&list))
	n := map[string]int{}
	for _, r := range list.Requests {
		n[r.Operation]++
	}
	return n
}

// TestAcceptance is the acceptance test for Thanos's providers, with an upload of 200 MiB in parts:
// over TLS with the default endpoint, and over plain HTTP.
func TestAcceptance(t *testing.T) {
	host := env(t, "COSEMU_BUCKET") + ".cos." + env(t, "COSEMU_REGION") + ".myqcloud.com"
	for name, endpoint := range map[string]string{"default": "", "http": "http://" + host} {
		t.Run(name, func(t *testing.T) {
			b := bucket(t, env(t, "COSEMU_SECRET_KEY"), endpoint)
			before := journal(t, url.Values{"verdict": {"accepted"}})["UploadPart"]
			objstore.AcceptanceTest(t, b)
			require.Equal(t, before+2, journal(t, url.Values{"verdict": {"accepted"}})["UploadPart"], "200 MiB in two parts")
			empty(t, b)
		})
	}
}

// TestRefused uses a wrong secret: Thanos reports the emulator's error.
func TestRefused(t *testing.T) {
	secret := env(t, "COSEMU_SECRET_KEY")
	err := bucket(t, secret+"x", "").Upload(t.Context(), "refused", strings.NewReader("no"))
	require.ErrorContains(t, err, "SignatureDoesNotMatch")
	b := bucket(t, secret, "")
	there, err := b.Exists(t.Context(), "refused")
	require.NoError(t, err)
	require.False(t, there)
	require.NoError(t, b.Upload(t.Context(), "refused", strings.NewReader("yes")))
	there, err = b.Exists(t.Context(), "refused")
	require.NoError(t, err)
	require.True(t, there)
	empty(t, b)
}
