package api_test

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
)

// signedNames is the claim of a request with the names that it covers, which those
// of S3 do not list.
func signedNames(entry *journal.Entry) *signer.Claim {
	if entry.Claim.Family == signer.QSign {
		return entry.Claim
	}
	c := *entry.Claim
	c.HeaderList, c.ParamList = nil, nil
	for name := range entry.Request.Header {
		if entry.Claim.SignsHeader(name) {
			c.HeaderList = append(c.HeaderList, strings.ToLower(name))
		}
	}
	for _, p := range entry.Request.Params {
		if name := p.DecodedName(); entry.Claim.SignsParam(name) {
			c.ParamList = append(c.ParamList, strings.ToLower(name))
		}
	}
	return &c
}

// s3Shapes are requests as S3 clients sign them: by both versions, in the header
// and in the URL, at every kind of address.
func s3Shapes(tb testing.TB, one, two *api.Emulator, key, temporary keyring.Key) []*shape {
	tb.Helper()
	cloud := victim + ".cos.ap-guangzhou.myqcloud.com"
	var list []*shape
	add := func(name string, e *api.Emulator, in signer.PresignInput, change ...string) {
		for _, family := range []signer.Family{signer.AWS4, signer.AWS2} {
			for _, carrier := range []signer.Carrier{signer.CarrierHeader, signer.CarrierQuery} {
				in := in
				in.Family, in.Carrier, in.Region, in.Start, in.Expires = family, carrier, testRegion, testTime(), time.Hour
				if in.Bucket == "" {
					in.Bucket = victim
				}
				if in.Credentials.SecretID == "" {
					in.Credentials = key.Credentials()
				}
				if in.Method == "" {
					in.Method = http.MethodPut
				}
				m := s3Message(tb, in, "x")
				raw := strings.NewReplacer(change...).Replace(string(m.bytes()))
				list = append(list, &shape{name: family.String() + " " + carrier.String() + ", " + name, e: e, raw: []byte(raw)})
			}
		}
	}
	add("virtual host", two, signer.PresignInput{Host: cloud, Key: "a b/c+d"})
	add("path style", two, signer.PresignInput{Host: local, PathStyle: true, Key: "a b/c"})
	add("path style, one bucket", one, signer.PresignInput{Host: local, PathStyle: true, Key: "photos-2024/b"})
	add("cloud's path style", two, signer.PresignInput{Host: "cos.ap-guangzhou.myqcloud.com", PathStyle: true, Key: "c", Method: http.MethodDelete})
	add("custom domain", two, signer.PresignInput{Host: "uploads.test", Bucket: second, Key: "a/" + victim + "/b"})
	add("port 80 dropped", two, signer.PresignInput{Host: cloud + ":80", Key: "b"}, "Host: "+cloud+":80", "Host: "+cloud)
	add("headers", two, signer.PresignInput{Host: cloud, Key: "b", Header: http.Header{
		"Content-Type": {"text/plain"}, "X-Amz-Acl": {"private"}, "X-Amz-Meta-A": {"a &b,c"},
	}})
	add("list", two, signer.PresignInput{Host: cloud, Method: http.MethodGet, Query: map[string][]string{"list-type": {"2"}, "prefix": {"a b/"}}})
	add("abort", two, signer.PresignInput{Host: cloud, Method: http.MethodDelete, Key: "b", Query: map[string][]string{"uploadId": {"1234"}}})
	add("acl", two, signer.PresignInput{Host: cloud, Method: http.MethodGet, Key: "b", Query: map[string][]string{"acl": {""}}})
	list = append(list, s3BodyShapes(tb, two, key, temporary)...)
	add("token", two, signer.PresignInput{Host: cloud, Key: "b", Credentials: temporary.Credentials()})
	return list
}

// s3BodyShapes are those whose body is signed, by its hash, in chunks or as the policy
// of a form, and those with names of S3 beside COS's own.
func s3BodyShapes(tb testing.TB, e *api.Emulator, key, temporary keyring.Key) []*shape {
	tb.Helper()
	in := func(by keyring.Key, header ...string) signer.PresignInput {
		in := signer.PresignInput{
			Credentials: by.Credentials(), Method: http.MethodPut, Family: signer.AWS4, Carrier: signer.CarrierHeader,
			Host: victim + ".cos.ap-guangzhou.myqcloud.com", Bucket: victim, Region: testRegion, Key: "b", Start: testTime(), Expires: time.Hour, Header: http.Header{},
		}
		for i := 0; i < len(header); i += 2 {
			in.Header.Set(header[i], header[i+1])
		}
		return in
	}
	hashed := s3Message(tb, in(key, "X-Amz-Content-Sha256", sha256Hex("hello")), "hello")
	inURL := in(key, "X-Amz-Content-Sha256", sha256Hex("hello"))
	inURL.Carrier = signer.CarrierQuery
	list := []*shape{
		{name: "AWS4 header, hash", e: e, raw: hashed.bytes(), data: []byte("hello")},
		{name: "AWS4 query, hash", e: e, raw: s3Message(tb, inURL, "hello").bytes(), data: []byte("hello")},
		{name: "AWS4 header, chunks", e: e, raw: chunkedMessage(tb, in(key), nil, "hello").bytes(), data: []byte("hello")},
		{name: "AWS4 header, chunks, token", e: e, raw: chunkedMessage(tb, in(temporary, "Content-Encoding", "aws-chunked"), nil, "hello").bytes(), data: []byte("hello")},
		{name: "AWS4 header, twins", e: e, raw: s3Message(tb, in(key, "X-Amz-Acl", "private", "X-Cos-Acl", "default"), "x").bytes()},
	}
	moved := in(key)
	moved.Carrier, moved.Query = signer.CarrierQuery, map[string][]string{"x-amz-acl": {"private"}, "x-amz-meta-a": {"b c"}}
	for _, family := range []signer.Family{signer.AWS4, signer.AWS2} {
		moved.Family = family
		list = append(list, &shape{name: family.String() + " query, headers in the URL", e: e, raw: s3Message(tb, moved, "x").bytes()})
		for _, by := range []keyring.Key{key, temporary} {
			form := s3Form(family, by, "")
			text, err := base64.StdEncoding.DecodeString(form.fields[1][1])
			require.NoError(tb, err)
			form = signedAgain(form, family, by, strings.Replace(string(text), testBucket, victim, 1))
			m := form.message(tb)
			m.host = victim + ".cos.ap-guangzhou.myqcloud.com"
			list = append(list, &shape{name: family.String() + " form, " + by.SecretID, e: e, raw: m.bytes()})
		}
	}
	return list
}

// signedAgain is a form with another policy.
func signedAgain(form *webForm, family signer.Family, by keyring.Key, text string) *webForm {
	policy := base64.StdEncoding.EncodeToString([]byte(text))
	form.set("policy", policy)
	if family == signer.AWS2 {
		form.set("signature", base64.StdEncoding.EncodeToString(hmacSHA1(by.SecretKey, policy)))
		return form
	}
	key := []byte("AWS4" + by.SecretKey)
	for _, part := range []string{"20261124", testRegion, "s3", "aws4_request"} {
		key = hmac256(key, part)
	}
	form.set("x-amz-signature", hex.EncodeToString(hmac256(key, policy)))
	return form
}

// formMeaning is what the policy of a form decides: the beginning of the key. Other
// fields may have any value (choice 690), and the file is not signed.
func formMeaning(m meaning) meaning {
	if strings.HasPrefix(m.Key, "up/") {
		m.Key = "up/"
	}
	return m
}

// addMoved adds x-amz-* parameters to the headers of their name, which AWS2 signs as
// one (choice 610).
func (m *meaning) addMoved(req *signer.Request, lists *signer.Claim) {
	for _, p := range req.Params {
		name := strings.ToLower(signer.DecodeForm(p.Name))
		if strings.HasPrefix(name, "x-amz-") {
			m.Headers[name] = append(m.Headers[name], signer.DecodeForm(p.Value))
		}
	}
	for name, values := range m.Headers {
		if len(values) == 0 {
			delete(m.Headers, name) // it came under neither name
		}
		slices.Sort(values)
	}
	for name := range req.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") && !slices.Contains(lists.HeaderList, name) {
			m.Headers[name] = append(m.Headers[name], strings.Join(strings.Fields(strings.Join(req.Header[http.CanonicalHeaderKey(name)], ",")), " "))
		}
	}
}

// checkStored holds what was stored against the body that was signed.
func (s *shape) checkStored(t *testing.T, entry *journal.Entry, raw []byte) {
	t.Helper()
	if s.data == nil || entry.Status >= 300 || entry.Operation != "PutObject" {
		return
	}
	r, err := s.e.Store().Open(entry.Bucket, entry.Key)
	require.NoError(t, err)
	defer r.Close()
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, string(s.data), string(got), "%s\n%q", s.name, raw)
}

// moves are the requests with an x-amz-* header as a parameter, and the other way
// round.
func moves(raw string) []string {
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	first := strings.Split(lines[0], " ")
	sep := "?"
	if strings.Contains(first[1], "?") {
		sep = "&"
	}
	var list []string
	for i, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if !strings.HasPrefix(strings.ToLower(name), "x-amz-") {
			continue
		}
		rest := slices.Concat(lines[1:1+i], lines[2+i:])
		for _, as := range []string{name, strings.ToLower(name)} {
			for _, said := range []string{signer.Encode(value), "public-read"} {
				target := first[1] + sep + as + "=" + said
				list = append(list, first[0]+" "+target+" HTTP/1.1\r\n"+strings.Join(rest, "\r\n")+"\r\n\r\n"+body)
				list = append(list, first[0]+" "+target+" HTTP/1.1\r\n"+strings.Join(lines[1:], "\r\n")+"\r\n\r\n"+body)
			}
		}
	}
	path, query, _ := strings.Cut(first[1], "?")
	pieces := strings.Split(query, "&")
	for i, piece := range pieces {
		name, value, _ := strings.Cut(piece, "=")
		if !strings.HasPrefix(strings.ToLower(name), "x-amz-") {
			continue
		}
		rest := strings.Join(slices.Concat(pieces[:i], pieces[i+1:]), "&")
		for _, said := range []string{signer.DecodeForm(value), "public-read"} {
			for _, target := range []string{path + "?" + rest, first[1]} {
				list = append(list, first[0]+" "+target+" HTTP/1.1\r\n"+name+": "+said+"\r\n"+strings.Join(lines[1:], "\r\n")+"\r\n\r\n"+body)
			}
		}
	}
	return list
}

// s3Mutations are what an attacker would try on such a request.
func s3Mutations(replace func(old string, puts ...string)) {
	replace("x-amz-acl", "X-AMZ-ACL", "x-amz-acl: public-read\r\nx-amz-acl", "x-cos-acl")
	replace("X-Amz-Acl", "x-amz-acl", "X-Amz-Acl: public-read\r\nX-Amz-Acl", "X-Cos-Acl: public-read\r\nX-Amz-Acl")
	replace("a &b,c", "a &b\r\nX-Amz-Meta-A: c", "a  &b,c", "a &b, c")
	replace("X-Amz-Expires=", "X-Amz-Expires=9&x-amz-expires=", "x-amz-expires=", "X-Amz-Expires=0")
	replace("X-Amz-Date", "x-amz-date", "X-Amz-Date=20261124T090000Z&X-Amz-Date")
	replace("X-Amz-Signature", "x-amz-signature", "prefix=&X-Amz-Signature", "acl&X-Amz-Signature", "versionId=1&X-Amz-Signature", "x-cos-acl=public-read&X-Amz-Signature")
	replace("&Signature=", "&acl&Signature=", "&ACL&Signature=", "&VERSIONID=1&Signature=", "&UploadID=1&Signature=", "&append&position=0&Signature=", "&x-amz-acl=public-read&Signature=", "&x-cos-acl=public-read&Signature=")
	replace("Expires=1", "Expires=2", "expires=1&Expires=1", "Expires=01")
	replace("AWSAccessKeyId", "awsaccesskeyid", "AWSAccessKeyId=a&AWSAccessKeyId")
	replace("SignedHeaders=", "SignedHeaders=accept;", "SignedHeaders=HOST;")
	replace("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	replace("Authorization: AWS", "authorization: AWS", "Authorization: x\r\nAuthorization: AWS", "Authorization:  AWS")
	replace("list-type=2", "list-type=1", "LIST-TYPE=2", "list-type=2&list-type=1", "list%2Dtype=2")
	replace("chunk-signature=", "chunk-signature=0", "CHUNK-SIGNATURE=", "x;chunk-signature=")
	replace("5;chunk", "05;chunk", "4;chunk", "6;chunk", "0;chunk", "5 ;chunk")
	replace("hello", "hallo", "hell", "hello!")
	replace("X-Amz-Decoded-Content-Length: 5", "X-Amz-Decoded-Content-Length: 4", "X-Amz-Decoded-Content-Length: 05", "X-Amz-Decoded-Content-Length: 5\r\nX-Amz-Decoded-Content-Length: 9")
	replace("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
	replace("X-Cos-Acl: default", "X-Cos-Acl: public-read", "x-cos-acl: default\r\nX-Cos-Acl: public-read", "X-Cos-Grant-Read: id=\"1\"")
	replace(`name="key"`, `name="Key"`, `name="key "`, `name="acl"`, `name="key"; name="key"`)
	replace("up/${filename}", "${filename}", "up/../k", "k")
	replace(`name="policy"`, `name="POLICY"`, `name="x"`)
	replace(`name="x-amz-credential"`, `name="X-Amz-Credential"`, `name="AWSAccessKeyId"`)
	replace("Content-Disposition: form-data; name=\"policy\"", "Content-Disposition: form-data; name=\"key\"\r\n\r\nelsewhere\r\n--x\r\nContent-Disposition: form-data; name=\"policy\"")
	replace("\r\n\r\n", "\r\nAuthorization: AWS a:b\r\n\r\n", "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a\r\n\r\n", "\r\nAuthorization: q-sign-algorithm=sha1&q-ak=a&q-signature=b\r\n\r\n",
		"\r\nX-Amz-Copy-Source: %2F"+second+"%2Fa\r\n\r\n", "\r\nX-Cos-Copy-Source: "+second+".cos.ap-guangzhou.myqcloud.com/a\r\n\r\n")
	replace(" HTTP/1.1", "?AWSAccessKeyId=a&Expires=1&Signature=b HTTP/1.1", "&AWSAccessKeyId=a&Expires=1&Signature=b HTTP/1.1", "&X-Amz-Signature=a HTTP/1.1", "&q-ak=a&q-signature=b HTTP/1.1", "&sign=q-ak%3Da%26q-signature%3Db HTTP/1.1")
	replace("aws4_request", "aws4_request/", "AWS4_request")
	replace("\r\n\r\n", "\r\nX-Amz-Copy-Source: /"+second+"/a\r\n\r\n", "\r\nx-amz-acl: public-read\r\n\r\n", "\r\nx-amz-date: 20261124T090000Z\r\n\r\n")
}
