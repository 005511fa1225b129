package explain

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/judge"
	"github.com/cosemu/cosemu/emulator/internal/paste"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// MaxPaste is how many bytes of a text Explain reads.
const MaxPaste = paste.MaxBytes

// What is wrong with a Question. No error repeats any of it.
var (
	ErrNothingToExplain = bilingual.Errorf("there is neither a request nor a refusal", "既没有请求，也没有拒绝响应")
	ErrTwoRefusals      = bilingual.Errorf("the request comes with a body of its own, so a further one is one too many", "请求里已经有响应内容，不能再给一份")
	ErrNoRefusal        = bilingual.Errorf("the body holds no refusal, no COS error: there is neither <Error>…</Error> in it nor an SDK's message",
		"内容里没有 COS 的拒绝响应：既没有 <Error>…</Error>，也没有 SDK 的报错")
	ErrNoRequest = bilingual.Errorf("a method and headers belong to a request, and there is none", "请求方法和头部说的是请求，而这里没有请求")
)

// Question is what Explain is asked. One of Text, URL and Body is needed.
type Question struct {
	// Text is what somebody pasted: a URL, a command, code, a dump, the error of
	// an SDK or a browser, the body of a refusal; in UTF-8, UTF-16 or GBK.
	Text string
	// URL is that of the request, and nothing else.
	URL string
	// Method and Header are those of the request, and overrule Text. An empty Method
	// is unknown; a nil Header means that the headers are unknown.
	Method string
	Header http.Header
	// Body is the refusal, where it does not stand in Text.
	Body string
	// Account is the APPID of the account that asks; empty: one that may see all
	// accounts. Its clock counts, and nothing of another account is named (choice 735).
	Account string
	// At is the moment to judge at. Zero means the time of the server that refused,
	// where there is a refusal, else now by the emulator's clock.
	At time.Time
	// Offline means that nothing but the configuration is known here: a key pair
	// that is not configured may well exist. It is left unchecked (choice 380).
	Offline bool
	// Secret is the SecretKey of the pair that the request names, when it was
	// given for this question. It is shown nowhere.
	Secret string
}

// asked is a question that was read.
type asked struct {
	Question
	Explanation
	req    *signer.Request // nil: there is none
	shown  *paste.Request  // how the text shows it; nil: the question says it all
	seen   []diagnose.Finding
	secure bool // it goes by TLS
}

// read puts together what the question holds.
func (x *Explainer) read(q Question) (*asked, error) {
	a := &asked{Question: q}
	if q.URL != "" {
		a.shown = &paste.Request{URL: q.URL, Bare: q.Header == nil}
	}
	if err := a.readText(q.Text); err != nil {
		return nil, err
	}
	if err := a.readBody(q.Body); err != nil {
		return nil, err
	}
	switch {
	case a.shown != nil:
		if err := a.makeRequest(); err != nil {
			return nil, err
		}
	case a.Cloud == nil && a.seen == nil:
		return nil, ErrNothingToExplain
	case q.Method != "" || len(q.Header) > 0:
		return nil, ErrNoRequest
	}
	return a, nil
}

func (a *asked) readText(text string) error {
	if text == "" {
		return nil
	}
	t, err := paste.Read(text)
	if err != nil {
		return err
	}
	a.take(t)
	return nil
}

func (a *asked) readBody(text string) error {
	switch {
	case text == "":
		return nil
	case a.Cloud != nil:
		return ErrTwoRefusals
	}
	t, err := paste.Read(text)
	if errors.Is(err, paste.ErrNothing) || err == nil && t.Cloud == nil {
		return ErrNoRefusal
	}
	if err != nil {
		return err
	}
	if a.shown != nil {
		t.Request = nil
	}
	a.take(t)
	return nil
}

// take adds what a text shows.
func (a *asked) take(t *paste.Text) {
	a.Cloud, a.seen, a.Notes = t.Cloud, append(a.seen, t.Findings...), append(a.Notes, t.Notes...)
	if t.Request != nil {
		a.shown = t.Request
	}
}

// makeRequest makes a request of what the text shows and of what the question
// says beside it, which counts more.
func (a *asked) makeRequest() error {
	s := *a.shown
	s.Header = s.Header.Clone()
	if a.Header != nil {
		s.Whole = true
		if s.Header == nil {
			s.Header = http.Header{}
		}
		for name, values := range a.Header {
			s.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if a.Method != "" {
		s.Method = a.Method
	}
	if s.Method == "" {
		s.Method = http.MethodPut
		if m, _, ok := strings.Cut(formatString(a.Cloud), "\n"); ok && m != "" {
			s.Method, a.Method = strings.ToUpper(m), m
		}
	} else {
		a.Method = s.Method
	}
	req, err := signer.NewRequest(s.Method, s.URL, s.Header)
	if err != nil {
		return bilingual.Errorf("the URL cannot be read: %s", "无法读取 URL：%s", strings.TrimPrefix(err.Error(), "signer: "))
	}
	a.req, a.shown = req, &s
	a.secure = judge.TLSOf(s.URL, req.Host) != nil
	return nil
}

func formatString(c *diagnose.CloudError) string {
	if c == nil {
		return ""
	}
	return c.FormatString
}

// judgeable tells whether the request itself can say why its signature does not
// match, where the refusal does not hold what was signed.
func (a *asked) judgeable() bool {
	if a.req == nil || a.Cloud.Code != string(coserr.SignatureDoesNotMatch) || secretIDOf(a.req) == "" {
		return false
	}
	claim, _ := signer.FindClaim(a.req)
	ofS3 := claim != nil && claim.Family != signer.QSign
	return a.Cloud.Family == signer.QSign && (a.Cloud.FormatString == "" || ofS3)
}

// secretIDOf is the SecretId of a request; empty when it has none. It is found in a
// damaged signature too, which no server could read.
func secretIDOf(r *signer.Request) string {
	if claim, _ := signer.FindClaim(r); claim != nil {
		return claim.SecretID
	}
	text := r.Query + "&" + r.Header.Get("Authorization")
	for range 3 {
		if _, after, ok := strings.Cut(text, "q-ak="); ok {
			if end := strings.IndexAny(after, `&\ "'`); end >= 0 {
				after = after[:end]
			}
			return after
		}
		text = signer.Decode(text)
	}
	return ""
}

func (a *asked) note(en, zh string) {
	a.Notes = append(a.Notes, diagnose.Text{En: en, Zh: zh})
}
