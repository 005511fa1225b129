package clients

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// otherAccount adds a key pair of another account for this test.
func (e endpoint) otherAccount(t *testing.T, appID string) credential {
	t.Helper()
	c := credential{ID: "AKIDgoSuiteOtherAccount0000000000000", Secret: "secretOfTheOtherAccount000000000"}
	doc, err := json.Marshal(map[string]string{"secret_id": c.ID, "secret_key": c.Secret, "appid": appID})
	require.NoError(t, err)
	resp, err := http.Post("http://"+e.Console+"/api/v1/credentials", "application/json", bytes.NewReader(doc))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusCreated, resp.StatusCode)
	t.Cleanup(func() {
		req, err := http.NewRequest(http.MethodDelete, "http://"+e.Console+"/api/v1/credentials/"+c.ID, nil)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusNoContent, resp.StatusCode)
	})
	return c
}

// anonymous reads an object without a signature and returns the status.
func (e endpoint) anonymous(t *testing.T, key string) int {
	t.Helper()
	u := &url.URL{Scheme: "http", Host: e.Bucket + ".cos." + e.Region + ".myqcloud.com", Path: "/" + key}
	resp, err := e.http(t).Get(u.String())
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// grants returns the permission of each grantee.
func grants(list *cos.ACLXml) map[string]string {
	out := map[string]string{}
	for _, g := range list.AccessControlList {
		out[g.Grantee.ID+g.Grantee.URI] += g.Permission + " "
	}
	return out
}

const (
	otherAppID = "1300000001"
	otherID    = "qcs::cam::uin/" + otherAppID + ":uin/" + otherAppID
	everybody  = "http://cam.qcloud.com/groups/global/AllUsers"
)

// TestObjectACL opens an object in each way of the SDK, and closes it.
func TestObjectACL(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	other := e.client(t, e.Bucket, e.otherAccount(t, otherAppID))
	const key = "go/acl"
	_, err := c.Object.Put(t.Context(), key, strings.NewReader("body"), &cos.ObjectPutOptions{
		ACLHeaderOptions: &cos.ACLHeaderOptions{XCosACL: cos.ACL.PublicRead},
	})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, e.anonymous(t, key))
	list, resp, err := c.Object.GetACL(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, "public-read", resp.Header.Get("x-cos-acl"), "as the SDK makes it out")
	require.Len(t, list.AccessControlList, 2, "as the SDK's own suite finds it in the cloud")
	require.Equal(t, "FULL_CONTROL", list.AccessControlList[0].Permission, "the owner's")
	require.Equal(t, list.Owner.ID, list.AccessControlList[0].Grantee.ID)
	require.Equal(t, "READ ", grants(list)[everybody])

	_, err = c.Object.PutACL(t.Context(), key, &cos.ObjectPutACLOptions{Header: &cos.ACLHeaderOptions{
		XCosACL: cos.ACL.Private, XCosGrantRead: `id="` + otherAppID + `"`,
	}})
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, e.anonymous(t, key))
	_, err = other.Object.Head(t.Context(), key, nil)
	require.NoError(t, err)
	_, _, err = other.Object.GetACL(t.Context(), key)
	refused(t, err, http.StatusForbidden, "AccessDenied")
	_, err = other.Object.Put(t.Context(), key, strings.NewReader("no"), nil)
	refused(t, err, http.StatusForbidden, "AccessDenied")
	e.stored(t, key, []byte("body"))

	list, _, err = c.Object.GetACL(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, map[string]string{otherID: "READ "}, grants(list))
	list.AccessControlList[0].Permission = "FULL_CONTROL"
	_, err = c.Object.PutACL(t.Context(), key, &cos.ObjectPutACLOptions{Body: list})
	require.NoError(t, err)
	got, _, err := other.Object.GetACL(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, map[string]string{otherID: "FULL_CONTROL "}, grants(got))

	_, err = other.Object.PutACL(t.Context(), key, &cos.ObjectPutACLOptions{Header: &cos.ACLHeaderOptions{XCosACL: cos.ACL.Default}})
	require.NoError(t, err)
	_, resp, err = c.Object.GetACL(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, "default", resp.Header.Get("x-cos-acl"))
	_, err = other.Object.Head(t.Context(), key, nil)
	require.Error(t, err)
}

// TestBucketACL opens the bucket to another account and to everybody, and closes it.
func TestBucketACL(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	other := e.client(t, e.Bucket, e.otherAccount(t, otherAppID))
	_, err := c.Object.Put(t.Context(), "go/bucket-acl", strings.NewReader("body"), nil)
	require.NoError(t, err)
	private := func() {
		_, err := c.Bucket.PutACL(t.Context(), &cos.BucketPutACLOptions{Header: &cos.ACLHeaderOptions{XCosACL: cos.ACL.Private}})
		require.NoError(t, err)
	}
	defer private()

	_, err = c.Bucket.PutACL(t.Context(), &cos.BucketPutACLOptions{Body: &cos.ACLXml{
		Owner: &cos.Owner{ID: "qcs::cam::uin/100000000001:uin/100000000001"},
		AccessControlList: []cos.ACLGrant{
			{Grantee: &cos.ACLGrantee{Type: "RootAccount", ID: otherID}, Permission: "WRITE"},
			{Grantee: &cos.ACLGrantee{Type: "RootAccount", ID: otherID}, Permission: "READ_ACP"},
			{Grantee: &cos.ACLGrantee{Type: "Group", URI: everybody}, Permission: "READ"},
		},
	}})
	require.NoError(t, err)
	_, err = other.Object.Put(t.Context(), "go/of-the-other", strings.NewReader("yes"), nil)
	require.NoError(t, err)
	e.stored(t, "go/of-the-other", []byte("yes"))
	list, _, err := other.Bucket.GetACL(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]string{otherID: "WRITE READ_ACP ", everybody: "READ "}, grants(list))
	_, err = other.Bucket.PutACL(t.Context(), &cos.BucketPutACLOptions{Header: &cos.ACLHeaderOptions{XCosACL: cos.ACL.PublicReadWrite}})
	refused(t, err, http.StatusForbidden, "AccessDenied")
	require.Equal(t, http.StatusOK, e.anonymous(t, "go/bucket-acl"))

	private()
	require.Equal(t, http.StatusForbidden, e.anonymous(t, "go/bucket-acl"))
	_, err = other.Object.Put(t.Context(), "go/again", strings.NewReader("no"), nil)
	refused(t, err, http.StatusForbidden, "AccessDenied")
	e.notStored(t, "go/again")
}

// TestBucketPolicy gives another account access to a folder by a bucket policy, and everybody under
// a condition. A deny wins over both.
func TestBucketPolicy(t *testing.T) {
	e := theEndpoint(t)
	c := e.client(t, e.Bucket, e.Key)
	other := e.client(t, e.Bucket, e.otherAccount(t, otherAppID))
	appID := e.Bucket[strings.LastIndexByte(e.Bucket, '-')+1:]
	resource := func(path string) []string {
		return []string{"qcs::cos:" + e.Region + ":uid/" + appID + ":" + e.Bucket + "/" + path}
	}
	to := func(who string) map[string][]string { return map[string][]string{"qcs": {who}} }
	_, err := c.Bucket.PutPolicy(t.Context(), &cos.BucketPutPolicyOptions{Version: "2.0", Statement: []cos.BucketStatement{
		{Principal: to(otherID), Effect: "allow", Action: []string{"name/cos:PutObject", "name/cos:DeleteObject"}, Resource: resource("go/shared/*")},
		{Principal: to(otherID), Effect: "deny", Action: []string{"name/cos:DeleteObject"}, Resource: resource("go/shared/keep/*")},
		{
			Principal: to("qcs::cam::anyone:anyone"), Effect: "allow", Action: []string{"name/cos:GetObject"}, Resource: resource("go/shared/*"),
			Condition: map[string]map[string]interface{}{"ip_equal": {"qcs:ip": []string{"127.0.0.0/8", "::1"}}},
		},
	}})
	require.NoError(t, err)
	defer func() {
		_, err := c.Bucket.DeletePolicy(t.Context())
		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden, e.anonymous(t, "go/shared/keep/a"))
	}()

	for _, key := range []string{"go/shared/a", "go/shared/keep/a"} {
		_, err = other.Object.Put(t.Context(), key, strings.NewReader("shared"), nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, e.anonymous(t, key))
	}
	_, err = other.Object.Put(t.Context(), "go/mine", strings.NewReader("no"), nil)
	refused(t, err, http.StatusForbidden, "AccessDenied")
	e.notStored(t, "go/mine")
	require.Equal(t, http.StatusForbidden, e.anonymous(t, "go/mine"))

	result, _, err := other.Object.DeleteMulti(t.Context(), &cos.ObjectDeleteMultiOptions{Objects: []cos.Object{
		{Key: "go/shared/a"}, {Key: "go/shared/keep/a"}, {Key: "go/mine"},
	}})
	require.NoError(t, err)
	require.Len(t, result.DeletedObjects, 1)
	require.Equal(t, "go/shared/a", result.DeletedObjects[0].Key)
	require.Len(t, result.Errors, 2)
	for _, failed := range result.Errors {
		require.Equal(t, "AccessDenied", failed.Code)
	}
	e.notStored(t, "go/shared/a")
	e.stored(t, "go/shared/keep/a", []byte("shared"))
}
