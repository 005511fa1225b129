package xmldoc_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
)

// read takes a document apart as a user of the package does: <List> of <Item>
// with a <Name> each, all else passed over.
func read(doc string) (names []string, err error) {
	r := xmldoc.New([]byte(doc))
	err = r.Document("List", func(name string) error {
		if name != "Item" {
			return r.Skip()
		}
		return r.Children(func(name string) error {
			if name != "Name" {
				return r.Skip()
			}
			text, err := r.Text()
			names = append(names, text)
			return err
		})
	})
	return names, err
}

func TestDocument(t *testing.T) {
	for doc, want := range map[string]string{
		`<List><Item><Name>a</Name></Item><Item><Name> b&amp;&#x41; </Name></Item></List>`:                                         "a| b&A ",
		"\ufeff<?xml version='1.0' encoding='UTF-8'?>\n<List xmlns='http://x'>\n<Item/></List>\n":                                  "",
		`<x:List xmlns:x="y"><x:Item><x:Name><![CDATA[<c>]]></x:Name></x:Item></x:List>`:                                           "<c>",
		`<!-- before --><List><Other a="b"><Deep><Name>no</Name></Deep></Other><Item><Other/><Name/></Item></List><!-- behind -->`: "",
	} {
		names, err := read(doc)
		require.NoError(t, err, doc)
		require.Equal(t, want, strings.Join(names, "|"), doc)
	}
	for doc, says := range map[string]string{
		``:                              "EOF",
		`<List>`:                        "EOF",
		`<List><Item>`:                  "EOF",
		`<List><Item><Name>a`:           "EOF",
		`<List><Other><Deep>`:           "EOF",
		`<Other/>`:                      "unexpected element",
		`<List/><List/>`:                "unexpected element",
		`<List>a</List>`:                "text between",
		`<List/>a`:                      "text between",
		`<List><Item>a</Item></List>`:   "text between",
		`<List><Item></List></Item>`:    "syntax",
		`<!DOCTYPE List []><List/>`:     "document type",
		`<List><!ENTITY a "b"></List>`:  "document type",
		`<List><Item><Name>&a;</Name>`:  "entity",
		`<List><Item><Name><a/></Name>`: "unexpected element",
		`<?xml version="1.0" encoding="GBK"?><List/>`: "Charset",
	} {
		_, err := read(doc)
		require.Error(t, err, doc)
		if says == "EOF" {
			require.True(t, errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || strings.Contains(err.Error(), "EOF"), "%s: %v", doc, err)
		} else {
			require.ErrorContains(t, err, says, doc)
		}
	}
}

// What is at a bound is read, what is beyond is refused.
func TestBounds(t *testing.T) {
	nested := func(n int) string {
		return "<List>" + strings.Repeat("<a>", n-1) + strings.Repeat("</a>", n-1) + "</List>"
	}
	tag := func(n int) string { return `<List><a b="` + strings.Repeat("x", n-len(`<a b=""/>`)) + `"/></List>` }
	text := func(n int) string { return "<List><Item><Name>" + strings.Repeat("x", n) + "</Name></Item></List>" }
	many := func(piece string) func(int) string {
		return func(n int) string { return "<List>" + strings.Repeat(piece, n-1) + "</List>" }
	}
	for name, at := range map[string]struct {
		make  func(int) string
		bound int
	}{
		"deep": {nested, xmldoc.MaxDepth}, "a tag": {tag, xmldoc.MaxTag}, "a text": {text, xmldoc.MaxText},
		"elements": {many("<a/>"), xmldoc.MaxTokens}, "elements and": {many("<?a?>"), xmldoc.MaxTokens},
		"and texts": {many("<![CDATA[]]>"), xmldoc.MaxTokens},
	} {
		_, err := read(at.make(at.bound))
		require.NoError(t, err, name)
		_, err = read(at.make(at.bound + 1))
		require.ErrorContains(t, err, name)
	}
	_, err := read("<List>" + strings.Repeat("<a/>", 100_000) + "</List>")
	require.NoError(t, err, "siblings are not deep")
	_, err = read("<List><!--" + strings.Repeat("x", 2*xmldoc.MaxTag) + "--></List>")
	require.NoError(t, err, "a comment is no tag")
}

// TestMemory: a hostile document takes no more than a few times its length,
// read or refused.
func TestMemory(t *testing.T) {
	const size = 4 << 20
	for name, doc := range map[string]string{
		"nested":             "<List>" + strings.Repeat("<a>", size/3),
		"nested in a skip":   "<List><a>" + strings.Repeat("<a>", size/3),
		"attributes":         "<List><a " + strings.Repeat(`b="" `, size/5) + "/>",
		"attributes, no end": "<List><a " + strings.Repeat(`b="" `, size/5),
		"a name":             "<List><" + strings.Repeat("b", size) + "/>",
		"an end":             "<List></" + strings.Repeat("b", size) + ">",
		"namespaces":         "<List " + strings.Repeat(`xmlns:b="" `, size/11) + "/>",
		"a text":             "<List><Item><Name>" + strings.Repeat("b", size),
		"references":         "<List><Item><Name>" + strings.Repeat("&#65;", size/5),
		"a text between":     "<List>" + strings.Repeat("b", size),
		"siblings":           "<List>" + strings.Repeat("<a/>", size/4),
		"siblings in a skip": "<List><a>" + strings.Repeat("<a/>", size/4),
		"names":              "<List><Item>" + strings.Repeat("<Name/>", size/7),
		"instructions":       "<List>" + strings.Repeat("<?a?>", size/5),
		"empty texts":        "<List><Item><Name>" + strings.Repeat("<![CDATA[]]>", size/12),
		"a comment":          "<List><!--" + strings.Repeat("b", size) + "--></List>",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(doc)
		runtime.ReadMemStats(&after)
		if name != "a comment" {
			require.Error(t, err, name)
		}
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(12*size), name)
	}
}

func TestDecode(t *testing.T) {
	var in struct{ Name string }
	require.NoError(t, xmldoc.Decode([]byte("\ufeff<L><Name>a</Name><b><c/></b></L>\n"), &in))
	require.Equal(t, "a", in.Name)
	for _, doc := range []string{
		"", "<L>", "<L/>a", "<L/><L/>", "<!DOCTYPE L><L/>", "<L>" + strings.Repeat("<a>", 100), "<L><a " + strings.Repeat(`b="" `, 5000) + "/></L>",
	} {
		require.Error(t, xmldoc.Decode([]byte(doc), &in), "%.40s", doc)
	}
}

func FuzzDocument(f *testing.F) {
	for _, doc := range []string{"<List><Item><Name>a</Name></Item></List>", "<List a='b'><!-- c --><d/>", "<?xml version='1.0'?><List><![CDATA[a]]></List>"} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		names, err := read(doc)
		if err == nil && len(strings.Join(names, "")) > len(doc) {
			t.Fatal("more text than there was")
		}
	})
}
