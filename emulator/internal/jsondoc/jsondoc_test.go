package jsondoc_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/jsondoc"
)

func TestRepeated(t *testing.T) {
	for doc, want := range map[string]string{
		`{"a":1,"a":2}`:                        "a",
		`{"a":1,"A":2}`:                        "A",
		`{"a":1,"\u0061":2}`:                   "a",
		`{"a":{"b":[{"c":{},"c":[]}]}}`:        "c",
		`{"x":{"a":1},"y":[{"a":1}],"x":null}`: "x",
		`[[{"":1,"":2}]]`:                      "",
		`{"a":["a","a"],"b":"a"}`:              "-",
		`{"a":{"a":{"a":1}},"b":{"a":1}}`:      "-",
		`[{"a":1},{"a":1}]`:                    "-",
		`{"a":{},"b":[],"c":{"a":{}}}`:         "-",
		`"a"`:                                  "-",
		`{}`:                                   "-",
		``:                                     "-",
		`{"a":`:                                "-",
	} {
		name, found := jsondoc.Repeated([]byte(doc))
		require.Equal(t, want != "-", found, doc)
		if found {
			require.Equal(t, want, name, doc)
		}
	}
	deep := strings.Repeat(`{"a":[`, 4000)
	_, found := jsondoc.Repeated([]byte(deep + `{"b":1,"b":2}` + strings.Repeat("]}", 4000)))
	require.True(t, found)
}
