package diagnose_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

const (
	ak     = "AKIDexample0000000000000000000000000"
	secret = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"
	bucket = "examplebucket-1250000000"
	host   = bucket + ".cos.ap-guangzhou.myqcloud.com"
	start  = 1795465389
	times  = "1795465389;1795468989"
)

// made is a request made by hand, with the text that its client signed.
type made struct {
	method, host, target string
	header               http.Header
	te                   []string
	headers, params      string // the lists
	signed               string // HttpString
	secret               string
	time, sentTime       string
	signature            string // in place of the right one
	in                   diagnose.Input
	noClaim              bool
}

func (m made) input() diagnose.Input {
	if m.method == "" {
		m.method = http.MethodPut
	}
	if m.host == "" {
		m.host = host
	}
	if m.secret == "" {
		m.secret = secret
	}
	if m.time == "" {
		m.time = times
	}
	if m.sentTime == "" {
		m.sentTime = m.time
	}
	if m.header == nil {
		m.header = http.Header{}
	}
	if !m.noClaim {
		if m.signature == "" {
			m.signature = mac(mac(m.secret, m.time), stringToSign(m.time, m.signed))
		}
		m.header.Set("Authorization", "q-sign-algorithm=sha1&q-ak="+ak+"&q-sign-time="+m.sentTime+"&q-key-time="+m.sentTime+
			"&q-header-list="+m.headers+"&q-url-param-list="+m.params+"&q-signature="+m.signature)
	}
	in := m.in
	in.Request = signer.ReadRequest(&http.Request{Method: m.method, Host: m.host, RequestURI: m.target, Header: m.header, TransferEncoding: m.te})
	in.Claim, _ = signer.ParseClaim(in.Request)
	if in.Key.SecretID == "" && in.Facts.Key != diagnose.KeyNotFound {
		in.Key = signer.Credentials{SecretID: ak, SecretKey: secret, Token: in.Key.Token}
	}
	if in.Now.IsZero() {
		in.Now = time.Unix(start+5, 0)
	}
	return in
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func facts(f diagnose.Facts) diagnose.Input { return diagnose.Input{Facts: f} }

func at(d time.Duration) diagnose.Input {
	return diagnose.Input{Now: time.Unix(start, 0).Add(d)}
}

// detail is a request with the finding that has to come first.
type detail struct {
	made
	id     diagnose.ID
	proven bool
	en     string
	zh     string // checked where it is given
}

const proven = true

func addressDetails() []detail {
	signedHost := "\nhost=" + host + "\n"
	return []detail{
		{made: made{target: "/k", signed: "get\n/k\n\n\n"}, id: "method", proven: proven, en: "Signed for GET, arrived as PUT.", zh: "签名时用的是 GET，请求却是 PUT。"},
		{made: made{target: "/k", signed: "PUT\n/k\n\n\n"}, id: "method", proven: proven, en: "The method was signed as PUT; it is signed in lower case."},
		{
			made: made{target: "/k", host: "localhost:9000", headers: "host", signed: "put\n/k\n" + signedHost, in: facts(diagnose.Facts{Bucket: bucket})},
			id:   "host", proven: proven, en: "Signed for host " + host + ", arrived at localhost:9000.", zh: "签名时的域名是 " + host + "，请求却到了 localhost:9000。",
		},
		{made: made{target: "/k", headers: "host", signed: "put\n/k\n\n\n"}, id: "host", proven: proven, en: "q-header-list names host, but the signature was made without it."},
		{made: made{target: "/k", signed: "put\n/k\n" + signedHost}, id: "host", proven: proven, en: "The signature covers host " + host + ", but q-header-list does not name host."},
		{made: made{target: "/k", headers: "host", signed: "put\n/k\n\nhost=https%3A%2F%2F" + host + "\n"}, id: "host", proven: proven, en: "Signed for host https://" + host + ", arrived at " + host + "."},
		{
			made: made{target: "/k", host: "inner:8080", header: header("X-Forwarded-Host", "files.example.com"), headers: "host", signed: "put\n/k\n\nhost=files.example.com\n"},
			id:   "host", proven: proven, en: "Signed for host files.example.com, arrived at inner:8080.",
		},
		{made: made{target: "/a+b", signed: "put\n/a+b\n\n\n"}, id: "path-plus", proven: proven, en: `A raw '+' in the path means a space: signed "/a+b", arrived as "/a b".`},
		{made: made{target: "/a%2Bb", signed: "put\n/a b\n\n\n"}, id: "path-plus", proven: proven, en: `The URL has %2B, which is a plus; a blank was signed: signed "/a b", arrived as "/a+b".`},
		{made: made{target: "/a%2520b", signed: "put\n/a b\n\n\n"}, id: "path-encoded-twice", proven: proven, en: `The key is percent-encoded twice in the URL: signed "/a b", arrived as "/a%20b".`},
		{made: made{target: "/a%20b", signed: "put\n/a%20b\n\n\n"}, id: "path-not-encoded", proven: proven, en: `The path was signed with its escapes, "/a%20b"; what is signed is the decoded path, "/a b".`},
		{made: made{target: "/a?b.txt", signed: "put\n/a?b.txt\n\n\n"}, id: "path-not-encoded", proven: proven, en: `The key contains a '?' that is not escaped in the URL, so it was cut there: signed "/a?b.txt", arrived as "/a".`},
		{made: made{target: "/a/b", signed: "put\n/a//b\n\n\n"}, id: "path-slash", proven: proven, en: `Signed for path "/a//b", arrived as "/a/b": a slash was lost or added.`},
		{made: made{target: "/a/../b", signed: "put\n/b\n\n\n"}, id: "path-slash", proven: proven, en: `Signed for path "/b", arrived as "/a/../b": a slash was lost or added.`},
		{made: made{target: "/a/b", signed: "put\n/\n\n\n"}, id: "path-slash", proven: proven, en: `Only "/" was signed as the path, the request is for "/a/b".`},
		{made: made{target: "/k", signed: "put\n/" + bucket + "/k\n\n\n"}, id: "path-bucket", proven: proven, en: `Signed for path "/` + bucket + `/k", arrived as "/k": the signed path contains the bucket only if the URL's path does.`},
		{
			made: made{target: "/" + bucket + "/k", host: "127.0.0.1:9000", signed: "put\n/examplebucket/k\n\n\n", in: diagnose.Input{Verify: signer.VerifyOptions{PathPrefix: "/" + bucket}}},
			id:   "path-bucket", proven: proven, en: `Signed for path "/examplebucket/k", arrived as "/` + bucket + `/k": the signed path contains the bucket only if the URL's path does.`,
		},
		{
			made: made{
				target: "/" + bucket + "/k", host: "127.0.0.1:9000", signed: "put\n/k\n\n\n",
				in: diagnose.Input{
					Verify: signer.VerifyOptions{PathPrefix: "/" + bucket, Allows: func(signer.Reading) bool { return false }},
					Facts:  diagnose.Facts{Alias: "127.0.0.1:9000=" + bucket},
				},
			},
			id: "path-bucket", proven: proven,
			en: `Signed for path "/k", arrived as "/` + bucket + `/k": the signed path does not name the bucket, and this address does not stand for it.`,
		},
		bucketAlone("/" + bucket + "/"),
		bucketAlone("/" + bucket),
	}
}

// bucketAlone is a call about a bucket at an address, with "/" signed: no key is
// missing there (a list by the Node SDK's Domain).
func bucketAlone(target string) detail {
	return detail{
		made: made{
			target: target, host: "127.0.0.1:9000", signed: "put\n/\n\n\n",
			in: diagnose.Input{
				Verify: signer.VerifyOptions{PathPrefix: "/" + bucket, Allows: func(signer.Reading) bool { return false }},
				Facts:  diagnose.Facts{Alias: "127.0.0.1:9000=" + bucket},
			},
		},
		id: "path-bucket", proven: proven,
		en: `Signed for path "/", arrived as "` + target + `": the signed path does not name the bucket, and this address does not stand for it.`,
	}
}

func pairDetails() []detail {
	ct := func(v string) http.Header { return header("Content-Type", v) }
	return []detail{
		{
			made: made{target: "/k", header: ct("image/jpeg; charset=utf-8"), headers: "content-type", signed: "put\n/k\n\ncontent-type=image%2Fjpeg\n"},
			id:   "header-value", proven: proven, en: `Content-Type was signed as "image/jpeg", arrived as "image/jpeg; charset=utf-8".`, zh: `Content-Type 签名时是 “image/jpeg”，实际收到的是 “image/jpeg; charset=utf-8”。`,
		},
		{made: made{target: "/k", header: ct("image/jpeg"), headers: "content-type", signed: "put\n/k\n\n\n"}, id: "header-value", proven: proven, en: "Content-Type is on q-header-list, but the signature was made without it."},
		{made: made{target: "/k", header: ct("image/jpeg"), signed: "put\n/k\n\ncontent-type=image%2Fjpeg\n"}, id: "header-value", proven: proven, en: "Content-Type was signed, but q-header-list does not name it."},
		{
			made: made{target: "/k", header: header("X-Cos-Meta-A", "a b/c", "X-Cos-Acl", "private"), headers: "x-cos-acl;x-cos-meta-a", signed: "put\n/k\n\nx-cos-acl=private&x-cos-meta-a=a%20b/c\n"},
			id:   "header-value", proven: proven, en: `Names and values were signed in another encoding, '/' left unencoded, as Python's quote does: "x-cos-meta-a=a%20b/c" in place of "x-cos-meta-a=a%20b%2Fc".`,
		},
		{made: made{target: "/k", header: ct("a"), headers: "content-type", signed: "put\n/k\n\nContent-Type=a\n"}, id: "header-value", proven: proven, en: `The names were not lower-cased for signing: "Content-Type=a" in place of "content-type=a".`},
		{
			made: made{target: "/k", header: header("X-Cos-Acl", "private", "Content-Type", "a"), headers: "x-cos-acl;host;content-type", signed: "put\n/k\n\nx-cos-acl=private&host=" + host + "&content-type=a\n"},
			id:   "header-value", proven: proven, en: `The pairs were not sorted for signing: "x-cos-acl&host&content-type" in place of "content-type&host&x-cos-acl".`,
		},
		{
			made: made{target: "/k", header: header("X-Cos-Meta-A", "1", "X-Cos-Meta-A", "2"), headers: "x-cos-meta-a", signed: "put\n/k\n\nx-cos-meta-a=2\n"},
			id:   "header-value", proven: proven, en: `X-Cos-Meta-A arrived several times; only "2" was signed.`,
		},
		{made: made{target: "/k", te: []string{"chunked"}, headers: "transfer-encoding", signed: "put\n/k\n\n\n"}, id: "header-value", proven: proven, en: "Transfer-Encoding is on q-header-list, but the signature was made without it."},
		{made: made{target: "/k", headers: "content-type", signed: "put\n/k\n\ncontent-type=\n"}, id: "header-not-sent", proven: proven, en: "Content-Type was signed, but did not arrive."},
		{made: made{target: "/k", headers: "transfer-encoding", signed: "put\n/k\n\ntransfer-encoding=chunked\n"}, id: "header-not-sent", proven: proven, en: `Transfer-Encoding was signed as "chunked", but the request does not have it there.`},
		{made: made{target: "/k?x-cos-acl=private", headers: "x-cos-acl", signed: "put\n/k\n\nx-cos-acl=private\n"}, id: "header-not-sent", proven: proven, en: `X-Cos-Acl was signed as "private", but the request does not have it there.`},
		{made: made{target: "/k", headers: "content-md5", signed: "put\n/k\n\ncontent-md5=x\n"}, id: "header-not-sent", en: "Content-Md5 is on q-header-list, but no such header arrived.", zh: "q-header-list 里有 Content-Md5，请求却没有带这个头部。"},
		{
			made: made{target: "/k", header: ct("application/x-www-form-urlencoded"), headers: "content-type", signed: "put\n/k\n\ncontent-type=mine%2Fown\n"},
			id:   "header-value", en: `The signed Content-Type arrived as "application/x-www-form-urlencoded", which HTTP clients add by themselves.`,
		},

		{made: made{target: "/k?p=a%252Fb", params: "p", signed: "put\n/k\np=a%2Fb\n\n"}, id: "param-value", proven: proven, en: `p was signed as "a/b", arrived as "a%2Fb".`},
		{made: made{target: "/k?p=a&x=1", params: "p", signed: "put\n/k\np=a%26x%3D1\n\n"}, id: "param-value", proven: proven, en: `p was signed as "a&x=1", arrived as "a".`},
		{made: made{target: "/k?p=a", params: "p", signed: "put\n/k\n\n\n"}, id: "param-value", proven: proven, en: "p is on q-url-param-list, but the signature was made without it."},
		{made: made{target: "/k?p=a", signed: "put\n/k\np=a\n\n"}, id: "param-value", proven: proven, en: "p was signed, but q-url-param-list does not name it."},
		{made: made{target: "/k?p=a%2Fb", params: "p", signed: "put\n/k\np=a%2fb\n\n"}, id: "param-value", proven: proven, en: `Names and values were signed in another encoding, escapes in lower-case hex (%2f): "p=a%2fb" in place of "p=a%2Fb".`},
		{made: made{target: "/k?partNumber=1", params: "partNumber", signed: "put\n/k\npartNumber=1\n\n"}, id: "param-value", proven: proven, en: `The names were not lower-cased for signing: "partNumber=1" in place of "partnumber=1".`},
		{made: made{target: "/k?uploadId=x&partNumber=1", params: "uploadid;partnumber", signed: "put\n/k\nuploadid=x&partnumber=1\n\n"}, id: "param-value", proven: proven, en: `The pairs were not sorted for signing: "uploadid&partnumber" in place of "partnumber&uploadid".`},
		{made: made{target: "/k?p=1&p=2", params: "p", signed: "put\n/k\np=1\n\n"}, id: "param-value", proven: proven, en: `p arrived several times; only "1" was signed.`},
		{made: made{target: "/k", params: "acl", signed: "put\n/k\nacl=\n\n"}, id: "param-not-sent", proven: proven, en: "acl was signed, but did not arrive."},
		{made: made{target: "/k", header: header("X-Cos-Acl", "private"), params: "x-cos-acl", signed: "put\n/k\nx-cos-acl=private\n\n"}, id: "param-not-sent", proven: proven, en: `x-cos-acl was signed as "private", but the request does not have it there.`},
		{made: made{target: "/k", params: "uploadid", signed: "put\n/k\nuploadid=x\n\n"}, id: "param-not-sent", en: "uploadid is on q-url-param-list, but no such parameter arrived."},
	}
}

func tokenDetails() []detail {
	const tok = "the+token/of=the key"
	enc := signer.Encode(tok)
	own := diagnose.Input{Key: signer.Credentials{Token: tok}}
	state := func(k diagnose.KeyState) diagnose.Input {
		in := own
		in.Facts.Key = k
		in.OtherKeys = []signer.Credentials{otherKey}
		return in
	}
	over := state(diagnose.KeyTokenExpired)
	over.Facts.TokenExpired = time.Unix(start-3600, 0)
	plain := "put\n/k\n\n\n"
	tokenHeader := func(v string) http.Header { return header("x-cos-security-token", v) }
	return []detail{
		{made: made{target: "/k", signed: plain, in: state(diagnose.KeyTokenMissing)}, id: "token-missing", en: ak + " is a temporary key, but the request has no token."},
		{made: made{target: "/k", headers: "x-cos-security-token", signed: "put\n/k\n\nx-cos-security-token=" + enc + "\n", in: own}, id: "token-missing", proven: proven, en: "x-cos-security-token was signed, but did not arrive."},
		{made: made{target: "/k", header: tokenHeader("old token"), signed: plain, in: state(diagnose.KeyTokenUnknown)}, id: "token-unknown", en: "The token in the request does not belong to " + ak + "."},
		{made: made{target: "/k", header: tokenHeader("undefined"), signed: plain, in: state(diagnose.KeyTokenUnknown)}, id: "token-unknown", en: `The token in the request is the word "undefined": the variable that should hold it was not set.`},
		{made: made{target: "/k", header: tokenHeader("old token"), signed: plain, in: diagnose.Input{Key: signer.Credentials{SecretID: ak, SecretKey: secret}, Facts: diagnose.Facts{Code: "InvalidAccessKeyId", Key: diagnose.KeyTokenUnknown}}}, id: "token-unknown", en: "The request has a token, but " + ak + " is a permanent key, which has none."},
		{made: made{target: "/k", header: tokenHeader(otherKey.Token), signed: plain, in: state(diagnose.KeyTokenUnknown)}, id: "token-unknown", en: "The token in the request belongs to " + otherKey.SecretID + ", not to " + ak + "."},
		{made: made{target: "/k", header: tokenHeader(enc), signed: plain, in: state(diagnose.KeyTokenUnknown)}, id: "token-unknown", en: "The token arrived in another encoding than it was issued in: percent-encoded twice."},
		{made: made{target: "/k", header: tokenHeader(strings.ReplaceAll(tok, "+", " ")), headers: "x-cos-security-token", signed: "put\n/k\n\nx-cos-security-token=" + enc + "\n", in: own}, id: "token-unknown", proven: proven, en: "The token in the request does not belong to " + ak + "."},
		{made: made{target: "/k", header: tokenHeader(tok), signed: plain, in: over}, id: "token-expired", en: "The temporary key " + ak + " expired at 2026-11-23 19:23:09 UTC, 1 h ago.", zh: "临时密钥 " + ak + " 已经过期：2026-11-23 19:23:09 UTC 到期，已过 1 小时。"},
		{made: made{target: "/k", header: tokenHeader(tok), signed: plain, in: state(diagnose.KeyTokenExpired)}, id: "token-expired", en: "The temporary key " + ak + " expired."},
		{made: made{target: "/k", header: tokenHeader(tok), headers: "x-cos-security-token", signed: plain, in: own}, id: "token-not-signed", proven: proven, en: "The lists say that x-cos-security-token was signed, but the signature was made without it."},
		{made: made{target: "/k", header: tokenHeader(tok), signed: "put\n/k\n\nx-cos-security-token=" + enc + "\n", in: own}, id: "token-not-signed", proven: proven, en: "x-cos-security-token was signed, but the lists do not name it."},
		{made: made{target: "/k", header: tokenHeader(tok), params: "x-cos-security-token", signed: "put\n/k\nx-cos-security-token=" + enc + "\n\n", in: own}, id: "param-not-sent", proven: proven, en: `x-cos-security-token was signed as "[hidden]", but the request does not have it there.`},
	}
}

func keyDetails() []detail {
	plain := "put\n/k\n\n\n"
	with := func(keys ...signer.Credentials) diagnose.Input {
		return diagnose.Input{OtherKeys: keys, Facts: diagnose.Facts{Key: diagnose.KeyNotFound}}
	}
	near := func(id string) signer.Credentials { return signer.Credentials{SecretID: id, SecretKey: "x"} }
	return []detail{
		{made: made{target: "/k", signed: plain, secret: secret + "\n"}, id: "secret-whitespace", proven: proven, en: "Signed with the right SecretKey, but with a line break at its end.", zh: "签名用的 SecretKey 是对的，但末尾多了换行。"},
		{made: made{target: "/k", signed: plain, secret: "\ufeff" + secret}, id: "secret-whitespace", proven: proven, en: "Signed with the right SecretKey, but with a byte order mark before it."},
		{made: made{target: "/k", signed: plain, signature: mac(mac("", times), stringToSign(times, plain))}, id: "secret-whitespace", proven: proven, en: "Signed with an empty SecretKey."},
		{made: made{target: "/k", signed: plain, secret: otherKey.SecretKey, in: diagnose.Input{OtherKeys: []signer.Credentials{otherKey}}}, id: "secret-other", proven: proven, en: "Signed with the SecretKey of " + otherKey.SecretID + ", sent with the SecretId " + ak + "."},
		{made: made{target: "/k", signed: plain, secret: ak}, id: "secret-other", proven: proven, en: "Signed with the SecretId in place of the SecretKey."},
		{made: made{target: "/k", signed: plain, in: with(near("AKIDnobody"))}, id: "key-unknown", en: "The SecretId " + ak + " does not exist here."},
		{made: made{target: "/k", signed: plain, in: with(near(ak + "0"))}, id: "key-unknown", en: "The SecretId " + ak + " does not exist here; " + ak + "0 differs from it by its end."},
		{made: made{target: "/k", signed: plain, in: with(near(strings.ToUpper(ak)))}, id: "key-unknown", en: "The SecretId " + ak + " does not exist here; " + strings.ToUpper(ak) + " differs from it by upper and lower case."},
		{made: made{target: "/k", signed: plain, in: with(near(ak[:20] + "1" + ak[21:]))}, id: "key-unknown", en: "The SecretId " + ak + " does not exist here; " + ak[:20] + "1" + ak[21:] + " differs from it by one character."},

		{made: made{target: "/k", signed: "get\n/k\n\n\n", signature: strings.ToUpper(mac(mac(secret, times), stringToSign(times, plain)))}, id: "signature-format", proven: proven, en: "The signature is in upper-case hex; it has to be in lower case."},
		{made: made{target: "/k", signature: toBase64(mac(mac(secret, times), stringToSign(times, plain)))}, id: "signature-format", proven: proven, en: "The signature is in base64; it has to be 40 hex digits."},
		{made: made{target: "/k", signature: strings.Repeat("ab", 32)}, id: "signature-format", en: `q-signature is not 40 hex digits, but the 64 of a SHA-256: "` + strings.Repeat("ab", 32) + `".`},
		{made: made{target: "/k", signature: strings.Repeat("ab", 16)}, id: "signature-format", en: `q-signature is not 40 hex digits, but the 32 of an MD5: "` + strings.Repeat("ab", 16) + `".`},
		{made: made{target: "/k", signature: "abcdef"}, id: "signature-format", en: `q-signature is not 40 hex digits, but 6 hex digits: "abcdef".`},
		{made: made{target: "/k", signature: "none!"}, id: "signature-format", en: `q-signature is not 40 hex digits, but 5 other characters: "none!".`},
		{made: made{target: "/k", signature: "&x="}, id: "signature-format", en: `q-signature is not 40 hex digits, but empty: "".`},
		{made: made{target: "/k", signature: rawKeySignature(plain)}, id: "signature-format", proven: proven, en: "SignKey was used as 20 bytes; it is used as its 40 hex digits."},
		{made: made{target: "/k", signature: mac(secret, stringToSign(times, plain))}, id: "signature-format", proven: proven, en: "StringToSign was signed with the SecretKey itself."},
		{made: made{target: "/k", signature: mac(mac(secret, times), strings.TrimSuffix(stringToSign(times, plain), "\n"))}, id: "signature-format", proven: proven, en: "StringToSign was signed without its last line break."},
		{made: made{target: "/k", signed: strings.TrimSuffix(plain, "\n")}, id: "signature-format", proven: proven, en: "HttpString was signed without its last line break."},
		{made: made{target: "/k", signature: mac(mac(secret, times), strings.TrimSuffix(stringToSign(times, strings.TrimSuffix(plain, "\n")), "\n"))}, id: "signature-format", proven: proven, en: "HttpString and StringToSign were signed without their last line breaks."},
		{
			made: made{target: "/k", noClaim: true, header: header("Authorization", "q-sign-algorithm=sha1&q-ak="+ak+"&q-sign-time="+times+"&q-key-time=1795465000;1795469999"+
				"&q-header-list=&q-url-param-list=&q-signature="+mac(mac(secret, "1795465000;1795469999"), stringToSign("1795465000;1795469999", plain)))},
			id: "signature-format", proven: proven, en: "StringToSign was made with q-key-time (1795465000;1795469999); it needs q-sign-time (" + times + ").",
		},
		{made: made{target: "/k", noClaim: true}, id: "unsigned", en: "The request carries no signature."},
		{made: made{target: "/k", noClaim: true, header: header("Authorization", "Bearer x")}, id: "signature-format", en: "The Authorization header is not a COS signature: it lacks q-ak."},
		{made: made{target: "/k", noClaim: true, header: header("Authorization", "q-ak="+ak)}, id: "signature-format", en: "The Authorization header is not a COS signature: it lacks q-signature."},
		{made: made{target: "/k?q-sign-algorithm=sha1", noClaim: true}, id: "signature-format", en: "The URL breaks off within its signature: q-ak is missing."},
		{made: made{target: "/k?sign=MTIzNDU2Nzg5MA%3D%3D", noClaim: true}, id: "signature-format", en: "The value of sign= is not a signature that COS can read; it may be one of the old API (v4)."},
		{made: made{target: "/k", signed: "put\n/k\n\nx=1\n", in: diagnose.Input{Key: signer.Credentials{SecretID: ak, SecretKey: secret}}}, id: "unknown", en: "The signature does not match, and nothing in the request explains it: most likely it was signed with another SecretKey."},
		{made: made{target: "/k?" + strings.Repeat("a=b&", 300), signed: plain}, id: "unknown", en: "The signature does not match. The request is too large for every explanation to be tried."},
	}
}

func toBase64(digits string) string {
	b, _ := hex.DecodeString(digits)
	return base64.StdEncoding.EncodeToString(b)
}

func rawKeySignature(http string) string {
	b, _ := hex.DecodeString(mac(secret, times))
	return mac(string(b), stringToSign(times, http))
}

func timeDetails() []detail {
	plain := "put\n/k\n\n\n"
	ms := "1795465389000;1795468989000"
	dated := header("Date", "Mon, 23 Nov 2026 20:10:00 GMT")
	signedDate := "put\n/k\n\ndate=Mon%2C%2023%20Nov%202026%2020%3A10%3A00%20GMT\n"
	return []detail{
		{made: made{target: "/k", signed: plain, in: at(80 * time.Minute)}, id: "expired", en: "The signature expired 20 min before the request arrived: valid until 2026-11-23 21:23:09 UTC, arrived 2026-11-23 21:43:09 UTC.", zh: "签名在请求到达前 20 分钟 就过期了：有效期到 2026-11-23 21:23:09 UTC，到达时间 2026-11-23 21:43:09 UTC。"},
		{made: made{target: "/k", signed: plain, in: at(75*time.Hour + 2*time.Second)}, id: "expired", en: "The signature expired 3 d 2 h before the request arrived: valid until 2026-11-23 21:23:09 UTC, arrived 2026-11-26 23:23:11 UTC."},
		{
			made: made{target: "/k", signed: plain, header: header("Date", "Mon, 23 Nov 2026 20:23:10 GMT"), in: at(2*time.Hour + time.Second)},
			id:   "expired", en: "The signature had expired when the request arrived (valid until 2026-11-23 21:23:09 UTC, arrived 2026-11-23 22:23:10 UTC); by its own Date header the client's clock is 2 h behind.",
		},
		{made: made{target: "/k", signed: plain, sentTime: ";"}, id: "expired", en: "q-sign-time is empty, which counts as expired."},
		{made: made{target: "/k", signed: plain, sentTime: "soon"}, id: "expired", en: `q-sign-time "soon" is no range of Unix seconds, which counts as expired.`},
		{made: made{target: "/k", signed: plain, time: "1795465389;3600"}, id: "expired", en: `q-sign-time "1795465389;3600" ends before it starts, which counts as expired.`},
		{made: made{target: "/k", signed: plain, in: at(-20 * time.Minute)}, id: "not-yet-valid", en: "The signature starts 20 min after the request arrived: valid from 2026-11-23 20:23:09 UTC, arrived 2026-11-23 20:03:09 UTC."},
		{made: made{target: "/k", signed: signedDate, headers: "date", header: dated.Clone(), in: at(10 * time.Minute)}, id: "expired", en: "The signed Date header is 23 min 9 s off: Mon, 23 Nov 2026 20:10:00 GMT, arrived 2026-11-23 20:33:09 UTC."},
		{made: made{target: "/k", signed: plain, time: ms}, id: "time-unit", en: `q-sign-time "` + ms + `" is in milliseconds; it has to be in seconds.`, zh: `q-sign-time “` + ms + `” 用的是毫秒，应该用秒。`},
		{made: made{target: "/k", signed: plain, time: "1795465389.25;1795468989.25"}, id: "time-unit", en: `q-sign-time "1795465389.25;1795468989.25" is in fractions of a second; it has to be in seconds.`},
		{made: made{target: "/k", signed: plain, time: "1795465389000000;1795468989000000"}, id: "time-unit", en: `q-sign-time "1795465389000000;1795468989000000" is in microseconds; it has to be in seconds.`},
		{made: made{target: "/k", signed: plain, time: "2026-11-23T20:23:09Z;2026-11-23T21:23:09Z"}, id: "time-unit", en: `q-sign-time "2026-11-23T20:23:09Z;2026-11-23T21:23:09Z" is in calendar time; it has to be in seconds.`},
		{made: made{target: "/k", signed: plain, time: ms, sentTime: times}, id: "time-unit", proven: proven, en: `q-sign-time was signed as "` + ms + `", but sent as "` + times + `".`},
		{made: made{target: "/k", signed: plain, time: strings.Replace(times, ";", "%3B", 1), sentTime: times}, id: "sign-encoded-twice", proven: proven, en: `q-sign-time was signed percent-encoded, as "1795465389%3B1795468989"; it is signed as "` + times + `".`},
		{made: made{target: "/k", signed: plain, in: at(-8 * time.Hour)}, id: "time-zone", en: "The signature's start is off by +08:00, exactly the difference of a time zone: local time was probably taken for UTC."},
	}
}

func carrierDetails() []detail {
	auth := "q-sign-algorithm=sha1&q-ak=" + ak + "&q-sign-time=" + times + "&q-key-time=" + times + "&q-header-list=&q-url-param-list=&q-signature=" +
		mac(mac(secret, times), stringToSign(times, "put\n/k\n\n\n"))
	twice := strings.Replace(auth, times, signer.Encode(signer.Encode(times)), 2)
	other := diagnose.Input{OtherKeys: []signer.Credentials{{SecretID: ak, SecretKey: secret}}}
	return []detail{
		{made: made{target: "/k?sign=" + signer.Encode(signer.Encode(auth)), noClaim: true, in: other}, id: "sign-encoded-twice", proven: proven, en: "sign was percent-encoded twice."},
		{made: made{target: "/k", noClaim: true, header: header("Authorization", signer.Encode(auth)), in: other}, id: "sign-encoded-twice", proven: proven, en: "Authorization was percent-encoded twice."},
		{made: made{target: "/k?" + twice, noClaim: true, in: other}, id: "sign-encoded-twice", proven: proven, en: "q-sign-time was percent-encoded twice."},
		{made: made{target: "/k?sign=" + auth, noClaim: true, in: other}, id: "signature-format", proven: proven, en: "The value of sign= is not percent-encoded, so it ends at its first '&'."},
		{made: made{target: "/k?" + signer.Encode(auth), noClaim: true, in: other}, id: "sign-encoded-twice", proven: proven, en: "The query was percent-encoded as a whole: its = arrived as %3D."},
		{made: made{target: "/k%3F" + signer.Encode(auth), noClaim: true, in: other}, id: "sign-encoded-twice", proven: proven, en: "The query was percent-encoded as a whole: its ? arrived as %3F."},
		{made: made{target: "/k%3F" + auth, noClaim: true, in: other}, id: "sign-encoded-twice", proven: proven, en: "The query was percent-encoded as a whole: its ? arrived as %3F."},
		{made: made{target: "/K%3F" + auth, noClaim: true, in: other}, id: "sign-encoded-twice", en: "The query was percent-encoded as a whole: its ? arrived as %3F."},
		{made: made{target: "/k?" + strings.ReplaceAll(auth, "&", "&amp;"), noClaim: true, in: other}, id: "signature-format", proven: proven, en: "The URL was escaped as HTML or JSON: its '&' arrived as &amp;."},
		{made: made{target: "/k?" + strings.Replace(auth, "sha1", "sha256", 1), noClaim: true}, id: "signature-format", proven: proven, en: `q-sign-algorithm is "sha256"; only "sha1" exists.`},
		{made: made{target: "/k?" + auth + "%20", noClaim: true}, id: "signature-format", proven: proven, en: "There are blanks or line breaks around the signature."},
		// Read as it was meant, it is still not right: then nothing is proven.
		{made: made{target: "/K?sign=" + signer.Encode(signer.Encode(auth)), noClaim: true, in: other}, id: "sign-encoded-twice", en: "sign was percent-encoded twice."},
	}
}

func factDetails() []detail {
	plain := "put\n/k\n\n\n"
	md5 := func(v string) made {
		return made{target: "/k", signed: plain, header: header("Content-Md5", v), in: facts(diagnose.Facts{Code: "InvalidDigest"})}
	}
	return []detail{
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Bucket: "examplebucket", BucketMissing: true})}, id: "bucket-no-appid", en: `The bucket "examplebucket" has no APPID in its name.`},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Bucket: "examplebucket", BucketMissing: true, Buckets: []string{"examplebucket-x-1250000000", bucket}})}, id: "bucket-no-appid", en: `There is no bucket "examplebucket", but there is "` + bucket + `".`},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Bucket: bucket, BucketRegion: "ap-beijing", AddressRegion: "ap-guangzhou"})}, id: "region", en: "The bucket " + bucket + " is in ap-beijing, the request went to ap-guangzhou."},
		{made: md5("ee8de918d05640145b18f70f4c3aa602"), id: "md5-hex", en: `Content-MD5 is in hex, "ee8de918d05640145b18f70f4c3aa602"; it has to be "7o3pGNBWQBRbGPcPTDqmAg==".`},
		{made: md5(base64.StdEncoding.EncodeToString([]byte("ee8de918d05640145b18f70f4c3aa602"))), id: "md5-hex", en: `Content-MD5 is in hex, "` + base64.StdEncoding.EncodeToString([]byte("ee8de918d05640145b18f70f4c3aa602")) + `"; it has to be "7o3pGNBWQBRbGPcPTDqmAg==".`},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Resource: "qcs::cos:::b/k", Denied: true, Statement: "no-uploads"}})}, id: "policy-denied", en: "Statement no-uploads denies name/cos:PutObject (qcs::cos:::b/k)."},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject"}})}, id: "policy-denied", en: "No statement of a policy allows name/cos:PutObject."},
		{
			made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Statement: "1", Missing: diagnose.Text{En: "covers the resource b/in/*", Zh: "的资源是 b/in/*"}}})},
			id:   "policy-denied", en: "No statement of a policy allows name/cos:PutObject; the closest, 1, covers the resource b/in/*.", zh: "没有策略语句允许 name/cos:PutObject；最接近的 1 的资源是 b/in/*。",
		},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Caller: "1250000000", Owner: "1300000001"}})}, id: "policy-denied", en: "The key belongs to APPID 1250000000, the bucket to 1300000001."},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Anonymous: true}})}, id: "policy-denied", en: "The request carries no signature, and name/cos:PutObject is not allowed anonymously.", zh: "请求没有签名，而 name/cos:PutObject 不允许匿名访问。"},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Source: diagnose.SessionPolicy, Denied: true, Statement: "statement[2]"}})}, id: "policy-denied", en: "The temporary key's policy denies name/cos:PutObject: statement[2].", zh: "临时密钥的策略拒绝了 name/cos:PutObject：statement[2]。"},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Source: diagnose.SessionPolicy, Statement: "statement[2]", Missing: diagnose.Text{En: "is for me", Zh: "授权给我"}}})}, id: "policy-denied", en: "The temporary key's policy does not allow name/cos:PutObject; the closest, statement[2], is for me.", zh: "临时密钥的策略没有允许 name/cos:PutObject；最接近的 statement[2] 授权给我。"},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Source: diagnose.IdentityPolicy, Denied: true, Statement: "statement[2]"}})}, id: "policy-denied", en: "The policy of the key's user or role denies name/cos:PutObject: statement[2].", zh: "密钥所属用户或角色的策略拒绝了 name/cos:PutObject：statement[2]。"},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Source: diagnose.IdentityPolicy, Statement: "statement[2]", Missing: diagnose.Text{En: "is for me", Zh: "授权给我"}}})}, id: "policy-denied", en: "The policy of the key's user or role does not allow name/cos:PutObject; the closest, statement[2], is for me.", zh: "密钥所属用户或角色的策略没有允许 name/cos:PutObject；最接近的 statement[2] 授权给我。"},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Source: diagnose.BucketPolicy, Denied: true, Statement: "statement[2]"}})}, id: "policy-denied", en: "The bucket's policy denies name/cos:PutObject: statement[2].", zh: "存储桶策略拒绝了 name/cos:PutObject：statement[2]。"},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Policy: &diagnose.PolicyRefusal{Action: "name/cos:PutObject", Source: diagnose.BucketPolicy, Statement: "statement[2]", Missing: diagnose.Text{En: "is for me", Zh: "授权给我"}}})}, id: "policy-denied", en: "Neither the ACL nor the bucket's policy allows name/cos:PutObject; the closest, statement[2], is for me.", zh: "ACL 和存储桶策略都没有允许 name/cos:PutObject；最接近的 statement[2] 授权给我。"},
		{made: made{target: "/k", signed: "get\n/k\n\n\n", in: facts(diagnose.Facts{CORS: &diagnose.CORSRefusal{Origin: "http://localhost:3000", Method: "PUT"}})}, id: "cors-no-rule", en: "The bucket has no CORS rule, so no browser page may use it (http://localhost:3000 PUT)."},
		{
			made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{CORS: &diagnose.CORSRefusal{Origin: "http://a", Method: "PUT", Headers: []string{"x-cos-acl"}, Rule: "rule 1", Missing: "x-cos-acl"}})},
			id:   "cors-no-rule", en: `No CORS rule fits (http://a PUT x-cos-acl); the closest, rule 1, does not allow "x-cos-acl".`,
		},
		{made: made{target: "/k", signed: plain, in: facts(diagnose.Facts{Strict: &diagnose.StrictRefusal{Headers: []string{"host"}, Params: []string{"uploadid"}}})}, id: "strict-signature", en: "The bucket's strict signature rules require the header host, the parameter uploadid to be signed.", zh: "存储桶的严格签名规则要求签入 头部 host、参数 uploadid。"},
	}
}

// TestDetails holds every sentence against a request that calls for it.
func TestDetails(t *testing.T) {
	for name, list := range map[string][]detail{
		"address": addressDetails(), "pairs": pairDetails(), "token": tokenDetails(), "key": keyDetails(),
		"time": timeDetails(), "carrier": carrierDetails(), "facts": factDetails(),
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range list {
				r := diagnose.Explain(d.input())
				require.NotEmpty(t, r.Findings, d.en)
				f := r.Findings[0]
				require.Equal(t, d.en, f.Sentence.En)
				require.Equal(t, d.id, f.ID, d.en)
				require.Equal(t, d.proven, f.Proven, d.en)
				if d.zh != "" {
					require.Equal(t, d.zh, f.Sentence.Zh)
				}
				require.NotEmpty(t, f.Advice.En, d.en)
				require.NotEmpty(t, f.Advice.Zh, d.en)
				require.Equal(t, d.proven, r.Signed != nil, d.en)
			}
		})
	}
}
