package signer_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

const (
	awsHost   = "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com"
	awsDate   = "20261124T080000Z"
	awsRegion = "us-east-2" // another one than the host's: COS does not mind
	awsID     = "AKIDexample"
	awsSecret = "a secret of nobody's"
	awsScope  = "20261124/" + awsRegion + "/s3/aws4_request"
)

func awsStart() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }

// awsHeader is a PUT signed by AWS4 in its header, all written out.
func awsHeader() *signer.Request {
	canonical := "PUT\n/photos/a%20b.jpg\nx=1\ncontent-type:image/png\nhost:" + awsHost +
		"\nx-amz-acl:private\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:" + awsDate +
		"\n\ncontent-type;host;x-amz-acl;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD"
	return received(http.MethodPut, awsHost, "/photos/a%20b.jpg?x=1", http.Header{
		"Authorization": {"AWS4-HMAC-SHA256 Credential=" + awsID + "/" + awsScope +
			", SignedHeaders=content-type;host;x-amz-acl;x-amz-content-sha256;x-amz-date, Signature=" +
			refAWS4(awsSecret, awsDate, awsRegion, canonical)},
		"Content-Type": {"image/png"}, "X-Amz-Acl": {" private "}, "X-Amz-Date": {awsDate},
		"X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}, "User-Agent": {"test"},
	})
}

const awsQueryParams = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDexample%2F20261124%2Fus-east-2%2Fs3%2Faws4_request" +
	"&X-Amz-Date=20261124T080000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=content-type%3Bhost&x-id=PutObject"

// awsQuery is a pre-signed PUT of AWS4.
func awsQuery() *signer.Request {
	canonical := "PUT\n/k\n" + awsQueryParams + "\ncontent-type:image/png\nhost:" + awsHost + "\n\ncontent-type;host\nUNSIGNED-PAYLOAD"
	return received(http.MethodPut, awsHost, "/k?"+awsQueryParams+"&X-Amz-Signature="+refAWS4(awsSecret, awsDate, awsRegion, canonical),
		http.Header{"Content-Type": {"image/png"}})
}

// aws2Header is a PUT signed by AWS2 in its header.
func aws2Header() *signer.Request {
	text := "PUT\n\nimage/png\nTue, 24 Nov 2026 08:00:00 GMT\nx-amz-acl:private\n/examplebucket-1250000000/photos/a%20b.jpg?versionId=v+1"
	return received(http.MethodPut, awsHost, "/photos/a%20b.jpg?x=1&versionId=v%2B1", http.Header{
		"Authorization": {"AWS " + awsID + ":" + refAWS2(awsSecret, text)},
		"Content-Type":  {"image/png"}, "X-Amz-Acl": {" private "}, "Date": {"Tue, 24 Nov 2026 08:00:00 GMT"},
	})
}

// aws2Query is a pre-signed PUT of AWS2.
func aws2Query() *signer.Request {
	text := "PUT\n\nimage/png\n1795508100\nx-amz-acl:private\n/examplebucket-1250000000/k"
	signature := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(refAWS2(awsSecret, text))
	return received(http.MethodPut, awsHost, "/k?AWSAccessKeyId="+awsID+"&x-amz-acl=private&Expires=1795508100&Signature="+signature,
		http.Header{"Content-Type": {"image/png"}})
}

func awsOptions() signer.VerifyOptions {
	return signer.VerifyOptions{Bucket: "examplebucket-1250000000"}
}

// awsCases are the four carriers, each a request that holds.
func awsCases() map[string]func() *signer.Request {
	return map[string]func() *signer.Request{
		"AWS4 header": awsHeader, "AWS4 query": awsQuery, "AWS2 header": aws2Header, "AWS2 query": aws2Query,
	}
}

func TestFindClaim(t *testing.T) {
	for name, make := range awsCases() {
		t.Run(name, func(t *testing.T) {
			req := make()
			c := mustFind(t, req)
			require.Equal(t, name, c.Family.String()+" "+c.Carrier.String())
			require.Equal(t, awsID, c.SecretID)
			res := signer.Verify(req, c, awsSecret, awsOptions())
			require.True(t, res.OK, "%s\n%s", res.HttpString, res.StringToSign)
			require.NoError(t, c.CheckTime(awsStart()))

			own, ok := signer.ParseClaim(req)
			require.False(t, ok, "%v: ParseClaim knows COS's own alone", own)
		})
	}
	c, err := signer.FindClaim(received("GET", "h", "/k?Expires=1&Signature=x&X-Amz-Date=x", http.Header{"Authorization": {"Bearer x"}}))
	require.NoError(t, err)
	require.Nil(t, c, "anonymous")
}

func TestFindClaimOfCOS(t *testing.T) {
	for _, f := range loadVectors(t) {
		for _, v := range f.Cases {
			req := v.request(t)
			c, err := signer.FindClaim(req)
			require.NoError(t, err)
			require.Equal(t, mustClaim(t, req), c, v.ID)
			require.Equal(t, signer.QSign, c.Family)
		}
	}
}

// TestTwoSignatures: an AWS signature beside another one is refused, whichever
// would hold.
func TestTwoSignatures(t *testing.T) {
	own := signedBy{secretKey: awsSecret, signTime: "1795507200;1795508100", httpString: "put\n/k\n\n\n"}.authorization()
	for name, change := range map[string]func(req *signer.Request){
		"a second header":        func(req *signer.Request) { req.Header.Add("Authorization", "AWS a:b") },
		"COS's own beside it":    func(req *signer.Request) { req.Header.Add("Authorization", own) },
		"COS's own in the query": func(req *signer.Request) { *req = *withQuery(req, own) },
		"COS's own in sign=":     func(req *signer.Request) { *req = *withQuery(req, "sign="+signer.Encode(own)) },
		"AWS4 in the query":      func(req *signer.Request) { *req = *withQuery(req, awsQuery().Query) },
		"AWS2 in the query":      func(req *signer.Request) { *req = *withQuery(req, aws2Query().Query) },
	} {
		for kind, make := range awsCases() {
			req := make()
			change(req)
			if kind == "AWS4 query" && name == "AWS4 in the query" || kind == "AWS2 query" && name == "AWS2 in the query" {
				continue
			}
			requireProblem(t, req, signer.ProblemTwice, "")
		}
	}
	for kind, make := range awsCases() {
		req := make()
		if c := mustFind(t, req); c.Carrier == signer.CarrierHeader {
			req.Header["Authorization"] = []string{own, req.Header.Get("Authorization")}
			requireProblem(t, req, signer.ProblemTwice, "")
			continue
		}
		for _, name := range []string{"Signature", "X-Amz-Signature", "x-AMZ-date", "expires"} {
			p, ok := req.Param(name)
			if !ok {
				continue
			}
			again := make()
			*again = *withQuery(again, strings.ToUpper(p.Name)+"="+p.Value)
			c, err := signer.FindClaim(again)
			require.Error(t, err, "%s %s", kind, name)
			require.False(t, signer.Verify(again, c, awsSecret, awsOptions()).OK)
		}
	}
}

// withQuery is req with more parameters.
func withQuery(req *signer.Request, more string) *signer.Request {
	return received(req.Method, req.Host, req.Target()+"&"+more, req.Header)
}

// withTarget is req with the first old in its target replaced.
func withTarget(t *testing.T, req *signer.Request, old, new string) *signer.Request {
	t.Helper()
	require.Contains(t, req.Target(), old)
	return received(req.Method, req.Host, strings.Replace(req.Target(), old, new, 1), req.Header)
}

func withAuthorization(t *testing.T, req *signer.Request, old, new string) *signer.Request {
	t.Helper()
	require.Contains(t, req.Header.Get("Authorization"), old)
	req.Header.Set("Authorization", strings.Replace(req.Header.Get("Authorization"), old, new, 1))
	return req
}

// TestMalformedAWS4Header, each beside TestFindClaim, where the same request
// holds.
func TestMalformedAWS4Header(t *testing.T) {
	for _, c := range []struct {
		old, new string
		problem  signer.ClaimProblem
		field    string
	}{
		{"AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", signer.ProblemAlgorithm, "Authorization"},
		{"Credential=" + awsID, "Credential=", signer.ProblemFormat, "Credential"},
		{"Credential=", "Cred=", signer.ProblemFormat, "Authorization"},
		{"Credential=" + awsID + "/" + awsScope + ",", "", signer.ProblemMissing, "Credential"},
		{"SignedHeaders=", "x=", signer.ProblemFormat, "Authorization"},
		{"SignedHeaders=content-type", "Signature=content-type", signer.ProblemTwice, "Signature"},
		{", Signature=", ", Signature=,", signer.ProblemFormat, "Authorization"},
		{"/us-east-2/s3/aws4_request", "/s3/aws4_request", signer.ProblemFormat, "Credential"},
		{"/us-east-2/", "//", signer.ProblemFormat, "Credential"},
		{"20261124/", "2026112/", signer.ProblemFormat, "Credential"},
		{"20261124/", "20261125/", signer.ProblemScopeDate, "Credential"},
		{"/s3/", "/ec2/", signer.ProblemScopeService, "Credential"},
		{"/aws4_request", "/aws4", signer.ProblemScopeEnd, "Credential"},
		{"/aws4_request", "/aws4_request/x", signer.ProblemScopeEnd, "Credential"},
		{"content-type;host;", "content-type;", signer.ProblemUnsigned, "host"},
		{"content-type;host;", "content-type;;host;", signer.ProblemFormat, "SignedHeaders"},
		{"content-type;host;", "host;host;", signer.ProblemTwice, "SignedHeaders"},
		{"x-amz-acl;", "", signer.ProblemUnsigned, "x-amz-acl"},
	} {
		requireProblem(t, withAuthorization(t, awsHeader(), c.old, c.new), c.problem, c.field)
	}
	for _, c := range []struct {
		name, value string
		problem     signer.ClaimProblem
		field       string
	}{
		{"X-Amz-Date", "", signer.ProblemMissing, "X-Amz-Date"},
		{"X-Amz-Date", "2026-11-24T08:00:00Z", signer.ProblemFormat, "X-Amz-Date"},
		{"X-Amz-Date", "20261124T080000", signer.ProblemFormat, "X-Amz-Date"},
		{"X-Amz-Date", "20261324T080000Z", signer.ProblemFormat, "X-Amz-Date"},
		{"X-Amz-Content-Sha256", "", signer.ProblemMissing, "x-amz-content-sha256"},
		{"X-Amz-Content-Sha256", "abc", signer.ProblemPayload, "x-amz-content-sha256"},
		{"X-Amz-Content-Sha256", strings.Repeat("A", 64), signer.ProblemPayload, "x-amz-content-sha256"},
		{"X-Amz-Content-Sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", signer.ProblemPayload, "x-amz-content-sha256"},
		{"X-Amz-Meta-More", "x", signer.ProblemUnsigned, "x-amz-meta-more"},
	} {
		req := awsHeader()
		req.Header.Set(c.name, c.value)
		requireProblem(t, req, c.problem, c.field)
	}
}

func TestMalformedAWS4Query(t *testing.T) {
	for _, c := range []struct {
		old, new string
		problem  signer.ClaimProblem
		field    string
	}{
		{"X-Amz-Algorithm=AWS4-HMAC-SHA256&", "", signer.ProblemMissing, "X-Amz-Algorithm"},
		{"=AWS4-HMAC-SHA256", "=AWS4-HMAC-SHA1", signer.ProblemAlgorithm, "X-Amz-Algorithm"},
		{"X-Amz-Credential", "Credential", signer.ProblemMissing, "X-Amz-Credential"},
		{"%2Fs3%2F", "%2Fs3%20%2F", signer.ProblemFormat, "Credential"},
		{"us-east-2", "us%0Aeast", signer.ProblemFormat, "Credential"},
		{"X-Amz-Date=", "X-Amz-Date=1", signer.ProblemFormat, "X-Amz-Date"},
		{"X-Amz-Date=20261124T080000Z", "X-Amz-Date", signer.ProblemMissing, "X-Amz-Date"},
		{"Date=20261124", "Date=20261125", signer.ProblemScopeDate, "Credential"},
		{"Expires=900", "Expires=604801", signer.ProblemTooLong, "X-Amz-Expires"},
		{"Expires=900", "Expires=99999999999999999999", signer.ProblemTooLong, "X-Amz-Expires"},
		{"Expires=900", "Expires=-1", signer.ProblemNegative, "X-Amz-Expires"},
		{"Expires=900", "Expires=%2B900", signer.ProblemFormat, "X-Amz-Expires"},
		{"Expires=900", "Expires=15m", signer.ProblemFormat, "X-Amz-Expires"},
		{"X-Amz-Expires=900&", "", signer.ProblemMissing, "X-Amz-Expires"},
		{"content-type%3Bhost", "content-type", signer.ProblemUnsigned, "host"},
		{"content-type%3Bhost", "host%0Ax", signer.ProblemFormat, "SignedHeaders"},
		{"X-Amz-SignedHeaders", "x", signer.ProblemMissing, "X-Amz-SignedHeaders"},
		{"X-Amz-Signature", "x", signer.ProblemMissing, "X-Amz-Signature"},
		{"x-id=PutObject", "x-amz-content-sha256=x", signer.ProblemPayload, "x-amz-content-sha256"},
		{"x-id=PutObject", "X-Amz-Content-Sha256=STREAMING-AWS4-HMAC-SHA256-PAYLOAD", signer.ProblemPayload, "x-amz-content-sha256"},
	} {
		requireProblem(t, withTarget(t, awsQuery(), c.old, c.new), c.problem, c.field)
	}
	req := awsQuery()
	req.Header.Set("X-Amz-Acl", "public-read")
	requireProblem(t, req, signer.ProblemUnsigned, "x-amz-acl")
}

func TestMalformedAWS2(t *testing.T) {
	requireProblem(t, withAuthorization(t, aws2Header(), ":", ""), signer.ProblemFormat, "Authorization")
	requireProblem(t, withAuthorization(t, aws2Header(), awsID, ""), signer.ProblemFormat, "Authorization")
	req := aws2Header()
	req.Header.Del("Date")
	requireProblem(t, req, signer.ProblemMissing, "Date")
	req.Header.Set("Date", "yesterday")
	requireProblem(t, req, signer.ProblemFormat, "Date")
	for _, c := range []struct {
		old, new string
		problem  signer.ClaimProblem
		field    string
	}{
		{"AWSAccessKeyId=" + awsID, "AWSAccessKeyId=", signer.ProblemMissing, "AWSAccessKeyId"},
		{"Expires=1795508100", "Expires=soon", signer.ProblemFormat, "Expires"},
		{"Expires=1795508100&", "", signer.ProblemMissing, "Expires"},
		{"Signature=", "x=", signer.ProblemMissing, "Signature"},
	} {
		requireProblem(t, withTarget(t, aws2Query(), c.old, c.new), c.problem, c.field)
	}
}

func TestMalformedAWS4Form(t *testing.T) {
	p := loadAWS(t).V4Policy
	for _, c := range []struct {
		field, value string
		problem      signer.ClaimProblem
		at           string
	}{
		{"x-amz-algorithm", "", signer.ProblemMissing, "x-amz-algorithm"},
		{"x-amz-algorithm", "AWS4", signer.ProblemAlgorithm, "x-amz-algorithm"},
		{"x-amz-credential", "", signer.ProblemMissing, "x-amz-credential"},
		{"x-amz-credential", "AKID", signer.ProblemFormat, "Credential"},
		{"x-amz-date", "", signer.ProblemMissing, "x-amz-date"},
		{"x-amz-date", "now", signer.ProblemFormat, "x-amz-date"},
		{"x-amz-date", "20151230T000000Z", signer.ProblemScopeDate, "Credential"},
		{"x-amz-signature", "", signer.ProblemMissing, "x-amz-signature"},
		{"policy", "", signer.ProblemMissing, "policy"},
		{"AWSAccessKeyId", "x", signer.ProblemTwice, ""},
		{"q-ak", "x", signer.ProblemTwice, ""},
	} {
		fields := map[string]string{
			"x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": p.Credential, "x-amz-date": p.Date,
			"policy": p.Policy, "x-amz-signature": p.Signature,
		}
		fields[c.field] = c.value
		claim, err := signer.FindFormClaim(formOf(fields))
		var e *signer.ClaimError
		require.ErrorAs(t, err, &e)
		require.Equal(t, c.problem, e.Problem, c.field)
		require.Equal(t, c.at, e.Field)
		require.False(t, signer.VerifyPolicy(claim, p.Policy, loadAWS(t).SecretKey).OK)
	}
}

func TestAWSTime(t *testing.T) {
	form := map[string]string{
		"x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": awsID + "/" + awsScope, "x-amz-date": awsDate,
		"policy": "e30=", "x-amz-signature": "x",
	}
	formClaim, err := signer.FindFormClaim(formOf(form))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		claim       *signer.Claim
		first, last time.Duration // from awsStart, both good
		early, late signer.TimeKind
		field       string
	}{
		"AWS4 header": {mustFind(t, awsHeader()), -15 * time.Minute, 15 * time.Minute, signer.TimeNotYetValid, signer.TimeTooOld, "x-amz-date"},
		"AWS2 header": {mustFind(t, aws2Header()), -15 * time.Minute, 15 * time.Minute, signer.TimeNotYetValid, signer.TimeTooOld, "x-amz-date"},
		"AWS4 query":  {mustFind(t, awsQuery()), -15 * time.Minute, 15 * time.Minute, signer.TimeNotYetValid, signer.TimeExpired, "X-Amz-Expires"},
		"AWS2 query":  {mustFind(t, aws2Query()), -1000 * time.Hour, 15 * time.Minute, 0, signer.TimeExpired, "Expires"},
		"AWS4 form":   {formClaim, -15 * time.Minute, 7 * 24 * time.Hour, signer.TimeNotYetValid, signer.TimeExpired, "x-amz-date"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range []time.Duration{c.first, 0, c.last} {
				require.NoError(t, c.claim.CheckTime(awsStart().Add(d)), d)
			}
			for _, bad := range []struct {
				at   time.Duration
				kind signer.TimeKind
			}{{c.first - time.Second, c.early}, {c.last + time.Second, c.late}} {
				if bad.kind == 0 {
					continue
				}
				var e *signer.TimeError
				require.ErrorAs(t, c.claim.CheckTime(awsStart().Add(bad.at)), &e)
				require.Equal(t, bad.kind, e.Kind)
				require.Equal(t, c.field, e.Field)
				require.NotZero(t, e.By)
				require.NotEmpty(t, e.Error())
			}
		})
	}
}

// TestAWS4DateHeader: without x-amz-date the Date counts.
func TestAWS4DateHeader(t *testing.T) {
	canonical := "GET\n/k\n\ndate:Tue, 24 Nov 2026 08:00:00 GMT\nhost:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n\n" +
		"date;host;x-amz-content-sha256\nUNSIGNED-PAYLOAD"
	req := received(http.MethodGet, "h", "/k", http.Header{
		"Authorization": {"AWS4-HMAC-SHA256 Credential=" + awsID + "/" + awsScope +
			",SignedHeaders=host;date;X-Amz-Content-Sha256,Signature=" + refAWS4(awsSecret, awsDate, awsRegion, canonical)},
		"Date": {"Tue, 24 Nov 2026 08:00:00 GMT"}, "X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"},
	})
	c := mustFind(t, req)
	require.Equal(t, awsDate, c.AWS.Date)
	require.True(t, signer.Verify(req, c, awsSecret, signer.VerifyOptions{}).OK, "a list out of order, in any case")
	req.Header.Set("Date", "Tue, 24 Nov 2026 08:00:01 GMT")
	require.False(t, signer.Verify(req, mustFind(t, req), awsSecret, signer.VerifyOptions{}).OK)
}

func TestAWSToken(t *testing.T) {
	req := awsQuery()
	*req = *withQuery(req, "X-Amz-Security-Token=a%2Bb")
	c := mustFind(t, req)
	require.Equal(t, "a+b", c.Token)
	require.Equal(t, signer.CarrierQuery, c.TokenCarrier)
	require.False(t, signer.Verify(req, c, awsSecret, awsOptions()).OK, "a token that was not signed")
	require.Equal(t, awsQueryParams, strings.SplitN(req.MaskedQuery(), "&X-Amz-Signature", 2)[0])
	require.NotContains(t, req.MaskedQuery(), "a%2Bb")

	req = aws2Header()
	req.Header.Set("X-Amz-Security-Token", "t")
	c = mustFind(t, req)
	require.Equal(t, "t", c.Token)
	require.False(t, signer.Verify(req, c, awsSecret, awsOptions()).OK)
}
