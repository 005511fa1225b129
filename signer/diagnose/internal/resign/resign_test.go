package resign_test

import (
	"crypto/sha1"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

// reading is the plain reading of a canonical form.
func reading(c signer.Canonical) *resign.Reading {
	return &resign.Reading{Canonical: c, Time: "1;2", Secret: "secret", KeyTime: "3;4"}
}

func signature(c *signer.Canonical) string {
	key := signer.NewSigningKey("secret", "3;4")
	return key.Sign(signer.StringToSign("1;2", c.HttpString()))
}

// randomText is a short text of characters that matter to a signature.
func randomText(r *rand.Rand) string {
	const chars = "abAB09-_.~/%+&=;: \n\x00中é\xff"
	var b strings.Builder
	for range r.IntN(6) {
		b.WriteByte(chars[r.IntN(len(chars))])
	}
	return b.String()
}

func randomPairs(r *rand.Rand) []signer.Pair {
	var pairs []signer.Pair
	for range r.IntN(5) {
		p := signer.NewPair([]string{"a", "b", "Content-Type", "host", "z z", "x-cos-acl"}[r.IntN(6)], randomText(r))
		p.Verbatim = r.IntN(8) == 0
		pairs = append(pairs, p)
	}
	return pairs
}

// randomCanonical is the canonical form of some request, with at most one host.
func randomCanonical(r *rand.Rand) signer.Canonical {
	c := signer.Canonical{
		Method: []string{"GET", "put", "Post"}[r.IntN(3)], Path: "/" + randomText(r),
		Params: randomPairs(r),
	}
	hosts := 0
	for _, p := range randomPairs(r) {
		if p.Key == "host" {
			if hosts++; hosts > 1 {
				continue
			}
		}
		c.Headers = append(c.Headers, p)
	}
	c.Sort()
	return c
}

// TestAgreesWithSigner: a search writes the texts that signer writes, of
// whatever request.
func TestAgreesWithSigner(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		c := randomCanonical(r)
		s := resign.New[int](resign.COS{}, signature(&c))
		require.True(t, s.AddReading(reading(c), true), "%+v", c)
		canonical, stringToSign := s.PlainTexts()
		require.Equal(t, c.HttpString(), canonical)
		require.Equal(t, signer.StringToSign("1;2", c.HttpString()), stringToSign)
	}
}

// TestEditsAgreeWithSigner: so does one with entries changed, added and dropped.
func TestEditsAgreeWithSigner(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	found := 0
	for range 5000 {
		c := randomCanonical(r)
		changed := c.Clone()
		e := resign.Edit{Dim: resign.Params, At: -1, Pair: signer.NewPair("m", randomText(r))}
		switch {
		case len(c.Params) > 0 && r.IntN(3) == 0:
			e.At = r.IntN(len(c.Params))
			e.Pair = signer.NewPair(signer.Decode(c.Params[e.At].Key), randomText(r))
			changed.Params[e.At] = e.Pair
		case len(c.Params) > 0 && r.IntN(2) == 0:
			e.At, e.Drop = r.IntN(len(c.Params)), true
			changed.Params = append(changed.Params[:e.At:e.At], changed.Params[e.At+1:]...)
		default:
			changed.Params = append(changed.Params, e.Pair)
		}
		if changed.HttpString() == c.HttpString() {
			continue
		}
		s := resign.New[string](resign.COS{}, signature(&changed))
		require.False(t, s.AddReading(reading(c), true))
		a := resign.Attempt[string]{Said: "edit", Mask: resign.MaskOf(resign.Params), Edit: &e}
		a.At[resign.Params] = s.Edited(e)
		s.Propose(a)
		require.NotNil(t, s.Found(), "%+v to %+v", c, changed)
		require.Equal(t, []string{"edit"}, s.Found().Steps)
		canonical, _ := s.Texts(s.Found().At)
		require.Equal(t, changed.HttpString(), canonical)
		found++
	}
	require.Greater(t, found, 4000)
}

// TestCombine: two changes at once are found, also two of one list; three are
// not, and the search ends.
func TestCombine(t *testing.T) {
	plain := signer.Canonical{
		Method: http.MethodPut, Path: "/k",
		Params: []signer.Pair{signer.NewPair("a", "1"), signer.NewPair("b", "2"), signer.NewPair("c", "3")},
	}
	propose := func(s *resign.Search[string]) {
		a := resign.Attempt[string]{Said: "method", Mask: resign.MaskOf(resign.Method), Likely: true}
		a.At[resign.Method] = s.Text(resign.Method, "get")
		s.Propose(a)
		for i, p := range plain.Params {
			p.Value = "changed"
			e := resign.Edit{Dim: resign.Params, At: i, Pair: p}
			a := resign.Attempt[string]{Said: p.Key, Mask: resign.MaskOf(resign.Params), Likely: true, Edit: &e}
			a.At[resign.Params] = s.Edited(e)
			s.Propose(a)
		}
		s.Combine()
	}
	for name, test := range map[string]struct {
		change func(*signer.Canonical)
		want   []string
	}{
		"method and list": {func(c *signer.Canonical) { c.Method, c.Params[1].Value = "GET", "changed" }, []string{"method", "b"}},
		"two of one list": {func(c *signer.Canonical) { c.Params[0].Value, c.Params[2].Value = "changed", "changed" }, []string{"a", "c"}},
		"three": {func(c *signer.Canonical) {
			c.Method, c.Params[0].Value, c.Params[2].Value = "GET", "changed", "changed"
		}, nil},
		"something else":   {func(c *signer.Canonical) { c.Path = "/l" }, nil},
		"one, the control": {func(c *signer.Canonical) { c.Params[2].Value = "changed" }, []string{"c"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := plain.Clone()
			test.change(&c)
			s := resign.New[string](resign.COS{}, signature(&c))
			require.False(t, s.AddReading(reading(plain), true))
			propose(s)
			if test.want == nil {
				require.Nil(t, s.Found())
				require.False(t, s.Spent())
				return
			}
			require.NotNil(t, s.Found())
			require.Equal(t, test.want, s.Found().Steps)
		})
	}
}

// tabular is a second scheme, with another canonical form, hash and key.
type tabular struct{ resign.COS }

func (tabular) Method(m string) string { return strings.ToUpper(m) }

func (tabular) Pair(d resign.Dim, p signer.Pair, st resign.Style) string {
	if d == resign.Params {
		return p.Key + "=" + st.Value(p.Value)
	}
	return p.Key + ":" + p.Value + "\n"
}

func (tabular) Join(d resign.Dim, pieces []string) string {
	if d == resign.Params {
		return strings.Join(pieces, "&")
	}
	return strings.Join(pieces, "")
}

func (tabular) AppendCanonical(dst []byte, p *resign.Parts) []byte {
	return append(dst, p.Method+"\n"+p.Path+"\n"+p.Params+"\n"+p.Before+p.Host+p.After...)
}

// TestOtherScheme: the same search finds what was signed under another canonical
// form.
func TestOtherScheme(t *testing.T) {
	c := signer.Canonical{Method: "PUT", Path: "/k", Headers: []signer.Pair{
		signer.NewPair("a", "1"), signer.NewPair("host", "h"), signer.NewPair("z", "2"),
	}}
	sum := sha1.Sum([]byte("PUT\n/k\n\na:1\nhost:other\nz:2\n"))
	key := signer.NewSigningKey("secret", "3;4")
	s := resign.New[string](tabular{}, key.Sign("sha1\n1;2\n"+hex.EncodeToString(sum[:])+"\n"))
	require.False(t, s.AddReading(reading(c), true))
	a := resign.Attempt[string]{Said: "host", Mask: resign.MaskOf(resign.Host)}
	a.At[resign.Host] = s.Text(resign.Host, s.Written(resign.Host, signer.NewPair("host", "other"), resign.Documented()))
	s.Propose(a)
	require.NotNil(t, s.Found())
	canonical, _ := s.Texts(s.Found().At)
	require.Equal(t, "PUT\n/k\n\na:1\nhost:other\nz:2\n", canonical)
}

// BenchmarkText holds the search's way of writing a HttpString against signer's.
func BenchmarkText(b *testing.B) {
	c := signer.Canonical{
		Method: http.MethodPut, Path: "/folder/cat.jpg",
		Params:  []signer.Pair{signer.NewPair("partNumber", "1"), signer.NewPair("uploadId", "1585130821cbb7df1d11846c073ad648e8f33b087cec2381df437acdc833cf654b9ecc6361")},
		Headers: []signer.Pair{signer.NewPair("content-type", "image/jpeg"), signer.NewPair("host", "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com"), signer.NewPair("x-cos-meta-a", "中文 value")},
	}
	b.Run("signer", func(b *testing.B) {
		var dst []byte
		for b.Loop() {
			dst = c.AppendHttpString(dst[:0])
		}
	})
	b.Run("search", func(b *testing.B) {
		p := resign.Parts{
			Method: "put", Path: c.Path, Params: strings.Repeat("p", 110), Before: "content-type=image%2Fjpeg",
			Host: "host=examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com", After: "x-cos-meta-a=%E4%B8%AD%E6%96%87%20value",
		}
		var dst []byte
		for b.Loop() {
			dst = resign.COS{}.AppendCanonical(dst[:0], &p)
		}
	})
}
