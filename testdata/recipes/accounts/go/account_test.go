package account

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tencentyun/cos-go-sdk-v5"
)

func TestUpload(t *testing.T) {
	for n := range 8 {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			a := New(t)
			if _, err := a.Client.Object.Put(t.Context(), "photo.jpg", strings.NewReader(strconv.Itoa(n)), nil); err != nil {
				t.Fatal(err)
			}
			listed, _, err := a.Client.Bucket.Get(t.Context(), &cos.BucketGetOptions{})
			if err != nil || len(listed.Contents) != 1 { // and nothing of another test
				t.Fatal(listed, err)
			}
		})
	}
}

func TestExpired(t *testing.T) {
	t.Parallel()
	a := New(t)
	signed, err := a.Client.Object.GetPresignedURL(t.Context(), http.MethodPut, "photo.jpg", a.SecretID, a.SecretKey, time.Minute, nil)
	if err != nil {
		t.Fatal(err)
	}
	put := func() int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, signed.String(), strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		res, err := a.HTTP.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	if status := put(); status != http.StatusOK {
		t.Fatal(status)
	}
	a.Control(http.MethodPost, "/clock/advance", `{"by":"2m"}`, nil) // of this account alone
	if status := put(); status != http.StatusForbidden {
		t.Fatal(status)
	}
	var found struct{ Requests []struct{ Key string } }
	a.Control(http.MethodGet, "/requests/wait?diagnosis=expired", "", &found)
	if len(found.Requests) != 1 || found.Requests[0].Key != "photo.jpg" {
		t.Fatal(found)
	}
}
