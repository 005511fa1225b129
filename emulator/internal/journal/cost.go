package journal

import (
	"net/http"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// The memory of values beside their text, in bytes on a 64-bit machine. TestCost measures them.
// They are rather too high than too low.
const (
	entryCost = 1400 // the entry, the request and so on, without text
	nameCost  = 72   // a header name: its place in the map, and the list of its values
	valueCost = 32   // a value, or a name in a list
	paramCost = 48   // a parameter of a query
	textCost  = 32   // a text of a finding
)

// size returns the memory that an entry holds, in bytes.
func (e *Entry) size() int64 {
	n := entryCost + len(e.Bucket) + len(e.Region) + len(e.Key) + len(e.HttpString) + len(e.StringToSign) + len(e.Message) +
		cap(e.Document) + headerCost(e.Header) + listCost(e.Diagnosis)
	if r := e.Request; r != nil {
		n += len(r.Method) + len(r.Host) + len(r.Path) + len(r.Query) + paramCost*cap(r.Params) + headerCost(r.Header)
	}
	if e.Claim != nil {
		n += claimCost(e.Claim)
	}
	if r := e.Finding; r != nil {
		n += reportCost(r)
	}
	return int64(n)
}

func headerCost(h http.Header) int {
	n := 0
	for name, values := range h {
		n += nameCost + len(name)
		for _, v := range values {
			n += valueCost + len(v)
		}
	}
	return n
}

func listCost(list []string) int {
	n := 0
	for _, s := range list {
		n += valueCost + len(s)
	}
	return n
}

// claimCost counts names twice: as decoded, and as in the request.
func claimCost(c *signer.Claim) int {
	n := 0
	if a := c.AWS; a != nil {
		n = 160 + len(a.Date) + 2*len(a.Scope.Raw) + len(a.PayloadHash)
	}
	return n + 400 + listCost(c.HeaderList) + listCost(c.ParamList) + len(c.RawHeaderList) + len(c.RawParamList) +
		len(c.Algorithm) + len(c.SecretID) + len(c.SignTime.Raw) + len(c.KeyTime.Raw) + len(c.Signature) + len(c.Token)
}

func reportCost(r *diagnose.Report) int {
	n := 200 + listCost(r.Accepted)
	for i := range r.Findings {
		f := &r.Findings[i]
		n += 256
		for _, s := range []string{
			f.Name, f.Sentence.En, f.Sentence.Zh, f.Advice.En, f.Advice.Zh, f.Signed, f.Arrived, f.Suggestion,
		} {
			if s != "" {
				n += textCost + len(s)
			}
		}
	}
	for _, form := range []*diagnose.Form{r.Arrived, r.Signed} {
		if form != nil {
			n += 2*textCost + len(form.HttpString) + len(form.StringToSign)
		}
	}
	return n
}
