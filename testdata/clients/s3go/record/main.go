// Command record signs the requests of ../../vectors/s3/aws-go.json and minio-go.json. TestRecordS3
// runs it with a server that writes them down. Requests go to the server; URLs and forms are printed,
// one JSON object a line.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

type who struct {
	Label, ID, Secret, Token string
	Names                    []string
}

type signed struct {
	Label   string            `json:"label"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
}

type recording struct {
	bucket, region string
	transport      http.RoundTripper
	out            *json.Encoder
}

func main() {
	api := os.Getenv("RECORD_API")
	r := recording{
		bucket: os.Getenv("RECORD_BUCKET"), region: os.Getenv("RECORD_REGION"), out: json.NewEncoder(os.Stdout),
		transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, api)
		}},
	}
	r.out.SetEscapeHTML(false)
	var plan []who
	check(json.Unmarshal([]byte(os.Getenv("RECORD_PLAN")), &plan))
	for _, w := range plan {
		for _, inPath := range []bool{false, true} {
			if os.Args[1] == "aws-go" {
				r.aws(w, inPath)
				continue
			}
			r.minio(w, inPath, credentials.NewStaticV4(w.ID, w.Secret, w.Token), true)
			if w.Token == "" { // with V2 minio-go sends no token
				r.minio(w, inPath, credentials.NewStaticV2(w.ID, w.Secret, ""), false)
			}
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func (r recording) say(s signed) { check(r.out.Encode(s)) }

func (r recording) aws(w who, inPath bool) {
	ctx := context.Background()
	client := s3.New(s3.Options{
		Region: r.region, BaseEndpoint: aws.String("http://cos." + r.region + ".myqcloud.com"), UsePathStyle: inPath,
		Credentials:                awscredentials.NewStaticCredentialsProvider(w.ID, w.Secret, w.Token),
		HTTPClient:                 &http.Client{Transport: r.transport},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		RetryMaxAttempts:           1,
	})
	presigner := s3.NewPresignClient(client, s3.WithPresignExpires(time.Hour))
	for _, name := range w.Names {
		put := s3.PutObjectInput{
			Bucket: &r.bucket, Key: aws.String(w.Label + "/" + name), ContentType: aws.String("image/png"), Metadata: map[string]string{"run": "7"},
		}
		url, err := presigner.PresignPutObject(ctx, &put)
		check(err)
		r.say(signed{Label: w.Label, Method: url.Method, URL: url.URL, Headers: map[string]string{"Content-Type": "image/png", "x-amz-meta-run": "7"}})
		get := s3.GetObjectInput{Bucket: put.Bucket, Key: put.Key}
		url, err = presigner.PresignGetObject(ctx, &get)
		check(err)
		r.say(signed{Label: w.Label, Method: url.Method, URL: url.URL})
		put.Body = strings.NewReader("hello")
		_, err = client.PutObject(ctx, &put)
		check(err)
		got, err := client.GetObject(ctx, &get)
		check(err)
		_, err = io.Copy(io.Discard, got.Body)
		check(err)
		check(got.Body.Close())
	}
}

func (r recording) minio(w who, inPath bool, c *credentials.Credentials, v4 bool) {
	ctx := context.Background()
	options := minio.Options{Creds: c, Region: r.region, Transport: r.transport, BucketLookup: minio.BucketLookupDNS, MaxRetries: 1}
	if inPath {
		options.BucketLookup = minio.BucketLookupPath
	}
	client, err := minio.New("cos."+r.region+".myqcloud.com", &options)
	check(err)
	for _, name := range w.Names {
		key := w.Label + "/" + name
		_, err := client.PutObject(ctx, r.bucket, key, strings.NewReader("hello"), 5, minio.PutObjectOptions{
			ContentType: "image/png", UserMetadata: map[string]string{"run": "7"},
		})
		check(err)
		_, err = client.StatObject(ctx, r.bucket, key, minio.StatObjectOptions{})
		check(err)
		url, err := client.PresignedPutObject(ctx, r.bucket, key, time.Hour)
		check(err)
		r.say(signed{Label: w.Label, Method: http.MethodPut, URL: url.String()})
		url, err = client.PresignedGetObject(ctx, r.bucket, key, time.Hour, nil)
		check(err)
		r.say(signed{Label: w.Label, Method: http.MethodGet, URL: url.String()})
		if v4 {
			url, err = client.PresignHeader(ctx, http.MethodPut, r.bucket, key, time.Hour, nil, http.Header{"Content-Type": {"image/png"}})
			check(err)
			r.say(signed{Label: w.Label, Method: http.MethodPut, URL: url.String(), Headers: map[string]string{"Content-Type": "image/png"}})
		}
	}
	policy := minio.NewPostPolicy()
	check(policy.SetBucket(r.bucket))
	check(policy.SetKey(w.Label + "/form.png"))
	check(policy.SetExpires(time.Now().UTC().Add(time.Hour)))
	url, fields, err := client.PresignedPostPolicy(ctx, policy)
	check(err)
	r.say(signed{Label: w.Label, Method: http.MethodPost, URL: url.String(), Fields: fields})
}
