package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/signer"
)

// webForm is a form as a browser sends it: fields in order, the file last.
type webForm struct {
	fields [][2]string
	file   string
	again  bool // a second file
	cut    bool // ends in the middle of the file
}

func (f *webForm) set(name, value string) {
	for i := range f.fields {
		if f.fields[i][0] == name {
			f.fields[i][1] = value
			return
		}
	}
	f.fields = append(f.fields, [2]string{name, value})
}

func (f *webForm) message(t testing.TB) *message {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range f.fields {
		require.NoError(t, w.WriteField(field[0], field[1]))
	}
	files := 1
	if f.again {
		files = 2
	}
	for range files {
		part, err := w.CreateFormFile("file", "photo.jpg")
		require.NoError(t, err)
		_, err = part.Write([]byte(f.file))
		require.NoError(t, err)
	}
	if f.cut {
		b.Truncate(b.Len() - 3)
	} else {
		require.NoError(t, w.Close())
	}
	return &message{
		method: http.MethodPost, host: testHost, target: "/", body: b.Bytes(),
		header: http.Header{"Content-Type": {w.FormDataContentType()}},
	}
}

// policyForm is signed by the documented way: the policy's text is what the
// signature covers (COS docs: POST Object).
func policyForm(now time.Time, conditions string) *webForm {
	return policyFormBy(testKey(), now, conditions)
}

func policyFormBy(key keyring.Key, now time.Time, conditions string) *webForm {
	keyTime := fmt.Sprintf("%d;%d", now.Unix(), now.Unix()+3600)
	policy := fmt.Sprintf(`{"expiration":%q,"conditions":[{"q-sign-algorithm":"sha1"},{"q-ak":%q},{"q-sign-time":%q}%s]}`,
		now.Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z"), key.SecretID, keyTime, conditions)
	signKey := signer.NewSigningKey(key.SecretKey, keyTime)
	return &webForm{file: sampleBody, fields: [][2]string{
		{"key", "up/${filename}"},
		{"policy", base64.StdEncoding.EncodeToString([]byte(policy))},
		{"q-sign-algorithm", "sha1"},
		{"q-ak", key.SecretID},
		{"q-key-time", keyTime},
		{"q-signature", signKey.Sign(signer.PolicyStringToSign([]byte(policy)))},
	}}
}

const formConditions = `,{"bucket":"` + testBucket + `"},["starts-with","$key","up/"],["content-length-range",1,100]`

// TestFormUpload: each refusal of a policy form in the cloud's own words, the
// form unspoilt beside it.
//
// holds: call PostObject; header content-type; answer location; code IncorrectNumberOfFilesInPostRequest; code MalformedPOSTRequest; code InvalidPolicyDocument
// holds: code EntityTooLarge; code EntityTooSmall; code AccessDenied; code SignatureDoesNotMatch
func TestFormUpload(t *testing.T) {
	const now = 1795507200 // testTime
	for _, c := range []struct {
		name    string
		spoil   func(*webForm)
		status  int
		code    string
		message string
	}{
		{"as it should be", func(*webForm) {}, 204, "", ""},
		{"status asked for", func(f *webForm) { f.set("success_action_status", "201") }, 201, "", ""},
		{"redirect", func(f *webForm) { f.set("success_action_redirect", "http://app.test/done") }, 303, "", ""},
		{"signature flipped", func(f *webForm) { f.set("q-signature", strings.Repeat("0", 40)) }, 403, mismatch, mismatchMessage},
		{"unknown key id", func(f *webForm) { f.set("q-ak", "AKIDnobody") }, 403, "AccessDenied", "Condition key q-ak doesn't match the value " + testKey().SecretID},
		{"key outside", func(f *webForm) { f.set("key", "elsewhere/a") }, 403, "AccessDenied", "Condition key " + "key doesn't match the value up/"},
		{"file too large", func(f *webForm) { f.file = strings.Repeat("x", 101) }, 400, "EntityTooLarge", "Condition key content-length-range doesn't match the value "},
		{"file too small", func(f *webForm) { f.file = "" }, 400, "EntityTooSmall", "Condition key content-length-range doesn't match the value "},
		{"two files", func(f *webForm) { f.again = true }, 400, "IncorrectNumberOfFilesInPostRequest", ""},
		{"cut", func(f *webForm) { f.cut = true }, 400, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data."},
		{"no conditions", func(f *webForm) {
			f.set("policy", base64.StdEncoding.EncodeToString([]byte(`{"expiration":"2027-01-01T00:00:00Z"}`)))
		}, 400, "InvalidPolicyDocument", "You must provide condition if you specify a policy in post object request."},
		{"wrong MD5", func(f *webForm) { f.set("Content-MD5", base64.StdEncoding.EncodeToString(make([]byte, 16))) }, 400, "BadDigest", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, api.Config{})
			f := policyForm(testTime(), formConditions)
			f.set("x-cos-meta-a", "b")
			c.spoil(f)
			got := s.send(f.message(t))
			require.Equal(t, c.status, got.status, "%s", got.body)
			require.Equal(t, c.code, got.code())
			if c.message != "" {
				require.Equal(t, c.message, strings.ReplaceAll(got.message(), "&apos;", "'"))
			}
			if c.code != "" {
				s.requireNothing(testBucket, "up/photo.jpg")
				s.requireNothing(testBucket, "elsewhere/a")
				return
			}
			require.Empty(t, got.body)
			require.Equal(t, sampleETag, got.header.Get("ETag"))
			require.Equal(t, sampleCRC64, got.header.Get("X-Cos-Hash-Crc64ecma"))
			s.requireStored(testBucket, "up/photo.jpg", []byte(sampleBody))
			require.Equal(t, "b", s.do(http.MethodHead, "/up/photo.jpg", nil).header.Get("X-Cos-Meta-A"))
			want := "http://" + testHost + "/up/photo.jpg"
			if c.status == 303 {
				want = "http://app.test/done?bucket=" + testBucket + "&key=up%2Fphoto.jpg&etag=%22ee8de918d05640145b18f70f4c3aa602%22"
			}
			require.Equal(t, want, got.header.Get("Location"))
		})
	}

	s := start(t, api.Config{})
	m := policyForm(testTime(), formConditions).message(t)
	s.clock.Advance(2 * time.Hour)
	late := s.send(m)
	s.requireRefused(late, "late", 403, "AccessDenied", fmt.Sprintf(
		"You post object request has been expired, expiration time: %d but the time now : %d", now+3600, now+7200))
	s.requireNothing(testBucket, "up/photo.jpg")
}

// TestMiniProgramForm: the field Signature holds an ordinary signature of
// `POST /`, as cos-wx-sdk-v5 sends it; the same stands in the header.
//
// holds: call PostObject; code SignatureDoesNotMatch
func TestMiniProgramForm(t *testing.T) {
	s := start(t, api.Config{})
	f := &webForm{file: sampleBody, fields: [][2]string{
		{"key", "photo"}, {"success_action_status", "200"}, {"Signature", ""}, {"Content-Type", ""},
	}}
	f.set("Signature", s.signed(http.MethodPost, "/", nil).header.Get("Authorization"))
	m := f.message(t)
	m.header.Set("Authorization", f.fields[2][1])
	got := s.send(m)
	require.Equal(t, 200, got.status, "%s", got.body)
	s.requireStored(testBucket, "photo", []byte(sampleBody))

	s.remove(testBucket, "photo")
	f.set("Signature", s.signed(http.MethodPut, "/", nil).header.Get("Authorization"))
	wrong := s.send(f.message(t))
	s.requireRefused(wrong, "signed for put", 403, mismatch, mismatchMessage)
	require.Equal(t, "method", wrong.header.Get("X-Cosemu-Diagnosis"))
	s.requireNothing(testBucket, "photo")
}

// TestAnonymousForm: a form without a signature needs a bucket that is open.
func TestAnonymousForm(t *testing.T) {
	f := &webForm{file: sampleBody, fields: [][2]string{{"key", "photo"}}}
	for acl, status := range map[string]int{api.ACLPrivate: 403, api.ACLPublicRead: 403, api.ACLPublicReadWrite: 204} {
		s := start(t, api.Config{Buckets: []api.BucketConfig{{Name: testBucket, ACL: acl}}})
		require.Equal(t, status, s.send(f.message(t)).status, acl)
		if status == 204 {
			s.requireStored(testBucket, "photo", []byte(sampleBody))
		} else {
			s.requireNothing(testBucket, "photo")
		}
	}
}
