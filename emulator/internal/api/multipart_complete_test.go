package api_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/storage"
)

// TestCompleteRefusals: each with its code, and upload, parts and the object
// from before as they were; then the same upload is completed.
//
// holds: call CompleteMultipartUpload; code EntityTooSmall; code InvalidPart; code InvalidPartOrder; code MalformedXML
func TestCompleteRefusals(t *testing.T) {
	s := start(t, api.Config{})
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("before")).status)
	id := s.initiate("a")
	bodies := [][]byte{pseudo(1, mib), pseudo(2, mib-1), pseudo(3, mib), pseudo(4, 3)}
	var etags []string
	for i, b := range bodies {
		etags = append(etags, s.putPart("a", id, i+1, b))
	}
	s.putPart("a", id, 6, bodies[0])
	item := func(number any, etag string) string {
		return fmt.Sprintf("<Part><ETag>%s</ETag><PartNumber>%v</PartNumber></Part>", strings.ReplaceAll(etag, `"`, "&#34;"), number)
	}
	doc := func(items ...string) string {
		return "<CompleteMultipartUpload>" + strings.Join(items, "") + "</CompleteMultipartUpload>"
	}
	all := s.do(http.MethodGet, "/a?uploadId="+id, nil).body
	good := doc(item(3, etags[2]), item(4, etags[3]))
	for _, c := range []struct {
		name, upload, doc string
		header            []string
		status            int
		code              string
	}{
		{"empty", id, "", nil, 400, "MalformedXML"},
		{"no part", id, doc(), nil, 400, "MalformedXML"},
		{"cut", id, good[:len(good)-3], nil, 400, "MalformedXML"},
		{"no XML", id, "{}", nil, 400, "MalformedXML"},
		{"another root", id, strings.ReplaceAll(good, "Complete", "Abort"), nil, 400, "MalformedXML"},
		{"two roots", id, good + good, nil, 400, "MalformedXML"},
		{"text behind", id, good + "x", nil, 400, "MalformedXML"},
		{"document type", id, "<!DOCTYPE a>" + good, nil, 400, "MalformedXML"},
		{"unknown entity", id, doc(item(3, "&bomb;")), nil, 400, "MalformedXML"},
		{"no number", id, doc("<Part><ETag>x</ETag></Part>"), nil, 400, "MalformedXML"},
		{"no ETag", id, doc("<Part><PartNumber>1</PartNumber></Part>"), nil, 400, "MalformedXML"},
		{"number is none", id, doc(item("one", etags[0])), nil, 400, "MalformedXML"},
		{"two numbers", id, doc("<Part><PartNumber>3</PartNumber><PartNumber>3</PartNumber><ETag>" + etags[2] + "</ETag></Part>"), nil, 400, "MalformedXML"},
		{"10001 parts", id, doc(strings.Repeat(item(3, etags[2]), 10_001)), nil, 400, "MalformedXML"},
		{"4 MB", id, good + strings.Repeat(" ", 4_000_000), nil, 400, "XMLSizeLimit"},
		{"wrong digest", id, good, []string{"Content-MD5", "wmpyfdr9s/A+VCBwDdC1bA=="}, 400, "BadDigest"},
		{"no upload", "", good, nil, 404, "NoSuchUpload"},
		{"unknown upload", "x" + id, good, nil, 404, "NoSuchUpload"},
		{"falling", id, doc(item(4, etags[3]), item(3, etags[2])), nil, 400, "InvalidPartOrder"},
		{"twice", id, doc(item(3, etags[2]), item(3, etags[2])), nil, 400, "InvalidPartOrder"},
		{"falling and unknown", id, doc(item(9, "x"), item(8, "x")), nil, 400, "InvalidPartOrder"},
		{"part left out", id, doc(item(1, etags[0]), item(3, etags[2])), nil, 400, "InvalidPart"},
		{"part that is not there", id, doc(item(3, etags[2]), item(4, etags[3]), item(5, etags[3])), nil, 400, "InvalidPart"},
		{"part behind a gap", id, doc(item(4, etags[3]), item(6, etags[0])), nil, 400, "InvalidPart"},
		{"part 0", id, doc(item(0, etags[0]), item(1, etags[0])), nil, 400, "InvalidPart"},
		{"part 10001", id, doc(item(10_001, etags[0])), nil, 400, "InvalidPart"},
		{"another ETag", id, doc(item(3, etags[0])), nil, 400, "InvalidPart"},
		{"empty ETag", id, doc(item(3, "")), nil, 400, "InvalidPart"},
		{"too small and wrong", id, doc(item(1, etags[0]), item(2, etags[1]), item(3, "x")), nil, 400, "InvalidPart"},
		{"too small", id, doc(item(1, etags[0]), item(2, etags[1]), item(3, etags[2])), nil, 400, "EntityTooSmall"},
		{"overwrite", id, good, []string{"x-cos-forbid-overwrite", "true"}, 409, "FileAlreadyExists"},
	} {
		s.requireRefused(s.complete("a", c.upload, c.doc, c.header...), c.name, c.status, c.code, "")
		s.requireStored(testBucket, "a", []byte("before"))
		require.Equal(t, string(all), string(s.do(http.MethodGet, "/a?uploadId="+id, nil).body), c.name)
	}
	noLength := s.signed(http.MethodPost, "/a?uploadId="+id, nil)
	noLength.chunked, noLength.body = true, []byte(good)
	require.Equal(t, 200, s.send(noLength).status, "a chunked body is fine, so is a first part that is not part 1")
	s.requireStored(testBucket, "a", bytes.Join(bodies[2:], nil))
	s.requireRefused(s.do(http.MethodGet, "/a?uploadId="+id, nil), "all of it ended", 404, "NoSuchUpload", "")
}

// TestCompleteForms: how else a Complete may be written.
func TestCompleteForms(t *testing.T) {
	s := start(t, api.Config{})
	etag := strings.Trim(md5ETag([]byte("hello")), `"`)
	for name, doc := range map[string]string{
		"declared":       `<?xml version="1.0" encoding="UTF-8"?>` + "\n<CompleteMultipartUpload>\n\t<Part>\n\t\t<PartNumber> 1 </PartNumber>\n\t\t<ETag>\n" + etag + "\n</ETag>\n\t</Part>\n</CompleteMultipartUpload>\n",
		"byte mark":      "\ufeff" + partList(etag),
		"namespace":      `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><ETag>` + etag + `</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>`,
		"upper case":     partList(strings.ToUpper(etag)),
		"more elements":  "<CompleteMultipartUpload><Note><Part/></Note><Part><PartNumber>1</PartNumber><Checksum><a/></Checksum><ETag>" + etag + "</ETag></Part></CompleteMultipartUpload>",
		"CDATA, comment": "<CompleteMultipartUpload><!-- one --><Part><PartNumber>1<!-- 2 --></PartNumber><ETag><![CDATA[\"" + etag + "\"]]></ETag></Part></CompleteMultipartUpload>",
		"references":     "<CompleteMultipartUpload><Part><PartNumber>&#49;</PartNumber><ETag>&#x22;" + etag + "&apos;&apos;</ETag></Part></CompleteMultipartUpload>",
	} {
		id := s.initiate("a")
		s.putPart("a", id, 1, []byte("hello"))
		if name == "references" { // &apos; is known, and no quote of an ETag
			s.requireRefused(s.complete("a", id, doc), name, 400, "InvalidPart", "")
			doc = strings.ReplaceAll(doc, "&apos;&apos;", "&quot;")
		}
		got := s.complete("a", id, doc)
		require.Equal(t, 200, got.status, "%s: %s", name, got.body)
		s.requireStored(testBucket, "a", []byte("hello"))
		s.remove(testBucket, "a")
	}
}

// TestCompleteAgain: a client whose answer was lost asks again and gets it, for
// as long as the object is the one of its upload.
//
// holds: call CompleteMultipartUpload
func TestCompleteAgain(t *testing.T) {
	s := start(t, api.Config{})
	id := s.initiate("a", "x-cos-server-side-encryption", "AES256")
	first, second := pseudo(1, mib), pseudo(2, 10)
	etags := []string{s.putPart("a", id, 1, first), s.putPart("a", id, 2, second)}
	doc := partList(etags...)
	answers := make([]*answer, 6)
	var wg sync.WaitGroup
	for i := range answers {
		m := s.signed(http.MethodPost, "/a?uploadId="+id, []byte(doc), "x-cos-forbid-overwrite", "true")
		wg.Go(func() {
			conn, err := net.Dial("tcp", s.addr)
			if err == nil {
				_, err = conn.Write(m.bytes())
			}
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			answers[i] = readAnswer(t, conn, m.method)
		})
	}
	wg.Wait()
	for _, got := range append([]*answer{s.complete("a", id, doc, "x-cos-forbid-overwrite", "true")}, answers...) {
		require.Equal(t, 200, got.status, "%s", got.body)
		require.Equal(t, string(answers[0].body), string(got.body))
		require.Equal(t, crc(append(bytes.Clone(first), second...)), got.header.Get("X-Cos-Hash-Crc64ecma"))
		require.Equal(t, "AES256", got.header.Get("X-Cos-Server-Side-Encryption"))
	}
	s.requireStored(testBucket, "a", append(bytes.Clone(first), second...))

	s.requireRefused(s.complete("a", id, partList(etags[0])), "other parts", 404, "NoSuchUpload", "")
	s.requireRefused(s.complete("b", id, doc), "another key", 404, "NoSuchUpload", "")
	s.requireRefused(s.complete("a", "", doc), "no upload", 404, "NoSuchUpload", "")
	require.Equal(t, 200, s.do(http.MethodPut, "/a", []byte("later")).status)
	s.requireRefused(s.complete("a", id, doc), "overwritten since", 404, "NoSuchUpload", "")
	s.requireStored(testBucket, "a", []byte("later"))
	require.Equal(t, 204, s.do(http.MethodDelete, "/a", nil).status)
	s.requireRefused(s.complete("a", id, doc), "deleted since", 404, "NoSuchUpload", "")
	s.requireNothing(testBucket, "a")
}

// TestMultipartOutlivesRestart: an upload that was left is there after a
// restart, listed, and completed; completing again works after another one.
func TestMultipartOutlivesRestart(t *testing.T) {
	dir := t.TempDir()
	cycle := func(use func(s *server)) {
		t.Helper()
		st, err := storage.OpenDisk(dir, storage.Options{})
		require.NoError(t, err)
		use(startOn(t, api.Config{}, st))
		require.NoError(t, st.Close())
	}
	var id, doc, answer string
	cycle(func(s *server) {
		id = s.initiate("a")
		s.putPart("a", id, 1, pseudo(1, mib))
	})
	cycle(func(s *server) {
		require.Contains(t, string(s.do(http.MethodGet, "/?uploads", nil).body), "<UploadId>"+id+"</UploadId>")
		doc = partList(md5ETag(pseudo(1, mib)), s.putPart("a", id, 2, []byte("end")))
		got := s.complete("a", id, doc)
		require.Equal(t, 200, got.status, "%s", got.body)
		answer = string(got.body)
	})
	cycle(func(s *server) {
		require.Equal(t, answer, string(s.complete("a", id, doc).body))
		s.requireStored(testBucket, "a", append(pseudo(1, mib), "end"...))
	})
}

// TestPartCopy fills an upload from objects that are there.
//
// holds: call UploadPartCopy; header x-cos-copy-source; header x-cos-copy-source-range; header x-cos-copy-source-if-match; code InvalidRange
func TestPartCopy(t *testing.T) {
	s := start(t, api.Config{})
	source := pseudo(1, mib+100)
	require.Equal(t, 200, s.do(http.MethodPut, "/dir/source", source).status)
	id := s.initiate("a")
	from := []string{"x-cos-copy-source", testHost + "/dir/source"}
	part := s.do(http.MethodPut, partTarget("a", id, 1), nil, append(from, "x-cos-copy-source-range", fmt.Sprint("bytes=10-", mib+9))...)
	require.Equal(t, 200, part.status, "%s", part.body)
	piece := source[10 : mib+10]
	require.Equal(t, "<CopyPartResult>\n\t<ETag>"+md5ETag(piece)+"</ETag>\n\t<CRC64>"+crc(piece)+
		"</CRC64>\n\t<LastModified>2026-11-24T08:00:00</LastModified>\n</CopyPartResult>", string(part.body))
	whole := s.do(http.MethodPut, partTarget("a", id, 2), nil, from...)
	require.Equal(t, 200, whole.status, "%s", whole.body)

	for _, c := range []struct {
		name, target string
		header       []string
		status       int
		code         string
	}{
		{"past the end", partTarget("a", id, 2), append(from, "x-cos-copy-source-range", fmt.Sprint("bytes=10-", mib+100)), 416, "InvalidRange"},
		{"open range", partTarget("a", id, 2), append(from, "x-cos-copy-source-range", "bytes=10-"), 400, "InvalidArgument"},
		{"backwards", partTarget("a", id, 2), append(from, "x-cos-copy-source-range", "bytes=10-9"), 400, "InvalidArgument"},
		{"no unit", partTarget("a", id, 2), append(from, "x-cos-copy-source-range", "0-9"), 400, "InvalidArgument"},
		{"no such source", partTarget("a", id, 2), []string{"x-cos-copy-source", testHost + "/nothing"}, 404, "NoSuchKey"},
		{"condition", partTarget("a", id, 2), append(from, "x-cos-copy-source-If-Match", `"x"`), 412, "PreconditionFailed"},
		{"no such upload", partTarget("a", id+"x", 2), from, 404, "NoSuchUpload"},
		{"part 0", partTarget("a", id, 0), from, 400, "InvalidArgument"},
		{"no upload", "/a?partNumber=2", from, 400, "InvalidArgument"},
	} {
		s.requireRefused(s.do(http.MethodPut, c.target, nil, c.header...), c.name, c.status, c.code, "")
		s.requireParts("a", id, 1, 2)
		s.requireNothing(testBucket, "a")
	}
	done := s.complete("a", id, partList(md5ETag(piece), md5ETag(source)))
	require.Equal(t, 200, done.status, "%s", done.body)
	s.requireStored(testBucket, "a", append(bytes.Clone(piece), source...))
}
