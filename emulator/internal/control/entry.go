package control

import (
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// entry is a request of the journal in answers. A brief one has only the members before Request.
type entry struct {
	Seq       uint64          `json:"seq" doc:"Counts the requests from 1, in the order of their answers."`
	ID        string          `json:"id" doc:"The request id: x-cos-request-id of the answer, and RequestId in its XML."`
	At        time.Time       `json:"at" doc:"The time of arrival, by the emulator's clock."`
	TookMS    float64         `json:"took_ms" doc:"Milliseconds from arrival until the answer was written, by the real clock."`
	Verdict   journal.Verdict `json:"verdict" enum:"accepted,refused,reported,unchecked" doc:"reported: served because of verify=report; COS would have refused it. unchecked: only explained, and neither accepted nor refused."`
	Status    int             `json:"status" doc:"The status of the answer. 0: a planned fault closed the connection without one."`
	Code      string          `json:"code,omitempty" doc:"The code of the error. With the verdict reported, the code that COS would have answered."`
	Message   string          `json:"message,omitempty" doc:"The message of that error."`
	Operation string          `json:"operation,omitempty" doc:"The action of the request, as in policies without name/cos:." example:"PutObject"`
	Method    string          `json:"method"`
	Scheme    string          `json:"scheme,omitempty" enum:"http,https" doc:"https: it came over TLS, through the proxy or at a TLS port."`
	Host      string          `json:"host" doc:"The Host header, unchanged."`
	Path      string          `json:"path" doc:"The path, unchanged and not decoded. Empty for CONNECT, which names only a host."`
	Account   string          `json:"account,omitempty" doc:"The APPID of the account whose request it is: the owner of the bucket, else the account of the key pair, else the APPID in the address."`
	Bucket    string          `json:"bucket,omitempty"`
	Region    string          `json:"region,omitempty" doc:"The region in the host name."`
	Key       string          `json:"key,omitempty" doc:"The object key, decoded."`
	Upload    string          `json:"upload,omitempty" doc:"The id of the multipart upload, where the request names one."`
	Received  int64           `json:"received_bytes" doc:"Bytes of the request's body that were read."`
	Sent      int64           `json:"sent_bytes" doc:"Bytes of the answer's body."`
	Fault     *journal.Fault  `json:"fault,omitempty" doc:"The planned fault that the request met."`
	Diagnosis []string        `json:"diagnosis" doc:"Why it was refused: the ids of the header x-cosemu-diagnosis, most likely first."`

	Request   *arrived         `json:"request,omitempty" doc:"The rest of the request. Not in brief entries."`
	Signature *signature       `json:"signature,omitempty" doc:"The signature and the server's own values. Not in brief entries, nor where the request has no signature."`
	Steps     []step           `json:"steps,omitempty" doc:"The checks in order. The last one decided. Not in brief entries."`
	Finding   *diagnose.Report `json:"finding,omitempty" doc:"Why it was refused: findings in English and Chinese, most likely first. arrived is what the server computed, signed what the client signed, where that is proven."`
	Hints     []diagnose.Hint  `json:"hints,omitempty" doc:"Hints about a request that was served, in English and Chinese. Not in brief entries."`
	Omitted   *omitted         `json:"omitted,omitempty" doc:"How much of a large request the journal left out. Absent where it kept all. Not in brief entries."`
	Answer    *answerDetails   `json:"answer,omitempty" doc:"The rest of the answer. Not in brief entries, nor where none was sent."`
}

// Entry is that for the command, which reads and prints it too.
type Entry = entry

// arrived is a request without its first line.
type arrived struct {
	Query   string      `json:"query" doc:"The raw query. The value of a token is hidden."`
	Proto   string      `json:"proto,omitempty" example:"HTTP/1.1"`
	Remote  string      `json:"remote,omitempty" doc:"The address of the client."`
	Headers http.Header `json:"headers" doc:"Secret values are hidden."`
	Curl    string      `json:"curl" doc:"A command line that sends it again. FILE stands for the body, [hidden] for a token. Empty where the journal left out part of the request."`
}

// omitted counts what the journal left out of a large request.
type omitted struct {
	Headers int      `json:"headers" doc:"Header values of the request."`
	Params  int      `json:"params" doc:"Parameters of its query."`
	Answer  int      `json:"answer_headers" doc:"Header values of the answer."`
	Texts   []string `json:"texts" doc:"The names of the texts that were shortened."`
}

// signature is the signature of a request, and what the server computed for it.
type signature struct {
	Family       string    `json:"family" enum:"q-sign,AWS4,AWS2" doc:"q-sign is COS's own; the others are S3's, version 4 and 2."`
	Carrier      string    `json:"carrier" enum:"header,query,sign,form" doc:"The part of the request that has the signature."`
	Algorithm    string    `json:"algorithm"`
	SecretID     string    `json:"secret_id"`
	SignTime     timeRange `json:"sign_time"`
	KeyTime      timeRange `json:"key_time"`
	Scope        string    `json:"scope,omitempty" doc:"The credential scope of AWS4: day, region, service." example:"20261124/ap-guangzhou/s3/aws4_request"`
	Payload      string    `json:"payload,omitempty" doc:"The x-amz-content-sha256 of AWS4, as it was signed."`
	HeaderList   []string  `json:"header_list"`
	ParamList    []string  `json:"param_list"`
	Signature    string    `json:"signature"`
	Token        string    `json:"token" enum:"none,header,query,sign,form" doc:"The part of the request that has the token. Tokens are never returned."`
	HTTPString   string    `json:"http_string,omitempty" doc:"The server's HttpString, if the signature was checked. Errors of COS call it FormatString. With AWS4 the canonical request; AWS2 has none."`
	StringToSign string    `json:"string_to_sign,omitempty"`
	Reading      string    `json:"reading,omitempty" doc:"The lenient reading that the signature needs to match, if any."`
}

// timeRange is a time range in a signature.
type timeRange struct {
	Raw   string     `json:"raw" example:"1732435200;1732438800"`
	Start *time.Time `json:"start,omitempty" doc:"Absent where raw cannot be read."`
	End   *time.Time `json:"end,omitempty"`
}

// step is a check and its outcome.
type step struct {
	Name    string `json:"name" example:"signature" doc:"key, time, signature, bucket, permission, payload or operation."`
	Outcome string `json:"outcome" example:"ok" doc:"ok, unchecked, or the code of the refusal."`
}

// answerDetails is an answer without its status.
type answerDetails struct {
	Headers http.Header `json:"headers"`
	Body    string      `json:"body,omitempty" doc:"The XML of an error. Other bodies are not in the journal."`
}

// briefEntry is the form of an entry in a brief list.
func briefEntry(m masker, e *journal.Entry) entry {
	m = m.withTokensOf(e)
	diagnosis := e.Diagnosis
	if diagnosis == nil {
		diagnosis = []string{}
	}
	return entry{
		Seq: e.Seq, ID: e.ID, At: e.At.UTC(), TookMS: float64(e.Took.Microseconds()) / 1000,
		Verdict: e.Verdict, Status: e.Status, Code: e.Code, Message: m.text(e.Message),
		Operation: e.Operation, Method: m.text(e.Request.Method), Scheme: e.Scheme,
		Host: m.text(e.Request.Host), Path: m.text(e.Request.Path),
		Account: m.text(e.Account), Bucket: m.text(e.Bucket), Region: m.text(e.Region), Key: m.text(e.Key),
		Upload: m.text(uploadOf(e)), Received: e.Received, Sent: e.Sent, Fault: e.Fault, Diagnosis: diagnosis,
	}
}

// uploadOf returns the id of the upload in a request's query.
func uploadOf(e *journal.Entry) string {
	if p, ok := e.Request.Param("uploadId"); ok {
		return p.DecodedValue()
	}
	return ""
}

// fullEntry is an entry with all members. api is the host:port that its curl line sends to.
func fullEntry(m masker, e *journal.Entry, api string) entry {
	out := briefEntry(m, e)
	m = m.withTokensOf(e)
	out.Request = &arrived{
		Query: m.query(e.Request), Proto: e.Proto, Remote: e.Remote,
		Headers: m.headers(e.Request.Header), Curl: curlLine(m, e, api),
	}
	if o := e.Omitted; o != nil {
		out.Omitted = &omitted{Headers: o.Headers, Params: o.Params, Answer: o.Answer, Texts: append([]string{}, o.Texts...)}
		if o.Headers > 0 || o.Params > 0 || len(o.Texts) > 0 {
			out.Request.Curl = "" // it would not send the same request
		}
	}
	out.Signature = maskedSignature(m, e)
	for _, s := range e.Steps {
		out.Steps = append(out.Steps, step(s))
	}
	if r := e.Finding; r != nil {
		out.Finding = m.report(r)
	}
	for _, h := range e.Hints {
		out.Hints = append(out.Hints, m.hint(h))
	}
	if e.Header != nil {
		out.Answer = &answerDetails{Headers: m.headers(e.Header), Body: m.pairs(string(e.Document))}
	}
	return out
}

func maskedSignature(m masker, e *journal.Entry) *signature {
	c := e.Claim
	if c == nil {
		return nil
	}
	out := &signature{
		Family: c.Family.String(), Carrier: c.Carrier.String(), Algorithm: m.text(c.Algorithm), SecretID: m.text(c.SecretID),
		SignTime: validity(m, c.SignTime), KeyTime: validity(m, c.KeyTime),
		HeaderList: m.texts(c.HeaderList), ParamList: m.texts(c.ParamList),
		Signature: m.text(c.Signature), Token: c.TokenCarrier.String(),
		HTTPString: m.pairs(e.HttpString), StringToSign: m.text(e.StringToSign), Reading: e.Reading,
	}
	if c.AWS != nil {
		out.Scope, out.Payload = m.text(c.AWS.Scope.Raw), m.text(c.AWS.PayloadHash)
	}
	return out
}

func validity(m masker, t signer.TimeRange) timeRange {
	out := timeRange{Raw: m.text(t.Raw)}
	if t.Valid {
		out.Start, out.End = jsonTime(t.Start), jsonTime(t.End)
	}
	return out
}

// jsonTime returns a Unix time, or nil outside of the years 0 to 9999, which JSON cannot express.
func jsonTime(sec int64) *time.Time {
	t := time.Unix(sec, 0).UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	return &t
}
