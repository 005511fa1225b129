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
	return appendHTTPString(dst, c.Method, c.Path, sortedPairs(c.Params), sortedPairs(c.Headers))
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

// appendHTTPString takes the parts one by one, and not a *Canonical, so that
// their room can stay on Verify's stack.
func appendHTTPString(dst []byte, method, path string, params, headers []Pair) []byte {
	for i := 0; i < len(method); i++ {
		dst = append(dst, lowerByte(method[i]))
	}
	dst = append(dst, '\n')
	dst = append(dst, path...)
	dst = append(dst, '\n')
	dst = appendPairs(dst, params)
	dst = append(dst, '\n')
	dst = appendPairs(dst, headers)
	return append(dst, '\n')
}

func appendPairs(dst []byte, pairs []Pair) []byte {
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

// sortedPairs is pairs in order; the caller's list is left as it is.
func sortedPairs(pairs []Pair) []Pair {
	if slices.IsSortedFunc(pairs, comparePairs) {
		return pairs
	}
	pairs = slices.Clone(pairs)
	sortPairs(pairs)
	return pairs
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
	// TokenFromQuery takes a signed token header that did not arrive from the
	// query.
	TokenFromQuery bool
}

// Canonical picks from the request what the claim says was signed. A name that
// is listed but did not arrive is left out, as the cloud does, who can only
// sign what it has.
func (r *Request) Canonical(c *Claim, how Reading) Canonical {
	return Canonical{
		Method:  r.Method,
		Path:    r.signedPath(how.StripPrefix),
		Params:  r.signedParams(nil, c, how.PlusLiteral),
		Headers: r.signedHeaders(nil, c, &how),
	}
}

func (r *Request) signedPath(stripPrefix string) string {
	path := strings.TrimPrefix(r.Path, stripPrefix)
	if path == "" {
		path = "/"
	}
	return DecodeForm(path)
}

// signedParams appends the signed parameters to dst and sorts them.
func (r *Request) signedParams(dst []Pair, c *Claim, plusLiteral bool) []Pair {
	if len(c.ParamList) == 0 {
		return dst
	}
	listed := newNameSet(c.ParamList)
	decode := DecodeForm
	if plusLiteral {
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
	sortPairs(dst)
	return dst
}

// signedHeaders appends the signed headers to dst and sorts them.
func (r *Request) signedHeaders(dst []Pair, c *Claim, how *Reading) []Pair {
	if len(c.HeaderList) == 0 {
		return dst
	}
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
	sortPairs(dst)
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
