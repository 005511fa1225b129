package control

import (
	"net/http"
	"strings"
	"sync"

	"github.com/cosemu/cosemu/emulator/journal"
	"github.com/cosemu/cosemu/emulator/keyring"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

const (
	// hidden stands wherever a secret would.
	hidden = "[hidden]"
	// minSecret is the length in bytes from which a secret is looked for in
	// texts; a shorter one cannot be told from ordinary words, and is left out
	// only where its name gives it away.
	minSecret = 8
)

// A masker leaves secrets out of what is shown: those of all key pairs,
// wherever they turn up, and what by its name is a secret, known or not. A
// signature is none: without it nobody sees what went wrong, and it opens no
// more than the one request that it came with (choice 86).
type masker struct {
	known *strings.Replacer // of the key pairs
	own   []string          // of the request that is being shown
	given []string          // with the question that is being answered
}

// newMasker knows the secrets of the keys as they are now.
func newMasker(keys []keyring.Key) masker {
	var pairs []string
	for i := range keys {
		for _, s := range [...]string{keys[i].SecretKey, keys[i].Token} {
			for _, form := range forms(s) {
				pairs = append(pairs, form, hidden)
			}
		}
	}
	return masker{known: strings.NewReplacer(pairs...)}
}

// masker knows the secrets of now. It is made again when the keys have changed:
// ten thousand temporary keys are a lot to prepare for.
func (h *Handler) masker() masker {
	keys := h.emulator.Keys()
	version := keys.Version()
	h.masks.Lock()
	defer h.masks.Unlock()
	if h.masks.known == nil || h.masks.version != version {
		h.masks.masker, h.masks.version = newMasker(keys.List()), version
	}
	return h.masks.masker
}

// masks is the masker of one version of the ring.
type masks struct {
	sync.Mutex
	masker
	version uint64
}

// also is the masker with a further secret.
func (m masker) also(secret string) masker {
	m.given = forms(secret)
	return m
}

// forms are the ways in which a secret may stand in a text: as it is, and
// escaped once or twice.
func forms(s string) []string {
	if len(s) < minSecret {
		return nil
	}
	out := []string{s}
	for range 2 {
		next := signer.Encode(out[len(out)-1])
		if next == out[len(out)-1] {
			break
		}
		out = append(out, next)
	}
	return out
}

// of is the masker for one request, whose token may be nobody's.
func (m masker) of(e *journal.Entry) masker {
	m.own = nil
	add := func(token string) { m.own = append(m.own, forms(token)...) }
	if e.Claim != nil {
		add(e.Claim.Token)
	}
	for name, values := range e.Request.Header {
		if isToken(name) {
			for _, v := range values {
				add(v)
			}
		}
	}
	for _, p := range e.Request.Params {
		if p.HasValue && isToken(p.DecodedName()) {
			add(p.Value)
			add(p.DecodedValue())
		}
	}
	return m
}

// text leaves out what is known to be a secret.
func (m masker) text(s string) string {
	for _, list := range [...][]string{m.own, m.given} {
		for _, secret := range list {
			s = strings.ReplaceAll(s, secret, hidden)
		}
	}
	return m.known.Replace(s)
}

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
		for _, v := range values {
			out[name] = append(out[name], m.header(name, v))
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

func isToken(name string) bool {
	return strings.EqualFold(name, signer.TokenName) || strings.EqualFold(name, "token") || strings.EqualFold(name, "x-tc-token")
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
