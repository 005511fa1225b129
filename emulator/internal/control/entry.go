package control

import (
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// entry is a request of the journal as calls return it. A brief one ends with
// what is before Request.
type entry struct {
	Seq       uint64          `json:"seq" doc:"Counts up from 1, in the order in which requests were answered."`
	ID        string          `json:"id" doc:"The request id, which the answer has in x-cos-request-id and its XML in RequestId."`
	At        time.Time       `json:"at" doc:"When it arrived, by the emulator's clock."`
	TookMS    float64         `json:"took_ms" doc:"Milliseconds until the answer was written, by the real clock."`
	Verdict   journal.Verdict `json:"verdict" enum:"accepted,refused,reported,unchecked" doc:"reported: served under verify=report, though the cloud would have refused it. unchecked: only explained, and not decided."`
	Status    int             `json:"status" doc:"Of the answer."`
	Code      string          `json:"code,omitempty" doc:"Of the error; with the verdict reported, of the one that the cloud would have answered."`
	Message   string          `json:"message,omitempty" doc:"Of that error."`
	Operation string          `json:"operation,omitempty" doc:"The action as policies name it, without name/cos:." example:"PutObject"`
	Method    string          `json:"method"`
	Scheme    string          `json:"scheme,omitempty" enum:"http,https" doc:"https: it came by TLS, in a tunnel of the proxy or at a TLS port."`
	Host      string          `json:"host" doc:"As it arrived."`
	Path      string          `json:"path" doc:"As it arrived, not decoded; empty for CONNECT, which asks for a host alone."`
	Bucket    string          `json:"bucket,omitempty"`
	Region    string          `json:"region,omitempty" doc:"That the host names."`
	Key       string          `json:"key,omitempty" doc:"Of the object, decoded."`
	Received  int64           `json:"received_bytes" doc:"Of the body, as far as they were used."`
	Sent      int64           `json:"sent_bytes" doc:"Of the answer's body."`
	Diagnosis []string        `json:"diagnosis" doc:"Why it was refused, as x-cosemu-diagnosis says it: ids, best first."`

	Request   *arrived         `json:"request,omitempty" doc:"What arrived beyond that. Not in brief entries."`
	Signature *signature       `json:"signature,omitempty" doc:"What was signed, and what of it held. Not in brief entries, nor where none came."`
	Steps     []step           `json:"steps,omitempty" doc:"The checks in their order; the last one is where it ended. Not in brief entries."`
	Finding   *diagnose.Report `json:"finding,omitempty" doc:"Why it was refused: findings in English and Chinese, best first; arrived is what the signature was held against, signed what the client must have signed, where that is proven."`
	Hints     []diagnose.Hint  `json:"hints,omitempty" doc:"What there is to know about a request that was served, in English and Chinese. Not in brief entries."`
	Omitted   *omitted         `json:"omitted,omitempty" doc:"What the request had beyond what is kept of one; not given where all of it was. Not in brief entries."`
	Answer    *given           `json:"answer,omitempty" doc:"Not in brief entries, nor where nothing was sent."`
}

// arrived is a request beyond its first line.
type arrived struct {
	Query   string      `json:"query" doc:"Raw; a token's value is left out."`
	Proto   string      `json:"proto,omitempty" example:"HTTP/1.1"`
	Remote  string      `json:"remote,omitempty" doc:"The client's address."`
	Headers http.Header `json:"headers" doc:"Values that are secret are left out."`
	Curl    string      `json:"curl" doc:"A command line that sends it again; FILE stands for the body, [hidden] for a token. Empty where part of the request is not kept."`
}

// omitted counts what of a large request the journal did not keep.
type omitted struct {
	Headers int      `json:"headers" doc:"Header values of the request."`
	Params  int      `json:"params" doc:"Parameters of its query."`
	Answer  int      `json:"answer_headers" doc:"Header values of the answer."`
	Texts   []string `json:"texts" doc:"What was cut short."`
}

// signature is the claim that a request makes, and what was computed for it.
type signature struct {
	Carrier      string    `json:"carrier" enum:"header,query,sign,form" doc:"Where in the request it came."`
	Algorithm    string    `json:"algorithm"`
	SecretID     string    `json:"secret_id"`
	SignTime     timeRange `json:"sign_time"`
	KeyTime      timeRange `json:"key_time"`
	HeaderList   []string  `json:"header_list"`
	ParamList    []string  `json:"param_list"`
	Signature    string    `json:"signature"`
	Token        string    `json:"token" enum:"none,header,query,sign,form" doc:"Where its token came. Tokens are never returned."`
	HTTPString   string    `json:"http_string,omitempty" doc:"What the signature was held against, once it was; the cloud's errors call it FormatString."`
	StringToSign string    `json:"string_to_sign,omitempty"`
	Reading      string    `json:"reading,omitempty" doc:"The leniency that the signature needed, if any."`
}

// timeRange is a validity as a signature writes it.
type timeRange struct {
	Raw   string     `json:"raw" example:"1732435200;1732438800"`
	Start *time.Time `json:"start,omitempty" doc:"Not given where raw cannot be read."`
	End   *time.Time `json:"end,omitempty"`
}

// step is a check with its outcome.
type step struct {
	Name    string `json:"name" example:"signature" doc:"key, time, signature, bucket, permission or operation."`
	Outcome string `json:"outcome" example:"ok" doc:"ok, unchecked, or the code of the refusal."`
}

// given is the answer beyond its status.
type given struct {
	Headers http.Header `json:"headers"`
	Body    string      `json:"body,omitempty" doc:"The XML of an error; other bodies are not kept."`
}

// briefEntry is the row of a list.
func briefEntry(m masker, e *journal.Entry) entry {
	m = m.of(e)
	diagnosis := e.Diagnosis
	if diagnosis == nil {
		diagnosis = []string{}
	}
	return entry{
		Seq: e.Seq, ID: e.ID, At: e.At.UTC(), TookMS: float64(e.Took.Microseconds()) / 1000,
		Verdict: e.Verdict, Status: e.Status, Code: e.Code, Message: m.text(e.Message),
		Operation: e.Operation, Method: m.text(e.Request.Method), Scheme: e.Scheme, Host: m.text(e.Request.Host), Path: m.text(e.Request.Path),
		Bucket: m.text(e.Bucket), Region: m.text(e.Region), Key: m.text(e.Key),
		Received: e.Received, Sent: e.Sent, Diagnosis: diagnosis,
	}
}

// fullEntry is everything that is known of a request. api is the host:port
// that a curl line sends it to.
func fullEntry(m masker, e *journal.Entry, api string) entry {
	out := briefEntry(m, e)
	m = m.of(e)
	out.Request = &arrived{
		Query: m.query(e.Request), Proto: e.Proto, Remote: e.Remote,
		Headers: m.headers(e.Request.Header), Curl: curlLine(m, e, api),
	}
	if o := e.Omitted; o != nil {
		out.Omitted = &omitted{Headers: o.Headers, Params: o.Params, Answer: o.Answer, Texts: append([]string{}, o.Texts...)}
		if o.Headers > 0 || o.Params > 0 || len(o.Texts) > 0 {
			out.Request.Curl = "" // it would send another request
		}
	}
	out.Signature = claimed(m, e)
	for _, s := range e.Steps {
		out.Steps = append(out.Steps, step(s))
	}
	if r, ok := e.Finding.(*diagnose.Report); ok && r != nil {
		out.Finding = m.report(r)
	}
	for _, h := range e.Hints {
		out.Hints = append(out.Hints, m.hint(h))
	}
	if e.Header != nil {
		out.Answer = &given{Headers: m.headers(e.Header), Body: m.form(string(e.Document))}
	}
	return out
}

func claimed(m masker, e *journal.Entry) *signature {
	c := e.Claim
	if c == nil {
		return nil
	}
	return &signature{
		Carrier: c.Carrier.String(), Algorithm: m.text(c.Algorithm), SecretID: m.text(c.SecretID),
		SignTime: validity(m, c.SignTime), KeyTime: validity(m, c.KeyTime),
		HeaderList: m.texts(c.HeaderList), ParamList: m.texts(c.ParamList),
		Signature: m.text(c.Signature), Token: c.TokenCarrier.String(),
		HTTPString: m.form(e.HttpString), StringToSign: m.text(e.StringToSign), Reading: e.Reading,
	}
}

func validity(m masker, t signer.TimeRange) timeRange {
	out := timeRange{Raw: m.text(t.Raw)}
	if t.Valid {
		out.Start, out.End = moment(t.Start), moment(t.End)
	}
	return out
}

// moment is a Unix time that JSON can write, or nothing.
func moment(sec int64) *time.Time {
	t := time.Unix(sec, 0).UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	return &t
}
