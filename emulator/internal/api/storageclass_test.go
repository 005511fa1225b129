package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
)

const (
	mazBucket = "mazbucket-1250000000"
	mazHost   = mazBucket + ".cos." + testRegion + ".myqcloud.com"
)

// uploadClass uploads by one of three calls and returns the answer.
func (s *server) uploadClass(how, host, class string) *answer {
	var header []string
	if class != "" {
		header = []string{"x-cos-storage-class", class}
	}
	send := func(method, target string, body []byte, header ...string) *answer {
		return s.send(s.signedBy(testKey(), method, host, target, body, header...))
	}
	switch how {
	case "PUT":
		return send(http.MethodPut, "/a", []byte("x"), header...)
	case "copy":
		return send(http.MethodPut, "/a", nil, append(header, "x-cos-copy-source", host+"/source")...)
	}
	got := send(http.MethodPost, "/a?uploads", nil, header...)
	id := between(string(got.body), "<UploadId>", "</UploadId>")
	if id == "" {
		return got
	}
	part := send(http.MethodPut, "/a?partNumber=1&uploadId="+id, []byte("x"))
	return send(http.MethodPost, "/a?uploadId="+id, []byte(
		"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"+part.header.Get("ETag")+"</ETag></Part></CompleteMultipartUpload>"))
}

// TestStorageClasses: every class of every SDK, in any case, as the bucket
// takes it; shown in capitals.
//
// holds: header x-cos-storage-class; answer x-cos-storage-class
// holds: code MAZOperationNotSupportOnOAZBucket; code OAZOperationNotSupportOnMAZBucket; code NotSupportedStorageClass
// holds: call PutBucketIntelligentTiering; call GetBucketIntelligentTiering
func TestStorageClasses(t *testing.T) {
	const tiering = "<IntelligentTieringConfiguration><Status>Enabled</Status><Transition><Days>30</Days><RequestFrequent>1</RequestFrequent></Transition></IntelligentTieringConfiguration>"
	s := start(t, api.Config{Buckets: []api.BucketConfig{
		{Name: testBucket, Region: testRegion}, {Name: mazBucket, Region: testRegion, MAZ: true},
	}})
	require.Equal(t, "<IntelligentTieringConfiguration/>", string(s.do(http.MethodGet, "/?intelligenttiering", nil).body))
	s.requireRefused(s.do(http.MethodPut, "/?intelligenttiering", []byte(strings.Replace(tiering, "Enabled", "Suspended", 1))), "off", 400, "MalformedXML", "")
	for _, enabled := range []bool{false, true} {
		for _, host := range []string{testHost, mazHost} {
			bucket := strings.TrimSuffix(host, ".cos."+testRegion+".myqcloud.com")
			if enabled {
				require.Equal(t, 200, s.send(s.signedBy(testKey(), http.MethodPut, host, "/?intelligenttiering", []byte(tiering))).status)
			}
			require.Equal(t, 200, s.send(s.signedBy(testKey(), http.MethodPut, host, "/source", []byte("x"))).status)
			for _, how := range []string{"PUT", "copy", "parts"} {
				for _, class := range []string{
					"", "STANDARD", "Standard", "Standard_IA", "standard_ia", "Intelligent_Tiering", "Archive", "Deep_Archive", "Cold",
					"Maz_Standard", "MAZ_STANDARD_IA", "Maz_Intelligent_Tiering", "maz_archive", "Maz_Deep_Archive", "MAZ_COLD",
					"WARM", "MAZ_", "MAZ_WARM", "MAZ_MAZ_STANDARD",
				} {
					want, code := strings.ToUpper(class), ""
					maz := strings.HasPrefix(want, "MAZ_")
					switch {
					case class == "" && host == mazHost:
						want = "MAZ_STANDARD"
					case class == "":
						want = "STANDARD"
					}
					switch {
					case strings.HasSuffix(want, "WARM"), want == "MAZ_", want == "MAZ_MAZ_STANDARD":
						code = "NotSupportedStorageClass"
					case class != "" && maz && host == testHost:
						code = "MAZOperationNotSupportOnOAZBucket"
					case class != "" && !maz && host == mazHost:
						code = "OAZOperationNotSupportOnMAZBucket"
					case strings.HasSuffix(want, "TIERING") && !enabled:
						code = "NotSupportedStorageClass"
					}
					got := s.uploadClass(how, host, class)
					name := how + " " + class + " to " + bucket
					if code != "" {
						s.requireRefused(got, name, 400, code, "")
						s.requireNothing(bucket, "a")
						continue
					}
					require.Equal(t, 200, got.status, "%s: %s", name, got.body)
					shown := want
					if want == "STANDARD" {
						shown = "" // answers leave it out
					}
					head := s.send(s.signedBy(testKey(), http.MethodHead, host, "/a", nil))
					require.Equal(t, shown, head.header.Get("x-cos-storage-class"), name)
					list := s.send(s.signedBy(testKey(), http.MethodGet, host, "/?prefix=a", nil))
					require.Equal(t, want, between(string(list.body), "<StorageClass>", "</StorageClass>"), name)
					get := s.send(s.signedBy(testKey(), http.MethodGet, host, "/a", nil))
					if strings.HasSuffix(want, "ARCHIVE") {
						s.requireRefused(get, name, 403, "InvalidObjectState", "")
					} else {
						require.Equal(t, "x", string(get.body), name)
					}
					s.remove(bucket, "a")
				}
			}
		}
	}
	require.Equal(t, tiering, string(s.do(http.MethodGet, "/?intelligenttiering", nil).body))
	s.requireRefused(s.do(http.MethodPut, "/b", nil, "x-cos-copy-source", mazHost+"/source"), "out of a MAZ bucket", 400, "MAZOperationNotSupportOnOAZBucket", "")
	s.requireNothing(testBucket, "b")
	require.Equal(t, 200, s.send(s.signedBy(testKey(), http.MethodPut, mazHost, "/b", nil, "x-cos-copy-source", testHost+"/source")).status)
	s.requireRefused(s.send(s.signedBy(testKey(), http.MethodPost, mazHost, "/log?append&position=0", []byte("x"))), "append", 400, "NotSupportedStorageClass", "")
}

// TestMAZBuckets are made by the body of PUT Bucket, and stay so.
//
// holds: call PutBucket; call HeadBucket; answer x-cos-bucket-az-type
func TestMAZBuckets(t *testing.T) {
	s := start(t, api.Config{})
	host := func(name string) string { return name + "-1250000000.cos." + testRegion + ".myqcloud.com" }
	for _, c := range []struct {
		name, doc string
		maz       bool
	}{
		{"maz", "<CreateBucketConfiguration><BucketAZConfig>MAZ</BucketAZConfig></CreateBucketConfiguration>", true},
		{"indented", "<CreateBucketConfiguration>    <BucketAZConfig>MAZ</BucketAZConfig></CreateBucketConfiguration>", true},
		{"oaz", "<CreateBucketConfiguration><BucketAZConfig>OAZ</BucketAZConfig></CreateBucketConfiguration>", false},
		{"empty", "<CreateBucketConfiguration></CreateBucketConfiguration>", false},
		{"nothing", "", false},
	} {
		require.Equal(t, 200, s.send(s.signedBy(testKey(), http.MethodPut, host(c.name), "/", []byte(c.doc))).status, c.name)
		want := ""
		if c.maz {
			want = "MAZ"
		}
		require.Equal(t, want, s.send(s.signedBy(testKey(), http.MethodHead, host(c.name), "/", nil)).header.Get("x-cos-bucket-az-type"), c.name)
	}
	for name, doc := range map[string]string{
		"another":  "<CreateBucketConfiguration><BucketAZConfig>LRS</BucketAZConfig></CreateBucketConfiguration>",
		"location": "<CreateBucketConfiguration><LocationConstraint>ap-guangzhou</LocationConstraint></CreateBucketConfiguration>",
		"no-xml":   "MAZ",
	} {
		s.requireRefused(s.send(s.signedBy(testKey(), http.MethodPut, host(name), "/", []byte(doc))), name, 400, "MalformedXML", "")
	}
	s.requireRefused(s.send(s.signedBy(testKey(), http.MethodPut, host("ofs"), "/",
		[]byte("<CreateBucketConfiguration><BucketArchConfig>OFS</BucketArchConfig></CreateBucketConfiguration>"))), "OFS", 501, "NotImplemented", "")
	buckets, err := s.e.Buckets()
	require.NoError(t, err)
	require.Len(t, buckets, 6, "the configured one and five more")
	require.NoError(t, s.e.CreateBucket(api.BucketConfig{Name: mazBucket, MAZ: true}))
	require.Equal(t, "MAZ", s.send(s.signedBy(testKey(), http.MethodHead, mazHost, "/", nil)).header.Get("x-cos-bucket-az-type"))
}
