package signer_test

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// The key pair of every example in the COS documents.
const (
	docSecretID  = "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q"
	docSecretKey = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"
)

// golden is a signed request that the document "Request Signature" prints.
type golden struct {
	name, method, url        string
	header                   http.Header
	start, end               int64
	headerList, paramList    string
	httpString, hash, signed string
}

func goldens() []golden {
	return []golden{
		{
			name:   "PUT",
			method: http.MethodPut,
			url:    "https://examplebucket-1250000000.cos.ap-beijing.myqcloud.com/exampleobject(%E8%85%BE%E8%AE%AF%E4%BA%91)",
			header: http.Header{
				"Date":             {"Thu, 16 May 2019 06:45:51 GMT"},
				"Content-Type":     {"text/plain"},
				"Content-Length":   {"13"},
				"Content-Md5":      {"mQ/fVh815F3k6TAUm8m0eg=="},
				"X-Cos-Acl":        {"private"},
				"X-Cos-Grant-Read": {`uin="100000000011"`},
			},
			start: 1557989151, end: 1557996351,
			headerList: "content-length;content-md5;content-type;date;host;x-cos-acl;x-cos-grant-read",
			httpString: "put\n/exampleobject(腾讯云)\n\ncontent-length=13&content-md5=mQ%2FfVh815F3k6TAUm8m0eg%3D%3D&content-type=text%2Fplain&date=Thu%2C%2016%20May%202019%2006%3A45%3A51%20GMT&host=examplebucket-1250000000.cos.ap-beijing.myqcloud.com&x-cos-acl=private&x-cos-grant-read=uin%3D%22100000000011%22\n",
			hash:       "8b2751e77f43a0995d6e9eb9477f4b685cca4172",
			signed:     "3b8851a11a569213c17ba8fa7dcf2abec6935172",
		},
		{
			name:   "GET",
			method: http.MethodGet,
			url:    "https://examplebucket-1250000000.cos.ap-beijing.myqcloud.com/exampleobject(%E8%85%BE%E8%AE%AF%E4%BA%91)?response-content-type=application%2Foctet-stream&response-cache-control=max-age%3D600",
			header: http.Header{"Date": {"Thu, 16 May 2019 06:55:53 GMT"}},
			start:  1557989753, end: 1557996953,
			headerList: "date;host",
			paramList:  "response-cache-control;response-content-type",
			httpString: "get\n/exampleobject(腾讯云)\nresponse-cache-control=max-age%3D600&response-content-type=application%2Foctet-stream\ndate=Thu%2C%2016%20May%202019%2006%3A55%3A53%20GMT&host=examplebucket-1250000000.cos.ap-beijing.myqcloud.com\n",
			hash:       "54ecfe22f59d3514fdc764b87a32d8133ea611e6",
			signed:     "01681b8c9d798a678e43b685a9f1bba0f6c0e012",
		},
	}
}

// authorization is the header as the document prints it.
func (g *golden) authorization() string {
	at := signer.NewTimeRange(time.Unix(g.start, 0), time.Unix(g.end, 0)).Raw
	return "q-sign-algorithm=sha1&q-ak=" + docSecretID + "&q-sign-time=" + at + "&q-key-time=" + at +
		"&q-header-list=" + g.headerList + "&q-url-param-list=" + g.paramList + "&q-signature=" + g.signed
}

func TestGoldenSign(t *testing.T) {
	for _, g := range goldens() {
		t.Run(g.name, func(t *testing.T) {
			req, err := signer.NewRequest(g.method, g.url, g.header)
			require.NoError(t, err)
			s, err := signer.Sign(req, signer.Credentials{SecretID: docSecretID, SecretKey: docSecretKey}, signer.SignOptions{
				Start:   time.Unix(g.start, 0),
				End:     time.Unix(g.end, 0),
				Headers: strings.Split(g.headerList, ";"),
				Params:  strings.Split(g.paramList, ";"),
			})
			require.NoError(t, err)
			require.Equal(t, g.httpString, s.HttpString)
			require.Equal(t, "sha1\n"+s.Claim.SignTime.Raw+"\n"+g.hash+"\n", s.StringToSign)
			require.Equal(t, g.authorization(), s.Authorization())
		})
	}
}

func TestGoldenVerify(t *testing.T) {
	for _, g := range goldens() {
		t.Run(g.name, func(t *testing.T) {
			h := g.header.Clone()
			h.Set("Authorization", g.authorization())
			req, err := signer.NewRequest(g.method, g.url, h)
			require.NoError(t, err)
			c, ok := signer.ParseClaim(req)
			require.True(t, ok)
			require.Equal(t, signer.CarrierHeader, c.Carrier)

			res := signer.Verify(req, c, docSecretKey, signer.VerifyOptions{})
			require.True(t, res.OK)
			require.Empty(t, res.Reading)
			require.Equal(t, g.httpString, res.HttpString)

			res = signer.Verify(req, c, docSecretKey+" ", signer.VerifyOptions{})
			require.False(t, res.OK)
			require.Equal(t, g.httpString, res.HttpString)
		})
	}
}

// TestGoldenPolicy is the example of the document "POST Object".
func TestGoldenPolicy(t *testing.T) {
	const encoded = "ewogICAgImV4cGlyYXRpb24iOiAiMjAxOS0wOC0zMFQwOTozODoxMi40MTRaIiwKICAgICJjb25kaXRpb25zIjogWwogICAgICAgIHsgImFjbCI6ICJkZWZhdWx0IiB9LAogICAgICAgIHsgImJ1Y2tldCI6ICJleGFtcGxlYnVja2V0LTEyNTAwMDAwMDAiIH0sCiAgICAgICAgWyAic3RhcnRzLXdpdGgiLCAiJGtleSIsICJmb2xkZXIvc3ViZm9sZGVyLyIgXSwKICAgICAgICBbICJzdGFydHMtd2l0aCIsICIkQ29udGVudC1UeXBlIiwgImltYWdlLyIgXSwKICAgICAgICBbICJzdGFydHMtd2l0aCIsICIkc3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiLCAiaHR0cHM6Ly9teS53ZWJzaXRlLyIgXSwKICAgICAgICBbICJlcSIsICIkeC1jb3Mtc2VydmVyLXNpZGUtZW5jcnlwdGlvbiIsICJBRVMyNTYiIF0sCiAgICAgICAgeyAicS1zaWduLWFsZ29yaXRobSI6ICJzaGExIiB9LAogICAgICAgIHsgInEtYWsiOiAiQUtJRFFqejNsdG9tcFZqQm5pNUxpdGtXSEZsRnB3a245VTVxIiB9LAogICAgICAgIHsgInEtc2lnbi10aW1lIjogIjE1NjcxNTA2OTI7MTU2NzE1Nzg5MiIgfQogICAgXQp9"
	policy, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	sts := signer.PolicyStringToSign(policy)
	require.Equal(t, "d5d903b8360468bc81c1311f134989bc8c8b5b89", sts)
	key := signer.NewSigningKey(docSecretKey, "1567150692;1567157892")
	require.Equal(t, "7758dc9a832e9d301dca704cacbf9d9f8172fdef", key.Sign(sts))
}

// TestSeenFormatStrings rebuilds, from requests as their clients sent them, the
// FormatString of four refusals that the cloud answered in public, and the hash
// in their StringToSign.
func TestSeenFormatStrings(t *testing.T) {
	tests := []struct {
		name, target, host   string
		header               http.Header
		headerList, params   string
		signTime             string
		formatString, sha1OK string
	}{
		{
			name:         "qcloud-sdk-ios issue 16: nothing listed",
			target:       "/38905642349559468_1.jpg",
			host:         "any.cos.ap-guangzhou.myqcloud.com",
			signTime:     "1564976412;1564980012",
			formatString: "put\n/38905642349559468_1.jpg\n\n\n",
			sha1OK:       "009ec928a0a91a0cc0c936c7acddc10169a45e33",
		},
		{
			name:         "PicGo issue 638: a raw + in the path is a space",
			target:       "/imagesresume-zh+en_%E9%A1%B5%E9%9D%A2_1.png",
			host:         "o2-1258123310.cos.ap-beijing.myqcloud.com",
			headerList:   "host",
			signTime:     "1615113257;1615199657",
			formatString: "put\n/imagesresume-zh en_页面_1.png\n\nhost=o2-1258123310.cos.ap-beijing.myqcloud.com\n",
			sha1OK:       "c7503b92a8581b3f3f68c8f7f64a8917b03a1a95",
		},
		{
			name:   "tencent_cos_plus README: a sub-resource without value",
			target: "/?cors",
			host:   "test-app-1251021022.cos.ap-guangzhou.myqcloud.com",
			header: http.Header{
				"Content-Length": {"454"},
				"Content-Md5":    {"DfuiC7IOBwIeiVanWPG/Kg=="},
				"Content-Type":   {"application/xml; charset=utf-8"},
				"Date":           {"Wed, 19 Oct 2022 05:49:28 GMT"},
			},
			headerList:   "content-length;content-md5;content-type;date;host",
			params:       "cors",
			signTime:     "1666158568;1666218568",
			formatString: "put\n/\ncors=\ncontent-length=454&content-md5=DfuiC7IOBwIeiVanWPG%2FKg%3D%3D&content-type=application%2Fxml%3B%20charset%3Dutf-8&date=Wed%2C%2019%20Oct%202022%2005%3A49%3A28%20GMT&host=test-app-1251021022.cos.ap-guangzhou.myqcloud.com\n",
			sha1OK:       "488ab174d5f7a6ec0966aeeb82600e185114d7d1",
		},
		{
			name:   "tencent_cos issue 11: UTF-8 in the key",
			target: "/log/YqNfNc_%E8%A7%82%E4%BC%97_.log",
			host:   "bingbing-1253488539.cos.ap-nanjing.myqcloud.com",
			header: http.Header{
				"Content-Length": {"778314"},
				"Content-Type":   {"image/jpeg"},
			},
			headerList:   "content-length;content-type;host",
			signTime:     "1680157339;1680157519",
			formatString: "put\n/log/YqNfNc_观众_.log\n\ncontent-length=778314&content-type=image%2Fjpeg&host=bingbing-1253488539.cos.ap-nanjing.myqcloud.com\n",
			sha1OK:       "fd8170f0893f3185a1471c368104dddea1f83dd9",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := tt.header.Clone()
			if h == nil {
				h = http.Header{}
			}
			h.Set("Authorization", "q-sign-algorithm=sha1&q-ak=AKIDsomebody&q-sign-time="+tt.signTime+"&q-key-time="+tt.signTime+
				"&q-header-list="+tt.headerList+"&q-url-param-list="+tt.params+"&q-signature="+strings.Repeat("0", signer.SignatureLen))
			req := signer.ReadRequest(&http.Request{Method: http.MethodPut, RequestURI: tt.target, Host: tt.host, Header: h})
			c, ok := signer.ParseClaim(req)
			require.True(t, ok)
			res := signer.Verify(req, c, "not theirs", signer.VerifyOptions{})
			require.False(t, res.OK)
			require.Equal(t, tt.formatString, res.HttpString)
			require.Equal(t, "sha1\n"+tt.signTime+"\n"+tt.sha1OK+"\n", res.StringToSign)

			sum := sha1.Sum([]byte(tt.formatString))
			require.Equal(t, tt.sha1OK, hex.EncodeToString(sum[:]), "the sighting itself")
		})
	}
}

// TestLongKeysAndTimes: HMAC hashes a key that is longer than its block, and
// nothing of any length may be cut.
func TestLongKeysAndTimes(t *testing.T) {
	for _, n := range []int{1, 63, 64, 65, 200, 5000} {
		secret := strings.Repeat("s", n)
		times := "1;" + strings.Repeat("9", n)
		key := signer.NewSigningKey(secret, times)
		require.Equal(t, refSign(secret, times, times, "put\n/\n\n\n"), key.Sign(signer.StringToSign(times, "put\n/\n\n\n")), n)
		require.True(t, key.Match(signer.AppendStringToSign(nil, times, []byte("put\n/\n\n\n")), refSign(secret, times, times, "put\n/\n\n\n")))
		require.False(t, key.Match(signer.AppendStringToSign(nil, times, []byte("put\n/x\n\n\n")), refSign(secret, times, times, "put\n/\n\n\n")))
		require.False(t, key.Match(nil, ""))
	}
}
