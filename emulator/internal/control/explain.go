package control

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/explain"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/danielgtaylor/huma/v2"
)

// explainCalls judge requests that were not sent, and explain errors of COS.
type explainCalls struct{ *shared }

type explainInput struct {
	AccountInput
	Body struct {
		Text    string            `json:"text,omitempty" maxLength:"524288" doc:"Pasted text: a URL, a curl command, fetch, axios or PowerShell code, the dump of a request, headers from DevTools, a HAR entry, the error of an SDK or a browser, the error XML of COS. There may be other text around it."`
		Method  string            `json:"method,omitempty" maxLength:"32" example:"PUT" doc:"The method of the request. It wins over the method in text. Default: the method that explains the signature."`
		URL     string            `json:"url,omitempty" maxLength:"65536" doc:"A pre-signed URL, or any URL if the signature is in headers."`
		Headers map[string]string `json:"headers,omitempty" doc:"The headers of the request. Without this member no finding says that a header is missing."`
		Curl    string            `json:"curl,omitempty" maxLength:"262144" doc:"A curl command line instead of text, method, url and headers."`
		Body    string            `json:"body,omitempty" maxLength:"262144" doc:"The error XML of COS, or what an SDK printed of it. The answer then explains this error, with the request if there is one."`
		At      *time.Time        `json:"at,omitempty" doc:"The time to judge at. Default: the ServerTime of an error of COS, else now by the clock of the account, or of the bucket's account."`
	}
}

type explainOutput struct {
	Body Explanation
}

// Explanation is the answer of POST /api/v1/explain: the verdict on a request that was not sent, or
// the explanation of an error of COS.
type Explanation struct {
	Request *entry           `json:"request,omitempty" doc:"The request and its verdict, as far as it can be judged without the body. With an error of COS, the request that caused it. Its id and seq are not in the journal."`
	Cloud   *cloudError      `json:"cloud,omitempty" doc:"The error of COS."`
	Finding *diagnose.Report `json:"finding" doc:"Why the request would be, or was, refused. Without findings: no reason was found."`
	Notes   []diagnose.Text  `json:"notes,omitempty" doc:"What was assumed, and what could not be read."`

	// SecretID is the key pair of the request, if it names one. SecretKnown reports whether its
	// SecretKey is known, so that findings can be proven.
	SecretID    string `json:"-"`
	SecretKnown bool   `json:"-"`
}

// cloudError is an error answer of COS.
type cloudError struct {
	Code         string     `json:"code"`
	Message      string     `json:"message"`
	Resource     string     `json:"resource,omitempty"`
	RequestID    string     `json:"request_id,omitempty"`
	ServerTime   *time.Time `json:"server_time,omitempty" doc:"The time of COS."`
	HTTPString   string     `json:"http_string,omitempty" doc:"Its FormatString; of an S3 error the CanonicalRequest."`
	StringToSign string     `json:"string_to_sign,omitempty"`
	Belongs      bool       `json:"belongs" doc:"Whether StringToSign has the hash of that text."`
	Mended       bool       `json:"mended" doc:"Whether FormatString had to be repaired for that, since copying had changed it."`

	Integrity *diagnose.Text `json:"integrity,omitempty" doc:"Whether FormatString came whole, in a sentence."`
}

func (c *explainCalls) register(api huma.API) {
	op := c.operation("explain", http.MethodPost, "/explain",
		"Judge a request without sending it, or explain an error of COS", http.StatusOK, http.StatusNotFound)
	op.Description = "With account the time is that of the account, and the findings name none of the key pairs, buckets " +
		"and objects of other accounts that were made."
	huma.Register(api, op, c.explain)
}

func (c *explainCalls) explain(_ context.Context, in *explainInput) (*explainOutput, error) {
	if _, err := c.account(in.Account); err != nil {
		return nil, err
	}
	b := in.Body
	q := explain.Question{Account: in.Account, Text: b.Text, Method: b.Method, URL: b.URL, Body: b.Body}
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
	out, err := c.explanation(q)
	switch {
	case errors.Is(err, explain.ErrNoRefusal), errors.Is(err, explain.ErrTwoRefusals):
		return nil, unprocessable("body.body", err.Error())
	case err != nil:
		return nil, unprocessable(field, err.Error())
	}
	return &explainOutput{*out}, nil
}

// explanation asks the emulator and hides the secrets of its answer.
func (s *shared) explanation(q explain.Question) (*Explanation, error) {
	x, err := s.emulator.Explain(q)
	if err != nil {
		return nil, err
	}
	m := s.masker().withSecret(q.Secret)
	out := &Explanation{SecretID: m.text(x.SecretID), SecretKnown: x.SecretKnown}
	if x.Entry != nil {
		shown := s.asEntry(m, x.Entry, false)
		out.Request = &shown
		m = m.withTokensOf(x.Entry)
	}
	out.Finding = m.report(x.Finding)
	if out.Request != nil {
		out.Request.Finding = out.Finding
	}
	for _, n := range x.Notes {
		out.Notes = append(out.Notes, diagnose.Text{En: m.text(n.En), Zh: m.text(n.Zh)})
	}
	if x.Cloud != nil {
		out.Cloud = maskedCloudError(m, x.Cloud)
	}
	return out, nil
}

// maskedCloudError returns an error of COS without secrets.
func maskedCloudError(m masker, ce *diagnose.CloudError) *cloudError {
	shown := &cloudError{
		Code: m.text(ce.Code), Message: m.text(ce.Message), Resource: m.text(ce.Resource), RequestID: m.text(ce.RequestID),
		HTTPString: m.pairs(ce.FormatString), StringToSign: m.pairs(ce.StringToSign), Belongs: ce.Belongs, Mended: ce.Mended,
	}
	if text, ok := ce.Integrity(); ok {
		shown.Integrity = &text
	}
	if !ce.ServerTime.IsZero() {
		shown.ServerTime = jsonTime(ce.ServerTime.Unix())
	}
	return shown
}
