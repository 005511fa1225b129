package clients

import (
	"bytes"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/encoding/httpbinding"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"
)

// oddKeys are keys that clients encode in different ways.
func oddKeys() []string {
	return []string{"plain.bin", "nested/a b+c&d=e;f%20g.bin", "对象/ü?#%41.bin", "double//slash"}
}

// styles are the two places of a bucket: the host of COS, and the path at the emulator's address.
func (e endpoint) styles() map[string]func(*s3.Options) {
	return map[string]func(*s3.Options){"virtual host": func(*s3.Options) {}, "path": e.atAddress}
}

// TestAWSObject uploads, reads and deletes an object with its headers and metadata.
func TestAWSObject(t *testing.T) {
	e := theEndpoint(t)
	for style, change := range e.styles() {
		for _, key := range oddKeys() {
			t.Run(style+" "+key, func(t *testing.T) {
				c := e.aws(t, e.Key, change)
				body := content(1, 300_000)
				key := "aws/" + style + "/" + key
				put, err := c.PutObject(t.Context(), &s3.PutObjectInput{
					Bucket: &e.Bucket, Key: &key, Body: bytes.NewReader(body),
					ContentType: aws.String("text/x-log; charset=utf-8"), Metadata: map[string]string{"run": "7 of 9"},
					StorageClass: types.StorageClassStandardIa,
				})
				require.NoError(t, err)
				require.Equal(t, etag(body), aws.ToString(put.ETag))

				head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &e.Bucket, Key: &key})
				require.NoError(t, err)
				require.Equal(t, "text/x-log; charset=utf-8", aws.ToString(head.ContentType))
				require.Equal(t, map[string]string{"run": "7 of 9"}, head.Metadata)
				require.Equal(t, types.StorageClassStandardIa, head.StorageClass)
				require.EqualValues(t, len(body), aws.ToInt64(head.ContentLength))
				e.stored(t, key, body)

				copied := key + " copy"
				_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{
					Bucket: &e.Bucket, Key: &copied, CopySource: aws.String(e.Bucket + "/" + httpbinding.EscapePath(key, false)),
				})
				require.NoError(t, err)
				e.stored(t, copied, body)

				_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &e.Bucket, Key: &key})
				require.NoError(t, err)
				e.notStored(t, key)
			})
		}
	}
}

// TestAWSUploadStream uploads a stream of unknown length in parts.
func TestAWSUploadStream(t *testing.T) {
	e := theEndpoint(t)
	body := content(2, 20*mib)
	rec := &recorder{next: e.transport(t)}
	up := manager.NewUploader(e.aws(t, e.Key, over(rec)), func(u *manager.Uploader) { u.Concurrency = 1 })
	key := "aws/stream"
	done, err := up.Upload(t.Context(), &s3.PutObjectInput{Bucket: &e.Bucket, Key: &key, Body: stream(body)})
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(strings.Trim(aws.ToString(done.ETag), `"`), "-4"), "four parts of 5 MiB: %s", *done.ETag)
	require.Len(t, rec.seen, 1+4+1, "Initiate, the parts, Complete")
	e.stored(t, key, body)

	wrong := e.Key
	wrong.Secret += "x"
	key = "aws/stream refused"
	up = manager.NewUploader(e.aws(t, wrong))
	_, err = up.Upload(t.Context(), &s3.PutObjectInput{Bucket: &e.Bucket, Key: &key, Body: stream(body)})
	refused(t, err, http.StatusForbidden, "SignatureDoesNotMatch")
	e.notStored(t, key)
}

// TestAWSListPages lists by ListObjectsV2, in pages and with a delimiter.
func TestAWSListPages(t *testing.T) {
	e := theEndpoint(t)
	c := e.aws(t, e.Key)
	var keys []string
	for _, name := range []string{"a", "b/1", "b/2", "b&b", "c d+e", "中"} {
		key := "aws-list/" + name
		keys = append(keys, key)
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &e.Bucket, Key: &key, Body: strings.NewReader(key)})
		require.NoError(t, err)
	}
	slices.Sort(keys)

	list := func(in s3.ListObjectsV2Input) (flat []string, pages int) {
		in.Bucket, in.Prefix = &e.Bucket, aws.String("aws-list/")
		for p := s3.NewListObjectsV2Paginator(c, &in); p.HasMorePages(); pages++ {
			page, err := p.NextPage(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, len(page.Contents)+len(page.CommonPrefixes), aws.ToInt32(page.KeyCount))
			for _, o := range page.Contents {
				flat = append(flat, *o.Key)
				require.Equal(t, etag([]byte(*o.Key)), *o.ETag)
				require.EqualValues(t, len(*o.Key), *o.Size)
			}
			for _, prefix := range page.CommonPrefixes {
				flat = append(flat, *prefix.Prefix)
			}
		}
		return flat, pages
	}
	flat, pages := list(s3.ListObjectsV2Input{MaxKeys: aws.Int32(2)})
	require.Equal(t, keys, flat)
	require.Equal(t, 3, pages)

	flat, _ = list(s3.ListObjectsV2Input{StartAfter: &keys[2]})
	require.Equal(t, keys[3:], flat)

	flat, pages = list(s3.ListObjectsV2Input{Delimiter: aws.String("/"), MaxKeys: aws.Int32(2)})
	require.Contains(t, flat, "aws-list/b/")
	require.Len(t, flat, len(keys)-1, "b/1 and b/2 are one prefix")
	require.Equal(t, 3, pages)
}

// TestAWSDeleteMany: COS wants Content-MD5 for a deletion of many, and the SDK sends a CRC in its
// place. It is refused and nothing is deleted. With the SDK's own middleware for Content-MD5 it
// works.
func TestAWSDeleteMany(t *testing.T) {
	e := theEndpoint(t)
	c := e.aws(t, e.Key)
	keys := []string{"aws-many/1", "aws-many/2 ü+&<"}
	in := &s3.DeleteObjectsInput{Bucket: &e.Bucket, Delete: &types.Delete{}}
	for _, key := range keys {
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &e.Bucket, Key: &key, Body: strings.NewReader(key)})
		require.NoError(t, err)
		in.Delete.Objects = append(in.Delete.Objects, types.ObjectIdentifier{Key: &key})
	}
	_, err := c.DeleteObjects(t.Context(), in)
	require.Equal(t, "aws-checksum", refused(t, err, http.StatusBadRequest, "InvalidRequest").Get("x-cosemu-diagnosis"))
	for _, key := range keys {
		e.stored(t, key, []byte(key))
	}
	done, err := c.DeleteObjects(t.Context(), in, s3.WithAPIOptions(smithyhttp.AddContentChecksumMiddleware))
	require.NoError(t, err)
	require.Len(t, done.Deleted, len(keys))
	require.Empty(t, done.Errors)
	for _, key := range keys {
		e.notStored(t, key)
	}
}

// TestAWSBucket creates a bucket with a LocationConstraint, finds it, and deletes it.
func TestAWSBucket(t *testing.T) {
	e := theEndpoint(t)
	c := e.aws(t, e.Key)
	name := "made-by-aws" + e.Bucket[strings.LastIndex(e.Bucket, "-"):]
	_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(e.Region)},
	})
	require.NoError(t, err)
	where, err := c.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: &name})
	require.NoError(t, err)
	require.EqualValues(t, e.Region, where.LocationConstraint)
	_, err = c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &name})
	require.NoError(t, err)
	mine, err := c.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(mine.Buckets, func(b types.Bucket) bool { return aws.ToString(b.Name) == name }))
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &name})
	require.NoError(t, err)
	_, err = c.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: &name})
	refused(t, err, http.StatusNotFound, "NoSuchBucket")
}

// TestAWSTemporaryKey uses a temporary key with its token, without a token, and with a wrong one.
func TestAWSTemporaryKey(t *testing.T) {
	e := theEndpoint(t)
	key := "aws/temporary"
	put := func(c credential) error {
		_, err := e.aws(t, c).PutObject(t.Context(), &s3.PutObjectInput{Bucket: &e.Bucket, Key: &key, Body: strings.NewReader("x")})
		return err
	}
	for _, token := range []string{"", e.Temp.Token + "x"} {
		bad := e.Temp
		bad.Token = token
		refused(t, put(bad), http.StatusForbidden, "InvalidAccessKeyId")
		e.notStored(t, key)
	}
	require.NoError(t, put(e.Temp))
	e.stored(t, key, []byte("x"))
}

// TestAWSChecksums uses the SDK as in its documentation: https, its own transport and settings.
// HTTPS_PROXY and SSL_CERT_FILE, set by the suite's run, connect it with the emulator. Its default is
// a checksum in a trailer, which COS refuses.
func TestAWSChecksums(t *testing.T) {
	e := theEndpoint(t)
	require.Equal(t, "http://"+e.API, os.Getenv("HTTPS_PROXY"))
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(e.Region),
		config.WithCredentialsProvider(awscredentials.NewStaticCredentialsProvider(e.Key.ID, e.Key.Secret, "")))
	require.NoError(t, err)
	body := content(3, 3*mib)
	put := func(key, scheme string, change ...func(*s3.Options)) error {
		settings.BaseEndpoint = aws.String(scheme + e.service())
		_, err := s3.NewFromConfig(settings, change...).PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &e.Bucket, Key: &key, Body: bytes.NewReader(body),
		})
		return err
	}
	err = put("aws/trailer", "https://")
	require.Equal(t, "aws-checksum", refused(t, err, http.StatusNotImplemented, "NotImplemented").Get("x-cosemu-diagnosis"))
	e.notStored(t, "aws/trailer")
	require.NoError(t, put("aws/trailer", "https://", func(o *s3.Options) {
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	}))
	e.stored(t, "aws/trailer", body)

	// Over http the default is a header, which COS passes over.
	rec := &recorder{next: e.transport(t)}
	require.NoError(t, put("aws/checksum header", "http://", over(rec)))
	require.NotEmpty(t, rec.seen[0].Header.Get("x-amz-checksum-crc32"))
	e.stored(t, "aws/checksum header", body)
}
