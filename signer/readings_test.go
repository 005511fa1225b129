package signer_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

const (
	testSecret = "a secret for tests"
	testTime   = "1795465389;1795468989"
)

// TestLeniencyIDs keeps the ids: they are written into logs and diagnoses.
func TestLeniencyIDs(t *testing.T) {
	var ids []string
	for _, l := range signer.Leniencies() {
		ids = append(ids, l.ID)
		require.NotEmpty(t, l.Source, l.ID)
		require.NotEmpty(t, l.Means, l.ID)
	}
	require.Equal(t, []string{
		"plus-literal", "host-no-port", "host-port-80", "host-port-443", "host-local-port",
		"host-colon", "path-no-bucket", "token-in-query",
	}, ids)

	signer.Leniencies()[0].ID = "changed"
	require.Equal(t, "plus-literal", signer.Leniencies()[0].ID, "the table cannot be written to")
}

// reading is a request together with what its client signed.
type reading struct {
	name                  string
	host, target          string
	header                http.Header
	headerList, paramList string
	signTime, keyTime     string // empty: testTime
	stringTime            string // what stands in StringToSign; empty: signTime
	httpString            string // what the client signed
	opts                  signer.VerifyOptions
	want                  string // Reading; "refused"
}

const refused = "refused"

func readings() []reading {
	const h = "b-1250000000.cos.ap-guangzhou.myqcloud.com"
	return []reading{
		{name: "plain", host: h, target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=" + h + "\n"},
		{name: "nothing listed", host: h, target: "/k?a=1", httpString: "put\n/k\n\n\n"},

		{name: "+ in a value is a space", host: h, target: "/k?prefix=a+b", paramList: "prefix", httpString: "put\n/k\nprefix=a%20b\n\n"},
		{name: "+ in a value is a plus", host: h, target: "/k?prefix=a+b", paramList: "prefix", httpString: "put\n/k\nprefix=a%2Bb\n\n", want: "plus-literal"},
		{name: "+ in a name is a space", host: h, target: "/k?my+name=v", paramList: "my%20name", httpString: "put\n/k\nmy%20name=v\n\n"},
		{name: "+ in a name is a plus", host: h, target: "/k?my+name=v", paramList: "my%2bname", httpString: "put\n/k\nmy%2bname=v\n\n", want: "plus-literal"},
		{name: "an escaped plus is never a space", host: h, target: "/k?prefix=a%2Bb", paramList: "prefix", httpString: "put\n/k\nprefix=a%20b\n\n", want: refused},
		{name: "+ in the path is a space", host: h, target: "/a+b", httpString: "put\n/a b\n\n\n"},
		{name: "+ in the path is never a plus", host: h, target: "/a+b", httpString: "put\n/a+b\n\n\n", want: refused},
		{name: "%2B in the path is a plus", host: h, target: "/a%2Bb", httpString: "put\n/a+b\n\n\n"},

		{name: "host with its port", host: "127.0.0.1:9000", target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=127.0.0.1%3A9000\n"},
		{name: "host without its port", host: "127.0.0.1:9000", target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=127.0.0.1\n", want: "host-no-port"},
		{name: "IPv6 without its port", host: "[::1]:9000", target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=%3A%3A1\n", want: "host-no-port"},
		{name: "port 80 dropped", host: h, target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=" + h + "%3A80\n", want: "host-port-80"},
		{name: "port 443 dropped", host: h, target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=" + h + "%3A443\n", want: "host-port-443"},
		{name: "our port dropped", host: h, target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=" + h + "%3A9000\n", opts: signer.VerifyOptions{LocalPort: "9000"}, want: "host-local-port"},
		{name: "a port of nobody's", host: h, target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=" + h + "%3A9000\n", opts: signer.VerifyOptions{LocalPort: "9001"}, want: refused},
		{name: "another port", host: "127.0.0.1:9000", target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=127.0.0.1%3A80\n", want: refused},
		{name: "another host", host: h, target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=other\n", want: refused},
		{name: "host not listed but signed", host: "127.0.0.1:9000", target: "/k", httpString: "put\n/k\n\nhost=127.0.0.1\n", want: refused},
		{name: "colon as it is", host: "127.0.0.1:9000", target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=127.0.0.1:9000\n", want: "host-colon"},
		{name: "colon as it is, port dropped", host: h, target: "/k", headerList: "host", httpString: "put\n/k\n\nhost=" + h + ":80\n", want: "host-port-80+host-colon"},

		{name: "path style, bucket signed", host: h, target: "/b-1250000000/k", httpString: "put\n/b-1250000000/k\n\n\n", opts: signer.VerifyOptions{PathPrefix: "/b-1250000000"}},
		{name: "path style, bucket not signed", host: h, target: "/b-1250000000/k", httpString: "put\n/k\n\n\n", opts: signer.VerifyOptions{PathPrefix: "/b-1250000000"}, want: "path-no-bucket"},
		{name: "path style, the bucket itself", host: h, target: "/b-1250000000", httpString: "put\n/\n\n\n", opts: signer.VerifyOptions{PathPrefix: "/b-1250000000"}, want: "path-no-bucket"},
		{name: "not path style", host: h, target: "/b-1250000000/k", httpString: "put\n/k\n\n\n", want: refused},
		{name: "a bucket whose name only begins so", host: h, target: "/b-1250000000x/k", httpString: "put\nx/k\n\n\n", opts: signer.VerifyOptions{PathPrefix: "/b-1250000000"}, want: refused},

		{name: "key-time differs, sign-time signed", host: h, target: "/k", keyTime: "1795465000;1795469999", httpString: "put\n/k\n\n\n"},
		{name: "key-time differs, key-time signed", host: h, target: "/k", keyTime: "1795465000;1795469999", stringTime: "1795465000;1795469999", httpString: "put\n/k\n\n\n", want: refused},
		{name: "a time of neither", host: h, target: "/k", keyTime: "1795465000;1795469999", stringTime: "1;2", httpString: "put\n/k\n\n\n", want: refused},

		{name: "token header from the query", host: h, target: "/k?x-cos-security-token=t+/%3D", headerList: "x-cos-security-token", httpString: "put\n/k\n\nx-cos-security-token=t%2B%2F%3D\n", want: "token-in-query"},
		{name: "the header wins over the query", host: h, target: "/k?x-cos-security-token=other", header: http.Header{"X-Cos-Security-Token": {"t"}}, headerList: "x-cos-security-token", httpString: "put\n/k\n\nx-cos-security-token=other\n", want: refused},
		{name: "the token of somebody else", host: h, target: "/k?x-cos-security-token=mine", headerList: "x-cos-security-token", httpString: "put\n/k\n\nx-cos-security-token=theirs\n", want: refused},

		{
			name: "everything at once", host: "127.0.0.1:9000", target: "/b-1/k?prefix=a+b&x-cos-security-token=t",
			headerList: "host;x-cos-security-token", paramList: "prefix", keyTime: "1795465000;1795469999",
			httpString: "put\n/k\nprefix=a%2Bb\nhost=127.0.0.1&x-cos-security-token=t\n", opts: signer.VerifyOptions{PathPrefix: "/b-1"},
			want: "plus-literal+host-no-port+path-no-bucket+token-in-query",
		},
	}
}

// holds: reading plus-literal; reading host-no-port; reading host-port-80; reading host-port-443; reading host-local-port
// holds: reading host-colon; reading path-no-bucket; reading token-in-query
func TestReadings(t *testing.T) {
	for _, tt := range readings() {
		t.Run(tt.name, func(t *testing.T) {
			if tt.signTime == "" {
				tt.signTime = testTime
			}
			if tt.keyTime == "" {
				tt.keyTime = tt.signTime
			}
			if tt.stringTime == "" {
				tt.stringTime = tt.signTime
			}
			h := tt.header.Clone()
			if h == nil {
				h = http.Header{}
			}
			h.Set("Authorization", "q-sign-algorithm=sha1&q-ak=AKIDtest&q-sign-time="+tt.signTime+"&q-key-time="+tt.keyTime+
				"&q-header-list="+tt.headerList+"&q-url-param-list="+tt.paramList+
				"&q-signature="+refSign(testSecret, tt.stringTime, tt.keyTime, tt.httpString))
			req := received(http.MethodPut, tt.host, tt.target, h)
			c := mustClaim(t, req)

			res := signer.Verify(req, c, testSecret, tt.opts)
			if tt.want == refused {
				require.False(t, res.OK)
				require.Empty(t, res.Reading)
				theirs := signer.StringToSign(tt.stringTime, tt.httpString)
				require.NotEqual(t, theirs, res.StringToSign, "the texts are those of the plain reading")
				return
			}
			require.True(t, res.OK, res.HttpString)
			require.Equal(t, tt.want, res.Reading)
			require.Equal(t, tt.httpString, res.HttpString)
			require.True(t, strings.HasPrefix(res.StringToSign, "sha1\n"+tt.stringTime+"\n"))

			// No reading makes another key's signature hold.
			wrong := signer.Verify(req, c, testSecret+"x", tt.opts)
			require.False(t, wrong.OK)
			require.Empty(t, wrong.Reading)
		})
	}
}

// TestReadingsListed: a diagnosis sees what Verify tries, and in its order.
func TestReadingsListed(t *testing.T) {
	h := http.Header{"Authorization": {signedBy{secretKey: testSecret, signTime: testTime, headerList: "host", paramsOf: "a", httpString: ""}.authorization()}}
	req := received(http.MethodPut, "h:1", "/b/k?a=+", h)
	var ids []string
	for id, how := range signer.Readings(req, mustClaim(t, req), signer.VerifyOptions{PathPrefix: "/b"}) {
		ids = append(ids, id)
		require.Equal(t, id == "", how == signer.Reading{})
	}
	require.Equal(t, []string{
		"", "plus-literal", "host-no-port", "host-colon", "path-no-bucket",
		"plus-literal+host-no-port", "plus-literal+host-colon", "plus-literal+path-no-bucket", "host-no-port+path-no-bucket", "host-colon+path-no-bucket",
		"plus-literal+host-no-port+path-no-bucket", "plus-literal+host-colon+path-no-bucket",
	}, ids)
	for id := range signer.Readings(req, mustClaim(t, req), signer.VerifyOptions{}) {
		require.Empty(t, id, "a loop may stop at any time")
		break
	}
}

// TestNoReadingTried checks the three ways of being refused that no leniency
// may look at.
func TestNoReadingTried(t *testing.T) {
	auth := signedBy{secretKey: testSecret, signTime: testTime, httpString: "put\n/k\n\n\n"}.authorization()
	verify := func(auth string) signer.Result {
		req := received(http.MethodPut, "h", "/k", http.Header{"Authorization": {auth}})
		return signer.Verify(req, mustClaim(t, req), testSecret, signer.VerifyOptions{})
	}
	require.True(t, verify(auth).OK, "control")
	require.False(t, verify(strings.Replace(auth, "sha1", "sha256", 1)).OK, "another algorithm")
	require.False(t, verify(strings.Replace(auth, "sha1", "", 1)).OK, "no algorithm")
	require.False(t, verify(auth[:len(auth)-1]).OK, "short signature")
	require.False(t, verify(auth+"0").OK, "long signature")
	require.False(t, verify(strings.Replace(auth, "q-signature=", "q-signature=&x=", 1)).OK, "empty signature")
	upper := strings.ToUpper(auth[len(auth)-signer.SignatureLen:])
	require.False(t, verify(auth[:len(auth)-signer.SignatureLen]+upper).OK, "upper-case signature")
}

// TestCanonical covers what the lists pick and how it is written.
func TestCanonical(t *testing.T) {
	header := http.Header{
		"Content-Type":          {"text/plain"},
		"X-Cos-Meta-Two":        {"b:", "b0", "a b"},
		"X-Cos-Meta-Mixed-Case": {"V"},
		"X-Cos-Empty":           {""},
	}
	tests := []struct {
		name, target, headers, params, want string
	}{
		{"only what is listed", "/k?a=1&b=2", "content-type", "b", "put\n/k\nb=2\ncontent-type=text%2Fplain\n"},
		{"listed but absent is left out", "/k", "content-md5;content-type", "nope", "put\n/k\n\ncontent-type=text%2Fplain\n"},
		{"a listed name twice counts once", "/k?a=1", "content-type;content-type", "a;a", "put\n/k\na=1\ncontent-type=text%2Fplain\n"},
		{"repeated values sorted before they are encoded", "/k?p=b:&p=b0&p=a", "x-cos-meta-two", "p", "put\n/k\np=a&p=b0&p=b%3A\nx-cos-meta-two=a%20b&x-cos-meta-two=b0&x-cos-meta-two=b%3A\n"},
		{"names lower-cased, hex and all", "/k?A/B=1", "X-Cos-Meta-Mixed-Case", "a%2fb", "put\n/k\na%2fb=1\nx-cos-meta-mixed-case=V\n"},
		{"list names raw", "/k?A/B=1&%E4%B8%AD=2", "", "A/B;中", "put\n/k\n%e4%b8%ad=2&a%2fb=1\n\n"},
		{"sorted by the encoded name", "/k?a-b=1&a/b=2&aB=3", "", "a-b;a/b;ab", "put\n/k\na%2fb=2&a-b=1&ab=3\n\n"},
		{"no value and an empty one", "/k?acl&uploads=", "x-cos-empty", "acl;uploads", "put\n/k\nacl=&uploads=\nx-cos-empty=\n"},
		{"a value holding =", "/k?q=a=b", "", "q", "put\n/k\nq=a%3Db\n\n"},
		{"bad escapes stay", "/k%zz?q=%4&r=%zz%41", "", "q;r", "put\n/k%zz\nq=%254&r=%25zzA\n\n"},
		{"the path is decoded, never cleaned", "//a/../b%2F%2f./c?", "", "", "put\n//a/../b//./c\n\n\n"},
		{"a raw ; is ordinary", "/k;v?a=1;2", "", "a", "put\n/k;v\na=1%3B2\n\n"},
		{"empty pieces are nothing", "/k?&&a=1&&", "", "a", "put\n/k\na=1\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := header.Clone()
			h.Set("Authorization", signedBy{
				secretKey: testSecret, signTime: testTime, headerList: tt.headers, paramsOf: tt.params, httpString: tt.want,
			}.authorization())
			req := received(http.MethodPut, "h", tt.target, h)
			res := signer.Verify(req, mustClaim(t, req), testSecret, signer.VerifyOptions{})
			require.Equal(t, tt.want, res.HttpString)
			require.True(t, res.OK)
			require.Empty(t, res.Reading)
		})
	}
}

// TestTransferEncoding is the one signed header that net/http takes away.
func TestTransferEncoding(t *testing.T) {
	h := http.Header{"Authorization": {signedBy{
		secretKey: testSecret, signTime: testTime, headerList: "transfer-encoding", httpString: "put\n/k\n\ntransfer-encoding=chunked\n",
	}.authorization()}}
	r := &http.Request{Method: http.MethodPut, Host: "h", RequestURI: "/k", Header: h, TransferEncoding: []string{"chunked"}}
	req := signer.ReadRequest(r)
	require.True(t, signer.Verify(req, mustClaim(t, req), testSecret, signer.VerifyOptions{}).OK)

	r.TransferEncoding = nil
	req = signer.ReadRequest(r)
	require.False(t, signer.Verify(req, mustClaim(t, req), testSecret, signer.VerifyOptions{}).OK)
}

// TestCarrierNeverSigned: a list that names the signature's own parameters does
// not bring them into HttpString, but a parameter of that name beside a header
// signature is a parameter like any other.
func TestCarrierNeverSigned(t *testing.T) {
	sig := refSign(testSecret, testTime, testTime, "put\n/k\na=1\n\n")
	query := "a=1&q-sign-algorithm=sha1&q-ak=AKIDtest&q-sign-time=" + testTime + "&q-key-time=" + testTime +
		"&q-header-list=&q-url-param-list=a;q-ak;q-signature&q-signature=" + sig
	req := received(http.MethodPut, "h", "/k?"+query, nil)
	res := signer.Verify(req, mustClaim(t, req), testSecret, signer.VerifyOptions{})
	require.True(t, res.OK, res.HttpString)

	h := http.Header{"Authorization": {signedBy{
		secretKey: testSecret, signTime: testTime, paramsOf: "sign", httpString: "put\n/k\nsign=left\n\n",
	}.authorization()}}
	req = received(http.MethodPut, "h", "/k?sign=left", h)
	res = signer.Verify(req, mustClaim(t, req), testSecret, signer.VerifyOptions{})
	require.True(t, res.OK, res.HttpString)
}

// TestCanonicalAnswersHypotheses is how a diagnosis asks: change one thing, and
// see whether the signature is the client's.
func TestCanonicalAnswersHypotheses(t *testing.T) {
	h := http.Header{"Authorization": {signedBy{
		secretKey: testSecret, signTime: testTime, headerList: "host", httpString: "get\n/k\n\nhost=h\n",
	}.authorization()}}
	req := received(http.MethodPut, "h", "/k", h)
	c := mustClaim(t, req)
	key := signer.NewSigningKey(testSecret, c.KeyTime.Raw)
	holds := func(canon signer.Canonical) bool {
		return key.Match(signer.AppendStringToSign(nil, c.SignTime.Raw, canon.AppendHttpString(nil)), c.Signature)
	}
	canon := req.Canonical(c, signer.Reading{})
	require.False(t, holds(canon))
	other := canon.Clone()
	other.Method = http.MethodGet
	require.True(t, holds(other))

	// The lists may be in any order, and are not put in order behind the
	// caller's back.
	canon.Headers = append(canon.Headers, signer.NewPair("Date", "x"), signer.NewPair("A/B", "y"))
	require.Equal(t, "put\n/k\n\na%2fb=y&date=x&host=h\n", canon.HttpString())
	require.Equal(t, "host", canon.Headers[0].Key)
	require.Len(t, other.Headers, 1, "a clone is its own")
	canon.Sort()
	require.Equal(t, "a%2fb", canon.Headers[0].Key)
	require.Equal(t, "put\n/k\n\na%2fb=y&date=x&host=h\n", canon.HttpString())
}
