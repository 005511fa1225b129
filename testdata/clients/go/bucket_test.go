package clients

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// TestBucketConfiguration sets, reads and deletes the configurations of a bucket.
func TestBucketConfiguration(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	status := func(want int, resp *cos.Response, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, want, resp.StatusCode)
	}

	t.Run("location and versioning", func(t *testing.T) {
		location, _, err := c.Bucket.GetLocation(t.Context())
		require.NoError(t, err)
		require.Equal(t, e.Region, location.Location)
		versioning, _, err := c.Bucket.GetVersioning(t.Context())
		require.NoError(t, err)
		require.Empty(t, versioning.Status)
	})

	t.Run("CORS", func(t *testing.T) {
		ask := &cos.ObjectOptionsOptions{Origin: "https://example.com", AccessControlRequestMethod: http.MethodPut, AccessControlRequestHeaders: "content-type"}
		_, err := c.Object.Options(t.Context(), "go/cors", ask)
		refused(t, err, http.StatusForbidden, "AccessForbidden")
		_, _, err = c.Bucket.GetCORS(t.Context())
		refused(t, err, http.StatusNotFound, "NoSuchCORSConfiguration")

		rules := []cos.BucketCORSRule{{
			ID: "page", AllowedOrigins: []string{"https://example.com"}, AllowedMethods: []string{http.MethodPut, http.MethodGet},
			AllowedHeaders: []string{"content-type", "x-cos-meta-a"}, ExposeHeaders: []string{"ETag"}, MaxAgeSeconds: 60,
		}}
		resp, err := c.Bucket.PutCORS(t.Context(), &cos.BucketPutCORSOptions{Rules: rules, ResponseVary: "true"})
		status(http.StatusOK, resp, err)
		got, _, err := c.Bucket.GetCORS(t.Context())
		require.NoError(t, err)
		require.Equal(t, rules, got.Rules)
		require.Equal(t, "true", got.ResponseVary)

		resp, err = c.Object.Options(t.Context(), "go/cors", ask)
		status(http.StatusOK, resp, err)
		require.Equal(t, "https://example.com", resp.Header.Get("Access-Control-Allow-Origin"))
		require.Equal(t, "content-type,x-cos-meta-a", resp.Header.Get("Access-Control-Allow-Headers"))
		resp, err = c.Bucket.DeleteCORS(t.Context())
		status(http.StatusNoContent, resp, err)
		_, err = c.Object.Options(t.Context(), "go/cors", ask)
		refused(t, err, http.StatusForbidden, "AccessForbidden")
	})

	t.Run("tags", func(t *testing.T) {
		tags := []cos.BucketTaggingTag{{Key: "team", Value: "front end"}, {Key: "年", Value: "2026"}}
		_, _, err := c.Bucket.GetTagging(t.Context())
		refused(t, err, http.StatusNotFound, "NoSuchTagSet")
		resp, err := c.Bucket.PutTagging(t.Context(), &cos.BucketPutTaggingOptions{TagSet: tags})
		status(http.StatusNoContent, resp, err)
		got, _, err := c.Bucket.GetTagging(t.Context())
		require.NoError(t, err)
		require.Equal(t, tags, got.TagSet)
		resp, err = c.Bucket.DeleteTagging(t.Context())
		status(http.StatusNoContent, resp, err)
	})

	t.Run("policy", func(t *testing.T) {
		policy := cos.BucketPutPolicyOptions{Version: "2.0", Statement: []cos.BucketStatement{{
			Principal: map[string][]string{"qcs": {"qcs::cam::anyone:anyone"}}, Effect: "allow",
			Action: []string{"name/cos:GetObject"}, Resource: []string{"qcs::cos:" + e.Region + ":uid/1250000000:" + e.Bucket + "/*"},
		}}}
		_, _, err := c.Bucket.GetPolicy(t.Context())
		refused(t, err, http.StatusNotFound, "NoSuchBucketPolicy")
		resp, err := c.Bucket.PutPolicy(t.Context(), &policy)
		status(http.StatusNoContent, resp, err)
		got, _, err := c.Bucket.GetPolicy(t.Context())
		require.NoError(t, err)
		require.Equal(t, policy, cos.BucketPutPolicyOptions(*got))
		_, err = c.Bucket.PutPolicy(t.Context(), &cos.BucketPutPolicyOptions{Version: "2.0"})
		refused(t, err, http.StatusBadRequest, "MalformedPolicy")
		resp, err = c.Bucket.DeletePolicy(t.Context())
		status(http.StatusNoContent, resp, err)
	})

	t.Run("referer list", func(t *testing.T) {
		resp, err := c.Bucket.PutReferer(t.Context(), &cos.BucketPutRefererOptions{
			Status: "Enabled", RefererType: "White-List", DomainList: []string{"*.example.com"}, EmptyReferConfiguration: "Allow",
		})
		status(http.StatusOK, resp, err)
		got, _, err := c.Bucket.GetReferer(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"*.example.com"}, got.DomainList)
		resp, err = c.Bucket.DeleteReferer(t.Context())
		status(http.StatusOK, resp, err)
		got, _, err = c.Bucket.GetReferer(t.Context())
		require.NoError(t, err)
		require.Empty(t, got.Status)
	})

	t.Run("lifecycle", func(t *testing.T) {
		rules := []cos.BucketLifecycleRule{{
			ID: "1", Status: "Enabled", Filter: &cos.BucketLifecycleFilter{Prefix: "log/"},
			Transition:                     []cos.BucketLifecycleTransition{{Days: 30, StorageClass: "STANDARD_IA"}},
			AbortIncompleteMultipartUpload: &cos.BucketLifecycleAbortIncompleteMultipartUpload{DaysAfterInitiation: 7},
		}}
		resp, err := c.Bucket.PutLifecycle(t.Context(), &cos.BucketPutLifecycleOptions{Rules: rules})
		status(http.StatusOK, resp, err)
		got, _, err := c.Bucket.GetLifecycle(t.Context())
		require.NoError(t, err)
		require.Equal(t, rules, got.Rules)
		resp, err = c.Bucket.DeleteLifecycle(t.Context())
		status(http.StatusNoContent, resp, err)
		_, _, err = c.Bucket.GetLifecycle(t.Context())
		refused(t, err, http.StatusNotFound, "NoSuchLifecycleConfiguration")
	})
}
