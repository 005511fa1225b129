package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/storage"
)

// TestUploadHeaders sends every header and value of the twelve SDKs' sources
// that an upload can carry: each does what FIDELITY.md says of it, and what is
// refused stores nothing.
//
// holds: header pic-operations; header x-cos-callback; header x-cos-callback-var; header x-cos-return-body; header x-cos-mime-limit
// holds: header x-cos-server-side-encryption-qcloud-kms-key-id; header x-cos-server-side-encryption-aws-kms-key-id
// holds: header if-match; header if-none-match; header if-modified-since; header if-unmodified-since
// holds: header x-cos-website-redirect-location; header x-cos-request-payer; header x-cos-content-sha1; header x-cos-object-type; header x-cos-mfa
func TestUploadHeaders(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/source", []byte("x")).status)
	uploadID := between(string(s.do(http.MethodPost, "/parts?uploads", nil).body), "<UploadId>", "</UploadId>")
	part := s.do(http.MethodPut, "/parts?partNumber=1&uploadId="+uploadID, []byte("x")).header.Get("ETag")
	complete := []byte("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + part + "</ETag></Part></CompleteMultipartUpload>")
	require.Greater(t, len(observed.page.sent), 50, "the page is read whole")
	for _, c := range observed.page.sent {
		for _, value := range c.values {
			name := c.name + ": " + value
			calls := map[string]func() *answer{
				"copy": func() *answer {
					return s.do(http.MethodPut, "/a", nil, "x-cos-copy-source", testHost+"/source", c.name, value)
				},
			}
			if !c.copy {
				calls["PUT"] = func() *answer { return s.do(http.MethodPut, "/a", []byte("x"), c.name, value) }
			}
			if c.code == "NotImplemented" || c.hint {
				calls["append"] = func() *answer { return s.do(http.MethodPost, "/a?append&position=0", []byte("x"), c.name, value) }
				calls["initiate"] = func() *answer { return s.do(http.MethodPost, "/a?uploads", nil, c.name, value) }
				calls["part"] = func() *answer {
					return s.do(http.MethodPut, "/parts?partNumber=2&uploadId="+uploadID, []byte("x"), c.name, value)
				}
				calls["part copy"] = func() *answer {
					return s.do(http.MethodPut, "/parts?partNumber=2&uploadId="+uploadID, nil, "x-cos-copy-source", testHost+"/source", c.name, value)
				}
			}
			if c.code == "NotImplemented" && !strings.Contains(c.name, "customer") {
				calls["complete"] = func() *answer { return s.do(http.MethodPost, "/parts?uploadId="+uploadID, complete, c.name, value) }
			}
			for how, call := range calls {
				got := call()
				if c.code != "" {
					require.Equal(t, c.code, got.code(), "%s, %s: %s", name, how, got.body)
					require.GreaterOrEqual(t, got.status, 400)
					s.requireNothing(testBucket, "a")
					s.requireNothing(testBucket, "parts")
					page, err := s.store.ListUploads(testBucket, storage.UploadOptions{Max: 2})
					require.NoError(t, err)
					require.Len(t, page.Uploads, 1, "%s, %s", name, how)
					continue
				}
				require.Equal(t, 200, got.status, "%s, %s: %s", name, how, got.body)
				want := []string{}
				if c.hint {
					want = append(want, "header-without-effect")
					require.Contains(t, s.newest().Hints[0].Sentence.En, c.name)
				}
				require.Equal(t, want, s.hinted(), "%s, %s", name, how)
				if how == "initiate" {
					id := between(string(got.body), "<UploadId>", "</UploadId>")
					require.Equal(t, 204, s.do(http.MethodDelete, "/a?uploadId="+id, nil).status)
				}
				s.remove(testBucket, "a")
			}
		}
	}
	require.Equal(t, 200, s.do(http.MethodPost, "/parts?uploadId="+uploadID, complete).status)
}

// TestKeysOfSlashes are kept, and a hint says what the cloud makes of them.
func TestKeysOfSlashes(t *testing.T) {
	s := start(t, api.Config{})
	for _, path := range []string{"///////", "/./", "/a/..", "/%2F", "//."} {
		require.Equal(t, 200, s.do(http.MethodPut, path, []byte("x")).status, path)
		require.Equal(t, []string{"key-folded"}, s.hinted(), path)
	}
	require.Equal(t, 200, s.do(http.MethodPut, "//a/./b//", []byte("x")).status)
	require.Empty(t, s.hinted())
}

// TestUploadHeadersOfForms: the same in a form's fields, and in the headers that
// a form comes with.
func TestUploadHeadersOfForms(t *testing.T) {
	s := start(t, api.Config{})
	const key = "up/photo.jpg"
	for _, c := range observed.page.sent {
		if c.code != "NotImplemented" && !c.hint || strings.HasPrefix(c.name, "if-") || strings.Contains(c.name, "customer") {
			continue
		}
		field := policyForm(s.clock.Now(), formConditions)
		field.set(c.name, c.values[0])
		sent := []*message{field.message(t)}
		if c.code != "" {
			beside := policyForm(s.clock.Now(), formConditions).message(t)
			beside.header.Set(c.name, c.values[0])
			sent = append(sent, beside)
		}
		for _, m := range sent {
			got := s.send(m)
			if c.code != "" {
				s.requireRefused(got, c.name, 501, c.code, "")
				s.requireNothing(testBucket, key)
				continue
			}
			require.Equal(t, 204, got.status, "%s: %s", c.name, got.body)
			require.Equal(t, []string{"header-without-effect"}, s.hinted(), c.name)
			s.remove(testBucket, key)
		}
	}
	require.Equal(t, 204, s.send(policyForm(s.clock.Now(), formConditions).message(t)).status)
}
