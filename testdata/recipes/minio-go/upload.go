// go mod init upload; go get github.com/minio/minio-go/v7; go run upload.go
// Start the server with: cosemu
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

func main() {
	// For the cloud: cos.ap-guangzhou.myqcloud.com, Secure: true and minio.BucketLookupDNS.
	client, err := minio.New("127.0.0.1:9000", &minio.Options{
		Region:       "ap-guangzhou",
		BucketLookup: minio.BucketLookupPath,
		Creds: credentials.NewStaticV4(
			"AKIDcosemuLocalUseOnlyNotARealKey000", "cosemuSecretForLocalTestsOnly000", ""),
	})
	if err != nil {
		log.Fatal(err)
	}

	// An upload that the SDK signs.
	ctx := context.Background()
	bucket, body := "test-1250000000", "hello"
	if _, err := client.PutObject(ctx, bucket, "hello.txt", strings.NewReader(body), int64(len(body)),
		minio.PutObjectOptions{ContentType: "text/plain"}); err != nil {
		log.Fatal(err)
	}

	// A pre-signed URL for others: for this key, and for text/plain alone.
	u, err := client.PresignHeader(ctx, http.MethodPut, bucket, "hello.txt", time.Hour, nil,
		http.Header{"Content-Type": {"text/plain"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(u)
}
