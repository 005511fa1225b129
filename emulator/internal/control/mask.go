package control

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/emulator/internal/redact"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// hidden replaces each secret.
const hidden = redact.Hidden

// A masker hides secrets in answers: the secrets of all key pairs, wherever they are, and the
// values of headers and parameters that are secret by their name.
//
// It shows signatures. Without them no mistake can be found, and a signature gives access to its
// own request only (choice 86).
type masker struct {
	hideKeys func(text string) string // hides the secrets of all key pairs
	request  *redact.Set              // the tokens of the request that is shown
	question *redact.Set              // the secret that came with the question
}

// withSecret returns a masker that hides a further secret.
func (m masker) withSecret(secret string) masker {
	m.question = redact.New(secret)
	return m
}

// withTokensOf returns a masker that also hides the tokens of one request, known or not. A token
// may be part of a URL in the request, such as its Referer.
func (m masker) withTokensOf(e *journal.Entry) masker {
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
	m.request = nil
	if len(tokens) > 0 {
		m.request = redact.New(tokens...)
	}
	return m
}

// appendTokens appends the tokens of URLs and authorization strings in a text, which may be
// percent-encoded up to three times.
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

// text hides the known secrets in a text.
func (m masker) text(s string) string { return m.hideKeys(m.question.Text(m.request.Text(s))) }

func (m masker) texts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = m.text(s)
	}
	return out
}

// pairs hides the secrets in a text of name=value pairs: an HttpString, an authorization string, or
// XML that contains one.
func (m masker) pairs(text string) string {
	var b strings.Builder
	for rest := m.text(text); rest != ""; {
		piece, separator := rest, ""
		if end := strings.IndexAny(rest, "&\n"); end >= 0 {
			piece, separator = rest[:end], rest[end:end+1]
		}
		rest = rest[len(piece)+len(separator):]
		for _, sign := range [...]string{"=", ":"} { // a canonical request of S3 has name:value lines
			name, value, _ := strings.Cut(piece, sign)
			if value != "" && isSecret(strings.TrimPrefix(name, "amp;")) {
				tail := "" // the XML after the last pair
				if i := strings.IndexByte(value, '<'); i >= 0 {
					tail = value[i:]
				}
				piece = name + sign + hidden + tail
			}
		}
		b.WriteString(piece)
		b.WriteString(separator)
	}
	return b.String()
}

// report hides the secrets in findings. Findings already hide tokens, but not a SecretKey that a
// client sent as its SecretId.
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
			*form = &diagnose.Form{HttpString: m.pairs((*form).HttpString), StringToSign: m.text((*form).StringToSign)}
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

// query returns the raw query of a request without secrets.
func (m masker) query(r *signer.Request) string {
	q := r.MaskedQuery()
	if p, ok := r.Param("sign"); ok && p.HasValue {
		plain := p.DecodedValue()
		if masked := m.pairs(plain); masked != plain {
			q = strings.Replace(q, p.Value, signer.Encode(masked), 1)
		}
	}
	return m.text(q)
}

// headers returns the headers of a request or an answer without secrets.
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
		if _, ofCOS := signer.ParseAuthorization(value); ofCOS {
			return m.pairs(value)
		}
		if strings.HasPrefix(value, "AWS4-") || strings.HasPrefix(value, "AWS ") { // a signature too
			return m.text(value)
		}
		return hidden
	case isSecret(name):
		return hidden
	}
	return m.text(value)
}

// isToken reports whether a header or parameter is a token, by the name that COS or another cloud
// has for it.
func isToken(name string) bool {
	name = strings.ToLower(name)
	return name == "token" || name == "x-tc-token" || strings.HasSuffix(name, "security-token")
}

// isSecret reports whether the value of a header or parameter is secret: a token, a credential for
// another server, or the customer's encryption key (COS docs: 服务端加密专用头部).
func isSecret(name string) bool {
	switch strings.ToLower(name) {
	case "proxy-authorization", "cookie", "set-cookie",
		"x-cos-server-side-encryption-customer-key", "x-cos-copy-source-server-side-encryption-customer-key",
		"x-amz-server-side-encryption-customer-key", "x-amz-copy-source-server-side-encryption-customer-key":
		return true
	}
	return isToken(name)
}
