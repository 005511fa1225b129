package diagnose_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// seenBody is a refusal that the cloud gave somebody, as a public thread shows
// it.
type seenBody struct {
	where                      string
	httpString, signTime, hash string
	resource                   string
}

func seenBodies() []seenBody {
	return []seenBody{
		{"tencentyun/qcloud-sdk-ios issue 16", "put\n/38905642349559468_1.jpg\n\n\n", "1564976412;1564980012", "009ec928a0a91a0cc0c936c7acddc10169a45e33", "/38905642349559468_1.jpg"},
		{"Molunerfinn/PicGo issue 638", "put\n/imagesresume-zh en_页面_1.png\n\nhost=o2-1258123310.cos.ap-beijing.myqcloud.com\n", "1615113257;1615199657", "c7503b92a8581b3f3f68c8f7f64a8917b03a1a95", "o2-1258123310.cos.ap-beijing.myqcloud.com/imagesresume-zh+en_页面_1.png"},
		{"TryImpossible/flutter-diy, tencent_cos_plus README", "put\n/\ncors=\ncontent-length=454&content-md5=DfuiC7IOBwIeiVanWPG%2FKg%3D%3D&content-type=application%2Fxml%3B%20charset%3Dutf-8&date=Wed%2C%2019%20Oct%202022%2005%3A49%3A28%20GMT&host=test-app-1251021022.cos.ap-guangzhou.myqcloud.com\n", "1666158568;1666218568", "488ab174d5f7a6ec0966aeeb82600e185114d7d1", "/"},
		{"zhangruiyu/tencent_cos issue 11", "put\n/log/YqNfNc_观众_.log\n\ncontent-length=778314&content-type=image%2Fjpeg&host=bingbing-1253488539.cos.ap-nanjing.myqcloud.com\n", "1680157339;1680157519", "fd8170f0893f3185a1471c368104dddea1f83dd9", "/log/YqNfNc_观众_.log"},
	}
}

// xml is the body as it came over the wire.
func (s seenBody) xml() string { return mismatchXML(s.httpString, s.signTime, s.hash, s.resource) }

func mismatchXML(httpString, signTime, hash, resource string) string {
	esc := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&apos;", `"`, "&quot;")
	return "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>SignatureDoesNotMatch</Code>\n\t<Message>The Signature you specified is invalid.</Message>\n" +
		"\t<StringToSign>sha1\n" + signTime + "\n" + hash + "\n</StringToSign>\n\t<FormatString>" + esc.Replace(httpString) + "</FormatString>\n" +
		"\t<Resource>" + esc.Replace(resource) + "</Resource>\n\t<RequestId>NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==</RequestId>\n\t<TraceId>OGVmYzZiMmQzYjA2OWNhODk0NTRkMTBiOWVmMDAxODc=</TraceId>\n</Error>\n"
}

func TestParseSeenBodies(t *testing.T) {
	for _, s := range seenBodies() {
		ce, err := diagnose.ParseCloudError([]byte(s.xml()))
		require.NoError(t, err, s.where)
		require.Equal(t, "SignatureDoesNotMatch", ce.Code, s.where)
		require.Equal(t, "The Signature you specified is invalid.", ce.Message, s.where)
		require.Equal(t, s.resource, ce.Resource, s.where)
		require.Equal(t, "NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==", ce.RequestID, s.where)
		require.Equal(t, s.httpString, ce.FormatString, s.where)
		require.Equal(t, "sha1\n"+s.signTime+"\n"+s.hash+"\n", ce.StringToSign, s.where)
		require.True(t, ce.Belongs, s.where)
		require.False(t, ce.Mended, s.where)

		// One character off, and it does not belong any more.
		ce, err = diagnose.ParseCloudError([]byte(strings.Replace(s.xml(), "put\n", "get\n", 1)))
		require.NoError(t, err, s.where)
		require.False(t, ce.Belongs, s.where)
	}
}

// TestParseDamagedBodies does to the real bodies what terminals, logs and chat
// programs do.
func TestParseDamagedBodies(t *testing.T) {
	perLine := func(f func(string) string) func(string) string {
		return func(s string) string {
			lines := strings.Split(s, "\n")
			for i := range lines {
				lines[i] = f(lines[i])
			}
			return strings.Join(lines, "\n")
		}
	}
	quoted := func(s string) string {
		b, err := json.Marshal(s)
		require.NoError(t, err)
		return string(b)
	}
	damages := map[string]func(string) string{
		"indented":               perLine(func(l string) string { return "    " + l }),
		"indentation lost":       perLine(strings.TrimSpace),
		"quoted by a mail":       perLine(func(l string) string { return "> " + l }),
		"in a frame":             perLine(func(l string) string { return "| " + l }),
		"CR LF":                  perLine(func(l string) string { return l + "\r" }),
		"empty lines lost":       func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "\n\n", "\n"), "\n\n", "\n") },
		"as HTML":                html.EscapeString,
		"as HTML twice":          func(s string) string { return html.EscapeString(html.EscapeString(s)) },
		"entities escaped again": func(s string) string { return strings.ReplaceAll(s, "&", "&amp;") },
		"as a JSON string":       quoted,
		"as a Go string":         func(s string) string { return fmt.Sprintf("%q", s) },
		"coloured":               func(s string) string { return strings.ReplaceAll(s, "<", "\x1b[34m<\x1b[0m") },
		"a log line before it":   func(s string) string { return "2021-03-07 18:34:18 ERROR upload failed: 403 " + s },
		"cut off":                func(s string) string { s, _, _ = strings.Cut(s, "</FormatString>"); return s },
		"FormatString alone": func(s string) string {
			_, s, _ = strings.Cut(s, "<StringToSign>")
			s, _, _ = strings.Cut(s, "<Resource>")
			return "<StringToSign>" + s
		},
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			for _, s := range seenBodies() {
				ce, err := diagnose.ParseCloudError([]byte(damage(s.xml())))
				require.NoError(t, err, s.where)
				require.True(t, ce.Belongs, "%s: %q", s.where, ce.FormatString)
				require.Equal(t, s.httpString, ce.FormatString, s.where)
			}
		})
	}
}

func TestParseCloudErrorRefuses(t *testing.T) {
	for _, text := range []string{"", "hello", "<html>502 Bad Gateway</html>", `{"error":"no"}`} {
		_, err := diagnose.ParseCloudError([]byte(text))
		require.ErrorIs(t, err, diagnose.ErrNoCloudError, text)
	}
	_, err := diagnose.ParseCloudError(make([]byte, 1<<20))
	require.Error(t, err)
	ce, err := diagnose.ParseCloudError([]byte("<Code>AccessDenied</Code>"))
	require.NoError(t, err)
	require.Equal(t, "AccessDenied", ce.Code)
}

// TestExplainSeenBodies asks about the real bodies with the request that the
// thread tells of, its secret being nobody's.
func TestExplainSeenBodies(t *testing.T) {
	bodies := seenBodies()
	parse := func(s seenBody) *diagnose.CloudError {
		ce, err := diagnose.ParseCloudError([]byte(s.xml()))
		require.NoError(t, err)
		return ce
	}
	request := func(url string, h http.Header, headers, params, signTime string) diagnose.Input {
		if h == nil {
			h = http.Header{}
		}
		h.Set("Authorization", "q-sign-algorithm=sha1&q-ak=AKIDx&q-sign-time="+signTime+"&q-key-time="+signTime+
			"&q-header-list="+headers+"&q-url-param-list="+params+"&q-signature="+strings.Repeat("0", 40))
		req, err := signer.NewRequest("PUT", url, h)
		require.NoError(t, err)
		c, ok := signer.ParseClaim(req)
		require.True(t, ok)
		return diagnose.Input{Request: req, Claim: c}
	}
	first := func(r *diagnose.Report) diagnose.Finding {
		require.NotEmpty(t, r.Findings)
		for _, f := range r.Findings {
			require.False(t, f.Proven)
		}
		return r.Findings[0]
	}

	// PicGo: the URL held a raw '+', which the cloud reads as a space.
	picgo := bodies[1]
	in := request("https://o2-1258123310.cos.ap-beijing.myqcloud.com/imagesresume-zh+en_页面_1.png", nil, "host", "", picgo.signTime)
	f := first(diagnose.ExplainCloud(parse(picgo), in))
	require.Equal(t, diagnose.PathPlus, f.ID)
	require.Equal(t, "/imagesresume-zh+en_页面_1.png", f.Signed)
	require.Equal(t, "/imagesresume-zh en_页面_1.png", f.Arrived)

	// tencent_cos: the type that arrived is not the one the program meant.
	typed := bodies[3]
	in = request("https://bingbing-1253488539.cos.ap-nanjing.myqcloud.com/log/YqNfNc_%E8%A7%82%E4%BC%97_.log",
		header("Content-Length", "778314", "Content-Type", "text/plain"), "content-length;content-type;host", "", typed.signTime)
	f = first(diagnose.ExplainCloud(parse(typed), in))
	require.Equal(t, diagnose.HeaderValue, f.ID)
	require.Equal(t, `Content-Type: this request has "text/plain", the cloud received "image/jpeg".`, f.Sentence.En)

	// flutter-diy: nothing changed on the way.
	same := bodies[2]
	in = request("https://test-app-1251021022.cos.ap-guangzhou.myqcloud.com/?cors",
		header("Content-Length", "454", "Content-MD5", "DfuiC7IOBwIeiVanWPG/Kg==", "Content-Type", "application/xml; charset=utf-8", "Date", "Wed, 19 Oct 2022 05:49:28 GMT"),
		"content-length;content-md5;content-type;date;host", "cors", same.signTime)
	f = first(diagnose.ExplainCloud(parse(same), in))
	require.Equal(t, diagnose.Unknown, f.ID)
	require.Contains(t, f.Sentence.En, "nothing changed on the way")

	// The request of one and the body of another.
	f = first(diagnose.ExplainCloud(parse(typed), in))
	require.Contains(t, f.Sentence.En, "another request")

	// A body alone.
	r := diagnose.ExplainCloud(parse(bodies[0]), diagnose.Input{})
	require.Equal(t, diagnose.Unknown, first(r).ID)
	require.Equal(t, bodies[0].httpString, r.Arrived.HttpString)
}

// cloudTrial is a refusal with the secret known.
type cloudTrial struct {
	name            string
	signed, arrived string // HttpString
	secret          string // the client's
	url             string // what the client meant to send
	header          http.Header
	headers, params string
	id              diagnose.ID
	proven          bool
	en              string
}

func cloudTrials() []cloudTrial {
	const meta = "x-cos-meta-fileid"
	fileID := header(meta, "cloud://env-1/a b")
	return []cloudTrial{
		{
			// A public note on CloudBase uploads.
			name: "value encoded by the HTTP library", url: "https://h.example.com/k", header: fileID, headers: "host;" + meta,
			signed:  "put\n/k\n\nhost=h.example.com&x-cos-meta-fileid=cloud%3A%2F%2Fenv-1%2Fa%20b\n",
			arrived: "put\n/k\n\nhost=h.example.com&x-cos-meta-fileid=cloud%253A%252F%252Fenv-1%252Fa%2520b\n",
			id:      diagnose.HeaderValue, proven: true, en: `X-Cos-Meta-Fileid: this request has "cloud://env-1/a b", the cloud received "cloud%3A%2F%2Fenv-1%2Fa%20b".`,
		},
		{
			name: "header lost", url: "https://h.example.com/k", header: header("Content-Type", "a/b"), headers: "content-type",
			signed: "put\n/k\n\ncontent-type=a%2Fb\n", arrived: "put\n/k\n\n\n",
			id: diagnose.HeaderNotSent, proven: true, en: "Content-Type was signed, but the cloud did not receive it.",
		},
		{
			name: "host changed", url: "https://h.example.com/k", headers: "host",
			signed: "put\n/k\n\nhost=h.example.com\n", arrived: "put\n/k\n\nhost=cdn.example.com\n",
			id: diagnose.Host, proven: true, en: `host: this request has "h.example.com", the cloud received "cdn.example.com".`,
		},
		{
			name: "path encoded again", url: "https://h.example.com/a%20b",
			signed: "put\n/a b\n\n\n", arrived: "put\n/a%20b\n\n\n",
			id: diagnose.PathEncodedTwice, proven: true, en: `path: this request has "/a b", the cloud received "/a%20b".`,
		},
		{
			name: "parameter changed", url: "https://h.example.com/k?p=1", params: "p",
			signed: "put\n/k\np=1\n\n", arrived: "put\n/k\np=2\n\n",
			id: diagnose.ParamValue, proven: true, en: `p: this request has "1", the cloud received "2".`,
		},
		{
			name: "signed for another method", url: "https://h.example.com/k",
			signed: "get\n/k\n\n\n", arrived: "put\n/k\n\n\n",
			id: diagnose.Method, proven: true, en: "Signed for GET, arrived as PUT.",
		},
		{
			name: "a line break in the secret", url: "https://h.example.com/k", secret: secret + "\n",
			signed: "put\n/k\n\n\n", arrived: "put\n/k\n\n\n",
			id: diagnose.SecretWhitespace, proven: true, en: "Signed with the right SecretKey, but with a line break at its end.",
		},
		{
			name: "the cloud's secret is another", url: "https://h.example.com/k",
			signed: "put\n/k\n\n\n", arrived: "put\n/k\n\n\n",
			id: diagnose.SecretOther, en: "Signing what the cloud received with the SecretKey given here gives exactly the signature that was sent. So the cloud has another SecretKey for this SecretId.",
		},
		{
			name: "another secret", url: "https://h.example.com/k", secret: "another",
			signed: "put\n/k\n\n\n", arrived: "put\n/k\n\n\n",
			id: diagnose.Unknown, en: "The signature does not match, and nothing in the request explains it: most likely it was signed with another SecretKey.",
		},
	}
}

func TestExplainCloudWithSecret(t *testing.T) {
	for _, tt := range cloudTrials() {
		t.Run(tt.name, func(t *testing.T) {
			h := tt.header.Clone()
			if h == nil {
				h = http.Header{}
			}
			key := tt.secret
			if key == "" {
				key = secret
			}
			h.Set("Authorization", "q-sign-algorithm=sha1&q-ak="+ak+"&q-sign-time="+times+"&q-key-time="+times+"&q-header-list="+tt.headers+
				"&q-url-param-list="+tt.params+"&q-signature="+mac(mac(key, times), stringToSign(times, tt.signed)))
			req, err := signer.NewRequest("PUT", tt.url, h)
			require.NoError(t, err)
			c, ok := signer.ParseClaim(req)
			require.True(t, ok)
			hash := strings.Split(stringToSign(times, tt.arrived), "\n")[2]
			ce, err := diagnose.ParseCloudError([]byte(mismatchXML(tt.arrived, times, hash, "/k")))
			require.NoError(t, err)
			require.True(t, ce.Belongs)

			in := diagnose.Input{Request: req, Claim: c, Key: signer.Credentials{SecretID: ak, SecretKey: secret}}
			r := diagnose.ExplainCloud(ce, in)
			require.NotEmpty(t, r.Findings)
			require.Equal(t, tt.en, r.Findings[0].Sentence.En)
			require.Equal(t, tt.id, r.Findings[0].ID)
			require.Equal(t, tt.proven, r.Findings[0].Proven)
			if tt.proven {
				require.Equal(t, tt.signed, r.Signed.HttpString)
			}

			// Without the secret nothing is proven.
			in.Key = signer.Credentials{}
			for _, f := range diagnose.ExplainCloud(ce, in).Findings {
				require.False(t, f.Proven)
			}
		})
	}
}

// TestExplainCloudRefusals covers the bodies that carry no FormatString.
func TestExplainCloudRefusals(t *testing.T) {
	body := func(code, message, extra string) string {
		return "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n\t<Code>" + code + "</Code>\n\t<Message>" + message + "</Message>\n" + extra + "</Error>\n"
	}
	serverTime := func(d time.Duration) string {
		return "\t<ServerTime>" + time.Unix(start, 0).UTC().Add(d).Format(time.RFC3339) + "</ServerTime>\n"
	}
	tests := []struct {
		body string
		bare bool // no request given
		id   diagnose.ID
		en   string
	}{
		{body("AccessDenied", "Request has expired", serverTime(2*time.Hour)), false, diagnose.Expired, "The signature expired 1 h before the request arrived: valid until 2026-11-23 21:23:09 UTC, arrived 2026-11-23 22:23:09 UTC."},
		{body("AccessDenied", "Request has expired", serverTime(2*time.Hour)), true, diagnose.Expired, "The signature had expired when the request arrived."},
		{body("RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.", serverTime(-time.Hour-7*time.Minute)), false, diagnose.NotYetValid, "The signature starts 1 h 7 min after the request arrived: valid from 2026-11-23 20:23:09 UTC, arrived 2026-11-23 19:16:09 UTC."},
		{body("RequestTimeTooSkewed", "x", serverTime(-8*time.Hour)), false, diagnose.TimeZone, "The signature's start is off by +08:00, exactly the difference of a time zone: local time was probably taken for UTC."},
		{body("RequestTimeTooSkewed", "x", ""), true, diagnose.NotYetValid, "The client's clock and the cloud's are more than 15 minutes apart."},
		{body("InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records", ""), false, diagnose.KeyUnknown, "The cloud does not know this SecretId."},
		{body("ExpiredToken", "x", ""), false, diagnose.TokenExpired, "The temporary key " + ak + " expired."},
		{body("AccessDenied", "Access Denied.", serverTime(0)), false, diagnose.PolicyDenied, "The key is valid, but it has no permission for this operation."},
		{body("AccessDenied", "Strict signature missing header that must be signed", ""), false, diagnose.StrictSignature, "The bucket's strict signature rules require more to be signed: Strict signature missing header that must be signed"},
		{body("AccessForbidden", "CORSResponse: This CORS request is not allowed.", ""), false, diagnose.CORSNoRule, "No CORS rule of the bucket fits the browser's request."},
		{body("NoSuchBucket", "The specified bucket does not exist.", "<Resource>examplebucket.cos.ap-guangzhou.myqcloud.com/k</Resource>"), true, diagnose.BucketNoAppID, `The bucket "examplebucket" has no APPID in its name.`},
		{body("InvalidDigest", "x", ""), false, diagnose.MD5Hex, `Content-MD5 is in hex, "ee8de918d05640145b18f70f4c3aa602"; it has to be "7o3pGNBWQBRbGPcPTDqmAg==".`},
	}
	for _, tt := range tests {
		ce, err := diagnose.ParseCloudError([]byte(tt.body))
		require.NoError(t, err)
		var in diagnose.Input
		if !tt.bare {
			in = made{target: "/k", signed: "put\n/k\n\n\n", header: header("Content-MD5", "ee8de918d05640145b18f70f4c3aa602")}.input()
			in.Now, in.Key = time.Time{}, signer.Credentials{}
		}
		r := diagnose.ExplainCloud(ce, in)
		require.NotEmpty(t, r.Findings, tt.en)
		require.Equal(t, tt.en, r.Findings[0].Sentence.En)
		require.Equal(t, tt.id, r.Findings[0].ID)
	}
	// A code of which nothing is known to go wrong has no finding.
	ce, err := diagnose.ParseCloudError([]byte(body("NoSuchKey", "The specified key does not exist.", "")))
	require.NoError(t, err)
	require.Empty(t, diagnose.ExplainCloud(ce, diagnose.Input{}).Findings)
}

// TestCloudErrorHidesTokens: printing one shows no FormatString, and a report
// no token.
func TestCloudErrorHidesTokens(t *testing.T) {
	text := "put\n/k\n\nx-cos-security-token=the%2Ftoken\n"
	ce, err := diagnose.ParseCloudError([]byte(mismatchXML(text, times, strings.Split(stringToSign(times, text), "\n")[2], "/k")))
	require.NoError(t, err)
	require.True(t, ce.Belongs)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(verb, *ce), "token=", verb)
	}
	r := diagnose.ExplainCloud(ce, diagnose.Input{})
	require.Equal(t, "put\n/k\n\nx-cos-security-token=[hidden]\n", r.Arrived.HttpString)
}

// A body alone says no more than it holds: of the key nothing is known, and a
// form's own policy is named.
func TestCloudBodyAlone(t *testing.T) {
	for _, c := range []struct {
		code, message string
		id            diagnose.ID
		en            string
	}{
		{"AccessDenied", "Access Denied.", diagnose.PolicyDenied, "Nothing allows this operation: no policy of the key, or, if the request was not signed, neither the ACL nor the bucket's policy."},
		{"AccessDenied", "Condition key acl doesn&apos;t match the value private", diagnose.FormPolicy, `The form does not meet its policy's condition on acl: the value must be "private".`},
		{"AccessDenied", "You post object request has been expired, expiration time: 1 but the time now : 2", diagnose.Expired, "The form's policy had expired when the form arrived."},
		{"InvalidPolicyDocument", "x", diagnose.FormPolicy, "The form's policy is missing, cannot be read, or lacks a condition on q-sign-algorithm, q-ak or q-sign-time."},
	} {
		ce, err := diagnose.ParseCloudError([]byte("<Error><Code>" + c.code + "</Code><Message>" + c.message + "</Message></Error>"))
		require.NoError(t, err)
		r := diagnose.ExplainCloud(ce, diagnose.Input{})
		require.Equal(t, []diagnose.ID{c.id}, r.IDs(), c.message)
		require.Equal(t, c.en, r.Findings[0].Sentence.En)
		require.NotEmpty(t, r.Findings[0].Sentence.Zh)
		require.NotEmpty(t, r.Findings[0].Advice.Zh)
	}
}
