package diagnose

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// The largest request whose parts are examined one by one (choice 107). Real
// requests have a dozen parts and a kilobyte or two; browsers send no URL beyond
// 8 KiB.
const (
	maxParts = 256      // parameters, header values and listed names together
	maxBytes = 16 << 10 // of target, headers and lists
)

// evidence is what the table's rows know of a request.
type evidence struct {
	addresses

	in    *Input
	req   *signer.Request // as it arrived, or as repaired
	claim *signer.Claim   // as it arrived, or as repaired; nil: nothing readable
	// key is the pair to judge with; its SecretKey may be empty.
	key signer.Credentials
	// repairs are what had to be undone before the signature could be judged.
	// They are proven once it holds.
	repairs []Finding
	// seen are observations that were made while repairing.
	seen  []Finding
	small bool
	// headers and params are compared with the claim's lists; only filled when
	// the request is small.
	headers, params listing
	// judged: there was a secret to check the signature with. holds: the signature
	// is right for what arrived. proven: it is right if a mistake is undone.
	judged, holds, proven bool
	// aliased: it is proven that an alias is missing.
	aliased bool
}

// listing compares the names that a claim lists with those that arrived.
type listing struct {
	missing  []string // listed, did not arrive; each once, lower-cased
	unlisted []signer.Pair
}

func newEvidence(in *Input) *evidence {
	e := &evidence{addresses: addresses{in}, in: in, req: in.Request, claim: in.Claim, key: in.Key}
	e.small = small(in.Request, in.Claim)
	if e.small {
		(&repairer{e}).run()
	}
	if e.claim != nil && e.small {
		e.listHeaders()
		e.listParams()
	}
	return e
}

// small reports whether a request keeps to the bounds.
func small(r *signer.Request, c *signer.Claim) bool {
	parts, bytes := len(r.Params), len(r.Path)+len(r.Query)+len(r.Host)+len(r.Method)
	for name, values := range r.Header {
		parts += len(values)
		bytes += len(name)
		for _, v := range values {
			bytes += len(v)
		}
		if parts > maxParts {
			return false
		}
	}
	if c != nil {
		parts += len(c.HeaderList) + len(c.ParamList)
		bytes += len(c.RawHeaderList) + len(c.RawParamList)
	}
	return parts <= maxParts && bytes <= maxBytes
}

func (e *evidence) listHeaders() {
	for _, name := range e.claim.HeaderList {
		if !e.arrivedHeader(name) {
			e.headers.miss(name)
		}
	}
	for name, values := range e.req.Header {
		name = strings.ToLower(name)
		if name == "authorization" || contains(e.claim.HeaderList, name) {
			continue
		}
		for _, v := range values {
			e.headers.unlisted = append(e.headers.unlisted, signer.NewPair(name, v))
		}
	}
	c := signer.Canonical{Headers: e.headers.unlisted}
	c.Sort() // a map has no order
}

func (e *evidence) arrivedHeader(name string) bool {
	switch name {
	case "host":
		return e.req.Host != ""
	case "transfer-encoding":
		return len(e.req.TransferEncoding) > 0
	}
	return len(e.req.Header[http.CanonicalHeaderKey(name)]) > 0
}

func (e *evidence) listParams() {
	arrived := make(map[string]bool, len(e.req.Params))
	for _, p := range e.req.Params {
		if e.carries(p) {
			continue
		}
		name := signer.DecodeForm(p.Name)
		arrived[strings.ToLower(name)] = true
		arrived[strings.ToLower(p.DecodedName())] = true
		if !contains(e.claim.ParamList, name) && !contains(e.claim.ParamList, p.DecodedName()) {
			e.params.unlisted = append(e.params.unlisted, signer.NewPair(name, signer.DecodeForm(p.Value)))
		}
	}
	for _, name := range e.claim.ParamList {
		if !arrived[strings.ToLower(name)] {
			e.params.miss(name)
		}
	}
}

// carries reports whether a parameter is part of the signature itself.
func (e *evidence) carries(p signer.Param) bool {
	switch e.claim.Carrier {
	case signer.CarrierQuery:
		return strings.HasPrefix(p.Name, "q-")
	case signer.CarrierSign:
		return p.Name == "sign"
	}
	return false
}

func (l *listing) miss(name string) {
	if !contains(l.missing, name) {
		l.missing = append(l.missing, name)
	}
}

func (l *listing) misses(name string) bool { return contains(l.missing, name) }

// contains looks for a name without regard to case.
func contains(list []string, name string) bool {
	for _, n := range list {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// secrets are what must not be shown.
func (e *evidence) secrets() []string {
	s := []string{e.in.Key.SecretKey, e.in.Key.Token}
	for _, k := range e.in.OtherKeys {
		s = append(s, k.SecretKey, k.Token)
	}
	if e.claim != nil {
		s = append(s, e.claim.Token)
	}
	return s
}
