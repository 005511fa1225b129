package diagnose

import (
	"html"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

var (
	wordsSignTwice = Message{
		ID:       SignEncodedTwice,
		Sentence: Text{En: "{name} was percent-encoded twice.", Zh: "{name} 编码了两次。"},
		Advice: Text{
			En: "Encode the value once when you build the URL; hand your HTTP library the plain value if it encodes by itself.",
			Zh: "拼 URL 时只编码一次；如果 HTTP 库自己会编码，就交给它原始的值。",
		},
	}
	wordsTimesEncoded = Message{
		ID: SignEncodedTwice,
		Sentence: Text{
			En: `{name} was signed percent-encoded, as "{signed}"; it is signed as "{arrived}".`,
			Zh: `{name} 签名时是编码过的 “{signed}”，应该用 “{arrived}”。`,
		},
		Advice: Text{
			En: "Sign the times with a plain ';', and encode it in the URL only.",
			Zh: "签名时时间里用原始的 “;”，只在 URL 里编码。",
		},
	}
	wordsHTML = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: "The URL was escaped as HTML or JSON: its '&' arrived as {arrived}.",
			Zh: "URL 被当成 HTML 或 JSON 转义过：其中的 “&” 变成了 {arrived}。",
		},
		Advice: Text{
			En: "Take the URL from the data itself, not from the source of a page or from escaped JSON.",
			Zh: "请从数据本身取 URL，不要从网页源码或转义过的 JSON 里复制。",
		},
	}
	wordsQueryEncoded = Message{
		ID: SignEncodedTwice,
		Sentence: Text{
			En: "The query was percent-encoded as a whole: its {signed} arrived as {arrived}.",
			Zh: "请求参数被整体编码了一次：其中的 {signed} 变成了 {arrived}。",
		},
		Advice: Text{
			En: "A pre-signed URL is encoded already: send it as it is, without encodeURIComponent or the like.",
			Zh: "预签名 URL 已经编码过，请原样发送，不要再用 encodeURIComponent 之类的函数处理。",
		},
	}
	wordsSignRaw = Message{
		ID: SignatureFormat,
		Sentence: Text{
			En: "The value of sign= is not percent-encoded, so it ends at its first '&'.",
			Zh: "sign= 的值没有编码，在第一个 “&” 处就断了。",
		},
		Advice: Text{
			En: "Percent-encode the whole authorization string when you put it into sign=.",
			Zh: "把整个签名串放进 sign= 时要先编码。",
		},
	}
)

// repairer changes the evidence of a request whose signature cannot be read, or
// not as it was meant.
type repairer struct{ *evidence }

// run undoes what keeps the signature from being read as it was meant. If the
// repaired request then verifies, the repairs are proven.
func (e *repairer) run() {
	e.repairTarget()
	e.repairPrefix()
	e.repairCarrier()
	if e.claim == nil {
		return
	}
	e.repairFields()
	if e.claim != e.in.Claim {
		e.key = e.in.keyOf(e.claim.SecretID)
	}
	e.repairKey()
	c := *e.claim
	if c.Algorithm != signer.Algorithm {
		e.repaired(&wordsFormatAlgorithm,
			Values{Name: "q-sign-algorithm", Signed: signer.Algorithm, Arrived: c.Algorithm}, rankProven)
		c.Algorithm = signer.Algorithm
		e.claim = &c
	}
	if sig, w := normalized(c.Signature); w != nil {
		e.repaired(w, Values{Name: "q-signature", Signed: sig, Arrived: c.Signature}, rankProven)
		c.Signature = sig
		e.claim = &c
	}
}

func (e *repairer) repaired(m *Message, v Values, rank int) {
	f := m.Finding(v)
	f.rank, f.explains = rank, true
	e.repairs = append(e.repairs, f)
}

// retarget reads the claim of the same request with another target; false: it
// has none.
func (e *repairer) retarget(path, query string) bool {
	target := path
	if query != "" {
		target += "?" + query
	}
	r, err := signer.NewRequest("GET", "x://x"+target, nil)
	if err != nil {
		return false
	}
	r.Method, r.Host, r.Header, r.TransferEncoding = e.req.Method, e.req.Host, e.req.Header, e.req.TransferEncoding
	c, ok := signer.ParseClaim(r)
	if !ok {
		return false
	}
	e.req, e.claim = r, c
	return true
}

// repairTarget looks for a target that was damaged: a key with a raw '?', or a URL
// that was escaped as HTML or JSON.
func (e *repairer) repairTarget() {
	r := e.req
	if e.repairTwice() {
		return
	}
	if first, rest, ok := strings.Cut(r.Query, "?"); ok && strings.HasPrefix(rest, "q-") || ok && strings.HasPrefix(rest, "sign=") {
		path := r.Path + "?" + first
		arrived := signer.DecodeForm(r.Path)
		// In the new target the '?' is escaped, or it would be cut again.
		if e.retarget(r.Path+"%3F"+strings.ReplaceAll(first, "?", "%3F"), rest) {
			e.repaired(&wordsPathQuestion, Values{Signed: signer.DecodeForm(path), Arrived: arrived}, rankProven)
			return
		}
	}
	if e.claim == nil && e.repairWhole() {
		return
	}
	for _, amp := range [...]string{"&amp;", `\u0026`, "%5Cu0026", "&#38;"} {
		if strings.Contains(r.Query, amp) && !completeClaim(e.claim) && e.retarget(r.Path, unescapeHTML(r.Query)) {
			e.repaired(&wordsHTML, Values{Signed: "&", Arrived: amp}, rankUnreadable)
			return
		}
	}
}

// repairWhole looks for a URL that was encoded as a whole: its query is a single
// name then, or a part of the key. False: it was not.
func (e *repairer) repairWhole() bool {
	path, query, signed, arrived := e.req.Path, e.req.Query, "=", "%3D"
	if at := strings.Index(strings.ToUpper(path), "%3FQ-SIGN-ALGORITHM"); at >= 0 {
		path, query, signed, arrived = path[:at], path[at+len("%3F"):], "?", "%3F"
	}
	if !strings.HasPrefix(strings.ToUpper(query), "Q-SIGN-ALGORITHM%3D") && signed != "?" {
		return false
	}
	if strings.Contains(strings.ToUpper(query), "Q-SIGN-ALGORITHM%3D") {
		query = signer.Decode(query)
	}
	if !e.retarget(path, query) {
		return false
	}
	e.repaired(&wordsQueryEncoded, Values{Signed: signed, Arrived: arrived}, rankUnreadable)
	return true
}

// completeClaim reports whether a claim is complete and readable.
func completeClaim(c *signer.Claim) bool {
	return c != nil && c.Algorithm == signer.Algorithm && c.SignTime.Valid && len(c.Signature) == signer.SignatureLen
}

func unescapeHTML(s string) string {
	s = strings.NewReplacer(`\u0026`, "&", "%5Cu0026", "&").Replace(s)
	return html.UnescapeString(s)
}

// repairCarrier looks for a signature that was encoded once too often, or not
// at all, to be found where it stands.
func (e *repairer) repairCarrier() {
	if v := e.req.Header.Get("Authorization"); e.claim == nil && strings.Contains(v, "%3D") {
		if c, ok := signer.ParseAuthorization(signer.Decode(v)); ok {
			e.adopt(c, signer.CarrierHeader)
			e.repaired(&wordsSignTwice, Values{Name: "Authorization"}, rankUnreadable)
			return
		}
	}
	p, ok := e.req.Param("sign")
	if !ok {
		return
	}
	if e.claim == nil {
		text := p.DecodedValue()
		for range 2 {
			text = signer.Decode(text)
			if c, ok := signer.ParseAuthorization(text); ok {
				e.adopt(c, signer.CarrierSign)
				e.repaired(&wordsSignTwice, Values{Name: "sign"}, rankUnreadable)
				return
			}
		}
		return
	}
	if e.claim.Carrier == signer.CarrierQuery && strings.HasPrefix(p.DecodedValue(), "q-sign-algorithm=") {
		c := *e.claim
		c.Algorithm = strings.TrimPrefix(p.DecodedValue(), "q-sign-algorithm=")
		e.claim = &c
		e.repaired(&wordsSignRaw, Values{Name: "sign"}, rankProven)
	}
}

// adopt takes a claim that was found by decoding, with the token of the
// request.
func (e *repairer) adopt(c *signer.Claim, carrier signer.Carrier) {
	c.Carrier = carrier
	if v := e.req.Header.Get(signer.TokenName); v != "" {
		c.Token, c.TokenCarrier = v, signer.CarrierHeader
	} else if p, ok := e.req.Param(signer.TokenName); ok {
		c.Token, c.TokenCarrier = p.DecodedValue(), signer.CarrierQuery
	}
	e.claim = c
}

// repairFields decodes the q-* fields once more where their times show that
// they need it.
func (e *repairer) repairFields() {
	c := e.claim
	if c.SignTime.Valid || !strings.Contains(strings.ToUpper(c.SignTime.Raw), "%3B") {
		return
	}
	again := *c
	again.SignTime = signer.ParseTimeRange(signer.Decode(c.SignTime.Raw))
	again.KeyTime = signer.ParseTimeRange(signer.Decode(c.KeyTime.Raw))
	if !again.SignTime.Valid {
		return
	}
	again.SecretID, again.Signature, again.Algorithm = signer.Decode(c.SecretID), signer.Decode(c.Signature), signer.Decode(c.Algorithm)
	if lists, ok := signer.ParseAuthorization("q-ak=x&q-signature=x&q-header-list=" + signer.Decode(c.RawHeaderList) +
		"&q-url-param-list=" + signer.Decode(c.RawParamList)); ok {
		again.HeaderList, again.RawHeaderList = lists.HeaderList, lists.RawHeaderList
		again.ParamList, again.RawParamList = lists.ParamList, lists.RawParamList
	}
	e.claim = &again
	e.repaired(&wordsSignTwice, Values{Name: "q-sign-time", Signed: again.SignTime.Raw, Arrived: c.SignTime.Raw}, rankUnreadable)
}
