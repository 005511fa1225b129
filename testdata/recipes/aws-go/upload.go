// go mod init upload; go get github.com/aws/aws-sdk-go-v2/{credentials,service/s3}; go run upload.go
// Start the server with: cosemu
package main

import (
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func main() {
	client := s3.New(s3.Options{
		Region: "ap-guangzhou",
		// For the cloud: https://cos.ap-guangzhou.myqcloud.com, without UsePathStyle.
		BaseEndpoint: aws.String("http://127.0.0.1:9000"),
		UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(
			"AKIDcosemuLocalUseOnlyNotARealKey000", "cosemuSecretForLocalTestsOnly000", ""),
		// COS refuses the default of config.LoadDefaultConfig.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
	})
	object := s3.PutObjectInput{
		Bucket: aws.String("test-1250000000"), Key: aws.String("hello.txt"), ContentType: aws.String("text/plain"),
	}

	// A pre-signed URL for others: for this key, and for text/plain alone.
	ctx := context.Background()
	signed, err := s3.NewPresignClient(client).PresignPutObject(ctx, &object, s3.WithPresignExpires(time.Hour))
	if err != nil {
		log.Fatal(err)
	}

	// An upload that the SDK signs.
	object.Body = strings.NewReader("hello")
	if _, err := client.PutObject(ctx, &object); err != nil {
		log.Fatal(err)
	}
	fmt.Println(signed.URL)
}
