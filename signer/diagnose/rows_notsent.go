package diagnose

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/guess"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

var (
	wordsHeaderNotSent = Message{
		ID: HeaderNotSent,
		Sentence: Text{
			En: "{name} is on q-header-list, but no such header arrived.",
			Zh: "q-header-list 里有 {name}，请求却没有带这个头部。",
		},
		Advice: Text{
			En: "Send {name} with the value that was signed, or leave it out when you sign.",
			Zh: "请带上签名时的 {name}，或不要签入。",
		},
	}
	wordsParamNotSent = Message{
		ID: ParamNotSent,
		Sentence: Text{
			En: "{name} is on q-url-param-list, but no such parameter arrived.",
			Zh: "q-url-param-list 里有 {name}，请求却没有带这个参数。",
		},
		Advice: Text{
			En: "Keep {name} in the URL as it was signed, or leave it out when you sign.",
			Zh: "请在 URL 里保留签名时的 {name}，或者签名时不要包含它。",
		},
	}
)

func attemptHeaderNotSent(s *search) { s.attemptNotSent(s.headerSide()) }
func attemptParamNotSent(s *search)  { s.attemptNotSent(s.paramSide()) }

// attemptNotSent tries values for a listed name that did not arrive: empty, a usual
// one, or that of the parameter or header with the same name.
func (s *search) attemptNotSent(sd *side) {
	for list := range s.Lists(sd.d) {
		for _, name := range sd.list.missing {
			if s.e.tokenRow(sd.d, name) || sd.d == resign.Headers && name == "host" {
				continue // these have rows of their own
			}
			propose := func(value string, w *Message, likely bool) {
				if sd.d == resign.Headers && name == "content-length" && s.e.chunkedLength() {
					s.proposeChunked(list, value)
					return
				}
				s.proposeEdit(resign.Edit{Dim: sd.d, List: list, At: -1, Pair: signer.NewPair(name, value)}, w,
					Values{Name: sd.show(name), Signed: mask(name, value)}, likely)
			}
			propose("", sd.w.absent, true)
			for i, v := range s.e.namesakes(sd.d, name) {
				propose(v, sd.w.renamed, i == 0)
			}
			if sd.d == resign.Headers {
				for _, v := range guess.UsualValues(name) {
					propose(v, sd.w.renamed, false)
				}
			}
		}
	}
}

// namesakes are the values that a missing name has elsewhere in the request: as
// a parameter in place of a header or the other way round, or under a name
// that was encoded once too often.
func (e *evidence) namesakes(d resign.Dim, name string) []string {
	var found []string
	if d == resign.Headers {
		for _, p := range e.req.Params {
			if !e.carries(p) && strings.EqualFold(p.DecodedName(), name) {
				found = append(found, p.DecodedValue())
			}
		}
		return found
	}
	found = append(found, e.req.Header[http.CanonicalHeaderKey(name)]...)
	for _, p := range e.req.Params {
		if !e.carries(p) && strings.EqualFold(signer.Decode(p.DecodedName()), name) {
			found = append(found, p.DecodedValue(), signer.Decode(p.DecodedValue()))
		}
	}
	return found
}

// tokenRow reports whether a missing name is the token's and left to the rows
// about tokens: it did not come at all, or it was signed as a header and came
// as a parameter, which is a leniency. The other way round it is a parameter
// that was not sent (choice 106).
func (e *evidence) tokenRow(d resign.Dim, name string) bool {
	return strings.EqualFold(name, signer.TokenName) && (d == resign.Headers || e.claim.Token == "")
}

func observeHeaderNotSent(e *evidence) []Finding {
	return e.observeNotSent(resign.Headers, &e.headers, &wordsHeaderNotSent, http.CanonicalHeaderKey)
}

func observeParamNotSent(e *evidence) []Finding {
	return e.observeNotSent(resign.Params, &e.params, &wordsParamNotSent, func(name string) string { return name })
}

// observeNotSent says what was listed and did not arrive. The cloud can only
// sign what it has, so this is no mistake where the signature holds.
func (e *evidence) observeNotSent(d resign.Dim, l *listing, w *Message, show func(string) string) []Finding {
	if e.holds {
		return nil
	}
	var found []Finding
	for _, name := range l.missing {
		if e.tokenRow(d, name) || d == resign.Headers && name == "content-length" && e.chunkedLength() {
			continue // that is token-missing, or transfer-encoding
		}
		f := w.Finding(Values{Name: show(name)})
		f.rank, f.explains = rankObserved, true
		found = append(found, f)
	}
	return found
}

var wordsTypeDefault = Message{
	ID: HeaderValue,
	Sentence: Text{
		En: `The signed Content-Type arrived as "{arrived}", which HTTP clients add by themselves.`,
		Zh: `签名包含 Content-Type，实际收到的却是 “{arrived}”，这是 HTTP 客户端自己加上的值。`,
	},
	Advice: Text{
		En: "Set Content-Type to the value that was signed (curl: -T instead of --data-binary, or -H 'Content-Type: …').",
		Zh: "请把 Content-Type 设为签名时的值（curl 用 -T 代替 --data-binary，或加 -H 'Content-Type: …'）。",
	},
}

// observeHeaderValue sees the one header value that gives itself away: the
// Content-Type of a form, on what is no form.
func observeHeaderValue(e *evidence) []Finding {
	if e.holds || e.proven || !e.judged || !contains(e.claim.HeaderList, "content-type") || e.req.Method == http.MethodPost {
		return nil
	}
	v := e.req.Header.Get("Content-Type")
	if guess.MediaType(v) != "application/x-www-form-urlencoded" {
		return nil
	}
	f := wordsTypeDefault.Finding(Values{Name: "Content-Type", Arrived: v})
	f.rank, f.explains = rankObserved, true
	return []Finding{f}
}

var wordsTransferEncoding = Message{
	ID: TransferEncoding,
	Sentence: Text{
		En: "Content-Length was signed, but the body came with Transfer-Encoding: {arrived} and without Content-Length.",
		Zh: "签名包含 Content-Length，但请求体以 Transfer-Encoding: {arrived} 发送，没有 Content-Length。",
	},
	Advice: Text{
		En: "Give the HTTP client the body's length (a file, bytes, or contentLength), so that it sends Content-Length; or leave Content-Length out when you sign.",
		Zh: "把请求体的长度告诉 HTTP 客户端（传文件、字节数组，或设置 contentLength），让它发送 Content-Length；或者签名时不要包含 Content-Length。",
	},
}

// chunkedLength reports whether Content-Length was signed of a body that came
// without one, in chunks.
func (e *evidence) chunkedLength() bool {
	return e.claim != nil && len(e.req.TransferEncoding) > 0 && e.headers.misses("content-length")
}

// proposeChunked proposes that a length was signed, though the body came chunked.
func (s *search) proposeChunked(list int, length string) {
	s.proposeEdit(resign.Edit{Dim: resign.Headers, List: list, At: -1, Pair: signer.NewPair("content-length", length)}, &wordsTransferEncoding,
		Values{Name: "Content-Length", Signed: length, Arrived: strings.Join(s.e.req.TransferEncoding, ", ")}, true)
}

func observeTransferEncoding(e *evidence) []Finding {
	if e.holds || !e.chunkedLength() {
		return nil
	}
	f := wordsTransferEncoding.Finding(Values{Name: "Content-Length", Arrived: strings.Join(e.req.TransferEncoding, ", ")})
	f.rank, f.explains = rankObserved, true
	return []Finding{f}
}
