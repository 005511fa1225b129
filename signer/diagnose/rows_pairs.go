package diagnose

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/guess"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

// The messages about signed headers and parameters. {detail} is the name of the
// list that they stand on, except in wordsPairStyle.
var (
	wordsPairValue = Message{
		Sentence: Text{
			En: `{name} was signed as "{signed}", arrived as "{arrived}".`,
			Zh: `{name} 签名时是 “{signed}”，实际收到的是 “{arrived}”。`,
		},
		Advice: Text{
			En: "Send exactly the value that was signed, or sign the one that is really sent; look for a library, browser or proxy that changes it.",
			Zh: "请发送与签名完全一致的值，或者按实际发送的值签名；检查是否有库、浏览器或代理改动了它。",
		},
	}
	wordsPairDropped = Message{
		Sentence: Text{
			En: "{name} is on {detail}, but the signature was made without it.",
			Zh: "{detail} 里有 {name}，签名时却没有把它算进去。",
		},
		Advice: Text{
			En: "Name on {detail} exactly what goes into HttpString.",
			Zh: "写进 {detail} 的必须与 HttpString 里的一致。",
		},
	}
	wordsPairUnlisted = Message{
		Sentence: Text{
			En: "{name} was signed, but {detail} does not name it.",
			Zh: "签名时算进了 {name}，{detail} 里却没有它。",
		},
		Advice: Text{
			En: "Put {name} on {detail}: it names everything that was signed.",
			Zh: "请把 {name} 写进 {detail}：签过名的都要列出来。",
		},
	}
	wordsPairStyle = Message{
		Sentence: Text{
			En: `Names and values were signed in another encoding, {detail}: "{signed}" in place of "{arrived}".`,
			Zh: `签名时的编码方式不对，{detail}：用了 “{signed}”，应为 “{arrived}”。`,
		},
		Advice: Text{
			En: "Encode names and values as the documents' UrlEncode does: all but A-Z a-z 0-9 - _ . ~ as %XX in upper-case hex.",
			Zh: "请按文档的 UrlEncode 编码名称和值：除 A-Z a-z 0-9 - _ . ~ 以外都写成大写十六进制的 %XX。",
		},
	}
	wordsPairNames = Message{
		Sentence: Text{
			En: `The names were not lower-cased for signing: "{signed}" in place of "{arrived}".`,
			Zh: `签名时名称没有转成小写：用了 “{signed}”，应为 “{arrived}”。`,
		},
		Advice: Text{
			En: "Lower-case every name before you put it into HttpString.",
			Zh: "拼 HttpString 之前先把名称转成小写。",
		},
	}
	wordsPairOrder = Message{
		Sentence: Text{
			En: `The pairs were not sorted for signing: "{signed}" in place of "{arrived}".`,
			Zh: `签名时没有按名称排序：用了 “{signed}”，应为 “{arrived}”。`,
		},
		Advice: Text{En: "Sort the pairs by their encoded, lower-cased names.", Zh: "请按编码并转小写后的名称排序。"},
	}
	wordsPairRepeated = Message{
		Sentence: Text{
			En: `{name} arrived several times; only "{signed}" was signed.`,
			Zh: `请求里有多个 {name}，签名时只有 “{signed}”。`,
		},
		Advice: Text{
			En: "Send {name} once, or sign each of its values.",
			Zh: "{name} 只发送一次，或者把每个值都签进去。",
		},
	}
	wordsPairAbsent = Message{
		Sentence: Text{En: "{name} was signed, but did not arrive.", Zh: "{name} 参与了签名，请求里却没有。"},
		Advice: Text{
			En: "Send {name} with the value that was signed, or leave it out of the signature.",
			Zh: "请带上签名时的 {name}，或不要签入。",
		},
	}
	wordsPairRenamed = Message{
		Sentence: Text{
			En: `{name} was signed as "{signed}", but the request does not have it there.`,
			Zh: `签名时带了 {name}: {signed}，请求里却没有。`,
		},
		Advice: Text{
			En: "Send {name}: {signed}, or leave {name} out of the signature.",
			Zh: "请带上 {name}: {signed}，或不要签入。",
		},
	}
)

// pairWords are these messages for one of the two lists.
type pairWords struct {
	value, dropped, unlisted, style, names, order, repeated, absent, renamed *Message
}

func newPairWords(changed, notSent ID) *pairWords {
	return &pairWords{
		value:    wordsPairValue.of(changed),
		dropped:  wordsPairDropped.of(changed),
		unlisted: wordsPairUnlisted.of(changed),
		style:    wordsPairStyle.of(changed),
		names:    wordsPairNames.of(changed),
		order:    wordsPairOrder.of(changed),
		repeated: wordsPairRepeated.of(changed),
		absent:   wordsPairAbsent.of(notSent),
		renamed:  wordsPairRenamed.of(notSent),
	}
}

// side is one of the two lists of pairs that a signature covers.
type side struct {
	d       resign.Dim
	w       *pairWords
	list    *listing
	name    string // the list's
	rawList string
	// guess gives values that a client may have signed in place of the one
	// that arrived, the more likely ones first; and how many of them are
	// likely.
	guess func(e *evidence, p signer.Pair) (values []string, likely int)
	show  func(name string) string
}

func (s *search) headerSide() *side {
	return &side{
		d: resign.Headers, w: newPairWords(HeaderValue, HeaderNotSent), name: "q-header-list", list: &s.e.headers, rawList: s.e.claim.RawHeaderList,
		guess: guessHeader, show: http.CanonicalHeaderKey,
	}
}

func (s *search) paramSide() *side {
	return &side{
		d: resign.Params, w: newPairWords(ParamValue, ParamNotSent), name: "q-url-param-list", list: &s.e.params, rawList: s.e.claim.RawParamList,
		guess: guessParam, show: func(name string) string { return name },
	}
}

func attemptHeaderValue(s *search) { s.attemptValues(s.headerSide()) }
func attemptParamValue(s *search)  { s.attemptValues(s.paramSide()) }

// maxUnlisted bounds the pairs of which it is asked whether they were signed
// unlisted.
const maxUnlisted = 24

func (s *search) attemptValues(sd *side) {
	for list, l := range s.Lists(sd.d) {
		for at := range l.Pairs {
			if s.Spent() {
				return
			}
			s.attemptValue(sd, list, at)
		}
		for _, p := range sd.list.unlisted[:min(len(sd.list.unlisted), maxUnlisted)] {
			if p.Key == signer.TokenName {
				continue // the token has a row of its own
			}
			name := signer.Decode(p.Key)
			s.proposeEdit(resign.Edit{Dim: sd.d, List: list, At: -1, Pair: p}, sd.w.unlisted,
				Values{Name: sd.show(name), Signed: mask(name, p.Value), Detail: same(sd.name)}, false)
		}
		s.attemptWhole(sd, l.Pairs)
	}
}

// attemptValue tries one entry with other values, and without it.
func (s *search) attemptValue(sd *side, list, at int) {
	l := &s.Lists(sd.d)[list]
	p := l.Pairs[at]
	if p.Key == signer.TokenName {
		return // the token has a row of its own
	}
	name := signer.Decode(p.Key)
	v := Values{Name: sd.show(name), Arrived: mask(name, p.Value), Detail: same(sd.name)}
	ed := resign.Edit{Dim: sd.d, List: list, At: at, Pair: p}
	guesses, likely := sd.guess(s.e, p)
	for i, g := range guesses {
		s.Count(len(g)) // it was made, be it tried or not
		ed.Pair.Value, v.Signed = g, mask(name, g)
		s.proposeEdit(ed, sd.w.value, v, i < likely)
	}
	v.Signed = ""
	if l.Repeats(at) {
		s.attemptRepeated(sd, l.Pairs, at, v)
		return
	}
	ed.Pair, ed.Drop = p, true
	s.proposeEdit(ed, sd.w.dropped, v, true)
}

// attemptRepeated tries each of a name's values alone.
func (s *search) attemptRepeated(sd *side, pairs []signer.Pair, at int, v Values) {
	key := pairs[at].Key
	if at+1 < len(pairs) && pairs[at+1].Key == key {
		return // ask once, at the last of them
	}
	first := at
	for first > 0 && pairs[first-1].Key == key {
		first--
	}
	for keep := first; keep <= at && !s.Spent(); keep++ {
		kept := slices.Concat(pairs[:first], pairs[keep:keep+1], pairs[at+1:])
		v.Signed = mask(v.Name, pairs[keep].Value)
		a := attempt{Said: said{sd.w.repeated, v}, Mask: resign.MaskOf(sd.d)}
		a.At[sd.d] = s.Rendered(sd.d, kept, resign.Documented())
		s.Propose(a)
	}
}

// attemptWhole tries other ways of writing a whole list.
func (s *search) attemptWhole(sd *side, pairs []signer.Pair) {
	if len(pairs) == 0 {
		return
	}
	for _, st := range wrongStyles() {
		s.proposeStyle(sd, pairs, st, sd.w.style)
	}
	s.proposeStyle(sd, pairs, wrongStyle{Style: resign.Style{Value: signer.Encode, Key: s.unlowered(sd)}}, sd.w.names)
	s.proposeOrder(sd, pairs)
	if len(pairs) > 1 {
		v := Values{
			Name: sd.show(signer.Decode(pairs[0].Key)), Arrived: mask(pairs[0].Key, pairs[0].Value), Detail: same(sd.name),
		}
		a := attempt{Said: said{sd.w.dropped, v}, Mask: resign.MaskOf(sd.d)}
		a.At[sd.d] = s.Rendered(sd.d, nil, resign.Documented())
		s.Propose(a)
	}
}

// proposeStyle proposes a whole list in another style, and shows the first pair that
// differs.
func (s *search) proposeStyle(sd *side, pairs []signer.Pair, st wrongStyle, w *Message) {
	if s.Spent() {
		return
	}
	a := attempt{Said: said{message: w}, Mask: resign.MaskOf(sd.d)}
	a.At[sd.d] = s.Rendered(sd.d, pairs, st.Style)
	for _, p := range pairs {
		if got, want := s.Written(sd.d, p, st.Style), s.Written(sd.d, p, resign.Documented()); got != want {
			a.Said.v = Values{Signed: maskText(got), Arrived: maskText(want), Detail: st.means}
			break
		}
	}
	s.Propose(a)
}

// proposeOrder proposes a whole list in the order in which the client listed its
// names.
func (s *search) proposeOrder(sd *side, pairs []signer.Pair) {
	if s.Spent() {
		return
	}
	place := map[string]int{}
	var names []string
	for name := range strings.SplitSeq(sd.rawList, ";") {
		key := signer.CanonicalKey(signer.Decode(name))
		if _, ok := place[key]; !ok {
			place[key] = len(place)
			names = append(names, key)
		}
	}
	listed := slices.Clone(pairs)
	slices.SortStableFunc(listed, func(a, b signer.Pair) int { return place[a.Key] - place[b.Key] })
	v := Values{Signed: strings.Join(names, "&"), Arrived: strings.Join(slices.Sorted(slices.Values(names)), "&")}
	a := attempt{Said: said{sd.w.order, v}, Mask: resign.MaskOf(sd.d)}
	if sd.d == resign.Params {
		a.At[sd.d] = s.Rendered(sd.d, listed, resign.Documented())
	} else {
		host, ok := place["host"]
		cut := len(listed)
		for i, p := range listed {
			if ok && place[p.Key] > host {
				cut = i
				break
			}
		}
		a.At[sd.d] = s.RenderedAt(listed, cut, resign.Documented())
	}
	s.Propose(a)
}

// unlowered gives a name as the client may have written it: as it stands on
// the list, else as HTTP headers are usually written.
func (s *search) unlowered(sd *side) func(string) string {
	written := map[string]string{}
	for name := range strings.SplitSeq(sd.rawList, ";") {
		written[signer.CanonicalKey(signer.Decode(name))] = name
	}
	if sd.d == resign.Params {
		for _, p := range s.e.req.Params {
			key := signer.CanonicalKey(p.DecodedName())
			if w, ok := written[key]; ok && w == strings.ToLower(w) {
				written[key] = signer.Encode(p.DecodedName())
			}
		}
	}
	return func(key string) string {
		if w, ok := written[key]; ok && w != strings.ToLower(w) {
			return w
		}
		return sd.show(key)
	}
}

// wrongStyle is a way of writing pairs that is not the documents'.
type wrongStyle struct {
	resign.Style
	// means says in a word what was done to the values or names.
	means Text
}

// wrongStyles are the encoders that hand-written clients use in place of the
// documents' own.
func wrongStyles() []wrongStyle {
	return []wrongStyle{
		{Style: resign.Style{Value: guess.Raw}, means: Text{
			En: "the values not encoded at all",
			Zh: "值完全没有编码",
		}},
		{Style: resign.Style{Value: signer.EncodePath}, means: Text{
			En: "'/' left unencoded, as Python's quote does",
			Zh: "“/” 没有编码（Python 的 quote 就是如此）",
		}},
		{Style: resign.Style{Value: guess.EncodeComponent}, means: Text{
			En: "!'()* left unencoded, as encodeURIComponent does",
			Zh: "!'()* 没有编码（encodeURIComponent 就是如此）",
		}},
		{Style: resign.Style{Value: guess.EncodeForm}, means: Text{
			En: "a space as '+', as form encoders do",
			Zh: "空格写成了 “+”（表单编码就是如此）",
		}},
		{Style: resign.Style{Value: guess.EncodeFormJava}, means: Text{
			En: "a space as '+' and '*' unencoded, as Java's URLEncoder does",
			Zh: "空格写成 “+”，“*” 没有编码（Java 的 URLEncoder 就是如此）",
		}},
		{Style: resign.Style{Value: guess.EncodeLower}, means: Text{
			En: "escapes in lower-case hex (%2f)",
			Zh: "转义用了小写十六进制（%2f）",
		}},
		{Style: resign.Style{Value: func(s string) string { return strings.ToLower(signer.Encode(s)) }}, means: Text{
			En: "the values in lower case",
			Zh: "值转成了小写",
		}},
		{Style: resign.Style{Value: func(s string) string { return strings.ToUpper(signer.Encode(s)) }}, means: Text{
			En: "the values in upper case",
			Zh: "值转成了大写",
		}},
		{Style: resign.Style{Value: signer.Encode, Key: guess.UpperHexKey}, means: Text{
			En: "the escapes of the names in upper-case hex",
			Zh: "名称里的转义用了大写十六进制",
		}},
	}
}
