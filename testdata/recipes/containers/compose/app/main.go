// Command app uploads an object to the bucket in its environment, and reads it
// back. Nothing in it is specific to cosemu.
package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/tencentyun/cos-go-sdk-v5"
)

func main() {
	ctx := context.Background()
	bucket, err := url.Parse(os.Getenv("COS_BUCKET_URL"))
	if err != nil {
		log.Fatal(err)
	}
	client := cos.NewClient(&cos.BaseURL{BucketURL: bucket}, &http.Client{Transport: &cos.AuthorizationTransport{
		SecretID: os.Getenv("COS_SECRET_ID"), SecretKey: os.Getenv("COS_SECRET_KEY"),
	}})
	if _, err := client.Object.Put(ctx, "hello.txt", strings.NewReader("hello"), nil); err != nil {
		log.Fatal(err)
	}
	answer, err := client.Object.Get(ctx, "hello.txt", nil)
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	log.Printf("stored %q in %s: %v", body, bucket, err)
}
