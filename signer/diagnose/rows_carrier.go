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

// AWSClaim is a signature made the S3 way, as far as a request shows it.
type AWSClaim struct {
	// Version is "V4" or "V2".
	Version string
	// Carrier is where it came: signer.CarrierHeader or signer.CarrierQuery, or
	// signer.CarrierForm in the fields of a form.
	Carrier signer.Carrier
	// KeyID is the access key id in it, as it was written; may be empty.
	KeyID string
}

// FindAWSClaim looks for a signature of S3: in the Authorization header,
// else in the query.
func FindAWSClaim(r *signer.Request) (*AWSClaim, bool) {
	for _, v := range r.Header["Authorization"] {
		v = strings.TrimSpace(v)
		switch {
		case strings.HasPrefix(v, "AWS4-"):
			_, credential, _ := strings.Cut(v, "Credential=")
			id, _, _ := strings.Cut(credential, "/")
			return &AWSClaim{"V4", signer.CarrierHeader, id}, true
		case strings.HasPrefix(v, "AWS "):
			id, _, _ := strings.Cut(strings.TrimSpace(v[len("AWS "):]), ":")
			return &AWSClaim{"V2", signer.CarrierHeader, id}, true
		}
	}
	return findAWSFields(signer.CarrierQuery, func(name string) (string, bool) {
		p, ok := r.Param(name)
		return p.DecodedValue(), ok
	})
}

// FindAWSFields looks for a signature of S3 among the fields of a form.
func FindAWSFields(field func(name string) (string, bool)) (*AWSClaim, bool) {
	return findAWSFields(signer.CarrierForm, field)
}

func findAWSFields(carrier signer.Carrier, field func(string) (string, bool)) (*AWSClaim, bool) {
	_, signed := field("X-Amz-Signature")
	_, algorithm := field("X-Amz-Algorithm")
	if credential, ok := field("X-Amz-Credential"); ok || signed || algorithm {
		id, _, _ := strings.Cut(credential, "/")
		return &AWSClaim{"V4", carrier, id}, true
	}
	if id, ok := field("AWSAccessKeyId"); ok {
		return &AWSClaim{"V2", carrier, id}, true
	}
	return nil, false
}

var wordsAWS = Message{
	ID: AWSSignature,
	Sentence: Text{
		En: "The request is signed the S3 way (AWS signature {name}, {detail}). cosemu does not check S3 signatures.",
		Zh: "请求用的是 S3 签名（AWS 签名 {name}，在{detail}）。cosemu 不校验 S3 签名。",
	},
	Advice: Text{
		En: "Sign with a COS SDK, whose signature begins with q-sign-algorithm. COS itself also takes S3 signatures; what an S3 client does cannot be tested here.",
		Zh: "请用 COS SDK 签名（以 q-sign-algorithm 开头）。线上 COS 也接受 S3 签名，但这里无法测试 S3 客户端。",
	},
}

func observeAWS(e *evidence) []Finding {
	a, ok := e.in.AWS, e.in.AWS != nil
	if !ok && e.in.Claim == nil {
		a, ok = FindAWSClaim(e.req)
	}
	if !ok {
		return nil
	}
	f := a.Finding()
	f.rank, f.explains = rankUnreadable, true
	return []Finding{f}
}

// Finding says what the signature is. It proves nothing: that the signature is
// right is not looked at.
func (a *AWSClaim) Finding() Finding {
	detail := Text{En: "in the URL", Zh: " URL 里"}
	switch a.Carrier {
	case signer.CarrierHeader:
		detail = Text{En: "in the Authorization header", Zh: " Authorization 头部"}
	case signer.CarrierForm:
		detail = Text{En: "in the form's fields", Zh: "表单字段里"}
	}
	f := wordsAWS.Finding(Values{Name: a.Version, Detail: detail})
	f.Name = ""
	return f
}
