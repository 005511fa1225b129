package jsondoc_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/jsondoc"
)

// TestBound: depth and number of values are limited. Characters in strings do not count.
func TestBound(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":[`, n/2) + strings.Repeat(`]}`, n/2) }
	for doc, says := range map[string]string{
		nested(jsondoc.MaxDepth):                                  "",
		nested(jsondoc.MaxDepth + 2):                              "deep",
		nested(1_000_000):                                         "deep",
		strings.Repeat("[", 1_000_000):                            "deep",
		"[" + strings.Repeat("1,", jsondoc.MaxValues):             "too many",
		"[" + strings.Repeat("{},", jsondoc.MaxValues):            "too many",
		"[" + strings.Repeat("1,", jsondoc.MaxValues/2) + "1]":    "",
		`["` + strings.Repeat("[,", jsondoc.MaxValues) + `"]`:     "",
		`["` + strings.Repeat(`\"[,`, jsondoc.MaxValues) + `\\"]`: "",
		`{"a":"` + strings.Repeat("[", 100) + `","b":"\\"}`:       "",
		`"\`:                     "",
		`"`:                      "",
		``:                       "",
		strings.Repeat("]", 100): "",
	} {
		err := jsondoc.Bound([]byte(doc))
		if says == "" {
			require.NoError(t, err, "%.40s", doc)
		} else {
			require.ErrorContains(t, err, says, "%.40s", doc)
		}
	}
}
