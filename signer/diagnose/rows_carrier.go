package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/internal/show"
)

var (
	wordsAuthPrefix = Message{
		ID: AuthPrefix,
		Sentence: Text{
			En: `The Authorization header has "{arrived}" before the signature.`,
			Zh: `Authorization 头部在签名前多了 “{arrived}”。`,
		},
		Advice: Text{
			En: "Send the signature alone: Authorization: q-sign-algorithm=sha1&q-ak=… (no Bearer, no name, no quotation marks).",
			Zh: "只发送签名本身：Authorization: q-sign-algorithm=sha1&q-ak=…（不要加 Bearer、名称或引号）。",
		},
	}
	wordsQueryTwice = Message{
		ID: QueryTwice,
		Sentence: Text{
			En: "The URL carries its signature twice; the first one ends in \"{arrived}\".",
			Zh: "URL 里的签名出现了两次；第一个的末尾成了 “{arrived}”。",
		},
		Advice: Text{
			En: "Append the signature once: the URL that the SDK returns has it already.",
			Zh: "签名只拼接一次：SDK 返回的 URL 已经带了签名。",
		},
	}
	wordsQuerySecond = Message{
		ID: QueryTwice,
		Sentence: Text{
			En: "The URL carries two signatures. The first one was checked; the second one is right.",
			Zh: "URL 里有两个签名。以第一个为准；第二个才是对的。",
		},
		Advice: Text{En: "Send one signature: remove the first one.", Zh: "只带一个签名：请去掉第一个。"},
	}
	wordsTwoCarriers = Message{
		ID: QueryTwice,
		Sentence: Text{
			En: "The request carries two signatures: in the Authorization header and in the URL. The one in the Authorization header was checked.",
			Zh: "请求带了两个签名：一个在 Authorization 头部，一个在 URL。以头部的为准。",
		},
		Advice: Text{
			En: "Send one signature: drop the header or the one in the URL.",
			Zh: "只带一个签名：去掉头部的，或去掉 URL 里的。",
		},
	}
	wordsTwoCarriersOther = Message{
		ID: QueryTwice,
		Sentence: Text{
			En: "The request carries two signatures: in the Authorization header and in the URL. The one in the Authorization header was checked; the one in the URL is right.",
			Zh: "请求带了两个签名：一个在 Authorization 头部，一个在 URL。以头部的为准；URL 里的才是对的。",
		},
		Advice: Text{En: "Drop the Authorization header.", Zh: "请去掉 Authorization 头部。"},
	}
)

// authorization takes a signature out of an Authorization header that has a
// word before it: "Bearer", "sign=", a quotation mark.
func authorization(v string) (prefix, text string, ok bool) {
	v = strings.TrimSpace(v)
	i := strings.Index(v, "q-")
	if i <= 0 || strings.Contains(v[:i], "&") {
		return "", "", false
	}
	prefix, text = strings.TrimSpace(v[:i]), v[i:]
	if quote := prefix[len(prefix)-1]; quote == '"' || quote == '\'' {
		text = strings.TrimSuffix(text, string(quote))
	}
	_, ok = signer.ParseAuthorization(text)
	return prefix, text, ok
}

func (e *repairer) repairPrefix() {
	if e.claim != nil && e.claim.Carrier != signer.CarrierHeader {
		return
	}
	prefix, text, ok := authorization(e.req.Header.Get("Authorization"))
	if !ok {
		return
	}
	c, _ := signer.ParseAuthorization(text)
	e.adopt(c, signer.CarrierHeader)
	e.repaired(&wordsAuthPrefix, Values{Name: "Authorization", Arrived: prefix}, rankUnreadable)
}

// repairTwice looks for a signature that was appended to a URL which had one
// already, with another '?'.
func (e *repairer) repairTwice() bool {
	first, rest, ok := strings.Cut(e.req.Query, "?")
	if !ok || !beginsSignature(rest) || !beginsSignature(first) && !strings.Contains(first, "&q-sign-algorithm=") &&
		!strings.Contains(first, "&sign=q-") {
		return false
	}
	if !e.retarget(e.req.Path, first) {
		return false
	}
	e.repaired(&wordsQueryTwice, Values{Arrived: "?" + show.Shorten(rest, 24)}, rankUnreadable)
	return true
}

func beginsSignature(query string) bool {
	return strings.HasPrefix(query, "q-sign-algorithm=") || strings.HasPrefix(query, "q-ak=") || strings.HasPrefix(query, "sign=q-")
}

// otherClaim is a further signature of a request, and the request as it is
// without the one that was checked.
type otherClaim struct {
	req     *signer.Request
	claim   *signer.Claim
	message *Message
}

// otherClaims are the signatures beside the one that was checked.
func (e *evidence) otherClaims() []otherClaim {
	var found []otherClaim
	switch e.in.Claim.Carrier {
	case signer.CarrierHeader:
		r := *e.req
		r.Header = e.req.Header.Clone()
		r.Header.Del("Authorization")
		if c, ok := signer.ParseClaim(&r); ok {
			found = append(found, otherClaim{req: &r, claim: c})
		}
	case signer.CarrierQuery, signer.CarrierSign:
		if query, ok := withoutFirst(e.req, e.in.Claim.Carrier); ok {
			if r, err := signer.NewRequest("GET", "x://x"+e.req.Path+"?"+query, nil); err == nil {
				r.Method, r.Host, r.Header, r.TransferEncoding = e.req.Method, e.req.Host, e.req.Header, e.req.TransferEncoding
				if c, ok := signer.ParseClaim(r); ok && c.Signature != e.in.Claim.Signature {
					found = append(found, otherClaim{req: r, claim: c, message: &wordsQuerySecond})
				}
			}
		}
	case signer.CarrierNone, signer.CarrierForm:
	}
	return found
}

// withoutFirst is a query without the first of the signatures in it; false: it
// has but one.
func withoutFirst(r *signer.Request, carrier signer.Carrier) (string, bool) {
	seen := map[string]bool{}
	again := false
	var kept []string
	for _, p := range r.Params {
		ours := carrier == signer.CarrierQuery && strings.HasPrefix(p.Name, "q-") || p.Name == "sign"
		if ours && !seen[p.Name] {
			seen[p.Name] = true
			continue
		}
		again = again || ours
		piece := p.Name
		if p.HasValue {
			piece += "=" + p.Value
		}
		kept = append(kept, piece)
	}
	return strings.Join(kept, "&"), again
}

// observeTwice says which of two signatures was checked, and whether the other one
// is right (choice 471).
func observeTwice(e *evidence) []Finding {
	if e.in.Claim == nil || !e.small || e.holds || e.repairedAs(QueryTwice) {
		return nil
	}
	var found []Finding
	for _, other := range e.otherClaims() {
		key := e.in.keyOf(other.claim.SecretID)
		right := key.SecretKey != "" && signer.Verify(other.req, other.claim, key.SecretKey, e.in.Verify).OK
		w := other.message
		switch {
		case w == nil:
			w = &wordsTwoCarriers
			if right {
				w = &wordsTwoCarriersOther
			}
		case !right:
			continue // a parameter of such a name, and no more is known
		}
		f := w.Finding(Values{})
		f.rank, f.explains = rankObserved, right
		if right {
			f.rank = rankUnreadable
		}
		found = append(found, f)
	}
	return found
}

func (e *evidence) repairedAs(id ID) bool {
	for i := range e.repairs {
		if e.repairs[i].ID == id {
			return true
		}
	}
	return false
}
