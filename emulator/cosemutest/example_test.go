package cosemutest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/cosemutest"
	"github.com/cosemu/cosemu/signer"
)

// In a test, New(t) takes the place of Start and Close.
func ExampleStart() {
	cos, err := cosemutest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = cos.Close() }()

	url := cos.Presign(http.MethodPut, "hello.txt", time.Hour)
	if _, err := cos.Client().PutURL(context.Background(), url, strings.NewReader("hello"), nil); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", cos.ExpectStored("hello.txt", "hello").Body)
	// Output: hello
}

// A URL is good for an hour, and the hour passes at once.
func Example_expiredURL() {
	cos, err := cosemutest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = cos.Close() }()

	url := cos.Presign(http.MethodPut, "report.csv", time.Hour)
	cos.Clock.Advance(61 * time.Minute)
	_, err = cos.Client().PutURL(context.Background(), url, strings.NewReader("a,b"), nil)
	if refusal, ok := errors.AsType[*signer.Error](err); ok {
		fmt.Println(refusal.Status, refusal.Code+":", refusal.Message)
	}
	cos.ExpectNothing("report.csv")
	// Output: 403 AccessDenied: Request has expired
}

// The URL was signed for a PNG, and the browser sends a JPEG.
func Example_refusedContentType() {
	cos, err := cosemutest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = cos.Close() }()

	url := cos.Presign(http.MethodPut, "cat", time.Hour, "Content-Type", "image/png")
	for _, kind := range []string{"image/jpeg", "image/png"} {
		_, _ = cos.Client().PutURL(context.Background(), url, strings.NewReader("…"), http.Header{"Content-Type": {kind}})
	}
	for _, r := range cos.WaitFor(cosemutest.Filter{Key: "cat"}, 2) {
		fmt.Println(r.Request.Header["Content-Type"], r.Status, r.Code, r.Diagnosis)
	}
	// Output:
	// [image/jpeg] 403 SignatureDoesNotMatch [header-value]
	// [image/png] 200  []
}

// The temporary key lives a quarter of an hour, shorter than what it signed.
func Example_staleToken() {
	cos, err := cosemutest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = cos.Close() }()

	browser := cos.AddKey(cosemutest.Key{Expires: cos.Clock.Now().Add(15 * time.Minute)})
	url := browser.Presign(http.MethodPut, "avatar.png", time.Hour)
	cos.Clock.Advance(20 * time.Minute)
	_, err = cos.Client().PutURL(context.Background(), url, strings.NewReader("…"), nil)
	if refusal, ok := errors.AsType[*signer.Error](err); ok {
		fmt.Println(refusal.Status, refusal.Code)
	}
	// Output: 400 ExpiredToken
}

// A server of your own hands a browser a key for one folder, and nothing else.
func ExampleServer_TemporaryKey() {
	cos, err := cosemutest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = cos.Close() }()

	browser := cos.TemporaryKey(cosemutest.Upload("photos/*"), time.Hour)
	for _, key := range []string{"photos/cat.jpg", "invoices/1.pdf"} {
		url := browser.Presign(http.MethodPut, key, time.Minute)
		_, _ = browser.Client().PutURL(context.Background(), url, strings.NewReader("…"), nil)
	}
	for _, r := range cos.WaitFor(cosemutest.Filter{}, 2) {
		fmt.Println(r.Key, r.Status, r.Code, r.Diagnosis)
	}
	cos.ExpectNothing("invoices/1.pdf")
	// Output:
	// photos/cat.jpg 200  []
	// invoices/1.pdf 403 AccessDenied [policy-denied]
}

// A program that knows nothing of the emulator: its HTTP client has another
// transport, and uses the cloud's own host names.
func ExampleServer_Transport() {
	cos, err := cosemutest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = cos.Close() }()

	client := &http.Client{Transport: cos.Transport()}
	cos.Put("logo.svg", "<svg/>", "Content-Type", "image/svg+xml")
	resp, err := client.Get(cos.PresignCloud(http.MethodGet, "logo.svg", time.Minute))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(resp.Request.URL.Host, resp.Header.Get("Content-Type"), string(body), err)
	// Output: test-1250000000.cos.ap-guangzhou.myqcloud.com image/svg+xml <svg/> <nil>
}
