package cosemutest_test

import (
	"context"
	"crypto/tls"
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

// Start is for programs and examples. A test calls New(t), which also closes the server.
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

// A pre-signed URL is valid for an hour. The test moves the clock past its end.
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
	cos.ExpectNoObject("report.csv")
	// Output: 403 AccessDenied: Request has expired
}

// The URL is signed for a PNG, but the client sends a JPEG. The journal has the reason.
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

// A temporary key expires before the URL that it signed.
func ExampleServer_AddKey() {
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

// A browser gets a temporary key that may upload to one folder only.
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
	cos.ExpectNoObject("invoices/1.pdf")
	// Output:
	// photos/cat.jpg 200  []
	// invoices/1.pdf 403 AccessDenied [policy-denied]
}

// The code under test uses COS host names and stays unchanged, apart from the transport of its HTTP
// client.
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

// The program under test stays unchanged: it uses https and COS host names. It only gets a proxy and
// a trusted certificate, as it would in HTTPS_PROXY and SSL_CERT_FILE.
func ExampleServer_ProxyURL() {
	cos, err := cosemutest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = cos.Close() }()

	client := &http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyURL(cos.ProxyURL()),
		TLSClientConfig: &tls.Config{RootCAs: cos.CAPool()},
	}}
	defer client.CloseIdleConnections()
	cos.Put("logo.svg", "<svg/>")
	resp, err := client.Get(cos.PresignCloud(http.MethodGet, "logo.svg", time.Minute))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	fmt.Println(resp.Status, resp.TLS != nil)
	// Output: 200 OK true
}

// The test waits for an upload that the code under test makes in the background, and checks that no
// other request came.
func ExampleServer_WaitFor() {
	cos, err := cosemutest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = cos.Close() }()

	go func() { // the code under test
		_, _ = cos.Client().Put(context.Background(), "jobs/1.json", strings.NewReader("{}"), nil)
	}()
	uploads := cos.WaitFor(cosemutest.Filter{Method: http.MethodPut, Key: "jobs/*", Status: 200}, 1)
	fmt.Println(uploads[0].Key, uploads[0].Received, "byte(s)")
	cos.ExpectNoRequest(cosemutest.Filter{Verdict: cosemutest.Refused}, 0)
	// Output: jobs/1.json 2 byte(s)
}

// Objects can be stored and read without requests, here in a second bucket.
func ExampleServer_Put() {
	cos, err := cosemutest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = cos.Close() }()

	archive := cos.CreateBucket(cosemutest.BucketConfig{Name: "archive-1250000000", ACL: "public-read"})
	archive.Put("2026/report.csv", "a,b", "Content-Type", "text/csv", "x-cos-meta-author", "me")

	o, found := archive.Object("2026/report.csv")
	fmt.Println(found, len(o.Body), o.Header.Get("Content-Type"), o.Header.Get("x-cos-meta-author"))
	cos.ExpectNoObject("*")
	// Output: true 3 text/csv me
}

// COS would refuse the request, since its URL has expired. The emulator serves it and reports that.
func ExampleWithVerifyReport() {
	cos, err := cosemutest.Start(cosemutest.WithVerifyReport())
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = cos.Close() }()

	url := cos.Presign(http.MethodPut, "a.txt", time.Minute)
	cos.Clock.Advance(20 * time.Minute)
	_, err = cos.Client().PutURL(context.Background(), url, strings.NewReader("a"), nil)
	fmt.Println("error:", err)
	for _, r := range cos.WaitFor(cosemutest.Filter{Verdict: cosemutest.Reported}, 1) {
		fmt.Println(r.Status, r.Code, r.Diagnosis)
	}
	// Output:
	// error: <nil>
	// 200 AccessDenied [expired]
}
