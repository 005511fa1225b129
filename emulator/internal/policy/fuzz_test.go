package policy_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

// Whatever a document holds, it is a policy or an error with a place; a policy
// answers, its statements are JSON, and it stays one when the names of its
// elements are written in another letter case.
func FuzzParse(f *testing.F) {
	for _, list := range [][]sample{languageSamples(), versionSamples(), uploadSamples(), transportSamples(), listSamples()} {
		for _, s := range list {
			f.Add([]byte(s.text()), "PutObject", "dir/a")
		}
	}
	f.Add([]byte(statementWith(`{"for_all_value:string_like_if_exist":{"cos:prefix":["*%2Fa","${uin}"]}}`)), "GetBucket", "")
	f.Add([]byte(`{"version":"2.0","statement":[{"effect":"deny","action":["*a*b","c*"],"resource":["*","qcs::cos:::prefix//*/b/*"]}]}`), "x", "y")
	f.Fuzz(func(t *testing.T, doc []byte, action, key string) {
		for _, where := range []policy.Where{policy.Session, policy.Bucket} {
			p, err := policy.Parse(doc, where)
			if err != nil {
				var parse *policy.ParseError
				require.ErrorAs(t, err, &parse)
				require.NotZero(t, parse.Part)
				continue
			}
			for i := range p.Statements() {
				require.True(t, json.Valid(p.Statement(i)), "%q", p.Statement(i))
			}
			for _, r := range []*policy.Request{
				asks(sub, action, key, have{"cos:prefix": {key}, "cos:content-length": {key}, "qcs:ip": {key}}),
				asks(anon, action, "", nil),
				{Action: action},
			} {
				d := p.Evaluate(r)
				require.Less(t, d.Statement, p.Statements())
				require.Equal(t, d.Effect == policy.None && d.Statement >= 0, d.Missing != nil)
				en, zh := d.Describe()
				require.True(t, en != "" && zh != "" && len(en) < 4000 && len(zh) < 4000)
				q, err := policy.Parse(recased(doc), where)
				require.NoError(t, err)
				require.Equal(t, d, q.Evaluate(r))
			}
		}
	})
}

// recased writes the names of elements with a first capital: the names in the
// outer object and in those of its statements. Deeper ones are those of a
// condition, which count as they are.
func recased(doc []byte) []byte {
	out := bytes.Clone(doc)
	depth, from := 0, -1 // from: where the text begins that we are in
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case from >= 0 && c == '\\':
			i++
		case from >= 0 && c == '"':
			if isElement(string(out[from:i])) && depth <= 2 && bytes.HasPrefix(bytes.TrimLeft(out[i+1:], " \t\r\n"), []byte(":")) {
				out[from] -= 'a' - 'A'
			}
			from = -1
		case c == '"':
			from = i + 1
		case from < 0 && c == '{':
			depth++
		case from < 0 && c == '}':
			depth--
		}
	}
	return out
}

func isElement(name string) bool {
	switch name {
	case "version", "principal", "statement", "effect", "action", "resource", "condition":
		return true
	}
	return false
}
