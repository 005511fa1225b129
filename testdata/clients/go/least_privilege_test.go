package clients

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// upload uploads a body. header are pairs of name and value.
func (e endpoint) upload(t *testing.T, c credential, key, body string, header ...string) error {
	t.Helper()
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	options := &cos.ObjectPutHeaderOptions{ContentType: h.Get("Content-Type")}
	h.Del("Content-Type")
	if len(h) > 0 {
		options.XOptionHeader = &h
	}
	_, err := e.client(t, e.Bucket, c).Object.Put(t.Context(), key, strings.NewReader(body), &cos.ObjectPutOptions{ObjectPutHeaderOptions: options})
	return err
}

// TestLeastPrivilege: keys from STS, for requests that their policy allows and for others. The
// others are refused because of the policy, and nothing is stored.
func TestLeastPrivilege(t *testing.T) {
	e := theEndpoint(t)
	type condition = map[string]map[string]any
	for name, c := range map[string]struct {
		policy          condition
		inside, outside []string // headers of the upload
		in, out         string   // its body
	}{
		"too long": {
			condition{"numeric_less_than_equal": {"cos:content-length": 10}},
			nil, nil, "0123456789", "0123456789+",
		},
		"wrong content type": {
			condition{"string_like": {"cos:content-type": "image/*"}},
			[]string{"Content-Type", "image/png"},
			[]string{"Content-Type", "text/html"},
			"x", "x",
		},
		"forbid-overwrite required": {
			condition{"string_equal": {"cos:x-cos-forbid-overwrite": "true"}},
			[]string{"x-cos-forbid-overwrite", "true"},
			nil, "x", "x",
		},
		"storage class": {
			condition{"string_equal_if_exist": {"cos:x-cos-storage-class": []string{"STANDARD", "STANDARD_IA"}}},
			nil,
			[]string{"x-cos-storage-class", "ARCHIVE"},
			"x", "x",
		},
	} {
		t.Run(name, func(t *testing.T) {
			prefix := "go/least/" + name + "/"
			key := e.temporary(t, e.policyIf(prefix, c.policy, "PutObject"), time.Hour)
			require.NoError(t, e.upload(t, key, prefix+"in", c.in, c.inside...), "the control")
			e.stored(t, prefix+"in", []byte(c.in))
			e.denied(t, e.upload(t, key, prefix+"out", c.out, c.outside...))
			e.notStored(t, prefix+"out")
		})
	}
}

// TestSourceAddress: a policy for another network than that of this machine.
func TestSourceAddress(t *testing.T) {
	e := theEndpoint(t)
	from := func(network string) credential {
		return e.temporary(t, e.policyIf("go/from/", map[string]map[string]any{"ip_equal": {"qcs:ip": network}}, "PutObject"), time.Hour)
	}
	require.NoError(t, e.upload(t, from("127.0.0.0/8"), "go/from/here", "x"))
	e.stored(t, "go/from/here", []byte("x"))
	e.denied(t, e.upload(t, from("10.0.0.0/8"), "go/from/there", "x"))
	e.notStored(t, "go/from/there")
}

// TestOtherAction: a key for uploads cannot read, list or delete.
func TestOtherAction(t *testing.T) {
	e := theEndpoint(t)
	key := e.temporary(t, e.policy("go/actions/", "PutObject"), time.Hour)
	require.NoError(t, e.upload(t, key, "go/actions/a", "x"))
	c := e.client(t, e.Bucket, key)
	_, err := c.Object.Get(t.Context(), "go/actions/a", nil)
	e.denied(t, err)
	_, err = c.Object.Delete(t.Context(), "go/actions/a")
	e.denied(t, err)
	_, _, err = c.Bucket.Get(t.Context(), &cos.BucketGetOptions{Prefix: "go/actions/"})
	e.denied(t, err)
	e.stored(t, "go/actions/a", []byte("x"))

	key = e.temporary(t, e.policy("go/actions/", "PutObject", "GetObject", "GetBucket", "DeleteObject"), time.Hour)
	c = e.client(t, e.Bucket, key)
	list, _, err := c.Bucket.Get(t.Context(), &cos.BucketGetOptions{Prefix: "go/actions/"})
	require.NoError(t, err)
	require.Len(t, list.Contents, 1)
	_, err = c.Object.Delete(t.Context(), "go/actions/a")
	require.NoError(t, err)
	e.notStored(t, "go/actions/a")
}

// TestPartsWithoutTheirActions: the SDK's Upload of a large file with a key that only has
// PutObject, a common mistake.
func TestPartsWithoutTheirActions(t *testing.T) {
	e := theEndpoint(t)
	body := content(77, 3<<20)
	file := filepath.Join(t.TempDir(), "large")
	require.NoError(t, os.WriteFile(file, body, 0o600))
	upload := func(key credential, name string) error {
		_, _, err := e.client(t, e.Bucket, key).Object.Upload(t.Context(), name, file, &cos.MultiUploadOptions{PartSize: 1})
		return err
	}
	all := []string{"PutObject", "InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "ListParts", "AbortMultipartUpload"}
	require.NoError(t, upload(e.temporary(t, e.policy("go/pieces/", all...), time.Hour), "go/pieces/whole"))
	e.stored(t, "go/pieces/whole", body)
	e.denied(t, upload(e.temporary(t, e.policy("go/pieces/", "PutObject"), time.Hour), "go/pieces/none"))
	e.notStored(t, "go/pieces/none")
	require.Error(t, upload(e.temporary(t, e.policy("go/pieces/", "PutObject", "InitiateMultipartUpload"), time.Hour), "go/pieces/begun"))
	e.notStored(t, "go/pieces/begun")
	require.Error(t, upload(e.temporary(t, e.policy("go/pieces/", "InitiateMultipartUpload", "UploadPart"), time.Hour), "go/pieces/unfinished"))
	e.notStored(t, "go/pieces/unfinished")
}

// TestPresignedWithATemporaryKey: the URL expires with the key.
func TestPresignedWithATemporaryKey(t *testing.T) {
	e := theEndpoint(t)
	key := e.temporary(t, e.policy("go/url/", "PutObject"), 15*time.Minute)
	sign := func(name string) func() (*http.Response, []byte) {
		u, err := e.client(t, e.Bucket, key).Object.GetPresignedURL2(t.Context(), http.MethodPut, name, time.Hour, &cos.PresignedURLOptions{
			Query: nil, Header: nil, SignMerged: false,
		})
		require.NoError(t, err)
		q := u.Query()
		q.Set("x-cos-security-token", key.Token)
		u.RawQuery = q.Encode()
		return func() (*http.Response, []byte) {
			return e.do(t, http.MethodPut, u, nil, bytes.NewReader([]byte("x")))
		}
	}
	inside, outside := sign("go/url/in"), sign("go/other/out")
	resp, b := inside()
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", b)
	e.stored(t, "go/url/in", []byte("x"))
	resp, _ = outside()
	require.Equal(t, []any{http.StatusForbidden, "policy-denied"}, []any{resp.StatusCode, resp.Header.Get("x-cosemu-diagnosis")})
	e.notStored(t, "go/other/out")
	late := sign("go/url/late")
	e.clock(t, 20*time.Minute)
	resp, b = late()
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	require.Contains(t, string(b), "<Code>ExpiredToken</Code>")
	require.Equal(t, "token-expired", resp.Header.Get("x-cosemu-diagnosis"))
}
