package clients

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// TestWrongSecret signs with a secret that has one wrong letter.
func TestWrongSecret(t *testing.T) {
	e := theEndpoint(t)
	wrong := e.Key
	wrong.Secret += "x"
	const key = "go/wrong-secret"

	_, err := e.client(t, e.Bucket, wrong).Object.Put(t.Context(), key, strings.NewReader("no"), nil)
	ce := refused(t, err, http.StatusForbidden, "SignatureDoesNotMatch")
	require.Equal(t, "The Signature you specified is invalid.", ce.Message)
	require.Equal(t, "/"+key, ce.Resource)
	require.NotEmpty(t, ce.RequestID)
	require.NotEmpty(t, ce.TraceID)
	e.notStored(t, key)

	_, err = e.client(t, e.Bucket, e.Key).Object.Put(t.Context(), key, strings.NewReader("yes"), nil)
	require.NoError(t, err)
	e.stored(t, key, []byte("yes"))

	// A refused overwrite does not change the object.
	_, err = e.client(t, e.Bucket, wrong).Object.Put(t.Context(), key, strings.NewReader("again no"), nil)
	refused(t, err, http.StatusForbidden, "SignatureDoesNotMatch")
	e.stored(t, key, []byte("yes"))
}

// TestUnknownKey signs with an unknown SecretId.
func TestUnknownKey(t *testing.T) {
	e := theEndpoint(t)
	unknown := e.Key
	unknown.ID = "AKIDnobodyhasthisone0000000000000000"
	_, err := e.client(t, e.Bucket, unknown).Object.Put(t.Context(), "go/unknown", strings.NewReader("no"), nil)
	refused(t, err, http.StatusForbidden, "InvalidAccessKeyId")
	e.notStored(t, "go/unknown")
}

// TestOtherRegion uses the host of another region.
func TestOtherRegion(t *testing.T) {
	e := theEndpoint(t)
	here := e.client(t, e.Bucket, e.Key)
	_, err := here.Object.Put(t.Context(), "go/region", strings.NewReader("here"), nil)
	require.NoError(t, err)

	e.Region = "ap-nowhere"
	_, err = e.client(t, e.Bucket, e.Key).Object.Put(t.Context(), "go/region", strings.NewReader("there"), nil)
	refused(t, err, http.StatusNotFound, "NoSuchBucket")
	resp, err := here.Object.Head(t.Context(), "go/region", nil)
	require.NoError(t, err)
	require.Equal(t, etag([]byte("here")), resp.Header.Get("ETag"))
}

// TestClock moves the emulator's clock two hours ahead. A new signature of the SDK has expired
// then, and is valid again after the clock is reset.
func TestClock(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	t.Run("ahead", func(t *testing.T) {
		e.clock(t, 2*time.Hour)
		_, err := c.Object.Put(t.Context(), "go/clock", strings.NewReader("no"), nil)
		ce := refused(t, err, http.StatusForbidden, "AccessDenied")
		require.Equal(t, "Request has expired", ce.Message)
		date, err := http.ParseTime(ce.Response.Header.Get("Date"))
		require.NoError(t, err)
		require.Greater(t, time.Until(date), time.Hour, "Date must follow the emulator's clock")
	})
	t.Run("behind", func(t *testing.T) {
		e.clock(t, -2*time.Hour)
		_, err := c.Object.Put(t.Context(), "go/clock", strings.NewReader("no"), nil)
		refused(t, err, http.StatusForbidden, "RequestTimeTooSkewed")
	})
	e.notStored(t, "go/clock")
	_, err := c.Object.Put(t.Context(), "go/clock", strings.NewReader("yes"), nil)
	require.NoError(t, err)
	e.stored(t, "go/clock", []byte("yes"))
}

// TestTemporaryKey uses a temporary key with its token, without a token, and with a wrong one.
func TestTemporaryKey(t *testing.T) {
	e := theEndpoint(t)
	const key = "go/temporary"
	for _, token := range []string{"", e.Temp.Token + "x"} {
		bad := e.Temp
		bad.Token = token
		_, err := e.client(t, e.Bucket, bad).Object.Put(t.Context(), key, strings.NewReader("no"), nil)
		refused(t, err, http.StatusForbidden, "InvalidAccessKeyId")
		e.notStored(t, key)
	}
	_, err := e.client(t, e.Bucket, e.Temp).Object.Put(t.Context(), key, strings.NewReader("yes"), nil)
	require.NoError(t, err)
	e.stored(t, key, []byte("yes"))
}

// TestWrongMD5: a wrong Content-MD5 is refused and nothing is stored.
func TestWrongMD5(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	put := func(md5 string) error {
		_, err := c.Object.Put(t.Context(), "go/md5", strings.NewReader("hello"), &cos.ObjectPutOptions{
			ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{ContentMD5: md5},
		})
		return err
	}
	refused(t, put("1B2M2Y8AsgTpgAmY7PhCfg=="), http.StatusBadRequest, "BadDigest") // the MD5 of an empty body
	refused(t, put("5d41402abc4b2a76b9719d911017c592"), http.StatusBadRequest, "InvalidDigest")
	e.notStored(t, "go/md5")
	require.NoError(t, put("XUFAKrxLKna5cZ2REBfFkg==")) // the MD5 of "hello" (RFC 1321)
	e.stored(t, "go/md5", []byte("hello"))
}
