// Package account gives each test an account of its own, on one server of the process.
package account

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/cosemutest"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// client is the SDK for the account of a test.
func client(t *testing.T, s *cosemutest.Server) *cos.Client {
	t.Helper()
	bucket, err := cos.NewBucketURL(s.Bucket, s.Region, true)
	if err != nil {
		t.Fatal(err)
	}
	return cos.NewClient(&cos.BaseURL{BucketURL: bucket}, &http.Client{Transport: &cos.AuthorizationTransport{
		SecretID: s.Credentials.SecretID, SecretKey: s.Credentials.SecretKey, Transport: s.Transport(),
	}})
}

func TestUpload(t *testing.T) {
	for n := range 8 {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			s := cosemutest.Shared(t)
			if _, err := client(t, s).Object.Put(t.Context(), "photo.jpg", strings.NewReader(strconv.Itoa(n)), nil); err != nil {
				t.Fatal(err)
			}
			if got := s.Requests(cosemutest.Filter{}); len(got) != 1 { // and nothing of another test
				t.Fatal(got)
			}
		})
	}
}

func TestExpired(t *testing.T) {
	t.Parallel()
	s := cosemutest.Shared(t)
	c := s.Credentials
	signed, err := client(t, s).Object.GetPresignedURL(t.Context(), http.MethodGet, "photo.jpg", c.SecretID, c.SecretKey, time.Minute, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(2 * time.Minute) // of this account alone
	res, err := (&http.Client{Transport: s.Transport()}).Get(signed.String())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Fatal(res.Status)
	}
	s.WaitFor(cosemutest.Filter{Diagnosis: "expired"}, 1)
}
