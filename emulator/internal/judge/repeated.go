package judge

import (
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
