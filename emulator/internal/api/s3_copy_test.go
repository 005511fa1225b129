package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
)

// s3Asks is a request of a key in each of the four ways in which S3 clients sign.
func s3Asks(change func(*signer.PresignInput)) map[string]signer.PresignInput {
	all := map[string]signer.PresignInput{}
	for _, family := range []signer.Family{signer.AWS4, signer.AWS2} {
		for _, carrier := range []signer.Carrier{signer.CarrierHeader, signer.CarrierQuery} {
			in := bySDK(family, carrier)
			change(&in)
			all[family.String()+" "+carrier.String()] = in
		}
	}
	return all
}

// TestS3CopySource: the source may be encoded as a whole, as clients of S3 do (choice
// 717). It is decoded once: a key that looks like an escape is another object.
//
// holds: header x-cos-copy-source
func TestS3CopySource(t *testing.T) {
	s := start(t, api.Config{})
	for target, content := range map[string]string{
		"/dir/a%20b": "blank", "/dir%252Fa": "a percent sign", "/dir/a": "a slash", "/top": "top", "/q%3FversionId%3Dnull": "a question mark",
	} {
		require.Equal(t, 200, s.do("PUT", target, []byte(content)).status, target)
	}
	for source, want := range map[string]string{
		testBucket + "/dir/a%20b":                                      "blank",
		testBucket + "%2Fdir%2Fa%20b":                                  "blank",
		"%2F" + testBucket + "%2Fdir%2Fa%20b":                          "blank",
		"%2f" + testBucket + "%2fdir%2fa%20b":                          "blank",
		"/" + testBucket + "%2Fdir/a+b":                                "blank",
		testBucket + "%2Ftop?versionId=null":                           "top",
		"%2F" + testBucket + "%2Ftop?versionId=null":                   "top",
		testBucket + "%2Fq%3FversionId%3Dnull":                         "a question mark",
		testBucket + "%2Fdir%2Fa":                                      "a slash",
		testBucket + "%2Fdir%252Fa":                                    "a percent sign",
		testBucket + "/dir%252Fa":                                      "a percent sign",
		testHost + "%2Ftop":                                            "top",
		"cos." + testRegion + ".myqcloud.com%2F" + testBucket + "/top": "top",
	} {
		for name, in := range s3Asks(func(in *signer.PresignInput) { in.Key = "dst"; in.Header.Set("X-Amz-Copy-Source", source) }) {
			a := s.send(s3Message(t, in, ""))
			require.Equal(t, 200, a.status, "%s, %s: %s", name, source, a.body)
			s.requireStored(testBucket, "dst", []byte(want))
			s.remove(testBucket, "dst")
		}
	}
	for _, source := range []string{
		testBucket + "%252Ftop", "%252F" + testBucket + "%252Ftop", "%2F%2F" + testBucket + "%2Ftop", testBucket + "%2F", "%2F", testBucket,
	} {
		for name, in := range s3Asks(func(in *signer.PresignInput) { in.Key = "dst"; in.Header.Set("X-Amz-Copy-Source", source) }) {
			a := s.send(s3Message(t, in, "a body in its place"))
			require.Equal(t, 400, a.status, "%s, %s: %s", name, source, a.body)
			require.Equal(t, "InvalidCopySource", a.code(), "%s, %s", name, source)
			s.requireNothing(testBucket, "dst")
		}
	}
}

// TestS3CopyOfWhatIsAllowed: the object that rights decide about is the one that is
// copied, however its name is written.
func TestS3CopyOfWhatIsAllowed(t *testing.T) {
	s := startACL(t)
	require.Equal(t, 200, s.do("PUT", "/dir%252Fb", []byte("kept")).status)
	require.Equal(t, 200, s.do("PUT", "/secret/x", []byte("kept")).status)
	k := cutKey(t, statement("allow", "name/cos:PutObject", "*"), statement("allow", "name/cos:GetObject", within("dir/*")))
	s.with(k)
	for source, allowed := range map[string]bool{
		testBucket + "/dir/b":                   true,
		testBucket + "%2Fdir%2Fb":               true,
		"%2F" + testBucket + "%2Fdir/b":         true,
		testBucket + "/dir%252Fb":               false,
		testBucket + "%2Fdir%252Fb":             false,
		testBucket + "%2Fdir%2F..%2Fsecret%2Fx": false,
		testBucket + "%2Fsecret%2Fx":            false,
		testBucket + "%2F%64ir%2f..%2fa":        false,
		testBucket + "/a?x=%2Fdir%2Fb":          false,
		testBucket + "%2Fa%3F/dir/b":            false,
	} {
		for name, in := range s3Asks(func(in *signer.PresignInput) {
			in.Credentials, in.Key = k.Credentials(), "dst"
			in.Header.Set("X-Amz-Copy-Source", source)
		}) {
			a := s.send(s3Message(t, in, ""))
			if allowed {
				require.Equal(t, 200, a.status, "%s, %s: %s", name, source, a.body)
				s.requireStored(testBucket, "dst", []byte("dir/b"))
				s.remove(testBucket, "dst")
				continue
			}
			require.NotEqual(t, 200, a.status, "%s, %s", name, source)
			s.requireNothing(testBucket, "dst")
		}
	}
}

// TestS3CopyParts: the same for the part of an upload.
func TestS3CopyParts(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do("PUT", "/dir/a", []byte("hello")).status)
	id := s.initiate("parts")
	part := func(source string) map[string]signer.PresignInput {
		return s3Asks(func(in *signer.PresignInput) {
			in.Key, in.Query = "parts", map[string][]string{"partNumber": {"1"}, "uploadId": {id}}
			in.Header.Set("X-Amz-Copy-Source", source)
		})
	}
	for name, in := range part("%2F" + testBucket + "%2Fdir%2Fa") {
		a := s.send(s3Message(t, in, ""))
		require.Equal(t, 200, a.status, "%s: %s", name, a.body)
		require.Contains(t, string(a.body), crc([]byte("hello")))
	}
	for name, in := range part(testBucket + "%2Fdir%252Fa") {
		require.Equal(t, "NoSuchKey", s.send(s3Message(t, in, "")).code(), name)
	}
}

// TestS3LocationConstraint: an S3 client names a region in the body of PUT Bucket.
// The host decides where the bucket is (choice 713); a body that is no
// configuration, or that the signature does not cover, makes no bucket.
//
// holds: call PutBucket
func TestS3LocationConstraint(t *testing.T) {
	s := start(t, api.Config{})
	const host = "cos.ap-shanghai.myqcloud.com"
	constraint := func(region string) string {
		return `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>` + region + `</LocationConstraint></CreateBucketConfiguration>`
	}
	create := func(name, body string, hashed bool) map[string]*message {
		all := map[string]*message{}
		for way, in := range s3Asks(func(in *signer.PresignInput) {
			in.Host, in.Bucket, in.PathStyle, in.Key, in.Method = host, name, true, "", http.MethodPut
			if hashed && in.Family == signer.AWS4 {
				in.Header.Set("X-Amz-Content-Sha256", sha256Hex(body))
			}
		}) {
			all[way] = s3Message(t, in, body)
		}
		return all
	}
	const name = "fresh-" + testAppID
	for _, region := range []string{"ap-shanghai", "us-east-1", "EU", ""} {
		for _, hashed := range []bool{true, false} {
			for way, m := range create(name, constraint(region), hashed) {
				a := s.send(m)
				require.Equal(t, 200, a.status, "%s, %q: %s", way, region, a.body)
				b, err := s.store.Bucket(name)
				require.NoError(t, err, way)
				require.Equal(t, "ap-shanghai", b.Region, "the host says where")
				require.NoError(t, s.store.DeleteBucket(name))
			}
		}
	}
	for body, code := range map[string]string{
		"<CreateBucketConfiguration><LocationConstraint>ap-shanghai":                                                "MalformedXML",
		"<CreateBucketConfiguration><LocationConstraint><a/></LocationConstraint></CreateBucketConfiguration>":      "MalformedXML",
		"<LocationConstraint>ap-shanghai</LocationConstraint>":                                                      "MalformedXML",
		"<CreateBucketConfiguration><LocationConstrain>ap-shanghai</LocationConstrain></CreateBucketConfiguration>": "MalformedXML",
		"not XML at all": "MalformedXML",
	} {
		for way, m := range create(name, body, false) {
			a := s.send(m)
			require.Equal(t, code, a.code(), "%s, %s: %s", way, body, a.body)
			_, err := s.store.Bucket(name)
			require.Error(t, err, way)
		}
	}
	for way, m := range create(name, constraint("ap-shanghai"), true) {
		if way[:4] != "AWS4" {
			continue
		}
		m.body = []byte(constraint("ap-shanghaj"))
		require.Equal(t, "XAmzContentSHA256Mismatch", s.send(m).code(), way)
		_, err := s.store.Bucket(name)
		require.Error(t, err, way)
	}
	for way, m := range create("other-1300000001", constraint("ap-shanghai"), false) {
		require.Equal(t, "AccessDenied", s.send(m).code(), "%s: another account's", way)
		_, err := s.store.Bucket("other-1300000001")
		require.Error(t, err)
	}
	for way, m := range create(name, constraint("ap-shanghai"), false) {
		m.target = "/else-" + testAppID + m.target[len("/"+name):]
		require.Equal(t, mismatch, s.send(m).code(), way)
		_, err := s.store.Bucket("else-" + testAppID)
		require.Error(t, err, way)
	}
}
