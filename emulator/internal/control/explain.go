package control

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/danielgtaylor/huma/v2"
)

type explainInput struct {
	Body struct {
		Text    string            `json:"text,omitempty" maxLength:"524288" doc:"Whatever was pasted: a URL, a curl command, fetch, axios or PowerShell code, the dump of a request, DevTools' headers, a HAR entry, the error of an SDK or a browser, the XML of a refusal; with other text around it."`
		Method  string            `json:"method,omitempty" maxLength:"32" example:"PUT" doc:"Of the request, whatever text says. When nobody says it, the one with which the signature can be explained."`
		URL     string            `json:"url,omitempty" maxLength:"65536" doc:"A pre-signed URL, or any URL with the signature in headers."`
		Headers map[string]string `json:"headers,omitempty" doc:"That the request would send. When left out, of a URL nobody says which headers are sent; none is then said to be missing."`
		Curl    string            `json:"curl,omitempty" maxLength:"262144" doc:"A curl command line instead of text, method, url and headers."`
		Body    string            `json:"body,omitempty" maxLength:"262144" doc:"The XML that the cloud refused it with, or what an SDK printed of it; the cloud's refusal is explained then, from it alone or with the request."`
		At      *time.Time        `json:"at,omitempty" doc:"The moment to judge at: now, by the emulator's clock, when left out; with a refusal, its ServerTime."`
	}
}

type explainOutput struct {
	Body Explanation
}

// Explanation is the document of POST /api/v1/explain: what can be said of a
// request that was not sent, or of a refusal.
type Explanation struct {
	Request *entry           `json:"request,omitempty" doc:"What would come of it here and now, as far as that can be said without its body; beside a cloud's refusal, what it is. Its id and seq lead nowhere."`
	Cloud   *cloudError      `json:"cloud,omitempty" doc:"What the refusal of the cloud says."`
	Finding *diagnose.Report `json:"finding" doc:"Why it would be, or was, refused; no findings when there is nothing against it."`
	Notes   []diagnose.Text  `json:"notes,omitempty" doc:"What was not said, or could not be read."`

	// SecretID is the key pair that the request names, if any, and SecretKnown
	// tells whether its SecretKey was there to prove anything with.
	SecretID    string `json:"-"`
	SecretKnown bool   `json:"-"`
}

// cloudError is a refusal of the real cloud.
type cloudError struct {
	Code         string     `json:"code"`
	Message      string     `json:"message"`
	Resource     string     `json:"resource,omitempty"`
	RequestID    string     `json:"request_id,omitempty"`
	ServerTime   *time.Time `json:"server_time,omitempty" doc:"The cloud's clock."`
	HTTPString   string     `json:"http_string,omitempty" doc:"Its FormatString."`
	StringToSign string     `json:"string_to_sign,omitempty"`
	Belongs      bool       `json:"belongs" doc:"Whether StringToSign is the hash of FormatString."`
	Mended       bool       `json:"mended" doc:"Whether FormatString had to be mended for that: copying had changed it."`
}

func (h *Handler) registerExplain(api huma.API) {
	huma.Register(api, h.operation("explain", http.MethodPost, "/explain",
		"Judge a request now without sending it, or explain a refusal of the cloud", http.StatusOK), h.explain)
}

func (h *Handler) explain(_ context.Context, in *explainInput) (*explainOutput, error) {
	b := in.Body
	q := api.Question{Text: b.Text, Method: b.Method, URL: b.URL, Body: b.Body}
	if b.Headers != nil {
		q.Header = http.Header{}
	}
	for name, value := range b.Headers {
		q.Header.Set(name, value)
	}
	if b.At != nil {
		q.At = *b.At
	}
	field := "body.text"
	switch {
	case b.Curl != "" && (b.Text != "" || b.URL != "" || b.Method != "" || len(b.Headers) > 0):
		return nil, unprocessable("body.curl", "give a curl command, or method, url and headers, not both")
	case b.Text != "" && b.URL != "":
		return nil, unprocessable("body.url", "give text or url, not both")
	case b.Text+b.Curl+b.URL+b.Body == "":
		return nil, unprocessable("body", "give a text, or give url, curl or body")
	case b.Curl != "":
		q.Text, field = b.Curl, "body.curl"
	case strings.ContainsAny(strings.TrimSpace(b.URL), "\n"):
		q.Text, q.URL, field = b.URL, "", "body.url" // more than a URL
	case b.URL != "":
		field = "body.url"
	}
	out, err := h.Explain(q)
	switch {
	case errors.Is(err, api.ErrNoRefusal), errors.Is(err, api.ErrTwoRefusals):
		return nil, unprocessable("body.body", err.Error())
	case err != nil:
		return nil, unprocessable(field, err.Error())
	}
	return &explainOutput{*out}, nil
}

// Explain answers a question as POST /api/v1/explain does. Secrets are left out
// of the answer; the errors say what of the question cannot be read.
func (h *Handler) Explain(q api.Question) (*Explanation, error) {
	x, err := h.emulator.Explain(q)
	if err != nil {
		return nil, err
	}
	m := h.masker().also(q.Secret)
	out := &Explanation{SecretID: m.text(x.SecretID), SecretKnown: x.SecretKnown}
	if x.Entry != nil {
		shown := fullEntry(m, x.Entry, h.options.API)
		out.Request = &shown
		m = m.of(x.Entry)
	}
	out.Finding = m.report(x.Finding)
	if out.Request != nil {
		out.Request.Finding = out.Finding
	}
	for _, n := range x.Notes {
		out.Notes = append(out.Notes, diagnose.Text{En: m.text(n.En), Zh: m.text(n.Zh)})
	}
	if x.Cloud != nil {
		out.Cloud = shownCloud(m, x.Cloud)
	}
	return out, nil
}

// shownCloud is a refusal without secrets.
func shownCloud(m masker, ce *diagnose.CloudError) *cloudError {
	shown := &cloudError{
		Code: m.text(ce.Code), Message: m.text(ce.Message), Resource: m.text(ce.Resource), RequestID: m.text(ce.RequestID),
		HTTPString: m.form(ce.FormatString), StringToSign: m.text(ce.StringToSign), Belongs: ce.Belongs, Mended: ce.Mended,
	}
	if !ce.ServerTime.IsZero() {
		shown.ServerTime = moment(ce.ServerTime.Unix())
	}
	return shown
}
