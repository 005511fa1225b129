package clients

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"
)

// minioSigners are the two signatures of minio-go.
func minioSigners() map[string]func(credential) *credentials.Credentials {
	return map[string]func(credential) *credentials.Credentials{"V4": signV4, "V2": signV2}
}

// credentialsFor are the keys that minio-go can use: with V2 it sends no token.
func credentialsFor(e endpoint, name string) []credential {
	if name == "V2" {
		return []credential{e.Key}
	}
	return []credential{e.Key, e.Temp}
}

// TestMinioObject uploads, reads, lists and deletes with each signature. Over http, V4 sends the body
// in chunks with a signature each.
func TestMinioObject(t *testing.T) {
	e := theEndpoint(t)
	for name, sign := range minioSigners() {
		for _, c := range credentialsFor(e, name) {
			for _, key := range oddKeys() {
				t.Run(name+" "+c.ID+" "+key, func(t *testing.T) {
					rec := &recorder{next: e.transport(t)}
					client := e.minio(t, sign(c), func(_ *string, o *minio.Options) { o.Transport = rec })
					body := content(4, 200_000)
					key := "minio/" + name + c.ID + "/" + key
					done, err := client.PutObject(t.Context(), e.Bucket, key, bytes.NewReader(body), int64(len(body)), minio.PutObjectOptions{
						ContentType: "text/x-log", ContentEncoding: "identity", UserMetadata: map[string]string{"Run": "7 of 9"},
					})
					require.NoError(t, err)
					require.Equal(t, etag(body), `"`+done.ETag+`"`)
					if payload := rec.seen[0].Header.Get("x-amz-content-sha256"); name == "V4" {
						require.Equal(t, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", payload)
					} else {
						require.Empty(t, payload)
					}
					e.stored(t, key, body)

					stat, err := client.StatObject(t.Context(), e.Bucket, key, minio.StatObjectOptions{})
					require.NoError(t, err)
					require.Equal(t, "text/x-log", stat.ContentType)
					require.Equal(t, "7 of 9", stat.UserMetadata["Run"])
					require.NotContains(t, stat.Metadata.Get("Content-Encoding"), "aws-chunked")

					var listed []string
					for o := range client.ListObjects(t.Context(), e.Bucket, minio.ListObjectsOptions{Prefix: key, Recursive: true}) {
						require.NoError(t, o.Err)
						listed = append(listed, o.Key)
					}
					require.Equal(t, []string{key}, listed)

					_, err = client.CopyObject(t.Context(), minio.CopyDestOptions{Bucket: e.Bucket, Object: key + " copy"},
						minio.CopySrcOptions{Bucket: e.Bucket, Object: key})
					require.NoError(t, err)
					e.stored(t, key+" copy", body)

					require.NoError(t, client.RemoveObject(t.Context(), e.Bucket, key, minio.RemoveObjectOptions{}))
					e.notStored(t, key)
				})
			}
		}
	}
}

// TestMinioStream uploads a stream of unknown length in parts.
func TestMinioStream(t *testing.T) {
	e := theEndpoint(t)
	body := content(5, 12*mib+7)
	for name, sign := range minioSigners() {
		key := "minio/stream " + name
		done, err := e.minio(t, sign(e.Key)).PutObject(t.Context(), e.Bucket, key, stream(body), -1, minio.PutObjectOptions{PartSize: 5 * mib})
		require.NoError(t, err)
		require.True(t, strings.HasSuffix(done.ETag, "-3"), done.ETag)
		e.stored(t, key, body)
	}
}

// TestMinioRemoveMany deletes many objects: the client sends the Content-MD5 that COS wants.
func TestMinioRemoveMany(t *testing.T) {
	e := theEndpoint(t)
	for name, sign := range minioSigners() {
		client := e.minio(t, sign(e.Key))
		objects := make(chan minio.ObjectInfo, 3)
		keys := []string{"minio-many/" + name + "/1", "minio-many/" + name + "/2 ü+&<"}
		for _, key := range keys {
			_, err := client.PutObject(t.Context(), e.Bucket, key, strings.NewReader(key), int64(len(key)), minio.PutObjectOptions{})
			require.NoError(t, err)
			objects <- minio.ObjectInfo{Key: key}
		}
		close(objects)
		for failed := range client.RemoveObjects(t.Context(), e.Bucket, objects, minio.RemoveObjectsOptions{}) {
			require.NoError(t, failed.Err)
		}
		for _, key := range keys {
			e.notStored(t, key)
		}
	}
}

// TestMinioBucket finds buckets, and asks for the region where it is not told.
func TestMinioBucket(t *testing.T) {
	e := theEndpoint(t)
	for _, sign := range minioSigners() {
		client := e.minio(t, sign(e.Key), func(_ *string, o *minio.Options) { o.Region = "" })
		where, err := client.GetBucketLocation(t.Context(), e.Bucket)
		require.NoError(t, err)
		require.Equal(t, e.Region, where)
		there, err := client.BucketExists(t.Context(), e.Bucket)
		require.NoError(t, err)
		require.True(t, there)
		mine, err := client.ListBuckets(t.Context())
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(mine, func(b minio.BucketInfo) bool { return b.Name == e.Bucket }))
		_, err = client.PutObject(t.Context(), e.Bucket, "minio/no region", strings.NewReader("x"), 1, minio.PutObjectOptions{})
		require.NoError(t, err)
		e.stored(t, "minio/no region", []byte("x"))
	}
}

// TestMinioTrailers: with a checksum for the upload, and TrailingHeaders, the client sends it behind
// its chunks, which COS refuses.
func TestMinioTrailers(t *testing.T) {
	e := theEndpoint(t)
	put := func(options minio.PutObjectOptions) error {
		client := e.minio(t, signV4(e.Key), func(_ *string, o *minio.Options) { o.TrailingHeaders = true })
		_, err := client.PutObject(t.Context(), e.Bucket, "minio/trailers", strings.NewReader("hello"), 5, options)
		return err
	}
	refused(t, put(minio.PutObjectOptions{Checksum: minio.ChecksumCRC32C}), http.StatusNotImplemented, "NotImplemented")
	e.notStored(t, "minio/trailers")
	require.NoError(t, put(minio.PutObjectOptions{}))
	e.stored(t, "minio/trailers", []byte("hello"))
}

// TestMinioPostPolicy uploads with a form whose policy the client signs. A field that breaks the
// policy, and a changed signature or policy, are refused.
func TestMinioPostPolicy(t *testing.T) {
	e := theEndpoint(t)
	for name, sign := range minioSigners() {
		for _, c := range credentialsFor(e, name) {
			t.Run(name+" "+c.ID, func(t *testing.T) {
				key := "minio/form/" + name + c.ID
				policy := minio.NewPostPolicy()
				for _, err := range []error{
					policy.SetBucket(e.Bucket), policy.SetKey(key), policy.SetExpires(time.Now().UTC().Add(time.Hour)),
					policy.SetContentType("image/png"), policy.SetContentLengthRange(1, 100), policy.SetUserMetadata("run", "7"),
				} {
					require.NoError(t, err)
				}
				u, fields, err := e.minio(t, sign(c)).PresignedPostPolicy(t.Context(), policy)
				require.NoError(t, err)
				signature := "x-amz-signature"
				if name == "V2" {
					signature = "signature"
				}
				require.NotEmpty(t, fields[signature])
				text, err := base64.StdEncoding.DecodeString(fields["policy"])
				require.NoError(t, err)
				require.Contains(t, string(text), "100")
				wider := base64.StdEncoding.EncodeToString(bytes.ReplaceAll(text, []byte("100"), []byte("999")))
				send := func(file string, change ...string) (int, string) {
					form := map[string]string{"success_action_status": "200"}
					for k, v := range fields {
						form[k] = v
					}
					for i := 0; i < len(change); i += 2 {
						require.NotEmpty(t, form[change[i]])
						form[change[i]] = change[i+1]
					}
					return e.post(t, u.String(), form, file)
				}
				for _, tc := range []struct {
					name   string
					file   string
					change []string
					code   string
				}{
					{"signature", "no", []string{signature, other(fields[signature])}, "SignatureDoesNotMatch"},
					{"policy", "no", []string{"policy", wider}, "SignatureDoesNotMatch"},
					{"key", "no", []string{"key", key + "x"}, "AccessDenied"},
					{"type", "no", []string{"Content-Type", "text/html"}, "AccessDenied"},
					{"size", strings.Repeat("x", 101), nil, "EntityTooLarge"},
				} {
					status, answer := send(tc.file, tc.change...)
					require.Contains(t, answer, "<Code>"+tc.code+"</Code>", tc.name)
					require.GreaterOrEqual(t, status, 400)
					e.notStored(t, key)
					e.notStored(t, key+"x")
				}
				status, answer := send("the file")
				require.Equal(t, http.StatusOK, status, answer)
				e.stored(t, key, []byte("the file"))
				stat, err := e.minio(t, sign(e.Key)).StatObject(t.Context(), e.Bucket, key, minio.StatObjectOptions{})
				require.NoError(t, err)
				require.Equal(t, "image/png", stat.ContentType)
				require.Equal(t, "7", stat.UserMetadata["Run"])
			})
		}
	}
}

// post sends a form as a browser does, the file last.
func (e endpoint) post(t *testing.T, u string, fields map[string]string, file string) (int, string) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range fields {
		require.NoError(t, w.WriteField(k, v))
	}
	part, err := w.CreateFormFile("file", "file.png")
	require.NoError(t, err)
	_, err = part.Write([]byte(file))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, u, &body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	resp, err := (&http.Client{Transport: e.transport(t)}).Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(answer)
}
