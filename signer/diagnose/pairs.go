package diagnose

import (
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// style is a way of writing pairs into a HttpString.
type style struct {
	value func(string) string
	key   func(string) string // nil: as the documents say
	// means says in a word what was done to the values or names; empty for the
	// documents' own style.
	means Text
}

// styleDocs is the documents' own.
func styleDocs() style { return style{value: signer.Encode} }

// wrongStyles are the encoders that hand-written clients use in place of the
// documents' own.
func wrongStyles() []style {
	return []style{
		{value: raw, means: Text{En: "the values not encoded at all", Zh: "值完全没有编码"}},
		{value: encodePath, means: Text{En: "'/' left unencoded, as Python's quote does", Zh: "“/” 没有编码（Python 的 quote 就是如此）"}},
		{value: encodeComponent, means: Text{En: "!'()* left unencoded, as encodeURIComponent does", Zh: "!'()* 没有编码（encodeURIComponent 就是如此）"}},
		{value: encodeForm, means: Text{En: "a space as '+', as form encoders do", Zh: "空格写成了 “+”（表单编码就是如此）"}},
		{value: encodeFormJava, means: Text{En: "a space as '+' and '*' unencoded, as Java's URLEncoder does", Zh: "空格写成 “+”，“*” 没有编码（Java 的 URLEncoder 就是如此）"}},
		{value: encodeLower, means: Text{En: "escapes in lower-case hex (%2f)", Zh: "转义用了小写十六进制（%2f）"}},
		{value: func(s string) string { return strings.ToLower(signer.Encode(s)) }, means: Text{En: "the values in lower case", Zh: "值转成了小写"}},
		{value: func(s string) string { return strings.ToUpper(signer.Encode(s)) }, means: Text{En: "the values in upper case", Zh: "值转成了大写"}},
		{value: signer.Encode, key: upperHexKey, means: Text{En: "the escapes of the names in upper-case hex", Zh: "名称里的转义用了大写十六进制"}},
	}
}

func raw(s string) string        { return s }
func encodePath(s string) string { return signer.EncodePath(s) }
func encodeForm(s string) string { return strings.ReplaceAll(signer.Encode(s), "%20", "+") }
func encodeFormJava(s string) string {
	return strings.NewReplacer("%20", "+", "%2A", "*", "~", "%7E").Replace(signer.Encode(s))
}

func encodeComponent(s string) string {
	return strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(signer.Encode(s))
}

// encodeLower is Encode with its escapes in lower-case hex.
func encodeLower(s string) string { return mapEscapes(signer.Encode(s), strings.ToLower) }

// upperHexKey undoes the lower-casing of a key's escapes.
func upperHexKey(key string) string { return mapEscapes(key, strings.ToUpper) }

func mapEscapes(s string, f func(string) string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			b.WriteString(f(s[i : i+3]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// renderPair writes one pair.
func renderPair(p signer.Pair, st style) string {
	key, value := p.Key, p.Value
	if st.key != nil {
		key = st.key(key)
	}
	if !p.Verbatim {
		value = st.value(value)
	}
	return key + "=" + value
}

// render writes pairs as they stand, joined by '&'.
func render(pairs []signer.Pair, st style) string {
	if len(pairs) == 0 {
		return ""
	}
	pieces := make([]string, len(pairs))
	for i, p := range pairs {
		pieces[i] = renderPair(p, st)
	}
	return strings.Join(pieces, "&")
}

// splitAtHost writes sorted headers in two halves, between which the host goes.
func splitAtHost(pairs []signer.Pair, st style) (pre, post string) {
	i, _ := slices.BinarySearchFunc(pairs, "host", func(p signer.Pair, key string) int { return strings.Compare(p.Key, key) })
	return render(pairs[:i], st), render(pairs[i:], st)
}

// sortPairs puts pairs into the order in which they are signed.
func sortPairs(pairs []signer.Pair) {
	c := signer.Canonical{Params: pairs}
	c.Sort()
}

// pairList is a reading's list of pairs, and how each is written.
type pairList struct {
	pairs  []signer.Pair
	pieces []string
}

func newPairList(pairs []signer.Pair) pairList {
	pieces := make([]string, len(pairs))
	for i, p := range pairs {
		pieces[i] = renderPair(p, styleDocs())
	}
	return pairList{pairs, pieces}
}

// repeats reports whether an entry's name is also that of its neighbour.
func (l *pairList) repeats(at int) bool {
	key := l.pairs[at].Key
	return at > 0 && l.pairs[at-1].Key == key || at+1 < len(l.pairs) && l.pairs[at+1].Key == key
}

// edited makes known the list that results from one or more edits.
func (s *search) edited(edits ...edit) uint16 {
	d := edits[0].dim
	list := &s.lists(d)[edits[0].list]
	for _, e := range edits {
		if e.at < 0 || list.repeats(e.at) {
			return s.rearranged(list, edits)
		}
	}
	// The names stay as they are, and so does the order.
	pieces := make([]string, 0, len(list.pieces))
	cut := 0
next:
	for i, piece := range list.pieces {
		for _, e := range edits {
			if e.at != i {
				continue
			}
			if e.drop {
				continue next
			}
			piece = renderPair(e.pair, styleDocs())
		}
		pieces = append(pieces, piece)
		if list.pairs[i].Key < "host" {
			cut = len(pieces)
		}
	}
	if d == dimParams {
		return s.text(d, strings.Join(pieces, "&"))
	}
	return s.headers(strings.Join(pieces[:cut], "&"), strings.Join(pieces[cut:], "&"))
}

// rearranged is edited for edits that may change the order.
func (s *search) rearranged(list *pairList, edits []edit) uint16 {
	s.work += 100 * len(list.pairs) // sorting and writing them takes as long as hashing that
	pairs := make([]signer.Pair, 0, len(list.pairs)+len(edits))
	for i, p := range list.pairs {
		drop := false
		for _, e := range edits {
			if e.at == i {
				p, drop = e.pair, e.drop
			}
		}
		if !drop {
			pairs = append(pairs, p)
		}
	}
	for _, e := range edits {
		if e.at < 0 {
			pairs = append(pairs, e.pair)
		}
	}
	sortPairs(pairs)
	return s.rendered(edits[0].dim, pairs, styleDocs())
}

// lists are the readings' lists of pairs of a dimension.
func (s *search) lists(d dim) []pairList {
	if d == dimParams {
		return s.params
	}
	return s.header
}

// rendered makes known a list of pairs, in the order given.
func (s *search) rendered(d dim, pairs []signer.Pair, st style) uint16 {
	if d == dimParams {
		return s.text(d, render(pairs, st))
	}
	return s.headers(splitAtHost(pairs, st))
}

// proposeEdit puts forward a list with one entry changed.
func (s *search) proposeEdit(ed edit, w *Message, v Values, likely bool) {
	if s.spent() {
		return
	}
	a := attempt{message: w, v: v, mask: maskOf(ed.dim), likely: likely, edit: &ed}
	a.at[ed.dim] = s.edited(ed)
	s.propose(a)
}
