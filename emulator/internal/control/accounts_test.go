package control

import (
	"net/http"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/signer"
	"github.com/stretchr/testify/require"
)

// account makes an account. body is that of the call.
func (r *rig) account(body string) newAccount {
	r.t.Helper()
	var a newAccount
	r.call("POST", "/api/v1/accounts", body).want(r.t, http.StatusCreated, &a)
	return a
}

// as sends a request to the COS API, signed by an account.
func (r *rig) as(a newAccount, method, bucket, key, body string) answer {
	r.t.Helper()
	req, err := http.NewRequest(method, r.urlAs(a, method, bucket, key), strings.NewReader(body))
	require.NoError(r.t, err)
	return send(r.t, req)
}

// urlAs is the URL of such a request.
func (r *rig) urlAs(a newAccount, method, bucket, key string) string {
	r.t.Helper()
	now := r.Accounts().Now(a.AppID)
	p, err := signer.Presign(signer.PresignInput{
		Credentials: signer.Credentials{SecretID: a.SecretID, SecretKey: a.SecretKey}, Method: method, Scheme: "http",
		Host: r.api, Bucket: bucket, PathStyle: true, Key: key, Start: now, Expires: 600e9,
	})
	require.NoError(r.t, err)
	return p.URL
}

func TestAccounts(t *testing.T) {
	r := start(t, Options{})
	r.handler.shared.options.API = r.api
	a := r.account(`{"name":"one","buckets":["photos"],"region":"ap-beijing","acl":"public-read"}`)
	require.Equal(t, "1250000001", a.AppID)
	require.Equal(t, []string{"photos-1250000001"}, a.Buckets)
	require.Equal(t, "ap-beijing", a.Region)
	require.Equal(t, "http://"+r.api, a.Endpoint)
	require.Equal(t, "http://"+r.console+"/?account=1250000001", a.Console)
	require.Regexp(t, `^AKID\w{32}$`, a.SecretID)
	require.Regexp(t, `^\w{32}$`, a.SecretKey)
	require.NotEqual(t, a.AppID, a.UIN)
	b := r.account(`{}`)
	require.Equal(t, "1250000002", b.AppID)
	require.Equal(t, []string{"test-1250000002"}, b.Buckets)
	require.Equal(t, "ap-guangzhou", b.Region)

	require.Equal(t, 200, r.as(a, "PUT", a.Buckets[0], "k", "of a").status)
	anonymous, err := http.NewRequest(http.MethodGet, "http://"+r.api+"/"+a.Buckets[0]+"/k", http.NoBody)
	require.NoError(t, err)
	require.Equal(t, "of a", send(t, anonymous).body, "its bucket is public-read")

	list := r.call("GET", "/api/v1/accounts", "")
	require.NotContains(t, list.body, "secret")
	require.NotContains(t, list.body, a.SecretKey)
	var all struct{ Accounts []AccountInfo }
	list.want(t, 200, &all)
	require.Equal(t, []AccountInfo{a.AccountInfo, b.AccountInfo}, all.Accounts)

	require.Equal(t, 204, r.call("DELETE", "/api/v1/accounts/"+a.AppID, "").status)
	require.Contains(t, r.as(a, "GET", a.Buckets[0], "k", "").body, "InvalidAccessKeyId")
	require.Equal(t, 404, send(t, anonymous).status)
	require.Equal(t, 200, r.as(b, "PUT", b.Buckets[0], "k", "of b").status)
	r.call("DELETE", "/api/v1/accounts/"+a.AppID, "").wantProblem(t, 404)
	r.call("DELETE", "/api/v1/accounts/1250000000", "").wantProblem(t, 409)
}

func TestAccountsAreRefused(t *testing.T) {
	r := start(t, Options{})
	longName := `{"buckets":["` + strings.Repeat("a", 60) + `"]}`
	for body, status := range map[string]int{
		`{"appid":"1250000000"}`:            409,
		`{"appid":"x"}`:                     422,
		`{"buckets":["Photos"]}`:            422,
		`{"buckets":["a","a"]}`:             422,
		`{"acl":"mine"}`:                    422,
		`{"ttl":"1ms"}`:                     422,
		`{"ttl":"soon"}`:                    422,
		`{"clock":"noon"}`:                  422,
		`{"clock":"-200y"}`:                 422,
		`{"region":"Ap"}`:                   422,
		`{"secret_key":"mine","appid":"7"}`: 422,
		longName:                            422,
	} {
		require.Equal(t, status, r.call("POST", "/api/v1/accounts", body).status, body)
	}
	require.Empty(t, r.Accounts().List())
	buckets, err := r.Buckets()
	require.NoError(t, err)
	require.Len(t, buckets, 1)
	require.Len(t, r.Keys().List(), 1)
	require.Equal(t, "77", r.account(`{"appid":"77"}`).AppID)
	require.Equal(t, 409, r.call("POST", "/api/v1/accounts", `{"appid":"77"}`).status)
}

// TestForeignKey: no account's key opens another's objects but by ACL or policy.
func TestForeignKey(t *testing.T) {
	r := start(t, Options{})
	a, b := r.account(`{}`), r.account(`{"buckets":["open","shut"]}`)
	open, shut := b.Buckets[0], b.Buckets[1]
	require.Equal(t, 200, r.as(b, "PUT", shut, "k", "secret of b").status)
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
		require.Equal(t, 403, r.as(a, method, shut, "k", "x").status, method)
	}
	require.Equal(t, 403, r.as(a, "GET", shut, "", "").status, "a listing")
	require.Equal(t, "secret of b", r.as(b, "GET", shut, "k", "").body)
	configured := newAccount{SecretID: testID, SecretKey: testSecret}
	require.Equal(t, 403, r.as(configured, "GET", shut, "k", "").status)
	require.Equal(t, 403, r.as(a, "GET", testBucket, "k", "").status)

	require.Equal(t, 200, r.as(b, "PUT", open, "k", "for all").status)
	require.Equal(t, 403, r.as(a, "GET", open, "k", "").status)
	bucket, err := r.Store().Bucket(open)
	require.NoError(t, err)
	bucket.ACL = "public-read"
	require.NoError(t, r.Store().PutBucket(bucket))
	require.Equal(t, "for all", r.as(a, "GET", open, "k", "").body)
	require.Equal(t, 403, r.as(a, "PUT", open, "k", "x").status)
}

func TestResetRemovesAccounts(t *testing.T) {
	r := start(t, Options{})
	a := r.account(`{}`)
	require.Equal(t, 204, r.call("POST", "/api/v1/reset", "").status)
	require.Empty(t, r.Accounts().List())
	require.Contains(t, r.as(a, "PUT", a.Buckets[0], "k", "x").body, "InvalidAccessKeyId")
	require.NotEqual(t, a.AppID, r.account(`{}`).AppID, "an APPID is not given twice")
}

// TestAliasesEndWithTheirAccount: a host that stood for a bucket of an account that is gone is free
// for the next one. Aliases of others and of the configuration stay.
func TestAliasesEndWithTheirAccount(t *testing.T) {
	r := start(t, Options{})
	first, second := r.account(`{"buckets":["photos"]}`), r.account(`{"buckets":["photos"]}`)
	alias := func(a newAccount, host string) answer {
		return r.call("POST", "/api/v1/aliases?account="+a.AppID, `{"host":"`+host+`","bucket":"`+a.Buckets[0]+`"}`)
	}
	require.Equal(t, 201, alias(first, "uploads.test").status)
	require.Equal(t, 201, alias(second, "other.test").status)
	alias(second, "uploads.test").wantProblem(t, 409)

	require.Equal(t, 204, r.call("POST", "/api/v1/reset?account="+first.AppID, "").status)
	require.Equal(t, first.Buckets[0], r.Resolver().Aliases()["uploads.test"], "a reset of the account keeps it")
	require.Equal(t, 204, r.call("DELETE", "/api/v1/accounts/"+first.AppID, "").status)
	require.NotContains(t, r.Resolver().Aliases(), "uploads.test")
	require.Equal(t, second.Buckets[0], r.Resolver().Aliases()["other.test"])
	require.Equal(t, 201, alias(second, "uploads.test").status)
}
