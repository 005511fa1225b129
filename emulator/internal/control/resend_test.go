package control

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

// TestResend: a request that was refused for its signature is sent again with a correct one, and
// what it sends is stored.
func TestResend(t *testing.T) {
	content := base64.StdEncoding.EncodeToString([]byte("the corrected body"))
	for name, test := range map[string]func(t *testing.T, r *rig) (method, url string, headers []string){
		"another type than signed": func(_ *testing.T, r *rig) (string, string, []string) {
			url := r.presign(`{"method":"PUT","bucket":"` + testBucket + `","key":"a b/猫+1","headers":{"Content-Type":"image/png"}}`).URL
			return "PUT", url, []string{"Content-Type", "image/jpeg", "x-cos-meta-colour", "red"}
		},
		"expired": func(_ *testing.T, r *rig) (string, string, []string) {
			url := r.presign(`{"method":"PUT","bucket":"` + testBucket + `","key":"a b/猫+1"}`).URL
			r.Clock().Advance(time.Hour)
			return "PUT", url, []string{"x-cos-meta-colour", "red", "Content-Type", "image/jpeg"}
		},
		"signed for another method": func(_ *testing.T, r *rig) (string, string, []string) {
			return "PUT", r.presign(`{"method":"GET","bucket":"` + testBucket + `","key":"a b/猫+1"}`).URL,
				[]string{"x-cos-meta-colour", "red", "Content-Type", "image/jpeg"}
		},
		"an unknown key pair": func(_ *testing.T, r *rig) (string, string, []string) {
			url := r.presign(`{"method":"PUT","bucket":"` + testBucket + `","key":"a b/猫+1"}`).URL
			return "PUT", strings.Replace(url, testID, "AKIDnobody", 1), []string{"x-cos-meta-colour", "red", "Content-Type", "image/jpeg"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, Options{AppID: "1250000000"})
			r.handler.shared.options.API = r.api
			method, url, headers := test(t, r)
			refused := r.request(method, url, headers...)
			require.Equal(t, 403, refused.status, refused.body)
			id := refused.header.Get(idHeader)

			var dry, done resent
			r.call("POST", "/api/v1/resend", `{"request":"`+id+`","dry_run":true}`).want(t, 200, &dry)
			require.Nil(t, dry.Request)
			require.Len(t, r.Journal().Select(journal.Filter{}), 1, "nothing was sent")
			a := r.call("POST", "/api/v1/resend", `{"request":"`+id+`","content":"`+content+`"}`)
			a.want(t, 200, &done)
			require.Equal(t, 200, done.Status, a.body)
			require.True(t, done.Created)
			require.Equal(t, journal.Accepted, done.Request.Verdict)
			require.NotContains(t, a.body, testSecret)

			o, err := r.Store().Open(testBucket, "a b/猫+1")
			require.NoError(t, err)
			defer o.Close()
			got, err := io.ReadAll(o)
			require.NoError(t, err)
			require.Equal(t, "the corrected body", string(got))
			var again resent
			r.call("POST", "/api/v1/resend", `{"request":"`+id+`","content":"`+content+`"}`).want(t, 200, &again)
			require.False(t, again.Created, "it was there")
		})
	}
}

// TestResendRefuses: where another signature does not help, nothing is sent.
func TestResendRefuses(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.handler.shared.options.API = r.api
	url := r.presign(`{"method":"PUT","bucket":"` + testBucket + `","key":"k"}`).URL
	good := r.request("PUT", url)
	require.Equal(t, 200, good.status)
	require.NoError(t, r.Store().DropBucket(testBucket))
	missing := r.request("PUT", url)
	require.Equal(t, 404, missing.status)
	wrong := r.request("PUT", strings.Replace(url, "q-signature=", "q-signature=0", 1))
	require.Equal(t, 403, wrong.status, wrong.body)
	for _, a := range []answer{good, missing, wrong} {
		r.call("POST", "/api/v1/resend", `{"request":"`+a.header.Get(idHeader)+`"}`).wantProblem(t, 409)
	}
	require.Len(t, r.Journal().Select(journal.Filter{}), 3)
	_, err := r.Store().Bucket(testBucket)
	require.ErrorIs(t, err, storage.ErrNoBucket)
	other := r.account(`{}`)
	r.call("POST", "/api/v1/resend?account="+other.AppID, `{"request":"`+wrong.header.Get(idHeader)+`"}`).wantProblem(t, 404)
}

// TestResendWithoutItsBody: a request whose body nobody gives is not sent, so no empty object takes
// the place of a stored one.
func TestResendWithoutItsBody(t *testing.T) {
	for _, length := range []string{"known", "chunked"} {
		t.Run(length, func(t *testing.T) {
			r := start(t, Options{})
			r.store("k", "precious")
			url := strings.Replace(r.presign(`{"method":"PUT","bucket":"`+testBucket+`","key":"k"}`).URL, testID, "AKIDnobody", 1)
			var body io.Reader = strings.NewReader("new")
			if length == "chunked" {
				body = io.MultiReader(body)
			}
			req, err := http.NewRequest(http.MethodPut, url, body)
			require.NoError(t, err)
			refused := send(t, req)
			require.Equal(t, 403, refused.status, refused.body)
			id := refused.header.Get(idHeader)
			stored := func() string {
				return r.call("GET", "/api/v1/buckets/"+testBucket+"/objects/content?key=k", "").body
			}

			r.call("POST", "/api/v1/resend", `{"request":"`+id+`"}`).wantProblem(t, 422)
			require.Len(t, r.Journal().Select(journal.Filter{}), 1, "nothing was sent")
			require.Equal(t, "precious", stored())

			// The controls: the body, or none on purpose.
			r.call("POST", "/api/v1/resend", `{"request":"`+id+`","content":"bmV3"}`).want(t, 200, nil)
			require.Equal(t, "new", stored())
			r.call("POST", "/api/v1/resend", `{"request":"`+id+`","empty":true}`).want(t, 200, nil)
			require.Empty(t, stored())
		})
	}
}
