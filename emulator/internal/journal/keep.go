package journal

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// How much of a request is recorded (choice 321). Sizes are in bytes. Those of lists and headers
// include the memory of names and values beside their text.
const (
	keepHeaders  = 24 << 10 // of the headers of the request, and of those of the answer
	keepQuery    = 16 << 10
	keepText     = 16 << 10 // of any other text
	keepNames    = 256      // the number of parameters, and of signed names
	keepFindings = 32
	keepAll      = 64 << 10 // a request up to this size is recorded unchanged
)

// Omitted is what the journal left out of a request.
type Omitted struct {
	Headers int // header values of the request
	Params  int // parameters of its query
	Answer  int // header values of its answer
	// Texts are the names of the texts that were shortened.
	Texts []string
}

// bound shortens an entry to its limits and returns its size. It copies what remains, so that the
// rest can be freed.
func (e *Entry) bound() int64 {
	if n := e.size(); n <= keepAll {
		return n
	}
	var o Omitted
	if e.Omitted != nil { // the reader of the request shortened it
		o = *e.Omitted
		o.Texts = slices.Clone(o.Texts)
	}
	if e.Request != nil {
		e.Request = o.request(e.Request)
	}
	e.Header, o.Answer = boundHeader(e.Header)
	for _, t := range []struct {
		name string
		text *string
	}{
		{"bucket", &e.Bucket},
		{"key", &e.Key},
		{"http_string", &e.HttpString},
		{"string_to_sign", &e.StringToSign},
		{"message", &e.Message},
		{"region", &e.Region},
	} {
		*t.text = o.cut(t.name, *t.text)
	}
	if len(e.Document) > keepText {
		e.Document = []byte(o.cut("document", string(e.Document)))
	}
	if e.Claim != nil {
		e.Claim = o.claim(e.Claim)
	}
	if r := e.Finding; r != nil {
		e.Finding = o.report(r)
	}
	e.Diagnosis = slices.Clone(e.Diagnosis[:min(len(e.Diagnosis), keepFindings)])
	e.Omitted = &o
	return e.size()
}

// cut shortens a text and records its name.
func (o *Omitted) cut(name, text string) string {
	if len(text) <= keepText {
		return strings.Clone(text)
	}
	if !slices.Contains(o.Texts, name) {
		o.Texts = append(o.Texts, name)
	}
	return strings.ToValidUTF8(text[:keepText], "") + "…"
}

func (o *Omitted) request(r *signer.Request) *signer.Request {
	out := &signer.Request{
		Method: o.cut("method", r.Method), Path: o.cut("path", r.Path), Host: o.cut("host", r.Host),
		TransferEncoding: r.TransferEncoding,
	}
	kept := len(r.Params)
	if len(r.Query) > keepQuery || kept > keepNames {
		size := 0
		for kept = 0; kept < min(len(r.Params), keepNames); kept++ {
			p := r.Params[kept]
			if size += len(p.Name) + len(p.Value) + 2; size > keepQuery {
				break
			}
		}
		o.Params = len(r.Params) - kept
	}
	pieces := make([]string, 0, kept)
	for _, p := range r.Params[:kept] {
		p = signer.Param{Name: strings.Clone(p.Name), Value: strings.Clone(p.Value), HasValue: p.HasValue}
		out.Params = append(out.Params, p)
		piece := p.Name
		if p.HasValue {
			piece += "=" + p.Value
		}
		pieces = append(pieces, piece)
	}
	out.Query = strings.Join(pieces, "&")
	var dropped int
	out.Header, dropped = boundHeader(r.Header)
	o.Headers += dropped
	return out
}

// boundHeader copies the headers within the limit, the most important names first, and counts the
// values that it leaves out.
func boundHeader(h http.Header) (kept http.Header, omitted int) {
	if h == nil {
		return nil, 0
	}
	names := slices.SortedFunc(maps.Keys(h), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
	kept = make(http.Header)
	left := int64(keepHeaders)
	for _, name := range names {
		for _, v := range h[name] {
			cost := int64(len(name) + len(v) + valueCost)
			if kept[name] == nil {
				cost += nameCost
			}
			if cost > left {
				omitted++
				continue
			}
			left -= cost
			if kept[name] == nil {
				name = strings.Clone(name)
			}
			kept[name] = append(kept[name], strings.Clone(v))
		}
	}
	return kept, omitted
}

// rank sorts the headers that COS reads before others.
func rank(name string) int {
	switch {
	case name == "Authorization", name == "Date", name == "Origin", name == "Referer", name == "Range":
		return 0
	case strings.HasPrefix(name, "Content-"), strings.HasPrefix(name, "X-Cos-"), strings.HasPrefix(name, "x-cos"):
		return 1
	}
	return 2
}

func (o *Omitted) claim(c *signer.Claim) *signer.Claim {
	out := *c
	out.HeaderList = o.names("header_list", c.HeaderList)
	out.ParamList = o.names("param_list", c.ParamList)
	for _, t := range []struct {
		name string
		text *string
	}{
		{"header_list", &out.RawHeaderList},
		{"param_list", &out.RawParamList},
		{"algorithm", &out.Algorithm},
		{"secret_id", &out.SecretID},
		{"sign_time", &out.SignTime.Raw},
		{"key_time", &out.KeyTime.Raw},
		{"signature", &out.Signature},
	} {
		*t.text = o.cut(t.name, *t.text)
	}
	if c.AWS != nil {
		aws := *c.AWS
		for _, text := range []*string{&aws.Date, &aws.Scope.Raw, &aws.Scope.Date, &aws.Scope.Region, &aws.Scope.Service, &aws.PayloadHash} {
			*text = o.cut("scope", *text)
		}
		out.AWS = &aws
	}
	// A token is not shortened, since it would not be recognised then.
	out.Token = strings.Clone(c.Token)
	return &out
}

// names shortens a list of names.
func (o *Omitted) names(name string, list []string) []string {
	size := 0
	for i, s := range list {
		if size += len(s) + 16; size > keepText || i == keepNames {
			if !slices.Contains(o.Texts, name) {
				o.Texts = append(o.Texts, name)
			}
			list = list[:i]
			break
		}
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.Clone(s)
	}
	return out
}

func (o *Omitted) report(r *diagnose.Report) *diagnose.Report {
	out := *r
	if len(r.Findings) > keepFindings {
		o.Texts = append(o.Texts, "findings")
		out.Findings = slices.Clone(r.Findings[:keepFindings])
	}
	for _, form := range []**diagnose.Form{&out.Arrived, &out.Signed} {
		if f := *form; f != nil {
			*form = &diagnose.Form{HttpString: o.cut("forms", f.HttpString), StringToSign: o.cut("forms", f.StringToSign)}
		}
	}
	return &out
}
