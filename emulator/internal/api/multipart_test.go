package api_test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc64"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/storage"
)

const mib = 1 << 20

// pseudo is n bytes that follow from seed.
func pseudo(seed byte, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func md5ETag(b []byte) string {
	sum := md5.Sum(b)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func crc(b []byte) string {
	return strconv.FormatUint(crc64.Checksum(b, crc64.MakeTable(crc64.ECMA)), 10)
}

// initiate begins an upload and returns its ID.
func (s *server) initiate(key string, header ...string) string {
	s.tb.Helper()
	got := s.do(http.MethodPost, "/"+key+"?uploads", nil, header...)
	require.Equal(s.tb, 200, got.status, "%s", got.body)
	id := between(string(got.body), "<UploadId>", "</UploadId>")
	require.Regexp(s.tb, `^[0-9]{10}[0-9a-f]{64}$`, id)
	return id
}

func partTarget(key, id string, number int) string {
	return fmt.Sprintf("/%s?partNumber=%d&uploadId=%s", key, number, id)
}

// putPart uploads a part and returns its ETag.
func (s *server) putPart(key, id string, number int, body []byte) string {
	s.tb.Helper()
	got := s.do(http.MethodPut, partTarget(key, id, number), body)
	require.Equal(s.tb, 200, got.status, "%s", got.body)
	require.Empty(s.tb, got.body)
	require.Equal(s.tb, md5ETag(body), got.header.Get("ETag"))
	require.Equal(s.tb, crc(body), got.header.Get("X-Cos-Hash-Crc64ecma"))
	return got.header.Get("ETag")
}

// partList is the body of a Complete over parts 1, 2, … as Node writes it.
func partList(etags ...string) string {
	var b strings.Builder
	b.WriteString("<CompleteMultipartUpload>")
	for i, etag := range etags {
		fmt.Fprintf(&b, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1, strings.ReplaceAll(etag, `"`, "&quot;"))
	}
	b.WriteString("</CompleteMultipartUpload>")
	return b.String()
}

func (s *server) complete(key, id, doc string, header ...string) *answer {
	s.tb.Helper()
	return s.do(http.MethodPost, "/"+key+"?uploadId="+id, []byte(doc), header...)
}

// requireParts checks which parts an upload has, past the API.
func (s *server) requireParts(key, id string, numbers ...int) {
	s.tb.Helper()
	parts, err := s.store.Parts(testBucket, key, id)
	require.NoError(s.tb, err)
	have := []int{}
	for _, p := range parts {
		have = append(have, p.Number)
	}
	require.Equal(s.tb, append([]int{}, numbers...), have)
}

// TestMultipart takes an upload through its life: parts at once, in no order,
// one of them twice.
//
// holds: call InitiateMultipartUpload; call UploadPart?uploadId; call CompleteMultipartUpload; param uploadId; param partNumber
// holds: answer etag; answer x-cos-hash-crc64ecma; header x-cos-acl; header range; code NoSuchUpload
func TestMultipart(t *testing.T) {
	s := start(t, api.Config{})
	id := s.initiate("dir/big.bin", "Content-Type", "video/mp4", "x-cos-meta-a", "b", "x-cos-storage-class", "STANDARD_IA", "x-cos-acl", "public-read")
	sizes := []int{mib, 2*mib + 1, mib, mib + 7, 5}
	bodies := make([][]byte, len(sizes))
	etags := make([]string, len(sizes))
	s.putPart("dir/big.bin", id, 2, []byte("to be replaced"))
	var wg sync.WaitGroup
	for i := len(sizes) - 1; i >= 0; i-- {
		bodies[i] = pseudo(byte(i), sizes[i])
		m := s.signed(http.MethodPut, partTarget("dir/big.bin", id, i+1), bodies[i])
		wg.Go(func() {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			if _, err := conn.Write(m.bytes()); err != nil {
				t.Error(err)
			}
			etags[i] = readAnswer(t, conn, m.method).header.Get("ETag")
		})
	}
	wg.Wait()
	for i := range bodies {
		require.Equal(t, md5ETag(bodies[i]), etags[i])
	}
	s.requireParts("dir/big.bin", id, 1, 2, 3, 4, 5)
	s.requireNothing(testBucket, "dir/big.bin")

	s.clock.Advance(time.Minute)
	whole := bytes.Join(bodies, nil)
	done := s.complete("dir/big.bin", id, partList(etags...))
	require.Equal(t, 200, done.status, "%s", done.body)
	require.Equal(t, crc(whole), done.header.Get("X-Cos-Hash-Crc64ecma"))
	require.Empty(t, done.header.Get("ETag"))
	etag := between(string(done.body), "<ETag>&quot;", "&quot;</ETag>")
	require.Regexp(t, `^[0-9a-f]{32}-5$`, etag)
	require.Equal(t, `<?xml version="1.0" encoding="UTF-8"?>
<CompleteMultipartUploadResult xmlns="http://www.qcloud.com/document/product/436/7751">
	<Location>http://`+testHost+`/dir/big.bin</Location>
	<Bucket>`+testBucket+`</Bucket>
	<Key>dir/big.bin</Key>
	<ETag>&quot;`+etag+`&quot;</ETag>
</CompleteMultipartUploadResult>`, string(done.body))

	got := s.do(http.MethodGet, "/dir/big.bin", nil)
	require.True(t, bytes.Equal(whole, got.body))
	for name, want := range map[string]string{
		"ETag": `"` + etag + `"`, "X-Cos-Hash-Crc64ecma": crc(whole), "Content-Type": "video/mp4", "X-Cos-Meta-A": "b",
		"X-Cos-Storage-Class": "STANDARD_IA", "Last-Modified": "Tue, 24 Nov 2026 08:01:00 GMT",
	} {
		require.Equal(t, want, got.header.Get(name), name)
	}
	across := s.do(http.MethodGet, "/dir/big.bin", nil, "Range", fmt.Sprintf("bytes=%d-%d", mib-10, 3*mib+10))
	require.True(t, bytes.Equal(whole[mib-10:3*mib+11], across.body))
	open := s.send(&message{method: http.MethodGet, target: "/dir/big.bin", host: testHost})
	require.Equal(t, 200, open.status, "x-cos-acl of the beginning holds")
	require.Contains(t, string(s.do(http.MethodGet, "/", nil).body), "<ETag>&quot;"+etag+"&quot;</ETag>")
	s.requireRefused(s.do(http.MethodGet, "/dir/big.bin?uploadId="+id, nil), "gone", 404, "NoSuchUpload", "")
}

// TestMultipartSample is the documents' upload of one part under SSE-COS (COS
// docs: Upload Part, Complete Multipart Upload, sample 2).
//
// holds: call InitiateMultipartUpload; call UploadPart?uploadId; call CompleteMultipartUpload; header content-md5; answer x-cos-server-side-encryption
func TestMultipartSample(t *testing.T) {
	s := start(t, api.Config{})
	begun := s.do(http.MethodPost, "/exampleobject?uploads", nil, "x-cos-server-side-encryption", "AES256")
	require.Len(t, begun.body, 230, "the printed Content-Length")
	id := between(string(begun.body), "<UploadId>", "</UploadId>")
	require.Equal(t, "<InitiateMultipartUploadResult>\n\t<Bucket>examplebucket-1250000000</Bucket>\n\t<Key>exampleobject</Key>\n\t<UploadId>"+
		id+"</UploadId>\n</InitiateMultipartUploadResult>", string(begun.body))
	require.Equal(t, strconv.FormatInt(testTime().Unix(), 10), id[:10])

	part := s.do(http.MethodPut, partTarget("exampleobject", id, 1), []byte("[Object Part]"), "Content-MD5", "EI9SjrY7Zec08nrjMfX/qg==")
	require.Equal(t, 200, part.status, "%s", part.body)
	require.Equal(t, `"108f528eb63b65e734f27ae331f5ffaa"`, part.header.Get("ETag"))
	require.Equal(t, "4510578591875220731", part.header.Get("X-Cos-Hash-Crc64ecma"))
	doc := "<CompleteMultipartUpload>\r\n\t<Part>\r\n\t\t<PartNumber>1</PartNumber>\r\n\t\t<ETag>\"108f528eb63b65e734f27ae331f5ffaa\"</ETag>\r\n\t</Part>\r\n</CompleteMultipartUpload>"
	require.Len(t, doc, 153, "the printed Content-Length; its line breaks are what the printed Content-MD5 is of")
	done := s.complete("exampleobject", id, doc, "Content-MD5", "wmpyfdr9s/A+VCBwDdC1bA==", "Content-Type", "application/xml")
	require.Equal(t, 200, done.status, "%s", done.body)
	require.Equal(t, "4510578591875220731", done.header.Get("X-Cos-Hash-Crc64ecma"))
	for _, a := range []*answer{begun, part, done} {
		require.Equal(t, "AES256", a.header.Get("X-Cos-Server-Side-Encryption"))
	}
	s.requireStored(testBucket, "exampleobject", []byte("[Object Part]"))
}

// TestInitiateRefusals: what a PUT is refused for, and nothing begun.
//
// holds: call InitiateMultipartUpload; header x-cos-forbid-overwrite; code NotSupportedStorageClass; code KeyTooLong; code FileAlreadyExists
func TestInitiateRefusals(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/there", []byte("x")).status)
	for _, c := range []struct {
		name, target string
		header       []string
		status       int
		code         string
	}{
		{"class", "/a?uploads", []string{"x-cos-storage-class", "WARM"}, 400, "NotSupportedStorageClass"},
		{"acl", "/a?uploads", []string{"x-cos-acl", "public"}, 400, "InvalidArgument"},
		{"metadata", "/a?uploads", []string{"x-cos-meta-a", strings.Repeat("x", 2049)}, 400, "InvalidArgument"},
		{"customer's key", "/a?uploads", []string{"x-cos-server-side-encryption-customer-algorithm", "AES256"}, 501, "NotImplemented"},
		{"key", "/" + strings.Repeat("k", 851) + "?uploads", nil, 400, "KeyTooLong"},
		{"overwrite", "/there?uploads", []string{"x-cos-forbid-overwrite", "true"}, 409, "FileAlreadyExists"},
	} {
		s.requireRefused(s.do(http.MethodPost, c.target, nil, c.header...), c.name, c.status, c.code, "")
		page, err := s.store.ListUploads(testBucket, storage.UploadOptions{Max: 1})
		require.NoError(t, err)
		require.Empty(t, page.Uploads, c.name)
	}
	s.initiate("a", "x-cos-storage-class", "ARCHIVE", "x-cos-acl", "private", "x-cos-meta-a", strings.Repeat("x", 2048), "x-cos-forbid-overwrite", "true")
	s.initiate("there")
}

// TestPartRefusals: no refused part is stored, nor does it replace one.
//
// holds: call UploadPart?partNumber; param partNumber; param uploadId; code InvalidArgument; code NoSuchUpload; code EntityTooLarge; code IncompleteBody
func TestPartRefusals(t *testing.T) {
	s := start(t, api.Config{})
	id := s.initiate("a")
	etag := s.putPart("a", id, 1, []byte("before"))
	other := s.initiate("b")
	body := []byte("hello")
	sum := md5.Sum([]byte("other"))
	for _, c := range []struct {
		name, target string
		header       []string
		status       int
		code         string
	}{
		{"part 0", "/a?partNumber=0&uploadId=" + id, nil, 400, "InvalidArgument"},
		{"part 10001", "/a?partNumber=10001&uploadId=" + id, nil, 400, "InvalidArgument"},
		{"part -1", "/a?partNumber=-1&uploadId=" + id, nil, 400, "InvalidArgument"},
		{"part +1", "/a?partNumber=%2B1&uploadId=" + id, nil, 400, "InvalidArgument"},
		{"part x", "/a?partNumber=x&uploadId=" + id, nil, 400, "InvalidArgument"},
		{"part 1.0", "/a?partNumber=1.0&uploadId=" + id, nil, 400, "InvalidArgument"},
		{"too many digits", "/a?partNumber=18446744073709551617&uploadId=" + id, nil, 400, "InvalidArgument"},
		{"empty number", "/a?partNumber=&uploadId=" + id, nil, 400, "InvalidArgument"},
		{"no number", "/a?uploadId=" + id, nil, 400, "InvalidArgument"},
		{"no upload", "/a?partNumber=1", nil, 400, "InvalidArgument"},
		{"empty upload", "/a?partNumber=1&uploadId=", nil, 404, "NoSuchUpload"},
		{"unknown upload", "/a?partNumber=1&uploadId=x" + id, nil, 404, "NoSuchUpload"},
		{"another key's upload", "/a?partNumber=1&uploadId=" + other, nil, 404, "NoSuchUpload"},
		{"bad digest", "/a?partNumber=1&uploadId=" + id, []string{"Content-MD5", base64.StdEncoding.EncodeToString(sum[:])}, 400, "BadDigest"},
		{"no digest", "/a?partNumber=1&uploadId=" + id, []string{"Content-MD5", "xx"}, 400, "InvalidDigest"},
		{"customer's key", "/a?partNumber=1&uploadId=" + id, []string{"x-cos-server-side-encryption-customer-algorithm", "AES256"}, 501, "NotImplemented"},
		{"too large", "/a?partNumber=1&uploadId=" + id, []string{"Content-Length", strconv.Itoa(5<<30 + 1)}, 400, "EntityTooLarge"},
	} {
		s.requireRefused(s.do(http.MethodPut, c.target, body, c.header...), c.name, c.status, c.code, "")
		s.requireParts("a", id, 1)
		s.requireParts("b", other)
		s.requireNothing(testBucket, "a")
	}
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	cut := s.signed(http.MethodPut, partTarget("a", id, 1), body).bytes()
	_, err = conn.Write(cut[:len(cut)-1])
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	s.requireRefused(readAnswer(t, conn, http.MethodPut), "cut", 400, "IncompleteBody", "")
	require.NoError(t, conn.Close())
	listed := s.do(http.MethodGet, "/a?uploadId="+id, nil)
	require.Contains(t, string(listed.body), strings.ReplaceAll(etag, `"`, "&quot;"), "the part from before")

	s.putPart("a", id, 10_000, body)
	s.putPart("a", id, 1, nil)
	s.requireParts("a", id, 1, 10_000)
}

// holds: call AbortMultipartUpload; code NoSuchUpload; code BucketNotEmpty
func TestAbort(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("object")).status)
	id, other := s.initiate("a"), s.initiate("a")
	s.putPart("a", id, 1, pseudo(1, 100_000))
	for name, upload := range map[string]string{"empty": "", "unknown": "x", "cut": id[1:]} {
		s.requireRefused(s.do(http.MethodDelete, "/a?uploadId="+upload, nil), name, 404, "NoSuchUpload", "")
		s.requireParts("a", id, 1)
		s.requireStored(testBucket, "a", []byte("object"))
	}
	s.requireRefused(s.do(http.MethodDelete, "/", nil), "bucket", 409, "BucketNotEmpty", "")
	got := s.do(http.MethodDelete, "/a?uploadId="+id, nil)
	require.Equal(t, 204, got.status)
	require.Empty(t, got.body)
	s.requireRefused(s.do(http.MethodDelete, "/a?uploadId="+id, nil), "again", 404, "NoSuchUpload", "")
	s.requireRefused(s.do(http.MethodPut, partTarget("a", id, 2), []byte("x")), "late part", 404, "NoSuchUpload", "")
	s.requireParts("a", other)
	s.requireStored(testBucket, "a", []byte("object"))

	require.Equal(t, 204, s.do(http.MethodDelete, "/a", nil).status)
	s.requireRefused(s.do(http.MethodDelete, "/", nil), "bucket", 409, "BucketNotEmpty", "")
	require.Equal(t, 204, s.do(http.MethodDelete, "/a?uploadId="+other, nil).status)
	require.Equal(t, 204, s.do(http.MethodDelete, "/", nil).status, "nothing holds the bucket")
}

// TestMultipartAccess: who may do what by the bucket's ACL (COS docs: ACL 概述).
//
// holds: call ListMultipartUploads; call ListParts; call AbortMultipartUpload; code AccessDenied
func TestMultipartAccess(t *testing.T) {
	foreign := keyring.Key{SecretID: "AKIDanother", SecretKey: "another", AppID: "1300000001"}
	s := start(t, api.Config{
		Keys: []keyring.Key{testKey(), foreign},
		Buckets: []api.BucketConfig{
			{Name: testBucket}, {Name: "read-1250000000", ACL: api.ACLPublicRead}, {Name: "write-1250000000", ACL: api.ACLPublicReadWrite},
		},
	})
	for _, c := range []struct {
		bucket        string
		read, written bool
	}{{testBucket, false, false}, {"read-1250000000", true, false}, {"write-1250000000", true, true}} {
		host := c.bucket + ".cos." + testRegion + ".myqcloud.com"
		begun := s.send(s.signedBy(testKey(), http.MethodPost, host, "/a?uploads", nil))
		require.Equal(t, 200, begun.status)
		id := between(string(begun.body), "<UploadId>", "</UploadId>")
		ask := map[string]func(method, target string, body []byte) *message{
			"anonymous": func(method, target string, body []byte) *message {
				return &message{method: method, target: target, host: host, body: body}
			},
			"another account": func(method, target string, body []byte) *message {
				return s.signedBy(foreign, method, host, target, body)
			},
		}
		for who, request := range ask {
			for _, q := range []struct {
				name, method, target, body string
				allowed                    bool
			}{
				{"list uploads", http.MethodGet, "/?uploads", "", c.read},
				{"initiate", http.MethodPost, "/b?uploads", "", c.written},
				{"part", http.MethodPut, partTarget("a", id, 1), "hello", c.written},
				{"list parts", http.MethodGet, "/a?uploadId=" + id, "", false},
				{"abort", http.MethodDelete, "/a?uploadId=" + id, "", false},
				{"complete", http.MethodPost, "/a?uploadId=" + id, partList(md5ETag([]byte("hello"))), c.written},
			} {
				got := s.send(request(q.method, q.target, []byte(q.body)))
				if q.allowed {
					require.Equal(t, 200, got.status, "%s, %s, %s: %s", c.bucket, who, q.name, got.body)
					continue
				}
				s.requireRefused(got, c.bucket+", "+who+", "+q.name, 403, "AccessDenied", "Access Denied.")
				if !c.written {
					_, err := s.store.Upload(c.bucket, "a", id)
					require.NoError(t, err)
					s.requireNothing(c.bucket, "a")
				}
			}
			if c.written { // for the next one
				s.requireStored(c.bucket, "a", []byte("hello"))
				begun := s.send(s.signedBy(testKey(), http.MethodPost, host, "/a?uploads", nil))
				id = between(string(begun.body), "<UploadId>", "</UploadId>")
			}
		}
	}
	anyone := s.send(&message{method: http.MethodGet, target: "/?uploads&prefix=b&max-uploads=1", host: "write-1250000000.cos." + testRegion + ".myqcloud.com"})
	initiator := between(string(anyone.body), "<Initiator>", "</Initiator>")
	require.True(t, strings.Contains(initiator, "<ID>qcs::cam::anyone:anyone</ID>") || strings.Contains(initiator, "uin/1300000001"), "%s", anyone.body)
}
