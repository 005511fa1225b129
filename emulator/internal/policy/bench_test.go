package policy_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

// large is a policy of nearly 6144 characters: many statements with conditions,
// the last of which allows uploads.
func large(t testing.TB) *policy.Policy {
	const one = `{"effect":"allow","action":["name/cos:GetObject","name/cos:PutObject","name/cos:Head*"],"resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/team-%02d/*","qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/examplebucket/old-%02d/*"],"condition":{"string_like":{"cos:content-type":"image/*"},"numeric_less_than_equal":{"cos:content-length":10485760},"ip_equal":{"qcs:ip":["10.0.0.0/8","127.0.0.1"]}}}`
	var statements []string
	for i := range 14 {
		statements = append(statements, fmt.Sprintf(one, i, i))
	}
	doc := `{"version":"2.0","statement":[` + strings.Join(statements, ",") + `]}`
	require.InDelta(t, policy.MaxCharacters, len(doc), 300)
	return parsed(t, doc, policy.Session)
}

// What is allocated does not grow with the policy: the resource's name in its two
// forms, and what holds them.
func TestEvaluationAllocatesLittle(t *testing.T) {
	p := large(t)
	r := asks(sub, "PutObject", "team-13/照片/a.jpg", have{
		"cos:content-type": {"image/png"}, "cos:content-length": {"1000"}, "qcs:ip": {"127.0.0.1"},
	})
	require.Equal(t, policy.Allow, p.Evaluate(r).Effect)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { p.Evaluate(r) }), 3.0)
}

// Long lists of values are gone through once.
func BenchmarkEvaluateLongLists(b *testing.B) {
	var ranges []string
	for i := range 380 {
		ranges = append(ranges, fmt.Sprintf(`"10.%d.%d.0/24"`, i/256, i%256))
	}
	p := parsed(b, statementWith(`{"ip_equal":{"qcs:ip":[`+strings.Join(ranges, ",")+`]}}`), policy.Session)
	r := asks(sub, "PutObject", "a", with("qcs:ip", "10.9.9.9"))
	b.ReportAllocs()
	for b.Loop() {
		p.Evaluate(r)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	p := large(b)
	v := &policy.HTTPValues{
		Header: http.Header{"Content-Type": {"image/png"}}, ContentLength: 1000, IP: netip.MustParseAddr("127.0.0.1"),
	}
	for name, key := range map[string]string{"allowed by the last": "team-13/照片/a.jpg", "refused": "elsewhere/a.jpg"} {
		b.Run(name, func(b *testing.B) {
			r := asks(sub, "PutObject", key, nil)
			r.Values = v
			b.ReportAllocs()
			for b.Loop() {
				p.Evaluate(r)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	doc := large(b).Document()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = policy.Parse(doc, policy.Session)
	}
}
