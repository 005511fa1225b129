package control

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/redact"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// hidden stands wherever a secret would.
const hidden = redact.Hidden

// A masker leaves secrets out of what is shown: those of all key pairs,
// wherever they turn up, and what by its name is a secret, known or not. A
// signature is none: without it nobody sees what went wrong, and it opens no
// more than the one request that it came with (choice 86).
type masker struct {
	known func(text string) string // without the secrets of the key pairs
	own   *redact.Set              // of the request that is being shown
	given *redact.Set              // with the question that is being answered
}

func (h *Handler) masker() masker { return masker{known: h.emulator.Keys().Redact} }

// also is the masker with a further secret.
func (m masker) also(secret string) masker {
	m.given = redact.New(secret)
	return m
}

// of is the masker for one request, whose token may be nobody's. A token may
// also stand in a URL that the request carries, such as its Referer.
func (m masker) of(e *journal.Entry) masker {
	var tokens []string
	if e.Claim != nil && e.Claim.Token != "" {
		tokens = append(tokens, e.Claim.Token)
	}
	for name, values := range e.Request.Header {
		for _, v := range values {
			if isToken(name) {
				tokens = append(tokens, v)
			}
			tokens = appendTokens(tokens, v)
		}
	}
	for _, p := range e.Request.Params {
		if p.HasValue && isToken(p.DecodedName()) {
			tokens = append(tokens, p.Value, p.DecodedValue())
		}
		tokens = appendTokens(tokens, p.Value)
	}
	tokens = appendTokens(tokens, e.Request.Path)
	m.own = nil
	if len(tokens) > 0 {
		m.own = redact.New(tokens...)
	}
	return m
}

// appendTokens finds the tokens of URLs and of authorization strings within a
// text, which may be escaped.
func appendTokens(tokens []string, text string) []string {
	for range 3 {
		for rest := text; ; {
			i := strings.IndexByte(rest, '=')
			if i < 0 {
				break
			}
			name, value := rest[:i], rest[i+1:]
			rest = value
			if !isToken(name[strings.LastIndexAny(name, "?&; \"'=/")+1:]) {
				continue
			}
			if end := strings.IndexAny(value, "&; \"'"); end >= 0 {
				value = value[:end]
			}
			tokens = append(tokens, value, signer.Decode(value))
		}
		next := signer.Decode(text)
		if next == text {
			break
		}
		text = next
	}
	return tokens
}

// text leaves out what is known to be a secret.
func (m masker) text(s string) string { return m.known(m.given.Text(m.own.Text(s))) }

func (m masker) texts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = m.text(s)
	}
	return out
}

// form leaves secrets out of a text made of name=value pairs: an HttpString,
// an authorization string, or the XML in which one stands.
func (m masker) form(text string) string {
	var b strings.Builder
	for rest := m.text(text); rest != ""; {
		piece, separator := rest, ""
		if end := strings.IndexAny(rest, "&\n"); end >= 0 {
			piece, separator = rest[:end], rest[end:end+1]
		}
		rest = rest[len(piece)+len(separator):]
		name, value, _ := strings.Cut(piece, "=")
		if value != "" && isSecret(strings.TrimPrefix(name, "amp;")) {
			tail := "" // of the XML, behind the last pair
			if i := strings.IndexByte(value, '<'); i >= 0 {
				tail = value[i:]
			}
			piece = name + "=" + hidden + tail
		}
		b.WriteString(piece)
		b.WriteString(separator)
	}
	return b.String()
}

// report is a finding. It leaves out secrets by itself, where it knows them for
// one; a SecretKey in the place of a SecretID it does not.
func (m masker) report(r *diagnose.Report) *diagnose.Report {
	out := *r
	out.Findings = make([]diagnose.Finding, len(r.Findings))
	for i, f := range r.Findings {
		f.Name, f.Signed, f.Arrived = m.text(f.Name), m.text(f.Signed), m.text(f.Arrived)
		f.Suggestion = m.text(f.Suggestion)
		for _, t := range []*diagnose.Text{&f.Sentence, &f.Advice} {
			t.En, t.Zh = m.text(t.En), m.text(t.Zh)
		}
		out.Findings[i] = f
	}
	for _, form := range []**diagnose.Form{&out.Arrived, &out.Signed} {
		if *form != nil {
			*form = &diagnose.Form{HttpString: m.form((*form).HttpString), StringToSign: m.text((*form).StringToSign)}
		}
	}
	return &out
}

func (m masker) hint(h *diagnose.Hint) diagnose.Hint {
	out := *h
	for _, t := range []*diagnose.Text{&out.Sentence, &out.Advice} {
		t.En, t.Zh = m.text(t.En), m.text(t.Zh)
	}
	return out
}

// query is the raw query of a request.
func (m masker) query(r *signer.Request) string {
	q := r.MaskedQuery()
	if p, ok := r.Param("sign"); ok && p.HasValue {
		plain := p.DecodedValue()
		if masked := m.form(plain); masked != plain {
			q = strings.Replace(q, p.Value, signer.Encode(masked), 1)
		}
	}
	return m.text(q)
}

// headers are those of a request or an answer.
func (m masker) headers(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		shown := m.text(name)
		for _, v := range values {
			out[shown] = append(out[shown], m.header(name, v))
		}
	}
	return out
}

func (m masker) header(name, value string) string {
	switch {
	case value == "":
	case strings.EqualFold(name, "authorization"):
		if _, ours := signer.ParseAuthorization(value); ours {
			return m.form(value)
		}
		return hidden
	case isSecret(name):
		return hidden
	}
	return m.text(value)
}

// isToken tells whether a header or parameter holds a token, in this cloud or
// in another one whose names were taken over.
func isToken(name string) bool {
	name = strings.ToLower(name)
	return name == "token" || name == "x-tc-token" || strings.HasSuffix(name, "security-token")
}

// isSecret tells whether the value of a header or parameter is nobody's
// business: tokens, credentials of others, and the customer's own encryption
// key (COS docs: 服务端加密专用头部).
func isSecret(name string) bool {
	switch strings.ToLower(name) {
	case "proxy-authorization", "cookie", "set-cookie",
		"x-cos-server-side-encryption-customer-key", "x-cos-copy-source-server-side-encryption-customer-key":
		return true
	}
	return isToken(name)
}
