package clients

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	api "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/sts/v20180813"
	sts "github.com/tencentyun/qcloud-cos-sts-sdk/go"
)

// roleARN is the role of the server's configuration.
const roleARN = "qcs::cam::uin/1250000000:roleName/uploader"

// stsClient is the COS STS client over plain http.
func (e endpoint) stsClient(t *testing.T, c credential, options ...sts.ClientOption) *sts.Client {
	t.Helper()
	return sts.NewClient(c.ID, c.Secret, e.http(t), append([]sts.ClientOption{sts.Scheme("http")}, options...)...)
}

// apiClient is the Tencent Cloud API client with one of its signature methods.
func (e endpoint) apiClient(t *testing.T, c credential, signature, method string) *api.Client {
	t.Helper()
	p := profile.NewClientProfile()
	p.SignMethod, p.HttpProfile.Scheme, p.HttpProfile.ReqMethod = signature, "HTTP", method
	client, err := api.NewClient(common.NewTokenCredential(c.ID, c.Secret, c.Token), e.Region, p)
	require.NoError(t, err)
	client.WithHttpTransport(e.transport(t))
	return client
}

// policy allows actions on keys with a prefix.
func (e endpoint) policy(prefix string, actions ...string) *sts.CredentialPolicy {
	return e.policyIf(prefix, nil, actions...)
}

func (e endpoint) policyIf(prefix string, condition map[string]map[string]any, actions ...string) *sts.CredentialPolicy {
	named := make([]string, len(actions))
	for i, a := range actions {
		named[i] = "name/cos:" + a
	}
	appID := e.Bucket[strings.LastIndexByte(e.Bucket, '-')+1:]
	return &sts.CredentialPolicy{Version: "2.0", Statement: []sts.CredentialPolicyStatement{{
		Effect: "allow", Action: named, Condition: condition,
		Resource: []string{"qcs::cos:" + e.Region + ":uid/" + appID + ":" + e.Bucket + "/" + prefix + "*"},
	}}}
}

// temporary is a key that the COS STS client got.
func (e endpoint) temporary(t *testing.T, p *sts.CredentialPolicy, lives time.Duration) credential {
	t.Helper()
	r, err := e.stsClient(t, e.Key).GetCredential(&sts.CredentialOptions{Policy: p, Region: e.Region, DurationSeconds: int64(lives / time.Second)})
	require.NoError(t, err)
	return credential{ID: r.Credentials.TmpSecretID, Secret: r.Credentials.TmpSecretKey, Token: r.Credentials.SessionToken}
}

// puts checks that a key can upload with a prefix and nowhere else.
func (e endpoint) puts(t *testing.T, c credential, prefix string) {
	t.Helper()
	client := e.client(t, e.Bucket, c)
	_, err := client.Object.Put(t.Context(), prefix+"inside", strings.NewReader("x"), nil)
	require.NoError(t, err)
	e.stored(t, prefix+"inside", []byte("x"))
	_, err = client.Object.Put(t.Context(), "outside/"+prefix, strings.NewReader("x"), nil)
	e.denied(t, err)
	e.notStored(t, "outside/"+prefix)
}

// denied checks that a request was refused because of a policy.
func (e endpoint) denied(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, "policy-denied", refused(t, err, http.StatusForbidden, "AccessDenied").Response.Header.Get("x-cosemu-diagnosis"))
}

// TestFederationToken: the COS STS client with its default host, and with the emulator's address.
func TestFederationToken(t *testing.T) {
	e := theEndpoint(t)
	for name, options := range map[string][]sts.ClientOption{
		"default":  nil,
		"internal": {sts.Host("sts.internal.tencentcloudapi.com")},
		"address":  {sts.Host(e.API)},
	} {
		t.Run(name, func(t *testing.T) {
			before := time.Now()
			r, err := e.stsClient(t, e.Key, options...).GetCredential(&sts.CredentialOptions{Policy: e.policy("go/sts/"+name+"/", "PutObject"), DurationSeconds: 900})
			require.NoError(t, err)
			require.InDelta(t, before.Unix(), r.StartTime, 5, "what the client computes of ExpiredTime")
			require.InDelta(t, before.Add(15*time.Minute).Unix(), r.ExpiredTime, 5)
			require.NotEmpty(t, r.RequestId)
			e.puts(t, credential{ID: r.Credentials.TmpSecretID, Secret: r.Credentials.TmpSecretKey, Token: r.Credentials.SessionToken}, "go/sts/"+name+"/")
		})
	}
}

// TestSignaturesOfTheAPI: each signature and HTTP method of the API client.
func TestSignaturesOfTheAPI(t *testing.T) {
	e := theEndpoint(t)
	policy := `{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:PutObject"],"resource":["qcs::cos:` +
		e.Region + `:uid/` + e.Bucket[strings.LastIndexByte(e.Bucket, '-')+1:] + `:` + e.Bucket + `/go/api/*"]}]}`
	for _, signature := range []string{"TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			t.Run(signature+" "+method, func(t *testing.T) {
				req := api.NewGetFederationTokenRequest()
				req.Name, req.Policy, req.DurationSeconds = common.StringPtr("tester"), common.StringPtr(policy), common.Uint64Ptr(1800)
				r, err := e.apiClient(t, e.Key, signature, method).GetFederationToken(req)
				require.NoError(t, err)
				c := r.Response.Credentials
				key := credential{ID: *c.TmpSecretId, Secret: *c.TmpSecretKey, Token: *c.Token}
				e.puts(t, key, "go/api/")

				who, err := e.apiClient(t, key, signature, method).GetCallerIdentity(api.NewGetCallerIdentityRequest())
				require.NoError(t, err)
				require.Equal(t, "1250000000:tester", *who.Response.UserId)
			})
		}
	}
}

// TestRoles: the key of a role by both clients, with and without its own policy.
func TestRoles(t *testing.T) {
	e := theEndpoint(t)
	r, err := e.stsClient(t, e.Key).GetRoleCredential(&sts.CredentialOptions{
		RoleArn: roleARN, RoleSessionName: "build-7", Policy: e.policy("go/role/", "PutObject"), DurationSeconds: 43200,
	})
	require.NoError(t, err)
	e.puts(t, credential{ID: r.Credentials.TmpSecretID, Secret: r.Credentials.TmpSecretKey, Token: r.Credentials.SessionToken}, "go/role/")

	req := api.NewAssumeRoleRequest()
	req.RoleArn, req.RoleSessionName = common.StringPtr(roleARN), common.StringPtr("build-8")
	req.Tags = []*api.Tag{{Key: common.StringPtr("team"), Value: common.StringPtr("a")}}
	a, err := e.apiClient(t, e.Key, "TC3-HMAC-SHA256", http.MethodPost).AssumeRole(req)
	require.NoError(t, err)
	c := credential{ID: *a.Response.Credentials.TmpSecretId, Secret: *a.Response.Credentials.TmpSecretKey, Token: *a.Response.Credentials.Token}
	_, err = e.client(t, e.Bucket, c).Object.Put(t.Context(), "go/role/all", strings.NewReader("x"), nil)
	require.NoError(t, err)
	e.stored(t, "go/role/all", []byte("x"))

	req.RoleArn = common.StringPtr(roleARN + "s")
	_, err = e.apiClient(t, e.Key, "HmacSHA256", http.MethodPost).AssumeRole(req)
	require.Equal(t, "ResourceNotFound.RoleNotFound", apiCode(t, err))
}

// TestSTSRefuses: both clients recognise a refusal.
func TestSTSRefuses(t *testing.T) {
	e := theEndpoint(t)
	options := func(lives int64) *sts.CredentialOptions {
		return &sts.CredentialOptions{Policy: e.policy("go/", "PutObject"), DurationSeconds: lives}
	}
	code := func(c credential, lives int64) string {
		t.Helper()
		r, err := e.stsClient(t, c).GetCredential(options(lives))
		if err == nil {
			require.NotNil(t, r.Credentials)
			return ""
		}
		refusal, ok := errors.AsType[*sts.CredentialError](err)
		require.True(t, ok, "%v", err)
		require.NotEmpty(t, refusal.RequestId)
		return refusal.Code
	}
	require.Empty(t, code(e.Key, 7200), "the control")
	require.Equal(t, "InvalidParameter.OverTimeError", code(e.Key, 7201))
	require.Equal(t, "AuthFailure.SecretIdNotFound", code(credential{ID: "AKIDnobody", Secret: "x"}, 900))
	require.Equal(t, "AuthFailure.SignatureFailure", code(credential{ID: e.Key.ID, Secret: "x"}, 900))

	req := api.NewGetFederationTokenRequest()
	req.Name, req.Policy = common.StringPtr("tester"), common.StringPtr("{")
	_, err := e.apiClient(t, e.Key, "TC3-HMAC-SHA256", http.MethodPost).GetFederationToken(req)
	require.Equal(t, "InvalidParameter.StrategyFormatError", apiCode(t, err))
	_, err = e.apiClient(t, e.Temp, "TC3-HMAC-SHA256", http.MethodPost).GetFederationToken(req)
	require.Equal(t, "FailedOperation.TempKeyNotAllowed", apiCode(t, err))

	e.clock(t, 6*time.Minute)
	require.Equal(t, "AuthFailure.SignatureExpire", code(e.Key, 900))
	_, err = e.apiClient(t, e.Key, "TC3-HMAC-SHA256", http.MethodPost).GetFederationToken(req)
	require.Equal(t, "AuthFailure.SignatureExpire", apiCode(t, err))
}

func apiCode(t *testing.T, err error) string {
	t.Helper()
	refusal, ok := errors.AsType[*tcerr.TencentCloudSDKError](err)
	require.True(t, ok, "%v", err)
	require.NotEmpty(t, refusal.RequestId)
	return refusal.Code
}
