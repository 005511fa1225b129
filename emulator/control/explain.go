package control

import (
	"context"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
	"github.com/danielgtaylor/huma/v2"
)

type explainInput struct {
	Body struct {
		Method  string            `json:"method,omitempty" maxLength:"32" example:"PUT" doc:"PUT when left out."`
		URL     string            `json:"url,omitempty" maxLength:"65536" doc:"A pre-signed URL, or any URL with the signature in headers."`
		Headers map[string]string `json:"headers,omitempty" doc:"That the request would send."`
		Curl    string            `json:"curl,omitempty" maxLength:"262144" doc:"A curl command line instead of method, url and headers."`
		Body    string            `json:"body,omitempty" maxLength:"262144" doc:"The XML that the cloud refused it with; the cloud's refusal is explained then, from it alone or with the request."`
	}
}

type explainOutput struct {
	Body explanation
}

// explanation is what can be said of a request that was not sent.
type explanation struct {
	Request *entry           `json:"request,omitempty" doc:"What would come of it here and now, as far as that can be said without its body; not given for a cloud's refusal. Its id and seq lead nowhere."`
	Cloud   *cloudError      `json:"cloud,omitempty" doc:"What the body of the cloud says."`
	Finding *diagnose.Report `json:"finding" doc:"Why it would be, or was, refused; no findings when there is nothing against it."`
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
	method, url, header := b.Method, b.URL, http.Header{}
	for name, value := range b.Headers {
		header.Set(name, value)
	}
	switch {
	case b.Curl != "" && (b.URL != "" || b.Method != "" || len(b.Headers) > 0):
		return nil, unprocessable("body.curl", "give a curl command, or method, url and headers, not both")
	case b.Curl != "":
		c, err := diagnose.ParseCurl(b.Curl)
		if err != nil {
			return nil, unprocessable("body.curl", err.Error())
		}
		method, url, header = c.Method, c.URL, c.Header
	case b.URL == "" && b.Body == "":
		return nil, unprocessable("body", "give url, curl or body")
	}
	if method == "" {
		method = http.MethodPut
	}
	var judged *journal.Entry
	if url != "" {
		var err error
		if judged, err = h.emulator.Judge(method, url, header); err != nil {
			return nil, unprocessable("body.url", err.Error())
		}
	}
	if b.Body != "" {
		return h.explainCloud(b.Body, judged)
	}
	shown := fullEntry(h.masker(), judged, h.options.API)
	out := explanation{Request: &shown, Finding: shown.Finding}
	if out.Finding == nil {
		out.Finding = &diagnose.Report{Findings: []diagnose.Finding{}}
	}
	return &explainOutput{out}, nil
}

// explainCloud explains a refusal of the cloud; judged is the request that it
// was for, if it is known.
func (h *Handler) explainCloud(body string, judged *journal.Entry) (*explainOutput, error) {
	ce, err := diagnose.ParseCloudError([]byte(body))
	if err != nil {
		return nil, unprocessable("body.body", err.Error())
	}
	var in diagnose.Input
	m := h.masker()
	if judged != nil {
		m = m.of(judged)
		in.Request, in.Claim, in.Facts.Bucket = judged.Request, judged.Claim, judged.Bucket
	}
	for _, k := range h.emulator.Keys().List() {
		c := signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token}
		if in.Claim != nil && in.Claim.SecretID == k.SecretID {
			in.Key = c
		} else {
			in.OtherKeys = append(in.OtherKeys, c)
		}
	}
	shown := &cloudError{
		Code: m.text(ce.Code), Message: m.text(ce.Message), Resource: m.text(ce.Resource), RequestID: m.text(ce.RequestID),
		HTTPString: m.form(ce.FormatString), StringToSign: m.text(ce.StringToSign), Belongs: ce.Belongs, Mended: ce.Mended,
	}
	if !ce.ServerTime.IsZero() {
		shown.ServerTime = moment(ce.ServerTime.Unix())
	}
	return &explainOutput{explanation{Cloud: shown, Finding: m.report(diagnose.ExplainCloud(ce, in))}}, nil
}
