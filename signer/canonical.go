package signer

import (
	"slices"
	"strings"
)

// Canonical is what a signature covers, taken apart: the material of one
// HttpString. Change a field and ask again to learn what would have been signed
// had the request been another.
type Canonical struct {
	// Method in any case.
	Method string
	// Path is decoded, its leading slash kept.
	Path string
	// Params and Headers are the signed ones alone, in any order.
	Params, Headers []Pair
}

// Pair is one signed parameter or header.
type Pair struct {
	// Key is the name as [CanonicalKey] writes it.
	Key string
	// Value is decoded.
	Value string
	// Verbatim is a value that is written without being encoded.
	Verbatim bool
}

// NewPair makes a Pair of a decoded name and value.
func NewPair(name, value string) Pair {
	return Pair{Key: CanonicalKey(name), Value: value}
}

// Sort puts the parameters and headers into the order in which they are
// signed: by key, a repeated key by value (cos-go-sdk-v5, auth.go).
func (c *Canonical) Sort() {
	sortPairs(c.Params)
	sortPairs(c.Headers)
}

// AppendHttpString appends the HttpString ("FormatString" in the cloud's
// errors).
func (c *Canonical) AppendHttpString(dst []byte) []byte {
	for i := 0; i < len(c.Method); i++ {
		dst = append(dst, lowerByte(c.Method[i]))
	}
	dst = append(dst, '\n')
	dst = append(dst, c.Path...)
	dst = append(dst, '\n')
	dst = appendPairs(dst, c.Params)
	dst = append(dst, '\n')
	dst = appendPairs(dst, c.Headers)
	return append(dst, '\n')
}

// HttpString is [Canonical.AppendHttpString] as a text.
func (c *Canonical) HttpString() string { return string(c.AppendHttpString(nil)) }

// Clone copies the Canonical with its lists, so that one can be changed and the
// other kept.
func (c *Canonical) Clone() Canonical {
	d := *c
	d.Params = slices.Clone(c.Params)
	d.Headers = slices.Clone(c.Headers)
	return d
}

func appendPairs(dst []byte, pairs []Pair) []byte {
	if !slices.IsSortedFunc(pairs, comparePairs) {
		pairs = slices.Clone(pairs)
		sortPairs(pairs)
	}
	for i := range pairs {
		p := &pairs[i]
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, p.Key...)
		dst = append(dst, '=')
		if p.Verbatim {
			dst = append(dst, p.Value...)
		} else {
			dst = appendEncoded(dst, p.Value)
		}
	}
	return dst
}

func sortPairs(pairs []Pair) {
	if len(pairs) > 1 {
		slices.SortFunc(pairs, comparePairs)
	}
}

func comparePairs(a, b Pair) int {
	if c := strings.Compare(a.Key, b.Key); c != 0 {
		return c
	}
	return strings.Compare(a.Value, b.Value)
}

// Reading says how the parts of a request are read that different clients mean
// differently. The zero Reading is the plain one: what the documents say.
type Reading struct {
	// PlusLiteral reads a raw '+' in the query as itself, not as a space.
	PlusLiteral bool
	// Host takes the place of the host that arrived; empty: as it arrived.
	Host string
	// HostVerbatim signs the host without encoding its colon.
	HostVerbatim bool
	// StripPrefix is cut off the front of the raw path ("/bucket").
	StripPrefix string
	// KeyTime puts q-key-time where q-sign-time stands in StringToSign.
	KeyTime bool
	// TokenFromQuery takes a signed token header that did not arrive from the
	// query.
	TokenFromQuery bool
}

// Canonical picks from the request what the claim says was signed. A name that
// is listed but did not arrive is left out, as the cloud does, who can only
// sign what it has.
func (r *Request) Canonical(c *Claim, how Reading) Canonical {
	var out Canonical
	r.canonical(&out, c, &how)
	return out
}

// canonical fills out, appending to the lists it already has: Verify brings
// room for them on its stack.
func (r *Request) canonical(out *Canonical, c *Claim, how *Reading) {
	out.Method = r.Method
	path := strings.TrimPrefix(r.Path, how.StripPrefix)
	if path == "" {
		path = "/"
	}
	out.Path = DecodeForm(path)
	if len(c.ParamList) > 0 {
		out.Params = r.signedParams(out.Params, c, how)
	}
	if len(c.HeaderList) > 0 {
		out.Headers = r.signedHeaders(out.Headers, c, how)
	}
	out.Sort()
}

func (r *Request) signedParams(dst []Pair, c *Claim, how *Reading) []Pair {
	listed := newNameSet(c.ParamList)
	decode := DecodeForm
	if how.PlusLiteral {
		decode = Decode
	}
	for i := range r.Params {
		p := &r.Params[i]
		if c.carries(p) {
			continue
		}
		// The name is read as the value is: both come from the same encoder
		// (choice 2).
		if name, ok := listed.find(decode(p.Name)); ok {
			dst = append(dst, NewPair(name, decode(p.Value)))
		}
	}
	return dst
}

func (r *Request) signedHeaders(dst []Pair, c *Claim, how *Reading) []Pair {
	listed := newNameSet(c.HeaderList)
	if _, ok := listed.find("host"); ok && r.Host != "" {
		host := r.Host
		if how.Host != "" {
			host = how.Host
		}
		dst = append(dst, Pair{Key: "host", Value: host, Verbatim: how.HostVerbatim})
	}
	if len(r.TransferEncoding) > 0 {
		if name, ok := listed.find("transfer-encoding"); ok {
			dst = append(dst, NewPair(name, strings.Join(r.TransferEncoding, ", ")))
		}
	}
	token := false
	for k, values := range r.Header {
		name, ok := listed.find(k)
		if !ok || name == "host" || name == "transfer-encoding" {
			continue
		}
		token = token || name == TokenName
		for _, v := range values {
			dst = append(dst, NewPair(name, v))
		}
	}
	if how.TokenFromQuery && !token {
		if _, ok := listed.find(TokenName); ok {
			if p, ok := r.Param(TokenName); ok {
				dst = append(dst, NewPair(TokenName, p.DecodedValue()))
			}
		}
	}
	return dst
}

// nameSet finds a name in a list without regard to case. Lists of ordinary
// length are walked; a hostile one is sorted first, so that many names times
// many fields stay n log n.
type nameSet struct {
	list   []string // lower-cased
	sorted bool
}

func newNameSet(list []string) nameSet {
	if len(list) <= 16 {
		return nameSet{list: list}
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return nameSet{list: list, sorted: true}
}

// find gives the list's own, lower-cased copy of name.
func (s nameSet) find(name string) (string, bool) {
	if s.sorted {
		i, ok := slices.BinarySearch(s.list, lowerASCII(name))
		if !ok {
			return "", false
		}
		return s.list[i], true
	}
	for _, n := range s.list {
		if equalFold(n, name) {
			return n, true
		}
	}
	return "", false
}
