package ops

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// TestTenThousandChosen reads and judges the largest Complete there can be, as
// the Go SDK writes it.
func TestTenThousandChosen(t *testing.T) {
	var doc bytes.Buffer
	doc.WriteString("<CompleteMultipartUpload>")
	parts := make([]storage.Part, 0, storage.MaxPart)
	for n := 1; n <= storage.MaxPart; n++ {
		etag := fmt.Sprintf("%032x", n)
		fmt.Fprintf(&doc, "<Part><ETag>&#34;%s&#34;</ETag><PartNumber>%d</PartNumber></Part>", etag, n)
		parts = append(parts, storage.Part{Number: n, ETag: etag, Size: minPart})
	}
	doc.WriteString("</CompleteMultipartUpload>")
	require.Less(t, doc.Len(), maxCompleteXML)
	chosen, err := readChosenParts(doc.Bytes())
	require.NoError(t, err)
	require.Len(t, chosen, storage.MaxPart)
	require.Equal(t, chosenPart{number: 10_000, etag: "00000000000000000000000000002710"}, chosen[9_999])
	got, cerr := choose(parts, chosen)
	require.Nil(t, cerr)
	require.Equal(t, parts, got)
	require.Regexp(t, `^[0-9a-f]{32}-10000$`, multipartETag(chosen))

	parts[9_999].Size = 1
	_, cerr = choose(parts, chosen)
	require.Nil(t, cerr, "the last one may be small")
	parts[9_998].Size--
	_, cerr = choose(parts, chosen)
	require.EqualValues(t, "EntityTooSmall", cerr.Code)
}

// TestMultipartETag: it follows from number and ETag of each part.
func TestMultipartETag(t *testing.T) {
	seen := map[string]bool{}
	for _, chosen := range [][]chosenPart{
		{{1, "a"}}, {{2, "a"}}, {{1, "b"}}, {{1, "a"}, {2, "b"}}, {{1, "b"}, {2, "a"}}, {{2, "a"}, {3, "b"}}, {{11, "a"}}, {{1, "1 a"}},
	} {
		etag := multipartETag(chosen)
		require.False(t, seen[etag], etag)
		seen[etag] = true
		require.Equal(t, etag, multipartETag(chosen))
	}
}

// FuzzChosenParts reads anything without a panic, in bounds; what it makes of
// a document, encoding/xml makes of it as well.
func FuzzChosenParts(f *testing.F) {
	f.Add([]byte(`<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;aB&quot;</ETag></Part></CompleteMultipartUpload>`))
	f.Add([]byte("\ufeff<?xml version='1.0'?>\n<CompleteMultipartUpload>\n<Part><ETag>&#34;x&#34;</ETag><PartNumber> 20 </PartNumber></Part></CompleteMultipartUpload>\n"))
	f.Add([]byte(`<CompleteMultipartUpload xmlns="x"><a><b/></a><Part><PartNumber>-1</PartNumber><ETag><![CDATA[y]]></ETag><c/></Part></CompleteMultipartUpload>`))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><CompleteMultipartUpload>&b;</CompleteMultipartUpload>`))
	f.Add([]byte(strings.Repeat("<Part>", 100)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		chosen, err := readChosenParts(doc)
		if err != nil {
			return
		}
		require.NotEmpty(t, chosen)
		require.LessOrEqual(t, len(chosen), storage.MaxPart)
		var want struct {
			XMLName xml.Name
			Part    []struct {
				PartNumber int
				ETag       string
			}
		}
		require.NoError(t, xml.Unmarshal(bytes.TrimPrefix(doc, []byte("\ufeff")), &want))
		require.Equal(t, "CompleteMultipartUpload", want.XMLName.Local)
		require.Len(t, chosen, len(want.Part))
		for i, p := range want.Part {
			require.Equal(t, p.PartNumber, chosen[i].number)
			require.Equal(t, strings.ToLower(strings.Trim(string(bytes.TrimSpace([]byte(p.ETag))), `"`)), chosen[i].etag)
		}
	})
}
