package judge

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// reordered returns a signed header or parameter that is repeated and whose values
// are not in the order in which they are signed. The signature is valid in any
// order, but the operation uses the first value: whoever changes the order chooses
// the value (choice 311).
func reordered(r *signer.Request, c *signer.Claim) (id diagnose.ID, name string) {
	if c.Family != signer.QSign {
		return repeatedAWS(r, c)
	}
	for k, values := range r.Header {
		if len(values) > 1 && !slices.IsSorted(values) {
			if name := strings.ToLower(k); slices.Contains(c.HeaderList, name) {
				return diagnose.HeaderValue, name
			}
		}
	}
	if len(c.ParamList) == 0 || len(r.Params) < 2 {
		return "", ""
	}
	last := make(map[string]string, len(c.ParamList))
	for _, name := range c.ParamList {
		last[name] = ""
	}
	for _, p := range r.Params {
		name, value := strings.ToLower(p.DecodedName()), p.DecodedValue()
		if before, signed := last[name]; !signed {
			continue
		} else if value < before {
			return diagnose.ParamValue, name
		}
		last[name] = value
	}
	return "", ""
}

// repeatedAWS is reordered for AWS signatures. They join the values of a header by
// commas, so one value with a comma may pass for two: no signed header may come
// twice. AWS4 signs parameters in order by name, whatever the case of its
// letters, and value; AWS2 as they come (choice 693).
func repeatedAWS(r *signer.Request, c *signer.Claim) (id diagnose.ID, name string) {
	if c.Carrier == signer.CarrierForm {
		return "", ""
	}
	for k, values := range r.Header {
		if len(values) > 1 && c.SignsHeader(k) {
			return diagnose.HeaderValue, strings.ToLower(k)
		}
	}
	last := make(map[string]signer.Pair, len(r.Params))
	for i := range r.Params {
		p := &r.Params[i]
		pair := signer.NewPair(signer.DecodeForm(p.Name), signer.DecodeForm(p.Value))
		pair.Key = signer.Encode(signer.DecodeForm(p.Name))
		name := strings.ToLower(pair.Key)
		before, again := last[name]
		out := before.Key > pair.Key || before.Key == pair.Key && signer.Encode(before.Value) > signer.Encode(pair.Value)
		if again && (out && c.Family == signer.AWS4 || c.Family == signer.AWS2 && strings.HasPrefix(name, "x-amz-")) {
			return diagnose.ParamValue, name
		}
		last[name] = pair
		if c.Family == signer.AWS2 && strings.HasPrefix(name, "x-amz-") && len(r.Header[http.CanonicalHeaderKey(name)]) > 0 {
			return diagnose.ParamValue, name
		}
	}
	return "", ""
}
