package control

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
	"github.com/stretchr/testify/require"
)

func bucketConfig(name string) api.BucketConfig { return api.BucketConfig{Name: name} }

// presignFor creates a bucket and returns a URL for an upload to it.
func (r *rig) presignFor(bucket string) string {
	r.t.Helper()
	require.NoError(r.t, r.CreateBucket(bucketConfig(bucket)))
	return r.presign(`{"method":"PUT","bucket":"` + bucket + `","key":"k"}`).URL
}

// signFor signs a PUT for a host and a raw path, as a client does by the real time of its own
// clock, or by the emulator's frozen one where that is the start time. It returns path and query.
func signFor(t *testing.T, r *rig, host, path string) string {
	t.Helper()
	now := r.Clock().Now()
	if s := r.Clock().State(); s.Frozen && !now.Equal(startTime()) {
		now = r.Clock().Real().Add(2 * time.Minute) // after the clock was set; COS tolerates it
	}
	p, err := signer.Presign(signer.PresignInput{
		Credentials: signer.Credentials{SecretID: testID, SecretKey: testSecret}, Method: http.MethodPut, Scheme: "http", Host: host,
		Key: strings.TrimPrefix(path, "/"), Start: now, Expires: time.Hour, Header: http.Header{},
	})
	require.NoError(t, err)
	_, rest, _ := strings.Cut(p.URL, "://")
	return rest[strings.IndexByte(rest, '/'):]
}

// signedAtAlias is what an SDK sends that signs the key alone, at an address.
func signedAtAlias(t *testing.T, r *rig) string {
	t.Helper()
	return "http://" + r.api + signFor(t, r, r.api, "/k")
}
