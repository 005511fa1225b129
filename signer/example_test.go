package signer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// The signature of the documents' download example: Presign gives the same one
// whatever carries it.
func ExamplePresign() {
	p, err := signer.Presign(signer.PresignInput{
		Credentials: signer.Credentials{
			SecretID:  "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q",
			SecretKey: "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz",
		},
		Method:  http.MethodGet,
		Bucket:  "examplebucket-1250000000",
		Region:  "ap-beijing",
		Key:     "exampleobject(腾讯云)",
		Start:   time.Unix(1557989753, 0),
		Expires: 2 * time.Hour,
		Header:  http.Header{"Date": {"Thu, 16 May 2019 06:55:53 GMT"}},
		Query: url.Values{
			"response-content-type":  {"application/octet-stream"},
			"response-cache-control": {"max-age=600"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p)
	fmt.Println(p.Signed.Claim.Signature)
	// Output:
	// GET https://examplebucket-1250000000.cos.ap-beijing.myqcloud.com/exampleobject%28%E8%85%BE%E8%AE%AF%E4%BA%91%29
	// 01681b8c9d798a678e43b685a9f1bba0f6c0e012
}

// The documents' upload example, signed step by step.
func ExampleSign() {
	req, err := signer.NewRequest(http.MethodPut,
		"https://examplebucket-1250000000.cos.ap-beijing.myqcloud.com/exampleobject(%E8%85%BE%E8%AE%AF%E4%BA%91)",
		http.Header{
			"Date":             {"Thu, 16 May 2019 06:45:51 GMT"},
			"Content-Type":     {"text/plain"},
			"Content-Length":   {"13"},
			"Content-Md5":      {"mQ/fVh815F3k6TAUm8m0eg=="},
			"X-Cos-Acl":        {"private"},
			"X-Cos-Grant-Read": {`uin="100000000011"`},
		})
	if err != nil {
		log.Fatal(err)
	}
	signed, err := signer.Sign(req, signer.Credentials{
		SecretID:  "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q",
		SecretKey: "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz",
	}, signer.SignOptions{
		Start:   time.Unix(1557989151, 0),
		End:     time.Unix(1557996351, 0),
		Headers: []string{"Date", "Host", "Content-Type", "Content-Length", "Content-MD5", "x-cos-acl", "x-cos-grant-read"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(signed.StringToSign)
	fmt.Println(signed.Claim.Signature)
	// Output:
	// sha1
	// 1557989151;1557996351
	// 8b2751e77f43a0995d6e9eb9477f4b685cca4172
	// 3b8851a11a569213c17ba8fa7dcf2abec6935172
}

// A server's view of the same upload, once as it was signed and once with a
// Content-Type that something on the way has changed.
func ExampleVerify() {
	const at = "1557989151;1557996351"
	header := http.Header{
		"Date":             {"Thu, 16 May 2019 06:45:51 GMT"},
		"Content-Type":     {"text/plain"},
		"Content-Length":   {"13"},
		"Content-Md5":      {"mQ/fVh815F3k6TAUm8m0eg=="},
		"X-Cos-Acl":        {"private"},
		"X-Cos-Grant-Read": {`uin="100000000011"`},
		"Authorization": {"q-sign-algorithm=sha1&q-ak=AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q&q-sign-time=" + at + "&q-key-time=" + at +
			"&q-header-list=content-length;content-md5;content-type;date;host;x-cos-acl;x-cos-grant-read&q-url-param-list=" +
			"&q-signature=3b8851a11a569213c17ba8fa7dcf2abec6935172"},
	}
	for _, contentType := range []string{"text/plain", "text/plain; charset=utf-8"} {
		header.Set("Content-Type", contentType)
		req := signer.ReadRequest(&http.Request{
			Method:     http.MethodPut,
			RequestURI: "/exampleobject(%E8%85%BE%E8%AE%AF%E4%BA%91)",
			Host:       "examplebucket-1250000000.cos.ap-beijing.myqcloud.com",
			Header:     header,
		})
		claim, ok := signer.ParseClaim(req)
		if !ok {
			log.Fatal("anonymous")
		}
		if err := claim.CheckTime(time.Unix(1557990000, 0)); err != nil {
			log.Fatal(err)
		}
		fmt.Println(signer.Verify(req, claim, "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz", signer.VerifyOptions{}))
	}
	// Output:
	// holds
	// mismatch
}

// The end of the documents' upload example, and a quarter of an hour before its
// start.
func ExampleClaim_CheckTime() {
	claim, ok := signer.ParseAuthorization("q-sign-algorithm=sha1&q-ak=AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q" +
		"&q-sign-time=1557989151;1557996351&q-key-time=1557989151;1557996351&q-header-list=&q-url-param-list=&q-signature=0")
	if !ok {
		log.Fatal("no claim")
	}
	for _, at := range []int64{1557996351, 1557996352, 1557989151 - 900, 1557989151 - 901} {
		fmt.Println(claim.CheckTime(time.Unix(at, 0)))
	}
	// Output:
	// <nil>
	// signer: q-sign-time ended 1s ago
	// <nil>
	// signer: q-sign-time starts in 15m1s
}

// A Client aimed at a server of one's own, while the host that was signed stays
// the bucket's.
func ExampleClient() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.Host, r.RequestURI)
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>")
		}
	}))
	defer server.Close()

	client := &signer.Client{
		Addr:        server.URL,
		Bucket:      "examplebucket-1250000000",
		Region:      "ap-guangzhou",
		Credentials: &signer.Credentials{SecretID: "AKIDexample", SecretKey: "example"},
		Now:         time.Now,
	}
	ctx := context.Background()
	answer, err := client.Put(ctx, "photos/a b.jpg", strings.NewReader("…"), http.Header{"Content-Type": {"image/jpeg"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = answer.Body.Close() }()
	fmt.Println(answer.Status)

	_, err = client.Get(ctx, "nothing", nil)
	if refusal, ok := errors.AsType[*signer.Error](err); ok {
		fmt.Println(refusal.Status, refusal.Code)
	}
	// Output:
	// PUT examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com /photos/a%20b.jpg
	// 200
	// GET examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com /nothing
	// 404 NoSuchKey
}

// A pre-signed URL as S3 clients make it; the example is Amazon's own.
func ExamplePresign_s3() {
	p, err := signer.Presign(signer.PresignInput{
		Credentials: signer.Credentials{SecretID: "AKIAIOSFODNN7EXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
		Family:      signer.AWS4,
		Method:      http.MethodGet,
		Host:        "examplebucket.s3.amazonaws.com",
		Region:      "us-east-1",
		Key:         "test.txt",
		Start:       time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC),
		Expires:     24 * time.Hour,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.ReplaceAll(p.URL, "&", "\n&"))
	// Output:
	// https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256
	// &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request
	// &X-Amz-Date=20130524T000000Z
	// &X-Amz-Expires=86400
	// &X-Amz-SignedHeaders=host
	// &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404
}
