// go mod init upload; go get github.com/tencentyun/cos-go-sdk-v5; go run upload.go
// Start the server with: cosemu --aliases 127.0.0.1:9000=test-1250000000
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tencentyun/cos-go-sdk-v5"
)

func main() {
	id, secret := "AKIDcosemuLocalUseOnlyNotARealKey000", "cosemuSecretForLocalTestsOnly000"
	bucket, _ := url.Parse("http://127.0.0.1:9000")
	client := cos.NewClient(&cos.BaseURL{BucketURL: bucket}, &http.Client{
		Transport: &cos.AuthorizationTransport{SecretID: id, SecretKey: secret},
	})

	// An upload that the SDK signs.
	ctx := context.Background()
	kind := &cos.ObjectPutOptions{ObjectPutHeaderOptions: &cos.ObjectPutHeaderOptions{ContentType: "text/plain"}}
	if _, err := client.Object.Put(ctx, "hello.txt", strings.NewReader("hello"), kind); err != nil {
		log.Fatal(err)
	}

	// A pre-signed URL for others: for this key, and for text/plain alone.
	signed := &cos.PresignedURLOptions{Header: &http.Header{"Content-Type": {"text/plain"}}}
	u, err := client.Object.GetPresignedURL(ctx, http.MethodPut, "hello.txt", id, secret, time.Hour, signed)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(u)
}
