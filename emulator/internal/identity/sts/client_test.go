package sts_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what signature v1 is made with
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/identity/sts"
	"github.com/stretchr/testify/require"
)

const (
	appID     = "1250000000"
	ownerUIN  = "100000000001"
	rootID    = "AKIDroot"
	subID     = "AKIDsub"
	otherID   = "AKIDother"
	secretKey = "a-secret-of-32-characters-0123456"
	stsHost   = "sts.tencentcloudapi.com"
	aPolicy   = `{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:PutObject"],` +
		`"resource":["qcs::cos:ap-guangzhou:uid/1250000000:test-1250000000/in/*"]}]}`
	roleARN = "qcs::cam::uin/100000000001:roleName/uploader"
)

func now() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }

// A rig is a service with a root's key, a sub-account's and another account's.
type rig struct {
	t    *testing.T
	keys *keyring.Ring
	*sts.Service
}

func newRig(t *testing.T) *rig {
	t.Helper()
	ring := keyring.New()
	for _, k := range []keyring.Key{
		{SecretID: rootID, AppID: appID, OwnerUIN: ownerUIN},
		{SecretID: subID, AppID: appID, OwnerUIN: ownerUIN, UIN: "100000000011"},
		{SecretID: otherID, AppID: "1999999999"},
	} {
		k.SecretKey = secretKey
		require.NoError(t, ring.Add(k))
	}
	var roles []sts.Role
	for _, r := range []sts.Role{
		{Name: "uploader", ID: "4611686018427397919", AppID: appID, OwnerUIN: ownerUIN},
		{Name: "lent", AppID: appID, OwnerUIN: ownerUIN, Trusts: []string{"1999999999"}},
	} {
		r, err := r.Resolved()
		require.NoError(t, err)
		roles = append(roles, r)
	}
	return &rig{t: t, keys: ring, Service: sts.New(sts.Config{Keys: ring, Roles: roles})}
}

// answered is an answer of the API.
type answered struct {
	Credentials struct{ Token, TmpSecretId, TmpSecretKey string }
	ExpiredTime int64
	Expiration  string
	Error       struct{ Code, Message string }
	RequestId   string

	Type, AccountId, UserId, PrincipalId, Arn string
}

func (r *rig) do(req *http.Request, at time.Time) (answered, sts.Verdict) {
	r.t.Helper()
	q, refused := sts.Read(req)
	var reply any
	v := sts.Verdict{Err: refused}
	if refused == nil {
		reply, v = r.Answer(q, at)
	}
	var out struct{ Response answered }
	doc := sts.Document(reply, v.Err, "the-id")
	require.NoError(r.t, json.Unmarshal(doc, &out), string(doc))
	require.Equal(r.t, "the-id", out.Response.RequestId)
	return out.Response, v
}

// A v1 is a request with signature v1, as the official clients make it.
type v1 struct {
	id, secret, method, host, signed, algorithm string
	at                                          time.Time
	form                                        map[string]string // "-" takes a parameter out
}

func (c v1) request() *http.Request {
	form := map[string]string{
		"Action": "GetFederationToken", "Version": "2018-08-13", "Region": "ap-guangzhou", "Nonce": "11886",
		"SecretId": or(c.id, rootID), "Timestamp": strconv.FormatInt(c.at.Unix(), 10),
	}
	for name, value := range c.form {
		if form[name] = value; value == "-" {
			delete(form, name)
		}
	}
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name+"="+form[name])
	}
	method := or(c.method, http.MethodPost)
	source := method + or(c.signed, or(c.host, stsHost)) + "/?" + strings.Join(pairs, "&")
	h := sha1.New
	if c.algorithm == "HmacSHA256" {
		h = sha256.New
	}
	values := url.Values{}
	for name, value := range form {
		values.Set(name, value)
	}
	values.Set("Signature", base64.StdEncoding.EncodeToString(sum(h, or(c.secret, secretKey), source)))
	target := "http://" + or(c.host, stsHost) + "/"
	if method == http.MethodGet {
		return httptest.NewRequest(method, target+"?"+values.Encode(), http.NoBody)
	}
	req := httptest.NewRequest(method, target, strings.NewReader(values.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

// A tc3 is a request with signature v3.
type tc3 struct {
	id, secret, action, host, signed, token, body string
	headers                                       []string // that are signed
	at                                            time.Time
}

func (c tc3) request() *http.Request {
	req := httptest.NewRequest(http.MethodPost, "http://"+or(c.host, stsHost)+"/", strings.NewReader(c.body))
	stamp := strconv.FormatInt(c.at.Unix(), 10)
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-TC-Action": or(c.action, "GetFederationToken"), "X-TC-Version": "2018-08-13",
		"X-TC-Region": "ap-guangzhou", "X-TC-Timestamp": stamp,
	} {
		req.Header.Set(name, value)
	}
	if c.token != "" {
		req.Header.Set("X-TC-Token", c.token)
	}
	list := c.headers
	if list == nil {
		list = []string{"content-type", "host"}
	}
	lines := ""
	for _, name := range list {
		value := strings.ToLower(req.Header.Get(name))
		if name == "host" {
			value = or(c.signed, or(c.host, stsHost))
		}
		lines += name + ":" + value + "\n"
	}
	digest := sha256.Sum256([]byte(c.body))
	canonical := sha256.Sum256([]byte("POST\n/\n\n" + lines + "\n" + strings.Join(list, ";") + "\n" + hex.EncodeToString(digest[:])))
	day := c.at.UTC().Format("2006-01-02")
	text := "TC3-HMAC-SHA256\n" + stamp + "\n" + day + "/sts/tc3_request\n" + hex.EncodeToString(canonical[:])
	key := sum(sha256.New, "TC3"+or(c.secret, secretKey), day)
	key = sum(sha256.New, string(sum(sha256.New, string(key), "sts")), "tc3_request")
	req.Header.Set("Authorization", fmt.Sprintf("TC3-HMAC-SHA256 Credential=%s/%s/sts/tc3_request, SignedHeaders=%s, Signature=%x",
		or(c.id, rootID), day, strings.Join(list, ";"), sum(sha256.New, string(key), text)))
	return req
}

func sum(h func() hash.Hash, key, text string) []byte {
	mac := hmac.New(h, []byte(key))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// federation is a request for a federated user's pair that holds.
func federation(change map[string]string) v1 {
	form := map[string]string{"Name": "cos-sts-go", "Policy": url.QueryEscape(aPolicy)}
	for name, value := range change {
		form[name] = value
	}
	return v1{at: now(), form: form}
}

// assume is a request for a role's pair that holds.
func assume(change map[string]string) v1 {
	form := map[string]string{"Action": "AssumeRole", "RoleArn": roleARN, "RoleSessionName": "build-7", "ExternalId": ""}
	for name, value := range change {
		form[name] = value
	}
	return v1{at: now(), form: form}
}
